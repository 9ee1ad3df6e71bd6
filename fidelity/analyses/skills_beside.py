"""Skill beside behaviour over time, paper beside practice, and what masterclasses show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from fidelity.analyses.skills_strand import (
    ALIKE,
    DAYS_A_MONTH,
    FEW,
    HIGHER,
    LOWER,
    MASTERCLASS,
    STRETCH,
    Strand,
    row,
)
from fidelity.statistics.change import two_periods
from fidelity.statistics.cluster_regression import cluster_regression, p_value
from fidelity.statistics.clusters import cluster_mean
from fidelity.words import TOO_FEW

#: What a rubric looks at, in the order in which strands stand.
ORDER = ("direct_practice", "case_file", "supervision", "family", "staff", "organisation")
OVER_TIME = ("strand", "start", "estimate", "lower", "upper", "n_pieces", "n_clusters", "reason")
PAPER = ("file", "visit", "start", "estimate", "lower", "upper", "n_file", "n_visit", "reason")
#: People with both from which on it is said whether skill and behaviour go together.
LEAST_PEOPLE = 10


def over_time(strands: Sequence[Strand], every: str, confidence: float) -> pd.DataFrame:
    """Means of each strand in each calendar period."""
    rows = []
    for strand in strands:
        period, known = strand.held.periods(every), ~np.isnan(strand.value)
        for number, start in enumerate(strand.held.starts(every)):
            mine = known & (period == number)
            mean = cluster_mean(strand.value[mine], strand.person[mine], confidence=confidence)
            rows.append({
                "strand": strand.label, "start": pd.Timestamp(start), "estimate": mean.value,
                "lower": mean.lower, "upper": mean.upper, "n_pieces": mean.n,
                "n_clusters": mean.clusters, "reason": mean.reason,
            })  # fmt: skip
    return pd.DataFrame(rows, columns=list(OVER_TIME))


def paper_and_practice(strands: Sequence[Strand], every: str, confidence: float) -> pd.DataFrame:
    """Files minus visits in each calendar period, where both are scored on one scale."""
    rows = []
    for file, visit in pairs(strands):
        starts = sorted({*file.held.starts(every), *visit.held.starts(every)})
        for number, start in enumerate(starts):
            end = starts[number + 1] if number + 1 < len(starts) else np.datetime64("9999-01-01")
            found = two_periods(*_stacked(file, visit, start, end), confidence=confidence)
            few = min(found.before.n, found.after.n) < TOO_FEW or not found.difference.bounded
            gap = found.difference
            rows.append({
                "file": file.label, "visit": visit.label, "start": pd.Timestamp(start),
                "estimate": math.nan if few else gap.value, "lower": math.nan if few else gap.lower,
                "upper": math.nan if few else gap.upper, "n_file": found.after.n,
                "n_visit": found.before.n, "reason": FEW if few else gap.reason,
            })  # fmt: skip
    return pd.DataFrame(rows, columns=list(PAPER))


def pairs(strands: Sequence[Strand]) -> Iterator[tuple[Strand, Strand]]:
    """Each strand of files with each of direct practice on the same scale."""
    for file in strands:
        for visit in strands:
            kinds = file.held.rubric.looks_at, visit.held.rubric.looks_at
            if kinds == ("case_file", "direct_practice") and ends(file) == ends(visit):
                yield file, visit


def ends(strand: Strand) -> tuple[float, float]:
    """Ends of the scale of a strand's items."""
    rubric = strand.held.rubric
    items = [item for item in rubric.scored_items if rubric.scale_of(item).kind == "levels"]
    scale = rubric.scale_of(items[0] if items else next(iter(rubric.items)))
    return float(scale.minimum), float(scale.maximum)


def gap_rows(strands: Sequence[Strand], confidence: float) -> Iterator[dict[str, Any]]:
    """How the distance of paper from practice changes in a year."""
    for file, visit in pairs(strands):
        whole = np.datetime64("1900-01-01"), np.datetime64("9999-01-01")
        y, on_paper, person = _stacked(file, visit, *whole)
        time = np.concatenate([s.held.ended[~np.isnan(s.value)] for s in (visit, file)])
        years = (time - time.min()).astype(np.float64) / (12 * DAYS_A_MONTH)
        base = _base(f"{file.label} beside {visit.label}", "paper beside practice", "a year")
        base |= {"n_before": int((~on_paper).sum()), "n_after": int(on_paper.sum())}
        if min(base["n_before"], base["n_after"]) < 2 * TOO_FEW or np.ptp(years) < 0.5:
            yield base | {"reason": "too few pieces, or under half a year of them"}
            continue
        centred = years - years.mean()
        X = np.column_stack([np.ones(len(y)), on_paper, centred, on_paper * centred])
        yield base | _contrast(cluster_regression(y, X, person), [0, 0, 0, 1], confidence)


