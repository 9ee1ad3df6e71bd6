"""Protocols as files: written, stamped, read back, and refused where they were changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from fidelity.collect.columns import DRAWN_AT_RANDOM
from fidelity.errors import Fault, FileError, RubricError
from fidelity.protocol.model import Protocol, Sample
from fidelity.rubric import Rubric
from fidelity.rubric.findings import Finding, nearest
from fidelity.rubric.reader import model_from, read_rubric, rubric_ids
from fidelity.rubric.strict_yaml import Document, read_document
from fidelity.words import main_mean


def read_protocol(path: str | Path) -> Protocol:
    """Read a stamped protocol.

    Raises:
        FileError: the file cannot be read.
        RubricError: it is no protocol, was not stamped, or was changed after it was; every fault
            with file, line and remedy.
    """
    return model_from(read_document(Path(path)), Protocol, partial(_findings, stamped=True))


def write_protocol(
    path: str | Path,
    *,
    id: str,
    question: str,
    rubric: str,
    comparison: str,
    first: str,
    last: str,
    pieces: int,
    analysis: str,
    measure: str | None = None,
    options: Mapping[str, str] | None = None,
    known_until: str | None = None,
    selection: tuple[str, ...] = DRAWN_AT_RANDOM,
    draw: str | None = None,
    smallest_change: float | None = None,
    on: date | None = None,
) -> Protocol:
    """Write a protocol and stamp it.

    Args:
        path: the file to write; never over one that is there.
        id: a short name, such as "visits_2026".
        question: in the words in which it will be answered.
        rubric: id of the rubric; its version and fingerprint go into the file.
        comparison: what is held against what, in words.
        first: first day of the practice looked at, as 2026-04-01.
        last: its last day.
        pieces: how many are planned.
        analysis: name of the function, such as "change".
        measure: the primary measure; the one that is banded if not given.
        options: what the function will be called with, by name.
        known_until: practice up to this day may have been seen: the baseline.
        selection: how pieces are chosen.
        draw: the list and the seed of the draw.
        smallest_change: in levels, what the sample is planned to see.
        on: the day of the stamp; today if not given.

    Raises:
        UsageError: no such rubric.
        FileError: the file is there already, or cannot be written.
        RubricError: what was given makes no protocol; every fault.
    """
    held = read_rubric(rubric)
    sample = {"first": first, "last": last, "known_until": known_until, "pieces": pieces,
              "selection": list(selection), "draw": draw}  # fmt: skip
    content = {
        "format": "1", "id": id, "question": question, "rubric": held.id,
        "rubric_version": held.version, "fingerprint": held.fingerprint,
        "measure": measure or _banded(held), "comparison": comparison,
        "smallest_change": smallest_change, "sample": sample,
        "analysis": {"name": analysis, "options": dict(options or {})},
    }  # fmt: skip
    where = Path(path)
    if where.exists():
        raise FileError(f"{where.name} is there already, and a protocol is never written over. "
                        "Give another name.")  # fmt: skip
    text = "\n".join(_lines(content)) + "\n"
    return _stamped(where, text, Document(where.name, _texts(content)), on)


def stamp_protocol(path: str | Path, *, on: date | None = None) -> Protocol:
    """Stamp a protocol that was written by hand.

    Raises:
        FileError: the file cannot be read or written.
        RubricError: it is no protocol, or is stamped already; every fault with its line.
    """
    where = Path(path)
    return _stamped(where, where.read_text(encoding="utf-8") if where.is_file() else "",
                    read_document(where), on)  # fmt: skip


def protocol_template(rubric: str) -> str:
    """A protocol to fill in and to stamp, with a line of help for each key."""
    held = read_rubric(rubric)
    return _TEMPLATE.format(rubric=held.id, version=held.version, fingerprint=held.fingerprint,
                            measure=_banded(held))  # fmt: skip


#: How the texts of the template begin.
_FILL_IN = "fill in:"
_TEMPLATE = """\
# A protocol: fill it in before the data are seen, then run: fidelity protocol stamp FILE
format: "1"
# A short name of small letters, digits and _.
id: my_question
question: >-
  fill in: one question, in the words in which it will be answered
rubric: {rubric}
rubric_version: {version}
fingerprint: {fingerprint}
# One component, composite or item: the primary measure. All others are exploratory.
measure: {measure}
comparison: >-
  fill in: what is held against what, these pieces against those
sample:
  # Days of the practice looked at.
  first: 2000-01-01
  last: 2000-12-31
  # Practice up to this day may have been seen already: the baseline. Delete it if there is none.
  known_until: 2000-06-30
  pieces: 100
  selection: [random, stratified]
  draw: "fill in: the list and the seed of the draw"
analysis:
  # A function of the library, and the options it will be called with. What is not named is left
  # free: name all that could be chosen later.
  name: change
  options:
    around: 2000-07-01
