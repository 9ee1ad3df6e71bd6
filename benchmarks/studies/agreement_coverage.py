"""Do the intervals of the coefficients of agreement cover as often as they say?

Ratings are simulated from a model in which the true coefficient is exact: a unit has a true level;
each rater reports it, or a neighbouring level, with known chances of their own; ratings are missing
at random. All levels, coefficients, kinds of standard error and three hard cases are in the table
`agreement_coverage.csv`.

    python -m benchmarks.studies.agreement_coverage            # 4,000 runs, writes the table
    python -m benchmarks.studies.agreement_coverage --share 0.05  # a look, writes nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import carry_out, monte_carlo_interval, origin, verdict
from fidelity.statistics.catalogue import answer
from fidelity.statistics.patterns import Patterns
from fidelity.statistics.uncertainty import Asked, StandardError
from fidelity.statistics.weights import distance_matrix, weight_matrix

Array = npt.NDArray[np.float64]

TABLE = Path(__file__).with_suffix(".csv")
RUNS = 4000
SEED = 20261

#: Coefficient and its weights (for alpha its metric).
COEFFICIENTS = [
    ("percent_agreement", "identity"),
    ("cohen_kappa", "quadratic"),
    ("conger_kappa", "identity"),
    ("fleiss_kappa", "identity"),
    ("brennan_prediger", "linear"),
    ("gwet_ac", "identity"),
    ("gwet_ac", "ordinal"),
    ("krippendorff_alpha", "nominal"),
    ("krippendorff_alpha", "ordinal"),
    ("krippendorff_alpha", "interval"),
]
#: The bootstrap is a hundred times slower; these two stand for the others.
BOOTSTRAPPED = [("gwet_ac", "ordinal"), ("krippendorff_alpha", "ordinal")]
DRAWS = 1000


@dataclass(frozen=True)
class Kind:
    """Units of one kind.

    Attributes:
        levels: (K,) chances of the true level.
        exact: by rater, the chance that the rater reports the true level; else a neighbour.
    """

    levels: tuple[float, ...]
    exact: tuple[float, ...]

    def reports(self) -> Array:
        """(raters, K, K) chances of each report, by true level."""
        size = len(self.levels)
        beside = np.eye(size, k=1) + np.eye(size, k=-1)
        beside /= beside.sum(axis=1, keepdims=True)
        return np.stack([hit * np.eye(size) + (1 - hit) * beside for hit in self.exact])

    def pairs(self) -> Array:
        """(raters, raters, K, K) chances of two raters' reports of the same unit."""
        reports = self.reports()
        return np.einsum("c,gck,hcl->ghkl", np.array(self.levels), reports, reports)


@dataclass(frozen=True)
class Design:
    """How ratings come about.

    Attributes:
        name: as in the table.
        units: how many.
        kinds: of units, as likely; with clusters a cluster is of one kind.
        clusters: how many, of equal size; 0 for independent units.
        missing: the chance that a rating is missing.
        standard: whether coverage is judged, not only shown.
    """

    name: str
    units: int
    kinds: tuple[Kind, ...]
    clusters: int = 0
    missing: float = 0.2
    standard: bool = False

    @property
    def raters(self) -> int:
        return len(self.kinds[0].exact)

    def draw(self, random: np.random.Generator) -> tuple[Array, npt.NDArray[np.int64] | None]:
        """(units, raters) levels from 1, NaN where missing; and the clusters."""
        cluster = np.arange(self.units) % self.clusters if self.clusters else None
        if cluster is None:
            kind = random.integers(0, len(self.kinds), self.units)
        else:
            kind = random.integers(0, len(self.kinds), self.clusters)[cluster]
        x = np.empty((self.units, self.raters))
        for place, one in enumerate(self.kinds):
            mine = np.flatnonzero(kind == place)
            truth = random.choice(len(one.levels), len(mine), p=one.levels)
            for rater, chances in enumerate(one.reports()):
                edges = np.cumsum(chances, axis=1)[truth]
                above = random.random(len(mine))[:, None] > edges[:, :-1]
                x[mine, rater] = 1 + above.sum(axis=1)
        x[random.random(x.shape) < self.missing] = np.nan
        return x, cluster


EVEN = Kind((0.2, 0.2, 0.2, 0.2, 0.2), (0.75, 0.65, 0.7))
RARE = Kind((0.95, 0.05), (0.95, 0.95, 0.95))
HIGH = Kind((0.05, 0.1, 0.15, 0.3, 0.4), (0.85, 0.8, 0.85))
LOW = Kind((0.3, 0.3, 0.2, 0.1, 0.1), (0.6, 0.5, 0.55))

DESIGNS = [
    Design("100 units, 3 raters, 5 levels, 20% missing", 100, (EVEN,), standard=True),
    Design("one level in 20 (prevalence .05), 100 units", 100, (RARE,)),
    Design("30 units", 30, (EVEN,)),
    Design("10 clusters of 10 units", 100, (HIGH, LOW), clusters=10),
]


