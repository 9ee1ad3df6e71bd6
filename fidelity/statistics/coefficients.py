"""What each coefficient of agreement is: three small functions of a unit's vector.

A coefficient is (1) *features* of one unit, which add up over units; (2) its *value* from those
sums; (3) its *pseudo-values*, one a unit, whose spread is the published linearised variance.
Everything else, the jackknife, the bootstrap, clusters, many items at once, follows from (1) and
(2) alone and stands in `resampling`.

Letters as in Gwet (2014): n units, n' of them rated by two or more, r_i ratings of unit i,
r_ik of them in category k, weights w_kl, p_a agreement observed, p_e agreement by chance,
pi_k the share of category k.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fidelity.statistics.encoding import FloatArray, IntArray

#: Below this, one minus the agreement by chance is nothing but rounding.
NOTHING = 1e-12

ALL_ALIKE = (
    "every rating is the same level, so agreement by chance is certain and the coefficient is "
    "not defined; look at the percent agreement"
)
ONE_LEVEL = (
    "the scale has one level; with one level the coefficient is not defined: name all levels of "
    "the scale (categories=)"
)


@dataclass(frozen=True)
class Coefficient:
    """A coefficient as functions of sums over units.

    Attributes:
        name: as it stands in `Estimate.method`.
        features: (P, ...) vectors -> (P, F) what each unit adds; column 0 is 1, and column 1 is
            1 where two or more raters rated the unit.
        value: (B, F) sums -> (B,) coefficients, NaN where not defined.
        pseudo: (B, F) features of units and (B, F) sums of their items -> (B,) pseudo-values.
        least: how many ratings a unit needs to enter: 1 where units rated once count for chance
            agreement, else 2.
        least_published: the same for the published variance, whose n counts all rated units.
        named: whether it needs ordered vectors, that is, to know who rated what.
        undefined: why the value is NaN, where it is.
        lowest: the lowest value the interval may reach.
    """

    name: str
    features: Callable[[IntArray], FloatArray]
    value: Callable[[FloatArray], FloatArray]
    pseudo: Callable[[FloatArray, FloatArray], FloatArray]
    least: int
    least_published: int
    named: bool
    undefined: str
    lowest: float = -1.0


def divide(above: FloatArray, below: FloatArray) -> FloatArray:
    """`above / below`, NaN where `below` is nothing but rounding."""
    shape = np.broadcast_shapes(np.shape(above), np.shape(below))
    out = np.full(shape, np.nan)
    np.divide(above, below, out=out, where=np.abs(np.broadcast_to(below, shape)) > NOTHING)
    return out


# Exchangeable raters: percent agreement, Fleiss, Gwet, Brennan-Prediger --------------------------


def exchangeable(name: str, weights: FloatArray, chance: str, lowest: float = -1.0) -> Coefficient:
    """A coefficient (p_a - p_e) / (1 - p_e) of exchangeable raters.

    p_a = 1/n' sum over units with r_i >= 2 of sum_k r_ik (sum_l w_kl r_il - 1) / (r_i (r_i - 1));
    pi_k = 1/n sum over units with r_i >= 1 of r_ik / r_i (Gwet 2014, chapters 2 and 3).

    Args:
        name: the coefficient's name.
        weights: (K, K) weights.
        chance: which p_e: "none", "uniform", "fleiss" or "gwet".
        lowest: the lowest value the interval may reach.

    Returns:
        The coefficient.
    """
    by_chance, by_chance_of_unit = _chance(weights, chance)

    def features(counts: IntArray) -> FloatArray:
        raters = counts.sum(axis=1)
        out = np.empty((len(counts), 3 + counts.shape[1]))
        out[:, 0] = 1.0
        out[:, 1] = raters >= 2
        out[:, 2] = _unit_agreement(counts, weights)
        out[:, 3:] = counts / raters[:, None]
        return out

    def value(sums: FloatArray) -> FloatArray:
        agreement = divide(sums[:, 2], sums[:, 1])
        expected = by_chance(sums[:, 3:] / sums[:, :1])
        return divide(agreement - expected, 1.0 - expected)

    def pseudo(unit: FloatArray, sums: FloatArray) -> FloatArray:
        share = sums[:, 3:] / sums[:, :1]
        return _pseudo_values(unit, sums, by_chance(share), by_chance_of_unit(unit[:, 3:], share))

    one_level = len(weights) < 2 and chance != "fleiss"
    undefined = ONE_LEVEL if one_level else ALL_ALIKE
    least = 1 if chance in ("fleiss", "gwet") else 2
    return Coefficient(name, features, value, pseudo, least, 1, False, undefined, lowest)


Chance = tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray, FloatArray], FloatArray]]


def _chance(weights: FloatArray, chance: str) -> Chance:
    """p_e from (B, K) shares; and its part from each unit's own shares."""
    levels = len(weights)
    if chance == "fleiss":
        # p_e = sum_kl w_kl pi_k pi_l
        return (
            lambda share: np.einsum("bk,kl,bl->b", share, weights, share),
            lambda unit, share: np.einsum("bk,kl,bl->b", unit, weights, share),
        )
    if chance == "gwet":
        # p_e = T_w / (q (q - 1)) sum_k pi_k (1 - pi_k), T_w the sum of the weights
        factor = weights.sum() / (levels * (levels - 1)) if levels > 1 else np.nan
        return (
            lambda share: factor * (share * (1.0 - share)).sum(axis=1),
            lambda unit, share: factor * (unit * (1.0 - share)).sum(axis=1),
        )
    constant = {"none": 0.0, "uniform": weights.sum() / max(levels, 1) ** 2}[chance]
    return (
        lambda share: np.full(len(share), constant),
        lambda unit, share: np.full(len(share), constant),
    )


