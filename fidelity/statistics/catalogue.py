"""Every coefficient of agreement by the name of its function.

A new coefficient is one definition (`coefficients`, `alpha`), one maker here and one entry in
`COEFFICIENTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.alpha import alpha_fixed, alpha_interval, alpha_ordinal
from fidelity.statistics.coefficients import Coefficient, conger, exchangeable
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.patterns import Patterns
from fidelity.statistics.uncertainty import Asked, estimates
from fidelity.statistics.weights import MetricName, WeightName, distance_matrix, weight_matrix

Weights = WeightName | npt.ArrayLike
Metric = MetricName | npt.ArrayLike


def _percent(patterns: Patterns, weights: Weights) -> Coefficient:
    matrix, name = weight_matrix(weights, patterns.categories)
    return exchangeable(f"percent agreement ({name} weights)", matrix, "none", 0.0)


def _fleiss(patterns: Patterns, weights: Weights) -> Coefficient:
    matrix, name = weight_matrix(weights, patterns.categories)
    return exchangeable(f"Fleiss' kappa ({name} weights)", matrix, "fleiss")


def _brennan_prediger(patterns: Patterns, weights: Weights) -> Coefficient:
    matrix, name = weight_matrix(weights, patterns.categories)
    return exchangeable(f"Brennan-Prediger ({name} weights)", matrix, "uniform")


def _gwet(patterns: Patterns, weights: Weights) -> Coefficient:
    matrix, name = weight_matrix(weights, patterns.categories)
    label = "AC1" if name == "identity" else f"AC2 ({name} weights)"
    return exchangeable(f"Gwet's {label}", matrix, "gwet")


def _cohen(patterns: Patterns, weights: Weights) -> Coefficient:
    raters = _raters(patterns)
    if raters != 2:
        raise UsageError(f"cohen_kappa is for two raters, here are {raters}. Use conger_kappa.")
    matrix, name = weight_matrix(weights, patterns.categories)
    return conger(f"Cohen's kappa ({name} weights)", matrix, 2, complete=True)


def _conger(patterns: Patterns, weights: Weights) -> Coefficient:
    raters = _raters(patterns)
    matrix, name = weight_matrix(weights, patterns.categories)
    return conger(f"Conger's kappa ({name} weights)", matrix, raters, complete=False)


def _alpha(patterns: Patterns, metric: Metric) -> Coefficient:
    if isinstance(metric, str) and metric == "interval" and patterns.ordered:
        label = "Krippendorff's alpha (interval metric)"
        return alpha_interval(label, patterns.categories)
    levels = patterns.unordered().categories
    distance, name = distance_matrix(metric, levels)
    label = f"Krippendorff's alpha ({name} metric)"
    if distance is None:
        return alpha_ordinal(label, len(levels))
    return alpha_fixed(label, distance)


def _raters(patterns: Patterns) -> int:
    if not patterns.ordered:
        raise UsageError(
            "This table of patterns does not say who rated what, which Cohen's and Conger's kappa "
            "need. Make it with ordered=True, or use fleiss_kappa."
        )
    return int(patterns.vectors.shape[1])


#: Every coefficient by the name of its function.
COEFFICIENTS: dict[str, Callable[[Patterns, Any], Coefficient]] = {
    "percent_agreement": _percent,
    "cohen_kappa": _cohen,
    "conger_kappa": _conger,
    "fleiss_kappa": _fleiss,
    "brennan_prediger": _brennan_prediger,
    "gwet_ac": _gwet,
    "krippendorff_alpha": _alpha,
}

#: Those that need to know who rated what.
NAMED = {"cohen_kappa", "conger_kappa"}


def answer(
    name: str,
    weights: Weights | Metric,
    x: npt.ArrayLike | None,
    categories: npt.ArrayLike | None,
    clusters: npt.ArrayLike | None,
    patterns: Patterns | None,
    asked: Asked,
) -> list[Estimate]:
    """Tabulate the ratings as the coefficient needs them, and estimate it.

    Args:
        name: of the function, a key of `COEFFICIENTS`.
        weights: its weights; for alpha its metric.
        x: (units, raters) or (items, units, raters) levels; None where `patterns` is given.
        categories: the levels of the scale; None takes those observed.
        clusters: (units,) the cluster of each unit.
        patterns: a table made before.
        asked: how the uncertainty is to be had.

    Returns:
        One estimate an item.

    Raises:
        UsageError: if what is given does not fit together or cannot be used.
    """
    if patterns is None:
        if x is None:
            raise UsageError(f"{name} needs ratings: an array (units, raters), or patterns=.")
        # The interval metric needs the values, not how often each occurs.
        measured = isinstance(weights, str) and weights == "interval"
        named = name in NAMED or (name == "krippendorff_alpha" and measured)
        patterns = Patterns.from_ratings(x, categories=categories, clusters=clusters, ordered=named)
    elif x is not None or categories is not None or clusters is not None:
        raise UsageError(
            "patterns= holds the ratings, the levels and the clusters already: "
            "give it alone, or give x=."
        )
    coefficient = COEFFICIENTS[name](patterns, weights)
    return estimates(coefficient, patterns if coefficient.named else patterns.unordered(), asked)
