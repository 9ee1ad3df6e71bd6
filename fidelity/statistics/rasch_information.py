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
    np.add.at(information, (steps, q), -with_mean)
    np.add.at(information, (steps, q + 1), -np.einsum("cqk,q->ck", with_level, at.z))
    information[q, q] = own.sum()
    information[q, q + 1] = (variance @ at.z).sum()
    information[q + 1, q + 1] = (variance @ np.square(at.z)).sum()
    upper = np.triu(information)
    return upper + np.triu(upper, 1).T


def score_spread(cells: Cells, at: Expectation) -> FloatArray:
    """(q + 2, q + 2) the variance of the complete score over the posterior, summed over persons.

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
    width = len(columns) * len(at.z)
    rows = max(1, BLOCK // width)
    spread = np.zeros((len(columns), len(columns)))
    for start in range(0, len(cells.totals), rows):
        score = _scores(cells, at, slice(start, start + rows), inner)
        weight = at.posterior[start : start + rows, None, :]
        score -= np.einsum("mcq,mcq->mc", score, np.broadcast_to(weight, score.shape))[..., None]
        score *= np.sqrt(cells.weights[start : start + rows, None, None] * weight)
        flat = score.transpose(1, 0, 2).reshape(len(columns), -1)
        spread += flat @ flat.T
    everywhere = np.zeros((q + 2, q + 2))
    everywhere[np.ix_(columns, columns)] = spread
    return everywhere


def _scores(cells: Cells, at: Expectation, rows: slice, inner: FloatArray) -> FloatArray:
    """(m, columns, Q) the part of each pattern's complete score that moves with the node."""
    counts = cells.counts[rows]
    parts = [
        _by_element(counts, codes, len(facet)) @ at.expected
        for codes, facet in zip(cells.codes, cells.responses.facets[1:], strict=True)
    ]
    m, nodes = counts.shape[0], len(at.z)
    shaped = [part.reshape(m, -1, nodes) for part in parts]
    by_group = _by_element(counts, cells.group, cells.responses.groups)
    levels = [
        (by_group @ at.chance[:, :, k]).reshape(m, -1, nodes)
        for k in range(cells.responses.levels)
    ]
    steps = np.stack(levels, axis=2).reshape(m, -1, nodes)[:, inner]
    expected = counts @ at.expected
    spread = at.z * (cells.totals[rows, None] - expected)
    return np.concatenate([*shaped, steps, -expected[:, None], spread[:, None]], axis=1)


def _by_element(counts: csr_array, codes: IntArray, size: int) -> csr_array:
    """(m * size, C) the counts of each pattern, taken apart by the element of the cell."""
    from scipy.sparse import csr_array

    entries = counts.tocoo()
    place = (entries.row * size + codes[entries.col], entries.col)
    return csr_array((entries.data, place), shape=(counts.shape[0] * size, counts.shape[1]))
