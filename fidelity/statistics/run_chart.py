"""Run charts: the median and two signs of change, for few points and no limits.

Two signs, after Anhøj: a run on one side of the median that is longer than chance allows, and
fewer crossings of the median than chance allows. Together they raise a false sign in about one
chart in twenty to one in ten, whatever the shape of the distribution.

There is no trend rule. Anhøj & Olesen 2014 found the rule of five to seven rising points of no use
for finding a slow linear drift, which is what a fading model looks like; it adds false signs only.

Sources: Anhøj & Olesen 2014, PLoS ONE 9(11):e113825; Anhøj 2015, PLoS ONE 10(3):e0121349 (limits
of runs and crossings).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fidelity.statistics.chart_phases import Flags, Floats, Phases, points
from fidelity.statistics.charts import Chart, Ints

Counts = npt.NDArray[np.int64]
LONG_RUN, FEW_CROSSINGS = "a long run on one side", "few crossings of the median"
#: Fewer crossings than this quantile of a fair coin are too few.
_CHANCE = 0.05


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of each series about its centre; arrays of shape (...).

    Attributes:
        useful: number of points that do not lie on the centre.
        longest: length of the longest run on one side.
        longest_limit: the longest that chance allows.
        crossings: how often the centre is crossed.
        crossings_limit: the fewest that chance allows.
        in_longest: whether a point belongs to a run of the longest length, shape (..., T).
        side: 1 above, -1 below, 0 on the centre or missing, shape (..., T).
    """

    useful: Counts
    longest: Counts
    longest_limit: Counts
    crossings: Counts
    crossings_limit: Counts
    in_longest: Flags
    side: Ints


@dataclass(frozen=True, eq=False)
class RunChart(Chart):
    """A chart without limits. Beside what every `Chart` has, the runs of each part.

    Attributes:
        runs: one `Runs` a part; arrays of a part cover the points of that part.
    """

    runs: tuple[Runs, ...] = field(default=())


def run_chart(
    y: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike | None = None,
    parts: Sequence[int] = (),
) -> RunChart:
    """Points about their median, with the signs of long runs and few crossings.

    Args:
        y: the points, shape (..., T).
        baseline: True for points that the median rests on; all if not given.
        parts: positions at which a new median begins.

    Returns:
        `RunChart`; `lower` and `upper` are NaN. The first sign marks the points of the longest
        run, the second all points of the part that do not lie on the median.
    """
    y = points(y)
    phases = Phases.of(y, baseline, parts)
    center = phases.laid([_median(held) for held in phases.over(y)])
    flags = {name: np.zeros(y.shape, np.bool_) for name in (LONG_RUN, FEW_CROSSINGS)}
    direction = np.zeros(y.shape, np.int8)
    found = []
    for part in phases.slices:
        run = runs_about(y[..., part], center[..., part])
        long = (run.longest > run.longest_limit)[..., None] & run.in_longest
        flags[LONG_RUN][..., part] = long
        few = (run.crossings < run.crossings_limit)[..., None]
        flags[FEW_CROSSINGS][..., part] = few & (run.side != 0)
        direction[..., part] = run.side * (long | few)
        found.append(run)
    none = np.broadcast_to(np.nan, y.shape)
    about = {"chart": "run", "rules": "anhoj", "parts": [p.start for p in phases.slices[1:]]}
    return RunChart(
        y, center, none, none, none, flags, direction, phases.n(), about, runs=tuple(found)
    )


def runs_about(y: npt.ArrayLike, center: npt.ArrayLike) -> Runs:
    """Longest run and crossings about a centre line, with what chance allows.

    Args:
        y: points, shape (..., T); NaN and points on the centre are passed over.
        center: the centre line, (..., T) or what broadcasts to it.

    Source: Anhøj & Olesen 2014: longest run round(log2(n)) + 3; crossings qbinom(.05, n - 1, .5).
    """
    y = points(y)
    with np.errstate(invalid="ignore"):
        side = np.nan_to_num(np.sign(y - np.asarray(center, np.float64))).astype(np.int8)
    order = np.argsort(side == 0, axis=-1, kind="stable")
    packed_side = np.take_along_axis(side, order, axis=-1)
    useful = (side != 0).sum(axis=-1)
    place, length, longest = _runs(packed_side)
    in_longest = np.zeros(side.shape, np.bool_)
    held = (length == longest[..., None]) & (packed_side != 0)
    np.put_along_axis(in_longest, order, held, axis=-1)
    crossings = np.maximum(place.max(axis=-1, initial=0) - 1, 0)
    longest_limit, crossings_limit = _allowed(useful)
    return Runs(useful, longest, longest_limit, crossings, crossings_limit, in_longest, side)


def _runs(side: Ints) -> tuple[Counts, Counts, Counts]:
    """Number of the run that each point belongs to, the length of that run, and the longest."""
    change = np.ones(side.shape, np.bool_)
    change[..., 1:] = side[..., 1:] != side[..., :-1]
    change &= side != 0
    place = np.cumsum(change, axis=-1) * (side != 0)
    months = side.shape[-1]
    flat = place.reshape(-1, months) if months else place.reshape(-1, 0)
    offset = np.arange(len(flat))[:, None] * (months + 1)
    sizes = np.bincount((flat + offset).ravel(), minlength=len(flat) * (months + 1))
    sizes = sizes.reshape(len(flat), months + 1)
    sizes[:, 0] = 0
    length = np.take_along_axis(sizes, flat, axis=-1).reshape(side.shape)
    return place, length, sizes.max(axis=-1).reshape(side.shape[:-1])


def _allowed(useful: Counts) -> tuple[Counts, Counts]:
    """The longest run and the fewest crossings that chance allows, for so many useful points."""
    from scipy.special import bdtr

    most = int(np.max(useful, initial=0))
    longest, fewest = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    for n in range(1, most + 1):
        longest[n] = round(np.log2(n)) + 3
        k = np.arange(n)
        fewest[n] = int(np.argmax(bdtr(k, n - 1, 0.5) >= _CHANCE)) if n > 1 else 0
    return longest[useful], fewest[useful]


def _median(held: Floats) -> Floats:
    """Median of what is known along the last axis, kept as an axis of 1; NaN where nothing is."""
    if not held.shape[-1]:
        return np.full((*held.shape[:-1], 1), np.nan)
    ordered = np.sort(held, axis=-1)  # NaN comes last
    n = (~np.isnan(held)).sum(axis=-1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(at, 0), axis=-1)
                 for at in ((n - 1) // 2, np.minimum(n // 2, held.shape[-1] - 1)))  # fmt: skip
    return np.where(n > 0, (low + high) / 2, np.nan)
