"""Pictures of charts: nothing clipped or overlapping, titles from flags, limits in view."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.analyses.chart import Charts, chart
from fidelity.present import style
from fidelity.present.chart_marks import SHAPES
from fidelity.present.chart_panel import scale_of
from fidelity.present.figure import Picture
from fidelity.rubric.places import sample_data_folder
from tests.analyses.planted_months import frame, ratings, sample

Look = Callable[[Picture], None]
EVENTS = {size: fd.read_events(sample_data_folder() / size / "events.csv")
          for size in ("large", "small")}  # fmt: skip


def words(picture: Picture) -> str:
    return " ".join(t.get_text() for ax in picture.fig.axes for t in ax.texts)


def markers(picture: Picture) -> list[str]:
    """Shapes of the points that stand for periods, in the order in which they are drawn."""
    return [str(line.get_marker()) for ax in picture.fig.axes for line in ax.lines
            if len(line.get_xdata()) == 1 and line.get_markersize() == 6.0]  # fmt: skip


@pytest.mark.parametrize("size", ["large", "small"])
@pytest.mark.parametrize("every", ["month", "quarter"])
@pytest.mark.parametrize("by", [None, "team"])
@pytest.mark.parametrize("kind", ["xmr", "run", "ewma"])
def test_both_samples_look_finished(
    size: str, every: str, by: str | None, kind: str, look: Look
) -> None:
    for rubric in ("sos_case_file", "cfsw_skills"):
        result = chart(sample(size, rubric), every=every, by=by, kind=kind, events=EVENTS[size])
        picture = result.plot()
        look(picture)
        assert picture.title in words(picture).replace("\n", " ") or len(picture.title) > 60
        assert len(picture.data) == len(result.table)


def test_flagged_points_have_shape_and_colour_and_the_rule_in_words(look: Look) -> None:
    result = chart(ratings(0.8))
    picture = result.plot()
    look(picture)
    drawn = [SHAPES[finding][0] for finding in result.table["finding"]]
    assert markers(picture)[: len(drawn)] == drawn
    assert {"D", "s"} <= set(drawn)
    assert "outside the limits" in words(picture)
    assert "flagged, the wished way" in words(picture)
    assert "stretches stand out, the last" in picture.title
    assert "higher than usual" in picture.title


def test_a_flag_that_is_rare_keeps_its_colour() -> None:
    """Two orange marks among thousands of blue and grey points of ink."""
    import io

    from matplotlib.colors import to_rgb
    from PIL import Image

    result = chart(sample("large", "core_case_audit"), by="team", every="quarter", measure="good")
    assert 0 < result.table["finding"].eq("concern").sum() < 4
    with Image.open(io.BytesIO(result.plot().png())) as image:
        seen = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
    wanted = np.array([round(255 * part) for part in to_rgb(SHAPES["concern"][1])])
    assert np.abs(seen - wanted).sum(axis=1).min() < 12


def test_a_quiet_chart_says_so() -> None:
    result = chart(sample("large", "sos_case_file"))
    assert not result.groups["n_flagged"].any()
    picture = result.plot()
    assert picture.title == "No month stands out from the usual"
    assert set(markers(picture)) == {"o"}
    assert "All: 24 points from" in picture.alt


def test_titles_of_several_charts_follow_the_flags(look: Look) -> None:
    table = frame(each=24, seed=5)
    late = (table["date"] > "2025-02") & (table["team"] == "West")
    for item in fd.read_rubric("cfsw_skills").items:
        level = table[item].astype(int)
        table[item] = np.where(late, np.minimum(level + 2, 5), level).astype(str)
    result = chart(fd.Ratings(table, "cfsw_skills"), by="team")
    moved = result.groups.set_index("team")["n_flagged"] > 0
    assert moved["West"]
    picture = result.plot()
    look(picture)
    assert picture.title.startswith(f"Something stands out in {int(moved.sum())} of 3 charts")
    few = chart(sample("large", "sos_case_file"), by="team").plot()
    assert few.title == "Nothing stands out; 4 of 5 series have too few points"


def test_limits_and_target_are_always_in_view(look: Look) -> None:
    result = chart(
        ratings(0.8), target=4.5, baseline=("2024-12-31", "the first year"),
        rebase={"2025-06-01": "a new form that was brought in with some noise"},
        events=EVENTS["large"],
    )  # fmt: skip
    picture = result.plot()
    look(picture)
    seen = words(picture)
    for name in ("upper limit", "lower limit", "centre", "target 4.50"):
        assert name in seen
    assert result.groups["assurance"].iloc[0] == "above the limits"
    assert "target above the limits" in seen
    assert "limits begin anew in Jun 2025: a new form" in seen
    assert "limits rest on the time up to Dec 2024: the first year" in seen


def test_the_other_assurances_and_neither_way(look: Look) -> None:
    for target, told in ((1.2, "below the limits"), (3.0, "inside the limits")):
        result = chart(ratings(), target=target, better="neither")
        assert result.groups["assurance"].iloc[0] == told
        picture = result.plot()
        look(picture)
        assert f"target {told}" in words(picture)
    moved = chart(ratings(0.8), better="neither")
    assert moved.groups["variation"].iloc[0] == "change"
    look(moved.plot())


def test_many_groups_are_cut_and_the_whole_stays(look: Look) -> None:
    table = frame(months=8, each=90)
    table["team"] = [f"Team with a rather long name {int(p[-2:]) % 15}" for p in table["piece"]]
    result = chart(fd.Ratings(table, "cfsw_skills"), by="team")
    assert len(result.groups) == 16
    picture = result.plot()
    look(picture)
    assert "4 more series are in the table" in words(picture)
    assert picture.data["team"].nunique() == 12
    assert "(all)" in set(picture.data["team"])


def test_shares_and_long_series(look: Look) -> None:
    share = chart(sample("large", "sos_case_file"), measure="close_to_the_model", rules="nelson")
    picture = share.plot()
    look(picture)
    assert "%" in words(picture)
    long = chart(ratings(0.0, 6, 60))
    look(long.plot())
    quarters = chart(ratings(0.0, 6, 60), every="quarter")
    look(quarters.plot())


def test_rows_where_points_are_few(look: Look) -> None:
    one = chart(sample("small", "sos_case_file"), every="quarter")
    picture = one.plot()
    look(picture)
    assert picture.title == "Too few points yet to tell what is usual"
    assert "Jan to Mar 2024" in words(picture)
    several = chart(sample("small", "sos_case_file"), every="quarter", by="team", target=3.5).plot()
    look(several)
    assert "first period" in words(several)
    assert "latest period" in words(several)
    nothing = chart(sample("small", "cfsw_skills")).plot()
    look(nothing)
    assert "fewer than 5" in words(nothing)


def test_it_can_be_drawn_in_axes_of_ones_own() -> None:
    from matplotlib.figure import Figure

    result: Charts = chart(ratings())
    axes = Figure(figsize=(8, 6)).add_subplot()
    assert result.plot(ax=axes).fig is axes.figure


@pytest.mark.parametrize(
    ("values", "bounds", "ends"),
    [
        ([2.3, 4.1], (1, 5), (2.0, 4.5)),
        ([1.2, 4.9], (1, 5), (1.0, 5.0)),
        ([3.0, 3.0], (1, 5), (2.5, 3.5)),
        ([0.02, 0.97], (0, 1), (0.0, 1.0)),
        ([], (1, 5), (1.0, 5.0)),
    ],
)
def test_axes_end_on_round_numbers_and_hold_all(
    values: list[float], bounds: tuple[float, float], ends: tuple[float, float]
) -> None:
    scale = scale_of(values, bounds, share=False)
    if values:
        assert scale.low <= min(values)
        assert scale.high >= max(values)
    assert (scale.low, scale.high) == pytest.approx(ends)
    assert 2 <= len(scale.ticks) <= 7
    assert scale.low < scale.high


def test_shapes_are_seen_on_white_and_differ() -> None:
    assert len({marker for marker, _ in SHAPES.values()}) == len(SHAPES)
    assert min(style.contrast(colour, style.WHITE) for _, colour in SHAPES.values()) >= 3


def test_repr_tells_sentences_and_table() -> None:
    told = repr(chart(ratings(), by="team"))
    assert "by month" in told
    assert "Not for capability" in told
    assert isinstance(chart(ratings()).to_frame(), pd.DataFrame)
