"""A workbook in which audits are scored: one row an assessment, drop-downs from the scale.

Made for a locked-down office computer: no macros, no links, no password. Which rubric, at which
version, stands on a hidden sheet and in the document's properties; the reader
(`fidelity.collect.workbook_reader`) refuses another version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.worksheet import Worksheet

from fidelity.collect import columns as cols
from fidelity.collect import excel_rules as rules
from fidelity.collect.concerns import QUESTION
from fidelity.collect.xlsx_check import MAX_CELLS, MAX_ROW
from fidelity.errors import FileError, UsageError
from fidelity.results import PURPOSE
from fidelity.rubric import Rubric, read_rubric
from fidelity.rubric.model import CODES, Item

FORMAT = "fidelity-workbook-1"
#: Where things stand: the reader relies on these.
STAMP_SHEET, NOTES_SHEET = "_fidelity", "Notes"
STAMP_HEADINGS = ("sheet", "rubric", "version", "fingerprint")
STAMP_PROPERTIES = "fidelity_rubrics"
KEY_ROW, FIRST_ROW = 3, 4
#: Key of the column that counts the answers; a key that begins so is never read.
UNREAD = "_"
_ANSWERED = "_answered"
#: The columns before the items: key, heading, and the message beside the cell.
OPENING: Mapping[str, tuple[str, str]] = {
    "concern": ("Worried about a child now? (yes or no)", QUESTION),
    "escalated_on": ("Concern passed on, date", "The day on which you passed the concern on."),
    "escalated_to": ("Concern passed on, to which role", "A role, such as team manager. No names."),
    "closed_on": ("Concern closed, date", "Leave blank while it is open."),
    "piece": (
        "Audit or observation reference",
        "A reference of your own, the same whoever scores it. No names, no dates of birth, no "
        "NHS or pupil numbers.",
    ),
    "rater": ("Scored by", "The same short code each time, not a name."),
    "rater_role": ("In which role", "Choose agreed for the score settled after moderation."),
    "date": ("Date of the practice looked at", "The last day that was looked at."),
    "purpose": ("Purpose", "Blank is routine. double: scored by a second person. benchmark: a "
                "fixed piece with agreed scores."),
    "selection": ("How it was chosen", "Only random and stratified draws speak for the whole."),
    "stratum": ("Stratum", "The part of the service it was drawn from, if drawn by strata."),
    "case": ("Case", "A local code for the family, not a name."),
    "practitioner": ("Practitioner", "A local code, not a name."),
    "team": ("Team", "The team that did the work."),
    "plan_type": ("Plan type", "Such as child in need, child protection, looked after."),
    "stage": ("Stage", "Such as assessment, review, closing."),
    "rated_on": ("Scored on", "The day on which you scored it."),
    "minutes": ("Minutes", "How long the scoring took."),
}  # fmt: skip
_NOTE_COLUMNS: Mapping[str, str] = {
    "rubric": "Rubric",
    "piece": "Audit or observation reference",
    "rater": "Scored by",
    "item": "Item",
    "note": "Note (no names; notes are never analysed and never leave your authority)",
}
_WIDTHS = {"concern": 10, "piece": 18, "minutes": 9, "note": 90}
_DATE_FORMAT, _TEXT_FORMAT, _ANY_FORMAT = "dd/mm/yyyy", "@", "General"
_TITLE = NamedStyle("fidelity title", font=Font(bold=True, size=13))
_HEADING = NamedStyle(
    "fidelity heading",
    font=Font(bold=True),
    fill=PatternFill("solid", fgColor="DDE6EE"),
    alignment=Alignment(wrap_text=True, vertical="top"),
)
_KEY = NamedStyle("fidelity key", font=Font(italic=True, size=8, color="767676"))
_WRAPPED = NamedStyle("fidelity text", alignment=Alignment(wrap_text=True, vertical="top"))
_WARNING = NamedStyle(
    "fidelity warning",
    font=Font(bold=True, size=13, color="9C0006"),
    alignment=Alignment(wrap_text=True, vertical="top"),
)
_COUNTED = NamedStyle("fidelity counted", font=Font(color="404040"))
_ENTRY = {
    kind: NamedStyle(f"fidelity {name}", number_format=kind, protection=Protection(locked=False))
    for kind, name in ((_TEXT_FORMAT, "words"), (_DATE_FORMAT, "date"), (_ANY_FORMAT, "answer"))
}


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
    if not 1 <= rows <= MAX_ROW - FIRST_ROW or cells > MAX_CELLS * 3 // 4:
        raise UsageError(
            f"{rows:,} rows of {len(ids)} rubrics make {cells:,} cells; at least 1 row and at most "
            f"{MAX_CELLS * 3 // 4:,} cells. Ask for fewer rows, or make several workbooks."
        )


def _workbook(rubrics: Sequence[Rubric], rows: int, teams: Sequence[str]) -> Workbook:
    book = Workbook()
    for style in (_TITLE, _HEADING, _KEY, _WRAPPED, _WARNING, _COUNTED, *_ENTRY.values()):
        book.add_named_style(style)
    titles = _sheet_titles(rubrics)
    first = book.active
    _read_me(first, rubrics, titles)
    entries = {rubric.id: book.create_sheet(titles[rubric.id]) for rubric in rubrics}
    _levels(book.create_sheet("Levels"), rubrics)
    notes = book.create_sheet(NOTES_SHEET)
    lists = _Lists(book.create_sheet("Lists"))
    for rubric in rubrics:
        _Entry(entries[rubric.id], rubric, rows, lists).write(teams)
    _notes(notes, rubrics, rows, lists)
    _stamp(book, rubrics, titles)
    for sheet in book.worksheets:
        _protect(sheet)
    book.security = WorkbookProtection(lockStructure=True)
    book.properties.creator = "fidelity"
    book.properties.title = "; ".join(rubric.title for rubric in rubrics)
    return book


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


def _put(sheet: Worksheet, row: int, column: int, value: str, style: NamedStyle) -> Cell:
    """Write text as text: what begins with an equals sign is not a formula here."""
    cell = sheet.cell(row, column, value)
    cell.data_type = "s"
    cell.style = style.name
    return cell


class _Lists:
    """The hidden sheet with the words of every drop-down, one list a column."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.ranges: dict[str, str] = {}
        sheet.sheet_state = "hidden"

    def of(self, name: str, words: Sequence[str]) -> str:
        """The range in which a list stands; written when it is first asked for."""
        if name not in self.ranges:
            column = len(self.ranges) + 1
            for row, word in enumerate([name, *words], start=1):
                _put(self.sheet, row, column, word, _ENTRY[_TEXT_FORMAT])
            letter = get_column_letter(column)
            self.ranges[name] = f"'{self.sheet.title}'!${letter}$2:${letter}${len(words) + 1}"
        return self.ranges[name]


