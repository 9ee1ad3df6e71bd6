"""`fidelity triangulate`: do our sources agree, and is the form there without the function?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fidelity.cli import as_json
from fidelity.cli.data import ALL_SELECTIONS, DATA, JSON, RUBRIC, open_concerns, read_all, written
from fidelity.errors import UsageError

if TYPE_CHECKING:
    from fidelity.collect.ratings import Ratings

#: What a source is called, by what its rubric looks at.
NAMES = {
    "case_file": "file", "direct_practice": "visit", "supervision": "supervision",
    "family": "family", "staff": "staff", "organisation": "organisation",
}  # fmt: skip
#: Compared unless sources are named: what is seen of practice, and what families say.
USUAL = ("case_file", "direct_practice", "supervision", "family")


@click.command("triangulate")
@DATA
@RUBRIC
@click.option(
    "-s", "--source", "named", multiple=True,
    help="NAME=RUBRIC, for instance staff=staff_model_survey; repeatable. If not given: files, "
    "visits, supervision and families.",
)  # fmt: skip
@click.option("--by", help="A group column, such as team, for the tables.")
@click.option(
    "--replies", "replies", multiple=True,
    help="NAME=ASKED,REACHED,ANSWERED, for instance parent=64,40,18; repeatable.",
)  # fmt: skip
@ALL_SELECTIONS
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for the tables.")
@JSON
def command(
    data: tuple[Path, ...],
    rubrics: tuple[str, ...],
    named: tuple[str, ...],
    by: str | None,
    replies: tuple[str, ...],
    all_selections: bool,
    output: Path | None,
    wants_json: bool,
) -> None:
    """Put sources in DATA (files, or a folder of ratings_*.csv) side by side.

    The second part asks whether form is there without function. Writes sources_, pairs_, order_
    and form_function_triangulate.csv, and two pictures.
    """
    from fidelity.analyses.form_function import form_function
    from fidelity.analyses.triangulate import triangulate

    selection = "all" if all_selections else "random"
    held = read_all(data, rubrics)
    given = _sources(held, named)
    found = triangulate(given, by=by, replies=_replies(replies), selection=selection)
    alike = {id(ratings): ratings for ratings in given.values()}
    forms = form_function(list(alike.values()), by=by, selection=selection)
    tables = {
        "sources": found.table, "pairs": found.pairs, "order": found.order,
        "form_function": forms.table,
    }  # fmt: skip
    pictures = {"sources": found.plot, "form_function": forms.plot}
    if wants_json:
        as_json({
            "sentences": [*found.sentences, *forms.sentences],
            "method": [dict(found.method), dict(forms.method)],
            **{kind: table.to_dict(orient="records") for kind, table in tables.items()},
            "concerns": [told for ratings in held.values() for told in open_concerns(ratings)],
        })  # fmt: skip
    else:
        click.echo("\n".join([*found.sentences, "", *forms.sentences]))
    written(output, "triangulate", tables, pictures, err=wants_json)


def _sources(held: dict[str, Ratings], named: tuple[str, ...]) -> dict[str, Ratings]:
    """Ratings by the name of their source; two of one kind are followed by their rubric."""
    if named:
        pairs = [_pair(text, "NAME=RUBRIC") for text in named]
        unknown = [rubric for _, rubric in pairs if rubric not in held]
        if unknown:
            raise UsageError(
                f"--source: no ratings of {', '.join(unknown)}; there are: {', '.join(held)}."
            )
        return {name: held[rubric] for name, rubric in pairs}
    usual = {name: r for name, r in held.items() if r.rubric.looks_at in USUAL}
    kinds = [ratings.rubric.looks_at for ratings in usual.values()]
    return {
        NAMES[r.rubric.looks_at] + ("" if kinds.count(r.rubric.looks_at) == 1 else f": {words}"): r
        for words, r in ((name.replace("_", " "), r) for name, r in usual.items())
    }


def _replies(given: tuple[str, ...]) -> dict[str, tuple[int, int, int]]:
    found = {}
    for text in given:
        name, counts = _pair(text, "NAME=ASKED,REACHED,ANSWERED")
        numbers = counts.split(",")
        if len(numbers) != 3 or not all(number.strip().isdigit() for number in numbers):
            raise UsageError(
                f'--replies "{text}": three whole numbers are needed, asked, reached and '
                "answered, for instance parent=64,40,18."
            )
        found[name] = (int(numbers[0]), int(numbers[1]), int(numbers[2]))
    return found


def _pair(text: str, form: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (sign and name.strip() and value.strip()):
        raise UsageError(f'"{text}": write it as {form}.')
    return name.strip(), value.strip()
