from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fidelity.collect.delimited import MAX_COLUMNS, TextTable, read_bytes, read_delimited
from fidelity.errors import FidelityError, FileError, RatingsError

Read = Callable[[bytes | str], TextTable]
TEXT = "piece,rater,note\n007,Zoë,naïve £5\n"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read bytes, or text as UTF-8, as a.csv."""

    def read_as_csv(content: bytes | str) -> TextTable:
        path = tmp_path / "a.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_delimited(path)

    return read_as_csv


@pytest.mark.parametrize(
    ("encoding", "mark", "said"),
    [
        ("utf-8", b"", ""),
        ("utf-8", b"\xef\xbb\xbf", ""),
        ("utf-16-le", b"\xff\xfe", "read as UTF-16"),
        ("utf-16-be", b"\xfe\xff", "read as UTF-16"),
        ("cp1252", b"", "read as Windows-1252; check accents"),
    ],
)
def test_encodings(read: Read, encoding: str, mark: bytes, said: str) -> None:
    table = read(mark + TEXT.encode(encoding))
    assert table.columns == {"piece": ["007"], "rater": ["Zoë"], "note": ["naïve £5"]}
    assert [said in note for note in table.notes] == ([True] if said else [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"piece,rater\n\x81\x8d,A\n", "neither UTF-8 nor Windows-1252"),
        ("piece,rater\n1,A\n".encode("utf-16-le"), "NUL"),  # and no mark to tell what it is
        (b"\xff\xfe" + b"abc", "broken UTF-16"),
        (b"\xef\xbb\xbf" + b"\xff\xff", "broken UTF-8"),
        (b"piece,rater\n1\0,A\n", "NUL"),
        ("piece".encode("utf-32"), "NUL"),
    ],
)
def test_what_cannot_be_decoded_is_refused(read: Read, content: bytes, words: str) -> None:
    with pytest.raises(FileError, match=words):
        read(content)


@pytest.mark.parametrize(("separator", "said"), [(",", ""), (";", "semicolons"), ("\t", "tabs")])
def test_separators(read: Read, separator: str, said: str) -> None:
    table = read(TEXT.replace(",", separator))
    assert list(table.columns) == ["piece", "rater", "note"]
    assert [said in note for note in table.notes] == ([True] if said else [])


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(read: Read, newline: str) -> None:
    table = read(TEXT.replace("\n", newline) + f"008,B,{newline}")
    assert table.columns["piece"] == ["007", "008"]
    assert table.places == ["line 2", "line 3"]


def test_nothing_is_converted(read: Read) -> None:
    row = "007,1.0,NA,nan,None,1e3,TRUE,31/12/2026, x ,"
    table = read("a,b,c,d,e,f,g,h,i,j\n" + row + "\n")
    given = [cells[0] for cells in table.columns.values()]
    assert given == ["007", "1.0", "NA", "nan", "None", "1e3", "TRUE", "31/12/2026", "x", None]


def test_quotes_hold_separators_lines_and_quotes(read: Read) -> None:
    table = read('piece,note\n1,"a, b"\n2,"two\nlines"\n3,"say ""no"""\n')
    assert table.columns["note"] == ["a, b", "two\nlines", 'say "no"']
    assert table.places == ["line 2", "line 3", "line 5"]


@pytest.mark.parametrize("row", ['1,"never closed', '1,"closed"and more'])
def test_broken_quotes_are_told_by_line(read: Read, row: str) -> None:
    with pytest.raises(RatingsError, match=r"a\.csv line 3: .*check the quotes"):
        read(f"piece,note\n0,fine\n{row}\n")


def test_a_cell_without_end_is_told(read: Read) -> None:
    with pytest.raises(RatingsError, match="opened and not closed"):
        read('piece,note\n1,"' + "x" * 200_000 + "\n")


def test_rows_that_are_too_long_are_told_all_at_once(read: Read) -> None:
    with pytest.raises(RatingsError) as caught:
        read("concern,piece\nno,1,2\nyes,7\nno,1,2,3\n")
    assert "a.csv line 2: 3 cells, but 2 headings" in str(caught.value)
    assert "a.csv line 4: 4 cells" in str(caught.value)
    assert str(caught.value).startswith('OPEN CONCERN, NOT ESCALATED: piece "7"')


def test_short_rows_are_read_and_said(read: Read) -> None:
    table = read("piece,rater,m1\n1,A,3\n2,A\n3\n")
    assert table.columns["m1"] == ["3", None, None]
    assert "2 rows have fewer cells than headings (first: line 3)" in table.notes[0]


def test_blank_rows_and_blank_columns_at_the_end_are_passed_over(read: Read) -> None:
    table = read("piece,rater,,\n\n1,A,,\n,,,\n   \n2,B,,\n")
    assert table.columns == {"piece": ["1", "2"], "rater": ["A", "B"]}
    assert table.places == ["line 3", "line 6"]


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("", "no headings"),
        ("\n1,2", "no headings"),
        ("piece,,m1", "column 2 has no heading"),
        ("piece,m1,M1", 'the heading "M1" stands twice'),
        (",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)), f"at most {MAX_COLUMNS}"),
    ],
)
def test_headings(read: Read, heading: str, words: str) -> None:
    with pytest.raises(RatingsError, match=words):
        read(heading)


def test_a_concern_is_told_though_the_headings_are_refused(read: Read) -> None:
    with pytest.raises(RatingsError, match=r"^OPEN CONCERN"):
        read("concern,piece,piece\nyes,1,2\n")


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be opened"):
        read_delimited(tmp_path / "none.csv")
    with pytest.raises(FileError, match="cannot be opened"):
        read_delimited(tmp_path)
    with pytest.raises(FileError, match="cannot be opened"):
        read_delimited(Path("a\0b.csv"))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x" * 101)
    with pytest.raises(FileError, match=r"101 bytes; at most 100 .* Parquet"):
        read_bytes(tmp_path / "a.csv", limit=100)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
def test_any_bytes_are_a_table_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        table = read_delimited(path)
    except FidelityError:
        return
    assert {len(cells) for cells in table.columns.values()} == {len(table.places)}


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=8)


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6))
def test_what_a_spreadsheet_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path = tmp_path_factory.getbasetemp() / "quoted.csv"
    path.write_text("\n".join(["a,b,c", *quoted]), encoding="utf-8", newline="")
    table = read_delimited(path)
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    expected = {name: [row[n].strip() or None for row in kept] for n, name in enumerate("abc")}
    assert table.columns == expected
