"""What is said of where an organisation stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.words import counted_as, in_brackets, listed

if TYPE_CHECKING:
    from fidelity.analyses.standing import Standing

ALL = "(all)"


def sentences(result: Standing) -> Iterator[str]:
    """What it rests on, what is agreed low, and who sees it otherwise."""
    yield rests_on(result)
    found = result.items["finding"]
    low = result.items[found == "agreed low"]
    if len(low):
        told = listed([str(text) for text in low["text"]])
        yield f"Agreed low by all views, from two kinds of source or more: {told}."
    elif (found == "not agreed low").any():
        yield "No item is agreed low by all views from two kinds of source."
    for kind, what in (("one source", "known from one kind of source alone"),
                       ("too few to say", "with too few answers to say")):  # fmt: skip
        n = int((found == kind).sum())
        if n:
            yield f"{counted_as(n, 'item')} of {len(found)} {what}."
    yield from gaps(result)


def rests_on(result: Standing) -> str:
    """Views with their pieces: "8 leader, 12 manager; document 4"."""
    told = [f"{name} {n}" for name, n in result.views.items()]
    what = ", ".join(told) or "nothing"
    earlier = f"; {result.earlier} of earlier rounds left out" if result.earlier else ""
    return f"{result.rubric.title}: the latest round rests on {what}{earlier}."


def gaps(result: Standing) -> Iterator[str]:
    """Pairs of views that differ over all items, and on how many items."""
    whole = result.gaps[result.gaps["item"] == ALL]
    known = whole[whole["finding"] != "too few to say"]
    if known.empty:
        yield "Too few of each view to say whether they differ."
        return
    for _, row in known[known["finding"] == "differ"].iterrows():
        yield f"Over all items, {apart(row)}."
    differ = result.gaps[(result.gaps["item"] != ALL) & (result.gaps["finding"] == "differ")]
    n = counted_as(len(result.gaps) - len(whole), "comparison")
    yield f"Two views differ on an item in {len(differ)} of {n}, after allowing for all of them."


def apart(row: pd.Series[Any]) -> str:
    """Two views and their gap: "leader stands above practitioner (+0.12, ..., n 8 and 20)"."""
    side = "above" if row["estimate"] > 0 else "below"
    told = in_brackets(row["estimate"], row["lower"], row["upper"])
    return (
        f"{row['first']} stands {side} {row['second']} ({told} of the scale, n "
        f"{int(row['n_first'])} and {int(row['n_second'])})"
    )
