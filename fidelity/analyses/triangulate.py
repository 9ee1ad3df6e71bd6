"""Do our sources agree?

A file says what was written down, a visit what was done, a family what it met, staff what they
believe they do. Each sees something else. Here they stand side by side on the matters that they
share (themes: the child's voice, the worry named, the family's own people, ...), and where two of
them part is named. Nobody is taken to be right: a difference is a question to look into.

* **The footing.** Rubrics have different scales, so each answer is a share of its own scale (0 the
  lowest level, 1 the highest). That makes figures alike in form alone: levels are described in
  different words. A difference between two sources on all themes may therefore lie in the scales;
  where they part beyond that is told apart from it.
* **Linked by case** where at least ten families are known to both sources: the same families are
  compared, and whether the two put them in the same order. Otherwise all pieces of the one stand
  beside all pieces of the other, and that is said.
* **Roles are never pooled.** Parent and child, self and independent stand each for themselves.
* **Those who replied may differ** from those who did not. How many were asked is printed if known.

Sources: two-sided tests from cluster-robust (CR2) differences, false discoveries held over all
themes and pairs (Benjamini & Hochberg 1995); differences beyond the general one by a jackknife
over clusters; order by Spearman's rho. That who rates matters: see `triangulate_words.WHO_RATES`.
Which items make a theme: `rubrics/themes/themes.yaml`, local.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from fidelity.analyses import triangulate_words
from fidelity.analyses.triangulate_pairs import ORDER_COLUMNS, PAIR_COLUMNS, orders, pairs
from fidelity.analyses.triangulate_sources import STANDING_COLUMNS, Source, sources, standings
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.themes import Themes, read_themes

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

#: Asked, reached, answered.
Reached = Sequence[int]


@dataclass(frozen=True, eq=False, repr=False)
class Triangulation(Result):
    """Sources side by side.

    `to_frame()` has one row a theme and source: `theme`, `title`, `source`, `role`, `rubric`,
    `group`, `items` (ids), `estimate` mean share of the scale with `lower` and `upper`, `n_pieces`,
    `n_clusters`, `n_missing`, `top` (share of answers that are the top answer), `ceiling` (over
    80%), `reason`. Groups, where asked for, follow the whole, in the order of their names.

    Attributes:
        pairs: one row a pair of sources and theme: `estimate`, `lower`, `upper` of first minus
            second, `beyond` with limits (less the general difference of the pair), `linked`
            (whether the same cases are compared), `n_first`, `n_second` (pieces, or cases where
            linked), `n_clusters`, `p`, `q`, `q_beyond`, `finding` (differ, no difference can be
            told, too few to say), `apart_beyond`, `reason`. The row with theme `(all)` is the
            general difference over the themes that both know.
        order: one row a pair: rank correlation over linked cases with limits and `n_cases`.
        sources: what each is, in the order in which they were given.
        replies: asked, reached and answered, where known.
    """

    pairs: pd.DataFrame = field(default_factory=pd.DataFrame)
    order: pd.DataFrame = field(default_factory=pd.DataFrame)
    sources: tuple[Source, ...] = ()
    replies: Mapping[str, Reached] = field(default_factory=dict)

    def plot(self, ax: Any = None) -> Picture:
        """Every theme with each source's mark and interval, with alt text and data."""
        from fidelity.present.triangulate_pictures import sources_by_theme

        return sources_by_theme(self, ax=ax)


def triangulate(
    given: Mapping[str, Ratings],
    *,
    themes: Themes | None = None,
    by: str | None = None,
    replies: Mapping[str, Reached] | None = None,
    selection: str = "random",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> Triangulation:
    """Put sources side by side.

    Args:
        given: ratings by the name of their source: {"file": a, "visit": b, "parent": c}. Where
            several roles scored, a source named like a role is that role alone; any other name
            becomes one source a role.
        themes: which items ask about the same matter; `fidelity.read_themes()` if not given.
        by: a group column, such as team, for the table; sources without it are shown as a whole.
        replies: by source, how many were asked, reached, and answered.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        confidence: coverage of the intervals; its complement is the false-discovery rate.

    Raises:
        UsageError: fewer than two sources, unvalidated input, a name in `replies` that is no
            source, counts that do not go down.

    Reads: `fidelity.tables.answers` of each, one row an assessment.
    """
    matched = read_themes() if themes is None else themes
    found = sources(given, matched, selection=selection, cluster=cluster)
    known = dict({} if replies is None else replies)
    _check_replies(known, found)
    result = Triangulation(
        pd.DataFrame(standings(found, matched, by, confidence), columns=list(STANDING_COLUMNS)),
        (),
        method_of(
            "triangulation", "; ".join(f"{s.name}: {s.footing.rubric.label}" for s in found),
            themes=f"{matched.id} {matched.version}", by=by, selection=selection, cluster=cluster,
            confidence=confidence, interval="CR2, Satterthwaite; cluster jackknife",
        ),
        pd.DataFrame(pairs(found, matched, confidence), columns=list(PAIR_COLUMNS)),
        pd.DataFrame(orders(found, confidence), columns=list(ORDER_COLUMNS)),
        found, known,
    )  # fmt: skip
    return replace(result, sentences=tuple(triangulate_words.sentences(result, matched)))


def _check_replies(replies: Mapping[str, Reached], found: tuple[Source, ...]) -> None:
    names = [source.name for source in found]
    for name, counts in replies.items():
        if name not in names:
            raise UsageError(f'replies: no source "{name}"; there are: {", ".join(names)}.')
        if len(counts) != 3 or list(counts) != sorted(counts, reverse=True) or min(counts) < 0:
            raise UsageError(
                f'replies of "{name}": {counts}; allowed: how many were asked, reached and '
                "answered, none more than the one before, for instance (64, 40, 18)."
            )
