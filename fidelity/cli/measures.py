"""`fidelity measures`: what is counted beside rubrics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON, OUTPUT, RUBRIC, open_concerns, read_all
from fidelity.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.analyses.measures import Measured
    from fidelity.collect.ratings import Ratings


@click.command("measures")
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@RUBRIC
@click.option("--measures", "table", type=click.Path(path_type=Path),
              help="What is counted (CSV); measures.csv in the folder if not given.")  # fmt: skip
@click.option("--training", type=click.Path(path_type=Path),
              help="Who was trained (CSV); training.csv in the folder if not given.")  # fmt: skip
@click.option("--only", multiple=True, help="Id or file of a measure; repeatable.")
@click.option("--by", default="team", show_default=True, type=click.Choice(["team", "authority"]))
@click.option("--every", default="month", show_default=True,
              type=click.Choice(["month", "quarter"]))  # fmt: skip
@click.option("--threshold", "thresholds", multiple=True,
              help="Another threshold, as contacts_eight_or_more=6; repeatable.")  # fmt: skip
@click.option("--programme", help="The training that is asked about, where there are several.")
@OUTPUT
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    table: Path | None,
    training: Path | None,
    only: tuple[str, ...],
    by: str,
    every: str,
    thresholds: tuple[str, ...],
    programme: str | None,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Count what DATA tell (a folder with measures.csv, training.csv and ratings_*.csv, or files).

    Writes measures.csv, measures_over_time.csv, measures_information.csv, measures.png and a
    picture of each measure over time.
    """
    from fidelity.analyses.measures import measures
    from fidelity.collect.companions import read_measures, read_training

    counted, attended = _beside(data, table, "measures"), _beside(data, training, "training")
    ratings = _ratings(data, rubrics)
    result = measures(
        read_measures(counted) if counted else None, ratings=ratings,
        training=read_training(attended) if attended else None, only=only or None, by=by,
        every=every, thresholds=_thresholds(thresholds), programme=programme,
    )  # fmt: skip
    if wants_json:
        concerns = dict.fromkeys(t for held in ratings.values() for t in open_concerns(held))
        as_json({
            "concerns": list(concerns), "sentences": list(result.sentences),
            "method": dict(result.method), "measures": _records(result.table),
            "over_time": _records(result.over_time), "information": _records(result.information),
        })  # fmt: skip
    else:
        click.echo("\n".join(result.sentences))
    if output:
        _write(output, result, wants_json)


def _beside(data: tuple[Path, ...], given: Path | None, name: str) -> Path | None:
    """The file that was given, or the one of that name among the data."""
    if given is not None:
        return given
    beside = [path / f"{name}.csv" if path.is_dir() else path for path in data]
    return next((path for path in beside if path.stem == name and path.is_file()), None)


def _ratings(data: tuple[Path, ...], rubrics: tuple[str, ...]) -> dict[str, Ratings]:
    """The ratings among the data; a folder may hold none."""
    files = [path for path in data if path.stem not in {"measures", "training"}]
    kept = [path for path in files if not path.is_dir() or _holds_ratings(path)]
    return read_all(tuple(kept), rubrics) if kept else {}


def _holds_ratings(folder: Path) -> bool:
    return any(folder.glob("ratings_*")) or any(folder.glob("*.xlsx"))


def _thresholds(given: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise UsageError(
                f'--threshold "{text}"; allowed: a measure and a number, as '
                "contacts_eight_or_more=6."
            ) from None
    return found


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict(orient="records")]


def _write(folder: Path, result: Measured, err: bool) -> None:
    from fidelity.present.csv_file import write_csv

    folder.mkdir(parents=True, exist_ok=True)
    tables = {"measures": result.table, "measures_over_time": result.over_time,
              "measures_information": result.information}  # fmt: skip
    for name, held in tables.items():
        if len(held):
            click.echo(f"wrote {write_csv(held, folder / f'{name}.csv')}", err=err)
    if len(result.table):
        click.echo(f"wrote {result.plot().save(folder / 'measures.png')}", err=err)
    for measure in dict.fromkeys(result.over_time["measure"]):
        path = folder / f"measures_{measure}.png"
        click.echo(f"wrote {result.plot(measure=measure).save(path)}", err=err)
