"""Intraclass correlations and errors of measurement where scores are missing.

From variance components by REML (`variance`): the two-way forms from units crossed with raters,
the one-way forms from raters nested in units. Every score counts, also of units scored once, if
scores are missing by chance given those that are there. Where every score is there, REML equals the
mean squares of `icc` as long as no component is below 0.

The intervals are modified large-sample limits of the mean squares that the REML estimates imply
(`mean_squares.Limits`), an approximation; coverage in `benchmarks/studies/icc_coverage.csv`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.mean_squares import limits
from fidelity.statistics.variance import VarianceComponents, variance_components

FloatArray = npt.NDArray[np.float64]

#: By the number of the form: the design, and which components are error (the first is the units').
DESIGNS = {
    "1": ("r:p", (0.0, 1.0)),
    "2": ("p x r", (0.0, 1.0, 1.0)),
    "3": ("p x r", (0.0, 0.0, 1.0)),
}
HOW = "REML variance components, modified large-sample interval"


@dataclass(frozen=True)
class Studied:
    """The components of both designs, made once for all forms.

    Attributes:
        n: units with a score.
        k: harmonic mean of the scores a unit has: what a mean of raters rests on here.
        components: by design; or the reason why they cannot be had.
    """

    n: int
    k: float
    components: dict[str, VarianceComponents | str]

    @property
    def size(self) -> str:
        """The size of the design, in words."""
        return f"{self.n} units, {self.k:.3g} scores a unit (harmonic mean)"


def studied(scores: FloatArray, confidence: float, designs: tuple[str, ...]) -> Studied:
    """Estimate the components of an incomplete table of scores.

    Args:
        scores: (units, raters) scores, NaN where missing.
        confidence: of the intervals.
        designs: which designs to fit, of "r:p" and "p x r".

    Returns:
        The components.
    """
    unit, rater = np.nonzero(~np.isnan(scores))
    held = np.bincount(unit, minlength=len(scores))
    held = held[held > 0]
    components: dict[str, VarianceComponents | str] = {}
    for design in designs:
        try:
            components[design] = variance_components(
                {"p": unit, "r": rater}, scores[unit, rater], design=design, confidence=confidence
            )
        except UsageError as error:
            components[design] = str(error)
    k = len(held) / float((1.0 / held).sum()) if len(held) else math.nan
    return Studied(len(held), k, components)


def share(study: Studied, form: str, label: str, confidence: float) -> Estimate:
    """One form of the intraclass correlation: units' variance over units' and error's.

    Args:
        study: from `studied`.
        form: "ICC1" to "ICC3k".
        label: what the form is, in words.
        confidence: of the interval.

    Returns:
        The estimate. Components below 0 count as 0.
    """
    design, error = DESIGNS[form[3]]
    found = study.components[design]
    raters = study.k if form.endswith("k") else 1.0
    method = f"{form}, {label}; {HOW}, {study.size}, {confidence:.4g} confidence"
    if isinstance(found, str):
        return Estimate(math.nan, n=study.n, method=method, reason=found)
    values = np.maximum(found.values, 0.0)
    below = np.array(error) / raters
    total = values[0] + float(below @ values)
    if total <= 0.0:
        reason = "every rating is the same, so there is no variance to share out"
        return Estimate(math.nan, n=study.n, method=method, reason=reason)
    value = float(values[0] / total)
    if found.mean_squares is None:
        reason = "no interval: too few scores, or raters overlap too little"
        return Estimate(value, n=study.n, method=method, reason=reason)
    above = np.zeros(len(values))
    above[0] = 1.0
    lower, upper = limits(found.mean_squares, confidence).share(above, below)
    reason = "" if value > 0.0 else "0: these scores show no difference between units"
    return Estimate(
        value, lower=min(lower, value), upper=max(upper, value), n=study.n, method=method,
        reason=reason,
    )  # fmt: skip


def error_variance(study: Studied, form: str, confidence: float) -> tuple[float, float, float, str]:
    """The variance that counts as error in a form, its limits, and why a part is missing.

    Args:
        study: from `studied`.
        form: "1", "2" or "3".
        confidence: of the interval.

    Returns:
        Variance, lower and upper limit, reason.
    """
    design, error = DESIGNS[form]
    found = study.components[design]
    if isinstance(found, str):
        return math.nan, math.nan, math.nan, found
    value = float(np.array(error) @ np.maximum(found.values, 0.0))
    if found.mean_squares is None or value <= 0.0:
        reason = "no interval: too few scores, or raters overlap too little or never differ"
        return value, math.nan, math.nan, reason
    lower, upper = limits(found.mean_squares, confidence).combination(np.array(error))
    return value, min(max(lower, 0.0), value), max(upper, value), ""
