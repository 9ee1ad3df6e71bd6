"""`fidelity demo`: the whole path on made-up data, so that a newcomer sees what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import as_json

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.collect.ratings import Ratings
    from fidelity.rubric import Rubric

_RUBRIC = "sos_case_file"
#: What the briefing brings together: file, visit, supervision.
_TOGETHER = (_RUBRIC, "cfsw_skills", "systemic_supervision")
#: Assessments that the demo types into its workbook.
_TYPED = 12


@click.command("demo")
@click.argument("folder", default="demo", type=click.Path(path_type=Path))
@click.option("--open", "opens", is_flag=True, help="Open the briefing in a browser.")
@click.option("--json", "wants_json", is_flag=True, help="Print the files written as JSON alone.")
def command(folder: Path, opens: bool, wants_json: bool) -> None:
    """Score the sample authority (synthetic) and write every kind of output into FOLDER."""
    from fidelity.cli.data import read_all
    from fidelity.rubric.places import sample_data_folder

    folder.mkdir(parents=True, exist_ok=True)
    samples = sample_data_folder() / "large"
    click.echo("The data are synthetic: Made-up Borough does not exist.\n", err=wants_json)
    ratings = read_all((samples,), ())
    wrote = [
        *_workbook(ratings[_RUBRIC], samples / f"ratings_{_RUBRIC}.csv", folder),
        *_scores(ratings[_RUBRIC], folder, wants_json),
        *_briefings(ratings, folder),
    ]
    if wants_json:
        as_json({"synthetic": True, "wrote": {str(path): told for path, told in wrote}})
    else:
        click.echo("\nWritten:")
        for path, told in wrote:
            click.echo(f"  {path}  {told}")
        click.echo(f"\nOpen {folder / 'briefing.html'} first: it is the page a director reads.")
    if opens:
        click.launch(str(folder / "briefing.html"))


def _scores(ratings: Ratings, folder: Path, quiet: bool) -> list[tuple[Path, str]]:
    from fidelity.analyses.scores import score
    from fidelity.present.csv_file import write_csv
    from fidelity.present.distribution import level_distribution
    from fidelity.present.heatmap import items_by_group
    from fidelity.present.profile import component_profile

    result = score(ratings, by="team")
    click.echo("\n" + "\n".join(result.sentences), err=quiet)
    pictures = {
        "items_by_team.png": (items_by_group(result), "picture: every item by team"),
        "profile.png": (component_profile(result), "picture: the parts of the rubric"),
        "levels.png": (level_distribution(result), "picture: how often each level was given"),
    }
    wrote = [
        (write_csv(result.table, folder / "scores.csv"), "scores by team, with n and interval"),
        (write_csv(result.assessments, folder / "assessments.csv"), "one row an assessment"),
    ]
    return wrote + [(p.save(folder / name), told) for name, (p, told) in pictures.items()]


def _briefings(ratings: dict[str, Ratings], folder: Path) -> list[tuple[Path, str]]:
    from fidelity.present.briefing import briefing

    place = "Made-up Borough (synthetic data)"
    told = {name: ratings[name] for name in _TOGETHER}
    inside = briefing(told, place=place)
    outside = briefing(
        told, place=place, audience="public", checked_by="nobody: this is a demonstration"
    )
    return [
        (inside.to_html(folder / "briefing.html"), "the director's briefing"),
        (outside.to_html(folder / "briefing_public.html"), "the same, fit to publish"),
    ]


def _workbook(ratings: Ratings, source: Path, folder: Path) -> list[tuple[Path, str]]:
    """An Excel workbook, filled in as an auditor would, and read back."""
    from fidelity.collect.delimited import read_delimited
    from fidelity.collect.ratings import read_ratings
    from fidelity.collect.workbook import write_workbook

    typed = _plain_rows(read_delimited(source).columns, ratings.rubric)
    path = write_workbook(ratings.rubric, folder / "audits.xlsx", teams=sorted(set(typed["team"])))
    _fill(path, ratings.rubric, typed)
    back = read_ratings(path, ratings.rubric)
    told = f"a workbook to score in, with {len(back)} made-up audits filled in and read back"
    return [(path, told)]


def _plain_rows(columns: dict[str, list[str | None]], rubric: Rubric) -> pd.DataFrame:
    """The first routine audits, without those that carry a concern."""
    import pandas as pd

    table = pd.DataFrame(columns, dtype=object)
    plain = table[table["purpose"].isin(["routine", None])]
    if "concern" in plain:
        plain = plain[plain["concern"] != "yes"]
    return plain.head(_TYPED)


def _fill(path: Path, rubric: Rubric, typed: pd.DataFrame) -> None:
    """Type rows into the entry sheet, by the machine keys in its third row."""
    from datetime import date

    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = next(s for s in book if s.cell(3, 1).value == "concern")
    keys = {cell.value: cell.column for cell in sheet[3] if cell.value}
    for row, answers in enumerate(typed.to_dict(orient="records"), start=4):
        for key, value in answers.items():
            if key not in keys or not isinstance(value, str):
                continue
            number = key in rubric.items and value.isdigit()
            is_date = key in {"date", "rated_on"}
            sheet.cell(row, keys[key]).value = (
                int(value) if number else date.fromisoformat(value) if is_date else value
            )
    book.save(path)
