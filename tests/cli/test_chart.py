"""`fidelity chart`, as a user runs it."""

import json
from pathlib import Path

import pandas as pd
import pytest

from fidelity.rubric.places import sample_data_folder
from tests.cli.test_commands import run

LARGE, SMALL = (sample_data_folder() / size for size in ("large", "small"))
SKILLS = [LARGE / "ratings_cfsw_skills.csv", "-r", "cfsw_skills"]


def test_tables_picture_and_sentences(tmp_path: Path) -> None:
    told = run(
        "chart", *SKILLS, "--by", "team", "--every", "quarter", "--adjust", "--target", "3.5",
        "--events", LARGE / "events.csv", "--baseline", "2025-06-30=before the new form",
        "-o", tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "Limits rest on the time up to Apr to Jun 2025: before the new form." in told.stdout
    assert "cannot tell practice from scoring" in told.stdout
    assert "moved by how strict its rater is" in told.stdout
    table = pd.read_csv(tmp_path / "chart_cfsw_skills.csv")
    assert {"period", "point", "limit_upper", "flags", "finding"} <= set(table)
    groups = pd.read_csv(tmp_path / "charts_cfsw_skills.csv")
    assert set(groups["assurance"].dropna()) <= {
        "above the limits",
        "inside the limits",
        "below the limits",
    }
    assert (tmp_path / "chart_cfsw_skills.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_as_json_with_its_own_events(tmp_path: Path) -> None:
    told = run("chart", SMALL, "--every", "quarter", "--json", "-o", tmp_path)
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert {"sos_case_file", "cfsw_skills"} <= set(found)
    first = found["sos_case_file"]
    assert first["charts"][0]["variation"] == "too few points"
    assert first["chart"][0]["limit_upper"] is None
    assert any("12 for limits" in sentence for sentence in first["sentences"])
    assert first["method"]["rules"] == "nhs"
    assert (tmp_path / "chart_sos_case_file.png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--baseline", "2025-03-31"], "no reason given"),
        (["--rebase", "1999-03-31=why"], "outside the chart"),
        (["--measure", "skill"], "has no such measure. It has"),
        (["--kind", "pie"], "'xmr', 'run', 'ewma'"),
    ],
)
def test_wrong_calls_say_what_to_do(words: list[str], said: str) -> None:
    told = run("chart", *SKILLS, *words)
    assert told.returncode == 2
    assert said in told.stderr
