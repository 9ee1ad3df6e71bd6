"""The stated chance of a false flag, against a simulation with another seed and against theory."""

import math
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.studies import chart_delay
from benchmarks.studies import false_flags as study
from benchmarks.studies.coverage import monte_carlo_interval, read_table
from fidelity.errors import UsageError
from fidelity.statistics.chart_rules import RULES, SETS
from fidelity.statistics.chart_sequential import ewma
from fidelity.statistics.charts import c_chart, p_chart, u_chart, xmr
from fidelity.statistics.false_flags import TABLE, chance, several, stated
from fidelity.statistics.run_chart import run_chart

RUNS, OTHER_SEED = 2_000, 991
LENGTHS = (12, 24, 60)
ROWS = read_table(TABLE)


def test_the_committed_table_is_of_this_study() -> None:
    assert {(row["runs"], row["seed"]) for row in ROWS} == {(str(study.RUNS), str(study.SEED))}
    cases = {(row["limits"], int(row["baseline"]), int(row["n"])) for row in ROWS}
    assert cases == set(study.CASES)
    assert {*RULES, *SETS, "anhoj", "ewma", "cusum"} <= set(ROWS[0])


@pytest.mark.parametrize(
    ("limits", "baseline"), [("known", 0), ("own", 0), ("center", 0), ("first", 12), ("first", 24)]
)
def test_every_stated_chance_agrees_with_another_seed(limits: str, baseline: int) -> None:
    """At 12, 24 and 60 points, for every rule and set, within four standard errors of both."""
    cases = [(limits, baseline, n) for n in LENGTHS if n > baseline]
    for row in study.study(cases, RUNS, OTHER_SEED):
        n = int(row["n"])
        for rule in study.NAMES:
            stated = chance(rule, n, limits=limits, baseline=baseline)
            error = math.sqrt(stated * (1 - stated) * (1 / RUNS + 1 / study.RUNS))
            assert float(row[rule]) == pytest.approx(stated, abs=4 * error + 1e-3), (rule, n)


@pytest.mark.parametrize("n", LENGTHS)
def test_three_sigma_with_known_limits_is_what_theory_says(n: int) -> None:
    """0.0027 is the chance of one point; the table's error is that of 50,000 runs."""
    stated = chance("shewhart", n, limits="known")
    theory = 1 - (1 - 0.0027) ** n
    lower, upper = monte_carlo_interval(round(stated * study.RUNS), study.RUNS, 0.999)
    assert lower <= theory <= upper


def test_eight_on_one_side_with_known_limits_is_a_run_of_coins() -> None:
    """Exact, by counting: the chance of a run of 8 among n fair coins, either side."""
    for n in LENGTHS:
        ways = {1: 2.0}  # length of the run at the end: number of sequences
        for _ in range(n - 1):
            new = {length + 1: count for length, count in ways.items() if length < 7}
            new[1] = new.get(1, 0.0) + sum(ways.values())
            ways = new
        exact = 1 - sum(ways.values()) / 2.0**n
        stated = chance("8 on one side", n, limits="known")
        assert stated == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / study.RUNS))


def test_more_points_and_more_rules_flag_more() -> None:
    for limits in ("known", "own", "center"):
        found = [chance("nhs", n, limits=limits) for n in range(8, 121, 4)]
        assert all(a <= b + 0.005 for a, b in pairwise(found))
        assert chance("nelson", 24, limits=limits) > chance("shewhart", 24, limits=limits)


def test_limits_from_few_points_flag_more_often() -> None:
    known = chance("shewhart", 60, limits="known")
    by_first = [chance("shewhart", 60, limits="first", baseline=b) for b in (8, 12, 24, 48)]
    assert by_first == sorted(by_first, reverse=True)
    assert by_first[0] > 2 * known
    assert by_first[-1] > known


def test_between_the_rows_of_the_table() -> None:
    low, mid, high = (chance("nhs", 60, limits="first", baseline=b) for b in (18, 20, 24))
    assert high < mid < low
    assert chance("nhs", 12, limits="first", baseline=12) == chance("nhs", 12)
    beyond = chance("shewhart", 240, limits="known")
    assert beyond == pytest.approx(1 - (1 - 0.0027) ** 240, abs=0.01)
    assert math.isnan(chance("nhs", 5))
    assert several(0.2, 2) == pytest.approx(0.36)
    with pytest.raises(UsageError, match="allowed are"):
        chance("six sigma", 24)


def test_every_chart_states_its_own_chance() -> None:
    rng = np.random.default_rng(6)
    y = rng.normal(5, 1, (3, 30))
    y[1, 20:] = np.nan
    y[2, 4:] = np.nan
    plain = stated(xmr(y))
    assert plain.estimated[0] == pytest.approx(chance("nhs", 30))
    assert plain.known[0] == pytest.approx(chance("nhs", 30, limits="known"))
    assert plain.estimated[1] == pytest.approx(chance("nhs", 20))
    assert np.isnan(plain.estimated[2]), "no limits, no chance"
    frozen = stated(xmr(y[0], baseline=np.arange(30) < 12, parts=[18], rules="nelson"))
    parts = (chance("nelson", 18, limits="first", baseline=12), chance("nelson", 12))
    assert float(frozen.estimated) == pytest.approx(1 - (1 - parts[0]) * (1 - parts[1]))
    counts = rng.poisson(5, 30)
    for chart in (c_chart(counts), u_chart(counts, 2.0), p_chart(counts, 40)):
        assert float(stated(chart).estimated) == pytest.approx(chance("nhs", 30, limits="center"))
    assert float(stated(run_chart(y[0])).estimated) == pytest.approx(chance("anhoj", 30))
    assert float(stated(ewma(y[0])).estimated) == pytest.approx(chance("ewma", 30))
    assert np.isnan(stated(ewma(y[0], weight=0.3)).estimated)
    assert np.isnan(stated(xmr(y[0], rules=("7 on one side", "9 on one side"))).estimated)


def test_the_committed_delays_are_of_this_study() -> None:
    rows = read_table(chart_delay.TABLE)
    assert {row["design"] for row in rows} == {design.name for design in chart_delay.DESIGNS}
    assert {(r["runs"], r["seed"]) for r in rows} == {
        (str(chart_delay.RUNS), str(chart_delay.SEED))
    }
    for row in rows:
        if row["chart"].startswith("confidence sequence") and "no change" in row["design"]:
            assert float(row["lower99"]) <= 0.05, row
            assert float(row["by_24"]) <= 0.05, row


def test_a_part_of_the_delays_again() -> None:
    """The slide at 20 audits a month, fewer runs: medians near those of the table."""
    design = next(d for d in chart_delay.DESIGNS if d.name == "20 audits a month, slide")
    told = {r["chart"]: r for r in read_table(chart_delay.TABLE) if r["design"] == design.name}
    for row in chart_delay.study(design, 60, seed=7):
        stated, found = told[row["chart"]]["median_delay"], row["median_delay"]
        if isinstance(found, str) or stated.startswith("over"):
            assert row["chart"].startswith("confidence sequence")
        else:
            assert found == pytest.approx(float(stated), abs=3.0), row["chart"]
