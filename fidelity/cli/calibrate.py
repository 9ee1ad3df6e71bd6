"""`fidelity calibrate`: raters beside the agreed scores, and what moderators would have found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from fidelity.cli import as_json
from fidelity.cli.data import (
    ALL_SELECTIONS,
    DATA,
    JSON,
    OUTPUT,
    RUBRIC,
    open_concerns,
    read_all,
    written,
)

if TYPE_CHECKING:
    from fidelity.analyses.moderated import Moderated
    from fidelity.collect.ratings import Ratings

_MANY = ("line_manager", "self")


@click.command("calibrate")
@DATA
@RUBRIC
@ALL_SELECTIONS
@click.option("--scored-by", help="The role whose many scores moderators are held against.")
@click.option("--drawn-at-random", is_flag=True, help="The moderated pieces were drawn at random.")
@click.option(
    "--probability", help="A column with each piece's probability to be drawn for moderation."
)
@OUTPUT
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    all_selections: bool,
    scored_by: str | None,
    drawn_at_random: bool,
    probability: str | None,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Raters beside agreed scores in DATA (files, or a folder of ratings_*.csv).

    Also the gap between line managers and moderators, and, where somebody was moderated, what
    moderators would have found in all. Writes, for each rubric, calibration_<rubric>.csv,
    calibration_items_<rubric>.csv, gap_<rubric>.csv, moderated_<rubric>.csv and the pictures.
    """
    from fidelity.analyses.calibration import calibration

    selection = "all" if all_selections else "random"
    told = {}
    for name, ratings in read_all(data, rubrics).items():
        result = calibration(ratings, selection=selection)
        over_all = _moderated(
            ratings, scored_by, "random" if drawn_at_random else None, probability, selection
        )
        sentences = [*result.sentences, *(over_all.sentences if over_all else ())]
        told[name] = {
            "sentences": sentences,
            "method": dict(result.method),
            "calibration": result.to_frame().to_dict(orient="records"),
            "gap": result.gap.to_dict(orient="records"),
            "moderated": over_all.to_frame().to_dict(orient="records") if over_all else [],
            "concerns": open_concerns(ratings),
        }
        if not wants_json:
            click.echo("\n".join([f"\n{ratings.rubric.title}", *sentences]))
        tables = {"calibration": result.table, "calibration_items": result.items,
                  "gap": result.gap}  # fmt: skip
        pictures = {"calibration": result.plot}
        if over_all:
            tables["moderated"], pictures["moderated"] = over_all.table, over_all.plot
        written(output, name, tables, pictures, err=wants_json)
    if wants_json:
        as_json(told)


def _moderated(
    ratings: Ratings,
    scored_by: str | None,
    drawn: Literal["random"] | None,
    probability: str | None,
    selection: str,
) -> Moderated | None:
    """What moderators would have found, where there are many scores and a moderator's."""
    from fidelity.analyses.moderated import MODERATORS, moderated

    roles = set(ratings.assessments.get("rater_role", []))
    many = [scored_by] if scored_by else [role for role in _MANY if role in roles]
    if len(many) != 1 or not roles & set(MODERATORS):
        return None
    return moderated(
        ratings, scored_by=many[0], drawn=drawn, probability=probability, selection=selection
    )
