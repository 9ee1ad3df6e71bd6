"""Information matrices against their definitions with n x n matrices."""

import numpy as np
import pytest

from fidelity.statistics.crossproducts import Crossproducts, Term, crossproducts
from fidelity.statistics.information import (
    average_information,
    expected_information,
    quadratic,
    traces,
    unit_directions,
)
from fidelity.statistics.mixed_equations import Factorised, factorise, solve
from tests.statistics.dense_mixed_model import FloatArray, covariance, incidence, projection

RNG = np.random.default_rng(4)
N = 60
FACTORS = {"p": RNG.integers(0, 12, N), "r": RNG.integers(0, 4, N)}
FACTORS["pr"] = np.unique(FACTORS["p"] * 4 + FACTORS["r"], return_inverse=True)[1]
X = np.column_stack([np.ones(N), RNG.normal(size=N)])
Y = RNG.normal(size=N) + RNG.normal(0, 1, 12)[FACTORS["p"]]
BASIS = np.linalg.qr(X)[0]
VARIANCES = {"p": 0.7, "r": 0.3, "pr": 0.2}


def equations(widths: int = 1) -> tuple[Crossproducts, Factorised]:
    columns = np.column_stack([np.ones(N), X[:, 1]])[:, :widths]
    terms = [Term(name, codes, int(codes.max()) + 1, columns) for name, codes in FACTORS.items()]
    cross = crossproducts(terms, BASIS, Y)
    factors = []
    for variance in VARIANCES.values():
        root = np.sqrt(variance) * np.eye(widths)
        root[-1, 0] += 0.2 * (widths - 1)
        factors.append(root)
    found = factorise(cross, factors)
    assert found is not None
    return cross, found


def matrices(fact: Factorised) -> tuple[list[FloatArray], FloatArray]:
    """Z of each term, and P of the relative covariance H."""
    Z = [incidence(term.codes, term.columns) for term in fact.cross.terms]
    H = covariance(N, Z, [f @ f.T for f in fact.factors], 1.0)
    return Z, projection(H, X)


def test_expected_information() -> None:
    _, fact = equations()
    Z, P = matrices(fact)
    V = [z @ z.T for z in Z] + [np.eye(N)]
    whole = [[np.trace(P @ a @ P @ b) / 2 / fact.residual**2 for b in V] for a in V]
    assert expected_information(fact) == pytest.approx(np.array(whole), rel=1e-9)


@pytest.mark.parametrize("widths", [1, 2])
def test_average_information(widths: int) -> None:
    cross, fact = equations(widths)
    Z, P = matrices(fact)
    directions = unit_directions(cross)
    moves = [Z[k] @ np.kron(np.eye(cross.terms[k].levels), M) @ Z[k].T for k, M in directions]
    moves.append(np.eye(N))
    Py = P @ Y
    whole = [[Py @ a @ P @ b @ Py / 2 / fact.residual**3 for b in moves] for a in moves]
    found = average_information(fact, solve(fact), directions)
    assert found == pytest.approx(np.array(whole), rel=1e-8)
    assert quadratic(fact, solve(fact), directions) == pytest.approx(
        found[:-1, :-1] * 2 * fact.residual**3
    )


@pytest.mark.parametrize("widths", [1, 2])
def test_traces(widths: int) -> None:
    cross, fact = equations(widths)
    Z, P = matrices(fact)
    for term, z, found in zip(cross.terms, Z, traces(fact), strict=True):
        B = (z.T @ P @ z).reshape(term.levels, widths, term.levels, widths)
        assert found == pytest.approx(np.einsum("jajb->ab", B), rel=1e-8)


def test_where_most_lies_inside_one_factor_it_is_eliminated_in_blocks() -> None:
    cross, _ = equations()
    assert dict(zip(FACTORS, cross.local, strict=True)) == {"p": True, "r": False, "pr": True}
    assert len(cross.D) == 4 + 2 + 1
    assert {b.size & (b.size - 1) for b in cross.buckets} == {0}
