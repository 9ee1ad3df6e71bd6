"""Two real Danish series, charted with their phases, beside the same by plain arithmetic.

`gtt`: harms found in 20 patients' records a month, 2010 to 2011 (Global Trigger Tool, which is an
audit of case files). `cdi`: C. difficile infections a month for every 10,000 days of risk, with an
intervention after 24 months. Both come with R qicharts2 (Anhøj), and stay in ../shared/realdata.
"""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fidelity.statistics.charts import Chart, p_chart, u_chart, xmr
from fidelity.statistics.run_chart import LONG_RUN, run_chart

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def audits(realdata: Path) -> pd.DataFrame:
    """Harms, days and records with any harm, by month."""
    raw = pd.read_csv(realdata / "qicharts2_gtt.csv.gz")
    by = raw.assign(any=raw["harms"] > 0).groupby("month")
    return by.agg(harms=("harms", "sum"), days=("days", "sum"), hit=("any", "sum"),
                  n=("harms", "size")).reset_index()  # fmt: skip


@pytest.fixture(scope="module")
def infections(realdata: Path) -> pd.DataFrame:
    return pd.read_csv(realdata / "qicharts2_cdi.csv.gz")


def poisson(x: list[float], days: list[float]) -> list[tuple[float, float, float]]:
    """Center and limits of a u chart, one point at a time."""
    u = math.fsum(x) / math.fsum(days)
    return [(u, max(0.0, u - 3 * math.sqrt(u / d)), u + 3 * math.sqrt(u / d)) for d in days]


def same(chart: Chart, lines: list[tuple[float, float, float]]) -> None:
    for k, (center, lower, upper) in enumerate(lines):
        assert chart.center[k] == pytest.approx(center, rel=1e-12)
        assert chart.lower[k] == pytest.approx(lower, rel=1e-9, abs=1e-12)
        assert chart.upper[k] == pytest.approx(upper, rel=1e-12)


def test_infections_before_and_after(infections: pd.DataFrame) -> None:
    """The phases are the data's own; limits are those of each by itself."""
    n, days = infections["n"].tolist(), (infections["days"] / 10_000).tolist()
    start = infections["period"].tolist().index("post")
    assert start == 24
    chart = u_chart(n, days, parts=[start])
    same(chart, poisson(n[:start], days[:start]) + poisson(n[start:], days[start:]))
    assert chart.center[-1] < 0.6 * chart.center[0]
    assert not chart.flags["outside the limits"][start:].any()
    # Without the phase the fall is a shift: all months after it lie on one side.
    whole = u_chart(n, days, baseline=np.arange(36) < start)
    assert whole.flags["7 on one side"][start:].all()
    assert (whole.direction[start:] == -1).all()
    runs = run_chart(np.array(n) / days)
    assert runs.flags[LONG_RUN][start:].any()


def test_record_audits_by_year(audits: pd.DataFrame) -> None:
    """Harms for every 1,000 days, records with harm, and individuals, in two years."""
    assert len(audits) == 17
    assert audits["n"].eq(20).all()
    year = [str(month)[:4] for month in audits["month"]]
    part = year.index("2011")
    harms, days = audits["harms"].tolist(), (audits["days"] / 1_000).tolist()
    same(u_chart(harms, days, parts=[part]),
         poisson(harms[:part], days[:part]) + poisson(harms[part:], days[part:]))  # fmt: skip

    chart = p_chart(audits["hit"], audits["n"], parts=[part])
    for rows in (slice(0, part), slice(part, None)):
        p = audits["hit"][rows].sum() / (20 * len(audits["hit"][rows]))
        reach = 3 * math.sqrt(p * (1 - p) / 20)
        assert chart.center[rows] == pytest.approx(p)
        assert chart.upper[rows] == pytest.approx(p + reach)
        assert chart.lower[rows] == pytest.approx(max(0.0, p - reach))

    rate = audits["harms"] / days
    found = xmr(rate, parts=[part], screen=False)
    for rows in (slice(0, part), slice(part, None)):
        held = rate[rows].tolist()
        moves = [abs(b - a) for a, b in pairwise(held)]
        mean, reach = math.fsum(held) / len(held), 2.66 * math.fsum(moves) / len(moves)
        assert found.center[rows] == pytest.approx(mean)
        assert found.upper[rows] == pytest.approx(mean + reach)
    assert found.trial[part:].all()
