"""How many audits, double scores and benchmark pieces are needed to see a change?

A change in scores can be seen sooner with more audits. Whether it is practice that changed, or the
scoring, can only be seen beside scores that were agreed: on routine pieces that a second rater
scores too, or on benchmark pieces that everybody scores each quarter. All three take auditors'
hours, so the question is which mix of them sees a given change with the fewest.

Every plan of a grid is simulated on the authority's own spreads, as far as its audits show them
(`sample_spreads`), with the analysis of `sample_power`. The recommended plan is the one of fewest
hours whose chance of telling the change is at least as wanted, Monte Carlo error allowed for.

Source: the question whether too much time goes into checking and auditing is that of the
Department for Education 2014, Rethinking children's social work; the answer is the smallest
adequate sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fidelity.analyses import sample_words
from fidelity.analyses.sample_power import SHAPES, Plan, Setting, Slopes, look, score_slopes
from fidelity.analyses.sample_spreads import OWN, Known, assumed, known
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.scorings import Scorings, measure_of, scorings

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

#: What is looked at: audits a month, shares scored twice and agreed, benchmark pieces a quarter.
AUDITS = (4.0, 8.0, 12.0, 16.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 150.0, 200.0)
AGREED, BENCHMARK = (0.05, 0.1, 0.2, 0.4), (0, 3, 5, 8)
#: When a change at this pace would be seen, in months.
HORIZONS = (6, 12, 18, 24, 36, 48, 60)
#: Minutes of talk, of two together, until a score is agreed. A guess.
TALK = 30.0
#: The change that is looked for if none is named: this share of the scale.
SHARE_OF_SCALE = 1 / 8
#: With fewer audits of each practitioner over the months, the model of `fidelity.drift` is more
#: cautious than a plan can reckon with (`benchmarks/studies/sample_power.csv`).
LEAST_EACH = 12
COLUMNS = (
    "audits", "audits_each", "agreed_share", "agreed", "benchmark", "hours", "hours_a_rater",
    "estimate", "lower", "upper", "power_shift", "power_scores", "smallest", "smallest_lower",
    "smallest_upper", "adequate", "recommended", "now", "n_runs", "reason",
)  # fmt: skip
LATER_COLUMNS = (
    "months", "smallest", "lower", "upper", "power", "power_lower", "power_upper", "n_runs",
    "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class SamplePlan(Result):
    """Plans, and what each would see.

    `to_frame()` has one row a plan: `audits` a month, `agreed_share` of them scored twice and
    agreed, which is `agreed` a month, `benchmark` pieces a rater each quarter; `hours` of scoring
    a month and `hours_a_rater`; `estimate` with `lower` and `upper`, the chance that the change in
    practice is told and its 95% Monte Carlo interval; `power_shift`, the same for a shift in
    scoring of that size, and `power_scores`, for the scores themselves, whatever moved them;
    `smallest` change told with the wanted power, with limits; `adequate` (the power wanted, and
    `audits_each` practitioner enough for the model of drift), `recommended`, `now`, `n_runs`, and
    the `reason` where nothing can be told.

    Attributes:
        later: what is done now, by how many months it goes on: the `smallest` change that would be
            seen, and the `power` for a change at the pace asked for.
        basis: one row a number that the plans rest on: name, value, origin (own or assumed).
        change: in levels, over `months`.
        months: how long.
        power: the chance wanted.
        title: of the measure.
        counts: numbers for the sentences.
        rubric: the rubric; None without audits.
    """

    later: pd.DataFrame = field(default_factory=pd.DataFrame)
    basis: pd.DataFrame = field(default_factory=pd.DataFrame)
    change: float = 0.0
    months: int = 0
    power: float = 0.8
    title: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)
    rubric: Rubric | None = field(kw_only=True, default=None)

    @property
    def recommended(self) -> pd.Series[Any] | None:
        """The smallest adequate plan; None where no plan is adequate."""
        rows = self.table[self.table["recommended"]]
        return rows.iloc[0] if len(rows) else None

    def plot(self, ax: Any = None) -> Picture:
        """Power against hours, with alt text and data."""
        from fidelity.present.sample_pictures import power_curve

        return power_curve(self, ax=ax)


def sample_plan(
    ratings: Ratings | None = None,
    *,
    change: float | None = None,
    months: int = 24,
    shape: str = "trend",
    power: float = 0.8,
    measure: str | None = None,
    practitioners: int | None = None,
    raters: int | None = None,
    minutes: float | None = None,
    runs: int = 2000,
    rng: int | np.random.Generator = 0,
) -> SamplePlan:
    """Find the smallest plan of audits that would see a change.

    Args:
        ratings: checked ratings of one rubric, whose spreads are used; without them all is
            assumed.
        change: the change in practice to see, in levels; an eighth of the scale if not given.
        months: over how many months, at least 3.
        shape: "trend", a steady change; "step", between the first half and the second.
        power: the chance of telling it that is wanted.
        measure: a component, composite or item; the one that is banded if not given.
        practitioners: how many the audits reach; as now if not given.
        raters: how many score; as now if not given.
        minutes: of one scoring; as now if not given.
        runs: simulated runs of each plan.
        rng: the seed, or a Generator.

    Raises:
        UsageError: unvalidated input, or a number that is out of range.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    _check(change, months, shape, power, runs)
    given = None if ratings is None else scorings(ratings, "sample_plan")
    name = measure_of(given, measure) if given else ""
    found = _with(known(given, name) if given else assumed(), practitioners, raters, minutes)
    sought = _change(given, name) if change is None else change
    seed = int(rng.integers(2**32)) if isinstance(rng, np.random.Generator) else int(rng)
    setting = Setting(months, found.practitioners, found.raters, shape)
    table = _recommended(_plans(found, setting, sought, power, runs, seed), power)
    rubric = given.rubric if given else None
    result = SamplePlan(
        table, (),
        method_of("sample_plan", rubric.label if rubric else "none", measure=name, change=sought,
                  months=months, shape=shape, power=power, runs=runs, rng=seed, talk=TALK,
                  least_each=LEAST_EACH,
                  spreads=vars(found.spreads), origin=dict(found.origin)),
        later=_later(found, setting, sought, power, runs, seed), basis=_basis(found),
        change=sought, months=months, power=power, title=_title(rubric, name),
        counts={**found.counts, "practitioners": found.practitioners, "raters": found.raters},
        rubric=rubric,
    )  # fmt: skip
    return replace(result, sentences=tuple(sample_words.sentences(result)))


