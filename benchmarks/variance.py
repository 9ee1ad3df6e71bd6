"""How fast crossed random effects are, beside mixedlm and statsmodels, in one run.

    python -m benchmarks.variance [--cases 500 10k insteval 100k 1m] [--rounds 3] [--log FILE]

Needs `pip install mixedlm==1.3.0` and, for the smallest case, statsmodels beside the library. All
start from the same shuffled long rows with whole-number columns, and number levels inside their
own time. The model is y ~ 1 + one random intercept for each factor, by REML. Criteria are
checked to be equal to 1e-3 (lme4 1.1-31 gives 237774.8624 for InstEval, which is read from
../shared/reference and left out where it is absent). Ours includes the information matrix of the
variances and a standard error of every prediction. statsmodels holds crossed factors as dense
columns: it is run at 500 rows, and not beyond. Rounds go through the tools in turn (rounds.py);
medians, with the range. Linear algebra uses the threads that the machine gives
(OPENBLAS_NUM_THREADS), for all tools alike: on busy cores one thread is faster than two.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.rounds import Taken, rounds, told
from fidelity.statistics.reml import crossed_reml

INSTEVAL = Path(__file__).parents[2] / "shared" / "reference" / "insteval.csv.gz"
LME4 = 237774.8624

#: Rows, practitioners, raters, items.
SIZES = {
    "500": (500, 40, 8, 5),
    "10k": (10_000, 500, 30, 20),
    "100k": (100_000, 3_000, 150, 30),
    "1m": (1_000_000, 20_000, 1_000, 30),
}


def long_rows(case: str, seed: int = 1) -> pd.DataFrame:
    """Shuffled rows: a level of each factor, and y."""
    if case == "insteval":
        rows = pd.read_csv(INSTEVAL)[["s", "d", "dept", "y"]]
        return rows.sample(frac=1, random_state=seed, ignore_index=True)
    random = np.random.default_rng(seed)
    n, *levels = SIZES[case]
    codes = [random.integers(0, q, n) for q in levels]
    effects = [random.normal(0, s, q) for s, q in zip((0.6, 0.3, 0.4), levels, strict=True)]
    y = 3 + random.normal(size=n)
    for effect, code in zip(effects, codes, strict=True):
        y += effect[code]
    return pd.DataFrame(dict(zip(("practitioner", "rater", "item"), codes, strict=True)) | {"y": y})


def fidelity(rows: pd.DataFrame) -> float:
    """-2 log restricted likelihood, by ours."""
    factors = {name: rows[name].to_numpy() for name in rows.columns[:-1]}
    return crossed_reml(rows["y"].to_numpy(), factors).criterion


def mixedlm(rows: pd.DataFrame) -> float:
    """The same, by mixedlm."""
    import mixedlm as peer

    terms = " + ".join(f"(1 | {name})" for name in rows.columns[:-1])
    return float(peer.lmer(f"y ~ 1 + {terms}", rows).REMLcrit())


def statsmodels(rows: pd.DataFrame) -> float:
    """The same, by statsmodels."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    parts = {name: f"0 + C({name})" for name in rows.columns[:-1]}
    whole = np.ones(len(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its optimiser's steps; the criterion is checked
        model = MixedLM.from_formula("y ~ 1", rows, groups=whole, vc_formula=parts, re_formula="0")
        return -2.0 * float(model.fit(reml=True).llf)


def check(case: str, taken: Taken) -> None:
    """All criteria of all rounds equal to 1e-3, and lme4's where it is known."""
    criteria = [float(found) for entries in taken.values() for _, found in entries]
    if case == "insteval":
        criteria.append(LME4)
    assert max(criteria) - min(criteria) < 1e-3, taken


def main() -> None:
    import mixedlm as peer

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    cases = [*list(SIZES)[:2], "insteval", *list(SIZES)[2:]]
    parser.add_argument("--cases", nargs="+", choices=cases, default=cases)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--log", type=Path, help="a CSV of every call, from which to go on")
    options = parser.parse_args()
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "as the machine gives")
    version = getattr(peer, "__version__", "unknown")
    print(f"mixedlm {version}, {options.rounds} rounds, linear algebra threads: {threads}\n")
    warm = long_rows("500")
    fidelity(warm), mixedlm(warm)
    for case in options.cases:
        if case == "insteval" and not INSTEVAL.is_file():
            print("insteval: left out, ../shared/reference is absent")
            continue
        rows = long_rows(case)
        tools = {"fidelity": fidelity, "mixedlm": mixedlm}
        if case == "500":
            tools["statsmodels"] = statsmodels
        calls = {name: partial(_criterion, fit, rows) for name, fit in tools.items()}
        taken = rounds(case, calls, options.rounds, options.log)
        check(case, taken)
        print(f"{case}: {len(rows):,} rows, criterion {taken['fidelity'][0][1]}")
        print(*told(taken, "fidelity"), sep="\n")


def _criterion(fit: Callable[[pd.DataFrame], float], rows: pd.DataFrame) -> str:
    return f"{fit(rows):.4f}"


if __name__ == "__main__":
    main()
