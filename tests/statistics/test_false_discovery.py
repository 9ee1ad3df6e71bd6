"""False discoveries held, and estimates drawn in: by hand, by another route, in simulation."""

import numpy as np
import pytest

from fidelity.statistics.false_discovery import adjusted, shrunken


def test_by_hand_and_unknown_ones_left_out() -> None:
    q = adjusted([0.01, 0.04, np.nan, 0.03, 0.5])
    assert q[[0, 1, 3, 4]] == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5])
    assert np.isnan(q[2])
    assert np.isnan(adjusted([np.nan, np.nan])).all()
    assert (adjusted([0.01, 0.04], dependent=True) >= adjusted([0.01, 0.04])).all()


def test_the_spread_solves_its_equation() -> None:
    y, se = np.array([0.9, 0.2, -0.3, 0.6, 0.1]), np.array([0.2, 0.15, 0.3, 0.2, 0.25])
    found = shrunken(y, se)
    w = 1 / (se**2 + found.spread**2)
    assert w @ (y - found.mean) ** 2 == pytest.approx(4, rel=1e-6)
    assert found.mean == pytest.approx(w @ y / w.sum())
    kept = found.spread**2 / (found.spread**2 + se**2)
    assert found.value == pytest.approx(found.mean + kept * (y - found.mean))


def test_chance_alone_draws_all_to_the_mean() -> None:
    found = shrunken([0.5, 0.52, 0.48], [0.3, 0.3, 0.3])
    assert found.spread == 0
    assert found.value == pytest.approx([0.5, 0.5, 0.5])


def test_shrunken_is_nearer_the_truth_and_its_errors_are_right() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(0.3, 0.3, (400, 20))
    se = rng.uniform(0.1, 0.5, (400, 20))
    y = truth + rng.normal(size=se.shape) * se
    found = [shrunken(a, b) for a, b in zip(y, se, strict=True)]
    value = np.array([f.value for f in found])
    assert np.mean((value - truth) ** 2) < 0.65 * np.mean((y - truth) ** 2)
    z = (value - truth) / np.array([f.se for f in found])
    # Under .95, since the spread of 20 values is taken as known, as the docstring says.
    assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.91, abs=0.02)


def test_one_or_none_is_left_as_it_is() -> None:
    found = shrunken([0.4, np.nan], [0.1, 0.1])
    assert found.value[0] == 0.4
    assert np.isnan(found.value[1])
    assert np.isnan(shrunken([np.nan], [1.0]).mean)
