"""One browser for all of these tests, and pages that remember what was asked of the network."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="package")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Kept for this folder alone: while it runs, no other event loop can (notebooks need one)."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=chromium, headless=True, args=FLAGS
        )
        context.set_default_timeout(10_000)
        yield context
        context.close()


class Opened:
    """A page in the browser, with all that it asked for and complained of."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.requests: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", self._dialog)
        page.goto(path.as_uri())

    def _dialog(self, dialog: object) -> None:
        """Going on is allowed, as a person would who reloads; any other box is noted."""
        if dialog.type == "beforeunload":  # type: ignore[attr-defined]
            dialog.accept()  # type: ignore[attr-defined]
            return
        self.said.append(dialog.message)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    @property
    def outside(self) -> list[str]:
        """What was asked for beside the file itself and what lies in it."""
        own = (self.page.url.partition("#")[0], "data:", "blob:null", "blob:file:")
        return [url for url in self.requests if not url.startswith(own)]


@pytest.fixture
def opened(browser: BrowserContext) -> Iterator[Callable[[Path], Opened]]:
    """Opens files in pages of their own, and closes them."""
    pages: list[Page] = []

    def open_(path: Path) -> Opened:
        pages.append(browser.new_page())
        return Opened(pages[-1], path)

    yield open_
    for page in pages:
        page.close()
