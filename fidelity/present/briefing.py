"""The director's briefing: the inspectors' three questions on one page, the evidence overleaf.

What do you know about the quality and impact of practice; how do you know; what are your plans
for the next twelve months. The third has lines to fill in. Nothing is mapped to inspection
grades, and no team or person is ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidelity.collect.concerns import Concern
from fidelity.errors import FileError, UsageError
from fidelity.present import scope
from fidelity.present.briefing_actions import PLANS, plans
from fidelity.present.briefing_change import Changes, changes
from fidelity.present.briefing_change_words import front
from fidelity.present.briefing_document import briefing_document
from fidelity.present.briefing_period import FIRST, Period, period_of
from fidelity.present.briefing_protocol import planned
from fidelity.present.briefing_public import beside, edition, provenance
from fidelity.present.briefing_public_change import public_change
from fidelity.present.briefing_reliance import reliance
from fidelity.present.briefing_sections import (
    Found,
    Section,
    front_picture,
    public_section,
    section,
)
from fidelity.present.briefing_tables import method_table
from fidelity.present.briefing_words import ROOM_BY_MEANS, fitting, statements
from fidelity.present.evidence import Evidence
from fidelity.present.figure import Picture, plain
from fidelity.present.page import render
from fidelity.present.statement import HOW, KNOW, Statement
from fidelity.present.table import Table
from fidelity.results import PURPOSE
from fidelity.rubric.derived import is_short
from fidelity.words import TOO_FEW

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.collect.ratings import Ratings
    from fidelity.present.document import Document
    from fidelity.protocol.model import Protocol

AUDIENCES = ("internal", "public")


@dataclass(frozen=True, eq=False)
class Briefing:
    """A briefing, whatever it is printed as.

    Attributes:
        title: with the place.
        subtitle: period and audience.
        statements: the sentences of the first page with what they are about; at most nine.
        picture: the one picture of the first page; None where nothing can be drawn.
        sections: the evidence overleaf, one a rubric.
        concerns: open concerns; none on a public page.
        provenance: how it was made.
        audience: "internal" or "public".
        checked_by: who checked it for publication.
    """

    title: str
    subtitle: str
    statements: tuple[Statement, ...]
    picture: Picture | None
    sections: tuple[Section, ...]
    concerns: tuple[Concern, ...]
    provenance: tuple[Table, ...]
    audience: str
    checked_by: str = ""
    plans: Table = field(default=PLANS)

    @property
    def headline(self) -> str:
        """The first sentence: from how much, what we know, what we cannot yet say."""
        return self.statements[0].text

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of the first page, the headline first."""
        return tuple(statement.text for statement in self.statements)

    @property
    def overleaf_statements(self) -> tuple[Statement, ...]:
        """The sentences of the evidence with what they are about."""
        return tuple(s for section in self.sections for s in section.statements)

    @property
    def figures(self) -> tuple[Picture, ...]:
        """Every picture, in the order of the page."""
        first = (self.picture,) if self.picture is not None else ()
        return (*first, *(figure for section in self.sections for figure in section.figures))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table of evidence, in the order of the page."""
        return tuple(table for section in self.sections for table in section.tables)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What the evidence cannot tell, of all rubrics."""
        return tuple(dict.fromkeys(c for section in self.sections for c in section.cautions))

    def known(self) -> list[str]:
        """The answers to the first question, after the headline."""
        return [s.text for s in self.statements[1:] if s.question == KNOW]

    def how(self) -> list[str]:
        """The answers to the second question."""
        return [s.text for s in self.statements[1:] if s.question == HOW]

    def document(self) -> Document:
        """The briefing as what is printed: concerns first, the front page, the evidence."""
        return briefing_document(self)

    def html(self) -> str:
        """The page as text: one file, no script, nothing fetched."""
        return self.document().html()

    def to_html(self, path: str | Path) -> Path:
        """Write the page; gives its path. The file is written whole or not at all.

        Raises:
            FileError: it cannot be written.
        """
        return self.document().to_html(path)

    def to_docx(self, path: str | Path) -> Path:
        """Write it as a Word file; gives its path.

        Raises:
            FileError: it cannot be written.
        """
        return self.document().to_docx(path)

    def to_markdown(self, path: str | Path) -> Path:
        """Write it as Markdown, its pictures beside it; gives its path.

        Raises:
            FileError: it cannot be written.
        """
        return self.document().to_markdown(path)

    def to_pdf(self, path: str | Path) -> Path:
        """Print it to PDF by a browser that is installed; gives its path.

        Raises:
            FileError: no browser is found, or the file cannot be written.
        """
        return self.document().to_pdf(path)

    def save(self, path: str | Path) -> Path:
        """Write it by the ending of the path: .html, .docx, .md or .pdf; gives its path.

        Raises:
            UsageError: another ending.
            FileError: it cannot be written, or no browser is found that can print a PDF.
        """
        return self.document().save(path)

    def to_folder(self, folder: str | Path) -> tuple[str, ...]:
        """Write the page, the Word file, the text and the PDF into a folder.

        Returns:
            What was written, a line a file; last, where no browser is found that can print a PDF,
            how to make one by hand.

        Raises:
            FileError: the folder or a file in it cannot be written.
        """
        name = "briefing" if self.audience == "internal" else "briefing_public"
        document, told = self.document(), []
        for ending in (".html", ".docx", ".md"):
            told.append(f"wrote {document.save(Path(folder) / (name + ending)).name}")
        try:
            told.append(f"wrote {document.save(Path(folder) / f'{name}.pdf').name}")
        except FileError as error:
            told.append(str(error))
        return tuple(told)

    def __repr__(self) -> str:
        concerns = [str(concern) for concern in self.concerns]
        return "\n".join([*concerns, self.title, *self.sentences, PURPOSE])

    def _repr_html_(self) -> str:
        """The first page as a notebook shows it; `to_html` writes the whole."""
        return render("first_page.html", briefing=self)


