"""A briefing laid out: what stands on which sheet, in which order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fidelity.present.document import Bullets, Document, Heading, Leaf, Part, Text
from fidelity.results import PURPOSE
from fidelity.words import counted_as

if TYPE_CHECKING:
    from fidelity.present.briefing import Briefing
    from fidelity.present.briefing_sections import Section
    from fidelity.present.table import Table

#: The three questions that inspectors ask a service to answer about itself every year.
QUESTIONS = (
    "1. What do you know about the quality and impact of practice?",
    "2. How do you know?",
    "3. What are your plans for the next 12 months?",
)
AT_RISK = "Before anything else: a child may be at risk"
CANNOT = "What this cannot tell you"


def briefing_document(briefing: Briefing) -> Document:
    """The sheets of a briefing: open concerns where there are any, the front, the evidence."""
    leaves = [Leaf(tuple(_front(briefing)), "front")]
    if briefing.concerns:
        told = [Text(str(concern)) for concern in briefing.concerns]
        leaves.insert(0, Leaf((Heading(AT_RISK), *told), "act"))
    for section, made in zip(briefing.sections, briefing.provenance, strict=True):
        leaves.append(Leaf(tuple(_evidence(section, made))))
    return Document(briefing.title, tuple(leaves))


def _front(briefing: Briefing) -> Iterator[Part]:
    know, how, plans = QUESTIONS
    yield Heading(briefing.title, 1)
    yield Text(f"{briefing.subtitle} · {PURPOSE}", "purpose")
    if briefing.concerns:
        n = counted_as(len(briefing.concerns), "open concern")
        yield Text(f"{n} about a child: see the sheet before this page.", "strong")
    yield Text(briefing.headline, "headline")
    yield Heading(know)
    yield Bullets(tuple(briefing.known()))
    if briefing.picture is not None:
        yield briefing.picture
    yield Heading(how)
    yield Bullets(tuple(briefing.how()))
    yield Heading(plans)
    yield briefing.plans


def _evidence(section: Section, made: Table) -> Iterator[Part]:
    yield Heading(f"The evidence: {section.heading}")
    if section.statements:
        yield Bullets(tuple(statement.text for statement in section.statements))
    yield from section.parts
    if section.cautions:
        yield Heading(CANNOT, 3)
        yield Bullets(section.cautions)
    yield made
    yield Text(section.notice, "note")
