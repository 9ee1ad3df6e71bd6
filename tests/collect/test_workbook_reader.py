import datetime as dt
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.workbook import write_workbook
from fidelity.collect.workbook_reader import (
    notes_in,
    open_book,
    read_sheet,
    rubrics_in,
    table_in,
)
from fidelity.errors import FidelityError, FileError, RatingsError, UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_from_text, rubric_ids
from fidelity.rubric.places import rubrics_folder
from tests.collect.hostile import HOSTILE
from tests.collect.scales import every_scale
from tests.collect.sheets import NOTE, apart, columns_of, filled, put


@dataclass
class Trip:
    """A workbook that was filled by program, and what was typed into it."""

    rubric: Rubric
    path: Path
    typed: dict[str, list[Any]]


@pytest.fixture(scope="module")
def trips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trip]:
    """A filled workbook of every rubric, each made once."""
    folder = tmp_path_factory.mktemp("filled")
    made = {}
    for rubric in (*map(read_rubric, rubric_ids()), every_scale()):
        path = write_workbook(rubric, folder / f"{rubric.id}.xlsx", rows=14)
        made[rubric.id] = Trip(rubric, path, filled(path, [rubric], rows=8)[rubric.id])
    return made


@pytest.fixture(scope="module")
def saved_again(trips: dict[str, Trip], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same workbooks, opened and saved by LibreOffice, all in one run of it."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("no LibreOffice on this machine (looked for soffice)")
    folder = tmp_path_factory.mktemp("saved_again")
    profile = tmp_path_factory.mktemp("profile").as_uri()
    files = [str(trip.path) for trip in trips.values()]
    subprocess.run(
        [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx",
         "--outdir", str(folder), *files],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return folder


IDS = [*rubric_ids(), "every_scale"]


def comes_back(trip: Trip, path: Path) -> None:
    """What was typed, reasons and notes included, is what is read."""
    table = read_sheet(path, trip.rubric)
    plain, reasons = apart(trip.typed)
    assert table.columns == plain
    assert table.reasons == reasons
    assert table.places[:6] == [f"{trip.rubric.id}!{{}}{row}" for row in (4, 5, 6, 7, 8, 10)]
    assert table.notes == ()
    notes = notes_in(open_book(path), {trip.rubric.id: trip.rubric})
    assert [note.item for note in notes] == list(trip.rubric.items)
    assert {note.note for note in notes} == {NOTE}


@pytest.mark.parametrize("name", IDS)
def test_what_is_typed_comes_back_equal(name: str, trips: dict[str, Trip]) -> None:
    comes_back(trips[name], trips[name].path)


@pytest.mark.parametrize("name", IDS)
def test_it_comes_back_equal_from_libreoffice(
    name: str, trips: dict[str, Trip], saved_again: Path
) -> None:
    comes_back(trips[name], saved_again / f"{name}.xlsx")


@pytest.mark.parametrize("name", IDS)
def test_ratings_from_a_workbook_are_those_from_a_frame(name: str, trips: dict[str, Trip]) -> None:
    trip = trips[name]
    plain, reasons = apart(trip.typed)
    from_file = fd.read_ratings(trip.path, trip.rubric)
    from_frame = fd.Ratings(pd.DataFrame(plain, dtype="string"), trip.rubric)
    order = ["piece", "item"]
    mine, theirs = (
        r.frame.to_native().sort_values(order).reset_index(drop=True)
        for r in (from_file, from_frame)
    )
    told = mine.pop("reason").dropna() if "reason" in mine else []
    assert len(told) == sum(text is not None for cells in reasons.values() for text in cells)
    mine = mine[theirs.columns].astype({"item": theirs["item"].dtype})
    pd.testing.assert_frame_equal(mine, theirs)
    pd.testing.assert_frame_equal(from_file.assessments, from_frame.assessments)


def test_several_rubrics_of_one_sitting(tmp_path: Path) -> None:
    rubrics = [read_rubric(name) for name in rubric_ids()]
    path = write_workbook(rubrics, tmp_path / "w.xlsx", rows=5)
    typed = filled(path, rubrics, rows=3)
    book = open_book(path)
    assert book.rubrics == rubric_ids()
    for each in rubrics:
        assert table_in(book, each).columns == apart(typed[each.id])[0]
    notes = notes_in(book, {rubric.id: rubric for rubric in rubrics})
    assert {note.rubric for note in notes} == {rubrics[0].id}
    assert rubrics_in(path) == rubric_ids()
    both = fd.read_ratings(path, ["miti4", "sos_case_file"])
    assert {name: len(ratings) for name, ratings in both.items()} == {
        "miti4": 3, "sos_case_file": 3,
    }  # fmt: skip


def test_a_short_form_asks_the_must_haves_and_says_so(sos: Rubric, tmp_path: Path) -> None:
    path = write_workbook(sos, tmp_path / "w.xlsx", rows=3, short=True)
    book = openpyxl.load_workbook(path)
    asked = set(columns_of(book[sos.id])) & set(sos.items)
    assert asked == set(sos.must_haves)
    put(book[sos.id], 4, piece="1", rater="A", d1=3)
    book.save(path)
    ratings = fd.read_ratings(path, sos)
    assert ratings.assessments["form"].tolist() == ["short"]
    full = write_workbook(sos, tmp_path / "full.xlsx", rows=3)
    assert "form" not in read_sheet(full, sos).columns
    with pytest.raises(UsageError, match="miti4: no must-haves"):
        write_workbook("miti4", tmp_path / "m.xlsx", short=True)


def test_stamps_that_disagree_are_refused(sos: Rubric, edited: Any) -> None:
    def other(sheet: Any) -> None:
        put(sheet, 4, concern="yes", piece="7", rater="A", m1=3)
        sheet.parent["_fidelity"]["C3"] = "0.9.0"

    with pytest.raises(RatingsError, match="its stamps disagree") as caught:
        read_sheet(edited(other), sos)
    assert str(caught.value).startswith("OPEN CONCERN")
    assert "fresh workbook" in str(caught.value)


def test_a_reason_stands_only_beside_na(sos: Rubric, edited: Any) -> None:
    def fill(sheet: Any) -> None:
        put(sheet, 4, piece="1", rater="A", n1="NA", n1_reason="unsafe")
        put(sheet, 5, piece="2", rater="A", n1=3, n1_reason="unsafe")
        put(sheet, 6, piece="3", rater="A", n1="n/a", n1_reason="unsave")

    with pytest.raises(RatingsError) as caught:
        read_sheet(edited(fill), sos)
    told = str(caught.value)
    assert caught.value.total == 2
    assert 'a reason "unsafe" beside "3"' in told
    assert 'the reason "unsave"' in told
    assert "did you mean" in told


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ({"piece": "9", "note": "x"}, 'a note about "9"'),
        ({"note": "x"}, "a note about no piece"),
        ({"piece": "1", "item": "m99", "note": "x"}, 'a note about item "m99"'),
    ],
)
def test_a_note_about_nothing_is_told(
    sos: Rubric, edited: Any, note: dict[str, str], told: str
) -> None:
    def fill(sheet: Any) -> None:
        put(sheet, 4, concern="yes", piece="1", rater="A", m1=3)
        put(sheet.parent["Notes"], 5, **note)

    with pytest.raises(RatingsError, match="Notes!5:5") as caught:
        notes_in(open_book(edited(fill)), {sos.id: sos})
    assert told in str(caught.value)
    assert str(caught.value).startswith("OPEN CONCERN")


