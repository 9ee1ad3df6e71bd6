"""When did scores move more than they usually do?

Pieces are put into months or quarters by the end of the practice looked at, and the means (or
shares) are charted with limits that say how far they usually go up and down. Points and rows of
points that go beyond are flagged, by rules with names. A chart also says how likely it is that it
flags something where nothing changed, and gives an interval that may be looked at every month.

A flag says that scores moved. It does not say whether practice, the scoring, the recording or the
choice of pieces moved: that is the question of `drift`.

Limits move only where somebody says so, by a date and a reason: `baseline` (they rest on the
periods up to that date) and `rebase` (they begin anew there). Both may be given together.

A period with fewer than 5 pieces has no point. A series with fewer than 6 points has no limits;
with fewer than 12, its limits are called trial limits. With one point for each period, limits
from moving ranges hold what varies from period to period, measurement error included: that of
raters who score all the time is in the limits already. What is not is a change in who scores;
`strictness` moves each score by its rater's strictness and widens the limits where the mix of
raters differs from that of the baseline (`chart_series.rater_variance`).

Sources: `fidelity.statistics.charts`, `chart_rules`, `run_chart`, `confidence_sequence` and
`false_flags`, each with its publications.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fidelity.analyses import chart_words
from fidelity.analyses.chart_periods import Plan, plan_of
from fidelity.analyses.chart_series import (
    Group,
    Measured,
    Pieces,
    Watched,
    adjusted,
    cells,
    groups_of,
    measured,
    pieces_of,
    rater_variance,
    watched,
)  # fmt: skip
from fidelity.collect.columns import DRAWN_AT_RANDOM
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.statistics import false_flags
from fidelity.statistics.chart_sequential import ewma
from fidelity.statistics.charts import TRIAL, Chart, xmr
from fidelity.statistics.run_chart import run_chart

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

KINDS = ("xmr", "run", "ewma")
BETTER = ("higher", "lower", "neither")
IMPROVEMENT, CONCERN, CHANGE, STEADY = "improvement", "concern", "change", "steady"
TOO_FEW_POINTS = "too few points"
#: Columns of the table, after the group columns.
COLUMNS = (
    "period", "start", "phase", "estimate", "se", "lower", "upper", "point", "n_pieces",
    "n_missing", "n_clusters", "n_raters", "ne_rate", "weighted", "center", "limit_lower",
    "limit_upper", "flags", "finding", "direction", "running_mean", "running_lower",
    "running_upper", "reason",
)  # fmt: skip
#: Columns of the table of groups, after the group columns.
GROUP_COLUMNS = (
    "n_points", "n_pieces", "n_limits", "variation", "assurance", "n_flagged", "false_flag",
    "false_flag_known", "from_sampling", "left", "left_in", "left_way", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Charts(Result):
    """Charts of one measure, one for each group.

    `to_frame()` has one row a group and period: the group columns (and `rater_role` where there
    are several), `period`, `start` (its first day), `phase` (from 1, new at each rebase),
    `estimate`, `se`, `lower`, `upper`, `point` (what is charted: NaN under 5 pieces), `n_pieces`,
    `n_missing`, `n_clusters`, `n_raters`, `ne_rate`, `weighted` (the weighted mean, with
    kind="ewma": limits are of it), `center`, `limit_lower`, `limit_upper`,
    `flags` (names of rules), `finding` (improvement, concern, change, or nothing), `direction` (1
    up, -1 down), `running_mean`, `running_lower`, `running_upper` (the interval that may be
    looked at in every period), `reason`.

    Attributes:
        groups: one row a group: `n_points`, `n_pieces`, `n_limits` (points that the latest limits
            rest on), `variation` (steady, improvement, concern, change, of the latest point; or
            too few points), `assurance` (the target above, inside or below the limits),
            `n_flagged`, `false_flag` (the chance of at least one flag where nothing changes, with
            limits as they are here), `false_flag_known` (with known limits), `from_sampling` (how
            much of the variance that the limits allow for comes from which pieces were drawn and
            how they were scored, by the standard errors of the points), `left` (whether the
            interval for looking every period shows that the mean moved, by its name), `left_in`
            (since when), `reason`.
        events: what happened in the time of the chart: date, what, place (on the axis of periods).
        plan: periods, phases and baseline, with their reasons.
        measure: what is charted.
        counts: numbers for the sentences.
        rubric: the rubric.
        by: the group columns.
    """

    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    events: pd.DataFrame = field(default_factory=pd.DataFrame)
    plan: Plan = field(kw_only=True)
    measure: Measured = field(kw_only=True)
    counts: Mapping[str, Any] = field(default_factory=dict)
    rubric: Rubric = field(kw_only=True)
    by: tuple[str, ...] = ()

    def plot(self, ax: Any = None) -> Picture:
        """The chart, small multiples on one scale, or rows of first and latest, as data allow."""
        from fidelity.present.chart_pictures import chart_picture

        return chart_picture(self, ax=ax)


def chart(
    ratings: Ratings,
    *,
    every: str = "month",
    measure: str | None = None,
    by: str | list[str] | None = None,
    kind: str = "xmr",
    rules: str = "nhs",
    baseline: tuple[str, str] | None = None,
    rebase: Mapping[str, str] | None = None,
    events: pd.DataFrame | None = None,
    strictness: Result | None = None,
    target: float | None = None,
    better: str = "higher",
    record: str | None = None,
    selection: str = "random",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> Charts:
    """Chart a measure over time, by group and over all.

    Args:
        ratings: checked ratings of one rubric, with dates.
        every: "month" or "quarter".
        measure: a mean, ratio or band of the rubric; the main mean if not given.
        by: a group column or several.
        kind: "xmr" (limits from moving ranges), "run" (the median and the signs of Anhøj), or
            "ewma" (a weighted mean that remembers: for slow slides, with fewer false flags).
        rules: the set of rules: "nhs", "western_electric", "nelson" or "shewhart".
        baseline: a date and the reason: limits rest on the periods up to the one of that date.
        rebase: date to reason: limits begin anew with the period of that date.
        events: from `read_events`; drawn on the charts.
        strictness: result of `strictness`, to allow for who scored.
        target: a value to be judged against the limits.
        better: "higher", "lower" or "neither": which way is wished.
        record: the role whose assessment counts, where a piece has several.
        selection: "random", or "all" to keep pieces that were chosen for a reason.
        cluster: what pieces are nested in; practitioner, case or piece if not given.
        confidence: of the intervals, and of the one that may be looked at every period.

    Raises:
        UsageError: unvalidated input, no dates, an unknown measure, column, rule or kind, a date
            without a reason or outside the time of the ratings.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    _check(ratings, kind, better)
    of = measured(ratings, measure)
    pieces = pieces_of(ratings, of, every, record, selection, cluster)
    if strictness is not None:
        pieces = adjusted(pieces, of, strictness)
    plan = plan_of(pieces.periods, every, baseline, rebase, events)
    heads, groups = groups_of(pieces, by)
    told = [pd.DataFrame(list(cells(pieces, of, group, confidence))) for group in groups]
    drawn = _charts(told, pieces, groups, plan, of, kind, rules)
    watch = [watched(pieces, of, group, plan.last_part, plan.last_of_baseline, confidence)
             for group in groups]  # fmt: skip
    tables = _tables(told, drawn, watch, plan, groups, heads, better)
    used = {"run": "anhoj", "ewma": "ewma"}.get(kind, rules)
    result = Charts(
        table=pd.concat(tables, ignore_index=True),
        sentences=(),
        method=method_of(
            "chart", ratings.rubric.label, every=every, measure=of.id, by=heads, kind=kind,
            rules=used, baseline=baseline, rebase=dict(rebase or {}),
            adjusted_for_strictness=strictness is not None, target=target, better=better,
            record=record, selection=selection, cluster=pieces.cluster_name,
            confidence=confidence,
        ),
        groups=_groups(tables, drawn, watch, plan, groups, heads, target),
        events=plan.events, plan=plan, measure=of, counts=_counts(pieces),
        rubric=ratings.rubric, by=tuple(heads),
    )  # fmt: skip
    return replace(result, sentences=tuple(chart_words.sentences(result)))


