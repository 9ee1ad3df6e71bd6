"""The sentences of `drift`: from the same numbers and flags as the tables and the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.analyses.drift_rows import OWN_VIEWS
from fidelity.words import counted_as, listed, pieces

if TYPE_CHECKING:
    from fidelity.analyses.drift import Drift

#: The trend that designs are worked out for: .02 of a level a month.
ASKED = "a quarter of a level a year"
_SHOWN = 8
#: Parts that are 0 to the two decimals that are printed, with both limits.
_NOTHING = 0.005
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def sentences(result: Drift) -> Iterator[str]:
    """What a person who leads on practice asks, in that order."""
    if result.table.empty:
        yield _nothing(result)
        return
    yield _basis(result)
    if result.apart:
        yield from _told_apart(result)
    elif own_views(result):
        yield from _replies(result)
    else:
        yield from _not_told(result)
    yield from _recording(result)
    yield from _groups(result)
    yield from _parts(result)
    if not own_views(result) or result.apart:
        yield from _raters(result)
    if result.apart:
        yield _assumed(result)


def own_views(result: Drift) -> bool:
    """Whether each respondent speaks for themselves, so that there is no scoring to shift."""
    return result.rubric.looks_at in OWN_VIEWS


def headline(result: Drift) -> str:
    """The finding in one line, for the title of the picture; none where then and now are told."""
    if result.between is not None:
        return "The course of practice and of scoring over the whole record"
    if own_views(result) and not result.table.empty and not result.apart:
        scores = result.row("scores as given")["finding"]
        words = {"rising": "Replies rose", "falling": "Replies fell"}
        return words.get(scores, "No change in replies can be told")
    if result.table.empty or not result.apart:
        return "Practice and scoring cannot be told apart"
    practice, scoring = (result.row(part)["finding"] for part in ("practice", "scoring"))
    moved = {"rising": "Practice rose", "falling": "Practice fell"}
    shifted = {"more generous": "more generous", "stricter": "stricter"}
    if practice in moved and scoring in shifted:
        link = "while" if (practice == "falling") == (scoring == "more generous") else "and"
        return f"{moved[practice]}, {link} scoring became {shifted[scoring]}"
    if practice in moved:
        return f"{moved[practice]}; no shift in scoring can be told"
    if scoring in shifted:
        return f"Scoring became {shifted[scoring]}; no change in practice can be told"
    return "No change in practice and no shift in scoring can be told"


def about(result: Drift) -> str:
    """The score and the period, in words."""
    text = result.rubric.titles.get(result.measure, result.measure)
    when = result.method["period"]
    span = f", {month(when[0])} to {month(when[1])}" if when else ""
    return f"{text}{span}"


def month(day: object) -> str:
    """A date as "March 2026"."""
    year, number = str(day)[:7].split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def _nothing(result: Drift) -> str:
    reason = str(result.counts["reason"] or "no scores").rstrip(".")
    return f"Nothing can be said about drift: {reason}."


def _basis(result: Drift) -> str:
    counts = result.counts
    nest = str(result.method["cluster"])
    held = f" by {counted_as(counts['people'], nest)}" if nest != "piece" else ""
    scored = f", scored by {counted_as(counts['raters'], 'rater')}"
    text = (
        f"Looked at: {pieces(result.rubric, counts['pieces'])}{held}"
        f"{'' if own_views(result) else scored} ({about(result)})."
    )
    if counts["left_out"]:
        n = sum(counts["left_out"].values())
        text += f" {n} that were chosen for a reason are left out."
    elif not counts["selection_known"]:
        text += " How they were chosen is not recorded for all; that may have changed too."
    if counts["missing"]:
        text += (
            f" {counted_as(counts['missing'], 'reply', 'replies')} without a mean left out."
            if own_views(result)
            else f" {counted_as(counts['missing'], 'scoring')} without a score left out."
        )
    if len(counts["ways"]) > 1:
        how = "Answered" if own_views(result) else "Scored"
        text += (
            f" {how} as {listed(list(counts['ways']))}: each has a level of its own, so that a "
            "difference between them is not taken for drift."
        )
    return text


def _by(result: Drift) -> str:
    counts = result.counts
    told = []
    if "agreed scores" in result.identified_by:
        told.append(f"{counts['gold']} scorings with an agreed score beside them")
    if "benchmark pieces" in result.identified_by:
        told.append(
            f"{counts['extract_scorings']} scorings of "
            f"{counted_as(counts['extracts'], 'benchmark piece')}"
        )
    return listed(told)


def _told_apart(result: Drift) -> Iterator[str]:
    practice, scoring, scores = (
        result.row(part) for part in ("practice", "scoring", "scores as given")
    )
    yield f"Practice and scoring can be told apart by {_by(result)}."
    yield f"The scores as given {_moved(scores)}."
    yield _scoring(result, scoring)
    yield f"With that shift and recording taken out, practice itself {_moved(practice)}."
    masked = scores["finding"] == "no change can be told"
    opposite = (practice["estimate"] > 0) != (scoring["estimate"] > 0)
    if masked and opposite and practice["finding"] in {"rising", "falling"}:
        yield "The two hid each other: the scores alone would have shown no change."
    elif masked and opposite and scoring["finding"] in {"more generous", "stricter"}:
        yield (
            "The shift in scoring would have hidden a change in practice of the same size the "
            "other way."
        )
    bends = [word for word in ("practice", "scoring") if result.counts[f"{word}_bend"]]
    if bends:
        yield (
            f"{listed(bends).capitalize()} did not move evenly over this time: the figure a year "
            "is an average of parts that differ. See the picture, and ask again from a date on "
            "(since=) or around an event (around=)."
        )


def _scoring(result: Drift, row: pd.Series[Any]) -> str:
    size = f"{_size(row)} of a level a year ({_limits(row)})"
    these = result.row("scoring of these raters")
    if row["finding"] in {"more generous", "stricter"}:
        return (
            f"Scoring became {row['finding']}, by {size}: the same piece would get a score so "
            f"much {'higher' if row['estimate'] > 0 else 'lower'} a year later."
        )
    text = (
        f"No shift in the scoring of raters like these can be told ({_signed(row)} of a level a "
        "year)."
    )
    if these["finding"] in {"more generous", "stricter"}:
        text += (
            f" These {int(row['n_raters'])} themselves became {these['finding']}, by "
            f"{_size(these)} ({_limits(these)})."
        )
    return text


def _moved(row: pd.Series[Any]) -> str:
    words = {"rising": "rose", "falling": "fell"}
    if row["finding"] in words:
        return f"{words[row['finding']]} by {_size(row)} of a level a year ({_limits(row)})"
    return f"show no change that can be told ({_signed(row)} of a level a year)".replace(
        "show", "shows" if row["part"] == "practice" else "show"
    )


def _size(row: pd.Series[Any]) -> str:
    return f"{abs(row['estimate']):.2f}"


def _limits(row: pd.Series[Any]) -> str:
    """The limits in the direction of the finding, the smaller first."""
    low, high = sorted((abs(row["lower"]), abs(row["upper"])))
    return f"{low:.2f} to {high:.2f}"


def signed(value: float) -> str:
    """A number with its sign: "+0.12", "−0.12", "0.00"."""
    text = f"{value:+.2f}"
    return "0.00" if text[1:] == "0.00" else text.replace("-", "−")


def _signed(row: pd.Series[Any]) -> str:
    return f"{signed(row['estimate'])}, {signed(row['lower'])} to {signed(row['upper'])}"


def _not_told(result: Drift) -> Iterator[str]:
    scores = result.row("scores as given")
    few = result.row("practice")["finding"] == "too few to tell apart"
    start = "There are too few scores to tell" if few else "Nothing here can tell"
    yield (
        f"{start} whether the practice changed or the scoring: the two cannot be told apart "
        f"({result.counts['reason']}). Raters' own scores show only their sum: the scores as "
        f"given {_moved(scores)}."
    )
    yield from design(result)


def _replies(result: Drift) -> Iterator[str]:
    scores = result.row("scores as given")
    yield f"The replies {_moved(scores)}."
    yield (
        "Each respondent speaks for themselves. So there is no scoring that could shift, and "
        "nothing to agree on or to score again. What can change is who answers, and what people "
        "expect: compare like with like, and look at how many answered."
    )


def design(result: Drift) -> Iterator[str]:
    """What would tell, and when."""
    gold, extracts = result.counts["designs"]
    if gold is None and extracts is None:
        yield (
            f"At this number of audits and practitioners not even five years would show a change "
            f"of {ASKED} in practice by itself. Look at more pieces, or pool with other teams or "
            "authorities."
        )
        return
    told = []
    if gold is not None:
        told.append(
            f"an agreed score beside the rater's own on about {gold.a_quarter} pieces a quarter "
            f"for {gold.months} months"
        )
    if extracts is not None:
        each = -(-extracts.a_quarter // max(1, result.counts["raters"]))
        told.append(
            f"{counted_as(each, 'benchmark piece')} scored again by every rater each quarter for "
            f"{extracts.months} months"
        )
    yield (
        f"What would tell: {', or '.join(told)}. Either would find a change of {ASKED} in "
        "practice in 8 of 10 cases, with as many audits, practitioners and raters as here, if "
        "scores spread as in the design study (assumed, not measured here)."
    )


def _recording(result: Drift) -> Iterator[str]:
    rows = result.table[result.table["part"] == "recording of evidence"]
    for _, row in rows.iterrows():
        if row["finding"] in {"rising", "falling"}:
            more = "fewer" if row["estimate"] > 0 else "more"
            yield (
                f"Of the change in scores, {_signed(row)} of a level a year is recording: {more} "
                "items without evidence that score lowest. That may be practice, or only its "
                "record."
            )


def _groups(result: Drift) -> Iterator[str]:
    rows = result.table[(result.table["part"] == "practice") & (result.table["group"] != "(all)")]
    if rows.empty:
        return
    told = [
        f"{row['group']}: {row['finding']} ({_signed(row)})"
        for _, row in rows.iterrows() if row["finding"] in {"rising", "falling"}
    ]  # fmt: skip
    still = len(rows) - len(told)
    by = listed([str(name).replace("_", " ") for name in result.method["by"]])
    text = f"Practice by {by}, with one shift in scoring for all: "
    text += "; ".join(told) or "for no group a change can be told"
    yield text + (f"; for {still} no change can be told." if told and still else ".")


def _parts(result: Drift) -> Iterator[str]:
    found = result.change
    if found is None or found.when is None:
        return
    if found.table.empty:
        yield f"The change in scores cannot be split into parts: {found.reason}."
        return
    total = _whole(found.table.iloc[-1])
    counts = " Where a piece has an agreed score, that counts." if result.counts["agreed"] else ""
    told = "mean reply" if own_views(result) else "mean score"
    yield f"{_between(result)}, the {told} moved by {total}.{counts}"
    yield _made_of(found.table.set_index("part"))
    if not found.apart and found.reason and not own_views(result):
        yield f"In these two periods raters' own shift cannot be told: {found.reason}."


def _between(result: Drift) -> str:
    found = result.change
    assert found is not None  # noqa: S101 - the caller has seen to it
    assert found.when is not None  # noqa: S101 - the same
    first, second = found.n
    what = "replies" if own_views(result) else "pieces"
    if found.when.around:
        return f"From before {found.when.around} ({first} {what}) to after it ({second})"
    a, b = found.when.earlier, found.when.later
    return (
        f"From {month(a[0])} to {month(a[1])} ({first} {what}) to {month(b[0])} to "
        f"{month(b[1])} ({second})"
    )


def _whole(row: pd.Series[Any]) -> str:
    text = signed(row["estimate"])
    if pd.isna(row["lower"]):
        return text
    return f"{text} ({signed(row['lower'])} to {signed(row['upper'])})"


def _made_of(rows: pd.DataFrame) -> str:
    """The parts that can be told, the largest first; then what is left."""
    parts = rows.drop(index="total").dropna(subset=["estimate"])
    parts = parts.loc[parts["estimate"].abs().sort_values(ascending=False, kind="stable").index]
    reach = parts[["estimate", "lower", "upper"]].abs().max(axis=1) >= _NOTHING
    clear = parts[reach & ((parts["lower"] > 0) | (parts["upper"] < 0))]
    names = {name: str(row["text"]) for name, row in parts.iterrows()}
    told = [f"{names[name]}, {_whole(row)}" for name, row in clear.iterrows()]
    text = f"The part that can be told: {told[0]}." if told else "No part of it can be told alone."
    if len(told) > 1:
        text = f"The largest part that can be told: {told[0]}. Then: {'; '.join(told[1:])}."
    if "practice" not in clear.index:
        left = _whole(parts[parts.index == "practice"].iloc[0])
        text += f" Left for {names['practice']}: {left}, which cannot be told from 0."
    others = len(parts.index.difference(clear.index).difference(["practice"]))
    if others:
        text += f" For {others} other parts no change can be told." if others > 1 else (
            " For one other part no change can be told."
        )  # fmt: skip
    return f"{text} All parts are in the table, and add up to the whole."


def _raters(result: Drift) -> Iterator[str]:
    table = result.raters
    if result.apart:
        told = table[table["finding"].isin(["more generous", "stricter"])]
        if len(told):
            each = [
                f"{row['rater']} {row['finding']} by {abs(row['estimate']):.2f}"
                for _, row in told.head(_SHOWN).iterrows()
            ]
            rest = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
            yield f"A year's shift of each rater, where one can be told: {'; '.join(each)}{rest}."
        few = [
            f"{row['rater']} ({int(row['n_gold'] + row['n_benchmark'])})"
            for _, row in table[table["finding"] == "too few to tell apart"].iterrows()
        ]
        if few:
            yield (
                "Too few to tell apart (under 5 scorings with an agreed score or of a benchmark "
                f"piece): {listed(few[:_SHOWN])}."
            )
        return
    beside = table[table["beside"].isin(["more generous", "stricter"])]
    known = int(table["relative"].notna().sum())
    if len(beside):
        each = [
            f"{row['rater']} became {row['beside']} than the others by "
            f"{abs(row['relative']):.2f} a year"
            for _, row in beside.head(_SHOWN).iterrows()
        ]
        words = "; ".join(each)
        yield f"Raters beside one another: {words}. What they have in common stays hidden."
    elif known > 1:
        yield (
            f"Beside one another, {known} raters show no difference in drift that can be told. "
            "What they have in common stays hidden."
        )
    elif known <= 1:
        yield "Too few scorings a rater to set raters beside one another (10 are needed)."


def _assumed(result: Drift) -> str:
    text = "This assumes that "
    parts = []
    if "agreed scores" in result.identified_by:
        parts.append("agreed scores did not shift themselves")
    if "benchmark pieces" in result.identified_by:
        parts.append(
            "raters score benchmark pieces as they score real ones and do not remember them"
        )
    text += " and that ".join(parts) + ". Nothing in these scores could show it."
    if result.identified_by == ("benchmark pieces",):
        text += (
            " One real piece a round with an agreed score would check that benchmark pieces are "
            "scored as real ones are."
        )
    return text
