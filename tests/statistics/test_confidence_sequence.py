"""A confidence sequence: it holds at every look, and its betting is what the source says."""

import math

import numpy as np
import pytest

from fidelity.errors import UsageError
from fidelity.statistics.confidence_sequence import (
    LEFT_ITS_PAST,
    LEFT_THE_BASELINE,
    TRUNCATED,
    confidence_sequence,
)  # fmt: skip

RNG = np.random.default_rng(3)


def capital(x: list[float], m: float, alpha: float) -> list[float]:
    """The larger of the two capitals on one mean, one step at a time."""
    up = down = 1.0
    total, spread, found = 0.5, 0.25, []
    for t, value in enumerate(x, 1):
        bet = math.sqrt(2 * math.log(2 / alpha) / (spread / t * t * math.log(t + 1)))
        up *= 1 + min(bet, TRUNCATED / m) * (value - m)
        down *= 1 - min(bet, TRUNCATED / (1 - m)) * (value - m)
        total += value
        spread += (value - total / (t + 1)) ** 2
        found.append(max(up, down))
    return found


def test_a_mean_is_ruled_out_when_more_than_its_share_was_won() -> None:
    x = RNG.beta(6, 4, 60)
    found = confidence_sequence(x, (0, 1))
    for m in np.linspace(0.02, 0.98, 49):
        for t, won in enumerate(capital(x.tolist(), float(m), 0.05)):
            out = won >= 2 / 0.05
            inside = found.lower[t] <= m <= found.upper[t]
            near = min(abs(m - found.lower[t]), abs(m - found.upper[t])) < 3 / 800
            assert inside != out or near


def test_it_holds_at_all_looks_together() -> None:
    """Five kinds of observations; ever a wrong interval, or an alarm, in at most 5% of runs."""
    runs, n = 200, 24 * 10
    worst = 0.0
    kinds = {
        0.6: RNG.beta(6, 4, (runs, n)),
        0.1: (RNG.random((runs, n)) < 0.1).astype(float),
        0.5: RNG.random((runs, n)),
        0.95: RNG.beta(19, 1, (runs, n)),
    }
    for mean, x in kinds.items():
        found = confidence_sequence(x, (0, 1))
        wrong = ((found.lower > mean) | (found.upper < mean)).any(axis=-1).mean()
        worst = max(worst, wrong)
        assert wrong <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs), mean
        alarm = found.flags[LEFT_ITS_PAST][:, 9::10].any(axis=-1).mean()
        assert alarm <= wrong
        begun = confidence_sequence(x, (0, 1), baseline=120)
        assert begun.flags[LEFT_THE_BASELINE].any(axis=-1).mean() <= 0.05
    assert worst > 0, "it is not empty caution"


def test_a_fixed_interval_does_not_hold_when_looked_at_every_month() -> None:
    """Why it is here: the usual interval, looked at monthly, is wrong far more often than 5%."""
    x = RNG.beta(6, 4, (1000, 240))
    n = np.arange(1, 241)
    mean = x.cumsum(axis=1) / n
    half = 1.96 * x.std(axis=1, keepdims=True) / np.sqrt(n)
    wrong = (np.abs(mean - 0.6) > half)[:, 9::10].any(axis=1).mean()
    assert wrong > 0.15


def test_a_change_is_found_and_its_way_is_told() -> None:
    x = np.clip(RNG.beta(6, 4, (20, 480)) + np.r_[np.zeros(240), np.full(240, -0.2)], 0, 1)
    against = confidence_sequence(x, (0, 1), baseline=240)
    assert against.flags[LEFT_THE_BASELINE][:, -1].all()
    assert not against.flags[LEFT_THE_BASELINE][:, :240].any()
    assert (against.direction[:, -1] == -1).all()
    assert against.n[0, 239:241].tolist() == [240, 1]
    past = confidence_sequence(np.clip(x * np.r_[np.ones(240), np.full(240, 0.2)], 0, 1), (0, 1))
    assert past.flags[LEFT_ITS_PAST][:, -1].all()
    assert (past.direction[:, -1] == -1).all()


def test_units_gaps_and_many_series() -> None:
    x = RNG.integers(1, 6, (3, 2, 50)).astype(float)
    x[0, 0, 10:20] = np.nan
    found = confidence_sequence(x, (1, 5))
    assert np.isnan(found.center[0, 0]).sum() == 0
    assert found.n[0, 0, -1] == 40
    unit = confidence_sequence((x - 1) / 4, (0, 1))
    assert found.lower == pytest.approx(1 + 4 * unit.lower)
    one = confidence_sequence(x[0, 0][~np.isnan(x[0, 0])], (1, 5))
    assert one.upper[-1] == pytest.approx(found.upper[0, 0, -1])
    assert (found.lower <= found.center).all()
    assert (found.center <= found.upper).all()


def test_it_waits_for_evidence() -> None:
    first = confidence_sequence([0.9], (0, 1))
    assert (first.lower[0], first.upper[0]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("x", "options", "said"),
    [
        ([0.5, 1.2], {"bounds": (0, 1)}, "no observation passes"),
        ([0.5], {"bounds": (1, 1)}, "least and a greatest"),
        ([0.5, 0.6], {"bounds": (0, 1), "baseline": 2}, "0 to 1 first positions"),
    ],
)
def test_wrong_calls_say_what_is_allowed(x: list[float], options: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        confidence_sequence(x, **options)
