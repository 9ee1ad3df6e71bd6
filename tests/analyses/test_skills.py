"""Skills after a training: the planted story in sentences, small said as small, nobody ranked."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

from fidelity.analyses.skills import Skills, skills
from fidelity.analyses.skills_words import STUDIED
from fidelity.collect.companions import read_events, read_training
from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import UsageError
from fidelity.present.shifts import Shifts, scoring_shifts
from fidelity.rubric.places import sample_data_folder
from fidelity.simulate import Settings, Strand, Team, Training, simulate
from fidelity.simulate.samples import wide

TWO = ("cfsw_skills", "sos_case_file")


@cache
def strands(size: str) -> dict[str, Ratings]:
    folder = sample_data_folder() / size
    return {name: read_ratings(folder / f"ratings_{name}.csv", name) for name in TWO}


def training(size: str) -> pd.DataFrame:
    return read_training(sample_data_folder() / size / "training.csv")


@cache
def shifts() -> Shifts:
    return scoring_shifts(strands("large"))


@cache
def found(size: str, scoring: bool = False) -> Skills:
    return skills(
        strands(size), training(size), practitioners=True,
        events=read_events(sample_data_folder() / size / "events.csv"),
        scoring=shifts().by_strand if scoring else None,
    )  # fmt: skip


def row(result: Skills, strand: str, kind: str, name: str = "as scored") -> pd.Series:
    table = result.table
    mine = table[(table["strand"] == strand) & (table["kind"] == kind)]
    mine = mine[mine["level"] == "authority"]
    named = mine[mine["name"] == name]
    return (named if len(named) else mine).iloc[0]


def truth() -> dict[str, float]:
    text = (sample_data_folder() / "large" / "truth.json").read_text(encoding="utf-8")
    settings = json.loads(text)["settings"]
    return {name: settings[name] for name in ("half_life", "strictness_slope")}


def test_with_the_shift_in_scoring_taken_off_the_planted_story_is_told() -> None:
    result, planted = found("large", scoring=True), truth()
    shift = shifts().by_strand["cfsw_skills"]
    assert shift.lower < -planted["strictness_slope"] < shift.upper
    corrected = "shift in scoring taken off"
    gain = row(result, "cfsw_skills", "gain", corrected)
    assert gain["lower"] < 1.0 * 0.95 < gain["upper"]
    life = row(result, "cfsw_skills", "half-life", corrected)
    assert life["finding"] == "fades"
    assert life["lower"] < planted["half_life"] < life["upper"]
    assert result.halves["cfsw_skills"].fades
    told = " ".join(result.sentences)
    assert "Practice model course, 2 April 2024: 29 people" in told
    assert "and then faded: half of it was gone after about 12 months" in told
    assert "Scoring grew more generous" in told
    assert "latest half-year cannot be told from the time before" in told


def test_as_scored_the_fading_is_hidden_and_that_is_said() -> None:
    result = found("large")
    assert row(result, "cfsw_skills", "first half-year after")["finding"] == "higher after"
    assert row(result, "cfsw_skills", "half-life")["finding"] == "no fading can be told"
    assert np.isinf(row(result, "cfsw_skills", "half-life")["upper"])
    told = " ".join(result.sentences)
    assert "no fading can be told" in told
    assert "if scoring did not shift" in told
    assert "A trend in scoring makes fading look slower or quicker" in told


def test_masterclasses_change_nothing_and_paper_stands_above_practice() -> None:
    result = found("large")
    masters = result.table[result.table["kind"] == "masterclass"]
    assert len(masters) == 4
    assert set(masters["finding"]) == {"no change can be told"}
    assert (masters["lower"] < 0).all()
    assert (masters["upper"] > 0).all()
    gap = row(result, "sos_case_file beside cfsw_skills", "paper beside practice")
    assert gap["finding"] == "no change can be told"
    told = " ".join(result.sentences)
    assert "paper stood above seen practice" in told
    assert "go together, practitioner by practitioner" in told
    assert "better recording" in told


def test_sentences_say_after_and_rank_nobody() -> None:
    for result in (found("large"), found("large", scoring=True), found("small")):
        told = " ".join(result.sentences).lower()
        for word in ("because", "works", "delivering", "effective", "best", "worst", "rank"):
            assert f" {word}" not in told
        people = result.table[result.table["level"] == "practitioner"]
        for _, mine in people.groupby("strand"):
            assert list(mine["group"]) == sorted(mine["group"])
        assert set(people["finding"]) <= {
            "improved", "fell", "cannot be told from noise", "too few of one person",
        }  # fmt: skip
        few = people["finding"] == "too few of one person"
        assert people.loc[few, "estimate"].isna().all()
    assert "cannot be told from noise" in " ".join(found("large").sentences)


def test_single_practitioners_only_on_request() -> None:
    result = skills(strands("small"), training("small"))
    assert "practitioner" not in set(result.table["level"])


def test_the_small_authority_says_what_cannot_be_told_and_when() -> None:
    result = found("small")
    assert not any(half.fades for half in result.halves.values())
    told = " ".join(result.sentences)
    assert "no gain can be told" in told
    assert "Whether that holds or fades cannot be told" in told
    assert "months each at this pace" in told
    assert "too few to compare" in told
    assert "Here 2 observations a month entered" in told
    assert result.plot().title == "No gain after the training can be told"


def test_the_figures_of_the_study_are_those_of_its_table() -> None:
    from benchmarks.studies.coverage import read_table
    from benchmarks.studies.half_life import TABLE

    rows = {row["design"]: float(row["share_fading_told"]) for row in read_table(TABLE)}
    (many, often), (few, seldom) = STUDIED
    assert round(
        100 * next(v for k, v in rows.items() if f"{many} pieces a month, 24 months" in k)
    ) == pytest.approx(often, abs=0.5)
    assert round(
        100
        * next(v for k, v in rows.items() if k.startswith("half-life 9") and f", {few} pieces" in k)
    ) == pytest.approx(seldom, abs=0.5)


@cache
def planted(gain: float, half_life: float) -> Skills:
    """An authority large enough to see, whose raters do not shift."""
    settings = Settings(
        teams=tuple(Team(name, 8) for name in "ABCDEF"), months=24, turnover=0.0,
        strands=(Strand("cfsw_skills", "OB", pieces=8),), half_life=half_life,
        training=(Training(5, "Course", gain=gain),), strictness_slope=0.0,
        strictness_slope_sd=0.0, strictness_sd=0.1, practice_slope_sd=0.0,
    )  # fmt: skip
    made = simulate(settings, 3)
    ratings = Ratings(wide(made.ratings["cfsw_skills"]), "cfsw_skills")
    return skills({"visits": ratings}, read_training(made.training))


def test_a_planted_gain_and_half_life_are_recovered() -> None:
    result = planted(1.0, 6.0)
    life, gain = row(result, "visits", "half-life"), row(result, "visits", "gain")
    assert life["finding"] == "fades"
    assert life["lower"] < 6.0 < life["upper"] < 20
    assert gain["lower"] < 1.0 < gain["upper"]
    teams = result.table[(result.table["level"] == "team")]
    assert list(teams["group"]) == list("ABCDEF") * 2
    first = teams[teams["kind"] == "first half-year after"]
    assert (first["finding"] == "higher after").sum() >= 2
    assert "half gone after about" in result.plot().title


def test_without_a_gain_none_is_told() -> None:
    result = planted(0.0, 9.0)
    assert not result.halves["visits"].gained
    assert "Over the months no gain can be told" in " ".join(result.sentences)
    assert result.plot().title == "No gain after the training can be told"


def test_reliability_of_a_generalizability_study_is_carried() -> None:
    from fidelity.statistics.estimate import Estimate

    told = {}
    for name, reliability in {
        "known": 0.6, "unsure": Estimate(0.6, lower=0.2, upper=0.82, n=30),
    }.items():  # fmt: skip
        result = skills(strands("large"), training("large"), practitioners=True,
                        reliability=dict.fromkeys(TWO, reliability))  # fmt: skip
        people = result.table[result.table["level"] == "practitioner"].dropna(subset=["lower"])
        told[name] = (people["upper"] - people["lower"]).mean()
    assert told["unsure"] > 1.03 * told["known"]


def test_pictures_draw_what_is_told() -> None:
    result = found("large", scoring=True)
    curve = result.plot(strand="cfsw_skills")
    assert curve.title == "Higher after the training, half gone after about 12 months"
    assert "taken_off" in curve.data
    assert (curve.data["taken_off"] <= curve.data["estimate"]).all()
    files = result.plot(strand="sos_case_file")
    assert files.title == "No gain after the training can be told"
    beside = result.plot_over_time()
    assert beside.title == "After the training: visits higher, files cannot be told"
    assert set(beside.data["strand"]) == set(TWO)
    for picture in (curve, files, beside):
        assert picture.png()[:4] == b"\x89PNG"


def test_what_cannot_be_linked_is_named() -> None:
    folder = sample_data_folder() / "large"
    other = read_ratings(folder / "ratings_dfe_common_ingredients.csv", "dfe_common_ingredients")
    result = skills({"visits": strands("large")["cfsw_skills"], "views": other}, training("large"))
    assert list(result.halves) == ["visits"]
    assert "no practitioner is recorded" in " ".join(result.notes)
    with pytest.raises(UsageError, match="Nothing can be linked"):
        skills({"views": other}, training("large"))
    nobody = training("large").assign(practitioner=lambda t: "X" + t["practitioner"])
    with pytest.raises(UsageError, match="nobody in it attended"):
        skills(strands("large"), nobody)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"programme": "Other"}, 'programme="Other" is not in training'),
     ({"every": "week"}, "allowed: month"),
     ({"measures": {"cfsw_skills": "nothing"}}, None)],
)  # fmt: skip
def test_wrong_calls_say_what_to_do(options: dict[str, object], said: str | None) -> None:
    if said is None:
        result = skills(strands("large"), training("large"), **options)  # type: ignore[arg-type]
        assert 'measure="nothing"' in " ".join(result.notes)
        return
    with pytest.raises(UsageError, match=said):
        skills(strands("large"), training("large"), **options)  # type: ignore[arg-type]


def test_several_programmes_must_be_named() -> None:
    two = training("large")
    two.loc[two.index[:5], "programme"] = "Another course"
    with pytest.raises(UsageError, match="Training holds 2 programmes"):
        skills(strands("large"), two)
    result = skills(strands("large"), two, programme="Another course", by=None)
    assert result.method["programme"] == "Another course"
    assert "team" not in set(result.table["level"])
