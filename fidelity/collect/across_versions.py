"""Ratings of two versions of one rubric, brought together through a crosswalk.

Versions are never trended across in silence. What both versions ask is put under one rubric of
its own (`fidelity.rubric.derived.common_form`), whose version and fingerprint say so; what only one
of them asks is left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pandas as pd

from fidelity.collect.gate import collected
from fidelity.collect.ratings import Ratings
from fidelity.collect.source import Source
from fidelity.errors import UsageError
from fidelity.rubric.crosswalk import Walk
from fidelity.rubric.model import Rubric

#: Says with which version an assessment was scored, in what comes out.
VERSION = "scored_with"


def across_versions(old: Ratings, new: Ratings, walk: Walk) -> Ratings:
    """Put ratings of an old and a new version of a rubric together.

    Args:
        old: ratings of the version that the crosswalk comes from.
        new: ratings of the version that it leads to.
        walk: the crosswalk.

    Returns:
        `Ratings` of the items that both versions ask, old levels carried over as the crosswalk
        says. `assessments` has the column `scored_with`.

    Raises:
        UsageError: ratings of other versions than those of the crosswalk.
        RatingsError: the two hold the same assessment.
    """
    for ratings, rubric in ((old, walk.old), (new, walk.new)):
        if ratings.rubric.fingerprint != rubric.fingerprint:
            raise UsageError(
                f"{ratings.name} was scored with {ratings.rubric.label}, and this crosswalk joins "
                f"{walk.old.label} and {walk.new.label}. Give the ratings of these two."
            )
    steps = walk.steps
    names = {name: step.new for name, step in steps.items()}
    levels = {name: step.levels for name, step in steps.items() if step.levels}
    kept = {step.new: step.new for step in steps.values()}
    tables = [_table(old, names, levels), _table(new, kept, {})]
    joined = pd.concat(tables, ignore_index=True)
    return Ratings(joined, walk.common, source=Source(f"{old.name} and {new.name}"))


def _table(
    ratings: Ratings, names: Mapping[str, str], levels: Mapping[str, Mapping[str, int]]
) -> pd.DataFrame:
    """A long table as it was read, with items and levels as the crosswalk says."""
    table = collected(ratings.frame)
    table = table[table["item"].isin(list(names))]
    value = [
        _value(level, code, item, ratings.rubric, levels.get(item, {}))
        for level, code, item in zip(table["level"], table["code"], table["item"], strict=True)
    ]
    own = [
        name
        for name in map(str, table)
        if name in {"level", "code", "value", "rubric", "rubric_version"} or name.startswith("_")
    ]
    table = table.drop(columns=own).assign(
        item=table["item"].map(names), value=pd.Series(value, table.index, dtype="string")
    )
    return table if VERSION in table else table.assign(**{VERSION: ratings.rubric.version})


def as_table(joined: Ratings) -> pd.DataFrame:
    """Joined ratings as a long table for a file, marked with the version that they are read with.

    The mark makes every reader refuse the file under either of the two versions.
    """
    table = _table(joined, {name: name for name in joined.rubric.items}, {})
    return table.assign(rubric=joined.rubric.id, rubric_version=joined.rubric.version)


def _value(
    level: object, code: object, item: str, rubric: Rubric, levels: Mapping[str, int]
) -> str | None:
    """What was answered, as it would be written under the new version."""
    if level is None or pd.isna(level):  # type: ignore[call-overload]
        return None if code is None or pd.isna(code) else str(code)  # type: ignore[call-overload]
    given = Fraction(int(level), rubric.scale_of(item).unit)  # type: ignore[call-overload]
    text = str(given.numerator) if given.denominator == 1 else f"{float(given):g}"
    return str(levels[text]) if text in levels else text
