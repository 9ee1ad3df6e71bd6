"""Single practitioners, on request: is a change more than noise? In their own order, never ranked.

The noise is that of single pieces around their practitioner's mean: families, raters and chance. It
comes from the same data, with its degrees of freedom; or from the reliability of one piece that a
generalizability study gave, with its uncertainty.

Source: Jacobson & Truax 1991, J Consult Clin Psychol 59:12-19 (`statistics.reliable_change`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from fidelity.analyses.skills_strand import ROW, Strand
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted
from fidelity.statistics.reliable_change import (
    FELL,
    IMPROVED,
    NOISE,
    change_of_means,
    reliable_change,
)

#: Pieces of one person before and after from which on anything is said (local).
LEAST = 2
TOO_FEW_OF_ONE = "too few of one person"


def people(strand: Strand, reliability: Estimate | float | None, confidence: float) -> pd.DataFrame:
    """One row a practitioner, in the order of their ids: latest half-year beside before.

    Args:
        strand: the pieces.
        reliability: of one piece by one rater; from the data themselves if not given.
        confidence: how sure a change must be.
    """
    sides = [_means(strand, mine) for mine in (strand.before, strand.after)]
    names = sorted(set(sides[0].index) | set(sides[1].index))
    if not names:
        return pd.DataFrame(columns=list(ROW))
    pre, post = (side.reindex(names) for side in sides)
    n = [side["count"].fillna(0).to_numpy(np.float64) for side in (pre, post)]
    found = _judged(strand, pre["mean"].to_numpy(float), post["mean"].to_numpy(float), n,
                    reliability, confidence)  # fmt: skip
    enough = (n[0] >= LEAST) & (n[1] >= LEAST)
    p = np.where(enough, found["p"], np.nan)
    q = adjusted(p)
    side = np.where(found["estimate"] > 0, IMPROVED, FELL)
    told = np.where(q < 1 - confidence, side, NOISE)
    table = pd.DataFrame({
        "level": "practitioner", "group": names, "strand": strand.label, "kind": "reliable change",
        "name": strand.measure, "estimate": np.where(enough, found["estimate"], np.nan),
        "lower": np.where(enough, found["lower"], np.nan),
        "upper": np.where(enough, found["upper"], np.nan), "before": pre["mean"].to_numpy(),
        "after": post["mean"].to_numpy(), "n_before": n[0].astype(int), "n_after": n[1].astype(int),
        "n_clusters": 1, "p": p, "q": q, "finding": np.where(enough, told, TOO_FEW_OF_ONE),
        "reason": np.where(enough, "", f"under {LEAST} pieces on a side"),
    })  # fmt: skip
    return table[list(ROW)]


def _means(strand: Strand, mine: Any) -> pd.DataFrame:
    values = pd.Series(strand.value[mine])
    return values.groupby(strand.person[mine]).agg(["mean", "count"])


def _judged(
    strand: Strand, pre: Any, post: Any, n: list[Any], reliability: Estimate | float | None,
    confidence: float,
) -> dict[str, Any]:  # fmt: skip
    """Change, limits and p-value of each person."""
    from scipy.special import ndtri, stdtr

    if reliability is None:
        within, df = noise_of(strand)
        found = change_of_means(pre, post, *n, within=within, df=df, confidence=confidence)
        p = 2 * stdtr(max(df, 1.0), -np.abs(found.index))
        return {"estimate": found.change, "lower": found.lower, "upper": found.upper, "p": p}
    sd = float(np.nanstd(strand.value[strand.before], ddof=1))
    needed = np.full(len(pre), np.nan)
    for place in np.flatnonzero((n[0] > 0) & (n[1] > 0)):
        share = math.sqrt((1 / n[0][place] + 1 / n[1][place]) / 2)
        needed[place] = reliable_change(
            pre[place], post[place], sd=sd * share, reliability=reliability, confidence=confidence
        ).needed[0]
    change = post - pre
    from scipy.special import ndtr

    p = 2 * ndtr(-np.abs(change) / needed * float(ndtri(0.5 + confidence / 2)))
    return {"estimate": change, "lower": change - needed, "upper": change + needed, "p": p}


def noise_of(strand: Strand) -> tuple[float, float]:
    """Variance of a piece around its practitioner's mean before or after, and its df."""
    squares, df = 0.0, 0
    for mine in (strand.before, strand.after):
        groups = pd.Series(strand.value[mine]).groupby(strand.person[mine])
        squares += float(((groups.transform("mean") - strand.value[mine]) ** 2).sum())
        df += int(mine.sum()) - groups.ngroups
    return (squares / df if df > 0 else math.nan), float(df)
