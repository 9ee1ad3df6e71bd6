"""The picture of an evidence card: what a rubric looks at, part by part, a mark an item."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.present import style
from fidelity.present.figure import SMALL, TITLE, WIDTH, Picture, Sheet, leading, width_of, wrapped
from fidelity.rubric import Rubric
from fidelity.words import NOUNS, counted_as, listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.rubric.model import Component, Item

#: Kind of item: shape, colour, whether its inside is white. Contrast on white at least 3.0.
MARKS = {
    "must-have": ("D", style.CATEGORICAL[2], False),
    "core function": ("o", style.CATEGORICAL[0], False),
    "surface form": ("s", style.CATEGORICAL[0], True),
    "asked beside, not scored": ("o", style.HATCH, True),
}
#: Parts side by side, and where there are more than six; inches between marks, and under a part.
_FEW, _MANY, _STEP, _UNDER = 3, 7, 0.15, 0.04


def parts_picture(rubric: Rubric, ax: Axes | None = None) -> Picture:
    """The parts of a rubric with a mark for each item: must-have, core, surface, or not scored.

    Args:
        rubric: what is drawn.
        ax: axes to draw in; a figure of its own if not given.

    Returns:
        The picture. Its `data` has one row an item.
    """
    data = pd.DataFrame(
        [(c.title, item.id, item.text, kind_of(item)) for c in rubric.components
         for item in c.items],
        columns=["part", "item", "text", "kind"],
    )  # fmt: skip
    kinds = [kind for kind in MARKS if (data["kind"] == kind).any()]
    with style.drawing():
        heights = _heights(rubric)
        across = _across(rubric)
        sheet = Sheet(_title(rubric), _subtitle(rubric), sum(heights), (), ax)
        _draw_key(sheet, kinds)
        y = sheet.top - 0.06
        for row, height in enumerate(heights):
            for column, component in enumerate(_row(rubric, row)):
                _draw_part(sheet, component, column * WIDTH / across, y, WIDTH / across)
            y += height
    return sheet.done(_alt(rubric, data, kinds), data)


def kind_of(item: Item) -> str:
    """How an item is marked: whether it is scored, a must-have, or form or function."""
    if not item.scored:
        return "asked beside, not scored"
    if item.must_have is not None:
        return "must-have"
    return "surface form" if "surface" in item.tags else "core function"


def _across(rubric: Rubric) -> int:
    return _FEW if len(rubric.components) <= 2 * _FEW else _MANY


def _row(rubric: Rubric, row: int) -> tuple[Component, ...]:
    across = _across(rubric)
    return rubric.components[row * across : (row + 1) * across]


def _each_line(wide: float) -> int:
    return int((wide - 0.15) / _STEP)


def _lines(component: Component, wide: float) -> list[str]:
    return wrapped(component.title, wide - 0.15, SMALL)


def _heights(rubric: Rubric) -> list[float]:
    """The height of each row of parts."""
    across = _across(rubric)
    wide = WIDTH / across
    return [
        max(len(_lines(c, wide)) * leading(SMALL)
            + math.ceil(len(c.items) / _each_line(wide)) * _STEP
            for c in _row(rubric, row)) + _UNDER
        for row in range(math.ceil(len(rubric.components) / across))
    ]  # fmt: skip


def _draw_part(sheet: Sheet, component: Component, x: float, y: float, wide: float) -> None:
    lines = _lines(component, wide)
    sheet.lines(lines, x, y, SMALL)
    below = y + len(lines) * leading(SMALL) + _STEP / 2
    for n, item in enumerate(component.items):
        line, place = divmod(n, _each_line(wide))
        _draw_mark(sheet, kind_of(item), x + 0.06 + place * _STEP, below + line * _STEP)


def _draw_mark(sheet: Sheet, kind: str, x: float, y: float) -> None:
    marker, colour, hollow = MARKS[kind]
    inside = style.WHITE if hollow else colour
    sheet.axes.plot([x], [y], marker, color=colour, markersize=6.5, markeredgecolor=colour,
                    markerfacecolor=inside, markeredgewidth=1.1)  # fmt: skip


def _draw_key(sheet: Sheet, kinds: list[str]) -> None:
    """The key, at the right of the title."""
    wide = sum(0.12 + width_of(kind, SMALL) + 0.22 for kind in kinds) - 0.22
    x, y = WIDTH - wide - 0.02, 0.02 + leading(TITLE) / 2
    for kind in kinds:
        _draw_mark(sheet, kind, x, y)
        sheet.text(x + 0.12, y, kind, SMALL, color=style.QUIET)
        x += 0.12 + width_of(kind, SMALL) + 0.22


def _title(rubric: Rubric) -> str:
    items = counted_as(len(rubric.scored_items), "item")
    scored = [c for c in rubric.components if any(item.scored for item in c.items)]
    return f"{items} in {counted_as(len(scored), 'part')}"


def _subtitle(rubric: Rubric) -> str:
    one = NOUNS[rubric.looks_at][0]
    n = len(rubric.must_haves)
    musts = f"{counted_as(n, 'must-have')}" if n else "no must-haves"
    return f"What is looked at in one {one}; {musts}"


def _alt(rubric: Rubric, data: pd.DataFrame, kinds: list[str]) -> str:
    told = listed([f"{int((data['kind'] == kind).sum())} {kind}" for kind in kinds])
    parts = [f"{c.title} ({len(c.items)})" for c in rubric.components]
    return f"A mark for each item, by part: {'; '.join(parts)}. Of all items: {told}."
