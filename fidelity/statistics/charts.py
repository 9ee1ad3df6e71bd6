"""Control charts: a centre line and limits, over many series in one call.

A chart answers one question: is this point, or this row of points, more than the usual up and down
of this series? It knows nothing of why. Limits rest on the points of a baseline; new limits begin
only where the caller says so (`parts`): no function here moves them by itself, since limits that
follow the points can never be crossed by them.

All functions take the time along the last axis and any number of series before it. A missing
point (NaN) is passed over: it neither breaks nor lengthens a run, and the moving range goes from
the last known point to the next.

Sources: Shewhart 1931; Wheeler & Chambers 1992, Understanding Statistical Process Control, 2nd
ed. (individuals); Montgomery 2013, Introduction to Statistical Quality Control, 7th ed., chapters
6 and 7. Where the limits differ from those of other programs stands in README.md of this folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fidelity.statistics.chart_phases import (
    Flags,
    Floats,
    Phases,
    counts,
    mean_of,
    moving_ranges,
    packed,
    points,
    pooled,
    ratio,
)  # fmt: skip
from fidelity.statistics.chart_rules import Rules, judged, rules_named

Ints = npt.NDArray[np.int8]

#: Limits of individuals: the centre plus and minus so many mean moving ranges. It is 3 / d2 with
#: d2 = 1.128 for two points (Montgomery 2013, equation 6.33 and Appendix VI).
XMR_LIMIT = 2.66
#: Upper limit of moving ranges, in mean moving ranges: D4 for two points (Montgomery 2013,
#: Appendix VI). Larger ranges are screened out once before the limits are set.
XMR_RANGE = 3.267
#: Limits that rest on fewer points than this are trial limits.
TRIAL = 12
CLIPPED = "Limits stop where possible values end."


@dataclass(frozen=True, eq=False)
class Chart:
    """Points with their limits and flags; arrays of shape (..., T), time last.

    Attributes:
        y: the points, in the units of the data.
        center: the centre line.
        lower: lower limit, not below the least possible value.
        upper: upper limit, not above the greatest possible value.
        reach: distance from the centre to a limit before it was clipped: three sigma.
        flags: by name of the rule, whether a point is part of what the rule names.
        direction: of a flagged point: 1 up, -1 down, 0 neither or not flagged.
        n_limits: number of points that the limits at this point rest on.
        method: name of the limits and of the rules.

    What is the same for many points may be one number seen many times: copy an array before
    writing to it.
    """

    y: Floats
    center: Floats
    lower: Floats
    upper: Floats
    reach: Floats
    flags: Mapping[str, Flags]
    direction: Ints
    n_limits: npt.NDArray[np.int64]
    method: Mapping[str, object] = field(default_factory=dict)
    _ranges: Callable[[], Chart] | None = None

    @cached_property
    def spread(self) -> Chart | None:
        """The chart of the moving ranges or standard deviations, where there is one."""
        return self._ranges() if self._ranges else None

    @property
    def clipped(self) -> Flags:
        """Whether a limit at this point was clipped."""
        low, high = self.center - self.reach < self.lower, self.center + self.reach > self.upper
        return np.asarray(low | high)

    @property
    def flagged(self) -> Flags:
        """Whether any rule flags a point."""
        found = np.zeros(self.y.shape, np.bool_)
        for flag in self.flags.values():
            found |= flag
        return found

    @property
    def trial(self) -> Flags:
        """Whether the limits at a point rest on fewer than 12 points."""
        return self.n_limits < TRIAL

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known to read the chart."""
        few = f"Trial limits: they rest on fewer than {TRIAL} points."
        said = ((self.clipped.any(), CLIPPED), (self.trial.any(), few))
        return tuple(note for holds, note in said if holds)


