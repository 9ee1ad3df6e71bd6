"""Is the half-life of a training effect recovered, and is one claimed where nothing fades?

Pieces of practitioners, drawn at random each month, over two years. A course in month 4 lifts
practice by 1 level (standard deviation over practitioners .3), and half of that is gone after 9
months. Practitioners differ (.4), and drift each at a pace of their own (.01 a month); what is left
of a piece (family, piece, rater) has .94: the standard deviations of `fidelity.simulate`.

Judged: the interval of the half-life on the standard design, and the share of runs in which fading
is claimed where nothing fades, because the gain stays or because there was none; that may be 5% at
most. Shown beside: fewer pieces, a short look back, a quick half-life, practitioners who were not
trained, and scoring that grows more generous, which no method can tell from slower fading without
benchmark pieces, and the same taken off as such pieces show it.

    python -m benchmarks.studies.half_life             # 2,000 runs, writes the table
    python -m benchmarks.studies.half_life --runs 100  # a look, writes nothing
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import monte_carlo_interval, verdict, version, write_table
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.half_life import HalfLife, half_life

Array = npt.NDArray[np.float64]

TABLE = Path(__file__).with_suffix(".csv")
RUNS = 2000
SEED = 20264
#: Fading may be claimed in so many of the runs in which nothing fades.
MOST_FALSE = 0.05


@dataclass(frozen=True)
class Design:
    """How pieces come about.

    Attributes:
        name: as in the table.
        half_life: months; infinite where the gain stays.
        gain: levels right after the course.
        people: practitioners.
        pieces: a month.
        months: looked at.
        trained: share of practitioners who come.
        trend: of scoring, levels a month.
        known: standard error with which that trend is known from benchmark pieces, and taken off;
            0 where it is not known.
        judged: "coverage", "false claims" or "" for a hard case.
    """

    name: str
    half_life: float = 9.0
    gain: float = 1.0
    people: int = 40
    pieces: int = 12
    months: int = 24
    trained: float = 1.0
    trend: float = 0.0
    known: float = 0.0
    judged: str = ""

    def draw(self, random: np.random.Generator) -> HalfLife:
        """One authority's pieces, analysed."""
        base, pace = random.normal(0, 0.4, self.people), random.normal(0, 0.01, self.people)
        gain = self.gain * np.maximum(0.0, 1 + 0.3 * random.normal(size=self.people))
        comes = random.random(self.people) < self.trained
        month = np.repeat(np.arange(1, self.months + 1), self.pieces)
        who = random.integers(0, self.people, len(month))
        since = np.where(comes[who], month - 4.0, np.nan)
        left = np.where(since >= 0, 2.0 ** (-np.maximum(since, 0) / self.half_life), 0.0)
        y = base[who] + pace[who] * month + gain[who] * left + self.trend * month
        y += random.normal(0, 0.94, len(month))
        if not self.known:
            return half_life(y, since, who)
        seen = Estimate(self.trend + random.normal(0, self.known), self.known)
        return half_life(y, since, who, trend=seen, time=month)


DESIGNS = [
    Design("half-life 9 months: 40 practitioners, 12 pieces a month, 24 months", judged="coverage"),
    Design("the gain stays", half_life=math.inf, judged="false claims"),
    Design("there was no gain", gain=0.0, judged="false claims"),
    Design("half-life 9, a third of practitioners not trained", trained=0.67),
    Design("half-life 9, looked at for 12 months", months=12),
    Design("half-life 9, 12 practitioners, 4 pieces a month", people=12, pieces=4),
    Design("half-life 3 months", half_life=3.0),
    Design("half-life 9, scoring more generous by .015 a month", trend=0.015),
    Design("the gain stays, 12 practitioners, 4 pieces a month", half_life=math.inf, people=12,
           pieces=4),
    Design("half-life 9, scoring more generous by .015 a month, taken off as benchmark pieces show "
           "it (standard error .003)", trend=0.015, known=0.003),
]  # fmt: skip


def study(design: Design, runs: int, seed: int = SEED) -> dict[str, object]:
    """Simulate, estimate and count: one row of the table."""
    random = np.random.default_rng([seed, DESIGNS.index(design)])
    found = [design.draw(random) for _ in range(runs)]
    halves = [h.half_life for h in found if h.gained]
    covered = sum(h.lower <= design.half_life <= h.upper for h in halves)
    gains = sum(h.gain.lower <= design.gain <= h.gain.upper for h in found)
    fades = sum(h.fades for h in found)
    real = design.gain != 0 and math.isfinite(design.half_life)
    lower, upper = monte_carlo_interval(covered, len(halves)) if real else (math.nan, math.nan)
    told = "hard case"
    if design.judged == "coverage":
        told = verdict(covered, len(halves), standard=True)
    elif design.judged:
        told = "passes" if fades / runs <= MOST_FALSE else "fails"
    return {
        "design": design.name,
        "half_life": design.half_life,
        "gain": design.gain,
        "runs": runs,
        "gain_told": sum(h.gained for h in found),
        "fading_told": fades,
        "share_fading_told": round(fades / runs, 4),
        "covered": covered if real else "",
        "coverage": round(covered / len(halves), 4) if real else "",
        "lower99": round(lower, 4),
        "upper99": round(upper, 4),
        "gain_coverage": round(gains / runs, 4),
        "median_estimate": _median([h.value for h in halves]),
        "median_lower": _median([h.lower for h in halves]),
        "median_upper": _median([h.upper for h in halves]),
        "verdict": told,
        "seed": seed,
        "version": version(),
        "numpy": np.__version__,
    }


def _median(values: list[float]) -> float:
    """The median by rank, so that infinite limits are allowed."""
    return round(sorted(values)[len(values) // 2], 2) if values else math.nan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    rows = [study(design, runs) for design in DESIGNS]
    for row in rows:
        shown = ("design", "coverage", "share_fading_told", "gain_coverage", "median_estimate",
                 "median_lower", "median_upper", "verdict")  # fmt: skip
        print(" | ".join(str(row[column]) for column in shown))
    if runs == RUNS:
        write_table(TABLE, rows)


if __name__ == "__main__":
    main()
