"""`fidelity report` as a director's office runs it: every kind of file, and no browser."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fidelity.present.printed import browser
from fidelity.rubric.places import sample_data_folder

PROJECT = Path(__file__).parents[2]
SKILLS = sample_data_folder() / "small" / "ratings_cfsw_skills.csv"


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1", **environment}
    return subprocess.run(
        [sys.executable, "-m", "fidelity", "report", *map(str, words)],
        check=False, capture_output=True, text=True, encoding="utf-8", env=given,
    )  # fmt: skip


def test_a_folder_gets_each_kind_that_is_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "item,team,owner,date,expected\nempathy,North,Head of practice,2026-05-01,half a level\n",
        encoding="utf-8",
    )
    told = run(SKILLS, "-o", tmp_path / "out", "--html", "--docx", "--md", "--log", log,
               "--period", "all", "--since", "previous")  # fmt: skip
    assert told.returncode == 0, told.stderr
    names = {path.name for path in (tmp_path / "out").iterdir() if path.suffix != ".png"}
    assert names == {"briefing.html", "briefing.docx", "briefing.md"}
    assert all(name in told.stdout for name in names)
    text = (tmp_path / "out" / "briefing.md").read_text(encoding="utf-8")
    assert "Head of practice" in text
    assert "agreed on 1 May 2026" in text
    assert "half a level" in text
    assert "From 30 observations" in text


def test_without_a_browser_the_rest_is_written_and_the_way_is_told(tmp_path: Path) -> None:
    nowhere = {name: str(tmp_path) for name in
               ("PATH", "PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")}  # fmt: skip
    told = run(SKILLS, "-o", tmp_path / "b.html", "--pdf", **nowhere)
    assert told.returncode == 1
    assert (tmp_path / "b.html").is_file()
    assert not (tmp_path / "b.pdf").exists()
    assert "no browser was found that can print a PDF" in told.stderr
    assert "choose Print, then Save as PDF" in told.stderr


@pytest.mark.browser
def test_a_pdf_is_printed_where_there_is_a_browser(tmp_path: Path) -> None:
    assert browser() is not None, "this test needs a browser"
    told = run(SKILLS, "-o", tmp_path / "b.pdf")
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "b.pdf").read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["-o", "b.xlsx"], 2, "Allowed: .html, .docx, .md, .pdf, or a folder"),
        (["--period", "month"], 2, 'allowed: "quarter", "half_year", "year", "all"'),
        (["--since", "Monday"], 2, '"first" or "previous"'),
        (["--log", SKILLS], 1, "no column"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_can(
    tmp_path: Path, words: list[object], code: int, told: str
) -> None:
    found = run(SKILLS, *(["-o", tmp_path / "b.html"] if "-o" not in words else []), *words)
    assert found.returncode == code
    assert told in found.stderr
    assert "Traceback" not in found.stderr
