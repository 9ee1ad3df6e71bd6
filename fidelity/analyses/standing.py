"""Where does an organisation stand, item by item, and who sees it otherwise?

An organisation is looked at through interviews, meetings that are watched, documents and data, by
leaders, managers, practitioners and people from outside. A *view* is one role by one kind of
source: "practitioner" (interviews), "document" (read by somebody independent). Views are never
pooled: a mean over views counts each view alike, however many pieces it has.

* **Distribution, not grades**: of the answers to each part, how many lie in the lower, the middle
  and the upper part of the scale (under .4, to .6, over .6 of it: for 1 to 5, the levels 1 and 2,
  then 3, then 4 and 5).
* **Who disagrees**: the gap between two views, over all items and item by item, with
  cluster-robust intervals (clusters are whoever spoke) and false discoveries held.
* **Agreed low**: every view with three answers or more lies under the middle of the scale, they
  come from two kinds of source or more, and the mean over views is under the middle beyond chance,
  false discoveries held over all items. An item known from one kind of source is marked so.

Only the latest round counts: what was dated after the last pause of more than 45 days, and no
longer ago than the rubric looks back. The limits are local.

Sources: `fidelity.statistics.cluster_regression`; Benjamini & Hochberg 1995, J. R. Statist. Soc. B
57:289-300.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import standing_words
from fidelity.collect.columns import NOT_RECORDED
from fidelity.collect.ratings import Ratings
from fidelity.footing import Floats, Footing, footings
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.statistics.change import two_periods
from fidelity.statistics.cluster_regression import cluster_regression, p_value
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.false_discovery import adjusted
from fidelity.words import TOO_FEW

ALL = "(all)"
#: Days without any piece that end a round, answers from which a view counts on an item, and the
#: middle of a scale.
PAUSE, LEAST, MIDDLE = 45, 3, 0.5
PARTS = ("lower", "middle", "upper")
_CUTS = (0.4, 0.6)
LOW, NOT_LOW, ONE_SOURCE = "agreed low", "not agreed low", "one source"
FEW, DIFFER, ALIKE = "too few to say", "differ", "no difference can be told"
#: Roles that speak from a place of their own; others look at something, which names the view.
_OWN_PLACE = ("self", "practitioner", "manager", "leader", "partner", "parent", "child")
ITEM_COLUMNS = (
    "item", "text", "component", "must_have", "estimate", "lower", "upper", "n_pieces", "n_raters",
    "sources", "n_sources", "views", "views_low", "p", "q", "finding", "reason",
)  # fmt: skip
GAP_COLUMNS = (
    "first", "second", "item", "text", "estimate", "lower", "upper", "n_first", "n_second",
    "n_raters", "p", "q", "finding", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Standing(Result):
    """Where an organisation stands.

    `to_frame()` has one row a part of the rubric: `component`, `title`, `lower_share`,
    `middle_share`, `upper_share` (each view counted alike), `n_answers`, `n_pieces`, `n_sources`,
    `reason`.

    Attributes:
        items: one row an item: mean over views as a share of the scale with limits, `n_pieces`,
            `n_raters`, kinds of `sources`, `views` that count, how many of them are low, `q`,
            `finding` (agreed low, not agreed low, one source, too few to say).
        gaps: one row a pair of views and item, `(all)` first: first minus second as a share of the
            scale with limits, n of both, `q`, `finding`.
        views: pieces of each view.
        rubric: the rubric.
        period: first and last date of the round, as 2026-03-31; "" where no date is recorded.
        earlier: pieces of earlier rounds, which do not count.
    """

    items: pd.DataFrame = field(default_factory=pd.DataFrame)
    gaps: pd.DataFrame = field(default_factory=pd.DataFrame)
    views: dict[str, int] = field(default_factory=dict)
    rubric: Rubric = field(kw_only=True)
    period: tuple[str, str] = ("", "")
    earlier: int = 0


def standing(ratings: Ratings, *, selection: str = "all", confidence: float = 0.95) -> Standing:
    """Look at the latest round of an organisation rubric, or of a staff survey.

    Args:
        ratings: checked ratings.
        selection: "all" (whoever was asked), or "random".
        confidence: coverage of the intervals; its complement is the false-discovery rate.

    Raises:
        UsageError: unvalidated input.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    held = _Held.of(footings(ratings, "standing", selection=selection, cluster="rater"))
    rubric = ratings.rubric
    now, period = _latest(held.table, rubric.look_back_months)
    latest = held.where(now)
    result = Standing(
        pd.DataFrame(list(_parts(latest, rubric))), (),
        method_of("standing", rubric.label, selection=selection, cluster="rater", pause_days=PAUSE,
                  least_answers=LEAST, confidence=confidence, interval="CR2, Satterthwaite"),
        pd.DataFrame(_items(latest, rubric, confidence), columns=list(ITEM_COLUMNS)),
        pd.DataFrame(_gaps(latest, rubric, confidence), columns=list(GAP_COLUMNS)),
        {view: int((latest.view == view).sum()) for view in latest.names},
        rubric=rubric, period=period, earlier=int((~now).sum()),
    )  # fmt: skip
    return replace(result, sentences=tuple(standing_words.sentences(result)))


