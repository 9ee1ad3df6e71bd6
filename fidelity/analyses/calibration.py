"""Do raters score as was agreed, and do line managers score as moderators do?

Each rater's item scores beside the agreed ones of the same pieces: how many are equal, how many
equal or one level away, and whether the others lie above or below. Beside each share stands what
guessing, and always giving the middle level, would have got on those very scores: on five levels
that is a lot within one level. Whether a rater is ready to score alone, by a local rule
(`fidelity.readiness`); nobody is certified or failed, and nobody is ranked: raters stand in the
order of their ids.

Agreed scores (role `agreed`) are those of benchmark pieces, and those that were agreed after
moderation. The latter rest in part on the raters' own scores, which makes them look closer; how
many of each there are stands in the table. A benchmark piece that is scored again counts each
time; scores of one piece are never taken as independent.

The gap: what line managers gave less what moderators gave, on the pieces that both scored. Means
are compared in levels; grades and bands, which are never averaged, by how often the one lies above
the other less how often below.

Sources: `fidelity.statistics.clusters` (Wilson and CR2 intervals over pieces or what they are
nested in), `fidelity.statistics.level_agreement` (alpha of a rater and the agreed scores). That
supervisors and owners of the work score higher than outsiders: Martino et al. 2009, Psychotherapy
Research 19:181-193; the amount is what has to be looked at each time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.calibration_words import Facts, sentences
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.readiness import readiness
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.scorings import (
    AGREED,
    AUDITORS,
    Scorings,
    by_piece,
    check_roles,
    clusters_of,
    scorings,
    spread,
)
from fidelity.statistics import clusters as stats
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.level_agreement import level_agreement

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

Floats = npt.NDArray[np.float64]
EVERYBODY = "(all)"
_SHOWN = 20
#: Columns of the table: one row a rater and measure.
COLUMNS = (
    "rater", "measure", "estimate", "lower", "upper", "guessing", "middle", "n_scores", "n_pieces",
    "n_benchmark", "n_apart", "verdict", "why", "more_pieces", "reason",
)  # fmt: skip
ITEMS = (
    "item", "text", "exact", "estimate", "lower", "upper", "beyond_chance", "n_scores", "n_pieces",
    "n_raters", "reason",
)  # fmt: skip
GAP = (
    "kind", "measure", "text", "estimate", "lower", "upper", "n_pieces", "n_clusters", "n_raters",
    "n_above", "n_same", "n_below", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Result):
    """Raters beside the agreed scores.

    `to_frame()` has one row a rater (in order of id, everybody last) and measure: exact, within
    one, above less below (share of item scores above the agreed one less share below), alpha.
    Columns: `rater`, `measure`, `estimate`, `lower`, `upper`, `guessing` and `middle` (what
    guessing, and always giving the middle level, would get), `n_scores` (item scores compared),
    `n_pieces`, `n_benchmark` (item scores on benchmark pieces), `n_apart` (one gave a level and
    the other none), `verdict`, `why`, `more_pieces`, `reason`.

    Attributes:
        items: one row an item, over all raters: `exact`; above less below as `estimate` with
            interval; `beyond_chance`: its interval leaves out 0 even when widened for the number
            of items.
        gap: one row a measure: `kind` (mean: in levels; above less below: of a band or item),
            line manager less moderator, and on how many pieces the one lies above, same, below.
        rubric: the rubric.
    """

    items: pd.DataFrame = field(default_factory=pd.DataFrame)
    gap: pd.DataFrame = field(default_factory=pd.DataFrame)
    rubric: Rubric = field(kw_only=True)

    def plot(self, ax: Any = None) -> Picture:
        """Each rater's share of agreed levels with its interval, with alt text and data."""
        from fidelity.present.calibration_pictures import raters_beside_agreed

        return raters_beside_agreed(self, ax=ax)


