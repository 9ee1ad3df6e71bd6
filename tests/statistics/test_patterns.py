"""The pattern table: every way to make it gives the same, tables add, nothing is lost."""

from collections import Counter
from collections.abc import Callable
from math import nan

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fidelity.errors import UsageError
from fidelity.statistics.patterns import Patterns

Array = npt.NDArray[np.float64]
LEVELS = (1.0, 2.0, 3.5)


@st.composite
def ratings(draw: st.DrawFn, raters: int = 3) -> Array:
    row = st.lists(st.sampled_from([*LEVELS, nan]), min_size=raters, max_size=raters)
    rows = draw(st.lists(row, min_size=1, max_size=12))
    return np.array(rows)


def content(table: Patterns) -> Counter[tuple[object, ...]]:
    """The cells as a bag: item, cluster, vector -> units."""
    names = table.clusters if len(table.clusters) else np.array([""])
    bag: Counter[tuple[object, ...]] = Counter()
    for vector, n, item, cluster in zip(
        table.vector, table.n, table.item, table.cluster, strict=True
    ):
        bag[int(item), str(names[cluster]), tuple(table.vectors[vector].tolist())] += int(n)
    return bag


def counted(x: Array) -> Counter[tuple[object, ...]]:
    """The same by a loop over units."""
    bag: Counter[tuple[object, ...]] = Counter()
    for unit in x:
        counts = tuple(int((unit == level).sum()) for level in LEVELS)
        if sum(counts):
            bag[0, "", counts] += 1
    return bag


@settings(max_examples=40)
@given(x=ratings())
def test_counts_units_by_vector(x: Array) -> None:
    table = Patterns.from_ratings(x, categories=LEVELS)
    assert content(table) == counted(x)
    assert table.empty.tolist() == [int(np.isnan(x).all(axis=1).sum())]
    assert max(content(table).values(), default=0) == table.n.max(initial=0)


@settings(max_examples=40)
@given(x=ratings())
def test_every_way_to_make_it_gives_the_same(x: Array) -> None:
    expected = content(Patterns.from_ratings(x, categories=LEVELS))
    ordered = Patterns.from_ratings(x, categories=LEVELS, ordered=True)
    assert content(ordered.unordered()) == expected
    unit, _ = np.indices(x.shape)
    shuffle = np.random.default_rng(0).permutation(x.size)
    long = Patterns.from_long(unit.ravel()[shuffle], x.ravel()[shuffle], categories=LEVELS)
    assert content(long) == expected
    counts = np.stack([(x == level).sum(axis=1) for level in LEVELS], axis=1)
    assert content(Patterns.from_counts(counts, categories=LEVELS)) == expected
    twice = Patterns.from_counts(counts, categories=LEVELS, n=np.full(len(x), 2))
    assert content(twice) == Counter({cell: 2 * n for cell, n in expected.items()})


@settings(max_examples=40)
@given(x=ratings(), cut=st.integers(0, 12), ordered=st.booleans(), clustered=st.booleans())
def test_tables_add(x: Array, cut: int, ordered: bool, clustered: bool) -> None:
    clusters = np.array([f"team {unit % 3}" for unit in range(len(x))]) if clustered else None

    def table(some: slice) -> Patterns:
        return Patterns.from_ratings(
            x[some],
            categories=LEVELS,
            ordered=ordered,
            clusters=None if clusters is None else clusters[some],
        )

    total = table(slice(cut)) + table(slice(cut, None))
    whole = table(slice(None))
    assert content(total) == content(whole)
    assert total.empty.tolist() == whole.empty.tolist()


