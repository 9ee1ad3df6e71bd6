"""Do the intervals of variance components, E rho^2 and Phi cover as often as they say?

Scores are normal sums of the effects of a design, all drawn anew in every run: raters too. The
standard design is 100 pieces, 3 raters, with 20% missing by chance (REML, 500 runs) or none
(mean squares, 4,000 runs). The hard cases: raters all alike, few pieces, most pieces scored once,
scores cut into five levels, nested designs, and Henderson's sums instead of REML.

    python -m benchmarks.studies.generalizability_coverage              # writes the table
    python -m benchmarks.studies.generalizability_coverage --share 0.1  # a look, writes nothing
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import carry_out, monte_carlo_interval, origin, verdict
from fidelity.statistics.classification import bivariate_normal
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.variance import Method, d_study, variance_components

Array = npt.NDArray[np.float64]
Factors = dict[str, npt.NDArray[np.int64]]

TABLE = Path(__file__).with_suffix(".csv")
SEED = 20263
MISSING = 0.2
#: In standard deviations: each of five levels then has a chance of .1 at least.
CUTS = (-1.1, -0.35, 0.35, 1.1)


@dataclass(frozen=True)
class Study:
    """A design with planted variances.

    Attributes:
        name: as in the table.
        truth: for each effect its variance; the pieces or practitioners measured are `p`.
        sizes: for each facet its number of levels within what it is nested in.
        design: its formula.
        missing: the chance that a score is missing.
        once: the chance that a piece is scored by one rater only, else by two; 0 for all.
        cut: whether scores are cut into five levels.
        method: of estimation.
        standard: whether coverage is judged, not only shown.
    """

    name: str
    truth: dict[str, float]
    sizes: dict[str, int]
    design: str = "p x r"
    missing: float = MISSING
    once: float = 0.0
    cut: bool = False
    method: Method = "auto"
    standard: bool = False

    @property
    def runs(self) -> int:
        """Runs of the full study."""
        return 500 if self.missing or self.once else 4000

    def draw(self, random: np.random.Generator) -> tuple[Factors, Array]:
        """The scores of one run, a row each."""
        grid = np.meshgrid(*[np.arange(n) for n in self.sizes.values()], indexing="ij")
        factors = {f: g.ravel() for f, g in zip(self.sizes, grid, strict=True)}
        y: Array = np.zeros(grid[0].size)
        for effect, variance in self.truth.items():
            inside = np.stack([codes for f, codes in factors.items() if f in effect])
            code = np.unique(inside, axis=1, return_inverse=True)[1].ravel()
            y += math.sqrt(variance) * random.normal(size=int(code.max()) + 1)[code]
        kept = random.random(len(y)) >= self.missing
        if self.once:
            order = random.random((self.sizes["p"], self.sizes["r"])).argsort(axis=1)
            wanted = np.where(random.random(self.sizes["p"]) < self.once, 1, 2)
            kept = order.argsort(axis=1).ravel() < np.repeat(wanted, self.sizes["r"])
        if self.cut:
            y = np.digitize(y, self.spread * np.array(CUTS)).astype(np.float64)
        return {f: codes[kept] for f, codes in factors.items()}, y[kept]

    @property
    def spread(self) -> float:
        """Standard deviation of the scores before they are cut."""
        return math.sqrt(sum(self.truth.values()))

    def true(self) -> dict[str, float]:
        """The components, and the coefficients at the sizes of the study."""
        components = self._cut_components() if self.cut else dict(self.truth)
        relative = absolute = 0.0
        for effect, variance in components.items():
            conditions = math.prod(n for f, n in self.sizes.items() if f in effect and f != "p")
            absolute += variance / conditions if effect != "p" else 0.0
            relative += variance / conditions if effect != "p" and "p" in effect else 0.0
        p = components["p"]
        return components | {"E rho^2": p / (p + relative), "Phi": p / (p + absolute)}

    def _cut_components(self) -> dict[str, float]:
        """Components of levels, for p x r.

        Two scores that share a piece (or a rater) are normal with that component's share as
        their correlation; the covariance of their levels is its component after cutting.
        """
        h, k = np.meshgrid(CUTS, CUTS)

        def covariance(share: float) -> float:
            return float((bivariate_normal(h, k, share) - bivariate_normal(h, k, 0.0)).sum())

        p, r = (covariance(self.truth[name] / self.spread**2) for name in ("p", "r"))
        return {"p": p, "r": r, "pr": covariance(1.0) - p - r}

    def estimates(self, random: np.random.Generator) -> dict[str, Estimate]:
        """What the library says of one run."""
        found = variance_components(*self.draw(random), design=self.design, method=self.method)
        sizes = {f: n for f, n in self.sizes.items() if f != "p"}
        row = d_study(found, sizes, measured="p").rows[0]
        coefficients = {"E rho^2": row.generalizability, "Phi": row.dependability}
        return dict(found.components) | coefficients


STANDARD = {"p": 100, "r": 3}
HIGH = {"p": 1.0, "r": 0.05, "pr": 1.0}
STUDIES = [
    Study("all scored, Phi .74", HIGH, STANDARD, missing=0.0, standard=True),
    Study(
        "all scored, raters far apart",
        {"p": 1.0, "r": 0.3, "pr": 1.0},
        STANDARD,
        missing=0.0,
        standard=True,
    ),
    Study("20% missing, Phi .74", HIGH, STANDARD, standard=True),
    Study("20% missing, Phi .59", {"p": 0.5, "r": 0.05, "pr": 1.0}, STANDARD, standard=True),
    Study("20% missing, Phi .37", {"p": 0.2, "r": 0.02, "pr": 1.0}, STANDARD, standard=True),
    Study(
        "20% missing, raters far apart", {"p": 1.0, "r": 0.3, "pr": 1.0}, STANDARD, standard=True
    ),
    Study("raters all alike", {"p": 1.0, "r": 0.0, "pr": 1.0}, STANDARD),
    Study("Henderson's sums", HIGH, STANDARD, method="henderson"),
    Study("30 pieces", {"p": 1.0, "r": 0.1, "pr": 1.0}, {"p": 30, "r": 3}),
    Study("one piece in five scored twice", {"p": 1.0, "r": 0.1, "pr": 1.0}, STANDARD, once=0.8),
    Study("five levels", HIGH, STANDARD, cut=True),
    Study(
        "6 pieces of each of 12 practitioners",
        {"p": 0.5, "r": 0.1, "a:p": 0.5, "pr": 0.1, "(a:p)r": 0.7},
        {"a": 6, "p": 12, "r": 4},
        "(a:p) x r",
    ),
    Study(
        "2 raters in each of 3 teams",
        {"p": 1.0, "t": 0.1, "r:t": 0.1, "pt": 0.2, "p(r:t)": 1.0},
        {"p": 40, "r": 2, "t": 3},
        "p x (r:t)",
    ),
]


def study(case: Study, runs: int, seed: int = SEED) -> list[dict[str, object]]:
    """Simulate, estimate and count, one row a component or coefficient."""
    random = np.random.default_rng([seed, STUDIES.index(case)])
    drawn = [case.estimates(random) for _ in range(runs)]
    rows: list[dict[str, object]] = []
    for name, true in case.true().items():
        found = [estimates[name] for estimates in drawn]
        bounded = [e for e in found if e.bounded]
        below = sum(true < e.lower for e in bounded)
        above = sum(true > e.upper for e in bounded)
        covered = len(bounded) - below - above
        lower, upper = monte_carlo_interval(covered, len(bounded))
        rows.append(
            {
                "design": case.name,
                "formula": case.design,
                "estimate": name,
                "true": round(true, 5),
                "median": round(float(np.median([e.value for e in found])), 5),
                "median_width": round(float(np.median([e.upper - e.lower for e in bounded])), 5),
                "runs": runs,
                "with_interval": len(bounded),
                "covered": covered,
                "true_below": below,
                "true_above": above,
                "coverage": round(covered / len(bounded), 4),
                "lower99": round(lower, 4),
                "upper99": round(upper, 4),
                "verdict": verdict(covered, len(bounded), case.standard),
                **origin(seed),
            }
        )
    return rows


def rows(share: float) -> Iterator[dict[str, object]]:
    """The table, from a share of the runs."""
    return (row for case in STUDIES for row in study(case, max(10, round(case.runs * share))))


if __name__ == "__main__":
    shown = ("design", "estimate", "true", "median", "median_width", "coverage", "verdict")
    carry_out(__doc__, TABLE, rows, shown)
