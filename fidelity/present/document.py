"""What people read, as a value: leaves of headings, sentences, tables and pictures.

A briefing, a team's learning page, a diagnostic brief and an evidence card are each made once, as a
`Document`, and printed as HTML, Word, Markdown or PDF. So the sentences of all four are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fidelity.errors import UsageError
from fidelity.present.figure import Picture
from fidelity.present.page import render, write_page
from fidelity.present.table import Table


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 stands once in a document."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes:
        text: what it says.
        look: "" as it is, "headline", "strong", "purpose" or "note" (small, beside the matter).
    """

    text: str
    look: str = ""


@dataclass(frozen=True)
class Bullets:
    """Sentences, each with a dot before it."""

    texts: tuple[str, ...]
    look: str = ""


Part = Heading | Text | Bullets | Picture | Table


@dataclass(frozen=True, eq=False)
class Leaf:
    """What begins on a sheet of paper of its own.

    Attributes:
        parts: in the order in which they stand.
        look: "act" (a warning before all else), "front" (the first page), "card" (one sheet in two
            columns), "learning" (a heading stays with what is under it) or "".
    """

    parts: tuple[Part, ...]
    look: str = ""


@dataclass(frozen=True, eq=False)
class Document:
    """Something to read, whatever it is printed as.

    Attributes:
        title: of the window or file.
        leaves: what stands on it.
        language: of its text.
    """

    title: str
    leaves: tuple[Leaf, ...]
    language: str = field(default="en-GB")

    @property
    def texts(self) -> tuple[str, ...]:
        """Every heading, paragraph and bullet, in order: what all printed forms have in common."""
        return tuple(text for leaf in self.leaves for part in leaf.parts for text in _texts(part))

    @property
    def figures(self) -> tuple[Picture, ...]:
        """Every picture, in order."""
        return tuple(p for leaf in self.leaves for p in leaf.parts if isinstance(p, Picture))

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table, in order."""
        return tuple(p for leaf in self.leaves for p in leaf.parts if isinstance(p, Table))

    def html(self) -> str:
        """The page as text: one file, no script, nothing fetched."""
        return render("document.html", document=self, title=self.title)

    def markdown(self) -> str:
        """The document as Markdown; of pictures, what they say."""
        from fidelity.present.markdown import markdown

        return markdown(self)

    def to_html(self, path: str | Path) -> Path:
        """Write one self-contained page; gives its path.

        Raises:
            FileError: it cannot be written. It is written whole or not at all.
        """
        return write_page(path, self.html())

    def to_docx(self, path: str | Path) -> Path:
        """Write a Word file; gives its path.

        Raises:
            FileError: it cannot be written.
        """
        from fidelity.present.word import write_word

        return write_word(self, path)

    def to_markdown(self, path: str | Path) -> Path:
        """Write a Markdown file, with its pictures beside it; gives its path.

        Raises:
            FileError: it cannot be written.
        """
        from fidelity.present.markdown import write_markdown

        return write_markdown(self, path)

    def to_pdf(self, path: str | Path) -> Path:
        """Print the page to PDF by a browser that is installed; gives its path.

        Raises:
            FileError: no browser is found, or the file cannot be written. The message says how to
                make a PDF by hand.
        """
        from fidelity.present.printed import print_page

        return print_page(self.html(), path)

    def save(self, path: str | Path) -> Path:
        """Write the document by the ending of the path: .html, .docx, .md or .pdf.

        Raises:
            UsageError: another ending.
            FileError: it cannot be written.
        """
        by_ending = {".html": self.to_html, ".docx": self.to_docx, ".md": self.to_markdown,
                     ".pdf": self.to_pdf}  # fmt: skip
        path = Path(path)
        write = by_ending.get(path.suffix.lower())
        if write is None:
            raise UsageError(
                f'"{path.name}" is no kind of document that can be written. Allowed: '
                f"{', '.join(by_ending)}."
            )
        return write(path)


def _texts(part: Part) -> Sequence[str]:
    if isinstance(part, Heading | Text):
        return (part.text,)
    return part.texts if isinstance(part, Bullets) else ()
