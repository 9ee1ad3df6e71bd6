"""From a coefficient of agreement and a pattern table to estimates with intervals and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from fidelity.errors import UsageError
from fidelity.statistics.coefficients import Coefficient
from fidelity.statistics.encoding import FloatArray, IntArray
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.patterns import Patterns
from fidelity.statistics.resampling import Parts, bootstrap, jackknife

StandardError = Literal["jackknife", "gwet", "gwet_table", "bootstrap"]

STANDARD_ERRORS = {
    "jackknife": "delete-one jackknife",
    "gwet": "published linearised variance",
    "gwet_table": "published linearised variance of a two-rater table (divisor n)",
    "bootstrap": "bootstrap percentiles",
}

#: With fewer clusters than this the interval is given, and said to rest on few.
FEW_CLUSTERS = 10

#: A standard error below this is rounding: nothing varied.
NO_SPREAD = 1e-12


@dataclass(frozen=True)
class Asked:
    """How the uncertainty is to be had.

    Attributes:
        se: the kind of standard error.
        confidence: of the interval, between 0 and 1.
        draws: resamples of the bootstrap.
        rng: seed or generator of the bootstrap.
    """

    se: StandardError = "jackknife"
    confidence: float = 0.95
    draws: int = 2000
    rng: int | np.random.Generator = 0

    def check(self, clustered: bool) -> None:
        """Refuse what cannot be done, all at once."""
        faults = []
        if self.se not in STANDARD_ERRORS:
            faults.append(f"se={self.se!r} is not known; allowed: {', '.join(STANDARD_ERRORS)}")
        elif clustered and self.se.startswith("gwet"):
            faults.append(
                f"se={self.se!r} is published for independent units, not for clusters; "
                "use 'jackknife' or 'bootstrap'"
            )
        if not 0.0 < self.confidence < 1.0:
            faults.append(f"confidence={self.confidence!r} must lie between 0 and 1")
        if self.draws < 100:
            faults.append(f"draws={self.draws!r}: percentiles need at least 100 draws")
        if faults:
            raise UsageError("; ".join(faults) + ".")


@dataclass(frozen=True)
class _Counts:
    """What stands behind the estimates, by item.

    Attributes:
        paired: units rated at least twice.
        single: units rated once that count for chance agreement.
        unused: units with too few ratings to count at all.
        entered: units that enter.
        clusters: clusters with a unit rated at least twice; None where unclustered.
    """

    paired: IntArray
    single: IntArray
    unused: IntArray
    entered: IntArray
    clusters: IntArray | None

    @property
    def replicates(self) -> IntArray:
        """Independent parts that carry agreement."""
        return self.paired if self.clusters is None else self.clusters


@dataclass(frozen=True)
class _Spread:
    """Standard error and limits by item, before they are clipped."""

    se: FloatArray
    lower: FloatArray
    upper: FloatArray
    undefined: FloatArray


def estimates(coefficient: Coefficient, patterns: Patterns, asked: Asked) -> list[Estimate]:
    """The coefficient of every item of a pattern table.

    Args:
        coefficient: which.
        patterns: the table; its vectors ordered if the coefficient needs to know the raters.
        asked: how the uncertainty is to be had.

    Returns:
        One estimate an item.

    Raises:
        UsageError: if what is asked cannot be done.
    """
    clustered = len(patterns.clusters) > 0
    asked.check(clustered)
    with np.errstate(divide="ignore", invalid="ignore"):
        published = asked.se.startswith("gwet")
        least = coefficient.least_published if published else coefficient.least
        kept = patterns.with_ratings(least)
        parts = _parts(coefficient, kept)
        sums = parts.sums()
        value = coefficient.value(sums)
        independent, counts = _independent(parts, kept, patterns)
        if asked.se == "jackknife":
            spread = _jackknifed(coefficient, independent, counts, value, asked.confidence)
        elif asked.se == "bootstrap":
            spread = _bootstrapped(coefficient, independent, asked)
        else:
            spread = _linearised(coefficient, parts, sums, counts, value, asked)
    return [
        _estimate(coefficient, asked, counts, spread, float(value[item]), item)
        for item in range(patterns.items)
    ]


def _parts(coefficient: Coefficient, kept: Patterns) -> Parts:
    def features(some: slice) -> FloatArray:
        return coefficient.features(kept.vectors[kept.vector[some]])

    return Parts.made_by(features, kept.n.astype(np.float64), kept.item, kept.items)


def _independent(parts: Parts, kept: Patterns, patterns: Patterns) -> tuple[Parts, _Counts]:
    """The parts that are left out or drawn one at a time, and what there is to count."""
    twice = kept.ratings_per_vector[kept.vector] >= 2
    units = _per_item(patterns.n, patterns.item, kept.items) + patterns.empty
    entered = _per_item(kept.n, kept.item, kept.items)
    paired = _per_item(kept.n * twice, kept.item, kept.items)
    independent, clusters = parts, None
    if len(kept.clusters):
        names, group = np.unique(kept.owner, return_inverse=True)
        item = names // len(kept.clusters)
        independent = parts.gathered(group, item)
        carries = np.bincount(group, weights=twice, minlength=len(names)) > 0
        clusters = _per_item(carries.astype(np.int64), item, kept.items)
    return independent, _Counts(paired, entered - paired, units - entered, entered, clusters)


def _per_item(n: IntArray, item: IntArray, items: int) -> IntArray:
    return np.bincount(item, weights=n, minlength=items).astype(np.int64)


def _jackknifed(
    coefficient: Coefficient, parts: Parts, counts: _Counts, value: FloatArray, confidence: float
) -> _Spread:
    se = jackknife(coefficient.value, parts)
    return _t_interval(value, se, counts.replicates - 1, confidence)


def _linearised(
    coefficient: Coefficient,
    parts: Parts,
    sums: FloatArray,
    counts: _Counts,
    value: FloatArray,
    asked: Asked,
) -> _Spread:
    pseudo = np.empty(len(parts.n))
    for some in parts.slices():
        pseudo[some] = coefficient.pseudo(parts.features(some), sums[parts.item[some]])
    n = counts.entered.astype(np.float64)
    mean = np.bincount(parts.item, weights=parts.n * pseudo, minlength=parts.items) / n
    squares = parts.n * (pseudo - mean[parts.item]) ** 2
    total = np.bincount(parts.item, weights=squares, minlength=parts.items)
    variance = total / (n * (n if asked.se == "gwet_table" else n - 1.0))
    return _t_interval(value, np.sqrt(variance), counts.entered - 1, asked.confidence)


def _t_interval(value: FloatArray, se: FloatArray, freedom: IntArray, confidence: float) -> _Spread:
    quantile = stdtrit(np.maximum(freedom, 1), 0.5 + confidence / 2.0)
    reach = np.where(freedom >= 1, quantile, np.nan) * se
    return _Spread(se, value - reach, value + reach, np.zeros(len(value)))


def _bootstrapped(coefficient: Coefficient, parts: Parts, asked: Asked) -> _Spread:
    generator = np.random.default_rng(asked.rng)
    streams = generator.spawn(parts.items) if parts.items > 1 else [generator]
    tail = 0.5 - asked.confidence / 2.0
    rows = []
    for replicates in bootstrap(coefficient.value, parts, asked.draws, streams):
        defined = replicates[~np.isnan(replicates)]
        undefined = 1.0 - len(defined) / asked.draws
        if len(defined) < 100:
            rows.append((np.nan, np.nan, np.nan, undefined))
        else:
            lower, upper = np.quantile(defined, [tail, 1.0 - tail])
            rows.append((float(defined.std(ddof=1)), float(lower), float(upper), undefined))
    se, lower, upper, undefined = np.array(rows).T
    return _Spread(se, lower, upper, undefined)


def _estimate(
    coefficient: Coefficient,
    asked: Asked,
    counts: _Counts,
    spread: _Spread,
    value: float,
    item: int,
) -> Estimate:
    se, lower, upper = (float(a[item]) for a in (spread.se, spread.lower, spread.upper))
    reason = _why_unknown(coefficient, counts, value, item)
    if not reason:
        reason = _why_unbounded(asked, counts, value, se, item)
        if reason:
            lower = upper = np.nan
            se = se if se <= NO_SPREAD and counts.replicates[item] > 1 else np.nan
        else:
            lower = min(max(lower, coefficient.lowest), value)
            upper = max(min(upper, 1.0), value)
            reason = _caution(counts, float(spread.undefined[item]), item)
    else:
        value = se = lower = upper = np.nan
    return Estimate(
        value=value,
        se=se,
        lower=lower,
        upper=upper,
        n=int(counts.paired[item]),
        method=_method(coefficient, asked, counts, item),
        clusters=0 if counts.clusters is None else int(counts.clusters[item]),
        reason=reason,
    )


def _why_unknown(coefficient: Coefficient, counts: _Counts, value: float, item: int) -> str:
    if counts.paired[item] == 0:
        return "no unit has ratings by two raters"
    return coefficient.undefined if np.isnan(value) else ""


def _why_unbounded(asked: Asked, counts: _Counts, value: float, se: float, item: int) -> str:
    number = int(counts.replicates[item])
    noun = "unit rated twice" if counts.clusters is None else "cluster with a unit rated twice"
    if number < 2:
        return f"no interval: there is one {noun}"
    nouns = "units" if counts.clusters is None else "clusters"
    if np.isnan(se):
        return (
            f"no interval: the coefficient hangs on one of the {number} {nouns} and is not defined "
            "without it"
        )
    if se > NO_SPREAD:
        return ""
    if value < 1.0 - NO_SPREAD:
        return f"no interval: the {number} {nouns} agree to the same degree, so nothing varies"
    least = (0.5 - asked.confidence / 2.0) ** (1.0 / number)
    return (
        f"no interval: all ratings agree in all {number} {nouns}, so nothing varies; that would "
        f"still fit if only {least:.0%} of such {nouns} were in full agreement"
    )


def _caution(counts: _Counts, undefined: float, item: int) -> str:
    said = []
    if counts.clusters is not None and counts.clusters[item] < FEW_CLUSTERS:
        said.append(f"few clusters ({counts.clusters[item]}): the interval may be too narrow")
    if undefined > 0:
        said.append(f"not defined in {undefined:.1%} of the draws, which are left out")
    return "; ".join(said)


def _method(coefficient: Coefficient, asked: Asked, counts: _Counts, item: int) -> str:
    if counts.clusters is None:
        over = f"{counts.entered[item]} units"
    else:
        over = f"{counts.clusters[item]} clusters"
    text = f"{coefficient.name}; {STANDARD_ERRORS[asked.se]} over {over}"
    if asked.se == "bootstrap":
        text += f", {asked.draws} draws"
    else:
        linear = asked.se.startswith("gwet")
        freedom = int((counts.entered if linear else counts.replicates)[item]) - 1
        text += f", t with {max(freedom, 0)} df"
    text += f", {asked.confidence:.4g} confidence"
    if counts.single[item]:
        text += f"; {counts.single[item]} rated once"
    if counts.unused[item]:
        text += f"; {counts.unused[item]} with too few ratings left out"
    return text
