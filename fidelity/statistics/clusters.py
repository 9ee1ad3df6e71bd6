"""Means, shares and ratios of pieces that come in clusters, with intervals that allow for it.

Two files of one worker are more alike than two files of two workers. An interval that counts
them as independent is too narrow. Here the variance is robust to any likeness within a cluster
(CR2, the bias-reduced sandwich) and the t quantile has the degrees of freedom of Satterthwaite,
which matter with few clusters.

Sources: Bell & McCaffrey 2002, Survey Methodology 28(2):169-181; Pustejovsky & Tipton 2018,
Journal of Business & Economic Statistics 36(4):672-683, equations 5 and 11, here for a mean
(the only regressor is a constant, so that the adjustment has a closed form); Korn & Graubard
1998, Survey Methodology 24(2):193-201 for shares; Cochran 1977, Sampling Techniques, sections
5A.2 (strata) and 6.3 (ratios).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
#: Under this number of clusters an interval is given, and said to rest on few.
FEW_CLUSTERS = 10
FEW = "few clusters"
TOO_FEW = "under 2 clusters: no interval"
NO_PIECES = "no pieces"


def cluster_mean(
    y: npt.ArrayLike,
    clusters: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Mean of pieces, with a cluster-robust (CR2) interval.

    Args:
        y: one value a piece, shape (n,); in the units of the scale.
        clusters: cluster of each piece, shape (n,); any labels.
        weights: sampling weight of each piece, shape (n,); 1 if not given.
        confidence: coverage of the interval.

    Returns:
        Estimate in the units of `y`, with `n` pieces. Under 2 clusters the interval is NaN.

    Source: Pustejovsky & Tipton 2018, equations 5 (CR2) and 11 (degrees of freedom), with
        identity working covariance.
    """
    y = np.asarray(y, dtype=np.float64)
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=np.float64)
    if y.size == 0:
        return Estimate(math.nan, n=0, method="mean", reason=NO_PIECES)
    mean = float(w @ y / w.sum())
    variance, df, m = _cr2(y - mean, w, clusters)
    return _interval(mean, variance, df, m, y.size, "mean, CR2", confidence)


def cluster_ratio(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    clusters: npt.ArrayLike,
    confidence: float = 0.95,
) -> Estimate:
    """Ratio of two sums over pieces, with a cluster-robust interval.

    Args:
        numerator: count of each piece, shape (n,).
        denominator: count of each piece, shape (n,); a piece may have 0.
        clusters: cluster of each piece, shape (n,).
        confidence: coverage of the interval.

    Returns:
        Estimate of sum(numerator) / sum(denominator); NaN where the divisor is 0.

    Source: linearised ratio, Cochran 1977, equation 6.13; CR2 on the linearised values.
    """
    top = np.asarray(numerator, dtype=np.float64)
    below = np.asarray(denominator, dtype=np.float64)
    total = float(below.sum())
    if total == 0:
        reason = "undefined: the divisor is 0" if top.size else NO_PIECES
        return Estimate(math.nan, n=int(top.size), method="ratio of sums", reason=reason)
    ratio = float(top.sum()) / total
    # A ratio is a mean weighted by the divisor; pieces with a divisor of 0 still add to the
    # numerator, so the linearised value stands for the residual of the weighted mean.
    variance, df, m = _cr2(top - ratio * below, np.ones_like(top), clusters, scale=total)
    return _interval(ratio, variance, df, m, int(top.size), "ratio of sums, CR2", confidence)


