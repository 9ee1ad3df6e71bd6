"""Different rubrics on one footing: where an answer stands between the ends of its own scale.

A level of 4 on a scale of 1 to 5 and a 7 on a scale of 0 to 10 cannot be averaged. Each answer is
therefore placed between the lowest level of its own scale (0) and the highest (1); a proscribed
item is turned round first. That makes numbers comparable in form alone: rubrics describe their
levels in different words, and nothing makes "agree" of a parent the same as "most" of an auditor.
So every sentence made from it says what was compared.

Who scores from a place of their own is never pooled with others: each role stands apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.counted import Counted, counted
from fidelity.rubric.model import Rubric
from fidelity.scorings import clusters_of, scorings
from fidelity.tables import NA

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Footing:
    """Counted pieces of one rubric scored by one role, each answer as a share of its scale.

    Attributes:
        rubric: the rubric.
        role: who scored; "" where it is not recorded.
        alone: whether no other role scored.
        table: what is known about each piece.
        shares: (pieces, items) 0 at the lowest level, 1 at the highest; NaN where there is none.
        applies: (pieces, items) whether the item applies.
        items: ids of the items, the columns.
        cluster: the column that pieces are nested in.
        clusters: its label for each piece.
        left_out: pieces left out because of how they were chosen, by selection.
    """

    rubric: Rubric
    role: str
    alone: bool
    table: pd.DataFrame
    shares: Floats
    applies: Flags
    items: tuple[str, ...]
    cluster: str
    clusters: npt.NDArray[np.object_]
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def who(self) -> str:
        """The role in words."""
        return self.role.replace("_", " ") or "role not recorded"

    def columns(self, items: Sequence[str]) -> list[int]:
        """Positions of items."""
        return [self.items.index(item) for item in items]

    def mean(self, items: Sequence[str], least: float = 0.0) -> Floats:
        """Mean share of some items, by piece.

        Args:
            items: ids.
            least: share of those that apply that must be answered; one at least.

        Returns:
            (pieces,); NaN where too few are answered.
        """
        at = self.columns(items)
        if not at:
            return np.full(len(self), np.nan)
        given = self.shares[:, at]
        known = ~np.isnan(given)
        n, applying = known.sum(axis=1), self.applies[:, at].sum(axis=1)
        enough = (n > 0) & (n >= least * applying - 1e-9)
        total = np.where(known, given, 0.0).sum(axis=1)
        return np.asarray(np.where(enough, total / np.maximum(n, 1), np.nan))


def comparable(rubric: Rubric, role: str = "") -> tuple[str, ...]:
    """Scored items on a scale of levels that are asked of a role and may be averaged."""
    return tuple(
        item.id
        for component in rubric.components
        if component.mean and rubric.asks(component.id, [role] if role else [])
        for item in component.items
        if item.scored and rubric.scale_of(item.id).kind == "levels"
    )


def footings(
    ratings: Ratings, asked: str, *, record: str | None = None, selection: str = "random",
    cluster: str | None = None,
) -> list[Footing]:  # fmt: skip
    """The pieces that count, a `Footing` for each role that scored them, by name.

    Args:
        ratings: checked ratings of one rubric.
        asked: the function that needs them, for messages.
        record: the one role that is looked at; each by itself if not given.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given. Of an
            organisation, whoever spoke: the same person may be asked in each round.

    Raises:
        UsageError: unvalidated input, or a piece with several assessments of one role.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    held = scorings(ratings, asked, "all")
    if cluster is None and held.rubric.looks_at == "organisation":
        cluster = "rater"
    roles = [record] if record else _apart(held.table)
    if roles:
        chosen = [counted(ratings, record=role, selection=selection) for role in roles]
    else:
        chosen = [counted(ratings, selection=selection)]
    found = [(role, rows, one) for one in chosen for role, rows in _by_role(one)]
    shares = _shares(held.levels, held.rubric, held.answers.items)
    applies = held.answers.states != NA
    made = []
    for role, rows, one in sorted(found, key=lambda each: each[0]):
        table = held.table.iloc[rows].reset_index(drop=True)
        name, clusters = clusters_of(table, cluster)
        items = comparable(held.rubric, role)
        cells = np.ix_(rows, np.array(held.answers.columns(items), np.intp))
        made.append(Footing(held.rubric, role, len(found) == 1, table, shares[cells],
                            applies[cells], items, name, clusters, one.left_out))  # fmt: skip
    return made


def _apart(table: pd.DataFrame) -> list[str]:
    """The roles, where some piece was scored as routine by several of them; else none."""
    routine = table[(table["purpose"] == "routine") & (table["rater_role"] != "agreed")]
    if routine.empty or routine.groupby("piece")["rater_role"].nunique().max() < 2:
        return []
    return sorted(set(routine["rater_role"]) - {""})


def _by_role(chosen: Counted) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
    for role in sorted(set(chosen.role)):
        yield str(role), chosen.rows[chosen.role == role]


def _shares(levels: Floats, rubric: Rubric, items: tuple[str, ...]) -> Floats:
    """Levels between the ends of their scales, proscribed items turned round."""
    shares = np.full(levels.shape, np.nan)
    for column, item in enumerate(items):
        scale = rubric.scale_of(item)
        if scale.kind == "levels":
            share = (levels[:, column] - scale.minimum) / (scale.maximum - scale.minimum)
            shares[:, column] = 1 - share if rubric.items[item].proscribed else share
    return shares
