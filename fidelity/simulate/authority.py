"""A made-up authority whose truth is known: ratings and all that stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fidelity.simulate.answers import answers_to, difficulties, ne_rate
from fidelity.simulate.beside import EVENT_COLUMNS, events_of, frame_of, measures_of
from fidelity.simulate.people import (
    Cases,
    Staff,
    cases_of,
    epochs,
    in_post,
    staff_of,
    strictness_of,
)
from fidelity.simulate.replies import family_sheet
from fidelity.simulate.settings import Settings, Strand
from fidelity.simulate.sheets import (
    Sheet,
    benchmark_sheet,
    people_in,
    routine_sheet,
    survey_sheet,
)
from fidelity.simulate.streams import Streams, streams_of

#: Columns of ratings, in the order in which they are written; those without content are left out.
COLUMNS = (
    "piece", "rater", "date", "rated_on", "minutes", "rater_role", "purpose", "selection",
    "stratum", "case", "practitioner", "team", "authority", "source", "with_practitioner",
    "plan_type", "stage", "age_band", "years_in_role", "concern", "escalated_on", "escalated_to",
    "closed_on",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Truth:
    """What was planted.

    Attributes:
        settings: all that was set.
        skill: practitioner, team, month, in_post, skill (also before joining and after leaving).
        strictness: rater, month, strictness (above 0: stricter than the average rater at the
            start), without what goes with a role.
        items: rubric, item, difficulty.
        pieces: rubric, piece, month, true (how good the practice is, whoever scores it).
        recording: rubric, month, ne (share of answers without evidence).
        gains: the training table with `gain`, what each attendance gave.
    """

    settings: Settings
    skill: pd.DataFrame
    strictness: pd.DataFrame
    items: pd.DataFrame
    pieces: pd.DataFrame
    recording: pd.DataFrame
    gains: pd.DataFrame

    @property
    def half_life(self) -> float:
        """Months until half of a training's gain is gone."""
        return self.settings.half_life


@dataclass(frozen=True, eq=False)
class Authority:
    """Everything of a made-up authority; all tables are plain pandas, dates are text.

    Attributes:
        ratings: by rubric id, one row a rating: piece, item, rater, value (text; missing for
            a blank), reason (of an NA), and the columns of `COLUMNS` that apply.
        training: practitioner, team, date, programme, kind, days, test_score, test_max.
        measures: measure, subject_kind, subject, date, part, numerator, denominator.
        frame: stratum, N: how many cases each stratum holds.
        events: date, what.
        truth: what was planted.
    """

    ratings: Mapping[str, pd.DataFrame]
    training: pd.DataFrame
    measures: pd.DataFrame
    frame: pd.DataFrame
    events: pd.DataFrame
    truth: Truth


def simulate(settings: Settings | None = None, rng: int | np.random.Generator = 0) -> Authority:
    """Make up an authority.

    Args:
        settings: what it is like; the defaults are two rubrics, four teams and 24 months.
        rng: a seed, or a Generator of which one number is drawn. The same seed gives the same
            authority; a further team at the end, or a further rubric, changes nothing in the
            others.

    Raises:
        UsageError: settings that cannot be simulated, all faults at once; a bad seed.

    Example:
        >>> authority = simulate(rng=1)
        >>> sorted(authority.ratings)
        ['cfsw_skills', 'sos_case_file']
    """
    settings = settings or Settings()
    stream = streams_of(rng)
    staff: list[Staff] = []
    cases: list[Cases] = []
    for team in settings.teams:
        before = sum(len(other.table) for other in staff)
        staff.append(staff_of(team, before + 1, settings, stream))
        first_case = before * epochs(settings) * settings.caseload + 1
        cases.append(cases_of(staff[-1], first_case, settings, stream))
    sheets = {
        strand.instrument.id: _sheets(strand, staff, cases, settings, stream)
        for strand in settings.strands
    }
    ratings = {
        strand.instrument.id: _ratings(strand, sheets[strand.instrument.id], settings, stream)
        for strand in settings.strands
    }
    return Authority(
        ratings,
        training=pd.concat([mine.training for mine in staff], ignore_index=True),
        measures=measures_of(settings, stream),
        frame=frame_of(staff, cases),
        events=events_of(settings) if settings.events else pd.DataFrame(columns=EVENT_COLUMNS),
        truth=_truth(settings, staff, sheets, stream),
    )


