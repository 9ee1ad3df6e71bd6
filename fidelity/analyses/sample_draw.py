"""Which cases are audited next: a random draw that anybody can repeat.

Audits that somebody chose speak for nobody but themselves. Here every family on the list has its
lot, made of the seed and its reference alone: the order of the list changes nothing, a case that
is added or closed changes nobody else's lot, and whoever has list and seed can draw the same again.

One child is drawn from each family, since siblings' files say much the same. A family that was
audited in the last twelve months is not drawn again. Each stratum gives audits in proportion to
its families, at least one if there are enough; what a stratum holds goes into the frame, so that
results can be weighted. A second draw says which audits a second auditor scores too.

Sources: Ohlsson 1995, Coordination of samples using permanent random numbers, in Cox et al.,
Business Survey Methods (the lots); Cochran 1977, Sampling Techniques, section 5.5 (proportional
allocation), rounded by largest remainders. Not again within twelve months: Kirklees, whose peer
audits do the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from fidelity.collect.companions import read_cases
from fidelity.collect.ratings import Ratings
from fidelity.errors import Fault, RatingsError, UsageError
from fidelity.results import Result, method_of
from fidelity.simulate.streams import Streams, streams_of
from fidelity.words import counted_as, percent

#: A family is not drawn again before so many months have gone by.
MONTHS = 12
#: Families in reserve for each stratum, for a case that turns out to be closed.
RESERVES = 1
AUDIT, RESERVE = "audit", "reserve"
WHOLE = "all"
COLUMNS = ("order", "use", "double", "case", "practitioner", "team", "plan_type", "stratum")
FROM_RATINGS = (
    "The list was taken from ratings, to try it out: cases that were never audited are missing "
    "from it. Draw from the list of open cases."
)
UNKNOWN = (
    "None of the cases audited lately stands on the list. Check that both use the same references: "
    "otherwise somebody may be audited twice."
)
#: Words of letters, with a space between: a name, and not a reference.
_NAME = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*(?:[ ,.]+[^\W\d_]+(?:[-'’][^\W\d_]+)*)+")


@dataclass(frozen=True, eq=False, repr=False)
class Draw(Result):
    """A draw of cases to audit.

    `to_frame()` has one row a case, by stratum and lot: `order`, `use` (audit, or reserve for a
    case of its stratum that turns out to be closed), `double` (yes where a second auditor scores
    it too), `case`, `practitioner`, `team`, `plan_type`, `stratum`. No other column of the list
    is taken over.

    Attributes:
        frame: one row a stratum: `stratum`, `N` families on the list, `eligible` now, `drawn`. What
            `fidelity.read_frame` reads.
    """

    frame: pd.DataFrame = field(default_factory=pd.DataFrame)


def sample_draw(
    cases: Any,
    n: int,
    *,
    by: str | Sequence[str] = (),
    double: float = 0.1,
    history: Ratings | pd.DataFrame | None = None,
    on: date | str | None = None,
    months: int = MONTHS,
    reserves: int = RESERVES,
    rng: int | np.random.Generator = 0,
) -> Draw:
    """Draw cases to audit at random, with a second draw for double scoring.

    Args:
        cases: the list of open cases: path or table, see `fidelity.read_cases`; or ratings, whose
            cases stand for the list, to try it out.
        n: how many audits.
        by: columns of the list whose values together are the strata, such as ["team",
            "plan_type"]; none for a simple random draw.
        double: share of the audits that a second auditor scores too.
        history: earlier audits: ratings, or a table with the columns case and date. A column
            `audited_on` of the list counts as well.
        on: the day of the draw; today if not given.
        months: for how long a family is not drawn again; 0 to draw again at once.
        reserves: cases held in reserve for each stratum.
        rng: the seed, or a Generator. Write the seed down; take another for the next draw.

    Raises:
        FileError: the list cannot be opened.
        RatingsError: every fault of the list, references that look like names among them.
        UsageError: a number out of range, or no such column.
    """
    tried = isinstance(cases, Ratings)
    table = read_cases(_from(cases) if tried else cases)
    strata = [by] if isinstance(by, str) else list(by)
    _check(table, strata, n, double, months, reserves)
    _refuse_names(table)
    day = pd.Timestamp(on if on is not None else date.today())
    stream = streams_of(rng)
    families = _families(table, strata, stream)
    recent = _recent(table, history, day, months)
    families["recent"] = families["family"].isin(recent)
    frame = _frame(families, n)
    drawn = _drawn(families, frame, double, reserves, stream)
    method = method_of(
        "sample_draw", "any", n=n, by=strata, double=double, on=str(day.date()), months=months,
        reserves=reserves, rng=rng if isinstance(rng, int) else "generator",
    )  # fmt: skip
    sentences = _sentences(drawn, frame, families, method)
    if recent and not families["recent"].any():
        sentences.append(UNKNOWN)
    return Draw(drawn, (*sentences, *[FROM_RATINGS] * tried), method, frame=frame)


def _from(ratings: Ratings) -> pd.DataFrame:
    """A list to try it out with: the cases of ratings, and when each was last audited."""
    table = ratings.assessments
    if "case" not in table:
        raise UsageError(f"{ratings.name} has no column case: give a list of open cases.")
    names = ["case", "practitioner", "team", "plan_type", "date"]
    table = table.reindex(columns=names).dropna(subset=["case"]).sort_values(["date", "case"])
    last = table.drop_duplicates("case", keep="last").rename(columns={"date": "audited_on"})
    return last.reset_index(drop=True)


def _check(
    table: pd.DataFrame, strata: Sequence[str], n: int, double: float, months: int, reserves: int
) -> None:
    faults = []
    missing = [name for name in strata if name not in table]
    if missing:
        known = ", ".join(map(str, table.columns))
        faults.append(f"no column {', '.join(missing)} to draw by; the list has: {known}")
    if n < 1:
        faults.append(f"n={n}; allowed: 1 or more")
    if not 0 <= double <= 1:
        faults.append(f"double={double}; allowed: a share from 0 to 1")
    if months < 0 or reserves < 0:
        faults.append("months and reserves: 0 or more")
    if faults:
        raise UsageError("; ".join(faults) + ".")


def _refuse_names(table: pd.DataFrame) -> None:
    """References only: a list with names in it goes no further."""
    faults = [
        Fault(f"row {row + 1}, {column}", "looks like a person's name", "a reference such as C0412",
              "put the case system's reference in its place")
        for column in ("case", "practitioner", "family")
        for row, text in enumerate(table[column])
        if isinstance(text, str) and _NAME.fullmatch(text)
    ]  # fmt: skip
    if faults:
        raise RatingsError("cases", faults)


def _families(table: pd.DataFrame, strata: Sequence[str], stream: Streams) -> pd.DataFrame:
    """One child of each family, by lot, with the lot of the family."""
    told = table["family"].astype(object)
    table = table.assign(family=told.where(told.notna(), table["case"]))
    lots = [stream("child", str(case)).random() for case in table["case"]]
    one = table.assign(lot=lots).sort_values(["lot", "case"]).drop_duplicates("family")
    parts = [one[name].astype(object).where(one[name].notna(), "not recorded") for name in strata]
    stratum = [", ".join(map(str, row)) for row in zip(*parts, strict=True)] if parts else WHOLE
    lots = [stream("family", str(family)).random() for family in one["family"]]
    one = one.assign(stratum=stratum, lot=lots, siblings=len(table) - len(one))
    return one.sort_values(["stratum", "lot", "family"], kind="stable").reset_index(drop=True)


def _recent(
    table: pd.DataFrame, history: Ratings | pd.DataFrame | None, day: pd.Timestamp, months: int
) -> set[str]:
    """Families of which a child was audited within so many months before the day."""
    family = dict(zip(table["case"], table["family"].fillna(table["case"]), strict=True))
    since = day - pd.DateOffset(months=months)
    found = {str(case): when for case, when in zip(table["case"], table["audited_on"], strict=True)
             if pd.notna(when) and when > since}  # fmt: skip
    audited = set(found)
    if history is not None:
        past = history.assessments if isinstance(history, Ratings) else history
        missing = [name for name in ("case", "date") if name not in past]
        if missing:
            raise UsageError(
                f"history has no column {' and no column '.join(missing)}: without case and date "
                "nobody can say who was audited lately. Add them, or leave history out."
            )
        when = pd.to_datetime(past["date"])
        audited |= set(past.loc[(when > since) & (when <= day), "case"].dropna().astype(str))
    # A family reference in the history counts as its children's would.
    return {str(family.get(case, case)) for case in audited}


def _frame(families: pd.DataFrame, n: int) -> pd.DataFrame:
    """What each stratum holds, and how many of it are drawn."""
    held = families.groupby("stratum", sort=True)
    frame = pd.DataFrame({
        "N": held.size(), "eligible": held["recent"].apply(lambda r: int((~r).sum())),
    }).reset_index()  # fmt: skip
    return frame.assign(drawn=_shared(frame["N"].tolist(), frame["eligible"].tolist(), n))


def _shared(sizes: Sequence[int], most: Sequence[int], n: int) -> list[int]:
    """Audits of each stratum: in proportion, at least one if n allows, never more than there are.

    Largest remainders, the first stratum first where they are equal; what a stratum cannot give
    the others give.
    """
    n = min(n, sum(most))
    given = [1 if cap and n >= sum(1 for m in most if m) else 0 for cap in most]
    ideal = [n * size / sum(sizes) for size in sizes]
    while sum(given) < n:
        short = [(want - have if have < cap else -math.inf) for want, have, cap in
                 zip(ideal, given, most, strict=True)]  # fmt: skip
        given[short.index(max(short))] += 1
    return given


def _drawn(
    families: pd.DataFrame, frame: pd.DataFrame, double: float, reserves: int, stream: Streams
) -> pd.DataFrame:
    wanted = dict(zip(frame["stratum"], frame["drawn"], strict=True))
    open_now = families[~families["recent"]].copy()
    place = open_now.groupby("stratum").cumcount()
    first = open_now["stratum"].map(wanted)
    held = open_now[place < first + reserves].assign(
        use=np.where(place < first, AUDIT, RESERVE)[place < first + reserves]
    )
    audits = held.loc[held["use"] == AUDIT, ["case", "stratum"]]
    second = _second(audits, double, stream)
    held = held.assign(double=np.where(held["case"].isin(second), "yes", "no"))
    return held.assign(order=range(1, len(held) + 1))[list(COLUMNS)].reset_index(drop=True)


def _second(audits: pd.DataFrame, share: float, stream: Streams) -> set[str]:
    """The cases scored twice: a lot of their own, spread over the strata."""
    n = math.ceil(share * len(audits) - 1e-9)
    lot = [stream("second", str(case)).random() for case in audits["case"]]
    table = audits.assign(lot=lot).sort_values(["lot", "case"])
    # The first of every stratum, then the second of every stratum; by lot among equals.
    turn = table.groupby("stratum").cumcount() / table.groupby("stratum")["case"].transform("size")
    return set(table.assign(turn=turn).sort_values(["turn", "lot"])["case"].iloc[:n])


def _sentences(
    drawn: pd.DataFrame, frame: pd.DataFrame, families: pd.DataFrame, method: Mapping[str, Any]
) -> list[str]:
    audits = drawn[drawn["use"] == AUDIT]
    n, families_n = len(audits), counted_as(len(families), "family", "families")
    double = int((audits["double"] == "yes").sum())
    told = [
        (
            f"{counted_as(n, 'case')} drawn at random from {families_n}, with seed "
            f"{method['rng']}; {double} of them for a second auditor too."
        )
    ]
    if n < method["n"]:
        told.append(f"{method['n']} were asked for; there are no more families to draw from.")
    if len(frame) > 1:
        empty = frame.loc[(frame["drawn"] == 0), "stratum"]
        told.append(
            f"Drawn in proportion from {len(frame)} strata ({', '.join(method['by'])}). Keep the "
            "frame beside the ratings, and write the stratum into them: results are then weighted."
        )
        if len(empty):
            told.append(
                f"Nothing is drawn from {counted_as(len(empty), 'stratum', 'strata')}: "
                f"{'; '.join(empty)}. A mean for the whole frame cannot be given without them: "
                "draw more, or draw by fewer columns."
            )
    siblings = int(families["siblings"].max()) if len(families) else 0
    if siblings:
        told.append(
            f"One child for each family, by lot: {counted_as(siblings, 'other child', 'others')} "
            "left out."
        )
    recent = int(families["recent"].sum())
    if recent:
        told.append(
            f"{counted_as(recent, 'family', 'families')} ({percent(recent / len(families))}) "
            f"audited in the {method['months']} months before {method['on']} are not drawn again."
        )
    reserve = int((drawn["use"] == RESERVE).sum())
    if reserve:
        told.append(
            f"{counted_as(reserve, 'case')} in reserve: take the one of the same stratum if a case "
            "is closed, and note it. Never swap a case for another reason."
        )
    return told
