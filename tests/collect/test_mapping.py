"""An authority's own export: drafted, finished by hand, and brought in; nothing dropped unseen."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import fidelity as fd
from fidelity.collect.delimited import read_delimited
from fidelity.collect.ingest import ingest
from fidelity.collect.mapping import IGNORED, UNDECIDED, read_mapping
from fidelity.collect.mapping_guess import draft, forms_mapping
from fidelity.collect.plain_sheet import read_plain_sheet
from fidelity.errors import RatingsError
from fidelity.rubric import Rubric, read_rubric

SOS = "sos_case_file"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return read_rubric(SOS)


def export(rubric: Rubric, path: Path) -> Path:
    """An export as another system might write it: its own headings, labels for levels."""
    labels = {str(level.value): level.label for level in rubric.scales[0].levels}
    m1, m2, d1 = rubric.items["m1"], rubric.items["m2"], rubric.items["d1"]
    lines = [
        ["Audit ID", "Auditor", "Audit date", "Team name", "Date of practice", m1.text,
         f"M2. {m2.text}", d1.text + " for the child", "Auditor email", "Colour of folder"],
        ["0017", "R01", "02/04/2026 10:15", "North", "31/03/2026", labels["4"], "Not applicable",
         "3", "x@y.example", "blue"],
        ["0018", "R02", "03/04/2026 09:00", "North", "31/03/2026", f"2 - {labels['2']}",
         "no evidence", "Brilliant", "", "red"],
    ]  # fmt: skip
    text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    path.write_text(text + "\n", encoding="cp1252")
    return path


def test_a_draft_is_guessed_and_what_is_not_sure_is_marked(rubric: Rubric, tmp_path: Path) -> None:
    found = draft(read_delimited(export(rubric, tmp_path / "own.csv")), rubric)
    columns = found.mapping.columns
    assert {heading: columns[heading] for heading in list(columns)[:5]} == {
        "Audit ID": "piece", "Auditor": "rater", "Audit date": "rated_on", "Team name": "team",
        "Date of practice": "date",
    }  # fmt: skip
    assert columns[rubric.items["m1"].text] == "m1"
    assert columns[f"M2. {rubric.items['m2'].text}"] == "m2"
    like = f"{rubric.items['d1'].text} for the child"
    assert columns[like] == "d1"
    assert 0.6 <= found.guessed[like] < 1
    assert columns["Colour of folder"] == UNDECIDED
    answers = found.mapping.answers
    assert answers["", "not applicable"] == "NA"
    assert answers["", "no evidence"] == "NE"
    assert answers["", "brilliant"] == UNDECIDED
    label = {str(level.value): level.label.casefold() for level in rubric.scales[0].levels}
    assert answers["", label["4"]] == "4"
    assert answers["", f"2 - {label['2']}"] == "2"
    assert set(found.undecided) == {"Auditor email", "Colour of folder", "brilliant"}
    assert "CHECK" in found.to_yaml()


def test_a_draft_is_refused_until_it_is_decided_and_then_comes_in(
    rubric: Rubric, tmp_path: Path
) -> None:
    path, yaml = export(rubric, tmp_path / "own.csv"), tmp_path / "mapping.yaml"
    run = subprocess.run(
        [sys.executable, "-m", "fidelity", "mapping", str(path), "-r", SOS, "-o", str(yaml)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "1 guessed from likeness, 3 columns or answers for you to decide" in run.stdout
    with pytest.raises(RatingsError) as caught:
        read_mapping(yaml)
    told = str(caught.value)
    assert told.count("is not decided yet") == 3
    assert "mapping.yaml:" in told
    lines = yaml.read_text(encoding="utf-8").splitlines()
    decided = [line.replace('"?"', '"5"' if "brilliant" in line else IGNORED) for line in lines]
    yaml.write_text("\n".join(decided) + "\nalways:\n  rater_role: peer\n", encoding="utf-8")
    found = ingest([path], tmp_path / "data", mapping=read_mapping(yaml))
    assert found.ok, found
    assert "the time of day in Audit date was left out" in str(found)
    assert "not read: Auditor email, Colour of folder" in str(found)
    frame = fd.read_folder(tmp_path / "data")[SOS].frame.to_native().set_index(["piece", "item"])
    assert frame.loc[("0017", "m1"), "level"] == 4
    assert frame.loc[("0017", "m2"), "code"] == "NA"
    assert frame.loc[("0018", "d1"), "level"] == 5
    assert set(frame["rater_role"]) == {"peer"}
    assert not ingest([path], tmp_path / "data", mapping=read_mapping(yaml)).changed
    assert "x@y.example" not in (tmp_path / "data" / f"ratings_{SOS}.csv").read_text("utf-8-sig")


MAPPING = """
format: fidelity-mapping-1
rubric: sos_case_file
columns:
  - {column: "ID", is: piece}
  - {column: "Who", is: rater}
  - {column: "When", is: date}
  - {column: "Q1", is: m1}
