"""The form in a real JupyterLab page: chosen with the keyboard, kept when the kernel restarts."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

import fidelity as fd
from fidelity.collect.record import Rating, read_record
from tests.cli.test_open import AS_ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE = 180_000  # milliseconds: two busy cores make a kernel slow to begin


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """JupyterLab as `fidelity open` starts it."""
    words = ["open", "01", "--data", str(tmp_path), "--no-browser", *AS_ROOT]
    process = subprocess.Popen(
        [sys.executable, "-m", "fidelity", *words], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, encoding="utf-8",
    )  # fmt: skip
    yield process.stdout.readline().removeprefix("Open ").strip()  # type: ignore[union-attr]
    process.terminate()
    process.communicate(timeout=60)


def reached(page: Page, address: str) -> None:
    for _ in range(100):
        try:
            page.goto(address)
        except Exception as error:
            if "ERR_CONNECTION_REFUSED" not in str(error):
                raise
            time.sleep(0.3)
        else:
            return
    raise AssertionError("JupyterLab did not start")


def run_all(page: Page, restart: bool = False) -> None:
    """By the menus, as people do."""
    if restart:
        page.get_by_role("menuitem", name="Kernel", exact=True).click()
        page.get_by_text("Restart Kernel and Run All Cells").click()
        page.locator(".jp-Dialog .jp-mod-accept").click()
    else:
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()


def form_line(page: Page, told: str) -> None:
    page.get_by_text(re.compile(f"Form ready, {told}")).first.wait_for()


def test_a_form_in_jupyterlab_loses_nothing(
    browser: BrowserContext, address: str, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1280, "height": 1400})
    reached(page, address)
    page.get_by_role("heading", name="Choose and read a rubric").first.wait_for()
    assert page.get_by_text("official Jupyter news").count() == 0
    run_all(page)
    form_line(page, "7 of 19")

    choice = page.get_by_label("M1: The map is complete and up to date")
    choice.scroll_into_view_if_needed()
    choice.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("dd")  # in a list, JupyterLab would take this for "delete the cell"
    page.get_by_text("Not saved: ").first.wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.insert_text("Zoë’s note")
    page.keyboard.press("Tab")  # leaves the note
    page.get_by_role("button", name="Next", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Item 2 of 19").wait_for()
    file = next((tmp_path / "notebooks").glob("my_*.json"))
    first = Rating("sos_case_file", "m1", "2", note="Zoë’s note")
    for _ in range(100):  # the page tells the kernel a little later
        if read_record(file).ratings[0] == first:
            break
        page.wait_for_timeout(100)
    assert read_record(file).ratings[0] == first

    run_all(page, restart=True)
    page.get_by_text("Item 3 of 19").wait_for()  # a new form, at the first item without an answer
    form_line(page, "7 of 19")
    page.get_by_role("button", name="Back", exact=True).click()
    page.get_by_role("button", name="Back", exact=True).click()
    page.get_by_text("Item 1 of 19").wait_for()
    assert page.get_by_label("M1: The map is complete and up to date").input_value() == (
        "2 the form is there, the content is not"
    )
    assert page.get_by_label("Note (no names)").input_value() == "Zoë’s note"
    assert read_record(file).ratings[0] == first
    title = {piece.id: piece.title for piece in fd.read_benchmark("sos_case_file")}
    told = f'"{title[read_record(file).assessment["piece"]]}" (invented): '
    page.get_by_text(told).first.wait_for()

    assert {urlsplit(url).hostname for url in asked if url.startswith("http")} == {"127.0.0.1"}
    page.close()
