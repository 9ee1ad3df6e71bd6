"""The sources that are compared, and where each stands on each theme."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.counted import labels
from fidelity.errors import UsageError
from fidelity.footing import Floats, Footing, footings
from fidelity.rubric.themes import Themes
from fidelity.statistics.clusters import cluster_mean
from fidelity.words import TOO_FEW

ALL = "(all)"
#: From this share of top answers on, a source cannot show more (domain knowledge: local).
CEILING = 0.80
MOST = 8
STANDING_COLUMNS = (
    "theme", "title", "source", "role", "rubric", "group", "items", "estimate", "lower", "upper",
    "n_pieces", "n_clusters", "n_missing", "top", "ceiling", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Source:
    """One source: pieces of one rubric, scored by one role.

    Attributes:
        name: as it was given, with the role where several scored.
        footing: its pieces.
        items: the items that are matched with those of others, by theme.
        values: (pieces,) mean share of the scale of each theme's items, by theme.
    """

    name: str
    footing: Footing
    items: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Floats]

    @cached_property
    def case(self) -> npt.NDArray[np.object_] | None:
        """The case of each piece; None where none is recorded."""
        table = self.footing.table
        if "case" not in table or table["case"].isna().all():
            return None
        return table["case"].astype(object).where(table["case"].notna(), None).to_numpy(object)


def sources(
    given: Mapping[str, Ratings], themes: Themes, *, selection: str, cluster: str | None
) -> tuple[Source, ...]:
    """Each source, in the order in which they were given; each role by itself.

    Raises:
        UsageError: not two sources to compare, or too many.
    """
    if not isinstance(given, Mapping):
        raise UsageError(
            "triangulate() takes ratings by the name of their source, for instance "
            f'{{"file": a, "visit": b}}, not {type(given).__name__}.'
        )
    found = tuple(
        Source(name, footing, items, {theme: footing.mean(of) for theme, of in items.items()})
        for given_name, ratings in given.items()
        for name, footing in _named(str(given_name), ratings, selection, cluster)
        if len(footing) and (items := _asked(footing, themes))
    )
    if len(found) < 2 or len(found) > MOST:
        told = ", ".join(source.name for source in found) or "none"
        raise UsageError(
            f"Two to {MOST} sources are compared, each with pieces and with items in a theme; "
            f"found: {told}. Give ratings of rubrics that ask about the same matter; "
            "rubrics/themes/themes.yaml says which items do."
        )
    return found


def _named(
    name: str, ratings: Ratings, selection: str, cluster: str | None
) -> Iterator[tuple[str, Footing]]:
    """A source named like a role that scored is that role alone; else one source a role."""
    apart = footings(ratings, "triangulate", selection=selection, cluster=cluster)
    role = name.strip().lower().replace(" ", "_")
    if len(apart) > 1 and any(each.role == role for each in apart):
        yield from ((name, each) for each in apart if each.role == role)
    else:
        yield from ((name if each.alone else f"{name}: {each.who}", each) for each in apart)


def _asked(footing: Footing, themes: Themes) -> dict[str, tuple[str, ...]]:
    """The items of each theme that this role is asked."""
    found = {
        theme: tuple(item for item in items if item in footing.items)
        for theme, items in themes.of(footing.rubric.id).items()
    }
    return {theme: items for theme, items in found.items() if items}


def standings(
    found: tuple[Source, ...], themes: Themes, by: str | None, confidence: float
) -> Iterator[dict[str, Any]]:
    """One row a theme that two sources know, source and group."""
    if by is not None and not any(by in source.footing.table for source in found):
        raise UsageError(f'No source has a column "{by}" to group by.')
    for theme in shared(found, themes):
        for source in found:
            if theme not in source.items:
                continue
            for group, mine in _groups(source, by):
                yield _standing(source, theme, themes.titles[theme], group, mine, confidence)


def shared(found: tuple[Source, ...], themes: Themes) -> list[str]:
    """Themes that at least two sources know, in the order of their file."""
    return [t for t in themes.titles if sum(t in source.items for source in found) > 1]


def _groups(source: Source, by: str | None) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    yield ALL, np.ones(len(source.footing), bool)
    if by is not None and by in source.footing.table:
        key = labels(source.footing.table[by])
        for name in sorted(set(key)):
            yield str(name), np.asarray(key == name)


def _standing(
    source: Source, theme: str, title: str, group: str, mine: npt.NDArray[np.bool_],
    confidence: float,
) -> dict[str, Any]:  # fmt: skip
    value, footing = source.values[theme], source.footing
    use = mine & ~np.isnan(value)
    n = int(use.sum())
    mean = cluster_mean(value[use], footing.clusters[use], confidence=confidence)
    few = n < TOO_FEW
    answers = footing.shares[np.ix_(mine, np.array(footing.columns(source.items[theme])))]
    answers = answers[~np.isnan(answers)]
    top = float((answers > 1 - 1e-9).mean()) if answers.size and not few else math.nan
    return {
        "theme": theme, "title": title, "source": source.name, "role": footing.role,
        "rubric": footing.rubric.id, "group": group, "items": ", ".join(source.items[theme]),
        "estimate": math.nan if few else mean.value,
        "lower": math.nan if few else max(0.0, mean.lower),
        "upper": math.nan if few else min(1.0, mean.upper),
        "n_pieces": n, "n_clusters": mean.clusters, "n_missing": int(mine.sum()) - n, "top": top,
        "ceiling": bool(top > CEILING),
        "reason": f"{n} pieces; {TOO_FEW} are needed" if few else mean.reason,
    }  # fmt: skip


def by_case(source: Source, values: Floats) -> pd.DataFrame:
    """Mean of the values of each case, and the cluster of its first piece; case as index."""
    case = source.case
    if case is None:
        return pd.DataFrame({"value": [], "cluster": []})
    cluster = source.footing.clusters if source.footing.cluster != "piece" else case
    use = np.flatnonzero(~np.isnan(values) & pd.notna(case))
    codes, names = pd.factorize(case[use])
    first = np.unique(codes, return_index=True)[1]
    mean = np.bincount(codes, values[use]) / np.bincount(codes)
    return pd.DataFrame({"value": mean, "cluster": cluster[use][first]}, index=names)
