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

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.encoding import (
    Cells,
    FloatArray,
    IntArray,
    TextArray,
    encode,
    fits,
    histogram,
    histogram_of_keys,
    labels_to_codes,
    levels_of,
    place_values,
    shown,
    whole_numbers,
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
        if self.ordered:
            return np.asarray((self.vectors >= 0).sum(axis=1), dtype=np.int64)
        return np.asarray(self.vectors.sum(axis=1), dtype=np.int64)

    @property
    def owner(self) -> IntArray:
        """(C,) item and cluster of each cell as one number, ascending."""
        return self.item * max(len(self.clusters), 1) + self.cluster

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
        # Whichever needs the fewer numbers; never a row as wide as a scale of many levels.
        few = (slots + 1) ** raters <= max(4 * len(coded.table), 1 << 16)
        by_rater = ordered or few or not fits(slots, raters + 1)
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
            The table of count vectors. Numbers that no row uses count as units without ratings;
            a rater who rated a unit twice counts as two ratings.

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
        code = np.concatenate(codes) if codes else np.empty(0, dtype=np.int64)
        cells = _long_histogram(units, code, len(coded.slots))
        table = _from_cells(coded.slots, False, cells, NO_LABELS, 1)
        return table._on_levels(None if categories is None else levels_of(categories))

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
        table = whole_numbers(counts, "counts", 2)
        rows, width = table.shape
        levels = np.arange(1.0, width + 1) if categories is None else levels_of(categories)
        if len(levels) != width:
            raise UsageError(f"categories= has {len(levels)} levels, counts {width} columns.")
        weight = np.ones(rows, dtype=np.int64) if n is None else whole_numbers(n, "n", 1)
        place = np.zeros(rows, dtype=np.int64) if item is None else whole_numbers(item, "item", 1)
        if len(weight) != rows or len(place) != rows:
            raise UsageError(f"n= and item= need one number for each of the {rows} rows of counts.")
        group, labels = _groups(clusters, rows)
        owner = place * max(len(labels), 1) + group
        items = int(place.max(initial=0)) + 1
        return _from_rows(levels, False, table, weight, owner, labels, np.zeros(items, np.int64))

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
        counts = whole_numbers(table, "table", 2)
        size = len(counts)
        levels = np.arange(1.0, size + 1) if categories is None else levels_of(categories)
        if counts.shape != (len(levels), len(levels)):
            raise UsageError(
                f"A table of two raters is square, with a row and a column for each of the "
                f"{len(levels)} levels; this one has shape {counts.shape}."
            )
        rows = np.stack([axis.ravel() for axis in np.indices(counts.shape)], axis=1)
        n, owner = counts.ravel(), np.zeros(counts.size, dtype=np.int64)
        return _from_rows(levels, True, rows, n, owner, NO_LABELS, np.zeros(1, dtype=np.int64))

    def __add__(self, other: Patterns) -> Patterns:
        clustered = {len(table.clusters) > 0 for table in (self, other) if len(table.n)}
        same = (
            np.array_equal(self.categories, other.categories)
            and self.ordered == other.ordered
            and self.items == other.items
            and len(clustered) < 2
            and (not self.ordered or self.vectors.shape[1] == other.vectors.shape[1])
        )
        if not same:
            raise UsageError(
                "Only tables of the same levels, items, raters and kind add up. Make both with "
                "the same categories=, ordered= and clusters=."
            )
        labels = np.union1d(self.clusters, other.clusters)
        owners = [
            t.item * max(len(labels), 1)
            + (np.searchsorted(labels, t.clusters)[t.cluster] if len(labels) else 0)
            for t in (self, other)
        ]
        return _from_rows(
            self.categories,
            self.ordered,
            np.concatenate([self.vectors[self.vector], other.vectors[other.vector]]),
            np.concatenate([self.n, other.n]),
            np.concatenate(owners),
            labels,
            self.empty + other.empty,
        )

    def with_ratings(self, least: int) -> Patterns:
        """The units that at least so many raters rated."""
        kept = (self.ratings_per_vector >= least)[self.vector]
        return replace(
            self,
            vector=self.vector[kept],
            n=self.n[kept],
            item=self.item[kept],
            cluster=self.cluster[kept],
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
        rows = counts[self.vector]
        return _from_rows(
            self.categories, False, rows, self.n, self.owner, self.clusters, self.empty
        )

    def _on_levels(self, levels: FloatArray | None) -> Patterns:
        """The table on these levels, or on those that occur; made with spare slots before."""
        if self.ordered:
            chosen = self.vectors[self.vectors >= 0]
            used = np.bincount(chosen, minlength=len(self.categories)) > 0
        else:
            used = np.asarray(self.vectors.any(axis=0))
        if levels is None:
            levels = self.categories[used]
        elif not np.isin(self.categories[used], levels).all():
            strange = np.setdiff1d(self.categories[used], levels)
            raise UsageError(
                f"Ratings outside the levels: {shown(strange)}. Allowed are the categories "
                f"{shown(levels)}, and NaN for missing. Mend the ratings or name all levels."
            )
        place = np.full(len(self.categories) + 1, -1)
        place[:-1][used] = np.searchsorted(levels, self.categories[used])
        if self.ordered:
            vectors = place[self.vectors]
        else:
            vectors = np.zeros((len(self.vectors), len(levels)), dtype=np.int64)
            vectors[:, place[:-1][used]] = self.vectors[:, used]
        return replace(self, categories=levels, vectors=vectors)


def _from_rows(
    levels: FloatArray,
    ordered: bool,
    rows: IntArray,
    n: IntArray,
    owner: IntArray,
    labels: TextArray,
    empty: IntArray,
) -> Patterns:
    """The table of (N, columns) vectors, each standing for `n` units of its owner."""
    shift = 1 if ordered else 0
    base = int(rows.max(initial=0)) + 1 + shift
    block = (rows + shift).astype(np.float64)
    cells = histogram([block], rows.shape[1], base, owner, n)
    table = _from_cells(levels, ordered, cells, labels, len(empty))
    return replace(table, empty=table.empty + empty)


def _long_histogram(unit: IntArray, code: IntArray, slots: int) -> Cells:
    """Count vectors of units from rows of ratings; code 0 is a missing rating."""
    base = int(np.bincount(unit, minlength=1).max()) + 1
    if fits(slots, base):
        worth = np.append(0.0, place_values(slots, base))
        keys = np.bincount(unit, weights=worth[code], minlength=1).astype(np.int64)
        return histogram_of_keys(keys, slots, base)
    number, width = int(unit.max()) + 1, slots + 1
    counts = np.bincount(unit * width + code, minlength=number * width).reshape(number, width)
    return histogram([counts[:, 1:].astype(np.float64)], slots, base)


def _from_cells(
    levels: FloatArray,
    ordered: bool,
    cells: Cells,
    labels: TextArray,
    items: int,
) -> Patterns:
    """The table of a histogram of rows; owners become items and clusters."""
    rated = np.asarray(cells.rows.any(axis=1))
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
        empty=found,
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