@dataclass(frozen=True, eq=False)
class _Held:
    """Pieces of all roles one below the other; arrays have one row a piece."""

    table: pd.DataFrame
    shares: Floats
    items: tuple[str, ...]
    view: npt.NDArray[np.object_]
    source: npt.NDArray[np.object_]
    rater: npt.NDArray[np.object_]

    @classmethod
    def of(cls, parts: Sequence[Footing]) -> _Held:
        items = tuple(dict.fromkeys(item for part in parts for item in part.items))
        table = pd.concat([part.table for part in parts], ignore_index=True)
        shares = np.full((len(table), len(items)), np.nan)
        start = 0
        for part in parts:
            columns = [items.index(item) for item in part.items]
            shares[start : start + len(part), columns] = part.shares
            start += len(part)
        role = np.repeat([part.role for part in parts], [len(part) for part in parts])
        source = _source(table)
        view = _views(role.astype(object), source)
        return cls(table, shares, items, view, source, table["rater"].to_numpy(object))

    @property
    def names(self) -> list[str]:
        return sorted(set(self.view))

    def where(self, rows: npt.NDArray[np.bool_]) -> _Held:
        table = self.table[rows].reset_index(drop=True)
        return _Held(table, self.shares[rows], self.items, self.view[rows], self.source[rows],
                     self.rater[rows])  # fmt: skip

    def column(self, item: str) -> Floats:
        return np.asarray(self.shares[:, self.items.index(item)])


def _source(table: pd.DataFrame) -> npt.NDArray[np.object_]:
    if "source" not in table:
        return np.full(len(table), NOT_RECORDED, dtype=object)
    return table["source"].astype(object).fillna(NOT_RECORDED).to_numpy(object)


def _views(
    role: npt.NDArray[np.object_], source: npt.NDArray[np.object_]
) -> npt.NDArray[np.object_]:
    """Who speaks from a place of their own is called by it; who looked, by what was looked at."""
    pairs = sorted(set(zip(role, source, strict=True)))
    names = {}
    for who, what in pairs:
        own, told = who in _OWN_PLACE, str(who).replace("_", " ")
        several = sum((a == who) if own else (b == what) for a, b in pairs) > 1
        seen = str(what).replace("_", " ")
        names[who, what] = told if own else seen
        if several:
            names[who, what] = f"{told or NOT_RECORDED} ({seen})"
    return np.array([names[pair] for pair in zip(role, source, strict=True)], dtype=object)


def _latest(table: pd.DataFrame, months: int) -> tuple[npt.NDArray[np.bool_], tuple[str, str]]:
    """The pieces of the latest round, with its first and last date."""
    if "date" not in table or table["date"].isna().all():
        return np.ones(len(table), bool), ("", "")
    dates = pd.to_datetime(table["date"])
    days = pd.Series(dates.dropna().sort_values().unique())
    began = days[days.diff() > pd.Timedelta(days=PAUSE)].max()
    first = days.min() if pd.isna(began) else began
    if months:
        first = max(first, days.max() - pd.DateOffset(months=months))
    now = (dates >= first).to_numpy(bool)
    return now, (f"{dates[now].min():%Y-%m-%d}", f"{dates[now].max():%Y-%m-%d}")


def _parts(held: _Held, rubric: Rubric) -> Iterator[dict[str, Any]]:
    """How the answers to each part lie, every view counted alike."""
    for component in rubric.components:
        items = [item.id for item in component.items if item.id in held.items]
        if not items:
            continue
        given = np.stack([held.column(item) for item in items], axis=1)
        known = ~np.isnan(given)
        where = np.where(known, np.digitize(np.nan_to_num(given), _edges()), -1)
        each = []
        for view in held.names:
            mine = where[held.view == view]
            counts = np.array([(mine == part).sum() for part in range(3)])
            if counts.sum() >= LEAST:
                each.append(counts / counts.sum())
        n = int(known.any(axis=1).sum())
        few = n < TOO_FEW or not each
        shares = np.full(3, np.nan) if few else np.mean(each, axis=0)
        sources = set(held.source[known.any(axis=1)])
        yield {
            "component": component.id, "title": component.title,
            **{f"{part}_share": float(share) for part, share in zip(PARTS, shares, strict=True)},
            "n_answers": int(known.sum()), "n_pieces": n, "n_sources": len(sources),
            "reason": f"{n} pieces; {TOO_FEW} are needed" if few else "",
        }  # fmt: skip


