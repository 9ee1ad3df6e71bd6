"""What a protocol says, and how a result is held against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import pandas as pd
from pydantic import Field

from fidelity.collect.columns import DRAWN_AT_RANDOM
from fidelity.results import Result
from fidelity.rubric.model import Part
from fidelity.rubric.values import Day, Id, Number, Short, Text, Version, Whole
from fidelity.words import counted_as

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings

PLANNED, EXPLORATORY = "planned", "exploratory"
AnyResult = TypeVar("AnyResult", bound=Result)
Selection = Literal["random", "stratified", "thematic", "re_audit", "concern", "chosen_by_team"]


class Sample(Part):
    """The pieces that the answer will rest on.

    `first` and `last` are days of practice. What was practised up to `known_until` may have been
    seen already, and is a baseline. `draw` names the list and the seed of the draw.
    """

    first: Day
    last: Day
    known_until: Day | None = None
    pieces: Whole
    selection: tuple[Selection, ...] = ("random", "stratified")
    draw: Short | None = None


class Analysis(Part):
    """The function of the library, and the options that it will be called with.

    An option that is not named is left free: name all that could be chosen later.
    """

    name: Id
    options: Mapping[Id, Short] = Field(default_factory=dict)


class Protocol(Part):
    """A stamped protocol; see `read_protocol`."""

    format: Literal["1"]
    id: Id
    question: Text
    rubric: Id
    rubric_version: Version
    fingerprint: Short
    measure: Id
    comparison: Text
    smallest_change: Number | None = None
    sample: Sample
    analysis: Analysis
    stamped_on: Day | None = None
    stamp: Short | None = None

    @property
    def short(self) -> str:
        """How a protocol is cited: "north_2026, stamped on 2026-04-01 (1a2b3c4d)"."""
        return f"{self.id}, stamped on {self.stamped_on} ({(self.stamp or '')[:8]})"

    def mark(self, result: AnyResult, ratings: Ratings) -> AnyResult:
        """The same result, marked as planned or as exploratory.

        Args:
            result: what an analysis found.
            ratings: what it was found in.

        Returns:
            A copy whose first sentence says which it is and why, and whose `method` holds
            `protocol`, `planned` and `departures`.
        """
        table = _practice(ratings, result.method)
        departures = [*self._departures(result.method), *self._of_data(table)]
        told = _exploratory(self, departures) if departures else _planned(self, table)
        method = {
            **result.method, "protocol": self.short, "departures": tuple(departures),
            "planned": EXPLORATORY if departures else PLANNED,
        }  # fmt: skip
        return replace(result, sentences=(told, *result.sentences), method=method)

    def _departures(self, method: Mapping[str, Any]) -> Iterator[str]:
        """Where an analysis is another one than was planned."""
        label = f"{self.rubric} {self.rubric_version} ({self.fingerprint})"
        planned = {"name": ("the analysis", self.analysis.name), "rubric": ("the rubric", label),
                   "measure": ("the measure", self.measure),
                   **{key: (f"the option {key}", told) for key, told in
                      self.analysis.options.items()}}  # fmt: skip
        for key, (what, wanted) in planned.items():
            if key not in method:
                yield f"{what} is not told by this result, planned was {wanted}"
            elif _written(method[key]) != wanted:
                yield f"{what} is {_written(method[key]) or 'none'}, planned was {wanted}"

    def _of_data(self, table: pd.DataFrame) -> Iterator[str]:
        """Where the data are other than was planned, or were there before the stamp."""
        if "date" not in table or table["date"].isna().any():
            yield "not every piece has a date, so that nobody can say which were planned"
            return
        day = pd.to_datetime(table["date"])
        first, last = pd.Timestamp(self.sample.first), pd.Timestamp(self.sample.last)
        outside = table.loc[(day < first) | (day > last), "piece"].nunique()
        if outside:
            yield (f"{counted_as(outside, 'piece')} from outside the days planned, "
                   f"{self.sample.first} to {self.sample.last}")  # fmt: skip
        chosen = ~table["selection"].isin(self.sample.selection) if "selection" in table else None
        if chosen is None:
            yield "how pieces were chosen is not recorded"
        elif chosen.any():
            yield f"{counted_as(table.loc[chosen, 'piece'].nunique(), 'piece')} chosen otherwise"
        seen = self._seen(table, day)
        if seen:
            yield f"{counted_as(seen, 'piece')} scored, or perhaps scored, before the stamp"

    def _seen(self, table: pd.DataFrame, day: pd.Series[Any]) -> int:
        """Pieces, those of the baseline aside, that were scored before the stamp or may have."""
        scored = pd.to_datetime(table["rated_on"]) if "rated_on" in table else day
        known = self.sample.known_until
        fresh = day > pd.Timestamp(known) if known else day.notna()
        before = scored.fillna(day) < pd.Timestamp(self.stamped_on or date.today())
        return int(table.loc[fresh & before, "piece"].nunique())


def _practice(ratings: Ratings, method: Mapping[str, Any]) -> pd.DataFrame:
    """One row an assessment of practice that the analysis may have used.

    Benchmark pieces are no practice, and an analysis of what was drawn at random uses nothing else.
    """
    table = ratings.assessments
    if "purpose" in table:
        table = table[table["purpose"].astype(object) != "benchmark"]
    if method.get("selection") == "random" and "selection" in table:
        chosen = table["selection"]
        table = table[chosen.isna() | chosen.isin(DRAWN_AT_RANDOM)]
    return table


def _written(value: Any) -> str:
    """An option as a file writes it."""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(_written, value))
    if value is None:
        return "none"
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def _planned(protocol: Protocol, table: pd.DataFrame) -> str:
    pieces = int(table["piece"].nunique())
    fewer = protocol.sample.pieces - pieces
    short = f", {fewer} fewer than planned, so that less can be seen" if fewer > 0 else ""
    return (
        f"Planned: the primary analysis of the protocol {protocol.short}, before the data were "
        f"seen, on {counted_as(pieces, 'piece')}{short}. It asked: {protocol.question}"
    )


def _exploratory(protocol: Protocol, departures: list[str]) -> str:
    return (
        f"Exploratory: not the primary analysis of the protocol {protocol.short}: "
        f"{'; '.join(departures)}. Read it as a question for new data, not as an answer."
    )
