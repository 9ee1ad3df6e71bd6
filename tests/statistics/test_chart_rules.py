"""Every rule against a reader who counts with a finger, and against patterns that it must see."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from fidelity.statistics.chart_rules import RULES, SETS, rules_named
from fidelity.statistics.charts import xmr

RNG = np.random.default_rng(11)


def windows(d: list[float], k: int) -> list[range]:
    return [range(s, s + k) for s in range(len(d) - k + 1)]


def counted(name: str, d: list[float], reach: float) -> set[int]:
    """The points that a rule marks, read window by window."""
    one, two = reach / 3, reach * 2 / 3
    found: set[int] = set()
    if name == "outside the limits":
        return {k for k, v in enumerate(d) if abs(v) > reach}
    number = int(name.split()[0])
    for sign in (1, -1):
        v = [sign * x for x in d]
        if name.endswith("on one side"):
            for w in windows(d, number):
                found |= set(w) if all(v[k] > 0 for k in w) else set()
        elif name.endswith("rising or falling"):
            for w in windows(d, number):
                found |= set(w) if all(v[k + 1] > v[k] for k in w[:-1]) else set()
        elif name == "2 of 3 near a limit":
            for w in windows(d, 3):
                near = {k for k in w if two < v[k] <= reach}
                found |= near if len(near) >= 2 and all(v[k] > 0 for k in w) else set()
        elif "beyond" in name:
            line, k = (two, 3) if number == 2 else (one, 5)
            for w in windows(d, k):
                far = {j for j in w if v[j] > line}
                found |= far if len(far) >= number else set()
    for w in windows(d, number):
        steps = [d[k + 1] - d[k] for k in w[:-1]]
        turns = all(a * b < 0 for a, b in pairwise(steps))
        close = all(abs(d[k]) < one for k in w)
        away = all(abs(d[k]) > one for k in w)
        holds = {"14 up and down in turn": turns, "15 close to the centre": close,
                 "8 away from the centre": away}  # fmt: skip
        found |= set(w) if holds.get(name, False) else set()
    return found


@pytest.mark.parametrize("name", RULES)
def test_a_rule_marks_what_a_reader_counts(name: str) -> None:
    """Ties, flat stretches and all kinds of waves: values on a coarse grid, 500 series."""
    length = 32
    shapes = [
        RNG.normal(0, 1, (200, length)),
        RNG.normal(0, 0.25, (100, length)),
        np.round(RNG.normal(0, 1.5, (100, length))),
        RNG.normal(0, 1, (50, length)).cumsum(axis=1) / 2,
        (-1.0) ** np.arange(length) * RNG.uniform(0.2, 2, (50, length)),
    ]
    d = np.concatenate(shapes)
    reach = np.full(d.shape, 3.0)
    up, down = RULES[name](d.T.copy(), reach.T.copy())
    seen = 0
    for row, flags in zip(d, (up | down).T, strict=True):
        expected = counted(name, row.tolist(), 3.0)
        assert set(np.flatnonzero(flags).tolist()) == expected
        seen += bool(expected)
    assert seen > 5, "the rule was hardly tried"


def test_direction_is_the_side_and_for_a_trend_the_way() -> None:
    y = np.r_[np.tile([0.0, 0.2], 8), np.linspace(-0.5, 0.7, 7)]
    chart = xmr(y, rules=("7 rising or falling",))
    assert chart.direction[-7:].tolist() == [1] * 7, "also those below the centre"
    high = xmr(np.r_[np.tile([0.0, 0.2], 8), 5.0, -5.0], rules="shewhart", screen=True)
    assert high.direction[-2:].tolist() == [1, -1]
    even = xmr(np.r_[np.tile([-3.0, 3.0], 4), np.tile([-0.1, 0.1], 10)],
               rules=("15 close to the centre",), screen=False)  # fmt: skip
    assert even.flagged[-15:].all()
    assert (even.direction == 0).all(), "it goes neither way"


def test_sets_by_name_and_rules_by_name() -> None:
    assert rules_named("nhs") == SETS["nhs"]
    assert rules_named("7 on one side") == ("7 on one side",)
    y = RNG.normal(size=(30, 40))
    for name, members in SETS.items():
        chart = xmr(y, rules=name)
        assert tuple(chart.flags) == members
        assert chart.method["rules"] == name
        one = xmr(y, rules=members)
        assert all(np.array_equal(one.flags[m], chart.flags[m]) for m in members)


def test_flags_equal_those_of_a_vectorised_pandas() -> None:
    """The benchmark's two ways in pandas, on its own 4,500 series of 60 months."""
    from benchmarks import charts as benchmark

    y = benchmark.series()
    assert y.shape == (4500, 60)
    ours = benchmark.ours(y)
    theirs = benchmark.wide(pd.DataFrame(y.T.copy()))
    table = pd.DataFrame({"series": np.repeat(np.arange(4500), 60), "y": y.ravel()})
    for other in (theirs, benchmark.long(table)):
        for rule in SETS["nhs"]:
            assert np.array_equal(ours[rule], other[rule]), rule
            assert ours[rule].any()