@pytest.mark.parametrize("kept", ["sheet", "properties", "comments"])
def test_one_of_the_three_stamps_is_enough(
    sos: Rubric, empty_bytes: bytes, tmp_path: Path, kept: str
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(empty_bytes))
    if kept != "sheet":
        book.remove(book["_fidelity"])
    if kept != "properties":
        book.custom_doc_props.props.clear()
    if kept != "comments":
        book.properties.description = None
    put(book[sos.id], 4, piece="1", rater="A", m1=3)
    book.save(tmp_path / "w.xlsx")
    assert read_sheet(tmp_path / "w.xlsx", sos).columns["m1"] == ["3"]


def test_without_a_stamp_nothing_is_read(sos: Rubric, empty_bytes: bytes, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(empty_bytes))
    book.remove(book["_fidelity"])
    book.custom_doc_props.props.clear()
    book.properties.description = "ours"
    book.save(tmp_path / "w.xlsx")
    with pytest.raises(RatingsError, match=r"no stamp.*fidelity workbook sos_case_file"):
        read_sheet(tmp_path / "w.xlsx", sos)


def test_one_word_changed_is_another_rubric(sos: Rubric, edited: Any) -> None:
    path = edited(lambda sheet: put(sheet, 4, concern="yes", piece="7", rater="A", m1=3))
    text = (rubrics_folder() / "sos_case_file.yaml").read_text(encoding="utf-8")
    other = rubric_from_text(text.replace("complete and up to date", "up to date and complete"))
    with pytest.raises(RatingsError) as caught:
        read_sheet(path, other)
    message = str(caught.value)
    assert message.startswith('OPEN CONCERN, NOT ESCALATED: piece "7"')
    assert sos.fingerprint in message
    assert other.fingerprint in message
    assert "read it with the rubric file of that version" in message


