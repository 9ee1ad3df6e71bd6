"""The derivatives of the marginal likelihood, against differences."""

import numpy as np
import pytest

from fidelity.statistics.rasch_cells import Cells, expect, read_cells
from fidelity.statistics.rasch_design import read_responses
from fidelity.statistics.rasch_information import complete_information, score_spread
from fidelity.statistics.rasch_scores import moving_columns

Z = np.linspace(-6, 6, 81)


def cells(steps: str | None) -> Cells:
    random = np.random.default_rng(2)
    person, rater, item = (part.ravel() for part in np.indices((25, 3, 2)))
    level = np.clip(np.round(1.5 + random.normal(size=25)[person] + random.normal(size=150)), 0, 3)
    facets = {"person": person, "rater": rater, "item": item}
    responses = read_responses(facets, level, "person", steps, None)
    everything = np.ones(150, dtype=np.bool_)
    return read_cells(responses, everything, np.ones((responses.groups, 4), dtype=np.bool_))


@pytest.mark.parametrize("steps", [None, "item"])
def test_gradient_and_information(steps: str | None) -> None:
    of = cells(steps)
    columns = moving_columns(of)
    x = np.random.default_rng(3).normal(scale=0.3, size=of.responses.parameters + 2)
    x[-1] = 1.1

    def at(x: np.ndarray) -> tuple[float, np.ndarray]:
        found = expect(of, x[:-2], x[-2], x[-1], Z)
        return found.log_likelihood, found.gradient

    shift = 1e-5 * np.eye(len(x))
    both = [(at(x + one), at(x - one)) for one in shift]
    slope = [(up[0] - down[0]) / 2e-5 for up, down in both]
    np.testing.assert_allclose(at(x)[1], slope, atol=1e-6)
    bend = np.array([(up[1] - down[1]) / 2e-5 for up, down in both])
    found = expect(of, x[:-2], x[-2], x[-1], Z)
    observed = complete_information(of, found) - score_spread(of, found)
    place = np.ix_(columns, columns)
    np.testing.assert_allclose(observed[place], -bend[place], atol=2e-3 * np.abs(bend).max())
    np.testing.assert_allclose(observed, observed.T)


def test_persons_with_the_same_cells_and_total_are_one_pattern() -> None:
    of = cells(None)
    assert of.counts.shape == (len(np.unique(of.totals)), 6)
    assert of.weights.sum() == 25
    assert of.counts.sum(axis=1).tolist() == [6] * len(of.totals)
