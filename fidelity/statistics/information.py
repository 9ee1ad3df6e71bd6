"""How much a fitted mixed model says about its variances."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from fidelity.statistics.crossproducts import Crossproducts, FloatArray
from fidelity.statistics.mixed_equations import Factorised, Solution, half_solve, inverse_sums

#: The expected information needs every pair of levels: up to this many it is computed.
MAX_EXPECTED = 1_500

#: A term's index and a symmetric m x m matrix: the direction in which its covariance moves.
Direction = tuple[int, FloatArray]


def traces(fact: Factorised) -> list[FloatArray]:
    """For each term the (m, m) sum over levels of the diagonal blocks of `Z' P Z`.

    No Λ may be singular.
    """
    out = []
    for term, factor, total in zip(fact.cross.terms, fact.factors, inverse_sums(fact), strict=True):
        inverse = np.linalg.inv(factor)
        inner = term.levels * np.eye(term.width) - total
        out.append(inverse.T @ inner @ inverse)
    return out


def quadratic(
    fact: Factorised, solution: Solution, directions: Sequence[Direction], residual: bool = False
) -> FloatArray:
    """`w_i' P w_j` with w = Z (I x M) Z' P y for each direction M, and w = P y last if asked."""
    cross = fact.cross
    local = np.zeros((cross.n_local, len(directions)))
    dense = np.zeros((len(cross.D), len(directions)))
    for j, (k, M) in enumerate(directions):
        (local if cross.local[k] else dense)[cross.places[k], j] = solution.scores[k] @ M
    right_local, right_dense = cross.multiply(local, dense)
    product = local.T @ right_local + dense.T @ right_dense
    if residual:
        with_residual = local.T @ solution.local + dense.T @ solution.dense
        product = np.block(
            [
                [product, with_residual[:, None]],
                [with_residual[None, :], np.array([[solution.error]])],
            ]
        )
        right_local = np.column_stack([right_local, solution.local])
        right_dense = np.column_stack([right_dense, solution.dense])
    h = half_solve(fact, right_local, right_dense)
    return np.asarray(product - h.T @ h)


def average_information(
    fact: Factorised, solution: Solution, directions: Sequence[Direction]
) -> FloatArray:
    """Mean of observed and expected information; the residual variance comes last.

    Source: Gilmour, Thompson & Cullis 1995, Biometrics 51:1440.
    """
    return quadratic(fact, solution, directions, residual=True) / (2.0 * fact.residual**3)


def expected_information(fact: Factorised) -> FloatArray:
    """Expected (Fisher) information of intercept terms; the residual variance comes last.

    `I_kl = tr(P Z_k Z_k' P Z_l Z_l') / 2`, with the residual's rows from `P H P = P`.

    Source: Searle, Casella & McCulloch 1992, Variance Components, chapter 6.
    """
    cross = fact.cross
    B = _levels_by_levels(fact)
    bounds = np.cumsum([0] + [t.levels for t in cross.terms]).tolist()
    spans = [slice(a, b) for a, b in itertools.pairwise(bounds)]
    ratios = np.array([f[0, 0] ** 2 for f in fact.factors])
    squares = np.array([[float((B[a, b] ** 2).sum()) for b in spans] for a in spans])
    single = np.array([float(np.trace(B[a, a])) for a in spans])
    with_residual = single - squares @ ratios
    both = cross.n - cross.p - float(ratios @ single) - float(ratios @ with_residual)
    full = np.block(
        [[squares, with_residual[:, None]], [with_residual[None, :], np.array([[both]])]]
    )
    return np.asarray(full / (2.0 * fact.residual**2))


def _levels_by_levels(fact: Factorised) -> FloatArray:
    """(q, q) `Z' P Z` over all levels of all terms, in the order of the terms."""
    cross = fact.cross
    total = sum(t.levels for t in cross.terms)
    local = np.zeros((cross.n_local, total))
    dense = np.zeros((len(cross.D), total))
    column = 0
    for inside, place, term in zip(cross.local, cross.places, cross.terms, strict=True):
        at = np.arange(column, column + term.levels)
        (local if inside else dense)[place[:, 0], at] = 1.0
        column += term.levels
    right_local, right_dense = cross.multiply(local, dense)
    h = half_solve(fact, right_local, right_dense)
    return np.asarray(local.T @ right_local + dense.T @ right_dense - h.T @ h)


def unit_directions(cross: Crossproducts) -> list[Direction]:
    """One direction a variance or covariance, row by row of each term's lower triangle."""
    out: list[Direction] = []
    for k, term in enumerate(cross.terms):
        for a in range(term.width):
            for b in range(a + 1) if term.correlated else (a,):
                M = np.zeros((term.width, term.width))
                M[a, b] = M[b, a] = 1.0
                out.append((k, M))
    return out
