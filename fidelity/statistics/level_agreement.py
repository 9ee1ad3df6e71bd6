"""Scores on a scale of levels: how often they are equal, and which levels are mixed up.

Every two raters of a unit are a pair. A pair says nothing about who is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fidelity.statistics.agreement import gwet_ac, krippendorff_alpha, percent_agreement
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.patterns import Patterns

Floats = npt.NDArray[np.float64]
#: From this number of levels on, the next level is not nearly every level.
LEVELS_FOR_NEAR = 4


def level_agreement(
    x: npt.ArrayLike,
    levels: Sequence[float],
    clusters: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> dict[str, Estimate]:
    """The numbers that belong side by side, each with its jackknife interval.

    Args:
        x: (units, raters) levels, NaN where missing.
        levels: (K,) the levels of the scale, ascending; all of them, used or not.
        clusters: (units,) cluster of each unit.
        confidence: coverage of the intervals.

    Returns:
        "exact": share of pairs at the same level; "within one": at the same or the next level (from
        4 levels on); "AC": Gwet's AC2 with ordinal weights (AC1 for 2 levels); "alpha":
        Krippendorff's with the ordinal metric.

    Sources: as in `fidelity.statistics.agreement`.
    """
    patterns = Patterns.from_ratings(x, categories=list(levels), clusters=clusters)
    found = {"exact": percent_agreement(patterns=patterns, confidence=confidence)}
    rank = np.arange(len(levels))
    if len(levels) >= LEVELS_FOR_NEAR:
        near = (np.abs(rank[:, None] - rank) <= 1).astype(np.float64)
        found["within one"] = percent_agreement(
            patterns=patterns, weights=near, confidence=confidence
        )
    found["AC"] = gwet_ac(
        patterns=patterns, weights="ordinal" if len(levels) > 2 else "identity",
        confidence=confidence,
    )  # fmt: skip
    found["alpha"] = krippendorff_alpha(patterns=patterns, confidence=confidence)
    return found


@dataclass(frozen=True, eq=False)
class LevelPairs:
    """Pairs of levels, each (K, K) with the lower level down; nothing stands below the diagonal.

    Attributes:
        count: pairs of scores at these two levels.
        expected: as many as if the two scores had nothing to do with the unit: from how often each
            level stands in a pair at all.
        within: pairs whose two scores lie at these two levels and no other, alike or not.
        untold: as many of `within` as would be one of each if nobody told the two levels apart.
    """

    count: Floats
    expected: Floats
    within: Floats
    untold: Floats

    @property
    def n(self) -> int:
        """All pairs."""
        return int(self.count.sum())


def level_pairs(x: npt.ArrayLike, levels: Sequence[float]) -> LevelPairs:
    """Count the pairs of levels given to the same unit.

    Args:
        x: (units, raters) levels, NaN where missing.
        levels: (K,) the levels of the scale, ascending.

    Returns:
        Counts and what to hold beside them. With a and b the two levels, n_ab the pairs at one of
        each and p the share of a among the scores of `within`, `untold` is 2 p (1 - p) times
        `within`; then n_ab^2 = 4 n_aa n_bb, which is distinguishability 0.

    Source: Darroch & McCloud 1986, Australian Journal of Statistics 28:371-388, for when two
        categories are not told apart; here raters are exchangeable.

    >>> found = level_pairs([[1, 1], [1, 2], [2, 1], [2, 2], [2, 3]], [1, 2, 3])
    >>> found.count.astype(int).tolist()
    [[1, 2, 0], [0, 1, 1], [0, 0, 0]]
    >>> float(found.untold[0, 1]), float(found.within[0, 1])
    (2.0, 4.0)
    """
    scores, scale = np.asarray(x, dtype=np.float64), np.asarray(levels, dtype=np.float64)
    size = len(scale)
    count = np.zeros((size, size))
    for one in range(scores.shape[1]):
        for other in range(one):
            both = scores[:, [one, other]]
            both = np.sort(both[~np.isnan(both).any(axis=1)], axis=1)
            place = np.searchsorted(scale, both)
            np.add.at(count, (place[:, 0], place[:, 1]), 1)
    n = count.sum()
    share = (count.sum(axis=0) + count.sum(axis=1)) / (2 * n if n else 1)
    expected = n * np.triu(2 * np.outer(share, share) - np.diag(share**2))
    same = np.diag(count)
    within = np.triu(count + same[:, None] + same, k=1)
    lower = 2 * same[:, None] + count
    p = np.divide(lower, 2 * within, out=np.zeros_like(count), where=within > 0)
    return LevelPairs(count, expected, within, 2 * p * (1 - p) * within)
