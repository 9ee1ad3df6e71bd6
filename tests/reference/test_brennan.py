"""Brennan 2001, Generalizability Theory: Synthetic Data Sets 3 (p x i x o) and 4 (p x (r:t)).

Mean squares, components and coefficients as printed there (chapters 3 and 4). The estimates by
REML that R lme4 1.1-31 gives for set 4 are the same: the design is balanced and no component is
negative.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from fidelity.statistics.variance import Method, d_study, variance_components


def digits(*rows: str) -> NDArray[np.float64]:
    return np.array([[float(d) for d in row] for row in rows])


#: Persons by row; tasks 1, 2, 3 with raters 1-4, 5-8, 9-12.
SET_4 = digits(
    "565553456733",
    "937775557752",
    "343353356516",
    "755331435335",
    "929777372753",
    "343533634512",
    "737775575554",
    "585775543211",
    "998866655811",
    "444335655711",
).reshape(10, 3, 4)
#: Persons by row; occasions 1, 2 with items 1-4.
SET_3 = digits(
    "26752555",
    "45676757",
    "55465455",
    "59865776",
    "43564564",
    "44476478",
    "26652775",
    "34456664",
    "05455553",
    "68766886",
).reshape(10, 2, 4)


def long(
    scores: NDArray[np.float64], facets: str
) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.float64]]:
    """A full table as rows."""
    grid = np.meshgrid(*[np.arange(n) for n in scores.shape], indexing="ij")
    return {f: g.ravel() for f, g in zip(facets, grid, strict=True)}, scores.ravel()


METHODS: list[Method] = ["auto", "reml", "henderson"]


@pytest.mark.parametrize("method", METHODS)
def test_set_4_components(method: Method) -> None:
    factors, y = long(SET_4, "ptr")
    found = variance_components(factors, y, design="p x (r:t)", method=method).components
    assert {name: round(e.value, 4) for name, e in found.items()} == {
        "p": 0.4731,
        "t": 0.3252,
        "r:t": 0.6475,
        "pt": 0.5596,
        "p(r:t)": 2.3802,
    }


def test_set_4_mean_squares() -> None:
    found = variance_components(*long(SET_4, "ptr"), design="p x (r:t)").mean_squares
    assert found is not None
    assert found.values.round(4).tolist() == [10.2963, 24.1, 8.8556, 4.6185, 2.3802]
    assert found.df.tolist() == [9, 2, 9, 18, 81]


def test_set_4_labels_of_raters_may_start_again_in_each_task() -> None:
    factors, y = long(SET_4, "ptr")
    again = variance_components(factors, y, design="p x (r:t)")
    factors["r"] = factors["r"] + 4 * factors["t"]
    once = variance_components(factors, y, design="p x (r:t)")
    assert once.values.tolist() == again.values.tolist()
    assert once.sizes == {"p": 10, "r": 4, "t": 3}


@pytest.mark.parametrize("method", METHODS)
def test_set_4_coefficients(method: Method) -> None:
    found = variance_components(*long(SET_4, "ptr"), design="p x (r:t)", method=method)
    row = d_study(found, {"t": 3, "r": 4}).rows[0]
    assert round(row.generalizability.value, 2) == 0.55
    assert round(row.dependability.value, 2) == 0.46


@pytest.mark.parametrize("method", METHODS)
def test_set_3_components(method: Method) -> None:
    factors, y = long(SET_3, "poi")
    found = variance_components(factors, y, design="p x i x o", method=method).components
    published = {
        "p": 0.5528,
        "i": 0.4417,
        "o": 0.0074,
        "pi": 0.5750,
        "po": 0.1009,
        "io": 0.1565,
        "pio": 0.9352,
    }
    assert {name: round(e.value, 4) for name, e in found.items()} == published


def test_set_3_mean_squares_and_coefficients() -> None:
    found = variance_components(*long(SET_3, "poi"), design="p x i x o")
    assert found.mean_squares is not None
    values = dict(zip(found.mean_squares.effects, found.mean_squares.values, strict=True))
    # po is 1.33889, which the book prints as 1.3383 or 1.3389.
    published = {"p": 6.9111, "i": 12.4833, "o": 3.2, "pi": 2.0852, "io": 2.5, "pio": 0.9352}
    assert {name: round(values[name], 4) for name in published} == published
    row = d_study(found, {"i": 4, "o": 2}).rows[0]
    assert round(row.generalizability.value, 2) == 0.64
    assert round(row.dependability.value, 2) == 0.55


def test_intervals_by_reml_are_those_of_mean_squares() -> None:
    factors, y = long(SET_4, "ptr")
    by_squares = variance_components(factors, y, design="p x (r:t)")
    by_reml = variance_components(factors, y, design="p x (r:t)", method="reml")
    for name, estimate in by_squares.components.items():
        other = by_reml.components[name]
        assert (other.lower, other.upper, other.se) == pytest.approx(
            (estimate.lower, estimate.upper, estimate.se), rel=1e-5, abs=1e-8
        )
