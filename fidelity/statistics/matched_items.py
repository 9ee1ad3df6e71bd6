"""Did what was chosen for being low rise more than it would have risen anyway?

What is chosen because it was scored low was low partly by luck, and luck does not repeat: it tends
to rise whatever is done (regression towards the mean). So a chosen item is held beside items that
were not chosen and were as low at the start, in the same pieces. Both changes are taken in the same
pieces, so that what moves all items together (other families, a stricter rater) falls out.

Where no neighbour was quite as low, what that gap is worth is taken off too: the slope of the
changes of all items that were not chosen on how low they were at the start, which is the usual
estimate of regression towards the mean. It never adds a rise to what was not lower.

Sources: Galton 1886, Journal of the Anthropological Institute 15:246-263 (regression); Barnett, van
der Pols & Dobson 2005, International Journal of Epidemiology 34:215-220 (baseline as covariate);
Abadie & Imbens 2011, Journal of Business & Economic Statistics 29:1-11 (matching on nearest
neighbours, with the rest of the gap taken off by regression); `cluster_regression` (CR2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.cluster_regression import cluster_regression, p_value, quantile
from fidelity.statistics.clusters import TOO_FEW
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
#: At least and at most so many neighbours; from so many items on a slope is fitted.
LEAST, NEIGHBOURS, FOR_A_SLOPE = 2, 5, 4
NAME = "difference in differences beside items as low, CR2"


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A chosen item beside items that were as low at the start.

    Attributes:
        matched: (m,) columns of the neighbours, the nearest first.
        gap: mean of the chosen item before - mean of its neighbours before.
        slope: change for each level by which an item was higher at the start, from -1 to 0.
        slope_se: its standard error.
        anyway: the change that was to be expected of an item as low: change of the neighbours +
            slope * gap.
        beyond: change of the chosen item - `anyway`, with its interval.
        p: two-sided p-value of `beyond` against 0.
        differences: (n,) level of the chosen item - mean level of its neighbours, piece by piece.
        after: (n,) whether a piece is of the later period.
        clusters: (n,) cluster of each.
    """

    matched: tuple[int, ...]
    gap: float
    slope: float
    slope_se: float
    anyway: float
    beyond: Estimate
    p: float
    differences: Floats
    after: Flags
    clusters: npt.NDArray[np.object_]


def beside_matched(
    levels: npt.ArrayLike,
    after: npt.ArrayLike,
    clusters: npt.ArrayLike,
    chosen: int,
    others: Sequence[int],
    *,
    caliper: float,
    neighbours: int = NEIGHBOURS,
    confidence: float = 0.95,
) -> Beside:
    """The change of a chosen item beyond that of items that were as low at the start.

    Args:
        levels: (n, k) level of each item in each piece, on one scale; NaN where there is none.
        after: (n,) whether a piece is of the later period.
        clusters: (n,) cluster of each piece.
        chosen: column of the chosen item.
        others: columns of items that were not chosen, with pieces in both periods.
        caliper: the most by which a neighbour may differ at the start, in levels.
        neighbours: at most so many.
        confidence: coverage of the interval.

    Returns:
        With under `LEAST` neighbours within the caliper `beyond` is NaN, with the reason.

    Raises:
        UsageError: unequal lengths, or the chosen item among the others.
    """
    table, later = np.asarray(levels, dtype=np.float64), np.asarray(after, dtype=bool)
    labels = np.asarray(clusters, dtype=object)
    if not len(table) == len(later) == len(labels):
        raise UsageError("The rows of levels, after and clusters must be equally many.")
    if chosen in others:
        raise UsageError("The chosen item cannot stand among those that were not chosen.")
    start, change = _start_and_change(table, later)
    matched = _nearest(start, chosen, others, caliper, neighbours)
    slope, slope_se = _slope(start[list(others)], change[list(others)])
    if len(matched) < LEAST:
        reason = f"under {LEAST} items that were not chosen were as low"
        none = Estimate(math.nan, method=NAME, reason=reason)
        return _nothing(none, slope, slope_se)
    gap = float(start[chosen] - start[matched].mean())
    difference = table[:, chosen] - _mean_over(table[:, matched])
    known = ~np.isnan(difference)
    y, side, groups = difference[known], later[known], labels[known]
    fewest = min(len(set(groups[mine].tolist())) for mine in (side, ~side))
    if fewest < 2:
        none = Estimate(math.nan, n=len(y), method=NAME, clusters=fewest, reason=TOO_FEW)
        return _nothing(none, slope, slope_se)
    found, p = _beyond(y, side, groups, slope * gap, abs(gap) * slope_se, confidence)
    anyway = float(change[chosen]) - found.value
    return Beside(tuple(matched), gap, slope, slope_se, anyway, found, p, y, side, groups)


