"""What is counted beside the rubrics: how much, of what, by whom, and does it move?

"Are eight or more contacts needed for change work?" "Are you investing too much time in checking
and auditing?" "What does working time go to?" A rubric cannot answer these. Each measure is a file
in `rubrics/measures/` that says what is counted over what; here the counts of an authority, and
what ratings and training records tell already, become numbers with their n and interval.

A figure without its n stays without an interval. Teams stand in the order of the data, never by
size. A change over time is said only where a chart flags it, and a chart does not know why.

Sources: `fidelity.rubric.measures` and the files, item by item; `fidelity.statistics.clusters`
(Wilson, CR2), `rates` (Poisson), `charts` and `run_chart`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fidelity.analyses import measures_words
from fidelity.analyses.measures_estimates import estimate_of
from fidelity.analyses.measures_information import information
from fidelity.analyses.measures_rows import COLUMNS as ROW_COLUMNS
from fidelity.analyses.measures_rows import rows_beside, rows_of_table
from fidelity.analyses.measures_time import COLUMNS as TIME_COLUMNS
from fidelity.analyses.measures_time import FREQUENCIES, over_time
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.measures import Measure, Threshold, measure_ids, read_measure

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

ALL = "(all)"
COLUMNS = (
    "measure", "title", "kind", "unit", "group", "part", "estimate", "lower", "upper", "numerator",
    "denominator", "n", "n_rows", "n_clusters", "n_missing", "interval", "date_from", "date_to",
    "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Measured(Result):
    """Measures with their intervals.

    `to_frame()` has one row a measure, group and part, the whole as `(all)` first and groups in the
    order of the data: `estimate`, `lower`, `upper` (shares from 0 to 1), `numerator` and
    `denominator` (sums), `n` (what the estimate rests on: the denominator of counts, the rows of
    hours), `n_rows`, `n_clusters`, `n_missing` (rows without a denominator), `interval` (how it was
    made), `date_from`, `date_to`, `reason`.

    Attributes:
        over_time: one row a period of each series, with its chart; see `measures_time.COLUMNS`.
        information: what the time of auditors buys, a row a rubric.
        definitions: what each measure is, by id.
        absent: measures for which there are no rows.
    """

    over_time: pd.DataFrame = field(default_factory=pd.DataFrame)
    information: pd.DataFrame = field(default_factory=pd.DataFrame)
    definitions: Mapping[str, Measure] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    def plot(self, ax: Any = None, *, measure: str | None = None) -> Picture:
        """All measures in rows with intervals; or one over time, where `measure` names it."""
        from fidelity.present.measure_pictures import measure_over_time, measures_in_rows

        return measure_over_time(self, measure, ax) if measure else measures_in_rows(self, ax)


def measures(
    table: pd.DataFrame | None = None,
    *,
    ratings: Ratings | Mapping[str, Ratings] | None = None,
    training: pd.DataFrame | None = None,
    only: Sequence[str | Measure] | None = None,
    by: str = "team",
    every: str = "month",
    thresholds: Mapping[str, float] | None = None,
    programme: str | None = None,
    confidence: float = 0.95,
) -> Measured:
    """Compute measures.

    Args:
        table: of `fidelity.read_measures`, for what is counted anyway.
        ratings: checked ratings, for observations, penetration and the minutes of auditors.
        training: of `fidelity.read_training`, for days, tests and completion.
        only: ids of measures, or measures of your own; all that ship if not given.
        by: the kind of group: team or authority.
        every: month or quarter, for charts.
        thresholds: other thresholds, by measure.
        programme: the training that is asked about; the first one if not given.
        confidence: coverage of the intervals.

    Raises:
        UsageError: nothing to count, or a measure that there is not.
        RatingsError: rows that do not fit their measure, all with their place.
    """
    wanted = _wanted(only, thresholds or {})
    held = _ratings(ratings)
    _check(table, held, training, by, every)
    rows = _rows(wanted, table, held, training, by, programme)
    found = [row for measure in wanted for row in _of_measure(measure, rows, confidence)]
    times = [row for measure in wanted for row in _in_time(measure, rows, every, confidence)]
    told = pd.DataFrame(found, columns=list(COLUMNS))
    label = ", ".join(measure.label for measure in wanted if measure.id in set(told["measure"]))
    result = Measured(
        told, (),
        method_of("measures", label, by=by, every=every, thresholds=dict(thresholds or {}),
                  programme=programme, confidence=confidence),
        pd.DataFrame(times, columns=list(TIME_COLUMNS)), information(held, confidence),
        {measure.id: measure for measure in wanted},
        tuple(m.id for m in wanted if m.id not in set(told["measure"])),
    )  # fmt: skip
    return replace(result, sentences=tuple(measures_words.sentences(result)))


def _wanted(only: Sequence[str | Measure] | None, thresholds: Mapping[str, float]) -> list[Measure]:
    chosen = [one if isinstance(one, Measure) else read_measure(one)
              for one in (measure_ids() if only is None else only)]  # fmt: skip
    having = {measure.id for measure in chosen if measure.threshold}
    if unknown := sorted(set(thresholds) - having):
        raise UsageError(
            f"thresholds: {', '.join(unknown)} has none; allowed: {', '.join(sorted(having))}."
        )
    return [_with_threshold(measure, thresholds) for measure in chosen]


def _with_threshold(measure: Measure, thresholds: Mapping[str, float]) -> Measure:
    if measure.id not in thresholds or measure.threshold is None:
        return measure
    local = measure.threshold.model_dump(mode="json") | {
        "value": f"{thresholds[measure.id]:g}", "provenance": {"kind": "local"},
    }  # fmt: skip
    return measure.model_copy(update={"threshold": Threshold.model_validate(local)})


def _ratings(ratings: Ratings | Mapping[str, Ratings] | None) -> dict[str, Ratings]:
    if ratings is None:
        return {}
    return {ratings.rubric.id: ratings} if isinstance(ratings, Ratings) else dict(ratings)


def _check(
    table: pd.DataFrame | None, ratings: Mapping[str, Ratings], training: pd.DataFrame | None,
    by: str, every: str,
) -> None:  # fmt: skip
    if table is None and not ratings and training is None:
        raise UsageError(
            "measures() needs something to count: a table of fidelity.read_measures, ratings=, "
            "training=, or several of them."
        )
    if by not in {"team", "authority"} or every not in FREQUENCIES:
        raise UsageError(
            f'by="{by}", every="{every}"; allowed: by team or authority, every '
            f"{' or '.join(FREQUENCIES)}."
        )
    for held in ratings.values():
        if not isinstance(held, Ratings):
            raise UsageError(
                f"measures() takes checked ratings, not {type(held).__name__}; first: "
                "ratings = fidelity.Ratings(frame, rubric)"
            )


def _rows(
    wanted: Sequence[Measure], table: pd.DataFrame | None, ratings: Mapping[str, Ratings],
    training: pd.DataFrame | None, by: str, programme: str | None,
) -> pd.DataFrame:  # fmt: skip
    """The rows of all measures; what a table gives comes before what could be computed."""
    parts = [pd.DataFrame(columns=list(ROW_COLUMNS))]
    if table is not None:
        sources = {m.above.measure for m in wanted if m.above} - {m.id for m in wanted}
        parts.append(rows_of_table(table, [*wanted, *map(read_measure, sorted(sources))], by))
    given = set(parts[-1]["measure"])
    for measure in wanted:
        if measure.id not in given and measure.origin != "table":
            made = rows_beside(measure, ratings, training, by, programme)
            parts += [] if made is None else [made]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def _series(measure: Measure, rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Each group and part of a measure with its rows: all first, then in the order of the data."""
    mine = rows[rows["measure"] == measure.id]
    there = set(mine["group"])
    local = dict.fromkeys(group for group in rows["group"] if group in there)
    groups = [ALL, *local] if len(mine) else []
    parts = [part.id for part in measure.parts] or [""]
    for group in groups if len(groups) != 2 else groups[1:]:
        held = mine if group == ALL else mine[mine["group"] == group]
        for part in parts:
            yield group, part, held[held["part"] == part] if part else held


