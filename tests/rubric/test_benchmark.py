"""Benchmark pieces: what ships is whole and says what it should, and faults are told by line."""

from fractions import Fraction
from pathlib import Path

import pytest

from fidelity.errors import FileError, RubricError, UsageError
from fidelity.rubric import read_rubric
from fidelity.rubric.benchmark import BenchmarkPiece, benchmark_ids, read_benchmark
from fidelity.rubric.places import rubrics_folder

SHIPPED = rubrics_folder() / "benchmark" / "sos_case_file.yaml"


def mean(piece: BenchmarkPiece) -> Fraction:
    """The mean of the levels: no code in these extracts counts as a level."""
    levels = [score.level for score in piece.agreed.values() if score.level is not None]
    return Fraction(sum(levels), len(levels))


@pytest.mark.parametrize("name", benchmark_ids())
def test_what_ships_can_be_read_and_scores_every_item(name: str) -> None:
    rubric = read_rubric(name)
    pieces = read_benchmark(name)
    assert pieces
    for piece in pieces:
        assert list(piece.agreed) == list(rubric.scored_items)
        assert piece.title.startswith("Invented extract")
        assert piece.text.startswith("INVENTED EXTRACT")


def test_the_three_extracts_differ_as_they_are_meant_to() -> None:
    strong, headings, unsafe = read_benchmark("sos_case_file")
    assert mean(strong) == Fraction(88, 19)
    assert mean(headings) == Fraction(35, 18)
    assert mean(unsafe) == Fraction(59, 17)
    given = [score.value for piece in (strong, headings, unsafe) for score in piece.agreed.values()]
    assert set(given) == {"1", "2", "3", "4", "5", "NA", "NE"}


def test_an_unsafe_network_is_not_held_against_the_file() -> None:
    unsafe = read_benchmark("sos_case_file")[2]
    for item in ("n1", "n2"):
        assert (unsafe.agreed[item].value, unsafe.agreed[item].reason) == ("NA", "unsafe")


def test_a_path_reads_the_same_as_an_id() -> None:
    assert read_benchmark(SHIPPED) == read_benchmark("sos_case_file")


def edited(folder: Path, *edits: tuple[str, str]) -> Path:
    """The shipped file with each text replaced once."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


FAULTS = {
    "item": ("      m1:\n", "      m9:\n", 'no item "m9"'),
    "missing item": ("      m1:\n", "      o1:\n", "no agreed score for m1"),
    "level": ("level: 5", "level: 6", '"6"; allowed: 1, 2, 3, 4, 5, NA, NE, DK'),
    "word for a level": ("level: 5", "level: high", "a whole number, such as 3"),
    "code": ("code: NE", "code: none", "allowed: NA, NE, DK"),
    "level and code": ("code: NE", "code: NE\n        level: 2", "either a level or a code"),
    "neither": ("        code: NE\n", "", "either a level or a code"),
    "NA where the item always applies": (
        "level: 5",
        "code: NA",
        "m1: NA, but the item always applies",
    ),
    "no reason for NA": ("        reason: unsafe\n", "", 'NA with reason "none"; allowed: not_due'),
    "unknown reason": ("reason: unsafe", "reason: busy", 'NA with reason "busy"'),
    "reason without NA": ("level: 5", "level: 5\n        reason: unsafe", "with NA only"),
    "false quotation": ('"whom the older child chose"', '"who is a saint"', "does not stand in"),
    "nothing quoted": ('as in "Domestic abuse (historic)"', "like abuse", "nothing is quoted"),
    "piece twice": ("id: headings", "id: nights", '"nights" stands twice'),
    "another version": ("rubric_version: 1.0.0", "rubric_version: 0.9.0", "agree the scores"),
    "no such rubric": ("rubric: sos_case_file", "rubric: sos_case_fle", "sos_case_file"),
    "unknown key": ("        level: 5\n", "        levels: 5\n", 'did you mean "level"?'),
    "unknown key of a piece": ("    title:", "    heading:", "heading"),
    "no text": ("    text: |", "    note: |", "text"),
    "no notice": ("notice: >-", "remark: >-", "notice"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, name: str) -> None:
    old, new, told = FAULTS[name]
    with pytest.raises(RubricError) as caught:
        read_benchmark(edited(tmp_path, (old, new)))
    assert told in str(caught.value)
    assert all(fault.where.startswith("mine.yaml:") for fault in caught.value.faults)


def test_the_line_is_the_line(tmp_path: Path) -> None:
    path = edited(tmp_path, ("code: NE", "code: NE\n        reason: unsafe"))
    lines = path.read_text(encoding="utf-8").splitlines()
    number = lines.index("        reason: unsafe") + 1
    with pytest.raises(RubricError) as caught:
        read_benchmark(path)
    assert [fault.where for fault in caught.value.faults] == [f"mine.yaml:{number}"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = edited(tmp_path, ("level: 5", "level: 6"), ("id: headings", "id: nights"))
    with pytest.raises(RubricError) as caught:
        read_benchmark(path)
    assert caught.value.total == 2


def test_no_benchmark_pieces_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="sos_case_file"):
        read_benchmark("sos_case_files")
    with pytest.raises(FileError, match=r"nowhere\.yaml"):
        read_benchmark("nowhere.yaml")
