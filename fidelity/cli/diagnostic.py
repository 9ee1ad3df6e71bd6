"""`fidelity diagnostic`: the brief of an organisation, on two pages at most."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import DATA, JSON, RUBRIC, open_concerns, read_all


@click.command("diagnostic")
@DATA
@RUBRIC
@click.option(
    "-o", "--output", default="diagnostic.html", show_default=True,
    type=click.Path(path_type=Path), help="The brief: .html, .docx, .md or .pdf.",
)  # fmt: skip
@click.option("--place", default="", help="The name of the service, for the heading.")
@JSON
def command(
    data: tuple[Path, ...], rubrics: tuple[str, ...], output: Path, place: str, wants_json: bool
) -> None:
    """Write the brief from DATA (files, or a folder of ratings_*.csv).

    It uses evidence_minded_org, dfe_common_ingredients and sos_org_alignment, any of them, and
    staff_model_survey beside them; ratings of other rubrics are left aside.
    """
    from fidelity.present.diagnostic import diagnostic

    held = read_all(data, rubrics)
    brief = diagnostic(held, place=place)
    path = brief.save(output)
    if not wants_json:
        click.echo(f"wrote {path}")
        return
    as_json({
        "wrote": str(path),
        "sentences": brief.sentences,
        "items": {s.rubric.id: s.items.to_dict(orient="records") for s in brief.standings},
        "gaps": {s.rubric.id: s.gaps.to_dict(orient="records") for s in brief.standings},
        "survey": brief.survey.to_dict(orient="records"),
        "concerns": [told for ratings in held.values() for told in open_concerns(ratings)],
    })  # fmt: skip
