"""Worries about a child that came with an assessment: kept apart, and told first.

A concern is never averaged, never on a public page, never in a bundle. It is told even where the
file around it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

QUESTION = (
    "Are you worried that a child may be at risk of harm now? Stop scoring. Follow your "
    "authority's safeguarding procedure today. This tool alerts nobody."
)


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


def concerns_in(rows: Iterable[Mapping[str, Any]]) -> tuple[Concern, ...]:
    """The concerns among rows, one for each piece and rater; the unescalated first."""
    found: dict[tuple[str, str], Concern] = {}
    for row in rows:
        if _text(row.get("concern")).lower() not in {"yes", "y", "true", "1"}:
            continue
        concern = Concern(
            _text(row.get("piece")) or "(no reference)",
            _text(row.get("rater")) or "(not recorded)",
            *(_text(row.get(key)) for key in ("escalated_on", "escalated_to", "closed_on")),
        )
        found.setdefault((concern.piece, concern.rater), concern)
    return tuple(sorted(found.values(), key=_urgency))


def _urgency(concern: Concern) -> tuple[bool, bool, str]:
    return (not concern.open, bool(concern.escalated_on), concern.piece)


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()
