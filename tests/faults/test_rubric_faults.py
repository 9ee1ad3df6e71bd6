"""Whatever is wrong in a rubric file is told with file, line, value and remedy, all at once."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fidelity.errors import FAULTS_SHOWN, FidelityError, FileError, RubricError
from fidelity.rubric import read_rubric, rubric_from_text
from tests.faults.corpus import JARGON, SOUND_RUBRIC, Case, cases, rubric_with

CASES = cases("rubric_faults.txt")
#: Told on another line than the one that was changed, and why that is right.
ELSEWHERE = {
    "two scales with one id": "the second of them",
    "a component with items of two scales": "what no longer fits the scale",
    "a count from 0 to 0": "the lower of the two",
    "a mean of counts": "the component that has it",
    "a quotation mark that is not closed": "where the next one ends it",
}
#: These make what stands elsewhere mean something else, which may then be wrong too.
OTHER_MEANING = {"a component with items of two scales", "a mean of counts", "a directive"}
#: After these the parser cannot read on, and the message says so.
CUT_SHORT = "the lines below could not be read"


def faults_of(text: str) -> list[str]:
    with pytest.raises(RubricError) as caught:
        rubric_from_text(text, "visit.yaml")
    assert caught.value.total == len(caught.value.faults)
    return [str(fault) for fault in caught.value.faults]


def test_there_are_enough_faults_and_the_sound_rubric_has_none() -> None:
    assert len(CASES) >= 30
    assert read_rubric(SOUND_RUBRIC).id == "visit_record"


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_told_in_full(name: str) -> None:
    with pytest.raises(RubricError) as caught:
        rubric_from_text(rubric_with(CASES[name]), "visit.yaml")
    error = caught.value
    assert [str(fault) for fault in error.faults] == CASES[name].told
    assert error.total == len(error.faults)
    for fault in error.faults:
        assert re.fullmatch(r"visit\.yaml:[0-9]+", fault.where)
        assert all((fault.what, fault.allowed, fault.remedy))
        assert not JARGON.search(re.sub(r'"[^"]*"', "", str(fault)))


@pytest.mark.parametrize("name", CASES)
def test_the_line_is_the_line(name: str) -> None:
    """A fault is told on a line that was changed; what is missing, where its part begins."""
    lines = rubric_with(CASES[name]).split("\n")
    added = {line[1:] for line in CASES[name].lines if line[0] == "+"}
    numbers = [int(told.split(": ")[0].rpartition(":")[2]) for told in CASES[name].told]
    assert name in ELSEWHERE or not added or any(lines[n - 1] in added for n in numbers)


def test_no_fault_hides_or_invents_another() -> None:
    """Two cases planted in one file give their own faults, and no others.

    What is told of one case may be less where its check rests on what the other made unreadable
    (the levels of a scale, an id): such pairs are counted, and are few.
    """
    rng = random.Random(1)
    soft = [name for name, case in CASES.items() if CUT_SHORT not in case.told[-1]]
    names = [name for name in soft if name not in OTHER_MEANING]
    whole = fewer = 0
    for _ in range(200):
        first, second = (CASES[name] for name in rng.sample(names, 2))
        if not apart(first, second):
            continue
        both = rubric_with(second, rubric_with(first))
        told = {without_place(told) for told in faults_of(both)}
        singly = {without_place(told) for told in [*first.told, *second.told]}
        assert told <= singly, (first.name, second.name)
        whole, fewer = whole + (told == singly), fewer + (told != singly)
    print(f"{whole} pairs told in full, {fewer} with a fault that waits for another")
    assert whole > 100
    assert fewer < 0.1 * whole


def apart(first: Case, second: Case) -> bool:
    """Whether two cases change different lines."""
    places = [{old for old, _ in case.edits} for case in (first, second)]
    overlap = any(a in b or b in a for a in places[0] for b in places[1])
    return not overlap and all(f"{old}\n" in rubric_with(first) for old in places[1])


def without_place(told: str) -> str:
    """A message without its line and the names of parts, which the other case may have changed."""
    told = re.sub(r"^visit\.yaml:[0-9]+: |\(the first is on line [0-9]+\)|use one of: .*", "", told)
    return re.sub(r'^(\w+) ("[^"]*"|[0-9]+)', r"\1", told)


def test_where_no_item_is_scored() -> None:
    text = re.sub(
        r"^( +)observes:", r"\1scored: false\n\1observes:",
        SOUND_RUBRIC.read_text(encoding="utf-8"), flags=re.MULTILINE,
    )  # fmt: skip
    assert any("no item is scored; allowed: at least one" in told for told in faults_of(text))


def test_the_first_thousand_are_shown_and_all_are_counted() -> None:
    lines = "".join(f"key_{n}: 1\n" for n in range(2500))
    text = rubric_with(CASES["a weight of 0"]) + lines
    with pytest.raises(RubricError) as caught:
        rubric_from_text(text, "visit.yaml")
    error = caught.value
    assert (error.total, len(error.faults)) == (2501, FAULTS_SHOWN)
    assert str(error).startswith("visit.yaml: 2501 problems; nothing was read in.")
    assert str(error).endswith("(the first 1000 of 2501 are shown)")
    assert len(str(error).splitlines()) == FAULTS_SHOWN + 2
    places = [int(fault.where.rpartition(":")[2]) for fault in error.faults]
    assert places == sorted(places)
    assert error.faults[0].what == 'item "b1", weight: 0'


FILES = {
    "not UTF-8": ("ü".encode("cp1252"), r"mine\.yaml: not UTF-8 text \(byte 1\); .* save it again"),
    "UTF-16": ("id: x".encode("utf-16"), "not UTF-8 text"),
    "too large": (b"#" * 1_000_001, r"1,000,001 bytes; .* at most 1,000,000.*right file"),
    "nothing": (b"", "no keys found"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0", "not UTF-8 text"),
    "nul characters": (b"id: x\0\0", r"invisible character U\+0000"),
    "a table": (b"piece,rater,item,value\na,r,m1,3\n", "no keys found"),
    "a list": (b"- a\n- b\n", "no keys found"),
    "a web page": (b"<!DOCTYPE html>\n<html></html>\n", "no keys found"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_rubric(tmp_path: Path, name: str) -> None:
    content, told = FILES[name]
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(FidelityError, match=told):
        read_rubric(path)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path / "none" / "none.yaml", Path("a\0.yaml")):
        with pytest.raises(FileError, match=r"cannot be opened|no file can have"):
            read_rubric(path)
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(FileError, match="cannot be opened"):
        read_rubric(tmp_path / "folder.yaml")


def test_the_command_tells_every_file_and_fails(tmp_path: Path) -> None:
    names = random.Random(2).sample(sorted(CASES), 12)
    files = {f"case_{n}.yaml": CASES[name] for n, name in enumerate(names)}
    for file, case in files.items():
        (tmp_path / file).write_text(rubric_with(case), encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes("title: ü\n".encode("cp1252"))
    done = check(*files, "latin.yaml", str(SOUND_RUBRIC), folder=tmp_path)
    assert done.returncode == 1
    assert done.stdout.count("nothing was read in") == len(files)
    for file, case in files.items():
        for told in case.told:
            assert told.replace("visit.yaml", file) in done.stdout
    assert "latin.yaml: not UTF-8 text" in done.stdout
    assert "visit_record.yaml: fine, and its 4 examples hold." in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_broken_rubric_scores_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(rubric_with(CASES["a weight of 0"]), encoding="utf-8")
    (tmp_path / "r.csv").write_text("piece,rater,item,value\na,r,a1,2\n", encoding="utf-8")
    done = fidelity("score", "r.csv", "-r", "mine.yaml", "-o", "out", folder=tmp_path)
    assert done.returncode == 1
    assert 'mine.yaml:53: item "b1", weight: 0; allowed: 1 or more' in done.stderr
    assert not done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def check(*files: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return fidelity("rubric", "check", *files, folder=folder)


def fidelity(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "utf8", "-m", "fidelity", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=120
    )
