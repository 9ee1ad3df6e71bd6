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
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import scores_words
from fidelity.analyses.scores_assessments import assessment_table
from fidelity.analyses.scores_items import item_table, level_table
from fidelity.analyses.scores_sample import Group, Sample, groups_of, roles_in, sample_of
from fidelity.collect.ratings import Ratings
from fidelity.counted import Counted, counted, default_cluster, group_columns
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import ReferenceLine, Rubric
from fidelity.scoring import CANNOT_SAY, REASONS, Measure, Scores, score_answers
from fidelity.statistics import clusters as stats
from fidelity.statistics.estimate import Estimate
from fidelity.tables import Answers, answers

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

#: Columns of every row of the table, after the group columns.
COLUMNS = (
    "kind", "measure", "level", "estimate", "lower", "upper", "n_pieces", "n_missing",
    "n_clusters", "n_raters", "lowest", "highest", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Basis:
    """What a score was made from: all assessments, their scores, which count, in which groups."""

    assessments: pd.DataFrame
    given: Answers
    scores: Scores
    chosen: Counted
    sample: Sample
    groups: tuple[Group, ...]


@dataclass(frozen=True, eq=False, repr=False)
class GroupScores(Result):
    """Scores of groups, with the assessments behind them.

    `to_frame()` has one row a group and measure: the group columns (and `rater_role` where there
    are several roles), `kind` (band, band before caps, mean, ratio, mean of ratios, total,
    share), `measure`, `level` (the band), `estimate`, `lower`, `upper`, `n_pieces`, `n_missing`
    (pieces without a value), `n_clusters`, `n_raters`, `lowest` and `highest` (the estimate with
    all unknown NE at the lowest and at the highest level), `reason`.

    Attributes:
        reference_lines: published numbers that may stand beside a measure here.
        rubric: the rubric.
        by: the group columns.
        basis: what was scored; the tables below are made from it when they are asked for.
    """

    reference_lines: tuple[ReferenceLine, ...] = ()
    rubric: Rubric = field(kw_only=True)
    by: tuple[str, ...] = ()
    basis: Basis = field(kw_only=True)

    @cached_property
    def assessments(self) -> pd.DataFrame:
        """One row an assessment, counted or not, with what is known about it.

        Each measure `x` with `x_reason`, `x_lowest` and `x_highest`, `band`, `band_before_caps`,
        `band_reason`, `cap`, `share_answered`, `ne_rate`, `must_haves_not_seen`, `counted`.
        """
        of = self.basis
        return assessment_table(of.assessments, self.rubric, of.given, of.scores, of.chosen)

    @cached_property
    def items(self) -> pd.DataFrame:
        """One row a group and item, with mean, interval and how it was answered."""
        return item_table(self.basis.groups, self.by, self.basis.sample, self.rubric)

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Counts by group, item and answer."""
        return level_table(self.basis.groups, self.by, self.basis.sample, self.rubric)

    def plot(self, ax: Any = None) -> Picture:
        """The profile of components with intervals, with alt text and data."""
        from fidelity.present.profile import component_profile

        return component_profile(self, ax=ax)


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
    assessments = ratings.assessments
    by_columns = group_columns(assessments, by)
    sample = sample_of(assessments, given, scores, chosen, cluster, frame, confidence)
    groups = tuple(groups_of(sample.table, by_columns, chosen))
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
        reference_lines=lines,
        rubric=ratings.rubric,
        by=tuple(heads),
        basis=Basis(assessments, given, scores, chosen, sample, groups),
    )  # fmt: skip
    return replace(result, sentences=tuple(scores_words.sentences(result)))


def _several(chosen: Counted) -> bool:
    return len(set(chosen.role)) > 1


def _rows(
    group: Group, heads: list[str], sample: Sample, rubric: Rubric
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
    roles = roles_in(sample, group)
    for measure in sample.scores.measures.values():
        if rubric.asks(measure.id, roles):
            yield from _measure_rows(measure, group, head, raters, sample)


def _measure_rows(
    measure: Measure, group: Group, head: Mapping[str, Any], raters: int, sample: Sample
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
    value: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], group: Group, sample: Sample
) -> Estimate:
    rows = group.rows[known]
    if sample.strata is not None and group.whole:
        return stats.stratified_mean(
            value[known], sample.cluster[rows], sample.strata[rows], sample.sizes,
            sample.confidence,
        )  # fmt: skip
    weight = None if sample.weight is None else sample.weight[rows]
    return stats.cluster_mean(value[known], sample.cluster[rows], weight, sample.confidence)


def _share(yes: npt.NDArray[np.bool_], group: Group, sample: Sample) -> Estimate:
    weight = None if sample.weight is None else sample.weight[group.rows]
    return stats.cluster_share(yes, sample.cluster[group.rows], weight, sample.confidence)


def _told(estimate: Estimate, missing: int, raters: int) -> dict[str, Any]:
    return {
        "estimate": estimate.value, "lower": estimate.lower, "upper": estimate.upper,
        "n_pieces": estimate.n, "n_missing": missing, "n_clusters": estimate.clusters,
        "n_raters": raters, "lowest": np.nan, "highest": np.nan, "reason": estimate.reason,
    }  # fmt: skip


def _lines(
    rubric: Rubric, table: pd.DataFrame, trained_coders: Collection[str]
) -> tuple[ReferenceLine, ...]:
    """Published lines that may be shown: some only where all raters are trained coders."""
    trained = len(table) > 0 and set(table["rater"].unique()) <= set(trained_coders)
    return tuple(line for line in rubric.reference_lines if trained or not line.trained_coders_only)
