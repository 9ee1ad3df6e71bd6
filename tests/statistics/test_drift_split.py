"""The parts of a change: they add up, each finds what was planted, and order plays no part."""

import numpy as np
import pytest

from fidelity.statistics.drift_split import Terms, split, with_intervals


def terms(seed: int = 0, **planted: float) -> Terms:
    """200 pieces in two periods by 20 practitioners and 4 raters, with what is planted."""
    random = np.random.default_rng(seed)
    n = 200
    later = np.arange(n) % 2 == 1
    person = random.integers(0, 20, n)
    kinds = random.random(n) < 0.4 + planted.get("kinds", 0.0) * later
    if planted.get("people"):
        # Newcomers, half a level lower, replace some; most are seen in both periods.
        person = np.where(later & (person < 6), person + 20, person)
    rest = random.normal(size=20)[person % 20] - 0.5 * (person >= 20) + 0.7 * kinds
    return Terms(
        later, planted.get("items", 0.0) * later, planted.get("recording", 0.0) * later,
        rest + planted.get("practice", 0.0) * later, random.integers(0, 4, n), person,
        kinds.astype(float)[:, None],
    )  # fmt: skip


NOBODY = np.zeros(4)


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_add_up_to_the_change(seed: int) -> None:
    random = np.random.default_rng(seed)
    given = terms(seed, practice=-0.3, recording=0.2, items=0.1, people=1.0, kinds=0.3)
    found = split(given, random.normal(size=4), random.normal(size=4))
    score = given.items + given.recording + given.rest
    change = score[given.later].mean() - score[~given.later].mean()
    assert found.total == pytest.approx(change, abs=1e-12)


def test_each_part_finds_what_was_planted_and_nothing_else() -> None:
    base = split(terms(), NOBODY, NOBODY)
    for name in ("practice", "recording", "items"):
        found = split(terms(**{name: 0.4}), NOBODY, NOBODY)
        for other in ("practice", "recording", "items", "shift", "who_scored", "people", "kinds"):
            more = getattr(found, other) - getattr(base, other)
            assert more == pytest.approx(0.4 if other == name else 0.0, abs=1e-9)


def test_the_kind_of_work_and_newcomers_are_not_taken_for_practice() -> None:
    mix = split(terms(kinds=0.4), NOBODY, NOBODY)
    given = terms(kinds=0.4)
    share = given.kinds[given.later].mean() - given.kinds[~given.later].mean()
    assert mix.kinds == pytest.approx(0.7 * share, abs=1e-9)
    assert mix.practice == pytest.approx(0.0, abs=1e-9)
    new = split(terms(people=1.0), NOBODY, NOBODY)
    assert new.practice == pytest.approx(0.0, abs=1e-9)
    assert new.people == pytest.approx(split(terms(), NOBODY, NOBODY).people - 0.15, abs=0.06)


def test_scoring_is_parted_by_the_mean_of_both_orders() -> None:
    """Two raters, shares 3/4 and 1/4 then 1/4 and 3/4: by hand, Kitagawa."""
    later = np.repeat([False, True], 8)
    rater = np.array([0] * 6 + [1] * 2 + [0] * 2 + [1] * 6)
    level, move = np.array([0.0, 1.0]), np.array([0.2, 0.4])
    scores = level[rater] + np.where(later, 0.5, -0.5) * move[rater]
    given = Terms(later, np.zeros(16), np.zeros(16), scores, rater, np.arange(16) % 8,
                  np.zeros((16, 0)))  # fmt: skip
    found = split(given, level, move)
    assert found.who_scored == pytest.approx(0.5)
    assert found.shift == pytest.approx(0.5 * 0.2 + 0.5 * 0.4)
    assert found.practice + found.people == pytest.approx(0.0, abs=1e-12)
    back = split(
        Terms(~later, np.zeros(16), np.zeros(16), scores, rater, np.arange(16) % 8,
              np.zeros((16, 0))), level, -move,
    )  # fmt: skip
    np.testing.assert_allclose(back.values(), -found.values(), atol=1e-12)


def test_agreed_scores_have_no_rater() -> None:
    later = np.repeat([False, True], 10)
    rater = np.where(later, -1, 0)
    given = Terms(later, np.zeros(20), np.zeros(20), np.where(later, 3.0, 3.5), rater,
                  np.arange(20) % 10, np.zeros((20, 0)))  # fmt: skip
    found = split(given, np.array([0.5]), np.array([0.0]))
    assert found.who_scored == pytest.approx(-0.5)
    assert found.practice == pytest.approx(0.0, abs=1e-12)


def test_where_nobody_was_seen_twice_practice_and_people_are_one() -> None:
    given = terms(practice=0.3)
    others = np.where(given.later, given.practitioner + 20, given.practitioner)
    apart = given.taken(np.arange(len(others)), others)
    found = split(apart, NOBODY, NOBODY)
    assert not found.same
    assert found.people == 0
    whole = split(given, NOBODY, NOBODY)
    assert found.practice == pytest.approx(whole.practice + whole.people, abs=0.05)


def test_intervals_are_those_of_drawing_practitioners_again() -> None:
    """Of a plain mean of clusters: the bootstrap error is that of the formula."""
    random = np.random.default_rng(1)
    effect = random.normal(size=30)
    from fidelity.statistics.drift_split import Parts

    def again(drawn: np.ndarray) -> Parts:
        return Parts(float(effect[drawn].mean()), 0, 0, 0, 0, 0, 0, True)

    told = with_intervals(again(np.arange(30)), again, 30, 60, 2000, random, 0.95)
    assert told[0].se == pytest.approx(effect.std() / np.sqrt(30), rel=0.06)
    assert told[0].upper - told[0].value == pytest.approx(2.045 * told[0].se, rel=1e-3)
    assert told[-1].value == told[0].value
    assert told[0].clusters == 30
    alone = with_intervals(again(np.array([0])), again, 1, 2, 100, random, 0.95)
    assert np.isnan(alone[0].lower)
    assert "too few practitioners" in alone[0].reason
