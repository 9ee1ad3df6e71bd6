"""The periods of a chart: where limits begin anew, what they rest on, and what happened when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.errors import UsageError

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Plan:
    """Periods, phases and baseline, with their reasons.

    Attributes:
        periods: the months or quarters.
        every: "month" or "quarter".
        labels: how each is written.
        parts: numbers of the periods in which limits begin anew.
        reasons: why, one for each of `parts`.
        mask: the periods that limits rest on; None for all.
        baseline: the last of them and why; None where no baseline is named.
        phase: number of the phase of each period, from 1.
        events: date, what, and `place`: where the event lies on the axis of periods (0 is the
            middle of the first).
    """

    periods: pd.PeriodIndex
    every: str
    labels: tuple[str, ...]
    parts: tuple[int, ...]
    reasons: tuple[str, ...]
    mask: npt.NDArray[np.bool_] | None
    baseline: tuple[str, str] | None
    phase: Ints
    events: pd.DataFrame

    @property
    def span(self) -> str:
        """The first month to the last: "Jan 2024 to Dec 2025"."""
        first, last = self.periods[0].start_time, self.periods[-1].end_time
        return f"{first:%b} {first.year} to {last:%b} {last.year}"

    @property
    def last_part(self) -> int:
        """The period in which the latest limits begin."""
        return self.parts[-1] if self.parts else 0

    @property
    def last_of_baseline(self) -> int:
        """The last period of a baseline that the latest limits rest on; -1 where there is none."""
        if self.mask is None or not self.mask[self.last_part :].any():
            return -1
        return int(np.flatnonzero(self.mask)[-1])


def plan_of(
    periods: pd.PeriodIndex, every: str, baseline: object,
    rebase: Mapping[str, str] | None, events: pd.DataFrame | None,
) -> Plan:  # fmt: skip
    """The plan of a chart, checked.

    Raises:
        UsageError: a date without a reason, that is none, or that lies outside the periods.
    """
    named = dict(rebase or {})
    parts = sorted((_place(periods, day, why, "rebase"), str(why).strip())
                   for day, why in named.items())  # fmt: skip
    places = [place for place, _ in parts]
    if len(set(places)) < len(places) or 0 in places:
        raise UsageError(
            "rebase: allowed is one date a period, after the first period: limits begin anew there."
        )
    mask, why = None, None
    if baseline is not None:
        if not isinstance(baseline, tuple | list) or len(baseline) != 2:
            raise UsageError('baseline: allowed is a date and its reason, ("2025-03-31", "why").')
        last = _place(periods, baseline[0], baseline[1], "baseline")
        mask = np.arange(len(periods)) <= last
        why = (_label(periods[last], every), str(baseline[1]).strip())
    phase = np.searchsorted(places, np.arange(len(periods)), side="right") + 1
    labels = tuple(_label(period, every) for period in periods)
    return Plan(
        periods, every, labels, tuple(places), tuple(reason for _, reason in parts), mask, why,
        phase.astype(np.int64), _events(periods, events),
    )  # fmt: skip


def _place(periods: pd.PeriodIndex, day: object, why: object, option: str) -> int:
    first, last = periods[0].start_time, periods[-1].end_time
    allowed = f"a date from {first:%Y-%m-%d} to {last:%Y-%m-%d}, with the reason"
    try:
        date = pd.Timestamp(str(day))
    except ValueError:
        raise UsageError(f'{option}: "{day}" is no date. Allowed: {allowed}.') from None
    if not str(why or "").strip():
        raise UsageError(
            f"{option} {date:%Y-%m-%d}: no reason given. Limits move only for a reason that stands "
            f"on the chart. Allowed: {allowed}."
        )
    if not first <= date <= last:
        raise UsageError(f"{option} {date:%Y-%m-%d}: outside the chart. Allowed: {allowed}.")
    return int(periods.get_indexer(pd.PeriodIndex([date], freq=periods.freq))[0])


def _label(period: pd.Period, every: str) -> str:
    start, end = period.start_time, period.end_time
    if every == "month":
        return f"{start:%b} {start.year}"
    return f"{start:%b} to {end:%b} {end.year}"


def _events(periods: pd.PeriodIndex, events: pd.DataFrame | None) -> pd.DataFrame:
    """Those in the time of the chart, in order, with their place on the axis."""
    none = pd.DataFrame({"date": pd.Series(dtype="datetime64[s]"), "what": pd.Series(dtype=str),
                         "place": pd.Series(dtype=float)})  # fmt: skip
    if events is None:
        return none
    if not {"date", "what"} <= set(events.columns):
        raise UsageError("events: allowed is what read_events(path) gives: columns date and what.")
    day = pd.to_datetime(events["date"])
    held = events[(day >= periods[0].start_time) & (day <= periods[-1].end_time)]
    if held.empty:
        return none
    held = held[["date", "what"]].sort_values("date", kind="stable").reset_index(drop=True)
    return held.assign(place=[_within(periods, pd.Timestamp(day)) for day in held["date"]])


def _within(periods: pd.PeriodIndex, day: pd.Timestamp) -> float:
    """A day on the axis on which period k reaches from k - 0.5 to k + 0.5."""
    number = int(periods.get_indexer(pd.PeriodIndex([day], freq=periods.freq))[0])
    period = periods[number]
    whole = (period.end_time - period.start_time).total_seconds()
    return number - 0.5 + (day - period.start_time).total_seconds() / whole
