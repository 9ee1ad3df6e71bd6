"""From the text in a cell to an answer: a level, a code, or a fault.

A file holds few different texts, whatever its number of rows. Each different pair of item and
text is read here, once, in exact arithmetic; the engine then converts the rows that are known to
be right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from fidelity.rubric.checks import answerable
from fidelity.rubric.model import CODES, Scale

#: Spellings of a code that are accepted, in capitals and without spaces around.
SPELLINGS = {**{code: code for code in CODES}, "N/A": "NA", "N.A.": "NA", "N/E": "NE", "D/K": "DK"}
#: Spaces of every kind, as pasting brings them in. Each engine is told to strip these.
SPACES = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,7}(\.[0-9]{1,6})?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})")
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True)
class Answer:
    """What a text says: a `level` (in units of the scale) or a `code`; neither is a blank."""

    level: int | None = None
    code: str | None = None


def read_answer(text: str, scale: Scale) -> Answer | None:
    """The answer in a text, or None where it is no answer on this scale.

    "3" and "3.0" are level 3; "na", "N/A" and " NA " are the code NA; 3.5 is an answer only
    where the scale takes decimals.
    """
    cleaned = text.strip(SPACES).upper()
    if not cleaned:
        return Answer()
    if cleaned in SPELLINGS:
        code = SPELLINGS[cleaned]
        return Answer(code=code) if code in scale.codes else None
    if _NUMBER.fullmatch(cleaned) and answerable(cleaned, scale):
        return Answer(level=int(Fraction(cleaned) * scale.unit))
    return None


def read_date(text: str) -> date | None:
    """A date written as 2026-11-30 or, day first, as 30/11/2026; None for anything else.

    A time of midnight, as some exports add, is dropped; any other time or a zone is refused.
    """
    cleaned = text.strip(SPACES)
    for midnight in (" 00:00:00", "T00:00:00"):
        cleaned = cleaned.removesuffix(midnight)
    try:
        found = _DAY_FIRST.fullmatch(cleaned)
        if found:
            day, month, year = (int(part) for part in found.groups())
            parsed = date(year, month, day)
        else:
            parsed = datetime.strptime(cleaned, "%Y-%m-%d").date()
    except ValueError:
        return None
    return parsed if EARLIEST <= parsed <= LATEST else None


def is_day_first(text: str) -> bool:
    """Whether a date was written with slashes, day first."""
    return _DAY_FIRST.fullmatch(text.strip(SPACES)) is not None
