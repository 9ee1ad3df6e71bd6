"""Colours, type and the settings of matplotlib that every picture is drawn with.

The five blues and the categorical four are those of the Government Analysis Function's guidance
on colours in charts (Open Government Licence v3.0), as its R package afcharts 1.2.0 lists them.
Contrast is that of the Web Content Accessibility Guidelines 2.2, success criterion 1.4.3: text
needs at least 4.5 to 1, shapes and lines at least 3 to 1 against what they lie on. Never red
against green, and never colour alone: a number or a word stands beside it.

This module sets nothing when it is imported; `drawing()` sets for as long as it is open.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: From the lowest level to the highest. Contrast on white: 1.09, 1.43, 2.42, 4.95, 10.25.
FIVE_BLUES = ("#F0F6FB", "#BFDCF2", "#6BACE6", "#2073BC", "#12436D")
#: Contrast on white: 10.25, 3.17, 9.77, 3.03. The second and fourth for shapes alone.
CATEGORICAL = ("#12436D", "#28A197", "#801650", "#F46A25")
#: Text. Contrast on white: 17.8.
INK = "#14181C"
#: Quiet text such as subtitles. Contrast on white: 7.0.
QUIET = "#525A61"
#: Gridlines and frames, which carry no number.
FAINT = "#C9D0D6"
#: The hatching of what is too few to say, and of "cannot say". Contrast on white: 3.2.
HATCH = "#8A9199"
WHITE = "#FFFFFF"
#: The smallest contrast that text may have.
TEXT_CONTRAST = 4.5
#: Looked for in this order. The first two have the same widths; DejaVu comes with matplotlib.
_FAMILIES = ("Arial", "Liberation Sans", "DejaVu Sans")


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours written "#RRGGBB", from 1 to 21.

    Source: WCAG 2.2, definitions of relative luminance and contrast ratio.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_on(background: str) -> str:
    """The colour of text on a background: white or ink, whichever is easier to read."""
    return max((INK, WHITE), key=lambda colour: contrast(colour, background))


def step(position: float) -> str:
    """One of the five blues for a position on a scale, from 0 (lowest) to 1 (highest)."""
    return FIVE_BLUES[min(4, max(0, int(position * 5)))]


def shades(n: int) -> list[str]:
    """Colours for `n` levels from lowest to highest, spread over the five blues.

    More than five levels share them, two or three neighbours a blue, so that text on each stays
    easy to read.
    """
    if n == 1:
        return [FIVE_BLUES[2]]
    if n > len(FIVE_BLUES):
        return [step(level / (n - 1)) for level in range(n)]
    places = [4 * level / (n - 1) for level in range(n)]
    return [_between(FIVE_BLUES[int(p)], FIVE_BLUES[min(4, int(p) + 1)], p % 1) for p in places]


def _between(low: str, high: str, share: float) -> str:
    mixed = [
        round(int(low[s : s + 2], 16) * (1 - share) + int(high[s : s + 2], 16) * share)
        for s in (1, 3, 5)
    ]
    return "#{:02X}{:02X}{:02X}".format(*mixed)


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib set for our pictures while this is open, and as it was afterwards.

    Dollar signs are shown as they are: a team or an item is never read as a formula. A letter
    that no family has is drawn as an empty box; the alt text and the table hold it as it is.
    """
    import matplotlib as mpl

    settings: dict[Any, Any] = {
        "font.family": ["sans-serif"],
        "font.sans-serif": list(_FAMILIES),  # all of them: an SVG may be read on another machine
        "font.size": 10.5,
        "text.color": INK,
        "text.parse_math": False,
        "text.hinting": "none",
        "axes.unicode_minus": True,
        "hatch.linewidth": 0.8,
        "svg.fonttype": "none",  # text as text: a fifth of the size
        "svg.hashsalt": "fidelity",  # the same picture gives the same bytes
        "savefig.bbox": None,
        "figure.facecolor": WHITE,
        "savefig.facecolor": WHITE,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        quiet = logging.getLogger("matplotlib.font_manager")
        before = quiet.level
        quiet.setLevel(logging.ERROR)
        try:
            yield
        finally:
            quiet.setLevel(before)
