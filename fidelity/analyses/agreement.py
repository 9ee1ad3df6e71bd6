"""Would another auditor have said the same, and which level descriptions are read differently?

From the pieces that two or more auditors scored: for each item, component, composite and the band,
how often they gave the same level, how often the same or one apart, and two coefficients that take
off what guessing would reach. Which levels are taken for one another, with the descriptions to
talk about. Whether auditors are ready to score alone, by a local rule (`fidelity.readiness`).

Which assessments enter: all of a piece by auditors (`fidelity.scorings.AUDITORS`), whatever their
purpose, one a rater. Never: agreed scores, which are nobody's own; scores of one's own work, or by
families and partners, which see other things (name them in `roles=` to compare them on purpose);
benchmark pieces, which raters see again and again and which stand for no practice: those are read
by `calibration`.

How answers enter: NE is the lowest level where the record is the practice. NA, DK, blanks and
other NE are no level; a piece on which fewer than two gave one leaves that item, and where one
gave a level and another did not is counted (`n_apart`). Levels of an item are an order: AC with
ordinal weights (AC1 where there are two), Krippendorff's alpha with the ordinal metric, over all
levels of the rubric. Counts and means are quantities: alpha with the interval metric.

Sources: `fidelity.statistics.agreement` (coefficients, jackknife intervals over clusters),
`fidelity.statistics.level_agreement` (which levels are taken for one another).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.agreement_measures import Measured, Pairs, levelled, measured
from fidelity.analyses.agreement_words import Facts, sentences
from fidelity.collect.ratings import Ratings
from fidelity.counted import group_columns, labels
from fidelity.readiness import readiness
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.scorings import (
    AUDITORS,
    Scorings,
    by_piece,
    check_constant,
    check_roles,
    clusters_of,
    period,
    scorings,
    spread,
)
from fidelity.statistics.level_agreement import level_pairs
from fidelity.words import level_text

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

Floats = npt.NDArray[np.float64]
ALL = "(all)"
#: Columns of every row of the table, after the group columns.
COLUMNS = (
    "kind", "measure", "text", "coefficient", "estimate", "lower", "upper", "n_pieces", "n_scores",
    "n_clusters", "n_raters", "n_missing", "reason", "method",
)  # fmt: skip
VERDICTS = (
    "kind", "measure", "text", "verdict", "why", "more_pieces", "n_pieces", "n_scores", "exact",
    "alpha", "alpha_lower", "top_level", "top_share", "n_apart",
)  # fmt: skip
CONFUSIONS = (
    "item", "text", "level", "other_level", "count", "expected", "within", "untold", "n_pairs",
    "description", "other_description",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class RaterAgreement(Result):
    """How far raters agree.

    `to_frame()` has one row a group, measure and coefficient: the group columns, `kind` (all items,
    band, composite, component, ratio, total, item), `measure`, `text`, `coefficient` (exact, within
    one, AC, alpha), `estimate`, `lower`, `upper`, `n_pieces` (scored by two or more), `n_scores`
    (pieces, or pieces times items where items are taken together), `n_clusters` (0: pieces),
    `n_raters`, `n_missing` (pieces scored by two on which fewer than two gave a value), `reason`,
    `method` (the coefficient's full name and its interval).

    Exact, within one and AC of a component are of its item scores taken together; alpha is of its
    mean, since alpha over several items would count their difference as something agreed on.

    Attributes:
        verdicts: one row a group and item, component or band: `verdict`, `why`, `more_pieces` (0:
            settled, or more of the same would not help), `exact`, `alpha`, `alpha_lower`,
            `top_level` and `top_share` (the level given most often, and its share), `n_apart`.
        confusions: one row a group, item and pair of levels (`level` <= `other_level`): `count`
            of pairs of scores, `expected` if scores had nothing to do with the piece, `within`
            (pairs at these two levels alone), `untold` (how many of those would be one of each if
            nobody told the two apart), `n_pairs`, and both level descriptions.
        rubric: the rubric.
        by: the group columns.
    """

    verdicts: pd.DataFrame = field(default_factory=pd.DataFrame)
    confusions: pd.DataFrame = field(default_factory=pd.DataFrame)
    rubric: Rubric = field(kw_only=True)
    by: tuple[str, ...] = ()

    def plot(self, ax: Any = None) -> Picture:
        """Agreement by item with intervals, with alt text and data."""
        from fidelity.present.agreement_pictures import agreement_by_item

        return agreement_by_item(self, ax=ax)

    def plot_confusion(self, item: str | None = None, ax: Any = None) -> Picture:
        """Which levels of an item are taken for one another; the most confused if none is named."""
        from fidelity.present.agreement_pictures import confusion_of_levels

        return confusion_of_levels(self, item, ax=ax)


def agreement(
    ratings: Ratings,
    *,
    by: str | list[str] | None = None,
    roles: Collection[str] | None = None,
    selection: str = "random",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> RaterAgreement:
    """How far raters agree on the pieces that two or more of them scored.

    Args:
        ratings: checked ratings of one rubric.
        by: a group column or several, each constant within a piece.
        roles: the roles to compare; those of auditors if not given.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        confidence: coverage of the intervals.

    Raises:
        UsageError: unvalidated input, an unknown column, role or selection.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    given = scorings(ratings, "agreement", selection)
    pairs = _pairs(given, roles, cluster, confidence)
    heads = group_columns(pairs.table, by)
    check_constant(given, pairs.side, heads)
    groups = list(_groups(pairs, heads))
    made = [_made(head, part) for head, part in groups]
    tables = [
        pd.DataFrame([row for found in made for row in found[n]], columns=[*heads, *columns])
        for n, columns in enumerate((COLUMNS, VERDICTS, CONFUSIONS))
    ]
    table, verdicts, confusions = (t.tail(len(made[-1][n])) for n, t in enumerate(tables))
    return RaterAgreement(
        table=tables[0],
        sentences=tuple(sentences(given.rubric, table, verdicts, confusions, _facts(pairs))),
        method=method_of(
            "agreement", given.rubric.label, by=heads, roles=sorted(pairs.roles),
            selection=selection, cluster=pairs.cluster, confidence=confidence,
            n_double=len(pairs.side), period=period(pairs.table),
            interval="delete-one jackknife, t",
        ),
        verdicts=tables[1],
        confusions=tables[2],
        rubric=given.rubric,
        by=tuple(heads),
    )  # fmt: skip


def _pairs(
    given: Scorings, roles: Collection[str] | None, cluster: str | None, confidence: float
) -> Pairs:
    if roles is not None:
        check_roles(given, roles, "roles")
    wanted = frozenset(AUDITORS if roles is None else roles)
    ours = np.isin(given.role, list(wanted))
    pieces, side = by_piece(given, np.flatnonzero(ours & ~given.benchmark))
    several = (side >= 0).sum(axis=1) > 1
    side = side[several]
    table = given.table.iloc[side[:, 0]] if len(side) else given.table.iloc[:0]
    name, nested = clusters_of(table, cluster)
    return Pairs(
        given, table, side, nested, name, wanted & set(given.role), len(pieces),
        int((ours & given.benchmark).sum()), confidence,
    )  # fmt: skip


def _groups(pairs: Pairs, heads: list[str]) -> Iterator[tuple[dict[str, str], Pairs]]:
    """Each group in the order of its labels, and last all pieces."""
    if heads:
        keys = pd.MultiIndex.from_arrays([labels(pairs.table[name]) for name in heads])
        codes, found = pd.factorize(keys, sort=True)
        for code, label in enumerate(found):
            head = dict(zip(heads, map(str, label), strict=True))
            yield head, pairs.part(np.flatnonzero(codes == code))
    yield dict.fromkeys(heads, ALL), pairs


Row = dict[str, Any]


def _made(head: dict[str, str], pairs: Pairs) -> tuple[list[Row], list[Row], list[Row]]:
    """Coefficients, verdicts and confusions of a group."""
    if not len(pairs.side):
        return [], [], []
    rubric = pairs.given.rubric
    laid = dict(zip(pairs.given.answers.items, spread(pairs.given.levels, pairs.side), strict=True))
    measures = list(measured(pairs, laid))
    rows = [{**head, **row} for measure in measures for row in _rows(pairs, measure)]
    verdicts = [{**head, **_verdict(m)} for m in measures if {"exact", "alpha"} <= set(m.found)]
    confused = [
        {**head, **row}
        for item in levelled(rubric)
        for row in _confusions(rubric, item, laid[item])
    ]
    return rows, verdicts, confused


def _rows(pairs: Pairs, measure: Measured) -> Iterator[Row]:
    known = measure.known
    n = int((known.sum(axis=1) > 1).sum())
    for coefficient, estimate in measure.found.items():
        yield {
            "kind": measure.kind, "measure": measure.measure, "text": measure.text,
            "coefficient": coefficient, "estimate": estimate.value, "lower": estimate.lower,
            "upper": estimate.upper, "n_pieces": n, "n_scores": estimate.n,
            "n_clusters": estimate.clusters, "n_raters": pairs.raters(known),
            "n_missing": len(known) - n, "reason": estimate.reason, "method": estimate.method,
        }  # fmt: skip


def _verdict(measure: Measured) -> Row:
    """The rule of `fidelity.readiness`, and what else is to be known about a measure's scores."""
    exact, alpha = measure.found["exact"], measure.found["alpha"]
    top, share = _most_given(measure.x)
    given = measure.known.sum(axis=1)
    pieces = int((given > 1).sum())
    said = readiness(exact, alpha, exact.n, pieces, share)
    return {
        "kind": measure.kind, "measure": measure.measure, "text": measure.text,
        "verdict": said.verdict, "why": said.why, "more_pieces": said.more_pieces,
        "n_pieces": pieces, "n_scores": exact.n, "exact": exact.value, "alpha": alpha.value,
        "alpha_lower": alpha.lower, "top_level": top, "top_share": share,
        "n_apart": int(((given > 0) & (given < 2)).sum()),
    }  # fmt: skip


def _most_given(x: Floats) -> tuple[float, float]:
    """The level given most often on pieces with two scores, and its share."""
    scores = x[(~np.isnan(x)).sum(axis=1) > 1]
    levels, counts = np.unique(scores[~np.isnan(scores)], return_counts=True)
    if not counts.size:
        return np.nan, np.nan
    return float(levels[counts.argmax()]), float(counts.max() / counts.sum())


def _confusions(rubric: Rubric, item: str, x: Floats) -> Iterator[Row]:
    """Every pair of levels of an item, with the two descriptions."""
    levels = [level.value for level in rubric.scale_of(item).levels]
    pairs = level_pairs(x, levels)
    for one, other in zip(*np.triu_indices(len(levels)), strict=True):
        yield {
            "item": item, "text": rubric.items[item].text, "level": levels[one],
            "other_level": levels[other], "count": int(pairs.count[one, other]),
            "expected": float(pairs.expected[one, other]),
            "within": int(pairs.within[one, other]), "untold": float(pairs.untold[one, other]),
            "n_pairs": pairs.n, "description": level_text(rubric, item, levels[one]),
            "other_description": level_text(rubric, item, levels[other]),
        }  # fmt: skip


def _facts(pairs: Pairs) -> Facts:
    given = pairs.given
    used = given.table.iloc[pairs.side[pairs.side >= 0]]
    return Facts(
        len(pairs.side), pairs.scored, int(used["rater"].nunique()), len(used),
        tuple(sorted(set(used["rater_role"]))), given.left_out, given.selection_known,
        pairs.benchmark, pairs.cluster,
    )  # fmt: skip
