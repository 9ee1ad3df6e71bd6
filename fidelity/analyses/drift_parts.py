"""A change in scores between two periods, and the parts that it is made of.

What a score is made of is read from the rubric: the weights with which items enter its mean. So
what the choice of items and the recording of evidence do to it can be told exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses.drift_rows import Scored, codes_of, kinds_of, two_trends_of
from fidelity.counted import labels
from fidelity.errors import UsageError
from fidelity.rubric.model import Rubric
from fidelity.scorings import Scorings
from fidelity.statistics.drift import TwoTrends
from fidelity.statistics.drift_references import LEAST_RATERS, LEAST_REFERENCES
from fidelity.statistics.drift_split import PARTS, Parts, Terms, split, with_intervals
from fidelity.statistics.estimate import Estimate
from fidelity.tables import LEVEL

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

DRAWS = 400
#: Of many scorings, fewer draws, so that rows times draws stay under this, and at least so many.
_ROOM, _FEWEST = 2_000_000, 80
#: Differences under this are those of the order of a sum.
_ROUNDING = 1e-9
#: Pieces that each period must have.
LEAST_PIECES = 10
COLUMNS = (
    "part",
    "text",
    "estimate",
    "lower",
    "upper",
    "share",
    "n_pieces",
    "n_clusters",
    "reason",
)
TEXTS = {
    "practice": "practice",
    "shift": "scoring: raters' own shift",
    "who_scored": "scoring: who scored",
    "people": "who was looked at: practitioners",
    "kinds": "who was looked at: kind of work",
    "recording": "recording of evidence",
    "items": "which items were scored",
}
TOTAL = "change in scores"
_REPLIES = {
    "practice": "what people met, and what is not explained",
    "people": "whose work it was: practitioners",
    "kinds": "kind of work",
    "recording": "answers without evidence",
    "items": "which items were answered",
    "total": "change in replies",
}


@dataclass(frozen=True, eq=False)
class Made:
    """What the scores of assessments are made of, rows as in `Scorings.table`; NaN where none.

    Attributes:
        items: what its items are worth beside all items.
        recording: what it lost where no evidence scores lowest.
        rest: the score less these two.
    """

    items: Floats
    recording: Floats
    rest: Floats


def made_of(held: Scorings, measure: str) -> Made:
    """The terms of every score of a mean."""
    rubric, answers = held.rubric, held.answers
    components = _components(rubric, measure)
    weight = np.array([rubric.items[item].weight for item in answers.items], np.float64)
    levels = held.levels.copy()
    for column, item in enumerate(answers.items):
        if rubric.items[item].proscribed:
            scale = rubric.scale_of(item)
            answered = answers.states[:, column] == LEVEL
            levels[answered, column] = scale.minimum + scale.maximum - levels[answered, column]
    counts, seen = ~np.isnan(levels), answers.states == LEVEL
    value = held.scores.measures[measure].value
    known = ~np.isnan(value)
    easy = _easiness(levels, seen & (known & ~held.benchmark)[:, None], components)
    a = _weights(components, answers, weight, counts)
    b = _weights(components, answers, weight, seen)
    items = a @ easy
    rest = (b * (np.where(seen, levels, 0.0) - easy)).sum(axis=1)
    empty = ~known | ~(b.sum(axis=1) > 0)
    items, rest = (np.where(empty, np.nan, part) for part in (items, rest))
    recording = value - items - rest
    recording[np.abs(recording) < _ROUNDING] = 0.0
    return Made(items, np.where(empty, np.nan, recording), rest)


def _components(rubric: Rubric, measure: str) -> list[list[str]]:
    """Items whose means are averaged to a measure; one list where they are pooled."""
    own = {c.id: [i.id for i in c.items if i.scored] for c in rubric.components}
    composite = next((c for c in rubric.composites if c.id == measure), None)
    if composite is None:
        return [own[measure]]
    parts = [own.get(name, [name]) for name in composite.of]
    return [[item for part in parts for item in part]] if composite.pooled == "items" else parts


def _weights(components: list[list[str]], answers: Any, weight: Floats, used: Flags) -> Floats:
    """(assessments, items) weight of each item in the mean; rows add up to 1, or to 0."""
    found = np.zeros(used.shape)
    for items in components:
        columns = answers.columns(items)
        mine = used[:, columns] * weight[columns]
        total = mine.sum(axis=1, keepdims=True)
        found[:, columns] += np.divide(mine, total, out=np.zeros_like(mine), where=total > 0)
    total = found.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(found, total, out=np.zeros_like(found), where=total > 0))


def _easiness(levels: Floats, seen: Flags, components: list[list[str]]) -> Floats:
    """(items,) mean level of each item less that of its component, from what was seen."""
    n = seen.sum(axis=0)
    total = np.where(seen, levels, 0.0).sum(axis=0)
    mean = np.divide(total, n, out=np.zeros(len(n)), where=n > 0)
    used = n > 0
    centre = float(mean[used].mean()) if used.any() else 0.0
    return np.where(used, mean - centre, 0.0) if components else mean


@dataclass(frozen=True, eq=False)
class Periods:
    """Two periods of practice: first and last day of each, and where they meet if at an event."""

    earlier: tuple[np.datetime64, np.datetime64]
    later: tuple[np.datetime64, np.datetime64]
    around: str

    def of(self, dates: npt.NDArray[np.datetime64]) -> tuple[Flags, Flags]:
        """Which dates lie in each."""
        return tuple((dates >= a) & (dates <= b) for a, b in (self.earlier, self.later))  # type: ignore[return-value]


def periods(dates: npt.NDArray[np.datetime64], around: np.datetime64 | None) -> Periods:
    """Before and from a date on, or the first and the latest third of the time."""
    first, last = dates.min(), dates.max()
    day = np.timedelta64(1, "D")
    if around is not None:
        return Periods((first, around - day), (around, last), str(around))
    third = (last - first) // 3
    return Periods((first, first + third), (last - third, last), "")


@dataclass(frozen=True, eq=False)
class Change:
    """The parts, whether scoring and who was looked at could be told, the periods, the draws."""

    table: pd.DataFrame
    apart: bool
    same: bool
    when: Periods | None
    n: tuple[int, int]
    reason: str
    draws: int = 0


def change(
    scored: Scored, made: Made, counted: Ints, around: np.datetime64 | None, confidence: float,
    rng: np.random.Generator,
) -> Change:  # fmt: skip
    """Split the change of the mean of the pieces that count.

    Args:
        scored: all scorings that enter.
        made: their terms, rows as in `Scorings.table`.
        counted: rows of the assessments that count.
        around: a date, or None for first against latest.
        confidence: coverage.
        rng: for the bootstrap.
    """
    dates = scored.dates
    counted = counted[~np.isnan(made.rest[counted])]
    empty = pd.DataFrame(columns=list(COLUMNS))
    if not len(counted):
        return Change(empty, False, False, None, (0, 0), "no piece has a score")
    when = periods(dates[counted], around)
    earlier, later = when.of(dates)
    earlier &= ~scored.straddles(around)
    later &= ~scored.straddles(around)
    n = int(earlier[counted].sum()), int(later[counted].sum())
    if min(n) < LEAST_PIECES:
        least = f"{n[0]} and {n[1]} pieces in the two periods; {LEAST_PIECES} in each are needed"
        return Change(empty, False, False, when, n, least)
    split_up = _Split(scored, made, counted[earlier[counted] | later[counted]], when, later)
    parts, fit = split_up.parts()
    stream = np.random.default_rng(rng.integers(2**63))
    draws = min(DRAWS, max(_FEWEST, _ROOM // max(len(split_up.rows), 1)))
    told = with_intervals(
        parts, lambda drawn: split_up.again(drawn, fit, stream), split_up.people,
        len(split_up.counted), draws, rng, confidence,
    )  # fmt: skip
    apart = fit is not None and fit.identified
    table = _table(parts, told, apart, len(split_up.counted), split_up.people)
    reason = "" if apart else split_up.reason or (fit.reason if fit is not None else "")
    return Change(table, apart, parts.same, when, n, reason, draws)


def _table(
    parts: Parts, told: tuple[Estimate, ...], apart: bool, n: int, people: int
) -> pd.DataFrame:
    rows = []
    for name, found in zip((*PARTS, "total"), told, strict=True):
        text, reason = TEXTS.get(name, TOTAL), found.reason
        value, lower, upper = found.value, found.lower, found.upper
        if name == "practice":
            text = _left(apart, parts.same)
        missing = (name == "shift" and not apart) or (name == "people" and not parts.same)
        if missing:
            value = lower = upper = math.nan
            reason = "cannot be told apart from practice"
        rows.append({
            "part": name, "text": text, "estimate": value, "lower": lower, "upper": upper,
            "share": value / parts.total if abs(parts.total) > 1e-12 else math.nan,
            "n_pieces": n, "n_clusters": people, "reason": reason,
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def of_replies(found: Change) -> Change:
    """The parts where each respondent speaks for themselves: nobody scores what another says."""
    table = found.table[~found.table["part"].isin(["shift", "who_scored"])]
    table = table.dropna(subset="estimate").reset_index(drop=True)
    text = table["part"].map(_REPLIES)
    return replace(found, table=table.assign(text=text.fillna(table["text"])), reason="")


def _left(apart: bool, same: bool) -> str:
    """What is left after the parts that could be told."""
    hidden = [] if apart else ["raters' own shift"]
    hidden += [] if same else ["practitioners looked at"]
    if not hidden:
        return "practice, and what is not explained"
    return f"practice, or {' or '.join(hidden)}: not explained"


class _Split:
    """The pieces that count and the scorings that tell how raters score, in the two periods."""

    def __init__(
        self, scored: Scored, made: Made, counted: Ints, when: Periods, later: Flags
    ) -> None:
        self.scored, self.counted = scored, counted
        who = labels(scored.table["cluster"].iloc[counted])
        names, code = np.unique(who.astype(str), return_inverse=True)
        self.people = len(names)
        table = scored.table.iloc[counted]
        kinds = kinds_of(table, np.ones(len(table), bool))
        self.terms = Terms(
            later[counted], made.items[counted], made.recording[counted], made.rest[counted],
            scored.rater[counted], code.astype(np.intp), kinds,
        )  # fmt: skip
        of_practice = np.logical_or(*when.of(scored.dates)) & ~scored.benchmark
        of_extracts = scored.benchmark & (np.logical_or(*when.of(scored.rated)) | scored.agreed)
        nested = labels(scored.table["cluster"]).astype(str)
        keep = scored.used & (of_practice & np.isin(nested, names) | of_extracts)
        self.rows = np.flatnonzero(keep & ~np.isnan(made.rest))
        moment = np.where(scored.benchmark, when.of(scored.rated)[1], later)[self.rows]
        self.moment = moment.astype(np.float64)
        self.y = made.rest[self.rows]
        lookup = {name: number for number, name in enumerate(names)}
        self.owner = np.array([lookup.get(name, -1) for name in nested[self.rows]], np.intp)
        self.owner[scored.benchmark[self.rows]] = -1
        self.reason = self._few()

    def _few(self) -> str:
        """Why scoring cannot be told in these two periods; "" where it may be."""
        rows = self.rows
        agreed, piece = self.scored.agreed[rows], self.scored.piece[rows]
        known = np.bincount(piece[agreed], minlength=int(piece.max()) + 1) > 0
        fixed = self.scored.benchmark[rows]
        told = ~agreed & (known[piece] | fixed)
        least = LEAST_RATERS * LEAST_REFERENCES
        n = [int((told & (self.moment == side)).sum()) for side in (0.0, 1.0)]
        if min(n) < least:
            return (
                f"{n[0]} and {n[1]} scorings with an agreed score or of a benchmark piece in the "
                f"two periods; {least} in each are needed"
            )
        return ""

    def parts(self) -> tuple[Parts, TwoTrends | None]:
        """The parts, and the model of scoring."""
        try:
            fit = self._fit(np.arange(len(self.rows)), self.owner, self.scored.piece[self.rows])
        except UsageError as error:
            self.reason = str(error).splitlines()[0]
            fit = None
        return split(self.terms, *self._scoring(fit)), fit

    def _fit(
        self, rows: Ints, owner: Ints, piece: Ints, known: TwoTrends | None = None
    ) -> TwoTrends:
        keep = np.ones(len(rows), bool)
        if self.reason:  # raters beside one another only
            keep = ~self.scored.agreed[self.rows[rows]] & ~self.scored.benchmark[self.rows[rows]]
        rows, owner, piece = rows[keep], owner[keep], piece[keep]
        return two_trends_of(
            self.scored, self.rows[rows], self.y[rows], self.moment[rows], self.moment[rows],
            owner, codes_of(piece), known,
        )  # fmt: skip

    def _scoring(self, fit: TwoTrends | None) -> tuple[Floats, Floats]:
        """What each rater adds midway, and how much more later."""
        R = self.scored.raters
        if fit is None:
            return np.zeros(R), np.zeros(R)
        move = fit.raters.absolute if fit.identified else fit.raters.relative
        level = fit.offset + fit.raters.level + move * (0.5 - fit.centre)
        wide = [np.zeros(R), np.zeros(R)]
        wide[0][: len(level)], wide[1][: len(move)] = level, move if fit.identified else 0.0
        return wide[0], wide[1]

    def again(self, drawn: Ints, known: TwoTrends | None, rng: np.random.Generator) -> Parts | None:
        """The parts of practitioners drawn again, and of benchmark scorings drawn again."""
        rows, place = _drawn(self.terms.practitioner, drawn)
        terms = self.terms.taken(rows, place)
        if not 0 < terms.later.sum() < len(rows):
            return None
        fit = None
        if known is not None:
            ours, owner = _drawn(self.owner, drawn)
            piece = self.scored.piece[self.rows]
            fixed = np.flatnonzero(self.owner < 0)
            fixed = self._extracts(fixed, rng)
            every = np.concatenate([ours, fixed])
            owner = np.concatenate([owner, np.full(len(fixed), -1)])
            step = int(piece.max()) + 1
            named = np.concatenate([piece[ours] + step * (owner[: len(ours)] + 1), piece[fixed]])
            try:
                fit = self._fit(every, owner, named, known)
            except (UsageError, np.linalg.LinAlgError):
                return None
            if fit.identified != known.identified:
                return None
        return split(terms, *self._scoring(fit))

    def _extracts(self, rows: Ints, rng: np.random.Generator) -> Ints:
        """Benchmark scorings drawn again within each rater and period; agreed scores stay."""
        agreed = self.scored.agreed[self.rows[rows]]
        ours = rows[~agreed]
        if not len(ours):
            return rows
        cell = codes_of(self.scored.rater[self.rows[ours]] * 2 + (self.moment[ours] > 0))
        order = np.argsort(cell, kind="stable")
        size = np.bincount(cell)
        start = np.cumsum(size) - size
        again = start[cell[order]] + np.floor(rng.random(len(ours)) * size[cell[order]]).astype(int)
        return np.concatenate([rows[agreed], ours[order][again]])


def _drawn(whose: Ints, drawn: Ints) -> tuple[Ints, Ints]:
    """Rows of the practitioners drawn, and the place in the draw of each row."""
    order = np.argsort(whose, kind="stable")
    low, high = (np.searchsorted(whose[order], drawn, side) for side in ("left", "right"))
    size = high - low
    place = np.repeat(np.arange(len(drawn)), size)
    within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return order[np.repeat(low, size) + within], place
