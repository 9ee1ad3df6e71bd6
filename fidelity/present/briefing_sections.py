"""What stands overleaf of a briefing: the evidence of one rubric, and the picture in front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fidelity.present.bands import band_distribution
from fidelity.present.briefing_cautions import cautions
from fidelity.present.briefing_change_words import of_one
from fidelity.present.briefing_family import families, voices
from fidelity.present.briefing_tables import (
    bands_table,
    items_tables,
    moved_table,
    must_haves_table,
)
from fidelity.present.briefing_words import must_haves
from fidelity.present.distribution import level_distribution
from fidelity.present.evidence import Evidence
from fidelity.present.figure import Picture
from fidelity.present.heatmap import items_by_group
from fidelity.present.profile import component_profile, first_lines, short_profile
from fidelity.present.statement import Statement
from fidelity.present.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.present.briefing_change import Changes
    from fidelity.present.briefing_public import Edition
    from fidelity.present.briefing_reliance import Reliance


@dataclass(frozen=True, eq=False)
class Section:
    """The evidence of one rubric, overleaf.

    Attributes:
        heading: title of the rubric, or the name that it was given.
        parts: its pictures and tables, in the order in which they stand.
        statements: its sentences, which stand before them.
        cautions: what it cannot tell.
        notice: the notice of the rubric.
    """

    heading: str
    parts: tuple[Picture | Table, ...]
    cautions: tuple[str, ...]
    notice: str
    statements: tuple[Statement, ...] = ()

    @property
    def figures(self) -> tuple[Picture, ...]:
        """Its pictures."""
        return tuple(part for part in self.parts if isinstance(part, Picture))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables."""
        return tuple(part for part in self.parts if isinstance(part, Table))


@dataclass(frozen=True, eq=False)
class Found:
    """What the analyses found, for all rubrics in the same order.

    Attributes:
        evidence: the first is the one that the briefing is mainly of.
        changes: what changed since an earlier time.
        reliance: how far each can be relied on.
        measures: what was counted beside the ratings; None for nothing.
        actions: all actions agreed, where the first page has no room for them.
    """

    evidence: Sequence[Evidence]
    changes: Changes
    reliance: Sequence[Reliance]
    measures: pd.DataFrame | None = None
    actions: Table | None = None


def front_picture(evidence: Evidence) -> Picture | None:
    """The one picture of the first page, small enough for it; the heading says the place."""
    if evidence.scores.rubric.bands is not None:
        return band_distribution(evidence.scores, whole=True)
    return short_profile(evidence.scores) if first_lines(evidence.scores) else None


def section(found: Found, number: int, place: str) -> Section:
    """The evidence of one rubric: its sentences, the whole, then part by part.

    The rubric that the first page is mainly of is told in full; the others in their main lines,
    since a page of 30 sheets is read by nobody. Each in full is a briefing of its own.
    """
    evidence, whole = found.evidence[number], number == 0
    scores = evidence.scores
    told = [*of_one(found.changes.moved[number], found.changes),
            *must_haves(evidence), *found.reliance[number].statements]  # fmt: skip
    parts: list[Picture | Table] = list(_pictures(found, number, place))
    if scores.rubric.bands is not None:
        parts.append(bands_table(scores))
    if scores.rubric.must_haves:
        parts.append(must_haves_table(scores))
    if whole:
        parts += moved_table(found.changes.moved[0])
        parts += items_tables(scores)
        parts += [found.actions] if found.actions is not None else []
    if evidence is _first_heard(found):
        for said in voices(found.evidence, found.measures):
            told += [each for each in said if isinstance(each, Statement)]
            parts += [each for each in said if isinstance(each, Table)]
    return Section(
        evidence.name, tuple(parts), tuple(cautions(evidence)), scores.rubric.notice, tuple(told)
    )


def _first_heard(found: Found) -> Evidence | None:
    """Where the voices stand: with the first rubric that families answered."""
    return next(iter(families(found.evidence)), None)


def _pictures(found: Found, number: int, place: str) -> Iterator[Picture]:
    evidence = found.evidence[number]
    scores = evidence.scores
    if first_lines(scores):
        yield component_profile(scores, place=place)
    if scores.rubric.bands is not None:
        yield band_distribution(scores, place=place)
    if number == 0:
        yield items_by_group(scores, place=place)
        yield level_distribution(scores, place=place)
        drift = found.changes.drift
        if drift is not None and drift.apart:
            yield drift.plot()


def public_section(each: Edition, skip: bool) -> Section:
    """The evidence overleaf; the first picture of the first stands on the first page."""
    pictures = each.pictures[1:] if skip else each.pictures
    return Section(each.name, (*pictures, *each.tables), each.cautions, each.notice)
