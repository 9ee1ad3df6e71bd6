"""Does a plan see a change as often as `fidelity.sample_plan` says?

A plan's chance is simulated from sums, with a plain analysis. Here the same plans are carried out
audit by audit, under the same spreads and with a change of .5 of a level over the months of the
plan, and analysed with the model of `fidelity.drift`, which takes levels and trends of people off
together. Its share of runs in which a change in practice is told (the interval lies on one side
of 0) stands beside the plan's chance, and beside it how often one is told where nothing changed.

The plan is on the safe side where the model finds more, and has promised too much where it finds
less than the plan's chance by more than Monte Carlo error.

    python -m benchmarks.studies.sample_power            # 200 runs a plan, writes the table
    python -m benchmarks.studies.sample_power --runs 30  # a look, writes nothing
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import monte_carlo_interval, version, write_table
from fidelity.analyses.sample_power import Plan, Setting, Spreads, look, score_slopes
from fidelity.statistics.drift import two_trends

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TABLE = Path(__file__).with_suffix(".csv")
RUNS, SEED, CHANGE = 200, 20265, 0.5
SPREADS = Spreads()
#: Name, plan, and in what it is carried out.
PLANS = (
    ("30 audits, 5% agreed, 3 extracts", Plan(30, 0.05, 3), Setting(24, 40, 10)),
    ("20 audits, 40% agreed", Plan(20, 0.4, 0), Setting(24, 40, 10)),
    ("50 audits, 10% agreed", Plan(50, 0.1, 0), Setting(24, 40, 10)),
    ("12 audits, 5% agreed, 5 extracts", Plan(12, 0.05, 5), Setting(24, 40, 10)),
    ("25 audits, 10% agreed, 8 extracts, 3 raters", Plan(25, 0.1, 8), Setting(24, 13, 3)),
    ("30 audits, 10% agreed, 5 extracts, 12 months", Plan(30, 0.1, 5), Setting(12, 40, 10)),
)


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    rows = []
    for name, plan, setting in PLANS:
        rows.append(row(name, plan, setting, runs, SEED))
        print(rows[-1])
    if runs == RUNS:
        write_table(TABLE, rows)


def row(name: str, plan: Plan, setting: Setting, runs: int, seed: int) -> dict[str, object]:
    """One plan: what it says, and what is found when it is carried out."""
    scores = score_slopes(plan.audits, setting, SPREADS, 8000, seed)
    said = look(plan, setting, SPREADS, scores, seed + 1).practice.power(CHANGE)[0]
    found = told(plan, setting, CHANGE, runs, seed)
    lower, upper = monte_carlo_interval(found, runs)
    return {
        "plan": name, "months": setting.months, "raters": setting.raters,
        "practitioners": setting.practitioners, "change": CHANGE, "runs": runs,
        "chance_of_the_plan": round(said, 3), "told": round(found / runs, 3),
        "told_lower": round(lower, 3), "told_upper": round(upper, 3),
        "told_without_change": round(told(plan, setting, 0.0, runs, seed + 2) / runs, 3),
        "promised_too_much": said > upper, "seed": seed, "version": version(),
    }  # fmt: skip


def told(plan: Plan, setting: Setting, change: float, runs: int, seed: int) -> int:
    """In how many runs the model tells a change in practice."""
    return sum(_told(scorings, setting) for scorings in carried_out(plan, setting, change, runs,
                                                                   seed))  # fmt: skip


def _told(columns: tuple[npt.NDArray[np.generic], ...], setting: Setting) -> bool:
    y, time, practitioner, rater, piece, benchmark = columns
    (found,) = two_trends(
        y, time, time, practitioner, rater, piece, benchmark, bends=False
    ).practice
    return bool(found.lower > 0 or found.upper < 0)


def carried_out(
    plan: Plan, setting: Setting, change: float, runs: int, seed: int
) -> Iterator[tuple[npt.NDArray[np.generic], ...]]:
    """Scorings of a plan: score, month, practitioner, rater, piece, benchmark."""
    rng = np.random.default_rng(seed)
    for _ in range(runs):
        yield _once(plan, setting, change, rng)


def _once(
    plan: Plan, setting: Setting, change: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.generic], ...]:
    s, months = SPREADS, setting.months
    n = round(plan.audits * months)
    draw = rng.standard_normal
    usual, own = (sd * draw(setting.practitioners) for sd in (s.practitioner, s.practitioner_slope))
    strict, shift = (sd * draw(setting.raters) for sd in (s.rater, s.rater_slope))
    time = np.arange(n) * months // n + 0.5
    who, rater = rng.permutation(n) % setting.practitioners, rng.permutation(n) % setting.raters
    true = usual[who] + (own[who] + change / months) * time + s.piece * draw(n)
    given = true + strict[rater] + shift[rater] * time + s.noise * draw(n)
    agreed = np.sort(rng.choice(n, round(plan.agreed * n), replace=False))
    gold = true[agreed] + s.agreed * draw(len(agreed))
    rounds = months // 3
    pieces = round(plan.benchmark * months / 3)
    level = s.piece * draw(max(pieces, 1))
    # Every round has its extracts; each is scored by every rater.
    extract = np.repeat(np.arange(pieces), setting.raters)
    by = np.tile(np.arange(setting.raters), pieces)
    when = (extract * rounds // max(pieces, 1)) * 3 + 1.5
    scored = level[extract] + strict[by] + shift[by] * when + s.noise * draw(len(extract))
    known = np.arange(pieces)
    at = (known * rounds // max(pieces, 1)) * 3 + 1.5
    none = np.full(len(extract) + pieces, -1)
    return (
        np.concatenate([given, gold, scored, level[known]]),
        np.concatenate([time, time[agreed], when, at]),
        np.concatenate([who, who[agreed], none]),
        np.concatenate([rater, np.full(len(agreed), -1), by, np.full(pieces, -1)]),
        np.concatenate([np.arange(n), agreed, n + extract, n + known]),
        np.concatenate([np.zeros(n + len(agreed), bool), np.ones(len(none), bool)]),
    )


if __name__ == "__main__":
    main()
