"""Every scoring of every piece, for questions about who scored it.

Group scores count one assessment a piece (`fidelity.counted`). Whether raters agree, how they
score beside what was agreed, and what moderators would have found need all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.columns import DRAWN_AT_RANDOM
from fidelity.collect.ratings import Ratings
from fidelity.counted import default_cluster, labels
from fidelity.errors import UsageError
from fidelity.rubric.model import Rubric
from fidelity.scoring import Scores, score_answers
from fidelity.tables import LEVEL, NE, Answers, answers

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Roles that look at the practice of others. Those who speak from a place of their own (self,
#: practitioner, parent, child, partner, leader, manager) see other things, and an agreed score is
#: nobody's own: none of these is compared with auditors unless it is asked.
AUDITORS = ("", "line_manager", "peer", "moderator", "independent", "conference_chair")
AGREED = "agreed"
_ORDER = {"routine": 0, "double": 1, "benchmark": 2}


@dataclass(frozen=True, eq=False)
class Scorings:
    """Assessments of one rubric, each as it was scored.

    Attributes:
        rubric: the rubric.
        table: one row an assessment; `rater_role` and `purpose` never missing.
        answers: what was answered, rows as in `table`.
        scores: the measures, rows as in `table`.
        levels: (assessments, items) the level of each item as it counts, NaN where none does: NE
            is the lowest level where the record is the practice, else it is none.
        left_out: how many pieces were left out because of how they were chosen, by selection.
        selection_known: whether every piece says how it was chosen.
    """

    rubric: Rubric
    table: pd.DataFrame
    answers: Answers
    scores: Scores
    levels: Floats
    left_out: dict[str, int]
    selection_known: bool

    @property
    def role(self) -> npt.NDArray[np.object_]:
        """Role of each assessment; "" where none is recorded."""
        return self.table["rater_role"].to_numpy(object)

    @property
    def benchmark(self) -> npt.NDArray[np.bool_]:
        """Whether each is of a benchmark piece."""
        return (self.table["purpose"] == "benchmark").to_numpy(bool)

    def bands(self) -> Floats:
        """(assessments,) the band as a rank, 0 the lowest; NaN where it cannot be said."""
        bands = self.rubric.bands
        if bands is None or self.scores.band is None:
            return np.full(len(self.table), np.nan)
        code = self.scores.band.astype(np.float64)
        return np.where(code < 0, np.nan, len(bands.levels) - 1 - code)


def scorings(ratings: Ratings, asked: str, selection: str = "random") -> Scorings:
    """All assessments, with what each item and measure got.

    Args:
        ratings: checked ratings.
        asked: the function that needs them, for messages.
        selection: "random" leaves out pieces that were chosen for a reason; "all" keeps them.
            Benchmark pieces, which are drawn from no practice, stay.

    Raises:
        UsageError: unvalidated input, or another selection.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    if not isinstance(ratings, Ratings):
        raise UsageError(
            f"{asked}() takes checked ratings, not {type(ratings).__name__}; first: "
            "ratings = fidelity.Ratings(frame, rubric)"
        )
    if selection not in {"random", "all"}:
        raise UsageError(f'selection="{selection}"; allowed: "random" or "all".')
    table = ratings.assessments.reset_index(drop=True)
    table["rater_role"] = _text(table, "rater_role", "")
    table["purpose"] = _text(table, "purpose", "routine")
    kept, left_out = _drawn(table, selection)
    given = answers(ratings)
    given = replace(given, states=given.states[kept], levels=given.levels[kept])
    table = table.iloc[kept].reset_index(drop=True)
    practice = table["purpose"] != "benchmark"
    known = "selection" in table and table.loc[practice, "selection"].notna().all()
    return Scorings(
        ratings.rubric, table, given, score_answers(given, ratings.rubric),
        _levels(given, ratings.rubric), left_out, bool(known),
    )  # fmt: skip


def _text(table: pd.DataFrame, column: str, default: str) -> pd.Series[str]:
    if column not in table:
        return pd.Series(default, index=table.index, dtype=object)
    text = table[column].astype(object)
    return text.where(text.notna() & (text != ""), default)


def _drawn(table: pd.DataFrame, selection: str) -> tuple[Rows, dict[str, int]]:
    if selection == "all" or "selection" not in table:
        return np.arange(len(table)), {}
    kept = table["selection"].isna() | table["selection"].isin(DRAWN_AT_RANDOM)
    away = table[~kept].drop_duplicates("piece")["selection"].value_counts()
    return np.flatnonzero(kept), {str(name): int(n) for name, n in sorted(away.items())}


def _levels(given: Answers, rubric: Rubric) -> Floats:
    absent = np.array([rubric.items[item].ne == "absent" for item in given.items])
    scales = [rubric.scale_of(item) for item in given.items]
    lowest = np.array([scale.minimum for scale in scales], np.float64)
    unit = np.array([scale.unit for scale in scales], np.float64)
    level = np.where(given.states == LEVEL, given.levels / unit, np.nan)
    return np.where((given.states == NE) & absent, lowest, level)


