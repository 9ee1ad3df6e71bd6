"""Filling a workbook as a person would: by key, in the cells below."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl

from fidelity.rubric import Rubric

ANSWERED = "_answered"
NOTE = "Größe £5, “quoted”, 3 < 4 & so on\nand a second line; =1+1"
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


def sitting(rubric: Rubric, n: int) -> dict[str, Any]:
    """The answers of one assessment by item, and reasons beside NA; only what its role is asked."""
    role = rubric.raters[n % len(rubric.raters)]
    row: dict[str, Any] = {"rater_role": role}
    for j, (item, about) in enumerate(rubric.items.items()):
        if role not in rubric.asked_of.get(item, (role,)):
            continue
        possible = answers(rubric, item)
        row[item] = possible[(n + j) % len(possible)]
        if row[item] == "NA" and about.na_reasons and n % 2:
            row[f"{item}_reason"] = about.na_reasons[-1]
    return row


def filled(
    path: Path, rubrics: list[Rubric], rows: int = 14, rater: str = "Zoë Ñ"
) -> dict[str, dict[str, list[Any]]]:
    """Fill every entry sheet by program; returns what was typed, by rubric and key."""
    book = openpyxl.load_workbook(path)
    typed: dict[str, dict[str, list[Any]]] = {}
    for rubric in rubrics:
        sheet = book[rubric.id]
        keys = [key for key in columns_of(sheet) if key != ANSWERED]
        typed[rubric.id] = {key: [] for key in keys}
        for n in range(rows):
            row: dict[str, Any] = {
                "concern": "no", "piece": f"00{n}", "rater": rater,
                "date": dt.date(2026, 3, 1 + n), "team": PAYLOADS[n % len(PAYLOADS)].strip(),
                "case": "0" * n + "7", "plan_type": "Ärger & <b>", "minutes": 12.5,
            }  # fmt: skip
            row |= sitting(rubric, n)
            put(sheet, 4 + n + n // 5, **row)  # with a blank row now and then
            for key in keys:
                typed[rubric.id][key].append(shown(row.get(key)))
    notes = book["Notes"]
    for n, item in enumerate(rubrics[0].items):
        about = {"rubric": rubrics[0].id} if len(rubrics) > 1 else {}
        put(notes, 4 + n, piece=f"00{n % rows}", rater=rater, item=item, note=NOTE, **about)
    book.save(path)
    return typed


def apart(typed: dict[str, list[Any]]) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """What was typed without the reasons, and the reasons by item where there are any."""
    reasons = {key.removesuffix("_reason"): cells for key, cells in typed.items()
               if key.endswith("_reason") and any(cells)}  # fmt: skip
    plain = {key: cells for key, cells in typed.items() if not key.endswith("_reason")}
    return plain, reasons
