"""How fast six intraclass correlations with intervals are, beside pingouin, in one run.

    python benchmarks/icc.py [--rounds 5] [--sizes 200 10000 1000000]

Needs `pip install pingouin==0.7.0` beside the library: versions before 0.7 are a hundred times
slower, so that a comparison with them would mislead. Both start from the same shuffled long rows;
our step from rows is shown apart, theirs is part of the call. Values and intervals are first
checked to be the same (pingouin gives limits to two decimals). Four raters, none missing.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.statistics.icc import icc

Array = npt.NDArray[np.float64]

RATERS = 4


def long_rows(units: int, seed: int = 1) -> pd.DataFrame:
    """Shuffled rows: unit, rater, score."""
    random = np.random.default_rng(seed)
    scores = (
        random.normal(size=(units, 1))
        + 0.3 * random.normal(size=(1, RATERS))
        + random.normal(size=(units, RATERS))
    )
    unit, rater = np.indices(scores.shape)
    rows = pd.DataFrame({"unit": unit.ravel(), "rater": rater.ravel(), "score": scores.ravel()})
    return rows.sample(frac=1, random_state=seed, ignore_index=True)


def pivot(rows: pd.DataFrame) -> Array:
    """The (units, raters) table that ours takes."""
    unit, rater = rows["unit"].to_numpy(), rows["rater"].to_numpy()
    wide = np.full((unit.max() + 1, rater.max() + 1), np.nan)
    wide[unit, rater] = rows["score"].to_numpy()
    return wide


def check(theirs: pd.DataFrame, wide: Array) -> None:
    """Values equal to 1e-9, limits to the two decimals that pingouin gives."""
    interval = next(name for name in theirs.columns if name.startswith("CI"))
    for found, (_, row) in zip(icc(wide).values(), theirs.iterrows(), strict=True):
        assert abs(found.value - row["ICC"]) < 1e-9, row
        assert abs(found.lower - row[interval][0]) < 0.0051, row
        assert abs(found.upper - row[interval][1]) < 0.0051, row


def timed(steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each step, rounds through all steps in turn."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, call in steps.items():
            start = time.perf_counter()
            call()
            found[name].append(time.perf_counter() - start)
    return found


def main() -> None:
    import pingouin

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"pingouin {pingouin.__version__}, {RATERS} raters, {options.rounds} rounds\n")
    for units in options.sizes:
        rows = long_rows(units)
        wide = pivot(rows)
        names = {"data": rows, "targets": "unit", "raters": "rater", "ratings": "score"}
        check(pingouin.intraclass_corr(**names), wide)
        steps: dict[str, Callable[[], object]] = {
            "pingouin: from rows": lambda names=names: pingouin.intraclass_corr(**names),
            "fidelity: pivot": lambda rows=rows: pivot(rows),
            "fidelity: six forms with intervals": lambda wide=wide: icc(wide),
        }
        found = timed(steps, options.rounds)
        middle = {name: statistics.median(seconds) for name, seconds in found.items()}
        print(f"{units:,} units")
        for name, seconds in found.items():
            spread = f"{min(seconds) * 1e3:.2f} to {max(seconds) * 1e3:.2f}"
            print(f"  {name:<36} {middle[name] * 1e3:>10.2f} ms  ({spread})")
        theirs, pivoted, ours = middle.values()
        print(
            f"  from rows {theirs / (pivoted + ours):.1f} x, less the pivot {theirs / ours:.1f} x"
        )


if __name__ == "__main__":
    main()
