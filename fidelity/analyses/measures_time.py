"""Measures over time: a point a period, and the chart that goes with the kind of measure.

Shares go on a p chart, rates on a u chart, means and parts of a whole on a chart of individuals
and moving ranges (xmr). Limits need 12 periods; with 10 or 11 a run chart about the median stands
instead, and with fewer no chart is drawn. How likely a chart flags something by accident is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from fidelity.analyses.measures_estimates import estimate_of
from fidelity.rubric.measures import Measure
from fidelity.statistics.charts import TRIAL, Chart, p_chart, u_chart, xmr
from fidelity.statistics.false_flags import stated
from fidelity.statistics.run_chart import run_chart

#: With fewer periods than this nothing is charted.
LEAST = 10
FREQUENCIES = {"month": "M", "quarter": "Q"}
COLUMNS = (
    "measure", "group", "part", "period", "start", "numerator", "denominator", "n", "estimate",
    "lower", "upper", "chart", "center", "limit_lower", "limit_upper", "flags", "direction",
    "false_flag",
)  # fmt: skip


def over_time(
    measure: Measure, rows: pd.DataFrame, group: str, part: str, every: str, confidence: float
) -> Iterator[dict[str, Any]]:
    """The periods of one series; no rows where no period has a denominator."""
    if measure.origin == "ratings_and_training" and measure.id != "observations_per_worker":
        return  # of a programme, on one day
    totals = _totals(rows, every, measure)
    if totals.empty:
        return
    inside = pd.to_datetime(rows["date"]).dt.to_period(FREQUENCIES[every])
    x, n = totals["numerator"].to_numpy(), totals["denominator"].to_numpy()
    y = np.divide(x, n, out=np.full(len(x), math.nan), where=n > 0)
    kind, chart = _chart(measure, x, n, y)
    chance = float(stated(chart).estimated) if chart is not None else math.nan
    for t, period in enumerate(totals.index):
        told = estimate_of(measure, rows[inside == period], confidence)
        flags = [name for name, flag in chart.flags.items() if flag[t]] if chart else []
        yield {
            "measure": measure.id, "group": group, "part": part, "period": str(period),
            "start": period.start_time.date(), "numerator": x[t],
            "denominator": n[t] if n[t] else math.nan, "n": told.n, "estimate": y[t],
            "lower": told.lower, "upper": told.upper, "chart": kind,
            "center": float(chart.center[t]) if chart else math.nan,
            "limit_lower": float(chart.lower[t]) if chart else math.nan,
            "limit_upper": float(chart.upper[t]) if chart else math.nan,
            "flags": "; ".join(flags), "direction": int(chart.direction[t]) if chart else 0,
            "false_flag": chance,
        }  # fmt: skip


def _totals(rows: pd.DataFrame, every: str, measure: Measure) -> pd.DataFrame:
    """Numerator and denominator of each period, without gaps; per cents are parts of 100."""
    per_cent = measure.kind in {"share", "composition"}
    whole = rows["denominator"].fillna(100.0) if per_cent else rows["denominator"]
    held = rows.assign(
        denominator=whole, period=pd.to_datetime(rows["date"]).dt.to_period(FREQUENCIES[every])
    )
    held = held.dropna(subset=["denominator", "period"])
    if held.empty:
        return held
    if measure.stock:  # days of a period are not added up: its last one counts
        held = held[held["date"] == held.groupby(["period", "subject"])["date"].transform("max")]
    sums = held.groupby("period")[["numerator", "denominator"]].sum()
    step = sums.index.unique().sort_values().to_numpy()
    gap = int(np.diff([p.ordinal for p in step]).min()) if len(step) > 1 else 1
    periods = pd.period_range(step[0], step[-1], freq=FREQUENCIES[every])[::gap]
    periods = periods if set(step) <= set(periods) else pd.period_range(
        step[0], step[-1], freq=FREQUENCIES[every]
    )  # fmt: skip
    return sums.reindex(periods, fill_value=0.0)


def _chart(
    measure: Measure, x: np.ndarray, n: np.ndarray, y: np.ndarray
) -> tuple[str, Chart | None]:
    known = int((~np.isnan(y)).sum())
    if known < LEAST:
        return "", None
    if known < TRIAL:
        return "run", run_chart(y)
    events, size = np.where(n > 0, x, math.nan), np.where(n > 0, n, math.nan)
    if measure.kind == "share":
        return "p", p_chart(events, size)
    if measure.kind == "rate" and bool((x == np.round(x)).all()):
        return "u", u_chart(events, size)
    most = 1.0 if measure.kind == "composition" else math.inf
    return "xmr", xmr(y, bounds=(0.0, most))