@pytest.mark.parametrize("levels", [5, 12, 101])
@pytest.mark.parametrize("raters", [2, 5, 40])
def test_wide_tables_and_long_scales(levels: int, raters: int) -> None:
    """The routes by which a vector is written as one number, or is not, agree."""
    random = np.random.default_rng(levels * raters)
    x = random.integers(0, levels, (300, raters)).astype(float)
    x[random.random(x.shape) < 0.5] = nan
    direct = Patterns.from_ratings(x, categories=range(levels))
    by_rater = Patterns.from_ratings(x, categories=range(levels), ordered=True).unordered()
    unit, _ = np.indices(x.shape)
    long = Patterns.from_long(unit.ravel(), x.ravel(), categories=range(levels))
    counts = np.stack([(x == level).sum(axis=1) for level in range(levels)], axis=1)
    by_hand = Counter(tuple(row) for row in counts.tolist() if sum(row))
    for table in (direct, by_rater, long):
        assert Counter({vector: n for (_, _, vector), n in content(table).items()}) == by_hand


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.float32, np.bool_])
def test_any_kind_of_number(kind: type) -> None:
    x = np.array([[0, 1], [1, 1], [0, 0]])
    assert content(Patterns.from_ratings(x.astype(kind))) == content(Patterns.from_ratings(x))


def test_levels_far_apart_or_not_whole() -> None:
    x = np.array([[-1e6, 0.25], [1e6, 0.25], [nan, 1e6]])
    table = Patterns.from_ratings(x)
    assert table.categories.tolist() == [-1e6, 0.25, 1e6]
    assert content(table) == Counter({(0, "", (1, 1, 0)): 1, (0, "", (0, 1, 1)): 1}) + Counter(
        {(0, "", (0, 0, 1)): 1}
    )


def test_items_and_clusters_keep_their_cells() -> None:
    x = np.array([[[1, 1], [2, nan]], [[2, 2], [nan, nan]]])
    table = Patterns.from_ratings(x, clusters=["b", "a"])
    assert content(table) == Counter(
        {(0, "b", (2, 0)): 1, (0, "a", (0, 1)): 1, (1, "b", (0, 2)): 1}
    )
    assert table.empty.tolist() == [0, 1]
    again = Patterns.from_counts(
        [[2, 0], [0, 1], [0, 2], [0, 0]], item=[0, 0, 1, 1], clusters=["b", "a", "b", "a"]
    )
    assert content(again) == content(table)
    assert again.empty.tolist() == table.empty.tolist()


def test_units_of_any_number_in_long_rows() -> None:
    far = Patterns.from_long([10**12, 5, 10**12], [1, 2, 2])
    assert content(far) == Counter({(0, "", (1, 1)): 1, (0, "", (0, 1)): 1})
    gap = Patterns.from_long([0, 2, 2], [1, 2, nan])
    assert gap.n.sum() == 2
    assert gap.empty.tolist() == [1]
    none = Patterns.from_long(np.empty(0, dtype=int), np.empty(0))
    assert none.n.sum() == 0


TABLE = Patterns.from_ratings([[1, 2], [2, 2]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TABLE + Patterns.from_ratings([[1, 3]]), "Only tables of the same levels"),
        (lambda: TABLE + Patterns.from_ratings([[1, 2]], ordered=True), "add up"),
        (lambda: Patterns.from_counts([[1, -1]]), "whole numbers from 0"),
        (lambda: Patterns.from_counts([[0.5, 1]]), "counts must be whole numbers"),
        (lambda: Patterns.from_counts([[1, 1]], categories=[1, 2, 3]), "3 levels, counts 2"),
        (lambda: Patterns.from_counts([[1, 1]], n=[1, 2]), "one number for each of the 1 rows"),
        (lambda: Patterns.from_contingency([[1, 2, 3], [1, 2, 3]]), "square"),
        (lambda: Patterns.from_long([0, 1], [1]), "same length"),
        (lambda: Patterns.from_long([0.5], [1]), "same length, unit of whole numbers"),
        (lambda: Patterns.from_long([-1], [1]), "below 0"),
    ],
)
def test_wrong_use_is_told(call: Callable[[], Patterns], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
