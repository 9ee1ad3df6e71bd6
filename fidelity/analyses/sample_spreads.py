"""Whose numbers a plan rests on: the authority's own, and those that are assumed.

The spreads of practitioners, pieces and raters come from the audits, where enough of them were
scored twice. How fast practitioners and raters drift apart takes years of agreed scores to know,
so that this is assumed, in proportion to how much scores spread at all. Every plan says which of
its numbers are its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.sample_power import Plan, Spreads
from fidelity.errors import UsageError
from fidelity.scorings import AGREED, AUDITORS, Scorings, by_piece, values_of
from fidelity.statistics.variance import VarianceComponents, variance_components

Floats = npt.NDArray[np.float64]
#: Under so many pieces with two raters, pieces, or practitioners, nothing is estimated.
LEAST = 10
OWN, SCALED, ASSUMED = "own", "own in all, parts assumed", "assumed"
#: Sources of what is assumed: the design study of drift (pieces .8, noise .5, agreed .3, slopes .01
#: and .008 a month, 40 practitioners, 10 raters); practitioners .4 and raters .3 are those of
#: the simulated authority. The minutes are guesses.
DEFAULTS = Spreads()
PRACTITIONERS, RATERS, MINUTES = 40, 10, 60.0
_PARTS = ("practitioner", "piece", "rater", "noise")


@dataclass(frozen=True)
class Known:
    """What a plan rests on.

    Attributes:
        spreads: standard deviations, in levels.
        origin: by the name of a number: own, assumed, or own in all with its parts assumed.
        practitioners: how many the audits reach.
        raters: how many score.
        minutes: of one scoring, the median.
        minutes_benchmark: of one benchmark piece, the median.
        now: what is done now; None without audits.
        counts: for the sentences: pieces, double, agreed, months.
    """

    spreads: Spreads
    origin: Mapping[str, str]
    practitioners: int = PRACTITIONERS
    raters: int = RATERS
    minutes: float = MINUTES
    minutes_benchmark: float = MINUTES
    now: Plan | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)


def assumed() -> Known:
    """What is known where there are no audits: nothing."""
    names = (*vars(DEFAULTS), "practitioners", "raters", "minutes", "minutes_benchmark")
    return Known(DEFAULTS, dict.fromkeys(names, ASSUMED))


def known(given: Scorings, measure: str) -> Known:
    """What the audits say.

    Args:
        given: all scorings, those of pieces chosen for a reason left out.
        measure: the score that is looked at.
    """
    values = values_of(given, measure)
    table = _scored(given, values)
    parts, how = _parts(table)
    spreads = _all_spreads(parts)
    origin = {**dict.fromkeys(vars(DEFAULTS), ASSUMED), **dict.fromkeys(_PARTS, how)}
    if how == "crossed":
        origin |= {**dict.fromkeys(_PARTS, OWN), "practitioner": ASSUMED}
    months = _months(table)
    found = Known(spreads, origin)
    numbers = {
        "practitioners": _distinct(table, "practitioner"),
        "raters": _distinct(table, "rater"),
        "minutes": _median(given, ~given.benchmark),
        "minutes_benchmark": _median(given, given.benchmark) or _median(given, ~given.benchmark),
    }
    own: dict[str, Any] = {name: value for name, value in numbers.items() if value}
    origin |= {name: OWN if name in own else ASSUMED for name in numbers}
    counts = {
        "pieces": int(table["piece"].nunique()), "months": months,
        "double": int((table.groupby("piece").size() > 1).sum()), "agreed": _agreed(given, table),
    }  # fmt: skip
    found = replace(found, origin=origin, counts=counts, **own)
    return replace(found, now=_now(given, found) if counts["pieces"] else None)


def _scored(given: Scorings, values: Floats) -> pd.DataFrame:
    """One row a scoring of real practice by an auditor, with its score."""
    kept = np.isin(given.role, AUDITORS) & ~given.benchmark & ~np.isnan(values)
    _, side = by_piece(given, np.flatnonzero(kept))
    rows = np.sort(side[side >= 0])
    return given.table.iloc[rows].assign(score=values[rows]).reset_index(drop=True)


def _parts(table: pd.DataFrame) -> tuple[dict[str, float], str]:
    """Standard deviations of practitioners, pieces, raters and noise; and whose they are."""
    double = int((table.groupby("piece").size() > 1).sum())
    if double >= LEAST and table["score"].nunique() > 1:
        for design in _designs(table):
            study = _divided(table, design)
            if study is not None:
                return _from(study), OWN if "practitioner" in design else "crossed"
    spread = float(table["score"].std()) if len(table) >= LEAST else math.nan
    if spread > 0:
        share = spread / _in_all(DEFAULTS)
        return {name: share * getattr(DEFAULTS, name) for name in _PARTS}, SCALED
    return {name: getattr(DEFAULTS, name) for name in _PARTS}, ASSUMED


def _designs(table: pd.DataFrame) -> list[str]:
    """Designs to try, the richest first."""
    crossed = ["piece x rater"]
    if "practitioner" not in table or table["practitioner"].isna().any():
        return crossed
    met = table.groupby(["practitioner", "rater"])["piece"].nunique()
    enough = table["practitioner"].nunique() >= LEAST and (met > 1).sum() >= LEAST
    return ["(piece:practitioner) x rater", *crossed] if enough else crossed


def _divided(table: pd.DataFrame, design: str) -> VarianceComponents | None:
    facets = [name for name in ("practitioner", "piece", "rater") if name in design]
    factors = {name: table[name].astype(str).to_numpy() for name in facets}
    try:
        return variance_components(factors, table["score"].to_numpy(np.float64), design=design)
    except UsageError:
        return None


def _from(study: VarianceComponents) -> dict[str, float]:
    """Standard deviations from variance components; negative ones count as 0."""
    variance = {name: max(found.value, 0.0) for name, found in study.components.items()}
    rater = variance.pop("rater")
    if "practitioner" in variance:
        practitioner, piece = variance.pop("practitioner"), variance.pop("piece:practitioner")
    else:
        share = DEFAULTS.practitioner**2 / (DEFAULTS.practitioner**2 + DEFAULTS.piece**2)
        whole = variance.pop("piece")
        practitioner, piece = share * whole, (1 - share) * whole
    found = zip(_PARTS, (practitioner, piece, rater, sum(variance.values())), strict=True)
    return {name: math.sqrt(value) for name, value in found}


def _all_spreads(parts: Mapping[str, float]) -> Spreads:
    """With what is assumed, in proportion to how scores spread at all."""
    share = _in_all(replace(DEFAULTS, **parts)) / _in_all(DEFAULTS)
    return Spreads(
        **parts,
        agreed=parts["noise"] * DEFAULTS.agreed / DEFAULTS.noise,
        practitioner_slope=share * DEFAULTS.practitioner_slope,
        rater_slope=share * DEFAULTS.rater_slope,
    )


def _in_all(spreads: Spreads) -> float:
    return math.sqrt(sum(getattr(spreads, name) ** 2 for name in _PARTS))


def _distinct(table: pd.DataFrame, column: str) -> int:
    return int(table[column].nunique()) if column in table else 0


def _median(given: Scorings, rows: npt.NDArray[np.bool_]) -> float:
    if "minutes" not in given.table:
        return 0.0
    taken = given.table.loc[rows, "minutes"].dropna()
    return float(taken.median()) if len(taken) else 0.0


def _months(table: pd.DataFrame) -> int:
    """Calendar months from the first audit to the last; 0 where dates are not recorded."""
    if "date" not in table or table["date"].isna().all():
        return 0
    month = pd.to_datetime(table["date"].dropna()).dt.to_period("M")
    return int((month.max() - month.min()).n) + 1


def _agreed(given: Scorings, table: pd.DataFrame) -> int:
    """Pieces of real practice that an auditor scored and that have an agreed score."""
    agreed = given.table.loc[(given.role == AGREED) & ~given.benchmark, "piece"]
    return int(table.loc[table["piece"].isin(agreed), "piece"].nunique())


def _now(given: Scorings, found: Known) -> Plan | None:
    counts = found.counts
    if not counts["months"]:
        return None
    scored = given.benchmark & np.isin(given.role, AUDITORS)
    return Plan(
        counts["pieces"] / counts["months"],
        counts["agreed"] / counts["pieces"],
        int(scored.sum()) / found.raters / (counts["months"] / 3),
    )