answers:
  - {given: "Good", is: "4"}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("fidelity-mapping-1", "mine-2", "another format"),
        ("rubric: sos_case_file", "rubric: sos_case", 'rubric "sos_case"'),
        ("is: m1", "is: m77", '"Q1" is "m77"'),
        ("is: date", "is: piece", "two columns are piece"),
        ('  - {column: "Who", is: rater}\n', "", "no column is rater"),
        ("columns:", "collumns:", 'the key "collumns"'),
        ("format:", "dates: us\nformat:", 'dates "us"'),
        ("answers:", "always: {reader: x}\nanswers:", 'the column "reader"'),
        ("answers:", "always: {team: '?'}\nanswers:", "team is not decided yet"),
        ('is: "4"}', 'is: "4", for: [zz]}', 'no item "zz"'),
        ('"When"', '"ID"', 'the column "ID" is blank or stands twice'),
    ],
)  # fmt: skip
def test_a_faulty_description_is_told_by_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MAPPING.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RatingsError) as caught:
        read_mapping(path)
    assert told in str(caught.value)
    for fault in caught.value.faults:
        assert fault.where.startswith("m.yaml:")
        assert all((fault.what, fault.allowed, fault.remedy))


def test_nothing_is_dropped_in_silence(tmp_path: Path) -> None:
    yaml, path = tmp_path / "m.yaml", tmp_path / "own.csv"
    yaml.write_text(MAPPING, encoding="utf-8")
    path.write_text("ID,Who,Q1,Extra\n1,A,Good,x\n2,A,Goood,x\n", encoding="utf-8")
    told = str(ingest([path], tmp_path / "data", mapping=read_mapping(yaml)))
    assert 'the column "Extra" is not described' in told
    assert 'no column "When"' in told
    assert 'own.csv line 3, column "Q1": "Goood" for item m1' in told
    assert 'say under answers in m.yaml what it is: {given: "Goood", is: }' in told


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        ("day_first", "03/04/2026", "2026-04-03"), ("month_first", "03/04/2026", "2026-03-04"),
        ("month_first", "12/31/26 3:15 PM", "2026-12-31"),
        ("day_first", "2026-04-03", "2026-04-03"),
        ("day_first", "12/31/2026", None), ("month_first", "31/12/2026", None),
    ],
)  # fmt: skip
def test_dates_are_as_declared_or_refused(
    tmp_path: Path, order: str, text: str, day: str | None
) -> None:
    yaml, path = tmp_path / "m.yaml", tmp_path / "own.csv"
    yaml.write_text(MAPPING + f"dates: {order}\n", encoding="utf-8")
    path.write_text(f"ID,Who,When,Q1\n1,A,{text},Good\n", encoding="utf-8")
    found = ingest([path], tmp_path / "data", mapping=read_mapping(yaml))
    assert found.ok is (day is not None), found
    if day:
        table = fd.read_folder(tmp_path / "data")[SOS].assessments
        assert table["date"].dt.strftime("%Y-%m-%d").tolist() == [day]
    else:
        assert "not a date" in str(found)


def forms_export(rubric: Rubric, path: Path, **changed: str) -> Path:
    """A workbook as Microsoft Forms exports it: its own columns, then the questions."""
    heads = ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time",
             "Audit or observation reference", "Scored by", "In which role",
             *(changed.get(item, f"{item.upper()}. {about.text}") for item, about
               in rubric.items.items())]  # fmt: skip
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    sheet.append(heads)
    labels = {level.value: level.label for level in rubric.scales[0].levels}
    for n in range(3):
        when = dt.datetime(2026, 4, 2 + n, 9, 30, 15)
        answers = [f"{1 + (n + j) % 3} - {labels[1 + (n + j) % 3]}" if rubric.scale_of(item).levels
                   and rubric.scale_of(item).maximum == 5 else 1
                   for j, item in enumerate(rubric.items)]  # fmt: skip
        sheet.append([n + 1, when, when, "anonymous", "Kim Wong", None, f"00{n}", "R01",
                      "Line manager", *answers])  # fmt: skip
    book.save(path)
    return path


