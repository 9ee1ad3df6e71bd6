"""Delimited text comes in: decoded, split and counted, every cell still text.

Councils' files are UTF-8, UTF-16 or Windows-1252, with commas or semicolons. What was found is
said, never guessed in silence. Nothing is converted here: "007" keeps its zeros and "NA" is not
a missing value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fidelity.collect.concerns import concerns_in, told_first
from fidelity.collect.formulas import as_it_was
from fidelity.errors import Fault, FileError, RatingsError
from fidelity.rubric.strict_yaml import cut

#: Endings of files that are read as delimited text.
DELIMITED = frozenset({".csv", ".tsv", ".txt"})
#: Larger files belong in Parquet; the message says so.
MAX_BYTES = 200_000_000
MAX_COLUMNS = 500
_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


@dataclass(frozen=True)
class TextTable:
    """A table whose cells are all text.

    Attributes:
        name: file name, as it stands in messages.
        columns: text by column heading; None where a cell is empty.
        places: where each row stands, for messages ("line 7").
        notes: what was noticed while reading, in sentences.
        letters: for a workbook, the column letter by heading.
        reasons: why an item does not apply, by item, where the file says so beside the answer.
    """

    name: str
    columns: dict[str, list[str | None]]
    places: list[str]
    notes: tuple[str, ...] = ()
    letters: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, list[str | None]] = field(default_factory=dict)


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The content of a file that is not larger than is safe.

    Raises:
        FileError: it cannot be opened, is open in Excel, or is too large.
    """
    try:
        if path.stat().st_size > limit:
            raise FileError(
                f"{path.name}: {path.stat().st_size:,} bytes; at most {limit:,} are read from "
                "such a file. Split it, or save it as Parquet."
            )
        return path.read_bytes()
    except PermissionError:
        raise FileError(f"{path.name}: cannot be opened. Close it in Excel first.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise FileError(
            f"{path.name}: cannot be opened: {why}. Check the name and the folder."
        ) from None


def read_delimited(path: Path, limit: int = MAX_BYTES) -> TextTable:
    """Read a CSV file.

    Args:
        path: UTF-8 (with or without byte order mark), UTF-16 with one, or Windows-1252; commas,
            semicolons or tabs; the first row holds the headings.
        limit: bytes that are read at most.

    Raises:
        FileError: the file cannot be opened or decoded, or is too large.
        RatingsError: rows that are longer than the headings, and the like, all by line.
    """
    text, note = decode(read_bytes(path, limit), path.name)
    delimiter = _delimiter(text)
    notes = [note] if note else []
    if delimiter != ",":
        shown = {"\t": "tabs", ";": "semicolons"}[delimiter]
        notes.append(f"{path.name}: the columns are separated by {shown}.")
    return _table(path.name, text, delimiter, tuple(notes))


def decode(content: bytes, name: str) -> tuple[str, str]:
    """The text and a sentence on how it was decoded, where that is not plain UTF-8."""
    encoding = next((e for mark, e in _ENCODINGS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
        note = f"{name}: read as UTF-16." if encoding == "utf-16" else ""
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            kind = encoding.removesuffix("-sig").upper()
            raise FileError(
                f"{name}: broken {kind} text (byte {error.start + 1}); save it again from Excel as "
                "'CSV UTF-8'."
            ) from None
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError:
            raise FileError(
                f"{name}: neither UTF-8 nor Windows-1252 text (byte {error.start + 1}); "
                "save it again from Excel as 'CSV UTF-8'."
            ) from None
        note = f"{name}: not UTF-8, so read as Windows-1252; check accents and pound signs."
    if "\0" in text:
        raise FileError(
            f"{name}: not a text file (it holds NUL characters). If it is a table, save it again "
            "from Excel as 'CSV UTF-8'."
        )
    return text, note


def _delimiter(text: str) -> str:
    """The separator that stands most often in the first line."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    return max(",;\t", key=lambda mark: (first.count(mark), mark == ","))


def _rows(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        what = "a quotation mark that is opened and not closed"
        if "expected after" in str(error):
            what = "text behind a quotation mark that closes"
        remedy = "check the quotes on this line; two of them stand for one inside a quoted cell"
        allowed = "quotes around a whole cell, or no quotes"
        fault = Fault(f"{name} line {line}", what, allowed, remedy)
        raise RatingsError(name, [fault]) from None


def _table(name: str, text: str, delimiter: str, notes: tuple[str, ...]) -> TextTable:
    rows = _rows(name, text, delimiter)
    heading = next(rows, (1, []))[1]
    names = [cell.strip() for cell in heading]
    while names and not names[-1]:
        names.pop()
    columns: list[list[str | None]] = [[] for _ in names]
    places: list[str] = []
    try:
        short, faults = _fill(rows, columns, places, name)
        faults = heading_faults(name, names) + faults
        if faults:
            raise RatingsError(name, faults)
    except RatingsError as error:
        keys = [heading.lower() for heading in names]
        cells = (dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=False))
        raise told_first(error, concerns_in(cells)) from None
    if short:
        said = f"{name}: {len(short)} rows have fewer cells than headings (first: {short[0]})"
        notes = (*notes, f"{said}; the missing ones were read as blank.")
    return TextTable(name, dict(zip(names, columns, strict=True)), places, notes)


def _fill(
    rows: Iterator[tuple[int, list[str]]], columns: list[list[str | None]], places: list[str],
    name: str,
) -> tuple[list[str], list[Fault]]:  # fmt: skip
    """Put the cells of all rows in their columns; returns the short rows, and the faulty ones."""
    short, faults = [], []
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        place = f"line {line}"
        if any(cell.strip() for cell in row[len(columns) :]):
            what = f"{len(row)} cells, but {len(columns)} headings"
            remedy = "put quotes around a text that holds the separator"
            faults.append(Fault(f"{name} {place}", what, "a cell for each heading", remedy))
        if len(row) < len(columns):
            short.append(place)
        places.append(place)
        for n, column in enumerate(columns):
            cell = as_it_was(row[n].strip()) if n < len(row) else ""
            column.append(cell or None)
    return short, faults


def heading_faults(name: str, names: list[str]) -> list[Fault]:
    """What is wrong with the first row."""
    where = f"{name} line 1"
    if not names:
        allowed = "a first row with the names of the columns"
        return [Fault(where, "no headings", allowed, "write piece, rater, item and value there")]
    faults = []
    if len(names) > MAX_COLUMNS:
        what, remedy = f"{len(names)} columns", "delete those that are not needed"
        faults.append(Fault(where, what, f"at most {MAX_COLUMNS}", remedy))
    for n, heading in enumerate(names):
        if not heading:
            what = f"column {n + 1} has no heading"
            faults.append(Fault(where, what, "a name for each column", "name or delete it"))
        elif heading.lower() in {other.lower() for other in names[:n]}:
            what = f'the heading "{cut(heading)}" stands twice'
            faults.append(Fault(where, what, "each once", "rename or delete one of the columns"))
    return faults
