"""Charts over time: one in full, or small multiples on one scale in their own order.

Flagged points have a shape and a colour of their own, the rule stands in words beside them, and
the title is made from the same flags. Limits are always in view. Where no series has points enough
for limits, rows of periods (or of the first and the latest) with their intervals stand instead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.analyses.chart_words import episodes, figure, is_whole, name_of, rows_of
from fidelity.present import style
from fidelity.present.chart_marks import SHAPES, draw_assurance, draw_variation
from fidelity.present.chart_panel import (
    AXIS,
    BELOW,
    LANE,
    Panel,
    Scale,
    draw_letters,
    draw_panel,
    draw_rule_words,
    scale_of,
)  # fmt: skip
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, width_of, wrapped
from fidelity.statistics.charts import TRIAL
from fidelity.words import NOUNS, TOO_FEW, counted_as, percent, pieces

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.chart import Charts

#: So many small multiples at most; the others are in the table.
MOST = 12
#: Inches: the plot of one chart, of a small one, room at the right for the names of lines.
_TALL, _SMALL_TALL, _LINES, _GAP = 2.5, 1.25, 1.25, 0.3
_HEAD = 0.46
_TOO_FEW = "too few points"


def chart_picture(result: Charts, ax: Axes | None = None, *, place: str = "") -> Picture:
    """The chart of a result, by what its data allow.

    Args:
        result: of `fidelity.chart`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` has the rows of the table that are drawn.
    """
    groups = [row for _, row in result.groups.iterrows()]
    if all(row["variation"] == _TOO_FEW for row in groups):
        from fidelity.present.chart_rows import chart_rows

        return chart_rows(result, ax, place=place)
    return _single(result, ax, place) if len(groups) == 1 else _multiples(result, ax, place)


def title(result: Charts) -> str:
    """The finding, from the flags that the marks are drawn from."""
    drawn = [row for _, row in result.groups.iterrows() if row["variation"] != _TOO_FEW]
    if not drawn:
        return "Too few points yet to tell what is usual"
    if len(result.groups) > 1:
        moved = [name_of(result, row) for row in drawn if row["n_flagged"]]
        few = len(result.groups) - len(drawn)
        if not moved and few:
            have = f"{few} of {len(result.groups)} series {'has' if few == 1 else 'have'}"
            return f"Nothing stands out; {have} too few points"
        if not moved:
            return f"Nothing stands out in {_charts(len(drawn))}"
        if len(moved) == 1:
            return f"Something stands out in 1 of {_charts(len(drawn))}: {moved[0]}"
        return f"Something stands out in {len(moved)} of {_charts(len(drawn))}"
    found = list(episodes(rows_of(result, drawn[0])))
    if not found:
        return f"No {result.plan.every} stands out from the usual"
    last = found[-1]
    way = {1: "higher than usual", -1: "lower than usual", 0: "out of the ordinary"}
    first, end = last["period"].iloc[0], last["period"].iloc[-1]
    when = first if first == end else f"{first} to {end}"
    told = f"{when}: {way[int(last['direction'].iloc[0])]}"
    return told if len(found) == 1 else f"{len(found)} stretches stand out, the last {told}"


def _charts(n: int) -> str:
    return "1 chart" if n == 1 else f"{n} charts"


def subtitle(result: Charts, place: str) -> str:
    """Measure, place, period and n."""
    plan = result.plan
    parts = (
        f"{result.measure.title}, by {plan.every}", place,
        plan.span, pieces(result.rubric, result.counts["pieces"]),
    )  # fmt: skip
    return " · ".join(part for part in parts if part)


def _single(result: Charts, ax: Axes | None, place: str) -> Picture:
    row = result.groups.iloc[0]
    rows = rows_of(result, row)
    letters = _letters(result)
    with style.drawing():
        scale = _scale(result, rows)
        top = 0.3 + LANE + (0.2 if letters else 0.0)
        counts = leading(SMALL) + 0.04
        body = top + _TALL + BELOW + counts + _key_height(result)
        sheet = Sheet(title(result), subtitle(result, place), body, list(_notes(result)), ax)
        head = sheet.top + 0.12
        x = draw_variation(sheet, 0.0, head, row["variation"], _up(rows))
        if row["assurance"]:
            draw_assurance(sheet, x, head, row["assurance"])
        panel = Panel(
            rows, scale, AXIS, WIDTH - _LINES, sheet.top + top, sheet.top + top + _TALL,
            result.plan.every == "quarter", LANE,
        )  # fmt: skip
        draw_panel(sheet, panel, bars=False, target=result.method["target"])
        draw_letters(sheet, panel, letters, panel.top - LANE - 0.1)
        draw_rule_words(sheet, panel, episodes(rows))
        _draw_line_names(sheet, panel, result)
        _draw_counts(sheet, panel, result)
        _draw_key(sheet, result, panel.bottom + BELOW + counts)
    return sheet.done(_alt(result), rows.reset_index(drop=True))


def _multiples(result: Charts, ax: Axes | None, place: str) -> Picture:
    groups = [row for _, row in result.groups.iterrows()]
    shown = groups[:MOST] if len(groups) > MOST + 1 else groups
    if len(groups) > MOST + 1:  # all pieces together are never left out
        shown = [*groups[: MOST - 1], *[row for row in groups if is_whole(result, row)][-1:]]
    tables = [rows_of(result, row) for row in shown]
    letters = _letters(result)
    with style.drawing():
        scale = _scale(result, pd.concat(tables))
        each = _HEAD + (0.2 if letters else 0.12) + _SMALL_TALL + BELOW + 0.1
        lines = math.ceil(len(shown) / 2)
        body = lines * each + _key_height(result)
        notes = list(_notes(result))
        if len(groups) > len(shown):
            notes.append(f"{len(groups) - len(shown)} more series are in the table.")
        sheet = Sheet(title(result), subtitle(result, place), body, notes, ax)
        wide = (WIDTH - _GAP) / 2
        for number, (row, rows) in enumerate(zip(shown, tables, strict=True)):
            left = (number % 2) * (wide + _GAP)
            top = sheet.top + (number // 2) * each
            _draw_small(sheet, result, row, rows, scale, left, left + wide, top, letters)
        _draw_key(sheet, result, sheet.top + lines * each)
    return sheet.done(_alt(result), pd.concat(tables, ignore_index=True))


def _draw_small(
    sheet: Sheet, result: Charts, row: pd.Series, rows: pd.DataFrame, scale: Scale, left: float,
    right: float, top: float, letters: Sequence[tuple[float, str]],
) -> None:  # fmt: skip
    name = wrapped(name_of(result, row), right - left, SMALL, bold=True, most=1)[0]
    sheet.text(left, top + 0.1, name, SMALL, weight="bold")
    draw_variation(sheet, left, top + 0.34, row["variation"], _up(rows))
    n = f"n {row['n_pieces']}, {counted_as(int(row['n_points']), result.plan.every)}"
    sheet.text(right, top + 0.34, n, SMALL, ha="right", color=style.QUIET)
    start = top + _HEAD + (0.2 if letters else 0.12)
    panel = Panel(rows, scale, left + AXIS, right, start, start + _SMALL_TALL,
                  result.plan.every == "quarter")  # fmt: skip
    if not row["n_points"]:
        sheet.hatched(panel.left, panel.top, panel.right - panel.left, _SMALL_TALL)
    draw_panel(sheet, panel, bars=row["variation"] == _TOO_FEW, target=result.method["target"])
    draw_letters(sheet, panel, letters, panel.top - 0.1)


def _scale(result: Charts, rows: pd.DataFrame) -> Scale:
    seen = [*rows["point"], *rows["limit_lower"], *rows["limit_upper"], *rows["center"]]
    few = rows["center"].isna() & rows["point"].notna()
    seen += [*rows["weighted"]]
    seen += [*rows.loc[few, "lower"], *rows.loc[few, "upper"]]
    target = result.method["target"]
    seen += [] if target is None else [target]
    return scale_of(seen, result.measure.bounds, result.measure.kind == "share")


def _up(rows: pd.DataFrame) -> bool:
    known = rows[rows["point"].notna()]
    return bool(len(known)) and int(known["direction"].iloc[-1]) >= 0


def _letters(result: Charts) -> list[tuple[float, str]]:
    """Place and letter of everything that happened, in order of time."""
    return [(place, letter) for place, letter, _ in _happened(result)]


def _happened(result: Charts) -> list[tuple[float, str, str]]:
    plan = result.plan
    found = [
        (float(row["place"]), f"{row['date'].day} {row['date']:%b %Y} {row['what']}")
        for _, row in result.events.iterrows()
    ]
    found += [
        (part - 0.5, f"limits begin anew in {plan.labels[part]}: {why}")
        for part, why in zip(plan.parts, plan.reasons, strict=True)
    ]
    if plan.baseline and plan.mask is not None:
        last = int(plan.mask.sum()) - 0.5
        found.append(
            (last, f"limits rest on the time up to {plan.baseline[0]}: {plan.baseline[1]}")
        )
    found.sort(key=lambda one: one[0])
    return [(place, chr(65 + k % 26), what) for k, (place, what) in enumerate(found)]


def _draw_line_names(sheet: Sheet, panel: Panel, result: Charts) -> None:
    """The names of the lines at their right ends, moved apart where they would meet."""
    last = panel.rows[panel.rows["center"].notna()].iloc[-1]
    middle = "median" if result.method["kind"] == "run" else "centre"
    named = [
        (last["limit_upper"], "upper limit"), (last["center"], middle),
        (last["limit_lower"], "lower limit"), (result.method["target"], "target"),
    ]  # fmt: skip
    held = sorted(
        ((panel.y(value), f"{name} {figure(result, value)}") for value, name in named
         if value is not None and math.isfinite(value)),
    )  # fmt: skip
    at = -math.inf
    for y, words in held:
        at = max(y, at + leading(SMALL))
        sheet.text(panel.right + 0.08, at, words, SMALL)


def _draw_counts(sheet: Sheet, panel: Panel, result: Charts) -> None:
    """How many pieces each point rests on, where there is room, else the range."""
    y = panel.bottom + BELOW + leading(SMALL) / 2 + 0.02
    n = [int(v) for v in panel.rows["n_pieces"]]
    widest = max(width_of(str(v), SMALL) for v in n)
    if panel.pitch > widest + 0.05:
        sheet.text(panel.left - 0.07, y, "n", SMALL, ha="right", color=style.QUIET)
        for place, value in enumerate(n):
            sheet.text(panel.x(place), y, str(value), SMALL, ha="center", color=style.QUIET)
        return
    span = f"{min(n)} to {max(n)}" if min(n) < max(n) else f"{max(n)}"
    words = f"{span} {NOUNS[result.rubric.looks_at][1]} a {result.plan.every}"
    sheet.text(panel.left, y, words, SMALL, color=style.QUIET)


def _key(result: Charts) -> list[tuple[str, str]]:
    """The kinds of points that are drawn, with their words."""
    seen = set(result.table.loc[result.table["point"].notna(), "finding"])
    words = {
        "": "no more than usual", "improvement": "flagged, the wished way",
        "concern": "flagged, the other way", "change": "flagged",
    }  # fmt: skip
    if not seen - {""}:
        return []
    return [(finding, words[finding]) for finding in SHAPES if finding in seen]


def _key_height(result: Charts) -> float:
    return 0.32 if _key(result) else 0.0


def _draw_key(sheet: Sheet, result: Charts, top: float) -> None:
    x, y = 0.1, top + 0.17
    for finding, words in _key(result):
        marker, colour = SHAPES[finding]
        sheet.axes.plot([x], [y], marker, color=colour, markersize=6.0)
        sheet.text(x + 0.13, y, words, SMALL)
        x += 0.13 + width_of(words, SMALL) + 0.35


def _notes(result: Charts) -> Iterator[str]:
    happened = _happened(result)
    if happened:
        yield "; ".join(f"{letter}: {what}" for _, letter, what in happened) + "."
    drawn = result.groups[result.groups["false_flag"].notna()]
    chance = drawn["false_flag"].iloc[-1]
    if result.method["kind"] == "run":
        usual = "Line: the median."
    elif result.method["kind"] == "ewma":
        usual = (
            "Small dots: the points; line and marks: their weighted mean, which forgets a fifth "
            "with every point. Dashed: how far it usually goes."
        )
    else:
        usual = "Dashed: how far points usually go. They say what is usual, not what is good."
    share = percent(chance)
    yield f"{usual} Where nothing changes, such a chart flags something in {share} of cases."
    target = result.method["target"]
    if target is not None and len(result.groups) > 1:
        yield f"Dotted: the target, {figure(result, target)}."
    if (drawn["n_limits"] < TRIAL).any() and result.method["kind"] != "run":
        yield f"Trial limits, on fewer than {TRIAL} points, are rough."
    ends = result.measure.bounds
    cut = result.table["limit_lower"].eq(ends[0]) | result.table["limit_upper"].eq(ends[1])
    if cut.any():
        yield "Limits stop where possible values end."
    few = result.table["point"].isna() & result.table["n_pieces"].gt(0)
    if few.any():
        yield f"No point where fewer than {TOO_FEW} pieces were looked at."
    yield "A flag says that scores moved, not why; it cannot tell practice from scoring."


def _alt(result: Charts) -> str:
    told = []
    for _, row in result.groups.iterrows():
        rows = rows_of(result, row)
        known = rows[rows["point"].notna()]
        if known.empty:
            told.append(f"{name_of(result, row)}: too few points")
            continue
        low, high = (figure(result, v) for v in (known["point"].min(), known["point"].max()))
        told.append(f"{name_of(result, row)}: {row['n_points']} points from {low} to {high}")
    return f"Control chart of {result.measure.title}. {title(result)}. {'; '.join(told)}."