def together(parts: Sequence[Beside], confidence: float = 0.95) -> tuple[Estimate, float]:
    """What several chosen items changed beyond items as low, on average, and its p-value.

    Each keeps a level of its own; the change is one. The same worker's pieces enter with every
    item, so that the clusters are those of the parts together.

    Args:
        parts: of `beside_matched`; those without an interval stay out.
        confidence: coverage of the interval.

    Returns:
        A mean in which a part counts by n0 n1 / (n0 + n1), its pieces before and after. The errors
        of the slopes are taken as one and the same, which is on the safe side.
    """
    held = [part for part in parts if part.beyond.bounded]
    if not held:
        return Estimate(math.nan, method=NAME, reason="no item has an interval"), math.nan
    y = np.concatenate([part.differences for part in held])
    side = np.concatenate([part.after for part in held])
    groups = np.concatenate([part.clusters for part in held])
    which = np.repeat(np.arange(len(held)), [len(part.differences) for part in held])
    weight = np.array([_weight(part.after) for part in held])
    weight = weight / weight.sum()
    off = float(weight @ [part.slope * part.gap for part in held])
    error = float(weight @ [abs(part.gap) * part.slope_se for part in held])
    return _beyond(y, side, groups, off, error, confidence, which)


def _beyond(
    y: Floats, later: Flags, groups: npt.NDArray[np.object_], off: float, error: float,
    confidence: float, which: npt.NDArray[np.intp] | None = None,
) -> tuple[Estimate, float]:  # fmt: skip
    """The change of the differences less what the gap is worth, with the errors of both."""
    own = np.zeros(len(y), np.intp) if which is None else which
    X = np.column_stack([later, own[:, None] == np.arange(own.max() + 1)]).astype(np.float64)
    fit = cluster_regression(y, X, groups)
    contrast = np.eye(X.shape[1])[0]
    raw, df = fit.estimate(contrast, confidence, NAME), fit.degrees(contrast)
    value = raw.value - off
    if not raw.bounded:
        return Estimate(value, n=raw.n, method=NAME, clusters=raw.clusters,
                        reason=raw.reason or TOO_FEW), math.nan  # fmt: skip
    se = math.hypot(raw.se, error)
    half = quantile(confidence, df) * se
    found = Estimate(value, se, value - half, value + half, raw.n, NAME, raw.clusters, raw.reason)
    return found, p_value(found, df)


def _start_and_change(table: Floats, later: Flags) -> tuple[Floats, Floats]:
    """(k,) mean of each item before, and its change; NaN without pieces on a side."""
    before, after = _mean_over(table[~later].T), _mean_over(table[later].T)
    return before, after - before


def _mean_over(rows: Floats) -> Floats:
    """Mean of each row over what is there."""
    known = ~np.isnan(rows)
    n = known.sum(axis=1)
    total = np.where(known, rows, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, n, out=np.full(len(rows), np.nan), where=n > 0))


def _nearest(
    start: Floats, chosen: int, others: Sequence[int], caliper: float, most: int
) -> list[int]:
    away = {j: abs(float(start[j] - start[chosen])) for j in others}
    close = [j for j, distance in away.items() if distance <= caliper]
    return sorted(close, key=lambda j: (away[j], j))[:most]


def _slope(start: Floats, change: Floats) -> tuple[float, float]:
    """Least squares of changes on starts, held within -1 and 0, and its standard error."""
    known = ~(np.isnan(start) | np.isnan(change))
    x, y = start[known], change[known]
    n, spread = len(x), float(((x - x.mean()) ** 2).sum()) if known.any() else 0.0
    if n < FOR_A_SLOPE or not spread > 0:
        return 0.0, 0.0
    slope = float((x - x.mean()) @ y) / spread
    left = y - y.mean() - slope * (x - x.mean())
    return min(0.0, max(-1.0, slope)), math.sqrt(float(left @ left) / (n - 2) / spread)


def _weight(later: Flags) -> float:
    n1, n = int(later.sum()), len(later)
    return n1 * (n - n1) / n


def _nothing(none: Estimate, slope: float, slope_se: float) -> Beside:
    empty = np.empty(0)
    return Beside((), math.nan, slope, slope_se, math.nan, none, math.nan, empty,
                  empty.astype(bool), empty.astype(object))  # fmt: skip
