"""What stands beside ratings: measures, the frame of a stratified draw, and events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.simulate.people import Cases, Staff, month_start
from fidelity.simulate.settings import Settings, Team
from fidelity.simulate.streams import Streams

Months = npt.NDArray[np.int64]
Dates = npt.NDArray[np.object_]
#: Visits for a family and month; episodes that end for a post and month; contacts in an episode,
#: and changes of worker in it.
_VISITS, _ENDED, _CONTACTS, _CHANGES = 1.3, 0.25, 8.0, 0.5
EVENT_COLUMNS = ("date", "what")
#: Measures of each team and month: due in a month for each post, and the share that is done.
_SHARES = {"supervision_held": (1, 0.82), "visits_in_time": (12, 0.88)}
#: Hours of a team's week by what they go to, per post: in the first and in the last quarter.
TIME_USE = {
    "with_families": (12.0, 15.0), "recording": (14.0, 12.0), "travel": (5.0, 5.0),
    "other": (6.0, 5.0),
}  # fmt: skip


def measures_of(settings: Settings, stream: Streams) -> pd.DataFrame:
    """Counts by team: monthly caseload, supervision and visits; time use each quarter.

    Returns:
        measure, subject_kind, subject, date (first of the month), part (of a composition, else
        None), numerator, denominator (both whole numbers), team. Episodes that ended are cases.
    """
    months = np.arange(1, settings.months + 1)
    dates = np.array([f"{month_start(settings, int(month))}-01" for month in months], object)
    tables = []
    for team in settings.teams:
        rng = stream("measures", team.name)
        posts = np.full(settings.months, team.posts)
        cases = rng.poisson(1.6 * settings.caseload * posts)
        rows = {"caseload": (cases, posts)}
        for name, (due, share) in _SHARES.items():
            rows[name] = (rng.binomial(due * posts, share), due * posts)
        tables += [
            pd.DataFrame({
                "measure": name, "subject": team.name, "date": dates, "part": None,
                "numerator": numerator, "denominator": denominator,
            })
            for name, (numerator, denominator) in rows.items()
        ]  # fmt: skip
        quarters = months[months % 3 == 0]
        at_end = (quarters - 1) / max(1, settings.months - 1)
        hours = np.array([
            rng.poisson(team.posts * (first + (last - first) * at_end))
            for first, last in TIME_USE.values()
        ]).reshape(len(TIME_USE), -1)  # fmt: skip
        tables += [
            pd.DataFrame({
                "measure": "time_use", "subject": team.name, "date": dates[quarters - 1],
                "part": part, "numerator": mine, "denominator": hours.sum(axis=0),
            })
            for part, mine in zip(TIME_USE, hours, strict=True)
        ]  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    table.insert(1, "subject_kind", "team")
    table["team"] = table["subject"]
    more = [_more(settings, team, stream, months, dates) for team in settings.teams]
    return pd.concat([table, *more], ignore_index=True)


def _more(
    settings: Settings, team: Team, stream: Streams, months: Months, dates: Dates
) -> pd.DataFrame:
    """Further measures of a team: by month and quarter, and of single episodes that ended."""
    rng = stream("more measures", team.name)
    posts = np.full(settings.months, team.posts)
    families = settings.caseload * posts
    rows: dict[str, tuple[Months, Months, Dates]] = {
        "visits_a_month": (rng.poisson(_VISITS * families), families, dates)
    }
    quarters = months[months % 3 == 0]
    at = dates[quarters - 1]
    files = np.full(len(quarters), 2 * team.posts)
    reached = rng.binomial(files, 0.75)
    rows["audits_inadequate"] = (rng.binomial(files, 0.12), files, at)
    rows["family_reached"] = (reached, files, at)
    rows["family_answered"] = (rng.binomial(reached, 0.4), files, at)
    parts = [
        pd.DataFrame({"measure": name, "subject_kind": "team", "subject": team.name, "date": day,
                      "part": None, "numerator": top, "denominator": below})
        for name, (top, below, day) in rows.items()
    ]  # fmt: skip
    done = quarters / max(1, settings.months)
    phases = np.array([
        rng.multinomial(families[0], (1 - s, s * (1 - s), s * s)) for s in done
    ]).reshape(-1, 3)  # fmt: skip
    parts += [
        pd.DataFrame({"measure": "transition_phase", "subject_kind": "team", "subject": team.name,
                      "date": at, "part": part, "numerator": phases[:, k],
                      "denominator": families[0]})
        for k, part in enumerate(("before", "during", "after"))
    ]  # fmt: skip
    ended = np.repeat(months - 1, rng.poisson(_ENDED * team.posts, settings.months))
    names = [f"{team.name}-E{n:03d}" for n in range(1, len(ended) + 1)]
    for name, top in (
        ("contacts_per_episode", rng.negative_binomial(4, 4 / (4 + _CONTACTS), len(ended))),
        ("workers_per_episode", 1 + rng.poisson(_CHANGES, len(ended))),
    ):
        parts.append(pd.DataFrame({
            "measure": name, "subject_kind": "case", "subject": names, "date": dates[ended],
            "part": None, "numerator": top, "denominator": 1,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True).assign(team=team.name)


def frame_of(staff: list[Staff], cases: list[Cases]) -> pd.DataFrame:
    """How many families each stratum (team and plan type) holds over the whole time."""
    rows = [
        {"stratum": f"{mine.team}, {plan}", "N": int(n)}
        for mine, held in zip(staff, cases, strict=True)
        for plan, n in pd.Series(held.plan_type[held.held]).value_counts().sort_index().items()
    ]
    return pd.DataFrame(rows, columns=["stratum", "N"])


def events_of(settings: Settings) -> pd.DataFrame:
    """What happened, on the eleventh working day of its month."""
    rows = []
    for event in settings.events:
        first = month_start(settings, event.month).astype("datetime64[D]")
        rows.append({"date": str(np.busday_offset(first, 10, roll="forward")), "what": event.what})
    return pd.DataFrame(rows, columns=list(EVENT_COLUMNS))
