"""InstEval: 73,421 lecture ratings at ETH Zurich by 2,972 students of 1,128 lecturers.

Expected: R lme4 1.1-31, y ~ 1 + (1|s) + (1|d) + (1|dept), REML. The data are not part of the
project (GPL), so the test runs where ../shared has them. lme4's deviances by maximum likelihood,
which is not fitted here, are met where its estimates are put into our equations.
"""

from pathlib import Path

import numpy as np
import pytest

from fidelity.statistics.crossproducts import Term, crossproducts, level_codes
from fidelity.statistics.mixed_equations import factorise, solve
from fidelity.statistics.reml import crossed_reml


@pytest.mark.shared
def test_lme4s_criterion_and_variances(realdata: Path) -> None:
    path = realdata.parent / "reference" / "insteval.csv.gz"
    s, d, dept, _, y = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.int64).T
    found = crossed_reml(y, {"s": s, "d": d, "dept": dept})
    assert (len(found.effects["s"]), len(found.effects["d"])) == (2972, 1128)
    assert found.criterion == pytest.approx(237774.8624, abs=1e-3)
    assert found.variances["s"][0, 0] == pytest.approx(0.106573, abs=2e-6)
    assert found.variances["d"][0, 0] == pytest.approx(0.267572, abs=5e-6)
    assert found.variances["dept"][0, 0] == pytest.approx(0.00671965, abs=1e-6)
    assert found.residual == pytest.approx(1.38707, abs=5e-6)
    assert found.coefficients[0] == pytest.approx(3.25187, abs=5e-6)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("by_service", "variances", "residual", "intercept", "deviance"),
    [
        (False, (0.105407, 0.262563, 0.0121315), 1.38495, 3.25521, 237653.2918),
        (True, (0.105412, 0.26254, 0.0109439), 1.38496, 3.28073, 237651.7827),
    ],
)
def test_lme4s_deviance_at_its_maximum_likelihood_estimates(
    realdata: Path, by_service: bool, variances: tuple[float, ...], residual: float,
    intercept: float, deviance: float,
) -> None:  # fmt: skip
    """-2 log likelihood = log |H| + n (1 + log(2 pi r / n)); Bates et al. 2015, equation 34."""
    path = realdata.parent / "reference" / "insteval.csv.gz"
    s, d, dept, service, y = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.int64).T
    n = len(y)
    terms = []
    for name, values in {"s": s, "d": d, "dept:service": 2 * dept + service}.items():
        codes, levels = level_codes(name, values, n)
        terms.append(Term(name, codes, len(levels), np.ones((n, 1)), True))
    fixed = np.column_stack([np.ones(n), service] if by_service else [np.ones(n)])
    basis, triangle = np.linalg.qr(fixed)
    start = basis.T @ y
    cross = crossproducts(terms, basis, y - basis @ start)
    found = factorise(cross, [np.array([[np.sqrt(v / residual)]]) for v in variances])
    assert found is not None
    log_det = 2 * sum(
        float(np.log(np.abs(np.diagonal(np.linalg.inv(root), axis1=1, axis2=2))).sum())
        for root in found.roots
    )
    log_det += 2 * float(np.log(np.diagonal(found.L)[: cross.n_random]).sum())
    rest = float(found.L[-1, -1]) ** 2
    assert log_det + n * (1 + np.log(2 * np.pi * rest / n)) == pytest.approx(deviance, abs=1e-3)
    assert rest / n == pytest.approx(residual, abs=5e-6)
    coefficients = np.linalg.solve(triangle, start + solve(found).coefficients)
    assert coefficients[0] == pytest.approx(intercept, abs=5e-6)
