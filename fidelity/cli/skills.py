"""`fidelity skills`: skill and behaviour over time, and after a training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import as_json
from fidelity.cli.data import ALL_SELECTIONS, DATA, JSON, OUTPUT, RECORD, RUBRIC, read_all
from fidelity.errors import UsageError

if TYPE_CHECKING:
    from fidelity.analyses.skills import Skills


@click.command("skills")
@DATA
@RUBRIC
@click.option("--training", type=click.Path(path_type=Path),
              help="Who was trained (CSV); training.csv in the folder if not given.")  # fmt: skip
@click.option("--programme", help="The training that is asked about, where there are several.")
@click.option("--by", default="team", show_default=True, help="A column of groups; '' for none.")
@click.option("--every", default="quarter", show_default=True,
              type=click.Choice(["month", "quarter", "half_year", "year"]))  # fmt: skip
@click.option("--events", type=click.Path(path_type=Path),
              help="What happened (CSV); events.csv in the folder if not given.")  # fmt: skip
@click.option("--look-back", type=click.IntRange(min=0),
              help="Months of which a piece speaks, if covers_from is not given.")  # fmt: skip
@click.option("--practitioners", is_flag=True,
              help="Also a table of single practitioners, in the order of their ids.")  # fmt: skip
@click.option("--as-scored", is_flag=True, help="Leave a known shift in scoring where it is.")
@RECORD
@ALL_SELECTIONS
@OUTPUT
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    training: Path | None,
    programme: str | None,
    by: str,
    every: str,
    events: Path | None,
    look_back: int | None,
    practitioners: bool,
    as_scored: bool,
    record: str | None,
    all_selections: bool,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Link training to skill and behaviour in DATA (files, or a folder of ratings_*.csv).

    Writes skills.csv, skills_points.csv, skills_over_time.csv, skills_paper.csv, and pictures of
    each kind of practice. A shift in scoring that agreed scores or benchmark pieces show is taken
    off, beside what was scored.
    """
    from fidelity.analyses.skills import skills
    from fidelity.collect.companions import read_events, read_training
    from fidelity.present.shifts import scoring_shifts

    attended = read_training(_beside(data, training, "training"))
    days = _found(data, events, "events")
    selection = "all" if all_selections else "random"
    strands = read_all(data, rubrics)
    shifts = None if as_scored else scoring_shifts(strands, record=record, selection=selection)
    result = skills(
        strands, attended, programme=programme, by=by or None, every=every,
        events=read_events(days) if days else None, practitioners=practitioners,
        scoring=shifts.by_strand if shifts else None, look_back=look_back, record=record,
        selection=selection,
    )  # fmt: skip
    sentences = [*result.sentences, *(shifts.sentences if shifts else ())]
    if wants_json:
        as_json({
            "sentences": sentences, "method": dict(result.method),
            "skills": result.to_frame().to_dict(orient="records"),
            "over_time": result.over_time.to_dict(orient="records"),
            "paper": result.paper.to_dict(orient="records"),
        })  # fmt: skip
    else:
        click.echo("\n".join(sentences))
    if output:
        for path in _written(output, result):
            click.echo(f"wrote {path}", err=wants_json)


def _found(data: tuple[Path, ...], given: Path | None, name: str) -> Path | None:
    """The file that was given, or the one of that name in a folder of the data."""
    if given is not None:
        return given
    beside = [path / f"{name}.csv" for path in data if path.is_dir()]
    return next((path for path in beside if path.is_file()), None)


def _beside(data: tuple[Path, ...], given: Path | None, name: str) -> Path:
    path = _found(data, given, name)
    if path is None:
        raise UsageError(
            f"Which file says who was trained? Give it with --{name}, or put {name}.csv into the "
            "folder of the ratings: practitioner, date, programme, and perhaps days and test_score."
        )
    return path


def _written(folder: Path, result: Skills) -> Iterator[Path]:
    from fidelity.present.csv_file import write_csv

    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "skills": result.table, "skills_points": result.points,
        "skills_over_time": result.over_time, "skills_paper": result.paper,
    }  # fmt: skip
    for kind, table in tables.items():
        yield write_csv(table, folder / f"{kind}.csv")
    yield result.plot_over_time().save(folder / "skills_over_time.png")
    for strand in result.halves:
        yield result.plot(strand=strand).save(folder / f"skills_{strand}.png")
