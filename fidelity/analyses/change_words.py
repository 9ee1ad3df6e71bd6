"""The sentences of a change: from the same numbers and flags as the table and the pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.expected import Compared, expected
from fidelity.words import (
    counted_as,
    in_brackets,
    in_words,
    item_label,
    listed,
    percent,
    pieces,
    several,
    signed,
)

if TYPE_CHECKING:
    from fidelity.analyses.change import Change

_ALL = "(all)"
HIGHER, LOWER = "higher after", "lower after"
ALIKE, FEW = "no change can be told", "too few to say"
#: Names of what pieces are told apart by.
_ABOUT = {
    "plan_type": "plan type", "age_band": "age", "with_practitioner": "scored with the worker",
    "selection": "way of choosing",
}  # fmt: skip
#: So many items are named in a sentence; the table has them all.
_NAMED = 3


def sentences(result: Change) -> Iterator[str]:
    """What changed, what may lie behind it, and what cannot be told."""
    yield _looked_at(result)
    whole = result.table[result.table["group"].str.startswith(_ALL)]
    for _, row in whole[whole["kind"] == "mean"].iterrows():
        yield from _main(result, row, whole[whole["group"] == row["group"]])
    yield from _segments(result)
    yield from _groups(result)
    yield from _items(result, whole)
    yield from _recording(whole)
    yield from _who(result)
    yield from _events(result)
    yield from _cautions(result, whole)


def day_text(day: pd.Timestamp) -> str:
    """A day as people write it: 2 April 2024."""
    return f"{day.day} {day:%B %Y}"  # %-d is unknown to Windows


def _looked_at(result: Change) -> str:
    counts = result.counts
    one = pieces(result.rubric, counts["n_before"])
    if result.method["around"]:
        text = f"{one} from before {day_text(counts['first_to'])} and {counts['n_after']} after it"
        if not counts["n_after"] and counts["n_before"]:
            text += f" (the last is of {day_text(pd.Timestamp(counts['last']))})"
        away = f"{counts['n_out']} speak of time on both sides of that day and are left out"
    elif counts["first_to"] > counts["latest_from"]:
        text = "These pieces lie too close in time to set a first and a latest stretch side by side"
        away = f"{counts['n_out']} were looked at"
    else:
        text = (
            f"The first {one}, up to {day_text(counts['first_to'] - pd.Timedelta(days=1))}, beside "
            f"the latest {counts['n_after']}, from {day_text(counts['latest_from'])}"
        )
        away = f"{counts['n_out']} lie between them"
    if counts["n_out"]:
        text += f"; {away}"
    if counts["undated"]:
        text += f"; {counts['undated']} have no date"
    if counts["left_out"]:
        text += f"; {counts['left_out']} were chosen for a reason and are left out"
    chosen = "" if counts["selection_known"] else (
        " How they were chosen is not recorded, so they speak for themselves only."
    )  # fmt: skip
    return f"{text}.{chosen}"


def _main(result: Change, row: pd.Series, mine: pd.DataFrame) -> Iterator[str]:
    title = result.rubric.titles[row["name"]]
    role = row["group"].removeprefix(_ALL).removeprefix(", ")
    title += f" (as scored by {role})" if role else ""
    if row["finding"] == FEW:
        yield f"{title}: too few to say ({row['reason']}). {_when(result, row)}".rstrip()
        return
    text = f"{title}: mean {row['before']:.2f} before, {row['after']:.2f} after"
    ends = row["estimate"], row["lower"], row["upper"]
    told = (
        f"{text}: {row['finding']}, by {in_words(*ends)}"
        if row["finding"] != ALIKE
        else f"{text}; no change can be told ({in_brackets(*ends)})"
    )
    one = result.method["cluster"].replace("_", " ")
    if not math.isnan(row["boot_lower"]):
        told += (
            f"; by drawing each {one} again, {signed(row['boot_lower'])} to "
            f"{signed(row['boot_upper'])}"
        )
        if row["finding"] == ALIKE and row["lower"] * row["upper"] > 0:
            told += ". The two intervals do not agree, so no change is claimed"
    clusters = counted_as(int(row["n_clusters"]), one)
    both = "" if one == "piece" else f", {int(row['n_both'])} of them on both sides"
    yield f"{told}. This rests on {clusters}{both}."
    yield from _held_equal(mine)
    if row["finding"] == ALIKE:
        yield _when(result, row)


def _held_equal(mine: pd.DataFrame) -> Iterator[str]:
    names = {
        "same plan types": "With plan types held equal",
        "seen in both": "Among those with pieces on both sides alone",
    }
    told = [
        f"{names[row['kind']]} the difference is "
        f"{in_words(row['estimate'], row['lower'], row['upper'])}"
        for _, row in mine.iterrows()
        if row["kind"] in names and row["finding"] != FEW
    ]
    if told:
        second = [text[:1].lower() + text[1:] for text in told[1:]]
        yield "; ".join([told[0], *second]) + "."


def _when(result: Change, row: pd.Series) -> str:
    """About when a change could be told, where none can."""
    counts, ends = result.counts, _scale(result)
    if ends is None or not (counts["n_before"] or counts["n_after"]):
        return ""
    if result.method["around"] and not counts["n_after"]:
        return "Ask again when there are pieces from after that day, or give an earlier day."
    return expected(result.rubric, Compared(
        int(row["n_before"]), int(row["n_after"]), row["lower"], row["upper"], ends,
        counts["n_after"] / counts["months_after"], counts["last"],
    ))  # fmt: skip


def _scale(result: Change) -> tuple[float, float] | None:
    """Ends of the scale of the measure; None for ratios and totals."""
    rubric = result.rubric
    means = {c.id: c for c in rubric.components if c.mean}
    of = {c.id: c.of for c in rubric.composites}
    name = result.measure
    while name in of:
        name = of[name][0]
    if name in means:
        name = means[name].items[0].id
    if name not in rubric.items:
        return None
    scale = rubric.scale_of(name)
    return float(scale.minimum), float(scale.maximum)


def _segments(result: Change) -> Iterator[str]:
    rows = {row["kind"]: row for _, row in result.segments.iterrows()}
    every = result.method["every"].replace("_", "-")
    if "turning point" in rows:
        row = rows["turning point"]
        if math.isnan(row["estimate"]):
            return
        when = day_text(pd.Timestamp(row["name"]))
        chance = f"chance of such a one where there is none: {row['p']:.3f}"
        if row["p"] < 1 - result.method["confidence"]:
            yield (
                f"Looked at {every} by {every}, the likeliest turning point is {when}: "
                f"{signed(row['estimate'])} from then on ({chance})."
            )
        else:
            yield f"Looked at {every} by {every}, no turning point can be told ({chance})."
        return
    level = rows["level"]
    if math.isnan(level["estimate"]):
        yield f"A jump and a slope cannot be told apart: {level['reason']}."
        return
    slope = rows["slope"]
    yield (
        f"{every.capitalize()} by {every}, over {int(level['n_periods'])}, the level after that "
        f"day differs from where the line before was going by "
        f"{in_words(level['estimate'], level['lower'], level['upper'])}, and the slope by "
        f"{in_words(slope['estimate'], slope['lower'], slope['upper'], 3)} a {every}. In series "
        "this short such 95% intervals hold in 80 to 90 of 100 only: read them as too narrow."
    )


def _groups(result: Change) -> Iterator[str]:
    by = result.method["by"]
    rows = result.table[(result.table["kind"] == "mean")]
    rows = rows[~rows["group"].str.startswith(_ALL)]
    if not by or rows.empty:
        return
    told = []
    for finding in (HIGHER, LOWER, ALIKE, FEW):
        mine = rows[rows["finding"] == finding]
        if mine.empty:
            continue
        names = [
            row["group"]
            if finding in (ALIKE, FEW)
            else f"{row['group']} ({in_brackets(row['estimate'], row['lower'], row['upper'])})"
            for _, row in mine.iterrows()
        ]
        told.append(f"{finding}: {listed(names)}")
    yield f"By {listed([b.replace('_', ' ') for b in by])}, " + "; ".join(told) + "."
    if {ALIKE, FEW} & set(rows["finding"]) and {HIGHER, LOWER} & set(rows["finding"]):
        yield (
            "That a change can be told in one group and not in another does not show that they "
            "differ from one another."
        )


def _items(result: Change, whole: pd.DataFrame) -> Iterator[str]:
    rows = whole[(whole["kind"] == "item") & (whole["finding"] != FEW)]
    if rows.empty:
        return
    rate = percent(1 - result.method["confidence"])
    moved = rows[rows["finding"].isin([HIGHER, LOWER])]
    if moved.empty:
        yield (
            f"Of {_compared(result, rows)} none can be said to have moved, once it is allowed for "
            f"that {len(rows)} were looked at."
        )
        return
    told = []
    for finding in (HIGHER, LOWER):
        mine = moved[moved["finding"] == finding]
        if len(mine):
            told.append(_moved(result, mine, finding))
    rest = len(rows) - len(moved)
    yield (
        f"Of {_compared(result, rows)} {'; '.join(told)}. In brackets, the change as seen "
        f"and drawn towards that of all items; at most {rate} of such findings are expected to be "
        "false." + (f" For the other {rest} no change can be told." if rest else "")
    )


def _compared(result: Change, rows: pd.DataFrame) -> str:
    """How many items were compared; with several roles, each role's answers by themselves."""
    if rows["group"].nunique() < 2:
        return counted_as(len(rows), "item")
    return f"{len(rows)} comparisons of an item within one role"


