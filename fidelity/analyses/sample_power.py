"""What a plan of audits could see: the chance that a change of a given size is told.

The simulated analysis is the plain one. The change in scores is a least-squares slope on time, with
an interval that is robust to likeness within practitioners. The shift in scoring is the slope,
within raters, of what a rater gave minus what was agreed, on benchmark pieces and on pieces scored
twice and agreed. Practice is the one minus the other. Whether scoring shifts is asked of raters as
a sample, so that few raters say little of it; what these raters' own shift did to their scores is
known from as many agreed scores as there are. How often the model of `fidelity.drift`, which fits
all of it at once, tells the change stands beside it in `benchmarks/studies/sample_power.csv`.

Audits are never simulated one by one. All that the two slopes need of a practitioner's audits is
their sum and their sum times time, and of normal audits these are two normal numbers; of a rater's
differences it is one. So a plan of 10 audits a month costs as much as one of 1,000, and the draws
of one plan answer for changes of every size.

Source: the design study of drift that the defaults come from used the same model, audit by audit;
its powers for a shift in scoring are a test of this file. Robust variances: Liang & Zeger 1986,
Biometrika 73:13, times m / (m - 1); degrees of freedom m - 1 for m clusters, joined by
Satterthwaite 1946, Biometrics Bulletin 2:110.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.statistics.clusters import wilson

Floats = npt.NDArray[np.float64]
#: Under so many scores with an agreed one beside them a rater's shift is not told.
LEAST_AGREED = 5
SHAPES = ("trend", "step")
NOTHING_AGREED = "no agreed scores: practice and scoring cannot be told apart"
TOO_FEW_AGREED = f"under {LEAST_AGREED} agreed scores a rater: too few to tell apart"
ONE_RATER = "one rater: no interval can be given for a shift in scoring"
ONE_PRACTITIONER = "one practitioner: no interval can be given"


@dataclass(frozen=True)
class Spreads:
    """Standard deviations, in levels; slopes in levels a month.

    Attributes:
        practitioner: of practitioners' usual work. piece: of pieces of one practitioner.
        rater: of raters' strictness. noise: of what one rater sees in one piece and another does
            not. agreed: of an agreed score on a routine piece.
        practitioner_slope: of practitioners' change. rater_slope: of raters' shift.
    """

    practitioner: float = 0.4
    piece: float = 0.8
    rater: float = 0.3
    noise: float = 0.5
    agreed: float = 0.3
    practitioner_slope: float = 0.01
    rater_slope: float = 0.008


@dataclass(frozen=True)
class Plan:
    """What is done.

    Attributes:
        audits: a month, in the whole service.
        agreed: share of them that a second rater scores too, with an agreed score.
        benchmark: benchmark pieces that every rater scores each quarter.
    """

    audits: float
    agreed: float = 0.0
    benchmark: float = 0.0


@dataclass(frozen=True)
class Setting:
    """In what it is done: how long, by how many, and what kind of change is looked for.

    Attributes:
        shape: "trend", a steady change over all months, or "step", between the halves.
    """

    months: int
    practitioners: int
    raters: int
    shape: str = "trend"


@dataclass(frozen=True, eq=False)
class Sight:
    """What a plan would see, from simulated runs without any change.

    Attributes:
        error: (runs,) what an estimate is off by.
        reach: (runs,) how far from 0 an estimate must be to be told; both in levels.
        reason: why nothing can be told; the arrays are then empty.
    """

    error: Floats
    reach: Floats
    reason: str = ""

    def power(self, change: float) -> tuple[float, float, float]:
        """The chance that a change of this size is told, with its 95% Monte Carlo interval."""
        if self.reason:
            return math.nan, math.nan, math.nan
        told = float((np.abs(self.error + change) > self.reach).mean())
        return told, *wilson(told, len(self.error), 1.96)

    def smallest(self, power: float) -> tuple[float, float, float]:
        """The smallest change that is told with this power, with its 95% Monte Carlo interval.

        Source: order statistics of a quantile, David & Nagaraja 2003, Order Statistics, 7.1.
        """
        if self.reason:
            return math.nan, math.nan, math.nan
        need, n = np.sort(self.reach - self.error), len(self.error)
        half = 1.96 * math.sqrt(n * power * (1 - power))
        places = [math.ceil(n * power), math.floor(n * power - half), math.ceil(n * power + half)]
        at = need[np.clip(np.array(places) - 1, 0, n - 1)]
        return float(at[0]), float(at[1]), float(at[2])


@dataclass(frozen=True, eq=False)
class Sights:
    """What a plan would see of scores, of the shift in scoring, and of practice itself."""

    scores: Sight
    shift: Sight
    practice: Sight


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slopes of one kind in simulated runs without change.

    Attributes:
        error: (runs,) what each is off by.
        se2: (runs,) its squared standard error.
        df: degrees of freedom.
        shifts: (runs, raters) the slopes that raters had, a month.
    """

    error: Floats
    se2: Floats
    df: float
    shifts: Floats

    def sight(self, less: Floats | float = 0.0) -> Sight:
        """What such slopes would see, with something known taken off."""
        return Sight(self.error - less, _reach(self.se2, self.df))


