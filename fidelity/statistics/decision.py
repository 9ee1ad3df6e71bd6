"""Decision studies: how far scores can be relied on with more raters or more pieces.

Brennan (2001), Generalizability Theory, chapters 1, 2 and 4. The universe score is what a piece
(or practitioner, or team) would score over all raters; relative error is what disturbs
comparisons, absolute error what disturbs the score itself.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fidelity.errors import UsageError
from fidelity.statistics.classification import Classification, same_band
from fidelity.statistics.crossproducts import FloatArray
from fidelity.statistics.designs import Design, parse_design
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.mean_squares import Limits, limits

if TYPE_CHECKING:
    from fidelity.statistics.variance import VarianceComponents

#: Most combinations of sizes in one study.
MAX_ROWS = 10_000

NO_INTERVAL = "no interval: too few scores, or too little overlap or variation among them"
_ONE_BAND = "by this estimate every score falls into one band"
_SHARE = "interval by inverted modified large-sample limits (Ting et al. 1990)"

#: What one condition, or one meeting of conditions, costs; or a function of the sizes.
Cost = Mapping[str | tuple[str, ...], float] | Callable[[Mapping[str, int]], float]


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """What one set of conditions would give.

    Attributes:
        sizes: number of conditions of each facet.
        universe: variance of universe scores.
        relative_error: variance of relative error, sigma^2(delta).
        absolute_error: variance of absolute error, sigma^2(Delta).
        generalizability: E rho^2, for comparisons between the measured.
        dependability: Phi, for the score itself.
        cost: in the units of the prices; NaN where no prices were given.
        consistency: share that two independent scorings would put on the same side of the cuts.
        accuracy: share that one scoring puts on the side where the universe score is.
        kappa: consistency beyond what chance alone gives.
    """

    sizes: Mapping[str, int]
    universe: Estimate
    relative_error: Estimate
    absolute_error: Estimate
    generalizability: Estimate
    dependability: Estimate
    cost: float = math.nan
    consistency: Estimate | None = None
    accuracy: Estimate | None = None
    kappa: Estimate | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DStudy:
    """A decision study: one row for each combination of sizes.

    Attributes:
        rows: in the order of the grid, the last facet changing fastest.
        design: formula of the decision study's design.
        measured: the object of measurement.
        fixed: facets whose conditions are all there is.
        cuts: scores at which the scale is cut; empty where none were given.
        notes: what a reader must know.
    """

    rows: tuple[Coefficients, ...]
    design: str
    measured: str
    fixed: tuple[str, ...]
    cuts: tuple[float, ...]
    notes: tuple[str, ...]

    def cheapest(
        self, least: float, *, coefficient: str = "dependability", sure: bool = False
    ) -> Coefficients | None:
        """The row of least cost whose coefficient reaches `least`; None if no row does.

        Args:
            least: the coefficient wanted; which value is enough is a convention.
            coefficient: "dependability" or "generalizability".
            sure: ask it of the lower limit instead of the estimate.

        Raises:
            UsageError: an unknown coefficient, or no prices were given.
        """
        if coefficient not in ("dependability", "generalizability"):
            raise UsageError(
                f"coefficient={coefficient!r}; allowed: 'dependability', 'generalizability'."
            )
        if any(math.isnan(row.cost) for row in self.rows):
            raise UsageError("Give d_study prices (cost=) to ask for the cheapest.")

        def reached(row: Coefficients) -> float:
            found: Estimate = getattr(row, coefficient)
            return found.lower if sure else found.value

        enough = [row for row in self.rows if reached(row) >= least]
        return min(enough, key=lambda row: (row.cost, -reached(row))) if enough else None


def d_study(
    components: VarianceComponents,
    sizes: Mapping[str, int | Sequence[int]] | None = None,
    *,
    measured: str | None = None,
    design: str | None = None,
    fixed: Sequence[str] = (),
    cost: Cost | None = None,
    cuts: Sequence[float] = (),
) -> DStudy:
    """Coefficients, with intervals and cost, over a grid of numbers of conditions.

    Args:
        components: from `variance_components`.
        sizes: for each facet but the measured one a number of conditions or several (within what
            it is nested in); those left out stay as observed (rounded).
        measured: the object of measurement; None for the first facet of the design.
        design: another arrangement of the same facets, for instance "r:p" (each piece has raters
            of its own) after a study "p x r"; None for the study's own.
        fixed: facets not generalised over, for instance the items of a rubric.
        cost: price of each condition or combination, for instance {"r": 2.0, ("a", "r"): 0.5}
            (each rater trained, each piece scored by each rater), or a function of the sizes.
        cuts: scores at which the scale is cut into bands, in the units of the scores.

    Raises:
        UsageError: unknown facets, sizes under 1, too large a grid, another set of facets.

    Source: Brennan 2001, chapters 2 (one facet) and 4 (several; fixed facets); with another
        design, components that become confounded are added. Negative components count as 0.
        Intervals by `mean_squares.Limits.share`. Consistency: see
        `classification.same_band`.
    """
    study = components.design
    arrangement = parse_design(design) if design else study
    measured = measured or study.facets[0]
    grid = _grid(components, arrangement, measured, fixed, sizes or {})
    basis = _Basis.of(components, measured)
    edges = tuple(sorted(float(c) for c in cuts))
    rows = []
    for chosen in grid:
        parts = _parts(study, arrangement, measured, frozenset(fixed), chosen)
        rows.append(_row(basis, components.mean.value, parts, chosen, cost, edges))
    return DStudy(
        rows=tuple(rows),
        design=arrangement.formula,
        measured=measured,
        fixed=tuple(fixed),
        cuts=edges,
        notes=components.notes,
    )


def _grid(
    components: VarianceComponents,
    arrangement: Design,
    measured: str,
    fixed: Sequence[str],
    sizes: Mapping[str, int | Sequence[int]],
) -> list[dict[str, int]]:
    """Every combination of sizes, checked."""
    facets = components.design.facets
    faults = []
    if set(arrangement.facets) != set(facets):
        faults.append(
            f"the design {arrangement.formula!r} has other facets than the study's "
            f"{components.design.formula!r}"
        )
    unknown = sorted((set(sizes) | set(fixed) | {measured}) - set(facets))
    if unknown:
        faults.append(f"{', '.join(unknown)} is no facet of the study ({', '.join(facets)})")
    if measured in sizes or measured in fixed:
        faults.append(f"{measured} is what is measured: it has no size and is not fixed")
    choices: dict[str, list[int]] = {}
    for facet in facets:
        if facet != measured:
            given = sizes.get(facet, max(1, round(components.sizes.get(facet, 1.0))))
            asked = np.atleast_1d(np.asarray(given, dtype=np.float64))
            choices[facet] = [int(s) for s in asked]
            if not len(asked) or asked.min() < 1 or (asked % 1 != 0).any():
                faults.append(f"sizes of {facet} are {given}; allowed: whole numbers from 1")
    n_rows = math.prod(len(c) for c in choices.values())
    if n_rows > MAX_ROWS:
        faults.append(f"the grid has {n_rows:,} rows; allowed: {MAX_ROWS:,}")
    if faults:
        raise UsageError("The decision study cannot be made: " + "; ".join(faults) + ".")
    return [
        dict(zip(choices, combination, strict=True))
        for combination in itertools.product(*choices.values())
    ]


def _parts(
    study: Design,
    arrangement: Design,
    measured: str,
    fixed: frozenset[str],
    sizes: Mapping[str, int],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients of the components in universe score, relative and absolute error."""
    objects = arrangement.closed(frozenset([measured]))
    universe, relative, absolute = (np.zeros(len(study.effects)) for _ in range(3))
    for k, effect in enumerate(study.effects):
        facets = arrangement.closed(effect.facets)
        conditions = facets - objects
        share = 1.0 / math.prod(sizes[f] for f in conditions)
        concerns = bool(facets & objects)
        if conditions <= fixed:
            # Conditions that never change are part of what is measured, or of the mean.
            universe[k] = share if concerns else 0.0
        else:
            absolute[k] = share
            relative[k] = share if concerns else 0.0
    return universe, relative, absolute


