"""Practice and scoring side by side, and what a change in scores is made of.

The two trends share one scale of levels, so that a reader sees which of them is the larger.
Nothing is drawn as told that cannot be told: the panel of scoring is then hatched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fidelity.analyses.drift_words import about, headline, own_views, signed
from fidelity.present import style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.drift import Drift

#: Inches: height of a panel, room for its ticks at the left, between panels, head, and foot.
_TALL, _TICKS, _APART, _HEAD, _FOOT = 2.5, 0.42, 0.3, 0.5, 0.4
#: A panel shows at least so many levels.
_LEAST = 1.0
#: Columns of the waterfall: names, axis, numbers.
_NAMES, _NUMBERS, _ROW = 2.6, 1.75, 0.34


@dataclass(frozen=True)
class _Panel:
    """One trend: where it lies on the sheet and on its scales."""

    left: float
    right: float
    top: float
    months: tuple[float, float]
    levels: tuple[float, float]

    def x(self, month: float) -> float:
        low, high = self.months
        return self.left + (month - low) / max(high - low, 1e-9) * (self.right - self.left)

    def y(self, level: float) -> float:
        low, high = self.levels
        held = min(max(level, low), high)
        return self.top + (high - held) / (high - low) * _TALL


def two_trends(result: Drift, ax: Axes | None = None) -> Picture:
    """Practice with the scoring shift taken out, and the scoring shift alone.

    Args:
        result: of `fidelity.drift`.
        ax: axes to draw in; a figure of its own if not given.

    Returns:
        The picture. Its `data` has one row a period and kind: kind, period, month, estimate,
        lower, upper, line, line_lower, line_upper, n_pieces.
    """
    path = result.path
    with style.drawing():
        sheet = Sheet(
            headline(result), _subtitle(result), _HEAD + _TALL + _FOOT, list(_notes(result)), ax
        )
        width = (WIDTH - _APART) / 2
        spread = max([_LEAST, *(_span(path[path["kind"] == kind]) for kind in _KINDS)])
        for number, kind in enumerate(_KINDS):
            left = number * (width + _APART)
            _draw(sheet, result, kind, left, left + width, spread)
    return sheet.done(_alt(result), path.reset_index(drop=True))


_KINDS = ("practice", "scoring")


def _span(rows: pd.DataFrame) -> float:
    """How many levels a panel needs."""
    ends = rows[["estimate", "line_lower", "line_upper"]].to_numpy(np.float64)
    if not np.isfinite(ends).any():
        return 0.0
    return float(np.nanmax(ends) - np.nanmin(ends)) * 1.15


def _draw(sheet: Sheet, result: Drift, kind: str, left: float, right: float, spread: float) -> None:
    rows = result.path[result.path["kind"] == kind]
    told = result.row(kind) if result.apart else None
    known = kind == "practice" or result.apart
    name = _heading(result, kind)
    for number, line in enumerate(wrapped(name, right - left, SMALL, bold=True, most=2)):
        sheet.text(left, sheet.top + 0.1 + number * leading(SMALL), line, SMALL, weight="bold")
    top = sheet.top + _HEAD
    if not known or rows.empty:
        sheet.hatched(left + _TICKS, top, right - left - _TICKS, _TALL)
        legible = {"facecolor": style.WHITE, "edgecolor": "none", "pad": 1.5}
        words = "too few to tell" if result.counts["gold"] else "cannot be told"
        if own_views(result):
            words = "no scoring to shift"
        sheet.text((left + _TICKS + right) / 2, top + _TALL / 2, words, SMALL, ha="center",
                   bbox=legible)  # fmt: skip
        return
    ends = rows[["estimate", "line_lower", "line_upper"]].to_numpy(np.float64)
    middle = float(np.nanmin(ends) + np.nanmax(ends)) / 2
    months = float(rows["month"].min()), float(rows["month"].max())
    reach = (months[1] - months[0]) * 0.04 + 0.3
    panel = _Panel(
        left + _TICKS, right, top, (months[0] - reach, months[1] + reach),
        (middle - spread / 2, middle + spread / 2),
    )  # fmt: skip
    _axes(sheet, panel, rows, kind)
    clear = told is not None and told["finding"] not in {
        "no change can be told", "no shift can be told",
    }  # fmt: skip
    _trend(sheet, panel, rows, style.CATEGORICAL[0 if kind == "practice" else 2], clear)


def _heading(result: Drift, kind: str) -> str:
    if kind == "scoring" and own_views(result):
        return "Each respondent speaks for themselves"
    if kind == "scoring":
        return "Scoring alone: raters above or below agreed scores"
    if result.apart:
        return "Practice: scores with scoring's shift and recording taken out"
    if own_views(result):
        return "Replies as they were given, recording taken out"
    return "Scores as an average rater gave them: practice and scoring in one"


def _axes(sheet: Sheet, panel: _Panel, rows: pd.DataFrame, kind: str) -> None:
    low, high = panel.levels
    step = 0.25 if high - low <= 1.5 else 0.5 if high - low <= 3 else 1.0
    for tick in np.arange(math.ceil(low / step) * step, high + 1e-9, step):
        y = panel.y(float(tick))
        zero = kind == "scoring" and abs(tick) < 1e-9
        sheet.line([panel.left, panel.right], [y, y], linewidth=0.9 if zero else 0.7, zorder=0,
                   color=style.QUIET if zero else style.FAINT)  # fmt: skip
        text = f"{tick:+.2f}" if kind == "scoring" and not zero else f"{abs(tick):.2f}"
        sheet.text(panel.left - 0.06, y, text.replace("-", "−"), SMALL, ha="right",
                   color=style.QUIET)  # fmt: skip
    bottom = panel.top + _TALL
    ends = rows.iloc[[0, -1]] if len(rows) > 1 else rows
    for place, (_, row) in enumerate(ends.iterrows()):
        sheet.text(panel.x(row["month"]), bottom + 0.16, row["period"], SMALL,
                   ha="right" if place else "left", color=style.QUIET)  # fmt: skip


def _trend(sheet: Sheet, panel: _Panel, rows: pd.DataFrame, colour: str, clear: bool) -> None:
    xs = [panel.x(month) for month in rows["month"]]
    low, high = ([panel.y(v) for v in rows[end]] for end in ("line_lower", "line_upper"))
    sheet.axes.fill_between(xs, low, high, color=colour, alpha=0.16, linewidth=0, zorder=1)
    sheet.line(xs, [panel.y(v) for v in rows["line"]], color=colour, linewidth=2.2, zorder=3,
               linestyle="-" if clear else (0, (4, 2)))  # fmt: skip
    most = max(float(rows["n_pieces"].max()), 1.0)
    for x, (_, row) in zip(xs, rows.iterrows(), strict=True):
        size = 3.0 + 3.5 * math.sqrt(row["n_pieces"] / most)
        sheet.axes.plot([x], [panel.y(row["estimate"])], "o", markersize=size, zorder=4,
                        color=style.WHITE, markeredgecolor=colour, markeredgewidth=1.2)  # fmt: skip


def _subtitle(result: Drift) -> str:
    counts = result.counts
    n = f"{counts['pieces']} pieces, {counts['raters']} raters"
    parts = [about(result), f"{counts['pieces']} replies" if own_views(result) else n]
    if result.apart:
        parts.append(f"{counts['gold'] + counts['extract_scorings']} scorings with a reference")
    return " · ".join(parts)


def _notes(result: Drift) -> Iterator[str]:
    every = result.method["every"]
    confidence = f"{100 * result.method['confidence']:.0f}%"
    yield (
        f"Circles: means by {every}, larger where more was scored. Lines: the trend, with its "
        f"{confidence} interval drawn from the middle of the time; broken where none can be told. "
        "Both panels have the same scale, in levels."
    )
    if result.apart:
        yield "Assumed: that agreed scores and benchmark pieces stand still."
    elif own_views(result):
        yield "Who answers can change from time to time; that may move replies too."
    else:
        yield f"Practice and scoring cannot be told apart: {result.counts['reason']}."


def _alt(result: Drift) -> str:
    told = []
    for part in ("practice", "scoring", "scores as given") if len(result.table) else ():
        row = result.row(part)
        numbers = (
            f" {row['estimate']:+.2f} levels a year ({row['lower']:+.2f} to {row['upper']:+.2f})"
            if pd.notna(row["estimate"]) else ""
        )  # fmt: skip
        finding = "" if result.between is not None else f" {row['finding']}"
        told.append(f"{part}:{finding}{numbers}")
    return f"Trend of practice and trend of scoring. {headline(result)}. {'; '.join(told)}."


def parts_of_change(result: Drift, ax: Axes | None = None) -> Picture:
    """The change in scores between two periods, part by part, adding up to the whole.

    Args:
        result: of `fidelity.drift`.
        ax: axes to draw in; a figure of its own if not given.

    Returns:
        The picture. Its `data` has one row a part and the total last: part, text, estimate,
        lower, upper, share, n_pieces, n_clusters, reason.
    """
    parts = result.parts
    with style.drawing():
        body = 0.1 + len(parts) * _ROW + 0.45 if len(parts) else 0.3
        sheet = Sheet(_parts_title(result), _parts_subtitle(result), body,
                      list(_parts_notes(result)), ax)  # fmt: skip
        if len(parts):
            _waterfall(sheet, parts)
    return sheet.done(_parts_alt(result), parts.reset_index(drop=True))


def _parts_title(result: Drift) -> str:
    if not len(result.parts):
        return "The change in scores cannot be split into parts"
    rows = result.parts.set_index("part")
    total = rows.loc["total"]
    up, down = total["lower"] > 0, total["upper"] < 0
    told = [
        row["text"] for name, row in rows.drop(index="total").iterrows()
        if row["lower"] > 0 or row["upper"] < 0
    ]  # fmt: skip
    what = "Replies" if own_views(result) else "Scores"
    none = f"No change in {what.lower()} can be told"
    start = f"{what} rose" if up else f"{what} fell" if down else none
    if not told:
        return start + ("; in no part alone can one be told" if up or down else ", nor in any part")
    names = "; ".join(told)
    return f"{start}. Parts that moved: {names}"


def _parts_subtitle(result: Drift) -> str:
    found = result.change
    if found is None or found.when is None:
        return about(result)
    first, last = found.n
    text = result.rubric.titles.get(result.measure, result.measure)
    a, b = found.when.earlier, found.when.later
    return f"{text} · {a[0]} to {a[1]} (n {first}) against {b[0]} to {b[1]} (n {last})"


def _parts_notes(result: Drift) -> Iterator[str]:
    if not len(result.parts):
        yield str(result.change.reason if result.change else result.counts["reason"])
        return
    confidence = f"{100 * result.method['confidence']:.0f}%"
    yield (
        f"Levels. Each bar begins where the one above it ends; thin lines are {confidence} "
        "intervals. The order is for the eye: no part depends on it. The first part is what is "
        "left after the others, so that it holds what nobody recorded."
    )
    if result.change is not None and not result.change.apart and not own_views(result):
        yield "Hatched: what cannot be told apart from practice in these two periods."


def _waterfall(sheet: Sheet, parts: pd.DataFrame) -> None:
    low, high = _ends(parts)
    left, right = _NAMES + 0.1, WIDTH - _NUMBERS - 0.1

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (right - left)

    top = sheet.top + 0.1
    bottom = top + len(parts) * _ROW
    step = next(s for s in (0.1, 0.25, 0.5, 1.0, 2.0) if (high - low) / s <= 6 or s == 2.0)
    for tick in np.arange(math.ceil(low / step) * step, high + 1e-9, step):
        zero = abs(tick) < 1e-9
        sheet.line([x(tick)] * 2, [top, bottom], linewidth=1.0 if zero else 0.7, zorder=0,
                   color=style.QUIET if zero else style.FAINT)  # fmt: skip
        text = "0" if zero else f"{tick:+.2g}".replace("-", "−")
        sheet.text(x(tick), bottom + 0.15, text, SMALL, ha="center", color=style.QUIET)
    at = 0.0
    for number, (_, row) in enumerate(parts.iterrows()):
        y = top + (number + 0.5) * _ROW
        at = _bar(sheet, row, at, y, x, (left, right))


def _ends(parts: pd.DataFrame) -> tuple[float, float]:
    """The reach of all bars and intervals."""
    at, values = 0.0, [0.0]
    for _, row in parts.iterrows():
        start = 0.0 if row["part"] == "total" else at
        if pd.notna(row["estimate"]):
            values += [start + row["estimate"]]
            values += [start + row[k] for k in ("lower", "upper") if pd.notna(row[k])]
            at = start + row["estimate"]
    room = max(max(values) - min(values), 0.2) * 0.05
    return min(values) - room, max(values) + room


def _bar(
    sheet: Sheet, row: pd.Series[Any], at: float, y: float, place: Callable[[float], float],
    ends: tuple[float, float],
) -> float:  # fmt: skip
    """One part, drawn from where the last one ended; where it ends itself."""
    total = row["part"] == "total"
    lines = wrapped(row["text"], _NAMES, SMALL, bold=total, most=2)
    sheet.block(lines, 0, y, SMALL, weight="bold" if total else "normal")
    if pd.isna(row["estimate"]):
        sheet.hatched(ends[0], y - 0.08, ends[1] - ends[0], 0.16)
        sheet.text(WIDTH, y, "cannot be told", SMALL, ha="right")
        return at
    start = 0.0 if total else at
    end = start + row["estimate"]
    told = bool(row["lower"] > 0 or row["upper"] < 0)
    colour = style.INK if total else style.CATEGORICAL[0]
    a, b = place(min(start, end)), place(max(start, end))
    pale = style.FAINT if total else style.FIVE_BLUES[1]
    sheet.box(a, y - 0.09, max(b - a, 0.015), 0.18, edgecolor=colour, linewidth=1.1, zorder=2,
              facecolor=colour if told else pale)  # fmt: skip
    if pd.notna(row["lower"]):
        limits = [place(start + row["lower"]), place(start + row["upper"])]
        sheet.line(limits, [y, y], color=style.WHITE, linewidth=3.4, zorder=3)
        sheet.line(limits, [y, y], color=style.INK, linewidth=1.3, zorder=4)
    if not total:
        down = [y + 0.09, y + _ROW - 0.09]
        sheet.line([place(end)] * 2, down, color=style.HATCH, linewidth=0.8, zorder=1)
    words = signed(row["estimate"])
    if pd.notna(row["lower"]):
        words += f" ({signed(row['lower'])} to {signed(row['upper'])})"
    sheet.text(WIDTH, y, words, SMALL, ha="right", weight="bold" if told else "normal")
    return at if total else end


def _parts_alt(result: Drift) -> str:
    told: Sequence[str] = [
        f"{row['text']} "
        + ("cannot be told" if pd.isna(row["estimate"]) else f"{row['estimate']:+.2f}")
        + (f" ({row['lower']:+.2f} to {row['upper']:+.2f})" if pd.notna(row["lower"]) else "")
        for _, row in result.parts.iterrows()
    ]
    return f"Parts of the change in scores, in levels. {_parts_title(result)}. {'; '.join(told)}."
