"""EWMA and CUSUM: known average run lengths by another route, gaps, and many series."""

import numpy as np
import pytest
from scipy.special import ndtr

from fidelity.statistics.chart_sequential import (
    CUSUM,
    EWMA,
    LIMIT,
    SLACK,
    WEIGHT,
    WIDTH,
    cusum,
    ewma,
)

RNG = np.random.default_rng(8)


def ewma_run_length(weight: float, width: float, cells: int = 301) -> float:
    """Average run length without change, as a Markov chain (Lucas & Saccucci 1990)."""
    h = width * np.sqrt(weight / (2 - weight))
    step = 2 * h / cells
    middle = -h + step * (np.arange(cells) + 0.5)
    edges = -h + step * np.arange(cells + 1)
    reach = (edges[None, :] - (1 - weight) * middle[:, None]) / weight
    moves = np.diff(ndtr(reach), axis=1)
    return float(np.linalg.solve(np.eye(cells) - moves, np.ones(cells))[cells // 2])


def cusum_run_length(slack: float, limit: float, cells: int = 401) -> float:
    """Average run length of both sides without change, as a Markov chain (Brook & Evans 1972)."""
    step = 2 * limit / (2 * cells - 1)
    middle = step * np.arange(cells)
    edges = np.r_[-np.inf, middle + step / 2]
    moves = np.diff(ndtr(edges[None, :] - middle[:, None] + slack), axis=1)
    return float(np.linalg.solve(np.eye(cells) - moves, np.ones(cells))[0]) / 2


def test_the_default_limits_have_the_run_lengths_that_their_sources_print() -> None:
    assert ewma_run_length(WEIGHT, WIDTH) == pytest.approx(500, rel=0.01)
    assert cusum_run_length(SLACK, LIMIT) == pytest.approx(370, rel=0.01)


def test_run_lengths_are_those_of_the_chain() -> None:
    """The share of series without a flag after 200 points, against the chain's run length."""
    y = RNG.normal(size=(4000, 200))
    for chart, length in (
        (ewma(y, center=0, sigma=1), ewma_run_length(WEIGHT, WIDTH)),
        (cusum(y, center=0, sigma=1), cusum_run_length(SLACK, LIMIT)),
    ):
        # The time to a flag is nearly exponential; exact EWMA limits flag a little sooner.
        share = 1 - chart.flagged.any(axis=-1).mean()
        assert share == pytest.approx(np.exp(-200 / length), abs=0.035)


def test_the_same_by_hand_with_gaps() -> None:
    y = RNG.normal(2, 0.5, (3, 25))
    y[1, 4:7] = np.nan
    known = ewma(y, center=[2, 2, 2], sigma=[0.5, 0.5, 0.5])
    sums = cusum(y, center=[2, 2, 2], sigma=[0.5, 0.5, 0.5])
    for k, row in enumerate(y):
        z, n, up = 2.0, 0, 0.0
        for t, v in enumerate(row):
            if np.isnan(v):
                assert np.isnan(known.y[k, t])
                assert sums.y[k, t] == pytest.approx(up)
                continue
            n += 1
            z = WEIGHT * v + (1 - WEIGHT) * z
            up = max(0.0, v - 2 - SLACK * 0.5 + up)
            part = WEIGHT / (2 - WEIGHT) * (1 - (1 - WEIGHT) ** (2 * n))
            assert known.y[k, t] == pytest.approx(z)
            assert known.upper[k, t] == pytest.approx(2 + WIDTH * 0.5 * part**0.5)
            assert sums.y[k, t] == pytest.approx(up)


@pytest.mark.parametrize("tool", [ewma, cusum])
def test_a_part_begins_anew(tool: object) -> None:
    y = RNG.normal(size=(4, 40))
    y[:, 22:] += 3
    y[1, 5] = np.nan
    whole = tool(y, parts=[22])  # type: ignore[operator]
    for part in (slice(0, 22), slice(22, 40)):
        alone = tool(y[:, part])  # type: ignore[operator]
        assert np.allclose(whole.y[:, part], alone.y, equal_nan=True)
        assert np.allclose(whole.upper[:, part], alone.upper)
        assert np.array_equal(whole.direction[:, part], alone.direction)
    assert tool(y).flagged.sum() > whole.flagged.sum()  # type: ignore[operator]


def test_a_small_lasting_shift_is_flagged_down() -> None:
    y = RNG.normal(size=(50, 60))
    y[:, 24:] -= 1
    base = np.arange(60) < 24
    for chart, name in ((ewma(y, baseline=base), EWMA), (cusum(y, baseline=base), CUSUM)):
        assert chart.flags[name][:, 24:].any(axis=-1).mean() > 0.9
        assert (chart.direction[:, -1] <= 0).all()
        assert (chart.direction[:, -1] == -1).any()
        assert (chart.n_limits == 24).all()
