"""`fidelity rubric`: list, show, check, card, diff, join."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON
from fidelity.errors import UsageError


@click.group("rubric")
def command() -> None:
    """List, show, check and compare rubrics and measures; print evidence cards."""


@command.command("list")
@JSON
def list_rubrics(wants_json: bool) -> None:
    """Name the rubrics and measures that ship."""
    from fidelity.rubric import read_rubric, rubric_ids
    from fidelity.rubric.measures import measure_ids, read_measure

    rubrics = [read_rubric(name) for name in rubric_ids()]
    measures = [read_measure(name) for name in measure_ids()]
    if wants_json:
        told = [
            {
                "id": r.id, "version": r.version, "fingerprint": r.fingerprint, "title": r.title,
                "practice_model": r.practice_model, "looks_at": r.looks_at,
                "items": len(r.scored_items),
            }
            for r in rubrics
        ]  # fmt: skip
        counted = [
            {
                "id": m.id, "version": m.version, "title": m.title, "kind": m.kind,
                "counts": m.counts, "chart": m.chart, "origin": m.origin,
            }
            for m in measures
        ]  # fmt: skip
        as_json({"rubrics": told, "measures": counted})
        return
    width = max(len(name) for name in (*rubric_ids(), *measure_ids()))
    click.echo(f"{len(rubrics)} rubrics, which judge a piece of practice:")
    for r in rubrics:
        click.echo(f"  {r.id:<{width}}  {r.title} ({len(r.scored_items)} items, {r.version})")
    click.echo(f"\n{len(measures)} measures, which count:")
    for m in measures:
        click.echo(f"  {m.id:<{width}}  {m.title} ({m.kind}, {m.version})")


@command.command("show")
@click.argument("rubric")
@JSON
def show(rubric: str, wants_json: bool) -> None:
    """Print a rubric or measure in full. RUBRIC is an id or the path of a file of a rubric."""
    from fidelity.rubric import read_rubric
    from fidelity.rubric.describe import to_text
    from fidelity.rubric.measures import measure_ids, read_measure
    from fidelity.rubric.measures import to_text as measure_text

    measured = rubric in measure_ids()
    found: Any = read_measure(rubric) if measured else read_rubric(rubric)
    if wants_json:
        as_json(found.model_dump(mode="json", exclude_none=True))
    else:
        click.echo(measure_text(found) if measured else to_text(found))


@command.command("check")
@click.argument("rubrics", nargs=-1)
@JSON
def check(rubrics: tuple[str, ...], wants_json: bool) -> None:
    """Check rubrics or measures and run their examples; all that ship if none is named.

    A file is checked as a measure where it says `numerator:`, and as a rubric otherwise.
    """
    from fidelity.errors import FidelityError
    from fidelity.rubric import rubric_ids
    from fidelity.rubric.measures import measure_ids

    results = []
    for name in rubrics or (*rubric_ids(), *measure_ids()):
        try:
            results.append((name, *_checked(name)))
        except UsageError:
            raise
        except FidelityError as error:
            results.append((name, 0, [str(error)]))
    if wants_json:
        as_json([{"rubric": n, "examples": k, "problems": told} for n, k, told in results])
    else:
        for name, examples, told in results:
            held = "1 example holds" if examples == 1 else f"{examples} examples hold"
            click.echo("\n".join(told) or f"{name}: fine, and its {held}.")
    if any(told for _, _, told in results):
        raise SystemExit(1)


def _checked(name: str) -> tuple[int, list[str]]:
    """How many examples a file has, and what they get wrong."""
    from fidelity.rubric.measures import measure_ids, read_measure

    if name in measure_ids() or _is_measure(Path(name)):
        from fidelity.analyses.measures_examples import failures as wrong_in_measure

        measure = read_measure(name)
        return len(measure.examples), wrong_in_measure(measure)
    from fidelity.examples import failures
    from fidelity.rubric import read_rubric

    rubric = read_rubric(name)
    return len(rubric.examples), failures(rubric)


def _is_measure(path: Path) -> bool:
    if path.suffix.lower() not in {".yaml", ".yml"} or not path.is_file():
        return False
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(line.startswith("numerator:") for line in lines)


@command.command("card")
@click.argument("rubric", required=False)
@click.option("--all", "every", is_flag=True, help="The cards of all rubrics, into a folder.")
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="Write a page (.html, .docx, .md or .pdf); with --all a folder.")  # fmt: skip
@JSON
def card(rubric: str | None, every: bool, output: Path | None, wants_json: bool) -> None:
    """Print the evidence card: what is known, how strongly, and what it does not show."""
    from fidelity.rubric import read_rubric, rubric_ids

    if every == (rubric is not None) or (every and not output):
        raise UsageError("Name one rubric, or give --all with -o FOLDER.")
    if every and output:
        from fidelity.present.card import card_page

        output.mkdir(parents=True, exist_ok=True)
        for name in rubric_ids():
            click.echo(f"wrote {card_page(read_rubric(name), output / f'card_{name}.html')}")
        return
    found = read_rubric(str(rubric))
    if wants_json:
        as_json(found.evidence_card.model_dump(mode="json"))
    elif output:
        from fidelity.present.card import card as made

        click.echo(f"wrote {made(found).save(output)}")
    else:
        from fidelity.rubric.describe import card_text

        click.echo(card_text(found))


@command.command("diff")
@click.argument("old")
@click.argument("new")
@JSON
def diff(old: str, new: str, wants_json: bool) -> None:
    """Say what differs between two versions. OLD and NEW are ids or paths.

    [score]: a score may come out otherwise, or a rater is asked something else. [words]: all else.
    """
    from fidelity.rubric import read_rubric
    from fidelity.rubric.versions import differences

    before, after = read_rubric(old), read_rubric(new)
    found = differences(before, after)
    if wants_json:
        as_json({
            "old": before.label, "new": after.label,
            "differences": [
                {"where": d.where, "before": d.before, "after": d.after, "scored": d.scored}
                for d in found
            ],
        })  # fmt: skip
        return
    click.echo(f"{before.label} -> {after.label}")
    click.echo("\n".join(map(str, found)) or "Nothing differs.")
    if any(d.scored for d in found):
        click.echo("Scores of the two are compared only through a crosswalk: fidelity rubric join.")


@command.command("join")
@click.argument("old_data", type=click.Path(path_type=Path))
@click.argument("new_data", type=click.Path(path_type=Path))
@click.option(
    "--old", required=True, help="Id or file of the rubric that OLD_DATA was scored with."
)
@click.option(
    "--new", required=True, help="Id or file of the rubric that NEW_DATA was scored with."
)
@click.option("--crosswalk", required=True, type=click.Path(path_type=Path),
              help="File that says what of the new version stands for which old part.")  # fmt: skip
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path),
              help="Write the joined ratings (.csv).")  # fmt: skip
@JSON
def join(
    old_data: Path, new_data: Path, old: str, new: str, crosswalk: Path, output: Path,
    wants_json: bool,
) -> None:  # fmt: skip
    """Put ratings of two versions of a rubric together through a crosswalk, and score them.

    Only what both versions ask is kept. The file says so in rubric_version, so that it is never
    taken for ratings of one of the two.
    """
    from fidelity.analyses.scores import score
    from fidelity.cli.data import open_concerns
    from fidelity.collect.across_versions import VERSION, across_versions, as_table
    from fidelity.collect.ratings import read_ratings
    from fidelity.present.csv_file import write_csv
    from fidelity.rubric import read_rubric
    from fidelity.rubric.crosswalk import read_crosswalk

    before, after = read_rubric(old), read_rubric(new)
    walk = read_crosswalk(crosswalk, before, after)
    former, latter = read_ratings(old_data, before), read_ratings(new_data, after)
    concerns = list(dict.fromkeys([*open_concerns(former), *open_concerns(latter)]))
    if concerns:
        click.echo("\n".join(concerns), err=True)
    joined = across_versions(former, latter, walk)
    result = score(joined, by=VERSION)
    if wants_json:
        as_json({"concerns": concerns, "rubric": joined.rubric.label,
                 "sentences": list(result.sentences)})  # fmt: skip
    else:
        click.echo("\n".join(result.sentences))
    output.parent.mkdir(parents=True, exist_ok=True)
    click.echo(f"wrote {write_csv(as_table(joined), output)}", err=wants_json)
