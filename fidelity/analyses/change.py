"""Is practice, as it was scored, different after a date from before it? Or now from at first?

Two periods are compared: before and after a day (a training, a new form, a leader's leaving), or
the first and the latest stretch of the record. Workers may have pieces in both. A piece that speaks
of time on both sides of the day is `during`: left out, and counted.

Said beside it, since it may be what changed: who was looked at (kinds of plan, workers, raters),
how much was not evidenced, and what else happened. A change in scores may be one of practice or one
of scoring; `drift` tells them apart. Nothing is ever said to be because of anything.

Sources: `fidelity.statistics.change` (cluster-robust and bootstrap intervals), `.interrupted`
(level and slope month by month), `.change_point`, `.false_discovery` (items and groups looked at
together).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import change_words
from fidelity.analyses.change_series import series_of
from fidelity.analyses.change_who import who_was_looked_at
from fidelity.collect.columns import NOT_RECORDED
from fidelity.collect.ratings import Ratings
from fidelity.counted import group_columns, labels
from fidelity.dated import AFTER, BEFORE, Dated, as_day, dated, measure_of, months_in
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.simulate.streams import Streams, streams_of
from fidelity.statistics.change import TwoPeriods, two_periods, two_periods_bootstrap
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted, shrunken
from fidelity.words import TOO_FEW

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

Floats = npt.NDArray[np.float64]
ALL = "(all)"
HIGHER, LOWER = "higher after", "lower after"
ALIKE, FEW = "no change can be told", "too few to say"
#: Columns of the table.
COLUMNS = (
    "group", "kind", "name", "estimate", "lower", "upper", "boot_lower", "boot_upper", "before",
    "after", "n_before", "n_after", "n_both", "n_clusters", "p", "q", "shrunken", "finding",
    "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Change(Result):
    """One period beside another.

    `to_frame()` has one row a group and thing compared: `group` ("(all)", or the group's name; with
    several roles the role stands behind it), `kind` (mean; same plan types: the same mean with plan
    types held equal; seen in both: workers with pieces on both sides alone; component; item; no
    evidence: share of items without), `name`, `estimate` (after - before) with `lower`, `upper`
    (cluster-robust) and `boot_lower`, `boot_upper` (cluster bootstrap-t; means alone), `before`,
    `after`, `n_before`, `n_after` (pieces), `n_both` (clusters on both sides), `n_clusters`, `p`,
    `q` (p with the false discovery rate held over the rows of a kind), `shrunken` (items: drawn
    towards the mean of all), `finding` (higher after, lower after, no change can be told, too few
    to say), `reason`.

    Attributes:
        series: one row a calendar period: start, mean, n_pieces, and with `around` the fitted
            segmented regression and how it would have gone on.
        segments: level at the day and change of slope, from that regression; or the likeliest
            turning point.
        who: who was looked at before and after: column, value, shares, their difference, q.
        events: what happened in the time looked at.
        counts: numbers for the sentences.
        measure: what the first rows are of.
        rubric: the rubric.
    """

    series: pd.DataFrame = field(default_factory=pd.DataFrame)
    segments: pd.DataFrame = field(default_factory=pd.DataFrame)
    who: pd.DataFrame = field(default_factory=pd.DataFrame)
    events: pd.DataFrame = field(default_factory=pd.DataFrame)
    counts: Mapping[str, Any] = field(default_factory=dict)
    measure: str = ""
    rubric: Rubric = field(kw_only=True)

    def plot(self, ax: Any = None) -> Picture:
        """Before and after, item by item or component by component."""
        from fidelity.present.change_pictures import before_and_after

        return before_and_after(self, ax=ax)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is compared, and how."""

    held: Dated
    side: npt.NDArray[np.int8]
    weight: Floats | None
    stream: Streams
    confidence: float

    @property
    def sided(self) -> npt.NDArray[np.bool_]:
        return np.asarray((self.side == BEFORE) | (self.side == AFTER))


