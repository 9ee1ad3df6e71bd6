"""A copy of a workbook that was refused, with the cells to be mended coloured and explained.

The officer opens it in Excel, goes from mark to mark, saves, and brings in the copy. What has no
cell of its own stands on a sheet "To mend" with all the rest.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils.cell import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from fidelity.collect.workbook_parts import (
    HEADING,
    PLAIN,
    as_wide_as_the_paper,
    high_enough,
    put,
    styles,
)
from fidelity.collect.xlsx_check import check_xlsx
from fidelity.collect.xlsx_sheets import content_of, plainly
from fidelity.errors import Fault, FileError

SHEET = "To mend"
_FILL = PatternFill("solid", fgColor="FFC7CE")
_PLACE = re.compile(r"!([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?|[0-9]{1,7}:[0-9]{1,7})$")
_HEADINGS = (("Where", 34), ("What is wrong", 60), ("What is allowed", 50), ("What to do", 50))
#: More marks than this nobody mends by hand; comments also cost much room.
_MOST = 1000


def marked_copy(path: Path, faults: Iterable[Fault], folder: Path) -> Path:
    """Write a copy of a workbook in which the faults are marked.

    Args:
        path: the workbook that was refused.
        faults: what is wrong in it.
        folder: where the copy goes, under the name with "_to_mend" behind it.

    Returns:
        The copy.

    Raises:
        FileError: the workbook is damaged or hostile, or the copy cannot be written.
    """
    content, _ = content_of(path)
    check_xlsx(content, path.name)
    given = list(faults)[:_MOST]
    target = folder / f"{path.stem.removesuffix('_to_mend')}_to_mend.xlsx"
    half = target.with_name(f".{target.name}.part")
    with plainly(path.name):
        book = load_workbook(path)
        for style in styles():
            if style.name not in book.named_styles:
                book.add_named_style(style)
        for fault in given:
            _mark(book, path.name, fault)
        _list(book, given)
    try:
        book.save(half)
        os.replace(half, target)  # noqa: PTH105 - atomic, also over an existing file on Windows
    except OSError as error:
        half.unlink(missing_ok=True)
        raise FileError(f"{target.name}: cannot be written: {error.strerror or error}.") from None
    return target


def _cell(book: Any, name: str, fault: Fault) -> tuple[Worksheet, int, int] | None:
    """The sheet and the first cell of a fault, where it has one."""
    place = _PLACE.search(fault.where)
    title = fault.where[: place.start()].removeprefix(f"{name} ") if place else ""
    if place is None or title not in book.sheetnames:
        return None
    column, row, _, _ = range_boundaries(place[1])
    return book[title], int(row or 1), int(column or 1)


def _mark(book: Any, name: str, fault: Fault) -> None:
    found = _cell(book, name, fault)
    if found is None:
        return
    sheet, row, column = found
    cell = sheet.cell(row, column)
    told = f"{fault.what}. Allowed: {fault.allowed}. To do: {fault.remedy}."
    if not hasattr(cell, "comment") or type(cell).__name__ == "MergedCell":
        return
    if cell.comment is not None:
        told = f"{cell.comment.text}\n{told}"[:2000]
    cell.comment = Comment(told, "fidelity", width=360, height=140)
    cell.fill = _FILL


def _list(book: Any, faults: list[Fault]) -> None:
    """All faults on a sheet of their own; one that an earlier copy made is replaced."""
    if SHEET in book.sheetnames:
        book.remove(book[SHEET])
    sheet = book.create_sheet(SHEET)
    for column, (words, width) in enumerate(_HEADINGS, start=1):
        put(sheet, 1, column, words, HEADING)
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = width
    for row, fault in enumerate(faults, start=2):
        for column, text in enumerate(
            (fault.where, fault.what, fault.allowed, fault.remedy), start=1
        ):
            put(sheet, row, column, text, PLAIN)
        high_enough(sheet, row)
    sheet.freeze_panes = "A2"
    as_wide_as_the_paper(sheet)
