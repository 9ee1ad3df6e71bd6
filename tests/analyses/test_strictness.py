"""Strictness: what was planted is found, what cannot be compared is said, and nobody is ranked."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from fidelity.analyses.strictness import Strictness, strictness
from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import UsageError
from fidelity.rubric.places import sample_data_folder
from tests.analyses.planted_authority import RUBRIC, authority, ratings

SEEDS = (0, 2, 5, 9)
#: A word that would rank or blame.
BLAME = ("harsh", "severe", "worst", "best", "rank", "wrong", "fail", "bad", "lenient", "error")


@cache
def found(seed: int) -> Strictness:
    return strictness(ratings(seed))


@cache
def sample(size: str, rubric: str) -> Ratings:
    return read_ratings(sample_data_folder() / size / f"ratings_{rubric}.csv", rubric)


def planted(seed: int) -> pd.Series:
    truth = authority(seed).truth.strictness.groupby("rater")["strictness"].mean()
    return truth - truth.mean()


def test_planted_strictness_is_recovered_in_sign_and_size() -> None:
    pairs = pd.concat(
        pd.DataFrame({"truth": planted(seed), **found(seed).table.set_index("rater")})
        for seed in SEEDS
    ).dropna(subset=["estimate"])
    slope = np.polyfit(pairs["truth"], pairs["estimate"].astype(float), 1)[0]
    assert 0.8 < slope < 1.2
    assert np.corrcoef(pairs["truth"], pairs["estimate"].astype(float))[0, 1] > 0.92
    covered = (pairs["lower"] <= pairs["truth"]) & (pairs["truth"] <= pairs["upper"])
    assert len(pairs) == 8 * len(SEEDS)
    assert covered.mean() >= 0.85
    called = pairs[pairs["finding"].isin(["stricter", "more generous"])]
    assert len(called) > len(pairs) / 4
    right = (called["truth"] > 0) == (called["finding"] == "stricter")
    assert right.mean() > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_fair_scores_are_nearer_the_truth_than_observed_ones(seed: int) -> None:
    pieces = found(seed).pieces.set_index("piece")
    truth = authority(seed).truth.pieces.set_index("piece")["true"].reindex(pieces.index)
    one = pieces["n_raters"] == 1
    fair = np.corrcoef(pieces.loc[one, "estimate"], truth[one])[0, 1]
    observed = np.corrcoef(pieces.loc[one, "observed"], truth[one])[0, 1]
    assert fair > observed + 0.01
    assert (pieces["lower"] <= pieces["estimate"]).all()
    assert pieces["estimate"].between(1, 5).all()


def test_the_fair_score_moves_against_the_strictness_of_who_scored() -> None:
    result = found(0)
    estimate = result.table.set_index("rater")["estimate"]
    alone = result.pieces[result.pieces["n_raters"] == 1]
    logit = result.table.set_index("rater")["logit"]
    assert (np.sign(alone["shift"]) == np.sign(alone["raters"].map(logit))).all()
    assert estimate.abs().max() > 0.3


def test_sentences_and_picture_follow_the_flags() -> None:
    for seed in SEEDS:
        result = found(seed)
        told = " ".join(result.sentences)
        for _, row in result.table.iterrows():
            for finding in ("stricter", "more generous"):
                said = f"{row['rater']} is {finding}, by" in told
                assert said == (row["finding"] == finding)
        picture = result.plot()
        stricter = int((result.table["finding"] == "stricter").sum())
        assert f"{stricter} {'is' if stricter == 1 else 'are'} stricter" in picture.title
        assert list(picture.data["finding"]) == list(result.table["finding"])


def test_raters_stand_in_the_order_of_their_ids_and_nobody_is_blamed() -> None:
    for result in (found(0), strictness(sample("large", "core_case_audit"))):
        assert list(result.table["rater"]) == sorted(result.table["rater"])
        words = " ".join(result.sentences).lower()
        assert not [word for word in BLAME if f" {word}" in words]
        assert "neither better nor worse" in words


def test_the_small_authority_has_too_few_and_says_who_is_not_linked() -> None:
    result = strictness(sample("small", "sos_case_file"))
    assert list(result.table["finding"]) == ["too few to tell", "too few to tell", "not linked"]
    assert result.table["estimate"].isna().all()
    assert result.pieces["estimate"].isna().all()
    told = " ".join(result.sentences)
    assert "Too few to tell" in told
    assert "2 groups that share no piece: R01 and R02; R03" in told
    assert result.plot().title == "Too few pieces scored by two raters to say who is stricter"


def test_under_ten_shared_pieces_nothing_is_said_of_a_rater() -> None:
    result = strictness(sample("large", "cfsw_skills"))
    few = result.table["n_pieces"] < 10
    assert few.any()
    assert not few.all()
    assert (result.table.loc[few, "finding"] == "too few to tell").all()
    assert (
        result.table.loc[few, ["estimate", "lower", "upper", "logit", "infit"]]
        .isna()
        .all(axis=None)
    )
    assert result.table.loc[~few, ["estimate", "lower", "upper"]].notna().all(axis=None)
    named = result.table.loc[few, "rater"]
    alone = result.pieces[result.pieces["raters"].isin(named)]
    assert alone["estimate"].isna().all()
    assert (alone["reason"] != "").all()


def two_offices(linking: int = 0) -> pd.DataFrame:
    """The raters of the second team under other names, but for so many of its double scorings."""
    frame = authority(0).ratings[RUBRIC].copy()
    south = frame["team"] == "South"
    double = frame.loc[south & (frame["purpose"] == "double"), "piece"].unique()[:linking]
    moved = south & ~(frame["piece"].isin(double) & (frame["purpose"] == "double"))
    frame.loc[moved, "rater"] = "S" + frame.loc[moved, "rater"]
    return frame


def test_groups_that_share_no_piece_are_named_and_compared_apart() -> None:
    result = strictness(Ratings(two_offices(), RUBRIC))
    assert len(result.groups) == 2
    assert {names[0][0] for names in result.groups} == {"R", "S"}
    assert set(result.table["n_raters"]) == {8}
    known = result.table.dropna(subset=["estimate"])
    assert set(known["group"]) == {1, 2}
    assert "2 groups that share no piece" in " ".join(result.sentences)
    assert "would link them" in " ".join(result.sentences)
    # A group is compared with its own average: the same as if the other were not there.
    frame = two_offices()
    alone = strictness(Ratings(frame[frame["team"] == "South"], RUBRIC)).table
    beside = result.table[result.table["rater"].str.startswith("S")].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.drop(columns="group"), beside.drop(columns="group"))


def test_double_scoring_across_links_them() -> None:
    result = strictness(Ratings(two_offices(linking=5), RUBRIC))
    assert len(result.groups) == 1
    assert "share no piece" not in " ".join(result.sentences)


def test_those_who_speak_from_their_own_place_are_not_mixed_with_auditors() -> None:
    frame = authority(0).ratings[RUBRIC].copy()
    own = frame[frame["purpose"] == "double"].assign(rater="W1", rater_role="self")
    mixed = strictness(Ratings(pd.concat([frame, own]), RUBRIC))
    pd.testing.assert_frame_equal(mixed.table, found(0).table)
    assert "scored as self" in " ".join(mixed.sentences)
    with pytest.raises(UsageError, match="moderator"):
        strictness(ratings(0), roles=["moderator"])


def test_benchmark_pieces_link_and_only_the_first_scoring_of_each_counts() -> None:
    frame = sample("large", "sos_case_file")
    everything, practice = strictness(frame), strictness(frame, benchmark=False)
    more = everything.table["n_pieces"] - practice.table["n_pieces"]
    assert set(more) == {5}
    assert everything.pieces["benchmark"].sum() == 5
    assert not practice.pieces["benchmark"].any()
    assert "panel" not in set(everything.table["rater"])
    assert "5 are benchmark pieces, each rater's first scoring" in everything.sentences[0]


def test_a_rater_who_scores_at_random_does_not_fit() -> None:
    frame = authority(0).ratings[RUBRIC].copy()
    mine = (frame["rater"] == "R04") & frame["value"].isin(list("12345"))
    drawn = np.random.default_rng(1).integers(1, 6, int(mine.sum()))
    frame.loc[mine, "value"] = drawn.astype(str)
    result = strictness(Ratings(frame, RUBRIC))
    odd = result.table.set_index("rater")["misfit"]
    assert odd["R04"] == "less predictable"
    assert (odd.drop("R04") == "").all()
    assert any(s.startswith("R04 is strict on some items") for s in result.sentences)


def test_the_order_of_rows_changes_nothing() -> None:
    frame = authority(0).ratings[RUBRIC]
    shuffled = frame.sample(frac=1, random_state=3)
    again = strictness(Ratings(shuffled, RUBRIC))
    pd.testing.assert_frame_equal(again.table, found(0).table)
    assert again.sentences == found(0).sentences


def test_unchecked_input_is_told_the_next_step() -> None:
    with pytest.raises(UsageError, match="takes checked ratings"):
        strictness(authority(0).ratings[RUBRIC])  # type: ignore[arg-type]


def test_who_reads_an_item_unlike_the_others_is_said_with_interval_and_n() -> None:
    frame = authority(0).ratings[RUBRIC].copy()
    item = found(0).items[2]
    mine = (frame["rater"] == "R04") & (frame["item"] == item) & frame["value"].isin(list("12345"))
    frame.loc[mine, "value"] = (frame.loc[mine, "value"].astype(int) - 2).clip(1).astype(str)
    result = strictness(Ratings(frame, RUBRIC))
    called = result.readings[result.readings["finding"].isin(["more strictly", "more generously"])]
    row = called.set_index(["rater", "item"]).loc["R04", item]
    assert row["finding"] == "more strictly"
    assert 0 < row["lower"] < row["estimate"] < row["upper"]
    assert row["n_pieces"] >= 10
    assert set(called["item"]) == {item}  # a partner may look generous on it, on nothing else
    told = next(s for s in result.sentences if "stand" in s and "looked at them all" in s)
    for _, other in called.iterrows():
        assert f"{other['rater']} reads “{other['text']}” {other['finding']}, by" in told
    assert f"{row['lower']:.2f} to {row['upper']:.2f}; {int(row['n_pieces'])} observations" in told
    assert "the others may be the ones" in told


def test_where_no_reading_stands_out_it_is_said_how_much_would() -> None:
    result = found(0)
    assert (result.readings["finding"] != "more strictly").all()
    told = next(s for s in result.sentences if s.startswith("That somebody reads one item"))
    known = result.readings["estimate"].notna()
    assert f"of {known.sum()} pairs of rater and item" in told
    assert "would mostly not show" in told


def test_a_rater_with_few_shared_pieces_has_no_reading() -> None:
    table = strictness(sample("large", "core_case_audit")).readings
    few = table["n_pieces"] < 10
    assert 0 < few.sum() < len(table)
    assert (table.loc[few, "finding"] == "too few to tell").all()
    assert table.loc[few, ["estimate", "lower", "upper", "q"]].isna().all(axis=None)
    assert (table.loc[few, "reason"] == "under 10 pieces").all()
    assert table.loc[~few, ["estimate", "lower", "upper", "q"]].notna().all(axis=None)
