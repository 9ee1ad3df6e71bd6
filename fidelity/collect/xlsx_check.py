"""Is this workbook safe to hand to a parser? Looked at as a stream, before any parser sees it.

A workbook is a zip of XML. A small file can unpack to gigabytes, name a cell a million rows down,
or hold thousands of nested elements; parsers of workbooks check none of this. So every part is
unpacked here piece by piece, counted, and thrown away. On the way is noted what a reader of
values alone would not see: formulas, merged cells, hidden rows and columns.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import NoReturn
from xml.parsers import expat

from fidelity.errors import FileError

#: Limits on the file, on what it unpacks to, and on what a sheet may hold.
MAX_FILE = 20_000_000
MAX_UNPACKED = 40_000_000
MAX_RATIO = 200
MAX_MEMBERS = 1000
MAX_CELLS = 400_000
MAX_ROW = 20_000
MAX_COLUMN = 500
_MAX_ELEMENTS = 1_200_000
_MAX_DEPTH = 100
_CHUNK = 1 << 20
_RANGE = re.compile(r"[A-Z]{1,3}[0-9]{1,7}(:[A-Z]{1,3}[0-9]{1,7})?")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_XML_STARTS = (b"<", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe", b"\0<", b" ", b"\t", b"\r", b"\n")
_TOO_LARGE = "Delete what is not needed, split it, or save the sheet as 'CSV UTF-8'."


@dataclass
class SheetFacts:
    """What values alone do not tell about a sheet; rows and columns count from 1.

    Attributes:
        formulas: (row, column) of each cell that holds a formula.
        merged: ranges of merged cells, such as "B4:C6".
        hidden_rows: numbers of hidden rows.
        hidden_columns: first and last number of each run of hidden columns.
    """

    formulas: set[tuple[int, int]] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)


def check_xlsx(content: bytes, name: str) -> dict[str, SheetFacts]:
    """Refuse a workbook that is damaged, hostile, or larger than is safe.

    Args:
        content: the whole file.
        name: its name, for messages.

    Returns:
        What was noted on each worksheet, by the name of its part in the zip.

    Raises:
        FileError: why it is not read, and what to do.
    """
    if not content.startswith(b"PK"):
        raise FileError(f"{name}: {_not_a_workbook(content)}")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(name, members, len(content))
            facts = {}
            counts = _Counts(name)
            for member in members:
                with archive.open(member) as stream:
                    part = _Part(counts, member.filename)
                    part.read(iter(partial(stream.read, _CHUNK), b""))
                if part.root == "worksheet":
                    facts[member.filename] = part.facts
            return facts
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError,
            LookupError, OverflowError) as error:  # fmt: skip
        raise FileError(
            f"{name}: the file is damaged or not completely copied ({error}). Open it in Excel, "
            "save it again, and copy it again."
        ) from None


def _not_a_workbook(content: bytes) -> str:
    """In plain words, what a file is that ends in .xlsx and is no zip."""
    start = content[:2000].lstrip().lower()
    if not content:
        return "the file is empty. Copy it again."
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            return (
                "it is protected by a password. Open it in Excel, take the password off "
                "(File, Info, Protect Workbook), and save it."
            )
        return "it is an old Excel file (.xls). Open it in Excel and save it as .xlsx."
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        return "it is a web page or XML under another name. Open it in Excel and save it as .xlsx."
    if b"\0" not in content[:2000]:
        return "it is text, perhaps a CSV file under another name. Rename it to end in .csv."
    return "it is not an Excel workbook, or it is damaged. Save it again from Excel as .xlsx."


def _check_members(name: str, members: list[zipfile.ZipInfo], size: int) -> None:
    """What the list of parts alone shows, before anything is unpacked."""

    def refuse(why: str) -> NoReturn:
        raise FileError(f"{name}: {why}")

    names = [member.filename for member in members]
    if len(members) > MAX_MEMBERS:
        refuse(f"{len(members):,} parts inside; a workbook has at most {MAX_MEMBERS:,}.")
    if len({part.lower() for part in names}) < len(names):
        refuse("two parts inside have the same name. Save it again from Excel.")
    for part in names:
        if part.startswith("/") or "\\" in part or ":" in part or ".." in part.split("/"):
            refuse("a part inside has a path that leads outside. Do not open this file.")
    if any(member.flag_bits & 1 for member in members):
        refuse("its parts are protected by a password. Save it from Excel without one.")
    if "xl/workbook.bin" in names:
        refuse("it is a binary workbook (.xlsb). Open it in Excel and save it as .xlsx.")
    if "[Content_Types].xml" not in names or not any(part.startswith("xl/") for part in names):
        refuse("it is a zip file, but no Excel workbook inside. Save it from Excel as .xlsx.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or unpacked > max(MAX_RATIO * size, MAX_UNPACKED // 4):
        refuse(
            f"{size:,} bytes that unpack to {unpacked:,}; at most {MAX_UNPACKED:,} are read, "
            f"and at most {MAX_RATIO} times the size of the file. {_TOO_LARGE}"
        )


@dataclass
class _Counts:
    """What was counted so far in all parts together."""

    name: str
    unpacked: int = 0
    elements: int = 0
    cells: int = 0


class _Part:
    """One part of the zip, read as a stream; only counts and facts are kept."""

    def __init__(self, counts: _Counts, part: str) -> None:
        self.counts, self.part = counts, part
        self.root = ""
        self.facts = SheetFacts()
        self._started = self._row = self._column = 0
        self._most = _MAX_ELEMENTS - counts.elements
        self._ended: list[str] = []  # its length counts; appending is quicker than any function
        self._events: deque[object] = deque(maxlen=1)
        self._known: dict[str, int] = {}

    def refuse(self, why: str) -> NoReturn:
        raise FileError(f"{self.counts.name}: {why}")

    def read(self, chunks: Iterator[bytes]) -> None:
        """Unpack a part; what is not XML is only counted."""
        parser = None
        for n, chunk in enumerate(chunks):
            self.counts.unpacked += len(chunk)
            if self.counts.unpacked > MAX_UNPACKED:
                self.refuse(f"it unpacks to more than {MAX_UNPACKED:,} bytes. {_TOO_LARGE}")
            if n == 0 and chunk.startswith(_XML_STARTS):
                parser = self._parser()
            if parser is not None:
                self._parse(parser, chunk)
        if parser is not None:
            self._parse(parser, b"")
        self.counts.elements += self._started

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.CharacterDataHandler = self._events.append
        parser.CommentHandler = self._events.append
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._ended.append
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def _parse(self, parser: expat.XMLParserType, chunk: bytes) -> None:
        before = self._started
        self._events.clear()
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            raise ValueError(f"{self.part}: {error}") from None
        if len(chunk) == _CHUNK and before == self._started and not self._events:
            # One tag of more than a megabyte: each parser would read it again and again.
            self.refuse("a tag inside is longer than any that Excel writes. Do not open this file.")

    def _doctype(self, *_: object) -> None:
        self.refuse("it declares XML entities, which Excel never does. Do not open this file.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._started += 1
        if self._started - len(self._ended) > _MAX_DEPTH or self._started > self._most:
            self.refuse(f"it holds more, or deeper nested, XML than a workbook does. {_TOO_LARGE}")
        if self.root == "worksheet":
            self._sheet(tag[tag.rfind("}") + 1 :], attributes)
        elif not self.root:
            self.root = tag[tag.rfind("}") + 1 :]

    def _sheet(self, tag: str, attributes: dict[str, str]) -> None:
        """Count cells and note what lies in a worksheet."""
        if tag == "c":
            self._cell(attributes.get("r"))
        elif tag == "f":
            self.facts.formulas.add((self._row, self._column))
        elif tag == "row":
            self._next_row(attributes.get("r"))
            if attributes.get("hidden") in {"1", "true"}:
                self.facts.hidden_rows.add(self._row)
        elif tag == "col" and attributes.get("hidden") in {"1", "true"}:
            self.facts.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))
        elif tag == "mergeCell":
            if not _RANGE.fullmatch(attributes["ref"]):
                raise ValueError(f'"{attributes["ref"][:20]}" is no range of cells')
            self.facts.merged.append(attributes["ref"])

    def _next_row(self, number: str | None) -> None:
        row = self._row + 1 if number is None else int(number)
        if row <= self._row:
            raise ValueError(f"row {row} stands after row {self._row}")  # a parser would drop it
        if row > MAX_ROW:
            self.refuse(f"a sheet reaches down to row {row:,}. {_far()}")
        self._row, self._column = row, 0

    def _cell(self, place: str | None) -> None:
        self.counts.cells += 1
        if self.counts.cells > MAX_CELLS:
            self.refuse(f"more than {MAX_CELLS:,} cells. {_TOO_LARGE}")
        column = self._column + 1 if place is None else self._column_of(place)
        if column > MAX_COLUMN:
            self.refuse(f"a sheet reaches out to cell {place or column}. {_far()}")
        if column <= self._column:
            raise ValueError(f"cell {place} stands out of order")  # a parser would drop it
        self._column = column

    def _column_of(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        if letters not in self._known:
            self._known[letters] = _number(letters)
        if place[len(letters) :] != str(self._row):
            raise ValueError(f"cell {place[:20]} stands in row {self._row}")
        return self._known[letters]


def _far() -> str:
    return (
        f"At most {MAX_ROW:,} rows and {MAX_COLUMN} columns are read. Delete the empty rows and "
        "columns beyond the data, and save it."
    )


def _number(letters: str) -> int:
    """The number of a column from its letters: A is 1, XFD is 16,384."""
    if not (0 < len(letters) <= 3 and letters.isascii() and letters.isupper()):
        raise ValueError(f'"{letters[:20]}" is no column')
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
