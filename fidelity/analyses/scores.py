"""How closely does the practice that was looked at follow the description?

Per assessment: the mean of each component, composites, ratios, share answered, must-haves not
yet seen, and the band. Per group: how many pieces lie in each band ("cannot say" included), and
means with an interval that allows for pieces of one worker being alike.

Sources: the rubric for what is averaged and where the bands lie; `fidelity.statistics.clusters`
for the intervals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import scores_words
from fidelity.analyses.scores_assessments import assessment_table
from fidelity.collect.ratings import Ratings
from fidelity.counted import Counted, counted, default_cluster, group_columns, labels
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import ReferenceLine, Rubric
from fidelity.scoring import CANNOT_SAY, REASONS, Measure, Scores, score_answers
from fidelity.statistics import clusters as stats
from fidelity.statistics.estimate import Estimate
from fidelity.tables import LEVEL, NA, NE, Answers, answers, distribution

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

ALL = "(all)"
#: Columns of every row of the table, after the group columns.
COLUMNS = (
    "kind", "measure", "level", "estimate", "lower", "upper", "n_pieces", "n_missing",
    "n_clusters", "n_raters", "lowest", "highest", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class GroupScores(Result):
    """Scores of groups, with the assessments behind them.

    `to_frame()` has one row a group and measure: the group columns (and `rater_role` where there
    are several roles), `kind` (band, band before caps, mean, ratio, mean of ratios, total,
    share), `measure`, `level` (the band), `estimate`, `lower`, `upper`, `n_pieces`, `n_missing`
    (pieces without a value), `n_clusters`, `n_raters`, `lowest` and `highest` (the estimate with
    all unknown NE at the lowest and at the highest level), `reason`.

    Attributes:
        assessments: one row an assessment, counted or not, with what is known about it, each
            measure `x` with `x_reason`, `x_lowest` and `x_highest`, `band`, `band_before_caps`,
            `band_reason`, `cap`, `share_answered`, `ne_rate`, `must_haves_not_seen`, `counted`.
        items: one row a group and item, with mean, interval and how it was answered.
        levels: counts by group, item and answer.
        reference_lines: published numbers that may stand beside a measure here.
        rubric: the rubric.
        by: the group columns.
    """

    assessments: pd.DataFrame = field(default_factory=pd.DataFrame)
    items: pd.DataFrame = field(default_factory=pd.DataFrame)
    levels: pd.DataFrame = field(default_factory=pd.DataFrame)
    reference_lines: tuple[ReferenceLine, ...] = ()
    rubric: Rubric = field(kw_only=True)
    by: tuple[str, ...] = ()

    def plot(self, ax: Any = None) -> Picture:
        """The profile of components with intervals, with alt text and data."""
        from fidelity.present.profile import component_profile

        return component_profile(self, ax=ax)


@dataclass(frozen=True, eq=False)
class _Group:
    """One row of groups: its labels and the positions of its assessments among the counted."""

    labels: tuple[str, ...]
    rows: npt.NDArray[np.intp]
    whole: bool


@dataclass(frozen=True, eq=False)
class _Sample:
    """The counted assessments with their scores and what intervals need."""

    table: pd.DataFrame
    scores: Scores
    answers: Answers
    cluster: npt.NDArray[np.intp]
    weight: npt.NDArray[np.float64] | None
    strata: npt.NDArray[np.object_] | None
    sizes: dict[str, int]
    confidence: float


def score(
    ratings: Ratings,
    *,
    by: str | list[str] | None = None,
    record: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    frame: pd.DataFrame | None = None,
    trained_coders: Collection[str] = (),
    confidence: float = 0.95,
) -> GroupScores:
    """Score ratings against their rubric, by group and over all.

    Args:
        ratings: checked ratings of one rubric.
        by: a group column or several, each constant within a piece.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        frame: for a stratified draw, the columns stratum and N; weights strata by their size.
        trained_coders: raters who are trained coders of a published instrument; thresholds that
            hold for such only are shown if all counted raters are among them.
        confidence: coverage of the intervals.

    Raises:
        UsageError: unvalidated input, a piece with several assessments that could count, an
            unknown column, a stratum that the frame does not name.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    if not isinstance(ratings, Ratings):
        raise UsageError(
            f"score() takes checked ratings, not {type(ratings).__name__}; first: "
            "ratings = fidelity.Ratings(frame, rubric)"
        )
    chosen = counted(ratings, record=record, selection=selection)
    given = answers(ratings)
    scores = score_answers(given, ratings.rubric)
    assessments = assessment_table(ratings, given, scores, chosen)
    by_columns = group_columns(assessments, by)
    sample = _sample(assessments, given, scores, chosen, cluster, frame, confidence)
    groups = list(_groups(sample.table, by_columns, chosen))
    heads = [*by_columns, *(["rater_role"] if _several(chosen) else [])]
    table = pd.DataFrame(
        [row for group in groups for row in _rows(group, heads, sample, ratings.rubric)],
        columns=[*heads, *COLUMNS],
    )
    used = cluster or default_cluster(sample.table)
    lines = _lines(ratings.rubric, sample.table, trained_coders)
    result = GroupScores(
        table=table,
        sentences=(),
        method=method_of(
            "score", ratings.rubric.label, by=by_columns, record=record, selection=selection,
            cluster=used, weighted=frame is not None, confidence=confidence,
            interval="means: CR2, Satterthwaite; shares: Wilson on n/deff, t",
        ),
        assessments=assessments,
        items=pd.DataFrame(
            [row for group in groups for row in _item_rows(group, heads, sample, ratings.rubric)]
        ),
        levels=_levels(groups, heads, sample, ratings.rubric),
        reference_lines=lines,
        rubric=ratings.rubric,
        by=tuple(heads),
    )  # fmt: skip
    return replace(result, sentences=tuple(scores_words.sentences(result, chosen)))


