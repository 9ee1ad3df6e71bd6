"""`fidelity plan`: how many audits, which cases, who is not yet observed, which extracts next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON, RUBRIC, read_all

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.present.figure import Picture
    from fidelity.results import Result

_DATA = click.argument("data", nargs=-1, type=click.Path(path_type=Path))
_SEED = click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0),
    help="Of the draw. Write it down: with it anybody can draw the same again.",
)  # fmt: skip
_OUTPUT = click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write.")


@click.group("plan")
def command() -> None:
    """Plan a sample: its size, the draw, observations, benchmark pieces."""


@command.command("size")
@_DATA
@RUBRIC
@click.option("--change", type=float, help="The change to see, in levels. [an eighth of the scale]")
@click.option("--months", default=24, show_default=True, type=click.IntRange(min=3))
@click.option("--shape", type=click.Choice(["trend", "step"]), default="trend", show_default=True,
              help="A steady change, or one between the first half and the second.")  # fmt: skip
@click.option("--power", default=0.8, show_default=True, type=float,
              help="The chance of seeing it that is wanted.")  # fmt: skip
@click.option("--measure", help="A component, composite or item.")
@click.option("--practitioners", type=int, help="Whom the audits reach. [as now]")
@click.option("--raters", type=int, help="How many score. [as now]")
@click.option("--minutes", type=float, help="Of one scoring. [as now]")
@_SEED
@_OUTPUT
@JSON
def size(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    output: Path | None,
    wants_json: bool,
    seed: int,
    **asked: Any,
) -> None:
    """How many audits, double scores and benchmark pieces would see a change.

    DATA are ratings (files, or a folder); without them all spreads are assumed. Writes plan_,
    plan_later_ and plan_basis_<rubric>.csv and a picture.
    """
    from fidelity.analyses.sample import sample_plan

    found: dict[str, Any] = dict(read_all(data, rubrics)) if data else {"assumed": None}
    told = {}
    for name, ratings in found.items():
        result = sample_plan(ratings, rng=seed, **asked)
        tables = {"plan": result.table, "plan_later": result.later, "plan_basis": result.basis}
        title = ratings.rubric.title if ratings else "Without audits: all spreads are assumed"
        told[name] = _told(title, name, result, tables, output, wants_json, result.plot())
    if wants_json:
        as_json(told)


@command.command("draw")
@click.argument("cases", type=click.Path(path_type=Path))
@click.option("-n", "n", required=True, type=click.IntRange(min=1), help="How many audits.")
@click.option("--by", multiple=True, help="A column to stratify by; repeatable.")
@click.option("--double", default=0.1, show_default=True, type=float,
              help="Share that a second auditor scores too.")  # fmt: skip
@click.option("--history", multiple=True, type=click.Path(path_type=Path),
              help="Earlier ratings, file or folder; repeatable.")  # fmt: skip
@RUBRIC
@click.option("--on", help="The day of the draw, as 2026-04-01. [today]")
@click.option("--months", default=12, show_default=True, type=click.IntRange(min=0),
              help="For how long a family is not drawn again.")  # fmt: skip
@click.option("--reserves", default=1, show_default=True, type=click.IntRange(min=0))
@_SEED
@_OUTPUT
@JSON
def draw(
    cases: Path,
    n: int,
    by: tuple[str, ...],
    double: float,
    history: tuple[Path, ...],
    rubrics: tuple[str, ...],
    on: str | None,
    months: int,
    reserves: int,
    seed: int,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Draw cases at random from CASES, a CSV of references (case, practitioner, team, ...).

    Writes draw.csv and frame.csv. Names do not belong in the list and stop the draw.
    """
    import pandas as pd

    from fidelity.analyses.sample_draw import sample_draw

    past = [r.assessments for r in read_all(history, rubrics).values()] if history else []
    result = sample_draw(
        cases, n, by=by, double=double, on=on, months=months, reserves=reserves, rng=seed,
        history=pd.concat(past, ignore_index=True) if past else None,
    )  # fmt: skip
    tables = {"draw": result.table, "frame": result.frame}
    told = _told("Draw", "", result, tables, output, wants_json)
    if not wants_json and not output:
        click.echo(result.table.to_string(index=False))
        click.echo("Nothing is kept yet: draw.csv and frame.csv are written with -o FOLDER.")
    if wants_json:
        as_json(told)