class _Entry:
    """The sheet on which one rubric is scored."""

    def __init__(self, sheet: Worksheet, rubric: Rubric, rows: int, lists: _Lists) -> None:
        self.sheet, self.rubric, self.lists = sheet, rubric, lists
        self.last = FIRST_ROW + rows - 1
        self.keys = [*OPENING, *rubric.items, _ANSWERED]
        self.letters = {key: get_column_letter(n) for n, key in enumerate(self.keys, start=1)}

    def write(self, teams: Sequence[str]) -> None:
        """Headings, entry cells and their rules."""
        _put(self.sheet, 1, 1, f"{self.rubric.title}, version {self.rubric.version}", _TITLE)
        for key, (heading, message) in OPENING.items():
            self._column(key, heading, self._format(key))
            self._opening(key, heading, message, teams)
        for key, item in self.rubric.items.items():
            self._column(key, _heading(item), _ANY_FORMAT)
            self._item(key, item)
        for component in self.rubric.components:
            first = self.keys.index(component.items[0].id) + 1
            _put(self.sheet, 1, first, component.title, _TITLE)
        self._answered()
        self.sheet.row_dimensions[2].height = 105
        self.sheet.freeze_panes = f"{self.letters['rater']}{FIRST_ROW}"
        self.sheet.print_title_rows = f"1:{KEY_ROW}"
        self.sheet.page_setup.orientation = "landscape"

    @staticmethod
    def _format(key: str) -> str:
        if key in cols.DATES:
            return _DATE_FORMAT
        return _ANY_FORMAT if key in cols.NUMBERS else _TEXT_FORMAT

    def _column(self, key: str, heading: str, number_format: str) -> None:
        """Both headings, and the cells below them, open for entry."""
        column = self.keys.index(key) + 1
        _put(self.sheet, 2, column, heading, _HEADING)
        _put(self.sheet, KEY_ROW, column, key, _KEY)
        for row in range(FIRST_ROW, self.last + 1):
            self.sheet.cell(row, column).style = _ENTRY[number_format].name
        self.sheet.column_dimensions[self.letters[key]].width = _WIDTHS.get(key, 14)

    def _cells(self, key: str) -> tuple[str, str]:
        """The first cell of a column, as rules name it, and the whole of its entry cells."""
        letter = self.letters[key]
        return f"{letter}{FIRST_ROW}", f"{letter}{FIRST_ROW}:{letter}{self.last}"

    def _opening(self, key: str, heading: str, message: str, teams: Sequence[str]) -> None:
        first, cells = self._cells(key)
        words = self._words(key, teams)
        if key in cols.DATES:
            rule, red = rules.date_rule(heading, message), rules.not_a_number(first)
        elif key in cols.NUMBERS:
            rule, red = rules.number_rule(heading, message), rules.not_a_number(first)
        elif words:
            name = f"{key} of {self.rubric.id}" if key == "rater_role" else key
            listed = self.lists.of(name, words)
            rule = rules.list_rule(heading, message, listed, strict=key in cols.VOCABULARIES)
            red = rules.not_a_word(first, listed) if key in cols.VOCABULARIES else None
        else:
            rule, red = rules.text_rule(heading, message), None
        rule.add(cells)
        self.sheet.add_data_validation(rule)
        if red is not None:
            self.sheet.conditional_formatting.add(cells, red)

    def _words(self, key: str, teams: Sequence[str]) -> Sequence[str]:
        if key == "team":
            return teams
        if key == "rater_role":
            return list(dict.fromkeys([*self.rubric.raters, "agreed"]))
        return cols.VOCABULARIES.get(key, ())

    def _item(self, key: str, item: Item) -> None:
        first, cells = self._cells(key)
        scale = self.rubric.scale_of(key)
        rule = rules.answer_rule(item, scale, first)
        rule.add(cells)
        self.sheet.add_data_validation(rule)
        listed = self.lists.of(f"{scale.id} of {self.rubric.id}", rules.answers_of(scale))
        started = f"${self.letters['piece']}{FIRST_ROW}"
        for colour in (
            rules.not_an_answer(scale, first, listed),
            rules.does_not_apply(first),
            rules.not_yet_answered(first, started),
        ):
            self.sheet.conditional_formatting.add(cells, colour)

    def _answered(self) -> None:
        """How many items have an answer: a formula, locked."""
        column = len(self.keys)
        items = list(self.rubric.items)
        first, last = self.letters[items[0]], self.letters[items[-1]]
        piece = self.letters["piece"]
        _put(self.sheet, 2, column, "Answered", _HEADING)
        _put(self.sheet, KEY_ROW, column, _ANSWERED, _KEY)
        for row in range(FIRST_ROW, self.last + 1):
            count = f'COUNTA({first}{row}:{last}{row})&" of {len(items)}"'
            cell = self.sheet.cell(row, column, f'=IF({piece}{row}="","",{count})')
            cell.style = _COUNTED.name


