"""What the commands share: options for the data, and reading them with the summary told first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.errors import UsageError

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings

DATA = click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
RUBRIC = click.option(
    "-r", "--rubric", "rubrics", multiple=True,
    help="Rubric id or file; repeatable. A workbook names its own.",
)  # fmt: skip
RECORD = click.option("--record", help="The role whose score counts, where a piece has several.")
ALL_SELECTIONS = click.option(
    "--all-selections", is_flag=True, help="Keep pieces that were chosen for a reason."
)


def read_all(paths: tuple[Path, ...], rubrics: tuple[str, ...]) -> dict[str, Ratings]:
    """Read every file with every rubric it belongs to; the summaries go to stderr.

    A file belongs to the rubrics that its workbook stamp names, else to the ones given, else to
    the one whose id its name holds (ratings_sos_case_file.csv).
    """
    from fidelity.collect.ratings import read_ratings

    found: dict[str, Ratings] = {}
    for path in _files(paths):
        for rubric in rubrics_of(path, rubrics):
            ratings = read_ratings(path, rubric)
            name = ratings.rubric.id
            if name in found:
                raise UsageError(
                    f"{path.name} and {found[name].name} were both scored with {name}. Put them "
                    "into one table first: this command reads one file a rubric."
                )
            found[name] = ratings
            for sentence in ratings.summary:
                click.echo(sentence, err=True)
    return found


def _files(paths: tuple[Path, ...]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.glob("ratings_*") if p.is_file())
            if not inside:
                raise UsageError(f"{path}: no files that begin with ratings_.")
            files += inside
        else:
            files.append(path)
    return files


def rubrics_of(path: Path, given: tuple[str, ...]) -> tuple[str, ...]:
    """The rubrics that a file was scored with."""
    from fidelity.rubric import rubric_ids

    if given:
        return given
    if path.suffix.lower() == ".xlsx":
        from fidelity.collect.workbook_reader import rubrics_in

        return tuple(rubrics_in(path))
    named = [name for name in rubric_ids() if name in path.stem]
    if len(named) == 1:
        return tuple(named)
    raise UsageError(
        f"{path.name}: which rubric was it scored with? Say so with -r, one of: "
        f"{', '.join(rubric_ids())}; or the path of a rubric file."
    )
