"""Standard errors of a marginal analysis beyond those of the model's own information.

`person_errors` adds to a person's posterior spread what is not known of raters, items, steps and
the distribution. `robust_covariance` takes persons as clusters, whatever hangs together within
them: it holds where a rater carries an impression from item to item, or a practitioner's pieces
are alike, of which the model knows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fidelity.statistics.rasch_cells import Cells, Expectation
from fidelity.statistics.rasch_design import BoolArray, FloatArray, Freedom, Responses
from fidelity.statistics.rasch_levels import BLOCK
from fidelity.statistics.rasch_scores import moving_columns, score_coefficients

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def person_errors(
    cells: Cells, at: Expectation, sd: float, freedom: Freedom, covariance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Posterior means and standard errors of each pattern, from the mean, in standard deviations.

    The variance is that of the posterior, plus that of its mean as the parameters vary,
    d' V d with d_k = d theta / d xi_k + Cov(theta, score_k) (Tsutakawa & Johnson 1990,
    Psychometrika 55:371; the delta method in place of their second-order terms).

    Args:
        cells: the ratings.
        at: the pass at the estimates.
        sd: of the persons.
        freedom: what could move.
        covariance: (f + 2, f + 2) of the free parameters, mean and sd; NaN in places is passed on.

    Returns:
        (M,) means of z, and (M,) standard errors in logits.
    """
    centre = at.posterior @ at.z
    spread = sd * np.sqrt(np.maximum(at.posterior @ np.square(at.z) - np.square(centre), 0.0))
    known = np.isfinite(np.diag(covariance))
    usable = np.where(np.outer(known, known), covariance, 0.0)
    columns = moving_columns(cells)
    variance = np.square(spread)
    for part, coefficients in score_coefficients(cells, at, degree=1):
        full = np.zeros((coefficients.shape[0], cells.responses.parameters + 2))
        full[:, columns] = spread[part, None] * coefficients[:, 1]
        full[:, -2] += 1.0
        full[:, -1] += centre[part]
        slope = to_free(freedom, full)
        variance[part] += np.einsum("mf,mf->m", slope @ usable, slope)
    return centre, np.sqrt(variance)


def robust_covariance(
    responses: Responses,
    rows: BoolArray,
    cells: Cells,
    at: Expectation,
    freedom: Freedom,
    covariance: FloatArray,
) -> FloatArray:
    """The covariance with persons as clusters: V (sum of g g') V * P / (P - 1).

    (Huber 1967; White 1982, Econometrica 50:1, with the factor of clustered data.)

    Args:
        responses: the ratings.
        rows: (n,) which count.
        cells: the same by cell and pattern.
        at: the pass at the estimates.
        freedom: what could move.
        covariance: (f + 2, f + 2) from the information, V.

    Returns:
        (f + 2, f + 2).
    """
    mean = np.zeros((len(cells.totals), responses.parameters + 2))
    for part, coefficients in score_coefficients(cells, at, degree=0):
        mean[part][:, moving_columns(cells)] = coefficients[:, 0]
    own = _observed(responses, rows)
    persons = np.flatnonzero(cells.pattern >= 0)
    meat = np.zeros_like(covariance)
    size = max(1, BLOCK // mean.shape[1])
    for start in range(0, len(persons), size):
        who = persons[start : start + size]
        score = mean[cells.pattern[who]]
        score[:, :-2] += own[who].toarray()
        free = to_free(freedom, score)
        meat += free.T @ free
    factor = len(persons) / max(1, len(persons) - 1)
    return np.asarray(covariance @ meat @ covariance * factor)


def _observed(responses: Responses, rows: BoolArray) -> csr_array:
    """(P, q) sparse, each person's sufficient statistics: -score by element, -count by level."""
    from scipy.sparse import csr_array

    chosen = np.flatnonzero(rows)
    person, *others = [facet.codes[chosen] for facet in responses.facets]
    y = responses.y[chosen]
    level = responses.starts[-1] + responses.group[chosen] * responses.levels + y
    columns = [start + codes for start, codes in zip(responses.starts, others, strict=False)]
    values = np.concatenate([*[-y.astype(np.float64)] * len(columns), -np.ones(len(y))])
    place = (np.tile(person, len(columns) + 1), np.concatenate([*columns, level]))
    return csr_array((values, place), shape=(len(responses.facets[0]), responses.parameters))


def to_free(freedom: Freedom, full: FloatArray) -> FloatArray:
    """(..., f + 2) derivatives by the free parameters, mean and sd, from (..., q + 2) by all."""
    moved = full[..., :-2] @ freedom.spread
    return np.concatenate([moved, full[..., -2:]], axis=-1)
