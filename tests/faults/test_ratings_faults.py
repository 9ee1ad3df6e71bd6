"""Whatever is wrong in a ratings file is told with row, column, value and remedy, all at once."""

import csv
import datetime as dt
import io
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fidelity as fd
from fidelity.collect.delimited import MAX_BYTES, MAX_COLUMNS
from fidelity.collect.ratings import read_ratings
from fidelity.errors import FAULTS_SHOWN, FidelityError, FileError, RatingsError, UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_from_text
from tests.faults.corpus import JARGON, SOUND_RUBRIC, Case, cases
from tests.faults.test_rubric_faults import fidelity

CASES = cases("ratings_faults.txt")
#: Where the table itself cannot be understood, its cells are not looked at.
WHOLE_TABLE = re.compile(r"headings|line 1:|cells, but|quotation|version|only of")
LONG = "piece,rater,item,value\n"


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return read_rubric(SOUND_RUBRIC)


def refused(path: Path, text: str | bytes, rubric: Rubric) -> RatingsError:
    """Write a file, and the error with which it is refused."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RatingsError) as caught:
        read_ratings(path, rubric)
    error = caught.value
    assert error.total >= len(error.faults) > 0
    assert error.subject == path.name
    assert "nothing was read in" in str(error)
    for fault in error.faults:
        assert fault.where.startswith(path.name)
        assert all((fault.what, fault.allowed, fault.remedy))
        assert not JARGON.search(re.sub(r'"[^"]*"', "", str(fault)))
    return error


def test_there_are_enough_faults() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_told_in_full(tmp_path: Path, rubric: Rubric, name: str) -> None:
    text = "\n".join(CASES[name].lines) + "\n"
    error = refused(tmp_path / "audits.csv", text, rubric)
    assert [str(fault) for fault in error.faults] == CASES[name].told
    assert error.total == len(error.faults)


def test_a_fault_is_the_same_in_every_encoding(tmp_path: Path, rubric: Rubric) -> None:
    text = "piece,rater,item,value\nZoë £1,r,a1,3\n"
    said = {
        str(refused(tmp_path / "a.csv", text.encode(encoding), rubric))
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
    }
    assert len(said) == 1
    assert 'for item a1 of piece "Zoë £1"' in said.pop()


def test_no_fault_hides_or_invents_another(tmp_path: Path, rubric: Rubric) -> None:
    """The rows of two cases in one file give the faults of both, and no others."""
    rng = random.Random(1)
    names = [name for name, case in CASES.items() if not WHOLE_TABLE.search(case.told[0])]
    columns = {name: set(table(CASES[name])[0]) for name in names}
    pairs = 0
    for _ in range(60):
        first, second = rng.sample(names, 2)
        if len({"item" in columns[first], "item" in columns[second]}) == 2:
            continue
        told = refused(tmp_path / "audits.csv", together(CASES[first], CASES[second]), rubric)
        both = sorted(without_place(str(fault)) for fault in told.faults)
        singly = [without_place(line) for line in CASES[first].told]
        singly += [without_place(renamed(line)) for line in CASES[second].told]
        assert both == sorted(singly), (first, second)
        pairs += 1
    assert pairs > 30


def table(case: Case) -> list[dict[str, str]]:
    text = "\n".join(case.lines)
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in case.lines[0] else ",")
    return [{key.lower(): cell for key, cell in row.items()} for row in rows]


def together(first: Case, second: Case) -> str:
    """The rows of two cases in one table; the pieces of the second have other names."""
    rows = [*table(first), *table(second)]
    for row in rows[len(table(first)) :]:
        row["piece"] = f"z{row['piece']}" if row["piece"] else ""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def renamed(told: str) -> str:
    return re.sub(r'piece "(\w)', r'piece "z\1', told)


def without_place(told: str) -> str:
    return re.sub(r"^audits\.csv line [0-9]+", "", told)


# Files that are no table, or too much of one


FILES: dict[str, tuple[str, bytes, str]] = {
    "nothing": ("a.csv", b"", "no headings; allowed: a first row"),
    "blank lines": ("a.csv", b"\n\n \n", "no headings"),
    "a byte that is no text": ("a.csv", LONG.encode() + b"M\x81,r,a1,1", r"byte 25.*CSV UTF-8"),
    "half of UTF-16": ("a.csv", LONG.encode("utf-16") + b"x", "broken UTF-16.*CSV UTF-8"),
    "UTF-16 without its mark": ("a.csv", LONG.encode("utf-16-le"), "NUL characters.*CSV UTF-8"),
    "a workbook named as a table": ("a.csv", b"PK\x03\x04\0\0\0\0", "NUL characters"),
    "a table named as a workbook": ("a.xlsx", LONG.encode(), "a.xlsx: "),
    "a table named as Parquet": ("a.parquet", LONG.encode(), "not a Parquet file"),
    "a kind that is not read": ("a.pdf", b"%PDF", r"Allowed: \.csv.*Save it as"),
    "an old workbook": ("a.xls", b"\xd0\xcf\x11\xe0", r"Allowed: \.csv.*Save it as"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_table(tmp_path: Path, rubric: Rubric, name: str) -> None:
    file, content, told = FILES[name]
    (tmp_path / file).write_bytes(content)
    with pytest.raises(FidelityError, match=told) as caught:
        read_ratings(tmp_path / file, rubric)
    assert str(caught.value).startswith(file)


def test_a_file_that_cannot_be_opened(tmp_path: Path, rubric: Rubric) -> None:
    (tmp_path / "folder.csv").mkdir()
    for path in (tmp_path / "none.csv", tmp_path / "folder.csv", Path("a\0.csv")):
        with pytest.raises(FileError, match="cannot be opened"):
            read_ratings(path, rubric)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, rubric: Rubric) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse: it takes no room
    began = time.perf_counter()
    with pytest.raises(FileError, match=r"200,000,001 bytes; at most 200,000,000.*Parquet"):
        read_ratings(path, rubric)
    assert time.perf_counter() - began < 1


def test_too_many_columns(tmp_path: Path, rubric: Rubric) -> None:
    headings = [*LONG.strip().split(","), *(f"c{n}" for n in range(MAX_COLUMNS))]
    error = refused(tmp_path / "wide.csv", ",".join(headings) + "\n", rubric)
    assert error.faults[0].what == "504 columns"
    assert error.faults[0].allowed == "at most 500"


def test_a_cell_without_end(tmp_path: Path, rubric: Rubric) -> None:
    text = LONG + 'a,r,a1,"' + "x" * 1_000_000
    error = refused(tmp_path / "a.csv", text, rubric)
    assert error.faults[0].where == "a.csv line 2"
    assert len(str(error)) < 400


def test_a_long_value_is_shown_by_its_beginning(tmp_path: Path, rubric: Rubric) -> None:
    heads = "piece,rater,item,value,rater_role,date,minutes,team\n"
    row = ",".join(["a", "r", *["x" * 50_000] * 6])
    error = refused(tmp_path / "a.csv", f"{heads}{row}\n", rubric)
    assert error.total == 4
    assert len(str(error)) < 2000


# How many faults there are


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ("p{n},r,a1,9,2026-01-01,N", '"9" for item a1'),
        ("p{n},r,a1,x{n},2026-01-01,N", "for item a1"),
        ("p{n},r,x{n},1,2026-01-01,N", 'no item "x'),
        ("p{n},,a1,1,2026-01-01,N", "no rater"),
        ("p{n},r,a1,1,31/02/2026,N", "not a date"),
        ("p{n},r,a1,1,2026-01-01,N\np{n},r,a1,1,2026-01-01,N", "stands 2 times"),
        ("p{n},r,a1,1,2026-01-01,N\np{n},r,b1,1,2026-01-01,S", 'both "N" and "S"'),
        ("p{n},r,a1,1,2026-01-01,N\np{n},s,a1,1,2026-01-01,S", 'both "N" and "S"'),
    ],
)
def test_the_first_thousand_are_shown_and_all_are_counted(
    tmp_path: Path, rubric: Rubric, rows: str, what: str
) -> None:
    text = "piece,rater,item,value,date,team\n"
    text += "".join(rows.replace("{n}", f"{n}") + "\n" for n in range(2500))
    text += "q,r,a1,1,never,N\n"
    error = refused(tmp_path / "many.csv", text, rubric)
    assert (error.total, len(error.faults)) == (2501, FAULTS_SHOWN)
    assert str(error).startswith("many.csv: 2501 problems; nothing was read in.")
    assert str(error).endswith("(the first 1000 of 2501 are shown)")
    assert sum(what in fault.what for fault in error.faults) >= FAULTS_SHOWN - 1


def test_an_assessment_twice_is_one_fault_a_column_an_item(tmp_path: Path, rubric: Rubric) -> None:
    text = "piece,rater,a1,b1,q1\n" + "".join(f"p{n},r,1,1,\np{n},r,2,,3\n" for n in range(1500))
    error = refused(tmp_path / "many.csv", text, rubric)
    assert (error.total, len(error.faults)) == (1500, FAULTS_SHOWN)


def test_very_many_faults_are_told_soon(tmp_path: Path, rubric: Rubric) -> None:
    text = "piece,rater,item,value,date,rater_role\n"
    text += "".join(f"p{n},r,x{n},y{n},z{n},w{n}\n" for n in range(50_000))
    began = time.perf_counter()
    error = refused(tmp_path / "bad.csv", text, rubric)
    took = time.perf_counter() - began
    print(f"150,000 faults in 50,000 rows: {took:.1f} s")
    assert error.total >= 50_000
    assert took < 20  # about 2 on an idle machine


# Frames of every engine

ENGINES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "polars, lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": lambda frame: duckdb.from_arrow(pa.Table.from_pandas(frame)),
}
ROWS = pd.DataFrame(
    {
        "piece": ["a", "a", "b", None, "c", "d", "d", "e", "e"],
        "rater": ["r"] * 9,
        "item": ["a1", "b1", "b7", "a1", "q1", "a1", "a1", "a1", "b1"],
        "value": ["3", "2", "1", "1", "1.5", "1", "1", "1", "1"],
        "team": [*["N"] * 7, "N", "S"],
        "date": [*["2026-01-01"] * 7, "2026-13-01", "2026-13-01"],
        "rater_role": [*["peer"] * 7, "boss", "boss"],
    }
)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_is_refused_with_all_its_faults(engine: str, rubric: Rubric) -> None:
    with pytest.raises(RatingsError) as caught:
        fd.Ratings(ENGINES[engine](ROWS), rubric)
    error = caught.value
    assert error.total == len(error.faults) == 8
    said = str(error)
    for what in ('"3" for item a1', 'no item "b7"', "no piece", '"1.5" for item q1', "stands 2",
                 'both "N" and "S"', '"2026-13-01", not a date', 'is "boss"'):  # fmt: skip
        assert what in said
    for fault in error.faults:
        assert fault.where.startswith("ratings")
        assert ("row" in fault.where) != ('rater "r"' in fault.where)
        assert all((fault.what, fault.allowed, fault.remedy))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wide_frame_with_an_assessment_twice(engine: str, rubric: Rubric) -> None:
    wide = pd.DataFrame({"piece": ["a", "b", "a"], "rater": "r", "a1": [1, 2, 1], "b1": [0, 9, 0]})
    with pytest.raises(RatingsError) as caught:
        fd.Ratings(ENGINES[engine](wide), rubric)
    assert [fault.what for fault in caught.value.faults] == [
        '"9" for item b1 of piece "b"', 'the assessment of piece "a", rater "r" stands 2 times',
    ]  # fmt: skip


LEVELS: dict[str, tuple[list[Any], str]] = {
    "a float between two levels": ([1.5, 2.0], '"1.5"'),
    "a whole number beyond the scale": ([9, 2], '"9"'),
    "infinity": ([float("inf"), 2.0], '"inf"'),
    "truth": ([True, False], '"True"'),
    "a day": ([dt.date(2026, 1, 1)] * 2, '"2026-01-01'),
    "a list": ([["1"], ["2"]], "1"),
    "several kinds": (["two", 2], '"two"'),
}


@pytest.mark.parametrize("name", LEVELS)
def test_values_of_another_kind_in_a_frame(name: str, rubric: Rubric) -> None:
    values, told = LEVELS[name]
    frame = pd.DataFrame({"piece": ["a", "b"], "rater": "r", "item": "a1"})
    frame["value"] = pd.Series(values)
    with pytest.raises(RatingsError) as caught:
        fd.Ratings(frame, rubric)
    assert told in caught.value.faults[0].what
    assert caught.value.faults[0].allowed == "0, 1, 2, NA, NE or blank"


def test_a_time_of_day_in_a_frame_is_refused(rubric: Rubric) -> None:
    frame = pd.DataFrame({"piece": ["a"], "rater": "r", "item": "a1", "value": "1"})
    with pytest.raises(RatingsError, match='"2026-01-01 10:30:00", not a date; allowed: 2026-11'):
        fd.Ratings(frame.assign(date=pd.Timestamp("2026-01-01 10:30")), rubric)
    with pytest.raises(RatingsError, match='"date": has a time zone; allowed: dates alone; do: dr'):
        fd.Ratings(frame.assign(date=pd.Timestamp("2026-01-01", tz="UTC")), rubric)


@pytest.mark.parametrize(
    "thing", [None, 3, "audits.csv", [{"piece": "a"}], {"piece": ["a"]}, np.zeros((2, 2))]
)
def test_what_is_no_table_gets_the_next_step(thing: Any, rubric: Rubric) -> None:
    with pytest.raises(UsageError, match=r"Needed: a table.*read_ratings"):
        fd.Ratings(thing, rubric)


def test_frames_without_rows_or_columns(rubric: Rubric) -> None:
    with pytest.raises(RatingsError, match='no column "piece"'):
        fd.Ratings(pd.DataFrame(), rubric)
    with pytest.raises(RatingsError, match="neither item and value"):
        fd.Ratings(pd.DataFrame({"piece": ["a"], "rater": ["r"]}), rubric)
    twice = pd.DataFrame([["a", "r", "a1", "1", "2"]])
    twice.columns = pd.Index(["piece", "rater", "item", "value", "value"])
    with pytest.raises(FidelityError, match="value"):
        fd.Ratings(twice, rubric)


def test_decimals_beyond_those_of_the_scale(tmp_path: Path) -> None:
    text = SOUND_RUBRIC.read_text(encoding="utf-8")
    rubric = rubric_from_text(text.replace("highest: 50", "highest: 50\n    decimals: 1"))
    rows = LONG + "a,r,q1,3.5\nb,r,q1,3.25\nc,r,q1,3.50\n"
    error = refused(tmp_path / "a.csv", rows, rubric)
    (fault,) = error.faults
    assert fault.where == 'a.csv line 3, column "value"'
    assert fault.what == '"3.25" for item q1 of piece "b"'
    assert fault.allowed.startswith("0 to 50 with at most 1 decimal")


# Nothing half-read


def test_a_concern_is_told_before_the_faults(tmp_path: Path, rubric: Rubric) -> None:
    text = "piece,rater,concern,item,value\na,r,no,a1,3\nb,r,yes,a1,1\nc,r,,a1,1\n"
    error = refused(tmp_path / "a.csv", text, rubric)
    first, second, *_ = str(error).splitlines()
    assert first.startswith('OPEN CONCERN, NOT ESCALATED: piece "b" (scored by "r")')
    assert second == "a.csv: 1 problem; nothing was read in."


def test_two_rubrics_in_one_sitting_come_both_or_not_at_all(tmp_path: Path) -> None:
    text = "piece,rater,a1,empathy\na,r,1,6\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RatingsError, match='"6" for item empathy'):
        read_ratings(tmp_path / "a.csv", [read_rubric(SOUND_RUBRIC), "miti4"])


def test_the_command_tells_the_faults_and_writes_nothing(tmp_path: Path) -> None:
    case = CASES["faults of every kind in one file"]
    (tmp_path / "audits.csv").write_text("\n".join(case.lines) + "\n", encoding="utf-8")
    done = fidelity("score", "audits.csv", "-r", str(SOUND_RUBRIC), "-o", "out", folder=tmp_path)
    assert done.returncode == 1
    assert [line[2:] for line in done.stderr.splitlines() if line[:2] == "  "] == case.told
    assert done.stderr.startswith("OPEN CONCERN, NOT ESCALATED")
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert not (tmp_path / "out").exists()
    (tmp_path / "audits.csv").write_bytes(LONG.encode() + b"M\x81,r,a1,1")
    done = fidelity("score", "audits.csv", "-r", str(SOUND_RUBRIC), folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("audits.csv: neither UTF-8 nor Windows-1252 text")
