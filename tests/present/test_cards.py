"""Every evidence card on one printed sheet, by a real browser."""

import re
from pathlib import Path

import pytest

from fidelity.present import style
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


@pytest.mark.parametrize("name", rubric_ids())
def test_the_picture_of_a_card_has_a_mark_for_each_item(name: str) -> None:
    rubric = read_rubric(name)
    (picture,) = card(rubric).figures
    assert picture.data["item"].tolist() == list(rubric.items)
    kinds = picture.data["kind"].value_counts()
    assert kinds.get("must-have", 0) == len(rubric.must_haves)
    assert kinds.drop("asked beside, not scored", errors="ignore").sum() == len(rubric.scored_items)
    drawn = [line for line in picture.fig.axes[0].lines if line.get_marker() in {"D", "o", "s"}]
    assert len(drawn) == len(rubric.items) + kinds.size, "one an item, and the key"
    assert picture.title.startswith(f"{len(rubric.scored_items)} items in")


@pytest.mark.parametrize("name", rubric_ids())
def test_nothing_in_the_picture_is_clipped_or_overlaps(name: str) -> None:
    figure = card(read_rubric(name)).figures[0].fig
    with style.drawing():
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
    for n, box in enumerate(boxes):
        assert box.x0 >= figure.bbox.x0 - 1
        assert box.x1 <= figure.bbox.x1 + 1
        inner = box.shrunk(0.95, 0.7)
        assert not any(inner.overlaps(other.shrunk(0.95, 0.7)) for other in boxes[n + 1 :])
