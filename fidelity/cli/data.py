"""What the commands share: options for the data, reading them, and writing what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.collect.ratings import Ratings
    from fidelity.present.figure import Picture

DATA = click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
RUBRIC = click.option(
    "-r", "--rubric", "rubrics", multiple=True,
    help="Rubric id or file; repeatable. A workbook names its own.",
)  # fmt: skip
RECORD = click.option("--record", help="The role whose score counts, where a piece has several.")
ALL_SELECTIONS = click.option(
    "--all-selections", is_flag=True, help="Keep pieces that were chosen for a reason."
)
OUTPUT = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder for tables and pictures."
)
JSON = click.option("--json", "wants_json", is_flag=True, help="Print JSON.")


def read_all(paths: tuple[Path, ...], rubrics: tuple[str, ...]) -> dict[str, Ratings]:
    """Read files, or folders of them; what came in is told on stderr, open concerns first."""
    from fidelity.collect.folder import read_files, read_folder
    from fidelity.errors import UsageError

    missing = [str(path) for path in paths if not path.exists()]
    if missing and not rubrics:
        raise UsageError(
            f"{', '.join(missing)}: there is no such file or folder. Check the name, and the "
            "folder that you are in."
        )
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
    concerns = list(dict.fromkeys(text for one in tables for text in open_concerns(one)))
    rest = [text for ratings in tables for text in ratings.summary if text not in concerns]
    return concerns + rest


def open_concerns(ratings: Ratings) -> list[str]:
    """The open concerns in words, for the JSON of a command; `read_all` has told them already."""
    return [str(concern) for concern in ratings.concerns if concern.open]


def written(
    folder: Path | None,
    name: str,
    tables: Mapping[str, pd.DataFrame],
    pictures: Mapping[str, Callable[[], Picture]] | None = None,
    *,
    err: bool = False,
) -> None:
    """Write `<kind>_<name>.csv` and `<kind>_<name>.png` into the folder; say what was written.

    A table without rows is left out, and with it the picture of its kind. Pictures are drawn only
    here (`{"strictness": result.plot}`). Without a folder nothing is drawn or written. `err` says
    it on stderr, for `--json`.
    """
    if folder is None:
        return
    from fidelity.present.csv_file import write_csv

    folder.mkdir(parents=True, exist_ok=True)
    for kind, table in tables.items():
        if len(table):
            click.echo(f"wrote {write_csv(table, folder / f'{kind}_{name}.csv')}", err=err)
    for kind, draw in (pictures or {}).items():
        if kind not in tables or len(tables[kind]):
            click.echo(f"wrote {draw().save(folder / f'{kind}_{name}.png')}", err=err)