@command.command("observed")
@click.argument("practitioners", type=click.Path(path_type=Path))
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
@RUBRIC
@click.option("--months", default=12, show_default=True, type=click.IntRange(min=1))
@click.option("--until", help="The last day, as 2026-03-31. [the latest observation]")
@_OUTPUT
@JSON
def observed(
    practitioners: Path,
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    months: int,
    until: str | None,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Who on the list PRACTITIONERS was not yet observed; DATA are ratings of observations.

    Writes observed.csv and a picture.
    """
    from fidelity.analyses.sample_observed import not_observed

    ratings = list(read_all(data, rubrics).values())
    result = not_observed(practitioners, ratings, months=months, until=until)
    told = _told("Observed", "", result, {"observed": result.table}, output, wants_json,
                 result.plot())  # fmt: skip
    if wants_json:
        as_json(told)


@command.command("benchmark")
@click.argument("rubric")
@_DATA
@click.option("--rater", "raters", multiple=True, help="Who scores; repeatable. [those in DATA]")
@click.option("-n", "n", default=4, show_default=True, type=click.IntRange(min=1),
              help="Extracts new to the rater.")  # fmt: skip
@click.option("--again", default=1, show_default=True, type=click.IntRange(min=0),
              help="Extracts scored before, longest ago first.")  # fmt: skip
@_SEED
@_OUTPUT
@JSON
def benchmark(
    rubric: str,
    data: tuple[Path, ...],
    raters: tuple[str, ...],
    n: int,
    again: int,
    seed: int,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Which benchmark extracts of RUBRIC each rater scores next, and whether memory matters.

    DATA are ratings so far: they say who has seen what. Writes benchmark_<rubric>.csv,
    exposure_<rubric>.csv and the extracts to score, without their agreed scores.
    """
    from fidelity.analyses.benchmark import benchmark_round
    from fidelity.analyses.benchmark_memory import memory
    from fidelity.present.figure import written

    found = read_all(data, (rubric,)) if data else {}
    ratings = found.get(rubric)
    result = benchmark_round(rubric, ratings, raters=raters or None, n=n, again=again, rng=seed)
    tables = {"benchmark": result.table, "exposure": result.seen}
    told = _told("Benchmark extracts", rubric, result, tables, output, wants_json)
    if ratings is not None:
        tested = memory(ratings)
        told["memory"] = {"sentences": tested.sentences, "table": tested.table.to_dict("records")}
        if not wants_json:
            click.echo("\n".join(tested.sentences))
    if output:
        text = "\n\n\n".join(repr(piece) for piece in result.pieces)
        path = written(output / f"extracts_{rubric}.txt", f"{text}\n".encode())
        click.echo(f"wrote {path}", err=wants_json)
    if wants_json:
        as_json(told)


def _told(
    title: str, name: str, result: Result, tables: dict[str, pd.DataFrame], output: Path | None,
    quiet: bool, picture: Picture | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Print the sentences, write the tables and the picture; and all of it for JSON."""
    if not quiet:
        click.echo("\n".join([f"\n{title}", *result.sentences]))
    if output:
        from fidelity.present.csv_file import write_csv

        output.mkdir(parents=True, exist_ok=True)
        end = f"_{name}" if name else ""
        paths = [write_csv(table, output / f"{kind}{end}.csv") for kind, table in tables.items()]
        if picture:
            paths.append(picture.save(output / f"{next(iter(tables))}{end}.png"))
        for path in paths:
            click.echo(f"wrote {path}", err=quiet)
    return {"sentences": result.sentences, "method": dict(result.method),
            **{kind: table.to_dict("records") for kind, table in tables.items()}}  # fmt: skip
