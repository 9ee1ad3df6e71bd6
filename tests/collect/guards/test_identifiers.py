"""How much of what points to a person is found, and how much is found that does not."""

import re
import time
from pathlib import Path

import pytest

from fidelity.collect.guards.identifiers import KINDS, identifiers, in_reference
from fidelity.collect.guards.names import (
    NameList,
    folded,
    hashed_lines,
    looks_like_a_name,
    names_in,
)
from fidelity.collect.guards.references import scan_notes
from fidelity.errors import FileError
from tests.collect.guards.lines import MAKERS, RARE, lines, rare_names


def kinds_in(line: str, known: NameList | None = None) -> set[str]:
    return {one.kind for one in (*identifiers(line), *names_in(line, known))} - {"date"}


def test_recall_and_false_alarms_by_type(capsys: pytest.CaptureFixture[str]) -> None:
    """Printed for whoever asks. The same hand wrote lines and rules, so it is on the high side."""
    corpus = lines()
    assert len(corpus) >= 400
    told = [f"{len(corpus)} made-up lines; of each kind found, and found where it is not:"]
    recall, alarms = {}, {}
    for kind in MAKERS:
        mine = [line for which, line in corpus if which == kind]
        plain = [line for which, line in corpus if which == ""]
        recall[kind] = sum(kind in kinds_in(line) for line in mine) / len(mine)
        alarms[kind] = sum(kind in kinds_in(line) for line in plain) / len(plain)
        told.append(f"  {kind:9} {recall[kind]:6.1%} of {len(mine)}; {alarms[kind]:6.1%} of "
                    f"{len(plain)} plain lines")  # fmt: skip
    rare = rare_names()
    alone = sum("name" in kinds_in(line) for line in rare) / len(rare)
    listed = NameList.of(RARE)
    helped = sum("name" in kinds_in(line, listed) for line in rare) / len(rare)
    told.append(f"  names on nobody's list: {alone:.0%} of {len(rare)}; with a local list "
                f"{helped:.0%}. Names in notes cannot all be found.")  # fmt: skip
    small = [line.lower() for kind, line in corpus if kind == "name"]
    lowered = sum("name" in kinds_in(line) for line in small) / len(small)
    told.append(f"  names written without capitals: {lowered:.0%} of {len(small)}.")
    with capsys.disabled():
        print("\n" + "\n".join(told))
    for kind in set(MAKERS) - {"name"}:
        assert recall[kind] >= 0.95, kind
        assert alarms[kind] == 0, kind
    assert recall["name"] >= 0.9
    assert alarms["name"] <= 0.05
    assert helped >= 0.95
    assert alone < 0.5  # the honest figure: without a list most rare names pass


def test_published_numbers_and_their_neighbours() -> None:
    """UPNs as in the documentation of python-stdnum; the NHS number that forms use as a sample."""
    assert kinds_in("B801200005001") == {"upn"}
    assert kinds_in("A801200005001") == set()
    assert kinds_in("943 476 5919") == {"nhs"}
    wrong = [f"943476591{d}" for d in range(10) if d != 9]
    assert all("nhs" not in kinds_in(number) for number in wrong)
    assert kinds_in("0000000000") == set()


@pytest.mark.parametrize(
    "reference",
    ["SF001", "SF-0001", "R01", "North", "N-P012", "C0289", "P08", "0042", "1234567", "A-001",
     "2026-017", "Q3-2026-12", "KW", "P3/2026/004", "North East", "Duty Team 2", "bench-07",
     "004", "jbjb-abcdefgh234567ab", "case_12", "Team Manager", "OBS-2026-Q1-3", "LS-014"],
)  # fmt: skip
def test_codes_pass(reference: str) -> None:
    assert in_reference(reference) == []
    assert not looks_like_a_name(reference)


@pytest.mark.parametrize(
    ("reference", "kind"),
    [("JS12032011", "date"), ("J.S. 12/03/2011", "date"), ("OBS2026-03-31", "date"),
     ("943 476 5919", "nhs"), ("B801200005001", "upn"), ("AB123456C", "nino"),
     ("07700900123", "phone"), ("LS1 4AP", "postcode"), ("kim@council.example", "email"),
     ("12 March 2011", "date"), ("20110312", "date"), ("29/02/1984", "date")],
)  # fmt: skip
def test_numbers_in_references_are_found(reference: str, kind: str) -> None:
    assert {one.kind for one in in_reference(reference)} == {kind}


@pytest.mark.parametrize(
    "reference",
    ["Kim Wong", "Smith, John", "sarah", "Kevin", "Zoë", "Mary-Jane Evans", "Ben O'Hara"],
)
def test_names_in_references_are_found(reference: str) -> None:
    assert looks_like_a_name(reference)


def test_dates_that_there_are_not_are_no_dates() -> None:
    assert identifiers("31/02/2011 and 29/02/2023 and 12/13/2011") == []


def test_a_local_list_is_held_in_memory_or_hashed(tmp_path: Path) -> None:
    key = b"k" * 32
    plain, hashed = tmp_path / "names.txt", tmp_path / "hashed.txt"
    plain.write_text("# staff\nOttilie Marsh\nÇağla\n", encoding="utf-8")
    hashed.write_text("\n".join(hashed_lines(["Ottilie Marsh", "Çağla"], key)), encoding="ascii")
    assert "ttilie" not in hashed.read_text(encoding="ascii").lower()
    for known in (NameList.from_file(plain), NameList.from_file(hashed, key)):
        assert "Ottilie" in known
        assert "CAGLA" in known
        assert "North" not in known
        assert repr(known) == "NameList(3 names)"
        assert names_in("Saw Ottilie at school.", known)
        assert looks_like_a_name("Marsh", known)
    assert "Ottilie" not in NameList.from_file(hashed, b"z" * 32)
    with pytest.raises(FileError, match="kept as hashes"):
        NameList.from_file(hashed)
    assert folded("O'Neill-Ñ") == "oneilln"


def test_a_scan_tells_kinds_and_shows_nothing() -> None:
    scanned = scan_notes(["Rang 07700 900123 about Kevin Marsh", "nothing", "on 12/03/2026"])
    assert scanned.by_kind == {"phone": 1, "name": 1}
    assert "3 notes" in scanned.sentence
    assert "never exported" in scanned.sentence
    assert not re.search("07700|Kevin|Marsh", scanned.sentence)
    assert scan_notes(["nothing"]).sentence == ""


HOSTILE = {
    "an address without end": "a." * 2_500 + "@",
    "at signs": "a@" * 1_250,
    "digits": "0123456789" * 500,
    "digits and spaces": "07 0 " * 1_000,
    "letters and digits": "A1 " * 1_500,
    "capitals": "Mr " * 1_500,
    "a name without end": "Mr " + "Aa-" * 1_500,
    "one letter": "M" * 5_000,
    "slashes": "1/1/" * 1_250,
    "months": "1 may " * 800,
    "born": "born " * 1_000,
    "apostrophes": "O'" * 1_250,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_slow_to_search(name: str) -> None:
    """Eight times the text takes about eight times as long, not sixty-four."""
    short, long = HOSTILE[name], HOSTILE[name] * 8

    def seconds(text: str) -> float:
        best = float("inf")
        for _ in range(3):
            begin = time.perf_counter()
            identifiers(text)
            names_in(text)
            in_reference(text[:2000])
            best = min(best, time.perf_counter() - begin)
        return best

    assert seconds(long) < 24 * max(seconds(short), 0.002)


def test_every_kind_has_its_words() -> None:
    assert set(MAKERS) <= set(KINDS)
