"""Which element reads which other differently from its peers who rated the same person.

`rasch_bias` asks how far the ratings of a pair (rater, item) lie from what the model expects. That
is reading and practice together: a rater whose persons are weak on an item looks strict on it.
Here each residual is held against those of the others who rated the same person on the same item,
so that what lies in the person cancels, and what is left is the reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fidelity.statistics.rasch_bias import false_discovery
from fidelity.statistics.rasch_design import FloatArray, IntArray
from fidelity.statistics.rasch_fit import Located
from fidelity.statistics.rasch_levels import blocks_of, difficulty_of_rows, moments


@dataclass(frozen=True, eq=False)
class Beside:
    """Each pair beside the others on the same persons.

    Attributes:
        facets: the names of the two facets.
        first: (B,) the element of the first facet, whose peers the others are.
        second: (B,) the element of the second.
        n: (B,) persons whom another element of the first facet rated on it too.
        value: (B,) levels lower than the others, the general severity of all taken out; positive
            is stricter. NaN under `least` persons, or where all differences are one and the same.
        se: (B,) standard errors, persons as clusters.
        lower: (B,) lower limits; see `beside_others`.
        upper: (B,) upper limits.
        p: (B,) two-sided, t with n - 1 degrees of freedom.
        q: (B,) the same with the false-discovery rate held over all pairs that have a value.
    """

    facets: tuple[str, str]
    first: npt.NDArray[Any]
    second: npt.NDArray[Any]
    n: IntArray
    value: FloatArray
    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    p: FloatArray
    q: FloatArray


def beside_others(located: Located, one: int, other: int, least: int, confidence: float) -> Beside:
    """Residuals of every pair beside those of the others on the same persons.

    With r the level less the level expected of the person, the two elements and the steps,

        d_p = mean of r over the others who rated person p on the item - r of this rater,

    the value is the mean of d_p over persons, its standard error s_d / sqrt(n). Pairs are called
    by Benjamini & Hochberg's q; limits have the confidence 1 - R (1 - confidence) / m, where R of m
    pairs are called (at least 1), so that picking out the called ones does not narrow them.

    Args:
        located: the ratings and where everything stands.
        one: the place of the first facet (raters).
        other: the place of the second (items).
        least: persons that a pair needs.
        confidence: of the intervals; its complement is the false-discovery rate.

    Returns:
        The table, in the order of the labels.

    Source: observed less expected levels as a measure of interaction: Linacre 1989, Many-Facet
        Rasch Measurement; Myford & Wolfe 2004, J. Appl. Meas. 5:189. Held within persons here.
        Limits: Benjamini & Yekutieli 2005, J. Am. Statist. Assoc. 100:71, definition 1.
    """
    from scipy.special import stdtr, stdtrit

    responses = located.responses
    first, second = responses.facets[one], responses.facets[other]
    pair, difference = _differences(located, one, other)
    key, place = np.unique(pair, return_inverse=True)
    n = np.bincount(place, minlength=len(key))
    mean = np.bincount(place, difference, len(key)) / n
    squares = np.bincount(place, np.square(difference - mean[place]), len(key))
    told = (n >= max(least, 2)) & (squares > 1e-12)
    value, degrees = np.where(told, mean, np.nan), np.maximum(n - 1, 1).astype(np.float64)
    se = np.where(told, np.sqrt(squares / (degrees * n)), np.nan)
    p, q = np.full(len(key), np.nan), np.full(len(key), np.nan)
    p[told] = 2.0 * stdtr(degrees[told], -np.abs(value[told] / se[told]))
    q[told] = false_discovery(p[told])
    called = max(int((q < 1.0 - confidence).sum()), 1)
    beyond = (1.0 - confidence) * called / max(int(told.sum()), 1)
    reach = stdtrit(degrees, 1.0 - beyond / 2.0) * se
    labels = first.labels[key // len(second)], second.labels[key % len(second)]
    names = (first.name, second.name)
    return Beside(names, *labels, n, value, se, value - reach, value + reach, p, q)


def _differences(located: Located, one: int, other: int) -> tuple[IntArray, FloatArray]:
    """Pair and difference, one a person, element and element that others rated too."""
    responses = located.responses
    rows = np.flatnonzero(located.rows)
    person, first, second = (responses.facets[f].codes[rows] for f in (0, one, other))
    items, raters = len(responses.facets[other]), len(responses.facets[one])
    residual = responses.y[rows] - _expected(located, rows)
    # What a rater says of a person on an item counts once, however often it was said.
    said, place = np.unique((person * items + second) * raters + first, return_inverse=True)
    own = np.bincount(place, residual) / np.bincount(place)
    cell, place = np.unique(said // raters, return_inverse=True)
    number, total = np.bincount(place)[place], np.bincount(place, own)[place]
    met = number > 1
    others = (total[met] - own[met]) / (number[met] - 1)
    pair = (said % raters) * items + cell[place] % items
    return pair[met], others - own[met]


def _expected(located: Located, rows: IntArray) -> FloatArray:
    """(b,) the level expected of each rating, averaged over where the person may stand."""
    responses, persons = located.responses, located.persons
    found = [np.zeros(0)]
    for block in blocks_of(rows, persons.nodes.shape[1] * responses.levels):
        nodes, weights = persons.at(responses.facets[0].codes[block])
        eta = nodes - difficulty_of_rows(responses, located.values, block)[:, None]
        of = moments(eta, located.log_weight[responses.group[block]][:, None, :])
        found.append((of.expected * weights).sum(axis=1))
    return np.concatenate(found)
