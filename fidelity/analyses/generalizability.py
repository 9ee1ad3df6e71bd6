"""How far can these audits be relied on, and what would more double scoring buy?

Scores of the same rubric differ because practice differs, because raters are more or less strict,
and because two raters see different things in one piece. Pieces scored by two or more raters tell
these apart. What is left of a score once the raters are taken out is its dependability: near 1,
another rater would have given much the same; near 0, the score says more about who scored.

The design is chosen by what is in the data, and named in the result:

- "(piece:practitioner) x rater" where every piece has its practitioner, there are 10 of them or
  more, and raters met enough of them twice to tell the effects apart;
- "piece x rater" otherwise.

With `items=True` the single item scores of pieces with two or more raters are divided too, in the
design "piece x rater x item": it tells strictness, an impression of the whole piece, and another
reading of an item apart.

Sources: Brennan 2001, Generalizability Theory (components, G, Phi, decision studies); Bonett 2002,
Statistics in Medicine 21:1331, eq. 2 (how many pieces would do).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import generalizability_words
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.scorings import (
    AUDITORS,
    Scorings,
    by_piece,
    check_roles,
    measure_of,
    scorings,
    values_of,
)
from fidelity.statistics.connected import linked_parts
from fidelity.statistics.decision import Coefficients, d_study
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.mean_squares import limits
from fidelity.statistics.variance import VarianceComponents, variance_components

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

#: Under so many pieces with two or more raters nothing is estimated.
LEAST = 10
#: What is planned for where nothing is known: a dependability, and how near it should be known.
PLANNED, NEARNESS = 0.7, 0.2
MONTHS = 12
_NESTED, _CROSSED = "(piece:practitioner) x rater", "piece x rater"
_BY_ITEM = "piece x rater x item"
_RATERS, _PIECES = (1, 2, 3, 4), (1, 2, 3, 4, 6, 8, 10, 12)
#: Columns of the table.
COLUMNS = (
    "kind", "source", "estimate", "lower", "upper", "share", "share_lower", "share_upper",
    "n_levels", "n_pieces", "n_double", "n_raters", "reason",
)  # fmt: skip
#: Columns of the plans.
PLAN_COLUMNS = (
    "of", "pieces", "raters", "estimate", "lower", "upper", "g", "g_lower", "g_upper",
    "same_band", "same_band_lower", "same_band_upper", "minutes", "now", "n_pieces", "n_raters",
)  # fmt: skip
PIECE, PRACTITIONER = "one piece", "a practitioner's usual work"


@dataclass(frozen=True, eq=False, repr=False)
class Reliance(Result):
    """How far audits can be relied on.

    `to_frame()` has the columns `kind`, `source`, `estimate`, `lower`, `upper`, `share` with
    `share_lower` and `share_upper` (of all variance; for kind variance), `n_levels`, `n_pieces`,
    `n_double` (pieces with two or more raters), `n_raters`, `reason`. Kinds: variance (in squared
    levels, one row a source), dependability (Phi) and generalizability (G) of one piece as scored
    now, same band (two scorings, before must-haves), and dependability with more double scoring
    (what the interval would about be a year on), and, if asked, variance of item scores. Too few
    to say: NaN with the reason.

    Attributes:
        plans: one row for each number of pieces and raters: `of` (one piece, or a practitioner's
            usual work), `pieces`, `raters` (of each piece), Phi as `estimate`, `lower`, `upper`,
            `g`, `same_band`, `minutes` of scoring (NaN where not recorded), `now`.
        design: "piece x rater" or "(piece:practitioner) x rater"; "" where nothing is estimated.
        measure: which score.
        title: its heading.
        counts: numbers for the sentences: scorings, pieces, double, raters, months, minutes,
            enough (pieces with two raters that would do), extra (more a month), left out.
        groups: groups of raters that share no piece, largest first.
        rubric: the rubric.
    """

    plans: pd.DataFrame = field(default_factory=pd.DataFrame)
    design: str = ""
    measure: str = ""
    title: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[tuple[str, ...], ...] = ()
    rubric: Rubric = field(kw_only=True)

    def plot(self, ax: Any = None) -> Picture:
        """The curves of the decision study, with alt text and data."""
        from fidelity.present.generalizability_pictures import decision_curves

        return decision_curves(self, ax=ax)


def generalizability(
    ratings: Ratings,
    *,
    measure: str | None = None,
    roles: Collection[str] | None = None,
    selection: str = "random",
    extra: int = 3,
    items: bool = False,
    confidence: float = 0.95,
) -> Reliance:
    """Tell how far scores depend on the practice and how far on who scored.

    Agreed scores and benchmark pieces stay out: the ones are made together, the others are not
    drawn from practice.

    Args:
        ratings: checked ratings of one rubric.
        measure: a component, composite or item; the one that is banded if not given, else the
            first composite or component.
        roles: the roles that count as raters; those of auditors if not given.
        selection: "random" leaves out pieces chosen for a reason, which differ more than practice
            does; "all" keeps them.
        extra: more double-scored pieces a month, to say what they would buy.
        items: divide item scores too, which takes some seconds.
        confidence: coverage of the intervals.

    Raises:
        UsageError: unvalidated input, an unknown measure, role or selection.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    given = scorings(ratings, "generalizability", selection)
    name = measure_of(given, measure)
    values = values_of(given, name)
    table, left_out = _looked_at(given, values, roles)
    counts = _counts(table, extra, left_out, confidence)
    study, design, counts["refused"] = _study(table, counts["double"], confidence)
    cuts = _cuts(given.rubric, name)
    plans = _plans(study, counts, cuts) if study else pd.DataFrame(columns=PLAN_COLUMNS)
    rows = list(_rows(study, plans, counts))
    if study and items:
        rows += _item_rows(given, table, counts, confidence)
    title = given.rubric.titles.get(name) or given.rubric.items[name].text
    result = Reliance(
        table=pd.DataFrame(rows, columns=COLUMNS),
        sentences=(),
        method=method_of(
            "generalizability", given.rubric.label, measure=name, design=design,
            roles=counts["roles"], selection=selection, items=items, confidence=confidence,
            estimator=study.method if study else "", notes=study.notes if study else (),
        ),
        plans=plans, design=design, measure=name, title=title,
        counts=counts, groups=_groups(table), rubric=given.rubric,
    )  # fmt: skip
    return replace(result, sentences=tuple(generalizability_words.sentences(result)))


