"""What must hold where parts of a rubric are asked of some roles only, such as parent and child.

What different people are asked is never averaged together, and nobody answers what was asked of
somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from fidelity.rubric.findings import Finding, Path, each_item, nearest
from fidelity.rubric.model import Role, Rubric


def roles(rubric: Rubric) -> Iterator[Finding]:
    """Parts are asked of people who rate, each named once."""
    for c, component in enumerate(rubric.components):
        for n, role in enumerate(component.roles):
            path: Path = ("components", c, "roles", n)
            if role == "agreed" or role not in rubric.raters:
                known = [name for name in rubric.raters if name != "agreed"]
                yield Finding(
                    path, f'"{role}" is not asked anything here',
                    f"roles among raters: {', '.join(known)}",
                    partial(nearest, role, known, "name one of them, or add it to raters"),
                )  # fmt: skip
            elif role in component.roles[:n]:
                yield Finding(path, f'"{role}" stands twice', "each role once", "delete one")


def apart(rubric: Rubric) -> Iterator[Finding]:
    """A mean of what one role was asked and what another was asked means nothing."""
    asked = _asked(rubric)
    for n, composite in enumerate(rubric.composites):
        groups = {asked[name] for name in composite.of if name in asked}
        if len(groups) > 1:
            told = "; ".join(sorted(", ".join(sorted(group)) or "all" for group in groups))
            yield Finding(
                ("composites", n, "of"), f"parts that are asked of different roles ({told})",
                "parts that are asked of the same roles", "make a composite for each",
            )  # fmt: skip
    for n, ratio in enumerate(rubric.ratios):
        counted = {asked[name] for name in (*ratio.numerator, *ratio.denominator) if name in asked}
        if len(counted) > 1:
            yield Finding(
                ("ratios", n), "counts that are asked of different roles",
                "counts that are asked of the same roles", "make a ratio for each",
            )  # fmt: skip


def examples(rubric: Rubric) -> Iterator[Finding]:
    """An example says who rated, where that decides what was asked."""
    asked = {i.id: c.roles for _, c, i in each_item(rubric) if c.roles}
    for n, example in enumerate(rubric.examples):
        path: Path = ("examples", n)
        if example.role is None and asked:
            yield Finding(
                path, "nothing says who rated", "a role, since parts are asked of some roles only",
                f"add a line such as role: {_any_role(rubric)}",
            )  # fmt: skip
        elif example.role is not None and example.role not in rubric.raters:
            allowed = f"one of raters: {', '.join(rubric.raters)}"
            yield Finding((*path, "role"), f'"{example.role}"', allowed, "write one of these")
        for name in example.ratings if example.role else ():
            if name in asked and example.role not in asked[name]:
                yield Finding(
                    (*path, "ratings", name), f'an item that is not asked of "{example.role}"',
                    f"items asked of: {', '.join(asked[name])}", "delete it, or change the role",
                )  # fmt: skip


def _asked(rubric: Rubric) -> dict[str, frozenset[Role]]:
    """Of whom components and items are asked, by id; the empty set is all."""
    found = {component.id: frozenset(component.roles) for component in rubric.components}
    return found | {item.id: frozenset(c.roles) for _, c, item in each_item(rubric)}


def _any_role(rubric: Rubric) -> str:
    return next(role for component in rubric.components for role in component.roles)
