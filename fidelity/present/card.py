"""The evidence card of a rubric: one page on what is known about its model."""

from __future__ import annotations

from pathlib import Path

from fidelity.present.page import render, write_page
from fidelity.rubric import Rubric


def card_page(rubric: Rubric, path: str | Path) -> Path:
    """Write the evidence card as one self-contained HTML page.

    Raises:
        FileError: it cannot be written.
    """
    card = rubric.evidence_card
    parts = (
        ("What it is", (card.what_it_is,)),
        ("What is known", (card.known,)),
        ("How strong that is", (card.strength,)),
        ("What helps", card.helps),
        ("What hinders", card.hinders),
        ("Cost", (card.cost,)),
        ("Context", (card.context,)),
        ("What it does not show", (card.does_not_show,)),
    )
    page = render("card.html", title=f"Evidence card: {rubric.title}", rubric=rubric, parts=parts)
    return write_page(path, page)
