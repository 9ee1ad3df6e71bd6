"""Krippendorff 2011, Computing Krippendorff's alpha-reliability: section C, 4 observers, 12 units.

Three decimals as printed there; seven as R irr 0.84.1 (kripp.alpha) prints them.
"""

import numpy as np
import pytest

from fidelity.statistics import weights
from fidelity.statistics.agreement import krippendorff_alpha
from fidelity.statistics.alpha import coincidences
from fidelity.statistics.patterns import Patterns

NONE = np.nan
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
)
UNITS = OBSERVERS.T

ALPHA = [
    ("nominal", 0.743, 0.7434211),
    ("ordinal", 0.815, 0.8153875),
    ("interval", 0.849, 0.8491071),
    ("ratio", 0.797, 0.7974028),
]


@pytest.mark.parametrize(("metric", "printed", "digits"), ALPHA)
def test_alpha(metric: str, printed: float, digits: float) -> None:
    found = krippendorff_alpha(UNITS, metric=metric)
    assert round(found.value, 3) == printed
    assert round(found.value, 7) == digits
    assert found.n == 11


@pytest.mark.parametrize(("metric", "printed", "digits"), ALPHA)
def test_alpha_from_a_table_of_counts(metric: str, printed: float, digits: float) -> None:
    counts = np.stack([(level == UNITS).sum(axis=1) for level in range(1, 6)], axis=1)
    table = Patterns.from_counts(counts)
    assert round(krippendorff_alpha(patterns=table, metric=metric).value, 7) == digits
    assert table.empty.tolist() == [0]


def test_gwets_ordinal_weights_are_another_number() -> None:
    levels = np.arange(1.0, 6.0)
    found = krippendorff_alpha(UNITS, metric=1 - weights.ordinal(levels), categories=levels)
    assert round(found.value, 5) == 0.83364


def test_coincidences_as_printed() -> None:
    third = 1 / 3
    printed = [
        [7, 4 * third, third, third, 0],
        [4 * third, 10, 4 * third, third, 0],
        [third, 4 * third, 8, third, 0],
        [third, third, third, 4, 0],
        [0, 0, 0, 0, 3],
    ]
    found = coincidences(Patterns.from_ratings(UNITS))
    assert found.shape == (1, 5, 5)
    assert found[0] == pytest.approx(np.array(printed))
    assert found[0].sum(axis=0) == pytest.approx([9, 13, 10, 5, 3])
