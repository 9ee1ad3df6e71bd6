"""Rows of marks with their intervals over a common axis, and numbers printed beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fidelity.present import style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, width_of, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Inches: between columns, and the least height of a row.
_GAP, _ROW = 0.12, 0.27
_TICKS, _KEY, _APART = 0.26, 0.28, 0.12


@dataclass(frozen=True)
class Look:
    """How one kind of mark looks: a shape as well as a colour.

    Attributes:
        label: what it is, for the key.
        marker: its shape, as matplotlib names it.
        colour: its colour, also of the interval.
        width: of the interval's line, in points; 0 for a mark without interval.
        hollow: whether its inside is white.
    """

    label: str
    marker: str
    colour: str
    width: float = 2.4
    hollow: bool = False


@dataclass(frozen=True)
class Mark:
    """A value with its interval; NaN where there is none."""

    look: Look
    value: float
    lower: float = math.nan
    upper: float = math.nan


@dataclass(frozen=True)
class Entry:
    """One row: a heading, or a name with marks.

    Attributes:
        name: what stands at the left.
        marks: drawn one below another, as `tiers` says; none with `instead`.
        printed: texts in the columns at the right.
        instead: what stands over the hatched axis where there are no marks.
        bold: whether the name is bold.
        heading: whether the name is a heading over the rows that follow.
    """

    name: str
    marks: tuple[Mark, ...] = ()
    printed: tuple[str, ...] = ()
    instead: str = ""
    bold: bool = False
    heading: bool = False


@dataclass(frozen=True)
class Column:
    """A printed column: its heading, its width in inches, and on which side its texts end."""

    heading: str
    width: float
    right: bool = True


@dataclass(frozen=True)
class Axis:
    """The axis that rows share.

    Attributes:
        ends: lowest and highest value; what lies beyond is cut off there.
        ticks: values with a gridline, and how each is printed.
        lines: values with a dashed line over all rows.
    """

    ends: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    lines: tuple[float, ...] = ()


@dataclass(frozen=True)
class Panel:
    """Rows over one axis. Headings of columns stand beside the key, over the first panel."""

    entries: Sequence[Entry]
    axis: Axis
    names: float = 2.5
    columns: tuple[Column, ...] = field(default=())

    @property
    def right(self) -> float:
        """Where the axis ends."""
        return WIDTH - sum(column.width + _GAP for column in self.columns) - 0.05

    @property
    def left(self) -> float:
        """Where the axis begins."""
        return self.names + _GAP

    def at(self, value: float) -> float:
        """Where a value stands, in inches."""
        low, high = self.axis.ends
        held = min(max(value, low), high)
        return self.left + (held - low) / (high - low) * (self.right - self.left)

    def lines_of(self, entry: Entry) -> list[str]:
        """The name in lines."""
        width = WIDTH if entry.heading else self.names - 0.08
        return wrapped(entry.name, width, SMALL, bold=entry.bold or entry.heading)

    def height_of(self, entry: Entry) -> float:
        """Height of a row."""
        text = len(self.lines_of(entry)) * leading(SMALL)
        if entry.heading:
            return text + 0.1
        return max(_ROW, text + 0.07, 0.12 + 0.12 * len(tiers(entry)))

    @property
    def looks(self) -> list[Look]:
        """The kinds of marks in it."""
        return list(dict.fromkeys(mark.look for entry in self.entries for mark in entry.marks))

    @property
    def height(self) -> float:
        """Height of it all."""
        return sum(map(self.height_of, self.entries)) + _TICKS


def tiers(entry: Entry) -> list[list[Mark]]:
    """The marks of a row in lines: each interval on its own, those without share the last."""
    bare = [mark for mark in entry.marks if not mark.look.width]
    return [[mark] for mark in entry.marks if mark.look.width] + ([bare] if bare else [])


def drawn(
    title: str, subtitle: str, panels: Sequence[Panel], notes: Sequence[str], alt: str,
    data: pd.DataFrame, ax: Axes | None = None,
) -> Picture:  # fmt: skip
    """The picture of panels one below another, with one key.

    Args:
        title: the finding, from the same flags as the marks.
        subtitle: measure, place, period and n.
        panels: rows over their axes.
        notes: explanation below.
        alt: for those who do not see it.
        data: what is drawn, as a table.
        ax: axes to draw in; a figure of its own if not given.
    """
    with style.drawing():
        looks = list(dict.fromkeys(look for panel in panels for look in panel.looks))
        lines = _key_lines(looks, panels)
        key = _KEY * len(lines)
        body = key + sum(p.height for p in panels) + _APART * (len(panels) - 1)
        sheet = Sheet(title, subtitle, body, notes, ax)
        for number, line in enumerate(lines):
            _draw_key(sheet, line, sheet.top + _KEY * (number + 0.5) - 0.02)
        y = sheet.top + key
        for panel in panels:
            _draw_panel(sheet, panel, y)
            y += panel.height + _APART
        if panels:
            _draw_headings(sheet, panels[0], sheet.top + key - _KEY / 2 - 0.02)
    return sheet.done(alt, data)


def _key_lines(looks: Sequence[Look], panels: Sequence[Panel]) -> list[list[Look]]:
    """The key in lines that end before the headings of columns; [] where there is neither."""
    columns = panels[0].columns if panels else ()
    if not looks:
        return [[]] if any(panel.columns for panel in panels) else []
    room, x = WIDTH, panels[0].right + _GAP
    for column in columns:
        left = x + (column.width - width_of(column.heading, SMALL) if column.right else 0.0)
        room, x = min(room, left), x + column.width + _GAP
    lines: list[list[Look]] = [[]]
    used = 0.0
    for look in looks:
        width = 0.3 + width_of(look.label, SMALL)
        if lines[-1] and used + width > room:
            lines.append([])
            used = 0.0
        lines[-1].append(look)
        used += width + 0.24
    return lines


def _draw_key(sheet: Sheet, looks: Sequence[Look], middle: float) -> None:
    x = 0.12
    for look in looks:
        if look.width:
            sheet.line([x - 0.12, x + 0.12], [middle] * 2, color=look.colour, linewidth=look.width)
        _draw_mark(sheet, look, x, middle)
        sheet.text(x + 0.18, middle, look.label, SMALL)
        x += 0.18 + width_of(look.label, SMALL) + 0.36


def _draw_headings(sheet: Sheet, panel: Panel, middle: float) -> None:
    x = panel.right + _GAP
    for column in panel.columns:
        edge = x + column.width if column.right else x
        sheet.text(edge, middle, column.heading, SMALL, color=style.QUIET,
                   ha="right" if column.right else "left")  # fmt: skip
        x += column.width + _GAP


def _draw_panel(sheet: Sheet, panel: Panel, top: float) -> None:
    y = top
    rows = [(entry, panel.height_of(entry)) for entry in panel.entries]
    bottom = top + sum(height for _, height in rows)
    _draw_axis(sheet, panel, top, bottom)
    for entry, height in rows:
        _draw_entry(sheet, panel, entry, y, height)
        y += height


def _draw_axis(sheet: Sheet, panel: Panel, top: float, bottom: float) -> None:
    for value, label in panel.axis.ticks:
        x = panel.at(value)
        sheet.line([x, x], [top, bottom], color=style.FAINT, linewidth=0.7, zorder=0)
        sheet.text(x, bottom + _TICKS / 2, label, SMALL, ha="center", color=style.QUIET)
    for value in panel.axis.lines:
        x = panel.at(value)
        sheet.line([x, x], [top, bottom], linestyle=(0, (3, 2)), linewidth=1.0, zorder=1)
    sheet.line([panel.left, panel.right], [bottom] * 2, color=style.QUIET, linewidth=0.8, zorder=1)


def _draw_entry(sheet: Sheet, panel: Panel, entry: Entry, y: float, height: float) -> None:
    lines, middle = panel.lines_of(entry), y + height / 2
    if entry.heading:
        sheet.box(0, y, WIDTH, height, facecolor=style.WHITE, linewidth=0, zorder=2)
        sheet.block(lines, 0, middle + 0.02, SMALL, weight="bold", zorder=3)
        return
    sheet.block(lines, 0.08, middle, SMALL, weight="bold" if entry.bold else "normal")
    x = panel.right + _GAP
    for text, column in zip(entry.printed, panel.columns, strict=True):
        edge = x + column.width if column.right else x
        sheet.text(edge, middle, text, SMALL, ha="right" if column.right else "left",
                   weight="bold" if entry.bold else "normal")  # fmt: skip
        x += column.width + _GAP
    if entry.instead:
        sheet.hatched(panel.left, middle - 0.08, panel.right - panel.left, 0.16)
        legible = {"facecolor": style.WHITE, "edgecolor": "none", "pad": 0.8}
        across = (panel.left + panel.right) / 2
        sheet.text(across, middle, entry.instead, SMALL, ha="center", bbox=legible)
        return
    lines_of_marks = tiers(entry)
    for number, marks in enumerate(lines_of_marks):
        for mark in marks:
            at = middle + 0.12 * (number - (len(lines_of_marks) - 1) / 2)
            _draw_interval(sheet, panel, mark, at)


def _draw_interval(sheet: Sheet, panel: Panel, mark: Mark, y: float) -> None:
    if math.isnan(mark.value):
        return
    if mark.look.width and not math.isnan(mark.lower):
        ends = [panel.at(mark.lower), panel.at(mark.upper)]
        sheet.line(ends, [y, y], color=mark.look.colour, linewidth=mark.look.width, zorder=3)
    _draw_mark(sheet, mark.look, panel.at(mark.value), y)


def _draw_mark(sheet: Sheet, look: Look, x: float, y: float) -> None:
    sheet.axes.plot(
        [x], [y], look.marker, color=look.colour, markersize=6.5, zorder=4,
        markerfacecolor=style.WHITE if look.hollow else look.colour,
        markeredgecolor=look.colour if look.hollow or look.marker == "|" else style.WHITE,
        markeredgewidth=1.4 if look.hollow or look.marker == "|" else 0.6,
    )  # fmt: skip
