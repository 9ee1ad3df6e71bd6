"""What we agreed to work on: did it move, and more than it would have moved anyway?

A learning log says which items a team chose after a cycle of audits, and when. Each chosen item is
held before and after that day, beside items that the team did not choose and that were as low at
the start, in the same pieces. Items are chosen because they are low, and what is low tends to rise
whatever is done; so a rise alone is not told as one, only what goes beyond that of items as low.
Even then nothing is said to be because of what was agreed.

Sources: `fidelity.statistics.matched_items` (neighbours, regression towards the mean, intervals);
`.change` (the change of the item itself); `.false_discovery` (many actions looked at together).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import learning_words
from fidelity.collect.learning_log import LOG, about, named
from fidelity.collect.ratings import Ratings
from fidelity.counted import labels
from fidelity.dated import AFTER, DURING, Dated, dated
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.statistics.change import two_periods
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted
from fidelity.statistics.matched_items import NEIGHBOURS, Beside, beside_matched, together
from fidelity.words import TOO_FEW

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

ALL = "(all)"
MORE, LESS = "rose more than items as low", "rose less than items as low"
ALIKE, FEW = "no difference can be told", "too few to say"
NO_NEIGHBOUR, NO_DATE = "nothing as low to compare", "no date"
#: A neighbour may differ by this share of the scale at the start: half a level of five (local).
CALIPER = 0.125
COLUMNS = (
    "action", "item", "team", "date", "estimate", "lower", "upper", "before", "after", "change",
    "change_lower", "change_upper", "anyway", "matched", "matched_before", "matched_after",
    "n_matched", "n_before", "n_after", "n_during", "n_clusters", "p", "q", "finding", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Learning(Result):
    """Whether chosen items moved, beside items that were as low and were not chosen.

    `to_frame()` has one row an action of the log that is about this rubric, in its order, and where
    several could be compared one row "(all)": `action` (its row in the log), `item`, `team` ("" for
    the whole service), `date` (2025-03-31, or ""), `estimate` with `lower` and `upper` (change
    beyond that of items as low), `before`, `after`, `change` with `change_lower` and `change_upper`
    (the item by itself), `anyway` (the change that was to be expected of an item as low), `matched`
    (ids of the neighbours), `matched_before`, `matched_after`, `n_matched`, `n_before`, `n_after`,
    `n_during` (pieces), `n_clusters`, `p`, `q` (false discoveries held over the actions),
    `finding`, `reason`. Who owns an action stands in the log alone.

    Attributes:
        neighbours: one row a neighbour of an action: action, item, before, after, n_before and
            n_after.
        expected: what was expected of each action, by its row in the log.
        missing: which planned actions have no owner, no date or nothing expected, in sentences.
        counts: numbers for the sentences.
        rubric: the rubric.
    """

    neighbours: pd.DataFrame = field(default_factory=pd.DataFrame)
    expected: Mapping[int, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    counts: Mapping[str, Any] = field(default_factory=dict)
    rubric: Rubric = field(kw_only=True)

    def plot(self, ax: Any = None) -> Picture:
        """Chosen items and their neighbours, before and after."""
        from fidelity.present.learning_pictures import chosen_and_neighbours

        return chosen_and_neighbours(self, ax=ax)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is compared, and how."""

    held: Dated
    log: pd.DataFrame
    months: int
    confidence: float


