"""Ratings of writing by teachers, raters as a facet, against the R package TAM 4.3-25.

Real data, not part of the project: `ratings2` of sirt 4.1-15 (178 students, 16 raters, 5
criteria; rm.facets example), and `ptam1` of immer 1.5-13 (6,877 students, 9 raters, 2 criteria),
an example of Robitzsch & Steinfeld 2018, Psych. Test Assess. Model. 60:101.

Expected: tam.mml.mfr with constraint="cases", R 4.2.2; nodes of theta from -10 to 10 by 0.125
(`ptam1`: -24 to 24 by 0.4, since its sd is 2.7 and the default range cuts the tails off). TAM
fixes the mean at 0 and lets items float; here items are centred and the mean floats. TAM's
standard errors are not compared: they leave out the covariances (TAM issue 30).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fidelity.statistics.rasch import RaschFit, many_facet_rasch

pytestmark = pytest.mark.shared

RATINGS2_RATERS = {
    "rating scale": """0.823428 0.381418 0.367920 -0.713461 -0.172472 0.264278 -0.082844 1.278999
        -0.247046 -0.714585 0.181915 0.001170 -0.944634 0.729899 -0.363415 -0.790571""",
    "partial credit": """0.830275 0.384474 0.370499 -0.717839 -0.173807 0.265859 -0.085301 1.291864
        -0.250818 -0.720716 0.183731 0.000523 -0.952716 0.737533 -0.365197 -0.798363""",
}
RATINGS2_ITEMS = {
    "rating scale": [0.188213, 0.747331, 0.257624, 0.639250, 0.522378],
    "partial credit": [0.167604, 0.716660, 0.151278, 0.686305, 0.635684],
}
RATINGS2 = {"rating scale": (5771.93866, 3.22370), "partial credit": (5703.46287, 3.29547)}
PTAM1_RATERS = [1.20933, 0.23312, 0.05318, -1.40426, 0.72654, -0.09222, -0.23766, -0.57721, 0.08919]


def fitted(path: Path, person: str, items: list[str], steps: str | None) -> RaschFit:
    wide = pd.read_csv(path, encoding="utf-8")
    long = wide.melt(id_vars=[person, "rater"], value_vars=items, var_name="item").dropna()
    facets = {name: long[name].to_numpy() for name in (person, "rater", "item")}
    return many_facet_rasch(facets, long["value"].to_numpy(), steps=steps)


@pytest.mark.parametrize("scale", ["rating scale", "partial credit"])
def test_writing_of_178_students(realdata: Path, scale: str) -> None:
    steps = "item" if scale == "partial credit" else None
    items = [f"k{number}" for number in range(1, 6)]
    fit = fitted(realdata / "sirt_data.ratings2.csv.gz", "idstud", items, steps)
    deviance, variance = RATINGS2[scale]
    assert fit.n == 3075
    assert -2 * fit.log_likelihood == pytest.approx(deviance, abs=1e-4)
    assert fit.population["sd"].value ** 2 == pytest.approx(variance, abs=1e-4)
    raters = [float(value) for value in RATINGS2_RATERS[scale].split()]
    # TAM gives the last rater as minus the sum of the others, which gathers their differences.
    np.testing.assert_allclose(fit.facets["rater"].value, raters, atol=1e-3)
    np.testing.assert_allclose(fit.facets["rater"].value[:-1], raters[:-1], atol=1e-4)
    items_from_mean = fit.facets["item"].value - fit.population["mean"].value
    np.testing.assert_allclose(items_from_mean, RATINGS2_ITEMS[scale], atol=1e-4)


def test_essays_of_6877_students(realdata: Path) -> None:
    fit = fitted(realdata / "immer_data.ptam1.csv.gz", "pid", ["OP", "TF"], None)
    assert len(fit.facets["pid"]) == 6877
    assert -2 * fit.log_likelihood == pytest.approx(41104.0297, abs=1e-3)
    assert fit.population["sd"].value ** 2 == pytest.approx(7.24657, abs=1e-3)
    np.testing.assert_allclose(fit.facets["rater"].value, PTAM1_RATERS, atol=1e-4)
    assert fit.difference("item", "OP", "TF").value == pytest.approx(0.22997, abs=1e-4)
