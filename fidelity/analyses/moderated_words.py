"""The sentences of `moderated`: from the same numbers and flags as its table and picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from fidelity.rubric.model import Rubric
from fidelity.words import (
    NOUNS,
    counted_as,
    listed,
    percent,
    pieces,
    several,
)

_SCORERS = {"line_manager": "line managers", "self": "people themselves"}


@dataclass(frozen=True)
class Facts:
    """What entered.

    Attributes:
        pieces: pieces with one of the many scores.
        moderated: how many of them were moderated.
        moderators: by how many people.
        role: whose the many scores are.
        drawn: "random" where the call says so.
        probability: the column with the probabilities of being drawn; "" for none.
        apart: pieces that were moderated and not scored by the many.
        left_out: pieces left out because of how they were chosen, by selection.
        selection_known: whether every piece says how it was chosen.
        cluster: what pieces are nested in.
        difference: how the many had scored the moderated less the others, its limits, and the
            measure.
    """

    pieces: int
    moderated: int
    moderators: int
    role: str
    drawn: str
    probability: str
    apart: int
    left_out: dict[str, int]
    selection_known: bool
    cluster: str
    difference: tuple[float, float, float, str]

    @property
    def who(self) -> str:
        """Whose the many scores are, in words."""
        return _SCORERS.get(self.role, f"{self.role.replace('_', ' ')}s" if self.role else "raters")


def sentences(rubric: Rubric, table: pd.DataFrame, facts: Facts) -> Iterator[str]:
    """What moderation says about all audits, in the order in which a QA lead asks."""
    yield from _looked_at(rubric, facts)
    if not facts.moderated:
        return
    yield _drawn(rubric, facts)
    yield from _difference(rubric, facts)
    said = table[table["estimate"].notna()]
    if said.empty:
        reason = table["reason"].iloc[0] if len(table) else "nothing could be compared"
        yield f"What moderators would have found cannot be said yet; {reason}."
        return
    yield from _means(rubric, said, facts)
    yield from _bands(rubric, said, facts)
    yield (
        "This is about practice as a whole, on the scale as moderators use it; it says nothing "
        f"about a single {NOUNS[rubric.looks_at][0]} or a single person."
    )
    if (said["reason"] == "few clusters").any():
        yield (
            f"The moderated {NOUNS[rubric.looks_at][1]} are of fewer than 10 "
            f"{several(facts.cluster)}: read the intervals as rough."
        )


def _looked_at(rubric: Rubric, facts: Facts) -> Iterator[str]:
    text = f"{pieces(rubric, facts.pieces)} scored by {facts.who}"
    if not facts.moderated:
        yield (
            f"{text}; none of them was moderated, so it cannot be said what moderators would have "
            "found. Draw some at random and let somebody independent score them."
        )
        return
    yield (
        f"{text}; {facts.moderated} of them ({percent(facts.moderated / facts.pieces)}) also by "
        f"{counted_as(facts.moderators, 'moderator')}."
    )
    if facts.apart:
        yield (
            f"{pieces(rubric, facts.apart)} moderated but not scored by {facts.who} could not be "
            "used."
        )
    if facts.left_out:
        kinds = listed([f"{n} {kind.replace('_', ' ')}" for kind, n in facts.left_out.items()])
        yield f"Left out because they were chosen for a reason: {kinds}."


def _drawn(rubric: Rubric, facts: Facts) -> str:
    several = NOUNS[rubric.looks_at][1]
    if facts.probability:
        return (
            f"Each moderated {NOUNS[rubric.looks_at][0]} counts for those it was drawn from, "
            f'by the probabilities in the column "{facts.probability}".'
        )
    if facts.drawn:
        return f"The moderated {several} are taken as drawn at random, as the call says."
    return (
        f"Warning: nobody has said that the moderated {several} were drawn at random. If they "
        "were chosen, for a concern or because somebody is new, what follows may be wrong by any "
        'amount, and no interval shows it. If they were drawn at random, say so: drawn="random"; '
        'if with known probabilities, name their column: probability="...".'
    )


def _difference(rubric: Rubric, facts: Facts) -> Iterator[str]:
    value, lower, upper, measure = facts.difference
    if math.isnan(lower) or facts.probability:
        return
    several = NOUNS[rubric.looks_at][1]
    if lower > 0 or upper < 0:
        side = "higher" if value > 0 else "lower"
        least, most = sorted((abs(lower), abs(upper)))
        yield (
            f"The moderated {several} are not like the others: {facts.who} had scored them "
            f"{abs(value):.2f} levels {side} ({least:.2f} to {most:.2f}; {measure}). The estimate "
            "allows for that as far as their scores show it."
        )


def _means(rubric: Rubric, said: pd.DataFrame, facts: Facts) -> Iterator[str]:
    rows = said[said["kind"] == "mean"]
    if rows.empty:
        return
    wanted = [composite.id for composite in rubric.composites]
    main = rows[rows["measure"].isin(wanted)] if wanted else rows
    for _, row in (main if len(main) else rows).iterrows():
        text = (
            f"“{row['text']}”: {facts.who} gave {row['as_scored']:.2f} on average over "
            f"{pieces(rubric, int(row['n_pieces']))}; moderators would have given about "
            f"{row['estimate']:.2f}"
        )
        if math.isnan(row["lower"]):
            yield f"{text} ({row['reason']})."
            continue
        text += (
            f" ({row['lower']:.2f} to {row['upper']:.2f}). The {row['n_moderated']} moderated "
            f"alone say {row['alone']:.2f} ({row['alone_lower']:.2f} to {row['alone_upper']:.2f})"
        )
        yield f"{text}; {_worth(row, facts)}."


def _worth(row: pd.Series, facts: Facts) -> str:
    if not row["worth"] > 1.05 * row["n_moderated"]:
        return f"the scores of {facts.who} add next to nothing to them"
    return f"with the scores of {facts.who} they are worth about {row['worth']:.0f}"


def _bands(rubric: Rubric, said: pd.DataFrame, facts: Facts) -> Iterator[str]:
    rows = said[said["kind"] == "band"]
    if rows.empty:
        return
    told = []
    for _, row in rows.iterrows():
        if row["as_scored"] == 0 and row["alone"] == 0:
            continue
        limits = (
            f"{percent(row['lower'])} to {percent(row['upper'])}"
            if not math.isnan(row["lower"])
            else str(row["reason"])
        )
        told.append(
            f"{_lower(row['text'])} {percent(row['estimate'])} ({limits}), where {facts.who} found "
            f"{percent(row['as_scored'])}"
        )
    row = rows.iloc[0]
    yield (
        f"By the moderators' standard, of {pieces(rubric, int(row['n_pieces']))}, "
        f"{row['n_moderated']} of them moderated, about: {'; '.join(told)}."
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
