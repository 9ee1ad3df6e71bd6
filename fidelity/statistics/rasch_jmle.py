"""Joint maximum likelihood of a many-facet Rasch model, for many ratings.

Persons, facets and steps are all parameters (Wright & Panchapakesan 1969; Linacre 1989, ch. 8).
The joint likelihood is concave, so Newton's method with a step length finds its top. The persons'
block of the information is diagonal and is eliminated (a Schur complement), which leaves a system
of raters, items and steps alone; its inverse is their joint covariance, in which the uncertainty
of the persons is carried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fidelity.statistics.rasch_design import BoolArray, FloatArray, Freedom, Responses
from fidelity.statistics.rasch_levels import BLOCK
from fidelity.statistics.rasch_pass import Pass, Ratings

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: The most a measure may move in one step, in logits.
LONGEST_STEP = 3.0

#: A step shorter than this, in logits, ends the search.
TOLERANCE = 1e-7

ITERATIONS_MOST = 60


@dataclass(frozen=True)
class Joint:
    """A joint fit.

    Attributes:
        theta: (P,) person measures, NaN where no rating told.
        theta_variance: (P,) their variances.
        values: (q,) facets and sums of steps.
        covariance: (f, f) of the free parameters.
        log_likelihood: at the estimates.
        iterations: how many.
        converged: whether the last step was shorter than the tolerance.
    """

    theta: FloatArray
    theta_variance: FloatArray
    values: FloatArray
    covariance: FloatArray
    log_likelihood: float
    iterations: int
    converged: bool


@dataclass(frozen=True)
class _System:
    """The Newton system with the persons eliminated.

    Attributes:
        inverse: (P,) one over the persons' information; 0 for those that do not move.
        scaled: (P, f) sparse, D^-1 B.
        schur: (f, f) S = C - B' D^-1 B.
        persons: (P,) the Newton step of the persons.
        others: (q,) the Newton step of the other parameters.
    """

    inverse: FloatArray
    scaled: csr_array
    schur: FloatArray
    persons: FloatArray
    others: FloatArray


def fit_joint(
    responses: Responses,
    rows: BoolArray,
    used: BoolArray,
    freedom: Freedom,
    anchored_persons: FloatArray,
) -> Joint:
    """Estimate persons, facets and steps together.

    Args:
        responses: the ratings.
        rows: (n,) which ratings count; no element that may move is extreme in them.
        used: (G, K) the levels that occur.
        freedom: what may move.
        anchored_persons: (P,) fixed person measures, NaN where free.

    Returns:
        The fit.
    """
    ratings = Ratings(responses, rows, used)
    anchored = ~np.isnan(anchored_persons)
    moving = (ratings.counts > 0) & ~anchored
    theta = np.where(anchored, anchored_persons, _first_guess(ratings))
    theta[(ratings.counts == 0) & ~anchored] = 0.0
    values = freedom.offset.copy()
    now = ratings.at(theta, values)
    converged, iteration = False, 0
    system = _system(now, freedom, moving)
    while not converged and iteration < ITERATIONS_MOST:
        iteration += 1
        longest = _longest(system)
        length = min(1.0, LONGEST_STEP / max(longest, 1e-300))
        for _ in range(30):
            there = ratings.at(theta + length * system.persons, values + length * system.others)
            if there.log_likelihood >= now.log_likelihood - 1e-9 * abs(now.log_likelihood):
                break
            length /= 2.0
        theta, values = theta + length * system.persons, values + length * system.others
        converged = bool(length == 1.0 and longest < TOLERANCE)
        now = there
        system = _system(now, freedom, moving)
    covariance, variance = _uncertainty(system)
    seen = (ratings.counts > 0) | anchored
    return Joint(
        np.where(seen, theta, np.nan),
        np.where(anchored, 0.0, np.where(seen, variance, np.nan)),
        values,
        covariance,
        now.log_likelihood,
        iteration,
        converged,
    )


def _longest(system: _System) -> float:
    steps = np.concatenate([system.persons, system.others])
    return float(np.abs(steps).max(initial=0.0))


def _first_guess(ratings: Ratings) -> FloatArray:
    """(P,) the logit of each person's share of the highest score."""
    share = ratings.scores / np.maximum(ratings.counts * (ratings.responses.levels - 1), 1)
    share = np.clip(share, 0.02, 0.98)
    return np.log(share / (1.0 - share))


def _system(now: Pass, freedom: Freedom, moving: BoolArray) -> _System:
    from scipy.linalg import cho_factor, cho_solve
    from scipy.sparse import diags_array

    free = freedom.spread
    inverse = np.where(moving, 1.0 / np.where(moving, now.person_information, 1.0), 0.0)
    crossing = now.crossing @ free
    scaled = diags_array(inverse) @ crossing
    schur = (free.T @ (free.T @ now.information).T) - (crossing.T @ scaled).toarray()
    gradient = free.T @ now.gradient - scaled.T @ now.person_gradient
    step = cho_solve(cho_factor(schur), gradient) if len(gradient) else gradient
    persons = inverse * now.person_gradient - scaled @ step
    return _System(inverse, scaled, schur, persons, free @ step)


def _uncertainty(system: _System) -> tuple[FloatArray, FloatArray]:
    """(f, f) S^-1, and (P,) the persons' variances D^-1 + D^-1 B S^-1 B' D^-1."""
    covariance: FloatArray = np.linalg.inv(system.schur).astype(np.float64)
    variance = system.inverse.copy()
    rows = max(1, BLOCK // max(1, len(covariance)))
    for start in range(0, len(variance), rows):
        part = system.scaled[start : start + rows].toarray()
        variance[start : start + rows] += np.einsum("pf,pf->p", part @ covariance, part)
    return covariance, variance
