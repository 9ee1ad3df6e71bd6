"""`fidelity feedback`: what was looked at, given back to the people whose work it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import as_json
from fidelity.cli.data import ALL_SELECTIONS, DATA, JSON, RECORD, RUBRIC, open_concerns, read_all

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings

_ENDINGS = (".html", ".docx", ".md", ".pdf")


@click.command("feedback")
@DATA
@RUBRIC
@click.option("--team", help="The team whose page it is.")
@click.option("--practitioner", help="The person whose sheet it is, such as P07.")
@click.option("--for-supervision", is_flag=True,
              help="That the sheet goes to that person and their supervisor alone.")  # fmt: skip
@click.option("--period", help="quarter, half_year, year, all, or two dates: "
                               "2026-01-01..2026-03-31.")  # fmt: skip
@RECORD
@ALL_SELECTIONS
@click.option("-o", "--output", default="feedback.html", show_default=True,
              type=click.Path(path_type=Path),
              help="What to write: .html, .docx, .md or .pdf; or a folder.")  # fmt: skip
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    team: str | None,
    practitioner: str | None,
    for_supervision: bool,
    period: str | None,
    record: str | None,
    all_selections: bool,
    output: Path,
    wants_json: bool,
) -> None:
    """A team's learning page, or one practitioner's sheet, from DATA.

    What is working well, what we are worried about, what needs to happen. No band, no other team,
    nobody named. Open concerns about a child are told here first, and are not on the page.
    """
    from fidelity.present.feedback import feedback

    held, told = _asked(read_all(data, rubrics), rubrics, output), {}
    for name, ratings in held.items():
        page = feedback(
            ratings, team=team, practitioner=practitioner, for_supervision=for_supervision,
            period=period, record=record, selection="all" if all_selections else "random",
        )  # fmt: skip
        path = output if output.suffix else output / f"feedback_{name}.html"
        click.echo(f"wrote {page.save(path)}", err=wants_json)
        told[name] = {
            "concerns": open_concerns(ratings), "wrote": str(path),
            "sentences": list(page.sentences), "items": page.to_frame().to_dict(orient="records"),
        }  # fmt: skip
    if wants_json:
        as_json(told)


def _asked(held: dict[str, Ratings], rubrics: tuple[str, ...], output: Path) -> dict[str, Ratings]:
    """The rubrics that are asked for; one, where one file is to be written."""
    found = {name: r for name, r in held.items() if not rubrics or name in rubrics} or held
    if output.suffix and output.suffix.lower() not in _ENDINGS:
        raise click.UsageError(
            f'"{output.name}": a page cannot be written as {output.suffix}. Allowed: '
            f"{', '.join(_ENDINGS)}, or a folder."
        )
    if output.suffix and len(found) > 1:
        raise click.UsageError(
            f"The data hold several rubrics ({', '.join(found)}). Name one with -r, or give a "
            "folder to -o for a page of each."
        )
    return found
