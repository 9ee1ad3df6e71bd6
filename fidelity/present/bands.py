"""How many pieces of practice lie in each band, by group.

"Cannot say" stays in every denominator. Groups keep their local order; nothing is sorted by
score. The interval is that of the first band.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.counted import labels
from fidelity.errors import UsageError
from fidelity.present import scope, style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, width_of, wrapped
from fidelity.words import (
    NOUNS,
    TOO_FEW,
    percent,
    several,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.scores import GroupScores

#: Inches: the groups, the printed numbers (with room for them in the widest of our typefaces), the
#: height of a bar.
_GROUPS, _NUMBERS, _BAR = 1.6, 2.3, 0.24
_LEFT, _RIGHT = _GROUPS + 0.1, WIDTH - _NUMBERS - 0.15
_ROW, _AXIS = 0.46, 0.3


@dataclass(frozen=True)
class GroupBands:
    """The pieces of one group by band.

    Attributes:
        group: the group.
        counts: number of pieces by band, best first, and last "cannot say".
        share, lower, upper: of the first band; NaN under 5 pieces or where there is no interval.
        reason: why there is no interval, or why it is to be read with care.
    """

    group: scope.Group
    counts: tuple[int, ...]
    share: float
    lower: float
    upper: float
    reason: str

    @property
    def n(self) -> int:
        """All pieces, "cannot say" among them."""
        return sum(self.counts)

    @property
    def too_few(self) -> bool:
        """Whether the share is left out."""
        return self.n < TOO_FEW

    @property
    def mostly_unsaid(self) -> bool:
        """Whether for more than half of the pieces no band can be said."""
        return 2 * self.counts[-1] > self.n


def band_titles(scores: GroupScores) -> list[str]:
    """The bands as people read them, best first, and last "cannot say".

    Raises:
        UsageError: the rubric has no bands.
    """
    if scores.rubric.bands is None:
        raise UsageError(
            f"{scores.rubric.id} has no bands, so there is no distribution over bands. See "
            "component_profile() or level_distribution()."
        )
    return [*(band.title for band in scores.rubric.bands.levels), "cannot say"]


def bands_by_group(scores: GroupScores) -> list[GroupBands]:
    """The bands of every group in the order of the table, and last of the whole.

    Raises:
        UsageError: the rubric has no bands.
    """
    band_titles(scores)
    return [_group_bands(scores, group) for group in scope.groups(scores)]


def band_rows(scores: GroupScores, group: scope.Group, kind: str = "band") -> pd.DataFrame:
    """The rows of a group's table for its bands, best first, and last "cannot say"."""
    rows = group.rows(scores.table, scores.by)
    return rows[rows["kind"] == kind].reset_index(drop=True)


def band_counts(scores: GroupScores, group: scope.Group, kind: str = "band") -> tuple[int, ...]:
    """Number of pieces in each band, best first, and last "cannot say"."""
    return _counts(scores, group, band_rows(scores, group, kind))


def _counts(scores: GroupScores, group: scope.Group, rows: pd.DataFrame) -> tuple[int, ...]:
    if scores.method["weighted"]:  # shares are of the frame; counts are of what was looked at
        held = _assessed(scores, group)[str(rows["kind"].iloc[0]).replace(" ", "_")]
        return tuple(int((held == band).sum()) for band in rows["level"])
    n = rows["n_pieces"].to_numpy(int)
    share = rows["estimate"].fillna(0.0).to_numpy(float)
    return tuple(round(value) for value in share * n)


def _assessed(scores: GroupScores, group: scope.Group) -> pd.DataFrame:
    """The counted assessments of a group."""
    table = scope.counted_assessments(scores)
    for name, key in zip(scores.by, group.keys, strict=True):
        if key != scope.ALL and name in table:
            table = table[labels(table[name]) == key]
    return table


def _group_bands(scores: GroupScores, group: scope.Group) -> GroupBands:
    rows = band_rows(scores, group)
    counts, first = _counts(scores, group, rows), rows.iloc[0]
    share, lower, upper = math.nan, math.nan, math.nan
    if sum(counts) >= TOO_FEW:
        share, lower, upper = (float(first[name]) for name in ("estimate", "lower", "upper"))
    return GroupBands(group, counts, share, lower, upper, str(first["reason"]))


