"""Do skills and behaviour improve after a training, hold, or fade as its impetus wears out?

Who was trained, when, for how many days and with what test score is linked to what was later seen:
skill in visits, behaviour in case files, supervision. For the authority: how practice stood before,
in the first half-year after, and lately; the gain and its half-life; whether those who did better
in the test did better later; what masterclasses show beside those who did not come. By team: the
same two comparisons. For single practitioners only on request, only as "improved", "fell" or
"cannot be told from noise", in the order of their ids: never ranked.

Skill and behaviour stand side by side, and paper beside practice, since a file audit is no
stand-in for seen practice. All is said as "after", never as "because of".

Sources: `fidelity.statistics.half_life` (profile likelihood), `.change` (cluster-robust intervals),
`.reliable_change` (Jacobson & Truax 1991), `.false_discovery` (teams and people together).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fidelity.analyses import skills_beside, skills_words
from fidelity.analyses.skills_people import people
from fidelity.analyses.skills_strand import (
    ALIKE,
    FEW,
    HIGHER,
    LOWER,
    ROW,
    Strand,
    course_of,
    points_of,
    row,
    rows_of,
    strand_of,
)
from fidelity.collect.companions import read_training
from fidelity.collect.ratings import Ratings
from fidelity.counted import labels
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted
from fidelity.statistics.half_life import HalfLife

if TYPE_CHECKING:
    from fidelity.present.figure import Picture


@dataclass(frozen=True, eq=False, repr=False)
class Skills(Result):
    """Skills and behaviour over time, and after a training.

    `to_frame()` has one row a comparison: `level` (authority, team, practitioner), `group`,
    `strand` (the label of the ratings), `kind` (first half-year after; latest half-year; gain;
    half-life, in months; left at the end; test score; masterclass; not trained; no evidence; paper
    beside practice; goes together; reliable change), `name` (as scored, or shift in scoring taken
    off; else what it is of), `estimate` with `lower` and `upper` (`upper` of a half-life may be
    infinite), `before`, `after`, `n_before`, `n_after` (pieces), `n_clusters` (practitioners), `p`,
    `q` (p with the false discovery rate held over the teams, or the people, of a strand),
    `finding`, `reason`.

    Attributes:
        points: one row a strand and stretch of months since the training: mean and interval as
            scored, and the mean with the shift in scoring taken off.
        curves: one row a strand and month since the training: level, lower, upper of the fit.
        over_time: one row a strand and calendar period: mean and interval.
        paper: files minus visits by calendar period, where both are scored on one scale.
        training: one row a programme and date: people, days, mean test score.
        events: what happened in the time looked at.
        halves: the fit of each strand, with the shift in scoring taken off where it is known.
        scales: ends of the scale of each strand.
        titles: what each strand is, and its score.
        notes: strands that are left out, and why.
    """

    points: pd.DataFrame = field(default_factory=pd.DataFrame)
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    over_time: pd.DataFrame = field(default_factory=pd.DataFrame)
    paper: pd.DataFrame = field(default_factory=pd.DataFrame)
    training: pd.DataFrame = field(default_factory=pd.DataFrame)
    events: pd.DataFrame = field(default_factory=pd.DataFrame)
    halves: Mapping[str, HalfLife] = field(default_factory=dict)
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def plot(self, ax: Any = None, *, strand: str | None = None) -> Picture:
        """The curve of one strand (the first if none is named) with its band, and the means."""
        from fidelity.present.skills_pictures import decay_curve

        return decay_curve(self, ax=ax, strand=strand)

    def plot_over_time(self, ax: Any = None) -> Picture:
        """Skill beside behaviour by calendar period, with events."""
        from fidelity.present.skills_pictures import side_by_side

        return side_by_side(self, ax=ax)


def skills(
    strands: Mapping[str, Ratings],
    training: pd.DataFrame,
    *,
    programme: str | None = None,
    measures: Mapping[str, str] | None = None,
    by: str | None = "team",
    every: str = "quarter",
    events: pd.DataFrame | None = None,
    practitioners: bool = False,
    scoring: Mapping[str, Estimate] | None = None,
    reliability: Mapping[str, Estimate | float] | None = None,
    look_back: int | None = None,
    record: str | None = None,
    selection: str = "random",
    confidence: float = 0.95,
) -> Skills:
    """Link training to skill that was seen later, and to behaviour in files.

    Args:
        strands: checked ratings by a name for each, for instance {"visits": a, "files": b} or what
            `read_folder` gives; those without practitioners or dates are left out, and named.
        training: from `read_training`.
        programme: the training that is asked about; the only one that is no masterclass if not
            given.
        measures: the score of a strand, by its name; the main one if not given.
        by: a column of groups, such as team; None for none.
        every: calendar period in which strands are shown side by side.
        events: from `read_events`; told, and drawn.
        practitioners: whether a table of single practitioners is made.
        scoring: the shift in scoring of a strand, in levels a month, with its interval, as
            `fidelity.scoring_shifts` finds it from agreed scores and benchmark pieces; it is
            taken off, beside the fit as scored.
        reliability: of one piece by one rater, by strand, for instance from a generalizability
            study, for the changes of single practitioners; from the same pieces if not given.
        look_back: months of which a piece speaks; see `fidelity.dated`.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        confidence: coverage of the intervals; its complement is the false-discovery rate.

    Raises:
        UsageError: no strand can be linked, no such programme, or unvalidated input.

    Reads: `fidelity.tables.answers` of every strand, one row an assessment.
    """
    attended = read_training(training)
    name, course = course_of(attended, programme)
    options = {"look_back": look_back, "record": record, "selection": selection}
    held, notes = _held(strands, course, measures or {}, scoring or {}, confidence, options)
    rows = [found for strand in held for found in _rows(strand, attended, by, confidence)]
    rows += [*skills_beside.gap_rows(held, confidence),
             *skills_beside.together_rows(held, confidence)]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(ROW))
    if practitioners:
        each = [people(s, (reliability or {}).get(s.label), confidence) for s in held]
        table = pd.concat([table, *each], ignore_index=True)
    result = Skills(
        table, (),
        method_of(
            "skills", "; ".join(s.held.rubric.label for s in held), programme=name, by=by,
            every=every, practitioners=practitioners, selection=selection, record=record,
            look_back=look_back, confidence=confidence, cluster="practitioner",
            interval="CR2, Satterthwaite; half-life: robust profile likelihood",
        ),
        pd.concat([points_of(s, confidence) for s in held], ignore_index=True),
        pd.concat([_curve(s) for s in held], ignore_index=True),
        skills_beside.over_time(held, every, confidence),
        skills_beside.paper_and_practice(held, every, confidence),
        _programmes(attended), _within(events, held), {s.label: s.best for s in held},
        {s.label: skills_beside.ends(s) for s in held},
        {s.label: (s.held.rubric.title, s.title) for s in held},
        {s.label: _counts(s) for s in held}, notes,
    )  # fmt: skip
    return replace(result, sentences=tuple(skills_words.sentences(result)))


def _held(
    strands: Mapping[str, Ratings], course: pd.DataFrame, measures: Mapping[str, str],
    scoring: Mapping[str, Estimate], confidence: float, options: Mapping[str, Any],
) -> tuple[list[Strand], tuple[str, ...]]:  # fmt: skip
    """The strands that can be linked, visits first, then files; and why others cannot."""
    if not isinstance(strands, Mapping):
        raise UsageError(
            "skills() takes ratings by name, for instance "
            '{"visits": read_ratings(...), "files": read_ratings(...)}.'
        )
    found = [
        strand_of(str(label), ratings, course, measures.get(label), scoring.get(label),
                  confidence, **options)
        for label, ratings in strands.items()
    ]  # fmt: skip
    notes = tuple(strand for strand in found if isinstance(strand, str))
    held = [strand for strand in found if isinstance(strand, Strand)]
    if not held:
        raise UsageError("Nothing can be linked to training. " + " ".join(notes))
    return sorted(held, key=lambda s: skills_beside.ORDER.index(s.held.rubric.looks_at)), notes


def _rows(
    strand: Strand, training: pd.DataFrame, by: str | None, confidence: float
) -> Iterator[dict[str, Any]]:
    yield from rows_of(strand, confidence)
    yield skills_beside.untrained_row(strand, confidence)
    yield from skills_beside.masterclass_rows(strand, training, confidence)
    if by is None or by not in strand.held.table:
        return
    group = labels(strand.held.table[by])
    kinds = {"first half-year after": strand.first, "latest half-year": strand.latest}
    for kind, later in kinds.items():
        rows = [
            row(strand, kind, strand.before & (group == name), later & (group == name), confidence,
                level=by, group=str(name))
            for name in sorted(set(group))
        ]  # fmt: skip
        for found, q in zip(rows, adjusted([found["p"] for found in rows]), strict=True):
            found["q"] = float(q)
            if found["finding"] != FEW:
                side = HIGHER if found["estimate"] > 0 else LOWER
                found["finding"] = side if q < 1 - confidence else ALIKE
        yield from rows


def _curve(strand: Strand) -> pd.DataFrame:
    """The level that the fit gives by months since the training."""
    half, level = strand.best, strand.best.before.value
    return pd.DataFrame({
        "strand": strand.label, "month": strand.origin + half.times, "estimate": level + half.curve,
        "lower": level + half.lower, "upper": level + half.upper,
    })  # fmt: skip


def _programmes(training: pd.DataFrame) -> pd.DataFrame:
    """Each programme and day: how many came, for how long, and how they did in its test."""
    share = training["test_score"] / training["test_max"]
    found = training.assign(share=share, kind=training["kind"].astype(object).fillna(""))
    table = found.groupby(["date", "programme", "kind"], sort=True).agg(
        n_people=("practitioner", "nunique"), days=("days", "mean"), test_share=("share", "mean")
    )
    return table.reset_index()


def _within(events: pd.DataFrame | None, held: list[Strand]) -> pd.DataFrame:
    if events is None:
        return pd.DataFrame({"date": pd.Series(dtype="datetime64[s]"), "what": []})
    first = min(pd.Timestamp(s.held.ended.min()) for s in held)
    last = max(pd.Timestamp(s.held.ended.max()) for s in held)
    return events.loc[events["date"].between(first, last), ["date", "what"]].reset_index(drop=True)


def _counts(strand: Strand) -> dict[str, Any]:
    """Numbers for the sentences."""
    ended = strand.held.ended
    months = max(1.0, float((ended.max() - ended.min()).astype(np.float64)) / 30.44)
    raters = strand.held.table["rater"].nunique()
    return {
        "before": int(strand.before.sum()), "after": int(strand.after.sum()),
        "during": int((strand.during & ~np.isnan(strand.value)).sum()),
        "untrained": int(strand.untrained.sum()), "pace": len(ended) / months, "months": months,
        "trained": len(set(strand.person[~np.isnan(strand.since)])), "raters": raters,
        "last": pd.Timestamp(ended.max()), "longest": float(np.nanmax(strand.since)),
        "undated": strand.held.undated, "left_out": sum(strand.held.left_out.values()),
        "looks_at": strand.held.rubric.looks_at, "rubric": strand.held.rubric,
        "scoring": strand.scoring, "origin": strand.origin, "as_scored": strand.half,
        "started": pd.Timestamp(ended.min()),
    }  # fmt: skip
