import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fidelity as fd
from fidelity.errors import FidelityError, FileError, RatingsError, UsageError
from tests.collect.frames import SOS, beside, read, refused, wide
from tests.spec.conftest import Engine


@pytest.mark.parametrize("what", [None, 7, "audits.csv", [1], {"piece": 1}, pd.Series([1])])
def test_what_is_no_table(what: Any) -> None:
    with pytest.raises(UsageError, match=r"fidelity\.read_ratings"):
        fd.Ratings(what, SOS)


ODD: dict[str, Callable[[], Any]] = {
    "lists": lambda: pl.DataFrame({"team": [[1]]}),
    "records": lambda: pl.DataFrame({"team": [{"a": 1}]}),
    "bytes": lambda: pl.DataFrame({"team": [b"x"]}),
    "durations": lambda: pl.DataFrame({"team": [dt.timedelta(days=1)]}),
    "objects": lambda: pl.DataFrame({"team": [object()]}),
    "arrow lists": lambda: pa.table({"team": [[1]]}),
    "duckdb lists": lambda: duckdb.sql("select [1] as team"),
}


@pytest.mark.parametrize("build", ODD.values(), ids=ODD.keys())
def test_what_is_no_plain_value_is_told(build: Callable[[], Any]) -> None:
    refused(beside(build()), 'column "team"', "holds values of kind", "text, numbers, dates")


PLAIN: dict[str, Callable[[], Any]] = {
    "categories": lambda: pl.DataFrame({"team": ["N"]}, schema={"team": pl.Categorical}),
    "choices": lambda: pl.DataFrame({"team": ["N"]}, schema={"team": pl.Enum(["N", "S"])}),
    "pandas categories": lambda: pd.DataFrame({"team": pd.Categorical(["N"])}),
    "nothing": lambda: pl.DataFrame({"team": [None]}),
    "arrow nothing": lambda: pa.table({"team": pa.nulls(1)}),
    "truth": lambda: pl.DataFrame({"team": [True]}),
    "uuid": lambda: duckdb.sql("select uuid() as team"),
    "huge": lambda: duckdb.sql("select 1::hugeint as team"),
}


@pytest.mark.parametrize("build", PLAIN.values(), ids=PLAIN.keys())
def test_text_under_another_name_is_text(build: Callable[[], Any]) -> None:
    ratings = fd.Ratings(beside(build()), SOS)
    assert read(ratings) == {("1", "m1"): (3, None)}
    assert "team" in ratings.assessments


@pytest.mark.parametrize("heading", ["level", "code", "_row", "_bits0", "occasion"])
def test_headings_of_the_gate_are_refused(engine: Engine, heading: str) -> None:
    refused(engine(wide(m1="3", **{heading: "1"})), f'"{heading}" has a meaning of its own')


def test_headings_that_are_one_when_tidied() -> None:
    frame = wide(m1="3", m2="3").rename(columns={"m2": "M1 "})
    refused(frame, 'the heading "m1" stands twice')
    refused(pl.from_pandas(frame), 'the heading "m1" stands twice')
    refused(pa.table([["1"], ["A"], ["3"], ["3"]], names=["piece", "rater", "m1", "m1"]), "twice")
    refused(pd.DataFrame([["1", "A", "3", "3"]], columns=["piece", "rater", "m1", "m1"]), "twice")


def test_nothing_of_a_table_of_ours_is_changed() -> None:
    frame = wide(m1=[" 3", "na"], team=" N ", concern="no")
    before = frame.copy(deep=True)
    fd.Ratings(frame, SOS)
    pd.testing.assert_frame_equal(frame, before)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more")
    for engine in (None, "duckdb", "polars", "pyarrow", "pandas"):
        with pytest.raises(FileError, match=r"a\.parquet: not a Parquet file"):
            fd.read_ratings(tmp_path / "a.parquet", SOS, engine=engine)
        with pytest.raises(FileError, match="no such file"):
            fd.read_ratings(tmp_path / "b.parquet", SOS, engine=engine)
    with pytest.raises(UsageError, match='No engine "spark"'):
        fd.read_ratings(tmp_path / "a.parquet", SOS, engine="spark")
    with pytest.raises(FileError, match=r"'\.docx' cannot be read. Allowed: \.csv"):
        fd.read_ratings(tmp_path / "a.docx", SOS)


