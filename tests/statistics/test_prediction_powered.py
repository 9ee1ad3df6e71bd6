"""The prediction-powered mean and share: published figures, other routes, and its coverage."""

import math

import numpy as np
import pytest

from benchmarks.studies import moderated_coverage as study
from benchmarks.studies.coverage import read_table, verdict
from fidelity.errors import UsageError
from fidelity.statistics.prediction_powered import (
    Floats,
    prediction_powered_mean,
    prediction_powered_share,
)

NAN = math.nan
CAREFUL = np.array([3, 2, 4, 3, 5, 1, 2, 4], float)
QUICK = np.array([4, 2, 4, 3, 5, 2, 2, 5], float)
ALONE = np.array([4, 3, 5, 4, 2, 3, 5, 1, 4, 4, 3, 5], float)
Y = np.r_[CAREFUL, np.full(12, NAN)]
F = np.r_[QUICK, ALONE]


def drawn(n: int = 60, few: int = 25, seed: int = 3) -> tuple[Floats, Floats, np.ndarray]:
    """Scores, quick scores and clusters of unequal size."""
    random = np.random.default_rng(seed)
    clusters = random.integers(0, 14, n)
    shared = random.normal(size=14)[clusters]
    quick = 3.3 + shared + random.normal(size=n)
    careful = 3 + 0.6 * shared + 0.4 * (quick - 3.3) + 0.5 * random.normal(size=n)
    careful[few:] = NAN
    return careful, quick, clusters


def test_the_orchard_of_cochran() -> None:
    """Cochran 1977, exercise 7.1: 10 of 200 trees weighed, all judged by eye, 11,600 lb in all."""
    weighed = [61, 42, 50, 58, 67, 45, 39, 57, 71, 53]
    judged = [59, 47, 52, 60, 67, 48, 44, 58, 76, 58]
    rest = (11_600 - sum(judged)) / 190
    y, f = np.r_[weighed, np.full(190, NAN)], np.r_[judged, np.full(190, rest)]
    found = prediction_powered_mean(y, f, tuning=190 / 200)  # b = 1: eye plus mean error
    assert found.estimate.value * 200 == pytest.approx(11_080)
    error = np.subtract(weighed, judged)
    part = (f - f.mean()) / 200  # what each tree adds to the estimate, to first order
    part[:10] += (error - error.mean()) / 9
    assert found.estimate.se == pytest.approx(math.sqrt((part**2).sum()), rel=0.01)


@pytest.mark.parametrize(
    ("tuning", "expected"), [(0, 3.0), (0.5, 3.10416667), (1, 3.20833333), (None, 3.11260776)]
)
def test_points_of_the_authors_package(tuning: float | None, expected: float) -> None:
    """As ppi_py 0.2.3 printed; where it tunes, its variance has M - 1 below where ours has M."""
    found = prediction_powered_mean(Y, F, tuning=tuning).estimate.value
    beyond = (found - 3) * (19 / 20 if tuning is None else 1)
    assert 3 + beyond == pytest.approx(expected, abs=1e-8)


def test_tuning_as_the_paper_has_it() -> None:
    n, N = len(CAREFUL), len(ALONE)
    lam = np.cov(CAREFUL, QUICK, ddof=0)[0, 1] / ((1 + n / N) * F.var())
    found = prediction_powered_mean(Y, F)
    assert found.tuning == pytest.approx(lam)
    by_paper = CAREFUL.mean() + lam * (ALONE.mean() - QUICK.mean())
    assert found.estimate.value == pytest.approx(by_paper)
    assert (found.pieces, found.estimate.n) == (n + N, n)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_jackknife_leaves_each_cluster_out(weighted: bool) -> None:
    careful, quick, clusters = drawn()
    chance = np.random.default_rng(4).uniform(0.1, 1, len(quick)) if weighted else None
    found = prediction_powered_mean(careful, quick, clusters, probability=chance).estimate
    without = [
        prediction_powered_mean(
            careful[clusters != label], quick[clusters != label], clusters[clusters != label],
            probability=None if chance is None else chance[clusters != label],
        ).estimate.value
        for label in np.unique(clusters)
    ]  # fmt: skip
    m = len(without)
    assert found.se == pytest.approx(math.sqrt((m - 1) * np.var(without)))
    holding = np.unique(clusters[~np.isnan(careful)]).size
    assert found.clusters == holding
    assert f"t with {holding - 2} df" in found.method


def test_the_quick_scores_may_be_in_any_unit() -> None:
    careful, quick, clusters = drawn()
    one = prediction_powered_mean(careful, quick, clusters).estimate
    other = prediction_powered_mean(careful, 1e6 - 40 * quick, clusters).estimate
    assert (one.value, one.lower) == pytest.approx((other.value, other.lower))


