"""The cross-products of a mixed model, arranged so that most of it falls into small blocks.

A mixed model needs its rows only once, to form `[Z X y]'[Z X y]`. After that the cost depends
on the number of levels, not of rows. One factor (the hub, for instance the piece) usually has
far more levels than the rest, and other random terms (piece by rater) lie inside it. Their part
of `Z'Z` is block-diagonal, one small block a hub level, and can be eliminated block by block;
what remains (raters, items) is dense and small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fidelity.errors import UsageError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Most columns that are kept dense: 12,000 need about 1.2 GB a copy.
MAX_DENSE = 12_000
#: Above this share of non-zeros, dense products are faster than sparse ones (measured).
DENSE_SHARE = 0.08
#: Numbers held at once when sparse rows are written out in full.
CHUNK = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One random term: effects of a factor's levels on one column or several.

    Attributes:
        name: name of the factor.
        codes: (n,) level of each row, 0 to `levels` - 1.
        levels: number of levels, q.
        columns: (n, m) what the effects multiply: a column of ones for an intercept, then slopes.
        correlated: whether the m effects of a level may be correlated.
    """

    name: str
    codes: IntArray
    levels: int
    columns: FloatArray
    correlated: bool = True

    @property
    def width(self) -> int:
        """Number of effects a level, m."""
        return int(self.columns.shape[1])


@dataclass(frozen=True, slots=True)
class Bucket:
    """Hub levels whose blocks have the same padded size.

    Attributes:
        start: first local position.
        groups: number of hub levels.
        size: local positions of each.
    """

    start: int
    groups: int
    size: int

    @property
    def stop(self) -> int:
        """One past the last local position."""
        return self.start + self.groups * self.size


