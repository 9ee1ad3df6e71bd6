import io
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook

from fidelity.collect import columns as cols
from fidelity.collect.concerns import QUESTION
from fidelity.collect.excel_rules import (
    MAX_LIST,
    MAX_MESSAGE,
    MAX_SHEET_TITLE,
    MAX_TITLE,
    fitted,
    shortened,
    units,
)
from fidelity.collect.workbook import write_workbook
from fidelity.collect.workbook_reader import read_sheet
from fidelity.collect.workbook_words import OPENING
from fidelity.errors import FileError, UsageError
from fidelity.rubric import Rubric
from tests.collect.scales import every_scale
from tests.collect.sheets import ANSWERED, PAYLOADS, columns_of, put


def test_nothing_exceeds_the_limits_of_excel(rubric: Rubric, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(rubric, tmp_path / "w.xlsx", rows=2))
    rules = list(book[rubric.id].data_validations.dataValidation)
    reasons = sum(bool(item.na_reasons) for item in rubric.items.values())
    assert len(rules) == len(OPENING) + len(rubric.items) + reasons
    for rule in rules:
        assert 0 < units(rule.promptTitle) <= MAX_TITLE
        assert 0 < units(rule.prompt) <= MAX_MESSAGE
        assert units(rule.error or "") <= MAX_MESSAGE
        assert units(rule.errorTitle or "") <= MAX_TITLE
        # A list has its own limit; a formula is held to that of the box in which it is typed.
        assert units((rule.formula1 or "").strip('"')) <= MAX_LIST
    for sheet in book.worksheets:
        assert len(sheet.title) <= MAX_SHEET_TITLE
    names = {name.lower() for name in book.sheetnames}
    assert len(names) == len(book.sheetnames)


def test_rules_come_from_the_scale(tmp_path: Path) -> None:
    rubric = every_scale()
    book = openpyxl.load_workbook(write_workbook(rubric, tmp_path / "w.xlsx", rows=2))
    sheet = book["every_scale"]
    rules = {}
    for rule in sheet.data_validations.dataValidation:
        key = sheet.cell(3, min(found.min_col for found in rule.sqref.ranges)).value
        rules[key] = rule
    assert rules["item_ten"].formula1 == '"0,1,2,3,4,5,6,7,8,9,10,NA,NE,DK"'
    assert "3 step 3\n" in rules["item_ten"].prompt
    assert rules["item_ten"].prompt.endswith("Full text: sheet Levels")
    assert "4 a long label" in rules["item_wordy"].prompt  # shortened, and all four there
    assert rules["item_many"].type == "custom"  # too long for a list
    times = rules["item_times"]
    assert times.type == "custom"
    assert ">=0" in times.formula1
    assert "<=999" in times.formula1
    assert "TRIM(" in times.formula1
    assert '="NE"' in times.formula1
    assert "0.000001" in rules["item_share"].formula1
    assert rules["concern"].prompt == QUESTION
    assert all(rule.errorStyle == "stop" for key, rule in rules.items() if key in rubric.items)
    words = [cell.value for cell in book["Lists"]["B"] if cell.value]
    assert words == ["rater_role of every_scale", "peer", "moderator", "agreed"]


def test_every_name_that_a_rule_uses_is_defined(sos: Rubric, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(sos, tmp_path / "w.xlsx", rows=2, teams=["A"]))
    used = {
        rule.formula1
        for rule in book[sos.id].data_validations.dataValidation
        if rule.type == "list" and not rule.formula1.startswith('"')
    }
    reasons = sum(bool(item.na_reasons) for item in sos.items.values())
    # concern, rater_role, purpose, selection, team, with_practitioner, and one a list of reasons
    assert len(used) == 6 + reasons
    assert used <= set(book.defined_names)
    for name in used:
        ((sheet, cells),) = book.defined_names[name].destinations
        assert all(cell.value for (cell,) in book[sheet][cells.replace("$", "")])


def test_every_level_description_stands_in_full(rubric: Rubric, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_workbook(rubric, tmp_path / "w.xlsx", rows=2))
    rows = [tuple(cell or "" for cell in row) for row in book["Levels"].values]
    for key, item in rubric.items.items():
        mine = {row[2]: row[4] for row in rows if row[1] == key.upper()}
        for value, description in item.levels.items():
            assert mine[value] == description
        if "NA" in rubric.scale_of(key).codes:
            assert (item.na_when or "") in mine["NA"]
        if item.ne == "absent":
            assert "lowest level" in mine["NE"]


