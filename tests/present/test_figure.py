"""Pictures that carry their alt text, and text that fits where it stands."""

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from fidelity.errors import FileError, UsageError
from fidelity.present import style
from fidelity.present.figure import Picture, Sheet, plain, width_of, wrapped, written
from tests.present.planted import looked_at


@pytest.fixture
def picture() -> Picture:
    with style.drawing():
        sheet = Sheet("A finding", "measure · place · period · 5 files", 1.0, ["A note."])
        sheet.text(0, sheet.top + 0.5, "$not$ a formula \\frac{")
    return sheet.done("Alt text & more.", pd.DataFrame({"n": [5]}))


def test_saved_pictures_carry_title_and_alt_text(picture: Picture, tmp_path: Path) -> None:
    png, svg = picture.save(tmp_path / "a.png"), picture.save(tmp_path / "A.SVG")
    with Image.open(png) as image:
        assert image.text["Description"] == "Alt text & more."
        assert image.text["Title"] == "A finding"
        assert image.width == 1065, "A4 text width at 150 dots an inch"
    text = svg.read_text(encoding="utf-8")
    assert "Alt text &amp; more." in text
    assert "$not$ a formula \\frac{" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A.SVG", "a.png"]


def test_the_same_picture_gives_the_same_bytes(picture: Picture) -> None:
    assert picture.svg() == picture.svg()
    assert picture.png() == picture.png()
    assert "<dc:date>" not in picture.svg()


def test_a_notebook_gets_the_image_with_its_alt_text(picture: Picture) -> None:
    data, about = picture._repr_mimebundle_()
    assert data["image/png"] == picture._repr_png_() != b""
    assert data["image/png"].startswith(b"\x89PNG")
    assert about["image/png"]["alt"] == picture.alt
    assert picture.alt in data["text/plain"]
    assert picture.alt in repr(picture)


def test_what_cannot_be_written_is_told(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.jpg.*\.png for Word"):
        picture.save(tmp_path / "a.jpg")
    (tmp_path / "a_file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(FileError, match=r"could not be written.*a folder that exists"):
        picture.save(tmp_path / "a_file" / "a.png")


def test_folders_on_the_way_are_made(picture: Picture, tmp_path: Path) -> None:
    assert picture.save(tmp_path / "new" / "a.png").is_file()


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = written(tmp_path / "page.html", b"first")
    written(target, b"second")
    assert target.read_bytes() == b"second"

    def refused(*_: object) -> None:
        raise PermissionError(13, "open in another program")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(FileError, match="open in another program"):
        written(target, b"third")
    assert target.read_bytes() == b"second"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"], "nothing left beside it"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\nb\tc  d", "a b c d"),
        ("nul\x00bell\x07", "nulbell"),
        ("turned \u202ekcab\u202c", "turned kcab"),
        ("café 日本 😀", "café 日本 😀"),
        (None, "None"),
    ],
)
def test_plain_text_has_one_line_and_no_control_characters(given: object, shown: str) -> None:
    assert plain(given) == shown


def test_lines_fit_their_width() -> None:
    text = "Supercalifragilistic teams " + "with very long names " * 5 + "x" * 200
    with style.drawing():
        lines = wrapped(text, 1.2, 10.5)
        assert all(width_of(line, 10.5) <= 1.2 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        cut = wrapped(text, 1.2, 10.5, most=2)
        assert len(cut) == 2
        assert cut[1].endswith("…")
        assert width_of(cut[1], 10.5) <= 1.2
        assert wrapped("", 1.0) == [""]


def test_text_is_measured_as_it_is_drawn() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with style.drawing():
        figure = Figure(figsize=(7, 1), dpi=100)
        renderer = FigureCanvasAgg(figure).get_renderer()
        for text in ("Case-file audit · 11 January 2025", "iiiiillll", "MMMWWW 100%"):
            drawn = figure.text(0, 0, text, fontsize=10.5).get_window_extent(renderer).width / 100
            assert drawn <= width_of(text, 10.5) + 0.01
            assert drawn >= width_of(text, 10.5) * 0.93


def test_a_picture_can_be_drawn_in_axes_of_ones_own() -> None:
    axes = Figure(figsize=(8, 4)).add_subplot()
    with style.drawing():
        sheet = Sheet("A finding", "subtitle", 1.0, ax=axes)
    assert sheet.done("alt", pd.DataFrame()).fig is axes.figure


@pytest.mark.parametrize(
    ("x", "look", "fault"),
    [
        (-0.3, {}, "cut off"),
        (6.8, {}, "cut off"),
        (2.0, {}, "text over text"),
        (4.0, {"color": "#AAAAAA"}, "hard to read"),
    ],
)
def test_the_eye_that_looks_at_pictures_sees(x: float, look: dict[str, str], fault: str) -> None:
    with style.drawing():
        sheet = Sheet("A finding", "subtitle", 1.0)
        sheet.text(2.1, sheet.top + 0.5, "first")
        sheet.text(x, sheet.top + 0.5, "second", **look)
    with pytest.raises(AssertionError, match=fault):
        looked_at(sheet.done("alt", pd.DataFrame()))