"""


def _banded(rubric: Rubric) -> str:
    """The measure that is taken if none is named."""
    banded = rubric.bands.of if rubric.bands else ""
    return banded or main_mean(rubric) or next(iter(rubric.items))


def _stamped(path: Path, text: str, document: Document, on: date | None) -> Protocol:
    """Check a protocol, write it with its stamp, and read it back."""
    found = model_from(document, Protocol, partial(_findings, stamped=False))
    day = on or date.today()
    seen = found.sample.known_until
    if seen and seen > day:
        raise RubricError(path.name, [Fault(
            document.where(("sample", "known_until")), f"known_until {seen} is yet to come",
            f"a day up to {day}", "practice that nobody could have seen is no baseline",
        )])  # fmt: skip
    stamp = _hash(found.model_copy(update={"stamped_on": day}))
    whole = f"{text.rstrip()}\nstamped_on: {day}\nstamp: {stamp}\n"
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(whole, encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError as error:
        raise FileError(f"{path.name}: cannot be written: {error.strerror or error}.") from None
    return read_protocol(path)


def _hash(protocol: Protocol) -> str:
    """SHA-256 of every word but the stamp itself; comments and layout do not count."""
    content = protocol.model_dump(exclude={"stamp"}, exclude_none=True)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _findings(protocol: Protocol, unread: frozenset[str], stamped: bool) -> Iterator[Finding]:
    """What does not fit: days, rubric and measure, and the stamp."""
    yield from _to_fill_in(protocol)
    yield from _of_sample(protocol.sample)
    if "rubric" not in unread:
        yield from _of_rubric(protocol)
    if not stamped and (protocol.stamp or protocol.stamped_on):
        yield Finding(("stamp",), "stamped already", "a protocol without a stamp",
                      "a new plan is a new protocol: copy it, change its id, delete the stamp "
                      "and its day")  # fmt: skip
    if stamped and not (protocol.stamp and protocol.stamped_on):
        yield Finding((), "no stamp", "stamped_on and stamp", "run: fidelity protocol stamp FILE")
    elif stamped and not unread and _hash(protocol) != protocol.stamp:
        yield Finding(("stamp",), "something was changed after it was stamped",
                      f"the words of {protocol.stamped_on}", "go back to the stamped copy; for a "
                      "new plan write a new protocol")  # fmt: skip


def _to_fill_in(protocol: Protocol) -> Iterator[Finding]:
    """Texts of the template that nobody has filled in."""
    texts = {("question",): protocol.question, ("comparison",): protocol.comparison,
             ("sample", "draw"): protocol.sample.draw}  # fmt: skip
    for place, text in texts.items():
        if text and text.startswith(_FILL_IN):
            yield Finding(place, "not filled in yet", "your own words", "write it down")


def _of_sample(sample: Sample) -> Iterator[Finding]:
    if sample.last < sample.first:
        yield Finding(("sample", "last"), f"{sample.last} is before {sample.first}",
                      "a day after the first", "correct one of the two")  # fmt: skip
    if sample.known_until and not sample.first <= sample.known_until < sample.last:
        yield Finding(("sample", "known_until"), f"{sample.known_until}",
                      f"from {sample.first} to before {sample.last}",
                      "leave days that nobody has seen, or delete it")  # fmt: skip
    if sample.pieces < 1:
        yield Finding(("sample", "pieces"), f"{sample.pieces}", "1 or more",
                      "say how many pieces are planned")  # fmt: skip


def _of_rubric(protocol: Protocol) -> Iterator[Finding]:
    """Whether the rubric is the one that ships; a rubric of one's own is taken as it is named."""
    if protocol.rubric not in rubric_ids():
        return
    rubric = read_rubric(protocol.rubric)
    measures = [*rubric.titles, *rubric.items]
    if protocol.measure not in measures:
        yield Finding(("measure",), f'no measure "{protocol.measure}" in {rubric.id}',
                      "a component, composite or item", partial(nearest, protocol.measure,
                                                                measures))  # fmt: skip
    same_version = protocol.rubric_version == rubric.version
    if same_version and protocol.fingerprint != rubric.fingerprint:
        yield Finding(("fingerprint",), f'"{protocol.fingerprint}"', rubric.fingerprint,
                      "copy the fingerprint that `fidelity rubric list` prints")  # fmt: skip


def _lines(content: Mapping[str, Any], inset: str = "") -> Iterator[str]:
    """Plain YAML; every text in double quotes, which JSON writes as YAML reads them."""
    for key, value in content.items():
        if value is None or value == {}:
            continue
        if isinstance(value, Mapping):
            yield f"{inset}{key}:"
            yield from _lines(value, f"{inset}  ")
        elif isinstance(value, list):
            yield f"{inset}{key}: [{', '.join(map(str, value))}]"
        else:
            yield f"{inset}{key}: {json.dumps(str(value), ensure_ascii=False)}"


def _texts(content: Mapping[str, Any]) -> dict[str, Any]:
    """The same as the strict reader gives it: text alone."""
    return {
        key: _texts(value) if isinstance(value, Mapping)
        else [str(v) for v in value] if isinstance(value, list) else str(value)
        for key, value in content.items() if value is not None and value != {}
    }  # fmt: skip
