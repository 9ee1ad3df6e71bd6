"""Crossed REML against n x n matrices, and what must not change its answer."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from fidelity.errors import UsageError
from fidelity.statistics.reml import CrossedREML, crossed_reml
from tests.statistics.dense_mixed_model import covariance, criterion, incidence, projection

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def study(seed: int, n: int = 90) -> tuple[FloatArray, dict[str, IntArray], FloatArray]:
    """Sparse and uneven: pieces, raters (a few do most), pieces within raters, a covariate."""
    rng = np.random.default_rng(seed)
    piece = np.unique(rng.integers(0, 25, n), return_inverse=True)[1]
    rater = np.unique(rng.choice(6, n, p=rng.dirichlet(np.ones(6))), return_inverse=True)[1]
    both = np.unique(piece * 6 + rater, return_inverse=True)[1]
    x = rng.normal(2.0, 3.0, n)
    y = 3.0 + 0.2 * x + rng.normal(0, 1, 25)[piece] + rng.normal(0, 0.7, 6)[rater]
    y += rng.normal(0, 0.5, both.max() + 1)[both] + rng.normal(0, 1, n)
    return y, {"piece": piece, "rater": rater, "both": both}, np.column_stack([np.ones(n), x])


def as_dense(
    found: CrossedREML, factors: dict[str, IntArray], slope: FloatArray | None = None
) -> FloatArray:
    """V at the fitted variances."""
    Z, G = [], []
    for name, codes in factors.items():
        G.append(found.variances[name])
        wide = len(G[-1]) == 2 and slope is not None
        Z.append(incidence(codes, np.column_stack([np.ones(len(codes)), slope]) if wide else None))
    return covariance(found.n, Z, G, found.residual)


@pytest.mark.parametrize("seed", range(6))
def test_the_criterion_is_that_of_the_n_by_n_matrices_and_their_minimum(seed: int) -> None:
    y, factors, X = study(seed)
    found = crossed_reml(y, factors, X)
    assert found.criterion == pytest.approx(criterion(y, X, as_dense(found, factors)), abs=1e-8)

    Z = [incidence(codes) for codes in factors.values()]

    def at(logs: FloatArray) -> float:
        *G, residual = [np.array([[math.exp(v)]]) for v in logs]
        return criterion(y, X, covariance(len(y), Z, G, residual.item()))

    start = [math.log(max(v.item(), 1e-3)) for v in found.variances.values()]
    other = minimize(at, [*start, 0.0], method="L-BFGS-B", bounds=[(-16, 5)] * 4)
    assert found.criterion <= other.fun + 1e-5


@pytest.mark.parametrize("correlated", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_slopes_that_vary_over_a_crossed_factor(seed: int, correlated: bool) -> None:
    y, factors, X = study(seed)
    del factors["both"]
    time = X[:, 1]
    y = y + 0.3 * np.random.default_rng(seed).normal(0, 1, 25)[factors["piece"]] * time
    slopes = {"piece": time, "rater": time}
    found = crossed_reml(y, factors, X, slopes=slopes, correlated=correlated)
    assert found.reason == ""
    V = as_dense(found, factors, time)
    assert found.criterion == pytest.approx(criterion(y, X, V), abs=1e-8)
    Z = [incidence(codes, X) for codes in factors.values()]

    def at(x: FloatArray) -> float:
        roots = [np.array([[x[i], 0.0], [x[i + 1], x[i + 2]]]) for i in (0, 3)]
        if not correlated:
            roots = [np.diag(np.diag(r)) for r in roots]
        V = covariance(len(y), Z, [r @ r.T for r in roots], math.exp(x[6]))
        return criterion(y, X, V)

    other = minimize(at, [1, 0.1, 0.3, 0.5, 0.1, 0.1, 0.0], method="L-BFGS-B")
    assert found.criterion <= other.fun + 1e-4


def test_fixed_effects_and_predictions_are_those_of_generalised_least_squares() -> None:
    y, factors, X = study(11)
    found = crossed_reml(y, factors, X)
    V = as_dense(found, factors)
    W = np.linalg.inv(V)
    spread = np.linalg.inv(X.T @ W @ X)
    assert found.coefficients == pytest.approx(spread @ X.T @ W @ y, abs=1e-9)
    assert found.coefficient_covariance == pytest.approx(spread, abs=1e-9)
    P = projection(V, X)
    for name, codes in factors.items():
        Z, variance = incidence(codes), found.variances[name].item()
        assert found.effects[name][:, 0] == pytest.approx(variance * Z.T @ P @ y, abs=1e-9)
        left = variance - variance**2 * np.diag(Z.T @ P @ Z)
        assert found.effects_se[name][:, 0] == pytest.approx(np.sqrt(left), abs=1e-7)


def test_order_of_rows_and_factors_and_names_of_levels_change_nothing() -> None:
    y, factors, X = study(3)
    first = crossed_reml(y, factors, X)
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(y))
    labels = np.array(["unit " + str(k) for k in rng.permutation(100)])
    other = {name: labels[codes][rows] for name, codes in reversed(factors.items())}
    again = crossed_reml(y[rows], other, X[rows])
    assert again.criterion == pytest.approx(first.criterion, abs=1e-8)
    for name in factors:
        assert again.variances[name] == pytest.approx(first.variances[name], rel=1e-5)


def test_what_fixed_effects_explain_is_without_influence() -> None:
    y, factors, X = study(5)
    first = crossed_reml(y, factors, X)
    added = np.array([1000.0, -5.0])
    moved = crossed_reml(y + X @ added, factors, X)
    assert moved.criterion == pytest.approx(first.criterion, abs=1e-6)
    assert moved.coefficients == pytest.approx(first.coefficients + added, abs=1e-6)
    scaled = crossed_reml(10.0 * y, factors, X)
    assert scaled.variances["piece"] == pytest.approx(100.0 * first.variances["piece"], rel=1e-6)


def test_a_variance_that_is_not_there_ends_at_zero_exactly() -> None:
    rng = np.random.default_rng(2)
    table = rng.normal(0, 1, (20, 1)) + rng.normal(0, 1, (20, 4))
    y = (table - table.mean(axis=0)).ravel()  # raters differ less than chance would have it
    piece, rater = (g.ravel() for g in np.meshgrid(range(20), range(4), indexing="ij"))
    found = crossed_reml(y, {"piece": piece, "rater": rater})
    assert found.at_zero == ("rater",)
    assert found.variances["rater"].item() == 0.0
    assert found.criterion == pytest.approx(crossed_reml(y, {"piece": piece}).criterion, abs=1e-6)
    assert np.isfinite(found.covariance()).all()
    assert found.effects["rater"].tolist() == [[0.0]] * 4


def test_one_very_busy_piece_among_many_does_not_break_the_blocks() -> None:
    rng = np.random.default_rng(1)
    piece = np.concatenate([np.zeros(300, int), rng.integers(1, 40, 200)])
    inner = np.unique(piece * 50 + rng.integers(0, 50, 500), return_inverse=True)[1]
    rater = rng.integers(0, 5, 500)
    y = rng.normal(0, 1, 40)[piece] + rng.normal(0, 1, inner.max() + 1)[inner]
    y = y + rng.normal(0, 0.5, 5)[rater] + rng.normal(0, 1, 500)
    factors = {"piece": piece, "rater": rater, "inner": inner}
    found = crossed_reml(y, factors)
    dense = criterion(y, np.ones((500, 1)), as_dense(found, factors))
    assert found.criterion == pytest.approx(dense, abs=1e-7)


def test_planted_variances_come_back_from_many_ratings() -> None:
    rng = np.random.default_rng(7)
    n = 40_000
    factors = {"p": rng.integers(0, 2000, n), "r": rng.integers(0, 200, n)}
    y = 3 + rng.normal(0, 0.6, 2000)[factors["p"]] + rng.normal(0, 0.3, 200)[factors["r"]]
    found = crossed_reml(y + rng.normal(0, 1, n), factors)
    se = dict(zip(("p", "r", "residual"), np.sqrt(np.diag(found.covariance())), strict=True))
    assert found.variances["p"].item() == pytest.approx(0.36, abs=4 * se["p"])
    assert found.variances["r"].item() == pytest.approx(0.09, abs=4 * se["r"])
    assert found.residual == pytest.approx(1.0, abs=4 * se["residual"])
    assert se["p"] < 0.02


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": [1.0, math.nan, 2.0, 3.0, 4.0, 5.0]}, "1 values of y"),
        ({"y": np.ones(6)}, "All values are the same"),
        ({"y": np.ones((6, 2))}, "one value a row"),
        ({"X": np.ones((6, 2))}, "not linearly independent"),
        ({"X": np.ones((5, 1))}, r"allowed: \(6, p\)"),
        ({"factors": {"a": [0, 0, 1, 1, 2]}}, "one level a row"),
        ({"factors": {"a": [0] * 6}}, "too few"),
        ({"factors": {"a": range(6)}}, "too many"),
        ({"factors": {"a": [0, 0, 1, 1, math.nan, 1]}}, "missing in 1 rows"),
        ({"factors": {}}, "which is not among"),
        ({"slopes": {"b": range(6)}}, r"\['b'\]"),
        ({"slopes": {"a": np.zeros(6)}}, "0 in every row"),
        ({"y": [1.0, 1.0, 2.0, 2.0, 4.0, 4.0]}, "no residual is left"),
    ],
)
def test_what_cannot_be_fitted_is_refused(change: dict[str, object], words: str) -> None:
    asked = {"y": [1.0, 3, 2, 4, 4, 6], "factors": {"a": [0, 0, 1, 1, 2, 2]}} | change
    with pytest.raises(UsageError, match=words):
        crossed_reml(**asked)  # type: ignore[arg-type]


def test_too_many_crossed_levels_are_refused_and_named() -> None:
    a, b = np.divmod(np.arange(60_000), 2)
    with pytest.raises(UsageError, match=r"30,000 levels.*allowed: 12,000"):
        crossed_reml(np.arange(60_000.0), {"a": a, "b": np.roll(a, 1) + 0 * b})
