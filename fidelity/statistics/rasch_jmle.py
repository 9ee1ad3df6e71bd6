"""Joint maximum likelihood of a many-facet Rasch model, for many ratings.

Persons, facets and steps are all parameters (Wright & Panchapakesan 1969; Linacre 1989).
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
from fidelity.statistics.rasch_extremes import FURTHEST
from fidelity.statistics.rasch_levels import BLOCK
from fidelity.statistics.rasch_pass import Pass, Ratings

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: The most a measure may move in one step, in logits.
LONGEST_STEP = 3.0

#: A step shorter than this, in logits, ends the search.
TOLERANCE = 1e-7

ITERATIONS_MOST = 60

#: An eigenvalue below this, at unit diagonal, tells nothing.
FADED = 1e-8


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
    seen = (ratings.counts > 0) | anchored
    theta = np.where(anchored, anchored_persons, np.where(seen, _first_guess(ratings), 0.0))
    point, system, iterations, converged = _climb(
        ratings, freedom, seen & ~anchored, _Point.of(ratings, theta, freedom.offset)
    )
    covariance, variance = _uncertainty(system)
    return Joint(
        np.where(seen, point.theta, np.nan),
        np.where(anchored, 0.0, np.where(seen, variance, np.nan)),
        point.values,
        covariance,
        point.at.log_likelihood,
        iterations,
        converged and not np.isnan(covariance).any(),
    )


@dataclass(frozen=True)
class _Point:
    """A place in the space of all parameters, and what the likelihood is there."""

    theta: FloatArray
    values: FloatArray
    at: Pass

    @staticmethod
    def of(ratings: Ratings, theta: FloatArray, values: FloatArray) -> _Point:
        return _Point(theta, values, ratings.at(theta, values))


def _climb(
    ratings: Ratings, freedom: Freedom, moving: BoolArray, point: _Point
) -> tuple[_Point, _System, int, bool]:
    """Newton's method with a step length; the likelihood is concave."""
    elements = ratings.responses.starts[-1]
    system = _system(point.at, freedom, moving)
    for iteration in range(1, ITERATIONS_MOST + 1):
        longest = max(np.abs(part).max(initial=0.0) for part in (system.persons, system.others))
        length = min(1.0, LONGEST_STEP / max(longest, 1e-300))
        least = point.at.log_likelihood * (1.0 + 1e-9)  # it is below 0: a little less will do
        for _ in range(30):
            theta = point.theta + length * system.persons
            there = _Point.of(ratings, theta, point.values + length * system.others)
            if there.at.log_likelihood >= least:
                break
            length /= 2.0
        point = there
        farthest = max(np.abs(part).max() for part in (point.theta, point.values[:elements]))
        if farthest > FURTHEST:
            return point, system, iteration, False
        system = _system(point.at, freedom, moving)
        if length == 1.0 and longest < TOLERANCE:
            return point, system, iteration, True
    return point, system, ITERATIONS_MOST, False


def _first_guess(ratings: Ratings) -> FloatArray:
    """(P,) the logit of each person's share of the highest score."""
    share = ratings.scores / np.maximum(ratings.counts * (ratings.responses.levels - 1), 1)
    share = np.clip(share, 0.02, 0.98)
    return np.log(share / (1.0 - share))


def is_definite(information: FloatArray) -> bool:
    """Whether an information tells of every direction, by its eigenvalues at unit diagonal.

    Where a link between groups consists of extreme levels alone the likelihood rises without end,
    and the search stops where the information fades out.
    """
    diagonal = information.diagonal()
    if not len(diagonal):
        return True
    if not np.isfinite(information).all() or diagonal.min() <= 0.0:
        return False
    scale = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(information / np.outer(scale, scale))[0] > FADED)


def _system(now: Pass, freedom: Freedom, moving: BoolArray) -> _System:
    from scipy.linalg import LinAlgError, cho_factor, cho_solve
    from scipy.sparse import diags_array

    free = freedom.spread
    inverse = np.where(moving, 1.0 / np.where(moving, now.person_information, 1.0), 0.0)
    crossing = now.crossing @ free
    scaled = diags_array(inverse) @ crossing
    schur = (free.T @ (free.T @ now.information).T) - (crossing.T @ scaled).toarray()
    gradient = free.T @ now.gradient - scaled.T @ now.person_gradient
    step: FloatArray = gradient
    try:
        step = cho_solve(cho_factor(schur), gradient) if len(gradient) else gradient
    except LinAlgError:  # the information has faded out: there is no finite estimate
        step = np.asarray(np.linalg.lstsq(schur, gradient)[0], dtype=np.float64)
    persons = inverse * now.person_gradient - scaled @ step
    return _System(inverse, scaled, schur, persons, free @ step)


def _uncertainty(system: _System) -> tuple[FloatArray, FloatArray]:
    """(f, f) S^-1, and (P,) the persons' variances D^-1 + D^-1 B S^-1 B' D^-1."""
    covariance = np.full_like(system.schur, np.nan)
    if is_definite(system.schur):
        covariance[...] = np.linalg.inv(system.schur)
    variance = system.inverse.copy()
    rows = max(1, BLOCK // max(1, len(covariance)))
    for start in range(0, len(variance), rows):
        part = system.scaled[start : start + rows].toarray()
        variance[start : start + rows] += np.einsum("pf,pf->p", part @ covariance, part)
    return covariance, variance