def _several(chosen: Counted) -> bool:
    return len(set(chosen.role)) > 1


def _sample(
    assessments: pd.DataFrame, given: Answers, scores: Scores, chosen: Counted,
    cluster: str | None, frame: pd.DataFrame | None, confidence: float,
) -> _Sample:  # fmt: skip
    rows = chosen.rows
    table = assessments.iloc[rows].reset_index(drop=True)
    name = cluster or default_cluster(table)
    if name not in table:
        raise UsageError(f'No column "{name}" to cluster by.')
    strata, weight = None, None
    sizes: dict[str, int] = {}
    if frame is not None:
        strata, sizes = _strata(table, frame)
        drawn = pd.Series(strata).map(pd.Series(strata).value_counts()).to_numpy(np.float64)
        weight = np.array([sizes[stratum] for stratum in strata], np.float64) / drawn
    measures = {
        key: replace(
            measure, value=measure.value[rows], reason=measure.reason[rows],
            lowest=measure.lowest[rows], highest=measure.highest[rows],
            parts=tuple(replace(p, top=p.top[rows], below=p.below[rows]) for p in measure.parts),
        )
        for key, measure in scores.measures.items()
    }  # fmt: skip
    picked = replace(
        scores, measures=measures,
        band=None if scores.band is None else scores.band[rows],
        band_before_caps=None if scores.band is None else scores.band_before_caps[rows],  # type: ignore[index]
        must_haves_not_seen=scores.must_haves_not_seen[rows],
    )  # fmt: skip
    mine = replace(given, states=given.states[rows], levels=given.levels[rows])
    nested = pd.factorize(labels(table[name]))[0]
    return _Sample(table, picked, mine, nested, weight, strata, sizes, confidence)


def _strata(
    table: pd.DataFrame, frame: pd.DataFrame
) -> tuple[npt.NDArray[np.object_], dict[str, int]]:
    if "stratum" not in table or table["stratum"].isna().any():
        raise UsageError(
            "A frame was given, but not every piece names its stratum; add the column stratum."
        )
    sizes = {str(s): int(n) for s, n in zip(frame["stratum"], frame["N"], strict=True)}
    unknown = sorted(set(table["stratum"]) - set(sizes))
    if unknown:
        raise UsageError(f"Strata that the frame does not name: {', '.join(unknown)}.")
    return table["stratum"].to_numpy(dtype=object), sizes


def _groups(table: pd.DataFrame, by: list[str], chosen: Counted) -> Iterator[_Group]:
    """Each group in order of appearance of its label, then all; for each role apart."""
    roles = sorted(set(chosen.role)) or [""]
    several = len(roles) > 1
    for role in roles:
        mine = np.flatnonzero(chosen.role == role)
        tail = (str(role) or "(not recorded)",) if several else ()
        if by:
            keys = pd.MultiIndex.from_arrays([labels(table[name].iloc[mine]) for name in by])
            codes, found = pd.factorize(keys, sort=True)
            for code, label in enumerate(found):
                words = tuple(str(part) for part in label) if len(by) > 1 else (str(label[0]),)
                yield _Group((*words, *tail), mine[codes == code], whole=False)
        yield _Group((*(ALL for _ in by), *tail), mine, whole=not several)


def _rows(
    group: _Group, heads: list[str], sample: _Sample, rubric: Rubric
) -> Iterator[dict[str, Any]]:
    head = dict(zip(heads, group.labels, strict=True))
    raters = sample.table["rater"].iloc[group.rows].nunique()
    for kind, codes in (
        ("band", sample.scores.band),
        ("band before caps", sample.scores.band_before_caps),
    ):
        if rubric.bands is None or codes is None:
            continue
        ids = [*(band.id for band in rubric.bands.levels), CANNOT_SAY]
        for index, name in zip([*range(len(ids) - 1), -1], ids, strict=True):
            share = _share(codes[group.rows] == index, group, sample)
            yield {**head, "kind": kind, "measure": rubric.bands.of, "level": name,
                   **_told(share, 0, raters)}  # fmt: skip
    for measure in sample.scores.measures.values():
        yield from _measure_rows(measure, group, head, raters, sample)


