"""Cluster-robust regression, against the matrices of the publication written out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidelity.errors import UsageError
from fidelity.statistics.cluster_regression import cluster_regression, p_value
from fidelity.statistics.clusters import cluster_mean


def brute_force(
    y: np.ndarray, X: np.ndarray, clusters: np.ndarray, contrast: np.ndarray
) -> tuple[np.ndarray, float]:
    """CR2 and Satterthwaite with every matrix of pieces by pieces."""
    bread = np.linalg.inv(X.T @ X)
    residuals, hat = y - X @ (bread @ X.T @ y), X @ bread @ X.T
    n, p = X.shape
    meat, turned = np.zeros((p, p)), []
    for label in np.unique(clusters):
        inside = clusters == label
        values, vectors = np.linalg.eigh(np.eye(inside.sum()) - hat[np.ix_(inside, inside)])
        root = np.where(values > 1e-9, 1 / np.sqrt(np.maximum(values, 1e-9)), 0.0)
        adjusted = vectors @ np.diag(root) @ vectors.T
        score = X[inside].T @ adjusted @ residuals[inside]
        meat += np.outer(score, score)
        spread = np.zeros(n)
        spread[inside] = adjusted @ X[inside] @ bread @ contrast
        turned.append((np.eye(n) - hat) @ spread)
    big = np.array([[a @ b for b in turned] for a in turned])
    return bread @ meat @ bread, float(np.trace(big) ** 2 / (big**2).sum())


@given(st.integers(0, 10_000), st.integers(3, 9), st.booleans())
def test_equals_the_matrices(seed: int, clusters: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(clusters), rng.integers(0, clusters, 25)])
    n = len(labels)
    X = np.column_stack([np.ones(n), rng.normal(size=n), np.arange(n) % 2])
    y, w = rng.normal(size=n), rng.random(n) + 0.5 if weighted else np.ones(n)
    fit = cluster_regression(y, X, labels, w if weighted else None)
    root = np.sqrt(w)
    for contrast in np.eye(3):
        covariance, df = brute_force(y * root, X * root[:, None], labels, contrast)
        assert fit.covariance == pytest.approx(covariance, rel=1e-8, abs=1e-12)
        assert fit.degrees(contrast) == pytest.approx(df, rel=1e-8)


def test_a_constant_alone_is_the_cluster_mean() -> None:
    rng = np.random.default_rng(3)
    y, labels = rng.normal(size=50), rng.integers(0, 12, 50)
    mine = cluster_regression(y, np.ones(50), labels).estimate([1.0])
    theirs = cluster_mean(y, labels)
    assert (mine.value, mine.se, mine.lower, mine.upper) == pytest.approx(
        (theirs.value, theirs.se, theirs.lower, theirs.upper), rel=1e-12
    )


def test_labels_and_order_change_nothing() -> None:
    rng = np.random.default_rng(5)
    y, labels = rng.normal(size=40), rng.integers(0, 8, 40)
    X = np.column_stack([np.ones(40), rng.random(40)])
    order = rng.permutation(40)
    plain = cluster_regression(y, X, labels).estimate([0, 1])
    named = cluster_regression(y[order], X[order], [f"w{k}" for k in labels[order]])
    again = named.estimate([0, 1])
    assert (again.value, again.se, again.upper) == pytest.approx(
        (plain.value, plain.se, plain.upper), rel=1e-10
    )


def test_a_coefficient_that_one_cluster_settles_has_no_interval() -> None:
    labels = np.repeat([0, 1, 2], 4)
    X = np.column_stack([np.ones(12), labels == 2])
    found = cluster_regression(np.arange(12.0), X, labels).estimate([0, 1])
    assert math.isnan(found.lower) or found.se > 0
    alone = cluster_regression(np.arange(4.0), np.ones(4), np.zeros(4)).estimate([1])
    assert math.isnan(alone.lower)
    assert "under 2 clusters" in alone.reason
    assert math.isnan(p_value(alone, 1.0))


def test_what_cannot_be_fitted_is_told() -> None:
    with pytest.raises(UsageError, match="linearly independent"):
        cluster_regression([1, 2, 3], [[1, 2], [1, 2], [1, 2]], [0, 1, 2])
    with pytest.raises(UsageError, match="missing"):
        cluster_regression([1, np.nan, 3], np.ones(3), [0, 1, 2])
    with pytest.raises(UsageError, match="equally many"):
        cluster_regression([1, 2, 3], np.ones(2), [0, 1, 2])