def test_another_rubric_is_named(edited: Any) -> None:
    path = edited(lambda sheet: put(sheet, 4, concern="yes", piece="7", rater="A"))
    with pytest.raises(RatingsError, match="made for sos_case_file 1") as caught:
        read_sheet(path, read_rubric("miti4"))
    assert str(caught.value).startswith("OPEN CONCERN")


def test_columns_are_found_by_key_in_any_order(sos: Rubric, edited: Any) -> None:
    def shuffle(sheet: Any) -> None:
        put(sheet, 4, piece="1", rater="A", m1=3, m2="NA")
        sheet.move_range(sheet.dimensions, cols=3)
        sheet["A3"], sheet["A4"] = " Visited_By ", "Kim"

    table = read_sheet(edited(shuffle), sos)
    assert table.columns["m2"] == ["NA"]
    assert table.columns["visited_by"] == ["Kim"]
    assert table.letters["concern"] == "D"


def test_cells_as_excel_keeps_them(sos: Rubric, edited: Any) -> None:
    """Numbers and dates come as a person reads them in the cell."""

    def fill(sheet: Any) -> None:
        put(sheet, 4, piece=4, rater=7.0, date=dt.datetime(2026, 3, 1), m1=3.0, m2=" na ",
            minutes=12.50, case="  ", rated_on="01/04/2026")  # fmt: skip
        sheet.cell(4, columns_of(sheet)["piece"]).number_format = "000"
        sheet.cell(4, columns_of(sheet)["m3"]).value = True

    row = {key: cells[0] for key, cells in read_sheet(edited(fill), sos).columns.items()}
    assert row["piece"] == "004"
    assert row["rater"] == "7"
    assert row["date"] == "2026-03-01"
    assert row["m1"] == "3"
    assert row["m2"] == "na"
    assert row["m3"] == "True"
    assert row["minutes"] == "12.5"
    assert row["case"] is None
    assert row["rated_on"] == "01/04/2026"


def test_a_percentage_is_read_as_it_is_shown(tmp_path: Path) -> None:
    rubric = every_scale()
    book = openpyxl.load_workbook(write_workbook(rubric, tmp_path / "w.xlsx", rows=3))
    put(book["every_scale"], 4, piece="1", rater="A", item_share=0.455)
    book["every_scale"].cell(4, columns_of(book["every_scale"])["item_share"]).number_format = "0%"
    book.save(tmp_path / "w.xlsx")
    assert read_sheet(tmp_path / "w.xlsx", rubric).columns["item_share"] == ["45.5"]


def formula(sheet: Any) -> None:
    sheet["T4"] = "=2+1"


def merged(sheet: Any) -> None:
    sheet.merge_cells("T4:T6")


def hidden_row(sheet: Any) -> None:
    sheet.row_dimensions[4].hidden = True


def error_cell(sheet: Any) -> None:
    sheet["T4"] = "#N/A"
    sheet["T4"].data_type = "e"


def reference_made_a_date(sheet: Any) -> None:
    sheet["E4"] = dt.datetime(2026, 4, 3)
    sheet["E4"].number_format = "dd/mm/yyyy"


