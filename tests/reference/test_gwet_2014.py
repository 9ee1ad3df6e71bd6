"""Gwet 2014, Handbook of Inter-Rater Reliability, 4th edition: raw, contingency and count tables.

Expected: the author's R package irrCAC 1.0, as printed. Its linearised variance is se="gwet", or
"gwet_table" for the cross-table of two raters; intervals on t, with the number of units less one.
"""

from collections.abc import Callable

import numpy as np
import pytest

from fidelity.statistics import agreement, weights
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.patterns import Patterns

NONE = np.nan
LEVELS = np.arange(1.0, 6.0)

#: 12 units, 4 raters.
RAW = np.array(
    [
        [1, 1, NONE, 1],
        [2, 2, 3, 2],
        [3, 3, 3, 3],
        [3, 3, 3, 3],
        [2, 2, 2, 2],
        [1, 2, 3, 4],
        [4, 4, 4, 4],
        [1, 1, 2, 1],
        [2, 2, 2, 2],
        [NONE, 5, 5, 5],
        [NONE, NONE, 1, 1],
        [NONE, NONE, 3, NONE],
    ]
)

#: Estimate, standard error, lower and upper limit, by weights and coefficient.
EXPECTED = {
    "identity": {
        "gwet_ac": (0.77544, 0.14295, 0.461, 1),
        "fleiss_kappa": (0.76117, 0.15302, 0.424, 1),
        "krippendorff_alpha": (0.74342, 0.14557, 0.419, 1),
        "conger_kappa": (0.76282, 0.14917, 0.435, 1),
        "brennan_prediger": (0.77273, 0.14472, 0.454, 1),
        "percent_agreement": (0.81818, 0.12561, 0.542, 1),
    },
    "ordinal": {
        "gwet_ac": (0.89894, 0.1069, 0.664, 1),
        "fleiss_kappa": (0.85021, 0.14704, 0.527, 1),
        "krippendorff_alpha": (0.83364, 0.13107, 0.542, 1),
        "conger_kappa": (0.84366, 0.1441, 0.526, 1),
        "brennan_prediger": (0.88636, 0.11391, 0.636, 1),
    },
    "quadratic": {
        "gwet_ac": (0.914, 0.10396, 0.685, 1),
        "fleiss_kappa": (0.86494, 0.14603, 0.544, 1),
        "krippendorff_alpha": (0.84911, 0.12913, 0.561, 1),
        "conger_kappa": (0.85771, 0.14367, 0.541, 1),
        "brennan_prediger": (0.90152, 0.11089, 0.657, 1),
    },
    "linear": {
        "gwet_ac": (0.85874, 0.11733, 0.6, 1),
        "fleiss_kappa": (0.81794, 0.1485, 0.491, 1),
        "krippendorff_alpha": (0.80038, 0.13548, 0.499, 1),
        "conger_kappa": (0.81378, 0.14509, 0.494, 1),
    },
}
CASES = [
    (name, weighted, expected)
    for weighted, rows in EXPECTED.items()
    for name, expected in rows.items()
]


@pytest.mark.parametrize(("name", "weighted", "expected"), CASES)
def test_raw_ratings(name: str, weighted: str, expected: tuple[float, ...]) -> None:
    value, se, lower, upper = expected
    if name == "krippendorff_alpha":
        distance = 1 - weights.WEIGHTS[weighted](LEVELS)
        found = agreement.krippendorff_alpha(RAW, metric=distance, se="gwet")
    else:
        found = getattr(agreement, name)(RAW, weights=weighted, se="gwet")
    assert round(found.value, 5) == value
    assert round(found.se, 5) == se
    assert round(found.lower, 3) == lower
    assert round(found.upper, 3) == upper
    assert found.n == 11


def test_alphas_interval_metric_is_the_quadratic_weights() -> None:
    by_values = agreement.krippendorff_alpha(RAW, metric="interval", se="gwet")
    by_levels = agreement.krippendorff_alpha(
        patterns=Patterns.from_ratings(RAW), metric="interval", se="gwet"
    )
    assert round(by_values.se, 5) == round(by_levels.se, 5) == 0.12913


Function = Callable[..., Estimate]

#: 100 pregnant women, two abstractors, three kinds of pregnancy.
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
BY_TABLE: list[tuple[Function, dict[str, str], float, float]] = [
    (agreement.cohen_kappa, {}, 0.7964094, 0.05891072),
    (agreement.gwet_ac, {}, 0.8493305, 0.04321747),
    (agreement.fleiss_kappa, {}, 0.7962397, 0.05905473),
    (agreement.krippendorff_alpha, {"metric": "nominal"}, 0.7972585, 0.05905473),
    (agreement.brennan_prediger, {}, 0.835, 0.04693346),
]


@pytest.mark.parametrize(("function", "options", "value", "se"), BY_TABLE)
def test_cross_table_of_two_raters(
    function: Function, options: dict[str, str], value: float, se: float
) -> None:
    table = Patterns.from_contingency(ABSTRACTORS)
    found = function(patterns=table, se="gwet_table", **options)
    assert round(found.value, 7) == value
    assert round(found.se, 8) == se
    of_raw_ratings = function(patterns=table, se="gwet", **options)
    assert of_raw_ratings.se == pytest.approx(found.se * np.sqrt(100 / 99), rel=1e-12)


#: Fleiss 1971, the first 15 patients: how many of 6 raters gave each diagnosis.
DIAGNOSES = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031"
)
COUNTS = [[int(count) for count in patient] for patient in DIAGNOSES.split()]


def test_counts_of_raters_by_level() -> None:
    table = Patterns.from_counts(COUNTS)
    ac1 = agreement.gwet_ac(patterns=table, se="gwet")
    fleiss = agreement.fleiss_kappa(patterns=table, se="gwet")
    alpha = agreement.krippendorff_alpha(patterns=table, metric="nominal", se="gwet")
    assert (round(ac1.value, 7), round(ac1.se, 8)) == (0.4448007, 0.08418757)
    assert (round(fleiss.value, 7), round(fleiss.se, 8)) == (0.4139265, 0.08119291)
    assert round(alpha.value, 7) == 0.4204384


def test_alphas_error_from_counts_is_that_of_raw_ratings() -> None:
    """The package's function for counts halves the part of chance agreement (0.08243228).

    Its function for raw ratings does not, and gives the same as for Fleiss' kappa here, where
    every unit has six ratings. Ours is the latter; the first follows from the halved formula.
    """
    alpha = agreement.krippendorff_alpha(
        patterns=Patterns.from_counts(COUNTS), metric="nominal", se="gwet"
    )
    assert round(alpha.se, 8) == 0.08119291
    counts = np.array(COUNTS, dtype=float)
    share = counts.mean(axis=0) / 6
    chance = share @ share
    correction = 1 / counts.sum()
    agreed = (counts * (counts - 1)).sum(axis=1) / 30 * (1 - correction) + correction
    halved = (agreed - chance) / (1 - chance)
    halved -= (1 - alpha.value) * (counts @ share / 6 - chance) / (1 - chance)
    assert round(float(halved.std(ddof=1)) / np.sqrt(15), 7) == 0.0824323
