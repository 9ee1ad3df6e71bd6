"""Decision studies: sizes, designs, fixed facets, cost, and the exact case."""

import math

import numpy as np
import pytest
from scipy import stats

from fidelity.errors import UsageError
from fidelity.statistics.decision import DStudy
from fidelity.statistics.variance import VarianceComponents, d_study, variance_components

P, R, ITEM = (g.ravel() for g in np.meshgrid(range(25), range(3), range(4), indexing="ij"))
RNG = np.random.default_rng(3)
Y = (
    RNG.normal(3, 1, 25)[P]
    + RNG.normal(0, 0.5, 3)[R]
    + RNG.normal(0, 0.6, 4)[ITEM]
    + RNG.normal(0, 0.4, 75)[P * 3 + R]
    + RNG.normal(0, 0.4, 100)[P * 4 + ITEM]
    + RNG.normal(0, 0.8, 300)
)


@pytest.fixture(scope="module")
def study() -> VarianceComponents:
    return variance_components({"p": P, "r": R, "i": ITEM}, Y, design="p x r x i")


def values(study: VarianceComponents) -> dict[str, float]:
    return {name: max(e.value, 0.0) for name, e in study.components.items()}


def test_coefficients_by_hand(study: VarianceComponents) -> None:
    v = values(study)
    row = d_study(study, {"r": 2, "i": 5}).rows[0]
    relative = v["pr"] / 2 + v["pi"] / 5 + v["pri"] / 10
    absolute = relative + v["r"] / 2 + v["i"] / 5 + v["ri"] / 10
    assert row.universe.value == pytest.approx(v["p"])
    assert row.relative_error.value == pytest.approx(relative)
    assert row.absolute_error.value == pytest.approx(absolute)
    assert row.generalizability.value == pytest.approx(v["p"] / (v["p"] + relative))
    assert row.dependability.value == pytest.approx(v["p"] / (v["p"] + absolute))
    assert row.generalizability.n == 25


def test_fixed_items_belong_to_what_is_measured(study: VarianceComponents) -> None:
    """Brennan 2001, chapter 4: the items of a rubric are all there are."""
    v = values(study)
    row = d_study(study, {"r": 2}, fixed=["i"]).rows[0]
    universe = v["p"] + v["pi"] / 4
    relative = v["pr"] / 2 + v["pri"] / 8
    assert row.universe.value == pytest.approx(universe)
    assert row.generalizability.value == pytest.approx(universe / (universe + relative))
    absolute = relative + v["r"] / 2 + v["ri"] / 8
    assert row.absolute_error.value == pytest.approx(absolute)


def test_raters_of_its_own_for_each_piece_add_strictness_to_relative_error(
    study: VarianceComponents,
) -> None:
    v = values(study)
    row = d_study(study, {"r": 2, "i": 4}, design="(r:p) x i").rows[0]
    own = (v["r"] + v["pr"]) / 2 + (v["ri"] + v["pri"]) / 8 + v["pi"] / 4
    assert row.relative_error.value == pytest.approx(own)
    assert row.absolute_error.value == pytest.approx(own + v["i"] / 4)


def test_with_every_facet_fixed_there_is_no_error_to_speak_of(study: VarianceComponents) -> None:
    row = d_study(study, fixed=["r", "i"]).rows[0]
    assert math.isnan(row.generalizability.value)
    assert row.generalizability.reason == "every facet is fixed: no error"


def test_the_interval_of_g_for_pieces_by_raters_is_feldts_exact_one() -> None:
    y = Y[ITEM == 0]
    found = variance_components({"p": P[ITEM == 0], "r": R[ITEM == 0]}, y, design="p x r")
    row = d_study(found, {"r": 3}).rows[0]
    assert found.mean_squares is not None
    p, _, pr = found.mean_squares.values
    exact = 1 - pr / p * stats.f.ppf([0.975, 0.025], 24, 48)
    assert (row.generalizability.lower, row.generalizability.upper) == pytest.approx(exact)
    assert row.generalizability.value == pytest.approx(1 - pr / p)


