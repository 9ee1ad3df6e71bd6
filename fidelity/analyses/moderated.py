"""What would independent moderators have found, had they scored everything?

Line managers (or people themselves) score many pieces, moderators a few of them. The managers'
mean is precise and may be too high; the moderators' few are right and imprecise. Here the first is
put right by how far it was off where both are known (`fidelity.statistics.prediction_powered`). If
the managers' scores tell nothing, what is left is the moderated pieces alone.

It holds where the moderated pieces were drawn at random from those scored, or with known
probabilities (`probability=`). Where they were chosen (for a concern, because an auditor is new)
the result may be wrong in a way that no interval shows; the sentences say so unless they are told
how the draw was made (`drawn="random"`). The scores that managers gave to the moderated pieces are
compared with those of the others, which can show that the draw was not even, and never that it was.

The estimate speaks for the practice from which the audits were drawn, as group scores do.

Sources: Angelopoulos et al. 2023, Science 382:669-674; Angelopoulos, Duchi & Zrnic 2023,
arXiv:2311.01453 (power tuning); jackknife over clusters; for shares Wilson's interval.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.moderated_words import Facts, sentences
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.scoring import CANNOT_SAY
from fidelity.scorings import (
    Scorings,
    by_piece,
    check_roles,
    clusters_of,
    mean_of,
    period,
    scorings,
    spread,
)
from fidelity.statistics.clusters import welch
from fidelity.statistics.prediction_powered import (
    Powered,
    prediction_powered_mean,
    prediction_powered_share,
)
from fidelity.words import main_mean

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

Floats = npt.NDArray[np.float64]
MODERATORS = ("moderator", "independent")
#: Roles that are taken for the many scores, where the call does not name one.
_MANY = ("line_manager", "self")
#: Moderated pieces below which nothing is estimated: a mean and a slope are worked out from them.
LEAST_MODERATED = 10
COLUMNS = (
    "kind", "measure", "level", "text", "estimate", "lower", "upper", "as_scored", "alone",
    "alone_lower", "alone_upper", "worth", "tuning", "n_pieces", "n_moderated", "n_missing",
    "n_clusters", "n_raters", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Moderated(Result):
    """What moderators would have found over all audits.

    `to_frame()` has one row a measure: `kind` (mean, or band: the share of pieces in it; each
    share is estimated by itself, so that they need not add up to exactly 1),
    `measure`, `level` (the band), `text`, `estimate`, `lower`, `upper`; beside them `as_scored`
    (what the many scores say), `alone`, `alone_lower`, `alone_upper` (what the moderated pieces
    alone say), `worth` (how many moderated pieces alone would give as narrow an interval),
    `tuning` (how far the many scores are used, 0 not at all), `n_pieces` (with a score of the
    many), `n_moderated` (with both), `n_missing` (without a value by the many, or moderated
    without one by the moderator), `n_clusters` (that hold moderated pieces), `n_raters`
    (moderators), `reason`.

    Attributes:
        rubric: the rubric.
        scored_by: the role of the many scores.
    """

    rubric: Rubric = field(kw_only=True)
    scored_by: str = ""

    def plot(self, ax: Any = None) -> Picture:
        """As scored, moderated alone and both together, with alt text and data."""
        from fidelity.present.calibration_pictures import moderated_beside_scored

        return moderated_beside_scored(self, ax=ax)


def moderated(
    ratings: Ratings,
    *,
    scored_by: str | None = None,
    moderators: Collection[str] = MODERATORS,
    drawn: Literal["random"] | None = None,
    probability: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> Moderated:
    """What moderators would have found over all pieces that line managers scored.

    Args:
        ratings: checked ratings of one rubric.
        scored_by: the role of the many scores; line_manager or self if not given.
        moderators: the roles that count as independent.
        drawn: "random" where the moderated pieces were drawn at random from those scored.
        probability: a column with the probability of each piece to be drawn for moderation, above
            0 and up to 1, where these differed.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        confidence: coverage of the intervals.

    Raises:
        UsageError: unvalidated input, an unknown role or column, a probability that is none.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    if drawn not in {None, "random"}:
        raise UsageError(
            f'drawn="{drawn}"; allowed: "random", or leave it out. Where the probabilities of '
            'being drawn differed, name their column with probability="<column>".'
        )
    given = scorings(ratings, "moderated", selection)
    both = _both(given, _role(given, scored_by), moderators, cluster, probability, confidence)
    table = pd.DataFrame(list(_rows(both)), columns=list(COLUMNS))
    return Moderated(
        table=table,
        sentences=tuple(sentences(given.rubric, table, _facts(both, drawn, probability))),
        method=method_of(
            "moderated", given.rubric.label, scored_by=both.role, moderators=sorted(moderators),
            drawn=drawn, probability=probability, selection=selection, cluster=both.cluster,
            period=period(given.table[given.role == both.role]), n_pieces=len(both.many),
            n_moderated=int(both.moderated.sum()),
            confidence=confidence, interval="prediction-powered, jackknife over clusters; "
            "shares: Wilson",
        ),
        rubric=given.rubric,
        scored_by=both.role,
    )  # fmt: skip


