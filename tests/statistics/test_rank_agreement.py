"""Rank correlation with clusters: against SciPy, by leaving out by hand, and its coverage."""

import math

import numpy as np
import pytest
from scipy import stats

from fidelity.errors import UsageError
from fidelity.statistics.rank_agreement import spearman


def test_the_value_is_scipys_also_with_ties() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        x, y = rng.integers(0, 5, 40), rng.integers(0, 5, 40)
        expected = stats.spearmanr(x, y).statistic
        assert spearman(x, y, np.arange(40)).value == pytest.approx(expected, abs=1e-12)


def test_the_interval_is_the_jackknife_done_by_hand() -> None:
    rng = np.random.default_rng(2)
    g = np.repeat(np.arange(8), 4)
    x = rng.standard_normal(32)
    y = x + rng.standard_normal(32)
    found = spearman(x, y, [f"P{k}" for k in g])
    left = [np.arctanh(stats.spearmanr(x[g != k], y[g != k]).statistic) for k in range(8)]
    se = math.sqrt(7 / 8 * sum((z - np.mean(left)) ** 2 for z in left))
    half = stats.t.ppf(0.975, 7) * se
    middle = np.arctanh(found.value)
    expected = (math.tanh(middle - half), math.tanh(middle + half))
    assert (found.lower, found.upper) == pytest.approx(expected)
    assert (found.clusters, found.reason) == (8, "few clusters")


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_coverage_with_workers_who_share_something(rho: float) -> None:
    """Ranks of bivariate normal cases of 25 workers: the true rank correlation is known."""
    rng, runs, held = np.random.default_rng(3), 200, 0
    true = 6 / math.pi * math.asin(rho / 2)  # Pearson 1907, normal data
    worker = np.repeat(np.arange(25), 3)
    for _ in range(runs):
        shared = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 25)[worker]
        own = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 75)
        x, y = (math.sqrt(0.3) * shared + math.sqrt(0.7) * own).T
        found = spearman(x, y, worker)
        held += found.lower <= true <= found.upper
    low, high = stats.binom.ppf([0.005, 0.995], runs, [0.93, 0.97])
    assert low <= held <= high


def test_what_cannot_be_computed_has_a_reason() -> None:
    assert spearman([1, 1, 1], [1, 2, 3], [1, 2, 3]).reason == "one of the two does not vary"
    assert not spearman([1, 2, 3], [1, 3, 2], ["a", "a", "b"]).bounded
    with pytest.raises(UsageError, match="equally many"):
        spearman([1, 2], [1, 2, 3], [1, 2, 3])
    with pytest.raises(UsageError, match="missing"):
        spearman([1, math.nan], [1, 2], [1, 2])
