"""A page is one file that fetches nothing, runs nothing, and escapes what it shows."""

from pathlib import Path

import pandas as pd
import pytest

from fidelity.present import style
from fidelity.present.figure import Picture, Sheet
from fidelity.present.page import POLICY, render, write_page
from fidelity.present.table import rows_of
from fidelity.results import PURPOSE
from tests.present.parsed import PAYLOADS, Page

TABLE = """{% extends "page.html" %}{% from "parts.html" import show_table with context %}
{% block main %}<h1>{{ title }}</h1>{{ show_table(table) }}{% endblock %}"""


@pytest.fixture
def picture() -> Picture:
    with style.drawing():
        sheet = Sheet('Title "quoted" <b>', "subtitle", 0.5)
    return sheet.done('Alt "quoted" <b> & more', pd.DataFrame({"team": ["<i>"], "n": [5]}))


def shown(**context: object) -> Page:
    from fidelity.present.page import _environment

    return Page(_environment().from_string(TABLE).render(**context))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_comes_out_as_text(payload: str) -> None:
    page = shown(title=payload, table=rows_of(payload, [payload, "n"], [[payload, payload]]))
    page.assert_closed()
    assert page.headings["h1"] == [" ".join(payload.split())]
    assert page.text.count(" ".join(payload.split())) == 6  # title, h1, caption, heading, 2 cells


def test_a_table_tells_a_screen_reader_what_its_cells_are() -> None:
    table = rows_of("A caption", ["Team", "n"], [["North", 5], ["South", 7]])
    page = shown(title="t", table=table)
    assert page.html.count("<caption>A caption</caption>") == 1
    assert page.html.count('scope="col"') == 2
    assert page.html.count('scope="row"') == 2
    assert '<td class="n">5</td>' in page.html


def test_the_head_of_a_page() -> None:
    page = shown(title="t", table=rows_of("c", ["a"], []))
    assert '<html lang="en-GB">' in page.html
    assert POLICY == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert f'content="{POLICY}"'.replace("'", "&#39;") in page.html
    assert "size: A4" in page.html
    assert f'content: "{PURPOSE}"' in page.html, "on every printed page"
    assert len(page.headings["h1"]) == 1


def test_a_picture_stands_in_the_page_with_alt_text_and_data(picture: Picture) -> None:
    from fidelity.present.page import _environment

    source = '{% from "parts.html" import show_picture with context %}{{ show_picture(p, 3) }}'
    page = Page(_environment().from_string(source).render(p=picture))
    assert page.images[0]["alt"] == 'Alt "quoted" <b> & more'
    assert page.images[0]["src"].startswith("data:image/svg+xml;base64,")
    assert "Figure 3" in page.text
    assert "<i>" in page.text
    page.assert_closed()


def test_a_page_is_written_as_utf_8(tmp_path: Path) -> None:
    path = write_page(tmp_path / "é.html", "café – 日本")
    assert path.read_bytes().decode("utf-8") == "café – 日本"


def test_what_a_template_lacks_is_an_error_and_not_a_gap() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        render("document.html", title="no document given")
