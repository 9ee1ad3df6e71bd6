"""Variance components from sums of squares: exact when balanced, and shareable.

Henderson's first method (1953, Biometrics 9:226), as urGENOVA does it (Brennan 2001, chapter 7):
for each effect the sum over its levels of total squared over count, and how much of each
component that sum is expected to hold. With one score in every cell these are the usual mean
squares. Authorities whose levels differ can add their sums without sharing any piece's or
rater's score; where an effect has very few levels the sums still say something of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fidelity.errors import UsageError
from fidelity.statistics.crossproducts import FloatArray
from fidelity.statistics.designs import Design, Levels
from fidelity.statistics.mean_squares import MeanSquares


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What a place needs to share.

    Attributes:
        design: the design.
        n: number of scores.
        total: sum of the scores less `origin`.
        origin: what was subtracted from every score before squaring; a whole number.
        squares: (e,) for each effect the sum over levels of (level total)^2 / count.
        counts: (e,) number of levels of each effect.
        shares: (e, e) sum over levels of the row's effect of (sum over the column's levels
            inside of count^2) / count.
        constant: (e,) sum over levels of count^2.
        balanced: whether every cell of the design holds one score.
    """

    design: Design
    n: int
    total: float
    origin: float
    squares: FloatArray
    counts: FloatArray
    shares: FloatArray
    constant: FloatArray
    balanced: bool

    def __add__(self, other: Sums) -> Sums:
        """Sums of two places that share no level of any facet.

        Raises:
            UsageError: the designs or the origins differ.
        """
        if self.design.formula != other.design.formula or self.origin != other.origin:
            raise UsageError(
                "Sums can be added for one design and one origin only: here "
                f"{self.design.formula!r} from {self.origin:g} and {other.design.formula!r} from "
                f"{other.origin:g}. Make both with the same `design=` and `origin=`."
            )
        return Sums(
            design=self.design,
            n=self.n + other.n,
            total=self.total + other.total,
            origin=self.origin,
            squares=self.squares + other.squares,
            counts=self.counts + other.counts,
            shares=self.shares + other.shares,
            constant=self.constant + other.constant,
            balanced=False,
        )

    @property
    def mean(self) -> float:
        """Mean of the scores."""
        return self.origin + self.total / self.n


def henderson_sums(found: Levels, origin: float | None = None) -> Sums:
    """Sum a study's scores.

    Args:
        found: the scores with their levels.
        origin: whole number near the mean, subtracted for exactness; all places must use the
            same. None for the rounded mean.
    """
    design = found.design
    zero = float(np.round(found.y.mean())) if origin is None else float(origin)
    y = found.y - zero
    names = design.names
    sizes = {name: np.bincount(c).astype(np.float64) for name, c in found.codes.items()}
    squares = [
        float((np.bincount(found.codes[name], weights=y) ** 2 / sizes[name]).sum())
        for name in names
    ]
    shares = np.empty((len(names), len(names)))
    for i, a in enumerate(design.effects):
        for j, b in enumerate(design.effects):
            # The cells in which levels of both effects meet are themselves an effect's levels.
            both = next(e.name for e in design.effects if e.facets == a.facets | b.facets)
            parent = np.zeros(found.counts[both], dtype=np.int64)
            parent[found.codes[both]] = found.codes[a.name]
            inside = sizes[both] ** 2
            shares[i, j] = (inside / sizes[a.name][parent]).sum()
    return Sums(
        design=design,
        n=len(y),
        total=float(y.sum()),
        origin=zero,
        squares=np.array(squares),
        counts=np.array([float(found.counts[name]) for name in names]),
        shares=shares,
        constant=np.array([float((sizes[name] ** 2).sum()) for name in names]),
        balanced=found.balanced,
    )


def henderson_mean_squares(sums: Sums) -> MeanSquares:
    """Mean squares and their expectations out of sums.

    Raises:
        UsageError: the sums leave no degree of freedom for an effect.
    """
    effects = sums.design.effects
    squares = np.empty(len(effects))
    df = np.empty(len(effects))
    expected = np.empty((len(effects), len(effects)))
    for i, effect in enumerate(effects):
        squares[i] = sums.squares[i] - sums.total**2 / sums.n
        df[i] = sums.counts[i] - 1.0
        expected[i] = sums.shares[i] - sums.constant / sums.n
        for j, other in enumerate(effects[:i]):
            if other.facets < effect.facets:
                squares[i] -= squares[j]
                df[i] -= df[j]
                expected[i] -= expected[j]
    # What is left of sums that cancel is rounding, not variance.
    squares[np.abs(squares) < 1e-12 * sums.squares[-1]] = 0.0
    if (df < 1.0).any():
        short = [e.name for e, d in zip(effects, df, strict=True) if d < 1.0]
        raise UsageError(
            f"Too few scores to estimate {', '.join(short)} in {sums.design.formula!r}: no degree "
            "of freedom is left. Score more pieces by more than one rater, or simplify the design."
        )
    if sums.balanced:
        expected = np.round(expected)
    return MeanSquares(
        effects=sums.design.names,
        values=squares / df,
        df=df,
        expected=expected / df[:, None],
    )
