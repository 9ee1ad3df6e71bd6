"""The guide "write or adapt one", followed to the letter: its files, its commands, its outputs.

Whatever the page says is taken from the page, so that it can never say what does not hold.
"""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import fidelity as fd
from fidelity.errors import RatingsError
from fidelity.rubric.places import rubrics_folder
from tests.collect.sheets import put

PAGE = (rubrics_folder() / "README.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    return PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def blocks(text: str) -> list[str]:
    """The YAML between fences."""
    return re.findall(r"```yaml\n(.*?)```", text, re.S)


def indented(text: str) -> list[str]:
    """What stands four spaces in: commands, and what they print."""
    outside = re.sub(r"```yaml\n.*?```", "", text, flags=re.S)
    return [line[4:] for line in outside.splitlines() if re.match(r"    \S", line)]


GUIDE, CHANGING = section("Write or adapt one, step by step"), section(
    "Changing a rubric that is in use"
)  # fmt: skip
COMPLETE = blocks(section("A small complete rubric"))[0]
HEAD, ITEM, *EXAMPLES = blocks(GUIDE)
SAID = [line for line in indented(GUIDE) if not line.startswith("fidelity ")]
COMMANDS = [line for line in indented(GUIDE) if line.startswith("fidelity ")]


def run(line: str, folder: Path, code: int = 0) -> str:
    """A command of the page, as it stands there."""
    words = shlex.split(line)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "fidelity", *words], cwd=folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def with_head(text: str) -> str:
    for line in HEAD.strip().splitlines():
        text = re.sub(rf"^{line.split(':')[0]}: .*$", line, text, count=1, flags=re.M)
    return text


def with_item(text: str) -> str:
    """The item at the end of the component `during`, which is the last one."""
    return text.replace("\nleast_share:", f"{ITEM}\nleast_share:", 1)


def with_examples(text: str) -> str:
    for block in EXAMPLES:
        title = block.splitlines()[0]
        old = re.search(rf"^{re.escape(title)}\n(?:    .*\n)+", text, re.M)
        assert old, title
        text = text.replace(old[0], block)
    return text


@cache
def adapted() -> str:
    return with_examples(with_item(with_head(COMPLETE)))


def test_the_complete_rubric_holds_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "visit_record.yaml").write_text(COMPLETE, encoding="utf-8")
    assert "4 examples hold" in run("fidelity rubric check visit_record.yaml", tmp_path)


def test_steps_2_to_5_give_what_the_page_prints(tmp_path: Path) -> None:
    path = tmp_path / "our_visit_record.yaml"
    path.write_text(with_item(with_head(COMPLETE)), encoding="utf-8")
    told = run(COMMANDS[0], tmp_path, code=1).splitlines()
    assert told == SAID[:-1]
    path.write_text(adapted(), encoding="utf-8")
    assert run(COMMANDS[0], tmp_path).splitlines() == [SAID[-1]]


def scored(path: Path, pieces: int = 10, raters: tuple[str, ...] = ("R1", "R2")) -> None:
    """Two people score the same ten pieces in the workbook of the page."""
    book = openpyxl.load_workbook(path)
    sheet = book["our_visit_record"]
    for n in range(pieces * len(raters)):
        piece, rater = n // len(raters), raters[n % len(raters)]
        levels = {item: (piece + k) % 3 for k, item in enumerate(("a1", "b1", "b2", "b3", "b4"))}
        levels["b2"] = (levels["b2"] + n % 2) % 3
        purpose = "routine" if n % len(raters) == 0 else "double"
        put(sheet, 4 + n, piece=f"V{piece:02}", rater=rater, rater_role="peer", concern="no",
            purpose=purpose, **levels)  # fmt: skip
    book.save(path)


def test_step_6_a_workbook_is_made_filled_and_its_agreement_counted(tmp_path: Path) -> None:
    (tmp_path / "our_visit_record.yaml").write_text(adapted(), encoding="utf-8")
    run(COMMANDS[1], tmp_path)
    scored(tmp_path / "try.xlsx")
    agree = re.search(r"`(fidelity agree [^`]*)`", GUIDE)
    assert agree
    assert "10" in run(agree[1], tmp_path)
    rubric = fd.read_rubric(tmp_path / "our_visit_record.yaml")
    ratings = fd.read_ratings(tmp_path / "try.xlsx", rubric)
    assert ratings.assessments["piece"].nunique() == 10
    scores = fd.score(ratings)
    row = scores.assessments[scores.assessments["piece"] == "V00"].iloc[0]
    assert row["before"] == 0.0
    assert row["during"] == pytest.approx((2 * 1 + 2 + 0 + 1) / 5), "b1 counts twice"


def test_a_version_that_was_scored_is_changed_as_the_page_says(tmp_path: Path) -> None:
    """Copy, raise the version, diff, crosswalk, join; without the crosswalk it is refused."""
    old, new = tmp_path / "our_visit_record.yaml", tmp_path / "our_visit_record_2.yaml"
    old.write_text(adapted(), encoding="utf-8")
    text = adapted().replace("version: 1.0.0", "version: 1.1.0", 1)
    text = text.replace("The visit has a purpose", "The purpose follows from this year's plan", 1)
    new.write_text(text, encoding="utf-8")
    diff, join = [line for line in indented(CHANGING) if line.startswith("fidelity rubric")]
    assert "[score] item a1, text" in run(diff, tmp_path)
    rubrics = fd.read_rubric(old), fd.read_rubric(new)
    walk = blocks(CHANGING)[0]
    for side, rubric in zip(("old", "new"), rubrics, strict=True):
        walk = re.sub(
            rf"{side}_fingerprint: .*", f'{side}_fingerprint: "{rubric.fingerprint}"', walk
        )
    (tmp_path / "crosswalk.yaml").write_text(walk, encoding="utf-8")
    for name, rubric, first in (("old", rubrics[0], 0), ("new", rubrics[1], 20)):
        rows = [
            {"piece": f"V{n}", "rater": "R1", "rubric_version": rubric.version}
            | dict.fromkeys(rubric.items, n % 3)
            for n in range(first, first + 8)
        ]
        pd.DataFrame(rows).to_csv(tmp_path / f"{name}.csv", index=False)
    run(join, tmp_path)
    joined = pd.read_csv(tmp_path / "joined.csv", dtype=str)
    assert joined["scored_with"].drop_duplicates().tolist() == ["1.0.0", "1.1.0"]
    assert "a1" not in set(joined["item"])
    for rubric in rubrics:
        with pytest.raises(RatingsError, match=re.escape("1.1.0-with-1.0.0")):
            fd.read_ratings(tmp_path / "joined.csv", rubric)
    with pytest.raises(RatingsError, match="version"):
        fd.read_ratings(tmp_path / "old.csv", rubrics[1])
