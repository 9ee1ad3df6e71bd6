"""What differs between two versions of a rubric, and whether it touches a score.

A version that was scored with is never edited: a change makes a new version, and a crosswalk
(`fidelity.rubric.crosswalk`) says what of the old one it can be compared with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fidelity.rubric.model import Item, Rubric

#: Parts of an item that a score hangs on: what is asked, how it is answered, how it counts.
_ASKED = ("text", "observes", "na_when", "na_reasons", "ne", "must_have", "weight", "proscribed",
          "scored")  # fmt: skip
#: Parts that say where an item comes from and what it is about.
_ASIDE = ("evidence", "tags", "provenance", "note")
#: Parts of the rubric beside its items, by whether a score hangs on them.
_WHOLE: Mapping[str, bool] = {
    "least_share": True, "composites": True, "ratios": True, "bands": True, "scales": True,
    "title": False, "purpose": False, "raters": False, "evidence": False,
    "look_back_months": False, "notice": False, "reference_lines": False, "evidence_card": False,
    "deviations": False,
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One thing that differs.

    Attributes:
        where: the part: an item with its key, or a key of the rubric.
        before, after: what stood and what stands there; "" where there is nothing.
        scored: whether a score may come out otherwise, or a rater is asked something else.
    """

    where: str
    before: str
    after: str
    scored: bool

    def __str__(self) -> str:
        mark = "score" if self.scored else "words"
        if not self.before:
            return f"[{mark}] {self.where}: new: {self.after}"
        if not self.after:
            return f"[{mark}] {self.where}: dropped: {self.before}"
        return f"[{mark}] {self.where}: {self.before} -> {self.after}"


def differences(old: Rubric, new: Rubric) -> list[Difference]:
    """All that differs between two versions, items first, in the order of the new one."""
    found = list(_items(old, new))
    for key, scored in _WHOLE.items():
        found += _changed(key, getattr(old, key), getattr(new, key), scored)
    return found


def _items(old: Rubric, new: Rubric) -> Iterator[Difference]:
    for name, item in new.items.items():
        before = old.items.get(name)
        if before is None:
            yield Difference(f"item {name}", "", item.text, True)
            continue
        yield from _item(name, before, item)
        yield from _changed(
            f"item {name}, scale", old.scale_of(name).allowed, new.scale_of(name).allowed, True
        )
        yield from _changed(
            f"item {name}, asked of", old.asked_of.get(name, ()), new.asked_of.get(name, ()), True
        )
        yield from _changed(
            f"item {name}, component", old.component_of(name).id, new.component_of(name).id, True
        )
    for name, item in old.items.items():
        if name not in new.items:
            yield Difference(f"item {name}", item.text, "", True)


def _item(name: str, old: Item, new: Item) -> Iterator[Difference]:
    for key in (*_ASKED, *_ASIDE):
        yield from _changed(f"item {name}, {key}", getattr(old, key), getattr(new, key),
                            key in _ASKED)  # fmt: skip
    for level in sorted({*old.levels, *new.levels}):
        yield from _changed(f"item {name}, level {level}", old.levels.get(level, ""),
                            new.levels.get(level, ""), True)  # fmt: skip


def _changed(where: str, old: Any, new: Any, scored: bool) -> Iterator[Difference]:
    before, after = _told(old), _told(new)
    if before != after:
        yield Difference(where, before, after, scored)


def _told(value: Any) -> str:
    """A part as text, so that what is equal reads the same."""
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return "; ".join(_told(part) for part in value)
    if hasattr(value, "model_dump"):
        held = value.model_dump(mode="json", exclude_none=True)
        return ", ".join(f"{key}: {_told(part)}" for key, part in held.items())
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_told(part)}" for key, part in value.items())
    return str(value)
