"""Scoring a piece a second time: which pieces, in which workbook, and where it is settled.

The draw is random and can be repeated with its seed. Whoever scores second gets the references
and what is needed to find the file, not who scored it first and not how. What the scorers settle
together is written into a workbook of its own, and comes in as a further rating, role `agreed`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import Workbook

from fidelity.collect.data_folder import read_kept
from fidelity.collect.ratings import Ratings
from fidelity.collect.source import ROW, Source
from fidelity.collect.workbook import write_workbook
from fidelity.collect.workbook_parts import (
    HEADING,
    PLAIN,
    STRONG,
    TITLE,
    as_wide_as_the_paper,
    high_enough,
    put,
)
from fidelity.collect.workbook_reader import open_book, table_in
from fidelity.collect.workbook_words import OPENING
from fidelity.errors import Fault, UsageError
from fidelity.results import PURPOSE
from fidelity.rubric import Rubric, read_rubric

AGREED = "agreed"
#: Roles whose score is no independent scoring of the practice.
_NOT_COUNTED = (AGREED, "self", "parent", "child")
SHEET = "Side by side"
#: What the second scorer is told: where to find the file.
_TOLD = ("piece", "case", "date", "covers_from", "plan_type", "stage")
_WIDTHS = {"piece": 16, "item": 12, "text": 60, "must_have": 11}


@dataclass(frozen=True)
class DoubleDraw:
    """Pieces to be scored a second time.

    Attributes:
        pieces: their references, in the order of the draw.
        of: how many could have been drawn.
        left_out: why others could not: reason and how many.
        seed: the seed.
    """

    pieces: tuple[str, ...]
    of: int
    left_out: Mapping[str, int]
    seed: int

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was drawn, from how many, and what was left out."""
        away = ", ".join(f"{n} {why}" for why, n in self.left_out.items() if n)
        told = f"{len(self.pieces)} of {self.of} pieces drawn at random (seed {self.seed})."
        return (told, f"Left out: {away}.") if away else (told,)


def draw_double(
    ratings: Ratings, *, share: float = 0.2, n: int | None = None, rater: str = "", since: str = "",
    rng: int = 0,
) -> DoubleDraw:  # fmt: skip
    """Draw pieces that somebody else scores again.

    Args:
        ratings: what has been scored.
        share: share of the pieces that can be drawn, rounded up.
        n: how many, instead of a share.
        rater: who will score; what they scored themselves is not drawn.
        since: only practice up to this date or later (2026-01-31).
        rng: the seed; the same seed and ratings give the same draw.

    Raises:
        UsageError: there is nothing to draw from, or more is asked than there is.
    """
    table = ratings.assessments
    nothing = pd.Series("", index=table.index, dtype=object)
    role, purpose = (table.get(name, nothing) for name in ("rater_role", "purpose"))
    practice = table[purpose.fillna("") != "benchmark"]
    first = practice[~role.reindex(practice.index).isin(_NOT_COUNTED)]
    raters = first.groupby("piece")["rater"].nunique()
    settled = set(table.loc[role == AGREED, "piece"])
    twice = set(raters.index[raters > 1]) | settled
    own = set(first.loc[first["rater"] == rater, "piece"]) if rater else set()
    early: set[str] = set()
    if since:
        late = first["date"] >= pd.Timestamp(since) if "date" in first else first["rater"] == ""
        early = set(first["piece"]) - set(first.loc[late, "piece"])
    possible = sorted(set(raters.index) - twice - own - early)
    wanted = math.ceil(share * len(possible)) if n is None else n
    if not possible or not 0 < wanted <= len(possible):
        raise UsageError(
            f"{len(possible)} pieces can be drawn, and {wanted} are asked for. Ask for at least "
            "one, and for no more than there are."
        )
    chosen = np.random.default_rng(rng).choice(len(possible), size=wanted, replace=False)
    away = {
        "scored more than once already": len(twice),
        f"scored by {rater} already": len(own - twice),
        "before the date, or without one": len(early - twice - own),
    }
    return DoubleDraw(tuple(possible[i] for i in chosen), len(possible), away, rng)


def write_second(
    ratings: Ratings, drawn: DoubleDraw, path: str | Path, *, rater: str = "",
    role: str = "moderator",
) -> Path:  # fmt: skip
    """Write the workbook of the second scorer: the pieces, and nothing of the first scores."""
    known = ratings.assessments.drop_duplicates("piece").set_index("piece")
    columns = [name for name in _TOLD if name in known.columns]
    rows = []
    for piece in drawn.pieces:
        row = {"piece": piece, "purpose": "double", "rater": rater, "rater_role": role}
        row |= {name: _text(known.loc[piece, name]) for name in columns}
        rows.append({name: text for name, text in row.items() if text})
    room = max(len(rows), 1)
    filled = {ratings.rubric.id: [_in_form(row) for row in rows]}
    return write_workbook(ratings.rubric, path, rows=room, filled=filled)


