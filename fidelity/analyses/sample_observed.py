"""Who has not been observed yet?

Practice that nobody has seen cannot be learned from. The list of those in post is gone through in
its own order, and says of each whether somebody was with them, sat in, or listened to a recording
in the last months. This is about the rhythm of observation: it says nothing about how anybody
works, and puts nobody before anybody else.

Source: a rhythm of regular observation of direct work is what Essex described, Department for
Education 2014, Rethinking children's social work; twelve months is a local choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.collect.companions import read_practitioners
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.words import counted_as, percent

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

MONTHS = 12
COLUMNS = ("team", "practitioner", "n_observed", "last", "observed")
NO_TEAM = "(no team)"
FROM_RATINGS = (
    "The list was taken from ratings, to try it out: those whose work nobody has ever looked at "
    "are missing from it, and those who left are still on it. Use the list of who is in post."
)
_SHOWN = 12


@dataclass(frozen=True, eq=False, repr=False)
class Observed(Result):
    """Who on a list was observed.

    `to_frame()` has one row a practitioner in the order of the list: `team`, `practitioner`,
    `n_observed` pieces in the months looked at, the day of the `last`, `observed` (True or
    False).

    Attributes:
        teams: one row a team in the order of the list: `team`, `observed`, `in_post`.
        since: first day looked at.
        until: last day looked at.
    """

    teams: pd.DataFrame = field(default_factory=pd.DataFrame)
    since: date = date.min
    until: date = date.min

    def plot(self, ax: Any = None) -> Picture:
        """One mark a practitioner, by team, with alt text and data."""
        from fidelity.present.sample_pictures import observed_marks

        return observed_marks(self, ax=ax)


def not_observed(
    practitioners: Any,
    ratings: Ratings | Sequence[Ratings],
    *,
    months: int = MONTHS,
    until: date | str | None = None,
) -> Observed:
    """Say who on a list has not been observed lately.

    Args:
        practitioners: who is in post: path or table, see `fidelity.read_practitioners`; or
            ratings, whose practitioners stand for the list, to try it out.
        ratings: checked ratings of observations, of one rubric or of several. Every piece with a
            practitioner and a date counts, however it was chosen.
        months: how long back.
        until: the last day; that of the latest observation if not given.

    Raises:
        FileError: the list cannot be opened.
        RatingsError: every fault of the list.
        UsageError: unvalidated input, or ratings without practitioner or date.
    """
    tried = isinstance(practitioners, Ratings)
    listed = read_practitioners(_from(practitioners) if tried else practitioners)
    seen = _seen([ratings] if isinstance(ratings, Ratings) else list(ratings))
    if months < 1:
        raise UsageError(f"months={months}; allowed: 1 or more.")
    end = pd.Timestamp(until) if until is not None else seen["date"].max()
    since = end - pd.DateOffset(months=months) + pd.Timedelta(days=1)
    within = seen[(seen["date"] >= since) & (seen["date"] <= end)]
    by = within.groupby("practitioner")
    names = listed["practitioner"].astype(str)
    table = pd.DataFrame({
        "team": listed["team"].astype(object).where(listed["team"].notna(), NO_TEAM),
        "practitioner": names,
        "n_observed": names.map(by["piece"].nunique()).fillna(0).astype(int),
        "last": names.map(by["date"].max().dt.strftime("%Y-%m-%d")),
    })  # fmt: skip
    table = table.assign(observed=table["n_observed"] > 0)[list(COLUMNS)]
    teams = table.groupby("team", sort=False)["observed"].agg(["sum", "size"]).reset_index()
    result = Observed(
        table, (),
        method_of("not_observed", "any", months=months, until=str(end.date())),
        teams=teams.set_axis(["team", "observed", "in_post"], axis=1),
        since=since.date(), until=end.date(),
    )  # fmt: skip
    others = int(within.loc[~within["practitioner"].isin(names), "practitioner"].nunique())
    return replace(result, sentences=(*_sentences(result, others), *[FROM_RATINGS] * tried))


def _from(ratings: Ratings) -> pd.DataFrame:
    """A list to try it out with: the practitioners of ratings, in the order of their ids."""
    table = ratings.assessments.reindex(columns=["practitioner", "team"])
    table = table.dropna(subset=["practitioner"]).drop_duplicates("practitioner", keep="last")
    return table.sort_values(["team", "practitioner"]).reset_index(drop=True)


def _seen(given: Sequence[Ratings]) -> pd.DataFrame:
    """Piece, practitioner and date of everything that was observed."""
    tables = []
    for ratings in given:
        if not isinstance(ratings, Ratings):
            raise UsageError(
                f"not_observed() takes checked ratings, not {type(ratings).__name__}; first: "
                "ratings = fidelity.Ratings(frame, rubric)"
            )
        table = ratings.assessments
        missing = [name for name in ("practitioner", "date") if name not in table]
        if missing:
            raise UsageError(
                f"{ratings.name} has no {' and no '.join(missing)}: add the column to the ratings "
                "to say whose practice was seen, and when."
            )
        if "purpose" in table:
            table = table[table["purpose"].astype(object) != "benchmark"]
        tables.append(table[["piece", "practitioner", "date"]].dropna())
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if found.empty:
        raise UsageError("No observation has a practitioner and a date: nothing can be said.")
    return found.assign(
        date=pd.to_datetime(found["date"]), practitioner=found["practitioner"].astype(str)
    )


def in_words(day: date) -> str:
    """A day as it is said: "1 March 2026"."""
    return f"{day.day} {day:%B %Y}"


def _sentences(result: Observed, others: int) -> Iterator[str]:
    table = result.table
    seen, n = int(table["observed"].sum()), len(table)
    when = f"from {in_words(result.since)} to {in_words(result.until)}"
    yield (
        f"Of {counted_as(n, 'practitioner')} on the list, {seen} "
        f"({percent(seen / n if n else 0)}) were observed {when}. This is a count of the whole "
        "list and not a sample."
    )
    missing = table.loc[~table["observed"], "practitioner"].tolist()
    if missing:
        shown = ", ".join(missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more, in the table" if len(missing) > _SHOWN else ""
        yield f"Not yet observed, in the order of the list: {shown}{more}."
    if others:
        who = "who is not on the list was" if others == 1 else "who are not on the list were"
        yield f"{counted_as(others, 'practitioner')} {who} observed too."
    yield ("This is about the rhythm of observation. It says nothing about how anybody works.")