def test_an_export_of_microsoft_forms_comes_in_as_it_is(rubric: Rubric, tmp_path: Path) -> None:
    path = forms_export(rubric, tmp_path / "Audit(1-3).xlsx")
    found = ingest([path], tmp_path / "data", rubrics=[rubric])
    assert found.ok, found
    ratings = fd.read_folder(tmp_path / "data")[SOS]
    assert ratings.assessments["piece"].tolist() == ["000", "001", "002"]
    assert ratings.assessments["rated_on"].dt.day.tolist() == [2, 3, 4]
    assert set(ratings.assessments["rater_role"]) == {"line_manager"}
    frame = ratings.frame.to_native().set_index(["piece", "item"])
    assert frame.loc[("002", "m1"), "level"] == 3
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    assert b"Wong" not in kept
    assert not ingest([path], tmp_path / "data", rubrics=[rubric]).changed


def test_a_form_with_other_questions_is_not_guessed_at(rubric: Rubric, tmp_path: Path) -> None:
    text = rubric.items["m1"].text + " today, do you think?"
    path = forms_export(rubric, tmp_path / "other.xlsx", m1=text)
    assert forms_mapping(read_plain_sheet(path), rubric) is None
    assert "fidelity mapping other.xlsx --rubric sos_case_file" in str(
        ingest([path], tmp_path / "data", rubrics=[rubric])
    )


def test_an_excel_export_is_read_by_its_sheet(rubric: Rubric, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Audits")
    sheet.append([])
    sheet.append(["ID", "Who", "When", "Q1"])
    sheet.append([7, "A", dt.datetime(2026, 3, 31), "Good"])
    sheet["A3"].number_format = "0000"
    path, yaml = tmp_path / "own.xlsx", tmp_path / "m.yaml"
    book.save(path)
    yaml.write_text(MAPPING + "sheet: Audits\n", encoding="utf-8")
    found = ingest([path], tmp_path / "data", mapping=read_mapping(yaml))
    assert found.ok, found
    assert "the sheet Audits was read; not read: Cover" in str(found)
    assert fd.read_folder(tmp_path / "data")[SOS].assessments["piece"].tolist() == ["0007"]
    yaml.write_text(MAPPING + "sheet: Audit\n", encoding="utf-8")
    assert 'no sheet "Audit"' in str(ingest([path], tmp_path / "d2", mapping=read_mapping(yaml)))


def formula(sheet: Any) -> None:
    sheet["D2"] = "=1+2"


def merged(sheet: Any) -> None:
    sheet.merge_cells("D2:D3")


def hidden(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


def error(sheet: Any) -> None:
    sheet["D2"] = "#REF!"
    sheet["D2"].data_type = "e"


def twice(sheet: Any) -> None:
    sheet["C1"] = "Who"


def outside(sheet: Any) -> None:
    sheet["H3"] = "see me"


@pytest.mark.parametrize(
    ("change", "told"),
    [(formula, "own.xlsx S!D2: a formula"), (merged, "own.xlsx S!D2:D3: merged cells"),
     (hidden, "own.xlsx S!3:3: a hidden row"), (error, 'own.xlsx S!D2: the error "#REF!"'),
     (twice, 'the key "Who" stands twice'), (outside, "own.xlsx S!H3: something outside")],
)  # fmt: skip
def test_what_nobody_typed_is_a_fault_in_any_excel_file(
    tmp_path: Path, change: Any, told: str
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "S"
    for line in (["ID", "Who", "When", "Q1"], [1, "A", None, "Good"], [2, "A", None, "Good"]):
        sheet.append(line)
    change(sheet)
    path = tmp_path / "own.xlsx"
    book.save(path)
    with pytest.raises(RatingsError) as caught:
        read_plain_sheet(path)
    assert told in str(caught.value)


def test_a_draft_as_json(rubric: Rubric, tmp_path: Path) -> None:
    path = export(rubric, tmp_path / "own.csv")
    run = subprocess.run(
        [sys.executable, "-m", "fidelity", "mapping", str(path), "-r", SOS, "-o",
         str(tmp_path / "m.yaml"), "--json"], capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(run.stdout)
    assert told["columns"]["Audit ID"] == "piece"
    assert len(told["undecided"]) == 3
