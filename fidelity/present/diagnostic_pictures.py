"""Where an organisation stands: how the answers to each part lie, from low to high."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.present import style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, width_of, wrapped
from fidelity.words import counted_as, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.standing import Standing

#: Inches: names at the left, printed columns at the right, heights.
_NAMES, _COLUMNS = 2.75, 1.5
_LEFT, _RIGHT = _NAMES + 0.1, WIDTH - _COLUMNS - 0.1
_ROW, _HEADING, _KEY = 0.225, 0.25, 0.28
PARTS = ("lower", "middle", "upper")
_KEYS = ("lower part of the scale", "middle", "upper part")
_COLOURS = (style.FIVE_BLUES[4], style.FIVE_BLUES[2], style.FIVE_BLUES[0])


def parts_of_standing(standings: Sequence[Standing], ax: Axes | None = None) -> Picture:
    """The answers to each part of each rubric, in three parts of its scale.

    Args:
        standings: of `fidelity.analyses.standing`, one a rubric.
        ax: axes to draw in; a figure of its own if not given.

    Returns:
        The picture. Its `data` has one row a rubric and part.
    """
    data = pd.concat([s.table.assign(rubric=s.rubric.id) for s in standings], ignore_index=True)
    with style.drawing():
        body = _KEY + sum(_HEADING + _ROW * len(s.table) for s in standings)
        sheet = Sheet(title(data), "Share of answers in each part of the scale, each view counted "
                      "alike", body, list(_notes(data)), ax)  # fmt: skip
        _draw_key(sheet, sheet.top + _KEY / 2 - 0.03)
        y = sheet.top + _KEY
        for standing in standings:
            name = wrapped(standing.rubric.title, WIDTH, SMALL, most=1, bold=True)[0]
            sheet.text(0, y + _HEADING / 2 + 0.02, name, SMALL, weight="bold")
            y += _HEADING
            for _, row in standing.table.iterrows():
                _draw(sheet, row, y + _ROW / 2)
                y += _ROW
    columns = ["rubric", "component", "title", *(f"{part}_share" for part in PARTS), "n_answers",
               "n_pieces", "n_sources"]  # fmt: skip
    return sheet.done(_alt(data), data[columns])


def title(data: pd.DataFrame) -> str:
    """The finding: in how many parts most answers lie low."""
    known = data[data["lower_share"].notna()]
    if known.empty:
        return "Too few answers to say how they lie"
    low = int((known["lower_share"] > 0.5).sum())
    n = counted_as(len(known), "part")
    if not low:
        return f"In none of {n} do most answers lie low"
    return f"In {low} of {n} most answers lie in the lower part of the scale"


def _notes(data: pd.DataFrame) -> list[str]:
    how = (
        "Lower part: under 0.4 of the scale (1 and 2 of 1 to 5; 0 to 3 of 0 to 10); upper: over "
        "0.6. A distribution and no grade. n: answers; sources: kinds of source, * only one."
    )
    notes = [how]
    if data["lower_share"].isna().any():
        notes.append("Hatched: too few to say.")
    return notes


def _draw_key(sheet: Sheet, middle: float) -> None:
    x = 0.0
    for label, colour in zip(_KEYS, _COLOURS, strict=True):
        sheet.box(x, middle - 0.08, 0.22, 0.16, facecolor=colour, edgecolor=style.HATCH,
                  linewidth=0.6)  # fmt: skip
        sheet.text(x + 0.28, middle, label, SMALL)
        x += 0.28 + width_of(label, SMALL) + 0.22
    sheet.text(_RIGHT + 0.62, middle, "n", SMALL, ha="right", color=style.QUIET)
    sheet.text(WIDTH - 0.04, middle, "sources", SMALL, ha="right", color=style.QUIET)


def _draw(sheet: Sheet, row: pd.Series[Any], middle: float) -> None:
    name = wrapped(str(row["title"]), _NAMES - 0.1, SMALL, most=1)[0]
    sheet.text(0.08, middle, name, SMALL)
    sheet.text(_RIGHT + 0.62, middle, str(int(row["n_answers"])), SMALL, ha="right")
    mark = "*" if row["n_sources"] == 1 else ""
    sheet.text(WIDTH - 0.04, middle, f"{int(row['n_sources'])}{mark}", SMALL, ha="right")
    if math.isnan(row["lower_share"]):
        sheet.hatched(_LEFT, middle - 0.085, _RIGHT - _LEFT, 0.17)
        return
    x = _LEFT
    for part, colour in zip(PARTS, _COLOURS, strict=True):
        width = (_RIGHT - _LEFT) * float(row[f"{part}_share"])
        if width:
            sheet.box(x, middle - 0.085, width, 0.17, facecolor=colour, linewidth=0.8)
            text = percent(row[f"{part}_share"])
            if width > width_of(text, SMALL) + 0.06:
                sheet.text(x + width / 2, middle, text, SMALL, ha="center",
                           color=style.text_on(colour))  # fmt: skip
        x += width
    sheet.box(_LEFT, middle - 0.085, _RIGHT - _LEFT, 0.17, facecolor="none",
              edgecolor=style.HATCH, linewidth=0.6)  # fmt: skip


def _alt(data: pd.DataFrame) -> str:
    told = [
        f"{row['title']}: {percent(row['lower_share'])} lower, {percent(row['upper_share'])} upper "
        f"(n {int(row['n_answers'])})"
        if not math.isnan(row["lower_share"])
        else f"{row['title']}: too few to say"
        for _, row in data.iterrows()
    ]
    return f"Stacked bars of the answers to each part. {title(data)}. {'; '.join(told)}."
