"""`fidelity agree`: would another auditor have said the same."""

from __future__ import annotations

from pathlib import Path

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


@click.command("agree")
@DATA
@RUBRIC
@click.option("--by", multiple=True, help="A column to group by, such as team; repeatable.")
@click.option(
    "--role", "roles", multiple=True,
    help="A role to compare; repeatable. Auditors are compared if none is named.",
)  # fmt: skip
@ALL_SELECTIONS
@OUTPUT
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    by: tuple[str, ...],
    roles: tuple[str, ...],
    all_selections: bool,
    output: Path | None,
    wants_json: bool,
) -> None:
    """How far auditors agree in DATA (files, or a folder of ratings_*.csv).

    Writes, for each rubric, agreement_<rubric>.csv, verdicts_<rubric>.csv (who may score alone on
    what), levels_<rubric>.csv (which levels are mixed up) and the pictures of both.
    """
    from fidelity.analyses.agreement import agreement

    told = {}
    for name, ratings in read_all(data, rubrics).items():
        result = agreement(
            ratings, by=list(by), roles=roles or None,
            selection="all" if all_selections else "random",
        )  # fmt: skip
        told[name] = {
            "sentences": list(result.sentences),
            "method": dict(result.method),
            "agreement": result.to_frame().to_dict(orient="records"),
            "verdicts": result.verdicts.to_dict(orient="records"),
            "concerns": open_concerns(ratings),
        }
        if not wants_json:
            click.echo("\n".join([f"\n{ratings.rubric.title}", *result.sentences]))
        tables = {"agreement": result.table, "verdicts": result.verdicts,
                  "levels": result.confusions}  # fmt: skip
        written(
            output, name, tables,
            {"agreement": result.plot, "levels": result.plot_confusion}, err=wants_json,
        )  # fmt: skip
    if wants_json:
        as_json(told)
