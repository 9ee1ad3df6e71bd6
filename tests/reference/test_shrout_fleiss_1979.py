"""Shrout & Fleiss 1979, Psychological Bulletin 86:420-428, Table 2: 6 targets, 4 judges.

Two decimals as printed there; more, and intervals, as R psych 2.2.9 prints them.
"""

import numpy as np
import pytest

from fidelity.statistics.icc import icc, mean_squares

TARGETS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype=float,
)

EXPECTED = {
    "ICC1": (0.17, 0.165742, -0.1329323, 0.722560),
    "ICC2": (0.29, 0.289764, 0.0187865, 0.761084),
    "ICC3": (0.71, 0.714841, 0.3424648, 0.945858),
    "ICC1k": (0.44, 0.442797, -0.8844422, 0.912415),
    "ICC2k": (0.62, 0.620051, 0.0711368, 0.927232),
    "ICC3k": (0.91, 0.909316, 0.6756747, 0.985892),
}


def test_all_six_forms_are_given() -> None:
    assert list(icc(TARGETS)) == list(EXPECTED)


@pytest.mark.parametrize("form", EXPECTED)
def test_form(form: str) -> None:
    published, value, lower, upper = EXPECTED[form]
    found = icc(TARGETS)[form]
    assert round(found.value, 2) == published
    assert round(found.value, 6) == value
    assert round(found.lower, 7) == lower
    assert round(found.upper, 6) == upper
    assert found.n == 6


def test_f_ratios() -> None:
    squares = mean_squares(TARGETS)
    assert round(squares.between / squares.within, 5) == 1.79468
    assert round(squares.between / squares.error, 5) == 11.02725