def _stacked(
    file: Strand, visit: Strand, start: np.datetime64, end: np.datetime64
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Scores, whether they are of files, and practitioners, of a time."""
    parts = []
    for strand in (visit, file):
        mine = ~np.isnan(strand.value) & (strand.held.ended >= start) & (strand.held.ended < end)
        parts.append((strand.value[mine], strand.person[mine]))
    on_paper = np.repeat([False, True], [len(part[0]) for part in parts])
    return np.concatenate([p[0] for p in parts]), on_paper, np.concatenate([p[1] for p in parts])


def together_rows(strands: Sequence[Strand], confidence: float) -> Iterator[dict[str, Any]]:
    """Whether practitioners whose visits are scored higher have files scored higher too."""
    for file, visit in pairs(strands):
        base = _base(f"{file.label} beside {visit.label}", "goes together", "correlation")
        means = [
            pd.Series(s.value).groupby(s.person).agg(["mean", "count"]).query("count >= 2")["mean"]
            for s in (file, visit)
        ]
        both = pd.concat(means, axis=1, join="inner").dropna()
        n = len(both)
        base |= {"n_clusters": n}
        if n < LEAST_PEOPLE:
            yield base | {"reason": f"{n} people with two files and two visits each"}
            continue
        yield base | _correlation(both.to_numpy(np.float64), confidence)


def _correlation(both: np.ndarray[Any, Any], confidence: float) -> dict[str, Any]:
    """Pearson's, with Fisher's interval (Fisher 1921, Metron 1:3-32)."""
    from scipy.special import ndtri

    r, n = float(np.corrcoef(both.T)[0, 1]), len(both)
    reach = float(ndtri(0.5 + confidence / 2)) / math.sqrt(n - 3)
    low, high = (math.tanh(math.atanh(r) + side * reach) for side in (-1, 1))
    finding = HIGHER if low > 0 else LOWER if high < 0 else ALIKE
    return {"estimate": r, "lower": low, "upper": high, "finding": finding}


def masterclass_rows(
    strand: Strand, training: pd.DataFrame, confidence: float
) -> Iterator[dict[str, Any]]:
    """Each masterclass: those who came, half a year after beside before, and beside all others."""
    kind = training["kind"].astype(object).where(training["kind"].notna(), "").astype(str)
    held = training[kind.str.lower().str.contains(MASTERCLASS)]
    for key, who in held.groupby(["programme", "date"], sort=True):
        programme, day = cast("tuple[str, pd.Timestamp]", key)
        base = _base("", "masterclass", f"{programme}, {pd.Timestamp(day):%Y-%m-%d}")
        yield base | {"strand": strand.label} | _attended(strand, day, set(who["practitioner"]),
                                                          confidence)  # fmt: skip


def _attended(strand: Strand, day: Any, people: set[str], confidence: float) -> dict[str, Any]:
    when = np.datetime64(pd.Timestamp(day).date(), "D")
    side = strand.held.side(pd.Timestamp(day).date())
    months = np.abs((strand.held.ended - when).astype(np.float64)) / DAYS_A_MONTH
    back = strand.held.rubric.look_back_months
    rows = np.flatnonzero(~np.isnan(strand.value) & (side != 0) & (months <= STRETCH + back))
    came, after = np.isin(strand.person[rows], list(people)), side[rows] > 0
    cells = [int(((came == c) & (after == a)).sum()) for c in (True, False) for a in (False, True)]
    counts = {"n_before": cells[0], "n_after": cells[1]}
    if min(cells) < TOO_FEW:
        told = f"{cells[0]} and {cells[1]} pieces of those who came, {cells[2]} and {cells[3]} of"
        return counts | {"reason": f"{told} the others; {TOO_FEW} each are needed"}
    X = np.column_stack([np.ones(len(rows)), came, after, came & after]).astype(np.float64)
    fit = cluster_regression(strand.value[rows], X, strand.person[rows])
    return counts | _contrast(fit, [0, 0, 0, 1], confidence)


def _contrast(fit: Any, contrast: list[int], confidence: float) -> dict[str, Any]:
    found = fit.estimate(contrast, confidence)
    few = not found.bounded
    finding = FEW if few else HIGHER if found.lower > 0 else LOWER if found.upper < 0 else ALIKE
    return {
        "estimate": math.nan if few else found.value, "lower": found.lower, "upper": found.upper,
        "n_clusters": found.clusters, "finding": finding, "reason": found.reason,
        "p": math.nan if few else p_value(found, fit.degrees(contrast)),
    }  # fmt: skip


def _base(strand: str, kind: str, name: str) -> dict[str, Any]:
    nothing = dict.fromkeys(("estimate", "lower", "upper", "before", "after", "p", "q"), math.nan)
    return {"level": "authority", "group": "", "strand": strand, "kind": kind, "name": name,
            **nothing, "n_before": 0, "n_after": 0, "n_clusters": 0, "finding": FEW,
            "reason": ""}  # fmt: skip


def untrained_row(strand: Strand, confidence: float) -> dict[str, Any]:
    """Those who did not attend: before and after the first day of the course."""
    starts = strand.held.ended.astype("datetime64[D]").astype(np.float64)
    trained = ~np.isnan(strand.since)
    day = np.nanmin(np.where(trained, starts - strand.since * DAYS_A_MONTH, np.nan))
    before = strand.untrained & (starts < day)
    after = strand.untrained & (strand.held.started.astype(np.float64) >= day)
    return row(strand, "not trained", before, after, confidence)
