"""The examples in a measure's file, run: do its rows give what it says they give?"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from fidelity.analyses.measures import measures
from fidelity.collect.companions import read_measures
from fidelity.rubric.measures import Expected, Measure, MeasureExample


def failures(measure: Measure) -> list[str]:
    """What the examples of a measure get wrong, one sentence each; empty if all hold."""
    return [
        f'{measure.id}, example "{example.title}": {wrong}'
        for example in measure.examples
        for wrong in _differences(measure, example)
    ]


def _differences(measure: Measure, example: MeasureExample) -> list[str]:
    found = []
    table = measures(_table(measure, example), only=[measure]).table
    for expected in example.expect:
        rows = table[table["part"] == (expected.part or "")]
        if expected.date:
            rows = rows[rows["date_to"] == pd.Timestamp(expected.date)]
        if len(rows) != 1:
            found.append(f"{len(rows)} results for {expected.part or 'it'} {expected.date or ''}")
            continue
        found += _wrong(expected, rows.iloc[0].to_dict())
    return found


def _wrong(expected: Expected, given: Mapping[Hashable, Any]) -> list[str]:
    where = f"{expected.part}, " if expected.part else ""
    return [
        f"{where}{name} is {told}, but the example says {wanted}"
        for name in ("estimate", "lower", "upper")
        if (told := _printed(given[name], wanted := getattr(expected, name))) != wanted
    ]


def _printed(value: float, like: str) -> str:
    """A number with the decimals of the example."""
    if math.isnan(value):
        return "none"
    return f"{value:.{len(like.partition('.')[2])}f}" if like != "none" else f"{value:.3f}"


def _table(measure: Measure, example: MeasureExample) -> pd.DataFrame:
    """The rows as they would stand in measures.csv, through its gate."""
    several = len({row.subject for row in example.rows}) > 1
    kind = "team" if "team" in measure.subjects else measure.subjects[0]
    kind = measure.subjects[0] if several else kind
    rows = [
        {"measure": measure.id, "subject_kind": kind, "subject": row.subject, "date": row.date,
         "part": row.part, "numerator": float(row.numerator),
         "denominator": None if row.denominator is None else float(row.denominator),
         "team": row.subject if kind == "team" else "North"}
        for row in example.rows
    ]  # fmt: skip
    return read_measures(pd.DataFrame(rows))
