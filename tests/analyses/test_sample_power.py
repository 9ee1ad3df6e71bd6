"""What plans see: against the design study of drift, arithmetic, and audits one by one."""

import numpy as np
import numpy.typing as npt
import pytest

from fidelity.analyses.sample_power import (
    NOTHING_AGREED,
    TOO_FEW_AGREED,
    Plan,
    Setting,
    Sights,
    Spreads,
    _dealt,
    look,
    score_slopes,
)
from fidelity.statistics import drift_power

Floats = npt.NDArray[np.float64]
STUDY = Setting(24, 40, 10)
ASSUMED = Spreads()


def sights(plan: Plan, setting: Setting = STUDY, spreads: Spreads = ASSUMED,
           runs: int = 4000) -> Sights:  # fmt: skip
    scores = score_slopes(plan.audits, setting, spreads, runs, 1)
    return look(plan, setting, spreads, scores, 2)


@pytest.mark.parametrize(
    ("months", "audits", "agreed", "told"),
    [(12, 100, 0.2, 0.36), (12, 100, 0.4, 0.61), (24, 20, 0.4, 0.75), (24, 100, 0.05, 0.56),
     (24, 100, 0.1, 0.79), (24, 100, 0.2, 0.96)],
)  # fmt: skip
def test_a_shift_of_002_a_month_is_seen_as_often_as_in_the_design_study(
    months: int, audits: float, agreed: float, told: float
) -> None:
    """That study simulated audit by audit, 400 runs a row: Monte Carlo error .024, ours .008."""
    found = sights(Plan(audits, agreed), Setting(months, 40, 10)).shift.power(0.02 * months)[0]
    assert found == pytest.approx(told, abs=3 * np.hypot(0.024, 0.008))


@pytest.mark.parametrize("plan", [Plan(20, 0.2), Plan(40, 0.1), Plan(100, 0.05), Plan(20, 0, 5)])
def test_practice_is_seen_as_often_as_arithmetic_says(plan: Plan) -> None:
    """The closed form of `drift_power` for a model that takes levels of people off."""
    spreads = Spreads(practitioner=0, rater=0)
    pieces = plan.benchmark * 8 * 10
    service = drift_power.Service(10, 40, plan.audits)
    se, _ = drift_power.standard_errors(
        service, pieces or plan.agreed * plan.audits * 24, 24, benchmark=plan.benchmark > 0
    )
    found = sights(plan, spreads=spreads).practice
    # Benchmark rounds lie at eight times and not evenly: their time has a little less variance.
    assert found.error.std() == pytest.approx(24 * se, rel=0.05)
    for change in (0.3, 0.5, 0.8):
        told = drift_power.power(se, 39.0, change / 24)
        assert found.power(change)[0] == pytest.approx(told, abs=0.04)


@pytest.mark.parametrize("shape", ["trend", "step"])
def test_sums_are_distributed_as_audits_one_by_one(shape: str) -> None:
    setting, spreads, runs = Setting(12, 9, 3, shape), Spreads(), 6000
    by_sums = score_slopes(10, setting, spreads, runs, 3)
    # The same deal of audits to practitioners and raters, which follows two draws for raters.
    rng = np.random.default_rng(3)
    rng.standard_normal((2, runs, 3))
    who, rater = _dealt(120, 9, rng), _dealt(120, 3, rng)
    slope, se2 = one_by_one(who, rater, setting, spreads, runs)
    assert by_sums.error.std() == pytest.approx(slope.std(), rel=0.04)
    assert by_sums.se2.mean() == pytest.approx(se2.mean(), rel=0.04)
    assert np.quantile(by_sums.se2, 0.9) == pytest.approx(np.quantile(se2, 0.9), rel=0.07)


def one_by_one(
    who: npt.NDArray[np.intp], rater: npt.NDArray[np.intp], setting: Setting, spreads: Spreads,
    runs: int,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Least-squares slopes of single audits with variances robust to practitioners."""
    rng, n = np.random.default_rng(4), len(who)
    month = (np.arange(n) * setting.months) // n
    time = month + 0.5 - setting.months / 2
    x = time / setting.months if setting.shape == "trend" else (time > 0) - 0.5
    x = x - x.mean()
    draw = rng.standard_normal
    y = (spreads.practitioner * draw((runs, 9)))[:, who]
    y += (spreads.practitioner_slope * draw((runs, 9)))[:, who] * time
    y += (spreads.rater * draw((runs, 3)))[:, rater]
    y += (spreads.rater_slope * draw((runs, 3)))[:, rater] * time
    y += spreads.piece * draw((runs, n)) + spreads.noise * draw((runs, n))
    slope = y @ x / (x @ x)
    left = y - y.mean(axis=1, keepdims=True) - slope[:, None] * x
    of = np.eye(9)[who]
    scores = (left * x) @ of
    return slope, (scores**2).sum(axis=1) / (x @ x) ** 2 * 9 / 8


@pytest.mark.parametrize("setting", [STUDY, Setting(12, 13, 3), Setting(24, 40, 10, "step")])
def test_without_change_hardly_more_than_one_in_twenty_is_told(setting: Setting) -> None:
    found = sights(Plan(25, 0.2, 3), setting, runs=8000)
    for sight in (found.scores, found.shift, found.practice):
        assert sight.power(0)[0] < 0.05 + 3 * 0.0025 + 0.005


def test_the_smallest_change_is_the_one_seen_with_that_power() -> None:
    found = sights(Plan(40, 0.1, 3)).practice
    smallest, lower, upper = found.smallest(0.8)
    assert lower < smallest < upper
    assert found.power(smallest)[0] == pytest.approx(0.8, abs=0.001)
    assert found.power(lower)[0] < 0.8 < found.power(upper)[0]


def test_without_agreed_scores_nothing_is_told_of_practice() -> None:
    found = sights(Plan(100))
    assert found.practice.reason == found.shift.reason == NOTHING_AGREED
    assert np.isnan(found.practice.power(5.0)[0])
    assert np.isnan(found.practice.smallest(0.8)[0])
    assert found.scores.power(0.5)[0] > 0.9
    few = sights(Plan(10, 0.1))
    assert few.practice.reason == TOO_FEW_AGREED


def test_one_rater_or_one_practitioner_gives_a_reason() -> None:
    assert "one rater" in sights(Plan(20, 0.2), Setting(24, 40, 1)).practice.reason
    assert "one practitioner" in sights(Plan(20, 0.2), Setting(24, 1, 5)).practice.reason


def test_span_beats_number() -> None:
    long, short = (sights(Plan(20, 0.4), Setting(months, 40, 10)).practice for months in (24, 12))
    many = sights(Plan(40, 0.4), Setting(12, 40, 10)).practice
    assert long.power(0.48)[0] > many.power(0.24)[0] > short.power(0.24)[0]
