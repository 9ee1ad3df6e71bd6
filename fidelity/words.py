"""Words and figures that the sentences of every analysis share."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from fidelity.rubric.model import Rubric

#: What one piece is called, by what the rubric looks at: one, several.
NOUNS = {
    "case_file": ("file", "files"),
    "direct_practice": ("observation", "observations"),
    "supervision": ("session", "sessions"),
    "family": ("reply", "replies"),
    "staff": ("reply", "replies"),
    "organisation": ("assessment", "assessments"),
}
#: Under this number nothing is said about practice, and no pair of levels is singled out.
TOO_FEW = 5
#: Ids that people call items by; others repeat the wording.
_NUMBERED = re.compile(r"[a-z]{1,3}[0-9]{1,2}")


def pieces(rubric: Rubric, n: int) -> str:
    """A number of pieces with their noun: "1 file", "20 files"."""
    one, several = NOUNS[rubric.looks_at]
    return counted_as(n, one, several)


def counted_as(n: int, one: str, several: str = "") -> str:
    """A number with its noun: "1 rater", "1,200 raters"."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def several(cluster: str) -> str:
    """What pieces are nested in, as a plural: "practitioners"."""
    return f"{cluster.replace('_', ' ')}s"


def main_mean(rubric: Rubric) -> str:
    """Id of the mean that is told first: the first composite, else the first component; or ""."""
    means = [c.id for c in rubric.composites] or [c.id for c in rubric.components if c.mean]
    return means[0] if means else ""


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{100 * share:.0f}%"


def in_figures(estimate: float, lower: float, upper: float, decimals: int = 2) -> str:
    """A number with its interval, for brackets: "0.45, 0.21 to 0.69"."""
    told = f"{estimate:.{decimals}f}"
    if math.isnan(lower):
        return f"{told}, no interval can be given"
    return f"{told}, {lower:.{decimals}f} to {upper:.{decimals}f}"


def signed(number: float, decimals: int = 2) -> str:
    """A difference with its sign: "+0.45", "−0.21"; "0.00" has none."""
    told = f"{number:+.{decimals}f}"
    return (told[1:] if float(told) == 0 else told).replace("-", "−")


def in_words(estimate: float, lower: float, upper: float, decimals: int = 2) -> str:
    """A difference with its interval: "+0.45 (+0.21 to +0.69)"."""
    if math.isnan(lower):
        return f"{signed(estimate, decimals)} (no interval can be given)"
    ends = f"{signed(lower, decimals)} to {signed(upper, decimals)}"
    return f"{signed(estimate, decimals)} ({ends})"


def in_brackets(estimate: float, lower: float, upper: float, decimals: int = 2) -> str:
    """A difference with its interval, to stand in brackets: "+0.45, +0.21 to +0.69"."""
    if math.isnan(lower):
        return f"{signed(estimate, decimals)}, no interval can be given"
    ends = f"{signed(lower, decimals)} to {signed(upper, decimals)}"
    return f"{signed(estimate, decimals)}, {ends}"


def item_label(item: str, text: str) -> str:
    """An item as people call it: an id such as "d1" in capitals, then its wording."""
    return f"{item.upper()} {text}" if _NUMBERED.fullmatch(item) else text


def level_text(rubric: Rubric, item: str, level: int) -> str:
    """What a level of an item says: its description, else its label, else ""."""
    described = rubric.items[item].levels.get(str(level))
    if described:
        return described
    label = next((v.label for v in rubric.scale_of(item).levels if v.value == level), "")
    return "" if label == str(level) else label


def listed(words: Sequence[str]) -> str:
    """Words in a row: "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
