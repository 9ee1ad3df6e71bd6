"""The kinds of value that a rubric file may hold, read from the text that was written.

Each refusal is a `ValueError` with two arguments: what is allowed, and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator

_WHOLE = re.compile(r"-?[0-9]{1,6}")
_NUMBER = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VERSION = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}")


def _whole(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise ValueError("a whole number, such as 3", "write digits alone")


def _number(value: Any) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Fraction(value)
    raise ValueError(
        "a number with at most six decimals, such as 3.25", "write digits, with a point if needed"
    )


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError("true or false", "write one of these two words, in small letters")


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(
        "a date of the calendar as year-month-day, such as 2026-11-30", "write it in this form"
    )


def _id(value: Any) -> str:
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    raise ValueError(
        "a short name of small letters, digits and _ that begins with a letter, such as m1, with "
        "at most 40 characters",
        "rename it here and wherever it is used",
    )


def _version(value: Any) -> str:
    if isinstance(value, str) and _VERSION.fullmatch(value):
        return value
    raise ValueError("three whole numbers with points between, such as 1.0.0", "write it so")


def _text(most: int) -> Callable[[Any], str]:
    """The reader of a text with at most so many characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(
                "text", "write it after the colon; in double quotes if it begins with [ or {"
            )
        text = value.strip()
        if not text:
            raise ValueError("text that says something", "write it")
        if len(text) > most:
            raise ValueError(
                f"text of at most {most:,} characters", f"shorten it; it has {len(text):,}"
            )
        return text

    return read


Whole = Annotated[int, BeforeValidator(_whole)]
#: An exact decimal: thresholds are compared as fractions, never as floats.
Number = Annotated[Fraction, BeforeValidator(_number)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Day = Annotated[date, BeforeValidator(_day)]
Id = Annotated[str, BeforeValidator(_id)]
Version = Annotated[str, BeforeValidator(_version)]
Text = Annotated[str, BeforeValidator(_text(4000))]
Short = Annotated[str, BeforeValidator(_text(160))]
#: Where a value cannot be read, one that fits stands in, so that the rest can still be checked.
STAND_INS: Mapping[Any, str] = {
    Whole: "1", Number: "1", Truth: "false", Day: "2000-01-01", Id: "unread", Version: "0.0.0",
    Text: "unread", Short: "unread",
}  # fmt: skip
