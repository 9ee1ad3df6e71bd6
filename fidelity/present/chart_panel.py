"""One panel of a chart: points in time between their limits, with what happened marked above."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fidelity.present import style
from fidelity.present.chart_marks import SHAPES
from fidelity.present.figure import SMALL, Sheet, leading, width_of

#: Inches: beside the axis, above the points for words and letters, below for the periods.
AXIS, LANE, BELOW = 0.48, 0.2, 0.36


@dataclass(frozen=True)
class Scale:
    """The vertical axis that panels share.

    Attributes:
        low, high: its ends.
        ticks: values with a gridline, and how each is printed.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Panel:
    """Where one chart is drawn, in inches from the upper left corner of the sheet.

    Attributes:
        rows: the periods of one group.
        scale: the vertical axis.
        left, right: ends of the horizontal axis.
        top, bottom: ends of the vertical axis.
        quarters: whether periods are quarters.
        pad: room under the lowest value.
    """

    rows: pd.DataFrame
    scale: Scale
    left: float
    right: float
    top: float
    bottom: float
    quarters: bool
    pad: float = 0.06

    def x(self, place: float) -> float:
        """Where a period stands; 0 is the first."""
        return self.left + (place + 0.5) / len(self.rows) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where a value stands."""
        share = (value - self.scale.low) / (self.scale.high - self.scale.low)
        floor = self.bottom - self.pad
        return floor - min(max(share, 0.0), 1.0) * (floor - self.top)

    @property
    def pitch(self) -> float:
        """Inches from one period to the next."""
        return (self.right - self.left) / len(self.rows)


def scale_of(values: Sequence[float], bounds: tuple[float, float], share: bool) -> Scale:
    """An axis with round ends that holds all values, and no more than can be.

    Args:
        values: what must be seen: points, limits, target. NaN is passed over.
        bounds: least and greatest possible value.
        share: whether values are printed as percentages.
    """
    held = [v for v in values if math.isfinite(v)]
    least, most = (v if math.isfinite(v) else k for v, k in zip(bounds, (0.0, 1.0), strict=True))
    low, high = (min(held), max(held)) if held else (least, most)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    step = _step((high - low) / 4)
    low = max(math.floor(low / step + 1e-9) * step, bounds[0])
    high = min(math.ceil(high / step - 1e-9) * step, bounds[1])
    n = max(1, round((high - low) / step))
    at = [low + step * k for k in range(n + 1) if low + step * k <= high + 1e-9]
    decimals = 0 if step >= 1 else 1 if step >= 0.1 else 2
    return Scale(low, high, tuple(
        (v, f"{100 * v:.0f}%" if share else f"{v:.{decimals}f}") for v in at
    ))  # fmt: skip


def _step(wide: float) -> float:
    """The round number next above: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(wide))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= wide * 0.999)


def draw_panel(sheet: Sheet, panel: Panel, *, bars: bool, target: float | None) -> None:
    """Axis, limits and points; intervals of points where there are no limits."""
    for value, label in panel.scale.ticks:
        y = panel.y(value)
        sheet.line([panel.left, panel.right], [y, y], color=style.FAINT, linewidth=0.6, zorder=0)
        sheet.text(panel.left - 0.07, y, label, SMALL, ha="right", color=style.QUIET)
    sheet.line([panel.left, panel.right], [panel.bottom] * 2, color=style.QUIET, linewidth=0.8)
    if target is not None:
        y = panel.y(target)
        sheet.line([panel.left, panel.right], [y, y], linewidth=1.4, linestyle=(0, (1, 1.2)))
    _draw_limits(sheet, panel)
    _draw_points(sheet, panel, bars)
    _draw_periods(sheet, panel)


def _draw_limits(sheet: Sheet, panel: Panel) -> None:
    """Each phase by itself; limits step where they differ from period to period."""
    for _, phase in panel.rows.reset_index(drop=True).groupby("phase"):
        first, last = phase.index[0], phase.index[-1]
        edges = np.repeat(np.arange(first, last + 2) - 0.5, 2)[1:-1]
        for name, look in (
            ("center", {"linewidth": 1.2}),
            ("limit_lower", {"linewidth": 1.2, "linestyle": (0, (4, 2))}),
            ("limit_upper", {"linewidth": 1.2, "linestyle": (0, (4, 2))}),
        ):
            values = phase[name].to_numpy(np.float64)
            if np.isfinite(values).any():
                ys = [panel.y(v) if math.isfinite(v) else math.nan for v in np.repeat(values, 2)]
                sheet.line([panel.x(e) for e in edges], ys, color=style.QUIET, zorder=1, **look)


