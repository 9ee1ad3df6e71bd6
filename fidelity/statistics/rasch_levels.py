"""The probabilities of ordered levels under a Rasch model, and where the persons stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fidelity.statistics.rasch_design import BoolArray, FloatArray, IntArray, Responses

#: Numbers held at a time when ratings are met with nodes and levels: about 32 MB.
BLOCK = 1 << 22


@dataclass(frozen=True)
class Persons:
    """Where the persons stand: a point each (joint) or a distribution over nodes (marginal).

    Attributes:
        nodes: (P, 1) a measure each, or (1, Q) nodes that all share.
        weights: (W, Q) the weight of each node; (1, 1) for points.
        row: (P,) the row of `weights` of each person.
    """

    nodes: FloatArray
    weights: FloatArray
    row: IntArray

    def at(self, codes: IntArray) -> tuple[FloatArray, FloatArray]:
        """Nodes and weights, (b, Q) each or broadcast to it, of the persons of b ratings."""
        nodes = self.nodes[codes] if len(self.nodes) > 1 else self.nodes
        weights = self.weights[self.row[codes]] if len(self.weights) > 1 else self.weights
        return nodes, weights


@dataclass(frozen=True)
class Moments:
    """Moments of the level that a rating takes, each of the shape of eta.

    Attributes:
        expected: E, the mean level.
        variance: W, its variance.
        fourth: C, its fourth central moment.
    """

    expected: FloatArray
    variance: FloatArray
    fourth: FloatArray


def log_weights(sums_of_steps: FloatArray, used: BoolArray) -> FloatArray:
    """(G, K) what each level adds to the logarithm: -kappa where used, minus infinity elsewhere."""
    return np.where(used, -sums_of_steps, -np.inf)


def probabilities(eta: FloatArray, log_weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(k) = exp(k eta - kappa_k) / sum of the same over k (Andrich 1978; Masters 1982).

    Args:
        eta: (...) person measure less severity, difficulty and the rest, in logits.
        log_weight: (..., K) from `log_weights`, broadcast against `eta`.

    Returns:
        (..., K) the probabilities and (...) the logarithm of their common divisor.
    """
    power = eta[..., None] * np.arange(log_weight.shape[-1]) + log_weight
    top = power.max(axis=-1, keepdims=True)
    np.exp(power - top, out=power)
    total = power.sum(axis=-1, keepdims=True)
    power /= total
    return power, (np.log(total) + top)[..., 0]


def moments(eta: FloatArray, log_weight: FloatArray) -> Moments:
    """Mean, variance and fourth moment of the level (Wright & Masters 1982, ch. 5).

    Args:
        eta: (...) as in `probabilities`.
        log_weight: (..., K) as in `probabilities`.

    Returns:
        The moments, each (...).
    """
    chance, _ = probabilities(eta, log_weight)
    level = np.arange(chance.shape[-1], dtype=np.float64)
    expected = chance @ level
    squared = np.square(level - expected[..., None])
    variance = np.einsum("...k,...k->...", chance, squared)
    fourth = np.einsum("...k,...k,...k->...", chance, squared, squared)
    return Moments(expected, variance, fourth)


def difficulty_of_rows(
    responses: Responses, values: FloatArray, rows: IntArray, leave_out: int | None = None
) -> FloatArray:
    """(b,) severity, difficulty and the rest of some ratings, added up.

    Args:
        responses: the ratings.
        values: (q,) the parameters.
        rows: (b,) which ratings.
        leave_out: a facet (its place in `responses.facets`) not to be added.

    Returns:
        The sums, NaN where an element has no measure.
    """
    total = np.zeros(len(rows))
    for number, facet in enumerate(responses.facets[1:], start=1):
        if number != leave_out:
            total += values[responses.starts[number - 1] + facet.codes[rows]]
    return total


def blocks_of(rows: IntArray, width: int) -> Iterator[IntArray]:
    """The rows in pieces such that a piece times `width` numbers fits in memory."""
    size = max(1, BLOCK // max(1, width))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
