"""The organisation's brief on paper: two pages at most, whatever it has to say."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext

import fidelity as fd
from fidelity.present.diagnostic import ORGANISATION, SURVEY, Diagnostic
from tests.analyses.planted_sources import ratings
from tests.browser.test_briefing import LONG, Printed
from tests.present.test_diagnostic import cut_down, organisation

pytestmark = pytest.mark.browser

ROLES = ["leader"] * 20 + ["manager"] * 20 + ["practitioner"] * 20 + ["independent"] * 40
SOURCES = ["interview"] * 60 + ["document", "observation", "data", "recording"] * 10


def much_to_say() -> Diagnostic:
    """Everything low, every view apart, three rubrics and a survey, a long name, no hidden role."""
    rng = np.random.default_rng(1)
    step = np.repeat([0.5, 0.3, 0.1, 0.0], [20, 20, 20, 40])
    about = {"rater": [f"R{k}" for k in range(100)], "date": "2026-05-01", "concern": "yes"}
    made = []
    for name in ORGANISATION:
        rubric = fd.read_rubric(name)
        roles = [role if role in rubric.raters else "practitioner" for role in ROLES]
        made.append(ratings(name, step, rng, noise=0.1, rater_role=roles, source=SOURCES, **about))
    staff = {k: v[:60] if isinstance(v, list) else v for k, v in about.items()}
    made.append(ratings(SURVEY, step[:60], rng, rater_role=ROLES[:60], **staff))
    return fd.diagnostic(made, place=LONG)


CASES = {
    "large": lambda: fd.diagnostic(organisation()),
    "small": lambda: fd.diagnostic(fd.read_folder("small")),
    "a small organisation": lambda: fd.diagnostic(cut_down(organisation())),
    "much to say": much_to_say,
}


@pytest.mark.parametrize("case", CASES)
def test_it_fits_two_pages_and_asks_for_nothing(
    browser: BrowserContext, tmp_path: Path, case: str
) -> None:
    path = CASES[case]().save(tmp_path / "brief.html")
    page = browser.new_page()
    opened = Printed(page, path)
    assert all(url.startswith(("file:", "data:image/svg+xml")) for url in opened.requests)
    assert opened.said == []
    cut = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " && e.clientWidth > 0 && getComputedStyle(e).display != 'inline').map(e => e.outerHTML)"
    )
    assert cut == [], "text runs out of its box"
    assert 1 <= opened.pages() <= 2
    page.close()