def _draw_points(sheet: Sheet, panel: Panel, bars: bool) -> None:
    rows = panel.rows.reset_index(drop=True)
    xs = [panel.x(k) for k in range(len(rows))]
    ys = [panel.y(v) if math.isfinite(v) else math.nan for v in rows["point"]]
    if rows["weighted"].notna().any():  # the points themselves stand small beside their mean
        sheet.axes.plot(xs, ys, "o", color=style.HATCH, markersize=2.6, zorder=2)
        ys = [panel.y(v) if math.isfinite(v) else math.nan for v in rows["weighted"]]
    for _, phase in rows.groupby("phase"):
        part = slice(phase.index[0], phase.index[-1] + 1)
        sheet.line(xs[part], ys[part], color=SHAPES[""][1], linewidth=1.0, zorder=2)
    for k, row in rows.iterrows():
        place = int(str(k))
        if not math.isfinite(row["point"]):
            continue
        if bars and math.isfinite(row["lower"]):
            ends = [panel.y(row["lower"]), panel.y(row["upper"])]
            sheet.line([xs[place]] * 2, ends, color=style.CATEGORICAL[0], linewidth=1.6, zorder=3)
        marker, colour = SHAPES[row["finding"]]
        sheet.axes.plot(
            [xs[place]], [ys[place]], marker, color=colour, markersize=6.0, zorder=4,
            markeredgecolor=style.WHITE, markeredgewidth=0.5,
        )  # fmt: skip


def _draw_periods(sheet: Sheet, panel: Panel) -> None:
    """The name of every so many periods, and the year below where it begins."""
    starts = list(panel.rows["start"])
    widest = 0.66 if panel.quarters else 0.38
    each = max(1, math.ceil(widest / panel.pitch))
    if each > 1:
        each = next(e for e in (2, 4, 8, 100) if e >= each) if panel.quarters else next(
            e for e in (2, 3, 6, 12, 24, 1000) if e >= each
        )  # fmt: skip
    year = None
    for place in range(0, len(starts), each):
        start = starts[place]
        text = f"{start:%b}"
        if panel.quarters:
            text = f"{start:%b}–{start + pd.DateOffset(months=2):%b}"
        y = panel.bottom + 0.12
        sheet.text(panel.x(place), y, text, SMALL, ha="center", color=style.QUIET)
        if start.year != year:
            year = start.year
            below = y + leading(SMALL)
            sheet.text(panel.x(place), below, str(year), SMALL, ha="center", color=style.QUIET)


def draw_rule_words(sheet: Sheet, panel: Panel, stretches: Iterator[pd.DataFrame]) -> None:
    """The names of rules over what they flag, or under it; one that finds no room is left out."""
    places = {period: k for k, period in enumerate(panel.rows["period"])}
    taken = {True: -math.inf, False: -math.inf}
    for stretch in stretches:
        up = int(stretch["direction"].iloc[0]) >= 0
        words = stretch["flags"].iloc[0].split("; ")[0]
        at = [panel.x(places[period]) for period in stretch["period"].iloc[[0, -1]]]
        half = width_of(words, SMALL) / 2
        x = min(max(sum(at) / 2, panel.left + half), panel.right - half)
        if x - half < taken[up] + 0.08:
            continue
        y = panel.top - LANE / 2 if up else panel.bottom - LANE / 2
        legible = {"facecolor": style.WHITE, "edgecolor": "none", "pad": 0.6}
        sheet.text(x, y, words, SMALL, ha="center", bbox=legible)
        taken[up] = x + half


def draw_letters(sheet: Sheet, panel: Panel, places: Sequence[tuple[float, str]], y: float) -> None:
    """Vertical lines with letters above, for events and new limits."""
    last = -math.inf
    for place, letter in places:
        x = panel.x(place)
        sheet.line([x, x], [panel.top, panel.bottom], color=style.QUIET, linewidth=0.9,
                   linestyle=(0, (1, 2)), zorder=1)  # fmt: skip
        at = max(x, last + width_of(letter, SMALL) + 0.06)
        sheet.text(at, y, letter, SMALL, ha="center", weight="bold")
        last = at
