"""A seeded tenth of the coverage study of intraclass correlations, and its committed table."""

import pytest

from benchmarks.studies import icc_coverage as study
from benchmarks.studies.coverage import read_table, verdict

STANDARD = [design for design in study.DESIGNS if design.standard]
ROWS = read_table(study.TABLE)


def test_the_committed_table_is_of_this_study() -> None:
    assert {row["design"] for row in ROWS} == {design.name for design in study.DESIGNS}
    assert {row["seed"] for row in ROWS} == {str(study.SEED)}
    assert {row["runs"] for row in ROWS} == {str(study.RUNS), str(study.RUNS // 8)}


def test_the_standard_designs_pass_in_the_committed_table() -> None:
    judged = [row for row in ROWS if row["verdict"] != "hard case"]
    assert len(judged) == 9 * len(STANDARD)
    assert {row["verdict"] for row in judged} == {"passes"}


@pytest.mark.parametrize(
    "design",
    # REML takes a tenth of a second a run: one of its three designs stands for them.
    [design for design in STANDARD if not design.missing or design.true == 0.5],
    ids=lambda design: design.name,
)
def test_a_tenth_of_the_runs_again(design: study.Design) -> None:
    for row in study.study(design, study.RUNS // 10):
        assert row["with_interval"] == row["runs"]
        assert verdict(row["covered"], row["runs"], standard=True) == "passes", row
