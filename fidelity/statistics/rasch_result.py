"""What a many-facet Rasch analysis returns."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.rasch_beside import Beside, beside_others
from fidelity.statistics.rasch_bias import BiasTable, bias
from fidelity.statistics.rasch_design import BoolArray, FloatArray, Freedom, IntArray, listed
from fidelity.statistics.rasch_fit import (
    FitTable,
    Located,
    Residuals,
    Separation,
    mean_squares,
    residuals,
    separation,
)
from fidelity.statistics.rasch_levels import moments


@dataclass(frozen=True, eq=False)
class Measures(Mapping[Hashable, Estimate]):
    """The measures of one facet, in logits: `measures[label]` is an `Estimate`.

    A person's measure is high where the levels are high; every other facet's is a severity or
    difficulty, high where the levels are low.

    Attributes:
        facet: its name.
        labels: (L,) its elements, sorted.
        value: (L,) measures; NaN where nothing told.
        se: (L,) standard errors; 0 for anchors.
        reach: (L,) half the width of the interval, in standard errors: a normal quantile, or, with
            persons as clusters, one of t with as many degrees of freedom as the element met
            persons, less 1.
        n: (L,) ratings that told.
        extreme: (L,) whether all levels were the lowest or all the highest.
        anchored: (L,) whether the measure was given.
        method: how they were estimated.
        reasons: what is to be said of single elements, by place.
    """

    facet: str
    labels: npt.NDArray[Any]
    value: FloatArray
    se: FloatArray
    reach: FloatArray
    n: IntArray
    extreme: BoolArray
    anchored: BoolArray
    method: str
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def lower(self) -> FloatArray:
        """(L,) lower limits."""
        return self.value - self.reach * self.se

    @property
    def upper(self) -> FloatArray:
        """(L,) upper limits."""
        return self.value + self.reach * self.se

    @cached_property
    def _place(self) -> dict[Hashable, int]:
        return {label: place for place, label in enumerate(self.labels.tolist())}

    def __getitem__(self, label: Hashable) -> Estimate:
        place = self._place[label]
        value, se = float(self.value[place]), float(self.se[place])
        reach = float(self.reach[place]) * se
        return Estimate(
            value,
            se,
            value - reach,
            value + reach,
            int(self.n[place]),
            self.method,
            reason=self.reasons.get(place, ""),
        )

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._place)

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class RaschFit:
    """A fitted many-facet Rasch model.

    Attributes:
        person: the name of the facet that is measured.
        facets: name to measures, the person facet first.
        steps: the steps of each set ("all" for a rating scale, else an element's label), from the
            level they lead to to their difficulty; NaN where a level was never used.
        population: "mean" and "sd" of the persons (marginal only).
        log_likelihood: at the estimates, of the ratings that counted.
        n: ratings that counted.
        n_set_apart: ratings of extreme elements, that did not.
        converged: whether the estimation came to rest.
        iterations: how many it took.
        method: what was done.
        confidence: of the intervals.
        adjustment: score points from the extreme, for extreme elements.
        located: the ratings and where everything stands.
        freedom: what could move.
        covariance: (f, f) of the free parameters.
    """

    person: str
    facets: dict[str, Measures]
    steps: dict[Hashable, dict[int, Estimate]]
    population: dict[str, Estimate]
    log_likelihood: float
    n: int
    n_set_apart: int
    converged: bool
    iterations: int
    method: str
    confidence: float
    adjustment: float
    located: Located = field(repr=False)
    freedom: Freedom = field(repr=False)
    covariance: FloatArray = field(repr=False)

    @cached_property
    def _residuals(self) -> Residuals:
        return residuals(self.located)

    def mean_squares(self, facet: str) -> FitTable:
        """Infit and outfit of every element of a facet."""
        return mean_squares(
            self.located, self._residuals, self.located.responses.facet_number(facet)
        )

    def separation(self, facet: str) -> Separation:
        """Separation and reliability of a facet; anchored and extreme elements are left out."""
        self.located.responses.facet_number(facet)
        measures = self.facets[facet]
        entered = np.isfinite(measures.se) & ~measures.extreme & ~measures.anchored
        posterior = facet == self.person and bool(self.population)
        return separation(
            facet, measures.value[entered], measures.se[entered], posterior, self.confidence
        )

    def bias(self, first: str, second: str) -> BiasTable:
        """Whether elements of two facets interact: a rater stricter on one item than on the rest.

        Args:
            first: a facet other than the person, for instance the raters.
            second: another, for instance the items.

        Returns:
            Every pair that met, with false-discovery control over all of them.

        Raises:
            UsageError: if a facet is not there, or is the person.
        """
        one, other = self._two_facets("bias", first, second)
        return bias(self.located, one, other, self.adjustment, self.confidence)

    def beside_others(self, first: str, second: str, least: int = 10) -> Beside:
        """Whether an element of the first facet reads one of the second unlike its peers.

        As `bias`, but only where others rated the same person, beside whom it is held: what lies
        in the person is then no bias.

        Args:
            first: a facet other than the person, for instance the raters.
            second: another, for instance the items.
            least: persons that a pair needs; under it the value is NaN.

        Returns:
            Every pair that others met too, with false-discovery control over all of them.

        Raises:
            UsageError: if a facet is not there, or is the person.
        """
        one, other = self._two_facets("beside_others", first, second)
        return beside_others(self.located, one, other, least, self.confidence)

    def _two_facets(self, asked: str, *names: str) -> tuple[int, int]:
        one, other = (self.located.responses.facet_number(name) for name in names)
        if one == other or 0 in (one, other):
            raise UsageError(f"{asked}() needs two different facets, neither of them the person.")
        return one, other

    def difference(self, facet: str, one: Hashable, other: Hashable) -> Estimate:
        """How much more severe (or difficult) one element is than another, in logits.

        Args:
            facet: a facet other than the person.
            one: an element.
            other: another.

        Returns:
            The difference, with the covariance of the two.

        Raises:
            UsageError: if the facet is the person or a label is not there.
        """
        number = self.located.responses.facet_number(facet)
        measures = self.facets[facet]
        absent = [label for label in (one, other) if label not in measures]
        if number == 0 or absent:
            raise UsageError(
                f"difference() needs two elements of a facet other than {self.person!r}; "
                f"{facet!r} has {listed(measures.labels.tolist())}."
            )
        start = self.located.responses.starts[number - 1]
        places = [self.located.responses.facets[number].place[label] for label in (one, other)]
        rows = self.freedom.spread[[start + place for place in places]].toarray()
        contrast = rows[0] - rows[1]
        variance = float(contrast @ self.covariance @ contrast)
        value = float(measures.value[places[0]] - measures.value[places[1]])
        aside = measures.extreme[places].any()
        se = float("nan") if aside else float(np.sqrt(variance))
        reach = se * float(measures.reach[places].max())
        n = int(measures.n[places].sum())
        reason = "one of the two was extreme" if aside else ""
        return Estimate(value, se, value - reach, value + reach, n, self.method, reason=reason)

    def fair(self, facet: str) -> Measures:
        """The level to be expected of each element if all else were average (fair average).

        For a practitioner: the mean level that a rater of average strictness would give, over
        items of average difficulty, or over all items where these have steps of their own
        (Linacre 1989).

        Args:
            facet: any facet.

        Returns:
            Levels in the units of y, with standard errors by the delta method.
        """
        responses, number = self.located.responses, self.located.responses.facet_number(facet)
        measures = self.facets[facet]
        means = [float(mean_of_known(other.value)) for other in self.facets.values()]
        at = np.full(responses.groups, means[0] - sum(means[1:]))
        step_facet = responses.step_facet
        if step_facet is not None:
            name = responses.facets[step_facet].name
            at += means[step_facet] - self.facets[name].value
        sign = 1.0 if number == 0 else -1.0
        if number == step_facet:
            eta, log_weight = at, self.located.log_weight
        else:
            moved = sign * (measures.value - means[number])
            eta, log_weight = at + moved[:, None], self.located.log_weight
        of = moments(eta, log_weight)
        told = np.isfinite(eta) & (np.isfinite(log_weight).sum(axis=-1) > 1)
        expected, slope = (np.where(told, part, np.nan) for part in (of.expected, of.variance))
        if eta.ndim == 2:
            expected, slope = mean_of_known(expected), mean_of_known(slope)
        return Measures(
            facet,
            measures.labels,
            expected + responses.lowest,
            slope * measures.se,
            measures.reach,
            measures.n,
            measures.extreme,
            measures.anchored,
            f"fair average; {self.method}",
            measures.reasons,
        )


def mean_of_known(values: FloatArray) -> FloatArray:
    """The mean over the last axis of what is not NaN; NaN where nothing is known."""
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
