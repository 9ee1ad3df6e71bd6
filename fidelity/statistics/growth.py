"""How fast do people change, and how different are they in it? Growth with random slopes.

    y = (a + a_i) + (b + b_i) t + noise,   (a_i, b_i) with a covariance of their own

A person's own slope is shrunken towards the mean: two scores tell little of a slope, and the most
extreme of many people are so by luck too.

Sources: Laird & Ware 1982, Biometrics 38:963-974; fitted by REML as in lme4 (`reml`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.cluster_regression import quantile
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.reml import CrossedREML, crossed_reml

Floats = npt.NDArray[np.float64]
#: Fewer people than this do not tell how different slopes are.
LEAST_PEOPLE = 5


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """Mean growth, and that of each person.

    Attributes:
        start: mean at time 0.
        slope: mean change in a unit of time.
        start_sd: standard deviation of people at time 0.
        slope_sd: standard deviation of their slopes.
        correlation: of start and slope over people; NaN where one does not vary.
        residual_sd: of one score around its person's line.
        people: their labels.
        slopes: for each person the slope, shrunken, with the interval of its prediction.
        criterion: -2 log restricted likelihood.
        reason: why it is to be read with care; "" where nothing is to be said.
    """

    start: Estimate
    slope: Estimate
    start_sd: float
    slope_sd: float
    correlation: float
    residual_sd: float
    people: npt.NDArray[np.generic]
    slopes: tuple[Estimate, ...]
    criterion: float
    reason: str


def growth(
    y: npt.ArrayLike,
    time: npt.ArrayLike,
    person: npt.ArrayLike,
    *,
    others: Mapping[str, npt.ArrayLike] | None = None,
    confidence: float = 0.95,
) -> Growth:
    """Fit straight lines that differ between people.

    Args:
        y: (n,) scores.
        time: (n,) when, in any unit; 0 is where `start` is told.
        person: (n,) whose score it is.
        others: further factors with random effects, for instance rater, by name.
        confidence: coverage of the intervals: t with people - 1 degrees of freedom for the means,
            normal for the predictions of each.

    Raises:
        UsageError: fewer than `LEAST_PEOPLE` people, or too few scores for slopes to differ.
    """
    scores, when = np.asarray(y, dtype=np.float64), np.asarray(time, dtype=np.float64)
    people = np.unique(np.asarray(person))
    if len(people) < LEAST_PEOPLE:
        raise UsageError(
            f"{len(people)} people; at least {LEAST_PEOPLE} are needed to tell how people differ "
            "in their change. With fewer, compare two periods."
        )
    X = np.column_stack([np.ones(len(when)), when])
    factors = {"person": np.asarray(person), **(others or {})}
    found = crossed_reml(scores, factors, X, slopes={"person": when})
    return _told(found, len(people), confidence)


def _told(found: CrossedREML, people: int, confidence: float) -> Growth:
    se = np.sqrt(np.diag(found.coefficient_covariance))
    reach = quantile(confidence, people - 1)
    name = f"growth, REML, t with {people - 1} df"
    start, slope = (
        Estimate(value, error, value - reach * error, value + reach * error, found.n, name, people)
        for value, error in zip(map(float, found.coefficients), map(float, se), strict=True)
    )
    covariance = found.variances["person"]
    sds = np.sqrt(np.diag(covariance))
    both = float(sds[0] * sds[1])
    return Growth(
        start, slope, float(sds[0]), float(sds[1]),
        float(covariance[0, 1]) / both if both > 0 else math.nan,
        math.sqrt(found.residual), found.levels["person"],
        _predictions(found, slope.value, confidence), found.criterion, found.reason,
    )  # fmt: skip


def _predictions(found: CrossedREML, mean: float, confidence: float) -> tuple[Estimate, ...]:
    """Each person's slope, from the mean and their shrunken effect."""
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + confidence / 2))
    name = "slope of one person, shrunken (BLUP), the mean taken as known"
    pairs = zip(found.effects["person"][:, 1], found.effects_se["person"][:, 1], strict=True)
    return tuple(
        Estimate(mean + float(effect), float(error), mean + float(effect) - reach * float(error),
                 mean + float(effect) + reach * float(error), found.n, name)
        for effect, error in pairs
    )  # fmt: skip
