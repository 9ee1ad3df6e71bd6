"""What is said about an assessment or a piece: constant, in the right words, with real dates."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fidelity.collect import columns as cols
from fidelity.collect.answers import is_day_first, read_date
from fidelity.errors import Fault
from fidelity.rubric.checks import nearest

Found = tuple[pd.DataFrame, list[Fault], list[str]]


def check_attributes(table: pd.DataFrame, name: str) -> Found:
    """Check one row an assessment, as the gate makes it (`x<` and `x>` for an attribute x).

    Returns:
        The table with one typed column an attribute, the faults, and notes.
    """
    faults: list[Fault] = []
    notes: list[str] = []
    attributes = [str(c)[:-1] for c in table.columns if str(c).endswith("<")]
    plain = table[[c for c in table.columns if str(c)[0] != "_" and str(c)[-1] not in "<>"]].copy()
    for attribute in attributes:
        low, high = table[f"{attribute}<"], table[f"{attribute}>"]
        differs = low.notna() & (low != high)
        for n in differs[differs].index:
            faults.append(
                Fault(
                    f"{name}, {_keys(plain, n)}",
                    f'{attribute} is both "{low[n]}" and "{high[n]}"',
                    "one value in all rows of an assessment",
                )
            )
        plain[attribute] = low
    for attribute in [a for a in attributes if a in cols.VOCABULARIES] + ["rater_role"]:
        if attribute in plain:
            faults += _words(plain, attribute, name)
    for attribute in [a for a in attributes if a in cols.DATES]:
        plain[attribute] = _dates(plain, attribute, name, faults, notes)
    for attribute in [a for a in attributes if a in cols.NUMBERS]:
        plain[attribute] = _numbers(plain, attribute, name, faults)
    if {"covers_from", "covers_to"} <= set(plain.columns) and not faults:
        faults += _periods(plain, name)
    plain.attrs["patchy"] = []
    for attribute in [a for a in attributes if a in cols.PIECE]:
        _of_piece(plain, attribute, name, faults)
    return plain, faults, notes


def _keys(table: pd.DataFrame, row: Any) -> str:
    return f'piece "{table.loc[row, "piece"]}", rater "{table.loc[row, "rater"]}"'


def _words(table: pd.DataFrame, attribute: str, name: str) -> list[Fault]:
    allowed = cols.VOCABULARIES[attribute]
    column = table[attribute]
    wrong = column[column.notna() & (column != "") & ~column.isin(allowed)]
    return [
        Fault(
            f"{name}, {_keys(table, row)}", f'{attribute} "{word}"', ", ".join(allowed),
            nearest(str(word), allowed),
        )
        for row, word in wrong.items()
    ]  # fmt: skip


def _dates(
    table: pd.DataFrame, attribute: str, name: str, faults: list[Fault], notes: list[str]
) -> pd.Series[Any]:
    column = table[attribute]
    if getattr(column.dtype, "tz", None) is not None:
        faults.append(
            Fault(name, f"{attribute} has a time zone", "dates alone", "drop time and zone")
        )
        return column
    different = {value: str(value).split(".")[0] for value in column.dropna().unique()}
    read = {value: read_date(text) for value, text in different.items()}
    if any(is_day_first(text) for text in different.values()):
        notes.append(f"{name}: {attribute} was read with the day first (31/12/2026).")
    for row, value in column.dropna().items():
        if read[value] is None:
            faults.append(
                Fault(
                    f"{name}, {_keys(table, row)}",
                    f'{attribute} "{different[value]}" is not a date',
                    "2026-11-30 or 30/11/2026, without a time",
                )
            )
    return pd.to_datetime(column.map(read), errors="coerce").astype("datetime64[s]")


def _numbers(
    table: pd.DataFrame, attribute: str, name: str, faults: list[Fault]
) -> pd.Series[Any]:
    read = pd.to_numeric(table[attribute], errors="coerce").astype("float64")
    wrong = table[attribute].notna() & ~read.between(0, 100_000)
    for row in wrong[wrong].index:
        faults.append(
            Fault(
                f"{name}, {_keys(table, row)}",
                f'{attribute} "{table.loc[row, attribute]}"',
                "a number from 0 on",
            )
        )
    return read


def _periods(table: pd.DataFrame, name: str) -> list[Fault]:
    backwards = table["covers_from"] > table["covers_to"]
    return [
        Fault(f"{name}, {_keys(table, row)}", "covers_from is after covers_to")
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
    if len(twice) or table[attribute].notna().all():
        return
    filled = table["piece"].map(known.set_index("piece")[attribute])
    if filled.notna().sum() > table[attribute].notna().sum():
        table[attribute] = filled.astype(table[attribute].dtype)
        table.attrs["patchy"] = [*table.attrs["patchy"], attribute]