def test_the_grid_runs_over_all_sizes_and_more_of_anything_helps(
    study: VarianceComponents,
) -> None:
    rows = d_study(study, {"r": [1, 2, 4], "i": [2, 4]}).rows
    assert [tuple(row.sizes.values()) for row in rows] == [
        (1, 2), (1, 4), (2, 2), (2, 4), (4, 2), (4, 4),
    ]  # fmt: skip
    phi = np.array([row.dependability.value for row in rows]).reshape(3, 2)
    assert (np.diff(phi, axis=0) > 0).all()
    assert (np.diff(phi, axis=1) > 0).all()
    for row in rows:
        for estimate in (row.generalizability, row.dependability):
            assert 0.0 <= estimate.lower < estimate.value < estimate.upper <= 1.0


def test_sizes_left_out_stay_as_observed(study: VarianceComponents) -> None:
    assert dict(d_study(study).rows[0].sizes) == {"r": 3, "i": 4}


@pytest.fixture(scope="module")
def priced(study: VarianceComponents) -> DStudy:
    cost = {"r": 10.0, ("r", "i"): 1.5}
    return d_study(study, {"r": [1, 2, 3, 6], "i": [4, 12]}, cost=cost)


def test_cost_and_the_cheapest_that_is_enough(priced: DStudy) -> None:
    assert [row.cost for row in priced.rows[:2]] == [16.0, 28.0]
    chosen = priced.cheapest(0.7)
    assert chosen is not None
    assert chosen.dependability.value >= 0.7
    assert all(row.cost >= chosen.cost for row in priced.rows if row.dependability.value >= 0.7)
    assert priced.cheapest(0.999) is None
    surer = priced.cheapest(0.6, coefficient="generalizability", sure=True)
    assert surer is not None
    assert surer.generalizability.lower >= 0.6


def test_cost_may_be_a_function(study: VarianceComponents) -> None:
    row = d_study(study, {"r": 2}, cost=lambda sizes: 7.0 * sizes["r"]).rows[0]
    assert row.cost == 14.0


def test_cheapest_needs_prices_and_a_known_coefficient(
    study: VarianceComponents, priced: DStudy
) -> None:
    with pytest.raises(UsageError, match="prices"):
        d_study(study).cheapest(0.8)
    with pytest.raises(UsageError, match="allowed: 'dependability'"):
        priced.cheapest(0.8, coefficient="alpha")


def test_bands_with_limits(study: VarianceComponents) -> None:
    few, many = d_study(study, {"r": [1, 6]}, cuts=[2.5, 3.5]).rows
    for row in (few, many):
        for estimate in (row.consistency, row.accuracy, row.kappa):
            assert estimate is not None
            assert 0.0 <= estimate.lower <= estimate.value <= estimate.upper <= 1.0
    assert few.accuracy is not None
    assert few.consistency is not None
    assert many.consistency is not None
    assert many.consistency.value > few.consistency.value
    assert few.accuracy.value > few.consistency.value
    assert d_study(study).rows[0].consistency is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"sizes": {"q": 2}}, "q is no facet"),
        ({"sizes": {"p": 2}}, "p is what is measured"),
        ({"sizes": {"r": [0, 1]}}, "whole numbers from 1"),
        ({"sizes": {"r": 2.5}}, "whole numbers from 1"),
        ({"sizes": {"r": []}}, "whole numbers from 1"),
        ({"sizes": {"r": range(1, 200), "i": range(1, 200)}}, "39,601 rows"),
        ({"design": "p x r"}, "other facets"),
        ({"fixed": ["z"]}, "z is no facet"),
        ({"measured": "z"}, "z is no facet"),
        ({"cost": {"z": 1.0}}, "price is given for z"),
    ],
)
def test_what_cannot_be_asked_says_what_can(
    study: VarianceComponents, asked: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        d_study(study, **asked)  # type: ignore[arg-type]
