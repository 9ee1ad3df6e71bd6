"""`fidelity report`: the director's briefing, as a page, for Word, as text and as PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fidelity.cli import as_json
from fidelity.cli.data import DATA, JSON, RECORD, RUBRIC, read_all

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings

_ENDINGS = (".html", ".docx", ".md", ".pdf")


@click.command("report")
@DATA
@RUBRIC
@click.option(
    "-o", "--output", default="briefing.html", show_default=True,
    type=click.Path(path_type=Path),
    help="What to write: its ending says the kind (.html, .docx, .md, .pdf); else a folder.",
)  # fmt: skip
@click.option("--html", "wants", multiple=True, flag_value=".html", help="A page to look at.")
@click.option("--docx", "wants", multiple=True, flag_value=".docx", help="For Word, to edit.")
@click.option("--md", "wants", multiple=True, flag_value=".md", help="As text (Markdown).")
@click.option("--pdf", "wants", multiple=True, flag_value=".pdf",
              help="PDF, by a browser that is installed.")  # fmt: skip
@click.option(
    "--audience", type=click.Choice(["internal", "public"]), default="internal",
    show_default=True, help="Public: whole service, small numbers hidden, no concerns.",
)  # fmt: skip
@click.option(
    "--period",
    help="quarter, half_year, year, all, or two dates: 2026-01-01..2026-03-31. The latest quarter "
    "with enough in it if not given.",
)
@click.option("--since", default="first", show_default=True,
              help="Compared with: first, previous, or the time before a date.")  # fmt: skip
@click.option("--protocol", type=click.Path(path_type=Path), help="A stamped protocol.")
@click.option(
    "--log", type=click.Path(path_type=Path),
    help="Actions agreed: a learning log with item, team, owner, date and expected.",
)  # fmt: skip
@click.option("--measures", type=click.Path(path_type=Path),
              help="What was counted beside the ratings (CSV).")  # fmt: skip
@click.option("--events", type=click.Path(path_type=Path), help="What happened and when (CSV).")
@click.option("--place", default="", help="The name of the service, for the heading.")
@click.option("--checked-by", default="", help="Who checked it; needed for a public page.")
@RECORD
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    output: Path,
    wants: tuple[str, ...],
    audience: str,
    period: str | None,
    since: str,
    place: str,
    checked_by: str,
    record: str | None,
    wants_json: bool,
    **files: Path | None,
) -> None:
    """Write the briefing from DATA (files, or a folder of ratings_*.csv)."""
    from fidelity.errors import FidelityError
    from fidelity.present.briefing import briefing

    paths = list(_paths(output, wants, audience))
    page = briefing(
        _in_full(read_all(data, rubrics)), audience=audience, period=period, since=since,
        place=place, checked_by=checked_by, record=record, **_read(files),
    )  # fmt: skip
    wrote, failed = [], []
    for path in paths:
        try:
            wrote.append(str(page.save(path)))
        except FidelityError as error:
            failed.append(error)
            continue
        click.echo(f"wrote {path}", err=wants_json)
    if wants_json:
        as_json({"wrote": wrote[0] if len(wrote) == 1 else wrote, "sentences": page.sentences,
                 "cautions": page.cautions})  # fmt: skip
    if failed:
        raise failed[0]


def _in_full(found: dict[str, Ratings]) -> dict[str, Ratings]:
    """Without short forms, which never stand beside the full form; their concerns stay told."""
    from fidelity.errors import UsageError
    from fidelity.rubric.derived import is_short

    full = {name: ratings for name, ratings in found.items() if not is_short(ratings.rubric)}
    if found and not full:
        raise UsageError(
            "Only short forms were found, of which no briefing is made. fidelity score says which "
            "must-haves were seen."
        )
    for name, ratings in found.items():
        if name not in full:
            first = next(iter(full))
            full[first] = full[first].with_concerns(ratings.concerns)
            click.echo(f"{name}: left out of the briefing; see fidelity score.", err=True)
    return full


def _paths(output: Path, wants: tuple[str, ...], audience: str) -> Iterator[Path]:
    """Each file to write, the PDF last: where no browser can print, the others are there."""
    if output.suffix.lower() in _ENDINGS:
        own, stem = [output.suffix.lower()], output.with_suffix("")
    elif output.suffix:
        raise click.UsageError(
            f'"{output.name}": a briefing cannot be written as {output.suffix}. Allowed: '
            f"{', '.join(_ENDINGS)}, or a folder."
        )
    else:
        name = "briefing" if audience == "internal" else "briefing_public"
        own, stem = [] if wants else [".html"], output / name
    for ending in _ENDINGS:
        if ending in own or ending in wants:
            yield output if [ending] == own else stem.with_suffix(ending)


def _read(files: dict[str, Path | None]) -> dict[str, Any]:
    """What stands beside the ratings, read where it is given."""
    from fidelity.collect.companions import read_events, read_measures
    from fidelity.collect.learning_log import read_log
    from fidelity.protocol.files import read_protocol

    read: dict[str, Callable[[Path], Any]] = {
        "protocol": read_protocol, "log": read_log, "measures": read_measures,
        "events": read_events,
    }  # fmt: skip
    return {name: read[name](path) for name, path in files.items() if path is not None}
