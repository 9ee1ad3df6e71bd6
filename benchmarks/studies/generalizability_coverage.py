"""Do the intervals of variance components, G and Phi hold the truth as often as they say?

Run `python benchmarks/studies/generalizability_coverage.py`; it writes the table beside this
file. Standard cases (100 pieces, 3 raters, 20% missing at random, normal scores) are judged: the
99% Monte Carlo interval of the coverage must overlap [.93, .97]. Hard cases are printed beside
them and not judged.
"""

from __future__ import annotations

import argparse
import csv
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fidelity.statistics.classification import bivariate_normal
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.variance import Method, d_study, variance_components

SEED = 20250301
TABLE = Path(__file__).with_suffix(".csv")
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]
Scores = tuple[dict[str, NDArray[np.int64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Case:
    """One design with known truth."""

    name: str
    design: str
    sizes: dict[str, int]
    truth: dict[str, float]
    missing: float = 0.0
    method: Method = "auto"
    cut: bool = False
    once: float = 0.0
    judged: bool = False

    @property
    def runs(self) -> int:
        return 500 if self.missing or self.once else 4000


STANDARD = {"p": 100, "r": 3}
MISSING = 0.2
CUTS = (-1.1, -0.35, 0.35, 1.1)  # in standard deviations: each of five levels has .1 at least
CASES = [
    Case("all scored", "p x r", STANDARD, {"p": 1, "r": 0.05, "pr": 1}, judged=True),
    Case("all scored, raters apart", "p x r", STANDARD, {"p": 1, "r": 0.3, "pr": 1}, judged=True),
    Case("standard, high", "p x r", STANDARD, {"p": 1, "r": 0.05, "pr": 1}, MISSING, judged=True),
    Case("standard", "p x r", STANDARD, {"p": 0.5, "r": 0.05, "pr": 1}, MISSING, judged=True),
    Case("standard, low", "p x r", STANDARD, {"p": 0.2, "r": 0.02, "pr": 1}, MISSING, judged=True),
    Case("raters apart", "p x r", STANDARD, {"p": 1, "r": 0.3, "pr": 1}, MISSING, judged=True),
    Case("hard: raters alike", "p x r", STANDARD, {"p": 1, "r": 0.0, "pr": 1}, MISSING),
    Case(
        "hard: from sums",
        "p x r",
        STANDARD,
        {"p": 1, "r": 0.05, "pr": 1},
        MISSING,
        method="henderson",
    ),
    Case("hard: 30 pieces", "p x r", {"p": 30, "r": 3}, {"p": 1, "r": 0.1, "pr": 1}, MISSING),
    Case("hard: one in five twice", "p x r", STANDARD, {"p": 1, "r": 0.1, "pr": 1}, once=0.8),
    Case("hard: five levels", "p x r", STANDARD, {"p": 1, "r": 0.05, "pr": 1}, MISSING, cut=True),
    Case(
        "hard: pieces in 12 practitioners",
        "(a:p) x r",
        {"a": 6, "p": 12, "r": 4},
        {"p": 0.5, "r": 0.1, "a:p": 0.5, "pr": 0.1, "(a:p)r": 0.7},
        MISSING,
    ),
    Case(
        "hard: raters in 3 teams",
        "p x (r:t)",
        {"p": 40, "r": 2, "t": 3},
        {"p": 1, "t": 0.1, "r:t": 0.1, "pt": 0.2, "p(r:t)": 1},
        MISSING,
    ),
]


def scores(case: Case, rng: np.random.Generator) -> Scores:
    """Draw one study."""
    facets = list(case.sizes)
    grid = np.meshgrid(*[np.arange(case.sizes[f]) for f in facets], indexing="ij")
    factors = {f: g.ravel() for f, g in zip(facets, grid, strict=True)}
    y: NDArray[np.float64] = np.zeros(grid[0].size)
    for effect, variance in case.truth.items():
        inside = [factors[f] for f in facets if f in effect]
        code = np.unique(np.stack(inside), axis=1, return_inverse=True)[1].ravel()
        y += rng.normal(0.0, math.sqrt(variance), code.max() + 1)[code]
    kept = rng.random(len(y)) >= case.missing
    if case.once:
        kept = _mostly_once(case, factors, rng)
    if case.cut:
        y = np.digitize(y, math.sqrt(sum(case.truth.values())) * np.array(CUTS)).astype(float)
    return {f: c[kept] for f, c in factors.items()}, y[kept]


def _mostly_once(
    case: Case, factors: dict[str, NDArray[np.int64]], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Each piece by one rater, the rest of the pieces by two."""
    order = rng.random((case.sizes["p"], case.sizes["r"])).argsort(axis=1).argsort(axis=1)
    wanted = np.where(rng.random(case.sizes["p"]) < case.once, 1, 2)
    kept: NDArray[np.bool_] = order[factors["p"], factors["r"]] < wanted[factors["p"]]
    return kept


def truths(case: Case) -> dict[str, float]:
    """The true components and coefficients."""
    components = _of_levels(case) if case.cut else dict(case.truth)
    relative = absolute = 0.0
    for effect, variance in components.items():
        conditions = math.prod(n for f, n in case.sizes.items() if f in effect and f != "p")
        if effect != "p":
            absolute += variance / conditions
            relative += variance / conditions if "p" in effect else 0.0
    up = components["p"]
    return components | {"E rho^2": up / (up + relative), "Phi": up / (up + absolute)}


def _of_levels(case: Case) -> dict[str, float]:
    """Components of scores cut into levels, for the design p x r.

    Two scores that share a piece (or a rater) are normal with that component's share as their
    correlation; the covariance of their levels is its component after cutting.
    """
    h, k = np.meshgrid(CUTS, CUTS)
    total = sum(case.truth.values())

    def covariance(correlation: float) -> float:
        joint = bivariate_normal(h, k, correlation) - bivariate_normal(h, k, 0.0)
        return float(joint.sum())

    p, r = covariance(case.truth["p"] / total), covariance(case.truth["r"] / total)
    return {"p": p, "r": r, "pr": covariance(1.0) - p - r}


def intervals(case: Case, run: int) -> dict[str, Estimate]:
    """One study's estimates."""
    rng = np.random.default_rng([SEED, CASES.index(case), run])
    factors, y = scores(case, rng)
    found = variance_components(factors, y, design=case.design, method=case.method)
    sizes = {f: n for f, n in case.sizes.items() if f != "p"}
    row = d_study(found, sizes, measured="p").rows[0]
    return dict(found.components) | {"E rho^2": row.generalizability, "Phi": row.dependability}


def coverage(case: Case, runs: int) -> Iterator[dict[str, object]]:
    """Rows of the table: how often each interval held the truth."""
    truth = truths(case)
    drawn = [intervals(case, run) for run in range(runs)]
    for quantity, true in truth.items():
        found = [d[quantity] for d in drawn]
        held = [e.bounded and e.lower <= true <= e.upper for e in found]
        covered = sum(held)
        lower, upper = wilson(covered, runs, 2.5758)
        overlaps = "yes" if lower <= 0.97 and upper >= 0.93 else "no"
        yield {
            "case": case.name,
            "design": case.design,
            "method": "mean squares" if case.runs == 4000 else case.method.replace("auto", "reml"),
            "quantity": quantity,
            "truth": round(true, 4),
            "runs": runs,
            "no_interval": sum(not e.bounded for e in found),
            "covered": covered,
            "covered_first_tenth": sum(held[: runs // 10]),
            "coverage": round(covered / runs, 4),
            "mc99_lower": round(lower, 4),
            "mc99_upper": round(upper, 4),
            "truth_below": sum(e.bounded and true < e.lower for e in found),
            "truth_above": sum(e.bounded and true > e.upper for e in found),
            "mean_estimate": round(float(np.mean([e.value for e in found])), 4),
            "median_width": round(float(np.nanmedian([e.upper - e.lower for e in found])), 4),
            "passes": overlaps if case.judged else "not judged",
            "seed": SEED,
            "version": VERSION,
        }


def wilson(hits: int, n: int, z: float) -> tuple[float, float]:
    """Wilson's interval of a proportion."""
    share = hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + (z / (2 * n)) ** 2)
    return centre - half, centre + half


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="share of the runs, to try it")
    chosen = parser.parse_args()
    rows = []
    for case in CASES:
        for row in coverage(case, max(20, round(case.runs * chosen.share))):
            rows.append(row)
            print(*[row[k] for k in ("case", "quantity", "truth", "coverage", "passes")], sep="  ")
    if chosen.share == 1.0:
        with TABLE.open("w", encoding="utf-8", newline="") as out:
            table = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)


if __name__ == "__main__":
    main()
