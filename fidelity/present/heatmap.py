"""Items by group: value and n in each cell, too few hatched, local order kept.

The columns stand in the order of the table and are never sorted by score: this is not a league
table. All pieces together stand apart. Grades are never averaged: where levels are not, a cell
holds the share of answers in the upper half of the scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fidelity.present import scope, style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, width_of, wrapped
from fidelity.words import NOUNS, TOO_FEW, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.scores import GroupScores
    from fidelity.rubric.model import Scale

#: Inches: the widest column of item texts, the narrowest beside wide cells and beside narrow
#: ones, the widest cell, the gap before all.
_ITEMS, _ITEMS_FLAT, _ITEMS_LEAST, _CELL_MOST, _GAP = 3.5, 2.6, 1.9, 1.4, 0.12
_PADDING, _TURNED = 0.3, 1.5
_COMPONENT = 0.27


@dataclass(frozen=True)
class Cell:
    """What one item says in one group.

    Attributes:
        measure: "mean level", "share" (in the upper half of the scale) or "count" (its mean).
        value: NaN where nothing was answered.
        n: number of pieces with an answer.
        position: where the value lies on its scale, from 0 to 1; NaN for a count.
        bounded: whether a mean has an interval.
        low: of a mean, that its whole interval lies below the middle of the scale; of a share,
            that it is under half. The flag behind the title and the outline.
    """

    measure: str
    value: float
    n: int
    position: float
    low: bool
    bounded: bool = True

    @property
    def too_few(self) -> bool:
        """Whether the value is left out because it rests on too few pieces."""
        return self.n < TOO_FEW

    @property
    def shown(self) -> str:
        """The value as it is printed."""
        return percent(self.value) if self.measure == "share" else f"{self.value:.1f}"


Cells = Mapping[tuple[str, tuple[str, ...]], Cell]


def items_by_group(scores: GroupScores, ax: Axes | None = None, *, place: str = "") -> Picture:
    """Heat map of the scored items by group.

    Args:
        scores: the result of `fidelity.score`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` has one row an item and group: the group columns, item, text,
        measure (mean level, share or count), estimate (NaN under 5 pieces), n_pieces, low (see
        `Cell`) and reason.
    """
    columns = scope.groups(scores)
    cells = {
        (item, group.keys): cell for group in columns for item, cell in group_cells(scores, group)
    }
    data = pd.DataFrame(_data(scores, columns, cells))
    with style.drawing():
        grid = _Grid.of(scores, columns, cells)
        sheet = Sheet(
            _title(scores, columns, cells), scope.subtitle(scores, _what(cells), place),
            grid.height, list(_notes(scores, cells, grid)), ax, grid.width,
        )  # fmt: skip
        _draw(sheet, grid, cells)
    return sheet.done(_alt(scores, columns, cells), data)


def group_cells(scores: GroupScores, group: scope.Group) -> Iterator[tuple[str, Cell]]:
    """What each scored item says in a group."""
    means = {str(row["item"]): row for _, row in group.rows(scores.items, scores.by).iterrows()}
    counts = group.rows(scores.levels, scores.by).set_index(["item", "answer"])["count"].to_dict()
    for item in scores.rubric.scored_items:
        if item not in means:  # asked of other roles
            continue
        scale = scores.rubric.scale_of(item)
        if scale.kind == "levels" and not scores.rubric.component_of(item).mean:
            given = {v.value: int(counts.get((item, str(v.value)), 0)) for v in scale.levels}
            yield item, _share(given, (scale.minimum + scale.maximum) / 2)
        else:
            yield item, _mean(means[item], scale, scores.rubric.items[item].proscribed)


def _share(given: Mapping[int, int], middle: float) -> Cell:
    """The share of answers above the middle of a scale that is not averaged."""
    n = sum(given.values())
    share = sum(count for level, count in given.items() if level > middle) / n if n else np.nan
    return Cell("share", share, n, share, n >= TOO_FEW and share < 0.5)


def _mean(row: pd.Series, scale: Scale, more_is_worse: bool) -> Cell:
    """The mean of an item, and whether it lies clearly on the low side of its scale."""
    value, n = float(row["estimate"]), int(row["n_pieces"])
    if scale.kind != "levels":
        return Cell("count", value, n, np.nan, low=False)
    middle = (scale.minimum + scale.maximum) / 2
    position = (value - scale.minimum) / (scale.maximum - scale.minimum)
    low = row["lower"] > middle if more_is_worse else row["upper"] < middle
    return Cell(
        "mean level", value, n, 1 - position if more_is_worse else position,
        n >= TOO_FEW and bool(low), bounded=not np.isnan(row["lower"]),
    )  # fmt: skip


@dataclass(frozen=True)
class _Grid:
    """Where everything stands, in inches from the upper left corner of the body."""

    items: float
    cell: float
    width: float
    head: float
    height: float
    upright: bool
    flat: bool
    columns: list[tuple[float, list[str], scope.Group]]
    rows: list[tuple[str, str, list[str], float, float]]

    @classmethod
    def of(cls, scores: GroupScores, columns: list[scope.Group], cells: Cells) -> _Grid:
        room, least = WIDTH - _GAP, max(_side_by_side(found) for found in cells.values())
        flat = room - least * len(columns) >= _ITEMS_FLAT
        if not flat:
            least = max(_stacked(found) for found in cells.values())
        most = _ITEMS if flat else _ITEMS_FLAT + 0.3
        items = min(most, max(_ITEMS_LEAST, room - least * len(columns)))
        cell = max(least, min(_CELL_MOST, (room - items) / len(columns)))
        upright = all(_fits(group.label, cell - 0.06) for group in columns)
        lines, size = (3, cell - 0.06) if upright else (2, _TURNED)
        labels = [wrapped(group.label, size, SMALL, bold=group.whole, most=lines)
                  for group in columns]  # fmt: skip
        if upright:
            head = max(map(len, labels)) * leading(SMALL) + 0.1
        else:
            widths = [width_of(line, SMALL, bold=True) for label in labels for line in label]
            head = max(widths) + 0.12
        xs = [items + n * cell + (_GAP if group.whole else 0) for n, group in enumerate(columns)]
        rows = list(_rows(scores, items, head, flat))
        height = rows[-1][3] + rows[-1][4]
        return cls(
            items, cell, max(WIDTH, xs[-1] + cell), head, height, upright, flat,
            list(zip(xs, labels, columns, strict=True)), rows,
        )  # fmt: skip


def _side_by_side(cell: Cell) -> float:
    """How wide a cell must be to hold its value and n in one line, in inches."""
    if cell.too_few:
        return width_of(f"too few, n {cell.n}", SMALL) + _PADDING / 2
    return width_of(cell.shown, bold=True) + width_of(f"n {cell.n}", SMALL) + _PADDING


def _stacked(cell: Cell) -> float:
    """How wide a cell must be to hold its value above its n, in inches."""
    value = 0.0 if cell.too_few else width_of(cell.shown, SMALL, bold=True)
    return max(value, width_of(str(cell.n), SMALL)) + _PADDING / 3


def _fits(label: str, width: float) -> bool:
    """Whether a label fits over its column upright, without breaking a word."""
    lines = wrapped(label, width, SMALL, bold=True)
    whole = all(width_of(word, SMALL, bold=True) <= width for word in label.split())
    return whole and len(lines) <= 3


def _rows(
    scores: GroupScores, width: float, top: float, flat: bool
) -> Iterator[tuple[str, str, list[str], float, float]]:
    """Headings of components and items: kind, id, lines of text, top and height."""
    for component in scores.rubric.components:
        items = [item for item in component.items if item.scored]
        if not items:
            continue
        heading = wrapped(component.title, WIDTH, bold=True)
        height = (len(heading) - 1) * leading(SMALL) + _COMPONENT
        yield "component", component.id, heading, top, height
        top += height
        for item in items:
            text = scope.item_label(item.id, item.text)
            if item.proscribed:
                text += " (less is better)"
            lines = wrapped(text, width - 0.2, SMALL)
            height = max(0.25 if flat else 0.36, len(lines) * leading(SMALL) + 0.06)
            yield "item", item.id, lines, top, height
            top += height


def _draw(sheet: Sheet, grid: _Grid, cells: Cells) -> None:
    for x, lines, group in grid.columns:
        weight = "bold" if group.whole else "normal"
        bottom = sheet.top + grid.head - 0.06
        if grid.upright:
            start = bottom - len(lines) * leading(SMALL)
            sheet.lines(lines, x + grid.cell / 2, start, SMALL, ha="center", weight=weight)
            continue
        across = x + grid.cell / 2 - (len(lines) - 1) * leading(SMALL) / 2
        for number, line in enumerate(lines):
            sheet.text(
                across + number * leading(SMALL), bottom, line, SMALL,
                rotation=90, ha="center", va="bottom", weight=weight,
            )  # fmt: skip
    for kind, name, lines, top, height in grid.rows:
        if kind == "component":
            sheet.block(lines, 0, sheet.top + top + height / 2 + 0.02, weight="bold")
            continue
        sheet.block(lines, 0.1, sheet.top + top + height / 2, SMALL)
        for x, _, group in grid.columns:
            if (name, group.keys) in cells:
                place = (x, sheet.top + top, grid.cell, height)
                _draw_cell(sheet, cells[name, group.keys], group, grid.flat, place)


def _draw_cell(
    sheet: Sheet, cell: Cell, group: scope.Group, flat: bool,
    place: tuple[float, float, float, float],
) -> None:  # fmt: skip
    x, y, width, height = place
    colour = style.WHITE if np.isnan(cell.position) or cell.too_few else style.step(cell.position)
    if cell.too_few:
        sheet.hatched(x + 0.015, y + 0.015, width - 0.03, height - 0.03)
    elif np.isnan(cell.position):
        sheet.box(x + 0.015, y + 0.015, width - 0.03, height - 0.03, edgecolor=style.FAINT)
    else:
        sheet.box(x, y, width, height, facecolor=colour, linewidth=1.5)
    ink = style.text_on(colour)
    if cell.low and group.whole:
        sheet.box(x + 0.025, y + 0.025, width - 0.05, height - 0.05, facecolor="none",
                  edgecolor=ink, linewidth=1.6)  # fmt: skip
    across, middle = x + width / 2, y + height / 2
    if cell.too_few:
        legible = {"facecolor": style.WHITE, "edgecolor": "none", "pad": 0.8}
        words = f"too few, n {cell.n}" if flat else f"{cell.n}"
        sheet.text(across, middle, words, SMALL, ha="center", bbox=legible)
    elif flat:
        sheet.text(x + _PADDING / 3, middle, cell.shown, weight="bold", color=ink)
        sheet.text(x + width - _PADDING / 3, middle, f"n {cell.n}", SMALL, color=ink, ha="right")
    else:
        look = {"color": ink, "ha": "center"}
        sheet.text(across, middle - 0.08, cell.shown, SMALL, weight="bold", **look)
        sheet.text(across, middle + 0.085, cell.n, SMALL, **look)


def _whole(columns: list[scope.Group], cells: Cells, measure: str) -> list[Cell]:
    """The cells of all pieces that can be said, of one measure."""
    keys = {group.keys for group in columns if group.whole}
    return [c for (_, key), c in cells.items()
            if key in keys and c.measure == measure and not c.too_few]  # fmt: skip


def _title(scores: GroupScores, columns: list[scope.Group], cells: Cells) -> str:
    """The finding, from the flags `low` and `too_few` of the cells of all pieces."""
    means, shares = (_whole(columns, cells, m) for m in ("mean level", "share"))
    told = means or shares
    if not told:
        if _whole(columns, cells, "count"):
            return "How often each thing was counted"
        return f"Too few {NOUNS[scores.rubric.looks_at][1]} to say anything item by item"
    low = sum(c.low for c in told)
    each = "items" if len(told) > 1 else "item"
    if sum(group.whole for group in columns) > 1:
        each = "item means, by role,"
    if means and not any(c.bounded for c in means):
        return "No interval can be given, so no item is clearly low"
    if means:
        start = f"{low} of {len(told)} {each} {'lies' if low == 1 else 'lie'}"
        return f"{start if low else 'No item lies'} clearly below the middle of the scale"
    upper = _ends(scores, mean=False)
    reach = f"are {upper}" if len(upper) <= 30 else "lie in the upper half of the scale"
    start = f"In {low} of {len(told)} {each}" if low else "In no item"
    return f"{start} fewer than half {reach}"


def _what(cells: Cells) -> str:
    found = dict.fromkeys(cell.measure for cell in cells.values())
    words = {"mean level": "Mean level of each item", "count": "mean count",
             "share": "Share of answers in the upper half of the scale"}  # fmt: skip
    return " and ".join(words[name] for name in found)


def _notes(scores: GroupScores, cells: Cells, grid: _Grid) -> Iterator[str]:
    if not grid.flat:
        yield "In each cell: the value, and below it n, the number answered."
    if any(cell.too_few for cell in cells.values()):
        yield f"Hatched: fewer than {TOO_FEW}, too few to say; n alone is printed."
    measures = {cell.measure for cell in cells.values()}
    if "mean level" in measures:
        scale = _ends(scores, mean=True)
        confidence = percent(scores.method["confidence"])
        yield (
            f"Darker is higher, in five steps over the whole scale ({scale}). Outlined under All: "
            f"the whole {confidence} interval lies below the middle of the scale, each item by "
            "itself."
        )
    if "share" in measures:
        yield (
            f"Grades are not averaged. The upper half of the scale is {_ends(scores, mean=False)}. "
            "Darker is a higher share, in five steps from 0% to 100%. Outlined under All: under "
            "half."
        )
    if "count" in measures:
        yield "Cells without colour are mean counts."
    if scores.rubric.asked_of:
        yield "Where there is no cell, the item is not asked of that role."


def _ends(scores: GroupScores, mean: bool) -> str:
    """The ends of the scales that are averaged, or the upper halves of those that are not."""
    found = []
    for item in scores.rubric.scored_items:
        scale = scores.rubric.scale_of(item)
        if scale.kind != "levels" or scores.rubric.component_of(item).mean != mean:
            continue
        if mean:
            found.append(f"{scale.minimum} to {scale.maximum}")
        else:
            limit = (scale.minimum + scale.maximum) / 2
            found.append(" or ".join(v.label for v in scale.levels if v.value > limit))
    return ", ".join(dict.fromkeys(found))


def _alt(scores: GroupScores, columns: list[scope.Group], cells: Cells) -> str:
    """Type, size and range, from the cells."""
    n_groups = sum(not group.whole for group in columns)
    by = f" by {n_groups} group{'s' if n_groups != 1 else ''}" if n_groups else ""
    items = len(scores.rubric.scored_items)
    text = f"Heat map of {items} items{by}. {_title(scores, columns, cells)}"
    keys = {group.keys for group in columns if group.whole}
    for measure, word in (("mean level", "mean levels"), ("share", "shares")):
        known = [(c, item) for (item, key), c in cells.items()
                 if key in keys and c.measure == measure and not c.too_few]  # fmt: skip
        if known:
            low, high = (f(known, key=lambda pair: pair[0].value) for f in (min, max))
            text += (
                f": {word} over all run from {low[0].shown} ({_named(scores, low[1])}) to "
                f"{high[0].shown} ({_named(scores, high[1])})"
            )
    few = sum(cell.too_few for cell in cells.values())
    return text + (f"; {few} of {len(cells)} cells have too few to say." if few else ".")


def _named(scores: GroupScores, item: str) -> str:
    return scope.item_label(item, scores.rubric.items[item].text)


def _data(
    scores: GroupScores, columns: list[scope.Group], cells: Cells
) -> Iterator[dict[str, object]]:
    for (item, keys), found in cells.items():
        group = next(g for g in columns if g.keys == keys)
        yield {
            **(dict(zip(scores.by, keys, strict=True)) or {"group": group.label}),
            "item": item, "text": scores.rubric.items[item].text, "measure": found.measure,
            "estimate": np.nan if found.too_few else found.value, "n_pieces": found.n,
            "low": found.low, "reason": "too few to say" if found.too_few else "",
        }  # fmt: skip