def _sheets(
    strand: Strand, staff: list[Staff], cases: list[Cases], settings: Settings, stream: Streams
) -> list[Sheet]:
    """The sheets of a strand; references run through the teams in their order."""
    strictness = strictness_of(settings, stream)
    sheets: list[Sheet] = []
    number, rater = 1, settings.raters + 1
    for mine, held in zip(staff, cases, strict=True):
        if strand.families_of:
            of = next(s for s in settings.strands if s.instrument.id == strand.families_of)
            asked = routine_sheet(of, mine, held, 1, strictness, settings, stream)
            sheets.append(family_sheet(strand, asked, mine, held, number, settings, stream))
        elif strand.respondents:
            sheets.append(survey_sheet(strand, mine.team, number, rater, settings, stream))
            rater += people_in(strand)
        else:
            sheets.append(routine_sheet(strand, mine, held, number, strictness, settings, stream))
        number += len(sheets[-1].pieces)
    if strand.benchmark_pieces and not (strand.respondents or strand.families_of):
        sheets.append(benchmark_sheet(strand, strictness, settings, stream))
    return sheets


def _ratings(
    strand: Strand, sheets: list[Sheet], settings: Settings, stream: Streams
) -> pd.DataFrame:
    """The long table of a strand: every item of an assessment, then the next assessment."""
    items = list(strand.instrument.items)
    assessments, values, reasons = [], [], []
    for sheet in sheets:
        given = answers_to(sheet, strand, settings, stream)
        pieces = sheet.pieces.drop(columns=["month", "true"]).iloc[sheet.of]
        assessments.append(pd.concat([pieces.reset_index(drop=True), sheet.table], axis=1))
        values.append(given.value.ravel())
        reasons.append(given.reason.ravel())
    table = pd.concat(assessments, ignore_index=True).assign(authority=settings.authority)
    kept = [name for name in COLUMNS if name in table and table[name].notna().any()]
    table = table[kept].convert_dtypes()
    n = len(table)
    long = table.take(np.repeat(np.arange(n), len(items))).reset_index(drop=True)
    long.insert(1, "item", pd.Series(np.tile(items, n), dtype="string"))
    long.insert(3, "value", pd.Series(np.concatenate(values), dtype="string"))
    long.insert(4, "reason", pd.Series(np.concatenate(reasons), dtype="string"))
    return long


def _truth(
    settings: Settings, staff: list[Staff], sheets: Mapping[str, list[Sheet]], stream: Streams
) -> Truth:
    months = np.arange(1, settings.months + 1)
    rubrics = {strand.instrument.id: strand for strand in settings.strands}
    skill = [
        pd.DataFrame({
            "practitioner": np.repeat(mine.table["practitioner"].to_numpy(), settings.months),
            "team": mine.team, "month": np.tile(months, len(mine.table)),
            "in_post": in_post(mine, settings).ravel(), "skill": mine.skill.ravel(),
        })
        for mine in staff
    ]  # fmt: skip
    items = [
        pd.DataFrame({
            "rubric": name, "item": list(strand.instrument.items),
            "difficulty": difficulties(strand, settings, stream),
        })
        for name, strand in rubrics.items()
    ]  # fmt: skip
    pieces = [
        sheet.pieces[["piece", "month", "true"]].assign(rubric=name)
        for name, mine in sheets.items() for sheet in mine
    ]  # fmt: skip
    recording = [
        pd.DataFrame({"rubric": name, "month": months, "ne": ne_rate(strand, settings)})
        for name, strand in rubrics.items()
    ]
    return Truth(
        settings,
        skill=pd.concat(skill, ignore_index=True),
        strictness=pd.DataFrame({
            "rater": np.repeat(settings.rater_ids, settings.months),
            "month": np.tile(months, settings.raters),
            "strictness": strictness_of(settings, stream).ravel(),
        }),
        items=pd.concat(items, ignore_index=True),
        pieces=pd.concat(pieces, ignore_index=True)[["rubric", "piece", "month", "true"]],
        recording=pd.concat(recording, ignore_index=True),
        gains=pd.concat([m.training.assign(gain=m.gain) for m in staff], ignore_index=True),
    )  # fmt: skip
