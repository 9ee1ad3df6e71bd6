"""Agreement at its edges: a reason, never an exception or a warning; wrong use is told."""

from collections.abc import Callable
from dataclasses import replace
from math import isnan, nan

import numpy as np
import numpy.typing as npt
import pytest

from fidelity.errors import UsageError
from fidelity.statistics import agreement
from fidelity.statistics.agreement import batch, fleiss_kappa, gwet_ac, krippendorff_alpha
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.patterns import Patterns
from tests.statistics.agreement_cases import EVERY, ask, planted


@pytest.mark.parametrize("se", ["jackknife", "gwet", "bootstrap"])
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (np.empty((0, 2)), "no unit has ratings by two raters"),
        (np.full((4, 2), nan), "no unit has ratings by two raters"),
        ([[1, nan], [2, nan], [nan, 3]], "no unit has ratings by two raters"),
        ([[1, 2], [nan, 1]], "no interval: there is one unit rated twice"),
    ],
    ids=["no units", "no ratings", "no pairs", "one unit"],
)
def test_too_little(name: str, se: str, x: npt.ArrayLike, reason: str) -> None:
    found = ask(name, x, se=se)
    assert found.reason == reason
    assert not found.bounded
    assert isnan(found.se)
    assert found.n == (1 if "one unit" in reason else 0)


@pytest.mark.parametrize("se", ["jackknife", "gwet", "gwet_table", "bootstrap"])
@pytest.mark.parametrize("name", EVERY)
def test_one_level(name: str, se: str) -> None:
    x = np.full((6, 2), 3.0)
    seen, named = ask(name, x, se=se), ask(name, x, se=se, categories=range(1, 6))
    if name == "percent_agreement":
        assert seen.value == named.value == 1.0
    elif name in {"gwet_ac", "brennan_prediger"}:
        assert not seen.known
        assert "name all levels" in seen.reason
        assert named.value == 1.0
    else:
        assert not seen.known
        assert not named.known
        assert "every rating is the same level" in named.reason


def test_full_agreement_says_what_it_cannot_exclude() -> None:
    x = np.repeat(np.array([1.0, 2, 3, 1, 2, 3])[:, None], 2, axis=1)
    found = agreement.percent_agreement(x)
    assert (found.value, found.se) == (1.0, 0.0)
    # 6 of 6 where 54% agree: .54 ** 6 = .025
    assert "all 6 units" in found.reason
    assert "54%" in found.reason


def test_hanging_on_one_unit_is_said() -> None:
    x = np.array([[1.0, 1], [1, 1], [1, 1], [2, 2]])
    found = krippendorff_alpha(x)
    assert found.value == 1.0
    assert "hangs on one of the 4 units" in found.reason
    drawn = krippendorff_alpha(x, se="bootstrap")
    assert not drawn.bounded


def test_few_clusters_are_said() -> None:
    x = planted(np.random.default_rng(9), 60, 3)
    five = krippendorff_alpha(x, clusters=np.arange(60) % 5)
    assert five.clusters == 5
    assert "few clusters (5)" in five.reason
    assert "t with 4 df" in five.method
    assert krippendorff_alpha(x, clusters=np.arange(60) % 20).reason == ""
    one = krippendorff_alpha(x, clusters=["a"] * 60)
    assert one.known
    assert one.reason == "no interval: there is one cluster with a unit rated twice"


def test_units_rated_once_or_never_are_counted() -> None:
    x = np.array([[1.0, 1], [2, 2], [1, 2], [2, 1], [1, nan], [nan, nan]])
    kappa, alpha = fleiss_kappa(x), krippendorff_alpha(x)
    assert kappa.n == alpha.n == 4
    assert "1 rated once; 1 with too few ratings" in kappa.method
    assert "2 with too few ratings left out" in alpha.method
    assert alpha == replace(krippendorff_alpha(x[:4]), method=alpha.method)


