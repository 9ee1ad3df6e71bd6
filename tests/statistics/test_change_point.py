"""Turning points: planted ones, every place by brute force, missing months, false ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from fidelity.errors import UsageError
from fidelity.statistics.change_point import change_points


@given(st.integers(0, 1000), st.integers(1, 3))
def test_the_place_and_statistic_equal_every_t_test(seed: int, least: int) -> None:
    y = np.random.default_rng(seed).normal(size=14)
    found = change_points(y, least=least, permutations=1)
    each = {k: abs(ttest_ind(y[:k], y[k:]).statistic) for k in range(max(least, 1), 14 - least + 1)}
    best = max(each, key=lambda k: each[k])
    assert found.last_before[0] == best - 1
    assert found.statistic[0] == pytest.approx(each[best], rel=1e-9)
    assert found.before[0] == pytest.approx(y[:best].mean())
    assert found.after[0] == pytest.approx(y[best:].mean())


def test_planted_changes_among_many_series() -> None:
    rng = np.random.default_rng(3)
    y = rng.normal(size=(60, 48))
    y[:12, 20:] += 2.0
    found = change_points(y, permutations=1999, rng=1)
    called = found.q < 0.05
    assert called[:12].all()
    assert called[12:].sum() <= 2
    assert (np.abs(found.last_before[:12] - 19) <= 2).all()
    assert (found.p >= 1 / 2000).all()


def test_p_is_even_where_nothing_changed() -> None:
    found = change_points(np.random.default_rng(4).normal(size=(400, 30)), permutations=199)
    assert 0.02 < (found.p <= 0.05).mean() < 0.09
    assert abs(found.p.mean() - 0.5) < 0.06


def test_blocks_hold_what_neighbours_share() -> None:
    rng = np.random.default_rng(5)
    y = rng.normal(size=(200, 60))
    for month in range(1, 60):
        y[:, month] += 0.5 * y[:, month - 1]
    single = change_points(y, permutations=199).p
    blocks = change_points(y, permutations=199, block=6).p
    assert (blocks <= 0.05).mean() < (single <= 0.05).mean() / 2


def test_missing_months_are_left_out() -> None:
    y = np.repeat([0.0, 3.0], 10) + np.random.default_rng(6).normal(0, 0.2, 20)
    gaps = y.copy()
    gaps[[4, 12]] = np.nan
    found = change_points(np.stack([y, gaps]), permutations=99)
    assert list(found.last_before) == [9, 9]
    assert list(found.n) == [20, 18]
    short = change_points([1.0, 2.0, np.nan, 3.0], permutations=9)
    assert short.last_before[0] == -1
    assert np.isnan(short.p[0])
    flat = change_points(np.ones(12), permutations=9)
    assert flat.p[0] == 1.0


def test_seeds_and_faults() -> None:
    y = np.random.default_rng(7).normal(size=24)
    assert change_points(y, rng=1).p == change_points(y, rng=1).p
    with pytest.raises(UsageError, match="1 or more"):
        change_points(y, least=0)
