"""Where the variance of scores lies: pieces, raters, items, and how they meet.

The estimates feed `d_study`: how far scores can be relied on with more raters or more pieces.
Intervals take effects as normal. Ratings in few levels are not, and the coverage study
(`benchmarks/studies/generalizability_coverage.py`) says what that costs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from fidelity.errors import UsageError
from fidelity.statistics.crossproducts import FloatArray
from fidelity.statistics.decision import NO_INTERVAL, Coefficients, DStudy, d_study
from fidelity.statistics.designs import Design, Levels, facet_sizes, levels, parse_design
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.henderson import Sums, henderson_mean_squares, henderson_sums
from fidelity.statistics.mean_squares import Limits, MeanSquares, from_covariance, limits
from fidelity.statistics.reml import CrossedREML, crossed_reml

__all__ = [
    "Coefficients",
    "DStudy",
    "Method",
    "VarianceComponents",
    "components_from_sums",
    "d_study",
    "variance_components",
]

Method = Literal["auto", "mean squares", "reml", "henderson"]

_NAMES = {
    "mean squares": "expected mean squares",
    "reml": "REML",
    "henderson": "Henderson's first method",
}
_INTERVAL = "modified large-sample interval (Ting et al. 1990), normal effects assumed"


@dataclass(frozen=True, slots=True, eq=False)
class VarianceComponents:
    """A generalizability study.

    Attributes:
        design: the design, with its effects.
        method: "mean squares", "reml" or "henderson".
        components: for each effect its variance, in squared units of the scores; `n` is the
            number of its levels. Negative values stand as they come; a lower limit under 0 is set
            to 0 unless the value itself is negative.
        mean: the mean score over all conditions; `n` is the number of scores.
        mean_squares: what the intervals rest on; None where there is too little.
        sizes: for each facet its number of levels within what it is nested in (mean).
        levels: for each effect its number of levels.
        n: number of scores used.
        n_missing: number of rows left out because something was missing.
        confidence: of the intervals.
        criterion: -2 log restricted likelihood; NaN unless by REML.
        notes: what a reader must know, in plain words.
    """

    design: Design
    method: str
    components: Mapping[str, Estimate]
    mean: Estimate
    mean_squares: MeanSquares | None
    sizes: Mapping[str, float]
    levels: Mapping[str, int]
    n: int
    n_missing: int
    confidence: float
    criterion: float = math.nan
    notes: tuple[str, ...] = field(default=())

    @property
    def values(self) -> FloatArray:
        """(e,) components in the order of the design's effects, negative ones as they come."""
        return np.array([self.components[name].value for name in self.design.names])


def variance_components(
    factors: Mapping[str, ArrayLike],
    y: ArrayLike,
    *,
    design: str,
    method: Method = "auto",
    confidence: float = 0.95,
) -> VarianceComponents:
    """Divide the variance of scores among the effects of a design.

    Args:
        factors: for each facet (n,) its level in each row, any sortable type. Labels of a
            nested facet may be used again in the next level of what it is nested in.
        y: (n,) scores; NaN is missing. Missing rows are left out and counted.
        design: for instance "p x r", "p x (r:t)", "(a:p) x r" (pieces a within practitioners p).
        method: "auto" takes mean squares where every cell holds one score, else REML.
            "henderson" gives what can be had from sums (`henderson_sums`).
        confidence: of the intervals.

    Raises:
        UsageError: the design cannot be read or does not fit the scores: a facet with one level,
            two scores in a cell, effects that cannot be told apart; the message says what to do.

    Source: Brennan 2001, Generalizability Theory, chapters 3 (expected mean squares) and 7
        (Henderson's first method, there the analogous-ANOVA procedure). REML: see
        `crossed_reml`. Intervals: see `mean_squares.Limits`; after REML the mean squares are
        those that the estimates and their information imply (`mean_squares.from_covariance`).
    """
    if not 0.0 < confidence < 1.0:
        raise UsageError(f"confidence is {confidence}; allowed: between 0 and 1, usually 0.95.")
    found = levels(parse_design(design), factors, y)
    if method == "auto":
        method = "mean squares" if found.balanced else "reml"
    if method == "mean squares" and not found.balanced:
        raise UsageError(
            f"Not every cell of {design!r} holds one score, so expected mean squares do not "
            "apply; use method='reml', or 'henderson' to work from sums."
        )
    if method == "reml":
        return _by_reml(found, confidence)
    sums = henderson_sums(found)
    return components_from_sums(sums, n_missing=found.n_missing, confidence=confidence)


def components_from_sums(
    sums: Sums, *, n_missing: int = 0, confidence: float = 0.95
) -> VarianceComponents:
    """Variance components from sums alone, of one place or of several added.

    Args:
        sums: from `henderson_sums`; `a + b` for places that share no level.
        n_missing: number of rows left out before summing.
        confidence: of the intervals. Exact mean squares if balanced; otherwise the mean squares
            are treated as if they were independent, which is an approximation.

    Raises:
        UsageError: no degree of freedom is left for an effect.

    Source: Henderson 1953, Biometrics 9:226, first method.
    """
    squares = henderson_mean_squares(sums)
    method = "mean squares" if sums.balanced else "henderson"
    notes = _notes(sums.design, squares.components, n_missing)
    if not sums.balanced:
        notes += ("Intervals treat mean squares of an incomplete design as independent.",)
    share = sums.constant / sums.n**2
    return _assembled(
        design=sums.design,
        method=method,
        components=squares.components,
        squares=squares if squares.usable else None,
        mean=sums.mean,
        mean_variance=float(share @ np.maximum(squares.components, 0.0)),
        share=share,
        counts={n: int(c) for n, c in zip(sums.design.names, sums.counts, strict=True)},
        n=sums.n,
        n_missing=n_missing,
        confidence=confidence,
        notes=notes,
    )


