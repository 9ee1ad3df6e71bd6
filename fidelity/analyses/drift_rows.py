"""The scorings that tell practice from scoring, as arrays.

Scorings by auditors enter, routine, double and of benchmark pieces, and agreed scores; so do the
roles whose scores count. Roles, and scoring together with the practitioner or at a desk, have
levels of their own in the model: that one role is stricter than another is no drift.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.columns import DRAWN_AT_RANDOM, NOT_RECORDED
from fidelity.collect.ratings import Ratings
from fidelity.counted import Counted, counted, labels
from fidelity.errors import UsageError
from fidelity.scorings import AGREED, AUDITORS, Scorings, clusters_of, scorings
from fidelity.statistics.drift import TwoTrends, two_trends

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

#: Kinds of work that pieces are compared within, where every piece says which it is.
KINDS = ("plan_type", "stage", "selection", "source")
#: Where each reply is somebody's own view: no second person could score the same thing, so that a
#: level of each rater would be nothing but the reply again.
OWN_VIEWS = ("family", "staff")
#: Days of a month, on average.
MONTH = 30.4375


@dataclass(frozen=True, eq=False)
class Scored:
    """Scorings, rows as in `Ratings.assessments`.

    Attributes:
        held: the scorings themselves. table: with what each piece is nested in as `cluster`.
        chosen: which count. cluster: the column that `cluster` repeats.
        used: which enter the model. agreed, benchmark: which are agreed scores, of benchmark
            pieces.
        dates: end of the practice looked at. rated: day of the scoring; the same where it is not
            known.
        rater: code, -1 for an agreed score. names: of the raters, by code.
        piece: code. owner: code of the cluster, -1 for benchmark pieces.
        ways: (n, k) further fixed effects: roles, and whether scored with the practitioner.
        kinds: (n, j) columns of 0 and 1: kinds of work that every piece of practice names.
        kinds_by: the columns of the table that these stand for.
        several_ways: what they are, in words.
    """

    held: Scorings
    table: pd.DataFrame
    chosen: Counted
    cluster: str
    used: Flags
    agreed: Flags
    benchmark: Flags
    dates: Days
    rated: Days
    rater: Ints
    names: tuple[str, ...]
    piece: Ints
    owner: Ints
    ways: Floats
    several_ways: tuple[str, ...]
    kinds: Floats
    kinds_by: tuple[str, ...]

    @property
    def raters(self) -> int:
        """How many raters there are."""
        return len(self.names)

    def straddles(self, day: np.datetime64 | None) -> Flags:
        """Whether a piece began before a day and ended on it or later."""
        if day is None or "covers_from" not in self.table:
            return np.zeros(len(self.table), bool)
        began = _days(self.table["covers_from"])
        return np.asarray((began < day) & (self.dates >= day))

    def months(self) -> tuple[Floats, Floats]:
        """Months from the first practice looked at: of the practice, and of the scoring."""
        start = self.dates[self.used & ~self.benchmark].min()
        return _months(self.dates, start), _months(self.rated, start)


def _months(days: Days, start: np.datetime64) -> Floats:
    return (days - start).astype("timedelta64[D]").astype(np.float64) / MONTH


def _days(column: pd.Series[str]) -> Days:
    return pd.to_datetime(column).to_numpy().astype("datetime64[D]")


def scored(
    ratings: Ratings, record: str | None, selection: str, cluster: str | None,
    since: np.datetime64 | None,
) -> Scored:  # fmt: skip
    """Gather the scorings.

    Args:
        ratings: checked ratings.
        record: the role whose scores count, where a piece has several.
        selection: "random" or "all".
        cluster: what pieces are nested in.
        since: practice and scorings before this day are left out.

    Raises:
        UsageError: unvalidated input, no date, several assessments that could count.
    """
    held = scorings(ratings, "drift", "all")
    chosen = counted(ratings, record=record, selection=selection)
    table = held.table
    if "date" not in table or table["date"].isna().all():
        raise UsageError(
            "drift() needs the column date: the end of the practice looked at. Add it, and if "
            "you can rated_on, the day of the scoring."
        )
    dates = _days(table["date"])
    rated = _days(table["rated_on"]) if "rated_on" in table else dates
    benchmark, agreed = held.benchmark, held.role == AGREED
    rated = np.where(np.isnat(rated) & ~benchmark, dates, rated)
    name, nested = clusters_of(table, cluster or _complete(table, ~benchmark))
    roles = (set(AUDITORS) | set(chosen.role)) - {AGREED}
    used = np.isin(held.role, list(roles)) | agreed
    drawn = pd.Series(True, index=table.index)
    if selection == "random" and "selection" in table:
        drawn = table["selection"].isna() | table["selection"].isin(DRAWN_AT_RANDOM)
    when = np.where(benchmark, rated, dates)
    used &= (benchmark | drawn.to_numpy(bool)) & ~np.isnat(dates)
    used &= ~np.isnat(rated) | (benchmark & agreed)
    if since is not None:
        used &= (when >= since) | (benchmark & agreed)
        chosen = replace_rows(chosen, chosen.rows[dates[chosen.rows] >= since])
    chosen = replace_rows(chosen, chosen.rows[~np.isnat(dates[chosen.rows])])
    rater, names = _raters(table, used & ~agreed)
    if held.rubric.looks_at in OWN_VIEWS:
        rater = np.minimum(rater, 0)
    ways, words = _ways(held, used & ~agreed)
    owner = pd.factorize(nested)[0].astype(np.intp)
    return Scored(
        held, table.assign(cluster=nested), chosen, name, used, agreed, benchmark, dates,
        np.where(np.isnat(rated), dates, rated), rater, names,
        pd.factorize(table["piece"])[0].astype(np.intp), np.where(benchmark, -1, owner), ways,
        words, kinds_of(table, used & ~benchmark), recorded(table, used & ~benchmark),
    )  # fmt: skip


def recorded(table: pd.DataFrame, mine: Flags) -> tuple[str, ...]:
    """Kinds of work that every piece of `mine` names."""
    return tuple(name for name in KINDS if name in table and table.loc[mine, name].notna().all())


def kinds_of(table: pd.DataFrame, mine: Flags) -> Floats:
    """Columns of 0 and 1 of what is known of the work for every piece; 0 outside `mine`."""
    columns = []
    for name in recorded(table, mine):
        values = labels(table[name])
        different = sorted(set(values[mine]) - {NOT_RECORDED})
        columns += [mine & (values == value) for value in different[1:]]
    if not columns:
        return np.zeros((len(table), 0))
    return np.stack(columns, axis=1).astype(np.float64)


def replace_rows(chosen: Counted, rows: Ints) -> Counted:
    """The same choice with fewer rows."""
    kept = np.isin(chosen.rows, rows)
    return replace(chosen, rows=chosen.rows[kept], role=chosen.role[kept])


def _complete(table: pd.DataFrame, practice: Flags) -> str:
    """Practitioner if complete, else case, else piece; benchmark pieces have neither."""
    for name in ("practitioner", "case"):
        if name in table and table.loc[practice, name].notna().all():
            return name
    return "piece"


def _raters(table: pd.DataFrame, ours: Flags) -> tuple[Ints, tuple[str, ...]]:
    names = tuple(sorted(set(table.loc[ours, "rater"].astype(str))))
    place = {name: code for code, name in enumerate(names)}
    code = [place[str(r)] if mine else -1 for r, mine in zip(table["rater"], ours, strict=True)]
    return np.array(code, np.intp), names


def _ways(held: Scorings, ours: Flags) -> tuple[Floats, tuple[str, ...]]:
    """Columns for every way of scoring but the commonest; and all ways in words."""
    role = pd.Series(held.role).astype(str)
    if "with_practitioner" in held.table:
        beside = held.table["with_practitioner"].astype("string").str.lower()
        together = beside.isin(["yes", "true", "1"]).to_numpy(bool)
        role = role + np.where(together, " with the practitioner", "")
    seen = role[ours].value_counts()
    columns = [(role == way).to_numpy(bool) & ours for way in seen.index[1:]]
    words = tuple(str(way).replace("_", " ").strip() or "(no role recorded)" for way in seen.index)
    if not columns:
        return np.zeros((len(role), 0)), words
    return np.stack(columns, axis=1).astype(np.float64), words


def codes_of(values: Ints) -> Ints:
    """Whole numbers from 0 on, in the order of the values."""
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def two_trends_of(
    given: Scored, rows: Ints, y: Floats, practised: Floats, rated: Floats, owner: Ints,
    piece: Ints, known: TwoTrends | None = None, groups: Ints | None = None,
    confidence: float = 0.95, bends: bool = False, beside: Floats | None = None,
) -> TwoTrends:  # fmt: skip
    """The model of two trends on some rows; arrays as `rows`.

    Args:
        given: the scorings.
        rows: which, perhaps several times.
        y: scores.
        practised: times of the practice.
        rated: times of the scoring.
        owner: codes of practitioners.
        piece: codes of pieces.
        known: a fit whose variances are taken as known.
        groups: codes of groups of practice.
        confidence: coverage.
        bends: whether it is asked how trends change themselves.
        beside: (rows, k) what is held equal beside the ways of scoring, such as kinds of work.

    Raises:
        UsageError: too few rows for a trend.
    """
    ways = given.ways[rows] if beside is None else np.column_stack([given.ways[rows], beside])
    return two_trends(
        y, practised, rated, owner, given.rater[rows], piece, given.benchmark[rows],
        further=ways if ways.shape[1] else None, groups=groups,
        components=known.components if known else None, bends=bends, confidence=confidence,
    )  # fmt: skip
