"""Intraclass correlations: another route, planted truth, what must hold, edges."""

from collections.abc import Callable
from math import inf, isnan, nan, sqrt

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import fdtri

from fidelity.errors import UsageError
from fidelity.statistics import icc_incomplete
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.icc import FORMS, KINDS, icc, sem, smallest_detectable_change

Array = npt.NDArray[np.float64]

#: Shrout & Fleiss 1979, Table 2.
TARGETS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype=float,
)


def planted(
    random: np.random.Generator, units: int, raters: int, unit: float, rater: float, error: float
) -> Array:
    """Scores with the variances given."""
    return (
        5.0
        + sqrt(unit) * random.normal(size=(units, 1))
        + sqrt(rater) * random.normal(size=(1, raters))
        + sqrt(error) * random.normal(size=(units, raters))
    )


@st.composite
def scores(draw: st.DrawFn) -> Array:
    units, raters = draw(st.integers(2, 8)), draw(st.integers(2, 4))
    row = st.lists(st.integers(0, 10), min_size=raters, max_size=raters)
    return np.array(draw(st.lists(row, min_size=units, max_size=units)), dtype=float)


def same(first: float, second: float) -> bool:
    return (isnan(first) and isnan(second)) or first == pytest.approx(second, abs=1e-7, rel=1e-7)


# Another route ------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(x=scores())
def test_values_are_the_variance_components_of_the_definitions(x: Array) -> None:
    """ICC as covariance over variance, from components solved from the mean squares by loops."""
    n, k = x.shape
    mean = x.mean()
    between = k * sum((row.mean() - mean) ** 2 for row in x) / (n - 1)
    raters = n * sum((column.mean() - mean) ** 2 for column in x.T) / (k - 1)
    within = sum((value - row.mean()) ** 2 for row in x for value in row) / (n * (k - 1))
    error = sum(
        (x[i, j] - x[i].mean() - x[:, j].mean() + mean) ** 2 for i in range(n) for j in range(k)
    ) / ((n - 1) * (k - 1))
    assume(min(between, within, error) > 1e-9)
    one_way = (between - within) / k
    unit, rater = (between - error) / k, (raters - error) / n
    found = icc(x)
    assert same(found["ICC1"].value, one_way / (one_way + within))
    assert same(found["ICC1k"].value, one_way / (one_way + within / k))
    assert same(found["ICC3"].value, unit / (unit + error))
    assert same(found["ICC3k"].value, unit / (unit + error / k))
    if abs(unit + rater + error) > 1e-6:
        assert same(found["ICC2"].value, unit / (unit + rater + error))
        assert same(sem(x).value, sqrt(rater + error))
    assert same(sem(x, kind="consistency").value, sqrt(error))
    assert same(sem(x, kind="oneway").value, sqrt(within))


@settings(max_examples=30)
@given(x=scores(), confidence=st.sampled_from([0.8, 0.95]))
def test_limits_are_where_the_f_test_turns(x: Array, confidence: float) -> None:
    """The limit is the value of the coefficient at which a test of it just rejects."""
    n, k = x.shape
    found = icc(x, confidence=confidence)["ICC3"]
    assume(found.bounded)
    ratio = (1 + (k - 1) * found.value) / (1 - found.value)
    assume(ratio > 1e-9)
    freedom = (n - 1, (n - 1) * (k - 1))
    tail = (1 - confidence) / 2
    for limit, quantile in ((found.lower, 1 - tail), (found.upper, tail)):
        at_limit = (1 + (k - 1) * limit) / (1 - limit)
        assert same(ratio / at_limit, fdtri(*freedom, quantile))


def test_reml_equals_the_mean_squares_where_nothing_is_missing() -> None:
    study = icc_incomplete.studied(TARGETS, 0.95, ("r:p", "p x r"))
    for form, complete in icc(TARGETS).items():
        found = icc_incomplete.share(study, form, "", 0.95)
        assert found.value == pytest.approx(complete.value, rel=1e-4)
        if form in ("ICC3", "ICC3k"):
            assert found.lower == pytest.approx(complete.lower, rel=1e-3)
            assert found.upper == pytest.approx(complete.upper, rel=1e-3)
    for kind, form in KINDS.items():
        value, lower, upper, _ = icc_incomplete.error_variance(study, form, 0.95)
        complete = sem(TARGETS, kind=kind)
        assert sqrt(value) == pytest.approx(complete.value, rel=1e-4)
        assert sqrt(lower) == pytest.approx(complete.lower, rel=0.03)
        assert sqrt(upper) == pytest.approx(complete.upper, rel=0.03)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_planted_variances_are_found(missing: float) -> None:
    random = np.random.default_rng(1)
    x = planted(random, 300, 30, unit=1.0, rater=0.25, error=0.75)
    x[random.random(x.shape) < missing] = nan
    found = icc(x)
    assert found["ICC2"].value == pytest.approx(0.5, abs=0.05)
    assert found["ICC3"].value == pytest.approx(1 / 1.75, abs=0.05)
    assert found["ICC1"].value == pytest.approx(found["ICC2"].value, abs=0.01)
    assert found["ICC2"].lower < 0.5 < found["ICC2"].upper
    for kind, true in (("agreement", 1.0), ("consistency", sqrt(0.75)), ("oneway", 1.0)):
        error = sem(x, kind=kind)
        assert error.value == pytest.approx(true, abs=0.1)
        if kind != "oneway":  # its interval holds where raters are others for each unit
            assert error.lower < true < error.upper


