"""Whether a design is connected: whether all raters (items, ...) can be compared at all.

Two raters can be compared if they rated the same person, or are linked by a chain of such pairs.
Where a group of raters shares nobody with the rest, adding a constant to the group's strictness
and to its persons' measures changes no probability, and every comparison across groups is an
artefact (Linacre 1989; Weeks & Williams 1964 for designs of several factors).

Two checks. The graph of persons and elements of one facet must be in one piece, which names the
groups. Where there are more facets, elements may still be tied together (each rater with an item
of their own): then the normal equations, persons eliminated, are singular, and the vectors of
their null space name the groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError
from fidelity.statistics.rasch_design import (
    BoolArray,
    Facet,
    FloatArray,
    Freedom,
    IntArray,
    Responses,
    listed,
    read_facets,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: A pivot of the normal equations, scaled to a unit diagonal, below this is taken as 0.
SINGULAR = 1e-9


def linked_parts(
    persons: npt.ArrayLike, raters: npt.ArrayLike
) -> tuple[IntArray, list[npt.NDArray[Any]]]:
    """The parts of a design within which raters can be compared.

    Args:
        persons: (n,) who was rated, one label a rating.
        raters: (n,) who rated.

    Returns:
        (n,) the part of each rating, from 0, the part with most ratings first; and for each part
        its raters.
    """
    person, rater = read_facets({"persons": persons, "raters": raters}, len(np.asarray(persons)))
    everybody = np.ones(len(person.codes), dtype=np.bool_)
    nobody = [np.zeros(len(facet), dtype=np.bool_) for facet in (person, rater)]
    part = _parts(person, rater, everybody, nobody)
    by_size = np.argsort(-np.bincount(part[rater.codes]), kind="stable")
    rank = np.empty_like(by_size)
    rank[by_size] = np.arange(len(by_size))
    part = rank[part]
    members = [rater.labels[part == number] for number in range(len(by_size))]
    return part[rater.codes], members


def require_connected(
    responses: Responses, rows: BoolArray, anchored: list[BoolArray], freedom: Freedom
) -> None:
    """Refuse a design that is not connected.

    Args:
        responses: the ratings.
        rows: (n,) which count.
        anchored: a facet each, (L,) which elements are anchored; these are linked by their anchors.
        freedom: what may move.

    Raises:
        UsageError: naming the groups.
    """
    groups = {}
    person = responses.facets[0]
    for number, facet in enumerate(responses.facets[1:], start=1):
        part = _parts(person, facet, rows, [anchored[0], anchored[number]])
        if len(np.unique(part[part >= 0])) > 1:
            groups[facet.name] = _members(facet, part)
    if not groups and len(responses.facets) > 2:
        groups = _tied(responses, rows, anchored[0], freedom)
    if groups:
        raise UsageError(_message(person.name, groups))


def _parts(person: Facet, facet: Facet, rows: BoolArray, anchored: list[BoolArray]) -> IntArray:
    """(L,) the part of each element, from 0; -1 for those without ratings that count."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    persons, nodes = len(person), len(person) + len(facet)
    met = np.unique(person.codes[rows] * len(facet) + facet.codes[rows])
    one, other = met // len(facet), met % len(facet) + persons
    fixed = np.concatenate([np.flatnonzero(anchored[0]), persons + np.flatnonzero(anchored[1])])
    one = np.concatenate([one, fixed[:-1]])  # what is anchored stands on one scale
    other = np.concatenate([other, fixed[1:]])
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(nodes, nodes))
    _, label = connected_components(graph, directed=False)
    part = label[persons:].astype(np.int64)
    present = np.zeros(len(facet), dtype=np.bool_)
    present[facet.codes[rows]] = True
    numbers = np.unique(part[present], return_inverse=True)[1]
    result = np.full(len(facet), -1)
    result[present] = numbers
    return result


def _tied(
    responses: Responses, rows: BoolArray, anchored_persons: BoolArray, freedom: Freedom
) -> dict[str, list[list[object]]]:
    """Groups of elements that persons' graphs do not tell apart but the whole design does."""
    matrix = _normal_equations(responses, rows, anchored_persons, freedom)
    scale = np.sqrt(np.maximum(matrix.diagonal(), SINGULAR))
    matrix /= np.outer(scale, scale)
    if not len(matrix) or _positive(matrix):
        return {}
    size, vectors = np.linalg.eigh(matrix)
    null = vectors[:, size < SINGULAR * len(matrix)] / scale[:, None]
    shifts = freedom.spread[: responses.starts[-1]][:, : len(matrix)] @ null
    shifts /= np.abs(shifts).max(initial=1e-300)
    groups = {}
    for facet, start in zip(responses.facets[1:], responses.starts, strict=False):
        own = np.round(shifts[start : start + len(facet)], 6)
        present = np.bincount(facet.codes[rows], minlength=len(facet)) > 0
        part = np.full(len(facet), -1)
        part[present] = np.unique(own[present], axis=0, return_inverse=True)[1].ravel()
        if part.max() > 0:
            groups[facet.name] = _members(facet, part)
    return groups


def _normal_equations(
    responses: Responses, rows: BoolArray, anchored_persons: BoolArray, freedom: Freedom
) -> FloatArray:
    """X'X of all facets but the person, persons eliminated, in the free parameters."""
    from scipy.sparse import csr_array, diags_array

    chosen = np.flatnonzero(rows)
    person, *others = [facet.codes[chosen] for facet in responses.facets]
    columns = np.column_stack(
        [start + codes for start, codes in zip(responses.starts, others, strict=False)]
    )
    shape = (len(chosen), responses.starts[-1])
    begin = np.arange(len(chosen) + 1) * columns.shape[1]
    design: csr_array = csr_array((np.ones(columns.size), columns.ravel(), begin), shape=shape)
    free = freedom.spread[: responses.starts[-1]]
    free = free[:, np.flatnonzero(np.asarray(abs(free).sum(axis=0)) > 0)]
    persons = csr_array(
        (np.ones(len(chosen)), (person, np.arange(len(chosen)))),
        shape=(len(responses.facets[0]), len(chosen)),
    )
    met = persons @ design
    count = np.bincount(person, minlength=len(responses.facets[0]))
    inverse = np.where((count > 0) & ~anchored_persons, 1.0 / np.maximum(count, 1), 0.0)
    full = (design.T @ design).toarray() - (met.T @ diags_array(inverse) @ met).toarray()
    return np.asarray(free.T @ (free.T @ full).T)


def _positive(matrix: FloatArray) -> bool:
    try:
        pivots = np.linalg.cholesky(matrix).diagonal()
    except np.linalg.LinAlgError:
        return False
    return bool((np.square(pivots) > SINGULAR).all())


def _members(facet: Facet, part: IntArray) -> list[list[object]]:
    groups = [facet.labels[part == number].tolist() for number in range(int(part.max()) + 1)]
    return sorted(groups, key=len, reverse=True)


def _message(person: str, groups: Mapping[str, list[list[object]]]) -> str:
    lines = ["The design is not connected: some groups share nothing with the others, so that"]
    lines[0] += " a difference between groups could be put down to who rates or to who is rated."
    for facet, members in groups.items():
        lines.append(f"  {facet}: {len(members)} groups that cannot be compared with one another")
        lines += [f"    group {number}: {listed(group)}" for number, group in enumerate(members, 1)]
    lines.append(
        f"  To link them, let some of the same {person} be rated across the groups, anchor "
        "elements of each group (fixed=), or analyse each group by itself."
    )
    return "\n".join(lines)