def test_units_rated_once_widen_only_the_published_error() -> None:
    random = np.random.default_rng(10)
    x = planted(random, 400, 3)
    once = np.full((200, 3), nan)
    once[:, 0] = random.integers(1, 6, 200)
    both = np.concatenate([x, once])
    scale = {"weights": "linear", "categories": range(1, 6)}
    published = gwet_ac(both, se="gwet", **scale).se / gwet_ac(x, se="gwet", **scale).se
    exact = gwet_ac(both, **scale).se / gwet_ac(x, **scale).se
    assert exact == pytest.approx(1.0, abs=0.05)
    assert published > 1.1


def test_the_interval_is_clipped_to_what_can_be() -> None:
    x = np.array([[1.0, 2], [2, 1], [1, 2], [2, 1], [1, 1]])
    found = fleiss_kappa(x)
    assert found.lower == -1.0
    assert agreement.percent_agreement(x).lower == 0.0
    high = agreement.percent_agreement([[1, 1], [2, 2], [1, 1], [2, 2], [1, 2]])
    assert high.upper == 1.0


def test_confidence_widens_the_interval() -> None:
    x = planted(np.random.default_rng(11), 60, 3)
    for se in ("jackknife", "gwet", "bootstrap"):
        usual, wide = (krippendorff_alpha(x, se=se, confidence=c) for c in (0.95, 0.99))
        assert wide.lower < usual.lower < usual.upper < wide.upper


def test_the_same_seed_gives_the_same_interval() -> None:
    x = planted(np.random.default_rng(12), 60, 3)
    first, again, other = (krippendorff_alpha(x, se="bootstrap", rng=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    generator = krippendorff_alpha(x, se="bootstrap", rng=np.random.default_rng(1))
    assert generator == first


# Wrong use: an error that says what to do --------------------------------------------------------

X = np.array([[1.0, 2, 3], [2, 2, 2], [3, 1, 2]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fleiss_kappa(), "needs ratings"),
        (lambda: fleiss_kappa(X[0]), "one row a unit"),
        (lambda: fleiss_kappa([["yes", "no"]]), "must be numbers"),
        (lambda: fleiss_kappa(np.array([[1.0, np.inf]])), "infinite"),
        (lambda: fleiss_kappa(X, categories=[1, 2]), "outside the levels: 3"),
        (lambda: fleiss_kappa(X, categories=[3, 2, 1]), "ascending"),
        (lambda: fleiss_kappa(X, weights="cubic"), "cubic"),
        (lambda: fleiss_kappa(X, weights=np.eye(2)), "shape"),
        (lambda: fleiss_kappa(X, weights=np.eye(3) * 2), "diagonal must be 1.*between 0 and 1"),
        (lambda: fleiss_kappa(X, weights=np.triu(np.ones((3, 3)))), "symmetric"),
        (lambda: krippendorff_alpha(X, metric="angle"), "angle"),
        (lambda: krippendorff_alpha(X - 2, metric="ratio"), "levels of 0 or more"),
        (lambda: krippendorff_alpha(X, metric=np.eye(3)), "diagonal must be 0"),
        (lambda: fleiss_kappa(X, se="magic"), "se='magic' is not known"),
        (lambda: fleiss_kappa(X, confidence=95, draws=3), "confidence=95.*draws=3"),
        (lambda: fleiss_kappa(X, se="gwet", clusters=[1, 2, 3]), "independent units"),
        (lambda: fleiss_kappa(X, clusters=[1, 2]), "one label for each of 3 units"),
        (lambda: fleiss_kappa(X, clusters=["a", None, "b"]), "missing for 1 of 3 units .rows 1"),
        (lambda: agreement.cohen_kappa(X), "two raters, here are 3"),
        (lambda: fleiss_kappa(X[None].repeat(2, axis=0)), "batch"),
        (lambda: batch("kappa", X[None]), "not known"),
        (lambda: fleiss_kappa(X, patterns=Patterns.from_ratings(X)), "give it alone"),
        (
            lambda: agreement.conger_kappa(patterns=Patterns.from_ratings(X)),
            "does not say who rated what",
        ),
    ],
)
def test_wrong_use_is_told(call: Callable[[], Estimate], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
