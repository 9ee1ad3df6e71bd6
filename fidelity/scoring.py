"""A rubric applied to ratings: one row an assessment.

All sums are of whole numbers. Where a value lies within 1e-9 of a threshold it is computed again
with `fractions.Fraction`, so that a band never hangs on the order of a sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from fidelity.rubric.model import Composite, Ratio, Rubric
from fidelity.tables import DK, LEVEL, NA, NE, Answers

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Why a measure has no value, by number. 0 is: it has one.
REASONS = (
    "",
    "nothing in it applies",
    "too few of the items that apply are answered",
    "a component that it needs is withheld",
    "undefined: the divisor is 0",
    "not all of its counts are recorded",
)
_FINE, _NOTHING_APPLIES, _TOO_FEW, _NEEDED, _DIVISOR_0, _NOT_RECORDED = range(len(REASONS))
CANNOT_SAY = "cannot_say"
MUST_HAVE_UNKNOWN = "a must-have is not answered or not known"
#: Relative distance from a threshold within which a decision is made in exact arithmetic.
NEAR = 1e-9


@dataclass(frozen=True, eq=False)
class Quotient:
    """A whole number over a whole number, for each assessment: what a mean or ratio is made of."""

    top: Ints
    below: Ints

    def value(self) -> Floats:
        """The quotient; NaN where the divisor is 0."""
        safe = np.where(self.below == 0, 1, self.below)
        return np.where(self.below == 0, np.nan, self.top / safe)

    def exact(self, row: int) -> Fraction:
        """The quotient of one assessment in exact arithmetic."""
        return Fraction(int(self.top[row]), int(self.below[row]))


@dataclass(frozen=True, eq=False)
class Measure:
    """A component mean, composite or ratio of every assessment.

    Attributes:
        id: as in the rubric.
        kind: "mean", "ratio" or "total".
        value: shape (assessments,); NaN where withheld.
        reason: index into `REASONS`, shape (assessments,).
        lowest: the value with all unknown NE at the lowest level.
        highest: the value with all unknown NE at the highest level.
        parts: the quotients whose mean is the value; those with divisor 0 do not apply.
    """

    id: str
    kind: str
    value: Floats
    reason: npt.NDArray[np.int8]
    lowest: Floats
    highest: Floats
    parts: tuple[Quotient, ...]

    def exact(self, row: int) -> Fraction:
        """The value of one assessment in exact arithmetic."""
        applying = [part.exact(row) for part in self.parts if part.below[row]]
        return sum(applying, Fraction(0)) / len(applying)


@dataclass(frozen=True, eq=False)
class Scores:
    """Every assessment scored; arrays of shape (assessments,).

    Attributes:
        measures: component means, composites and ratios by id, in rubric order.
        band: index into the rubric's bands, best first; -1 is "cannot say". None: no bands.
        band_before_caps: the same before the must-have rule.
        band_reason: why the band cannot be said, in words; "" where it can.
        share_answered: items answered over items that apply; NaN where none applies.
        ne_rate: items without evidence over items that apply; NaN where none applies.
        must_haves_not_seen: number of must-haves below the level from which they count.
        must_haves_unanswered: number that apply and are not answered or not known.
    """

    measures: Mapping[str, Measure]
    band: npt.NDArray[np.int8] | None
    band_before_caps: npt.NDArray[np.int8] | None
    band_reason: npt.NDArray[np.object_]
    share_answered: Floats
    ne_rate: Floats
    must_haves_not_seen: Ints
    must_haves_unanswered: Ints


@dataclass(frozen=True, eq=False)
class _Marked:
    """The answers read with the rubric's rules; arrays of shape (assessments, items)."""

    rubric: Rubric
    answers: Answers
    level: Ints
    answered: Flags
    unknown: Flags
    applies: Flags
    weight: Ints


def score_answers(answers: Answers, rubric: Rubric) -> Scores:
    """Score every assessment.

    Args:
        answers: from `fidelity.tables.answers`.
        rubric: the rubric of those ratings.
    """
    marked = _marked(answers, rubric)
    measures = _measures(marked)
    not_seen, unanswered = _must_haves(marked)
    band, before, reason = _bands(marked, measures, not_seen, unanswered)
    scored = answers.columns(list(rubric.scored_items))
    applies = marked.applies[:, scored].sum(axis=1)
    none = answers.states[:, scored] == NE
    return Scores(
        measures, band, before, reason,
        Quotient(marked.answered[:, scored].sum(axis=1), applies).value(),
        Quotient(none.sum(axis=1), applies).value(),
        not_seen, unanswered,
    )  # fmt: skip


