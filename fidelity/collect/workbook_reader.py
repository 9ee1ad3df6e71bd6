"""A filled workbook comes in: every cell as the text that a person would read in it.

The file is checked as a stream first (`fidelity.collect.xlsx_check`). Columns are found by the
keys in row 3, in any order. What Excel may have changed behind the back of whoever typed, such
as a reference turned into a date, is a fault and not a value.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

from fidelity.collect import columns as cols
from fidelity.collect.concerns import concerns_in, told_first
from fidelity.collect.delimited import TextTable, read_bytes
from fidelity.collect.workbook import (
    FIRST_ROW,
    KEY_ROW,
    STAMP_HEADINGS,
    STAMP_PROPERTY,
    STAMP_SHEET,
    UNREAD,
)
from fidelity.collect.xlsx_check import MAX_FILE, SheetFacts, check_xlsx
from fidelity.errors import Fault, FileError, RatingsError
from fidelity.rubric import Rubric

_LOCK = "~$"
_ZEROS = re.compile(r"0+")
_UNLOCK = "copy the cell, then Paste Special, Values"


@dataclass
class _Sheet:
    """The cells of one sheet, from row 3 on."""

    title: str
    facts: SheetFacts
    visible: bool
    keys: dict[int, str] = field(default_factory=dict)
    rows: dict[int, dict[int, Any]] = field(default_factory=dict)

    def place(self, row: int, column: int) -> str:
        return f"{self.title}!{get_column_letter(column)}{row}"


def read_sheet(path: Path, rubric: Rubric) -> TextTable:
    """Read the entry sheet of one rubric from a workbook made by `fidelity workbook`.

    Args:
        path: the workbook.
        rubric: the rubric to read it with; the stamp in the workbook must be the same version.

    Returns:
        A table of text: numbers as they are typed, dates as 2026-11-30, blank cells None. Places
        are as "sheet!{}7", with the letter of the column to be put in.

    Raises:
        FileError: the file is open in Excel, damaged, hostile, or no workbook.
        RatingsError: another version, formulas, merged or hidden cells, and the like, each by
            cell; open concerns are told first.
    """
    content, notes = _content(path)
    facts = check_xlsx(content, path.name)
    with _plainly(path.name):
        book = _load(content)
        stamps = _stamps(book)
        mine = [stamp for stamp in stamps if stamp["rubric"] == rubric.id]
        sheets = {
            title: _cells(book[title], facts)
            for title in dict.fromkeys(stamp["sheet"] for stamp in mine or stamps)
            if title in book.sheetnames
        }
    stamp, faults = _stamp_of(path.name, rubric, stamps, sheets)
    if stamp is None:
        raise told_first(RatingsError(path.name, faults), _concerns(sheets.values()))
    sheet = sheets[stamp["sheet"]]
    table, faults = _table(sheet, rubric, path.name)
    faults += [fault for found in _FAULTS for fault in found(sheet, path.name)]
    if faults:
        raise told_first(RatingsError(path.name, faults), _concerns([sheet]))
    return TextTable(
        path.name, table, [f"{sheet.title}!{{}}{row}" for row in _filled(sheet)],
        (*notes, *_hidden_columns(sheet, path.name)),
        {key: get_column_letter(column) for column, key in sheet.keys.items()},
    )  # fmt: skip


def rubrics_in(path: Path) -> list[str]:
    """Ids of the rubrics that a workbook was made for, in the order of its sheets.

    Raises:
        FileError: the file is open in Excel, damaged, hostile, or no workbook.
    """
    content, _ = _content(path)
    check_xlsx(content, path.name)
    with _plainly(path.name):
        return list(dict.fromkeys(stamp["rubric"] for stamp in _stamps(_load(content))))


def _content(path: Path) -> tuple[bytes, list[str]]:
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
def _plainly(name: str) -> Iterator[None]:
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


def _load(content: bytes) -> Any:
    """The workbook as openpyxl reads it, row by row; formulas are known from the check."""
    return load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)


def _stamps(book: Any) -> list[dict[str, str]]:
    """Sheet, rubric, version and fingerprint, from the hidden sheet, else the properties."""
    rows: list[Sequence[Any]] = []
    if STAMP_SHEET in book.sheetnames:
        sheet = book[STAMP_SHEET]
        sheet.reset_dimensions()
        rows = [row[: len(STAMP_HEADINGS)] for row in sheet.iter_rows(min_row=3, values_only=True)]
    if not rows:
        properties = [p for p in book.custom_doc_props.props if p.name.startswith(STAMP_PROPERTY)]
        rows = [str(found.value).split("|") for found in properties]
    full = [row for row in rows if len(row) == len(STAMP_HEADINGS) and all(row)]
    return [dict(zip(STAMP_HEADINGS, map(str, row), strict=True)) for row in full]


def _cells(sheet: Any, facts: Mapping[str, SheetFacts]) -> _Sheet:
    """All cells of a sheet that have a value, and the key of each column."""
    # The dimension that a sheet declares may lie, and openpyxl would drop the rows beyond it.
    sheet.reset_dimensions()
    part = sheet._worksheet_path
    found = _Sheet(sheet.title, facts[part], sheet.sheet_state == "visible")
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = {n: cell for n, cell in enumerate(row, start=1) if not _blank(cell.value)}
        if number == KEY_ROW:
            found.keys = {n: str(cell.value).strip().lower() for n, cell in cells.items()}
        elif number >= FIRST_ROW and cells:
            found.rows[number] = cells
    return found


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _stamp_of(
    name: str, rubric: Rubric, stamps: Sequence[dict[str, str]], sheets: Mapping[str, _Sheet]
) -> tuple[dict[str, str] | None, list[Fault]]:
    """The stamp of the rubric asked for, or what is wrong with it."""
    mine = [stamp for stamp in stamps if stamp["rubric"] == rubric.id]
    fresh = f"make one with: fidelity workbook {rubric.id} -o FILE.xlsx, and paste the answers in"
    if not stamps:
        allowed = "a workbook made by fidelity workbook"
        return None, [Fault(name, "no stamp of a rubric", allowed, fresh)]
    if not mine:
        found = ", ".join(f"{stamp['rubric']} {stamp['version']}" for stamp in stamps)
        remedy = "read it with the rubric that it was made for"
        return None, [Fault(name, f"made for {found}", f"a workbook for {rubric.id}", remedy)]
    stamp = mine[0]
    if stamp["fingerprint"] != rubric.fingerprint or stamp["version"] != rubric.version:
        was = f"made from {rubric.id} {stamp['version']} ({stamp['fingerprint']})"
        allowed = f"{rubric.label}, which you are reading with"
        remedy = "read it with the rubric file of that version, or score again; never mix the two"
        return None, [Fault(name, was, allowed, remedy)]
    if stamp["sheet"] not in sheets:
        allowed, remedy = "the sheets as they were made", "give the sheet its old name back"
        return None, [Fault(name, f'no sheet "{stamp["sheet"]}"', allowed, remedy)]
    if not {*cols.REQUIRED} <= set(sheets[stamp["sheet"]].keys.values()):
        where = f"{name} {stamp['sheet']}!{KEY_ROW}:{KEY_ROW}"
        remedy = "put back row 3 of an empty workbook: it names the columns"
        return None, [Fault(where, "the keys of the columns are gone", "row 3 as made", remedy)]
    return stamp, []


def _concerns(sheets: Any) -> tuple[Any, ...]:
    """Concerns on the entry sheets, for a workbook that is refused."""
    return concerns_in(
        {
            key: _text(cells[column], key)
            for column, key in sheet.keys.items()
            if column in cells and key in (*cols.REQUIRED, *cols.CONCERN)
        }
        for sheet in sheets
        for cells in sheet.rows.values()
    )


def _filled(sheet: _Sheet) -> list[int]:
    """Numbers of the rows in which something was entered."""
    read = {column for column, key in sheet.keys.items() if not key.startswith(UNREAD)}
    return [row for row, cells in sheet.rows.items() if read & cells.keys()]


def _table(
    sheet: _Sheet, rubric: Rubric, name: str
) -> tuple[dict[str, list[str | None]], list[Fault]]:
    """Text by key, and the cells in which Excel holds something that nobody typed."""
    faults: list[Fault] = []
    table: dict[str, list[str | None]] = {}
    rows = _filled(sheet)
    for column, key in sheet.keys.items():
        if key.startswith(UNREAD):
            continue
        table[key] = []
        for row in rows:
            cell = sheet.rows[row].get(column)
            table[key].append(None if cell is None else _text(cell, key))
            if cell is None or (row, column) in sheet.facts.formulas:
                continue
            if wrong := _changed_by_excel(cell, key, rubric):
                faults.append(Fault(f"{name} {sheet.place(row, column)}", *wrong))
    return table, faults


def _text(cell: Any, key: str) -> str:
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
    padded = key not in cols.NUMBERS and _ZEROS.fullmatch(shown) and text.isdigit()
    return text.zfill(len(shown)) if padded else text


def _changed_by_excel(cell: Any, key: str, rubric: Rubric) -> tuple[str, str, str] | None:
    """What is wrong, what would be right, and what to do, where a cell is not what was typed."""
    shown = _text(cell, key)
    if cell.data_type == "e":
        return f'the error "{shown}"', "an answer or blank", "type it again"
    if cell.is_date and key not in cols.DATES and (key in cols.KNOWN or key in rubric.items):
        remedy = "format the cell as Text, then type it again"
        what = f"the date {shown}, where no date belongs; Excel may have made it"
        return what, "what was typed", remedy
    percent = key in rubric.items and rubric.scale_of(key).kind == "percent"
    if cell.data_type == "n" and "%" in str(cell.number_format) and not percent:
        return f"{shown} with a percent sign", "a number", "format the cell as General"
    return None


def _formulas(sheet: _Sheet, name: str) -> list[Fault]:
    return [
        Fault(f"{name} {sheet.place(*at)}", "a formula", "what was scored, typed", _UNLOCK)
        for at in sorted(sheet.facts.formulas)
        if at[0] >= FIRST_ROW and not sheet.keys.get(at[1], UNREAD).startswith(UNREAD)
    ]


def _merged(sheet: _Sheet, name: str) -> list[Fault]:
    return [
        Fault(f"{name} {sheet.title}!{merged}", "merged cells", "each answer in its own cell",
              "unmerge them, and fill in each row")
        for merged in sheet.facts.merged
        if range_boundaries(merged)[3] >= FIRST_ROW
    ]  # fmt: skip


def _hidden_rows(sheet: _Sheet, name: str) -> list[Fault]:
    return [
        Fault(f"{name} {sheet.title}!{row}:{row}", "a hidden row with answers",
              "rows that can be seen", "unhide it if it counts, delete it if it does not")
        for row in _filled(sheet)
        if row in sheet.facts.hidden_rows
    ]  # fmt: skip


def _double_keys(sheet: _Sheet, name: str) -> list[Fault]:
    keys = list(sheet.keys.values())
    return [
        Fault(f"{name} {sheet.place(KEY_ROW, column)}", f'the key "{key}" stands twice',
              "each once", "delete the column that should not be there")
        for column, key in sheet.keys.items()
        if keys.count(key) > 1
    ]  # fmt: skip


def _no_key(sheet: _Sheet, name: str) -> list[Fault]:
    """Columns in which something was typed and which have no key: they would be lost."""
    first: dict[int, int] = {}
    for row, cells in sheet.rows.items():
        for column in cells.keys() - sheet.keys.keys():
            first.setdefault(column, row)
    return [
        Fault(f"{name} {sheet.place(row, column)}", "something outside the columns of the form",
              "columns with a key in row 3",
              "move it to the sheet Notes, or give the column a key in row 3")
        for column, row in sorted(first.items())
    ]  # fmt: skip


_FAULTS = (_double_keys, _no_key, _formulas, _merged, _hidden_rows)


def _hidden_columns(sheet: _Sheet, name: str) -> list[str]:
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
