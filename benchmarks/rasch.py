"""How fast many-facet Rasch is, beside RaschPy, from the same long rows in one run.

    python -m benchmarks.rasch [--ratings 1000000] [--rounds 3] [--no-default] [--no-marginal]

Needs `pip install raschpy==1.4.0` beside the library. The estimators are not the same, so that the
measures are not the same numbers: RaschPy compares pairs of responses in which the person cancels
("cp-full-rcl", its default since 1.4.0, or "pair-cpat", its former), and then finds abilities;
ours is joint or marginal maximum likelihood. Checked is that severities agree (correlation .9 or
more); how far each lies from the planted truth is printed. Ours includes standard errors of every
measure; RaschPy's calibration and abilities have none, and its bootstrap for them is not timed.
RaschPy's pivot is a step of its own. Rounds go through all steps in turn (rounds.py).
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.rounds import Call, ratios, rounds, told
from fidelity.statistics.rasch import Method, many_facet_rasch

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

RATERS, ITEMS, RATERS_EACH = 200, 20, 5
STEPS = (-1.2, -0.4, 0.4, 1.2)
DEFAULT, FORMER = "cp-full-rcl", "pair-cpat"
PIVOT, OURS = "RaschPy: pivot", "fidelity: joint, all with errors, from rows"


@dataclass(frozen=True)
class Rows:
    """Shuffled rows: person, rater, item and level, and the raters' true severities."""

    person: Codes
    rater: Codes
    item: Codes
    level: Codes
    severity: Array


def long_rows(ratings: int, seed: int = 1) -> Rows:
    """Every person rated by 5 of 200 raters on 20 items."""
    random = np.random.default_rng(seed)
    people = round(ratings / (RATERS_EACH * ITEMS))
    raters = min(RATERS, people // 2)
    shape = (people, RATERS_EACH, ITEMS)
    person, place, item = (part.ravel() for part in np.indices(shape))
    severity = random.normal(scale=0.5, size=raters)
    rater = np.argsort(random.random((people, raters)), axis=1)[person, place]
    eta = random.normal(size=people)[person] - severity[rater]
    eta -= random.normal(scale=0.7, size=ITEMS)[item]
    chance = np.exp(eta[:, None] * np.arange(5) - np.cumsum([0.0, *STEPS]))
    reached = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    level = (random.random((len(eta), 1)) > reached).sum(axis=1)
    order = random.permutation(len(level))
    columns = (person, rater, item, level)
    return Rows(*(column[order] for column in columns), severity - severity.mean())


def pivot(rows: Rows) -> pd.DataFrame:
    """The table that RaschPy takes: rater and person down, items across."""
    long = pd.DataFrame(
        {"rater": rows.rater, "person": rows.person, "item": rows.item, "level": rows.level}
    )
    return long.set_index(["rater", "person", "item"])["level"].unstack("item").astype(float)


def raschpy(wide: pd.DataFrame, estimation: str) -> Array:
    """Calibration and abilities; the severities."""
    from raschpy import MFRM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MFRM(wide, max_score=len(STEPS))
        model.calibrate_global(estimation=estimation)
        model.person_estimates_global()
    return np.asarray(model.raters_global.sort_index(), dtype=np.float64)


def fidelity(rows: Rows, method: Method) -> Array:
    """Severities, difficulties, abilities, steps and standard errors of all."""
    facets = {"person": rows.person, "rater": rows.rater, "item": rows.item}
    fit = many_facet_rasch(facets, rows.level, method=method)
    assert fit.converged
    assert np.isfinite(fit.facets["person"].se).all()
    return fit.facets["rater"].value


def accuracy(severity: Array, true: Array) -> str:
    """Correlation with the truth, slope on it and root mean square difference from it."""
    centred = severity - severity.mean()
    slope = float(centred @ true / (true @ true))
    rmse = float(np.sqrt(np.mean(np.square(centred - true))))
    return f"r {np.corrcoef(severity, true)[0, 1]:.4f}, slope {slope:.3f}, rmse {rmse:.4f}"


def calls(rows: Rows, default: bool, marginal: bool) -> dict[str, Call]:
    """What is timed; what is told of it is its accuracy."""
    wide = pivot(rows)
    severities: dict[str, Array] = {}

    def pivoted() -> str:
        pivot(rows)
        return ""

    def fit(name: str, call: Callable[[], Array]) -> Call:
        def told_of_it() -> str:
            severities[name] = found = call()
            if OURS in severities:
                assert np.corrcoef(found, severities[OURS])[0, 1] >= 0.9, name
            return accuracy(found, rows.severity)

        return told_of_it

    estimators: dict[str, Callable[[], Array]] = {OURS: lambda: fidelity(rows, "joint")}
    if marginal:
        name = "fidelity: marginal, all with errors, from rows"
        estimators[name] = lambda: fidelity(rows, "marginal")
    estimators[f"RaschPy: {FORMER} and abilities"] = lambda: raschpy(wide, FORMER)
    if default:
        estimators[f"RaschPy: {DEFAULT} and abilities"] = lambda: raschpy(wide, DEFAULT)
    return {PIVOT: pivoted} | {name: fit(name, call) for name, call in estimators.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-default", action="store_true", help="leave RaschPy's default out")
    parser.add_argument("--no-marginal", action="store_true", help="leave the marginal method out")
    parser.add_argument("--log", type=Path, help="a CSV of every call, from which to go on")
    options = parser.parse_args()
    for call in calls(long_rows(4_000), default=True, marginal=True).values():
        call()  # imports, and whatever is made once
    rows = long_rows(options.ratings)
    steps = calls(rows, not options.no_default, not options.no_marginal)
    taken = rounds(str(options.ratings), steps, options.rounds, options.log)
    print(f"{len(rows.level):,} ratings, {len(rows.severity)} raters, {options.rounds} rounds\n")
    print(*told(taken, OURS), sep="\n")
    print()
    for name, entries in taken.items():
        if name != PIVOT:
            print(f"{name}: {entries[-1][1]}")
    pivoting = ratios(taken, PIVOT, OURS)
    for name in taken:
        if name.startswith("RaschPy") and name != PIVOT:
            both = zip(ratios(taken, name, OURS), pivoting, strict=True)
            print(f"{name}, with the pivot:", ", ".join(f"{a + b:.1f} x" for a, b in both))


if __name__ == "__main__":
    main()
