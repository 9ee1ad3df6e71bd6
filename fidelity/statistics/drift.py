"""Two trends in one model: of the practice, and of those who score it.

    y = practitioner (level, trend) + practice trend t + rater (level, trend) + scoring trend t
        + piece + noise

Scores of raters alone hold the two trends only as a sum: no model can part them. Two kinds of
scores can. An agreed score of a piece has the practice in it and no rater; a benchmark piece has
raters in it and no practice (it does not change, so that its own level cancels). Either, or both
pooled with the weight that each deserves, lets the trend of scoring be told from that of practice.
That agreed scores do not shift themselves is assumed; nothing in the data could show it.

Why a mixed model with degrees of freedom, and not cluster-robust errors: practitioners and raters
are both clusters and cross one another, and raters are few. Two-way robust variances (Cameron,
Gelbach & Miller 2011, J Bus Econ Stat 29:238) lean on many clusters both ways and need not even be
positive; the CR2 of `clusters` allows for few clusters, one way only. REML weighs agreed scores,
double scores and benchmark re-ratings by what each tells, and Satterthwaite's degrees of freedom
(Fai & Cornelius 1996, J Stat Comput Simul 54:363; Kuznetsova, Brockhoff & Christensen 2017, J Stat
Softw 82(13)) let a trend that rests on ten raters be judged as one of ten. Coverage:
`benchmarks/studies/drift_coverage.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fidelity.errors import UsageError
from fidelity.statistics.drift_errors import Errors, errors_of
from fidelity.statistics.drift_likelihood import Components, Shape, Solved, at, maximise
from fidelity.statistics.drift_references import References, references
from fidelity.statistics.drift_sums import Floats, Ints, Rows, sums
from fidelity.statistics.estimate import Estimate

METHOD = "REML, crossed random levels and trends, Satterthwaite"
#: Agreed scores of practice from which their own noise can be estimated.
_OWN_NOISE = 30


@dataclass(frozen=True, eq=False)
class RaterTrends:
    """What is predicted of each rater (shrunken towards the others), in the order of their codes.

    Attributes:
        level: (R,) level beside the average of raters, at the centre of time.
        relative, relative_se: (R,) trend beside the average of these raters.
        absolute, absolute_se: (R,) trend; NaN where not told apart from the practice.
        df: degrees of freedom for intervals.
        references: how many scorings tell it.
    """

    level: Floats
    relative: Floats
    relative_se: Floats
    absolute: Floats
    absolute_se: Floats
    df: float
    references: References


@dataclass(frozen=True, eq=False)
class TwoTrends:
    """The two trends, per unit of time.

    Attributes:
        practice: of the practice; of each group, where groups were given.
        scoring: of raters like these; above 0 more generous.
        these: of these raters alone, weighted by how many scorings of practice each gave.
        together: of the scores as these raters gave them, practice and scoring in one.
        practice_bend: how much the trend of practice itself changes over a unit of time.
        scoring_bend: the same of scoring.
        raters: each of them.
        chance: of each trend of practice, and last that of scoring, so far from 0 where it is 0
            (two-sided p).
        components: the variances. centre, time_sd: mean and spread of the time of practice.
        offset: how much higher raters score than what is agreed, at the centre; 0 where no agreed
            score of practice is used.
        identified: whether the two are told apart. reason: why not.
    """

    practice: tuple[Estimate, ...]
    scoring: Estimate
    these: Estimate
    together: Estimate
    practice_bend: Estimate
    scoring_bend: Estimate
    raters: RaterTrends
    chance: tuple[float, ...]
    components: Components
    centre: float
    time_sd: float
    offset: float
    identified: bool
    reason: str


def two_trends(
    y: ArrayLike,
    practised: ArrayLike,
    rated: ArrayLike,
    practitioner: ArrayLike,
    rater: ArrayLike,
    piece: ArrayLike,
    benchmark: ArrayLike,
    *,
    further: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    components: Components | None = None,
    bends: bool = True,
    confidence: float = 0.95,
) -> TwoTrends:
    """Fit the trend of practice and the trend of scoring.

    Args:
        y: (n,) scores, one a scoring.
        practised: (n,) time of the practice, in any unit (months, or 0 and 1 for two periods).
        rated: (n,) time of the scoring, in the same unit.
        practitioner: (n,) codes from 0; -1 where there is none, as for benchmark pieces.
        rater: (n,) codes from 0; -1 for an agreed score.
        piece: (n,) codes from 0.
        benchmark: (n,) whether the piece is a benchmark piece.
        further: (n, k) further fixed effects, such as the role of the rater.
        groups: (n,) codes from 0 of groups of practice, each with a trend of its own.
        components: variances to be taken as known; estimated if not given.
        bends: whether it is asked too how the trends themselves change; False saves the time.
        confidence: coverage of the intervals.

    Returns:
        The trends. Where there are too few scores that tell them apart (under 5 for so many
        raters that fewer than two, or those with under half of all scorings, are left), `practice`
        and `scoring` are NaN with a reason, and `together` and the raters beside one another stand.

    Raises:
        UsageError: no spread in the time of practice, or fewer than 10 scorings by raters.

    Source: module docstring.
    """
    given = _Given(
        np.asarray(y, np.float64), np.asarray(practised, np.float64),
        np.asarray(rated, np.float64), np.asarray(practitioner, np.intp),
        np.asarray(rater, np.intp), np.asarray(piece, np.intp), np.asarray(benchmark, bool),
        None if further is None else np.asarray(further, np.float64),
        None if groups is None else np.asarray(groups, np.intp),
    )  # fmt: skip
    _checked(given)
    known = references(given.rater, given.piece, given.rated, given.benchmark)
    design = _design(given, known.enough)
    if known.enough and design.scoring is None:
        design = _design(given, False)
    reason = "" if design.scoring is not None else known.reason or "all at one time"
    table = sums(design.rows)
    if components is None:
        found, solved = maximise(table, design.shape)
    else:
        found = _to(components, design.sd)
        solved = at(table, found)
    errors = errors_of(table, found, solved, max(design.contrasts, 1), components is None)
    return _result(design, known, found, solved, errors, confidence, reason, bends)


@dataclass(frozen=True, eq=False)
class _Given:
    y: Floats
    practised: Floats
    rated: Floats
    practitioner: Ints
    rater: Ints
    piece: Ints
    benchmark: NDArray[np.bool_]
    further: Floats | None
    groups: Ints | None


def _checked(given: _Given) -> None:
    practice = ~given.benchmark & (given.rater >= 0)
    if practice.sum() < 10 or not np.ptp(given.practised[practice]) > 0:
        raise UsageError(
            f"{int(practice.sum())} scorings of practice by raters, at "
            f"{len(np.unique(given.practised[practice]))} times; at least 10 at two times are "
            "needed for a trend."
        )


@dataclass(frozen=True, eq=False)
class _Design:
    """Rows, and where each trend stands among the fixed effects.

    Attributes:
        practice: places of the trends of practice. scoring: place of that of scoring, or None.
        offset: place of how much higher raters score, or None. bends: (n, 2) columns of bends.
        shape: which variances can be estimated.
        contrasts: how many scorings there are beyond one a piece.
        centre, sd: of the time. scorings: (R,) of practice. pieces, clusters: how many.
    """

    rows: Rows
    practice: tuple[int, ...]
    scoring: int | None
    offset: int | None
    bends: Floats
    shape: Shape
    contrasts: int
    centre: float
    sd: float
    scorings: Floats
    pieces: int


def _design(given: _Given, apart: bool) -> _Design:
    """The fixed effects that are independent; without agreed scores where they are not used."""
    kept = np.ones(len(given.y), bool) if apart else ~given.benchmark & (given.rater >= 0)
    practice, by_rater = ~given.benchmark[kept], given.rater[kept] >= 0
    centre = float(given.practised[kept][practice].mean())
    sd = float(given.practised[kept][practice].std())
    when, rated = ((part[kept] - centre) / sd for part in (given.practised, given.rated))
    group = np.zeros(len(when), np.intp) if given.groups is None else given.groups[kept]
    member = (group[:, None] == np.arange(int(group.max()) + 1)) & practice[:, None]
    piece = np.unique(given.piece[kept], return_inverse=True)[1].astype(np.intp)
    trends = member * when[:, None]
    of_scoring = [(by_rater * rated)[:, None]] if apart else []
    extra = [] if given.further is None else [given.further[kept]]
    fixed_pieces = np.unique(piece[~practice])
    columns = [trends, *of_scoring, member, by_rater[:, None] * apart, *extra,
               piece[:, None] == fixed_pieces]  # fmt: skip
    stacked = np.column_stack([np.asarray(part, np.float64) for part in columns])
    places = _independent(stacked)
    m = trends.shape[1]
    scoring = m if apart and m in places else None
    higher = 2 * m + (1 if apart else 0)
    offset = places.index(higher) if apart and higher in places else None
    rows = Rows(
        given.y[kept], when * practice, rated, np.where(practice, given.practitioner[kept], -1),
        given.rater[kept], piece, stacked[:, places], ~practice,
        int(given.practitioner.max(initial=-1)) + 1, int(given.rater.max(initial=-1)) + 1,
    )  # fmt: skip
    bends = np.column_stack([(when**2) * practice, (rated**2) * by_rater * apart])
    return _Design(
        rows, tuple(range(m)), scoring, offset, bends, _shape(rows), _contrasts(rows), centre, sd,
        np.bincount(rows.rater[practice & by_rater], minlength=rows.raters).astype(np.float64),
        len(np.unique(piece[practice])),
    )  # fmt: skip


def _independent(columns: Floats) -> list[int]:
    """Places of the columns that those before them do not determine."""
    kept: list[int] = []
    basis = np.zeros((len(columns), 0))
    for place, column in enumerate(columns.T):
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > 1e-7 * max(1.0, float(np.linalg.norm(column))):
            kept.append(place)
            basis = np.column_stack([basis, rest / size])
    return kept


def _shape(rows: Rows) -> Shape:
    """Which variances the rows can tell."""
    practice, agreed = ~rows.benchmark, rows.rater < 0
    twice = len(np.unique(rows.piece)) < len(rows.piece)
    held = rows.practitioner[practice]
    several = rows.practitioners > 1 and bool((np.bincount(held[held >= 0]) > 1).any())
    return Shape(
        agreed=int((agreed & practice).sum()) >= _OWN_NOISE, piece=twice,
        practitioner=several, rater=rows.raters > 1,
    )  # fmt: skip


def _contrasts(rows: Rows) -> int:
    return len(rows.y) - len(np.unique(rows.piece)) - 2 * rows.raters


def _to(known: Components, sd: float) -> Components:
    """Variances of trends per standard deviation of time."""
    scale = np.array([1.0, sd])
    turn = np.outer(scale, scale)
    return Components(
        known.scoring, known.agreed, known.piece, known.practitioner * turn, known.rater * turn
    )


def _result(
    design: _Design, known: References, found: Components, solved: Solved, errors: Errors,
    confidence: float, reason: str, with_bends: bool,
) -> TwoTrends:  # fmt: skip
    identified, n = design.scoring is not None, int(known.n.sum())
    none = Estimate(math.nan, n=n, method=METHOD, reason=reason)
    people = len(np.unique(design.rows.practitioner[design.rows.practitioner >= 0]))

    def told(place: int, n: int, clusters: int) -> tuple[Estimate, float]:
        value, se, df = errors.contrast(np.eye(design.rows.fixed.shape[1])[place])
        made = estimate(value / design.sd, se / design.sd, df, n, clusters, confidence)
        return made, chance(value / se, df)

    together = _together(design, errors, people, confidence)
    practice = [(none, math.nan)] * len(design.practice)
    scoring, these, bends = (none, math.nan), none, (none, none)
    if design.scoring is not None:
        practice = [told(place, design.pieces, people) for place in design.practice]
        scoring = told(design.scoring, n, int(known.told.sum()))
        these = _these(design, known, errors, confidence)
        bends = _bends(design, found, confidence, errors) if with_bends else bends
    return TwoTrends(
        tuple(made for made, _ in practice), scoring[0], these, together, *bends,
        _raters(design, known, solved, errors), (*(p for _, p in practice), scoring[1]),
        _to(found, 1 / design.sd), design.centre, design.sd,
        float(errors.beta[design.offset]) if design.offset is not None else 0.0,
        identified, reason,
    )  # fmt: skip


def _raters(design: _Design, known: References, solved: Solved, errors: Errors) -> RaterTrends:
    R, sd = design.rows.raters, design.sd
    effects = solved.effects()[0] if R else np.zeros(0)
    trends = np.arange(R) * 2 + 1
    relative, relative_se, absolute, absolute_se = (np.full(R, np.nan) for _ in range(4))
    for rater in range(R):
        k = np.zeros(2 * R + design.rows.fixed.shape[1])
        k[trends] = -1.0 / R
        k[trends[rater]] += 1.0
        relative[rater], relative_se[rater] = errors.predicted(k)
        if design.scoring is not None:
            k[:] = 0.0
            k[trends[rater]] = k[2 * R + design.scoring] = 1.0
            absolute[rater], absolute_se[rater] = errors.predicted(k)
    return RaterTrends(
        effects[::2], relative / sd, relative_se / sd, absolute / sd, absolute_se / sd,
        float(max(R - 1, 1)), known,
    )  # fmt: skip


def _these(design: _Design, known: References, errors: Errors, confidence: float) -> Estimate:
    """The trend of the raters that there are, as they share the scoring of practice."""
    k = _of_these(design)
    k[2 * design.rows.raters + (design.scoring or 0)] = 1.0
    value, se = errors.predicted(k)
    n = int(known.n.sum())
    df = float(max(n - 2 * design.rows.raters, 1))
    return estimate(value / design.sd, se / design.sd, df, n, int(known.told.sum()), confidence)


def _together(design: _Design, errors: Errors, people: int, confidence: float) -> Estimate:
    """The trend of the scores as these raters gave them; groups count alike."""
    k, R2 = _of_these(design), 2 * design.rows.raters
    k[[R2 + place for place in design.practice]] = 1.0 / len(design.practice)
    if design.scoring is not None:
        k[R2 + design.scoring] = 1.0
    value, se = errors.predicted(k)
    n, df = int(design.scorings.sum()), float(max(people - 1, 1))
    return estimate(value / design.sd, se / design.sd, df, n, people, confidence)


def _of_these(design: _Design) -> Floats:
    """Raters' own trends, weighted by how many scorings of practice each gave."""
    R = design.rows.raters
    k = np.zeros(2 * R + design.rows.fixed.shape[1])
    k[np.arange(R) * 2 + 1] = design.scorings / design.scorings.sum()
    return k


