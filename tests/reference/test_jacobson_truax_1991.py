"""Jacobson & Truax 1991, J Consult Clin Psychol 59:12-19: the couple of the worked example.

Scores 32.5 before and 47.5 after; standard deviation 7.5, reliability .80; populations with means
40 and 60 and standard deviation 7.5. The publication prints RC = 3.16; the other figures are its
formulas at these inputs, which are recalled, not seen again.
"""

import pytest

from fidelity.statistics.reliable_change import IMPROVED, cut_offs, reliable_change


def test_the_worked_example() -> None:
    found = reliable_change(32.5, 47.5, sd=7.5, reliability=0.80)
    assert found.se[0] == pytest.approx(4.743416, abs=1e-6)
    assert found.se[0] / 2**0.5 == pytest.approx(3.354102, abs=1e-6)
    assert found.index[0] == pytest.approx(3.162278, abs=1e-6)
    assert f"{found.index[0]:.2f}" == "3.16"
    assert found.finding[0] == IMPROVED


def test_the_three_cut_offs() -> None:
    assert cut_offs(40, 7.5, 60, 7.5) == pytest.approx((55.0, 45.0, 50.0))
