"""Stuart 1953 (in Agresti's books): unaided distance vision of 7,477 women, right and left eye.

Expected: R irr 0.84.1, kappa2.
"""

import pytest

from fidelity.statistics.agreement import cohen_kappa, conger_kappa
from fidelity.statistics.patterns import Patterns

VISION = [
    [1520, 266, 124, 66],
    [234, 1512, 432, 78],
    [117, 362, 1772, 205],
    [36, 82, 179, 492],
]


@pytest.mark.parametrize(
    ("weighted", "expected"),
    [("identity", 0.5953888), ("linear", 0.6523804), ("quadratic", 0.7023343)],
)
def test_weighted_kappa(weighted: str, expected: float) -> None:
    table = Patterns.from_contingency(VISION)
    found = cohen_kappa(patterns=table, weights=weighted)
    assert round(found.value, 7) == expected
    assert found.n == 7477
    again = conger_kappa(patterns=table, weights=weighted)
    assert again.value == pytest.approx(found.value, rel=1e-14)
    assert again.se == pytest.approx(found.se, rel=1e-12)
