"""Limits: against plain loops, with missing months, phases, baselines and many series at once."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidelity.errors import UsageError
from fidelity.statistics.charts import (
    TRIAL,
    XMR_LIMIT,
    XMR_RANGE,
    c_chart,
    p_chart,
    u_chart,
    xbar_s,
    xmr,
)

RNG = np.random.default_rng(4)


def limits(y: list[float], used: list[bool], screen: bool) -> tuple[float, float]:
    """Center and half-width of individuals, one step at a time."""
    held = [v for v, u in zip(y, used, strict=True) if u and not math.isnan(v)]
    moves = [abs(b - a) for a, b in pairwise(held)]
    mean = math.fsum(moves) / len(moves)
    if screen:
        moves = [m for m in moves if m <= XMR_RANGE * mean]
        mean = math.fsum(moves) / len(moves)
    return math.fsum(held) / len(held), XMR_LIMIT * mean


@pytest.mark.parametrize("screen", [True, False])
def test_many_series_with_gaps_phases_and_baseline_equal_plain_loops(screen: bool) -> None:
    y = RNG.normal(3, 0.4, (4, 5, 30))
    y[RNG.random(y.shape) < 0.1] = np.nan
    y[0, 0, 7] = 9.0
    mask = (np.arange(30) < 9) | (np.arange(30) == 12)
    chart = xmr(y, baseline=mask, parts=[12, 20], screen=screen)
    for where in np.ndindex(4, 5):
        for part in (slice(0, 12), slice(12, 20), slice(20, 30)):
            used = mask[part].tolist()
            if sum(used) == 1:
                assert chart.n_limits[where][part].max() <= 1
                assert np.isnan(chart.reach[where][part]).all()
                continue
            if not any(used):
                used = [True] * (part.stop - part.start)
            center, reach = limits(y[where][part].tolist(), used, screen)
            assert chart.center[where][part] == pytest.approx(center)
            assert chart.reach[where][part] == pytest.approx(reach)
            known = ~np.isnan(y[where][part])
            assert (chart.n_limits[where][part] == (known & used).sum()).all()


def test_one_call_equals_a_call_for_each_series() -> None:
    y = RNG.normal(size=(50, 40))
    y[RNG.random(y.shape) < 0.05] = np.nan
    whole = xmr(y, parts=[15])
    for k, row in enumerate(y):
        one = xmr(row, parts=[15])
        assert np.array_equal(one.center, whole.center[k], equal_nan=True)
        assert np.array_equal(one.upper, whole.upper[k], equal_nan=True)
        assert np.array_equal(one.direction, whole.direction[k])
        for name, flag in one.flags.items():
            assert np.array_equal(flag, whole.flags[name][k]), name


@given(st.lists(st.integers(0, 400), min_size=3, max_size=40), st.integers(-50, 50))
def test_moving_and_stretching_points_moves_and_stretches_limits(y: list[int], by: int) -> None:
    given_, moved = xmr(y), xmr(np.array(y) * 2.0 + by)
    assert moved.center == pytest.approx(given_.center * 2 + by)
    assert moved.reach == pytest.approx(given_.reach * 2)
    for name, flag in given_.flags.items():
        assert np.array_equal(flag, moved.flags[name])


def test_a_turned_series_is_flagged_the_other_way() -> None:
    y = RNG.normal(size=(200, 60))
    y[:, 30:] += 0.8
    for rules in ("nhs", "western_electric", "nelson"):
        one, other = xmr(y, rules=rules), xmr(-y, rules=rules)
        assert np.array_equal(one.flagged, other.flagged)
        assert np.array_equal(one.direction, -other.direction)
        assert (one.direction == 1).any()


def test_a_missing_month_neither_breaks_nor_lengthens_a_run() -> None:
    up = [0.0, 1.0] * 6 + [2.0, 2.1, 1.9, 2.2, 2.0, 1.8, 2.0]
    gap = [*up[:15], np.nan, *up[15:]]
    held = np.array([k for k in range(len(gap)) if k != 15])
    one, other = xmr(up), xmr(gap)
    assert other.center[0] == pytest.approx(one.center[0])
    assert one.flags["7 on one side"].sum() >= 7
    for name, flag in one.flags.items():
        assert np.array_equal(other.flags[name][held], flag)
        assert not other.flags[name][15]


def test_screening_keeps_one_slip_from_widening_all_limits() -> None:
    y = RNG.normal(size=40)
    y[20] = 15
    wide, narrow = xmr(y, screen=False), xmr(y)
    assert narrow.reach[0] < 0.8 * wide.reach[0]
    assert narrow.center[0] == wide.center[0]


def test_no_rule_looks_across_a_phase() -> None:
    y = np.r_[np.tile([1.0, 2.0], 8), np.full(5, 5.0), np.tile([5.0, 6.0], 5)]
    assert xmr(y).flags["7 on one side"].any()
    assert not xmr(y, parts=[16]).flags["7 on one side"].any()


def test_extra_variance_widens_the_limits_of_its_point_alone() -> None:
    y = RNG.normal(size=20)
    extra = np.zeros(20)
    extra[7] = 0.25
    plain, wide = xmr(y), xmr(y, extra=extra)
    assert wide.reach[7] == pytest.approx(math.hypot(plain.reach[7], 3 * 0.5))
    assert np.delete(wide.reach, 7) == pytest.approx(np.delete(plain.reach, 7))


def test_limits_are_clipped_to_what_can_be_and_said_to_be() -> None:
    y = [3.8, 3.9, 3.2, 3.9, 3.4, 3.9, 3.5, 3.9, 3.3, 3.8, 3.9, 3.1, 3.9]
    chart = xmr(y, bounds=(0, 4))
    assert chart.upper.max() == 4
    assert chart.clipped.all()
    assert chart.notes == ("Limits stop where possible values end.",)
    assert xmr(y).notes == ()
    assert not xmr(y, bounds=(-9, 9)).clipped.any()


def test_fewer_than_twelve_points_are_trial_limits() -> None:
    y = RNG.normal(size=30)
    assert xmr(y[: TRIAL - 1]).trial.all()
    assert not xmr(y[:TRIAL]).trial.any()
    parts = xmr(y, parts=[20]).trial
    assert not parts[:20].any()
    assert parts[20:].all()
    assert "Trial limits" in xmr(y, parts=[20]).notes[0]


def test_unequal_months_of_means() -> None:
    """With unequal n, sigma is unbiased: over many series its mean is right."""
    n = np.tile([3, 5, 12, 30], 6)
    draws = [RNG.normal(2, 0.7, (4000, int(k))) for k in n]
    means = np.stack([d.mean(axis=1) for d in draws], axis=1)
    sds = np.stack([d.std(axis=1, ddof=1) for d in draws], axis=1)
    chart = xbar_s(means, sds, n)
    sigma = chart.reach * np.sqrt(n) / 3
    assert sigma[:, 0].mean() == pytest.approx(0.7, abs=4 * sigma[:, 0].std() / 4000**0.5)
    assert np.allclose(sigma, sigma[:, :1])
    weighted = (means * n).sum(axis=1) / n.sum()
    assert chart.center[:, 0] == pytest.approx(weighted)


def test_counts_without_exposure_have_no_point() -> None:
    chart = u_chart([3, 0, 4, 2], [10, 0, 12, 9])
    assert np.isnan(chart.y[1])
    assert np.isnan(chart.upper[1])
    assert chart.center[0] == pytest.approx(9 / 31)
    share = p_chart([[1, 2, 0], [0, 0, 0]], [4, 4, 0])
    assert np.isnan(share.y[:, 2]).all()
    assert share.center[0, 0] == pytest.approx(3 / 8)
    assert share.center[1, 0] == 0
    assert not share.flagged.any()
    assert np.isnan(c_chart([np.nan, np.nan]).center).all()


def test_equal_points_have_limits_without_width_and_no_flags() -> None:
    chart = xmr(np.full(20, 3.0))
    assert (chart.reach == 0).all()
    assert not chart.flagged.any()
    frozen = xmr([3.0] * 12 + [3.5], baseline=np.arange(13) < 12)
    assert frozen.flags["outside the limits"].tolist() == [False] * 12 + [True]


@pytest.mark.parametrize("y", [[], [1.0], [np.nan] * 8, [np.nan, 2.0, np.nan]])
def test_too_few_points_give_no_limits_and_no_flags(y: list[float]) -> None:
    chart = xmr(y)
    assert np.isnan(chart.reach).all()
    assert not chart.flagged.any()
    assert chart.y.shape == chart.upper.shape == (len(y),)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: xmr(3.0), "axis of time"),
        (lambda: xmr([1.0, np.inf]), "infinite"),
        (lambda: xmr([1.0, 2.0], parts=[2]), "positions from 1 to 1"),
        (lambda: xmr([1.0, 2.0, 3.0], parts=[2, 1]), "rising order"),
        (lambda: xmr([1.0, 2.0], baseline=[True]), "one True or False"),
        (lambda: xmr([1.0, 2.0], baseline=[1, 0]), "True or False for each of the 2"),
        (lambda: xmr([1.0, 2.0], rules="NHS"), "Sets: nhs, western_electric"),
        (lambda: p_chart([-1], [3]), "below 0"),
    ],
)
def test_wrong_calls_say_what_is_allowed(call: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call()  # type: ignore[operator]
