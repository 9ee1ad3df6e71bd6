"""The only group-by in the house: from ratings in an engine to small whole numbers in NumPy.

What an item says in an assessment is one of few states: blank, NA, NE, DK, or a level. The states
of all items of an assessment are packed into a few 64-bit words, and the engine adds them up by
assessment. An assessment holds an item once (the gate has seen to that), so the sum is the
packed record itself: exact, the same in every engine and row order. NumPy unpacks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.gate import collected, with_item_numbers
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.rubric.model import Rubric, Scale

BLANK, NA, NE, DK, LEVEL = range(5)
#: The states that are not a level, by the code that stands for them.
STATES: Mapping[str, int] = {"NA": NA, "NE": NE, "DK": DK}
_WORD_BITS = 62
#: Above this many rows, single ratings are not handed out.
CELLS_LIMIT = 5_000_000

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answers:
    """Every answer of every assessment.

    Attributes:
        items: ids of the items, in rubric order; the columns of the arrays.
        states: BLANK, NA, NE, DK or LEVEL, shape (assessments, items).
        levels: the level in units of its scale where the state is LEVEL, else 0; same shape.

    Rows are in the order of `Ratings.assessments`.
    """

    items: tuple[str, ...]
    states: npt.NDArray[np.int8]
    levels: npt.NDArray[np.int32]

    def columns(self, items: Sequence[str]) -> list[int]:
        """Positions of items."""
        return [self.items.index(item) for item in items]


@dataclass(frozen=True)
class _Slot:
    """Where an item stands in the packed words."""

    item: str
    word: int
    shift: int
    bits: int
    lowest: int


_kept: WeakKeyDictionary[Ratings, Answers] = WeakKeyDictionary()


def answers(ratings: Ratings) -> Answers:
    """The answers of each assessment, by one group-by in the engine of the ratings.

    Reads: one row an assessment, with one 64-bit word for about a dozen items of five levels.
    """
    if ratings not in _kept:
        _kept[ratings] = _answers(ratings)
    return _kept[ratings]


def _answers(ratings: Ratings) -> Answers:
    slots = _slots(ratings.rubric)
    words = [f"_word{number}" for number in sorted({slot.word for slot in slots})]
    places = {
        word: {s.item: (1 << s.shift) if word == f"_word{s.word}" else 0 for s in slots}
        for word in words
    }
    offset = {slot.item: LEVEL - slot.lowest for slot in slots}
    frame = with_item_numbers(ratings.frame, _offset=offset, **places).with_columns(_state())
    packed = (
        frame.with_columns(*(nw.col(word) * nw.col("_state") for word in words))
        .group_by(*ratings.keys)
        .agg(*(nw.col(word).sum() for word in words))
        .sort(*ratings.keys)
        .select(*words)
    )
    given = _unpacked(collected(packed), slots)
    if not ratings.rubric.asked_of:
        return given
    return replace(given, states=np.where(_asked(ratings), given.states, NA).astype(np.int8))


def _asked(ratings: Ratings) -> npt.NDArray[np.bool_]:
    """Whether an item is asked of whoever rated, shape (assessments, items).

    What is asked of other roles does not apply: a parent leaves no item of a child blank.
    """
    rubric, table = ratings.rubric, ratings.assessments
    role = table["rater_role"].astype(str) if "rater_role" in table else [""] * len(table)
    asked = np.ones((len(table), len(rubric.items)), bool)
    for column, item in enumerate(rubric.items):
        if item in rubric.asked_of:
            asked[:, column] = np.isin(np.asarray(role, dtype=object), rubric.asked_of[item])
    return asked


def _slots(rubric: Rubric) -> list[_Slot]:
    slots, word, shift = [], 0, 0
    for item in rubric.items:
        scale = rubric.scale_of(item)
        lowest, highest = _range(scale)
        bits = (LEVEL + highest - lowest).bit_length()
        if shift + bits > _WORD_BITS:
            word, shift = word + 1, 0
        slots.append(_Slot(item, word, shift, bits, lowest))
        shift += bits
    return slots


def _range(scale: Scale) -> tuple[int, int]:
    return scale.minimum * scale.unit, scale.maximum * scale.unit


def _state() -> nw.Expr:
    """0 for blank, 1 to 3 for a code, from 4 on a level: a whole number in every engine."""
    state: nw.Expr = nw.lit(BLANK, nw.Int64)
    for code, number in STATES.items():
        state = nw.when(nw.col("code") == code).then(nw.lit(number, nw.Int64)).otherwise(state)
    level = nw.col("level").cast(nw.Int64) + nw.col("_offset")
    return nw.when(~nw.col("level").is_null()).then(level).otherwise(state).alias("_state")


def _unpacked(table: pd.DataFrame, slots: Sequence[_Slot]) -> Answers:
    n = len(table)
    states = np.empty((n, len(slots)), np.int8)
    levels = np.empty((n, len(slots)), np.int32)
    for column, slot in enumerate(slots):
        word = table[f"_word{slot.word}"].to_numpy(np.int64)
        value = (word >> slot.shift) & ((1 << slot.bits) - 1)
        states[:, column] = np.minimum(value, LEVEL)
        levels[:, column] = np.where(value >= LEVEL, value - LEVEL + slot.lowest, 0)
    return Answers(tuple(slot.item for slot in slots), states, levels)


def distribution(
    given: Answers, rubric: Rubric, groups: npt.NDArray[np.intp], n_groups: int
) -> pd.DataFrame:
    """How often each item got each level and each code, by group.

    Args:
        given: the answers that count.
        rubric: their rubric.
        groups: number of the group of each assessment, shape (assessments,).
        n_groups: how many groups there are.

    Returns:
        Columns group, item, answer (a level, a code, or "blank"), count. Additive: the tables of
        two disjoint sets of assessments add up to the table of both.
    """
    rows: list[dict[str, Any]] = []
    names = {BLANK: "blank", **{number: code for code, number in STATES.items()}}
    for column, item in enumerate(given.items):
        scale = rubric.scale_of(item)
        lowest, highest = _range(scale)
        state, level = given.states[:, column], given.levels[:, column]
        width = LEVEL + highest - lowest + 1
        value = np.where(state == LEVEL, LEVEL + level - lowest, state)
        counts = np.bincount(groups * width + value, minlength=n_groups * width)
        counts = counts.reshape(n_groups, width)
        seen = range(width) if scale.levels else np.flatnonzero(counts.sum(axis=0))
        for number in seen:
            answer = names.get(int(number)) or f"{(number - LEVEL + lowest) / scale.unit:g}"
            rows += [
                {"group": g, "item": item, "answer": answer, "count": int(counts[g, number])}
                for g in range(n_groups)
            ]
    return pd.DataFrame(rows, columns=["group", "item", "answer", "count"])


def cells(ratings: Ratings, limit: int = CELLS_LIMIT) -> pd.DataFrame:
    """Single ratings, for methods that need rows: the keys, item, level and code.

    Raises:
        UsageError: there are more than `limit`; the message says what to do.
    """
    given = answers(ratings)
    row, column = np.nonzero((given.states != BLANK) & _asked(ratings))
    if row.size > limit:
        raise UsageError(
            f"{row.size:,} single ratings asked for; at most {limit:,} are handed out. Narrow "
            "the period or the teams, or raise `limit` if memory allows."
        )
    keys = ratings.assessments[list(ratings.keys)].iloc[row].reset_index(drop=True)
    state = given.states[row, column]
    codes = np.array(["", "NA", "NE", "DK", ""], dtype=object)[state]
    levels = pd.array(given.levels[row, column], dtype="Int32")
    levels[state != LEVEL] = pd.NA
    items = np.array(given.items, dtype=object)[column]
    return keys.assign(item=items, level=levels, code=codes)
