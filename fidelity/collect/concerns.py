"""Worries about a child that came with an assessment: kept apart, and told first.

A concern is never averaged, never on a public page, never in a bundle. It is told even where the
file around it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fidelity.collect.answers import read_date
from fidelity.errors import Fault, RatingsError
from fidelity.rubric.strict_yaml import cut

QUESTION = (
    "Are you worried that a child may be at risk of harm now? Stop scoring. Follow your "
    "authority's safeguarding procedure today. This tool alerts nobody."
)
#: How a form answers the question; "yes" and "no", and what exports make of them.
YES, NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})
DAYS = ("escalated_on", "closed_on")


@dataclass(frozen=True)
class Concern:
    """A "yes" to the question that opens every form.

    Attributes:
        piece: the piece in which it stands.
        rater: who answered.
        escalated_on: date on which it was passed on, "" where none is recorded.
        escalated_to: the role to whom it was passed on.
        closed_on: date on which it was closed, "" while it is open.
    """

    piece: str
    rater: str
    escalated_on: str = ""
    escalated_to: str = ""
    closed_on: str = ""

    @property
    def open(self) -> bool:
        """Whether no closing date is recorded."""
        return not self.closed_on

    def __str__(self) -> str:
        who = f'piece "{self.piece}" (scored by "{self.rater}")'
        if not self.escalated_on:
            return (
                f"OPEN CONCERN, NOT ESCALATED: {who}. No date of escalation is recorded. Follow "
                "your authority's safeguarding procedure today. This tool alerts nobody."
            )
        passed = f"passed on {self.escalated_on} to {self.escalated_to or '(role not recorded)'}"
        return f"{'OPEN CONCERN' if self.open else 'Closed concern'}: {who}, {passed}."


def concerns_in(rows: Iterable[Mapping[Any, Any]]) -> tuple[Concern, ...]:
    """The concerns among rows, one for each piece and rater; the unescalated first.

    What is neither yes nor no counts as yes, and what is no date as no date: a worry about a
    child is not lost in a spelling.
    """
    concerns = [
        Concern(
            _text(row.get("piece")) or "(no reference)",
            _text(row.get("rater")) or "(not recorded)",
            _day(row.get("escalated_on")),
            _text(row.get("escalated_to")),
            _day(row.get("closed_on")),
        )
        for row in rows
        if _text(row.get("concern")).lower() not in {"", *NO}
    ]
    found: dict[tuple[str, str], Concern] = {}
    for concern in sorted(concerns, key=_urgency):
        found.setdefault((concern.piece, concern.rater), concern)
    return tuple(found.values())


def concern_faults(
    rows: Iterable[Mapping[Any, Any]], where: Callable[[Mapping[Any, Any], str], str]
) -> list[Fault]:
    """What cannot be read among the answers about a child at risk; `where` tells a cell's place."""
    faults = []
    for row in rows:
        word = _text(row.get("concern"))
        if word.lower() not in {"", *YES, *NO}:
            what = f'concern "{cut(word)}"'
            faults.append(
                Fault(where(row, "concern"), what, "yes, no or blank", "write one of the two words")
            )
        for key in DAYS:
            if (text := _text(row.get(key))) and not _day(text):
                what = f'{key} "{cut(text)}" is not a date'
                remedy = "write the date, or leave it blank until there is one"
                faults.append(Fault(where(row, key), what, "2026-11-30 or 30/11/2026", remedy))
    return faults


def told_first(error: RatingsError, concerns: Iterable[Concern]) -> RatingsError:
    """A table that is refused may still tell of a child at risk: that comes first."""
    told = [str(concern) for concern in concerns if concern.open]
    if told:
        error.args = ("\n".join([*told, str(error)]),)
    return error


def _urgency(concern: Concern) -> tuple[Any, ...]:
    return (not concern.open, bool(concern.escalated_on), concern.piece, concern.rater,
            concern.escalated_on, concern.escalated_to, concern.closed_on)  # fmt: skip


def _day(value: Any) -> str:
    day = read_date(_text(value))
    return "" if day is None else day.isoformat()


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()
