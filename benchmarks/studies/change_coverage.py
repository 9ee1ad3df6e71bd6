"""Do the intervals of a change cover as often as they say, and how often is one called in vain?

Two periods: practitioners (standard deviation .4, and .2 in their change) with pieces (.9) in both
periods, compared by the cluster-robust and by the bootstrap interval. Interrupted series: monthly
means with a jump of 1 standard deviation, neighbouring months correlated by 0, .2 or .4, Newey-West
errors. Growth: people with straight lines of their own. Turning point: series without any change;
the share in which one is called, at 5%. Reliable change: people who did not change; the share
called improved or fallen, where the reliability is known, and where it is an estimate from 30
people, taken as known or with its uncertainty.

Standard designs are judged (coverage in [.93, .97], false calls at most 5%, each within Monte Carlo
error); hard cases are printed beside.

    python -m benchmarks.studies.change_coverage             # 500 runs, writes the table
    python -m benchmarks.studies.change_coverage --runs 100  # a look, writes nothing
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.studies.coverage import monte_carlo_interval, verdict, version, write_table
from fidelity.statistics.change import two_periods, two_periods_bootstrap
from fidelity.statistics.change_point import change_points
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.growth import growth
from fidelity.statistics.interrupted import interrupted
from fidelity.statistics.reliable_change import NOISE, reliable_change

TABLE = Path(__file__).with_suffix(".csv")
RUNS = 500
SEED = 20265
#: False calls that are allowed.
MOST_FALSE = 0.05
#: One run: whether the interval covered, or whether something was called in vain.
Run = Callable[[np.random.Generator], bool]


@dataclass(frozen=True)
class Design:
    """What is simulated.

    Attributes:
        name: as in the table.
        run: one run.
        counts: "coverage" or "false calls".
        standard: whether it is judged, not only shown.
        share: of the runs that are made, where one takes long or is quick.
    """

    name: str
    run: Run
    counts: str = "coverage"
    standard: bool = False
    share: float = 1.0


def periods(
    random: np.random.Generator, people: int, pieces: int, later: float, bootstrap: bool
) -> bool:
    """Two periods with a true difference of .3."""
    base, own = random.normal(0, 0.4, people), random.normal(0, 0.2, people)
    who, after = random.integers(0, people, pieces), random.random(pieces) < later
    y = base[who] + after * (0.3 + own[who]) + random.normal(0, 0.9, pieces)
    if bootstrap:
        found = two_periods_bootstrap(y, after, who, rng=random, draws=599)
    else:
        found = two_periods(y, after, who).difference
    return bool(found.lower <= 0.3 <= found.upper)


def series(random: np.random.Generator, months: int, correlation: float, slope: bool) -> bool:
    """A jump of 1 and no change of slope, in the middle."""
    noise = random.normal(size=months + 50)
    for place in range(1, len(noise)):
        noise[place] += correlation * noise[place - 1]
    y = noise[50:] + (np.arange(months) >= months / 2)
    found = interrupted(y, np.arange(months, dtype=float), [months / 2])
    told, truth = (found.slopes[0], 0.0) if slope else (found.levels[0], 1.0)
    return bool(told.lower <= truth <= told.upper)


def lines(random: np.random.Generator, people: int) -> bool:
    """Mean slope of people seen 6 times."""
    time = np.tile(np.arange(6.0), people)
    who = np.repeat(np.arange(people), 6)
    y = random.normal(0, 0.4, people)[who] + random.normal(0.1, 0.1, people)[who] * time
    found = growth(y + random.normal(0, 0.6, len(time)), time, who)
    return bool(found.slope.lower <= 0.1 <= found.slope.upper)


def turning(random: np.random.Generator, correlation: float, block: int) -> bool:
    """A turning point called in 36 months without one."""
    y = random.normal(size=86)
    for place in range(1, len(y)):
        y[place] += correlation * y[place - 1]
    return bool(change_points(y[50:], permutations=199, block=block, rng=random).p[0] < 0.05)


def person(random: np.random.Generator, known: bool, carried: bool) -> bool:
    """A change called in somebody who did not change; two scores of reliability .7."""
    true = random.normal(0, np.sqrt(0.7), 31)
    pre, post = (true + random.normal(0, np.sqrt(0.3), 31) for _ in range(2))
    reliability: float | Estimate = 0.7
    sd: float | Estimate = 1.0
    if not known:
        r = float(np.corrcoef(pre[1:], post[1:])[0, 1])
        reach, spread = 1.959964 / np.sqrt(27), float(pre[1:].std(ddof=1))
        r = min(max(r, 0.0), 0.999)
        low, high = (float(np.tanh(np.arctanh(r) + side * reach)) for side in (-1, 1))
        reliability = Estimate(r, np.nan, low, high, 30) if carried else r
        sd = Estimate(spread, spread / np.sqrt(58), n=30) if carried else spread
    found = reliable_change(pre[0], post[0], sd=sd, reliability=reliability)
    return bool(found.finding[0] != NOISE)


DESIGNS = [
    Design("two periods, 40 practitioners, 200 pieces, CR2",
           partial(periods, people=40, pieces=200, later=0.5, bootstrap=False), standard=True),
    Design("two periods, 40 practitioners, 200 pieces, bootstrap",
           partial(periods, people=40, pieces=200, later=0.5, bootstrap=True), standard=True),
    Design("two periods, 10 practitioners, 40 pieces, CR2",
           partial(periods, people=10, pieces=40, later=0.5, bootstrap=False)),
    Design("two periods, 10 practitioners, 40 pieces, bootstrap",
           partial(periods, people=10, pieces=40, later=0.5, bootstrap=True)),
    Design("two periods, a tenth of 200 pieces later, CR2",
           partial(periods, people=40, pieces=200, later=0.1, bootstrap=False)),
    Design("two periods, a tenth of 200 pieces later, bootstrap",
           partial(periods, people=40, pieces=200, later=0.1, bootstrap=True)),
    *(Design(f"series of {months} months, correlation {c:g}, {'slope' if slope else 'level'}",
             partial(series, months=months, correlation=c, slope=slope))
      for months, c in ((120, 0.0), (120, 0.2), (48, 0.0), (48, 0.2), (48, 0.4), (24, 0.2))
      for slope in (False, True)),
    Design("growth, 30 people seen 6 times", partial(lines, people=30), standard=True, share=0.5),
    Design("growth, 8 people seen 6 times", partial(lines, people=8), share=0.5),
    Design("turning point in 36 months, none there", partial(turning, correlation=0.0, block=1),
           "false calls", standard=True),
    Design("turning point, months correlated by .3", partial(turning, correlation=0.3, block=1),
           "false calls"),
    Design("turning point, months correlated by .3, blocks of 4",
           partial(turning, correlation=0.3, block=4), "false calls"),
    Design("reliable change, reliability .7 known", partial(person, known=True, carried=False),
           "false calls", standard=True, share=4.0),
    Design("reliable change, reliability of 30 people with its uncertainty",
           partial(person, known=False, carried=True), "false calls", standard=True, share=4.0),
    Design("reliable change, reliability of 30 people taken as known",
           partial(person, known=False, carried=False), "false calls", share=4.0),
]  # fmt: skip


def study(design: Design, runs: int, seed: int = SEED) -> dict[str, object]:
    """Simulate and count: one row of the table."""
    # Designs of one kind see the same draws, so that they can be held against one another.
    kinds = [getattr(other.run, "func", None) for other in DESIGNS]
    random = np.random.default_rng([seed, kinds.index(getattr(design.run, "func", None))])
    made = max(1, round(runs * design.share))
    hits = sum(design.run(random) for _ in range(made))
    lower, upper = monte_carlo_interval(hits, made)
    if design.counts == "coverage":
        told = verdict(hits, made, design.standard)
    else:
        told = "hard case" if not design.standard else "passes" if lower <= MOST_FALSE else "fails"
    return {
        "design": design.name,
        "counts": design.counts,
        "runs": made,
        "hits": hits,
        "share": round(hits / made, 4),
        "lower99": round(lower, 4),
        "upper99": round(upper, 4),
        "verdict": told,
        "seed": seed,
        "version": version(),
        "numpy": np.__version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    rows = [study(design, runs) for design in DESIGNS]
    for row in rows:
        print(" | ".join(str(row[column]) for column in ("design", "counts", "share", "verdict")))
    if runs == RUNS:
        write_table(TABLE, rows)


if __name__ == "__main__":
    main()
