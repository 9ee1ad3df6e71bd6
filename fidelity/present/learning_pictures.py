"""Chosen items and the items beside which they are held, before and after they were chosen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.analyses.learning_words import ALL, LESS, MORE, headline
from fidelity.present import style
from fidelity.present.figure import Picture
from fidelity.present.interval_rows import Axis, Column, Entry, Look, Mark, Panel, drawn
from fidelity.words import counted_as, item_label, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.learning import Learning

_CHOSEN = (
    Look("chosen, before", "o", style.CATEGORICAL[0], 0, hollow=True),
    Look("after", "o", style.CATEGORICAL[0], 0),
)
_OTHERS = (
    Look("not chosen and as low, before", "s", style.QUIET, 0, hollow=True),
    Look("after", "s", style.QUIET, 0),
)
#: Of the neighbours of an action, so many are drawn.
_DRAWN = 5
_COLUMNS = (Column("change beyond items as low", 2.35),)


def chosen_and_neighbours(result: Learning, ax: Axes | None = None) -> Picture:
    """One block an action: the item and its neighbours, before and after.

    Args:
        result: of `fidelity.learning`.
        ax: axes to draw in; a figure of its own if not given.

    Returns:
        The picture. Its `data` has one row an item of an action: action, item, kind, before, after.
    """
    actions = result.table[result.table["item"] != ALL]
    data = pd.DataFrame(
        list(_rows(result, actions)), columns=["action", "item", "kind", "before", "after"]
    )
    panels = [
        Panel(list(_entries(result, some, data)), _axis(result, some), columns=_COLUMNS)
        for some in _by_scale(result, actions)
    ]
    return drawn(
        headline(result), _subtitle(result, actions), panels, list(_notes(result)),
        _alt(result, actions), data, ax,
    )  # fmt: skip


def _by_scale(result: Learning, actions: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Actions on one scale together, in the order of the log."""
    ends = [
        (result.rubric.scale_of(item).minimum, result.rubric.scale_of(item).maximum)
        for item in actions["item"]
    ]
    for scale in dict.fromkeys(ends):
        yield actions[[own == scale for own in ends]]


def _axis(result: Learning, actions: pd.DataFrame) -> Axis:
    scale = result.rubric.scale_of(str(actions["item"].iloc[0]))
    step = max(1, (scale.maximum - scale.minimum) // 5)
    ticks = range(scale.minimum, scale.maximum + 1, step)
    return Axis((scale.minimum, scale.maximum), tuple((float(t), str(t)) for t in ticks))


def _rows(result: Learning, actions: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for _, row in actions.iterrows():
        yield {"action": row["action"], "item": row["item"], "kind": "chosen",
               "before": row["before"], "after": row["after"]}  # fmt: skip
        mine = result.neighbours[result.neighbours["action"] == row["action"]]
        for _, other in mine.head(_DRAWN).iterrows():
            yield {"action": row["action"], "item": other["item"], "kind": "not chosen",
                   "before": other["before"], "after": other["after"]}  # fmt: skip


def _entries(result: Learning, actions: pd.DataFrame, data: pd.DataFrame) -> Iterator[Entry]:
    for _, row in actions.iterrows():
        yield Entry(_heading(row), heading=True)
        for _, one in data[data["action"] == row["action"]].iterrows():
            item = str(one["item"])
            name = item_label(item, result.rubric.items[item].text)
            chosen = one["kind"] == "chosen"
            told = _printed(row) if chosen else ""
            if math.isnan(row["change"]):
                yield Entry(name, (), ("",), str(row["finding"]), bold=True)
                continue
            looks = _CHOSEN if chosen else _OTHERS
            marks = tuple(
                Mark(look, float(one[when]))
                for look, when in zip(looks, ("before", "after"), strict=True)
            )
            yield Entry(name, marks, (told,), bold=chosen)


def _heading(row: pd.Series[Any]) -> str:
    where = row["team"] or "Whole service"
    if not row["date"]:
        return f"{where}: no date in the log"
    n = f"{int(row['n_before'])} before, {int(row['n_after'])} after"
    day = pd.Timestamp(row["date"])
    return f"{where}, agreed {day.day} {day:%b %Y} (n: {n})"


def _printed(row: pd.Series[Any]) -> str:
    if math.isnan(row["estimate"]):
        return "" if math.isnan(row["change"]) else "none as low: cannot say"
    limits = f"{signed(row['lower'])} to {signed(row['upper'])}"
    words = {MORE: "rose more: ", LESS: "rose less: "}.get(str(row["finding"]), "")
    return f"{words}{signed(row['estimate'])} ({limits})"


def _subtitle(result: Learning, actions: pd.DataFrame) -> str:
    months = result.method["months"]
    return (
        f"Mean level · {result.rubric.title} · {counted_as(len(actions), 'action')}, "
        f"up to {months} months before and after"
    )


def _notes(result: Learning) -> Iterator[str]:
    yield (
        "Items chosen for being low tend to rise anyway, so each is held beside items that were "
        f"not chosen and were as low. At the right: {result.method['confidence']:.0%} interval of "
        "the change beyond theirs; a difference is told only with false findings among many held "
        "down."
    )
    yield "After does not mean because of. For learning about practice, not for ranking."


def _alt(result: Learning, actions: pd.DataFrame) -> str:
    text = (
        "Mean levels of chosen items before and after they were chosen, beside items that were not "
        f"chosen and were as low. {headline(result)}"
    )
    for finding in (MORE, LESS):
        names = [str(item) for item in actions.loc[actions["finding"] == finding, "item"]]
        text += f"; {finding}: {', '.join(names)}" if names else ""
    return f"{text}."
