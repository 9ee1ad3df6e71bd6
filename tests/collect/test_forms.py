"""Full and short forms of one rubric: each is read by itself, and never the two together."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.folder import read_files
from fidelity.collect.record import Rating, Record, Stamp, write_record
from fidelity.collect.workbook import write_workbook
from fidelity.errors import RatingsError, UsageError
from fidelity.rubric import read_rubric
from fidelity.rubric.derived import is_short, name_of, short_form, whole_of
from tests.collect.sheets import put
from tests.spec.conftest import ENGINES, Engine

RUBRIC = read_rubric("sos_case_file")
SHORT = short_form(RUBRIC)


def rows(n: int, form: str | None, first: int = 0, level: str = "3") -> list[dict[str, Any]]:
    items = RUBRIC.must_haves if form == "short" else RUBRIC.items
    return [
        {"piece": f"p{k}", "rater": "R1", "item": item, "form": form, "concern": "no",
         "escalated_on": None, "value": level if RUBRIC.items[item].scored else "yes"}
        for k in range(first, first + n) for item in items
    ]  # fmt: skip


def table(*parts: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame([row for part in parts for row in part], dtype="string")
    scales = {item: RUBRIC.scale_of(item) for item in RUBRIC.items}
    lowest = {i: str(s.minimum) for i, s in scales.items() if not RUBRIC.items[i].scored}
    frame["value"] = frame["item"].map(lowest).fillna(frame["value"]).astype("string")
    return frame


BOTH = table(rows(4, None), rows(2, "Full", 4), rows(3, "short", 6, "1"))


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
def test_each_form_reads_its_own_rows_on_every_engine(engine: Engine) -> None:
    full = fd.Ratings(engine(BOTH), RUBRIC)
    assert full.assessments["piece"].tolist() == [f"p{k}" for k in range(6)]
    assert full.other_form == 3
    (note,) = [note for note in full.notes if "short form" in note]
    assert "3 assessments" in note
    assert "fidelity.short_form" in note
    short = fd.Ratings(engine(BOTH), SHORT)
    assert short.assessments["piece"].tolist() == ["p6", "p7", "p8"]
    assert short.other_form == 6
    assert any("6 assessments of the full form left out" in note for note in short.notes)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
def test_a_table_of_the_other_form_alone_is_refused_by_name(engine: Engine) -> None:
    with pytest.raises(RatingsError, match="3 assessments, all of the short form"):
        fd.Ratings(engine(table(rows(3, "short"))), RUBRIC)
    with pytest.raises(RatingsError, match="3 assessments, all of the full form"):
        fd.Ratings(engine(table(rows(3, "full"))), SHORT)


def test_without_a_mark_nothing_is_taken_for_a_short_form() -> None:
    with pytest.raises(RatingsError, match='no column "form"'):
        fd.Ratings(table(rows(3, None)).drop(columns="form"), SHORT)


def test_a_wide_table_is_parted_too() -> None:
    wide = BOTH.pivot(index=["piece", "rater", "form"], columns="item", values="value")
    full = fd.Ratings(wide.reset_index(), RUBRIC)
    assert (len(full), full.other_form) == (6, 3)
    assert len(fd.Ratings(wide.reset_index(), SHORT)) == 3


def test_scores_of_the_full_form_are_those_without_the_short_one() -> None:
    alone = fd.score(fd.Ratings(table(rows(4, None), rows(2, "full", 4)), RUBRIC)).table
    pd.testing.assert_frame_equal(fd.score(fd.Ratings(BOTH, RUBRIC)).table, alone)


def test_a_concern_in_rows_that_are_left_out_is_still_told() -> None:
    frame = BOTH.copy()
    frame.loc[frame["piece"] == "p7", "concern"] = "yes"
    full = fd.Ratings(frame, RUBRIC)
    assert [concern.piece for concern in full.concerns] == ["p7"]
    assert full.summary[0].startswith("OPEN CONCERN")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_of_one_form_or_of_both(tmp_path: Path, ending: str) -> None:
    def kept(frame: pd.DataFrame) -> Path:
        path = tmp_path / f"ratings_sos_case_file.{ending}"
        frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
        return path

    path = kept(BOTH)
    assert len(fd.read_ratings(path, RUBRIC)) == 6
    assert len(fd.read_ratings(path, SHORT)) == 3
    found = fd.read_folder(tmp_path)
    assert {name: len(r) for name, r in found.items()} == {
        "sos_case_file": 6, "sos_case_file (short form)": 3
    }  # fmt: skip
    path = kept(table(rows(3, "short")))
    only = fd.read_ratings(path, RUBRIC)
    assert is_short(only.rubric)
    assert "(short form)" in only.summary[0]
    assert list(read_files([path])) == ["sos_case_file (short form)"]


def workbook(folder: Path, short: bool, piece: str, name: str) -> Path:
    path = write_workbook(RUBRIC, folder / name, short=short, rows=5)
    book = openpyxl.load_workbook(path)
    items = RUBRIC.must_haves if short else RUBRIC.scored_items
    put(book[RUBRIC.id], 4, piece=piece, rater="R1", concern="no", **dict.fromkeys(items, 3))
    book.save(path)
    return path


def record(path: Path, piece: str, concern: str = "no") -> Path:
    ratings = tuple(Rating(RUBRIC.id, item, "2") for item in RUBRIC.must_haves)
    stamp = Stamp(RUBRIC.id, RUBRIC.version, RUBRIC.fingerprint, True)
    about = {"piece": piece, "rater": "R2"}
    made = Record((stamp,), about, ratings, {"concern": concern}, "2026-04-02T10:15:00")
    return write_record(made, path)


def test_a_short_workbook_is_read_as_one(tmp_path: Path) -> None:
    path = workbook(tmp_path, True, "s1", "short.xlsx")
    for rubric in (RUBRIC, SHORT):
        ratings = fd.read_ratings(path, rubric)
        assert ratings.rubric.fingerprint == SHORT.fingerprint
        assert ratings.assessments["piece"].tolist() == ["s1"]
    assert list(read_files([path])) == ["sos_case_file (short form)"]


def test_workbooks_and_records_of_both_forms_come_in_and_stay_apart(tmp_path: Path) -> None:
    kept = tmp_path / "data"
    files = [
        workbook(tmp_path, False, "f1", "full.xlsx"), workbook(tmp_path, True, "s1", "short.xlsx"),
        record(tmp_path / "a.json", "s2"), record(tmp_path / "b.json", "s3", "yes"),
    ]  # fmt: skip
    came = fd.ingest(files, kept)
    assert came.ok, came.sentences
    assert any("s3" in told for told in came.open_concerns)
    found = fd.read_folder(kept)
    assert {name: sorted(r.assessments["piece"]) for name, r in found.items()} == {
        "sos_case_file": ["f1"], "sos_case_file (short form)": ["s1", "s2", "s3"]
    }  # fmt: skip
    assert all(r.concerns for r in found.values()), "told whichever form is looked at"


def test_a_folder_of_short_forms_alone(tmp_path: Path) -> None:
    came = fd.ingest([record(tmp_path / "a.json", "s2")], tmp_path / "data")
    assert came.ok, came.sentences
    ((name, ratings),) = fd.read_folder(tmp_path / "data").items()
    assert (name, len(ratings)) == (name_of(SHORT), 1)


def test_a_short_form_knows_its_whole() -> None:
    assert whole_of(SHORT) is RUBRIC
    assert whole_of(RUBRIC) is RUBRIC


def test_a_short_form_tells_of_each_must_have_in_how_many_it_is_seen() -> None:
    frame = table(rows(6, "short"), rows(4, "short", 6, "1"))
    frame["practitioner"] = "W" + frame["piece"].str[1:]
    told = fd.score(fd.Ratings(frame, SHORT)).sentences
    assert any("never set beside the full form" in text for text in told)
    for item in SHORT.items:
        (text,) = [text for text in told if text.startswith(item.upper())]
        # Wilson with the t quantile of 9 degrees of freedom, 2.262, worked out by hand
        assert "seen in 6 of 10 files (60%, 28% to 85%)" in text
    few = fd.score(fd.Ratings(table(rows(3, "short")), SHORT)).sentences
    assert sum("too few to say" in text for text in few) == len(SHORT.items)


def test_a_short_form_has_nothing_to_chart() -> None:
    dated = table(rows(6, "short")).assign(date="2026-01-05")
    with pytest.raises(UsageError, match="nothing to chart"):
        fd.chart(fd.Ratings(dated, SHORT))