def answer_made_a_date(sheet: Any) -> None:
    sheet["T4"] = dt.datetime(2026, 2, 1)
    sheet["T4"].number_format = "dd/mm/yyyy"


def percent_sign(sheet: Any) -> None:
    sheet["T4"].number_format = "0%"


def key_twice(sheet: Any) -> None:
    sheet["U3"] = "m1"


def beside_the_form(sheet: Any) -> None:
    sheet["BZ9"] = "see me"


FAULTY: dict[Callable[[Any], None], tuple[str, str]] = {
    formula: ("audits.xlsx sos_case_file!T4: a formula", "Paste Special"),
    merged: ("audits.xlsx sos_case_file!T4:T6: merged cells", "unmerge"),
    hidden_row: ("audits.xlsx sos_case_file!4:4: a hidden row", "unhide it"),
    error_cell: ('audits.xlsx sos_case_file!T4: the error "#N/A"', "type it again"),
    reference_made_a_date: ("sos_case_file!E4: the date 2026-04-03", "format the cell as Text"),
    answer_made_a_date: ("sos_case_file!T4: the date 2026-02-01", "format the cell as Text"),
    percent_sign: ("sos_case_file!T4: 300 with a percent sign", "General"),
    key_twice: ('sos_case_file!U3: the key "m1" stands twice', "delete"),
    beside_the_form: ("sos_case_file!BZ9: something outside", "sheet Notes"),
}


@pytest.mark.parametrize("change", FAULTY, ids=lambda change: change.__name__)
def test_what_nobody_typed_is_a_fault_by_cell(
    sos: Rubric, edited: Any, change: Callable[[Any], None]
) -> None:
    def fill(sheet: Any) -> None:
        put(sheet, 4, concern="yes", piece="1", rater="A", m1=3)
        change(sheet)

    where, remedy = FAULTY[change]
    with pytest.raises(RatingsError) as caught:
        fd.read_ratings(edited(fill), sos)
    assert where in str(caught.value)
    assert remedy in str(caught.value)
    assert all((f.where, f.what, f.allowed, f.remedy) for f in caught.value.faults)
    assert str(caught.value).startswith("OPEN CONCERN")


def test_all_faults_come_at_once_and_by_cell(sos: Rubric, edited: Any) -> None:
    def fill(sheet: Any) -> None:
        put(sheet, 4, piece="1", rater="A", date="9th Sept", rater_role="boss", m1=6)
        put(sheet, 5, piece="2", m2=2.5, minutes="long", concern="maybe")
        put(sheet, 6, piece="3", rater="A", m3="n.b.")
        put(sheet, 7, piece="3", rater="A", m4=3)

    with pytest.raises(RatingsError) as caught:
        fd.read_ratings(edited(fill), sos)
    message = str(caught.value)
    for words in (
        'audits.xlsx sos_case_file!T4: "6" for item m1 of piece "1"',
        'sos_case_file!H4: date of piece "1" is "9th Sept"',
        'sos_case_file!G4: rater_role of piece "1" is "boss"',
        'sos_case_file!A5: concern "maybe"',
        "sos_case_file!F5: no rater",
        'sos_case_file!U5: "2.5" for item m2',
        'sos_case_file!W6: "n.b." for item m3',
        'sos_case_file!E7: the assessment of piece "3"',
    ):
        assert words in message
    assert message.startswith('OPEN CONCERN, NOT ESCALATED: piece "2"')


def test_hidden_columns_and_sheets_are_read_and_told(sos: Rubric, edited: Any) -> None:
    def hide(sheet: Any) -> None:
        put(sheet, 4, piece="1", rater="A", m1=3, escalated_to="manager")
        sheet.column_dimensions["C"].hidden = True
        sheet.sheet_state = "hidden"

    table = read_sheet(edited(hide), sos)
    assert table.columns["escalated_to"] == ["manager"]
    assert "hidden columns were read too: escalated_to." in table.notes[0]
    assert "sheet sos_case_file is hidden" in table.notes[1]


