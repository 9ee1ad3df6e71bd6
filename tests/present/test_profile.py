"""The profile says that a part is lower only where the intervals it draws are apart."""

from collections.abc import Callable

import pytest

import fidelity as fd
from fidelity.present.figure import Picture
from fidelity.present.profile import (
    component_profile,
    furthest_apart,
    profile_lines,
    round_above,
    short,
    short_profile,
)  # fmt: skip
from tests.present.planted import Made

TRAINED = ("rater-1",)


def low_child(piece: int, item: str) -> object:
    if item[0] == "o":
        return 0
    return (1 if item[0] == "c" else 4) + piece % 2


def test_the_title_is_made_of_the_intervals_that_are_drawn(
    make: Made, look: Callable[[Picture], None]
) -> None:
    scores = fd.score(make("sos_case_file", 30, low_child))
    picture = component_profile(scores, place="Somewhere")
    assert picture.title == "“The child” is scored lower than “The map”"
    data = picture.data.set_index("measure")
    assert data.loc["child", "upper"] < data.loc["map", "lower"]
    assert picture.data["measure"].tolist()[-1] == "overall"
    assert "The child 1.5 (" in picture.alt
    assert picture.subtitle == "Mean level · Somewhere · dates not recorded · 30 files"
    look(picture)


def test_overlapping_parts_are_not_told_apart(make: Made) -> None:
    scores = fd.score(make("sos_case_file", 12, lambda p, i: 1 if i[0] == "o" else 1 + p % 5))
    picture = component_profile(scores)
    assert picture.title == "No part clearly stands apart from the others"
    assert furthest_apart(list(profile_lines(scores))) is None


def test_the_numbers_are_those_of_the_scores(make: Made) -> None:
    scores = fd.score(make("sos_case_file", 25))
    table = scores.table[scores.table["kind"] == "mean"].set_index("measure")
    data = component_profile(scores).data.set_index("measure")
    for name in ("estimate", "lower", "upper", "n_pieces", "n_missing"):
        assert data[name].tolist() == table[name].tolist()


def test_the_whole_scale_is_shown_and_intervals_stay_inside_it(make: Made) -> None:
    scores = fd.score(make("sos_case_file", 8, lambda p, i: 0 if i[0] == "o" else 5 - (p == 0)))
    picture = component_profile(scores)
    assert (picture.data["scale_lowest"] == 1).all()
    assert (picture.data["scale_highest"] == 5).all()
    assert (picture.data["upper"] > 5).all(), "planted: the interval passes the end"
    notes = " ".join(text.get_text() for text in picture.fig.axes[0].texts)
    assert "cut off at the end of the scale" in notes
    rightmost = max(
        max(line.get_xdata()) for line in picture.fig.axes[0].lines if line.get_linewidth() > 2
    )
    assert rightmost <= max(max(line.get_xdata()) for line in picture.fig.axes[0].lines)


def test_published_lines_stand_beside_their_measure_and_no_other(
    make: Made, look: Callable[[Picture], None]
) -> None:
    ratings = make("miti4", 20)
    trained = component_profile(fd.score(ratings, trained_coders=TRAINED))
    others = component_profile(fd.score(ratings))
    dashed = [line for line in trained.fig.axes[0].lines if line.get_linestyle() == "--"]
    lines = {
        x.measure: x.published for x in profile_lines(fd.score(ratings, trained_coders=TRAINED))
    }
    assert len(dashed) == sum(map(len, lines.values())) == 8
    assert lines["mia"] == lines["mina"] == ()
    assert not [line for line in others.fig.axes[0].lines if line.get_linestyle() == "--"]
    look(trained)
    look(others)


def test_what_is_withheld_says_why(make: Made, look: Callable[[Picture], None]) -> None:
    def few_answers(piece: int, item: str) -> object:
        return "DK" if item[0] == "m" and piece else 3 if item[0] != "o" else 1

    picture = component_profile(fd.score(make("sos_case_file", 10, few_answers)))
    data = picture.data.set_index("measure")
    assert data.loc["map", "reason"] == "too few to say (under 5)"
    assert data.loc["map", "n_pieces"] == 1
    none = component_profile(fd.score(make("sos_case_file", 6, lambda _, i: "DK")))
    assert set(none.data["reason"]) == {"too few of the items that apply are answered"}
    assert none.title == "Nothing can be said yet"
    look(picture)
    look(none)


def test_under_five_no_value_is_given(make: Made, look: Callable[[Picture], None]) -> None:
    picture = component_profile(fd.score(make("cfsw_skills", 4, lambda *_: 3)))
    assert picture.title == "Too few observations to say how practice stands"
    assert picture.data["estimate"].isna().all()
    assert (picture.data["n_pieces"] == 4).all()
    look(picture)


def test_roles_are_compared_with_themselves_alone(
    make: Made, look: Callable[[Picture], None]
) -> None:
    # all parts alike within a role, roles far apart: no part is lower than another
    ratings = make(
        "dfe_common_ingredients", 24, lambda piece, _: (1, 5)[piece % 2],
        rater_role=["practitioner", "leader"],
    )  # fmt: skip
    picture = component_profile(fd.score(ratings))
    assert picture.title == "No part clearly stands apart from the others"
    assert set(picture.data["role"]) == {"practitioner", "leader"}
    look(picture)


def test_grades_are_replaced_by_their_distribution(make: Made) -> None:
    scores = fd.score(make("core_case_audit", 20))
    assert component_profile(scores).alt.startswith("Stacked bars of the levels")
    assert scores.plot().alt.startswith("Stacked bars of the levels")


@pytest.mark.parametrize("rubric", fd.rubric_ids())
@pytest.mark.parametrize("n", [0, 3, 12])
def test_nothing_is_cut_off_or_covered(
    make: Made, look: Callable[[Picture], None], rubric: str, n: int
) -> None:
    ratings = make(rubric, n) if n else make(rubric, 2, selection="thematic")
    scores = fd.score(ratings, trained_coders=TRAINED)
    look(component_profile(scores))
    if scores.table["kind"].isin(["mean", "ratio"]).any():
        look(short_profile(scores))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, 1), (0.3, 0.4), (1.0, 1), (1.01, 2), (4.4, 5), (17.5, 20), (61, 100)],
)
def test_axes_end_on_a_round_number(value: float, expected: float) -> None:
    assert round_above(value) == pytest.approx(expected)


def test_titles_are_shortened_without_brackets() -> None:
    assert short("Technical (the two globals on the language of change)") == "Technical"
    assert short("Good authority") == "Good authority"
