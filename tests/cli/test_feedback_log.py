"""`fidelity feedback` and `fidelity log` as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

from fidelity.rubric.places import sample_data_folder
from tests.cli.test_commands import run

SAMPLES = sample_data_folder()
FILES = SAMPLES / "large" / "ratings_sos_case_file.csv"


def test_open_concerns_are_told_first_and_are_not_on_the_page(tmp_path: Path) -> None:
    path = tmp_path / "north.html"
    told = run("feedback", FILES, "--team", "North", "-o", path)
    assert told.returncode == 0, told.stderr
    assert told.stderr.splitlines()[0].startswith("OPEN CONCERN")
    page = path.read_text(encoding="utf-8")
    assert "CONCERN" not in page
    assert "SF-0185" not in page
    assert "North: what our files can teach us" in page


def test_a_folder_gives_a_page_for_each_rubric_and_markdown_by_its_ending(tmp_path: Path) -> None:
    small = SAMPLES / "small"
    assert run("feedback", small, "--team", "South", "-o", tmp_path / "out").returncode == 0
    assert len(list((tmp_path / "out").iterdir())) == 3
    several = run("feedback", small, "--team", "South", "-o", tmp_path / "one.md")
    assert several.returncode == 2
    assert "Name one with -r" in several.stderr
    one = run("feedback", small, "-r", "cfsw_skills", "--team", "South", "-o", tmp_path / "one.md")
    assert one.returncode == 0, one.stderr
    assert (tmp_path / "one.md").read_text(encoding="utf-8").startswith("# South: what our")


def test_a_sheet_is_made_only_for_supervision(tmp_path: Path) -> None:
    path = tmp_path / "sheet.html"
    words = ("feedback", FILES, "--practitioner", "P07", "-o", path)
    refused = run(*words)
    assert refused.returncode == 2
    assert "--for-supervision" in refused.stderr
    assert not path.exists()
    assert run(*words, "--for-supervision").returncode == 0
    assert "Only for P07 and their supervisor" in path.read_text(encoding="utf-8")


def test_feedback_as_json_is_json_alone(tmp_path: Path) -> None:
    told = run("feedback", FILES, "--team", "North", "-o", tmp_path / "p.html", "--json")
    held = json.loads(told.stdout)["sos_case_file"]
    assert {"concerns", "wrote", "sentences", "items"} == set(held)
    assert len(held["items"]) == 19


def test_the_log_from_an_empty_table_to_whether_it_moved(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    assert run("log", "new", "-r", "sos_case_file", "-o", path).returncode == 0
    assert run("log", "new", "-o", path).returncode == 1, "nothing is overwritten"
    with path.open("a", encoding="utf-8") as file:
        file.write("m2,North,Jo Bloggs,2025-01-10,told in their words,,,,,\n")
        file.write("n2,North,,2025-01-10,,,,,,\n")
    checked = run("log", "check", path, "-r", "sos_case_file")
    assert checked.returncode == 0, checked.stderr
    assert "2 actions" in checked.stdout
    assert "(n2) (North) has no owner" in checked.stdout
    out = tmp_path / "out"
    moved = run("log", "moved", path, FILES, "-o", out)
    assert moved.returncode == 0, moved.stderr
    assert "M2 Past harm is described, apart from future danger (North)" in moved.stdout
    assert "tends to rise anyway" in moved.stdout
    names = {"learning_sos_case_file.csv", "learning_sos_case_file.png"}
    assert {p.name for p in out.iterdir()} == names
    assert "Bloggs" not in (out / "learning_sos_case_file.csv").read_text(encoding="utf-8-sig")
    held = json.loads(run("log", "moved", path, FILES, "--json").stdout)["sos_case_file"]
    assert {"concerns", "sentences", "method", "learning"} == set(held)


def test_faults_of_a_log_are_told_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("item,team,owner,date,expected\nzz,North,a,soon,x\n", encoding="utf-8")
    told = run("log", "check", path, "-r", "sos_case_file")
    assert told.returncode == 1
    assert 'line 2, column "item"' in told.stderr
    assert 'date "soon"' in told.stderr
