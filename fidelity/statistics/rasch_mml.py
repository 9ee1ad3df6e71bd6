"""Marginal maximum likelihood of a many-facet Rasch model: the persons are a sample.

Person measures are taken as normal, theta = mu + sigma z, and integrated out (Bock & Aitkin 1981;
Thissen 1982 for the Rasch model). Given theta, a person's ratings enter only through their total
and through which cells (rater by item by ...) they fell in, so persons with the same cells and
the same total are one pattern, and the probabilities are needed by cell and node alone.

The integral is a sum over equally spaced nodes. For a smooth bell-shaped integrand its error
falls as exp(-2 pi^2 s^2 / h^2) with s the narrowest posterior standard deviation and h the
spacing (Trefethen & Weideman 2014); Gauss-Hermite nodes of the same number are further apart in
the middle, where they matter. The spacing is checked after the fit, and made finer if too wide.

The likelihood is climbed by Newton's method with the observed information, which Louis (1982)
gives as the complete information less the variance of the complete score over the posterior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fidelity.statistics.rasch_cells import Cells, Expectation, expect, read_cells
from fidelity.statistics.rasch_design import (
    BoolArray,
    FloatArray,
    Freedom,
    IntArray,
    Responses,
)
from fidelity.statistics.rasch_errors import person_errors, robust_covariance, to_free
from fidelity.statistics.rasch_extremes import FURTHEST
from fidelity.statistics.rasch_information import complete_information, score_spread
from fidelity.statistics.rasch_jmle import is_definite

#: The nodes reach this many standard deviations to each side.
REACH = 6.0

#: The spacing of nodes, at most this many of the narrowest posterior standard deviation.
WIDEST_SPACING = 1.2

NODES_LEAST, NODES_MOST = 31, 481

#: The most a parameter may move in one step, in logits.
LONGEST_STEP = 2.0

#: A step shorter than this, in logits, ends the search.
TOLERANCE = 1e-6

#: Shares of the complete information that are tried in place of the observed, in this order.
CAUTION = (0.0, 0.03, 0.1, 0.3, 1.0)

#: The information is worked out anew when a step shortens the next by less than this factor.
STALE = 0.1

ITERATIONS_MOST = 200


@dataclass(frozen=True)
class Marginal:
    """A marginal fit.

    Attributes:
        values: (q,) facets and sums of steps.
        mean: of the persons' distribution.
        sd: of the persons' distribution.
        covariance: (f + 2, f + 2) of the free parameters, then mean and sd.
        z: (Q,) the nodes, in standard deviations from the mean.
        posterior: (patterns, Q) the weight of each node.
        centre: (patterns,) posterior means, in logits.
        error: (patterns,) their standard errors.
        pattern: (P,) the pattern of each person; -1 for those without ratings that count.
        log_likelihood: at the estimates.
        iterations: how many.
        converged: whether the last step was shorter than the tolerance.
    """

    values: FloatArray
    mean: float
    sd: float
    covariance: FloatArray
    z: FloatArray
    posterior: FloatArray
    centre: FloatArray
    error: FloatArray
    pattern: IntArray
    log_likelihood: float
    iterations: int
    converged: bool


@dataclass(frozen=True)
class _Point:
    """A place in the space of all parameters, and what the likelihood is there."""

    values: FloatArray
    mean: float
    sd: float
    at: Expectation

    @staticmethod
    def of(cells: Cells, values: FloatArray, mean: float, sd: float, z: FloatArray) -> _Point:
        sd = abs(sd)  # the likelihood is the same for sd and -sd
        return _Point(values, mean, sd, expect(cells, values, mean, sd, z))

    def moved(self, cells: Cells, step: FloatArray) -> _Point:
        return _Point.of(
            cells,
            self.values + step[:-2],
            self.mean + float(step[-2]),
            self.sd + float(step[-1]),
            self.at.z,
        )


def fit_marginal(
    responses: Responses, rows: BoolArray, used: BoolArray, freedom: Freedom, robust: bool
) -> Marginal:
    """Estimate facets, steps and the persons' mean and standard deviation.

    Args:
        responses: the ratings.
        rows: (n,) which ratings count; no element but a person is extreme in them.
        used: (G, K) the levels that occur.
        freedom: what may move.
        robust: whether the covariance takes persons as clusters.

    Returns:
        The fit.
    """
    cells = read_cells(responses, rows, used)
    values, mean = _first_guess(cells, freedom)
    point = _Point.of(cells, values, mean, 1.0, _nodes(NODES_LEAST))
    iterations = 0
    for _ in range(5):
        needed = _nodes_needed(cells, point)
        if len(point.at.z) < needed or iterations == 0:
            z = _nodes(max(needed, NODES_LEAST))
            point = _Point.of(cells, point.values, point.mean, point.sd, z)
            point, information, count, converged = _climb(cells, freedom, point)
            iterations += count
    converged = converged and is_definite(information[:-1, :-1])
    covariance = _inverse(information)
    if robust:
        covariance = robust_covariance(responses, rows, cells, point.at, freedom, covariance)
    centre, error = person_errors(cells, point.at, point.sd, freedom, covariance)
    return Marginal(
        point.values,
        point.mean,
        point.sd,
        covariance,
        point.at.z,
        point.at.posterior,
        point.mean + point.sd * centre,
        error,
        cells.pattern,
        point.at.log_likelihood,
        iterations,
        converged,
    )


@dataclass(frozen=True)
class _Curvature:
    """The observed information at some point, and the complete; (f + 2, f + 2) each."""

    observed: FloatArray
    complete: FloatArray

    @staticmethod
    def of(cells: Cells, freedom: Freedom, point: _Point) -> _Curvature:
        complete = complete_information(cells, point.at)
        observed = complete - score_spread(cells, point.at)
        return _Curvature(_sandwich(freedom, observed), _sandwich(freedom, complete))

    def step(self, gradient: FloatArray) -> FloatArray:
        """Newton's step; where that is no ascent or too long, one between it and an EM step.

        The complete information is always positive, and steps with it are short and sure
        (Titterington 1984, J. R. Statist. Soc. B 46:257).
        """
        from scipy.linalg import LinAlgError, cho_factor, cho_solve

        step: FloatArray = gradient / np.maximum(self.complete.diagonal(), 1e-9)
        for share in CAUTION:
            try:
                factor = cho_factor(self.observed + share * (self.complete - self.observed))
            except LinAlgError:
                continue
            step = cho_solve(factor, gradient)
            if np.abs(step).max() <= LONGEST_STEP:
                break
        return step


def _climb(cells: Cells, freedom: Freedom, point: _Point) -> tuple[_Point, FloatArray, int, bool]:
    """Newton's method; the information is kept for as long as it serves."""
    curvature = _Curvature.of(cells, freedom, point)
    gradient = to_free(freedom, point.at.gradient)
    for iteration in range(1, ITERATIONS_MOST + 1):
        step = curvature.step(gradient)
        longest = float(np.abs(step).max())
        length = min(1.0, LONGEST_STEP / max(longest, 1e-300))
        there = point.moved(cells, _to_all(freedom, length * step))
        while there.at.log_likelihood < point.at.log_likelihood - 1e-8 and length > 1e-6:
            length /= 2.0
            there = point.moved(cells, _to_all(freedom, length * step))
        promise = float(gradient @ step)
        point, gradient = there, to_free(freedom, there.at.gradient)
        done = length == 1.0 and longest < TOLERANCE
        if done or length < 1.0 or abs(float(gradient @ step)) > STALE * promise:
            curvature = _Curvature.of(cells, freedom, point)
        lost = np.abs(point.values[: cells.responses.starts[-1]]).max() > FURTHEST
        if done or lost:
            return point, curvature.observed, iteration, not lost
    return point, _Curvature.of(cells, freedom, point).observed, ITERATIONS_MOST, False


