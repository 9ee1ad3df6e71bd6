"""What every statistic returns: a number with its uncertainty, its n and its name."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that never travels without its interval and its n.

    Attributes:
        value: the estimate; NaN where it cannot be computed.
        se: its standard error, in the units of `value`; NaN where not defined.
        lower: lower limit of the confidence interval.
        upper: upper limit of the confidence interval.
        n: number of units that entered (pieces, unless `method` says otherwise).
        method: name of the coefficient, of the standard error and of the interval.
        clusters: number of independent clusters behind the interval; 0 where not clustered.
        reason: why a part is NaN or to be read with care; "" where nothing is to be said.
    """

    value: float
    se: float = math.nan
    lower: float = math.nan
    upper: float = math.nan
    n: int = 0
    method: str = ""
    clusters: int = 0
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a value at all."""
        return not math.isnan(self.value)

    @property
    def bounded(self) -> bool:
        """Whether the interval could be computed."""
        return not (math.isnan(self.lower) or math.isnan(self.upper))

    def __str__(self) -> str:
        if not self.known:
            return f"cannot say: {self.reason or 'not defined'} (n = {self.n})"
        text = f"{self.value:.3g}"
        if self.bounded:
            text += f" ({self.lower:.3g} to {self.upper:.3g})"
        return f"{text}, n = {self.n}" + (f"; {self.reason}" if self.reason else "")
