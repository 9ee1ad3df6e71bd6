"""Coefficients of agreement by loops over units and pairs of ratings, straight from the papers.

Slow and without any table: another route, against which the library's is held.
"""

from collections.abc import Callable, Sequence
from itertools import permutations
from math import isnan, nan, sqrt

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Levels = Sequence[float]
Coefficient = Callable[[Array, Levels, Array], float]


def rated(unit: Array) -> list[float]:
    return [float(level) for level in unit if not isnan(level)]


def ratio(agreement: float, chance: float) -> float:
    if isnan(agreement) or isnan(chance) or abs(1 - chance) < 1e-12:
        return nan
    return (agreement - chance) / (1 - chance)


def percent_agreement(x: Array, levels: Levels, weights: Array) -> float:
    place = {level: index for index, level in enumerate(levels)}
    shares = []
    for unit in x:
        pairs = list(permutations(rated(unit), 2))
        if pairs:
            shares.append(sum(weights[place[a], place[b]] for a, b in pairs) / len(pairs))
    return sum(shares) / len(shares) if shares else nan


def shares_of_levels(x: Array, levels: Levels) -> list[float]:
    units = [rated(unit) for unit in x if rated(unit)]
    return [sum(unit.count(level) / len(unit) for unit in units) / len(units) for level in levels]


def fleiss_kappa(x: Array, levels: Levels, weights: Array) -> float:
    if isnan(percent_agreement(x, levels, weights)):
        return nan
    share = shares_of_levels(x, levels)
    chance = sum(
        weights[k, m] * share[k] * share[m] for k in range(len(share)) for m in range(len(share))
    )
    return ratio(percent_agreement(x, levels, weights), chance)


def gwet_ac(x: Array, levels: Levels, weights: Array) -> float:
    q = len(levels)
    if q < 2 or isnan(percent_agreement(x, levels, weights)):
        return nan
    spread = sum(share * (1 - share) for share in shares_of_levels(x, levels))
    return ratio(percent_agreement(x, levels, weights), weights.sum() / (q * (q - 1)) * spread)


def brennan_prediger(x: Array, levels: Levels, weights: Array) -> float:
    return ratio(percent_agreement(x, levels, weights), weights.sum() / len(levels) ** 2)


def conger_kappa(x: Array, levels: Levels, weights: Array) -> float:
    used = []
    for rater in x.T:
        ratings = rated(rater)
        if ratings:
            used.append([ratings.count(level) / len(ratings) for level in levels])
    pairs = list(permutations(used, 2))
    if not pairs:
        return nan
    chance = sum(np.array(g) @ weights @ np.array(h) for g, h in pairs) / len(pairs)
    return ratio(percent_agreement(x, levels, weights), float(chance))


def cohen_kappa(x: Array, levels: Levels, weights: Array) -> float:
    both = np.array([unit for unit in x if len(rated(unit)) == 2]).reshape(-1, 2)
    return conger_kappa(both, levels, weights)


def krippendorff_alpha(metric: str) -> Coefficient:
    def alpha(x: Array, levels: Levels, weights: Array) -> float:
        units = [rated(unit) for unit in x if len(rated(unit)) >= 2]
        values = [value for unit in units for value in unit]
        n = len(values)
        if n == 0:
            return nan

        def difference(c: float, k: float) -> float:
            low, high = min(c, k), max(c, k)
            if metric == "nominal":
                return float(c != k)
            if metric == "interval":
                return (c - k) ** 2
            if metric == "ratio":
                return ((c - k) / (c + k)) ** 2 if c + k else 0.0
            between = sum(1 for value in values if low <= value <= high)
            ends = values.count(low) + values.count(high)
            return 0.0 if c == k else (between - ends / 2) ** 2

        observed = sum(
            sum(difference(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1)
            for unit in units
        )
        expected = sum(difference(a, b) for a, b in permutations(values, 2))
        return nan if expected == 0 else 1 - (n - 1) * observed / expected

    return alpha


def delete_one(
    coefficient: Coefficient,
    x: Array,
    levels: Levels,
    weights: Array,
    least: int,
    clusters: Sequence[str] | None = None,
) -> float:
    """The jackknife by computing again without each unit or cluster that enters."""
    entering = [index for index, unit in enumerate(x) if len(rated(unit)) >= least]
    groups = [[index] for index in entering]
    if clusters is not None:
        names = sorted({clusters[index] for index in entering})
        groups = [[index for index in entering if clusters[index] == name] for name in names]
    without = [coefficient(np.delete(x, group, axis=0), levels, weights) for group in groups]
    number = len(without)
    if number < 2:
        return nan
    mean = sum(without) / number
    return sqrt((number - 1) / number * sum((value - mean) ** 2 for value in without))
