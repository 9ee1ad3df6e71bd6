"""From arrays of ratings to small whole numbers, and from those to a histogram of their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TextArray = npt.NDArray[np.str_]

#: Whole numbers below 2 to this power are exact in a float, so a short row can be one number.
EXACT_BITS = 53

#: Ratings taken at a time: a block stays in the processor's cache.
BLOCK = 1 << 16

#: A span of whole-number levels up to this is numbered without sorting the ratings.
WIDEST_SPAN = 1000

#: How many wrong values a message names.
SHOWN = 10


@dataclass(frozen=True)
class Coded:
    """Ratings to be read as codes: 0 for missing, else 1 + the place in `slots`.

    Attributes:
        table: (units over all items, raters) the ratings as they came.
        slots: (S,) the values that may occur, ascending; not every one need occur.
        whole: whether `slots` are consecutive whole numbers.
        items: how many items.
        units: units of each item.
    """

    table: npt.NDArray[np.generic]
    slots: FloatArray
    whole: bool
    items: int
    units: int

    @property
    def raters(self) -> int:
        """How many raters."""
        return int(self.table.shape[1])

    def blocks(self) -> Iterator[FloatArray]:
        """The codes, some rows at a time, as whole numbers in floats."""
        for block in _blocks(self.table):
            if self.whole:
                # fmax prefers a number to NaN, and no code is below 0: missing becomes 0.
                yield np.fmax(block - (self.slots[0] - 1.0), 0.0)
            else:
                yield np.where(np.isnan(block), 0.0, np.searchsorted(self.slots, block) + 1.0)

    def count_blocks(self) -> Iterator[FloatArray]:
        """How many raters chose each slot, some rows at a time."""
        width = len(self.slots) + 1
        for codes in self.blocks():
            place = codes.astype(np.int64) + np.arange(len(codes))[:, None] * width
            counts = np.bincount(place.ravel(), minlength=len(codes) * width)
            yield counts.reshape(len(codes), width)[:, 1:].astype(np.float64)


def encode(x: npt.ArrayLike) -> Coded:
    """Read an array of ratings.

    Args:
        x: (units, raters) numbers, NaN where missing; or (items, units, raters).

    Returns:
        The ratings with the values that may occur in them.

    Raises:
        UsageError: if the shape is another, or a rating is no number or infinite.
    """
    array = np.asarray(x)
    if array.dtype.kind not in "iufb":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise UsageError(
                "The ratings must be numbers, with NaN where a rating is missing. "
                f"They hold values of type {array.dtype}."
            ) from error
    if array.ndim not in (2, 3):
        raise UsageError(
            f"The ratings have shape {array.shape}. Give one row a unit and one column a rater, "
            "(units, raters), or several items as (items, units, raters)."
        )
    items = array.shape[0] if array.ndim == 3 else 1
    table = array.reshape(-1, array.shape[-1])
    slots, whole = _slots(table)
    return Coded(table, slots, whole, items, array.shape[-2])


def _blocks(table: npt.NDArray[np.generic]) -> Iterator[FloatArray]:
    rows = max(1, BLOCK // max(1, table.shape[1]))
    for start in range(0, len(table), rows):
        yield np.asarray(table[start : start + rows], dtype=np.float64)


def _slots(table: npt.NDArray[np.generic]) -> tuple[FloatArray, bool]:
    low, high, whole = np.inf, -np.inf, True
    for block in _blocks(table):
        low = min(low, float(np.fmin.reduce(block, axis=None, initial=np.inf)))
        high = max(high, float(np.fmax.reduce(block, axis=None, initial=-np.inf)))
        if low == -np.inf or high == np.inf:
            raise UsageError("A rating is infinite. Ratings are finite numbers, NaN where missing.")
        if whole:
            whole = bool(np.fmax.reduce(block - np.floor(block), axis=None, initial=0.0) == 0.0)
    if low > high:
        return np.empty(0), False
    if whole and high - low < WIDEST_SPAN:
        return np.arange(low, high + 1.0), True
    values = np.unique(table.astype(np.float64))
    return values[~np.isnan(values)], False


def levels_of(categories: npt.ArrayLike) -> FloatArray:
    """The levels of a scale as given by the caller, checked.

    Args:
        categories: (K,) the levels, ascending.

    Returns:
        The same, as floats.

    Raises:
        UsageError: if they are not one ascending row of finite numbers.
    """
    levels = np.asarray(categories, dtype=np.float64)
    if levels.ndim != 1 or not np.isfinite(levels).all() or (np.diff(levels) <= 0).any():
        raise UsageError(
            "categories= must be one row of finite numbers, ascending, each once; "
            f"it was {categories!r}."
        )
    return levels


def labels_to_codes(labels: npt.ArrayLike, length: int, name: str) -> tuple[IntArray, TextArray]:
    """Number the labels of a grouping.

    Args:
        labels: (length,) text or numbers.
        length: how many there must be.
        name: the argument's name, for the message.

    Returns:
        (length,) codes and (G,) the labels as text, sorted.

    Raises:
        UsageError: if there are more or fewer, or one is missing.
    """
    array = np.asarray(labels)
    if array.shape != (length,):
        raise UsageError(
            f"{name}= has shape {array.shape}; it needs one label for each of {length} units."
        )
    absent = [place for place, label in enumerate(array.tolist()) if _absent(label)]
    if absent:
        shown = ", ".join(map(str, absent[:SHOWN]))
        raise UsageError(
            f"{name}= is missing for {len(absent)} of {length} units (rows {shown}"
            f"{', ...' if len(absent) > SHOWN else ''}). Give each a label, or leave them out."
        )
    if array.dtype.kind not in "iufbUS":
        array = array.astype(str)
    distinct, codes = np.unique(array, return_inverse=True)
    return codes.astype(np.int64), distinct.astype(str)


def _absent(label: object) -> bool:
    return label is None or type(label).__name__ in {"NAType", "NaTType"} or label != label


def whole_numbers(values: npt.ArrayLike, name: str, dimensions: int) -> IntArray:
    """Counts or numbers as given by the caller, checked.

    Args:
        values: whole numbers from 0.
        name: the argument's name, for the message.
        dimensions: how many dimensions there must be.

    Returns:
        The same, as integers.

    Raises:
        UsageError: if they are something else.
    """
    array = np.asarray(values)
    right = array.ndim == dimensions and array.dtype.kind in "iufb"
    if right and array.dtype.kind == "f":
        right = bool((np.isfinite(array) & (np.floor(array) == array)).all())
    if not right or (array < 0).any():
        raise UsageError(
            f"{name} must be whole numbers from 0, in {dimensions} dimension(s); "
            f"it has shape {array.shape} and type {array.dtype}."
        )
    return array.astype(np.int64)


def shown(values: FloatArray) -> str:
    """The first few values, as text."""
    text = ", ".join(f"{value:g}" for value in values[:SHOWN])
    return text + (", ..." if len(values) > SHOWN else "")


@dataclass(frozen=True)
class Cells:
    """A histogram of rows within owners: `n` rows of this owner equal `rows[row]`.

    Attributes:
        rows: (P, columns) the distinct rows, in order.
        row: (C,) the place in `rows` of each cell.
        owner: (C,) the owner of each cell.
        n: (C,) how many.
    """

    rows: IntArray
    row: IntArray
    owner: IntArray
    n: IntArray


def histogram(
    blocks: Iterable[FloatArray],
    columns: int,
    base: int,
    owner: IntArray | None = None,
    n: IntArray | None = None,
) -> Cells:
    """Count equal rows, by owner.

    Args:
        blocks: rows of whole numbers from 0 to `base` - 1, some at a time.
        columns: how many columns they have.
        base: one more than the largest number.
        owner: (rows,) a number from 0 for each row; None for one owner.
        n: (rows,) how often each row counts; None for once.

    Returns:
        The histogram, its cells sorted by owner and row: the order of the input leaves no trace.
    """
    if fits(columns, base):
        powers = place_values(columns, base)
        found = [(block @ powers).astype(np.int64) for block in blocks]
        keys = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
        return histogram_of_keys(keys, columns, base, owner, n)
    table = np.concatenate([block.astype(np.int64) for block in blocks])
    every, keys = np.unique(table, axis=0, return_inverse=True)
    distinct, row, owners, counts = _count(keys.reshape(-1), len(every), owner, n)
    return Cells(every[distinct], row, owners, counts)


def fits(columns: int, base: int) -> bool:
    """Whether a row of whole numbers below `base` can be written as one number."""
    return columns * log2(max(base, 2)) < EXACT_BITS


def place_values(columns: int, base: int) -> FloatArray:
    """What a one in each column is worth when a row is read as a number to `base`."""
    return np.power(float(base), np.arange(columns - 1, -1, -1), dtype=np.float64)


def histogram_of_keys(
    keys: IntArray,
    columns: int,
    base: int,
    owner: IntArray | None = None,
    n: IntArray | None = None,
) -> Cells:
    """As `histogram`, of rows already written as numbers to `base`."""
    distinct, row, owners, counts = _count(keys, base**columns, owner, n)
    rows = distinct[:, None] // place_values(columns, base).astype(np.int64) % base
    return Cells(rows, row, owners, counts)


def _count(
    keys: IntArray, size: int, owner: IntArray | None, n: IntArray | None
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Distinct keys; and for each cell its place among them, its owner and its count."""
    room = max(4 * len(keys), 1 << 16)
    names: IntArray | None = None
    if size > room:
        names, keys = np.unique(keys, return_inverse=True)
        size = len(names)
    if owner is not None:
        keys = keys + owner * size
        size *= int(owner.max(initial=0)) + 1
    if size <= room:
        # A float holds these counts exactly.
        full = np.bincount(keys, weights=n, minlength=1)
        place = np.flatnonzero(full)
        counts = full[place].astype(np.int64)
    elif n is None:
        place, counts = np.unique(keys, return_counts=True)
    else:
        place, inverse = np.unique(keys, return_inverse=True)
        counts = np.bincount(inverse, weights=n).astype(np.int64)
    if owner is None:
        owners = np.zeros(len(place), dtype=np.int64)
    else:
        width = size // (int(owner.max(initial=0)) + 1)
        owners, place = place // width, place % width
    distinct, row = np.unique(place, return_inverse=True)
    return (distinct if names is None else names[distinct]), row, owners, counts
