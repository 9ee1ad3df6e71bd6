"""How reliable is a score: intraclass correlations, error of measurement, detectable change.

An intraclass correlation (ICC) is the share of the variance of ratings that belongs to the units.
Six forms answer six questions; `icc` gives all, `ICC2` is the usual one for audits:

| form | also called | raters | error |
|---|---|---|---|
| `ICC1`, `ICC1k` | ICC(1), ICC(k); one-way | others for each unit | all differences |
| `ICC2`, `ICC2k` | ICC(A,1), ICC(A,k); agreement | a sample, the same for all | strictness too |
| `ICC3`, `ICC3k` | ICC(C,1), ICC(C,k); consistency | these and no others | not strictness |

The forms with k are of the mean of k raters, the others of one.

A reliability of .7 or .8 is a convention. An ICC depends on how much the units differ: among
units that are all good it is low however well raters agree; the standard error of measurement
(`sem`) does not, and is in the scale's own units.

Intervals with complete data are the F-based ones for random raters; with gaps, variance components
by REML (`icc_incomplete`). The interval of ICC2 covers less than it says where few raters differ
much in strictness (83% of runs where strictness is half the error of 3 raters), and all do where
units come in clusters or scores are very skewed (`benchmarks/studies/icc_coverage.csv`). Below 0 an
ICC means that units differ less than raters disagree; it is reported as it comes and reads as none.

Letters: n units, k raters; BMS, WMS, JMS, EMS the mean squares between units, within units,
between raters and of the remainder.

Sources: Shrout & Fleiss 1979, Psychological Bulletin 86:420-428; McGraw & Wong 1996,
Psychological Methods 1:30-46, Tables 4 and 7; de Vet et al. 2006, Journal of Clinical
Epidemiology 59:1033-1039; Graybill & Wang 1980, JASA 75:869-873.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, fdtri, ndtri

from fidelity.errors import UsageError
from fidelity.statistics import icc_incomplete
from fidelity.statistics.estimate import Estimate

FloatArray = npt.NDArray[np.float64]
Error = Literal["agreement", "consistency", "oneway"]

FORMS = {
    "ICC1": "one-way random, one rater",
    "ICC2": "two-way random, one rater, agreement",
    "ICC3": "two-way mixed, one rater, consistency",
    "ICC1k": "one-way random, mean of the raters",
    "ICC2k": "two-way random, mean of the raters, agreement",
    "ICC3k": "two-way mixed, mean of the raters, consistency",
}

#: Kinds of error of measurement, and the form of the ICC that counts the same as error.
KINDS = {"oneway": "1", "agreement": "2", "consistency": "3"}

#: A sum of squares this small beside the total is rounding.
ROUNDING = 1e-13


@dataclass(frozen=True)
class MeanSquares:
    """The two-way table of a complete design.

    Attributes:
        n: units.
        k: raters.
        between: BMS, n - 1 degrees of freedom.
        within: WMS, n (k - 1).
        raters: JMS, k - 1.
        error: EMS, (n - 1)(k - 1).
    """

    n: int
    k: int
    between: float
    within: float
    raters: float
    error: float


def mean_squares(x: FloatArray) -> MeanSquares:
    """Mean squares of a complete (units, raters) array.

    Args:
        x: (n, k) ratings, n and k 2 or more, none missing.

    Returns:
        The mean squares (Shrout & Fleiss 1979, Table 3).
    """
    n, k = x.shape
    centred = x - x.mean()
    # einsum: many times faster than mean() on so narrow an array, and the same on any machine.
    unit = np.einsum("ij->i", centred) / k
    rater = np.einsum("ij->j", centred) / n
    total = float(np.einsum("ij,ij->", centred, centred))
    between = k * float(np.einsum("i,i->", unit, unit))
    raters = n * float(np.einsum("j,j->", rater, rater))
    error = total - between - raters
    within = total - between
    floor = ROUNDING * total
    return MeanSquares(
        n,
        k,
        between / (n - 1) if between > floor else 0.0,
        within / (n * (k - 1)) if within > floor else 0.0,
        raters / (k - 1) if raters > floor else 0.0,
        error / ((n - 1) * (k - 1)) if error > floor else 0.0,
    )


def icc(x: npt.ArrayLike, *, confidence: float = 0.95) -> dict[str, Estimate]:
    """The six intraclass correlations of Shrout and Fleiss.

    ICC1 = (BMS - WMS) / (BMS + (k - 1) WMS); ICC2 = (BMS - EMS) / (BMS + (k - 1) EMS +
    k (JMS - EMS) / n); ICC3 = (BMS - EMS) / (BMS + (k - 1) EMS); those of the mean of k raters are
    their Spearman-Brown forms. Intervals: exact F for ICC1 and ICC3; for ICC2 the F with
    Satterthwaite's degrees of freedom.

    >>> print(icc([[9, 2, 5], [6, 1, 3], [8, 4, 6], [7, 1, 2], [10, 5, 6], [6, 2, 4]])["ICC3"])
    0.788 (0.385 to 0.964), n = 6

    Units and raters without any score are left out. With gaps, the forms with k are of the mean of
    as many raters as a unit has scores (harmonic mean; see `method`).

    Departures: pingouin and R irr leave out units with gaps: leave them out first for their
    numbers. R irr's interval of the mean under agreement puts the mean's coefficient where
    that of one rater belongs; ours is the Spearman-Brown form of the interval of one rater, as in
    R psych.

    Args:
        x: (units, raters) scores, NaN where missing.
        confidence: of the intervals.

    Returns:
        "ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k" -> estimate.

    Raises:
        UsageError: if `x` is not (units, raters) or holds infinity.
    """
    scores = _scores(x, confidence)
    if np.isnan(scores).any():
        study = icc_incomplete.studied(scores, confidence, ("r:p", "p x r"))
        return {
            form: icc_incomplete.share(study, form, label, confidence)
            for form, label in FORMS.items()
        }
    n, k = scores.shape
    reason = _too_small(n, k)
    if reason:
        return {form: _unknown(form, n, k, reason) for form in FORMS}
    squares = mean_squares(scores)
    found = _from_ratio("ICC1", squares, squares.within, n * (k - 1), confidence)
    found |= _agreement(squares, confidence)
    found |= _from_ratio("ICC3", squares, squares.error, (n - 1) * (k - 1), confidence)
    return {form: _estimate(form, squares, found[form], confidence) for form in FORMS}


def sem(x: npt.ArrayLike, *, kind: Error = "agreement", confidence: float = 0.95) -> Estimate:
    """The standard error of measurement: how far one rater's score is from the true one.

    In units of the scale. Agreement: sqrt(var(raters) + var(error)) = sqrt(JMS / n +
    (n - 1) EMS / n), where another rater would score; consistency: sqrt(EMS), where the same
    rater scores again; oneway: sqrt(WMS), where raters are others for each unit.

    The interval is exact chi-square for one mean square, and that of Graybill & Wang (1980) for
    the sum of two. With few raters it is wide upwards: k raters say little about all raters.

    Args:
        x: (units, raters) scores, NaN where missing.
        kind: which differences count as error.
        confidence: of the interval.

    Returns:
        The standard error of measurement. Source: de Vet et al. 2006; Weir 2005.

    Raises:
        UsageError: if `x` is not (units, raters), or `kind` is not known.
    """
    scores = _scores(x, confidence)
    if kind not in KINDS:
        raise UsageError(f"kind={kind!r} is not known. Allowed: {', '.join(KINDS)}.")
    name = f"standard error of measurement ({kind})"
    if np.isnan(scores).any():
        form = KINDS[kind]
        study = icc_incomplete.studied(scores, confidence, (icc_incomplete.DESIGNS[form][0],))
        variance = icc_incomplete.error_variance(study, form, confidence)
        size, how = study.size, icc_incomplete.HOW
        return _root(variance, study.n, f"{name}; {how}, {size}, {confidence:.4g} confidence")
    n, k = scores.shape
    reason = _too_small(n, k)
    if reason:
        return Estimate(math.nan, n=n, method=name, reason=reason)
    terms = _error_terms(mean_squares(scores), kind)
    value, lower, upper = _sum_of_squares(terms, confidence)
    how = "chi-square interval" if len(terms) == 1 else "Graybill-Wang interval"
    if value <= 0.0:
        lower = upper = math.nan
        reason = "no interval: no two ratings of a unit differ"
    method = f"{name}; {how}, {n} units by {k} raters, {confidence:.4g} confidence"
    return _root((value, lower, upper, reason), n, method)


def smallest_detectable_change(
    x: npt.ArrayLike,
    *,
    kind: Error = "agreement",
    level: float = 0.95,
    confidence: float = 0.95,
) -> Estimate:
    """The smallest change in one unit's score that error of measurement rarely makes.

    z(level) sqrt(2) SEM: of two scores of an unchanged unit, `level` of the differences are
    smaller. A change below it cannot be told from noise; one above it need not matter.

    Args:
        x: (units, raters) scores, NaN where missing.
        kind: as in `sem`: "agreement" if another rater may score the second time.
        level: share of unchanged units that stay below it.
        confidence: of the interval.

    Returns:
        The smallest detectable change, in units of the scale. Source: de Vet et al. 2006.

    Raises:
        UsageError: as `sem`; or if `level` does not lie between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise UsageError(f"level={level!r} must lie between 0 and 1.")
    error = sem(x, kind=kind, confidence=confidence)
    factor = math.sqrt(2.0) * float(ndtri(0.5 + level / 2.0))
    return Estimate(
        value=factor * error.value,
        lower=factor * error.lower,
        upper=factor * error.upper,
        n=error.n,
        method=f"smallest detectable change at {level:.4g}, from {error.method}",
        reason=error.reason,
    )


