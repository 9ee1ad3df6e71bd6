"""The joint likelihood's derivatives against differences, and its errors against a full inverse."""

import numpy as np
import pytest

from fidelity.statistics.rasch import many_facet_rasch
from fidelity.statistics.rasch_design import Responses, inner_levels, read_responses
from fidelity.statistics.rasch_pass import Ratings


def drawn(steps: str | None) -> tuple[Responses, Ratings]:
    random = np.random.default_rng(5)
    person, rater, item = (part.ravel() for part in np.indices((12, 3, 4)))
    level = random.integers(0, 4, len(person))
    facets = {"person": person, "rater": rater, "item": item}
    responses = read_responses(facets, level, "person", steps, None)
    everything = np.ones(len(level), dtype=np.bool_)
    return responses, Ratings(responses, everything, np.ones((responses.groups, 4), dtype=np.bool_))


@pytest.mark.parametrize("steps", [None, "item", "rater"])
def test_gradient_and_information(steps: str | None) -> None:
    responses, ratings = drawn(steps)
    random = np.random.default_rng(6)
    theta, values = random.normal(size=12), random.normal(size=responses.parameters)
    free = np.ones(12 + responses.parameters, dtype=np.bool_)
    free[12 + responses.starts[-1] :] = inner_levels(ratings.used).ravel()

    def at(x: np.ndarray) -> tuple[float, np.ndarray]:
        found = ratings.at(x[:12], x[12:])
        return found.log_likelihood, np.concatenate([found.person_gradient, found.gradient])

    x = np.concatenate([theta, values])
    both = [(at(x + one), at(x - one)) for one in 1e-5 * np.eye(len(x))]
    slope = np.array([(up[0] - down[0]) / 2e-5 for up, down in both])
    np.testing.assert_allclose(at(x)[1], slope, atol=1e-6)
    bend = np.array([(up[1] - down[1]) / 2e-5 for up, down in both])
    found = ratings.at(theta, values)
    crossing = found.crossing.toarray()
    information = np.block(
        [[np.diag(found.person_information), crossing], [crossing.T, found.information]]
    )
    np.testing.assert_allclose(
        information[np.ix_(free, free)], -bend[np.ix_(free, free)], atol=1e-6
    )


def test_standard_errors_are_those_of_the_full_inverse() -> None:
    responses, ratings = drawn(None)
    labels = {facet.name: facet.labels[facet.codes] for facet in responses.facets}
    fit = many_facet_rasch(labels, responses.y, method="joint")
    assert fit.n == 144
    theta = fit.facets["person"].value
    sums = np.cumsum([0.0, *(step.value for step in fit.steps["all"].values())])
    values = np.concatenate([fit.facets["rater"].value, fit.facets["item"].value, sums])
    found = ratings.at(theta, values)
    np.testing.assert_allclose(found.person_gradient, 0, atol=1e-7)
    crossing = found.crossing.toarray()
    full = np.block(
        [[np.diag(found.person_information), crossing], [crossing.T, found.information]]
    )
    # Free: 12 persons, raters and items but for the last of each, the two inner sums of steps.
    spread = np.zeros((12 + 3 + 4 + 4, 12 + 2 + 3 + 2))
    spread[:12, :12] = np.eye(12)
    spread[12:15, 12:14] = [[1, 0], [0, 1], [-1, -1]]
    spread[15:19, 14:17] = np.vstack([np.eye(3), -np.ones(3)])
    spread[[20, 21], [17, 18]] = 1
    covariance = spread @ np.linalg.inv(spread.T @ full @ spread) @ spread.T
    expected = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(fit.facets["person"].se, expected[:12], rtol=1e-6)
    np.testing.assert_allclose(fit.facets["rater"].se, expected[12:15], rtol=1e-6)
    np.testing.assert_allclose(fit.facets["item"].se, expected[15:19], rtol=1e-6)
    assert fit.steps["all"][1].se == pytest.approx(expected[20])
