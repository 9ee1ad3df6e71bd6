"""`fidelity change`: before and after a day, or the first and the latest stretch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import as_json
from fidelity.cli.data import ALL_SELECTIONS, DATA, JSON, OUTPUT, RECORD, RUBRIC, read_all

if TYPE_CHECKING:
    from fidelity.analyses.change import Change

EVERY = ("month", "quarter", "half_year", "year")


@click.command("change")
@DATA
@RUBRIC
@click.option("--around", help="A day, such as 2026-03-01; else the first and latest are compared.")
@click.option("--by", multiple=True, help="A column to group by, such as team; repeatable.")
@click.option("--measure", help="The score that is compared first; overall if not given.")
@click.option("--every", default="month", show_default=True, type=click.Choice(EVERY),
              help="Period of the series.")  # fmt: skip
@click.option("--window", default="quarter", show_default=True, type=click.Choice(EVERY),
              help="Length of the first and the latest stretch.")  # fmt: skip
@click.option("--events", type=click.Path(path_type=Path), help="What happened and when (CSV).")
@click.option("--frame", type=click.Path(path_type=Path), help="Strata and their sizes (CSV).")
@click.option("--look-back", type=click.IntRange(min=0),
              help="Months of which a piece speaks, if covers_from is not given.")  # fmt: skip
@RECORD
@ALL_SELECTIONS
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@OUTPUT
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    around: str | None,
    by: tuple[str, ...],
    measure: str | None,
    every: str,
    window: str,
    events: Path | None,
    frame: Path | None,
    look_back: int | None,
    record: str | None,
    all_selections: bool,
    seed: int,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Compare two periods in DATA (files, or a folder of ratings_*.csv).

    Writes, for each rubric, change_, change_series_ and change_who_<rubric>.csv, and the picture.
    A rubric whose levels are not averaged is named and left out.
    """
    from fidelity.analyses.change import change
    from fidelity.collect.companions import read_events, read_frame
    from fidelity.errors import UsageError

    happened = None if events is None else read_events(events)
    strata = None if frame is None else read_frame(frame)
    told = {}
    held = read_all(data, rubrics)
    for name, ratings in held.items():
        try:
            result = change(
                ratings, around=around, by=list(by), measure=measure, every=every, window=window,
                events=happened, frame=strata, look_back=look_back, record=record,
                selection="all" if all_selections else "random", rng=seed,
            )  # fmt: skip
        except UsageError as error:
            if len(held) == 1:
                raise
            title = ratings.rubric.title
            reason = str(error).removeprefix(f"{title}: ")
            click.echo(f"\n{title}\nLeft out: {reason}", err=True)
            continue
        told[name] = {
            "sentences": list(result.sentences),
            "method": dict(result.method),
            "change": result.to_frame().to_dict(orient="records"),
            "segments": result.segments.to_dict(orient="records"),
            "who": result.who.to_dict(orient="records"),
            "concerns": [str(concern) for concern in ratings.concerns if concern.open],
        }
        if not wants_json:
            click.echo("\n".join([f"\n{ratings.rubric.title}", *result.sentences]))
        if output:
            for path in _written(output, name, result):
                click.echo(f"wrote {path}", err=wants_json)
    if wants_json:
        as_json(told)


def _written(folder: Path, rubric: str, result: Change) -> Iterator[Path]:
    from fidelity.present.csv_file import write_csv

    folder.mkdir(parents=True, exist_ok=True)
    tables = {"change": result.table, "change_series": result.series, "change_who": result.who}
    for kind, table in tables.items():
        yield write_csv(table, folder / f"{kind}_{rubric}.csv")
    yield result.plot().save(folder / f"change_{rubric}.png")
