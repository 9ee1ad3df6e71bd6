"""Coefficients by name and ratings to try them on, shared by the tests of agreement."""

from collections.abc import Callable
from math import nan

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from fidelity.statistics import agreement
from fidelity.statistics.agreement import krippendorff_alpha
from fidelity.statistics.estimate import Estimate

Array = npt.NDArray[np.float64]
LEVELS = (0.0, 1.0, 2.0, 4.0)
METRICS = ("nominal", "ordinal", "interval", "ratio")
WEIGHTED = [
    "percent_agreement",
    "fleiss_kappa",
    "gwet_ac",
    "brennan_prediger",
    "conger_kappa",
    "cohen_kappa",
]
EVERY = [*WEIGHTED, *METRICS]


def ask(name: str, x: npt.ArrayLike | None = None, **how: object) -> Estimate:
    """A coefficient by its name; a metric's name stands for alpha with it."""
    function: Callable[..., Estimate]
    if name in METRICS:
        return krippendorff_alpha(x, metric=name, **how)
    function = getattr(agreement, name)
    return function(x, **how)


@st.composite
def ratings(draw: st.DrawFn, raters: int | None = None, gaps: bool = True) -> Array:
    width = draw(st.integers(2, 4)) if raters is None else raters
    values = st.sampled_from([*LEVELS, nan] if gaps else LEVELS)
    rows = draw(st.lists(st.lists(values, min_size=width, max_size=width), min_size=2, max_size=9))
    return np.array(rows)


def planted(random: np.random.Generator, units: int, raters: int) -> Array:
    """Raters who see the true level or one beside it; one rating in five is missing."""
    truth = random.integers(1, 6, (units, 1))
    x = np.clip(truth + random.integers(-1, 2, (units, raters)), 1, 5).astype(float)
    x[random.random(x.shape) < 0.2] = nan
    return x
