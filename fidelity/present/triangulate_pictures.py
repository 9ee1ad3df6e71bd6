"""Sources side by side: every theme with a mark and an interval for each source."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.present import style
from fidelity.present.figure import Picture
from fidelity.present.interval_rows import Axis, Column, Entry, Look, Mark, Panel, drawn
from fidelity.words import counted_as, pieces

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.triangulate import Triangulation

ALL = "(all)"
_AXIS = Axis((0.0, 1.0), ((0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1")))
#: A shape as well as a colour for each of at most eight sources.
_LOOKS = tuple(
    (marker, style.CATEGORICAL[number % 4], number >= 4)
    for number, marker in enumerate(("o", "s", "D", "^", "o", "s", "D", "^"))
)
_DATA = ["theme", "title", "source", "estimate", "lower", "upper", "n_pieces", "n_clusters", "top"]


def sources_by_theme(result: Triangulation, ax: Axes | None = None) -> Picture:
    """Where each source stands on each theme.

    Args:
        result: of `fidelity.triangulate`.
        ax: axes to draw in; a figure of its own if not given.

    Returns:
        The picture. Its `data` has one row a theme and source.
    """
    table = result.table[result.table["group"] == ALL]
    looks = {
        source.name: Look(source.name, marker, colour, hollow=hollow)
        for source, (marker, colour, hollow) in zip(result.sources, _LOOKS, strict=False)
    }
    columns = (Column("pairs that differ", 1.15),)
    panel = Panel(list(_entries(result, table, looks)), _AXIS, 2.1, columns)
    confidence = f"{100 * result.method['confidence']:.0f}%"
    counts = ", ".join(
        f"{source.name} {pieces(source.footing.rubric, len(source.footing))}"
        for source in result.sources
    )
    how = (
        f"0 is the lowest level of a source's own scale, 1 the highest. Bars: {confidence} "
        f"intervals. In all: {counts}; fewer where an item was not answered. Bold: two "
        "sources differ after allowing for having looked at all. Nobody is taken to be right."
    )
    subtitle = "Mean share of each source's own scale, by theme"
    return drawn(title(result), subtitle, [panel], [how], _alt(result, table),
                 table[_DATA].reset_index(drop=True), ax)  # fmt: skip


def title(result: Triangulation) -> str:
    """The finding, from the same flags as the bold rows."""
    table = result.pairs[result.pairs["theme"] != ALL]
    known = table[table["finding"] != "too few to say"]
    if known.empty:
        return "Too few to say whether sources agree"
    differ = known[known["finding"] == "differ"]["theme"].nunique()
    n = counted_as(known["theme"].nunique(), "theme")
    return (
        f"Sources differ on {differ} of {n}"
        if differ
        else f"On none of {n} can two sources be told apart"
    )


def _entries(result: Triangulation, table: pd.DataFrame, looks: dict[str, Look]) -> Iterator[Entry]:
    compared = result.pairs[result.pairs["theme"] != ALL]
    for theme, rows in table.groupby("theme", sort=False):
        mine = compared[compared["theme"] == theme]
        known = mine[mine["finding"] != "too few to say"]
        differ = int((known["finding"] == "differ").sum())
        printed = f"{differ} of {len(known)}" if len(known) else "too few"
        marks = tuple(
            Mark(looks[row["source"]], row["estimate"], row["lower"], row["upper"])
            for _, row in rows.iterrows() if not math.isnan(row["estimate"])
        )  # fmt: skip
        name = str(rows["title"].iloc[0])
        instead = "" if marks else "too few to say"
        yield Entry(name, marks, (printed,), instead, bold=bool(differ))


def _alt(result: Triangulation, table: pd.DataFrame) -> str:
    told = [
        f"{title_of}: " + ", ".join(
            f"{row['source']} {row['estimate']:.2f} (n {int(row['n_pieces'])})"
            if not math.isnan(row["estimate"]) else f"{row['source']} too few"
            for _, row in rows.iterrows()
        )
        for title_of, rows in table.groupby("title", sort=False)
    ]  # fmt: skip
    return f"Marks with intervals for each source, by theme. {title(result)}. {'; '.join(told)}."
