"""An Excel file that was not made here: a table with its headings in the first row of a sheet."""

from __future__ import annotations

from pathlib import Path

from fidelity.collect.delimited import TextTable, heading_faults
from fidelity.collect.xlsx_sheets import (
    Opened,
    cells_of,
    error_fault,
    hidden_columns,
    open_xlsx,
    plainly,
    sheet_faults,
    table_of,
)
from fidelity.errors import Fault, RatingsError


def read_plain_sheet(path: Path, title: str | None = None) -> TextTable:
    """Read one sheet of an Excel file; every cell as the text that a person reads in it.

    Args:
        path: the file.
        title: name of the sheet; the first that can be seen if not given.

    Raises:
        FileError: the file is open in Excel, damaged, hostile, or no workbook.
        RatingsError: no such sheet, formulas, merged or hidden cells, each by cell.
    """
    return plain_sheet_in(open_xlsx(path), title)


def plain_sheet_in(opened: Opened, title: str | None = None) -> TextTable:
    """One sheet of an Excel file that is open; see `read_plain_sheet`."""
    file, book, said = opened.name, opened.book, list(opened.said)
    with plainly(file):
        shown = {s.title: s.sheet_state == "visible" for s in book.worksheets}
        name = title or next((t for t, visible in shown.items() if visible), "")
        sheet = cells_of(book[name], opened.facts) if name in shown else None
    if sheet is None:
        fault = Fault(file, f'no sheet "{title or ""}"', ", ".join(shown),
                      "name the sheet in the mapping")  # fmt: skip
        raise RatingsError(file, [fault])
    names = [sheet.keys.get(n, "") for n in range(1, max(sheet.keys, default=0) + 1)]
    faults = heading_faults(f"{file} {sheet.title}", [n for n in names if n])
    faults += sheet_faults(sheet, file)
    faults += [
        Fault(f"{file} {sheet.place(row, column)}", *wrong)
        for row, cells in sheet.rows.items()
        for column, cell in cells.items()
        if (wrong := error_fault(cell))
    ]
    if faults:
        raise RatingsError(file, faults)
    others = [t for t in shown if t != sheet.title]
    if others:
        said.append(f"{file}: the sheet {sheet.title} was read; not read: {', '.join(others)}.")
    return TextTable(
        file, table_of(sheet), [f"{sheet.title}!{{}}{row}" for row in sheet.filled],
        (*said, *hidden_columns(sheet, file)), sheet.letters,
    )  # fmt: skip