def look(plan: Plan, setting: Setting, spreads: Spreads, scores: Slopes, seed: int) -> Sights:
    """What a plan would see.

    Args:
        plan: what is done.
        setting: in what it is done.
        spreads: the standard deviations.
        scores: of `score_slopes` with the audits of this plan; plans that differ in agreed
            scores alone share them.
        seed: of the generator.
    """
    if setting.practitioners < 2:
        nothing = _nothing(ONE_PRACTITIONER)
        return Sights(nothing, nothing, nothing)
    # The scores of these raters hold their own shift: it is part of what happened to the scores.
    alone = scores.sight(scores.shifts.mean(axis=1) * _months_in_contrast(setting))
    why = _untold(plan, setting)
    if why:
        return Sights(alone, _nothing(why), _nothing(why))
    shift, own = _shift_slopes(plan, setting, spreads, scores.shifts, np.random.default_rng(seed))
    both = scores.se2 + own.se2
    df = both**2 / (scores.se2**2 / scores.df + own.se2**2 / own.df)
    practice = Sight(scores.error - shift.error, _reach(both, df))
    return Sights(alone, shift.sight(), practice)


def _nothing(why: str) -> Sight:
    return Sight(np.empty(0), np.empty(0), why)


def _months_in_contrast(setting: Setting) -> float:
    """What a slope of 1 a month is over the whole contrast."""
    return setting.months / (1 if setting.shape == "trend" else 2)


def _untold(plan: Plan, setting: Setting) -> str:
    """Why a shift in scoring cannot be told, or ""."""
    each = plan.benchmark * setting.months / 3
    each += plan.agreed * plan.audits * setting.months / setting.raters
    if each == 0:
        return NOTHING_AGREED
    if setting.raters < 2:
        return ONE_RATER
    return TOO_FEW_AGREED if each < LEAST_AGREED else ""


def _reach(se2: Floats, df: Floats | float) -> Floats:
    from scipy.special import stdtrit

    return np.asarray(stdtrit(df, 0.975) * np.sqrt(se2))


def _times(n: int, setting: Setting) -> tuple[Floats, Floats]:
    """Contrast and months of `n` things spread evenly, both from their middle.

    The slope on the contrast is the whole change.
    """
    month = (np.arange(n) * setting.months) // max(n, 1)
    time = month + 0.5 - setting.months / 2
    contrast = time / setting.months if setting.shape == "trend" else (time > 0) - 0.5
    return np.asarray(contrast - contrast.mean(), np.float64), np.asarray(time, np.float64)


