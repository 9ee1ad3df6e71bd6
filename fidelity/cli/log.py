"""`fidelity log`: the learning log, from an empty table to whether what was chosen moved."""

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

_LOG = click.argument("log", type=click.Path(path_type=Path))


@click.group("log")
def command() -> None:
    """Actions agreed after a cycle: item, team, owner, date, and what is expected."""


@command.command("new")
@click.option("-r", "--rubric", help="List this rubric's items in the Excel file.")
@click.option("-o", "--output", default="log.xlsx", show_default=True,
              type=click.Path(path_type=Path), help="What to write: .xlsx or .csv.")  # fmt: skip
def new(rubric: str | None, output: Path) -> None:
    """Write an empty learning log to fill in. Nothing is overwritten."""
    from fidelity.collect.learning_log import write_log

    click.echo(f"wrote {write_log(output, rubric)}")


@command.command("check")
@_LOG
@RUBRIC
def check(log: Path, rubrics: tuple[str, ...]) -> None:
    """Read a log strictly; name every fault, and actions without owner or date."""
    from fidelity.collect.learning_log import read_log

    table = read_log(log, rubrics)
    click.echo(f"{log.name}: {len(table)} actions.")
    for note in table.attrs["notes"]:
        click.echo(note)


@command.command("moved")
@_LOG
@DATA
@RUBRIC
@click.option("--months", default=12, show_default=True, type=click.IntRange(min=1),
              help="How many before and after the day are looked at.")  # fmt: skip
@click.option("--look-back", type=click.IntRange(min=0),
              help="Months of which a piece speaks, if covers_from is not given.")  # fmt: skip
@RECORD
@ALL_SELECTIONS
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="Folder for the table and the picture.")  # fmt: skip
@JSON
def moved(
    log: Path,
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    months: int,
    look_back: int | None,
    record: str | None,
    all_selections: bool,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Did the items of LOG move in DATA after they were chosen, beside items that were as low?

    Writes learning_<rubric>.csv and .png for each rubric that the log is about. Owners go into no
    output.
    """
    from fidelity.analyses.learning import learning
    from fidelity.collect.learning_log import about, read_log

    held, told = read_all(data, rubrics), {}
    actions = read_log(log, [ratings.rubric for ratings in held.values()])
    for name, ratings in held.items():
        if about(actions, ratings.rubric).empty:
            click.echo(f"{ratings.rubric.title}: no action is about it.", err=True)
            continue
        result = learning(
            ratings, actions, months=months, record=record, look_back=look_back,
            selection="all" if all_selections else "random",
        )  # fmt: skip
        told[name] = {
            "concerns": open_concerns(ratings),
            "sentences": list(result.sentences),
            "method": dict(result.method),
            "learning": result.to_frame().to_dict(orient="records"),
        }
        if not wants_json:
            click.echo("\n".join([f"\n{ratings.rubric.title}", *result.sentences]))
        written(output, name, {"learning": result.table}, {"learning": result.plot},
                err=wants_json)  # fmt: skip
    if wants_json:
        as_json(told)
