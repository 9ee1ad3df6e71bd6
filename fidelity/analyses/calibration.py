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

The gap between line managers and moderators stands in `fidelity.analyses.calibration_gap`.

Sources: `fidelity.statistics.clusters` (Wilson and CR2 intervals over pieces or what they are
nested in), `fidelity.statistics.level_agreement` (alpha of a rater and the agreed scores).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.calibration_gap import GAP, net, role_gap
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
    check_roles,
    period,
    scorings,
)
from fidelity.statistics import clusters as stats
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.level_agreement import level_agreement
from fidelity.words import TOO_FEW, counted_as

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
            of items, on 5 pieces or more.
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
    everyone = [] if compared.scores.empty else [*compared.by_rater(), compared]
    table = pd.DataFrame(
        [row for one in everyone for row in _rows(one, confidence)], columns=list(COLUMNS)
    )
    items = pd.DataFrame(list(_items(compared, confidence)), columns=list(ITEMS))
    gaps = pd.DataFrame(list(role_gap(given, gap, cluster, confidence)), columns=list(GAP))
    fixed = compared.scores.drop_duplicates("piece")["benchmark"].astype(bool)
    facts = Facts(
        agreed=int((~fixed).sum()), benchmark=int(fixed.sum()),
        unused=tuple(compared.levels_not_agreed()), roles=gap,
        roles_seen=bool(np.isin(given.role, gap).any()), left_out=given.left_out,
    )  # fmt: skip
    return Calibration(
        table=table,
        sentences=tuple(sentences(given.rubric, table, items, gaps, facts)),
        method=method_of(
            "calibration", given.rubric.label, selection=selection, gap=list(gap),
            period=period(given.table[given.role == AGREED]),
            confidence=confidence, interval="shares: Wilson on n/deff over pieces; gap: CR2",
        ),
        items=items,
        gap=gaps,
        rubric=given.rubric,
    )  # fmt: skip


#: What is known of each item score compared. `given` and `agreed` are ranks of levels, 0 the
#: lowest, reversed for proscribed items; `size` is how many levels the scale has.
_SCORE = ("rater", "piece", "item", "benchmark", "given", "agreed", "size")


