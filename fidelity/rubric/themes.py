"""Themes: which items of different rubrics ask about the same matter.

Data, one YAML file read as strictly as a rubric. The matching is a judgement, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from fidelity.errors import UsageError
from fidelity.rubric.findings import Finding, nearest, once, unknown
from fidelity.rubric.model import Part, Provenance
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.reader import model_from, read_rubric, rubric_ids
from fidelity.rubric.strict_yaml import read_document
from fidelity.rubric.values import Id, Short, Text, Version


class Theme(Part):
    """One matter, and the items of each rubric that ask about it."""

    id: Id
    title: Short
    asks: Text
    items: Mapping[Id, tuple[Id, ...]]


class Themes(Part):
    """A file of themes."""

    format: Literal["1"]
    id: Id
    version: Version
    notice: Text
    provenance: Provenance
    themes: tuple[Theme, ...] = Field(min_length=1)

    def of(self, rubric: str) -> dict[str, tuple[str, ...]]:
        """The items of a rubric, by theme."""
        return {theme.id: theme.items[rubric] for theme in self.themes if rubric in theme.items}

    @property
    def titles(self) -> dict[str, str]:
        """The heading of each theme by id."""
        return {theme.id: theme.title for theme in self.themes}


def read_themes(source: str | Path | None = None) -> Themes:
    """Read a file of themes.

    Args:
        source: its path; the file that ships (`rubrics/themes/themes.yaml`) if not given.

    Raises:
        FileError: the file cannot be read.
        RubricError: it does not fit the format or the rubrics; every fault with file and line.
    """
    return _shipped() if source is None else _read(Path(source))


@lru_cache(maxsize=1)
def _shipped() -> Themes:
    return _read(rubrics_folder() / "themes" / "themes.yaml")


def _read(path: Path) -> Themes:
    return model_from(read_document(path), Themes, _findings)


def _findings(themes: Themes, unread: frozenset[str]) -> Iterator[Finding]:
    """Rubrics and items that there are not, and items that stand twice or cannot be compared."""
    yield from once(("themes",), [theme.id for theme in themes.themes])
    seen: set[tuple[str, str]] = set()
    for number, theme in enumerate(themes.themes):
        for name, items in theme.items.items():
            path = ("themes", number, "items", name)
            try:
                rubric = read_rubric(name)
            except UsageError:
                yield Finding(path, f'no rubric "{name}"', "the id of a rubric that ships",
                              partial(nearest, name, rubric_ids()))  # fmt: skip
                continue
            for place, item in enumerate(items):
                here = (*path, place)
                if item not in rubric.items:
                    yield unknown(here, item, rubric.items, "item", f"an item of {name}")
                elif not rubric.items[item].scored or rubric.scale_of(item).kind != "levels":
                    yield Finding(here, f'"{item}" is not scored on levels',
                                  "a scored item with levels", "leave it out")  # fmt: skip
                elif (name, item) in seen:
                    yield Finding(here, f'"{item}" of {name} stands in a theme before',
                                  "each item in one theme", "leave it out here")  # fmt: skip
                seen.add((name, item))
