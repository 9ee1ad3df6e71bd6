"""The sentences of `chart`: what changed when, by which rule, and what such a flag is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.statistics.charts import TRIAL
from fidelity.statistics.confidence_sequence import LEFT_THE_BASELINE
from fidelity.statistics.false_flags import LEAST
from fidelity.words import TOO_FEW, counted_as, listed, percent, pieces

if TYPE_CHECKING:
    from fidelity.analyses.chart import Charts

ALL = "(all)"
_SHOWN = 6
#: A difference in the share of items without evidence that is worth saying.
_NE = 0.05


def sentences(result: Charts) -> Iterator[str]:
    """What a director asks, in that order."""
    yield _basis(result)
    yield from _chosen(result)
    wholes = [row for _, row in result.groups.iterrows() if is_whole(result, row)]
    for row in wholes:
        yield from _series(result, row)
    yield from _others(result)
    yield from _worth(result)
    for row in wholes:
        yield from _watched(result, row, named=len(wholes) > 1)
    yield from _moved(result)
    yield from _few(result)
    yield from _recording(result)
    if result.groups["variation"].ne("too few points").any():
        yield (
            "A flag says that scores moved, not why: practice, the scoring, the recording or the "
            "choice of pieces may have moved. A chart cannot tell practice from scoring; `drift` "
            "asks which."
        )


def is_whole(result: Charts, row: pd.Series) -> bool:
    """Whether a row of the groups is all pieces (of a role)."""
    return all(row[name] == ALL for name in result.by if name != "rater_role")


def name_of(result: Charts, row: pd.Series) -> str:
    """How a group is called: "All", "North", "North / as manager"."""
    parts = [str(row[name]) for name in result.by if name != "rater_role"]
    told = ["All"] if all(part == ALL for part in parts) else parts
    if "rater_role" in result.by:
        told.append(f"as {row['rater_role']}".replace("_", " "))
    return " / ".join(told)


def rows_of(result: Charts, row: pd.Series) -> pd.DataFrame:
    """The periods of a group."""
    table = result.table
    for name in result.by:
        table = table[table[name] == row[name]]
    return table


def figure(result: Charts, value: float) -> str:
    """A value of the measure as it is printed."""
    return percent(value) if result.measure.kind == "share" else f"{value:.2f}"


def episodes(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Stretches of flagged points of one direction, missing points passed over, within a phase."""
    known = table[table["point"].notna()]
    key = known["flags"].ne("").astype(int) * (known["direction"] + 2) + 10 * known["phase"]
    for _, stretch in known.groupby((key != key.shift()).cumsum()):
        if stretch["flags"].iloc[0]:
            yield stretch


def told(result: Charts, stretch: pd.DataFrame) -> str:
    """One stretch in words: "April to July 2024 lie higher (7 on one side)"."""
    first, last = stretch["period"].iloc[0], stretch["period"].iloc[-1]
    rules = dict.fromkeys(rule for flags in stretch["flags"] for rule in flags.split("; "))
    way = {1: "higher", -1: "lower", 0: "out of the ordinary"}[int(stretch["direction"].iloc[0])]
    when = f"{first} lies {way}" if first == last else f"{first} to {last} lie {way}"
    return f"{when} ({listed(list(rules))})"


def _basis(result: Charts) -> str:
    counts, plan = result.counts, result.plan
    text = (
        f"{result.measure.title} by {plan.every}, {plan.span}: "
        f"{pieces(result.rubric, counts['pieces'])}"
    )
    if counts["selection_known"] and not counts["for_a_reason"]:
        text += " drawn at random"
    text += f", scored by {counted_as(counts['raters'], 'rater')}"
    if counts["agreed"]:
        text += f"; for {counts['agreed']} the agreed score after moderation counts"
    if counts["withheld"]:
        text += f"; {counts['withheld']} without enough answers"
    if counts["undated"]:
        text += f"; {counts['undated']} more have no date and are left out"
    return f"{text}."


def _chosen(result: Charts) -> Iterator[str]:
    counts = result.counts
    if counts["left_out"]:
        kinds = listed([f"{n} {kind.replace('_', ' ')}" for kind, n in counts["left_out"].items()])
        yield (
            f"Only pieces drawn at random are charted; left out because they were chosen for a "
            f"reason: {kinds}."
        )
    if counts["for_a_reason"]:
        yield (
            f"{counts['for_a_reason']} pieces were chosen for a reason and are charted because it "
            "was asked for: the line may follow what was chosen instead of practice."
        )
    elif not counts["selection_known"]:
        yield "How pieces were chosen is not recorded: the line may follow what was chosen."
    if counts["adjusted"]:
        yield (
            f"For {counts['adjusted']} of {counts['pieces']} the score is moved by how strict its "
            "rater is, as far as that is known, and limits are wider where other raters scored."
        )