def band_distribution(
    scores: GroupScores, ax: Axes | None = None, *, place: str = "", whole: bool = False
) -> Picture:
    """Bands by group as stacked shares, with counts and the interval of the first band.

    Args:
        scores: the result of `fidelity.score`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.
        whole: draw all pieces together, and no groups.

    Returns:
        The picture. Its `data` has one row a group and band: group, band, count, n_pieces, and
        for the first band share, lower, upper (NaN under 5 pieces) and reason.

    Raises:
        UsageError: the rubric has no bands.
    """
    titles = band_titles(scores)
    groups = [bands for bands in bands_by_group(scores) if bands.group.whole or not whole]
    data = pd.DataFrame(_data(groups, titles)).astype({"count": "Int64"})
    with style.drawing():
        keys = _key(titles)
        heights = [max(_ROW, len(_label(g)) * leading(SMALL) + 0.12) for g in groups]
        gap = 0.12 if len(groups) > 1 else 0.0
        sheet = Sheet(
            _title(scores, groups, titles),
            scope.subtitle(scores, f"Share of {NOUNS[scores.rubric.looks_at][1]} by band", place),
            0.22 * len(keys) + 0.1 + sum(heights) + gap + _AXIS,
            list(_notes(scores, groups, titles)), ax,
        )  # fmt: skip
        y = _draw_key(sheet, keys, titles) + 0.1
        top = y
        for bands, height in zip(groups, heights, strict=True):
            if bands.group.whole:
                y += gap
                gap = 0.0
            _draw_bar(sheet, bands, y, height)
            y += height
        _draw_axis(sheet, top, y)
    return sheet.done(_alt(scores, groups, titles), data)


def _label(bands: GroupBands) -> list[str]:
    return wrapped(bands.group.label, _GROUPS, SMALL, bold=bands.group.whole, most=3)


def _colours(n_bands: int) -> list[str]:
    """Dark for the first band, light for the last."""
    return style.shades(n_bands)[::-1]


def _key(titles: Sequence[str]) -> list[list[tuple[int, str, float]]]:
    lines: list[list[tuple[int, str, float]]] = [[]]
    for number, title in enumerate(titles):
        width = width_of(title, SMALL) + 0.45
        if lines[-1] and sum(w for *_, w in lines[-1]) + width > WIDTH:
            lines.append([])
        lines[-1].append((number, title, width))
    return lines


def _draw_key(
    sheet: Sheet, lines: list[list[tuple[int, str, float]]], titles: Sequence[str]
) -> float:
    colours, y = _colours(len(titles) - 1), sheet.top + 0.09
    for line in lines:
        x = 0.0
        for number, title, width in line:
            if number < len(colours):
                sheet.box(x, y - 0.07, 0.2, 0.14, facecolor=colours[number],
                          edgecolor=style.QUIET, linewidth=0.6)  # fmt: skip
            else:
                sheet.hatched(x, y - 0.07, 0.2, 0.14)
            sheet.text(x + 0.26, y, title, SMALL)
            x += width
        y += 0.22
    return y - 0.11


def _draw_bar(sheet: Sheet, bands: GroupBands, y: float, height: float) -> None:
    middle = y + height / 2
    weight = "bold" if bands.group.whole else "normal"
    sheet.block(_label(bands), 0, middle, SMALL, weight=weight)
    sheet.text(WIDTH, middle, f"n {bands.n}", SMALL, ha="right")
    if bands.n == 0:
        sheet.text(WIDTH - _NUMBERS, middle, "nothing scored", SMALL)
        return
    if bands.too_few:
        sheet.hatched(_LEFT, middle - _BAR / 2, _RIGHT - _LEFT, _BAR)
        sheet.text(WIDTH - _NUMBERS, middle, "too few to say", SMALL)
        return
    _draw_parts(sheet, bands, middle)
    told = percent(bands.share)
    if math.isnan(bands.lower):
        told += " (no interval)"
    else:
        told += f" ({percent(bands.lower)} to {percent(bands.upper)})"
        ends = [_at(bands.lower), _at(bands.upper)]
        below = middle + _BAR / 2 + 0.05
        sheet.line(ends, [below] * 2, linewidth=1.6)
        for x in ends:
            sheet.line([x, x], [below - 0.03, below + 0.03], linewidth=1.2)
    sheet.text(WIDTH - _NUMBERS, middle, told, SMALL, weight=weight)


