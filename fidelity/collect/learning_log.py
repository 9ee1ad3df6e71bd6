"""The learning log: what was agreed after a cycle of audits, by whom, when, and what is expected.

A small table that people keep in Excel. Complaints about such lists are that actions have no owner
and no date; so both may be blank here, and whoever reads the log is told which are. An owner is a
role, or a name that stays in the authority: it goes into no result, no bundle and no public page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fidelity.collect.companions import Column, Placed, Spec, read_checked
from fidelity.collect.formulas import neutral
from fidelity.collect.source import ROW, Source
from fidelity.errors import Fault, FileError, UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from fidelity.rubric.checks import nearest

LOG = Spec(
    "log",
    (
        Column("item", there=True),
        Column("team", there=True),
        Column("owner", there=True),
        Column("date", "date", there=True),
        Column("expected", there=True),
        Column("action"),
        Column("rubric"),
        Column("measure"),
        Column("review_on", "date"),
        Column("done", words=("yes", "no")),
    ),
    key=("rubric", "item", "measure", "team", "owner", "date", "expected", "action"),
)
#: What a template says of each column.
MEANS: Mapping[str, str] = {
    "item": "the item that you chose, by its id, such as d1",
    "team": "the team; blank for the whole service",
    "owner": "who sees to it: a role is best",
    "date": "the day on which it was agreed, 2026-03-31",
    "expected": "what you expect to see, and by when",
    "action": "what will be done",
    "rubric": "the rubric, if the log holds several",
    "measure": "a measure, where it is no item",
    "review_on": "when you will look again",
    "done": "yes or no",
}


def read_log(table: Any, rubric: Rubric | str | Iterable[Rubric | str] = ()) -> pd.DataFrame:
    """Read a learning log.

    Args:
        table: path of a CSV, Excel (.xlsx) or Parquet file, a folder that holds log.csv, or a
            table of any engine. Columns item, team, owner, date and expected; and perhaps action,
            rubric, measure, review_on, done (yes or no). Each row names an item or a measure.
        rubric: the rubric whose items may stand in it, or several; a row with an id in the column
            rubric is held to that one. Without any, items are not checked.

    Returns:
        These columns (those not given are empty), typed, and then any others. `.attrs["notes"]`
        holds what was noticed: planned actions with no owner or no date, by name.

    Raises:
        FileError: the file cannot be opened or decoded.
        RatingsError: every fault, with file, line, column, value and what is allowed.
        UsageError: no such rubric.
    """
    one = [rubric] if isinstance(rubric, str | Rubric) else list(rubric)
    known = {r.id: r for r in (read_rubric(r) if isinstance(r, str) else r for r in one)}
    log = read_checked(table, LOG, lambda found, source: list(_faults(found, source, known)))
    notes = [*log.attrs["notes"], *unowned(log, known.values())]
    log.attrs["notes"] = tuple(notes)
    return log


def unowned(log: pd.DataFrame, rubrics: Iterable[Rubric] = ()) -> Iterator[str]:
    """Which planned actions have no owner, no date, or nothing expected, in sentences."""
    held = list(rubrics)
    for column, what in (
        ("owner", "no owner, so that nobody may see to it"),
        ("date", "no date, so that no time before and after can be compared"),
        ("expected", "nothing that is expected, so that nobody can tell whether it came about"),
    ):
        for _, row in log[log[column].isna()].iterrows():
            yield f"{named(row, held)} has {what}."


def about(log: pd.DataFrame, rubric: Rubric) -> pd.DataFrame:
    """The actions about items of a rubric; a row that names another rubric is not."""
    own = log["rubric"].isna() | (log["rubric"] == rubric.id)
    return log[own & log["item"].isin(list(rubric.items))]


def named(row: pd.Series[Any], rubrics: Iterable[Rubric] = ()) -> str:
    """An action as people call it: its item with the wording, or its measure; and its team."""
    item, measure = row["item"], row.get("measure")
    what = str(measure) if pd.isna(item) else str(item)
    rubric = next((r for r in rubrics if not pd.isna(item) and item in r.items), None)
    label = f"“{rubric.items[what].text}” ({what})" if rubric else what
    return label if pd.isna(row["team"]) else f"{label} ({row['team']})"


def write_log(path: str | Path, rubric: Rubric | str | None = None) -> Path:
    """Write an empty learning log to fill in; gives its path.

    Args:
        path: ending in .csv, or in .xlsx for Excel, with a sheet that says what each column means
            and, with a rubric, one that lists its items.
        rubric: whose items are listed.

    Raises:
        UsageError: another ending.
        FileError: it is there already, or cannot be written. Nothing is overwritten.
    """
    path = Path(path)
    held = read_rubric(rubric) if isinstance(rubric, str) else rubric
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        raise UsageError(f'"{path.name}": a learning log is written as .csv or .xlsx.')
    if path.exists():
        raise FileError(f"{path} is there already and may hold what was agreed. Name another file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".csv":
            path.write_text(",".join(MEANS) + "\n", encoding="utf-8-sig", newline="")
        else:
            _write_xlsx(path, held)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}.") from None
    return path


def _write_xlsx(path: Path, rubric: Rubric | None) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheets = [(book.active, [list(MEANS)])]
    sheets.append((book.create_sheet("What the columns mean"), [["column", "what it holds"],
                   *([name, told] for name, told in MEANS.items())]))  # fmt: skip
    if rubric is not None:
        items = [[item.id, neutral(item.text)] for item in rubric.scored_items.values()]
        sheets.append((book.create_sheet("Items"), [["item", neutral(rubric.title)], *items]))
    sheets[0][0].title = "Log"
    for sheet, rows in sheets:
        for row in rows:
            sheet.append(row)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column in "ABCDEFGHIJ":
            sheet.column_dimensions[column].width = 18
        sheet.freeze_panes = "A2"
    sheets[0][0].column_dimensions["E"].width = sheets[0][0].column_dimensions["F"].width = 48
    for sheet, _ in sheets[1:]:
        sheet.column_dimensions["B"].width = 80
    book.save(path)


def _faults(log: pd.DataFrame, source: Source, known: Mapping[str, Rubric]) -> Iterator[Placed]:
    """Rubrics and items that there are not, and rows that name neither an item nor a measure."""
    rubrics = dict(known)
    for row, name in log["rubric"].dropna().items():
        if name not in rubrics and name in rubric_ids():
            rubrics[name] = read_rubric(name)
        elif name not in rubrics:
            where, ids = source.where({ROW: row}, "rubric"), rubric_ids()
            yield int(str(row)), Fault(where, f'rubric "{name}"', "the id of a rubric",
                                       nearest(str(name), ids))  # fmt: skip
    for row, action in log.iterrows():
        wrong = _wrong_item(action, rubrics, known)
        if wrong:
            yield int(str(row)), Fault(source.where({ROW: row}, "item"), *wrong)
        days = action[["date", "review_on"]]
        if days.notna().all() and days["review_on"] < days["date"]:
            where = source.where({ROW: row}, "review_on")
            wrong = ("review_on lies before date", "a day after it", "correct one of the two")
            yield int(str(row)), Fault(where, *wrong)


def _wrong_item(
    action: pd.Series[Any], rubrics: Mapping[str, Rubric], asked: Mapping[str, Rubric]
) -> tuple[str, str, str] | None:
    item, own = action["item"], action["rubric"]
    if pd.isna(item):
        allowed = "an item, or a measure in the column measure"
        return ("no item", allowed, "fill it in") if pd.isna(action["measure"]) else None
    held = [rubrics[own]] if pd.notna(own) and own in rubrics else list(asked.values())
    if not held or (pd.notna(own) and own not in rubrics):
        return None
    items = [key for rubric in held for key in rubric.items]
    if item in items:
        return None
    names = ", ".join(rubric.id for rubric in held)
    return f'item "{item}"', f"an item of {names}", nearest(str(item), items)
