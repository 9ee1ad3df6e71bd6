"""Shares of levels, with the codes apart and nothing lost."""

from collections.abc import Callable

import pytest

import fidelity as fd
from fidelity.errors import UsageError
from fidelity.present.distribution import level_distribution
from fidelity.present.figure import Picture
from tests.present.planted import Made


def planted(piece: int, item: str) -> object:
    """D1: 6 of 10 at level 4 or 5. P1: NE in 3. C1: NA in 2 and DK in 1. Others at 2."""
    if item == "d1":
        return (4, 4, 4, 5, 5, 5, 1, 1, 2, 3)[piece]
    if item == "p1" and piece < 3:
        return "NE"
    if item == "c1" and piece < 3:
        return ("NA", "NA", "DK")[piece]
    return 1 if item[0] == "o" else 2


def test_counts_shares_and_codes(make: Made, look: Callable[[Picture], None]) -> None:
    picture = level_distribution(fd.score(make("sos_case_file", 10, planted)))
    data = picture.data.set_index(["item", "answer"])
    d1 = data.loc["d1"]
    assert d1.loc[["1", "2", "3", "4", "5"], "count"].tolist() == [2, 1, 1, 3, 3]
    assert d1.loc["4", "share"] == 0.3
    assert data.loc[("p1", "NE"), "count"] == 3
    assert data.loc["c1"].loc[["NA", "DK", "blank"], "count"].tolist() == [2, 1, 0]
    assert data.loc[("c1", "2"), "n_pieces"] == 7
    assert picture.title == "In 1 of 19 items at least half reach level 4"
    assert picture.data.groupby("item")["count"].sum().eq(10).all(), "every answer is somewhere"
    texts = {text.get_text() for text in picture.fig.axes[0].texts}
    assert {"60%", "3*"} <= texts
    look(picture)


def test_the_widths_are_the_shares(make: Made) -> None:
    picture = level_distribution(fd.score(make("sos_case_file", 10, planted)))
    patches = picture.fig.axes[0].patches
    by_row: dict[float, list[float]] = {}
    for patch in patches:
        if abs(patch.get_height() - 0.18) < 1e-9 and patch.get_facecolor()[3] > 0:
            by_row.setdefault(round(patch.get_y(), 6), []).append(patch.get_width())
    widths = [row for row in by_row.values() if len(row) == 5]
    assert len(widths) == 1, "D1 alone has all five levels"
    assert [w / sum(widths[0]) for w in widths[0]] == pytest.approx([0.2, 0.1, 0.1, 0.3, 0.3])


def test_a_group_by_name(make: Made) -> None:
    ratings = make("sos_case_file", 12, team=["North", "South", "South"])
    scores = fd.score(ratings, by="team")
    north = level_distribution(scores, group="North")
    assert "· North ·" in north.subtitle
    assert north.data.groupby("item")["count"].sum().eq(4).all()
    with pytest.raises(UsageError, match=r'No group "West".*North, South'):
        level_distribution(scores, group="West")


def test_under_five_answers_no_share_is_given(make: Made, look: Callable[[Picture], None]) -> None:
    picture = level_distribution(fd.score(make("sos_case_file", 4)))
    assert picture.title == "Too few answers to say how they are spread"
    assert picture.data["share"].isna().all()
    look(picture)


def test_counts_have_no_levels(make: Made) -> None:
    picture = level_distribution(fd.score(make("miti4", 10)))
    assert set(picture.data["item"]) == {"cct", "sst", "partnership", "empathy"}


@pytest.mark.parametrize("rubric", fd.rubric_ids())
def test_nothing_is_cut_off_or_covered(
    make: Made, look: Callable[[Picture], None], rubric: str
) -> None:
    picture = level_distribution(fd.score(make(rubric, 240)), place="The Royal Borough of " * 3)
    look(picture)
    assert len(picture.title.split()) <= 12


def test_no_assessment_at_all(make: Made, look: Callable[[Picture], None]) -> None:
    picture = level_distribution(fd.score(make("systemic_supervision", 2, selection="thematic")))
    assert (picture.data["count"] == 0).all()
    look(picture)
