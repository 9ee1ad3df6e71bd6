"""`fidelity report`: the director's briefing."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import DATA, RUBRIC, read_all


@click.command("report")
@DATA
@RUBRIC
@click.option(
    "-o", "--output", default="briefing.html", show_default=True,
    type=click.Path(path_type=Path), help="The page to write.",
)  # fmt: skip
@click.option(
    "--audience", type=click.Choice(["internal", "public"]), default="internal",
    show_default=True, help="Public: whole service, small numbers hidden, no concerns.",
)  # fmt: skip
@click.option("--place", default="", help="The name of the service, for the heading.")
@click.option("--checked-by", default="", help="Who checked it; needed for a public page.")
@click.option("--json", "wants_json", is_flag=True, help="Print JSON.")
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    output: Path,
    audience: str,
    place: str,
    checked_by: str,
    wants_json: bool,
) -> None:
    """Write the briefing from DATA (files, or a folder of ratings_*.csv)."""
    from fidelity.present.briefing import briefing

    page = briefing(read_all(data, rubrics), audience=audience, place=place, checked_by=checked_by)
    path = page.to_html(output)
    if wants_json:
        as_json({"wrote": str(path), "sentences": page.sentences, "cautions": page.cautions})
    else:
        click.echo(f"wrote {path}")