@dataclass(frozen=True, slots=True, eq=False)
class _Basis:
    """What every number of a decision study rests on.

    Attributes:
        values: (e,) components, negative ones as 0.
        ranges: for intervals; None where there can be none.
        n: number of levels of what is measured.
        method: how the components were estimated.
        reason: what a reader must know of every number.
    """

    values: FloatArray
    ranges: Limits | None
    n: int
    method: str
    reason: str

    @classmethod
    def of(cls, components: VarianceComponents, measured: str) -> _Basis:
        """Rest on a study's components."""
        study, squares = components.design, components.mean_squares
        objects = study.closed(frozenset([measured]))
        negative = bool((components.values < 0.0).any())
        return cls(
            values=np.maximum(components.values, 0.0),
            ranges=limits(squares, components.confidence) if squares else None,
            n=next(components.levels[e.name] for e in study.effects if e.facets == objects),
            method=f"components by {components.method}",
            reason="negative components counted as 0" if negative else "",
        )

    def variance(self, weights: FloatArray, name: str) -> Estimate:
        """A sum of components."""
        value, method = float(weights @ self.values), f"{name}, {self.method}"
        lower, upper = self.ranges.combination(weights) if self.ranges else (math.nan, math.nan)
        if self.ranges is None or not upper > lower:
            return Estimate(value, n=self.n, method=method, reason=NO_INTERVAL)
        se = self.ranges.squares.se(weights)
        lower, upper = min(max(lower, 0.0), value), max(upper, value)
        return Estimate(value, se, lower, upper, self.n, method, reason=self.reason)

    def coefficient(self, universe: FloatArray, error: FloatArray, name: str) -> Estimate:
        """Universe score variance over itself plus error."""
        above, below = float(universe @ self.values), float(error @ self.values)
        method = f"{name}, {self.method}; {_SHARE}"
        if not error.any():
            reason = "every facet is fixed: no error"
            return Estimate(math.nan, n=self.n, method=method, reason=reason)
        if above + below <= 0.0:
            return Estimate(math.nan, n=self.n, method=method, reason="the scores do not vary")
        value = above / (above + below)
        lower, upper = self.ranges.share(universe, error) if self.ranges else (math.nan, math.nan)
        if self.ranges is None or not upper > lower:
            return Estimate(value, n=self.n, method=method, reason=NO_INTERVAL)
        # By the delta method; the interval does not use it.
        slope = (below * universe - above * error) / (above + below) ** 2
        se = self.ranges.squares.se(slope)
        lower, upper = min(lower, value), max(upper, value)
        return Estimate(value, se, lower, upper, self.n, method, reason=self.reason)