def cluster_share(
    yes: npt.ArrayLike,
    clusters: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Share of pieces for which something holds, with a Wilson interval on the effective n.

    The effective n is n over the design effect, never more than n. Where all pieces are alike
    the design effect cannot be seen in the data; it is taken as if the pieces of a cluster told
    no more than one, which is the cautious end.

    Args:
        yes: True or False of each piece, shape (n,).
        clusters: cluster of each piece, shape (n,).
        weights: sampling weight of each piece, shape (n,); 1 if not given.
        confidence: coverage of the interval.

    Returns:
        Estimate between 0 and 1. Under 2 clusters the interval is NaN.

    Source: Korn & Graubard 1998 (effective n); Wilson 1927, JASA 22:209-212, with a t quantile.
    """
    y = np.asarray(yes, dtype=np.float64)
    w = np.ones_like(y) if weights is None else np.asarray(weights, dtype=np.float64)
    n = int(y.size)
    if n == 0:
        return Estimate(math.nan, n=0, method="share", reason=NO_PIECES)
    p = float(w @ y / w.sum())
    variance, df, m = _cr2(y - p, w, clusters)
    if m < 2 or n < 2:
        return Estimate(p, n=n, method="share", clusters=m, reason=TOO_FEW)
    if variance > 0:
        effective = min(float(n), 1 + p * (1 - p) / variance)
    else:
        effective = w.sum() ** 2 / float((_totals(w, clusters) ** 2).sum())
        df = m - 1.0
    lower, upper = wilson(p, effective, _t(confidence, df))
    se = math.sqrt(variance)
    reason = FEW if m < FEW_CLUSTERS else ""
    return Estimate(p, se, lower, upper, n, "share, Wilson on n/deff", m, reason)


def wilson(p: float, n: float, quantile: float) -> tuple[float, float]:
    """Wilson's score interval of a share.

    Args:
        p: the share observed, between 0 and 1.
        n: number of observations, or their effective number.
        quantile: of the normal or t distribution, for instance 1.96.

    Source: Wilson 1927, JASA 22:209-212.
    """
    q2 = quantile**2 / n
    middle = (p + q2 / 2) / (1 + q2)
    half = quantile / (1 + q2) * math.sqrt(p * (1 - p) / n + q2 / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def stratified_mean(
    y: npt.ArrayLike,
    clusters: npt.ArrayLike,
    strata: Sequence[str] | npt.NDArray[np.object_],
    sizes: dict[str, int],
    confidence: float = 0.95,
) -> Estimate:
    """Mean of a stratified draw: strata weighted by their size, with finite-population correction.

    Args:
        y: one value a piece, shape (n,).
        clusters: cluster of each piece; one that spans strata counts once in each.
        strata: stratum of each piece, shape (n,).
        sizes: number of pieces in the population by stratum (the frame).
        confidence: coverage of the interval.

    Returns:
        Estimate for the whole frame. NaN if a stratum of the frame was not drawn at all.

    Source: Cochran 1977, equations 5.1 and 5.7, with the CR2 variance within each stratum and
        Satterthwaite's degrees of freedom over strata.
    """
    y, groups = np.asarray(y, dtype=np.float64), np.asarray(strata, dtype=object)
    labels = np.asarray(clusters)
    population = sum(sizes.values())
    parts = []
    for stratum, size in sizes.items():
        rows = groups == stratum
        if not rows.any():
            reason = f'nothing was drawn from stratum "{stratum}"'
            return Estimate(math.nan, n=int(y.size), method="stratified mean", reason=reason)
        inside = cluster_mean(y[rows], labels[rows], confidence=confidence)
        drawn = float(rows.sum())
        left = max(0.0, 1 - drawn / size)
        _, df, _ = _cr2(y[rows] - inside.value, np.ones(int(drawn)), labels[rows])
        parts.append((size / population, inside, left * inside.se**2 if left else 0.0, df))
    mean = sum(share * inside.value for share, inside, _, _ in parts)
    spread = [(share**2 * variance, df) for share, _, variance, df in parts]
    variance = sum(v for v, _ in spread)
    below = sum(v**2 / df for v, df in spread if v > 0)
    df = variance**2 / below if below else math.inf
    m = sum(inside.clusters for _, inside, _, _ in parts)
    return _interval(mean, variance, df, m, int(y.size), "stratified mean, CR2", confidence)


def welch(a: npt.ArrayLike, b: npt.ArrayLike, confidence: float = 0.95) -> Estimate:
    """Difference of two means, a minus b, with unequal variances.

    Args:
        a: values of the first group, shape (n,); NaN is left out.
        b: values of the second group, shape (m,); NaN is left out.
        confidence: coverage of the interval.

    Source: Welch 1947, Biometrika 34:28-35.
    """
    first, second = (np.asarray(x, dtype=np.float64) for x in (a, b))
    first, second = first[~np.isnan(first)], second[~np.isnan(second)]
    n = int(first.size + second.size)
    if min(first.size, second.size) < 2:
        return Estimate(math.nan, n=n, method="Welch", reason="under 2 values in a group")
    parts = [x.var(ddof=1) / x.size for x in (first, second)]
    variance = sum(parts)
    below = sum(v**2 / (x.size - 1) for v, x in zip(parts, (first, second), strict=True))
    df = variance**2 / below if below else math.inf
    difference = float(first.mean() - second.mean())
    result = _interval(difference, variance, df, n, n, "difference of means, Welch", confidence)
    return replace(result, clusters=0)


def _interval(
    value: float, variance: float, df: float, m: int, n: int, method: str, confidence: float
) -> Estimate:
    if m < 2 or math.isnan(variance):
        return Estimate(value, n=n, method=method, clusters=m, reason=TOO_FEW)
    se = math.sqrt(variance)
    half = _t(confidence, df) * se
    reason = FEW if m < FEW_CLUSTERS else ""
    return Estimate(value, se, value - half, value + half, n, method, m, reason)


def _totals(values: Floats, clusters: npt.ArrayLike) -> Floats:
    codes = _codes(clusters)
    totals: Floats = np.bincount(codes, values).astype(np.float64)
    return totals[np.bincount(codes) > 0]


def _codes(clusters: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Clusters as whole numbers from 0 on; such numbers are taken as they are."""
    labels = np.asarray(clusters)
    if labels.dtype == np.intp and (labels.size == 0 or labels.min() >= 0):
        return labels
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)


