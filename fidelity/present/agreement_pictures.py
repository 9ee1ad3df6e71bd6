"""How far auditors agree on each item, and which levels they mix up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.analyses.agreement_words import most_confused
from fidelity.errors import UsageError
from fidelity.present import scope, style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, wrapped
from fidelity.present.interval_rows import Axis, Column, Entry, Look, Mark, Panel, drawn
from fidelity.readiness import ALONE, IN_PAIRS, LEAST_AGREEMENT, TOO_FEW_TO_SAY
from fidelity.words import TOO_FEW, item_label, level_text, percent, pieces

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.agreement import RaterAgreement

ALPHA = Look("alpha", "o", style.CATEGORICAL[0])
AC = Look("AC", "D", style.CATEGORICAL[1], width=1.6, hollow=True)
_VERDICTS = {ALONE: "alone", IN_PAIRS: "in pairs", TOO_FEW_TO_SAY: "too few"}
_COLUMNS = (Column("same", 0.42), Column("n", 0.3), Column("score", 0.6, right=False))
_TICKS = ((0.0, "0"), (0.2, "0.2"), (0.4, "0.4"), (0.6, "0.6"), (0.8, "0.8"), (1.0, "1"))
#: Inches: the level names beside the triangle, and the height of a cell of it.
_LABELS, _HIGH = 1.75, 0.5
#: It may be said that two levels were hardly told apart from so many pairs at these two alone on,
#: and from this share of what there would be if nobody told them apart.
_ENOUGH, _HARDLY = 10, 0.8


def agreement_by_item(
    result: RaterAgreement, ax: Axes | None = None, *, place: str = ""
) -> Picture:
    """Alpha and AC of each item with intervals, in the order of the rubric.

    Args:
        result: of `fidelity.agreement`; rows of all pieces are drawn.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` has one row an item: item, text, verdict, exact, alpha,
        alpha_lower, alpha_upper, AC, AC_lower, AC_upper, n_pieces.
    """
    data = _items(result)
    return drawn(
        _title(data), _subtitle(result, "Agreement by item", place),
        [Panel(list(_entries(result, data)), Axis((0.0, 1.0), _TICKS, (LEAST_AGREEMENT,)),
               columns=_COLUMNS)] if len(data) else [],
        list(_notes(data, result)), _alt(data), data, ax,
    )  # fmt: skip


def _whole(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    for name in by:
        table = table[table[name] == scope.ALL]
    return table


def _items(result: RaterAgreement) -> pd.DataFrame:
    rows = _whole(result.table, result.by)
    rows = rows[rows["kind"] == "item"]
    verdicts = _whole(result.verdicts, result.by)
    verdict = dict(zip(verdicts["measure"], verdicts["verdict"], strict=True))
    made = []
    for item, mine in rows.groupby("measure", sort=False):
        by_name = mine.set_index("coefficient")
        made.append({
            "item": item, "text": mine["text"].iloc[0], "verdict": verdict.get(item, ""),
            "exact": _value(by_name, "exact", "estimate"),
            **{f"{name}{end}": _value(by_name, name, column)
               for name in ("alpha", "AC")
               for end, column in (("", "estimate"), ("_lower", "lower"), ("_upper", "upper"))},
            "n_pieces": int(mine["n_pieces"].iloc[0]),
        })  # fmt: skip
    return pd.DataFrame(made)


def _value(by_name: pd.DataFrame, coefficient: str, column: str) -> float:
    return float(by_name.loc[coefficient, column]) if coefficient in by_name.index else math.nan  # type: ignore[arg-type]


def _entries(result: RaterAgreement, data: pd.DataFrame) -> Iterator[Entry]:
    heading = ""
    for _, row in data.iterrows():
        component = result.rubric.component_of(str(row["item"])).title
        if component != heading:
            heading = component
            yield Entry(heading, heading=True)
        same = "" if math.isnan(row["exact"]) else percent(row["exact"])
        verdict = _VERDICTS.get(row["verdict"], "")
        few = row["n_pieces"] < TOO_FEW
        alpha = Mark(ALPHA, row["alpha"], row["alpha_lower"], row["alpha_upper"])
        ac = Mark(AC, row["AC"], row["AC_lower"], row["AC_upper"])
        known = tuple(mark for mark in (alpha, ac) if not math.isnan(mark.value))
        instead = "too few to say" if few else "" if known else "all scores are one level"
        yield Entry(
            item_label(str(row["item"]), row["text"]), () if instead else known,
            ("" if few else same, str(row["n_pieces"]), verdict), instead,
        )  # fmt: skip


def _title(data: pd.DataFrame) -> str:
    """The finding, from the verdicts that are printed."""
    if data.empty:
        return "Nothing was scored by two auditors"
    judged = data[data["verdict"] != ""]
    if judged.empty or (judged["verdict"] == TOO_FEW_TO_SAY).all():
        return "Too few scored twice to say how far auditors agree"
    alone = int((judged["verdict"] == ALONE).sum())
    items = "items" if len(judged) > 1 else "item"
    if alone:
        return f"Auditors are ready to score alone on {alone} of {len(judged)} {items}"
    return (
        f"Auditors should score in pairs on all {items} for now"
        if (judged["verdict"] == IN_PAIRS).all()
        else "No item is ready to be scored by one auditor alone"
    )


def _subtitle(result: RaterAgreement, measure: str, place: str) -> str:
    n = f"{pieces(result.rubric, result.method['n_double'])} scored by two auditors or more"
    return " · ".join(part for part in (measure, place, when(result.method["period"]), n) if part)


def when(period: tuple[str, str] | None) -> str:
    """A period in words, as in subtitles."""
    if period is None:
        return "dates not recorded"
    first, last = (scope.day(date.fromisoformat(day)) for day in period)
    return first if first == last else f"{first} to {last}"


def _notes(data: pd.DataFrame, result: RaterAgreement) -> Iterator[str]:
    if data.empty:
        return
    yield (
        "Alpha takes off the agreement that comes from most scores being alike, AC hardly does: "
        "where the two lie far apart, nearly all scores are one level, and neither is wrong. 1 is "
        f"full agreement, 0 what chance gives. Bars are {percent(result.method['confidence'])} "
        "intervals, cut off at 0. Same: pairs with the same level. n: pieces with two levels or "
        "more."
    )
    yield (
        f"To be ready to score alone, the bar of alpha must lie right of the dashed line "
        f"({LEAST_AGREEMENT:.2f}), with at least 30 scores and 60% the same: a local rule."
    )


def _alt(data: pd.DataFrame) -> str:
    if data.empty:
        return "No picture: nothing was scored by two auditors."
    known = data[data["alpha"].notna() & (data["n_pieces"] >= TOO_FEW)]
    text = f"Alpha and AC with intervals for {len(data)} items. {_title(data)}"
    if len(known):
        low, high = (known.iloc[int(f())] for f in (known["alpha"].argmin, known["alpha"].argmax))
        text += "; alpha runs from " + " to ".join(
            f"{row['alpha']:.2f} ({item_label(row['item'], row['text'])}, n {row['n_pieces']})"
            for row in (low, high)
        )
    return f"{text}."


def confusion_of_levels(
    result: RaterAgreement, item: str | None = None, ax: Axes | None = None, *, place: str = ""
) -> Picture:
    """Pairs of levels given to the same piece: a triangle of counts, with the level descriptions.

    Args:
        result: of `fidelity.agreement`; all pieces are drawn.
        item: its id; the item with the levels told apart least if not given.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` are the rows of `result.confusions` that are drawn.

    Raises:
        UsageError: no such item, or nothing was scored twice.
    """
    rows = _whole(result.confusions, result.by)
    known = list(dict.fromkeys(rows["item"]))
    if not known:
        raise UsageError("Nothing was scored by two auditors, so no levels can be compared.")
    if item is None:
        first = most_confused(rows)
        item = str(first["item"].iloc[0]) if len(first) else known[0]
    if item not in known:
        raise UsageError(f'No item "{item}" with levels here; there are: {", ".join(known)}.')
    data = rows[rows["item"] == item].reset_index(drop=True)
    with style.drawing():
        texts = _described(result, item)
        size = len(texts)
        below = sum(len(lines) for lines in texts) * leading(SMALL) + 0.08 * size + 0.3
        label = item_label(item, data["text"].iloc[0])
        sheet = Sheet(
            _confusion_title(data), _subtitle(result, label, place),
            0.3 + _HIGH * size + below, [_CONFUSION_NOTE], ax,
        )  # fmt: skip
        _draw_triangle(sheet, result, item, data)
        y = sheet.top + 0.3 + _HIGH * size + 0.3
        for lines in texts:
            sheet.lines(lines, 0, y, SMALL)
            y += len(lines) * leading(SMALL) + 0.08
    return sheet.done(_confusion_alt(data), data)


def _described(result: RaterAgreement, item: str) -> list[list[str]]:
    """What each level says, in lines."""
    scale = result.rubric.scale_of(item)
    found = []
    for level in scale.levels:
        text = level_text(result.rubric, item, level.value)
        found.append(wrapped(f"{level.value}: {text or 'not described'}", WIDTH, SMALL))
    return found


def _draw_triangle(sheet: Sheet, result: RaterAgreement, item: str, data: pd.DataFrame) -> None:
    levels = [level.value for level in result.rubric.scale_of(item).levels]
    wide = min(1.0, (WIDTH - _LABELS) / len(levels))
    top, n = sheet.top + 0.3, int(data["n_pairs"].iloc[0])
    for place, level in enumerate(levels):
        across = _LABELS + (place + 0.5) * wide
        sheet.text(across, sheet.top + 0.14, f"other: {level}" if wide > 0.7 else level, SMALL,
                   ha="center", color=style.QUIET)  # fmt: skip
        sheet.text(_LABELS - 0.12, top + (place + 0.5) * _HIGH, f"one auditor: {level}", SMALL,
                   ha="right", color=style.QUIET)  # fmt: skip
    for _, row in data.iterrows():
        x = _LABELS + levels.index(row["other_level"]) * wide
        y = top + levels.index(row["level"]) * _HIGH
        if n < TOO_FEW:
            sheet.hatched(x + 0.02, y + 0.02, wide - 0.04, _HIGH - 0.04)
            continue
        same = row["level"] == row["other_level"]
        colour = style.step(min(0.999, 2 * row["count"] / n))
        sheet.box(x, y, wide, _HIGH, facecolor=colour, linewidth=1.5)
        ink = style.text_on(colour)
        beside = "same" if same else f"({row['untold']:.0f})"
        across, middle = x + wide / 2, y + _HIGH / 2
        sheet.text(across, middle - 0.085, row["count"], weight="bold", ha="center", color=ink)
        sheet.text(across, middle + 0.095, beside, SMALL, ha="center", color=ink)


def _mixed_up(data: pd.DataFrame) -> pd.Series | None:
    """The two levels told apart least, if seen often enough."""
    found = most_confused(data)
    return None if found.empty else found.iloc[0]


def _confusion_title(data: pd.DataFrame) -> str:
    """The finding, from the counts that are printed."""
    if data["n_pairs"].iloc[0] < TOO_FEW:
        return "Too few pairs of scores to say which levels are mixed up"
    row = _mixed_up(data)
    if row is None:
        return "No two levels were mixed up often"
    two = f"Levels {row['level']} and {row['other_level']}"
    if row["count"] >= _HARDLY * row["untold"] and row["within"] >= _ENOUGH:
        return f"{two} were hardly told apart"
    return f"{two} were mixed up most often"


_CONFUSION_NOTE = (
    "Every two scores of one piece are a pair; who gave which does not matter, so only half of the "
    "square is drawn. Darker: more of the pairs. In brackets: how many there would be if nobody "
    "told these two levels apart. A number near it says that the two descriptions are read alike, "
    "and not who is right."
)


def _confusion_alt(data: pd.DataFrame) -> str:
    label = item_label(data["item"].iloc[0], data["text"].iloc[0])
    text = f"Triangle of pairs of levels for {label}, n {data['n_pairs'].iloc[0]} pairs. "
    text += _confusion_title(data)
    row = _mixed_up(data)
    if row is not None:
        text += (
            f": {row['count']} of {row['within']} pairs at these two levels were one of each, "
            f"{row['untold']:.0f} if nobody told them apart"
        )
    return f"{text}."
