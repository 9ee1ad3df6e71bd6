"""Henderson's sums: exact, additive, and right on average where scores are missing."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fidelity.errors import UsageError
from fidelity.statistics.designs import levels, parse_design
from fidelity.statistics.henderson import Sums, henderson_mean_squares, henderson_sums
from fidelity.statistics.variance import components_from_sums, variance_components

DESIGN = "p x (r:t)"


def authority(seed: int, n: int = 60) -> tuple[dict[str, NDArray[np.str_]], NDArray[np.float64]]:
    """Invented scores of 1 to 5, a fifth of them missing, levels named by authority."""
    rng = np.random.default_rng(seed)
    p, t, r = (g.ravel() for g in np.meshgrid(range(8), range(3), range(2), indexing="ij"))
    y = np.clip(np.round(3 + rng.normal(0, 1, 8)[p] + rng.normal(0, 1, 48)), 1, 5)
    kept = rng.random(48) > 0.2
    named = {"p": p, "t": t, "r": r}
    return {k: np.char.add(f"{seed} ", v[kept].astype(str)) for k, v in named.items()}, y[kept]


def sums(factors: dict[str, NDArray[np.str_]], y: NDArray[np.float64]) -> Sums:
    return henderson_sums(levels(parse_design(DESIGN), factors, y), origin=3)


def test_sums_of_two_authorities_are_the_sums_of_their_ratings_together() -> None:
    (a, x), (b, z) = authority(1), authority(2)
    together = sums({k: np.concatenate([a[k], b[k]]) for k in a}, np.concatenate([x, z]))
    added = sums(a, x) + sums(b, z)
    for name in ("squares", "counts", "shares", "constant"):
        assert getattr(added, name) == pytest.approx(getattr(together, name), rel=1e-12)
    assert (added.n, added.total, added.mean) == (together.n, together.total, together.mean)
    one, other = components_from_sums(added), components_from_sums(together)
    assert one.values == pytest.approx(other.values, rel=1e-9)
    assert one.components["p"].lower == pytest.approx(other.components["p"].lower, rel=1e-9)
    assert "independent" in one.notes[-1]


def test_sums_that_do_not_belong_together_are_refused() -> None:
    factors, y = authority(1)
    other = henderson_sums(levels(parse_design(DESIGN), factors, y), origin=2)
    with pytest.raises(UsageError, match="same `design=` and `origin=`"):
        sums(factors, y) + other


def test_the_origin_changes_nothing() -> None:
    factors, y = authority(3)
    found = levels(parse_design(DESIGN), factors, y)
    near, far = (
        henderson_mean_squares(henderson_sums(found)),
        henderson_mean_squares(henderson_sums(found, origin=-40)),
    )
    assert near.components == pytest.approx(far.components, rel=1e-9)


def test_expectations_are_exact_whole_numbers_when_balanced() -> None:
    p, r = (g.ravel() for g in np.meshgrid(range(5), range(3), indexing="ij"))
    found = levels(parse_design("p x r"), {"p": p, "r": r}, (p * r % 4).astype(float))
    squares = henderson_mean_squares(henderson_sums(found))
    assert squares.expected.tolist() == [[3, 0, 1], [0, 5, 1], [0, 0, 1]]
    assert squares.df.tolist() == [4, 2, 8]


def test_unbiased_where_scores_are_missing() -> None:
    rng = np.random.default_rng(5)
    truth = np.array([1.0, 0.3, 0.5])
    p, r = (g.ravel() for g in np.meshgrid(range(15), range(4), indexing="ij"))
    drawn = []
    for _ in range(400):
        y = rng.normal(0, 1, 15)[p] + rng.normal(0, 0.3**0.5, 4)[r] + rng.normal(0, 0.5**0.5, 60)
        kept = rng.random(60) > 0.3
        factors = {"p": p[kept], "r": r[kept]}
        drawn.append(
            variance_components(factors, y[kept], design="p x r", method="henderson").values
        )
    mean, se = np.mean(drawn, axis=0), np.std(drawn, axis=0) / 20
    assert (np.abs(mean - truth) < 3.3 * se).all()


def test_too_little_to_estimate_is_said() -> None:
    factors = {"p": [0, 0, 1, 2, 2], "r": [0, 1, 1, 1, 2]}
    with pytest.raises(UsageError, match="Too few scores to estimate pr"):
        variance_components(factors, [1, 2, 3, 4, 6], design="p x r", method="henderson")
