"""Colours that can be read, and settings that end with the picture."""

import subprocess
import sys

import matplotlib as mpl
import pytest

from fidelity.present import style


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48), ("#FF0000", "#FFFFFF", 4.0)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    # published examples of the ratio (the grey is the well-known one just under 4.5)
    assert style.contrast(one, other) == pytest.approx(expected, abs=0.005)
    assert style.contrast(other, one) == style.contrast(one, other)


def test_the_contrasts_in_the_comments_are_true() -> None:
    found = [round(style.contrast(colour, style.WHITE), 2) for colour in style.FIVE_BLUES]
    assert found == [1.09, 1.43, 2.42, 4.95, 10.25]
    found = [round(style.contrast(colour, style.WHITE), 2) for colour in style.CATEGORICAL]
    assert found == [10.25, 3.17, 9.77, 3.03]
    assert round(style.contrast(style.INK, style.WHITE), 1) == 17.8
    assert round(style.contrast(style.QUIET, style.WHITE), 1) == 7.0
    assert round(style.contrast(style.HATCH, style.WHITE), 1) == 3.2


@pytest.mark.parametrize("n", range(1, 12))
def test_text_can_be_read_on_every_shade(n: int) -> None:
    shades = style.shades(n)
    assert len(shades) == n
    for shade in shades:
        assert style.contrast(style.text_on(shade), shade) >= style.TEXT_CONTRAST
    brightness = [style.contrast(shade, "#000000") for shade in shades]
    assert brightness == sorted(brightness, reverse=True), "higher levels are darker"


def test_five_steps_cover_the_whole_scale() -> None:
    assert [style.step(p) for p in (0, 0.19, 0.2, 0.5, 0.79, 0.8, 1)] == [
        style.FIVE_BLUES[step] for step in (0, 0, 1, 2, 3, 4, 4)
    ]


def test_matplotlib_is_as_it_was_after_a_picture() -> None:
    before = dict(mpl.rcParams)
    with style.drawing():
        assert not mpl.rcParams["text.parse_math"]
    assert dict(mpl.rcParams) == before


def test_importing_sets_nothing_and_opens_no_window() -> None:
    code = (
        "import sys, matplotlib; before = dict(matplotlib.rcParams)\n"
        "import fidelity.present.briefing\n"
        "assert dict(matplotlib.rcParams) == before\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