def _check(change: float | None, months: int, shape: str, power: float, runs: int) -> None:
    faults = []
    if change is not None and change <= 0:
        faults.append(f"change={change}; allowed: above 0, in levels (a fall is seen as a rise is)")
    if months < 3:
        faults.append(f"months={months}; allowed: 3 or more")
    if shape not in SHAPES:
        faults.append(f'shape="{shape}"; allowed: {" or ".join(SHAPES)}')
    if not 0.5 <= power < 1:
        faults.append(f"power={power}; allowed: from 0.5 to below 1, usually 0.8")
    if runs < 200:
        faults.append(f"runs={runs}; allowed: 200 or more")
    if faults:
        raise UsageError("; ".join(faults) + ".")


def _with(
    found: Known, practitioners: int | None, raters: int | None, minutes: float | None
) -> Known:
    """What is known, with what the user says better."""
    named = {"practitioners": practitioners, "raters": raters, "minutes": minutes}
    said: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    low = [f"{name}={value}; allowed: 1 or more" for name, value in said.items() if value < 1]
    if low:
        raise UsageError("; ".join(low) + ".")
    both = {"minutes_benchmark": minutes} if minutes is not None else {}
    origin = {**found.origin, **dict.fromkeys((*said, *both), "given")}
    return replace(found, **{**said, **both}, origin=origin)


def _change(given: Scorings | None, measure: str) -> float:
    """An eighth of the scale of the measure: half a level of five."""
    if given is None:
        return 4 * SHARE_OF_SCALE
    rubric = given.rubric
    items = [measure] if measure in rubric.items else list(rubric.scored_items)
    scale = rubric.scale_of(items[0])
    return (scale.maximum - scale.minimum) * SHARE_OF_SCALE


