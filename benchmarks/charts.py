"""4,500 charts (150 authorities, 30 items, 60 months) beside a vectorised pandas, in one run.

Both do the same: limits of individuals from moving ranges, screened once, and the four rules of
Making Data Count. The pandas is written by somebody who knows it: no loop over series. It comes
twice, as a long table with groupby, and as a wide table (a column a series), which is the faster
of the two. Flags are compared for equality before anything is timed.

    python -m benchmarks.charts
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.statistics.charts import XMR_LIMIT, XMR_RANGE, xmr

Array = npt.NDArray[np.float64]
Flags = dict[str, npt.NDArray[np.bool_]]
SERIES, MONTHS, SEED = 150 * 30, 60, 20264


def series() -> Array:
    """Monthly means with a planted shift in every tenth series, shape (series, months)."""
    rng = np.random.default_rng(SEED)
    y = rng.normal(3.2, 0.3, (SERIES, MONTHS))
    y[::10, 40:] -= 0.3
    return y


def ours(y: Array) -> Flags:
    """By `fidelity.statistics.charts`."""
    return dict(xmr(y).flags)


def wide(frame: pd.DataFrame) -> Flags:
    """Pandas on a wide table: one row a month, one column a series, all by shifting."""
    ranges = frame.diff().abs()
    mean = ranges.mean()
    mean = ranges.where(ranges <= XMR_RANGE * mean).mean()
    d, reach, step = frame - frame.mean(), XMR_LIMIT * mean, frame.diff()

    def complete(a: pd.DataFrame, k: int) -> pd.DataFrame:
        found = a
        for n in range(1, k):
            found = found & a.shift(n, fill_value=False)
        return found

    def within(found: pd.DataFrame, k: int) -> pd.DataFrame:
        held = found
        for n in range(1, k):
            held = held | found.shift(-n, fill_value=False)
        return held

    flags = {"outside the limits": (d > reach) | (d < -reach)}
    flags["7 on one side"] = within(complete(d > 0, 7), 7) | within(complete(d < 0, 7), 7)
    flags["7 rising or falling"] = within(complete(step > 0, 6) | complete(step < 0, 6), 7)
    near_any = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    for side in (d, -d):
        near = (side > reach * (2 / 3)) & ~(side > reach)
        two = sum(near.shift(n, fill_value=False).astype(np.int8) for n in range(3)) >= 2
        near_any |= near & within(two & complete(side > 0, 3), 3)
    flags["2 of 3 near a limit"] = near_any
    return {name: found.to_numpy().T for name, found in flags.items()}


def long(table: pd.DataFrame) -> Flags:
    """Pandas on a long table sorted by series and month: columns series, y."""
    by = table["series"]
    ranges = table.groupby("series")["y"].diff().abs()
    mean = ranges.groupby(by).transform("mean")
    mean = ranges.where(ranges <= XMR_RANGE * mean).groupby(by).transform("mean")
    d = table["y"] - table.groupby("series")["y"].transform("mean")
    reach, step = XMR_LIMIT * mean, table.groupby("series")["y"].diff()

    def shifted(a: "pd.Series[bool]", n: int) -> "pd.Series[bool]":
        return a.groupby(by).shift(n, fill_value=False)

    def complete(a: "pd.Series[bool]", k: int) -> "pd.Series[bool]":
        found = a
        for n in range(1, k):
            found = found & shifted(a, n)
        return found

    def within(found: "pd.Series[bool]", k: int) -> "pd.Series[bool]":
        held = found
        for n in range(1, k):
            held = held | shifted(found, -n)
        return held

    flags = {"outside the limits": (d > reach) | (d < -reach)}
    flags["7 on one side"] = within(complete(d > 0, 7), 7) | within(complete(d < 0, 7), 7)
    flags["7 rising or falling"] = within(complete(step > 0, 6) | complete(step < 0, 6), 7)
    near_any = pd.Series(False, index=table.index)
    for side in (d, -d):
        near = (side > reach * (2 / 3)) & ~(side > reach)
        two = near.astype(np.int8) + shifted(near, 1) + shifted(near, 2) >= 2
        near_any |= near & within(two & complete(side > 0, 3), 3)
    flags["2 of 3 near a limit"] = near_any
    return {name: found.to_numpy().reshape(SERIES, MONTHS) for name, found in flags.items()}


def timed(tools: dict[str, Callable[[], Flags]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each tool, rounds through all of them in turn."""
    found: dict[str, list[float]] = {name: [] for name in tools}
    for _ in range(rounds):
        for name, run in tools.items():
            start = time.perf_counter()
            run()
            found[name].append(time.perf_counter() - start)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    y = series()
    table = pd.DataFrame({"series": np.repeat(np.arange(SERIES), MONTHS), "y": y.ravel()})
    frame = pd.DataFrame(y.T.copy())
    tools = {
        "fidelity": lambda: ours(y),
        "pandas, wide": lambda: wide(frame),
        "pandas, long": lambda: long(table),
    }
    flags = {name: run() for name, run in tools.items()}
    for name, found in flags.items():
        for rule, flag in flags["fidelity"].items():
            assert (found[rule] == flag).all(), (name, rule, int((found[rule] != flag).sum()))
    flagged = {rule: int(flag.any(axis=1).sum()) for rule, flag in flags["fidelity"].items()}
    print(f"pandas {pd.__version__}, {SERIES:,} series, {MONTHS} months; flags equal: {flagged}")
    found = timed(tools, rounds)
    middle = {name: statistics.median(seconds) for name, seconds in found.items()}
    for name, seconds in found.items():
        spread = f"{1000 * min(seconds):.1f} to {1000 * max(seconds):.1f}"
        ratio = middle[name] / middle["fidelity"]
        print(f"  {name:<14} {1000 * middle[name]:>8.1f} ms  ({spread})  {ratio:.2f} x ours")


if __name__ == "__main__":
    main()