def _by_reml(found: Levels, confidence: float) -> VarianceComponents:
    """REML with the finest effect as residual."""
    design = found.design
    names = design.names
    fit = crossed_reml(found.y, {name: found.codes[name] for name in names[:-1]})
    values = np.array([float(fit.variances[n][0, 0]) for n in names[:-1]] + [fit.residual])
    squares = from_covariance(names, values, fit.covariance())
    notes = _notes(design, values, found.n_missing) + _zero_notes(fit) + _group_notes(found)
    share = (
        np.array(
            [float((np.bincount(found.codes[n]).astype(np.float64) ** 2).sum()) for n in names]
        )
        / len(found.y) ** 2
    )
    return _assembled(
        design=design,
        method="reml",
        components=values,
        squares=squares if squares is not None and squares.usable else None,
        mean=float(fit.coefficients[0]),
        mean_variance=float(fit.coefficient_covariance[0, 0]),
        share=share,
        counts=dict(found.counts),
        n=fit.n,
        n_missing=found.n_missing,
        confidence=confidence,
        notes=notes + ((fit.reason,) if fit.reason else ()),
        criterion=fit.criterion,
    )


def _assembled(
    *,
    design: Design,
    method: str,
    components: FloatArray,
    squares: MeanSquares | None,
    mean: float,
    mean_variance: float,
    share: FloatArray,
    counts: Mapping[str, int],
    n: int,
    n_missing: int,
    confidence: float,
    notes: tuple[str, ...],
    criterion: float = math.nan,
) -> VarianceComponents:
    """Put intervals to the numbers."""
    ranges = limits(squares, confidence) if squares else None
    units = np.eye(len(design.names))
    label = f"variance component by {_NAMES[method]}; {_INTERVAL}; n = levels"
    return VarianceComponents(
        design=design,
        method=method,
        components={
            name: _component(float(value), unit, ranges, counts[name], label)
            for name, value, unit in zip(design.names, components, units, strict=True)
        },
        mean=_average(mean, mean_variance, share, ranges, n, method, confidence),
        mean_squares=squares,
        sizes=facet_sizes(design, counts),
        levels=dict(counts),
        n=n,
        n_missing=n_missing,
        confidence=confidence,
        criterion=criterion,
        notes=notes,
    )


def _component(
    value: float, unit: FloatArray, ranges: Limits | None, n: int, method: str
) -> Estimate:
    """One component with its interval, or with the reason why it has none."""
    lower, upper = ranges.combination(unit) if ranges else (math.nan, math.nan)
    if ranges is None or not upper > lower:
        return Estimate(value, n=n, method=method, reason=NO_INTERVAL)
    if value >= 0.0:
        lower = max(lower, 0.0)
    se = ranges.squares.se(unit)
    return Estimate(value, se, lower, upper, n=n, method=method, reason=_zero_reason(value))


def _average(
    mean: float,
    variance: float,
    share: FloatArray,
    ranges: Limits | None,
    n: int,
    method: str,
    confidence: float,
) -> Estimate:
    """The mean score; `share` is how much of each component its variance holds."""
    from scipy.special import stdtrit

    label = f"mean by {_NAMES[method]}; t interval, Satterthwaite df, 1 at least; n = scores"
    if ranges is None or not variance > 0.0:
        return Estimate(mean, n=n, method=label, reason=NO_INTERVAL)
    se = math.sqrt(variance)
    df = max(ranges.squares.satterthwaite(share), 1.0)
    spread = float(stdtrit(df, (1.0 + confidence) / 2.0)) * se
    return Estimate(mean, se, mean - spread, mean + spread, n=n, method=label)


def _zero_reason(value: float) -> str:
    if value < 0.0:
        return "negative estimate: read as no variance that these scores can show"
    return "estimated as 0: no variance that these scores can show" if value == 0.0 else ""


def _notes(design: Design, values: FloatArray, n_missing: int) -> tuple[str, ...]:
    negative = [name for name, v in zip(design.names, values, strict=True) if v < 0.0]
    out = []
    if negative:
        out.append(
            f"Negative estimate for {', '.join(negative)}: reported as it is, and set to 0 inside "
            "coefficients."
        )
    if n_missing:
        out.append(f"{n_missing} rows were left out because a score or a level was missing.")
    return tuple(out)


def _zero_notes(fit: CrossedREML) -> tuple[str, ...]:
    if not fit.at_zero:
        return ()
    return (f"Estimated as 0, its lowest possible value: {', '.join(fit.at_zero)}.",)


def _group_notes(found: Levels) -> tuple[str, ...]:
    """Say where crossed facets fall into groups that never meet."""
    from scipy import sparse

    mains = [e for e in found.design.effects if len(e.main) == 1]
    out = []
    for i, a in enumerate(mains):
        for b in mains[i + 1 :]:
            if a.facets & b.facets:
                continue
            x, z = found.codes[a.name], found.codes[b.name] + found.counts[a.name]
            size = found.counts[a.name] + found.counts[b.name]
            graph = sparse.coo_array((np.ones(len(x)), (x, z)), shape=(size, size))
            groups = sparse.csgraph.connected_components(graph, directed=False)[0]
            if groups > 1:
                out.append(
                    f"{a.name} and {b.name} fall into {groups} groups that never meet: levels "
                    "of different groups cannot be compared free of the other facet."
                )
    return tuple(out)
