"""What the time of auditors buys: how wide the interval of a mean is, and what more hours would do.

The width of an interval falls with the square root of the number of pieces, and so of the hours
(if further audits take as long and tell as much): ten more hours after `H` make it
`sqrt(H / (H + 10))` as wide. Source: the standard error of a mean; local in its use.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from fidelity.analyses.measures_rows import audited
from fidelity.collect.ratings import Ratings
from fidelity.footing import comparable, footings
from fidelity.statistics.clusters import cluster_mean
from fidelity.words import TOO_FEW

MORE_HOURS = 10
COLUMNS = (
    "rubric", "title", "hours", "n_assessments", "n_pieces", "estimate", "lower", "upper", "width",
    "width_with_more", "narrower_an_hour", "reason",
)  # fmt: skip


def information(ratings: Mapping[str, Ratings], confidence: float) -> pd.DataFrame:
    """A row a rubric whose raters wrote down their minutes.

    Returns:
        hours of scoring; the mean share of the scale with its interval over all counted pieces;
        its `width`, the width with ten more hours, and by how much one hour narrows it now.
    """
    rows = []
    for held in ratings.values():
        table = held.assessments
        if "minutes" not in table or not table["minutes"].notna().any():
            continue
        if not audited(held) or not comparable(held.rubric):
            continue
        hours = float(table["minutes"].sum()) / 60
        parts = footings(held, "measures")
        value = np.concatenate([part.mean(part.items, 0.8) for part in parts] or [np.empty(0)])
        cluster = np.concatenate([part.clusters.astype(str) for part in parts] or [np.empty(0)])
        known = ~np.isnan(value)
        told = cluster_mean(value[known], cluster[known], confidence=confidence)
        few = int(known.sum()) < TOO_FEW or not told.bounded
        width = math.nan if few else told.upper - told.lower
        rows.append({
            "rubric": held.rubric.id, "title": held.rubric.title, "hours": hours,
            "n_assessments": int(table["minutes"].notna().sum()), "n_pieces": int(known.sum()),
            "estimate": math.nan if few else told.value, "lower": math.nan if few else told.lower,
            "upper": math.nan if few else told.upper, "width": width,
            "width_with_more": width * math.sqrt(hours / (hours + MORE_HOURS)),
            "narrower_an_hour": width / (2 * hours),
            "reason": "too few to say" if few else "",
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
