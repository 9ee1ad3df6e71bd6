"""The sentences about change: from the same flags by which a simulation tests them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fidelity.expected import Compared, expected
from fidelity.present.briefing_change import Changes, Moved, practice_of
from fidelity.present.profile import short
from fidelity.present.statement import (
    ALIKE,
    CANNOT,
    FADED,
    GENEROUS,
    HIGHER,
    IMPROVED,
    KNOW,
    LOWER,
    PRACTICE,
    SCORES,
    SCORING,
    STRICTER,
    Statement,
)  # fmt: skip
from fidelity.words import NOUNS, counted_as, item_label, listed, percent, signed

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.analyses.drift import Drift

_NAMED = 2


def front(told: Changes) -> Iterator[Statement]:
    """For the first page: whether scores changed, and whether that is practice or scoring.

    That practice cannot be told stands there only with a change that can: else the first sentence
    says it.
    """
    first = told.moved[0]
    if first.found is not None:
        yield from list(_wholes(first, told))[:1]
    if told.practice != CANNOT:
        yield from _practice(told)
    moved = list(_items(first))
    if moved:
        yield _moved_most(first, moved)


def overleaf(told: Changes) -> Iterator[Statement]:
    """For the evidence: the same in full, with each item, scoring, and the other rubrics."""
    first = told.moved[0]
    yield from _wholes(first, told)
    yield from _practice(told)
    yield from _scoring(told)
    moved = list(_items(first))
    yield from moved
    if not moved and first.found is not None and first.wholes:
        yield _none(first)
    for other in told.moved[1:]:
        yield from _wholes(other, None)


def of_one(each: Moved, told: Changes) -> Iterator[Statement]:
    """Overleaf, of one rubric."""
    if each is told.moved[0]:
        return (s for s in overleaf(told) if s.about.split(" ")[0] == _id(each))
    return _wholes(each, None)


def _id(each: Moved) -> str:
    return each.evidence.scores.rubric.id


def _wholes(each: Moved, told: Changes | None) -> Iterator[Statement]:
    """The scores of a whole, of each role: then, now, and the difference."""
    if each.found is None:
        text = f"Change in scores cannot be told: {each.reason}."
        yield Statement(KNOW, "change", text, 2, f"{_id(each)} ", CANNOT, SCORES)
        return
    for row in each.wholes:
        about = f"{_id(each)} {row['name']}"
        direction = each.direction(row)
        text = _whole(each, row, direction)
        if told is not None and direction in {HIGHER, LOWER} and told.practice == CANNOT:
            text = f"{text[:-1]}; whether that is practice or scoring cannot be told."
        elif told is None and direction in {HIGHER, LOWER}:
            text = f"{text[:-1]}; whether that is practice or scoring is not told here."
        yield Statement(KNOW, "change", text, 2, about, direction, SCORES)


def _whole(each: Moved, row: pd.Series[Any], direction: str) -> str:
    n = f"{int(row['n_before'])} and {int(row['n_after'])} {each.evidence.several}"
    then = each.before.name
    role = str(row["group"]).removeprefix("(all)").removeprefix(", ")
    by = f" by {role}" if role else ""
    if direction == CANNOT:
        text = f"Whether scores{by} changed since {then} cannot be said yet: {n} are too few."
        return f"{text} {_when(each, row)}".rstrip()
    size = f"{row['before']:.1f} then, {row['after']:.1f} now"
    gap = f"{signed(row['estimate'], 1)}, {signed(row['lower'], 1)} to {signed(row['upper'], 1)}"
    measure = short(each.evidence.scores.rubric.titles[row["name"]])
    if direction == ALIKE:
        return (
            f"No change in scores{by} since {then} can be told: “{measure}” was on average {size} "
            f"({gap}; {n}){_chance(row)}."
        )
    text = f"Scores{by} are {direction} than in {then}"
    return f"{text}: “{measure}” was on average {size} ({gap}; {n})."


def _chance(row: pd.Series[Any]) -> str:
    """Why an interval beside 0 is not called a change."""
    if row["lower"] > 0 or row["upper"] < 0:
        return "; with so few people or so much compared at once, that may be chance"
    return ""


def _when(each: Moved, row: pd.Series[Any]) -> str:
    """About when a change could be told."""
    found = each.found
    if found is None:
        return ""
    rubric, counts = found.rubric, found.counts
    scales = [rubric.scale_of(item) for item in rubric.scored_items]
    levels = [scale for scale in scales if scale.kind == "levels"]
    if not levels or math.isnan(row["n_after"]):
        return ""
    ends = float(levels[0].minimum), float(levels[0].maximum)
    return expected(rubric, Compared(
        int(row["n_before"]), int(row["n_after"]), row["lower"], row["upper"], ends,
        counts["n_after"] / counts["months_after"], counts["last"],
    ))  # fmt: skip


def _practice(told: Changes) -> Iterator[Statement]:
    first = told.moved[0]
    about = f"{_id(first)} {told.drift.measure if told.drift is not None else ''}"
    one = NOUNS[first.evidence.scores.rubric.looks_at][0]
    between = practice_of(told.drift)
    if told.practice == CANNOT or told.drift is None or between is None:
        text = f"Whether practice itself has changed cannot be told: {told.reason}."
        yield Statement(KNOW, "practice", text, 3, about, CANNOT, PRACTICE)
        return
    change, scoring, then = between.change, told.drift.row("scoring"), first.before.name
    out = _taken_out(told.drift)
    if told.practice in {IMPROVED, FADED}:
        low, high = sorted((abs(change.lower), abs(change.upper)))
        text = (
            f"Practice itself {told.practice} since {then}, by {abs(change.value):.1f} of a level "
            f"({low:.1f} to {high:.1f}), with {out} taken out"
        )
    else:
        text = (
            f"No change in practice itself since {then} can be told, with {out} taken out "
            f"({signed(change.value, 1)} of a level, {signed(change.lower, 1)} to "
            f"{signed(change.upper, 1)})"
        )
    if told.scoring in {GENEROUS, STRICTER}:
        more = "higher" if told.scoring == GENEROUS else "lower"
        text += (
            f"; scoring became {told.scoring}: the same {one} would get {_size(scoring)} of a "
            f"level {more} a year later"
        )
    yield Statement(KNOW, "practice", f"{text}.", 2, about, told.practice, PRACTICE)


def _taken_out(drift: Drift) -> str:
    """What is taken out of the scores to come to practice."""
    if drift.held_equal:
        return "shifts in scoring, recording and kinds of work"
    return "shifts in scoring and recording"


def _scoring(told: Changes) -> Iterator[Statement]:
    first, drift = told.moved[0], told.drift
    if drift is None or told.scoring == CANNOT:
        return
    row = drift.row("scoring")
    about = f"{_id(first)} {drift.measure}"
    if told.scoring == ALIKE:
        text = (
            f"No shift in scoring can be told ({signed(row['estimate'], 1)} of a level a year, "
            f"{signed(row['lower'], 1)} to {signed(row['upper'], 1)})."
        )
    else:
        text = f"Scoring became {told.scoring}, by {_size(row)} of a level a year ({_limits(row)})."
    yield Statement(KNOW, "scoring", text, 4, about, told.scoring, SCORING)


def _items(each: Moved) -> Iterator[Statement]:
    """Each item that moved, the false discovery rate held among all of them."""
    for row in each.items:
        direction = HIGHER if row["estimate"] > 0 else LOWER
        text = (
            f"{_label(each, row)}: scores {direction}, {row['before']:.1f} then, "
            f"{row['after']:.1f} now ({signed(row['estimate'], 1)}, {signed(row['lower'], 1)} to "
            f"{signed(row['upper'], 1)})."
        )
        yield Statement(KNOW, "item", text, 5, f"{_id(each)} {row['name']}", direction, SCORES)


def _label(each: Moved, row: pd.Series[Any]) -> str:
    return item_label(row["name"], each.evidence.scores.rubric.items[row["name"]].text)


def _moved_most(each: Moved, moved: list[Statement]) -> Statement:
    """The items that moved most, by the change drawn towards that of all, for the first page."""
    told = []
    for direction in (HIGHER, LOWER):
        mine = [row for row in each.items if (row["estimate"] > 0) == (direction == HIGHER)]
        most = sorted(mine, key=lambda row: -abs(row["shrunken"]))[:_NAMED]
        if most:
            names = listed([f"“{short(_label(each, row))}”" for row in most])
            more = f", among them {names}" if len(mine) > len(most) else f": {names}"
            told.append(f"{counted_as(len(mine), 'item')} scored {direction} than then{more}")
    directions = {s.direction for s in moved}
    text = f"{'; '.join(told)}."
    return Statement(
        KNOW, "items", text, 4, f"{_id(each)} items",
        directions.pop() if len(directions) == 1 else "", SCORES,
    )  # fmt: skip


def _none(each: Moved) -> Statement:
    rate = percent(1 - float(each.found.method["confidence"])) if each.found is not None else ""
    called = any(row["group"] in each.called for row in each.wholes[:1])
    text = (
        f"No single item can be said to have moved, with at most {rate} false findings allowed for "
        "among all items."
        if called
        else "No single item is said to have moved, since no change of the whole can be told."
    )
    return Statement(KNOW, "items", text, 5, f"{_id(each)} items", ALIKE, SCORES)


def _size(row: pd.Series[Any]) -> str:
    return f"{abs(row['estimate']):.1f}"


def _limits(row: pd.Series[Any]) -> str:
    low, high = sorted((abs(row["lower"]), abs(row["upper"])))
    if row["lower"] < 0 < row["upper"]:
        return f"{signed(row['lower'], 1)} to {signed(row['upper'], 1)}"
    return f"{low:.1f} to {high:.1f}"
