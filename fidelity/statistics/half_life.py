"""How long the effect of a training lasts: the time after which half of it is gone.

    level = level before + gain x 2^(-t / h)

t is the time since the training, h the half-life. It is estimated as a rate of fading, 1/h, which
may be 0: an effect that stays has an infinite half-life. An interval whose upper limit is infinite
is the ordinary case in a service with few pieces, and is a result: no fading can be told.

For a given rate the model is linear, so that the likelihood is profiled over a grid of rates. The
pieces of a worker are alike: rows are first turned by the random-effects transformation, and the
profile likelihood ratio of each rate is divided by the ratio of the cluster-robust (CR2) to the
model variance in the direction of that rate. All rates that are not rejected are the interval. The
same region, of gains and rates together, gives the interval of the gain and of what is left of it.

What it takes for granted: without the training practice would have stayed at the level before.
A trend of practice, or of scoring, goes into the fading; one of scoring that is known from
elsewhere (fixed pieces that are scored again and again) can be taken off. It is then one more
parameter, held by its own estimate: the region is that of gains, rates and trends together.

Sources: Venzon & Moolgavkar 1988, Applied Statistics 37:87-94 (profile likelihood intervals);
Rotnitzky & Jewell 1990, Biometrika 77:485-497 (likelihood ratios with clusters, here with one
parameter); Fuller & Battese 1973, JASA 68:626-632 (the transformation); `cluster_regression` for
the robust variance and its degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.cluster_regression import (
    ClusterRegression,
    cluster_regression,
    quantile,
)
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Turned = Callable[[Floats], Floats]
#: Rates of fading that are tried: none, then from a half-life of so many times the time looked at
#: down to the shortest that is asked for.
_LONGEST, _RATES = 20.0, 200
#: At every so many of them the robust variance is computed; it changes slowly in between.
_EVERY = 16
#: How many trends of scoring are tried, where one is given.
_TRENDS = 61
#: Without a gain the best of all rates is a search for one: a gain is told where a test of gain
#: and rate together would (chi-square of 2 over 1 degree of freedom, 95%).
_SOUGHT = 5.991 / 3.841
NO_GAIN = "no gain can be told, so nothing that could fade"
NO_FADING = "no fading can be told"
FEW_PIECES = "too few pieces before or after to fit a level, a gain and a rate"
METHOD = "profile likelihood, cluster-robust"


@dataclass(frozen=True, slots=True, eq=False)
class HalfLife:
    """A gain that fades.

    Attributes:
        half_life: in the units of time; `upper` may be infinite. NaN where no gain can be told.
        gain: right after the training, above the level before.
        before: the level before.
        gained: whether there is a gain, or a loss, at all.
        fades: whether a gain that stays as it is can be ruled out.
        times: (T,) times since the training, from 0 to the longest looked at.
        curve: (T,) the gain that is left at those times.
        lower: (T,) its lower limits.
        upper: (T,) its upper limits.
        likeness: share of the variance that pieces of one cluster have in common.
        reason: why something cannot be told; "" where all can.
    """

    half_life: Estimate
    gain: Estimate
    before: Estimate
    gained: bool
    fades: bool
    times: Floats
    curve: Floats
    lower: Floats
    upper: Floats
    likeness: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """What a grid of rates (times one of trends) gives; arrays of shape (rates,).

    Attributes:
        rate: of fading, one over the half-life.
        gain: best for that rate. gain_se: its robust standard error.
        distance: robust likelihood ratio to the best of all.
        room: how large that may be.
        trend: that was taken off.
    """

    rate: Floats
    gain: Floats
    gain_se: Floats
    distance: Floats
    room: Floats
    trend: Floats

    @property
    def best(self) -> int:
        """Place of the best rate."""
        return int(self.distance.argmin())

    def reach(self) -> Floats:
        """How far the gain may lie from the best of its rate; NaN where the rate is rejected."""
        left = self.room - self.distance
        return np.where(left >= 0, self.gain_se * np.sqrt(np.maximum(left, 0.0)), np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class _Effect:
    """The shape of the gain over time, and how it changes with the rate."""

    time: Floats
    dose: Floats

    def at(self, rate: float) -> Floats:
        return np.asarray(self.dose * 2.0 ** (-rate * self.time))

    def slope(self, rate: float) -> Floats:
        return np.asarray(-self.time * self.at(rate))


def half_life(
    y: npt.ArrayLike,
    since: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    dose: npt.ArrayLike | None = None,
    others: npt.ArrayLike | None = None,
    trend: Estimate | None = None,
    time: npt.ArrayLike | None = None,
    shortest: float = 1.0,
    confidence: float = 0.95,
) -> HalfLife:
    """Estimate the gain of a training and its half-life.

    Args:
        y: (n,) scores of pieces.
        since: (n,) time since the training, in any unit, for instance months; below 0, or NaN
            for somebody who was not trained: before.
        clusters: (n,) whose piece it is.
        dose: (n,) share of the training that was attended; the gain is that of all of it.
        others: (n, k) further columns that shift the level, for instance kinds of plan.
        trend: a trend of scoring a unit of time, known from elsewhere, to be taken off with its
            uncertainty; its limits are taken as those of 95% where it has no standard error.
        time: (n,) calendar time of each piece in the same unit, where a trend is given; scores
            are then as by the standard of the earliest.
        shortest: the shortest half-life that is looked for, in the same unit.
        confidence: coverage of the intervals.

    Raises:
        UsageError: unequal lengths, values of y that are missing, columns of `others` that say
            the same twice, or a trend without times.
    """
    response, months = np.asarray(y, dtype=np.float64), np.asarray(since, dtype=np.float64)
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
    if not (len(response) == len(months) == len(codes)) or not np.isfinite(response).all():
        raise UsageError("y, since and clusters must be equally many, and y must not be missing.")
    after, level = months >= 0, _levels(others, len(response))
    few = after.sum() < 3 or (~after).sum() < 2 or len(np.unique(months[after])) < 3
    if few or codes.max() < 2 or len(response) < level.shape[1] + 4:
        return _nothing(len(response), FEW_PIECES)
    share = np.ones(len(months)) if dose is None else np.asarray(dose, dtype=np.float64)
    effect = _Effect(np.where(after, months, 0.0), np.where(after, share, 0.0))
    likeness, turned = _turning(response, level, effect, codes)
    longest, shift = float(months[after].max()), _calendar(trend, time, len(response))
    rates = _rates(longest, shortest)
    found = _profile(rates, response, shift, trend, level, effect, turned, codes, confidence)
    rate, slope = float(found.rate[found.best]), float(found.trend[found.best])
    fit = _fit(rate, turned(response - slope * shift), turned(level), effect, turned, codes)
    before = fit.estimate(np.eye(len(fit.coefficients))[0], confidence, "level before, CR2")
    return _told(found, before, longest, likeness)


def _calendar(trend: Estimate | None, time: npt.ArrayLike | None, n: int) -> Floats:
    if trend is None:
        return np.zeros(n)
    if time is None or np.size(time) != n or not trend.known:
        raise UsageError("A trend needs its value, and the time of every piece.")
    moments = np.asarray(time, dtype=np.float64)
    return np.asarray(moments - moments.min())


def _slopes(trend: Estimate | None) -> Floats:
    """The trends that are tried: the estimate, and up to three standard errors either side."""
    if trend is None:
        return np.zeros(1)
    return np.asarray(trend.value + _error(trend) * np.linspace(-3.0, 3.0, _TRENDS))


def _error(trend: Estimate) -> float:
    """Its standard error, from the limits where it has none; 0 where it has neither."""
    if trend.se == trend.se:
        return trend.se
    return (trend.upper - trend.lower) / (2 * 1.959964) if trend.bounded else 0.0


def _levels(others: npt.ArrayLike | None, n: int) -> Floats:
    """A constant, and the other columns around their means."""
    if others is None:
        return np.ones((n, 1))
    columns = np.asarray(others, dtype=np.float64).reshape(n, -1)
    return np.column_stack([np.ones(n), columns - columns.mean(axis=0)])


def _rates(longest: float, shortest: float) -> Floats:
    """0, and rates evenly apart in their logarithm."""
    lowest, highest = 1.0 / (_LONGEST * max(longest, shortest)), 1.0 / shortest
    return np.concatenate([[0.0], np.geomspace(lowest, highest, _RATES)])


def _turning(y: Floats, level: Floats, effect: _Effect, codes: Codes) -> tuple[float, Turned]:
    """The share of variance that clusters hold, and the transformation that takes it away.

    v_ij - theta_g mean(v_g), theta_g = 1 - (1 + n_g ratio)^(-1/2), ratio = cluster / residual
    variance, from the mean squares of what a jump and a curve in time leave (Fuller & Battese
    1973, with unequal cluster sizes).
    """
    step, ramp = effect.at(0.0), effect.slope(0.0)
    X = np.column_stack([level, step, ramp, effect.time * ramp])
    left = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    size = np.bincount(codes).astype(np.float64)
    n, m = len(y), len(size)
    mean = np.bincount(codes, left) / size
    within = float(((left - mean[codes]) ** 2).sum()) / max(1, n - m)
    between = float(size @ mean**2) / (m - 1)
    common = max(0.0, (between - within) / ((n - float(size @ size) / n) / (m - 1)))
    ratio = common / within if within > 0 else 0.0
    theta = (1.0 - 1.0 / np.sqrt(1.0 + size * ratio))[codes]

    def turned(values: Floats) -> Floats:
        columns = values.reshape(n, -1)
        means = np.stack([np.bincount(codes, c) / size for c in columns.T], axis=1)[codes]
        return np.asarray((columns - theta[:, None] * means).reshape(values.shape))

    return ratio / (1.0 + ratio), turned


def _fit(
    rate: float, y: Floats, level: Floats, effect: _Effect, turned: Turned, codes: Codes,
    slope: bool = False,
) -> ClusterRegression:  # fmt: skip
    """The level and the gain at a rate; with `slope`, also its direction of change."""
    shape = turned(effect.at(rate))
    columns = [level, shape]
    if slope:
        direction = turned(effect.slope(rate))
        columns.append(direction / math.sqrt(float(direction @ direction) or 1.0))
    return cluster_regression(y, np.column_stack(columns), codes)


def _profile(
    rates: Floats, y: Floats, shift: Floats, trend: Estimate | None, level: Floats,
    effect: _Effect, turned: Turned, codes: Codes, confidence: float,
) -> _Profile:  # fmt: skip
    """Fit every rate, with every trend: its gain, and its distance from the best of all.

    The gain is linear in the trend; the robust variance is that at the trend's estimate.
    """
    slopes, fixed = _slopes(trend), turned(level)
    middle = turned(y - (trend.value if trend else 0.0) * shift)
    basis, _ = np.linalg.qr(fixed)
    shapes = turned(effect.dose[:, None] * 2.0 ** (-rates * effect.time[:, None]))
    shapes -= basis @ (basis.T @ shapes)
    squares = (shapes**2).sum(axis=0)
    moved = turned(y[:, None] - slopes * shift[:, None])
    moved -= basis @ (basis.T @ moved)
    gain = moved.T @ shapes / squares
    left = (moved**2).sum(axis=0)[:, None] - gain**2 * squares
    inflation, room, gain_se = _robust_at(rates, middle, fixed, effect, turned, codes, confidence)
    df = len(y) - level.shape[1] - 2
    distance = (left - left.min()) / max(float(left.min()) / df, 1e-300) / inflation
    error = _error(trend) if trend else 0.0
    if trend and error > 0:
        distance += ((slopes - trend.value) / error)[:, None] ** 2
        distance -= distance.min()
    size = (len(slopes), len(rates))
    every = (np.broadcast_to(part, size).ravel() for part in (rates, gain_se, room))
    rate, se, space = every
    return _Profile(rate, gain.ravel(), se, distance.ravel(), space, np.repeat(slopes, len(rates)))


def _robust_at(
    rates: Floats, y: Floats, level: Floats, effect: _Effect, turned: Turned, codes: Codes,
    confidence: float,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """`_robust` at some rates, and in a straight line between them."""
    some = np.unique([*range(0, len(rates), _EVERY), len(rates) - 1])
    found = np.array([
        _robust(_fit(float(rates[place]), y, level, effect, turned, codes, slope=True),
                _fit(float(rates[place]), y, level, effect, turned, codes), confidence)
        for place in some
    ]).T  # fmt: skip
    inflation, room, gain_se = (np.interp(np.arange(len(rates)), some, part) for part in found)
    return inflation, room, gain_se


def _robust(
    both: ClusterRegression, alone: ClusterRegression, confidence: float
) -> tuple[float, float, float]:
    """Robust over model variance in the direction of the rate, its room, and the gain's error."""
    model = both.residual_variance * float(both.bread[-1, -1])
    degrees = both.degrees(np.eye(len(both.coefficients))[-1])
    # Under one degree of freedom a t quantile says nothing; one is the widest that is used.
    room = quantile(confidence, max(1.0, degrees if degrees == degrees else 1.0)) ** 2
    inflation = float(both.covariance[-1, -1]) / model if model > 0 else 1.0
    return max(inflation, 1e-6), room, math.sqrt(float(alone.covariance[-1, -1]))


