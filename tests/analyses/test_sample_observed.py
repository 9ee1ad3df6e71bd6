"""Who has not been observed: counted right, in the order of the list, and ranking nobody."""

from typing import Any

import pandas as pd
import pytest

from fidelity.analyses.sample_observed import not_observed
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError

PEOPLE = pd.DataFrame({"practitioner": ["P9", "P1", "P5", "P3"],
                       "team": ["South", "North", "South", None]})  # fmt: skip


def ratings(**columns: Any) -> Ratings:
    table = pd.DataFrame({
        "piece": ["OB1", "OB2", "OB3", "OB4", "OB5"], "rater": ["R1"] * 5,
        "practitioner": ["P1", "P1", "P9", "P7", "P5"], "empathy": ["3"] * 5,
        "date": ["2026-01-10", "2026-02-20", "2025-06-30", "2026-03-01", "2026-02-01"],
        "purpose": ["routine"] * 4 + ["benchmark"],
    }).assign(**columns)  # fmt: skip
    return Ratings(table, "cfsw_skills")


def test_the_count_by_hand() -> None:
    result = not_observed(PEOPLE, ratings(), months=6, until="2026-03-31")
    table = result.to_frame()
    assert list(table["practitioner"]) == ["P9", "P1", "P5", "P3"]
    assert list(table["n_observed"]) == [0, 2, 0, 0]
    assert table["last"].tolist()[1] == "2026-02-20"
    assert list(result.teams["team"]) == ["South", "North", "(no team)"]
    assert list(result.teams["observed"]) == [0, 1, 0]
    told = "1 (25%) were observed from 1 October 2025 to 31 March 2026."
    assert result.sentences[0].startswith(f"Of 4 practitioners on the list, {told}")
    assert "in the order of the list: P9, P5, P3." in result.sentences[1]
    assert "1 practitioner who is not on the list was observed too" in result.sentences[2]


def test_a_longer_look_back_sees_more() -> None:
    result = not_observed(PEOPLE, ratings(), months=12, until="2026-03-31")
    assert list(result.to_frame()["observed"]) == [True, True, False, False]


def test_several_rubrics_count_together() -> None:
    other = ratings(practitioner=["P3"] * 5, piece=["X1", "X2", "X3", "X4", "X5"])
    result = not_observed(PEOPLE, [ratings(), other], months=12, until="2026-03-31")
    assert list(result.to_frame()["n_observed"]) == [1, 2, 0, 4]


def test_it_ranks_nobody_and_says_what_it_is_not_about() -> None:
    words = " ".join(not_observed(PEOPLE, ratings(), months=6).sentences).lower()
    assert "says nothing about how anybody works" in words
    for word in ("worst", "best", "least", "behind", "should"):
        assert f" {word} " not in words


def test_the_picture_has_one_square_a_practitioner() -> None:
    result = not_observed(PEOPLE, ratings(), months=6, until="2026-03-31")
    picture = result.plot()
    assert picture.title == "3 of 4 practitioners were not yet observed"
    assert len(picture.fig.axes[0].patches) == 4
    filled = [patch.get_facecolor()[:3] != (1.0, 1.0, 1.0) for patch in picture.fig.axes[0].patches]
    assert sum(filled) == 1
    assert "South 0 of 2; North 1 of 1; (no team) 0 of 1" in picture.alt


def test_what_is_missing_is_told() -> None:
    table = ratings().assessments
    with pytest.raises(UsageError, match="checked ratings"):
        not_observed(PEOPLE, [table])  # type: ignore[list-item]
    bare = Ratings(pd.DataFrame({"piece": ["a"], "rater": ["R"], "empathy": ["3"]}), "cfsw_skills")
    with pytest.raises(UsageError, match="no practitioner and no date"):
        not_observed(PEOPLE, bare)
    with pytest.raises(UsageError, match="months=0"):
        not_observed(PEOPLE, ratings(), months=0)
