"""Hostile and messy files on their way in: what each is, and what must be said of it.

Every file is made here, by code. The words are what the refusal must say; where a file is to be
read all the same they begin with "read:", and what follows is to be said of it.
"""

import datetime as dt
import io
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import openpyxl

from fidelity.rubric import read_rubric
from tests.collect.hostile import HOSTILE, many_newlines, sheet, workbook
from tests.collect.sheets import put
from tests.collect.test_record import plain_record, sitting
from tests.collect.test_workbook_reader import changed_part

SOS = "sos_case_file"
Made = tuple[Callable[[], bytes], str]
LONG = "piece,rater,item,value\n"
WIDE = "piece,rater,m1,m2\n"
GOOD = "A1,R01,3,NA\n"


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: content.encode(encoding)


def _rows(n: int, line: str = "A{n},R01,{v},NA\n") -> str:
    return WIDE + "".join(line.format(n=n, v=1 + n % 5) for n in range(n))


CSV: dict[str, Made] = {
    "empty": (text(""), "headings"),
    "headings alone": (text(WIDE), "read: nothing in it"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(20_000), "neither"),
    "NULs": (text(WIDE + "A1,R01,3\0,NA\n"), "NUL characters"),
    "an Excel file": (lambda: HOSTILE["a cell far down"][0](), "CSV UTF-8"),
    "UTF-16 without a mark": (text(WIDE + GOOD, "utf-16-le"), "NUL characters"),
    "UTF-16 cut in half": (lambda: (WIDE + GOOD).encode("utf-16")[:-3], "broken UTF-16"),
    "a mark of UTF-8 and other bytes": (lambda: b"\xef\xbb\xbf" + b"piece,\xff\xfe\n", "broken"),
    "Windows-1252": (text("piece,rater,team,m1\nA1,R01,Größe £5,3\n", "cp1252"),
                     "read: read as Windows-1252"),
    "a quote that stays open": (text(WIDE + 'A1,"R01,3,NA\n'), "not closed"),
    "a quote in the middle": (text(WIDE + '"A"1,R01,3,NA\n'), "quotation mark that closes"),
    "more cells than headings": (text(WIDE + "A1,R01,3,NA,7\n"), "5 cells, but 4 headings"),
    "fewer cells than headings": (text(WIDE + "A1,R01\n"), "read: fewer cells than headings"),
    "a heading twice": (text("piece,rater,m1,M1\nA1,R01,3,3\n"), "stands twice"),
    "a heading that is blank": (text("piece,,rater,m1\nA1,x,R01,3\n"), "has no heading"),
    "600 columns": (text("piece,rater," + ",".join(f"x{n}" for n in range(600)) + "\n"),
                    "at most 500"),
    "25 megabytes": (lambda: (WIDE + GOOD * 2_100_000).encode(), "at most 20,000,000"),
    "a line of 8 megabytes": (text(WIDE + "A1,R01," + "3" * 8_000_000 + ",NA\n"), "quot"),
    "a text of 100,000 letters": (text(WIDE + "A" * 100_000 + ",R01,3,NA\n"),
                                  "more than 200 letters"),
    "one assessment 20,000 times": (text(WIDE + GOOD * 20_000), "stands 20000 times"),
    "20,000 assessments": (text(_rows(20_000)), "read: 20,000 new assessments"),
    "20,000 faults": (text(_rows(20_000, "A{n},R01,9,x\n")), "40000 problems"),
    "a million commas": (text(WIDE + "," * 1_000_000 + "\n" + GOOD), "read: 1 new assessment"),
    "300,000 blank lines": (text(WIDE + ",,,\n" * 300_000 + GOOD), "read: 1 new assessment"),
    "months first": (text("piece,rater,date,m1\nA1,R01,12/31/2026,3\n"), "not a date"),
    "a day that is not": (text("piece,rater,date,m1\nA1,R01,31/02/2026,3\n"), "not a date"),
    "a time with a zone": (text("piece,rater,date,m1\nA1,R01,2026-03-31T10:00Z,3\n"), "not a date"),
    "a year of the Romans": (text("piece,rater,date,m1\nA1,R01,01/01/0026,3\n"), "not a date"),
    "commas in decimals": (text('piece,rater,m1\nA1,R01,"3,0"\n'), '"3,0" for item m1'),
    "levels that are not": (text(WIDE + "A1,R01,6,2.5\n"), '"6" for item m1'),
    "items that are not": (text(LONG + "A1,R01,m99,3\n"), 'no item "m99"'),
    "no piece": (text(WIDE + ",R01,3,NA\n"), "no piece"),
    "names": (text(WIDE + "Kim Wong,R01,3,NA\n"), "piece seems to hold a name"),
    "a character that turns the line": (text(WIDE + "A\u202e1,R01,3,NA\n"), "cannot be seen"),
    "formulas": (text('piece,rater,team,m1\nA1,R01,"=HYPERLINK(""http://x"")",3\n'),
                 "read: 1 new assessment"),
    "old Macintosh lines": (lambda: (WIDE + GOOD).replace("\n", "\r").encode(),
                            "read: 1 new assessment"),
    "a web page": (text("<html><body><table><tr><td>1</td></tr></table></body></html>"), "piece"),
    "another version": (text("rubric_version,piece,rater,m1\n0.9.0,A1,R01,3\n"), "0.9.0"),
    "a rubric of nobody": (text("rubric,piece,rater,m1\nzz,A1,R01,3\n"), "no rubric here"),
    "twice and not the same": (text(WIDE + GOOD + "A1,R01,4,NA\n"), "stands 2 times"),
    "a child at risk in a broken file": (
        text('piece,rater,concern,m1\nA1,R01,yes,3\nA2,"R01,no,3\n'), "OPEN CONCERN"),
}  # fmt: skip


