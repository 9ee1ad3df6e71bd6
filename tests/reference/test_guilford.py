"""Guilford 1954, Psychometric Methods, p. 282: three senior scientists rate seven juniors.

Five traits on levels 1 to 9, as in the Facets manual (creativity example), one rating scale for
all. Raw scores are exact. Measures, steps, likelihood and mean squares were computed by an
independent unconstrained joint estimation, juniors and traits centred and seniors floating, which
is how the Facets example is specified; Facets' own printed output was not at hand.
"""

import numpy as np
import pytest

from fidelity.statistics.rasch import RaschFit, many_facet_rasch

#: By senior and junior, the levels on traits a to e.
SHEETS = """
55353 97585 33371 73133 97785 35351 77555
65463 87572 45366 56455 24323 44642 33554
55573 77575 35555 53331 97777 33353 77757
"""
JUNIOR = [-0.0715, 0.6638, -0.2554, -0.4815, 0.4407, -0.5841, 0.288]
TRAIT = [-0.28, -0.147, 0.2109, -0.3023, 0.5184]
SENIOR = [0.0397, 0.2454, -0.096]
STEPS = [-0.6905, -2.352, 0.8093, -1.4837, 1.7186, -0.9789, 2.3926, 0.5846]
INFIT = {
    "senior": [0.849, 1.475, 0.672],
    "junior": [0.242, 0.621, 1.164, 1.346, 1.991, 0.717, 0.882],
    "trait": [1.447, 0.608, 0.772, 0.917, 1.254],
}
OUTFIT = {
    "senior": [0.88, 1.524, 0.666],
    "junior": [0.239, 0.608, 1.263, 1.412, 1.991, 0.789, 0.863],
    "trait": [1.449, 0.601, 0.839, 0.9, 1.328],
}


def ratings() -> tuple[dict[str, np.ndarray], np.ndarray]:
    level = np.array([[int(k) for k in "".join(row.split())] for row in SHEETS.split("\n")[1:-1]])
    senior, place = np.indices(level.shape)
    facets = {"junior": place // 5 + 1, "senior": senior + 1, "trait": place % 5}
    return {name: part.ravel() for name, part in facets.items()}, level.ravel()


@pytest.fixture(scope="module")
def fit() -> RaschFit:
    facets, level = ratings()
    return many_facet_rasch(facets, level, person="junior", method="joint")


def test_the_table_is_the_published_one() -> None:
    facets, level = ratings()
    for facet, scores in {
        "senior": [171, 156, 181],
        "junior": [70, 94, 64, 57, 87, 54, 82],
        "trait": [114, 108, 92, 115, 79],
    }.items():
        _, code = np.unique(facets[facet], return_inverse=True)
        assert np.bincount(code, weights=level).tolist() == scores


def test_measures(fit: RaschFit) -> None:
    # Here seniors are centred and juniors float; the example has it the other way round.
    shift = fit.facets["junior"].value.mean()
    assert fit.facets["senior"].value.sum() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(fit.facets["junior"].value - shift, JUNIOR, atol=5.1e-5)
    np.testing.assert_allclose(fit.facets["senior"].value - shift, SENIOR, atol=5.1e-5)
    np.testing.assert_allclose(fit.facets["trait"].value, TRAIT, atol=5.1e-5)


def test_steps_and_likelihood(fit: RaschFit) -> None:
    found = fit.steps["all"]
    assert list(found) == list(range(2, 10))
    np.testing.assert_allclose([step.value for step in found.values()], STEPS, atol=5.1e-5)
    assert fit.log_likelihood == pytest.approx(-165.68498, abs=5e-6)
    assert fit.n == 105
    assert fit.converged


@pytest.mark.parametrize("facet", ["senior", "junior", "trait"])
def test_mean_squares(fit: RaschFit, facet: str) -> None:
    table = fit.mean_squares(facet)
    np.testing.assert_allclose(table.infit, INFIT[facet], atol=5.1e-4)
    np.testing.assert_allclose(table.outfit, OUTFIT[facet], atol=5.1e-4)
