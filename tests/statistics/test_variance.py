"""Variance components: one answer by every route, and what is said when there is little."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fidelity.errors import UsageError
from fidelity.statistics.variance import (
    Method,
    VarianceComponents,
    d_study,
    variance_components,
)

Factors = dict[str, NDArray[np.int64]]


def draw(
    seed: int,
    sizes: dict[str, int],
    truth: dict[str, float],
    missing: float = 0.0,
) -> tuple[Factors, NDArray[np.float64]]:
    """Normal scores with planted variances."""
    rng = np.random.default_rng(seed)
    grid = np.meshgrid(*[np.arange(n) for n in sizes.values()], indexing="ij")
    factors = {f: g.ravel() for f, g in zip(sizes, grid, strict=True)}
    y = np.full(grid[0].size, 3.0)
    for effect, variance in truth.items():
        inside = np.stack([c for f, c in factors.items() if f in effect])
        code = np.unique(inside, axis=1, return_inverse=True)[1].ravel()
        y = y + rng.normal(0.0, math.sqrt(variance), int(code.max()) + 1)[code]
    kept = rng.random(len(y)) >= missing
    return {f: c[kept] for f, c in factors.items()}, y[kept]


CROSSED = {"p": 40, "r": 4, "i": 6}, {"p": 1, "r": 0.2, "i": 0.3, "pr": 0.2, "pi": 0.2, "pri": 1}


def test_balanced_scores_give_the_same_by_mean_squares_and_by_reml() -> None:
    factors, y = draw(1, *CROSSED)
    auto = variance_components(factors, y, design="p x r x i")
    reml = variance_components(factors, y, design="p x r x i", method="reml")
    assert (auto.method, reml.method) == ("mean squares", "reml")
    assert (auto.values > 0).all()
    assert reml.values == pytest.approx(auto.values, rel=1e-5)
    assert reml.mean.lower == pytest.approx(auto.mean.lower, rel=1e-5)
    for name, estimate in auto.components.items():
        assert reml.components[name].upper == pytest.approx(estimate.upper, rel=1e-4)


def test_incomplete_scores_go_to_reml_and_find_the_planted_variances() -> None:
    factors, y = draw(3, *CROSSED, missing=0.3)
    found = variance_components(factors, y, design="p x r x i")
    assert found.method == "reml"
    assert math.isfinite(found.criterion)
    for name, true in CROSSED[1].items():
        estimate = found.components[name]
        assert estimate.lower <= true <= estimate.upper
        assert estimate.lower <= estimate.value <= estimate.upper
    assert found.components["r"].n == 4
    assert found.n == len(y)


def test_pieces_within_practitioners() -> None:
    sizes = {"p": 30, "a": 4, "r": 3}
    truth = {"p": 0.5, "r": 0.1, "ap": 0.5, "pr": 0.1, "apr": 0.5}
    factors, y = draw(4, sizes, truth, missing=0.2)
    found = variance_components(factors, y, design="(a:p) x r")
    assert list(found.components) == ["p", "r", "a:p", "pr", "(a:p)r"]
    few, many = d_study(found, {"a": [2, 8], "r": 1}, measured="p").rows
    assert many.dependability.value > few.dependability.value
    assert few.dependability.n == 30


def test_a_negative_component_stands_as_it_comes_and_counts_as_none() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(0, 1, (20, 1)) + rng.normal(0, 1, (20, 4))
    table -= table.mean(axis=0)
    p, r = (g.ravel() for g in np.meshgrid(range(20), range(4), indexing="ij"))
    found = variance_components({"p": p, "r": r}, table.ravel(), design="p x r")
    assert found.components["r"].value == pytest.approx(-found.components["pr"].value / 20)
    assert "negative" in found.components["r"].reason
    assert "Negative estimate for r" in found.notes[0]
    row = d_study(found, {"r": 4}).rows[0]
    assert row.dependability.value == row.generalizability.value
    assert row.dependability.reason == "negative components counted as 0"

    fitted = variance_components({"p": p, "r": r}, table.ravel(), design="p x r", method="reml")
    assert fitted.components["r"].value == 0.0
    assert fitted.components["r"].upper > 0.0
    assert "Estimated as 0, its lowest possible value: r." in fitted.notes


def test_missing_rows_are_counted_and_groups_that_never_meet_are_said() -> None:
    factors, y = draw(2, {"p": 12, "r": 4}, {"p": 1, "r": 0.2, "pr": 0.5})
    apart = (factors["p"] < 6) == (factors["r"] < 2)
    y[~apart] = np.nan
    found = variance_components(factors, y, design="p x r")
    assert found.n_missing == int((~apart).sum())
    assert "p and r fall into 2 groups that never meet" in " ".join(found.notes)
    whole = variance_components(*draw(2, CROSSED[0], CROSSED[1], 0.2), design="p x r x i")
    assert not any("never meet" in note for note in whole.notes)


def test_order_of_rows_and_names_of_levels_change_nothing() -> None:
    factors, y = draw(6, {"p": 15, "r": 3}, {"p": 1, "r": 0.2, "pr": 0.5}, missing=0.2)
    first = variance_components(factors, y, design="p x r")
    rows = np.random.default_rng(1).permutation(len(y))
    other = {
        "r": np.array(["Ann", "Zoe", "Bea"])[factors["r"]][rows],
        "p": 100 - factors["p"][rows],
    }
    again = variance_components(other, y[rows], design="p x r")
    assert again.values == pytest.approx(first.values, rel=1e-6)
    assert again.components["p"].upper == pytest.approx(first.components["p"].upper, rel=1e-6)


def test_adding_a_constant_moves_the_mean_only() -> None:
    factors, y = draw(7, {"p": 15, "r": 3}, {"p": 1, "r": 0.2, "pr": 0.5}, missing=0.2)
    first = variance_components(factors, y, design="p x r")
    moved = variance_components(factors, y + 1000, design="p x r")
    assert moved.values == pytest.approx(first.values, rel=1e-6)
    assert moved.mean.value == pytest.approx(first.mean.value + 1000)


def test_too_little_for_an_interval_is_nan_with_a_reason() -> None:
    table = np.array([[1.0, 2.0], [2.0, 3.0], [5.0, 6.0]])  # nothing left over
    p, r = (g.ravel() for g in np.meshgrid(range(3), range(2), indexing="ij"))
    found = variance_components({"p": p, "r": r}, table.ravel(), design="p x r")
    assert found.components["p"].bounded
    row = d_study(found, {"r": 2}).rows[0]
    assert row.generalizability.value == 1.0
    for estimate in (found.components["pr"], row.generalizability, row.relative_error):
        assert estimate.known
        assert not estimate.bounded
        assert "no interval" in estimate.reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"confidence": 95.0}, "between 0 and 1"),
        ({"method": "mean squares"}, "method='reml'"),
        ({"design": "p x"}, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_refused(change: dict[str, object], words: str) -> None:
    factors, y = draw(8, {"p": 15, "r": 3}, {"p": 1, "r": 0.2, "pr": 0.5}, missing=0.2)
    asked = {"design": "p x r"} | change
    with pytest.raises(UsageError, match=words):
        variance_components(factors, y, **asked)  # type: ignore[arg-type]


def test_the_result_names_its_method_and_its_n() -> None:
    found: VarianceComponents = variance_components(*draw(1, *CROSSED), design="p x r x i")
    assert "expected mean squares" in found.components["p"].method
    assert "Ting" in found.components["p"].method
    assert found.levels == {"p": 40, "r": 4, "i": 6, "pr": 160, "pi": 240, "ri": 24, "pri": 960}
    assert found.sizes == {"p": 40, "r": 4, "i": 6}
    assert found.mean.n == 960


DESIGNS = ["p x r", "p x (r:t)", "(a:p) x r", "p x r x i", "r:p", "i:(p x h)"]


@settings(max_examples=60)
@given(st.sampled_from(DESIGNS), st.integers(0, 10**6))
def test_whatever_small_scores_say_is_ordered_or_has_a_reason(design: str, seed: int) -> None:
    """A few scores of 1 to 4 with many gaps: a message or estimates, never a warning."""
    rng = np.random.default_rng(seed)
    facets = sorted(set(design) & set("praith"))
    grid = np.stack(np.meshgrid(*[range(int(rng.integers(2, 6))) for _ in facets], indexing="ij"))
    rows = grid.reshape(len(facets), -1).T
    rows = rows[rng.permutation(len(rows))[: int(rng.integers(4, 50))]]
    factors = dict(zip(facets, rows.T, strict=True))
    scores = rng.integers(1, 5, len(rows))
    method: Method = rng.choice(["auto", "reml", "henderson"])
    try:
        found = variance_components(factors, scores, design=design, method=method)
    except UsageError:
        return
    row = d_study(found, measured="p", cuts=[2.5]).rows[0]
    estimates = [*found.components.values(), found.mean, row.generalizability, row.dependability]
    estimates += [row.universe, row.relative_error, row.absolute_error]
    for estimate in [*estimates, row.consistency, row.accuracy, row.kappa]:
        assert estimate is not None
        if estimate.bounded:
            assert estimate.lower - 1e-9 <= estimate.value <= estimate.upper + 1e-9
        else:
            assert estimate.reason
