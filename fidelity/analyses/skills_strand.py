"""One kind of practice (visits, files, supervision) put beside who was trained, and when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.counted import labels
from fidelity.dated import Dated, dated, measure_of
from fidelity.errors import UsageError
from fidelity.statistics.change import two_periods
from fidelity.statistics.cluster_regression import cluster_regression, p_value
from fidelity.statistics.clusters import cluster_mean
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.half_life import HalfLife, half_life
from fidelity.words import TOO_FEW

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
DAYS_A_MONTH = 30.4375
#: The first and the latest stretch that are told apart, in months.
STRETCH = 6
#: Width of a point on the curve, in months.
POINT = 3
MASTERCLASS = "masterclass"
HIGHER, LOWER = "higher after", "lower after"
ALIKE, FEW = "no change can be told", "too few to say"
#: What fits and comparisons are of.
AS_SCORED, CORRECTED = "as scored", "shift in scoring taken off"
ROW = (
    "level", "group", "strand", "kind", "name", "estimate", "lower", "upper", "before", "after",
    "n_before", "n_after", "n_clusters", "p", "q", "finding", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Strand:
    """Pieces of one rubric with the time since their practitioner was trained.

    Attributes:
        label: what it is called.
        held: its pieces.
        measure: id of the score. title: its heading.
        value: the score of each piece; NaN where withheld.
        since: months from the training to the piece; below 0 before it; NaN for the untrained.
        during: whether a piece speaks of time on both sides of its practitioner's training.
        dose: share of the days that were attended.
        test: share of the points in its test; NaN where there is none.
        person: the practitioner of each piece.
        half: the gain and its half-life as scored, of trained practitioners alone.
        corrected: the same with a known shift in scoring taken off; None where none is known.
        scoring: that shift, in levels a month.
        origin: months after the training at which pieces first speak of the time after it alone;
            the gain is that at this time.
    """

    label: str
    held: Dated
    measure: str
    value: Floats
    since: Floats
    during: Flags
    dose: Floats
    test: Floats
    person: npt.NDArray[np.object_]
    half: HalfLife
    corrected: HalfLife | None
    scoring: Estimate | None
    origin: float

    @property
    def best(self) -> HalfLife:
        """The fit to tell: with the shift in scoring taken off, where it is known."""
        return self.corrected or self.half

    @property
    def title(self) -> str:
        """Heading of the score."""
        return self.held.rubric.titles[self.measure]

    @property
    def usable(self) -> Flags:
        """Pieces with a score that speak of one side of the training alone."""
        return np.asarray(~np.isnan(self.value) & ~self.during)

    @property
    def before(self) -> Flags:
        """Of those who were trained, before it."""
        return np.asarray(self.usable & (self.since < 0))

    @property
    def after(self) -> Flags:
        """Of those who were trained, after it."""
        return np.asarray(self.usable & (self.since >= 0))

    @property
    def first(self) -> Flags:
        """The first half-year for which pieces speak of the time after the training alone."""
        start = float(self.since[self.after].min()) if self.after.any() else math.nan
        return np.asarray(self.after & (self.since < start + STRETCH))

    @property
    def latest(self) -> Flags:
        """The latest half-year of the record."""
        return np.asarray(self.after & (self.held.ended > self._last_but_half()))

    @property
    def untrained(self) -> Flags:
        """Of those who did not attend."""
        return np.asarray(self.usable & np.isnan(self.since))

    def _last_but_half(self) -> np.datetime64:
        last = pd.Timestamp(self.held.ended.max()) - pd.DateOffset(months=STRETCH)
        return np.datetime64(last.date(), "D")


def course_of(training: pd.DataFrame, programme: str | None) -> tuple[str, pd.DataFrame]:
    """The programme that is asked about, and each practitioner's first attendance of it.

    Raises:
        UsageError: no such programme, or several and none named.
    """
    kind = training["kind"].astype(object).where(training["kind"].notna(), "").astype(str)
    courses = training[~kind.str.lower().str.contains(MASTERCLASS)]
    known = sorted(set(training["programme"].astype(str)))
    if programme is not None and programme not in known:
        raise UsageError(f'programme="{programme}" is not in training; it has: {", ".join(known)}.')
    if programme is None:
        counts = courses["programme"].value_counts()
        if len(counts) != 1:
            raise UsageError(
                f"Training holds {len(counts)} programmes that are no masterclass; say which one "
                f'is asked about, with programme="...": {", ".join(known)}.'
            )
        programme = str(counts.index[0])
    mine = training[training["programme"] == programme].sort_values("date", kind="stable")
    return programme, mine.drop_duplicates("practitioner").reset_index(drop=True)


def strand_of(
    label: str, ratings: Ratings, course: pd.DataFrame, measure: str | None,
    scoring: Estimate | None, confidence: float, **options: Any,
) -> Strand | str:  # fmt: skip
    """The strand, or why there is none, in words.

    Args:
        label: what to call it.
        ratings: checked ratings of one rubric.
        course: one row a practitioner who was trained.
        measure: the score; the main one if not given.
        scoring: the shift in scoring, in levels a month, if it is known.
        confidence: coverage of the intervals.
        options: of `fidelity.dated.dated`.
    """
    try:
        held = dated(ratings, "skills", **options)
        name = measure_of(held, measure)
    except UsageError as error:
        return str(error)
    if "practitioner" not in held.table:
        return f"{held.rubric.title}: no practitioner is recorded, so nothing links it to training."
    if len(set(held.role)) > 1:
        roles = ", ".join(sorted(map(str, set(held.role))))
        return f'{held.rubric.title}: several roles score it ({roles}); say record="<role>".'
    person = labels(held.table["practitioner"])
    index = pd.Index(course["practitioner"].astype(str)).get_indexer(pd.Index(person))
    if (index < 0).all():
        return f"{held.rubric.title}: nobody in it attended the training."
    return _strand(label, held, name, person, course, index, scoring, confidence)


def _strand(
    label: str, held: Dated, name: str, person: npt.NDArray[np.object_], course: pd.DataFrame,
    index: npt.NDArray[np.intp], scoring: Estimate | None, confidence: float,
) -> Strand:  # fmt: skip
    known = index >= 0
    day = course["date"].to_numpy().astype("datetime64[D]")[index]
    apart = (held.ended - day).astype(np.float64) / DAYS_A_MONTH
    since = np.where(known, apart, np.nan)
    during = known & (held.started < day) & (held.ended >= day)
    days = course["days"].to_numpy(np.float64)
    full = np.nanmax(days) if np.isfinite(days).any() else 1.0
    dose = np.where(known, (days / full)[index], 1.0)
    test = (course["test_score"] / course["test_max"]).to_numpy(np.float64)[index]
    value = held.values[name]
    rows = known & ~during & ~np.isnan(value)
    later = since[rows & (since >= 0)]
    origin = float(later.min()) if later.size and later.min() > 1.0 else 0.0
    month = (held.ended - held.ended.min()).astype(np.float64)[rows] / DAYS_A_MONTH
    fitted = partial(
        half_life, value[rows], since[rows] - origin, person[rows],
        dose=np.where(np.isnan(dose), 1.0, dose)[rows], confidence=confidence,
    )  # fmt: skip
    known_shift = scoring if scoring is not None and scoring.known else None
    return Strand(
        label, held, name, value, since, during, dose, np.where(known, test, np.nan), person,
        fitted(), fitted(trend=known_shift, time=month) if known_shift else None, known_shift,
        origin,
    )  # fmt: skip


def row(
    strand: Strand, kind: str, one: Flags, other: Flags, confidence: float, *,
    level: str = "authority", group: str = "", name: str = "", value: Floats | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Two sets of pieces compared: `other` minus `one`."""
    scores = strand.value if value is None else value
    rows = np.flatnonzero((one | other) & ~np.isnan(scores))
    found = two_periods(scores[rows], other[rows], strand.person[rows], confidence=confidence)
    n = found.before.n, found.after.n
    difference = found.difference
    few = min(n) < TOO_FEW or not difference.bounded
    reason = difference.reason
    if min(n) < TOO_FEW:
        reason = f"{n[0]} before and {n[1]} after; {TOO_FEW} are needed on each side"
    shown = Estimate(math.nan) if few else difference
    finding = FEW if few else HIGHER if shown.lower > 0 else LOWER if shown.upper < 0 else ALIKE
    return {
        "level": level, "group": group, "strand": strand.label, "kind": kind, "name": name,
        "estimate": shown.value, "lower": shown.lower, "upper": shown.upper,
        "before": found.before.value, "after": found.after.value, "n_before": n[0], "n_after": n[1],
        "n_clusters": difference.clusters, "p": math.nan if few else found.p, "q": math.nan,
        "finding": finding, "reason": reason,
    }  # fmt: skip