def _series(result: Charts, row: pd.Series) -> Iterator[str]:
    name, table = name_of(result, row), rows_of(result, row)
    if row["variation"] == "too few points":
        yield from _without_limits(result, name, table)
        return
    found = [told(result, stretch) for stretch in episodes(table)]
    last = table[table["center"].notna()].iloc[-1]
    usual = _usual(result, last)
    if not found:
        yield f"{name}: no {result.plan.every} and no row of them stands out; {usual}."
    else:
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield f"{name}: {'; '.join(found[:_SHOWN])}{more}; {usual}."
    if not math.isnan(row["from_sampling"]):
        share = min(row["from_sampling"], 1.0)
        yield (
            f"{name}: about {percent(share)} of that up and down is to be expected from which "
            f"pieces happened to be drawn and how they were scored, with "
            f"{pieces(result.rubric, round(table['n_pieces'].median()))} a {result.plan.every}."
        )
    if row["n_limits"] < TRIAL:
        yield (
            f"{name}: these are trial limits, on {row['n_limits']} points; from {TRIAL} on they "
            "can be relied on."
        )


def _without_limits(result: Charts, name: str, table: pd.DataFrame) -> Iterator[str]:
    """First and latest, where nothing can be said about what is usual."""
    known = table[table["point"].notna()]
    if len(known) < 2:
        return
    ends = []
    for _, row in known.iloc[[0, -1]].iterrows():
        low, high = (figure(result, row[limit]) for limit in ("lower", "upper"))
        ends.append(f"{row['period']} {figure(result, row['estimate'])} ({low} to {high}, "
                    f"n {row['n_pieces']})")  # fmt: skip
    yield (
        f"{name}: {ends[0]}, {ends[1]}. Whether that is more than the usual up and down cannot be "
        "told yet."
    )


def _usual(result: Charts, last: pd.Series) -> str:
    center = figure(result, last["center"])
    if math.isnan(last["limit_lower"]):
        return f"the median is {center}"
    low, high = (figure(result, last[f"limit_{end}"]) for end in ("lower", "upper"))
    what = "the weighted mean usually" if result.method["kind"] == "ewma" else "the usual"
    return f"{what} lies between {low} and {high}, around {center}"


def _others(result: Charts) -> Iterator[str]:
    """Groups with flags, and those without, in their own order."""
    quiet = []
    for _, row in result.groups.iterrows():
        if is_whole(result, row) or row["variation"] == "too few points":
            continue
        found = [told(result, stretch) for stretch in episodes(rows_of(result, row))]
        if found:
            yield f"{name_of(result, row)}: {'; '.join(found[:_SHOWN])}."
        else:
            quiet.append(name_of(result, row))
    if quiet:
        yield f"Nothing stands out in {listed(quiet)}."


def _worth(result: Charts) -> Iterator[str]:
    """How likely a flag is where nothing changes."""
    drawn = result.groups[result.groups["false_flag"].notna()]
    if drawn.empty:
        return
    row = drawn.iloc[-1]
    points = counted_as(int(row["n_points"]), "point")
    which = "such a chart" if len(drawn) == 1 else f"a chart like that of {name_of(result, row)}"
    known = "median" if result.method["kind"] == "run" else "limits"
    text = (
        f"With {points}, {which} flags something in {percent(row['false_flag'])} of series in "
        f"which nothing changes ({percent(row['false_flag_known'])} if the {known} had been known "
        "beforehand)"
    )
    if len(drawn) > 1:
        none = 1.0
        for chance in drawn["false_flag"]:
            none *= 1 - chance
        text += f"; at least one of these {len(drawn)} charts in {percent(1 - none)}"
    yield f"{text}. One flag is a reason to look, not yet a finding."


