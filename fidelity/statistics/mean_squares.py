"""Mean squares: estimates and intervals of variances and of ratios of variances.

Balanced data, Henderson's sums and REML all end here as independent mean squares with degrees of
freedom and expectations, so that one method gives every interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fidelity.statistics.crossproducts import FloatArray

#: Fewer degrees of freedom than this say nothing, and quantiles overflow.
LEAST_DF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class MeanSquares:
    """Independent mean squares, `df MS / E(MS)` each chi-squared.

    Attributes:
        effects: (e,) names.
        values: (e,) mean squares, in squared units of the scores.
        df: (e,) degrees of freedom; not whole numbers where they come from REML.
        expected: (e, e) E(MS) = expected @ variance components.
    """

    effects: tuple[str, ...]
    values: FloatArray
    df: FloatArray
    expected: FloatArray

    @property
    def components(self) -> FloatArray:
        """(e,) unbiased variance components, negative ones as they come."""
        return np.asarray(np.linalg.solve(self.expected, self.values))

    @property
    def usable(self) -> bool:
        """Whether intervals can be made: no mean square is negative, not all are 0."""
        known = np.isfinite(self.values).all() and (self.df > 0).all()
        return bool(known and (self.values >= 0).all() and (self.values > 0).any())

    def weights(self, combination: FloatArray) -> FloatArray:
        """A linear combination of components as one of mean squares, (e,)."""
        return np.asarray(np.linalg.solve(self.expected.T, combination))

    def se(self, combination: FloatArray) -> float:
        """Standard error of a linear combination of components.

        Source: Searle 1971, Linear Models, chapter 9: the variance of a mean square is
            2 E(MS)^2 / df, with the estimate put in for the expectation. GENOVA prints it with
            df + 2 for df (Brennan 2001, chapter 6).
        """
        parts = self.weights(combination) * self.values
        return math.sqrt(float((2.0 * parts**2 / self.df).sum()))

    def satterthwaite(self, combination: FloatArray) -> float:
        """Degrees of freedom of a linear combination of components; 0 if it has no variance.

        Source: Satterthwaite 1946, Biometrics Bulletin 2:110.
        """
        parts = self.weights(combination) * self.values
        below = float((parts**2 / self.df).sum())
        return float(parts.sum()) ** 2 / below if below > 0.0 else 0.0


def from_covariance(
    effects: tuple[str, ...], components: FloatArray, covariance: FloatArray
) -> MeanSquares | None:
    """The mean squares that estimates and their covariance imply.

    Going from the finest effect to the coarsest, each component has just so much of the finer
    ones added that it is uncorrelated with them; its degrees of freedom are then Satterthwaite's,
    2 MS^2 / variance. For balanced data these are the usual mean squares, each over its number
    of scores a level.

    Args:
        effects: names, from coarse to fine.
        components: (e,) estimates.
        covariance: (e, e) of the estimates.

    Returns:
        None if the covariance is not positive definite.

    Source: Satterthwaite 1946, Biometrics Bulletin 2:110; the decorrelation is our own.
    """
    order = np.arange(len(effects))[::-1]
    try:
        root = np.linalg.cholesky(covariance[np.ix_(order, order)])
    except np.linalg.LinAlgError:
        return None
    diagonal = np.diagonal(root)
    added = np.asarray(np.linalg.inv(root / diagonal), dtype=np.float64)
    values = added @ components[order]
    back = np.argsort(order)
    return MeanSquares(
        effects=effects,
        values=values[back],
        df=np.maximum(2.0 * values**2 / diagonal**2, 1e-6)[back],
        expected=added[np.ix_(back, back)],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Modified large-sample limits for combinations of one set of mean squares.

    Source: sums, Graybill & Wang 1980, J Am Stat Assoc 75:869; differences, Ting, Burdick,
        Graybill, Jeyaratnam & Lu 1990, J Statist Comput Simul 35:135; both in Burdick & Graybill
        1992, Confidence Intervals on Variance Components, chapter 3, whose letters these are.
        Exact for one mean square and, where the combination is 0, for the difference of two.

    Attributes:
        squares: the mean squares.
        G: (e,) distance of the lower limit of each, as a share of it.
        H: (e,) distance of the upper limit.
        G_cross: (e, e) what a positive row and a negative column add below.
        H_cross: (e, e) what they add above.
        same: (e, e) what two of the same sign add, starred G and H there.
    """

    squares: MeanSquares
    G: FloatArray
    H: FloatArray
    G_cross: FloatArray
    H_cross: FloatArray
    same: FloatArray

    def combination(self, combination: FloatArray) -> tuple[float, float]:
        """Lower and upper limit of a linear combination of components.

        Args:
            combination: (e,) coefficients of the components.
        """
        weights = self.squares.weights(combination)
        weights = np.where(np.abs(weights) < 1e-12 * np.abs(weights).max(initial=0.0), 0.0, weights)
        parts = np.abs(weights) * self.squares.values
        up, down = np.where(weights > 0, parts, 0.0), np.where(weights < 0, parts, 0.0)
        value = float(up.sum() - down.sum())
        lower = _norm(self.G * up) + _norm(self.H * down)
        upper = _norm(self.H * up) + _norm(self.G * down)
        if up.any() and down.any():
            lower += float(up @ self.G_cross @ down) + self._same(up)
            upper += float(up @ self.H_cross @ down) + self._same(down)
        return value - math.sqrt(max(lower, 0.0)), value + math.sqrt(max(upper, 0.0))

    def _same(self, parts: FloatArray) -> float:
        """What pairs of the same sign add."""
        pairs = int((parts > 0).sum()) - 1
        return float(parts @ self.same @ parts) / (2.0 * pairs) if pairs > 0 else 0.0

    def share(self, universe: FloatArray, error: FloatArray) -> tuple[float, float]:
        """Lower and upper limit of `universe / (universe + error)`, within 0 and 1.

        The values b for which the interval of `(1 - b) universe - b error` contains 0. With one
        mean square above and below this is the exact F interval (Feldt 1965 for alpha).

        Args:
            universe: (e,) coefficients of the components above the line.
            error: (e,) coefficients of what is added below it.
        """
        from scipy.optimize import brentq

        def crossing(side: int) -> float:
            def limit(b: float) -> float:
                return self.combination((1.0 - b) * universe - b * error)[side]

            if limit(0.0) <= 0.0:
                return 0.0
            if limit(1.0) >= 0.0:
                return 1.0
            return float(brentq(limit, 0.0, 1.0, xtol=1e-10))

        return crossing(0), crossing(1)


