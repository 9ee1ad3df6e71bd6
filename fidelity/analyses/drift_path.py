"""Means by period beside the fitted trends, for the picture of practice and scoring.

Practice: scores with what their rater adds taken out (where that cannot be told: with what the
rater adds beside the others). Scoring: raters' scores less what was agreed, of the same piece; of
benchmark pieces without agreed scores, less the mean of all their scorings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.drift_rows import MONTH, Scored
from fidelity.statistics.clusters import cluster_mean
from fidelity.statistics.drift import TwoTrends
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

PRACTICE, SCORING = "practice", "scoring"
PATH_COLUMNS = (
    "kind", "period", "month", "estimate", "lower", "upper", "line", "line_lower", "line_upper",
    "n_pieces",
)  # fmt: skip
_LENGTH = {"month": 1, "quarter": 3, "year": 12}


def path_of(
    given: Scored, rows: Ints, value: Floats, found: TwoTrends, every: str, confidence: float
) -> pd.DataFrame:
    """One row a period of practice, then one a period of scoring.

    Args:
        given: the scorings.
        rows: those in the model.
        value: (assessments,) scores.
        found: the trends.
        every: month, quarter or year.
        confidence: coverage.
    """
    months, rated = given.months()
    counted = np.intersect1d(given.chosen.rows, rows)
    practice = value[counted] - added(given, counted, months[counted], found)
    trend = found.practice[0] if found.identified else found.together
    told = [*_told(PRACTICE, given, given.dates[counted], months[counted], practice,
                   given.owner[counted], trend, every, confidence)]  # fmt: skip
    if found.identified:
        scored, difference = differences(given, rows, value)
        told += _told(SCORING, given, given.rated[scored], rated[scored], difference,
                      given.rater[scored], found.scoring, every, confidence)  # fmt: skip
    return pd.DataFrame(told, columns=list(PATH_COLUMNS))


def added(given: Scored, rows: Ints, months: Floats, found: TwoTrends) -> Floats:
    """What the rater of each scoring adds to what would be agreed, at its time."""
    raters = found.raters
    move = raters.absolute if found.identified else raters.relative
    level = np.append(found.offset + raters.level, 0.0)
    wide = np.append(move, 0.0)
    mine = given.rater[rows]
    return np.asarray(level[mine] + wide[mine] * (months - found.centre))


def differences(given: Scored, rows: Ints, value: Floats) -> tuple[Ints, Floats]:
    """Scorings that have a reference, and how much higher each is."""
    n = int(given.piece.max()) + 1
    agreed = rows[given.agreed[rows]]
    reference = np.full(n, np.nan)
    reference[given.piece[agreed]] = value[agreed]
    ours = rows[~given.agreed[rows]]
    extracts = ours[given.benchmark[ours]]
    size = np.bincount(given.piece[extracts], minlength=n)
    total = np.bincount(given.piece[extracts], value[extracts], minlength=n)
    alone = np.isnan(reference) & (size > 1)
    reference[alone] = total[alone] / size[alone]
    known = ours[~np.isnan(reference[given.piece[ours]])]
    return known, value[known] - reference[given.piece[known]]


def _told(
    kind: str, given: Scored, days: npt.NDArray[np.datetime64], months: Floats, values: Floats,
    cluster: Ints, trend: Estimate, every: str, confidence: float,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    if not len(values):
        return
    label = days.astype("datetime64[M]").astype(np.int64) // _LENGTH[every] * _LENGTH[every]
    middle, mean = float(months.mean()), float(values.mean())
    start = given.dates[given.used & ~given.benchmark].min()
    half = trend.upper - trend.value
    for first in np.unique(label):
        here = label == first
        found = cluster_mean(values[here], cluster[here], confidence=confidence)
        begins = np.datetime64(int(first), "M")
        at = float((begins.astype("datetime64[D]") - start).astype(int)) / MONTH
        at += _LENGTH[every] / 2
        line, reach = mean + trend.value * (at - middle), abs(half * (at - middle))
        yield {
            "kind": kind, "period": str(begins), "month": at, "estimate": found.value,
            "lower": found.lower, "upper": found.upper, "line": line,
            "line_lower": line - reach, "line_upper": line + reach, "n_pieces": found.n,
        }  # fmt: skip
