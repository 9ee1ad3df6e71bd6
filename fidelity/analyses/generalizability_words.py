"""The sentences of `generalizability`: from the same numbers and flags as table and picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.words import NOUNS, counted_as, listed, pieces

if TYPE_CHECKING:
    from fidelity.analyses.generalizability import Reliance

#: Where the variance lies, in words; {a_one} and {several} are the piece's nouns.
SOURCES = {
    "practitioner": "between practitioners",
    "piece": "between {several}",
    "piece:practitioner": "between {several} of one practitioner",
    "rater": "in how strict or generous raters are on the whole",
    "practitioner x rater": "in how single raters see single practitioners",
    "piece x rater": "in what one rater sees in {a_one} and another does not",
    "(piece:practitioner) x rater": "in what one rater sees in {a_one} and another does not",
}
#: The same for single item scores.
ITEM_SOURCES = {
    "piece": "between {several}",
    "rater": "in how strict or generous raters are on the whole",
    "item": "in how easily items are met",
    "piece x rater": "in a rater's impression of {a_one} as a whole",
    "piece x item": "between the items of {a_one}",
    "rater x item": "in how single raters read single items",
    "piece x rater x item": "in what is left of one rater, one item and one {one}, and chance",
}
_SHOWN = 8
#: A share that would print as 0%.
_NONE = 0.005
_ITEMS = "variance of item scores"


def sentences(result: Reliance) -> Iterator[str]:
    """What a person who leads on quality asks, in that order."""
    yield _basis(result)
    if result.design == "":
        yield from _too_few(result)
        return
    yield f"Of the variance of these scores, {_where(result, 'variance', SOURCES)}"
    if (result.table["kind"] == _ITEMS).any():
        yield f"Of the variance of item scores, {_where(result, _ITEMS, ITEM_SOURCES)}"
    yield from _dependability(result)
    yield from _same_band(result)
    yield from _more(result)
    yield from _practitioner(result)
    yield from _cautions(result)


def nouns(result: Reliance) -> tuple[str, str]:
    """What one piece is called, and several."""
    return NOUNS[result.rubric.looks_at]


def article(noun: str) -> str:
    """A noun with its article: "a file", "an observation"."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def row_of(result: Reliance, kind: str) -> pd.Series:
    """The first row of a kind."""
    return result.table[result.table["kind"] == kind].iloc[0]


def told(value: float, lower: float, upper: float) -> str:
    """A coefficient with its interval: "0.82 (0.71 to 0.87)"."""
    if math.isnan(lower):
        return f"{value:.2f} (no interval can be given)"
    return f"{value:.2f} ({lower:.2f} to {upper:.2f})"


def _percent(value: float, lower: float, upper: float) -> str:
    if math.isnan(lower):
        return f"{100 * value:.0f}% (no interval can be given)"
    return f"{100 * value:.0f}% ({100 * lower:.0f}% to {100 * upper:.0f}%)"


def _basis(result: Reliance) -> str:
    counts = result.counts
    if not counts["scorings"]:
        return f"“{result.title}”: no scoring can be used.{_left_out(result)}"
    text = (
        f"“{result.title}”: {counted_as(counts['scorings'], 'scoring')} of "
        f"{pieces(result.rubric, counts['pieces'])} by {counted_as(counts['raters'], 'rater')}; "
        f"{counts['double']} of them scored by two or more"
    )
    return f"{text}.{_left_out(result)}"


def _left_out(result: Reliance) -> str:
    away = [f"{n} {why}" for why, n in result.counts["left_out"].items()]
    return f" Left out: {', '.join(away)}." if away else ""


def _too_few(result: Reliance) -> Iterator[str]:
    counts, (_, several) = result.counts, nouns(result)
    enough, double = counts["enough"], counts["double"]
    if not counts["refused"].startswith("too few"):
        yield f"How far these scores can be relied on cannot be told: {counts['refused']}"
        yield from _groups(result)
        return
    yield (
        f"Too few to say how far these scores can be relied on. About {enough} {several} scored "
        "by two raters would tell a dependability of about 0.7 to within 0.2 either way."
    )
    wanted = enough - double
    text = ""
    if double and counts["months"] >= 1:
        pace = double / counts["months"]
        text = (
            f"At the pace so far ({double} in {counts['months']:.0f} months) that takes "
            f"{_long(wanted / pace)} more; "
        )
        if counts["extra"]:
            more = wanted / (pace + counts["extra"])
            text += f"with {counts['extra']} more a month, about {math.ceil(more)}."
    elif counts["extra"]:
        months = math.ceil(wanted / counts["extra"])
        text = f"At {counts['extra']} a month that takes about {counted_as(months, 'month')}."
    if text:
        yield text.rstrip("; ")
    yield from _groups(result)


def _long(months: float) -> str:
    return f"about {math.ceil(months)} months" if months <= 36 else "more than three years"


