"""InstEval: 73,421 lecture ratings at ETH Zurich by 2,972 students of 1,128 lecturers.

Expected: R lme4 1.1-31, y ~ 1 + (1|s) + (1|d) + (1|dept), REML. The data are not part of the
project (GPL), so the test runs where ../shared has them.
"""

from pathlib import Path

import numpy as np
import pytest

from fidelity.statistics.reml import crossed_reml


@pytest.mark.shared
def test_lme4s_criterion_and_variances(realdata: Path) -> None:
    path = realdata.parent / "reference" / "insteval.csv.gz"
    s, d, dept, _, y = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.int64).T
    found = crossed_reml(y, {"s": s, "d": d, "dept": dept})
    assert (len(found.effects["s"]), len(found.effects["d"])) == (2972, 1128)
    assert found.criterion == pytest.approx(237774.8624, abs=1e-3)
    assert found.variances["s"][0, 0] == pytest.approx(0.106573, abs=2e-6)
    assert found.variances["d"][0, 0] == pytest.approx(0.267572, abs=5e-6)
    assert found.variances["dept"][0, 0] == pytest.approx(0.00671965, abs=1e-6)
    assert found.residual == pytest.approx(1.38707, abs=5e-6)
    assert found.coefficients[0] == pytest.approx(3.25187, abs=5e-6)
