"""What was seen in one person's latest pieces of work, for that person and their supervisor.

One piece is what was seen in it, and no level of anybody: the same worker works differently with
different families, and another rater might have seen it differently. A change is told only where it
is larger than single pieces of one unchanged person would differ by; otherwise it is said that it
cannot be told from noise, and nothing is drawn.

Sources: `fidelity.statistics.reliable_change` (a change of means against the noise of one piece,
which comes from all practitioners' pieces around their own means).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.feedback import Levels, describe, levels_of, next_level, there_from
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.statistics.reliable_change import FELL, IMPROVED, NOISE, change_of_means
from fidelity.words import NOUNS, in_brackets, pieces

Floats = npt.NDArray[np.float64]
FEW = "too few pieces of one person"
#: Pieces of the person on each side from which on a change is judged (local; as in `skills`).
LEAST = 2
#: Pieces that are the latest ones.
LATEST = 3
COLUMNS = (
    "item", "text", "component", "there", "description", "next_description", "must_have",
    "not_yet_seen", "n_there", "n_pieces",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Observed(Result):
    """What was seen in the latest piece of one person, and in the latest few.

    `to_frame()` has one row an item with a level in the latest piece, in rubric order: `item`,
    `text`, `component`, `there` (above the middle of its scale in that piece), `description`,
    `next_description` (of the next better level), `must_have`, `not_yet_seen`; and over the latest
    `LATEST` pieces `n_there` of `n_pieces`. No level and no average of the person stands in it.

    Attributes:
        change: estimate, lower, upper, n_before, n_after, finding (improved, fell, cannot be told
            from noise, too few pieces of one person).
        counts: pieces, the latest one and its date.
        rubric: the rubric.
    """

    change: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)
    rubric: Rubric = field(kw_only=True)


def observed(
    ratings: Ratings,
    practitioner: str,
    *,
    record: str | None = None,
    selection: str = "random",
    confidence: float = 0.95,
) -> Observed:
    """What was seen in one person's latest pieces.

    Args:
        ratings: checked ratings of one rubric; those of others serve only to know how much single
            pieces vary.
        practitioner: the person, as the ratings name them.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        confidence: how sure a change must be.

    Raises:
        UsageError: unvalidated input, no column practitioner, or nobody of that name.
    """
    held = _in_time(levels_of(ratings, record=record, selection=selection, cluster=None))
    if "practitioner" not in held.table:
        raise UsageError("The ratings have no column practitioner, so no sheet can be made.")
    mine = np.flatnonzero(held.table["practitioner"].astype(str) == practitioner)
    if not mine.size:
        raise UsageError(
            f'No counted piece is by practitioner "{practitioner}". Check the reference, and '
            "whether pieces chosen for a reason should count."
        )
    table = pd.DataFrame(_rows(held, mine), columns=list(COLUMNS))
    result = Observed(
        table, (),
        method_of("feedback for one person", held.rubric.label, record=record, selection=selection,
                  confidence=confidence, latest=LATEST,
                  change="mean of pieces, noise of a piece from all practitioners"),
        _changed(held, mine, confidence), _counts(held, mine), rubric=held.rubric,
    )  # fmt: skip
    return replace(result, sentences=tuple(_sentences(result)))


def _in_time(held: Levels) -> Levels:
    """In the order of their dates; pieces without one come first."""
    if "date" not in held.table:
        return held
    order = np.argsort(pd.to_datetime(held.table["date"]).fillna(pd.Timestamp.min), kind="stable")
    rows = np.asarray(order)
    return replace(
        held, table=held.table.iloc[rows].reset_index(drop=True), level=held.level[rows],
        state=held.state[rows], role=held.role[rows], clusters=held.clusters[rows],
    )  # fmt: skip


def _rows(held: Levels, mine: npt.NDArray[np.intp]) -> list[dict[str, Any]]:
    rubric, latest, rows = held.rubric, mine[-1], []
    for column, item in enumerate(held.items):
        level = held.level[latest, column]
        if math.isnan(level):
            continue
        recent = held.level[mine[-LATEST:], column]
        recent = recent[~np.isnan(recent)]
        rule, least = rubric.items[item], there_from(rubric, item)
        rows.append({
            "item": item, "text": rule.text, "component": rubric.component_of(item).title,
            "there": bool(level >= least), "description": describe(rubric, item, level),
            "next_description": next_level(rubric, item, level)[1],
            "must_have": rule.must_have is not None,
            "not_yet_seen": rule.must_have is not None and bool(level < rule.must_have),
            "n_there": int((recent >= least).sum()), "n_pieces": len(recent),
        })  # fmt: skip
    return rows


def _changed(held: Levels, mine: npt.NDArray[np.intp], confidence: float) -> dict[str, Any]:
    """The later half of the person's pieces beside the earlier half, over the noise of one piece.

    Items are put on one footing, from 0 to 1 of their scale, and averaged in each piece.
    """
    value = _footing(held)
    known = mine[~np.isnan(value[mine])]
    half = len(known) // 2
    n = (half, len(known) - half)
    if min(n) < LEAST:
        return {"estimate": math.nan, "lower": math.nan, "upper": math.nan, "n_before": n[0],
                "n_after": n[1], "finding": FEW}  # fmt: skip
    within, df = _noise(held, value)
    before, after = float(value[known[:half]].mean()), float(value[known[half:]].mean())
    found = change_of_means([before], [after], [n[0]], [n[1]], within=within, df=df,
                            confidence=confidence)  # fmt: skip
    return {
        "estimate": float(found.change[0]), "lower": float(found.lower[0]),
        "upper": float(found.upper[0]), "n_before": n[0], "n_after": n[1],
        "finding": str(found.finding[0]) or FEW,
    }  # fmt: skip


def _footing(held: Levels) -> Floats:
    """(pieces,) mean over items of the place on the scale, from 0 to 1."""
    scales = [held.rubric.scale_of(item) for item in held.items]
    low = np.array([scale.minimum for scale in scales], np.float64)
    high = np.array([scale.maximum for scale in scales], np.float64)
    share = (held.level - low) / (high - low)
    known = ~np.isnan(share)
    n = known.sum(axis=1)
    total = np.where(known, share, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, n, out=np.full(len(share), np.nan), where=n > 0))


def _noise(held: Levels, value: Floats) -> tuple[float, float]:
    """Variance of a piece around its practitioner's mean, and its degrees of freedom."""
    known = ~np.isnan(value) & held.table["practitioner"].notna().to_numpy()
    people = pd.Series(value[known]).groupby(held.table.loc[known, "practitioner"].to_numpy())
    squares = float(((people.transform("mean") - value[known]) ** 2).sum())
    df = int(known.sum()) - people.ngroups
    return (squares / df if df > 0 else math.nan), float(df)


