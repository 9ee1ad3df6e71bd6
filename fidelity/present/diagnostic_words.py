"""The sentences of the organisation diagnostic, made from the flags of `standing`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.analyses.standing import ALL, FEW, LOW, NOT_LOW, ONE_SOURCE
from fidelity.present.scope import day
from fidelity.words import counted_as, in_brackets, in_words, listed

if TYPE_CHECKING:
    from fidelity.analyses.standing import Standing

ROLES = ("leader", "manager", "practitioner")
#: Whose views are set against each other, and what stands where there are too few.
PAIRS = (("leader", "practitioner"), ("manager", "practitioner"), ("leader", "manager"))
NOT_COMPARED = "too few to say"
_SIDES = ("first", "second")
#: At most so many things to do first, and so many gaps in words.
MOST, WIDEST = 3, 2
#: Replies of a role from which a survey is shown.
LEAST_REPLIES = 10
RULE = (
    "Rule (local): every view of the item lies under the middle (0.5) of the scale, the views come "
    "from two kinds of source at least, and their mean is under the middle beyond chance, all "
    "items allowed for. Must-haves first, then the lowest."
)
CANNOT = (
    "What families meet: that takes files, visits and families' own words. What those think who "
    "were not asked or did not reply. Whether a gap lies in what people see or in how they read "
    "the level descriptions. What a change would do for children. Nothing is mapped to inspection "
    "grades."
)


def headline(standings: Sequence[Standing]) -> str:
    """From how much we know what, and what we cannot yet say."""
    n = sum(sum(standing.views.values()) for standing in standings)
    if not n:
        return (
            "Too few to say: nobody has scored the organisation yet. This page says what to gather."
        )
    items = pd.concat([s.items for s in standings], ignore_index=True)
    kinds = items["finding"].value_counts()
    settled = int(kinds.get(LOW, 0) + kinds.get(NOT_LOW, 0))
    low = int(kinds.get(LOW, 0))
    start = f"From {counted_as(n, 'assessment')} of the organisation "
    if not settled:
        return (
            f"{start}we cannot yet say of any of {len(items)} items where it stands from two kinds "
            "of source."
        )
    told = counted_as(low, "item") if low else "no item"
    rest = len(items) - settled
    end = (
        f"; of {rest} more we cannot yet say, or know from one kind of source only" if rest else ""
    )
    return (
        f"{start}we know {settled} of {len(items)} items from two kinds of source or more: {told} "
        f"agreed low by all of them{end}."
    )


def concerns(n: int) -> str:
    """That children may be at risk; who they are stands in the files alone."""
    open_ = counted_as(n, "open concern")
    return f"Before anything else: the files hold {open_} that a child may be at risk. See to them."


def rests(standings: Sequence[Standing]) -> Iterator[str]:
    """What each rubric rests on, with its period."""
    for standing in standings:
        told = ", ".join(f"{name} {n}" for name, n in standing.views.items())
        if not told:
            continue
        first, last = (day(pd.Timestamp(each)) if each else "" for each in standing.period)
        when = f", {_span(first, last)}" if first else ""
        few = int((standing.items["finding"] == FEW).sum())
        one = int((standing.items["finding"] == ONE_SOURCE).sum())
        parts = [f"{one} from one source"] if one else []
        parts += [f"{few} too few to say"] if few else []
        items = f" Of {len(standing.items)} items {listed(parts)}." if parts else ""
        yield f"{standing.rubric.title}{when}: {told}.{items}"


def _span(first: str, last: str) -> str:
    """Two dates without what they share: "8 to 19 December 2025"."""
    one, other = first.split(), last.split()
    if one[1:] == other[1:]:
        return last if one == other else f"{one[0]} to {last}"
    return f"{' '.join(one[:2])} to {last}" if one[2:] == other[2:] else f"{first} to {last}"


def first_things(standings: Sequence[Standing]) -> list[str]:
    """What to do first by the rule; and where a second source is needed first."""
    items = _all_items(standings)
    low = items[items["finding"] == LOW]
    low = low.sort_values(["must_have", "estimate"], ascending=[False, True], kind="stable")
    told = [_first(row) for _, row in low.head(MOST).iterrows()]
    if told or items.empty:
        return told
    one = items[(items["finding"] == ONE_SOURCE) & (items["upper"] < 0.5)]
    one = one[one["views_low"] == one["views"]]
    one = one.sort_values(["must_have", "estimate"], ascending=[False, True], kind="stable")
    if one.empty:
        return ["By the rule below nothing comes first: no item is agreed low by several sources."]
    return [
        f"Look at a second kind of source (documents, data, a meeting that is watched) for: "
        f"“{row['text']}”. Low in {row['sources']} alone: {_mean(row)}."
        for _, row in one.head(MOST).iterrows()
    ]


def rule(standings: Sequence[Standing]) -> str:
    """The rule of what comes first, and how many items more it holds for."""
    low = int((_all_items(standings)["finding"] == LOW).sum())
    more = f" {counted_as(low - MOST, 'more item')} agreed low come after." if low > MOST else ""
    return f"{RULE}{more}"


def _all_items(standings: Sequence[Standing]) -> pd.DataFrame:
    if not standings:
        return pd.DataFrame(columns=["finding", "must_have", "estimate"])
    return pd.concat([s.items for s in standings], ignore_index=True)


def _first(row: pd.Series[Any]) -> str:
    must = "Must-have. " if row["must_have"] else ""
    return (
        f"“{row['text']}” ({row['component']}). {must}Low in {row['views_low']} of {row['views']} "
        f"views from {row['n_sources']} kinds of source: {_mean(row)}."
    )


def _mean(row: pd.Series[Any]) -> str:
    told = f"{row['estimate']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
    return f"{told}, n {int(row['n_pieces'])}"


def disagreements(standings: Sequence[Standing], survey: Standing | None) -> Iterator[str]:
    """Which views differ over all items and on single ones; which are too few to compare."""
    gaps = _all_gaps(standings, survey)
    known = gaps[gaps["finding"] != FEW]
    if known.empty:
        yield "Too few of each view to say where they disagree; five of each are needed."
        return
    whole = known["item"] == ALL
    differ = known["finding"] == "differ"
    told = [
        f"{what} in {int((differ & mine).sum())} of {counted_as(int(mine.sum()), 'comparison')}"
        for mine, what in ((whole, "over all items"), (~whole, "on a single item"))
        if mine.any()
    ]
    yield f"Two views differ {listed(told)}, after allowing for having looked at all of them."
    shown = known[~whole & differ]
    if len(shown):
        first = "; ".join(_item_gap(row) for _, row in _widest(shown).iterrows())
        more = f"; and {len(shown) - WIDEST} more" if len(shown) > WIDEST else ""
        yield f"They differ most on {first}{more}."
    yield from _looked_at(gaps[gaps["item"] == ALL])


def _widest(gaps: pd.DataFrame) -> pd.DataFrame:
    """A few gaps, the widest first: of views, never of people or teams."""
    order = gaps["estimate"].abs().sort_values(ascending=False, kind="stable").index
    return gaps.loc[order[:WIDEST]]


def _item_gap(row: pd.Series[Any]) -> str:
    return f"“{row['text']}” ({_minus(row)})"


def _minus(row: pd.Series[Any]) -> str:
    told = in_brackets(row["estimate"], row["lower"], row["upper"])
    n = f"n {int(row['n_first'])} and {int(row['n_second'])}"
    return f"{row['first']} minus {row['second']} {told}, {n}"


def _looked_at(gaps: pd.DataFrame) -> Iterator[str]:
    """What was looked at from outside beside what people said."""
    spoke = [gaps[side].str.split(" (", regex=False).str[0].isin(ROLES) for side in _SIDES]
    beside = gaps[spoke[0] != spoke[1]]
    known = beside[beside["finding"] != FEW]
    shown = known[known["finding"] == "differ"]
    if len(known):
        start = "What was looked at (documents, data, meetings) beside what people said"
        if shown.empty:
            told = f"no difference can be told in {counted_as(len(known), 'comparison')}"
            wide = "; ".join(_minus(row) for _, row in _widest(known).iterrows())
            yield f"{start}, over all items: {told}. The widest: {wide}."
        else:
            told = "; ".join(_minus(row) for _, row in _widest(shown).iterrows())
            yield f"{start} differs in {len(shown)} of {len(known)}. The widest: {told}."
    few = sorted(
        {view for side in _SIDES for view in beside[side]}
        - {view for side in _SIDES for view in known[side]}
    )
    if few:
        yield f"Too few to compare with others: {listed(few)}."


def _all_gaps(standings: Sequence[Standing], survey: Standing | None) -> pd.DataFrame:
    every = [s.gaps for s in (*standings, *([survey] if survey else []))]
    if not every:
        return pd.DataFrame(columns=["finding", "item", "first", "second"])
    return pd.concat(every, ignore_index=True)


def gap_rows(standings: Sequence[Standing], survey: Standing | None) -> list[list[str]]:
    """Gaps between leaders, managers and practitioners over all items, one row a rubric."""
    rows = []
    for standing in (*standings, *([survey] if survey else [])):
        gaps = standing.gaps[standing.gaps["item"] == ALL]
        cells = [_gap(gaps, first, second) for first, second in PAIRS]
        if any(cell != NOT_COMPARED for cell in cells):
            rows.append([_short(standing.rubric.title), *cells])
    return rows


def _short(title: str) -> str:
    """A title without what stands in brackets or after a question."""
    return title.split(" (")[0].split("? ")[0].rstrip("?")


def _gap(gaps: pd.DataFrame, first: str, second: str) -> str:
    """A gap of two roles; where a role has several kinds of source, as interviews have it."""
    views = [{role, f"{role} (interview)"} for role in (first, second)]
    found = gaps[gaps["first"].isin(views[0]) & gaps["second"].isin(views[1])]
    if found.empty or found["finding"].iloc[0] == FEW:
        return NOT_COMPARED
    row = found.iloc[0]
    differ = " *" if row["finding"] == "differ" else ""
    n = f"n {int(row['n_first'])} and {int(row['n_second'])}"
    return f"{in_words(row['estimate'], row['lower'], row['upper'])}{differ}, {n}"


def hidden_roles(replies: Mapping[str, int]) -> str:
    """Which roles of the survey are not shown; "" where all are."""
    few = [role for role, n in replies.items() if n < LEAST_REPLIES]
    if not few:
        return ""
    return f"Fewer than {LEAST_REPLIES} replies, so not shown: {listed(few)}."
