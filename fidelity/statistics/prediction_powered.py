"""What a careful measure would have found in all pieces, when it was made in a few of them.

Many pieces have a quick score (here: by a line manager, or of one's own work), a few of them also
a careful one (by an independent moderator). The careful scores alone are right but few; the quick
ones many but perhaps too high. Together: the mean of the quick scores, put right by how far they
were off where both are known. Nothing is assumed about the quick scores; if they are worthless the
result is that of the careful ones alone. What must hold is that the pieces scored carefully were
drawn at random, or with known probabilities.

With y the careful score (known in n pieces), f the quick one (known in all M), w one over the
probability of being drawn, and means of the n pieces weighted by w:

    theta = mean_n(y) + b (mean_M(f) - mean_n(f)),    b = cov_n(y, f) / var_M(f)

That is prediction-powered inference with power tuning: with N = M - n pieces scored quickly alone,
b = lambda (1 + n / N). lambda = 1 is the method as first published, lambda = 0 the careful scores
alone. Survey statistics know it as the regression estimator. Unlike the package ppi_py 0.2, lambda
is not cut to 0 to 1: people who use a scale more narrowly than the moderators need more than 1.

The standard error is the delete-one jackknife over clusters, with b worked out again each time,
and t with the number of clusters that hold a careful score, less one, and less one more for b. It
speaks for the practice from which all M pieces were drawn, not for these M alone.

Sources: Angelopoulos, Bates, Fannjiang, Jordan & Zrnic 2023, Science 382:669-674;
Angelopoulos, Duchi & Zrnic 2023, PPI++, arXiv:2311.01453, section 6 and example 6.1;
Cochran 1977, Sampling Techniques, chapter 7 and section 12.6; Efron & Tibshirani 1993, An
Introduction to the Bootstrap, chapter 11 (jackknife).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from fidelity.errors import UsageError
from fidelity.statistics.clusters import FEW, FEW_CLUSTERS, wilson
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
#: A standard error below this is rounding: nothing varied.
NO_SPREAD = 1e-12
NONE = "no piece has both scores"
#: Clusters that must hold both scores for an interval: a mean and a slope are worked out.
LEAST = 3
TOO_FEW = f"under {LEAST} clusters with both scores: no interval"
ALIKE = "no interval: the careful scores are all alike"


@dataclass(frozen=True)
class Powered:
    """A prediction-powered estimate, with what it is made of.

    Attributes:
        estimate: the estimate; `n` is the number of pieces with both scores, `clusters` the
            number of clusters that hold one of them.
        tuning: lambda, how far the quick scores are used; NaN where there is no estimate.
        pieces: M, the pieces with a quick score.
    """

    estimate: Estimate
    tuning: float
    pieces: int


def prediction_powered_mean(
    careful: npt.ArrayLike,
    quick: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    *,
    probability: npt.ArrayLike | None = None,
    tuning: float | None = None,
    confidence: float = 0.95,
) -> Powered:
    """Mean of the careful score over the practice that all pieces were drawn from.

    Args:
        careful: (M,) in units of the scale, NaN where the piece has no careful score.
        quick: (M,) in any units; a piece without it (NaN) leaves.
        clusters: (M,) cluster of each piece, any labels; each piece its own if not given.
        probability: (M,) of getting a careful score, above 0 and up to 1; only that of pieces
            which have one is used. Equal if not given.
        tuning: lambda; worked out from the scores if not given. 0: the careful scores alone.
        confidence: coverage of the interval.

    Returns:
        The estimate in the units of `careful`. Its interval is NaN, with a reason, under 3
        clusters that hold both scores, or where all careful scores are alike.

    Raises:
        UsageError: arrays of different lengths, or a probability that is none.

    >>> found = prediction_powered_mean([3, 2, 4, 3, *[float("nan")] * 4], [4, 2, 4, 3, 4, 3, 5, 4])
    >>> print(found.estimate)
    3.26 (1.42 to 5.09), n = 4; few clusters
    """
    return _powered(_sums(careful, quick, clusters, probability), tuning, confidence)


def prediction_powered_share(
    careful: npt.ArrayLike,
    quick: npt.ArrayLike,
    clusters: npt.ArrayLike | None = None,
    *,
    probability: npt.ArrayLike | None = None,
    tuning: float | None = None,
    confidence: float = 0.95,
) -> Powered:
    """Share of pieces for which something holds by the careful score.

    As `prediction_powered_mean` of ones and zeros, kept between 0 and 1, with Wilson's interval on
    the number of independent pieces that would give the same standard error. Where the careful
    scores are all alike that number cannot be seen; it is then the number of clusters that hold
    one, the cautious end.

    Args:
        careful: (M,) 1 or 0, NaN where the piece has no careful score.
        quick: (M,) as in `prediction_powered_mean`; for instance 1 or 0 by the quick score.
        clusters: (M,) as there.
        probability: (M,) as there.
        tuning: as there.
        confidence: as there.

    Returns:
        The share. Source of the interval: Wilson 1927, JASA 22:209-212, with a t quantile.

    Raises:
        UsageError: as there.
    """
    sums = _sums(careful, quick, clusters, probability)
    found = _powered(sums, tuning, confidence)
    estimate = found.estimate
    if not estimate.known or estimate.clusters < LEAST:
        return found
    share = min(max(estimate.value, 0.0), 1.0)
    if estimate.bounded and 0.0 < share < 1.0:
        n = share * (1 - share) / estimate.se**2
    else:
        n = float(estimate.clusters)
    lower, upper = wilson(share, n, _quantile(sums, tuning, confidence))
    method = estimate.method.replace(", t with", ", Wilson, t with")
    reason = FEW if estimate.clusters < FEW_CLUSTERS else ""
    shown = Estimate(
        share, estimate.se, lower, upper, estimate.n, method, estimate.clusters, reason
    )
    return Powered(shown, found.tuning, found.pieces)


@dataclass(frozen=True)
class _Sums:
    """Sums by cluster, from which the estimate with any cluster left out is a subtraction.

    Attributes:
        parts: (G, 8) sums of 1, w, w y, w f and w y f over pieces with both scores, and of 1, f
            and f^2 over all; y and f less a constant, so that nothing is lost to rounding.
        y: the constant of y.
        holding: clusters that hold both scores.
    """

    parts: Floats
    y: float
    holding: int

    @property
    def n(self) -> int:
        """Pieces with both scores."""
        return round(float(self.parts[:, 0].sum()))

    @property
    def pieces(self) -> int:
        """Pieces with a quick score."""
        return round(float(self.parts[:, 5].sum()))


def _sums(
    careful: npt.ArrayLike,
    quick: npt.ArrayLike,
    clusters: npt.ArrayLike | None,
    probability: npt.ArrayLike | None,
) -> _Sums:
    y, f = (np.asarray(values, dtype=np.float64) for values in (careful, quick))
    labels = np.arange(y.size) if clusters is None else np.asarray(clusters)
    chance = np.ones(y.shape) if probability is None else np.asarray(probability, np.float64)
    _check(y, f, labels, chance)
    known = ~np.isnan(f)
    y, f, chance = y[known], f[known], chance[known]
    cluster = np.unique(labels[known], return_inverse=True)[1].reshape(-1)
    both = ~np.isnan(y)
    centre_y, centre_f = (float(v[both].mean()) if both.any() else 0.0 for v in (y, f))
    y = np.where(both, y - centre_y, 0.0)
    f = f - centre_f
    w = np.where(both, 1.0 / np.where(both, chance, 1.0), 0.0)
    columns = (1.0 * both, w, w * y, w * f, w * y * f, np.ones_like(f), f, f**2)
    parts = np.stack([np.bincount(cluster, column) for column in columns], axis=1)
    return _Sums(parts.astype(np.float64), centre_y, np.unique(cluster[both]).size)


def _check(y: Floats, f: Floats, labels: npt.NDArray[np.generic], chance: Floats) -> None:
    shapes = {"careful": y, "quick": f, "clusters": labels, "probability": chance}
    if y.ndim != 1 or len({array.shape for array in shapes.values()}) > 1:
        told = ", ".join(f"{name} {array.shape}" for name, array in shapes.items())
        raise UsageError(f"One value for each piece is needed; the shapes are {told}.")
    used = chance[~np.isnan(y) & ~np.isnan(f)]
    wrong = ~((used > 0) & (used <= 1))
    if wrong.any():
        raise UsageError(
            f"{int(wrong.sum())} pieces with both scores have a probability that is not above 0 "
            "and up to 1. Give the probability with which each was drawn for the careful score."
        )


def _theta(sums: Floats, tuning: float | None) -> tuple[Floats, Floats]:
    """Estimate and slope b from sums of shape (..., 8); y less its constant."""
    n, weight, y, f, yf, pieces, every, square = np.moveaxis(sums, -1, 0)
    mean_y, mean_f, mean_all = y / weight, f / weight, every / pieces
    if tuning is None:
        variance = square / pieces - mean_all**2
        covariance = yf / weight - mean_y * mean_f
        b = np.where(variance > NO_SPREAD, covariance / variance, 0.0)
    else:
        b = np.where(pieces > n, tuning * pieces / (pieces - n), 0.0)
    return np.asarray(mean_y + b * (mean_all - mean_f)), b


def _powered(sums: _Sums, tuning: float | None, confidence: float) -> Powered:
    name = "prediction-powered mean" if tuning is None else f"mean, tuning {tuning:g}"
    n, pieces = sums.n, sums.pieces
    if n == 0:
        return Powered(Estimate(math.nan, method=name, reason=NONE), math.nan, pieces)
    total = sums.parts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # too few for a slope: told below
        theta, b = _theta(total, tuning)
        without, _ = _theta(total - sums.parts, tuning)
    value, lam = float(theta) + sums.y, float(b) * (pieces - n) / pieces
    if sums.holding < LEAST:
        value = value if n > 1 else math.nan
        shown = Estimate(value, n=n, method=name, clusters=sums.holding, reason=TOO_FEW)
        return Powered(shown, lam, pieces)
    m = len(without)
    se = math.sqrt((m - 1) / m * float(((without - without.mean()) ** 2).sum()))
    method = f"{name}, jackknife over {m} clusters, t with {_freedom(sums, tuning)} df"
    if se <= NO_SPREAD:
        shown = Estimate(value, se, n=n, method=method, clusters=sums.holding, reason=ALIKE)
        return Powered(shown, lam, pieces)
    reach = _quantile(sums, tuning, confidence) * se
    reason = FEW if sums.holding < FEW_CLUSTERS else ""
    shown = Estimate(value, se, value - reach, value + reach, n, method, sums.holding, reason)
    return Powered(shown, lam, pieces)


def _freedom(sums: _Sums, tuning: float | None) -> int:
    return sums.holding - (2 if tuning is None else 1)


def _quantile(sums: _Sums, tuning: float | None, confidence: float) -> float:
    return float(stdtrit(_freedom(sums, tuning), 0.5 + confidence / 2))