def _measure_rows(
    measure: Measure, group: _Group, head: Mapping[str, Any], raters: int, sample: _Sample
) -> Iterator[dict[str, Any]]:
    value = measure.value[group.rows]
    known = ~np.isnan(value)
    missing = int((~known).sum())
    base = {**head, "measure": measure.id, "level": ""}
    if measure.kind == "ratio":
        part = measure.parts[0]
        recorded = group.rows[measure.reason[group.rows] != len(REASONS) - 1]
        ratio = stats.cluster_ratio(
            part.top[recorded], part.below[recorded], sample.cluster[recorded], sample.confidence
        )
        undefined = int((part.below[recorded] == 0).sum())
        told = _told(ratio, len(group.rows) - len(recorded), raters)
        if undefined and not told["reason"]:
            told["reason"] = f"{undefined} pieces have a divisor of 0"
        yield {**base, "kind": "ratio", **told}
        mean = _mean(value, known, group, sample)
        yield {**base, "kind": "mean of ratios", **_told(mean, missing, raters)}
        return
    mean = _mean(value, known, group, sample)
    row = {**base, "kind": measure.kind, **_told(mean, missing, raters)}
    if measure.kind == "mean":
        for bound in ("lowest", "highest"):
            values = getattr(measure, bound)[group.rows]
            held = values[~np.isnan(values)]
            row[bound] = float(held.mean()) if held.size else np.nan
    yield row


def _mean(
    value: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], group: _Group, sample: _Sample
) -> Estimate:
    rows = group.rows[known]
    if sample.strata is not None and group.whole:
        return stats.stratified_mean(
            value[known], sample.cluster[rows], sample.strata[rows], sample.sizes,
            sample.confidence,
        )  # fmt: skip
    weight = None if sample.weight is None else sample.weight[rows]
    return stats.cluster_mean(value[known], sample.cluster[rows], weight, sample.confidence)


def _share(yes: npt.NDArray[np.bool_], group: _Group, sample: _Sample) -> Estimate:
    weight = None if sample.weight is None else sample.weight[group.rows]
    return stats.cluster_share(yes, sample.cluster[group.rows], weight, sample.confidence)


def _told(estimate: Estimate, missing: int, raters: int) -> dict[str, Any]:
    return {
        "estimate": estimate.value, "lower": estimate.lower, "upper": estimate.upper,
        "n_pieces": estimate.n, "n_missing": missing, "n_clusters": estimate.clusters,
        "n_raters": raters, "lowest": np.nan, "highest": np.nan, "reason": estimate.reason,
    }  # fmt: skip


def _item_rows(
    group: _Group, heads: list[str], sample: _Sample, rubric: Rubric
) -> Iterator[dict[str, Any]]:
    """How each item was answered in a group; levels that are not averaged have no mean."""
    head = dict(zip(heads, group.labels, strict=True))
    for column, item in enumerate(sample.answers.items):
        state = sample.answers.states[group.rows, column]
        rule = rubric.items[item]
        absent = (state == NE) & (rule.ne == "absent")
        seen = (state == LEVEL) | absent
        scale = rubric.scale_of(item)
        level = np.where(
            absent, scale.minimum * scale.unit, sample.answers.levels[group.rows, column]
        )
        averaged = rubric.component_of(item).mean or scale.kind != "levels"
        rows = group.rows[seen]
        weight = None if sample.weight is None else sample.weight[rows]
        mean = (
            stats.cluster_mean(
                level[seen] / scale.unit, sample.cluster[rows], weight, sample.confidence
            )
            if averaged and rule.scored
            else Estimate(np.nan, n=int(seen.sum()), reason="its levels are not averaged")
        )
        below = rule.must_have is not None and seen & (level < (rule.must_have or 0) * scale.unit)
        yield {
            **head, "item": item, "text": rule.text, "estimate": mean.value, "lower": mean.lower,
            "upper": mean.upper, "n_pieces": int(seen.sum()), "n_clusters": mean.clusters,
            "n_ne": int((state == NE).sum()), "n_na": int((state == NA).sum()),
            "n_missing": int((~seen & (state != NA)).sum()),
            "n_not_yet_seen": int(np.sum(below)), "reason": mean.reason,
        }  # fmt: skip


def _levels(
    groups: list[_Group], heads: list[str], sample: _Sample, rubric: Rubric
) -> pd.DataFrame:
    """Counts of every answer by group, in the order of the groups."""
    tables = []
    for group in groups:
        mine = replace(
            sample.answers,
            states=sample.answers.states[group.rows], levels=sample.answers.levels[group.rows],
        )  # fmt: skip
        table = distribution(mine, rubric, np.zeros(len(group.rows), np.intp), 1)
        for position, (name, label) in enumerate(zip(heads, group.labels, strict=True)):
            table.insert(position, name, label)
        tables.append(table.drop(columns="group"))
    return pd.concat(tables, ignore_index=True)


def _lines(
    rubric: Rubric, table: pd.DataFrame, trained_coders: Collection[str]
) -> tuple[ReferenceLine, ...]:
    """Published lines that may be shown: some only where all raters are trained coders."""
    trained = len(table) > 0 and set(table["rater"].unique()) <= set(trained_coders)
    return tuple(line for line in rubric.reference_lines if trained or not line.trained_coders_only)
