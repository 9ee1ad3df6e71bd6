"""Exact Poisson limits: the published table, and another route to the same numbers."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import poisson

from fidelity.errors import UsageError
from fidelity.statistics.rates import poisson_rate


@pytest.mark.parametrize(
    ("events", "lower", "upper"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390),
     (20, 12.217, 30.888)],
)  # fmt: skip
def test_the_limits_of_the_tables(events: int, lower: float, upper: float) -> None:
    """Ulm 1990, American Journal of Epidemiology 131:373-375; Garwood 1936, table."""
    told = poisson_rate(events, 1)
    assert told.lower == pytest.approx(lower, abs=6e-4)
    assert told.upper == pytest.approx(upper, abs=1.1e-3)
    assert told.n == events


@pytest.mark.parametrize("events", [1, 3, 17, 240])
def test_limits_are_where_the_tails_are_half_of_what_is_left(events: int) -> None:
    """By solving for the tails themselves, without a chi-square."""
    told = poisson_rate(events, 8.0, confidence=0.9)
    low = brentq(lambda m: poisson.sf(events - 1, m) - 0.05, 1e-9, events)
    high = brentq(lambda m: poisson.cdf(events, m) - 0.05, events, 4 * events + 20)
    assert told.lower * 8 == pytest.approx(low, rel=1e-8)
    assert told.upper * 8 == pytest.approx(high, rel=1e-8)
    assert told.se == pytest.approx(math.sqrt(events) / 8)


def test_coverage_is_at_least_what_it_says() -> None:
    drawn = np.random.default_rng(5).poisson(6.5, 2000)
    limits = {int(x): poisson_rate(int(x), 1) for x in np.unique(drawn)}
    held = np.mean([limits[int(x)].lower <= 6.5 <= limits[int(x)].upper for x in drawn])
    assert held >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 2000)


@pytest.mark.parametrize(("events", "exposure"), [(-1, 1), (1.5, 1), (3, 0), (3, math.nan)])
def test_what_is_no_count_is_refused(events: float, exposure: float) -> None:
    with pytest.raises(UsageError, match="allowed"):
        poisson_rate(events, exposure)
