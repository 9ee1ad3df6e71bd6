"""Measures: what is counted beside rubrics, as data, one YAML file a measure.

A rubric judges a piece of practice. A measure counts: contacts, supervision held, days of training.
Each file says what is counted over what, whether more is wished for and who says so, and has
examples that are run. The reader is as strict as that of rubrics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from fidelity.errors import UsageError
from fidelity.rubric.findings import Finding, nearest, once, unknown
from fidelity.rubric.model import Part, Provenance
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.reader import model_from
from fidelity.rubric.strict_yaml import read_document
from fidelity.rubric.values import Id, Number, Short, Text, Truth, Version, Whole

Kind = Literal["share", "rate", "mean", "composition", "count"]
Subject = Literal["case", "practitioner", "team", "authority"]
#: table: rows of measures.csv; the others are computed from ratings or training.
Origin = Literal["table", "ratings", "training", "ratings_and_training"]
#: The chart that goes with each kind, where there are periods enough.
CHARTS = {"share": "p", "rate": "u", "mean": "xmr", "composition": "xmr", "count": "c"}
#: What a sentence may hold in braces.
PLACES = ("estimate", "interval", "numerator", "denominator", "threshold", "part")
_BRACES = re.compile(r"\{([^{}]*)\}")


class MeasurePart(Part):
    """A part of a composition."""

    id: Id
    title: Short


class Context(Part):
    """A published figure to read a measure beside; no target, and no interval where it had no n."""

    value: Number
    what: Text
    source: Text
    n: Whole | None = None


class Threshold(Part):
    """A number above which something is counted as enough; it may be set otherwise."""

    value: Number
    what: Text
    provenance: Provenance


class Above(Part):
    """A measure of another one's rows: the share of its cases that reach the threshold."""

    measure: Id


class Row(Part):
    """One row of an example, as in measures.csv."""

    subject: Short
    date: Short
    part: Id | None = None
    numerator: Number
    denominator: Number | None = None


class Expected(Part):
    """What an example gives, to the decimals that are written; "none" where nothing is given."""

    part: Id | None = None
    date: Short | None = None
    estimate: Short
    lower: Short = "none"
    upper: Short = "none"


class MeasureExample(Part):
    """Rows, and what they give."""

    title: Short
    source: Text | None = None
    rows: tuple[Row, ...] = Field(min_length=1)
    expect: tuple[Expected, ...] = Field(min_length=1)


class Measure(Part):
    """A measure. Made by `fidelity.read_measure`.

    Attributes:
        counts: what it counts, for those who collect it.
        numerator, denominator: what stands in the two columns.
        kind: share, rate, mean, composition or count.
        unit: of the estimate, as it is printed behind a number; "" for shares.
        subjects: of whom or what a row may speak.
        origin: where its rows come from.
        stock: whether it tells how things stand on a day; days are then not added up.
        direction: whether more is wished for, less, or neither; `direction_why` says who says so.
        parts: of a composition; `rest` is the one that what is left over belongs to.
        above: the measure whose rows are counted where they reach the threshold.
        sentence: what is said of it, with places in braces.
        does_not_show: what must not be read into it.
    """

    format: Literal["1"]
    id: Id
    version: Version
    title: Short
    counts: Text
    numerator: Text
    denominator: Text
    kind: Kind
    unit: Short | None = None
    subjects: tuple[Subject, ...] = Field(min_length=1)
    origin: Origin = "table"
    stock: Truth = False
    direction: Literal["more", "less", "none"]
    direction_why: Text
    provenance: Provenance
    threshold: Threshold | None = None
    above: Above | None = None
    parts: tuple[MeasurePart, ...] = ()
    rest: Id | None = None
    context: tuple[Context, ...] = ()
    sentence: Text
    does_not_show: Text
    examples: tuple[MeasureExample, ...] = Field(min_length=1)

    @property
    def chart(self) -> str:
        """The kind of chart over time: p, u, c or xmr."""
        return CHARTS[self.kind]

    @property
    def label(self) -> str:
        """Id and version, as results print them."""
        return f"{self.id} {self.version}"

    def title_of(self, part: str) -> str:
        """The heading of a part; its id where the measure does not name it."""
        return next((p.title for p in self.parts if p.id == part), part.replace("_", " "))


