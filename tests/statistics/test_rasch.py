"""Many-facet Rasch: planted truth, other routes to the same numbers, anchors and extremes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fidelity.errors import UsageError
from fidelity.statistics.rasch import Method, RaschFit, many_facet_rasch

Facets = dict[str, npt.NDArray[Any]]
STEPS = (-1.2, -0.4, 0.4, 1.2)
METHODS: tuple[Method, ...] = ("marginal", "joint")


def draw(
    seed: int = 1,
    people: int = 60,
    raters: int = 6,
    items: int = 5,
    each: int = 2,
    steps: tuple[float, ...] = STEPS,
) -> tuple[Facets, npt.NDArray[np.int64], Mapping[str, npt.NDArray[np.float64]]]:
    """Ratings of the model with planted measures."""
    random = np.random.default_rng(seed)
    truth = {
        "person": random.normal(size=people),
        "rater": random.normal(scale=0.5, size=raters),
        "item": random.normal(scale=0.7, size=items),
    }
    person, place, item = (part.ravel() for part in np.indices((people, each, items)))
    rater = np.argsort(random.random((people, raters)), axis=1)[person, place]
    eta = truth["person"][person] - truth["rater"][rater] - truth["item"][item]
    chance = np.exp(eta[:, None] * np.arange(len(steps) + 1) - np.cumsum([0.0, *steps]))
    reached = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    level = (random.random((len(eta), 1)) > reached).sum(axis=1)
    return {"person": person, "rater": rater, "item": item}, level, truth


@pytest.fixture(scope="module")
def fits() -> dict[str, RaschFit]:
    facets, level, _ = draw()
    return {method: many_facet_rasch(facets, level, method=method) for method in METHODS}


# Another route to the same numbers.


def test_marginal_is_the_top_of_a_likelihood_integrated_on_other_nodes() -> None:
    facets, level, _ = draw(people=12, raters=3, items=2, steps=(-0.8, 0.8))

    def log_likelihood(x: npt.NDArray[np.float64]) -> float:
        rater = np.array([x[0], x[1], -x[0] - x[1]])[facets["rater"]]
        item = np.array([x[2], -x[2]])[facets["item"]]
        sums, mean, sd = np.array([0.0, x[3], 0.0]), x[4], abs(x[5])

        nodes, weights = np.polynomial.legendre.leggauss(200)
        theta = mean + 8 * sd * nodes
        area = 8 * sd * weights * np.exp(-0.5 * (8 * nodes) ** 2) / (sd * np.sqrt(2 * np.pi))
        total = 0.0
        for person in range(12):
            mine = np.flatnonzero(facets["person"] == person)
            power = (theta - rater[mine, None] - item[mine, None])[..., None] * np.arange(3) - sums
            log_chance = power - np.log(np.exp(power).sum(axis=2, keepdims=True))
            reached = np.take_along_axis(log_chance, level[mine][:, None, None], axis=2)
            total += np.log(area @ np.exp(reached.sum(axis=(0, 2))))
        return float(total)

    fit = many_facet_rasch(facets, level)
    x = _as_vector(fit)
    assert fit.log_likelihood == pytest.approx(log_likelihood(x), abs=1e-7)
    for direction in np.eye(6) * 1e-4:
        there, back = log_likelihood(x + direction), log_likelihood(x - direction)
        assert (there - back) / 2e-4 == pytest.approx(0, abs=1e-5)
        assert max(there, back) < fit.log_likelihood


def _as_vector(fit: RaschFit) -> npt.NDArray[np.float64]:
    rater, item = fit.facets["rater"].value, fit.facets["item"].value
    population = [fit.population[name].value for name in ("mean", "sd")]
    return np.array([*rater[:2], item[0], fit.steps["all"][1].value, *population])


def test_joint_with_two_raters_and_two_levels_is_twice_the_conditional_estimate() -> None:
    # Andersen 1973, Conditional Inference and Models for Measuring.
    level = np.array([[0, 1]] * 30 + [[1, 0]] * 12 + [[0, 0]] * 5 + [[1, 1]] * 9)
    person, rater = np.indices(level.shape)
    facets = {"person": person.ravel(), "rater": rater.ravel()}
    fit = many_facet_rasch(facets, level.ravel(), method="joint")
    assert fit.difference("rater", 0, 1).value == pytest.approx(2 * np.log(30 / 12), abs=1e-6)
    assert fit.n == 84
    assert fit.n_set_apart == 28


def test_joint_scores_are_what_the_model_expects(fits: dict[str, RaschFit]) -> None:
    # The likelihood equations: observed score = expected score, for every element.
    facets, level, _ = draw()
    fit = fits["joint"]
    value = {name: fit.facets[name].value[facets[name]] for name in facets}
    told = ~fit.facets["person"].extreme[facets["person"]]
    sums = np.cumsum([0.0, *(step.value for step in fit.steps["all"].values())])
    eta = value["person"] - value["rater"] - value["item"]
    chance = np.exp(eta[:, None] * np.arange(5) - sums)
    expected = chance @ np.arange(5) / chance.sum(axis=1)
    for codes in facets.values():
        score = np.bincount(codes[told], weights=level[told])
        np.testing.assert_allclose(np.bincount(codes[told], weights=expected[told]), score)


def test_standard_errors_are_those_of_the_curvature() -> None:
    # The profile of the marginal likelihood over one anchored rater, differenced twice.
    facets, level, _ = draw(people=40, raters=4, items=3)
    free = many_facet_rasch(facets, level, fixed={"rater": {0: 0.0}})
    step, at = 0.02, free.facets["rater"][1]

    def profile(value: float) -> float:
        return many_facet_rasch(facets, level, fixed={"rater": {0: 0.0, 1: value}}).log_likelihood

    top = profile(at.value)
    assert top == pytest.approx(free.log_likelihood, abs=1e-8)
    bend = (2 * top - profile(at.value + step) - profile(at.value - step)) / step**2
    assert at.se == pytest.approx(1 / np.sqrt(bend), rel=1e-3)


def test_a_partial_credit_of_one_set_is_a_rating_scale() -> None:
    facets, level, _ = draw()
    facets["form"] = np.zeros(len(level), dtype=np.int64)
    for method in METHODS:
        scale = many_facet_rasch(facets, level, method=method)
        credit = many_facet_rasch(facets, level, method=method, steps="form")
        assert credit.log_likelihood == pytest.approx(scale.log_likelihood, abs=1e-8)
        np.testing.assert_allclose(
            credit.facets["rater"].value, scale.facets["rater"].value, atol=1e-6
        )
        assert scale.facets["form"][0].reason == "the only one of its facet, set at 0"


# What must not matter.


@pytest.mark.parametrize("method", METHODS)
def test_order_names_and_where_levels_begin_change_nothing(
    fits: dict[str, RaschFit], method: Method
) -> None:
    facets, level, _ = draw()
    shuffled = np.random.default_rng(3).permutation(len(level))
    named = {
        name: np.array([f"{name} {code:03d}" for code in codes])[shuffled]
        for name, codes in facets.items()
    }
    again = many_facet_rasch(named, level[shuffled] + 3, method=method)
    for name in facets:
        first, second = fits[method].facets[name], again.facets[name]
        np.testing.assert_allclose(second.value, first.value, atol=1e-6)
        np.testing.assert_allclose(second.se, first.se, rtol=1e-6)
        np.testing.assert_array_equal(second.n, first.n)
    assert list(again.steps["all"]) == [4, 5, 6, 7]
    assert again.fair("rater")["rater 002"].value == pytest.approx(
        fits[method].fair("rater")[2].value + 3, abs=1e-6
    )


def test_objects_of_text_and_of_whole_numbers_are_labels() -> None:
    facets, level, _ = draw(people=20)
    as_objects = {name: np.array(list(codes), dtype=object) for name, codes in facets.items()}
    fit = many_facet_rasch(as_objects, level.astype(np.float64))
    np.testing.assert_allclose(
        fit.facets["rater"].value, many_facet_rasch(facets, level).facets["rater"].value
    )


# Planted truth.


def test_marginal_recovers_what_was_planted_and_joint_spreads_it() -> None:
    slopes = {method: np.zeros(25) for method in METHODS}
    for run in range(25):
        facets, level, truth = draw(seed=100 + run, people=150, raters=10, items=8)
        true = truth["rater"] - truth["rater"].mean()
        for method in METHODS:
            found = many_facet_rasch(facets, level, method=method).facets["rater"].value
            slopes[method][run] = true @ found / (true @ true)
    assert abs(slopes["marginal"].mean() - 1) < 0.05  # 3 Monte Carlo errors
    assert slopes["joint"].mean() - slopes["marginal"].mean() > 0.05


def test_partial_credit_recovers_steps_of_single_items() -> None:
    facets, level, _ = draw(seed=4, people=400, raters=4, items=3)
    fit = many_facet_rasch(facets, level, steps="item")
    for item in range(3):
        for planted, step in zip(STEPS, fit.steps[item].values(), strict=True):
            assert abs(step.value - planted) < 3.5 * step.se
            assert step.lower < step.value < step.upper


# Anchors.


@pytest.mark.parametrize("method", METHODS)
def test_everything_anchored_at_its_estimate_gives_it_back(
    fits: dict[str, RaschFit], method: Method
) -> None:
    facets, level, _ = draw()
    first = fits[method]
    anchors = {
        name: {label: first.facets[name][label].value for label in list(first.facets[name])[:3]}
        for name in ("rater", "item")
    }
    steps = {level: step.value for level, step in first.steps["all"].items()}
    again = many_facet_rasch(facets, level, method=method, fixed=anchors, fixed_steps=steps)
    for name in facets:
        np.testing.assert_allclose(again.facets[name].value, first.facets[name].value, atol=1e-5)
    assert again.facets["rater"][0].se == 0
    assert again.facets["rater"][0].reason == "anchored"
    assert again.facets["rater"].anchored.sum() == 3
    assert again.steps["all"][1].se == 0


def test_anchors_move_the_whole_scale() -> None:
    facets, level, _ = draw()
    free = many_facet_rasch(facets, level)
    moved = {0: free.facets["rater"][0].value + 5.0}
    fit = many_facet_rasch(facets, level, fixed={"rater": moved, "item": {}})
    np.testing.assert_allclose(fit.facets["rater"].value, free.facets["rater"].value + 5, atol=1e-5)
    assert fit.population["mean"].value == pytest.approx(free.population["mean"].value + 5)


def test_persons_can_be_anchored_in_the_joint_method_only(fits: dict[str, RaschFit]) -> None:
    facets, level, _ = draw()
    measures = fits["joint"].facets["person"]
    anchors = {"person": {label: measures[label].value for label in measures}}
    again = many_facet_rasch(facets, level, method="joint", fixed=anchors)
    np.testing.assert_allclose(
        again.facets["rater"].value, fits["joint"].facets["rater"].value, atol=1e-5
    )
    assert (again.facets["rater"].se < fits["joint"].facets["rater"].se).all()
    with pytest.raises(UsageError, match="cannot be anchored in the marginal method"):
        many_facet_rasch(facets, level, fixed=anchors)


# Extreme scores.


@pytest.mark.parametrize("method", METHODS)
def test_extremes_are_set_apart_and_measured_where_the_rule_says(method: Method) -> None:
    facets, level, _ = draw(people=80)
    level[facets["item"] == 3] = 4
    level[facets["rater"] == 2] = 0
    seldom = np.setdiff1d(np.arange(80), facets["person"][facets["rater"] == 2])[0]
    level[facets["person"] == seldom] = 4
    fit = many_facet_rasch(facets, level, method=method)
    rater = fit.facets["rater"]
    assert rater.extreme.tolist() == [False, False, True, False, False, False]
    assert "lowest" in rater[2].reason
    assert rater.value[~rater.extreme].sum() == pytest.approx(0, abs=1e-9)
    assert fit.facets["person"].extreme[seldom] == (method == "joint")
    assert np.isfinite(fit.facets["person"].value).all()
    assert fit.n + fit.n_set_apart == len(level)
    assert np.isnan(fit.difference("rater", 2, 3).se)
    without = facets["rater"] != 2
    alone = many_facet_rasch(
        {name: codes[without] for name, codes in facets.items()}, level[without], method=method
    )
    np.testing.assert_allclose(alone.facets["rater"].value, np.delete(rater.value, 2), atol=1e-6)


def test_an_extreme_person_is_where_the_expected_score_is_short_by_the_adjustment() -> None:
    facets, level, _ = draw()
    level[facets["person"] == 0] = 4
    fit = many_facet_rasch(facets, level, method="joint", adjustment=0.25)
    mine = facets["person"] == 0
    eta = (
        fit.facets["person"].value[0]
        - fit.facets["rater"].value[facets["rater"][mine]]
        - fit.facets["item"].value[facets["item"][mine]]
    )
    sums = np.cumsum([0.0, *(step.value for step in fit.steps["all"].values())])
    chance = np.exp(eta[:, None] * np.arange(5) - sums)
    expected = (chance @ np.arange(5) / chance.sum(axis=1)).sum()
    assert expected == pytest.approx(4 * mine.sum() - 0.25, abs=1e-6)


def test_levels_that_never_occur_have_no_step_and_no_probability() -> None:
    facets, level, _ = draw()
    fit = many_facet_rasch(facets, np.where(level == 2, 1, level))
    assert [step.known for step in fit.steps["all"].values()] == [True, False, False, True]
    assert "never used" in fit.steps["all"][2].reason
    assert fit.converged


def test_an_item_that_is_always_the_same_has_no_steps_of_its_own() -> None:
    facets, level, _ = draw()
    level[facets["item"] == 1] = 3
    fit = many_facet_rasch(facets, level, steps="item")
    assert not fit.facets["item"][1].known
    assert "do not vary" in fit.facets["item"][1].reason
    assert fit.n_set_apart == (facets["item"] == 1).sum()
    assert np.isfinite(fit.fair("person").value).all()


def test_a_person_whom_nothing_tells_of_is_placed_at_the_mean() -> None:
    facets, level, _ = draw(people=30, raters=5)
    facets = {name: np.append(codes, [0, 0] if name == "item" else [99, 99]) for name, codes
              in facets.items()}  # fmt: skip
    fit = many_facet_rasch(facets, np.append(level, [4, 4]))  # a rater with highest levels alone
    alone = fit.facets["person"][99]
    assert alone.value == pytest.approx(fit.population["mean"].value)
    assert alone.se >= fit.population["sd"].value
    assert "mean of all" in alone.reason


def test_nothing_that_tells_is_refused() -> None:
    facets, level, _ = draw(people=5)
    with pytest.raises(UsageError, match="None of the 50 ratings tells anything"):
        many_facet_rasch(facets, np.full(len(level), 2))


# Arguments.


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        many_facet_rasch({"person": ["a", "b"], "rater": ["x"]}, [1, 2.5], person="who", steps="z")
    for part in ("person='who'", "steps='z'", "2.5", "'rater' has shape (1,)"):
        assert part in str(caught.value)
    with pytest.raises(UsageError, match="missing labels"):
        many_facet_rasch({"person": ["a", None], "rater": ["x", "y"]}, [1, 2])
    with pytest.raises(UsageError, match="ordered levels"):
        many_facet_rasch({"person": ["a", "b"], "rater": ["x", "y"]}, [1, 100])


def test_wrong_options_are_refused() -> None:
    facets, level, _ = draw(people=5)
    with pytest.raises(UsageError) as caught:
        many_facet_rasch(facets, level, method="fast", adjustment=1, confidence=95)  # type: ignore[arg-type]
    assert len(str(caught.value).splitlines()) == 3
    with pytest.raises(UsageError, match="robust"):
        many_facet_rasch(facets, level, method="joint", se="robust")
    with pytest.raises(UsageError, match="no facet 'town'"):
        many_facet_rasch(facets, level, fixed={"town": {1: 0.0}})
    with pytest.raises(UsageError, match="does not have: \\[3, 4\\]"):
        many_facet_rasch(facets, level, fixed_steps={1: -1.0, 2: 1.0})


def test_persons_as_clusters_when_a_rater_carries_an_impression() -> None:
    # Every rating twice over tells nothing new: persons as clusters know, the model does not.
    facets, level, _ = draw()
    once = many_facet_rasch(facets, level, se="robust").facets["rater"]
    twice = {name: np.tile(codes, 2) for name, codes in facets.items()}
    model = many_facet_rasch(twice, np.tile(level, 2)).facets["rater"]
    robust = many_facet_rasch(twice, np.tile(level, 2), se="robust").facets["rater"]
    assert np.median(model.se / once.se) < 0.85
    assert 0.9 < np.median(robust.se / once.se) < 1.15
    assert (robust.reach > model.reach).all()