def test_the_first_sheet_opens_with_the_child(empty_bytes: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(empty_bytes))
    sheet = book.worksheets[0]
    assert sheet["A1"].value == QUESTION
    text = "\n".join(str(row[0].value) for row in sheet.iter_rows(min_row=2) if row[0].value)
    for words in ("Enable editing", "No names", "NA:", "NE:", "DK:", "Blank", "Not for capability"):
        assert words in text
    entry = book["sos_case_file"]
    assert [cell.value for cell in entry[3]][:5] == [
        "concern", "escalated_on", "escalated_to", "closed_on", "piece",
    ]  # fmt: skip


def test_entry_cells_alone_are_open_and_text_stays_text(empty_bytes: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(empty_bytes))
    sheet = book["sos_case_file"]
    for key, column in columns_of(sheet).items():
        assert sheet.cell(2, column).protection.locked
        assert sheet.cell(3, column).protection.locked
        for row in (4, 23):
            cell = sheet.cell(row, column)
            assert cell.protection.locked is (key == ANSWERED)
            if key in cols.DATES:
                assert cell.number_format == "dd/mm/yyyy"
            elif key in {"piece", "rater", "case", "team", "practitioner", "stratum"}:
                assert cell.number_format == "@"
    for sheet in book.worksheets:
        assert sheet.protection.sheet
        assert sheet.protection.password is None
    assert book.security.lockStructure
    assert book["Lists"].sheet_state == "hidden"
    assert book["_fidelity"].sheet_state == "veryHidden"


def test_nothing_that_is_written_is_a_formula(sos: Rubric, tmp_path: Path) -> None:
    rubric = sos.model_copy(update={"title": "=1+1", "notice": "@SUM(1)", "evidence": "-2+3"})
    path = write_workbook(rubric, tmp_path / "w.xlsx", rows=3, teams=PAYLOADS)
    book = openpyxl.load_workbook(path)
    formulas = {
        (sheet.title, cell.column): cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    last = max(columns_of(book[sos.id]).values())
    assert list(formulas) == [(sos.id, last)]  # the count of answers, which is ours
    words = [cell.value for column in book["Lists"].columns for cell in column if cell.value]
    assert set(PAYLOADS) <= set(words)


def test_the_stamp_stands_in_three_places(sos: Rubric, empty_bytes: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(empty_bytes))
    stamp = [sos.id, sos.id, sos.version, sos.fingerprint, "full"]
    assert [cell.value for cell in book["_fidelity"][3]] == stamp
    properties = {found.name: found.value for found in book.custom_doc_props.props}
    assert properties["fidelity_rubric_1"] == "|".join(stamp)
    assert book.properties.description.splitlines()[1] == "|".join(stamp)


def test_what_cannot_be_written_is_told(sos: Rubric, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.xlsx"):
        write_workbook(sos, tmp_path / "w.xls")
    with pytest.raises(UsageError, match="at least one rubric"):
        write_workbook([], tmp_path / "w.xlsx")
    with pytest.raises(UsageError, match="each of them once"):
        write_workbook([sos, "sos_case_file"], tmp_path / "w.xlsx")
    with pytest.raises(UsageError, match="control character"):
        write_workbook(sos, tmp_path / "w.xlsx", rows=1, teams=["a\x00b"])
    for rows in (0, -1, 100_000):
        with pytest.raises(UsageError, match="Ask for fewer rows"):
            write_workbook(sos, tmp_path / "w.xlsx", rows=rows)
    with pytest.raises(FileError, match="cannot be written"):
        write_workbook(sos, tmp_path / "none" / "w.xlsx", rows=1)
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        write_workbook(sos, tmp_path / "folder.xlsx", rows=1)
    assert not (tmp_path / "w.xlsx").exists()


def test_long_names_stay_apart(tmp_path: Path, sos: Rubric) -> None:
    long = "a" * 40
    rubrics = [sos.model_copy(update={"id": long[:n]}) for n in (38, 39, 40)]
    path = write_workbook(rubrics, tmp_path / "w.xlsx", rows=1)
    book: Workbook = openpyxl.load_workbook(path)
    assert book.sheetnames[1:4] == ["a" * 31, "a" * 28 + " 2", "a" * 28 + " 3"]
    put(book.worksheets[2], 4, piece="2", rater="A", m1=4)
    book.save(path)
    assert read_sheet(path, rubrics[1]).columns["m1"] == ["4"]


def test_texts_are_shortened_as_excel_counts() -> None:
    assert shortened("four", 4) == "four"
    assert shortened("three, or more", 7) == "three…"
    assert units(shortened("🙂" * 200, 255)) <= 255
    text = fitted(["1 " + "x" * 300, "2 short", "3 " + "y" * 300], "tail")
    assert units(text) <= MAX_MESSAGE
    assert "\n2 short\n" in text
    assert text.endswith("y…\ntail")
    assert fitted(["x"] * 300, "tail") == "tail"
