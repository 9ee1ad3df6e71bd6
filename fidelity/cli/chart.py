"""`fidelity chart`: when did scores move more than they usually do?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

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
from fidelity.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.collect.ratings import Ratings
    from fidelity.results import Result


@click.command("chart")
@DATA
@RUBRIC
@click.option(
    "--every", type=click.Choice(["month", "quarter"]), default="month", show_default=True,
    help="How pieces are put together.",
)  # fmt: skip
@click.option("--measure", help="A mean, ratio or band of the rubric; its main mean if not given.")
@click.option("--by", multiple=True, help="A column to group by, such as team; repeatable.")
@click.option(
    "--kind", type=click.Choice(["xmr", "run", "ewma"]), default="xmr", show_default=True,
    help="Limits from moving ranges; the median and its runs; or a weighted mean, for slow slides.",
)  # fmt: skip
@click.option(
    "--rules", type=click.Choice(["nhs", "western_electric", "nelson", "shewhart"]),
    default="nhs", show_default=True, help="What is flagged.",
)  # fmt: skip
@click.option(
    "--baseline", metavar="DATE=REASON",
    help='Limits rest on the time up to this date: "2025-03-31=before the new form".',
)  # fmt: skip
@click.option(
    "--rebase", multiple=True, metavar="DATE=REASON",
    help="Limits begin anew with the period of this date; repeatable.",
)  # fmt: skip
@click.option(
    "--events", type=click.Path(path_type=Path),
    help="A table with the columns date and what; events.csv beside the ratings if not given.",
)  # fmt: skip
@click.option("--adjust", is_flag=True, help="Allow for how strict each rater is.")
@click.option("--target", type=float, help="A value to be seen beside the limits.")
@click.option(
    "--better", type=click.Choice(["higher", "lower", "neither"]), default="higher",
    show_default=True, help="Which way is wished.",
)  # fmt: skip
@RECORD
@ALL_SELECTIONS
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder for the tables and pictures."
)
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    every: str,
    measure: str | None,
    by: tuple[str, ...],
    kind: str,
    rules: str,
    baseline: str | None,
    rebase: tuple[str, ...],
    events: Path | None,
    adjust: bool,
    target: float | None,
    better: str,
    record: str | None,
    all_selections: bool,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Chart a score of DATA over time (files, or a folder of ratings_*.csv).

    Says what moved when, by which rule, and how often such a chart flags something where nothing
    changes. Writes, for each rubric, chart_ and charts_<rubric>.csv (periods, and one row a
    series), and the picture.
    """
    from fidelity.analyses.chart import chart

    known = _events(data, events)
    anew = dict(_dated(text, "--rebase") for text in rebase)
    told = {}
    for name, ratings in _without_short(read_all(data, rubrics)).items():
        result = chart(
            ratings, every=every, measure=measure, by=list(by), kind=kind, rules=rules,
            baseline=_dated(baseline, "--baseline") if baseline else None, rebase=anew,
            events=known, strictness=_strictness(ratings) if adjust else None, target=target,
            better=better, record=record, selection="all" if all_selections else "random",
        )  # fmt: skip
        tables = {"chart": result.table, "charts": result.groups}
        told[name] = {
            "sentences": list(result.sentences),
            "method": dict(result.method),
            **{kind: table.to_dict(orient="records") for kind, table in tables.items()},
            "concerns": open_concerns(ratings),
        }
        if not wants_json:
            click.echo("\n".join([f"\n{ratings.rubric.title}", *result.sentences]))
        written(output, name, tables, {"chart": result.plot}, err=wants_json)
    if wants_json:
        as_json(told)


def _without_short(found: dict[str, Ratings]) -> dict[str, Ratings]:
    """A short form beside others is passed over: it has no mean, and never goes on their trend."""
    from fidelity.rubric.derived import is_short

    full = {name: ratings for name, ratings in found.items() if not is_short(ratings.rubric)}
    for name in found.keys() - full.keys() if full else ():
        click.echo(f"{name}: averages nothing, so nothing is charted.", err=True)
    return full or found


def _dated(text: str, option: str) -> tuple[str, str]:
    """A date and its reason, from "2025-03-31=why"."""
    day, found, why = text.partition("=")
    if not found or not why.strip():
        raise UsageError(
            f'{option} "{text}": no reason given. Allowed: a date and why, as '
            f'{option} "2025-03-31=before the new form".'
        )
    return day.strip(), why.strip()


def _events(data: tuple[Path, ...], path: Path | None) -> pd.DataFrame | None:
    """Events from the file named, else from events.csv in a folder of DATA."""
    from fidelity.collect.companions import read_events

    beside = [folder / "events.csv" for folder in data if folder.is_dir()]
    named = path or next((file for file in beside if file.is_file()), None)
    return read_events(named) if named else None


def _strictness(ratings: Ratings) -> Result:
    from fidelity.analyses.strictness import strictness

    return strictness(ratings)
