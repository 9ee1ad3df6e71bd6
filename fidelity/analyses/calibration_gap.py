"""How far line managers score above moderators, on the pieces that both scored.

Means are compared in levels; grades and bands, which are never averaged, by how often the one lies
above the other less how often below. Where several of one role scored a piece, their mean counts.

Sources: `fidelity.statistics.clusters` (CR2 intervals). That supervisors and owners of the work
score higher than outsiders: Martino et al. 2009, Psychotherapy Research 19:181-193; how much is
what has to be looked at each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fidelity.scorings import Scorings, by_piece, clusters_of, mean_of, spread
from fidelity.statistics import clusters as stats
from fidelity.statistics.estimate import Estimate

Floats = npt.NDArray[np.float64]
#: A standard error below this is rounding: nothing varied.
NO_SPREAD = 1e-12
ALIKE = "no interval: all pieces say the same"
GAP = (
    "kind", "measure", "text", "estimate", "lower", "upper", "n_pieces", "n_clusters", "n_raters",
    "n_above", "n_same", "n_below", "reason",
)  # fmt: skip


def net(above: Floats, clusters: npt.NDArray[np.object_], confidence: float) -> Estimate:
    """Share above less share below, kept between -1 and 1.

    Args:
        above: (n,) 1 where a score lies above, -1 where below, 0 where equal.
        clusters: (n,) what scores are nested in.
        confidence: coverage of the interval.

    Returns:
        The difference of the shares. Where all scores say the same there is no interval.
    """
    found = stats.cluster_mean(above, clusters, confidence=confidence)
    if found.bounded and found.se < NO_SPREAD:
        return replace(found, lower=np.nan, upper=np.nan, reason=ALIKE)
    return replace(found, lower=max(found.lower, -1.0), upper=min(found.upper, 1.0))


def role_gap(
    given: Scorings, roles: tuple[str, str], cluster: str | None, confidence: float
) -> Iterator[dict[str, Any]]:
    """The first role less the second on the pieces that both scored: one row a measure.

    Args:
        given: all scorings; those of benchmark pieces do not enter.
        roles: the two roles.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        confidence: coverage of the intervals.

    Yields:
        Rows with the columns `GAP`; none where no piece was scored by both.

    Raises:
        UsageError: an unknown column to cluster by.
    """
    sides = [by_piece(given, np.flatnonzero((given.role == r) & ~given.benchmark)) for r in roles]
    shared, *places = np.intersect1d(sides[0][0], sides[1][0], return_indices=True)
    if not len(shared):
        return
    one, other = (side[place] for (_, side), place in zip(sides, places, strict=True))
    _, nested = clusters_of(given.table.iloc[one[:, 0]], cluster)
    for kind, measure, text, values in _gap_measures(given):
        first, second = (mean_of(spread(values, side)) for side in (one, other))
        known = ~np.isnan(first) & ~np.isnan(second)
        difference = (first - second)[known]
        above = np.sign(np.round(difference, 9))
        if kind == "mean":
            found = stats.cluster_mean(difference, nested[known], confidence=confidence)
        else:
            found = net(above, nested[known], confidence)
        used = np.concatenate([side[known].ravel() for side in (one, other)])
        yield {
            "kind": kind, "measure": measure, "text": text, "estimate": found.value,
            "lower": found.lower, "upper": found.upper, "n_pieces": found.n,
            "n_clusters": found.clusters,
            "n_raters": int(given.table["rater"].iloc[used[used >= 0]].nunique()),
            "n_above": int((above > 0).sum()), "n_same": int((above == 0).sum()),
            "n_below": int((above < 0).sum()), "reason": found.reason,
        }  # fmt: skip


def _gap_measures(given: Scorings) -> Iterator[tuple[str, str, str, Floats]]:
    """Means, the band, then items: kind, id, text and the value of each assessment."""
    rubric = given.rubric
    for measure in given.scores.measures.values():
        if measure.kind == "mean":
            yield "mean", measure.id, rubric.titles[measure.id], measure.value
    graded = "" if rubric.bands is None else rubric.bands.of
    if graded:
        text = rubric.items[graded].text if graded in rubric.items else "The band"
        yield "above less below", graded, text, given.bands()
    for column, item in enumerate(given.answers.items):
        levelled = item in rubric.scored_items and rubric.scale_of(item).kind == "levels"
        if levelled and item != graded:
            sign = -1.0 if rubric.items[item].proscribed else 1.0
            yield (
                "above less below", item, rubric.items[item].text,
                sign * given.levels[:, column],
            )  # fmt: skip
