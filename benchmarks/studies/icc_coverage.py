"""Do the intervals of the intraclass correlations cover as often as they say?

Scores are normal: unit + rater + error, the raters drawn anew in every run. ICC1 and its error of
measurement are tried where every unit has raters of its own; the others where the same raters
score all units. The hard cases: few units, two raters, strict and generous raters far apart, skewed
scores, units alike within 10 clusters (which the F intervals know nothing of).

With missing scores the estimates are by REML and the runs an eighth.

    python -m benchmarks.studies.icc_coverage            # 4,000 runs, writes the table
    python -m benchmarks.studies.icc_coverage --share 0.05  # a look, writes nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import carry_out, monte_carlo_interval, origin, verdict
from fidelity.statistics import icc_incomplete
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.icc import KINDS, icc, sem

Array = npt.NDArray[np.float64]

TABLE = Path(__file__).with_suffix(".csv")
RUNS = 4000
SEED = 20262

ONE_WAY = ("ICC1", "ICC1k", "sem oneway")
TWO_WAY = ("ICC2", "ICC2k", "ICC3", "ICC3k", "sem agreement", "sem consistency")


@dataclass(frozen=True)
class Design:
    """How scores come about; variances of units and of all differences add up to 1.

    Attributes:
        name: as in the table.
        true: the variance between units: ICC1 and ICC2.
        units: how many.
        raters: how many.
        strictness: the share of the other variance that belongs to raters.
        clusters: how many groups of units hold half of the units' variance; 0 for none.
        missing: the chance that a score is missing.
        skewed: scores of units and errors are exponential, not normal.
        standard: whether coverage is judged, not only shown.
    """

    name: str
    true: float
    units: int = 100
    raters: int = 3
    strictness: float = 0.1
    clusters: int = 0
    missing: float = 0.0
    skewed: bool = False
    standard: bool = False

    def draw(self, random: np.random.Generator) -> tuple[Array, Array]:
        """(units, raters) scores by raters of each unit's own, and by the same raters."""

        def noise(*shape: int) -> Array:
            return random.exponential(size=shape) - 1 if self.skewed else random.normal(size=shape)

        unit = noise(self.units, 1)
        if self.clusters:
            shared = noise(self.clusters, 1)[np.arange(self.units) % self.clusters]
            unit = np.sqrt(0.5) * unit + np.sqrt(0.5) * shared
        rest = 1 - self.true
        cell = np.sqrt(rest * (1 - self.strictness)) * noise(self.units, self.raters)
        strict = np.sqrt(rest * self.strictness)
        scores = np.sqrt(self.true) * unit + cell
        if self.missing:
            scores[random.random(scores.shape) < self.missing] = np.nan
        own = scores + strict * random.normal(size=(self.units, self.raters))
        return own, scores + strict * random.normal(size=(1, self.raters))

    def truth(self, form: str, raters: float) -> float:
        """The value that ever more units and raters would give; `raters` behind a mean."""
        rest = 1 - self.true
        error = rest * (1 - self.strictness)
        if form.startswith("sem"):
            return float(np.sqrt(error if form == "sem consistency" else rest))
        one = self.true / (self.true + error) if "3" in form else self.true
        k = raters if form.endswith("k") else 1
        return k * one / (1 + (k - 1) * one)


DESIGNS = [
    *(Design(f"100 units, 3 raters, ICC {true}", true, standard=True) for true in (0.3, 0.5, 0.8)),
    *(
        Design(f"100 units, 3 raters, 20% missing, ICC {true}", true, missing=0.2, standard=True)
        for true in (0.3, 0.5, 0.8)
    ),
    Design("30 units, 3 raters, ICC 0.5", 0.5, units=30),
    Design("100 units, 2 raters, ICC 0.5", 0.5, raters=2),
    Design("100 units, 3 raters, half the error is strictness", 0.5, strictness=0.5),
    Design("100 units, 3 raters, skewed", 0.5, skewed=True),
    Design("100 units in 10 clusters, 3 raters", 0.5, clusters=10),
]


def forms(own: Array, shared: Array) -> dict[str, Estimate]:
    """Every estimate, each from the scores that its model describes."""
    if np.isnan(own).any():
        return _forms_with_gaps(own, shared)
    apart, together = icc(own), icc(shared)
    found = {form: apart[form] for form in ONE_WAY[:2]}
    found["sem oneway"] = sem(own, kind="oneway")
    found |= {form: together[form] for form in TWO_WAY[:4]}
    found["sem agreement"] = sem(shared, kind="agreement")
    found["sem consistency"] = sem(shared, kind="consistency")
    return found


def _forms_with_gaps(own: Array, shared: Array) -> dict[str, Estimate]:
    """What `icc` and `sem` give, from one fit of each design instead of seven."""
    apart = icc_incomplete.studied(own, 0.95, ("r:p",))
    together = icc_incomplete.studied(shared, 0.95, ("p x r",))
    found = {form: icc_incomplete.share(apart, form, "", 0.95) for form in ONE_WAY[:2]}
    found |= {form: icc_incomplete.share(together, form, "", 0.95) for form in TWO_WAY[:4]}
    for kind, study in (("oneway", apart), ("agreement", together), ("consistency", together)):
        value, lower, upper, _ = icc_incomplete.error_variance(study, KINDS[kind], 0.95)
        found[f"sem {kind}"] = Estimate(
            value**0.5, lower=lower**0.5, upper=upper**0.5, n=study.n, method=kind
        )
    return found


def scores_of_a_unit(x: Array) -> float:
    """The harmonic mean of the number of scores, over units that have one."""
    number = (~np.isnan(x)).sum(axis=1)
    return float(1 / (1 / number[number > 0]).mean())


def study(design: Design, runs: int, seed: int = SEED) -> list[dict[str, object]]:
    """Simulate, estimate and count, one row a form."""
    random = np.random.default_rng([seed, DESIGNS.index(design)])
    runs = runs // 8 if design.missing else runs
    names = (*ONE_WAY, *TWO_WAY)
    values = {form: np.full(runs, np.nan) for form in names}
    widths = {form: np.full(runs, np.nan) for form in names}
    bounded = dict.fromkeys(names, 0)
    covered = dict.fromkeys(names, 0)
    for run in range(runs):
        own, shared = design.draw(random)
        raters = scores_of_a_unit(shared)
        for form, found in forms(own, shared).items():
            values[form][run], widths[form][run] = found.value, found.upper - found.lower
            bounded[form] += found.bounded
            covered[form] += found.lower <= design.truth(form, raters) <= found.upper
    rows = []
    for form in names:
        lower, upper = monte_carlo_interval(covered[form], bounded[form])
        rows.append(
            {
                "design": design.name,
                "form": form,
                "true": round(design.truth(form, design.raters * (1 - design.missing)), 5),
                "median": round(float(np.nanmedian(values[form])), 5),
                "median_width": round(float(np.nanmedian(widths[form])), 5),
                "runs": runs,
                "with_interval": bounded[form],
                "covered": covered[form],
                "coverage": round(covered[form] / bounded[form], 4),
                "lower99": round(lower, 4),
                "upper99": round(upper, 4),
                "verdict": verdict(covered[form], bounded[form], design.standard),
                **origin(seed),
            }
        )
    return rows


def rows(share: float) -> Iterator[dict[str, object]]:
    """The table, from a share of the runs."""
    return (row for design in DESIGNS for row in study(design, round(RUNS * share)))


if __name__ == "__main__":
    shown = ("design", "form", "true", "median", "median_width", "coverage", "verdict")
    carry_out(__doc__, TABLE, rows, shown)
