"""Of which time a briefing speaks, and with which earlier time that is compared.

The latest calendar quarter, where enough was looked at in it; else a longer stretch, which is said.
Ten pieces are asked for (local): of ten, the interval of a half is still 24% to 76%.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.counted import counted
from fidelity.errors import UsageError
from fidelity.words import NOUNS, pieces

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings

ENOUGH = 10
#: Calendar quarters in each stretch; the last is all that there is.
LENGTHS: Mapping[str, int] = {"quarter": 1, "half_year": 2, "year": 4}
EVERYTHING, DATES = "all", "dates"
FIRST, PREVIOUS = "first", "previous"


@dataclass(frozen=True)
class Period:
    """A stretch of time.

    Attributes:
        kind: "quarter", "half_year", "year", "dates" or "all".
        first, last: its days; None for all.
        note: why it is not the latest quarter, or what could not be used; "" where nothing.
    """

    kind: str
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """As people call it: "October to December 2025"."""
        if self.first is None or self.last is None:
            return "all that was looked at"
        if self.kind == DATES:
            return f"{_day(self.first)} to {_day(self.last)}"
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{self.first:%B}{year} to {self.last:%B %Y}"

    @property
    def heading(self) -> str:
        """For the line below the title."""
        stretch = {"quarter": "the quarter", "half_year": "the half-year", "year": "the year"}
        before = stretch.get(self.kind, "")
        return f"{before} {self.name}".strip()

    def of(self, ratings: Ratings) -> Ratings:
        """The ratings of its pieces alone."""
        if self.first is None:
            return ratings
        table = ratings.assessments
        day = pd.to_datetime(table["date"])
        return ratings.of_pieces(set(table.loc[self._in(day), "piece"]))

    def until(self, ratings: Ratings) -> Ratings:
        """All ratings up to its end; those without a date stay."""
        table = ratings.assessments
        if self.last is None or "date" not in table:
            return ratings
        later = pd.to_datetime(table["date"]) > self.last
        return ratings.of_pieces(set(table.loc[~later, "piece"])) if later.any() else ratings

    def n(self, ratings: Ratings, **options: str | None) -> int:
        """How many pieces of it count."""
        day = _days(ratings, options)
        return int(self._in(day).sum()) if self.first is not None else len(day)

    def _in(self, day: pd.Series[pd.Timestamp]) -> pd.Series[bool]:
        first, last = self.first or pd.Timestamp.min, self.last or pd.Timestamp.max
        return (day >= first) & (day <= last)


def period_of(ratings: Ratings, asked: object = None, **options: str | None) -> Period:
    """The stretch that a briefing is of.

    Args:
        ratings: checked ratings.
        asked: "quarter", "half_year" or "year" (the latest), "all", or two dates; the latest
            quarter with enough pieces, or what comes nearest to it, if not given.
        options: record and selection, as `fidelity.score` takes them.

    Raises:
        UsageError: no such period.
    """
    if asked == EVERYTHING:
        return Period(EVERYTHING)
    if asked is not None and not (isinstance(asked, str) and asked in LENGTHS):
        return _between(asked)
    day = _days(ratings, options).dropna()
    if day.empty:
        return Period(EVERYTHING, note="No dates are recorded, so all is taken together.")
    end = day.max().to_period("Q")
    if asked is not None:
        return _ending(end, str(asked))
    return _enough(ratings, day, end)


def _enough(ratings: Ratings, day: pd.Series[pd.Timestamp], end: pd.Period) -> Period:
    """The latest quarter or the one before it, else the shortest longer stretch with enough."""
    for stretch in (_ending(end, "quarter"), _ending(end - 1, "quarter")):
        if stretch._in(day).sum() >= ENOUGH:
            later = int((day > stretch.last).sum()) if stretch.last else 0
            several = NOUNS[ratings.rubric.looks_at][1]
            note = (
                f"The quarter that has begun since holds {pieces(ratings.rubric, later)} so far, "
                f"too few to speak for it; they come in when there are {ENOUGH} {several}."
            )
            return Period(stretch.kind, stretch.first, stretch.last, note if later else "")
    for kind, words in (("half_year", "half-year"), ("year", "year")):
        stretch = _ending(end, kind)
        if stretch._in(day).sum() >= ENOUGH:
            return Period(kind, stretch.first, stretch.last, _few(ratings, f"the last {words} is"))
    return Period(EVERYTHING, note=_few(ratings, "all that was looked at is"))


def _few(ratings: Ratings, instead: str) -> str:
    several = NOUNS[ratings.rubric.looks_at][1]
    return f"Under {ENOUGH} {several} are of the latest quarter, so {instead} taken together."


def earlier(ratings: Ratings, latest: Period, since: object, **options: str | None) -> Period:
    """The stretch that the latest is compared with; as long as it.

    Args:
        ratings: all of them.
        latest: what the briefing is of.
        since: "first" (the first stretch of the record), "previous" (the one just before), or a
            date: the stretch just before that day.
        options: record and selection.

    Returns:
        The stretch; of kind "all" where there is none that lies before.

    Raises:
        UsageError: `since` is none of these.
    """
    if latest.first is None or latest.last is None:
        latest = _whole(ratings, options)
        if latest.first is None or latest.last is None:
            return Period(EVERYTHING)
    length = _months(latest)
    if since == PREVIOUS:
        return _back(latest.first, length)
    if since != FIRST:
        return _back(_date(since, "since"), length)
    day = _days(ratings, options).dropna()
    start = day.min().to_period("Q").start_time.normalize()
    end = start + pd.DateOffset(months=length) - pd.Timedelta(days=1)
    if day.empty or end >= latest.first:
        return Period(EVERYTHING)
    return Period(_kind(length), start, end)


def _whole(ratings: Ratings, options: Mapping[str, str | None]) -> Period:
    """The latest quarter, which stands for "now" where all is taken together."""
    day = _days(ratings, options).dropna()
    return _ending(day.max().to_period("Q"), "quarter") if len(day) else Period(EVERYTHING)


def now(ratings: Ratings, latest: Period, **options: str | None) -> Period:
    """What is compared with the earlier stretch: the period itself, or of all the latest part."""
    return latest if latest.first is not None else _whole(ratings, options)


def _back(day: pd.Timestamp, months: int) -> Period:
    first = day - pd.DateOffset(months=months)
    last = day - pd.Timedelta(days=1)
    return Period(_kind(months) if day.day == 1 else DATES, first, last)


def _kind(months: int) -> str:
    return next((kind for kind, n in LENGTHS.items() if 3 * n == months), DATES)


def _months(period: Period) -> int:
    if period.first is None or period.last is None:
        return 3
    return max(1, round(((period.last - period.first).days + 1) / 30.44))


def _ending(end: pd.Period, kind: str) -> Period:
    start = end - (LENGTHS[kind] - 1)
    return Period(kind, start.start_time.normalize(), end.end_time.normalize())


def _between(asked: object) -> Period:
    given = asked.split("..") if isinstance(asked, str) else asked
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise UsageError(
            f'period="{asked}"; allowed: "quarter", "half_year", "year", "all", or two dates, as '
            '("2026-01-01", "2026-03-31").'
        )
    first, last = (_date(day, "period") for day in given)
    if last < first:
        raise UsageError(f"period: {last:%Y-%m-%d} lies before {first:%Y-%m-%d}.")
    return Period(DATES, first, last)


def _date(value: object, name: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(date.fromisoformat(str(value).strip()[:10]))
    except ValueError:
        more = ', or "first" or "previous"' if name == "since" else ""
        raise UsageError(f'{name}="{value}" is no date; write it as 2026-03-31{more}.') from None


def _days(ratings: Ratings, options: Mapping[str, str | None]) -> pd.Series[pd.Timestamp]:
    """The date of each piece that counts."""
    kept = {key: value for key, value in options.items() if value is not None}
    chosen = counted(ratings, **kept)
    table = ratings.assessments.iloc[chosen.rows]
    if "date" not in table:
        return pd.Series(pd.NaT, index=table.index, dtype="datetime64[ns]")
    return pd.to_datetime(table["date"])


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%B %Y}"
