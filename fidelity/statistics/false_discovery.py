"""Many things looked at together: which of them have moved, and by how much.

Of twenty items none of which changed, one shows "a change at 95%". The share of false ones among
those that are called is held at the rate that was asked for; and each change is drawn towards the
average of all, the more so the less is known of it, since the largest of many is large by luck too.

Sources: Benjamini & Hochberg 1995, J. R. Statist. Soc. B 57:289-300; Benjamini & Yekutieli 2001,
Annals of Statistics 29:1165-1188 (any dependence); Efron & Morris 1975, JASA 70:311-319
(shrinkage); DerSimonian & Kacker 2007, Contemporary Clinical Trials 28:105-114, after Paule &
Mandel 1982 (spread of the true changes).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def adjusted(p: npt.ArrayLike, *, dependent: bool = False) -> Floats:
    """P-values adjusted so that calling those below a rate holds the false discovery rate.

    Args:
        p: (n,) p-values; NaN is left out, and stays NaN.
        dependent: hold the rate under any dependence (Benjamini & Yekutieli); else under
            independence or positive dependence (Benjamini & Hochberg).

    Returns:
        (n,) adjusted values, often called q.
    """
    from scipy.stats import false_discovery_control

    values = np.asarray(p, dtype=np.float64)
    q, known = np.full(values.shape, np.nan), ~np.isnan(values)
    if known.any():
        method = "by" if dependent else "bh"
        q[known] = false_discovery_control(values[known], method=method)
    return q


@dataclass(frozen=True, slots=True, eq=False)
class Shrunken:
    """Estimates drawn towards their mean.

    Attributes:
        value: (n,) the shrunken estimates; NaN where one was not known.
        se: (n,) their standard errors, given mean and spread.
        mean: the mean of the true values.
        spread: standard deviation of the true values; 0 where chance alone explains them.
    """

    value: Floats
    se: Floats
    mean: float
    spread: float


def shrunken(values: npt.ArrayLike, se: npt.ArrayLike) -> Shrunken:
    """Draw estimates towards their mean, by how much of their spread is not chance.

    Args:
        values: (n,) estimates in one unit.
        se: (n,) their standard errors.

    Source: DerSimonian & Kacker 2007, equations 5 to 8: the spread tau solves sum w_i
        (y_i - mean)^2 = n - 1 with w_i = 1 / (se_i^2 + tau^2); then Efron & Morris 1975,
        B_i = tau^2 / (tau^2 + se_i^2).
    """
    y, s2 = np.asarray(values, dtype=np.float64), np.asarray(se, dtype=np.float64) ** 2
    known = np.isfinite(y) & (s2 > 0)
    value, error = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    if known.sum() < 2:
        value[known], error[known] = y[known], np.sqrt(s2[known])
        return Shrunken(value, error, float(y[known].mean()) if known.any() else np.nan, np.nan)
    tau2 = _paule_mandel(y[known], s2[known])
    w = 1.0 / (s2[known] + tau2)
    mean = float(w @ y[known] / w.sum())
    kept = tau2 / (tau2 + s2[known])
    value[known] = mean + kept * (y[known] - mean)
    # What is not known of the mean adds to what is not known of each (Morris 1983, eq. 1.16).
    error[known] = np.sqrt(kept * s2[known] + (1.0 - kept) ** 2 / w.sum())
    return Shrunken(value, error, mean, float(np.sqrt(tau2)))


def _paule_mandel(y: Floats, s2: Floats) -> float:
    """Variance of the true values; 0 where the estimates spread no more than by chance."""
    from scipy.optimize import brentq

    def surplus(tau2: float) -> float:
        w = 1.0 / (s2 + tau2)
        return float(w @ (y - w @ y / w.sum()) ** 2) - (len(y) - 1)

    if surplus(0.0) <= 0:
        return 0.0
    highest = float(((y - y.mean()) ** 2).sum()) + 1e-12
    return float(brentq(surplus, 0.0, highest, xtol=1e-14, rtol=1e-12))
