"""Davies & Goldsmith 1972, Statistical Methods in Research and Production: penicillin.

24 plates, 6 samples, diameters in mm. Expected: R lme4 1.1-31, diameter ~ 1 + (1|plate) +
(1|sample).
"""

import numpy as np
import pytest

from fidelity.statistics.reml import crossed_reml
from fidelity.statistics.variance import variance_components

#: A row a plate, a column a sample.
DIAMETERS = np.array([
    [27, 23, 26, 23, 23, 21], [27, 23, 26, 23, 23, 21], [25, 21, 25, 24, 24, 20],
    [26, 23, 25, 23, 23, 20], [25, 22, 26, 22, 23, 20], [24, 22, 25, 23, 22, 19],
    [24, 20, 23, 21, 22, 19], [26, 22, 26, 24, 24, 21], [24, 21, 24, 22, 22, 20],
    [24, 21, 24, 23, 22, 19], [26, 23, 26, 24, 24, 21], [25, 22, 26, 24, 24, 20],
    [26, 24, 26, 24, 25, 22], [26, 23, 26, 23, 23, 20], [26, 23, 25, 24, 24, 22],
    [25, 22, 25, 23, 23, 20], [25, 21, 24, 23, 23, 20], [25, 22, 24, 23, 23, 19],
    [24, 21, 23, 21, 21, 19], [26, 23, 26, 24, 24, 21], [25, 21, 24, 22, 22, 18],
    [25, 22, 25, 22, 22, 20], [24, 21, 24, 22, 24, 19], [24, 21, 24, 22, 21, 18],
], dtype=float)  # fmt: skip
PLATE, SAMPLE = (g.ravel() for g in np.meshgrid(np.arange(24), np.arange(6), indexing="ij"))


def test_reml() -> None:
    found = crossed_reml(DIAMETERS.ravel(), {"plate": PLATE, "sample": SAMPLE})
    assert found.criterion == pytest.approx(330.8606, abs=1e-4)
    # lme4 stops its search a little before the maximum, hence 1e-4 and not the printed digits.
    assert found.variances["plate"][0, 0] == pytest.approx(0.7169051, rel=1e-4)
    assert found.variances["sample"][0, 0] == pytest.approx(3.7311318, rel=1e-4)
    assert found.residual == pytest.approx(0.302415, abs=1e-6)
    assert found.coefficients[0] == pytest.approx(22.97222, abs=1e-5)


def test_reml_is_exactly_the_mean_squares_of_this_balanced_design() -> None:
    fitted = crossed_reml(DIAMETERS.ravel(), {"plate": PLATE, "sample": SAMPLE})
    factors = {"plate": PLATE, "sample": SAMPLE}
    found = variance_components(factors, DIAMETERS.ravel(), design="plate x sample")
    assert found.method == "mean squares"
    assert found.components["plate"].value == pytest.approx(fitted.variances["plate"][0, 0])
    assert found.components["sample"].value == pytest.approx(fitted.variances["sample"][0, 0])
    assert found.components["plate x sample"].value == pytest.approx(fitted.residual)
