"""Standard errors of anything that is a function of sums: exact jackknife and bootstrap.

A statistic is `value(sums)`; a part is what one unit (or one cluster) adds to the sums. Leaving a
part out is a subtraction, so the delete-one jackknife is exact and costs one evaluation for each
distinct part, however many units share it. A bootstrap of units is a multinomial draw over the
distinct parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fidelity.statistics.encoding import FloatArray, IntArray

#: Numbers held at a time, so that large tables do not exhaust the memory.
ROOM = 1 << 22

Value = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Parts:
    """What units or clusters add to the sums of their items.

    Attributes:
        features: (C, F) what each part adds.
        n: (C,) how many units (or clusters, 1 each) share this part.
        item: (C,) the item of each part.
        items: I, how many items.
    """

    features: FloatArray
    n: FloatArray
    item: IntArray
    items: int

    def sums(self) -> FloatArray:
        """(I, F) sums over all parts of each item."""
        return totals(self.features, self.n, self.item, self.items)

    def gathered(self, group: IntArray, groups: int, item_of_group: IntArray) -> Parts:
        """Parts of groups of parts: what each cluster adds."""
        features = totals(self.features, self.n, group, groups)
        return Parts(features, np.ones(groups), item_of_group, self.items)


def totals(features: FloatArray, n: FloatArray, owner: IntArray, owners: int) -> FloatArray:
    """Sums of features by owner.

    Args:
        features: (C, F).
        n: (C,) how often each row counts.
        owner: (C,) from 0.
        owners: how many there are.

    Returns:
        (owners, F).
    """
    if owners == 1:
        return np.asarray(n @ features)[None, :]
    columns = [np.bincount(owner, weights=n * column, minlength=owners) for column in features.T]
    return np.stack(columns, axis=1)


def jackknife(value: Value, parts: Parts) -> FloatArray:
    """Delete-one standard errors.

    SE^2 = (N - 1) / N sum of (theta_(j) - mean theta_(.))^2 over the N parts
    (Efron & Tibshirani 1993, chapter 11).

    Args:
        value: (B, F) sums -> (B,) statistics.
        parts: what each unit or cluster adds.

    Returns:
        (I,) standard errors; NaN where a statistic is not defined without one of the parts, or
        where an item has fewer than two parts.
    """
    sums = parts.sums()
    left_out = np.empty(len(parts.n))
    step = max(1, ROOM // max(1, parts.features.shape[1]))
    for start in range(0, len(parts.n), step):
        some = slice(start, start + step)
        left_out[some] = value(sums[parts.item[some]] - parts.features[some])
    number = np.bincount(parts.item, weights=parts.n, minlength=parts.items)
    several = np.maximum(number, 1.0)
    mean = np.bincount(parts.item, weights=parts.n * left_out, minlength=parts.items) / several
    squares = parts.n * (left_out - mean[parts.item]) ** 2
    spread = np.bincount(parts.item, weights=squares, minlength=parts.items)
    return np.where(number > 1, np.sqrt((number - 1.0) / several * spread), np.nan)


def bootstrap(
    value: Value, parts: Parts, draws: int, streams: list[np.random.Generator]
) -> list[FloatArray]:
    """Statistics of resampled units or clusters.

    Args:
        value: (B, F) sums -> (B,) statistics.
        parts: what each unit or cluster adds.
        draws: how many samples of each item.
        streams: one generator for each item.

    Returns:
        For each item (draws,) statistics, NaN where a sample leaves it undefined.
    """
    found = []
    for item, stream in enumerate(streams):
        mine = parts.item == item
        features, n = parts.features[mine], parts.n[mine]
        number = int(n.sum())
        step = max(1, ROOM // max(1, len(n), features.shape[1]))
        replicates = np.full(draws, np.nan)
        for start in range(0, draws if number else 0, step):
            size = min(step, draws - start)
            sample = stream.multinomial(number, n / number, size=size)
            replicates[start : start + size] = value(sample @ features)
        found.append(replicates)
    return found
