"""How often does a chart raise a flag although nothing changes?

Independent standard normal points; every rule and set of rules, with limits that are known, that
rest on the points that are judged, or on the first few of them. The table stands beside the code
that looks it up (`fidelity/statistics/false_flags.csv`).

    python -m benchmarks.studies.false_flags               # 50,000 runs, writes the table
    python -m benchmarks.studies.false_flags --runs 2000   # a look, writes nothing
"""

import argparse
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import version, write_table
from fidelity.statistics.chart_rules import RULES, SETS, judged
from fidelity.statistics.chart_sequential import cusum, ewma
from fidelity.statistics.charts import xmr
from fidelity.statistics.false_flags import TABLE
from fidelity.statistics.run_chart import FEW_CROSSINGS, LONG_RUN, run_chart, runs_about

Array = npt.NDArray[np.float64]

RUNS, SEED, AT_A_TIME = 50_000, 20265, 5_000
POINTS = (6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 28, 32, 36, 42, 48, 54, 60, 72, 84, 96, 120)
#: Runs of whole numbers: what a run chart allows jumps from one number of points to the next.
EACH = (*range(6, 37), *(n for n in POINTS if n > 36))
BASELINES = (6, 8, 10, 12, 18, 24, 36, 48)
NAMES = (*RULES, *SETS, LONG_RUN, FEW_CROSSINGS, "anhoj", "ewma", "cusum")
#: Limits, number of points that they rest on (0: does not matter), number of points judged.
CASES = [
    *((kind, 0, n) for kind in ("known", "own", "center") for n in EACH),
    *(("first", b, n) for b in BASELINES for n in POINTS if n > b),
]  # fmt: skip


def flagged(limits: str, baseline: int, y: Array) -> dict[str, npt.NDArray[np.bool_]]:
    """Whether each series (rows of y) has at least one flag, by rule and set."""
    n = y.shape[-1]
    mask = np.arange(n) < (baseline or n)
    found = xmr(y, baseline=mask, rules="shewhart")
    known = limits in {"known", "center"}
    center = np.zeros_like(y) if limits == "known" else found.center
    reach = np.full_like(y, 3.0) if known else found.reach
    flags, _ = judged(y, center, reach, tuple(RULES), [slice(0, n)])
    raised: dict[str, npt.NDArray[np.bool_]]
    raised = {name: np.asarray(flag.any(axis=-1)) for name, flag in flags.items()}
    for name, members in SETS.items():
        raised[name] = np.logical_or.reduce([raised[member] for member in members])
    if limits == "known":
        runs = runs_about(y, 0.0)
        raised[LONG_RUN] = runs.longest > runs.longest_limit
        raised[FEW_CROSSINGS] = runs.crossings < runs.crossings_limit
    else:
        for name, flag in run_chart(y, baseline=mask).flags.items():
            raised[name] = flag.any(axis=-1)
    raised["anhoj"] = raised[LONG_RUN] | raised[FEW_CROSSINGS]
    mu = center[:, 0]
    s = reach[:, 0] / 3
    for name, tool in (("ewma", ewma), ("cusum", cusum)):
        raised[name] = tool(y, center=mu, sigma=s).flagged.any(axis=-1)
    return raised


def study(
    cases: list[tuple[str, int, int]], runs: int, seed: int = SEED
) -> Iterator[dict[str, object]]:
    """One row a case, with the share of runs in which each rule raised a flag."""
    longest = max(n for _, _, n in cases)
    counts = {case: dict.fromkeys(NAMES, 0) for case in cases}
    random = np.random.default_rng(seed)
    for start in range(0, runs, AT_A_TIME):
        y = random.normal(size=(min(AT_A_TIME, runs - start), longest))
        for case in cases:
            limits, baseline, n = case
            for name, raised in flagged(limits, baseline, y[:, :n]).items():
                counts[case][name] += int(raised.sum())
    for (limits, baseline, n), found in counts.items():
        shares = {name: round(count / runs, 5) for name, count in found.items()}
        yield {
            "limits": limits, "baseline": baseline, "n": n, **shares, "runs": runs, "seed": seed,
            "version": version(), "numpy": np.__version__,
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    rows = list(study(CASES, runs))
    for row in rows:
        shown = ("limits", "baseline", "n", "shewhart", "nhs", "western_electric", "nelson",
                 "anhoj", "ewma", "cusum")  # fmt: skip
        print(" | ".join(str(row[column]) for column in shown))
    if runs == RUNS:
        write_table(TABLE, rows)


if __name__ == "__main__":
    main()
