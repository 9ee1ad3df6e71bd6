"""One structure for every table that a page shows."""

import pandas as pd

from fidelity.present.table import NOTHING, rows_of, table, to_fill_in


def test_cells_are_text_and_numbers_stand_right() -> None:
    frame = pd.DataFrame(
        {
            "team": ["North", None], "share": [0.12345, float("nan")], "n": [12, 3],
            "flag": [True, False], "day": pd.to_datetime(["2026-03-01", None]),
            "count": pd.array([4, pd.NA], dtype="Int64"),
        }
    )  # fmt: skip
    made = table(frame, "A caption", headings={"n": "n files"}, decimals=1, note="A note.")
    assert made.headings == ("team", "share", "n files", "flag", "day", "count")
    assert made.rows == (
        ("North", "0.1", "12", "yes", "2026-03-01", "4"),
        (NOTHING, NOTHING, "3", "no", NOTHING, NOTHING),
    )
    assert made.numeric == (False, True, True, False, False, True)
    assert (made.caption, made.note) == ("A caption", "A note.")


def test_an_empty_frame_is_a_table_without_rows() -> None:
    made = table(pd.DataFrame({"a": [], "b": []}), "Nothing")
    assert made.rows == ()
    assert made.headings == ("a", "b")


def test_control_characters_never_reach_a_page() -> None:
    made = rows_of("cap\x00tion", ["a\u202e"], [["x\x07y"], [""]])
    assert (made.caption, made.headings, made.rows) == ("caption", ("a",), (("xy",), (NOTHING,)))


def test_lines_to_fill_in_are_empty() -> None:
    made = to_fill_in("To fill in", ("Action", "Owner"), 3)
    assert made.empty
    assert made.rows == (("", ""),) * 3
