"""Files come into one folder: whole or not at all, once, concerns first, nothing half-done."""

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.data_folder import _LIST, put_in_place, settle
from fidelity.collect.guards.names import NameList
from fidelity.collect.guards.pseudonyms import Key
from fidelity.collect.ingest import ingest
from fidelity.collect.record import Rating, write_record
from fidelity.collect.workbook import write_workbook
from fidelity.errors import FileError, RatingsError, UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from fidelity.rubric.places import sample_data_folder
from tests.collect.sheets import NOTE, PAYLOADS, apart, filled, put
from tests.collect.test_record import sitting

SOS = "sos_case_file"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from the checkout, in which a notebook may not read real data."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return read_rubric(SOS)


@pytest.fixture
def book(rubric: Rubric, empty_bytes: bytes, tmp_path: Path) -> Any:
    """Fill an empty workbook; each call a file."""

    def make(name: str, *rows: dict[str, Any], notes: tuple[dict[str, str], ...] = ()) -> Path:
        path = tmp_path / name
        path.write_bytes(empty_bytes)
        opened = openpyxl.load_workbook(path)
        for n, row in enumerate(rows, start=4):
            put(opened[SOS], n, **row)
        for n, note in enumerate(notes, start=4):
            put(opened["Notes"], n, **note)
        opened.save(path)
        return path

    return make


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


#: With levels, counts, roles that are asked different things, and 0 to 10.
KINDS = (SOS, "miti4", "sos_family_feedback", "sos_org_alignment")


def test_what_was_typed_is_what_the_folder_gives_back(tmp_path: Path) -> None:
    """Forms of every rubric, workbooks of every kind of scale: codes, reasons, notes and all."""
    inbox, data = tmp_path / "inbox", tmp_path / "data"
    inbox.mkdir()
    rubrics = {name: read_rubric(name) for name in rubric_ids()}
    forms = {}
    for name, rubric in rubrics.items():
        about = {**sitting(rubric).assessment, "piece": f"J-{name}"}
        forms[name] = sitting(rubric, assessment=about)
        write_record(forms[name], inbox / f"{name}.json")
    typed = {}
    for name in KINDS:
        path = write_workbook(rubrics[name], inbox / f"{name}.xlsx", rows=6)
        typed[name] = filled(path, [rubrics[name]], rows=4, rater="R07")[name]
    found = ingest([inbox], data)
    assert found.ok, found
    assert sum(sum(one.new.values()) for one in found.files) == len(rubrics) + 4 * len(KINDS)
    kept = {name: rows(data / f"ratings_{name}.csv") for name in rubrics}
    for name, form in forms.items():
        mine = {r["item"]: r for r in kept[name] if r["piece"] == f"J-{name}"}
        for rating in form.ratings:
            got = mine.get(rating.item, {"value": "", "reason": ""})
            assert got["value"] == rating.value
            assert got.get("reason", "") == rating.reason
    for name, columns in typed.items():
        plain, reasons = apart(columns)
        for n, piece in enumerate(plain["piece"]):
            mine = {r["item"]: r for r in kept[name] if r["piece"] == piece}
            for item in rubrics[name].items:
                got = mine.get(item, {"value": "", "reason": ""})
                assert got["value"] == (plain[item][n] or ""), (name, piece, item)
                assert got.get("reason", "") == (reasons.get(item, [None] * 4)[n] or "")
            about = next(iter(mine.values()))
            assert (about["case"], about["plan_type"]) == (plain["case"][n], "Ärger & <b>")
    notes = {(r["rubric"], r["item"]): r["note"] for r in rows(data / "notes.csv")
             if r["piece"].startswith("00")}  # fmt: skip
    expected = {(name, item): NOTE for name in KINDS for item in rubrics[name].items}
    assert {key: text for key, text in notes.items() if key in expected} == expected
    back = fd.read_folder(data)
    assert {name: len(ratings) for name, ratings in back.items()} == {
        name: 5 if name in KINDS else 1 for name in rubrics
    }
    before = content(data)
    again = ingest([inbox], data)
    assert not again.changed
    assert sum(one.there for one in again.files) == len(rubrics) + 4 * len(KINDS)
    assert content(data) == before


