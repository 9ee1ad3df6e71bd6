"""`fidelity score`: tables and sentences."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import (
    ALL_SELECTIONS,
    DATA,
    JSON,
    RECORD,
    RUBRIC,
    open_concerns,
    read_all,
    written,
)


@click.command("score")
@DATA
@RUBRIC
@click.option("--by", multiple=True, help="A column to group by, such as team; repeatable.")
@RECORD
@ALL_SELECTIONS
@click.option("--frame", type=click.Path(path_type=Path), help="Strata and their sizes (CSV).")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for the tables.")
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    by: tuple[str, ...],
    record: str | None,
    all_selections: bool,
    frame: Path | None,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Score DATA (files, or a folder of ratings_*.csv) against its rubric.

    Writes, for each rubric, scores_<rubric>.csv (groups), assessments_<rubric>.csv (one row an
    assessment) and items_<rubric>.csv.
    """
    from fidelity.analyses.scores import score
    from fidelity.collect.companions import read_frame

    strata = None if frame is None else read_frame(frame)
    told = {}
    for name, ratings in read_all(data, rubrics).items():
        result = score(
            ratings, by=list(by), record=record, frame=strata,
            selection="all" if all_selections else "random",
        )  # fmt: skip
        told[name] = {
            "sentences": list(result.sentences),
            "method": dict(result.method),
            "scores": result.to_frame().to_dict(orient="records"),
            "concerns": open_concerns(ratings),
        }
        if not wants_json:
            click.echo("\n".join([f"\n{ratings.rubric.title}", *result.sentences]))
        if output:  # items and assessments are tables of their own, made when they are asked for
            tables = {"scores": result.table, "assessments": result.assessments,
                      "items": result.items}  # fmt: skip
            written(output, name, tables, err=wants_json)
    if wants_json:
        as_json(told)
