"""A workbook in which audits are scored: one row an assessment, drop-downs from the scale.

Made for a locked-down office computer: no macros, no links, no password. Which rubric, at which
version, is stamped in three places (`fidelity.collect.workbook_stamp`); the reader
(`fidelity.collect.workbook_reader`) refuses another version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.workbook.protection import WorkbookProtection

from fidelity.collect import excel_rules as rules
from fidelity.collect.workbook_entry import Entry, asked_items
from fidelity.collect.workbook_parts import FIRST_ROW, Lists, styles
from fidelity.collect.workbook_sheets import (
    NOTES_SHEET,
    levels_sheet,
    notes_sheet,
    read_me_sheet,
)
from fidelity.collect.workbook_stamp import STAMP_SHEET, write_stamps
from fidelity.collect.workbook_words import OPENING
from fidelity.collect.xlsx_check import MAX_CELLS, MAX_ROW
from fidelity.errors import FileError, UsageError
from fidelity.rubric import Rubric, read_rubric

#: Rows that are known beforehand, by rubric: text by key of the column.
Filled = Mapping[str, Sequence[Mapping[str, str]]]


def write_workbook(
    rubrics: Rubric | str | Sequence[Rubric | str],
    path: str | Path,
    *,
    rows: int = 200,
    teams: Iterable[str] = (),
    short: bool = False,
    filled: Filled | None = None,
    beside: Iterable[Callable[[Workbook], None]] = (),
) -> Path:
    """Write a workbook for scoring.

    Args:
        rubrics: one rubric, or several for one sitting (an entry sheet each).
        path: where to write it; must end in .xlsx.
        rows: how many assessments an entry sheet has room for.
        teams: names of teams, for a drop-down; others may still be typed.
        short: ask for the must-haves alone. What is scored so is marked, and never taken for the
            full form.
        filled: rows that are known beforehand, by rubric id.
        beside: what else to put into the workbook, such as the scores to be settled.

    Returns:
        The path written.

    Raises:
        UsageError: nothing to score, a rubric named twice, or more rows than can be read back.
        FileError: the file cannot be written, for instance because it is open in Excel.
    """
    path = Path(path)
    given = [rubrics] if isinstance(rubrics, Rubric | str) else list(rubrics)
    chosen = [read_rubric(rubric) if isinstance(rubric, str) else rubric for rubric in given]
    _check(chosen, path, rows, short)
    try:
        book = _workbook(chosen, rows, list(dict.fromkeys(teams)), short, filled or {})
        for add in beside:
            add(book)
    except IllegalCharacterError:
        raise UsageError("A name of a team holds a control character; take it out.") from None
    _lock(book)
    try:
        book.save(path)
    except PermissionError:
        raise FileError(f"{path.name}: cannot be written. Close it in Excel first.") from None
    except OSError as error:
        raise FileError(f"{path.name}: cannot be written: {error.strerror or error}.") from None
    return path


def _check(rubrics: Sequence[Rubric], path: Path, rows: int, short: bool) -> None:
    ids = [rubric.id for rubric in rubrics]
    if not ids or len(set(ids)) < len(ids):
        raise UsageError("A workbook needs at least one rubric, and each of them once.")
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f'A workbook is written to a name that ends in .xlsx, not "{path.name}".')
    if short and (without := [rubric.id for rubric in rubrics if not rubric.must_haves]):
        raise UsageError(
            f"{', '.join(without)}: no must-haves, so there is no short form. Make the full one."
        )
    asked = (len(asked_items(rubric, short)) for rubric in rubrics)
    cells = sum(rows * (len(OPENING) + 2 * n + 1) for n in asked)
    most = MAX_CELLS * 3 // 4  # the rest is for headings, levels and notes
    if not 1 <= rows <= MAX_ROW - FIRST_ROW or cells > most:
        raise UsageError(
            f"{rows:,} rows make up to {cells:,} cells; a workbook has at least 1 row, and at most "
            f"{most:,} cells that can be read back. Ask for fewer rows, or make several workbooks."
        )


def _workbook(
    rubrics: Sequence[Rubric], rows: int, teams: Sequence[str], short: bool, filled: Filled
) -> Workbook:
    book = Workbook()
    for style in styles():
        book.add_named_style(style)
    titles = _sheet_titles(rubrics)
    read_me_sheet(book.active, rubrics, titles)
    entries = {rubric.id: book.create_sheet(titles[rubric.id]) for rubric in rubrics}
    levels_sheet(book.create_sheet("Levels"), rubrics)
    notes = book.create_sheet(NOTES_SHEET)
    lists = Lists(book)
    for rubric in rubrics:
        entry = Entry(entries[rubric.id], rubric, rows, lists, short)
        entry.write(teams, filled.get(rubric.id, ()))
    notes_sheet(notes, rubrics, rows, lists)
    write_stamps(book, rubrics, titles, short)
    book.properties.creator = "fidelity"
    book.properties.title = "; ".join(rubric.title for rubric in rubrics)
    return book


def _lock(book: Workbook) -> None:
    """Headings and formulas are locked, without a password; columns may be made wider."""
    for sheet in book.worksheets:
        sheet.protection.sheet = True
        sheet.protection.formatColumns = sheet.protection.formatRows = False
    book.security = WorkbookProtection(lockStructure=True)


def _sheet_titles(rubrics: Sequence[Rubric]) -> dict[str, str]:
    """A sheet's name by rubric: its id, within Excel's limit, each once whatever the case."""
    titles: dict[str, str] = {}
    taken = {
        "read me",
        "levels",
        "notes",
        "lists",
        "history",
        "side by side",
        "to mend",
        STAMP_SHEET,
    }
    for rubric in rubrics:
        title, n = rubric.id[: rules.MAX_SHEET_TITLE], 2
        while title in taken:
            title, n = f"{rubric.id[: rules.MAX_SHEET_TITLE - 3]} {n}", n + 1
        taken.add(title)
        titles[rubric.id] = title
    return titles
