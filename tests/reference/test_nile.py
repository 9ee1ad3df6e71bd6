"""Cobb 1978, Biometrika 65:243: the flow of the Nile at Aswan, 1871 to 1970.

The level fell once, after 1898. The data are not part of the project.
"""

from pathlib import Path

import numpy as np
import pytest

from fidelity.statistics.change_point import change_points
from fidelity.statistics.interrupted import interrupted


def flow(realdata: Path) -> tuple[np.ndarray, np.ndarray]:
    path = realdata.parent / "reference" / "nile_changepoint.csv"
    rows = np.genfromtxt(path, delimiter=",", skip_header=1)
    return rows[:, 0], rows[:, 1]


@pytest.mark.shared
def test_the_level_changes_once_after_1898(realdata: Path) -> None:
    year, y = flow(realdata)
    found = change_points(y)
    assert found.last_before[0] == 27  # the 28th value
    assert year[found.last_before[0]] == 1898
    assert found.before[0] == pytest.approx(1097.75)
    assert found.after[0] == pytest.approx(849.972222, abs=1e-6)
    assert found.p[0] == pytest.approx(0.001)
    assert change_points(y, block=5).p[0] <= 0.005


@pytest.mark.shared
def test_as_an_interrupted_series_the_level_falls_and_the_slope_does_not(realdata: Path) -> None:
    year, y = flow(realdata)
    found = interrupted(y, year, [1899])
    assert found.levels[0].upper < -100
    assert found.slopes[0].lower < 0 < found.slopes[0].upper