def _edges() -> list[float]:
    """What lies on an edge is in the middle part."""
    return [_CUTS[0] - 1e-9, _CUTS[1] + 1e-9]


def _items(held: _Held, rubric: Rubric, confidence: float) -> list[dict[str, Any]]:
    rows = [_item(held, rubric, item, confidence) for item in held.items]
    for row, q in zip(rows, adjusted([row["p"] for row in rows]), strict=True):
        row["q"] = float(q)
        if math.isnan(row["estimate"]):
            row["finding"] = FEW
        elif row["n_sources"] < 2:
            row["finding"] = ONE_SOURCE
        else:
            low = row["estimate"] < MIDDLE and q < 1 - confidence
            row["finding"] = LOW if low and row["views_low"] == row["views"] > 1 else NOT_LOW
    return rows


def _item(held: _Held, rubric: Rubric, item: str, confidence: float) -> dict[str, Any]:
    """The mean over views, each counted alike, against the middle of the scale."""
    value = held.column(item)
    known = ~np.isnan(value)
    counts = {view: int((known & (held.view == view)).sum()) for view in held.names}
    views = [view for view, n in counts.items() if n >= LEAST]
    use = known & np.isin(held.view, views)
    sources = sorted(set(held.source[use]))
    about = rubric.items[item]
    row: dict[str, Any] = {
        "item": item, "text": about.text, "component": rubric.component_of(item).title,
        "must_have": about.must_have is not None, "estimate": math.nan, "lower": math.nan,
        "upper": math.nan, "n_pieces": int(known.sum()), "n_raters": len(set(held.rater[known])),
        "sources": ", ".join(map(str, sources)), "n_sources": len(sources), "views": len(views),
        "views_low": 0, "p": math.nan, "q": math.nan, "finding": FEW,
        "reason": f"{int(known.sum())} answers; {TOO_FEW} are needed",
    }  # fmt: skip
    if use.sum() < TOO_FEW:
        return row
    X = np.stack([held.view[use] == view for view in views], axis=1).astype(np.float64)
    fit = cluster_regression(value[use] - MIDDLE, X, held.rater[use])
    alike = np.full(len(views), 1 / len(views))
    mean = fit.estimate(alike, confidence, "mean over views, CR2")
    p = p_value(mean, fit.degrees(alike)) if mean.bounded else math.nan
    return row | {
        "estimate": MIDDLE + mean.value, "lower": max(0.0, MIDDLE + mean.lower),
        "upper": min(1.0, MIDDLE + mean.upper), "p": p, "reason": mean.reason,
        "views_low": int((fit.coefficients < -1e-9).sum()),
    }  # fmt: skip


def _gaps(held: _Held, rubric: Rubric, confidence: float) -> list[dict[str, Any]]:
    """Every pair of views, over all items and item by item; two families of tests."""
    known = ~np.isnan(held.shares)
    enough = known.sum(axis=1) >= float(rubric.least_share) * len(held.items)
    total = np.where(known, held.shares, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    overall = np.where(enough, total, np.nan)
    rows = []
    for one, other in combinations(held.names, 2):
        rows.append(_gap(held, overall, one, other, ALL, "all items", confidence))
        rows += [
            _gap(held, held.column(i), one, other, i, rubric.items[i].text, confidence)
            for i in held.items
        ]
    for whole in (True, False):
        family = [row for row in rows if (row["item"] == ALL) is whole]
        for row, q in zip(family, adjusted([row["p"] for row in family]), strict=True):
            row["q"] = float(q)
            if row["finding"] != FEW:
                row["finding"] = DIFFER if q < 1 - confidence else ALIKE
    return rows


def _gap(
    held: _Held, value: Floats, one: str, other: str, item: str, text: str, confidence: float
) -> dict[str, Any]:
    use = ~np.isnan(value) & np.isin(held.view, [one, other])
    first = held.view[use] == one
    n = int(first.sum()), int((~first).sum())
    found, p, reason = Estimate(math.nan), math.nan, f"{min(n)} answers of one; {TOO_FEW} needed"
    if min(n) >= TOO_FEW:
        both = two_periods(value[use], first, held.rater[use], confidence=confidence)
        found, reason = both.difference, both.difference.reason
        p = both.p if found.bounded else math.nan
    return {
        "first": one, "second": other, "item": item, "text": text, "estimate": found.value,
        "lower": found.lower, "upper": found.upper, "n_first": n[0], "n_second": n[1],
        "n_raters": len(set(held.rater[use])), "p": p, "q": math.nan,
        "finding": FEW if math.isnan(p) else ALIKE, "reason": reason,
    }  # fmt: skip
