"""The observed information of a marginal many-facet Rasch model.

Louis (1982, J. R. Statist. Soc. B 44:226) gives it as the complete information, which would be had
if the persons' measures were known, less the variance of the complete score over their posterior:

    I_observed = E[I_complete | y] - Var[S_complete | y].

Intervals from the complete information alone are too narrow.
"""

from __future__ import annotations

import numpy as np

from fidelity.statistics.rasch_cells import Cells, Expectation
from fidelity.statistics.rasch_design import FloatArray
from fidelity.statistics.rasch_scores import moving_columns, score_coefficients


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

    Args:
        cells: the ratings.
        at: the pass at the parameters.

    Returns:
        What Louis (1982) subtracts from the complete information: the information that is missing.
    """
    columns = moving_columns(cells)
    spread = np.zeros((len(columns), len(columns)))
    for part, coefficients in score_coefficients(cells, at):
        moving = coefficients[:, 1:] * np.sqrt(cells.weights[part])[:, None, None]
        flat = moving.reshape(-1, len(columns))
        spread += flat.T @ flat
    q = cells.responses.parameters
    everywhere = np.zeros((q + 2, q + 2))
    everywhere[np.ix_(columns, columns)] = spread
    return everywhere
