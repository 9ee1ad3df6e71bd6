"""The observed information of a marginal many-facet Rasch model.

Louis (1982, J. R. Statist. Soc. B 44:226) gives it as the complete information, which would be had
if the persons' measures were known, less the variance of the complete score over their posterior.
The second part is what Fisher information of raters alone forgets, and why its intervals are too
narrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fidelity.statistics.rasch_cells import Cells, Expectation
from fidelity.statistics.rasch_design import FloatArray, IntArray, inner_levels
from fidelity.statistics.rasch_levels import BLOCK

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Degree of the polynomials in which a person's score is written.
DEGREE = 6


def complete_information(cells: Cells, at: Expectation) -> FloatArray:
    """(q + 2, q + 2) the information if the persons' measures were known.

    Args:
        cells: the ratings.
        at: the pass at the parameters.

    Returns:
        Covariances of the statistics -y by element, -1 by level, y (mean) and z y (sd), summed.
    """
    responses, starts = cells.responses, cells.responses.starts
    q, number = responses.parameters, np.arange(responses.levels)
    centred = number - at.expected[..., None]
    variance = at.weight * np.einsum("cqk,cqk->cq", at.chance, np.square(centred))
    with_level = at.weight[..., None] * at.chance * centred
    information = np.zeros((q + 2, q + 2))
    own, with_mean = variance.sum(axis=1), with_level.sum(axis=1)
    for f, codes in enumerate(cells.codes):
        rows = slice(starts[f], starts[f + 1])
        for g, others in enumerate(cells.codes):
            columns = slice(starts[g], starts[g + 1])
            np.add.at(information[rows, columns], (codes, others), own)
        np.add.at(
            information[rows, starts[-1] : q],
            (codes[:, None], cells.group[:, None] * responses.levels + number),
            with_mean,
        )
        information[rows, q] = -cells.by_element(f, own)
        information[rows, q + 1] = -cells.by_element(f, variance @ at.z)
    together = -np.einsum("cq,cqk,cql->ckl", at.weight, at.chance, at.chance)
    together[:, number, number] += np.einsum("cq,cqk->ck", at.weight, at.chance)
    steps = starts[-1] + cells.group[:, None] * responses.levels + number
    np.add.at(information, (steps[:, :, None], steps[:, None, :]), together)
    np.add.at(information, (steps, np.full_like(steps, q)), -with_mean)
    with_sd = np.einsum("cqk,q->ck", with_level, at.z)
    np.add.at(information, (steps, np.full_like(steps, q + 1)), -with_sd)
    information[q, q] = own.sum()
    information[q, q + 1] = (variance @ at.z).sum()
    information[q + 1, q + 1] = (variance @ np.square(at.z)).sum()
    upper = np.triu(information)
    return upper + np.triu(upper, 1).T


def score_spread(cells: Cells, at: Expectation) -> FloatArray:
    """(q + 2, q + 2) the variance of the complete score over the posterior, summed over persons.

    The score is a smooth function of a person's measure, so it is taken as a polynomial, with the
    polynomials that are orthonormal under the person's own posterior: the variance is then the sum
    of the squared coefficients.

    Args:
        cells: the ratings.
        at: the pass at the parameters.

    Returns:
        What Louis (1982, eq. 3.2) subtracts from the complete information.
    """
    responses = cells.responses
    inner = np.flatnonzero(inner_levels(cells.used).ravel())
    first, q = responses.starts[-1], responses.parameters
    columns = np.concatenate([np.arange(first), first + inner, [q, q + 1]])
    entries = max(1, len(cells.counts.data) // len(cells.totals))
    rows = max(1, BLOCK // (len(at.z) * (entries + DEGREE) + DEGREE * len(columns)))
    spread = np.zeros((len(columns), len(columns)))
    for start in range(0, len(cells.totals), rows):
        part = slice(start, start + rows)
        coefficients = _coefficients(cells, at, part, inner)
        coefficients *= np.sqrt(cells.weights[part])[:, None, None]
        flat = coefficients.reshape(-1, len(columns))
        spread += flat.T @ flat
    everywhere = np.zeros((q + 2, q + 2))
    everywhere[np.ix_(columns, columns)] = spread
    return everywhere


def _coefficients(cells: Cells, at: Expectation, part: slice, inner: IntArray) -> FloatArray:
    """(m, degree, columns) the score of each pattern in terms of its polynomials."""
    responses, counts = cells.responses, cells.counts[part]
    basis = _orthonormal(at.z, at.posterior[part])
    basis *= at.posterior[part, None, :]
    parts = [
        _project(counts, codes, len(facet), at.expected, basis)
        for codes, facet in zip(cells.codes, responses.facets[1:], strict=True)
    ]
    steps = np.zeros((*basis.shape[:2], responses.groups, responses.levels))
    for k in np.unique(inner % responses.levels):
        chance = np.ascontiguousarray(at.chance[:, :, k])
        steps[..., k] = _project(counts, cells.group, responses.groups, chance, basis)
    parts.append(steps.reshape(*basis.shape[:2], -1)[..., inner])
    expected = counts @ at.expected
    slope = at.z * (cells.totals[part, None] - expected)
    parts.append(-np.einsum("mq,mjq->mj", expected, basis)[..., None])
    parts.append(np.einsum("mq,mjq->mj", slope, basis)[..., None])
    return np.concatenate(parts, axis=2)


def _orthonormal(z: FloatArray, posterior: FloatArray) -> FloatArray:
    """(m, degree, Q) polynomials of z, orthonormal under each posterior, by three-term recursion.

    The constant, of degree 0, is left out (Stieltjes; Gautschi 2004, sec. 2.2).
    """
    found = np.zeros((len(posterior), DEGREE, len(z)))
    before, now = np.zeros_like(posterior), np.ones_like(posterior)
    length = np.zeros(len(posterior))
    for degree in range(DEGREE):
        centre = np.einsum("mq,mq,mq,q->m", posterior, now, now, z)
        after = (z - centre[:, None]) * now - length[:, None] * before
        length = np.sqrt(np.einsum("mq,mq,mq->m", posterior, after, after))
        after /= np.maximum(length, 1e-12)[:, None]
        before, now = now, after
        found[:, degree] = now
    return found


def _project(
    counts: csr_array, codes: IntArray, size: int, table: FloatArray, basis: FloatArray
) -> FloatArray:
    """(m, degree, size) sums over each pattern's cells, by element, on each polynomial."""
    from scipy.sparse import csr_array

    entries = counts.tocoo()
    key, pair = np.unique(entries.row * size + codes[entries.col], return_inverse=True)
    gather = csr_array((entries.data, (pair, entries.col)), shape=(len(key), len(table)))
    sums, row = gather @ table, key // size
    projected = np.zeros((basis.shape[0], basis.shape[1], size))
    for degree in range(basis.shape[1]):
        projected[row, degree, key % size] = np.einsum("nq,nq->n", sums, basis[row, degree])
    return projected
