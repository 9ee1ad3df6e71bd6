"""The sheet of a workbook on which one rubric is scored: a row an assessment, a column an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from fidelity.collect import columns as cols
from fidelity.collect import excel_rules as rules
from fidelity.collect.answers import read_date
from fidelity.collect.workbook_parts import (
    ANSWER,
    DATE,
    FIRST_ROW,
    HEADING,
    KEY,
    KEY_ROW,
    TITLE,
    WORDS,
    Lists,
    as_wide_as_the_paper,
    high_enough,
    opened,
    put,
)
from fidelity.collect.workbook_words import OPENING, heading, reason_heading
from fidelity.rubric.model import Item, Rubric

#: A column whose key begins so is never read.
UNREAD = "_"
ANSWERED = "_answered"
#: What stands behind an item's id in the key of the column for the reason of an NA.
REASON = "_reason"
#: Width of a letter of a title, in the letters by which columns are measured.
_LETTER = 1.4
_WIDTHS = {"concern": 10, "piece": 18, "minutes": 9}


def asked_items(rubric: Rubric, short: bool) -> Mapping[str, Item]:
    """The items of a form: all, or with `short` the must-haves alone."""
    return rubric.must_haves if short else rubric.items


class Entry:
    """The sheet on which one rubric is scored."""

    def __init__(
        self, sheet: Worksheet, rubric: Rubric, rows: int, lists: Lists, short: bool = False
    ) -> None:
        self.sheet, self.rubric, self.rows, self.lists = sheet, rubric, rows, lists
        self.short, self.items = short, asked_items(rubric, short)
        self.keys = list(OPENING)
        for key, item in self.items.items():
            self.keys += [key, key + REASON] if item.na_reasons else [key]
        self.keys.append(ANSWERED)
        self.letters = {key: get_column_letter(n) for n, key in enumerate(self.keys, start=1)}

    def write(self, teams: Sequence[str], filled: Sequence[Mapping[str, str]] = ()) -> None:
        """Headings, entry cells and their rules; rows that are filled in beforehand."""
        short = " (short form: must-haves alone)" if self.short else ""
        put(self.sheet, 1, 1, f"{self.rubric.title}, version {self.rubric.version}{short}", TITLE)
        for key, (words, message) in OPENING.items():
            style = DATE if key in cols.DATES else ANSWER if key in cols.NUMBERS else WORDS
            self._rule(key, self._column(key, words, style), words, message, teams)
        for key, item in self.items.items():
            self._answers(key, item, self._column(key, heading(item), ANSWER))
            if item.na_reasons:
                self._reasons(key + REASON, item)
        self._component_titles()
        self._answered()
        self._fill(filled)
        high_enough(self.sheet, 2)
        self.sheet.freeze_panes = f"{self.letters['rater']}{FIRST_ROW}"
        self.sheet.print_title_rows = f"1:{KEY_ROW}"
        as_wide_as_the_paper(self.sheet)

    def _component_titles(self) -> None:
        """Above the items of each component, as much of its title as fits over them."""
        for component in self.rubric.components:
            mine = [item.id for item in component.items if item.id in self.items]
            if not mine:
                continue
            first, last = self.keys.index(mine[0]), self.keys.index(mine[-1])
            columns = [self.letters[key] for key in self.keys[first : last + 1]]
            width = sum(self.sheet.column_dimensions[letter].width for letter in columns)
            title = rules.shortened(component.title, max(int(width / _LETTER), 1))
            put(self.sheet, 1, first + 1, title, TITLE)

    def _column(self, key: str, words: str, style: str, width: float = 14) -> str:
        """Both headings, and the cells below them, open for entry."""
        column = self.keys.index(key) + 1
        put(self.sheet, 2, column, words, HEADING)
        put(self.sheet, KEY_ROW, column, key, KEY)
        self.sheet.column_dimensions[self.letters[key]].width = _WIDTHS.get(key, width)
        return opened(self.sheet, column, self.rows, style)

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
        role, asked = f"${self.letters['rater_role']}{FIRST_ROW}", self.rubric.asked_of.get(key, ())
        colours = [
            rules.not_listed(first, listed) if scale.levels else rules.not_allowed(scale, first),
            rules.does_not_apply(first),
            *([rules.not_asked(role, asked)] if asked else []),
            rules.not_yet_answered(first, started),
        ]
        for colour in colours:
            self.sheet.conditional_formatting.add(cells, colour)

    def _reasons(self, key: str, item: Item) -> None:
        """Beside an item: why it does not apply."""
        cells = self._column(key, reason_heading(item), WORDS, width=12)
        listed = self.lists.of(f"{key} of {self.rubric.id}", item.na_reasons)
        message = f"Only beside NA. {item.na_when or ''}"
        rule = rules.list_rule(f"{item.id.upper()}: why NA", message, listed)
        rule.add(cells)
        self.sheet.add_data_validation(rule)
        first = cells.split(":")[0]
        self.sheet.conditional_formatting.add(cells, rules.not_listed(first, listed))

    def _answered(self) -> None:
        """How many items have an answer: a formula, locked."""
        column, items = len(self.keys), list(self.items)
        beside = [self.letters[key + REASON] for key, item in self.items.items() if item.na_reasons]
        first, last = self.letters[items[0]], self.letters[self.keys[-2]]
        piece = self.letters["piece"]
        of = f'&" of {len(items)}"' if not self.rubric.asked_of else ""
        put(self.sheet, 2, column, "Answered", HEADING)
        put(self.sheet, KEY_ROW, column, ANSWERED, KEY)
        for row in range(FIRST_ROW, FIRST_ROW + self.rows):
            count = f"COUNTA({first}{row}:{last}{row})"
            if beside:
                count += f"-COUNTA({','.join(f'{letter}{row}' for letter in beside)})"
            self.sheet.cell(row, column, f'=IF({piece}{row}="","",{count}{of})')

    def _fill(self, filled: Sequence[Mapping[str, str]]) -> None:
        """Rows that are known beforehand, such as what is to be scored a second time."""
        for row, known in enumerate(filled, start=FIRST_ROW):
            for key, text in known.items():
                column = self.keys.index(key) + 1
                number = key in self.items and text.lstrip("-").isdigit()
                day = read_date(text) if key in cols.DATES else None
                cell = self.sheet.cell(row, column, day or (int(text) if number else text))
                if not number and day is None:
                    cell.data_type = "s"
