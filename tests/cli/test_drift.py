"""`fidelity drift` as it is called."""

import json
import subprocess
import sys
from pathlib import Path

from fidelity.rubric.places import sample_data_folder


def run(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fidelity", "drift", *map(str, args)],
        capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip


SMALL = sample_data_folder() / "small" / "ratings_cfsw_skills.csv"


def test_sentences_tables_and_pictures(tmp_path: Path) -> None:
    done = run(SMALL, "-r", "cfsw_skills", "-o", tmp_path, "--every", "quarter")
    assert done.returncode == 0, done.stderr
    assert "cannot be told apart" in done.stdout
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {
        "drift_cfsw_skills.csv", "raters_cfsw_skills.csv", "parts_cfsw_skills.csv",
        "path_cfsw_skills.csv", "drift_cfsw_skills.png", "parts_cfsw_skills.png",
    }  # fmt: skip


def test_json_says_the_same() -> None:
    done = run(SMALL, "-r", "cfsw_skills", "--json", "--since", "2024-03-01")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["cfsw_skills"]
    assert told["drift"][0]["part"] == "practice"
    assert told["drift"][0]["estimate"] is None
    assert told["drift"][0]["finding"] in {"too few to tell apart", "cannot be told apart"}
    assert told["method"]["since"] == "2024-03-01"
    assert any("cannot be told apart" in sentence for sentence in told["sentences"])


def test_a_wrong_day_is_told() -> None:
    done = run(SMALL, "-r", "cfsw_skills", "--around", "spring")
    assert done.returncode == 2
    assert "allowed: a date" in done.stderr


def test_after_the_last_piece_nothing_is_said_in_one_sentence() -> None:
    told = run(SMALL, "-r", "cfsw_skills", "--since", "2031-03-01").stdout
    assert "Nothing can be said about drift" in told
    assert ".." not in told
