"""Workbooks that were made to do harm, or that were damaged on the way: name, bytes, words.

Each is built here, byte by byte, as small as it can be. The words are what the refusal must say.
"""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Mapping

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_BOOK = (
    f'<workbook {_MAIN} xmlns:r="{_REL}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_BOOK_RELS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)


def sheet(data: str, before: str = "", after: str = "") -> str:
    """A worksheet part around rows."""
    return f"<worksheet {_MAIN}>{before}<sheetData>{data}</sheetData>{after}</worksheet>"


def parts(data: str | bytes) -> dict[str, str | bytes]:
    """The parts of the smallest workbook, its one sheet given."""
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "xl/workbook.xml": _BOOK,
        "xl/_rels/workbook.xml.rels": _BOOK_RELS,
        "xl/worksheets/sheet1.xml": data,
    }


def zipped(members: Mapping[str, str | bytes], compress: bool = True) -> bytes:
    """A zip of parts."""
    held = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(held, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


def workbook(data: str | bytes, **more: str | bytes) -> bytes:
    """The smallest workbook around one sheet; `more` parts by name."""
    return zipped({**parts(data), **more})


def streamed(begin: str, repeated: str, times: int, end: str, noise: int = 0) -> bytes:
    """A workbook whose sheet repeats one piece of text very often, never held in memory whole.

    So many bytes of `noise`, which no zip makes smaller, hide how well the rest was compressed.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\x89" + random.Random(0).randbytes(noise))
        for name, content in parts("").items():
            if name != "xl/worksheets/sheet1.xml":
                archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            stream.write(begin.encode())
            block = repeated.encode() * 10_000
            for _ in range(times // 10_000):
                stream.write(block)
            stream.write(end.encode())
    return held.getvalue()


_NOISE = 500_000
_OPEN, _CLOSE = sheet("|").split("|")
_ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'


def _declared_smaller(size: int) -> bytes:
    """A bomb whose directory says that it is small."""
    content = bytearray(streamed(_OPEN, " ", 80_000_000, _CLOSE))
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(content)


def _encrypted() -> bytes:
    """An Office file under a password: an OLE container with a stream of that name."""
    name = "EncryptedPackage".encode("utf-16-le")
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + name + bytes(512)


def _flagged() -> bytes:
    content = bytearray(workbook(sheet(_ROW)))
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def _twice() -> bytes:
    held = io.BytesIO(workbook(sheet(_ROW)))
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr("XL/worksheets/sheet1.xml", sheet(""))
    return held.getvalue()


def _far(place: str) -> bytes:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return workbook(sheet(f'<row r="{row}"><c r="{place}"><v>1</v></c></row>'))


def _flipped() -> bytes:
    content = bytearray(workbook(sheet(_ROW)))
    at = content.index(b"worksheets/sheet1.xml") + len("worksheets/sheet1.xml") + 10
    content[at] ^= 0xFF
    return bytes(content)


_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
_CELL = '<c r="A1"><v>1</v></c>'


def many_newlines() -> bytes:
    """Just within the limits: slow to read for one who takes each line on its own."""
    return streamed(_OPEN, "\n", 39_000_000, _CLOSE, _NOISE)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "csv renamed": (lambda: b"piece,rater,m1\n1,A,3\n", "Rename it to end in .csv"),
    "csv renamed, cp1252": (lambda: "pièce;é\n".encode("cp1252"), "Rename it"),
    "web page": (lambda: b"<html><table><tr><td>1</table>", "web page"),
    "noise": (lambda: bytes(range(256)) * 20, "not an Excel workbook"),
    "password": (_encrypted, "password"),
    "old xls": (lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000), ".xls"),
    "binary workbook": (
        lambda: zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"\0\1"}), ".xlsb",
    ),
    "a zip of something else": (lambda: zipped({"notes.txt": "hello"}), "no Excel workbook"),
    "a text document": (
        lambda: zipped({"[Content_Types].xml": _TYPES, "word/document.xml": "<d/>"}),
        "no Excel workbook",
    ),
    "truncated": (lambda: workbook(sheet(_ROW))[:-200], "damaged"),
    "cut after the first part": (lambda: workbook(sheet(_ROW))[:300], "damaged"),
    "a byte flipped": (_flipped, "damaged"),
    "parts under a password": (_flagged, "password"),
    "the same part twice": (_twice, "same name"),
    "a path outside": (
        lambda: workbook(sheet(_ROW), **{"../../evil.xml": "<x/>"}), "leads outside",
    ),
    "an absolute path": (lambda: workbook(sheet(_ROW), **{"/etc/evil": "x"}), "leads outside"),
    "a drive": (lambda: workbook(sheet(_ROW), **{"C:/evil": "x"}), "leads outside"),
    "5,000 parts": (
        lambda: workbook(sheet(_ROW), **{f"xl/x{n}": "x" for n in range(5000)}), "parts inside",
    ),
    "300 MB of spaces": (lambda: streamed(_OPEN, " " * 100, 3_000_000, _CLOSE), "unpack to"),
    "30 MB in 30 kB": (lambda: streamed(_OPEN, "\n", 30_000_000, _CLOSE), "times the size"),
    "a bomb that says it is small": (lambda: _declared_smaller(2000), "damaged"),
    "a cell at the far corner": (lambda: _far("XFD1048576"), "reaches"),
    "a cell far to the right": (lambda: _far("ZZZ1"), "reaches out"),
    "a cell far down": (lambda: _far("A900000"), "reaches down"),
    "a million rows": (
        lambda: streamed(_OPEN, "<row><c><v>1</v></c></row>", 1_050_000, _CLOSE, _NOISE),
        "reaches down",
    ),
    "a million cells in rows": (
        lambda: streamed(
            _OPEN, "<row>" + "<c><v>1</v></c>" * 60 + "</row>", 20_000, _CLOSE, _NOISE
        ),
        "cells",
    ),
    "a million cells in one row": (
        lambda: streamed(_OPEN + "<row>", "<c/>", 1_000_000, "</row>" + _CLOSE), "reaches out",
    ),
    "two million elements": (
        lambda: streamed(_OPEN, "<x a='1'/>", 2_500_000, _CLOSE, _NOISE), "more, or deeper nested",
    ),
    "half a million elements deep": (
        lambda: streamed(_OPEN, "<x>", 500_000, "</x>" * 500_000 + _CLOSE), "deeper nested",
    ),
    "one attribute of megabytes": (
        lambda: workbook(sheet(f'<row a="{bytes(range(97, 123)).decode() * 100_000}"/>')),
        "longer than any",
    ),
    "one comment of megabytes": (
        lambda: workbook(sheet(f"<!-- {'a > b <' * 400_000} -->")), "longer than any",
    ),
    "billion laughs": (
        lambda: workbook(_LAUGHS + sheet('<row><c t="str"><v>&c;</v></c></row>')), "entities",
    ),
    "an entity from a file": (
        lambda: workbook(_OUTSIDE + sheet('<row><c t="str"><v>&a;</v></c></row>')), "entities",
    ),
    "entities under another encoding": (
        lambda: workbook((_LAUGHS + sheet(_ROW)).encode("utf-16")), "entities",
    ),
    "entities in the styles": (
        lambda: workbook(sheet(_ROW), **{"xl/styles.xml": _LAUGHS + "<styleSheet/>"}), "entities",
    ),
    "broken XML": (lambda: workbook("<worksheet><row></worksheet>"), "damaged"),
    "rows out of order": (lambda: workbook(sheet(f'<row r="5">{_CELL}</row>{_ROW}')), "damaged"),
    "cells out of order": (
        lambda: workbook(sheet('<row r="1"><c r="C1"/><c r="A1"/></row>')), "damaged",
    ),
    "the same cell twice": (
        lambda: workbook(sheet(f'<row r="1">{_CELL}{_CELL}</row>')), "damaged",
    ),
    "a cell of another row": (lambda: workbook(sheet('<row r="1"><c r="A7"/></row>')), "damaged"),
    "a cell without a number": (lambda: workbook(sheet('<row r="1"><c r="A"/></row>')), "damaged"),
    "a cell with no column": (lambda: workbook(sheet('<row r="1"><c r="1"/></row>')), "damaged"),
    "a row with no number": (lambda: workbook(sheet('<row r="x"/>')), "damaged"),
    "a row with a long number": (lambda: workbook(sheet(f'<row r="{"9" * 5000}"/>')), "damaged"),
    "a merge without cells": (lambda: workbook(sheet("", after="<mergeCell/>")), "damaged"),
    "a merge of nothing": (
        lambda: workbook(sheet("", after='<mergeCells><mergeCell ref="A:B"/></mergeCells>')),
        "damaged",
    ),
    "columns without numbers": (
        lambda: workbook(sheet("", before='<cols><col hidden="1"/></cols>')), "damaged",
    ),
}  # fmt: skip
