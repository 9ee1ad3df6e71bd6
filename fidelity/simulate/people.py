"""Who works in the authority: practitioners with their skill, cases, and raters.

Skill of a practitioner in month m (months from 1; one level of five is one unit):

    mean + team + person + (common slope + own slope) (m - 1) + sum of gains 2^(-(m - t) / h)

over the trainings attended in months t <= m, with half-life h. The strictness of a rater is
their own, with a common and an own slope.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.simulate.settings import Settings, Team
from fidelity.simulate.streams import Streams

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Families are those of a practitioner in one half-year.
EPOCH_MONTHS = 6
TRAINING_COLUMNS = (
    "practitioner", "team", "date", "programme", "kind", "days", "test_score", "test_max",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Staff:
    """One team.

    Attributes:
        team: name of the team.
        table: one row a practitioner: practitioner, team, joined and left (first and last
            month), years_in_role (when they joined).
        skill: shape (practitioners, months).
        in_post: row of the practitioner in each post, shape (months, posts).
        training: one row an attendance.
        gain: what each attendance gave, in the order of `training`.
    """

    team: str
    table: pd.DataFrame
    skill: Floats
    in_post: Ints
    training: pd.DataFrame
    gain: Floats


@dataclass(frozen=True, eq=False)
class Cases:
    """The families of a team; row ((practitioner x half-years) + half-year) x caseload + k.

    Attributes:
        name: reference, plan_type: kind of plan, effect: on practice; shape (cases,).
        held: whether the practitioner was in post in that half-year.
    """

    name: npt.NDArray[np.object_]
    plan_type: npt.NDArray[np.object_]
    effect: Floats
    held: npt.NDArray[np.bool_]


def epochs(settings: Settings) -> int:
    """How many half-years there are, the last one perhaps begun only."""
    return -(-settings.months // EPOCH_MONTHS)


def first_tuesday(settings: Settings, month: int) -> np.datetime64:
    """Date of the first Tuesday of a month."""
    day = month_start(settings, month).astype("datetime64[D]")
    return np.datetime64(np.busday_offset(day, 0, roll="forward", weekmask="Tue"))


def month_start(settings: Settings, month: int) -> np.datetime64:
    """A month as NumPy's datetime64[M]."""
    return np.datetime64(settings.start, "M") + np.timedelta64(month - 1, "M")


def staff_of(team: Team, first_number: int, settings: Settings, stream: Streams) -> Staff:
    """The practitioners of a team, with their skill by month.

    Args:
        team: the team.
        first_number: number of its first practitioner; references run through the teams.
        settings: the authority's settings.
        stream: streams by name.
    """
    rng = stream("practitioners", team.name)
    joined, left, in_post = _turnover(team, settings, rng)
    n = len(joined)
    newcomer = joined > 1
    own = rng.standard_normal((n, 2))
    years = np.where(newcomer, 0, rng.integers(1, 13, n))
    mean = settings.mean_skill + settings.team_sd * stream("team", team.name).standard_normal()
    base = mean + settings.practitioner_sd * own[:, 0] - settings.newcomer_gap * newcomer
    slope = settings.practice_slope + settings.practice_slope_sd * own[:, 1]
    month = np.arange(settings.months)
    table = pd.DataFrame({
        "practitioner": [f"P{number:02d}" for number in range(first_number, first_number + n)],
        "team": team.name, "joined": joined, "left": left, "years_in_role": years,
    })  # fmt: skip
    skill = base[:, None] + slope[:, None] * month
    training, gain, trained, started = _trainings(table, settings, stream)
    since = month[None, :] - (started[:, None] - 1)
    faded = np.where(since >= 0, 2.0 ** (-np.maximum(since, 0) / settings.half_life), 0.0)
    np.add.at(skill, trained, gain[:, None] * faded)
    return Staff(team.name, table, skill, in_post, training, gain)


def in_post(staff: Staff, settings: Settings) -> npt.NDArray[np.bool_]:
    """Whether a practitioner is in post, shape (practitioners, months)."""
    month = np.arange(1, settings.months + 1)
    joined, left = (staff.table[name].to_numpy()[:, None] for name in ("joined", "left"))
    return np.asarray((joined <= month) & (month <= left))


