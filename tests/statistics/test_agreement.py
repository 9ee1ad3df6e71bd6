"""Agreement: the pattern route equals brute force; what must hold for any ratings; edges."""

from collections.abc import Callable
from dataclasses import replace
from math import isnan, nan

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fidelity.errors import UsageError
from fidelity.statistics import agreement
from fidelity.statistics.agreement import batch, fleiss_kappa, gwet_ac, krippendorff_alpha
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.patterns import Patterns
from fidelity.statistics.weights import WEIGHTS
from tests.statistics import brute_force

Array = npt.NDArray[np.float64]
LEVELS = (0.0, 1.0, 2.0, 4.0)
METRICS = ("nominal", "ordinal", "interval", "ratio")
WEIGHTED = [
    "percent_agreement",
    "fleiss_kappa",
    "gwet_ac",
    "brennan_prediger",
    "conger_kappa",
    "cohen_kappa",
]
EVERY = [*WEIGHTED, *METRICS]


def ask(name: str, x: npt.ArrayLike | None = None, **how: object) -> Estimate:
    """A coefficient by its name; a metric's name stands for alpha with it."""
    function: Callable[..., Estimate]
    if name in METRICS:
        return krippendorff_alpha(x, metric=name, **how)
    function = getattr(agreement, name)
    return function(x, **how)


@st.composite
def ratings(draw: st.DrawFn, raters: int | None = None, gaps: bool = True) -> Array:
    width = draw(st.integers(2, 4)) if raters is None else raters
    values = st.sampled_from([*LEVELS, nan] if gaps else LEVELS)
    rows = draw(st.lists(st.lists(values, min_size=width, max_size=width), min_size=2, max_size=9))
    return np.array(rows)


def same(first: float, second: float, absolute: float = 1e-9) -> bool:
    return (isnan(first) and isnan(second)) or first == pytest.approx(
        second, abs=absolute, rel=1e-9
    )


# Another route ------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", WEIGHTS)
@pytest.mark.parametrize("name", WEIGHTED)
@settings(max_examples=15)
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
@settings(max_examples=40)
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
@settings(max_examples=30)
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
        for _ in range(500)
    ]
    assert fast.se == pytest.approx(np.std(slow, ddof=1), rel=0.15)
    assert fast.lower == pytest.approx(np.quantile(slow, 0.025), abs=0.05)
    assert fast.upper == pytest.approx(np.quantile(slow, 0.975), abs=0.05)


def test_bootstrap_of_clusters_equals_drawing_clusters() -> None:
    random = np.random.default_rng(4)
    x, clusters = np.repeat(planted(random, 30, 3), 3, axis=0), np.repeat(np.arange(30), 3)
    fast = krippendorff_alpha(x, clusters=clusters, se="bootstrap", draws=4000, rng=1)
    slow = []
    for _ in range(500):
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


def planted(random: np.random.Generator, units: int, raters: int) -> Array:
    """Raters who see the true level or one beside it; one rating in five is missing."""
    truth = random.integers(1, 6, (units, 1))
    x = np.clip(truth + random.integers(-1, 2, (units, raters)), 1, 5).astype(float)
    x[random.random(x.shape) < 0.2] = nan
    return x


# What must hold -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=25)
@given(data=st.data())
def test_order_of_units_leaves_no_trace(name: str, data: st.DataObject) -> None:
    x = data.draw(ratings(2 if name == "cohen_kappa" else None))
    order = data.draw(st.permutations(range(len(x))))
    assert repr(ask(name, x)) == repr(ask(name, x[order]))


@pytest.mark.parametrize("name", [name for name in EVERY if name != "cohen_kappa"])
@settings(max_examples=25)
@given(x=ratings(), data=st.data())
def test_order_of_raters_changes_nothing(name: str, x: Array, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(x.shape[1])))
    first, second = ask(name, x), ask(name, x[:, order])
    assert same(first.value, second.value)
    assert same(first.se, second.se)


@pytest.mark.parametrize("name", [*WEIGHTED, "nominal"])
@settings(max_examples=25)
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
@settings(max_examples=25)
@given(x=ratings())
def test_turning_the_scale_round_changes_nothing(weighted: str, x: Array) -> None:
    turned = [4.0 - level for level in reversed(LEVELS)]
    first = gwet_ac(x, weights=weighted, categories=LEVELS)
    second = gwet_ac(4.0 - x, weights=weighted, categories=turned)
    assert same(first.value, second.value)
    assert same(first.se, second.se)


