"""Reliable change: what is known, what is estimated, and means of pieces."""

import numpy as np
import pytest

from fidelity.errors import UsageError
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.reliable_change import (
    FELL,
    IMPROVED,
    NOISE,
    change_of_means,
    reliable_change,
)


def test_post_minus_pre_decides_the_side() -> None:
    found = reliable_change([3, 3, 3, np.nan], [5, 1, 3.1, 4], sd=0.8, reliability=0.8)
    assert list(found.finding) == [IMPROVED, FELL, NOISE, ""]
    assert found.change[:2] == pytest.approx([2, -2])
    assert (found.lower[:2] < found.change[:2]).all()


def test_an_uncertain_reliability_asks_for_more() -> None:
    known = reliable_change(3, 4, sd=0.8, reliability=0.7).needed[0]
    little = Estimate(0.7, lower=0.65, upper=0.745, n=500)
    much = Estimate(0.7, lower=0.3, upper=0.9, n=15)
    few, many = (reliable_change(3, 4, sd=0.8, reliability=r).needed[0] for r in (little, much))
    assert known < few < many
    assert few == pytest.approx(known, rel=0.01)
    assert many > 1.05 * known
    spread = reliable_change(3, 4, sd=Estimate(0.8, 0.15), reliability=0.7).needed[0]
    assert spread > known


def test_the_mixture_holds_its_rate() -> None:
    rng = np.random.default_rng(1)
    r = np.tanh(np.arctanh(0.7) + rng.normal(0, 0.25, 200_000))
    noise = rng.normal(size=r.size) * 0.8 * np.sqrt(2 * (1 - np.clip(r, 0, 1)))
    half = 1.959964 * 0.25
    ends = np.tanh(np.arctanh(0.7) + np.array([-half, half]))
    told = Estimate(0.7, lower=float(ends[0]), upper=float(ends[1]), n=19)
    needed = reliable_change(3, 3, sd=0.8, reliability=told).needed[0]
    assert np.mean(np.abs(noise) > needed) == pytest.approx(0.05, abs=0.003)


def test_means_of_pieces_are_the_pooled_t_test() -> None:
    found = change_of_means([2.0, 2.0, np.nan], [3.0, 3.0, 3.0], [4, 1, 0], [4, 1, 2],
                            within=0.36, df=20)  # fmt: skip
    assert found.se[:2] == pytest.approx([0.6 * np.sqrt(0.5), 0.6 * np.sqrt(2)])
    assert found.needed[0] == pytest.approx(2.085963 * found.se[0], rel=1e-5)
    assert list(found.finding) == [IMPROVED, NOISE, ""]


def test_what_makes_no_sense_is_refused() -> None:
    for sd, reliability in ((1.0, 1.0), (1.0, -0.1), (0.0, 0.5), (1.0, float("nan"))):
        with pytest.raises(UsageError, match="reliability"):
            reliable_change(1, 2, sd=sd, reliability=reliability)
