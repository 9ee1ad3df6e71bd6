"""The series that are charted: one value a piece, put into months or quarters, for every group."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.counted import Counted, counted, default_cluster, group_columns, labels
from fidelity.errors import UsageError
from fidelity.results import Result
from fidelity.scoring import REASONS, Scores, score_answers
from fidelity.statistics import clusters as stats
from fidelity.statistics.confidence_sequence import confidence_sequence
from fidelity.statistics.estimate import Estimate
from fidelity.tables import answers
from fidelity.words import TOO_FEW, main_mean

Floats = npt.NDArray[np.float64]
ALL = "(all)"
FREQUENCIES = {"month": "M", "quarter": "Q"}
FEW_PIECES = f"fewer than {TOO_FEW}"


@dataclass(frozen=True)
class Measured:
    """What is charted.

    Attributes:
        id: of a mean, ratio or total of the rubric, or of a band.
        title: its name for people.
        kind: mean, ratio, total, or share (of pieces in a band).
        bounds: least and greatest possible value; infinite where there is none.
    """

    id: str
    title: str
    kind: str
    bounds: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces that count, one row each.

    Attributes:
        table: what is known of each; `period` is the number of its month or quarter.
        value: of the measure; NaN where withheld. Moved by strictness where that was asked.
        top: numerator of a ratio, else the value.
        below: denominator of a ratio, else 1.
        error: variance that a rater's strictness, not known exactly, adds to a scoring.
        ne_rate: share of items without evidence.
        cluster: what each is nested in.
        periods: the months or quarters, without gaps.
        undated: how many pieces had no date.
        chosen: which assessments count, and why.
        adjusted: how many values were moved by their rater's strictness.
    """

    table: pd.DataFrame
    value: Floats
    top: Floats
    below: Floats
    error: Floats
    ne_rate: Floats
    cluster: npt.NDArray[np.object_]
    cluster_name: str
    periods: pd.PeriodIndex
    undated: int
    chosen: Counted
    adjusted: int = 0


@dataclass(frozen=True, eq=False)
class Group:
    """One series: its labels and the rows of its pieces."""

    labels: tuple[str, ...]
    rows: npt.NDArray[np.intp]
    whole: bool


@dataclass(frozen=True, eq=False)
class Watched:
    """The interval that may be looked at every period; arrays of shape (periods,).

    Attributes:
        mean: of all clusters by period since the stretch began.
        lower: lower limit.
        upper: upper limit.
        left: whether it has shown by then that the mean moved.
        direction: 1 up, -1 down.
        name: of what it showed; "" where there is no such interval.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    left: npt.NDArray[np.bool_]
    direction: npt.NDArray[np.int8]
    name: str = ""


def measured(ratings: Ratings, name: str | None) -> Measured:
    """The measure of that name, or the main mean.

    Raises:
        UsageError: the rubric has no such measure; the message names those that it has.
    """
    rubric = ratings.rubric
    bands = {band.id: band.title for band in rubric.bands.levels} if rubric.bands else {}
    means = {c.id: c.items[0].id for c in rubric.components if c.mean and c.items}
    ratios = {r.id: r.title for r in rubric.ratios}
    wanted = name or main_mean(rubric) or next(iter(bands), "") or next(iter(ratios), "")
    if wanted in bands:
        title = f"Share of pieces {bands[wanted][:1].lower()}{bands[wanted][1:]}"
        return Measured(wanted, title, "share", (0.0, 1.0))
    if wanted in ratios:
        return Measured(wanted, ratios[wanted], "ratio", (0.0, math.inf))
    composites = [c.id for c in rubric.composites]
    if wanted in means or wanted in composites:
        item = means.get(wanted) or next(iter(means.values()))
        scale = rubric.scale_of(item)
        bounds = (float(scale.minimum), float(scale.maximum))
        return Measured(wanted, rubric.titles[wanted], "mean", bounds)
    known = ", ".join([*composites, *means, *ratios, *bands])
    if not known:
        raise UsageError(
            f"{rubric.title} averages nothing and has no band or ratio, so there is nothing to "
            "chart. fidelity.score(ratings) says what can be said."
        )
    raise UsageError(
        f'measure="{wanted}": the rubric {rubric.id} has no such measure. It has: {known}.'
    )


def pieces_of(
    ratings: Ratings, of: Measured, every: str, record: str | None, selection: str,
    cluster: str | None,
) -> Pieces:  # fmt: skip
    """The dated pieces that count, with the value of the measure.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    if every not in FREQUENCIES:
        raise UsageError(f'every="{every}"; allowed: {", ".join(FREQUENCIES)}.')
    chosen = counted(ratings, record=record, selection=selection)
    table = ratings.assessments.iloc[chosen.rows].reset_index(drop=True)
    if "date" not in table or table["date"].isna().all():
        raise UsageError(
            "chart() needs the column date (the end of the practice looked at), and no piece "
            "that counts has one. Add it, as 2026-11-30."
        )
    scores = score_answers(answers(ratings), ratings.rubric)
    value, top, below = _values(scores, of, chosen.rows, ratings)
    table["rater_role"] = chosen.role
    kept = np.flatnonzero(table["date"].notna().to_numpy())
    undated = len(table) - len(kept)
    table = table.iloc[kept].reset_index(drop=True)
    inside = pd.PeriodIndex(pd.to_datetime(table["date"]), freq=FREQUENCIES[every])
    periods = pd.period_range(inside.min(), inside.max(), freq=FREQUENCIES[every])
    table["period"] = periods.get_indexer(inside)
    name = cluster or default_cluster(table)
    if name not in table:
        known = ", ".join(map(str, table.columns))
        raise UsageError(f'No column "{name}" to cluster by; there are: {known}.')
    return Pieces(
        table, value[kept], top[kept], below[kept], np.zeros(len(kept)),
        scores.ne_rate[chosen.rows][kept], labels(table[name]), name, periods, undated, chosen,
    )  # fmt: skip


