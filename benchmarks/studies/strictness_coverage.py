"""Do the intervals of raters' strictness cover as often as they say, and are they recovered?

Levels 0 to 4 come from the many-facet Rasch model with planted practitioners (sd 1), raters
(sd 0.5) and items (sd 0.7), drawn anew in every run; each practitioner is rated by a few raters
drawn at random, on every item. On the standard design each level has probability .1 or more. The
recovery slope is that of the estimates on the truth, over all runs: 1 is right, more is a spread
that is too wide. It is shown for the marginal method and, beside it, for the joint.

The hard cases: few practitioners, few items, rare levels, practitioners who are not normal, and
halo: an impression of the piece that a rater carries from item to item, which the model knows
nothing of.

    python -m benchmarks.studies.strictness_coverage            # 500 runs, writes the table
    python -m benchmarks.studies.strictness_coverage --share 0.1  # a look, writes nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import carry_out, monte_carlo_interval, origin, verdict
from fidelity.statistics.rasch import Errors, Method, RaschFit, many_facet_rasch

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TABLE = Path(__file__).with_suffix(".csv")
RUNS = 500
SEED = 20263

#: Name in the table to method and standard errors.
METHODS: dict[str, tuple[Method, Errors]] = {
    "marginal": ("marginal", "model"),
    "marginal, robust": ("marginal", "robust"),
    "joint": ("joint", "model"),
}
FACETS = ("rater", "item", "practitioner")


@dataclass(frozen=True)
class Ratings:
    """Ratings with the truth that made them, one row a rating."""

    facets: dict[str, Integers]
    level: Integers
    truth: dict[str, Array]


@dataclass(frozen=True)
class Design:
    """How ratings come about.

    Attributes:
        name: as in the table.
        practitioners: how many.
        raters: how many there are.
        items: how many each rating sheet has.
        raters_each: how many raters a practitioner has.
        steps: difficulties of the steps between levels, in logits.
        missing: the chance that a rating is missing.
        halo: standard deviation of what a rater carries from item to item, in logits.
        skewed: practitioners are exponential, not normal.
        standard: whether coverage is judged, not only shown.
    """

    name: str
    practitioners: int = 100
    raters: int = 10
    items: int = 8
    raters_each: int = 2
    steps: tuple[float, ...] = (-1.2, -0.4, 0.4, 1.2)
    missing: float = 0.0
    halo: float = 0.0
    skewed: bool = False
    standard: bool = False

    def draw(self, random: np.random.Generator) -> Ratings:
        """One service's ratings."""
        people = random.normal(size=self.practitioners)
        if self.skewed:
            people = random.exponential(size=self.practitioners) - 1.0
        strictness = random.normal(scale=0.5, size=self.raters)
        difficulty = random.normal(scale=0.7, size=self.items)
        sheets = (self.practitioners, self.raters_each, self.items)
        practitioner, place, item = (part.ravel() for part in np.indices(sheets))
        order = np.argsort(random.random((self.practitioners, self.raters)), axis=1)
        rater = order[practitioner, place]
        halo = random.normal(scale=self.halo, size=sheets[:2])[practitioner, place]
        eta = people[practitioner] + halo - strictness[rater] - difficulty[item]
        level = self._levels(eta, random)
        kept = random.random(len(level)) >= self.missing
        facets = {"practitioner": practitioner, "rater": rater, "item": item}
        shift = strictness.mean() + difficulty.mean()
        truth = {
            "practitioner": people - shift,
            "rater": strictness - strictness.mean(),
            "item": difficulty - difficulty.mean(),
        }
        return Ratings({name: part[kept] for name, part in facets.items()}, level[kept], truth)

    def _levels(self, eta: Array, random: np.random.Generator) -> Integers:
        sums = np.cumsum([0.0, *self.steps])
        chance = np.exp(eta[:, None] * np.arange(len(sums)) - sums)
        reached = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
        return (random.random((len(eta), 1)) > reached[:, :-1]).sum(axis=1)


DESIGNS = [
    Design("100 practitioners, 10 raters, 8 items, 2 raters each", standard=True),
    Design("the same, 20% missing", missing=0.2, standard=True),
    Design("30 practitioners", practitioners=30),
    Design("4 items", items=4),
    Design("top and bottom level rare (.05)", steps=(-3.0, -0.6, 0.6, 3.0)),
    Design("practitioners not normal (exponential)", skewed=True),
    Design("halo of 0.5 logits", halo=0.5),
]


def fits(design: Design, runs: int, seed: int) -> Iterator[tuple[Ratings, str, RaschFit]]:
    """Simulated ratings with every fit, run after run."""
    random = np.random.default_rng([seed, DESIGNS.index(design)])
    for _ in range(runs):
        ratings = design.draw(random)
        for name, (method, se) in METHODS.items():
            fit = many_facet_rasch(
                ratings.facets, ratings.level, person="practitioner", method=method, se=se
            )
            yield ratings, name, fit


def study(design: Design, runs: int, seed: int = SEED) -> list[dict[str, object]]:
    """Simulate, estimate and count, one row a method and facet."""
    found: dict[tuple[str, str], list[Array]] = {}
    for ratings, method, fit in fits(design, runs, seed):
        for facet in FACETS:
            measures = fit.facets[facet]
            true = ratings.truth[facet][measures.labels]
            entered = ~measures.extreme & np.isfinite(measures.se)
            covered = (measures.lower <= true) & (true <= measures.upper)
            part = np.array([true, measures.value, measures.upper - measures.lower, covered])
            found.setdefault((method, facet), []).append(part[:, entered])
    return [
        _row(design, runs, seed, method, facet, np.concatenate(found[method, facet], axis=1))
        for method in METHODS
        for facet in FACETS
    ]


def _row(
    design: Design, runs: int, seed: int, method: str, facet: str, found: Array
) -> dict[str, object]:
    true, value, width, covered = found
    hits, intervals = int(covered.sum()), len(covered)
    lower, upper = monte_carlo_interval(hits, intervals)
    judged = design.standard and method == "marginal" and facet == "rater"
    return {
        "design": design.name,
        "method": method,
        "facet": facet,
        "slope": round(float(np.polyfit(true, value, 1)[0]), 4),
        "rmse": round(float(np.sqrt(np.mean(np.square(value - true)))), 4),
        "median_width": round(float(np.median(width)), 4),
        "runs": runs,
        "intervals": intervals,
        "covered": hits,
        "coverage": round(hits / intervals, 4),
        "lower99": round(lower, 4),
        "upper99": round(upper, 4),
        "verdict": verdict(hits, intervals, judged) if judged else "shown",
        **origin(seed),
    }


def rows(share: float) -> Iterator[dict[str, object]]:
    """The table, from a share of the runs."""
    return (row for design in DESIGNS for row in study(design, round(RUNS * share)))


if __name__ == "__main__":
    shown = ("design", "method", "facet", "slope", "rmse", "coverage", "verdict")
    carry_out(__doc__, TABLE, rows, shown)
