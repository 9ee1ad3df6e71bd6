"""The sentences of a score: from the same numbers and flags as the table and the pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.analyses.scores_assessments import caps
from fidelity.analyses.scores_items import must_haves_seen, not_yet_seen
from fidelity.rubric.derived import is_short
from fidelity.scoring import CANNOT_SAY
from fidelity.words import (
    TOO_FEW,
    item_label,
    percent,
    pieces,
    several,
)

if TYPE_CHECKING:
    from fidelity.analyses.scores import GroupScores
    from fidelity.rubric.model import Band

_ALL = "(all)"


def sentences(result: GroupScores) -> Iterator[str]:
    """What the scores say, in the order in which a director asks."""
    yield _looked_at(result)
    for role in _roles(result):
        whole = _whole(result, role)
        yield from _bands(result, whole, role)
        yield from _means(result, whole, role)
        yield from _ratios(result, whole)
    yield from _must_haves(result)
    yield from _short(result)
    yield from _left_out(result)
    yield from _groups(result)
    if (_whole_rows(result)["reason"] == "few clusters").any():
        cluster = result.method["cluster"]
        yield (f"The intervals rest on fewer than 10 {several(cluster)}: read them as rough.")


def _looked_at(result: GroupScores) -> str:
    table, chosen = result.basis.sample.table, result.basis.chosen
    if table.empty:
        return "No assessment counts, so nothing can be said."
    known = chosen.selection_known
    reason = known and result.method["selection"] == "all" and _chosen_for_a_reason(table)
    text = pieces(result.rubric, len(table)) + (" drawn at random" if known and not reason else "")
    text += f", scored by {_people(table['rater'].nunique())}"
    if "date" in table and table["date"].notna().any():
        first, last = (_day(day) for day in (table["date"].min(), table["date"].max()))
        text += f", practice up to {last}" if first == last else f", practice of {first} to {last}"
    if chosen.agreed:
        text += f"; for {chosen.agreed} the agreed score after moderation counts"
    if not known:
        return f"{text}. How they were chosen is not recorded, so they speak for themselves only."
    if reason:
        return f"{text}. Some were chosen for a reason, so they speak for themselves only."
    return f"{text}."


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%B %Y}"  # %-d is unknown to Windows


def _people(n: int) -> str:
    return "1 rater" if n == 1 else f"{n} raters"


def _chosen_for_a_reason(table: pd.DataFrame) -> bool:
    return "selection" in table and not table["selection"].isin({"random", "stratified"}).all()


def _roles(result: GroupScores) -> list[str]:
    return list(result.table["rater_role"].unique()) if "rater_role" in result.by else [""]


def _whole_rows(result: GroupScores) -> pd.DataFrame:
    table = result.table
    for name in result.by:
        if name != "rater_role":
            table = table[table[name] == _ALL]
    return table


def _whole(result: GroupScores, role: str) -> pd.DataFrame:
    table = _whole_rows(result)
    return table[table["rater_role"] == role] if role else table


def _bands(result: GroupScores, whole: pd.DataFrame, role: str) -> Iterator[str]:
    rows = whole[whole["kind"] == "band"]
    if rows.empty or result.rubric.bands is None:
        return
    n = int(rows["n_pieces"].iloc[0])
    if n == 0:
        return
    told: list[str] = []
    for band in result.rubric.bands.levels:
        row = rows[rows["level"] == band.id].iloc[0]
        number = round(row["estimate"] * n)
        told.append(
            f"{number} ({_interval(row)}) {_title(band)}"
            if not told
            else f"{number} {_title(band)}"
        )
    unsaid = round(rows[rows["level"] == CANNOT_SAY]["estimate"].iloc[0] * n)
    start = f"As scored by role {role.replace('_', ' ')}: of" if role else "Of"
    text = f"{start} {pieces(result.rubric, n)}, {told[0]}; {', '.join(told[1:])}"
    text += f"; for {unsaid} it cannot be said." if unsaid else "."
    if n < TOO_FEW:
        text += " That is too few to say anything about practice as a whole."
    yield text


def _title(band: Band) -> str:
    """A band's title inside a sentence."""
    return band.title[:1].lower() + band.title[1:]


def _interval(row: pd.Series) -> str:
    if math.isnan(row["lower"]):
        return "no interval can be given"
    return f"{percent(row['estimate'])}, {percent(row['lower'])} to {percent(row['upper'])}"


