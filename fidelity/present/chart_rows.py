"""Where points are too few for limits: rows with intervals, which say as much as can be said.

One series: a row for each period. Several: a row for each, the first period beside the latest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.analyses.chart_words import figure, name_of, rows_of
from fidelity.present import style
from fidelity.present.chart_panel import Scale, scale_of
from fidelity.present.chart_pictures import subtitle, title
from fidelity.present.figure import Picture
from fidelity.present.interval_rows import Axis, Column, Entry, Look, Mark, Panel, drawn
from fidelity.statistics.charts import TRIAL
from fidelity.statistics.false_flags import LEAST
from fidelity.words import TOO_FEW, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.chart import Charts


def chart_rows(result: Charts, ax: Axes | None = None, *, place: str = "") -> Picture:
    """Rows of periods, or of the first and the latest period of each series.

    Args:
        result: of `fidelity.chart`, with too few points for limits.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.
    """
    groups = [row for _, row in result.groups.iterrows()]
    several = len(groups) > 1
    first = Look("first period", "o", style.CATEGORICAL[0], hollow=True)
    latest = Look("latest period" if several else "mean with its interval", "o",
                  style.CATEGORICAL[0])  # fmt: skip
    with style.drawing():
        if several:
            entries = [_ends(result, row, first, latest) for row in groups]
        else:
            entries = _periods(result, groups[0], latest)
        entries = entries or [Entry(name_of(result, groups[0]), instead=f"no {result.plan.every}")]
        panel = Panel(entries, _axis(result), 2.0, _columns(several))
    return drawn(title(result), subtitle(result, place), [panel], list(_notes(result)),
                 _alt(result), result.table.reset_index(drop=True), ax)  # fmt: skip


def _columns(several: bool) -> tuple[Column, ...]:
    if several:
        return Column("first", 0.5), Column("latest", 0.5), Column("n", 0.75)
    return Column("mean", 0.5), Column("interval", 1.1), Column("n", 0.4)


def _scale(result: Charts) -> Scale:
    known = result.table[result.table["point"].notna()]
    seen = [*known["point"], *known["lower"], *known["upper"]]
    if result.measure.kind in {"mean", "share"}:
        seen += [*result.measure.bounds]  # a bar is read against the whole scale
    return scale_of(seen, result.measure.bounds, result.measure.kind == "share")


def _axis(result: Charts) -> Axis:
    scale = _scale(result)
    target = result.method["target"]
    return Axis((scale.low, scale.high), scale.ticks, () if target is None else (target,))


def _mark(look: Look, row: pd.Series) -> Mark:
    return Mark(look, float(row["estimate"]), float(row["lower"]), float(row["upper"]))


def _ends(result: Charts, group: pd.Series, first: Look, latest: Look) -> Entry:
    """The first and the latest period of a series that have enough pieces."""
    rows = rows_of(result, group)
    known = rows[rows["point"].notna()]
    name = name_of(result, group)
    if len(known) < 2:
        few = f"fewer than 2 {result.plan.every}s with {TOO_FEW} pieces"
        return Entry(name, printed=("", "", f"n {int(group['n_pieces'])}"), instead=few)
    a, b = known.iloc[0], known.iloc[-1]
    printed = (figure(result, a["estimate"]), figure(result, b["estimate"]),
               f"{int(a['n_pieces'])}, {int(b['n_pieces'])}")  # fmt: skip
    return Entry(name, (_mark(first, a), _mark(latest, b)), printed)


def _periods(result: Charts, group: pd.Series, look: Look) -> list[Entry]:
    entries = []
    for _, row in rows_of(result, group).iterrows():
        n = str(int(row["n_pieces"]))
        if math.isnan(row["point"]):
            entries.append(Entry(row["period"], printed=("", "", n), instead=str(row["reason"])))
            continue
        low, high = (figure(result, row[limit]) for limit in ("lower", "upper"))
        interval = "none" if math.isnan(row["lower"]) else f"{low} to {high}"
        printed = (figure(result, row["estimate"]), interval, n)
        entries.append(Entry(row["period"], (_mark(look, row),), printed))
    return entries


def _notes(result: Charts) -> list[str]:
    confidence, every = percent(result.method["confidence"]), result.plan.every
    note = (
        f"Bars are {confidence} intervals of each {every} by itself. It takes {LEAST} {every}s "
        f"with at least {TOO_FEW} pieces for trial limits, {TRIAL} for limits."
    )
    events = [f"{row['date'].day} {row['date']:%B %Y} {row['what']}"
              for _, row in result.events.iterrows()]  # fmt: skip
    return [note, *([f"In this time: {'; '.join(events)}."] if events else [])]


def _alt(result: Charts) -> str:
    told = []
    for _, group in result.groups.iterrows():
        rows = rows_of(result, group)
        ends = rows[rows["point"].notna()].iloc[[0, -1] if group["n_points"] > 1 else []]
        values = [
            f"{row['period']} {figure(result, row['estimate'])}" for _, row in ends.iterrows()
        ]
        told.append(f"{name_of(result, group)}: {', '.join(values) or 'too few points'}")
    return f"{result.measure.title} by {result.plan.every}, with intervals. {'; '.join(told)}."