def _check(ratings: object, kind: str, better: str) -> None:
    if not isinstance(ratings, Ratings):
        raise UsageError(
            f"chart() takes checked ratings, not {type(ratings).__name__}; first: "
            "ratings = fidelity.Ratings(frame, rubric)"
        )
    for name, value, allowed in (("kind", kind, KINDS), ("better", better, BETTER)):
        if value not in allowed:
            raise UsageError(f'{name}="{value}"; allowed: {", ".join(allowed)}.')


def _charts(
    told: list[pd.DataFrame], pieces: Pieces, groups: list[Group], plan: Plan, of: Measured,
    kind: str, rules: str,
) -> Chart:  # fmt: skip
    """All series in one call; shape (groups, periods)."""
    y = np.array([table["point"].to_numpy(np.float64) for table in told])
    if kind == "run":
        return run_chart(y, baseline=plan.mask, parts=plan.parts)
    if kind == "ewma":
        return ewma(y, baseline=plan.mask, parts=plan.parts)
    extra = None
    if pieces.adjusted:
        base = plan.mask if plan.mask is not None else np.ones(y.shape[1], np.bool_)
        extra = np.array([rater_variance(pieces, group, base) for group in groups])
    return xmr(
        y, baseline=plan.mask, parts=plan.parts, extra=extra,
        bounds=of.bounds if math.isfinite(of.bounds[0]) else None, rules=rules,
    )  # fmt: skip


