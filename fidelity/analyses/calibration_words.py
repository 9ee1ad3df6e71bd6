"""The sentences of calibration: from the same numbers and flags as its tables and pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fidelity.readiness import (
    ALONE,
    IN_PAIRS,
    LEAST_AGREEMENT,
    LEAST_EXACT,
    LEAST_SCORES,
    TOO_FEW_TO_SAY,
)
from fidelity.rubric.model import Rubric
from fidelity.words import (
    NOUNS,
    TOO_FEW,
    counted_as,
    in_figures,
    item_label,
    listed,
    main_mean,
    percent,
    pieces,
)

Row = Mapping[Any, Any]
#: Items that are told as scored above or below what was agreed.
MOST_ITEMS = 3


@dataclass(frozen=True)
class Facts:
    """What entered.

    Attributes:
        agreed: pieces of practice with an agreed score that somebody's score was held against.
        benchmark: benchmark pieces of that kind.
        unused: levels at which no score was agreed.
        roles: the two roles of the gap.
        roles_seen: whether anybody scored in one of them.
        left_out: pieces left out because of how they were chosen, by selection.
    """

    agreed: int
    benchmark: int
    unused: tuple[int, ...]
    roles: tuple[str, str]
    roles_seen: bool
    left_out: dict[str, int]


def sentences(
    rubric: Rubric, table: pd.DataFrame, items: pd.DataFrame, gap: pd.DataFrame, facts: Facts
) -> Iterator[str]:
    """What calibration says, in the order in which a QA lead asks."""
    whole = table[table["rater"] == "(all)"].to_dict(orient="records")
    everybody = {str(row["measure"]): row for row in whole}
    raters = table[(table["rater"] != "(all)") & (table["measure"] == "exact")]
    if not facts.agreed and not facts.benchmark:
        yield (
            "Nothing was scored for which an agreed score is recorded. Agree on some "
            f"{NOUNS[rubric.looks_at][1]} after scoring them apart, or score benchmark pieces, and "
            'enter what was agreed with the role "agreed".'
        )
    else:
        yield _looked_at(rubric, raters, everybody, facts)
        yield _everybody(everybody)
        yield from _ready(rubric, raters, facts)
        yield from _items(items)
    yield from _left_out(facts)
    yield from _gap(rubric, gap, facts)


def _looked_at(
    rubric: Rubric, raters: pd.DataFrame, everybody: Mapping[str, Row], facts: Facts
) -> str:
    sources = []
    if facts.benchmark:
        sources.append(counted_as(facts.benchmark, "benchmark piece"))
    if facts.agreed:
        sources.append(f"{pieces(rubric, facts.agreed)} agreed on after moderation")
    n = int(everybody["exact"]["n_scores"])
    text = (
        f"{counted_as(n, 'item score')} by {counted_as(len(raters), 'rater')} beside the agreed "
        f"ones, on {listed(sources)}"
    )
    if facts.agreed:
        text += (
            ". What was agreed after moderation rests in part on the raters' own scores, so they "
            "look closer to it than they would to a benchmark"
        )
    return text + "."


def _everybody(everybody: Mapping[str, Row]) -> str:
    exact, near = everybody["exact"], everybody["within one"]
    limits = f"{percent(exact['lower'])} to {percent(exact['upper'])}"
    if math.isnan(exact["lower"]):
        limits = exact["reason"]
    clear = exact["lower"] > max(exact["guessing"], exact["middle"])
    said = "Raters do better than both." if clear else "It is not clear that raters do better."
    return (
        f"Together raters gave the agreed level in {percent(exact['estimate'])} ({limits}), and "
        f"the same or the next level in {percent(near['estimate'])}. On these very scores guessing "
        f"would get {percent(exact['guessing'])} and {percent(near['guessing'])}, and always "
        f"giving the middle level {percent(exact['middle'])} and {percent(near['middle'])}. {said}"
    )


def _ready(rubric: Rubric, raters: pd.DataFrame, facts: Facts) -> Iterator[str]:
    told = []
    for verdict in (ALONE, IN_PAIRS, TOO_FEW_TO_SAY):
        rows = raters[raters["verdict"] == verdict]
        if len(rows):
            told.append(f"{verdict[:1].upper()}{verdict[1:]}: {', '.join(rows['rater'])}")
    yield f"{'. '.join(told)}. (In the order of their ids.)"
    yield (
        f"The rule behind this (local, not from a publication): at least {LEAST_SCORES} item "
        f"scores compared, at least {percent(LEAST_EXACT)} of them the agreed level, and alpha "
        f"above {LEAST_AGREEMENT:.2f} even at the lower end of its interval. It says when to stop "
        "scoring in pairs. Nobody is certified or failed by it, and it ranks nobody."
    )
    more = raters.loc[raters["more_pieces"] > 0, "more_pieces"]
    if len(more):
        low, high = int(more.min()), int(more.max())
        number = f"{low}" if low == high else f"{low} to {high}"
        yield (
            f"About {number} more {NOUNS[rubric.looks_at][1]} with agreed scores would do for "
            f"{counted_as(len(more), 'rater')}, if they score as they do now."
        )
    if facts.unused:
        levels = listed([str(level) for level in facts.unused])
        level, those = ("level", "it is") if len(facts.unused) == 1 else ("levels", "they are")
        yield f"No score was agreed at {level} {levels}, so how {those} used cannot be seen."


def _items(items: pd.DataFrame) -> Iterator[str]:
    rows = items[items["beyond_chance"]]
    if rows.empty:
        yield (
            "On no item do raters clearly lie above or below what was agreed, given how many items "
            "were looked at."
        )
        return
    rows = rows.reindex(rows["estimate"].abs().sort_values(ascending=False, kind="stable").index)
    named = []
    for _, row in rows.head(MOST_ITEMS).iterrows():
        side = "more often above" if row["estimate"] > 0 else "more often below"
        limits = sorted(abs(row[name]) * 100 for name in ("lower", "upper"))
        named.append(
            f"{item_label(row['item'], row['text'])} ({side}, by {100 * abs(row['estimate']):.0f} "
            f"points in 100, {limits[0]:.0f} to {limits[1]:.0f}, {row['n_scores']:,} scores)"
        )
    many = f"On {len(rows)} of {len(items)} items" if len(items) > 1 else "On the item"
    yield (
        f"{many} raters clearly lie above or below what was agreed, given how many were looked at; "
        f"the furthest: {'; '.join(named)}. Talk about what those level descriptions say."
    )


def _left_out(facts: Facts) -> Iterator[str]:
    if facts.left_out:
        kinds = listed([f"{n} {kind.replace('_', ' ')}" for kind, n in facts.left_out.items()])
        yield f"Left out because they were chosen for a reason: {kinds}."


def first_of_gap(rubric: Rubric, gap: pd.DataFrame) -> pd.Series | None:
    """The row that is told first: the main mean, else the band or first item; None for none."""
    known = gap[gap["estimate"].notna()]
    main = known[(known["measure"] == main_mean(rubric)) | (known["kind"] != "mean")]
    return main.iloc[0] if len(main) else None


def _gap(rubric: Rubric, gap: pd.DataFrame, facts: Facts) -> Iterator[str]:
    one, other = (f"{role.replace('_', ' ')}s" for role in facts.roles)
    row = first_of_gap(rubric, gap)
    if row is None and not facts.roles_seen:
        return
    if row is None:
        yield f"No piece was scored by both {one} and {other}, so their gap cannot be seen."
        return
    n = pieces(rubric, int(row["n_pieces"]))
    if row["n_pieces"] < TOO_FEW:
        yield f"{n} scored by both {one} and {other}: too few to say how they differ."
        return
    if row["kind"] == "mean":
        limits = in_figures(row["estimate"], row["lower"], row["upper"])
        text = f"“{row['text']}”: {one} less {other} {limits} levels, on {n} that both scored"
    else:
        text = (
            f"“{row['text']}”, on {n} that both scored: {one} gave more than {other} on "
            f"{row['n_above']}, the same on {row['n_same']}, less on {row['n_below']}; above less "
            f"below {_points(row)}"
        )
    clear = row["lower"] > 0 or row["upper"] < 0
    if clear:
        generous = one if row["estimate"] > 0 else other
        text += f". On these {generous} are the more generous"
    else:
        text += ". That may be chance: the interval holds 0"
    if row["reason"] == "few clusters":
        text += ". It rests on few independent parts: read it as rough"
    yield text + "."


def _points(row: pd.Series) -> str:
    told = f"{100 * row['estimate']:+.0f} points in 100"
    if pd.isna(row["lower"]):
        return f"{told}, no interval can be given"
    return f"{told} ({100 * row['lower']:+.0f} to {100 * row['upper']:+.0f})"
