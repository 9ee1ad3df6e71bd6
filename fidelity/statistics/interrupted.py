"""Did a series change its level or its slope at a date? Interrupted time series.

    y_t = a + b t + sum over interruptions k of (level_k [t >= T_k] + slope_k (t - T_k) [t >= T_k])

Neighbouring months are alike, so that ordinary standard errors are too small. Newey and West's
allow for it. They are known to be too small still in short series;
`benchmarks/studies/change_coverage` says by how much. With a control series the difference of the
two is analysed: what both share, an inspection or a new form, falls out.

Sources: Wagner and others 2002, J Clin Pharm Ther 27:299-309 (the segmented regression); Newey &
West 1987, Econometrica 55:703-708 (the errors); Newey & West 1994, Review of Economic Studies
61:631-653 (how many lags).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.cluster_regression import quantile
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Interrupted:
    """A segmented regression.

    Attributes:
        before: slope before the first interruption, a unit of time.
        levels: for each interruption the jump of the level at it.
        slopes: for each interruption the change of the slope.
        fitted: (T,) the fitted series.
        without: (T,) the fitted series as it would have gone on without the interruptions.
        autocorrelation: of neighbouring residuals.
        lags: how many lags the errors allow for.
        method: in words.
    """

    before: Estimate
    levels: tuple[Estimate, ...]
    slopes: tuple[Estimate, ...]
    fitted: Floats
    without: Floats
    autocorrelation: float
    lags: int
    method: str


def interrupted(
    y: npt.ArrayLike,
    t: npt.ArrayLike,
    at: Sequence[float],
    *,
    control: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    lags: int | None = None,
    confidence: float = 0.95,
) -> Interrupted:
    """Level and slope before and after one or several interruptions.

    Args:
        y: (T,) the series; NaN where a period has no value, which is left out.
        t: (T,) its times, rising, in any unit.
        at: the times of the interruptions; a period at one belongs to what follows.
        control: (T,) a series that the interruptions do not touch; y - control is analysed.
        weights: (T,) precision of each value, for instance its number of pieces.
        lags: how many neighbouring periods the errors allow for; `lag_rule` if not given.
        confidence: coverage of the intervals.

    Raises:
        UsageError: fewer than two periods in a segment, or times that do not rise.
    """
    values, time = np.asarray(y, dtype=np.float64), np.asarray(t, dtype=np.float64)
    if control is not None:
        values = values - np.asarray(control, dtype=np.float64)
    known = np.isfinite(values)
    if (np.diff(time) <= 0).any():
        raise UsageError("The times of the series must rise from one period to the next.")
    w = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    X, points = _design(time, at), sorted(at)
    _check(time[known], points, X.shape[1])
    lag = lag_rule(int(known.sum())) if lags is None else lags
    root = np.sqrt(w[known])
    coefficients, covariance = _newey_west(
        values[known] * root, X[known] * root[:, None], time[known], lag
    )
    n, df = int(known.sum()), int(known.sum()) - X.shape[1]
    method = (
        f"segmented regression{', difference from a control' if control is not None else ''}; "
        f"Newey-West errors, {lag} lags, times T / (T - {X.shape[1]}), t with {df} df"
    )
    reach = quantile(confidence, df)

    def told(place: int) -> Estimate:
        se = math.sqrt(max(0.0, covariance[place, place]))
        value = float(coefficients[place])
        return Estimate(value, se, value - reach * se, value + reach * se, n, method)

    k = len(points)
    residuals = (values - X @ coefficients)[known]
    return Interrupted(
        told(1), tuple(told(2 + 2 * i) for i in range(k)), tuple(told(3 + 2 * i) for i in range(k)),
        X @ coefficients, X[:, :2] @ coefficients[:2], _first_autocorrelation(residuals), lag,
        method,
    )  # fmt: skip


def lag_rule(periods: int) -> int:
    """How many lags: the whole part of 4 (T / 100)^(2/9).

    Source: Newey & West 1994, for the Bartlett kernel, as it is used in practice.
    """
    return int(4 * (periods / 100) ** (2 / 9))


def _design(time: Floats, at: Sequence[float]) -> Floats:
    columns = [np.ones(len(time)), time - time[0]]
    for point in sorted(at):
        later = time >= point
        columns += [later.astype(np.float64), np.where(later, time - point, 0.0)]
    return np.column_stack(columns)


def _check(time: Floats, points: Sequence[float], p: int) -> None:
    edges = [-math.inf, *points, math.inf]
    sizes = [int(((time >= low) & (time < high)).sum()) for low, high in pairwise(edges)]
    if not points or min(sizes) < 2 or len(time) <= p:
        raise UsageError(
            f"{len(time)} periods in segments of {', '.join(map(str, sizes))}: every segment needs "
            f"two or more, and all together more than {p}. Take shorter periods, or fewer "
            "interruptions."
        )


def _newey_west(y: Floats, X: Floats, time: Floats, lags: int) -> tuple[Floats, Floats]:
    """Coefficients and their covariance, with the small-sample factor T / (T - p).

    S = sum_t u_t u_t' + sum_{l=1}^{L} (1 - l / (L + 1)) sum_t (u_t u_{t-l}' + u_{t-l} u_t')
    (Newey & West 1987, equation 5), u_t = x_t e_t. Periods without a value make no pair.
    """
    n, p = X.shape
    bread = np.linalg.inv(X.T @ X)
    coefficients = bread @ (X.T @ y)
    scores = X * (y - X @ coefficients)[:, None]
    unit = float(np.diff(time).min())
    place = np.rint((time - time[0]) / unit).astype(np.intp)
    held = np.zeros((place[-1] + 1, p))
    held[place] = scores
    S = held.T @ held
    for lag in range(1, min(lags, len(held) - 1) + 1):
        pairs = held[lag:].T @ held[:-lag]
        S += (1 - lag / (lags + 1)) * (pairs + pairs.T)
    return coefficients, n / (n - p) * bread @ S @ bread


def _first_autocorrelation(residuals: Floats) -> float:
    total = float(residuals @ residuals)
    return float(residuals[1:] @ residuals[:-1]) / total if total > 0 else math.nan
