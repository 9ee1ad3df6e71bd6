"""The tables of `drift`: one row a trend, one row a rater, with their findings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.statistics.drift import TwoTrends, chance
from fidelity.statistics.drift_references import LEAST_REFERENCES
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted

Floats = npt.NDArray[np.float64]

ALL = "(all)"
YEAR = 12.0
RISING, FALLING, FLAT = "rising", "falling", "no change can be told"
GENEROUS, STRICTER, STEADY = "more generous", "stricter", "no shift can be told"
NOT_APART, TOO_FEW = "cannot be told apart", "too few to tell apart"
ALIKE, TOO_FEW_BESIDE = "no difference can be told", "too few to tell"
#: Scorings that a rater must have given for anything to be said beside the others.
LEAST_SCORED = 10
PRACTICE, SCORING, THESE, SCORES, RECORDING = (
    "practice", "scoring", "scoring of these raters", "scores as given", "recording of evidence",
)  # fmt: skip
COLUMNS = (
    "part", "group", "estimate", "lower", "upper", "a_month", "month_lower", "month_upper",
    "n_pieces", "n_clusters", "n_raters", "n_missing", "p", "q", "finding", "reason",
)  # fmt: skip
RATER_COLUMNS = (
    "rater", "estimate", "lower", "upper", "finding", "relative", "relative_lower",
    "relative_upper", "beside", "n_scored", "n_gold", "n_benchmark", "reason",
)  # fmt: skip


def trends_table(
    found: TwoTrends, scores: Estimate, recording: Estimate | None, grouped: TwoTrends | None,
    groups: Sequence[str], about: Mapping[str, int], confidence: float,
) -> pd.DataFrame:  # fmt: skip
    """One row a trend.

    Args:
        found: practice and scoring.
        scores: the scores as given.
        recording: what recording did to them.
        grouped: the trends with practice by group.
        groups: their names.
        about: columns that all rows share.
        confidence: its complement is the false-discovery rate over groups.
    """
    rows = list(_rows(found, scores, recording, grouped, groups, confidence))
    return pd.DataFrame([{**row, **about} for row in rows], columns=list(COLUMNS))


def _rows(
    found: TwoTrends, scores: Estimate, recording: Estimate | None, grouped: TwoTrends | None,
    groups: Sequence[str], confidence: float,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    moved, shifted = (RISING, FALLING, FLAT), (GENEROUS, STRICTER, STEADY)
    unknown = TOO_FEW if found.raters.references.n.sum() else NOT_APART
    yield {**_row(PRACTICE, ALL, found.practice[0], moved, unknown), "p": found.chance[0]}
    yield {**_row(SCORING, ALL, found.scoring, shifted, unknown), "p": found.chance[-1]}
    yield _row(THESE, ALL, found.these, shifted, unknown)
    yield _row(SCORES, ALL, scores, moved, unknown)
    if recording is not None:
        yield _row(RECORDING, ALL, recording, moved, unknown)
    if grouped is not None:
        q = adjusted(np.array(grouped.chance[:-1]))
        for group, one, of_one in zip(groups, grouped.practice, q, strict=True):
            row = _row(PRACTICE, group, one, moved, unknown)
            told = of_one < 1 - confidence
            yield {**row, "q": of_one, "finding": row["finding"] if told else FLAT}


def _row(
    part: str, group: str, found: Estimate, words: tuple[str, str, str], unknown: str
) -> dict[str, Any]:
    up, down, none = words
    finding = up if found.lower > 0 else down if found.upper < 0 else none
    a_month = (found.value, found.lower, found.upper)
    return {
        "part": part, "group": group,
        **dict(zip(("estimate", "lower", "upper"), (YEAR * v for v in a_month), strict=True)),
        **dict(zip(("a_month", "month_lower", "month_upper"), a_month, strict=True)),
        "n_pieces": found.n, "n_clusters": found.clusters, "p": math.nan, "q": math.nan,
        "finding": finding if found.known else unknown, "reason": found.reason,
    }  # fmt: skip


def raters_of(
    found: TwoTrends, names: Sequence[str], given: npt.NDArray[np.intp], confidence: float
) -> pd.DataFrame:
    """Shifts of raters a year, with false discoveries held; of raters who gave a score at all."""
    from scipy.special import stdtrit

    known = found.raters
    # The model knows raters up to the last whose scoring has a value.
    given = given[: len(known.relative)]
    half = float(stdtrit(known.df, 0.5 + confidence / 2))
    told = known.references.told & np.isfinite(known.absolute)
    enough = given >= LEAST_SCORED
    unknown = TOO_FEW if known.references.n.sum() else NOT_APART
    rows = []
    q, q_beside = (
        adjusted(np.array([chance(v / s, known.df) if ok and s > 0 else math.nan
                           for v, s, ok in zip(value, se, use, strict=True)]))
        for value, se, use in (
            (known.absolute, known.absolute_se, told), (known.relative, known.relative_se, enough)
        )
    )  # fmt: skip
    for r, name in enumerate(names[: len(given)]):
        if not given[r] and not known.references.n[r]:
            continue
        value, low, high = _a_year(known.absolute[r], known.absolute_se[r], half, bool(told[r]))
        beside, left, right = _a_year(
            known.relative[r], known.relative_se[r], half, bool(enough[r])
        )
        n = int(known.references.n[r])
        rows.append({
            "rater": name, "estimate": value, "lower": low, "upper": high,
            "finding": _finding(value, q[r], confidence, STEADY, unknown),
            "relative": beside, "relative_lower": left, "relative_upper": right,
            "beside": _finding(beside, q_beside[r], confidence, ALIKE, TOO_FEW_BESIDE),
            "n_scored": int(given[r]), "n_gold": int(known.references.gold[r]),
            "n_benchmark": int(known.references.benchmark[r]),
            "reason": "" if told[r] else _why_not(n, found),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(RATER_COLUMNS))


def _a_year(value: float, se: float, half: float, known: bool) -> tuple[float, float, float]:
    if not known:
        return math.nan, math.nan, math.nan
    return YEAR * value, YEAR * (value - half * se), YEAR * (value + half * se)


def _why_not(n: int, found: TwoTrends) -> str:
    if n < LEAST_REFERENCES:
        return (
            f"{n} scorings with an agreed score or of a benchmark piece; {LEAST_REFERENCES} are "
            "needed"
        )
    return found.reason


def _finding(value: float, q: float, confidence: float, none: str, unknown: str) -> str:
    if math.isnan(value) or math.isnan(q):
        return unknown
    return none if q >= 1 - confidence else GENEROUS if value > 0 else STRICTER
