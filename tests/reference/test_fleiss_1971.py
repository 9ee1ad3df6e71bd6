"""Fleiss 1971, Psychological Bulletin 76:378-382: 30 patients, 6 raters, 5 diagnoses."""

import numpy as np
import pytest

from fidelity.statistics.agreement import fleiss_kappa
from fidelity.statistics.patterns import Patterns

#: How many of the six raters gave each diagnosis, by patient.
DIAGNOSES = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 "
    "10050 11040 03300 10050 02031 00501 30012 51000 02040 10203 "
    "00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
COUNTS = np.array([[int(count) for count in patient] for patient in DIAGNOSES.split()])
RATINGS = np.array([np.repeat(np.arange(1, 6), patient) for patient in COUNTS])


def test_kappa() -> None:
    from_ratings = fleiss_kappa(RATINGS)
    from_counts = fleiss_kappa(patterns=Patterns.from_counts(COUNTS))
    assert round(from_ratings.value, 2) == 0.43
    assert round(from_ratings.value, 7) == 0.4302445
    assert from_counts == from_ratings


@pytest.mark.parametrize(
    ("diagnosis", "expected"),
    [(1, 0.245), (2, 0.245), (3, 0.520), (4, 0.471), (5, 0.566)],
    ids=["depression", "personality disorder", "schizophrenia", "neurosis", "other"],
)
def test_kappa_of_one_category(diagnosis: int, expected: float) -> None:
    assert round(fleiss_kappa(diagnosis == RATINGS).value, 3) == expected


def test_z_of_no_agreement_beyond_chance() -> None:
    """R irr prints z = 17.6518306: kappa over its error if kappa were 0 (Fleiss 1971).

    That error is a function of the shares alone and no measure of uncertainty about this kappa,
    so the library does not offer it; the kappa above gives the printed z with it.
    """
    share = COUNTS.sum(axis=0) / COUNTS.sum()
    spread = share @ (1 - share)
    units, raters = len(COUNTS), 6
    excess = spread**2 - share @ ((1 - share) * (1 - 2 * share))
    error = np.sqrt(2 * excess / (units * raters * (raters - 1))) / spread
    assert round(fleiss_kappa(RATINGS).value / error, 7) == 17.6518306
