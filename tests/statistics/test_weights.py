"""Weights and metrics: the published tables."""

import numpy as np
import pytest

from fidelity.statistics import weights

LEVELS = np.arange(1.0, 5.0)


def test_identity_linear_and_quadratic() -> None:
    assert weights.identity(LEVELS).tolist() == np.eye(4).tolist()
    assert weights.linear(LEVELS)[0] == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert weights.quadratic(LEVELS)[0] == pytest.approx([1, 8 / 9, 5 / 9, 0])


def test_values_count_not_ranks() -> None:
    assert weights.linear(np.array([0.0, 1.0, 10.0]))[0] == pytest.approx([1, 0.9, 0])
    spread, even = (weights.ordinal(np.array(levels)) for levels in ([0.0, 1, 10], [1.0, 2, 3]))
    assert spread.tolist() == even.tolist()


def test_gwets_ordinal_weights() -> None:
    """1 - pairs of levels between over the most: 0, 1, 3, 6 of 6 pairs."""
    assert weights.ordinal(LEVELS)[0] == pytest.approx([1, 5 / 6, 1 / 2, 0])
    assert weights.ordinal(LEVELS)[1] == pytest.approx([5 / 6, 1, 5 / 6, 1 / 2])


def test_metrics() -> None:
    levels = np.array([0.0, 1.0, 3.0])
    nominal, _ = weights.distance_matrix("nominal", levels)
    interval, _ = weights.distance_matrix("interval", levels)
    ratio, _ = weights.distance_matrix("ratio", levels)
    assert nominal is not None
    assert interval is not None
    assert ratio is not None
    assert nominal.tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    assert interval[0].tolist() == [0, 1, 9]
    assert ratio[1] == pytest.approx([1, 0, 1 / 4])
    assert weights.distance_matrix("ordinal", levels)[0] is None


@pytest.mark.parametrize("name", weights.WEIGHTS)
def test_one_level_agrees_with_itself(name: str) -> None:
    assert weights.WEIGHTS[name](np.array([3.0])).tolist() == [[1.0]]
