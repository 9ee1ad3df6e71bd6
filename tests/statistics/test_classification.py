"""Bands again: normal theory against simulation and against SciPy's bivariate normal."""

import math

import numpy as np
import pytest
from scipy import stats

from fidelity.statistics.classification import bivariate_normal, same_band


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.8, 0.95, 0.99])
def test_the_bivariate_normal_is_scipys(correlation: float) -> None:
    h, k = (g.ravel() for g in np.meshgrid([-2.0, -0.5, 0.0, 1.0], [-1.0, 0.0, 2.0]))
    other = stats.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]])
    expected = [other.cdf([a, b], rng=1) for a, b in zip(h, k, strict=True)]
    assert bivariate_normal(h, k, correlation) == pytest.approx(expected, abs=1e-7)


def test_at_the_mean_consistency_is_sheppards_formula() -> None:
    found = same_band([3.0], 3.0, 1.2, 0.5)
    assert found.consistency == pytest.approx(0.5 + math.asin(0.5) / math.pi, abs=1e-10)
    assert found.kappa == pytest.approx(2 * found.consistency - 1)
    assert found.accuracy == pytest.approx(0.5 + math.asin(math.sqrt(0.5)) / math.pi, abs=1e-10)


def test_three_bands_as_simulated() -> None:
    rng = np.random.default_rng(1)
    n, phi, cuts = 400_000, 0.7, [2.2, 3.4]
    universe = rng.normal(3.0, math.sqrt(phi), n)
    first, second = (universe + rng.normal(0, math.sqrt(1 - phi), n) for _ in range(2))
    bands = [np.digitize(x, cuts) for x in (universe, first, second)]
    found = same_band(cuts, 3.0, 1.0, phi)
    assert found.consistency == pytest.approx((bands[1] == bands[2]).mean(), abs=0.003)
    assert found.accuracy == pytest.approx((bands[0] == bands[1]).mean(), abs=0.003)


def test_perfect_dependability_repeats_every_band() -> None:
    assert same_band([2.0, 3.0], 2.5, 1.0, 1.0) == pytest.approx((1.0, 1.0, 1.0))


def test_no_dependability_is_chance() -> None:
    found = same_band([3.0], 2.5, 1.0, 0.0)
    low = stats.norm.cdf(0.5)
    assert found.consistency == pytest.approx(low**2 + (1 - low) ** 2)
    assert found.kappa == pytest.approx(0.0, abs=1e-12)
    assert found.accuracy == pytest.approx(low)


def test_scores_that_do_not_vary_have_no_bands_to_speak_of() -> None:
    assert all(math.isnan(v) for v in same_band([3.0], 2.5, 0.0, 0.5))