def to_text(measure: Measure) -> str:
    """A measure as people read it."""
    lines = [
        f"{measure.title} ({measure.label}, {measure.kind})", "", measure.counts,
        f"Counted: {measure.numerator}.", f"Over: {measure.denominator}.",
        f"More or less: {measure.direction}. {measure.direction_why}",
        f"Where it comes from: {_told(measure.provenance)}",
    ]  # fmt: skip
    if measure.threshold:
        held = measure.threshold
        lines.append(f"Threshold: {float(held.value):g} {held.what}. {_told(held.provenance)}")
    lines += [f"Context: {float(c.value):g} {c.what}. {c.source}" for c in measure.context]
    return "\n".join([*lines, f"It does not show: {measure.does_not_show}"])


def _told(provenance: Provenance) -> str:
    return f"{provenance.kind}. {provenance.source or ''}".strip()


def measure_ids() -> list[str]:
    """Ids of the measures that ship with the library, in alphabetical order."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def read_measure(source: str | Path) -> Measure:
    """Read what a measure is.

    Args:
        source: the id of a measure that ships ("caseload"), or the path of a YAML file.

    Raises:
        UsageError: there is no such measure.
        FileError: the file cannot be read.
        RubricError: the file is no measure; every fault with file, line and remedy.
    """
    path = Path(source)
    if path.suffix.lower() in {".yaml", ".yml"} or len(path.parts) > 1:
        return _read(path)
    if str(source) not in measure_ids():
        raise UsageError(
            f'No measure "{source}": {nearest(str(source), measure_ids())} For a file of your '
            "own, give its path, ending in .yaml."
        )
    return _shipped(str(source))


@lru_cache(maxsize=64)
def _shipped(name: str) -> Measure:
    return _read(_folder() / f"{name}.yaml")


def _read(path: Path) -> Measure:
    return model_from(read_document(path), Measure, _findings)


def _folder() -> Path:
    return rubrics_folder() / "measures"


def _findings(measure: Measure, unread: frozenset[str]) -> Iterator[Finding]:
    yield from once(("parts",), [part.id for part in measure.parts])
    if "kind" not in unread:
        yield from _of_kind(measure)
    yield from _sentence(measure)
    if measure.provenance.kind != "local" and not measure.provenance.source:
        yield Finding(("provenance",), f"{measure.provenance.kind}, without a source",
                      "a source for all that is not local", "add source: ...")  # fmt: skip
    if measure.above and not measure.threshold:
        yield Finding(("above",), "no threshold", "a threshold to reach", "add threshold: ...")
    for n, example in enumerate(measure.examples):
        yield from _example(measure, example, ("examples", n))


def _of_kind(measure: Measure) -> Iterator[Finding]:
    whole = measure.kind == "composition"
    if whole and len(measure.parts) < 2:
        yield Finding(("parts",), f"{len(measure.parts)} parts of a composition", "two or more",
                      "name them under parts")  # fmt: skip
    if not whole and measure.parts:
        yield Finding(("parts",), f"parts of a {measure.kind}", "parts of a composition alone",
                      "delete them, or write kind: composition")  # fmt: skip
    names = [part.id for part in measure.parts]
    if measure.rest and measure.rest not in names:
        yield unknown(("rest",), measure.rest, names, "part")
    if measure.kind in {"rate", "mean", "count"} and not measure.unit:
        yield Finding(("unit",), f"no unit of a {measure.kind}", "what is printed behind a number",
                      "add unit: ..., such as contacts an episode")  # fmt: skip


def _sentence(measure: Measure) -> Iterator[Finding]:
    for name in _BRACES.findall(measure.sentence):
        if name not in PLACES:
            yield unknown(("sentence",), name, PLACES, "place", ", ".join(PLACES))
    for needed in ("estimate", "interval"):
        if f"{{{needed}}}" not in measure.sentence:
            yield Finding(("sentence",), f"no {{{needed}}}", "a number with its interval",
                          f"add {{{needed}}} where it belongs")  # fmt: skip


def _example(
    measure: Measure, example: MeasureExample, path: tuple[str | int, ...]
) -> Iterator[Finding]:
    names = [part.id for part in measure.parts]
    parts: dict[str, tuple[Row | Expected, ...]] = {"rows": example.rows, "expect": example.expect}
    for key, rows in parts.items():
        for n, row in enumerate(rows):
            if row.part is None and measure.kind == "composition":
                yield Finding((*path, key, n), "no part", "a part of the composition",
                              f"add part: one of {', '.join(names)}")  # fmt: skip
            elif row.part is not None and row.part not in names:
                yield unknown((*path, key, n, "part"), row.part, names, "part")