def _marked(answers: Answers, rubric: Rubric) -> _Marked:
    items = [rubric.items[item] for item in answers.items]
    scales = [rubric.scale_of(item) for item in answers.items]
    level = answers.levels.astype(np.int64)
    for column, (item, scale) in enumerate(zip(items, scales, strict=True)):
        if item.proscribed:
            level[:, column] = scale.minimum + scale.maximum - level[:, column]
    absent = np.array([item.ne == "absent" for item in items])
    none = answers.states == NE
    lowest = np.array([scale.minimum * scale.unit for scale in scales], np.int64)
    level = np.where(none & absent, lowest, level)
    answered = (answers.states == LEVEL) | (none & absent)
    return _Marked(
        rubric, answers, np.where(answered, level, 0), answered,
        unknown=none & ~absent,
        applies=answers.states != NA,
        weight=np.array([item.weight for item in items], np.int64),
    )  # fmt: skip


def _measures(marked: _Marked) -> dict[str, Measure]:
    rubric = marked.rubric
    found = {
        component.id: _mean(marked, component.id, [i.id for i in component.items if i.scored])
        for component in rubric.components
        if component.mean and any(item.scored for item in component.items)
    }
    for composite in rubric.composites:
        found[composite.id] = _composite(marked, composite, found)
    for ratio in rubric.ratios:
        found[ratio.id] = _ratio(marked, ratio)
    return found


def _mean(marked: _Marked, name: str, items: Sequence[str]) -> Measure:
    """Weighted mean of the answered items, withheld where too few of them are."""
    columns = marked.answers.columns(items)
    scale = marked.rubric.scale_of(items[0])
    answered, unknown = marked.answered[:, columns], marked.unknown[:, columns]
    applicable = marked.applies[:, columns].sum(axis=1)
    weight = marked.weight[columns]
    top, below = (marked.level[:, columns] * answered) @ weight, answered @ weight
    enough = _enough(answered.sum(axis=1), applicable, marked.rubric.least_share)
    quotient = Quotient(np.where(enough, top, 0), np.where(enough, below * scale.unit, 0))
    reason = np.select([applicable == 0, ~enough], [_NOTHING_APPLIES, _TOO_FEW], _FINE)
    missing = unknown @ weight
    known = _enough((answered | unknown).sum(axis=1), applicable, marked.rubric.least_share)
    bounds = [
        Quotient(
            np.where(known, top + missing * level * scale.unit, 0),
            np.where(known, (below + missing) * scale.unit, 0),
        ).value()
        for level in (scale.minimum, scale.maximum)
    ]
    return Measure(
        name, "mean", quotient.value(), reason.astype(np.int8), bounds[0], bounds[1], (quotient,)
    )


def _enough(answered: Ints, applicable: Ints, least: Fraction) -> Flags:
    """Whether the share answered reaches the least share, in whole numbers."""
    reached = answered * least.denominator >= applicable * least.numerator
    return np.asarray(reached & (answered > 0))


def _composite(marked: _Marked, composite: Composite, known: Mapping[str, Measure]) -> Measure:
    items = {
        component.id: [item.id for item in component.items if item.scored]
        for component in marked.rubric.components
    }
    if composite.pooled == "items":
        pooled = [item for name in composite.of for item in items.get(name, [name])]
        return _mean(marked, composite.id, pooled)
    parts = [known[n] if n in known else _mean(marked, n, [n]) for n in composite.of]
    reasons = np.stack([part.reason for part in parts])
    withheld = (reasons > _NOTHING_APPLIES).any(axis=0)
    nothing = (reasons == _NOTHING_APPLIES).all(axis=0)
    reason = np.select([nothing, withheld], [_NOTHING_APPLIES, _NEEDED], _FINE)
    value, lowest, highest = (
        _mean_of([getattr(part, field) for part in parts], reasons)
        for field in ("value", "lowest", "highest")
    )
    quotients = tuple(quotient for part in parts for quotient in part.parts)
    return Measure(
        composite.id, "mean", np.where(reason == _FINE, value, np.nan), reason.astype(np.int8),
        lowest, highest, quotients,
    )  # fmt: skip