def _norm(x: FloatArray) -> float:
    return float(x @ x)


def limits(squares: MeanSquares, confidence: float = 0.95) -> Limits:
    """Prepare the constants of the limits.

    Args:
        squares: usable mean squares.
        confidence: of the two-sided interval.
    """
    from scipy.special import chdtri, fdtri

    tail = (1.0 - confidence) / 2.0
    n = np.maximum(squares.df, LEAST_DF)
    G = 1.0 - n / chdtri(n, tail)
    H = n / chdtri(n, 1.0 - tail) - 1.0
    high = fdtri(n[:, None], n[None, :], 1.0 - tail)
    low = fdtri(n[:, None], n[None, :], tail)
    both = n[:, None] + n[None, :]
    ratio = n[:, None] / n[None, :]
    same = (
        (1.0 - both / chdtri(both, tail)) ** 2 * both**2 / (n[:, None] * n[None, :])
        - G[:, None] ** 2 * ratio
        - G[None, :] ** 2 / ratio
    )
    np.fill_diagonal(same, 0.0)
    return Limits(
        squares=squares,
        G=G,
        H=H,
        G_cross=((high - 1.0) ** 2 - (G[:, None] * high) ** 2 - H[None, :] ** 2) / high,
        H_cross=((1.0 - low) ** 2 - (H[:, None] * low) ** 2 - G[None, :] ** 2) / low,
        same=same,
    )
