"""The design of a many-facet Rasch analysis: what was rated, what counts, what may move."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Anchors = Mapping[str, Mapping[Hashable, float]]

#: More levels than this is a measurement, not a scale of ordered levels.
LEVELS_MOST = 50

#: How many labels a message names.
SHOWN = 10


@dataclass(frozen=True)
class Facet:
    """One facet of the design.

    Attributes:
        name: what it is called.
        labels: (L,) its elements, sorted.
        codes: (n,) the place in `labels` for each rating.
    """

    name: str
    labels: npt.NDArray[Any]
    codes: IntArray

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def place(self) -> dict[Hashable, int]:
        """From a label to its place."""
        return {label: place for place, label in enumerate(self.labels.tolist())}


@dataclass(frozen=True)
class Responses:
    """The ratings of an analysis, as whole numbers.

    Attributes:
        facets: the facets, the person facet first.
        y: (n,) levels, counted from 0.
        lowest: the level that is counted as 0.
        levels: how many levels there are, K.
        step_facet: the place in `facets` of the facet whose elements have steps of their own;
            None where one set of steps serves all (the rating scale).
    """

    facets: tuple[Facet, ...]
    y: IntArray
    lowest: int
    levels: int
    step_facet: int | None

    @cached_property
    def group(self) -> IntArray:
        """(n,) the set of steps that each rating belongs to."""
        if self.step_facet is None:
            return np.zeros(len(self.y), dtype=np.int64)
        return self.facets[self.step_facet].codes

    @property
    def groups(self) -> int:
        """How many sets of steps there are, G."""
        return 1 if self.step_facet is None else len(self.facets[self.step_facet])

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each facet but the person begins in the vector of parameters, then the steps."""
        sizes = [len(facet) for facet in self.facets[1:]]
        return tuple(int(start) for start in np.cumsum([0, *sizes]))

    @property
    def parameters(self) -> int:
        """Length q of the vector of parameters: facets but the person, then G x K for steps."""
        return self.starts[-1] + self.groups * self.levels

    def facet_number(self, name: str) -> int:
        """The place of a facet, or a clear error."""
        names = [facet.name for facet in self.facets]
        if name not in names:
            raise UsageError(f"There is no facet {name!r}. The facets are {listed(names)}.")
        return names.index(name)


@dataclass(frozen=True)
class Freedom:
    """Which parameters may move, and how: all = offset + spread @ free.

    Attributes:
        offset: (q,) the fixed part.
        spread: (q, f) sparse, from the free parameters to all.
    """

    offset: FloatArray
    spread: csr_array


def add_up(codes: IntArray, weights: npt.NDArray[Any], size: int) -> FloatArray:
    """(size,) sums of weights by code."""
    return np.asarray(np.bincount(codes, weights=weights, minlength=size), dtype=np.float64)


def listed(labels: Sequence[object]) -> str:
    """The first few labels as text."""
    text = ", ".join(repr(label) for label in labels[:SHOWN])
    return text + (f", ... ({len(labels)} in all)" if len(labels) > SHOWN else "")


def read_responses(
    facets: Mapping[str, npt.ArrayLike],
    y: npt.ArrayLike,
    person: str | None,
    steps: str | None,
    fixed_steps: Mapping[Any, Any] | None,
) -> Responses:
    """Number the labels and the levels.

    Args:
        facets: name to (n,) labels, one a rating.
        y: (n,) whole-number levels.
        person: the facet that is measured; None for the first.
        steps: the facet whose elements have steps of their own, or None.
        fixed_steps: anchored steps; their levels belong to the scale.

    Returns:
        The same as whole numbers.

    Raises:
        UsageError: with everything that is wrong.
    """
    levels, faults = _levels_of(y)
    names = list(facets)
    person = names[0] if person is None and names else person
    if len(names) < 2:
        faults.append("At least two facets are needed: who is measured, and who or what measures.")
    if person not in names:
        faults.append(f"person={person!r} is no facet; the facets are {listed(names)}.")
    if steps is not None and (steps not in names or steps == person):
        faults.append(f"steps={steps!r} must be None or a facet other than the person.")
    ordered = {name: facets[name] for name in sorted(names, key=lambda name: name != person)}
    read: list[Facet] = []
    try:
        read = read_facets(ordered, len(levels))
    except UsageError as error:
        faults.append(str(error))
    low, high = _range_of(levels, fixed_steps, steps is not None)
    if high - low >= LEVELS_MOST:
        faults.append(
            f"The levels run from {low} to {high}. A many-facet Rasch model is for ordered levels, "
            f"at most {LEVELS_MOST} of them; use variance components for measurements."
        )
    if faults:
        raise UsageError("\n".join(faults))
    step_facet = None if steps is None else [facet.name for facet in read].index(steps)
    return Responses(tuple(read), levels - low, low, high - low + 1, step_facet)


