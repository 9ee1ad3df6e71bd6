"""Parents and children are asked different things: what is asked of others is not left blank."""

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.errors import RatingsError
from fidelity.tables import cells
from tests.spec.conftest import Engine
from tests.spec.pictures import asked_apart, item, table

#: a and b are asked of parents, c to e of children, f of everybody.
OF = asked_apart(
    first=("parent", [item("a"), item("b")]),
    second=("child", [item("c"), item("d"), item("e")]),
    third=("", [item("f")]),
)
PICTURE = """piece rater_role a b  c d  e f
             p1    parent     4 2  . .  . 3
             p2    parent     4 DK . .  . 3
             p3    child      . .  5 3  4 1
             p4    child      . .  5 DK . 1
             p5    peer       . .  . .  . 2"""


def ratings(engine: Engine, picture: str) -> fd.Ratings:
    """The ratings of a picture."""
    frame = table(picture)
    frame.insert(1, "rater", "r")
    return fd.Ratings(engine(frame), OF)


def test_each_role_is_scored_on_what_it_was_asked(engine: Engine) -> None:
    scored = fd.score(ratings(engine, PICTURE)).assessments.set_index("piece")
    nan = np.nan
    expected = pd.DataFrame(
        {"first": [3.0, nan, nan, nan, nan], "second": [nan, nan, 4.0, nan, nan],
         "third": [3.0, 3.0, 1.0, 1.0, 2.0], "share_answered": [1.0, 2 / 3, 1.0, 0.5, 1.0]},
        index=pd.Index(["p1", "p2", "p3", "p4", "p5"], name="piece"),
    )  # fmt: skip
    pd.testing.assert_frame_equal(
        scored[list(expected)], expected, check_exact=True, check_dtype=False,
        check_index_type=False,
    )  # fmt: skip
    reason = scored["first_reason"]
    assert reason["p2"] == "too few of the items that apply are answered"
    assert reason["p3"] == reason["p5"] == "nothing in it applies"


def test_a_role_has_no_row_for_what_it_was_not_asked(engine: Engine) -> None:
    result = fd.score(ratings(engine, PICTURE))
    rows = result.table[result.table["kind"] == "mean"]
    told = {role: list(mine["measure"]) for role, mine in rows.groupby("rater_role")}
    assert told == {
        "child": ["second", "third"], "parent": ["first", "third"], "peer": ["third"],
    }  # fmt: skip
    missing = rows.set_index(["rater_role", "measure"])["n_missing"]
    assert missing["parent", "first"] == 1
    assert missing["child", "second"] == 1
    asked = {role: list(mine["item"]) for role, mine in result.items.groupby("rater_role")}
    assert asked == {"child": list("cdef"), "parent": list("abf"), "peer": ["f"]}
    assert set(result.levels.loc[result.levels["rater_role"] == "peer", "item"]) == {"f"}


def test_an_answer_to_what_was_asked_of_others_is_refused(engine: Engine) -> None:
    wrong = """piece rater_role a c
               p1    parent     4 .
               p2    child      5 4
               p3    parent     . 2"""
    with pytest.raises(RatingsError) as refused:
        ratings(engine, wrong)
    assert refused.value.total == 2
    told = str(refused.value)
    assert 'item a of piece "p2" is answered, with rater_role "child"' in told
    assert "answers from those who are asked: child" in told


def test_without_a_role_only_what_is_asked_of_all_can_be_answered(engine: Engine) -> None:
    with pytest.raises(RatingsError, match="with no rater_role"):
        ratings(engine, "piece a f\np1 4 3")


def test_adding_children_changes_nothing_for_parents(engine: Engine) -> None:
    lines = PICTURE.splitlines()
    parents = fd.score(ratings(engine, "\n".join(lines[:3]))).assessments
    everybody = fd.score(ratings(engine, PICTURE)).assessments
    both = everybody[everybody["rater_role"] == "parent"].reset_index(drop=True)
    pd.testing.assert_frame_equal(parents, both[list(parents)], check_exact=True)


def test_single_ratings_that_are_handed_out_hold_no_marks_for_what_was_not_asked(
    engine: Engine,
) -> None:
    rows = cells(ratings(engine, PICTURE))
    assert len(rows) == 3 + 3 + 4 + 3 + 1
    assert set(rows["code"]) == {"", "DK"}


def test_without_any_role_all_that_is_asked_of_roles_does_not_apply(engine: Engine) -> None:
    scored = fd.score(ratings(engine, "piece f\np1 3\np2 5")).assessments
    assert list(scored["third"]) == [3.0, 5.0]
    assert list(scored["share_answered"]) == [1.0, 1.0]
