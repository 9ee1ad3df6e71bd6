"""Standard errors of anything that is a function of sums: exact jackknife and bootstrap.

A statistic is `value(sums)`; a part is what one unit (or one cluster) adds to the sums. Leaving a
part out is a subtraction, so the delete-one jackknife is exact and costs one evaluation for each
distinct part, however many units share it. A bootstrap of units is a multinomial draw over the
distinct parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
        features: slice of the C parts -> (c, F) what each of them adds. Made anew for each slice
            where all at once would not fit into `ROOM`.
        width: F.
        n: (C,) how many units (or clusters, 1 each) share this part.
        item: (C,) the item of each part, ascending.
        items: I, how many items.
    """

    features: Callable[[slice], FloatArray]
    width: int
    n: FloatArray
    item: IntArray
    items: int

    @classmethod
    def made_by(
        cls, make: Callable[[slice], FloatArray], n: FloatArray, item: IntArray, items: int
    ) -> Parts:
        """Parts whose features `make` makes; kept if there is room for all."""
        width = make(slice(0)).shape[1]
        if len(n) * width > ROOM:
            return cls(make, width, n, item, items)
        return cls.held(make(slice(None)), n, item, items)

    @classmethod
    def held(cls, features: FloatArray, n: FloatArray, item: IntArray, items: int) -> Parts:
        """Parts whose (C, F) features are at hand."""
        return cls(lambda some: features[some], features.shape[1], n, item, items)

    def slices(self, within: slice | None = None) -> Iterator[slice]:
        """The parts some at a time, as many as there is room for."""
        start, stop, _ = (within or slice(None)).indices(len(self.n))
        step = max(1, ROOM // max(1, self.width))
        for place in range(start, stop, step):
            yield slice(place, min(place + step, stop))

    def sums(self) -> FloatArray:
        """(I, F) sums over all parts of each item."""
        return self._by(self.item, self.items)

    def gathered(self, group: IntArray, item_of_group: IntArray) -> Parts:
        """Parts of groups of parts: what each cluster adds."""
        groups = len(item_of_group)
        return Parts.held(self._by(group, groups), np.ones(groups), item_of_group, self.items)

    def _by(self, owner: IntArray, owners: int) -> FloatArray:
        found = np.zeros((owners, self.width))
        for some in self.slices():
            found += totals(self.features(some), self.n[some], owner[some], owners)
        return found


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
    for some in parts.slices():
        left_out[some] = value(sums[parts.item[some]] - parts.features(some))
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
    edges = np.searchsorted(parts.item, np.arange(parts.items + 1))
    return [
        _drawn(value, parts, slice(edges[item], edges[item + 1]), draws, stream)
        for item, stream in enumerate(streams)
    ]


def _drawn(
    value: Value, parts: Parts, mine: slice, draws: int, stream: np.random.Generator
) -> FloatArray:
    n = parts.n[mine]
    number = int(n.sum())
    replicates = np.full(draws, np.nan)
    step = max(1, ROOM // max(1, len(n), parts.width))
    for start in range(0, draws if number else 0, step):
        sample = stream.multinomial(number, n / number, size=min(step, draws - start))
        sums = np.zeros((len(sample), parts.width))
        for some in parts.slices(mine):
            place = slice(some.start - mine.start, some.stop - mine.start)
            sums += sample[:, place] @ parts.features(some)
        replicates[start : start + len(sample)] = value(sums)
    return replicates
