import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fidelity.collect.companions import read_events, read_frame, read_measures, read_training
from fidelity.errors import FidelityError, FileError, RatingsError, UsageError
from tests.spec.conftest import Engine

READERS = (read_training, read_measures, read_frame, read_events)
TRAINING = pd.DataFrame(
    {
        "practitioner": ["007", "008"],
        "team": ["North", None],
        "date": ["2026-03-01", "2026-03-02"],
        "programme": ["Maps", "Maps"],
        "kind": ["course", "course"],
        "days": ["2.5", None],
        "test_score": ["16", None],
        "test_max": ["20", "20"],
    },
    dtype="string",
)


def test_training_on_every_engine(engine: Engine) -> None:
    table = read_training(engine(TRAINING))
    assert table["practitioner"].to_list() == ["007", "008"]
    assert table["date"].to_list() == [pd.Timestamp(2026, 3, 1), pd.Timestamp(2026, 3, 2)]
    assert table["days"].to_list()[0] == 2.5
    assert table.isna().sum().to_dict() == {
        "practitioner": 0, "team": 1, "date": 0, "programme": 0, "kind": 0, "days": 1,
        "test_score": 1, "test_max": 0,
    }  # fmt: skip
    assert [str(kind) for kind in table.dtypes] == [
        "string", "string", "datetime64[s]", "string", "string", "float64", "float64", "float64",
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_and_tables_give_the_same(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    TRAINING.to_csv(path, index=False) if ending == "csv" else TRAINING.to_parquet(path)
    pd.testing.assert_frame_equal(read_training(path), read_training(TRAINING))
    pd.testing.assert_frame_equal(read_training(str(path)), read_training(TRAINING))


NATIVE: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame({"stratum": [1, 2], "N": [3.0, 4.0]}),
    "polars": lambda: pl.DataFrame({"stratum": [1, 2], "N": [3, 4]}),
    "pyarrow": lambda: pa.table({"STRATUM": [1, 2], "n ": [3.0, 4.0]}),
    "duckdb": lambda: duckdb.sql("select * from (values (1, 3.0), (2, 4)) t(stratum, n)"),
}


@pytest.mark.parametrize("build", NATIVE.values(), ids=NATIVE.keys())
def test_numbers_may_be_numbers(build: Callable[[], Any]) -> None:
    table = read_frame(build())
    assert table["stratum"].to_list() == ["1", "2"]
    assert table["N"].to_list() == [3, 4]
    assert str(table["N"].dtype) == "Int64"


def test_dates_may_be_dates_and_a_day_first_is_said() -> None:
    days = pl.DataFrame({"date": [dt.date(2026, 3, 1)], "what": ["inspection"]})
    assert read_events(days)["date"][0] == pd.Timestamp(2026, 3, 1)
    table = read_events(pd.DataFrame({"date": ["2/1/2026"], "what": ["inspection"]}))
    assert table["date"][0] == pd.Timestamp(2026, 1, 2)
    assert table.attrs["notes"] == (
        "events: date was read with the day first (31/12/2026).",
    )  # fmt: skip


def test_a_composition_is_one_row_a_part() -> None:
    rows = {"measure": "time_use", "subject_kind": "Team", "subject": "North",
            "date": "2026-03-01", "part": ["visits", "recording"],
            "numerator": [14, 12], "denominator": 40}  # fmt: skip
    table = read_measures(pd.DataFrame(rows))
    assert table["subject_kind"].to_list() == ["team", "team"]
    assert table["numerator"].to_list() == [14.0, 12.0]
    with pytest.raises(RatingsError, match="the same measure, subject_kind, subject, date, part"):
        read_measures(pd.DataFrame({**rows, "part": "visits"}))


def test_columns_that_are_not_named_are_kept() -> None:
    table = read_events(pd.DataFrame({"Source": ["diary"], "date": ["2026-03-01"], "what": ["x"]}))
    assert list(table.columns) == ["date", "what", "source"]
    assert table["source"].to_list() == ["diary"]


def test_columns_that_are_not_given_are_there_and_empty() -> None:
    table = read_training(TRAINING[["practitioner", "date", "programme"]])
    assert table["test_score"].isna().all()
    assert str(table["days"].dtype) == "float64"


def test_all_faults_come_at_once_and_by_line(tmp_path: Path) -> None:
    path = tmp_path / "training.csv"
    path.write_text(
        "practitioner,date,programme,days,test_score,test_max\n"
        ",2026-03-01,Maps,two,,\n"
        "7,31/02/2026,,,30,20\n"
        "\n"
        "8,2026-03-01,Maps,,-1,20\n"
        "9,2026-03-01,Maps,,,\n"
        "9,2026-03-01,Maps,,,\n",
        encoding="utf-8",
    )
    with pytest.raises(RatingsError) as caught:
        read_training(path)
    assert [fault.where for fault in caught.value.faults] == [
        'training.csv line 2, column "practitioner"',
        'training.csv line 2, column "days"',
        'training.csv line 3, column "date"',
        'training.csv line 3, column "programme"',
        'training.csv line 3, column "test_score"',
        'training.csv line 5, column "test_score"',
        'training.csv line 7, column "practitioner"',
    ]
    message = str(caught.value)
    for words in ("no practitioner", 'days "two"', '"31/02/2026"', "no programme",
                  "test_score 30 is more than test_max 20", 'test_score "-1"', "in a row above",
                  "a number from 0 on"):  # fmt: skip
        assert words in message


@pytest.mark.parametrize(
    ("reader", "columns", "words"),
    [
        (read_frame, {"stratum": ["a"], "N": ["2.5"]}, 'N "2.5"'),
        (read_frame, {"stratum": ["a"], "N": [None]}, "no N"),
        (read_frame, {"stratum": ["a", "a"], "N": ["1", "2"]}, "the same stratum"),
        (read_frame, {"strata": ["a"], "N": ["1"]}, 'no column "stratum"'),
        (read_events, {"date": ["2026-03-01 10:00"], "what": ["x"]}, 'date "2026-03-01 10:00"'),
        (read_events, {"date": ["2026-03-01"]}, 'no column "what"'),
        (read_measures, {"measure": ["m"], "subject_kind": ["person"], "subject": ["s"],
                         "date": ["2026-03-01"], "numerator": ["1"]}, "practitioner"),
        (read_measures, {"measure": ["m"], "subject_kind": ["team"], "subject": ["s"],
                         "date": ["2026-03-01"], "numerator": ["1,000"]}, '"1,000"'),
    ],
)  # fmt: skip
def test_faults_name_value_and_what_is_allowed(
    reader: Callable[[Any], pd.DataFrame], columns: dict[str, list[Any]], words: str
) -> None:
    with pytest.raises(RatingsError) as caught:
        reader(pd.DataFrame(columns))
    assert words in str(caught.value)
    assert "allowed: " in str(caught.value)


def test_what_is_neither_file_nor_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"fidelity\.read_events"):
        read_events(7)
    with pytest.raises(FileError, match=r"events is read from \.csv, \.tsv, \.xlsx or \.parquet"):
        read_events("events.ods")
    with pytest.raises(FileError, match="cannot be opened"):
        read_events(tmp_path / "events.csv")
    with pytest.raises(RatingsError, match="holds values of kind"):
        read_events(pl.DataFrame({"date": ["2026-03-01"], "what": [["x"]]}))


