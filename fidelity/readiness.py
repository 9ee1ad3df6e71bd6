"""May scores be used that one person gave alone? The rule, and its words.

Before scores are used beyond learning, at least 30 item scores must have been compared, at least
60% of them equal, and the lower limit of Krippendorff's alpha above .40. The rule is local: the
three numbers are conventions of this project, not of a publication, and nobody is certified or
failed by them. Where nearly all scores are one level, alpha is low however alike raters score: then
nothing has been shown either way, and that is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fidelity.statistics.estimate import Estimate

#: Item scores that must have been compared, share that must be equal, and what agreement beyond
#: chance must exceed with its lower limit.
LEAST_SCORES, LEAST_EXACT, LEAST_AGREEMENT = 30, 0.60, 0.40
ALONE = "ready to score alone"
IN_PAIRS = "score in pairs for now"
TOO_FEW_TO_SAY = "too few to say"
#: From this share of scores at one level on, they say little about whether raters tell levels
#: apart.
MOSTLY_ONE_LEVEL = 0.75
#: Where all agree in n independent parts, what share of such parts might still not: the n-th root
#: of this (Clopper & Pearson 1934, the lower limit of n of n at 95%).
FULL = 0.025
#: More pieces than this are no advice.
MOST_ADVISED = 300


@dataclass(frozen=True)
class Readiness:
    """What the rule says.

    Attributes:
        verdict: `ALONE`, `IN_PAIRS` or `TOO_FEW_TO_SAY`.
        more_pieces: about how many more pieces would settle it if agreement stays as it is; 0
            where it is settled or more of the same would not help.
        why: the part of the rule that was not met, in words.
    """

    verdict: str
    more_pieces: int
    why: str


def readiness(
    exact: Estimate, alpha: Estimate, item_scores: int, pieces: int, top_share: float
) -> Readiness:
    """The rule applied.

    Args:
        exact: share of equal scores.
        alpha: Krippendorff's alpha of the same scores.
        item_scores: how many were compared.
        pieces: on how many pieces.
        top_share: share of the scores at the level given most often.
    """
    if item_scores < LEAST_SCORES:
        each = item_scores / pieces if pieces else 1.0
        more = math.ceil((LEAST_SCORES - item_scores) / each)
        return Readiness(
            TOO_FEW_TO_SAY, more, f"{item_scores} of at least {LEAST_SCORES} item scores compared"
        )
    low = f"{100 * exact.value:.0f}% equal, under {100 * LEAST_EXACT:.0f}%"
    if exact.value < LEAST_EXACT:
        return Readiness(IN_PAIRS, 0, low)
    if top_share >= MOSTLY_ONE_LEVEL and not alpha.lower > LEAST_AGREEMENT:
        return Readiness(
            TOO_FEW_TO_SAY, 0, f"{100 * top_share:.0f}% of the scores are one level: too few others"
        )
    if not alpha.bounded:
        if alpha.value == 1.0 and FULL ** (1.0 / (alpha.clusters or alpha.n)) >= LEAST_EXACT:
            return Readiness(ALONE, 0, "")
        return Readiness(TOO_FEW_TO_SAY, 0, alpha.reason)
    if alpha.lower > LEAST_AGREEMENT:
        return Readiness(ALONE, 0, "")
    why = f"alpha may be as low as {alpha.lower:.2f}, not above {LEAST_AGREEMENT:.2f}"
    return Readiness(IN_PAIRS, _more(alpha, pieces), why)


def _more(alpha: Estimate, pieces: int) -> int:
    """Pieces until the interval, shrinking with the root of their number, clears the rule."""
    above = alpha.value - LEAST_AGREEMENT
    if above <= 0:
        return 0
    more = math.ceil(pieces * ((alpha.value - alpha.lower) / above) ** 2) - pieces
    return more if 0 < more <= MOST_ADVISED else 0