def _in_form(row: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in row.items() if name in OPENING}


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value if isinstance(value, str) else ""


def write_consensus(
    ratings: Ratings, table: pd.DataFrame, scorers: Sequence[str], path: str | Path
) -> Path:
    """Write the workbook of a moderation meeting.

    Args:
        ratings: what was scored.
        table: the scores side by side, as `fidelity.analyses.side_by_side` gives them.
        scorers: its columns with answers.
        path: where to write it.

    Returns:
        The path written. Where all scorers said the same the answer stands there already; what
        differs is blank until it is settled. Pieces with an agreed score are left out.

    Raises:
        UsageError: all of them have an agreed score.
    """
    rows = []
    settled_already = set(table.loc[table[AGREED] != "", "piece"])
    table = table[~table["piece"].isin(settled_already)]
    if table.empty:
        raise UsageError(f"{ratings.name}: every piece has its agreed score already.")
    scorers = [name for name in scorers if (table[name] != "").any()]
    for piece, mine in table.groupby("piece", sort=True):
        row = {"piece": str(piece), "rater": AGREED, "rater_role": AGREED}
        for item in mine.to_dict("records"):
            if not item["differs"]:
                row[str(item["item"])] = next(str(item[s]) for s in scorers if item[s])
        rows.append(row)

    def beside(book: Workbook) -> None:
        _sheet(book, table, scorers)

    return write_workbook(
        ratings.rubric, path, rows=len(rows), filled={ratings.rubric.id: rows}, beside=[beside]
    )


def _sheet(book: Workbook, table: pd.DataFrame, scorers: Sequence[str]) -> None:
    """The scores, to look at while talking; nothing on it is read."""
    sheet = book.create_sheet(SHEET, 1)
    put(sheet, 1, 1, "Side by side: what differs comes first, piece by piece", TITLE)
    put(sheet, 2, 1, f"Settle each on the sheet for scoring. {PURPOSE}", PLAIN)
    sheet.merge_cells("A2:H2")
    columns = ["piece", "item", "text", "must_have", *scorers, "apart"]
    heads = {"text": "what it asks", "must_have": "must-have", "apart": "points apart"}
    for column, name in enumerate(columns, start=1):
        put(sheet, 3, column, heads.get(name, name), HEADING)
        letter = sheet.cell(3, column).column_letter
        sheet.column_dimensions[letter].width = _WIDTHS.get(name, 14)
    for row, told in enumerate(table.to_dict("records"), start=4):
        for column, name in enumerate(columns, start=1):
            put(sheet, row, column, _shown(name, told[name]), STRONG if told["differs"] else PLAIN)
        high_enough(sheet, row)
    sheet.freeze_panes = "C4"
    as_wide_as_the_paper(sheet)


def _shown(name: str, value: object) -> str:
    if name == "must_have":
        return "yes" if value else ""
    if name == "apart":
        return f"{value:g}" if isinstance(value, float) and value == value else ""
    return str(value).upper() if name == "item" else str(value)


def check_agreed(workbook: Path, folder: Path, rubrics: Sequence[Rubric] = ()) -> list[str]:
    """Check that a workbook holds agreed scores of pieces that two people scored.

    Returns:
        Sentences on what is not settled yet.

    Raises:
        RatingsError: a row in another role, or a piece that was not scored twice; by cell.
    """
    given = {rubric.id: rubric for rubric in rubrics}
    book = open_book(workbook)
    faults, said = [], []
    for name in book.rubrics:
        rubric = given.get(name) or read_rubric(name)
        table = table_in(book, rubric)
        kept = read_kept(folder, [rubric]).sittings.get(name, {}).values()
        scorers: dict[str, set[str]] = {}
        for sitting in kept:
            if sitting.about.get("rater_role") != AGREED:
                scorers.setdefault(sitting.about["piece"], set()).add(sitting.about["rater"])
        source = Source(table.name, table.places, table.letters)
        for row, piece in enumerate(table.columns["piece"]):
            if table.columns["rater_role"][row] != AGREED:
                faults.append(Fault(source.where({ROW: row}, "rater_role"), "not an agreed score",
                                    AGREED, "bring other scores in with: fidelity ingest")
                              )  # fmt: skip
            elif len(scorers.get(piece or "", ())) < 2:
                faults.append(Fault(source.where({ROW: row}, "piece"),
                                    f'piece "{piece}" was not scored by two people',
                                    "pieces that were", "bring the second scores in first")
                              )  # fmt: skip
            blank = [
                i for i in rubric.scored_items if i in table.columns and not table.columns[i][row]
            ]
            if blank:
                said.append(f'Piece "{piece}": not settled yet: {", ".join(blank)}.')
    if faults:
        raise book.refused(faults)
    return said