def _tables(
    told: list[pd.DataFrame], drawn: Chart, watch: list[Watched], plan: Plan, groups: list[Group],
    heads: list[str], better: str,
) -> list[pd.DataFrame]:  # fmt: skip
    """The table of each group. Limits on fewer than 6 points are not shown, nor flags by them."""
    found = []
    for number, (group, table) in enumerate(zip(groups, told, strict=True)):
        usable = drawn.n_limits[number] >= false_flags.LEAST
        names = [
            "; ".join(rule for rule, flag in drawn.flags.items() if flag[number, t]) if ok else ""
            for t, ok in enumerate(usable)
        ]
        direction = np.where(usable, drawn.direction[number], 0)
        seen = watch[number]
        table = table.assign(
            weighted=drawn.y[number] if drawn.method["chart"] == "ewma" else math.nan,
            period=plan.labels, start=plan.periods.start_time.date, phase=plan.phase,
            center=np.where(usable, drawn.center[number], math.nan),
            limit_lower=np.where(usable, drawn.lower[number], math.nan),
            limit_upper=np.where(usable, drawn.upper[number], math.nan), flags=names,
            finding=[_finding(n, d, better) for n, d in zip(names, direction, strict=True)],
            direction=direction, running_mean=seen.mean, running_lower=seen.lower,
            running_upper=seen.upper,
        )[list(COLUMNS)]  # fmt: skip
        for place, (name, label) in enumerate(zip(heads, group.labels, strict=True)):
            table.insert(place, name, label)
        found.append(table)
    return found


def _finding(flags: str, direction: int, better: str) -> str:
    """What a flag means for who wishes for more (or less): a word, never a verdict on anybody."""
    if not flags:
        return ""
    if better == "neither" or not direction:
        return CHANGE
    return IMPROVEMENT if (direction > 0) == (better == "higher") else CONCERN


def _groups(
    tables: list[pd.DataFrame], drawn: Chart, watch: list[Watched], plan: Plan,
    groups: list[Group], heads: list[str], target: float | None,
) -> pd.DataFrame:  # fmt: skip
    """One row a group: how it stands at the end, and what its flags are worth."""
    rows, chance = [], false_flags.stated(drawn)
    for number, (group, table) in enumerate(zip(groups, tables, strict=True)):
        seen = watch[number]
        known = table[table["point"].notna()]
        limits = int(drawn.n_limits[number, -1])
        drawable = bool(table["center"].notna().any())
        rows.append({
            **dict(zip(heads, group.labels, strict=True)),
            "n_points": len(known), "n_pieces": int(table["n_pieces"].sum()),
            "n_limits": limits if drawable else 0,
            "variation": _variation(known) if drawable else TOO_FEW_POINTS,
            "assurance": _assurance(known, target),
            "n_flagged": int((table["flags"] != "").sum()),
            "false_flag": float(chance.estimated[number]),
            "false_flag_known": float(chance.known[number]),
            "from_sampling": _from_sampling(known) if drawn.method["chart"] == "xmr" else math.nan,
            "left": seen.name if seen.left.any() else "",
            "left_in": plan.labels[int(np.argmax(seen.left))] if seen.left.any() else "",
            "left_way": int(seen.direction[-1]),
            "reason": _reason(len(known), limits, drawable),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=[*heads, *GROUP_COLUMNS])


def _from_sampling(known: pd.DataFrame) -> float:
    """Mean squared standard error of the points over the variance that their limits allow for.

    Limits are taken before they were clipped: from the side on which they were not.
    """
    reach = np.maximum(
        known["limit_upper"] - known["center"], known["center"] - known["limit_lower"]
    )
    allowed = float((reach**2).mean()) / 9
    held = float((known["se"] ** 2).mean())
    return held / allowed if allowed > 0 else math.nan


def _variation(known: pd.DataFrame) -> str:
    return str(known["finding"].iloc[-1]) or STEADY


def _assurance(known: pd.DataFrame, target: float | None) -> str:
    """Where a target lies beside the latest limits: above, inside or below; "" without one."""
    if target is None or known.empty or math.isnan(known["limit_lower"].iloc[-1]):
        return ""
    if target > known["limit_upper"].iloc[-1]:
        return "above the limits"
    return "below the limits" if target < known["limit_lower"].iloc[-1] else "inside the limits"


def _reason(points: int, limits: int, drawable: bool) -> str:
    if not drawable:
        rest = points if points < false_flags.LEAST else limits
        return f"limits would rest on {rest} points; {false_flags.LEAST} are needed"
    return f"trial limits: they rest on {limits} points" if limits < TRIAL else ""


def _counts(pieces: Pieces) -> dict[str, Any]:
    table = pieces.table
    away = pieces.chosen.left_out
    reasons = table["selection"] if "selection" in table else pd.Series(dtype=object)
    return {
        "pieces": len(table), "raters": int(table["rater"].nunique()), "undated": pieces.undated,
        "withheld": int(np.isnan(pieces.top).sum()), "agreed": pieces.chosen.agreed,
        "left_out": dict(away), "selection_known": pieces.chosen.selection_known,
        "for_a_reason": int((~reasons.isin(DRAWN_AT_RANDOM) & reasons.notna()).sum()),
        "adjusted": pieces.adjusted,
    }  # fmt: skip
