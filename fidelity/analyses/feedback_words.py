"""Sentences of a learning page: concrete and plain, about the work and never about a person."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.words import NOUNS, TOO_FEW, percent, pieces

if TYPE_CHECKING:
    from fidelity.analyses.feedback import Seen
    from fidelity.rubric.model import Rubric

THERE, NOT_YET, MIXED, FEW = (
    "there in most", "not there yet in most", "cannot be told", "too few to say",
)  # fmt: skip


def sentences(result: Seen) -> Iterator[str]:
    """What was looked at, then each item of which something is told, strengths first."""
    n = result.counts["pieces"]
    yield f"{pieces(result.rubric, n)} looked at with {result.rubric.title}."
    if n < TOO_FEW:
        yield f"That is too few to say what is usual: {TOO_FEW} are needed at least."
        return
    told = 0
    for finding in (THERE, NOT_YET):
        for _, row in result.table[result.table["finding"] == finding].iterrows():
            told += 1
            yield f"“{row['text']}”: {share(result.rubric, row)}."
    if not told:
        yield (
            "Of no item can it be told yet whether it is there in most pieces like these; what was "
            "seen in the ones looked at stands beside it."
        )


def share(rubric: Rubric, row: pd.Series[Any]) -> str:
    """In how many pieces an item was there, with what that can and cannot say."""
    several = NOUNS[rubric.looks_at][1]
    there = f"there in {int(row['n_there'])} of {int(row['n_pieces'])} {several}"
    if row["finding"] == FEW:
        return f"{there}; too few to say what is usual"
    if math.isnan(row["lower"]):
        return f"{there}; {several} of more people are needed to say what is usual"
    limits = f"of {several} like these, {percent(row['lower'])} to {percent(row['upper'])}"
    if row["finding"] == THERE:
        return f"{there}, and most likely in most ({limits})"
    if row["finding"] == NOT_YET:
        return f"{there}, and most likely not yet in most ({limits})"
    return f"{there} ({limits})"


def quoted(text: str) -> str:
    """A level description in quotation marks, without its own full stop."""
    return f"“{text.rstrip('.')}”"
