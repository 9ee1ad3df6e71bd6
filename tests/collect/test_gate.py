import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fidelity as fd
from fidelity.collect.engines import collected
from fidelity.errors import FAULTS_SHOWN, FidelityError, FileError, RatingsError, UsageError
from fidelity.rubric import read_rubric
from tests.collect.scales import every_scale
from tests.spec.conftest import Engine

SOS = read_rubric("sos_case_file")
MITI = read_rubric("miti4")


def long(rows: list[tuple[str, str | None]], **constant: str) -> pd.DataFrame:
    """A long table of one assessment: item and value, and what is constant."""
    keys = {"piece": "1", "rater": "A", **constant}
    frame = pd.DataFrame(rows, columns=["item", "value"]).assign(**keys)
    return frame.astype("string")


def wide(**columns: Any) -> pd.DataFrame:
    """A wide table of one assessment, or of as many as the longest column has."""
    lists = {name: cells if isinstance(cells, list) else [cells] for name, cells in columns.items()}
    n = max(map(len, lists.values()))
    keys = {"piece": [f"p{row}" for row in range(n)], "rater": ["A"] * n}
    whole = {name: cells * (n // len(cells)) for name, cells in {**keys, **lists}.items()}
    return pd.DataFrame(whole, dtype="string")


def read(ratings: fd.Ratings) -> dict[tuple[str, str], tuple[int | None, str | None]]:
    """Level and code by piece and item."""
    frame = collected(ratings.frame)
    return {
        (row["piece"], row["item"]): (
            None if pd.isna(row["level"]) else int(row["level"]),
            None if pd.isna(row["code"]) else row["code"],
        )
        for row in frame.to_dict("records")
    }


def refused(frame: Any, *words: str, rubric: Any = SOS) -> str:
    """The message with which a table is refused; it must say all of the words."""
    with pytest.raises(RatingsError) as caught:
        fd.Ratings(frame, rubric)
    for word in words:
        assert word in str(caught.value)
    return str(caught.value)


# The four things that are not a level


STATES: list[tuple[str | None, tuple[int | None, str | None]]] = [
    ("3", (3, None)), ("NA", (None, "NA")), ("NE", (None, "NE")), ("DK", (None, "DK")),
    (None, (None, None)), ("", (None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "state"), STATES)
def test_na_ne_dk_and_blank_are_four_things(
    engine: Engine, text: str | None, state: tuple[int | None, str | None]
) -> None:
    in_long = fd.Ratings(engine(long([("m1", "5"), ("m2", text)])), SOS)
    in_wide = fd.Ratings(engine(wide(m1="5", m2=text)), SOS)
    assert read(in_long)["1", "m2"] == state
    assert read(in_wide)["p0", "m2"] == state
    assert read(in_long)["1", "m1"] == (5, None)


def test_all_of_them_beside_one_another(engine: Engine) -> None:
    frame = wide(m1=[text for text, _ in STATES], m2=[text for text, _ in reversed(STATES)])
    given_back = read(fd.Ratings(engine(frame), SOS))
    for n, (_, state) in enumerate(STATES):
        assert given_back[f"p{n}", "m1"] == state
        assert given_back[f"p{len(STATES) - 1 - n}", "m2"] == state


def test_an_assessment_that_is_all_blank_is_kept(engine: Engine) -> None:
    ratings = fd.Ratings(engine(wide(m1=["3", None], m2=["4", None])), SOS)
    assert list(ratings.assessments["piece"]) == ["p0", "p1"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_they_stay_apart_in_files(tmp_path: Path, ending: str) -> None:
    frame = wide(m1=[text for text, _ in STATES], m2="4")
    path = tmp_path / f"a.{ending}"
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    engines = [None] if ending == "csv" else [None, "duckdb", "polars", "pyarrow", "pandas"]
    for name in engines:
        given_back = read(fd.read_ratings(path, SOS, engine=name))
        assert [given_back[f"p{n}", "m1"] for n in range(6)] == [state for _, state in STATES]


@pytest.mark.parametrize("text", ["na", "N/A", " NA ", "n.a.", "\u00a0NA\u2003", "Na\t"])
def test_spellings_of_a_code(engine: Engine, text: str) -> None:
    assert read(fd.Ratings(engine(wide(m1=text, m2="3")), SOS))["p0", "m1"] == (None, "NA")


@pytest.mark.parametrize("text", ["NA", "DK", "none", "-", "nan", "None", "<NA>", "N / A", "?"])
def test_a_code_that_the_scale_does_not_have(engine: Engine, text: str) -> None:
    refused(engine(wide(empathy=text)), f'"{text}" for item empathy', "1, 2, 3, 4, 5, NE or blank",
            rubric=MITI)  # fmt: skip


# Levels and numbers


@pytest.mark.parametrize("text", ["3", "3.0", "+3", "03", " 3 ", "3.000000", "\u00a03"])
def test_whole_numbers_however_written(engine: Engine, text: str) -> None:
    assert read(fd.Ratings(engine(wide(m1=text)), SOS))["p0", "m1"] == (3, None)


@pytest.mark.parametrize(
    "text", ["3.5", "0", "6", "-1", "3,0", "1e0", "0x3", "three", "3 4", "٣", "3.0000001", "1/2"]
)
def test_what_is_no_level_is_refused(engine: Engine, text: str) -> None:
    refused(engine(wide(m1=text)), f'"{text}" for item m1 of piece "p0"', "1, 2, 3, 4, 5, NA")


@pytest.mark.parametrize(
    ("item", "text", "level"),
    [("item_exact", "12.25", 1225), ("item_exact", "50", 5000), ("item_share", "0.1", 1),
     ("item_share", "100.0", 1000), ("item_times", "999", 999), ("item_ten", "0", 0)],
)  # fmt: skip
def test_levels_are_kept_in_whole_units(
    engine: Engine, item: str, text: str, level: int
) -> None:
    ratings = fd.Ratings(engine(wide(**{item: text})), every_scale())
    assert read(ratings)["p0", item] == (level, None)


@pytest.mark.parametrize(
    ("item", "text"),
    [("item_exact", "12.255"), ("item_exact", "50.01"), ("item_share", "100.1"),
     ("item_share", "0.15"), ("item_times", "1000"), ("item_times", "2.5"), ("item_ten", "11")],
)  # fmt: skip
def test_numbers_outside_the_scale_are_refused(engine: Engine, item: str, text: str) -> None:
    refused(engine(wide(**{item: text})), f'"{text}" for item {item}', rubric=every_scale())


NUMBERS: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame({"piece": [7, 8], "rater": "A", "m1": [3.0, np.nan]}),
    "polars": lambda: pl.DataFrame({"piece": [7, 8], "rater": "A", "m1": [3.0, None]}),
    "polars, not a number": lambda: pl.DataFrame(
        {"piece": [7.0, 8.0], "rater": "A", "m1": [3.0, float("nan")]}
    ),
    "pyarrow": lambda: pa.table({"piece": [7, 8], "rater": ["A", "A"], "m1": [3.0, None]}),
    "duckdb": lambda: duckdb.sql(
        "select * from (values (7, 'A', 3.0::double), (8, 'A', null)) t(piece, rater, m1)"
    ),
    "duckdb, decimals": lambda: duckdb.sql(
        "select * from (values (7, 'A', 3.00::decimal(5, 2)), (8, 'A', null)) t(piece, rater, m1)"
    ),
}


@pytest.mark.parametrize("build", NUMBERS.values(), ids=NUMBERS.keys())
def test_numbers_may_be_numbers(build: Callable[[], Any]) -> None:
    given_back = read(fd.Ratings(build(), SOS))
    assert given_back == {("7", "m1"): (3, None), ("8", "m1"): (None, None)}


@pytest.mark.parametrize("kind", ["Int8", "Int64", "Float64", "float32", "object", "category"])
def test_numbers_of_any_kind_in_pandas(kind: str) -> None:
    frame = wide(m1="3").assign(m1=pd.Series([3]).astype(kind))
    assert read(fd.Ratings(frame, SOS))["p0", "m1"] == (3, None)


# References


def test_leading_zeros_stay(engine: Engine) -> None:
    ratings = fd.Ratings(engine(wide(piece=["007", "7"], rater=["01", "1"], m1="3")), SOS)
    assert list(ratings.assessments["piece"]) == ["007", "7"]
    assert list(ratings.assessments["rater"]) == ["01", "1"]


def test_headings_and_references_are_tidied(engine: Engine) -> None:
    frame = wide(m1="3", team=" North ").rename(columns={"m1": " M1 ", "team": "Team"})
    ratings = fd.Ratings(engine(frame), SOS)
    assert read(ratings) == {("p0", "m1"): (3, None)}
    assert list(ratings.assessments["team"]) == ["North"]


def test_missing_references_are_told(engine: Engine) -> None:
    refused(engine(wide(piece=["1", None, " "], m1="3")), "2 problems", "no piece")
    refused(engine(wide(rater=["A", ""], m1="3")), "1 problem;", "no rater")
    table = long([("m1", "3"), ("m2", "3")]).assign(item=["m1", None])
    refused(engine(table), "1 problem;", "no item")


def test_words_may_be_spelled_as_people_do(engine: Engine) -> None:
    frame = wide(rater_role="Line Manager", purpose="DOUBLE", selection="re-audit",
                 with_practitioner=" Yes", m1="3")  # fmt: skip
    table = fd.Ratings(engine(frame), SOS).assessments
    assert table.loc[0, ["rater_role", "purpose", "selection", "with_practitioner"]].to_list() == [
        "line_manager", "double", "re_audit", "yes",
    ]  # fmt: skip


def test_words_that_are_not_known_are_told(engine: Engine) -> None:
    refused(engine(wide(rater_role="boss", selection="randomly", m1="3")),
            "2 problems", '"boss"', "line_manager", '"randomly"', "random")  # fmt: skip


# Duplicates, and what differs


def test_a_row_that_stands_twice(engine: Engine) -> None:
    refused(engine(wide(piece=["1", "1"], m1=["3", "3"])),
            "1 problem;", 'the assessment of piece "1", rater "A" stands 2 times')  # fmt: skip
    refused(engine(long([("m1", "3"), ("m2", "2"), ("m1", "4")])),
            "1 problem;", 'item m1 of piece "1", rater "A" stands 2 times')  # fmt: skip


def test_several_raters_and_roles_are_no_duplicates(engine: Engine) -> None:
    frame = wide(piece=["1"] * 3, rater=["A", "B", "A"], rater_role=["peer", "peer", "agreed"],
                 m1="3")  # fmt: skip
    assert len(fd.Ratings(engine(frame), SOS)) == 3


def test_benchmark_pieces_are_scored_again(engine: Engine) -> None:
    frame = wide(piece=["1", "1"], purpose="benchmark", rated_on=["2026-01-01", "2026-02-01"],
                 m1="3")  # fmt: skip
    assert len(fd.Ratings(engine(frame), SOS)) == 2
    refused(engine(frame.assign(purpose="double")), "stands 2 times", "benchmark")


def test_an_attribute_that_differs_within_an_assessment(engine: Engine) -> None:
    table = long([("m1", "3"), ("m2", "3")]).assign(team=["North", "South"])
    refused(engine(table), 'team of piece "1" is both "North" and "South"', "one value")


def test_an_attribute_that_differs_within_a_piece(engine: Engine) -> None:
    frame = wide(piece="1", rater=["A", "B"], team=["North", "South"], m1="3")
    refused(engine(frame), 'piece "1"', 'is both "North" and "South"')


def test_what_one_rater_wrote_of_a_piece_holds_for_all(engine: Engine) -> None:
    frame = wide(piece="1", rater=["A", "B"], team=["North", None], date=[None, "2026-03-01"],
                 m1="3")  # fmt: skip
    ratings = fd.Ratings(engine(frame), SOS)
    assert list(ratings.assessments["team"]) == ["North", "North"]
    assert list(collected(ratings.frame)["team"]) == ["North", "North"]
    assert ratings.assessments["date"].nunique(dropna=False) == 1


# Items


def test_unknown_items_are_told_with_the_nearest(engine: Engine) -> None:
    refused(engine(long([("m1", "3"), ("m11", "3"), ("M2", "3")])),
            "2 problems", 'no item "m11" in sos_case_file', 'did you mean "m1"?',
            'no item "M2"')  # fmt: skip


def test_a_column_like_an_item_is_noted() -> None:
    notes = fd.Ratings(wide(m1="3", m11="4"), SOS).notes
    assert any('column "m11" is kept as context; did you mean "m1"?' in note for note in notes)
    assert any(note.startswith("ratings: no column for m2") for note in notes)


def test_only_the_rows_of_the_rubric_are_read(engine: Engine) -> None:
    frame = wide(rubric=["sos_case_file", "miti4"], m1=["3", "999"])
    ratings = fd.Ratings(engine(frame), SOS)
    assert list(ratings.assessments["piece"]) == ["p0"]
    assert "rows of miti4 left out" in ratings.notes[0]
    refused(engine(wide(rubric_version="0.9.0", m1="3")), "scored with sos_case_file 0.9.0",
            "version 1")  # fmt: skip


# Dates


@pytest.mark.parametrize(
    ("text", "noted"),
    [("2026-03-09", False), ("9/3/2026", True), ("09.03.2026", True),
     ("2026-03-09 00:00:00", False), ("2026-03-09T00:00:00", False)],
)  # fmt: skip
def test_dates_are_read_day_first(engine: Engine, text: str, noted: bool) -> None:
    ratings = fd.Ratings(engine(wide(date=text, m1="3")), SOS)
    assert ratings.assessments["date"][0] == pd.Timestamp(2026, 3, 9)
    assert any("day first" in note for note in ratings.notes) is noted


@pytest.mark.parametrize(
    "text",
    ["31/02/2026", "2026-02-30", "3/13/2026", "9th Sept", "2026", "45000", "20260309", "09/03/26",
     "2026-03-09 10:30", "2026-03-09T10:30:00", "2026-03-09T00:00:00Z", "2026-03-09+01:00",
     "1989-12-31", "2101-01-01"],
)  # fmt: skip
def test_what_is_no_date_or_has_a_time_is_refused(engine: Engine, text: str) -> None:
    refused(engine(wide(date=text, m1="3")), f'date of piece "p0" is "{text}", not a date',
            "30/11/2026")  # fmt: skip


DAYS: dict[str, Any] = {
    "pandas": pd.DataFrame({"date": [pd.Timestamp(2026, 3, 9)]}),
    "pandas, date": pd.DataFrame({"date": [dt.date(2026, 3, 9)]}),
    "polars": pl.DataFrame({"date": [dt.date(2026, 3, 9)]}),
    "polars, midnight": pl.DataFrame({"date": [dt.datetime(2026, 3, 9)]}),
    "pyarrow": pa.table({"date": [dt.date(2026, 3, 9)]}),
    "duckdb": duckdb.sql("select date '2026-03-09' as date"),
    "duckdb, midnight": duckdb.sql("select timestamp '2026-03-09' as date"),
}


def beside(native: Any, **more: str) -> Any:
    """A table of one row with more columns of text."""
    frame = nw.from_native(native)
    return frame.with_columns(
        **{name: nw.lit(text) for name, text in {"piece": "1", "rater": "A", "m1": "3", **more}.items()}
    ).to_native()  # fmt: skip


@pytest.mark.parametrize("native", DAYS.values(), ids=DAYS.keys())
def test_dates_may_be_dates(native: Any) -> None:
    ratings = fd.Ratings(beside(native), SOS)
    assert ratings.assessments["date"].to_list() == [pd.Timestamp(2026, 3, 9)]
    assert str(ratings.assessments["date"].dtype) == "datetime64[s]"


TIMES: dict[str, tuple[Any, str]] = {
    "pandas": (pd.DataFrame({"date": [pd.Timestamp(2026, 3, 9, 10)]}), "10:00:00"),
    "pandas, zone": (pd.DataFrame({"date": [pd.Timestamp(2026, 3, 9, tz="UTC")]}), "time zone"),
    "polars": (pl.DataFrame({"date": [dt.datetime(2026, 3, 9, 10)]}), "10:00:00"),
    "polars, zone": (
        pl.DataFrame({"date": [dt.datetime(2026, 3, 9, tzinfo=dt.UTC)]}), "time zone",
    ),
    "duckdb": (duckdb.sql("select timestamp '2026-03-09 10:00' as date"), "10:00:00"),
    "duckdb, zone": (duckdb.sql("select timestamptz '2026-03-09' as date"), "time zone"),
    "a number": (pd.DataFrame({"date": [20260309]}), '"20260309", not a date'),
}  # fmt: skip


@pytest.mark.parametrize(("native", "words"), TIMES.values(), ids=TIMES.keys())
def test_times_and_zones_are_refused(native: Any, words: str) -> None:
    refused(beside(native), "date", words)


def test_a_period_that_runs_backwards(engine: Engine) -> None:
    frame = wide(covers_from="2026-03-02", covers_to="2026-03-01", m1="3")
    refused(engine(frame), 'covers_from of piece "p0" is after covers_to')


@pytest.mark.parametrize("text", ["-1", "inf", "nan", "long", "1,5", "1000000"])
def test_minutes(engine: Engine, text: str) -> None:
    refused(engine(wide(minutes=text, m1="3")), f'minutes of piece "p0" is "{text}"', "from 0")


# Concerns


def test_concerns_come_first(engine: Engine) -> None:
    frame = wide(
        concern=["no", "yes", "Yes", None, "yes"],
        escalated_on=[None, "2026-03-01", None, None, "01/03/2026"],
        escalated_to=[None, "team manager", None, None, "team manager"],
        closed_on=[None, None, None, None, "2026-03-02"],
        m1="3",
    )
    ratings = fd.Ratings(engine(frame), SOS)
    assert [concern.piece for concern in ratings.concerns] == ["p2", "p1", "p4"]
    assert ratings.summary[0].startswith('OPEN CONCERN, NOT ESCALATED: piece "p2"')
    assert ratings.summary[1].startswith("OPEN CONCERN: piece")
    assert "2026-03-01 to team manager" in ratings.summary[1]
    assert ratings.summary[2].startswith("ratings: 5 assessments")
    assert ratings.concerns[2].escalated_on == "2026-03-01"
    kept = {*ratings.frame.collect_schema().names(), *ratings.assessments.columns}
    assert not kept & {"concern", "escalated_on", "escalated_to", "closed_on"}


def test_they_come_first_though_the_table_is_refused(engine: Engine) -> None:
    message = refused(engine(wide(concern="yes", m1="9")), '"9" for item m1')
    assert message.startswith("OPEN CONCERN, NOT ESCALATED")
    message = refused(engine(wide(concern="yes", m1="9").drop(columns="rater")), 'no column "rater"')
    assert message.startswith('OPEN CONCERN, NOT ESCALATED: piece "p0"')


@pytest.mark.parametrize("word", ["yes!", "maybe", "see note", "oui"])
def test_a_worry_is_not_lost_in_its_spelling(engine: Engine, word: str) -> None:
    message = refused(engine(wide(concern=word, m1="3")), "yes, no or blank")
    assert message.startswith("OPEN CONCERN, NOT ESCALATED")


def test_a_date_that_is_none_does_not_close_a_concern(engine: Engine) -> None:
    frame = wide(concern="yes", escalated_on="soon", closed_on="done", m1="3")
    message = refused(engine(frame), "2 problems", 'escalated_on "soon" is not a date',
                      'closed_on "done" is not a date')  # fmt: skip
    assert message.startswith("OPEN CONCERN, NOT ESCALATED")


def test_one_concern_a_scoring_and_the_worst_of_it(engine: Engine) -> None:
    table = long([("m1", "3"), ("m2", "3")], concern="yes")
    table["escalated_on"] = pd.Series(["2026-03-01", None], dtype="string")
    (concern,) = fd.Ratings(engine(table), SOS).concerns
    assert concern.open
    assert not concern.escalated_on


@pytest.mark.parametrize("value", [True, 1])
def test_a_worry_may_be_a_truth_or_a_number(value: Any) -> None:
    frame = wide(m1="3").assign(concern=[value])
    assert len(fd.Ratings(frame, SOS).concerns) == 1
    assert len(fd.Ratings(pl.from_pandas(frame), SOS).concerns) == 1


# All at once


def test_all_faults_come_at_once(engine: Engine) -> None:
    frame = wide(
        piece=["1", "2", "2", None], date=["x", "2026-01-01", "2026-01-01", "2026-01-01"],
        rater_role=["boss", "peer", "peer", "peer"], m1=["9", "3", "3", "8"], minutes="-5",
        concern=["maybe", "no", "no", "no"],
    )  # fmt: skip
    refused(engine(frame), 'concern "maybe"', "no piece", '"9" for item m1', '"8" for item m1',
            '"x", not a date', '"boss"', '"-5"', "stands 2 times")  # fmt: skip


def test_faults_stand_in_the_order_of_the_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "piece,rater,m1,m2\n1,A,3,9\n2,A,8,3\n3,A,x,7\n", encoding="utf-8"
    )
    with pytest.raises(RatingsError) as caught:
        fd.read_ratings(tmp_path / "a.csv", SOS)
    assert [fault.where for fault in caught.value.faults] == [
        'a.csv line 2, column "m2"', 'a.csv line 3, column "m1"',
        'a.csv line 4, column "m1"', 'a.csv line 4, column "m2"',
    ]  # fmt: skip


def test_the_total_is_told_though_not_all_are_shown(engine: Engine) -> None:
    frame = wide(m1=["9"] * 1500, m2=["3", "x", "y"] * 500)
    with pytest.raises(RatingsError) as caught:
        fd.Ratings(engine(frame), SOS)
    assert caught.value.total == 2500
    assert len(caught.value.faults) == FAULTS_SHOWN
    assert "(the first 1000 of 2500 are shown)" in str(caught.value)


def test_very_many_different_texts_are_told_quickly() -> None:
    rows = [(f"m{n % 4 + 1}", f"text {n}") for n in range(50_000)]
    frame = long(rows).assign(piece=[str(n // 4) for n in range(50_000)])
    with pytest.raises(RatingsError) as caught:
        fd.Ratings(frame, SOS)
    assert caught.value.total == 50_000


# Tables of other kinds


@pytest.mark.parametrize("what", [None, 7, "audits.csv", [1], {"piece": 1}, pd.Series([1])])
def test_what_is_no_table(what: Any) -> None:
    with pytest.raises(UsageError, match=r"fidelity\.read_ratings"):
        fd.Ratings(what, SOS)


ODD: dict[str, Any] = {
    "lists": pl.DataFrame({"team": [[1]]}),
    "records": pl.DataFrame({"team": [{"a": 1}]}),
    "bytes": pl.DataFrame({"team": [b"x"]}),
    "durations": pl.DataFrame({"team": [dt.timedelta(days=1)]}),
    "objects": pl.DataFrame({"team": [object()]}),
    "arrow lists": pa.table({"team": [[1]]}),
    "duckdb lists": duckdb.sql("select [1] as team"),
}


@pytest.mark.parametrize("native", ODD.values(), ids=ODD.keys())
def test_what_is_no_plain_value_is_told(native: Any) -> None:
    if isinstance(native, pl.DataFrame) and native.schema["team"] == pl.Object:
        native = native.with_columns(piece=pl.lit("1"), rater=pl.lit("A"), m1=pl.lit("3"))
        refused(native, 'column "team": holds values of kind')
    else:
        refused(beside(native), 'column "team": holds values of kind', "text, numbers, dates")


PLAIN: dict[str, Any] = {
    "categories": pl.DataFrame({"team": ["N"]}, schema={"team": pl.Categorical}),
    "choices": pl.DataFrame({"team": ["N"]}, schema={"team": pl.Enum(["N", "S"])}),
    "pandas categories": pd.DataFrame({"team": pd.Categorical(["N"])}),
    "nothing": pl.DataFrame({"team": [None]}),
    "arrow nothing": pa.table({"team": pa.nulls(1)}),
    "truth": pl.DataFrame({"team": [True]}),
    "uuid": duckdb.sql("select uuid() as team"),
    "huge": duckdb.sql("select 1::hugeint as team"),
}


@pytest.mark.parametrize("native", PLAIN.values(), ids=PLAIN.keys())
def test_text_under_another_name_is_text(native: Any) -> None:
    ratings = fd.Ratings(beside(native), SOS)
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


# Anything at all


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


@settings(max_examples=150)
@given(tables(VALUES))
def test_any_pandas_table_is_read_or_refused(columns: dict[str, list[Any]]) -> None:
    read_or_refused(pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in columns.items()}))


@settings(max_examples=150)
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


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(tables(TEXTS | st.none()).filter(bool))
def test_every_engine_reads_or_refuses_the_same(columns: dict[str, list[Any]]) -> None:
    """The same message from each, but for the places: lazy tables have no order."""
    frame = pd.DataFrame({name: pd.Series(v, dtype="string") for name, v in columns.items()})
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    told = []
    for native in (frame, pl.DataFrame(pl.from_arrow(arrow)), arrow,
                   pl.DataFrame(pl.from_arrow(arrow)).lazy(), duckdb.from_arrow(arrow)):  # fmt: skip
        try:
            ratings = fd.Ratings(native, SOS)
            told.append((read(ratings), ratings.concerns, len(ratings)))
        except RatingsError as error:
            told.append(sorted((fault.what, fault.allowed) for fault in error.faults))
        except FidelityError as error:
            told.append(str(error))
    assert all(each == told[0] for each in told[1:])
