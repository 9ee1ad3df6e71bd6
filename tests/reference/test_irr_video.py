"""The artificial ratings "video" of R irr 0.84.1: 20 units, 4 raters, hardly any variance."""

import numpy as np
import pytest
from scipy.special import fdtri

from fidelity.statistics.icc import icc, mean_squares

RATINGS = (
    "4434 4445 4455 4444 4324 4434 4325 4434 4334 4334 "
    "4434 4334 4444 4444 4434 4444 4444 4444 4444 4554"
)
VIDEO = np.array([[float(level) for level in unit] for unit in RATINGS.split()])

EXPECTED = {
    "ICC1": (0.11269, -0.06158, 0.37719),
    "ICC2": (0.156913, -0.002489, 0.401993),
    "ICC3": (0.195984, -0.000169, 0.466372),
}


@pytest.mark.parametrize("form", EXPECTED)
def test_form(form: str) -> None:
    value, lower, upper = EXPECTED[form]
    digits = 5 if form == "ICC1" else 6
    found = icc(VIDEO)[form]
    assert round(found.value, digits) == value
    assert round(found.lower, digits) == lower
    assert round(found.upper, digits) == upper


def test_mean_of_raters_under_agreement() -> None:
    """The value is irr's; its interval (-0.051726, 0.734949) is not ours, on purpose.

    Ours is the Spearman-Brown form of the interval of one rater, as in Shrout & Fleiss and in R
    psych. irr puts the coefficient of the mean, not of one rater, into the degrees of freedom.
    """
    one, mean = icc(VIDEO)["ICC2"], icc(VIDEO)["ICC2k"]
    assert round(mean.value, 5) == 0.42676
    assert mean.lower == pytest.approx(4 * one.lower / (1 + 3 * one.lower))
    assert mean.upper == pytest.approx(4 * one.upper / (1 + 3 * one.upper))
    lower, upper = irr_interval_of_the_mean()
    assert (round(lower, 6), round(upper, 6)) == (-0.051726, 0.734949)


def irr_interval_of_the_mean() -> tuple[float, float]:
    """How to get irr's interval: the mean's coefficient in the letters a and b."""
    squares = mean_squares(VIDEO)
    n, k = squares.n, squares.k
    rho = icc(VIDEO)["ICC2k"].value
    a = k * rho / (n * (1 - rho)) * squares.raters
    b = (1 + k * rho * (n - 1) / (n * (1 - rho))) * squares.error
    freedom = (a + b) ** 2 / (a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1)))
    first, second = fdtri(n - 1, freedom, 0.975), fdtri(freedom, n - 1, 0.975)
    between, gap = squares.between, squares.raters - squares.error
    lower = n * (between - first * squares.error) / (first * gap + n * between)
    upper = n * (second * between - squares.error) / (gap + n * second * between)
    return float(lower), float(upper)
