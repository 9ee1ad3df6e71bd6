"""How many scores with a reference it takes to tell practice from scoring.

Arithmetic for scorings spread evenly over T months, so that time has variance T^2 / 12:

    var(scoring trend)  = v_trend,r / R + v / (n T^2 / 12)
    var(practice trend) = v_trend,p / M + (v_piece + v_scoring) / (N T^2 / 12) + v / (n T^2 / 12)

with n scorings that have a reference and v = v_scoring + v_agreed (an agreed score beside a
rater's own) or v_scoring (a benchmark piece, whose own level cancels). Precision grows with
n T^2: span beats number. Held beside simulation in `benchmarks/studies/drift_coverage.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fidelity.statistics.estimate import Estimate

#: Months within which an answer is looked for.
_MONTHS = (12, 18, 24, 30, 36, 48, 60)


@dataclass(frozen=True)
class Spreads:
    """Standard deviations, in levels; of trends, in levels a month.

    The defaults are those of the design study that the simulator uses, assumed and not measured.
    """

    piece: float = 0.8
    scoring: float = 0.5
    agreed: float = 0.3
    rater_trend: float = 0.008
    practitioner_trend: float = 0.01


@dataclass(frozen=True)
class Service:
    """Who there is: raters, practitioners, and audits a month."""

    raters: int
    practitioners: int
    audits: float


def standard_errors(
    service: Service, references: float, months: float, *, benchmark: bool = False,
    spreads: Spreads = Spreads(),
) -> tuple[float, float]:  # fmt: skip
    """Standard errors of the trend of practice and of scoring, in levels a month.

    Args:
        service: who there is.
        references: n, scorings with a reference over the whole time.
        months: T.
        benchmark: whether these are of benchmark pieces; else they have an agreed score.
        spreads: standard deviations.
    """
    time = months**2 / 12
    noise = spreads.scoring**2 + (0.0 if benchmark else spreads.agreed**2)
    parted = noise / (references * time)
    audits = service.audits * months
    practice = (
        spreads.practitioner_trend**2 / service.practitioners
        + (spreads.piece**2 + spreads.scoring**2) / (audits * time)
        + parted
    )
    return math.sqrt(practice), math.sqrt(spreads.rater_trend**2 / service.raters + parted)


def power(se: float, df: float, change: float, level: float = 0.05) -> float:
    """Chance that a two-sided t test finds a trend of `change`."""
    from scipy.special import stdtr, stdtrit

    bar = float(stdtrit(df, 1 - level / 2))
    return float(stdtr(df, change / se - bar) + stdtr(df, -change / se - bar))


@dataclass(frozen=True)
class Design:
    """What would tell: so many scorings with a reference a quarter, for so many months."""

    months: int
    references: int
    a_quarter: int
    benchmark: bool


def design_needed(
    service: Service, *, change: float = 0.02, benchmark: bool = False, wanted: float = 0.8,
    spreads: Spreads = Spreads(),
) -> Design | None:  # fmt: skip
    """The shortest time, and within it the fewest references, for an answer about practice.

    Args:
        service: who there is.
        change: trend of practice to be found, in levels a month.
        benchmark: by benchmark pieces; else by agreed scores, of which there cannot be more than
            audits.
        wanted: power.
        spreads: standard deviations.

    Returns:
        The design; None if five years are not enough.
    """
    df = float(max(service.practitioners - 1, 1))
    for months in _MONTHS:
        most = math.floor(service.audits * months)
        # Benchmark scorings may be as many as each rater can make: ten extracts a quarter.
        most = service.raters * 10 * (months // 3) if benchmark else most
        for n in range(service.raters * 5, most + 1):
            se, _ = standard_errors(service, n, months, benchmark=benchmark, spreads=spreads)
            if power(se, df, change) >= wanted:
                return Design(months, n, math.ceil(n / (months / 3)), benchmark)
    return None


def detectable(se: Estimate, wanted: float = 0.8, df: float = 30.0) -> float:
    """The smallest trend that such an estimate finds in so many of ten cases."""
    from scipy.special import stdtrit

    return se.se * float(stdtrit(df, 0.975) + stdtrit(df, wanted))
