"""The sentences of `strictness`: from the same numbers and flags as the table and the picture.

They never blame and never rank: raters stand in the order of their ids, and a difference is a
reason to talk about a level description.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.analyses import strictness_readings
from fidelity.words import counted_as, listed

if TYPE_CHECKING:
    from fidelity.analyses.strictness import Strictness

#: A fair score so far from the observed one is worth saying, in levels.
FAR = 0.25
_SHOWN = 8


def sentences(result: Strictness) -> Iterator[str]:
    """What a person who leads on quality asks, in that order."""
    yield _basis(result)
    if result.table.empty:
        return
    for number, group in enumerate(result.groups, 1):
        rows = result.table[result.table["group"] == number]
        if len(group) > 1:
            yield from _group(result, rows)
    yield from strictness_readings.sentences(result)
    yield from _too_few(result)
    yield from _not_linked(result)
    yield from _fair(result)
    if result.table["estimate"].notna().any():
        yield (
            "Stricter is neither better nor worse: only agreed scores can say who reads a level "
            "description as it is meant. A difference is a reason to score a piece together and "
            "to talk about the wording."
        )


def some(names: Sequence[str]) -> str:
    """Names in their order; many are cut off with their number."""
    if len(names) > _SHOWN:
        return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
    return listed(names)


def _basis(result: Strictness) -> str:
    counts = result.counts
    if not result.items:
        return "Nothing can be said about strictness: no item of this rubric has levels."
    if result.table.empty:
        return f"Nothing can be said about strictness: no scoring can be used.{_others(result)}"
    if not counts["shared"]:
        told = f"none of {counted_as(counts['pieces'], 'piece')} was scored by two raters"
        return f"Nothing can be said about strictness: {told}.{_others(result)}"
    text = (
        f"Raters are compared on the {counts['shared']} pieces that two or more of them scored "
        f"({counts['scorings']} scorings, of {counts['pieces']} pieces in all"
    )
    if counts["benchmark"]:
        text += f"; {counts['benchmark']} are benchmark pieces, each rater's first scoring"
    text += f"), on {len(result.items)} items"
    if counts["other_items"]:
        text += f"; {counted_as(counts['other_items'], 'item')} on another scale left out"
    return f"{text}.{_others(result)}"


def _others(result: Strictness) -> str:
    """Who is not compared, and whose roles differ."""
    roles = {name: [role.replace("_", " ") for role in result.counts[name]]
             for name in ("roles", "other_roles")}  # fmt: skip
    text = ""
    if roles["other_roles"]:
        text += (
            f" Who scored as {some(roles['other_roles'])} speaks from a place of their own and "
            "is not compared with auditors."
        )
    if len(roles["roles"]) > 1:
        text += (
            f" These raters scored as {some(roles['roles'])}: part of a difference may belong "
            "to the role."
        )
    return text


def _group(result: Strictness, rows: pd.DataFrame) -> Iterator[str]:
    who = "these raters" if len(result.groups) == 1 else some(list(rows["rater"]))
    told = [
        f"{row['rater']} is {row['finding']}, by {_levels(row)}"
        for _, row in rows.iterrows()
        if row["finding"] in {"stricter", "more generous"}
    ]
    alike = list(rows.loc[rows["finding"] == "no difference can be told", "rater"])
    if told:
        yield f"Beside the average of {who}: {'; '.join(told)}."
    if alike:
        start = "For" if told else f"Beside the average of {who}, for"
        yield f"{start} {some(alike)} no difference in strictness can be told."
    for _, row in rows[rows["misfit"] != ""].iterrows():
        yield _misfit(row)


def _levels(row: pd.Series) -> str:
    """The size of a difference, with its limits the same way round."""
    low, high = sorted(abs(row[limit]) for limit in ("lower", "upper"))
    return (
        f"{abs(row['estimate']):.2f} of a level ({low:.2f} to {high:.2f}; "
        f"{int(row['n_pieces'])} pieces)"
    )


def _misfit(row: pd.Series) -> str:
    if row["misfit"] == "very even":
        return (
            f"{row['rater']} gives levels more alike from item to item than is to be expected "
            f"(infit {row['infit']:.2f}, where 1 is expected; {int(row['n_ratings'])} ratings): "
            "an impression of the whole may be carrying over to the items."
        )
    return (
        f"{row['rater']} is strict on some items or pieces and generous on others more than is to "
        f"be expected (infit {row['infit']:.2f}, where 1 is expected; {int(row['n_ratings'])} "
        "ratings): some level descriptions may be read in another way, or these pieces were of "
        "another kind."
    )


def _too_few(result: Strictness) -> Iterator[str]:
    rows = result.table[result.table["finding"] == "too few to tell"]
    few = [f"{row['rater']} ({int(row['n_pieces'])})" for _, row in rows.iterrows()]
    least = result.method["least_pieces"]
    if few:
        yield (
            f"Too few to tell (under {least} pieces that somebody else scored too): {some(few)}. "
            f"{least} a rater are needed for a first answer."
        )
    refused = rows.loc[rows["n_pieces"] >= least, "reason"].unique()
    yield from (str(reason) for reason in refused if reason)


def _not_linked(result: Strictness) -> Iterator[str]:
    if len(result.groups) < 2:
        return
    named = "; ".join(some(list(group)) for group in result.groups[:_SHOWN])
    named += f"; and {len(result.groups) - _SHOWN} more" if len(result.groups) > _SHOWN else ""
    yield (
        f"The raters fall into {len(result.groups)} groups that share no piece: {named}. Between "
        "groups nothing can be said: a difference may lie in who scored or in what was scored. "
        f"{_link(result)}"
    )


def _link(result: Strictness) -> str:
    """What double scoring would link the groups."""
    first, least = some(list(result.groups[0])), result.method["least_pieces"]
    others = result.groups[1:]
    second = some([group[0] for group in others]) if len(others) < 4 else "one of each other group"
    return (
        f"Pieces scored by one of {first} and again by {second} would link them; {least} for each "
        "rater are needed for an answer."
    )


def _fair(result: Strictness) -> Iterator[str]:
    known = result.pieces[result.pieces["estimate"].notna() & ~result.pieces["benchmark"]]
    if known.empty:
        return
    without = int((result.pieces["estimate"].isna() & ~result.pieces["benchmark"]).sum())
    untold = f"; for {without} more they cannot be told" if without else ""
    far = int((known["shift"].abs() > FAR).sum())
    yield (
        f"Fair scores, as a rater of average strictness would give them, are in the table of "
        f"pieces: for {far} of {len(known)} pieces they lie more than a quarter of a level from "
        f"the mean that was given{untold}. They make pieces comparable; they do not replace what "
        "a rater wrote."
    )
