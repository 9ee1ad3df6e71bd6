"""The curves of a decision study: what more raters, or more pieces, would buy.

Two panels on one axis of dependability: one piece scored by one rater or by several, and a
practitioner's usual work seen in one piece or in several. What is done now is filled, what is
planned is hollow; every mark carries its interval and its number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.analyses.generalizability_words import article, nouns, told
from fidelity.present import style
from fidelity.present.figure import LABEL, SMALL, WIDTH, Picture, Sheet, leading, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.generalizability import Reliance

#: Inches: room for the axis numbers, between panels, and the height of a panel.
_LEFT, _BETWEEN, _HEIGHT = 0.45, 0.6, 2.5
_HEADING, _FOOT = 0.55, 0.42
#: Of the pieces of a practitioner only these are drawn: the others lie between them.
_DRAWN = (1, 2, 4, 8, 12)


def decision_curves(result: Reliance, ax: Axes | None = None, *, place: str = "") -> Picture:
    """Dependability against the number of raters, and of pieces, with intervals.

    Args:
        result: of `fidelity.generalizability`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` are the plans that are drawn, with the columns of
        `Reliance.plans`; empty where there is too little to say.
    """
    drawn = _drawn(result)
    with style.drawing():
        sheet = Sheet(title(result), _subtitle(result, place), _body(drawn), list(_notes(result)),
                      ax)  # fmt: skip
        if drawn.empty:
            _nothing(sheet, result)
        else:
            _panels(sheet, result, drawn)
    return sheet.done(_alt(result, drawn), drawn)


def title(result: Reliance) -> str:
    """The finding, from the row that is drawn filled."""
    one, several = nouns(result)
    if result.plans.empty:
        return f"Too few {several} scored twice to say how far scores can be relied on"
    now = result.plans[result.plans["now"]].iloc[0]
    if now["lower"] > 0.5:
        return f"Scores say more about the {one} than about who scored it"
    if now["upper"] < 0.5:
        return f"Scores say more about who scored than about the {one}"
    return f"It cannot yet be told whether scores say more about the {one} or about who scored"


def _subtitle(result: Reliance, place: str) -> str:
    counts, (one, several) = result.counts, nouns(result)
    noun = one if counts["pieces"] == 1 else several
    parts = (
        "Dependability", result.title, place,
        f"{counts['pieces']:,} {noun}, {counts['double']} with two or more raters",
        f"{counts['raters']} raters",
    )  # fmt: skip
    return " · ".join(part for part in parts if part)


def _drawn(result: Reliance) -> pd.DataFrame:
    plans = result.plans
    if plans.empty:
        return plans
    alone = plans["of"] == "one piece"
    usual = ~alone & (plans["raters"] == 1) & plans["pieces"].isin(_DRAWN)
    return plans[alone | usual].reset_index(drop=True)


def _body(drawn: pd.DataFrame) -> float:
    return 0.9 if drawn.empty else _HEADING + _HEIGHT + _FOOT


def _notes(result: Reliance) -> Iterator[str]:
    if result.plans.empty:
        return
    confidence = f"{100 * result.method['confidence']:.0f}%"
    one, _ = nouns(result)
    text = f"Bars are {confidence} intervals. Filled: as it is done now; hollow: what it would be"
    if not result.plans["minutes"].isna().all():
        text += f", with minutes of scoring at {result.counts['minutes']:.0f} a {one}"
    yield (
        f"{text}. At 1 it makes no difference who scored; at 0 a score tells nothing. How much is "
        "enough is a choice."
    )


def _nothing(sheet: Sheet, result: Reliance) -> None:
    counts, (_, several) = result.counts, nouns(result)
    sheet.hatched(0, sheet.top + 0.08, WIDTH, 0.28)
    words = (
        f"n {counts['double']} {several} with two or more raters. About {counts['enough']} would "
        "tell a dependability of about 0.7 to within 0.2 either way."
    )
    sheet.lines(wrapped(words, WIDTH), 0, sheet.top + 0.45, LABEL)


def _panels(sheet: Sheet, result: Reliance, drawn: pd.DataFrame) -> None:
    one, several = nouns(result)
    parts = [part for _, part in drawn.groupby("of", sort=False)]
    width = (WIDTH - _LEFT - _BETWEEN) / 2
    for number, part in enumerate(parts):
        left = _LEFT + number * (width + _BETWEEN)
        alone = part["of"].iloc[0] == "one piece"
        heading = (
            f"{article(one).capitalize()}, by number of raters" if alone
            else f"A practitioner's usual work, by number of {several}, one rater each"
        )  # fmt: skip
        sheet.lines(wrapped(heading, width, LABEL, bold=True, most=2), left, sheet.top, LABEL,
                    weight="bold")  # fmt: skip
        _axis(sheet, left, width)
        _marks(sheet, part, left, width, "raters" if alone else "pieces")


def _y(sheet: Sheet, value: float) -> float:
    return sheet.top + _HEADING + (1 - min(max(value, 0.0), 1.0)) * _HEIGHT


def _axis(sheet: Sheet, left: float, width: float) -> None:
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(sheet, value)
        sheet.line([left, left + width], [y, y], color=style.FAINT, linewidth=0.7, zorder=0)
        sheet.text(left - 0.07, y, f"{value:g}", SMALL, ha="right", color=style.QUIET)


def _marks(sheet: Sheet, part: pd.DataFrame, left: float, width: float, along: str) -> None:
    step = (width - 0.2) / len(part)  # the last number needs room to its right
    colour = style.CATEGORICAL[0]
    points = [left + step * (number + 0.5) for number in range(len(part))]
    sheet.line(points, [_y(sheet, v) for v in part["estimate"]], color=style.HATCH, linewidth=0.9,
               zorder=2)  # fmt: skip
    for x, (_, row) in zip(points, part.iterrows(), strict=True):
        y = _y(sheet, row["estimate"])
        if not math.isnan(row["lower"]):
            ends = [_y(sheet, row["lower"]), _y(sheet, row["upper"])]
            sheet.line([x, x], ends, color=colour, linewidth=2.6, zorder=3)
        sheet.axes.plot(
            [x], [y], "o", markersize=7.5, zorder=4, color=colour if row["now"] else style.WHITE,
            markeredgecolor=style.WHITE if row["now"] else colour, markeredgewidth=1.4,
        )  # fmt: skip
        words = sheet.axes.text(x + 0.1, y, f"{row['estimate']:.2f}", fontsize=SMALL, zorder=5,
                                va="center_baseline")  # fmt: skip
        words.set_bbox({"facecolor": style.WHITE, "edgecolor": "none", "pad": 0.6})
        _below(sheet, row, x, along)


def _below(sheet: Sheet, row: pd.Series, x: float, along: str) -> None:
    """The number on the axis, and what it costs."""
    bottom = sheet.top + _HEADING + _HEIGHT + 0.06
    sheet.lines([f"{int(row[along])}"], x, bottom, LABEL, ha="center",
                weight="bold" if row["now"] else "normal")  # fmt: skip
    if not math.isnan(row["minutes"]):
        minutes = row["minutes"]
        cost = f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
        sheet.lines([cost], x, bottom + leading(LABEL), SMALL, ha="center", color=style.QUIET)


def _alt(result: Reliance, drawn: pd.DataFrame) -> str:
    counts, (_, several) = result.counts, nouns(result)
    if drawn.empty:
        return (
            f"Nothing is drawn: {counts['double']} {several} have two or more raters, and about "
            f"{counts['enough']} would be needed."
        )
    alone = drawn[drawn["of"] == "one piece"]
    usual = drawn[drawn["of"] != "one piece"]
    text = "Dependability with intervals. By raters of one piece: " + "; ".join(
        f"{int(row['raters'])}: {told(row['estimate'], row['lower'], row['upper'])}"
        for _, row in alone.iterrows()
    )
    if len(usual):
        text += f". A practitioner's usual work, by number of {several}: " + "; ".join(
            f"{int(row['pieces'])}: {told(row['estimate'], row['lower'], row['upper'])}"
            for _, row in usual.iterrows()
        )
    return text + "."
