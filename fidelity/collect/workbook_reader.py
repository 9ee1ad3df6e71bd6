"""A filled workbook comes in: every cell as the text that a person would read in it.

Columns are found by the keys in row 3, in any order. What Excel may have changed behind the back
of whoever typed, such as a reference turned into a date, is a fault and not a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fidelity.collect import columns as cols
from fidelity.collect.answers import SPELLINGS
from fidelity.collect.concerns import Concern, concerns_in, told_first
from fidelity.collect.delimited import TextTable
from fidelity.collect.workbook_entry import REASON, UNREAD
from fidelity.collect.workbook_parts import KEY_ROW
from fidelity.collect.workbook_sheets import NOTES_SHEET
from fidelity.collect.workbook_stamp import SHORT, SheetStamp, read_stamps, stamp_of
from fidelity.collect.xlsx_sheets import (
    Opened,
    Sheet,
    Wrong,
    cells_of,
    error_fault,
    hidden_columns,
    open_xlsx,
    plainly,
    sheet_faults,
    table_of,
    text_of,
)
from fidelity.errors import Fault, RatingsError
from fidelity.rubric import Rubric
from fidelity.rubric.checks import nearest
from fidelity.rubric.derived import whole_of
from fidelity.rubric.strict_yaml import cut


@dataclass(frozen=True)
class Note:
    """A remark beside an assessment or an item of it; it stays in the authority.

    Attributes:
        where: its place, for messages.
        rubric: id of the rubric, "" where the workbook holds only one.
        piece: the piece it is about.
        rater: who wrote it, "" where that was left blank.
        item: the item it is about, "" for the assessment as a whole.
        note: the words.
    """

    where: str
    rubric: str
    piece: str
    rater: str
    item: str
    note: str


@dataclass(frozen=True)
class Book:
    """A workbook that was made by `fidelity workbook`, opened and not yet checked.

    Attributes:
        name: the file.
        stamps: what it was made from, a stamp an entry sheet.
        sheets: the entry sheets that are there, by name.
        notes: the sheet for notes, if it is there.
        said: what was noticed on opening it.
        faults: stamps that disagree.
    """

    name: str
    stamps: tuple[SheetStamp, ...]
    sheets: Mapping[str, Sheet]
    notes: Sheet | None
    said: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def rubrics(self) -> list[str]:
        """Ids of the rubrics, in the order of the sheets."""
        return list(dict.fromkeys(stamp.rubric for stamp in self.stamps))

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Concerns on all entry sheets, as far as they can be read."""
        wanted = (*cols.REQUIRED, *cols.CONCERN)
        return concerns_in(
            {
                key: text_of(cells[column])
                for column, key in sheet.keys.items()
                if column in cells and key in wanted
            }
            for sheet in self.sheets.values()
            for cells in sheet.rows.values()
        )

    def refused(self, faults: Iterable[Fault]) -> RatingsError:
        """The error that refuses this workbook; its open concerns are told first."""
        return told_first(RatingsError(self.name, faults), self.concerns)


def open_book(path: Path) -> Book:
    """Open a workbook made by `fidelity workbook`.

    Raises:
        FileError: the file is open in Excel, damaged, hostile, or no workbook.
    """
    return book_in(open_xlsx(path))


def book_in(opened: Opened) -> Book:
    """A workbook in an Excel file that is open; without stamps where it was not made here."""
    book, facts, name = opened.book, opened.facts, opened.name
    with plainly(name):
        stamps, faults = read_stamps(book, name)
        sheets = {
            title: _keyed(cells_of(book[title], facts, KEY_ROW))
            for title in dict.fromkeys(stamp.sheet for stamp in stamps)
            if title in book.sheetnames
        }
        notes = None
        if stamps and NOTES_SHEET in book.sheetnames:
            notes = _keyed(cells_of(book[NOTES_SHEET], facts, KEY_ROW))
    return Book(name, tuple(stamps), sheets, notes, opened.said, tuple(faults))