def _cr2(
    residuals: Floats, w: Floats, clusters: npt.ArrayLike, scale: float | None = None
) -> tuple[float, float, int]:
    """CR2 variance of a weighted mean, its degrees of freedom, and the number of clusters.

    With the constant as only regressor, the adjustment matrix of cluster g maps its weights to
    themselves times c = (1 - h)^(-1/2), where h is the cluster's share of the weights. The
    degrees of freedom are tr(G)^2 / sum(G^2), where G holds p_g' M M' p_k; G is a diagonal plus
    a matrix of rank two, so that no matrix of clusters by clusters is built.
    """
    codes = _codes(clusters)
    count = np.bincount(codes)
    held = count > 0
    total = float(w.sum())
    if (w == 1).all():  # sums of ones are counts, exactly
        weight = square = count[held].astype(np.float64)
    else:
        weight, square = (np.bincount(codes, v)[held].astype(np.float64) for v in (w, w**2))
    m = weight.size
    if m < 2:
        return math.nan, math.nan, m
    c = 1 / np.sqrt(1 - weight / total)
    u = np.bincount(codes, w * residuals)[held] * c
    variance = float((u**2).sum()) / (scale or total) ** 2
    s, r = weight * c / total, square * c / total**2
    d, kappa = square * c**2 / total**2, float((w**2).sum()) / total**2
    rank2 = -2 * s * r + kappa * s**2
    ss, rr, sr = float(s @ s), float(r @ r), float(s @ r)
    norm = 2 * ss * rr + 2 * sr**2 - 4 * kappa * ss * sr + kappa**2 * ss**2
    trace = float((d + rank2).sum())
    squares = float((d**2).sum()) + 2 * float(d @ rank2) + norm
    return variance, trace**2 / squares, m


def _t(confidence: float, df: float) -> float:
    from scipy import special  # heavy: only where an interval is asked for

    return (
        float(special.stdtrit(df, 0.5 + confidence / 2))
        if math.isfinite(df)
        else float(special.ndtri(0.5 + confidence / 2))
    )
