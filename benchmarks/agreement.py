"""How fast agreement is, beside krippendorff and irrCAC, from the same long rows in one run.

    python benchmarks/agreement.py --irrcac PYTHON [--ratings 1000000] [--rounds 5]

Needs `pip install krippendorff` beside the library. irrCAC pins an old SciPy: give the Python of an
environment of its own (`pip install irrCAC`), or leave it out. Each peer's pivot is a step of its
own. All that is compared is first checked to be the same number. Rounds go through all steps in
turn; medians, with the range. A loop of 1,000 draws over krippendorff is extrapolated from 20.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fidelity.statistics.agreement import batch, gwet_ac, krippendorff_alpha
from fidelity.statistics.patterns import Patterns

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Step = tuple[str, Callable[[], object], float]

RATERS, LEVELS, MISSING = 5, 5, 0.2
DRAWS, LOOPED = 1000, 20
ITEMS, AUDITS, SLOTS = 30, 5000, 3

#: Runs in irrCAC's own environment: reads the rows, prints value, error and seconds.
IRRCAC = """
import json, sys, time, warnings
import numpy as np, pandas as pd
from irrCAC.raw import CAC
warnings.simplefilter("ignore")
rows = np.load(sys.argv[1])
out = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    wide = np.full((rows["unit"].max() + 1, rows["rater"].max() + 1), np.nan)
    wide[rows["unit"], rows["rater"]] = rows["value"]
    frame = pd.DataFrame(wide)
    middle = time.perf_counter()
    found = CAC(frame, weights="ordinal", digits=12).gwet()["est"]
    end = time.perf_counter()
    out.append([middle - start, end - middle])
