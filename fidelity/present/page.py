"""A page of one file: no script, nothing fetched, everything inside it.

Text from data goes through the templates, which escape it. A policy in the head of the page
forbids the browser to fetch or run anything, whatever a cell may hold.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidelity.present.figure import Picture, plain, written
from fidelity.present.table import table
from fidelity.results import PURPOSE

if TYPE_CHECKING:
    import jinja2

    from fidelity.present.table import Table

_TEMPLATES = Path(__file__).parent / "templates"
#: Nothing may be fetched or run; pictures lie in the page itself, as does its style.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render(template: str, **context: Any) -> str:
    """A page as text.

    Args:
        template: name of a file in `fidelity/present/templates/`.
        context: what the template shows; all text is escaped.
    """
    return _environment().get_template(template).render(**context)


def write_page(path: str | Path, page: str) -> Path:
    """Write a page whole or not at all; gives its path.

    Raises:
        FileError: it cannot be written.
    """
    return written(Path(path), page.encode("utf-8"))


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    style = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    environment.globals.update(
        css=Markup(style.replace("{purpose}", PURPOSE)),  # noqa: S704 - our own file
        policy=POLICY,
        purpose=PURPOSE,
        data_table=_data_table,
    )
    environment.filters["image"] = image
    return environment


def _shown(value: object) -> object:
    """What a template prints: text without control characters."""
    return value if hasattr(value, "__html__") else plain(value)


def image(picture: Picture) -> str:
    """A picture as the address of an image that holds it."""
    drawing = picture.svg()
    drawing = drawing[drawing.index("<svg") :]  # without its reference to a document type
    held = base64.b64encode(drawing.encode("utf-8")).decode("ascii")
    return f"data:image/svg+xml;base64,{held}"


def _data_table(picture: Picture) -> Table:
    return table(picture.data, f"The numbers of the picture: {picture.title}")
