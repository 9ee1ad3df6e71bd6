"""Two periods: the difference, its two intervals, and how many pieces would tell one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidelity.statistics.change import pieces_needed, two_periods, two_periods_bootstrap


def pieces(seed: int, people: int = 20, n: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    who, after = rng.integers(0, people, n), rng.random(n) < 0.5
    return rng.normal(0, 0.5, people)[who] + 0.4 * after + rng.normal(size=n), after, who


@given(st.integers(0, 1000))
def test_the_difference_is_that_of_the_means(seed: int) -> None:
    y, after, who = pieces(seed)
    found = two_periods(y, after, who)
    assert found.difference.value == pytest.approx(y[after].mean() - y[~after].mean())
    assert found.before.value == pytest.approx(y[~after].mean())
    assert found.both == len(set(who[after]) & set(who[~after]))
    assert found.difference.lower < found.difference.value < found.difference.upper


def test_without_common_workers_the_variances_add_up() -> None:
    y, after, who = pieces(1)
    apart = two_periods(y, after, np.where(after, who, who + 100))
    assert apart.both == 0
    assert apart.difference.se**2 == pytest.approx(apart.before.se**2 + apart.after.se**2, rel=1e-9)


def test_a_worker_in_both_periods_is_their_own_control() -> None:
    rng = np.random.default_rng(2)
    own = rng.normal(0, 2, 15)
    y = np.concatenate([own, own + 0.3 + rng.normal(0, 0.05, 15)])
    after, who = np.repeat([False, True], 15), np.tile(np.arange(15), 2)
    together = two_periods(y, after, who).difference
    apart = two_periods(y, after, np.arange(30)).difference
    assert together.se < apart.se / 10
    # Fifteen pairs: the paired t test, exactly.
    change = y[15:] - y[:15]
    assert together.se == pytest.approx(change.std(ddof=1) / math.sqrt(15), rel=1e-9)


def test_weights_that_repeat_pieces() -> None:
    y, after, who = pieces(3)
    w = np.where(np.arange(len(y)) % 3 == 0, 2.0, 1.0)
    rows = np.repeat(np.arange(len(y)), w.astype(int))
    weighted = two_periods(y, after, who, w).difference
    repeated = two_periods(y[rows], after[rows], who[rows]).difference
    assert weighted.value == pytest.approx(repeated.value)
    # The same sums by cluster; the adjustment for few clusters is that of the weights.
    assert weighted.se == pytest.approx(repeated.se, rel=1e-9)


def test_kinds_held_equal() -> None:
    rng = np.random.default_rng(4)
    after, who = np.arange(400) % 2 == 1, rng.integers(0, 40, 400)
    hard = rng.random(400) < np.where(after, 0.8, 0.2)
    y = -1.0 * hard + rng.normal(0, 0.3, 400)
    plain = two_periods(y, after, who).difference
    equal = two_periods(y, after, who, others=hard.astype(float)).difference
    assert plain.upper < -0.3
    assert equal.lower < 0 < equal.upper


def test_the_bootstrap_is_seeded_and_near_the_robust_interval() -> None:
    y, after, who = pieces(5, people=40, n=300)
    one = two_periods_bootstrap(y, after, who, rng=7)
    again = two_periods_bootstrap(y, after, who, rng=7)
    other = two_periods_bootstrap(y, after, who, rng=8)
    assert (one.lower, one.upper) == (again.lower, again.upper)
    assert (one.lower, one.upper) != (other.lower, other.upper)
    robust = two_periods(y, after, who).difference
    assert one.value == pytest.approx(robust.value)
    assert one.lower == pytest.approx(robust.lower, abs=0.05)
    assert one.upper == pytest.approx(robust.upper, abs=0.05)


def test_the_linearised_error_of_the_bootstrap_is_the_plain_sandwich() -> None:
    y, after, who = pieces(6)
    found = two_periods_bootstrap(y, after, who, draws=3)
    total = 0.0
    for worker in np.unique(who):
        mine = who == worker
        parts = [(y[mine & side] - y[side].mean()).sum() / side.sum() for side in (after, ~after)]
        total += (parts[0] - parts[1]) ** 2
    assert found.se == pytest.approx(math.sqrt(total), rel=1e-9)


def test_nothing_on_a_side_is_a_result() -> None:
    found = two_periods([1.0, 2.0], [True, True], ["a", "b"])
    assert math.isnan(found.difference.value)
    assert found.difference.reason == "no pieces before"
    one = two_periods([1.0, 2.0, 3.0], [False, True, True], ["a", "a", "b"])
    assert one.difference.value == 1.5
    assert math.isnan(one.difference.lower)
    assert math.isnan(two_periods_bootstrap([1.0, 2.0], [True, True], ["a", "b"]).lower)


def test_how_many_pieces_would_tell() -> None:
    # Half an interval of 1 from 50 and 50: a change of .5 needs four times as many on each side.
    after, each = pieces_needed(1.0, 50, 50, 0.5)
    assert math.isinf(after)
    assert each == 200
    after, each = pieces_needed(0.5, 100, 20, 0.5)
    assert after == 20
    assert pieces_needed(0.5, 1000, 20, 0.4)[0] == pytest.approx(20 / 0.64, abs=2)