def briefing(
    ratings: Ratings | Sequence[Ratings] | Mapping[str, Ratings],
    *,
    audience: str = "internal",
    period: object = None,
    since: object = FIRST,
    by: str | list[str] | None = "team",
    place: str = "",
    checked_by: str = "",
    made_on: date | None = None,
    protocol: Protocol | None = None,
    log: pd.DataFrame | None = None,
    measures: pd.DataFrame | None = None,
    events: pd.DataFrame | None = None,
    **options: Any,
) -> Briefing:
    """Make the briefing of one rubric, or of several together.

    Args:
        ratings: checked ratings; of several rubrics as a list, or by name. The first is the one
            that the first page is mainly of.
        audience: "internal", or "public": the whole service alone, small counts hidden, no
            concerns, nobody's reference.
        period: of which time: "quarter", "half_year" or "year" (the latest), "all", or two dates;
            the latest quarter with ten pieces or more, or what comes nearest, if not given.
        since: with which time that is compared: "first" (the first stretch as long), "previous"
            (the one just before), or a date (the stretch just before that day).
        by: group column or columns; a file without teams is shown as a whole. A public page has
            no groups.
        place: for title and pictures; the name of the authority if not given and one is recorded.
        checked_by: who checked it for publication; needed for a public page.
        made_on: the date on the page; today if not given.
        protocol: from `read_protocol`: the page says of each rubric whether it is the planned
            analysis or exploratory, and why.
        log: actions agreed, with the columns item, owner and date, and perhaps action, team and
            expected; lines to fill in if not given.
        measures: from `read_measures`: how many families were asked, reached and answered.
        events: from `read_events`: what happened meanwhile, told beside what changed.
        options: as `fidelity.score` takes them: record, selection, cluster, trained_coders,
            confidence.

    Raises:
        UsageError: unvalidated input, an unknown audience or period, a public page that nobody
            checked, or what `fidelity.score` refuses.

    Reads: what `fidelity.score`, `change` and `drift` read, for each rubric.
    """
    if audience not in AUDIENCES:
        raise UsageError(f'audience="{audience}"; allowed: "internal" or "public".')
    if audience == "public" and not checked_by.strip():
        raise UsageError(
            "A public page says who checked it for publication. Look at the page, then give "
            'checked_by="<name or role>".'
        )
    public = audience == "public"
    evidence = _all_evidence(_named(ratings), period, None if public else by, options)
    told = changes(evidence, since, options, events)
    place = plain(place) or _authority(evidence)
    today = scope.day(made_on or date.today())
    if public:
        return _public(evidence, told, place, plain(checked_by), today)
    table, actions = plans(log, [each.scores.rubric for each in evidence])
    relied = [reliance(e.record, options, whole=e is evidence[0]) for e in evidence]
    marks = [planned(protocol, each, told) for each in evidence]
    found = Found(evidence, told, relied, measures, actions)
    return _internal(found, marks, table, place, today)


