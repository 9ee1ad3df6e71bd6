"""The JSON record of a form: it comes back as it was, and what is wrong in one is told whole."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fidelity.collect.ratings import from_text
from fidelity.collect.record import Rating, Record, Stamp, read_record, record_from_text
from fidelity.collect.record import write_record as write
from fidelity.collect.record_check import MAX_NOTE, MAX_RATINGS, MAX_RECORD, MAX_WORD
from fidelity.errors import FileError, RatingsError
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from tests.collect.sheets import answers, shown
from tests.faults.corpus import JARGON

NOTE = "Größe £5, “quoted”, a tab\tand\na new line; =1+1"


def sitting(*rubrics: Rubric, short: bool = False, turn: int = 0, **more: Any) -> Record:
    """A record with every kind of answer, by turns."""
    role = rubrics[0].raters[turn % len(rubrics[0].raters)]
    ratings = []
    for rubric in rubrics:
        for n, item in enumerate(rubric.must_haves if short else rubric.items):
            possible = answers(rubric, item)
            value = shown(possible[(n + turn) % len(possible)]) or ""
            if role not in rubric.asked_of.get(item, (role,)):
                value = ""
            reason = "not_due" if value == "NA" else ""
            ratings.append(Rating(rubric.id, item, value, reason, NOTE if n == 1 else ""))
    about = {
        "piece": "0042", "rater": "R01", "rater_role": role, "date": "2026-03-31",
        "case": "007", "team": "Nörd", "plan_type": "child_in_need", "minutes": "12.5",
    }  # fmt: skip
    given: dict[str, Any] = {"assessment": about, "concern": {"concern": "no"}}
    given["made_at"] = "2026-04-02T10:15:00"
    stamps = tuple(Stamp(r.id, r.version, r.fingerprint, short) for r in rubrics)
    return Record(stamps, **{**given, "ratings": tuple(ratings), **more})


def test_a_record_comes_back_as_it_was(rubric: Rubric, tmp_path: Path) -> None:
    for turn in range(3):
        record = sitting(rubric, turn=turn)
        path = write(record, tmp_path / "audit_0042.json")
        back = read_record(path)
        assert back.ratings == record.ratings
        assert (back.rubrics, back.assessment, back.concern, back.made_at) == (
            record.rubrics, record.assessment, record.concern, record.made_at,
        )  # fmt: skip
        ratings = from_text(back.table(rubric), rubric)
        assert len(ratings) == 1
        levels = ratings.frame.to_native().set_index("item")
        for rating in record.ratings:
            got = levels.loc[rating.item]
            unit = rubric.scale_of(rating.item).unit
            if rating.value in {"NA", "NE", "DK"}:
                assert got["code"] == rating.value
            elif rating.value:
                assert got["level"] == round(float(rating.value) * unit)
            else:
                assert got[["level", "code"]].isna().all()
    assert list(tmp_path.iterdir()) == [path]


def test_several_rubrics_of_one_sitting(tmp_path: Path) -> None:
    rubrics = [read_rubric(name) for name in rubric_ids()]
    back = read_record(write(sitting(*rubrics), tmp_path / "a.json"))
    for rubric in rubrics:
        table = from_text(back.table(rubric), rubric)
        assert set(table.frame.to_native()["item"]) == set(rubric.items)
        assert table.assessments["piece"].tolist() == ["0042"]


def test_a_short_form_says_that_it_is_one(tmp_path: Path) -> None:
    sos = read_rubric("sos_case_file")
    back = read_record(write(sitting(sos, short=True), tmp_path / "a.json"))
    assert back.rubrics[0].short
    ratings = from_text(back.table(sos), sos)
    assert ratings.assessments["form"].tolist() == ["short"]
    assert set(ratings.frame.to_native()["item"]) == set(sos.must_haves)
    full = from_text(sitting(sos).table(sos), sos)
    assert "form" not in full.assessments


def test_items_left_out_are_not_answered() -> None:
    sos = read_rubric("sos_case_file")
    record = Record(
        (Stamp(sos.id, sos.version, sos.fingerprint),), {"piece": "1", "rater": "A"},
        (Rating(sos.id, "m1", "3"),),
    )  # fmt: skip
    frame = from_text(record.table(sos), sos).frame.to_native()
    assert set(frame["item"]) == set(sos.items)
    assert frame["level"].notna().sum() == 1


def test_numbers_may_stand_without_quotes() -> None:
    text = plain_record()
    text["ratings"][0]["value"] = 3.0
    record = record_from_text(json.dumps(text))
    assert record.ratings[0].value == "3.0"


def test_another_version_is_refused_with_its_concern() -> None:
    sos = read_rubric("sos_case_file")
    record = sitting(sos, concern={"concern": "yes"})
    other = sos.model_copy(update={"version": "9.0.0"})
    with pytest.raises(RatingsError) as caught:
        record.table(other)
    assert str(caught.value).startswith('OPEN CONCERN, NOT ESCALATED: piece "0042"')
    assert "never mix the two" in str(caught.value)
    with pytest.raises(RatingsError, match="scored with sos_case_file"):
        record.table(read_rubric("miti4"))


def plain_record() -> dict[str, Any]:
    """The smallest sound record, as JSON has it."""
    return {
        "format": "fidelity-record",
        "format_version": 1,
        "rubrics": [{"id": "sos_case_file", "version": "1.0.0", "fingerprint": "0" * 16}],
        "assessment": {"piece": "1", "rater": "A"},
        "ratings": [{"rubric": "sos_case_file", "item": "m1", "value": "3"}],
        "concern": {"concern": "yes"},
        "made_at": "2026-04-02T10:15:00",
    }


def without(key: str) -> dict[str, Any]:
    return {k: v for k, v in plain_record().items() if k != key}


def with_(path: str, value: Any) -> dict[str, Any]:
    record: Any = plain_record()
    part, keys = record, [int(k) if k.isdigit() else k for k in path.split(".")]
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = value
    return record  # type: ignore[no-any-return]


FAULTY: list[tuple[Any, str]] = [
    ([], "no record in it"),
    (without("format"), "not fidelity-record 1"),
    (with_("format_version", 2), '"fidelity-record" 2, not fidelity-record 1'),
    (with_("format_version", True), "not fidelity-record 1"),
    *((without(key), f"no {key} in it") for key in ("assessment", "concern")),
    (without("rubrics"), "rubrics: no list of parts"),
    (without("ratings"), "ratings: no list of parts"),
    (without("made_at"), "made_at: no day and time"),
    (with_("made_at", "yesterday"), "made_at: no day and time"),
    (with_("rubrics", []), "rubrics: no rubric, or one of them twice"),
    (with_("rubrics", plain_record()["rubrics"] * 2), "rubrics: no rubric, or one of them twice"),
    (with_("rubrics.0.short", "yes"), "rubric 1: short is neither true nor false"),
    (with_("rubrics.0.version", ""), "rubric 1: version is blank"),
    (with_("ratings", [3]), "ratings: no list of parts"),
    (with_("ratings.0.value", None), "rating 1: value is not text"),
    (with_("ratings.0.value", True), "rating 1: value is not text"),
    (with_("ratings.0.value", ["3"]), "rating 1: value is not text"),
    (with_("ratings.0.item", 1), "rating 1: item is not text"),
    (with_("ratings.0.score", "3"), 'rating 1: the key "score"'),
    (with_("ratings.0.rubric", "miti4"), 'rating 1: rubric "miti4", which the record does not'),
    (with_("ratings", plain_record()["ratings"] * 2), "rating 2: item m1 stands twice"),
    (with_("ratings", plain_record()["ratings"] * (MAX_RATINGS + 1)), "at most 2,000 are read"),
    (with_("ratings.0.note", "x" * (MAX_NOTE + 1)), "note has 5,001 letters"),
    (with_("assessment.team", "x" * (MAX_WORD + 1)), "team has 201 letters"),
    (with_("assessment.piece", " "), "assessment: piece is blank"),
    (with_("assessment.piece", "A\u202e1"), "piece holds a character that cannot be seen"),
    (with_("assessment.piece", "A\ud800"), "piece holds a character that cannot be seen"),
    (with_("ratings.0.note", "a\0b"), "note holds a character that cannot be seen"),
    (with_("assessment.ratter", "A"), 'the key "ratter"'),
    (with_("assessment.concern", "yes"), 'the key "concern"'),
    (with_("concern.concern", ["yes"]), "concern: concern is not text"),
    (with_("name", "Kim"), 'the key "name"'),
]


@pytest.mark.parametrize(("record", "told"), FAULTY, ids=range(len(FAULTY)))
def test_a_faulty_record_is_told_by_its_place(record: Any, told: str) -> None:
    with pytest.raises(RatingsError) as caught:
        record_from_text(json.dumps(record), "audit_1.json")
    assert told in str(caught.value)
    assert "nothing was read in" in str(caught.value)
    for fault in caught.value.faults:
        assert fault.where.startswith("audit_1.json")
        assert all((fault.what, fault.allowed, fault.remedy))
        assert not JARGON.search(re.sub(r'"[^"]*"', "", str(fault)))
    if isinstance(record, dict) and isinstance(record.get("concern"), dict):
        assert str(caught.value).startswith("OPEN CONCERN, NOT ESCALATED")


BROKEN = [
    ("", "no record of a form"),
    ("{", "cannot be read from line 1"),
    ('{"format": "fidelity-record", "format": 1}', 'the key "format" stands twice'),
    ('{"a": NaN}', "NaN is no JSON"),
    ("[" * 100_000, "nested too deep"),
    ("0" * 5000, "cannot be read"),
]


@pytest.mark.parametrize(("text", "told"), BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_json_is_told(text: str, told: str) -> None:
    with pytest.raises(FileError, match="save it again from the form") as caught:
        record_from_text(text, "a.json")
    assert told in str(caught.value)
    assert not str(caught.value).startswith("OPEN CONCERN")


@pytest.mark.parametrize("cut_at", [30, 20, 3])
def test_a_torn_record_still_tells_of_a_concern(cut_at: int) -> None:
    text = json.dumps(plain_record())
    assert '"concern": "yes"' in text[:-cut_at]
    with pytest.raises(FileError, match="OPEN CONCERN, PERHAPS"):
        record_from_text(text[:-cut_at], "a.json")
    calm = text.replace('"yes"', '"no"')
    with pytest.raises(FileError) as caught:
        record_from_text(calm[:-cut_at], "a.json")
    assert "CONCERN" not in str(caught.value)


def test_all_faults_come_at_once() -> None:
    record = with_("ratings.0.value", None)
    record["assessment"] = {"piece": 7, "rater": "A", "teem": "N"}
    record["made_at"] = ""
    with pytest.raises(RatingsError) as caught:
        record_from_text(json.dumps(record), "a.json")
    assert caught.value.total == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_record_pasted_into_an_editor_is_read(tmp_path: Path, encoding: str) -> None:
    sos = read_rubric("sos_case_file")
    path = tmp_path / "a.json"
    path.write_bytes(sitting(sos).as_json().encode(encoding))
    assert read_record(path).ratings == sitting(sos).ratings


def test_a_large_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b" " * (MAX_RECORD + 1))
    with pytest.raises(FileError, match="at most 1,000,000"):
        read_record(path)


def test_a_record_that_would_be_refused_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(RatingsError):
        write(sitting(read_rubric("miti4"), made_at="now"), tmp_path / "a.json")
    assert not list(tmp_path.iterdir())
