"""What charts of every kind need: points in phases, and the points that limits rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Phases:
    """For charts of every kind: where limits begin anew, and the points that they rest on."""

    slices: tuple[slice, ...]
    used: Flags
    whole: bool

    @classmethod
    def of(cls, y: Floats, baseline: npt.ArrayLike | None, parts: Sequence[int]) -> Phases:
        """Checked phases of series of this shape."""
        months = y.shape[-1]
        starts = [0, *parts]
        rising = all(a < b for a, b in pairwise(starts))
        if not rising or starts[-1] >= max(months, 1):
            raise UsageError(
                f"parts={list(parts)}: allowed are positions from 1 to {months - 1} in rising "
                "order, each where new limits begin."
            )
        slices = tuple(slice(a, b) for a, b in zip(starts, [*starts[1:], months], strict=True))
        known = ~np.isnan(y)
        if baseline is None:
            return cls(slices, known, bool(known.all()))
        mask = np.asarray(baseline)
        if mask.dtype != np.bool_ or mask.shape[-1:] != (months,):
            raise UsageError(
                f"baseline: allowed is one True or False for each of the {months} points."
            )
        used = known & mask
        for part in slices:  # a part without points of the baseline rests on its own
            none = ~np.broadcast_to(mask, y.shape)[..., part].any(axis=-1, keepdims=True)
            used[..., part] |= none & known[..., part]
        return cls(slices, used, bool(used.all()))

    def over(self, y: Floats) -> Iterator[Floats]:
        """The baseline points of each part in turn; the others NaN."""
        for part in self.slices:
            held = y[..., part]
            yield held if self.whole else np.where(self.used[..., part], held, np.nan)

    def laid(self, values: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """One number a series and part, (..., 1), laid over the points of its part."""
        shape = self.used.shape
        if len(self.slices) == 1:
            return np.broadcast_to(values[0], shape)
        parts = [
            np.broadcast_to(value, (*shape[:-1], part.stop - part.start))
            for value, part in zip(values, self.slices, strict=True)
        ]
        return np.concatenate(parts, axis=-1)

    def n(self) -> npt.NDArray[np.int64]:
        """How many points the limits at each point rest on."""
        return self.laid([
            np.full(1, part.stop - part.start) if self.whole
            else self.used[..., part].sum(axis=-1, keepdims=True) for part in self.slices
        ])  # fmt: skip


def points(y: npt.ArrayLike) -> Floats:
    """Points as numbers along an axis of time, checked."""
    held = np.asarray(y, np.float64)
    if held.ndim == 0:
        raise UsageError("A chart needs points along an axis of time, not one number.")
    if np.isinf(held).any():
        raise UsageError("A point is infinite. Allowed are numbers, and NaN where one is missing.")
    return held


def counts(events: npt.ArrayLike, size: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Counts and what they are counted in; both NaN where there is nothing to count in."""
    x = points(events)
    held = np.broadcast_to(np.asarray(size, np.float64), x.shape)
    if (x < 0).any() or (held < 0).any():
        raise UsageError("Counts and what they are counted in may not be below 0.")
    empty = ~(held > 0)
    return np.where(empty, np.nan, x), np.where(empty, np.nan, held)


def pooled(x: Floats, size: Floats, phases: Phases) -> Floats:
    """Sum of the counts over the sum of what they are counted in, by part."""
    return phases.laid([
        ratio(x[..., part], size[..., part], phases.used[..., part]) for part in phases.slices
    ])  # fmt: skip


def ratio(top: Floats, below: Floats, used: Flags) -> Floats:
    """Sum over sum along the last axis, kept as an axis of 1; NaN where the divisor is 0."""
    total = np.where(used, below, 0.0).sum(axis=-1, keepdims=True)
    up = np.where(used, top, 0.0).sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(up, total, out=np.full(up.shape, np.nan), where=total > 0))


def mean_of(y: Floats) -> Floats:
    """Mean of what is known along the last axis, kept as an axis of 1; NaN where nothing is."""
    known = ~np.isnan(y)
    if y.shape[-1] and known.all():
        return np.asarray(y.mean(axis=-1, keepdims=True))
    return ratio(y, np.ones_like(y), known)


def packed(y: Floats) -> Floats:
    """Known points moved to the front of each series in their order; NaN behind them."""
    missing = np.isnan(y)
    if not missing.any():
        return y
    order = np.argsort(missing, axis=-1, kind="stable")
    return np.take_along_axis(y, order, axis=-1)


def moving_ranges(y: Floats, slices: Sequence[slice]) -> Floats:
    """Moving range at the later of its two points; NaN at the first of a part."""
    moves = np.full(y.shape, np.nan)
    for part in slices:
        held = y[..., part]
        missing = np.isnan(held)
        if not missing.any():
            moves[..., part][..., 1:] = np.abs(np.diff(held, axis=-1))
            continue
        order = np.argsort(missing, axis=-1, kind="stable")
        ranges = np.full(held.shape, np.nan)
        ranges[..., 1:] = np.abs(np.diff(np.take_along_axis(held, order, axis=-1), axis=-1))
        back = np.full(held.shape, np.nan)
        np.put_along_axis(back, order, ranges, axis=-1)
        moves[..., part] = back
    return moves
