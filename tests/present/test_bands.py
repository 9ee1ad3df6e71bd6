"""Bands by group: "cannot say" in every denominator, counts, and the interval of the first."""

from collections.abc import Callable

import pandas as pd
import pytest

import fidelity as fd
from fidelity.errors import UsageError
from fidelity.present.bands import band_distribution, bands_by_group
from fidelity.present.figure import Picture
from tests.present.planted import Made

#: Of each ten files: 4 close, 3 partly, 2 not yet, 1 that cannot be said.
PLANTED = (4, 4, 4, 4, 3, 3, 3, 2, 2, "DK")


def planted(piece: int, item: str) -> object:
    level = PLANTED[piece % 10]
    return "DK" if level == "DK" else 1 if item[0] == "o" else level


def test_counts_and_interval_are_those_of_the_scores(
    make: Made, look: Callable[[Picture], None]
) -> None:
    scores = fd.score(make("sos_case_file", 20, planted))
    picture = band_distribution(scores, place="Somewhere")
    assert picture.title == "8 of 20 files are close to the model"
    data = picture.data.set_index("band")
    assert data["count"].tolist() == [8, 6, 4, 2]
    row = scores.table[(scores.table["kind"] == "band")].iloc[0]
    assert data.loc["close to the model", ["share", "lower", "upper"]].tolist() == [
        0.4, row["lower"], row["upper"],
    ]  # fmt: skip
    assert (data["n_pieces"] == 20).all()
    assert "All: 8 close to the model, 6 partly, 4 not yet, 2 cannot say" in picture.alt
    look(picture)


def test_the_bar_is_as_long_as_the_share(make: Made) -> None:
    picture = band_distribution(fd.score(make("sos_case_file", 20, planted)))
    bar = [p for p in picture.fig.axes[0].patches
           if abs(p.get_height() - 0.24) < 1e-9 and p.get_facecolor()[3] > 0]  # fmt: skip
    widths = [patch.get_width() for patch in bar]
    assert [w / sum(widths) for w in widths] == pytest.approx([0.4, 0.3, 0.2, 0.1])


def test_groups_are_not_sorted_and_small_ones_say_so(
    make: Made, look: Callable[[Picture], None]
) -> None:
    teams = ["Zoo"] * 12 + ["Ape"] * 5 + ["Few"] * 3
    scores = fd.score(make("sos_case_file", 20, planted, team=teams), by="team")
    picture = band_distribution(scores)
    order = [t for t in dict.fromkeys(scores.table["team"]) if t != "(all)"]
    assert list(dict.fromkeys(picture.data["group"])) == [*order, "All"]
    few = picture.data[picture.data["group"] == "Few"]
    assert few["count"].isna().all()
    assert (few["n_pieces"] == 3).all()
    assert few["share"].isna().all()
    assert "Few: n 3, too few to say" in picture.alt
    look(picture)
    whole = band_distribution(scores, whole=True)
    assert set(whole.data["group"]) == {"All"}


def test_where_most_cannot_be_said_the_title_says_that(make: Made) -> None:
    picture = band_distribution(fd.score(make("sos_case_file", 9, lambda *_: "DK")))
    assert picture.title == "For 9 of 9 files no band can be said"


def test_counts_are_right_under_weights(make: Made) -> None:
    ratings = make("sos_case_file", 20, planted, stratum=["a", "a", "b"], selection="stratified")
    strata = pd.DataFrame({"stratum": ["a", "b"], "N": [1000, 50]})
    scores = fd.score(ratings, frame=strata)
    bands = bands_by_group(scores)[-1]
    assert bands.counts == (8, 6, 4, 2)
    row = scores.table[(scores.table["kind"] == "band")].iloc[0]
    assert bands.share == row["estimate"] != 0.4
    assert "weighted" in " ".join(
        text.get_text() for text in band_distribution(scores).fig.axes[0].texts
    )


def test_a_rubric_without_bands_is_refused_with_the_next_step(make: Made) -> None:
    with pytest.raises(UsageError, match=r"miti4 has no bands.*component_profile"):
        band_distribution(fd.score(make("miti4", 6)))


@pytest.mark.parametrize(
    "rubric", ["sos_case_file", "core_case_audit", "systemic_supervision", "dfe_common_ingredients"]
)
@pytest.mark.parametrize("n", [0, 3, 60])
def test_nothing_is_cut_off_or_covered(
    make: Made, look: Callable[[Picture], None], rubric: str, n: int
) -> None:
    names = ["Court and Looked After Children North West (Area 3)", "Supercalifragilisticexpiali"]
    if n:
        ratings = make(rubric, n, team=names + [f"Team {k}" for k in range(10)],
                       rater_role=["peer", "moderator"])  # fmt: skip
    else:
        ratings = make(rubric, 2, selection="thematic", team="North")
    look(band_distribution(fd.score(ratings, by="team")))


def test_numbers_have_room_in_the_widest_typeface(
    make: Made, look: Callable[[Picture], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where neither Arial nor Liberation Sans is there, DejaVu Sans stands in, a fifth wider."""
    from fidelity.present import figure, style
    from fidelity.present.profile import component_profile

    monkeypatch.setattr(style, "_FAMILIES", ("DejaVu Sans",))
    figure.width_of.cache_clear()
    figure._type.cache_clear()
    try:
        scores = fd.score(make("sos_case_file", 1220, planted, team=["A", "B"]), by="team")
        with style.drawing():
            wide = figure.width_of("19% (14% to 25%)", figure.SMALL, bold=True)
        look(band_distribution(scores))
        look(component_profile(scores))
    finally:
        figure.width_of.cache_clear()
        figure._type.cache_clear()
    monkeypatch.undo()
    with style.drawing():
        assert wide > 1.05 * figure.width_of("19% (14% to 25%)", figure.SMALL, bold=True)
