"""What is said of sources side by side. Nobody is taken to be right."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.rubric.themes import Themes
from fidelity.words import counted_as, in_brackets, in_words, listed, percent, pieces

if TYPE_CHECKING:
    from fidelity.analyses.triangulate import Triangulation

ALL = "(all)"
#: Published facts on who rates; where they stand is said in the sentence.
WHO_RATES = (
    "Who rates matters: in a randomised comparison with 126 clinicians, self-report and recall "
    "prompted by the case record both overstated adherence beside coded recordings; role play came "
    "close to them (PMC9680992). So a file audit or a self-rating is no "
    "stand-in for practice that was observed."
)
SUPERVISORS = (
    "In one study supervisors of social workers rated their own skill high where observers found "
    "it modest (orca.cardiff.ac.uk/id/eprint/115191)."
)
NOBODY_RIGHT = (
    "Each source sees something else. Where two of them part, that is a question to look into "
    "together, not a mistake of either; and where nothing can be told apart, they need not agree."
)
_OWN_PLACE = {"self", "practitioner", "manager", "leader"}


def sentences(result: Triangulation, themes: Themes) -> Iterator[str]:
    """What is compared, where sources part, their order, and how to read it."""
    yield from _compared(result)
    yield from _apart(result)
    yield from _beyond(result)
    yield from _in_general(result)
    yield from _order(result)
    yield from _ceilings(result)
    yield from _replied(result)
    roles = {source.footing.role for source in result.sources}
    looks = {source.footing.rubric.looks_at for source in result.sources}
    if roles & _OWN_PLACE or "case_file" in looks:
        yield WHO_RATES
    if roles & _OWN_PLACE:
        yield SUPERVISORS
    yield NOBODY_RIGHT


def _compared(result: Triangulation) -> Iterator[str]:
    n = result.table["theme"].nunique()
    told = [f"{s.name} ({pieces(s.footing.rubric, len(s.footing))})" for s in result.sources]
    shared = counted_as(n, "theme") if n else "no theme"
    yield (
        f"{counted_as(len(told), 'source')} beside one another, {shared} known to two or more: "
        f"{', '.join(told)}."
    )
    yield (
        "Each figure is a share of a source's own scale: 0 the lowest level, 1 the highest. That "
        "makes them alike in form alone, since levels are described in different words. Which "
        "items make a theme was decided by reading them, and is local."
    )


def _of_themes(result: Triangulation) -> pd.DataFrame:
    return result.pairs[result.pairs["theme"] != ALL]


def _apart(result: Triangulation) -> Iterator[str]:
    table = _of_themes(result)
    known = table[table["finding"] != "too few to say"]
    few = len(table) - len(known)
    differ = known[known["finding"] == "differ"]
    if len(known):
        where = f"{len(differ)} of {counted_as(len(known), 'comparison')}"
        yield (
            f"Two sources differ on a theme in {where}, after allowing for having looked at all of "
            "them."
        )
    for _, row in differ.iterrows():
        yield (
            f"{row['title']}: {row['first']} beside {row['second']} "
            f"{in_words(row['estimate'], row['lower'], row['upper'])}, {_of(row)}."
        )
    if few:
        yield f"{counted_as(few, 'comparison')} with too few pieces to say."


def _of(row: pd.Series[Any]) -> str:
    if row["linked"]:
        return f"in the same {counted_as(int(row['n_first']), 'case')}"
    return f"not of the same cases, n {int(row['n_first'])} and {int(row['n_second'])}"


def _beyond(result: Triangulation) -> Iterator[str]:
    table = _of_themes(result)
    found = table[table["apart_beyond"].astype(bool) & (table["finding"] != "differ")]
    if found.empty:
        return
    told = [
        f"{row['title']} ({row['first']} beside {row['second']}, "
        f"{in_words(row['beyond'], row['beyond_lower'], row['beyond_upper'])})"
        for _, row in found.iterrows()
    ]
    yield (
        "Beyond the general difference of two sources, which may lie in their scales, they also "
        f"part on: {'; '.join(told)}."
    )


def _in_general(result: Triangulation) -> Iterator[str]:
    whole = result.pairs[(result.pairs["theme"] == ALL) & (result.pairs["finding"] == "differ")]
    told = [
        f"{row['first']} beside {row['second']} "
        f"{in_words(row['estimate'], row['lower'], row['upper'])}"
        for _, row in whole.iterrows()
    ]
    if told:
        yield (
            f"On average over the themes that both know: {'; '.join(told)}. That may be practice, "
            "or how the levels are worded."
        )


def _order(result: Triangulation) -> Iterator[str]:
    apart = result.order["reason"].str.startswith("not linked").to_numpy(bool)
    for _, row in result.order[~apart].iterrows():
        yield f"{_capital(row['first'])} and {row['second']}, {_in_order(row)}."
    nowhere = [source.name for source in result.sources if source.case is None]
    if nowhere:
        yield f"No case is recorded for {listed(nowhere)}: not linked with other sources."
    others = result.order[apart]
    others = others[~others["first"].isin(nowhere) & ~others["second"].isin(nowhere)]
    if len(others):
        told = [
            f"{row['first']} and {row['second']} ({counted_as(int(row['n_cases']), 'case')})"
            for _, row in others.iterrows()
        ]
        yield f"Too few cases in common to link (10 are needed): {listed(told)}."


def _in_order(row: pd.Series[Any]) -> str:
    n = f"{counted_as(int(row['n_cases']), 'case')} known to both"
    if math.isnan(row["estimate"]):
        return f"{n}: no order to compare ({row['reason']})"
    if row["lower"] > 0:
        what = "cases that stand high in one tend to stand high in the other"
    elif row["upper"] < 0:
        what = "cases that stand high in one tend to stand low in the other"
    else:
        what = "whether they put cases in the same order cannot be told"
    told = in_brackets(row["estimate"], row["lower"], row["upper"])
    return f"{n}: {what} (rank correlation {told})"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _ceilings(result: Triangulation) -> Iterator[str]:
    high = result.table[result.table["ceiling"].astype(bool) & (result.table["group"] == ALL)]
    for _, row in high.iterrows():
        share, n = percent(row["top"]), int(row["n_pieces"])
        yield (
            f"{_capital(row['source'])} on “{row['title']}”: {share} of the answers are the top "
            f"answer (n {n}); more it cannot show, and it hides differences near the top."
        )


def _replied(result: Triangulation) -> Iterator[str]:
    for source in result.sources:
        if source.name in result.replies:
            asked, reached, answered = result.replies[source.name]
            yield (
                f"{_capital(source.name)}: {asked} asked, {reached} reached, {answered} answered; "
                "those who replied may differ from those who did not."
            )
    unknown = [
        source.name
        for source in result.sources
        if source.footing.rubric.looks_at in {"family", "staff"}
        and source.name not in result.replies
    ]
    if unknown:
        yield (
            f"How many were asked is not recorded for {listed(unknown)}; those who replied may "
            "differ from those who did not."
        )
