"""The sentences of skills and behaviour: from the same numbers and flags as tables and pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from fidelity.expected import Compared, expected
from fidelity.words import (
    counted_as,
    in_brackets,
    in_figures,
    in_words,
    listed,
    percent,
    pieces,
)

if TYPE_CHECKING:
    from fidelity.analyses.skills import Skills
    from fidelity.statistics.half_life import HalfLife

HIGHER, LOWER = "higher after", "lower after"
ALIKE, FEW = "no change can be told", "too few to say"
AS_SCORED, CORRECTED = "as scored", "shift in scoring taken off"
#: What the study of half-lives found, whose design the sentence names: pieces a month, and in how
#: many of 100 simulated services a half-life of 9 months was told as fading within two years.
STUDIED = ((12, 94), (4, 39))


def sentences(result: Skills) -> Iterator[str]:
    """The training, each strand, the strands beside one another, and what cannot be told."""
    yield from _training(result)
    for strand in result.halves:
        yield from _strand(result, strand)
    yield from _paper(result)
    yield from _together(result)
    yield from _masterclasses(result)
    yield from _people(result)
    yield from _events(result)
    yield from result.notes
    yield (
        "All this says what came after the training, not what came from it. A change in scores may "
        "be one of practice or of scoring; `fidelity drift` tells them apart where benchmark "
        "pieces or agreed scores allow it. A trend in scoring makes fading look slower or quicker."
    )


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%B %Y}"  # %-d is unknown to Windows


def _training(result: Skills) -> Iterator[str]:
    name = result.method["programme"]
    for _, row in result.training[result.training["programme"] == name].iterrows():
        text = (
            f"{name}, {_day(row['date'])}: {counted_as(int(row['n_people']), 'person', 'people')}"
        )
        if not math.isnan(row["days"]):
            text += f", {row['days']:.1f} days on average"
        if not math.isnan(row["test_share"]):
            text += f", {percent(row['test_share'])} of the points in its test"
        yield text + "."


def _strand(result: Skills, strand: str) -> Iterator[str]:
    counts = result.counts[strand]
    title, score = result.titles[strand]
    text = (
        f"{title} ({score}), of {counted_as(counts['trained'], 'person', 'people')} who were "
        f"trained: {pieces(counts['rubric'], counts['before'])} before and {counts['after']} after"
    )
    if counts["during"]:
        text += f"; {counts['during']} speak of time on both sides and are left out"
    if counts["left_out"]:
        text += f"; {counts['left_out']} were chosen for a reason and are left out"
    yield text + "."
    rows = _rows(result, strand)
    yield _stretches(rows["first half-year after"], rows["latest half-year"])
    yield from _fit(result, strand, rows, counts["as_scored"], taken_off=False)
    if counts["scoring"] is not None:
        yield from _corrected(result, strand)
    if not result.halves[strand].fades:
        yield _pace(counts)
    yield from _when(result, strand, rows["latest half-year"])
    yield from _beside(rows)
    yield from _teams(result, strand)


def _rows(result: Skills, strand: str, name: str = "") -> dict[str, pd.Series]:
    """Rows of the authority by kind; with a shift taken off where that is asked for."""
    table = result.table
    mine = table[(table["strand"] == strand) & (table["level"] == "authority")]
    mine = mine[mine["name"] == name] if name else mine[mine["name"] != CORRECTED]
    return {row["kind"]: row for _, row in mine.iterrows()}


def _stretches(first: pd.Series, latest: pd.Series) -> str:
    if first["finding"] == FEW and latest["finding"] == FEW:
        return f"Too few to compare before and after ({latest['reason'] or first['reason']})."
    told = [f"As scored, the mean before was {first['before']:.2f}"]
    times = (first, "first half-year after the training"), (latest, "latest half-year")
    for row, when in times:
        ends = row["estimate"], row["lower"], row["upper"]
        if row["finding"] == FEW:
            told.append(f"in the {when} there are too few to say ({row['reason']})")
            continue
        mean = f"in the {when} it was {row['after']:.2f}"
        if row["finding"] == ALIKE:
            told.append(f"{mean}, which cannot be told from before ({in_brackets(*ends)})")
        else:
            told.append(f"{mean}, {row['finding'].split()[0]} by {in_words(*ends)}")
    return "; ".join(told) + "."


def _fit(
    result: Skills, strand: str, rows: dict[str, pd.Series], half: HalfLife, taken_off: bool
) -> Iterator[str]:
    """The gain and how it fades, in one fit."""
    counts, row = result.counts[strand], rows["gain"]
    if not half.gained:
        moved = rows["latest half-year"]["finding"] in (HIGHER, LOWER)
        yield (
            "Whether that holds or fades cannot be told: too few for a curve over the months."
            if moved
            else "Over the months no gain can be told, so nothing that could fade."
        )
        return
    word = "higher" if half.gain.value > 0 else "lower"
    at = f"{counts['origin']:.0f} months after" if counts["origin"] else "right after"
    text = (
        f"Fitted over the months, practice {at} the training was {word} than before, by "
        f"{in_words(row['estimate'], row['lower'], row['upper'])}"
    )
    life = half.half_life
    if half.fades:
        left = rows["left at the end"]
        yield (
            f"{text}, and then faded: half of it was gone after about {life.value:.0f} months "
            f"({life.lower:.0f} to {life.upper:.0f}). After {counts['longest']:.0f} months "
            f"{in_words(left['estimate'], left['lower'], left['upper'])} was left."
        )
        return
    shift = "" if taken_off else ", if scoring did not shift"
    tail = (
        f": a half-life under {life.lower:.0f} months does not fit these scores{shift}"
        if life.lower > 1.5
        else ", nor can it be ruled out that it was gone within weeks"
    )
    yield f"{text}; no fading can be told{tail}."


def _corrected(result: Skills, strand: str) -> Iterator[str]:
    """The same with the shift in scoring taken off."""
    counts, half = result.counts[strand], result.halves[strand]
    rows, shift = _rows(result, strand, CORRECTED), counts["scoring"]
    word = "more generous" if shift.value > 0 else "stricter"
    told = shift.lower > 0 or shift.upper < 0
    sure = f"grew {word}" if told else "may have shifted"
    year = in_words(*(12 * end for end in (shift.value, shift.lower, shift.upper)))
    text = f"Scoring {sure}, by {year} a year."
    latest = rows["latest half-year"]
    if latest["finding"] != FEW:
        figures = in_brackets(latest["estimate"], latest["lower"], latest["upper"])
        side = (
            "cannot be told from the time before"
            if latest["finding"] == ALIKE
            else f"is {latest['finding'].split()[0]} than the time before"
        )
        text += f" With that taken off, the latest half-year {side} ({figures})."
    yield text
    for sentence in _fit(result, strand, rows, half, taken_off=True):
        yield f"With the shift in scoring taken off: {sentence[:1].lower()}{sentence[1:]}"


def _pace(counts: Any) -> str:
    (many, often), (few, seldom) = STUDIED
    used = (counts["before"] + counts["after"]) / counts["months"]
    several = pieces(counts["rubric"], 2).split()[1]
    return (
        f"Here {used:.0f} {several} a month entered. In simulated services that lost half of a "
        f"gain of one level in 9 months, fading was told within two years in {often} of 100 with "
        f"{many} a month, and in {seldom} of 100 with {few}."
    )


def _when(result: Skills, strand: str, row: pd.Series) -> Iterator[str]:
    """About when a change could be told, where none can."""
    if row["finding"] not in (ALIKE, FEW):
        return
    counts = result.counts[strand]
    yield expected(counts["rubric"], Compared(
        int(row["n_before"]), int(row["n_after"]), row["lower"], row["upper"],
        result.scales[strand], counts["pace"], counts["last"],
    ))  # fmt: skip


def _beside(rows: dict[str, pd.Series]) -> Iterator[str]:
    """Those not trained, the test, and what was not evidenced."""
    other = rows["not trained"]
    figures = in_brackets(other["estimate"], other["lower"], other["upper"])
    if other["finding"] == FEW:
        n = f"{int(other['n_before'])} and {int(other['n_after'])} pieces"
        yield f"Of those who were not trained there are too few to compare ({n})."
    else:
        told = "can be told" if other["finding"] == ALIKE else other["finding"]
        text = f"no change {told}" if other["finding"] == ALIKE else told
        yield f"Among those who were not trained, in the same time: {text} ({figures})."
    test = rows["test score"]
    if test["finding"] in (HIGHER, LOWER):
        side = "higher" if test["estimate"] > 0 else "lower"
        yield (
            f"Those with 10 points of 100 more in the test were scored {side} afterwards, by "
            f"{in_words(test['estimate'], test['lower'], test['upper'])}."
        )
    elif test["finding"] == ALIKE:
        yield (
            "No link can be told between the test score and later scores "
            f"({in_brackets(test['estimate'], test['lower'], test['upper'])} for 10 points of 100)."
        )
    ne = rows["no evidence"]
    if ne["finding"] in (HIGHER, LOWER):
        better = "better" if ne["estimate"] < 0 else "poorer"
        yield (
            f"Answers without evidence went from {percent(ne['before'])} before to "
            f"{percent(ne['after'])} in the latest half-year: part of the change may be {better} "
            "recording."
        )


def _teams(result: Skills, strand: str) -> Iterator[str]:
    by = result.method["by"]
    mine = result.table[(result.table["strand"] == strand) & (result.table["level"] == by)]
    for kind in ("first half-year after", "latest half-year"):
        rows = mine[mine["kind"] == kind]
        if rows.empty:
            continue
        told = []
        for finding in (HIGHER, LOWER, ALIKE, FEW):
            names = [str(row["group"]) for _, row in rows[rows["finding"] == finding].iterrows()]
            if names:
                told.append(f"{finding} in {listed(names)}")
        yield f"By {str(by).replace('_', ' ')}, {kind}: {'; '.join(told)}."


def _paper(result: Skills) -> Iterator[str]:
    for pair, rows in result.paper.groupby(["file", "visit"], sort=False):
        file, visit = cast("tuple[str, str]", pair)
        known = rows.dropna(subset=["estimate"])
        names = f"{result.titles[file][0]} beside {result.titles[visit][0]}"
        if known.empty:
            yield f"{names}: too few in any period to say how far paper is from practice."
            continue
        first, last = known.iloc[0], known.iloc[-1]
        text = (
            f"{names}: in the {result.method['every']} from {first['start']:%B %Y}, {_gap(first)}"
        )
        if len(known) > 1:
            text += f"; in that from {last['start']:%B %Y}, {_gap(last)}"
        gap = result.table[
            (result.table["kind"] == "paper beside practice")
            & (result.table["strand"] == f"{file} beside {visit}")
        ].iloc[0]
        ends = gap["estimate"], gap["lower"], gap["upper"]
        told = {
            HIGHER: f"Paper rises beside seen practice, by {in_words(*ends)} a year",
            LOWER: f"Paper falls beside seen practice, by {in_words(*ends)} a year",
            ALIKE: f"No change of the distance can be told ({in_brackets(*ends)} a year)",
        }
        yield f"{text}. {told.get(gap['finding'], 'Too few to say whether the distance changes')}."


def _gap(row: pd.Series) -> str:
    side = "above" if row["estimate"] > 0 else "below"
    ends = row["estimate"], row["lower"], row["upper"]
    if row["lower"] > 0 or row["upper"] < 0:
        return f"paper stood {side} seen practice, by {in_words(*ends)}"
    return f"no distance between paper and seen practice can be told ({in_brackets(*ends)})"


def _together(result: Skills) -> Iterator[str]:
    for _, row in result.table[result.table["kind"] == "goes together"].iterrows():
        file, visit = row["strand"].split(" beside ")
        names = f"{result.titles[file][0]} and {result.titles[visit][0]}"
        if row["finding"] == FEW:
            yield f"{names}: too few to say whether they go together ({row['reason']})."
            continue
        told = "go together" if row["finding"] == HIGHER else "cannot be said to go together"
        figures = in_figures(row["estimate"], row["lower"], row["upper"]).replace("-", "−")
        yield (
            f"{names} {told}, practitioner by practitioner (correlation of means {figures}; "
            f"{int(row['n_clusters'])} people). Few pieces each make such a correlation too low."
        )


def _masterclasses(result: Skills) -> Iterator[str]:
    rows = result.table[result.table["kind"] == "masterclass"]
    for name, mine in rows.groupby("name", sort=False):
        told = []
        for finding in (HIGHER, LOWER, ALIKE, FEW):
            each = [
                result.titles[row["strand"]][0]
                + (
                    f" ({in_brackets(row['estimate'], row['lower'], row['upper'])})"
                    if finding != FEW
                    else ""
                )
                for _, row in mine[mine["finding"] == finding].iterrows()
            ]
            if each:
                told.append(f"{finding}: {listed(each)}")
        programme, _, day = str(name).rpartition(", ")
        yield (
            f"{programme}, {_day(pd.Timestamp(day))}, half a year after beside half a year before, "
            f"those who came beside all others: {'; '.join(told)}."
        )


def _people(result: Skills) -> Iterator[str]:
    rows = result.table[result.table["level"] == "practitioner"]
    for strand, mine in rows.groupby("strand", sort=False):
        counts = mine["finding"].value_counts()
        told = ", ".join(f"{n} {finding}" for finding, n in sorted(counts.items()))
        yield (
            f"{result.titles[str(strand)][0]}, single practitioners before and after: {told}. One "
            "person's change rests on few pieces, with different families and raters; it is a "
            "beginning of a conversation, not a mark."
        )


def _events(result: Skills) -> Iterator[str]:
    if len(result.events):
        told = [f"{row['what']} ({_day(row['date'])})" for _, row in result.events.iterrows()]
        yield f"In the same time: {listed(told)}. These scores cannot tell their parts apart."
