"""From the numbers of a many-facet Rasch fit to tables of measures that say what they are."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from fidelity.statistics.estimate import Estimate
from fidelity.statistics.rasch_design import BoolArray, FloatArray, Freedom, IntArray, Responses
from fidelity.statistics.rasch_extremes import Extremes, Kept, measure_extremes
from fidelity.statistics.rasch_fit import Located
from fidelity.statistics.rasch_levels import Persons, log_weights
from fidelity.statistics.rasch_result import Measures, RaschFit

#: What an estimate says of itself where the estimation did not come to rest.
NOT_CONVERGED = "not converged: some are linked to the others by too little, or by extremes alone"


@dataclass(frozen=True)
class Fitted:
    """What both estimators give.

    Attributes:
        values: (q,) facets and sums of steps.
        covariance: (f, f) of the free parameters.
        persons: where the persons stand.
        person_value: (P,) measures of persons; NaN where none.
        person_se: (P,) their standard errors.
        population: "mean" and "sd" of the persons, or nothing.
        log_likelihood: at the estimates.
        iterations: how many.
        converged: whether it came to rest.
        method: what was done.
        robust: whether the covariance takes persons as clusters.
    """

    values: FloatArray
    covariance: FloatArray
    persons: Persons
    person_value: FloatArray
    person_se: FloatArray
    population: dict[str, Estimate]
    log_likelihood: float
    iterations: int
    converged: bool
    method: str
    robust: bool = False


class _Table:
    """The measures of one facet while they are brought together."""

    def __init__(self, value: FloatArray, se: FloatArray, n: IntArray, reach: FloatArray) -> None:
        self.value, self.se, self.n, self.reach = value, se, n, reach
        self.extreme = np.zeros(len(value), dtype=np.bool_)
        self.reasons: dict[int, str] = {}


def assemble(
    responses: Responses,
    kept: Kept,
    freedom: Freedom,
    anchored: list[BoolArray],
    fitted: Fitted,
    adjustment: float,
    confidence: float,
) -> RaschFit:
    """Measure what was set apart, and bring all into tables.

    Args:
        responses: the ratings.
        kept: what entered the estimation.
        freedom: what could move.
        anchored: a facet each, which elements were given.
        fitted: the estimates.
        adjustment: score points from the extreme.
        confidence: of the intervals.

    Returns:
        The result.
    """
    tables = _tables(responses, kept, freedom, anchored, fitted, confidence)
    log_weight = log_weights(_steps_of(responses, fitted.values), kept.used)
    normal = normal_quantile(confidence)
    _place_extremes(responses, kept, fitted, tables, log_weight, adjustment, normal)
    _say_why_not(tables, anchored, bool(fitted.population))
    measures = {
        facet.name: Measures(
            facet.name,
            facet.labels,
            table.value,
            table.se,
            table.reach,
            table.n,
            table.extreme,
            given,
            fitted.method,
            table.reasons
            if fitted.converged
            else dict.fromkeys(range(len(facet)), NOT_CONVERGED) | table.reasons,
        )
        for facet, table, given in zip(responses.facets, tables, anchored, strict=True)
    }
    return RaschFit(
        responses.facets[0].name,
        measures,
        _steps(responses, kept, freedom, fitted, confidence),
        fitted.population,
        fitted.log_likelihood,
        int(kept.rows.sum()),
        int((~kept.rows).sum()),
        fitted.converged,
        fitted.iterations,
        fitted.method,
        confidence,
        adjustment,
        Located(responses, kept.rows, fitted.values, fitted.persons, log_weight),
        freedom,
        fitted.covariance,
    )


def _steps_of(responses: Responses, values: FloatArray) -> FloatArray:
    return values[responses.starts[-1] :].reshape(responses.groups, responses.levels)


def _tables(
    responses: Responses,
    kept: Kept,
    freedom: Freedom,
    anchored: list[BoolArray],
    fitted: Fitted,
    confidence: float,
) -> list[_Table]:
    """Measures of what entered or was given; NaN for the rest."""
    spread = freedom.spread[: responses.starts[-1], : len(fitted.covariance)]
    variance = np.maximum(((spread @ fitted.covariance) * spread.toarray()).sum(axis=1), 0.0)
    normal, tables = normal_quantile(confidence), []
    for number, (facet, given) in enumerate(zip(responses.facets, anchored, strict=True)):
        n = np.bincount(facet.codes[kept.rows], minlength=len(facet))
        if number == 0:
            value, se = fitted.person_value.copy(), fitted.person_se.copy()
            tables.append(_Table(value, se, n, np.full(len(facet), normal)))
            continue
        reach = np.full(len(facet), normal)
        if fitted.robust:
            reach = _t_quantiles(responses, kept, number, confidence)
        part = slice(responses.starts[number - 1], responses.starts[number])
        table = _Table(
            np.where((n > 0) | given, fitted.values[part], np.nan),
            np.where(given, 0.0, np.where(n > 0, np.sqrt(variance[part]), np.nan)),
            n,
            reach,
        )
        if (n > 0).sum() == 1 and not given.any():
            table.reasons[int(np.argmax(n))] = "the only one of its facet, set at 0"
        tables.append(table)
    return tables


def normal_quantile(confidence: float) -> float:
    """Half the width of a normal interval, in standard errors."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2.0))


