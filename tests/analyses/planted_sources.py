"""Sources with known agreement: wide tables of a rubric's items, made from a truth by case."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

import fidelity as fd


def ratings(
    rubric_id: str, true: np.ndarray, rng: np.random.Generator, *, shift: Mapping[str, float] = {},
    noise: float = 0.2, **columns: object,
) -> fd.Ratings:  # fmt: skip
    """One assessment a value of `true` (a share of the scale), answered with noise.

    Args:
        rubric_id: a rubric that ships; items of other scales than levels are left blank.
        true: (n,) where each piece stands, 0 to 1.
        rng: for the noise.
        shift: added to single items.
        noise: standard deviation of an answer, as a share of the scale.
        columns: further columns; a list has one entry a piece.
    """
    rubric = fd.read_rubric(rubric_id)
    n = len(true)
    table = pd.DataFrame({"piece": [f"{rubric_id[:3]}-{k:04}" for k in range(n)],
                          "rater": "R1", "selection": "random"})  # fmt: skip
    for name, value in columns.items():
        table[name] = value
    role = table["rater_role"].to_numpy() if "rater_role" in table else np.full(n, "")
    for item in rubric.items:
        scale = rubric.scale_of(item)
        asked = rubric.asked_of.get(item, ())
        table[item] = ""
        if scale.kind == "levels":
            share = true + shift.get(item, 0.0) + noise * rng.standard_normal(n)
            level = scale.minimum + np.clip(share, 0, 1) * (scale.maximum - scale.minimum)
            text = np.round(level).astype(int).astype(str)
            table[item] = np.where([not asked or r in asked for r in role], text, "")
    return fd.Ratings(table, rubric)


def cases(n: int, rng: np.random.Generator, practitioners: int = 20) -> pd.DataFrame:
    """Cases with a worker and where they stand: workers differ, cases differ within them."""
    worker = np.arange(n) % practitioners
    of_worker = 0.10 * rng.standard_normal(practitioners)
    true = np.clip(0.5 + of_worker[worker] + 0.12 * rng.standard_normal(n), 0.05, 0.95)
    return pd.DataFrame({
        "case": [f"C{k:04}" for k in range(n)],
        "practitioner": [f"P{w:02}" for w in worker],
        "true": true,
    })  # fmt: skip
