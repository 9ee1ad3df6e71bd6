"""One sitting as a JSON record: what the browser form and the notebook form save.

A record holds one assessment, scored with one or several rubrics::

    {
      "format": "fidelity-record", "format_version": 1,
      "rubrics": [{"id": "sos_case_file", "version": "1.0.0", "fingerprint": "0f53...",
                   "short": false}],
      "assessment": {"piece": "SF-001", "rater": "R01", "rater_role": "peer",
                     "date": "2026-03-31"},
      "ratings": [{"rubric": "sos_case_file", "item": "m1", "value": "3"},
                  {"rubric": "sos_case_file", "item": "n1", "value": "NA", "reason": "unsafe",
                   "note": "..."}],
      "concern": {"concern": "no"},
      "made_at": "2026-04-02T10:15:00"
    }

`assessment` takes the columns of `fidelity.collect.columns` (all text; piece and rater must be
there), `concern` those about a child at risk. A rating's `value` is a level, a code, or "" for
not answered; an item may also be left out. `short` (may be left out) says that only must-haves
were asked. Nothing else is allowed, so that nothing is carried along unseen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fidelity.collect import columns as cols
from fidelity.collect.concerns import Concern, concerns_in, told_first
from fidelity.collect.delimited import TextTable, decode, read_bytes
from fidelity.collect.record_check import (
    FORMAT,
    FORMAT_VERSION,
    KEYS,
    MAX_RECORD,
    ShapeError,
    parsed,
    plain,
    record_faults,
    worries,
)
from fidelity.errors import Fault, FileError, RatingsError
from fidelity.rubric.derived import whole_of
from fidelity.rubric.model import Rubric
from fidelity.rubric.strict_yaml import cut


@dataclass(frozen=True)
class Stamp:
    """The rubric of a form, at its version; `short` where only must-haves were asked."""

    id: str
    version: str
    fingerprint: str
    short: bool = False


@dataclass(frozen=True)
class Rating:
    """One item of the sitting; `value` is a level, a code or "" where it is not answered."""

    rubric: str
    item: str
    value: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Record:
    """A sitting, as a form saves it.

    Attributes:
        rubrics: the stamps of what was scored.
        assessment: piece, rater and what else is known, by column.
        ratings: the answers, in the order of the form.
        concern: the answer to the question that opens every form, by column.
        made_at: when it was saved, local time (2026-04-02T10:15:00).
        name: the file, for messages.
    """

    rubrics: tuple[Stamp, ...]
    assessment: Mapping[str, str]
    ratings: tuple[Rating, ...]
    concern: Mapping[str, str] = field(default_factory=dict)
    made_at: str = ""
    name: str = "record"

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """The worry about a child that the form carries, if any."""
        return concerns_in([{**self.assessment, **self.concern}])

    def table(self, rubric: Rubric) -> TextTable:
        """What was scored with one rubric, a row an item; notes are left out.

        Raises:
            RatingsError: it was not scored with this rubric, or with another version of it.
        """
        stamp = next((s for s in self.rubrics if s.id == rubric.id), None)
        whole = whole_of(rubric)
        if stamp is None or (stamp.version, stamp.fingerprint) != (
            whole.version, whole.fingerprint,
        ):  # fmt: skip
            raise told_first(RatingsError(self.name, [_other(self, stamp, rubric)]), self.concerns)
        given = [r for r in self.ratings if r.rubric == rubric.id]
        answers = {rating.item: rating for rating in given}
        numbers = {id(rating): n for n, rating in enumerate(self.ratings, start=1)}
        asked = rubric.must_haves if stamp.short else rubric.items
        rows = [*given, *(Rating(rubric.id, item) for item in asked if item not in answers)]
        places = [
            f"rating {numbers[id(row)]} (item {row.item})" if id(row) in numbers
            else f"item {row.item}" for row in rows
        ]  # fmt: skip
        shared = {**self.assessment, **self.concern, cols.FORM: "short" if stamp.short else ""}
        columns: dict[str, list[str | None]] = {
            key: [value] * len(rows) for key, value in shared.items() if value
        }
        for key in ("item", "value", "reason"):
            columns[key] = [getattr(row, key) or None for row in rows]
        return TextTable(self.name, columns, places)

    def as_json(self) -> str:
        """The record as text; blank answers and keys that say nothing are left out."""
        stamps: list[dict[str, Any]] = []
        for s in self.rubrics:
            stamp = {"id": s.id, "version": s.version, "fingerprint": s.fingerprint}
            stamps.append({**stamp, "short": True} if s.short else {**stamp})
        ratings = [
            {"rubric": r.rubric, "item": r.item, "value": r.value}
            | {key: text for key, text in (("reason", r.reason), ("note", r.note)) if text}
            for r in self.ratings
        ]
        record = {
            "format": FORMAT, "format_version": FORMAT_VERSION, "rubrics": stamps,
            "assessment": {key: text for key, text in self.assessment.items() if text},
            "ratings": ratings,
            "concern": {key: text for key, text in self.concern.items() if text},
            "made_at": self.made_at,
        }  # fmt: skip
        return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def write_record(record: Record, path: str | Path) -> Path:
    """Write a record, whole or not at all.

    Raises:
        RatingsError: it would be refused on reading.
        FileError: the file cannot be written.
    """
    path = Path(path)
    text = record.as_json()
    record_from_text(text, path.name)
    half = path.with_name(f".{path.name}.part")
    try:
        half.write_text(text, encoding="utf-8", newline="\n")
        os.replace(half, path)  # noqa: PTH105 - atomic, also over an existing file on Windows
    except OSError as error:
        half.unlink(missing_ok=True)
        raise FileError(f"{path.name}: cannot be written: {error.strerror or error}.") from None
    return path


def read_record(path: str | Path) -> Record:
    """Read a record from a file.

    Raises:
        FileError: it cannot be opened, decoded, or is no JSON.
        RatingsError: everything in it that is wrong, each by its place; an open concern is told
            first.
    """
    path = Path(path)
    text, _ = decode(read_bytes(path, MAX_RECORD), path.name)
    return record_from_text(text, path.name)


def record_from_text(text: str, name: str = "record") -> Record:
    """Read a record from the text that a form saves or shows for copying; see `read_record`."""
    found = parsed(text, name)
    try:
        faults = record_faults(found, name)
    except ShapeError as wrong:
        faults = [wrong.fault]
    if faults:
        raise told_first(RatingsError(name, faults), worries(found))
    ratings = tuple(
        Rating(*(plain(row.get(key)) for key in ("rubric", "item", "value", "reason", "note")))
        for row in found["ratings"]
    )
    return Record(
        tuple(_stamp(stamp) for stamp in found["rubrics"]), _plains(found["assessment"]), ratings,
        _plains(found["concern"]), found["made_at"], name,
    )  # fmt: skip


def _plains(part: Mapping[str, Any]) -> dict[str, str]:
    return {key: plain(value) for key, value in part.items()}


def _stamp(part: Mapping[str, Any]) -> Stamp:
    rubric, version, fingerprint = (plain(part[key]) for key in KEYS["rubrics"][0])
    return Stamp(rubric, version, fingerprint, part.get("short", False))


def _other(record: Record, stamp: Stamp | None, rubric: Rubric) -> Fault:
    """The fault of a record that was scored with something else."""
    if stamp is None:
        named = ", ".join(f"{s.id} {s.version}" for s in record.rubrics)
        return Fault(record.name, f"scored with {cut(named)}", rubric.label,
                     "read it with the rubric that it was scored with")  # fmt: skip
    return Fault(
        record.name,
        f"scored with {stamp.id} {stamp.version} ({stamp.fingerprint})",
        f"{rubric.label}, which you are reading with",
        "read it with the rubric file of that version, or score again; never mix the two",
    )