def xmr(
    y: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike | None = None,
    parts: Sequence[int] = (),
    screen: bool = True,
    extra: npt.ArrayLike | None = None,
    bounds: tuple[float, float] | None = None,
    rules: Rules = "nhs",
) -> Chart:
    """Individuals and moving ranges: for one number a month, such as a mean.

    Args:
        y: the points, shape (..., T).
        baseline: True for points that limits rest on, shape (T,) or (..., T); all if not given.
            A part without any rests on its own points.
        parts: positions at which new limits begin.
        screen: leave moving ranges above 3.267 times their mean out, once.
        extra: variance of a point beyond what moving ranges show, shape (..., T), such as that of
            an adjustment for who scored in that month; widens the limits of that point.
        bounds: least and greatest possible value; limits are clipped there.
        rules: the name of a set in `chart_rules.SETS`, or names of rules.

    Returns:
        `Chart`, whose `spread` holds the moving ranges at their later point.

    Source: Wheeler & Chambers 1992; Montgomery 2013, section 6.4, equation 6.33. Screening: as
        the R package NHSRplotthedots does.
    """
    y = points(y)
    phases = Phases.of(y, baseline, parts)
    centers, means = [], []
    for held in phases.over(y):
        ranges = np.diff(packed(held), axis=-1)
        np.abs(ranges, out=ranges)
        mean = mean_of(ranges)
        if screen:
            mean = ratio(ranges, np.ones_like(mean), ranges <= XMR_RANGE * mean)
        centers.append(mean_of(held))
        means.append(mean)
    center, middle = phases.laid(centers), phases.laid(means)
    reach = phases.laid([XMR_LIMIT * mean for mean in means])
    if extra is not None:
        reach = np.sqrt(reach**2 + 9 * np.asarray(extra, np.float64))

    def ranges_chart() -> Chart:
        moves = moving_ranges(y, phases.slices)
        return _chart(moves, middle, np.nan * middle, XMR_RANGE * middle, phases)

    return _done("xmr", y, center, reach, phases, bounds, rules, ranges_chart, screen=screen)


def xbar_s(
    means: npt.ArrayLike,
    sds: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike | None = None,
    parts: Sequence[int] = (),
    bounds: tuple[float, float] | None = None,
    rules: Rules = "nhs",
) -> Chart:
    """Means with limits from the standard deviations within each month.

    The limits suppose that pieces are independent and that months differ by chance alone; pieces
    of one worker are alike, so for fidelity scores they are narrower than they ought to be, and
    `xmr` is the better default.

    Args:
        means: mean of each month, shape (..., T).
        sds: standard deviation within each month (divisor n - 1), same shape.
        n: number of pieces of each month, shape (T,) or (..., T).
        baseline: True for points that limits rest on; all if not given.
        parts: positions at which new limits begin.
        bounds: least and greatest possible value; limits are clipped there.
        rules: a set or names of rules.

    Returns:
        `Chart`, whose `spread` is the chart of the standard deviations.

    Source: Montgomery 2013, section 6.3, equations 6.27 and 6.28; with unequal n, sigma is the
        mean of s / c4(n) weighted by c4^2 / (1 - c4^2), Burr 1969, Journal of Quality Technology
        1(3):163-167, which with equal n is s-bar / c4.
    """
    y, s = points(means), points(sds)
    size = np.broadcast_to(np.asarray(n, np.float64), y.shape)
    phases = Phases.of(np.where(size > 1, y, np.nan), baseline, parts)
    c4 = _c4(size)
    weight = c4**2 / (1 - c4**2)
    center = pooled(y * size, size, phases)
    sigma = pooled(s / c4 * weight, weight, phases)

    def deviations_chart() -> Chart:
        middle, around = c4 * sigma, 3 * sigma * np.sqrt(1 - c4**2)
        return _chart(s, middle, np.maximum(middle - around, 0), middle + around, phases)

    reach = 3 * sigma / np.sqrt(size)
    return _done("xbar_s", y, center, reach, phases, bounds, rules, deviations_chart)