def _sandwich(freedom: Freedom, full: FloatArray) -> FloatArray:
    spread, f = freedom.spread, freedom.spread.shape[1]
    half = np.vstack([spread.T @ full[:-2], full[-2:]])
    inner = np.empty((f + 2, f + 2))
    inner[:, :f] = (spread.T @ half[:, :-2].T).T
    inner[:, f:] = half[:, -2:]
    return (inner + inner.T) / 2.0


def _to_all(freedom: Freedom, free: FloatArray) -> FloatArray:
    return np.concatenate([freedom.spread @ free[:-2], free[-2:]])


def _inverse(information: FloatArray) -> FloatArray:
    """The covariance; without the sd where that lies at its bound of 0, NaN where nothing helps."""
    for size in (len(information), len(information) - 1):
        part = information[:size, :size]
        if np.linalg.eigvalsh(part)[0] > 0.0:
            covariance = np.full_like(information, np.nan)
            covariance[:size, :size] = np.linalg.inv(part)
            return covariance
    return np.full_like(information, np.nan)


def _nodes(count: int) -> FloatArray:
    return np.linspace(-REACH, REACH, count)


def _nodes_needed(cells: Cells, point: _Point) -> int:
    """How many nodes make the spacing fit the narrowest posterior."""
    at, levels = point.at, np.arange(cells.responses.levels)
    variance = np.einsum("cqk,cqk->cq", at.chance, np.square(levels - at.expected[..., None]))
    information = ((cells.counts @ variance) * at.posterior).sum(axis=1).max()
    ratio = np.sqrt(information * point.sd**2 + 1.0)  # sd over the narrowest posterior sd
    return min(NODES_MOST, int(np.ceil(2.0 * REACH * ratio / WIDEST_SPACING)) + 1)


def _first_guess(cells: Cells, freedom: Freedom) -> tuple[FloatArray, float]:
    """Steps and mean from how often each level occurs."""
    responses, values = cells.responses, freedom.offset.copy()
    first = responses.starts[-1]
    often = -cells.observed[first:].reshape(cells.used.shape) + 0.5
    free = (np.diff(freedom.spread.indptr)[first:] > 0).reshape(cells.used.shape)
    sums, slopes = values[first:].reshape(cells.used.shape), []
    for group in range(responses.groups):
        used = np.flatnonzero(cells.used[group])
        if len(used) > 1:
            low, high = used[0], used[-1]
            log = np.log(often[group] / often[group, low])
            slopes.append(log[high] / (high - low))
            line = (np.arange(responses.levels) - low) * slopes[-1]
            sums[group] = np.where(free[group], line - log, sums[group])
    return values, float(np.mean(slopes))
