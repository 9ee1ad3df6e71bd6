"""A mixed model by its n x n matrices: slow, short, and another route to the same numbers."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def incidence(codes: NDArray[np.int64], columns: FloatArray | None = None) -> FloatArray:
    """(n, levels * m) design matrix, level by level."""
    columns = np.ones((len(codes), 1)) if columns is None else columns
    m = columns.shape[1]
    Z = np.zeros((len(codes), (int(codes.max()) + 1) * m))
    for a in range(m):
        Z[np.arange(len(codes)), codes * m + a] = columns[:, a]
    return Z


def covariance(
    n: int, Z: Sequence[FloatArray], G: Sequence[FloatArray], residual: float
) -> FloatArray:
    """V = sum of Z (I x G) Z' + residual."""
    V = residual * np.eye(n)
    for z, g in zip(Z, G, strict=True):
        V = V + z @ np.kron(np.eye(z.shape[1] // len(g)), g) @ z.T
    return V


def projection(V: FloatArray, X: FloatArray) -> FloatArray:
    """P = V^-1 - V^-1 X (X' V^-1 X)^-1 X' V^-1."""
    W = np.linalg.inv(V)
    WX = W @ X
    return np.asarray(W - WX @ np.linalg.solve(X.T @ WX, WX.T))


def criterion(y: FloatArray, X: FloatArray, V: FloatArray) -> float:
    """-2 log restricted likelihood."""
    P = projection(V, X)
    sizes = np.linalg.slogdet(V)[1] + np.linalg.slogdet(X.T @ np.linalg.solve(V, X))[1]
    return float(sizes + y @ P @ y + (len(y) - X.shape[1]) * math.log(2 * math.pi))
