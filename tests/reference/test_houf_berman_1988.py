"""Houf & Berman 1988: thermal performance of 10 modules, each measured by 3 operators 3 times.

The worked example of Burdick, Borror & Montgomery 2005, Design and Analysis of Gauge R&R Studies,
and of the SAS VARCOMP documentation. The modified large-sample limits for parts, operators and
their sum with the rest are worked out here once more, by that book's formulas for this layout.
"""

import math

import numpy as np
import pytest
from scipy.stats import f

from fidelity.statistics.mean_squares import limits
from fidelity.statistics.variance import VarianceComponents, variance_components

#: A row a part; operators 1, 2, 3, three measurements each.
Y = np.array([
    [37, 38, 37, 41, 41, 40, 41, 42, 41],
    [42, 41, 43, 42, 42, 42, 43, 42, 43],
    [30, 31, 31, 31, 31, 31, 29, 30, 28],
    [42, 43, 42, 43, 43, 43, 42, 42, 42],
    [28, 30, 29, 29, 30, 29, 31, 29, 29],
    [42, 42, 43, 45, 45, 45, 44, 46, 45],
    [25, 26, 27, 28, 28, 30, 29, 27, 27],
    [40, 40, 40, 43, 42, 42, 43, 43, 41],
    [25, 25, 25, 27, 29, 28, 26, 26, 26],
    [35, 34, 34, 35, 35, 34, 35, 34, 35],
], dtype=float).reshape(10, 3, 3)  # fmt: skip
P, OP, R = 437.328395, 19.633333, 2.695062  # mean squares of parts, operators, their interaction
E = 0.511111
TAIL = 0.025


@pytest.fixture(scope="module")
def found() -> VarianceComponents:
    part, operator, time = (g.ravel() for g in np.meshgrid(*map(range, Y.shape), indexing="ij"))
    factors = {"p": part, "o": operator, "m": time}
    return variance_components(factors, Y.ravel(), design="m:(p x o)")


def below(df: float) -> float:
    """G: how far the lower limit of a mean square lies below it."""
    return float(1 - 1 / f.ppf(1 - TAIL, df, 1e9))


def above(df: float) -> float:
    """H: how far its upper limit lies above it."""
    return float(1 / f.ppf(TAIL, df, 1e9) - 1)


def difference(x: float, n: int, z: float, m: int) -> tuple[float, float]:
    """Limits of E(x) - E(z)."""
    high, low = f.ppf([1 - TAIL, TAIL], n, m)
    G = ((high - 1) ** 2 - (below(n) * high) ** 2 - above(m) ** 2) / high
    H = ((1 - low) ** 2 - (above(n) * low) ** 2 - below(m) ** 2) / low
    down = (below(n) * x) ** 2 + (above(m) * z) ** 2 + G * x * z
    up = (above(n) * x) ** 2 + (below(m) * z) ** 2 + H * x * z
    return x - z - math.sqrt(down), x - z + math.sqrt(up)


def test_mean_squares_and_components(found: VarianceComponents) -> None:
    assert found.mean_squares is not None
    assert found.mean_squares.effects == ("p", "o", "po", "m:po")
    assert found.mean_squares.values == pytest.approx([P, OP, R, E], abs=1e-6)
    assert found.mean_squares.df.tolist() == [9, 2, 18, 60]
    assert found.values == pytest.approx([(P - R) / 9, (OP - R) / 30, (R - E) / 3, E], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "share", "squares"),
    [("p", 9, (P, 9, R, 18)), ("o", 30, (OP, 2, R, 18)), ("po", 3, (R, 18, E, 60))],
)
def test_limits_of_components(
    found: VarianceComponents, name: str, share: int, squares: tuple[float, int, float, int]
) -> None:
    lower, upper = difference(*squares)
    assert found.components[name].lower == pytest.approx(lower / share, rel=1e-5)
    assert found.components[name].upper == pytest.approx(upper / share, rel=1e-5)


def test_limits_of_the_variance_of_measurement(found: VarianceComponents) -> None:
    """Operators, interaction and repetition together: (O + 9 R + 20 E) / 30, a sum."""
    assert found.mean_squares is not None
    parts = [(OP, 2), (9 * R, 18), (20 * E, 60)]
    value = sum(x for x, _ in parts)
    down = math.sqrt(sum((below(n) * x) ** 2 for x, n in parts))
    up = math.sqrt(sum((above(n) * x) ** 2 for x, n in parts))
    lower, upper = limits(found.mean_squares).combination(np.array([0.0, 1.0, 1.0, 1.0]))
    assert lower == pytest.approx((value - down) / 30, rel=1e-5)
    assert upper == pytest.approx((value + up) / 30, rel=1e-5)
