"""Ratings of a marginal analysis by cell and pattern, and the sums that its likelihood needs.

A cell is a combination of all facets but the person (this rater on this item); a pattern is a set
of cells with a total score, and N counts the ratings of each pattern in each cell. Given a
person's measure theta, the total is sufficient (Rasch 1960; Masters 1982), so the likelihood is

    L_p(theta) = exp(s_p theta - sum_c N_pc log Z_c(theta)) * (what does not depend on theta).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fidelity.statistics.rasch_design import (
    BoolArray,
    FloatArray,
    IntArray,
    Responses,
    add_up,
)
from fidelity.statistics.rasch_levels import log_weights, probabilities

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Cells:
    """The ratings that count, without the persons' names.

    Attributes:
        responses: all ratings.
        used: (G, K) the levels that occur in each set of steps.
        codes: a facet but the person each, (C,) the element of each cell.
        group: (C,) the set of steps of each cell.
        counts: (M, C) sparse, N: ratings of each pattern in each cell.
        totals: (M,) the total score s of each pattern.
        weights: (M,) how many persons have it.
        pattern: (P,) the pattern of each person; -1 for a person without ratings.
        observed: (q,) sufficient statistics: -score by element, -count by level.
    """

    responses: Responses
    used: BoolArray
    codes: tuple[IntArray, ...]
    group: IntArray
    counts: csr_array
    totals: FloatArray
    weights: FloatArray
    pattern: IntArray
    observed: FloatArray

    def by_element(self, facet: int, sums: FloatArray) -> FloatArray:
        """(L,) sums by cell added up over the elements of a facet (0 the first but the person)."""
        size = len(self.responses.facets[facet + 1])
        return add_up(self.codes[facet], sums, size)

    def by_group(self, sums: FloatArray) -> FloatArray:
        """(G,) sums by cell added up over the sets of steps."""
        return add_up(self.group, sums, self.responses.groups)


def read_cells(responses: Responses, rows: BoolArray, used: BoolArray) -> Cells:
    """Bring the ratings into cells and patterns.

    Args:
        responses: the ratings.
        rows: (n,) which count.
        used: (G, K) the levels that occur.

    Returns:
        Cells and patterns.
    """
    chosen = slice(None) if rows.all() else np.flatnonzero(rows)
    y = responses.y[chosen]
    person, *codes = [facet.codes[chosen] for facet in responses.facets]
    key = np.zeros(len(y), dtype=np.int64)
    for facet, code in zip(responses.facets[1:], codes, strict=True):
        key = np.unique(key, return_inverse=True)[1] * len(facet) + code
    _, first, cell = np.unique(key, return_index=True, return_inverse=True)
    counts, pattern, totals = _patterns(person, cell, y, len(responses.facets[0]), len(first))
    scores = [
        -np.bincount(code, weights=y, minlength=len(facet))
        for facet, code in zip(responses.facets[1:], codes, strict=True)
    ]
    group = responses.group[chosen]
    levels = np.bincount(
        group * responses.levels + y, minlength=responses.groups * responses.levels
    )
    return Cells(
        responses,
        used,
        tuple(code[first] for code in codes),
        group[first],
        counts,
        totals,
        np.bincount(pattern[pattern >= 0], minlength=len(totals)).astype(np.float64),
        pattern,
        np.concatenate([*scores, -levels.astype(np.float64)]),
    )


def _patterns(
    person: IntArray, cell: IntArray, y: IntArray, persons: int, cells: int
) -> tuple[csr_array, IntArray, FloatArray]:
    """(M, C) counts, (P,) pattern of each person and (M,) totals."""
    from scipy.sparse import csr_array

    order = np.lexsort((cell, person))
    met, length = cell[order], np.bincount(person, minlength=persons)
    begin = np.cumsum(length) - length
    score = np.bincount(person, weights=y, minlength=persons)
    pattern = np.full(persons, -1)
    rows, columns, totals, found = [], [], [], 0
    for size in np.unique(length[length > 0]):
        who = np.flatnonzero(length == size)
        table = np.column_stack(
            [score[who].astype(np.int64), met[begin[who][:, None] + np.arange(size)]]
        )
        distinct, place = np.unique(table, axis=0, return_inverse=True)
        pattern[who] = found + place.ravel()
        rows.append(np.repeat(found + np.arange(len(distinct)), size))
        columns.append(distinct[:, 1:].ravel())
        totals.append(distinct[:, 0].astype(np.float64))
        found += len(distinct)
    row, column = np.concatenate(rows), np.concatenate(columns)
    counts = csr_array((np.ones(len(row)), (row, column)), shape=(found, cells))
    return counts, pattern, np.concatenate(totals)


@dataclass(frozen=True)
class Expectation:
    """What one pass over cells and nodes gives, at given parameters.

    Attributes:
        z: (Q,) the nodes, in standard deviations.
        chance: (C, Q, K) the probability of each level.
        expected: (C, Q) the mean level.
        posterior: (M, Q) the weight of each node given the pattern.
        weight: (C, Q) ratings of each cell that are expected at each node.
        log_likelihood: the logarithm of the marginal likelihood.
        gradient: (q + 2,) its derivative by facets, sums of steps, mean and sd.
    """

    z: FloatArray
    chance: FloatArray
    expected: FloatArray
    posterior: FloatArray
    weight: FloatArray
    log_likelihood: float
    gradient: FloatArray


def expect(cells: Cells, values: FloatArray, mean: float, sd: float, z: FloatArray) -> Expectation:
    """Likelihood, posterior and gradient (Bock & Aitkin 1981).

        L_p = sum_q A_q L_p(theta_q),   posterior_pq = A_q L_p(theta_q) / L_p,

    with A_q the normal weight of node q; the gradient is observed statistics less those expected
    over levels and over the posterior.

    Args:
        cells: the ratings.
        values: (q,) facets and sums of steps.
        mean: of the persons.
        sd: of the persons.
        z: (Q,) equally spaced nodes.

    Returns:
        The pass.
    """
    responses = cells.responses
    theta = mean + sd * z
    difficulty = np.zeros(len(cells.group))
    for start, codes in zip(responses.starts, cells.codes, strict=False):
        difficulty += values[start + codes]
    steps = values[responses.starts[-1] :].reshape(cells.used.shape)
    log_weight = log_weights(steps, cells.used)[cells.group]
    chance, log_divisor = probabilities(theta - difficulty[:, None], log_weight[:, None, :])
    expected = chance @ np.arange(responses.levels, dtype=np.float64)
    density = np.exp(-np.square(z) / 2.0)
    joint = cells.totals[:, None] * theta - cells.counts @ log_divisor
    joint += np.log(density / density.sum())
    top = joint.max(axis=1, keepdims=True)
    posterior = np.exp(joint - top)
    total = posterior.sum(axis=1, keepdims=True)
    posterior /= total
    log_marginal = float(cells.weights @ (np.log(total) + top)[:, 0])
    share = cells.weights[:, None] * posterior
    weight = cells.counts.T @ share
    return Expectation(
        z,
        chance,
        expected,
        posterior,
        weight,
        log_marginal + float(cells.observed @ values),
        _gradient(cells, z, chance, weight * expected, weight, share),
    )


def _gradient(
    cells: Cells,
    z: FloatArray,
    chance: FloatArray,
    scores: FloatArray,
    weight: FloatArray,
    share: FloatArray,
) -> FloatArray:
    by_cell = scores.sum(axis=1)
    parts = [cells.by_element(facet, by_cell) for facet in range(len(cells.codes))]
    levels = np.einsum("cq,cqk->ck", weight, chance)
    parts.append(np.column_stack([cells.by_group(column) for column in levels.T]).ravel())
    left = cells.totals @ share - scores.sum(axis=0)
    return np.concatenate([cells.observed + np.concatenate(parts), [left.sum(), left @ z]])
