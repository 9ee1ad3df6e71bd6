"""The study of strictness: a seeded tenth of it, and the table that is kept."""

import pytest

from benchmarks.studies.coverage import read_table, version
from benchmarks.studies.strictness_coverage import DESIGNS, RUNS, TABLE, study

STANDARD = [design for design in DESIGNS if design.standard]


@pytest.mark.slow
@pytest.mark.parametrize("design", STANDARD, ids=lambda design: design.name)
def test_a_tenth_covers_and_recovers(design) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    rows = {(row["method"], row["facet"]): row for row in study(design, RUNS // 10)}
    marginal, joint = rows["marginal", "rater"], rows["joint", "rater"]
    assert marginal["verdict"] == "passes"
    assert 0.95 < marginal["slope"] < 1.05
    assert 1.03 < joint["slope"] / marginal["slope"] < 1.12
    practitioner = rows["marginal", "practitioner"]
    assert practitioner["upper99"] > 0.93


def test_the_table_that_is_kept_passes() -> None:
    rows = read_table(TABLE)
    assert {row["version"] for row in rows} == {version()}
    assert {int(row["runs"]) for row in rows} == {RUNS}
    judged = [row for row in rows if row["verdict"] != "shown"]
    assert len(judged) == len(STANDARD)
    assert {row["verdict"] for row in judged} == {"passes"}
    slopes = {
        row["method"]: float(row["slope"])
        for row in rows
        if row["design"] == STANDARD[0].name and row["facet"] == "rater"
    }
    assert 0.97 <= slopes["marginal"] <= 1.03
    assert 1.03 <= slopes["joint"] <= 1.12