def _turnover(team: Team, settings: Settings, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """First and last month of each practitioner, and who is in each post in each month."""
    leaves = rng.random((team.posts, settings.months)) < settings.turnover
    joined: list[int] = []
    left: list[int] = []
    in_post = np.empty((settings.months, team.posts), np.int64)
    for post in range(team.posts):
        start = 1
        for end in [*(np.flatnonzero(leaves[post, :-1]) + 1), settings.months]:
            in_post[start - 1 : end, post] = len(joined)
            joined.append(start)
            left.append(int(end))
            start = int(end) + 1
    return np.array(joined, np.int64), np.array(left, np.int64), in_post


def _trainings(
    people: pd.DataFrame, settings: Settings, stream: Streams
) -> tuple[pd.DataFrame, Floats, Ints, Ints]:
    """Attendances, what each gave, and the row and month of each."""
    rows, gains, who, when = [], [], [], []
    for training in settings.training:
        team = people["team"].iloc[0]
        rng = stream("training", training.programme, training.month, team)
        n = len(people)
        in_post = people["joined"].le(training.month) & people["left"].ge(training.month)
        comes = (rng.random(n) < training.attended) & in_post.to_numpy()
        absent = rng.random(n) < 0.25
        days = np.where(absent & (training.days > 1), training.days - 1, training.days)
        learnt = rng.standard_normal(n)
        share = 0.65 + 0.12 * learnt + 0.08 * rng.standard_normal(n)
        score = np.clip(np.rint(training.test_max * share), 0, training.test_max).astype(int)
        index = np.flatnonzero(comes)
        rows.append(
            pd.DataFrame({
                "practitioner": people["practitioner"].to_numpy()[index], "team": team,
                "date": str(first_tuesday(settings, training.month)),
                "programme": training.programme, "kind": training.kind, "days": days[index],
                "test_score": score[index], "test_max": training.test_max,
            })
        )  # fmt: skip
        gain = training.gain * days / training.days * np.maximum(0, 1 + 0.3 * learnt)
        gains.append(gain[index])
        who.append(index)
        when.append(np.full(len(index), training.month))
    if not rows:
        nobody = np.empty(0, np.int64)
        return pd.DataFrame(columns=list(TRAINING_COLUMNS)), np.empty(0), nobody, nobody
    table = pd.concat(rows, ignore_index=True)
    return table, np.concatenate(gains), np.concatenate(who), np.concatenate(when)


def cases_of(staff: Staff, first_number: int, settings: Settings, stream: Streams) -> Cases:
    """The families of a team's practitioners; siblings share one."""
    n_epochs = epochs(settings)
    n = len(staff.table) * n_epochs * settings.caseload
    rng = stream("cases", staff.team)
    effect = settings.case_sd * rng.standard_normal(n)
    epoch = np.arange(n) // settings.caseload % n_epochs
    later = epoch / max(1, n_epochs - 1)
    plans = settings.plan_types
    share = np.array([[p.share, p.share_at_end] for p in plans])
    edges = np.cumsum(share[:, 0] + np.outer(later, share[:, 1] - share[:, 0]), axis=1)
    kind = np.minimum((rng.random(n)[:, None] >= edges).sum(axis=1), len(plans) - 1)
    row = np.arange(n) // (settings.caseload * n_epochs)
    first_month = epoch * EPOCH_MONTHS + 1
    joined, left = staff.table["joined"].to_numpy()[row], staff.table["left"].to_numpy()[row]
    return Cases(
        np.array([f"C{number:04d}" for number in range(first_number, first_number + n)], object),
        np.array([plan.name for plan in plans], object)[kind],
        effect + np.array([plan.shift for plan in plans])[kind],
        (joined < first_month + EPOCH_MONTHS) & (left >= first_month),
    )


def strictness_of(settings: Settings, stream: Streams) -> Floats:
    """Strictness of the raters by month, shape (raters, months)."""
    own = stream("raters").standard_normal((settings.raters, 2))
    slope = settings.strictness_slope + settings.strictness_slope_sd * own[:, 1]
    start = settings.strictness_sd * own[:, 0]
    return start[:, None] + slope[:, None] * np.arange(settings.months)


def rates_in(settings: Settings) -> npt.NDArray[np.bool_]:
    """Whether a rater still rates, shape (raters, months)."""
    last = [settings.rater_leaves.get(rater, settings.months) for rater in settings.rater_ids]
    return np.array(last)[:, None] > np.arange(settings.months)
