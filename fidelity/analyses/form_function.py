"""Is the form there without the function?

A service may copy what can be seen from outside (the map is filled in, the meeting is held, the
purpose is said) and leave out what the form is for. One director called it being asked "how to
set the desks out". Every item of a rubric is tagged as surface form or core function; here the
two stand side by side in each piece of practice.

Both are shares of the scale: 0 the lowest level, 1 the highest. Surface items may simply be the
easier ones, or their descriptions more generous; so a difference shows where to look, and not
that anybody put on a show. What tells more is whether it differs between kinds of pieces, and in
how many pieces form is there and function is not.

A rubric may hold items of one kind alone: the checklist of a systemic unit is form throughout,
and is to be read beside the supervision and the visits of the same unit, never alone.

Sources: A. Wood in Community Care, December 2018 (the "desks"); which item is surface or core is
said by each rubric and is local; `fidelity.statistics.clusters` for the intervals. The limits of
"there" and "not" are those of the bands "close to the model" (4.00 of 1 to 5) and "not yet" (under
3.00), borrowed from adult mental health programmes; to use them here is local.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import form_function_words
from fidelity.collect.ratings import Ratings
from fidelity.counted import group_columns, labels
from fidelity.errors import UsageError
from fidelity.footing import Footing, footings
from fidelity.results import Result, method_of
from fidelity.statistics.cluster_regression import cluster_regression, p_value
from fidelity.statistics.clusters import cluster_mean, cluster_share
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted
from fidelity.words import TOO_FEW

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

ALL = "(all)"
#: Share of the scale from which form is there, and under which function is not.
THERE, NOT = 0.75, 0.50
AHEAD, BEHIND, ALIKE = "form ahead of function", "function ahead of form", "no difference"
FEW, ONE_KIND, NO_ITEMS = "too few to say", "one kind of item only", "no levels to average"
COLUMNS = (
    "rubric", "role", "group", "surface", "surface_lower", "surface_upper", "core", "core_lower",
    "core_upper", "estimate", "lower", "upper", "form_only", "form_only_lower",
    "form_only_upper", "n_form_only", "n_pieces", "n_clusters", "n_missing", "n_surface", "n_core",
    "p", "q", "finding", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class FormFunction(Result):
    """Form beside function.

    `to_frame()` has one row a rubric, role and group, the whole as `(all)` first and groups in
    the order of their names: `surface` and `core` mean share of the scale with `_lower` and
    `_upper`; `estimate`, `lower`, `upper`: surface minus core within a piece, cluster-robust;
    `form_only`: share of pieces in which form is there and function is not, with interval and
    `n_form_only` (in how many); `n_pieces` with both, `n_clusters`, `n_missing` (counted pieces in
    which too few items of either kind are answered), `n_surface` and `n_core` items, `p` and `q`
    (false discoveries held over the wholes, and over the groups of each), `finding`, `reason`.

    Attributes:
        pieces: one row a piece: rubric, role, piece, surface, core, difference, form_only.
        titles: heading of each rubric.
    """

    pieces: pd.DataFrame = field(default_factory=pd.DataFrame)
    titles: Mapping[str, str] = field(default_factory=dict)

    def plot(self, ax: Any = None) -> Picture:
        """Form and function side by side with intervals, with alt text and data."""
        from fidelity.present.form_function_pictures import form_beside_function

        return form_beside_function(self, ax=ax)


def form_function(
    ratings: Ratings | Sequence[Ratings] | Mapping[str, Ratings],
    *,
    by: str | None = None,
    there: float = THERE,
    not_there: float = NOT,
    record: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> FormFunction:
    """Compare surface items with core items in each piece.

    Args:
        ratings: checked ratings; of several rubrics as a list or by name.
        by: a group column, such as team; left out where a rubric's file has none.
        there: share of the scale from which form is there.
        not_there: share of the scale under which function is not.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        confidence: coverage of the intervals.

    Raises:
        UsageError: unvalidated input, a group column that no file has, or limits that cross.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    if not 0 < not_there <= there <= 1:
        raise UsageError(
            f"there={there}, not_there={not_there}; allowed: shares of the scale from 0 to 1, "
            "not_there no more than there."
        )
    held = [
        footing for each in _several(ratings)
        for footing in footings(each, "form_function", record=record, selection=selection,
                                cluster=cluster)
    ]  # fmt: skip
    _check_groups(held, by)
    parts = [_compared(footing, there, not_there) for footing in held]
    rows = _judged([row for part in parts for row in _rows(part, by, confidence)], confidence)
    labels_of = ", ".join(dict.fromkeys(footing.rubric.label for footing in held))
    result = FormFunction(
        pd.DataFrame(rows, columns=list(COLUMNS)), (),
        method_of(
            "form and function", labels_of, by=by, there=there, not_there=not_there, record=record,
            selection=selection, cluster=", ".join(sorted({f.cluster for f in held})),
            confidence=confidence, interval="CR2, Satterthwaite; Wilson on n/deff",
        ),
        pd.concat([part.pieces for part in parts], ignore_index=True),
        {footing.rubric.id: footing.rubric.title for footing in held},
    )  # fmt: skip
    return replace(result, sentences=tuple(form_function_words.sentences(result, held)))


def _several(given: object) -> list[Ratings]:
    if isinstance(given, Mapping):
        return list(given.values())
    if isinstance(given, Sequence) and not isinstance(given, str):
        return list(given)
    return [given]  # type: ignore[list-item]  # footings() refuses what is no Ratings


