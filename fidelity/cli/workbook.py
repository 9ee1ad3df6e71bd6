"""`fidelity workbook`: an Excel file to score in."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON


@click.command("workbook")
@click.argument("rubrics", nargs=-1, required=True)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The .xlsx to write."
)
@click.option("--rows", default=200, show_default=True, help="Assessments it has room for.")
@click.option("--team", "teams", multiple=True, help="A team for the drop-down; repeatable.")
@click.option("--short", is_flag=True, help="Ask for the must-haves alone; marked as such.")
@JSON
def command(
    rubrics: tuple[str, ...],
    output: Path,
    rows: int,
    teams: tuple[str, ...],
    short: bool,
    wants_json: bool,
) -> None:
    """Make a workbook for one or several RUBRICS scored in one sitting."""
    from fidelity.collect.workbook import write_workbook
    from fidelity.rubric import read_rubric

    chosen = [read_rubric(name) for name in rubrics]
    path = write_workbook(chosen, output, rows=rows, teams=teams, short=short)
    if wants_json:
        as_json({"wrote": str(path), "rubrics": list(rubrics), "rows": rows, "short": short})
        return
    click.echo(f"wrote {path}")
    click.echo(f"Score in Excel, save, and bring it in with: fidelity ingest {path} -o DATA")
