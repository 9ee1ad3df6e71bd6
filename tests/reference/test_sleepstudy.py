"""Belenky and others 2003: reaction times of 18 people over ten days of little sleep.

Expected: R lme4 1.1-31, Reaction ~ Days + (Days|Subject), REML: intercepts and slopes that
vary between people and may be correlated. The data are not part of the project.
"""

from pathlib import Path

import numpy as np
import pytest

from fidelity.statistics.growth import growth
from fidelity.statistics.reml import crossed_reml


@pytest.mark.shared
def test_random_intercepts_and_slopes(realdata: Path) -> None:
    path = realdata.parent / "reference" / "sleepstudy_growth.csv"
    rows = np.genfromtxt(path, delimiter=",", skip_header=1, dtype=None, encoding="utf-8")
    reaction, days = (rows[name].astype(float) for name in ("f0", "f1"))
    X = np.column_stack([np.ones(len(days)), days])
    found = crossed_reml(reaction, {"subject": rows["f2"]}, X, slopes={"subject": days})
    assert found.criterion == pytest.approx(1743.628, abs=1e-3)
    assert found.coefficients == pytest.approx([251.4051, 10.46729], abs=1e-4)
    covariance = found.variances["subject"]
    assert covariance[0, 0] == pytest.approx(612.100158, rel=1e-4)
    assert covariance[1, 1] == pytest.approx(35.071714, rel=1e-4)
    assert covariance[0, 1] == pytest.approx(9.604409, rel=1e-4)
    assert found.residual == pytest.approx(654.940008, rel=1e-4)
    assert found.parameters == (
        ("subject", 0, 0),
        ("subject", 1, 0),
        ("subject", 1, 1),
        ("residual", 0, 0),
    )


@pytest.mark.shared
def test_growth_tells_the_same(realdata: Path) -> None:
    path = realdata.parent / "reference" / "sleepstudy_growth.csv"
    rows = np.genfromtxt(path, delimiter=",", skip_header=1, dtype=None, encoding="utf-8")
    found = growth(rows["f0"], rows["f1"], rows["f2"])
    assert found.criterion == pytest.approx(1743.628, abs=1e-3)
    assert found.start.value == pytest.approx(251.4051, abs=1e-4)
    assert found.slope.value == pytest.approx(10.46729, abs=1e-5)
    assert found.start_sd**2 == pytest.approx(612.100158, rel=1e-4)
    assert found.slope_sd**2 == pytest.approx(35.071714, rel=1e-4)
    assert found.correlation * found.start_sd * found.slope_sd == pytest.approx(9.604409, rel=1e-3)
    assert found.residual_sd**2 == pytest.approx(654.940008, rel=1e-4)
    # lmerTest's Satterthwaite degrees of freedom of both fixed effects are people - 1 here: 17.
    assert "17 df" in found.slope.method
    assert len(found.slopes) == 18