@pytest.mark.parametrize("name", [name for name in EVERY if name not in METRICS])
@settings(max_examples=25)
@given(data=st.data())
def test_duplicating_all_units_changes_no_value(name: str, data: st.DataObject) -> None:
    x = data.draw(ratings(2 if name == "cohen_kappa" else None))
    once, twice = ask(name, x), ask(name, np.concatenate([x, x]))
    assert same(once.value, twice.value)
    assert twice.n == 2 * once.n


@settings(max_examples=25)
@given(x=ratings())
def test_duplicating_takes_alpha_to_its_limit(x: Array) -> None:
    """1 - alpha grows by (2n - 1) / (2n - 2): the correction for few units goes."""
    once = krippendorff_alpha(x, metric="nominal", categories=LEVELS)
    twice = krippendorff_alpha(np.concatenate([x, x]), metric="nominal", categories=LEVELS)
    assume(once.known)
    n = sum(np.isfinite(unit).sum() for unit in x if np.isfinite(unit).sum() >= 2)
    assert 1 - twice.value == pytest.approx((1 - once.value) * (2 * n - 1) / (2 * n - 2))


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=25)
@given(levels=st.lists(st.sampled_from(LEVELS), min_size=2, max_size=9), data=st.data())
def test_perfect_agreement_is_one(name: str, levels: list[float], data: st.DataObject) -> None:
    assume(len(set(levels)) > 1)
    x = np.repeat(np.array(levels)[:, None], 2, axis=1)
    found = ask(name, x, categories=LEVELS)
    assert found.value == 1.0
    # Nothing varies, so there is no interval; or taking out a unit leaves one level.
    assert not found.bounded
    assert "all ratings agree" in found.reason or "hangs on" in found.reason


@settings(max_examples=25)
@given(x=ratings(gaps=False))
def test_with_complete_ratings_units_rated_twice_are_all(x: Array) -> None:
    assert fleiss_kappa(x).n == len(x)


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=25)
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


# Edges: a reason, never an exception or a warning ------------------------------------------------


@pytest.mark.parametrize("se", ["jackknife", "gwet", "bootstrap"])
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (np.empty((0, 2)), "no unit has ratings by two raters"),
        (np.full((4, 2), nan), "no unit has ratings by two raters"),
        ([[1, nan], [2, nan], [nan, 3]], "no unit has ratings by two raters"),
        ([[1, 2], [nan, 1]], "no interval: there is one unit rated twice"),
    ],
    ids=["no units", "no ratings", "no pairs", "one unit"],
)
def test_too_little(name: str, se: str, x: npt.ArrayLike, reason: str) -> None:
    found = ask(name, x, se=se)
    assert found.reason == reason
    assert not found.bounded
    assert isnan(found.se)
    assert found.n == (1 if "one unit" in reason else 0)


@pytest.mark.parametrize("se", ["jackknife", "gwet", "gwet_table", "bootstrap"])
@pytest.mark.parametrize("name", EVERY)
def test_one_level(name: str, se: str) -> None:
    x = np.full((6, 2), 3.0)
    seen, named = ask(name, x, se=se), ask(name, x, se=se, categories=range(1, 6))
    if name == "percent_agreement":
        assert seen.value == named.value == 1.0
    elif name in {"gwet_ac", "brennan_prediger"}:
        assert not seen.known
        assert "name all levels" in seen.reason
        assert named.value == 1.0
    else:
        assert not seen.known
        assert not named.known
        assert "every rating is the same level" in named.reason


def test_full_agreement_says_what_it_cannot_exclude() -> None:
    x = np.repeat(np.array([1.0, 2, 3, 1, 2, 3])[:, None], 2, axis=1)
    found = agreement.percent_agreement(x)
    assert (found.value, found.se) == (1.0, 0.0)
    # 6 of 6 where 54% agree: .54 ** 6 = .025
    assert "all 6 units" in found.reason
    assert "54%" in found.reason


def test_hanging_on_one_unit_is_said() -> None:
    x = np.array([[1.0, 1], [1, 1], [1, 1], [2, 2]])
    found = krippendorff_alpha(x)
    assert found.value == 1.0
    assert "hangs on one of the 4 units" in found.reason
    drawn = krippendorff_alpha(x, se="bootstrap")
    assert not drawn.bounded


def test_few_clusters_are_said() -> None:
    x = planted(np.random.default_rng(9), 60, 3)
    five = krippendorff_alpha(x, clusters=np.arange(60) % 5)
    assert five.clusters == 5
    assert "few clusters (5)" in five.reason
    assert "t with 4 df" in five.method
    assert krippendorff_alpha(x, clusters=np.arange(60) % 20).reason == ""
    one = krippendorff_alpha(x, clusters=["a"] * 60)
    assert one.known
    assert one.reason == "no interval: there is one cluster with a unit rated twice"


