"""What the briefing cannot tell: of the rubric, and of how the ratings came about."""

from __future__ import annotations

from collections.abc import Iterator

from fidelity.present import scope
from fidelity.present.bands import bands_by_group
from fidelity.present.evidence import Evidence, drawn, scored_twice
from fidelity.words import several

_NO_CAUSE = (
    "That the model works, or that anything happened because of it: numbers of one service at one "
    "time cannot show that."
)


def cautions(evidence: Evidence) -> Iterator[str]:
    """What evidence cannot tell, for those who use it inside the service."""
    scores = evidence.scores
    table = scope.counted_assessments(scores)
    yield from _always(evidence)
    yield from _selection(evidence)
    stratified = "selection" in table and bool((table["selection"] == "stratified").any())
    if stratified and not scores.method["weighted"]:
        yield "The draw was stratified, and the numbers are not weighted by the size of the strata."
    if (scores.table["reason"] == "few clusters").any():
        yield (
            "How sure the intervals are: some rest on fewer than 10 "
            f"{several(scores.method['cluster'])}, so read them as rough."
        )
    audited = scores.rubric.looks_at in {"case_file", "direct_practice", "supervision"}
    if evidence.n and audited and not scored_twice(evidence):
        yield "Whether another rater would agree: nothing was scored by a second rater."
    if "with_practitioner" in table and table["with_practitioner"].nunique() > 1:
        yield "Audits done with the practitioner and at the desk stand together here."
    yield from _groups(evidence)
    yield from _bands(evidence)


def public_cautions(evidence: Evidence) -> Iterator[str]:
    """What evidence cannot tell, for publication."""
    yield from _always(evidence)
    yield from _selection(evidence)
    yield from _bands(evidence)


def _always(evidence: Evidence) -> Iterator[str]:
    yield evidence.scores.rubric.evidence_card.does_not_show
    yield _NO_CAUSE


def _selection(evidence: Evidence) -> Iterator[str]:
    if evidence.n and drawn(evidence.scores) != "random":
        yield (
            f"How it is in other {evidence.several}: not all of these were drawn at random, so "
            "they speak for themselves only."
        )


def _groups(evidence: Evidence) -> Iterator[str]:
    """Groups that are too small, or that do different kinds of work."""
    scores = evidence.scores
    groups = [group for group in scope.groups(scores) if not group.whole]
    if not groups:
        return
    yield (
        "Whether groups differ: a difference between two columns or bars may be chance. Groups are "
        "shown so that each can learn from its own practice, and are not ranked."
    )
    if scores.rubric.bands is not None:
        small = [b.group.label for b in bands_by_group(scores) if not b.group.whole and b.too_few]
        if small:
            yield f"How practice stands in {', '.join(small)}: too few to say."
    table = scope.counted_assessments(scores)
    if "plan_type" in table and "plan_type" not in scores.by and table["plan_type"].nunique() > 1:
        yield (
            "Groups may differ in the kinds of plan that were looked at; compare within plan type "
            "before you read a difference as practice."
        )


def _bands(evidence: Evidence) -> Iterator[str]:
    bands = evidence.scores.rubric.bands
    if bands is not None:
        yield f"Where the bands come from: {bands.source}"
