"""Half-lives: against a fit by another route, what no fading and no gain give, and the edges."""

import math

import numpy as np
import pytest
from scipy.optimize import least_squares

from fidelity.errors import UsageError
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.half_life import half_life


def pieces(
    seed: int, h: float = 9.0, gain: float = 1.0, noise: float = 0.5, n: int = 400,
    people: int = 30,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    rng = np.random.default_rng(seed)
    who, since = rng.integers(0, people, n), rng.uniform(-6, 24, n)
    left = np.where(since >= 0, 2.0 ** (-np.maximum(since, 0) / h), 0.0)
    own = rng.normal(0, 0.3, people)
    return 2.5 + own[who] + gain * left + rng.normal(0, noise, n), since, who


def test_equals_non_linear_least_squares_where_clusters_are_alike() -> None:
    rng = np.random.default_rng(0)
    since = rng.uniform(-6, 24, 300)
    left = np.where(since >= 0, 2.0 ** (-np.maximum(since, 0) / 7), 0.0)
    y = 2.0 + left + rng.normal(0, 0.3, 300)
    found = half_life(y, since, np.arange(300) % 30)

    def apart(x: np.ndarray) -> np.ndarray:
        return y - x[0] - x[1] * np.where(since >= 0, 2.0 ** (-np.maximum(since, 0) * x[2]), 0.0)

    other = least_squares(apart, [2.0, 1.0, 0.1]).x
    assert found.likeness < 0.05
    assert found.before.value == pytest.approx(other[0], abs=0.02)
    assert found.gain.value == pytest.approx(other[1], abs=0.03)
    assert found.half_life.value == pytest.approx(1 / other[2], rel=0.05)


@pytest.mark.parametrize("h", [4.0, 9.0, 15.0])
def test_a_planted_half_life_is_found(h: float) -> None:
    y, since, who = pieces(1, h, n=1500, noise=0.3, people=60)
    found = half_life(y, since, who, confidence=0.99)  # three are looked at, with one seed
    assert found.gained
    assert found.fades
    assert found.half_life.lower < h < found.half_life.upper
    assert found.half_life.value == pytest.approx(h, rel=0.35)
    assert found.gain.lower < 1.0 < found.gain.upper
    assert found.curve[0] == pytest.approx(found.gain.value)
    assert (found.lower <= found.curve + 1e-9).all()
    assert (found.curve <= found.upper + 1e-9).all()


def test_a_gain_that_stays_has_no_upper_limit() -> None:
    found = half_life(*pieces(2, h=math.inf))
    assert found.gained
    assert not found.fades
    assert math.isinf(found.half_life.upper)
    assert found.half_life.lower > 12
    assert found.reason == "no fading can be told"


def test_without_a_gain_there_is_no_half_life() -> None:
    found = half_life(*pieces(3, gain=0.0))
    assert not found.gained
    assert not found.fades
    assert math.isnan(found.half_life.value)
    assert "no gain can be told" in found.half_life.reason


def test_a_loss_fades_too() -> None:
    y, since, who = pieces(4, gain=-1.0, noise=0.3, n=1500)
    found = half_life(y, since, who)
    assert found.gained
    assert found.gain.upper < 0
    assert found.half_life.lower < 9 < found.half_life.upper


def test_a_higher_level_and_another_unit_change_only_themselves() -> None:
    y, since, who = pieces(5)
    plain, moved = half_life(y, since, who), half_life(10 + 2 * y, since, who)
    assert moved.gain.value == pytest.approx(2 * plain.gain.value)
    assert moved.half_life.value == pytest.approx(plain.half_life.value)
    assert moved.half_life.upper == pytest.approx(plain.half_life.upper)
    days = half_life(y, since * 30, who, shortest=30)
    assert days.half_life.value == pytest.approx(30 * plain.half_life.value)


def test_half_the_days_give_half_the_gain() -> None:
    rng = np.random.default_rng(6)
    y, since, who = pieces(6, gain=0.0, noise=0.2, n=1200)
    dose = np.where(who % 2 == 0, 1.0, 0.5)
    left = np.where(since >= 0, 2.0 ** (-np.maximum(since, 0) / 9), 0.0)
    found = half_life(y + dose * left + rng.normal(0, 0.1, len(y)), since, who, dose=dose)
    assert found.gain.value == pytest.approx(1.0, abs=0.12)


def test_a_known_trend_of_scoring_is_taken_off() -> None:
    y, since, who = pieces(7, n=1500, noise=0.3)
    month = since + 6
    risen = y + 0.02 * month
    plain, shifted = half_life(y, since, who), half_life(risen, since, who)
    assert shifted.half_life.value > 1.5 * plain.half_life.value
    exact = half_life(risen, since, who, trend=Estimate(0.02, 0.0), time=month)
    assert exact.half_life.value == pytest.approx(plain.half_life.value, rel=1e-6)
    assert exact.half_life.upper == pytest.approx(plain.half_life.upper, rel=1e-6)
    unsure = half_life(risen, since, who, trend=Estimate(0.02, 0.005), time=month)
    assert unsure.half_life.lower <= exact.half_life.lower
    assert unsure.half_life.upper > exact.half_life.upper
    with pytest.raises(UsageError, match="time of every piece"):
        half_life(y, since, who, trend=Estimate(0.02, 0.0))


def test_too_few_is_a_result_and_faults_are_told() -> None:
    found = half_life([1.0, 2.0, 3.0], [-1.0, 1.0, 2.0], [0, 1, 2])
    assert not found.gained
    assert "too few" in found.reason
    assert not len(found.curve)
    with pytest.raises(UsageError, match="equally many"):
        half_life([1.0, 2.0], [1.0], [0, 1])
