"""Protocols: stamped once, refused where a word was changed, and results held against them."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.ratings import Ratings
from fidelity.errors import FileError, RubricError, UsageError
from fidelity.protocol.files import protocol_template
from fidelity.protocol.model import EXPLORATORY, PLANNED, Protocol
from fidelity.results import Result, method_of

SAID: dict[str, Any] = {
    "id": "visits_2026", "question": 'Do "skills" change after the course?',
    "rubric": "cfsw_skills", "comparison": "visits from July on against those before",
    "first": "2026-01-01", "last": "2026-12-31", "known_until": "2026-06-30", "pieces": 3,
    "analysis": "change", "options": {"around": "2026-07-01", "cluster": "practitioner"},
    "smallest_change": 0.5, "draw": "list of 1 June, seed 7",
}  # fmt: skip
STAMPED = date(2026, 7, 1)


def written(folder: Path, **other: Any) -> Protocol:
    return fd.write_protocol(folder / "p.yaml", on=STAMPED, **{**SAID, **other})


@cache
def label() -> str:
    return fd.read_rubric("cfsw_skills").label


def result(**other: Any) -> Result:
    options: dict[str, Any] = {
        "measure": "overall", "around": date(2026, 7, 1), "cluster": "practitioner",
        "selection": "random", **other,
    }  # fmt: skip
    name, rubric = options.pop("name", "change"), options.pop("rubric", label())
    return Result(pd.DataFrame({"estimate": [0.4]}), ("It moved.",),
                  method_of(name, rubric, **options))  # fmt: skip


def ratings(**columns: Any) -> Ratings:
    table = {
        "piece": ["OB1", "OB2", "OB3", "B1"], "rater": ["R1"] * 4, "empathy": ["3"] * 4,
        "date": ["2026-03-01", "2026-08-01", "2026-09-01", "2026-02-01"],
        "rated_on": ["2026-03-10", "2026-08-10", "2026-09-10", "2026-02-02"],
        "selection": ["random"] * 3 + [None], "purpose": ["routine"] * 3 + ["benchmark"],
    }  # fmt: skip
    return Ratings(pd.DataFrame({**table, **columns}), "cfsw_skills")


def test_it_is_read_back_as_it_was_said(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert found == fd.read_protocol(tmp_path / "p.yaml")
    assert found.question == SAID["question"]
    assert found.measure == "overall"
    assert found.sample.known_until == date(2026, 6, 30)
    assert found.stamped_on == STAMPED
    assert len(found.stamp or "") == 64
    assert found.short == f"visits_2026, stamped on 2026-07-01 ({(found.stamp or '')[:8]})"


def test_the_same_words_have_the_same_stamp_whatever_the_layout(tmp_path: Path) -> None:
    first = written(tmp_path)
    path = tmp_path / "p.yaml"
    text = path.read_text(encoding="utf-8").replace('pieces: "3"', "pieces: 3  # a remark")
    path.write_text("# a remark\n" + text, encoding="utf-8")
    assert fd.read_protocol(path) == first


@pytest.mark.parametrize(
    ("old", "new"),
    [("course", "coaching"), ('measure: "overall"', 'measure: "empathy"'),
     ("2026-12-31", "2026-11-30"), ("practitioner", "case"), ("seed 7", "seed 8"),
     ("stamped_on: 2026-07-01", "stamped_on: 2026-06-01"), ("stamp: ", "stamp: 0"),
     ('smallest_change: "0.5"', 'smallest_change: "0.4"')],
)  # fmt: skip
def test_a_word_changed_after_the_stamp_is_found(tmp_path: Path, old: str, new: str) -> None:
    written(tmp_path)
    path = tmp_path / "p.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RubricError) as caught:
        fd.read_protocol(path)
    assert "changed after it was stamped" in str(caught.value)
    assert "p.yaml:" in caught.value.faults[0].where


def test_a_template_is_filled_in_and_then_stamped(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = protocol_template("sos_case_file")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RubricError) as caught:
        fd.stamp_protocol(path)
    assert caught.value.total == 3
    assert "not filled in yet" in str(caught.value)
    path.write_text(text.replace("fill in:", "as agreed:"), encoding="utf-8")
    with pytest.raises(RubricError, match="no stamp"):
        fd.read_protocol(path)
    assert fd.stamp_protocol(path).rubric == "sos_case_file"
    assert path.read_text(encoding="utf-8").startswith("# A protocol")
    with pytest.raises(RubricError, match="stamped already"):
        fd.stamp_protocol(path)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(FileError, match="never written over"):
        written(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["p.yaml"]


@pytest.mark.parametrize(
    ("other", "told"),
    [({"last": "2025-01-01", "known_until": None}, "is before"),
     ({"known_until": "2026-12-31"}, "leave days that nobody has seen"),
     ({"known_until": "2026-08-31"}, "is yet to come"),
     ({"pieces": 0}, "1 or more"), ({"measure": "nope"}, 'no measure "nope"'),
     ({"selection": ("by hand",)}, "selection"), ({"id": "Visits 2026"}, "a short name"),
     ({"first": "1 March"}, "a date of the calendar")],
)  # fmt: skip
def test_what_makes_no_protocol_is_refused_and_not_written(
    tmp_path: Path, other: dict[str, Any], told: str
) -> None:
    with pytest.raises(RubricError, match=told):
        written(tmp_path, **other)
    assert not list(tmp_path.iterdir())


def test_no_such_rubric(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No rubric"):
        written(tmp_path, rubric="nope")


def test_the_planned_analysis_is_marked_planned(tmp_path: Path) -> None:
    before = result()
    marked = written(tmp_path).mark(before, ratings())
    assert marked.method["planned"] == PLANNED
    assert marked.method["departures"] == ()
    assert marked.sentences[0].startswith(
        "Planned: the primary analysis of the protocol visits_2026"
    )
    assert "before the data were seen, on 3 pieces" in marked.sentences[0]
    assert marked.sentences[1:] == before.sentences
    assert "planned" not in before.method
    pd.testing.assert_frame_equal(marked.to_frame(), before.to_frame())


def test_fewer_pieces_than_planned_are_said(tmp_path: Path) -> None:
    marked = written(tmp_path, pieces=10).mark(result(), ratings())
    assert "7 fewer than planned" in marked.sentences[0]


@pytest.mark.parametrize(
    ("other", "told"),
    [({"measure": "empathy"}, "the measure is empathy, planned was overall"),
     ({"name": "drift"}, "the analysis is drift, planned was change"),
     ({"around": "2026-06-01"}, "the option around is 2026-06-01, planned was 2026-07-01"),
     ({"cluster": "piece"}, "the option cluster is piece"),
     ({"rubric": "cfsw_skills 2.0.0 (0)"}, "the rubric is cfsw_skills 2.0.0")],
)  # fmt: skip
def test_another_analysis_is_exploratory_and_says_why(
    tmp_path: Path, other: dict[str, Any], told: str
) -> None:
    marked = written(tmp_path).mark(result(**other), ratings())
    assert marked.method["planned"] == EXPLORATORY
    assert told in marked.sentences[0]
    assert "a question for new data, not as an answer" in marked.sentences[0]


@pytest.mark.parametrize(
    ("columns", "told"),
    [({"rated_on": ["2026-03-10", "2026-06-20", "2026-09-10", "2026-02-02"]},
      "1 piece scored, or perhaps scored, before the stamp"),
     ({"date": ["2025-03-01", "2026-08-01", "2026-09-01", "2026-02-01"]},
      "1 piece from outside the days planned"),
     ({"date": [None, "2026-08-01", "2026-09-01", "2026-02-01"]}, "not every piece has a date")],
)  # fmt: skip
def test_other_data_make_it_exploratory(tmp_path: Path, columns: dict[str, Any], told: str) -> None:
    marked = written(tmp_path).mark(result(), ratings(**columns))
    assert marked.method["planned"] == EXPLORATORY
    assert told in marked.sentences[0]


def test_pieces_chosen_for_a_reason_count_where_the_analysis_uses_them(tmp_path: Path) -> None:
    chosen = ratings(selection=["random", "concern", "random", None])
    assert written(tmp_path).mark(result(), chosen).method["planned"] == PLANNED
    every = fd.read_protocol(tmp_path / "p.yaml").mark(result(selection="all"), chosen)
    assert "1 piece chosen otherwise" in every.sentences[0]


def test_practice_of_the_baseline_may_have_been_seen(tmp_path: Path) -> None:
    """OB1 was scored in March, before the stamp of July, and is the baseline."""
    assert written(tmp_path).mark(result(), ratings()).method["planned"] == PLANNED
    none = fd.write_protocol(tmp_path / "q.yaml", on=STAMPED, **{**SAID, "known_until": None})
    assert none.mark(result(), ratings()).method["planned"] == EXPLORATORY


def test_it_marks_what_the_library_finds(tmp_path: Path) -> None:
    audits = fd.read_folder("small")["sos_case_file"]
    plan = fd.write_protocol(
        tmp_path / "audits.yaml", id="audits", question="How far can a score be relied on?",
        rubric="sos_case_file", comparison="none", first="2024-01-01", last="2025-12-31",
        pieces=60, analysis="generalizability", options={"selection": "random"},
        on=date(2023, 12, 1),
    )  # fmt: skip
    marked = plan.mark(fd.generalizability(audits), audits)
    assert marked.method["planned"] == PLANNED
    assert type(marked).__name__ == "Reliance"
    assert plan.mark(fd.generalizability(audits, measure="map"), audits).method["planned"] == (
        EXPLORATORY
    )
