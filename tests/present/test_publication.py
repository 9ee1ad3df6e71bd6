"""Small numbers stay hidden, from an attacker who knows every rule and counts every possibility."""

import math
from collections import defaultdict
from collections.abc import Iterator

import pytest

import fidelity as fd
from fidelity.present.publication import (
    LEAST_PIECES,
    NARROW,
    SMALL,
    Published,
    protected,
    rounded,
    share_interval,
    why_not,
)  # fmt: skip
from fidelity.statistics.clusters import wilson
from tests.present.planted import Made

Z = 1.959963984540054


def tables(cells: int, total: int) -> Iterator[tuple[int, ...]]:
    """Every way in which a total can lie in cells."""
    if cells == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in tables(cells - 1, total - first):
            yield (first, *rest)


@pytest.mark.parametrize(("cells", "most"), [(2, 60), (3, 42), (4, 27), (5, 17)])
def test_no_small_number_can_be_worked_out(cells: int, most: int) -> None:
    # The attacker tries every table that could lie behind each publication (with totals up to
    # two more than the largest looked at, so that none is missing from its ambiguity).
    behind: dict[Published, list[tuple[int, ...]]] = defaultdict(list)
    for total in range(LEAST_PIECES, most + 1):
        for counts in tables(cells, total):
            behind[protected(counts)].append(counts)
    small = narrowest = 0
    narrowest = SMALL
    for published, possible in behind.items():
        if published.total > rounded(most - 2):
            continue
        for cell in range(cells):
            values = {counts[cell] for counts in possible}
            if values & set(range(1, SMALL + 1)):
                small += 1
                assert published.cells[cell] is None, "a small number is shown"
                narrowest = min(narrowest, max(values) - min(values))
    assert small > 20
    assert narrowest >= NARROW


def test_subtraction_gives_nothing_back() -> None:
    # one small cell of four: the next smallest is hidden too
    published = protected((41, 12, 3, 20))
    assert published == Published((40, None, None, 20), 75)
    # two small ones that the rounded rest would pin down: more is hidden
    assert protected((20, 1, 1)).cells == (None, None, None)
    # nothing small: all shown, rounded
    assert protected((20, 13, 8, 0)) == Published((20, 15, 10, 0), 40)


def test_shares_are_of_rounded_counts() -> None:
    published = protected((41, 12, 3, 20))
    assert published.share(0) == 40 / 75
    assert math.isnan(published.share(2))
    assert published.shown(0) == "40"
    assert published.shown(2) == "c"


@pytest.mark.parametrize(
    ("n", "expected"), [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (12, 10), (13, 15)]
)
def test_rounding_to_five(n: int, expected: int) -> None:
    assert rounded(n) == expected


def test_intervals_are_made_of_rounded_numbers_alone() -> None:
    first, second = protected((41, 30)), protected((39, 31))
    assert first == second
    told = [
        share_interval(published, 0, (yes / n, *wilson(yes / n, n, Z)), n, 0.95)
        for published, yes, n in ((first, 41, 71), (second, 39, 70))
    ]
    assert told[0] == told[1] == pytest.approx(wilson(40 / 70, 70, Z))


def test_likeness_within_clusters_widens_the_interval() -> None:
    published = protected((41, 30))
    plain = wilson(41 / 71, 71, Z)
    wide = wilson(41 / 71, 71 / 2.4, Z)
    low, high = share_interval(published, 0, (41 / 71, *wide), 71, 0.95)
    expected = wilson(40 / 70, 70 / 2.5, Z)
    assert (low, high) == pytest.approx(expected), "2.4 is rounded up to 2.5"
    assert high - low > plain[1] - plain[0]
    assert all(map(math.isnan, share_interval(published, 0, (0.5, math.nan, math.nan), 71, 0.95)))


@pytest.mark.parametrize(
    ("n", "columns", "reason"),
    [
        (9, {}, "fewer than 10 files have been scored"),
        (10, {}, ""),
        (30, {"practitioner": ["a", "b", "c", "d"]}, "of fewer than 5 practitioners"),
        (30, {"practitioner": ["a", "b", "c", "d", "e"]}, ""),
        (30, {"practitioner": [*"aaaaaaabcde"]}, "more than half of the files are of one"),
        (12, {"rater_role": ["peer", "moderator"]}, "fewer than 10 files have been scored"),
    ],
)
def test_when_nothing_may_be_published(
    make: Made, n: int, columns: dict[str, object], reason: str
) -> None:
    found = why_not(fd.score(make("sos_case_file", n, **columns)))
    assert found == reason or (reason and reason in found)
    assert not any(character.isdigit() for character in found.replace("10", "").replace("5", ""))
