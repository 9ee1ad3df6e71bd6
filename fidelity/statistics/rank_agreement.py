"""Do two measurements of the same things put them in the same order?

Levels of different scales cannot be compared, but orders can: if families whose file scores high
also say more of what was done, the two agree in order whatever their scales.

Sources: Spearman 1904, American Journal of Psychology 15:72-101, with mid-ranks for ties;
Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 11 (jackknife), here leaving out
whole clusters; Fisher 1921, Metron 1:3-32 (the scale on which the interval is made).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.cluster_regression import quantile
from fidelity.statistics.clusters import FEW, FEW_CLUSTERS, TOO_FEW
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
#: Fisher's z is not defined at 1; a coefficient is held this far from it.
_EDGE = 1e-6


def spearman(
    x: npt.ArrayLike, y: npt.ArrayLike, clusters: npt.ArrayLike, confidence: float = 0.95
) -> Estimate:
    """Rank correlation with an interval that allows for likeness within clusters.

    Args:
        x: (n,) first measurement of each thing.
        y: (n,) second measurement.
        clusters: (n,) cluster of each thing; any labels.
        confidence: coverage of the interval.

    Returns:
        Estimate between -1 and 1. NaN where one of the measurements does not vary.

    Raises:
        UsageError: unequal lengths, or missing values.

    Source: the delete-one-cluster jackknife of atanh(rho), t with m - 1 degrees of freedom.
    """
    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
    if not first.shape == second.shape == codes.shape:
        raise UsageError("x, y and the clusters must be equally many.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise UsageError("x or y holds values that are missing; leave those out, and say so.")
    n, m = len(first), int(codes.max(initial=-1)) + 1
    method = "Spearman's rho, cluster jackknife of Fisher's z"
    value = _rho(first, second)
    if math.isnan(value):
        reason = "one of the two does not vary" if n > 1 else "under 2 things"
        return Estimate(math.nan, n=n, method=method, clusters=m, reason=reason)
    left = np.array([_z(_rho(first[codes != g], second[codes != g])) for g in range(m)])
    if m < 3 or np.isnan(left).any():
        return Estimate(value, n=n, method=method, clusters=m, reason=TOO_FEW)
    se = math.sqrt((m - 1) / m * float(((left - left.mean()) ** 2).sum()))
    half = quantile(confidence, m - 1) * se
    lower, upper = math.tanh(_z(value) - half), math.tanh(_z(value) + half)
    reason = FEW if m < FEW_CLUSTERS else ""
    return Estimate(value, se * (1 - value**2), lower, upper, n, method, m, reason)


def _rho(x: Floats, y: Floats) -> float:
    from scipy.stats import rankdata

    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def _z(rho: float) -> float:
    return math.atanh(min(max(rho, _EDGE - 1), 1 - _EDGE)) if rho == rho else math.nan