def _means(result: GroupScores, whole: pd.DataFrame, role: str) -> Iterator[str]:
    wanted = [composite.id for composite in result.rubric.composites]
    if not wanted:
        wanted = [c.id for c in result.rubric.components if c.mean]
    for name in wanted:
        rows = whole[(whole["kind"] == "mean") & (whole["measure"] == name)]
        if rows.empty or math.isnan(rows["estimate"].iloc[0]):
            continue
        row = rows.iloc[0]
        by_whom = f", as scored by role {role.replace('_', ' ')}" if role else ""
        text = f"{result.rubric.titles[name]}{by_whom}: mean {row['estimate']:.2f}"
        if not math.isnan(row["lower"]):
            text += f" ({row['lower']:.2f} to {row['upper']:.2f})"
        text += f" over {pieces(result.rubric, int(row['n_pieces']))}"
        if row["n_missing"]:
            text += f"; {int(row['n_missing'])} without enough answers"
        if row["highest"] - row["lowest"] > 0.05:
            text += (
                ". With what was not evidenced counted too, at the lowest level the mean would be "
                f"{row['lowest']:.2f}, at the highest {row['highest']:.2f}"
            )
        yield text + "."


def _ratios(result: GroupScores, whole: pd.DataFrame) -> Iterator[str]:
    for ratio in result.rubric.ratios:
        rows = whole[(whole["kind"] == "ratio") & (whole["measure"] == ratio.id)]
        if rows.empty or math.isnan(rows["estimate"].iloc[0]):
            continue
        row = rows.iloc[0]
        text = f"{ratio.title}: {row['estimate']:.3f}"
        if not math.isnan(row["lower"]):
            text += f" ({row['lower']:.3f} to {row['upper']:.3f})"
        text += f" from the sums over {pieces(result.rubric, int(row['n_pieces']))}"
        if "divisor" in str(row["reason"]):
            text += f"; {row['reason']}, so that their own ratio is undefined"
        yield text + "."


def _must_haves(result: GroupScores) -> Iterator[str]:
    found = caps(result.basis.assessments, result.basis.scores)[result.basis.chosen.rows]
    capped, alone = int((found != "").sum()), int((found == "not yet moderated").sum())
    if not capped:
        return
    text = f"In {pieces(result.rubric, capped)} a must-have not yet seen lowers the band"
    if alone:
        text += f"; in {alone} of them this rests on one assessment and is not yet moderated"
    yield text + f". Not yet seen: {', '.join(_not_seen(result))}."


def _short(result: GroupScores) -> Iterator[str]:
    """A short form averages nothing; what it says is which must-haves were seen."""
    if not is_short(result.rubric):
        return
    yield "The must-haves alone were asked; this is never set beside the full form."
    for name, told in must_haves_seen(result.basis.sample, result.rubric).items():
        label = item_label(name, result.rubric.items[name].text)
        if told.n < TOO_FEW:
            yield f"{label}: told of in {pieces(result.rubric, told.n)}, too few to say."
            continue
        few = f"; {told.reason}" if told.reason else ""
        ends = f"{percent(told.lower)} to {percent(told.upper)}" if told.bounded else "no interval"
        yield (
            f"{label}: seen in {round(told.value * told.n)} of {pieces(result.rubric, told.n)} "
            f"({percent(told.value)}, {ends}{few})."
        )


def _not_seen(result: GroupScores) -> Iterator[str]:
    for name, (missing, n) in not_yet_seen(result.basis.sample, result.rubric).items():
        item = result.rubric.items[name]
        if missing:
            text = item.text[:1].lower() + item.text[1:]
            yield f"{text} ({item.id.upper()}) in {missing} of {n}"


def _left_out(result: GroupScores) -> Iterator[str]:
    chosen = result.basis.chosen
    if chosen.left_out:
        kinds = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in chosen.left_out.items())
        yield (
            f"Left out because they were chosen for a reason: {kinds}. They are in the "
            "assessments, and would bias the numbers above."
        )


def _groups(result: GroupScores) -> Iterator[str]:
    columns = [name for name in result.by if name != "rater_role"]
    if not columns:
        return
    first = result.table["measure"].iloc[0] if len(result.table) else ""
    rows = result.table[(result.table["measure"] == first) & (result.table[columns[0]] != _ALL)]
    sizes = (rows["n_pieces"] + rows["n_missing"]).groupby([rows[c] for c in columns]).max()
    small = [_name(key) for key, n in sizes.items() if n < TOO_FEW]
    if small:
        yield f"Too few to say (under {TOO_FEW}): {', '.join(small)}."
    if "plan_type" not in columns and "plan_type" in result.basis.assessments and len(sizes) > 1:
        yield (
            "Groups may differ in the kinds of plan that were looked at; compare within plan type "
            "before you read a difference as practice."
        )


def _name(key: object) -> str:
    return " / ".join(map(str, key)) if isinstance(key, tuple) else str(key)