def _of_measure(
    measure: Measure, rows: pd.DataFrame, confidence: float
) -> Iterator[dict[str, Any]]:
    for group, part, mine in _series(measure, rows):
        for wave in _waves(measure, mine):
            told = estimate_of(measure, wave, confidence)
            counted = wave[wave["date"] == wave["date"].max()] if measure.stock else wave
            below = counted["denominator"].to_numpy(np.float64)
            yield {
                "measure": measure.id, "title": measure.title, "kind": measure.kind,
                "unit": measure.unit or "", "group": group, "part": part, "estimate": told.value,
                "lower": told.lower, "upper": told.upper,
                "numerator": float(counted["numerator"].sum()),
                "denominator": float(below.sum()) if not np.isnan(below).any() else math.nan,
                "n": told.n, "n_rows": len(counted), "n_clusters": told.clusters,
                "n_missing": int(np.isnan(below).sum()), "interval": told.method,
                "date_from": counted["date"].min(), "date_to": counted["date"].max(),
                "reason": told.reason,
            }  # fmt: skip


def _waves(measure: Measure, rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """All rows together; figures without n cannot be added up, so each day stands by itself."""
    if rows["denominator"].isna().all() and len(rows) > 1 and measure.kind != "count":
        yield from (wave for _, wave in rows.groupby("date"))
    elif len(rows):
        yield rows


def _in_time(
    measure: Measure, rows: pd.DataFrame, every: str, confidence: float
) -> Iterator[dict[str, Any]]:
    for group, part, mine in _series(measure, rows):
        yield from over_time(measure, mine, group, part, every, confidence)
