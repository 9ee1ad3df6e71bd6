"""The analyses of a pack: what is run, with which options, and its tables and pictures as files.

They are run on the ratings as they stand in the pack, under pseudonyms, so that whoever holds the
pack runs them on the very same table and gets the very same numbers.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

import fidelity
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.present.figure import Picture
from fidelity.results import Result

#: What is run, in this order, and why pieces that count may not stand in its numbers.
ANALYSES: Mapping[str, str] = {
    "score": "no score: too little of it was answered",
    "agreement": "scored by one rater alone",
    "calibration": "no agreed score beside a rater's own",
    "generalizability": "no score by a rater: too little was answered, or the agreed score alone",
    "strictness": "scored by one rater alone",
    "chart": "no date, or no score",
    "change": "between the two times that are compared, no date, or no score",
    "drift": "no date, or no score",
}


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


def record_of(ratings: Ratings, record: str | None) -> str | None:
    """The role whose score counts; None in ratings in which nobody scored as that."""
    table = ratings.assessments
    return record if "rater_role" in table and (table["rater_role"] == record).any() else None


def run_all(
    ratings: Ratings, analyses: Collection[str], record: str | None, frame: pd.DataFrame | None,
    frame_file: str,
) -> Iterator[Run]:  # fmt: skip
    """Every analysis asked for that these ratings allow, each with its options."""
    table = ratings.assessments
    for name in (one for one in ANALYSES if one in analyses):
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
    """How many pieces stand in the numbers of an analysis, and why others do not."""
    step = {"step": f"in {run.name}", "selection": "", "n_pieces": None, "n_assessments": None}
    if run.result is None:
        return {**step, "left_out_because": f"not run: {run.reason}"}
    n = _pieces(run.name, run.result)
    if not n:
        told = run.result.sentences[0] if run.result.sentences else ""
        return {**step, "n_pieces": 0, "left_out_because": told}
    fewer = counted is not None and n < counted
    return {**step, "n_pieces": n, "left_out_because": ANALYSES[run.name] if fewer else ""}


def _pieces(name: str, result: Result) -> int:
    """Pieces in the numbers; those of practice alone, where benchmark pieces are used too."""
    counts: Mapping[str, Any] = getattr(result, "counts", None) or {}
    if name == "change":
        return int(counts.get("n_before", 0) + counts.get("n_after", 0))
    if name == "strictness":
        return int(counts.get("shared", 0))
    if name == "chart":
        return int(counts.get("pieces", 0) - counts.get("undated", 0) - counts.get("withheld", 0))
    if "pieces" in counts:
        return int(counts["pieces"])
    found = result.table.get("n_pieces")
    return int(found.max()) if found is not None and found.notna().any() else 0
