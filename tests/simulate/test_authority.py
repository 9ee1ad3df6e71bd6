"""What was planted is found again, and what stands beside a part changes nothing in it."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import fidelity as fd
from fidelity.errors import UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from fidelity.rubric.model import Level, Scale
from fidelity.simulate import (
    Authority,
    PlantedConcern,
    Settings,
    Strand,
    Team,
    Training,
    simulate,
)

NORTH, SOUTH, EAST = Team("North"), Team("South"), Team("East")
FILES = Strand("sos_case_file", "SF", staged=True, ne=(0.3, 0.1), dk=0.02, blank=0.03)
VISITS = Strand("cfsw_skills", "OB", pieces=10, ne=(0.0, 0.0), dk=0, blank=0)
#: Practice and raters stay as they are, and nobody differs, but for what a test plants.
STILL = Settings(
    teams=(Team("North", 10), Team("South", 10)), strands=(VISITS,), training=(), turnover=0,
    mean_skill=0, team_sd=0, practitioner_sd=0, practice_slope_sd=0, case_sd=0, strictness_sd=0,
    strictness_slope=0, strictness_slope_sd=0, rater_item_sd=0, difficulty_sd=0,
)  # fmt: skip


def assessments(authority: Authority, rubric: str) -> pd.DataFrame:
    """Every assessment with its score, and the month in which it was scored."""
    found = fd.score(fd.Ratings(authority.ratings[rubric], rubric), selection="all").assessments
    months = pd.to_datetime(found["rated_on"]).dt.to_period("M")
    start = pd.Period(authority.truth.settings.start, "M")
    return found.assign(month=[(month - start).n + 1 for month in months])


def same_rows(one: pd.DataFrame, other: pd.DataFrame) -> None:
    assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))


# The same seed, the same authority; parts do not lean on one another.


def test_a_seed_gives_the_same_authority_and_another_seed_another() -> None:
    settings = Settings(months=6)
    one, again, other = (simulate(settings, seed).ratings["sos_case_file"] for seed in (3, 3, 4))
    assert_frame_equal(one, again)
    assert not one["value"].equals(other["value"])


def test_a_generator_gives_one_authority_after_another() -> None:
    settings = Settings(months=3)
    rng = np.random.default_rng(5)
    one, other = (simulate(settings, rng).ratings["cfsw_skills"]["value"] for _ in range(2))
    again = simulate(settings, np.random.default_rng(5)).ratings["cfsw_skills"]["value"]
    assert one.equals(again)
    assert not one.equals(other)


def test_a_further_rubric_changes_nothing_in_the_others_nor_does_their_order() -> None:
    alone = simulate(Settings(months=6, strands=(FILES,)), 1)
    beside = simulate(Settings(months=6, strands=(VISITS, FILES)), 1)
    assert_frame_equal(alone.ratings["sos_case_file"], beside.ratings["sos_case_file"])
    assert_frame_equal(alone.training, beside.training)
    assert_frame_equal(alone.measures, beside.measures)
    assert_frame_equal(alone.truth.skill, beside.truth.skill)


def test_a_further_team_changes_nothing_in_the_others() -> None:
    strands = (replace(FILES, benchmark_pieces=2), Strand("dfe_common_ingredients", "OA", every=3,
               respondents={"leader": 1, "practitioner": 2}))  # fmt: skip
    two = simulate(Settings(months=6, strands=strands, teams=(NORTH, SOUTH)), 1)
    three = simulate(Settings(months=6, strands=strands, teams=(NORTH, SOUTH, EAST)), 1)
    for rubric in ("sos_case_file", "dfe_common_ingredients"):
        more = three.ratings[rubric]
        assert "East" in set(more["team"])
        same_rows(two.ratings[rubric], more[more["team"].ne("East") | more["team"].isna()])
    for name in ("training", "measures"):
        more = getattr(three, name)
        same_rows(getattr(two, name), more[more["team"] != "East"])
    same_rows(two.frame, three.frame[~three.frame["stratum"].str.startswith("East")])


# Any rubric passes the gate and scores.


@pytest.mark.parametrize("rubric", rubric_ids())
def test_every_rubric_passes_the_gate_and_scores(rubric: str) -> None:
    strand = Strand(rubric, "X", pieces=3, benchmark_pieces=2, staged=True)
    authority = simulate(Settings(months=6, strands=(strand,)), 2)
    long = authority.ratings[rubric]
    ratings = fd.Ratings(long, rubric)
    assert not ratings.concerns
    result = fd.score(ratings, by="team")
    assert result.table["estimate"].notna().all()
    given = long[["item", "reason"]].dropna().drop_duplicates()
    assert all(why in read_rubric(rubric).items[item].na_reasons for item, why in given.to_numpy())
    assert (long["value"].eq("NA").fillna(False) == long["reason"].notna()).all()
    answered = long.groupby("item")["value"].nunique()
    assert answered.min() >= 2  # a question with three answers, to half of the pieces
    longer = [i for i in answered.index if len(read_rubric(rubric).scale_of(i).levels) != 3]
    assert answered.reindex(longer).min() >= 3 or not longer


def levels(values: Iterable[int]) -> tuple[Level, ...]:
    return tuple(Level(value=value, label=str(value)) for value in values)


def on_another_scale(**scale: Any) -> Rubric:
    """The seven skills on a scale of another kind, the last of them reversed."""
    skills = read_rubric("cfsw_skills")
    *others, authority = skills.components
    *items, last = authority.items
    reversed_one = last.model_copy(update={"proscribed": True})
    authority = authority.model_copy(update={"items": (*items, reversed_one)})
    parts = {name: getattr(skills, name) for name in Rubric.model_fields}
    parts["scales"] = (Scale(id="skill", codes=("NE",), **scale),)
    return Rubric(**parts | {"components": (*others, authority)})


@pytest.mark.parametrize(
    "rubric",
    [
        on_another_scale(levels=levels(range(11))),
        on_another_scale(levels=levels((0, 1))),
        on_another_scale(kind="percent", lowest=0, highest=100, decimals=1),
        on_another_scale(kind="count", lowest=0, highest=40),
    ],
    ids=["0 to 10", "no or yes", "percent", "count"],
)
def test_a_scale_of_any_kind_is_answered_over_its_length_and_follows_practice(
    rubric: Rubric,
) -> None:
    strand = Strand(rubric, "X", pieces=10, ne=(0.1, 0.1))
    authority = simulate(Settings(strands=(strand,)), 1)
    long = authority.ratings[rubric.id]
    fd.Ratings(long, rubric)
    number = pd.to_numeric(long["value"], errors="coerce")
    scale = rubric.scale_of("child_focus")
    assert number.min() <= scale.minimum + 0.1 * (scale.maximum - scale.minimum)
    assert number.max() >= scale.minimum + 0.7 * (scale.maximum - scale.minimum)
    true = long["piece"].map(authority.truth.pieces.set_index("piece")["true"])
    follows = {
        item: number[rows].corr(true[rows]) for item, rows in long.groupby("item").groups.items()
    }
    assert follows.pop("child_focus") < -0.2
    assert min(follows.values()) > 0.2


# The planted numbers are found again.


def test_codes_stand_at_their_rates_and_recording_improves() -> None:
    settings = Settings(
        strands=(replace(FILES, pieces=25, double_share=0, selection={"random": 1.0}),)
    )
    long = simulate(settings, 1).ratings["sos_case_file"]
    applies = long[long["value"].ne("NA").fillna(True)]
    month = pd.to_datetime(applies["date"]).dt.to_period("M").rank(method="dense").astype(int)
    value = applies["value"].fillna("blank")
    for number, rate in ((1, 0.3), (24, 0.1)):
        seen = value[month == number].eq("NE")
        assert abs(seen.mean() - rate) < 4 * math.sqrt(rate * (1 - rate) / len(seen))
    scaled = value[~value.isin(["NE"])]
    dk, rest = scaled.eq("DK"), scaled[scaled != "DK"]
    assert abs(dk.mean() - 0.02) < 4 * math.sqrt(0.02 * 0.98 / len(dk))
    assert abs(rest.eq("blank").mean() - 0.03) < 4 * math.sqrt(0.03 * 0.97 / len(rest))


def test_items_are_not_due_before_the_assessment_ends_and_at_no_other_time() -> None:
    long = simulate(Settings(strands=(FILES,)), 1).ratings["sos_case_file"]
    due_later = [k for k, item in read_rubric("sos_case_file").items.items()
                 if "not_due" in item.na_reasons]  # fmt: skip
    early = long["stage"].eq("assessment") & long["item"].isin(due_later)
    assert early.sum() > 100
    assert (long["reason"].eq("not_due").fillna(False) == early).all()


def test_strictness_of_raters_and_its_drift_are_found_on_benchmark_pieces() -> None:
    strand = replace(VISITS, benchmark_pieces=10, pieces=1)
    settings = replace(
        STILL, strands=(strand,), strictness_sd=0.4, strictness_slope=-0.02, case_sd=0.3
    )
    authority = simulate(settings, 1)
    scored = assessments(authority, "cfsw_skills")
    scored = scored[scored["purpose"].eq("benchmark")]
    agreed = scored[scored["rater_role"].eq("agreed")].set_index("piece")["overall"]
    rated = scored[scored["rater_role"].ne("agreed")].assign(
        above=lambda t: t["overall"] - t["piece"].map(agreed)
    )
    true = authority.truth.strictness
    mean = rated.groupby("rater")["above"].mean()
    slope, _ = np.polyfit(true.groupby("rater")["strictness"].mean()[mean.index], mean, 1)
    assert -1.1 < slope < -0.75  # the ends of the scale hold some of it back
    a_month, _ = np.polyfit(rated["month"], rated["above"], 1)
    assert 0.01 < a_month < 0.03


def test_a_training_gain_is_found_and_fades_with_its_half_life() -> None:
    training = (Training(7, "course", gain=1.2, attended=1.0),)
    quiet = replace(STILL, mean_skill=-0.6, piece_sd=0.3, noise_sd=0.3, training=training)
    authority = simulate(replace(quiet, half_life=6.0), 1)
    scored = assessments(authority, "cfsw_skills")
    by_month = scored[scored["counted"]].groupby("month")["overall"].mean()
    gain = authority.truth.gains["gain"].mean()
    assert gain == pytest.approx(1.2 * 0.92, abs=0.3)
    early, late = (by_month[list(months)].mean() - by_month[:6].mean()
                   for months in ((7, 8, 9), (13, 14, 15)))  # fmt: skip
    faded = 2 ** (-1 / 6)  # the mean of three months, one month after the first of them
    assert early == pytest.approx(gain * faded, abs=0.15)
    assert late == pytest.approx(gain * faded / 2, abs=0.15)
    skill = authority.truth.skill.pivot(index="practitioner", columns="month", values="skill")
    assert (skill[6] == skill[1]).all()
    np.testing.assert_allclose(skill[13] - skill[6], (skill[7] - skill[6]) / 2, atol=1e-12)
    assert authority.truth.half_life == 6.0


def test_an_infinite_half_life_means_no_decay() -> None:
    settings = replace(STILL, training=(Training(2, "course"),), half_life=math.inf)
    skill = simulate(settings, 1).truth.skill.pivot(
        index="practitioner", columns="month", values="skill"
    )
    assert (skill[24] == skill[2]).all()
    assert (skill[2] > skill[1]).any()


def test_scores_follow_the_practice_of_the_piece_and_agreed_ones_most_closely() -> None:
    authority = simulate(Settings(strands=(replace(VISITS, double_share=1, agreed_share=1),)), 1)
    true = authority.truth.pieces.set_index("piece")["true"]
    scored = assessments(authority, "cfsw_skills")
    close = {
        role: np.corrcoef(rows["overall"], true[rows["piece"]])[0, 1]
        for role, rows in scored.groupby("rater_role")
    }
    assert 0.6 < close["peer"] < close["agreed"] < 1


def test_pieces_chosen_for_a_reason_differ_as_planted() -> None:
    half = {"random": 0.5, "chosen_by_team": 0.25, "concern": 0.25}
    authority = simulate(Settings(strands=(replace(VISITS, selection=half),)), 1)
    mean = assessments(authority, "cfsw_skills").groupby("selection")["overall"].mean()
    assert mean["concern"] < mean["random"] - 0.3
    assert mean["chosen_by_team"] > mean["random"] + 0.2


def test_difficult_items_and_generous_roles_show() -> None:
    strand = Strand(
        "core_case_audit", "CA", pieces=10, role="line_manager", second_role="moderator",
        double_share=0.5, difficulty={"plan": 1.0, "voice": -1.0},
    )  # fmt: skip
    long = simulate(replace(STILL, strands=(strand,)), 1).ratings["core_case_audit"]
    level = pd.to_numeric(long["value"], errors="coerce")
    by_item = level.groupby(long["item"]).mean()
    assert by_item["plan"] < by_item["oversight"] < by_item["voice"]
    twice = long["piece"].isin(long.loc[long["purpose"].eq("double"), "piece"])
    by_role = level[twice].groupby(long["rater_role"]).mean()
    # 0.3 of a five-level scale is 0.225 of a four-level one
    assert by_role["line_manager"] - by_role["moderator"] == pytest.approx(0.225, abs=0.06)


def test_raters_who_left_score_nothing_and_newcomers_join() -> None:
    authority = simulate(Settings(rater_leaves={"R02": 6}, turnover=0.05), 1)
    scored = assessments(authority, "sos_case_file")
    assert scored.loc[scored["rater"].eq("R02"), "month"].max() == 6
    skill = authority.truth.skill
    posts = skill[skill["in_post"]].groupby(["team", "month"])["practitioner"].nunique()
    assert set(posts) == {8}
    assert skill["practitioner"].nunique() > 4 * 8


def test_siblings_share_a_case() -> None:
    pieces = simulate(rng=1).ratings["sos_case_file"].dropna(subset="case").drop_duplicates("piece")
    several = pieces[pieces["case"].duplicated(keep=False)]
    assert len(several) > 20
    assert several.groupby("case")["practitioner"].nunique().max() == 1


def test_planted_concerns_come_first_and_no_others_are_there() -> None:
    concerns = (PlantedConcern("North", 2), PlantedConcern("South", 3, escalated=False),
                PlantedConcern("South", 1, closed=False))  # fmt: skip
    authority = simulate(Settings(strands=(replace(FILES, concerns=concerns),)), 1)
    ratings = fd.Ratings(authority.ratings["sos_case_file"], "sos_case_file")
    assert [bool(c.escalated_on) for c in ratings.concerns] == [False, True, True]
    assert "NOT ESCALATED" in ratings.summary[0]
    assert sum(concern.open for concern in ratings.concerns) == 2


# What cannot be simulated is refused, all at once.


def test_settings_that_cannot_be_simulated_are_refused_all_at_once() -> None:
    with pytest.raises(UsageError) as error:
        Settings(
            months=0, half_life=0, teams=(NORTH, NORTH), noise_sd=-1, rater_leaves={"R99": 3},
            strands=(replace(FILES, selection={"random": 0.5}, scored_by=("R77",)), FILES),
        )  # fmt: skip
    told = str(error.value)
    for word in (
        "months",
        "half_life",
        "twice",
        "noise_sd",
        "R99",
        "selection",
        "R77",
        "two strands",
    ):
        assert word in told


@pytest.mark.parametrize("seed", [-1, "one", 1.5, None])
def test_a_seed_is_a_whole_number_from_0_on(seed: object) -> None:
    with pytest.raises(UsageError, match="a whole number from 0 on"):
        simulate(Settings(months=1), seed)  # type: ignore[arg-type]
