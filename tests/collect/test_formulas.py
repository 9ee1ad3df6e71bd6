"""Nothing that the project writes starts a formula: every writer, every payload, opened again."""

import ast
import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.delimited import read_delimited
from fidelity.collect.formulas import as_it_was, neutral
from fidelity.collect.ingest import ingest
from fidelity.collect.learning_log import write_log
from fidelity.collect.marked_copy import marked_copy
from fidelity.collect.moderation import write_consensus
from fidelity.errors import Fault
from fidelity.present.csv_file import write_csv
from fidelity.present.pack_files import table_text, write

PACKAGE = Path(fd.__file__).parent
SOS = "sos_case_file"
PAYLOADS = (
    "=1+1", "+44 20", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "=HYPERLINK(\"http://x\",\"y\")",
    "=cmd|' /C calc'!A0", "'=1", "''=1", "＝1+1", "=DDE(\"a\";\"b\";\"c\")", "-",
)  # fmt: skip
STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
#: Files in which something that a spreadsheet opens is written, and the test that goes through it.
WRITERS = {
    "collect/data_folder.py": "test_the_folder_of_ratings",
    "collect/learning_log.py": "test_the_learning_log",
    "collect/marked_copy.py": "test_a_marked_copy",
    "collect/moderation.py": "test_the_workbook_of_a_meeting",
    "collect/workbook.py": "test_nothing_that_is_written_is_a_formula in test_workbook.py",
    "cli/demo.py": "fills a workbook with the made-up sample data",
    "present/csv_file.py": "test_tables",
    "present/pack_files.py": "test_tables_of_a_pack",
    "simulate/samples.py": "made-up words of our own alone",
}


def starts_nothing(path: Path) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            for cell in row:
                assert not cell.lstrip(" ").startswith(STARTS), cell


@pytest.mark.parametrize("text", PAYLOADS)
def test_a_text_is_made_harmless_and_comes_back(text: str) -> None:
    safe = neutral(text)
    assert safe.startswith("'")
    assert as_it_was(safe) == text.replace("\r", "\n")
    assert neutral(as_it_was(safe)) == safe


@pytest.mark.parametrize("text", ["3", "North", "", "R01", "it's", "'quoted'", "a=b", "3-4", "’=1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text == as_it_was(text)


def test_tables(tmp_path: Path) -> None:
    table = pd.DataFrame({"team": PAYLOADS, "n": [-1.5] * len(PAYLOADS)})
    path = write_csv(table, tmp_path / "t.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert all(row["team"].startswith("'") for row in found)
    assert {row["n"] for row in found} == {"-1.5"}  # a number is a number
    back = read_delimited(path).columns["team"]
    assert back == [text.replace("\r", "\n") for text in PAYLOADS]


def test_tables_of_a_pack(tmp_path: Path) -> None:
    table = pd.DataFrame({"team": PAYLOADS, "held": [list(PAYLOADS)] * len(PAYLOADS)})
    path = write(tmp_path / "t.csv", table_text(table.assign(n=-1.5)))
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert all(row[name].startswith("'") for row in found for name in ("team", "held"))
    assert {row["n"] for row in found} == {"-1.5"}


def test_the_folder_of_ratings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"in_{SOS}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["piece", "rater", "team", "plan_type", "own", "note", "m1"])
        for n, text in enumerate(PAYLOADS):
            writer.writerow([f"A{n}", "R01", text, text, text, text, "3"])
    assert ingest([path], tmp_path / "data").ok
    for written in (tmp_path / "data").iterdir():
        starts_nothing(written)


def test_the_workbook_of_a_meeting(tmp_path: Path) -> None:
    rows = [(f"{text.strip() or 'x'} {n}", rater, 3 + k) for n, text in enumerate(PAYLOADS)
            for k, rater in enumerate(("=R1", "@R2"))]  # fmt: skip
    table = pd.DataFrame(rows, columns=["piece", "rater", "m1"]).astype("string")
    ratings = fd.Ratings(table, SOS)
    found = fd.side_by_side(ratings)
    path = write_consensus(ratings, found.table, found.scorers, tmp_path / "m.xlsx")
    no_formula(path, but=SOS)


def test_a_marked_copy(tmp_path: Path) -> None:
    path = fd.write_workbook(SOS, tmp_path / "w.xlsx", rows=2)
    faults = [Fault(f"w.xlsx {SOS}!T4", *[text] * 3) for text in PAYLOADS if text.isprintable()]
    no_formula(marked_copy(path, faults, tmp_path), but=SOS)


def test_the_learning_log(tmp_path: Path) -> None:
    rubric = fd.read_rubric(SOS).model_copy(update={"title": "=1+1"})
    no_formula(write_log(tmp_path / "log.xlsx", rubric), but="")


def no_formula(path: Path, but: str) -> None:
    """No cell is a formula but the count of answers at the end of the sheet for scoring."""
    book = openpyxl.load_workbook(path)
    formulas = {
        (sheet.title, cell.value) for sheet in book for row in sheet for cell in row
        if cell.data_type == "f"
    }  # fmt: skip
    assert all(sheet == but and "COUNTA" in value for sheet, value in formulas)


def test_no_writer_is_forgotten() -> None:
    """Every file of the package that writes a table or a workbook is named above."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name = node.func.attr
            holder = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if name in {"to_csv", "to_excel"} or (holder, name) == ("csv", "writer"):
                found.add(path)
            if holder == "book" and name in {"save", "create_sheet"}:
                found.add(path)
    places = {str(path.relative_to(PACKAGE)).replace("\\", "/") for path in found}
    parts = {"collect/workbook_parts.py", "collect/workbook_stamp.py"}  # sheets of the workbook
    assert places - parts == set(WRITERS)
