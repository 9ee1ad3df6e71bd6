"""How a gain lasts after a training, and skill beside behaviour over time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fidelity.present import style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, width_of, wrapped
from fidelity.words import TOO_FEW, counted_as, pieces

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.skills import Skills

_HIGHER, _LOWER, _FEW = "higher after", "lower after", "too few to say"
_CORRECTED = "shift in scoring taken off"
#: Inches: ends of the axis, its height, and room above and below it.
_LEFT, _RIGHT, _TALL, _BELOW, _KEY = 0.45, WIDTH - 0.15, 2.9, 0.55, 0.3
#: What strands are called in a title, by what they look at.
_SHORT = {
    "direct_practice": "visits", "case_file": "files", "supervision": "supervision",
    "family": "families", "staff": "staff", "organisation": "organisation",
}  # fmt: skip
_MARKS = ("o", "s", "D", "^")
#: Lines that one picture holds.
_MOST = 4


class _Frame:
    """An axis of time and a scale, in inches on a sheet."""

    def __init__(
        self, top: float, x: tuple[float, float], y: tuple[float, float], right: float = _RIGHT
    ) -> None:
        self.top, self.x_ends, self.y_ends, self.right = top, x, y, right

    @property
    def bottom(self) -> float:
        return self.top + _TALL

    def x(self, value: float) -> float:
        low, high = self.x_ends
        return _LEFT + (value - low) / (high - low) * (self.right - _LEFT)

    def y(self, value: float) -> float:
        low, high = self.y_ends
        return self.bottom - (min(max(value, low), high) - low) / (high - low) * _TALL


def decay_curve(
    result: Skills, ax: Axes | None = None, *, strand: str | None = None, place: str = ""
) -> Picture:
    """Means by months since the training, with the fitted curve and its band.

    Args:
        result: of `fidelity.skills`.
        ax: axes to draw in; a figure of its own if not given.
        strand: which kind of practice; the first if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` are the means by months since the training.
    """
    strand = strand or next(iter(result.halves))
    points = result.points[result.points["strand"] == strand].reset_index(drop=True)
    curve = result.curves[result.curves["strand"] == strand]
    longest = float(np.nanmax([*points["to_month"], 6.0]))
    with style.drawing():
        notes = list(_curve_notes(result, strand))
        title, below = curve_title(result, strand), _curve_subtitle(result, strand, place)
        sheet = Sheet(title, below, _KEY + _TALL + _BELOW, notes, ax)
        frame = _Frame(sheet.top + _KEY, (-4.5, longest), result.scales[strand])
        _draw_scale(sheet, frame)
        _draw_months(sheet, frame, longest)
        if result.halves[strand].gained:
            _draw_band(sheet, frame, curve)
        corrected = result.counts[strand]["scoring"] is not None
        _draw_points(sheet, frame, points, corrected)
        _draw_curve_key(sheet, corrected, result.halves[strand].gained)
    return sheet.done(_curve_alt(result, strand, points), points)


def curve_title(result: Skills, strand: str) -> str:
    """The finding, from the same flags as the marks."""
    half = result.halves[strand]
    if not len(half.times):
        return "Too few to tell a gain after the training"
    if not half.gained:
        return "No gain after the training can be told"
    side = "Higher" if half.gain.value > 0 else "Lower"
    if half.fades:
        return f"{side} after the training, half gone after about {half.half_life.value:.0f} months"
    return f"{side} after the training; no fading can be told"


def _curve_subtitle(result: Skills, strand: str, place: str) -> str:
    counts, (title, score) = result.counts[strand], result.titles[strand]
    n = f"{pieces(counts['rubric'], counts['before'])} before, {counts['after']} after"
    people = counted_as(counts["trained"], "person trained", "people trained")
    return " · ".join(p for p in (title, score, place, people, n) if p)


def _curve_notes(result: Skills, strand: str) -> Iterator[str]:
    half, confidence = result.halves[strand], result.method["confidence"]
    if half.gained:
        life = half.half_life
        upper = "no upper end" if math.isinf(life.upper) else f"{life.upper:.0f}"
        value = "no end" if math.isinf(life.value) else f"{life.value:.0f} months"
        yield (
            f"Half-life {value} ({life.lower:.0f} to {upper}). Band: {confidence:.0%} interval of "
            "what is left of the gain, above the level before."
        )
    if result.counts[strand]["scoring"] is not None:
        yield (
            "Hollow: as scored. Full, and the curve: with the shift in scoring taken off, as "
            "agreed scores or benchmark pieces show it."
        )
    yield (
        f"Bars: {confidence:.0%} intervals of the means as scored. After does not mean because of. "
        "For learning about practice, not for ranking."
    )


def _draw_scale(sheet: Sheet, frame: _Frame) -> None:
    low, high = frame.y_ends
    step = 1 if high - low <= 6 else max(1, round((high - low) / 5))
    for level in np.arange(low, high + 0.01, step):
        y = frame.y(float(level))
        sheet.line([_LEFT, frame.right], [y, y], color=style.FAINT, linewidth=0.7, zorder=0)
        sheet.text(_LEFT - 0.12, y, f"{level:g}", SMALL, ha="right", color=style.QUIET)


def _draw_months(sheet: Sheet, frame: _Frame, longest: float) -> None:
    y = frame.bottom
    sheet.line([_LEFT, frame.right], [y, y], color=style.QUIET, linewidth=0.8, zorder=1)
    step = 3 if longest <= 27 else 6 if longest <= 60 else 12
    for month in np.arange(0, longest + 0.5, step):
        sheet.text(frame.x(float(month)), y + 0.14, f"{month:.0f}", SMALL, ha="center",
                   color=style.QUIET)  # fmt: skip
    sheet.text(frame.x(-3.0), y + 0.14, "before", SMALL, ha="center", color=style.QUIET)
    sheet.text(frame.x(longest / 2), y + 0.14 + leading(SMALL) + 0.03,
               "months since the training", SMALL, ha="center", color=style.QUIET)  # fmt: skip
    zero = frame.x(0.0)
    sheet.line(
        [zero, zero], [frame.top, y], color=style.QUIET, linewidth=1.0, linestyle=(0, (3, 2))
    )


def _draw_band(sheet: Sheet, frame: _Frame, curve: pd.DataFrame) -> None:
    xs = [frame.x(month) for month in curve["month"]]
    low, high, middle = (
        [frame.y(v) for v in curve[name]] for name in ("lower", "upper", "estimate")
    )
    sheet.axes.fill_between(xs, low, high, color=style.FIVE_BLUES[1], linewidth=0, zorder=1)
    sheet.line(xs, middle, color=style.FIVE_BLUES[3], linewidth=2.2, zorder=2)


def _draw_points(sheet: Sheet, frame: _Frame, points: pd.DataFrame, corrected: bool) -> None:
    colour = style.CATEGORICAL[0]
    before = points[points["from_month"].isna()]
    if len(before) and not math.isnan(before["estimate"].iloc[0]):
        level = before["taken_off" if corrected else "estimate"].iloc[0]
        y = frame.y(level)
        sheet.line([_LEFT, frame.right], [y, y], color=style.QUIET, linewidth=0.9,
                   linestyle=(0, (1, 2)), zorder=1)  # fmt: skip
    for _, row in points.iterrows():
        if row["n_pieces"] < TOO_FEW:
            continue
        place = -3.0 if math.isnan(row["from_month"]) else (row["from_month"] + row["to_month"]) / 2
        x = frame.x(place)
        if not math.isnan(row["lower"]):
            ends = [frame.y(row["lower"]), frame.y(row["upper"])]
            sheet.line([x, x], ends, color=colour, linewidth=1.1, zorder=3)
        _mark(sheet, x, frame.y(row["estimate"]), colour, hollow=corrected)
        if corrected:
            _mark(sheet, x, frame.y(row["taken_off"]), colour)
        sheet.text(x, frame.bottom - 0.09, f"{int(row['n_pieces'])}", SMALL, ha="center",
                   color=style.QUIET)  # fmt: skip


def _mark(
    sheet: Sheet, x: float, y: float, colour: str, shape: str = "o", *, hollow: bool = False
) -> None:
    sheet.axes.plot(
        [x], [y], shape, markersize=6.5, zorder=4, color=style.WHITE if hollow else colour,
        markeredgecolor=colour if hollow else style.WHITE, markeredgewidth=1.3 if hollow else 0.6,
    )  # fmt: skip


def _draw_curve_key(sheet: Sheet, corrected: bool, gained: bool) -> None:
    x, y, colour = _LEFT + 0.08, sheet.top + _KEY / 2 - 0.06, style.CATEGORICAL[0]
    labels = [("mean as scored", corrected)]
    if corrected:
        labels.append(("shift in scoring taken off", False))
    for label, hollow in labels:
        _mark(sheet, x, y, colour, hollow=hollow)
        sheet.text(x + 0.13, y, label, SMALL)
        x += 0.13 + width_of(label, SMALL) + 0.3
    if gained:
        sheet.line([x - 0.08, x + 0.22], [y, y], color=style.FIVE_BLUES[3], linewidth=2.2)
        sheet.text(x + 0.3, y, "fitted", SMALL)
    sheet.text(_RIGHT, y, "numbers: pieces", SMALL, ha="right", color=style.QUIET)


def _curve_alt(result: Skills, strand: str, points: pd.DataFrame) -> str:
    text = f"Means by months since the training, with intervals. {curve_title(result, strand)}"
    column = "estimate" if result.counts[strand]["scoring"] is None else "taken_off"
    told = [
        ("before" if math.isnan(row["from_month"]) else f"{row['from_month']:.0f} months on")
        + f" {row[column]:.2f} of {int(row['n_pieces'])}"
        for _, row in points.iterrows()
        if row["n_pieces"] >= TOO_FEW
    ]
    return f"{text}: {'; '.join(told)}."


def side_by_side(result: Skills, ax: Axes | None = None, *, place: str = "") -> Picture:
    """Each kind of practice by calendar period, as scored, with trainings and events.

    Args:
        result: of `fidelity.skills`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` are the means by period that are drawn.
    """
    strands, others = _on_one_scale(result)
    data = result.over_time[result.over_time["strand"].isin(strands)].reset_index(drop=True)
    starts = pd.DatetimeIndex(data["start"])
    events = _marked_days(result)
    with style.drawing():
        notes = list(_beside_notes(result, others))
        rows = len(events)
        above = _KEY + len(strands) * leading(SMALL) + rows * leading(SMALL) + 0.08
        parts = (f"Means by {result.method['every'].replace('_', '-')}, as scored", place)
        sheet = Sheet(beside_title(result, strands), " · ".join(p for p in parts if p),
                      above + _TALL + _BELOW, notes, ax)  # fmt: skip
        days = starts.to_numpy().astype("datetime64[D]").astype(np.float64)
        length = float(np.diff(np.unique(days)).max()) if len(np.unique(days)) > 1 else 90.0
        frame = _Frame(sheet.top + above, (days.min(), days.max() + length),
                       result.scales[strands[0]])  # fmt: skip
        _draw_scale(sheet, frame)
        _draw_calendar(sheet, frame, np.unique(days), length)
        _draw_events(sheet, frame, events)
        for number, strand in enumerate(strands):
            _draw_line(sheet, frame, data[data["strand"] == strand], number, length, len(strands))
            _draw_line_key(sheet, result, strand, number)
    return sheet.done(_beside_alt(result, strands, data), data)


def _on_one_scale(result: Skills) -> tuple[list[str], list[str]]:
    """Strands on the scale of the first, as many as a picture holds; and the others."""
    scale = next(iter(result.scales.values()))
    same = [strand for strand, ends in result.scales.items() if ends == scale]
    kept = same[:_MOST]
    return kept, [strand for strand in result.scales if strand not in kept]


def beside_title(result: Skills, strands: Sequence[str]) -> str:
    """What the first half-year after the training shows in each kind of practice."""
    words = {_HIGHER: "higher", _LOWER: "lower", _FEW: "too few"}
    rows = result.table[
        (result.table["kind"] == "first half-year after") & (result.table["level"] == "authority")
    ]
    found: dict[str, list[str]] = {}
    for strand in strands:
        finding = rows.loc[rows["strand"] == strand, "finding"].iloc[0]
        name = _SHORT[result.counts[strand]["looks_at"]]
        found.setdefault(name, []).append(words.get(finding, "cannot be told"))
    told = [f"{name} {_together(each)}" for name, each in found.items()]
    return f"After the training: {', '.join(told)}"


def _together(findings: Sequence[str]) -> str:
    """One word for all, or in how many of them something can be told."""
    if len(set(findings)) == 1:
        return findings[0]
    n = len(findings)
    moved = [f"{side} in {findings.count(side)} of {n}" for side in ("higher", "lower")
             if side in findings]  # fmt: skip
    return " and ".join(moved) or "cannot be told"


def _marked_days(result: Skills) -> list[tuple[pd.Timestamp, str, bool]]:
    """Trainings and events by date, with whether it is a training."""
    days = [(pd.Timestamp(row["date"]), str(row["programme"]), True)
            for _, row in result.training.iterrows()]  # fmt: skip
    days += [(pd.Timestamp(row["date"]), str(row["what"]), False)
             for _, row in result.events.iterrows()]  # fmt: skip
    return sorted(days, key=lambda day: day[0])


def _beside_notes(result: Skills, others: Sequence[str]) -> Iterator[str]:
    yield (
        f"Bars: {result.method['confidence']:.0%} intervals that allow for pieces of one "
        "practitioner being alike. Dashed: trainings; dotted: what else happened. After does not "
        f"mean because of, and scoring may have shifted. Periods with under {TOO_FEW} pieces are "
        "not drawn."
    )
    if others:
        names = ", ".join(result.titles[strand][0] for strand in others)
        yield f"Not drawn here (another scale, or too many lines): {names}."


def _draw_calendar(sheet: Sheet, frame: _Frame, days: np.ndarray, length: float) -> None:
    y = frame.bottom
    sheet.line([_LEFT, frame.right], [y, y], color=style.QUIET, linewidth=0.8, zorder=1)
    every = max(1, math.ceil(len(days) / 8))
    for day in days[::every]:
        when = pd.Timestamp(np.datetime64(int(day), "D"))
        x = frame.x(float(day) + length / 2)
        sheet.text(x, y + 0.14, f"{when:%b}", SMALL, ha="center", color=style.QUIET)
        sheet.text(x, y + 0.14 + leading(SMALL), f"{when:%Y}", SMALL, ha="center",
                   color=style.QUIET)  # fmt: skip


def _draw_events(
    sheet: Sheet, frame: _Frame, events: Sequence[tuple[pd.Timestamp, str, bool]]
) -> None:
    """Each day as a line with its name above, one below another so that none overlap."""
    for number, (day, what, training) in enumerate(events):
        x = frame.x(float(np.datetime64(day.date(), "D").astype(np.int64)))
        if not _LEFT - 0.01 <= x <= frame.right + 0.01:
            continue
        y = frame.top - 0.06 - (len(events) - number - 0.5) * leading(SMALL)
        look = (0, (4, 2)) if training else (0, (1, 2))
        sheet.line([x, x], [y + 0.07, frame.bottom], color=style.HATCH, linewidth=0.9,
                   linestyle=look, zorder=0)  # fmt: skip
        told = wrapped(what, WIDTH / 2, SMALL, most=1)[0]
        right = x + width_of(told, SMALL) < WIDTH
        sheet.text(x + 0.04 if right else x - 0.04, y, told, SMALL, ha="left" if right else "right",
                   color=style.QUIET)  # fmt: skip


def _draw_line(
    sheet: Sheet, frame: _Frame, rows: pd.DataFrame, number: int, length: float, lines: int
) -> None:
    """Means joined by a line, set a little apart so that bars do not cover one another."""
    colour, apart = style.CATEGORICAL[number], (number - (lines - 1) / 2) * 0.09
    known = rows[rows["n_pieces"] >= TOO_FEW]
    days = pd.DatetimeIndex(known["start"]).to_numpy().astype("datetime64[D]").astype(np.float64)
    xs = [frame.x(float(day) + length / 2) + apart for day in days]
    ys = [frame.y(value) for value in known["estimate"]]
    sheet.line(xs, ys, color=colour, linewidth=1.8, zorder=3)
    for x, y, (_, row) in zip(xs, ys, known.iterrows(), strict=True):
        if not math.isnan(row["lower"]):
            ends = [frame.y(row["lower"]), frame.y(row["upper"])]
            sheet.line([x, x], ends, color=colour, linewidth=1.0, zorder=2)
        _mark(sheet, x, y, colour, _MARKS[number])


def _draw_line_key(sheet: Sheet, result: Skills, strand: str, number: int) -> None:
    y = sheet.top + 0.1 + number * leading(SMALL)
    _mark(sheet, _LEFT + 0.08, y, style.CATEGORICAL[number], _MARKS[number])
    title, score = result.titles[strand]
    label = f"{title}: {score[:1].lower()}{score[1:]}"
    sheet.text(_LEFT + 0.22, y, wrapped(label, WIDTH - 0.8, SMALL, most=1)[0], SMALL)


def _beside_alt(result: Skills, strands: Sequence[str], data: pd.DataFrame) -> str:
    text = f"Lines over time with intervals. {beside_title(result, strands)}"
    told = []
    for strand in strands:
        known = data[(data["strand"] == strand) & (data["n_pieces"] >= TOO_FEW)]
        if len(known):
            first, last = known.iloc[0], known.iloc[-1]
            told.append(
                f"{result.titles[strand][0]} from {first['estimate']:.2f} in "
                f"{first['start']:%B %Y} to {last['estimate']:.2f} in {last['start']:%B %Y}"
            )
    return f"{text}: {'; '.join(told)}."
