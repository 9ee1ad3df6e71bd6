"""A table as text in cells, ready for a page: one structure for HTML now and for Word later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fidelity.present.figure import plain

if TYPE_CHECKING:
    import pandas as pd

#: Stands in a cell that has nothing to say; screen readers read it.
NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """A table with a caption; its first column names the rows.

    Attributes:
        caption: what it shows, of what, with n.
        headings: one a column.
        rows: text of each cell.
        numeric: whether a column holds numbers, which are set to the right.
        note: what must be known to read it.
        empty: lines to fill in by hand, which are drawn tall.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    note: str = ""
    empty: bool = False


def table(
    frame: pd.DataFrame,
    caption: str,
    *,
    headings: Mapping[str, str] | None = None,
    decimals: int = 2,
    note: str = "",
) -> Table:
    """A table from a frame.

    Args:
        frame: one row a row; the first column names it.
        caption: what the table shows.
        headings: what stands over a column, where that is not its name.
        decimals: of numbers that are not whole.
        note: what must be known to read it.
    """
    names = dict(headings or {})
    heads = tuple(names.get(str(c), str(c).replace("_", " ")) for c in frame.columns)
    columns = [[_cell(value, decimals) for value in frame[c]] for c in frame.columns]
    return Table(
        plain(caption),
        tuple(plain(head) for head in heads),
        tuple(zip(*columns, strict=True)) if len(frame) else (),
        tuple(_numeric(frame[c]) for c in frame.columns),
        plain(note),
    )


def rows_of(
    caption: str, headings: Sequence[str], rows: Sequence[Sequence[object]], note: str = "",
    numeric: Sequence[bool] = (),
) -> Table:  # fmt: skip
    """A table from rows of text; numeric columns are all but the first unless given."""
    return Table(
        plain(caption),
        tuple(plain(head) for head in headings),
        tuple(tuple(plain(cell) or NOTHING for cell in row) for row in rows),
        tuple(numeric) or (False, *(True for _ in headings[1:])),
        plain(note),
    )


def to_fill_in(caption: str, headings: Sequence[str], lines: int) -> Table:
    """A table with empty lines."""
    rows = tuple(tuple("" for _ in headings) for _ in range(lines))
    return Table(caption, tuple(headings), rows, tuple(False for _ in headings), empty=True)


def _numeric(column: pd.Series[Any]) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return bool(is_numeric_dtype(column) and not is_bool_dtype(column))


def _cell(value: object, decimals: int) -> str:
    import numpy as np
    import pandas as pd

    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):  # type: ignore[call-overload]
        return NOTHING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return f"{value:.{decimals}f}"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return plain(value) or NOTHING