print(json.dumps([found["coefficient_value"], found["se"], out]))
"""


def long_rows(ratings: int, seed: int = 1) -> tuple[Codes, Codes, Array]:
    """Shuffled rows: unit, rater, level."""
    random = np.random.default_rng(seed)
    units = round(ratings / RATERS / (1 - MISSING))
    truth = random.integers(1, LEVELS + 1, (units, 1))
    wide = np.clip(truth + random.integers(-1, 2, (units, RATERS)), 1, LEVELS)
    unit, rater = np.nonzero(random.random(wide.shape) >= MISSING)
    order = random.permutation(len(unit))
    return unit[order], rater[order], wide[unit, rater][order].astype(np.float64)


def pivot(unit: Codes, rater: Codes, value: Array) -> Array:
    """The (raters, units) table that krippendorff takes."""
    wide = np.full((rater.max() + 1, unit.max() + 1), np.nan)
    wide[rater, unit] = value
    return wide


def loop(alpha: Callable[..., float], wide: Array) -> list[float]:
    """Draws of whole units, one call each: what there is without a table."""
    random = np.random.default_rng(2)
    units = wide.shape[1]
    return [
        alpha(wide[:, random.integers(0, units, units)], level_of_measurement="ordinal")
        for _ in range(LOOPED)
    ]


def timed(steps: list[Step], rounds: int) -> dict[str, list[float]]:
    """Seconds of each step, rounds through all steps in turn, times its factor."""
    found: dict[str, list[float]] = {name: [] for name, _, _ in steps}
    for _ in range(rounds):
        for name, call, factor in steps:
            start = time.perf_counter()
            call()
            found[name].append((time.perf_counter() - start) * factor)
    return found


def irrcac(python: str, rows: tuple[Codes, Codes, Array], rounds: int) -> dict[str, list[float]]:
    """irrCAC's AC2 with its error, checked against ours, in its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(path, unit=rows[0], rater=rows[1], value=rows[2])
        told = subprocess.run(
            [python, "-c", IRRCAC, str(path), str(rounds)],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
    value, error, seconds = json.loads(told)
    ours = gwet_ac(patterns=Patterns.from_long(rows[0], rows[2]), weights="ordinal", se="gwet")
    assert abs(ours.value - value) < 1e-9, (ours.value, value)
    assert abs(ours.se - error) < 1e-9, (ours.se, error)
    return {
        "irrCAC: pivot to a frame": [pair[0] for pair in seconds],
        "irrCAC: AC2 with error": [pair[1] for pair in seconds],
    }


def steps_of(rows: tuple[Codes, Codes, Array]) -> list[Step]:
    """What is timed, after checking that it is the same number."""
    from krippendorff import alpha

    unit, rater, value = rows
    wide = pivot(unit, rater, value)
    table = Patterns.from_long(unit, value)
    ours = krippendorff_alpha(patterns=table).value
    theirs = alpha(wide, level_of_measurement="ordinal")
    assert abs(ours - theirs) < 1e-9, (ours, theirs)
    drawn = krippendorff_alpha(patterns=table, se="bootstrap", draws=DRAWS)
    spread = float(np.std(loop(alpha, wide), ddof=1))
    assert 0.5 < drawn.se / spread < 2.0, (drawn.se, spread)  # 20 draws tell no more
    items = np.stack([items_of(seed) for seed in range(ITEMS)])
    for item, found in zip(items, batch("krippendorff_alpha", items), strict=True):
        assert abs(found.value - alpha(item.T, level_of_measurement="ordinal")) < 1e-9

    def each_item() -> None:
        for item in items:
            alpha(item.T, level_of_measurement="ordinal")

    def drawing() -> None:
        krippendorff_alpha(patterns=table, se="bootstrap", draws=DRAWS)

    return [
        ("krippendorff: pivot", lambda: pivot(unit, rater, value), 1),
        ("krippendorff: alpha", lambda: alpha(wide, level_of_measurement="ordinal"), 1),
        ("fidelity: table from rows", lambda: Patterns.from_long(unit, value), 1),
        (
            "fidelity: alpha with interval, from table",
            lambda: krippendorff_alpha(patterns=table),
            1,
        ),
        ("fidelity: the same from the pivot", lambda: krippendorff_alpha(wide.T), 1),
        (f"krippendorff: {DRAWS:,} draws, extrapolated", lambda: loop(alpha, wide), DRAWS / LOOPED),
        (f"fidelity: {DRAWS:,} draws, from table", drawing, 1),
        (
            "fidelity: AC2 with error, from table",
            lambda: gwet_ac(patterns=table, weights="ordinal", se="gwet"),
            1,
        ),
        (f"krippendorff: {ITEMS} items of {AUDITS:,} x {SLOTS}", each_item, 1),
        (
            f"fidelity: the same {ITEMS} items with intervals",
            lambda: batch("krippendorff_alpha", items),
            1,
        ),
    ]


def items_of(seed: int) -> Array:
    """One item's (audits, slots) levels."""
    random = np.random.default_rng(100 + seed)
    truth = random.integers(1, LEVELS + 1, (AUDITS, 1))
    wide = np.clip(truth + random.integers(-1, 2, (AUDITS, SLOTS)), 1, LEVELS).astype(float)
    wide[random.random(wide.shape) < MISSING] = np.nan
    return wide


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--irrcac", metavar="PYTHON", help="the Python that has irrCAC")
    options = parser.parse_args()
    rows = long_rows(options.ratings)
    found = timed(steps_of(rows), options.rounds)
    if options.irrcac:
        found |= irrcac(options.irrcac, rows, options.rounds)
    middle = {name: statistics.median(seconds) for name, seconds in found.items()}
    print(f"{len(rows[0]):,} ratings, {RATERS} raters, {LEVELS} levels, {options.rounds} rounds\n")
    for name, seconds in found.items():
        spread = f"{min(seconds) * 1e3:.2f} to {max(seconds) * 1e3:.2f}"
        print(f"{name:<46} {middle[name] * 1e3:>12.2f} ms  ({spread})")
    print()
    for name, value in ratios(middle).items():
        print(f"{name:<66} {value:>8.1f} x")


def ratios(seconds: dict[str, float]) -> dict[str, float]:
    """How many times faster, both with and without the steps before."""
    table = seconds["fidelity: table from rows"]
    alpha = seconds["fidelity: alpha with interval, from table"]
    pivot_and_alpha = seconds["krippendorff: pivot"] + seconds["krippendorff: alpha"]
    drawn = seconds[f"fidelity: {DRAWS:,} draws, from table"]
    looped = seconds[f"krippendorff: {DRAWS:,} draws, extrapolated"]
    items = seconds[f"krippendorff: {ITEMS} items of {AUDITS:,} x {SLOTS}"]
    out = {
        "alpha from rows (theirs: pivot, alpha; ours: table, alpha, interval)": pivot_and_alpha
        / (table + alpha),
        "alpha from the same pivot": seconds["krippendorff: alpha"]
        / seconds["fidelity: the same from the pivot"],
        f"{DRAWS:,} draws (theirs from the pivot; ours from rows)": looped / (table + drawn),
        f"{ITEMS} items (theirs: alpha; ours: with intervals)": items
        / seconds[f"fidelity: the same {ITEMS} items with intervals"],
    }
    if "irrCAC: AC2 with error" in seconds:
        ac2 = seconds["fidelity: AC2 with error, from table"]
        both = seconds["irrCAC: pivot to a frame"] + seconds["irrCAC: AC2 with error"]
        out["AC2 with error from rows"] = both / (table + ac2)
        out["AC2 with error, without pivot or table"] = seconds["irrCAC: AC2 with error"] / ac2
    return out


if __name__ == "__main__":
    main()
