"""What the commands share: options for the data, and reading them with the summary told first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

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
    """Read files, or folders of them; what came in is told on stderr, open concerns first."""
    from fidelity.collect.folder import read_files, read_folder

    found = read_files((path for path in paths if not path.is_dir()), rubrics)
    for path in paths:
        if path.is_dir():
            found |= read_folder(path)
    for sentence in _told(found.values()):
        click.echo(sentence, err=True)
    return found


def _told(found: Iterable[Ratings]) -> list[str]:
    """All summaries; the open concerns of every file before anything else."""
    tables = list(found)
    concerns = [str(c) for ratings in tables for c in ratings.concerns if c.open]
    rest = [text for ratings in tables for text in ratings.summary if text not in concerns]
    return concerns + rest
