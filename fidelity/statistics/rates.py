"""Counts over what they were counted in, with exact Poisson limits.

Source: Garwood 1936, Biometrika 28(3/4):437-442; in the chi-square form of Ulm 1990, American
Journal of Epidemiology 131(2):373-375.
"""

from __future__ import annotations

import math

import numpy as np

from fidelity.errors import UsageError
from fidelity.statistics.estimate import Estimate

METHOD = "rate, exact Poisson"


def poisson_rate(events: float, exposure: float, confidence: float = 0.95) -> Estimate:
    """Events for each unit of exposure.

    The limits suppose that events come independently and at one pace. Where some people or months
    have many and others few, they are too narrow; rows of single people go through
    `clusters.cluster_ratio` instead.

    Args:
        events: how many were counted, a whole number from 0 on.
        exposure: what they were counted in, such as posts or months, above 0.
        confidence: coverage of the interval.

    Returns:
        Estimate in events a unit; `n` is the number of events.

    Raises:
        UsageError: events below 0 or not whole, or an exposure that is not above 0.
    """
    from scipy.special import chdtri

    if events < 0 or not float(events).is_integer() or not exposure > 0:
        raise UsageError(
            f"events={events}, exposure={exposure}; allowed: a whole number of events from 0 on, "
            "and an exposure above 0."
        )
    tail = (1 - confidence) / 2
    lower = chdtri(2 * events, 1 - tail) / 2 if events else 0.0
    upper = chdtri(2 * events + 2, tail) / 2
    se = math.sqrt(events) / exposure if events else math.nan
    return Estimate(
        events / exposure, se, float(np.float64(lower) / exposure), float(upper / exposure),
        int(events), METHOD,
    )  # fmt: skip
