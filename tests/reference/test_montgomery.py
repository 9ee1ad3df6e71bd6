"""Worked examples of Montgomery, Introduction to Statistical Quality Control, and one of Wheeler's.

The numbers are those of the book (examples 6.3, 6.5, 7.1, 7.3, 7.4; tables 9.1 and 9.10); limits
to more digits are those that R qicharts2 0.8.1 stores for the same data. The four numbers of the
individuals chart stand in the README of statprocon 2.0.
"""

import numpy as np
import pytest

from fidelity.statistics.chart_sequential import CUSUM, EWMA, cusum, ewma
from fidelity.statistics.charts import CLIPPED, c_chart, p_chart, u_chart, xbar_s, xmr
from fidelity.statistics.run_chart import runs_about

OUTSIDE = "outside the limits"
#: Table 6.3: inside diameters of piston rings (mm), less 74, in thousandths; five a sample.
RINGS = np.array([
    [30, 2, 19, -8, 8], [-5, -8, 1, 11, 4], [-12, 24, 21, 5, 2], [2, -4, -7, 15, 9],
    [-8, 7, 15, -11, 14], [9, -6, -3, -15, -7], [-5, 6, -6, 0, 5], [-15, 3, -7, 15, -12],
    [8, -5, 9, 5, 4], [-2, 0, -10, 7, -5], [-6, -2, -6, -5, -10], [4, 0, 7, 0, -4],
    [-17, 2, -2, -3, 12], [6, -33, -6, 0, -16], [12, 14, -2, -1, 7], [0, -16, 5, -2, -4],
    [-6, 12, -14, 5, 7], [6, 10, 18, 3, 0], [-16, 2, 3, 5, -3], [0, 10, 13, 20, 3],
    [-18, 1, 15, 5, -4], [4, -1, -10, 6, 9], [10, -11, -10, 9, 14], [15, 8, -7, 0, 10],
    [-18, -16, -5, 17, 13],
])  # fmt: skip
#: Example 6.5: costs of processing mortgage loans; limits rest on the first 20 weeks.
LOANS = [
    310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301,
    304, 305, 282, 305, 296, 314, 295, 287, 301, 298, 311, 310, 292, 305, 299, 304, 310, 304, 305,
    333, 328,
]  # fmt: skip
#: Example 7.1: nonconforming cans of 50, before and after an intervention.
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9,
        12, 7, 13, 9, 6]  # fmt: skip
CANS_AFTER = [
    9, 6, 12, 5, 6, 4, 6, 3, 7, 6, 2, 4, 3, 6, 5, 4, 8, 5, 6, 7, 5, 6, 3, 5, 8, 7, 5, 6, 4, 5, 2,
    3, 4, 7, 6, 5, 5, 3, 7, 9, 6, 10, 4, 3, 5, 8, 11, 9, 7, 3, 5, 2, 1, 4, 5, 3, 7, 6, 4, 4, 6, 8,
    5, 6,
]  # fmt: skip
#: Example 7.3: nonconformities of circuit boards; the first 26 without 6 and 20 set the limits.
BOARDS = [
    21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19,
    17, 15, 16, 18, 12, 15, 24, 21, 28, 20, 25, 19, 18, 21, 16, 22, 19, 12, 14, 9, 16, 21,
]  # fmt: skip
#: Example 7.4: shipping errors in 50 shipments a week.
ERRORS = [2, 3, 8, 1, 1, 4, 1, 4, 5, 1, 8, 2, 4, 3, 4, 1, 8, 3, 7, 4]
#: Table 9.1: mean 10 for 20 observations, 11 for 10.
SHIFTED = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40,
    10.08, 9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62,
    11.31, 10.52,
]  # fmt: skip


def flagged(chart: object) -> list[int]:
    """Numbers of the points outside the limits, from 1."""
    return [int(k) + 1 for k in np.flatnonzero(chart.flags[OUTSIDE])]  # type: ignore[attr-defined]


def test_6_3_means_with_limits_from_standard_deviations() -> None:
    y = 74 + RINGS / 1000
    chart = xbar_s(y.mean(axis=1), y.std(axis=1, ddof=1), 5)
    assert chart.center[0] == pytest.approx(74.001176, abs=5e-7)
    assert chart.lower[0] == pytest.approx(73.98776, abs=5e-6)
    assert chart.upper[0] == pytest.approx(74.014592, abs=5e-7)
    assert not chart.flagged.any()
    assert chart.spread is not None
    assert chart.spread.center[0] == pytest.approx(0.0094, abs=5e-5)
    assert chart.spread.upper[0] == pytest.approx(0.0196, abs=5e-5)
    assert chart.spread.lower[0] == 0


