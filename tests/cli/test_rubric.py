"""`fidelity rubric list, show, check, card, diff` on what ships."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fidelity.rubric import rubric_ids
from fidelity.rubric.measures import measure_ids
from fidelity.rubric.places import rubrics_folder


def run(*words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "fidelity", "rubric", *words], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr if code else done.stdout


def test_sixteen_rubrics_and_the_measures_are_listed() -> None:
    told = json.loads(run("list", "--json"))
    assert [one["id"] for one in told["rubrics"]] == rubric_ids()
    assert len(told["rubrics"]) == 16
    assert [one["id"] for one in told["measures"]] == measure_ids()
    plain = run("list")
    assert "16 rubrics" in plain
    assert all(name in plain for name in (*rubric_ids(), *measure_ids()))


def test_a_measure_is_shown_with_what_it_does_not_show() -> None:
    told = run("show", "contacts_eight_or_more")
    assert "Threshold: 8" in told
    assert "Published opinion" in told
    assert "It does not show" in told


def test_a_measure_of_your_own_is_checked(tmp_path: Path) -> None:
    text = (rubrics_folder() / "measures" / "caseload.yaml").read_text(encoding="utf-8")
    path = tmp_path / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    assert "1 example holds" in run("check", str(path))
    path.write_text(text.replace("estimate: 16.0", "estimate: 17.0"), encoding="utf-8")
    assert "estimate is 16.0, but the example says 17.0" in run("check", str(path), code=1)


def test_all_cards_are_written_into_a_folder(tmp_path: Path) -> None:
    run("card", "--all", "-o", str(tmp_path / "cards"))
    found = sorted(path.stem for path in (tmp_path / "cards").iterdir())
    assert found == sorted(f"card_{name}" for name in rubric_ids())
    for path in (tmp_path / "cards").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "What it does not show" in text
        assert "<svg" in text or "data:image" in text


@pytest.mark.parametrize("words", [("card",), ("card", "--all"), ("card", "miti4", "--all")])
def test_a_card_needs_one_rubric_or_all_and_a_folder(words: tuple[str, ...]) -> None:
    assert "-o FOLDER" in run(*words, code=2)


def test_what_differs_is_told_by_whether_it_touches_a_score(tmp_path: Path) -> None:
    text = (rubrics_folder() / "miti4.yaml").read_text(encoding="utf-8")
    newer = text.replace("version: 1.0.0", "version: 1.1.0", 1).replace("title: ", "title: New ", 1)
    newer = newer.replace("look_back_months: ", "look_back_months: 1", 1)
    path = tmp_path / "newer.yaml"
    path.write_text(newer, encoding="utf-8")
    told = run("diff", "miti4", str(path))
    assert "[words] title:" in told
    assert "[score]" not in told
    assert "Nothing differs." in run("diff", "miti4", "miti4")
    found = json.loads(run("diff", "miti4", str(path), "--json"))
    assert {d["where"] for d in found["differences"]} == {"title", "look_back_months"}