def test_the_summary_begins_with_children_at_risk(book: Any, tmp_path: Path) -> None:
    passed = {"concern": "yes", "escalated_on": "2026-03-02", "escalated_to": "team manager"}
    good = book("good.xlsx", {"piece": "A1", "rater": "R01", "m1": 3, **passed})
    bad = book("bad.xlsx", {"piece": "A2", "rater": "R01", "m1": 9, "concern": "yes"})
    torn = tmp_path / "torn.json"
    torn.write_text('{"concern": {"concern": "yes"}, "rat', encoding="utf-8")
    found = ingest([good, bad, torn], tmp_path / "data")
    told = found.sentences
    assert told[0].startswith('OPEN CONCERN, NOT ESCALATED: piece "A2"')
    assert told[1].startswith("OPEN CONCERN, PERHAPS")
    assert told[2].startswith('OPEN CONCERN: piece "A1"')
    assert told[3] == "1 new assessment from 1 file; 2 files refused."
    assert told[4] == "good.xlsx: 1 new assessment of sos_case_file."
    assert told[5].startswith("bad.xlsx: refused; nothing of it came in.")
    assert f"bad.xlsx {SOS}!T4" in told[5]
    assert not found.ok
    kept = rows(tmp_path / "data" / "concerns.csv")
    assert [row["piece"] for row in kept] == ["A1"]
    ratings = fd.read_folder(tmp_path / "data")[SOS]
    assert [c.piece for c in ratings.concerns] == ["A1"]
    assert str(ratings).startswith("OPEN CONCERN")
    assert "concern" not in (tmp_path / "data" / f"ratings_{SOS}.csv").read_text("utf-8-sig")


def test_a_concern_is_closed_by_bringing_the_file_in_again(book: Any, tmp_path: Path) -> None:
    first = {"piece": "A1", "rater": "R01", "m1": 3, "concern": "yes"}
    ingest([book("a.xlsx", first)], tmp_path / "data")
    closed = {**first, "escalated_on": "2026-03-02", "escalated_to": "manager",
              "closed_on": "2026-03-09"}  # fmt: skip
    found = ingest([book("a.xlsx", closed)], tmp_path / "data")
    assert found.changed
    assert found.files[0].there == 1
    assert not found.open_concerns
    # an older copy that turns up later opens nothing again
    ingest([book("a.xlsx", first)], tmp_path / "data")
    assert rows(tmp_path / "data" / "concerns.csv")[0]["closed_on"] == "2026-03-09"


