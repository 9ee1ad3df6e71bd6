"""Agreement: the pattern route equals brute force; what must hold for any ratings."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fidelity.errors import UsageError
from fidelity.statistics import agreement
from fidelity.statistics.agreement import batch, fleiss_kappa, gwet_ac, krippendorff_alpha
from fidelity.statistics.patterns import Patterns
from fidelity.statistics.weights import WEIGHTS
from tests.statistics import brute_force
from tests.statistics.agreement_cases import (
    EVERY,
    LEVELS,
    METRICS,
    WEIGHTED,
    Array,
    ask,
    planted,
    ratings,
)


def same(first: float, second: float, absolute: float = 1e-9) -> bool:
    return (isnan(first) and isnan(second)) or first == pytest.approx(
        second, abs=absolute, rel=1e-9
    )


# Another route ------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", WEIGHTS)
@pytest.mark.parametrize("name", WEIGHTED)
@settings(max_examples=10)
@given(data=st.data())
def test_equals_brute_force(name: str, weighted: str, data: st.DataObject) -> None:
    x = data.draw(ratings(2 if name == "cohen_kappa" else None))
    matrix = WEIGHTS[weighted](np.array(LEVELS))
    slow = getattr(brute_force, name)
    found = ask(name, x, weights=weighted, categories=LEVELS)
    assert same(found.value, slow(x, LEVELS, matrix))
    if found.known and found.n > 1:
        least = 2 if name in {"cohen_kappa", "percent_agreement", "brennan_prediger"} else 1
        assert same(found.se, brute_force.delete_one(slow, x, LEVELS, matrix, least))


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=25)
@given(x=ratings())
def test_alpha_equals_brute_force(metric: str, x: Array) -> None:
    slow = brute_force.krippendorff_alpha(metric)
    none = np.empty(0)
    for categories in (LEVELS, None):
        found = krippendorff_alpha(x, metric=metric, categories=categories)
        assert same(found.value, slow(x, LEVELS, none))
        if found.known and found.n > 1:
            assert same(found.se, brute_force.delete_one(slow, x, LEVELS, none, 2))


@pytest.mark.parametrize("name", ["gwet_ac", "conger_kappa", "ordinal", "interval"])
@settings(max_examples=15)
@given(x=ratings(), data=st.data())
def test_clusters_are_left_out_whole(name: str, x: Array, data: st.DataObject) -> None:
    names = st.lists(st.sampled_from("abcd"), min_size=len(x), max_size=len(x))
    clusters = data.draw(names)
    found = ask(name, x, categories=LEVELS, clusters=clusters)
    if name in METRICS:
        slow, least = brute_force.krippendorff_alpha(name), 2
    else:
        slow, least = getattr(brute_force, name), 1
    if found.known and found.clusters > 1:
        expected = brute_force.delete_one(slow, x, LEVELS, np.eye(4), least, clusters)
        assert same(found.se, expected)


@pytest.mark.parametrize("name", EVERY)
def test_bootstrap_equals_drawing_units(name: str) -> None:
    """The spread of multinomial draws over patterns is that of drawing whole units."""
    random = np.random.default_rng(3)
    x = planted(random, 60, 2 if name == "cohen_kappa" else 3)
    fast = ask(name, x, categories=range(1, 6), se="bootstrap", draws=4000, rng=1)
    slow = [
        ask(name, x[random.integers(0, len(x), len(x))], categories=range(1, 6)).value
        for _ in range(300)
    ]
    assert fast.se == pytest.approx(np.std(slow, ddof=1), rel=0.15)
    assert fast.lower == pytest.approx(np.quantile(slow, 0.025), abs=0.05)
    assert fast.upper == pytest.approx(np.quantile(slow, 0.975), abs=0.05)


def test_bootstrap_of_clusters_equals_drawing_clusters() -> None:
    random = np.random.default_rng(4)
    x, clusters = np.repeat(planted(random, 30, 3), 3, axis=0), np.repeat(np.arange(30), 3)
    fast = krippendorff_alpha(x, clusters=clusters, se="bootstrap", draws=4000, rng=1)
    slow = []
    for _ in range(300):
        drawn = random.integers(0, 30, 30)
        slow.append(krippendorff_alpha(np.concatenate([x[clusters == c] for c in drawn])).value)
    assert fast.se == pytest.approx(np.std(slow, ddof=1), rel=0.15)
    assert fast.clusters == (np.isfinite(x[::3]).sum(axis=1) >= 2).sum()
    # Three copies of each unit: the root of 3 wider than if they were independent.
    assert fast.se > 1.5 * krippendorff_alpha(x, se="bootstrap", draws=4000, rng=1).se


@pytest.mark.parametrize("name", EVERY)
def test_the_errors_agree_with_one_another(name: str) -> None:
    x = planted(np.random.default_rng(5), 800, 2 if name == "cohen_kappa" else 3)
    x = x[np.isfinite(x).sum(axis=1) >= 2]  # units rated once widen the published error
    jackknife = ask(name, x, categories=range(1, 6))
    linear = ask(name, x, categories=range(1, 6), se="gwet")
    drawn = ask(name, x, categories=range(1, 6), se="bootstrap")
    assert linear.value == drawn.value == jackknife.value
    # The published error takes the ordinal metric as fixed; the jackknife makes it anew.
    assert linear.se == pytest.approx(jackknife.se, rel=0.05 if name == "ordinal" else 0.01)
    assert drawn.se == pytest.approx(jackknife.se, rel=0.08)
    assert linear.lower < linear.value < linear.upper


# What must hold -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=12)
@given(data=st.data())
def test_order_of_units_leaves_no_trace(name: str, data: st.DataObject) -> None:
    x = data.draw(ratings(2 if name == "cohen_kappa" else None))
    order = data.draw(st.permutations(range(len(x))))
    assert repr(ask(name, x)) == repr(ask(name, x[order]))


@pytest.mark.parametrize("name", [name for name in EVERY if name != "cohen_kappa"])
@settings(max_examples=12)
@given(x=ratings(), data=st.data())
def test_order_of_raters_changes_nothing(name: str, x: Array, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(x.shape[1])))
    first, second = ask(name, x), ask(name, x[:, order])
    assert same(first.value, second.value)
    assert same(first.se, second.se)


@pytest.mark.parametrize("name", [*WEIGHTED, "nominal"])
@settings(max_examples=12)
@given(data=st.data())
def test_relabelling_changes_nothing(name: str, data: st.DataObject) -> None:
    x = data.draw(ratings(2 if name == "cohen_kappa" else None))
    labels = data.draw(st.permutations([10.0, 20.0, 30.5, 47.0]))
    renamed = np.full_like(x, nan)
    for level, label in zip(LEVELS, labels, strict=True):
        renamed[x == level] = label
    first = ask(name, x, categories=LEVELS)
    second = ask(name, renamed, categories=sorted(labels))
    assert same(first.value, second.value)
    assert same(first.se, second.se)


@pytest.mark.parametrize("weighted", ["linear", "quadratic", "ordinal"])
@settings(max_examples=12)
@given(x=ratings())
def test_turning_the_scale_round_changes_nothing(weighted: str, x: Array) -> None:
    turned = [4.0 - level for level in reversed(LEVELS)]
    first = gwet_ac(x, weights=weighted, categories=LEVELS)
    second = gwet_ac(4.0 - x, weights=weighted, categories=turned)
    assert same(first.value, second.value)
    assert same(first.se, second.se)


@pytest.mark.parametrize("name", [name for name in EVERY if name not in METRICS])
@settings(max_examples=12)
@given(data=st.data())
def test_duplicating_all_units_changes_no_value(name: str, data: st.DataObject) -> None:
    x = data.draw(ratings(2 if name == "cohen_kappa" else None))
    once, twice = ask(name, x), ask(name, np.concatenate([x, x]))
    assert same(once.value, twice.value)
    assert twice.n == 2 * once.n


@settings(max_examples=12)
@given(x=ratings())
def test_duplicating_takes_alpha_to_its_limit(x: Array) -> None:
    """1 - alpha grows by (2n - 1) / (2n - 2): the correction for few units goes."""
    once = krippendorff_alpha(x, metric="nominal", categories=LEVELS)
    twice = krippendorff_alpha(np.concatenate([x, x]), metric="nominal", categories=LEVELS)
    assume(once.known)
    n = sum(np.isfinite(unit).sum() for unit in x if np.isfinite(unit).sum() >= 2)
    assert 1 - twice.value == pytest.approx((1 - once.value) * (2 * n - 1) / (2 * n - 2))


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=12)
@given(levels=st.lists(st.sampled_from(LEVELS), min_size=2, max_size=9), data=st.data())
def test_perfect_agreement_is_one(name: str, levels: list[float], data: st.DataObject) -> None:
    assume(len(set(levels)) > 1)
    x = np.repeat(np.array(levels)[:, None], 2, axis=1)
    found = ask(name, x, categories=LEVELS)
    assert found.value == 1.0
    # Nothing varies, so there is no interval; or taking out a unit leaves one level.
    assert not found.bounded
    assert "all ratings agree" in found.reason or "hangs on" in found.reason


@settings(max_examples=12)
@given(x=ratings(gaps=False))
def test_with_complete_ratings_units_rated_twice_are_all(x: Array) -> None:
    assert fleiss_kappa(x).n == len(x)


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=12)
@given(data=st.data())
def test_a_table_gives_what_the_ratings_give(name: str, data: st.DataObject) -> None:
    x = data.draw(ratings(2 if name == "cohen_kappa" else None))
    half = len(x) // 2
    parts = [
        Patterns.from_ratings(part, categories=LEVELS, ordered=True)
        for part in (x[:half], x[half:])
    ]
    found = ask(name, patterns=parts[0] + parts[1])
    direct = ask(name, x, categories=LEVELS)
    assert same(found.value, direct.value)
    assert same(found.se, direct.se)
    assert same(found.lower, direct.lower)
    assert (found.n, found.reason) == (direct.n, direct.reason)


@pytest.mark.parametrize("name", agreement.COEFFICIENTS)
@pytest.mark.parametrize("clustered", [False, True])
def test_a_batch_gives_what_single_calls_give(name: str, clustered: bool) -> None:
    random = np.random.default_rng(6)
    x = np.stack([planted(random, 40, 2) for _ in range(5)])
    x[3] = nan
    x[4, :, 0] = nan
    clusters = np.arange(40) % 7 if clustered else None
    found = batch(name, x, categories=range(1, 6), clusters=clusters)
    single = getattr(agreement, name)
    for item, estimate in zip(x, found, strict=True):
        expected = single(item, categories=range(1, 6), clusters=clusters)
        assert same(estimate.value, expected.value)
        assert same(estimate.se, expected.se)
        assert same(estimate.upper, expected.upper)
        assert estimate.n == expected.n
        assert (estimate.method, estimate.reason) == (expected.method, expected.reason)


def test_measurements_need_no_table_of_values_by_values() -> None:
    """Part B of the peers' complaints: 2,400 real values exhausted 32 GB elsewhere."""
    random = np.random.default_rng(7)
    x = random.normal(size=(20_000, 1)) + random.normal(size=(20_000, 3)) * 0.5 + 1e6
    found = krippendorff_alpha(x, metric="interval")
    # The interval metric's alpha estimates the share of variance between units.
    assert found.lower < 0.8 < found.upper
    assert found.upper - found.lower < 0.02
    with pytest.raises(UsageError, match="a measurement, not a scale"):
        krippendorff_alpha(x, metric="ordinal")


# Prevalence: why coefficients differ -------------------------------------------------------------


def test_alike_ratings_take_kappa_down_and_leave_ac_up() -> None:
    """Feinstein & Cicchetti's paradox: 2 levels, 118 yes-yes, 5 + 2 apart, none no-no."""
    table = Patterns.from_contingency([[118, 5], [2, 0]])
    share = agreement.percent_agreement(patterns=table)
    assert share.value == pytest.approx(118 / 125)
    assert agreement.cohen_kappa(patterns=table).value == pytest.approx(-0.0234, abs=5e-5)
    assert gwet_ac(patterns=table).value == pytest.approx(0.9408, abs=5e-5)
    assert agreement.brennan_prediger(patterns=table).value == pytest.approx(2 * share.value - 1)


def test_unused_levels_count_for_ac_and_brennan_prediger_only() -> None:
    x = planted(np.random.default_rng(8), 50, 3)
    x[x == 5] = 4
    for name in EVERY:
        if name == "cohen_kappa":
            continue
        less, more = ask(name, x), ask(name, x, categories=range(1, 6))
        differ = less.value != pytest.approx(more.value, rel=1e-12)
        assert differ == (name in {"gwet_ac", "brennan_prediger"}), name
