"""`fidelity strictness`: raters beside one another, and how far scores can be relied on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import as_json
from fidelity.cli.data import DATA, RUBRIC, read_all

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.present.figure import Picture


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
@click.option("--json", "wants_json", is_flag=True, help="Print JSON.")
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
    Writes, for each rubric, strictness_, fair_scores_, reliance_ and plans_<rubric>.csv, and two
    pictures.
    """
    from fidelity.analyses.generalizability import generalizability
    from fidelity.analyses.strictness import strictness

    told = {}
    for name, ratings in read_all(data, rubrics).items():
        ladder = strictness(ratings, roles=roles or None)
        reliance = generalizability(ratings, roles=roles or None, measure=measure, extra=extra)
        tables = {
            "strictness": ladder.table, "fair_scores": ladder.pieces,
            "reliance": reliance.table, "plans": reliance.plans,
        }  # fmt: skip
        told[name] = {
            "sentences": [*ladder.sentences, *reliance.sentences],
            "method": [dict(ladder.method), dict(reliance.method)],
            **{kind: table.to_dict(orient="records") for kind, table in tables.items()},
        }
        if not wants_json:
            heading = f"\n{ratings.rubric.title}"
            click.echo("\n".join([heading, *ladder.sentences, "", *reliance.sentences]))
        if output:
            pictures = {"strictness": ladder.plot(), "reliance": reliance.plot()}
            for path in _written(output, name, tables, pictures):
                click.echo(f"wrote {path}", err=wants_json)
    if wants_json:
        as_json(told)


def _written(
    folder: Path, rubric: str, tables: dict[str, pd.DataFrame], pictures: dict[str, Picture]
) -> Iterator[Path]:
    from fidelity.present.csv_file import write_csv

    folder.mkdir(parents=True, exist_ok=True)
    for kind, table in tables.items():
        yield write_csv(table, folder / f"{kind}_{rubric}.csv")
    for kind, picture in pictures.items():
        yield picture.save(folder / f"{kind}_{rubric}.png")
