"""What may be published about change: of the whole service, in rounded numbers, and no items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fidelity.present.profile import short
from fidelity.present.publication import LEAST_FOR_MEANS, LEAST_PRACTITIONERS, rounded
from fidelity.present.statement import (
    ALIKE,
    CANNOT,
    FADED,
    IMPROVED,
    KNOW,
    PRACTICE,
    SCORES,
    Statement,
)

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.present.briefing_change import Changes, Moved


def public_change(told: Changes) -> Iterator[Statement]:
    """The scores of the main rubric then and now, and practice, as far as they may be published.

    Of 20 pieces or more in each of the two times, of 5 practitioners or more; dates are quarters.
    """
    first = told.moved[0]
    if not first.wholes or not _enough(first):
        return
    row = first.wholes[0]
    rubric = first.evidence.scores.rubric
    direction = first.direction(row)
    if direction == CANNOT:
        return
    size = f"on average about {row['before']:.1f} then and {row['after']:.1f} now"
    about = f"{rubric.id} {row['name']}"
    measure = short(rubric.titles[row["name"]])
    several = first.evidence.several
    n = f"about {rounded(int(row['n_before']))} and {rounded(int(row['n_after']))} {several}"
    if direction == ALIKE:
        text = f"No change in scores since {first.before.name} can be told: “{measure}” was "
        text += f"{size} ({n})."
    else:
        text = f"Scores are {direction} than in {first.before.name}: “{measure}” was {size} ({n})"
        text += _whether(told)
    yield Statement(KNOW, "change", text, 2, about, direction, SCORES)
    if told.practice in {IMPROVED, FADED}:
        text = f"Practice itself {told.practice}, with shifts in scoring and recording taken out."
        yield Statement(KNOW, "practice", text, 3, about, told.practice, PRACTICE)


def _whether(told: Changes) -> str:
    if told.practice == CANNOT:
        return "; whether that is practice or scoring cannot be told."
    if told.practice == ALIKE:
        return "; that practice itself changed cannot be told."
    return "."


def _enough(moved: Moved) -> bool:
    row: pd.Series[Any] = moved.wholes[0]
    if min(row["n_before"], row["n_after"]) < LEAST_FOR_MEANS:
        return False
    if moved.before.kind == "dates" or moved.now.kind == "dates":
        return False  # days that somebody chose could single out a few
    for stretch in (moved.before, moved.now):
        table = stretch.of(moved.evidence.record).assessments
        if "practitioner" in table and table["practitioner"].notna().any():
            shares = table.drop_duplicates("piece")["practitioner"].value_counts(normalize=True)
            if len(shares) < LEAST_PRACTITIONERS or shares.iloc[0] > 0.5:
                return False
    return True
