"""Benchmark pieces: invented extracts with agreed scores, to practise on and to measure raters by.

A rater who scores the same fixed pieces again and again shows whether the scoring shifts; a rater
who scores them for the first time shows which level descriptions are read differently. Each agreed
score gives its reason in words of the extract itself, and the reader holds it to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from html import escape
from pathlib import Path

from pydantic import Field

from fidelity.errors import UsageError
from fidelity.rubric.checks import answerable
from fidelity.rubric.findings import Finding, nearest, once, unknown
from fidelity.rubric.model import Code, Item, Part, Rubric
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.reader import model_from, read_rubric, rubric_ids
from fidelity.rubric.strict_yaml import cut, read_document
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

    def _repr_html_(self) -> str:
        """The extract to read; the agreed scores are kept back until it has been scored."""
        told = "".join(f"<p>{escape(part)}</p>" for part in self.text.split("\n\n"))
        return f"<h3>{escape(self.title)}</h3>{told}"

    def __repr__(self) -> str:
        return f"{self.title}\n\n{self.text}"


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
    return sorted({path.stem.split("-")[0] for path in _folder().glob("*.yaml")})


def read_benchmark(source: str | Path) -> tuple[BenchmarkPiece, ...]:
    """Read the benchmark pieces of a rubric.

    Args:
        source: the id of a rubric that ships with benchmark pieces ("sos_case_file"), or the path
            of a YAML file. Those that ship may stand in several files: sos_case_file.yaml,
            sos_case_file-2.yaml and so on, read in this order.

    Raises:
        UsageError: there are no benchmark pieces for this rubric.
        FileError: the file cannot be read.
        RubricError: the file does not fit the format or its rubric; every fault with file, line
            and remedy.
    """
    path = Path(source)
    if path.suffix.lower() in {".yaml", ".yml"} or len(path.parts) > 1:
        return _read(path)
    if str(source) not in benchmark_ids():
        raise UsageError(
            f'No benchmark pieces for "{source}": {nearest(str(source), benchmark_ids())} '
            "For a file of your own, give its path, ending in .yaml."
        )
    return _shipped(str(source))


@lru_cache(maxsize=16)
def _shipped(name: str) -> tuple[BenchmarkPiece, ...]:
    """The pieces of a rubric that ships, file after file."""
    files = [path for path in _folder().glob("*.yaml") if path.stem.split("-")[0] == name]
    return tuple(piece for file in sorted(files, key=_number) for piece in _read(file))


def _read(path: Path) -> tuple[BenchmarkPiece, ...]:
    return model_from(read_document(path), Benchmark, _findings).pieces


def _number(file: Path) -> int:
    """The number of a file: that without one is the first."""
    return int(file.stem.partition("-")[2] or 1)


def _folder() -> Path:
    return rubrics_folder() / "benchmark"


def _findings(benchmark: Benchmark, unread: frozenset[str]) -> Iterator[Finding]:
    """All that does not fit the rubric, piece by piece."""
    yield from once(("pieces",), [piece.id for piece in benchmark.pieces])
    if "rubric" in unread:
        return
    try:
        rubric = read_rubric(benchmark.rubric)
    except UsageError:
        yield Finding(
            ("rubric",), f'no rubric "{benchmark.rubric}"', "the id of a rubric that ships",
            partial(nearest, benchmark.rubric, rubric_ids()),
        )  # fmt: skip
        return
    if benchmark.rubric_version != rubric.version:
        yield Finding(
            ("rubric_version",),
            f"scores agreed on version {benchmark.rubric_version}",
            f"version {rubric.version}, which is the rubric's",
            "read the level descriptions again, agree the scores, then change the version",
        )
    for n, piece in enumerate(benchmark.pieces):
        missing = [item for item in rubric.scored_items if item not in piece.agreed]
        if missing:
            yield Finding(
                ("pieces", n, "agreed"),
                f"no agreed score for {', '.join(missing)}",
                "each scored item once",
                "add a level or a code, and why",
            )
        for item, agreed in piece.agreed.items():
            place = ("pieces", n, "agreed", item)
            if item not in rubric.items:
                yield unknown(place, item, rubric.items, "item")
                continue
            yield from _score_findings(place, agreed, rubric, rubric.items[item])
            if "pieces.text" not in unread:
                yield from _quote_findings(place, agreed, piece.text)


def _score_findings(
    place: tuple[str | int, ...], agreed: AgreedScore, rubric: Rubric, item: Item
) -> Iterator[Finding]:
    """Whether the answer is one that a rater could give."""
    scale = rubric.scale_of(item.id)
    if (agreed.level is None) == (agreed.code is None):
        has = "neither a level nor a code" if agreed.level is None else "a level and a code"
        yield Finding(place, has, "either a level or a code", "keep or add one")
    elif not answerable(agreed.value, scale):
        yield Finding(place, f'"{agreed.value}"', scale.allowed, "write one of these")
    if agreed.code == "NA" and item.na_when is None:
        yield Finding(place, "NA, but the item always applies", "a level, NE or DK", "give a level")
    elif agreed.code == "NA" and item.na_reasons and agreed.reason not in item.na_reasons:
        yield Finding(
            (*place, "reason"),
            f'NA with reason "{agreed.reason or "none"}"',
            ", ".join(item.na_reasons),
            "give one of these reasons",
        )
    elif agreed.code != "NA" and agreed.reason:
        yield Finding(
            (*place, "reason"), f'"{agreed.reason}" without NA',
            "a reason with NA only", "delete it",
        )  # fmt: skip


def _quote_findings(
    place: tuple[str | int, ...], agreed: AgreedScore, text: str
) -> Iterator[Finding]:
    """Whether the words that the reason quotes stand in the extract."""
    words = " ".join(text.split())
    quotes = [" ".join(quote.split()) for quote in _QUOTE.findall(agreed.why)]
    for quote in quotes:
        if quote not in words:
            yield Finding(
                (*place, "why"), f'"{cut(quote)}" does not stand in the extract',
                "words of the extract between double quotes", "quote it as it stands",
            )  # fmt: skip
    if agreed.code is None and not quotes:
        yield Finding(
            (*place, "why"), f'nothing is quoted in "{cut(agreed.why)}"',
            'words of the extract between double quotes (")', "quote what the level rests on",
        )  # fmt: skip
