"""Form beside function: two marks a row, each with its interval, over the whole scale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.present import style
from fidelity.present.figure import Picture
from fidelity.present.interval_rows import Axis, Column, Entry, Look, Mark, Panel, drawn
from fidelity.words import counted_as, in_brackets, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.form_function import FormFunction

ALL = "(all)"
SURFACE = Look("surface form", "s", style.CATEGORICAL[1])
CORE = Look("core function", "o", style.CATEGORICAL[0])
_AXIS = Axis((0.0, 1.0), ((0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")))
_FINDINGS = ("form ahead of function", "function ahead of form", "no difference")
_DATA = [
    "rubric", "role", "group", "surface", "surface_lower", "surface_upper", "core", "core_lower",
    "core_upper", "estimate", "lower", "upper", "n_pieces", "finding",
]  # fmt: skip


def form_beside_function(result: FormFunction, ax: Axes | None = None) -> Picture:
    """Surface and core items side by side, for each rubric and group.

    Args:
        result: of `fidelity.form_function`.
        ax: axes to draw in; a figure of its own if not given.

    Returns:
        The picture. Its `data` has one row a rubric, role and group.
    """
    table = result.table[result.table["finding"] != "no levels to average"]
    columns = (Column("difference", 0.8), Column("n", 0.42))
    panel = Panel(list(_entries(table, result)), _AXIS, 1.9, columns)
    confidence = f"{100 * result.method['confidence']:.0f}%"
    how = (
        "0 is the lowest level of an item's scale, 1 the highest; surface items may simply be "
        f"easier. Bars: {confidence} intervals. Difference: surface minus core within a piece; "
        "bold where it remains after allowing for having looked at several."
    )
    notes = [how]
    if (table["finding"] == "too few to say").any():
        notes.append("Hatched: too few pieces with both kinds answered.")
    subtitle = "Mean share of the scale, surface items beside core items"
    return drawn(title(result), subtitle, [panel], notes, _alt(table, result),
                 table[_DATA].reset_index(drop=True), ax)  # fmt: skip


def title(result: FormFunction) -> str:
    """The finding, from the flags of the wholes."""
    wholes = result.table[result.table["group"] == ALL]
    known = wholes[wholes["finding"].isin(_FINDINGS)]
    if known.empty:
        return "Too few to say whether form runs ahead of function"
    ahead = int((known["finding"] == _FINDINGS[0]).sum())
    behind = int((known["finding"] == _FINDINGS[1]).sum())
    if len(known) == 1:
        return {
            _FINDINGS[0]: "Form runs ahead of function",
            _FINDINGS[1]: "Function stands above form",
        }.get(str(known["finding"].iloc[0]), "No difference between form and function can be told")
    if not ahead and not behind:
        return f"In none of {len(known)} views can form and function be told apart"
    parts = [f"form runs ahead in {ahead}"] if ahead else []
    parts += [f"function in {behind}"] if behind else []
    return f"Of {counted_as(len(known), 'view')}, {' and '.join(parts)}"


def _entries(table: pd.DataFrame, result: FormFunction) -> Iterator[Entry]:
    for (rubric, role), rows in table.groupby(["rubric", "role"], sort=False):
        several = table.loc[table["rubric"] == rubric, "role"].nunique() > 1
        who = f" ({str(role).replace('_', ' ') or 'role not recorded'})" if several else ""
        yield Entry(f"{result.titles[str(rubric)]}{who}", heading=True)
        for _, row in rows.iterrows():
            yield _entry(row)


def _entry(row: pd.Series[Any]) -> Entry:
    name = "All" if row["group"] == ALL else str(row["group"])
    n = str(int(row["n_pieces"]))
    marks = tuple(
        Mark(look, row[kind], row[f"{kind}_lower"], row[f"{kind}_upper"])
        for look, kind in ((SURFACE, "surface"), (CORE, "core"))
        if not math.isnan(row[kind])
    )
    apart = "–" if math.isnan(row["estimate"]) else signed(row["estimate"])
    told = row["finding"] in _FINDINGS[:2]
    if not marks:
        return Entry(name, (), ("–", n), "too few to say")
    return Entry(name, marks, (apart, n), bold=told)


def _alt(table: pd.DataFrame, result: FormFunction) -> str:
    told = []
    for _, row in table[table["group"] == ALL].iterrows():
        who = f"{result.titles[row['rubric']]}{' ' + row['role'] if row['role'] else ''}"
        if math.isnan(row["estimate"]):
            told.append(f"{who}: {row['finding']}")
        else:
            apart = in_brackets(row["estimate"], row["lower"], row["upper"])
            told.append(f"{who}: {row['finding']} ({apart}, n {int(row['n_pieces'])})")
    return f"Two marks a row with intervals. {title(result)}. {'; '.join(told)}."
