"""Filling a workbook as a person would: by key, in the cells below."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl

from fidelity.rubric import Rubric

ANSWERED = "_answered"
PAYLOADS = ("=1+1", "+44 20", "-2+3", "@SUM(A1)", "\t=1", "=HYPERLINK(0)", "=cmd|' /C calc'!A0")


def columns_of(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[3] if cell.value}


def put(sheet: Any, row: int, **values: Any) -> None:
    """Type values into a row, by key; text stays text."""
    columns = columns_of(sheet)
    for key, value in values.items():
        cell = sheet.cell(row, columns[key])
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"


def answers(rubric: Rubric, item: str) -> list[Any]:
    """Every kind of answer to an item: levels or numbers, codes, and a blank."""
    scale = rubric.scale_of(item)
    if scale.levels:
        return [*(level.value for level in scale.levels), *scale.codes, None]
    parts = [7.5] if scale.decimals else []
    return [scale.minimum, 7, *parts, scale.maximum, *scale.codes, None]


def shown(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, dt.date) else f"{value:g}"


def filled(path: Path, rubrics: list[Rubric], rows: int = 14) -> dict[str, dict[str, list[Any]]]:
    """Fill every entry sheet by program; returns what was typed, by rubric and key."""
    book = openpyxl.load_workbook(path)
    typed: dict[str, dict[str, list[Any]]] = {}
    for rubric in rubrics:
        sheet = book[rubric.id]
        keys = [key for key in columns_of(sheet) if key != ANSWERED]
        typed[rubric.id] = {key: [] for key in keys}
        for n in range(rows):
            row: dict[str, Any] = {
                "concern": "no", "piece": f"00{n}", "rater": "Zoë Ñ", "rater_role": "agreed",
                "date": dt.date(2026, 3, 1 + n), "team": PAYLOADS[n % len(PAYLOADS)].strip(),
                "case": "0" * n + "7", "plan_type": "Ärger & <b>", "minutes": 12.5,
            }  # fmt: skip
            for j, item in enumerate(rubric.items):
                possible = answers(rubric, item)
                row[item] = possible[(n + j) % len(possible)]
            put(sheet, 4 + n + n // 5, **row)  # with a blank row now and then
            for key in keys:
                typed[rubric.id][key].append(shown(row.get(key)))
    book.save(path)
    return typed
