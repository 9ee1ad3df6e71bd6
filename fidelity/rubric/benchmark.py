"""Benchmark pieces: invented extracts with agreed scores, to practise on and to measure raters by.

A rater who scores the same fixed pieces again and again shows whether the scoring shifts; a rater
who scores them for the first time shows which level descriptions are read differently. Each agreed
score gives its reason in words of the extract itself, and the reader holds it to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from fidelity.errors import Fault, RubricError, UsageError
from fidelity.rubric.checks import Finding, answerable, nearest
from fidelity.rubric.model import Code, Item, Part, Rubric
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.reader import read_rubric
from fidelity.rubric.strict_yaml import Document, read_document
from fidelity.rubric.values import Id, Short, Text, Version, Whole

_QUOTE = re.compile(r'"([^"]+)"')


class AgreedScore(Part):
    """The agreed answer to one item: a level or a code, and why.

    `why` quotes the extract between double quotes. `reason` goes with NA alone.
    """

    level: Whole | None = None
    code: Code | None = None
    reason: Id | None = None
    why: Text

    @property
    def value(self) -> str:
        """The answer as ratings write it: "4", or a code such as "NE"."""
        return str(self.level) if self.code is None else self.code


class BenchmarkPiece(Part):
    """One invented extract with its agreed scores by item."""

    id: Id
    title: Short
    text: Text
    agreed: Mapping[Id, AgreedScore]


class Benchmark(Part):
    """A file of benchmark pieces for one rubric at one version."""

    id: Id
    rubric: Id
    rubric_version: Version
    version: Version
    notice: Text
    pieces: tuple[BenchmarkPiece, ...] = Field(min_length=1)


def benchmark_ids() -> list[str]:
    """Ids of the rubrics that ship with benchmark pieces, in alphabetical order."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def read_benchmark(source: str | Path) -> tuple[BenchmarkPiece, ...]:
    """Read the benchmark pieces of a rubric.

    Args:
        source: the id of a rubric that ships with benchmark pieces ("sos_case_file"), or the path
            of a YAML file.

    Raises:
        UsageError: there are no benchmark pieces for this rubric.
        FileError: the file cannot be read.
        RubricError: the file does not fit the format or its rubric; every fault with file, line
            and remedy.
    """
    path = Path(source)
    if path.suffix.lower() not in {".yaml", ".yml"} and len(path.parts) == 1:
        if str(source) not in benchmark_ids():
            raise UsageError(
                f'No benchmark pieces for "{source}": {nearest(str(source), benchmark_ids())} '
                "For a file of your own, give its path, ending in .yaml."
            )
        path = _folder() / f"{source}.yaml"
    return _checked(read_document(path)).pieces


def _folder() -> Path:
    return rubrics_folder() / "benchmark"


def _checked(document: Document) -> Benchmark:
    """The file as a `Benchmark` that fits its rubric, or all that does not."""
    try:
        benchmark = Benchmark.model_validate(document.content)
    except ValidationError as error:
        faults = []
        for detail in error.errors():
            path = tuple(part for part in detail["loc"] if part != "[key]")
            what = f"{'.'.join(map(str, path))}: {detail['msg'].removeprefix('Value error, ')}"
            faults.append(Fault(document.where(path), what, remedy=_remedy(detail["type"], path)))
        raise RubricError(document.name, faults) from None
    try:
        rubric = read_rubric(benchmark.rubric)
    except UsageError as error:
        raise RubricError(document.name, [Fault(document.where(("rubric",)), str(error))]) from None
    faults = [
        Fault(document.where(found.path), found.what, found.allowed, found.remedy)
        for found in _findings(benchmark, rubric)
    ]
    if faults:
        raise RubricError(document.name, faults)
    return benchmark


def _remedy(kind: str, path: tuple[str | int, ...]) -> str:
    if kind == "missing":
        return f'add "{path[-1]}"'
    if kind == "extra_forbidden":
        model = Benchmark if len(path) == 1 else BenchmarkPiece if len(path) == 3 else AgreedScore
        return nearest(str(path[-1]), model.model_fields)
    return ""


def _findings(benchmark: Benchmark, rubric: Rubric) -> Iterator[Finding]:
    """All that does not fit the rubric, piece by piece."""
    if benchmark.rubric_version != rubric.version:
        yield Finding(
            ("rubric_version",),
            f"the scores were agreed on version {benchmark.rubric_version}",
            f"version {rubric.version}, which is the rubric's",
            "read the level descriptions again, agree the scores, then change the version",
        )
    seen: set[str] = set()
    for n, piece in enumerate(benchmark.pieces):
        if piece.id in seen:
            yield Finding(("pieces", n, "id"), f'id "{piece.id}" stands twice', "each id once")
        seen.add(piece.id)
        missing = [item for item in rubric.scored_items if item not in piece.agreed]
        if missing:
            yield Finding(
                ("pieces", n, "agreed"),
                f'piece "{piece.id}" has no agreed score for {", ".join(missing)}',
                "each scored item once",
            )
        for item, agreed in piece.agreed.items():
            place = ("pieces", n, "agreed", item)
            if item in rubric.items:
                yield from _score_findings(place, agreed, rubric, rubric.items[item])
                yield from _quote_findings(place, agreed, piece.text)
            else:
                yield Finding(place, f'no item "{item}"', remedy=nearest(item, rubric.items))


def _score_findings(
    place: tuple[str | int, ...], agreed: AgreedScore, rubric: Rubric, item: Item
) -> Iterator[Finding]:
    """Whether the answer is one that a rater could give."""
    scale = rubric.scale_of(item.id)
    if (agreed.level is None) == (agreed.code is None):
        yield Finding(place, f'item "{item.id}"', "either a level or a code")
    elif not answerable(agreed.value, scale):
        yield Finding(place, f'item "{item.id}": "{agreed.value}"', scale.allowed)
    if agreed.code == "NA" and item.na_when is None:
        yield Finding(place, f'item "{item.id}" always applies', remedy="give a level")
    elif agreed.code == "NA" and item.na_reasons and agreed.reason not in item.na_reasons:
        yield Finding(
            (*place, "reason"),
            f'item "{item.id}": NA with reason "{agreed.reason or "none"}"',
            ", ".join(item.na_reasons),
        )
    elif agreed.code != "NA" and agreed.reason:
        yield Finding((*place, "reason"), f'item "{item.id}": a reason', "with NA only")


def _quote_findings(
    place: tuple[str | int, ...], agreed: AgreedScore, text: str
) -> Iterator[Finding]:
    """Whether the words that the reason quotes stand in the extract."""
    words = " ".join(text.split())
    quotes = [" ".join(quote.split()) for quote in _QUOTE.findall(agreed.why)]
    for quote in quotes:
        if quote not in words:
            yield Finding(
                (*place, "why"), f'"{quote}" does not stand in the extract', "its own words"
            )
    if agreed.code is None and not quotes:
        yield Finding(
            (*place, "why"), "nothing is quoted", 'words of the extract between double quotes (")'
        )
