"""What may be published of a whole service, so that nobody can work out a small number.

Nothing is published of fewer than 10 pieces, of fewer than 5 practitioners, or where one
practitioner did more than half. Counts of 1 to 7 are hidden, and with them as many others as it
takes that no hidden one can be worked out to within less than 3; all other counts are rounded to
5, and shares are whole percentages of rounded counts. Means need 20 pieces.

Sources: counts up to 7 redacted, then all rounded, as OpenSAFELY's output checks do
(docs.opensafely.org) and NHS Digital has done for sub-national counts since 2018; at least 10
pieces as in the defaults of ACRO. That several need hiding lest the total give them away:
Hundepool and others 2012, Statistical Disclosure Control, chapter 4. The numbers 5, 20 and 3 are
local. The rules protect one table with its total; they do not stand up to a colleague's own
knowledge, and the person who checks the page for publication looks at that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from fidelity.present import scope
from fidelity.statistics.clusters import wilson
from fidelity.words import NOUNS

if TYPE_CHECKING:
    from fidelity.analyses.scores import GroupScores

LEAST_PIECES, LEAST_PRACTITIONERS, LEAST_FOR_MEANS = 10, 5, 20
#: Counts from 1 to this are hidden.
SMALL = 7
BASE = 5
#: A hidden count must be open over at least this many steps.
NARROW = 3
#: What stands in place of a hidden count, as in statistics of the Department for Education.
HIDDEN = "c"


def why_not(scores: GroupScores) -> str:
    """Why nothing may be published, in a sentence without numbers of the data; "" if it may."""
    table = scope.counted_assessments(scores)
    role = scope.wholes(scores)[0].role
    if role:  # of several roles the first alone is published
        table = table[table["rater_role"].astype(str).str.replace("_", " ") == role]
    several = NOUNS[scores.rubric.looks_at][1]
    if table["piece"].nunique() < LEAST_PIECES:
        return f"fewer than {LEAST_PIECES} {several} have been scored"
    if "practitioner" not in table or table["practitioner"].isna().all():
        return ""
    shares = table.drop_duplicates("piece")["practitioner"].value_counts(normalize=True)
    if len(shares) < LEAST_PRACTITIONERS:
        return f"the {several} are of fewer than {LEAST_PRACTITIONERS} practitioners"
    if shares.iloc[0] > 0.5:
        return f"more than half of the {several} are of one practitioner"
    return ""


def rounded(n: int) -> int:
    """A count to the nearest 5."""
    return BASE * ((n + BASE // 2) // BASE)


@dataclass(frozen=True)
class Published:
    """Counts that may be published.

    Attributes:
        cells: rounded; None where hidden.
        total: rounded.
    """

    cells: tuple[int | None, ...]
    total: int

    def shown(self, cell: int) -> str:
        """A count as a table prints it."""
        count = self.cells[cell]
        return HIDDEN if count is None else str(count)

    def share(self, cell: int) -> float:
        """Share of the rounded total; NaN where the count is hidden."""
        count = self.cells[cell]
        return math.nan if count is None or not self.total else min(1.0, count / self.total)


def protected(counts: Sequence[int]) -> Published:
    """Counts that add up to a published total, with small ones hidden beyond recovery.

    Args:
        counts: the cells of one table; 10 or more in all (see `why_not`).

    A zero is shown: it tells of nobody. Where one cell is small the next smallest is hidden too;
    then one after another, until what is shown leaves every small count open (`_narrow`).
    """
    hidden = {place for place, count in enumerate(counts) if 1 <= count <= SMALL}
    others = sorted(
        (place for place, count in enumerate(counts) if count > SMALL),
        key=lambda place: (counts[place], place),
    )
    if len(hidden) == 1 and others:
        hidden.add(others.pop(0))
    while hidden and others and _narrow(counts, hidden):
        hidden.add(others.pop(0))
    cells = (None if place in hidden else rounded(count) for place, count in enumerate(counts))
    return Published(tuple(cells), rounded(sum(counts)))


def _narrow(counts: Sequence[int], hidden: set[int]) -> bool:
    """Whether what is shown pins a hidden count down to fewer than `NARROW` steps.

    The hidden counts together are at most the largest total that rounds as shown, less the
    smallest counts that round as shown; each of the others is at least 1.
    """
    half = BASE // 2
    shown = [rounded(n) for place, n in enumerate(counts) if place not in hidden and n]
    together = rounded(sum(counts)) + half - sum(max(SMALL + 1, n - half) for n in shown)
    largest = min(SMALL, together - (len(hidden) - 1))
    return largest - 1 < NARROW


def share_interval(
    published: Published, cell: int, exact: tuple[float, float, float], n: int, confidence: float
) -> tuple[float, float]:
    """An interval made from the rounded counts alone, as wide as likeness within clusters asks.

    Args:
        published: the counts.
        cell: which of them.
        exact: share, lower and upper before rounding.
        n: number of pieces before rounding.
        confidence: coverage.

    Returns:
        Lower and upper; NaN where the count is hidden or there was no interval. How much wider
        than for independent pieces is rounded up to halves, so that it tells of no count.

    Source: Wilson 1927, JASA 22:209-212, on n over the design effect.
    """
    share, (value, lower, upper) = published.share(cell), exact
    if math.isnan(share) or math.isnan(lower):
        return math.nan, math.nan
    quantile = NormalDist().inv_cdf(0.5 + confidence / 2)
    plain = wilson(value, n, quantile)
    wider = ((upper - lower) / (plain[1] - plain[0])) ** 2
    effect = max(1.0, math.ceil(2 * wider - 1e-9) / 2)
    return wilson(share, published.total / effect, quantile)
