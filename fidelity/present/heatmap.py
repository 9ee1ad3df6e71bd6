"""Items by group: value and n in each cell, too few hatched, local order kept.

The columns stand in the order of the table and are never sorted by score: this is not a league
table. All pieces together stand apart. Levels of a grade are never averaged: there a cell holds
the share in the upper half of the scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fidelity.analyses.score_words import NOUNS, TOO_FEW, percent
from fidelity.present import scope, style
from fidelity.present.figure import LABEL, SMALL, Picture, Sheet, leading, width_of, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.scores import GroupScores

_ITEMS_WIDTH = 2.75
_GAP = 0.12
#: A cell at least this wide holds value and n side by side.
_SIDE_BY_SIDE = 0.92
_TALLEST_LABEL = 1.7


@dataclass(frozen=True)
class _Cell:
    """What one item says in one group.

    `low` is the flag behind the title and the outline: of a mean, that its whole interval lies
    below the middle of the scale; of a share, that it is under half.
    """

    value: float
    n: int
    place: float
    low: bool
    shown: str

    @property
    def too_few(self) -> bool:
        return self.n < TOO_FEW


def items_by_group(scores: GroupScores, ax: Axes | None = None, *, place: str = "") -> Picture:
    """Heat map of the scored items by group.

    Args:
        scores: the result of `fidelity.score`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture; `data` has one row an item and group: group columns, item, text, measure
        (mean level, share or count), estimate (NaN under 5), n_pieces, low, reason.
    """
    columns = scope.groups(scores)
    cells = {
        (item, group.keys): _cell(scores, item, group)
        for item in scores.rubric.scored_items
        for group in columns
    }
    with style.drawing():
        return _drawn(scores, columns, cells, ax, place)


def _measure(scores: GroupScores, item: str) -> str:
    if scores.rubric.scale_of(item).kind != "levels":
        return "count"
    return "mean level" if scores.rubric.component_of(item).mean else "share"


def _cell(scores: GroupScores, item: str, group: scope.Group) -> _Cell:
    measure, scale = _measure(scores, item), scores.rubric.scale_of(item)
    if measure == "share":
        upper, n = _upper_half(scores, item, group)
        share = upper / n if n else np.nan
        return _Cell(share, n, share, n >= TOO_FEW and share < 0.5, percent(share) if n else "")
    rows = group.rows(scores.items, scores.by)
    row = rows[rows["item"] == item].iloc[0]
    value, n = float(row["estimate"]), int(row["n_pieces"])
    if measure == "count":
        return _Cell(value, n, np.nan, False, f"{value:.1f}")
    position = (value - scale.minimum) / (scale.maximum - scale.minimum)
    low, limit = n >= TOO_FEW, scope.middle(scores, item)
    if scores.rubric.items[item].proscribed:
        position, low = 1 - position, low and bool(row["lower"] > limit)
    else:
        low = low and bool(row["upper"] < limit)
    return _Cell(value, n, position, low, f"{value:.1f}")


def _upper_half(scores: GroupScores, item: str, group: scope.Group) -> tuple[int, int]:
    """How many answers lie above the middle of the scale, and how many levels were given."""
    rows = group.rows(scores.levels, scores.by)
    rows = rows[rows["item"] == item].set_index("answer")["count"]
    values = [level.value for level in scores.rubric.scale_of(item).levels]
    counts = {value: int(rows.get(str(value), 0)) for value in values}
    return sum(n for v, n in counts.items() if v > scope.middle(scores, item)), sum(counts.values())


def _drawn(
    scores: GroupScores, columns: list[scope.Group], cells: dict[tuple[str, tuple[str, ...]], _Cell],
    ax: Axes | None, place: str,
) -> Picture:  # fmt: skip
    grid = _Grid.of(scores, columns)
    sheet = Sheet(
        _title(scores, columns, cells),
        scope.subtitle(scores, _what(scores), place),
        grid.height,
        _notes(scores, columns, cells, grid),
        ax,
    )
    for x, lines, group in grid.heads:
        look = {"weight": "bold"} if group.whole else {}
        if grid.upright:
            sheet.block(lines, x + grid.cell / 2, sheet.top + grid.head - 0.05 -
                        leading(SMALL) * len(lines) / 2, SMALL, ha="center", **look)
        else:
            _turned(sheet, lines, x + grid.cell / 2, sheet.top + grid.head - 0.05, look)
    for kind, name, y, height in grid.rows:
        if kind == "component":
            sheet.text(0, sheet.top + y + height / 2 + 0.02, name, weight="bold")
            continue
        sheet.block(
            grid.labels[name], 0.08, sheet.top + y + height / 2, SMALL
        )
        for x, _, group in grid.heads:
            _draw_cell(sheet, cells[name, group.keys], x, sheet.top + y, grid.cell, height,
                       group.whole)  # fmt: skip
    data = pd.DataFrame(_data(scores, columns, cells))
    return sheet.done(_alt(scores, columns, cells), data)
