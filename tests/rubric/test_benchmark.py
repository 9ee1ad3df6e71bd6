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
    strong, headings, unsafe = read_benchmark(SHIPPED)
    assert mean(strong) == Fraction(88, 19)
    assert mean(headings) == Fraction(35, 18)
    assert mean(unsafe) == Fraction(59, 17)
    given = [score.value for piece in (strong, headings, unsafe) for score in piece.agreed.values()]
    assert set(given) == {"1", "2", "3", "4", "5", "NA", "NE"}


def test_an_unsafe_network_is_not_held_against_the_file() -> None:
    unsafe = read_benchmark("sos_case_file")[2]
    for item in ("n1", "n2"):
        assert (unsafe.agreed[item].value, unsafe.agreed[item].reason) == ("NA", "unsafe")


def test_an_id_reads_all_files_of_its_rubric_in_their_order() -> None:
    files = [SHIPPED, *(SHIPPED.with_name(f"sos_case_file-{n}.yaml") for n in (2, 3, 4))]
    assert [piece for file in files for piece in read_benchmark(file)] == list(
        read_benchmark("sos_case_file")
    )


@pytest.mark.parametrize(("name", "least"), [("sos_case_file", 12), ("systemic_supervision", 6)])
def test_the_extracts_cover_every_level_of_every_item(name: str, least: int) -> None:
    """So that a rater who reads one level as another meets both."""
    rubric, pieces = read_rubric(name), read_benchmark(name)
    assert len({piece.id for piece in pieces}) == len(pieces) >= least
    for item in rubric.scored_items:
        given = {piece.agreed[item].level for piece in pieces}
        assert {level.value for level in rubric.scale_of(item).levels} <= given, item


def test_what_does_not_apply_is_met_for_every_kind_of_reason() -> None:
    reasons = {s.reason for p in read_benchmark("sos_case_file") for s in p.agreed.values()}
    assert {"not_due", "unsafe", "unborn", "too_young", "no_network", "no_past_harm",
            "none_known"} <= reasons  # fmt: skip
    codes = [s.code for p in read_benchmark("sos_case_file") for s in p.agreed.values()]
    assert codes.count("NE") >= 5


def test_every_file_says_that_it_is_invented_and_that_no_panel_agreed_it() -> None:
    for path in SHIPPED.parent.glob("*.yaml"):
        words = " ".join(path.read_text(encoding="utf-8").split())
        assert "Everything here is invented" in words
        assert "no panel of practitioners has agreed" in words


def test_a_file_that_shared_unsafely_says_to_raise_a_concern() -> None:
    pieces = {piece.id: piece for piece in read_benchmark("sos_case_file")}
    told = pieces["all_together"].agreed
    for item in ("d2", "f1", "n1", "n2"):
        assert told[item].level == 1
        assert "raise a concern" in told[item].why


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
