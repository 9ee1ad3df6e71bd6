"""Is it the practice that changes, or the scoring?

Scores can fall because practice moves away from the model, or because raters grow stricter; they
can hold because the two hide each other. From raters' scores alone the two cannot be told apart,
however many there are: only their sum shows. Two kinds of scores part them: agreed scores (role
`agreed`) beside raters' own, and benchmark pieces that raters score again from time to time. Both
are used, each for what it tells (`fidelity.statistics.drift`). Without them the answer is "cannot
be told apart", with the design that would tell.

A change of the mean from one period to another is split into practice, scoring (raters' own shift;
who scored), who was looked at (practitioners; kind of work), recording, and items; the parts add
up to it (`fidelity.statistics.drift_split`).

That agreed scores do not shift themselves is an assumption, which the sentences name.

Sources: the two modules named; Benjamini & Hochberg 1995, J. R. Statist. Soc. B 57:289 (several
raters or groups looked at together).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import drift_words
from fidelity.analyses.drift_between import Between, Stretch
from fidelity.analyses.drift_between import between as compared
from fidelity.analyses.drift_parts import Change, Made, change, made_of, of_replies
from fidelity.analyses.drift_path import PATH_COLUMNS, path_of
from fidelity.analyses.drift_rows import OWN_VIEWS, Scored, codes_of, scored, two_trends_of
from fidelity.analyses.drift_tables import ALL, COLUMNS, RATER_COLUMNS, raters_of, trends_table
from fidelity.collect.ratings import Ratings
from fidelity.counted import group_columns, labels
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.scoring import Measure
from fidelity.scorings import period
from fidelity.statistics.drift import METHOD, TwoTrends
from fidelity.statistics.drift_power import Service, design_needed
from fidelity.statistics.estimate import Estimate
from fidelity.words import main_mean

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Drift(Result):
    """The trend of practice and the trend of scoring.

    `to_frame()` has one row a trend, in levels a year: `part` (practice; scoring: of raters like
    these, above 0 more generous; scoring of these raters; scores as given: the sum of practice
    and scoring; recording of evidence: what scores gained as evidence was recorded), `group`,
    `estimate`, `lower`, `upper`, the same a month, `n_pieces` (for scoring: scorings with a
    reference), `n_clusters`, `n_raters`, `n_missing` (scorings without a value), `p` (of practice
    and scoring over all, two-sided, against 0), `q` (for groups: with false-discovery control),
    `finding`, `reason`. Not told apart: NaN.

    Attributes:
        raters: one row a rater in the order of their ids: shift a year (`estimate`, `lower`,
            `upper`, `finding`), the same beside the average of these raters (`relative`,
            `beside`), `n_scored`, `n_gold` (with an agreed score), `n_benchmark`, `reason`.
        parts: the change from the earlier to the later period and its parts, which add up:
            `part`, `text`, `estimate`, `lower`, `upper`, `share`, `n_pieces`, `n_clusters`.
        path: means by period for the picture: practice with the scoring shift taken out, and
            scores beside their references, with the fitted lines.
        identified_by: "agreed scores", "benchmark pieces", both, or nothing.
        change: about the parts: periods, and what could be told.
        counts: numbers for the sentences.
        rubric: the rubric.
        measure: id of the score.
        between: practice then and now, where two stretches of time were given.
        held_equal: columns of kinds of work that `between` holds equal: every piece names its own.
    """

    raters: pd.DataFrame = field(default_factory=pd.DataFrame)
    parts: pd.DataFrame = field(default_factory=pd.DataFrame)
    path: pd.DataFrame = field(default_factory=pd.DataFrame)
    identified_by: tuple[str, ...] = ()
    change: Change | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    rubric: Rubric = field(kw_only=True)
    measure: str = ""
    between: Between | None = None
    held_equal: tuple[str, ...] = ()

    @property
    def apart(self) -> bool:
        """Whether practice and scoring are told apart."""
        return bool(self.identified_by)

    def row(self, part: str, group: str = ALL) -> pd.Series[Any]:
        """One row of the table."""
        rows = self.table[(self.table["part"] == part) & (self.table["group"] == group)]
        return rows.iloc[0]

    def plot(self, ax: Any = None) -> Picture:
        """The two trends side by side, with alt text and data."""
        from fidelity.present.drift_pictures import two_trends

        return two_trends(self, ax=ax)

    def plot_parts(self, ax: Any = None) -> Picture:
        """The change in scores and its parts, with alt text and data."""
        from fidelity.present.drift_pictures import parts_of_change

        return parts_of_change(self, ax=ax)


def drift(
    ratings: Ratings,
    *,
    around: str | None = None,
    since: str | None = None,
    every: str = "month",
    measure: str | None = None,
    by: str | list[str] | None = None,
    record: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    between: Sequence[Stretch] | None = None,
    parts: bool = True,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 0,
) -> Drift:
    """Tell a change in practice from a shift in scoring, as far as the scores allow.

    Args:
        ratings: checked ratings of one rubric, with dates.
        around: a date, as 2026-03-01: the parts are of the change from before to after it. Else
            of that from the first to the latest third of the time.
        since: practice and scorings before this date are left out, for instance to ask what
            became of it after a training.
        every: "month", "quarter" or "year": how means are drawn; it changes no estimate.
        measure: the score; the rubric's main mean if not given.
        by: a group column or several; each group then has its own trend of practice too, beside
            one trend of scoring for all.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        between: two stretches of time, each a first and a last day, of which practice is compared
            by itself: a trend over the whole record is not then and now.
        parts: whether the change is split into its parts, whose intervals take nearly all the time.
        confidence: coverage of the intervals.
        rng: seed or generator, for the intervals of the parts.

    Raises:
        UsageError: unvalidated input, no dates, an unknown measure, column, date or period.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    days = {name: _day(value, name) for name, value in (("around", around), ("since", since))}
    given = scored(ratings, record, selection, cluster, days["since"])
    name = _measure(given, measure)
    columns = group_columns(given.table, by)
    analysis = _Analysis(given, name, columns, every, confidence)
    made, told = analysis.made(), None
    if made is not None:
        analysis.fit(made)
        if between is not None and analysis.trends is not None:
            told = compared(analysis.given, analysis.rows, made.rest, between, confidence)
        if parts:
            analysis.split(made, days["around"], np.random.default_rng(rng))
    result = Drift(
        table=analysis.table(),
        sentences=(),
        method=method_of(
            "drift", given.held.rubric.label, measure=name, around=around, since=since,
            every=every, by=columns, record=record, selection=selection, cluster=given.cluster,
            confidence=confidence, rng=rng if isinstance(rng, int) else "generator",
            estimator=METHOD, identified_by=analysis.identified_by,
            period=period(given.table[given.used & ~given.benchmark]),
            parts="exact sum of differences of means, cluster bootstrap",
            draws=analysis.change.draws if analysis.change else 0,
            **({"between": [f"{first} to {last}" for first, last in between]} if between else {}),
        ),
        raters=analysis.raters(), parts=analysis.parts(), path=analysis.path(),
        identified_by=analysis.identified_by, change=analysis.change, counts=analysis.counts(),
        rubric=given.held.rubric, measure=name, between=told,
        held_equal=analysis.given.kinds_by,
    )  # fmt: skip
    return replace(result, sentences=tuple(drift_words.sentences(result)))


