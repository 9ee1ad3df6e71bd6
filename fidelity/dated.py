"""The assessments that count, each with its scores and the time that it speaks of.

Group scores ask how practice was; change asks when. A piece speaks of the time from `covers_from`
to its date; where `covers_from` is not recorded the rubric's look-back stands in for it. A piece
that straddles a day is neither before nor after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.counted import counted
from fidelity.errors import UsageError
from fidelity.rubric.model import Rubric
from fidelity.scorings import clusters_of, scorings
from fidelity.words import main_mean

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
#: Sides of a day.
BEFORE, DURING, AFTER = -1, 0, 1
#: How long a period is, in months.
EVERY: Mapping[str, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, eq=False)
class Dated:
    """Counted assessments in time; arrays have one entry a piece, in the order of `table`.

    Attributes:
        rubric: the rubric.
        table: what is known about each piece.
        values: each measure of the rubric by id; NaN where withheld.
        levels: (pieces, items) the level of each item as it counts, higher always being closer
            to the description; NaN where there is none.
        items: ids of the items, the columns of `levels`.
        ne_rate: share of the items that apply for which no evidence was found.
        role: the role under which each counts.
        started: first day of the practice looked at.
        ended: its last day.
        cluster: the column that pieces are nested in.
        clusters: its label for each piece.
        left_out: pieces left out because of how they were chosen, by selection.
        undated: counted pieces without a date, left out.
        selection_known: whether every piece says how it was chosen.
    """

    rubric: Rubric
    table: pd.DataFrame
    values: Mapping[str, Floats]
    levels: Floats
    items: tuple[str, ...]
    ne_rate: Floats
    role: npt.NDArray[np.object_]
    started: Days
    ended: Days
    cluster: str
    clusters: npt.NDArray[np.object_]
    left_out: dict[str, int]
    undated: int
    selection_known: bool

    def side(self, day: object) -> npt.NDArray[np.int8]:
        """`BEFORE` a day, `AFTER` it (from it on), or `DURING` for a piece that straddles it."""
        when = np.datetime64(pd.Timestamp(str(day)), "D")
        side = np.where(self.ended < when, BEFORE, np.where(self.started >= when, AFTER, DURING))
        return np.asarray(side, dtype=np.int8)

    def periods(self, every: str) -> npt.NDArray[np.int64]:
        """Number of the calendar period of each piece's date, counted from the first one."""
        length = months_in(every)
        month = self.ended.astype("datetime64[M]").astype(np.int64)
        if not len(month):
            return month
        return np.asarray(month // length - month.min() // length)

    def starts(self, every: str) -> Days:
        """First day of each calendar period, from the first piece to the last."""
        length = months_in(every)
        month = self.ended.astype("datetime64[M]").astype(np.int64) // length
        if not len(month):
            return np.empty(0, "datetime64[D]")
        numbers = np.arange(month.min(), month.max() + 1) * length
        return numbers.astype("datetime64[M]").astype("datetime64[D]")


def dated(
    ratings: Ratings,
    asked: str,
    *,
    record: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    look_back: int | None = None,
) -> Dated:
    """The assessments that count and have a date.

    Args:
        ratings: checked ratings of one rubric.
        asked: the function that needs them, for messages.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        look_back: months before its date of which a piece speaks, where `covers_from` is not
            recorded; the rubric's own if not given.

    Raises:
        UsageError: unvalidated input, pieces with several assessments that could count, no dates.
    """
    held = scorings(ratings, asked, "all")
    chosen = counted(ratings, record=record, selection=selection)
    known = held.table["date"].notna().to_numpy() if "date" in held.table else None
    if known is None or not known[chosen.rows].any():
        raise UsageError(
            f"{asked}() needs the column date, the end of the practice looked at; "
            f"{'no such column is' if known is None else 'no counted piece has one'} there. "
            "Write a date for each piece, for instance 2026-11-30."
        )
    kept = known[chosen.rows]
    rows = chosen.rows[kept]
    table = held.table.iloc[rows].reset_index(drop=True)
    name, clusters = clusters_of(table, cluster)
    months = held.rubric.look_back_months if look_back is None else look_back
    ended = table["date"].to_numpy().astype("datetime64[D]")
    return Dated(
        held.rubric, table,
        {key: measure.value[rows] for key, measure in held.scores.measures.items()},
        _as_counted(held.levels[rows], held.rubric, held.answers.items), held.answers.items,
        held.scores.ne_rate[rows], chosen.role[kept], _started(table, ended, months), ended,
        name, clusters, chosen.left_out, int((~kept).sum()), chosen.selection_known,
    )  # fmt: skip


def measure_of(held: Dated, measure: str | None) -> str:
    """The measure that is asked for, or the one that is told first.

    Raises:
        UsageError: the rubric has no such measure, or none at all.
    """
    known = list(held.values)
    if measure is None:
        measure = main_mean(held.rubric) or next(iter(known), "")
    if not known:
        raise UsageError(
            f"{held.rubric.title}: its levels are not averaged, so there is no mean that could "
            "change. Compare the shares in each level instead: score by period."
        )
    if measure not in held.values:
        raise UsageError(
            f'measure="{measure}": {held.rubric.title} has no such measure; it has: '
            f"{', '.join(known)}."
        )
    return measure


def months_in(every: str) -> int:
    """Length of a period in months.

    Raises:
        UsageError: no such period.
    """
    if every not in EVERY:
        raise UsageError(f'every="{every}"; allowed: {", ".join(EVERY)}.')
    return EVERY[every]


def as_day(day: object, name: str = "around") -> pd.Timestamp:
    """A date from text or from a date.

    Raises:
        UsageError: it is no date.
    """
    try:
        return pd.Timestamp(date.fromisoformat(str(day)[:10]))
    except ValueError:
        raise UsageError(f'{name}="{day}" is no date; write it as 2026-03-31.') from None


def _as_counted(levels: Floats, rubric: Rubric, items: tuple[str, ...]) -> Floats:
    """Levels with proscribed items turned round, as they enter a score."""
    turned = levels.copy()
    for column, item in enumerate(items):
        if rubric.items[item].proscribed:
            scale = rubric.scale_of(item)
            turned[:, column] = scale.minimum + scale.maximum - levels[:, column]
    return turned


def _started(table: pd.DataFrame, ended: Days, months: int) -> Days:
    """`covers_from`, else so many calendar months before the date."""
    back = pd.DatetimeIndex(ended) - pd.DateOffset(months=months)
    started = back.to_numpy().astype("datetime64[D]")
    if "covers_from" in table:
        given = table["covers_from"].to_numpy().astype("datetime64[D]")
        started = np.where(np.isnat(given), started, given)
    return started