def _keyed(sheet: Sheet) -> Sheet:
    """Keys in small letters; columns that are never read have none, nor do their cells count."""
    unread = {n for n, key in sheet.keys.items() if key.startswith(UNREAD)}
    sheet.keys = {n: key.lower() for n, key in sheet.keys.items() if n not in unread}
    for cells in sheet.rows.values():
        for column in unread & cells.keys():
            del cells[column]
    sheet.rows = {row: cells for row, cells in sheet.rows.items() if cells}
    return sheet


def read_sheet(path: Path, rubric: Rubric) -> TextTable:
    """Read the entry sheet of one rubric from a workbook made by `fidelity workbook`.

    Args:
        path: the workbook.
        rubric: the rubric to read it with; the stamp in the workbook must be the same version.

    Returns:
        A table of text: numbers as they are typed, dates as 2026-11-30, blank cells None. Places
        are as "sheet!{}7", with the letter of the column to be put in. Reasons for an NA stand
        apart, by item.

    Raises:
        FileError: the file is open in Excel, damaged, hostile, or no workbook.
        RatingsError: another version, formulas, merged or hidden cells, and the like, each by
            cell; open concerns are told first.
    """
    return table_in(open_book(path), rubric)


def table_in(book: Book, rubric: Rubric) -> TextTable:
    """The table of one rubric in an opened workbook; see `read_sheet`."""
    stamp, faults = stamp_of(book.name, whole_of(rubric), book.stamps)
    faults = [*book.faults, *faults]
    sheet = book.sheets.get(stamp.sheet) if stamp else None
    if stamp and not faults:
        faults += _keys_lost(book.name, stamp, sheet)
    if stamp is None or sheet is None or faults:
        raise book.refused(faults)
    faults = _changed(sheet, rubric, book.name) + sheet_faults(sheet, book.name)
    table = table_of(sheet)
    reasons = {key: table.pop(key + REASON) for key in rubric.items if key + REASON in table}
    faults += _wrong_reasons(sheet, rubric, table, reasons, book.name)
    if faults:
        raise book.refused(faults)
    if stamp.form == SHORT:
        table[cols.FORM] = [SHORT] * len(sheet.filled)
    return TextTable(
        book.name, table, [f"{sheet.title}!{{}}{row}" for row in sheet.filled],
        (*book.said, *hidden_columns(sheet, book.name)), sheet.letters,
        {item: texts for item, texts in reasons.items() if any(texts)},
    )  # fmt: skip


def rubrics_in(path: Path) -> list[str]:
    """Ids of the rubrics that a workbook was made for, in the order of its sheets.

    Raises:
        FileError: the file is open in Excel, damaged, hostile, or no workbook.
    """
    opened = open_xlsx(path)
    with plainly(path.name):
        stamps, _ = read_stamps(opened.book, path.name)
    return list(dict.fromkeys(stamp.rubric for stamp in stamps))


def notes_in(book: Book, rubrics: Mapping[str, Rubric]) -> list[Note]:
    """The notes of a workbook.

    Raises:
        RatingsError: a note about no piece, about one that the workbook does not hold, or about
            an item that there is not.
    """
    sheet = book.notes
    if sheet is None or not sheet.rows:
        return []
    names = {n: key for n, key in sheet.keys.items() if key in Note.__dataclass_fields__}
    notes, faults = [], []
    pieces = _pieces(book)
    for row, cells in sheet.rows.items():
        texts = {key: text_of(cells[n]) for n, key in names.items() if n in cells}
        rubric, piece, rater, item, words = (
            texts.get(key, "") for key in ("rubric", "piece", "rater", "item", "note")
        )
        where = f"{book.name} {sheet.title}!{row}:{row}"
        note = Note(where, rubric, piece, rater, item.lower(), words)
        wrong = _wrong_note(note, rubrics, pieces)
        if wrong:
            faults.append(Fault(note.where, *wrong))
        elif note.note:
            notes.append(note)
    if faults:
        raise book.refused(faults)
    return notes


