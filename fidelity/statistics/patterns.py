"""The pattern table: how many units have this vector of ratings.

Ratings are short ordered levels, so thousands of units share a few hundred vectors. Every
coefficient of agreement, its exact jackknife and its bootstrap are functions of the histogram
of those vectors: computing from it costs the same for a thousand units as for ten million.

Two kinds of vector:

- *count vectors*, how many raters chose each level: enough where raters are exchangeable
  (Krippendorff, Fleiss, Gwet, Brennan-Prediger, percent agreement);
- *ordered vectors*, the level each named rater chose: needed by Cohen and Conger.

Tables of the same kind add: `a + b` is the table of both sets of units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.encoding import (
    SHOWN,
    Cells,
    FloatArray,
    IntArray,
    TextArray,
    encode,
    histogram,
    labels_to_codes,
    levels_of,
)

#: More levels than this are a measurement, not a scale: a count vector would be mostly zeros.
MOST_LEVELS = 256

NO_LABELS: TextArray = np.empty(0, dtype=str)


@dataclass(frozen=True, eq=False)
class Patterns:
    """A histogram of rating vectors, for one item or for many with the same levels.

    A cell says: in this item and this cluster, `n` units have this vector. Units without any
    rating have no cell; they are counted in `empty`.

    Attributes:
        categories: (K,) the levels, ascending.
        ordered: whether the vectors say who rated what.
        vectors: (P, K) counts of raters by level; or, where `ordered`, (P, R) the place in
            `categories` of the level each rater chose, -1 where the rater did not.
        vector: (C,) the row of `vectors` of each cell.
        n: (C,) units in each cell.
        item: (C,) the item of each cell; 0 where there is one.
        cluster: (C,) the place in `clusters` of each cell; 0 where unclustered.
        clusters: (G,) labels of the clusters, as text; none where unclustered.
        empty: (I,) units without any rating, by item.
    """

    categories: FloatArray
    ordered: bool
    vectors: IntArray
    vector: IntArray
    n: IntArray
    item: IntArray
    cluster: IntArray
    clusters: TextArray
    empty: IntArray

    @property
    def items(self) -> int:
        """How many items the table holds."""
        return len(self.empty)

    @property
    def ratings_per_vector(self) -> IntArray:
        """(P,) how many raters rated a unit with this vector."""
        return (self.vectors >= 0).sum(axis=1) if self.ordered else self.vectors.sum(axis=1)

    @classmethod
    def from_ratings(
        cls,
        x: npt.ArrayLike,
        *,
        categories: npt.ArrayLike | None = None,
        clusters: npt.ArrayLike | None = None,
        ordered: bool = False,
    ) -> Patterns:
        """Count the vectors of an array of ratings.

        Args:
            x: (units, raters) levels, NaN where missing; or (items, units, raters).
            categories: the levels of the scale; None takes those observed.
            clusters: (units,) the cluster of each unit, for instance its practitioner.
            ordered: keep who rated what, as Cohen and Conger need.

        Returns:
            The table.

        Raises:
            UsageError: if `x` has another shape, holds infinity or levels outside `categories`,
                or if `clusters` has another length or gaps.
        """
        coded = encode(x)
        owner, labels = _owners(clusters, coded.items, coded.units)
        slots, raters = len(coded.slots), coded.raters
        rows = len(coded.table)
        by_rater = ordered or (slots + 1) ** raters <= max(4 * rows, 1 << 16)
        if by_rater:
            cells = histogram(coded.blocks(), raters, slots + 1, owner)
        else:
            cells = histogram(coded.count_blocks(), slots, raters + 1, owner)
        table = _from_cells(coded.slots, by_rater, cells, labels, coded.items)
        table = table._on_levels(None if categories is None else levels_of(categories))
        return table if ordered else table.unordered()

    @classmethod
    def from_long(
        cls,
        unit: npt.ArrayLike,
        value: npt.ArrayLike,
        *,
        categories: npt.ArrayLike | None = None,
    ) -> Patterns:
        """Count the vectors of ratings in rows, one row a rating, without a pivot.

        Args:
            unit: (N,) a whole number from 0 for each rating's unit.
            value: (N,) the level, NaN where missing.
            categories: the levels of the scale; None takes those observed.

        Returns:
            The table of count vectors. A unit in no row is not counted as empty; a rater who
            rated a unit twice counts as two ratings.

        Raises:
            UsageError: if the two differ in length, or a unit is no whole number from 0.
        """
        units, values = np.asarray(unit), np.asarray(value)
        if units.ndim != 1 or units.shape != values.shape or units.dtype.kind not in "iu":
            raise UsageError(
                "unit and value must be two rows of the same length, unit of whole numbers from 0; "
                f"they have shapes {units.shape} and {values.shape}, unit is {units.dtype}."
            )
        if units.min(initial=0) < 0:
            raise UsageError("unit must be whole numbers from 0; there are numbers below 0.")
        if units.max(initial=0) > 4 * len(units):
            units = np.unique(units, return_inverse=True)[1]
        coded = encode(values[:, None])
        codes = [block[:, 0].astype(np.int64) for block in coded.blocks()]
        width = len(coded.slots) + 1
        place = units * width + (np.concatenate(codes) if codes else 0)
        counts = np.bincount(place, minlength=width).reshape(-1, width)
        seen = counts.any(axis=1)
        counts = counts[seen, 1:]
        return _from_counts(coded.slots, counts)._on_levels(
            None if categories is None else levels_of(categories)
        )

    @classmethod
    def from_counts(
        cls,
        counts: npt.ArrayLike,
        *,
        categories: npt.ArrayLike | None = None,
        n: npt.ArrayLike | None = None,
        item: npt.ArrayLike | None = None,
        clusters: npt.ArrayLike | None = None,
    ) -> Patterns:
        """Make the table from counts of raters by level, as an engine's group-by gives them.

        Args:
            counts: (N, K) how many raters chose each level: one row a unit, or one row for `n`
                units that share it.
            categories: (K,) the levels; None numbers them from 1.
            n: (N,) units each row stands for; None for one.
            item: (N,) a whole number from 0 for each row's item; None for one item.
            clusters: (N,) the cluster of each row.

        Returns:
            The table of count vectors.

        Raises:
            UsageError: if a count is no whole number from 0, or lengths do not fit.
        """
        table = _whole(counts, "counts", 2)
        rows, width = table.shape
        levels = np.arange(1.0, width + 1) if categories is None else levels_of(categories)
        if len(levels) != width:
            raise UsageError(f"categories= has {len(levels)} levels, counts {width} columns.")
        weight = np.ones(rows, dtype=np.int64) if n is None else _whole(n, "n", 1)
        place = np.zeros(rows, dtype=np.int64) if item is None else _whole(item, "item", 1)
        if len(weight) != rows or len(place) != rows:
            raise UsageError(f"n= and item= need one number for each of the {rows} rows of counts.")
        group, labels = _groups(clusters, rows)
        return _from_counts(levels, table, weight, place, group, labels)

    @classmethod
    def from_contingency(
        cls, table: npt.ArrayLike, *, categories: npt.ArrayLike | None = None
    ) -> Patterns:
        """Make the table from two raters' cross-table.

        Args:
            table: (K, K) units by the first rater's level (down) and the second's (across).
            categories: (K,) the levels; None numbers them from 1.

        Returns:
            The table of ordered vectors, for every coefficient.

        Raises:
            UsageError: if the table is not square or holds anything but counts.
        """
        counts = _whole(table, "table", 2)
        size = len(counts)
        levels = np.arange(1.0, size + 1) if categories is None else levels_of(categories)
        if counts.shape != (len(levels), len(levels)):
            raise UsageError(
                f"A table of two raters is square, with a row and a column for each of the "
                f"{len(levels)} levels; this one has shape {counts.shape}."
            )
        down, across = (axis.ravel() for axis in np.indices(counts.shape))
        rows = np.stack([down, across], axis=1).astype(np.float64)
        cells = histogram([rows + 1.0], 2, size + 1, None, counts.ravel())
        return _from_cells(levels, True, cells, NO_LABELS, 1)

    def __add__(self, other: Patterns) -> Patterns:
        same = (
            np.array_equal(self.categories, other.categories)
            and self.ordered == other.ordered
            and self.items == other.items
            and (len(self.clusters) > 0) == (len(other.clusters) > 0)
            and (not self.ordered or self.vectors.shape[1] == other.vectors.shape[1])
        )
        if not same:
            raise UsageError(
                "Only tables of the same levels, items, raters and kind add up. Make both with "
                "the same categories=, ordered= and clusters=."
            )
        labels = np.union1d(self.clusters, other.clusters)
        parts = (self, other)
        cluster = [
            np.searchsorted(labels, t.clusters)[t.cluster] if len(labels) else t.cluster
            for t in parts
        ]
        return self._rebuilt(
            self.ordered,
            np.concatenate([t.vectors[t.vector] for t in parts]),
            n=np.concatenate([t.n for t in parts]),
            item=np.concatenate([t.item for t in parts]),
            cluster=np.concatenate(cluster),
            clusters=labels,
            empty=self.empty + other.empty,
        )

    def unordered(self) -> Patterns:
        """The same units with raters exchangeable: a table of count vectors.

        Raises:
            UsageError: if there are more than 256 levels.
        """
        if not self.ordered:
            return self
        levels = len(self.categories)
        if levels > MOST_LEVELS:
            raise UsageError(
                f"There are {levels} different values: a measurement, not a scale of levels. "
                "Use krippendorff_alpha(metric='interval') or icc()."
            )
        counts = np.zeros((len(self.vectors), levels), dtype=np.int64)
        for column in self.vectors.T:
            rated = np.flatnonzero(column >= 0)
            counts[rated, column[rated]] += 1
        return self._rebuilt(False, counts[self.vector])

    def _on_levels(self, levels: FloatArray | None) -> Patterns:
        """The table on these levels, or on those that occur; made with spare slots before."""
        used = np.zeros(len(self.categories), dtype=bool)
        if self.ordered:
            used[self.vectors[self.vectors >= 0]] = True
        else:
            used = self.vectors.any(axis=0)
        if levels is None:
            levels = self.categories[used]
        elif not np.isin(self.categories[used], levels).all():
            strange = np.setdiff1d(self.categories[used], levels)
            raise UsageError(
                f"Ratings outside the levels: {_shown(strange)}. Allowed are the categories "
                f"{_shown(levels)}, and NaN for missing. Mend the ratings or name all levels."
            )
        place = np.full(len(self.categories) + 1, -1)
        place[:-1][used] = np.searchsorted(levels, self.categories[used])
        if self.ordered:
            vectors = place[self.vectors]
        else:
            vectors = np.zeros((len(self.vectors), len(levels)), dtype=np.int64)
            vectors[:, place[:-1][used]] = self.vectors[:, used]
        return Patterns(
            levels, self.ordered, vectors, self.vector, self.n, self.item, self.cluster,
            self.clusters, self.empty,
        )  # fmt: skip

    def _rebuilt(
        self,
        ordered: bool,
        rows: IntArray,
        *,
        n: IntArray | None = None,
        item: IntArray | None = None,
        cluster: IntArray | None = None,
        clusters: TextArray | None = None,
        empty: IntArray | None = None,
    ) -> Patterns:
        labels = self.clusters if clusters is None else clusters
        owner = (self.item if item is None else item) * max(len(labels), 1)
        owner = owner + (self.cluster if cluster is None else cluster)
        shift = 1 if ordered else 0
        base = int(rows.max(initial=0)) + 1 + shift
        cells = histogram(
            [(rows + shift).astype(np.float64)],
            rows.shape[1],
            base,
            owner,
            self.n if n is None else n,
        )
        return _from_cells(
            self.categories,
            ordered,
            cells,
            labels,
            self.items,
            self.empty if empty is None else empty,
        )


def _from_counts(
    levels: FloatArray,
    counts: IntArray,
    n: IntArray | None = None,
    item: IntArray | None = None,
    group: IntArray | None = None,
    labels: TextArray = NO_LABELS,
) -> Patterns:
    items = 1 if item is None else int(item.max(initial=0)) + 1
    owner = None
    if item is not None and group is not None:
        owner = item * max(len(labels), 1) + group
    base = int(counts.max(initial=0)) + 1
    cells = histogram([counts.astype(np.float64)], counts.shape[1], base, owner, n)
    return _from_cells(levels, False, cells, labels, items)


def _from_cells(
    levels: FloatArray,
    ordered: bool,
    cells: Cells,
    labels: TextArray,
    items: int,
    empty: IntArray | None = None,
) -> Patterns:
    """The table of a histogram: owners become item and cluster, rows without ratings are counted."""
    rated = cells.rows.any(axis=1)
    item = cells.owner // max(len(labels), 1)
    blank = ~rated[cells.row]
    found = np.bincount(item[blank], weights=cells.n[blank], minlength=items).astype(np.int64)
    kept = ~blank & (cells.n > 0)
    place = np.cumsum(rated) - 1
    rows = cells.rows[rated]
    return Patterns(
        categories=levels,
        ordered=ordered,
        vectors=rows - 1 if ordered else rows,
        vector=place[cells.row[kept]],
        n=cells.n[kept],
        item=item[kept],
        cluster=cells.owner[kept] % max(len(labels), 1),
        clusters=labels,
        empty=found if empty is None else empty + found,
    )


def _groups(clusters: npt.ArrayLike | None, length: int) -> tuple[IntArray, TextArray]:
    if clusters is None:
        return np.zeros(length, dtype=np.int64), NO_LABELS
    return labels_to_codes(clusters, length, "clusters")


def _owners(
    clusters: npt.ArrayLike | None, items: int, units: int
) -> tuple[IntArray | None, TextArray]:
    if clusters is None and items == 1:
        return None, NO_LABELS
    group, labels = _groups(clusters, units)
    item = np.repeat(np.arange(items), units)
    return item * max(len(labels), 1) + np.tile(group, items), labels


def _whole(values: npt.ArrayLike, name: str, dimensions: int) -> IntArray:
    array = np.asarray(values)
    right = array.ndim == dimensions and array.dtype.kind in "iufb"
    if right and array.dtype.kind == "f":
        right = bool((np.isfinite(array) & (np.floor(array) == array)).all())
    if not right or (array < 0).any():
        raise UsageError(
            f"{name} must be whole numbers from 0, in {dimensions} dimension(s); "
            f"it has shape {array.shape} and type {array.dtype}."
        )
    return array.astype(np.int64)


def _shown(values: FloatArray) -> str:
    text = ", ".join(f"{value:g}" for value in values[:SHOWN])
    return text + (", ..." if len(values) > SHOWN else "")
