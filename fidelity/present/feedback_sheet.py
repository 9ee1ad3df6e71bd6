"""A practitioner's sheet, laid out: for that person and their supervisor alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.analyses.feedback_person import change_told
from fidelity.analyses.feedback_words import quoted
from fidelity.present.document import Bullets, Document, Heading, Leaf, Part, Text
from fidelity.present.table import rows_of, to_fill_in
from fidelity.results import PURPOSE
from fidelity.words import NOUNS, pieces

if TYPE_CHECKING:
    from fidelity.analyses.feedback_person import Observed

#: Steps to choose from (local).
STEPS = 3


def sheet_document(result: Observed, practitioner: str) -> Document:
    """The sheet of one person."""
    title = f"For supervision: {practitioner}"
    return Document(title, (Leaf(tuple(_parts(result, practitioner, title)), "learning"),))


def to_try(table: pd.DataFrame) -> pd.DataFrame:
    """At most `STEPS` things with a step more: must-haves not yet seen, then what was not there.

    Where all was there, the first step on.
    """
    steps = table[table["next_description"] != ""]
    away = steps[~steps["there"].astype(bool)]
    if away.empty:
        return steps.head(1)
    return away.sort_values("not_yet_seen", ascending=False, kind="stable").head(STEPS)


def _parts(result: Observed, practitioner: str, title: str) -> Iterator[Part]:
    rubric, counts = result.rubric, result.counts
    one, several = NOUNS[rubric.looks_at]
    yield Heading(title, 1)
    yield Text(
        f"Only for {practitioner} and their supervisor. It goes into no appraisal, no file on "
        "capability and no list, and nobody is compared with anybody.",
        "headline",
    )
    yield Text(f"{rubric.title} · {pieces(rubric, counts['pieces'])} · {PURPOSE}", "purpose")
    day = counts["date"]
    when = f" of {day.day} {day:%B %Y}" if day is not None else ""
    yield Text(
        f"One {one}{when} ({counts['piece']}): what was seen in it. It is not a level of how you "
        "work: the same person works differently with different families, and another reader might "
        "have seen it differently."
    )
    there = result.table[result.table["there"].astype(bool)]
    away = result.table[~result.table["there"].astype(bool)]
    if len(there):
        yield rows_of(f"What was there in this {one}", ["Item", "What was seen"],
                      [[row["text"], row["description"]] for _, row in there.iterrows()],
                      numeric=(False, False))  # fmt: skip
    if len(away):
        yield rows_of(f"What was not there yet in this {one}", ["Item", "What was seen"],
                      [[row["text"], row["description"]] for _, row in away.iterrows()],
                      numeric=(False, False))  # fmt: skip
    yield from _several(result, several)
    yield Heading("Over time")
    yield Text(change_told(result))
    yield from _next(result, one)
    yield to_fill_in("Your own view (for you to fill in)",
                     ("What I did well here", "What got in the way", "What I want to try"),
                     1)  # fmt: skip
    yield Text(rubric.notice, "note")


def _several(result: Observed, several: str) -> Iterator[Part]:
    """What was there in each of the latest few pieces."""
    most = int(result.table["n_pieces"].max()) if len(result.table) else 0
    if most < 2:
        return
    always = result.table[
        (result.table["n_there"] == result.table["n_pieces"]) & (result.table["n_pieces"] >= 2)
    ]
    yield Heading(f"In the latest {most} {several}")
    if always.empty:
        yield Text(f"No item was there in each of the latest {several} in which it applied.")
        return
    yield Text("There each time that it could be seen: something to build on.")
    yield Bullets(tuple(f"{text}" for text in always["text"]))


def _next(result: Observed, one: str) -> Iterator[Part]:
    steps = to_try(result.table)
    yield Heading("What to try next")
    if steps.empty:
        yield Text(f"Nothing was missing that this {one} could show. What would you like to try?")
        return
    yield Text(
        "Choose one. With which family could you try it before you next meet, and what help would "
        "you like?"
        if len(steps) > 1
        else "With which family could you try it before you next meet, and what help would help?"
    )
    yield Bullets(tuple(_step(row) for _, row in steps.iterrows()))


def _step(row: pd.Series[Any]) -> str:
    why = " It is a must-have that was not yet seen here." if row["not_yet_seen"] else ""
    return f"“{row['text']}”.{why} One step more would be: {quoted(row['next_description'])}."
