"""Does the prediction-powered estimate hit the mark, and are its intervals as wide as they say?

In the standard design 1,000 pieces have a line manager's score and 100 of them, drawn at random,
also a moderator's. Both have standard deviation .8, they correlate at .6, and managers are 0.3 of
a level too high. It is tried with scores that are measurements, with levels 1 to 5, as the share
at level 4 or above, with pieces of 50 practitioners who differ, and with pieces that the manager
scored low drawn three times as often (probabilities known). The hard cases: 20 moderated pieces,
10 practitioners, managers' scores that mean nothing, and moderators who mostly look at weak
pieces without saying so, which no interval can mend.

    python -m benchmarks.studies.moderated_coverage             # 2,000 runs, writes the table
    python -m benchmarks.studies.moderated_coverage --share 0.05  # a look, writes nothing
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from benchmarks.studies.coverage import carry_out, monte_carlo_interval, origin, verdict
from fidelity.statistics.prediction_powered import (
    Powered,
    prediction_powered_mean,
    prediction_powered_share,
)

Array = npt.NDArray[np.float64]

TABLE = Path(__file__).with_suffix(".csv")
RUNS = 2000
SEED = 20263
MEAN, SD, TOO_HIGH = 3.2, 0.8, 0.3
#: The share at this level or above.
CUT = 4


@dataclass(frozen=True)
class Design:
    """How scores come about.

    Attributes:
        name: as in the table.
        kind: what is estimated: "mean" of measurements, mean of "levels", or "share" of levels.
        pieces: pieces that the line manager scored.
        moderated: pieces that a moderator scored too, on average.
        correlation: of the two scores of a piece.
        practitioners: clusters of pieces; 0 for none. They hold a third of the variance.
        uneven: pieces below the middle are drawn three times as often: by the "quick" score, with
            probabilities known, or by the "careful" one, with nothing known; "" for neither.
        standard: whether coverage is judged, not only shown.
    """

    name: str
    kind: str = "mean"
    pieces: int = 1000
    moderated: int = 100
    correlation: float = 0.6
    practitioners: int = 0
    uneven: Literal["", "quick", "careful"] = ""
    standard: bool = True

    @property
    def truth(self) -> float:
        """What moderators would find over ever more pieces."""
        if self.kind == "mean":
            return MEAN
        # Shares at level 2, 3, 4, 5 or above: scores are rounded to levels.
        reach = 1 - ndtr((np.arange(2, 6) - 0.5 - MEAN) / SD)
        return float(1 + reach.sum()) if self.kind == "levels" else float(reach[CUT - 2])

    def draw(self, random: np.random.Generator) -> tuple[Array, Array, Array, Array]:
        """Moderators' scores (NaN where none), managers', practitioners, probabilities."""
        n = self.pieces
        who = np.arange(n) % (self.practitioners or n)
        own, other = (self._scores(random, who) for _ in range(2))
        mixed = self.correlation * own + np.sqrt(1 - self.correlation**2) * other
        careful, quick = MEAN + SD * own, MEAN + TOO_HIGH + SD * mixed
        if self.kind != "mean":
            careful, quick = (np.clip(np.rint(score), 1, 5) for score in (careful, quick))
        low = careful < MEAN if self.uneven == "careful" else quick < MEAN + TOO_HIGH
        times = np.where(low, 3.0, 1.0) if self.uneven else np.ones(n)
        chance = self.moderated * times / times.sum()
        drawn = random.random(n) < chance
        if not self.uneven:
            drawn = np.isin(np.arange(n), random.choice(n, self.moderated, replace=False))
        return np.where(drawn, careful, np.nan), quick, who.astype(float), chance

    def _scores(self, random: np.random.Generator, who: npt.NDArray[np.intp]) -> Array:
        """Standard normal scores of pieces, those of one practitioner alike where there are any."""
        piece = random.normal(size=self.pieces)
        if not self.practitioners:
            return piece
        shared = random.normal(size=self.practitioners)[who]
        return np.asarray(np.sqrt(2 / 3) * piece + np.sqrt(1 / 3) * shared)

    def estimate(self, scores: tuple[Array, Array, Array, Array], tuning: float | None) -> Powered:
        """The estimate; with tuning 0 that of the moderated pieces alone."""
        careful, quick, who, chance = scores
        known = chance if self.uneven == "quick" else None
        if self.kind == "share":
            careful = np.where(np.isnan(careful), np.nan, careful >= CUT)
            quick = (quick >= CUT).astype(float)
            return prediction_powered_share(careful, quick, who, probability=known, tuning=tuning)
        return prediction_powered_mean(careful, quick, who, probability=known, tuning=tuning)


DESIGNS = [
    Design("1,000 pieces, 100 moderated"),
    Design("the same, levels 1 to 5", kind="levels"),
    Design("the same, share at level 4 or above", kind="share"),
    Design("the same, 50 practitioners", practitioners=50),
    Design("the same, low ones drawn more often, probabilities known", uneven="quick"),
    Design("20 moderated", moderated=20, standard=False),
    Design("20 moderated, share at level 4 or above", kind="share", moderated=20, standard=False),
    Design("10 practitioners", practitioners=10, standard=False),
    Design("managers' scores mean nothing", correlation=0.0, standard=False),
    Design("weak ones drawn more often, not said", uneven="careful", standard=False),
]


def study(design: Design, runs: int, seed: int = SEED) -> dict[str, object]:
    """Simulate, estimate and count: one row of the table."""
    random = np.random.default_rng([seed, DESIGNS.index(design)])
    values, widths, alone = (np.full(runs, np.nan) for _ in range(3))
    covered = 0
    for run in range(runs):
        scores = design.draw(random)
        found = design.estimate(scores, None).estimate
        only = design.estimate(scores, 0.0).estimate
        values[run], widths[run] = found.value, found.upper - found.lower
        alone[run] = only.upper - only.lower
        covered += found.lower <= design.truth <= found.upper
    lower, upper = monte_carlo_interval(covered, runs)
    bias = float(values.mean()) - design.truth
    noise = 2.576 * float(values.std(ddof=1)) / np.sqrt(runs)
    return {
        "design": design.name,
        "true": round(design.truth, 5),
        "bias": round(bias, 5),
        "bias_lower99": round(bias - noise, 5),
        "bias_upper99": round(bias + noise, 5),
        "median_width": round(float(np.median(widths)), 5),
        "median_width_alone": round(float(np.median(alone)), 5),
        "width_ratio": round(float(np.median(widths) / np.median(alone)), 4),
        "runs": runs,
        "covered": covered,
        "coverage": round(covered / runs, 4),
        "lower99": round(lower, 4),
        "upper99": round(upper, 4),
        "verdict": verdict(covered, runs, design.standard),
        **origin(seed),
    }


def rows(share: float) -> Iterator[dict[str, object]]:
    """The table, from a share of the runs."""
    return (study(design, round(RUNS * share)) for design in DESIGNS)


if __name__ == "__main__":
    shown = ("design", "bias", "bias_lower99", "bias_upper99", "width_ratio", "coverage", "verdict")
    carry_out(__doc__, TABLE, rows, shown)
