"""Is one period different from another, where the same workers may have pieces in both?

Two intervals of the same difference: cluster-robust (CR2 with Satterthwaite's degrees of freedom),
and a cluster bootstrap that draws whole workers. Neither takes the pieces of a worker as
independent, and neither takes the two periods as independent. Where they differ much, there are too
few workers for either.

Sources: `cluster_regression` (CR2); Cameron, Gelbach & Miller 2008, Review of Economics and
Statistics 90:414-427 (resampling of clusters, studentised); Efron & Tibshirani 1993, An
Introduction to the Bootstrap, section 12.5 (bootstrap-t).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.cluster_regression import cluster_regression, p_value
from fidelity.statistics.clusters import FEW, FEW_CLUSTERS, TOO_FEW, cluster_mean
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
#: Samples of clusters at a time.
_ROOM = 2_000_000
DRAWS = 1999


@dataclass(frozen=True, slots=True, eq=False)
class TwoPeriods:
    """One period beside another.

    Attributes:
        before: mean before, with its own interval.
        after: mean after.
        difference: after - before; `n` counts the pieces of both.
        p: two-sided p-value of the difference against 0.
        both: clusters with pieces in both periods.
    """

    before: Estimate
    after: Estimate
    difference: Estimate
    p: float
    both: int


def two_periods(
    y: npt.ArrayLike,
    after: npt.ArrayLike,
    clusters: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    others: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> TwoPeriods:
    """Mean after minus mean before, with a cluster-robust interval.

    Args:
        y: (n,) values of pieces.
        after: (n,) whether a piece is of the later period.
        clusters: (n,) cluster of each piece, the same label in both periods.
        weights: (n,) sampling weights.
        others: (n, k) columns that are held equal in both periods, for instance kinds of plan.
        confidence: coverage of the intervals.

    Returns:
        Means and difference; without pieces on one side, or with fewer than two clusters on one,
        the difference has no interval, and a reason.
    """
    values, later = np.asarray(y, dtype=np.float64), np.asarray(after, dtype=bool)
    labels = np.asarray(clusters)
    w = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    first, second = (
        cluster_mean(values[side], labels[side], w[side], confidence) for side in (~later, later)
    )
    both = len(set(labels[later].tolist()) & set(labels[~later].tolist()))
    name = "difference of means, CR2"
    if not (later.any() and (~later).any()):
        side = "after" if not later.any() else "before"
        none = Estimate(math.nan, n=len(values), method=name, reason=f"no pieces {side}")
        return TwoPeriods(first, second, none, math.nan, both)
    fewest = min(first.clusters, second.clusters)
    if fewest < 2:
        value = second.value - first.value
        one = Estimate(value, n=len(values), method=name, clusters=fewest, reason=TOO_FEW)
        return TwoPeriods(first, second, one, math.nan, both)
    X = _design(later, others, len(values))
    fit = cluster_regression(values, X, labels, w)
    contrast = np.eye(X.shape[1])[1]
    found = fit.estimate(contrast, confidence, name)
    return TwoPeriods(first, second, found, p_value(found, fit.degrees(contrast)), both)


def _design(later: Flags, others: npt.ArrayLike | None, n: int) -> Floats:
    X = np.column_stack([np.ones(n), later])
    if others is None:
        return X
    columns = np.asarray(others, dtype=np.float64).reshape(n, -1)
    return np.column_stack([X, columns - columns.mean(axis=0)])


def two_periods_bootstrap(
    y: npt.ArrayLike,
    after: npt.ArrayLike,
    clusters: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    rng: int | np.random.Generator = 0,
    draws: int = DRAWS,
    confidence: float = 0.95,
) -> Estimate:
    """The same difference with a bootstrap-t interval from whole clusters drawn with replacement.

    Args:
        y: (n,) values of pieces.
        after: (n,) whether a piece is of the later period.
        clusters: (n,) cluster of each piece.
        weights: (n,) sampling weights.
        rng: seed or generator.
        draws: how many samples of clusters.
        confidence: coverage of the interval.

    Returns:
        The difference. Samples in which a period is empty are left out, and said if they are more
        than one in twenty.

    Source: Efron & Tibshirani 1993, equation 12.22, with the linearised error of a difference of
        two means over clusters in every sample.
    """
    values, later = np.asarray(y, dtype=np.float64), np.asarray(after, dtype=bool)
    w = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not (len(values) == len(later) == np.size(clusters)):
        raise UsageError("y, after and clusters must be equally many.")
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
    sums = _cluster_sums(values, later, codes, w)
    name, m = "difference of means, cluster bootstrap-t", len(sums)
    value, se = (float(part[0]) for part in _difference(sums.sum(axis=0)[None], _products(sums)))
    if m < 2 or not se > 0:
        return Estimate(value, n=len(values), method=name, clusters=m, reason=TOO_FEW)
    random = np.random.default_rng(rng)
    parts = [_difference(*sample) for sample in _samples(sums, random, draws)]
    found, error = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    known = np.isfinite(found) & (error > 0)
    t = (found[known] - value) / error[known]
    tail = (1 - confidence) / 2
    low, high = np.quantile(t, [tail, 1 - tail]) if known.sum() > 1 else (math.nan, math.nan)
    lost = 1 - float(known.mean())
    reason = f"{100 * lost:.0f}% of the samples had an empty period" if lost > 0.05 else ""
    reason = reason or (FEW if m < FEW_CLUSTERS else "")
    return Estimate(value, se, value - high * se, value - low * se, len(values), name, m, reason)


def _cluster_sums(y: Floats, later: Flags, codes: npt.NDArray[np.intp], w: Floats) -> Floats:
    """(m, 4): weight and weighted sum of each cluster, before and after."""
    columns = [w * ~later, w * y * ~later, w * later, w * y * later]
    return np.stack([np.bincount(codes, column) for column in columns], axis=1)


def _products(sums: Floats) -> Floats:
    """(1, 16) sums over clusters of the products of their sums."""
    return (sums.T @ sums).reshape(1, -1)


def _samples(
    sums: Floats, random: np.random.Generator, draws: int
) -> Iterator[tuple[Floats, Floats]]:
    """Totals and products of samples of clusters, as many at a time as there is room for."""
    m = len(sums)
    squares = (sums[:, :, None] * sums[:, None, :]).reshape(m, -1)
    step = max(1, _ROOM // m)
    for start in range(0, draws, step):
        times = random.multinomial(m, np.full(m, 1 / m), size=min(step, draws - start))
        yield times @ sums, times @ squares


def _difference(totals: Floats, products: Floats) -> tuple[Floats, Floats]:
    """The difference of means of each sample, and its linearised standard error.

    Each cluster adds (S1 - mean1 N1) / total1 - (S0 - mean0 N0) / total0; the variance is the sum
    of squares of that over the clusters.
    """
    n0, s0, n1, s1 = totals.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean0, mean1 = s0 / n0, s1 / n1
        loading = np.stack([mean0 / n0, -1 / n0, -mean1 / n1, 1 / n1], axis=1)
        square = np.einsum("bi,bij,bj->b", loading, products.reshape(-1, 4, 4), loading)
        return mean1 - mean0, np.sqrt(np.maximum(square, 0.0))


def pieces_needed(half: float, n_before: int, n_after: int, change: float) -> tuple[float, int]:
    """How many pieces would tell a change of a size, if pieces go on as they are.

    Args:
        half: half the interval of the difference now.
        n_before: pieces before.
        n_after: pieces after.
        change: the change that is to be told, above 0.

    Returns:
        Pieces after in all, infinite where those before alone leave too much open; and how many
        would be needed in each of two periods of equal size.

    Source: half an interval is u sqrt(1 / n_before + 1 / n_after), set equal to the change; the
        pieces of both periods spread alike.
    """
    unit = half**2 / (1 / n_before + 1 / n_after)
    left = change**2 / unit - 1 / n_before if unit > 0 else math.inf
    after = math.inf if left <= 0 else math.ceil(1 / left)
    return after, max(1, math.ceil(2 * unit / change**2))
