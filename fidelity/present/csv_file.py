"""Tables go out as CSV that Excel, R and pandas read alike, and that can start nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from fidelity.collect.formulas import neutral


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write a table as UTF-8 CSV, whole or not at all.

    Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers are left
    alone. The byte order mark lets Excel see that it is UTF-8.

    Returns:
        The path written.
    """
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(_neutral, na_action="ignore")
    half = path.with_name(f".{path.name}.part")
    safe.to_csv(half, index=False, encoding="utf-8-sig", lineterminator="\n")
    os.replace(half, path)  # noqa: PTH105 - atomic, also over an existing file on Windows
    return path


def _neutral(value: object) -> object:
    return neutral(value) if isinstance(value, str) else value