def _at(share: float) -> float:
    return _LEFT + min(max(share, 0.0), 1.0) * (_RIGHT - _LEFT)


def _draw_parts(sheet: Sheet, bands: GroupBands, middle: float) -> None:
    """The parts of a bar; the last, hatched, is "cannot say"."""
    colours, x = _colours(len(bands.counts) - 1), _LEFT
    for number, count in enumerate(bands.counts):
        width = (_RIGHT - _LEFT) * count / bands.n
        if count:
            top = middle - _BAR / 2
            said = number < len(colours)
            colour = colours[number] if said else style.WHITE
            if said:
                sheet.box(x, top, width, _BAR, facecolor=colour, linewidth=0.8)
            else:
                sheet.hatched(x, top, width, _BAR)
            if width > width_of(str(count), SMALL) + 0.06:
                legible = {"facecolor": colour, "edgecolor": "none", "pad": 0.8}
                sheet.text(x + width / 2, middle, count, SMALL, ha="center",
                           color=style.text_on(colour), bbox=legible)  # fmt: skip
        x += width
    sheet.box(_LEFT, middle - _BAR / 2, _RIGHT - _LEFT, _BAR, facecolor="none",
              edgecolor=style.HATCH, linewidth=0.6)  # fmt: skip


def _draw_axis(sheet: Sheet, top: float, bottom: float) -> None:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _at(share)
        sheet.line([x, x], [top, bottom], color=style.FAINT, linewidth=0.7, zorder=0)
        sheet.text(x, bottom + 0.12, percent(share), SMALL, ha="center", color=style.QUIET)


def _title(scores: GroupScores, groups: Sequence[GroupBands], titles: Sequence[str]) -> str:
    """The finding, from the counts and the flag `too_few` of the whole."""
    several = NOUNS[scores.rubric.looks_at][1]
    whole = [bands for bands in groups if bands.group.whole]
    if not any(bands.n for bands in whole):
        return f"No {several} to say anything about"
    if all(bands.too_few for bands in whole):
        return f"Too few {several} to say how practice stands"
    first = next(bands for bands in whole if not bands.too_few)
    if first.mostly_unsaid:
        text = f"For {first.counts[-1]} of {first.n} {several} no band can be said"
    else:
        text = f"{first.counts[0]} of {first.n} {several} {_are(titles[0])}"
    return f"{text}, as scored by role {first.group.role}" if first.group.role else text


def _are(title: str) -> str:
    return f"are {title[:1].lower()}{title[1:]}"


def _notes(
    scores: GroupScores, groups: Sequence[GroupBands], titles: Sequence[str]
) -> Iterator[str]:
    confidence = percent(scores.method["confidence"])
    if any(not math.isnan(bands.lower) for bands in groups):
        text = "Numbers in the bars are counts. At the right and below the bars: share "
        text += f"{titles[0]}, with its {confidence} interval"
        if any(bands.reason == "few clusters" for bands in groups):
            text += f", rough where it rests on few {several(scores.method['cluster'])}"
        yield text + "."
    if any(bands.too_few and bands.n for bands in groups):
        yield f"Hatched from end to end: fewer than {TOO_FEW}, too few to say."
    if scores.method["weighted"]:
        yield "Shares are weighted by the size of each stratum; the bars show what was looked at."


def _alt(scores: GroupScores, groups: Sequence[GroupBands], titles: Sequence[str]) -> str:
    told = []
    for bands in groups:
        pairs = zip(bands.counts, titles, strict=True)
        parts = ", ".join(f"{n} {title}" for n, title in pairs if n)
        few = f"n {bands.n}, too few to say"
        told.append(f"{bands.group.label}: {few if bands.too_few else parts}")
    return f"Stacked bars by group. {_title(scores, groups, titles)}. {'; '.join(told)}."


def _data(groups: Sequence[GroupBands], titles: Sequence[str]) -> Iterator[dict[str, object]]:
    for bands in groups:
        for number, title in enumerate(titles):
            count = None if bands.too_few else bands.counts[number]
            values = [bands.share, bands.lower, bands.upper] if number == 0 else [math.nan] * 3
            yield {
                "group": bands.group.label, "band": title, "count": count,
                "n_pieces": bands.n, "share": values[0], "lower": values[1],
                "upper": values[2], "reason": bands.reason if number == 0 else "",
            }  # fmt: skip
