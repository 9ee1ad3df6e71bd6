"""Pictures of a sample: what hours of scoring buy, and who has been observed.

The curve goes through the plans that see most for their hours; every plan that was looked at stands
behind it as a dot. Observations are one mark a practitioner, by team, in the order of the list: it
is no league table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.analyses.sample_observed import in_words
from fidelity.analyses.sample_words import nouns, plan_in_words, sought
from fidelity.present import style
from fidelity.present.figure import LABEL, SMALL, WIDTH, Picture, Sheet, leading, width_of, wrapped
from fidelity.words import counted_as, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.sample import SamplePlan
    from fidelity.analyses.sample_observed import Observed

#: Inches: room for the axis numbers, height of the panel, and of what stands below it.
_LEFT, _HEIGHT, _FOOT, _RIGHT = 0.55, 2.7, 0.5, 0.25
#: Ends of the axis of hours: each a quarter that can be said.
_SCALES = (8, 12, 20, 40, 60, 80, 100, 160, 200, 300, 400, 600, 800, 1000, 1600, 2000)
_DATA = ["audits", "audits_each", "agreed_share", "agreed", "benchmark", "hours", "estimate",
         "lower", "upper", "smallest", "recommended", "now", "reason"]  # fmt: skip
#: Inches: name of a team, one mark, and a row of marks.
_TEAM, _MARK, _ROW, _COUNT = 1.6, 0.19, 0.24, 0.95


def power_curve(result: SamplePlan, ax: Axes | None = None, *, place: str = "") -> Picture:
    """The chance of seeing a change against hours of scoring a month.

    Args:
        result: of `fidelity.sample_plan`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice takes place, for the subtitle.

    Returns:
        The picture. Its `data` are the plans that are drawn, with columns of
        `SamplePlan.to_frame()`.
    """
    most = _most_hours(result)
    drawn = result.table[result.table["hours"] <= most][_DATA].reset_index(drop=True)
    with style.drawing():
        sheet = Sheet(plan_title(result), _plan_subtitle(result, place), _HEIGHT + _FOOT,
                      list(_plan_notes(result)), ax)  # fmt: skip
        _plan_axes(sheet, result, most)
        _plan_marks(sheet, drawn, most, result.method["least_each"])
    return sheet.done(_plan_alt(result), drawn)


def plan_title(result: SamplePlan) -> str:
    """The finding, from the flags of the table."""
    found = result.recommended
    if found is None:
        return "No plan that was looked at would see the change often enough"
    return f"About {found['hours']:.0f} hours of scoring a month would see the change"


def _plan_subtitle(result: SamplePlan, place: str) -> str:
    what = f"{result.title}: chance of seeing {sought(result)}, told apart from the scoring"
    return " · ".join(part for part in (what, place) if part)


def _most_hours(result: SamplePlan) -> float:
    """Where the axis ends: well past the recommended plan and past what is done now."""
    table = result.table
    found, now = result.recommended, table.loc[table["now"], "hours"]
    wanted = max(2.2 * found["hours"] if found is not None else table["hours"].max(),
                 1.1 * now.max() if len(now) else 0)  # fmt: skip
    return float(next((s for s in _SCALES if s >= wanted), math.ceil(wanted / 500) * 500))


def _plan_notes(result: SamplePlan) -> Iterator[str]:
    table, found = result.table, result.recommended
    if found is not None:
        yield f"Filled: the smallest plan that would do: {plan_in_words(result, found)}."
    now = table[table["now"]]
    why = _not_drawn(result, now.iloc[0]) if len(now) else ""
    if len(now) and not why:
        yield f"Diamond: as it is done now: {plan_in_words(result, now.iloc[0])}."
    elif len(now):
        yield (
            f"As it is done now ({plan_in_words(result, now.iloc[0])}), nothing is drawn: {why}."
        )
    _, several = nouns(result)
    yield (
        f"Dots: plans that differ in {several}, in how many are scored twice and agreed, and in "
        "benchmark pieces. The line goes through those that see most for their hours, with at "
        f"least {result.method['least_each']} for each practitioner in that time. By simulation, "
        f"{int(table['n_runs'].iloc[0]):,} runs a plan; bars are 95% Monte Carlo "
        "intervals. It rests on spreads of which some are assumed."
    )


def _not_drawn(result: SamplePlan, row: pd.Series[Any]) -> str:
    """Why what is done now is not drawn beside the plans; "" where it is."""
    if row["reason"]:
        return str(row["reason"])
    least = result.method["least_each"]
    each = f"{row['audits_each']:.0f} for each practitioner in that time, under {least}"
    return each if row["audits_each"] < least else ""


def _px(hours: float, most: float) -> float:
    return _LEFT + hours / most * (WIDTH - _LEFT - _RIGHT)


def _py(sheet: Sheet, chance: float) -> float:
    return sheet.top + 0.12 + (1 - chance) * (_HEIGHT - 0.12)


def _plan_axes(sheet: Sheet, result: SamplePlan, most: float) -> None:
    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        y = _py(sheet, value)
        sheet.line([_LEFT, WIDTH - _RIGHT], [y, y], color=style.FAINT, linewidth=0.7, zorder=0)
        sheet.text(_LEFT - 0.07, y, percent(value), SMALL, ha="right", color=style.QUIET)
    y = _py(sheet, result.power)
    sheet.line([_LEFT, WIDTH - _RIGHT], [y, y], color=style.QUIET, linewidth=1.0, zorder=1,
               linestyle=(0, (5, 3)))  # fmt: skip
    bottom = _py(sheet, 0) + 0.14
    for part in range(5):
        hours = most * part / 4
        sheet.text(_px(hours, most), bottom, f"{hours:g}", SMALL, ha="center", color=style.QUIET)
    sheet.text((_LEFT + WIDTH - _RIGHT) / 2, bottom + leading(SMALL) + 0.02,
               "hours of scoring a month, all raters together", SMALL, ha="center",
               color=style.QUIET)  # fmt: skip


def _plan_marks(sheet: Sheet, drawn: pd.DataFrame, most: float, least_each: int) -> None:
    known = drawn[drawn["estimate"].notna()]
    colour = style.CATEGORICAL[0]
    others = known[~known["recommended"] & ~known["now"]]
    xs = [_px(hours, most) for hours in others["hours"]]
    sheet.axes.plot(xs, [_py(sheet, p) for p in others["estimate"]], "o", markersize=3.2,
                    color=style.HATCH, markeredgewidth=0, zorder=2)  # fmt: skip
    best = frontier(known[known["audits_each"] >= least_each])
    sheet.line([_px(h, most) for h in best["hours"]], [_py(sheet, p) for p in best["estimate"]],
               color=colour, linewidth=1.6, zorder=3)  # fmt: skip
    for _, row in known[known["now"] & (known["audits_each"] >= least_each)].iterrows():
        _marked(sheet, row, most, "D", "now", filled=False)
    for _, row in known[known["recommended"]].iterrows():
        _marked(sheet, row, most, "o", "enough", filled=True)


def _marked(
    sheet: Sheet, row: pd.Series[Any], most: float, shape: str, name: str, *, filled: bool
) -> None:
    x, colour = _px(row["hours"], most), style.CATEGORICAL[0]
    ends = [_py(sheet, row["lower"]), _py(sheet, row["upper"])]
    sheet.line([x, x], ends, color=colour, linewidth=2.6, zorder=4)
    sheet.axes.plot(
        [x], [_py(sheet, row["estimate"])], shape, markersize=9 if filled else 8, zorder=5,
        color=colour if filled else style.WHITE, markeredgewidth=1.4,
        markeredgecolor=style.WHITE if filled else colour,
    )  # fmt: skip
    text = f"{name}: {percent(row['estimate'])}, {row['hours']:.0f} hours"
    # Over the line and to the left of a mark on it there is nothing; what is done now lies below.
    wide = width_of(text, SMALL, True) + 0.14
    left = x - wide > _LEFT if filled else x + wide > WIDTH
    words = sheet.axes.text(
        x + (-0.12 if left else 0.12), _py(sheet, row["estimate"]) + (-0.1 if filled else 0.3),
        text, fontsize=SMALL, ha="right" if left else "left", va="center_baseline", zorder=6,
        weight="bold",
    )  # fmt: skip
    words.set_bbox({"facecolor": style.WHITE, "edgecolor": "none", "pad": 0.8})


def frontier(plans: pd.DataFrame) -> pd.DataFrame:
    """The plans that see more than every plan of fewer hours."""
    ordered = plans.sort_values(["hours", "estimate"], ascending=[True, False], kind="stable")
    before = ordered["estimate"].cummax().shift(fill_value=-1.0)
    return ordered[ordered["estimate"] > before]


def _plan_alt(result: SamplePlan) -> str:
    found, table = result.recommended, result.table
    text = f"Chance of seeing {sought(result)} against hours of scoring a month. "
    if found is None:
        text += "No plan reaches the chance wanted"
    else:
        text += (f"The smallest plan that would do takes {found['hours']:.0f} hours and has "
                 f"{percent(found['estimate'])} ({percent(found['lower'])} to "
                 f"{percent(found['upper'])})")  # fmt: skip
    now = table[table["now"] & table["estimate"].notna()]
    for _, row in now.iterrows():
        text += f"; as it is done now, {row['hours']:.0f} hours have {percent(row['estimate'])}"
    return text + "."


def observed_marks(result: Observed, ax: Axes | None = None, *, place: str = "") -> Picture:
    """One mark a practitioner, filled where somebody observed their work.

    Args:
        result: of `fidelity.not_observed`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice takes place, for the subtitle.

    Returns:
        The picture. Its `data` is the table of the result: one row a practitioner.
    """
    each = int((WIDTH - _TEAM - _COUNT) / _MARK)
    rows = [-(-int(n) // each) for n in result.teams["in_post"]]
    with style.drawing():
        body = sum(rows) * _ROW + len(rows) * 0.06 + 0.05
        sheet = Sheet(observed_title(result), _observed_subtitle(result, place), body,
                      list(_observed_notes(result)), ax)  # fmt: skip
        y = sheet.top + 0.03
        for (_, team), high in zip(result.teams.iterrows(), rows, strict=True):
            _team(sheet, result, team, y, each)
            y += high * _ROW + 0.06
    return sheet.done(_observed_alt(result), result.to_frame())


def observed_title(result: Observed) -> str:
    """The finding, counted from the marks."""
    seen, n = int(result.table["observed"].sum()), len(result.table)
    if seen == n:
        return f"All {n} practitioners on the list were observed"
    return f"{n - seen} of {n} practitioners were not yet observed"


def _observed_subtitle(result: Observed, place: str) -> str:
    when = f"{in_words(result.since)} to {in_words(result.until)}"
    parts = ("Observed at least once", place, when, counted_as(len(result.table), "practitioner"))
    return " · ".join(part for part in parts if part)


def _observed_notes(result: Observed) -> Iterator[str]:
    yield (
        "One square a practitioner, in the order of the list. Filled: observed; hollow: not yet. A "
        "count of the whole list. It is about the rhythm of observation and not about how anybody "
        "works."
    )


def _team(sheet: Sheet, result: Observed, team: pd.Series[Any], y: float, each: int) -> None:
    name = wrapped(team["team"], _TEAM - 0.1, LABEL, most=1)[0]
    sheet.text(0, y + _ROW / 2, name, LABEL)
    told = f"{team['observed']} of {team['in_post']}"
    sheet.text(WIDTH, y + _ROW / 2, told, LABEL, ha="right")
    colour = style.CATEGORICAL[0]
    marks = result.table.loc[result.table["team"] == team["team"], "observed"]
    for place, seen in enumerate(marks):
        left = _TEAM + (place % each) * _MARK
        top = y + (place // each) * _ROW + (_ROW - 0.13) / 2
        sheet.box(left, top, 0.13, 0.13, facecolor=colour if seen else style.WHITE,
                  edgecolor=colour, linewidth=1.2)  # fmt: skip


def _observed_alt(result: Observed) -> str:
    teams = "; ".join(
        f"{row['team']} {row['observed']} of {row['in_post']}" for _, row in result.teams.iterrows()
    )
    return f"Practitioners observed at least once, by team in the order of the list: {teams}."
