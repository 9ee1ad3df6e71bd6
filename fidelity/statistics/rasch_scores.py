"""The scores of single patterns in a marginal analysis, as functions of the person's measure.

The score of a pattern (the derivative of its complete log likelihood) is a smooth function of the
person's measure. Written in polynomials that are orthonormal under the person's own posterior, its
coefficients are all that standard errors need: the constant is its posterior mean, the next its
covariance with the measure, and the sum of squares of all but the constant its variance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fidelity.statistics.rasch_cells import Cells, Expectation
from fidelity.statistics.rasch_design import FloatArray, IntArray, inner_levels
from fidelity.statistics.rasch_levels import BLOCK

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Degree of the polynomials: enough that standard errors are right to a thousandth.
DEGREE = 6


def moving_columns(cells: Cells) -> IntArray:
    """(c,) the parameters with a score: all elements, the inner levels, mean and sd."""
    responses = cells.responses
    first, q = responses.starts[-1], responses.parameters
    return np.concatenate([np.arange(first), first + _inner(cells), [q, q + 1]])


def _inner(cells: Cells) -> IntArray:
    return np.flatnonzero(inner_levels(cells.used).ravel())


def score_coefficients(
    cells: Cells, at: Expectation, degree: int = DEGREE
) -> Iterator[tuple[slice, FloatArray]]:
    """Coefficients of the scores, some patterns at a time.

    Left out is what does not move with the person's measure: the observed levels themselves.

    Args:
        cells: the ratings.
        at: the pass at the parameters.
        degree: of the polynomials.

    Yields:
        Which patterns, and (m, degree + 1, c) coefficients by degree and parameter, the latter in
        the order of `moving_columns`.
    """
    inner = _inner(cells)
    entries = max(1, len(cells.counts.data) // len(cells.totals))
    width = len(at.z) * (entries + degree) + degree * len(moving_columns(cells))
    rows = max(1, BLOCK // width)
    for start in range(0, len(cells.totals), rows):
        part = slice(start, start + rows)
        basis = _orthonormal(at.z, at.posterior[part], degree)
        basis *= at.posterior[part, None, :]
        yield part, _coefficients(cells, at, part, inner, basis)


def _coefficients(
    cells: Cells, at: Expectation, part: slice, inner: IntArray, basis: FloatArray
) -> FloatArray:
    responses, counts = cells.responses, cells.counts[part]
    parts = [
        _project(counts, codes, len(facet), at.expected, basis)
        for codes, facet in zip(cells.codes, responses.facets[1:], strict=True)
    ]
    steps = np.zeros((*basis.shape[:2], responses.groups, responses.levels))
    for k in np.unique(inner % responses.levels):
        chance = np.ascontiguousarray(at.chance[:, :, k])
        steps[..., k] = _project(counts, cells.group, responses.groups, chance, basis)
    parts.append(steps.reshape(*basis.shape[:2], -1)[..., inner])
    left = cells.totals[part, None] - counts @ at.expected
    parts.append(np.einsum("mq,mjq->mj", left, basis)[..., None])
    parts.append(np.einsum("mq,mjq->mj", at.z * left, basis)[..., None])
    return np.concatenate(parts, axis=2)


def _orthonormal(z: FloatArray, posterior: FloatArray, degree: int) -> FloatArray:
    """(m, degree + 1, Q) polynomials of z, orthonormal under each posterior.

    By three-term recursion (Stieltjes; Gautschi 2004, Orthogonal Polynomials).
    """
    found = np.ones((len(posterior), degree + 1, len(z)))
    before, now = np.zeros_like(posterior), np.ones_like(posterior)
    length = np.zeros(len(posterior))
    for order in range(1, degree + 1):
        centre = np.einsum("mq,mq,mq,q->m", posterior, now, now, z)
        after = (z - centre[:, None]) * now - length[:, None] * before
        length = np.sqrt(np.einsum("mq,mq,mq->m", posterior, after, after))
        after /= np.maximum(length, 1e-12)[:, None]
        before, now = now, after
        found[:, order] = now
    return found


def _project(
    counts: csr_array, codes: IntArray, size: int, table: FloatArray, basis: FloatArray
) -> FloatArray:
    """(m, degree + 1, size) sums over each pattern's cells, by element, on each polynomial."""
    from scipy.sparse import csr_array

    entries = counts.tocoo()
    key, pair = np.unique(entries.row * size + codes[entries.col], return_inverse=True)
    gather = csr_array((entries.data, (pair, entries.col)), shape=(len(key), len(table)))
    sums, row = gather @ table, key // size
    projected = np.zeros((basis.shape[0], basis.shape[1], size))
    for order in range(basis.shape[1]):
        projected[row, order, key % size] = np.einsum("nq,nq->n", sums, basis[row, order])
    return projected
