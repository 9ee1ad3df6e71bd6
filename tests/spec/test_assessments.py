"""What one assessment scores, drawn as a table and its expected bands."""

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from tests.spec.conftest import Engine
from tests.spec.pictures import item, rubric, table

PLAIN = rubric([item("a"), item("b")], [item("c"), item("d")])
POOLED = rubric([item("a"), item("b"), item("c")], [item("d"), item("e")], pooled="items")
MUST = rubric([item("a", must_have=3), item("b")], [item("c"), item("d")])
MUST_ABSENT = rubric([item("a", must_have=3, ne="absent"), item("b")], [item("c"), item("d")])
WEIGHTED = rubric([item("a", weight=3), item("b")], [item("c"), item("d")])
REVERSED = rubric([item("a", proscribed=True), item("b")], [item("c"), item("d")])
HALF = rubric([item("a"), item("b")], [item("c"), item("d")], least_share="0.5")


def scored(engine: Engine, of: fd.Rubric, picture: str) -> pd.DataFrame:
    """The assessments of a picture, in the order of their pieces."""
    frame = table(picture)
    frame.insert(1, "rater", "r")
    return fd.score(fd.Ratings(engine(frame), of)).assessments.set_index("piece")


@pytest.mark.parametrize(
    ("of", "answers", "overall", "before", "band"),
    [
        # a  b  c  d       mean         before      after
        (PLAIN, "4 4 4 4", 4.0, "close", "close"),
        (PLAIN, "5 3 5 3", 4.0, "close", "close"),
        (PLAIN, "5 4 4 2", 3.75, "partly", "partly"),
        (PLAIN, "3 3 3 3", 3.0, "partly", "partly"),
        (PLAIN, "3 3 3 2", 2.75, "not_yet", "not_yet"),
        (PLAIN, "4 4 4 .", None, "cannot_say", "cannot_say"),
        (PLAIN, "4 4 4 DK", None, "cannot_say", "cannot_say"),
        (PLAIN, "4 4 4 NE", None, "cannot_say", "cannot_say"),
        (PLAIN, "4 4 4 NA", 4.0, "close", "close"),
        (PLAIN, "4 4 NA NA", 4.0, "close", "close"),
        (PLAIN, "NA NA NA NA", None, "cannot_say", "cannot_say"),
        (PLAIN, ". . . .", None, "cannot_say", "cannot_say"),
        (HALF, "4 . 4 DK", 4.0, "close", "close"),
        (WEIGHTED, "5 1 4 4", 4.0, "close", "close"),
        (WEIGHTED, "1 5 4 4", 3.0, "partly", "partly"),
        (REVERSED, "1 5 5 5", 5.0, "close", "close"),
        (REVERSED, "5 1 4 4", 2.5, "not_yet", "not_yet"),
        (MUST, "3 5 4 4", 4.0, "close", "close"),
        (MUST, "2 5 5 5", 4.25, "close", "partly"),
        (MUST, "NA 4 4 4", 4.0, "close", "close"),
        (MUST_ABSENT, "NE 5 5 5", 4.0, "close", "partly"),
        (MUST_ABSENT, "NE 1 1 1", 1.0, "not_yet", "not_yet"),
    ],
)
def test_one_assessment(
    engine: Engine, of: fd.Rubric, answers: str, overall: float | None, before: str, band: str
) -> None:
    row = scored(engine, of, f"piece a b c d\np1 {answers}").loc["p1"]
    if overall is None:
        assert np.isnan(row["overall"])
        assert row["overall_reason"]
    else:
        assert row["overall"] == overall
    assert (row["band_before_caps"], row["band"]) == (before, band)


def test_a_must_have_that_is_not_known_leaves_the_band_open(engine: Engine) -> None:
    of = rubric([item("a", must_have=3), item("b"), item("c"), item("d"), item("e")], [item("f")])
    table = scored(
        engine, of,
        """piece a  b c d e f
           p1    NE 5 5 5 5 5
           p2    .  5 5 5 5 5
           p3    DK 5 5 5 5 5
           p4    3  5 5 5 5 5""",
    )  # fmt: skip
    assert list(table["band"]) == ["cannot_say", "cannot_say", "cannot_say", "close"]
    assert list(table["band_before_caps"]) == ["close"] * 4
    assert list(table["must_haves_unanswered"]) == [1, 1, 1, 0]
    assert table["band_reason"].iloc[0] == "a must-have is not answered or not known"


def test_the_four_ways_of_no_level_stay_apart(engine: Engine) -> None:
    row = scored(engine, PLAIN, "piece a b c d\np1 NA NE DK .").loc["p1"]
    assert (row["n_na"], row["n_ne"], row["n_dk"], row["n_blank"]) == (1, 1, 1, 1)
    assert row["share_answered"] == 0
    assert row["ne_rate"] == 1 / 3


def test_share_answered_is_decided_in_whole_numbers(engine: Engine) -> None:
    """4 of 5 is exactly 80%, which is enough; 3 of 4 is not."""
    table = scored(
        engine, POOLED,
        """piece a b c d e
           p1    4 4 4 4 .
           p2    4 4 4 . NA""",
    )  # fmt: skip
    assert table["overall"].iloc[0] == 4.0
    assert np.isnan(table["overall"].iloc[1])
    assert table["overall_reason"].iloc[1] == "too few of the items that apply are answered"


def test_unknown_evidence_is_given_at_its_lowest_and_highest(engine: Engine) -> None:
    row = scored(engine, POOLED, "piece a b c d e\np1 4 4 4 4 NE").loc["p1"]
    assert row["overall"] == 4.0
    assert row["overall_lowest"] == (16 + 1) / 5
    assert row["overall_highest"] == (16 + 5) / 5


def test_a_third_is_a_third_on_every_engine(engine: Engine) -> None:
    of = rubric([item("a"), item("b"), item("c")], [item("d")])
    row = scored(engine, of, "piece a b c d\np1 4 4 5 4").loc["p1"]
    assert row["first"] == 13 / 3
    assert row["overall"] == (13 / 3 + 4) / 2


def test_a_cap_that_rests_on_one_assessment_is_not_yet_moderated(engine: Engine) -> None:
    frame = table(
        """piece rater rater_role a b c d
           p1    x     peer       2 5 5 5
           p2    x     agreed     2 5 5 5
           p3    x     peer       3 5 5 5"""
    )
    assessments = fd.score(fd.Ratings(engine(frame), MUST)).assessments
    assert list(assessments["cap"]) == ["not yet moderated", "moderated", ""]