def _heading(item: Item) -> str:
    marks = [" (must-have)"] * (item.must_have is not None)
    marks += [" (asked beside the rubric, not scored)"] * (not item.scored)
    return f"{item.id.upper()}  {item.text}{''.join(marks)}"


def _read_me(sheet: Worksheet, rubrics: Sequence[Rubric], titles: Mapping[str, str]) -> None:
    sheet.title = "Read me"
    sheet.column_dimensions["A"].width = 110
    _put(sheet, 1, 1, QUESTION, _WARNING)
    codes = "; ".join(f"{code}: {meaning}" for code, meaning in CODES.items())
    lines = [
        "If Excel shows a bar that says Protected View, press Enable editing.",
        "One row for each audit or observation and each person who scores it, on the sheet "
        f"{' or '.join(titles.values())}. Begin with the question about a child at risk.",
        "Choose each answer from its list. The words of the level stand beside the cell; its full "
        "description is on the sheet Levels. Choose the highest level that is met in full.",
        f"Codes: {codes}. Blank: not answered yet. These are four different things. On the sheet "
        "Levels it says when each may be used.",
        "No names, addresses, dates of birth, NHS or pupil numbers: use references that only your "
        "authority can trace. Longer remarks go on the sheet Notes; they are never analysed.",
        "Colours: red is not an allowed answer, yellow is not answered yet, grey is NA.",
        "Keep the grey words in row 3 and the names of the sheets as they are: the reader finds "
        "its way by them. Save as .xlsx, close it, and send it back.",
        PURPOSE,
    ]
    for rubric in rubrics:
        lines += [f"{rubric.title}, version {rubric.version}. {rubric.notice}", rubric.evidence]
    for row, line in enumerate(lines, start=2):
        _put(sheet, row, 1, line, _WRAPPED)