def test_auditors_who_each_scored_a_few() -> None:
    """The usual table: many auditors, one or two scores a piece."""
    random = np.random.default_rng(2)
    full = planted(random, 300, 12, unit=1.0, rater=0.2, error=0.8)
    x = np.full_like(full, nan)
    for unit in range(300):
        who = random.choice(12, 1 + unit % 2, replace=False)
        x[unit, who] = full[unit, who]
    found = icc(x)
    assert found["ICC2"].n == 300
    assert found["ICC2"].lower < 0.5 < found["ICC2"].upper
    assert found["ICC2"].upper - found["ICC2"].lower < 0.4
    assert "1.33 scores a unit" in found["ICC2k"].method
    both = found["ICC2"].value
    mean = 4 / 3 * both / (1 + both / 3)
    assert found["ICC2k"].value == pytest.approx(mean, rel=1e-9)


# What must hold -----------------------------------------------------------------------------------


@settings(max_examples=30)
@given(x=scores(), data=st.data())
def test_order_of_units_and_raters_changes_nothing(x: Array, data: st.DataObject) -> None:
    units = data.draw(st.permutations(range(x.shape[0])))
    raters = data.draw(st.permutations(range(x.shape[1])))
    turned = icc(x[units][:, raters])
    for form, found in icc(x).items():
        assert same(found.value, turned[form].value)
        assert same(found.lower, turned[form].lower)


@settings(max_examples=30)
@given(x=scores(), factor=st.sampled_from([-3.0, 0.01, 250.0]), shift=st.sampled_from([-7.0, 1e4]))
def test_unit_and_origin_of_the_scale_change_no_icc(x: Array, factor: float, shift: float) -> None:
    moved = icc(factor * x + shift)
    for form, found in icc(x).items():
        assert same(found.value, moved[form].value)
        assert same(found.upper, moved[form].upper)
    first, second = sem(x), sem(factor * x + shift)
    assert second.value == pytest.approx(abs(factor) * first.value, rel=1e-5, abs=1e-7)


@settings(max_examples=30)
@given(x=scores())
def test_strictness_counts_for_agreement_only(x: Array) -> None:
    """Adding a constant to one rater leaves consistency as it is, and never helps agreement."""
    strict = x.copy()
    strict[:, 0] += 100.0
    before, after = icc(x), icc(strict)
    assert same(before["ICC3"].value, after["ICC3"].value)
    if before["ICC2"].known and before["ICC2"].value > 1e-6:
        assert after["ICC2"].value < before["ICC2"].value


@settings(max_examples=30)
@given(x=scores(), confidence=st.sampled_from([0.5, 0.9]))
def test_more_confidence_is_wider(x: Array, confidence: float) -> None:
    for form, usual in icc(x).items():
        less = icc(x, confidence=confidence)[form]
        if usual.bounded and less.bounded:
            assert usual.lower <= less.lower <= less.upper <= usual.upper


def test_raters_and_units_without_scores_leave() -> None:
    x = np.full((8, 5), nan)
    x[1:7, :4] = TARGETS
    assert icc(x) == icc(TARGETS)
    assert sem(x) == sem(TARGETS)


def test_detectable_change_is_a_multiple_of_the_error() -> None:
    error, change = sem(TARGETS), smallest_detectable_change(TARGETS)
    assert change.value == pytest.approx(1.959964 * sqrt(2) * error.value, rel=1e-6)
    assert change.lower == pytest.approx(1.959964 * sqrt(2) * error.lower, rel=1e-6)
    less = smallest_detectable_change(TARGETS, level=0.9)
    assert less.value == pytest.approx(1.644854 * sqrt(2) * error.value, rel=1e-6)


# Edges --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (np.empty((0, 3)), "0 unit"),
        (np.full((3, 3), nan), "0 unit"),
        ([[1.0, 2.0, 3.0]], "1 unit"),
        ([[1.0], [2.0]], "1 rater"),
        ([[1.0, nan], [2.0, nan]], "1 rater"),
        ([[1.0, nan], [nan, 2.0]], "scored twice"),
    ],
)
def test_too_little(x: npt.ArrayLike, reason: str) -> None:
    for found in [*icc(x).values(), sem(x), smallest_detectable_change(x)]:
        assert not found.known
        assert not found.bounded
        assert reason in found.reason


def test_no_variance_at_all() -> None:
    for x in (np.full((5, 3), 2.0), np.array([[2.0, 2.0], [2.0, nan], [2.0, 2.0]])):
        for found in icc(x).values():
            assert not found.known
            assert found.reason
    assert sem(np.full((5, 3), 2.0)).value == 0.0


def test_raters_alike_give_one_without_interval() -> None:
    x = np.arange(5.0)[:, None] * np.ones(3)
    for found in icc(x).values():
        assert found.value == 1.0
        assert not found.bounded
        assert "raters do not differ" in found.reason
    assert sem(x).value == 0.0
    assert "no two ratings" in sem(x).reason


def test_units_alike_give_less_than_none() -> None:
    found = icc([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [2.0, 1.0]])
    assert found["ICC1"].value < 0
    assert "read it as none" in found["ICC1"].reason


def test_all_forms_are_named() -> None:
    assert list(icc(TARGETS)) == list(FORMS)
    assert "agreement" in icc(TARGETS)["ICC2"].method


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: icc([1.0, 2.0]), "one row a unit"),
        (lambda: icc([["a", "b"]]), "must be numbers"),
        (lambda: icc([[1.0, inf]]), "infinite"),
        (lambda: icc(TARGETS, confidence=1.0), "confidence=1.0"),
        (lambda: sem(TARGETS, kind="both"), "kind='both'"),
        (lambda: smallest_detectable_change(TARGETS, level=95), "level=95"),
    ],
)
def test_wrong_use_is_told(call: Callable[[], Estimate], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