def _told(found: _Profile, before: Estimate, longest: float, likeness: float) -> HalfLife:
    reach = found.reach()
    gain = float(found.gain[found.best])
    ends = float(np.nanmin(found.gain - reach)), float(np.nanmax(found.gain + reach))
    strong = gain**2 > _SOUGHT * found.room[found.best] * found.gain_se[found.best] ** 2
    gained = bool(strong and (ends[0] > 0 or ends[1] < 0))
    fades = bool(np.isnan(reach[found.rate == 0.0]).all())
    times = np.linspace(0.0, longest, 61)
    left = 2.0 ** (-found.rate[:, None] * times)
    low = np.nanmin((found.gain - reach)[:, None] * left, axis=0)
    high = np.nanmax((found.gain + reach)[:, None] * left, axis=0)
    reason = NO_GAIN if not gained else "" if fades else NO_FADING
    n, m = before.n, before.clusters
    return HalfLife(
        _half(found, gained, n, m, reason),
        Estimate(gain, math.nan, *ends, n, f"gain, {METHOD}", m, "" if gained else NO_GAIN),
        before, gained, gained and fades, times, gain * left[found.best], low, high, likeness,
        reason,
    )  # fmt: skip


def _half(found: _Profile, gained: bool, n: int, m: int, reason: str) -> Estimate:
    """The half-life from its rate; the limits lie where the distance crosses the room."""
    name = f"half-life, {METHOD}"
    if not gained:
        return Estimate(math.nan, n=n, method=name, clusters=m, reason=reason)
    rate, place = np.unique(found.rate, return_inverse=True)
    over = np.full(len(rate), np.inf)
    np.minimum.at(over, place, found.distance - found.room)
    inside = np.flatnonzero(over <= 0)
    lowest = _crossing(rate, over, int(inside[0]), -1)
    highest = _crossing(rate, over, int(inside[-1]), 1)
    value, upper = (1.0 / r if r > 0 else math.inf for r in (found.rate[found.best], lowest))
    return Estimate(float(value), math.nan, 1.0 / highest if highest > 0 else math.inf, upper, n,
                    name, m, reason)  # fmt: skip


def _crossing(rate: Floats, over: Floats, place: int, step: int) -> float:
    """Where the distance crosses its room between a rate inside and the next one outside."""
    other = place + step
    if not 0 <= other < len(rate):
        return float(rate[place])
    share = -over[place] / (over[other] - over[place])
    return float(rate[place] + share * (rate[other] - rate[place]))


def _nothing(n: int, reason: str) -> HalfLife:
    none = Estimate(math.nan, n=n, method=METHOD, reason=reason)
    empty = np.empty(0)
    return HalfLife(none, none, none, False, False, empty, empty, empty, empty, math.nan, reason)
