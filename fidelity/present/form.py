"""A form in one file, for a browser and nothing else: no server, no Python, no network.

What is entered is saved as a JSON record (`fidelity.collect.record`). A policy in the head of
the page names its script and its style by their hashes and forbids everything else: nothing in
the page can be fetched, sent, or run beside them, whatever a rubric or a note may hold.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from fidelity.collect.concerns import QUESTION
from fidelity.errors import UsageError
from fidelity.present.form_questions import sections
from fidelity.present.form_words import (
    FAMILY,
    SOURCE,
    SURVEYED,
    audience_of,
    concern_fields,
    fields,
    words_for,
)
from fidelity.present.page import render, write_page
from fidelity.rubric import Rubric, read_rubric

_TEMPLATES = Path(__file__).parent / "templates"
#: What the box under every question is called.
_NOTE = "Note (optional; no names)"


def write_form(
    rubrics: Rubric | str | Sequence[Rubric | str],
    path: str | Path,
    *,
    audience: str | None = None,
    short: bool = False,
    heading: str = "",
) -> Path:
    """Write a form to be filled in with a browser.

    Args:
        rubrics: one rubric, or several for one sitting.
        path: where to write it; must end in .html.
        audience: "practice" (auditors, observers, leaders), "staff", "parent" or "child"; read
            from the rubrics if not given.
        short: ask the must-haves alone.
        heading: of the page, such as the name of your model or service; not given: the rubric's
            title, or a plain question for staff and families.

    Returns:
        The path written.

    Raises:
        UsageError: nothing to ask, a rubric named twice, or rubrics for different people.
        FileError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in {".html", ".htm"}:
        raise UsageError(f'A form is written to a name that ends in .html, not "{path.name}".')
    return write_page(path, form_page(rubrics, audience=audience, short=short, heading=heading))


def form_page(
    rubrics: Rubric | str | Sequence[Rubric | str],
    *,
    audience: str | None = None,
    short: bool = False,
    heading: str = "",
) -> str:
    """The form as text; see `write_form`."""
    given = [rubrics] if isinstance(rubrics, Rubric | str) else list(rubrics)
    chosen = [read_rubric(rubric) if isinstance(rubric, str) else rubric for rubric in given]
    ids = [rubric.id for rubric in chosen]
    if not ids or len(set(ids)) < len(ids):
        raise UsageError("A form needs at least one rubric, and each of them once.")
    audience = audience_of(chosen, audience)
    words = words_for(audience)
    shown, more = fields(chosen, audience)
    asked = sections(chosen, audience, short)
    script, css = _part("form.js"), _part("form.css")
    return render(
        "form.html",
        policy=_policy(script, css),
        script=_raw(script),
        css=_raw(css),
        title=heading or words.heading or "; ".join(rubric.title for rubric in chosen),
        words=words,
        audience=audience,
        plain=audience in SURVEYED,
        short=short,
        procedure="If yes: s" + QUESTION.partition("? S")[2],
        shown=shown,
        more=more,
        fixed=_fixed(chosen, audience),
        passed_on=concern_fields(),
        sections=asked,
        total=sum(len(section.questions) for section in asked),
        note=_NOTE if audience != "child" else "You can write something here",
    )


def _fixed(rubrics: Sequence[Rubric], audience: str) -> dict[str, str]:
    """What a survey knows by itself."""
    if audience not in SURVEYED:
        return {}
    known = {"source": SOURCE.get(rubrics[0].looks_at, "")}
    if audience in FAMILY:
        known["rater_role"] = audience
    elif len(rubrics[0].raters) == 1:
        known["rater_role"] = rubrics[0].raters[0]
    return known


@lru_cache(maxsize=2)
def _part(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _policy(script: str, css: str) -> str:
    """Nothing may be fetched, sent, framed or run but this script and this style."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(css)}'; "
        "connect-src 'none'; form-action 'none'; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _raw(text: str) -> object:
    """Our own files, which go into the page as they are."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own file
