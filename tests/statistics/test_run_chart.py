"""Run charts: medians, runs and crossings against counting, and what chance allows."""

from itertools import groupby

import numpy as np
import pytest
from scipy.stats import binom

from fidelity.statistics.run_chart import FEW_CROSSINGS, LONG_RUN, run_chart, runs_about

RNG = np.random.default_rng(5)


def test_runs_and_crossings_equal_counting() -> None:
    y = np.round(RNG.normal(0, 1.5, (300, 26)))
    y[RNG.random(y.shape) < 0.08] = np.nan
    found = runs_about(y, 0.0)
    for k, row in enumerate(y):
        useful = [int(np.sign(v)) for v in row if not np.isnan(v) and v != 0]
        lengths = [len(list(run)) for _, run in groupby(useful)]
        assert found.useful[k] == len(useful)
        assert found.longest[k] == max(lengths)
        assert found.crossings[k] == len(lengths) - 1
        assert found.in_longest[k].sum() == sum(n for n in lengths if n == max(lengths))


@pytest.mark.parametrize("n", [1, 2, 5, 10, 12, 17, 24, 36, 60, 121])
def test_what_chance_allows(n: int) -> None:
    y = np.tile([1.0, -1.0], 61)[:n]
    found = runs_about(y, 0.0)
    assert found.longest_limit == round(np.log2(n) + 3)
    assert found.crossings_limit == (binom.ppf(0.05, n - 1, 0.5) if n > 1 else 0)


def test_medians_of_phases_with_gaps() -> None:
    y = RNG.normal(size=(6, 4, 24))
    y[RNG.random(y.shape) < 0.2] = np.nan
    y[0, 0, :10] = np.nan
    chart = run_chart(y, parts=[10])
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        first = np.nanmedian(y[..., :10], axis=-1)
    assert np.allclose(chart.center[..., 0], first, equal_nan=True)
    assert np.allclose(chart.center[..., -1], np.nanmedian(y[..., 10:], axis=-1))
    assert np.isnan(chart.lower).all()
    assert not chart.flagged[0, 0, :10].any()


def test_a_shift_is_a_long_run_with_few_crossings() -> None:
    y = np.r_[np.tile([1.0, 2.0], 6), np.tile([5.0, 6.0], 6)]
    chart = run_chart(y)
    assert chart.flags[LONG_RUN].all(), "both halves are runs of twelve"
    assert chart.flags[FEW_CROSSINGS].all()
    assert chart.direction.tolist() == [-1] * 12 + [1] * 12
    assert not run_chart(np.tile([1.0, 2.0], 12)).flagged.any()


def test_points_on_the_median_are_passed_over() -> None:
    chart = run_chart([3, 3, 3, 1, 5, 3, 1, 5, 1, 5, 3.0])
    assert chart.runs[0].useful == 6
    assert not chart.flagged.any()
    assert run_chart([2.0] * 12).runs[0].longest == 0
