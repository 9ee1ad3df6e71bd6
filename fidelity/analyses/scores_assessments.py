"""One row an assessment: every measure, why it is withheld, and the band before and after caps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.counted import Counted
from fidelity.rubric.model import Rubric
from fidelity.scoring import CANNOT_SAY, REASONS, Scores, not_answered
from fidelity.tables import Answers


def assessment_table(
    table: pd.DataFrame, rubric: Rubric, given: Answers, scores: Scores, chosen: Counted
) -> pd.DataFrame:
    """One row an assessment with every measure and why it is withheld."""
    columns: dict[str, Any] = {}
    names = np.array(REASONS, dtype=object)
    for name, measure in scores.measures.items():
        columns[name] = measure.value
        columns[f"{name}_reason"] = names[measure.reason]
        if measure.kind == "mean":
            columns[f"{name}_lowest"] = measure.lowest
            columns[f"{name}_highest"] = measure.highest
    columns |= {
        "share_answered": scores.share_answered,
        "ne_rate": scores.ne_rate,
        **not_answered(given),
        "must_haves_not_seen": scores.must_haves_not_seen,
        "must_haves_unanswered": scores.must_haves_unanswered,
    }
    bands = rubric.bands
    if bands and scores.band is not None and scores.band_before_caps is not None:
        ids = np.array([*(band.id for band in bands.levels), CANNOT_SAY], dtype=object)
        columns["band"] = ids[scores.band]
        columns["band_before_caps"] = ids[scores.band_before_caps]
        columns["band_reason"] = scores.band_reason
        columns["cap"] = caps(table, scores)
    columns["counted"] = np.isin(np.arange(len(table)), chosen.rows)
    return pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)


def caps(table: pd.DataFrame, scores: Scores) -> npt.NDArray[np.object_]:
    """Where a must-have lowered the band, and whether that rests on one assessment; else ""."""
    code = np.zeros(len(table), np.intp)
    if scores.band is not None:
        capped = (scores.band != scores.band_before_caps) & (scores.band >= 0)
        mine = table[capped]
        moderated = mine["piece"].duplicated(keep=False).to_numpy()
        if "rater_role" in mine:
            moderated = moderated | mine["rater_role"].astype(object).eq("agreed").to_numpy()
        code[capped] = 1 + moderated
    return np.array(["", "not yet moderated", "moderated"], dtype=object)[code]
