"""`fidelity strictness`: raters beside one another, and how far scores can be relied on."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import DATA, JSON, RUBRIC, open_concerns, read_all, written


@click.command("strictness")
@DATA
@RUBRIC
@click.option("--role", "roles", multiple=True, help="A role to compare; repeatable.")
@click.option("--measure", help="The score whose dependability is asked; overall if not given.")
@click.option(
    "--extra", default=3, show_default=True, type=click.IntRange(min=0),
    help="More double-scored pieces a month, to say what they would buy.",
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for the tables.")
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    roles: tuple[str, ...],
    measure: str | None,
    extra: int,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Compare raters in DATA (files, or a folder of ratings_*.csv) on the pieces they share.

    The second part says how far a score can be relied on, and what more double scoring would buy.
    Writes, for each rubric, strictness_, readings_ (who reads which item unlike the others),
    fair_scores_, reliance_ and plans_<rubric>.csv, and two pictures.
    """
    from fidelity.analyses.generalizability import generalizability
    from fidelity.analyses.strictness import strictness

    told = {}
    for name, ratings in read_all(data, rubrics).items():
        ladder = strictness(ratings, roles=roles or None)
        reliance = generalizability(ratings, roles=roles or None, measure=measure, extra=extra)
        tables = {
            "strictness": ladder.table, "readings": ladder.readings, "fair_scores": ladder.pieces,
            "reliance": reliance.table, "plans": reliance.plans,
        }  # fmt: skip
        told[name] = {
            "sentences": [*ladder.sentences, *reliance.sentences],
            "method": [dict(ladder.method), dict(reliance.method)],
            **{kind: table.to_dict(orient="records") for kind, table in tables.items()},
            "concerns": open_concerns(ratings),
        }
        if not wants_json:
            heading = f"\n{ratings.rubric.title}"
            click.echo("\n".join([heading, *ladder.sentences, "", *reliance.sentences]))
        pictures = {"strictness": ladder.plot, "reliance": reliance.plot}
        written(output, name, tables, pictures, err=wants_json)
    if wants_json:
        as_json(told)
