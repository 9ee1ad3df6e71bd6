"""`fidelity change` and `fidelity skills` as a user runs them."""

import json
from pathlib import Path

from fidelity.rubric.places import sample_data_folder
from tests.cli.test_commands import run

SMALL = sample_data_folder() / "small"
VISITS = SMALL / "ratings_cfsw_skills.csv"


def test_change_tells_and_writes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = run("change", VISITS, "--around", "2024-07-02", "--by", "team", "-o", out)
    assert told.returncode == 0, told.stderr
    assert "12 observations from before 2 July 2024" in told.stdout
    assert {path.name for path in out.iterdir()} == {
        "change_cfsw_skills.csv", "change_series_cfsw_skills.csv", "change_who_cfsw_skills.csv",
        "change_cfsw_skills.png",
    }  # fmt: skip


def test_change_as_json_is_json_alone() -> None:
    told = json.loads(run("change", VISITS, "--json").stdout)["cfsw_skills"]
    assert {"sentences", "method", "change", "segments", "who", "concerns"} == set(told)
    assert told["change"][0]["finding"] == "no change can be told"


def test_skills_finds_training_and_events_in_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = run("skills", SMALL, "--by", "", "-o", out)
    assert told.returncode == 0, told.stderr
    assert "Practice model course, 2 July 2024: 11 people" in told.stdout
    assert "inspection (16 September 2024)" in told.stdout
    names = {path.name for path in out.iterdir()}
    assert {"skills.csv", "skills_over_time.png", "skills_cfsw_skills.png"} <= names


def test_skills_as_json_and_without_training() -> None:
    words = ("skills", VISITS, "--training", SMALL / "training.csv", "--as-scored", "--json")
    told = json.loads(run(*words).stdout)
    assert {"sentences", "method", "skills", "over_time", "paper"} == set(told)
    missing = run("skills", VISITS)
    assert missing.returncode == 2
    assert "Which file says who was trained?" in missing.stderr


def test_wrong_days_say_what_to_write() -> None:
    told = run("change", VISITS, "--around", "soon")
    assert told.returncode == 2
    assert "write it as 2026-03-31" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_day_after_the_last_piece_says_which_is_the_last() -> None:
    told = run("change", VISITS, "--around", "2031-03-01").stdout
    assert "and 0 after it (the last is of " in told
    assert "or give an earlier day." in told
    assert "pace" not in told


def test_workers_and_pieces_are_called_that() -> None:
    told = run("change", VISITS).stdout
    assert "This rests on " in told
    assert "different values" not in told
