"""Least squares on pieces that come in clusters, with intervals that allow for it.

Two periods, two groups or a slope, where the same worker has pieces on both sides: what the
pieces of a worker share enters the comparison only as far as it should. The variance is robust to
any likeness within a cluster (CR2), and the t quantile has Satterthwaite's degrees of freedom.

Everything follows from sums by cluster: with L L' = (X'X)^-1 the hat matrix of cluster g has the
eigenvalues of L' X_g'X_g L, a matrix as small as there are coefficients. No matrix of pieces by
pieces is ever built.

Source: Bell & McCaffrey 2002, Survey Methodology 28(2):169-181; Pustejovsky & Tipton 2018,
Journal of Business & Economic Statistics 36(4):672-683, equations 5, 6 and 11.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.clusters import FEW, FEW_CLUSTERS, TOO_FEW
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
#: A cluster whose hat matrix has an eigenvalue this near 1 settles a coefficient alone.
_ALONE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class ClusterRegression:
    """Coefficients of a regression, and what their robust errors are made of.

    Attributes:
        coefficients: (p,) in units of y a unit of the column.
        bread: (p, p), the inverse of X'X.
        covariance: (p, p), CR2.
        n: number of rows.
        clusters: number of clusters.
        residual_variance: sum of squares left over n - p.
    """

    coefficients: Floats
    bread: Floats
    covariance: Floats
    n: int
    clusters: int
    residual_variance: float
    _root: Floats
    _values: Floats
    _vectors: Floats

    def degrees(self, contrast: npt.ArrayLike) -> float:
        """Satterthwaite's degrees of freedom of a contrast, working errors being independent.

        Source: Pustejovsky & Tipton 2018, equation 11: tr(P)^2 / tr(P^2), with P = diag(|q_g|^2)
            - Z M Z' for q_g = A_g X_g M c, z_g = X_g' q_g and M = (X'X)^-1.
        """
        c = np.asarray(contrast, dtype=np.float64)
        turned = np.einsum("gji,j->gi", self._vectors, self._root.T @ c)
        adjusted = _adjusting(self._values)
        squares = ((adjusted * np.sqrt(self._values) * turned) ** 2).sum(axis=1)
        inner = np.einsum("gij,gj->gi", self._vectors, adjusted * self._values * turned)
        gram = inner.T @ inner  # Z M Z' in the coordinates in which M is the identity
        own = (inner**2).sum(axis=1)
        trace = float(squares.sum() - np.trace(gram))
        both = float((squares**2).sum() - 2 * squares @ own + (gram**2).sum())
        return trace**2 / both if both > 0 and trace > 0 else math.nan

    def estimate(
        self, contrast: npt.ArrayLike, confidence: float = 0.95, method: str = "regression, CR2"
    ) -> Estimate:
        """A contrast of the coefficients with its interval.

        Args:
            contrast: (p,) what each coefficient counts.
            confidence: coverage of the interval.
            method: what to call it.
        """
        c = np.asarray(contrast, dtype=np.float64)
        value = float(c @ self.coefficients)
        if self.clusters < 2:
            return Estimate(value, n=self.n, method=method, clusters=self.clusters, reason=TOO_FEW)
        variance, df = float(c @ self.covariance @ c), self.degrees(c)
        if not (variance > 0 and df > 0):
            reason = "it rests on one cluster: no interval"
            return Estimate(value, n=self.n, method=method, clusters=self.clusters, reason=reason)
        half = quantile(confidence, df) * math.sqrt(variance)
        reason = FEW if self.clusters < FEW_CLUSTERS else ""
        return Estimate(value, math.sqrt(variance), value - half, value + half, self.n, method,
                        self.clusters, reason)  # fmt: skip


def cluster_regression(
    y: npt.ArrayLike,
    X: npt.ArrayLike,
    clusters: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
) -> ClusterRegression:
    """Fit y = X b by (weighted) least squares, with cluster-robust (CR2) covariance.

    Args:
        y: (n,) values of pieces.
        X: (n, p) columns of full rank; a constant is not added.
        clusters: (n,) cluster of each piece; any labels.
        weights: (n,) sampling weights; 1 if not given. The working variance of a piece is then
            one over its weight.

    Raises:
        UsageError: unequal lengths, values that are missing, or X not of full rank.
    """
    response, columns = np.asarray(y, dtype=np.float64), np.asarray(X, dtype=np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if response.shape != columns.shape[:1] or len(response) != np.size(clusters):
        raise UsageError("y, the rows of X and the clusters must be equally many.")
    if weights is not None:
        root = np.sqrt(np.asarray(weights, dtype=np.float64))
        response, columns = response * root, columns * root[:, None]
    if not (np.isfinite(response).all() and np.isfinite(columns).all()):
        raise UsageError("y or X holds values that are missing; leave those rows out, and say so.")
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
    return _fitted(response, columns, codes)


def _fitted(y: Floats, X: Floats, codes: npt.NDArray[np.intp]) -> ClusterRegression:
    n, p = X.shape
    cross = X.T @ X
    size = np.sqrt(np.diag(cross))
    if n < p or not size.all() or np.linalg.cond(cross / np.outer(size, size)) > 1e12:
        raise UsageError(f"The {p} columns of X are not linearly independent over {n} rows.")
    bread: Floats = np.linalg.inv(cross).astype(np.float64)
    coefficients = bread @ (X.T @ y)
    residuals = y - X @ coefficients
    m = int(codes.max()) + 1
    products = _sums((X[:, :, None] * X[:, None, :]).reshape(n, -1), codes, m).reshape(m, p, p)
    scores = _sums(X * residuals[:, None], codes, m)
    root: Floats = np.linalg.cholesky(bread).astype(np.float64)
    values, vectors = np.linalg.eigh(root.T @ products @ root)
    values = np.clip(values, 0.0, 1.0)
    # X_g' A_g e_g, with A_g = (I - H_gg)^(-1/2), from X_g' e_g alone
    turned = np.einsum("gji,gj->gi", vectors, scores @ root)
    meat = np.einsum("gij,gj->gi", vectors, _adjusting(values) * turned) @ root.T
    left = float(residuals @ residuals) / (n - p) if n > p else math.nan
    return ClusterRegression(
        coefficients, bread, meat.T @ meat, n, m, left, root, values, vectors
    )  # fmt: skip


def _adjusting(values: Floats) -> Floats:
    """(1 - eigenvalue)^(-1/2); 0 where a cluster settles a coefficient alone (Moore-Penrose)."""
    left = 1.0 - values
    return np.where(left > _ALONE, 1.0 / np.sqrt(np.maximum(left, _ALONE)), 0.0)


def _sums(values: Floats, codes: npt.NDArray[np.intp], m: int) -> Floats:
    return np.stack([np.bincount(codes, column, minlength=m) for column in values.T], axis=1)


def quantile(confidence: float, df: float) -> float:
    """The two-sided t quantile."""
    from scipy import special  # heavy: only where an interval is asked for

    return float(special.stdtrit(df, 0.5 + confidence / 2))


def p_value(estimate: Estimate, df: float) -> float:
    """The two-sided p-value of an estimate against 0; NaN where it has no standard error."""
    from scipy import special

    if not estimate.se > 0:
        return math.nan
    return float(2 * special.stdtr(df, -abs(estimate.value / estimate.se)))