def _row(
    basis: _Basis,
    mean: float,
    parts: tuple[FloatArray, FloatArray, FloatArray],
    sizes: Mapping[str, int],
    cost: Cost | None,
    cuts: tuple[float, ...],
) -> Coefficients:
    """One row: estimates, intervals, cost, and what the cuts would do."""
    universe, relative, absolute = parts
    dependability = basis.coefficient(universe, absolute, "Phi")
    sd = math.sqrt(float((universe + absolute) @ basis.values))
    banding = _banding(dependability, mean, sd, cuts) if cuts else (None, None, None)
    return Coefficients(
        sizes=sizes,
        universe=basis.variance(universe, "universe score variance"),
        relative_error=basis.variance(relative, "relative error variance"),
        absolute_error=basis.variance(absolute, "absolute error variance"),
        generalizability=basis.coefficient(universe, relative, "E rho^2"),
        dependability=dependability,
        cost=_price(cost, sizes),
        consistency=banding[0],
        accuracy=banding[1],
        kappa=banding[2],
    )


def _banding(
    dependability: Estimate, mean: float, sd: float, cuts: tuple[float, ...]
) -> tuple[Estimate, Estimate, Estimate]:
    """Consistency, accuracy and kappa, with the limits of Phi carried through."""
    at = [
        same_band(cuts, mean, sd, phi)
        if not math.isnan(phi)
        else Classification(math.nan, math.nan, math.nan)
        for phi in (dependability.value, dependability.lower, dependability.upper)
    ]
    method = "normal theory (Peng & Subkoviak 1980); limits of Phi, mean and spread as estimated"
    return tuple(  # type: ignore[return-value]
        Estimate(
            at[0][k],
            lower=min(at[1][k], at[2][k]),
            upper=max(at[1][k], at[2][k]),
            n=dependability.n,
            method=f"{name}, {method}",
            reason=dependability.reason or (_ONE_BAND if math.isnan(at[0][k]) else ""),
        )
        for k, name in enumerate(("consistency", "accuracy", "kappa"))
    )


def _price(cost: Cost | None, sizes: Mapping[str, int]) -> float:
    """Total price of one set of conditions."""
    if cost is None:
        return math.nan
    if callable(cost):
        return float(cost(sizes))
    total = 0.0
    for key, price in cost.items():
        facets = (key,) if isinstance(key, str) else key
        unknown = [f for f in facets if f not in sizes]
        if unknown:
            raise UsageError(
                f"A price is given for {', '.join(unknown)}; allowed: {', '.join(sizes)}, or a "
                "tuple of them."
            )
        total += price * math.prod(sizes[f] for f in facets)
    return total
