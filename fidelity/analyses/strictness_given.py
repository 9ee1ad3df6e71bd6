"""What strictness is found from: the single ratings of auditors, and who is linked with whom."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from fidelity.errors import UsageError
from fidelity.rubric.model import Rubric
from fidelity.scorings import AUDITORS, Scorings, by_piece, check_roles
from fidelity.statistics.connected import linked_parts
from fidelity.tables import CELLS_LIMIT


def compared_items(rubric: Rubric) -> tuple[str, ...]:
    """The scored items on the scale that most of them share; none where nothing has levels."""
    by_scale: dict[str, list[str]] = {}
    for item in rubric.scored_items:
        scale = rubric.scale_of(item)
        if scale.kind == "levels":
            by_scale.setdefault(scale.id, []).append(item)
    most: list[str] = []
    for items in by_scale.values():
        most = items if len(items) > len(most) else most
    return tuple(most)


def single_ratings(
    held: Scorings, items: tuple[str, ...], roles: Collection[str] | None, benchmark: bool
) -> tuple[pd.DataFrame, list[str]]:
    """One row a rating: piece, rater, item, level, benchmark, shared; and the roles used."""
    if roles is not None:
        check_roles(held, roles, "roles")
    wanted = set(AUDITORS if roles is None else roles) - {"agreed"}
    ours = np.isin(held.role, list(wanted)) & (benchmark | ~held.benchmark)
    _, side = by_piece(held, np.flatnonzero(ours))
    rows = np.sort(side[side >= 0])
    columns = np.array(held.answers.columns(items), np.intp)
    levels = held.levels[np.ix_(rows, columns)]
    for place, item in enumerate(items):
        if held.rubric.items[item].proscribed:
            scale = held.rubric.scale_of(item)
            levels[:, place] = scale.minimum + scale.maximum - levels[:, place]
    row, column = np.nonzero(~np.isnan(levels))
    if row.size > CELLS_LIMIT:
        raise UsageError(
            f"{row.size:,} single ratings; strictness() takes at most {CELLS_LIMIT:,}. Narrow the "
            "period or the teams."
        )
    about = held.table.iloc[rows[row]]
    given = pd.DataFrame({
        "piece": about["piece"].to_numpy(object), "rater": about["rater"].to_numpy(object),
        "item": np.array(items, dtype=object)[column],
        "level": levels[row, column].astype(np.int64), "benchmark": held.benchmark[rows[row]],
    })  # fmt: skip
    raters = given.groupby("piece")["rater"].transform("nunique")
    return given.assign(shared=raters > 1), sorted(wanted & set(held.role))


def linked_raters(given: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Raters linked by pieces; the group with most ratings first."""
    if given.empty:
        return ()
    _, parts = linked_parts(given["piece"].to_numpy(object), given["rater"].to_numpy(object))
    return tuple(tuple(sorted(map(str, part))) for part in parts)
