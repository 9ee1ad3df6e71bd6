"""What the sheets of a workbook are made of: cell styles, cells of text, lists for drop-downs."""

from __future__ import annotations

import math
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

#: Row with the machine's words for the columns, and the first row for entry.
KEY_ROW, FIRST_ROW = 3, 4
#: Height of a line of text, and the greatest height of a row, in points.
_LINE, _HIGHEST = 15.0, 409.0
TITLE, HEADING, KEY, PLAIN, STRONG, WARNING = (
    f"fidelity {name}" for name in ("title", "heading", "key", "plain", "strong", "warning")
)
WORDS, DATE, ANSWER, NOTE = (f"fidelity {name}" for name in ("words", "date", "answer", "note"))


def styles() -> list[NamedStyle]:
    """How cells look; those for entry are not locked, and text stays text ("004")."""
    wrapped = Alignment(wrap_text=True, vertical="top")
    pale, grey, red = PatternFill("solid", fgColor="DDE6EE"), "767676", "9C0006"
    line = Side(style="thin", color="BFBFBF")
    grid = Border(line, line, line, line)
    entry = {
        WORDS: ("@", Alignment(horizontal="left")),
        DATE: ("dd/mm/yyyy", Alignment(horizontal="left")),
        ANSWER: ("General", Alignment(horizontal="center")),
        NOTE: ("@", wrapped),
    }
    return [
        NamedStyle(TITLE, font=_font(bold=True, size=13)),
        NamedStyle(HEADING, font=_font(bold=True), fill=pale, border=grid, alignment=wrapped),
        NamedStyle(KEY, font=_font(italic=True, size=8, color=grey)),
        NamedStyle(PLAIN, font=_font(), alignment=wrapped),
        NamedStyle(STRONG, font=_font(bold=True), alignment=wrapped),
        NamedStyle(WARNING, font=_font(bold=True, size=13, color=red), alignment=wrapped),
        *(
            NamedStyle(
                name, font=_font(), number_format=number_format, alignment=alignment, border=grid,
                protection=Protection(locked=False),
            )
            for name, (number_format, alignment) in entry.items()
        ),
    ]  # fmt: skip


def _font(size: float = 11, bold: bool = False, italic: bool = False, color: str = "") -> Font:
    """A font by name: without one each program takes another."""
    return Font(name="Calibri", size=size, bold=bold, italic=italic, color=color or None)


def put(sheet: Worksheet, row: int, column: int, text: str, style: str) -> None:
    """Write text as text: what begins with an equals sign is not a formula here."""
    cell = sheet.cell(row, column, text)
    cell.data_type = "s"
    cell.style = style


def high_enough(sheet: Worksheet, row: int, line: float = _LINE) -> None:
    """Make a row as high as its wrapped texts need; not every program does so by itself."""
    lines = 1
    for cell in sheet[row]:
        width = sheet.column_dimensions[cell.column_letter].width
        words = str(cell.value or "").split()
        if words:  # each line loses about half a word at its end
            lost = 1 + max(map(len, words)) / (2 * width)
            lines = max(lines, math.ceil(len(" ".join(words)) * lost / width))
    sheet.row_dimensions[row].height = min(line * lines + 2, _HIGHEST)


def as_wide_as_the_paper(sheet: Worksheet) -> None:
    """Printed, all columns stand on one page."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0


def opened(sheet: Worksheet, column: int, rows: int, style: str) -> str:
    """Open a column for entry; returns the range of its cells."""
    for row in range(FIRST_ROW, FIRST_ROW + rows):
        sheet.cell(row, column).style = style
    letter = get_column_letter(column)
    return f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + rows - 1}"


class Lists:
    """The hidden sheet with the words of every drop-down, one list a column, each with a name.

    Rules refer to the name: not every Excel lets a rule refer to another sheet.
    """

    def __init__(self, book: Workbook) -> None:
        self.book, self.sheet = book, book.create_sheet("Lists")
        self.names: dict[str, str] = {}
        self.sheet.sheet_state = "hidden"

    def of(self, title: str, words: Sequence[str]) -> str:
        """The name of a list; written when it is first asked for."""
        if title not in self.names:
            column = len(self.names) + 1
            for row, word in enumerate([title, *words], start=1):
                put(self.sheet, row, column, word, PLAIN)
            letter, name = get_column_letter(column), f"words_{column}"
            where = f"'{self.sheet.title}'!${letter}$2:${letter}${len(words) + 1}"
            self.book.defined_names[name] = DefinedName(name, attr_text=where)
            self.names[title] = name
        return self.names[title]
