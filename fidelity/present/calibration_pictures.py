"""Raters beside the agreed scores, and what moderators would have found beside what was scored."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.present import style
from fidelity.present.agreement_pictures import when
from fidelity.present.figure import Picture
from fidelity.present.interval_rows import Axis, Column, Entry, Look, Mark, Panel, drawn
from fidelity.readiness import ALONE, IN_PAIRS, LEAST_EXACT, LEAST_SCORES, TOO_FEW_TO_SAY
from fidelity.words import TOO_FEW, counted_as, main_mean, percent, pieces

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.calibration import Calibration
    from fidelity.analyses.moderated import Moderated
    from fidelity.rubric.model import Rubric

EXACT = Look("agreed level", "o", style.CATEGORICAL[0])
GUESSING = Look("guessing", "|", style.INK, width=0)
MIDDLE = Look("always the middle level", "s", style.CATEGORICAL[3], width=0, hollow=True)
TOGETHER = Look("what moderators would have found", "o", style.CATEGORICAL[0])
ALONE_LOOK = Look("the moderated alone", "D", style.CATEGORICAL[1], width=1.6, hollow=True)
AS_SCORED = Look("as scored", "s", style.CATEGORICAL[3], width=0, hollow=True)
_SHARES = tuple((share / 100, f"{share}%") for share in (0, 20, 40, 60, 80, 100))
_VERDICTS = {ALONE: "alone", IN_PAIRS: "in pairs", TOO_FEW_TO_SAY: "too few"}
EVERYBODY = "(all)"


def raters_beside_agreed(
    result: Calibration, ax: Axes | None = None, *, place: str = ""
) -> Picture:
    """Each rater's share of item scores at the agreed level, in the order of their ids.

    Args:
        result: of `fidelity.calibration`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` has the rows of the result for exact and within one.
    """
    data = result.table[result.table["measure"].isin(["exact", "within one"])]
    exact = data[data["measure"] == "exact"]
    near = dict(zip(data["rater"], data["estimate"], strict=True))  # the later row: within one
    columns = (Column("or next", 0.55), Column("scores", 0.5), Column("score", 0.6, right=False))
    panel = Panel(
        [_rater(row, near) for _, row in exact.iterrows()],
        Axis((0.0, 1.0), _SHARES, (LEAST_EXACT,)), 1.1, columns,
    )  # fmt: skip
    n = counted_as(int(exact["n_scores"].iloc[-1]) if len(exact) else 0, "item score")
    parts = ("Item scores beside the agreed ones", place, when(result.method["period"]), n)
    return drawn(
        _calibration_title(exact), " · ".join(part for part in parts if part),
        [panel] if len(exact) else [], list(_calibration_notes(exact, result)),
        _calibration_alt(exact), data.reset_index(drop=True), ax,
    )  # fmt: skip


def _rater(row: pd.Series, near: dict[str, float]) -> Entry:
    everybody = row["rater"] == EVERYBODY
    few = row["n_scores"] < TOO_FEW
    marks = (
        Mark(EXACT, row["estimate"], row["lower"], row["upper"]),
        Mark(GUESSING, row["guessing"]), Mark(MIDDLE, row["middle"]),
    )  # fmt: skip
    return Entry(
        "All raters" if everybody else str(row["rater"]), () if few else marks,
        ("" if few else percent(near[row["rater"]]), f"{row['n_scores']:,}",
         _VERDICTS.get(row["verdict"], "")),
        "too few to say" if few else "", everybody,
    )  # fmt: skip


def _calibration_title(exact: pd.DataFrame) -> str:
    """The finding, from the verdicts and intervals that are drawn."""
    raters = exact[exact["rater"] != EVERYBODY]
    if raters.empty:
        return "Nobody’s scores can be held against agreed ones yet"
    if (raters["verdict"] == TOO_FEW_TO_SAY).all():
        return "Too few scores to say how raters score"
    whole = exact[exact["rater"] == EVERYBODY].iloc[0]
    beside = max(whole["guessing"], whole["middle"])
    if whole["lower"] > beside:
        return "Raters do better than guessing and than the middle level"
    return "It is not clear that raters do better than guessing"


def _calibration_notes(exact: pd.DataFrame, result: Calibration) -> Iterator[str]:
    if exact.empty:
        return
    yield (
        f"Raters stand in the order of their ids; this is no ranking. Bars are "
        f"{percent(result.method['confidence'])} intervals, which allow for scores of one piece "
        "being alike. Guessing and the middle level: what they would get on the same scores. Or "
        "next: the agreed level or one beside it."
    )
    yield (
        f"Ready to score alone: at least {LEAST_SCORES} item scores, {percent(LEAST_EXACT)} of "
        "them the agreed level (dashed), and alpha above 0.40 at the lower end of its interval: a "
        "local rule. Nobody is certified or failed."
    )


def _calibration_alt(exact: pd.DataFrame) -> str:
    if exact.empty:
        return "No picture: no score can be held against an agreed one."
    whole = exact.iloc[-1]
    raters = exact[exact["n_scores"] >= TOO_FEW].iloc[:-1]
    text = (
        f"Shares of item scores at the agreed level for {counted_as(len(exact) - 1, 'rater')}, "
        f"with intervals. {_calibration_title(exact)}: together {percent(whole['estimate'])} of "
        f"{whole['n_scores']:,}, where guessing gets {percent(whole['guessing'])}"
    )
    if len(raters) > 1:
        low, high = raters["estimate"].min(), raters["estimate"].max()
        text += f"; from {percent(low)} to {percent(high)} by rater"
    return f"{text}."


def moderated_beside_scored(
    result: Moderated, ax: Axes | None = None, *, place: str = ""
) -> Picture:
    """As scored, by the moderated pieces alone, and what moderators would have found in all.

    Args:
        result: of `fidelity.moderated`.
        ax: axes to draw in; a figure of its own if not given.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` are the rows of the result.
    """
    table = result.table
    panels = [
        Panel([_measure(row) for _, row in rows.iterrows()], axis, 2.6, _COLUMNS)
        for axis, rows in _by_axis(result.rubric, table)
    ]
    n, few = result.method["n_pieces"], result.method["n_moderated"]
    parts = (
        "Scored and moderated", place, when(result.method["period"]),
        f"{pieces(result.rubric, n)}, {few} of them moderated",
    )  # fmt: skip
    return drawn(
        moderated_title(result), " · ".join(part for part in parts if part), panels,
        list(_moderated_notes(result)), _moderated_alt(result), table.copy(), ax,
    )  # fmt: skip


_COLUMNS = (Column("found", 0.5), Column("moderated", 0.75))


def _by_axis(rubric: Rubric, table: pd.DataFrame) -> Iterator[tuple[Axis, pd.DataFrame]]:
    """Means of one scale over one axis, and the bands over shares."""
    means = table[table["kind"] == "mean"]
    ends = [_ends(rubric, str(measure)) for measure in means["measure"]]
    for low, high in dict.fromkeys(ends):
        ticks = tuple((float(value), str(value)) for value in range(low, high + 1))
        here = [end == (low, high) for end in ends]
        yield Axis((float(low), float(high)), ticks), means[here]
    bands = table[table["kind"] == "band"]
    if len(bands):
        yield Axis((0.0, 1.0), _SHARES), bands


def _ends(rubric: Rubric, measure: str) -> tuple[int, int]:
    """The whole scale of a mean."""
    composites = {composite.id: composite.of[0] for composite in rubric.composites}
    while measure in composites:
        measure = composites[measure]
    components = {c.id: next((i.id for i in c.items if i.scored), "") for c in rubric.components}
    scale = rubric.scale_of(components.get(measure, measure))
    return scale.minimum, scale.maximum


def _measure(row: pd.Series) -> Entry:
    share = row["kind"] == "band"
    known = not math.isnan(row["estimate"])
    marks = (
        Mark(AS_SCORED, row["as_scored"]),
        Mark(TOGETHER, row["estimate"], row["lower"], row["upper"]),
        Mark(ALONE_LOOK, row["alone"], row["alone_lower"], row["alone_upper"]),
    )  # fmt: skip
    told = percent(row["estimate"]) if share and known else f"{row['estimate']:.2f}"
    return Entry(
        str(row["text"]), marks if known else (),
        (told if known else "", f"{row['n_moderated']}"), "" if known else "too few to say",
    )  # fmt: skip


def moderated_title(result: Moderated) -> str:
    """The finding, from the marks: whether what was scored lies outside an interval."""
    said = result.table[result.table["estimate"].notna() & result.table["lower"].notna()]
    means = said[said["kind"] == "mean"]
    who = {"line_manager": "Line managers", "self": "People"}.get(
        result.scored_by, f"{result.scored_by.replace('_', ' ').capitalize()}s"
    )
    if said.empty:
        return "Too few moderated to say what moderators would have found"
    if means.empty:
        apart = ((said["as_scored"] < said["lower"]) | (said["as_scored"] > said["upper"])).any()
        return f"{who} and moderators use the grades {'differently' if apart else 'alike'}"
    main = means[means["measure"] == main_mean(result.rubric)]
    row = (main if len(main) else means).iloc[0]
    if row["as_scored"] > row["upper"]:
        return f"{who} score higher than moderators would"
    if row["as_scored"] < row["lower"]:
        return f"{who} score lower than moderators would"
    return f"No clear gap between {who[:1].lower()}{who[1:]} and moderators"


def _moderated_notes(result: Moderated) -> Iterator[str]:
    if result.table.empty:
        return
    yield (
        "What moderators would have found in all: the many scores, put right by how far they were "
        f"off where both are known. Bars are {percent(result.method['confidence'])} intervals."
    )
    told = result.method["drawn"] or result.method["probability"]
    if result.table["estimate"].notna().any() and not told:
        yield (
            "Nobody has said that the moderated were drawn at random. If they were chosen, this "
            "may be wrong by any amount, and no interval shows it."
        )


def _moderated_alt(result: Moderated) -> str:
    said = result.table[result.table["estimate"].notna()]
    text = f"Marks with intervals for {counted_as(len(result.table), 'measure')}. "
    text += moderated_title(result)
    if len(said):
        row = said.iloc[0]
        share = row["kind"] == "band"
        found, scored = (
            percent(row[name]) if share else f"{row[name]:.2f}"
            for name in ("estimate", "as_scored")
        )
        text += (
            f"; {row['text']}: {found} where {scored} was scored, n {row['n_moderated']} moderated"
        )
    return f"{text}."