def _values(
    scores: Scores, of: Measured, rows: npt.NDArray[np.intp], ratings: Ratings
) -> tuple[Floats, Floats, Floats]:
    ones = np.ones(len(rows))
    if of.kind == "share" and scores.band is not None and ratings.rubric.bands:
        place = [band.id for band in ratings.rubric.bands.levels].index(of.id)
        inside = (scores.band[rows] == place).astype(np.float64)
        return inside, inside, ones
    measure = scores.measures[of.id]
    value = measure.value[rows]
    if of.kind != "ratio":
        return value, value, ones
    part = measure.parts[0]
    whole = measure.reason[rows] != len(REASONS) - 1  # all of its counts are recorded
    top = np.where(whole, part.top[rows], np.nan)
    return value, top, np.where(whole, part.below[rows], np.nan).astype(np.float64)


def adjusted(pieces: Pieces, of: Measured, strictness: Result) -> Pieces:
    """Values as a rater of average strictness would have given them, with what that adds to error.

    Raises:
        UsageError: not a result of `strictness`, or a measure that is not a mean of levels.
    """
    table = strictness.table
    if strictness.method.get("name") != "strictness" or of.kind != "mean":
        raise UsageError(
            "strictness= takes the result of fidelity.strictness(ratings), and moves means of "
            "levels alone."
        )
    known = table.dropna(subset=["estimate"]).drop_duplicates("rater").set_index("rater")
    rater = pieces.table["rater"]
    shift = rater.map(known["estimate"]).to_numpy(np.float64)
    width = (known["upper"] - known["lower"]) / (2 * _z(strictness.method["confidence"]))
    moved = ~np.isnan(shift)
    value = np.clip(pieces.value + np.where(moved, shift, 0.0), *of.bounds)
    error = np.where(moved, rater.map(width).to_numpy(np.float64) ** 2, 0.0)
    told = int((moved & ~np.isnan(pieces.value)).sum())
    return replace(pieces, value=value, top=value, error=np.nan_to_num(error), adjusted=told)


def _z(confidence: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2))


def groups_of(pieces: Pieces, by: str | list[str] | None) -> tuple[list[str], list[Group]]:
    """Group columns, and each group in the order of its label with all last; roles apart."""
    columns = group_columns(pieces.table, by)
    roles = sorted(set(pieces.table["rater_role"]))
    several = len(roles) > 1
    found = []
    for role in roles:
        mine = np.flatnonzero((pieces.table["rater_role"] == role).to_numpy())
        tail = (str(role) or "(not recorded)",) if several else ()
        if columns:
            keys = pd.MultiIndex.from_arrays([labels(pieces.table[c].iloc[mine]) for c in columns])
            codes, names = pd.factorize(keys, sort=True)
            for code, label in enumerate(names):
                found.append(Group((*map(str, label), *tail), mine[codes == code], whole=False))
        found.append(Group((*(ALL for _ in columns), *tail), mine, whole=True))
    return [*columns, *(["rater_role"] if several else [])], found


