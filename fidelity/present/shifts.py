"""The shift in scoring of several kinds of practice, to be taken off when they are seen over time.

A composition of `drift`: each strand's own shift, where agreed scores or benchmark pieces tell it.
Where the same people score another strand, the better known shift of the two may stand for both;
that it does is an assumption, and is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fidelity.analyses.drift import drift
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.statistics.estimate import Estimate

_PART = "scoring of these raters"
#: Share of a strand's scorings that must be by raters of the other, to take over its shift (local).
SAME = 0.8


@dataclass(frozen=True)
class Shifts:
    """What is known of the shift in scoring.

    Attributes:
        by_strand: levels a month, above 0 more generous; strands without one are not in it.
        sentences: where each comes from.
    """

    by_strand: Mapping[str, Estimate]
    sentences: tuple[str, ...]


def scoring_shifts(
    strands: Mapping[str, Ratings], *, record: str | None = None, selection: str = "random",
    confidence: float = 0.95,
) -> Shifts:  # fmt: skip
    """The shift of each strand: its own, or the best known one of the same raters.

    Args:
        strands: checked ratings by name.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all".
        confidence: coverage of the intervals.
    """
    own = {}
    for name, ratings in strands.items():
        if not _has_references(ratings):
            continue
        try:
            found = drift(ratings, record=record, selection=selection, confidence=confidence)
        except UsageError:
            continue
        row = found.row(_PART) if len(found.table) else None
        if found.apart and row is not None and not math.isnan(row["month_lower"]):
            own[name] = Estimate(
                float(row["a_month"]), math.nan, float(row["month_lower"]),
                float(row["month_upper"]), int(row["n_pieces"]), "drift", int(row["n_raters"]),
            )  # fmt: skip
    told, sentences = {}, []
    for name, ratings in strands.items():
        source = _best(name, ratings, strands, own)
        if source is None:
            continue
        told[name] = own[source]
        title = ratings.rubric.title
        text = f"{title}: the shift in scoring is told by its own agreed scores or benchmark pieces"
        if source != name:
            text = (
                f"{title}: the shift in scoring is that of the same raters in "
                f"{strands[source].rubric.title}, which is assumed to hold here too"
            )
        sentences.append(f"{text}.")
    return Shifts(told, tuple(sentences))


def _has_references(ratings: Ratings) -> bool:
    """Whether there are agreed scores or benchmark pieces at all."""
    about = ratings.assessments
    agreed = "rater_role" in about and (about["rater_role"] == "agreed").any()
    return bool(agreed or ("purpose" in about and (about["purpose"] == "benchmark").any()))


def _best(
    name: str, ratings: Ratings, strands: Mapping[str, Ratings], own: Mapping[str, Estimate]
) -> str | None:
    """The strand with the narrowest interval among this and those of the same raters and scale."""
    mine = ratings.assessments["rater"]
    usable = [
        other
        for other in own
        if other == name
        or (mine.isin(set(strands[other].assessments["rater"])).mean() >= SAME
            and _scale(ratings) == _scale(strands[other]))
    ]  # fmt: skip
    return min(usable, key=lambda s: own[s].upper - own[s].lower, default=None)


def _scale(ratings: Ratings) -> tuple[int, int]:
    """Ends of the scale of its first scored item with levels."""
    rubric = ratings.rubric
    items = [item for item in rubric.scored_items if rubric.scale_of(item).kind == "levels"]
    scale = rubric.scale_of(items[0] if items else next(iter(rubric.items)))
    return int(scale.minimum), int(scale.maximum)
