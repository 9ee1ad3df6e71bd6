"""`Ratings`: scores that have passed the gate, and the reader of files that hold them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any, overload

import narwhals as nw
import pandas as pd

from fidelity.collect.concerns import Concern
from fidelity.collect.delimited import DELIMITED, TextTable, read_delimited
from fidelity.collect.engines import PARQUET, read_parquet
from fidelity.collect.forms import only_short
from fidelity.collect.gate import Checked, check
from fidelity.collect.guards.checkout import keep_out_of_git
from fidelity.collect.source import Source
from fidelity.errors import FidelityError, FileError
from fidelity.rubric import Rubric, read_rubric
from fidelity.rubric.derived import is_short, short_form

_WORKBOOK = {".xlsx", ".xlsm"}


class Ratings:
    """Ratings of one rubric at one version, checked whole.

    Args:
        frame: a pandas, Polars or PyArrow table, or a DuckDB relation; long (columns piece,
            rater, item, value) or wide (piece, rater and a column for each item). The columns
            are documented in `fidelity.collect.columns` and in the README.
        rubric: a `Rubric`, or the id of one that ships.

    Raises:
        RatingsError: everything that is wrong, at once. Nothing is kept of a faulty table.

    The ratings stay in the engine that held them (`frame`); `assessments` is a small pandas
    table with one row an assessment.
    """

    def __init__(self, frame: Any, rubric: Rubric | str, *, source: Source | None = None) -> None:
        self.rubric = read_rubric(rubric) if isinstance(rubric, str) else rubric
        self.name = (source or Source()).name
        self._checked: Checked = check(frame, self.rubric, source or Source())

    @property
    def frame(self) -> Any:
        """The engine's own long table, as a Narwhals frame: keys, item, level, code, context."""
        return self._checked.frame

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that together name an assessment, in sorting order."""
        return self._checked.keys

    @property
    def assessments(self) -> pd.DataFrame:
        """One row an assessment, sorted by keys, with what is known about it (a copy)."""
        return self._checked.assessments.copy()

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Every concern that came with the ratings, those not passed on first."""
        return self._checked.concerns

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed on reading, in sentences."""
        return self._checked.notes

    @property
    def other_form(self) -> int:
        """How many assessments of the other form (full or short) were left out."""
        return self._checked.other_form

    @property
    def summary(self) -> list[str]:
        """What came in, in sentences; open concerns first."""
        table = self._checked.assessments
        told = [str(concern) for concern in self.concerns if concern.open]
        pieces, raters = table["piece"].nunique(), table["rater"].nunique()
        told.append(
            f"{self.name}: {_count(len(table), 'assessment')} of {_count(pieces, 'piece')} by "
            f"{_count(raters, 'rater')}, scored with {self.rubric.title} {self.rubric.version}."
        )
        return told + list(self.notes)

    def with_concerns(self, concerns: Iterable[Concern]) -> Ratings:
        """The same ratings, which tell of concerns that are kept apart from them as well."""
        told = copy(self)
        told._checked = replace(
            self._checked, concerns=tuple(dict.fromkeys([*self.concerns, *concerns]))
        )
        return told

    def of_pieces(self, pieces: Collection[str]) -> Ratings:
        """The same ratings of some pieces alone, as of one period; all concerns stay told."""
        wanted = set(pieces)
        table = self._checked.assessments
        told = copy(self)
        told._checked = replace(
            self._checked,
            frame=self._checked.frame.filter(nw.col("piece").is_in(sorted(wanted))),
            assessments=table[table["piece"].isin(wanted)].reset_index(drop=True),
        )
        return told

    def __len__(self) -> int:
        return len(self._checked.assessments)

    def __repr__(self) -> str:
        return "\n".join(self.summary)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(sentence)}</p>" for sentence in self.summary)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


@overload
def read_ratings(  # type: ignore[overload-overlap]  # a text is one id, not a sequence of letters
    path: str | Path, rubric: Rubric | str, *, engine: str | None = ...
) -> Ratings: ...
@overload
def read_ratings(
    path: str | Path, rubric: Sequence[Rubric | str], *, engine: str | None = ...
) -> dict[str, Ratings]: ...
def read_ratings(
    path: str | Path,
    rubric: Rubric | str | Sequence[Rubric | str],
    *,
    engine: str | None = None,
) -> Ratings | dict[str, Ratings]:
    """Read ratings from a file.

    Args:
        path: CSV (UTF-8, UTF-16 or Windows-1252; comma, semicolon or tab), Parquet, or a
            workbook made by `fidelity workbook`.
        rubric: the rubric they were scored with, or several of them for one sitting.
        engine: for Parquet: "duckdb", "polars", "pyarrow" or "pandas"; the first that is
            installed if not given.

    Returns:
        `Ratings`; with several rubrics, `Ratings` by rubric id. What asked the must-haves alone
        (`form` is short) is left out, counted and told; a file of nothing else is read with the
        short form of the rubric.

    Raises:
        FileError: the file cannot be opened, decoded, or is not of a kind that can be read.
        RatingsError: what is in it is wrong; every fault with file, row or cell.
        UsageError: real data in a notebook that lies inside a git checkout.
    """
    path = Path(path)
    if not isinstance(rubric, Rubric | str):
        rubrics = [read_rubric(r) if isinstance(r, str) else r for r in rubric]
        return {r.id: read_ratings(path, r, engine=engine) for r in rubrics}
    rubric = read_rubric(rubric) if isinstance(rubric, str) else rubric
    keep_out_of_git(path)
    suffix = path.suffix.lower()
    if suffix in DELIMITED:
        return from_text(read_delimited(path), rubric)
    if suffix in _WORKBOOK:
        from fidelity.collect.workbook_reader import read_sheet

        return from_text(read_sheet(path, rubric), rubric)
    if suffix in PARQUET:
        return _from_parquet(path, rubric, engine)
    raise FileError(
        f"{path.name}: files of kind '{suffix}' cannot be read. Allowed: .csv, .tsv, .parquet, "
        ".xlsx. Save it as one of these."
    )


def _from_parquet(path: Path, rubric: Rubric, engine: str | None) -> Ratings:
    table = read_parquet(path, engine)
    try:
        return Ratings(table, _form_at_hand(table, rubric), source=Source(path.name))
    except FidelityError:
        raise
    except Exception as error:  # a damaged page is found only when an engine comes to it
        raise FileError(f"{path.name}: cannot be read to its end: {error}") from error


def from_text(table: TextTable, rubric: Rubric) -> Ratings:
    """Ratings from a table of text, with the places of its cells in every message."""
    source = Source(table.name, table.places, table.letters, table.notes)
    frame = pd.DataFrame(table.columns, dtype="string")
    rubric = _form_at_hand(frame, rubric)
    ratings = Ratings(frame, rubric, source=source)
    if not table.reasons:
        return ratings
    return Ratings(_with_reasons(table, rubric), rubric, source=source)


def _form_at_hand(frame: Any, rubric: Rubric) -> Rubric:
    """The rubric, or its short form where the table holds nothing else."""
    wanted = bool(rubric.must_haves) and not is_short(rubric)
    return short_form(rubric) if wanted and only_short(frame, rubric) else rubric


def _with_reasons(table: TextTable, rubric: Rubric) -> pd.DataFrame:
    """A row an item, where the file tells beside the answers why an item does not apply."""
    wide = pd.DataFrame(table.columns, dtype="string")
    items = [item for item in wide.columns if item in rubric.items]
    about = wide.drop(columns=items)
    parts = [
        about.assign(item=item, value=wide[item], reason=_text(table.reasons.get(item), len(wide)))
        for item in items
    ]
    return pd.concat(parts, ignore_index=True).astype("string")


def _text(cells: list[str | None] | None, rows: int) -> Any:
    return pd.array(cells or [None] * rows, dtype="string")