@dataclass(frozen=True, eq=False)
class _Compared:
    """Item scores that a rater gave and that were agreed.

    Attributes:
        rubric: the rubric.
        who: the rater, or everybody.
        scores: one row an item score, columns `_SCORE`.
        apart: for each rater, how often one of the two gave a level and the other none.
    """

    rubric: Rubric
    who: str
    scores: pd.DataFrame
    apart: dict[str, int]

    def of(self, column: str, name: str) -> _Compared:
        """Those of one rater or item."""
        return replace(self, who=name, scores=self.scores[self.scores[column] == name])

    def by_rater(self) -> Iterator[_Compared]:
        """Each rater's, in the order of their ids."""
        for name in sorted(self.apart):
            yield self.of("rater", name)

    def number(self, column: str) -> Floats:
        """A column of numbers."""
        return self.scores[column].to_numpy(np.float64)

    @property
    def piece(self) -> npt.NDArray[np.object_]:
        """The piece of each score: what is taken as independent."""
        return self.scores["piece"].to_numpy(object)

    @property
    def above(self) -> Floats:
        """1 where the rater lies above what was agreed, -1 below, 0 where equal."""
        return np.sign(self.number("given") - self.number("agreed"))

    def guessing(self, reach: int) -> float:
        """What guessing would get within so many levels."""
        agreed, size = self.number("agreed"), self.number("size")
        near = np.minimum(agreed + reach, size - 1) - np.maximum(agreed - reach, 0) + 1
        return float((near / size).mean()) if len(size) else np.nan

    def middle(self, reach: int) -> float:
        """What always giving the middle level would get; of two middle ones the luckier."""
        agreed, size = self.number("agreed"), self.number("size")
        if not len(size):
            return np.nan
        middles = ((size - 1) // 2, size // 2)
        return max(float((np.abs(agreed - middle) <= reach).mean()) for middle in middles)

    def on_one_scale(self) -> _Compared:
        """Those on the scale of most of them."""
        size = self.scores["size"]
        return replace(self, scores=self.scores[size == size.mode().iloc[0]])

    def levels_not_agreed(self) -> list[int]:
        """Levels of the scale of most items at which no score was agreed."""
        if self.scores.empty:
            return []
        mine = self.on_one_scale()
        item = str(mine.scores["item"].iloc[0])
        levels = [level.value for level in self.rubric.scale_of(item).levels]
        if self.rubric.items[item].proscribed:
            levels.reverse()
        used = set(mine.number("agreed").astype(int))
        return sorted(level for rank, level in enumerate(levels) if rank not in used)


def _compared(given: Scorings, roles: Collection[str] | None) -> _Compared:
    if roles is not None:
        check_roles(given, roles, "roles")
    agreed = _agreed(given)
    ours = np.isin(given.role, list(AUDITORS if roles is None else roles))
    ours &= given.table["piece"].isin(agreed.index).to_numpy()
    rows = np.flatnonzero(ours)
    piece = given.table["piece"].iloc[rows].to_numpy(object)
    rater = given.table["rater"].iloc[rows].astype(str).to_numpy(object)
    beside = agreed.reindex(piece).to_numpy(np.intp) if len(rows) else rows
    apart = dict.fromkeys(rater, 0)
    parts = [pd.DataFrame(columns=list(_SCORE))]
    for column, item in enumerate(given.answers.items):
        scale = given.rubric.scale_of(item)
        if item not in given.rubric.scored_items or scale.kind != "levels":
            continue
        one, other = given.levels[rows, column], given.levels[beside, column]
        for name in rater[np.isnan(one) != np.isnan(other)]:
            apart[name] += 1
        both = ~np.isnan(one) & ~np.isnan(other)
        ranks = [_ranks(x[both], given.rubric, item) for x in (one, other)]
        values = (rater[both], piece[both], item, given.benchmark[rows][both], *ranks,
                  len(scale.levels))  # fmt: skip
        if both.any():
            parts.append(pd.DataFrame(dict(zip(_SCORE, values, strict=True))))
    scores = pd.concat(parts[1:] or parts, ignore_index=True)
    return _Compared(given.rubric, EVERYBODY, scores, apart)


def _ranks(levels: Floats, rubric: Rubric, item: str) -> npt.NDArray[np.intp]:
    """Ranks of levels, 0 the worst."""
    values = [level.value for level in rubric.scale_of(item).levels]
    rank = np.searchsorted(values, levels)
    return len(values) - 1 - rank if rubric.items[item].proscribed else rank


def _agreed(given: Scorings) -> pd.Series[int]:
    """Row of the agreed scoring of each piece that has one."""
    rows = np.flatnonzero(given.role == AGREED)
    pieces = given.table["piece"].iloc[rows]
    again = pieces[pieces.duplicated(keep=False)].unique()
    if len(again):
        shown = ", ".join(map(str, again[:_SHOWN]))
        raise UsageError(
            f"Several agreed scorings of {counted_as(len(again), 'piece')}, and nothing is picked "
            f"for you: {shown}. Keep the one that holds."
        )
    return pd.Series(rows, index=pieces.to_numpy(object), dtype=np.intp)


def _rows(mine: _Compared, confidence: float) -> Iterator[dict[str, Any]]:
    """The measures of one rater, or of everybody."""
    n, pieces = len(mine.scores), int(mine.scores["piece"].nunique())
    found = _measured(mine, confidence)
    top = mine.scores["agreed"].value_counts(normalize=True).max() if n else np.nan
    said = readiness(found["exact"], found["alpha"], n, pieces, float(top))
    everybody = mine.who == EVERYBODY
    apart = sum(mine.apart.values()) if everybody else mine.apart[mine.who]
    for measure, estimate in found.items():
        reach = {"exact": 0, "within one": 1}.get(measure)
        yield {
            "rater": mine.who, "measure": measure, "estimate": estimate.value,
            "lower": estimate.lower, "upper": estimate.upper,
            "guessing": np.nan if reach is None else mine.guessing(reach),
            "middle": np.nan if reach is None else mine.middle(reach),
            "n_scores": n, "n_pieces": pieces, "n_benchmark": int(mine.scores["benchmark"].sum()),
            "n_apart": apart, "verdict": "" if everybody else said.verdict,
            "why": "" if everybody else said.why,
            "more_pieces": 0 if everybody else said.more_pieces, "reason": estimate.reason,
        }  # fmt: skip


def _measured(mine: _Compared, confidence: float) -> dict[str, Estimate]:
    distance = np.abs(mine.number("given") - mine.number("agreed"))
    return {
        "exact": stats.cluster_share(distance == 0, mine.piece, confidence=confidence),
        "within one": stats.cluster_share(distance <= 1, mine.piece, confidence=confidence),
        "above less below": net(mine.above, mine.piece, confidence),
        "alpha": _alpha(mine, confidence),
    }


def _alpha(mine: _Compared, confidence: float) -> Estimate:
    """Alpha of the rater and the agreed scores, on the scale of most of them."""
    if mine.scores.empty:
        return Estimate(np.nan, reason="nothing to compare")
    part = mine.on_one_scale()
    x = part.scores[["given", "agreed"]].to_numpy(np.float64)
    size = int(part.scores["size"].iloc[0])
    return level_agreement(x, range(size), part.piece, confidence)["alpha"]


def _items(mine: _Compared, confidence: float) -> Iterator[dict[str, Any]]:
    """Each item over all raters; what stands out must do so among all items looked at."""
    present = [item for item in mine.rubric.scored_items if (mine.scores["item"] == item).any()]
    wide = 1 - (1 - confidence) / max(len(present), 1)
    for item in present:
        part = mine.of("item", item)
        found = net(part.above, part.piece, confidence)
        strict = net(part.above, part.piece, wide)
        clear = strict.lower > 0 or strict.upper < 0
        yield {
            "item": item, "text": mine.rubric.items[item].text,
            "exact": float((part.above == 0).mean()), "estimate": found.value,
            "lower": found.lower, "upper": found.upper,
            "beyond_chance": found.clusters >= TOO_FEW and clear, "n_scores": found.n,
            "n_pieces": found.clusters, "n_raters": int(part.scores["rater"].nunique()),
            "reason": found.reason,
        }  # fmt: skip
