"""Millions of ratings at once, for measuring speed."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fidelity.rubric import Rubric, read_rubric
from fidelity.rubric.model import Scale
from fidelity.simulate.answers import steps, written
from fidelity.simulate.streams import streams_of

_CODES = ("", "NA", "NE", "DK")
#: Of a long scale, such as a count, this many answers are used.
_STEPS = 31


class Coded(NamedTuple):
    """A text column as numbers and the texts they stand for; `labels[codes]` is the column."""

    codes: npt.NDArray[np.int32]
    labels: npt.NDArray[np.str_]


def many_ratings(
    rubric: Rubric | str, n: int, rng: int | np.random.Generator = 0
) -> dict[str, Coded]:
    """Long ratings for measuring speed, as many as are asked for.

    Args:
        rubric: a rubric or its id.
        n: how many ratings, at least; the last assessment is completed.
        rng: a seed or a Generator.

    Returns:
        Columns piece, rater, item, value, date, practitioner and team; and rater_role where items
        are asked of some roles only. Each piece is scored once and whole; 5% of the answers are
        NE, 2% NA, 1% DK and 1% blank ("") where the scale has them, and what a role is not asked
        is blank. For Parquet: `pyarrow.DictionaryArray.from_arrays(codes, labels)` a column.

    Example:
        >>> columns = many_ratings("miti4", 100)
        >>> len(columns["item"].codes)
        112
    """
    rubric = read_rubric(rubric) if isinstance(rubric, str) else rubric
    stream = streams_of(rng)("many", rubric.id)
    n_items = len(rubric.items)
    pieces = max(1, math.ceil(n / n_items))
    people = max(1, pieces // 25)
    person = stream.integers(0, people, pieces, dtype=np.int32)
    practice = 0.5 * stream.standard_normal(people, np.float32)[person]
    practice += 0.7 * stream.standard_normal(pieces, np.float32)
    raters = max(1, people // 4)
    months = np.datetime64("2024-01") + np.arange(24)
    labels, first, values = _labels(rubric)
    codes = np.empty((pieces, n_items), np.int32)
    roles = list(dict.fromkeys(role for some in rubric.asked_of.values() for role in some))
    role = np.arange(pieces, dtype=np.int32) % max(1, len(roles))
    for column, item in enumerate(rubric.items):
        scale = rubric.scale_of(item)
        texts = values[column]
        latent = practice + stream.standard_normal(pieces, np.float32)
        index = np.clip(np.rint((latent / 4 + 0.5) * (texts - 1)), 0, texts - 1).astype(np.int32)
        lost = _lost(scale, stream.random(pieces, np.float32))
        codes[:, column] = np.where(lost < 0, index + first[column], lost)
        if item in rubric.asked_of:
            codes[~np.isin(np.array(roles)[role], rubric.asked_of[item]), column] = 0
    once = {
        "piece": Coded(np.arange(pieces, dtype=np.int32), _numbered("SP-", pieces)),
        "rater": Coded(stream.integers(0, raters, pieces, dtype=np.int32), _numbered("R", raters)),
        "date": Coded(
            stream.integers(0, 24, pieces, dtype=np.int32), np.array([f"{m}-15" for m in months])
        ),
        "practitioner": Coded(person, _numbered("P", people)),
        "team": Coded(person % 40, _numbered("Team ", 40)),
    }
    if roles:
        once["rater_role"] = Coded(role, np.array(roles))
    long = {name: Coded(np.repeat(c.codes, n_items), c.labels) for name, c in once.items()}
    items = np.tile(np.arange(n_items, dtype=np.int32), pieces)
    return long | {
        "item": Coded(items, np.array(list(rubric.items))), "value": Coded(codes.ravel(), labels),
    }  # fmt: skip


def _labels(rubric: Rubric) -> tuple[npt.NDArray[np.str_], list[int], list[int]]:
    """Texts of all answers; for each item where its own begin, and how many there are."""
    labels = list(_CODES)
    place: dict[str, int] = {}
    for item in rubric.items:
        scale = rubric.scale_of(item)
        if scale.id not in place:
            place[scale.id] = len(labels)
            labels += [written(int(value), scale) for value in steps(scale)[:_STEPS]]
    scales = [rubric.scale_of(item) for item in rubric.items]
    sizes = [min(_STEPS, len(steps(scale))) for scale in scales]
    return np.array(labels), [place[scale.id] for scale in scales], sizes


def _lost(scale: Scale, u: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """Number of the code or blank that an answer is lost to; -1 where it is a level."""
    lost = np.where(u < 0.01, 0, -1)
    for code, start, end in (("NA", 0.01, 0.03), ("NE", 0.03, 0.08), ("DK", 0.08, 0.09)):
        if code in scale.codes:
            lost[(u >= start) & (u < end)] = _CODES.index(code)
    return lost.astype(np.int32)


def _numbered(prefix: str, n: int) -> npt.NDArray[np.str_]:
    width = len(str(n))
    return np.char.add(prefix, np.char.zfill(np.arange(1, n + 1).astype(str), width))
