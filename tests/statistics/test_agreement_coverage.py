"""A seeded tenth of the coverage study of agreement, and its committed table."""

import pytest

from benchmarks.studies import agreement_coverage as study
from benchmarks.studies.coverage import read_table, verdict

STANDARD = [design for design in study.DESIGNS if design.standard]
ROWS = read_table(study.TABLE)


def test_the_committed_table_is_of_this_study() -> None:
    assert {row["design"] for row in ROWS} == {design.name for design in study.DESIGNS}
    assert {(row["runs"], row["seed"]) for row in ROWS} == {(str(study.RUNS), str(study.SEED))}


def test_the_default_interval_passes_in_the_committed_table() -> None:
    judged = [row for row in ROWS if row["verdict"] != "hard case" and row["se"] == "jackknife"]
    assert len(judged) == len(study.COEFFICIENTS)
    assert {row["verdict"] for row in judged} == {"passes"}


@pytest.mark.parametrize("design", STANDARD, ids=lambda design: design.name)
def test_a_tenth_of_the_runs_again(design: study.Design) -> None:
    for row in study.study(design, study.RUNS // 10, errors=("jackknife",)):
        assert row["with_interval"] == row["runs"]
        assert verdict(row["covered"], row["runs"], standard=True) == "passes", row
        # The true value is exact: the mean of the runs lies within four standard errors of it.
        off = abs(row["mean"] - row["true"]) - 0.01  # less the bias of ratios at 100 units
        assert off < 4 * row["sd"] / row["runs"] ** 0.5