def calibration(
    ratings: Ratings,
    *,
    roles: Collection[str] | None = None,
    gap: tuple[str, str] = ("line_manager", "moderator"),
    selection: str = "random",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> Calibration:
    """Each rater beside the agreed scores, and the gap between two roles.

    Args:
        ratings: checked ratings of one rubric.
        roles: whose scores are held against the agreed ones; those of auditors if not given.
        gap: the two roles of the gap, the first less the second.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: for the gap, what pieces are nested in; practitioner, case or piece if not given.
        confidence: coverage of the intervals.

    Raises:
        UsageError: unvalidated input, several agreed scores of one piece, an unknown role.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    given = scorings(ratings, "calibration", selection)
    compared = _compared(given, roles)
    table = pd.DataFrame(
        [row for one in [*compared.by_rater(), compared] for row in _rows(one, confidence)],
        columns=list(COLUMNS),
    )
    items = pd.DataFrame(list(_items(compared, confidence)), columns=list(ITEMS))
    gaps = pd.DataFrame(list(_gap(given, gap, cluster, confidence)), columns=list(GAP))
    facts = Facts(
        agreed=int(pd.unique(compared.piece[~compared.benchmark]).size),
        benchmark=int(pd.unique(compared.piece[compared.benchmark]).size),
        unused=tuple(compared.levels_not_agreed()), roles=gap,
        left_out=given.left_out,
    )  # fmt: skip
    return Calibration(
        table=table,
        sentences=tuple(sentences(given.rubric, table, items, gaps, facts)),
        method=method_of(
            "calibration", given.rubric.label, selection=selection, gap=list(gap),
            confidence=confidence, interval="shares: Wilson on n/deff over pieces; gap: CR2",
        ),
        items=items,
        gap=gaps,
        rubric=given.rubric,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Compared:
    """Item scores that a rater gave and that were agreed, one below another; arrays (n,).

    Attributes:
        rubric: the rubric.
        who: the rater, or everybody.
        rater, piece, item: of each.
        benchmark: whether the piece is a benchmark piece.
        given, agreed: rank of the level on its scale, 0 the lowest, reversed for proscribed items.
        size: how many levels the scale has.
        apart: for each rater, how often one of the two gave a level and the other none.
    """

    rubric: Rubric
    who: str
    rater: npt.NDArray[np.object_]
    piece: npt.NDArray[np.object_]
    item: npt.NDArray[np.object_]
    benchmark: npt.NDArray[np.bool_]
    given: Floats
    agreed: Floats
    size: npt.NDArray[np.intp]
    apart: dict[str, int]

    def part(self, rows: npt.NDArray[np.bool_], who: str) -> _Compared:
        """Some of them."""
        return _Compared(
            self.rubric, who, self.rater[rows], self.piece[rows], self.item[rows],
            self.benchmark[rows], self.given[rows], self.agreed[rows], self.size[rows], self.apart,
        )  # fmt: skip

    def by_rater(self) -> Iterator[_Compared]:
        """Each rater's, in the order of their ids."""
        for name in sorted(set(self.rater) | set(self.apart)):
            yield self.part(self.rater == name, str(name))

    def guessing(self, reach: int) -> float:
        """What guessing would get within so many levels."""
        low, high = (
            np.maximum(self.agreed - reach, 0),
            np.minimum(self.agreed + reach, self.size - 1),
        )
        return float(((high - low + 1) / self.size).mean()) if len(self.size) else np.nan

    def middle(self, reach: int) -> float:
        """What always giving the middle level would get; of two middle ones the luckier."""
        if not len(self.size):
            return np.nan
        middles = ((self.size - 1) // 2, self.size // 2)
        return max(float((np.abs(self.agreed - m) <= reach).mean()) for m in middles)

    def levels_not_agreed(self) -> Iterator[int]:
        """Levels of the commonest scale at which no score was agreed."""
        if len(self.size):
            size = int(np.bincount(self.size).argmax())
            scale = self.rubric.scale_of(str(self.item[self.size == size][0]))
            used = set(self.agreed[self.size == size].astype(int))
            yield from (v.value for rank, v in enumerate(scale.levels) if rank not in used)


def _compared(given: Scorings, roles: Collection[str] | None) -> _Compared:
    if roles is not None:
        check_roles(given, roles, "roles")
    agreed = _agreed(given)
    ours = np.isin(given.role, list(AUDITORS if roles is None else roles))
    ours &= given.table["piece"].isin(agreed.index).to_numpy()
    rows = np.flatnonzero(ours)
    beside = given.table["piece"].iloc[rows].map(agreed).to_numpy(np.intp)
    rater = given.table["rater"].iloc[rows].to_numpy(object)
    apart = dict.fromkeys(map(str, rater), 0)
    parts = []
    for column, item in enumerate(given.answers.items):
        scale = given.rubric.scale_of(item)
        if item not in given.rubric.scored_items or scale.kind != "levels":
            continue
        values = [level.value for level in scale.levels]
        one, other = given.levels[rows, column], given.levels[beside, column]
        both = ~np.isnan(one) & ~np.isnan(other)
        for name in rater[np.isnan(one) != np.isnan(other)]:
            apart[str(name)] += 1
        ranks = [np.searchsorted(values, x[both]).astype(np.float64) for x in (one, other)]
        if given.rubric.items[item].proscribed:
            ranks = [len(values) - 1 - rank for rank in ranks]
        parts.append((rows[both], np.full(both.sum(), item, object), *ranks, len(values)))
    row = np.concatenate([part[0] for part in parts] or [rows[:0]])
    return _Compared(
        given.rubric, EVERYBODY,
        given.table["rater"].iloc[row].astype(str).to_numpy(object),
        given.table["piece"].iloc[row].to_numpy(object),
        np.concatenate([part[1] for part in parts] or [np.empty(0, object)]),
        given.benchmark[row],
        np.concatenate([part[2] for part in parts] or [np.empty(0)]),
        np.concatenate([part[3] for part in parts] or [np.empty(0)]),
        np.concatenate([np.full(len(p[0]), p[4], np.intp) for p in parts] or [np.empty(0, np.intp)]),
        apart,
    )  # fmt: skip


def _agreed(given: Scorings) -> pd.Series[int]:
    """Row of the agreed scoring of each piece that has one."""
    rows = np.flatnonzero(given.role == AGREED)
    pieces = given.table["piece"].iloc[rows]
    again = pieces[pieces.duplicated(keep=False)].unique()
    if len(again):
        shown = ", ".join(map(str, again[:_SHOWN]))
        raise UsageError(
            f"{len(again)} pieces have several agreed scorings, and nothing is picked for you: "
            f"{shown}. Keep the one that holds."
        )
    return pd.Series(rows, index=pieces.to_numpy(object), dtype=np.intp)


def _rows(mine: _Compared, confidence: float) -> Iterator[dict[str, Any]]:
    """The measures of one rater, or of everybody."""
    n, pieces = len(mine.given), int(pd.unique(mine.piece).size)
    found = _measured(mine, confidence)
    exact, alpha = found["exact"], found["alpha"]
    top = np.bincount(mine.agreed.astype(int)).max() / n if n else np.nan
    said = readiness(exact, alpha, n, pieces, float(top))
    everybody = mine.who == EVERYBODY
    apart = sum(mine.apart.values()) if everybody else mine.apart[mine.who]
    for measure, estimate in found.items():
        reach = {"exact": 0, "within one": 1}.get(measure)
        yield {
            "rater": mine.who, "measure": measure, "estimate": estimate.value,
            "lower": estimate.lower, "upper": estimate.upper,
            "guessing": np.nan if reach is None else mine.guessing(reach),
            "middle": np.nan if reach is None else mine.middle(reach),
            "n_scores": n, "n_pieces": pieces, "n_benchmark": int(mine.benchmark.sum()),
            "n_apart": apart, "verdict": "" if everybody else said.verdict,
            "why": "" if everybody else said.why,
            "more_pieces": 0 if everybody else said.more_pieces, "reason": estimate.reason,
        }  # fmt: skip


def _measured(mine: _Compared, confidence: float) -> dict[str, Estimate]:
    distance = np.abs(mine.given - mine.agreed)
    above = np.sign(mine.given - mine.agreed)
    return {
        "exact": stats.cluster_share(distance == 0, mine.piece, confidence=confidence),
        "within one": stats.cluster_share(distance <= 1, mine.piece, confidence=confidence),
        "above less below": _net(above, mine.piece, confidence),
        "alpha": _alpha(mine, confidence),
    }


def _net(above: Floats, clusters: npt.NDArray[np.object_], confidence: float) -> Estimate:
    """Share above less share below, kept between -1 and 1."""
    found = stats.cluster_mean(above, clusters, confidence=confidence)
    limits = [float(np.clip(limit, -1, 1)) for limit in (found.lower, found.upper)]
    return Estimate(
        found.value, found.se, *limits, found.n, found.method, found.clusters, found.reason
    )


def _alpha(mine: _Compared, confidence: float) -> Estimate:
    """Alpha of the rater and the agreed scores, on the scale of most of them."""
    if not len(mine.size):
        return Estimate(np.nan, reason="nothing to compare")
    size = int(np.bincount(mine.size).argmax())
    rows = mine.size == size
    x = np.column_stack([mine.given[rows], mine.agreed[rows]])
    return level_agreement(x, range(size), mine.piece[rows], confidence)["alpha"]


def _items(mine: _Compared, confidence: float) -> Iterator[dict[str, Any]]:
    """Each item over all raters; what stands out must do so among all items looked at."""
    present = [item for item in mine.rubric.scored_items if (mine.item == item).any()]
    wide = 1 - (1 - confidence) / max(len(present), 1)
    for item in present:
        part = mine.part(mine.item == item, item)
        above = np.sign(part.given - part.agreed)
        found = _net(above, part.piece, confidence)
        strict = _net(above, part.piece, wide)
        yield {
            "item": item, "text": mine.rubric.items[item].text,
            "exact": float((above == 0).mean()), "estimate": found.value, "lower": found.lower,
            "upper": found.upper, "beyond_chance": bool(strict.lower > 0 or strict.upper < 0),
            "n_scores": found.n, "n_pieces": found.clusters,
            "n_raters": int(pd.unique(part.rater).size), "reason": found.reason,
        }  # fmt: skip


def _gap(
    given: Scorings, roles: tuple[str, str], cluster: str | None, confidence: float
) -> Iterator[dict[str, Any]]:
    """The first role less the second on the pieces that both scored; of several, their mean."""
    sides = [by_piece(given, np.flatnonzero((given.role == r) & ~given.benchmark)) for r in roles]
    shared, *places = np.intersect1d(sides[0][0], sides[1][0], return_indices=True)
    if not len(shared):
        return
    one, other = (side[place] for (_, side), place in zip(sides, places, strict=True))
    _, nested = clusters_of(given.table.iloc[one[:, 0]], cluster)
    for kind, measure, text, values in _gap_measures(given):
        first, second = (_mean(spread(values, side)) for side in (one, other))
        known = ~np.isnan(first) & ~np.isnan(second)
        difference = (first - second)[known]
        above = np.sign(np.round(difference, 9))
        if kind == "mean":
            found = stats.cluster_mean(difference, nested[known], confidence=confidence)
        else:
            found = _net(above, nested[known], confidence)
        used = np.concatenate([side[known].ravel() for side in (one, other)])
        yield {
            "kind": kind, "measure": measure, "text": text, "estimate": found.value,
            "lower": found.lower, "upper": found.upper, "n_pieces": found.n,
            "n_clusters": found.clusters,
            "n_raters": int(given.table["rater"].iloc[used[used >= 0]].nunique()),
            "n_above": int((above > 0).sum()), "n_same": int((above == 0).sum()),
            "n_below": int((above < 0).sum()), "reason": found.reason,
        }  # fmt: skip


def _gap_measures(given: Scorings) -> Iterator[tuple[str, str, str, Floats]]:
    """Means, the band, then items: kind, id, text and the value of each assessment."""
    rubric = given.rubric
    for measure in given.scores.measures.values():
        if measure.kind == "mean":
            yield "mean", measure.id, rubric.titles[measure.id], measure.value
    graded = "" if rubric.bands is None else rubric.bands.of
    if graded:
        text = rubric.items[graded].text if graded in rubric.items else "The band"
        yield "above less below", graded, text, given.bands()
    for column, item in enumerate(given.answers.items):
        levelled = item in rubric.scored_items and rubric.scale_of(item).kind == "levels"
        if levelled and item != graded:
            sign = -1.0 if rubric.items[item].proscribed else 1.0
            yield (
                "above less below", item, rubric.items[item].text,
                sign * given.levels[:, column],
            )  # fmt: skip


def _mean(x: Floats) -> Floats:
    """Mean over the raters of a piece; NaN where none gave a value."""
    known = ~np.isnan(x)
    n: Sequence[int] | npt.NDArray[np.intp] = known.sum(axis=1)
    total = np.where(known, x, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, n, out=np.full(len(x), np.nan), where=np.asarray(n) > 0))