def _role(given: Scorings, scored_by: str | None) -> str:
    """The role of the many scores; where it is not clear, nothing is picked."""
    if scored_by is not None:
        check_roles(given, [scored_by], "scored_by")
        return scored_by
    found = [role for role in _MANY if (given.role == role).any()]
    if len(found) != 1:
        held = ", ".join(role or "(none recorded)" for role in sorted(set(given.role)))
        seen = f"both {' and '.join(found)} scored" if found else "neither of these scored"
        raise UsageError(
            f"moderated() starts from the scores of line_manager or self, and {seen} here. Say "
            f'whose scores are the many, with scored_by="<role>"; the ratings hold: {held}.'
        )
    return found[0]


@dataclass(frozen=True, eq=False)
class _Both:
    """The pieces that the many scored, some of them moderated too.

    Attributes:
        given: all scorings.
        role: whose the many scores are.
        many: (P, R) their rows of `given.table`, -1 for none.
        few: (P, S) the moderators' rows, all -1 where a piece was not moderated.
        labels: (P,) cluster of each piece. cluster: what clusters are.
        probability: (P,) of being moderated, or None where all are alike.
        apart: how many pieces were moderated and not scored by the many.
        confidence: of the intervals.
    """

    given: Scorings
    role: str
    many: npt.NDArray[np.intp]
    few: npt.NDArray[np.intp]
    labels: npt.NDArray[np.object_]
    cluster: str
    probability: Floats | None
    apart: int
    confidence: float

    @property
    def moderated(self) -> npt.NDArray[np.bool_]:
        """(P,) whether a moderator scored the piece."""
        return np.asarray((self.few >= 0).any(axis=1))


def _both(
    given: Scorings, role: str, moderators: Collection[str], cluster: str | None,
    probability: str | None, confidence: float,
) -> _Both:  # fmt: skip
    practice = ~given.benchmark
    pieces, many = by_piece(given, np.flatnonzero((given.role == role) & practice))
    others = sorted(set(moderators) - {role})
    known, side = by_piece(given, np.flatnonzero(np.isin(given.role, others) & practice))
    place = pd.Index(known).get_indexer(pd.Index(pieces))
    few = np.full((len(pieces), side.shape[1]), -1, np.intp)
    few[place >= 0] = side[place[place >= 0]]
    table = given.table.iloc[many[:, 0]] if len(pieces) else given.table.iloc[:0]
    name, nested = clusters_of(table, cluster)
    chance = None if probability is None else _probabilities(table, probability)
    apart = len(set(known) - set(pieces))
    return _Both(given, role, many, few, nested, name, chance, apart, confidence)


def _probabilities(table: pd.DataFrame, column: str) -> Floats:
    if column not in table:
        known = ", ".join(map(str, table.columns))
        raise UsageError(f'No column "{column}" for the probabilities; there are: {known}.')
    return pd.to_numeric(table[column].astype("string"), errors="coerce").to_numpy(np.float64)


