"""Intervals from mean squares: exact where theory is exact, and coverage by simulation."""

import numpy as np
import pytest
from scipy import stats

from fidelity.statistics.mean_squares import MeanSquares, from_covariance, limits

#: The one-way layout: 20 pieces, 4 raters each.
ONE_WAY = MeanSquares(
    effects=("p", "r:p"),
    values=np.array([9.0, 2.0]),
    df=np.array([19.0, 60.0]),
    expected=np.array([[4.0, 1.0], [0.0, 1.0]]),
)


def test_components_weights_and_standard_error() -> None:
    assert ONE_WAY.components == pytest.approx([1.75, 2.0])
    assert ONE_WAY.weights(np.array([1.0, 0.0])) == pytest.approx([0.25, -0.25])
    by_hand = np.sqrt(2 / 16 * (81 / 19 + 4 / 60))
    assert ONE_WAY.se(np.array([1.0, 0.0])) == pytest.approx(by_hand)


def test_a_single_mean_square_has_its_exact_chi_square_interval() -> None:
    found = limits(ONE_WAY).combination(np.array([0.0, 1.0]))
    exact = 60 * 2.0 / stats.chi2.ppf([0.975, 0.025], 60)
    assert found == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_the_share_of_two_mean_squares_has_its_exact_f_interval(confidence: float) -> None:
    tails = (1 - confidence) / 2
    ratio = 9.0 / 2.0 / stats.f.ppf([1 - tails, tails], 19, 60)
    exact = (ratio - 1) / (ratio - 1 + 4)  # Searle 1971, chapter 9
    found = limits(ONE_WAY, confidence).share(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert found == pytest.approx(exact, abs=1e-8)


def test_a_share_that_cannot_be_told_from_nothing_starts_at_zero() -> None:
    alike = MeanSquares(("p", "r:p"), np.array([2.0, 2.0]), ONE_WAY.df, ONE_WAY.expected)
    lower, upper = limits(alike).share(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert lower == 0.0
    assert 0.0 < upper < 0.5


@pytest.mark.parametrize(
    "combination", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, -0.5, -0.5]]
)
def test_coverage_of_combinations(combination: list[float]) -> None:
    """Two-way layout, 30 pieces x 3 raters; 2,000 draws of its mean squares."""
    rng = np.random.default_rng(12)
    df = np.array([29.0, 2.0, 58.0])
    expected = np.array([[3.0, 0.0, 1.0], [0.0, 30.0, 1.0], [0.0, 0.0, 1.0]])
    truth = np.array([1.0, 0.3, 1.0])
    weights = np.array(combination)
    held = 0
    for _ in range(2000):
        values = expected @ truth * rng.chisquare(df) / df
        lower, upper = limits(MeanSquares(("p", "r", "pr"), values, df, expected)).combination(
            weights
        )
        held += lower <= weights @ truth <= upper
    interval = stats.binomtest(held, 2000).proportion_ci(0.99)
    assert interval.low <= 0.97
    assert interval.high >= 0.93


def test_mean_squares_come_back_from_estimates_and_their_covariance() -> None:
    df = np.array([9.0, 2.0, 9.0, 18.0, 81.0])
    expected = np.array(
        [[12.0, 0, 0, 4, 1], [0, 40, 10, 4, 1], [0, 0, 10, 0, 1], [0, 0, 0, 4, 1], [0, 0, 0, 0, 1]]
    )
    names = ("p", "t", "r:t", "pt", "p(r:t)")
    values = np.array([10.3, 24.1, 8.9, 4.6, 2.4])
    first = MeanSquares(names, values, df, expected)
    inverse = np.linalg.inv(expected)
    covariance = inverse @ np.diag(2 * values**2 / df) @ inverse.T
    again = from_covariance(names, first.components, covariance)
    assert again is not None
    own = np.diag(expected)
    assert again.values == pytest.approx(values / own)
    assert again.df == pytest.approx(df)
    assert again.expected == pytest.approx(expected / own[:, None], abs=1e-12)


def test_a_covariance_that_is_none_gives_no_mean_squares() -> None:
    assert from_covariance(("p", "r"), np.ones(2), np.ones((2, 2))) is None


def test_hardly_any_degrees_of_freedom_give_a_very_wide_interval() -> None:
    thin = MeanSquares(("p", "r:p"), ONE_WAY.values, np.array([1e-9, 60.0]), ONE_WAY.expected)
    lower, upper = limits(thin).combination(np.array([1.0, 0.0]))
    assert lower < 1.75
    assert 1e4 < upper < np.inf
