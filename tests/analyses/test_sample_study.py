"""The committed table of the study of plans, and a seeded tenth of it again."""

import pytest
from scipy.stats import binom

from benchmarks.studies import sample_power as study
from benchmarks.studies.coverage import read_table
from fidelity.analyses.sample import LEAST_EACH

ROWS = read_table(study.TABLE)


def test_the_committed_table_is_of_this_study() -> None:
    assert [row["plan"] for row in ROWS] == [name for name, _, _ in study.PLANS]
    assert {row["seed"] for row in ROWS} == {str(study.SEED)}
    assert {row["runs"] for row in ROWS} == {str(study.RUNS)}


def test_plans_that_may_be_recommended_promise_no_more_than_drift_finds() -> None:
    """With few audits of each practitioner they do, and are not recommended."""
    for row, (_, plan, setting) in zip(ROWS, study.PLANS, strict=True):
        if plan.audits * setting.months / setting.practitioners >= LEAST_EACH:
            assert float(row["chance_of_the_plan"]) <= float(row["told_upper"]), row
            assert row["promised_too_much"] == "False"


def test_where_nothing_changed_hardly_anything_was_told() -> None:
    for row in ROWS:
        found = round(float(row["told_without_change"]) * study.RUNS)
        assert binom.sf(found - 1, study.RUNS, 0.05) > 0.001, row


@pytest.mark.parametrize("place", [3])
def test_a_tenth_of_the_runs_again(place: int) -> None:
    name, plan, setting = study.PLANS[place]
    runs = study.RUNS // 10
    found = study.told(plan, setting, study.CHANGE, runs, study.SEED)
    share = float(ROWS[place]["told"])
    assert ROWS[place]["plan"] == name
    assert binom.cdf(found, runs, share) > 0.0005
    assert binom.sf(found - 1, runs, share) > 0.0005
