"""Which assessments of a score count, in which groups, with what their intervals need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.counted import Counted, default_cluster, labels
from fidelity.errors import UsageError
from fidelity.scoring import Scores
from fidelity.tables import Answers

ALL = "(all)"


@dataclass(frozen=True, eq=False)
class Group:
    """One row of groups: its labels and the positions of its assessments among the counted."""

    labels: tuple[str, ...]
    rows: npt.NDArray[np.intp]
    whole: bool


@dataclass(frozen=True, eq=False)
class Sample:
    """The counted assessments with their scores and what intervals need."""

    table: pd.DataFrame
    scores: Scores
    answers: Answers
    cluster: npt.NDArray[np.intp]
    weight: npt.NDArray[np.float64] | None
    strata: npt.NDArray[np.object_] | None
    sizes: dict[str, int]
    confidence: float


def sample_of(
    assessments: pd.DataFrame, given: Answers, scores: Scores, chosen: Counted,
    cluster: str | None, frame: pd.DataFrame | None, confidence: float,
) -> Sample:  # fmt: skip
    """The assessments that count, with their scores.

    Raises:
        UsageError: no such column to cluster by; a stratum that is missing or not in the frame.
    """
    rows = chosen.rows
    table = assessments.iloc[rows].reset_index(drop=True)
    name = cluster or default_cluster(table)
    if name not in table:
        raise UsageError(f'No column "{name}" to cluster by.')
    strata, weight = None, None
    sizes: dict[str, int] = {}
    if frame is not None:
        strata, sizes = _strata(table, frame)
        drawn = pd.Series(strata).map(pd.Series(strata).value_counts()).to_numpy(np.float64)
        weight = np.array([sizes[stratum] for stratum in strata], np.float64) / drawn
    measures = {
        key: replace(
            measure, value=measure.value[rows], reason=measure.reason[rows],
            lowest=measure.lowest[rows], highest=measure.highest[rows],
            parts=tuple(replace(p, top=p.top[rows], below=p.below[rows]) for p in measure.parts),
        )
        for key, measure in scores.measures.items()
    }  # fmt: skip
    picked = replace(
        scores, measures=measures,
        band=None if scores.band is None else scores.band[rows],
        band_before_caps=None if scores.band is None else scores.band_before_caps[rows],  # type: ignore[index]
        must_haves_not_seen=scores.must_haves_not_seen[rows],
    )  # fmt: skip
    mine = replace(given, states=given.states[rows], levels=given.levels[rows])
    nested = pd.factorize(labels(table[name]))[0]
    return Sample(table, picked, mine, nested, weight, strata, sizes, confidence)


def _strata(
    table: pd.DataFrame, frame: pd.DataFrame
) -> tuple[npt.NDArray[np.object_], dict[str, int]]:
    if "stratum" not in table or table["stratum"].isna().any():
        raise UsageError(
            "A frame was given, but not every piece names its stratum; add the column stratum."
        )
    sizes = {str(s): int(n) for s, n in zip(frame["stratum"], frame["N"], strict=True)}
    unknown = sorted(set(table["stratum"]) - set(sizes))
    if unknown:
        raise UsageError(f"Strata that the frame does not name: {', '.join(unknown)}.")
    return table["stratum"].to_numpy(dtype=object), sizes


def roles_in(sample: Sample, group: Group) -> set[str]:
    """The roles of those who rated in a group: what is asked of others has no place in it."""
    if "rater_role" not in sample.table:
        return {""}
    return set(sample.table["rater_role"].iloc[group.rows].fillna("").astype(str))


def groups_of(table: pd.DataFrame, by: list[str], chosen: Counted) -> Iterator[Group]:
    """Each group in order of appearance of its label, then all; for each role apart."""
    roles = sorted(set(chosen.role)) or [""]
    several = len(roles) > 1
    for role in roles:
        mine = np.flatnonzero(chosen.role == role)
        tail = (str(role) or "(not recorded)",) if several else ()
        if by:
            keys = pd.MultiIndex.from_arrays([labels(table[name].iloc[mine]) for name in by])
            codes, found = pd.factorize(keys, sort=True)
            for code, label in enumerate(found):
                words = tuple(str(part) for part in label) if len(by) > 1 else (str(label[0]),)
                yield Group((*words, *tail), mine[codes == code], whole=False)
        yield Group((*(ALL for _ in by), *tail), mine, whole=not several)
