"""What is said about an assessment or a piece: constant, in the right words, with real dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from fidelity.collect import columns as cols
from fidelity.collect.answers import is_day_first, read_date
from fidelity.collect.source import ROW, Source
from fidelity.errors import Fault
from fidelity.rubric.checks import nearest

Found = tuple[pd.DataFrame, list[Fault], list[str]]


def check_attributes(table: pd.DataFrame, source: Source) -> Found:
    """Check one row an assessment, as the gate makes it (`x<` and `x>` for an attribute x).

    Returns:
        The table with one typed column an attribute, the faults, and notes.
    """
    faults: list[Fault] = []
    notes: list[str] = []
    attributes = [str(c)[:-1] for c in table.columns if str(c).endswith("<")]
    kept = [c for c in table.columns if c == ROW or (str(c)[0] != "_" and str(c)[-1] not in "<>")]
    plain = table[kept].copy()
    for attribute in attributes:
        low, high = table[f"{attribute}<"], table[f"{attribute}>"]
        differs = low.notna() & (low != high)
        for n in differs[differs].index:
            both = f'both "{low[n]}" and "{high[n]}"'
            allowed = "one value in all rows of an assessment"
            faults.append(_fault(plain, n, attribute, both, allowed, source))
        plain[attribute] = low
    for attribute in [a for a in attributes if a in cols.VOCABULARIES] + ["rater_role"]:
        if attribute in plain:
            faults += _words(plain, attribute, source)
    for attribute in [a for a in attributes if a in cols.DATES]:
        plain[attribute] = _dates(plain, attribute, source, faults, notes)
    for attribute in [a for a in attributes if a in cols.NUMBERS]:
        plain[attribute] = _numbers(plain, attribute, source, faults)
    if {"covers_from", "covers_to"} <= set(plain.columns):
        faults += _periods(plain, source)
    plain.attrs["patchy"] = []
    for attribute in [a for a in attributes if a in cols.PIECE]:
        _of_piece(plain, attribute, source.name, faults)
    return plain.drop(columns=[c for c in plain.columns if c == ROW]), faults, notes


def _fault(
    table: pd.DataFrame, row: Any, attribute: str, what: str, allowed: str, source: Source,
    remedy: str = "",
) -> Fault:  # fmt: skip
    """A fault in one attribute of one assessment, where it stands."""
    keys = [key for key in (ROW, "piece", "rater") if key in table]
    where = source.where(table.loc[row, keys].to_dict(), attribute)
    return Fault(where, f'{attribute} of piece "{table.loc[row, "piece"]}" is {what}', allowed,
                 remedy)  # fmt: skip


def _words(table: pd.DataFrame, attribute: str, source: Source) -> list[Fault]:
    allowed = cols.VOCABULARIES[attribute]
    column = table[attribute]
    wrong = column[column.notna() & (column != "") & ~column.isin(allowed)]
    return [
        _fault(table, row, attribute, f'"{word}"', ", ".join(allowed), source,
               nearest(str(word), allowed))
        for row, word in wrong.items()
    ]  # fmt: skip


def _dates(
    table: pd.DataFrame, attribute: str, source: Source, faults: list[Fault], notes: list[str]
) -> pd.Series[Any]:
    """Dates, read once for each different text."""
    known = table[attribute].dropna()
    texts = {value: text_of_day(value) for value in known.unique()}
    read = {value: read_date(text) for value, text in texts.items()}
    if any(is_day_first(text) for text in texts.values()):
        notes.append(f"{source.name}: {attribute} was read with the day first (31/12/2026).")
    for row, value in known.items():
        if read[value] is None:
            what, allowed = f'"{texts[value]}", not a date', "2026-11-30 or 30/11/2026, no time"
            faults.append(_fault(table, row, attribute, what, allowed, source))
    days = pd.Series([read[value] for value in known], index=known.index, dtype=object)
    return pd.to_datetime(days.reindex(table.index)).astype("datetime64[s]")


def text_of_day(value: Any) -> str:
    """A date as it was written; of a date with midnight beside it, the date."""
    if isinstance(value, str):
        return value
    day = pd.Timestamp(value) if isinstance(value, date | np.datetime64) else None
    if day is None:
        return str(value)
    return day.date().isoformat() if day == day.normalize() else str(day)


def _numbers(
    table: pd.DataFrame, attribute: str, source: Source, faults: list[Fault]
) -> pd.Series[Any]:
    read = pd.to_numeric(table[attribute], errors="coerce").astype("float64")
    wrong = table[attribute].notna() & ~read.between(0, 100_000)
    for row in wrong[wrong].index:
        what = f'"{table.loc[row, attribute]}"'
        faults.append(_fault(table, row, attribute, what, "a number from 0 to 100,000", source))
    return read


def _periods(table: pd.DataFrame, source: Source) -> list[Fault]:
    backwards = table["covers_from"] > table["covers_to"]
    return [
        _fault(table, row, "covers_from", "after covers_to", "a day before it", source)
        for row in backwards[backwards].index
    ]


def _of_piece(table: pd.DataFrame, attribute: str, name: str, faults: list[Fault]) -> None:
    """One value a piece; where one rater left it blank, the other's holds."""
    known = table.loc[table[attribute].notna(), ["piece", attribute]].drop_duplicates()
    twice = known[known["piece"].duplicated(keep=False)]
    for piece, values in twice.groupby("piece")[attribute]:
        shown = " and ".join(f'"{value}"' for value in values)
        faults.append(
            Fault(
                f'{name}, piece "{piece}"',
                f"{attribute} is both {shown}",
                "one value for a piece, whoever scored it",
            )
        )
    if known.empty or len(twice) or table[attribute].notna().all():
        return
    filled = table["piece"].map(known.set_index("piece")[attribute])
    if filled.notna().sum() > table[attribute].notna().sum():
        table[attribute] = filled.astype(table[attribute].dtype)
        table.attrs["patchy"] = [*table.attrs["patchy"], attribute]


