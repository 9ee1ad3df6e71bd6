"""`fidelity key`: a key for pseudonyms."""

from __future__ import annotations

from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON


@click.command("key")
@click.argument("path", type=click.Path(path_type=Path))
@JSON
def command(path: Path, wants_json: bool) -> None:
    """Make a key for pseudonyms in the file PATH, outside your data and any git checkout.

    Use it with: fidelity ingest --key PATH. Keep a copy where passwords are kept. If it is lost,
    new pseudonyms cannot be linked with the old ones.
    """
    from fidelity.collect.guards.pseudonyms import new_key

    key = new_key(path)
    if wants_json:
        as_json({"wrote": str(path), "pseudonyms_begin_with": f"{key.kid}-"})
        return
    click.echo(f"wrote {path}, readable by you alone. Its pseudonyms begin with {key.kid}-.")
    click.echo("Keep a copy where passwords are kept. Give it to nobody who has the ratings.")
