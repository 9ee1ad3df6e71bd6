"""Which assessment of a piece counts, and which pieces speak for the whole.

One assessment a piece counts: the agreed one where there is one, else the only one with purpose
routine. Where several remain nothing is picked. Double and benchmark scorings never enter group
scores, since they would count some practice twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.columns import DRAWN_AT_RANDOM, NOT_RECORDED
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError

_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Counted:
    """The assessments that count.

    Attributes:
        rows: positions in `Ratings.assessments`.
        role: role of each; an agreed score stands under the role of the routine one it replaced.
        agreed: how many are agreed scores.
        left_out: how many pieces were left out because of how they were chosen, by selection.
        selection_known: whether every counted piece says how it was chosen.
    """

    rows: npt.NDArray[np.intp]
    role: npt.NDArray[np.object_]
    agreed: int
    left_out: dict[str, int]
    selection_known: bool


def counted(ratings: Ratings, *, record: str | None = None, selection: str = "random") -> Counted:
    """Pick one assessment a piece.

    Args:
        ratings: checked ratings.
        record: the role whose assessments count, where a piece has several.
        selection: "random" leaves out pieces that were chosen for a reason (thematic, concern,
            re-audit, chosen by the team); "all" keeps them.

    Raises:
        UsageError: pieces with several assessments; the message lists them and the roles.
    """
    if selection not in {"random", "all"}:
        raise UsageError(f'selection="{selection}"; allowed: "random" or "all".')
    table = ratings.assessments
    table["rater_role"] = _text(table, "rater_role", "")
    purpose = _text(table, "purpose", "routine").replace("", "routine")
    routine = purpose == "routine"
    if record is None:
        picked = _agreed_or_routine(table, purpose != "benchmark", routine)
    else:
        picked = (purpose != "benchmark") & (table["rater_role"] == record)
        _check_record(table, record, picked)
    _one_a_piece(table[picked])
    left_out, drawn = _drawn(table, picked, selection)
    rows = np.flatnonzero(picked & drawn)
    return Counted(
        rows,
        _roles(table, routine, rows),
        int((table["rater_role"].iloc[rows] == "agreed").sum()),
        left_out,
        bool("selection" in table and table["selection"].iloc[rows].notna().all()),
    )


def _text(table: pd.DataFrame, column: str, default: str) -> pd.Series[str]:
    if column not in table:
        return pd.Series(default, index=table.index, dtype=object)
    return table[column].astype(object).where(table[column].notna(), "")


def _agreed_or_routine(
    table: pd.DataFrame, usable: pd.Series[bool], routine: pd.Series[bool]
) -> pd.Series[bool]:
    agreed = usable & (table["rater_role"] == "agreed")
    settled = table["piece"].isin(table.loc[agreed, "piece"])
    return agreed | (routine & ~settled)


def _check_record(table: pd.DataFrame, record: str, picked: pd.Series[bool]) -> None:
    roles = sorted(set(table["rater_role"]) - {""})
    if record not in roles:
        found = ", ".join(roles) or "no role is recorded"
        raise UsageError(f'No assessment has the role "{record}"; the ratings hold: {found}.')
    if not picked.any():
        raise UsageError(f'All assessments with the role "{record}" are of benchmark pieces.')


def _one_a_piece(table: pd.DataFrame) -> None:
    several = table[table["piece"].duplicated(keep=False)]
    if several.empty:
        return
    pieces = several.groupby("piece")["rater_role"].agg(lambda roles: ", ".join(map(str, roles)))
    shown = "; ".join(f'"{p}" ({roles})' for p, roles in pieces.iloc[:_SHOWN].items())
    more = f" and {len(pieces) - _SHOWN} more" if len(pieces) > _SHOWN else ""
    roles = [role for role in sorted(set(several["rater_role"])) if role]
    remedy = (
        f'Say whose score counts, with record="<role>" (here: {", ".join(roles)}), or mark the '
        'others purpose "double".'
        if roles
        else 'Mark the second scorings purpose "double", or give each rater a rater_role.'
    )
    raise UsageError(
        f"{len(pieces)} pieces have several assessments that could count, and nothing is picked "
        f"for you: {shown}{more}. {remedy}"
    )


def _drawn(
    table: pd.DataFrame, picked: pd.Series[bool], selection: str
) -> tuple[dict[str, int], pd.Series[bool]]:
    everything = pd.Series(True, index=table.index)
    if selection == "all" or "selection" not in table:
        return {}, everything
    drawn = table["selection"].isna() | table["selection"].isin(DRAWN_AT_RANDOM)
    away = table.loc[picked & ~drawn, "selection"].value_counts()
    return {str(name): int(n) for name, n in sorted(away.items())}, drawn


def _roles(
    table: pd.DataFrame, routine: pd.Series[bool], rows: npt.NDArray[np.intp]
) -> npt.NDArray[np.object_]:
    """An agreed score takes the role of the routine score of its piece, where there is one."""
    roles = table["rater_role"].iloc[rows].to_numpy(dtype=object, copy=True)
    agreed = np.flatnonzero(roles == "agreed")
    if agreed.size:
        first = table[routine & (table["rater_role"] != "agreed")]
        first = first.drop_duplicates("piece", keep=False)
        replaced = dict(zip(first["piece"], first["rater_role"], strict=True))
        pieces = table["piece"].iloc[rows[agreed]]
        roles[agreed] = [replaced.get(piece, "agreed") for piece in pieces]
    return roles


def group_columns(table: pd.DataFrame, by: str | list[str] | None) -> list[str]:
    """The columns to group by, checked.

    Raises:
        UsageError: a column that the ratings do not have.
    """
    wanted = [by] if isinstance(by, str) else list(by or [])
    missing = [name for name in wanted if name not in table]
    if missing:
        known = ", ".join(str(c) for c in table.columns)
        raise UsageError(f"No column {', '.join(missing)} to group by; there are: {known}.")
    return wanted


def default_cluster(table: pd.DataFrame) -> str:
    """What pieces are nested in: practitioner if complete, else case if complete, else piece."""
    for name in ("practitioner", "case"):
        if name in table and table[name].notna().all():
            return name
    return "piece"


def labels(column: pd.Series[str]) -> npt.NDArray[np.object_]:
    """Group labels as text, with a name for what is not recorded."""
    return column.astype(object).where(column.notna(), NOT_RECORDED).astype(str).to_numpy(object)
