"""Sheets of an Excel file as a person reads them: cells with their places, and what is odd in them.

The file is checked as a stream first (`fidelity.collect.xlsx_check`). What Excel may have changed
behind the back of whoever typed, what a formula worked out, and what lies in merged or hidden
cells is told by its cell.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from fidelity.collect import columns as cols
from fidelity.collect.delimited import read_bytes
from fidelity.collect.xlsx_check import MAX_FILE, SheetFacts, check_xlsx
from fidelity.errors import Fault, FileError

_LOCK = "~$"
_ZEROS = re.compile(r"0+")
#: What is told of a cell that cannot be taken: what is wrong, what would be right, what to do.
Wrong = tuple[str, str, str]


@dataclass
class Sheet:
    """One sheet: the cells that hold something, and the heading of each column.

    Attributes:
        title: its name.
        facts: formulas, merged and hidden cells, from the check.
        visible: whether it can be seen.
        heading_row: number of the row that names the columns; what is above is not data.
        keys: heading by column, as it is written.
        rows: cells by row and column, below the headings.
    """

    title: str
    facts: SheetFacts
    visible: bool
    heading_row: int = 0
    keys: dict[int, str] = field(default_factory=dict)
    rows: dict[int, dict[int, Any]] = field(default_factory=dict)

    def place(self, row: int, column: int) -> str:
        """A cell as messages name it."""
        return f"{self.title}!{get_column_letter(column)}{row}"

    @property
    def filled(self) -> list[int]:
        """Numbers of the rows in which something stands below a heading."""
        read = self.keys.keys()
        return [row for row, cells in self.rows.items() if read & cells.keys()]

    @property
    def letters(self) -> dict[str, str]:
        """Letter of the column by heading."""
        return {key: get_column_letter(column) for column, key in self.keys.items()}


@dataclass(frozen=True)
class Opened:
    """An Excel file that has passed the check, open for reading.

    Attributes:
        name: the file.
        book: as openpyxl has it, row by row; formulas are known from the facts.
        facts: what the check noted, by part of the zip.
        said: what was noticed on opening it.
    """

    name: str
    book: Any
    facts: Mapping[str, SheetFacts]
    said: tuple[str, ...] = ()


def open_xlsx(path: Path) -> Opened:
    """Check an Excel file and open it.

    Raises:
        FileError: the file is open in Excel, damaged, hostile, or no workbook.
    """
    content, said = content_of(path)
    facts = check_xlsx(content, path.name)
    with plainly(path.name):
        book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    return Opened(path.name, book, facts, tuple(said))


def content_of(path: Path) -> tuple[bytes, list[str]]:
    """The bytes of the file; Excel's lock files are not workbooks, and say that one is open."""
    if path.name.startswith(_LOCK):
        raise FileError(
            f"{path.name}: this is Excel's note that a workbook is open, not the workbook. Close "
            f"it in Excel and read {path.name.removeprefix(_LOCK)}."
        )
    content = read_bytes(path, MAX_FILE)
    if path.with_name(_LOCK + path.name).exists():
        return content, [f"{path.name}: open in Excel; what is not saved there was not read."]
    return content, []