def rows_of(strand: Strand, confidence: float) -> Iterator[dict[str, Any]]:
    """What the whole authority shows in one strand."""
    yield row(strand, "first half-year after", strand.before, strand.first, confidence)
    yield row(strand, "latest half-year", strand.before, strand.latest, confidence)
    yield from _fits(strand, strand.half, AS_SCORED)
    if strand.corrected is not None:
        yield _latest_corrected(strand, confidence)
        yield from _fits(strand, strand.corrected, CORRECTED)
    yield _test_score(strand, confidence)
    yield row(strand, "no evidence", strand.before, strand.latest, confidence,
              value=strand.held.ne_rate)  # fmt: skip


def _fits(strand: Strand, half: HalfLife, name: str) -> Iterator[dict[str, Any]]:
    yield _fitted(strand, half, name, "gain", half.gain)
    yield _fitted(strand, half, name, "half-life", half.half_life)
    if len(half.times):
        value, lower, upper = (float(part[-1]) for part in (half.curve, half.lower, half.upper))
        left = Estimate(value, math.nan, lower, upper, half.gain.n, clusters=half.gain.clusters)
        yield _fitted(strand, half, name, "left at the end", left)


def _latest_corrected(strand: Strand, confidence: float) -> dict[str, Any]:
    """The latest half-year beside before, with the shift in scoring between them taken off.

    The two errors are taken as independent: pieces of practice and fixed pieces are.
    """
    found = row(strand, "latest half-year", strand.before, strand.latest, confidence,
                name=CORRECTED)  # fmt: skip
    shift = strand.scoring
    if found["finding"] == FEW or shift is None:
        return found
    ended = strand.held.ended.astype("datetime64[D]").astype(np.float64)
    months = (ended[strand.latest].mean() - ended[strand.before].mean()) / DAYS_A_MONTH
    half = (found["upper"] - found["lower"]) / 2
    more = months * (shift.upper - shift.lower) / 2 if shift.bounded else 0.0
    reach, value = math.hypot(half, more), found["estimate"] - months * shift.value
    lower, upper = value - reach, value + reach
    finding = HIGHER if lower > 0 else LOWER if upper < 0 else ALIKE
    return found | {"estimate": value, "lower": lower, "upper": upper, "p": math.nan,
                    "after": found["after"] - months * shift.value, "finding": finding}  # fmt: skip


