"""One thing that does not fit in a file, and the remedies that messages give."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from fidelity.rubric.model import Component, Item, Rubric
from fidelity.rubric.strict_yaml import cut

Path = tuple[str | int, ...]
#: Words that a message lists; more are counted.
_LISTED = 40


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit.

    Attributes:
        path: its place in the file, which a message names in words before the rest.
        what: what stands there.
        allowed: what would have been right.
        remedy: what to do; a function, where it takes time to find, since a message shows the
            first thousand findings only.
    """

    path: Path
    what: str
    allowed: str
    remedy: str | Callable[[], str]


def nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A remedy that names the most similar known word; else says `otherwise`, or lists them."""
    words = sorted(known)
    if not words:
        return "there are none yet."
    if word.lower() in words:
        return f'did you mean "{word.lower()}"?'
    close = difflib.get_close_matches(word[:80], words[:1000], n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    if otherwise:
        return otherwise
    more = f", and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return f"use one of: {', '.join(words[:_LISTED])}{more}."


def unknown(
    path: Path, name: str, known: Collection[str], kind: str, allowed: str = "one that is defined"
) -> Finding:
    """A name that nothing has."""
    return Finding(path, f'no {kind} "{cut(name)}"', allowed, partial(nearest, name, known))


def once(path: Path, names: Iterable[str]) -> Iterator[Finding]:
    """Ids of a list that stand in it before."""
    seen: set[str] = set()
    for n, name in enumerate(names):
        if name in seen:
            yield Finding(
                (*path, n, "id"), f'"{name}" stands twice', "each id once", "rename one of them"
            )
        seen.add(name)


def each_item(rubric: Rubric) -> Iterator[tuple[Path, Component, Item]]:
    """Each item with its path and its component."""
    for c, component in enumerate(rubric.components):
        for i, item in enumerate(component.items):
            yield ("components", c, "items", i), component, item
