"""Is practice told from scoring, and do the intervals of both trends cover as often as they say?

Scores are made as in the design study: 10 raters whose trends differ by .008 (one standard
deviation) a month, 40 practitioners (.01), pieces (.8), one scoring (.5), an agreed score (.3),
100 audits a month over 24 months. Scoring grows more generous by .02 a month while practice falls
by .02: in the scores as given the two hide each other. What tells them apart is an agreed score on
20% of audits, or 5 benchmark pieces scored by every rater each quarter. With neither, and a fifth
of audits scored twice by ordinary raters, the answer must be "cannot be told apart" in every run.

The hard cases: few raters, few agreed scores, trends that are not straight, and nothing that
moves (how often a change is then claimed). Beside the share of runs in which each trend was found
stands what the arithmetic of `fidelity.statistics.drift_power` said.

    python -m benchmarks.studies.drift_coverage            # 1,000 runs, writes the table
    python -m benchmarks.studies.drift_coverage --runs 50  # a look, writes nothing
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import monte_carlo_interval, verdict, version, write_table
from fidelity.statistics.drift import TwoTrends, two_trends
from fidelity.statistics.drift_power import Service, power, standard_errors

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

TABLE = Path(__file__).with_suffix(".csv")
RUNS, HARD_RUNS = 1000, 400
SEED = 20264


@dataclass(frozen=True)
class Design:
    """A service and what is known beside raters' own scores.

    Attributes:
        name: as in the table.
        gold: share of audits with an agreed score.
        extracts: benchmark pieces that every rater scores each quarter.
        double: share of audits scored by a second rater.
        months: how long. audits: a month. raters, practitioners: how many.
        scoring, practice: the trends a month.
        bent: practice falls by half-life (9 months) instead of evenly; the trend is then that of
            the straight line through it.
        standard: whether coverage is judged.
    """

    name: str
    gold: float = 0.0
    extracts: int = 0
    double: float = 0.0
    months: int = 24
    audits: int = 100
    raters: int = 10
    practitioners: int = 40
    scoring: float = 0.02
    practice: float = -0.02
    bent: bool = False
    standard: bool = False

    @property
    def curve(self) -> Array:
        """(months,) practice that all have in common; its straight line has the trend named."""
        t = np.arange(self.months, dtype=np.float64)
        if not self.bent:
            return self.practice * t
        fading = 2.0 ** (-t / 9)
        return np.asarray(fading * self.practice / np.polyfit(t, fading, 1)[0])

    def draw(self, random: np.random.Generator) -> tuple[npt.NDArray[np.generic], ...]:
        """The arguments of `two_trends` for one service."""
        month = np.repeat(np.arange(self.months), self.audits)
        n, R, M = len(month), self.raters, self.practitioners
        person = random.integers(0, M, n)
        level, trend = 0.4 * random.normal(size=M), 0.01 * random.normal(size=M)
        strict = 0.3 * random.normal(size=R)
        shift = self.scoring + 0.008 * random.normal(size=R)
        true = level[person] + trend[person] * month + self.curve[month]
        true = true + 0.8 * random.normal(size=n)
        rows = []

        def scored(
            piece: Integers, rater: Integers, when: Integers, truth: Array, fixed: bool
        ) -> None:
            by_rater = np.where(rater >= 0, strict[rater] + shift[rater] * when, 0.0)
            noise = np.where(rater >= 0, 0.5, 0.3) * random.normal(size=len(piece))
            who = np.full(len(piece), -1) if fixed else person[piece]
            number = piece + n * fixed
            rows.append((truth + by_rater + noise, when, when, who, rater, number,
                         np.full(len(piece), fixed)))  # fmt: skip

        every, first = np.arange(n), random.integers(0, R, n)
        scored(every, first, month, true, False)
        twice = np.flatnonzero(random.random(n) < self.double)
        other = (first[twice] + random.integers(1, max(R, 2), len(twice))) % R
        scored(twice, other, month[twice], true[twice], False)
        gold = np.flatnonzero(random.random(n) < self.gold)
        scored(gold, np.full(len(gold), -1), month[gold], true[gold], False)
        if self.extracts:
            fixed = 0.8 * random.normal(size=self.extracts)
            when, rater, piece = (part.ravel() for part in np.meshgrid(
                np.arange(2, self.months, 3), np.arange(R), np.arange(self.extracts),
                indexing="ij",
            ))  # fmt: skip
            scored(piece, rater, when, fixed[piece], True)
            own = np.arange(self.extracts)
            scored(own, np.full(len(own), -1), np.zeros(len(own), int), fixed, True)
        return tuple(np.concatenate(part) for part in zip(*rows, strict=True))

    @property
    def references(self) -> float:
        """How many scorings have a reference, on average."""
        gold = self.gold * self.months * self.audits
        return gold + self.extracts * self.raters * len(range(2, self.months, 3))


NEITHER = Design("neither (a fifth of audits scored twice)", double=0.2)
DESIGNS = [
    Design("agreed scores on 20% of audits", gold=0.2, standard=True),
    Design("5 benchmark pieces each quarter", extracts=5, standard=True),
    NEITHER,
    Design("both", gold=0.2, extracts=5),
    Design("agreed scores on 5% of audits", gold=0.05),
    Design(
        "3 raters, 12 practitioners, 20 audits a month, agreed on 40%",
        gold=0.4,
        raters=3,
        practitioners=12,
        audits=20,
    ),
    Design("12 months", gold=0.2, months=12),
    Design("practice fades by half in 9 months", gold=0.2, bent=True),
    Design("nothing moves", gold=0.2, scoring=0.0, practice=0.0),
]


def fits(design: Design, runs: int, seed: int) -> list[TwoTrends]:
    """The model on simulated services."""
    random = np.random.default_rng([seed, DESIGNS.index(design)])
    return [two_trends(*design.draw(random), bends=False) for _ in range(runs)]


def study(design: Design, runs: int, seed: int = SEED) -> list[dict[str, object]]:
    """Simulate, estimate and count; one row a trend."""
    found = fits(design, runs, seed)
    apart = sum(one.identified for one in found)
    truth = {"practice": design.practice, "scoring": design.scoring,
             "scores as given": design.practice + design.scoring}  # fmt: skip
    said = _said(design)
    rows: list[dict[str, object]] = []
    for trend, true in truth.items():
        told = np.array([_limits(one, trend) for one in found])
        known = told[~np.isnan(told[:, 0])]
        hits = int(((known[:, 1] <= true) & (true <= known[:, 2])).sum())
        # The scores as given are those of the raters drawn, not of all such raters: no coverage.
        of = 0 if trend == "scores as given" else len(known)
        lower, upper = monte_carlo_interval(hits, of)
        judged = design.standard and trend != "scores as given"
        rows.append({
            "design": design.name, "trend": trend, "truth": true, "runs": runs,
            "told_apart": apart, "mean": _rounded(known[:, 0]),
            "found": round(float(((known[:, 1] > 0) | (known[:, 2] < 0)).mean()), 4)
            if len(known) else "", "said": said.get(trend, "") if apart else "",
            "covered": hits if of else "",
            "coverage": round(hits / len(known), 4) if of else "",
            "lower99": round(lower, 4) if of else "",
            "upper99": round(upper, 4) if of else "",
            "verdict": verdict(hits, len(known), True) if judged else "shown",
            "seed": seed, "version": version(), "numpy": np.__version__,
        })  # fmt: skip
    return rows


def _limits(found: TwoTrends, trend: str) -> tuple[float, float, float]:
    one = {"practice": found.practice[0], "scoring": found.scoring}.get(trend, found.together)
    return one.value, one.lower, one.upper


def _said(design: Design) -> dict[str, float]:
    """What the arithmetic says of the chance to find each trend."""
    if not design.references:
        return {}
    service = Service(design.raters, design.practitioners, float(design.audits))
    practice, scoring = standard_errors(
        service, design.references, float(design.months), benchmark=not design.gold
    )
    return {
        "practice": round(power(practice, design.practitioners - 1, abs(design.practice)), 3),
        "scoring": round(power(scoring, design.raters - 1, abs(design.scoring)), 3),
    }


def _rounded(values: Array) -> object:
    return round(float(values.mean()), 5) if len(values) else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    rows = []
    for design in DESIGNS:
        full = design.standard or design is NEITHER
        for row in study(design, runs if full else min(runs, HARD_RUNS)):
            shown = (
                "design",
                "trend",
                "told_apart",
                "mean",
                "found",
                "said",
                "coverage",
                "verdict",
            )
            print(" | ".join(str(row[column]) for column in shown), flush=True)
            rows.append(row)
    if runs == RUNS:
        write_table(TABLE, rows)


if __name__ == "__main__":
    main()
