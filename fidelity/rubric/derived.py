"""Rubrics that are part of another: the short form, and what two versions have in common.

Each has a version and a fingerprint of its own, so that what was scored with a part is never
taken for the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import PrivateAttr

from fidelity.errors import UsageError
from fidelity.rubric.model import Component, Composite, Rubric

SHORT = "short form"


class ShortForm(Rubric):
    """The must-haves of a rubric alone; made by `short_form`."""

    _whole: Rubric = PrivateAttr()

    @property
    def whole(self) -> Rubric:
        """The rubric in full."""
        return self._whole


def short_form(rubric: Rubric) -> Rubric:
    """The must-haves alone: about 15 minutes, to look between full audits.

    No component is averaged and there is no band, since a mean of the few must-haves is not the
    mean of the rubric. What can be said is which of them were seen.

    Raises:
        UsageError: a rubric without must-haves.
    """
    if not rubric.must_haves:
        raise UsageError(
            f"{rubric.id} has no must-haves, so it has no short form. Score it in full."
        )
    part = _part(
        rubric, rubric.must_haves, f"{rubric.version}-short", f"{rubric.title} ({SHORT})",
        averaged=False, composites=(), ratios=(), bands=None, reference_lines=(),
    )  # fmt: skip
    short = ShortForm.model_construct(**{key: getattr(part, key) for key in Rubric.model_fields})
    short._whole = rubric
    return short


def is_short(rubric: Rubric) -> bool:
    """Whether a rubric is a short form."""
    return isinstance(rubric, ShortForm)


def whole_of(rubric: Rubric) -> Rubric:
    """The rubric in full: of a short form the one that it is part of, else itself."""
    return rubric.whole if isinstance(rubric, ShortForm) else rubric


def name_of(rubric: Rubric) -> str:
    """The name of its ratings beside others: the id; a short form is called so."""
    return f"{rubric.id} ({SHORT})" if is_short(rubric) else rubric.id


def common_form(rubric: Rubric, items: Collection[str], other: str) -> Rubric:
    """The items that a version shares with another one.

    Where all items are shared, measures and bands stand as they are. Else the means are of the
    shared items, under their own version, and there is no band: its thresholds were set for all.

    Args:
        rubric: the newer version.
        items: ids of its items that the other version has too.
        other: the other version.
    """
    kept = set(items)
    version = f"{rubric.version}-with-{other}"
    title = f"{rubric.title} (what {rubric.version} shares with {other})"
    if kept >= set(rubric.items):
        return _part(rubric, kept, version, title)
    left = {c.id for c in rubric.components if any(item.id in kept for item in c.items)}
    composites = tuple(_with_parts(c, left) for c in rubric.composites if set(c.of) & left)
    ratios = tuple(r for r in rubric.ratios if {*r.numerator, *r.denominator} <= kept)
    return _part(
        rubric, kept, version, title, composites=composites, ratios=ratios, bands=None,
        reference_lines=(),
    )  # fmt: skip


def _with_parts(composite: Composite, left: Collection[str]) -> Composite:
    return composite.model_copy(update={"of": tuple(c for c in composite.of if c in left)})


def _part(
    rubric: Rubric, items: Collection[str], version: str, title: str, averaged: bool = True,
    **changes: Any,
) -> Rubric:  # fmt: skip
    """The rubric with these items alone. Its parts have been checked as parts of the whole."""
    components = tuple(
        _component(component, items, averaged)
        for component in rubric.components
        if any(item.id in items for item in component.items)
    )
    held: Mapping[str, Any] = {name: getattr(rubric, name) for name in Rubric.model_fields}
    update = {"version": version, "title": title, "components": components, "examples": ()}
    return Rubric.model_construct(**{**held, **update, **changes})


def _component(component: Component, items: Collection[str], averaged: bool) -> Component:
    kept = tuple(item for item in component.items if item.id in items)
    return component.model_copy(update={"items": kept, "mean": component.mean and averaged})
