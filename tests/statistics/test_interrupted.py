"""Interrupted series: exact lines, errors by loops, control series, and what cannot be fitted."""

import math

import numpy as np
import pytest

from fidelity.errors import UsageError
from fidelity.statistics.interrupted import interrupted, lag_rule


def test_exact_lines_are_found_exactly() -> None:
    t = np.arange(40.0)
    y = 2 + 0.1 * t + np.where(t >= 15, 1.0 - 0.3 * (t - 15), 0.0)
    y += np.where(t >= 30, 0.5 + 0.2 * (t - 30), 0.0)
    found = interrupted(y, t, [30, 15])
    assert found.before.value == pytest.approx(0.1)
    assert [level.value for level in found.levels] == pytest.approx([1.0, 0.5])
    assert [slope.value for slope in found.slopes] == pytest.approx([-0.3, 0.2])
    assert found.fitted == pytest.approx(y)
    assert found.without == pytest.approx(2 + 0.1 * t)


def newey_west(y: np.ndarray, X: np.ndarray, lags: int) -> np.ndarray:
    """The errors of the publication, pair by pair."""
    n, p = X.shape
    bread = np.linalg.inv(X.T @ X)
    e = y - X @ (bread @ X.T @ y)
    S = np.zeros((p, p))
    for one in range(n):
        for other in range(n):
            distance = abs(one - other)
            if distance <= lags:
                weight = 1 - distance / (lags + 1)
                S += weight * e[one] * e[other] * np.outer(X[one], X[other])
    return np.sqrt(np.diag(n / (n - p) * bread @ S @ bread))


@pytest.mark.parametrize("lags", [0, 3, 5])
def test_errors_equal_loops(lags: int) -> None:
    rng = np.random.default_rng(lags)
    t = np.arange(36.0)
    y = rng.normal(size=36).cumsum()
    found = interrupted(y, t, [12], lags=lags)
    X = np.column_stack([np.ones(36), t, t >= 12, np.where(t >= 12, t - 12, 0)])
    se = newey_west(y, X.astype(float), lags)
    told = [found.before.se, found.levels[0].se, found.slopes[0].se]
    assert told == pytest.approx(list(se[1:]), rel=1e-9)
    assert found.lags == lags
    assert f"{lags} lags" in found.method


def test_a_missing_month_makes_no_pair() -> None:
    rng = np.random.default_rng(9)
    t, y = np.arange(30.0), rng.normal(size=30)
    y[[7, 20]] = np.nan
    found = interrupted(y, t, [15], lags=1)
    known = ~np.isnan(y)
    X = np.column_stack([np.ones(30), t, t >= 15, np.where(t >= 15, t - 15, 0)]).astype(float)
    e = np.full(30, 0.0)
    bread = np.linalg.inv(X[known].T @ X[known])
    e[known] = y[known] - X[known] @ (bread @ X[known].T @ y[known])
    S = sum(
        (1.0 if a == b else 0.5) * e[a] * e[b] * np.outer(X[a], X[b])
        for a in range(30) for b in range(30) if abs(a - b) <= 1
    )  # fmt: skip
    se = np.sqrt(np.diag(28 / 24 * bread @ S @ bread))
    assert found.levels[0].se == pytest.approx(se[2], rel=1e-9)
    assert found.levels[0].n == 28


def test_what_a_control_shares_falls_out() -> None:
    rng = np.random.default_rng(1)
    t = np.arange(48.0)
    shared = np.where(t >= 24, 2.0, 0.0) + 0.05 * t + rng.normal(0, 0.3, 48)
    y = shared + np.where(t >= 24, 0.5, 0.0) + rng.normal(0, 0.05, 48)
    alone, beside = interrupted(y, t, [24]), interrupted(y, t, [24], control=shared)
    assert alone.levels[0].value > 2.0
    assert beside.levels[0].lower < 0.5 < beside.levels[0].upper
    assert beside.levels[0].se < alone.levels[0].se / 3
    assert "control" in beside.method


def test_the_rule_of_lags() -> None:
    assert [lag_rule(n) for n in (24, 36, 60, 100, 400)] == [2, 3, 3, 4, 5]


def test_too_short_segments_are_refused() -> None:
    with pytest.raises(UsageError, match="segments of 9, 1"):
        interrupted(np.zeros(10), np.arange(10.0), [9])
    with pytest.raises(UsageError, match="must rise"):
        interrupted(np.zeros(4), [0, 2, 1, 3], [2])


def test_autocorrelation_is_told() -> None:
    y = np.tile([1.0, -1.0], 20)
    found = interrupted(y, np.arange(40.0), [20])
    assert found.autocorrelation < -0.8
    assert not math.isnan(found.levels[0].lower)