def _bends(
    design: _Design, found: Components, confidence: float, errors: Errors
) -> tuple[Estimate, Estimate]:
    """How much each trend changes over a unit of time, at the variances that were found."""
    wide = np.column_stack([design.rows.fixed, design.bends])
    places = _independent(wide)
    p, sd = design.rows.fixed.shape[1], design.sd
    rows = replace(design.rows, fixed=wide[:, places])
    solved = at(sums(rows), found)
    out = []
    for number, c in ((p, design.practice[0]), (p + 1, design.scoring or 0)):
        if number not in places:
            out.append(Estimate(math.nan, method=METHOD, reason="too few times"))
            continue
        place = places.index(number)
        se = math.sqrt(found.scoring * float(solved.phi[0, place, place]))
        unit = np.zeros(p)
        unit[c] = 1.0
        df = errors.contrast(unit)[2]
        value = 2 * float(solved.beta[0, place])
        out.append(estimate(value / sd**2, 2 * se / sd**2, df, len(design.rows.y), 0, confidence))
    return out[0], out[1]


def estimate(
    value: float, se: float, df: float, n: int, clusters: int, confidence: float
) -> Estimate:
    """A t interval with its name."""
    from scipy.special import stdtrit

    half = float(stdtrit(df, 0.5 + confidence / 2)) * se
    return Estimate(value, se, value - half, value + half, n, METHOD, clusters)


def chance(t: float, df: float) -> float:
    """Two-sided p of a t value."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))
