"""How often a score would fall into the same band again, from its dependability.

Normal theory: universe scores and errors are taken as normal. For short scales bunched at one
end the four-parameter beta model of Livingston & Lewis (1995, Journal of Educational Measurement
32:179) would fit better; it needs the scores one by one, this only their mean and spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fidelity.statistics.crossproducts import FloatArray


class Classification(NamedTuple):
    """Shares of pieces.

    Attributes:
        consistency: put into the same band by two independent scorings.
        accuracy: put by one scoring into the band of the universe score.
        kappa: consistency beyond chance, as Cohen's.
    """

    consistency: float
    accuracy: float
    kappa: float


def same_band(
    cuts: Sequence[float], mean: float, sd: float, dependability: float
) -> Classification:
    """Consistency and accuracy of bands under normal theory.

    Args:
        cuts: the scores at which one band ends and the next begins.
        mean: mean of the scores.
        sd: standard deviation of observed scores (universe score and absolute error together).
        dependability: Phi, the share of their variance that is universe score.

    Returns:
        Shares; NaN where sd is 0.

    Source: Huynh 1976, Journal of Educational Measurement 13:253, in the normal approximation of
        Peng & Subkoviak 1980, Journal of Educational Measurement 17:359, with Phi for the
        reliability, since a cut asks for absolute decisions (Brennan & Kane 1977).
    """
    if not sd > 0.0:
        return Classification(math.nan, math.nan, math.nan)
    z = (np.asarray(sorted(cuts), dtype=np.float64) - mean) / sd
    observed = _bounds(z)
    consistency = _diagonal(observed, observed, dependability)
    chance = _diagonal(observed, observed, 0.0)
    if dependability > 0.0:
        accuracy = _diagonal(
            _bounds(z / math.sqrt(dependability)), observed, math.sqrt(dependability)
        )
    else:  # every universe score is the mean: the band that holds it, whatever is observed
        home = int(np.searchsorted(z, 0.0, side="right"))
        accuracy = float(np.diff(_normal(observed))[home])
    kappa = (consistency - chance) / (1.0 - chance) if chance < 1.0 else math.nan
    return Classification(consistency, accuracy, kappa)


def bivariate_normal(h: FloatArray, k: FloatArray, correlation: float) -> FloatArray:
    """P(Z1 <= h, Z2 <= k) of two standard normals, element by element.

    Source: Plackett 1954, Biometrika 41:351: the integral over the correlation, in the form of
        Drezner & Wesolowsky 1990, by 64 Gauss-Legendre points. Good to 1e-9 for correlations up
        to .999; a correlation of 1 is taken exactly.
    """
    if correlation >= 1.0 - 1e-12:
        return _normal(np.minimum(h, k))
    nodes, weights = np.polynomial.legendre.leggauss(64)
    top = math.asin(correlation)
    angle = top * (nodes + 1.0) / 2.0
    # Beyond 40 standard deviations nothing is left, and inf - inf must not arise.
    a, b = np.clip(h, -40.0, 40.0)[..., None], np.clip(k, -40.0, 40.0)[..., None]
    exponent = -(a * a + b * b - 2.0 * a * b * np.sin(angle)) / (2.0 * np.cos(angle) ** 2)
    added = (np.exp(exponent) * weights).sum(axis=-1) * top / (4.0 * math.pi)
    return np.asarray(_normal(h) * _normal(k) + added)


def _bounds(z: FloatArray) -> FloatArray:
    return np.concatenate([[-math.inf], z, [math.inf]])


def _normal(z: FloatArray) -> FloatArray:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def _diagonal(first: FloatArray, second: FloatArray, correlation: float) -> float:
    """Probability that both fall between the same two bounds."""
    upper = bivariate_normal(first[1:], second[1:], correlation)
    lower = bivariate_normal(first[:-1], second[:-1], correlation)
    mixed = bivariate_normal(first[:-1], second[1:], correlation)
    other = bivariate_normal(first[1:], second[:-1], correlation)
    return float((upper + lower - mixed - other).sum())