def _fitted(
    strand: Strand, half: HalfLife, name: str, kind: str, found: Estimate
) -> dict[str, Any]:
    finding = "" if found.known else FEW
    reason = half.reason if kind == "half-life" or not half.gained else ""
    if kind == "half-life":
        finding = "fades" if half.fades else "no fading can be told" if half.gained else FEW
    return {
        "level": "authority", "group": "", "strand": strand.label, "kind": kind,
        "name": name, "estimate": found.value, "lower": found.lower, "upper": found.upper,
        "before": half.before.value, "after": math.nan, "n_before": int(strand.before.sum()),
        "n_after": int(strand.after.sum()), "n_clusters": found.clusters, "p": math.nan,
        "q": math.nan, "finding": finding, "reason": reason,
    }  # fmt: skip


def _test_score(strand: Strand, confidence: float) -> dict[str, Any]:
    """Later scores of those who did better in the test, by 10 points of 100; time held equal."""
    rows = np.flatnonzero(strand.after & ~np.isnan(strand.test))
    base = row(strand, "test score", strand.before, np.zeros_like(strand.before), confidence,
               name="10 points of 100")  # fmt: skip
    base |= {"before": math.nan, "after": math.nan, "n_before": 0, "n_after": len(rows)}
    people = len(set(strand.person[rows]))
    if people < 2 * TOO_FEW or np.ptp(strand.test[rows]) == 0:
        return base | {"reason": f"{people} people with a test score and later pieces"}
    time = strand.since[rows]
    X = np.column_stack([np.ones(len(rows)), 10 * strand.test[rows], time - time.mean()])
    fit = cluster_regression(strand.value[rows], X, strand.person[rows])
    found = fit.estimate([0, 1, 0], confidence)
    finding = HIGHER if found.lower > 0 else LOWER if found.upper < 0 else ALIKE
    return base | {"estimate": found.value, "lower": found.lower, "upper": found.upper,
                   "n_clusters": found.clusters, "p": p_value(found, fit.degrees([0, 1, 0])),
                   "finding": finding, "reason": found.reason}  # fmt: skip


def points_of(strand: Strand, confidence: float) -> pd.DataFrame:
    """Means by time since the training, for the curve: before, and every so many months after."""
    after = strand.after
    bins = np.where(after, np.floor(np.where(after, strand.since, 0.0) / POINT), -1)
    wanted = [(-1.0, strand.before), *((b, after & (bins == b)) for b in np.unique(bins[after]))]
    rows = []
    for place, mine in wanted:
        mean = cluster_mean(strand.value[mine], strand.person[mine], confidence=confidence)
        shift = float(_shift(strand)[mine].mean()) if mine.any() else math.nan
        rows.append({
            "strand": strand.label, "from_month": math.nan if place < 0 else place * POINT,
            "to_month": 0.0 if place < 0 else (place + 1) * POINT, "estimate": mean.value,
            "lower": mean.lower, "upper": mean.upper, "taken_off": mean.value - shift,
            "n_pieces": mean.n, "n_clusters": mean.clusters, "reason": mean.reason,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _shift(strand: Strand) -> Floats:
    """How much more generous scoring was than in the first month; 0 where that is not known."""
    slope = strand.scoring.value if strand.scoring else 0.0
    months = (strand.held.ended - strand.held.ended.min()).astype(np.float64) / DAYS_A_MONTH
    return np.asarray(slope * months)
