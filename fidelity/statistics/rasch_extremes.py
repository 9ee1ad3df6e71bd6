"""Extreme scores: who has only lowest or only highest levels, and what is made of them.

Where all ratings of a person, rater or item lie at the lowest (or all at the highest) level, the
likelihood rises without end as the measure goes to minus (or plus) infinity. The rule: such an
element and its ratings leave the estimation, again and again until none is left; then its measure
is the one at which the expected score is 0.3 score points from the extreme, the others held
(Linacre 1989; Wright 1998, Rasch Measurement Transactions 12:632). Persons of a marginal
analysis stay: their distribution keeps them finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fidelity.statistics.rasch_design import BoolArray, FloatArray, IntArray, Responses, add_up
from fidelity.statistics.rasch_levels import (
    Persons,
    blocks_of,
    difficulty_of_rows,
    moments,
)

#: A measure is not sought further from 0 than this, in logits: beyond, none is finite.
FURTHEST = 40.0

#: The most a measure may move in one step, in logits.
LONGEST_STEP = 2.0

ITERATIONS_MOST = 200


@dataclass(frozen=True)
class Extremes:
    """Elements of one facet that were found extreme together.

    Attributes:
        facet: the place of the facet.
        elements: (E,) places of its elements.
        high: (E,) whether all their ratings are at the highest level (else the lowest).
    """

    facet: int
    elements: IntArray
    high: BoolArray


@dataclass(frozen=True)
class Kept:
    """What enters the estimation.

    Attributes:
        rows: (n,) whether a rating does.
        used: (G, K) which levels occur in each set of steps.
        rounds: the extremes in the order in which they were found.
    """

    rows: BoolArray
    used: BoolArray
    rounds: tuple[tuple[Extremes, ...], ...]


def keep(
    responses: Responses, anchored: list[BoolArray], anchored_levels: BoolArray, persons_too: bool
) -> Kept:
    """Set the extremes apart.

    Args:
        responses: the ratings.
        anchored: a facet each, (L,) whether an element is anchored; those stay.
        anchored_levels: (G, K) levels of anchored steps; a row without any is not anchored.
        persons_too: whether extreme persons go (joint) or stay (marginal).

    Returns:
        What is left, and what was set apart.
    """
    rows = np.ones(len(responses.y), dtype=np.bool_)
    fixed_sets = anchored_levels.any(axis=1, keepdims=True)
    rounds: list[tuple[Extremes, ...]] = []
    while True:
        occur = _levels_by_set(responses, rows) > 0
        used = np.where(fixed_sets, anchored_levels, occur)
        rows &= (used.sum(axis=1) > 1)[responses.group]
        found = _extremes(responses, rows, used, anchored, persons_too)
        if not found:
            return Kept(rows, used, tuple(rounds))
        rounds.append(found)
        for extreme in found:
            gone = np.zeros(len(responses.facets[extreme.facet]), dtype=np.bool_)
            gone[extreme.elements] = True
            rows &= ~gone[responses.facets[extreme.facet].codes]


def _levels_by_set(responses: Responses, rows: BoolArray) -> IntArray:
    cell = (responses.group * responses.levels + responses.y)[rows]
    count = np.bincount(cell, minlength=responses.groups * responses.levels)
    return count.reshape(responses.groups, responses.levels)


def _extremes(
    responses: Responses,
    rows: BoolArray,
    used: BoolArray,
    anchored: list[BoolArray],
    persons_too: bool,
) -> tuple[Extremes, ...]:
    last = responses.levels - 1
    lowest = np.argmax(used, axis=1)[responses.group]
    highest = last - np.argmax(used[:, ::-1], axis=1)[responses.group]
    at_bottom, at_top = rows & (responses.y == lowest), rows & (responses.y == highest)
    found = []
    for number, facet in enumerate(responses.facets):
        if number == 0 and not persons_too:
            continue
        n, bottom, top = (
            add_up(facet.codes, part, len(facet)) for part in (rows, at_bottom, at_top)
        )
        extreme = (n > 0) & ((bottom == n) | (top == n)) & ~anchored[number]
        if extreme.any():
            elements = np.flatnonzero(extreme)
            found.append(Extremes(number, elements, top[elements] == n[elements]))
    return tuple(found)


def measure_extremes(
    responses: Responses,
    extremes: Extremes,
    values: FloatArray,
    persons: Persons,
    log_weight: FloatArray,
    adjustment: float,
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Measure extreme elements, all others held.

    Args:
        responses: the ratings.
        extremes: the elements.
        values: (q,) the other parameters, NaN where not known.
        persons: where the persons stand; NaN where not known.
        log_weight: (G, K) the levels.
        adjustment: score points from the extreme, 0.3 by convention.

    Returns:
        (E,) measures, standard errors (one over the root of the information) and how many
        ratings told; NaN where none does.
    """
    task = _task(responses, extremes, values, persons, log_weight)
    count = np.bincount(task.element, minlength=len(extremes.elements))
    score = add_up(task.element, responses.y[task.rows], len(count))
    target = score + np.where(extremes.high, -adjustment, adjustment)
    sign = 1.0 if extremes.facet == 0 else -1.0
    measure, information = np.zeros(len(count)), np.zeros(len(count))
    for _ in range(ITERATIONS_MOST):
        expected, information = _expected(responses, task, sign * measure, persons, log_weight)
        step = sign * (target - expected) / np.maximum(information, 1e-12)
        step = np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        measure = np.clip(measure + step, -FURTHEST, FURTHEST)
        if np.abs(step).max(initial=0.0) < 1e-8:
            break
    error = 1.0 / np.sqrt(np.maximum(information, 1e-12))
    told = count > 0
    return np.where(told, measure, np.nan), np.where(told, error, np.nan), count


