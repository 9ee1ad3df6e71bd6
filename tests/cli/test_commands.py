"""The commands as a user runs them: in a process of their own, with wrong input too."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fidelity.cli import as_json
from fidelity.rubric.places import sample_data_folder

PROJECT = Path(__file__).parents[2]
SMALL = sample_data_folder() / "small"


def run(*words: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "fidelity", *map(str, words)],
        check=False, capture_output=True, text=True, encoding="utf-8", env=environment,
        cwd=folder,
    )  # fmt: skip


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['fidelity', '--help']\n"
        "from fidelity.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'pandas', 'pydantic', 'matplotlib') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    ).stdout
    assert told.splitlines()[-1] == "[]"
    assert "workbook" in told


def test_rubric_list_as_json() -> None:
    told = json.loads(run("rubric", "list", "--json").stdout)
    assert {"rubrics", "measures"} == set(told)
    ids = [rubric["id"] for rubric in told["rubrics"]]
    assert {"sos_case_file", "miti4", "core_case_audit"} <= set(ids)


def test_rubric_check_runs_all_examples() -> None:
    told = run("rubric", "check")
    assert told.returncode == 0
    assert told.stdout.count("examples hold") >= 6


def test_an_example_that_does_not_hold_is_told(tmp_path: Path) -> None:
    text = (PROJECT / "rubrics" / "systemic_supervision.yaml").read_text(encoding="utf-8")
    wrong = text.replace("band: green_shoots", "band: systemic", 1)
    assert wrong != text
    path = tmp_path / "mine.yaml"
    path.write_text(wrong, encoding="utf-8")
    told = run("rubric", "check", path)
    assert told.returncode == 1
    assert "but the example says" in told.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["scor"], 2, 'Did you mean "score"?'),
        (["rubric", "show", "sos_case_fil"], 2, 'did you mean "sos_case_file"?'),
        (["score", "nothing.csv", "-r", "miti4"], 1, "nothing.csv: cannot be opened"),
        (["score", "audit.csv"], 2, "audit.csv: there is no such file or folder."),
        (["plan", "draw", "cases.csv"], 2, "Missing option '-n'"),
        (["score", "a.docx", "-r", "miti4"], 1, "Allowed: .csv"),
        (["workbook", "miti4"], 2, "Missing option '-o'"),
        (["report", "nothing.csv", "-r", "miti4", "--audience", "all"], 2, "'internal', 'public'"),
    ],
)
def test_wrong_calls_say_what_to_do(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    told = run(*words, folder=tmp_path)
    assert told.returncode == code, told.stderr
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_json_has_no_number_without_end(capsys: pytest.CaptureFixture[str]) -> None:
    """An endless half-life and what is not known are null: other readers know no Infinity."""
    as_json({"a": [math.inf, -math.inf, math.nan, np.float64("inf")], "b": 1.5})
    assert json.loads(capsys.readouterr().out) == {"a": [None] * 4, "b": 1.5}


def test_score_tells_concerns_first_and_writes_tables(tmp_path: Path) -> None:
    told = run("score", SMALL, "--by", "team", "-o", tmp_path / "out")
    assert told.returncode == 0, told.stderr
    assert told.stderr.splitlines()[0].startswith("OPEN CONCERN")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        f"{kind}_{rubric}.csv"
        for kind in ("scores", "assessments", "items")
        for rubric in (path.stem.removeprefix("ratings_") for path in SMALL.glob("ratings_*.csv"))
    }


def test_score_as_json_is_json_alone(tmp_path: Path) -> None:
    told = run("score", SMALL / "ratings_sos_case_file.csv", "--json")
    scores = json.loads(told.stdout)["sos_case_file"]
    assert scores["concerns"]
    assert scores["sentences"]
    assert {"estimate", "lower", "n_pieces"} <= set(scores["scores"][0])


def test_faulty_data_exit_with_1_and_all_faults(tmp_path: Path) -> None:
    path = tmp_path / "ratings_miti4.csv"
    path.write_text("piece,rater,item,value\np1,a,cct,9\np1,a,nope,1\n", encoding="utf-8")
    told = run("score", path)
    assert told.returncode == 1
    assert "2 problems" in told.stderr
    assert "line 2" in told.stderr
    assert "line 3" in told.stderr


def test_debug_shows_the_trace(tmp_path: Path) -> None:
    told = run("score", "nothing.csv", "-r", "miti4", "--debug", folder=tmp_path)
    assert "Traceback" in told.stderr


def test_workbook_and_card_and_doctor(tmp_path: Path) -> None:
    book = tmp_path / "audits.xlsx"
    assert run("workbook", "sos_case_file", "miti4", "-o", book).returncode == 0
    assert book.stat().st_size > 10_000
    assert "EVIDENCE CARD" in run("rubric", "card", "sos_case_file").stdout
    page = tmp_path / "card.html"
    assert run("rubric", "card", "sos_case_file", "-o", page).returncode == 0
    assert "registered trade mark" in page.read_text(encoding="utf-8")
    doctor = run("doctor", folder=tmp_path)
    assert doctor.returncode == 0, doctor.stdout
    assert "ok" in doctor.stdout


def test_demo_names_each_file_that_it_wrote(tmp_path: Path) -> None:
    told = run("demo", folder=tmp_path)
    assert told.returncode == 0, told.stderr
    written = {p.name for p in (tmp_path / "demo").iterdir()}
    assert {"scores.csv", "briefing.html", "audits.xlsx", "items_by_team.png"} <= written
    assert all(name in told.stdout for name in written)
    assert "synthetic" in told.stdout
    assert "12 made-up audits filled in and read back" in told.stdout


def test_what_was_written_as_json_alone(tmp_path: Path) -> None:
    page, book = tmp_path / "briefing.html", tmp_path / "a.xlsx"
    told = json.loads(run("report", SMALL, "-o", page, "--json").stdout)
    assert told["wrote"] == str(page)
    assert told["sentences"][0].startswith("From 12 files drawn at random")
    assert json.loads(run("workbook", "miti4", "-o", book, "--json").stdout)["rows"] == 200


def test_a_public_page_holds_no_concern(tmp_path: Path) -> None:
    page = tmp_path / "public.html"
    words = ("report", SMALL, "-o", page, "--audience", "public", "--checked-by", "a second person")
    told = run(*words)
    assert told.returncode == 0, told.stderr
    assert told.stderr.startswith("OPEN CONCERN")
    text = page.read_text(encoding="utf-8")
    assert "Checked for publication by a second person" in text
    assert "SF-0057" not in text
    assert "OPEN CONCERN" not in text


def test_do_our_auditors_agree_on_both_samples() -> None:
    for command in ("agree", "calibrate", "strictness"):
        for size in ("large", "small"):
            data = sample_data_folder() / size / "ratings_cfsw_skills.csv"
            told = run(command, data)
            assert told.returncode == 0, f"{command} {size}: {told.stderr}"
            assert told.stdout.strip()


WRITES = {
    "score": {"scores", "assessments", "items"},
    "agree": {"agreement", "verdicts", "levels"},
    "calibrate": {"calibration", "calibration_items"},
    "strictness": {"strictness", "fair_scores", "reliance"},
}


@pytest.mark.parametrize("command", WRITES)
def test_tables_are_written_and_named_and_json_holds_the_concerns(
    command: str, tmp_path: Path
) -> None:
    told = run(command, SMALL / "ratings_sos_case_file.csv", "-o", tmp_path / "new", "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)["sos_case_file"]
    assert found["sentences"]
    assert "SF-0057" in found["concerns"][0]
    made = sorted((tmp_path / "new").iterdir())
    tables = {path.stem for path in made if path.suffix == ".csv"}
    assert tables == {f"{kind}_sos_case_file" for kind in WRITES[command]}
    assert all(f"wrote {path}" in told.stderr for path in made)
    assert command == "score" or any(path.suffix == ".png" for path in made)
