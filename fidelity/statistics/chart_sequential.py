"""EWMA and CUSUM: charts that remember, for slow slides that single points do not show.

A Shewhart chart judges each point alone, and its run rules a few together. These two add up what
points have to say: the exponentially weighted mean forgets slowly, the cumulative sum counts how
far points lie beyond a tolerated slack. Both find a lasting small shift sooner and a single odd
month later.

Sources: Roberts 1959, Technometrics 1:239; Page 1954, Biometrika 41:100; Montgomery 2013, chapter
9: equations 9.22 to 9.26 (EWMA), 9.2 and 9.3 (tabular CUSUM).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.statistics.chart_phases import Floats, points
from fidelity.statistics.charts import Chart, xmr

#: Average run length of about 500 points without change: weight .2 with limits at 2.962 sigma
#: (Lucas & Saccucci 1990, Technometrics 32:1; Montgomery 2013, Table 9.11).
WEIGHT, WIDTH = 0.2, 2.962
#: Average run length of about 370 points without change: slack .5, limit 4.77 sigma (Hawkins 1993,
#: Journal of Quality Technology 25:248; Montgomery 2013, Table 9.4).
SLACK, LIMIT = 0.5, 4.77
EWMA, CUSUM = "weighted mean outside its limits", "cumulative sum outside its limits"


@dataclass(frozen=True, eq=False)
class Sums(Chart):
    """A CUSUM chart: `y` is the sum upwards; beside it stands the sum downwards.

    Attributes:
        down: the sum downwards, counted from 0 below; shape (..., T).
    """

    down: Floats | None = None


def ewma(
    y: npt.ArrayLike,
    *,
    center: npt.ArrayLike | None = None,
    sigma: npt.ArrayLike | None = None,
    weight: float = WEIGHT,
    width: float = WIDTH,
    baseline: npt.ArrayLike | None = None,
    parts: Sequence[int] = (),
) -> Chart:
    """Exponentially weighted moving average.

    Args:
        y: the points, shape (..., T).
        center: known mean, shape (...); that of the baseline if not given.
        sigma: known standard deviation, shape (...); from the moving ranges of the baseline, as
            in `xmr`, if not given.
        weight: of the newest point, above 0 and at most 1 (the source's lambda).
        width: limits in standard deviations of the weighted mean (the source's L).
        baseline: True for points that center and sigma rest on; all if not given.
        parts: positions at which it begins anew, with a center and sigma of its own.

    Returns:
        `Chart` of the weighted mean: `y` is its value after each point. A missing point leaves it
        as it was.

    Source: Montgomery 2013, equations 9.22, 9.25 and 9.26 (exact limits, not the steady ones).
    """
    y = points(y)
    mu, s, n = _known(y, center, sigma, baseline, parts)
    known = ~np.isnan(y)
    z, reach = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
    for t in range(y.shape[-1]):
        if t == 0 or t in parts:
            held, count = mu[..., t], np.zeros(y.shape[:-1])
        count = count + known[..., t]
        held = np.where(known[..., t], weight * y[..., t] + (1 - weight) * held, held)
        z[..., t] = np.where(known[..., t], held, np.nan)
        share = weight / (2 - weight) * (1 - (1 - weight) ** (2 * count))
        reach[..., t] = width * s[..., t] * np.sqrt(share)
    above, below = z > mu + reach, z < mu - reach
    about = {"chart": "ewma", "weight": weight, "width": width, "parts": list(parts)}
    return Chart(
        z, mu, mu - reach, mu + reach, reach, {EWMA: above | below},
        above.astype(np.int8) - below, n, about,
    )  # fmt: skip


def cusum(
    y: npt.ArrayLike,
    *,
    center: npt.ArrayLike | None = None,
    sigma: npt.ArrayLike | None = None,
    slack: float = SLACK,
    limit: float = LIMIT,
    baseline: npt.ArrayLike | None = None,
    parts: Sequence[int] = (),
) -> Sums:
    """Tabular cumulative sums, upwards and downwards.

    Args:
        y: the points, shape (..., T).
        center: known mean, shape (...); that of the baseline if not given.
        sigma: known standard deviation, shape (...); from moving ranges if not given.
        slack: deviations up to this many sigma are not counted: half the shift to be found soon
            (the source's k).
        limit: sums beyond this many sigma are flagged (the source's h).
        baseline: True for points that center and sigma rest on; all if not given.
        parts: positions at which it begins anew, with a center and sigma of its own.

    Returns:
        `Sums` in the units of the data, with center 0. Sums go on after a flag; the run of flags
        ends when they come back within the limit.

    Source: Montgomery 2013, equations 9.2 and 9.3.
    """
    y = points(y)
    mu, s, n = _known(y, center, sigma, baseline, parts)
    K, H = slack * s, limit * s
    up, down = np.zeros(y.shape), np.zeros(y.shape)
    for t in range(y.shape[-1]):
        if t == 0 or t in parts:
            high = low = np.zeros(y.shape[:-1])
        d, known = np.nan_to_num(y[..., t] - mu[..., t]), ~np.isnan(y[..., t])
        high = np.where(known, np.maximum(0.0, d - K[..., t] + high), high)
        low = np.where(known, np.maximum(0.0, -d - K[..., t] + low), low)
        up[..., t], down[..., t] = high, low
    above, below = up > H, down > H
    about = {"chart": "cusum", "slack": slack, "limit": limit, "parts": list(parts)}
    return Sums(
        up, np.zeros(y.shape), -H, H, H, {CUSUM: above | below},
        above.astype(np.int8) - below, n, about, down=down,
    )  # fmt: skip


def _known(
    y: Floats, center: npt.ArrayLike | None, sigma: npt.ArrayLike | None,
    baseline: npt.ArrayLike | None, parts: Sequence[int],
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:  # fmt: skip
    """Mean and standard deviation at each point, and how many points they rest on."""
    found = xmr(y, baseline=baseline, parts=parts, rules="shewhart")
    mu = found.center if center is None else _laid(center, y.shape)
    s = found.reach / 3 if sigma is None else _laid(sigma, y.shape)
    return mu, s, found.n_limits


def _laid(value: npt.ArrayLike, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(np.asarray(value, np.float64)[..., None], shape)