@contextmanager
def plainly(name: str) -> Iterator[None]:
    """The parser's own errors in this project's words; its warnings say nothing to a reader."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        raise FileError(
            f"{name}: the workbook cannot be read ({type(error).__name__}). Open it in Excel, "
            "save it again as .xlsx, and try again."
        ) from None


def cells_of(sheet: Any, facts: Mapping[str, SheetFacts], heading_row: int | None = None) -> Sheet:
    """All cells of a sheet that hold something.

    Args:
        sheet: as openpyxl has it, opened for reading only.
        facts: what the check noted, by part of the zip.
        heading_row: the row with the headings; the first that holds anything if not given.
    """
    # The dimension that a sheet declares may lie, and openpyxl would drop the rows beyond it.
    sheet.reset_dimensions()
    part = sheet._worksheet_path
    found = Sheet(sheet.title, facts[part], sheet.sheet_state == "visible", heading_row or 0)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number < found.heading_row:
            continue
        cells = {n: cell for n, cell in enumerate(row, start=1) if not _blank(cell.value)}
        if cells and not found.heading_row:
            found.heading_row = number
        if number == found.heading_row:
            found.keys = {n: str(cell.value).strip() for n, cell in cells.items()}
        elif cells:
            found.rows[number] = cells
    return found


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def text_of(cell: Any, keep_zeros: bool = True) -> str:
    """What a person reads in a cell: 3 and not 3.0, a day without midnight, 004 with its zeros."""
    value = cell.value
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else str(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).strip()
    shown = str(cell.number_format)
    if "%" in shown:
        value = value * 100
    whole = isinstance(value, int) or value.is_integer()
    text = str(int(value)) if whole else f"{value:.12g}"
    padded = keep_zeros and _ZEROS.fullmatch(shown) and text.isdigit()
    return text.zfill(len(shown)) if padded else text


def table_of(sheet: Sheet) -> dict[str, list[str | None]]:
    """Text by heading, a row for each that is filled."""
    table: dict[str, list[str | None]] = {}
    for column, key in sheet.keys.items():
        zeros = key not in cols.NUMBERS
        cells = (sheet.rows[row].get(column) for row in sheet.filled)
        table[key] = [None if cell is None else text_of(cell, zeros) for cell in cells]
    return table


def sheet_faults(sheet: Sheet, name: str) -> list[Fault]:
    """Everything that would make a value other than what somebody typed and can see."""
    return [fault for found in _FAULTS for fault in found(sheet, name)]


def _double_keys(sheet: Sheet, name: str) -> list[Fault]:
    keys = list(sheet.keys.values())
    return [
        Fault(f"{name} {sheet.place(sheet.heading_row, column)}", f'the key "{key}" stands twice',
              "each once", "delete the column that should not be there")
        for column, key in sheet.keys.items()
        if keys.count(key) > 1
    ]  # fmt: skip


def _no_key(sheet: Sheet, name: str) -> list[Fault]:
    """Columns in which something was typed and which have no key: they would be lost."""
    first: dict[int, int] = {}
    for row, cells in sheet.rows.items():
        for column in cells.keys() - sheet.keys.keys():
            first.setdefault(column, row)
    in_row = f"columns with a key in row {sheet.heading_row}"
    return [
        Fault(f"{name} {sheet.place(row, column)}", "something outside the columns of the form",
              in_row, f"move it to the sheet Notes, or give the column a key in row "
              f"{sheet.heading_row}")
        for column, row in sorted(first.items())
    ]  # fmt: skip


def _formulas(sheet: Sheet, name: str) -> list[Fault]:
    return [
        Fault(f"{name} {sheet.place(*at)}", "a formula", "what was scored, typed",
              "copy the cell, then Paste Special, Values")
        for at in sorted(sheet.facts.formulas)
        if at[0] > sheet.heading_row and at[1] in sheet.keys
    ]  # fmt: skip


def _merged(sheet: Sheet, name: str) -> list[Fault]:
    return [
        Fault(f"{name} {sheet.title}!{merged}", "merged cells", "each answer in its own cell",
              "unmerge them, and fill in each row")
        for merged in sheet.facts.merged
        if range_boundaries(merged)[3] > sheet.heading_row
    ]  # fmt: skip


def _hidden_rows(sheet: Sheet, name: str) -> list[Fault]:
    return [
        Fault(f"{name} {sheet.title}!{row}:{row}", "a hidden row with answers",
              "rows that can be seen", "unhide it if it counts, delete it if it does not")
        for row in sheet.filled
        if row in sheet.facts.hidden_rows
    ]  # fmt: skip


_FAULTS = (_double_keys, _no_key, _formulas, _merged, _hidden_rows)


def error_fault(cell: Any) -> Wrong | None:
    """What is wrong where Excel shows an error in a cell."""
    if cell.data_type == "e":
        return f'the error "{text_of(cell)}"', "an answer or blank", "type it again"
    return None


def hidden_columns(sheet: Sheet, name: str) -> list[str]:
    """Hidden columns and sheets are read like any other, and that is said."""
    hidden = [
        key
        for column, key in sheet.keys.items()
        if any(first <= column <= last for first, last in sheet.facts.hidden_columns)
        and any(column in cells for cells in sheet.rows.values())
    ]
    notes = [f"{name}: hidden columns were read too: {', '.join(hidden)}."] if hidden else []
    if not sheet.visible:
        notes.append(f"{name}: the sheet {sheet.title} is hidden; it was read.")
    return notes
