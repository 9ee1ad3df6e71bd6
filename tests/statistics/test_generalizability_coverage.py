"""A seeded tenth of the coverage study of generalizability, and its committed table."""

import numpy as np
import pytest

from benchmarks.studies import generalizability_coverage as study
from benchmarks.studies.coverage import read_table, verdict

STANDARD = [case for case in study.STUDIES if case.standard]
ROWS = read_table(study.TABLE)


def test_the_committed_table_is_of_this_study() -> None:
    assert {row["design"] for row in ROWS} == {case.name for case in study.STUDIES}
    assert {row["seed"] for row in ROWS} == {str(study.SEED)}
    runs = {case.name: str(case.runs) for case in study.STUDIES}
    assert all(row["runs"] == runs[row["design"]] for row in ROWS)


def test_the_standard_designs_pass_in_the_committed_table() -> None:
    judged = [row for row in ROWS if row["verdict"] != "hard case"]
    assert len(judged) == 5 * len(STANDARD)
    assert {row["verdict"] for row in judged} == {"passes"}
    assert all(
        0.3 <= float(r["true"]) <= 0.8 for r in judged if r["estimate"] in ("E rho^2", "Phi")
    )


@pytest.mark.parametrize("case", STANDARD, ids=lambda case: case.name)
def test_a_tenth_of_the_runs_again(case: study.Study) -> None:
    for row in study.study(case, case.runs // 10):
        assert row["with_interval"] == row["runs"]
        assert verdict(row["covered"], row["runs"], standard=True) == "passes", row


def test_the_truth_of_scores_cut_into_levels_is_that_of_many_scores() -> None:
    case = next(case for case in study.STUDIES if case.cut)
    large = study.Study("large", case.truth, {"p": 1000, "r": 400}, missing=0.0, cut=True)
    factors, y = large.draw(np.random.default_rng(0))
    found = study.variance_components(factors, y, design="p x r").components
    # Three standard errors of a variance over 1,000 pieces and over 400 raters.
    for name, within in {"p": 0.13, "r": 0.21, "pr": 0.02}.items():
        assert found[name].value == pytest.approx(case.true()[name], rel=within)
