"""An authority's own audit export, described: which column is what, and which grade which level.

The description is a small YAML file, drafted by `fidelity mapping` and finished by hand::

    format: fidelity-mapping-1
    rubric: sos_case_file
    dates: day_first
    columns:
      - {column: "Audit ID", is: piece}
      - {column: "Is the map complete?", is: m1}
      - {column: "Auditor e-mail", is: ignored}
    answers:
      - {given: "Fully met", is: "5"}
      - {given: "Yes", is: "3", for: [o1, o2]}
    always:
      rater_role: peer

Nothing is dropped in silence: each column of the file stands in the description, each text under
an item is an answer or is translated into one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from fidelity.collect import columns as cols
from fidelity.collect.answers import SPACES, read_answer
from fidelity.collect.delimited import TextTable
from fidelity.collect.source import ROW, Source
from fidelity.errors import Fault, RatingsError, RubricError, UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from fidelity.rubric.checks import nearest
from fidelity.rubric.strict_yaml import Document, cut, read_document

FORMAT = "fidelity-mapping-1"
IGNORED, UNDECIDED = "ignored", "?"
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
_KEYS = ("format", "rubric", "sheet", "dates", "columns", "answers", "always")
_TIME = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?[AaPp][Mm])?$")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})")
_TELL = 20


@dataclass(frozen=True)
class Mapping:
    """What the columns and answers of somebody else's export are here.

    Attributes:
        name: the file of the description, for messages.
        rubric: id of the rubric.
        columns: our column or item by heading of the file; "ignored" for what is not read.
        answers: level or code by item ("" for all) and text as given, in small letters.
        always: what holds for every row, by our column.
        dates: whether days written with slashes have the day or the month first.
        sheet: name of the sheet in an Excel file; None for the first.
    """

    name: str
    rubric: str
    columns: Dict[str, str]
    answers: Dict[tuple[str, str], str] = field(default_factory=dict)
    always: Dict[str, str] = field(default_factory=dict)
    dates: str = DAY_FIRST
    sheet: str | None = None


def folded(text: str) -> str:
    """A text as answers are compared: no capitals, single spaces."""
    return " ".join(text.strip(SPACES).casefold().split())


def read_mapping(path: str | Path, rubric: Rubric | None = None) -> Mapping:
    """Read a description.

    Args:
        path: the YAML file.
        rubric: the rubric it is for, where that does not ship.

    Raises:
        FileError: it cannot be opened.
        RatingsError: everything that is wrong in it, by line.
    """
    try:
        document = read_document(Path(path))
    except RubricError as error:
        raise RatingsError(error.subject, error.faults, error.total) from None
    content, faults = document.content, [fault for _, fault in document.faults]
    for key in content:
        if key not in _KEYS:
            where = document.where((key,))
            faults.append(Fault(where, f'the key "{cut(str(key))}"', ", ".join(_KEYS),
                                nearest(str(key), _KEYS)))  # fmt: skip
    if content.get("format") != FORMAT:
        faults.append(Fault(document.where(("format",)), "another format", FORMAT,
                            "draft it again with: fidelity mapping"))  # fmt: skip
    known = _rubric(content.get("rubric"), rubric, document, faults)
    items = list(known.items) if known else []
    columns = _columns(document, items, faults)
    answers = _answers(document, known, faults)
    always = _always(document, faults)
    dates = content.get("dates", DAY_FIRST)
    if dates not in {DAY_FIRST, MONTH_FIRST}:
        faults.append(Fault(document.where(("dates",)), f'dates "{cut(str(dates))}"',
                            f"{DAY_FIRST} or {MONTH_FIRST}", "write one of these"))  # fmt: skip
    faults += _missing(document, columns, always)
    if faults or known is None:
        raise RatingsError(document.name, dict.fromkeys(faults))
    sheet = content.get("sheet")
    return Mapping(document.name, known.id, columns, answers, always, str(dates),
                   str(sheet) if sheet else None)  # fmt: skip


def _rubric(
    name: Any, given: Rubric | None, document: Document, faults: list[Fault]
) -> Rubric | None:
    if given is not None and name == given.id:
        return given
    if name in rubric_ids():
        return read_rubric(str(name))
    faults.append(Fault(document.where(("rubric",)), f'rubric "{cut(str(name or ""))}"',
                        ", ".join(rubric_ids()), nearest(str(name), rubric_ids())))  # fmt: skip
    return None


def _listed(document: Document, key: str, faults: list[Fault]) -> list[tuple[int, dict[str, Any]]]:
    """The parts of a list that can be looked at."""
    rows = document.content.get(key) or []
    if not isinstance(rows, list):
        faults.append(Fault(document.where((key,)), f"{key} is no list", "lines that begin with -",
                            "draft it again with: fidelity mapping"))  # fmt: skip
        return []
    return [(n, row) for n, row in enumerate(rows) if isinstance(row, dict)]


def _columns(document: Document, items: list[str], faults: list[Fault]) -> dict[str, str]:
    columns: dict[str, str] = {}
    ours = [*sorted(cols.KNOWN - {*cols.LONG, cols.FORM}), *items, IGNORED]
    for n, row in _listed(document, "columns", faults):
        where, name = document.where(("columns", n)), str(row.get("column") or "")
        is_what = str(row.get("is") or "").lower()
        if is_what == UNDECIDED:
            faults.append(Fault(where, f'"{cut(name)}" is not decided yet', ", ".join(ours[-40:]),
                                f"say what it is, or write {IGNORED}"))  # fmt: skip
        elif is_what not in ours:
            faults.append(Fault(where, f'"{cut(name)}" is "{cut(is_what)}"', ", ".join(ours[-40:]),
                                nearest(is_what, ours)))  # fmt: skip
        elif not name or name in columns:
            faults.append(Fault(where, f'the column "{cut(name)}" is blank or stands twice',
                                "each heading once", "delete one of the lines"))  # fmt: skip
        elif is_what != IGNORED and is_what in columns.values():
            faults.append(Fault(where, f"two columns are {is_what}", "one each",
                                f"write {IGNORED} for one of them"))  # fmt: skip
        else:
            columns[name] = is_what
    return columns


def _answers(
    document: Document, rubric: Rubric | None, faults: list[Fault]
) -> dict[tuple[str, str], str]:
    answers: dict[tuple[str, str], str] = {}
    for n, row in _listed(document, "answers", faults):
        where, given, level = document.where(("answers", n)), row.get("given"), row.get("is")
        which = row.get("for") or [""]
        which = which if isinstance(which, list) else [which]
        if level is None or str(level) == UNDECIDED or not given:
            faults.append(Fault(where, f'"{cut(str(given))}" is not decided yet', "a level or code",
                                "write what it is on the scale of the rubric"))  # fmt: skip
            continue
        for item in map(str, which):
            if rubric and item and item not in rubric.items:
                faults.append(Fault(where, f'no item "{cut(item)}" in {rubric.id}',
                                    "the items of the rubric", nearest(item, rubric.items))
                              )  # fmt: skip
            answers[item, folded(str(given))] = str(level)
    return answers


def _always(document: Document, faults: list[Fault]) -> dict[str, str]:
    always = document.content.get("always") or {}
    if not isinstance(always, dict):
        always = {}
    ours = sorted(cols.KNOWN - {*cols.LONG, *cols.CONCERN, "reason", cols.NOTE})
    for name, text in always.items():
        if str(text) == UNDECIDED:
            faults.append(Fault(document.where(("always", name)), f"{name} is not decided yet",
                                "a text that holds for every row", "write it, or name a column")
                          )  # fmt: skip
        if name not in ours:
            faults.append(Fault(document.where(("always", name)), f'the column "{cut(str(name))}"',
                                ", ".join(ours), nearest(str(name), ours)))  # fmt: skip
    return {str(name): str(text) for name, text in always.items()}


def _missing(document: Document, columns: Dict[str, str], always: Dict[str, str]) -> list[Fault]:
    where = document.where(("columns",))
    return [
        Fault(where, f"no column is {name}", f"one that is {name}",
              f"say which column holds it, or put {name}: under always")
        for name in cols.REQUIRED
        if name not in columns.values() and name not in always
    ]  # fmt: skip


def applied(mapping: Mapping, table: TextTable, rubric: Rubric) -> TextTable:
    """A table in our columns and answers.

    Raises:
        UsageError: the rubric is not the one of the description.
        RatingsError: columns that the description does not name, columns that are not there, and
            answers that are none; by cell.
    """
    if mapping.rubric != rubric.id:
        raise UsageError(f"{mapping.name} is for {mapping.rubric}, not for {rubric.id}.")
    faults = _headings(mapping, table)
    columns: dict[str, list[str | None]] = {}
    said: list[str] = []
    for heading, ours in mapping.columns.items():
        cells = table.columns.get(heading)
        if cells is None or ours == IGNORED:
            continue
        if ours in rubric.items:
            columns[ours] = _translated(mapping, ours, cells)
            faults += _no_answers(mapping, table, rubric, heading, ours, columns[ours])
        elif ours in cols.DATES:
            columns[ours] = [cell and _day(cell, mapping.dates) for cell in cells]
            if any(cell and _TIME.search(cell.strip()) for cell in cells):
                said.append(f"{table.name}: the time of day in {heading} was left out.")
        else:
            columns[ours] = cells
    for name, text in mapping.always.items():
        columns.setdefault(name, [text] * len(table.places))
    if faults:
        raise RatingsError(table.name, faults)
    letters = {mapping.columns[h]: letter for h, letter in table.letters.items()}
    ignored = [h for h, ours in mapping.columns.items() if ours == IGNORED]
    if ignored:
        said.append(f"{table.name}: not read: {', '.join(map(cut, ignored))}.")
    return TextTable(table.name, columns, table.places, (*table.notes, *said), letters)


def _headings(mapping: Mapping, table: TextTable) -> list[Fault]:
    where = f"{table.name}, headings"
    missing = [name for name in mapping.columns if name not in table.columns]
    unknown = [name for name in table.columns if name not in mapping.columns]
    return [
        Fault(where, f'no column "{cut(name)}"', f"the columns in {mapping.name}",
              "export it as before, or draft the description again")
        for name in missing
    ] + [
        Fault(where, f'the column "{cut(name)}" is not described', f"columns in {mapping.name}",
              f"add it there, or write {IGNORED}")
        for name in unknown
    ]  # fmt: skip


def _translated(mapping: Mapping, item: str, cells: Iterable[str | None]) -> list[str | None]:
    known: dict[str, str] = {}

    def one(cell: str) -> str:
        if cell not in known:
            text = folded(cell)
            general = mapping.answers.get(("", text), cell)
            known[cell] = mapping.answers.get((item, text), general)
        return known[cell]

    return [cell and one(cell) for cell in cells]


def _no_answers(
    mapping: Mapping, table: TextTable, rubric: Rubric, heading: str, item: str,
    translated: list[str | None],
) -> list[Fault]:  # fmt: skip
    """Texts under an item that are no answer, each text once."""
    scale, source = rubric.scale_of(item), Source(table.name, table.places, table.letters)
    seen: set[str] = set()
    faults = []
    for row, text in enumerate(translated):
        if not text or text in seen or read_answer(text, scale) is not None:
            continue
        seen.add(text)
        if len(seen) <= _TELL:
            where = source.where({ROW: row}, heading)
            remedy = (
                f'say under answers in {mapping.name} what it is: {{given: "{cut(text)}", is: }}'
            )
            faults.append(Fault(where, f'"{cut(text)}" for item {item}', scale.allowed, remedy))
    return faults


def _day(text: str, order: str) -> str:
    """A day without its time; with the month first where the description says so."""
    text = _TIME.sub("", text.strip())
    found = _SLASHED.fullmatch(text)
    if not found:
        return text
    first, second, year = found.groups()
    day, month = (second, first) if order == MONTH_FIRST else (first, second)
    full = f"20{year}" if len(year) == 2 else year
    try:
        return date(int(full), int(month), int(day)).isoformat()
    except ValueError:  # the gate, which reads days first, must not take it for one
        return f"{text} (month first)" if order == MONTH_FIRST else text
