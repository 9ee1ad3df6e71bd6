"""`fidelity diagnostic`, as a user runs it."""

import json
from pathlib import Path

import pytest

from fidelity.present.diagnostic import ORGANISATION, SURVEY
from fidelity.rubric.places import sample_data_folder
from tests.cli.test_commands import run

LARGE, SMALL = (sample_data_folder() / size for size in ("large", "small"))


@pytest.mark.parametrize("end", ["html", "docx", "md"])
def test_each_kind_of_file(tmp_path: Path, end: str) -> None:
    told = run("diagnostic", SMALL, "-o", tmp_path / f"brief.{end}", "--place", "Our place")
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == f"wrote {tmp_path / f'brief.{end}'}"
    assert (tmp_path / f"brief.{end}").stat().st_size > 500


@pytest.mark.browser
def test_a_pdf_of_two_pages(tmp_path: Path, chromium: str) -> None:
    files = [LARGE / f"ratings_{name}.csv" for name in (*ORGANISATION, SURVEY)]
    told = run("diagnostic", *files, "-o", tmp_path / "brief.pdf", "--json")
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "brief.pdf").read_bytes().count(b"/Type /Page\n") <= 2
    found = json.loads(told.stdout)
    assert set(found["items"]) == {
        "evidence_minded_org", "dfe_common_ingredients", "sos_org_alignment",
    }  # fmt: skip
    assert {row["role"] for row in found["survey"]} == {"manager", "practitioner"}
    assert found["items"]["evidence_minded_org"][0]["q"] is not None


def test_another_ending_is_refused(tmp_path: Path) -> None:
    told = run("diagnostic", SMALL, "-o", tmp_path / "brief.odt")
    assert told.returncode == 2
    assert "Allowed: .html, .docx, .md, .pdf" in told.stderr
