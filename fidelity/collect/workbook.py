"""A workbook in which audits are scored: one row an assessment, drop-downs from the scale.

Made for a locked-down office computer: no macros, no links, no password. Which rubric, at which
version, stands on a hidden sheet and in the document's properties; the reader
(`fidelity.collect.workbook_reader`) refuses another version.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.worksheet import Worksheet

from fidelity.collect import columns as cols
from fidelity.collect import excel_rules as rules
from fidelity.collect.concerns import QUESTION
from fidelity.collect.workbook_words import NOTE_COLUMNS, OPENING, heading, meanings, read_me
from fidelity.collect.xlsx_check import MAX_CELLS, MAX_ROW
from fidelity.errors import FileError, UsageError
from fidelity.rubric import Rubric, read_rubric
from fidelity.rubric.model import Item

FORMAT = "fidelity-workbook-1"
#: Where the stamp stands: on a hidden sheet (a row a rubric) and in the document's properties.
STAMP_SHEET, STAMP_PROPERTY = "_fidelity", "fidelity_rubric_"
STAMP_HEADINGS = ("sheet", "rubric", "version", "fingerprint")
KEY_ROW, FIRST_ROW = 3, 4
#: A column whose key begins so is never read.
UNREAD = "_"
_ANSWERED = "_answered"
_LEVELS = (("Rubric", 22), ("Item", 26), ("Answer", 9), ("In a word", 34), ("What it means", 100))
#: Height of a line of text, and the greatest height of a row, in points.
_LINE, _HIGHEST = 15.0, 409.0
_WIDTHS = {"concern": 10, "piece": 18, "minutes": 9, "note": 90}
_TITLE, _HEADING, _KEY, _PLAIN, _STRONG, _WARNING = (
    f"fidelity {name}" for name in ("title", "heading", "key", "plain", "strong", "warning")
)
_WORDS, _DATE, _ANSWER = (f"fidelity {name}" for name in ("words", "date", "answer"))


def write_workbook(
    rubrics: Rubric | str | Sequence[Rubric | str],
    path: str | Path,
    *,
    rows: int = 200,
    teams: Iterable[str] = (),
) -> Path:
    """Write an empty workbook for scoring.

    Args:
        rubrics: one rubric, or several for one sitting (an entry sheet each).
        path: where to write it; must end in .xlsx.
        rows: how many assessments an entry sheet has room for.
        teams: names of teams, for a drop-down; others may still be typed.

    Returns:
        The path written.

    Raises:
        UsageError: nothing to score, a rubric named twice, or more rows than can be read back.
        FileError: the file cannot be written, for instance because it is open in Excel.
    """
    path = Path(path)
    given = [rubrics] if isinstance(rubrics, Rubric | str) else list(rubrics)
    chosen = [read_rubric(rubric) if isinstance(rubric, str) else rubric for rubric in given]
    _check(chosen, path, rows)
    try:
        book = _workbook(chosen, rows, list(dict.fromkeys(teams)))
    except IllegalCharacterError:
        raise UsageError("A name of a team holds a control character; take it out.") from None
    try:
        book.save(path)
    except PermissionError:
        raise FileError(f"{path.name}: cannot be written. Close it in Excel first.") from None
    except OSError as error:
        raise FileError(f"{path.name}: cannot be written: {error.strerror or error}.") from None
    return path


def _check(rubrics: Sequence[Rubric], path: Path, rows: int) -> None:
    ids = [rubric.id for rubric in rubrics]
    if not ids or len(set(ids)) < len(ids):
        raise UsageError("A workbook needs at least one rubric, and each of them once.")
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f'A workbook is written to a name that ends in .xlsx, not "{path.name}".')
    cells = sum(rows * (len(OPENING) + len(rubric.items) + 1) for rubric in rubrics)
    most = MAX_CELLS * 3 // 4  # the rest is for headings, levels and notes
    if not 1 <= rows <= MAX_ROW - FIRST_ROW or cells > most:
        raise UsageError(
            f"{rows:,} rows make {cells:,} cells; a workbook has at least 1 row, and at most "
            f"{most:,} cells that can be read back. Ask for fewer rows, or make several workbooks."
        )


def _workbook(rubrics: Sequence[Rubric], rows: int, teams: Sequence[str]) -> Workbook:
    book = Workbook()
    for style in _styles():
        book.add_named_style(style)
    titles = _sheet_titles(rubrics)
    _read_me(book.active, rubrics, titles)
    entries = {rubric.id: book.create_sheet(titles[rubric.id]) for rubric in rubrics}
    _levels(book.create_sheet("Levels"), rubrics)
    notes = book.create_sheet("Notes")
    lists = _Lists(book)
    for rubric in rubrics:
        _Entry(entries[rubric.id], rubric, rows, lists).write(teams)
    _notes(notes, rubrics, rows, lists)
    _stamp(book, rubrics, titles)
    for sheet in book.worksheets:  # locked without a password; columns may be made wider
        sheet.protection.sheet = True
        sheet.protection.formatColumns = sheet.protection.formatRows = False
    book.security = WorkbookProtection(lockStructure=True)
    book.properties.creator = "fidelity"
    book.properties.title = "; ".join(rubric.title for rubric in rubrics)
    return book


def _styles() -> list[NamedStyle]:
    """How cells look; those for entry are not locked, and text stays text ("004")."""
    wrapped = Alignment(wrap_text=True, vertical="top")
    pale, grey, red = PatternFill("solid", fgColor="DDE6EE"), "767676", "9C0006"
    line = Side(style="thin", color="BFBFBF")
    grid = Border(line, line, line, line)
    entry = {
        _WORDS: ("@", Alignment(horizontal="left")),
        _DATE: ("dd/mm/yyyy", Alignment(horizontal="left")),
        _ANSWER: ("General", Alignment(horizontal="center")),
    }
    return [
        NamedStyle(_TITLE, font=Font(bold=True, size=13)),
        NamedStyle(_HEADING, font=Font(bold=True), fill=pale, border=grid, alignment=wrapped),
        NamedStyle(_KEY, font=Font(italic=True, size=8, color=grey)),
        NamedStyle(_PLAIN, alignment=wrapped),
        NamedStyle(_STRONG, font=Font(bold=True), alignment=wrapped),
        NamedStyle(_WARNING, font=Font(bold=True, size=13, color=red), alignment=wrapped),
        *(
            NamedStyle(
                name, number_format=number_format, alignment=alignment, border=grid,
                protection=Protection(locked=False),
            )
            for name, (number_format, alignment) in entry.items()
        ),
    ]  # fmt: skip


def _sheet_titles(rubrics: Sequence[Rubric]) -> dict[str, str]:
    """A sheet's name by rubric: its id, within Excel's limit, each once whatever the case."""
    titles: dict[str, str] = {}
    taken = {"read me", "levels", "notes", "lists", "history", STAMP_SHEET}
    for rubric in rubrics:
        title, n = rubric.id[: rules.MAX_SHEET_TITLE], 2
        while title in taken:
            title, n = f"{rubric.id[: rules.MAX_SHEET_TITLE - 3]} {n}", n + 1
        taken.add(title)
        titles[rubric.id] = title
    return titles


def _put(sheet: Worksheet, row: int, column: int, text: str, style: str) -> None:
    """Write text as text: what begins with an equals sign is not a formula here."""
    cell = sheet.cell(row, column, text)
    cell.data_type = "s"
    cell.style = style


def _high_enough(sheet: Worksheet, row: int, line: float = _LINE) -> None:
    """Make a row as high as its wrapped texts need; not every program does so by itself."""
    lines = 1
    for cell in sheet[row]:
        width = sheet.column_dimensions[cell.column_letter].width
        words = str(cell.value or "").split()
        if words:  # each line loses about half a word at its end
            lost = 1 + max(map(len, words)) / (2 * width)
            lines = max(lines, math.ceil(len(" ".join(words)) * lost / width))
    sheet.row_dimensions[row].height = min(line * lines + 2, _HIGHEST)


def _opened(sheet: Worksheet, column: int, rows: int, style: str) -> str:
    """Open a column for entry; returns the range of its cells."""
    for row in range(FIRST_ROW, FIRST_ROW + rows):
        sheet.cell(row, column).style = style
    letter = get_column_letter(column)
    return f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + rows - 1}"


class _Lists:
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
                _put(self.sheet, row, column, word, _PLAIN)
            letter, name = get_column_letter(column), f"words_{column}"
            where = f"'{self.sheet.title}'!${letter}$2:${letter}${len(words) + 1}"
            self.book.defined_names[name] = DefinedName(name, attr_text=where)
            self.names[title] = name
        return self.names[title]


class _Entry:
    """The sheet on which one rubric is scored."""

    def __init__(self, sheet: Worksheet, rubric: Rubric, rows: int, lists: _Lists) -> None:
        self.sheet, self.rubric, self.rows, self.lists = sheet, rubric, rows, lists
        self.keys = [*OPENING, *rubric.items, _ANSWERED]
        self.letters = {key: get_column_letter(n) for n, key in enumerate(self.keys, start=1)}

    def write(self, teams: Sequence[str]) -> None:
        """Headings, entry cells and their rules."""
        _put(self.sheet, 1, 1, f"{self.rubric.title}, version {self.rubric.version}", _TITLE)
        for key, (words, message) in OPENING.items():
            style = _DATE if key in cols.DATES else _ANSWER if key in cols.NUMBERS else _WORDS
            self._rule(key, self._column(key, words, style), words, message, teams)
        for key, item in self.rubric.items.items():
            self._answers(key, item, self._column(key, heading(item), _ANSWER))
        for component in self.rubric.components:
            first = self.keys.index(component.items[0].id) + 1
            _put(self.sheet, 1, first, component.title, _TITLE)
        self._answered()
        _high_enough(self.sheet, 2)
        self.sheet.freeze_panes = f"{self.letters['rater']}{FIRST_ROW}"
        self.sheet.print_title_rows = f"1:{KEY_ROW}"
        self.sheet.page_setup.orientation = "landscape"

    def _column(self, key: str, words: str, style: str) -> str:
        """Both headings, and the cells below them, open for entry."""
        column = self.keys.index(key) + 1
        _put(self.sheet, 2, column, words, _HEADING)
        _put(self.sheet, KEY_ROW, column, key, _KEY)
        self.sheet.column_dimensions[self.letters[key]].width = _WIDTHS.get(key, 14)
        return _opened(self.sheet, column, self.rows, style)

    def _rule(self, key: str, cells: str, words: str, message: str, teams: Sequence[str]) -> None:
        """What may stand in an opening column."""
        first, known = cells.split(":")[0], key in cols.VOCABULARIES
        listed = self._listed(key, teams)
        red = None
        if key in cols.DATES:
            rule, red = rules.date_rule(words, message), rules.not_a_number(first)
        elif key in cols.NUMBERS:
            rule, red = rules.number_rule(words, message), rules.not_a_number(first)
        elif listed:
            rule = rules.list_rule(words, message, listed, strict=known)
            red = rules.not_listed(first, listed) if known else None
        else:
            rule = rules.text_rule(words, message)
        rule.add(cells)
        self.sheet.add_data_validation(rule)
        if red is not None:
            self.sheet.conditional_formatting.add(cells, red)

    def _listed(self, key: str, teams: Sequence[str]) -> str:
        """The name of the list of a column, where it has one."""
        if key == "rater_role":
            roles = list(dict.fromkeys([*self.rubric.raters, "agreed"]))
            return self.lists.of(f"{key} of {self.rubric.id}", roles)
        words = teams if key == "team" else cols.VOCABULARIES.get(key, ())
        return self.lists.of(key, words) if words else ""

    def _answers(self, key: str, item: Item, cells: str) -> None:
        """What may be answered to an item, and the colours of what is there."""
        first, scale = cells.split(":")[0], self.rubric.scale_of(key)
        rule = rules.answer_rule(item, scale, first)
        rule.add(cells)
        self.sheet.add_data_validation(rule)
        listed = self.lists.of(f"{scale.id} of {self.rubric.id}", rules.answers_of(scale))
        started = f"${self.letters['piece']}{FIRST_ROW}"
        for colour in (
            rules.not_listed(first, listed) if scale.levels else rules.not_allowed(scale, first),
            rules.does_not_apply(first),
            rules.not_yet_answered(first, started),
        ):
            self.sheet.conditional_formatting.add(cells, colour)

    def _answered(self) -> None:
        """How many items have an answer: a formula, locked."""
        column, items = len(self.keys), list(self.rubric.items)
        first, last = self.letters[items[0]], self.letters[items[-1]]
        piece = self.letters["piece"]
        _put(self.sheet, 2, column, "Answered", _HEADING)
        _put(self.sheet, KEY_ROW, column, _ANSWERED, _KEY)
        for row in range(FIRST_ROW, FIRST_ROW + self.rows):
            count = f'COUNTA({first}{row}:{last}{row})&" of {len(items)}"'
            self.sheet.cell(row, column, f'=IF({piece}{row}="","",{count})')


def _read_me(sheet: Worksheet, rubrics: Sequence[Rubric], titles: Mapping[str, str]) -> None:
    sheet.title = "Read me"
    sheet.column_dimensions["A"].width = 110
    _put(sheet, 1, 1, QUESTION, _WARNING)
    _high_enough(sheet, 1, line=26)  # large and bold: fewer letters fit on a line
    for row, line in enumerate(read_me(rubrics, list(titles.values())), start=2):
        _put(sheet, row, 1, line, _PLAIN)
        _high_enough(sheet, row)


def _levels(sheet: Worksheet, rubrics: Sequence[Rubric]) -> None:
    """Every level description in full, and what each code means for the item."""
    for column, (words, width) in enumerate(_LEVELS, start=1):
        _put(sheet, 1, column, words, _HEADING)
        sheet.column_dimensions[get_column_letter(column)].width = width
    rows = (
        (rubric.id, item.id.upper(), *told)
        for rubric in rubrics
        for item in rubric.items.values()
        for told in meanings(rubric, item)
    )
    for row, texts in enumerate(rows, start=2):
        for column, text in enumerate(texts, start=1):
            _put(sheet, row, column, text, _PLAIN if texts[2] else _STRONG)
        _high_enough(sheet, row)
    sheet.freeze_panes = "D2"


def _notes(sheet: Worksheet, rubrics: Sequence[Rubric], rows: int, lists: _Lists) -> None:
    keys = [key for key in NOTE_COLUMNS if key != "rubric" or len(rubrics) > 1]
    items = list(dict.fromkeys(key for rubric in rubrics for key in rubric.items))
    listed = {"item": items, "rubric": [rubric.id for rubric in rubrics]}
    _put(sheet, 1, 1, "Notes", _TITLE)
    for column, key in enumerate(keys, start=1):
        _put(sheet, 2, column, NOTE_COLUMNS[key], _HEADING)
        _put(sheet, KEY_ROW, column, key, _KEY)
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(key, 18)
        cells = _opened(sheet, column, rows, _WORDS)
        if key in listed:
            words = lists.of(f"{key} of a note", listed[key])
            rule = rules.list_rule(NOTE_COLUMNS[key], "Choose from the list.", words)
            rule.add(cells)
            sheet.add_data_validation(rule)
    sheet.freeze_panes = f"A{FIRST_ROW}"


def _stamp(book: Workbook, rubrics: Sequence[Rubric], titles: Mapping[str, str]) -> None:
    """Which rubric, at which version, stands on which sheet."""
    sheet = book.create_sheet(STAMP_SHEET)
    sheet.sheet_state = "veryHidden"
    stamps = [(titles[r.id], r.id, r.version, r.fingerprint) for r in rubrics]
    for row, texts in enumerate([(FORMAT,), STAMP_HEADINGS, *stamps], start=1):
        for column, text in enumerate(texts, start=1):
            _put(sheet, row, column, text, _PLAIN)
    told = {f"{STAMP_PROPERTY}{n}": "|".join(texts) for n, texts in enumerate(stamps, start=1)}
    for name, value in {"fidelity_format": FORMAT, **told}.items():
        book.custom_doc_props.append(StringProperty(name=name, value=value))
