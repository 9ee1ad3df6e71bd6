"""What was seen in our work: where is it there in most pieces, and where is it not there yet?

For the people whose practice it is. Each item is held against its own description and nothing else:
no other team, no average, no band. An item is "there" in a piece where it was scored above the
middle of its scale. Something is said of an item only from five pieces on, and "in most pieces like
these" or "in most not yet" only where that holds with an interval, and with false findings among
many items held down; everything else is told as what was seen in the pieces that were looked at.

The words are those of the rubric: the description of the level that was seen most often, and of the
next one.

Sources: `fidelity.statistics.clusters` (share with a Wilson interval that allows for pieces of one
worker); Benjamini & Hochberg 1995 (`.false_discovery`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import feedback_words
from fidelity.collect.ratings import Ratings
from fidelity.counted import counted
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.scorings import Scorings, clusters_of, scorings
from fidelity.statistics.clusters import cluster_share
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted
from fidelity.tables import NA, NE
from fidelity.words import TOO_FEW, level_text

Floats = npt.NDArray[np.float64]
THERE, NOT_YET = "there in most", "not there yet in most"
MIXED, FEW = "cannot be told", "too few to say"
#: How a description builds on another: "As 4, with reasons", or "As good" on the one below.
_BEYOND = " Beyond that: "
_BUILDS_ON = re.compile(r"As ([0-9]+|good)\b[,:]?\s*")
COLUMNS = (
    "item", "text", "component", "role", "n_pieces", "n_there", "estimate", "lower", "upper",
    "n_clusters", "p", "q", "finding", "there_from", "level", "n_level", "description",
    "next_level", "next_description", "must_have", "n_not_yet_seen", "n_ne", "n_na", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Seen(Result):
    """What was seen in some pieces, item by item.

    `to_frame()` has one row an item that is scored in levels, in rubric order: `item`, `text`,
    `component`, `role` (who scored; the one with most answers), `n_pieces` (with a level),
    `n_there` (above the middle of the scale), `estimate` with `lower` and `upper` (their share),
    `n_clusters`, `p`, `q` (that the share is a half; false discoveries held over items), `finding`
    (there in most, not there yet in most, cannot be told, too few to say), `there_from` (the level
    from which it is there), `level` (seen most often on the side of the finding), `n_level`,
    `description`, `next_level` and `next_description` (the next better level that is described),
    `must_have`, `n_not_yet_seen`, `n_ne`, `n_na`, `reason`.

    Attributes:
        counts: numbers for the sentences: pieces, people, roles and so on.
        rubric: the rubric.
    """

    counts: Mapping[str, Any] = field(default_factory=dict)
    rubric: Rubric = field(kw_only=True)


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels of the pieces that count, higher always being nearer to the description.

    Attributes:
        rubric: the rubric.
        table: what is known about each piece.
        items: ids of the items that are answered in levels; the columns of the arrays.
        level: (pieces, items); NaN where there is none.
        state: (pieces, items), as `fidelity.tables` numbers them.
        role: role under which each counts.
        clusters: cluster of each piece.
        selection_known: whether every piece says how it was chosen.
        left_out: pieces left out because of how they were chosen.
    """

    rubric: Rubric
    table: pd.DataFrame
    items: tuple[str, ...]
    level: Floats
    state: npt.NDArray[np.int8]
    role: npt.NDArray[np.object_]
    clusters: npt.NDArray[np.object_]
    selection_known: bool
    left_out: int


