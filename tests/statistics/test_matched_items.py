"""A chosen item beside items as low: by hand, by another route, in worlds with a known truth."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.studies import chosen_low
from benchmarks.studies.coverage import monte_carlo_interval, read_table
from fidelity.errors import UsageError
from fidelity.statistics.change import two_periods
from fidelity.statistics.matched_items import LEAST, NEIGHBOURS, beside_matched, together

AFTER = np.repeat([False, True], 6)
PEOPLE = np.tile(["a", "b", "c"], 4)


def levels(*rows: tuple[float, float], seed: int = 3) -> np.ndarray:
    """Columns with these means before and after, and noise that leaves the means as they are."""
    random = np.random.default_rng(seed)
    columns = []
    for before, after in rows:
        noise = random.normal(size=(2, 6))
        noise -= noise.mean(axis=1, keepdims=True)
        columns.append(np.concatenate([before + noise[0], after + noise[1]]))
    return np.array(columns).T


def test_the_difference_in_differences_by_hand() -> None:
    """Chosen 2.0 -> 3.0; neighbours 2.0 -> 2.4 and 2.0 -> 2.6: no gap, so 1.0 - 0.5."""
    found = beside_matched(levels((2, 3), (2, 2.4), (2, 2.6)), AFTER, PEOPLE, 0, [1, 2],
                           caliper=0.5)  # fmt: skip
    assert found.gap == pytest.approx(0, abs=1e-12)
    assert found.anyway == pytest.approx(0.5)
    assert found.beyond.value == pytest.approx(0.5)
    assert found.beyond.n == 12
    assert found.beyond.clusters == 3


def test_the_interval_is_that_of_two_periods_of_differences_within_pieces() -> None:
    table = levels((2, 3), (2, 2.4), (2, 2.6))
    found = beside_matched(table, AFTER, PEOPLE, 0, [1, 2], caliper=0.5)
    other = two_periods(table[:, 0] - table[:, 1:].mean(axis=1), AFTER, PEOPLE)
    assert found.beyond.lower == pytest.approx(other.difference.lower)
    assert found.beyond.upper == pytest.approx(other.difference.upper)
    assert found.p == pytest.approx(other.p)


def test_what_the_gap_is_worth_is_taken_off() -> None:
    """Changes of those not chosen are -0.5 x (start - 3): the neighbours are 0.3 higher."""
    starts = (2.3, 2.3, 3.0, 3.4, 4.0)
    table = levels((2.0, 3.0), *((x, x - 0.5 * (x - 3)) for x in starts))
    found = beside_matched(table, AFTER, PEOPLE, 0, [1, 2, 3, 4, 5], caliper=0.5)
    assert found.matched == (1, 2)
    assert found.slope == pytest.approx(-0.5)
    assert found.gap == pytest.approx(-0.3)
    assert found.anyway == pytest.approx(0.35 + 0.15), "as an item that starts at 2.0 would"
    assert found.beyond.value == pytest.approx(0.5)


def test_a_slope_that_no_regression_could_have_is_held() -> None:
    up = levels((2.0, 2.0), *((x, x + 2 * (x - 2)) for x in (2.1, 2.2, 3.0, 4.0)))
    assert beside_matched(up, AFTER, PEOPLE, 0, [1, 2, 3, 4], caliper=0.5).slope == 0
    down = levels((2.0, 2.0), *((x, x - 3 * (x - 2)) for x in (2.1, 2.2, 3.0, 4.0)))
    assert beside_matched(down, AFTER, PEOPLE, 0, [1, 2, 3, 4], caliper=0.5).slope == -1


def test_only_near_items_are_neighbours_and_the_nearest_first() -> None:
    table = levels((2, 2), (2.4, 2), (1.9, 2), (2.2, 2), (3, 2), *((2.3, 2) for _ in range(6)))
    found = beside_matched(table, AFTER, PEOPLE, 0, range(1, 11), caliper=0.35)
    assert found.matched[:2] == (2, 3)
    assert len(found.matched) == NEIGHBOURS
    assert 1 not in found.matched
    assert 4 not in found.matched


def test_what_moves_all_items_falls_out() -> None:
    table = levels((2, 3), (2.1, 2.4), (2, 2.6))
    first = beside_matched(table, AFTER, PEOPLE, 0, [1, 2], caliper=0.5)
    shifted = beside_matched(table + 0.9 * AFTER[:, None], AFTER, PEOPLE, 0, [1, 2], caliper=0.5)
    assert shifted.beyond.value == pytest.approx(first.beyond.value)
    assert shifted.beyond.lower == pytest.approx(first.beyond.lower)
    assert shifted.anyway == pytest.approx(first.anyway + 0.9)


def test_too_few_neighbours_or_people_is_a_result() -> None:
    table = levels((2, 3), (2.1, 2.4), (4, 4))
    none = beside_matched(table, AFTER, PEOPLE, 0, [1, 2], caliper=0.5)
    assert np.isnan(none.beyond.value)
    assert f"under {LEAST}" in none.beyond.reason
    one = beside_matched(levels((2, 3), (2, 2), (2, 2)), AFTER, ["a"] * 12, 0, [1, 2], caliper=0.5)
    assert not one.beyond.bounded
    assert "under 2 clusters" in one.beyond.reason


def test_together_is_the_one_where_there_is_one_and_the_mean_of_equals() -> None:
    table = levels((2, 3), (2, 2.4), (2, 2.6))
    one = beside_matched(table, AFTER, PEOPLE, 0, [1, 2], caliper=0.5)
    alone, p = together([one])
    assert alone.lower == pytest.approx(one.beyond.lower)
    assert p == pytest.approx(one.p)
    more = levels((2, 2.2), (2, 2.4), (2, 2.6), seed=9)
    other = beside_matched(more, AFTER, PEOPLE, 0, [1, 2], caliper=0.5)
    both, _ = together([one, other])
    assert both.value == pytest.approx((one.beyond.value + other.beyond.value) / 2)
    assert np.isnan(together([])[0].value)


def test_wrong_input_is_refused() -> None:
    table = levels((2, 3), (2, 2.4))
    with pytest.raises(UsageError, match="equally many"):
        beside_matched(table, AFTER[:3], PEOPLE, 0, [1], caliper=0.5)
    with pytest.raises(UsageError, match="not chosen"):
        beside_matched(table, AFTER, PEOPLE, 0, [0, 1], caliper=0.5)


def test_chosen_because_low_is_not_told_as_moved() -> None:
    """A seeded tenth of the study: where nothing changed, at most 5% but for Monte Carlo error."""
    runs = chosen_low.RUNS // 10
    for row in chosen_low.study(chosen_low.WORLDS, runs, seed=7):
        told, world = float(str(row["any_told"])), str(row["world"])
        lower, _ = monte_carlo_interval(round(told * runs), runs)
        if world != "planted":
            assert lower <= 0.05, row
        elif int(str(row["files"])) >= 24:
            assert told > 0.8, row
            assert float(str(row["rose_less"])) < 0.01, row


def test_the_committed_study_says_so_too() -> None:
    rows = read_table(chosen_low.TABLE)
    assert len(rows) == len(chosen_low.WORLDS)
    for row in rows:
        assert int(row["runs"]) == chosen_low.RUNS
        if row["world"] != "planted":
            assert float(row["any_lower"]) <= 0.05, row
            assert abs(float(row["bias"])) < 0.05, row
    found = {
        int(row["files"]): float(row["rose_more"]) for row in rows if row["world"] == "planted"
    }
    assert found[48] > 0.9
    naive = [float(row["naive"]) for row in rows if row["world"] == "all rise"]
    assert naive[0] > 0.4, "without neighbours, what lifts all would have been told"
