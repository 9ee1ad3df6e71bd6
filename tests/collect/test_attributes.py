import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import fidelity as fd
from tests.collect.frames import SOS, beside, refused, wide
from tests.spec.conftest import Engine


@pytest.mark.parametrize(
    ("texts", "noted"),
    [
        (["2026-03-09", "2026-03-09 00:00:00", "2026-03-09T00:00:00", " 2026-03-09 "], False),
        (["9/3/2026", "09.03.2026", "09/03/2026"], True),
    ],
)
def test_dates_are_read_day_first(engine: Engine, texts: list[str], noted: bool) -> None:
    ratings = fd.Ratings(engine(wide(date=texts, m1="3")), SOS)
    assert set(ratings.assessments["date"]) == {pd.Timestamp(2026, 3, 9)}
    assert any("day first" in note for note in ratings.notes) is noted


def test_what_is_no_date_or_has_a_time_is_refused(engine: Engine) -> None:
    texts = [
        "31/02/2026", "2026-02-30", "3/13/2026", "9th Sept", "2026", "45000", "20260309",
        "09/03/26", "2026-03-09 10:30", "2026-03-09T10:30:00", "2026-03-09T00:00:00Z",
        "2026-03-09+01:00", "1989-12-31", "2101-01-01",
    ]  # fmt: skip
    words = [f'date of piece "p{n}" is "{text}", not a date' for n, text in enumerate(texts)]
    refused(engine(wide(date=texts, m1="3")), *words, "30/11/2026")


DAYS: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame({"date": [pd.Timestamp(2026, 3, 9)]}),
    "pandas, date": lambda: pd.DataFrame({"date": [dt.date(2026, 3, 9)]}),
    "polars": lambda: pl.DataFrame({"date": [dt.date(2026, 3, 9)]}),
    "polars, midnight": lambda: pl.DataFrame({"date": [dt.datetime(2026, 3, 9)]}),
    "pyarrow": lambda: pa.table({"date": [dt.date(2026, 3, 9)]}),
    "duckdb": lambda: duckdb.sql("select date '2026-03-09' as date"),
    "duckdb, midnight": lambda: duckdb.sql("select timestamp '2026-03-09' as date"),
}


@pytest.mark.parametrize("build", DAYS.values(), ids=DAYS.keys())
def test_dates_may_be_dates(build: Callable[[], Any]) -> None:
    ratings = fd.Ratings(beside(build()), SOS)
    assert ratings.assessments["date"].to_list() == [pd.Timestamp(2026, 3, 9)]
    assert str(ratings.assessments["date"].dtype) == "datetime64[s]"


TIMES: dict[str, tuple[Callable[[], Any], str]] = {
    "pandas": (lambda: pd.DataFrame({"date": [pd.Timestamp(2026, 3, 9, 10)]}), "10:00:00"),
    "pandas, zone": (
        lambda: pd.DataFrame({"date": [pd.Timestamp(2026, 3, 9, tz="UTC")]}), "time zone",
    ),
    "polars": (lambda: pl.DataFrame({"date": [dt.datetime(2026, 3, 9, 10)]}), "10:00:00"),
    "polars, zone": (
        lambda: pl.DataFrame({"date": [dt.datetime(2026, 3, 9, tzinfo=dt.UTC)]}), "time zone",
    ),
    "duckdb": (lambda: duckdb.sql("select timestamp '2026-03-09 10:00' as date"), "10:00:00"),
    "duckdb, zone": (lambda: duckdb.sql("select timestamptz '2026-03-09' as date"), "time zone"),
    "a number": (lambda: pd.DataFrame({"date": [20260309]}), '"20260309", not a date'),
}  # fmt: skip


@pytest.mark.parametrize(("build", "words"), TIMES.values(), ids=TIMES.keys())
def test_times_and_zones_are_refused(build: Callable[[], Any], words: str) -> None:
    refused(beside(build()), "date", words)


def test_a_period_that_runs_backwards(engine: Engine) -> None:
    frame = wide(covers_from="2026-03-02", covers_to="2026-03-01", m1="3")
    refused(engine(frame), 'covers_from of piece "p0" is after covers_to')


def test_minutes(engine: Engine) -> None:
    texts = ["-1", "inf", "nan", "long", "1,5", "1000000"]
    words = [f'minutes of piece "p{n}" is "{text}"' for n, text in enumerate(texts)]
    refused(engine(wide(minutes=texts, m1="3")), *words, "from 0")
