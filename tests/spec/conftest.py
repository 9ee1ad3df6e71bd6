"""Every test here runs on every engine, and asks for equality, not for nearness."""

from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

Engine = Callable[[pd.DataFrame], Any]


def _arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


ENGINES: dict[str, Engine] = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.from_arrow(_arrow(frame)),
    "polars-lazy": lambda frame: pl.DataFrame(pl.from_arrow(_arrow(frame))).lazy(),
    "pyarrow": _arrow,
    "duckdb": lambda frame: duckdb.from_arrow(_arrow(frame)),
}


@pytest.fixture(params=ENGINES.values(), ids=ENGINES.keys())
def engine(request: pytest.FixtureRequest) -> Engine:
    """Turns a pandas table into a table of one engine."""
    chosen: Engine = request.param
    return chosen
