"""The rules by which points of a chart are flagged, each by its name, in sets that people know.

A rule takes the deviations of the points from the centre line and the distance of the limits
from it (three sigma), and marks every point of what it names: all seven points of a shift, not
the seventh alone. Adding rules finds changes sooner and raises more false flags;
`false_flags.chance` says how many.

Sources: NHS England, Making Data Count (four rules; run lengths and the nearness to a limit as the
R package NHSRplotthedots 0.2 applies them); Western Electric 1956, Statistical Quality Control
Handbook; Nelson 1984, Journal of Quality Technology 16(4):237-239.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fidelity.errors import UsageError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int8]
#: Points that a rule marks upwards, and downwards; in both, where it has no direction.
Marked = tuple[Flags, Flags]
#: Deviations from the centre (T, ...), missing points at the end, and distance of the limits, the
#: same or (1, ...).
#: Time comes first in here: neighbours in time are then blocks of memory, which is far quicker.
Rule = Callable[[Floats, Floats], Marked]
#: The name of a set, or the names of rules.
Rules = str | Sequence[str]


def _all_of(a: Flags, k: int) -> Flags:
    """Whether k successive points hold, by the first of them; shape (T - k + 1, ...).

    Windows double in length, so that seven points take three steps.
    """
    n = 1
    while n < k:
        step = min(n, k - n)
        a = a[:-step] & a[step:]
        n += step
    return a


def _most_of(a: Flags, k: int) -> Flags:
    """Whether at least k - 1 of k successive points hold, by the first of them."""
    last = len(a) - k + 1
    every, most = a[:last], np.ones((last, *a.shape[1:]), np.bool_)
    for n in range(1, k):
        now = a[n : last + n]
        every, most = every & now, (most & now) | every
    return most


def _part_of(window: Flags, k: int) -> Flags:
    """Whether a point lies in any window of k that holds; from (T - k + 1, ...) to (T, ...)."""
    empty = np.zeros((k - 1, *window.shape[1:]), np.bool_)
    a = np.concatenate([empty, window, empty])
    n = 1
    while n < k:
        step = min(n, k - n)
        a = a[:-step] | a[step:]
        n += step
    return a


def _in_a_row(a: Flags, k: int) -> Flags:
    """Points that belong to k or more successive ones that hold."""
    if len(a) < k:
        return np.zeros(a.shape, np.bool_)
    return _part_of(_all_of(a, k), k)


def outside(d: Floats, reach: Floats) -> Marked:
    """A point beyond a limit. Western Electric rule 1, Nelson rule 1, Making Data Count."""
    return d > reach, d < -reach


def side_of(k: int) -> Rule:
    """K successive points on one side of the centre; a point on it ends the run."""

    def rule(d: Floats, reach: Floats) -> Marked:
        return _in_a_row(d > 0, k), _in_a_row(d < 0, k)

    return rule


def trend_of(k: int) -> Rule:
    """K successive points, each higher (or each lower) than the last."""

    def rule(d: Floats, reach: Floats) -> Marked:
        marked = []
        with np.errstate(invalid="ignore"):
            step = np.diff(d, axis=0)
        for steps in (step > 0, step < 0):
            held = np.zeros(d.shape, np.bool_)
            if len(d) >= k:
                held = _part_of(_all_of(steps, k - 1), k)
            marked.append(held)
        return marked[0], marked[1]

    return rule


def near_limit(d: Floats, reach: Floats) -> Marked:
    """Two of three successive points in the outer third, not beyond the limit, all on one side.

    As NHSRplotthedots: the third lies on the same side, and only the near points are marked.
    """
    line = reach * (2 / 3)

    def marked(near: Flags, side: Flags) -> Flags:
        if len(near) < 3:
            return np.zeros(near.shape, np.bool_)
        return near & _part_of(_most_of(near, 3) & _all_of(side, 3), 3)

    up = marked((d > line) & (d <= reach), d > 0)
    return up, marked((d < -line) & (d >= -reach), d < 0)


def beyond(k: int, sigmas: float) -> Rule:
    """K - 1 of k successive points beyond so many sigma on one side. Only those are marked."""

    def rule(d: Floats, reach: Floats) -> Marked:
        line = reach * (sigmas / 3)

        def marked(far: Flags) -> Flags:
            if len(far) < k:
                return np.zeros(far.shape, np.bool_)
            return far & _part_of(_most_of(far, k), k)

        return marked(d > line), marked(d < -line)

    return rule


def alternating(k: int) -> Rule:
    """K successive points that go up and down in turn."""

    def rule(d: Floats, reach: Floats) -> Marked:
        found = np.zeros(d.shape, np.bool_)
        if len(d) >= k:
            with np.errstate(invalid="ignore"):
                step = np.diff(d, axis=0)
            turns = step[1:] * step[:-1] < 0
            found = _part_of(_all_of(turns, k - 2), k)
        return found, found

    return rule


def close_in(k: int) -> Rule:
    """K successive points within one sigma of the centre."""

    def rule(d: Floats, reach: Floats) -> Marked:
        found = _in_a_row(np.abs(d) < reach / 3, k)
        return found, found

    return rule


def away_from(k: int) -> Rule:
    """K successive points, none within one sigma of the centre."""

    def rule(d: Floats, reach: Floats) -> Marked:
        found = _in_a_row(np.abs(d) > reach / 3, k)
        return found, found

    return rule


#: Every rule by its name; the name says what it marks.
RULES: Mapping[str, Rule] = {
    "outside the limits": outside,
    "7 on one side": side_of(7),
    "7 rising or falling": trend_of(7),
    "2 of 3 near a limit": near_limit,
    "8 on one side": side_of(8),
    "9 on one side": side_of(9),
    "2 of 3 beyond 2 sigma": beyond(3, 2),
    "4 of 5 beyond 1 sigma": beyond(5, 1),
    "6 rising or falling": trend_of(6),
    "14 up and down in turn": alternating(14),
    "15 close to the centre": close_in(15),
    "8 away from the centre": away_from(8),
}
#: The sets by their names, in the order of their sources.
SETS: Mapping[str, tuple[str, ...]] = {
    "nhs": (
        "outside the limits", "7 on one side", "7 rising or falling", "2 of 3 near a limit",
    ),
    "western_electric": (
        "outside the limits", "2 of 3 beyond 2 sigma", "4 of 5 beyond 1 sigma", "8 on one side",
    ),
    "nelson": (
        "outside the limits", "9 on one side", "6 rising or falling", "14 up and down in turn",
        "2 of 3 beyond 2 sigma", "4 of 5 beyond 1 sigma", "15 close to the centre",
        "8 away from the centre",
    ),
    "shewhart": ("outside the limits",),
}  # fmt: skip
#: Rules of which all points go one way: their direction is the way, not the side of the centre.
_WAYS = frozenset({"7 rising or falling", "6 rising or falling"})


def rules_named(rules: Rules) -> tuple[str, ...]:
    """The names of the rules of a set, or those given, checked.

    Raises:
        UsageError: an unknown name.
    """
    if isinstance(rules, str) and rules in SETS:
        return SETS[rules]
    names = (rules,) if isinstance(rules, str) else tuple(rules)
    unknown = [name for name in names if name not in RULES]
    if unknown:
        raise UsageError(
            f"rules: no set or rule is called {', '.join(map(repr, unknown))}. Sets: "
            f"{', '.join(SETS)}. Rules: {', '.join(RULES)}. For run charts see run_chart()."
        )
    return names


def judged(
    y: Floats, center: Floats, reach: Floats, names: Sequence[str], slices: Sequence[slice]
) -> tuple[dict[str, Flags], Ints]:
    """The flags of each rule, and the direction of each flagged point.

    Args:
        y: points, shape (..., T).
        center: centre line, same shape.
        reach: distance of the limits, same shape.
        names: the rules.
        slices: parts with limits of their own; no rule looks across them.
    """
    flags: dict[str, list[Flags]] = {name: [] for name in names}
    ways: list[Ints] = []
    for part in slices:
        d, line, back = _packed(y[..., part] - center[..., part], reach[..., part])
        way = np.zeros(d.shape, np.int8)
        for name in sorted(names, key=_WAYS.__contains__):
            up, down = RULES[name](d, line)
            flags[name].append(back(up | down))
            way += (way == 0) * (up.view(np.int8) - down.view(np.int8))
        ways.append(back(way))
    return {name: _joined(found) for name, found in flags.items()}, _joined(ways)


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def _packed(d: Floats, reach: Floats) -> tuple[Floats, Floats, Callable[[Any], Any]]:
    """Time first and the missing last; and how to put what was found back in its place."""
    missing = np.isnan(d)
    if not missing.any():
        first = np.ascontiguousarray(np.moveaxis(d, -1, 0))
        line = np.moveaxis(reach if reach.strides[-1] else reach[..., :1], -1, 0)
        return first, line, lambda found: np.moveaxis(found, 0, -1)
    order = np.argsort(missing, axis=-1, kind="stable")

    def back(found: Any) -> Any:
        last = np.moveaxis(found, 0, -1)
        placed = np.empty_like(last)
        np.put_along_axis(placed, order, last, axis=-1)
        return placed

    d, reach = (np.take_along_axis(a, order, axis=-1) for a in (d, reach))
    return np.ascontiguousarray(np.moveaxis(d, -1, 0)), np.moveaxis(reach, -1, 0), back