@dataclass(frozen=True, slots=True, eq=False)
class Crossproducts:
    """Everything a mixed model needs to know of its rows.

    Attributes:
        terms: the random terms, their row data left out of use after this.
        local: for each term, whether it lies inside the hub.
        places: for each term, (levels, width) positions of its effects, among the local
            positions or among the dense columns.
        buckets: the local positions, in blocks.
        N: (B, B) sparse `Z'Z` of the local terms; block-diagonal, padding left empty.
        R: (B, c) sparse products of local terms with the c dense columns `[Zd X y]`.
        D: (c, c) products of the dense columns.
        n: number of rows.
        p: number of fixed effects.
    """

    terms: tuple[Term, ...]
    local: tuple[bool, ...]
    places: tuple[IntArray, ...]
    buckets: tuple[Bucket, ...]
    N: Any
    R: Any
    D: FloatArray
    n: int
    p: int

    @property
    def n_random(self) -> int:
        """Number of dense columns that belong to random terms."""
        return int(self.D.shape[0]) - self.p - 1

    @property
    def n_local(self) -> int:
        """Number of local positions, padding included."""
        return int(self.N.shape[0])

    def multiply(self, local: FloatArray, dense: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Cross-product matrix times a vector (or columns of vectors) in two parts."""
        return self.N @ local + self.R @ dense, self.R.T @ local + self.D @ dense

    def scale_dense(self, matrix: FloatArray, factors: Sequence[FloatArray]) -> FloatArray:
        """Multiply the dense random columns of `matrix` by each term's m x m factor, in place."""
        for term, local, place, factor in zip(
            self.terms, self.local, self.places, factors, strict=True
        ):
            if not local:
                columns = slice(int(place[0, 0]), int(place[-1, -1]) + 1)
                if term.width == 1:
                    matrix[:, columns] *= factor[0, 0]
                else:
                    block = matrix[:, columns].reshape(len(matrix), term.levels, term.width)
                    matrix[:, columns] = (block @ factor).reshape(len(matrix), -1)
        return matrix

    def local_factor(self, factors: Sequence[FloatArray]) -> Any:
        """Sparse (B, B) matrix that holds each local term's m x m factor, level by level."""
        from scipy import sparse

        rows, columns, values = [], [], []
        for term, local, place, factor in zip(
            self.terms, self.local, self.places, factors, strict=True
        ):
            if local:
                for a in range(term.width):
                    for b in range(a + 1):
                        rows.append(place[:, a])
                        columns.append(place[:, b])
                        values.append(np.full(term.levels, factor[a, b]))
        shape = (self.n_local, self.n_local)
        where = (np.concatenate(rows), np.concatenate(columns))
        return sparse.csr_array((np.concatenate(values), where), shape=shape)

    def blocks(self, matrix: Any) -> list[FloatArray]:
        """A block-diagonal sparse matrix as one (groups, size, size) array a bucket."""
        entries = matrix.tocoo()
        out = []
        for bucket in self.buckets:
            inside = (entries.row >= bucket.start) & (entries.row < bucket.stop)
            row = entries.row[inside] - bucket.start
            column = entries.col[inside] - bucket.start
            full = np.zeros((bucket.groups, bucket.size, bucket.size))
            full[row // bucket.size, row % bucket.size, column % bucket.size] = entries.data[inside]
            out.append(full)
        return out


def level_codes(name: str, values: ArrayLike, n: int) -> tuple[IntArray, NDArray[np.generic]]:
    """Number the levels of a factor 0, 1, ... in sorted order.

    Raises:
        UsageError: the length is not n, or a level is missing.
    """
    given = np.asarray(values)
    if given.shape != (n,):
        raise UsageError(f"{name} has shape {given.shape}; allowed: ({n},), one level a row.")
    if given.dtype.kind == "f" and np.isnan(given).any():
        raise UsageError(f"{name} is missing in {int(np.isnan(given).sum())} rows; leave them out.")
    if given.dtype.kind in "iu":
        least = int(given.min())
        codes, kept = renumbered(given.astype(np.int64) - least)
        return codes, kept + least
    labels, codes = np.unique(given, return_inverse=True)
    return codes.astype(np.int64), labels


def renumbered(codes: IntArray) -> tuple[IntArray, IntArray]:
    """Non-negative codes numbered 0, 1, ... in their order, and the codes that occur.

    By a table of the codes where that is not much larger than the data; it needs no sorting.
    """
    size = int(codes.max()) + 1
    if size > 4 * len(codes) + 1_000_000:
        kept, numbers = np.unique(codes, return_inverse=True)
        return numbers.astype(np.int64), kept
    seen = np.zeros(size, dtype=np.bool_)
    seen[codes] = True
    return (np.cumsum(seen) - 1)[codes], np.flatnonzero(seen)


def crossproducts(terms: Sequence[Term], X: FloatArray, y: FloatArray) -> Crossproducts:
    """Form the cross-products of `y = X b + sum of terms + residual`.

    Args:
        terms: the random terms.
        X: (n, p) fixed effects, of full column rank.
        y: (n,) the outcome.

    Raises:
        UsageError: more than `MAX_DENSE` columns would remain outside the hub.
    """
    from scipy import sparse

    hub, local = _choose_hub(terms)
    places, buckets, n_local = _lay_out(terms, hub, local)
    n_random = sum(t.levels * t.width for t, inside in zip(terms, local, strict=True) if not inside)
    if n_random > MAX_DENSE:
        outside = ", ".join(
            f"{t.name} ({t.levels:,} levels)"
            for t, inside in zip(terms, local, strict=True)
            if not inside
        )
        raise UsageError(
            f"Too large to fit at once: {outside} cross with {terms[hub].name} and make "
            f"{n_random:,} columns; allowed: {MAX_DENSE:,}. Analyse one year or one authority at "
            "a time, or use method='henderson', which works from sums."
        )
    n = len(y)
    Zl = _incidence(terms, places, local, True, n, n_local)
    Zd = _incidence(terms, places, local, False, n, n_random)
    W = sparse.hstack([Zd, sparse.csr_array(np.column_stack([X, y]))], format="csr")
    return Crossproducts(
        terms=tuple(terms),
        local=tuple(local),
        places=tuple(places),
        buckets=buckets,
        N=(Zl.T @ Zl).tocsr(),
        R=(Zl.T @ W).tocsr(),
        D=(W.T @ W).toarray(),
        n=n,
        p=int(X.shape[1]),
    )


def _choose_hub(terms: Sequence[Term]) -> tuple[int, list[bool]]:
    """The term whose levels hold the most others, and which terms lie inside it."""
    best, chosen, inside_best = -1, 0, [False] * len(terms)
    for h, hub in enumerate(terms):
        inside = [k == h or _nested(term, hub) for k, term in enumerate(terms)]
        eliminated = sum(t.levels * t.width for t, i in zip(terms, inside, strict=True) if i)
        if eliminated > best:
            best, chosen, inside_best = eliminated, h, inside
    return chosen, inside_best


def _nested(inner: Term, outer: Term) -> bool:
    """Whether each level of `inner` occurs with one level of `outer` only."""
    if inner.levels < outer.levels:
        return False
    parent = np.zeros(inner.levels, dtype=np.int64)
    parent[inner.codes] = outer.codes
    return bool(np.array_equal(parent[inner.codes], outer.codes))


def _lay_out(
    terms: Sequence[Term], hub: int, local: Sequence[bool]
) -> tuple[list[IntArray], tuple[Bucket, ...], int]:
    """Positions of every effect: local ones by hub level and padded, dense ones one by one."""
    groups = terms[hub].levels
    parents: list[IntArray] = []
    used = np.zeros(groups, dtype=np.int64)
    inside: list[IntArray] = []
    for term, is_local in zip(terms, local, strict=True):
        parent = np.zeros(term.levels, dtype=np.int64)
        parent[term.codes] = terms[hub].codes
        parents.append(parent)
        rank = np.zeros(term.levels, dtype=np.int64)
        if is_local:
            order = np.argsort(parent, kind="stable")
            counts = np.bincount(parent, minlength=groups)
            firsts = np.cumsum(counts) - counts
            rank[order] = np.arange(term.levels) - firsts[parent[order]]
            inside.append(used[parent] + rank * term.width)
            used += counts * term.width
        else:
            inside.append(rank)
    # Padded to powers of two, so that one very large hub level does not enlarge every block.
    padded = 2 ** np.ceil(np.log2(np.maximum(used, 1))).astype(np.int64)
    offsets = np.zeros(groups, dtype=np.int64)
    buckets: list[Bucket] = []
    start = 0
    for size in np.unique(padded):
        members = np.flatnonzero(padded == size)
        buckets.append(Bucket(start, len(members), int(size)))
        offsets[members] = start + np.arange(len(members)) * size
        start = buckets[-1].stop
    places: list[IntArray] = []
    column = 0
    for term, is_local, parent, first in zip(terms, local, parents, inside, strict=True):
        if is_local:
            places.append((offsets[parent] + first)[:, None] + np.arange(term.width))
        else:
            size = term.levels * term.width
            places.append(np.arange(column, column + size).reshape(term.levels, term.width))
            column += size
    return places, tuple(buckets), start


def _incidence(
    terms: Sequence[Term],
    places: Sequence[IntArray],
    local: Sequence[bool],
    want: bool,
    n: int,
    width: int,
) -> Any:
    """Sparse (n, width) design matrix of the local terms, or of the others."""
    from scipy import sparse

    chosen = [k for k, inside in enumerate(local) if inside == want]
    if not chosen:
        return sparse.csr_array((n, width))
    columns = np.concatenate([places[k][terms[k].codes] for k in chosen], axis=1)
    values = np.concatenate([terms[k].columns for k in chosen], axis=1)
    bounds = np.arange(0, columns.size + 1, columns.shape[1])
    return sparse.csr_array((values.ravel(), columns.ravel(), bounds), shape=(n, width))
