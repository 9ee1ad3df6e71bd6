"""Tables of any engine, taken in and handed out: pandas, Polars, PyArrow, DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from fidelity.errors import Fault, FileError, RatingsError, UsageError

Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
#: Endings of Parquet files.
PARQUET = frozenset({".parquet", ".pq"})
_READER = "fidelity.read_ratings(path, rubric)"
_PLAIN = "text, numbers, dates, or yes and no"
#: Kinds of column that are no plain value.
_ODD = (
    nw.List, nw.Array, nw.Struct, nw.Map, nw.Binary, nw.Duration, nw.Time, nw.Object,
)  # fmt: skip


def frame_of(native: Any, name: str, reader: str = _READER) -> Frame:
    """A table of any engine, with tidy headings and plain values, missing ones missing.

    Args:
        native: the table.
        name: what it is called in messages.
        reader: the call that reads the same from a file.

    Raises:
        UsageError: it is no table.
        RatingsError: two columns have one heading, or a column holds what is no plain value.
    """
    if isinstance(native, pd.DataFrame):
        native = _nullable(native.set_axis(_headings(list(native.columns), name), axis=1), name)
    else:
        _headings(list(getattr(native, "column_names", [])), name)  # of a PyArrow table
    try:
        frame: Frame = nw.from_native(native)
    except TypeError:
        raise UsageError(
            f"Needed: a table (pandas, Polars, PyArrow, or a DuckDB relation), not "
            f"{type(native).__name__}. For a file: {reader}."
        ) from None
    names = frame.collect_schema().names()
    headings = _headings(names, name)
    if names != headings:
        frame = frame.rename(dict(zip(names, headings, strict=True)))
    return _plain(frame, name)


def _headings(given: Sequence[Any], name: str) -> list[str]:
    """Headings without spaces around and in small letters, each once."""
    tidy = [str(heading).strip().lower() for heading in given]
    faults = [
        Fault(f"{name}, headings", f'the heading "{heading}" stands twice', "each once")
        for heading in dict.fromkeys(tidy)
        if tidy.count(heading) > 1
    ]
    if faults:
        raise RatingsError(name, faults)
    return tidy


def _nullable(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Text and numbers in pandas' nullable types, so that a missing value stays missing."""
    changed: dict[str, Any] = {}
    for heading in frame.columns:
        column = frame[heading]
        if pd.api.types.is_complex_dtype(column.dtype):
            changed[heading] = column.map(str).astype("string")
        elif pd.api.types.is_numeric_dtype(column.dtype):
            changed[heading] = column.convert_dtypes()
        elif not pd.api.types.is_datetime64_any_dtype(column.dtype):
            try:
                changed[heading] = column.astype("string")
            except UnicodeEncodeError:
                what = "half of a character, which no file can hold"
                fault = Fault(f'{name}, column "{heading}"', what, remedy="type the text again")
                raise RatingsError(name, [fault]) from None
    return frame.assign(**changed)


def _plain(frame: Frame, name: str) -> Frame:
    """Refuse what is no plain value; what is text under another name becomes text."""
    changed, faults = [], []
    for heading, kind in frame.collect_schema().items():
        where = f'{name}, column "{heading}"'
        if isinstance(kind, _ODD):
            faults.append(Fault(where, f"holds values of kind {kind}", _PLAIN))
        elif isinstance(kind, nw.Datetime) and kind.time_zone is not None:
            faults.append(Fault(where, "has a time zone", "dates alone", "drop time and zone"))
        elif isinstance(kind, nw.Categorical | nw.Enum | nw.Unknown):
            changed.append(nw.col(heading).cast(nw.String))
        elif isinstance(kind, nw.Float32 | nw.Float64):
            changed.append(nw.col(heading).fill_nan(None))
    if faults:
        raise RatingsError(name, faults)
    return frame.with_columns(*changed) if changed else frame


def collected(frame: Frame) -> pd.DataFrame:
    """A small table of any engine as pandas; whole numbers stay whole, missing text is None."""
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return pd.DataFrame({name: eager[name].to_numpy() for name in eager.columns})


def read_parquet(path: Path, engine: str | None = None) -> Any:
    """A Parquet file in the engine asked for, read lazily where the engine can.

    Args:
        path: the file.
        engine: "duckdb", "polars", "pyarrow" or "pandas"; the first that is installed, if None.

    Raises:
        FileError: there is no such file, or it is not Parquet.
        UsageError: no such engine, or none is installed.
    """
    readers: dict[str, Callable[[], Any]] = {
        "duckdb": lambda: import_module("duckdb").read_parquet(str(path)),
        "polars": lambda: import_module("polars").scan_parquet(path),
        "pyarrow": lambda: import_module("pyarrow.parquet").read_table(path),
        "pandas": lambda: import_module("pandas").read_parquet(path),
    }
    if engine is not None and engine not in readers:
        raise UsageError(f'No engine "{engine}"; one of: {", ".join(readers)}.')
    if not path.is_file():
        raise FileError(f"{path.name}: there is no such file.")
    for name in [engine] if engine else readers:
        try:
            table = readers[name]()
            if hasattr(table, "collect_schema"):
                table.collect_schema()  # a lazy table has not looked at the file yet
            return table
        except ImportError:
            continue
        except Exception as error:
            raise FileError(f"{path.name}: not a Parquet file that can be read: {error}") from None
    raise UsageError(
        "Reading Parquet needs one of duckdb, polars or pyarrow: pip install fidelity[duckdb]."
    )
