"""What has changed since an earlier time, and whether that is practice or scoring.

A briefing makes many comparisons, and of twenty in which nothing changed one shows "a change" by
chance. So they are made in an order, and the chance that a briefing in which nothing changed says
anywhere that something did is held at 1 - confidence in all, in either direction together:

1. Asked first: did the scores of the main rubric change (a third of that chance); did practice
   itself (a third); did scoring, and the scores of each rubric beside the first (a third between
   them). Weighted Holm, which holds whatever they have in common.
2. Asked only if the scores of the main rubric changed: which of its items, with the false discovery
   rate held among them.

That practice "improved" or "faded" is said of the main rubric alone, as a whole, and only where
agreed scores or benchmark pieces tell it from scoring and every piece says how it was chosen. It is
of practice then and now, as scores are, and not a trend over the record, which falls where a gain
wore off though practice still stands higher. Kinds of work are held equal where every piece names
its own; of others the same must have been looked at. Everything else is told of scores. How often
these sentences are true: `benchmarks/studies/sentences.py`.

Sources: Holm 1979, Scandinavian Journal of Statistics 6:65-70 (weights, section 4); Westfall &
Krishen 2001, Journal of Statistical Planning and Inference 99:25-40 (families asked in an order);
Benjamini & Hochberg 1995, J. R. Statist. Soc. B 57:289-300. The thirds are local.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fidelity.errors import UsageError
from fidelity.present.briefing_period import FIRST, Period, earlier, now
from fidelity.present.evidence import Evidence
from fidelity.statistics.family_wise import holm

if TYPE_CHECKING:
    import pandas as pd

    from fidelity.analyses.change import Change
    from fidelity.analyses.drift import Drift
    from fidelity.analyses.drift_between import Between, Stretch

#: Options of a briefing that `change` and `drift` take too.
_SHARED = ("record", "selection", "cluster", "confidence")
_ALL, _FEW = "(all)", "too few to say"
_UP, _DOWN = "higher after", "lower after"


@dataclass(frozen=True, eq=False)
class Moved:
    """One rubric now beside an earlier time.

    Attributes:
        evidence: the rubric, now.
        before, now: the two stretches.
        found: the comparison; None where there is none.
        reason: why there is none.
        called: rows of the whole, by role, that changed with the guard of the whole briefing.
    """

    evidence: Evidence
    before: Period
    now: Period
    found: Change | None
    reason: str = ""
    called: frozenset[str] = frozenset()

    @property
    def wholes(self) -> list[pd.Series[Any]]:
        """The row of the main measure over all, one a role."""
        if self.found is None:
            return []
        rows = self.found.table
        rows = rows[(rows["kind"] == "mean") & rows["group"].str.startswith(_ALL)]
        seen = rows["n_before"] + rows["n_after"] > 0  # else it was asked of other roles
        return [row for _, row in rows[seen].iterrows()]

    @property
    def items(self) -> list[pd.Series[Any]]:
        """The items of the first role that moved; none unless the whole did."""
        if self.found is None or not self.wholes:
            return []
        group = str(self.wholes[0]["group"])
        if group not in self.called:
            return []
        rows = self.found.table
        rows = rows[(rows["kind"] == "item") & (rows["group"] == group)]
        return [row for _, row in rows[rows["finding"].isin([_UP, _DOWN])].iterrows()]

    def direction(self, row: pd.Series[Any]) -> str:
        """What may be said of the scores of a whole: higher, lower, no change, cannot say."""
        if row["finding"] == _FEW or math.isnan(row["p"]):
            return "cannot say"
        if row["group"] not in self.called:
            return "no change can be told"
        return "higher" if row["estimate"] > 0 else "lower"


@dataclass(frozen=True, eq=False)
class Changes:
    """All that a briefing may say about change.

    Attributes:
        moved: each rubric, the main one first.
        drift: practice and scoring of the main rubric; None where nothing could be asked.
        practice: "improved", "faded", "no change can be told" or "cannot say".
        scoring: "more generous", "stricter", "no change can be told" or "cannot say".
        reason: why practice cannot be told; "" where it can.
    """

    moved: tuple[Moved, ...]
    drift: Drift | None
    practice: str
    scoring: str
    reason: str


def changes(
    evidence: Sequence[Evidence], since: object = FIRST, options: Mapping[str, Any] | None = None,
    events: pd.DataFrame | None = None,
) -> Changes:  # fmt: skip
    """Compare each rubric with an earlier time, and tell practice from scoring for the first.

    Args:
        evidence: the first is the one that the briefing is mainly of.
        since: "first", "previous" or a date; see `briefing_period.earlier`.
        options: those of the briefing.
        events: what happened meanwhile.
    """
    shared = {key: value for key, value in (options or {}).items() if key in _SHARED}
    moved = [
        _moved(each, since, shared, events, whole=each is evidence[0]) for each in evidence
    ]  # fmt: skip
    drift = _drift(moved[0], shared)
    alpha = 1 - float(shared.get("confidence", 0.95))
    asked = list(_asked(moved, drift))
    adjusted = holm([p for *_, p in asked], _weights([place for place, *_ in asked]))
    called = {
        (place, group)
        for (place, group, _), q in zip(asked, adjusted, strict=True)
        if q <= alpha
    }  # fmt: skip
    told = [
        Moved(m.evidence, m.before, m.now, m.found, m.reason,
              frozenset(g for place, g in called if place == number))
        for number, m in enumerate(moved)
    ]  # fmt: skip
    reason = _why_not(told[0], drift)
    return Changes(
        tuple(told), drift,
        "cannot say" if reason else _practice(drift, ("practice", "") in called),
        _scoring(drift, ("scoring", "") in called), reason,
    )  # fmt: skip


def _moved(
    each: Evidence, since: object, shared: Mapping[str, Any], events: pd.DataFrame | None,
    whole: bool,
) -> Moved:  # fmt: skip
    from fidelity.analyses.change import change

    dates = {key: shared[key] for key in ("record", "selection") if key in shared}
    latest = now(each.record, each.period or Period("all"), **dates)
    before = earlier(each.record, each.period or Period("all"), since, **dates)
    if latest.first is None or before.last is None:
        reason = "no dates are recorded" if latest.first is None else "there is no earlier time"
        return Moved(each, before, latest, None, reason)
    both = {piece for stretch in (before, latest)
            for piece in stretch.of(each.record).assessments["piece"]}  # fmt: skip
    if not both:
        return Moved(each, before, latest, None, "nothing was looked at")
    try:
        found = change(
            each.record.of_pieces(both), around=f"{before.last + _a_day():%Y-%m-%d}",
            look_back=0, items=whole, events=events, **shared,
        )  # fmt: skip
    except UsageError as error:
        return Moved(each, before, latest, None, _in_short(error))
    return Moved(each, before, latest, found)


def _in_short(error: UsageError) -> str:
    text = str(error).splitlines()[0]
    return "its levels are not averaged" if "not averaged" in text else text.rstrip(".")


def _a_day() -> pd.Timedelta:
    import pandas as pd

    return pd.Timedelta(days=1)


def _drift(first: Moved, shared: Mapping[str, Any]) -> Drift | None:
    """Practice then and now, and how scoring shifted: a trend over the record is not the former."""
    from fidelity.analyses.drift import drift

    try:
        return drift(first.evidence.record, between=_days(first), parts=False, **shared)
    except UsageError:
        return None


def _days(first: Moved) -> list[Stretch] | None:
    """First and last day of both stretches."""
    found: list[Stretch] = []
    for stretch in (first.before, first.now):
        if stretch.first is None or stretch.last is None:
            return None
        found.append((np.datetime64(stretch.first, "D"), np.datetime64(stretch.last, "D")))
    return found


def practice_of(drift: Drift | None) -> Between | None:
    """Practice then and now; None where the two cannot be compared or told from scoring."""
    if drift is None or not drift.apart or drift.between is None:
        return None
    return drift.between if drift.between.change.bounded else None


def _asked(moved: Sequence[Moved], drift: Drift | None) -> Iterator[tuple[object, str, float]]:
    """The questions of the first step: what of, which row, and p; NaN where too few."""
    for number, each in enumerate(moved):
        for row in each.wholes:
            # By both intervals, where few workers make the one too narrow (`change._settled`).
            holds = row["finding"] in {_UP, _DOWN} or row["finding"] == _FEW
            yield number, str(row["group"]), float(row["p"]) if holds else 1.0
    practice = practice_of(drift)
    if practice is not None:
        yield "practice", "", practice.p
    if drift is not None and drift.apart:
        yield "scoring", "", float(drift.row("scoring")["p"])


def _weights(places: Sequence[object]) -> list[float]:
    """A third for the scores of the main rubric, a third for practice, a third for all others."""
    kinds = ["main" if p == 0 else "practice" if p == "practice" else "rest" for p in places]
    return [1 / kinds.count(kind) for kind in kinds]


def _practice(drift: Drift | None, called: bool) -> str:
    """What may be said of practice."""
    found = practice_of(drift)
    if found is None or math.isnan(found.p):
        return "cannot say"
    if not called:
        return "no change can be told"
    return "improved" if found.change.value > 0 else "faded"


def _scoring(drift: Drift | None, called: bool) -> str:
    """What may be said of scoring."""
    if drift is None or not drift.apart or math.isnan(drift.row("scoring")["p"]):
        return "cannot say"
    if not called:
        return "no change can be told"
    return "more generous" if drift.row("scoring")["estimate"] > 0 else "stricter"


def _why_not(first: Moved, drift: Drift | None) -> str:
    """Why nothing can be said about practice itself; "" where something can."""
    if drift is None or not drift.apart:
        return "too little is scored a second time or agreed on to tell practice from scoring"
    if first.found is None:
        return first.reason
    if drift.between is not None and practice_of(drift) is None:
        return drift.between.change.reason
    if not drift.counts["selection_known"]:
        return f"how {first.evidence.several} were chosen is not recorded"
    who = first.found.who
    if len(who) and who.loc[~who["column"].isin(drift.held_equal), "differs"].any():
        return "not the same kinds of work were looked at then and now"
    return ""
