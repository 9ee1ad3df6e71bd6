"""Many-facet Rasch measurement of ratings on ordered levels.

The chance that rater j gives person i level k on item g, against level k - 1, is

    log(P_k / P_(k-1)) = theta_i - alpha_j - delta_g - ... - tau_k

with theta the person's measure, alpha the rater's severity, delta the item's difficulty and tau_k
the difficulty of the step to level k (Linacre 1989, Many-Facet Rasch Measurement). The
steps are one set for all (rating scale: Andrich 1978, Psychometrika 43:561) or a set for each
element of one facet (partial credit: Masters 1982, Psychometrika 47:149).

Two estimators:

- marginal (default): persons are a normal sample (Bock & Aitkin 1981, Psychometrika 46:443). It is
  consistent however few ratings a person has, and a person's measure is the posterior mean, drawn
  towards the mean of all.
- joint: every person is a parameter (Wright & Panchapakesan 1969). It is fast with a million
  ratings and is what Facets does; with few ratings a person its measures are too far apart, about
  (L / (L - 1)) times for L ratings. Its measures are not corrected for that.

Standard errors are those of all parameters together: they carry the uncertainty of the other
facets, of the steps and of the persons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.connected import require_connected
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.rasch_bias import BiasTable
from fidelity.statistics.rasch_design import (
    BoolArray,
    FloatArray,
    Freedom,
    Responses,
    anchor_values,
    freedom,
    read_responses,
)
from fidelity.statistics.rasch_extremes import Kept, keep
from fidelity.statistics.rasch_fit import FitTable, MeanSquare, Separation
from fidelity.statistics.rasch_jmle import fit_joint
from fidelity.statistics.rasch_levels import Persons
from fidelity.statistics.rasch_mml import Marginal, fit_marginal
from fidelity.statistics.rasch_result import Measures, RaschFit
from fidelity.statistics.rasch_tables import Fitted, assemble, normal_quantile

__all__ = [
    "BiasTable",
    "FitTable",
    "MeanSquare",
    "Measures",
    "RaschFit",
    "Separation",
    "many_facet_rasch",
]

Method = Literal["marginal", "joint"]
Errors = Literal["model", "robust"]


def many_facet_rasch(
    facets: Mapping[str, npt.ArrayLike],
    y: npt.ArrayLike,
    *,
    person: str | None = None,
    steps: str | None = None,
    method: Method = "marginal",
    se: Errors = "model",
    fixed: Mapping[str, Mapping[Any, float]] | None = None,
    fixed_steps: Mapping[Any, Any] | None = None,
    adjustment: float = 0.3,
    confidence: float = 0.95,
) -> RaschFit:
    """Fit a many-facet Rasch model.

    Every facet but the person is centred (its measures sum to 0), unless some of its elements are
    anchored; the persons float. The steps of a set sum to 0, so that a difficulty is the middle of
    its steps. Levels that never occur in a set of steps have no step and no probability there.

    An element whose ratings are all at the lowest, or all at the highest, level has no finite
    estimate. It and its ratings are set apart (persons only in the joint method), and it is then
    measured where the expected score is `adjustment` score points from the extreme, the others
    held; the `Estimate` says so.

    Args:
        facets: name to (n,) labels, one a rating: who is rated, who rates, on what.
        y: (n,) levels, whole numbers; leave out what was not rated.
        person: the facet that is measured; by default the first.
        steps: None for the rating scale; or the facet whose elements have steps of their own
            (partial credit).
        method: "marginal", or "joint" for very many ratings with many a person.
        se: "model", from the information of all parameters together; or "robust" (marginal only),
            with persons as clusters: it holds where a rater carries an impression from item to
            item, or pieces of one person are alike, and needs some tens of persons a rater.
        fixed: anchored measures, facet to label to logits.
        fixed_steps: anchored steps, level to difficulty of the step that leads to it; with `steps`
            label to such a mapping.
        adjustment: score points from the extreme, for extreme elements.
        confidence: of the intervals.

    Returns:
        Measures by facet, steps, and what is needed for fit, separation, bias and fair averages.

    Raises:
        UsageError: if the arguments do not fit one another, nothing is left that tells, or the
            design is not connected; the message names the groups.
    """
    _check(method, se, adjustment, confidence)
    responses = read_responses(facets, y, person, steps, fixed_steps)
    anchors, anchored_persons = anchor_values(responses, fixed, fixed_steps)
    if method == "marginal" and not np.isnan(anchored_persons).all():
        raise UsageError(
            "Persons cannot be anchored in the marginal method, where they are a sample. "
            'Use method="joint", or anchor raters or items.'
        )
    anchored = _anchored_by_facet(responses, anchors, anchored_persons)
    kept = keep(responses, anchored, _anchored_levels(responses, anchors), method == "joint")
    _check_kept(responses, kept)
    moving = freedom(responses, _counted(responses, kept), anchors, kept.used)
    require_connected(responses, kept.rows, anchored, moving)
    if method == "joint":
        fitted = _joint(responses, kept, moving, anchored_persons)
    else:
        fitted = _marginal(responses, kept, moving, se == "robust", confidence)
    return assemble(responses, kept, moving, anchored, fitted, adjustment, confidence)


def _check(method: str, se: str, adjustment: float, confidence: float) -> None:
    faults = []
    if method not in ("marginal", "joint"):
        faults.append(f'method must be "marginal" or "joint", not {method!r}.')
    if se not in ("model", "robust"):
        faults.append(f'se must be "model" or "robust", not {se!r}.')
    if se == "robust" and method == "joint":
        faults.append('se="robust" needs method="marginal".')
    if not 0.0 < adjustment < 0.5:
        faults.append(f"adjustment must lie between 0 and 0.5 score points, not {adjustment}.")
    if not 0.0 < confidence < 1.0:
        faults.append(f"confidence must lie between 0 and 1, not {confidence}.")
    if faults:
        raise UsageError("\n".join(faults))


def _anchored_by_facet(
    responses: Responses, anchors: FloatArray, persons: FloatArray
) -> list[BoolArray]:
    parts = np.split(~np.isnan(anchors[: responses.starts[-1]]), responses.starts[1:-1])
    return [~np.isnan(persons), *parts]


def _anchored_levels(responses: Responses, anchors: FloatArray) -> BoolArray:
    """(G, K) the levels of anchored steps; a level outside them must not occur."""
    sums = anchors[responses.starts[-1] :].reshape(responses.groups, responses.levels)
    outside = np.isposinf(sums)[responses.group, responses.y]
    if outside.any():
        levels = np.unique(responses.y[outside] + responses.lowest).tolist()
        raise UsageError(
            f"{outside.sum()} ratings are at levels that fixed_steps= does not have: {levels}. "
            "Give their steps, or leave the steps free."
        )
    return np.isfinite(sums)


def _check_kept(responses: Responses, kept: Kept) -> None:
    if not kept.rows.any():
        raise UsageError(
            f"None of the {len(responses.y)} ratings tells anything: each belongs to a person, "
            "rater or item with only lowest or only highest levels. Nothing can be estimated."
        )


def _counted(responses: Responses, kept: Kept) -> BoolArray:
    """(q,) which elements have ratings that count; steps are dealt with by their levels."""
    free = np.zeros(responses.parameters, dtype=np.bool_)
    for facet, start in zip(responses.facets[1:], responses.starts, strict=False):
        free[start + facet.codes[kept.rows]] = True
    return free


def _joint(
    responses: Responses, kept: Kept, moving: Freedom, anchored_persons: FloatArray
) -> Fitted:
    fit = fit_joint(responses, kept.rows, kept.used, moving, anchored_persons)
    return Fitted(
        fit.values,
        fit.covariance,
        Persons(fit.theta[:, None], np.ones((1, 1)), np.zeros(len(fit.theta), dtype=np.int64)),
        fit.theta,
        np.sqrt(fit.theta_variance),
        {},
        fit.log_likelihood,
        fit.iterations,
        fit.converged,
        f"many-facet Rasch, {_scale(responses)}, joint maximum likelihood, joint information",
    )


def _marginal(
    responses: Responses, kept: Kept, moving: Freedom, robust: bool, confidence: float
) -> Fitted:
    fit = fit_marginal(responses, kept.rows, kept.used, moving, robust)
    prior = np.exp(-np.square(fit.z) / 2.0)
    errors = "persons as clusters" if robust else "observed information"
    method = (
        f"many-facet Rasch, {_scale(responses)}, marginal maximum likelihood, "
        f"{len(fit.z)} nodes, {errors}"
    )
    row = np.where(fit.pattern >= 0, fit.pattern, len(fit.posterior))
    unseen_error = float(np.hypot(fit.sd, np.sqrt(fit.covariance[-2, -2])))
    return Fitted(
        fit.values,
        fit.covariance[:-2, :-2],
        Persons(
            (fit.mean + fit.sd * fit.z)[None, :],
            np.vstack([fit.posterior, prior / prior.sum()]),
            row,
        ),
        np.append(fit.centre, fit.mean)[row],
        np.append(fit.error, unseen_error)[row],
        _population(fit, int((fit.pattern >= 0).sum()), method, confidence),
        fit.log_likelihood,
        fit.iterations,
        fit.converged,
        method,
        robust,
    )


def _scale(responses: Responses) -> str:
    if responses.step_facet is None:
        return "rating scale"
    return f"partial credit by {responses.facets[responses.step_facet].name}"


def _population(fit: Marginal, n: int, method: str, confidence: float) -> dict[str, Estimate]:
    """Mean and sd of the persons; the sd's interval is taken on the logarithm."""
    variance = np.diag(fit.covariance)[-2:]
    mean_se, sd_se = (float(np.sqrt(part)) for part in variance)
    reach = normal_quantile(confidence)
    factor = float(np.exp(min(reach * sd_se / fit.sd, 700.0))) if fit.sd > 0 else np.nan
    reason = "at its lower bound of 0" if np.isnan(sd_se) else ""
    mean = Estimate(
        fit.mean, mean_se, fit.mean - reach * mean_se, fit.mean + reach * mean_se, n, method
    )
    sd = Estimate(fit.sd, sd_se, fit.sd / factor, fit.sd * factor, n, method, reason=reason)
    return {"mean": mean, "sd": sd}