def _title(rubric: Rubric | None, measure: str) -> str:
    if rubric is None:
        return "a score from 1 to 5"
    return rubric.titles.get(measure) or rubric.items[measure].text


def _plans(
    found: Known, setting: Setting, change: float, power: float, runs: int, seed: int
) -> pd.DataFrame:
    """Every plan of the grid, and what is done now."""
    grid = [Plan(a, share, b) for a in AUDITS for share in AGREED for b in BENCHMARK]
    rows, scores = [], dict[float, Slopes]()
    for plan in [*([found.now] if found.now else []), *grid]:
        if plan.audits not in scores:
            scores[plan.audits] = score_slopes(plan.audits, setting, found.spreads, runs, seed)
        seen = look(plan, setting, found.spreads, scores[plan.audits], seed + 1)
        estimate, lower, upper = seen.practice.power(change)
        smallest = seen.practice.smallest(power)
        hours = _hours(plan, found)
        rows.append({
            "audits": plan.audits,
            "audits_each": plan.audits * setting.months / found.practitioners,
            "agreed_share": plan.agreed,
            "agreed": plan.agreed * plan.audits, "benchmark": plan.benchmark, "hours": hours,
            "hours_a_rater": hours / found.raters, "estimate": estimate, "lower": lower,
            "upper": upper, "power_shift": seen.shift.power(change)[0],
            "power_scores": seen.scores.power(change)[0], "smallest": smallest[0],
            "smallest_lower": smallest[1], "smallest_upper": smallest[2],
            "now": plan is found.now, "n_runs": runs, "reason": seen.practice.reason,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _hours(plan: Plan, found: Known) -> float:
    """Hours of scoring a month: first and second scorings, the talk, and benchmark pieces."""
    second = plan.audits * plan.agreed * (found.minutes + TALK)
    benchmark = plan.benchmark * found.raters / 3 * found.minutes_benchmark
    return (plan.audits * found.minutes + second + benchmark) / 60


def _recommended(table: pd.DataFrame, power: float) -> pd.DataFrame:
    """The adequate plans, and the one of them with fewest hours."""
    enough = (table["lower"] >= power) & (table["audits_each"] >= LEAST_EACH)
    table = table.assign(adequate=enough, recommended=False)
    fit = table[table["adequate"] & ~table["now"]]
    if len(fit):
        table.loc[fit.sort_values(["hours", "audits"], kind="stable").index[0],
                  "recommended"] = True  # fmt: skip
    return table[list(COLUMNS)]


def _later(
    found: Known, setting: Setting, change: float, power: float, runs: int, seed: int
) -> pd.DataFrame:
    """What is done now, by how long it goes on."""
    return pd.DataFrame(
        _horizons(found, setting, change, power, runs, seed) if found.now else [],
        columns=LATER_COLUMNS,
    )


def _horizons(
    found: Known, setting: Setting, change: float, power: float, runs: int, seed: int
) -> Iterator[dict[str, Any]]:
    plan = found.now
    assert plan is not None  # noqa: S101 - asked for by `_later` alone
    for months in sorted({*HORIZONS, setting.months}):
        over = replace(setting, months=months)
        scores = score_slopes(plan.audits, over, found.spreads, runs, seed)
        seen = look(plan, over, found.spreads, scores, seed + 1).practice
        pace = change * months / setting.months if setting.shape == "trend" else change
        chance, lower, upper = seen.power(pace)
        smallest = seen.smallest(power)
        yield {
            "months": months, "smallest": smallest[0], "lower": smallest[1], "upper": smallest[2],
            "power": chance, "power_lower": lower, "power_upper": upper, "n_runs": runs,
            "reason": seen.reason,
        }  # fmt: skip


def _basis(found: Known) -> pd.DataFrame:
    numbers: Sequence[tuple[str, float]] = [
        *vars(found.spreads).items(), ("practitioners", found.practitioners),
        ("raters", found.raters), ("minutes", found.minutes),
        ("minutes_benchmark", found.minutes_benchmark),
    ]  # fmt: skip
    rows = [(name, float(value), found.origin.get(name, OWN)) for name, value in numbers]
    return pd.DataFrame([*rows, ("talk", TALK, "assumed")], columns=["name", "value", "origin"])