def _counts(held: Levels, mine: npt.NDArray[np.intp]) -> dict[str, Any]:
    day = held.table["date"].iloc[mine[-1]] if "date" in held.table else None
    return {
        "pieces": len(mine), "piece": str(held.table["piece"].iloc[mine[-1]]),
        "date": None if day is None or pd.isna(day) else pd.Timestamp(day),
    }  # fmt: skip


def _sentences(result: Observed) -> list[str]:
    rubric, n = result.rubric, result.counts["pieces"]
    one = NOUNS[rubric.looks_at][0]
    there = int(result.table["there"].sum())
    seen = (
        f"{pieces(rubric, n)} looked at. In the latest {one}, {there} of {len(result.table)} "
        f"things were there; that is what was seen in it, and no level of a person."
    )
    return [seen, change_told(result)]


def change_told(result: Observed) -> str:
    """Whether a change can be told from noise."""
    held, several = result.change, NOUNS[result.rubric.looks_at][1]
    if held["finding"] == FEW:
        return (
            f"Whether anything has changed cannot be told from so few {several}: at least "
            f"{2 * LEAST} are needed, and that is seldom enough."
        )
    n = f"{held['n_before']} earlier and {held['n_after']} later {several}"
    size = in_brackets(100 * held["estimate"], 100 * held["lower"], 100 * held["upper"], 0)
    if held["finding"] == NOISE:
        return (
            f"Between {n}, a change cannot be told from noise ({size}, from 0 to 100): "
            "different families and different raters alone make such differences."
        )
    way = {IMPROVED: "nearer to", FELL: "further from"}[held["finding"]]
    return (
        f"Between {n}, what was seen came {way} the descriptions by more than noise ({size}, "
        "from 0 to 100). That may be the work, the families, or who looked."
    )