def test_a_sheet_renamed_or_robbed_of_its_keys_is_told(sos: Rubric, edited: Any) -> None:
    def rename(sheet: Any) -> None:
        sheet.title = "Mine"

    def rob(sheet: Any) -> None:
        sheet.delete_rows(3)

    with pytest.raises(RatingsError, match='no sheet "sos_case_file"'):
        read_sheet(edited(rename), sos)
    with pytest.raises(RatingsError, match="keys of the columns are gone"):
        read_sheet(edited(rob), sos)


def changed_part(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one part of its zip changed."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == part else data)
    return held.getvalue()


def test_a_dimension_that_lies_loses_no_row(sos: Rubric, edited: Any, tmp_path: Path) -> None:
    path = edited(lambda s: [put(s, row, piece=str(row), rater="A", m1=3) for row in range(4, 20)])
    book = openpyxl.load_workbook(path, read_only=True)
    part = book[sos.id]._worksheet_path
    book.close()

    def lie(data: bytes) -> bytes:
        begin = data.index(b'<dimension ref="') + len(b'<dimension ref="')
        return data[:begin] + b"A1:B2" + data[data.index(b'"', begin) :]

    lying = tmp_path / "lying.xlsx"
    lying.write_bytes(changed_part(path.read_bytes(), part, lie))
    assert openpyxl.load_workbook(lying, read_only=True)[sos.id].max_row == 2
    assert len(read_sheet(lying, sos).places) == 16


def test_a_workbook_that_is_open_in_excel(sos: Rubric, edited: Any, tmp_path: Path) -> None:
    path = edited(lambda sheet: put(sheet, 4, piece="1", rater="A", m1=3))
    lock = tmp_path / "~$audits.xlsx"
    lock.write_bytes(b"\x05Kim")
    assert "open in Excel" in read_sheet(path, sos).notes[0]
    with pytest.raises(FileError, match=r"Close it in Excel and read audits\.xlsx"):
        read_sheet(lock, sos)


def test_a_missing_file_is_told(sos: Rubric, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be opened"):
        fd.read_ratings(tmp_path / "none.xlsx", sos)


@pytest.mark.parametrize("name", [name for name in HOSTILE if "million" not in name])
def test_no_hostile_workbook_reaches_the_parser(sos: Rubric, tmp_path: Path, name: str) -> None:
    (tmp_path / "w.xlsx").write_bytes(HOSTILE[name][0]())
    with pytest.raises(FileError, match=r"^w\.xlsx: "):
        fd.read_ratings(tmp_path / "w.xlsx", sos)


def mangled(empty: bytes) -> Iterator[tuple[str, bytes]]:
    """Workbooks that pass the check and that the parser stumbles over."""
    for part, old, new in (
        ("xl/workbook.xml", b"<sheets>", b"<sheets><sheet/>"),
        ("xl/workbook.xml", b'name="Levels"', b'name="Read me"'),
        ("xl/styles.xml", b"<cellXfs", b"<cellXfsX"),
        ("xl/styles.xml", b"numFmtId=", b'numFmtId="x" q='),
        ("[Content_Types].xml", b"sheet.main+xml", b"sheet.other+xml"),
        ("xl/_rels/workbook.xml.rels", b"worksheets/sheet2.xml", b"worksheets/sheet99.xml"),
        ("docProps/custom.xml", b"<vt:lpwstr>", b"<vt:bool>"),
        ("xl/worksheets/sheet2.xml", b'<c r="A3" s="', b'<c r="A3" s="99999'),
        ("xl/worksheets/sheet2.xml", b'<dimension ref="', b'<dimension ref="!'),
        ("xl/worksheets/sheet2.xml", b't="s"><v>', b't="s"><v>9999'),
    ):
        yield f"{part} {new!r}", changed_part(empty, part, lambda data: data.replace(old, new, 1))  # noqa: B023


def test_what_the_parser_stumbles_over_is_told_in_our_words(
    sos: Rubric, empty_bytes: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "w.xlsx"
    refused = 0
    for name, content in mangled(empty_bytes):
        path.write_bytes(content)
        try:
            read_sheet(path, sos)
        except FidelityError as error:
            refused += 1
            assert "w.xlsx" in str(error), name  # noqa: PT017 - some are harmless
    assert refused >= 5