def learning(
    ratings: Ratings,
    log: pd.DataFrame,
    *,
    months: int = 12,
    record: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    look_back: int | None = None,
    confidence: float = 0.95,
) -> Learning:
    """Whether what was chosen moved after the day, beyond items that were as low.

    Args:
        ratings: checked ratings of one rubric, with dates.
        log: from `read_log`; rows of other rubrics, and of measures, are counted and left out.
        months: how many before and how many after the day of an action are looked at.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        look_back: months of which a piece speaks; see `fidelity.dated`.
        confidence: coverage of the intervals; its complement is the false-discovery rate.

    Raises:
        UsageError: no dates, a log that was not read, an item or team that there is not.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    held = _one_role(dated(ratings, "learning", record=record, selection=selection,
                           cluster=cluster, look_back=look_back))  # fmt: skip
    asked = _Asked(held, _of_this(log, held), months, confidence)
    found = [_compared(asked, action) for _, action in asked.log.iterrows()]
    table = _table(asked, found)
    result = Learning(
        table, (),
        method_of(
            "learning", held.rubric.label, months=months, record=record, selection=selection,
            cluster=held.cluster, confidence=confidence, neighbours=NEIGHBOURS,
            caliper=f"{CALIPER:g} of the scale",
            interval="difference in differences within pieces, CR2, Satterthwaite",
        ),
        pd.DataFrame([row for _, rows, _ in found for row in rows],
                     columns=["action", "item", "before", "after", "n_before", "n_after"]),
        {int(str(place)): str(text) for place, text in asked.log["expected"].dropna().items()},
        tuple(_missing(asked)), _counts(asked, len(log)), rubric=held.rubric,
    )  # fmt: skip
    return replace(result, sentences=tuple(learning_words.sentences(result)))


def _of_this(log: pd.DataFrame, held: Dated) -> pd.DataFrame:
    """The actions about items of this rubric, checked."""
    columns = [column.name for column in LOG.columns]
    absent = [name for name in columns[:5] if name not in log]
    if absent:
        raise UsageError(
            f"The learning log has no column {', '.join(absent)}. Read it first: "
            "log = fidelity.read_log(path, rubric)"
        )
    every = log.reset_index(drop=True).reindex(columns=columns)
    table = about(every, held.rubric)
    known = set(held.rubric.items)
    if table.empty and every["rubric"].isna().all() and not known & set(every["item"].dropna()):
        wrong = ", ".join(sorted(set(every["item"].dropna())))
        if wrong:
            raise UsageError(f"{held.rubric.title} has none of the items of the log: {wrong}.")
    named_teams = set(table["team"].dropna())
    teams = set(labels(held.table["team"])) if "team" in held.table else set()
    strange = sorted(named_teams - teams)
    if strange:
        raise UsageError(
            f"The log names the team {', '.join(strange)}; the ratings hold: "
            f"{', '.join(sorted(teams)) or 'no team'}."
        )
    return table.assign(date=pd.to_datetime(table["date"]))


def _one_role(held: Dated) -> Dated:
    """Pieces of the role with the most of them; roles are not pooled."""
    names, counts = np.unique(held.role.astype(str), return_counts=True)
    if len(names) < 2 or held.rubric.asked_of:
        return held
    mine = held.role.astype(str) == names[counts.argmax()]
    return replace(
        held, table=held.table[mine].reset_index(drop=True), levels=held.levels[mine],
        values={key: value[mine] for key, value in held.values.items()},
        ne_rate=held.ne_rate[mine], role=held.role[mine], started=held.started[mine],
        ended=held.ended[mine], clusters=held.clusters[mine],
    )  # fmt: skip


def _compared(
    asked: _Asked, action: pd.Series[Any]
) -> tuple[dict[str, Any], list[dict[str, Any]], Beside | None]:
    """One action: its row, its neighbours, and what was found beside them."""
    held, item, place = asked.held, str(action["item"]), int(str(action.name))
    row: dict[str, Any] = {
        "action": place, "item": item, "reason": "",
        "date": "" if pd.isna(action["date"]) else f"{action['date']:%Y-%m-%d}",
        "team": "" if pd.isna(action["team"]) else str(action["team"]),
    }  # fmt: skip
    if pd.isna(action["date"]):
        return row | {"finding": NO_DATE, "reason": "the log gives no date"}, [], None
    sides, column = _sides(asked, action), held.items.index(item)
    rows = np.flatnonzero(np.abs(sides) == 1)
    levels, after, groups = held.levels[rows], sides[rows] == AFTER, held.clusters[rows]
    row |= _alone(levels[:, column], after, groups, asked.confidence)
    row["n_during"] = int((sides == DURING).sum())
    if min(row["n_before"], row["n_after"]) < TOO_FEW:
        side = f"{min(row['n_before'], row['n_after'])} pieces on one side"
        few = {"finding": FEW, "reason": f"{side}; {TOO_FEW} are needed on each"}
        return row | few, [], None
    scale = held.rubric.scale_of(item)
    found = beside_matched(
        levels, after, groups, column, _others(asked, action, levels, after),
        caliper=CALIPER * (scale.maximum - scale.minimum), confidence=asked.confidence,
    )  # fmt: skip
    rows_of_matched = [
        {"action": place, "item": held.items[j], **_means(levels[:, j], after)}
        for j in found.matched
    ]
    return row | _beside(found, rows_of_matched), rows_of_matched, found


def _sides(asked: _Asked, action: pd.Series[Any]) -> npt.NDArray[np.int8]:
    """BEFORE, DURING or AFTER for each piece of the team within reach of the day; else 2."""
    held, day = asked.held, action["date"]
    side, reach = held.side(day.date()), pd.DateOffset(months=asked.months)
    ended = pd.DatetimeIndex(held.ended)
    outside = (ended < day - reach) | (ended >= day + reach)
    if not pd.isna(action["team"]):
        outside |= labels(held.table["team"]) != action["team"]
    return np.where(outside, 2, side).astype(np.int8)


def _others(
    asked: _Asked, action: pd.Series[Any], levels: npt.NDArray[np.float64],
    after: npt.NDArray[np.bool_],
) -> list[int]:  # fmt: skip
    """Items on the same scale that were not chosen by or for the team, with pieces enough."""
    rubric, log = asked.held.rubric, asked.log
    near = log["team"].isna() | pd.isna(action["team"]) | (log["team"] == action["team"])
    chosen, scale = set(log.loc[near, "item"]), rubric.scale_of(str(action["item"])).id
    known = ~np.isnan(levels)
    enough = np.minimum(known[after].sum(axis=0), known[~after].sum(axis=0)) >= TOO_FEW
    return [
        j
        for j, item in enumerate(asked.held.items)
        if item in rubric.scored_items and item not in chosen and enough[j]
        and rubric.scale_of(item).id == scale
    ]  # fmt: skip


def _alone(
    level: npt.NDArray[np.float64], after: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.object_], confidence: float,
) -> dict[str, Any]:  # fmt: skip
    known = ~np.isnan(level)
    found = two_periods(level[known], after[known], groups[known], confidence=confidence)
    own = found.difference if min(found.before.n, found.after.n) >= TOO_FEW else Estimate(math.nan)
    return {
        "before": found.before.value, "after": found.after.value, "n_before": found.before.n,
        "n_after": found.after.n, "change": own.value, "change_lower": own.lower,
        "change_upper": own.upper, "n_clusters": found.difference.clusters,
    }  # fmt: skip


def _means(level: npt.NDArray[np.float64], after: npt.NDArray[np.bool_]) -> dict[str, Any]:
    known = ~np.isnan(level)
    first, second = level[known & ~after], level[known & after]
    return {"before": float(first.mean()), "after": float(second.mean()), "n_before": len(first),
            "n_after": len(second)}  # fmt: skip


def _beside(found: Beside, matched: list[dict[str, Any]]) -> dict[str, Any]:
    if not matched:
        none = NO_NEIGHBOUR if not found.beyond.clusters else FEW
        return {"finding": none, "reason": found.beyond.reason}
    start, end = (float(np.mean([row[side] for row in matched])) for side in ("before", "after"))
    bounded = found.beyond.bounded
    return {
        "estimate": found.beyond.value if bounded else math.nan, "lower": found.beyond.lower,
        "upper": found.beyond.upper, "anyway": found.anyway,
        "matched": " ".join(row["item"] for row in matched), "matched_before": start,
        "matched_after": end, "n_matched": len(matched), "p": found.p,
        "finding": ALIKE if bounded else FEW, "reason": found.beyond.reason,
    }  # fmt: skip


def _table(
    asked: _Asked, found: list[tuple[dict[str, Any], list[dict[str, Any]], Beside | None]]
) -> pd.DataFrame:
    """All actions, judged together, and what they come to."""
    table = pd.DataFrame([row for row, _, _ in found]).reindex(columns=list(COLUMNS))
    for name in (*COLUMNS[4:13], "matched_before", "matched_after", "p"):
        table[name] = pd.to_numeric(table[name]).astype(float)
    table["q"] = adjusted(table["p"].to_numpy(float)) if len(table) else np.nan
    told = table["q"] < 1 - asked.confidence
    table.loc[told, "finding"] = np.where(table.loc[told, "estimate"] > 0, MORE, LESS)
    parts = [part for _, _, part in found if part is not None and part.beyond.bounded]
    if len(parts) > 1:
        table.loc[len(table)] = _all(parts, asked.confidence)
    counts = ["n_matched", "n_before", "n_after", "n_during", "n_clusters"]
    return table.assign(**{name: table[name].fillna(0).astype(int) for name in counts})


def _all(parts: list[Beside], confidence: float) -> pd.Series[Any]:
    mean, p = together(parts, confidence)
    side = MORE if mean.value > 0 else LESS
    pieces = [int(part.after.sum()) for part in parts]
    return pd.Series({
        "action": -1, "item": ALL, "team": "", "date": "", "estimate": mean.value,
        "lower": mean.lower, "upper": mean.upper, "n_matched": len(parts), "n_after": sum(pieces),
        "n_before": sum(len(part.after) for part in parts) - sum(pieces),
        "n_clusters": mean.clusters, "p": p, "q": p,
        "finding": side if p < 1 - confidence else ALIKE, "reason": mean.reason,
    }, dtype=object).reindex(list(COLUMNS))  # fmt: skip


def _missing(asked: _Asked) -> list[str]:
    rubric = [asked.held.rubric]
    return [
        f"{named(row, rubric)} has no {words}."
        for _, row in asked.log.iterrows()
        if (words := " and no ".join(name for name in ("owner", "date") if pd.isna(row[name])))
    ]


def _counts(asked: _Asked, rows: int) -> dict[str, Any]:
    last = pd.Timestamp(asked.held.ended.max())
    review = pd.to_datetime(asked.log["review_on"])
    due = asked.log[(review <= last) & (asked.log["done"] != "yes")]
    return {
        "last": last, "left_out": rows - len(asked.log), "undated": asked.held.undated,
        "due": [named(row, [asked.held.rubric]) for _, row in due.iterrows()],
        "selection_known": asked.held.selection_known,
    }  # fmt: skip
