"""Growth: planted lines are found, own slopes are shrunken, and too few people are refused."""

import numpy as np
import pytest

from fidelity.errors import UsageError
from fidelity.statistics.growth import growth


def test_planted_growth_is_found_and_own_slopes_are_drawn_in() -> None:
    rng = np.random.default_rng(1)
    people, times = 60, 8
    who, time = np.repeat(np.arange(people), times), np.tile(np.arange(8.0), people)
    own = rng.normal(0.1, 0.15, people)
    y = 2 + rng.normal(0, 0.5, people)[who] + own[who] * time + rng.normal(0, 0.4, len(who))
    found = growth(y, time, who)
    assert found.slope.lower < own.mean() < found.slope.upper
    assert found.slope_sd == pytest.approx(0.15, abs=0.05)
    assert found.residual_sd == pytest.approx(0.4, abs=0.05)
    shrunken = np.array([slope.value for slope in found.slopes])
    plain = np.array([np.polyfit(time[who == k], y[who == k], 1)[0] for k in range(people)])
    assert shrunken.std() < plain.std()
    assert np.corrcoef(shrunken, own)[0, 1] > 0.9
    covered = [s.lower <= t <= s.upper for s, t in zip(found.slopes, own, strict=True)]
    assert np.mean(covered) > 0.85
    assert list(found.people) == list(range(people))


def test_rater_effects_may_stand_beside() -> None:
    rng = np.random.default_rng(2)
    who, time = np.repeat(np.arange(30), 6), np.tile(np.arange(6.0), 30)
    rater = rng.integers(0, 6, len(who))
    y = rng.normal(0, 1, 30)[who] + 0.2 * time + 2.0 * rater + rng.normal(0, 0.3, len(who))
    alone, beside = growth(y, time, who), growth(y, time, who, others={"rater": rater})
    assert beside.slope.se < alone.slope.se / 2
    assert beside.slope.lower < 0.2 < beside.slope.upper


def test_few_people_are_refused() -> None:
    with pytest.raises(UsageError, match="4 people"):
        growth(np.arange(12.0), np.tile([0.0, 1, 2], 4), np.repeat(range(4), 3))
