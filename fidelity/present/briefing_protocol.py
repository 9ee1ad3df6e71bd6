"""Whether what a briefing tells was planned beforehand, or is exploratory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fidelity.present.evidence import Evidence

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings
    from fidelity.present.briefing_change import Changes
    from fidelity.protocol.model import Protocol
    from fidelity.results import Result

NONE = "exploratory: no protocol was given"


def planned(protocol: Protocol | None, evidence: Evidence, told: Changes) -> str:
    """The mark of one rubric, for the table of how it was made.

    A protocol plans one analysis; of those that a briefing makes, the one of that name is held
    against it. Whatever else the page tells is exploratory.

    Args:
        protocol: a stamped protocol; None for none.
        evidence: of the rubric.
        told: what changed.
    """
    if protocol is None:
        return NONE
    rubric = evidence.scores.rubric.id
    if protocol.rubric != rubric:
        return f"exploratory: the protocol {protocol.short} is about {protocol.rubric}"
    for name, result, ratings in _results(evidence, told):
        if name == protocol.analysis.name:
            return f"{protocol.mark(result, ratings).sentences[0]} All else is exploratory."
    return (
        f"exploratory: the protocol {protocol.short} plans the analysis {protocol.analysis.name}, "
        "which stands on a page of its own"
    )


def _results(evidence: Evidence, told: Changes) -> Iterator[tuple[str, Result, Ratings]]:
    yield "score", evidence.scores, evidence.ratings
    for moved in told.moved:
        if moved.evidence is evidence and moved.found is not None:
            yield "change", moved.found, evidence.record
    if told.drift is not None and evidence is told.moved[0].evidence:
        yield "drift", told.drift, evidence.record