def _levels_of(y: npt.ArrayLike) -> tuple[IntArray, list[str]]:
    values = np.asarray(y)
    if values.ndim != 1 or values.dtype.kind not in "iufb" or not len(values):
        what = f"it has shape {values.shape} and type {values.dtype}"
        return np.zeros(1, dtype=np.int64), [f"y must be one row of whole-number levels; {what}."]
    if values.dtype.kind == "f":
        wrong = ~np.isfinite(values) | (np.floor(values) != values)
        if wrong.any():
            first = np.flatnonzero(wrong)
            fault = (
                f"y must be whole-number levels; {len(first)} are not, the first in row "
                f"{first[0]}: {values[first[0]]!r}. Leave out what was not rated."
            )
            return np.zeros(len(values), dtype=np.int64), [fault]
    return values.astype(np.int64), []


def _range_of(
    levels: IntArray, fixed_steps: Mapping[Any, Any] | None, by_group: bool
) -> tuple[int, int]:
    low, high = int(levels.min()), int(levels.max())
    sets = list(fixed_steps.values()) if fixed_steps and by_group else [fixed_steps or {}]
    for steps in sets:
        if steps:
            low, high = min(low, min(steps) - 1), max(high, max(steps))
    return low, high


def read_facets(facets: Mapping[str, npt.ArrayLike], n: int) -> list[Facet]:
    """Number the labels of facets.

    Args:
        facets: name to (n,) labels, one a rating.
        n: how many ratings there are.

    Returns:
        The facets, in the same order.

    Raises:
        UsageError: with every facet that is wrong.
    """
    read, faults = [], []
    for name, labels in facets.items():
        try:
            read.append(_read_facet(name, labels, n))
        except UsageError as error:
            faults.append(str(error))
    if faults:
        raise UsageError("\n".join(faults))
    return read


def _read_facet(name: str, labels: npt.ArrayLike, n: int) -> Facet:
    array = np.asarray(labels)
    if array.shape != (n,):
        raise UsageError(f"Facet {name!r} has shape {array.shape}; it needs {n} labels, as y has.")
    if array.dtype.kind in "iu":
        low, span = int(array.min()), int(array.max()) - int(array.min()) + 1
        if span <= 4 * n:  # number small whole numbers without sorting a million of them
            shifted = array.astype(np.int64) - low
            present = np.bincount(shifted, minlength=span) > 0
            codes = (np.cumsum(present) - 1)[shifted]
            return Facet(name, np.flatnonzero(present) + low, codes.astype(np.int64))
    if array.dtype.kind == "O":
        array = _plain(array)
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(n, dtype=np.bool_)
    if array.dtype.kind == "O" or missing.any():
        raise UsageError(
            f"Facet {name!r} has missing labels or labels of mixed kinds. "
            "Give every rating a label, or leave the rating out."
        )
    labels_found, codes = np.unique(array, return_inverse=True)
    return Facet(name, labels_found, codes.astype(np.int64))


