"""Which pieces are looked at, and who scores each of them, before any answer is given.

A sheet is what one stream makes: the pieces of one team in one strand, the replies of one team
to a survey, or the benchmark pieces of a strand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.columns import CONCERN
from fidelity.simulate.people import (
    EPOCH_MONTHS,
    Cases,
    Floats,
    Ints,
    Staff,
    epochs,
    month_start,
    rates_in,
)
from fidelity.simulate.settings import SOURCES, Settings, Strand
from fidelity.simulate.streams import Streams

Objects = npt.NDArray[np.object_]

#: The role of who looks at an organisation from outside it.
OUTSIDE = "independent"
#: Who records what was agreed after moderation.
PANEL = "panel"
STAGES = ("assessment", "planning", "review")
_STAGE_SHARES = (0.2, 0.3, 0.5)
AGE_BANDS = ("unborn", "under_5", "5_to_11", "12_plus")
_AGE_SHARES = (0.03, 0.27, 0.35, 0.35)


@dataclass(frozen=True, eq=False)
class Sheet:
    """Pieces and assessments.

    Attributes:
        key: names the stream of the answers.
        pieces: one row a piece: its attributes as they stand in a file, `month`, and `true`, how
            good its practice is, whoever scores it.
        of: row of the piece of each assessment, shape (assessments,).
        rater: number of the rater, -1 for the panel; same shape.
        month: month in which it was scored; same shape.
        strictness: of the rater in that month, with what goes with the role; same shape.
        table: one row an assessment: rater, rater_role, purpose, rated_on, minutes, and where the
            strand has them with_practitioner and concerns.
    """

    key: tuple[str, ...]
    pieces: pd.DataFrame
    of: Ints
    rater: Ints
    month: Ints
    strictness: Floats
    table: pd.DataFrame


def routine_sheet(
    strand: Strand, staff: Staff, cases: Cases, first_number: int,
    strictness: Floats, settings: Settings, stream: Streams,
) -> Sheet:  # fmt: skip
    """The pieces of one team, some scored twice, some of those with an agreed score."""
    key = (strand.instrument.id, staff.team)
    rng = stream("pieces", *key)
    rounds = np.arange(strand.every, settings.months + 1, strand.every)
    month = np.repeat(rounds, strand.pieces)
    n = len(month)
    person = staff.in_post[month - 1, rng.integers(0, staff.in_post.shape[1], n)]
    case = _cases_drawn(strand, cases, person, month, settings, rng)
    selection, stratum = _selected(strand, staff.team, cases.plan_type[case], rng)
    stage = np.array(STAGES, object)[_drawn(_STAGE_SHARES, rng.random(n))]
    age = np.array(AGE_BANDS, object)[_drawn(_AGE_SHARES, rng.random(n))]
    shift = np.array([settings.selection_shift.get(word, 0.0) for word in selection])
    true = settings.mean_skill + strand.follows * (
        staff.skill[person, month - 1] - settings.mean_skill
    )
    true = true + strand.shift + cases.effect[case] + shift
    joined, years = (staff.table[c].to_numpy()[person] for c in ("joined", "years_in_role"))
    pieces = pd.DataFrame({
        "piece": names_of(strand.prefix, first_number, n),
        "date": days_of(settings, month, rng.integers(5, 15, n)),
        "selection": selection, "stratum": stratum, "case": cases.name[case],
        "practitioner": staff.table["practitioner"].to_numpy()[person], "team": staff.team,
        "source": source_of(strand), "plan_type": cases.plan_type[case],
        "stage": stage if strand.staged else None, "age_band": age,
        "years_in_role": years + (month - joined) // 12,
        "month": month, "true": true + settings.piece_sd * rng.standard_normal(n),
    })  # fmt: skip
    return _scored(key, pieces, strand, strictness, settings, rng)


def survey_sheet(
    strand: Strand, team: str, first_number: int, first_rater: int,
    settings: Settings, stream: Streams,
) -> Sheet:  # fmt: skip
    """What leaders, managers and others say of one team; one piece a reply."""
    key = (strand.instrument.id, team)
    rng = stream("pieces", *key)
    roles = [role for role, number in strand.respondents.items() for _ in range(number)]
    rounds = np.arange(strand.every, settings.months + 1, strand.every)
    month = np.repeat(rounds, len(roles))
    n = len(month)
    person = np.tile(np.arange(len(roles)), len(rounds))
    own = settings.strictness_sd * rng.standard_normal(len(roles))
    own = own + np.array([settings.role_shift.get(role, 0.0) for role in roles])
    place = settings.mean_skill + strand.shift + settings.piece_sd * rng.standard_normal()
    source = np.array(_sources(strand, roles), object)[person]
    looks = np.array([strand.source_shift.get(word, 0.0) for word in source])
    names = names_of(strand.prefix, first_number, n)
    pieces = pd.DataFrame({
        "piece": names, "date": days_of(settings, month, rng.integers(5, 15, n)),
        "selection": "random", "team": team, "source": source, "month": month,
        "true": place + looks,
    })  # fmt: skip
    known = np.array(_respondents(roles, first_rater, settings), object)[person]
    table = pd.DataFrame({
        "rater": names if strand.instrument.looks_at == "staff" else known,  # nobody is traced
        "rater_role": np.array(roles, object)[person], "purpose": "routine",
        "rated_on": pieces["date"], "minutes": minutes_of(strand, n, rng),
    })  # fmt: skip
    return Sheet(key, pieces, np.arange(n), np.full(n, -1), month, own[person], table)


def people_in(strand: Strand) -> int:
    """How many people of each team are asked; who looks from outside is one of the raters."""
    return sum(n for role, n in strand.respondents.items() if role != OUTSIDE)


def _respondents(roles: Sequence[str], first: int, settings: Settings) -> list[str]:
    """References of people, numbered after the raters; those from outside are raters."""
    people, raters = iter(range(first, first + len(roles))), cycle(settings.rater_ids)
    return [next(raters) if role == OUTSIDE else f"R{next(people):02d}" for role in roles]


def _sources(strand: Strand, roles: Sequence[str]) -> list[str]:
    """What each respondent goes by; those of one role take its sources in turn."""
    seen = dict.fromkeys(roles, 0)
    found = []
    for role in roles:
        own = strand.sources.get(role, (source_of(strand),))
        found.append(own[seen[role] % len(own)])
        seen[role] += 1
    return found


def benchmark_sheet(
    strand: Strand, strictness: Floats, settings: Settings, stream: Streams
) -> Sheet:
    """Fixed pieces with agreed scores, scored by every rater in every round."""
    key = (strand.instrument.id, "benchmark")
    rng = stream("pieces", *key)
    n = strand.benchmark_pieces
    spread = float(np.hypot(settings.case_sd, settings.piece_sd))
    pieces = pd.DataFrame({
        "piece": [f"{strand.prefix}-B{number}" for number in range(1, n + 1)],
        "date": days_of(settings, np.ones(n, np.int64), np.zeros(n, np.int64)),
        "selection": None, "source": source_of(strand), "month": np.ones(n, np.int64),
        "true": settings.mean_skill + spread * rng.standard_normal(n),
    })  # fmt: skip
    rates = rates_in(settings)
    scorers = np.flatnonzero(_scorers(strand, settings) | _seconds(strand, settings))
    rounds = range(strand.benchmark_every, settings.months + 1, strand.benchmark_every)
    rows = [
        (piece, rater, month)
        for month in rounds for rater in scorers if rates[rater, month - 1] for piece in range(n)
    ]  # fmt: skip
    agreed = [(piece, -1, 1) for piece in range(n)]
    of, rater, month = np.array(agreed + rows, np.int64).reshape(-1, 3).T
    role = np.where(rater < 0, "agreed", _routine_roles(strand, of)).astype(object)
    strict = _strict(rater, month, role, strictness, settings)
    rated_on = days_of(settings, month, rng.integers(5, 15, len(of)))
    table = _table(rater, role, "benchmark", rated_on, strand, settings, rng)
    return Sheet(key, pieces, of, rater, month, strict, table)


def _scored(
    key: tuple[str, str], pieces: pd.DataFrame, strand: Strand, strictness: Floats,
    settings: Settings, rng: np.random.Generator,
) -> Sheet:  # fmt: skip
    """Each piece by one rater, a share by a second one, a share of those agreed on."""
    n = len(pieces)
    rates = rates_in(settings)[:, pieces["month"].to_numpy() - 1].T
    mine = rates & _scorers(strand, settings)
    first = np.where(mine, rng.random(rates.shape), np.inf).argmin(axis=1)
    others = rates & _seconds(strand, settings)
    others[np.arange(n), first] = False
    second = np.where(others, rng.random(rates.shape), np.inf).argmin(axis=1)
    double = (rng.random(n) < strand.double_share) & others.any(axis=1)
    agreed = double & (rng.random(n) < strand.agreed_share)
    agreed &= "agreed" in strand.instrument.raters
    kind = np.repeat([0, 1, 2], [n, double.sum(), agreed.sum()])
    of = np.concatenate([np.arange(n), np.flatnonzero(double), np.flatnonzero(agreed)])
    rater = np.concatenate([first, second[double], np.full(agreed.sum(), -1)])
    order = np.lexsort([kind, of])
    of, rater, kind = of[order], rater[order], kind[order]
    routine = _routine_roles(strand, of)
    second_role = np.full(len(of), strand.second_role, object) if strand.second_role else routine
    role = np.select([kind == 0, kind == 1], [routine, second_role], "agreed").astype(object)
    purpose = np.array(["routine", "double", "routine"], object)[kind]
    month = pieces["month"].to_numpy()[of]
    ended = pieces["date"].to_numpy()[of].astype("datetime64[D]")
    rated_on = np.busday_offset(ended, rng.integers(1, 3, len(of)) + (kind == 2))
    table = _table(rater, role, purpose, rated_on.astype(str).astype(object), strand, settings, rng)
    if strand.collaborative:
        together = (kind == 0) & (rng.random(len(of)) < strand.collaborative)
        table["with_practitioner"] = np.where(together, "yes", "no")
    if strand.concerns:
        _plant_concerns(table, key[1], month, kind == 0, strand)
    strict = _strict(rater, month, role, strictness, settings)
    return Sheet(key, pieces, of, rater, month, strict, table)


def _routine_roles(strand: Strand, piece: Ints) -> Objects:
    """Who scores each piece first; in turn, where items are asked of some roles only."""
    asked = strand.instrument.asked_of.values()
    roles = list(dict.fromkeys(role for some in asked for role in some))
    if strand.role or not roles:
        return np.full(len(piece), strand.routine_role, object)
    return np.asarray(np.array(roles, object)[piece % len(roles)])


def _selected(
    strand: Strand, team: str, plan_type: Objects, rng: np.random.Generator
) -> tuple[Objects, Objects]:
    """How each piece was chosen, and its stratum in a stratified draw."""
    n = len(plan_type)
    u = rng.random(n)
    if strand.stratified:
        strata = np.array([f"{team}, {plan}" for plan in plan_type], object)
        return np.full(n, "stratified", object), strata
    chosen = np.array(list(strand.selection), object)
    return chosen[_drawn(list(strand.selection.values()), u)], np.full(n, None, object)


def _strict(
    rater: Ints, month: Ints, role: Objects, strictness: Floats, settings: Settings
) -> Floats:
    """Strictness of each assessment; an agreed score has none."""
    shift = np.array([settings.role_shift.get(str(word), 0.0) for word in role])
    return np.where(rater < 0, 0.0, strictness[rater, month - 1] + shift)


def _table(
    rater: Ints, role: Objects, purpose: str | Objects, rated_on: Objects, strand: Strand,
    settings: Settings, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    names = np.array([*settings.rater_ids, PANEL], object)
    return pd.DataFrame({
        "rater": names[rater], "rater_role": role, "purpose": purpose, "rated_on": rated_on,
        "minutes": minutes_of(strand, len(rater), rng),
    })  # fmt: skip


def _plant_concerns(
    table: pd.DataFrame, team: str, month: Ints, routine: npt.NDArray[np.bool_], strand: Strand
) -> None:
    """The concerns of this team; every other routine assessment says no."""
    empty = np.full(len(table), None, object)
    told = {name: empty.copy() for name in CONCERN}
    told["concern"][routine] = "no"
    for concern in strand.concerns:
        rows = np.flatnonzero(routine & (month == concern.month))
        if concern.team != team or not len(rows):
            continue
        row = rows[0]
        told["concern"][row] = "yes"
        if concern.escalated:
            day = str(table["rated_on"].iloc[row])
            told["escalated_on"][row], told["escalated_to"][row] = day, "team manager"
            if concern.closed:
                told["closed_on"][row] = str(np.busday_offset(np.datetime64(day, "D"), 3))
    for name, column in told.items():
        table[name] = column


def _cases_drawn(
    strand: Strand, cases: Cases, person: Ints, month: Ints, settings: Settings,
    rng: np.random.Generator,
) -> Ints:  # fmt: skip
    """A family of each practitioner at that time; in a stratified draw, of the plan type wanted."""
    epoch = (month - 1) // EPOCH_MONTHS
    first = (person * epochs(settings) + epoch) * settings.caseload
    held = first[:, None] + np.arange(settings.caseload)
    lot = rng.random(held.shape)
    if strand.stratified:
        plans = np.array([plan.name for plan in settings.plan_types], object)
        wanted = plans[rng.integers(0, len(plans), len(person))]
        lot = np.where(cases.plan_type[held] == wanted[:, None], lot, lot + 1)
    return np.asarray(held[np.arange(len(held)), lot.argmin(axis=1)])


def _drawn(shares: Sequence[float], u: Floats) -> Ints:
    """Numbers of classes with given shares, from uniform numbers."""
    return np.minimum(np.searchsorted(np.cumsum(shares), u, side="right"), len(shares) - 1)


def names_of(prefix: str, first: int, n: int) -> list[str]:
    """References of pieces, such as SF-0001."""
    return [f"{prefix}-{number:04d}" for number in range(first, first + n)]


def days_of(settings: Settings, month: Ints, workdays: Ints) -> Objects:
    """Dates as text, so many working days after the first of each month."""
    months = month_start(settings, 1) + (month - 1).astype("timedelta64[M]")
    days = np.busday_offset(months.astype("datetime64[D]"), workdays, roll="forward")
    return days.astype(str).astype(object)


def minutes_of(strand: Strand, n: int, rng: np.random.Generator) -> Ints:
    """How long each scoring took, to five minutes."""
    taken = strand.minutes * np.exp(0.25 * rng.standard_normal(n))
    return np.asarray(np.maximum(5, 5 * np.rint(taken / 5)).astype(np.int64))


def source_of(strand: Strand) -> str:
    """Where the practice of a strand is seen."""
    return SOURCES[strand.instrument.looks_at]


def _scorers(strand: Strand, settings: Settings) -> npt.NDArray[np.bool_]:
    """Which raters score, shape (raters,)."""
    return np.isin(settings.rater_ids, strand.scored_by or settings.rater_ids)


def _seconds(strand: Strand, settings: Settings) -> npt.NDArray[np.bool_]:
    """Which raters score a second time, shape (raters,)."""
    if not strand.second_by:
        return _scorers(strand, settings)
    return np.isin(settings.rater_ids, strand.second_by)