def _cuts(rubric: Rubric, measure: str) -> tuple[float, ...]:
    """Where the measure is cut into bands; a single graded item is its own band."""
    if rubric.bands is None or rubric.bands.of != measure or measure in rubric.items:
        return ()
    return tuple(float(b.at_least) for b in rubric.bands.levels if b.at_least is not None)


def _looked_at(
    given: Scorings, values: npt.NDArray[np.float64], roles: Collection[str] | None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row a scoring that counts, with its score; and how many were left out, by why."""
    if roles is not None:
        check_roles(given, roles, "roles")
    agreed = given.role == "agreed"
    tests = {
        "agreed": ~agreed,
        "of benchmark pieces": ~given.benchmark,
        "in another role": np.isin(given.role, list(AUDITORS if roles is None else roles)),
        "without a score": ~np.isnan(values),
    }
    kept = np.ones(len(values), np.bool_)
    left_out = {"pieces chosen for a reason": sum(given.left_out.values())}
    for why, passes in tests.items():
        left_out[why] = int((kept & ~passes).sum())
        kept &= passes
    # A rater's second look at a piece is no second opinion.
    _, side = by_piece(given, np.flatnonzero(kept))
    rows = np.sort(side[side >= 0])
    left_out["again by the same rater"] = int(kept.sum()) - len(rows)
    table = given.table.iloc[rows].assign(score=values[rows], row=rows).reset_index(drop=True)
    return table, {why: n for why, n in left_out.items() if n}


def _groups(table: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Groups of raters that share no piece with those of another group."""
    if table.empty:
        return ()
    _, parts = linked_parts(table["piece"].to_numpy(object), table["rater"].to_numpy(object))
    return tuple(tuple(sorted(map(str, part))) for part in parts)


def _counts(
    table: pd.DataFrame, extra: int, left_out: Mapping[str, int], confidence: float
) -> dict[str, Any]:
    minutes = table["minutes"].dropna() if "minutes" in table else pd.Series(dtype=float)
    double = int((table.groupby("piece").size() > 1).sum())
    days = table["date"].dropna() if "date" in table else pd.Series(dtype=object)
    span = (max(days) - min(days)).days if len(days) else 0
    return {
        "scorings": len(table), "pieces": int(table["piece"].nunique()), "double": double,
        "raters": int(table["rater"].nunique()), "months": span / 30.44, "extra": extra,
        "minutes": float(minutes.median()) if len(minutes) else math.nan,
        "enough": enough(confidence), "left_out": dict(left_out),
        "roles": sorted(set(table["rater_role"]) - {""}),
        "each": int(table.groupby("piece").size().mode().iloc[0]) if len(table) else 1,
    }  # fmt: skip


def enough(confidence: float, planned: float = PLANNED, nearness: float = NEARNESS) -> int:
    """Pieces with two raters that would do to know a dependability this nearly.

    Source: Bonett 2002, Statistics in Medicine 21:1331, eq. 2, with two raters a piece.
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + confidence / 2))
    spread = (1 - planned) ** 2 * (1 + planned) ** 2
    return math.ceil(8 * z**2 * spread / (2 * (2 * nearness) ** 2) + 1)


def _study(
    table: pd.DataFrame, double: int, confidence: float
) -> tuple[VarianceComponents | None, str, str]:
    """The variance components in the richest design that the data can tell apart, or why not."""
    if double < LEAST:
        return None, "", f"too few to say: {double} pieces with two or more raters"
    if table["score"].nunique() < 2:
        return None, "", "the scores do not vary."
    if table.groupby("rater")["piece"].nunique().max() < 2:
        return None, "", "no rater scored two pieces."
    design = _NESTED if _nests(table) else _CROSSED
    facets = ("practitioner", "piece", "rater") if design == _NESTED else ("piece", "rater")
    factors = {name: table[name].astype(str).to_numpy() for name in facets}
    study, refused = _divided(factors, table["score"].to_numpy(np.float64), design, confidence)
    return study, design if study else "", refused


def _divided(
    factors: Mapping[str, Any], scores: npt.NDArray[np.float64], design: str, confidence: float
) -> tuple[VarianceComponents | None, str]:
    """Variance components, or why these scores do not fit the design."""
    try:
        return variance_components(factors, scores, design=design, confidence=confidence), ""
    except UsageError as error:
        return None, str(error).splitlines()[0]


def _nests(table: pd.DataFrame) -> bool:
    if "practitioner" not in table or table["practitioner"].isna().any():
        return False
    met = table.groupby(["practitioner", "rater"])["piece"].nunique()
    return bool(table["practitioner"].nunique() >= LEAST and (met > 1).sum() >= LEAST)


def _plans(
    study: VarianceComponents, counts: Mapping[str, Any], cuts: tuple[float, ...]
) -> pd.DataFrame:
    """Phi, G, bands and minutes for other numbers of raters and pieces."""
    raters = sorted({*_RATERS, counts["each"]})
    minutes = counts["minutes"]

    def cost(sizes: Mapping[str, int]) -> float:
        return float(minutes * sizes["rater"] * sizes.get("piece", 1))

    found = d_study(study, {"rater": raters}, measured="piece", cuts=cuts, cost=cost)
    rows = [_plan(PIECE, row, 1, row.sizes["rater"] == counts["each"]) for row in found.rows]
    if "practitioner" in study.design.facets:
        grid, own = {"piece": _PIECES, "rater": (1, 2)}, "rater:piece:practitioner"
        found = d_study(study, grid, measured="practitioner", design=own, cost=cost)
        rows += [_plan(PRACTITIONER, row, row.sizes["piece"], False) for row in found.rows]
    ns = {"n_pieces": counts["pieces"], "n_raters": counts["raters"]}
    return pd.DataFrame([row | ns for row in rows], columns=PLAN_COLUMNS)


def _plan(of: str, row: Coefficients, pieces: int, now: bool) -> dict[str, Any]:
    band = row.consistency or Estimate(math.nan)
    return {
        "of": of, "pieces": pieces, "raters": row.sizes["rater"], "now": now,
        "minutes": row.cost, **_three(row.dependability, ""), **_three(row.generalizability, "g"),
        **_three(band, "same_band"),
    }  # fmt: skip


def _three(estimate: Estimate, name: str) -> dict[str, float]:
    limit = f"{name}_" if name else ""
    return {
        name or "estimate": estimate.value,
        f"{limit}lower": estimate.lower,
        f"{limit}upper": estimate.upper,
    }


def _rows(
    study: VarianceComponents | None, plans: pd.DataFrame, counts: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    ns = {"n_pieces": counts["pieces"], "n_double": counts["double"], "n_raters": counts["raters"]}
    if study is None:
        yield {"kind": "dependability", "source": PIECE, **ns, "reason": counts["refused"]}
        return
    yield from (row | ns for row in _variance_rows(study, "variance"))
    now = plans[plans["now"]].iloc[0]
    yield {**_coefficient("dependability", now, "", now["raters"]), **ns}
    yield {**_coefficient("generalizability", now, "g", now["raters"]), **ns}
    if not math.isnan(now["same_band"]):
        yield {**_coefficient("same band", now, "same_band", now["raters"]), **ns}
    if counts["extra"] > 0:
        later = counts["double"] + MONTHS * counts["extra"]
        row = _coefficient("dependability with more double scoring", now, "", now["raters"])
        yield {**row, **_narrower(row, counts["double"] / later), **ns, "n_double": later}


def _item_rows(
    given: Scorings, table: pd.DataFrame, counts: Mapping[str, Any], confidence: float
) -> list[dict[str, Any]]:
    """Variance of single item scores, on pieces with two or more raters and items of one scale."""
    rubric = given.rubric
    scale = {i: rubric.scale_of(i) for i in rubric.scored_items}
    ids = [s.id for s in scale.values() if s.kind == "levels"]
    items = [i for i in scale if scale[i].id == max(ids, key=ids.count)] if ids else []
    several = table[table.groupby("piece")["rater"].transform("size") > 1]
    columns = np.array(given.answers.columns(items), np.intp)
    levels = given.levels[np.ix_(several["row"].to_numpy(np.intp), columns)]
    row, column = np.nonzero(~np.isnan(levels))
    factors = {name: several[name].to_numpy(str)[row] for name in ("piece", "rater")}
    factors["item"] = np.array(items, dtype=str)[column]
    study, _ = _divided(factors, levels[row, column], _BY_ITEM, confidence)
    if study is None:
        return []
    ns = {"n_pieces": counts["double"], "n_double": counts["double"],
          "n_raters": int(several["rater"].nunique())}  # fmt: skip
    return [found | ns for found in _variance_rows(study, "variance of item scores")]


def _variance_rows(study: VarianceComponents, kind: str) -> Iterator[dict[str, Any]]:
    """Each component, with its share of all variance; negative ones count as 0 in shares."""
    values = np.maximum(study.values, 0.0)
    ranges = limits(study.mean_squares, study.confidence) if study.mean_squares else None
    for place, (name, estimate) in enumerate(study.components.items()):
        unit = np.eye(len(values))[place]
        share = values[place] / values.sum() if values.sum() > 0 else math.nan
        lower, upper = ranges.share(unit, 1.0 - unit) if ranges else (math.nan, math.nan)
        yield {
            "kind": kind, "source": name, "estimate": estimate.value,
            "lower": estimate.lower, "upper": estimate.upper, "share": share,
            "share_lower": min(lower, share), "share_upper": max(upper, share),
            "n_levels": estimate.n, "reason": estimate.reason,
        }  # fmt: skip


def _coefficient(kind: str, plan: pd.Series, name: str, raters: int) -> dict[str, Any]:
    limit = f"{name}_" if name else ""
    return {
        "kind": kind, "source": PIECE, "estimate": plan[name or "estimate"],
        "lower": plan[f"{limit}lower"], "upper": plan[f"{limit}upper"],
        "reason": f"with {raters} rater{'s' if raters > 1 else ''} a piece",
    }  # fmt: skip


def _narrower(row: Mapping[str, Any], ratio: float) -> dict[str, Any]:
    """Limits drawn in as the square root of the pieces with two raters: for planning only.

    It takes the estimate to stay as it is, and is too hopeful where few raters are the limit.
    """
    by = math.sqrt(ratio)
    value = row["estimate"]
    return {
        "lower": value - (value - row["lower"]) * by,
        "upper": value + (row["upper"] - value) * by,
        "reason": f"a forecast: {MONTHS} months on, if the estimate stays as it is",
    }