def p_chart(
    events: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike | None = None,
    parts: Sequence[int] = (),
    rules: Rules = "nhs",
) -> Chart:
    """Shares of pieces, with binomial limits that go with the n of each month.

    Args:
        events: number of pieces for which something holds, shape (..., T).
        n: number of pieces, shape (T,) or (..., T).
        baseline: True for points that limits rest on; all if not given.
        parts: positions at which new limits begin.
        rules: a set or names of rules.

    Source: Montgomery 2013, section 7.2, equations 7.6 to 7.8.
    """
    x, size = counts(events, n)
    phases = Phases.of(x, baseline, parts)
    p = pooled(x, size, phases)
    reach = 3 * np.sqrt(p * (1 - p) / size)
    return _done("p", x / size, p, reach, phases, (0.0, 1.0), rules)


def u_chart(
    events: npt.ArrayLike,
    exposure: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike | None = None,
    parts: Sequence[int] = (),
    rules: Rules = "nhs",
) -> Chart:
    """Events for each unit of exposure, with Poisson limits.

    Args:
        events: counts, shape (..., T).
        exposure: what they are counted in, such as days or posts, shape (T,) or (..., T).
        baseline: True for points that limits rest on; all if not given.
        parts: positions at which new limits begin.
        rules: a set or names of rules.

    Source: Montgomery 2013, section 7.3, equation 7.19.
    """
    x, size = counts(events, exposure)
    phases = Phases.of(x, baseline, parts)
    u = pooled(x, size, phases)
    return _done("u", x / size, u, 3 * np.sqrt(u / size), phases, (0.0, np.inf), rules)


def c_chart(
    events: npt.ArrayLike,
    *,
    baseline: npt.ArrayLike | None = None,
    parts: Sequence[int] = (),
    rules: Rules = "nhs",
) -> Chart:
    """Counts with equal exposure, with Poisson limits.

    Args:
        events: counts, shape (..., T).
        baseline: True for points that limits rest on; all if not given.
        parts: positions at which new limits begin.
        rules: a set or names of rules.

    Source: Montgomery 2013, section 7.3, equations 7.16 and 7.17.
    """
    x, ones = counts(events, 1.0)
    phases = Phases.of(x, baseline, parts)
    c = pooled(x, ones, phases)
    return _done("c", x, c, 3 * np.sqrt(c), phases, (0.0, np.inf), rules)


def _limits(
    center: Floats, reach: Floats, bounds: tuple[float, float] | None
) -> tuple[Floats, Floats]:
    """Lower and upper limit; one number a series stays one number."""
    shape = center.shape
    if not (center.strides[-1] or reach.strides[-1]):
        center, reach = center[..., :1], reach[..., :1]
    least, most = bounds or (-np.inf, np.inf)
    lower, upper = np.maximum(center - reach, least), np.minimum(center + reach, most)
    return np.broadcast_to(lower, shape), np.broadcast_to(upper, shape)


def _c4(n: Floats) -> Floats:
    """Mean of the standard deviation of n normal values, over sigma (Montgomery, Appendix VI)."""
    from scipy.special import gammaln

    m = np.where(n > 1, n, np.nan)
    return np.asarray(np.sqrt(2 / (m - 1)) * np.exp(gammaln(m / 2) - gammaln((m - 1) / 2)))


def _chart(y: Floats, center: Floats, lower: Floats, upper: Floats, phases: Phases) -> Chart:
    """A chart of ranges or standard deviations: outside its limits is the only rule."""
    above, below = y > upper, y < lower
    return Chart(
        y, center, lower, upper, upper - center, {"outside the limits": above | below},
        above.astype(np.int8) - below, phases.n(),
    )  # fmt: skip


def _done(
    kind: str, y: Floats, center: Floats, reach: Floats, phases: Phases,
    bounds: tuple[float, float] | None, rules: Rules,
    ranges: Callable[[], Chart] | None = None, **options: object,
) -> Chart:  # fmt: skip
    names = rules_named(rules)
    flags, direction = judged(y, center, reach, names, phases.slices)
    lower, upper = _limits(center, reach, bounds)
    about = {
        "chart": kind, "rules": rules if isinstance(rules, str) else ", ".join(names),
        "parts": [part.start for part in phases.slices[1:]], **options,
    }  # fmt: skip
    return Chart(y, center, lower, upper, reach, flags, direction, phases.n(), about, ranges)
