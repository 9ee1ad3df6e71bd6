"""What is said about an assessment or a piece: constant, in the right words, with real dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from fidelity.collect import columns as cols
from fidelity.collect.answers import is_day_first, read_date
from fidelity.collect.source import ROW, Source
from fidelity.errors import FAULTS_SHOWN, Fault
from fidelity.rubric.checks import nearest
from fidelity.rubric.strict_yaml import cut

#: The table with typed columns, faults as many as are shown, how many there are, and notes.
Found = tuple[pd.DataFrame, list[Fault], int, list[str]]
_DAYS = "2026-11-30 or 30/11/2026, from 1990 on, no time"


@dataclass
class _Faults:
    """Faults in the attributes of assessments: as many as are shown, and how many there are."""

    table: pd.DataFrame
    source: Source
    shown: list[Fault] = field(default_factory=list)
    total: int = 0

    def add(
        self, rows: pd.Index[Any], attribute: str, what: Callable[[Any], str], allowed: str,
        remedy: Callable[[Any], str] | str,
    ) -> None:  # fmt: skip
        """Note the rows in which an attribute is at fault; `what` tells a row's value."""
        if not len(rows):
            return
        self.total += len(rows)
        keys = [key for key in (ROW, "piece", "rater") if key in self.table]
        told_of = rows[: FAULTS_SHOWN - len(self.shown)]
        cells = self.table.loc[told_of, keys].to_dict("records")
        for row, cell in zip(told_of, cells, strict=True):
            where = self.source.where(cell, attribute)
            told = f'{attribute} of piece "{cell["piece"]}" is {what(row)}'
            do = remedy if isinstance(remedy, str) else remedy(row)
            self.shown.append(Fault(where, told, allowed, do))


def check_attributes(table: pd.DataFrame, source: Source) -> Found:
    """Check one row an assessment, as the gate makes it (`x<` and `x>` for an attribute x)."""
    notes: list[str] = []
    attributes = [str(c)[:-1] for c in table.columns if str(c).endswith("<")]
    kept = [c for c in table.columns if c == ROW or (str(c)[0] != "_" and str(c)[-1] not in "<>")]
    plain = table[kept].copy()
    faults = _Faults(plain[kept], source)
    for attribute in attributes:
        low, high = table[f"{attribute}<"], table[f"{attribute}>"]
        differs = low.notna() & (low != high)
        both = partial(_both, low, high)
        allowed = "one value in all rows of an assessment"
        faults.add(differs[differs].index, attribute, both, allowed, "keep the right one")
        plain[attribute] = low
    for attribute in [a for a in attributes if a in cols.VOCABULARIES] + ["rater_role"]:
        if attribute in plain:
            _words(plain, attribute, faults)
    for attribute in [a for a in attributes if a in cols.DATES]:
        plain[attribute] = _dates(plain, attribute, faults, notes)
    for attribute in [a for a in attributes if a in cols.NUMBERS]:
        plain[attribute] = _numbers(plain, attribute, faults)
    if {"covers_from", "covers_to"} <= set(plain.columns):
        wrong = plain["covers_from"] > plain["covers_to"]
        faults.add(wrong[wrong].index, "covers_from", lambda _: "after covers_to",
                   "a day before it", "correct one of the two")  # fmt: skip
    plain.attrs["patchy"] = []
    for attribute in [a for a in attributes if a in cols.PIECE]:
        _of_piece(plain, attribute, faults)
    plain = plain.drop(columns=[c for c in plain.columns if c == ROW])
    return plain, faults.shown, faults.total, notes


def _both(low: pd.Series[Any], high: pd.Series[Any], row: Any) -> str:
    return f'both "{cut(str(low[row]))}" and "{cut(str(high[row]))}"'


def _words(table: pd.DataFrame, attribute: str, faults: _Faults) -> None:
    allowed = cols.VOCABULARIES[attribute]
    column = table[attribute]
    wrong = column[column.notna() & (column != "") & ~column.isin(allowed)]
    faults.add(
        wrong.index, attribute, lambda row: f'"{cut(str(wrong[row]))}"', ", ".join(allowed),
        lambda row: nearest(str(wrong[row]), allowed, "write one of these"),
    )  # fmt: skip


def _dates(
    table: pd.DataFrame, attribute: str, faults: _Faults, notes: list[str]
) -> pd.Series[Any]:
    """Dates, read once for each different text."""
    known = table[attribute].dropna()
    texts = {value: text_of_day(value) for value in known.unique()}
    read = {value: read_date(text) for value, text in texts.items()}
    if any(is_day_first(text) for text in texts.values()):
        notes.append(f"{faults.source.name}: {attribute} was read with the day first (31/12/2026).")
    days = pd.Series([read[value] for value in known], index=known.index, dtype=object)
    faults.add(
        days[days.isna()].index, attribute,
        lambda row: f'"{cut(texts[known[row]])}", not a date', _DAYS,
        "correct it, or leave it blank",
    )  # fmt: skip
    return pd.to_datetime(days.reindex(table.index)).astype("datetime64[s]")


def text_of_day(value: Any) -> str:
    """A date as it was written; of a date with midnight beside it, the date."""
    if isinstance(value, str):
        return value
    day = pd.Timestamp(value) if isinstance(value, date | np.datetime64) else None
    if day is None:
        return str(value)
    return day.date().isoformat() if day == day.normalize() else str(day)


def _numbers(table: pd.DataFrame, attribute: str, faults: _Faults) -> pd.Series[Any]:
    read = pd.to_numeric(table[attribute], errors="coerce").astype("float64")
    wrong = table[attribute].notna() & ~read.between(0, 100_000)
    faults.add(
        wrong[wrong].index, attribute, lambda row: f'"{cut(str(table.loc[row, attribute]))}"',
        "a number from 0 to 100,000", "write digits, or leave it blank",
    )  # fmt: skip
    return read


def _of_piece(table: pd.DataFrame, attribute: str, faults: _Faults) -> None:
    """One value a piece; where one rater left it blank, the other's holds."""
    known = table.loc[table[attribute].notna(), ["piece", attribute]].drop_duplicates()
    twice = known[known["piece"].duplicated(keep=False)]
    faults.total += twice["piece"].nunique()
    room = FAULTS_SHOWN - len(faults.shown)
    several = twice.groupby("piece")[attribute] if len(twice) else ()
    for piece, values in islice(several, room):
        shown = " and ".join(f'"{cut(text_of_day(value))}"' for value in values)
        faults.shown.append(
            Fault(
                f'{faults.source.name}, piece "{piece}", column "{attribute}"',
                f"{attribute} is both {shown}",
                "one value for a piece, whoever scored it",
                "correct one of them",
            )
        )
    if known.empty or len(twice) or table[attribute].notna().all():
        return
    filled = table["piece"].map(known.set_index("piece")[attribute])
    if filled.notna().sum() > table[attribute].notna().sum():
        table[attribute] = filled.astype(table[attribute].dtype)
        table.attrs["patchy"] = [*table.attrs["patchy"], attribute]