def _mean_of(values: Sequence[Floats], reasons: npt.NDArray[np.int8]) -> Floats:
    """Mean over the parts that apply; NaN where one that applies has no value."""
    stacked, applies = np.stack(values), reasons != _NOTHING_APPLIES
    total = np.where(applies, stacked, 0.0).sum(axis=0)
    count = applies.sum(axis=0)
    return np.where(count == 0, np.nan, total / np.where(count == 0, 1, count))


def _ratio(marked: _Marked, ratio: Ratio) -> Measure:
    """A sum of counts over another, or alone; withheld where a count is not recorded."""
    top = marked.answers.columns(ratio.numerator)
    below = marked.answers.columns(ratio.denominator)
    recorded = marked.answered[:, top + below].all(axis=1)
    unit = marked.rubric.scale_of(ratio.numerator[0]).unit
    numerator = marked.level[:, top].sum(axis=1)
    one = np.full(len(numerator), unit, np.int64)
    divisor = marked.level[:, below].sum(axis=1) if below else one
    quotient = Quotient(np.where(recorded, numerator, 0), np.where(recorded, divisor, 0))
    reason = np.select([~recorded, divisor == 0], [_NOT_RECORDED, _DIVISOR_0], _FINE)
    value = quotient.value()
    kind = "ratio" if below else "total"
    return Measure(ratio.id, kind, value, reason.astype(np.int8), value, value, (quotient,))


def _must_haves(marked: _Marked) -> tuple[Ints, Ints]:
    """How many must-haves are below their level, and how many that apply are not known."""
    not_seen = np.zeros(len(marked.answered), np.int64)
    unanswered = np.zeros_like(not_seen)
    for item in marked.rubric.must_haves.values():
        column = marked.answers.columns([item.id])[0]
        answered = marked.answered[:, column]
        assert item.must_have is not None  # noqa: S101 - what makes it a must-have
        not_seen += answered & (marked.level[:, column] < item.must_have)
        unanswered += marked.applies[:, column] & ~answered
    return not_seen, unanswered


_Bands = tuple[npt.NDArray[np.int8] | None, npt.NDArray[np.int8] | None, npt.NDArray[np.object_]]


def _bands(
    marked: _Marked, measures: Mapping[str, Measure], not_seen: Ints, unanswered: Ints
) -> _Bands:
    """The band of each assessment, after and before the must-have rule."""
    bands = marked.rubric.bands
    n = len(not_seen)
    if bands is None:
        return None, None, np.full(n, "", dtype=object)
    of = measures[bands.of] if bands.of in measures else _mean(marked, bands.of, [bands.of])
    before = np.full(n, -1, np.int8)
    after = np.full(n, -1, np.int8)
    for index in reversed(range(len(bands.levels))):
        band = bands.levels[index]
        reached = _reached(of, band.at_least)
        before[reached] = index
        after[reached & (not_seen == 0) if band.must_haves else reached] = index
    reason = np.array(REASONS, dtype=object)[of.reason]
    if any(band.must_haves for band in bands.levels):
        open_question = (unanswered > 0) & (before >= 0)
        after[open_question] = -1
        reason[open_question] = MUST_HAVE_UNKNOWN
    return after, before, reason


def _reached(of: Measure, cut: Fraction | None) -> Flags:
    """Whether a value reaches a threshold; exact where it lies close to it."""
    known = ~np.isnan(of.value)
    if cut is None:
        return known
    reached = known & (of.value >= float(cut))
    close = known & (np.abs(of.value - float(cut)) <= NEAR * max(1.0, abs(float(cut))))
    for row in np.flatnonzero(close):
        reached[row] = of.exact(int(row)) >= cut
    return reached


def not_answered(answers: Answers) -> dict[str, Ints]:
    """How many items of each assessment got each code or were left blank."""
    states = answers.states
    return {
        "n_na": (states == NA).sum(axis=1),
        "n_ne": (states == NE).sum(axis=1),
        "n_dk": (states == DK).sum(axis=1),
        "n_blank": (states == 0).sum(axis=1),
    }