@pytest.mark.parametrize("engine", ["duckdb", "polars", "pyarrow", "pandas"])
def test_a_damaged_page_is_told(tmp_path: Path, engine: str) -> None:
    """Its directory is whole, so that the damage shows only on the way."""
    path = tmp_path / "a.parquet"
    wide(m1=[str(n % 5 + 1) for n in range(5000)]).to_parquet(path, compression="gzip")
    content = bytearray(path.read_bytes())
    for place in range(60, 4000):
        content[place] ^= 0x5A
    path.write_bytes(bytes(content))
    with pytest.raises(FidelityError, match=r"a\.parquet"):
        fd.read_ratings(path, SOS, engine=engine)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8")))
def test_any_file_is_read_or_refused_in_our_words(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    for ending in ("csv", "xlsx", "parquet"):
        path = tmp_path_factory.getbasetemp() / f"any.{ending}"
        path.write_bytes(content)
        with pytest.raises(FidelityError):
            fd.read_ratings(path, SOS)


HEADINGS = st.sampled_from([
    "piece", "rater", "item", "value", "m1", "m2", "o1", "date", "rated_on", "minutes", "team",
    "rater_role", "purpose", "selection", "concern", "escalated_on", "closed_on", "rubric",
    "rubric_version", "reason", "note", "covers_from", "covers_to", "years_in_role", "case", "x",
])  # fmt: skip
TEXTS = st.sampled_from([
    "1", "2", "3", "3.0", "9", "NA", "ne", "DK", "", " ", "yes", "no", "peer", "benchmark",
    "double", "random", "2026-03-01", "31/12/2026", "31/02/2026", "m1", "m2", "o1", "m9",
    "sos_case_file", "1.0.0", "-1", "\u00a03", "\u200b", "é", "=1+1", "'; drop table x; --",
]) | st.text(st.characters(codec="utf-8"), max_size=4)  # fmt: skip
VALUES = st.one_of(
    st.none(), TEXTS, st.integers(-3, 9), st.floats(), st.booleans(),
    st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)),
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)),
)  # fmt: skip


def tables(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, list[Any]]]:
    """Small tables; piece, rater and an item are mostly there, so that much is reached."""
    headings = st.lists(HEADINGS, max_size=6).flatmap(
        lambda more: st.sampled_from([
            ["piece", "rater", "m1", *more], ["piece", "rater", "item", "value", *more], more,
        ])
    )  # fmt: skip
    return headings.flatmap(
        lambda names: st.integers(0, 4).flatmap(
            lambda n: st.fixed_dictionaries({
                name: st.lists(values, min_size=n, max_size=n) for name in dict.fromkeys(names)
            })
        )
    )  # fmt: skip


def read_or_refused(frame: Any) -> None:
    try:
        ratings = fd.Ratings(frame, SOS)
    except FidelityError:
        return
    assert len(ratings) == ratings.assessments.drop_duplicates(list(ratings.keys)).shape[0]


@settings(max_examples=60)
@given(tables(VALUES))
def test_any_pandas_table_is_read_or_refused(columns: dict[str, list[Any]]) -> None:
    read_or_refused(pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in columns.items()}))


@settings(max_examples=60)
@given(tables(TEXTS | st.none()))
def test_any_csv_of_words_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[Any]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "words.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    try:
        ratings = fd.read_ratings(path, SOS)
    except FidelityError:
        return
    assert len(ratings) <= len(next(iter(columns.values())))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(tables(TEXTS | st.none()).filter(bool))
def test_every_engine_reads_or_refuses_the_same(columns: dict[str, list[Any]]) -> None:
    """The same message from each, but for the places: lazy tables have no order."""
    frame = pd.DataFrame({name: pd.Series(v, dtype="string") for name, v in columns.items()})
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    polars = pl.DataFrame(pl.from_arrow(arrow))
    told = []
    for native in (frame, polars, polars.lazy(), arrow, duckdb.from_arrow(arrow)):
        try:
            ratings = fd.Ratings(native, SOS)
            told.append((read(ratings), ratings.concerns, len(ratings)))
        except RatingsError as error:
            told.append(sorted((fault.what, fault.allowed) for fault in error.faults))
        except FidelityError as error:
            told.append(str(error))
    assert all(each == told[0] for each in told[1:])
