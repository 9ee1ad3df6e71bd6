"""Maximise the restricted likelihood: Newton steps with average information, kept safe.

Of uncorrelated effects the relative variances themselves are searched, with 0 a plain bound; of
correlated ones the entries of Λ in G = Λ Λ', which need no bound. While searching every
variance has `FLOOR` left, so that no Λ is singular; what ends at its floor is set to 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fidelity.errors import UsageError
from fidelity.statistics.crossproducts import Crossproducts, FloatArray, Term
from fidelity.statistics.information import Direction, quadratic, traces
from fidelity.statistics.mixed_equations import Factorised, factorise, solve

#: Smallest relative variance while searching; what ends there is set to 0 exactly.
FLOOR = 1e-8
#: A step shrinks a variance at most to this share, until it is below the second number.
SHRINK, SMALL = 0.05, 1e-4
#: The search ends when the next step promises to lower the criterion by less than this.
TOLERANCE = 1e-6
MAX_STEPS = 100
MAX_DAMPING = 1e9
#: A residual below this share of the largest variance counts as nothing.
NOTHING = 1e-9

_NO_RESIDUAL = (
    "The effects explain every value, so that no residual is left. Leave out the finest effect, "
    "or score some pieces twice."
)


class Variances(NamedTuple):
    """Where the search ended.

    Attributes:
        fact: the equations there, with variances at their bound set to 0 exactly.
        at_zero: for each term, whether one of its variances is at its bound.
        steps: number of steps taken.
        reason: why the end is to be read with care; "" where nothing is to be said.
    """

    fact: Factorised
    at_zero: tuple[bool, ...]
    steps: int
    reason: str


class _Parameter(NamedTuple):
    """The a-th variance of the k-th term, or entry (a, b) of its Λ where effects correlate."""

    k: int
    a: int
    b: int
    variance: bool


def maximise(cross: Crossproducts) -> Variances:
    """Find the relative covariances that maximise the restricted likelihood.

    Raises:
        UsageError: the effects explain every value, so that no residual is left.
    """
    parameters = [
        _Parameter(k, a, b, not _by_root(term))
        for k, term in enumerate(cross.terms)
        for a in range(term.width)
        for b in (range(a + 1) if term.correlated else (a,))
    ]
    bounded = np.array([p.variance for p in parameters])
    x = _start(cross, parameters)
    begun = _at(cross, parameters, x)
    if begun is None:
        raise UsageError(_NO_RESIDUAL)
    fact, steps, damping = begun, 0, 0.0
    reason = f"the search did not end within {MAX_STEPS} steps"
    while steps < MAX_STEPS:
        steps += 1
        if max(float(np.diag(f @ f.T).max()) for f in fact.factors) > 1.0 / NOTHING:
            raise UsageError(_NO_RESIDUAL)
        gradient, curvature = _derivatives(fact, parameters, x)
        free = ~(bounded & (x <= FLOOR) & (gradient >= 0.0))
        promise, x, fact, damping = _search(fact, parameters, x, gradient, curvature, free, damping)
        if promise < TOLERANCE:
            reason = ""
            break
        if damping > MAX_DAMPING:
            reason = "" if promise < 1e-4 else "the search stopped before its end"
            break
    ended = _at(cross, parameters, np.where(bounded & (x <= FLOOR), 0.0, x), floor=0.0)
    last = ended or fact
    at_zero = tuple(bool(np.linalg.eigvalsh(f @ f.T)[0] < 10.0 * FLOOR) for f in last.factors)
    return Variances(last, at_zero, steps, reason)


def _by_root(term: Term) -> bool:
    """Whether a term is searched by its Λ."""
    return term.correlated and term.width > 1


def _start(cross: Crossproducts, parameters: Sequence[_Parameter]) -> FloatArray:
    """Relative variances by the method of moments, from the cross-products alone.

    Henderson's first method (1953, Biometrics 9:226), kept between a thousandth and a
    thousandfold of the residual. Where there are slopes everything starts at 1, uncorrelated.
    """
    n, y = cross.n, len(cross.D) - 1
    if any(t.width > 1 for t in cross.terms):
        return np.array([1.0 if p.a == p.b else 0.0 for p in parameters])
    squares = cross.N.power(2), cross.R.power(2), cross.D**2
    own = cross.N.diagonal(), np.diagonal(cross.D)
    sums = cross.R[:, [y]].toarray()[:, 0], cross.D[:, y]
    size = len(cross.terms)
    expected = np.empty((size + 1, size + 1))
    found = np.empty(size + 1)
    for k, (place, inside) in enumerate(zip(cross.places, cross.local, strict=True)):
        at, side = place[:, 0], 0 if inside else 1
        weights = [np.zeros(cross.n_local), np.zeros(y + 1)]
        weights[side][at] = 1.0 / own[side][at]
        spread = (
            squares[0] @ weights[0] + squares[1] @ weights[1],
            squares[1].T @ weights[0] + squares[2] @ weights[1],
        )
        for j, (other, within) in enumerate(zip(cross.places, cross.local, strict=True)):
            level = other[:, 0]
            constant = (own[0 if within else 1][level] ** 2).sum() / n
            expected[k, j] = spread[0 if within else 1][level].sum() - constant
            expected[size, j] = n - constant
        expected[k, size] = len(at) - 1.0
        found[k] = (sums[side][at] ** 2 * weights[side][at]).sum()
    expected[size, size] = n - 1.0
    found[size] = cross.D[y, y]
    variances = np.linalg.lstsq(expected, found, rcond=None)[0]
    residual = max(float(variances[-1]), 0.05 * float(found[size]) / n)
    return np.clip(variances[:-1] / residual, 1e-3, 1e3)


def _search(
    fact: Factorised,
    parameters: Sequence[_Parameter],
    x: FloatArray,
    gradient: FloatArray,
    curvature: FloatArray,
    free: NDArray[np.bool_],
    damping: float,
) -> tuple[float, FloatArray, Factorised, float]:
    """One step: as long as the curvature says, shortened until the criterion falls.

    Returns:
        The fall that the undamped step promises, the new point, its equations, the damping.
    """
    bounded = np.array([p.variance for p in parameters])
    inner = np.diag(curvature)[free]
    scale = np.sqrt(np.where(inner > 0.0, inner, 1.0))
    g = gradient[free] / scale
    H = curvature[np.ix_(free, free)] / np.outer(scale, scale)
    promise = 0.5 * float(g @ np.linalg.lstsq(H, g, rcond=1e-10)[0])
    while damping <= MAX_DAMPING:
        step = np.zeros(len(x))
        step[free] = -np.linalg.lstsq(H + damping * np.eye(len(g)), g, rcond=1e-10)[0] / scale
        least = np.where(x > SMALL, SHRINK * x, FLOOR)
        trial = np.where(bounded, np.maximum(x + step, least), x + step)
        tried = _at(fact.cross, parameters, trial)
        noise = 1e-13 * abs(fact.criterion)
        if tried is not None and tried.criterion <= fact.criterion + noise:
            if promise > TOLERANCE and fact.criterion - tried.criterion > 1.5 * promise:
                trial, tried = _lengthened(x, step, least, bounded, trial, tried, parameters)
            return promise, trial, tried, damping / 10.0 if damping > 1e-3 else 0.0
        damping = max(10.0 * damping, 0.1)
    return promise, x, fact, damping


def _lengthened(
    x: FloatArray,
    step: FloatArray,
    least: FloatArray,
    bounded: NDArray[np.bool_],
    trial: FloatArray,
    tried: Factorised,
    parameters: Sequence[_Parameter],
) -> tuple[FloatArray, Factorised]:
    """Double a step that fell further than promised, as long as it keeps falling."""
    for _ in range(10):
        step = 2.0 * step
        longer = np.where(bounded, np.maximum(x + step, least), x + step)
        further = _at(tried.cross, parameters, longer)
        if further is None or further.criterion >= tried.criterion:
            break
        trial, tried = longer, further
    return trial, tried


def _derivatives(
    fact: Factorised, parameters: Sequence[_Parameter], x: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient of the profiled criterion, and its curvature by average information."""
    solution = solve(fact)
    sums = [s.T @ s / fact.residual for s in solution.scores]
    slopes = [t - s for t, s in zip(traces(fact), sums, strict=True)]
    directions = _directions(fact.cross, parameters, x)
    gradient = np.array([float((slopes[k] * M).sum()) for k, M in directions])
    # The residual variance is profiled out: Schur complement of its row and column.
    edge = np.array([float((sums[k] * M).sum()) for k, M in directions])
    raw = quadratic(fact, solution, directions) / fact.residual
    curvature = raw - np.outer(edge, edge) / (fact.cross.n - fact.cross.p)
    # Where the effects explain all, nothing remains; a trace of it keeps the step downhill.
    curvature += 1e-8 * np.diag(np.diag(raw))
    # Λ enters G squared: what its own curvature adds, as far as it is positive.
    bent = [_positive_part(s) for s in slopes]
    for i, p in enumerate(parameters):
        for j, q in enumerate(parameters):
            if not p.variance and p.k == q.k and p.b == q.b:
                curvature[i, j] += 2.0 * bent[p.k][p.a, q.a]
    return gradient, curvature