def check_roles(given: Scorings, roles: Collection[str], option: str) -> None:
    """Refuse roles that no assessment has.

    Raises:
        UsageError: the message names the roles that there are.
    """
    known = sorted(set(given.role))
    unknown = sorted(set(roles) - set(known))
    if unknown:
        named = ", ".join(role or "(none recorded)" for role in known)
        raise UsageError(
            f"{option}: no assessment has the role {', '.join(unknown)}; the ratings hold: {named}."
        )


def measure_of(given: Scorings, wanted: str | None) -> str:
    """The mean or item that is looked at: the one that is banded if none is named.

    Raises:
        UsageError: the rubric has no such mean or item.
    """
    rubric = given.rubric
    means = [name for name, m in given.scores.measures.items() if m.kind == "mean"]
    there = [*means, *rubric.items]
    if wanted is None:
        banded = [rubric.bands.of] if rubric.bands else []
        first = [*banded, *(c.id for c in rubric.composites), *means, *rubric.scored_items]
        return next(name for name in first if name in there)
    if wanted not in there:
        raise UsageError(f'No mean or item "{wanted}" in {rubric.id}; there are: '
                         f'{", ".join(there)}.')  # fmt: skip
    return wanted


def values_of(given: Scorings, measure: str) -> Floats:
    """The measure of each assessment; NaN where it has none."""
    if measure in given.scores.measures:
        return given.scores.measures[measure].value
    return given.levels[:, given.answers.items.index(measure)]


def by_piece(given: Scorings, rows: Rows) -> tuple[npt.NDArray[np.object_], Rows]:
    """The assessments of each piece side by side.

    Args:
        given: the scorings.
        rows: those that enter. Of several by one rater of one piece the first enters: routine
            before double, earliest first.

    Returns:
        The pieces (P,), and (P, R) rows of `given.table`, -1 where a piece has fewer.
    """
    table = given.table.iloc[rows][["piece", "rater", "purpose"]].copy()
    when = given.table["rated_on"] if "rated_on" in given.table else given.table["piece"]
    table["order"] = table["purpose"].map(_ORDER)
    table["when"] = pd.factorize(when, sort=True)[0][rows]
    table = table.sort_values(["piece", "order", "when", "rater"], kind="stable")
    table = table.drop_duplicates(["piece", "rater"])
    code, names = pd.factorize(table["piece"])
    slot = table.groupby("piece", sort=False).cumcount().to_numpy()
    side = np.full((len(names), int(slot.max(initial=-1)) + 1), -1, np.intp)
    side[code, slot] = table.index.to_numpy()
    return np.asarray(names, dtype=object), side


def spread(values: Floats, side: Rows) -> Floats:
    """Values of assessments laid beside one another by piece.

    Args:
        values: (assessments,) or (assessments, items).
        side: (P, R) rows from `by_piece`.

    Returns:
        (P, R), or (items, P, R); NaN where a piece has no such assessment.
    """
    held = np.where(side < 0, 0, side)
    if values.ndim == 1:
        return np.where(side < 0, np.nan, values[held])
    laid = np.moveaxis(values[held], -1, 0)
    return np.where(side[None] < 0, np.nan, laid)


def mean_of(laid: Floats) -> Floats:
    """Mean over the raters of each piece.

    Args:
        laid: (P, R) from `spread`.

    Returns:
        (P,); NaN where nobody gave a value.
    """
    known = ~np.isnan(laid)
    n = np.asarray(known.sum(axis=1))
    total = np.where(known, laid, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, n, out=np.full(len(laid), np.nan), where=n > 0))


def period(table: pd.DataFrame) -> tuple[str, str] | None:
    """First and last date of the practice looked at, as 2026-03-31; None where none is known."""
    if "date" not in table or table["date"].isna().all():
        return None
    dates = table["date"].dropna()
    return str(min(dates))[:10], str(max(dates))[:10]


def check_constant(given: Scorings, side: Rows, names: Sequence[str]) -> None:
    """Refuse group columns that differ between the scorings of one piece: groups would overlap.

    Raises:
        UsageError: the message names the columns.
    """
    wrong = []
    for name in names:
        codes = pd.factorize(labels(given.table[name]))[0].astype(np.float64)
        laid = spread(codes, side)
        if laid.size and (np.nanmax(laid, axis=1) > np.nanmin(laid, axis=1)).any():
            wrong.append(name)
    if wrong:
        raise UsageError(
            f"{', '.join(wrong)} differ between the scorings of one piece, so that its groups "
            "would overlap. Group by what is true of the piece itself, such as team."
        )


def clusters_of(table: pd.DataFrame, cluster: str | None) -> tuple[str, npt.NDArray[np.object_]]:
    """What pieces are nested in, and the label of each row.

    Args:
        table: one row a piece.
        cluster: a column; practitioner, case or piece if not given, the first that is complete.

    Raises:
        UsageError: a column that the ratings do not have.
    """
    name = cluster or default_cluster(table)
    if name not in table:
        known: Sequence[str] = [str(column) for column in table.columns]
        raise UsageError(f'No column "{name}" to cluster by; there are: {", ".join(known)}.')
    return name, labels(table[name])