def test_the_same_assessment_with_other_content_is_a_conflict(book: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    ingest([book("a.xlsx", {"piece": "A1", "rater": "R01", "m1": 3, "m2": "NA"})], data)
    before = content(data)
    other = book("b.xlsx", {"piece": "A1", "rater": "R01", "m1": 4, "m3": 2},
                 {"piece": "A2", "rater": "R01", "m1": 1})  # fmt: skip
    found = ingest([other], data)
    told = str(found)
    assert 'piece "A1" by "R01" is there already with other content' in told
    assert "m1 3 there, 4 here" in told
    assert "m2 NA there, blank here" in told
    assert "m3 blank there, 2 here" in told
    assert f"b.xlsx {SOS}!" in told
    assert content(data) == before  # A2, which is new, did not come in alone
    corrected = ingest([other], data, correct=True)
    assert (corrected.files[0].replaced, corrected.files[0].new[SOS]) == (1, 1)
    frame = fd.read_folder(data)[SOS].frame.to_native().set_index(["piece", "item"])
    assert frame.loc[("A1", "m1"), "level"] == 4
    assert ("A1", "m2") not in frame.index
    assert not ingest([other], data).changed


def test_the_same_content_in_another_spelling_is_the_same(book: Any, tmp_path: Path) -> None:
    import datetime as dt

    data = tmp_path / "data"
    ingest([book("a.xlsx", {"piece": "A1", "rater": "R01", "rater_role": "line_manager",
                            "date": dt.date(2026, 3, 31), "m1": 3, "m2": "NA", "minutes": 30})],
           data)  # fmt: skip
    long = tmp_path / f"ratings_{SOS}.csv"
    long.write_text(
        "piece;rater;rater_role;date;item;value;minutes;purpose\n"
        "A1;R01;Line manager;31/03/2026;m1;3.0;30.0;routine\n"
        "A1;R01;Line manager;31/03/2026;m2;n/a;30.0;\n", encoding="cp1252",
    )  # fmt: skip
    wide = tmp_path / "wide.csv"
    wide.write_text(
        "Piece,Rater,Rater role,Date,M1,M2,Minutes\nA1,R01,line-manager,2026-03-31,3,NA,30\n",
        encoding="utf-16",
    )
    found = ingest([long, wide], data, rubrics=[SOS])
    assert found.ok, found
    assert [one.there for one in found.files] == [1, 1]
    assert not found.changed
    assert "separated by semicolons" in str(found)
    assert "read as UTF-16" in str(found)


def test_a_piece_is_told_one_way_by_all(book: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    ingest([book("a.xlsx", {"piece": "A1", "rater": "R01", "team": "North", "m1": 3})], data)
    found = ingest(
        [book("b.xlsx", {"piece": "A1", "rater": "R02", "team": "South", "m1": 3})], data
    )
    assert 'team of piece "A1" is "South", and elsewhere "North"' in str(found)
    assert len(fd.read_folder(data)[SOS]) == 1


@pytest.mark.parametrize(
    ("row", "told", "instead"),
    [
        ({"piece": "Kim Wong"}, "piece seems to hold a name", "A-001"),
        ({"piece": "943 476 5919"}, "piece seems to hold an NHS number", "A-001"),
        ({"case": "JS12032011"}, "case seems to hold a full date", "only your authority can trace"),
        ({"case": "AB123456C"}, "a National Insurance number", "only your authority can trace"),
        ({"rater": "sarah@council.example"}, "rater seems to hold an e-mail address", "R01"),
        ({"practitioner": "Sarah"}, "practitioner seems to hold a name", "P012"),
        ({"team": "LS1 4AP"}, "team seems to hold a postcode", "points to no person"),
        ({"escalated_to": "Kevin Marsh", "concern": "yes"}, "escalated_to seems to hold a name",
         "team manager"),
    ],
)  # fmt: skip
def test_references_to_people_are_refused(
    book: Any, tmp_path: Path, row: dict[str, str], told: str, instead: str
) -> None:
    given = {"piece": "A1", "rater": "R01", "m1": 3, **row}
    found = ingest([book("a.xlsx", given)], tmp_path / "data")
    (fault,) = found.files[0].refused.faults  # type: ignore[union-attr]
    assert told in fault.what
    assert instead in fault.allowed
    assert f"a.xlsx {SOS}!" in fault.where
    secret = next(text for key, text in row.items() if key != "concern")
    assert secret not in str(fault)
    worse = ingest([book("b.xlsx", {**given, "m1": 9, "date": "soon"})], tmp_path / "data")
    assert worse.files[0].refused.total == 3  # type: ignore[union-attr]
    if "concern" not in row:  # of a concern everything is told
        assert secret not in str(worse)
    assert not (tmp_path / "data" / f"ratings_{SOS}.csv").exists()


def test_with_a_key_people_become_pseudonyms(book: Any, tmp_path: Path) -> None:
    key, data = Key(b"k" * 32), tmp_path / "data"
    row = {"piece": "A1", "rater": "R01", "m1": 3, "case": "Kim Wong", "practitioner": "Sarah B"}
    found = ingest([book("a.xlsx", row)], data, key=key)
    assert found.ok, found
    (kept,) = rows(data / f"ratings_{SOS}.csv")
    assert kept["case"] == key.pseudonym("case", "Kim Wong")
    assert kept["practitioner"] == key.pseudonym("practitioner", "sarah b")
    everything = b"".join(content(data).values())
    for secret in (b"Kim", b"Wong", b"Sarah", key.secret, key.secret.hex().encode()):
        assert secret not in everything
    assert not ingest([book("a.xlsx", row)], data, key=key).changed


def test_notes_are_scanned_kept_apart_and_never_exported(book: Any, tmp_path: Path) -> None:
    canary = "CANARY-rang 07700 900123"
    notes = (
        {"piece": "A1", "rater": "R01", "item": "m1", "note": canary},
        {"piece": "A1", "note": "reply: Ottilie and I see it otherwise"},
    )
    path = book("a.xlsx", {"piece": "A1", "rater": "R01", "m1": 3}, notes=notes)
    data = tmp_path / "data"
    found = ingest([path], data, names=NameList.of(["Ottilie"]))
    assert found.ok
    assert "Of 2 notes some seem to tell who somebody is" in found.sentences[-1]
    assert "a telephone number in 1, a name in 1" in found.sentences[-1]
    assert "CANARY" not in str(found)
    holders = [name for name, held in content(data).items() if b"CANARY" in held]
    assert holders == ["notes.csv"]
    ratings = fd.read_folder(data)[SOS]
    assert "note" not in ratings.frame.columns
    assert "CANARY" not in f"{ratings!r} {fd.score(ratings)!r} {ratings.assessments.to_csv()}"


def test_what_the_folder_writes_starts_no_formula(book: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    lines = [{"piece": f"A{n}", "rater": "R01", "m1": 3, "team": text, "plan_type": f" {text}"}
             for n, text in enumerate(PAYLOADS)]  # fmt: skip
    notes = tuple({"piece": f"A{n}", "note": text} for n, text in enumerate(PAYLOADS))
    assert ingest([book("a.xlsx", *lines, notes=notes)], data).ok
    for path in data.iterdir():
        for row in rows(path):
            for cell in row.values():
                assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t")), (path.name, cell)
    teams = set(fd.read_folder(data)[SOS].assessments["team"])
    assert teams == {text.strip() for text in PAYLOADS}  # and it comes back as it was


def test_files_that_cannot_come_in_say_why(book: Any, tmp_path: Path) -> None:
    data, plain = tmp_path / "data", tmp_path / "own.csv"
    plain.write_text("Audit ID,Auditor,Q1\n1,A,Yes\n", encoding="utf-8")
    other = tmp_path / "audits.csv"
    other.write_text("piece,rater,m1\n1,A,3\n", encoding="utf-8")
    odd = tmp_path / "a.docx"
    odd.write_bytes(b"PK")
    told = str(ingest([plain, other, odd], data))
    assert "fidelity mapping own.csv --rubric RUBRIC" in told
    assert "audits.csv: which rubric was it scored with?" in told
    assert "files of kind '.docx' cannot be brought in" in told
    with pytest.raises(UsageError, match="no such file"):
        ingest([tmp_path / "none.csv"], data)
    with pytest.raises(UsageError, match="No files to bring in"):
        ingest([], data)
    with pytest.raises(UsageError, match="in which ratings are kept"):
        ingest([data], data)


def test_two_do_not_bring_files_in_at_once(book: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / ".ingest-lock").touch()
    with pytest.raises(UsageError, match="somebody is bringing files"):
        ingest([book("a.xlsx", {"piece": "A1", "rater": "R01", "m1": 3})], data)
    assert [path.name for path in data.iterdir()] == [".ingest-lock"]


@pytest.mark.parametrize("at", ["writing", "listed", "half in place"])
def test_a_change_that_was_cut_off_is_whole_or_gone(
    tmp_path: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cut at each point, as kill -9 would leave it: what is found next is all new or all old."""
    old = {"a.csv": "old a\n", "b.csv": "old b\n"}
    new = {"a.csv": "new a\n", "b.csv": "new b\n", "c.csv": "new c\n"}
    put_in_place(tmp_path, old)
    for name, text in new.items() if at != "writing" else [("a.csv", "new a\n")]:
        (tmp_path / f".{name}.part").write_text(text, encoding="utf-8-sig")
    if at != "writing":
        (tmp_path / _LIST).write_text("\n".join(new), encoding="utf-8")
    if at == "half in place":
        os.replace(tmp_path / ".a.csv.part", tmp_path / "a.csv")  # noqa: PTH105
    settle(tmp_path)
    found = {path.name: path.read_text(encoding="utf-8-sig") for path in tmp_path.iterdir()}
    assert found == (old if at == "writing" else new)


def test_a_file_that_cannot_be_written_changes_nothing(book: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    ingest([book("a.xlsx", {"piece": "A1", "rater": "R01", "m1": 3})], data)
    before = content(data)
    (data / ".notes.csv.part").mkdir()  # a file cannot be written here by anybody
    with pytest.raises(FileError, match="Nothing was changed"):
        ingest([book("b.xlsx", {"piece": "A2", "rater": "R01", "m1": 3},
                     notes=({"piece": "A2", "note": "x"},))], data)  # fmt: skip
    (data / ".notes.csv.part").rmdir()
    assert content(data) == before


def test_an_interrupt_leaves_nothing_half_done(
    rubric: Rubric, empty_bytes: bytes, tmp_path: Path
) -> None:
    """Ctrl-C at several moments of a real run: the folder is as before, or as after."""
    inbox, data = tmp_path / "inbox", tmp_path / "data"
    inbox.mkdir()
    base = sitting(rubric)
    for n in range(25):
        about = {**base.assessment, "piece": f"A{n:03}"}
        write_record(sitting(rubric, turn=n, assessment={**about, "rater_role": "peer"}),
                     inbox / f"a{n:03}.json")  # fmt: skip
    command = [sys.executable, "-m", "fidelity", "ingest", str(inbox), "-o", str(data)]
    begin = time.monotonic()
    whole = subprocess.run(command, capture_output=True, text=True, check=True)
    took = time.monotonic() - begin
    after = digest(data)
    assert "25 new assessments from 25 files" in whole.stdout
    stopped = 0
    for share in (0.5, 0.8, 0.95):
        shutil.rmtree(data, ignore_errors=True)
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(took * share)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=60)
        stopped += run.returncode != 0
        assert "Traceback" not in errors or "import" in errors, errors
        left = digest(data)
        assert left in ({}, after)
    assert stopped, "no run was stopped in time"
    subprocess.run(command, capture_output=True, check=True)
    assert digest(data) == after


def digest(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_marked_copy_is_mended_and_comes_in(book: Any, tmp_path: Path) -> None:
    bad = book(
        "audits.xlsx", {"piece": "Kim Wong", "rater": "R01", "m1": 9},
        {"piece": "A2", "rater": "R01", "m1": 3, "date": "9th Sept"},
    )  # fmt: skip
    data, marked = tmp_path / "data", tmp_path / "marked"
    run = subprocess.run(
        [sys.executable, "-m", "fidelity", "ingest", str(bad), "-o", str(data),
         "--marked-copy", str(marked), "--json"], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    told = json.loads(run.stdout)
    assert len(told["files"][0]["problems"]) == 3
    copy = marked / "audits_to_mend.xlsx"
    assert told["marked_copies"] == [str(copy)]
    opened = openpyxl.load_workbook(copy)
    sheet = opened[SOS]
    marks = {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}
    assert set(marks) == {"E4", "T4", "H5"}
    assert "Allowed: 1, 2, 3, 4, 5, NA, NE, DK or blank" in marks["T4"]
    assert sheet["T4"].fill.fgColor.rgb.endswith("FFC7CE")
    assert opened["To mend"].max_row == 4
    assert len(sheet.data_validations.dataValidation) > 20  # the lists are still there
    put(sheet, 4, piece="A1", m1=4)
    put(sheet, 5, date=None)
    opened.save(copy)
    assert ingest([copy], data).ok
    assert len(fd.read_folder(data)[SOS]) == 2


def test_a_form_of_another_version_is_refused(rubric: Rubric, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    record = sitting(rubric)
    write_record(record, path)
    text = path.read_text(encoding="utf-8").replace(rubric.fingerprint, "0" * 16)
    path.write_text(text, encoding="utf-8")
    assert "never mix the two" in str(ingest([path], tmp_path / "data"))
    unknown = tmp_path / "b.json"
    unknown.write_text(path.read_text("utf-8").replace(SOS, "nobody_knows"), encoding="utf-8")
    assert 'scored with "nobody_knows", which is no rubric here' in str(
        ingest([unknown], tmp_path / "data")
    )


def test_a_rubric_of_ones_own_comes_in_with_its_file(rubric: Rubric, tmp_path: Path) -> None:
    own = rubric.model_copy(update={"id": "our_own", "version": "0.2.0"})
    write_record(
        sitting(own, ), tmp_path / "a.json",
    )  # fmt: skip
    found = ingest([tmp_path / "a.json"], tmp_path / "data", rubrics=[own])
    assert found.ok, found
    assert (tmp_path / "data" / "ratings_our_own.csv").is_file()
    assert not ingest([tmp_path / "a.json"], tmp_path / "data", rubrics=[own]).changed


def test_a_benchmark_piece_may_be_scored_again(rubric: Rubric, tmp_path: Path) -> None:
    for n, day in enumerate(("2026-01-05", "2026-04-05")):
        about = {"piece": "B1", "rater": "R01", "rater_role": "peer", "purpose": "benchmark",
                 "rated_on": day}  # fmt: skip
        record = sitting(rubric, assessment=about, ratings=(Rating(SOS, "m1", str(n + 2)),))
        write_record(record, tmp_path / f"{n}.json")
    found = ingest(sorted(tmp_path.glob("*.json")), tmp_path / "data")
    assert found.ok, found
    assert len(fd.read_folder(tmp_path / "data")[SOS]) == 2


def test_the_sample_authority_comes_in_and_gives_the_same_scores(tmp_path: Path) -> None:
    """No reference of an authority as it should be is taken for a person."""
    files = sorted(sample_data_folder().joinpath("small").glob("ratings_*.csv"))
    found = ingest(files, tmp_path / "data")
    assert found.ok, found
    direct, back = fd.read_folder("small"), fd.read_folder(tmp_path / "data")
    assert list(direct) == list(back)
    for name in direct:
        assert len(direct[name]) == len(back[name])
        mine, theirs = (fd.score(one[name]).to_frame() for one in (back, direct))
        pd.testing.assert_frame_equal(mine, theirs)
    told = {str(concern) for ratings in direct.values() for concern in ratings.concerns}
    kept = {str(concern) for ratings in back.values() for concern in ratings.concerns}
    assert kept == told


def test_a_short_form_stays_marked(rubric: Rubric, tmp_path: Path) -> None:
    """It comes in beside a full one of the same piece, and is read by itself."""
    write_record(sitting(rubric, short=True), tmp_path / "short.json")
    write_record(sitting(rubric), tmp_path / "full.json")
    data = tmp_path / "data"
    found = ingest([tmp_path / "short.json", tmp_path / "full.json"], data)
    assert found.ok, found
    assert [one.new[SOS] for one in found.files] == [1, 1]
    forms = {row["form"] for row in rows(data / f"ratings_{SOS}.csv")}
    assert forms == {"", "short"}
    back = fd.read_folder(data)
    assert sorted(back) == [SOS, f"{SOS} (short form)"]
    assert [len(ratings) for ratings in back.values()] == [1, 1]
    table = tmp_path / "both.csv"
    table.write_text((data / f"ratings_{SOS}.csv").read_text("utf-8-sig"), encoding="utf-8")
    again = ingest([table], data, rubrics=[rubric])
    assert again.ok, again
    assert again.files[0].there == 2
    assert "left out" not in str(again)


def test_notes_and_concerns_are_for_their_owner_alone(book: Any, tmp_path: Path) -> None:
    path = book("a.xlsx", {"piece": "A1", "rater": "R01", "m1": 3, "concern": "yes"},
                notes=({"piece": "A1", "note": "seen"},))  # fmt: skip
    (tmp_path / ".git").mkdir()
    found = ingest([path], tmp_path / "data")
    assert "lies inside a git checkout" in found.sentences[-1]
    if os.name == "posix":
        for name in ("notes.csv", "concerns.csv"):
            assert (tmp_path / "data" / name).stat().st_mode & 0o077 == 0


def test_progress_is_told_on_a_terminal_alone(rubric: Rubric, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for n in range(3):
        about = {**sitting(rubric).assessment, "piece": f"A{n}"}
        write_record(sitting(rubric, assessment=about), inbox / f"a{n}.json")
    command = [sys.executable, "-m", "fidelity", "ingest", str(inbox), "-o", str(tmp_path / "d")]
    quiet = subprocess.run(command, capture_output=True, text=True, check=True)
    assert quiet.stderr == ""
    if not hasattr(os, "openpty"):
        pytest.skip("no terminals of this kind on this system")
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=terminal, check=True)
    told = os.read(ours, 4096).decode()
    os.close(ours)
    for n in range(3):
        assert f"{n + 1} of 3: a{n}.json" in told


def test_two_versions_never_stand_in_one_folder(rubric: Rubric, tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_record(sitting(rubric), tmp_path / "a.json")
    ingest([tmp_path / "a.json"], data)
    before = content(data)
    newer = rubric.model_copy(update={"version": "2.0.0"})
    about = {**sitting(rubric).assessment, "piece": "A2"}
    write_record(sitting(newer, assessment=about), tmp_path / "b.json")
    with pytest.raises(RatingsError, match="in a folder of its own"):
        ingest([tmp_path / "b.json"], data, rubrics=[newer])
    assert content(data) == before


def test_what_one_row_leaves_out_another_tells(tmp_path: Path) -> None:
    """A long file with the day of scoring in one row alone is one assessment, and loses nothing."""
    path = tmp_path / f"{SOS}.csv"
    path.write_text(
        "piece,rater,rated_on,item,value\nA1,R01,2026-04-02,m1,3\nA1,R01,,m2,4\n", encoding="utf-8"
    )
    found = ingest([path], tmp_path / "data")
    assert found.files[0].new == {SOS: 1}
    kept = rows(tmp_path / "data" / f"ratings_{SOS}.csv")
    assert [(row["item"], row["value"], row["rated_on"]) for row in kept] == [
        ("m1", "3", "2026-04-02"), ("m2", "4", "2026-04-02"),
    ]  # fmt: skip