def _watched(result: Charts, row: pd.Series, named: bool) -> Iterator[str]:
    table = rows_of(result, row)
    known = table[table["running_mean"].notna()]
    if known.empty:
        return
    last = known.iloc[-1]
    name = f" ({name_of(result, row)})" if named else ""
    since = ""
    if result.plan.last_of_baseline >= 0:
        since = " since the baseline"
    elif result.plan.parts:
        since = f" since {result.plan.labels[result.plan.last_part]}"
    confidence = percent(result.method["confidence"])
    every = result.plan.every
    start = f"For looking every {every}{name}: "
    if row["left"] and row["left"] != LEFT_THE_BASELINE:
        yield (
            f"{start}no one mean fits all {every}s{since}, however often one looks (with "
            f"{confidence} confidence); by {row['left_in']} the mean had left its own past"
            f"{_way(row)}."
        )
        return
    low, high = (figure(result, last[f"running_{end}"]) for end in ("lower", "upper"))
    text = (
        f"{start}the mean{since} is {figure(result, last['running_mean'])}; {low} to {high} holds "
        f"with {confidence} confidence however often one looks"
    )
    if row["left"]:
        yield f"{text}. By {row['left_in']} the mean had left the baseline{_way(row)}."
    else:
        yield f"{text}, and by that stricter standard no change of the mean can be told."


def _way(row: pd.Series) -> str:
    return {1: " upwards", -1: " downwards", 0: ""}[int(row["left_way"])]


def _moved(result: Charts) -> Iterator[str]:
    plan = result.plan
    if plan.baseline:
        yield f"Limits rest on the time up to {plan.baseline[0]}: {plan.baseline[1]}."
    for part, why in zip(plan.parts, plan.reasons, strict=True):
        yield f"Limits begin anew in {plan.labels[part]}: {why}."


def _few(result: Charts) -> Iterator[str]:
    """Which series have too few points, and when an answer could be expected."""
    alike: dict[tuple[int, str], list[str]] = {}
    for _, row in result.groups.iterrows():
        name, points = name_of(result, row), int(row["n_points"])
        if points >= LEAST and row["variation"] == "too few points":
            yield (
                f"{name} has no limits: {row['reason']}. Name a later date for the baseline, or "
                "none."
            )
        elif points < TRIAL:
            alike.setdefault((points, _when(result, row)), []).append(name)
    for (points, when), names in alike.items():
        has = "has" if len(names) == 1 else "have"
        each = "" if len(names) == 1 else " each"
        yield (
            f"{listed(names)} {has} {counted_as(points, 'point')}{each} ({result.plan.every}s with "
            f"at least {TOO_FEW} pieces); {LEAST} are needed for trial limits and {TRIAL} for "
            f"limits. {when}"
        )


def _when(result: Charts, row: pd.Series) -> str:
    """At the pace of the past: the date by which there are 12 points."""
    periods, every = result.plan.periods, result.plan.every
    pace = row["n_pieces"] / len(periods)
    if pace >= TOO_FEW:
        at = periods[-1] + TRIAL - int(row["n_points"])
        return f"At this pace there are {TRIAL} by {at.end_time:%B} {at.end_time.year}."
    quarterly = pace * 3 if every == "month" else pace
    if quarterly >= TOO_FEW:
        at = periods[0].asfreq("Q") + TRIAL - 1
        return (
            f'There are {pace:.1f} a month: by quarter (every="quarter") there are {TRIAL} points '
            f"by {at.end_time:%B} {at.end_time.year}."
        )
    return (
        f"There are {quarterly:.1f} a quarter: it takes {TOO_FEW} a quarter for a chart of its "
        "own. Until then read it together with others."
    )


def _recording(result: Charts) -> Iterator[str]:
    """Whether items without evidence moved with the scores."""
    for _, row in result.groups.iterrows():
        if not is_whole(result, row):
            continue
        table = rows_of(result, row)
        known = table[table["point"].notna() & table["ne_rate"].notna()]
        for way, word in ((1, "high"), (-1, "low")):
            flagged = (known["flags"] != "") & (known["direction"] == way)
            if not flagged.any() or flagged.all():
                continue
            there, elsewhere = (_rate(part) for part in (known[flagged], known[~flagged]))
            if abs(there - elsewhere) > _NE:
                yield (
                    f"Items without evidence were {percent(there)} in the {word} "
                    f"{result.plan.every}s and {percent(elsewhere)} in the others: part of the "
                    "change may be recording."
                )
                break


def _rate(table: pd.DataFrame) -> float:
    return float((table["ne_rate"] * table["n_pieces"]).sum() / table["n_pieces"].sum())
