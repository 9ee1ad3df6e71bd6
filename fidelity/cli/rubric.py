"""`fidelity rubric`: list, show, check, card."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json

_JSON = click.option("--json", "wants_json", is_flag=True, help="Print JSON.")


@click.group("rubric")
def command() -> None:
    """List, show and check rubrics; print their evidence cards."""


@command.command("list")
@_JSON
def list_rubrics(wants_json: bool) -> None:
    """Name the rubrics and measures that ship."""
    from fidelity.rubric import read_rubric, rubric_ids

    rubrics = [read_rubric(name) for name in rubric_ids()]
    if wants_json:
        told = [
            {
                "id": r.id, "version": r.version, "fingerprint": r.fingerprint, "title": r.title,
                "practice_model": r.practice_model, "looks_at": r.looks_at,
                "items": len(r.scored_items),
            }
            for r in rubrics
        ]  # fmt: skip
        as_json({"rubrics": told, "measures": []})
        return
    width = max(len(r.id) for r in rubrics)
    for r in rubrics:
        click.echo(f"{r.id:<{width}}  {r.title} ({len(r.scored_items)} items, {r.version})")


@command.command("show")
@click.argument("rubric")
@_JSON
def show(rubric: str, wants_json: bool) -> None:
    """Print a rubric in full. RUBRIC is an id or the path of a file."""
    from fidelity.rubric import read_rubric
    from fidelity.rubric.describe import to_text

    found = read_rubric(rubric)
    if wants_json:
        as_json(found.model_dump(mode="json", exclude_none=True))
    else:
        click.echo(to_text(found))


@command.command("check")
@click.argument("rubrics", nargs=-1)
@_JSON
def check(rubrics: tuple[str, ...], wants_json: bool) -> None:
    """Check rubric files and run their examples; all that ship if none is named."""
    from fidelity.errors import FidelityError, UsageError
    from fidelity.examples import failures
    from fidelity.rubric import read_rubric, rubric_ids

    results = []
    for name in rubrics or rubric_ids():
        try:
            rubric = read_rubric(name)
            results.append((name, len(rubric.examples), failures(rubric)))
        except UsageError:
            raise
        except FidelityError as error:
            results.append((name, 0, [str(error)]))
    if wants_json:
        as_json([{"rubric": n, "examples": k, "problems": told} for n, k, told in results])
    else:
        for name, examples, told in results:
            click.echo("\n".join(told) or f"{name}: fine, and its {examples} examples hold.")
    if any(told for _, _, told in results):
        raise SystemExit(1)


@command.command("card")
@click.argument("rubric")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write an HTML page.")
@_JSON
def card(rubric: str, output: Path | None, wants_json: bool) -> None:
    """Print the evidence card: what is known, how strongly, and what it does not show."""
    from fidelity.rubric import read_rubric

    found = read_rubric(rubric)
    if wants_json:
        as_json(found.evidence_card.model_dump(mode="json"))
    elif output:
        from fidelity.present.card import card_page

        click.echo(f"wrote {card_page(found, output)}")
    else:
        from fidelity.rubric.describe import card_text

        click.echo(card_text(found))
