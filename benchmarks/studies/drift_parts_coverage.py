"""Do the intervals of the parts of a change cover as often as they say?

Made-up authorities (`fidelity.simulate`) in which nothing moves from the first to the latest
third of the time, so that every part is 0 whatever the scale does to levels: 24 practitioners, 8
raters, 216 observations in a year, four in ten scored twice and half of those with an agreed
score. Practitioners, families, pieces, raters and items differ as in the design study; a part that
is claimed to have moved is a false finding.

    python -m benchmarks.studies.drift_parts_coverage            # 200 authorities, writes the table
    python -m benchmarks.studies.drift_parts_coverage --runs 20  # a look, writes nothing
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.studies.coverage import monte_carlo_interval, verdict, version, write_table
from fidelity.analyses.drift import drift
from fidelity.collect.ratings import Ratings
from fidelity.simulate import Settings, Strand, Team, simulate

TABLE = Path(__file__).with_suffix(".csv")
RUNS = 200
SEED = 20265
RUBRIC = "cfsw_skills"
SETTINGS = Settings(
    months=12, teams=(Team("North", 12), Team("South", 12)), raters=8,
    strands=(Strand(RUBRIC, "OB", pieces=9, double_share=0.4, agreed_share=0.5),),
    training=(), turnover=0, newcomer_gap=0, practice_slope_sd=0, strictness_slope=0,
    strictness_slope_sd=0,
)  # fmt: skip


def parts(seed: int, settings: Settings = SETTINGS) -> pd.DataFrame:
    """The parts in one authority."""
    ratings = Ratings(simulate(settings, rng=seed).ratings[RUBRIC], RUBRIC)
    return drift(ratings, rng=seed).parts


def study(runs: int, seed: int = SEED) -> list[dict[str, object]]:
    """Count intervals that hold 0, one row a part."""
    found = pd.concat([parts(seed + run) for run in range(runs)], ignore_index=True)
    rows: list[dict[str, object]] = []
    for name, mine in found.groupby("part", sort=False):
        known = mine.dropna(subset=["lower"])
        if not known["estimate"].abs().max() > 1e-9:
            continue  # this rubric's scores lose nothing where no evidence is found
        hits = int(((known["lower"] <= 0) & (known["upper"] >= 0)).sum())
        lower, upper = monte_carlo_interval(hits, len(known))
        half = (known["upper"] - known["lower"]) / 2
        rows.append({
            "part": name, "authorities": runs, "intervals": len(known), "covered": hits,
            "coverage": round(hits / len(known), 4), "lower99": round(lower, 4),
            "upper99": round(upper, 4), "verdict": verdict(hits, len(known), True),
            "sd": round(float(known["estimate"].std()), 4),
            "median_half_width": round(float(half.median()), 4), "seed": seed,
            "version": version(), "numpy": np.__version__,
        })  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    rows = study(runs)
    for row in rows:
        print(" | ".join(str(row[name]) for name in ("part", "coverage", "sd", "verdict")))
    if runs == RUNS:
        write_table(TABLE, rows)


if __name__ == "__main__":
    main()
