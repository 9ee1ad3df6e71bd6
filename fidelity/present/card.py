"""The evidence card of a rubric: one page on what is known about its model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fidelity.present.card_picture import parts_picture
from fidelity.present.document import Bullets, Document, Heading, Leaf, Part, Text
from fidelity.results import PURPOSE
from fidelity.rubric import Rubric


def card(rubric: Rubric) -> Document:
    """The evidence card: what the model is, what is known and how strongly, and what is not."""
    return Document(f"Evidence card: {rubric.title}", (Leaf(tuple(_parts(rubric)), "card"),))


def card_page(rubric: Rubric, path: str | Path) -> Path:
    """Write the evidence card as one self-contained HTML page.

    Raises:
        FileError: it cannot be written.
    """
    return card(rubric).to_html(path)


def _parts(rubric: Rubric) -> Iterator[Part]:
    held = rubric.evidence_card
    yield Heading(f"Evidence card: {rubric.title}", 1)
    yield Text(f"{rubric.label} · {PURPOSE}", "note")
    yield parts_picture(rubric)
    for heading, texts in (
        ("What it is", (held.what_it_is,)),
        ("What is known", (held.known,)),
        ("How strong that is", (held.strength,)),
        ("What helps", held.helps),
        ("What hinders", held.hinders),
        ("Cost", (held.cost,)),
        ("Context", (held.context,)),
        ("What it does not show", (held.does_not_show,)),
    ):
        yield Heading(heading)
        yield Bullets(tuple(texts)) if len(texts) > 1 else Text("".join(texts))
    yield Heading("Sources")
    yield Bullets(tuple(held.sources), "note")
    yield Text(rubric.notice, "note")
