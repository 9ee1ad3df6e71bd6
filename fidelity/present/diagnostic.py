"""The organisation diagnostic: a brief of at most two printed pages.

Interviews, meetings that were watched, documents, data and a survey of all staff go in. What comes
out is where we stand, where sources and roles disagree, what to do first, and what this cannot
show. Organisation rubrics are looked at by `fidelity.analyses.standing`; of the survey, each role
is shown by itself, and only with ten replies or more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.standing import Standing, standing
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.footing import Footing, footings
from fidelity.present import diagnostic_words as told
from fidelity.present.diagnostic_pictures import parts_of_standing
from fidelity.present.document import Bullets, Document, Heading, Leaf, Part, Text
from fidelity.present.figure import plain
from fidelity.present.scope import day
from fidelity.present.table import Table, rows_of
from fidelity.results import PURPOSE
from fidelity.statistics.clusters import cluster_share
from fidelity.words import percent

#: The rubrics of an organisation, in the order of the brief, and the survey beside them.
ORGANISATION = ("evidence_minded_org", "dfe_common_ingredients", "sos_org_alignment")
SURVEY = "staff_model_survey"
#: Mean of a part, as a share of the scale, from which a reply agrees: 4 of 1 to 5.
AGREE = 0.75
SHARES = ["role", "part", "estimate", "lower", "upper", "n_pieces"]
GATHER = (
    f"Score any of {', '.join(ORGANISATION)}: each source by itself, before anybody compares.",
    (
        "Two kinds of source for every item at least: interviews with leaders, managers and "
        "practitioners (five of each), and documents, data or meetings that somebody independent "
        "looked at."
    ),
    f"A survey of all staff ({SURVEY}); a role is shown from ten replies on.",
)


@dataclass(frozen=True, eq=False)
class Diagnostic:
    """The brief, whatever it is printed as.

    Attributes:
        title: with the place.
        document: what is printed.
        standings: what it was made from, one a rubric.
        survey: the survey by role: `role`, `n_pieces`, `part`, `estimate`, `lower`, `upper`; roles
            with fewer than ten replies are not in it.
    """

    title: str
    document: Document
    standings: tuple[Standing, ...]
    survey: pd.DataFrame

    @property
    def sentences(self) -> tuple[str, ...]:
        """Every sentence, in order."""
        return self.document.texts

    def save(self, path: str | Path) -> Path:
        """Write the brief by the ending of the path: .html, .docx, .md or .pdf.

        Raises:
            UsageError: another ending.
            FileError: it cannot be written, or no browser is found that can print a PDF.
        """
        return self.document.save(path)

    def __repr__(self) -> str:
        return "\n".join([*self.sentences, PURPOSE])

    def _repr_html_(self) -> str:
        return self.document.html()


def diagnostic(
    data: Mapping[str, Ratings] | Sequence[Ratings],
    *,
    place: str = "",
    made_on: date | None = None,
    confidence: float = 0.95,
) -> Diagnostic:
    """Make the brief of an organisation.

    Args:
        data: ratings of any of the organisation rubrics and of the staff survey, by name or as a
            list; those of other rubrics are left aside. With none of them the brief says what to
            gather.
        place: for the title; the name of the authority if not given and one is recorded.
        made_on: the date on the page; today if not given.
        confidence: coverage of the intervals.

    Raises:
        UsageError: unvalidated input.

    Reads: `fidelity.tables.answers` of each, one row an assessment.
    """
    held = _by_rubric(data)
    standings = tuple(
        standing(held[name], confidence=confidence) for name in ORGANISATION if name in held
    )
    standings = tuple(each for each in standings if each.views)
    survey = _survey(held[SURVEY], confidence) if SURVEY in held else None
    place = plain(place) or _authority(held)
    title = f"Where does the organisation stand{f': {place}' if place else ''}"
    made = day(made_on or date.today())
    parts = (
        *_front(title, made, standings, survey, _open_concerns(held)),
        *_apart_and_first(standings, survey, confidence),
    )
    shares = pd.DataFrame(survey.shares if survey else [], columns=SHARES)
    return Diagnostic(title, Document(title, (Leaf(parts, "front"),)), standings, shares)


def _by_rubric(data: object) -> dict[str, Ratings]:
    given = list(data.values()) if isinstance(data, Mapping) else data
    if not isinstance(given, Sequence) or not all(isinstance(r, Ratings) for r in given):
        raise UsageError(
            "diagnostic() takes checked ratings, by name or as a list; first: data = "
            'fidelity.read_folder("folder")'
        )
    return {ratings.rubric.id: ratings for ratings in given}


def _authority(held: Mapping[str, Ratings]) -> str:
    for ratings in held.values():
        table = ratings.assessments
        if "authority" in table and table["authority"].nunique() == 1:
            return plain(table["authority"].dropna().iloc[0])
    return ""


def _open_concerns(held: Mapping[str, Ratings]) -> int:
    """Concerns that are open, each once: a folder tells those of all its files with every one."""
    return len({str(c) for ratings in held.values() for c in ratings.concerns if c.open})


def _front(
    title: str, made: str, standings: Sequence[Standing], survey: _Survey | None, concerns: int
) -> Iterator[Part]:
    yield Heading(title, 1)
    yield Text(f"Made on {made} · {PURPOSE}", "purpose")
    if concerns:
        yield Text(told.concerns(concerns), "strong")
    yield Text(told.headline(standings), "headline")
    if not standings:
        yield Heading("What to gather")
        yield Bullets(GATHER)
        yield from _survey_parts(survey)
        return
    yield Heading("Where we stand")
    yield parts_of_standing(standings)
    yield Bullets(tuple(told.rests(standings)))
    yield from _survey_parts(survey)


def _apart_and_first(
    standings: Sequence[Standing], survey: _Survey | None, confidence: float
) -> Iterator[Part]:
    shown = survey.standing if survey else None
    if standings or shown:
        yield Heading("Where sources and roles disagree")
        gaps = told.gap_rows(standings, shown)
        if gaps:
            heads = [f"{first} minus {second}" for first, second in told.PAIRS]
            note = (
                f"Shares of the scale with {percent(confidence)} intervals. * differs, allowing "
                "for all pairs."
            )
            yield rows_of(
                "Gaps between roles, over all items", ["Rubric", *heads], gaps, note, (False,) * 4
            )
        yield Bullets(tuple(told.disagreements(standings, shown)))
    if standings:
        yield Heading("What to do first")
        yield Bullets(tuple(told.first_things(standings)))
        yield Text(told.rule(standings), "note")
    yield Heading("What this cannot show")
    yield Text(told.CANNOT)
    labels = "; ".join(standing.rubric.label for standing in standings) or "no rubric was scored"
    yield Text(f"Made from: {labels}. Local; not tested for reliability or "
               "validity.", "note")  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Survey:
    """The latest round of the survey; roles with too few replies are in neither part."""

    replies: dict[str, int]
    standing: Standing | None
    shares: list[dict[str, object]]


def _survey(ratings: Ratings, confidence: float) -> _Survey:
    latest = standing(ratings, confidence=confidence)
    pieces = [
        piece for footing in footings(ratings, "diagnostic", selection="all", cluster="rater")
        if latest.views.get(footing.who, 0) >= told.LEAST_REPLIES
        for piece in footing.table.loc[_of_round(footing, latest), "piece"]
    ]  # fmt: skip
    if not pieces:
        return _Survey(latest.views, None, [])
    enough = ratings.of_pieces(pieces)
    return _Survey(latest.views, standing(enough, confidence=confidence),
                   list(_agreement(enough, confidence)))  # fmt: skip


def _of_round(footing: Footing, latest: Standing) -> npt.NDArray[np.bool_]:
    if not latest.period[0]:
        return np.ones(len(footing), bool)
    return (footing.table["date"].astype(str).str[:10] >= latest.period[0]).to_numpy(bool)


def _agreement(ratings: Ratings, confidence: float) -> Iterator[dict[str, object]]:
    """The share of replies that agree with each part, by role."""
    for footing in footings(ratings, "diagnostic", selection="all", cluster="rater"):
        for component in footing.rubric.components:
            items = [item.id for item in component.items if item.id in footing.items]
            given = footing.mean(items)
            use = ~np.isnan(given)
            if not items or use.sum() < told.LEAST_REPLIES:
                continue
            agree = given[use] >= AGREE - 1e-9
            found = cluster_share(agree, footing.clusters[use], None, confidence)
            yield {"role": footing.who, "part": component.title, "estimate": found.value,
                   "lower": found.lower, "upper": found.upper, "n_pieces": found.n}  # fmt: skip


def _survey_parts(survey: _Survey | None) -> Iterator[Part]:
    yield Heading("What the staff say")
    if survey is None:
        yield Text("No survey of staff is in the data: a role is shown from ten replies on.")
        return
    if survey.shares:
        yield _survey_table(pd.DataFrame(survey.shares, columns=SHARES))
    hidden = told.hidden_roles(survey.replies)
    reply = "In brackets: the interval. Those who replied may differ from those who did not."
    yield Text(f"{hidden} {reply}".strip(), "note")


def _survey_table(survey: pd.DataFrame) -> Table:
    parts = list(dict.fromkeys(survey["part"]))
    rows = []
    for role, mine in survey.groupby("role", sort=False):
        by_part = mine.set_index("part")
        cells = [
            _share(by_part.loc[part]) if part in by_part.index else "too few" for part in parts
        ]
        rows.append([str(role), str(int(mine["n_pieces"].max())), *cells])
    return rows_of(
        "Share of replies that agree (mean of the part 4 or more of 5), by role",
        ("Role", "n", *parts), rows,
    )  # fmt: skip


def _share(row: pd.Series[float]) -> str:
    return f"{percent(row['estimate'])} ({percent(row['lower'])} to {percent(row['upper'])})"
