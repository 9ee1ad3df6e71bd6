"""axe-core looks at every kind of page that we make, and finds nothing wrong.

The engine comes with a Python package and is put into the page by the browser's own debugger:
nothing is fetched, and the pages' policies stay as they are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page

import fidelity as fd
from fidelity.present.briefing import briefing
from fidelity.present.card import card_page
from fidelity.present.form import write_form
from tests.browser.conftest import Opened
from tests.present.planted import frame, spread

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
#: Every rule of the Web Content Accessibility Guidelines up to 2.2 AA, and good practice.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _form(*rubrics: str, **options: Any) -> Callable[[Path], Path]:
    return lambda folder: write_form(list(rubrics), folder / "form.html", **options)


def _briefing(folder: Path) -> Path:
    rubric = fd.read_rubric("sos_case_file")
    columns = {"team": ["North", "South"], "date": "2025-05-01", "concern": ["yes", "no"]}
    ratings = fd.Ratings(frame(rubric, 40, spread(rubric), **columns), rubric)
    return briefing(ratings).to_html(folder / "briefing.html")


def _feedback(**whose: Any) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        rubric = fd.read_rubric("sos_case_file")
        columns = {"team": "North", "date": "2025-05-01", "practitioner": list("abcdef")}
        ratings = fd.Ratings(frame(rubric, 24, spread(rubric), **columns), rubric)
        return fd.feedback(ratings, **whose).save(folder / "feedback.html")

    return made


def _card(folder: Path) -> Path:
    return card_page(fd.read_rubric("sos_case_file"), folder / "card.html")


#: A new kind of page is one more line here.
PAGES: dict[str, Callable[[Path], Path]] = {
    "form for audits": _form("sos_case_file"),
    "short form": _form("sos_case_file", short=True),
    "form for counts and levels": _form("miti4", "cfsw_skills"),
    "form for scaling questions": _form("sos_org_alignment"),
    "form for staff": _form("staff_model_survey"),
    "form for parents": _form("sos_family_feedback", audience="parent"),
    "form for children": _form("sos_family_feedback", audience="child"),
    "evidence card": _card,
    "briefing": _briefing,
    "team learning page": _feedback(team="North"),
    "sheet for supervision": _feedback(practitioner="a", for_supervision=True),
}


def violations(page: Page) -> list[str]:
    """What axe-core finds, each with its rule, how bad it is and where."""
    page.evaluate(AXE)
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, "
        "resultTypes: ['violations']})", TAGS,
    )  # fmt: skip
    assert len(found["violations"]) + len(found["passes"]) > 10, "the engine did not run"
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing(opened: Callable[[Path], Opened], tmp_path: Path, kind: str) -> None:
    assert violations(opened(PAGES[kind](tmp_path)).page) == []


def test_axe_finds_nothing_while_a_form_is_used(
    opened: Callable[[Path], Opened], tmp_path: Path
) -> None:
    page = opened(_form("cfsw_skills")(tmp_path)).page
    page.click("#save")
    assert page.is_visible("#problems")
    assert violations(page) == []
    page.check("#concern-yes")
    page.click("summary >> text=More about it")
    page.fill("#piece", "A-1")
    page.fill("#rater", "R1")
    page.select_option("#rater_role", "peer")
    page.check("#cfsw_skills-empathy-2")
    with page.expect_download():
        page.click("#save")
    assert page.is_visible("#saved")
    assert violations(page) == []


def test_axe_would_find_something(opened: Callable[[Path], Opened], tmp_path: Path) -> None:
    """The judge is awake: a form whose labels are taken away does not pass."""
    page = opened(_form("cfsw_skills")(tmp_path)).page
    page.evaluate("document.querySelectorAll('label').forEach(label => label.remove())")
    assert any("critical" in violation for violation in violations(page))
