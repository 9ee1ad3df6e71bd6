"""Did a series change its mean once, and when? For one series or thousands of them.

The place where the means before and after differ most, in units of chance, is where a change is
most likely. That it is the largest of many places is allowed for by a permutation test: how large
would the largest be if the order of the periods told nothing? Over many series the false discovery
rate is held.

Why not the library ruptures: its search is faster, but the search is not the work here; it gives
no p-value, and the place follows from sums that the test needs anyway.

What it takes for granted: without a change the periods could stand in any order. Neighbouring
months that are alike make p too small; `block` permutes stretches instead of single periods.

Sources: Hawkins 1977, JASA 72:180-186 (the statistic, for a change in the mean of normal values);
Antoch & Huskova 2001, Statistics & Probability Letters 53:37-46 (permutation); Kirch 2007,
Sequential Analysis 26:223-264 (blocks); `false_discovery`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.false_discovery import adjusted

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Numbers held at a time.
_ROOM = 8_000_000
LEAST_PERIODS = 6


@dataclass(frozen=True, slots=True, eq=False)
class ChangePoints:
    """The likeliest single change of each of S series.

    Attributes:
        last_before: (S,) index of the last period before the change, from 0; -1 where the series
            has too few values.
        before: (S,) mean up to it. after: (S,) mean after it.
        statistic: (S,) largest absolute t statistic over all places.
        p: (S,) permutation p-value; NaN where there are too few values.
        q: (S,) p with the false discovery rate held over the series.
        n: (S,) values in the series.
        permutations: how many orders were tried; p is at least 1 / (this + 1).
    """

    last_before: Ints
    before: Floats
    after: Floats
    statistic: Floats
    p: Floats
    q: Floats
    n: Ints
    permutations: int


def change_points(
    y: npt.ArrayLike,
    *,
    least: int = 2,
    block: int = 1,
    permutations: int = 999,
    rng: int | np.random.Generator = 0,
) -> ChangePoints:
    """Find at most one change of the mean in each series.

    Args:
        y: (T,) or (S, T) values in order of time; NaN where a period has none: left out.
        least: the fewest periods on each side.
        block: length of the stretches that are permuted; 1 permutes single periods.
        permutations: how many orders are tried; series that lack the same periods share them.
            With S series and none but one changed, a q under .05 needs at least 20 S of them.
        rng: seed or generator.

    Raises:
        UsageError: `least` or `block` under 1.
    """
    series = np.atleast_2d(np.asarray(y, dtype=np.float64))
    if least < 1 or block < 1 or permutations < 1:
        raise UsageError("least, block and permutations must each be 1 or more.")
    size = len(series)
    found = {name: np.full(size, np.nan) for name in ("before", "after", "statistic", "p")}
    last = np.full(size, -1, np.int64)
    known = np.isfinite(series)
    random = np.random.default_rng(rng)
    for pattern in np.unique(known, axis=0):
        rows = np.flatnonzero((known == pattern).all(axis=1))
        if pattern.sum() < max(LEAST_PERIODS, 2 * least):
            continue
        held = series[np.ix_(rows, np.flatnonzero(pattern))]
        place, statistic = _largest(held, least)
        found["p"][rows] = _permuted(held, statistic, least, block, permutations, random)
        found["statistic"][rows] = statistic
        last[rows] = np.flatnonzero(pattern)[place]
        total = np.cumsum(held, axis=1)
        first = total[np.arange(len(rows)), place]
        found["before"][rows] = first / (place + 1)
        found["after"][rows] = (total[:, -1] - first) / (held.shape[1] - place - 1)
    return ChangePoints(
        last, found["before"], found["after"], found["statistic"], found["p"],
        adjusted(found["p"]), known.sum(axis=1).astype(np.int64), permutations,
    )  # fmt: skip


def _largest(held: Floats, least: int) -> tuple[Ints, Floats]:
    """The last period before the likeliest change, and its t statistic.

    With S_k the sum of the first k deviations from the mean of all n, the sum of squares between
    the two parts is S_k^2 n / (k (n - k)); t^2 = between (n - 2) / (total - between).
    """
    n = held.shape[1]
    deviations = held - held.mean(axis=1, keepdims=True)
    k = np.arange(least, n - least + 1)
    sums = np.cumsum(deviations, axis=1)[:, least - 1 : n - least]
    between = sums**2 * (n / (k * (n - k)))
    place = between.argmax(axis=1)
    most = between[np.arange(len(held)), place]
    total = (deviations**2).sum(axis=1)
    left = np.maximum(total - most, 1e-12 * np.maximum(total, 1e-300))
    statistic = np.sqrt(most * (n - 2) / left)
    return (place + least - 1).astype(np.int64), np.where(total > 0, statistic, 0.0)


def _permuted(
    held: Floats, statistic: Floats, least: int, block: int, permutations: int,
    random: np.random.Generator,
) -> Floats:  # fmt: skip
    """The share of orders whose largest statistic is as large; the order seen counts as one.

    Source: Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39, equation 2 for the count of one.
    """
    size, n = held.shape
    as_large = np.ones(size)
    step = max(1, _ROOM // n)
    orders = np.stack([_order(n, block, random) for _ in range(permutations)])
    slack = 1e-9 * np.maximum(1.0, statistic)
    for start in range(0, size, step):
        some = slice(start, start + step)
        for order in orders:
            as_large[some] += _largest(held[some][:, order], least)[1] >= (statistic - slack)[some]
    return as_large / (permutations + 1)


def _order(n: int, block: int, random: np.random.Generator) -> Ints:
    """A random order of periods, or of stretches of them in a circle from a random start."""
    if block == 1:
        return random.permutation(n)
    circle = (np.arange(n) + random.integers(n)) % n
    stretches = [circle[start : start + block] for start in range(0, n, block)]
    return np.concatenate([stretches[number] for number in random.permutation(len(stretches))])
