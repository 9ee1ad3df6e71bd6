"""`fidelity protocol`: write down and stamp what will be asked, before the data are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON

_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.group("protocol")
def command() -> None:
    """Write, stamp and check a protocol: question, measure, comparison, sample, analysis."""


@command.command("new")
@click.argument("rubric")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
def new(rubric: str, output: Path) -> None:
    """Write a protocol for RUBRIC to fill in by hand and to stamp."""
    from fidelity.errors import FileError
    from fidelity.present.figure import written
    from fidelity.protocol.files import protocol_template

    if output.exists():
        raise FileError(f"{output.name} is there already. Give another name.")
    click.echo(f"wrote {written(output, protocol_template(rubric).encode('utf-8'))}")
    click.echo(f"Fill it in, then: fidelity protocol stamp {output}")


@command.command("write")
@_FILE
@click.option("--id", "id", required=True, help="A short name, such as visits_2026.")
@click.option("--question", required=True, help="In the words in which it will be answered.")
@click.option("-r", "--rubric", required=True)
@click.option("--measure", help="The primary measure. [the one that is banded]")
@click.option("--comparison", required=True, help="What is held against what, in words.")
@click.option("--first", required=True, help="First day of the practice looked at.")
@click.option("--last", required=True, help="Its last day.")
@click.option("--known-until", help="Practice up to this day may have been seen: the baseline.")
@click.option("--pieces", required=True, type=int, help="How many are planned.")
@click.option("--draw", help="The list and the seed of the draw.")
@click.option("--smallest-change", type=float, help="In levels, what the sample should see.")
@click.option("--analysis", required=True, help="Name of the function, such as change.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE",
              help="What it will be called with; repeatable.")  # fmt: skip
@JSON
def write(file: Path, options: tuple[str, ...], wants_json: bool, **said: Any) -> None:
    """Write a protocol to FILE and stamp it, in one step."""
    from fidelity.errors import UsageError
    from fidelity.protocol.files import write_protocol

    wrong = [text for text in options if "=" not in text]
    if wrong:
        raise UsageError(f"--option {wrong[0]}: write it as name=value, such as around=2026-03-01.")
    named = dict(text.split("=", 1) for text in options)
    _stamped(file, write_protocol(file, options=named, **said), wants_json)


@command.command("stamp")
@_FILE
@JSON
def stamp(file: Path, wants_json: bool) -> None:
    """Stamp the protocol in FILE: from now on every change of a word is found."""
    from fidelity.protocol.files import stamp_protocol

    _stamped(file, stamp_protocol(file), wants_json)


@command.command("check")
@_FILE
@JSON
def check(file: Path, wants_json: bool) -> None:
    """Check that the protocol in FILE was not changed since it was stamped."""
    from fidelity.protocol.files import read_protocol

    found = read_protocol(file)
    if wants_json:
        as_json({"protocol": found.short, "question": found.question, "stamp": found.stamp})
        return
    click.echo(f"Unchanged since it was stamped: {found.short}.\n{found.question}")


def _stamped(file: Path, found: Any, wants_json: bool) -> None:
    if wants_json:
        as_json({"wrote": str(file), "protocol": found.short, "stamp": found.stamp})
        return
    click.echo(f"wrote {file}\nStamped: {found.short}.")
    click.echo(
        "Send it to somebody who does not work on it, or put the first eight digits of the stamp "
        "into the minutes: the stamp shows that nothing was changed, not when it was written."
    )