def test_worthless_quick_scores_leave_the_careful_ones_alone() -> None:
    careful, quick, clusters = drawn()
    alone = prediction_powered_mean(careful, quick, clusters, tuning=0).estimate
    same = prediction_powered_mean(careful, np.full(60, 3.0), clusters)
    assert same.tuning == 0
    assert (same.estimate.value, same.estimate.se) == pytest.approx((alone.value, alone.se))
    assert alone.value == pytest.approx(np.nanmean(careful))


def test_order_and_pieces_without_a_quick_score_change_nothing() -> None:
    careful, quick, clusters = drawn()
    one = prediction_powered_mean(careful, quick, clusters).estimate
    order = np.random.default_rng(0).permutation(60)
    again = prediction_powered_mean(careful[order], quick[order], clusters[order]).estimate
    assert (one.value, one.se) == pytest.approx((again.value, again.se))
    more = prediction_powered_mean(
        np.r_[careful, 9, NAN], np.r_[quick, NAN, NAN], np.r_[clusters, 99, 99]
    )
    assert (one.value, one.se) == pytest.approx((more.estimate.value, more.estimate.se))


def test_a_share_stays_between_0_and_1() -> None:
    careful = np.r_[np.ones(8), 0, 0, np.full(40, NAN)]
    quick = np.r_[np.ones(8), 0, 0, np.ones(40)]
    for says_yes in (quick, 1 - quick):  # a perfect guide, and one that always says the contrary
        found = prediction_powered_share(careful, says_yes).estimate
        assert 0 < found.lower < found.value <= found.upper <= 1
    free = prediction_powered_mean(careful, quick, tuning=2).estimate
    assert free.value > 1
    assert prediction_powered_share(careful, quick, tuning=2).estimate.value == 1


def test_where_all_are_alike_the_interval_is_the_cautious_one() -> None:
    careful, quick = np.r_[np.ones(20), np.full(80, NAN)], np.r_[np.ones(60), np.zeros(40)]
    found = prediction_powered_share(careful, quick).estimate
    assert (found.value, found.upper) == (1, 1)
    assert 0.78 < found.lower < 0.85  # 20 of 20 by Wilson: .84 with a normal quantile
    mean = prediction_powered_mean(careful, quick).estimate
    assert mean.value == 1
    assert not mean.bounded
    assert "all alike" in mean.reason


def test_too_little_gives_a_reason() -> None:
    assert "no piece" in prediction_powered_mean([NAN, NAN], [1, 2]).estimate.reason
    assert "no piece" in prediction_powered_share([], []).estimate.reason
    two = prediction_powered_mean([1, 2, NAN, NAN], [1, 2, 3, 4]).estimate
    assert two.known
    assert not two.bounded
    assert "under 3 clusters" in two.reason
    few = prediction_powered_mean([3, 2, 4, 3, NAN], [4, 2, 4, 3, 5]).estimate
    assert few.reason == "few clusters"


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(UsageError, match="2 pieces with both scores"):
        prediction_powered_mean([1, 2, NAN], [1, 2, 3], probability=[0, 1.5, 0])
    with pytest.raises(UsageError, match="shapes are careful"):
        prediction_powered_mean([1, 2], [1, 2, 3])


def test_probabilities_that_are_all_alike_change_nothing() -> None:
    careful, quick, clusters = drawn()
    one = prediction_powered_mean(careful, quick, clusters).estimate
    other = prediction_powered_mean(careful, quick, clusters, probability=np.full(60, 0.4)).estimate
    assert (one.value, one.se) == pytest.approx((other.value, other.se))


ROWS = read_table(study.TABLE)


def test_the_committed_table_is_of_this_study() -> None:
    assert [row["design"] for row in ROWS] == [design.name for design in study.DESIGNS]
    assert {row["seed"] for row in ROWS} == {str(study.SEED)}
    assert {row["runs"] for row in ROWS} == {str(study.RUNS)}


def test_the_committed_table_says_that_it_holds() -> None:
    judged = [row for row in ROWS if row["verdict"] != "hard case"]
    assert len(judged) == 5
    assert {row["verdict"] for row in judged} == {"passes"}
    assert all(float(r["bias_lower99"]) <= 0 <= float(r["bias_upper99"]) for r in judged)
    first = ROWS[0]
    assert first["design"] == "1,000 pieces, 100 moderated"
    assert float(first["width_ratio"]) < 0.9
    chosen = ROWS[-1]
    assert "not said" in chosen["design"]
    assert float(chosen["coverage"]) < 0.5  # no method mends a draw that was not one


@pytest.mark.parametrize(
    "design", [d for d in study.DESIGNS if d.standard], ids=lambda design: design.name
)
def test_a_tenth_of_the_runs_again(design: study.Design) -> None:
    row = study.study(design, study.RUNS // 10)
    assert verdict(int(str(row["covered"])), study.RUNS // 10, standard=True) == "passes", row
    assert float(str(row["bias_lower99"])) <= 0 <= float(str(row["bias_upper99"])), row
    if design is study.DESIGNS[0]:
        assert float(str(row["width_ratio"])) < 0.9
