"""Who was looked at in two periods: a change in that may look like a change in practice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.counted import labels
from fidelity.dated import AFTER, BEFORE, Dated
from fidelity.statistics.change import two_periods
from fidelity.statistics.false_discovery import adjusted

#: What is compared, where it is recorded.
ABOUT = ("plan_type", "stage", "age_band", "selection", "team", "source", "with_practitioner")
COLUMNS = (
    "column", "value", "before", "after", "estimate", "lower", "upper", "n_before", "n_after", "q",
    "differs",
)  # fmt: skip


def who_was_looked_at(held: Dated, side: npt.NDArray[np.int8], confidence: float) -> pd.DataFrame:
    """Shares of pieces by kind before and after, with their differences.

    Args:
        held: the pieces.
        side: `BEFORE`, `AFTER`, or neither.
        confidence: coverage of the intervals; its complement is the false-discovery rate.
    """
    table = pd.DataFrame(list(_rows(held, side, confidence)), columns=[*COLUMNS, "p"])
    q = adjusted(table["p"].to_numpy(np.float64))
    table["q"], table["differs"] = q, q < 1 - confidence
    return table[list(COLUMNS)]


def _rows(held: Dated, side: npt.NDArray[np.int8], confidence: float) -> Iterator[dict[str, Any]]:
    rows = np.flatnonzero((side == BEFORE) | (side == AFTER))
    after = side[rows] == AFTER
    if not after.any() or after.all():
        return
    for column in ABOUT:
        if column not in held.table or held.table[column].iloc[rows].nunique() < 2:
            continue
        value = labels(held.table[column].iloc[rows])
        for word in sorted(set(value)):
            found = two_periods(
                (value == word).astype(np.float64), after, held.clusters[rows],
                confidence=confidence,
            )  # fmt: skip
            yield {
                "column": column, "value": word, "before": found.before.value,
                "after": found.after.value, "estimate": found.difference.value,
                "lower": found.difference.lower, "upper": found.difference.upper,
                "n_before": found.before.n, "n_after": found.after.n, "p": found.p,
            }  # fmt: skip
