"""What lies behind a page: ratings of one rubric with their scores, and plain counts of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.collect.columns import DRAWN_AT_RANDOM
from fidelity.present import scope
from fidelity.words import NOUNS

if TYPE_CHECKING:
    from fidelity.analyses.scores import GroupScores
    from fidelity.collect.ratings import Ratings
    from fidelity.present.briefing_period import Period


@dataclass(frozen=True, eq=False)
class Evidence:
    """Ratings of one rubric with their scores.

    Attributes:
        ratings, scores: what was rated in the period, and how it scored.
        name: what it is called beside other evidence.
        everything: all ratings up to the end of the period; None where they are the same.
        period: of which time it is; None for all.
    """

    ratings: Ratings
    scores: GroupScores
    name: str
    everything: Ratings | None = None
    period: Period | None = None

    @property
    def record(self) -> Ratings:
        """All ratings up to the end of the period."""
        return self.ratings if self.everything is None else self.everything

    @property
    def several(self) -> str:
        """What its pieces are called."""
        return NOUNS[self.scores.rubric.looks_at][1]

    @property
    def n(self) -> int:
        """How many pieces count."""
        return scope.pieces(self.scores)


def drawn(scores: GroupScores) -> str:
    """How the pieces were chosen: "random", "chosen" (some for a reason) or "unknown"."""
    table = scope.counted_assessments(scores)
    if "selection" not in table or table["selection"].isna().any():
        return "unknown"
    return "random" if table["selection"].isin(DRAWN_AT_RANDOM).all() else "chosen"


def must_have_counts(scores: GroupScores) -> list[tuple[str, int, int]]:
    """Of each must-have: its wording, how often it was not yet seen, of how many scored."""
    items = whole_rows(scores, scores.items)
    found = []
    for item in scores.rubric.must_haves.values():
        mine = items[items["item"] == item.id]
        found.append((scope.item_label(item.id, item.text), int(mine["n_not_yet_seen"].sum()),
                      int(mine["n_pieces"].sum())))  # fmt: skip
    return found


def whole_rows(scores: GroupScores, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of all pieces, of each role, in a table of the result."""
    return pd.concat([group.rows(table, scores.by) for group in scope.wholes(scores)])


def scored_twice(evidence: Evidence) -> int:
    """How many of the counted pieces have been scored by another rater as well."""
    table = evidence.scores.assessments
    if "rater_role" in table:
        table = table[table["rater_role"] != "agreed"]
    if "purpose" in table:
        table = table[table["purpose"].fillna("routine") != "benchmark"]
    raters = table.groupby("piece")["rater"].nunique()
    counted = scope.counted_assessments(evidence.scores)["piece"].unique()
    return int((raters.reindex(counted).fillna(0) > 1).sum())


def no_evidence(scores: GroupScores) -> tuple[int, int]:
    """Answers "no evidence found", and all answers that were due, over the scored items."""
    rows = whole_rows(scores, scores.levels)
    rows = rows[rows["item"].isin(scores.rubric.scored_items)]
    due = int(rows.loc[rows["answer"] != "NA", "count"].sum())
    return int(rows.loc[rows["answer"] == "NE", "count"].sum()), due


def left_out(scores: GroupScores) -> dict[str, int]:
    """Pieces that do not count because they were chosen for a reason, by selection."""
    table = scores.assessments
    if "selection" not in table or scores.method["selection"] == "all":
        return {}
    away = table[~table["counted"].astype(bool) & table["selection"].notna()]
    away = away[~away["selection"].isin(DRAWN_AT_RANDOM)]
    counts = away.drop_duplicates("piece")["selection"].value_counts()
    return {str(kind).replace("_", " "): int(n) for kind, n in sorted(counts.items())}