def _day(value: str | None, name: str) -> np.datetime64 | None:
    if value is None:
        return None
    try:
        return np.datetime64(str(value)[:10], "D")
    except ValueError:
        raise UsageError(f'{name}="{value}"; allowed: a date, as 2026-03-01.') from None


def _measure(given: Scored, measure: str | None) -> str:
    """The id of the score; "" where the rubric averages nothing."""
    known = [m.id for m in given.held.scores.measures.values() if m.kind == "mean"]
    if measure is not None and measure not in known:
        raise UsageError(
            f'No mean "{measure}" in {given.held.rubric.id}; there are: '
            f"{', '.join(known) or 'none'}."
        )
    return measure or main_mean(given.held.rubric)


class _Analysis:
    """The scorings, with what was found in them."""

    def __init__(
        self, given: Scored, measure: str, by: Sequence[str], every: str, confidence: float
    ) -> None:
        if every not in {"month", "quarter", "year"}:
            raise UsageError(f'every="{every}"; allowed: "month", "quarter" or "year".')
        self.given, self.measure, self.by = given, measure, by
        self.every, self.confidence = every, confidence
        self.trends: TwoTrends | None = None
        self.grouped: TwoTrends | None = None
        self.scores: Estimate | None = None
        self.recording: Estimate | None = None
        self.rest = np.zeros(0)
        self.groups: tuple[str, ...] = ()
        self.change: Change | None = None
        self.reason = ""
        self.rows = np.zeros(0, np.intp)
        self.missing = 0

    def made(self) -> Made | None:
        """What scores are made of; None where there are none."""
        held = self.given.held
        found: Measure | None = held.scores.measures.get(self.measure)
        if found is None:
            self.reason = "this rubric averages nothing, so that there is no score to follow"
            return None
        used = self.given.used & ~(self.given.agreed & ~self._beside())
        made = made_of(held, self.measure)
        self.missing, self.rest = int((used & np.isnan(made.rest)).sum()), made.rest
        self.rows = np.flatnonzero(used & ~np.isnan(made.rest))
        return made

    def _beside(self) -> npt.NDArray[np.bool_]:
        """Whether a rater's scoring of the same piece is used."""
        given = self.given
        n = int(given.piece.max(initial=-1)) + 1
        return (np.bincount(given.piece[given.used & ~given.agreed], minlength=n) > 0)[given.piece]

    def fit(self, made: Made) -> None:
        """The trends of scores, of recording, and of practice by group."""
        value = self.given.held.scores.measures[self.measure].value
        months = self.given.months() if len(self.rows) else (np.zeros(0), np.zeros(0))
        try:
            self.trends = self._trends(made.rest, months, None, bends=True)
            self.scores = self._trends(value, months, None).together
        except UsageError as error:
            self.reason = str(error).splitlines()[0]
            return
        if np.ptp(made.recording[self.rows]) > 1e-9:
            self.recording = self._trends(made.recording, months, None).together
        if self.by and self.trends.identified:
            keys = [labels(self.given.table[name]) for name in self.by]
            joined = np.array([", ".join(key) for key in zip(*keys, strict=True)], object)
            mine = joined[self.rows]
            practice = ~self.given.benchmark[self.rows]
            self.groups = tuple(sorted(set(mine[practice])))
            code = {group: number for number, group in enumerate(self.groups)}
            codes = np.array([code.get(group, 0) for group in mine], np.intp)
            self.grouped = self._trends(made.rest, months, codes)

    def _trends(
        self, value: Floats, months: tuple[Floats, Floats], groups: npt.NDArray[np.intp] | None,
        bends: bool = False,
    ) -> TwoTrends:  # fmt: skip
        rows, given = self.rows, self.given
        return two_trends_of(
            given, rows, value[rows], months[0][rows], months[1][rows],
            _packed(given.owner[rows]), codes_of(given.piece[rows]), groups=groups,
            confidence=self.confidence, bends=bends,
        )  # fmt: skip

    def split(self, made: Made, around: np.datetime64 | None, rng: np.random.Generator) -> None:
        """The parts of the change between two periods."""
        rows = self.given.chosen.rows
        if len(rows):
            found = change(self.given, made, rows, around, self.confidence, rng)
            replies = self.given.held.rubric.looks_at in OWN_VIEWS and len(found.table)
            self.change = of_replies(found) if replies else found

    @property
    def identified_by(self) -> tuple[str, ...]:
        """What tells practice from scoring."""
        if self.trends is None or not self.trends.identified:
            return ()
        known = self.trends.raters.references
        kinds = (("agreed scores", known.gold), ("benchmark pieces", known.benchmark))
        return tuple(word for word, n in kinds if n.sum())

    def table(self) -> pd.DataFrame:
        """One row a trend."""
        if self.trends is None or self.scores is None:
            return pd.DataFrame(columns=list(COLUMNS))
        return trends_table(
            self.trends, self.scores, self.recording, self.grouped, self.groups,
            {"n_raters": self.given.raters, "n_missing": self.missing}, self.confidence,
        )  # fmt: skip

    def raters(self) -> pd.DataFrame:
        """One row a rater, in the order of their ids."""
        if self.trends is None or self.given.held.rubric.looks_at in OWN_VIEWS:
            return pd.DataFrame(columns=list(RATER_COLUMNS))
        return raters_of(self.trends, self.given.names, self._given_by(), self.confidence)

    def _given_by(self) -> npt.NDArray[np.intp]:
        rater = self.given.rater[self.rows][~self.given.benchmark[self.rows]]
        return np.bincount(rater[rater >= 0], minlength=self.given.raters)

    def parts(self) -> pd.DataFrame:
        """The parts of the change."""
        return self.change.table if self.change is not None else pd.DataFrame()

    def path(self) -> pd.DataFrame:
        """Means by period."""
        if self.trends is None:
            return pd.DataFrame(columns=list(PATH_COLUMNS))
        return path_of(self.given, self.rows, self.rest, self.trends, self.every, self.confidence)

    def counts(self) -> dict[str, Any]:
        """Numbers for the sentences."""
        given, rows = self.given, self.rows
        practice = rows[~given.benchmark[rows] & ~given.agreed[rows]]
        months = float(np.ptp(given.months()[0][practice])) if len(practice) else 0.0
        known = self.trends.raters.references if self.trends else None
        audits = len(set(given.piece[practice]))
        people = len(set(given.owner[practice]))
        return {
            "reason": self.reason or (self.trends.reason if self.trends else ""),
            "pieces": audits, "people": people, "raters": given.raters, "months": months,
            "gold": int(known.gold.sum()) if known else 0,
            "extracts": len(set(given.piece[rows][given.benchmark[rows]])),
            "extract_scorings": int(known.benchmark.sum()) if known else 0,
            "agreed": int(given.agreed[given.chosen.rows].sum()),
            "ways": given.several_ways, "left_out": given.chosen.left_out,
            "selection_known": given.chosen.selection_known, "missing": self.missing,
            "practice_bend": _told(self.trends.practice_bend) if self.trends else 0.0,
            "scoring_bend": _told(self.trends.scoring_bend) if self.trends else 0.0,
            "designs": self._designs(audits, months, people),
        }  # fmt: skip

    def _designs(self, audits: int, months: float, people: int) -> tuple[Any, Any]:
        """What would tell: by agreed scores, and by benchmark pieces."""
        if not months:
            return None, None
        service = Service(self.given.raters, people, audits / max(months, 1.0))
        return design_needed(service), design_needed(service, benchmark=True)


def _packed(codes: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Codes from 0 on without gaps; -1 stays."""
    there = codes >= 0
    found = np.full(len(codes), -1, np.intp)
    found[there] = codes_of(codes[there])
    return found


def _told(bend: Estimate) -> float:
    """The bend where it is not 0 by its interval, else 0."""
    return bend.value if bend.lower > 0 or bend.upper < 0 else 0.0
