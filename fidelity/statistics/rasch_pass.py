"""One pass over the ratings of a joint analysis: likelihood, gradient and information.

A rating's level y has the sufficient statistics y for its person, -y for its rater, item and other
elements, and -1 for its level, so the gradient is observed less expected statistics and the
information their covariances, summed (Wright & Masters 1982, ch. 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fidelity.statistics.rasch_design import (
    BoolArray,
    FloatArray,
    IntArray,
    Responses,
    add_up,
    inner_levels,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Ratings taken at a time: their levels' probabilities stay in the processor's cache.
BLOCK = 1 << 15

#: The largest exponent held to be safe before a power is taken.
SAFE_EXPONENT = 600.0


@dataclass(frozen=True)
class Pass:
    """What one pass gives, at given parameters.

    Attributes:
        log_likelihood: the logarithm of the joint likelihood.
        person_gradient: (P,) its derivative by person.
        gradient: (q,) its derivative by the other parameters.
        person_information: (P,) the persons' block of the information, which is diagonal.
        crossing: (P, q) sparse, persons by the others.
        information: (q, q) the block of the others.
    """

    log_likelihood: float
    person_gradient: FloatArray
    gradient: FloatArray
    person_information: FloatArray
    crossing: csr_array
    information: FloatArray


class Ratings:
    """The ratings that count, with what does not change from pass to pass.

    Args:
        responses: all ratings.
        rows: (n,) which count.
        used: (G, K) the levels that occur in each set of steps.
    """

    def __init__(self, responses: Responses, rows: BoolArray, used: BoolArray) -> None:
        chosen = slice(None) if rows.all() else np.flatnonzero(rows)
        self.responses, self.used = responses, used
        self.y = responses.y[chosen]
        self.person, *self.codes = [facet.codes[chosen] for facet in responses.facets]
        self.persons, *self.sizes = [len(facet) for facet in responses.facets]
        self.group = responses.group[chosen]
        self.inner = [k for k in range(responses.levels) if inner_levels(used)[:, k].any()]
        self.pairs = [
            _Pairs.of(self.person, codes, size)
            for codes, size in zip(self.codes, self.sizes, strict=True)
        ]
        self.scores = add_up(self.person, self.y, self.persons)
        self.counts = np.bincount(self.person, minlength=self.persons)
        self.observed = self._observed()

    def _observed(self) -> FloatArray:
        parts = [
            -add_up(codes, self.y, size) for codes, size in zip(self.codes, self.sizes, strict=True)
        ]
        shape = self.responses.groups * self.responses.levels
        cell = self.group * self.responses.levels + self.y
        return np.concatenate([*parts, -np.bincount(cell, minlength=shape).astype(np.float64)])

    def at(self, theta: FloatArray, values: FloatArray) -> Pass:
        """Likelihood, gradient and information.

        Args:
            theta: (P,) person measures; those without ratings may be anything finite.
            values: (q,) facets and sums of steps.

        Returns:
            The pass.
        """
        sums = _Sums(self)
        steps = values[self.responses.starts[-1] :].reshape(self.used.shape)
        factor = np.where(self.used, np.exp(-steps), 0.0)
        divisor = 0.0
        for block in self._blocks():
            eta = theta[self.person[block]]
            for start, codes in zip(self.responses.starts, self.codes, strict=False):
                eta -= values[start + codes[block]]
            chance, log_total = _chances(eta, factor, self.group[block])
            divisor += float(log_total.sum())
            sums.add(block, chance)
        return sums.finish(
            float(self.scores @ theta + self.observed @ values) - divisor, self.observed
        )

    def _blocks(self) -> Iterator[slice]:
        for start in range(0, len(self.y), BLOCK):
            yield slice(start, start + BLOCK)


def _chances(eta: FloatArray, factor: FloatArray, group: IntArray) -> tuple[FloatArray, FloatArray]:
    """(K, b) probabilities from one exponential a rating, and the logarithm of their divisor."""
    levels = factor.shape[1]
    middle = (levels - 1) / 2.0
    bound = SAFE_EXPONENT / max(middle, 1.0)
    np.clip(eta, -bound, bound, out=eta)
    odds = np.exp(eta)
    chance = np.empty((levels, len(eta)))
    chance[0] = np.exp(-middle * eta)
    for k in range(1, levels):
        np.multiply(chance[k - 1], odds, out=chance[k])
    chance *= factor[0][:, None] if len(factor) == 1 else factor[group].T
    total = chance.sum(axis=0)
    chance /= total
    return chance, np.log(total) + middle * eta


class _Sums:
    """Expected statistics and their covariances, added up over blocks."""

    def __init__(self, ratings: Ratings) -> None:
        self.of = ratings
        self.persons = np.zeros(ratings.persons)
        self.person_information = np.zeros(ratings.persons)
        self.elements = [np.zeros(size) for size in ratings.sizes]
        self.level_counts = np.zeros(ratings.used.shape)
        self.pairs = [np.zeros(len(pairs.person)) for pairs in ratings.pairs]
        q = ratings.responses.parameters
        self.information = np.zeros((q, q))
        place = ratings.responses.step_facet
        self.step_pairs = None if place is None else ratings.pairs[place - 1]
        width = ratings.persons if self.step_pairs is None else len(self.step_pairs.person)
        self.person_steps = {k: np.zeros(width) for k in ratings.inner}

    def add(self, block: slice, chance: FloatArray) -> None:
        """Take in a block with its (K, b) probabilities."""
        of = self.of
        level = np.arange(len(chance), dtype=np.float64)
        expected = level @ chance
        variance = np.square(level) @ chance - np.square(expected)
        person = of.person[block]
        self.persons += add_up(person, expected, of.persons)
        self.person_information += add_up(person, variance, of.persons)
        for f, codes in enumerate(of.codes):
            self.elements[f] += add_up(codes[block], expected, of.sizes[f])
            pair = of.pairs[f].pair[block]
            self.pairs[f] += add_up(pair, variance, len(self.pairs[f]))
        self._facets(block, variance)
        self._steps(block, chance, expected)

    def _facets(self, block: slice, variance: FloatArray) -> None:
        """Facets by facets: Cov(-y, -y) = W."""
        of, starts = self.of, self.of.responses.starts
        for f, one in enumerate(of.codes):
            for g in range(f, len(of.codes)):
                table = _cross(
                    one[block], of.codes[g][block], variance, of.sizes[f], of.sizes[g], f == g
                )
                rows = slice(starts[f], starts[f + 1])
                columns = slice(starts[g], starts[g + 1])
                self.information[rows, columns] += table
                if f != g:
                    self.information[columns, rows] += table.T

    def _steps(self, block: slice, chance: FloatArray, expected: FloatArray) -> None:
        """Steps by everything: Cov(y, 1_k) = P_k (k - E) and Cov(1_k, 1_l)."""
        of, starts = self.of, self.of.responses.starts
        groups, levels = of.used.shape
        group = of.group[block]
        at = starts[-1] + np.arange(groups) * levels
        for k in range(levels):
            self.level_counts[:, k] += add_up(group, chance[k], groups)
        for place, k in enumerate(of.inner):
            covariance = chance[k] * (k - expected)
            index = of.person[block] if self.step_pairs is None else self.step_pairs.pair[block]
            self.person_steps[k] += add_up(index, covariance, len(self.person_steps[k]))
            for f, codes in enumerate(of.codes):
                same = of.responses.step_facet == f + 1
                table = _cross(codes[block], group, covariance, of.sizes[f], groups, same)
                rows = slice(starts[f], starts[f + 1])
                self.information[rows, at + k] += table
                self.information[at + k, rows] += table.T
            for other in of.inner[place:]:
                product = chance[k] * ((k == other) - chance[other])
                together = add_up(group, product, groups)
                self.information[at + k, at + other] += together
                if other != k:
                    self.information[at + other, at + k] += together

    def finish(self, log_likelihood: float, observed: FloatArray) -> Pass:
        """The sums as a pass."""
        expected = np.concatenate([*self.elements, self.level_counts.ravel()])
        return Pass(
            log_likelihood,
            self.of.scores - self.persons,
            observed + expected,
            self.person_information,
            self._crossing(),
            self.information,
        )

    def _crossing(self) -> csr_array:
        """Persons by the others: Cov(y, -y) = -W and Cov(y, -1_k)."""
        from scipy.sparse import csr_array

        of, starts = self.of, self.of.responses.starts
        rows = [pairs.person for pairs in of.pairs]
        columns = [start + pairs.element for start, pairs in zip(starts, of.pairs, strict=False)]
        values = [-sums for sums in self.pairs]
        for k, sums in self.person_steps.items():
            steps = self.step_pairs
            rows.append(np.arange(of.persons) if steps is None else steps.person)
            element = np.zeros(of.persons, dtype=np.int64) if steps is None else steps.element
            columns.append(starts[-1] + element * of.responses.levels + k)
            values.append(-sums)
        place = (np.concatenate(rows), np.concatenate(columns))
        shape = (of.persons, of.responses.parameters)
        return csr_array((np.concatenate(values), place), shape=shape)


def _cross(
    one: IntArray, other: IntArray, weight: FloatArray, n: int, m: int, same: bool
) -> FloatArray:
    """(n, m) sums of weights by two groupings; where they are the same, a diagonal."""
    if same:
        return np.diag(add_up(one, weight, n))
    return add_up(one * m + other, weight, n * m).reshape(n, m)


@dataclass(frozen=True)
class _Pairs:
    """Which elements of a facet each person met.

    Attributes:
        pair: (n,) the number of each rating's pair.
        person: (m,) the person of each pair.
        element: (m,) the element of each pair.
    """

    pair: IntArray
    person: IntArray
    element: IntArray

    @staticmethod
    def of(persons: IntArray, elements: IntArray, size: int) -> _Pairs:
        key = persons * size + elements
        span = int(key.max(initial=0)) + 1
        if span <= 8 * len(key):  # number them without sorting
            met = np.zeros(span, dtype=np.bool_)
            met[key] = True
            distinct, pair = np.flatnonzero(met), (np.cumsum(met) - 1)[key]
        else:
            distinct, pair = np.unique(key, return_inverse=True)
        return _Pairs(pair.astype(np.int64), distinct // size, distinct % size)
