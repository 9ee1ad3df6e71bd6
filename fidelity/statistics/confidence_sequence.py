"""An interval that may be looked at every month: a confidence sequence for a bounded mean.

A 95% interval holds for one look. Whoever looks every month and acts on the first month that
seems to differ is misled far more often than 5% of the time. A confidence sequence holds for all
looks together: with 95% confidence the true mean lies in *every* interval of the sequence. The
price is width, about half as much again.

It supposes that observations lie between known bounds and that, whatever was seen before, the
next is expected to be the mean. Pieces of one worker in one month are alike, so the observations
to give it are means of clusters by month, not pieces. Clusters that come back month after month
make it hold for those clusters.

How it works: for each possible mean somebody bets that the next observation lies above it, and
somebody below, each with a stake chosen from the past alone. If that is the mean, no strategy can
expect to win; means against which more than 1/alpha was won are ruled out (Ville's inequality).

Source: Waudby-Smith & Ramdas 2024, Estimating means of bounded random variables by betting, J. R.
Statist. Soc. B 86(1):1-27: the hedged capital process (Theorem 3) with predictable plug-in bets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.chart_phases import Flags, Floats

LEFT_ITS_PAST = "left its own past"
LEFT_THE_BASELINE = "left the baseline"
#: Candidate means between the bounds. Limits are those of the grid, taken outwards.
GRID = 801
#: Bets may not lose more than this share of the capital in one step (the source's c).
TRUNCATED = 0.5
#: Numbers held at a time, so that thousands of series fit in memory.
_AT_A_TIME = 4_000_000


@dataclass(frozen=True, eq=False)
class Sequence:
    """A running mean with limits that hold at every look; arrays of shape (..., T).

    Attributes:
        center: mean of all observations of the stretch so far.
        lower: lower limit.
        upper: upper limit. Both are NaN where no mean at all fits what was seen.
        flags: by name, whether the sequence has shown by then that the mean is not one and the
            same: "left its own past" (no mean lies in all intervals so far) or, with a baseline,
            "left the baseline". Once raised, a flag stays.
        direction: of a flag: 1 up, -1 down, 0 none.
        n: number of observations of the stretch so far.
        method: name and options.
    """

    center: Floats
    lower: Floats
    upper: Floats
    flags: Mapping[str, Flags]
    direction: npt.NDArray[np.int8]
    n: npt.NDArray[np.int64]
    method: Mapping[str, object] = field(default_factory=dict)


def confidence_sequence(
    x: npt.ArrayLike,
    bounds: tuple[float, float],
    *,
    confidence: float = 0.95,
    baseline: int = 0,
) -> Sequence:
    """Limits for a mean that may be looked at after every observation.

    Args:
        x: observations in their order, shape (..., T); NaN is passed over.
        bounds: least and greatest possible observation.
        confidence: that all intervals together hold the mean.
        baseline: so many first positions are a baseline: the sequence begins anew after it and
            is compared with the last interval of the baseline. Each half has half the error rate.

    Raises:
        UsageError: observations beyond the bounds, or another nonsense.

    Source: Waudby-Smith & Ramdas 2024, Theorem 3.
    """
    x = np.asarray(x, np.float64)
    low, high = map(float, bounds)
    months = x.shape[-1]
    if not low < high or (x < low).any() or (x > high).any():
        raise UsageError(
            f"bounds={bounds}: allowed are a least and a greatest value that no observation passes."
        )
    if not 0 <= baseline < max(months, 1):
        raise UsageError(f"baseline={baseline}: allowed are 0 to {months - 1} first positions.")
    alpha = (1 - confidence) / (2 if baseline else 1)
    unit = (x - low) / (high - low)
    pieces = [unit[..., :baseline], unit[..., baseline:]] if baseline else [unit]
    found = [_stretch(piece, alpha) for piece in pieces]
    center, lower, upper = (
        low + (high - low) * np.concatenate([f[i] for f in found], axis=-1) for i in range(3)
    )
    n = np.concatenate([(~np.isnan(piece)).cumsum(axis=-1) for piece in pieces], axis=-1)
    flags, direction = _flags(lower, upper, baseline)
    return Sequence(
        center, lower, upper, flags, direction, n,
        {"name": "betting confidence sequence", "confidence": confidence, "baseline": baseline},
    )  # fmt: skip


def _stretch(x: Floats, alpha: float) -> tuple[Floats, Floats, Floats]:
    """Running mean and limits of observations between 0 and 1."""
    series = x.reshape(-1, x.shape[-1])
    lower, upper = np.empty(series.shape), np.empty(series.shape)
    step = max(1, _AT_A_TIME // GRID)
    for start in range(0, len(series), step):
        rows = slice(start, start + step)
        lower[rows], upper[rows] = _hedged(series[rows], alpha)
    known = ~np.isnan(x)
    n = known.cumsum(axis=-1)
    total = np.where(known, x, 0.0).cumsum(axis=-1)
    mean = np.divide(total, n, out=np.full(x.shape, np.nan), where=n > 0)
    return mean, lower.reshape(x.shape), upper.reshape(x.shape)


def _hedged(x: Floats, alpha: float) -> tuple[Floats, Floats]:
    """Limits of the hedged capital process, for (S, T) observations between 0 and 1.

    The set of means not ruled out is an interval (Theorem 3), so that its ends say all.
    """
    S, T = x.shape
    m = np.linspace(0.0, 1.0, GRID)
    most_up, most_down = TRUNCATED / np.maximum(m, 1e-12), TRUNCATED / np.maximum(1 - m, 1e-12)
    up, down = np.zeros((S, GRID)), np.zeros((S, GRID))  # logarithms of the capital
    mu, spread, count = np.full(S, 0.5), np.full(S, 0.25), np.zeros(S)
    total = np.full(S, 0.5)
    lower, upper = np.zeros((S, T)), np.ones((S, T))
    bar = math.log(2 / alpha)  # each side has half the capital
    for t in range(T):
        known = ~np.isnan(x[:, t])
        xt = np.where(known, x[:, t], 0.0)
        count += known
        i = np.maximum(count, 1.0)
        variance = spread / i  # of what was seen before, and a prior 1/4
        bet = np.sqrt(2 * bar / (variance * i * np.log1p(i)))
        d = (xt[:, None] - m) * known[:, None]
        up += np.log1p(np.minimum(bet[:, None], most_up) * d)
        down += np.log1p(-np.minimum(bet[:, None], most_down) * d)
        inside = np.maximum(up, down) < bar
        lower[:, t] = np.maximum(m[np.argmax(inside, axis=1)] - 1 / (GRID - 1), 0.0)
        last = GRID - 1 - np.argmax(inside[:, ::-1], axis=1)
        upper[:, t] = np.minimum(m[last] + 1 / (GRID - 1), 1.0)
        gone = ~inside.any(axis=1)
        lower[gone, t] = upper[gone, t] = np.nan
        total += xt
        mu = np.where(known, total / (count + 1), mu)
        spread += np.where(known, (xt - mu) ** 2, 0.0)
    return lower, upper


def _flags(
    lower: Floats, upper: Floats, baseline: int
) -> tuple[dict[str, Flags], npt.NDArray[np.int8]]:
    """Whether no mean lies in all intervals so far, or in those before and after."""
    gone = np.isnan(lower)
    if baseline:
        name = LEFT_THE_BASELINE
        above = lower > upper[..., baseline - 1, None]
        below = upper < lower[..., baseline - 1, None]
        above[..., :baseline] = below[..., :baseline] = gone[..., :baseline] = False
    else:
        name = LEFT_ITS_PAST
        above = lower > np.fmin.accumulate(upper, axis=-1)
        below = upper < np.fmax.accumulate(lower, axis=-1)
    left = np.logical_or.accumulate(above | below | gone, axis=-1)
    first = np.argmax(left, axis=-1)[..., None]
    way = np.take_along_axis(above.astype(np.int8) - below, first, axis=-1)
    return {name: left}, np.asarray(left * way, np.int8)