def _check_groups(held: Sequence[Footing], by: str | None) -> None:
    """A column that some file has is enough: a rubric without it is shown as a whole."""
    if by is not None and held and not any(by in footing.table for footing in held):
        group_columns(held[0].table, by)


@dataclass(frozen=True, eq=False)
class _Compared:
    """One rubric and role, piece by piece."""

    footing: Footing
    surface: tuple[str, ...]
    core: tuple[str, ...]
    pieces: pd.DataFrame


def _compared(footing: Footing, there: float, not_there: float) -> _Compared:
    tags = {item: footing.rubric.items[item].tags for item in footing.items}
    surface, core = (
        tuple(item for item in footing.items if kind in tags[item]) for kind in ("surface", "core")
    )
    least = float(footing.rubric.least_share)
    form, function = footing.mean(surface, least), footing.mean(core, least)
    both = ~np.isnan(form) & ~np.isnan(function)
    only = both & (form >= there - 1e-9) & (function < not_there - 1e-9)
    pieces = pd.DataFrame({
        "rubric": footing.rubric.id, "role": footing.role, "piece": footing.table["piece"],
        "surface": form, "core": function, "difference": form - function, "form_only": only,
    })  # fmt: skip
    return _Compared(footing, surface, core, pieces)


def _rows(part: _Compared, by: str | None, confidence: float) -> Iterator[dict[str, Any]]:
    """The whole, then each group in the order of the names; never by what was found."""
    everything = np.ones(len(part.pieces), bool)
    yield _row(part, ALL, everything, confidence)
    if by is not None and by in part.footing.table:
        key = labels(part.footing.table[by])
        for name in sorted(set(key)):
            yield _row(part, str(name), key == name, confidence)


def _row(
    part: _Compared, group: str, mine: npt.NDArray[np.bool_], confidence: float
) -> dict[str, Any]:
    pieces, footing = part.pieces[mine], part.footing
    clusters = footing.clusters[mine]
    wanted = [k for k, items in (("surface", part.surface), ("core", part.core)) if items]
    use = pieces[wanted].notna().all(axis=1).to_numpy() if wanted else np.zeros(len(pieces), bool)
    n = int(use.sum())
    form, function = (
        _mean(pieces[kind].to_numpy(np.float64)[use], clusters[use], confidence)
        for kind in ("surface", "core")
    )
    both = len(wanted) == 2 and n >= TOO_FEW
    apart, p = _difference(pieces["difference"].to_numpy(np.float64)[use] if both else np.empty(0),
                           clusters[use], confidence)  # fmt: skip
    only = Estimate(math.nan)
    if both:
        only = cluster_share(pieces["form_only"].to_numpy()[use], clusters[use], None, confidence)
    return {
        "rubric": footing.rubric.id, "role": footing.role, "group": group,
        "surface": form.value, "surface_lower": form.lower, "surface_upper": form.upper,
        "core": function.value, "core_lower": function.lower, "core_upper": function.upper,
        "estimate": apart.value, "lower": apart.lower, "upper": apart.upper,
        "form_only": only.value, "form_only_lower": only.lower, "form_only_upper": only.upper,
        "n_form_only": int(pieces["form_only"].sum()), "n_pieces": n,
        "n_clusters": len(set(clusters[use])), "n_missing": len(pieces) - n,
        "n_surface": len(part.surface), "n_core": len(part.core), "p": p, "q": math.nan,
        "finding": (NO_ITEMS, ONE_KIND, FEW)[len(wanted)], "reason": _reason(part, n, apart),
    }  # fmt: skip


def _mean(
    values: npt.NDArray[np.float64], clusters: npt.NDArray[np.object_], confidence: float
) -> Estimate:
    """A mean whose interval ends where the scale ends; NaN of too few."""
    if len(values) < TOO_FEW or np.isnan(values).any():
        return Estimate(math.nan, n=len(values))
    found = cluster_mean(values, clusters, confidence=confidence)
    return replace(found, lower=max(found.lower, 0.0), upper=min(found.upper, 1.0))


def _difference(
    values: npt.NDArray[np.float64], clusters: npt.NDArray[np.object_], confidence: float
) -> tuple[Estimate, float]:
    """The mean difference within a piece, and its p-value against 0."""
    if not len(values):
        return Estimate(math.nan), math.nan
    fit = cluster_regression(values, np.ones(len(values)), clusters)
    found = fit.estimate([1.0], confidence, "mean difference, CR2")
    return found, p_value(found, fit.degrees([1.0])) if found.bounded else math.nan


def _judged(rows: list[dict[str, Any]], confidence: float) -> list[dict[str, Any]]:
    """Findings with false discoveries held: over the wholes, and over the groups of each."""
    families: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        whole = row["group"] == ALL
        families.setdefault(() if whole else (row["rubric"], row["role"]), []).append(row)
    for family in families.values():
        for row, q in zip(family, adjusted([row["p"] for row in family]), strict=True):
            row["q"] = float(q)
            if not math.isnan(q):
                told = AHEAD if row["estimate"] > 0 else BEHIND
                row["finding"] = told if q < 1 - confidence else ALIKE
    return rows


def _reason(part: _Compared, n: int, apart: Estimate) -> str:
    if not part.surface and not part.core:
        return "the rubric's levels are not averaged"
    for items, kind in ((part.core, "surface"), (part.surface, "core")):
        if not items:
            return f"the rubric has {kind} items only: to be read beside another"
    if n < TOO_FEW:
        return f"{n} pieces with both kinds answered; {TOO_FEW} are needed"
    return apart.reason
