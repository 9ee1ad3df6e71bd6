"""How likely a chart raises at least one flag although nothing changes.

A rule is quoted with its chance at one point (three sigma: 0.27%). What a reader needs is the
chance over the whole chart, with all rules together, and with limits that were themselves
estimated from few points. It is looked up in `false_flags.csv`, which
`benchmarks/studies/false_flags.py` makes by simulation: independent normal points without change.
Real series are less tidy: skew and likeness of neighbouring months move the chance, mostly up.

Source: as a check, for three sigma and known limits the chance is 1 - (1 - .0027)^n.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.chart_sequential import LIMIT, SLACK, WEIGHT, WIDTH
from fidelity.statistics.charts import Chart

TABLE = Path(__file__).with_suffix(".csv")
#: known: center and limits known beforehand; own: estimated from the points that are judged;
#: first: estimated from the first few, by moving ranges; center: the mean of the points, with
#: limits whose width is known, as those of shares and counts nearly are.
Limits = Literal["known", "own", "first", "center"]
#: Under so many points no chart is drawn with limits.
LEAST = 6


def chance(rule: str, n: int, *, limits: Limits = "own", baseline: int = 0) -> float:
    """Chance that a rule, or a set of rules, flags at least one of n points by accident.

    Args:
        rule: the name of a rule or a set (`chart_rules`), or "anhoj", "ewma", "cusum".
        n: number of points.
        limits: what the limits rest on; see `Limits`.
        baseline: with limits="first", the number of points that they rest on.

    Returns:
        Between 0 and 1, interpolated; NaN under 6 points, or under 6 points of baseline. Beyond
        120 points with the same risk a point as up to there.

    Raises:
        UsageError: a rule that the table does not hold.
    """
    rows = _rows()
    if rule not in _rules():
        raise UsageError(f'rule="{rule}": allowed are {", ".join(_rules())}.')
    if n < LEAST or (limits == "first" and baseline < LEAST):
        return math.nan
    if limits == "first" and baseline >= n:
        limits = "own"
    if limits != "first":
        return _along(rows[limits, 0], rule, n)
    known = sorted(b for kind, b in rows if kind == "first")
    return _between(baseline, known, lambda b: _first(rule, n, b))


@dataclass(frozen=True, eq=False)
class Stated:
    """Chance that a chart flags something where nothing changes; arrays of shape (...).

    Attributes:
        estimated: with limits that rest on what they rest on in this chart.
        known: with limits of the same rules that were known beforehand.

    NaN where a series has no limits, or where the table does not hold the rules.
    """

    estimated: npt.NDArray[np.float64]
    known: npt.NDArray[np.float64]


def stated(chart: Chart) -> Stated:
    """The chance of a false flag of each series of a chart, at its own length.

    Phases count as independent; one that rests on fewer than 6 points counts as having no flags.

    Args:
        chart: of any function of `charts`, `run_chart` or `chart_sequential`. For charts of
            shares and counts the mean is estimated and the width nearly known; the EWMA and CUSUM
            are those with their default options.
    """
    kind, rule = str(chart.method["chart"]), str(chart.method.get("rules", ""))
    rule = rule or kind
    starts = [0, *chart.method.get("parts", []), chart.y.shape[-1]]  # type: ignore[misc]
    shape = chart.y.shape[:-1]
    none = {"estimated": np.ones(shape), "known": np.ones(shape)}
    seen = np.zeros(shape, np.bool_)
    if rule in _rules() and _default(chart):
        for start, stop in pairwise(starts):
            points = (~np.isnan(chart.y[..., start:stop])).sum(axis=-1)
            rest = chart.n_limits[..., start] if stop > start else points
            usable = (points >= LEAST) & (rest >= LEAST)
            seen |= usable
            for n, base in {*zip(points[usable].tolist(), rest[usable].tolist(), strict=True)}:
                mine = usable & (points == n) & (rest == base)
                own: Limits = "first" if base < n else "own"
                if kind not in {"xmr", "run", "ewma", "cusum"}:
                    own = "center"
                none["estimated"][mine] *= 1 - chance(rule, n, limits=own, baseline=base)
                none["known"][mine] *= 1 - chance(rule, n, limits="known")
    return Stated(*(np.where(seen, 1 - part, math.nan) for part in none.values()))


def _default(chart: Chart) -> bool:
    """Whether an EWMA or CUSUM has the options of the table."""
    options = {"weight": WEIGHT, "width": WIDTH, "slack": SLACK, "limit": LIMIT}
    return all(chart.method.get(name, value) == value for name, value in options.items())


def several(chance_of_one: float, series: int) -> float:
    """Chance that at least one of several charts raises a false flag, if they are independent."""
    return 1 - (1 - chance_of_one) ** series


def _first(rule: str, n: int, baseline: int) -> float:
    rows = _rows()
    own = rows["own", 0]
    held = {at: row for at, row in rows["first", baseline].items() if at > baseline}
    start = {baseline: {rule: _along(own, rule, baseline)}}
    return _along({**start, **held}, rule, max(n, baseline))


def _between(b: int, known: Sequence[int], value: Callable[[int], float]) -> float:
    """Linear in 1 / b, which is how estimated limits come near known ones."""
    inverse = [1 / k for k in reversed(known)]
    return float(np.interp(1 / b, inverse, [value(k) for k in reversed(known)]))


def _along(rows: Mapping[int, Mapping[str, float]], rule: str, n: int) -> float:
    """Linear between numbers of points; beyond the last with the same risk a point."""
    at = sorted(rows)
    if n > at[-1]:
        return float(1 - (1 - rows[at[-1]][rule]) ** (n / at[-1]))
    return float(np.interp(n, at, [rows[k][rule] for k in at]))


@cache
def _rows() -> Mapping[tuple[str, int], Mapping[int, Mapping[str, float]]]:
    """The table: by limits and baseline, then number of points, then rule."""
    found: dict[tuple[str, int], dict[int, dict[str, float]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row.pop("limits"), int(row.pop("baseline"))
            n = int(row.pop("n"))
            for name in ("runs", "seed", "version", "numpy"):
                row.pop(name)
            found.setdefault(key, {})[n] = {rule: float(value) for rule, value in row.items()}
    return found


@cache
def _rules() -> tuple[str, ...]:
    return tuple(next(iter(_rows()["own", 0].values())))
