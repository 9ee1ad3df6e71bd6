"""The sheets of a workbook beside those for scoring: the first page, the levels, the notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from fidelity.collect import excel_rules as rules
from fidelity.collect.concerns import QUESTION
from fidelity.collect.workbook_parts import (
    FIRST_ROW,
    HEADING,
    KEY,
    KEY_ROW,
    NOTE,
    PLAIN,
    STRONG,
    TITLE,
    WARNING,
    WORDS,
    Lists,
    as_wide_as_the_paper,
    high_enough,
    opened,
    put,
)
from fidelity.collect.workbook_words import NOTE_COLUMNS, meanings, read_me
from fidelity.rubric.model import Rubric

NOTES_SHEET = "Notes"
_LEVELS = (("Rubric", 22), ("Item", 26), ("Answer", 9), ("In a word", 34), ("What it means", 100))
_WIDTHS = {"note": 90}


def read_me_sheet(sheet: Worksheet, rubrics: Sequence[Rubric], titles: Mapping[str, str]) -> None:
    """What to do, in a few lines, below the question about a child at risk."""
    sheet.title = "Read me"
    as_wide_as_the_paper(sheet)
    sheet.column_dimensions["A"].width = 110
    put(sheet, 1, 1, QUESTION, WARNING)
    high_enough(sheet, 1, line=26)  # large and bold: fewer letters fit on a line
    for row, line in enumerate(read_me(rubrics, list(titles.values())), start=2):
        put(sheet, row, 1, line, PLAIN)
        high_enough(sheet, row)


def levels_sheet(sheet: Worksheet, rubrics: Sequence[Rubric]) -> None:
    """Every level description in full, and what each code means for the item."""
    as_wide_as_the_paper(sheet)
    for column, (words, width) in enumerate(_LEVELS, start=1):
        put(sheet, 1, column, words, HEADING)
        sheet.column_dimensions[get_column_letter(column)].width = width
    rows = (
        (rubric.id, item.id.upper(), *told)
        for rubric in rubrics
        for item in rubric.items.values()
        for told in meanings(rubric, item)
    )
    for row, texts in enumerate(rows, start=2):
        for column, text in enumerate(texts, start=1):
            put(sheet, row, column, text, PLAIN if texts[2] else STRONG)
        high_enough(sheet, row)
    sheet.freeze_panes = "D2"


def notes_sheet(sheet: Worksheet, rubrics: Sequence[Rubric], rows: int, lists: Lists) -> None:
    """Where longer remarks go; each beside the piece and the item it is about."""
    keys = [key for key in NOTE_COLUMNS if key != "rubric" or len(rubrics) > 1]
    items = list(dict.fromkeys(key for rubric in rubrics for key in rubric.items))
    listed = {"item": items, "rubric": [rubric.id for rubric in rubrics]}
    put(sheet, 1, 1, NOTES_SHEET, TITLE)
    as_wide_as_the_paper(sheet)
    for column, key in enumerate(keys, start=1):
        put(sheet, 2, column, NOTE_COLUMNS[key], HEADING)
        put(sheet, KEY_ROW, column, key, KEY)
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS.get(key, 18)
        cells = opened(sheet, column, rows, NOTE if key == "note" else WORDS)
        if key in listed:
            words = lists.of(f"{key} of a note", listed[key])
            rule = rules.list_rule(NOTE_COLUMNS[key], "Choose from the list.", words)
            rule.add(cells)
            sheet.add_data_validation(rule)
    sheet.freeze_panes = f"A{FIRST_ROW}"
