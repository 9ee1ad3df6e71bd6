"""Which scorings tell a shift in scoring from a change in practice, and whether they are enough.

A scoring has a reference if an agreed score of the same piece stands beside it, or if it is of a
benchmark piece that has an agreed score or was scored at more than one time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fidelity.statistics.drift_sums import Floats, Ints

#: Under so many scorings with a reference nothing is said of a rater (simulated: with fewer the
#: share of false findings rises to .12).
LEAST_REFERENCES = 5
#: So many raters must have them.
LEAST_RATERS = 2


@dataclass(frozen=True, eq=False)
class References:
    """How many scorings of each rater have a reference, shape (raters,).

    Attributes:
        gold: with an agreed score of the same piece of practice.
        benchmark: of a benchmark piece.
        told: whether they are enough for this rater.
        enough: whether they are enough to tell the two trends apart.
        reason: why not; "" where they are.
    """

    gold: Ints
    benchmark: Ints
    told: NDArray[np.bool_]
    enough: bool
    reason: str

    @property
    def n(self) -> Ints:
        """Of both kinds."""
        return self.gold + self.benchmark


def references(rater: Ints, piece: Ints, rated: Floats, benchmark: NDArray[np.bool_]) -> References:
    """Count them.

    Args:
        rater: (n,) codes from 0, -1 for an agreed score.
        piece: (n,) codes from 0.
        rated: (n,) time of the scoring.
        benchmark: (n,) whether the piece is a benchmark piece.
    """
    by_rater = rater >= 0
    R, P = int(rater.max(initial=-1)) + 1, int(piece.max(initial=-1)) + 1
    agreed = np.bincount(piece[~by_rater], minlength=P) > 0
    first, last = np.full(P, np.inf), np.full(P, -np.inf)
    np.minimum.at(first, piece[by_rater], rated[by_rater])
    np.maximum.at(last, piece[by_rater], rated[by_rater])
    fixed = agreed | (last > first)
    gold = np.bincount(rater[by_rater & ~benchmark & agreed[piece]], minlength=R)
    again = np.bincount(rater[by_rater & benchmark & fixed[piece]], minlength=R)
    told = gold + again >= LEAST_REFERENCES
    practice = np.bincount(rater[by_rater & ~benchmark], minlength=R)
    reason = _reason(gold + again, told, practice)
    return References(gold, again, told, not reason, reason)


def _reason(n: Ints, told: NDArray[np.bool_], practice: Ints) -> str:
    if not n.sum():
        return "no agreed scores beside raters' own, and no benchmark pieces"
    if told.sum() < LEAST_RATERS:
        return (
            f"{int(told.sum())} of {len(n)} raters have the {LEAST_REFERENCES} scorings with an "
            f"agreed score or of a benchmark piece that are needed; at least {LEAST_RATERS} must"
        )
    if 2 * practice[told].sum() < practice.sum():
        return (
            f"the raters with at least {LEAST_REFERENCES} scorings that have a reference gave "
            "under half of all scores"
        )
    return ""
