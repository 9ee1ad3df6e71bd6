"""The same ratings give the same scores and bands, cell by cell, on every engine and in any order.

200,000 simulated ratings whose scores lie exactly on every threshold, or one step beside it. The
expected bands come from whole numbers in `fidelity.simulate.planted`, which shares no code with
`fidelity.scoring`.
"""

from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fidelity as fd
from fidelity.simulate import Planted, planted_on_thresholds
from fidelity.tables import Answers, answers, distribution
from tests.spec.conftest import ENGINES, Engine

RUBRIC = "sos_case_file"
N_RATINGS = 200_000


@cache
def planted(rubric: str = RUBRIC, ratings: int = N_RATINGS) -> Planted:
    return planted_on_thresholds(rubric, ratings // len(fd.read_rubric(rubric).items) + 1, rng=1)


def scored(table: object, rubric: str = RUBRIC) -> pd.DataFrame:
    return fd.score(fd.Ratings(table, rubric)).assessments


@cache
def reference() -> pd.DataFrame:
    return scored(planted().ratings)


def shuffled(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


def test_there_are_200_000_ratings_on_and_beside_each_threshold() -> None:
    expected = planted().expected
    assert len(planted().ratings) >= N_RATINGS
    sides = expected.groupby("threshold")["side"].unique()
    assert {name: set(found) for name, found in sides.items()} == {
        "close_to_the_model": {"below", "on", "above"},
        "partly": {"below", "on", "above"},
    }


def test_scores_and_bands_are_identical_cell_by_cell(engine: Engine) -> None:
    given_ = scored(engine(shuffled(planted().ratings, 1)))
    pd.testing.assert_frame_equal(given_, reference(), check_exact=True)


@pytest.mark.parametrize("rubric", [RUBRIC, "systemic_supervision", "dfe_common_ingredients"])
def test_bands_are_those_of_whole_number_arithmetic(rubric: str) -> None:
    few = planted(rubric, 40_000)
    given_ = scored(few.ratings, rubric).set_index("piece")
    expected = few.expected.set_index("piece").loc[given_.index]
    assert (given_["band_before_caps"] == expected["band_before_caps"]).all()
    assert (given_["band"] == expected["band"]).all()
    assert set(expected["side"]) == {"below", "on", "above"}


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.integers(2, 60))
def test_chunks_change_nothing(seed: int, chunks: int) -> None:
    frame = shuffled(planted().ratings.iloc[: 21 * 400], seed)
    edges = np.sort(np.random.default_rng(seed).integers(0, len(frame), chunks - 1))
    parts = [part for part in np.split(np.arange(len(frame)), edges) if len(part)]
    tables = [pa.Table.from_pandas(frame.iloc[rows], preserve_index=False) for rows in parts]
    chunked = pa.concat_tables(tables)
    assert chunked["value"].num_chunks == len(parts)
    plain = scored(frame)
    for table in (chunked, pl.DataFrame(pl.from_arrow(chunked, rechunk=False))):
        pd.testing.assert_frame_equal(scored(table), plain, check_exact=True)


@settings(max_examples=10)
@given(st.integers(0, 10_000))
def test_tables_of_two_parts_add_up_to_the_table_of_both(seed: int) -> None:
    rubric = fd.read_rubric(RUBRIC)
    given_ = answers(fd.Ratings(planted().ratings.iloc[: 21 * 200], rubric))
    rng = np.random.default_rng(seed)
    first = rng.random(200) < 0.5

    def table(rows: np.ndarray) -> pd.Series:
        part = Answers(given_.items, given_.states[rows], given_.levels[rows])
        groups = np.zeros(len(part.states), np.intp)
        return distribution(part, rubric, groups, 1).set_index(["item", "answer"])["count"]

    both = table(np.ones(200, bool))
    assert both.equals(table(first) + table(~first))
    assert both.groupby("item").sum().eq(200).all()


def test_every_engine_is_here() -> None:
    assert {"pandas", "polars", "polars-lazy", "pyarrow", "duckdb"} == set(ENGINES)
