"""Krippendorff's alpha = 1 - D_o / D_e, as functions of sums over units.

Letters as in Krippendorff (2011): m_u values in unit u, of which n_uk are k; n_k = sum_u n_uk and
n = sum_k n_k over the units with m_u >= 2; o_ck the coincidences; delta^2_ck the squared
difference of two levels; D_o the disagreement observed, D_e that expected by chance.
"""

from __future__ import annotations

import numpy as np

from fidelity.statistics.coefficients import ALL_ALIKE, Coefficient, divide
from fidelity.statistics.encoding import FloatArray, IntArray
from fidelity.statistics.patterns import Patterns
from fidelity.statistics.resampling import totals


def coincidences(patterns: Patterns) -> FloatArray:
    """Krippendorff's coincidence matrices: which levels are given to the same unit.

    o_ck = sum_u n_uc (n_uk - [c = k]) / (m_u - 1). Off the diagonal stand the levels that raters
    confuse; a row sums to n_c, the ratings of that level in units rated at least twice.

    Args:
        patterns: the table of one item or several.

    Returns:
        (items, K, K) coincidences. Source: Krippendorff 2011, section C, step 2.
    """
    table = patterns.unordered()
    twice = table.ratings_per_vector >= 2
    pairs = np.zeros((len(table.vectors), len(table.categories), len(table.categories)))
    pairs[twice] = _pairs(table.vectors[twice])
    flat = pairs.reshape(len(pairs), len(table.categories) ** 2)[table.vector]
    found = totals(flat, table.n.astype(np.float64), table.item, table.items)
    return found.reshape(table.items, len(table.categories), len(table.categories))


def _pairs(counts: IntArray) -> FloatArray:
    """(P, K, K) what each unit of two or more ratings adds to the coincidences."""
    n = counts.astype(np.float64)
    pairs = n[:, :, None] * n[:, None, :]
    place = np.arange(counts.shape[1])
    pairs[:, place, place] -= n
    pairs /= n.sum(axis=1)[:, None, None] - 1.0
    return pairs


def alpha_fixed(name: str, distance: FloatArray) -> Coefficient:
    """Alpha for differences that depend on the levels alone (nominal, ratio, own).

    D_o = 1/n sum_u 1/(m_u - 1) sum_ck n_uc (n_uk - [c = k]) delta^2_ck;
    D_e = 1/(n (n - 1)) sum_ck n_c n_k delta^2_ck.

    Args:
        name: the coefficient's name.
        distance: (K, K) squared differences.

    Returns:
        The coefficient; features are (1, 1, disagreement, n_uk).
    """
    # Alpha does not change with the unit of the differences; the test against rounding would.
    distance = distance / (distance.max(initial=0.0) or 1.0)

    def features(counts: IntArray) -> FloatArray:
        raters = counts.sum(axis=1)
        out = np.empty((len(counts), 3 + counts.shape[1]))
        out[:, :2] = 1.0
        out[:, 2] = (counts * (counts @ distance)).sum(axis=1) / (raters - 1.0)
        out[:, 3:] = counts
        return out

    def value(sums: FloatArray) -> FloatArray:
        used = sums[:, 3:]
        apart = np.einsum("bk,kl,bl->b", used, distance, used)
        return _alpha(sums[:, 2], apart, used.sum(axis=1))

    def pseudo(unit: FloatArray, sums: FloatArray) -> FloatArray:
        used = sums[:, 3:]
        total = used.sum(axis=1)
        from_all = np.einsum("bk,kl,bl->b", unit[:, 3:], distance, used) / total
        apart = np.einsum("bk,kl,bl->b", used, distance, used) / total**2
        ratings = unit[:, 3:].sum(axis=1)
        return _alpha_pseudo(unit[:, 2], ratings, from_all, sums[:, 2], total, sums[:, 1], apart)

    return Coefficient(name, features, value, pseudo, 2, 2, False, ALL_ALIKE)


