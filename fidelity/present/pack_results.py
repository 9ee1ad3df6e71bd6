"""The analyses of a pack: what is run, with which options, and its tables and pictures as files.

They are run on the ratings as they stand in the pack, under pseudonyms, so that whoever holds the
pack runs them on the very same table and gets the very same numbers.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

import fidelity
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.present.figure import Picture
from fidelity.results import Result

#: What is run, in this order, and for which pieces a number may be missing.
ANALYSES: Mapping[str, str] = {
    "score": "no score: too little of it was answered",
    "agreement": "scored by one rater alone",
    "calibration": "no agreed score beside a rater's own",
    "generalizability": "scored by one rater alone",
    "strictness": "scored by one rater alone, with no link to others",
    "chart": "no date, or no score",
    "change": "no date, no score, or in neither of the two times",
    "drift": "no date, or no score",
}
_OPTIONS = ("by", "record", "frame")


@dataclass(frozen=True, eq=False)
class Run:
    """One analysis of one rubric.

    Attributes:
        name: of the analysis.
        options: what it was called with, by name; a frame by the path of its file.
        result: what it found; None where it could not be run.
        reason: why not.
    """

    name: str
    options: dict[str, Any]
    result: Result | None
    reason: str = ""


def run_all(
    ratings: Ratings, record: str | None, frame: pd.DataFrame | None, frame_file: str
) -> Iterator[Run]:
    """Every analysis that these ratings allow, each with its options."""
    table = ratings.assessments
    for name in ANALYSES:
        call = getattr(fidelity, name)
        allowed = inspect.signature(call).parameters
        given: dict[str, Any] = {"by": "team", "record": record, "frame": frame}
        if "team" not in table or name not in {"score", "change"}:
            del given["by"]
        if frame is None or "stratum" not in table:
            del given["frame"]
        options = {k: v for k, v in given.items() if k in allowed and v is not None}
        shown = {k: frame_file if k == "frame" else v for k, v in options.items()}
        try:
            yield Run(name, shown, call(ratings, **options))
        except UsageError as error:
            yield Run(name, shown, None, " ".join(str(error).split())[:400])


def tables_of(result: Result) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table of a result with rows in it: the first as `table`, others by their names."""
    names = [field.name for field in fields(result)]
    names += ["assessments"] if "assessments" not in names else []
    for name in names:
        held = getattr(result, name, None)
        if isinstance(held, pd.DataFrame) and len(held):
            yield name, _flat(held)


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose index, where it says something, is a column."""
    plain = isinstance(table.index, pd.RangeIndex) or table.index.name is None
    return table.reset_index(drop=True) if plain else table.reset_index()


def pictures_of(result: Result) -> Iterator[tuple[str, Picture]]:
    """Every picture that a result draws without being asked for more; by `plot`, `parts`..."""
    for name, method in inspect.getmembers(type(result), inspect.isfunction):
        if not name.startswith("plot"):
            continue
        needed = list(inspect.signature(method).parameters.values())[1:]
        if all(p.default is not inspect.Parameter.empty for p in needed):
            try:
                yield name.removeprefix("plot_"), getattr(result, name)()
            except UsageError:
                continue


def used(run: Run, counted: int | None) -> dict[str, Any]:
    """How many pieces stand in the numbers of an analysis, at most."""
    step = {"step": f"in {run.name}", "selection": "", "n_pieces": None, "n_assessments": None}
    if run.result is None:
        return {**step, "left_out_because": f"not run: {run.reason}"}
    n = None
    if "n_pieces" in run.result.table and run.result.table["n_pieces"].notna().any():
        n = int(run.result.table["n_pieces"].max())
    fewer = n is not None and counted is not None and n < counted
    return {**step, "n_pieces": n, "left_out_because": ANALYSES[run.name] if fewer else ""}
