"""`fidelity form`: a page to score in, for a browser alone."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON


@click.command("form")
@click.argument("rubrics", nargs=-1, required=True)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The .html to write."
)
@click.option(
    "--for", "audience", type=click.Choice(["practice", "staff", "parent", "child"]),
    help="Who fills it in; read from the rubric if not given.",
)  # fmt: skip
@click.option("--short", is_flag=True, help="Ask the must-haves alone.")
@click.option("--heading", default="", help="Of the page, such as the name of your model.")
@JSON
def command(
    rubrics: tuple[str, ...],
    output: Path,
    audience: str | None,
    short: bool,
    heading: str,
    wants_json: bool,
) -> None:
    """Make a form for one or several RUBRICS scored in one sitting.

    It is one file that works offline in any browser: give it out, collect the JSON files that it
    saves, and read them with `fidelity ingest`.
    """
    from fidelity.present.form import write_form
    from fidelity.rubric import read_rubric

    chosen = [read_rubric(name) for name in rubrics]
    path = write_form(chosen, output, audience=audience, short=short, heading=heading)
    if wants_json:
        as_json({"wrote": str(path), "rubrics": [rubric.id for rubric in chosen]})
        return
    click.echo(f"wrote {path}")
    click.echo("Open it in a browser; what it saves is read with: fidelity ingest FILES -o FOLDER")
