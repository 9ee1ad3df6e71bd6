"""A team's learning page, laid out: strengths first, then worries, then what to try."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.analyses.feedback import describe
from fidelity.analyses.feedback_words import FEW, NOT_YET, THERE, quoted, share
from fidelity.present.document import Bullets, Document, Heading, Leaf, Part, Text
from fidelity.present.table import to_fill_in
from fidelity.results import PURPOSE
from fidelity.words import NOUNS, TOO_FEW, counted_as, listed, pieces

if TYPE_CHECKING:
    from fidelity.analyses.feedback import Seen
    from fidelity.rubric.model import Rubric

WELL, WORRIED, NEXT = (
    "What's working well?", "What are we worried about?", "What needs to happen?",
)  # fmt: skip
#: Items under each heading, and fewer people than this could be recognised (both local).
SHOWN, LEAST_PEOPLE = 3, 3
#: What the pieces are called in a title, and how one thing is tried, by what a rubric looks at.
_OURS = {"family": "what families told us", "staff": "what we said ourselves"}
_TRY = {
    "case_file": "Bring one file that you are working on now, and read it beside these words",
    "direct_practice": "Think of one visit that is coming up, and read these words before it",
    "supervision": "Take the next family that is talked about, and read these words before it",
    "family": "Think of one family that you are working with now, and read these words as they may",
}
_TOGETHER = "Read these words together"
#: A must-have is tried first where it was not yet seen in at least two pieces and in a quarter.
TWICE, QUARTER = 2, 0.25
#: More months than this are no advice.
_LONGEST = 60


@dataclass(frozen=True)
class Looked:
    """Of whom and when a page is.

    Attributes:
        team: its name.
        period: as people call it.
        note: why it is that period.
        per_month: pieces a month so far.
        last: day of the latest piece.
    """

    team: str
    period: str
    note: str
    per_month: float
    last: pd.Timestamp | None


def team_document(result: Seen, looked: Looked) -> Document:
    """The page of a team."""
    looks_at = result.rubric.looks_at
    title = f"{looked.team}: {_OURS.get(looks_at, f'what our {NOUNS[looks_at][1]} can teach us')}"
    body = _few if _too_few(result) else _page
    return Document(
        title, (Leaf((*_top(result, looked, title), *body(result, looked)), "learning"),)
    )


def strengths(table: pd.DataFrame) -> pd.DataFrame:
    """Items that are there: the surest first, at most `SHOWN`, then in rubric order."""
    there = table[(table["finding"] != FEW) & (2 * table["n_there"] > table["n_pieces"])]
    order = pd.DataFrame({"sure": there["finding"] != THERE, "low": -there["lower"].fillna(0)})
    return there.loc[order.sort_values(["sure", "low"], kind="stable").index[:SHOWN]].sort_index()


def worries(table: pd.DataFrame) -> pd.DataFrame:
    """Items not there yet: must-haves first, then the surest, at most `SHOWN`."""
    away = table[(table["finding"] != FEW) & (2 * table["n_there"] < table["n_pieces"])]
    order = pd.DataFrame({"must": ~away["must_have"].astype(bool),
                          "sure": away["finding"] != NOT_YET,
                          "high": away["upper"].fillna(1)})  # fmt: skip
    index = order.sort_values(["must", "sure", "high"], kind="stable").index[:SHOWN]
    return away.loc[index].sort_index()


def to_try(table: pd.DataFrame) -> pd.Series[Any] | None:
    """A must-have that was not yet seen, else the first worry, else the first step on."""
    known = table[table["n_pieces"] > 0]
    unseen = known[known["must_have"].astype(bool) & (known["n_not_yet_seen"] >= TWICE)
                   & (known["n_not_yet_seen"] >= QUARTER * known["n_pieces"])]  # fmt: skip
    if len(unseen):
        share = (unseen["n_not_yet_seen"] / unseen["n_pieces"]).to_numpy(float)
        return unseen.iloc[int(share.argmax())]
    for some in (worries(table), strengths(table)):
        steps = some[some["next_description"] != ""]
        if len(steps):
            return steps.iloc[0]
    return None


def _too_few(result: Seen) -> bool:
    people = result.counts["people"]
    return result.counts["pieces"] < TOO_FEW or (people is not None and people < LEAST_PEOPLE)


def _top(result: Seen, looked: Looked, title: str) -> Iterator[Part]:
    counts, rubric = result.counts, result.rubric
    people = counts["people"]
    who = f", the work of {counted_as(people, 'person', 'people')}" if people else ""
    yield Heading(title, 1)
    n = pieces(rubric, counts["pieces"])
    yield Text(f"{rubric.title} · {looked.period} · {n}{who} · {PURPOSE}", "purpose")


def _page(result: Seen, looked: Looked) -> Iterator[Part]:
    rubric, table = result.rubric, result.table
    one, several = NOUNS[rubric.looks_at]
    yield Text(
        f"This is about the work and not about any one of you. For each item it says in how many "
        f"{several} it was there, what was seen, and what one step more would look like."
    )
    yield Heading(WELL)
    yield from _items(rubric, strengths(table), _where_better(table, one, several))
    yield Heading(WORRIED)
    yield from _items(
        rubric, worries(table), f"No item was missing in most of these {several}. What worries "
        "you that this did not ask about?",
    )  # fmt: skip
    yield Heading(NEXT)
    yield from _next(result, looked)
    yield Text(_rule(result, looked), "note")
    yield Text(rubric.notice, "note")


def _items(rubric: Rubric, items: pd.DataFrame, none: str) -> Iterator[Part]:
    if items.empty:
        yield Text(none)
    for _, row in items.iterrows():
        yield Heading(str(row["text"]), 3)
        yield Bullets(tuple(_told(rubric, row)))


def _where_better(table: pd.DataFrame, one: str, several: str) -> str:
    """Where no item is there in most: those that were there in some."""
    away = worries(table).index
    some = table[(table["finding"] != FEW) & (table["n_there"] > 0)].drop(
        index=away, errors="ignore"
    )
    best = some.loc[some["lower"].sort_values(ascending=False, kind="stable").index[:2]]
    seen = listed([f"“{row['text']}” ({int(row['n_there'])} of {int(row['n_pieces'])} {several})"
                   for _, row in best.sort_index().iterrows()])  # fmt: skip
    start = f"No item was there in most of these {several} yet. "
    middle = f"It was there in some: {seen}. " if seen else ""
    return (
        f"{start}{middle}Ask one another: in which {one} did it go well, and what was done there?"
    )


def _told(rubric: Rubric, row: pd.Series[Any]) -> Iterator[str]:
    one, several = NOUNS[rubric.looks_at]
    told = share(rubric, row)
    yield f"{told[0].upper()}{told[1:]}."
    if row["description"]:
        n = counted_as(int(row["n_level"]), one, several)
        yield f"What that looked like, most often ({n}): {quoted(row['description'])}."
    if row["next_description"]:
        yield f"One step more: {quoted(row['next_description'])}."


def _next(result: Seen, looked: Looked) -> Iterator[Part]:
    rubric = result.rubric
    one = NOUNS[rubric.looks_at][0]
    row = to_try(result.table)
    if row is not None:
        yield Heading("One thing to try in supervision", 3)
        yield Text(_trial(rubric, row))
    yield Heading("To talk through together", 3)
    yield Bullets(tuple(_questions(result, one)))
    yield to_fill_in("What we will try (for the learning log)",
                     ("What", "Who sees to it", "By when", "What we expect to see"), 2)  # fmt: skip


def _trial(rubric: Rubric, row: pd.Series[Any]) -> str:
    several = NOUNS[rubric.looks_at][1]
    why = ""
    if row["must_have"] and row["n_not_yet_seen"]:
        of = f"{int(row['n_not_yet_seen'])} of {int(row['n_pieces'])} {several}"
        why = f" It is a must-have, and was not yet seen in {of}."
    level = row["level"] if math.isnan(row["next_level"]) else row["next_level"]
    if why:
        level = float(rubric.items[row["item"]].must_have or level)
    aim = quoted(describe(rubric, str(row["item"]), level))
    with_whom = " with this family" if rubric.looks_at in _TRY else ""
    how = _TRY.get(rubric.looks_at, _TOGETHER)
    return (
        f"“{row['text']}”.{why} {how}: {aim}. Ask: what is already there, and what "
        f"would be the smallest next step{with_whom}?"
    )


def _questions(result: Seen, one: str) -> Iterator[str]:
    good, worry = strengths(result.table), worries(result.table)
    if len(good):
        yield (
            f"“{good.iloc[0]['text']}”: what did we do where this went well, and how can we do it "
            "on purpose elsewhere?"
        )
    if len(worry):
        yield (
            f"“{worry.iloc[0]['text']}”: what was in the way: time, the form, not being sure how, "
            "or did it not fit the family?"
        )
    if result.rubric.looks_at == "family":
        yield "Have we told the families who answered what we heard, and what we will do?"
    else:
        yield "What would the children and parents say about it, and how do we know?"
    yield "What do we need from our managers and the service to make the next step possible?"
    article = "an" if one[0] in "aeiou" else "a"
    yield f"Does this fit what you see? What does {article} {one} not show?"


def _rule(result: Seen, looked: Looked) -> str:
    counts, several = result.counts, NOUNS[result.rubric.looks_at][1]
    level = result.method["confidence"]
    roles = [role.replace("_", " ") for role in counts["roles"] if role]
    how = (
        "How this was made: an item counts as there where it was scored above the middle of its "
        f"scale. Of items with at least {TOO_FEW} {several}, at most {SHOWN} stand under each "
        "heading: must-haves first among worries, then those that are surest; in the rubric's "
        f"order. “Most likely in most” is said only with {level:.0%} intervals that leave out a "
        "half, false findings among many items held down; elsewhere it is what was seen here."
    )
    by = f"Scored in the role: {listed(roles)}." if roles else ""
    unknown = f"How the {several} were chosen is not recorded, so this speaks for them alone."
    away = f"{counted_as(counts['left_out'], 'piece')} chosen for a reason left out."
    parts = [how, looked.note, by, "" if counts["selection_known"] else unknown,
             away if counts["left_out"] else ""]  # fmt: skip
    return " ".join(part for part in parts if part)


def _few(result: Seen, looked: Looked) -> Iterator[Part]:
    """Too few pieces or people: the items as questions, and when an answer could be expected."""
    rubric, n = result.rubric, result.counts["pieces"]
    several = NOUNS[rubric.looks_at][1]
    yield Text(_why_few(result), "headline")
    yield Text(_when(result, looked))
    yield Heading(f"{WELL} {WORRIED}")
    yield Text(
        f"Nobody can say yet from {pieces(rubric, n)}. These questions come from what was looked "
        "for. Take them with one piece of your own work in hand."
    )
    for _, row in _asked(result.table).iterrows():
        yield Heading(str(row["text"]), 3)
        yield Bullets(tuple(_question(result, row)))
    yield Heading(NEXT)
    yield Bullets((
        "Which of these would we like to be known for, and what is one thing to try until then?",
        "What would the children and parents say about it, and how do we know?",
        f"Which {several} should be looked at next, and who will look at them with us?",
    ))  # fmt: skip
    yield to_fill_in("What we will try (for the learning log)",
                     ("What", "Who sees to it", "By when", "What we expect to see"), 2)  # fmt: skip
    yield Text(rubric.notice, "note")


def _why_few(result: Seen) -> str:
    rubric, counts = result.rubric, result.counts
    if counts["pieces"] < TOO_FEW:
        n = pieces(rubric, counts["pieces"])
        return f"{n}: too few to say what is working well or what to worry about."
    return (
        f"All {pieces(rubric, counts['pieces'])} are the work of "
        f"{counted_as(counts['people'], 'person', 'people')}, who could be recognised. So nothing "
        "that was seen in them stands here: talk with them themselves."
    )


def _when(result: Seen, looked: Looked) -> str:
    rubric, n, people = result.rubric, result.counts["pieces"], result.counts["people"]
    who = f"the work of at least {LEAST_PEOPLE} people"
    if n >= TOO_FEW:
        return f"An answer for the team needs {who}."
    more = f"An answer needs at least {TOO_FEW}, so {pieces(rubric, TOO_FEW - n)} more"
    if people is not None and people < LEAST_PEOPLE:
        more = f"{more}, and {who}"
    months = math.ceil((TOO_FEW - n) / looked.per_month) if looked.per_month > 0 else 0
    if looked.last is None or not 0 < months <= _LONGEST:
        return f"{more}. How soon that is depends on how many are looked at each month."
    when = looked.last + pd.DateOffset(months=months)
    return f"{more}; at the pace so far, that is about {when:%B %Y}."


def _asked(table: pd.DataFrame) -> pd.DataFrame:
    """Must-haves first, then the others; those that were answered in these pieces."""
    known = table[table["n_pieces"] > 0]
    known = known if len(known) else table
    order = (~known["must_have"].astype(bool)).sort_values(kind="stable").index[: SHOWN + 1]
    return known.loc[order].sort_index()


def _question(result: Seen, row: pd.Series[Any]) -> Iterator[str]:
    rubric, people = result.rubric, result.counts["people"]
    several = NOUNS[rubric.looks_at][1]
    hidden = people is not None and people < LEAST_PEOPLE
    if row["description"] and row["n_pieces"] >= LEAST_PEOPLE and not hidden:
        of = f"{int(row['n_level'])} of {int(row['n_pieces'])} {several}"
        yield f"What was seen in {of}: {quoted(row['description'])}. Does your own look like it?"
    aim = describe(rubric, str(row["item"]), float(row["there_from"]))
    if aim:
        yield f"What it looks like when it is there: {quoted(aim)}. Where did you last see that?"