def _moved(result: Change, mine: pd.DataFrame, finding: str) -> str:
    """Those that moved most, by the change drawn towards that of all; in the rubric's order."""
    most = mine.loc[mine[["shrunken", "estimate"]].abs().sum(axis=1).nlargest(_NAMED).index]
    shown = listed([_item(result, row) for _, row in most.sort_index().iterrows()])
    text = f"{len(mine)} {'is' if len(mine) == 1 else 'are'} {finding}"
    return f"{text}: {shown}" if len(mine) <= _NAMED else f"{text}, among them {shown}"


def _item(result: Change, row: pd.Series) -> str:
    label = item_label(row["name"], result.rubric.items[row["name"]].text)
    role = str(row["group"]).partition(", ")[2]
    label += f", by role {role}" if role else ""
    return f"{label} ({signed(row['estimate'])}, {signed(row['shrunken'])})"


def _recording(whole: pd.DataFrame) -> Iterator[str]:
    for _, row in whole[whole["kind"] == "no evidence"].iterrows():
        if row["finding"] in (HIGHER, LOWER):
            points = in_brackets(100 * row["estimate"], 100 * row["lower"], 100 * row["upper"], 0)
            yield (
                f"Answers for which no evidence was found went from {percent(row['before'])} to "
                f"{percent(row['after'])} ({points} points): part of the change may be "
                f"{'better' if row['estimate'] < 0 else 'poorer'} recording."
            )


