"""What a picture or a page is of: its groups in their own order, its period, its n."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fidelity import words

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.analyses.scores import GroupScores

ALL = "(all)"
_ROLE = "rater_role"
#: Ids that people call items by; others repeat the wording.
_NUMBERED = re.compile(r"[a-z]{1,3}[0-9]{1,2}")


@dataclass(frozen=True)
class Group:
    """One group of a result.

    Attributes:
        keys: its values in the columns of `GroupScores.by`.
        label: what stands over its column or beside its row.
        whole: whether it is all pieces (of one role, where there are several).
        role: who scored, where several roles did.
    """

    keys: tuple[str, ...]
    label: str
    whole: bool
    role: str = ""

    def rows(self, table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
        """Its rows of a table of the result."""
        for name, key in zip(by, self.keys, strict=True):
            table = table[table[name] == key]
        return table


def groups(scores: GroupScores) -> list[Group]:
    """The groups in the order of the table, and last the whole; never sorted by score."""
    by = scores.by
    if not by:
        return [Group((), "All", True)]
    seen = dict.fromkeys(zip(*(scores.table[name].astype(str) for name in by), strict=True))
    found = [_group(keys, by) for keys in seen]
    return sorted(found, key=lambda group: group.whole)


def wholes(scores: GroupScores) -> list[Group]:
    """All pieces as one group; one a role where several roles scored."""
    return [group for group in groups(scores) if group.whole]


def _group(keys: tuple[str, ...], by: Sequence[str]) -> Group:
    named = dict(zip(by, keys, strict=True))
    role = str(named.pop(_ROLE, "")).replace("_", " ")
    whole = all(key == ALL for key in named.values())
    parts = ["All"] if whole else [str(key) for key in named.values()]
    return Group(tuple(keys), " / ".join([*parts, *([role] if role else [])]), whole, role)


def counted_assessments(scores: GroupScores) -> pd.DataFrame:
    """The assessments that count, one row a piece (and role)."""
    return scores.assessments[scores.assessments["counted"].astype(bool)]


def day(value: date) -> str:
    """A date as people write it: 3 March 2026."""
    return f"{value.day} {value:%B %Y}"


def period(scores: GroupScores) -> str:
    """First to last date of the practice that was looked at, "" where no date is recorded."""
    table = counted_assessments(scores)
    dates = table["date"].dropna() if "date" in table else ()
    if not len(dates):
        return ""
    first, last = min(dates), max(dates)
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def pieces(scores: GroupScores) -> int:
    """How many pieces count."""
    return int(counted_assessments(scores)["piece"].nunique())


def subtitle(scores: GroupScores, measure: str, place: str = "") -> str:
    """Measure, place, period and n, for the line below a title."""
    when = period(scores) or "dates not recorded"
    parts = (measure, place, when, words.pieces(scores.rubric, pieces(scores)))
    return " · ".join(part for part in parts if part)


def item_label(item: str, text: str) -> str:
    """An item as pages print it: an id such as "d1" in capitals, then its wording."""
    return f"{item.upper()} {text}" if _NUMBERED.fullmatch(item) else text
