"""The tables of the briefing: bands, must-haves, every item, and how it was made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fidelity.present import scope
from fidelity.present.bands import band_counts, band_rows, band_titles, bands_by_group
from fidelity.present.evidence import Evidence, drawn, left_out, must_have_counts, scored_twice
from fidelity.present.table import NOTHING, Table, rows_of
from fidelity.words import NOUNS, TOO_FEW, percent, signed

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.analyses.scores import GroupScores
    from fidelity.present.briefing_change import Moved


def bands_table(scores: GroupScores) -> Table:
    """Counts by band and group, with the interval of the first band."""
    titles = band_titles(scores)
    rows: list[list[object]] = []
    for bands in bands_by_group(scores):
        if bands.too_few:
            rows.append([bands.group.label, bands.n, *([NOTHING] * len(titles)), "too few to say"])
            continue
        share = interval(bands.share, bands.lower, bands.upper)
        rows.append([bands.group.label, bands.n, *bands.counts, share])
    rows += [row for group in scope.wholes(scores) for row in _before_caps(scores, group)]
    headings = ["Group", "n", *titles, f"share {titles[0]}"]
    note = (
        "“Cannot say” is part of n. In brackets: the "
        f"{percent(scores.method['confidence'])} interval. Groups stand in their local order and "
        "are not ranked."
    )
    several = NOUNS[scores.rubric.looks_at][1]
    return rows_of(f"Number of {several} in each band", headings, rows, note)


def _before_caps(scores: GroupScores, group: scope.Group) -> Iterator[list[object]]:
    """The whole once more as it would be without the must-have rule, where that differs."""
    before, after = (band_counts(scores, group, kind) for kind in ("band before caps", "band"))
    if sum(after) >= TOO_FEW and before != after:
        first = band_rows(scores, group, "band before caps").iloc[0]
        share = interval(*(float(first[name]) for name in ("estimate", "lower", "upper")))
        yield [f"{group.label}, before the must-have rule", sum(before), *before, share]


def interval(value: float, lower: float, upper: float) -> str:
    """A share with its interval, as cells print it."""
    if math.isnan(value):
        return NOTHING
    if math.isnan(lower):
        return f"{percent(value)} (no interval)"
    return f"{percent(value)} ({percent(lower)} to {percent(upper)})"


def must_haves_table(scores: GroupScores) -> Table:
    """How often each must-have was not yet seen."""
    n = scope.pieces(scores)
    rows = [
        [text, *((missing, scored, percent(missing / scored)) if scored >= TOO_FEW else
                 ("too few", scored, NOTHING))]
        for text, missing, scored in must_have_counts(scores)
    ]  # fmt: skip
    several = NOUNS[scores.rubric.looks_at][1]
    return rows_of(
        f"Must-haves not yet seen, of {n} {several}",
        ["Must-have", "not yet seen", "of n scored", "share"],
        rows,
        "A must-have below its level caps the band. Where it does not apply, or nothing is known, "
        "it is not among the n.",
    )


def items_tables(scores: GroupScores) -> Iterator[Table]:
    """Every scored item over all pieces, of each role: mean, interval, and how it was answered."""
    for group in scope.wholes(scores):
        yield _items_table(scores, group)


def _items_table(scores: GroupScores, group: scope.Group) -> Table:
    told = {str(row["item"]): row for _, row in group.rows(scores.items, scores.by).iterrows()}
    rows = [
        [scope.item_label(item.id, item.text), *_item_cells(told[item.id])]
        for item in scores.rubric.scored_items.values()
        if item.id in told  # else it was asked of other roles
    ]
    of = f"all {NOUNS[scores.rubric.looks_at][1]}"
    return rows_of(
        f"Every item, over {of}{f', as scored by role {group.role}' if group.role else ''}",
        ["Item", "n scored", "mean (interval)", "NE", "share NE", "NA", "no answer"],
        rows,
        "NE: applies, and no evidence was found; its share is of all for whom the item applies. "
        "NA: does not apply. No answer: blank or don't know, and NE where it is not scored. "
        f"Under {TOO_FEW} no mean is given.",
    )


def _item_cells(row: pd.Series) -> list[object]:
    n, ne, missing = int(row["n_pieces"]), int(row["n_ne"]), int(row["n_missing"])
    due = n + missing
    if n < TOO_FEW:
        told = "too few to say"
    elif math.isnan(row["estimate"]):
        told = "not averaged"
    else:
        told = f"{row['estimate']:.1f}"
        if not math.isnan(row["lower"]):
            told += f" ({row['lower']:.1f} to {row['upper']:.1f})"
    share = percent(ne / due) if due >= TOO_FEW else NOTHING
    return [n, told, ne, share, int(row["n_na"]), missing]


def moved_table(moved: Moved) -> Iterator[Table]:
    """Then and now, item by item, with what was called moved; nothing where nothing is compared."""
    if moved.found is None or not moved.wholes:
        return
    rows = moved.found.table
    first = moved.wholes[0]
    mine = rows[(rows["group"] == first["group"]) & rows["kind"].isin(["mean", "item"])]
    named = {str(row["name"]) for row in moved.items}
    rubric, several = moved.evidence.scores.rubric, moved.evidence.several
    cells = []
    for _, row in mine.iterrows():
        if row["kind"] == "mean":
            text, finding = (
                rubric.titles[row["name"]],
                moved.direction(row).replace("no change can be told", "not told"),
            )
        else:
            text = scope.item_label(row["name"], rubric.items[row["name"]].text)
            few = row["finding"] == "too few to say"
            up = "higher" if row["estimate"] > 0 else "lower"
            finding = "too few" if few else up if row["name"] in named else "not told"
        cells.append([text, *_then_now(row), finding])
    yield rows_of(
        f"What moved from {moved.before.name} to {moved.now.name}",
        [
            "Measure or item",
            f"{several} then, now",
            "then",
            "now",
            "difference (interval)",
            "scores",
        ],
        cells,
        "Higher or lower is said of the whole first, and of items only if the whole moved, with "
        "false findings held down among all of them. Not told: no change can be told. A change in "
        "scores may be one of practice or of scoring.",
        numeric=(False, True, True, True, True, True),
    )


def _then_now(row: pd.Series) -> list[object]:
    n = f"{int(row['n_before'])}, {int(row['n_after'])}"
    if math.isnan(row["estimate"]):
        return [n, NOTHING, NOTHING, NOTHING]
    told = signed(row["estimate"], 1)
    if not math.isnan(row["lower"]):
        told += f" ({signed(row['lower'], 1)} to {signed(row['upper'], 1)})"
    return [n, f"{row['before']:.1f}", f"{row['after']:.1f}", told]


def method_table(evidence: Evidence, made_on: str, mark: str = "") -> Table:
    """How the numbers of one rubric were made."""
    scores, method = evidence.scores, evidence.scores.method
    table = scope.counted_assessments(scores)
    chosen = {"random": "drawn at random", "chosen": "some chosen for a reason",
              "unknown": "not recorded how they were chosen"}[drawn(scores)]  # fmt: skip
    away = ", ".join(f"{n} {kind}" for kind, n in left_out(scores).items())
    rows: list[list[object]] = [
        ["Rubric", scores.rubric.label],
        ["Ratings", evidence.ratings.name],
        [f"{evidence.several.capitalize()} that count", f"{evidence.n}; {chosen}"],
        ["Left out, chosen for a reason", away or "none"],
        ["Practice looked at", scope.period(scores) or "dates not recorded"],
        ["Raters", table["rater"].nunique()],
        ["Scored by a second rater as well", scored_twice(evidence)],
        ["Whose score counts", _record(evidence)],
        ["Intervals", _intervals(method)],
        ["Planned or exploratory", mark or "exploratory"],
        ["What is known about it", f"its evidence card: fidelity rubric card {scores.rubric.id}"],
        ["Software", method["software"]],
        ["Made on", made_on],
    ]  # fmt: skip
    return rows_of("How it was made", ["What", "How"], rows, numeric=(False, False))


def _intervals(method: Mapping[str, Any]) -> str:
    return (
        f"{percent(method['confidence'])}; they allow for likeness within {method['cluster']}; "
        f"{method['interval']}"
    )


def _record(evidence: Evidence) -> str:
    record = evidence.scores.method["record"]
    if record:
        return f"that of role {str(record).replace('_', ' ')}"
    return "the agreed score after moderation where there is one, else the routine one"
