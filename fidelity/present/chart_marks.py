"""How a chart stands, in one small mark and a few words: variation, and a target beside the limits.

The marks are this project's own. A row of dots lies between two lines, the limits; the last dot
stays in the row, or leaves it as a shape of its own. For a target, a bar stands above, between or
below the lines. The words beside a mark say the same, so that nothing hangs on the drawing.
"""

from __future__ import annotations

from fidelity.present import style
from fidelity.present.figure import SMALL, Sheet, width_of

#: Shape and colour of a point by what was found. Contrast on white: 4.1, 6.5, 3.2, 12.9.
SHAPES = {
    "": ("o", "#7B7D7D"),
    "improvement": ("D", "#005EB8"),
    "concern": ("s", "#E66C00"),
    "change": ("^", "#361475"),
}
VARIATION = {
    "steady": "no more than usual",
    "improvement": "moved the wished way",
    "concern": "moved the other way",
    "change": "moved",
    "too few points": "too few points",
}
ASSURANCE = {
    "above the limits": "target above the limits",
    "inside the limits": "target inside the limits",
    "below the limits": "target below the limits",
}
#: Inches: a mark's width and half its height.
_WIDE, _HALF = 0.36, 0.085


def draw_variation(sheet: Sheet, x: float, y: float, state: str, up: bool) -> float:
    """The mark and its words from x on; gives where they end.

    Args:
        sheet: where it is drawn.
        x: left edge.
        y: middle.
        state: the variation of a group.
        up: whether the latest point lies above what is usual.
    """
    if state == "too few points":
        sheet.hatched(x, y - _HALF, _WIDE, 2 * _HALF)
    else:
        _lines(sheet, x, y)
        marker, colour = SHAPES["" if state == "steady" else state]
        for step in (0.05, 0.13, 0.21):
            sheet.axes.plot([x + step], [y], "o", color=SHAPES[""][1], markersize=2.4, zorder=4)
        out = 0.0 if state == "steady" else (-_HALF if up else _HALF)
        size = 2.4 if state == "steady" else 5.5
        sheet.axes.plot([x + 0.3], [y + out], marker, color=colour, markersize=size, zorder=5)
    return _words(sheet, x, y, VARIATION[state])


def draw_assurance(sheet: Sheet, x: float, y: float, state: str) -> float:
    """The mark of a target beside the limits, and its words; gives where they end."""
    _lines(sheet, x, y)
    at = {"above the limits": -_HALF - 0.035, "inside the limits": 0.0}.get(state, _HALF + 0.035)
    sheet.line([x + 0.09, x + _WIDE - 0.09], [y + at] * 2, color=style.INK, linewidth=2.4)
    return _words(sheet, x, y, ASSURANCE[state])


def _lines(sheet: Sheet, x: float, y: float) -> None:
    for side in (-_HALF, _HALF):
        sheet.line([x, x + _WIDE], [y + side] * 2, color=style.QUIET, linewidth=0.8)


def _words(sheet: Sheet, x: float, y: float, words: str) -> float:
    sheet.text(x + _WIDE + 0.08, y, words, SMALL)
    return x + _WIDE + 0.08 + width_of(words, SMALL) + 0.25