# Value, lower and upper limit of each form --------------------------------------------------------

Limits = tuple[float, float, float]


def _from_ratio(
    form: str, squares: MeanSquares, error: float, freedom: int, confidence: float
) -> dict[str, Limits]:
    """(F - 1) / (F + k - 1) and 1 - 1 / F, with F = BMS / error and its limits."""
    between, k = squares.between, squares.k
    if error <= 0.0:
        value = 1.0 if between > 0.0 else math.nan
        nothing = (value, math.nan, math.nan)
        return {form: nothing, f"{form}k": nothing}
    ratio, tail, above = between / error, 0.5 + confidence / 2.0, squares.n - 1
    points = (ratio, ratio / _f(above, freedom, tail), ratio * _f(freedom, above, tail))
    one = [(point - 1.0) / (point + k - 1.0) for point in points]
    mean = [1.0 - 1.0 / point if point > 0.0 else -math.inf for point in points]
    return {form: (one[0], one[1], one[2]), f"{form}k": (mean[0], mean[1], mean[2])}


def _agreement(squares: MeanSquares, confidence: float) -> dict[str, Limits]:
    """ICC2 and ICC2k; the letters of McGraw & Wong (1996, Table 7), a and b times 1 - rho."""
    n, k = squares.n, squares.k
    between, raters, error = squares.between, squares.raters, squares.error
    below = between + (k - 1) * error + k * (raters - error) / n
    rho = (between - error) / below if below > 0.0 else math.nan
    a = k * rho * raters
    b = (n * (1.0 - rho) + k * rho * (n - 1)) * error
    spread = a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1))
    lower = upper = math.nan
    if spread > 0.0 and (a + b) ** 2 > ROUNDING * spread:
        freedom, tail = (a + b) ** 2 / spread, 0.5 + confidence / 2.0
        rest = k * raters + (k * n - k - n) * error
        first, second = _f(n - 1, freedom, tail), _f(freedom, n - 1, tail)
        lower = n * (between - first * error) / (first * rest + n * between)
        upper = n * (second * between - error) / (rest + n * second * between)
    mean = [_spearman_brown(point, k) for point in (rho, lower, upper)]
    return {"ICC2": (rho, lower, upper), "ICC2k": (mean[0], mean[1], mean[2])}


