"""The learning page and the sheet in a real browser: two sides at most, nothing fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

import fidelity as fd
from fidelity.rubric.places import sample_data_folder
from tests.browser.test_briefing import A4_WIDTH, Printed, ratings
from tests.present.parsed import PAYLOADS

pytestmark = pytest.mark.browser


def sample(size: str, rubric: str) -> fd.Ratings:
    return fd.read_ratings(sample_data_folder() / size / f"ratings_{rubric}.csv", rubric)


#: Each with its data, and whose page.
CASES = {
    "case files": ("large", "sos_case_file", {"team": "North"}),
    "visits": ("large", "cfsw_skills", {"team": "East"}),
    "supervision": ("large", "systemic_supervision", {"team": "South"}),
    "families": ("large", "sos_family_feedback", {"team": "West"}),
    "organisation": ("large", "dfe_common_ingredients", {"team": "West"}),
    "small team": ("small", "sos_case_file", {"team": "South"}),
    "too few": ("small", "sos_case_file", {"team": "North", "period": "2025-02-01..2025-03-31"}),
    "sheet of files": ("small", "sos_case_file", {"practitioner": "P12", "for_supervision": True}),
    "sheet of visits": ("large", "cfsw_skills", {"practitioner": "P07", "for_supervision": True}),
}


def check(browser: BrowserContext, path: Path) -> None:
    page = browser.new_page()
    opened = Printed(page, path)
    assert opened.said == []
    assert len(opened.requests) == 1
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_WIDTH, "wider than paper"
    cut = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && e.clientWidth > 0 && getComputedStyle(e).display != 'inline').map(e => e.outerHTML)"
    )
    assert cut == [], "text runs out of its box"
    assert opened.pages() <= 2
    page.close()


@pytest.mark.parametrize("case", CASES)
def test_it_fits_two_sides_and_fetches_nothing(
    browser: BrowserContext, tmp_path: Path, case: str
) -> None:
    size, rubric, whose = CASES[case]
    page = fd.feedback(sample(size, rubric), **whose)  # type: ignore[arg-type]
    check(browser, page.save(tmp_path / "page.html"))


@pytest.mark.parametrize("rubric", fd.rubric_ids())
def test_every_rubric_fits(browser: BrowserContext, tmp_path: Path, rubric: str) -> None:
    made = ratings(rubric, 30, team="North", practitioner=list("abcdef"), date="2025-05-01")
    check(browser, fd.feedback(made, team="North").save(tmp_path / "page.html"))
    sheet = fd.feedback(made, practitioner="a", for_supervision=True)
    check(browser, sheet.save(tmp_path / "sheet.html"))


def test_hostile_text_does_nothing(browser: BrowserContext, tmp_path: Path) -> None:
    payload = PAYLOADS[0]
    made = ratings("cfsw_skills", 12, team=payload, practitioner=[payload, "b", "c"])
    for whose in ({"team": payload}, {"practitioner": payload, "for_supervision": True}):
        path = fd.feedback(made, **whose).save(tmp_path / "page.html")  # type: ignore[arg-type]
        page = browser.new_page()
        opened = Printed(page, path)
        page.wait_for_timeout(50)
        assert opened.said == []
        assert page.locator("script, iframe, svg, main img").count() == 0
        page.close()
