"""`fidelity triangulate`, as a user runs it."""

import json
from pathlib import Path

import pandas as pd
import pytest

from fidelity.rubric.places import sample_data_folder
from tests.cli.test_commands import run

LARGE, SMALL = (sample_data_folder() / size for size in ("large", "small"))


def test_a_folder_with_tables_and_pictures(tmp_path: Path) -> None:
    told = run("triangulate", SMALL, "--by", "team", "-o", tmp_path)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("4 sources beside one another")
    assert "whether form runs ahead" in told.stdout or "surface items" in told.stdout
    names = {path.name for path in tmp_path.iterdir()}
    assert {"sources_triangulate.csv", "pairs_triangulate.csv", "order_triangulate.csv",
            "form_function_triangulate.csv", "sources_triangulate.png",
            "form_function_triangulate.png"} <= names  # fmt: skip
    assert set(pd.read_csv(tmp_path / "sources_triangulate.csv")["group"]) == {
        "(all)", "North", "South",
    }  # fmt: skip


def test_two_sources_of_a_kind_are_told_apart_in_words() -> None:
    names = ("cfsw_skills", "sos_direct_practice")
    told = run("triangulate", *(LARGE / f"ratings_{name}.csv" for name in names))
    assert told.returncode == 0, told.stderr
    assert "visit: cfsw skills (288 observations)" in told.stdout
    assert "_" not in told.stdout


def test_named_sources_as_json() -> None:
    names = ("sos_case_file", "sos_family_feedback", "staff_model_survey")
    files = [LARGE / f"ratings_{name}.csv" for name in names]
    told = run("triangulate", *files, "--json", "-s", "file=sos_case_file",
               "-s", "parent=sos_family_feedback", "-s", "staff=staff_model_survey",
               "--replies", "parent=388,250,109")  # fmt: skip
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    names = {row["source"] for row in found["sources"]}
    assert {"file", "parent", "staff: leader", "staff: practitioner"} <= names
    assert any(s.startswith("Parent: 388 asked") for s in found["sentences"])
    assert len(found["concerns"]) >= 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-s", "file"], "write it as NAME=RUBRIC"),
        (["-s", "a=sos_case_file", "-s", "b=no_such"], "no ratings of no_such"),
        (["--replies", "parent=1,2"], "three whole numbers"),
    ],
)
def test_wrong_calls_say_what_to_do(words: list[str], said: str) -> None:
    told = run("triangulate", SMALL, *words)
    assert told.returncode == 2
    assert said in told.stderr