def _named(given: object) -> list[tuple[str, Ratings]]:
    """Ratings with the name under which each stands, checked to be ratings."""
    from fidelity.collect.ratings import Ratings

    if isinstance(given, Mapping):
        found = [(str(name), each) for name, each in given.items()]
    elif isinstance(given, list | tuple):
        found = [("", each) for each in given]
    else:
        found = [("", given)]
    wrong = [type(each).__name__ for _, each in found if not isinstance(each, Ratings)]
    if wrong or not found:
        raise UsageError(
            "briefing() takes checked ratings, one or several, not "
            f"{wrong[0] if wrong else 'none'}; first: ratings = fidelity.Ratings(frame, rubric)"
        )
    short = [each.rubric.title for _, each in found if is_short(each.rubric)]
    if short:
        raise UsageError(
            f"{', '.join(short)}: no briefing is made of short forms. fidelity.score says which "
            "must-haves were seen."
        )
    ids = {each.rubric.id for _, each in found}
    return [(each.rubric.title if name in {"", *ids} else name, each) for name, each in found]


def _all_evidence(
    named: Sequence[tuple[str, Ratings]], asked: object, by: str | list[str] | None,
    options: Mapping[str, Any],
) -> list[Evidence]:  # fmt: skip
    """Every rubric in the period of the first; in one of its own where that holds too few."""
    dates = {key: options[key] for key in ("record", "selection") if key in options}
    first = period_of(named[0][1], asked, **dates)
    found = []
    for name, ratings in named:
        stretch = first
        if asked is None and ratings is not named[0][1]:
            few = first.n(ratings, **dates) < TOO_FEW
            stretch = period_of(ratings, **dates) if few else replace(first, note="")
        found.append(_evidence(name, ratings, stretch, by, options))
    return found


def _evidence(
    name: str, ratings: Ratings, period: Period, by: str | list[str] | None,
    options: Mapping[str, Any],
) -> Evidence:  # fmt: skip
    from fidelity.analyses.scores import score

    everything, mine = period.until(ratings), period.of(ratings)
    if by == "team" and "team" not in ratings.assessments:
        by = None
    return Evidence(mine, score(mine, by=by, **options), name, everything, period)


def _authority(evidence: Sequence[Evidence]) -> str:
    names: set[str] = set()
    for each in evidence:
        table = each.ratings.assessments
        names |= set(table["authority"].dropna()) if "authority" in table else set()
    return plain(names.pop()) if len(names) == 1 else ""


def _title(place: str) -> str:
    return f"Practice briefing: {place}" if place else "Practice briefing"


def _internal(found: Found, marks: Sequence[str], table: Table, place: str, today: str) -> Briefing:
    evidence = found.evidence
    concerns = dict.fromkeys(c for each in evidence for c in each.ratings.concerns if c.open)
    said = [s for s in found.reliance[0].statements if s.kind == "agreement"]
    return Briefing(
        title=_title(place),
        subtitle=" · ".join(part for part in ("Internal", _when(evidence), f"made on {today}")
                            if part),
        statements=statements(evidence, list(front(found.changes)), said),
        picture=front_picture(evidence[0]),
        sections=tuple(section(found, number, place) for number in range(len(evidence))),
        concerns=tuple(sorted(concerns, key=lambda c: (bool(c.escalated_on), c.piece))),
        provenance=tuple(
            method_table(each, today, mark) for each, mark in zip(evidence, marks, strict=True)
        ),
        audience="internal",
        plans=table,
    )  # fmt: skip


def _when(evidence: Sequence[Evidence]) -> str:
    """Of which time the page is, "" where it is of all."""
    period = evidence[0].period
    return period.heading if period is not None and period.first is not None else ""


def _public(
    evidence: Sequence[Evidence], told: Changes, place: str, checked_by: str, today: str
) -> Briefing:
    changed = list(public_change(told))
    editions = sorted(
        (edition(each, changed if each is evidence[0] else ()) for each in evidence),
        key=lambda e: not e.tables,
    )
    said = fitting(editions[0].statements, list(map(beside, editions[1:])), ROOM_BY_MEANS)
    first = editions[0].pictures[:1]
    return Briefing(
        title=_title(place),
        subtitle=f"Checked for publication by {checked_by} · made on {today}",
        statements=said,
        picture=first[0] if first else None,
        sections=tuple(public_section(each, skip=each is editions[0]) for each in editions),
        concerns=(),
        provenance=tuple(provenance(each, today, checked_by) for each in editions),
        audience="public",
        checked_by=checked_by,
    )