def alpha_ordinal(name: str, levels: int) -> Coefficient:
    """Alpha with Krippendorff's ordinal metric.

    delta^2_ck = (sum of n_g for g from c to k - (n_c + n_k) / 2)^2, which is (s_c - s_k)^2 with
    s_k = sum of n_g for g < k + n_k / 2: the middle rank of the level. It moves with the ratings,
    so every replicate makes its own. In the linearised variance it counts as fixed, as weights do.

    Args:
        name: the coefficient's name.
        levels: K.

    Returns:
        The coefficient; features are (1, 1, coincidences o_ck).
    """

    def features(counts: IntArray) -> FloatArray:
        ones = np.ones((len(counts), 2))
        return np.concatenate([ones, _pairs(counts).reshape(len(counts), levels**2)], axis=1)

    def unfold(sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        pairs = sums[:, 2:].reshape(len(sums), levels, levels)
        used = pairs.sum(axis=2)
        return pairs, used, np.cumsum(used, axis=1) - used / 2.0

    def apart(used: FloatArray, rank: FloatArray) -> FloatArray:
        """Sum over c, k of n_c n_k (s_c - s_k)^2."""
        total = used.sum(axis=1, keepdims=True)
        centred = rank - (used * rank).sum(axis=1, keepdims=True) / np.maximum(total, 1.0)
        return np.asarray(2.0 * total[:, 0] * (used * centred**2).sum(axis=1))

    def observed(pairs: FloatArray, rank: FloatArray) -> FloatArray:
        """Sum over c, k of o_ck (s_c - s_k)^2."""
        cross = np.einsum("bk,bkl,bl->b", rank, pairs, rank)
        return np.asarray(2.0 * ((pairs.sum(axis=2) * rank**2).sum(axis=1) - cross))

    def value(sums: FloatArray) -> FloatArray:
        pairs, used, rank = unfold(sums)
        total = used.sum(axis=1)
        # Ranks are scaled to 0..1, so that the test against rounding means the same for any n.
        rank = rank / np.maximum(total, 1.0)[:, None]
        return _alpha(observed(pairs, rank), apart(used, rank), total)

    def pseudo(unit: FloatArray, sums: FloatArray) -> FloatArray:
        pairs, used, rank = unfold(sums)
        own = unit[:, 2:].reshape(len(unit), levels, levels)
        ratings = own.sum(axis=2)
        total = used.sum(axis=1)
        mean = (used * rank).sum(axis=1) / total
        square = (used * rank**2).sum(axis=1) / total
        from_all = (
            (ratings * rank**2).sum(axis=1)
            - 2.0 * mean * (ratings * rank).sum(axis=1)
            + square * ratings.sum(axis=1)
        )
        return _alpha_pseudo(
            observed(own, rank),
            ratings.sum(axis=1),
            from_all,
            observed(pairs, rank),
            total,
            sums[:, 1],
            apart(used, rank) / total**2,
        )

    return Coefficient(name, features, value, pseudo, 2, 2, False, ALL_ALIKE)


def alpha_interval(name: str, categories: FloatArray) -> Coefficient:
    """Alpha with squared differences of values, from sums and sums of squares.

    Needs no table of levels by levels, so it serves measurements with any number of values.

    Args:
        name: the coefficient's name.
        categories: (K,) the values.

    Returns:
        The coefficient, of ordered vectors; features are (1, 1, disagreement, m_u, sum, sum of
        squares), the values centred and scaled first so that nothing cancels.
    """
    middle = categories.mean() if len(categories) else 0.0
    span = np.ptp(categories) if len(categories) > 1 else 1.0
    values = np.append((categories - middle) / span, 0.0)

    def features(vectors: IntArray) -> FloatArray:
        chosen = values[vectors]
        ratings = (vectors >= 0).sum(axis=1)
        total, square = chosen.sum(axis=1), (chosen**2).sum(axis=1)
        out = np.ones((len(vectors), 6))
        out[:, 2] = 2.0 * (ratings * square - total**2) / (ratings - 1.0)
        out[:, 3], out[:, 4], out[:, 5] = ratings, total, square
        return out

    def value(sums: FloatArray) -> FloatArray:
        n, total, square = sums[:, 3], sums[:, 4], sums[:, 5]
        return _alpha(sums[:, 2], 2.0 * (n * square - total**2), n)

    def pseudo(unit: FloatArray, sums: FloatArray) -> FloatArray:
        n = sums[:, 3]
        mean, square = sums[:, 4] / n, sums[:, 5] / n
        from_all = unit[:, 5] - 2.0 * mean * unit[:, 4] + square * unit[:, 3]
        apart = 2.0 * (square - mean**2)
        return _alpha_pseudo(unit[:, 2], unit[:, 3], from_all, sums[:, 2], n, sums[:, 1], apart)

    return Coefficient(name, features, value, pseudo, 2, 2, True, ALL_ALIKE)


def _alpha(observed: FloatArray, apart: FloatArray, n: FloatArray) -> FloatArray:
    """Give alpha = 1 - (n - 1) (sum of o_ck delta^2) / (sum of n_c n_k delta^2)."""
    expected = divide(apart, n * np.maximum(n - 1.0, 1.0))
    return np.asarray(1.0 - divide(divide(observed, n), expected))


def _alpha_pseudo(
    unit_observed: FloatArray,
    unit_ratings: FloatArray,
    unit_expected: FloatArray,
    observed: FloatArray,
    n: FloatArray,
    units: FloatArray,
    expected: FloatArray,
) -> FloatArray:
    """Gwet (2014, chapter 5) for alpha, in differences instead of weights.

    With D_o = `observed` / n, D_e = `expected`, r-bar = n / units and x_i = (r_i - r-bar) / r-bar,
    unit i's value is [D_e - o_i / r-bar + (1 - 1/n) D_o x_i] / D_e
    - 2 D_o (D_e r_i - e_i) / (r-bar D_e^2). Its mean is alpha before the correction for few
    units. The factor 1 - 1/n is irrCAC 1.0's; its later source leaves it out.
    """
    mean = n / units
    share = observed / n
    excess = (unit_ratings - mean) / mean
    first = divide(expected - unit_observed / mean + (1.0 - 1.0 / n) * share * excess, expected)
    second = divide(expected * unit_ratings - unit_expected, mean * expected**2)
    return np.asarray(first - 2.0 * share * second)