def truth(design: Design, name: str, weights: str) -> float:
    """The coefficient that ever more units would give."""
    pairs = np.mean([kind.pairs() for kind in design.kinds], axis=0)
    raters = [0, 1] if name == "cohen_kappa" else range(design.raters)
    chosen = [(g, h) for g in raters for h in raters if g != h]
    joint = np.mean([pairs[g, h] for g, h in chosen], axis=0)
    own = np.stack([pairs[g, (g + 1) % design.raters].sum(axis=1) for g in raters])
    share = own.mean(axis=0)
    size = len(share)
    levels = np.arange(1.0, size + 1)
    if name == "krippendorff_alpha":
        distance, _ = distance_matrix(weights, levels)
        if distance is None:
            rank = np.cumsum(share) - share / 2
            distance = (rank[:, None] - rank) ** 2
        return float(1 - (joint * distance).sum() / (share @ distance @ share))
    matrix, _ = weight_matrix(weights, levels)
    agreed = float((joint * matrix).sum())
    of_pairs = [own[list(raters).index(g)] @ matrix @ own[list(raters).index(h)] for g, h in chosen]
    chance = {
        "percent_agreement": 0.0,
        "brennan_prediger": matrix.sum() / size**2,
        "fleiss_kappa": share @ matrix @ share,
        "gwet_ac": matrix.sum() / (size * (size - 1)) * (share * (1 - share)).sum(),
        "conger_kappa": np.mean(of_pairs),
        "cohen_kappa": np.mean(of_pairs),
    }[name]
    return float((agreed - chance) / (1 - chance))


def cases(design: Design, errors: tuple[StandardError, ...]) -> Iterator[tuple[str, str, Asked]]:
    """Which coefficients and errors a design is tried with."""
    for se in errors:
        if design.clusters and se == "gwet":
            continue
        for name, weights in BOOTSTRAPPED if se == "bootstrap" else COEFFICIENTS:
            yield name, weights, Asked(se, draws=DRAWS)


ERRORS: tuple[StandardError, ...] = ("jackknife", "gwet", "bootstrap")


def study(
    design: Design, runs: int, seed: int = SEED, errors: tuple[StandardError, ...] = ERRORS
) -> list[dict[str, object]]:
    """Simulate, estimate and count, one row a coefficient and standard error."""
    random = np.random.default_rng([seed, DESIGNS.index(design)])
    levels = np.arange(1.0, len(design.kinds[0].levels) + 1)
    asked = list(cases(design, errors))
    true = [truth(design, name, weights) for name, weights, _ in asked]
    values = np.full((len(asked), runs), np.nan)
    errors_found = np.full((len(asked), runs), np.nan)
    bounded = np.zeros(len(asked), dtype=int)
    covered = np.zeros(len(asked), dtype=int)
    for run in range(runs):
        x, cluster = design.draw(random)
        table = Patterns.from_ratings(x, categories=levels, clusters=cluster, ordered=True)
        two = Patterns.from_ratings(x[:, :2], categories=levels, clusters=cluster, ordered=True)
        for place, (name, weights, how) in enumerate(asked):
            patterns = two if name == "cohen_kappa" else table
            found = answer(name, weights, None, None, None, patterns, how)[0]
            values[place, run], errors_found[place, run] = found.value, found.se
            bounded[place] += found.bounded
            covered[place] += found.lower <= true[place] <= found.upper
    return [
        row(design, case, runs, true[i], values[i], errors_found[i], bounded[i], covered[i], seed)
        for i, case in enumerate(asked)
    ]


def row(
    design: Design,
    case: tuple[str, str, Asked],
    runs: int,
    true: float,
    values: Array,
    errors: Array,
    bounded: int,
    covered: int,
    seed: int,
) -> dict[str, object]:
    """One line of the table; coverage is of the runs that have an interval."""
    lower, upper = monte_carlo_interval(int(covered), int(bounded))
    return {
        "design": design.name,
        "coefficient": case[0],
        "weights": case[1],
        "se": case[2].se,
        "true": round(true, 5),
        "mean": round(float(np.nanmean(values)), 5),
        "sd": round(float(np.nanstd(values, ddof=1)), 5),
        "mean_se": round(float(np.nanmean(errors)), 5),
        "runs": runs,
        "with_interval": int(bounded),
        "covered": int(covered),
        "coverage": round(covered / bounded, 4) if bounded else "",
        "lower99": "" if isnan(lower) else round(lower, 4),
        "upper99": "" if isnan(upper) else round(upper, 4),
        "verdict": verdict(int(covered), int(bounded), design.standard),
        **origin(seed),
    }


def rows(share: float) -> Iterator[dict[str, object]]:
    """The table, from a share of the runs."""
    return (row for design in DESIGNS for row in study(design, round(RUNS * share)))


if __name__ == "__main__":
    shown = ("design", "coefficient", "weights", "se", "true", "mean", "coverage", "verdict")
    carry_out(__doc__, TABLE, rows, shown)
