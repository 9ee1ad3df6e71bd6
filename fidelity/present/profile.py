"""The profile of a rubric: every component mean with its interval, on the whole of its scale.

Measures on one scale stand together over one axis. A ratio or a total has an axis of its own. A
published line is drawn beside its own measure and no other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fidelity.present import scope, style
from fidelity.present.distribution import level_distribution
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, wrapped
from fidelity.words import (
    NOUNS,
    TOO_FEW,
    several,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.scores import GroupScores

#: Inches: the names, the printed numbers, and the axis between them.
_NAMES, _NUMBERS = 2.25, 1.85
_LEFT, _RIGHT = _NAMES + 0.1, WIDTH - _NUMBERS - 0.15
_ROW, _TICKS, _GAP = 0.3, 0.26, 0.1
#: Lines of a profile for which a first page has room.
_FIRST_PAGE = 6
_KINDS = ("mean", "ratio", "total")


@dataclass(frozen=True)
class Line:
    """One measure as it is drawn.

    Attributes:
        measure, title, kind: as in the rubric.
        role: who scored, where several roles did.
        estimate, lower, upper: NaN where withheld or under 5 pieces.
        n: pieces with a value.
        missing: pieces without one.
        reason: why it is withheld; "" where it is not.
        ends: of its scale.
        percent: whether it prints as a percentage.
        published: published lines beside it, with their labels.
        overall: whether it is a composite.
        count: for the share of a band, how many pieces it holds.
    """

    measure: str
    title: str
    kind: str
    estimate: float
    lower: float
    upper: float
    n: int
    missing: int
    reason: str
    ends: tuple[float, float]
    percent: bool
    published: tuple[tuple[float, str], ...]
    overall: bool
    role: str = ""
    count: int | None = None

    @property
    def name(self) -> str:
        """The title, and who scored where several roles did."""
        return f"{self.title}, scored by {self.role}" if self.role else self.title

    @property
    def said(self) -> bool:
        """Whether there is a value to draw."""
        return not math.isnan(self.estimate)

    def number(self, value: float, decimals: int = 1) -> str:
        """A value in the unit of the measure."""
        return f"{100 * value:.0f}%" if self.percent else f"{value:.{decimals}f}"


def component_profile(scores: GroupScores, ax: Axes | None = None, *, place: str = "") -> Picture:
    """Means of components, composites and ratios of all pieces, with intervals.

    Args:
        scores: the result of `fidelity.score`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` has one row a measure (and role): measure, title, kind, role,
        estimate, lower, upper, n_pieces, n_missing, reason, scale_lowest, scale_highest. A rubric
        that averages nothing gets its `level_distribution`.
    """
    lines = list(profile_lines(scores))
    if not lines:
        return level_distribution(scores, ax, place=place)
    return drawn_profile(lines, title(scores, lines), scope.subtitle(scores, _what(lines), place),
                         _notes(scores, lines), ax)  # fmt: skip


def first_lines(scores: GroupScores) -> list[Line]:
    """The measures over the first axis, of the first role: what a first page has room for."""
    lines = list(profile_lines(scores))
    end = next((n + 1 for n in range(len(lines)) if axis_after(lines, n)), 0)
    return [line for line in lines[:end] if line.role == lines[0].role][:_FIRST_PAGE]


def short_profile(scores: GroupScores, *, place: str = "") -> Picture:
    """The profile of `first_lines` alone, without published lines and reasons."""
    lines = [replace(line, published=()) for line in first_lines(scores)]
    return drawn_profile(
        lines, title(scores, lines), scope.subtitle(scores, _what(lines), place),
        islice(_notes(scores, lines), 1),
    )  # fmt: skip


def profile_lines(scores: GroupScores) -> Iterator[Line]:
    """The measures of all pieces, in the order of the rubric; of each role apart."""
    groups = scope.wholes(scores)
    for group in groups:
        rows = group.rows(scores.table, scores.by)
        for _, row in rows[rows["kind"].isin(_KINDS)].iterrows():
            line = _line(scores, row)
            yield replace(line, role=group.role) if len(groups) > 1 else line


def _line(scores: GroupScores, row: pd.Series) -> Line:
    rubric, name, n = scores.rubric, str(row["measure"]), int(row["n_pieces"])
    ratio = next((r for r in rubric.ratios if r.id == name), None)
    few = 0 < n < TOO_FEW
    reason = _withheld(scores, row) if n == 0 or math.isnan(row["estimate"]) else ""
    estimate, lower, upper = math.nan, math.nan, math.nan
    if not few and not reason:
        estimate, lower, upper = (float(row[key]) for key in ("estimate", "lower", "upper"))
    published = [(float(x.value), x.label) for x in scores.reference_lines if x.of == name]
    return Line(
        measure=name,
        title=rubric.titles[name],
        kind=str(row["kind"]),
        estimate=estimate,
        lower=lower,
        upper=upper,
        n=n,
        missing=int(row["n_missing"]),
        reason=f"too few to say (under {TOO_FEW})" if few else reason,
        ends=_ends(scores, name, [estimate, upper, *(value for value, _ in published)]),
        percent=ratio is not None and ratio.percent,
        published=tuple(published),
        overall=any(composite.id == name for composite in rubric.composites),
    )


def _withheld(scores: GroupScores, row: pd.Series) -> str:
    """Why there is no value: the commonest reason among the assessments that count."""
    table = scope.counted_assessments(scores)
    if table.empty:
        return "nothing was scored"
    column = f"{row['measure']}_reason"
    reasons = table[column][table[column] != ""] if column in table else pd.Series(dtype=object)
    return str(row["reason"]) if reasons.empty else str(reasons.mode().iloc[0])


def _ends(scores: GroupScores, name: str, shown: Sequence[float]) -> tuple[float, float]:
    """The whole scale of a mean; for a ratio or total from 0 to a round number above it."""
    rubric = scores.rubric
    ratio = next((r for r in rubric.ratios if r.id == name), None)
    if ratio is None:
        scale = rubric.scale_of(_an_item(scores, name))
        return float(scale.minimum), float(scale.maximum)
    known = [value for value in shown if not math.isnan(value)]
    top = max(known, default=1.0)
    return 0.0, 1.0 if ratio.percent else round_above(top)


def _an_item(scores: GroupScores, name: str) -> str:
    rubric = scores.rubric
    while True:
        for component in rubric.components:
            if component.id == name:
                return next(item.id for item in component.items if item.scored)
        if name in rubric.items:
            return name
        name = next(c for c in rubric.composites if c.id == name).of[0]


def round_above(value: float) -> float:
    """The next of 1, 2, 4, 5, 10, 20, ... that is not below a value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value * (1 - 1e-9))


def title(scores: GroupScores, lines: Sequence[Line]) -> str:
    """The finding, from the intervals that are drawn.

    A part is said to be lower than another only where their intervals do not overlap, which is
    stricter than a test of their difference; it allows for having looked for lowest and highest.
    """
    known = [line for line in lines if line.said]
    if not known:
        if any(line.n for line in lines):
            return f"Too few {NOUNS[scores.rubric.looks_at][1]} to say how practice stands"
        return "Nothing can be said yet"
    apart = furthest_apart(known)
    if apart:
        return f"“{short(apart[0].title)}” is scored lower than “{short(apart[1].title)}”"
    if sum(_is_part(line) for line in known) > 1:
        return "No part clearly stands apart from the others"
    return f"{short(known[0].title)}: {known[0].number(known[0].estimate)}"


def furthest_apart(lines: Sequence[Line]) -> tuple[Line, Line] | None:
    """The lowest and highest component where their intervals do not overlap, else None.

    Compared on one scale and within one role; the first role where it is so.
    """
    for like in dict.fromkeys((line.role, line.ends) for line in lines):
        parts = [line for line in lines if (line.role, line.ends) == like and _is_part(line)]
        if len(parts) > 1:
            low, high = (f(parts, key=lambda line: line.estimate) for f in (min, max))
            if low.upper < high.lower:  # never so where an interval is NaN
                return low, high
    return None


def _is_part(line: Line) -> bool:
    return line.said and line.kind == "mean" and not line.overall


def short(text: str) -> str:
    """A title without what stands in brackets or after a colon."""
    return re.sub(r" \([^)]*\)|: [^,]*", "", text)


def drawn_profile(
    lines: Sequence[Line], title: str, subtitle: str, notes: Iterator[str], ax: Axes | None = None
) -> Picture:
    """The picture of lines; the title must come from the same lines."""
    with style.drawing():
        names = [_name(line) for line in lines]
        heights = [max(_ROW, len(name) * leading(SMALL) + 0.1) for name in names]
        ends = [axis_after(lines, number) for number in range(len(lines))]
        body = sum(heights) + sum(_TICKS + _GAP for end in ends if end) - _GAP
        sheet = Sheet(title, subtitle, body, list(notes), ax)
        y = start = sheet.top
        for line, name, height, last in zip(lines, names, heights, ends, strict=True):
            _draw_line(sheet, line, name, y, height)
            y += height
            if last:
                _draw_axis(sheet, line, start, y)
                y += _TICKS + _GAP
                start = y
    return sheet.done(_alt(title, lines), pd.DataFrame([_datum(line) for line in lines]))


def axis_after(lines: Sequence[Line], number: int) -> bool:
    """Whether the axis ends below this line: the next has another scale."""
    if number == len(lines) - 1:
        return True
    one, other = lines[number], lines[number + 1]
    return (one.kind, one.ends, one.percent) != (other.kind, other.ends, other.percent)


def _name(line: Line) -> list[str]:
    lines = wrapped(line.name, _NAMES, SMALL, bold=line.overall)
    if line.published:
        lines += wrapped(f"Dashed: {_labels(line)}", _NAMES, SMALL)
    return lines


def _labels(line: Line) -> str:
    """The labels of published lines; what stands before a comma in all of them is said once."""
    split = [label.partition(", ") for _, label in line.published]
    if len({first for first, _, _ in split}) == 1 and all(rest for _, _, rest in split):
        return f"{split[0][0]}: {'; '.join(rest for _, _, rest in split)}"
    return "; ".join(label for _, label in line.published)


def _at(line: Line, value: float) -> float:
    low, high = line.ends
    held = min(max(value, low), high)
    return _LEFT + (held - low) / (high - low) * (_RIGHT - _LEFT)


def _draw_line(sheet: Sheet, line: Line, name: list[str], y: float, height: float) -> None:
    middle, weight = y + height / 2, "bold" if line.overall else "normal"
    first = len(wrapped(line.name, _NAMES, SMALL, bold=line.overall))
    top = middle - len(name) * leading(SMALL) / 2
    sheet.lines(name[:first], 0, top, SMALL, weight=weight)
    sheet.lines(name[first:], 0, top + first * leading(SMALL), SMALL, color=style.QUIET)
    if not line.said:
        sheet.hatched(_LEFT, middle - 0.07, _RIGHT - _LEFT, 0.14)
        told = line.reason if line.kind == "share" else f"n {line.n}: {line.reason}"
        words = wrapped(told, _NUMBERS, SMALL)
        sheet.block(words, WIDTH - _NUMBERS, middle, SMALL)
        return
    for value, _ in line.published:
        x = _at(line, value)
        sheet.line([x, x], [y + 0.03, y + height - 0.03], linestyle=(0, (3, 2)), zorder=2)
    if not math.isnan(line.lower):
        ends = [_at(line, line.lower), _at(line, line.upper)]
        sheet.line(ends, [middle] * 2, color=style.CATEGORICAL[0], linewidth=2.6, zorder=3)
    x = _at(line, line.estimate)
    marker = "D" if line.overall else "o"
    sheet.axes.plot([x], [middle], marker, color=style.CATEGORICAL[0], markersize=7.5, zorder=4,
                    markeredgecolor=style.WHITE)  # fmt: skip
    sheet.text(WIDTH - _NUMBERS, middle, printed(line), SMALL, weight=weight)
    sheet.text(WIDTH, middle, f"n {line.n}", SMALL, ha="right")


def printed(line: Line) -> str:
    """Estimate and interval as they stand beside the mark: "3.4 (3.2 to 3.6)"."""
    decimals = 2 if line.kind == "ratio" else 1
    told = line.number(line.estimate, decimals)
    if math.isnan(line.lower):
        return f"{told} (no interval)"
    low, high = line.ends
    lower, upper = (line.number(v, decimals) for v in
                    (max(line.lower, low), line.upper if line.kind != "mean" else
                     min(line.upper, high)))  # fmt: skip
    return f"{told} ({lower} to {upper})"


def in_brackets(line: Line) -> str:
    """Estimate and interval for a sentence that puts them in brackets: "3.4, 3.2 to 3.6"."""
    return printed(line).replace(" (", ", ").rstrip(")")


def _draw_axis(sheet: Sheet, line: Line, top: float, bottom: float) -> None:
    low, high = line.ends
    for value in ticks(low, high):
        x = _at(line, value)
        sheet.line([x, x], [top, bottom], color=style.FAINT, linewidth=0.7, zorder=0)
        sheet.text(x, bottom + _TICKS / 2, tick_text(line, value), SMALL, ha="center",
                   color=style.QUIET)  # fmt: skip
    sheet.line([_LEFT, _RIGHT], [bottom, bottom], color=style.QUIET, linewidth=0.8, zorder=1)


def ticks(low: float, high: float) -> list[float]:
    """Whole numbers of a short scale, else the ends and three between."""
    if high - low <= 10 and float(high - low).is_integer() and high - low >= 2:
        step = 1 if high - low <= 6 else 2
        return [low + step * k for k in range(int((high - low) / step) + 1)]
    return list(np.linspace(low, high, 5))


def tick_text(line: Line, value: float) -> str:
    """A value on an axis."""
    return f"{100 * value:.0f}%" if line.percent else f"{value:g}"


def _what(lines: Sequence[Line]) -> str:
    kinds = dict.fromkeys("mean" if line.kind == "mean" else "ratio" for line in lines)
    words = {"mean": "Mean level", "ratio": "ratio or total"}
    text = " and ".join(words[kind] for kind in kinds)
    return text[:1].upper() + text[1:] or "Mean level"


def _notes(scores: GroupScores, lines: Sequence[Line]) -> Iterator[str]:
    confidence = f"{100 * scores.method['confidence']:.0f}%"
    if any(line.said and not math.isnan(line.lower) for line in lines):
        text = f"Bars are {confidence} intervals"
        rows = pd.concat([g.rows(scores.table, scores.by) for g in scope.wholes(scores)])
        if (rows["reason"] == "few clusters").any():
            text += (
                f"; they rest on fewer than 10 {several(scores.method['cluster'])}, so read them "
                "as rough"
            )
        if any(line.said and (line.lower < line.ends[0] or
                              (line.kind == "mean" and line.upper > line.ends[1]))
               for line in lines):  # fmt: skip
            text += "; cut off at the end of the scale where they would pass it"
        yield text + "."
    missing = [f"{short(line.name)} {line.missing}" for line in lines if line.said and line.missing]
    if missing:
        yield f"Without enough answers, so not in the mean: {', '.join(missing)}."


def _alt(title: str, lines: Sequence[Line]) -> str:
    told = [f"{short(line.name)} {printed(line)}, n {line.n}" if line.said
            else f"{short(line.name)} withheld ({line.reason})" for line in lines]  # fmt: skip
    return f"Means with intervals. {title}: {'; '.join(told) or 'no measures'}."


def _datum(line: Line) -> dict[str, object]:
    return {
        "measure": line.measure, "title": line.title, "kind": line.kind,
        "role": line.role, "estimate": line.estimate, "lower": line.lower, "upper": line.upper,
        "n_pieces": line.n, "n_missing": line.missing, "reason": line.reason,
        "scale_lowest": line.ends[0], "scale_highest": line.ends[1],
    }  # fmt: skip
