"""Law School Admission Test, section 6: 1,000 people, five items right or wrong.

Data: Bock & Lieberman 1970, Psychometrika 35:179. Expected: the Rasch model by marginal maximum
likelihood as printed by Rizopoulos 2006, J. Stat. Softw. 17(5), R package ltm. There theta is
standard normal with one discrimination: sd here, and difficulties in units of it.
"""

import numpy as np
import pytest

from fidelity.statistics.rasch import RaschFit, many_facet_rasch

#: How many people have each pattern, 00000, 00001, ..., 11111 (item 1 first).
COUNTS = """
3 6 2 11 1 1 3 4 1 8 0 16 0 3 2 15
10 29 14 81 3 28 15 80 16 56 21 173 11 61 28 298
"""
DIFFICULTY = [-3.6153, -1.3224, -0.3176, -1.7301, -2.7802]
DISCRIMINATION, ITS_ERROR = 0.7551, 0.0694


@pytest.fixture(scope="module")
def fit() -> RaschFit:
    counts = np.array([int(n) for n in COUNTS.split()])
    assert counts.sum() == 1000
    pattern = np.repeat(np.arange(32), counts)
    right = (pattern[:, None] >> np.arange(4, -1, -1)) & 1
    person, item = np.indices(right.shape)
    return many_facet_rasch({"person": person.ravel(), "item": item.ravel()}, right.ravel())


def test_likelihood_and_discrimination(fit: RaschFit) -> None:
    assert fit.log_likelihood == pytest.approx(-2466.938, abs=1e-3)
    assert fit.population["sd"].value == pytest.approx(DISCRIMINATION, abs=1e-4)
    assert fit.population["sd"].se == pytest.approx(ITS_ERROR, abs=2e-4)


def test_difficulties(fit: RaschFit) -> None:
    sd, mean = fit.population["sd"].value, fit.population["mean"].value
    np.testing.assert_allclose((fit.facets["item"].value - mean) / sd, DIFFICULTY, atol=1e-3)
