"""How far audits can be relied on: planted variances, other routes to the same numbers, words."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from fidelity.analyses.generalizability import LEAST, Reliance, enough, generalizability
from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import UsageError
from fidelity.rubric.places import sample_data_folder
from fidelity.statistics.icc import icc
from tests.analyses.planted_authority import RUBRIC, SETTINGS, authority, ratings

SEEDS = (0, 2, 5, 9)
ITEMS = 7


@cache
def found(seed: int) -> Reliance:
    return generalizability(ratings(seed))


@cache
def sample(size: str, rubric: str) -> Ratings:
    return read_ratings(sample_data_folder() / size / f"ratings_{rubric}.csv", rubric)


def variances(result: Reliance) -> pd.DataFrame:
    return result.table[result.table["kind"] == "variance"].set_index("source")


def row(result: Reliance, kind: str) -> pd.Series:
    return result.table[result.table["kind"] == kind].iloc[0]


#: Of a mean of seven items: what varies by item counts a seventh.
TRUTH = {
    "practitioner": SETTINGS.practitioner_sd**2,
    "rater": SETTINGS.strictness_sd**2,
    "piece:practitioner": SETTINGS.piece_sd**2 + SETTINGS.piece_item_sd**2 / ITEMS,
    "practitioner x rater": 0.0,
    "(piece:practitioner) x rater": SETTINGS.noise_sd**2
    + (SETTINGS.item_noise_sd**2 + SETTINGS.rater_item_sd**2) / ITEMS,
}


def test_planted_variances_are_recovered() -> None:
    truth = pd.Series(TRUTH)
    covered, means = [], []
    for seed in SEEDS:
        rows = variances(found(seed)).loc[truth.index]
        covered.append((rows["lower"] <= truth) & (truth <= rows["upper"]))
        means.append(rows["estimate"])
    assert found(0).design == "(piece:practitioner) x rater"
    assert np.mean(covered) >= 0.9
    # Levels are whole and end at 1 and 5, which takes a little of every variance.
    big = truth[truth > 0.08].index
    ratio = pd.concat(means, axis=1).mean(axis=1)[big] / truth[big]
    assert ratio.between(0.6, 1.4).all()


def test_item_scores_are_divided_where_it_is_asked() -> None:
    """Rounding to whole levels adds a twelfth of a level squared to what is left."""
    truth = pd.Series({
        "piece": SETTINGS.practitioner_sd**2 + SETTINGS.piece_sd**2,
        "rater": SETTINGS.strictness_sd**2, "item": SETTINGS.difficulty_sd**2,
        "piece x rater": SETTINGS.noise_sd**2, "piece x item": SETTINGS.piece_item_sd**2,
        "rater x item": SETTINGS.rater_item_sd**2,
        "piece x rater x item": SETTINGS.item_noise_sd**2 + 1 / 12,
    })  # fmt: skip
    covered = []
    for seed in SEEDS[:2]:
        result = generalizability(ratings(seed), items=True)
        rows = result.table[result.table["kind"] == "variance of item scores"]
        rows = rows.set_index("source").loc[truth.index]
        covered.append((rows["lower"] <= truth) & (truth <= rows["upper"]))
        assert (rows["n_pieces"] == result.counts["double"]).all()
        assert rows["share"].sum() == pytest.approx(1)
        assert any("in how single raters read single items" in s for s in result.sentences)
        pd.testing.assert_frame_equal(result.table.head(len(found(seed).table)), found(seed).table)
    assert np.mean(covered) >= 0.85


def test_coefficients_are_those_of_the_components() -> None:
    """Brennan 2001, equations 2.30 to 2.41, by hand from the table."""
    result = found(0)
    v = variances(result)["estimate"].clip(lower=0)
    universe = v["practitioner"] + v["piece:practitioner"]
    relative = v["practitioner x rater"] + v["(piece:practitioner) x rater"]
    one = result.plans[result.plans["of"] == "one piece"].set_index("raters")
    for raters in (1, 2, 3, 4):
        absolute = (relative + v["rater"]) / raters
        assert one.loc[raters, "estimate"] == pytest.approx(universe / (universe + absolute))
        assert one.loc[raters, "g"] == pytest.approx(universe / (universe + relative / raters))
    usual = result.plans[result.plans["of"] != "one piece"]
    for _, plan in usual.iterrows():
        error = v["piece:practitioner"] / plan["pieces"]
        error += (v["rater"] + relative) / (plan["pieces"] * plan["raters"])
        assert plan["estimate"] == pytest.approx(v["practitioner"] / (v["practitioner"] + error))
    assert variances(result)["share"].sum() == pytest.approx(1)


def crossed(n: int = 30) -> tuple[Ratings, np.ndarray]:
    """Every piece scored by the same three raters: a design with another route."""
    rng = np.random.default_rng(4)
    true = rng.normal(3, 0.9, n)[:, None] + np.array([-0.5, 0.0, 0.4])
    levels = np.clip(np.rint(true + rng.normal(0, 0.6, (n, 3))), 1, 5).astype(int)
    frame = pd.DataFrame({
        "piece": np.repeat([f"OB-{k:03d}" for k in range(n)], 3), "rater": ["A", "B", "C"] * n,
        "purpose": ["routine", "double", "double"] * n, "item": "empathy",
        "value": levels.ravel().astype(str),
    })  # fmt: skip
    return Ratings(frame, RUBRIC), levels


def test_complete_ratings_give_the_intraclass_correlations() -> None:
    checked, levels = crossed()
    result = generalizability(checked, measure="empathy")
    assert result.design == "piece x rater"
    expected = icc(levels)
    one = result.plans.set_index("raters")
    assert one.loc[1, "estimate"] == pytest.approx(expected["ICC2"].value)
    assert one.loc[1, "g"] == pytest.approx(expected["ICC3"].value)
    assert one.loc[3, "estimate"] == pytest.approx(expected["ICC2k"].value)
    now = result.plans[result.plans["now"]]
    assert list(now["raters"]) == [3]


def test_enough_pieces_give_the_nearness_that_was_planned() -> None:
    """Bonett's number against the widths of F-based intervals of simulated scores."""
    n = enough(0.95)
    rng = np.random.default_rng(0)
    widths = []
    for _ in range(200):
        x = rng.normal(0, np.sqrt(0.7), (n, 1)) + rng.normal(0, np.sqrt(0.3), (n, 2))
        found = icc(x)["ICC1"]
        widths.append(found.upper - found.lower)
    assert np.mean(widths) == pytest.approx(0.4, abs=0.04)
    assert enough(0.95, nearness=0.1) > 3 * n