def test_units_rated_once_or_never_are_counted() -> None:
    x = np.array([[1.0, 1], [2, 2], [1, 2], [2, 1], [1, nan], [nan, nan]])
    kappa, alpha = fleiss_kappa(x), krippendorff_alpha(x)
    assert kappa.n == alpha.n == 4
    assert "1 rated once; 1 with too few ratings" in kappa.method
    assert "2 with too few ratings left out" in alpha.method
    assert alpha == replace(krippendorff_alpha(x[:4]), method=alpha.method)


def test_units_rated_once_widen_only_the_published_error() -> None:
    random = np.random.default_rng(10)
    x = planted(random, 400, 3)
    once = np.full((200, 3), nan)
    once[:, 0] = random.integers(1, 6, 200)
    both = np.concatenate([x, once])
    scale = {"weights": "linear", "categories": range(1, 6)}
    published = gwet_ac(both, se="gwet", **scale).se / gwet_ac(x, se="gwet", **scale).se
    exact = gwet_ac(both, **scale).se / gwet_ac(x, **scale).se
    assert exact == pytest.approx(1.0, abs=0.05)
    assert published > 1.1


def test_the_interval_is_clipped_to_what_can_be() -> None:
    x = np.array([[1.0, 2], [2, 1], [1, 2], [2, 1], [1, 1]])
    found = fleiss_kappa(x)
    assert found.lower == -1.0
    assert agreement.percent_agreement(x).lower == 0.0
    high = agreement.percent_agreement([[1, 1], [2, 2], [1, 1], [2, 2], [1, 2]])
    assert high.upper == 1.0


def test_confidence_widens_the_interval() -> None:
    x = planted(np.random.default_rng(11), 60, 3)
    for se in ("jackknife", "gwet", "bootstrap"):
        usual, wide = (krippendorff_alpha(x, se=se, confidence=c) for c in (0.95, 0.99))
        assert wide.lower < usual.lower < usual.upper < wide.upper


def test_the_same_seed_gives_the_same_interval() -> None:
    x = planted(np.random.default_rng(12), 60, 3)
    first, again, other = (krippendorff_alpha(x, se="bootstrap", rng=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    generator = krippendorff_alpha(x, se="bootstrap", rng=np.random.default_rng(1))
    assert generator == first


# Wrong use: an error that says what to do --------------------------------------------------------

X = np.array([[1.0, 2, 3], [2, 2, 2], [3, 1, 2]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fleiss_kappa(), "needs ratings"),
        (lambda: fleiss_kappa(X[0]), "one row a unit"),
        (lambda: fleiss_kappa([["yes", "no"]]), "must be numbers"),
        (lambda: fleiss_kappa(np.array([[1.0, np.inf]])), "infinite"),
        (lambda: fleiss_kappa(X, categories=[1, 2]), "outside the levels: 3"),
        (lambda: fleiss_kappa(X, categories=[3, 2, 1]), "ascending"),
        (lambda: fleiss_kappa(X, weights="cubic"), "cubic"),
        (lambda: fleiss_kappa(X, weights=np.eye(2)), "shape"),
        (lambda: fleiss_kappa(X, weights=np.eye(3) * 2), "diagonal must be 1.*between 0 and 1"),
        (lambda: fleiss_kappa(X, weights=np.triu(np.ones((3, 3)))), "symmetric"),
        (lambda: krippendorff_alpha(X, metric="angle"), "angle"),
        (lambda: krippendorff_alpha(X - 2, metric="ratio"), "levels of 0 or more"),
        (lambda: krippendorff_alpha(X, metric=np.eye(3)), "diagonal must be 0"),
        (lambda: fleiss_kappa(X, se="magic"), "se='magic' is not known"),
        (lambda: fleiss_kappa(X, confidence=95, draws=3), "confidence=95.*draws=3"),
        (lambda: fleiss_kappa(X, se="gwet", clusters=[1, 2, 3]), "independent units"),
        (lambda: fleiss_kappa(X, clusters=[1, 2]), "one label for each of 3 units"),
        (lambda: fleiss_kappa(X, clusters=["a", None, "b"]), "missing for 1 of 3 units .rows 1"),
        (lambda: agreement.cohen_kappa(X), "two raters, here are 3"),
        (lambda: fleiss_kappa(X[None].repeat(2, axis=0)), "batch"),
        (lambda: batch("kappa", X[None]), "not known"),
        (lambda: fleiss_kappa(X, patterns=Patterns.from_ratings(X)), "give it alone"),
        (
            lambda: agreement.conger_kappa(patterns=Patterns.from_ratings(X)),
            "does not say who rated what",
        ),
    ],
)
def test_wrong_use_is_told(call: Callable[[], Estimate], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
