"""The README says where each thing that was asked for is, and it is there."""

import re
from pathlib import Path

import pytest

import fidelity as fd
from fidelity.cli import COMMANDS
from fidelity.rubric.measures import measure_ids

ROOT = Path(__file__).parents[1]
HEADING = "## What it covers"
#: How many things the documents behind the project name.
NAMED = 30
NOT_HERE = ("Context only", "Out of scope")


def rows(text: str) -> dict[int, tuple[str, str]]:
    """The numbered rows under the heading: what was asked for, and where it is."""
    assert text.count(HEADING) == 1
    section = re.split(r"^## ", text.split(HEADING)[1], flags=re.MULTILINE)[0]
    found = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", section, flags=re.MULTILINE)
    return {int(number): (what.strip(), where.strip()) for number, what, where in found}


def faults(number: int, where: str) -> list[str]:
    """What a row points at that is not there."""
    named = re.findall(r"`([^`]+)`", where)
    if where.startswith(NOT_HERE):
        named = [name for name in named if name.startswith("fidelity ")]
    elif not named:
        return [f"{number}: neither a command nor a notebook, and no reason why"]
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    known = {*notebooks, *fd.rubric_ids(), *measure_ids(), "source"}
    wrong = []
    for name in named:
        words = name.split()
        if words[0] != "fidelity":
            wrong += [f"{number}: {name}"] if name not in known else []
            continue
        wrong += [f"{number}: no command {words[1]}"] if words[1] not in COMMANDS else []
        given = words[2:]
        if words[1] == "rubric" and len(given) == 2:
            wrong += [f"{number}: no rubric {given[1]}"] if given[1] not in fd.rubric_ids() else []
    return wrong


@pytest.fixture(scope="module")
def table() -> dict[int, tuple[str, str]]:
    return rows((ROOT / "README.md").read_text(encoding="utf-8"))


def test_every_named_thing_has_a_row(table: dict[int, tuple[str, str]]) -> None:
    assert sorted(table) == list(range(1, NAMED + 1))


def test_what_a_row_names_is_there(table: dict[int, tuple[str, str]]) -> None:
    assert [fault for number, (_, where) in table.items() for fault in faults(number, where)] == []


def test_most_of_it_is_here(table: dict[int, tuple[str, str]]) -> None:
    away = {number for number, (_, where) in table.items() if where.startswith(NOT_HERE)}
    assert away == {17, 24, 27, 29}


@pytest.mark.parametrize(
    "where",
    ["`fidelity dance`", "`99_no_notebook`", "`fidelity rubric card no_rubric`", "somewhere"],
)
def test_a_row_that_points_at_nothing_is_found(where: str) -> None:
    assert faults(1, where)
