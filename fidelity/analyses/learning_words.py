"""Sentences of the learning log: after what was agreed, never because of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.words import counted_as, in_brackets, item_label, listed, pieces, signed

if TYPE_CHECKING:
    from fidelity.analyses.learning import Learning

ALL = "(all)"
MORE, LESS, ALIKE, FEW = (
    "rose more than items as low", "rose less than items as low", "no difference can be told",
    "too few to say",
)  # fmt: skip
ANYWAY = "what is chosen because it is low tends to rise anyway"


def sentences(result: Learning) -> Iterator[str]:
    """What was chosen, whether each moved beyond items as low, and what is missing."""
    actions = result.table[result.table["item"] != ALL]
    if actions.empty:
        yield f"The log holds no action about {result.rubric.title}."
        return
    yield from _over_all(result, actions)
    for _, row in actions.iterrows():
        yield told(result, row)
    yield from result.missing
    for name in result.counts["due"]:
        yield f"{name} was due to be looked at again and is not marked as done."
    away = result.counts["left_out"]
    if away:
        yield (
            f"{counted_as(away, 'row')} of the log: about another rubric, a measure or an item "
            "that is not in this one; left out here."
        )
    if not result.counts["selection_known"]:
        yield (
            "How pieces were chosen is not recorded for all, so that a change may be one of what "
            "was looked at."
        )
    yield (
        "After what was agreed is not because of it: other things happened too, and who was looked "
        "at may have changed."
    )


def headline(result: Learning) -> str:
    """The finding in a few words, from the flags."""
    actions = result.table[result.table["item"] != ALL]
    compared = actions[actions["estimate"].notna()]
    if compared.empty:
        return "It cannot be told yet whether what was chosen moved"
    n = int((compared["finding"] == MORE).sum())
    less = int((compared["finding"] == LESS).sum())
    if not n and not less:
        return "No chosen item moved more or less than items as low, as far as can be told"
    parts = [f"{k} rose {word}" for k, word in ((n, "more"), (less, "less")) if k]
    of = counted_as(len(compared), "chosen item")
    return f"Of {of}, {listed(parts)} than items as low"


def told(result: Learning, row: pd.Series[Any]) -> str:
    """One action in a sentence or three."""
    rubric, item = result.rubric, str(row["item"])
    where = f" ({row['team']})" if row["team"] else ""
    name = f"{item_label(item, rubric.items[item].text)}{where}"
    if not row["date"]:
        return f"{name}: the log gives no date, so nothing can be compared."
    start = f"{name}, agreed on {_day(row['date'])}: "
    expected = result.expected.get(int(row["action"]), "")
    tail = f" Expected was: “{expected}”." if expected else ""
    counts = f"{pieces(rubric, int(row['n_before']))} before, {int(row['n_after'])} after"
    if row["finding"] == FEW:
        during = f", {int(row['n_during'])} across the day" if row["n_during"] else ""
        return f"{start}too few to say ({counts}{during}).{tail}"
    own = (
        f"{row['before']:.2f} before, {row['after']:.2f} after, "
        f"{in_brackets(row['change'], row['change_lower'], row['change_upper'])} ({counts})."
    )
    if math.isnan(row["estimate"]):
        return (
            f"{start}{own} Too few items that were not chosen were as low at the start, and "
            f"{ANYWAY}: whether it moved by more than that cannot be told.{tail}"
        )
    return f"{start}{own} {_beside(result, row)}{tail}"


def _beside(result: Learning, row: pd.Series[Any]) -> str:
    matched = str(row["matched"]).split()
    items = result.rubric.items
    named = listed([item_label(item, "").strip() or items[item].text for item in matched])
    change = row["matched_after"] - row["matched_before"]
    text = (
        f"{len(matched)} items not chosen and as low at the start ({named}; "
        f"{row['matched_before']:.2f}) changed by {signed(change)}; {ANYWAY}, here by "
        f"{signed(row['anyway'])}. "
    )
    beyond = f"{signed(row['estimate'])}, {_limits(row)}"
    if row["finding"] == MORE:
        return f"{text}It rose by more than that after it was agreed ({beyond})."
    if row["finding"] == LESS:
        return f"{text}It rose by less, or fell by more, than that ({beyond})."
    return f"{text}Beyond that, no difference can be told ({beyond})."


def _over_all(result: Learning, actions: pd.DataFrame) -> Iterator[str]:
    n = len(actions)
    compared = int(actions["estimate"].notna().sum())
    yield (
        f"{counted_as(n, 'action')} agreed about {result.rubric.title}; for {compared} it can be "
        "compared how the item moved beside items that were as low and were not chosen."
    )
    whole = result.table[result.table["item"] == ALL]
    if len(whole):
        row = whole.iloc[0]
        if row["finding"] == ALIKE:
            what = "no change beyond that of items as low can be told"
        else:
            more = "more" if row["finding"] == MORE else "less"
            what = f"chosen items rose {more} than items as low"
        yield f"Taken together, {what} ({signed(row['estimate'])}, {_limits(row)})."


def _limits(row: pd.Series[Any]) -> str:
    return f"{signed(row['lower'])} to {signed(row['upper'])}"


def _day(text: str) -> str:
    day = pd.Timestamp(text)
    return f"{day.day} {day:%B %Y}"