def _spearman_brown(one: float, k: int) -> float:
    """The reliability of the mean of k raters from that of one; without bound below."""
    below = 1.0 + (k - 1) * one
    return -math.inf if below <= 0.0 else k * one / below


def _f(above: float, below: float, probability: float) -> float:
    """The quantile of F with `above` and `below` degrees of freedom."""
    return float(fdtri(above, below, probability))


def _error_terms(squares: MeanSquares, kind: Error) -> list[tuple[float, float, int]]:
    """The error variance as a sum of factor x mean square, with degrees of freedom."""
    n, k = squares.n, squares.k
    if kind == "oneway":
        return [(1.0, squares.within, n * (k - 1))]
    if kind == "consistency":
        return [(1.0, squares.error, (n - 1) * (k - 1))]
    return [
        (1.0 / n, squares.raters, k - 1),
        ((n - 1.0) / n, squares.error, (n - 1) * (k - 1)),
    ]


def _sum_of_squares(terms: list[tuple[float, float, int]], confidence: float) -> Limits:
    """Limits of a sum of mean squares with positive factors (Graybill & Wang 1980)."""
    tail = 0.5 - confidence / 2.0
    value = below = above = 0.0
    for factor, square, freedom in terms:
        part = factor * square
        value += part
        below += (part * (1.0 - freedom / float(chdtri(freedom, tail)))) ** 2
        above += (part * (freedom / float(chdtri(freedom, 1.0 - tail)) - 1.0)) ** 2
    return value, max(value - math.sqrt(below), 0.0), value + math.sqrt(above)


