"""Bias: where a rater is stricter on one item than on the rest, or any two facets interact.

Each pair of elements gets one further parameter, estimated with all others held, as a strictness
of that pair on top of the two (Linacre 1989; Myford & Wolfe 2004, J. Appl. Meas. 5:189).
Where persons are distributions, the marginal likelihood of the parameter is climbed, and its
information is Louis's (1982): what a person's own ratings say of the person is not used twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fidelity.statistics.estimate import Estimate
from fidelity.statistics.rasch_design import FloatArray, IntArray
from fidelity.statistics.rasch_fit import Located
from fidelity.statistics.rasch_levels import BLOCK, difficulty_of_rows, probabilities

ITERATIONS_MOST = 50

#: The most a bias may move in one step, in logits.
LONGEST_STEP = 1.5


@dataclass(frozen=True, eq=False)
class BiasTable:
    """Bias of each pair of elements that met.

    Attributes:
        facets: the names of the two facets.
        first: (B,) the element of the first facet.
        second: (B,) the element of the second.
        n: (B,) ratings of the pair.
        value: (B,) bias in logits; positive is stricter than the two explain.
        se: (B,) standard errors.
        p: (B,) two-sided, normal.
        q: (B,) the same with the false-discovery rate held over all pairs
            (Benjamini & Hochberg 1995).
        extreme: (B,) whether all ratings of the pair are at the lowest or highest level, so that
            the bias is measured 0.3 score points from there.
        confidence: of the intervals.
    """

    facets: tuple[str, str]
    first: npt.NDArray[Any]
    second: npt.NDArray[Any]
    n: IntArray
    value: FloatArray
    se: FloatArray
    p: FloatArray
    q: FloatArray
    extreme: npt.NDArray[np.bool_]
    confidence: float

    def of(self, first: object, second: object) -> Estimate:
        """The bias of one pair."""
        from scipy.special import ndtri

        place = int(np.flatnonzero((self.first == first) & (self.second == second))[0])
        reach = float(ndtri(0.5 + self.confidence / 2.0)) * self.se[place]
        value = float(self.value[place])
        return Estimate(
            value,
            float(self.se[place]),
            value - reach,
            value + reach,
            int(self.n[place]),
            "bias, other measures held; n ratings",
            reason="all at an end of the scale" if self.extreme[place] else "",
        )


def bias(located: Located, one: int, other: int, adjustment: float, confidence: float) -> BiasTable:
    """Estimate the bias of every pair of elements of two facets.

    Args:
        located: the ratings and where everything stands.
        one: the place of the first facet.
        other: the place of the second.
        adjustment: score points from the extreme for pairs with extreme scores.
        confidence: of the intervals.

    Returns:
        The table, in the order of the labels.
    """
    from scipy.special import ndtr

    responses = located.responses
    first, second = responses.facets[one], responses.facets[other]
    rows = np.flatnonzero(located.rows)
    key, pair = np.unique(first.codes[rows] * len(second) + second.codes[rows], return_inverse=True)
    n = np.bincount(pair, minlength=len(key))
    shift, extreme = _adjustments(located, rows, pair, len(key), adjustment)
    value, information = np.zeros(len(key)), np.ones(len(key))
    for _ in range(ITERATIONS_MOST):
        gradient, information = _slopes(located, rows, pair, value)
        step = np.clip((gradient + shift) / information, -LONGEST_STEP, LONGEST_STEP)
        value += step
        if np.abs(step).max() < 1e-6:
            break
    se = 1.0 / np.sqrt(information)
    p = 2.0 * ndtr(-np.abs(value / se))
    return BiasTable(
        (first.name, second.name),
        first.labels[key // len(second)],
        second.labels[key % len(second)],
        n,
        value,
        se,
        p,
        false_discovery(p),
        extreme,
        confidence,
    )


def _adjustments(
    located: Located, rows: IntArray, pair: IntArray, pairs: int, adjustment: float
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """What to add to the gradient of extreme pairs, and which those are."""
    used = np.isfinite(located.log_weight)
    lowest = np.argmax(used, axis=1)[located.responses.group[rows]]
    highest = used.shape[1] - 1 - np.argmax(used[:, ::-1], axis=1)[located.responses.group[rows]]
    y = located.responses.y[rows]
    off_bottom, off_top = (
        np.bincount(pair, weights=y != end, minlength=pairs) for end in (lowest, highest)
    )
    low, high = off_bottom == 0, off_top == 0
    return adjustment * (high.astype(np.float64) - low), low | high


def _slopes(
    located: Located, rows: IntArray, pair: IntArray, value: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient and information of every pair's parameter.

    A unit is what one person has in one pair; its posterior is the person's, moved by what the
    parameter changes in the unit's likelihood.
    """
    responses, persons = located.responses, located.persons
    order = np.lexsort((pair, responses.facets[0].codes[rows]))
    rows, pair = rows[order], pair[order]
    person = responses.facets[0].codes[rows]
    opens = np.flatnonzero(np.diff(person, prepend=-1) | np.diff(pair, prepend=-1))
    size = max(1, BLOCK // (persons.nodes.shape[1] * responses.levels * 4))
    wanted = np.searchsorted(opens, np.arange(0, len(rows), size))
    cuts = np.unique(opens[np.minimum(wanted, len(opens) - 1)])  # no unit is cut in two
    gradient, information = np.zeros(len(value)), np.zeros(len(value))
    for start, end in zip(cuts, [*cuts[1:], len(rows)], strict=True):
        part = slice(int(start), int(end))
        begin = opens[(opens >= start) & (opens < end)] - start
        nodes, weights = persons.at(person[part])
        score, variance, moved = _unit_sums(located, rows[part], nodes, value[pair[part]], begin)
        weights = np.broadcast_to(weights, (part.stop - part.start, weights.shape[1]))[begin]
        weights = weights * np.exp(moved - moved.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        mean = (weights * score).sum(axis=1)
        spread = (weights * np.square(score)).sum(axis=1) - np.square(mean)
        complete = (weights * variance).sum(axis=1)
        unit = pair[part][begin]
        gradient += np.bincount(unit, weights=mean, minlength=len(value))
        information += np.bincount(unit, weights=complete - spread, minlength=len(value))
    return gradient, np.maximum(information, 1e-6)


def _unit_sums(
    located: Located, rows: IntArray, nodes: FloatArray, value: FloatArray, begin: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(units, Q) score, variance and change of log likelihood, added up over each unit."""
    responses = located.responses
    log_weight = located.log_weight[responses.group[rows]][:, None, :]
    eta = nodes - difficulty_of_rows(responses, located.values, rows)[:, None]
    level = np.arange(responses.levels, dtype=np.float64)
    _, before = probabilities(eta, log_weight)
    chance, after = probabilities(eta - value[:, None], log_weight)
    expected = chance @ level
    variance = chance @ np.square(level) - np.square(expected)
    y = responses.y[rows][:, None]
    moved = -y * value[:, None] - after + before
    return (
        np.add.reduceat(expected - y, begin, axis=0),
        np.add.reduceat(variance, begin, axis=0),
        np.add.reduceat(moved, begin, axis=0),
    )


def false_discovery(p: FloatArray) -> FloatArray:
    """p-values with the false-discovery rate held over all of them.

    Args:
        p: (B,) p-values.

    Returns:
        (B,) the least rate at which each would be called (Benjamini & Hochberg 1995).
    """
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    held = np.minimum.accumulate(scaled[::-1])[::-1]
    result = np.empty_like(p)
    result[order] = np.minimum(held, 1.0)
    return result
