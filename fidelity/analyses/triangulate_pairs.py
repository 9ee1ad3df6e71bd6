"""Two sources at a time: where they part, and whether they put cases in the same order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.triangulate_sources import ALL, Source, by_case
from fidelity.footing import Floats
from fidelity.rubric.themes import Themes
from fidelity.statistics.change import two_periods
from fidelity.statistics.cluster_regression import cluster_regression, p_value, quantile
from fidelity.statistics.clusters import FEW, FEW_CLUSTERS
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted
from fidelity.statistics.rank_agreement import spearman
from fidelity.words import TOO_FEW

#: So many families must be known to both sources, before the same families are compared.
LINKED = 10
DIFFER, ALIKE, TOO_FEW_TO_SAY = "differ", "no difference can be told", "too few to say"
PAIR_COLUMNS = (
    "first", "second", "theme", "title", "estimate", "lower", "upper", "beyond", "beyond_lower",
    "beyond_upper", "linked", "n_first", "n_second", "n_clusters", "p", "q", "q_beyond", "finding",
    "apart_beyond", "reason",
)  # fmt: skip
ORDER_COLUMNS = ("first", "second", "estimate", "lower", "upper", "n_cases", "n_clusters", "reason")


@dataclass(frozen=True, eq=False)
class _Sides:
    """One theme as two sources have it: values of either, with clusters that they may share."""

    first: Floats
    second: Floats
    first_clusters: npt.NDArray[np.object_]
    second_clusters: npt.NDArray[np.object_]
    linked: bool

    @property
    def enough(self) -> bool:
        return min(len(self.first), len(self.second)) >= TOO_FEW


def pairs(found: Sequence[Source], themes: Themes, confidence: float) -> list[dict[str, Any]]:
    """Every pair on every theme that both know, with false discoveries held over all of them."""
    rows = [
        row
        for one, other in combinations(found, 2)
        for row in _pair(one, other, themes, confidence)
    ]
    for whole in (True, False):  # the general differences are a family of their own
        family = [row for row in rows if (row["theme"] == ALL) is whole]
        for row, q in zip(family, adjusted([row["p"] for row in family]), strict=True):
            row["q"] = float(q)
            if row["finding"] != TOO_FEW_TO_SAY:
                row["finding"] = DIFFER if q < 1 - confidence else ALIKE
    beyond = adjusted([row.pop("p_beyond") for row in rows])
    for row, q in zip(rows, beyond, strict=True):
        row["q_beyond"], row["apart_beyond"] = float(q), bool(q < 1 - confidence)
    return rows


def _pair(
    one: Source, other: Source, themes: Themes, confidence: float
) -> Iterator[dict[str, Any]]:
    both = [theme for theme in themes.titles if theme in one.items and theme in other.items]
    sides = {theme: _sides(one, other, theme) for theme in both}
    told = {theme: side for theme, side in sides.items() if side.enough}
    general, beyond = _general(list(told.values()), confidence)
    names = {"first": one.name, "second": other.name}
    if both:
        yield {**names, **_row(ALL, "all shared themes", general[0], general[1]), **_none(),
               "linked": all(side.linked for side in told.values()) and bool(told)}  # fmt: skip
    for theme in both:
        side = sides[theme]
        difference, p = _difference(side, confidence)
        row = {**names, **_row(theme, themes.titles[theme], difference, p), **_none()}
        row |= {"linked": side.linked, "n_first": len(side.first), "n_second": len(side.second)}
        if not side.enough:
            fewer = min(len(side.first), len(side.second))
            row["reason"] = f"{fewer} pieces on one side; {TOO_FEW} are needed"
        elif len(told) > 1:
            estimate, row["p_beyond"] = beyond[list(told).index(theme)]
            row |= {"beyond": estimate.value, "beyond_lower": estimate.lower,
                    "beyond_upper": estimate.upper}  # fmt: skip
        yield row


def _none() -> dict[str, Any]:
    return {"beyond": math.nan, "beyond_lower": math.nan, "beyond_upper": math.nan,
            "p_beyond": math.nan, "q": math.nan}  # fmt: skip


def _row(theme: str, title: str, estimate: Estimate, p: float) -> dict[str, Any]:
    known = estimate.bounded and not math.isnan(p)
    return {
        "theme": theme, "title": title, "estimate": estimate.value, "lower": estimate.lower,
        "upper": estimate.upper, "n_clusters": estimate.clusters, "n_first": estimate.n,
        "n_second": estimate.n, "p": p,
        "finding": ALIKE if known else TOO_FEW_TO_SAY,
        "reason": estimate.reason,
    }  # fmt: skip


def _sides(one: Source, other: Source, theme: str) -> _Sides:
    """The same cases where at least `LINKED` are known to both; else all pieces of each."""
    mine, theirs = by_case(one, one.values[theme]), by_case(other, other.values[theme])
    common = mine.index.intersection(theirs.index)
    if len(common) >= LINKED:
        mine, theirs = mine.loc[common], theirs.loc[common]
        cluster = mine["cluster"].to_numpy(object)
        return _Sides(mine["value"].to_numpy(np.float64), theirs["value"].to_numpy(np.float64),
                      cluster, cluster, True)  # fmt: skip
    values, clusters = [], []
    same = one.footing.cluster == other.footing.cluster != "piece"
    for number, source in enumerate((one, other)):
        known = ~np.isnan(source.values[theme])
        values.append(source.values[theme][known])
        named = source.footing.clusters[known]
        own = named if same else np.array([f"{number} {label}" for label in named], object)
        clusters.append(own)
    return _Sides(values[0], values[1], clusters[0], clusters[1], False)


def _difference(side: _Sides, confidence: float) -> tuple[Estimate, float]:
    """First minus second with its p-value; NaN where too few."""
    if not side.enough:
        return Estimate(math.nan), math.nan
    if side.linked:
        apart = side.first - side.second
        fit = cluster_regression(apart, np.ones(len(apart)), side.first_clusters)
        found = fit.estimate([1.0], confidence, "difference within cases, CR2")
        return found, p_value(found, fit.degrees([1.0])) if found.bounded else math.nan
    y = np.concatenate([side.second, side.first])
    late = np.repeat([False, True], [len(side.second), len(side.first)])
    clusters = np.concatenate([side.second_clusters, side.first_clusters])
    both = two_periods(y, late, clusters, confidence=confidence)
    return both.difference, both.p if both.difference.bounded else math.nan


_Tested = tuple[Estimate, float]


def _general(sides: Sequence[_Sides], confidence: float) -> tuple[_Tested, list[_Tested]]:
    """The mean difference over themes, and each theme's difference less that mean.

    Themes are counted alike, whatever their n. Standard errors by leaving out one cluster after
    the other, from the sums of each cluster and theme.
    """
    if not sides:
        return (Estimate(math.nan), math.nan), []
    names = sorted({str(c) for s in sides for c in (*s.first_clusters, *s.second_clusters)})
    number = {name: place for place, name in enumerate(names)}
    m = len(names)
    means = [_means_without(side, number, m) for side in sides]
    whole = np.array([side.first.mean() - side.second.mean() for side in sides])
    without = np.stack(means, axis=1)  # (clusters, themes)
    n = min(min(len(side.first), len(side.second)) for side in sides)
    general = _jackknifed(float(whole.mean()), without.mean(axis=1), n, confidence)
    beyond = [
        _jackknifed(float(value - whole.mean()), column - without.mean(axis=1), n, confidence)
        for value, column in zip(whole, without.T, strict=True)
    ]
    return general, beyond


def _means_without(side: _Sides, number: dict[str, int], m: int) -> Floats:
    """Difference of means of one theme without each cluster in turn, shape (clusters,)."""
    left = []
    for values, clusters in (
        (side.first, side.first_clusters),
        (side.second, side.second_clusters),
    ):
        at = np.array([number[str(c)] for c in clusters])
        total, count = np.bincount(at, values, m), np.bincount(at, minlength=m)
        rest = len(values) - count
        left.append((values.sum() - total) / np.where(rest, rest, np.nan))
    return np.asarray(left[0] - left[1])


def _jackknifed(value: float, without: Floats, n: int, confidence: float) -> _Tested:
    """An estimate from its values without each cluster; t with m - 1 degrees of freedom."""
    m = len(without)
    if m < 3 or np.isnan(without).any():
        return Estimate(value, n=n, clusters=m, reason="under 3 clusters: no interval"), math.nan
    se = math.sqrt((m - 1) / m * float(((without - without.mean()) ** 2).sum()))
    if not se > 0:
        return Estimate(value, n=n, clusters=m, reason="it does not vary: no interval"), math.nan
    half = quantile(confidence, m - 1) * se
    reason = FEW if m < FEW_CLUSTERS else ""
    found = Estimate(value, se, value - half, value + half, n, "cluster jackknife", m, reason)
    return found, p_value(found, m - 1)


def orders(found: Sequence[Source], confidence: float) -> Iterator[dict[str, Any]]:
    """Rank correlation of cases that both sources know, over the themes that both know."""
    for one, other in combinations(found, 2):
        both = [theme for theme in one.items if theme in other.items]
        if not both:
            continue
        mine, theirs = (by_case(s, _over(s, both)) for s in (one, other))
        common: pd.Index[Any] = mine.index.intersection(theirs.index)
        names = {"first": one.name, "second": other.name, "n_cases": len(common)}
        if len(common) < LINKED:
            reason = f"not linked: {len(common)} cases in common, {LINKED} are needed"
            yield {**names, "estimate": math.nan, "lower": math.nan, "upper": math.nan,
                   "n_clusters": 0, "reason": reason}  # fmt: skip
            continue
        mine, theirs = mine.loc[common], theirs.loc[common]
        rho = spearman(mine["value"], theirs["value"], mine["cluster"].astype(str), confidence)
        yield {**names, "estimate": rho.value, "lower": rho.lower, "upper": rho.upper,
               "n_clusters": rho.clusters, "reason": rho.reason}  # fmt: skip


def _over(source: Source, themes: Sequence[str]) -> Floats:
    """Mean over themes of each piece; NaN unless at least half of them are known."""
    laid = np.stack([source.values[theme] for theme in themes])
    known = ~np.isnan(laid)
    n = known.sum(axis=0)
    total = np.where(known, laid, 0.0).sum(axis=0)
    return np.asarray(np.where(2 * n >= len(themes), total / np.maximum(n, 1), np.nan))
