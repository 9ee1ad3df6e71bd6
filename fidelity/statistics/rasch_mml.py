"""Marginal maximum likelihood of a many-facet Rasch model: the persons are a sample.

Person measures are taken as normal, theta = mu + sigma z, and integrated out (Bock & Aitkin 1981;
Thissen 1982 for the Rasch model). Given theta, a person's ratings enter only through their total
and through which cells (rater by item by ...) they fell in, so persons with the same cells and
the same total are one pattern, and the probabilities are needed by cell and node alone.

The integral is a sum over equally spaced nodes. For a smooth bell-shaped integrand its error
falls as exp(-2 pi^2 s^2 / h^2) with s the narrowest posterior standard deviation and h the
spacing (Trefethen & Weideman 2014); Gauss-Hermite nodes of the same number are further apart in
the middle, where they matter. The spacing is checked after the fit, and halved if too wide.

The likelihood is climbed by Newton's method with the observed information, which Louis (1982)
gives as the complete information less the variance of the complete score over the posterior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fidelity.statistics.rasch_cells import Cells, Sums, read_cells
from fidelity.statistics.rasch_design import BoolArray, FloatArray, Freedom, Responses

#: The nodes reach this many standard deviations to each side.
REACH = 6.0

#: The spacing of nodes, at most this many of the narrowest posterior standard deviation.
WIDEST_SPACING = 1.2

NODES_LEAST, NODES_MOST = 31, 481

#: The most a parameter may move in one step, in logits.
LONGEST_STEP = 2.0

#: A step shorter than this, in logits, ends the search.
TOLERANCE = 1e-6

#: The information is worked out anew when a step shortens the next by less than this factor.
STALE = 0.1

ITERATIONS_MOST = 200


@dataclass(frozen=True)
class Marginal:
    """A marginal fit.

    Attributes:
        values: (q,) facets and sums of steps.
        mean: of the persons' distribution.
        sd: of the persons' distribution.
        covariance: (f + 2, f + 2) of the free parameters, then mean and sd.
        z: (Q,) the nodes, in standard deviations from the mean.
        posterior: (patterns, Q) the weight of each node.
        pattern: (P,) the pattern of each person.
        log_likelihood: at the estimates.
        iterations: how many.
        converged: whether the last step was shorter than the tolerance.
    """

    values: FloatArray
    mean: float
    sd: float
    covariance: FloatArray
    z: FloatArray
    posterior: FloatArray
    pattern: np.ndarray
    log_likelihood: float
    iterations: int
    converged: bool