def _unit_agreement(counts: IntArray, weights: FloatArray) -> FloatArray:
    """(P,) share of a unit's pairs of ratings that agree, weighted; 0 where there is no pair."""
    raters = counts.sum(axis=1)
    pairs = raters * (raters - 1.0)
    agree = (counts * (counts @ weights - 1.0)).sum(axis=1)
    out = np.zeros(len(counts))
    np.divide(agree, pairs, out=out, where=pairs > 0)
    return out


def _pseudo_values(
    unit: FloatArray, sums: FloatArray, expected: FloatArray, expected_of_unit: FloatArray
) -> FloatArray:
    """Gwet (2008; 2014, chapter 5): kappa*_i = kappa_i - 2 (1 - kappa) (p_e|i - p_e) / (1 - p_e).

    kappa_i = (n / n') (p_a|i - p_e) / (1 - p_e) where r_i >= 2, else 0. As published, n' counts
    as fixed: units rated once then add to the variance, which the jackknife does not do.
    """
    room = 1.0 - expected
    kappa = divide(divide(sums[:, 2], sums[:, 1]) - expected, room)
    own = divide(sums[:, 0], sums[:, 1]) * divide(unit[:, 2] - expected * unit[:, 1], room)
    return np.asarray(own - 2.0 * (1.0 - kappa) * divide(expected_of_unit - expected, room))


# Named raters: Conger, Cohen ---------------------------------------------------------------------


def conger(name: str, weights: FloatArray, raters: int, complete: bool) -> Coefficient:
    """Chance agreement from each rater's own use of the levels, averaged over pairs of raters.

    p_e = sum over g != h of sum_kl w_kl p_gk p_hl / (r (r - 1)), with p_gk the share of rater g's
    ratings in category k (Conger 1980; Gwet 2014, chapters 2 and 3). Raters without any rating
    leave r.

    Args:
        name: the coefficient's name.
        weights: (K, K) weights.
        raters: R, the columns of the ratings.
        complete: use only units that every rater rated (Cohen).

    Returns:
        The coefficient.
    """
    levels = len(weights)

    def features(vectors: IntArray) -> FloatArray:
        chosen = np.equal(vectors[:, :, None], np.arange(levels))
        if complete:
            everyone = np.asarray((vectors >= 0).all(axis=1))
            chosen = chosen & everyone[:, None, None]
        counts = chosen.sum(axis=1)
        out = np.empty((len(vectors), 3 + raters * levels))
        out[:, 0] = counts.any(axis=1)
        out[:, 1] = counts.sum(axis=1) >= 2
        out[:, 2] = _unit_agreement(counts, weights)
        out[:, 3:] = chosen.reshape(len(vectors), raters * levels)
        return out

    def shares(sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        by_rater = sums[:, 3:].reshape(len(sums), raters, levels)
        ratings = by_rater.sum(axis=2)
        share = by_rater / np.maximum(ratings, 1.0)[:, :, None]
        return share, ratings, (ratings > 0.5).sum(axis=1).astype(np.float64)

    def chance(share: FloatArray, active: FloatArray) -> FloatArray:
        total = share.sum(axis=1)
        every = np.einsum("bk,kl,bl->b", total, weights, total)
        same = np.einsum("bgk,kl,bgl->b", share, weights, share)
        return divide(every - same, active * (active - 1.0))

    def value(sums: FloatArray) -> FloatArray:
        share, _, active = shares(sums)
        expected = chance(share, active)
        return divide(divide(sums[:, 2], sums[:, 1]) - expected, 1.0 - expected)

    def pseudo(unit: FloatArray, sums: FloatArray) -> FloatArray:
        share, ratings, active = shares(sums)
        others = (share.sum(axis=1, keepdims=True) - share) @ weights
        chosen = unit[:, 3:].reshape(len(unit), raters, levels)
        centred = chosen - chosen.sum(axis=2, keepdims=True) * share
        reach = sums[:, :1] / np.maximum(ratings, 1.0)
        moved = np.einsum("bg,bgk,bgk->b", reach, centred, others)
        expected = chance(share, active)
        of_unit = expected + divide(moved, active * (active - 1.0))
        return _pseudo_values(unit, sums, expected, of_unit)

    least = 2 if complete else 1
    return Coefficient(name, features, value, pseudo, least, least, True, ALL_ALIKE)
