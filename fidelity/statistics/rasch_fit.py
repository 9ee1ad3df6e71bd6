"""How well ratings fit a many-facet Rasch model, and how far it tells elements apart.

Where the persons' measures are not points but distributions (marginal analysis), every statistic
is averaged over each person's posterior (Wu 1997; Adams & Wu 2007): mean squares at shrunken point
estimates would be too small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fidelity.statistics.estimate import Estimate
from fidelity.statistics.rasch_design import (
    BoolArray,
    FloatArray,
    IntArray,
    Responses,
    add_up,
)
from fidelity.statistics.rasch_levels import Persons, blocks_of, difficulty_of_rows, moments


@dataclass(frozen=True)
class Located:
    """Everything that fit statistics need: the ratings and where everything stands.

    Attributes:
        responses: the ratings.
        rows: (n,) which counted in the estimation.
        values: (q,) facets and sums of steps.
        persons: where the persons stand.
        log_weight: (G, K) the levels.
    """

    responses: Responses
    rows: BoolArray
    values: FloatArray
    persons: Persons
    log_weight: FloatArray


@dataclass(frozen=True)
class Residuals:
    """Residuals by rating, averaged over the person's posterior; see `residuals`.

    Attributes:
        rows: (m,) the ratings that counted.
        squared: (m,) (y - E)^2.
        standardised: (m,) (y - E)^2 / W.
        variance: (m,) W.
        excess: (m,) C - W^2.
        relative: (m,) C / W^2 - 1.
    """

    rows: IntArray
    squared: FloatArray
    standardised: FloatArray
    variance: FloatArray
    excess: FloatArray
    relative: FloatArray


@dataclass(frozen=True)
class MeanSquare:
    """Infit or outfit of one element.

    Attributes:
        value: the mean square; 1 is expected, more is noise, less is sameness.
        z: standardised (Wilson & Hilferty 1931); beyond 2 or -2 about 1 time in 20 by chance.
        lower: below this only by chance 1 time in 40 if the model holds (at 95%).
        upper: above this only by chance 1 time in 40 if the model holds (at 95%).
        n: ratings that told.
    """

    value: float
    z: float
    lower: float
    upper: float
    n: int


@dataclass(frozen=True, eq=False)
class FitTable:
    """Mean squares of the elements of a facet.

    Attributes:
        facet: its name.
        labels: (L,) its elements.
        n: (L,) ratings that told; 0 for elements that were extreme or not rated.
        infit: (L,) information-weighted mean squares.
        outfit: (L,) unweighted mean squares.
        infit_sd: (L,) their standard deviations if the model holds.
        outfit_sd: (L,) the same of the unweighted.
    """

    facet: str
    labels: npt.NDArray[Any]
    n: IntArray
    infit: FloatArray
    outfit: FloatArray
    infit_sd: FloatArray
    outfit_sd: FloatArray

    @property
    def infit_z(self) -> FloatArray:
        """(L,) standardised infit."""
        return _standardise(self.infit, self.infit_sd)

    @property
    def outfit_z(self) -> FloatArray:
        """(L,) standardised outfit."""
        return _standardise(self.outfit, self.outfit_sd)

    def of(self, label: object, confidence: float = 0.95) -> tuple[MeanSquare, MeanSquare]:
        """Infit and outfit of one element."""
        place = self.labels.tolist().index(label)
        n = int(self.n[place])
        infit = _mean_square(self.infit[place], self.infit_sd[place], n, confidence)
        return infit, _mean_square(self.outfit[place], self.outfit_sd[place], n, confidence)


@dataclass(frozen=True)
class Separation:
    """How far the elements of a facet are told apart (Wright & Masters 1982, ch. 5).

    Attributes:
        facet: its name.
        n: elements that entered (not anchored, not extreme).
        sd: standard deviation of the measures.
        rmse: root mean square of their standard errors.
        true_sd: what is left of `sd` when error is taken out.
        separation: true_sd / rmse.
        strata: (4 separation + 1) / 3, the levels that can be told apart.
        reliability: true variance over variance; near 1 for raters means that they differ, which
            is not what one wishes for. The interval takes the measures as a sample (Feldt 1965).
        chi_square: homogeneity of the measures; NaN where they are posterior means.
        df: its degrees of freedom.
        p: chance of so large a chi-square if all elements were the same.
    """

    facet: str
    n: int
    sd: float
    rmse: float
    true_sd: float
    separation: float
    strata: float
    reliability: Estimate
    chi_square: float
    df: int
    p: float


def residuals(located: Located) -> Residuals:
    """Residuals of the ratings that counted.

    Args:
        located: the ratings and where everything stands.

    Returns:
        By rating: what mean squares are made of (Wright & Masters 1982, table 5.4a).
    """
    responses, persons = located.responses, located.persons
    rows = np.flatnonzero(located.rows)
    parts = np.empty((5, len(rows)))
    done = 0
    for block in blocks_of(rows, persons.nodes.shape[1] * responses.levels):
        nodes, weights = persons.at(responses.facets[0].codes[block])
        eta = nodes - difficulty_of_rows(responses, located.values, block)[:, None]
        of = moments(eta, located.log_weight[responses.group[block]][:, None, :])
        squared = np.square(responses.y[block][:, None] - of.expected)
        variance = np.maximum(of.variance, 1e-12)
        pieces = (
            squared,
            squared / variance,
            variance,
            of.fourth - np.square(variance),
            of.fourth / np.square(variance) - 1.0,
        )
        for place, piece in enumerate(pieces):
            parts[place, done : done + len(block)] = (piece * weights).sum(axis=1)
        done += len(block)
    return Residuals(rows, *parts)


def mean_squares(located: Located, of: Residuals, facet: int) -> FitTable:
    """Infit and outfit of the elements of a facet.

        outfit = sum of z^2 / n,   infit = sum of (y - E)^2 / sum of W,

    with model variances sum(C / W^2 - 1) / n^2 and sum(C - W^2) / (sum W)^2 (Wright & Masters
    1982, pp. 99-101; Linacre 1989).

    Args:
        located: the ratings.
        of: their residuals.
        facet: the place of the facet.

    Returns:
        Mean squares by element, NaN where no rating told.
    """
    elements = located.responses.facets[facet]
    codes = elements.codes[of.rows]

    def add(values: FloatArray) -> FloatArray:
        return add_up(codes, values, len(elements))

    n = np.bincount(codes, minlength=len(elements))
    some = n > 0
    count = np.where(some, n, np.nan)
    weight = np.where(some, add(of.variance), np.nan)
    return FitTable(
        elements.name,
        elements.labels,
        n,
        add(of.squared) / weight,
        add(of.standardised) / count,
        np.sqrt(np.maximum(add(of.excess), 0.0)) / weight,
        np.sqrt(np.maximum(add(of.relative), 0.0)) / count,
    )


def _standardise(mean_square: FloatArray, sd: FloatArray) -> FloatArray:
    """(m^(1/3) - 1) 3/q + q/3 (Wilson & Hilferty 1931, as in Wright & Masters 1982, p. 101)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((np.cbrt(mean_square) - 1.0) * 3.0 / sd + sd / 3.0)


