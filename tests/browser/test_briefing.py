"""The briefing in a real browser: it asks for nothing, runs nothing, and fits its paper."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

import fidelity as fd
from fidelity.present.briefing import Briefing, briefing
from tests.browser.conftest import Opened
from tests.present.parsed import PAYLOADS
from tests.present.planted import frame, spread

pytestmark = pytest.mark.browser

#: Pixels of the text on an A4 page at 96 an inch: 297 mm less margins of 13 and 15 mm.
A4_WIDTH, A4_HEIGHT = round(182 / 25.4 * 96), int(269 / 25.4 * 96)
LONG = "The Royal Borough and Unitary Authority of Somewhere with a Long Name upon Thames"


class Printed(Opened):
    """A page in the browser, as its paper shows it."""

    def __init__(self, page: Page, path: Path) -> None:
        super().__init__(page, path)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": A4_WIDTH, "height": A4_HEIGHT})

    def pages(self, of: str = "") -> int:
        """Printed pages of the whole, or of one part alone."""
        if of:
            self.page.evaluate(
                "keep => document.querySelectorAll('main > *').forEach("
                "part => { if (!part.matches(keep)) part.remove() })", of,
            )  # fmt: skip
        pdf = self.page.pdf(prefer_css_page_size=True)
        return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def ratings(rubric_id: str, n: int, **columns: object) -> fd.Ratings:
    """Ratings over the whole of each scale; parents and children answer their own parts alone."""
    rubric = fd.read_rubric(rubric_id)
    asked = {item: rubric.component_of(item).roles for item in rubric.items}
    if any(asked.values()):
        columns = {"rater_role": ["parent", "child"], **columns}
    made = frame(rubric, n, spread(rubric), **columns)
    roles = made["rater_role"] if "rater_role" in made else [""] * len(made)
    own = [not asked[i] or r in asked[i] for i, r in zip(made["item"], roles, strict=True)]
    return fd.Ratings(made[own], rubric)


def internal(**columns: object) -> Briefing:
    return briefing(ratings("sos_case_file", 48, **columns), place=LONG)


#: One of each kind of scale and of reader; "every rubric" has them all.
SEVERAL = ("core_case_audit", "sos_family_feedback", "miti4", "staff_model_survey")
TEAMS = ["North", "South", "East", "West"]
CASES = {
    "four teams and concerns": lambda: internal(
        team=TEAMS, concern=["yes", "no", "no", "no"], date="2025-05-01"
    ),
    "twelve teams": lambda: briefing(
        ratings("sos_case_file", 96, team=[f"Assessment and Intervention {k}" for k in range(12)])
    ),
    "every rubric": lambda: briefing(
        [ratings(rubric, 25, team=TEAMS, date="2025-05-01", concern=["yes", "no", "no"])
         for rubric in fd.rubric_ids()], place=LONG,
    ),
    "three roles": lambda: briefing(
        [ratings(rubric, 48, rater_role=["parent", "child", "practitioner"], team=TEAMS)
         for rubric in SEVERAL], place=LONG,
    ),
    "one rubric": lambda: internal(team=TEAMS, selection=["random"] * 6 + ["concern", "thematic"]),
    "three files": lambda: briefing(ratings("sos_case_file", 3)),
    "counts": lambda: briefing(ratings("miti4", 30, team=TEAMS), trained_coders=["rater-1"]),
    "nothing scored": lambda: briefing(ratings("sos_case_file", 3, selection="thematic")),
    "for publication": lambda: briefing(
        [ratings(rubric, 48, practitioner=list("abcdefgh")) for rubric in SEVERAL],
        audience="public", checked_by="A. Reader, head of quality assurance", place=LONG,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_page_fetches_nothing_and_fits_its_paper(
    browser: BrowserContext, tmp_path: Path, case: str
) -> None:
    path = CASES[case]().to_html(tmp_path / "briefing.html")
    page = browser.new_page()
    opened = Printed(page, path)
    assert opened.requests[0].startswith("file:")
    assert all(url.startswith("data:image/svg+xml") for url in opened.requests[1:])
    assert opened.said == []

    assert page.evaluate("document.documentElement.scrollWidth") <= A4_WIDTH, "wider than paper"
    images = page.evaluate(
        "[...document.images].map(i => [i.naturalWidth, i.getBoundingClientRect().height])"
    )
    assert all(width > 0 for width, _ in images), "a picture does not show"
    assert all(height <= A4_HEIGHT for _, height in images), "a picture is cut by the paper's end"
    cut = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && e.clientWidth > 0 && getComputedStyle(e).display != 'inline').map(e => e.outerHTML)"
    )
    assert cut == [], "text runs out of its box"
    assert page.evaluate("document.querySelector('.front').getBoundingClientRect().height") <= (
        A4_HEIGHT
    )
    assert opened.pages(of=".front") == 1
    page.close()


def test_every_printed_page_says_what_it_is_for(browser: BrowserContext, tmp_path: Path) -> None:
    path = internal(team=TEAMS).to_html(tmp_path / "briefing.html")
    page = browser.new_page()
    Printed(page, path)
    rules = page.evaluate(
        "[...document.styleSheets].flatMap(s => [...s.cssRules]).map(r => r.cssText)"
        ".filter(t => t.startsWith('@page')).join(' ')"
    )
    assert "For learning about practice" in rules
    assert page.locator("h1").count() == 1
    page.close()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_does_nothing(browser: BrowserContext, tmp_path: Path, payload: str) -> None:
    made = briefing(
        ratings("cfsw_skills", 12, team=payload, rater=payload, concern="yes",
                escalated_to=payload, escalated_on="2025-01-02"),
        place=payload,
    )  # fmt: skip
    page = browser.new_page()
    opened = Printed(page, made.to_html(tmp_path / "briefing.html"))
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.mouse.move(200, 200)
    page.wait_for_timeout(50)
    assert opened.said == []
    assert all(url.startswith(("file:", "data:image/svg+xml")) for url in opened.requests)
    assert page.locator("h1").inner_text() == f"Practice briefing: {' '.join(payload.split())}"
    assert page.locator("script, iframe, svg").count() == 0
    page.close()


def test_the_numbers_of_a_picture_can_be_opened(browser: BrowserContext, tmp_path: Path) -> None:
    path = briefing(ratings("cfsw_skills", 12)).to_html(tmp_path / "briefing.html")
    page = browser.new_page()
    page.goto(path.as_uri())
    table = page.locator("details table").first
    assert not table.is_visible()
    page.locator("summary").first.press("Enter")
    assert table.is_visible()
    page.close()
