"""Ratings of many months with a planted shift: for tests of charts."""

from functools import cache

import numpy as np
import pandas as pd

import fidelity as fd
from fidelity.rubric.places import sample_data_folder

RUBRIC = "cfsw_skills"
RUBRIC_ITEMS = tuple(fd.read_rubric(RUBRIC).items)


def frame(months: int = 24, each: int = 12, shift: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Wide ratings: so many pieces a month by ten workers, shifted by levels from month 13 on."""
    rng = np.random.default_rng(seed)
    rows = []
    for month in range(months):
        for number in range(each):
            mean = 3.0 + rng.normal(0, 0.5) + (shift if month >= 12 else 0.0)
            levels = np.clip(np.rint(mean + rng.normal(0, 0.6, len(RUBRIC_ITEMS))), 1, 5)
            day = pd.Timestamp("2024-01-01") + pd.DateOffset(months=month, days=number)
            rows.append({
                "piece": f"P{month:02}-{number:02}", "rater": f"R{number % 4}",
                "date": f"{day:%Y-%m-%d}", "selection": "random", "rater_role": "peer",
                "practitioner": f"W{rng.integers(10)}", "team": ("East", "West")[number % 2],
                **dict(zip(RUBRIC_ITEMS, levels.astype(int).astype(str), strict=True)),
            })  # fmt: skip
    return pd.DataFrame(rows)


@cache
def ratings(shift: float = 0.0, each: int = 12, months: int = 24, seed: int = 1) -> fd.Ratings:
    return fd.Ratings(frame(months, each, shift, seed), RUBRIC)


@cache
def sample(size: str, rubric: str) -> fd.Ratings:
    return fd.read_ratings(sample_data_folder() / size / f"ratings_{rubric}.csv", rubric)