def _levels(sheet: Worksheet, rubrics: Sequence[Rubric]) -> None:
    """Every level description in full, and what each code means for this item."""
    for column, (heading, width) in enumerate(
        (("Rubric", 22), ("Item", 16), ("Answer", 9), ("In a word", 28), ("What it means", 100)), 1
    ):
        _put(sheet, 1, column, heading, _HEADING)
        sheet.column_dimensions[get_column_letter(column)].width = width
    row = 2
    for rubric in rubrics:
        for key, item in rubric.items.items():
            for answer, word, meaning in _answers(rubric, item):
                texts = (rubric.id, key.upper(), answer, word, meaning)
                for column, text in enumerate(texts, start=1):
                    _put(sheet, row, column, text, _WRAPPED)
                row += 1
    sheet.freeze_panes = "D2"


def _answers(rubric: Rubric, item: Item) -> Iterable[tuple[str, str, str]]:
    """What may be answered to an item: the answer, its word, its meaning in full."""
    scale = rubric.scale_of(item.id)
    yield "", _heading(item), item.observes
    for level in scale.levels:
        yield str(level.value), level.label, item.levels.get(str(level.value), "")
    if not scale.levels:
        yield "", "a number", scale.allowed
    reasons = f" Reasons: {', '.join(item.na_reasons)}." if item.na_reasons else ""
    silence = {
        "absent": "Here the record is the practice: no evidence counts as the lowest level.",
        "unknown": "Here no evidence is not scored.",
    }
    for code in scale.codes:
        meaning = {
            "NA": (item.na_when or "") + reasons,
            "NE": silence.get(item.ne or "", ""),
            "DK": "",
        }
        yield code, CODES[code], meaning[code].strip()


def _notes(sheet: Worksheet, rubrics: Sequence[Rubric], rows: int, lists: _Lists) -> None:
    keys = [key for key in _NOTE_COLUMNS if key != "rubric" or len(rubrics) > 1]
    _put(sheet, 1, 1, "Notes", _TITLE)
    items = list(dict.fromkeys(key for rubric in rubrics for key in rubric.items))
    words = {"item": items, "rubric": [rubric.id for rubric in rubrics]}
    for column, key in enumerate(keys, start=1):
        letter = get_column_letter(column)
        _put(sheet, 2, column, _NOTE_COLUMNS[key], _HEADING)
        _put(sheet, KEY_ROW, column, key, _KEY)
        for row in range(FIRST_ROW, FIRST_ROW + rows):
            sheet.cell(row, column).style = _ENTRY[_TEXT_FORMAT].name
        sheet.column_dimensions[letter].width = _WIDTHS.get(key, 18)
        if key in words:
            listed = lists.of(f"{key} of notes", words[key])
            rule = rules.list_rule(_NOTE_COLUMNS[key], "Choose from the list.", listed)
            rule.add(f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + rows - 1}")
            sheet.add_data_validation(rule)
    sheet.freeze_panes = f"A{FIRST_ROW}"


def _stamp(book: Workbook, rubrics: Sequence[Rubric], titles: Mapping[str, str]) -> None:
    """Which rubric, at which version, stands on which sheet."""
    sheet = book.create_sheet(STAMP_SHEET)
    sheet.sheet_state = "veryHidden"
    stamps: list[Sequence[Any]] = [(FORMAT,), STAMP_HEADINGS]
    stamps += [(titles[r.id], r.id, r.version, r.fingerprint) for r in rubrics]
    for row, texts in enumerate(stamps, start=1):
        for column, text in enumerate(texts, start=1):
            _put(sheet, row, column, text, _ENTRY[_TEXT_FORMAT])
    told = "\n".join("\t".join(texts) for texts in stamps[2:])
    for name, value in (("fidelity_format", FORMAT), (STAMP_PROPERTIES, told)):
        book.custom_doc_props.append(StringProperty(name=name, value=value))


def _protect(sheet: Worksheet) -> None:
    """Headings and formulas are locked, without a password; columns may be made wider."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False
