"""What is said of form and function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.footing import Footing
from fidelity.words import NOUNS, in_figures, in_words, listed, percent, pieces

if TYPE_CHECKING:
    from fidelity.analyses.form_function import FormFunction

ALL = "(all)"
FOOTING = (
    "Figures are shares of the scale: 0 is the lowest level of an item, 1 the highest. Surface "
    "items are not matched with core items for how hard they are, so a difference shows where to "
    "look, not that anybody put on a show."
)


def sentences(result: FormFunction, held: Sequence[Footing]) -> Iterator[str]:
    """One sentence or two a rubric and role, then groups, then how to read them."""
    for footing in held:
        mine = result.table[
            (result.table["rubric"] == footing.rubric.id) & (result.table["role"] == footing.role)
        ]
        whole = mine[mine["group"] == ALL].iloc[0]
        yield from _of_whole(whole, footing, result)
        yield from _of_groups(mine[mine["group"] != ALL], footing)
    yield FOOTING


def _of_whole(row: pd.Series[Any], footing: Footing, result: FormFunction) -> Iterator[str]:
    rubric = footing.rubric
    role = "" if footing.alone else f" ({footing.who})"
    start = f"{rubric.title}{role}"
    n = pieces(rubric, int(row["n_pieces"]))
    if row["finding"] == "no levels to average":
        yield f"{start}: its levels are not averaged, so that the two cannot be compared."
        return
    if row["finding"] == "one kind of item only":
        kind = "core function" if not row["n_surface"] else "surface form"
        yield (
            f"{start}: all its items are about {kind}, so that it says nothing of the two side by "
            "side. Read it beside a rubric of the same work that holds the other kind."
        )
        return
    if row["finding"] == "too few to say":
        yield f"{start}: {n}, too few to say whether form runs ahead of function."
        return
    told = in_words(row["estimate"], row["lower"], row["upper"])
    what = {
        "form ahead of function": "what can be seen from outside runs ahead of what it is for",
        "function ahead of form": "what it is for stands above what can be seen from outside",
    }.get(str(row["finding"]), "no difference between form and function can be told")
    yield (
        f"{start}: in {n}, {what}: surface items {row['surface']:.2f}, core items "
        f"{row['core']:.2f}, difference {told}."
    )
    share = in_share(row["form_only"], row["form_only_lower"], row["form_only_upper"])
    yield (
        f"In {int(row['n_form_only'])} of {int(row['n_pieces'])} {NOUNS[rubric.looks_at][1]} "
        f"({share}) form is there (at least {result.method['there']:.2f}) and function is not "
        f"(under {result.method['not_there']:.2f}); both limits are local."
    )
    if row["n_missing"]:
        yield (
            f"{pieces(rubric, int(row['n_missing']))} left out: too few items of one kind answered."
        )


def _of_groups(groups: pd.DataFrame, footing: Footing) -> Iterator[str]:
    """In the order of the names; that some interval does not meet another is not said."""
    if groups.empty or not groups["n_surface"].iloc[0] or not groups["n_core"].iloc[0]:
        return
    known = groups[groups["finding"] != "too few to say"]
    few = groups[groups["finding"] == "too few to say"]
    told = [
        f"{row['group']} {in_words(row['estimate'], row['lower'], row['upper'])}, "
        f"n {int(row['n_pieces'])}"
        for _, row in known.iterrows()
    ]
    if told:
        yield f"By group, surface minus core, in the order of names: {'; '.join(told)}."
    if len(few):
        yield f"Too few to say: {listed([str(name) for name in few['group']])}."


def in_share(share: float, lower: float, upper: float) -> str:
    """A share with its interval: "12%, 8% to 18%"."""
    if lower != lower:
        return in_figures(share, lower, upper)
    return f"{percent(share)}, {percent(lower)} to {percent(upper)}"
