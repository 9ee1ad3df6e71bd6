"""Small tables of ratings, and what becomes of them at the gate."""

from typing import Any

import narwhals as nw
import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.engines import collected
from fidelity.errors import RatingsError
from fidelity.rubric import read_rubric

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


def beside(native: Any) -> Any:
    """A table of one row, with a piece, a rater and an answer."""
    return (
        nw.from_native(native)
        .with_columns(piece=nw.lit("1"), rater=nw.lit("A"), m1=nw.lit("3"))
        .to_native()
    )