def _pieces(book: Book) -> set[str]:
    return {
        text_of(cells[column])
        for sheet in book.sheets.values()
        for column, key in sheet.keys.items()
        if key == "piece"
        for cells in sheet.rows.values()
        if column in cells
    }


def _wrong_note(note: Note, rubrics: Mapping[str, Rubric], pieces: set[str]) -> Wrong | None:
    if not note.note and not note.item:
        return None  # a reference that was filled down, and nothing said
    if note.piece not in pieces:
        what = f'a note about "{cut(note.piece)}"' if note.piece else "a note about no piece"
        return what, "a piece that stands in this workbook", "write its reference beside the note"
    possible = [rubrics[note.rubric]] if note.rubric in rubrics else list(rubrics.values())
    items = [item for rubric in possible for item in rubric.items]
    if note.item and note.item not in items:
        return f'a note about item "{cut(note.item)}"', "an item", nearest(note.item, items)
    return None


def _keys_lost(name: str, stamp: SheetStamp, sheet: Sheet | None) -> list[Fault]:
    """What is wrong where the sheet or the row with the keys is gone."""
    if sheet is None:
        allowed, remedy = "the sheets as they were made", "give the sheet its old name back"
        return [Fault(name, f'no sheet "{stamp.sheet}"', allowed, remedy)]
    if not {*cols.REQUIRED} <= set(sheet.keys.values()):
        where = f"{name} {stamp.sheet}!{KEY_ROW}:{KEY_ROW}"
        remedy = "put back row 3 of an empty workbook: it names the columns"
        return [Fault(where, "the keys of the columns are gone", "row 3 as made", remedy)]
    return []


def _changed(sheet: Sheet, rubric: Rubric, name: str) -> list[Fault]:
    """The cells in which Excel holds something that nobody typed."""
    return [
        Fault(f"{name} {sheet.place(row, column)}", *wrong)
        for column, key in sheet.keys.items()
        for row, cells in sheet.rows.items()
        if column in cells and (row, column) not in sheet.facts.formulas
        if (wrong := _changed_by_excel(cells[column], key, rubric))
    ]


def _changed_by_excel(cell: Any, key: str, rubric: Rubric) -> Wrong | None:
    """What is wrong, what would be right, and what to do, where a cell is not what was typed."""
    if wrong := error_fault(cell):
        return wrong
    if cell.is_date and key not in cols.DATES and (key in cols.KNOWN or key in rubric.items):
        what = f"the date {text_of(cell)}, where no date belongs; Excel may have made it"
        return what, "what was typed", "format the cell as Text, then type it again"
    percent = key in rubric.items and rubric.scale_of(key).kind == "percent"
    if cell.data_type == "n" and "%" in str(cell.number_format) and not percent:
        return f"{text_of(cell)} with a percent sign", "a number", "format the cell as General"
    return None


def _wrong_reasons(
    sheet: Sheet, rubric: Rubric, table: Mapping[str, list[str | None]],
    reasons: Mapping[str, list[str | None]], name: str,
) -> list[Fault]:  # fmt: skip
    """Reasons beside something other than NA, and reasons that the item does not have."""
    faults = []
    for item, texts in reasons.items():
        allowed = rubric.items[item].na_reasons
        for row, text, answer in zip(sheet.filled, texts, table.get(item, texts), strict=True):
            where = f"{name} {sheet.title}!{sheet.letters[item + REASON]}{row}"
            if text and SPELLINGS.get(str(answer).strip().upper()) != "NA":
                what = f'a reason "{cut(text)}" beside "{answer or ""}"'
                remedy = f"answer NA to {item}, or take the reason out"
                faults.append(Fault(where, what, "a reason only beside NA", remedy))
            elif text and text not in allowed:
                what = f'the reason "{cut(text)}"'
                faults.append(Fault(where, what, ", ".join(allowed), nearest(text, allowed)))
    return faults
