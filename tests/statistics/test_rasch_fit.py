"""Fit, separation, bias and fair averages of a many-facet Rasch analysis."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import chi2, f

from fidelity.errors import UsageError
from fidelity.statistics import (
    rasch_bias,
    rasch_errors,
    rasch_jmle,
    rasch_levels,
    rasch_pass,
    rasch_scores,
)
from fidelity.statistics.rasch import Method, RaschFit, many_facet_rasch
from fidelity.statistics.rasch_bias import false_discovery

Codes = npt.NDArray[np.int64]
SUMS = np.cumsum([0.0, -1.2, -0.4, 0.4, 1.2])
METHODS: tuple[Method, ...] = ("marginal", "joint")


def draw(
    seed: int, people: int = 120, noise: float = 0.0, bias: float = 0.0
) -> tuple[dict[str, Codes], Codes]:
    """Eight raters, six items, three raters a person.

    Rater 0 scores at random with chance `noise`, and is stricter by `bias` on item 0.
    """
    random = np.random.default_rng(seed)
    person, place, item = (part.ravel() for part in np.indices((people, 3, 6)))
    rater = np.argsort(random.random((people, 8)), axis=1)[person, place]
    eta = random.normal(size=people)[person] - np.linspace(-0.7, 0.7, 8)[rater]
    eta -= bias * ((rater == 0) & (item == 0))
    chance = np.exp(eta[:, None] * np.arange(5) - SUMS)
    reached = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    level = (random.random((len(eta), 1)) > reached).sum(axis=1)
    careless = (rater == 0) & (random.random(len(eta)) < noise)
    level[careless] = random.integers(0, 5, careless.sum())
    return {"person": person, "rater": rater, "item": item}, level


@pytest.fixture(scope="module", params=METHODS)
def fit(request: pytest.FixtureRequest) -> RaschFit:
    return many_facet_rasch(*draw(1), method=request.param)


def test_mean_squares_are_about_one_where_the_model_holds(fit: RaschFit) -> None:
    for facet in ("rater", "item", "person"):
        table = fit.mean_squares(facet)
        assert np.nanmean(table.infit) == pytest.approx(1, abs=0.03)
        assert np.nanmean(table.outfit) == pytest.approx(1, abs=0.03)
        assert np.nanmean(np.abs(table.infit_z) > 1.96) < 0.1
        assert table.n.sum() == fit.n


def test_a_careless_rater_misfits_and_the_others_do_not() -> None:
    for method in METHODS:
        table = many_facet_rasch(*draw(2, noise=0.5), method=method).mean_squares("rater")
        infit, outfit = table.of(0)
        assert infit.z > 3
        assert outfit.value > outfit.upper > 1 > outfit.lower
        assert table.infit_z[1:].max() < 2  # beside so much noise the others look tidy
        assert infit.n == table.n[0]


def test_limits_of_mean_squares_are_where_z_is_at_the_quantile(fit: RaschFit) -> None:
    table = fit.mean_squares("rater")
    sd = table.infit_sd[0]
    infit, _ = table.of(0)
    limits = np.array([infit.lower, infit.upper])
    z = (np.cbrt(limits) - 1) * 3 / sd + sd / 3
    np.testing.assert_allclose(z, [-1.959964, 1.959964], atol=1e-6)


def test_separation_of_raters_by_hand(fit: RaschFit) -> None:
    raters, found = fit.facets["rater"], fit.separation("rater")
    variance, error = raters.value.var(ddof=1), np.mean(raters.se**2)
    assert found.reliability.value == pytest.approx(1 - error / variance)
    assert found.separation == pytest.approx(np.sqrt((variance - error) / error))
    assert found.strata == pytest.approx((4 * found.separation + 1) / 3)
    assert found.reliability.lower < found.reliability.value < found.reliability.upper < 1
    weight = 1 / raters.se**2
    centre = weight @ raters.value / weight.sum()
    assert found.chi_square == pytest.approx(weight @ (raters.value - centre) ** 2)
    assert found.p == pytest.approx(chi2.sf(found.chi_square, 7))
    assert found.n == 8


def test_reliability_limits_are_those_of_feldt_with_known_error(fit: RaschFit) -> None:
    # The error variance is taken as known: F with infinitely many degrees of freedom below.
    found = fit.separation("rater").reliability
    ratio = [f.ppf(tail, 7, 1e9) for tail in (0.975, 0.025)]
    limits = [1 - (1 - found.value) * quantile for quantile in ratio]
    np.testing.assert_allclose([found.lower, found.upper], np.maximum(limits, 0), rtol=1e-4)


def test_persons_of_a_sample_have_the_reliability_of_posterior_means() -> None:
    fit = many_facet_rasch(*draw(1))
    people, found = fit.facets["person"], fit.separation("person")
    spread, error = people.value.var(ddof=1), np.mean(people.se**2)
    assert found.reliability.value == pytest.approx(spread / (spread + error))
    assert np.isnan(found.chi_square)


def test_too_few_to_separate_is_said() -> None:
    facets, level = draw(1, people=20)
    facets["form"] = np.zeros(len(level), dtype=np.int64)
    found = many_facet_rasch(facets, level).separation("form")
    assert not found.reliability.known
    assert found.reliability.reason == "fewer than two elements"


@pytest.mark.parametrize("method", METHODS)
def test_planted_bias_is_found_and_no_other_pair_is_called(method: Method) -> None:
    table = many_facet_rasch(*draw(3, people=300, bias=1.0), method=method).bias("rater", "item")
    assert len(table.value) == 48
    found = table.of(0, 0)
    assert found.lower < 0.85 < found.upper  # the planted 1.0 less the two elements' share of it
    assert table.q[0] < 1e-4
    others = (table.first != 0) & (table.second != 0)
    assert (table.q[others] > 0.05).all()
    assert np.argmin(table.q) == 0
    assert found.n == table.n[0]


def test_joint_bias_makes_the_score_of_a_pair_expected() -> None:
    facets, level = draw(4)
    fit = many_facet_rasch(facets, level, method="joint")
    table = fit.bias("rater", "item")
    mine = (facets["rater"] == 3) & (facets["item"] == 2)
    mine &= ~fit.facets["person"].extreme[facets["person"]]
    eta = fit.facets["person"].value[facets["person"][mine]]
    eta = eta - fit.facets["rater"][3].value - fit.facets["item"][2].value - table.of(3, 2).value
    sums = np.cumsum([0.0, *(step.value for step in fit.steps["all"].values())])
    chance = np.exp(eta[:, None] * np.arange(5) - sums)
    expected = (chance @ np.arange(5) / chance.sum(axis=1)).sum()
    assert expected == pytest.approx(level[mine].sum(), abs=1e-4)


def test_a_pair_at_the_end_of_the_scale_has_a_bias_and_says_so() -> None:
    facets, level = draw(5)
    level[(facets["rater"] == 1) & (facets["item"] == 4)] = 4
    for method in METHODS:
        found = many_facet_rasch(facets, level, method=method).bias("rater", "item").of(1, 4)
        assert found.upper < 0
        assert found.reason == "all at an end of the scale"


def test_bias_needs_two_facets_that_are_not_the_person(fit: RaschFit) -> None:
    for pair in (("rater", "rater"), ("person", "rater")):
        with pytest.raises(UsageError, match="two different facets"):
            fit.bias(*pair)
    with pytest.raises(UsageError, match="no facet 'team'"):
        fit.bias("rater", "team")


def test_pieces_of_memory_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    facets, level = draw(7, people=40)
    level[facets["rater"] == 4] = 0
    level[facets["person"] == 3] = 4
    for method in METHODS:
        whole = many_facet_rasch(facets, level, method=method)
        tables = whole.bias("rater", "item"), whole.mean_squares("item")
        with monkeypatch.context() as patch:
            for module in (rasch_bias, rasch_levels, rasch_scores, rasch_errors, rasch_jmle):
                patch.setattr(module, "BLOCK", 3000)
            patch.setattr(rasch_pass, "BLOCK", 100)
            parts = many_facet_rasch(facets, level, method=method)
            again = parts.bias("rater", "item"), parts.mean_squares("item")
        for name in facets:
            np.testing.assert_allclose(
                parts.facets[name].value, whole.facets[name].value, atol=1e-6
            )
            np.testing.assert_allclose(parts.facets[name].se, whole.facets[name].se, rtol=1e-6)
        np.testing.assert_allclose(again[0].value, tables[0].value, atol=1e-6)
        np.testing.assert_allclose(again[0].se, tables[0].se, rtol=1e-6)
        np.testing.assert_allclose(again[1].infit, tables[1].infit, rtol=1e-6)


def test_false_discovery_by_hand() -> None:
    # Benjamini & Hochberg 1995, J. R. Statist. Soc. B 57:289: 15 tests, 4 of them at 0.05.
    p = np.array(
        [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
         0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    )  # fmt: skip
    shuffled = np.random.default_rng(0).permutation(15)
    q = false_discovery(p[shuffled])
    assert (q <= 0.05).sum() == 4
    assert q[np.argmin(p[shuffled])] == pytest.approx(0.0015)
    assert q.max() == 1


def test_fair_averages_are_what_an_average_rater_would_give(fit: RaschFit) -> None:
    fair = fit.fair("person")
    measure = fit.facets["person"].value[5]
    sums = np.cumsum([0.0, *(step.value for step in fit.steps["all"].values())])
    chance = np.exp(measure * np.arange(5) - sums)
    assert fair[5].value == pytest.approx(chance @ np.arange(5) / chance.sum())
    order = np.argsort(fit.facets["person"].value)
    assert (np.diff(fair.value[order]) >= 0).all()
    strict = fit.fair("rater")
    assert strict[0].value > strict[7].value
    assert 0 < strict[7].lower < strict[7].upper < 4


def test_fair_averages_of_partial_credit_are_means_over_items() -> None:
    fit = many_facet_rasch(*draw(6), steps="item")
    person, items = fit.fair("person"), fit.fair("item")
    means = []
    for item in range(6):
        sums = np.cumsum([0.0, *(step.value for step in fit.steps[item].values())])
        eta = fit.facets["person"].value[9] - fit.facets["item"][item].value
        chance = np.exp(eta * np.arange(5) - sums)
        means.append(chance @ np.arange(5) / chance.sum())
    assert person[9].value == pytest.approx(np.mean(means))
    order = np.argsort(fit.facets["item"].value)
    assert items[order[0]].value > items[order[-1]].value


def test_a_difference_of_two_raters_carries_their_covariance(fit: RaschFit) -> None:
    found = fit.difference("rater", 7, 0)
    apart = np.hypot(fit.facets["rater"][7].se, fit.facets["rater"][0].se)
    assert found.value == pytest.approx(fit.facets["rater"][7].value - fit.facets["rater"][0].value)
    assert found.lower < 1.4 < found.upper
    assert found.se > apart  # centred measures are negatively correlated
    with pytest.raises(UsageError, match="two elements of a facet other than 'person'"):
        fit.difference("person", 0, 1)
    with pytest.raises(UsageError, match="'rater' has 0, 1, 2"):
        fit.difference("rater", 0, "nobody")
