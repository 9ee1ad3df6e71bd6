"""`fidelity ingest`: audits come in, from workbooks, forms and exports."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import DATA_PROBLEM, as_json
from fidelity.cli.data import JSON

if TYPE_CHECKING:
    from fidelity.collect.ingest import Ingested, Progress


@click.command("ingest")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "folder", required=True, type=click.Path(path_type=Path),
    help="The folder in which ratings are kept.",
)  # fmt: skip
@click.option(
    "-r", "--rubric", "rubrics", multiple=True,
    help="Rubric id or file; repeatable. Workbooks and forms name their own.",
)  # fmt: skip
@click.option(
    "--mapping", type=click.Path(path_type=Path),
    help="What the columns of your own export are; drafted by fidelity mapping.",
)  # fmt: skip
@click.option(
    "--names", type=click.Path(path_type=Path),
    help="A local list of names (a name a line) to look for in references and notes.",
)  # fmt: skip
@click.option(
    "--key", type=click.Path(path_type=Path), envvar="FIDELITY_KEY",
    help="Turn references into pseudonyms with this key; made by fidelity key.",
)  # fmt: skip
@click.option(
    "--pseudonyms", multiple=True, default=("case", "practitioner"), show_default=True,
    help="Which references are turned, with --key; repeatable.",
)  # fmt: skip
@click.option("--correct", is_flag=True, help="Replace assessments that are there otherwise.")
@click.option(
    "--marked-copy", "marked", type=click.Path(path_type=Path),
    help="Folder for a copy of each refused workbook, with the cells to mend marked.",
)  # fmt: skip
@JSON
def command(
    paths: tuple[Path, ...],
    folder: Path,
    rubrics: tuple[str, ...],
    mapping: Path | None,
    names: Path | None,
    key: Path | None,
    pseudonyms: tuple[str, ...],
    correct: bool,
    marked: Path | None,
    wants_json: bool,
) -> None:
    """Bring in workbooks, JSON records of forms and CSV files (PATHS, or folders of them).

    Each file is taken whole or refused whole; what is there already is not taken twice.
    """
    from fidelity.collect.guards.names import NameList
    from fidelity.collect.guards.pseudonyms import read_key
    from fidelity.collect.ingest import ingest
    from fidelity.collect.mapping import read_mapping
    from fidelity.rubric import read_rubric

    known = [read_rubric(name) for name in rubrics]
    secret = read_key(key) if key else None
    listed = NameList.from_file(names, secret.secret if secret else b"") if names else None
    described = read_mapping(mapping, known[0] if known else None) if mapping else None
    found = ingest(
        paths, folder, rubrics=known, mapping=described, names=listed, key=secret,
        pseudonyms=pseudonyms, correct=correct, progress=_progress(),
    )  # fmt: skip
    copies = _marked(found, marked) if marked else []
    if wants_json:
        as_json(_plain(found, copies))
    else:
        for sentence in found.sentences:
            click.echo(sentence)
        for copy in copies:
            click.echo(f"wrote {copy}: mend the marked cells there, save, and bring it in again")
        if any(one.refused is None for one in found.files):
            click.echo(f"Kept in {folder}. Next: fidelity score {folder}")
    if not found.ok:
        sys.exit(DATA_PROBLEM)


def _progress() -> Progress | None:
    """A line on a terminal that says which file is being read; nothing elsewhere."""
    if not sys.stderr.isatty():
        return None

    def tell(n: int, total: int, name: str) -> None:
        line = f"{n} of {total}: {name}"[:78]
        click.echo(f"\r{line:<78}" + ("\r" if n == total else ""), err=True, nl=False)

    return tell


def _marked(found: Ingested, folder: Path) -> list[Path]:
    from fidelity.collect.marked_copy import marked_copy
    from fidelity.errors import FaultsError

    folder.mkdir(parents=True, exist_ok=True)
    return [
        marked_copy(one.path, one.refused.faults, folder)
        for one in found.files
        if isinstance(one.refused, FaultsError) and one.path.suffix.lower() == ".xlsx"
    ]


def _plain(found: Ingested, copies: list[Path]) -> dict[str, object]:
    from fidelity.errors import FaultsError

    def faults(error: Exception | None) -> list[object]:
        if isinstance(error, FaultsError):
            return [
                {"where": f.where, "what": f.what, "allowed": f.allowed, "do": f.remedy}
                for f in error.faults
            ]
        return [str(error)] if error else []

    return {
        "open_concerns": list(found.open_concerns),
        "folder": str(found.folder),
        "files": [
            {
                "file": one.path.name, "taken": one.refused is None, "new": dict(one.new),
                "there_already": one.there, "replaced": one.replaced,
                "problems": faults(one.refused), "said": list(one.said),
            }
            for one in found.files
        ],
        "notes": list(found.said),
        "marked_copies": [str(copy) for copy in copies],
    }  # fmt: skip
