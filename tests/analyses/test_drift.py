"""Practice or scoring: what was planted is told, what cannot be told is said, nobody is ranked."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from benchmarks.studies import drift_parts_coverage as parts_study
from benchmarks.studies.coverage import read_table
from fidelity.analyses import drift_parts
from fidelity.analyses.drift import Drift, drift
from fidelity.analyses.drift_parts import made_of
from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import UsageError
from fidelity.rubric.places import sample_data_folder
from fidelity.scorings import scorings
from fidelity.simulate import Settings, Strand, Team, simulate

RUBRIC = "cfsw_skills"
#: Nothing moves but what is planted: 576 observations in two years, many of them agreed on.
STILL: dict[str, Any] = {
    "months": 24, "teams": (Team("North", 12), Team("South", 12)), "raters": 8,
    "strands": (
        Strand(RUBRIC, "OB", pieces=12, double_share=0.5, agreed_share=0.8, benchmark_pieces=5),
    ),
    "training": (), "turnover": 0, "newcomer_gap": 0, "practice_slope_sd": 0, "piece_sd": 0.4,
    "case_sd": 0.3, "strictness_slope": 0, "strictness_slope_sd": 0.002,
}  # fmt: skip
#: Words that would blame, rank or claim a cause.
NEVER = ("because", "harsh", "worst", "best", "rank", "fail", "error", "delivering", "proves")


@pytest.fixture(autouse=True, scope="module")
def _fewer_draws() -> Iterator[None]:
    """Sixty draws for an interval: what is tested here does not hang on the last digit."""
    usual, drift_parts.DRAWS = drift_parts.DRAWS, 60
    yield
    drift_parts.DRAWS = usual


@cache
def planted(practice: float, strictness: float, seed: int = 1) -> Ratings:
    settings = Settings(**{**STILL, "practice_slope": practice, "strictness_slope": strictness})
    return Ratings(simulate(settings, rng=seed).ratings[RUBRIC], RUBRIC)


@cache
def found(practice: float, strictness: float) -> Drift:
    return drift(planted(practice, strictness))


@cache
def sample(size: str, rubric: str) -> Ratings:
    return read_ratings(sample_data_folder() / size / f"ratings_{rubric}.csv", rubric)


@cache
def since_training() -> Drift:
    """The large sample from its training on."""
    return drift(sample("large", "sos_case_file"), since="2024-04-02", every="quarter")


@cache
def small() -> Drift:
    return drift(sample("small", "sos_case_file"))


def told(result: Drift) -> str:
    return " ".join(result.sentences)


def test_scoring_that_grows_generous_hides_practice_that_falls_and_is_told() -> None:
    result = found(-0.03, -0.03)
    assert result.row("practice")["finding"] == "falling"
    assert result.row("scoring")["finding"] == "more generous"
    assert result.row("scores as given")["finding"] == "no change can be told"
    for part, truth in (("practice", -0.03), ("scoring", 0.03)):
        row = result.row(part)
        # Levels are cut off at the ends of the scale, so that a trend comes out a little smaller.
        assert abs(row["a_month"]) == pytest.approx(abs(truth), rel=0.4)
        assert row["month_lower"] <= truth <= row["month_upper"]
    assert "The two hid each other" in told(result)
    assert "while scoring became more generous" in result.plot().title


def test_only_what_was_planted_is_told() -> None:
    practice, scoring = found(-0.03, 0.0), found(0.0, 0.03)
    assert practice.row("practice")["finding"] == "falling"
    assert practice.row("scoring")["finding"] == "no shift can be told"
    assert scoring.row("practice")["finding"] == "no change can be told"
    assert scoring.row("scoring")["finding"] == "stricter"
    assert scoring.row("scores as given")["finding"] == "falling"
    assert "hid each other" not in told(practice) + told(scoring)


def test_the_parts_name_what_was_planted_and_add_up() -> None:
    for practice, strictness in ((-0.03, -0.03), (-0.03, 0.0), (0.0, 0.03)):
        result = found(practice, strictness)
        parts = result.parts.set_index("part")["estimate"]
        assert parts.drop("total").sum() == pytest.approx(parts["total"], abs=1e-9)
        # The first and the latest third of 24 months are 16 months apart; where there is an agreed
        # score it counts, and has no rater. Levels cut off at the ends take a fifth away.
        held = planted(practice, strictness).assessments
        agreed = ((held["rater_role"] == "agreed") & (held["purpose"] == "routine")).sum()
        share = 1 - agreed / result.counts["pieces"]
        rows = result.parts.set_index("part")
        for name, truth in (("practice", 16 * practice), ("shift", -16 * share * strictness)):
            row = rows.loc[name]
            assert row["lower"] <= 0.85 * truth <= row["upper"]
            assert (row["lower"] > 0 or row["upper"] < 0) == (truth != 0)
        for name in ("people", "kinds", "recording", "who_scored"):
            assert rows.loc[name, "lower"] <= 0 <= rows.loc[name, "upper"]
        assert result.parts["share"].iloc[-1] == 1


def test_what_tells_them_apart_is_named() -> None:
    result = found(-0.03, -0.03)
    assert result.identified_by == ("agreed scores", "benchmark pieces")
    frame = planted(-0.03, -0.03)
    held = frame.assessments
    for drop, left in (("benchmark", ("agreed scores",)), ("agreed", ("benchmark pieces",))):
        column = "purpose" if drop == "benchmark" else "rater_role"
        out = held[column] == drop
        if drop == "agreed":
            out &= held["purpose"] != "benchmark"
        again = drift(without(frame, held[out]))
        assert again.identified_by == left
        assert again.row("scoring")["finding"] == "more generous"
    assert "agreed scores did not shift" in result.sentences[-1]


def without(ratings: Ratings, away: pd.DataFrame) -> Ratings:
    """The ratings without some assessments."""
    long = simulate(
        Settings(**{**STILL, "practice_slope": -0.03, "strictness_slope": -0.03}), rng=1
    ).ratings[RUBRIC]
    gone = set(zip(away["piece"], away["rater"], strict=True))
    kept = [key not in gone for key in zip(long["piece"], long["rater"], strict=True)]
    assert len(away)
    return Ratings(long[kept], ratings.rubric)


def test_without_either_they_cannot_be_told_apart_and_a_design_is_named() -> None:
    frame = planted(-0.03, -0.03)
    held = frame.assessments
    away = held[(held["rater_role"] == "agreed") | (held["purpose"] == "benchmark")]
    result = drift(without(frame, away))
    assert result.identified_by == ()
    assert result.row("practice")["finding"] == "cannot be told apart"
    assert (
        result.table.loc[result.table["part"] != "scores as given", "estimate"]
        .iloc[:3]
        .isna()
        .all()
    )
    assert (result.raters["finding"] == "cannot be told apart").all()
    assert result.raters["relative"].notna().all()
    assert "cannot be told apart" in told(result)
    assert "What would tell: an agreed score beside the rater's own on about" in told(result)
    assert "What they have in common stays hidden" in told(result)
    assert result.plot().title == "Practice and scoring cannot be told apart"
    parts = result.parts.set_index("part")
    assert parts.loc["practice", "text"].startswith("practice, or raters' own shift")
    assert np.isnan(parts.loc["shift", "estimate"])
    assert parts["estimate"].drop("total").sum() == pytest.approx(parts.loc["total", "estimate"])


def test_the_large_sample_tells_its_story_from_the_training_on() -> None:
    """Planted: raters .015 of a level a month more generous, a gain that fades, better records."""
    result = since_training()
    scoring = result.row("scoring")
    assert scoring["finding"] == "more generous"
    assert scoring["month_lower"] <= 0.015 <= scoring["month_upper"]
    practice = result.row("practice")
    assert practice["finding"] == "falling"
    assert practice["lower"] <= faded() <= practice["upper"]
    assert result.row("scores as given")["finding"] == "no change can be told"
    assert result.row("recording of evidence")["finding"] == "rising"
    text = told(result)
    for words in (
        "The scores as given show no change that can be told",
        "Scoring became more generous",
        "practice itself fell by",
        "The two hid each other",
        "Practice did not move evenly",
        "is recording: fewer items without evidence",
        "This assumes that agreed scores did not shift themselves",
    ):
        assert words in text


def faded() -> float:
    """The planted straight trend of practice a year, from the truth of the sample."""
    import json

    truth = json.loads((sample_data_folder() / "large" / "truth.json").read_text("utf-8"))
    skill = np.array(truth["mean_skill_by_month"])[3:]
    return 12 * 0.8 * float(np.polyfit(np.arange(len(skill)), skill, 1)[0])


def test_the_small_sample_says_what_cannot_be_told_and_when_it_could() -> None:
    result = small()
    assert result.row("practice")["finding"] == "too few to tell apart"
    assert result.row("practice")[["estimate", "lower", "upper"]].isna().all()
    assert set(result.raters["finding"]) == {"too few to tell apart"}
    assert "There are too few scores to tell whether the practice changed" in told(result)
    assert "for 48 months" in told(result)
    assert "assumed, not measured here" in told(result)
    picture = result.plot()
    assert picture.title == "Practice and scoring cannot be told apart"
    assert "too few" in picture.alt


def test_raters_stand_in_the_order_of_their_ids_and_nobody_is_blamed() -> None:
    for result in (found(-0.03, -0.03), since_training(), small()):
        assert list(result.raters["rater"]) == sorted(result.raters["rater"])
        text = told(result).lower() + result.plot().alt.lower() + result.plot_parts().alt.lower()
        assert not [word for word in NEVER if word in text]
        assert "panel" not in set(result.raters["rater"])


def test_a_rater_with_under_five_references_is_too_few() -> None:
    frame = planted(-0.03, -0.03)
    held = frame.assessments
    mine = held["rater"] == "R03"
    both = held.loc[held["rater_role"] == "agreed", "piece"]
    away = held[mine & ((held["purpose"] == "benchmark") | held["piece"].isin(both))]
    result = drift(without(frame, away))
    row = result.raters.set_index("rater").loc["R03"]
    assert row["finding"] == "too few to tell apart"
    assert "piece): R03 (0)." in told(result)
    assert np.isnan(row["estimate"])
    assert row["n_gold"] == row["n_benchmark"] == 0
    assert "5 are needed" in row["reason"]
    assert result.raters.set_index("rater").drop("R03")["estimate"].notna().all()


def test_groups_have_a_trend_of_their_own_and_share_the_scoring() -> None:
    result = drift(planted(-0.03, -0.03), by="team")
    rows = result.table[result.table["part"] == "practice"]
    assert list(rows["group"]) == ["(all)", "North", "South"]
    assert rows["q"].iloc[1:].notna().all()
    assert (result.table["part"] == "scoring").sum() == 1
    mean = rows["estimate"].iloc[1:].mean()
    assert mean == pytest.approx(rows["estimate"].iloc[0], abs=0.05)
    assert "Practice by team, with one shift in scoring for all" in told(result)


@pytest.mark.parametrize(
    "rubric", ["sos_case_file", "cfsw_skills", "systemic_supervision", "miti4"]
)
def test_the_terms_of_a_score_add_up_to_it(rubric: str) -> None:
    held = scorings(sample("large", rubric), "drift", "all")
    for measure in held.scores.measures.values():
        if measure.kind != "mean":
            continue
        made = made_of(held, measure.id)
        known = ~np.isnan(made.rest)
        whole = made.rest + made.items + made.recording
        np.testing.assert_allclose(whole[known], measure.value[known], atol=1e-9)
        # Where everything was answered with a level, nothing is recording.
        full = known & ~np.isin(held.answers.states, [2]).any(axis=1)
        np.testing.assert_allclose(made.recording[full], 0.0, atol=1e-9)


def test_better_recording_is_not_taken_for_practice() -> None:
    """Evidence that is found more and more often, and nothing else."""
    settings = Settings(**{
        **STILL, "months": 18,
        "strands": (Strand("sos_case_file", "SF", pieces=8, double_share=0.5, agreed_share=1.0,
                           ne=(0.35, 0.02)),),
    })  # fmt: skip
    result = drift(Ratings(simulate(settings, rng=4).ratings["sos_case_file"], "sos_case_file"))
    assert result.row("recording of evidence")["finding"] == "rising"
    assert result.row("scores as given")["finding"] == "rising"
    assert result.row("practice")["finding"] == "no change can be told"
    parts = result.parts.set_index("part")
    assert parts.loc["recording", "lower"] > 0.1
    assert "That may be practice, or only its record." in told(result)


def test_around_a_day_the_parts_are_of_before_and_after() -> None:
    result = drift(sample("large", "sos_case_file"), around="2024-10-01")
    assert result.change is not None
    held = sample("large", "sos_case_file").assessments
    drawn = held[held["selection"] == "random"].drop_duplicates("piece")
    before = int((drawn["date"] < "2024-10-01").sum())
    # Pieces too much of which is not known have no score.
    assert before - 8 <= result.change.n[0] <= before
    assert sum(result.change.n) <= len(drawn)
    assert "From before 2024-10-01" in told(result)
    assert result.parts["estimate"].iloc[:-1].sum() == pytest.approx(
        result.parts["estimate"].iloc[-1]
    )


def test_pieces_that_straddle_the_day_are_left_out() -> None:
    whole = Strand(RUBRIC, "OB", pieces=12, ne=(0, 0), dk=0, blank=0)
    long = simulate(Settings(**{**STILL, "strands": (whole,)}), rng=2).ratings[RUBRIC]
    day = np.datetime64("2025-01-01")
    date = pd.to_datetime(long["date"].astype(str))
    began = date - pd.Timedelta(days=60)
    frame = long.assign(covers_from=began.dt.strftime("%Y-%m-%d"))
    plain = drift(Ratings(long, RUBRIC), around="2025-01-01").change
    straddling = drift(Ratings(frame, RUBRIC), around="2025-01-01").change
    assert plain is not None
    assert straddling is not None
    routine = frame[(frame["purpose"] == "routine")].drop_duplicates("piece")
    dates = pd.to_datetime(routine["date"].astype(str))
    between = ((dates >= day) & (dates - pd.Timedelta(days=60) < day)).sum()
    assert between
    assert straddling.n[0] == plain.n[0]
    assert straddling.n[1] == plain.n[1] - between


def test_neither_order_nor_seed_moves_an_estimate() -> None:
    long = simulate(Settings(**STILL), rng=3).ratings[RUBRIC]
    one = drift(Ratings(long, RUBRIC))
    two = drift(Ratings(long.sample(frac=1, random_state=1), RUBRIC), rng=5)
    numbers = ["estimate", "lower", "upper"]
    np.testing.assert_allclose(one.table[numbers], two.table[numbers], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(one.parts["estimate"], two.parts["estimate"], atol=1e-7)
    assert one.parts["lower"].tolist() != two.parts["lower"].tolist()
    again = drift(Ratings(long, RUBRIC))
    pd.testing.assert_frame_equal(one.parts, again.parts)
    assert one.sentences == again.sentences


def test_a_rubric_that_averages_nothing_and_wrong_calls() -> None:
    result = drift(sample("large", "core_case_audit"), record="line_manager")
    assert result.table.empty
    assert len(result.sentences) == 1
    assert "this rubric averages nothing" in result.sentences[0]
    assert result.plot().title == "Practice and scoring cannot be told apart"
    assert result.plot_parts().title == "The change in scores cannot be split into parts"
    frame = sample("small", "cfsw_skills")
    for wrong, says in (
        ({"measure": "nothing"}, 'No mean "nothing"'),
        ({"around": "soon"}, "allowed: a date"),
        ({"every": "week"}, 'every="week"'),
        ({"by": "office"}, "No column office"),
        ({"selection": "some"}, 'selection="some"'),
    ):
        with pytest.raises(UsageError, match=says):
            drift(frame, **wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="takes checked ratings"):
        drift(pd.DataFrame())  # type: ignore[arg-type]
    long = simulate(Settings(**{**STILL, "months": 2}), rng=1).ratings[RUBRIC]
    with pytest.raises(UsageError, match="needs the column date"):
        drift(Ratings(long.drop(columns=["date", "rated_on"]), RUBRIC))


def test_a_stricter_role_that_takes_over_is_no_drift() -> None:
    """From the middle on line managers score, one level lower; agreed scores say so."""
    long = simulate(Settings(**STILL), rng=6).ratings[RUBRIC].astype(object)
    late = (long["date"].astype(str) >= "2025-01-01") & (long["rater"] != "panel")
    late &= long["purpose"] != "benchmark"
    lower = {str(level): str(max(1, level - 1)) for level in range(1, 6)}
    value = long["value"].where(~late, long["value"].map(lambda v: lower.get(v, v)))
    named = long.assign(value=value, rater_role=long["rater_role"].where(~late, "line_manager"))
    told_roles = drift(Ratings(named, RUBRIC))
    unnamed = drift(Ratings(long.assign(value=value), RUBRIC))
    assert unnamed.row("scoring")["finding"] == "stricter"
    assert told_roles.row("scoring")["finding"] == "no shift can be told"
    assert "Scored as peer and line manager: each has a level of its own" in told(told_roles)


def test_few_pieces_say_so() -> None:
    frame = simulate(Settings(**{**STILL, "months": 1}), rng=1).ratings[RUBRIC]
    few = frame[frame["piece"].isin(frame["piece"].unique()[:6])]
    result = drift(Ratings(few, RUBRIC))
    assert result.table.empty
    assert "at least 10" in result.sentences[0]


def test_the_public_name() -> None:
    assert fd.drift is drift


def test_the_committed_study_of_parts_passes() -> None:
    rows = read_table(parts_study.TABLE)
    assert {row["part"] for row in rows} == {
        "practice", "shift", "who_scored", "people", "kinds", "items", "total",
    }  # fmt: skip
    assert {row["verdict"] for row in rows} == {"passes"}


def test_a_part_of_that_study_again() -> None:
    covered = [parts_study.parts(9000 + run).set_index("part") for run in range(8)]
    for name in ("practice", "shift", "total"):
        hits = sum(bool(p.loc[name, "lower"] <= 0 <= p.loc[name, "upper"]) for p in covered)
        # Of 8 intervals that cover at .93, fewer than 5 do with a chance of .001.
        assert hits >= 5


@pytest.mark.parametrize(
    ("size", "rubric"),
    [("large", "staff_model_survey"), ("small", "sos_family_feedback"),
     ("large", "sos_family_feedback")],
)  # fmt: skip
def test_where_people_speak_for_themselves_no_scoring_can_shift(size: str, rubric: str) -> None:
    """Nobody is sent to agree on a parent's view, or to have a benchmark parent."""
    result = drift(sample(size, rubric))
    text = told(result)
    assert "Each respondent speaks for themselves" in text
    picture = result.plot()
    for never in ("benchmark piece", "agreed score", "What would tell", "raters"):
        assert never not in text
        assert never not in picture.alt
    assert picture.title == "No change in replies can be told"
    drawn = " ".join(found.get_text() for found in picture.fig.axes[0].texts)
    assert "no scoring to shift" in drawn
    assert "raters" not in drawn
    parts = result.plot_parts()
    assert "rater" not in parts.alt
    if len(result.parts):
        assert result.parts["estimate"].notna().all()
        assert result.parts["estimate"].iloc[:-1].sum() == pytest.approx(
            result.parts["estimate"].iloc[-1], abs=1e-9
        )


def test_the_parts_are_told_in_short_sentences_the_largest_first() -> None:
    result = since_training()
    text = told(result)
    place = text.index("The largest part that can be told: scoring: raters' own shift, ")
    assert place < text.index("Then: recording of evidence, ") < text.index("Left for practice")
    assert "All parts are in the table, and add up to the whole." in text
    for sentence in text.split(". "):
        assert len(sentence) < 330, sentence
