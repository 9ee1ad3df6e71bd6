"""Which rubric, at which version, a workbook was made from: stamped in three places.

On a hidden sheet, in the document's custom properties and in its comments: programs that save a
workbook again drop one or the other. Where the three disagree, somebody has put sheets of two
workbooks together, and nothing is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.packaging.custom import StringProperty

from fidelity.collect.workbook_parts import PLAIN, put
from fidelity.errors import Fault
from fidelity.rubric.model import Rubric

FORMAT = "fidelity-workbook-1"
STAMP_SHEET, STAMP_PROPERTY = "_fidelity", "fidelity_rubric_"
STAMP_HEADINGS = ("sheet", "rubric", "version", "fingerprint", "form")
FULL, SHORT = "full", "short"
_LEAST = len(STAMP_HEADINGS) - 1  # the form came later; without it everything was asked


@dataclass(frozen=True)
class SheetStamp:
    """A sheet of a workbook: its rubric at its version, and whether only must-haves were asked."""

    sheet: str
    rubric: str
    version: str
    fingerprint: str
    form: str = FULL

    def __str__(self) -> str:
        short = ", short form" if self.form == SHORT else ""
        return f"{self.rubric} {self.version} ({self.fingerprint}{short})"


def write_stamps(
    book: Workbook, rubrics: Sequence[Rubric], titles: Mapping[str, str], short: bool
) -> None:
    """Stamp a workbook in all three places."""
    form = SHORT if short else FULL
    stamps = [(titles[r.id], r.id, r.version, r.fingerprint, form) for r in rubrics]
    sheet = book.create_sheet(STAMP_SHEET)
    sheet.sheet_state = "veryHidden"
    for row, texts in enumerate([(FORMAT,), STAMP_HEADINGS, *stamps], start=1):
        for column, text in enumerate(texts, start=1):
            put(sheet, row, column, text, PLAIN)
    lines = ["|".join(texts) for texts in stamps]
    told = {f"{STAMP_PROPERTY}{n}": line for n, line in enumerate(lines, start=1)}
    for name, value in {"fidelity_format": FORMAT, **told}.items():
        book.custom_doc_props.append(StringProperty(name=name, value=value))
    book.properties.description = "\n".join([FORMAT, *lines])


def read_stamps(book: Any, name: str) -> tuple[list[SheetStamp], list[Fault]]:
    """The stamps of a workbook, and a fault where its three places disagree."""
    places = [found for found in (_hidden(book), _properties(book), _comments(book)) if found]
    if any(set(found) != set(places[0]) for found in places[1:]):
        told = " / ".join(", ".join(map(str, found)) for found in places)
        fault = Fault(
            name,
            f"its stamps disagree: {told}",
            "one workbook, as it was made",
            "paste the answers into a fresh workbook from: fidelity workbook",
        )
        return places[0], [fault]
    return (places[0] if places else []), []


def _stamps(rows: Iterable[Sequence[Any]]) -> list[SheetStamp]:
    full = [[str(cell).strip() for cell in row if cell] for row in rows]
    return [
        SheetStamp(*row[: len(STAMP_HEADINGS)])
        for row in full
        if len(row) >= _LEAST and row[4:5] in ([], [FULL], [SHORT])
    ]


def _hidden(book: Any) -> list[SheetStamp]:
    if STAMP_SHEET not in book.sheetnames:
        return []
    sheet = book[STAMP_SHEET]
    sheet.reset_dimensions()
    rows = sheet.iter_rows(min_row=3, values_only=True)
    return _stamps(row[: len(STAMP_HEADINGS)] for row in rows)


def _properties(book: Any) -> list[SheetStamp]:
    found = [p for p in book.custom_doc_props.props if p.name.startswith(STAMP_PROPERTY)]
    return _stamps(str(one.value).split("|") for one in found)


def _comments(book: Any) -> list[SheetStamp]:
    lines = str(book.properties.description or "").splitlines()
    return _stamps(line.split("|") for line in lines[1:]) if lines[:1] == [FORMAT] else []


def stamp_of(
    name: str, rubric: Rubric, stamps: Sequence[SheetStamp]
) -> tuple[SheetStamp | None, list[Fault]]:
    """The stamp of the rubric asked for, or what is wrong with it."""
    mine = [stamp for stamp in stamps if stamp.rubric == rubric.id]
    if not stamps:
        fresh = f"make one with: fidelity workbook {rubric.id} -o FILE.xlsx, and paste the answers"
        allowed = "a workbook made by fidelity workbook"
        remedy = f"{fresh} in; or describe your own columns with: fidelity mapping {name}"
        return None, [Fault(name, "no stamp of a rubric", allowed, remedy)]
    if not mine:
        found = ", ".join(f"{stamp.rubric} {stamp.version}" for stamp in stamps)
        remedy = "read it with the rubric that it was made for"
        return None, [Fault(name, f"made for {found}", f"a workbook for {rubric.id}", remedy)]
    stamp = mine[0]
    if (stamp.fingerprint, stamp.version) != (rubric.fingerprint, rubric.version):
        was = f"made from {rubric.id} {stamp.version} ({stamp.fingerprint})"
        allowed = f"{rubric.label}, which you are reading with"
        remedy = "read it with the rubric file of that version, or score again; never mix the two"
        return None, [Fault(name, was, allowed, remedy)]
    return stamp, []