def _rows(both: _Both) -> Iterator[dict[str, Any]]:
    if not len(both.many):
        return
    rubric = both.given.rubric
    for measure in both.given.scores.measures.values():
        if measure.kind == "mean":
            head = {"kind": "mean", "measure": measure.id, "level": ""}
            yield {**head, "text": rubric.titles[measure.id], **_told(both, measure.value, False)}
    if rubric.bands is None:
        return
    rank = both.given.bands()
    titles = [(band.id, band.title) for band in reversed(rubric.bands.levels)]
    for number, (name, title) in [*enumerate(titles)][::-1]:
        head = {"kind": "band", "measure": rubric.bands.of, "level": name, "text": title}
        yield {**head, **_told(both, (rank == number).astype(np.float64), True)}
    head = {"kind": "band", "measure": rubric.bands.of, "level": CANNOT_SAY, "text": "cannot say"}
    yield {**head, **_told(both, np.isnan(rank).astype(np.float64), True)}


def _told(both: _Both, values: Floats, share: bool) -> dict[str, Any]:
    """One measure: by the many, by moderators alone, and by both together."""
    quick, careful = (mean_of(spread(values, side)) for side in (both.many, both.few))
    known = ~np.isnan(quick)
    used = known & ~np.isnan(careful)
    powered, alone = (_estimate(both, careful, quick, share, tuning) for tuning in (None, 0.0))
    found, only = powered.estimate, alone.estimate
    few = int(used.sum()) < LEAST_MODERATED
    reason = found.reason
    if few:
        reason = f"too few to say: {used.sum()} moderated, at least {LEAST_MODERATED} are needed"
    rows = both.few[used]
    return {
        "estimate": np.nan if few else found.value, "lower": np.nan if few else found.lower,
        "upper": np.nan if few else found.upper,
        "as_scored": float(quick[known].mean()) if known.any() else np.nan,
        "alone": only.value, "alone_lower": only.lower, "alone_upper": only.upper,
        "worth": np.nan if few or not found.se > 0 else found.n * (only.se / found.se) ** 2,
        "tuning": np.nan if few else powered.tuning, "n_pieces": powered.pieces,
        "n_moderated": found.n, "n_missing": int((~known).sum() + (both.moderated & known).sum())
        - found.n, "n_clusters": found.clusters,
        "n_raters": int(both.given.table["rater"].iloc[rows[rows >= 0]].nunique()),
        "reason": reason,
    }  # fmt: skip


def _estimate(
    both: _Both, careful: Floats, quick: Floats, share: bool, tuning: float | None
) -> Powered:
    method = prediction_powered_share if share else prediction_powered_mean
    return method(
        careful, quick, both.labels,
        probability=both.probability, tuning=tuning, confidence=both.confidence,
    )  # fmt: skip


def _facts(both: _Both, drawn: str | None, probability: str | None) -> Facts:
    given = both.given
    rows = both.few[both.few >= 0]
    return Facts(
        pieces=len(both.many), moderated=int(both.moderated.sum()),
        moderators=int(given.table["rater"].iloc[rows].nunique()), role=both.role,
        drawn=drawn or "", probability=probability or "", apart=both.apart,
        left_out=given.left_out, selection_known=given.selection_known, cluster=both.cluster,
        difference=_difference(both),
    )  # fmt: skip


def _difference(both: _Both) -> tuple[float, float, float, str]:
    """How the many had scored the moderated pieces less the others, and by which measure."""
    given = both.given
    main = main_mean(given.rubric)
    if main in given.scores.measures:
        values, text = given.scores.measures[main].value, given.rubric.titles[main]
    else:
        values, text = given.bands(), "the band"
    quick = mean_of(spread(values, both.many)) if len(both.many) else np.empty(0)
    found = welch(quick[both.moderated], quick[~both.moderated])
    return found.value, found.lower, found.upper, text
