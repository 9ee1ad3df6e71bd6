"""The heat map says in its title what its marks show, and ranks nobody."""

from collections.abc import Callable

import pandas as pd
import pytest

import fidelity as fd
from fidelity.present.figure import Picture
from fidelity.present.heatmap import items_by_group
from fidelity.present.scope import item_label
from tests.present.planted import Made

LOW = {"m1", "c2", "p3"}


def planted(piece: int, item: str) -> object:
    """Three items at 2, the others at 4; a little spread, so that there is an interval."""
    if item in {"o1", "o2"}:
        return 1
    return (2 if item in LOW else 4) + (piece % 4 == 0)


def test_the_title_counts_the_items_that_are_outlined(
    make: Made, look: Callable[[Picture], None]
) -> None:
    scores = fd.score(make("sos_case_file", 40, planted, team=["Zebra", "Ant"]), by="team")
    picture = items_by_group(scores, place="Somewhere")
    assert picture.title == "3 of 19 items lie clearly below the middle of the scale"
    data = picture.data
    assert set(data.loc[data["low"] & (data["team"] == "(all)"), "item"]) == LOW
    assert picture.subtitle == (
        "Mean level of each item · Somewhere · dates not recorded · 40 files"
    )
    assert "Heat map of 19 items by 2 groups" in picture.alt
    assert "from 2.2 (M1 " in picture.alt
    look(picture)


def test_no_item_is_called_low_where_its_interval_reaches_the_middle(make: Made) -> None:
    ratings = make("sos_case_file", 12, lambda piece, item: 0 if item[0] == "o" else piece % 5 + 1)
    picture = items_by_group(fd.score(ratings))
    assert picture.title == "No item lies clearly below the middle of the scale"
    assert not picture.data["low"].any()


def test_nothing_is_called_low_without_an_interval(make: Made) -> None:
    ratings = make("sos_case_file", 8, lambda _, item: 0 if item[0] == "o" else 1, case="one")
    picture = items_by_group(fd.score(ratings))
    assert picture.title == "No interval can be given, so no item is clearly low"


def test_groups_keep_the_order_of_the_table_and_all_stands_last(make: Made) -> None:
    teams = ["Low", "High", "Middle"]

    def by_team(piece: int, item: str) -> object:
        return 1 if item[0] == "o" else (1, 5, 3)[piece % 3]

    scores = fd.score(make("sos_case_file", 30, by_team, team=teams), by="team")
    data = items_by_group(scores).data
    shown = list(dict.fromkeys(data["team"]))
    assert shown == [t for t in dict.fromkeys(scores.table["team"]) if t != "(all)"] + ["(all)"]
    assert shown != sorted(shown, key=lambda t: data[data["team"] == t]["estimate"].mean())
    assert list(dict.fromkeys(data["item"])) == list(scores.rubric.scored_items)


def test_under_five_no_value_is_given(make: Made) -> None:
    teams = ["A"] * 6 + ["B"] * 4
    scores = fd.score(make("sos_case_file", 10, planted, team=teams), by="team")
    data = items_by_group(scores).data
    small = data[data["team"] == "B"]
    assert small["estimate"].isna().all()
    assert set(small["reason"]) == {"too few to say"}
    assert (small["n_pieces"] == 4).all()
    assert data.loc[data["team"] == "A", "estimate"].notna().all()


def test_grades_are_shares_and_never_means(make: Made, look: Callable[[Picture], None]) -> None:
    ratings = make("core_case_audit", 20, lambda piece, item: 4 if piece % 4 == 0 else 1)
    picture = items_by_group(fd.score(ratings))
    assert set(picture.data["measure"]) == {"share"}
    assert picture.data["estimate"].unique() == [0.25]
    assert picture.title == "In 9 of 9 items fewer than half are good or outstanding"
    look(picture)


def test_counts_stand_beside_levels_without_colour(make: Made) -> None:
    ratings = make("miti4", 8, lambda piece, item: 3 if len(item) > 3 else 1 + piece % 2)
    picture = items_by_group(fd.score(ratings))
    measure = picture.data.set_index("item")["measure"]
    assert measure["empathy"] == "mean level"
    assert measure["q"] == "count"
    assert "Cells without colour are mean counts." in {
        text.get_text() for text in picture.fig.axes[0].texts
    }


@pytest.mark.parametrize(
    ("rubric", "n_teams"),
    [*((rubric, 4) for rubric in fd.rubric_ids()), ("sos_case_file", 1), ("sos_case_file", 12),
     ("core_case_audit", 12), ("miti4", 12)],
)  # fmt: skip
def test_nothing_is_cut_off_or_covered(
    make: Made, look: Callable[[Picture], None], rubric: str, n_teams: int
) -> None:
    names = ["Court and Looked After Children North West (Area 3) Long-term", "Supercalifragilist"]
    teams = (names + [f"Team {n}" for n in range(10)])[:n_teams]
    look(items_by_group(fd.score(make(rubric, 5 * n_teams - 1, team=teams), by="team")))


def test_several_roles_and_two_group_columns(make: Made, look: Callable[[Picture], None]) -> None:
    ratings = make(
        "sos_case_file", 24, team=["N", "S"], plan_type=["CP", "CP", "LAC"],
        rater_role=["peer", "peer", "peer", "moderator"],
    )  # fmt: skip
    picture = items_by_group(fd.score(ratings, by=["team", "plan_type"]))
    assert "item means, by role," in picture.title
    assert {"peer", "moderator"} == set(picture.data["rater_role"])
    look(picture)


def test_no_assessment_at_all(make: Made, look: Callable[[Picture], None]) -> None:
    ratings = make("sos_case_file", 3, planted, selection="concern")
    picture = items_by_group(fd.score(ratings))
    assert picture.title == "Too few files to say anything item by item"
    assert (picture.data["n_pieces"] == 0).all()
    look(picture)


def test_items_are_named_as_people_name_them() -> None:
    assert item_label("d1", "Each worry") == "D1 Each worry"
    assert item_label("ss12", "Each worry") == "SS12 Each worry"
    assert item_label("plan", "Plan") == "Plan"


def test_the_data_are_the_scores(make: Made) -> None:
    scores = fd.score(make("sos_case_file", 30, team=["A", "B"]), by="team")
    data = items_by_group(scores).data
    both = data.merge(scores.items, on=["team", "item"], suffixes=("", "_scored"))
    assert len(both) == len(data)
    pd.testing.assert_series_equal(both["estimate"], both["estimate_scored"], check_names=False)
