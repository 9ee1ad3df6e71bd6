"""The items of a score: mean, interval and how each was answered, by group.

Made when they are asked for: over millions of ratings they take as long as the scores themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.scores_sample import Group, Sample, roles_in
from fidelity.rubric.model import Item, Rubric
from fidelity.statistics import clusters as stats
from fidelity.statistics.estimate import Estimate
from fidelity.tables import LEVEL, NA, NE, distribution


def item_table(
    groups: Sequence[Group], heads: Sequence[str], sample: Sample, rubric: Rubric
) -> pd.DataFrame:
    """One row a group and item."""
    return pd.DataFrame(
        [row for group in groups for row in _item_rows(group, heads, sample, rubric)]
    )


def not_yet_seen(sample: Sample, rubric: Rubric) -> dict[str, tuple[int, int]]:
    """By must-have: in how many counted assessments it is not yet seen, of how many that tell."""
    found = {}
    for item in rubric.must_haves.values():
        column = sample.answers.columns([item.id])[0]
        _, level, seen = _answered(sample, slice(None), column, item, rubric)
        found[item.id] = (int(_below(level, seen, item, rubric).sum()), int(seen.sum()))
    return found


def must_haves_seen(sample: Sample, rubric: Rubric) -> dict[str, Estimate]:
    """By must-have: the share of counted assessments that tell in which it is seen."""
    found = {}
    for item in rubric.must_haves.values():
        column = sample.answers.columns([item.id])[0]
        _, level, told = _answered(sample, slice(None), column, item, rubric)
        seen = told & ~_below(level, told, item, rubric)
        found[item.id] = stats.cluster_share(
            seen[told], sample.cluster[told], confidence=sample.confidence
        )
    return found


def _item_rows(
    group: Group, heads: Sequence[str], sample: Sample, rubric: Rubric
) -> Iterator[dict[str, Any]]:
    """How each item was answered in a group; levels that are not averaged have no mean."""
    head = dict(zip(heads, group.labels, strict=True))
    roles = roles_in(sample, group)
    for column, item in enumerate(sample.answers.items):
        if not rubric.asks(item, roles):
            continue
        rule, scale = rubric.items[item], rubric.scale_of(item)
        state, level, seen = _answered(sample, group.rows, column, rule, rubric)
        averaged = rubric.component_of(item).mean or scale.kind != "levels"
        rows = group.rows[seen]
        weight = None if sample.weight is None else sample.weight[rows]
        mean = (
            stats.cluster_mean(
                level[seen] / scale.unit, sample.cluster[rows], weight, sample.confidence
            )
            if averaged and rule.scored
            else Estimate(np.nan, n=int(seen.sum()), reason="its levels are not averaged")
        )
        yield {
            **head, "item": item, "text": rule.text, "estimate": mean.value, "lower": mean.lower,
            "upper": mean.upper, "n_pieces": int(seen.sum()), "n_clusters": mean.clusters,
            "n_ne": int((state == NE).sum()), "n_na": int((state == NA).sum()),
            "n_missing": int((~seen & (state != NA)).sum()),
            "n_not_yet_seen": int(_below(level, seen, rule, rubric).sum()), "reason": mean.reason,
        }  # fmt: skip


def _answered(
    sample: Sample, rows: npt.NDArray[np.intp] | slice, column: int, item: Item, rubric: Rubric
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """State and level of an item, and whether there is a level; NE is the lowest where it is."""
    state = sample.answers.states[rows, column]
    absent = (state == NE) & (item.ne == "absent")
    scale = rubric.scale_of(item.id)
    level = np.where(absent, scale.minimum * scale.unit, sample.answers.levels[rows, column])
    return state, level, (state == LEVEL) | absent


def _below(
    level: npt.NDArray[Any], seen: npt.NDArray[np.bool_], item: Item, rubric: Rubric
) -> npt.NDArray[np.bool_]:
    """Where a must-have is below the level from which it counts as seen."""
    if item.must_have is None:
        return np.zeros_like(seen)
    below = level < item.must_have * rubric.scale_of(item.id).unit
    return np.asarray(seen & below)


def level_table(
    groups: Sequence[Group], heads: Sequence[str], sample: Sample, rubric: Rubric
) -> pd.DataFrame:
    """Counts of every answer by group, in the order of the groups."""
    tables = []
    for group in groups:
        mine = replace(
            sample.answers,
            states=sample.answers.states[group.rows], levels=sample.answers.levels[group.rows],
        )  # fmt: skip
        table = distribution(mine, rubric, np.zeros(len(group.rows), np.intp), 1)
        roles = roles_in(sample, group)
        away = [item for item in rubric.asked_of if not rubric.asks(item, roles)]
        table = table[~table["item"].isin(away)] if away else table
        for position, (name, label) in enumerate(zip(heads, group.labels, strict=True)):
            table.insert(position, name, label)
        tables.append(table.drop(columns="group"))
    return pd.concat(tables, ignore_index=True)
