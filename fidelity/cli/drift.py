"""`fidelity drift`: is it the practice that changes, or the scoring?"""

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


@click.command("drift")
@DATA
@RUBRIC
@click.option("--since", help="Leave out practice before this day, as 2026-03-01.")
@click.option("--around", help="Split the change from before this day to after it into parts.")
@click.option(
    "--every", type=click.Choice(["month", "quarter", "year"]), default="month",
    show_default=True, help="How means are drawn.",
)  # fmt: skip
@click.option("--measure", help="The score to follow; the rubric's main mean if not given.")
@click.option("--by", multiple=True, help="Column to group practice by; repeatable.")
@click.option("--cluster", help="What pieces are nested in; practitioner if it is complete.")
@RECORD
@ALL_SELECTIONS
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for the tables.")
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    since: str | None,
    around: str | None,
    every: str,
    measure: str | None,
    by: tuple[str, ...],
    cluster: str | None,
    record: str | None,
    all_selections: bool,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Tell a change in practice from a shift in scoring in DATA.

    DATA are files, or a folder of ratings_*.csv. What tells them apart are agreed scores beside
    raters' own, or benchmark pieces scored again. Writes, for each rubric, drift_, raters_, parts_
    and path_<rubric>.csv, and two pictures.
    """
    from fidelity.analyses.drift import drift

    told = {}
    for name, ratings in read_all(data, rubrics).items():
        found = drift(
            ratings, around=around, since=since, every=every, measure=measure, by=list(by),
            record=record, selection="all" if all_selections else "random", cluster=cluster,
        )  # fmt: skip
        tables = {
            "drift": found.table, "raters": found.raters, "parts": found.parts, "path": found.path,
        }  # fmt: skip
        told[name] = {
            "sentences": list(found.sentences), "method": dict(found.method),
            **{kind: table.to_dict(orient="records") for kind, table in tables.items()},
            "concerns": open_concerns(ratings),
        }  # fmt: skip
        if not wants_json:
            click.echo("\n".join([f"\n{ratings.rubric.title}", *found.sentences]))
        pictures = {"drift": found.plot, "parts": found.plot_parts}
        written(output, name, tables, pictures, err=wants_json)
    if wants_json:
        as_json(told)
