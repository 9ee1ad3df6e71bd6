"""Which rater reads which item unlike the others: one row a rater and item, and its sentences.

Each is a small question among very many, so that nothing is called before false-discovery control,
and the limits of what is called allow for its having been picked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fidelity.rubric.model import Rubric
from fidelity.statistics.rasch import RaschFit
from fidelity.words import counted_as, item_label, pieces

if TYPE_CHECKING:
    from fidelity.analyses.strictness import Strictness

STRICTLY, GENEROUSLY = "more strictly", "more generously"
ALIKE, TOO_FEW = "no difference can be told", "too few to tell"
READING_COLUMNS = (
    "group", "rater", "item", "text", "estimate", "lower", "upper", "finding", "n_pieces", "q",
    "reason",
)  # fmt: skip
_SHOWN = 8


def readings(group: int, fit: RaschFit, rubric: Rubric, least: int) -> pd.DataFrame:
    """One row a rater and item that somebody else scored on the same piece too."""
    found = fit.beside_others("rater", "item", least)
    side = np.where(found.value > 0, STRICTLY, GENEROUSLY)
    told = np.where(found.q < 1 - fit.confidence, side, ALIKE)
    few = found.n < least
    reason = np.where(few, f"under {least} pieces", "every difference is one and the same")
    table = pd.DataFrame({
        "group": group, "rater": found.first.astype(str), "item": found.second.astype(str),
        "text": [rubric.items[item].text for item in found.second.astype(str)],
        "estimate": found.value, "lower": found.lower, "upper": found.upper,
        "finding": np.where(np.isnan(found.value), TOO_FEW, told), "n_pieces": found.n,
        "q": found.q, "reason": np.where(np.isnan(found.value), reason, ""),
    }, columns=list(READING_COLUMNS))  # fmt: skip
    order = {item: place for place, item in enumerate(rubric.items)}
    return table.sort_values(
        ["rater", "item"], key=lambda c: c.map(order) if c.name == "item" else c,
        ignore_index=True,
    )  # fmt: skip


def sentences(result: Strictness) -> Iterator[str]:
    """Who reads what unlike the others, in the order of ids; or that none can be told."""
    table = result.readings
    known = table[table["estimate"].notna()]
    if known.empty:
        if len(table):
            yield (
                "Whether somebody reads one item unlike the others cannot be told: that takes "
                f"{result.method['least_pieces']} pieces on which somebody else scored it too."
            )
        return
    called = known[known["finding"].isin([STRICTLY, GENEROUSLY])]
    looked = counted_as(len(known), "pair of rater and item", "pairs of rater and item")
    if called.empty:
        reach = float(((known["upper"] - known["lower"]) / 2).median())
        yield (
            f"That somebody reads one item unlike the others cannot be told: of {looked}, none "
            "stands out once allowance is made for having looked at them all. A difference under "
            f"about {reach:.1f} of a level would mostly not show in so many pieces."
        )
        return
    yield (
        f"Of {looked}, {len(called)} {'stands' if len(called) == 1 else 'stand'} out beside others "
        "who scored the same pieces, beyond what general strictness explains and after allowing "
        f"for having looked at them all: {'; '.join(_told(result, called))}. Read that level "
        "description together: the others may be the ones who read it in another way."
    )


def _told(result: Strictness, called: pd.DataFrame) -> Iterator[str]:
    for _, row in called.iloc[:_SHOWN].iterrows():
        low, high = sorted(abs(row[limit]) for limit in ("lower", "upper"))
        yield (
            f"{row['rater']} reads \u201c{item_label(row['item'], row['text'])}\u201d "
            f"{row['finding']}, by {abs(row['estimate']):.2f} of a level "
            f"({low:.2f} to {high:.2f}; {pieces(result.rubric, int(row['n_pieces']))})"
        )
    if len(called) > _SHOWN:
        yield f"and {len(called) - _SHOWN} more, in the table of readings"
