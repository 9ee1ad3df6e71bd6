"""How much two different levels still agree: weight matrices and squared distances.

Two families that share a word must not be confused. Gwet's *ordinal weights* depend on the scale
alone. Krippendorff's *ordinal metric* depends on how often each level was used, so it is made in
`coefficients` from the ratings. On the same table they give different numbers.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError

FloatArray = npt.NDArray[np.float64]

WeightName = Literal["identity", "linear", "quadratic", "ordinal"]
MetricName = Literal["nominal", "ordinal", "interval", "ratio"]

#: How far a matrix of the user may be from symmetric, or its diagonal from the right number.
TOLERANCE = 1e-9


def identity(categories: FloatArray) -> FloatArray:
    """Only the same level agrees.

    Args:
        categories: (K,) the levels.

    Returns:
        (K, K) the unit matrix.
    """
    return np.eye(len(categories))


def linear(categories: FloatArray) -> FloatArray:
    """Agreement falls with the distance of the levels: 1 - |k - l| / (max - min).

    Args:
        categories: (K,) the levels; their values count, not their ranks.

    Returns:
        (K, K) weights. Source: Cicchetti & Allison 1971; Gwet 2014, chapter 3.
    """
    return 1.0 - _relative_distance(categories)


def quadratic(categories: FloatArray) -> FloatArray:
    """Agreement falls with the squared distance: 1 - (k - l)^2 / (max - min)^2.

    Args:
        categories: (K,) the levels; their values count, not their ranks.

    Returns:
        (K, K) weights. Source: Fleiss & Cohen 1973; Gwet 2014, chapter 3.
    """
    return 1.0 - _relative_distance(categories) ** 2


def ordinal(categories: FloatArray) -> FloatArray:
    """Gwet's ordinal weights: 1 - M_kl / max M, with M_kl the pairs of levels from k to l.

    M_kl = m (m - 1) / 2, where m is the number of levels from k to l, both included; only the
    order of the levels counts. These are not Krippendorff's ordinal metric.

    Args:
        categories: (K,) the levels.

    Returns:
        (K, K) weights. Source: Gwet 2014, chapter 3.
    """
    if len(categories) < 2:
        return np.ones((len(categories), len(categories)))
    rank = np.arange(len(categories), dtype=np.float64)
    levels = np.abs(rank[:, None] - rank[None, :]) + 1.0
    pairs = levels * (levels - 1.0) / 2.0
    return np.asarray(1.0 - pairs / pairs.max())


def _relative_distance(categories: FloatArray) -> FloatArray:
    span = float(categories[-1] - categories[0]) if len(categories) > 1 else 1.0
    return np.asarray(np.abs(categories[:, None] - categories[None, :]) / span)


WEIGHTS = {"identity": identity, "linear": linear, "quadratic": quadratic, "ordinal": ordinal}


def weight_matrix(
    weights: WeightName | npt.ArrayLike, categories: FloatArray
) -> tuple[FloatArray, str]:
    """The weights asked for, as a matrix, and their name.

    Args:
        weights: a name, or a symmetric (K, K) matrix with 1 on its diagonal and 0 to 1 elsewhere.
        categories: (K,) the levels in order.

    Returns:
        The (K, K) matrix and a name for `Estimate.method`.

    Raises:
        UsageError: for an unknown name, or a matrix that is no matrix of weights; all faults.
    """
    if isinstance(weights, str):
        if weights not in WEIGHTS:
            raise UsageError(
                f"weights={weights!r} is not known. Allowed: {', '.join(WEIGHTS)}, or a matrix."
            )
        return WEIGHTS[weights](categories), weights
    matrix = np.asarray(weights, dtype=np.float64)
    faults = _shape_faults(matrix, categories)
    if not faults:
        if np.abs(np.diag(matrix) - 1.0).max(initial=0.0) > TOLERANCE:
            faults.append("the diagonal must be 1: a level agrees fully with itself")
        if ((matrix < 0.0) | (matrix > 1.0)).any():
            faults.append("every weight must lie between 0 and 1")
    if faults:
        raise UsageError(_matrix_message("weights", faults, categories))
    return matrix, "own"


def distance_matrix(
    metric: MetricName | npt.ArrayLike, categories: FloatArray
) -> tuple[FloatArray | None, str]:
    """Krippendorff's squared differences between levels, and the name of the metric.

    Nominal: 0 or 1. Interval: (c - k)^2. Ratio: ((c - k) / (c + k))^2. The ordinal metric
    depends on the ratings and comes back as None. Source: Krippendorff 2011, section on metric
    differences.

    Args:
        metric: a name, or a symmetric (K, K) matrix of squared differences, 0 on its diagonal.
        categories: (K,) the levels in order.

    Returns:
        The (K, K) matrix (None for ordinal) and a name for `Estimate.method`.

    Raises:
        UsageError: for an unknown name, a matrix that cannot be one of differences, or the ratio
            metric on levels below 0.
    """
    across, down = categories[None, :], categories[:, None]
    if not isinstance(metric, str):
        return _own_distance(np.asarray(metric, dtype=np.float64), categories), "own"
    if metric == "nominal":
        return 1.0 - np.eye(len(categories)), metric
    if metric == "ordinal":
        return None, metric
    if metric == "interval":
        return np.asarray((down - across) ** 2), metric
    if metric == "ratio":
        if (categories < 0).any():
            raise UsageError(
                "metric='ratio' needs levels of 0 or more, and there are levels below 0. "
                "Use metric='interval'."
            )
        total = down + across
        share = np.divide(down - across, total, out=np.zeros_like(total), where=total > 0)
        return np.asarray(share**2), metric
    raise UsageError(
        f"metric={metric!r} is not known. Allowed: nominal, ordinal, interval, ratio, or a matrix."
    )


def _own_distance(matrix: FloatArray, categories: FloatArray) -> FloatArray:
    faults = _shape_faults(matrix, categories)
    if not faults:
        if np.abs(np.diag(matrix)).max(initial=0.0) > TOLERANCE:
            faults.append("the diagonal must be 0: a level does not differ from itself")
        if (matrix < 0.0).any():
            faults.append("no squared difference can be below 0")
    if faults:
        raise UsageError(_matrix_message("metric", faults, categories))
    return matrix


def _shape_faults(matrix: FloatArray, categories: FloatArray) -> list[str]:
    expected = (len(categories), len(categories))
    if matrix.shape != expected:
        return [f"its shape is {matrix.shape} where {expected} is needed"]
    if not np.isfinite(matrix).all():
        return ["it holds values that are not numbers"]
    if np.abs(matrix - matrix.T).max(initial=0.0) > TOLERANCE:
        return ["it must be symmetric: raters are not ordered"]
    return []


def _matrix_message(name: str, faults: list[str], categories: FloatArray) -> str:
    levels = ", ".join(f"{level:g}" for level in categories[:20])
    return f"{name}= as a matrix cannot be used: {'; '.join(faults)}. Levels in order: {levels}."
