"""The pictures of drift: title, marks and data from the same flags, and everything on the sheet."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
import pytest

from fidelity.analyses import drift_parts
from fidelity.analyses.drift import Drift, drift
from fidelity.collect.ratings import read_ratings
from fidelity.present.figure import Picture
from fidelity.rubric.places import sample_data_folder


@pytest.fixture(autouse=True, scope="module")
def _fewer_draws() -> Iterator[None]:
    usual, drift_parts.DRAWS = drift_parts.DRAWS, 60
    yield
    drift_parts.DRAWS = usual


@cache
def large() -> Drift:
    ratings = read_ratings(
        sample_data_folder() / "large" / "ratings_sos_case_file.csv", "sos_case_file"
    )
    return drift(ratings, since="2024-04-02", every="quarter")


@cache
def small() -> Drift:
    ratings = read_ratings(
        sample_data_folder() / "small" / "ratings_sos_case_file.csv", "sos_case_file"
    )
    return drift(ratings)


@pytest.mark.parametrize("result", [large, small], ids=["large", "small"])
def test_nothing_is_cut_off_or_hard_to_read(
    result: Callable[[], Drift], look: Callable[[Picture], None]
) -> None:
    look(result().plot())
    look(result().plot_parts())


def test_the_two_trends_as_they_were_found() -> None:
    result = large()
    picture = result.plot()
    assert picture.title == "Practice fell, while scoring became more generous"
    assert set(picture.data["kind"]) == {"practice", "scoring"}
    for kind in ("practice", "scoring"):
        rows = picture.data[picture.data["kind"] == kind]
        slope = np.polyfit(rows["month"], rows["line"], 1)[0]
        row = result.row(kind)
        assert slope == pytest.approx(row["a_month"], abs=1e-9)
        assert f"{row['estimate']:+.2f} levels a year" in picture.alt
        # Means go where the line goes.
        assert np.sign(np.polyfit(rows["month"], rows["estimate"], 1)[0]) == np.sign(slope)
        assert (rows["line_lower"] <= rows["line"]).all()
        assert (rows["line"] <= rows["line_upper"]).all()
    assert picture.data["n_pieces"].sum() > 0


def test_what_cannot_be_told_is_hatched() -> None:
    picture = small().plot()
    assert set(picture.data["kind"]) == {"practice"}
    hatched = [patch for patch in picture.fig.axes[0].patches if patch.get_hatch()]
    assert len(hatched) == 1
    assert "too few" in " ".join(text.get_text() for text in picture.fig.axes[0].texts)
    parts = small().plot_parts()
    assert any(patch.get_hatch() for patch in parts.fig.axes[0].patches)
    assert "cannot be told" in parts.alt


def test_the_bars_add_up_to_the_total() -> None:
    result = large()
    picture = result.plot_parts()
    bars = [patch for patch in picture.fig.axes[0].patches if not patch.get_hatch()]
    told = result.parts.dropna(subset=["estimate"])
    assert len(bars) == len(told)
    # In inches: each bar begins where the last one ended, and the total begins at 0.
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]
    up = list(told["estimate"] >= 0)
    zero = ends[0][0] if up[0] else ends[0][1]
    at = zero
    for (left, right), rises in zip(ends[:-1], up[:-1], strict=True):
        assert (left if rises else right) == pytest.approx(at, abs=0.02)
        at = right if rises else left
    assert (ends[-1][1] if up[-1] else ends[-1][0]) == pytest.approx(at, abs=0.02)
    assert (ends[-1][0] if up[-1] else ends[-1][1]) == pytest.approx(zero, abs=0.001)
    for _, row in result.parts.iterrows():
        moved = row["lower"] > 0 or row["upper"] < 0
        if row["part"] != "total":
            assert (row["text"] in picture.title) == moved