@pytest.mark.parametrize("size", ["large", "small"])
def test_the_samples_pass(size: str) -> None:
    folder = Path(__file__).parents[2] / "sample_data" / size
    for name, reader in (("training", read_training), ("measures", read_measures),
                         ("frame", read_frame), ("events", read_events)):  # fmt: skip
        table = reader(folder / f"{name}.csv")
        lines = (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert len(table) == len(lines) - 1


NAMES = ("practitioner", "date", "programme", "days", "measure", "subject_kind", "subject", "part",
         "numerator", "stratum", "n", "what")  # fmt: skip
VALUES = st.one_of(
    st.none(), st.sampled_from(["", " ", "a", "team", "1", "2.5", "-1", "2026-03-01", "31/12/26"]),
    st.text(st.characters(codec="utf-8"), max_size=3), st.integers(), st.floats(), st.booleans(),
    st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)),
)  # fmt: skip
TABLES = st.integers(0, 3).flatmap(
    lambda n: st.dictionaries(st.sampled_from(NAMES), st.lists(VALUES, min_size=n, max_size=n))
)


@settings(max_examples=50)
@given(TABLES)
def test_any_table_is_read_or_refused(columns: dict[str, list[Any]]) -> None:
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    for reader in READERS:
        try:
            table = reader(frame)
        except FidelityError:
            continue
        assert len(table) == len(frame)
