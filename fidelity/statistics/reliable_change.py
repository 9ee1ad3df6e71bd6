"""Is a change in one person's scores more than noise?

A change is reliable where it is larger than two scores of an unchanged person would differ by
chance. That hangs on how reliable the scores are, and the reliability is itself an estimate: taken
as known it makes too many changes look real, so that its uncertainty can be carried through.

Sources: Jacobson & Truax 1991, J Consult Clin Psychol 59:12-19; Cronbach and others 1972, The
Dependability of Behavioral Measurements (the reliability as a generalizability coefficient).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
IMPROVED, FELL, NOISE = "improved", "fell", "cannot be told from noise"
#: Points at which the distribution of the reliability is taken.
_POINTS = 201


@dataclass(frozen=True, slots=True, eq=False)
class ReliableChange:
    """Changes of persons, and which of them are more than noise.

    Attributes:
        change: (n,) post - pre.
        index: (n,) the change over its standard error, "RC" of Jacobson & Truax.
        se: (n,) standard error of the difference of two scores of one person, "S_diff".
        needed: (n,) the change from which on it is called reliable.
        lower: (n,) lower limit of the change.
        upper: (n,) its upper limit.
        finding: (n,) `IMPROVED`, `FELL`, `NOISE`; "" where a score is missing.
        method: what was taken for granted.
    """

    change: Floats
    index: Floats
    se: Floats
    needed: Floats
    lower: Floats
    upper: Floats
    finding: npt.NDArray[np.object_]
    method: str


def reliable_change(
    pre: npt.ArrayLike,
    post: npt.ArrayLike,
    *,
    sd: float | Estimate,
    reliability: float | Estimate,
    confidence: float = 0.95,
) -> ReliableChange:
    """Jacobson and Truax's reliable change, with the uncertainty of the reliability if it is given.

    Args:
        pre: (n,) scores before; a number for one person.
        post: (n,) scores after, in the same units.
        sd: standard deviation of the scores over persons, before; an `Estimate` carries its
            standard error.
        reliability: of one score, from 0 to 1: test-retest, or the generalizability coefficient
            (for decisions on a level: dependability) of the same data; an `Estimate` carries
            its interval, taken as one of 95%.
        confidence: how sure a change must be to be called.

    Raises:
        UsageError: a reliability that is not from 0 to under 1, or an sd that is not above 0.

    Source: Jacobson & Truax 1991, page 14: SE = sd sqrt(1 - r), S_diff = sqrt(2) SE,
        RC = (post - pre) / S_diff. Where sd or reliability are estimates, the change that is
        needed is the quantile of the mixture of normal errors over what they may be: Fisher's z
        of the reliability and the logarithm of the sd are normal.
    """
    before, after = np.atleast_1d(np.asarray(pre, float)), np.atleast_1d(np.asarray(post, float))
    change = after - before
    se = _errors(sd, reliability)
    middle = float(_errors(_value(sd), _value(reliability))[0])
    needed = _quantile(se, confidence)
    carried = len(se) > 1
    method = "Jacobson & Truax" + (", with the uncertainty of its parts" if carried else "")
    whole = np.full(change.shape, 1.0)
    return _judged(change, middle * whole, needed * whole, method)


def change_of_means(
    pre: npt.ArrayLike,
    post: npt.ArrayLike,
    n_pre: npt.ArrayLike,
    n_post: npt.ArrayLike,
    *,
    within: float,
    df: float,
    confidence: float = 0.95,
) -> ReliableChange:
    """Reliable change of means over pieces, with the noise of one piece from the same data.

    Args:
        pre: (n,) mean of each person's pieces before; NaN where there are none.
        post: (n,) mean after.
        n_pre: (n,) how many pieces before.
        n_post: (n,) how many after.
        within: variance of one piece around its person's mean: families, raters and chance.
        df: degrees of freedom of `within`, which carry its uncertainty.
        confidence: how sure a change must be to be called.

    Source: the t test of a difference with a pooled variance; Jacobson & Truax 1991 with
        S_diff = sqrt(within (1 / n_pre + 1 / n_post)).
    """
    from scipy.special import stdtrit

    before, after = np.asarray(pre, dtype=np.float64), np.asarray(post, dtype=np.float64)
    counts = [np.asarray(n, dtype=np.float64) for n in (n_pre, n_post)]
    some = (counts[0] > 0) & (counts[1] > 0)
    parts = sum(1.0 / np.where(some, n, 1.0) for n in counts)
    se = np.where(some, np.sqrt(within * parts), np.nan)
    needed = se * float(stdtrit(df, 0.5 + confidence / 2)) if df > 0 else np.full(se.shape, np.nan)
    return _judged(after - before, se, needed, "means of pieces, noise of a piece from these data")


def cut_offs(
    mean_low: float, sd_low: float, mean_high: float, sd_high: float
) -> tuple[float, float, float]:
    """Jacobson and Truax's three cut-offs between two populations, a, b and c.

    For comparison with the publication only: no population of practice "that is not close to a
    model" is known, so that no result of this library uses them.

    Args:
        mean_low: mean of the population that scores low.
        sd_low: its standard deviation.
        mean_high: mean of the population that scores high.
        sd_high: its standard deviation.

    Source: Jacobson & Truax 1991, page 13: a is two standard deviations above the low mean, b two
        below the high one, c the point between, weighted by the standard deviations.
    """
    c = (sd_low * mean_high + sd_high * mean_low) / (sd_low + sd_high)
    return mean_low + 2 * sd_low, mean_high - 2 * sd_high, c


def _value(number: float | Estimate) -> float:
    return number.value if isinstance(number, Estimate) else float(number)


def _errors(sd: float | Estimate, reliability: float | Estimate) -> Floats:
    """S_diff at the points of the distribution of sd and reliability; one where both are known."""
    r, s = _value(reliability), _value(sd)
    if not 0 <= r < 1 or not s > 0:
        raise UsageError(
            f"reliability {r:g} and sd {s:g}: a reliability from 0 to under 1 and an sd above 0 "
            "are needed. Without them nothing can be said of one person's change."
        )
    z_se, log_se = _spread_of(reliability), sd.se / s if isinstance(sd, Estimate) else 0.0
    log_se = 0.0 if math.isnan(log_se) else log_se
    if z_se == 0 and log_se == 0:
        return np.array([math.sqrt(2 * s**2 * (1 - r))])
    from scipy.special import ndtri

    z = ndtri((np.arange(_POINTS) + 0.5) / _POINTS)
    rs = np.clip(np.tanh(math.atanh(r) + z_se * z), 0.0, 1.0 - 1e-12)
    sds = s * np.exp(log_se * z)
    variances = 2 * np.outer(sds**2, 1 - rs) if log_se else 2 * s**2 * (1 - rs)
    return np.asarray(np.sqrt(variances).ravel())


def _spread_of(reliability: float | Estimate) -> float:
    """Standard error of Fisher's z, from the limits."""
    if not isinstance(reliability, Estimate) or not reliability.bounded:
        return 0.0
    ends = [math.atanh(min(max(e, -0.999), 0.999)) for e in (reliability.lower, reliability.upper)]
    return (ends[1] - ends[0]) / (2 * 1.959963984540054)


def _quantile(se: Floats, confidence: float) -> float:
    """The c for which the mean over the errors of P(|noise| > c) is 1 - confidence."""
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    z = float(ndtri(0.5 + confidence / 2))
    if len(se) == 1:
        return z * float(se[0])

    def surplus(c: float) -> float:
        return float(2 * ndtr(-c / np.maximum(se, 1e-300)).mean()) - (1 - confidence)

    return float(brentq(surplus, 0.1 * z * float(se.mean()), 10 * z * float(se.max())))


def _judged(change: Floats, se: Floats, needed: Floats, method: str) -> ReliableChange:
    known = ~np.isnan(change) & ~np.isnan(needed)
    side = np.where(change > 0, IMPROVED, FELL)
    finding = np.where(known, np.where(np.abs(change) > needed, side, NOISE), "").astype(object)
    index = np.divide(change, se, out=np.full(change.shape, np.nan), where=se > 0)
    return ReliableChange(
        change, index, se, needed, change - needed, change + needed, finding, method
    )
