"""The learning log: a small table that people keep, read strictly, every fault at once."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import fidelity as fd
from fidelity.collect.learning_log import LOG, MEANS, read_log, write_log
from fidelity.errors import FileError, RatingsError, UsageError
from fidelity.present.briefing_actions import plans
from tests.spec.conftest import Engine

RUBRIC = fd.read_rubric("sos_case_file")
LOG_FRAME = pd.DataFrame(
    {
        "item": ["d1", "p2", "m1"],
        "team": ["North", None, "South"],
        "owner": ["team manager", None, "practice lead"],
        "date": ["2025-03-01", "2025-03-02", None],
        "expected": ["a danger statement in families' words by June", "", "maps kept up"],
    },
    dtype="string",
)


def test_a_log_on_every_engine(engine: Engine) -> None:
    log = read_log(engine(LOG_FRAME), RUBRIC)
    assert log["item"].to_list() == ["d1", "p2", "m1"]
    assert log["date"].to_list()[0] == pd.Timestamp(2025, 3, 1)
    assert list(log)[:5] == ["item", "team", "owner", "date", "expected"]
    assert log["done"].isna().all()


def test_actions_without_owner_date_or_expectation_are_named() -> None:
    notes = read_log(LOG_FRAME, RUBRIC).attrs["notes"]
    assert [note for note in notes if "(p2)" in note and "no owner" in note]
    assert [note for note in notes if "(m1) (South)" in note and "no date" in note]
    assert [note for note in notes if "(p2)" in note and "nothing that is expected" in note]
    assert len(notes) == 3


def test_all_faults_at_once_with_their_places(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "item,team,owner,date,expected,rubric,measure,review_on,done\n"
        "d11,North,lead,2025-03-01,x,,,,\n"
        ",North,lead,soon,x,,,,maybe\n"
        "d1,North,lead,2025-03-01,x,sos_case_fil,,2025-02-01,no\n",
        encoding="utf-8",
    )
    with pytest.raises(RatingsError) as refused:
        read_log(path, RUBRIC)
    told = str(refused.value)
    for part in (
        'line 2, column "item": item "d11"', 'date "soon"', 'done "maybe"', "no item",
        'rubric "sos_case_fil"', "did you mean", "review_on lies before date",
    ):  # fmt: skip
        assert part.lower() in told.lower(), (part, told)


def test_columns_that_must_be_there() -> None:
    with pytest.raises(RatingsError, match='no column "owner"'):
        read_log(LOG_FRAME.drop(columns="owner"), RUBRIC)


def test_a_row_may_name_another_rubric_or_a_measure() -> None:
    log = LOG_FRAME.assign(item=["empathy", None, "m1"], rubric=["cfsw_skills", None, None],
                           measure=[None, "caseload", None])  # fmt: skip
    held = read_log(log, RUBRIC)
    assert held["measure"].to_list()[1] == "caseload"
    with pytest.raises(RatingsError, match=r'item "empathy"'):
        read_log(log.assign(rubric="sos_case_file"), RUBRIC)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_template_is_filled_in_and_read(tmp_path: Path, ending: str) -> None:
    path = write_log(tmp_path / f"log.{ending}", RUBRIC)
    assert len(read_log(path, RUBRIC)) == 0
    row = ["d1", "North", "team manager", "2025-03-01", "said in their words, by June"]
    if ending == "csv":
        with path.open("a", encoding="utf-8") as file:
            file.write(",".join([*row[:4], f'"{row[4]}"', *[""] * 5]) + "\n")
    else:
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["Log", "What the columns mean", "Items"]
        book["Log"].append([*row[:3], pd.Timestamp(2025, 3, 1).to_pydatetime(), row[4]])
        book.save(path)
    log = read_log(path, RUBRIC)
    assert log[["item", "team", "owner", "expected"]].iloc[0].to_list() == [*row[:3], row[4]]
    assert log["date"].iloc[0] == pd.Timestamp(2025, 3, 1)
    assert set(MEANS) == {column.name for column in LOG.columns}
    with pytest.raises(FileError, match="there already"):
        write_log(path, RUBRIC)
    with pytest.raises(UsageError, match=r"\.csv or \.xlsx"):
        write_log(tmp_path / "log.docx")


def test_the_briefing_takes_what_was_read() -> None:
    short, full = plans(read_log(LOG_FRAME, RUBRIC), [RUBRIC])
    cells = [cell for row in short.rows for cell in row]
    assert "team manager" in cells
    assert [cell for cell in cells if "1 March 2025" in cell]
    assert full is not None
