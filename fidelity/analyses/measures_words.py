"""The sentences of measures: each file brings its own, with the numbers put in their places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.analyses.measures_information import MORE_HOURS
from fidelity.rubric.measures import Measure
from fidelity.words import counted_as, listed, percent

if TYPE_CHECKING:
    from fidelity.analyses.measures import Measured

ALL = "(all)"
SHARES = ("share", "composition")
CHARTS = {"p": "p chart", "u": "u chart", "xmr": "chart of individuals", "run": "run chart"}


def sentences(result: Measured) -> Iterator[str]:
    """Of each measure: how it stands, whether a chart flags anything, and what it does not show."""
    for name, measure in result.definitions.items():
        rows = result.table[result.table["measure"] == name]
        for _, row in wholes(rows).iterrows():
            yield said(measure, row, result)
        yield from _moved(result, measure)
    yield from _bought(result)
    if len(result.over_time) and result.over_time["chart"].ne("").any():
        yield "A chart says that a measure moved by more than it usually does, and not why."
    if result.absent:
        titles = [result.definitions[name].title.lower() for name in result.absent]
        yield f"Nothing was counted for: {'; '.join(titles)}."


def wholes(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of all, or of the only group."""
    return rows[rows["group"] == ALL] if (rows["group"] == ALL).any() else rows


def said(measure: Measure, row: pd.Series[Any], result: Measured) -> str:
    """The sentence of a measure with the numbers of one row."""
    where = "" if row["group"] == ALL else f"{row['group']}: "
    if math.isnan(row["estimate"]):
        n = f" (n {int(row['n'])})" if row["reason"] == "too few to say" else ""
        part = f", {measure.title_of(row['part'])}" if row["part"] else ""
        return f"{measure.title}{part}: {where}{row['reason'] or 'cannot be said'}{n}."
    if math.isnan(row["denominator"]):
        part = f", {measure.title_of(row['part'])}" if row["part"] else ""
        day = f", {row['date_to']:%Y-%m-%d}"
        value = figure(measure, row["estimate"])
        return f"{measure.title}{part}: {where}{value}{day} ({row['reason']})."
    told = measure.sentence.format(
        estimate=figure(measure, row["estimate"]), interval=interval(measure, row),
        numerator=f"{row['numerator']:,.0f}", denominator=f"{row['denominator']:,.0f}",
        threshold=f"{float(measure.threshold.value):g}" if measure.threshold else "",
        part=measure.title_of(row["part"]),
    )  # fmt: skip
    return f"{where}{told}"


def figure(measure: Measure, value: float) -> str:
    """A value as it is printed: a percentage, or a number with as many decimals as it needs."""
    if measure.kind in SHARES:
        return percent(value)
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def interval(measure: Measure, row: pd.Series[Any]) -> str:
    """The interval in brackets, or why there is none."""
    if math.isnan(row["lower"]):
        return f"(no interval: {row['reason'] or 'not defined'})"
    few = f"; {row['reason']}" if row["reason"] else ""
    return f"({figure(measure, row['lower'])} to {figure(measure, row['upper'])}{few})"


def _moved(result: Measured, measure: Measure) -> Iterator[str]:
    """The series in which a chart flags something, and the chance that it is an accident."""
    times = result.over_time[result.over_time["measure"] == measure.id]
    charted = times[times["chart"] != ""]
    if charted.empty:
        return
    found = []
    keys = charted[["group", "part"]].drop_duplicates()
    for _, key in keys.iterrows():
        mine = charted[(charted["group"] == key["group"]) & (charted["part"] == key["part"])]
        flagged = mine[mine["flags"] != ""]
        if flagged.empty:
            continue
        who = "all groups" if key["group"] == ALL else str(key["group"])
        part = f", {measure.title_of(key['part'])}" if key["part"] else ""
        when = listed([str(p) for p in flagged["period"].iloc[[0, -1]].unique()])
        between = f"between {when}" if len(flagged) > 1 else f"in {when}"
        found.append(f"{who}{part} {_way(flagged)} than usual {between}")
    kinds = listed([CHARTS[kind] for kind in dict.fromkeys(charted["chart"])])
    chance = charted["false_flag"].max()
    often = "under 1%" if chance < 0.005 else f"up to {percent(chance)}"
    risk = f"; each flags something by accident in {often} of series in which nothing changes"
    risk = "" if math.isnan(chance) else risk
    head = f"{measure.title}, {counted_as(len(keys), 'series', 'series')} ({kinds}{risk})"
    yield f"{head}: {'; '.join(found) if found else 'no more movement than usual'}."


def _bought(result: Measured) -> Iterator[str]:
    """What the hours of auditors buy."""
    for _, row in result.information.iterrows():
        hours = f"{row['hours']:,.0f} hours of scoring"
        if row["reason"]:
            yield f"{row['title']}: {hours}, {int(row['n_pieces'])} pieces; {row['reason']}."
            continue
        yield (
            f"{row['title']}: after {hours} and {int(row['n_pieces'])} pieces the interval of the "
            f"mean is {100 * row['width']:.1f} points wide on a scale from 0 to 100; {MORE_HOURS} "
            f"more hours would make that {100 * row['width_with_more']:.1f}."
        )


def _way(flagged: pd.DataFrame) -> str:
    """Higher or lower; "moved more" where flags go both ways or neither."""
    ways = set(flagged["direction"])
    return (
        {1: "higher", -1: "lower"}.get(ways.pop(), "moved more")
        if len(ways) == 1
        else ("moved more")
    )
