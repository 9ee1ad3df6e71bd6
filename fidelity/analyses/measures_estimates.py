"""One estimate of a measure from its rows, by the kind of the measure."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from fidelity.rubric.measures import Measure
from fidelity.statistics.clusters import FEW, FEW_CLUSTERS, cluster_ratio, wilson
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.rates import poisson_rate
from fidelity.words import TOO_FEW

TOO_FEW_TO_SAY = "too few to say"
NO_N = "no n was given, so no interval can be"
_WILSON = "share, Wilson"


def estimate_of(measure: Measure, rows: pd.DataFrame, confidence: float) -> Estimate:
    """The estimate of a group, or of a part of a composition in it.

    Shares of counts have Wilson's interval, rates an exact Poisson one, and what rests on rows of
    single cases, workers or raters one that allows for their being alike (CR2). A figure without
    its n has none.

    Args:
        measure: what is measured.
        rows: the rows of a group, and of one part of a composition; those whose subject is not
            the group itself are nested in it.
        confidence: coverage of the interval.
    """
    if rows.empty:
        return Estimate(math.nan, reason="no rows")
    if measure.stock:
        rows = rows[rows["date"] == rows["date"].max()]
    top = rows["numerator"].to_numpy(np.float64)
    below = rows["denominator"].to_numpy(np.float64)
    if np.isnan(below).any() and measure.kind != "count":
        return _without_n(measure, top)
    if measure.kind == "count":
        return _count(top, confidence)
    # n of counts is what they are counted in; of hours and points it is the number of rows
    n = round(float(below.sum())) if _counts(measure) else len(rows)
    if n < TOO_FEW:
        return Estimate(math.nan, n=n, method=measure.kind, reason=TOO_FEW_TO_SAY)
    if (rows["subject"] == rows["group"]).all():  # the groups themselves, and not a draw of them
        found = _of_totals(measure, rows, float(top.sum()), float(below.sum()), confidence)
    else:
        found = _of_subjects(measure, rows, top, below, confidence)
    return replace(found, n=n)


def _counts(measure: Measure) -> bool:
    return measure.kind != "composition" or measure.stock


def _without_n(measure: Measure, top: np.ndarray) -> Estimate:
    """A published figure: a share in per cent, or a number as it stands."""
    if len(top) > 1:
        return Estimate(math.nan, method=measure.kind, reason=f"{NO_N}, nor can rows be added up")
    value = float(top[0]) / (100 if measure.kind in {"share", "composition"} else 1)
    return Estimate(value, method=measure.kind, reason=NO_N)


def _count(top: np.ndarray, confidence: float) -> Estimate:
    total = float(top.sum())
    return poisson_rate(total, 1.0, confidence) if total.is_integer() else Estimate(total)


def _of_totals(
    measure: Measure, rows: pd.DataFrame, x: float, n: float, confidence: float
) -> Estimate:
    """From rows that speak of the group itself."""
    if measure.kind == "share" or (measure.kind == "composition" and measure.stock):
        return _wilson(x, n, confidence)
    if measure.kind == "rate" and x.is_integer():
        return poisson_rate(x, n, confidence)
    days = rows["date"].astype(str).to_numpy()
    ratio = cluster_ratio(rows["numerator"], rows["denominator"], days, confidence)
    return _inside(measure, replace(ratio, method=f"{ratio.method}, by date"))


def _of_subjects(
    measure: Measure, rows: pd.DataFrame, top: np.ndarray, below: np.ndarray, confidence: float
) -> Estimate:
    """From rows that speak of single cases, workers, raters or teams."""
    subjects = rows["subject"].astype(str).to_numpy()
    once = len(set(subjects)) == len(subjects) and bool((below == 1).all())
    if measure.kind == "share" and once:
        return _wilson(float(top.sum()), float(below.sum()), confidence)
    clusters = len(set(subjects))
    if measure.kind == "share" and top.sum() in {0.0, below.sum()}:
        # All alike: the design effect cannot be seen; the cautious end counts subjects.
        alike = _wilson(clusters * float(top.sum() > 0), clusters, confidence)
        return replace(alike, clusters=clusters, reason=FEW if clusters < FEW_CLUSTERS else "")
    return _inside(measure, cluster_ratio(top, below, subjects, confidence))


def _wilson(x: float, n: float, confidence: float) -> Estimate:
    p = x / n
    lower, upper = wilson(p, n, float(ndtri(0.5 + confidence / 2)))
    return Estimate(p, math.sqrt(p * (1 - p) / n), lower, upper, round(n), _WILSON)


def _inside(measure: Measure, told: Estimate) -> Estimate:
    """Limits that stop where possible values end."""
    most = 1.0 if measure.kind in {"share", "composition"} else math.inf
    if not told.bounded:
        return told
    return replace(told, lower=max(0.0, told.lower), upper=min(most, told.upper))
