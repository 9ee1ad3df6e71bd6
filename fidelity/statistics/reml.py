"""Random effects of crossed factors by restricted maximum likelihood.

Why not a library: statsmodels holds crossed factors as dense columns and ends at some thousand
rows; scikit-sparse has no wheels; mixedlm (lme4 rewritten in Rust) is right and fast, but gives no
information matrix of the variances, on which every interval here rests, and is several times
slower on large data (`benchmarks/variance.py`). The criterion is lme4's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fidelity.errors import UsageError
from fidelity.statistics.crossproducts import (
    Crossproducts,
    FloatArray,
    Term,
    crossproducts,
    level_codes,
)
from fidelity.statistics.information import (
    MAX_EXPECTED,
    average_information,
    expected_information,
    unit_directions,
)
from fidelity.statistics.mixed_equations import Factorised, Solution, inverse_blocks, solve
from fidelity.statistics.newton import Variances, maximise


@dataclass(frozen=True, slots=True, eq=False)
class CrossedREML:
    """A mixed model fitted by REML.

    Attributes:
        variances: for each factor the (m, m) covariance of its effects, in squared units of y.
        residual: residual variance.
        coefficients: (p,) fixed effects.
        coefficient_covariance: (p, p), given the variances.
        criterion: -2 log restricted likelihood, as lme4 prints it.
        effects: for each factor (levels, m) predicted effects (shrunken, BLUP).
        effects_se: standard errors of those predictions, given the variances.
        levels: for each factor its levels, in the order of `effects`.
        information: information on the variances, in the order of `parameters`: expected where
            every factor has an intercept only and at most 1,500 levels in all, else average
            (Gilmour, Thompson & Cullis 1995).
        parameters: (factor, row, column) of each entry, row >= column; ("residual", 0, 0) last.
        n: number of rows.
        steps: number of Newton steps.
        at_zero: factors with a variance at its bound, 0.
        reason: why the fit is to be read with care; "" where nothing is to be said.
    """

    variances: Mapping[str, FloatArray]
    residual: float
    coefficients: FloatArray
    coefficient_covariance: FloatArray
    criterion: float
    effects: Mapping[str, FloatArray]
    effects_se: Mapping[str, FloatArray]
    levels: Mapping[str, NDArray[np.generic]]
    information: FloatArray
    parameters: tuple[tuple[str, int, int], ...]
    n: int
    steps: int
    at_zero: tuple[str, ...]
    reason: str

    def covariance(self) -> FloatArray:
        """Covariance of the variance estimates: the inverse of `information`."""
        # Intercepts and slopes may have very different units: inverted as correlations.
        own = np.diag(self.information)
        scale = np.sqrt(np.where(own > 1e-100, own, 1.0))
        inverse = np.linalg.pinv(self.information / np.outer(scale, scale), hermitian=True)
        return np.asarray(inverse / np.outer(scale, scale))


def crossed_reml(
    y: ArrayLike,
    factors: Mapping[str, ArrayLike],
    X: ArrayLike | None = None,
    *,
    slopes: Mapping[str, ArrayLike] | None = None,
    correlated: bool = True,
) -> CrossedREML:
    """Fit `y = X b + effects of each factor's levels + residual` by REML.

    Any number of factors, crossed or nested, balanced or sparse. Cost grows with the cube of
    the number of levels outside the largest factor (and what is nested in it), hardly with rows.

    Args:
        y: (n,) outcome, no NaN.
        factors: for each factor (n,) its level in each row; any type that can be sorted.
        X: (n, p) fixed effects of full column rank; None for a constant.
        slopes: for a factor named in `factors`, (n,) or (n, k) columns whose effect varies over
            its levels, beside its intercept.
        correlated: whether intercept and slopes of a level may be correlated.

    Raises:
        UsageError: unequal lengths, missing values, a factor with one level or one level a row,
            X not of full rank, nothing left over as residual, or more levels than fit.

    Source: criterion of Bates, Mächler, Bolker & Walker 2015, J Stat Softw 67(1), section 3;
        steps by average information (Gilmour, Thompson & Cullis 1995, Biometrics 51:1440).
    """
    response, fixed = _checked(y, X)
    terms, scales, labels = _terms(response, factors, slopes or {}, correlated)
    basis, triangle = np.linalg.qr(fixed)
    weight = np.abs(np.diagonal(triangle))
    if len(response) <= fixed.shape[1] or weight.min() <= 1e-10 * weight.max():
        raise UsageError(
            f"The {fixed.shape[1]} fixed effects are not linearly independent over "
            f"{len(response)} rows; drop a column of X that the others determine."
        )
    start = basis.T @ response
    rest = response - basis @ start
    if not float(rest @ rest) > 1e-24 * max(1.0, float(response @ response)):
        raise UsageError("All values are the same (given X); there is no variance to divide.")
    cross = crossproducts(terms, basis, rest)
    found = maximise(cross)
    return _result(cross, found, start, triangle, scales, labels)


def _result(
    cross: Crossproducts,
    found: Variances,
    start: FloatArray,
    triangle: FloatArray,
    scales: Sequence[FloatArray],
    labels: Mapping[str, NDArray[np.generic]],
) -> CrossedREML:
    """Back to the units of y and X."""
    fact = found.fact
    solution = solve(fact)
    blocks, fixed = inverse_blocks(fact)
    back = np.linalg.inv(triangle)
    names = [t.name for t in cross.terms]
    variances, effects, errors = {}, {}, {}
    for k, name in enumerate(names):
        relative = fact.factors[k] / scales[k][:, None]
        variances[name] = fact.residual * relative @ relative.T
        effects[name] = solution.effects[k] / scales[k]
        spread = np.einsum("ab,qbc,ac->qa", relative, blocks[k], relative)
        errors[name] = np.sqrt(fact.residual * np.maximum(spread, 0.0))
    return CrossedREML(
        variances=variances,
        residual=fact.residual,
        coefficients=back @ (start + solution.coefficients),
        coefficient_covariance=fact.residual * back @ fixed @ back.T,
        criterion=fact.criterion + 2.0 * float(np.log(np.abs(np.diagonal(triangle))).sum()),
        effects=effects,
        effects_se=errors,
        levels=labels,
        information=_information(fact, solution, scales),
        parameters=_parameters(cross.terms),
        n=cross.n,
        steps=found.steps,
        at_zero=tuple(n for n, zero in zip(names, found.at_zero, strict=True) if zero),
        reason=found.reason,
    )


def _information(fact: Factorised, solution: Solution, scales: Sequence[FloatArray]) -> FloatArray:
    """Information in the units of y and of the slopes' columns."""
    cross = fact.cross
    if all(t.width == 1 for t in cross.terms) and sum(t.levels for t in cross.terms) <= (
        MAX_EXPECTED
    ):
        return expected_information(fact)
    found = average_information(fact, solution, unit_directions(cross))
    parameters = _parameters(cross.terms)[:-1]
    index = {t.name: k for k, t in enumerate(cross.terms)}
    unit = np.array([scales[index[name]][a] * scales[index[name]][b] for name, a, b in parameters])
    unit = np.append(unit, 1.0)
    return np.asarray(found * np.outer(unit, unit))