def change(
    ratings: Ratings,
    *,
    around: object = None,
    by: str | list[str] | None = None,
    measure: str | None = None,
    every: str = "month",
    window: str = "quarter",
    items: bool = True,
    events: pd.DataFrame | None = None,
    frame: pd.DataFrame | None = None,
    look_back: int | None = None,
    record: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 0,
) -> Change:
    """Compare two periods: before and after a day, or the first and the latest calendar months.

    Args:
        ratings: checked ratings of one rubric, with dates.
        around: the day; the first and latest `window` are compared if not given.
        by: a group column or several, each constant within a piece.
        measure: the score that is told first; the overall mean if not given.
        every: period of the series: month, quarter, half_year or year.
        window: length of the first and the latest stretch, where no day is given.
        items: whether items are compared one by one.
        events: from `read_events`; told, and drawn.
        frame: for a stratified draw, the columns stratum and N; strata are weighted by their size.
        look_back: months of which a piece speaks; see `fidelity.dated`.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        confidence: coverage of the intervals; its complement is the false-discovery rate.
        rng: seed of the bootstrap; each group has a stream of its own.

    Raises:
        UsageError: no dates, an unknown column or measure, a stratum that the frame does not name.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    held = dated(ratings, "change", record=record, selection=selection, cluster=cluster,
                 look_back=look_back)  # fmt: skip
    name, columns = measure_of(held, measure), group_columns(held.table, by)
    side, days = _sides(held, around, window)
    asked = _Asked(held, side, _weights(held, side, frame), streams_of(rng), confidence)
    table = _table(asked, name, columns, items)
    series, segments = series_of(held, name, around, every, confidence, asked.stream)
    result = Change(
        table, (),
        method_of(
            "change", held.rubric.label, around=days["day"], by=columns, measure=name, every=every,
            window=None if around else window, record=record, selection=selection,
            cluster=held.cluster, weighted=frame is not None, confidence=confidence,
            rng=rng if isinstance(rng, int) else "a Generator",
            interval="CR2, Satterthwaite; cluster bootstrap-t",
        ),
        series, segments, who_was_looked_at(held, side, confidence), _within(events, held),
        _counts(held, side, days), name, rubric=held.rubric,
    )  # fmt: skip
    return replace(result, sentences=tuple(change_words.sentences(result)))


def _sides(held: Dated, around: object, window: str) -> tuple[npt.NDArray[np.int8], dict[str, Any]]:
    """On which side each piece lies, and the days that part them."""
    if around is not None:
        day = as_day(around)
        told = {"day": f"{day:%Y-%m-%d}", "first_to": day, "latest_from": day}
        return held.side(day.date()), told
    length = pd.DateOffset(months=months_in(window))
    first, last = (pd.Timestamp(day).replace(day=1) for day in (held.ended.min(), held.ended.max()))
    first_to, latest_from = first + length, last + pd.DateOffset(months=1) - length
    side = np.zeros(len(held.ended), np.int8)
    if first_to <= latest_from:
        ended = pd.DatetimeIndex(held.ended)
        side[ended < first_to], side[ended >= latest_from] = BEFORE, AFTER
    return side, {"day": None, "first_to": first_to, "latest_from": latest_from}


def _weights(held: Dated, side: npt.NDArray[np.int8], frame: pd.DataFrame | None) -> Floats | None:
    """How many pieces of its stratum each drawn piece of a period stands for.

    Without correction for a finite population, which makes intervals a little wide.
    """
    if frame is None:
        return None
    sizes = {str(s): int(n) for s, n in zip(frame["stratum"], frame["N"], strict=True)}
    stratum = held.table["stratum"] if "stratum" in held.table else pd.Series([None] * len(side))
    if stratum.isna().any():
        raise UsageError("A frame was given, but not every piece names its stratum.")
    unknown = sorted(set(stratum) - set(sizes))
    if unknown:
        raise UsageError(f"Strata that the frame does not name: {', '.join(unknown)}.")
    keys = pd.MultiIndex.from_arrays([stratum, side])
    drawn = pd.Series(1, index=keys).groupby(level=[0, 1]).transform("size").to_numpy(np.float64)
    return np.asarray(stratum.map(sizes).to_numpy(np.float64) / drawn)


def _table(asked: _Asked, name: str, columns: list[str], items: bool) -> pd.DataFrame:
    """All comparisons, each kind with its false discoveries held."""
    held, rows = asked.held, []
    several = len(set(held.role)) > 1
    for role in sorted(set(held.role)):
        mine = held.role == role
        tail = f", {str(role).replace('_', ' ') or NOT_RECORDED}" if several else ""
        rows.append(_row(asked, mine, held.values[name], f"{ALL}{tail}", "mean", name, True))
        rows += _held_equal(asked, mine, held.values[name], f"{ALL}{tail}", name)
        rows += _judged([
            _row(asked, mine & here, held.values[name], f"{label}{tail}", "mean", name, True)
            for label, here in _groups(held, columns)
        ], asked.confidence)  # fmt: skip
        parts = [key for key in held.values if key != name]
        rows += _judged([
            _row(asked, mine, held.values[key], f"{ALL}{tail}", "component", key) for key in parts
        ], asked.confidence)  # fmt: skip
        if items:
            rows += _items(asked, mine, f"{ALL}{tail}")
        rows.append(_row(asked, mine, held.ne_rate, f"{ALL}{tail}", "no evidence", "ne_rate"))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _groups(held: Dated, columns: list[str]) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Each group with its name, in the order of the names; never by what was found."""
    if columns:
        key = pd.Series([" / ".join(k) for k in zip(*(labels(held.table[c]) for c in columns),
                                                    strict=True)])  # fmt: skip
        for label in sorted(key.unique()):
            yield str(label), (key == label).to_numpy()


