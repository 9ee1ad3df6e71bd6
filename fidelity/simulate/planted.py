"""Assessments whose score lies exactly on a threshold, or one step beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.errors import UsageError
from fidelity.rubric import Rubric, read_rubric
from fidelity.rubric.model import Band
from fidelity.simulate.answers import steps, texts
from fidelity.simulate.streams import streams_of

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

SIDES = ("below", "on", "above")
#: Rounds of drawing after which a threshold counts as one that no assessment can lie on.
_TRIES = 400


@dataclass(frozen=True, eq=False)
class Planted:
    """Assessments that lie exactly on, or one step beside, a threshold.

    Attributes:
        ratings: long, as text: piece, rater, item, value (missing for a blank).
        expected: one row an assessment: piece; threshold (id of the band whose cut it is);
            side ("below", "on", "above": one item moved by one step; a side that the scale does
            not have is left out); answered ("all", "least share": exactly at it, "too few": one
            of those answers taken away); numerator and denominator of the exact value, with that
            answer; band_before_caps and band, "cannot_say" where too few are answered.
    """

    ratings: pd.DataFrame
    expected: pd.DataFrame


@dataclass(frozen=True)
class _Pattern:
    """Which items apply and are answered, and what the value then is: levels @ weight / below.

    Whole numbers throughout.
    """

    answered: Flags
    applies: Flags
    weight: Ints
    below: int
    name: str


def planted_on_thresholds(
    rubric: Rubric | str, n: int, rng: int | np.random.Generator = 0
) -> Planted:
    """Assessments on every band cut of a rubric and one step either side, with what they score.

    The arithmetic is whole numbers and `fractions.Fraction`, and shares no code with
    `fidelity.scoring`, so that it can be its check.

    Args:
        rubric: a rubric or its id.
        n: how many assessments, shared out evenly; at least one of each kind.
        rng: a seed or a Generator.

    Raises:
        UsageError: a rubric without bands, with bands of a ratio, or with a cut on which no
            assessment can lie.
    """
    rubric = read_rubric(rubric) if isinstance(rubric, str) else rubric
    if rubric.bands is None:
        raise UsageError(f"{rubric.id} has no bands, so there is no threshold to lie on.")
    stream = streams_of(rng)("thresholds", rubric.id)
    units = _units(rubric)
    cuts = [band for band in rubric.bands.levels if band.at_least is not None]
    patterns = [p for p in _patterns(rubric, units, stream) if _reaches(p, cuts)]
    if not patterns:
        raise UsageError(f"No assessment of {rubric.id} can lie exactly on all of its cuts.")
    kinds = [
        (cut, side, pattern)
        for cut in cuts for side in SIDES for pattern in patterns
        if _has(rubric, cut, side, pattern)
    ]  # fmt: skip
    each = max(1, math.ceil(n / len(kinds)))
    found = [_planted(rubric, cut, side, pattern, each, stream) for cut, side, pattern in kinds]
    levels = np.concatenate([levels for levels, _ in found])
    expected = pd.concat([told for _, told in found], ignore_index=True)
    expected.insert(0, "piece", [f"T-{number:06d}" for number in range(1, len(expected) + 1)])
    marks = np.concatenate([np.repeat([p.applies * 2 + p.answered], each, 0) for *_, p in kinds])
    values = _answers(rubric, levels, marks == 3, marks >= 2, stream)
    items = np.array(list(rubric.items), object)
    ratings = pd.DataFrame({
        "piece": np.repeat(expected["piece"].to_numpy(), len(items)), "rater": "R01",
        "item": np.tile(items, len(expected)), "value": values.ravel(),
    })  # fmt: skip
    return Planted(ratings, expected)


def _units(rubric: Rubric) -> list[list[int]]:
    """Columns of the items whose means are averaged to the value that is banded."""
    assert rubric.bands is not None  # noqa: S101 - the caller has bands
    of = rubric.bands.of
    column = {item: number for number, item in enumerate(rubric.items)}
    components = {
        component.id: [column[item.id] for item in component.items if item.scored]
        for component in rubric.components
    }
    composites: Mapping[str, tuple[str, ...]] = {c.id: c.of for c in rubric.composites}
    pooled = {c.id for c in rubric.composites if c.pooled == "items"}
    if of in {ratio.id for ratio in rubric.ratios}:
        raise UsageError(f"The bands of {rubric.id} are those of a ratio, which is not planted.")
    parts = [components.get(name, [column.get(name, -1)]) for name in composites.get(of, (of,))]
    return [[number for part in parts for number in part]] if of in pooled else parts


def _patterns(
    rubric: Rubric, units: list[list[int]], stream: np.random.Generator
) -> Iterator[_Pattern]:
    """All answered; exactly the least share answered; one answer fewer."""
    n = len(rubric.items)
    everything = np.ones(n, bool)
    yield _pattern(rubric, units, everything, everything, "all")
    spare = np.array([item.must_have is None for item in rubric.items.values()])
    takes_na = np.array(["NA" in rubric.scale_of(item).codes for item in rubric.items])
    applies, answered = everything.copy(), everything.copy()
    for unit in units:
        order = [column for column in stream.permutation(unit) if spare[column]]
        most = len(unit)
        fewest = most - sum(takes_na[column] for column in order)
        sizes = [
            k for k in range(most, fewest - 1, -1) if (k * rubric.least_share).denominator == 1
        ]
        sizes = [k for k in sizes if 0 < most - k * rubric.least_share <= len(order)]
        if not sizes:
            return
        blank = int(sizes[0] - sizes[0] * rubric.least_share)
        away = [column for column in order if takes_na[column]][: most - sizes[0]]
        left = [column for column in order if column not in away]
        if len(left) <= blank:
            return
        applies[away] = answered[away] = False
        answered[left[:blank]] = False
    exactly = _pattern(rubric, units, applies, answered, "least share")
    yield exactly
    too_few = answered.copy()
    too_few[next(c for c in units[0] if answered[c] and spare[c])] = False
    yield replace(exactly, answered=too_few, name="too few")


def _pattern(
    rubric: Rubric, units: list[list[int]], applies: Flags, answered: Flags, name: str
) -> _Pattern:
    """The value as one whole number over another, for these items answered."""
    weights = np.array([item.weight for item in rubric.items.values()], np.int64)
    share = [Fraction(0)] * len(weights)
    for unit in units:
        held = [column for column in unit if answered[column]]
        total = int(weights[held].sum()) * len(units) * rubric.scale_of(_name(rubric, held[0])).unit
        for column in held:
            share[column] = Fraction(int(weights[column]), total)
    below = math.lcm(*(part.denominator for part in share))
    return _Pattern(
        answered, applies, np.array([int(part * below) for part in share], np.int64), below, name
    )


def _name(rubric: Rubric, column: int) -> str:
    return list(rubric.items)[column]


def _reaches(pattern: _Pattern, cuts: Sequence[Band]) -> bool:
    """Whether a value of this pattern can lie exactly on every cut."""
    return all((_at(cut) * pattern.below).denominator == 1 for cut in cuts)


def _has(rubric: Rubric, cut: Band, side: str, pattern: _Pattern) -> bool:
    """Whether there is anything on this side: nothing lies above the highest value."""
    ends = [[steps(rubric.scale_of(item))[end] for item in rubric.items] for end in (0, -1)]
    lowest, highest = (int(np.array(levels) @ pattern.weight) for levels in ends)
    target = _at(cut) * pattern.below
    return {"below": lowest < target, "on": True, "above": target < highest}[side]


def _at(band: Band) -> Fraction:
    assert band.at_least is not None  # noqa: S101 - cuts are bands with a threshold
    return band.at_least


def _planted(
    rubric: Rubric, cut: Band, side: str, pattern: _Pattern, n: int, stream: np.random.Generator
) -> tuple[Ints, pd.DataFrame]:
    """Levels on one side of a cut, by drawing at random and keeping what lies exactly on it."""
    target = int(_at(cut) * pattern.below)
    counted = np.flatnonzero(pattern.weight)
    kept: list[Ints] = []
    for _ in range(_TRIES):
        drawn = _near(rubric, float(_at(cut)), max(200, 8 * n), stream)
        hit = drawn[drawn @ pattern.weight == target]
        if side != "on" and len(hit):
            hit = _moved(rubric, hit, counted, 1 if side == "above" else -1, stream)
        kept.append(hit)
        if sum(map(len, kept)) >= n:
            break
    else:
        raise UsageError(f"No assessment of {rubric.id} was found {side} {_at(cut)} exactly.")
    levels = np.concatenate(kept)[:n]
    return levels, _expected(rubric, cut, side, pattern, levels)


def _near(rubric: Rubric, cut: float, n: int, stream: np.random.Generator) -> Ints:
    """Levels around a cut; a proscribed item is drawn as it counts, reversed."""
    drawn = np.empty((n, len(rubric.items)), np.int64)
    for column, item in enumerate(rubric.items):
        scale = rubric.scale_of(item)
        answers = steps(scale)
        wanted = (cut + stream.standard_normal(n)) * scale.unit
        above = np.clip(np.searchsorted(answers, wanted), 1, len(answers) - 1)
        lower = wanted - answers[above - 1] < answers[above] - wanted
        drawn[:, column] = answers[above - lower]
    return drawn


def _moved(
    rubric: Rubric, levels: Ints, counted: Ints, step: int, stream: np.random.Generator
) -> Ints:
    """One item of each assessment one step up or down; those that cannot move are left out."""
    rows = np.arange(len(levels))
    which = stream.choice(counted, len(levels))
    moved = levels.copy()
    stuck = np.zeros(len(levels), bool)
    for column in counted:
        answers = steps(rubric.scale_of(_name(rubric, int(column))))
        mine = which == column
        place = np.searchsorted(answers, levels[mine, column]) + step
        stuck[rows[mine]] = (place < 0) | (place >= len(answers))
        moved[mine, column] = answers[np.clip(place, 0, len(answers) - 1)]
    return np.asarray(moved[~stuck])


def _expected(
    rubric: Rubric, cut: Band, side: str, pattern: _Pattern, levels: Ints
) -> pd.DataFrame:
    """What each assessment scores, compared in whole numbers."""
    assert rubric.bands is not None  # noqa: S101 - the caller has bands
    value = levels @ pattern.weight
    not_seen = np.zeros(len(levels), bool)
    for column, item in enumerate(rubric.items.values()):
        if item.must_have is not None:
            below = levels[:, column] < item.must_have * rubric.scale_of(item.id).unit
            not_seen |= below & pattern.answered[column]
    before = np.full(len(levels), "cannot_say", object)
    after = before.copy()
    if pattern.name != "too few":
        for band in reversed(rubric.bands.levels):
            reached = np.ones(len(levels), bool)
            if band.at_least is not None:
                reached = value >= int(_at(band) * pattern.below)
            before[reached] = band.id
            after[reached & ~not_seen if band.must_haves else reached] = band.id
    return pd.DataFrame({
        "threshold": cut.id, "side": side, "answered": pattern.name, "numerator": value,
        "denominator": pattern.below, "band_before_caps": before, "band": after,
    })  # fmt: skip


def _answers(
    rubric: Rubric, levels: Ints, answered: Flags, applies: Flags, stream: np.random.Generator
) -> Objects:
    """Levels as written; a third of the lowest as NE where the item takes that for absent."""
    written = np.full(levels.shape, None, object)
    for column, item in enumerate(rubric.items.values()):
        scale = rubric.scale_of(item.id)
        level = levels[:, column]
        ends = (scale.minimum + scale.maximum) * scale.unit
        written[:, column] = texts(ends - level if item.proscribed else level, scale)
        if item.ne == "absent" and "NE" in scale.codes:
            lowest = level == scale.minimum * scale.unit
            written[lowest & (stream.random(len(level)) < 1 / 3), column] = "NE"
    written[~answered] = None
    written[~applies] = "NA"
    return written