def _parameters(terms: Sequence[Term]) -> tuple[tuple[str, int, int], ...]:
    inner = [
        (t.name, a, b)
        for t in terms
        for a in range(t.width)
        for b in (range(a + 1) if t.correlated else (a,))
    ]
    return (*inner, ("residual", 0, 0))


def _checked(y: ArrayLike, X: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """The outcome and the fixed effects as float arrays of the right shapes."""
    response = np.asarray(y, dtype=np.float64)
    if response.ndim != 1 or len(response) < 2:
        raise UsageError(
            f"y has shape {response.shape}; give one value a row, and two rows at least."
        )
    fixed = np.ones((len(response), 1)) if X is None else np.asarray(X, dtype=np.float64)
    if fixed.ndim == 1:
        fixed = fixed[:, None]
    if fixed.ndim != 2 or len(fixed) != len(response) or fixed.shape[1] == 0:
        raise UsageError(f"X has shape {fixed.shape}; allowed: ({len(response)}, p).")
    missing = int((~np.isfinite(response)).sum()), int((~np.isfinite(fixed)).any(axis=1).sum())
    if any(missing):
        raise UsageError(
            f"{missing[0]} values of y and {missing[1]} rows of X are missing or infinite; "
            "leave those rows out, and say how many there were."
        )
    return response, fixed


def _terms(
    y: FloatArray,
    factors: Mapping[str, ArrayLike],
    slopes: Mapping[str, ArrayLike],
    correlated: bool,
) -> tuple[list[Term], list[FloatArray], dict[str, NDArray[np.generic]]]:
    """The random terms, each column scaled to mean square 1; the scales; the levels."""
    n = len(y)
    unknown = sorted(set(slopes) - set(factors))
    if unknown or not factors:
        raise UsageError(f"Slopes are given for {unknown}, which is not among {list(factors)}.")
    terms, scales, labels = [], [], {}
    for name, values in factors.items():
        codes, labels[name] = level_codes(name, values, n)
        columns = np.ones((n, 1))
        if name in slopes:
            further = np.asarray(slopes[name], dtype=np.float64).reshape(n, -1)
            columns = np.column_stack([columns, further])
        scale = np.sqrt((columns**2).mean(axis=0))
        if not np.all(np.isfinite(scale) & (scale > 0.0)):
            raise UsageError(f"A slope of {name} is 0 in every row, missing or infinite.")
        levels = len(labels[name])
        if levels < 2 or levels * columns.shape[1] >= n:
            raise UsageError(
                f"{name} has {levels} levels in {n} rows, too "
                f"{'few' if levels < 2 else 'many'} for its variance to be told from the "
                "residual; leave it out, or bring more scores."
            )
        terms.append(Term(name, codes, levels, columns / scale, correlated))
        scales.append(scale)
    return terms, scales, labels