def cells(
    pieces: Pieces, of: Measured, group: Group, confidence: float
) -> Iterator[dict[str, Any]]:
    """Each period of a group: the estimate with its interval, and what it rests on."""
    period = pieces.table["period"].to_numpy()[group.rows]
    for number in range(len(pieces.periods)):
        rows = group.rows[period == number]
        known = rows[~np.isnan(pieces.top[rows])]
        told = _estimate(pieces, of, known, confidence)
        few = len(known) < TOO_FEW
        nothing = "no pieces" if not len(rows) else FEW_PIECES
        yield {
            "estimate": told.value, "lower": told.lower, "upper": told.upper,
            "se": told.se,
            "point": math.nan if few else told.value, "n_pieces": len(known),
            "n_missing": len(rows) - len(known), "n_clusters": told.clusters,
            "n_raters": int(pieces.table["rater"].iloc[known].nunique()),
            "ne_rate": _mean(pieces.ne_rate[known]),
            "reason": nothing if few else told.reason,
        }  # fmt: skip


def _mean(values: Floats) -> float:
    held = values[~np.isnan(values)]
    return float(held.mean()) if held.size else math.nan


def _estimate(
    pieces: Pieces, of: Measured, rows: npt.NDArray[np.intp], confidence: float
) -> Estimate:
    nested = pieces.cluster[rows].astype(str)
    if of.kind == "share":
        return stats.cluster_share(pieces.value[rows] > 0, nested, confidence=confidence)
    if of.kind == "ratio":
        return stats.cluster_ratio(pieces.top[rows], pieces.below[rows], nested, confidence)
    return stats.cluster_mean(pieces.value[rows], nested, confidence=confidence)


def rater_variance(pieces: Pieces, group: Group, base: npt.NDArray[np.bool_]) -> Floats:
    """Variance of each period's mean from raters' strictness not being known exactly.

    A rater's error moves all their scores alike, so that it matters only as far as the share of
    the rater differs from that in the baseline: the sum of (share - share there)^2 times the
    squared standard error.
    """
    raters, code = np.unique(pieces.table["rater"].to_numpy(str)[group.rows], return_inverse=True)
    period = pieces.table["period"].to_numpy()[group.rows]
    known = ~np.isnan(pieces.value[group.rows])
    n = np.zeros((len(pieces.periods), len(raters)))
    np.add.at(n, (period[known], code[known]), 1)
    error = np.zeros(len(raters))
    error[code] = pieces.error[group.rows]
    total = n[base].sum(axis=0)
    there = total / max(total.sum(), 1)
    each = n.sum(axis=1, keepdims=True)
    share = np.divide(n, each, out=np.zeros_like(n), where=each > 0)
    return np.asarray(((share - there) ** 2 * error).sum(axis=1) * (each[:, 0] > 0))


def watched(
    pieces: Pieces, of: Measured, group: Group, start: int, last_of_baseline: int,
    confidence: float,
) -> Watched:  # fmt: skip
    """The confidence sequence of means of clusters by period, as it stands at each period's end.

    Args:
        pieces: the pieces.
        of: the measure; a ratio or total has no bounds, so no sequence.
        group: the series.
        start: the period with which it begins (the last named rebase).
        last_of_baseline: the last period of a baseline; -1 for none.
        confidence: for all looks together.
    """
    rows = group.rows[~np.isnan(pieces.value[group.rows])]
    rows = rows[pieces.table["period"].to_numpy()[rows] >= start]
    months = len(pieces.periods)
    none = np.full(months, math.nan)
    if of.kind not in {"mean", "share"} or not rows.size:
        return Watched(none, none, none, np.zeros(months, np.bool_), np.zeros(months, np.int8))
    held = {"period": pieces.table["period"].to_numpy()[rows], "cluster": pieces.cluster[rows],
            "value": pieces.value[rows]}  # fmt: skip
    means = pd.DataFrame(held).groupby(["period", "cluster"], sort=True)["value"].mean()
    period = means.index.get_level_values("period").to_numpy()
    base = int((period <= last_of_baseline).sum())
    found = confidence_sequence(
        means.to_numpy(), of.bounds, confidence=confidence,
        baseline=base if base < len(means) else 0,
    )  # fmt: skip
    ends = np.searchsorted(period, np.arange(months), side="right") - 1

    def at_ends(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        blank = math.nan if array.dtype.kind == "f" else 0
        return np.where(ends < 0, blank, array[np.maximum(ends, 0)])

    ((name, flag),) = found.flags.items()
    return Watched(
        at_ends(found.center), at_ends(found.lower), at_ends(found.upper),
        at_ends(flag).astype(np.bool_), at_ends(found.direction), name,
    )  # fmt: skip