@dataclass(frozen=True)
class _Task:
    """The ratings that tell of some extreme elements.

    Attributes:
        rows: (m,) which ratings.
        element: (m,) the extreme element of each, by its order among the extremes.
        held: (m,) severity, difficulty and the rest of the other elements.
        person: (m,) whose distribution applies; None where the persons are what is measured.
    """

    rows: IntArray
    element: IntArray
    held: FloatArray
    person: IntArray | None


def _task(
    responses: Responses,
    extremes: Extremes,
    values: FloatArray,
    persons: Persons,
    log_weight: FloatArray,
) -> _Task:
    facet = responses.facets[extremes.facet]
    order = np.full(len(facet), -1)
    order[extremes.elements] = np.arange(len(extremes.elements))
    rows = np.flatnonzero(order[facet.codes] >= 0)
    held = difficulty_of_rows(responses, values, rows, leave_out=extremes.facet)
    person = responses.facets[0].codes[rows]
    told = np.isfinite(held) & (np.isfinite(log_weight).sum(axis=1) > 1)[responses.group[rows]]
    if extremes.facet and len(persons.nodes) > 1:
        told &= np.isfinite(persons.nodes[person, 0])
    return _Task(
        rows[told],
        order[facet.codes[rows[told]]],
        held[told],
        person[told] if extremes.facet else None,
    )


def _expected(
    responses: Responses,
    task: _Task,
    shift: FloatArray,
    persons: Persons,
    log_weight: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """(E,) expected scores and information with each extreme element moved by `shift`."""
    expected, information = np.zeros(len(shift)), np.zeros(len(shift))
    for part in blocks_of(np.arange(len(task.rows)), persons.nodes.shape[1] * responses.levels):
        nodes, weights = np.zeros((1, 1)), np.ones((1, 1))
        if task.person is not None:
            nodes, weights = persons.at(task.person[part])
        element = task.element[part]
        eta = nodes + (shift[element] - task.held[part])[:, None]
        of = moments(eta, log_weight[responses.group[task.rows[part]]][:, None, :])
        expected += add_up(element, (of.expected * weights).sum(axis=1), len(shift))
        information += add_up(element, (of.variance * weights).sum(axis=1), len(shift))
    return expected, information
