"""When could an answer be expected, where a change cannot be told yet?

A change of half a level of five is worth waiting for (local). How many pieces would tell it follows
from how wide the interval is now, and about when they will be there from how many came so far.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from fidelity.rubric.model import Rubric
from fidelity.statistics.change import pieces_needed
from fidelity.words import NOUNS, TOO_FEW, pieces

#: The change that is waited for, as a share of the scale (local).
SOUGHT = 0.125
#: More months than this are no advice.
_LONGEST = 60


@dataclass(frozen=True)
class Compared:
    """Two periods that were compared without telling a change.

    Attributes:
        n_before: pieces before.
        n_after: pieces after.
        lower: lower limit of the difference; NaN where there is no interval.
        upper: its upper limit.
        ends: lowest and highest value of the scale.
        pace: pieces a month.
        last: date of the latest piece.
    """

    n_before: int
    n_after: int
    lower: float
    upper: float
    ends: tuple[float, float]
    pace: float
    last: pd.Timestamp


def expected(rubric: Rubric, compared: Compared) -> str:
    """How many more pieces, and about when, would tell a change of half a level of five.

    Args:
        rubric: what pieces are called.
        compared: the two periods.
    """
    made = compared
    change = SOUGHT * (made.ends[1] - made.ends[0])
    if made.n_before < TOO_FEW:
        return (
            f"With {made.n_before} from before, that time cannot be made up for: compare later "
            "periods with one another, and look at enough before the next change is made."
        )
    if made.n_after < TOO_FEW:
        more = TOO_FEW - made.n_after
        return f"The least is {pieces(rubric, more)} more{_by(made, more)}."
    if math.isnan(made.lower):
        return "More different practitioners must be seen on both sides before anything is said."
    size = f"A change of {change:g}"
    if max(-made.lower, made.upper) < change:
        return f"{size} or more, up or down, can be ruled out."
    half = (made.upper - made.lower) / 2
    after, each = pieces_needed(half, made.n_before, made.n_after, change)
    if math.isinf(after):
        wait = _months(made, each)
        when = f", {wait} months each at this pace" if wait else ""
        return (
            f"{size} could not be told however many follow, with only {made.n_before} from before. "
            f"Two later periods of about {pieces(rubric, each)} each would tell it{when}."
        )
    more = max(0, int(after) - made.n_after)
    if more == 0:
        return f"{size} or more would most likely have been told by this many."
    several = NOUNS[rubric.looks_at][1]
    return f"{size} could be told from about {more:,} more {several}{_by(made, more)}."


def _months(compared: Compared, more: int) -> int:
    """Months until so many more are there; 0 where that is not in sight."""
    months = math.ceil(more / compared.pace) if compared.pace > 0 else _LONGEST + 1
    return months if 0 < months <= _LONGEST else 0


def _by(compared: Compared, more: int) -> str:
    months = _months(compared, more)
    if not months:
        return ", which at this pace is not in sight"
    return f"; at this pace, by about {compared.last + pd.DateOffset(months=months):%B %Y}"
