"""The same score period by period: level and slope around a day, or the likeliest turning point."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.dated import DURING, Dated, Days, as_day, months_in
from fidelity.simulate.streams import Streams
from fidelity.statistics.change_point import change_points
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.interrupted import interrupted

#: Periods with pieces on each side from which on a level and a slope are told apart (local).
LEAST_PERIODS = 8
SEGMENTS = ("kind", "name", "estimate", "lower", "upper", "n_periods", "p", "reason")


def series_of(
    held: Dated, name: str, around: object, every: str, confidence: float, stream: Streams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The means of each calendar period, and what they say of a change.

    Args:
        held: the pieces.
        name: the measure.
        around: the day, or None.
        every: length of a period.
        confidence: coverage of the intervals.
        stream: random streams by name.

    Returns:
        One row a period (counted from the day where there is one), and the rows of level and
        slope, or of the turning point, or a reason.
    """
    value = held.values[name]
    whole = np.ones(len(value), bool)
    if around is None:
        series = _means(held.starts(every), held.ended, value, whole)
        return series, pd.DataFrame([_turning_point(series, stream)], columns=list(SEGMENTS))
    day = as_day(around)
    starts = _around(day, months_in(every), held)
    series = _means(starts, held.ended, value, whole)
    told = _means(starts, held.ended, value, held.side(day.date()) != DURING)
    first = int(np.searchsorted(starts, np.datetime64(day.date(), "D")))
    rows = _segments(told, first, f"{day:%Y-%m-%d}", confidence)
    series[["fitted", "without"]] = told[["fitted", "without"]]
    return series, pd.DataFrame(rows, columns=list(SEGMENTS))


def _around(day: pd.Timestamp, months: int, held: Dated) -> Days:
    """First days of periods counted from the day, so that none lies on both of its sides."""
    starts = [day]
    while starts[0] > pd.Timestamp(held.ended.min()):
        starts.insert(0, day - pd.DateOffset(months=months * len(starts)))
    before = len(starts)
    while starts[-1] <= pd.Timestamp(held.ended.max()):
        starts.append(day + pd.DateOffset(months=months * (len(starts) - before + 1)))
    return np.array(starts[:-1] or starts, dtype="datetime64[D]")


def _means(
    starts: Days, ended: Days, value: npt.NDArray[np.float64], wanted: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    """Mean and number of pieces of each period."""
    known = wanted & ~np.isnan(value)
    period = np.searchsorted(starts, ended, side="right") - 1
    n = np.bincount(period[known], minlength=len(starts))
    total = np.bincount(period[known], value[known], minlength=len(starts))
    mean = np.divide(total, n, out=np.full(len(starts), np.nan), where=n > 0)
    return pd.DataFrame({
        "start": starts.astype("datetime64[s]"), "mean": mean, "n_pieces": n, "fitted": np.nan,
        "without": np.nan,
    })  # fmt: skip


def _segments(
    series: pd.DataFrame, first: int, day: str, confidence: float
) -> list[dict[str, Any]]:
    """Level at the day and change of slope; the fit is put into the series."""
    known = series["mean"].notna().to_numpy()
    sides = int(known[:first].sum()), int(known[first:].sum())
    if min(sides) < LEAST_PERIODS:
        reason = (
            f"{sides[0]} periods before and {sides[1]} after; {LEAST_PERIODS} are needed on each "
            "side to tell a level from a slope"
        )
        return [_row("level", day, Estimate(math.nan, reason=reason), sum(sides))]
    found = interrupted(
        series["mean"].to_numpy(), np.arange(len(series), dtype=np.float64), [float(first)],
        weights=np.maximum(series["n_pieces"].to_numpy(np.float64), 1.0), confidence=confidence,
    )  # fmt: skip
    series["fitted"], series["without"] = found.fitted, found.without
    return [
        _row("slope before", "a period", found.before, sum(sides)),
        _row("level", day, found.levels[0], sum(sides)),
        _row("slope", "a period", found.slopes[0], sum(sides)),
    ]


def _row(kind: str, name: str, found: Estimate, n: int) -> dict[str, Any]:
    return {"kind": kind, "name": name, "estimate": found.value, "lower": found.lower,
            "upper": found.upper, "n_periods": n, "p": math.nan,
            "reason": found.reason}  # fmt: skip


def _turning_point(series: pd.DataFrame, stream: Streams) -> dict[str, Any]:
    """At most one change of the mean, wherever it is likeliest."""
    found = change_points(series["mean"].to_numpy(), rng=stream("change-point"))
    n, last = int(found.n[0]), int(found.last_before[0])
    if last < 0:
        reason = f"{n} periods with pieces; too few to look for a turning point"
        return _row("turning point", "", Estimate(math.nan, reason=reason), n)
    known = np.flatnonzero(series["mean"].notna())
    following = known[known > last][0]
    name = f"{pd.Timestamp(series['start'].iloc[following]):%Y-%m-%d}"
    estimate = Estimate(float(found.after[0] - found.before[0]))
    return _row("turning point", name, estimate, n) | {"p": float(found.p[0])}
