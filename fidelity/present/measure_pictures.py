"""Pictures of measures: all in rows with their intervals, or one over time between its limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fidelity.analyses.measures_words import CHARTS, SHARES, figure, wholes
from fidelity.errors import UsageError
from fidelity.present import style
from fidelity.present.chart_panel import AXIS, BELOW, LANE, Panel, draw_panel, scale_of
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet
from fidelity.present.interval_rows import Axis, Column, Entry, Look, Mark, drawn
from fidelity.present.interval_rows import Panel as Rows
from fidelity.words import counted_as, listed, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.measures import Measured
    from fidelity.rubric.measures import Measure

ALL = "(all)"
_LOOK = Look("estimate with interval", "o", style.CATEGORICAL[0])
_BARE = Look("figure without n, so without interval", "D", style.CATEGORICAL[2], width=0.0)
_SHARES = Axis((0.0, 1.0), tuple((k / 4, f"{25 * k}%") for k in range(5)))
#: Inches: one small chart, and between two.
_TALL, _GAP, _HEAD = 1.25, 0.28, 0.3
_COLUMNS = (Column("value", 0.62), Column("n", 0.55))


def measures_in_rows(result: Measured, ax: Axes | None = None) -> Picture:
    """Measures over all groups: shares on one axis, each other one on its own, in its own unit.

    Args:
        result: of `fidelity.measures`.
        ax: axes to draw in; a figure of its own if not given.

    Returns:
        The picture. Its `data` has one row a measure and part. Groups stand in the pictures of
        single measures.
    """
    table = pd.concat([result.table.iloc[:0], *(
        wholes(rows) for _, rows in result.table.groupby("measure", sort=False)
    )])  # fmt: skip
    kinds = table["kind"].isin(SHARES)
    panels = []
    if kinds.any():
        entries = list(_entries(result, table[kinds]))
        panels.append(Rows(entries, _SHARES, 2.5, _COLUMNS))
    for _, rows in table[~kinds].groupby("measure", sort=False):
        panels.append(Rows(list(_entries(result, rows)), _axis(rows), 2.5, _COLUMNS))
    notes = [f"Bars: {percent(result.method['confidence'])} intervals. n: what it rests on."]
    if table["reason"].eq("too few to say").any():
        notes.append("Hatched: too few to say.")
    subtitle = "All groups together; what is counted over what stands in each measure's file"
    return drawn(_title(table), subtitle, panels, notes, _alt(result, table),
                 table.reset_index(drop=True), ax)  # fmt: skip


def _title(table: pd.DataFrame) -> str:
    n = table["measure"].nunique()
    if not n:
        return "Nothing was counted"
    bare = n - table.loc[table["lower"].notna(), "measure"].nunique()
    told = f"{counted_as(n, 'measure')} of what is counted beside scores"
    return f"{told}, {bare} without an interval" if bare else told


def _axis(rows: pd.DataFrame) -> Axis:
    held = [v for v in pd.concat([rows["estimate"], rows["upper"]]) if math.isfinite(v)]
    scale = scale_of([0.0, *(held or [1.0])], (0.0, math.inf), False)
    return Axis((scale.low, scale.high), scale.ticks)


def _entries(result: Measured, table: pd.DataFrame) -> Iterator[Entry]:
    for name, rows in table.groupby("measure", sort=False):
        measure = result.definitions[str(name)]
        unit = f" ({measure.unit})" if measure.unit else ""
        yield Entry(f"{measure.title}{unit}", heading=True)
        for _, row in rows.iterrows():
            yield _entry(measure, row)


def _entry(measure: Measure, row: pd.Series[Any]) -> Entry:
    group = "All" if row["group"] == ALL else str(row["group"])
    name = measure.title_of(row["part"]) if row["part"] else group
    n = f"{int(row['n']):,}" if row["n"] else "–"
    if math.isnan(row["estimate"]):
        instead = "too few to say" if row["reason"] == "too few to say" else "cannot be said"
        return Entry(name, (), ("–", n), instead)
    bare = math.isnan(row["lower"])
    mark = Mark(_BARE if bare else _LOOK, row["estimate"], row["lower"], row["upper"])
    return Entry(name, (mark,), (figure(measure, row["estimate"]), n))


def _alt(result: Measured, known: pd.DataFrame) -> str:
    told = []
    for _, row in known.iterrows():
        measure = result.definitions[row["measure"]]
        value = "cannot be said"
        if math.isfinite(row["estimate"]):
            ends = "no interval"
            if math.isfinite(row["lower"]):
                ends = f"{figure(measure, row['lower'])} to {figure(measure, row['upper'])}"
            value = f"{figure(measure, row['estimate'])} ({ends}, n {int(row['n'])})"
        part = f", {measure.title_of(row['part'])}" if row["part"] else ""
        told.append(f"{measure.title}{part}: {value}")
    return f"Rows of estimates with intervals, by measure and group. Over all: {'; '.join(told)}."


def measure_over_time(result: Measured, name: str, ax: Axes | None = None) -> Picture:
    """One measure over time, a small chart a group (or part), between its limits where it has any.

    Args:
        result: of `fidelity.measures`.
        name: id of the measure.
        ax: axes to draw in; a figure of its own if not given.

    Raises:
        UsageError: a measure without periods.

    Returns:
        The picture. Its `data` has one row a period of each series that is drawn.
    """
    rows = result.over_time[result.over_time["measure"] == name]
    if rows.empty:
        there = ", ".join(dict.fromkeys(result.over_time["measure"])) or "none"
        raise UsageError(f'measure="{name}" has no periods to draw; those that have: {there}.')
    measure = result.definitions[name]
    series = [mine for _, mine in rows.groupby(["group", "part"], sort=False)]
    if measure.parts:  # a picture of each part in each group would not fit: the whole, or the only
        first = rows["group"].iloc[0]
        series = [mine for mine in series if mine["group"].iloc[0] == first]
    shown = pd.concat(series[:12])
    each = _HEAD + LANE + _TALL + BELOW + _GAP
    with style.drawing():
        sheet = Sheet(_moved(measure, shown), _what(result, measure), each * len(series[:12]),
                      _notes(shown), ax)  # fmt: skip
        scale = _scale(measure, shown)
        y = sheet.top
        for mine in series[:12]:
            sheet.text(0, y + _HEAD / 2, _called(measure, mine), SMALL, weight="bold")
            top = y + _HEAD + LANE
            panel = Panel(_drawable(mine), scale, AXIS + 0.06, WIDTH - 0.1, top, top + _TALL,
                          result.method["every"] == "quarter")  # fmt: skip
            draw_panel(
                sheet, panel, bars=bool((mine["chart"].isin(["", "run"])).all()), target=None
            )
            y += each
    return sheet.done(_alt_of_time(measure, shown), shown.reset_index(drop=True))


def _called(measure: Measure, mine: pd.DataFrame) -> str:
    group, part = mine["group"].iloc[0], mine["part"].iloc[0]
    name = "All" if group == ALL else str(group)
    name += f": {measure.title_of(part)}" if part else ""
    kind = str(mine["chart"].iloc[0])
    return f"{name} ({CHARTS[kind]})" if kind else f"{name} (too few periods for limits)"


def _drawable(mine: pd.DataFrame) -> pd.DataFrame:
    """The columns that a panel draws."""
    return mine.assign(
        point=mine["estimate"], weighted=math.nan, phase=0,
        finding=np.where(mine["flags"] != "", "change", ""), start=pd.to_datetime(mine["start"]),
    ).reset_index(drop=True)  # fmt: skip


def _scale(measure: Measure, shown: pd.DataFrame) -> Any:
    share = measure.kind in SHARES
    columns = ["estimate", "lower", "upper", "limit_lower", "limit_upper"]
    values = [float(v) for v in shown[columns].to_numpy(np.float64).ravel()]
    return scale_of(values, (0.0, 1.0 if share else math.inf), share)


def _moved(measure: Measure, shown: pd.DataFrame) -> str:
    """The title, from the flags alone."""
    keys = shown.groupby(["group", "part"], sort=False)
    charted = [key for key, mine in keys if (mine["chart"] != "").any()]
    flagged = [key for key, mine in keys if (mine["flags"] != "").any()]
    if not charted:
        return f"{measure.title}: too few periods to say whether it moves"
    if not flagged:
        return f"{measure.title}: no more movement than usual"
    return f"{measure.title}: more movement than usual in {len(flagged)} of {len(charted)} series"


def _what(result: Measured, measure: Measure) -> str:
    what = (measure.numerator, measure.denominator)
    unit = measure.unit or " over ".join(text.partition(";")[0] for text in what)
    return f"Each {result.method['every']}; {unit}"


def _notes(shown: pd.DataFrame) -> list[str]:
    notes = []
    kinds = [kind for kind in dict.fromkeys(shown["chart"]) if kind]
    if kinds:
        chance = shown["false_flag"].max()
        risk = "" if math.isnan(chance) else (
            f" Each series flags something by accident in up to {percent(max(chance, 0.01))} of "
            "cases in which nothing changes."
        )  # fmt: skip
        notes.append(f"Triangles: flagged by the {listed([CHARTS[k] for k in kinds])}.{risk}")
        notes.append("A flag says that it moved, not why.")
    if shown.loc[shown["chart"].isin(["", "run"]), "lower"].notna().any():
        notes.append("Bars: intervals of single periods, where they can be given.")
    return notes


def _alt_of_time(measure: Measure, shown: pd.DataFrame) -> str:
    told = []
    for _, mine in shown.groupby(["group", "part"], sort=False):
        known = mine[mine["estimate"].notna()]
        if known.empty:
            continue
        ends = [figure(measure, known["estimate"].iloc[k]) for k in (0, -1)]
        flags = int((mine["flags"] != "").sum())
        told.append(
            f"{_called(measure, mine)}: from {ends[0]} to {ends[1]}, {flags} points flagged"
        )
    return f"{_moved(measure, shown)}. Small charts over time. {'; '.join(told)}."