def seen(
    ratings: Ratings,
    *,
    record: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> Seen:
    """What was seen in these pieces, item by item, beside the item's own description.

    Args:
        ratings: checked ratings of one rubric; of the pieces that are to be talked about alone.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        confidence: coverage of the intervals; its complement is the false-discovery rate.

    Raises:
        UsageError: unvalidated input, pieces with several assessments that could count.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    held = levels_of(ratings, record=record, selection=selection, cluster=cluster)
    rows = [_row(held, column, confidence) for column in range(len(held.items))]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["q"] = adjusted(table["p"].to_numpy(float)) if len(table) else table["p"]
    sure = table["q"] < 1 - confidence
    half = table["estimate"] > 0.5
    table.loc[sure, "finding"] = np.where(half[sure], THERE, NOT_YET)
    told = pd.DataFrame(list(_described(held, table)), index=table.index, dtype=object)
    result = Seen(
        table.drop(columns=list(told)).join(told)[list(COLUMNS)], (),
        method_of(
            "feedback", held.rubric.label, record=record, selection=selection,
            confidence=confidence, there="above the middle of the scale", least_pieces=TOO_FEW,
            interval="share: Wilson on n/deff, t; false discoveries over items: BH",
        ),
        _counts(held), rubric=held.rubric,
    )  # fmt: skip
    return replace(result, sentences=tuple(feedback_words.sentences(result)))


def levels_of(
    ratings: Ratings, *, record: str | None, selection: str, cluster: str | None
) -> Levels:
    """The levels of the pieces that count."""
    held = scorings(ratings, "feedback", "all")
    chosen = counted(ratings, record=record, selection=selection)
    rubric, rows = held.rubric, chosen.rows
    items = tuple(
        i for i in held.answers.items
        if rubric.items[i].scored and rubric.scale_of(i).kind == "levels"
    )  # fmt: skip
    columns = held.answers.columns(items)
    table = held.table.iloc[rows].reset_index(drop=True)
    return Levels(
        rubric, table, items, _upward(held, items)[rows], held.answers.states[rows][:, columns],
        chosen.role, clusters_of(table, cluster)[1] if len(table) else np.empty(0, object),
        chosen.selection_known, sum(chosen.left_out.values()),
    )  # fmt: skip


def upward(rubric: Rubric, item: str, level: float) -> float:
    """A level as it counts, higher being nearer to the description; and back again."""
    scale = rubric.scale_of(item)
    return scale.minimum + scale.maximum - level if rubric.items[item].proscribed else level


def there_from(rubric: Rubric, item: str) -> int:
    """The lowest level above the middle of an item's scale, as it counts."""
    scale = rubric.scale_of(item)
    values = sorted(level.value for level in scale.levels)
    return next(value for value in values if value > (scale.minimum + scale.maximum) / 2)


def describe(rubric: Rubric, item: str, level: float) -> str:
    """What a level, as it counts, looks like; "As 4, and" is spelled out with what 4 looks like."""
    text = level_text(rubric, item, int(upward(rubric, item, level)))
    found = _BUILDS_ON.match(text)
    if not found:
        return text
    own = int(upward(rubric, item, level))
    below = level_text(rubric, item, own - 1 if found[1] == "good" else int(found[1]))
    return f"{below}{_BEYOND}{text[found.end() :]}" if below else text


def next_level(rubric: Rubric, item: str, level: float) -> tuple[float, str]:
    """The next better level that is described, and its description; NaN and "" at the top.

    Where it builds on the level itself, that is not told again.
    """
    values = sorted(v.value for v in rubric.scale_of(item).levels if v.value > level)
    below = describe(rubric, item, level)
    for value in values:
        text = describe(rubric, item, value)
        if below and text.startswith(f"{below}{_BEYOND}"):
            text = f"The same, and beyond that: {text.removeprefix(below + _BEYOND)}"
        if text:
            return float(value), text
    return math.nan, ""


def _upward(held: Scorings, items: tuple[str, ...]) -> Floats:
    columns = held.answers.columns(items)
    level = held.levels[:, columns].copy()
    for place, item in enumerate(items):
        if held.rubric.items[item].proscribed:
            scale = held.rubric.scale_of(item)
            level[:, place] = scale.minimum + scale.maximum - level[:, place]
    return level


def main_role(held: Levels, column: int) -> npt.NDArray[np.bool_]:
    """The pieces under the role with the most answers to an item; roles are not pooled."""
    known = ~np.isnan(held.level[:, column])
    names, counts = np.unique(held.role[known].astype(str), return_counts=True)
    role = names[counts.argmax()] if len(names) else ""
    return np.asarray(held.role.astype(str) == role) if len(names) else np.ones(len(known), bool)


def _row(held: Levels, column: int, confidence: float) -> dict[str, Any]:
    """One item: the share of pieces in which it is there, and what cannot be said."""
    item, rubric = held.items[column], held.rubric
    mine = main_role(held, column)
    level, state = held.level[mine, column], held.state[mine, column]
    known = ~np.isnan(level)
    there = level[known] >= there_from(rubric, item)
    n, rule = int(known.sum()), rubric.items[item]
    clusters = held.clusters[mine][known]
    share = cluster_share(there, clusters, confidence=confidence)
    few = n < TOO_FEW
    reason = f"{n} pieces; {TOO_FEW} are needed" if few else share.reason
    below = (level[known] < rule.must_have).sum() if rule.must_have is not None else 0
    roles = sorted(set(held.role[mine].astype(str)))
    return {
        "item": item, "text": rule.text, "component": rubric.component_of(item).title,
        "role": roles[0] if roles else "", "n_pieces": n, "n_there": int(there.sum()),
        "estimate": math.nan if few else share.value, "lower": math.nan if few else share.lower,
        "upper": math.nan if few else share.upper, "n_clusters": share.clusters,
        "p": math.nan if few else _p(share, there, clusters), "q": math.nan,
        "finding": FEW if few else MIXED, "there_from": there_from(rubric, item),
        "must_have": rule.must_have is not None, "n_not_yet_seen": int(below),
        "n_ne": int((state == NE).sum()), "n_na": int((state == NA).sum()), "reason": reason,
    }  # fmt: skip


def _p(share: Estimate, there: npt.NDArray[np.bool_], clusters: npt.NDArray[np.object_]) -> float:
    """One less the highest confidence at which the interval of the share leaves out a half."""
    if not share.bounded:
        return math.nan
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        held = cluster_share(there, clusters, confidence=middle)
        low, high = (middle, high) if held.lower > 0.5 or held.upper < 0.5 else (low, middle)
    return 1 - low


def _described(held: Levels, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The level that was seen most often on the side of the finding, and the next one."""
    for column, (_, row) in enumerate(table.iterrows()):
        item = held.items[column]
        level = held.level[main_role(held, column), column]
        level = level[~np.isnan(level)]
        if 2 * row["n_there"] != len(level) and len(level):
            there = level >= row["there_from"]
            level = level[there] if 2 * row["n_there"] > len(level) else level[~there]
        values, counts = np.unique(level, return_counts=True)
        if not len(values):
            yield {"level": math.nan, "n_level": 0, "description": "", "next_level": math.nan,
                   "next_description": ""}  # fmt: skip
            continue
        most = float(values[counts.argmax()])
        following, text = next_level(held.rubric, item, most)
        yield {"level": most, "n_level": int(counts.max()), "next_level": following,
               "description": describe(held.rubric, item, most),
               "next_description": text}  # fmt: skip


def _counts(held: Levels) -> dict[str, Any]:
    people = held.table.get("practitioner")
    roles = pd.Series(held.role.astype(str)).value_counts()
    return {
        "pieces": len(held.table), "left_out": held.left_out,
        "people": None if people is None or people.isna().any() else int(people.nunique()),
        "roles": {str(role): int(n) for role, n in roles.items()},
        "selection_known": held.selection_known,
    }  # fmt: skip
