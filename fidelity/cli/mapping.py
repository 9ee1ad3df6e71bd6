"""`fidelity mapping`: a draft of what the columns of your own export are."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON


@click.command("mapping")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-r", "--rubric", required=True, help="The rubric that the export was scored with.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The .yaml.")
@click.option("--sheet", help="Name of the sheet in an Excel file; the first if not given.")
@JSON
def command(file: Path, rubric: str, output: Path, sheet: str | None, wants_json: bool) -> None:
    """Draft, by guessing, what the columns and answers of FILE (.csv, .xlsx) are.

    Look through the draft before you use it: fidelity ingest FILE --mapping OUTPUT -o DATA
    """
    from fidelity.collect.delimited import read_delimited
    from fidelity.collect.intake import MAX_CSV, WORKBOOKS
    from fidelity.collect.mapping_guess import draft
    from fidelity.collect.plain_sheet import read_plain_sheet
    from fidelity.errors import FileError
    from fidelity.rubric import read_rubric

    if output.exists():
        raise FileError(f"{output.name}: there is a file already. Choose another name.")
    excel = file.suffix.lower() in WORKBOOKS
    table = read_plain_sheet(file, sheet) if excel else read_delimited(file, MAX_CSV)
    found = draft(table, read_rubric(rubric), sheet)
    output.write_text(found.to_yaml(), encoding="utf-8", newline="\n")
    columns = found.mapping.columns
    if wants_json:
        as_json({"wrote": str(output), "columns": dict(columns), "guessed": found.guessed,
                 "undecided": found.undecided})  # fmt: skip
        return
    click.echo(f"wrote {output}")
    click.echo(
        f"{len(columns)} columns: {len(found.guessed)} guessed from likeness, "
        f"{len(found.undecided)} columns or answers for you to decide (marked ?)."
    )