def _dealt(n: int, among: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Turns dealt round: everybody has one before anybody has another."""
    rounds = -(-n // among)
    deals = np.argsort(rng.random((rounds, among)), axis=1).ravel()[:n]
    return np.asarray(deals, np.intp)


def score_slopes(audits: float, setting: Setting, spreads: Spreads, runs: int, seed: int) -> Slopes:
    """Slopes of the scores of so many audits a month, in runs without change."""
    rng = np.random.default_rng(seed)
    strict = spreads.rater * rng.standard_normal((runs, setting.raters))
    shifts = spreads.rater_slope * rng.standard_normal((runs, setting.raters))
    n = max(2, round(audits * setting.months))
    x, time = _times(n, setting)
    who, rater = _dealt(n, setting.practitioners, rng), _dealt(n, setting.raters, rng)
    size, seen = setting.practitioners, min(n, setting.practitioners)

    def by_person(values: Floats) -> Floats:
        return np.bincount(who, values, size).astype(np.float64)

    def by_pair(values: Floats) -> Floats:
        width = setting.raters
        pairs = np.bincount(who * width + rater, values, size * width)
        return pairs.astype(np.float64).reshape(size, width)

    one = np.ones(n)
    counts, first, second = by_person(one), by_person(x), by_person(x * x)
    usual = spreads.practitioner * rng.standard_normal((runs, size))
    own = spreads.practitioner_slope * rng.standard_normal((runs, size))
    total = counts * usual + by_person(time) * own
    moment = first * usual + by_person(x * time) * own
    total += strict @ by_pair(one).T + shifts @ by_pair(time).T
    moment += strict @ by_pair(x).T + shifts @ by_pair(x * time).T
    # Of independent audits with one variance, the sum and the sum times x are two normal numbers.
    spread = math.hypot(spreads.piece, spreads.noise)
    root, held = np.sqrt(counts), np.maximum(counts, 1)
    z, w = rng.standard_normal((2, runs, size))
    total += spread * root * z
    left = np.sqrt(np.maximum(second - first**2 / held, 0))
    moment += spread * (first / np.sqrt(held) * z + left * w)
    squares = float(x @ x)
    slope = moment.sum(axis=1) / squares
    mean = total.sum(axis=1) / n
    scores = moment - mean[:, None] * first - slope[:, None] * second
    se2 = (scores**2).sum(axis=1) / squares**2 * seen / max(seen - 1, 1)
    return Slopes(slope, se2, float(max(seen - 1, 1)), shifts)


def _shift_slopes(
    plan: Plan, setting: Setting, spreads: Spreads, shifts: Floats, rng: np.random.Generator
) -> tuple[Slopes, Slopes]:
    """Slopes of differences from agreed scores, within raters.

    Twice: as those of a sample of raters (robust to likeness within raters), for saying that
    scoring shifts; and as those of these very raters, for taking their shift off their scores.
    """
    raters = setting.raters
    x, time, variance, who = _differences(plan, setting, spreads, rng)
    counts = np.bincount(who, minlength=raters)
    means = np.bincount(who, x, raters) / np.maximum(counts, 1)
    x = x - means[who]
    squares = np.bincount(who, x * x, raters)
    noise = np.sqrt(np.bincount(who, x * x * variance, raters))
    along = np.bincount(who, x * time, raters)
    moments = shifts * along + noise * rng.standard_normal(shifts.shape)
    slope = moments.sum(axis=1) / squares.sum()
    left = moments - slope[:, None] * squares
    se2 = (left**2).sum(axis=1) / squares.sum() ** 2 * raters / (raters - 1)
    # Around a line for each rater nothing is left but noise, whose variance is then known but for
    # a chi-squared number.
    df = len(x) - 2 * raters
    exact = float((noise**2).sum()) / float(squares.sum()) ** 2
    own = Slopes(slope, exact * rng.chisquare(df, len(shifts)) / df, float(df), shifts)
    return Slopes(slope, se2, float(raters - 1), shifts), own


def _differences(
    plan: Plan, setting: Setting, spreads: Spreads, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, npt.NDArray[np.intp]]:
    """Every difference from an agreed score: contrast, months, variance, and its rater."""
    n = round(plan.agreed * plan.audits * setting.months)
    x, time = _times(n, setting) if n else (np.empty(0), np.empty(0))
    who = _dealt(n, setting.raters, rng) if n else np.empty(0, np.intp)
    rounds = max(1, setting.months // 3)
    pieces = round(plan.benchmark * setting.months / 3)
    per_round, at = _times(rounds, setting)
    turn = (np.arange(pieces) * rounds) // max(pieces, 1)
    x = np.concatenate([x, np.tile(per_round[turn], setting.raters)])
    time = np.concatenate([time, np.tile(at[turn], setting.raters)])
    both = spreads.noise**2 + spreads.agreed**2
    variance = np.concatenate(
        [np.full(n, both), np.full(pieces * setting.raters, spreads.noise**2)]
    )
    return x, time, variance, np.concatenate([who, np.repeat(np.arange(setting.raters), pieces)])