def _record(**parts: Any) -> Callable[[], bytes]:
    return lambda: json.dumps({**plain_record(), "concern": {"concern": "no"}, **parts}).encode()


JSON: dict[str, Made] = {
    "empty": (text(""), "no record of a form"),
    "cut off": (lambda: sitting(read_rubric(SOS)).as_json().encode()[:-40], "cut off"),
    "100,000 brackets": (lambda: b"[" * 100_000, "nested too deep"),
    "half a million lists": (lambda: b"[" + b"[]," * 300_000 + b"[]]", "no record in it"),
    "a number without end": (lambda: b'{"made_at": ' + b"9" * 900_000 + b"}", "format"),
    "1e999999": (lambda: b'{"format_version": 1e999999}', "format"),
    "not a number": (lambda: b'{"format": NaN}', "NaN is no JSON"),
    "a key twice": (lambda: b'{"format": 1, "format": 2}', "stands twice"),
    "a megabyte and more": (lambda: b" " * 1_000_001, "at most 1,000,000"),
    "2,001 ratings": (_record(ratings=plain_record()["ratings"] * 2001), "at most 2,000"),
    "30 rubrics": (_record(rubrics=plain_record()["rubrics"] * 30), "at most 20"),
    "a letter that is half": (lambda: sitting(read_rubric(SOS)).as_json().replace(
        '"0042"', '"\\ud800"').encode(), "cannot be seen"),
    "a text of 300,000 letters": (
        _record(assessment={"piece": "x" * 300_000, "rater": "A"}), "at most 200"),
    "a note of 300,000 letters": (_record(ratings=[{
        **plain_record()["ratings"][0], "note": "x" * 300_000}]), "at most 5,000"),
    "other bytes": (lambda: bytes(range(128, 256)) * 50, "neither UTF-8 nor Windows-1252"),
    "a web page": (text("<html><script>alert(1)</script>"), "no record of a form"),
    "a CSV file": (text(WIDE + GOOD), "no record of a form"),
    "another format": (_record(format="other"), "not fidelity-record 1"),
    "a key of JavaScript": (_record(__proto__={"x": 1}), 'the key "__proto__"'),
    "lists for texts": (_record(assessment={"piece": ["A1"], "rater": {}}), "piece is not text"),
    "a list for everything": (lambda: b"[1, 2, 3]", "no record in it"),
    "a rubric of nobody": (_record(rubrics=[{"id": "zz", "version": "1", "fingerprint": "x"}],
                                   ratings=[]), "no rubric here"),
    "another version": (_record(), "which you are reading with"),
    "markup": (lambda: sitting(read_rubric(SOS), assessment={
        "piece": "A1", "rater": "R01", "team": "<img src=x onerror=alert(1)>"}).as_json().encode(),
        "read: 1 new assessment"),
}  # fmt: skip


