"""What leaders will do: from a learning log, or lines to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fidelity.errors import UsageError
from fidelity.present.figure import plain
from fidelity.present.table import Table, rows_of, to_fill_in
from fidelity.words import item_label

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.rubric.model import Rubric

PLANS = to_fill_in("To fill in: what we will do", ("Action", "Owner", "By when"), 3)
#: Actions on the first page; the others stand overleaf.
_FIRST = 3
_NEEDED = ("item", "owner", "date")


def plans(log: pd.DataFrame | None, rubrics: list[Rubric]) -> tuple[Table, Table | None]:
    """The table of the first page, and all actions overleaf where the first has no room for them.

    Args:
        log: as `read_log` gives it: item, owner and date, and perhaps action, team, expected,
            review_on and done; None for none.
        rubrics: whose items the log may name.

    Raises:
        UsageError: a column that is needed is missing.
    """
    if log is None or log.empty:
        return PLANS, None
    missing = [name for name in _NEEDED if name not in log]
    if missing:
        raise UsageError(
            f"The learning log has no column {', '.join(missing)}. It needs item, owner and date; "
            "action, team and expected may stand beside them."
        )
    rows = list(_rows(log, rubrics))
    short = rows_of("What we will do", ["Action", "Owner", "By when"],
                    [row[:3] for row in rows[-_FIRST:]], numeric=(False,) * 3)  # fmt: skip
    if len(rows) <= _FIRST and not any(row[3] for row in rows):
        return short, None
    full = rows_of("All actions agreed", ["Action", "Owner", "By when", "What we expect"], rows,
                   numeric=(False,) * 4)  # fmt: skip
    return short, full


def _rows(log: pd.DataFrame, rubrics: list[Rubric]) -> Iterator[list[str]]:
    """In the order in which they were agreed; what is done is left out."""
    import pandas as pd

    held = log.assign(_day=pd.to_datetime(log["date"], errors="coerce"))
    if "done" in held:
        held = held[held["done"].astype("string").fillna("no") != "yes"]
    for _, row in held.sort_values("_day", kind="stable").iterrows():
        review = _day(pd.to_datetime(row.get("review_on", pd.NaT), errors="coerce"))
        agreed = _day(row["_day"])
        when = f"look again on {review}" if review else f"agreed on {agreed}" if agreed else ""
        yield [_action(row, rubrics), _text(row, "owner"), when, _text(row, "expected")]


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%B %Y}" if day == day else ""  # NaT is not itself


def _action(row: pd.Series[Any], rubrics: list[Rubric]) -> str:
    item = _text(row, "item") or _text(row, "measure")
    named = next((r.items[item].text for r in rubrics if item in r.items), "")
    label = item_label(item, named) if named else item
    action, team = _text(row, "action"), _text(row, "team")
    text = f"{label}: {action}" if action and label else action or label
    return f"{text} ({team})" if team else text


def _text(row: pd.Series[Any], name: str) -> str:
    import pandas as pd

    value = row.get(name, "")
    return "" if pd.isna(value) else plain(value)