# Words -------------------------------------------------------------------------------------------


def _estimate(form: str, squares: MeanSquares, limits: Limits, confidence: float) -> Estimate:
    value, lower, upper = limits
    reason = ""
    if math.isnan(value):
        reason = "every rating is the same, so there is no variance to share out"
    elif math.isinf(value) or math.isinf(upper):
        value = lower = upper = math.nan
        reason = "units differ so much less than raters disagree that the form is not defined"
    elif math.isnan(lower) or math.isnan(upper):
        lower = upper = math.nan
        reason = "no interval: raters do not differ at all, so there is no error to make it from"
    elif value < 0.0:
        reason = "below 0: units differ less than raters disagree; read it as none"
    how = "F interval with Satterthwaite df" if form.startswith("ICC2") else "exact F interval"
    return Estimate(
        value=value,
        lower=lower,
        upper=upper,
        n=squares.n,
        method=f"{form}, {FORMS[form]}; {how}, {squares.n} units by {squares.k} raters, "
        f"{confidence:.4g} confidence",
        reason=reason,
    )


def _unknown(form: str, n: int, k: int, reason: str) -> Estimate:
    method = f"{form}, {FORMS[form]}; {n} units by {k} raters"
    return Estimate(math.nan, n=n, method=method, reason=reason)


def _root(variance: tuple[float, float, float, str], n: int, method: str) -> Estimate:
    value, lower, upper, reason = variance
    return Estimate(
        value=math.sqrt(value),
        lower=math.sqrt(lower),
        upper=math.sqrt(upper),
        n=n,
        method=method,
        reason=reason,
    )


def _too_small(n: int, k: int) -> str:
    if n < 2:
        return f"{n} unit(s): how units differ cannot be told from fewer than two"
    if k < 2:
        return f"{k} rater(s): how raters differ cannot be told from fewer than two"
    return ""


def _scores(x: npt.ArrayLike, confidence: float) -> FloatArray:
    try:
        scores = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError("The scores must be numbers, NaN where missing.") from error
    if scores.ndim != 2:
        raise UsageError(
            f"The scores have shape {scores.shape}. Give one row a unit and one column a rater."
        )
    if np.isinf(scores).any():
        raise UsageError("A score is infinite. Scores are finite numbers, NaN where missing.")
    if not 0.0 < confidence < 1.0:
        raise UsageError(f"confidence={confidence!r} must lie between 0 and 1.")
    there = ~np.isnan(scores)
    return scores if there.all() else scores[np.ix_(there.any(axis=1), there.any(axis=0))]
