"""`fidelity measures` on the samples: tables, pictures, sentences; faults by place."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

from fidelity.rubric.measures import measure_ids
from fidelity.rubric.places import sample_data_folder

SMALL = sample_data_folder() / "small"


def run(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "fidelity", "measures", *words], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_a_folder_gives_tables_pictures_and_sentences(tmp_path: Path) -> None:
    done = run(str(SMALL), "-o", str(tmp_path))
    assert "supervision sessions that were due" in done.stdout
    table = pd.read_csv(tmp_path / "measures.csv")
    assert set(table["measure"]) == set(measure_ids())
    assert {"measures.png", "measures_over_time.csv", "measures_information.csv",
            "measures_caseload.png"} <= {path.name for path in tmp_path.iterdir()}  # fmt: skip


def test_json_tells_open_concerns_first() -> None:
    told = json.loads(run(str(SMALL), "--only", "auditor_minutes", "--json").stdout)
    assert next(iter(told)) == "concerns"
    assert told["concerns"]
    assert {row["measure"] for row in told["measures"]} == {"auditor_minutes"}


def test_measures_alone_without_any_ratings(tmp_path: Path) -> None:
    shutil.copy(SMALL / "measures.csv", tmp_path)
    done = run(str(tmp_path), "--only", "contacts_eight_or_more", "--threshold",
               "contacts_eight_or_more=6")  # fmt: skip
    assert "had 6 contacts or more" in done.stdout


def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "measures.csv"
    path.write_text(
        "measure,subject_kind,subject,date,numerator,denominator\n"
        "supervision_held,team,North,2026-01-31,9,8\n",
        encoding="utf-8",
    )
    assert "measures.csv line 2" in run(str(path), code=1).stderr
    assert "allowed: a measure and a number" in run(str(path), "--threshold", "x", code=2).stderr
