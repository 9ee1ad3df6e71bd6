"""A document as a Word file: what directors edit.

Headings are headings, rows of headings are marked, pictures carry their alt text and the language
is set, so that a screen reader tells in Word what it tells on the page.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fidelity.present import style
from fidelity.present.document import Bullets, Document, Heading, Leaf, Part, Text
from fidelity.present.figure import Picture, plain, written
from fidelity.present.table import Table
from fidelity.results import PURPOSE

#: Millimetres of A4, its margins, and the text between them.
PAPER, MARGIN, TEXT = (210, 297), 15, 180
#: A picture is never higher than this, so that its heading stays beside it.
TALLEST = 225
#: Size of type by look, in points.
SIZES = {"": 11, "headline": 12, "strong": 11, "purpose": 10, "note": 9}
HEADINGS = {1: 18, 2: 13, 3: 11}
FONT = "Arial"
_DPI = 200


def write_word(document: Document, path: str | Path) -> Path:
    """Write a Word file; gives its path.

    Raises:
        FileError: it cannot be written, for instance because Word holds it open.
    """
    held = io.BytesIO()
    _built(document).save(held)
    return written(Path(path), held.getvalue())


def _built(document: Document) -> Any:
    import docx

    word = docx.Document()
    _set_up(word, document)
    for place, leaf in enumerate(document.leaves):
        _leaf(word, leaf, breaks=place > 0)
    return word


def _set_up(word: Any, document: Document) -> None:
    from docx.shared import Mm

    section = word.sections[0]
    section.page_width, section.page_height = Mm(PAPER[0]), Mm(PAPER[1])
    section.left_margin = section.right_margin = Mm(MARGIN)
    section.top_margin, section.bottom_margin = Mm(MARGIN), Mm(MARGIN)
    word.core_properties.title = plain(document.title)
    word.core_properties.language = document.language
    word.core_properties.author = "fidelity"
    word.core_properties.comments = PURPOSE
    _type(word.styles["Normal"], SIZES[""])
    for level, size in HEADINGS.items():
        _type(word.styles[f"Heading {level}"], size)
    _say(word.styles["Normal"].element.get_or_add_rPr(), "w:lang", {"w:val": document.language})
    footer = section.footer.paragraphs[0]
    _run(footer, f"{PURPOSE} · page ", "note")
    _page_number(footer)


def _type(look: Any, size: float) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    look.font.name, look.font.size = FONT, Pt(size)
    look.font.color.rgb = RGBColor.from_string(style.INK.lstrip("#").upper())
    fonts = look.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(name), None)
    fonts.set(qn("w:eastAsia"), FONT)
    look.paragraph_format.space_after = Pt(3)


def _leaf(word: Any, leaf: Leaf, breaks: bool) -> None:
    number = sum(1 for shape in word.inline_shapes)
    first = True
    for part in leaf.parts:
        begun = len(word.element.body) - 1  # the last is the section itself
        if isinstance(part, Picture):
            number += 1
            _picture(word, part, number)
        elif isinstance(part, Table):
            _table(word, part)
        else:
            _words(word, part)
        if first and breaks and len(word.element.body) - 1 > begun:
            _new_page(word.element.body[begun])
            first = False


def _new_page(element: Any) -> None:
    """Let a paragraph begin a page; before a table its caption does."""
    from docx.text.paragraph import Paragraph

    Paragraph(element, None).paragraph_format.page_break_before = True  # type: ignore[arg-type]


def _words(word: Any, part: Part) -> None:
    if isinstance(part, Heading):
        word.add_heading(plain(part.text), level=part.level)
    elif isinstance(part, Text):
        _run(word.add_paragraph(), part.text, part.look)
    elif isinstance(part, Bullets):
        for text in part.texts:
            _run(word.add_paragraph(style="List Bullet"), text, part.look)


def _run(paragraph: Any, text: str, look: str = "") -> Any:
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(plain(text))
    run.bold = look in {"headline", "strong"}
    run.font.size = Pt(SIZES[look])
    if look in {"note", "purpose"}:
        run.font.color.rgb = RGBColor.from_string(style.QUIET.lstrip("#").upper())
    return run


def _picture(word: Any, picture: Picture, number: int) -> None:
    from docx.shared import Mm

    wide, high = picture.fig.get_size_inches()
    width = min(TEXT, TALLEST * wide / high)
    paragraph = word.add_paragraph()
    shape = paragraph.add_run().add_picture(io.BytesIO(picture.png(_DPI)), width=Mm(width))
    paragraph.paragraph_format.keep_with_next = True
    for side in ("distT", "distB", "distL", "distR"):  # else some readers set it off from the text
        shape._inline.set(side, "0")
    about = shape._inline.docPr
    about.set("descr", picture.alt)
    about.set("title", picture.title)
    _run(word.add_paragraph(), f"Figure {number}", "note")


def _table(word: Any, table: Table) -> None:
    from docx.shared import Mm

    caption = word.add_paragraph()
    caption.paragraph_format.keep_with_next = True
    _run(caption, table.caption, "strong")
    grid = word.add_table(rows=1, cols=len(table.headings))
    _rules(grid)
    _row(grid.rows[0], table.headings, table.numeric, "strong")
    _say(grid.rows[0]._tr.get_or_add_trPr(), "w:tblHeader", {"w:val": "true"})
    for cells in table.rows:
        row = grid.add_row()
        _row(row, cells, table.numeric, "")
        if table.empty:
            row.height = Mm(8)
    widths = [Mm(width) for width in _widths(table)]
    for row in grid.rows:
        _say(row._tr.get_or_add_trPr(), "w:cantSplit", {"w:val": "true"})
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    _run(word.add_paragraph(), table.note, "note")


def _widths(table: Table) -> list[float]:
    """Millimetres of each column: by the longest word it must hold whole, then by its text."""
    columns = list(zip(table.headings, *table.rows, strict=True))
    words = [max((len(w) for text in column for w in text.split()), default=1)
             for column in columns]  # fmt: skip
    texts = [max(len(text) for text in column) for column in columns]
    wanted = [max(word + 2, min(text, 60)) for word, text in zip(words, texts, strict=True)]
    return [TEXT * width / sum(wanted) for width in wanted]


def _rules(grid: Any) -> None:
    """Thin lines below the rows and none beside them, as on the page."""
    borders = _say(grid._tbl.tblPr, "w:tblBorders", {})
    colour = style.FAINT.lstrip("#").upper()
    for side in ("w:top", "w:bottom", "w:insideH"):
        _say(borders, side, {"w:val": "single", "w:sz": "4", "w:space": "0", "w:color": colour})


def _row(row: Any, cells: Sequence[str], numeric: Sequence[bool], look: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    for cell, text, to_the_right in zip(row.cells, cells, numeric, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        _run(paragraph, text, look).font.size = Pt(SIZES["note"])
        if to_the_right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _page_number(paragraph: Any) -> None:
    """The field that Word fills with the number of the page."""
    paragraph.add_run(" ")
    run = _run(paragraph, "", "note")
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            _say(run._r, "w:fldChar", {"w:fldCharType": kind})
        else:
            _say(run._r, "w:instrText", {"xml:space": "preserve"}).text = f" {text} "


def _say(parent: Any, name: str, attributes: dict[str, str]) -> Any:
    """A mark that the library has no call for."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(key), value)
    parent.append(element)
    return element
