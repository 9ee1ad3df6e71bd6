"""The ladder of strictness: every rater beside the average of those they share pieces with.

Raters stand in the order of their ids: it is no league table. Groups that share no piece are
drawn apart, since nothing can be said between them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.present import style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.strictness import Strictness

#: Inches: the rater's id, what is found, the printed numbers; the axis lies between.
_NAMES, _NUMBERS = 1.0, 2.55
_LEFT, _RIGHT = _NAMES + 0.15, WIDTH - _NUMBERS - 0.15
_ROW, _AXIS, _GROUP = 0.3, 0.5, 0.32
#: The axis reaches at least so many levels to either side.
_LEAST_REACH = 0.5
_DATA = ["group", "rater", "estimate", "lower", "upper", "finding", "n_pieces", "reason"]


def strictness_ladder(result: Strictness, ax: Axes | None = None, *, place: str = "") -> Picture:
    """Strictness of every rater with its interval, in levels.

    Args:
        result: of `fidelity.strictness`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` has one row a rater: group, rater, estimate, lower, upper,
        finding, n_pieces, reason.
    """
    table = result.table
    groups = [rows for _, rows in table.groupby("group", sort=False)]
    reach = _reach(table)
    with style.drawing():
        body = len(table) * _ROW + _AXIS + (len(groups) * _GROUP if len(groups) > 1 else 0)
        sheet = Sheet(title(result), _subtitle(result, place), body, list(_notes(result)), ax)
        y = sheet.top
        for number, rows in enumerate(groups, 1):
            if len(groups) > 1:
                _group_heading(sheet, number, len(rows), y)
                y += _GROUP
            _draw_grid(sheet, reach, y, y + len(rows) * _ROW)
            for _, row in rows.iterrows():
                _draw(sheet, row, reach, y + _ROW / 2)
                y += _ROW
        _draw_axis(sheet, reach, y)
    return sheet.done(_alt(result), table[_DATA].reset_index(drop=True))


def title(result: Strictness) -> str:
    """The finding, from the flags that the marks are drawn from."""
    found = result.table["finding"].value_counts()
    stricter, generous = (int(found.get(k, 0)) for k in ("stricter", "more generous"))
    told = stricter + generous + int(found.get("no difference can be told", 0))
    if not told:
        return "Too few pieces scored by two raters to say who is stricter"
    if not stricter + generous:
        return f"Among {told} raters no difference in strictness can be told"
    both = ((stricter, "stricter"), (generous, "more generous"))
    parts = [f"{n} {'is' if n == 1 else 'are'} {word}" for n, word in both if n]
    who = f"Of {told} raters, " if told == len(result.table) else f"Of {told} who can be told, "
    return f"{who}{' and '.join(parts)} than average"


def _subtitle(result: Strictness, place: str) -> str:
    counts = result.counts
    parts = (
        "Levels stricter than the average of linked raters", place,
        f"{counts['shared']} pieces scored by two or more",
    )  # fmt: skip
    return " · ".join(part for part in parts if part)


def _notes(result: Strictness) -> Iterator[str]:
    least = result.method["least_pieces"]
    confidence = f"{100 * result.method['confidence']:.0f}%"
    if result.table["estimate"].notna().any():
        yield (
            f"Bars are {confidence} intervals; n is pieces that somebody else scored too. Filled: "
            "a difference that remains after allowing for having looked at all raters. In the "
            "order of ids. Stricter is neither better nor worse."
        )
    if (result.table["finding"] == "too few to tell").any():
        yield f"Hatched: under {least} pieces that somebody else scored too."


def _reach(table: pd.DataFrame) -> float:
    """Half the axis, in steps of a half level."""
    ends = table[["lower", "upper"]].abs().max().max()
    return _LEAST_REACH if math.isnan(ends) else max(_LEAST_REACH, math.ceil(ends * 2) / 2)


def _x(value: float, reach: float) -> float:
    held = min(max(value, -reach), reach)
    return _LEFT + (held + reach) / (2 * reach) * (_RIGHT - _LEFT)


def _group_heading(sheet: Sheet, number: int, n: int, y: float) -> None:
    who = "shares no piece with others" if n == 1 else f"{n} raters linked by shared pieces"
    sheet.text(0, y + _GROUP * 0.6, f"Group {number}: {who}", SMALL, weight="bold")


def _draw(sheet: Sheet, row: pd.Series, reach: float, y: float) -> None:
    name = wrapped(row["rater"], _NAMES, SMALL, most=1)
    sheet.text(0, y, name[0], SMALL)
    sheet.text(WIDTH, y, f"n {int(row['n_pieces'])}", SMALL, ha="right")
    if math.isnan(row["estimate"]):
        sheet.hatched(_LEFT, y - 0.07, _RIGHT - _LEFT, 0.14)
        sheet.text(WIDTH - _NUMBERS, y, row["finding"], SMALL)
        return
    told = row["finding"] in {"stricter", "more generous"}
    colour = style.CATEGORICAL[0]
    ends = [_x(row["lower"], reach), _x(row["upper"], reach)]
    sheet.line(ends, [y, y], color=colour, linewidth=2.6, zorder=3)
    sheet.axes.plot(
        [_x(row["estimate"], reach)], [y], "o", markersize=7.5, zorder=4, markeredgewidth=1.4,
        color=colour if told else style.WHITE, markeredgecolor=style.WHITE if told else colour,
    )  # fmt: skip
    words = f"{row['estimate']:+.2f} ({row['lower']:+.2f} to {row['upper']:+.2f})"
    sheet.text(WIDTH - _NUMBERS, y, words.replace("-", "−"), SMALL,
               weight="bold" if told else "normal")  # fmt: skip


def _ticks(reach: float) -> tuple[float, ...]:
    return (-reach, -reach / 2, 0.0, reach / 2, reach)


def _draw_grid(sheet: Sheet, reach: float, top: float, bottom: float) -> None:
    for value in _ticks(reach):
        x = _x(value, reach)
        colour = style.FAINT if value else style.QUIET
        sheet.line([x, x], [top, bottom], color=colour, linewidth=0.7, zorder=0)


def _draw_axis(sheet: Sheet, reach: float, bottom: float) -> None:
    for value in _ticks(reach):
        text = f"{value:+g}".replace("-", "−") if value else "average"
        sheet.text(_x(value, reach), bottom + 0.13, text, SMALL, ha="center", color=style.QUIET)
    below = bottom + 0.13 + leading(SMALL)
    sheet.text(_LEFT, below, "← more generous", SMALL, color=style.QUIET)
    sheet.text(_RIGHT, below, "stricter →", SMALL, ha="right", color=style.QUIET)


def _alt(result: Strictness) -> str:
    told = [
        f"{row['rater']} {row['finding']}"
        + ("" if math.isnan(row["estimate"]) else
           f", {row['estimate']:+.2f} ({row['lower']:+.2f} to {row['upper']:+.2f})")
        + f", n {int(row['n_pieces'])}"
        for _, row in result.table.iterrows()
    ]  # fmt: skip
    rows = "; ".join(told) or "no raters"
    return f"Strictness in levels with intervals. {title(result)}: {rows}."