def _row(
    asked: _Asked, mine: npt.NDArray[np.bool_], value: Floats, group: str, kind: str, name: str,
    bootstrap: bool = False, others: Floats | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One comparison; the finding is that of this row alone until its kind is judged."""
    rows = np.flatnonzero(mine & asked.sided & ~np.isnan(value))
    after, clusters = asked.side[rows] == AFTER, asked.held.clusters[rows]
    weight = None if asked.weight is None else asked.weight[rows]
    found = two_periods(value[rows], after, clusters, weight, confidence=asked.confidence,
                        others=None if others is None else others[rows])  # fmt: skip
    row = _told(found, group, kind, name)
    if bootstrap and row["finding"] != FEW:
        again = two_periods_bootstrap(
            value[rows], after, clusters, weight, confidence=asked.confidence,
            rng=asked.stream("change", kind, name, group),
        )  # fmt: skip
        row |= {"boot_lower": again.lower, "boot_upper": again.upper}
        row["finding"] = _settled(row)
    return row


def _settled(row: Mapping[str, Any]) -> str:
    """The finding, if the bootstrap agrees with it; where there are few workers it may not."""
    holds = row["boot_lower"] > 0 if row["finding"] == HIGHER else row["boot_upper"] < 0
    known = not math.isnan(row["boot_lower"])
    return ALIKE if row["finding"] in {HIGHER, LOWER} and known and not holds else row["finding"]


def _told(found: TwoPeriods, group: str, kind: str, name: str) -> dict[str, Any]:
    one, other, difference = found.before, found.after, found.difference
    few = min(one.n, other.n) < TOO_FEW or not difference.bounded
    if few:
        side = f"{min(one.n, other.n)} pieces on one side; {TOO_FEW} are needed on each"
        reason = side if min(one.n, other.n) < TOO_FEW else difference.reason
        difference = Estimate(math.nan, n=difference.n, reason=reason)
    return {
        "group": group, "kind": kind, "name": name, "estimate": difference.value,
        "lower": difference.lower, "upper": difference.upper, "boot_lower": math.nan,
        "boot_upper": math.nan, "before": one.value, "after": other.value, "n_before": one.n,
        "n_after": other.n, "n_both": found.both, "n_clusters": found.difference.clusters,
        "p": math.nan if few else found.p, "q": math.nan, "shrunken": math.nan,
        "se": difference.se, "finding": FEW if few else _finding(difference),
        "reason": difference.reason,
    }  # fmt: skip


def _finding(difference: Estimate) -> str:
    return HIGHER if difference.lower > 0 else LOWER if difference.upper < 0 else ALIKE


def _judged(rows: list[dict[str, Any]], confidence: float) -> list[dict[str, Any]]:
    """Rows of one kind: moved only where that holds with false discoveries held."""
    for row, q in zip(rows, adjusted([row["p"] for row in rows]), strict=True):
        row["q"] = float(q)
        if row["finding"] != FEW:
            told = HIGHER if row["estimate"] > 0 else LOWER
            row["finding"] = _settled(row | {"finding": told if q < 1 - confidence else ALIKE})
    return rows


def _items(asked: _Asked, mine: npt.NDArray[np.bool_], group: str) -> list[dict[str, Any]]:
    """Every scored item whose levels are averaged, with shrunken estimates beside."""
    held = asked.held
    rows = [
        _row(asked, mine, held.levels[:, column], group, "item", item)
        for column, item in enumerate(held.items)
        if item in held.rubric.scored_items
        and held.rubric.scale_of(item).kind == "levels"
        and held.rubric.component_of(item).mean
    ]
    drawn = shrunken([row["estimate"] for row in rows], [row["se"] for row in rows])
    for row, value in zip(rows, drawn.value, strict=True):
        row["shrunken"] = float(value)
    return _judged(rows, asked.confidence)


def _held_equal(
    asked: _Asked, mine: npt.NDArray[np.bool_], value: Floats, group: str, name: str
) -> Iterator[dict[str, Any]]:
    """The same mean with plan types held equal, and among workers seen on both sides alone."""
    held = asked.held
    usable = mine & asked.sided & ~np.isnan(value)
    if "plan_type" in held.table:
        plans = pd.get_dummies(pd.Series(labels(held.table["plan_type"]))[usable])
        if len(plans.columns) > 1:
            columns = np.zeros((len(value), len(plans.columns) - 1))
            columns[usable] = plans.to_numpy(np.float64)[:, 1:]
            yield _row(asked, mine, value, group, "same plan types", name, others=columns)
    sides = [set(held.clusters[usable & (asked.side == side)]) for side in (BEFORE, AFTER)]
    seen = np.isin(held.clusters, list(sides[0] & sides[1]))
    if sides[0] & sides[1] and sides[0] != sides[1]:
        yield _row(asked, mine & seen, value, group, "seen in both", name)


def _within(events: pd.DataFrame | None, held: Dated) -> pd.DataFrame:
    """What happened in the time looked at."""
    if events is None:
        return pd.DataFrame({"date": pd.Series(dtype="datetime64[s]"), "what": []})
    first, last = (pd.Timestamp(day) for day in (held.ended.min(), held.ended.max()))
    return events.loc[events["date"].between(first, last), ["date", "what"]].reset_index(drop=True)


def _counts(held: Dated, side: npt.NDArray[np.int8], days: Mapping[str, Any]) -> dict[str, Any]:
    own = held.table["rater_role"] != "agreed"
    raters = [set(held.table["rater"][own & (side == s)]) for s in (BEFORE, AFTER)]
    since = (pd.Timestamp(held.ended.max()) - days["latest_from"]).days / 30.44
    return {
        **days, "n_before": int((side == BEFORE).sum()), "n_after": int((side == AFTER).sum()),
        "n_out": int((side == 0).sum()), "undated": held.undated,
        "left_out": sum(held.left_out.values()), "selection_known": held.selection_known,
        "raters": (len(raters[0]), len(raters[1]), len(raters[0] & raters[1])),
        "first": pd.Timestamp(held.ended.min()), "last": pd.Timestamp(held.ended.max()),
        "months_after": max(1.0, since),
    }  # fmt: skip
