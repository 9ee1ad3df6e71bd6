"""The studies of change: a seeded part of each again, and the tables that are kept."""

import pytest

from benchmarks.studies import change_coverage, half_life
from benchmarks.studies.coverage import read_table, version


@pytest.mark.slow
@pytest.mark.parametrize(
    "design", [d for d in half_life.DESIGNS if d.judged], ids=lambda design: design.name
)
def test_half_lives_again(design: half_life.Design) -> None:
    made = half_life.study(design, half_life.RUNS // 20)
    # A twentieth of the runs: within what 100 of them would show of 5%, with 99% certainty.
    if design.judged == "coverage":
        assert made["verdict"] == "passes"
        assert int(str(made["fading_told"])) > 80
    else:
        assert int(str(made["fading_told"])) <= 11


@pytest.mark.slow
@pytest.mark.parametrize(
    "design", [d for d in change_coverage.DESIGNS if d.standard], ids=lambda design: design.name
)
def test_intervals_again(design: change_coverage.Design) -> None:
    assert change_coverage.study(design, change_coverage.RUNS // 10)["verdict"] == "passes"


def test_the_kept_table_of_half_lives_passes() -> None:
    rows = read_table(half_life.TABLE)
    assert [row["design"] for row in rows] == [design.name for design in half_life.DESIGNS]
    assert {row["version"] for row in rows} == {version()}
    assert {int(row["runs"]) for row in rows} == {half_life.RUNS}
    judged = [row for row in rows if row["verdict"] != "hard case"]
    assert len(judged) == sum(bool(design.judged) for design in half_life.DESIGNS)
    assert {row["verdict"] for row in judged} == {"passes"}
    false = [row for row in rows if row["design"] in {"the gain stays", "there was no gain"}]
    assert all(float(row["share_fading_told"]) <= 0.05 for row in false)
    hidden = next(row for row in rows if row["design"].endswith("by .015 a month"))
    taken_off = rows[-1]
    assert float(hidden["coverage"]) < 0.8 < float(taken_off["coverage"])


def test_the_kept_table_of_changes_passes() -> None:
    rows = read_table(change_coverage.TABLE)
    assert [row["design"] for row in rows] == [d.name for d in change_coverage.DESIGNS]
    assert {row["version"] for row in rows} == {version()}
    judged = [row for row in rows if row["verdict"] != "hard case"]
    assert len(judged) == sum(design.standard for design in change_coverage.DESIGNS)
    assert {row["verdict"] for row in judged} == {"passes"}