def test_more_double_scoring_narrows_and_costs_minutes() -> None:
    result = found(0)
    now, later = row(result, "dependability"), row(result, "dependability with more double scoring")
    assert now["lower"] < later["lower"] < later["estimate"] < later["upper"] < now["upper"]
    assert later["n_double"] == now["n_double"] + 36
    minutes = ratings(0).assessments["minutes"].median()
    one = result.plans[result.plans["of"] == "one piece"]
    assert list(one["minutes"]) == [minutes * raters for raters in one["raters"]]
    told = " ".join(result.sentences)
    assert "Three more double-scored observations a month (36 a year" in told
    two = one[one["raters"] == 2].iloc[0]
    assert f"{two['estimate']:.2f} ({two['lower']:.2f} to {two['upper']:.2f})" in told
    assert "more double" not in " ".join(generalizability(ratings(0), extra=0).sentences)


def test_the_small_authority_has_too_few_and_is_told_how_many_would_do() -> None:
    result = generalizability(sample("small", "sos_case_file"))
    assert result.counts["double"] < LEAST
    assert result.design == ""
    assert result.plans.empty
    assert result.table["estimate"].isna().all()
    told = " ".join(result.sentences)
    assert "Too few to say" in told
    assert f"About {enough(0.95)} files scored by two raters" in told
    assert "with 3 more a month, about 6" in told
    assert result.plot().title.startswith("Too few files scored twice")


def test_between_few_and_enough_it_is_called_rough() -> None:
    result = generalizability(sample("large", "systemic_supervision"))
    assert LEAST <= result.counts["double"] < result.counts["enough"]
    assert any(sentence.startswith("Read this as rough") for sentence in result.sentences)
    assert not any(sentence.startswith("Read this as rough") for sentence in found(0).sentences)


def test_bands_are_asked_of_what_is_banded() -> None:
    banded = generalizability(sample("large", "sos_case_file"))
    same = row(banded, "same band")
    assert same["lower"] < same["estimate"] < same["upper"]
    assert any("into the same band, before must-haves" in s for s in banded.sentences)
    assert (found(0).table["kind"] != "same band").all()


def test_what_is_left_out_is_counted() -> None:
    checked = sample("large", "sos_case_file")
    drawn = generalizability(checked)
    everything = generalizability(checked, selection="all")
    assert everything.counts["pieces"] > drawn.counts["pieces"]
    assert drawn.counts["left_out"]["of benchmark pieces"] == 400
    assert drawn.counts["left_out"]["pieces chosen for a reason"] == 62
    assert "62 pieces chosen for a reason, 42 agreed" in drawn.sentences[0]
    assert "chosen for" not in everything.sentences[0]


def test_title_of_the_picture_follows_the_interval() -> None:
    high, open_question = found(5), found(0)
    assert row(high, "dependability")["lower"] > 0.5
    assert high.plot().title == "Scores say more about the observation than about who scored it"
    assert row(open_question, "dependability")["lower"] < 0.5
    assert open_question.plot().title.startswith("It cannot yet be told")
    assert set(high.plot().data["of"]) == {"one piece", "a practitioner's usual work"}


def test_groups_of_raters_that_never_meet_are_named() -> None:
    frame = authority(0).ratings[RUBRIC].copy()
    south = frame["team"] == "South"
    frame.loc[south, "rater"] = "S" + frame.loc[south, "rater"]
    result = generalizability(Ratings(frame, RUBRIC))
    assert len(result.groups) == 2
    assert any("2 groups that share no observations" in s for s in result.sentences)


def test_raters_who_score_one_piece_each_are_a_result_and_no_crash() -> None:
    checked, _ = crossed()
    frame = authority(0).ratings[RUBRIC].copy()
    frame["rater"] = frame["rater"] + " of " + frame["piece"]
    result = generalizability(Ratings(frame, RUBRIC))
    assert result.table["estimate"].isna().all()
    assert any("cannot be told" in sentence for sentence in result.sentences)
    assert result.counts["refused"] == "no rater scored two pieces."
    assert generalizability(checked, measure="empathy", items=True).design == "piece x rater"


def test_one_file_never_stands_for_a_person() -> None:
    told = " ".join(found(0).sentences)
    assert "No observation here can stand for a person's work" in told
    assert "Two raters may agree and both be wrong" in told


def test_wrong_calls_say_what_to_do() -> None:
    with pytest.raises(UsageError, match="takes checked ratings"):
        generalizability(authority(0).ratings[RUBRIC])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r'No mean or item "empaty".*there are: relationship'):
        generalizability(ratings(0), measure="empaty")
    with pytest.raises(UsageError, match='selection="some"'):
        generalizability(ratings(0), selection="some")
    with pytest.raises(UsageError, match="no assessment has the role self"):
        generalizability(ratings(0), roles=["self"])
