"""A crosswalk: what of a new version of a rubric can be compared with the old one.

It is data, one YAML file for each pair of versions, written by whoever made the new version. Every
item of the old version is carried over or dropped, every item of the new one comes from an old one
or is added: nothing is left open, and each step says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from fidelity.errors import UsageError
from fidelity.rubric.derived import common_form
from fidelity.rubric.findings import Finding, once, unknown
from fidelity.rubric.model import Part, Rubric
from fidelity.rubric.reader import model_from
from fidelity.rubric.strict_yaml import read_document
from fidelity.rubric.values import Id, Short, Text, Version, Whole


class Carried(Part):
    """An item that both versions ask.

    `levels` says what an old level is in the new scale; left out, a level is what it was.
    """

    old: Id
    new: Id
    levels: Mapping[str, Whole] = Field(default_factory=dict)
    why: Text


class Crosswalk(Part):
    """From one version of a rubric to a later one."""

    format: Literal["1"]
    rubric: Id
    old_version: Version
    old_fingerprint: Short
    new_version: Version
    new_fingerprint: Short
    why: Text
    carried: tuple[Carried, ...] = Field(min_length=1)
    dropped: tuple[Id, ...] = ()
    added: tuple[Id, ...] = ()


@dataclass(frozen=True)
class Walk:
    """A crosswalk with the two versions that it joins.

    Attributes:
        crosswalk: the steps.
        old, new: the two versions.
        common: what they share, as a rubric of its own.
    """

    crosswalk: Crosswalk
    old: Rubric
    new: Rubric
    common: Rubric

    @property
    def steps(self) -> dict[str, Carried]:
        """The items that are carried over, by their old id."""
        return {step.old: step for step in self.crosswalk.carried}


def read_crosswalk(path: str | Path, old: Rubric, new: Rubric) -> Walk:
    """Read a crosswalk from its file.

    Args:
        path: the YAML file.
        old: the version that it comes from.
        new: the version that it leads to.

    Raises:
        FileError: the file cannot be read.
        RubricError: it does not fit the two versions; every fault with file, line and remedy.
        UsageError: two rubrics that are not versions of one.
    """
    if old.id != new.id:
        raise UsageError(
            f"A crosswalk joins two versions of one rubric, not {old.id} and {new.id}."
        )
    check = partial(_findings, old=old, new=new)
    made = model_from(read_document(Path(path)), Crosswalk, check)
    shared = [step.new for step in made.carried]
    return Walk(made, old, new, common_form(new, shared, old.version))


def _findings(
    walk: Crosswalk, unread: Iterable[str], *, old: Rubric, new: Rubric
) -> Iterator[Finding]:
    yield from _stamps(walk, old, new)
    yield from _once_each(walk)
    for number, step in enumerate(walk.carried):
        yield from _step(step, ("carried", number), old, new)
    for key, rubric in (("dropped", old), ("added", new)):
        for number, name in enumerate(getattr(walk, key)):
            if name not in rubric.items:
                yield unknown((key, number), name, rubric.items, f"item in {rubric.version}")
    yield from _left_open(walk, old, new)


def _stamps(walk: Crosswalk, old: Rubric, new: Rubric) -> Iterator[Finding]:
    expected = {
        "rubric": new.id, "old_version": old.version, "old_fingerprint": old.fingerprint,
        "new_version": new.version, "new_fingerprint": new.fingerprint,
    }  # fmt: skip
    for key, value in expected.items():
        given = getattr(walk, key)
        if given != value:
            yield Finding((key,), f'"{given}"', f'"{value}", which the rubric at hand says',
                          "give the rubric file that belongs to it, or write this")  # fmt: skip


def _once_each(walk: Crosswalk) -> Iterator[Finding]:
    yield from once(("carried",), [step.old for step in walk.carried])
    yield from once(("carried",), [step.new for step in walk.carried])


def _step(
    step: Carried, path: tuple[str | int, ...], old: Rubric, new: Rubric
) -> Iterator[Finding]:
    for key, name, rubric in (("old", step.old, old), ("new", step.new, new)):
        if name not in rubric.items:
            yield unknown((*path, key), name, rubric.items, f"item in {rubric.version}")
            return
    before, after = old.scale_of(step.old), new.scale_of(step.new)
    levels = {str(level.value) for level in before.levels}
    targets = {level.value for level in after.levels}
    for level, target in step.levels.items():
        if level not in levels or target not in targets:
            yield Finding((*path, "levels", level), f"{level}: {target}",
                          f"from {before.allowed} to {after.allowed}",
                          "write an old level before the colon, a new one behind it")  # fmt: skip
    missing = sorted(levels - set(step.levels))
    same = before.levels == after.levels and before.minimum == after.minimum
    if (step.levels or not same) and missing and before.levels:
        yield Finding((*path, "levels"), f"nothing for {', '.join(missing)}",
                      "a new level for every old one, since the scales differ or some are given",
                      "add a line for each")  # fmt: skip


def _left_open(walk: Crosswalk, old: Rubric, new: Rubric) -> Iterator[Finding]:
    gone = {step.old for step in walk.carried} | set(walk.dropped)
    come = {step.new for step in walk.carried} | set(walk.added)
    for key, names, rubric in (("dropped", gone, old), ("added", come, new)):
        left = [name for name in rubric.items if name not in names]
        if left:
            what = f"{', '.join(left)} of {rubric.version} stand nowhere"
            allowed = f"every item under carried or {key}"
            yield Finding((key,), what, allowed, "say what became of each")
    for key in ("dropped", "added"):
        side = "old" if key == "dropped" else "new"
        carried = {getattr(step, side) for step in walk.carried}
        both = sorted(carried & set(getattr(walk, key)))
        if both:
            yield Finding((key,), f"{', '.join(both)} also under carried", "one of the two",
                          "delete one")  # fmt: skip
