"""A document as Markdown: for a wiki, a repository, or to be read as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from fidelity.present.document import Bullets, Document, Heading, Part, Text
from fidelity.present.figure import Picture, plain, written
from fidelity.present.table import Table
from fidelity.results import PURPOSE

#: What Markdown would read as a sign stands with a stroke before it.
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
#: At the beginning of a line these begin a list, a heading or a table.
_START = re.compile(r"^(\s*)([-+=]|\d+[.)])")


def markdown(document: Document) -> str:
    """The document as text; a picture is its title and alt text."""
    return _joined(document, {})


def write_markdown(document: Document, path: str | Path) -> Path:
    """Write the text, and each picture as PNG beside it, named after the file.

    Raises:
        FileError: it cannot be written.
    """
    path = Path(path)
    files = {}
    for number, picture in enumerate(document.figures, 1):
        beside = path.with_name(f"{path.stem}_{number}.png")
        files[id(picture)] = picture.save(beside).name
    return written(path, _joined(document, files).encode("utf-8"))


def _joined(document: Document, files: dict[int, str]) -> str:
    blocks = [block for leaf in document.leaves for part in leaf.parts
              for block in _blocks(part, files)]  # fmt: skip
    return "\n\n".join([*blocks, f"*{_escaped(PURPOSE)}*"]) + "\n"


def _blocks(part: Part, files: dict[int, str]) -> Iterator[str]:
    if isinstance(part, Heading):
        yield f"{'#' * part.level} {_escaped(part.text)}"
    elif isinstance(part, Text):
        strong = part.look in {"headline", "strong"}
        yield f"**{_escaped(part.text)}**" if strong else _line(part.text)
    elif isinstance(part, Bullets):
        if part.texts:
            yield "\n".join(f"- {_escaped(text)}" for text in part.texts)
    elif isinstance(part, Picture):
        yield from _picture(part, files.get(id(part), ""))
    else:
        yield from _table(part)


def _picture(picture: Picture, file: str) -> Iterator[str]:
    if file:
        yield f"![{_escaped(picture.alt)}]({file.replace(' ', '%20')})"
    else:
        yield f"**{_escaped(picture.title)}**\n{_escaped(picture.subtitle)}"
        yield _line(picture.alt)


def _table(table: Table) -> Iterator[str]:
    yield f"**{_escaped(table.caption)}**"
    rule = ["---:" if numeric else "---" for numeric in table.numeric]
    rows = [table.headings, rule, *table.rows]
    cells = [[c if row is rule else _escaped(c) for c in row] for row in rows]
    yield "\n".join(f"| {' | '.join(row)} |" for row in cells)
    if table.note:
        yield _line(table.note)


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\1", plain(text))


def _line(text: str) -> str:
    """A paragraph, which must not begin like a list."""
    return _START.sub(r"\1\\\2", _escaped(text))