def _t_quantiles(responses: Responses, kept: Kept, number: int, confidence: float) -> FloatArray:
    """(L,) quantiles of t with the persons that each element met, less 1; NaN where that is 0."""
    from scipy.special import stdtrit

    person, facet = responses.facets[0], responses.facets[number]
    met = np.unique(person.codes[kept.rows] * len(facet) + facet.codes[kept.rows]) % len(facet)
    degrees = np.bincount(met, minlength=len(facet)) - 1.0
    quantile = stdtrit(np.maximum(degrees, 1.0), 0.5 + confidence / 2.0)
    return np.where(degrees > 0, quantile, np.nan)


def _place_extremes(
    responses: Responses,
    kept: Kept,
    fitted: Fitted,
    tables: list[_Table],
    log_weight: FloatArray,
    adjustment: float,
    normal: float,
) -> None:
    """Measure the extremes, those first that were set apart last: by then the rest is known."""
    steps = fitted.values[responses.starts[-1] :]
    for found in reversed(kept.rounds):
        values = np.concatenate([*(table.value for table in tables[1:]), steps])
        persons = fitted.persons
        if len(persons.nodes) > 1:
            persons = Persons(tables[0].value[:, None], persons.weights, persons.row)
        measured = [
            measure_extremes(responses, extremes, values, persons, log_weight, adjustment)
            for extremes in found
        ]
        for extremes, (value, se, n) in zip(found, measured, strict=True):
            _write(tables[extremes.facet], extremes, value, se, n, adjustment, normal)


def _write(
    table: _Table,
    extremes: Extremes,
    value: FloatArray,
    se: FloatArray,
    n: IntArray,
    adjustment: float,
    normal: float,
) -> None:
    table.value[extremes.elements], table.se[extremes.elements] = value, se
    table.n[extremes.elements] = n
    table.extreme[extremes.elements] = True
    table.reach[extremes.elements] = normal
    for element, high in zip(extremes.elements.tolist(), extremes.high.tolist(), strict=True):
        end, side = ("highest", "below") if high else ("lowest", "above")
        table.reasons[element] = (
            f"every rating is at the {end} level: measured where the expected score lies "
            f"{adjustment:g} points {side} that"
        )


def _say_why_not(tables: list[_Table], anchored: list[BoolArray], marginal: bool) -> None:
    for number, (table, given) in enumerate(zip(tables, anchored, strict=True)):
        for place in np.flatnonzero((table.n == 0) & ~given).tolist():
            table.reasons[place] = (
                "no rating tells of them: placed at the mean of all"
                if marginal and number == 0
                else "no rating tells: those there are do not vary, or meet extremes alone"
            )
        for place in np.flatnonzero(given).tolist():
            table.reasons[place] = "anchored"


def _steps(
    responses: Responses, kept: Kept, freedom: Freedom, fitted: Fitted, confidence: float
) -> dict[Hashable, dict[int, Estimate]]:
    """The steps of each set, from differences of their sums."""
    first, levels = responses.starts[-1], responses.levels
    spread = freedom.spread[first:, : len(fitted.covariance)].toarray()
    sums = _steps_of(responses, fitted.values)
    names: list[Hashable] = ["all"]
    if responses.step_facet is not None:
        names = responses.facets[responses.step_facet].labels.tolist()
    count = np.bincount(responses.group[kept.rows], minlength=responses.groups)
    reach = normal_quantile(confidence)
    steps: dict[Hashable, dict[int, Estimate]] = {}
    for group, name in enumerate(names):
        steps[name] = {}
        for level in range(1, levels):
            if not kept.used[group, level - 1 : level + 1].all():
                reason = "a level of this step was never used"
                nothing = Estimate(float("nan"), n=0, method=fitted.method, reason=reason)
                steps[name][level + responses.lowest] = nothing
                continue
            contrast = spread[group * levels + level] - spread[group * levels + level - 1]
            se = float(np.sqrt(max(0.0, contrast @ fitted.covariance @ contrast)))
            value = float(sums[group, level] - sums[group, level - 1])
            steps[name][level + responses.lowest] = Estimate(
                value,
                se,
                value - reach * se,
                value + reach * se,
                int(count[group]),
                fitted.method,
                reason="" if fitted.converged else NOT_CONVERGED,
            )
    return steps
