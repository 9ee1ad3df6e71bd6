"""Practice then and now is no trend over the record: planted courses, and what cannot be told."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from fidelity.analyses.drift import Drift, drift
from fidelity.collect.ratings import Ratings
from fidelity.simulate import PlanType, Settings, Strand, Team, Training, simulate

RUBRIC = "sos_case_file"
THEN = (np.datetime64("2024-01-01"), np.datetime64("2024-03-31"))
NOW = (np.datetime64("2025-10-01"), np.datetime64("2025-12-31"))


def made(pieces: int = 10, references: bool = True, **given: Any) -> pd.DataFrame:
    strand = Strand(RUBRIC, pieces=pieces, double_share=0.25 if references else 0.0,
                    agreed_share=0.6, benchmark_pieces=4 if references else 0)  # fmt: skip
    quiet: dict[str, Any] = {
        "training": (), "turnover": 0.0, "newcomer_gap": 0.0, "strictness_slope": 0.0,
        "practice_slope_sd": 0.0,
    }  # fmt: skip
    settings = Settings(teams=tuple(Team(name, 12) for name in ("North", "South", "East", "West")),
                        strands=(strand,), **{**quiet, **given})  # fmt: skip
    return simulate(settings, rng=1).ratings[RUBRIC]


def compared(frame: pd.DataFrame, **options: Any) -> Drift:
    return drift(Ratings(frame, RUBRIC), between=(THEN, NOW), parts=False, **options)


def test_a_gain_that_wears_off_lies_above_then_though_the_trend_falls() -> None:
    taught = Training(4, "Practice model course", gain=1.6, attended=1.0)
    found = compared(made(training=(taught,), half_life=12.0))
    assert found.between is not None
    left = 1.6 * 0.92 * 2 ** (-19 / 12)  # some miss a day of three
    assert found.between.change.lower <= left <= found.between.change.upper
    assert found.between.change.lower > 0
    assert found.row("practice")["estimate"] < 0
    assert found.between.months == pytest.approx(21, abs=0.3)
    assert found.between.n[0] == found.between.n[1] == 120


def test_scoring_that_shifts_is_taken_out_of_it() -> None:
    found = compared(made(strictness_slope=-0.04))
    assert found.between is not None
    assert found.row("scoring")["finding"] == "more generous"
    assert found.between.change.lower <= 0 <= found.between.change.upper
    assert found.between.p > 0.05


def test_kinds_of_work_are_held_equal_where_every_piece_names_its_own() -> None:
    mix = (PlanType("child_in_need", 0.9, 0.1, 0.7), PlanType("looked_after", 0.1, 0.9, -0.7))
    frame = made(plan_types=mix)
    held, loose = compared(frame), compared(frame.drop(columns="plan_type"))
    assert held.between is not None
    assert loose.between is not None
    assert "plan_type" in held.held_equal
    assert "plan_type" not in loose.held_equal
    assert held.between.change.lower <= 0 <= held.between.change.upper
    assert loose.between.change.upper < 0, "the harder mix looks like worse practice"


def test_what_cannot_be_compared_says_why() -> None:
    alone = compared(made(pieces=4, references=False))
    assert alone.between is not None
    assert not alone.between.change.known
    assert alone.between.change.reason
    few = drift(
        Ratings(made(pieces=4), RUBRIC), parts=False,
        between=(THEN, (np.datetime64("2026-01-01"), np.datetime64("2026-03-31"))),
    )  # fmt: skip
    assert few.between is not None
    assert np.isnan(few.between.p)
    assert few.between.change.reason == "48 and 0 pieces then and now; 10 of each are needed"


def test_without_parts_nothing_but_the_parts_is_missing() -> None:
    ratings = Ratings(made(pieces=2), RUBRIC)
    whole, lean = drift(ratings), drift(ratings, parts=False)
    pd.testing.assert_frame_equal(whole.table, lean.table)
    assert len(whole.parts)
    assert lean.parts.empty
    assert lean.change is None
