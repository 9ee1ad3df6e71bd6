"""The commands by which audits come in, as they are called: exit codes, words, JSON."""

import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from fidelity.cli import DATA_PROBLEM, commands
from fidelity.errors import FileError, UsageError
from tests.collect.sheets import columns_of, put

SOS = "sos_case_file"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(*words: str) -> Result:
    return CliRunner().invoke(commands, words)


def scored(name: str, short: bool = False, **answers: object) -> Path:
    words = ["workbook", SOS, "-o", name, "--rows", "3", *(["--short"] if short else [])]
    made = call(*words)
    assert made.exit_code == 0, made.output
    assert f"fidelity ingest {name}" in made.output
    book = openpyxl.load_workbook(name)
    put(book[SOS], 4, rater="R01", **answers)
    book.save(name)
    return Path(name)


def test_from_a_workbook_to_a_folder() -> None:
    scored("a.xlsx", piece="A1", d1=3)
    found = call("ingest", "a.xlsx", "-o", "data")
    assert found.exit_code == 0
    assert "1 new assessment from 1 file; 0 files refused." in found.output
    assert "Next: fidelity score data" in found.output
    again = json.loads(call("ingest", "a.xlsx", "-o", "data", "--json").stdout)
    assert again["files"][0]["there_already"] == 1
    assert again["open_concerns"] == []


def test_what_is_refused_ends_with_one() -> None:
    scored("a.xlsx", piece="A1", d1=9, concern="yes")
    found = call("ingest", "a.xlsx", "-o", "data", "--marked-copy", "mend", "--json")
    assert found.exit_code == DATA_PROBLEM
    told = json.loads(found.stdout)
    assert told["open_concerns"][0].startswith("OPEN CONCERN, NOT ESCALATED")
    (problem,) = told["files"][0]["problems"]
    assert set(problem) == {"where", "what", "allowed", "do"}
    assert Path("mend/a_to_mend.xlsx").is_file()
    plain = call("ingest", "a.xlsx", "-o", "data")
    assert plain.exit_code == DATA_PROBLEM
    assert plain.output.startswith("OPEN CONCERN")
    assert "Next:" not in plain.output


def test_a_short_workbook_asks_less() -> None:
    path = scored("s.xlsx", short=True, piece="A1", d1=3)
    assert "m1" not in columns_of(openpyxl.load_workbook(path)[SOS])
    assert call("ingest", "s.xlsx", "-o", "data").exit_code == 0


def test_a_key_and_a_list_of_names(tmp_path: Path) -> None:
    made = json.loads(call("key", "my.key", "--json").stdout)
    assert set(made) == {"wrote", "pseudonyms_begin_with"}
    assert isinstance(call("key", "my.key").exception, FileError)
    scored("a.xlsx", piece="A1", d1=3, case="Ottilie Marsh", practitioner="P1")
    Path("names.txt").write_text("Ottilie\n", encoding="utf-8")
    refused = call("ingest", "a.xlsx", "-o", "data", "--names", "names.txt")
    assert refused.exit_code == DATA_PROBLEM
    assert "case seems to hold a name" in refused.output
    taken = call("ingest", "a.xlsx", "-o", "data", "--names", "names.txt", "--key", "my.key")
    assert taken.exit_code == 0, taken.output
    kept = Path(f"data/ratings_{SOS}.csv").read_text(encoding="utf-8-sig")
    assert "Ottilie" not in kept
    assert made["pseudonyms_begin_with"] in kept


def test_moderation_needs_one_rubric() -> None:
    scored("a.xlsx", piece="A1", d1=3)
    call("ingest", "a.xlsx", "-o", "data")
    found = call("moderate", "draw", "data", "-r", "miti4", "-o", "second.xlsx")
    assert isinstance(found.exception, UsageError)
    assert f"one of: {SOS}" in str(found.exception)
    drawn = call("moderate", "draw", "data", "-o", "second.xlsx", "--share", "1", "--json")
    told = json.loads(drawn.stdout)
    assert told["pieces"] == ["A1"]
    assert told["seed"] == 0