def _edited(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    """A workbook of ours, filled in one row, then changed."""

    def make(empty: bytes) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(empty))
        put(book[SOS], 4, piece="A1", rater="R01", m1=3)
        change(book)
        held = io.BytesIO()
        book.save(held)
        return held.getvalue()

    return make


def lying_dimension(empty: bytes) -> bytes:
    """102 rows, and a dimension that says two: a parser that believes it loses 100."""

    def fill(book: Any) -> None:
        for row in range(5, 24):
            put(book[SOS], row, piece=f"B{row}", rater="R01", m1=3)

    content = _edited(fill)(empty)
    part = "xl/worksheets/sheet2.xml"

    def lie(data: bytes) -> bytes:
        begin = data.index(b'<dimension ref="') + len(b'<dimension ref="')
        return data[:begin] + b"A1:B2" + data[data.index(b'"', begin) :]

    return changed_part(content, part, lie)


def far_cell(empty: bytes) -> bytes:
    """One cell in the last corner of a workbook of ours: a parser of it takes all memory."""

    def corner(data: bytes) -> bytes:
        row = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        return data.replace(b"</sheetData>", row + b"</sheetData>")

    return changed_part(_edited(lambda _: None)(empty), "xl/worksheets/sheet2.xml", corner)


def _set(cell: str, value: Any) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book[SOS][cell] = value

    return change


def _merged(book: Any) -> None:
    book[SOS].merge_cells("T4:T6")


def _hidden(book: Any) -> None:
    book[SOS].row_dimensions[4].hidden = True


def _date(book: Any) -> None:
    book[SOS]["E4"] = dt.datetime(2026, 4, 3)
    book[SOS]["E4"].number_format = "dd/mm/yyyy"


def _renamed(book: Any) -> None:
    book[SOS].title = "Mine"


def _no_keys(book: Any) -> None:
    book[SOS].delete_rows(3)


def _other_version(book: Any) -> None:
    book["_fidelity"]["C3"] = "0.9.0"


def _no_stamp(book: Any) -> None:
    book.remove(book["_fidelity"])
    book.custom_doc_props.props.clear()
    book.properties.description = None


def _late_epoch(book: Any) -> None:
    from openpyxl.utils.datetime import MAC_EPOCH

    book.epoch = MAC_EPOCH
    book[SOS]["H4"] = dt.datetime(2026, 3, 31)


#: Workbooks of ours that somebody worked on: what was done, and what must be said.
MESSY: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a far cell": (far_cell, "reaches down to row 1,048,576"),
    "a dimension that lies": (lying_dimension, "read: 20 new assessments"),
    "a formula": (_edited(_set("T4", "=2+1")), f"{SOS}!T4: a formula"),
    "a formula that calls a program": (_edited(_set("Q4", "=cmd|' /C calc'!A0")),
                                       f"{SOS}!Q4: a formula"),
    "merged cells": (_edited(_merged), f"{SOS}!T4:T6: merged cells"),
    "a hidden row": (_edited(_hidden), f"{SOS}!4:4: a hidden row"),
    "a reference that Excel made a date": (_edited(_date), f"{SOS}!E4: the date 2026-04-03"),
    "a text date": (_edited(_set("H4", "9th Sept")), "not a date"),
    "a day that is not": (_edited(_set("H4", "31/02/2026")), "not a date"),
    "a serial number for a date": (_edited(_set("H4", 46112)), "read: 1 new assessment"),
    "dates that count from 1904": (_edited(_late_epoch), "read: 1 new assessment"),
    "a name": (_edited(_set("E4", "Kim Wong")), f"{SOS}!E4: piece seems to hold a name"),
    "a text of 32,000 letters": (_edited(_set("E4", "x" * 32_000)), "more than 200 letters"),
    "a renamed sheet": (_edited(_renamed), f'no sheet "{SOS}"'),
    "no keys": (_edited(_no_keys), "the keys of the columns are gone"),
    "stamps that disagree": (_edited(_other_version), "its stamps disagree"),
    "no stamp": (_edited(_no_stamp), "fidelity mapping"),
}  # fmt: skip

_PARSED = {"a plain table of nothing": (lambda: workbook(sheet("")), "headings"),
           "40 MB of line ends": (many_newlines, "")}  # fmt: skip
XLSX: Mapping[str, Made] = {**HOSTILE, **_PARSED}  # type: ignore[dict-item]
