"""Every evidence card on one printed sheet, by a real browser."""

import re
from pathlib import Path

import pytest

from fidelity.present.card import card
from fidelity.present.document import Document, Leaf, Text
from fidelity.rubric import read_rubric, rubric_ids


def sheets(document: Document, path: Path) -> int:
    """How many sheets a document fills in print."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", document.to_pdf(path).read_bytes()))


@pytest.mark.browser
def test_each_card_fills_one_sheet_and_no_more(tmp_path: Path, chromium: str) -> None:
    """All in one file, each beginning a sheet: a card that ran over would make one more."""
    assert chromium
    cards = [leaf for name in rubric_ids() for leaf in card(read_rubric(name)).leaves]
    assert len(cards) == len(rubric_ids())
    assert sheets(Document("Every card", tuple(cards)), tmp_path / "cards.pdf") == len(cards)
    longer = Leaf((*cards[0].parts, *(Text("One line more.") for _ in range(99))), "card")
    assert sheets(Document("One too long", (longer,)), tmp_path / "longer.pdf") == 2