def _positive_part(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def _directions(
    cross: Crossproducts, parameters: Sequence[_Parameter], x: FloatArray
) -> list[Direction]:
    """How each term's covariance moves with each parameter."""
    roots = _unpack(cross, parameters, x)
    out: list[Direction] = []
    for k, a, b, variance in parameters:
        M = np.zeros_like(roots[k])
        if variance:
            M[a, a] = 0.5
        else:
            M[a] = roots[k][:, b]
        out.append((k, M + M.T))
    return out


def _at(
    cross: Crossproducts, parameters: Sequence[_Parameter], x: FloatArray, floor: float = FLOOR
) -> Factorised | None:
    """The equations at one point; correlated effects keep a variance of `floor` beside."""
    factors = []
    for term, root in zip(cross.terms, _unpack(cross, parameters, x), strict=True):
        if _by_root(term):
            factors.append(_triangle(root, floor))
        else:
            factors.append(root)
    return factorise(cross, factors)


def _triangle(root: FloatArray, floor: float) -> FloatArray:
    """Lower triangle Λ with Λ Λ' = root root' + floor I; no matter if singular."""
    wide = np.hstack([root, np.sqrt(floor) * np.eye(len(root))])
    upper = np.asarray(np.linalg.qr(wide.T, mode="r"))
    return upper.T


def _unpack(
    cross: Crossproducts, parameters: Sequence[_Parameter], x: FloatArray
) -> list[FloatArray]:
    """Each term's Λ."""
    roots = [np.zeros((t.width, t.width)) for t in cross.terms]
    for (k, a, b, variance), value in zip(parameters, x, strict=True):
        roots[k][a, b] = np.sqrt(value) if variance else value
    return roots
