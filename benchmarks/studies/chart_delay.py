"""How long until a slow slide is seen, and how often is one seen that is not there?

Audits are scored between 0 and 1 (beta, mean .6, sd .15); from month 13 on their mean falls by 0.2
standard deviations every half-year, or stays. Every chart takes its limits from the first 12
months and is looked at each month; it has found the slide when it first flags a month after them.
Audits are independent, which is the easy case; in one design they come from 10 of 20 workers, two
each, with half the variance between workers, and the confidence sequence gets means of workers by
month, as `fidelity.chart` gives it.

    python -m benchmarks.studies.chart_delay              # 1,000 runs, writes the table
    python -m benchmarks.studies.chart_delay --runs 100   # a look, writes nothing
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import monte_carlo_interval, version, write_table
from fidelity.statistics.chart_sequential import cusum, ewma
from fidelity.statistics.charts import Chart, xbar_s, xmr
from fidelity.statistics.confidence_sequence import confidence_sequence
from fidelity.statistics.run_chart import run_chart

Array = npt.NDArray[np.float64]
Months = npt.NDArray[np.int64]

TABLE = Path(__file__).with_suffix(".csv")
RUNS, SEED = 1_000, 20266
BASELINE, AFTER, LOOKS = 12, 36, 24
MEAN, SD = 0.6, 0.15
#: Standard deviations a month: 0.2 in six.
SLIDE = 0.2 / 6
#: Stands for "not found within the months that were simulated".
NEVER = AFTER + 1


@dataclass(frozen=True)
class Design:
    """How audits come about.

    Attributes:
        name: as in the table.
        audits: how many a month.
        slide: whether practice slides.
        workers: whose audits they are; 0 where all are independent.
    """

    name: str
    audits: int
    slide: bool
    workers: int = 0

    def draw(self, runs: int, random: np.random.Generator) -> Array:
        """Scores, shape (runs, months, audits); audits of one worker stand side by side."""
        months = BASELINE + AFTER
        fall = np.maximum(np.arange(months) - BASELINE + 1, 0) * SLIDE * SD * self.slide
        shape = (runs, months, self.audits)
        if not self.workers:
            total = MEAN * (1 - MEAN) / SD**2 - 1
            y = random.beta(MEAN * total, (1 - MEAN) * total, shape)
        else:
            staff = random.normal(0, SD * 0.5**0.5, (runs, self.workers))
            order = np.argsort(random.random((runs, months, self.workers)), axis=-1)
            who = np.take_along_axis(staff[:, None, :], order[..., : self.audits // 2], axis=-1)
            y = MEAN + np.repeat(who, 2, axis=-1) + random.normal(0, SD * 0.5**0.5, shape)
        return np.clip(y - fall[:, None], 0, 1)


DESIGNS = [
    Design("20 audits a month, no change", 20, slide=False),
    Design("20 audits a month, slide", 20, slide=True),
    Design("100 audits a month, no change", 100, slide=False),
    Design("100 audits a month, slide", 100, slide=True),
    Design("20 audits a month of 20 workers, no change", 20, slide=False, workers=20),
    Design("20 audits a month of 20 workers, slide", 20, slide=True, workers=20),
]


def first_flag(chart: Callable[[int], Chart]) -> Months:
    """Months after the baseline until a chart, made anew each month, flags a month after it."""
    delay: Months | None = None
    for month in range(BASELINE + 1, BASELINE + AFTER + 1):
        seen = chart(month).flagged[..., BASELINE:].any(axis=-1)
        if delay is None:
            delay = np.full(seen.shape, NEVER)
        delay = np.where((delay == NEVER) & seen, month - BASELINE, delay)
    assert delay is not None
    return delay


def charts(y: Array) -> Mapping[str, Callable[[int], Chart]]:
    """Every chart of the first months of audits."""
    means, sds, n = y.mean(axis=-1), y.std(axis=-1, ddof=1), y.shape[-1]

    def first(month: int) -> npt.NDArray[np.bool_]:
        return np.arange(month) < BASELINE

    def individuals(rules: str) -> Callable[[int], Chart]:
        return lambda m: xmr(means[:, :m], baseline=first(m), rules=rules)

    return {
        "XmR, three sigma": individuals("shewhart"),
        "XmR, 7 on one side": individuals("7 on one side"),
        "XmR, four NHS rules": individuals("nhs"),
        "XmR, Western Electric": individuals("western_electric"),
        "XmR, Nelson": individuals("nelson"),
        "X-bar and S, three sigma": lambda m: xbar_s(
            means[:, :m], sds[:, :m], n, baseline=first(m), rules="shewhart"
        ),
        "run chart, Anhoj": lambda m: run_chart(means[:, :m], baseline=first(m)),
        "EWMA": lambda m: ewma(means[:, :m], baseline=first(m)),
        "CUSUM": lambda m: cusum(means[:, :m], baseline=first(m)),
    }


def sequence_delay(x: Array, baseline: bool) -> Months:
    """The same for the confidence sequence of (runs, months, observations).

    With a baseline it is compared with those 12 months; without, looks count from the first month.
    """
    runs, _, each = x.shape
    start = BASELINE if baseline else 0
    found = confidence_sequence(x.reshape(runs, -1), (0, 1), baseline=start * each)
    flag = next(iter(found.flags.values()))[:, each - 1 :: each]
    after = flag[:, BASELINE:]
    delay = np.where(after.any(axis=-1), np.argmax(after, axis=-1) + 1, NEVER)
    return np.where(flag[:, :BASELINE].any(axis=-1), 0, delay)


def study(design: Design, runs: int, seed: int = SEED) -> Iterator[dict[str, object]]:
    """One row a chart."""
    y = design.draw(runs, np.random.default_rng([seed, DESIGNS.index(design)]))
    for name, chart in charts(y).items():
        yield _row(design, name, first_flag(chart), runs, seed)
    x = y if not design.workers else y.reshape(*y.shape[:2], -1, 2).mean(axis=-1)
    if design.audits <= 20:  # more observations take long, and tell the same
        for name, baseline in (("against 12 months", True), ("against its past", False)):
            delay = sequence_delay(x, baseline)
            yield _row(design, f"confidence sequence, {name}", delay, runs, seed)


def _row(design: Design, chart: str, delay: Months, runs: int, seed: int) -> dict[str, object]:
    middle = float(np.median(delay))
    raised = int((delay <= LOOKS).sum())
    low, high = monte_carlo_interval(raised, runs)
    return {
        "design": design.name,
        "chart": chart,
        "median_delay": middle if middle < NEVER else f"over {AFTER}",
        **{f"by_{m}": round(float((delay <= m).mean()), 4) for m in (6, 12, 18, 24, 36)},
        "within_24": raised,
        "lower99": round(low, 4),
        "upper99": round(high, 4),
        "runs": runs,
        "seed": seed,
        "version": version(),
        "numpy": np.__version__,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    rows = []
    for design in DESIGNS:
        for row in study(design, runs):
            rows.append(row)
            shown = ("design", "chart", "median_delay", "by_6", "by_12", "by_18", "by_24")
            print(" | ".join(str(row[column]) for column in shown), flush=True)
    if runs == RUNS:
        write_table(TABLE, rows)


if __name__ == "__main__":
    main()
