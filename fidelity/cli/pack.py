"""`fidelity pack`: everything an evaluator needs to get each number again, in one folder."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import DATA, JSON, RECORD, RUBRIC, read_all


@click.command("pack")
@DATA
@RUBRIC
@click.option("-o", "--output", default="pack", show_default=True,
              type=click.Path(path_type=Path), help="A new folder.")  # fmt: skip
@click.option("--protocol", type=click.Path(path_type=Path), help="A stamped protocol.")
@click.option("--frame", type=click.Path(path_type=Path),
              help="The sampling frame (CSV: stratum, N), for stratified draws.")  # fmt: skip
@click.option("--key", "key_file", type=click.Path(path_type=Path),
              help="A key for the pseudonyms (see: fidelity key).")  # fmt: skip
@click.option("--analysis", "analyses", multiple=True,
              help="Run this one; repeatable. All if not given.")  # fmt: skip
@click.option("--no-pictures", is_flag=True, help="Tables alone.")
@RECORD
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    output: Path,
    protocol: Path | None,
    frame: Path | None,
    key_file: Path | None,
    analyses: tuple[str, ...],
    no_pictures: bool,
    record: str | None,
    wants_json: bool,
) -> None:
    """Write the evaluator's pack from DATA (files, or a folder of ratings_*.csv).

    Ratings under pseudonyms, codebook, rubrics, protocol, methods, missing answers, how many
    pieces came from the frame to each number, every table and every figure's data, and a notebook
    that runs it all again. R reads the tables; README.txt says how.

    `fidelity pack check FOLDER` holds every file of a pack against its manifest.
    """
    if len(data) == 2 and str(data[0]) == "check":
        _check(data[1], wants_json)
        return
    from fidelity.collect.companions import read_frame
    from fidelity.collect.guards.pseudonyms import read_key
    from fidelity.present.pack import pack
    from fidelity.present.pack_results import ANALYSES

    made = pack(
        read_all(data, rubrics), folder=output, protocol=protocol,
        frame=read_frame(frame) if frame else None, record=record,
        key=read_key(key_file) if key_file else None,
        rubrics=tuple(Path(name) for name in rubrics if Path(name).is_file()),
        analyses=analyses or tuple(ANALYSES), pictures=not no_pictures,
    )  # fmt: skip
    if wants_json:
        as_json({"wrote": str(made.folder), "files": made.files, "results": made.results,
                 "not_run": list(made.not_run), "fingerprint": made.fingerprint})  # fmt: skip
        return
    click.echo("\n".join(made.sentences))


def _check(folder: Path, wants_json: bool) -> None:
    from fidelity.errors import FileError
    from fidelity.present.pack_files import check_pack

    found = check_pack(folder)
    if wants_json:
        as_json({"sound": found.sound, "files": found.files, "changed": list(found.changed),
                 "missing": list(found.missing), "added": list(found.added),
                 "fingerprint": found.fingerprint})  # fmt: skip
    else:
        click.echo("\n".join(found.sentences))
    if not found.sound:
        raise FileError(f"{folder}: this pack is not as it was made.")
