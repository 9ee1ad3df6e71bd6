"""Sums from which the likelihood of two trends is computed, whatever the number of scorings.

Columns are those of practitioners (2: level and trend), of raters (2 each), of the fixed effects,
and the scores. Two scorings of one piece share the piece's own effect, which is taken out by
pattern (how many raters, how many agreed scores): all that is then needed of the rows are sums of
squares and products, and a step of the search costs the same for a thousand rows or a million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Rows:
    """Scorings, one row each.

    Attributes:
        y: (n,) scores.
        practised: (n,) time of the practice, any unit, 0 in the middle.
        rated: (n,) time of the scoring, same unit and zero.
        practitioner: (n,) code of the practitioner from 0; -1 where there is none.
        rater: (n,) code of the rater from 0; -1 for an agreed score.
        piece: (n,) code of the piece from 0.
        fixed: (n, p) fixed effects.
        benchmark: (n,) whether the piece is a benchmark piece: its own level is then among the
            fixed effects, and it has neither a practitioner nor an effect drawn at random.
        practitioners: how many there are.
        raters: how many there are.
    """

    y: Floats
    practised: Floats
    rated: Floats
    practitioner: Ints
    rater: Ints
    piece: Ints
    fixed: Floats
    benchmark: npt.NDArray[np.bool_]
    practitioners: int
    raters: int


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over rows, by what they are multiplied with in the inverse of the covariance.

    Attributes:
        total: (F, c, c) of raters' columns, fixed effects and scores.
        own: (F, M, 2, 2 + c) of each practitioner's two columns with themselves and the others.
        patterns: (Q, 2) scorings by raters and agreed scores of the pieces of each pattern.
        pieces: (Q,) how many pieces have it.
        rows: how many scorings by raters and agreed scores there are.
        raters: R.

    F = 2 + 3 Q: squares over scorings by raters, over agreed scores; then for each pattern the
    squares of sums by piece over raters, products of raters and agreed, squares over agreed.
    """

    total: Floats
    own: Floats
    patterns: Ints
    pieces: Ints
    rows: tuple[int, int]
    raters: int


def sums(rows: Rows) -> Sums:
    """All sums, in one pass over the rows."""
    ours = rows.practitioner >= 0
    mine = np.where(ours[:, None], np.column_stack([np.ones(len(rows.y)), rows.practised]), 0.0)
    wide = np.column_stack([_of_raters(rows), rows.fixed, rows.y])
    agreed = rows.rater < 0
    whose = np.where(ours, rows.practitioner, 0)
    blocks = [_products(mine, wide, whose, kind, rows) for kind in (~agreed, agreed)]
    drawn = ~rows.benchmark
    counts = np.stack([
        np.bincount(rows.piece[drawn & kind], minlength=int(rows.piece.max()) + 1)
        for kind in (~agreed, agreed)
    ], axis=1)  # fmt: skip
    patterns, which = np.unique(counts, axis=0, return_inverse=True)
    which = which.ravel()
    kept = patterns.sum(axis=1) > 0
    everything = np.column_stack([mine, wide])
    by_piece = [_by_piece(everything, rows.piece, drawn & kind) for kind in (~agreed, agreed)]
    owner = np.zeros(len(counts), np.intp)
    owner[rows.piece] = whose
    for pattern in np.flatnonzero(kept):
        pieces = which == pattern
        first, second = (part[pieces] for part in by_piece)
        for one, other in ((first, first), (first, second), (second, second)):
            blocks.append(_pair(one, other, owner[pieces], rows.practitioners))
    return Sums(
        np.stack([total for total, _ in blocks]), np.stack([own for _, own in blocks]),
        patterns[kept], np.bincount(which, minlength=len(patterns))[kept],
        (int((~agreed).sum()), int(agreed.sum())), rows.raters,
    )  # fmt: skip


def _of_raters(rows: Rows) -> Floats:
    """(n, 2 R) level and trend of each rater."""
    found = np.zeros((len(rows.y), rows.raters, 2))
    by_rater = np.flatnonzero(rows.rater >= 0)
    found[by_rater, rows.rater[by_rater], 0] = 1.0
    found[by_rater, rows.rater[by_rater], 1] = rows.rated[by_rater]
    return found.reshape(len(rows.y), -1)


def _products(
    mine: Floats, wide: Floats, whose: Ints, kind: npt.NDArray[np.bool_], rows: Rows
) -> tuple[Floats, Floats]:
    everything = np.column_stack([mine[kind], wide[kind]])
    return _pair(everything, everything, whose[kind], rows.practitioners)


def _pair(one: Floats, other: Floats, whose: Ints, practitioners: int) -> tuple[Floats, Floats]:
    """Products of all columns, symmetric, in total and of each practitioner's own two."""
    cross = one[:, 2:].T @ other[:, 2:]
    own = np.empty((practitioners, 2, one.shape[1]))
    for column in range(2):
        own[:, column] = _added(one[:, column], whose, practitioners, other)
        if other is not one:
            own[:, column] += _added(other[:, column], whose, practitioners, one)
            own[:, column] /= 2
    return (cross + cross.T) / 2, own


def _added(weight: Floats, owner: Ints, owners: int, columns: Floats) -> Floats:
    """(owners, c) weighted sums of rows by owner."""
    from scipy.sparse import csr_array  # heavy: only where sums are made

    rows = np.arange(len(weight))
    return np.asarray(csr_array((weight, (owner, rows)), shape=(owners, len(weight))) @ columns)


def _by_piece(columns: Floats, piece: Ints, used: npt.NDArray[np.bool_]) -> Floats:
    return _added(used.astype(np.float64), piece, int(piece.max()) + 1, columns)
