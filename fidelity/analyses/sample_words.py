"""The sentences of `sample_plan`: from the same numbers and flags as its table and picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from fidelity.words import NOUNS, counted_as, listed, percent

if TYPE_CHECKING:
    from fidelity.analyses.sample import SamplePlan

Row: TypeAlias = "pd.Series[Any]"
_NAMES = {
    "practitioner": "how practitioners differ", "piece": "how one practitioner's pieces differ",
    "rater": "how strict raters are", "noise": "what one rater sees and another does not",
    "agreed": "how exact an agreed score is", "practitioner_slope": "how practitioners drift apart",
    "rater_slope": "how raters drift apart", "practitioners": "the number of practitioners",
    "raters": "the number of raters", "minutes": "the minutes of a scoring",
    "minutes_benchmark": "the minutes of a benchmark piece",
}  # fmt: skip


def sentences(result: SamplePlan) -> Iterator[str]:
    """What a person who leads on quality asks, in that order."""
    yield _recommended(result)
    yield from _without_benchmark(result)
    yield from _now(result)
    yield _basis(result)
    yield (
        "This counts audits drawn at random, spread evenly over the months. It takes agreed scores "
        "and benchmark pieces as a standard that does not itself shift, which is an assumption."
    )


def nouns(result: SamplePlan) -> tuple[str, str]:
    """What a piece is called: one, several."""
    return NOUNS[result.rubric.looks_at] if result.rubric else ("file", "files")


def sought(result: SamplePlan) -> str:
    """The change that is looked for."""
    what = "a steady change" if result.method["shape"] == "trend" else "a change"
    how = f"over {result.months} months" if result.method["shape"] == "trend" else (
        f"between the first and the second half of {result.months} months"
    )  # fmt: skip
    return f"{what} of {result.change:.2f} of a level in practice {how}"


def plan_in_words(result: SamplePlan, row: Row) -> str:
    """A plan: "20 files a month, 10% of them scored twice and agreed, ..."."""
    one, several = nouns(result)
    audits = _number(row["audits"])
    text = f"{audits} {one if audits == '1' else several} a month, "
    text += f"{percent(row['agreed_share'])} of them" if row["agreed"] else "none of them"
    text += " scored twice and agreed, and "
    pieces = _number(row["benchmark"]) if row["benchmark"] else "no"
    noun = "benchmark piece" if pieces == "1" else "benchmark pieces"
    return f"{text}{pieces} {noun} for each rater every quarter"


def _number(value: float) -> str:
    """A number of pieces: whole, or with one decimal where it is small."""
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"


def _hours(row: Row, raters: int) -> str:
    each = f", {row['hours_a_rater']:.1f} for each of {raters} raters" if raters > 1 else ""
    return f"about {row['hours']:.0f} hours of scoring a month{each}"


def chance(row: Row) -> str:
    """The chance of telling the change: "82% (80% to 84%)"."""
    return f"{percent(row['estimate'])} ({percent(row['lower'])} to {percent(row['upper'])})"


def _recommended(result: SamplePlan) -> str:
    found, table = result.recommended, result.table
    if found is not None:
        return (
            f"“{result.title}”: to see {sought(result)} with a chance of {percent(result.power)}, "
            "and to know that it is not the scoring, the smallest plan is "
            f"{plan_in_words(result, found)}: "
            f"{_hours(found, result.counts['raters'])}. By simulation its chance is "
            f"{chance(found)}."
        )
    told = table[table["estimate"].notna()]
    start = f"“{result.title}”: no plan that was looked at would see {sought(result)} with a "
    start += f"chance of {percent(result.power)}."
    if told.empty:
        return f"{start} {table['reason'].iloc[-1].capitalize()}."
    best = told.sort_values("estimate").iloc[-1]
    return (
        f"{start} The largest, {plan_in_words(result, best)}, has {chance(best)}; the smallest "
        f"change that it would see is {best['smallest']:.2f}. Look for a larger change, over more "
        "months, or join with other services."
    )


def _without_benchmark(result: SamplePlan) -> Iterator[str]:
    """What benchmark pieces save, or that they are not worth their hours here."""
    found, table = result.recommended, result.table
    if found is None or not found["benchmark"]:
        return
    others = table[table["adequate"] & (table["benchmark"] == 0) & ~table["now"]]
    if others.empty:
        yield "Without benchmark pieces no plan that was looked at would do."
        return
    best = others.sort_values("hours").iloc[0]
    yield (
        f"Without benchmark pieces it takes {plan_in_words(result, best)}: "
        f"about {best['hours']:.0f} hours a month."
    )


def _now(result: SamplePlan) -> Iterator[str]:
    rows = result.table[result.table["now"]]
    if rows.empty:
        return
    now = rows.iloc[0]
    start = f"As it is done now ({plan_in_words(result, now)}; "
    start += f"{_hours(now, result.counts['raters'])})"
    if now["reason"]:
        yield (
            f"{start}, practice cannot be told from the scoring: {_why(now['reason'])}. A change "
            f"in the scores themselves, whatever moved them, would be seen with a chance of "
            f"{percent(now['power_scores'])}."
        )
    else:
        yield (
            f"{start}, the chance is {chance(now)}, and the smallest change that would be seen "
            f"with a chance of {percent(result.power)} in {result.months} months is "
            f"{now['smallest']:.2f} of a level ({now['smallest_lower']:.2f} to "
            f"{now['smallest_upper']:.2f})."
        )
    if now["audits_each"] < result.method["least_each"]:
        yield (
            f"That is {now['audits_each']:.0f} for each practitioner in that time. Under "
            f"{result.method['least_each']}, `fidelity.drift` is more cautious than this reckons "
            "with, and would tell a change less often than is said here; no such plan is "
            "recommended."
        )
    yield _when(result)


def _why(reason: str) -> str:
    return reason.split(":")[0]


def _when(result: SamplePlan) -> str:
    """When a change at this pace would be seen, as it is done now."""
    later, longest = result.later, int(result.later["months"].max())
    enough = later[later["power"] >= result.power]
    pace = "A change at this pace" if result.method["shape"] == "trend" else "Such a change"
    if len(enough):
        after = int(enough["months"].min())
        return f"{pace} would be seen after about {after} months of what is done now."
    known = later[later["smallest"].notna()]
    if known.empty:
        return f"{pace} would not be told from a shift in scoring, however long it goes on."
    last = known.iloc[-1]
    return (
        f"{pace} would not be seen within {longest} months of what is done now: by then the "
        f"smallest that would be seen is {last['smallest']:.2f} of a level."
    )


def _basis(result: SamplePlan) -> str:
    by_origin = {
        origin: [_NAMES[name] for name in rows["name"] if name in _NAMES]
        for origin, rows in result.basis.groupby("origin", sort=False)
    }
    own, said = by_origin.get("own", []), by_origin.get("given", [])
    one, several = nouns(result)
    parts = []
    if own:
        pieces = counted_as(result.counts.get("pieces", 0), one, several)
        double = result.counts.get("double", 0)
        source = f" ({pieces}, {double} scored twice)" if result.counts.get("pieces") else ""
        parts.append(f"From your own audits{source}: {listed(own)}.")
    if said:
        parts.append(f"As you said: {listed(said)}.")
    part = by_origin.get("own in all, parts assumed", [])
    if part:
        parts.append(
            f"Too few {several} were scored twice ({result.counts['double']}; 10 are needed) to "
            f"divide the spread of your scores; assumed in its proportions: {listed(part)}."
        )
    rest = by_origin.get("assumed", [])
    if rest:
        parts.append(f"Assumed: {listed(rest)}. Where these are larger, more is needed.")
    return " ".join(parts)
