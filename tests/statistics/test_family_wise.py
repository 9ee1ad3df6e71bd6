"""Weighted Holm: by hand, by another route (closed testing), and in simulation."""

from itertools import combinations

import numpy as np
import pytest

from fidelity.errors import UsageError
from fidelity.statistics.family_wise import holm


def test_by_hand() -> None:
    """Equal weights: 4 x .01, 3 x .02, 2 x .03, then never below what came before."""
    assert holm([0.03, 0.01, 0.02, 0.9]) == pytest.approx([0.06, 0.04, 0.06, 0.9])
    assert holm([0.02, 0.02], [3, 1]) == pytest.approx([0.02 / 0.75, 0.02 / 0.75])
    assert holm([0.5, 0.6]) == pytest.approx([1.0, 1.0])


def test_what_was_not_asked_takes_no_share() -> None:
    found = holm([0.04, np.nan, 0.9], [1, 98, 1])
    assert np.isnan(found[1])
    assert found[0] == pytest.approx(0.08)


def test_it_is_the_closed_test_of_weighted_bonferroni() -> None:
    """A question is answered yes where every set that holds it is refused (Marcus and others 1976).

    A set is refused where some p is at most its share by weight of the level.
    """
    rng = np.random.default_rng(3)
    for _ in range(200):
        p, w = rng.uniform(0, 0.2, 4), rng.uniform(0.1, 3, 4)
        found = holm(p, w)
        for level in (0.05, 0.2):
            for one in range(4):
                sets = [s for n in range(1, 5) for s in combinations(range(4), n) if one in s]
                refused = all(any(p[i] <= level * w[i] / w[list(s)].sum() for i in s) for s in sets)
                assert refused == (found[one] <= level)


def test_the_chance_of_any_false_yes_is_held() -> None:
    """2,000 families of 8, four of them alike: 5% within the binomial bounds of 99.9%."""
    rng = np.random.default_rng(7)
    z = rng.standard_normal((2000, 8))
    z[:, :4] = z[:, :1]
    from scipy.stats import norm

    p = 2 * norm.sf(np.abs(z))
    weights = [5, 1, 1, 1, 5, 1, 1, 1]
    false = np.mean([(holm(row, weights) <= 0.05).any() for row in p])
    assert false <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / 2000)
    assert false > 0.015


@pytest.mark.parametrize("weights", [[1, 0], [1], [1, -2]])
def test_weights_must_be_above_0(weights: list[float]) -> None:
    with pytest.raises(UsageError, match="above 0"):
        holm([0.1, 0.2], weights)
