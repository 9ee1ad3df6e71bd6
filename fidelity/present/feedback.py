"""What was looked at, given back to the people whose work it is.

A team's page: what is working well, what we are worried about, what needs to happen. It holds real
items with the descriptions of their levels, one thing to try, and questions to talk through. No
band, no other team, no comparison with the whole; nobody is named, and open concerns about a child
are not on it, since it may lie on a table: whoever makes it is told of them first.

A practitioner's sheet is for that person and their supervisor alone (`feedback_sheet`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.analyses.feedback import seen
from fidelity.analyses.feedback_person import observed
from fidelity.counted import counted
from fidelity.errors import UsageError
from fidelity.present.briefing_period import period_of
from fidelity.present.document import Bullets, Document, Text
from fidelity.present.feedback_sheet import sheet_document
from fidelity.present.feedback_team import Looked, team_document

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings

_DAYS = 30.44


@dataclass(frozen=True, eq=False)
class Feedback:
    """A page for those who practise.

    Attributes:
        document: the page.
        items: the numbers behind it, one row an item; see `analyses.feedback.Seen`, or for one
            person `analyses.feedback_person.Observed`.
    """

    document: Document
    items: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands on the page, without its headings."""
        parts = [part for leaf in self.document.leaves for part in leaf.parts]
        told = [(p.text,) if isinstance(p, Text) else p.texts for p in parts
                if isinstance(p, Text | Bullets)]  # fmt: skip
        return tuple(text for texts in told for text in texts)

    def save(self, path: str | Path) -> Path:
        """Write it by the ending of the path: .html, .docx, .md or .pdf; gives the path.

        Raises:
            UsageError: another ending.
            FileError: it cannot be written, or no browser can print it.
        """
        return self.document.save(path)

    def to_frame(self) -> pd.DataFrame:
        """The numbers behind it (a copy)."""
        return self.items.copy()

    def __repr__(self) -> str:
        return self.document.markdown()

    def _repr_markdown_(self) -> str:
        return self.document.markdown()


def feedback(
    ratings: Ratings,
    *,
    team: str | None = None,
    practitioner: str | None = None,
    for_supervision: bool = False,
    period: object = None,
    record: str | None = None,
    selection: str = "random",
    confidence: float = 0.95,
) -> Feedback:
    """The learning page of a team, or the sheet of one practitioner.

    Args:
        ratings: checked ratings of one rubric.
        team: the team whose page it is.
        practitioner: the person whose sheet it is, in place of a team.
        for_supervision: that a sheet goes to that person and their supervisor alone; without it
            none is made.
        period: of a team's page: "quarter", "half_year" or "year" (the latest), "all", or two
            dates; the latest with enough pieces if not given.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        confidence: coverage of the intervals.

    Raises:
        UsageError: neither or both of team and practitioner, no such team or person, a sheet that
            is not for supervision, unvalidated input.
    """
    if (team is None) == (practitioner is None):
        raise UsageError(
            'Whose page? Give team="North", or practitioner="P07" with for_supervision=True.'
        )
    if practitioner is not None:
        if not for_supervision:
            raise UsageError(
                "A practitioner's sheet is made only for that person and their supervisor. If it "
                "goes to them alone, say so: for_supervision=True (--for-supervision)."
            )
        found = observed(ratings, str(practitioner), record=record, selection=selection,
                         confidence=confidence)  # fmt: skip
        return Feedback(sheet_document(found, str(practitioner)), found.to_frame())
    own = _of_team(ratings, str(team))
    options = {"record": record, "selection": selection}
    stretch = period_of(own, period, **options)
    result = seen(stretch.of(own), confidence=confidence, record=record, selection=selection)
    per_month, last = _pace(own, record, selection)
    looked = Looked(str(team), stretch.name, stretch.note, per_month, last)
    return Feedback(team_document(result, looked), result.to_frame())


def _of_team(ratings: Ratings, team: str) -> Ratings:
    from fidelity.collect.ratings import Ratings as Checked

    if not isinstance(ratings, Checked):
        raise UsageError(
            f"feedback() takes checked ratings, not {type(ratings).__name__}; first: "
            "ratings = fidelity.Ratings(frame, rubric)"
        )
    table = ratings.assessments
    teams = table["team"].astype(object) if "team" in table else pd.Series(dtype=object)
    pieces = set(table.loc[teams[teams == team].index, "piece"])
    if not pieces:
        known = ", ".join(sorted({str(name) for name in teams.dropna() if name}))
        raise UsageError(f'No piece is of the team "{team}"; the ratings hold: {known or "none"}.')
    return ratings.of_pieces(pieces)


def _pace(
    ratings: Ratings, record: str | None, selection: str
) -> tuple[float, pd.Timestamp | None]:
    """Pieces a month so far, and the day of the latest; 0 and None without dates."""
    rows = counted(ratings, record=record, selection=selection).rows
    table = ratings.assessments
    days = pd.to_datetime(table["date"].iloc[rows]).dropna() if "date" in table else pd.Series([])
    if len(days) < 2:
        return 0.0, days.max() if len(days) else None
    months = max(1.0, (days.max() - days.min()).days / _DAYS)
    return len(days) / months, days.max()
