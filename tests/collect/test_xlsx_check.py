import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidelity.collect.xlsx_check import MAX_CELLS, check_xlsx
from fidelity.errors import FileError

from .hostile import HOSTILE, many_newlines, sheet, workbook

ROWS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>'


@pytest.mark.parametrize(("build", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_or_damaged_workbook_is_refused_in_plain_words(
    build: Callable[[], bytes], words: str
) -> None:
    content = build()
    begun = time.process_time()
    with pytest.raises(FileError, match=r"^audits\.xlsx: ") as caught:
        check_xlsx(content, "audits.xlsx")
    assert words in str(caught.value)
    assert time.process_time() - begun < 2.0  # under one on a quiet machine


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process took at most")
def test_refusals_take_little_memory(tmp_path: Path) -> None:
    """The worst of them, in a process of its own, stay under 200 MB in all."""
    worst = ["300 MB of spaces", "two million elements", "a million cells in rows",
             "half a million elements deep", "one comment of megabytes"]  # fmt: skip
    for number, name in enumerate(worst):
        (tmp_path / f"{number}.xlsx").write_bytes(HOSTILE[name][0]())
    script = (
        "import sys, pathlib\n"
        "from fidelity.collect.xlsx_check import check_xlsx\n"
        "from fidelity.errors import FileError\n"
        "refused = 0\n"
        "for path in pathlib.Path(sys.argv[1]).glob('*.xlsx'):\n"
        "    try:\n"
        "        check_xlsx(path.read_bytes(), path.name)\n"
        "    except FileError:\n"
        "        refused += 1\n"
        "status = pathlib.Path('/proc/self/status').read_text(encoding='utf-8')\n"
        "print(refused, status.split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=True,
        encoding="utf-8", timeout=60, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    refused, kilobytes = map(int, done.stdout.split())
    assert refused == len(worst)
    assert kilobytes < 200_000


def test_formulas_merges_and_what_is_hidden_are_noted() -> None:
    content = workbook(
        sheet(
            '<row r="1"><c r="A1"><v>1</v></c><c r="C1"><f>1+1</f><v>2</v></c></row>'
            '<row r="4" hidden="1"><c r="AB4"><f t="shared" si="0"/></c></row>',
            before='<cols><col min="2" max="3" hidden="1"/><col min="5" max="5"/></cols>',
            after='<mergeCells><mergeCell ref="A1:B2"/></mergeCells>',
        )
    )
    facts = check_xlsx(content, "x")["xl/worksheets/sheet1.xml"]
    assert facts.formulas == {(1, 3), (4, 28)}
    assert facts.merged == ["A1:B2"]
    assert facts.hidden_rows == {4}
    assert facts.hidden_columns == [(2, 3)]


def test_rows_and_cells_without_places_are_counted() -> None:
    content = workbook(sheet("<row><c/><c><f>1</f></c></row><row><c/><c/><c><f>1</f></c></row>"))
    assert check_xlsx(content, "x")["xl/worksheets/sheet1.xml"].formulas == {(1, 2), (2, 3)}


def test_a_dimension_that_lies_is_no_matter_here() -> None:
    content = workbook(sheet(ROWS, before='<dimension ref="A1:A1"/>'))
    assert check_xlsx(content, "x")["xl/worksheets/sheet1.xml"].formulas == set()


def test_a_picture_inside_is_not_read_as_xml() -> None:
    content = workbook(sheet(ROWS), **{"xl/media/image1.png": b"\x89PNG\r\n" + bytes(100)})
    assert list(check_xlsx(content, "x")) == ["xl/worksheets/sheet1.xml"]


def test_a_large_honest_workbook_passes_in_a_moment() -> None:
    cells = "".join(f'<c r="{letter}%d" t="str"><v>text</v></c>' for letter in "ABCDEFGHIJKLMNO")
    rows = "".join(
        f'<row r="{n}">{cells % ((n,) * 15)}</row>' for n in range(1, 20_001)
    )  # 300,000 cells
    content = workbook(sheet(rows))
    begun = time.process_time()
    check_xlsx(content, "x")
    assert time.process_time() - begun < 3.0
    assert MAX_CELLS > 20_000 * 15


def test_what_is_just_within_the_limits_takes_little_time() -> None:
    content = many_newlines()
    begun = time.process_time()
    check_xlsx(content, "x")
    assert time.process_time() - begun < 3.0


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(content: bytes) -> None:
    with pytest.raises(FileError):
        check_xlsx(content, "x")


HONEST = workbook(sheet(ROWS))


@given(st.integers(0, len(HONEST) - 1), st.integers(1, 255))
def test_any_byte_changed_is_refused_or_harmless(place: int, mask: int) -> None:
    content = bytearray(HONEST)
    content[place] ^= mask
    with suppress(FileError):
        check_xlsx(bytes(content), "x")