def _plain(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An array of objects as one of text or numbers, where all are of one kind."""
    kinds = {type(label) for label in array.tolist()}
    if all(issubclass(kind, str) for kind in kinds):
        return array.astype(np.str_)
    whole = all(issubclass(kind, int | np.integer) for kind in kinds)
    return array.astype(np.int64) if whole else array


def freedom(responses: Responses, free: BoolArray, anchors: FloatArray, used: BoolArray) -> Freedom:
    """Lay down what may move.

    A facet without anchors is centred: its elements sum to 0 (Linacre 1989). Steps are
    held as sums kappa_k = tau_1 + ... + tau_k, 0 at the lowest and the highest level used, so
    that the steps of a set sum to 0 and a difficulty is the middle of its steps (Andrich 1978;
    Masters 1982).

    Args:
        responses: the ratings.
        free: (q,) whether an element has ratings that tell; steps are taken from `used`.
        anchors: (q,) fixed values, NaN where there is none.
        used: (G, K) the levels that occur in each set of steps.

    Returns:
        The map from the free parameters to all.
    """
    from scipy.sparse import csr_array

    anchored = ~np.isnan(anchors)
    rows, columns, values, count = [], [], [], 0
    for start, end in zip(responses.starts[:-1], responses.starts[1:], strict=True):
        moving = start + np.flatnonzero(free[start:end] & ~anchored[start:end])
        centred = not anchored[start:end].any()
        last = moving[-1:] if centred else moving[:0]
        moving = moving[:-1] if centred else moving
        place = np.arange(count, count + len(moving))
        rows += [moving, np.repeat(last, len(moving))]
        columns += [place, place[: len(moving) * len(last)]]
        values += [np.ones(len(moving)), -np.ones(len(moving) * len(last))]
        count += len(moving)
    inner = responses.starts[-1] + np.flatnonzero(inner_levels(used).ravel())
    inner = inner[~anchored[inner]]
    rows.append(inner)
    columns.append(np.arange(count, count + len(inner)))
    values.append(np.ones(len(inner)))
    shape = (responses.parameters, count + len(inner))
    spread = csr_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape
    )
    return Freedom(np.where(np.isfinite(anchors), anchors, 0.0), spread)


def inner_levels(used: BoolArray) -> BoolArray:
    """(G, K) the levels strictly between the lowest and the highest used of each set."""
    below = np.cumsum(used, axis=1) - used > 0
    above = np.cumsum(used[:, ::-1], axis=1)[:, ::-1] - used > 0
    return used & below & above


def anchor_values(
    responses: Responses, fixed: Anchors | None, fixed_steps: Mapping[Any, Any] | None
) -> tuple[FloatArray, FloatArray]:
    """The anchored values as vectors.

    Args:
        responses: the ratings.
        fixed: facet to label to measure.
        fixed_steps: level to step difficulty (rating scale), or label to such a mapping.

    Returns:
        (q,) values for facets and sums of steps, and (P,) values for persons; NaN where free.

    Raises:
        UsageError: if an anchor names a facet, label or level that is not there.
    """
    persons = np.full(len(responses.facets[0]), np.nan)
    rest = np.full(responses.parameters, np.nan)
    for name, values in (fixed or {}).items():
        number = responses.facet_number(name)
        facet = responses.facets[number]
        for label, value in values.items():
            if label in facet.place:  # an anchor for one who did not rate this time is no fault
                target = persons if number == 0 else rest
                start = 0 if number == 0 else responses.starts[number - 1]
                target[start + facet.place[label]] = value
    if fixed_steps:
        sums = rest[responses.starts[-1] :].reshape(responses.groups, responses.levels)
        if responses.step_facet is None:
            sums[0] = _sums_of_steps(fixed_steps, responses)
        else:
            place = responses.facets[responses.step_facet].place
            for label, steps in fixed_steps.items():
                if label in place:
                    sums[place[label]] = _sums_of_steps(steps, responses)
    return rest, persons


def _sums_of_steps(steps: Mapping[int, float], responses: Responses) -> FloatArray:
    """tau_1 + ... + tau_k by level; infinite for a level outside the anchored scale."""
    reached = sorted(steps)
    if reached != list(range(reached[0], reached[-1] + 1)):
        raise UsageError(f"fixed_steps= needs every level from lowest to highest, not {reached}.")
    sums = np.full(responses.levels, np.inf)
    first = reached[0] - 1 - responses.lowest
    sums[first : first + len(reached) + 1] = np.cumsum([0.0, *(steps[level] for level in reached)])
    return sums
