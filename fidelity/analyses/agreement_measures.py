"""What is compared between auditors: items, components, composites, ratios and the band."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.rubric.model import Rubric, Scale
from fidelity.scorings import Scorings, spread
from fidelity.statistics.agreement import krippendorff_alpha, percent_agreement
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.level_agreement import level_agreement

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pieces that two or more scored.

    Attributes:
        given: all scorings.
        table: one row a piece, with what is known about it.
        side: (P, R) rows of `given.table`, -1 for none.
        labels: (P,) cluster of each piece.
        cluster: what the clusters are.
        roles: the roles compared.
        scored: how many pieces those roles scored at all.
        benchmark: how many scorings of benchmark pieces were left out.
        confidence: of the intervals.
    """

    given: Scorings
    table: pd.DataFrame
    side: npt.NDArray[np.intp]
    labels: npt.NDArray[np.object_]
    cluster: str
    roles: frozenset[str]
    scored: int
    benchmark: int
    confidence: float

    def part(self, rows: npt.NDArray[np.intp]) -> Pairs:
        """Some of the pieces."""
        return Pairs(
            self.given, self.table.iloc[rows], self.side[rows], self.labels[rows], self.cluster,
            self.roles, self.scored, self.benchmark, self.confidence,
        )  # fmt: skip

    @property
    def nested(self) -> npt.NDArray[np.object_] | None:
        """Clusters, or None where each piece is its own."""
        return None if self.cluster == "piece" else self.labels

    def raters(self, known: npt.NDArray[np.bool_]) -> int:
        """How many raters gave a value, on pieces where two or more did; `known` is (P, R)."""
        used = known & (known.sum(axis=1) > 1)[:, None]
        return int(self.given.table["rater"].iloc[self.side[used]].nunique())


@dataclass(frozen=True, eq=False)
class Measured:
    """One item, component, composite, ratio or the band, and how far it is agreed on.

    Attributes:
        kind, measure, text: as in the table.
        x: (units, R) the scores compared: pieces, or pieces of each item one below another.
        known: (P, R) whether a rater gave a value.
        found: the coefficients by name.
    """

    kind: str
    measure: str
    text: str
    x: Floats
    known: npt.NDArray[np.bool_]
    found: dict[str, Estimate]


def levelled(rubric: Rubric) -> list[str]:
    """The scored items that are answered on levels."""
    return [item for item in rubric.scored_items if rubric.scale_of(item).kind == "levels"]


def measured(pairs: Pairs, laid: dict[str, Floats]) -> Iterator[Measured]:
    """Everything that is agreed on or not, in the order of the table.

    Args:
        pairs: the pieces that two or more scored.
        laid: (P, R) levels by item.
    """
    rubric, scores = pairs.given.rubric, pairs.given.scores.measures
    if levelled(rubric):
        yield _together(pairs, ("all items", "all", "All items"), levelled(rubric), laid)
    if rubric.bands is not None:
        x = spread(pairs.given.bands(), pairs.side)
        ranks = range(len(rubric.bands.levels))
        found = level_agreement(x, ranks, pairs.nested, pairs.confidence)
        yield Measured("band", rubric.bands.of, "The band", x, ~np.isnan(x), found)
    for measure in scores.values():
        if measure.id not in {component.id for component in rubric.components}:
            x = spread(measure.value, pairs.side)
            kind = "composite" if measure.kind == "mean" else measure.kind
            alone = {"alpha": _alpha_of_quantity(pairs, x)}
            yield Measured(kind, measure.id, rubric.titles[measure.id], x, ~np.isnan(x), alone)
    for component in rubric.components:
        items = [item for item in levelled(rubric) if rubric.component_of(item) == component]
        if items:
            whole = _together(pairs, ("component", component.id, component.title), items, laid)
            if component.id in scores:
                x = spread(scores[component.id].value, pairs.side)
                whole.found["alpha"] = _alpha_of_quantity(pairs, x)
            yield whole
    for item, x in laid.items():
        if item in rubric.scored_items:
            yield _item(pairs, item, x)


def _item(pairs: Pairs, item: str, x: Floats) -> Measured:
    scale = pairs.given.rubric.scale_of(item)
    if scale.kind == "levels":
        found = level_agreement(x, _values(scale), pairs.nested, pairs.confidence)
    else:
        found = {"alpha": _alpha_of_quantity(pairs, x)}
    return Measured("item", item, pairs.given.rubric.items[item].text, x, ~np.isnan(x), found)


def _together(
    pairs: Pairs, names: tuple[str, str, str], items: Sequence[str], laid: dict[str, Floats]
) -> Measured:
    """Item scores of several items; those of one piece are never taken as independent."""
    parts = [laid[item] for item in items]
    x, clusters = np.concatenate(parts), np.tile(pairs.labels, len(parts))
    scales = {tuple(_values(pairs.given.rubric.scale_of(item))) for item in items}
    if len(scales) == 1:
        found = level_agreement(x, scales.pop(), clusters, pairs.confidence)
        del found["alpha"]
    else:
        found = {"exact": percent_agreement(x, clusters=clusters, confidence=pairs.confidence)}
    known = np.asarray(~np.isnan(np.stack(parts)).all(axis=0))
    return Measured(*names, x, known, found)


def _values(scale: Scale) -> list[float]:
    return [float(level.value) for level in scale.levels]


def _alpha_of_quantity(pairs: Pairs, x: Floats) -> Estimate:
    return krippendorff_alpha(
        x, metric="interval", clusters=pairs.nested, confidence=pairs.confidence
    )