def _who(result: Change) -> Iterator[str]:
    differing = result.who[result.who["differs"]]
    if len(differing):
        told = [
            f"{_ABOUT.get(row['column'], row['column'].replace('_', ' '))} "
            f"{str(row['value']).replace('_', ' ')}, {percent(row['before'])} before and "
            f"{percent(row['after'])} after"
            for _, row in differing.iterrows()
        ]
        yield f"Not the same was looked at: {'; '.join(told)}. Part of a change may be that."
    elif len(result.who):
        told = [_ABOUT.get(c, c.replace("_", " ")) for c in dict.fromkeys(result.who["column"])]
        yield f"No difference can be told in who was looked at ({listed(told)})."
    before, after, both = result.counts["raters"]
    if before and after and both < max(before, after):
        yield (
            f"{counted_as(before, 'rater')} scored what came before and {after} what came after, "
            f"{both} of them both: other raters may be stricter or more generous."
        )


def _events(result: Change) -> Iterator[str]:
    if len(result.events):
        told = [f"{row['what']} ({day_text(row['date'])})" for _, row in result.events.iterrows()]
        yield (
            f"In the time looked at: {listed(told)}. What happened in the same time cannot be told "
            "apart by these scores."
        )


def _cautions(result: Change, whole: pd.DataFrame) -> Iterator[str]:
    if set(whole["finding"]) & {HIGHER, LOWER}:
        yield (
            "A change in scores may be a change in practice, or in how raters score; `fidelity "
            "drift` tells them apart where benchmark pieces or agreed scores allow it."
        )
    first = whole[whole["kind"] == "mean"]
    if (first["reason"] == "few clusters").any():
        yield f"The intervals rest on fewer than 10 {several(result.method['cluster'])}: rough."
