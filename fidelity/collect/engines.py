"""Tables of any engine, taken in and handed out: pandas, Polars, PyArrow, DuckDB."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from fidelity.errors import UsageError

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]


def frame_of(native: Any, what: str = "Ratings are") -> Frame:
    """A table of any engine, as Narwhals knows it.

    Raises:
        UsageError: it is no table.
    """
    if isinstance(native, pd.DataFrame):
        native = _nullable(native)
    try:
        frame: Frame = nw.from_native(native)
    except TypeError:
        raise UsageError(
            f"{what} made from a table, not from {type(native).__name__}: a pandas, Polars "
            "or PyArrow table, or a DuckDB relation. For a file: fidelity.read_ratings(path, "
            "rubric)."
        ) from None
    return frame


def _nullable(frame: pd.DataFrame) -> pd.DataFrame:
    """Text and numbers in pandas' nullable types, so that a missing value stays missing."""
    changed = {}
    for name in frame.columns:
        kind = frame[name].dtype
        if pd.api.types.is_numeric_dtype(kind):
            changed[name] = frame[name].convert_dtypes()
        elif not pd.api.types.is_datetime64_any_dtype(kind):
            changed[name] = frame[name].astype("string")
    return frame.assign(**changed)


def collected(frame: Frame) -> pd.DataFrame:
    """A small table of any engine as pandas; whole numbers stay whole, missing text is None."""
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return pd.DataFrame({name: eager[name].to_numpy() for name in eager.columns})
