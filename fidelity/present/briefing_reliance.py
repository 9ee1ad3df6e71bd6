"""How far the scores of a briefing can be relied on: second scorings, moderation, a fixed scorer.

Of all that was scored up to the end of the period, since double scorings of one quarter are few.
What the analyses found is told in their main lines; each has a page of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fidelity.errors import UsageError
from fidelity.present.statement import HOW, Statement
from fidelity.words import NOUNS, TOO_FEW, percent, pieces

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.collect.ratings import Ratings

_AUDITED = ("case_file", "direct_practice", "supervision")


@dataclass(frozen=True)
class Reliance:
    """What is known of the scores of one rubric.

    Attributes:
        double, scored: pieces scored by two auditors or more, of how many.
        same, near: share of item scores at the same level, and at the same or the next, with
            limits; NaN where too few were scored twice.
        band: share of pieces to which two scorings give the same band, with limits.
        statements: the same in sentences.
    """

    double: int
    scored: int
    same: tuple[float, float, float]
    near: float
    statements: tuple[Statement, ...]


def reliance(ratings: Ratings, options: Mapping[str, Any], whole: bool) -> Reliance:
    """How far the scores of one rubric can be relied on.

    Args:
        ratings: all of them up to the end of the period.
        options: those of the briefing.
        whole: whether the analyses that take seconds are made too.
    """
    from fidelity.analyses.agreement import agreement

    shared = {key: options[key] for key in ("selection", "cluster", "confidence") if key in options}
    found = agreement(ratings, **shared)
    rows = _by(found.table[found.table["kind"] == "all items"], "coefficient")
    double, scored = _double(ratings)
    same, near = (math.nan, math.nan, math.nan), math.nan
    if double >= TOO_FEW and "exact" in rows:
        row = rows["exact"]
        same = float(row["estimate"]), float(row["lower"]), float(row["upper"])
        near = float(rows["within one"]["estimate"]) if "within one" in rows else math.nan
    told = list(_agreed(ratings, double, scored, same, near))
    if whole and double >= TOO_FEW:
        told += _same_band(ratings, shared)
    told += _gap(ratings, shared)
    return Reliance(double, scored, same, near, tuple(told))


def _by(table: pd.DataFrame, column: str) -> dict[str, pd.Series[Any]]:
    """The first row of each value of a column."""
    return {str(row[column]): row for _, row in table.drop_duplicates(column).iterrows()}


def _double(ratings: Ratings) -> tuple[int, int]:
    """Pieces of practice scored by two people or more, of how many."""
    table = ratings.assessments
    if "rater_role" in table:
        table = table[table["rater_role"].astype(object) != "agreed"]
    if "purpose" in table:
        table = table[table["purpose"].astype(object) != "benchmark"]
    raters = table.groupby("piece")["rater"].nunique()
    return int((raters > 1).sum()), len(raters)


def _agreed(
    ratings: Ratings, double: int, scored: int, same: tuple[float, ...], near: float
) -> Iterator[Statement]:
    several = NOUNS[ratings.rubric.looks_at][1]
    if not double:
        if ratings.rubric.looks_at in _AUDITED:
            text = f"No {several} were scored by a second person, so whether another would have "
            text += "said the same is not known."
            yield Statement(HOW, "agreement", text, 2)
        return
    text = f"{double} of {pieces(ratings.rubric, scored)} so far ({percent(double / scored)}) were "
    text += "scored by a second person"
    if math.isnan(same[0]):
        yield Statement(HOW, "agreement", f"{text}: too few to say how far two agree.", 2)
        return
    limits = "" if math.isnan(same[1]) else f" ({percent(same[1])} to {percent(same[2])})"
    text += f", who gave an item the same level in {percent(same[0])}{limits}"
    if not math.isnan(near):
        text += f", and the same or the next level in {percent(near)}"
    yield Statement(HOW, "agreement", f"{text}.", 2)


def _same_band(ratings: Ratings, shared: Mapping[str, Any]) -> Iterator[Statement]:
    from fidelity.analyses.generalizability import generalizability

    kept = {key: value for key, value in shared.items() if key != "cluster"}
    several = NOUNS[ratings.rubric.looks_at][1]
    try:
        found = generalizability(ratings, **kept)
    except UsageError:
        return
    rows = _by(found.table, "kind")
    if not found.design:
        enough = found.counts["enough"]
        text = (
            f"Too few {several} were scored twice to say how far a score depends on who gave it; "
            f"about {enough} would tell."
        )
        yield Statement(HOW, "reliance", text, 5)
        return
    row = rows["dependability"]
    share = f"about {percent(row['estimate'])}"
    if not math.isnan(row["lower"]):
        share += f" ({percent(row['lower'])} to {percent(row['upper'])})"
    text = f"Of the differences between scores, {share} lie in the {several} themselves"
    text += ", and the rest in who scored them"
    if "same band" in rows:
        band = rows["same band"]
        text += f"; two people would put about {percent(band['estimate'])} of {several} into the "
        text += "same band"
    yield Statement(HOW, "reliance", f"{text}.", 5)


def _gap(ratings: Ratings, shared: Mapping[str, Any]) -> Iterator[Statement]:
    """Line managers beside moderators, on what both scored."""
    table = ratings.assessments
    if "rater_role" not in table:
        return
    roles = set(table["rater_role"].dropna())
    independent = [role for role in ("moderator", "independent") if role in roles]
    if "line_manager" not in roles or not independent:
        return
    from fidelity.analyses.calibration import calibration

    several = NOUNS[ratings.rubric.looks_at][1]
    try:
        gap = calibration(ratings, gap=("line_manager", independent[0]), **shared).gap
    except UsageError:
        return
    known = gap[gap["estimate"].notna() & (gap["n_pieces"] >= TOO_FEW)]
    if known.empty:
        n = int(gap["n_pieces"].max()) if len(gap) else 0
        text = (
            f"Line managers and {independent[0]}s: {n} {several} were scored by both, too few to "
            "say whether the one is more generous."
        )
        yield Statement(HOW, "gap", text, 4)
        return
    yield Statement(HOW, "gap", _gap_text(known.iloc[0], independent[0], several), 4)


def _gap_text(row: pd.Series[Any], other: str, several: str) -> str:
    n, size = int(row["n_pieces"]), abs(row["estimate"])
    limits = ""
    if not math.isnan(row["lower"]):
        limits = f" ({row['lower']:+.1f} to {row['upper']:+.1f})".replace("-", "−")
    on = f"on the {n} {several} that both scored"
    if math.isnan(row["lower"]) or row["lower"] <= 0 <= row["upper"]:
        return f"No gap between line managers and {other}s can be told {on}{limits}."
    side = "higher" if row["estimate"] > 0 else "lower"
    if row["kind"] == "mean":
        return f"Line managers score {size:.1f} of a level {side} than {other}s {on}{limits}."
    return (
        f"Line managers give a {side} grade than {other}s more often than the other way round, "
        f"{on} ({int(row['n_above'])} higher, {int(row['n_same'])} the same, {int(row['n_below'])} "
        "lower)."
    )