def test_6_5_individuals_with_a_frozen_baseline() -> None:
    chart = xmr(LOANS, baseline=np.arange(40) < 20, rules="shewhart")
    assert chart.center[0] == 300.5
    assert round(float(chart.lower[0]), 2) == 279.78
    assert round(float(chart.upper[0]), 2) == 321.22
    assert flagged(chart) == [39, 40]
    assert chart.spread is not None
    assert chart.spread.center[0] == pytest.approx(7.79, abs=0.005)
    assert chart.spread.upper[0] == pytest.approx(25.45, abs=0.005)


def test_7_1_shares_in_two_parts_without_explained_points() -> None:
    explained = {14, 22}  # a new batch of material; an untrained operator
    mask = np.array([k not in explained for k in range(94)])
    chart = p_chart([*CANS, *CANS_AFTER], 50, baseline=mask, parts=[30])
    assert chart.center[0] == pytest.approx(0.2150, abs=5e-5)
    assert chart.lower[0] == pytest.approx(0.0407, abs=5e-5)
    assert chart.upper[0] == pytest.approx(0.3893, abs=5e-5)
    assert [k for k in flagged(chart) if k <= 30] == [15, 21, 23]
    # Limits of the 64 samples after the intervention by themselves.
    assert chart.center[-1] == pytest.approx(0.1096875)
    assert chart.upper[-1] == pytest.approx(0.24227, abs=5e-6)
    assert chart.lower[-1] == 0
    assert not chart.flags[OUTSIDE][30:].any()
    assert chart.notes == (CLIPPED,)


def test_7_3_counts() -> None:
    mask = (np.arange(46) < 26) & ~np.isin(np.arange(46), [5, 19])
    chart = c_chart(BOARDS, baseline=mask)
    assert chart.center[0] == pytest.approx(472 / 24)
    assert chart.lower[0] == pytest.approx(6.36, abs=0.005)
    assert chart.upper[0] == pytest.approx(32.97, abs=0.005)
    assert flagged(chart) == [6, 20]


def test_7_4_errors_for_each_shipment() -> None:
    chart = u_chart(ERRORS, 50)
    assert chart.center[0] == pytest.approx(0.0740)
    assert chart.upper[0] == pytest.approx(0.1894, abs=5e-5)
    assert chart.lower[0] == 0
    assert chart.notes == (CLIPPED,)
    assert flagged(chart) == []


def test_an_individuals_chart_of_four_points() -> None:
    chart = xmr([10, 50, 40, 30])
    assert (chart.center[0], chart.upper[0]) == (32.5, pytest.approx(85.7))
    assert chart.lower[0] == pytest.approx(-20.7)
    assert chart.spread is not None
    assert chart.spread.center[0] == 20
    # Printed there: 65.36, with 3.268; the constant here is 3.267 (Montgomery, Appendix VI).
    assert chart.spread.upper[0] == pytest.approx(65.34)
    assert 3.268 * chart.spread.center[0] == pytest.approx(65.36)


def test_9_1_cumulative_sums() -> None:
    chart = cusum(SHIFTED, center=10, sigma=1, slack=0.5, limit=5)
    assert chart.y.round(2)[[3, 4, 22, 27, 28, 29]].tolist() == [1.16, 2.82, 1.79, 4.47, 5.28, 5.30]
    assert chart.down is not None
    assert chart.down.round(2)[[0, 1, 2, 18]].tolist() == [0.05, 1.56, 1.77, 0.98]
    assert np.flatnonzero(chart.flags[CUSUM]).tolist() == [28, 29]


def test_9_10_weighted_means() -> None:
    chart = ewma(SHIFTED, center=10, sigma=1, weight=0.1, width=2.7)
    assert chart.y[[0, 1]].tolist() == [pytest.approx(9.945), pytest.approx(9.7495)]
    assert chart.y[[28, 29]].round(4).tolist() == [10.6468, 10.6341]
    assert chart.upper[[0, 1, -1]].round(2).tolist() == [10.27, 10.36, 10.62]
    assert chart.lower[[0, 1, -1]].round(2).tolist() == [9.73, 9.64, 9.38]
    assert np.flatnonzero(chart.flags[EWMA]).tolist() == [28, 29]


@pytest.mark.parametrize(
    ("y", "center", "told"),
    [
        (LOANS, 300.5, (6, 8, 20, 14)),
        (np.array(ERRORS) / 50, 0.074, (2, 7, 15, 6)),
        (RINGS.mean(axis=1) / 1000 + 74, 74.001176, (3, 8, 15, 8)),
        ([c for k, c in enumerate(CANS) if k not in {14, 22}], 10.75, (5, 8, 13, 9)),
        ([c for k, c in enumerate(BOARDS) if k not in {5, 19}], 472 / 24, (8, 8, 14, 16)),
    ],
)
def test_runs_and_crossings_as_qicharts2_counts_them(
    y: list[float], center: float, told: tuple[int, int, int, int]
) -> None:
    runs = runs_about(y, center)
    found = (runs.longest, runs.longest_limit, runs.crossings, runs.crossings_limit)
    assert tuple(map(int, found)) == told
