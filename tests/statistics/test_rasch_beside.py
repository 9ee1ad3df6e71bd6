"""Who reads which item unlike the others who rated the same persons."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import false_discovery_control, t, ttest_1samp

from fidelity.errors import UsageError
from fidelity.statistics.rasch import many_facet_rasch
from fidelity.statistics.rasch_beside import Beside
from fidelity.statistics.rasch_result import RaschFit

Codes = npt.NDArray[np.int64]
SUMS = np.cumsum([0.0, -1.2, -0.4, 0.4, 1.2])
PEOPLE, RATERS, ITEMS, EACH = 160, 6, 5, 2


def draw(seed: int, bias: float = 0.0, weak: float = 0.0) -> tuple[dict[str, Codes], Codes]:
    """Two of six raters a person, five items.

    Rater 0 is stricter by `bias` on item 0. Persons of raters 0 to 2, who share no person with the
    others but for one in eight, are weaker by `weak` on item 1, whoever rates them.
    """
    random = np.random.default_rng(seed)
    person, place, item = (part.ravel() for part in np.indices((PEOPLE, EACH, ITEMS)))
    office = np.arange(PEOPLE) % 2
    within = np.argsort(random.random((PEOPLE, 3)), axis=1)[:, :EACH] + 3 * office[:, None]
    across = random.random(PEOPLE) < 1 / 8
    within[across, 1] = (within[across, 1] + 3) % RATERS
    rater = within[person, place]
    eta = random.normal(size=PEOPLE)[person] - np.linspace(-0.5, 0.5, RATERS)[rater]
    eta -= bias * ((rater == 0) & (item == 0)) + weak * ((office[person] == 0) & (item == 1))
    chance = np.exp(eta[:, None] * np.arange(5) - SUMS)
    reached = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    level = (random.random((len(eta), 1)) > reached).sum(axis=1)
    return {"person": person, "rater": rater, "item": item}, level


@cache
def fitted(seed: int, bias: float = 0.0, weak: float = 0.0) -> RaschFit:
    return many_facet_rasch(*draw(seed, bias, weak))


@cache
def beside(seed: int, bias: float = 0.0, weak: float = 0.0) -> Beside:
    return fitted(seed, bias, weak).beside_others("rater", "item")


def test_a_planted_reading_is_found_in_its_direction_and_nobody_else_is_called() -> None:
    for seed in range(4):
        found = beside(seed, bias=1.5)
        mine = (found.first == 0) & (found.second == 0)
        assert found.q[mine][0] < 0.05
        assert found.lower[mine][0] > 0
        other_items = found.second != 0  # a partner looks generous beside rater 0 on item 0
        assert (found.q[other_items] > 0.05).all()
        assert found.n[mine][0] >= 40


def test_what_lies_in_the_persons_is_no_reading() -> None:
    """Persons of one office weak on an item: plain bias calls raters, the pairing does not."""
    called, plain = 0, 0
    for seed in range(4):
        fit, found = fitted(seed, weak=2.0), beside(seed, weak=2.0)
        called += int((found.q < 0.05).sum())
        plain += int((fit.bias("rater", "item").q < 0.05).sum())
    assert plain >= 12
    assert called <= 1


def test_where_nobody_reads_anything_differently_hardly_ever_is_anybody_called() -> None:
    """The chance of any call is .05 at most: over 24 runs more than 5 are 1 time in 1,000."""
    runs = [bool((beside(seed).q < 0.05).any()) for seed in range(100, 124)]
    assert sum(runs) <= 5


def test_by_another_route_person_by_person() -> None:
    facets, level = draw(1)
    fit, found = fitted(1), beside(1)
    located = fit.located
    nodes, weights = located.persons.at(facets["person"])
    shift = fit.facets["rater"].value[facets["rater"]] + fit.facets["item"].value[facets["item"]]
    sums = np.cumsum([0.0, *(step.value for step in fit.steps["all"].values())])
    power = (nodes - shift[:, None])[..., None] * np.arange(5) - sums
    chance = np.exp(power) / np.exp(power).sum(axis=-1, keepdims=True)
    rest = level - ((chance @ np.arange(5)) * weights).sum(axis=1)
    by_place = {(p, r, i): e for p, r, i, e in zip(*facets.values(), rest, strict=True)}
    tails = []
    for place, (rater, item) in enumerate(zip(found.first, found.second, strict=True)):
        differences = []
        for person in range(PEOPLE):
            if (person, rater, item) in by_place:
                others = [e for (p, r, i), e in by_place.items()
                          if (p, i) == (person, item) and r != rater]  # fmt: skip
                if others:
                    differences.append(np.mean(others) - by_place[person, rater, item])
        assert found.n[place] == len(differences)
        assert found.value[place] == pytest.approx(np.mean(differences), abs=1e-9)
        tails.append(ttest_1samp(differences, 0).pvalue)
        assert found.p[place] == pytest.approx(tails[-1], rel=1e-6)
        if place > 3:
            break
    np.testing.assert_allclose(found.q, false_discovery_control(found.p))
    called = max(int((found.q < 0.05).sum()), 1)
    reach = t.ppf(1 - 0.025 * called / len(found.q), found.n - 1) * found.se
    np.testing.assert_allclose(found.upper - found.value, reach)


def test_a_pair_with_too_few_persons_has_no_value_and_does_not_count() -> None:
    fit = fitted(2)
    most = int(beside(2).n.max())
    some = fit.beside_others("rater", "item", least=most)
    assert np.isnan(some.value[some.n < most]).all()
    assert np.isfinite(some.value[some.n == most]).all()
    known = ~np.isnan(some.p)
    np.testing.assert_allclose(some.q[known], false_discovery_control(some.p[known]))
    nobody = fit.beside_others("rater", "item", least=most + 1)
    assert np.isnan(nobody.value).all()
    assert np.isnan(nobody.q).all()


def test_it_needs_two_facets_that_are_not_the_person() -> None:
    for pair in (("rater", "rater"), ("person", "item")):
        with pytest.raises(UsageError, match="two different facets"):
            fitted(1).beside_others(*pair)
