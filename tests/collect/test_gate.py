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
from fidelity.collect.engines import collected
from fidelity.errors import FAULTS_SHOWN, RatingsError
from tests.collect.frames import MITI, SOS, long, read, refused, wide
from tests.collect.scales import every_scale
from tests.spec.conftest import Engine

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


def test_spellings_of_a_code(engine: Engine) -> None:
    texts = ["na", "N/A", " NA ", "n.a.", "\u00a0NA\u2003", "Na\t"]
    assert set(read(fd.Ratings(engine(wide(m1=texts)), SOS)).values()) == {(None, "NA")}


def test_codes_that_the_scale_does_not_have(engine: Engine) -> None:
    texts = ["NA", "DK", "none", "-", "nan", "None", "<NA>", "N / A", "?"]
    words = [f'"{text}" for item empathy' for text in texts]
    refused(engine(wide(empathy=texts)), *words, "1, 2, 3, 4, 5, NE or blank", rubric=MITI)


def test_whole_numbers_however_written(engine: Engine) -> None:
    texts = ["3", "3.0", "+3", "03", " 3 ", "3.000000", "\u00a03"]
    assert set(read(fd.Ratings(engine(wide(m1=texts)), SOS)).values()) == {(3, None)}


def test_what_is_no_level_is_refused(engine: Engine) -> None:
    texts = ["3.5", "0", "6", "-1", "3,0", "1e0", "0x3", "three", "3 4", "٣", "3.0000001", "1/2"]
    words = [f'"{text}" for item m1 of piece "p{n}"' for n, text in enumerate(texts)]
    refused(engine(wide(m1=texts)), f"{len(texts)} problems", "1, 2, 3, 4, 5, NA", *words)


def test_levels_are_kept_in_whole_units(engine: Engine) -> None:
    frame = wide(item_exact=["12.25", "50"], item_share=["0.1", "100.0"],
                 item_times=["999", "0"], item_ten=["0", "10"])  # fmt: skip
    given_back = read(fd.Ratings(engine(frame), every_scale()))
    assert {key: level for key, (level, _) in given_back.items()} == {
        ("p0", "item_exact"): 1225, ("p1", "item_exact"): 5000,
        ("p0", "item_share"): 1, ("p1", "item_share"): 1000,
        ("p0", "item_times"): 999, ("p1", "item_times"): 0,
        ("p0", "item_ten"): 0, ("p1", "item_ten"): 10,
    }  # fmt: skip


def test_numbers_outside_the_scale_are_refused(engine: Engine) -> None:
    wrong = {"item_exact": ["12.255", "50.01"], "item_share": ["100.1", "0.15"],
             "item_times": ["1000", "2.5"], "item_ten": ["11", "0.5"]}  # fmt: skip
    words = [f'"{text}" for item {item}' for item, texts in wrong.items() for text in texts]
    refused(engine(wide(**wrong)), "8 problems", *words, rubric=every_scale())


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