def _where(result: Reliance, kind: str, words: Mapping[str, str]) -> str:
    """The sources with their shares, the largest first; last those of which none was seen."""
    rows = result.table[result.table["kind"] == kind]
    one, several = nouns(result)
    told = {
        source: words[source].format(one=one, a_one=article(one), several=several)
        for source in rows["source"]
    }
    parts = [
        f"{_percent(row['share'], row['share_lower'], row['share_upper'])} lies "
        f"{told[row['source']]}"
        for _, row in rows.sort_values("share", ascending=False, kind="stable").iterrows()
        if row["share"] >= _NONE
    ]
    none = [told[row["source"]] for _, row in rows.iterrows() if row["share"] < _NONE]
    text = "; ".join(parts)
    if none:
        text += f". None could be shown {' or '.join(none)}"
    return f"{text}."


def _dependability(result: Reliance) -> Iterator[str]:
    one, several = nouns(result)
    phi, g = row_of(result, "dependability"), row_of(result, "generalizability")
    yield (
        f"A score as it is made now ({phi['reason']}) has a dependability of "
        f"{told(phi['estimate'], phi['lower'], phi['upper'])}: that share of its variance is the "
        f"{one} and not who scored it. For comparing {several} all scored by the same raters it is "
        f"{told(g['estimate'], g['lower'], g['upper'])}."
    )
    counts = result.counts
    if counts["double"] < counts["enough"]:
        yield (
            f"Read this as rough: {counts['double']} {several} with two or more raters are few. "
            f"About {counts['enough']} would tell a dependability of about 0.7 to within 0.2 "
            "either way."
        )


def _same_band(result: Reliance) -> Iterator[str]:
    if not (result.table["kind"] == "same band").any():
        return
    _, several = nouns(result)
    row = row_of(result, "same band")
    share = _percent(row["estimate"], row["lower"], row["upper"])
    yield (
        f"Two such scores made apart would put about {share} of {several} into the same band, "
        "before must-haves are looked at."
    )


def _more(result: Reliance) -> Iterator[str]:
    counts, (one, several) = result.counts, nouns(result)
    extra = counts["extra"]
    plans = result.plans[(result.plans["of"] == "one piece")]
    now = plans[plans["now"]].iloc[0]
    after = plans[plans["raters"] == now["raters"] + 1]
    if not extra or after.empty:
        return
    then = after.iloc[0]
    later = row_of(result, "dependability with more double scoring")
    year = 12 * extra
    time = ""
    if not math.isnan(counts["minutes"]):
        time = f", about {year * counts['minutes'] / 60:.0f} hours of scoring a year"
    yield (
        f"{_number(extra)} more double-scored {several if extra > 1 else one} a month ({year} a "
        f"year{time}) would buy two things. Each of them, scored as the mean of "
        f"{int(then['raters'])} raters, would have a dependability of "
        f"{told(then['estimate'], then['lower'], then['upper'])}. And the figure for all "
        f"{several} would be known more nearly: in a year about {later['lower']:.2f} to "
        f"{later['upper']:.2f}, where it is {now['lower']:.2f} to {now['upper']:.2f} now. They do "
        f"not make the mean over all {several} more exact; more {several} do that."
    )


def _number(n: int) -> str:
    words = {1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five"}
    return words.get(n, str(n))


def _practitioner(result: Reliance) -> Iterator[str]:
    plans = result.plans[(result.plans["of"] != "one piece") & (result.plans["raters"] == 1)]
    if plans.empty:
        return
    one, several = nouns(result)
    single, most = plans.iloc[0], plans.iloc[-1]
    yield (
        f"One {one} tells little about how its practitioner usually works: dependability "
        f"{told(single['estimate'], single['lower'], single['upper'])}; the mean of "
        f"{int(most['pieces'])} {several}, each by another rater, "
        f"{told(most['estimate'], most['lower'], most['upper'])}. No {one} here can stand for a "
        "person's work."
    )


def _cautions(result: Reliance) -> Iterator[str]:
    yield from _groups(result)
    roles = result.counts["roles"]
    if len(roles) > 1:
        named = listed([role.replace("_", " ") for role in roles])
        yield (
            f"The raters have different roles ({named}); what is due to a role is part of what is "
            "called the rater here."
        )
    yield (
        "Two raters may agree and both be wrong: this says how far a score hangs on who gave it, "
        "not that it is right."
    )


def _groups(result: Reliance) -> Iterator[str]:
    if len(result.groups) < 2:
        return
    _, several = nouns(result)
    named = "; ".join(_names(group) for group in result.groups[:_SHOWN])
    more = len(result.groups) - _SHOWN
    named += f"; and {more} more" if more > 0 else ""
    yield (
        f"The raters fall into {len(result.groups)} groups that share no {several}: {named}. "
        "Between groups, who scored and what was scored cannot be told apart."
    )


def _names(group: tuple[str, ...]) -> str:
    if len(group) <= _SHOWN:
        return listed(group)
    return f"{', '.join(group[:_SHOWN])} and {len(group) - _SHOWN} more"
