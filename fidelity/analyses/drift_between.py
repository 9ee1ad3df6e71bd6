"""Practice in one stretch of time beside an earlier one, with the shift in scoring taken out.

A trend over the whole record is not a comparison of then and now: where practice rose after a
training and wore off, the line through all of it falls, though now is still above then. So the
practice of each stretch has a level of its own, and all practice outside both has one too, whatever
happened in it. Scoring keeps its trend over the whole record, since what was agreed on or scored
again in the meantime tells that. Kinds of work are held equal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fidelity.analyses.drift_rows import Days, Flags, Floats, Ints, Scored, codes_of, two_trends_of
from fidelity.errors import UsageError
from fidelity.statistics.drift import TwoTrends
from fidelity.statistics.estimate import Estimate

#: Pieces that each stretch must have.
LEAST_PIECES = 10
#: First and last day.
Stretch = tuple["np.datetime64[Any]", "np.datetime64[Any]"]


@dataclass(frozen=True, eq=False)
class Between:
    """Practice then and now.

    Attributes:
        change: of practice, now less then, in levels; NaN with a reason where it cannot be told.
        p: two-sided, against no change; NaN where that cannot be told.
        n: pieces then and now.
        months: from the middle of the one stretch to that of the other.
    """

    change: Estimate
    p: float
    n: tuple[int, int]
    months: float


def between(
    given: Scored, rows: Ints, value: Floats, stretches: Sequence[Stretch], confidence: float
) -> Between:
    """Compare the practice of two stretches.

    Args:
        given: the scorings.
        rows: those that enter.
        value: (assessments,) scores.
        stretches: then and now.
        confidence: coverage of the interval.

    Source: the model of `fidelity.statistics.drift`, with the time of practice in three steps.
    """
    practice = ~given.benchmark[rows]
    dates: Days = given.dates[rows]
    sides = [practice & (dates >= first) & (dates <= last) for first, last in stretches]
    n = tuple(len(np.unique(given.piece[rows][side])) for side in sides)
    if min(n) < LEAST_PIECES:
        few = f"{n[0]} and {n[1]} pieces then and now; {LEAST_PIECES} of each are needed"
        return Between(Estimate(math.nan, n=sum(n), reason=few), math.nan, (n[0], n[1]), math.nan)
    elsewhere = practice & ~sides[0] & ~sides[1]
    practised, rated = (part[rows].copy() for part in given.months())
    for part in (*sides, elsewhere):
        practised[part] = practised[part].mean() if part.any() else 0.0
    months = float(practised[sides[1]][0] - practised[sides[0]][0])
    try:
        found = _fit(given, rows, value, practised, rated, elsewhere, confidence)
    except UsageError as error:
        reason = str(error).splitlines()[0]
        return Between(Estimate(math.nan, reason=reason), math.nan, (n[0], n[1]), months)
    return Between(_times(found.practice[0], months), found.chance[0], (n[0], n[1]), months)


def _fit(
    given: Scored, rows: Ints, value: Floats, practised: Floats, rated: Floats, elsewhere: Flags,
    confidence: float,
) -> TwoTrends:  # fmt: skip
    owner = given.owner[rows]
    packed = np.full(len(owner), -1, np.intp)
    packed[owner >= 0] = codes_of(owner[owner >= 0])
    return two_trends_of(
        given, rows, value[rows], practised, rated, packed, codes_of(given.piece[rows]),
        beside=np.column_stack([given.kinds[rows], elsewhere]), confidence=confidence,
    )  # fmt: skip


def _times(found: Estimate, months: float) -> Estimate:
    """A trend a month as the change over so many months."""
    return Estimate(
        months * found.value, months * found.se, months * found.lower, months * found.upper,
        found.n, found.method, found.clusters, found.reason,
    )  # fmt: skip
