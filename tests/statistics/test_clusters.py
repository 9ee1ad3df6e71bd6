"""Cluster-robust means, shares and ratios, against matrices written out and known values."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from fidelity.statistics.clusters import (
    _cr2,
    cluster_mean,
    cluster_ratio,
    cluster_share,
    stratified_mean,
    welch,
    wilson,
)


def brute_force(e: np.ndarray, w: np.ndarray, clusters: np.ndarray) -> tuple[float, float]:
    """CR2 and Satterthwaite with the matrices of Pustejovsky and Tipton written out."""
    total, n = w.sum(), len(w)
    m = np.eye(n) - np.outer(np.ones(n), w) / total
    p, variance = [], 0.0
    for g in np.unique(clusters):
        inside = clusters == g
        c = (1 - w[inside].sum() / total) ** -0.5
        p.append(np.where(inside, w * c / total, 0.0))
        variance += float(p[-1] @ e) ** 2
    big = np.array([[a @ m @ m.T @ b for b in p] for a in p])
    return variance, float(np.trace(big) ** 2 / (big**2).sum())


@given(st.integers(0, 10_000), st.integers(2, 9), st.booleans())
def test_cr2_equals_the_matrices(seed: int, clusters: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(clusters), rng.integers(0, clusters, 20)])
    w = rng.random(labels.size) + 0.5 if weighted else np.ones(labels.size)
    y = rng.normal(size=labels.size)
    e = y - w @ y / w.sum()
    variance, df, m = _cr2(e, w, labels)
    expected = brute_force(e, w, labels)
    assert m == clusters
    assert np.isclose(variance, expected[0])
    assert np.isclose(df, expected[1])


def test_without_clusters_it_is_the_t_interval() -> None:
    y = np.random.default_rng(1).normal(size=30)
    given_ = cluster_mean(y, np.arange(30))
    lower, upper = scipy_stats.t.interval(0.95, 29, y.mean(), scipy_stats.sem(y))
    assert np.allclose([given_.lower, given_.upper], [lower, upper])


def test_one_cluster_has_no_interval() -> None:
    given_ = cluster_mean([1.0, 2.0, 3.0], ["a", "a", "a"])
    assert given_.value == 2.0
    assert math.isnan(given_.lower)
    assert given_.reason


def test_wilson_gives_the_published_example() -> None:
    """14 of 20: 48.1% to 85.5% (the convention of this project's domain notes)."""
    lower, upper = wilson(0.7, 20, 1.959964)
    assert (round(100 * lower, 1), round(100 * upper, 1)) == (48.1, 85.5)


def test_a_share_of_independent_pieces_has_a_design_effect_of_one() -> None:
    yes = np.arange(20) < 14
    given_ = cluster_share(yes, np.arange(20))
    expected = wilson(0.7, 20, float(scipy_stats.t.ppf(0.975, 19)))
    assert np.allclose([given_.lower, given_.upper], expected)


def test_clustering_widens_and_all_alike_counts_clusters() -> None:
    yes = np.repeat([True, False, True, True], 5)
    clustered, loose = cluster_share(yes, np.repeat(np.arange(4), 5)), cluster_share(yes, range(20))
    assert clustered.upper - clustered.lower > loose.upper - loose.lower
    alike = cluster_share(np.ones(20, bool), np.repeat(np.arange(4), 5))
    assert np.isclose(alike.lower, wilson(1.0, 4, float(scipy_stats.t.ppf(0.975, 3)))[0])


def test_a_ratio_is_of_sums_and_undefined_without_a_divisor() -> None:
    given_ = cluster_ratio([2, 4, 6], [1, 2, 3], [0, 1, 2])
    assert given_.value == 2.0
    assert given_.se == 0.0
    assert math.isnan(cluster_ratio([1, 2], [0, 0], [0, 1]).value)


def test_the_interval_of_a_ratio_covers() -> None:
    """Planted truth: 40 clusters, ratio 0.8; 95% within three Monte Carlo errors."""
    rng, hits, runs = np.random.default_rng(3), 0, 400
    for _ in range(runs):
        size = np.repeat(rng.gamma(5, 1, 40), 4)
        below = rng.poisson(4 * size)
        top = rng.poisson(0.8 * 4 * size)
        found = cluster_ratio(top, below, np.repeat(np.arange(40), 4))
        hits += found.lower <= 0.8 <= found.upper
    assert abs(hits / runs - 0.95) < 3 * math.sqrt(0.95 * 0.05 / runs)


def test_strata_are_weighted_and_a_full_count_has_no_error() -> None:
    y, strata = [4.0, 4.0, 2.0, 3.0], ["a", "a", "b", "b"]
    given_ = stratified_mean(y, range(4), strata, {"a": 10, "b": 30})
    assert given_.value == 0.25 * 4 + 0.75 * 2.5
    everything = stratified_mean(y, range(4), strata, {"a": 2, "b": 2})
    assert everything.se == 0.0
    missing = stratified_mean(y, range(4), strata, {"a": 2, "b": 2, "c": 5})
    assert "c" in missing.reason


def test_welch_agrees_with_scipy() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.normal(0, 1, 12), rng.normal(1, 3, 30)
    found = scipy_stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    given_ = welch(a, b)
    assert np.allclose([given_.lower, given_.upper], [found.low, found.high])


@pytest.mark.parametrize("empty", [[], np.array([])])
def test_nothing_is_a_result(empty: list[float]) -> None:
    assert cluster_mean(empty, empty).reason == "no pieces"
    assert cluster_share(empty, empty).reason == "no pieces"
    assert cluster_ratio(empty, empty, empty).reason == "no pieces"
