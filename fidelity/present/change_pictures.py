"""Before and after: what each part of a rubric was scored in two periods, and the difference."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.present import style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, width_of, wrapped
from fidelity.words import counted_as, item_label, pieces, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.change import Change
    from fidelity.rubric.model import Scale

_ALL = "(all)"
_HIGHER, _LOWER, _FEW = "higher after", "lower after", "too few to say"
#: Inches: names, numbers, ends of the axis, and heights.
_NAMES, _NUMBERS = 2.6, 1.95
_LEFT, _RIGHT = _NAMES + 0.15, WIDTH - _NUMBERS - 0.15
_ROW, _KEY, _AXIS, _GAP = 0.33, 0.3, 0.3, 0.14


def before_and_after(result: Change, ax: Axes | None = None, *, place: str = "") -> Picture:
    """A line from the mean before to the mean after, for each item (or else each component).

    Args:
        result: of `fidelity.change`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` are the rows of the table that are drawn.
    """
    whole = result.table[result.table["group"] == _first_group(result)]
    main = whole[whole["kind"] == "mean"].iloc[0]
    parts = whole[whole["kind"] == ("item" if (whole["kind"] == "item").any() else "component")]
    scale = _scale_of(result, main, parts)
    parts = parts[[_same(result, row, scale) for _, row in parts.iterrows()]]
    rows = pd.concat([main.to_frame().T, parts]).reset_index(drop=True)
    with style.drawing():
        names = [_name(result, row) for _, row in rows.iterrows()]
        heights = [max(_ROW, len(lines) * leading(SMALL) + 0.09) for lines in names]
        body = _KEY + sum(heights) + _GAP + _AXIS
        sheet = Sheet(title(result), _subtitle(result, place), body, list(_notes(result)), ax)
        _draw_key(sheet, result)
        y = sheet.top + _KEY
        _draw_grid(sheet, scale, y, y + sum(heights) + _GAP)
        for number, (lines, height) in enumerate(zip(names, heights, strict=True)):
            _draw_row(sheet, rows.iloc[number], lines, scale, y + height / 2, first=number == 0)
            y += height + (_GAP if number == 0 else 0)
        _draw_axis(sheet, scale, y)
    return sheet.done(_alt(result, rows), rows)


def title(result: Change) -> str:
    """The finding, from the same flags as the marks."""
    whole = result.table[result.table["group"] == _first_group(result)]
    finding = whole.loc[whole["kind"] == "mean", "finding"].iloc[0]
    if finding == _FEW:
        return "Too few to say whether scores changed"
    moved = int(whole.loc[whole["kind"] == "item", "finding"].isin([_HIGHER, _LOWER]).sum())
    items = f"; {counted_as(moved, 'item')} moved" if moved else ""
    if finding == _HIGHER:
        return f"Scores are higher after than before{items}"
    if finding == _LOWER:
        return f"Scores are lower after than before{items}"
    return f"No change over all can be told{items}"


def _first_group(result: Change) -> str:
    groups = result.table.loc[result.table["group"].str.startswith(_ALL), "group"]
    return str(groups.iloc[0])


def _subtitle(result: Change, place: str) -> str:
    counts = result.counts
    if result.method["around"]:
        when = f"before and after {_day(counts['first_to'])}"
    else:
        to = counts["first_to"] - pd.Timedelta(days=1)
        when = f"up to {_day(to)} and from {_day(counts['latest_from'])}"
    n = f"{pieces(result.rubric, counts['n_before'])} before, {counts['n_after']} after"
    return " · ".join(part for part in (result.rubric.title, place, when, n) if part)


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b %Y}"


def _notes(result: Change) -> Iterator[str]:
    yield (
        f"Hollow: mean before; full: mean after. Thin line: {result.method['confidence']:.0%} "
        "interval of the difference, set off from the mean before. Bold: higher or lower after, "
        "with false findings among many items held down."
    )
    yield (
        "After does not mean because of. A change in scores may be in practice or in scoring. For "
        "learning about practice, not for ranking."
    )


def _scale_of(result: Change, main: pd.Series, parts: pd.DataFrame) -> Scale:
    """The scale of most items that are drawn, which is that of the mean."""
    rubric = result.rubric
    ids = [name for name in parts["name"] if name in rubric.items]
    if not ids:
        component = next(c for c in rubric.components if c.mean or c.items)
        ids = [component.items[0].id]
    scales = [rubric.scale_of(item) for item in ids]
    known = [s for s in scales if s.minimum <= main["before"] <= s.maximum] or scales
    return max(known, key=lambda s: _times(s, known))


def _times(scale: Scale, among: list[Scale]) -> int:
    return sum(other.id == scale.id for other in among)


def _same(result: Change, row: pd.Series, scale: Scale) -> bool:
    if row["name"] in result.rubric.items:
        return result.rubric.scale_of(row["name"]).id == scale.id
    return not row["before"] > scale.maximum


def _name(result: Change, row: pd.Series) -> list[str]:
    rubric = result.rubric
    if row["kind"] == "item":
        text = item_label(row["name"], rubric.items[row["name"]].text)
    else:
        text = rubric.titles[row["name"]]
    return wrapped(text, _NAMES - 0.05, SMALL, bold=row["kind"] == "mean", most=3)


def _x(value: float, scale: Scale) -> float:
    low, high = float(scale.minimum), float(scale.maximum)
    held = min(max(value, low), high)
    return _LEFT + (held - low) / (high - low) * (_RIGHT - _LEFT)


def _draw_key(sheet: Sheet, result: Change) -> None:
    y = sheet.top + _KEY / 2 - 0.03
    colour = style.CATEGORICAL[0]
    sheet.axes.plot([_LEFT + 0.08], [y], "o", markersize=7, color=style.WHITE,
                    markeredgecolor=colour, markeredgewidth=1.4)  # fmt: skip
    sheet.text(_LEFT + 0.2, y, "before", SMALL)
    x = _LEFT + 0.2 + width_of("before", SMALL) + 0.28
    sheet.axes.plot([x], [y], "o", markersize=7, color=colour, markeredgecolor=style.WHITE)
    sheet.text(x + 0.12, y, "after", SMALL)
    sheet.text(WIDTH, y, "difference", SMALL, color=style.QUIET, ha="right")


def _draw_grid(sheet: Sheet, scale: Scale, top: float, bottom: float) -> None:
    for level in _ticks(scale):
        x = _x(level, scale)
        sheet.line([x, x], [top, bottom], color=style.FAINT, linewidth=0.7, zorder=0)


def _ticks(scale: Scale) -> list[float]:
    low, high = int(scale.minimum), int(scale.maximum)
    step = max(1, (high - low) // 5) if high - low > 6 else 1
    return [float(value) for value in range(low, high + 1, step)]


def _draw_axis(sheet: Sheet, scale: Scale, bottom: float) -> None:
    sheet.line([_LEFT, _RIGHT], [bottom] * 2, color=style.QUIET, linewidth=0.8, zorder=1)
    for level in _ticks(scale):
        sheet.text(_x(level, scale), bottom + 0.13, f"{level:g}", SMALL, ha="center",
                   color=style.QUIET)  # fmt: skip


def _draw_row(
    sheet: Sheet, row: pd.Series, lines: list[str], scale: Scale, y: float, *, first: bool
) -> None:
    moved = row["finding"] in (_HIGHER, _LOWER)
    sheet.block(lines, 0, y, SMALL, weight="bold" if first else "normal")
    if row["finding"] == _FEW or math.isnan(row["estimate"]):
        sheet.hatched(_LEFT, y - 0.08, _RIGHT - _LEFT, 0.16)
        sheet.text(WIDTH, y, "too few to say", SMALL, ha="right")
        return
    colour = style.CATEGORICAL[0] if moved or first else style.HATCH
    ends = [_x(row["before"], scale), _x(row["after"], scale)]
    sheet.line(ends, [y, y], color=colour, linewidth=3.2 if moved else 2.0, zorder=3)
    reach = [_x(row["before"] + row[end], scale) for end in ("lower", "upper")]
    sheet.line(reach, [y + 0.09] * 2, color=colour, linewidth=1.0, zorder=2)
    for x, full in zip(ends, (False, True), strict=True):
        sheet.axes.plot(
            [x], [y], "o", markersize=7, zorder=4, color=colour if full else style.WHITE,
            markeredgecolor=style.WHITE if full else colour, markeredgewidth=1.4 - 0.8 * full,
        )  # fmt: skip
    figures = f"{signed(row['estimate'])} ({signed(row['lower'])} to {signed(row['upper'])})"
    sheet.text(WIDTH, y, figures, SMALL, ha="right", weight="bold" if moved else "normal")


def _alt(result: Change, rows: pd.DataFrame) -> str:
    main = rows.iloc[0]
    text = f"Means before and after, with the difference and its interval. {title(result)}"
    if main["finding"] != _FEW:
        text += (
            f": over all {main['before']:.2f} before and {main['after']:.2f} after, "
            f"{signed(main['estimate'])} ({signed(main['lower'])} to {signed(main['upper'])})"
        )
    moved = rows.iloc[1:]
    for finding in (_HIGHER, _LOWER):
        names = [str(name) for name in moved.loc[moved["finding"] == finding, "name"]]
        if names:
            text += f"; {finding}: {', '.join(names)}"
    return f"{text}."
