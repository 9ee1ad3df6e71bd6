"""`fidelity moderate`: score some pieces twice, put the scores side by side, agree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import DATA_PROBLEM, as_json
from fidelity.cli.data import DATA, JSON, RUBRIC, open_concerns, read_all
from fidelity.errors import UsageError

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings

_OUTPUT = click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The .xlsx to write."
)


@click.group("moderate")
def command() -> None:
    """Draw pieces for a second scorer, put scores side by side, record what was agreed."""


@command.command("draw")
@DATA
@RUBRIC
@_OUTPUT
@click.option("--share", default=0.2, show_default=True, help="Share of the pieces.")
@click.option("-n", "number", type=int, help="How many, instead of a share.")
@click.option("--rater", default="", help="Who scores second; their own are not drawn.")
@click.option("--role", default="moderator", show_default=True, help="In which role.")
@click.option("--since", default="", help="Only practice up to this date or later (2026-01-31).")
@click.option("--seed", default=0, show_default=True, help="The draw can be repeated with it.")
@JSON
def draw(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    output: Path,
    share: float,
    number: int | None,
    rater: str,
    role: str,
    since: str,
    seed: int,
    wants_json: bool,
) -> None:
    """Draw at random from DATA what is scored again, and write the second scorer's workbook.

    The workbook names the pieces. It shows neither who scored them first nor how.
    """
    from fidelity.collect.moderation import draw_double, write_second

    ratings = _one(data, rubrics)
    drawn = draw_double(ratings, share=share, n=number, rater=rater, since=since, rng=seed)
    path = write_second(ratings, drawn, output, rater=rater, role=role)
    if wants_json:
        as_json({"wrote": str(path), "pieces": list(drawn.pieces), "of": drawn.of,
                 "left_out": dict(drawn.left_out), "seed": seed,
                 "concerns": open_concerns(ratings)})  # fmt: skip
        return
    click.echo("\n".join([*drawn.sentences, f"wrote {path}"]))


@command.command("compare")
@DATA
@RUBRIC
@click.option("--piece", "pieces", multiple=True, help="A piece to show; repeatable.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path),
    help="A workbook (.xlsx) in which to settle what differs.",
)  # fmt: skip
@JSON
def compare(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    pieces: tuple[str, ...],
    output: Path | None,
    wants_json: bool,
) -> None:
    """Put the scores of pieces that were scored more than once side by side.

    What differs comes first. The practitioner's own score (role self) stands beside the others;
    a reply goes on the sheet Notes of the workbook and stays in your authority.
    """
    from fidelity.analyses.side_by_side import side_by_side
    from fidelity.collect.moderation import write_consensus

    ratings = _one(data, rubrics)
    found = side_by_side(ratings, pieces=pieces or None)
    path = write_consensus(ratings, found.table, found.scorers, output) if output else None
    if wants_json:
        as_json({"sentences": list(found.sentences), "method": dict(found.method),
                 "table": found.table.to_dict(orient="records"), "wrote": path and str(path),
                 "concerns": open_concerns(ratings)})  # fmt: skip
        return
    click.echo("\n".join(found.sentences))
    if path is None:
        differ = found.table[found.table["differs"]].drop(columns=["must_have", "differs"])
        click.echo(differ.to_string(index=False, max_colwidth=44))
        return
    click.echo(f"wrote {path}. Settle it there, then: fidelity moderate agree {path} -o DATA")


@command.command("agree")
@click.argument("workbook", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "folder", required=True, type=click.Path(path_type=Path),
    help="The folder in which ratings are kept.",
)  # fmt: skip
@click.option("-r", "--rubric", "rubrics", multiple=True, help="A rubric file of your own.")
@JSON
def agree(workbook: Path, folder: Path, rubrics: tuple[str, ...], wants_json: bool) -> None:
    """Record what was settled in WORKBOOK as a further rating, with the role agreed."""
    from fidelity.collect.ingest import ingest
    from fidelity.collect.moderation import check_agreed
    from fidelity.rubric import read_rubric

    known = [read_rubric(name) for name in rubrics]
    left = check_agreed(workbook, folder, known)
    found = ingest([workbook], folder, rubrics=known)
    if wants_json:
        as_json({"sentences": list(found.sentences), "open_concerns": list(found.open_concerns),
                 "not_settled": left})  # fmt: skip
    else:
        click.echo("\n".join([*found.sentences, *left]))
    if not found.ok:
        sys.exit(DATA_PROBLEM)


def _one(data: tuple[Path, ...], rubrics: tuple[str, ...]) -> Ratings:
    """The ratings of one rubric: the one that is named, or the only one there is."""
    found = read_all(data, () if all(path.is_dir() for path in data) else rubrics)
    wanted = [one for name, one in found.items() if not rubrics or name in rubrics]
    if len(wanted) != 1:
        raise UsageError(f"Which rubric? Say so with -r, one of: {', '.join(found)}.")
    return wanted[0]