def _mean_square(value: float, sd: float, n: int, confidence: float) -> MeanSquare:
    from scipy.special import ndtri

    bound = float(ndtri(0.5 + confidence / 2.0))
    limits = [max(0.0, (z - sd / 3.0) * sd / 3.0 + 1.0) ** 3 for z in (-bound, bound)]
    z = float(_standardise(np.asarray(value), np.asarray(sd)))
    return MeanSquare(float(value), z, limits[0], limits[1], n)


def separation(
    facet: str, value: FloatArray, se: FloatArray, posterior: bool, confidence: float
) -> Separation:
    """Separation and reliability of the measures of a facet.

    Args:
        facet: its name.
        value: (L,) measures that were estimated.
        se: (L,) their standard errors.
        posterior: whether the measures are posterior means, whose spread is already without
            error: their reliability is var / (var + mean posterior variance).
        confidence: of the reliability's interval.

    Returns:
        The indices; NaN with fewer than two elements.
    """
    from scipy.special import chdtrc, chdtri

    n = len(value)
    method = "1 - error variance / variance" if not posterior else "EAP reliability"
    if n < 2:
        none = Estimate(math.nan, n=n, method=method, reason="fewer than two elements")
        nan = math.nan
        return Separation(facet, n, nan, nan, nan, nan, nan, none, nan, 0, nan)
    error = float(np.mean(np.square(se)))
    spread = float(np.var(value, ddof=1))
    true = spread if posterior else max(0.0, spread - error)
    total = spread + error if posterior else spread
    reliability = true / total if total > 0 else math.nan
    df = n - 1
    tails = (0.5 - confidence / 2.0, 0.5 + confidence / 2.0)
    lower, upper = (1.0 - (1.0 - reliability) * float(chdtri(df, tail)) / df for tail in tails)
    estimate = Estimate(
        reliability, lower=max(0.0, lower), upper=max(0.0, upper), n=n, method=f"{method}; Feldt"
    )
    ratio = math.sqrt(true / error)
    weight = 1.0 / np.square(se)
    chi = math.nan
    if not posterior:
        chi = float(weight @ np.square(value) - (weight @ value) ** 2 / weight.sum())
    return Separation(
        facet,
        n,
        math.sqrt(spread),
        math.sqrt(error),
        math.sqrt(true),
        ratio,
        (4.0 * ratio + 1.0) / 3.0,
        estimate,
        chi,
        df,
        math.nan if posterior else float(chdtrc(df, chi)),
    )
