"""Several questions of unequal weight asked at once: the chance of even one false "yes".

A page that makes a dozen comparisons makes a false finding somewhere far oftener than each of them
does. Here the chance that any of them is false is held, whatever the comparisons have in common;
the questions that matter most may be given most of it.

Sources: Holm 1979, Scandinavian Journal of Statistics 6:65-70, section 4 (weights); Benjamini &
Hochberg 1997, Scandinavian Journal of Statistics 24:407-418 (the same, as weights of error).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError

Floats = npt.NDArray[np.float64]


def holm(p: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Floats:
    """P-values adjusted so that calling those up to a level holds the chance of any false one.

    Args:
        p: (n,) p-values; NaN is not asked, takes no share, and stays NaN.
        weights: (n,) above 0: how much of the level each is given at first; equal if not given.

    Returns:
        (n,) adjusted p-values. In order of S_i = p_i / w_i, each is S_i times the weight of those
        not yet called (Holm 1979, section 4), never less than that of one called before it.

    Raises:
        UsageError: weights that are not all above 0, or not as many as p.
    """
    values = np.asarray(p, dtype=np.float64)
    w = np.ones(values.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != values.shape or not (w > 0).all():
        raise UsageError("weights must be above 0, one for each p.")
    adjusted = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known] / w[known], kind="stable")]
    left = np.cumsum(w[order][::-1])[::-1]
    steps = np.maximum.accumulate(values[order] / w[order] * left)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted
