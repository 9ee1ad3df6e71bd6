"""A page printed to PDF by a browser that is on the machine anyway: Edge, Chrome or Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fidelity.errors import FileError
from fidelity.present.figure import written

#: Names under which browsers that can print are found on the path.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
         "microsoft-edge", "microsoft-edge-stable", "msedge")  # fmt: skip
#: Where they lie on Windows, below its folders for programs, and on macOS.
WINDOWS = (r"Microsoft\Edge\Application\msedge.exe", r"Google\Chrome\Application\chrome.exe")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
#: The browser starts with a profile of its own, asks for nothing and prints the page alone.
FLAGS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-quic",
    "--no-pdf-header-footer",
)  # fmt: skip
#: Seconds after which a browser that does not answer is given up.
PATIENCE = 90
_BY_HAND = (
    "Write the page as .html instead, open it in any browser, and choose Print, then Save as PDF."
)


def browser() -> str | None:
    """Path of a browser that can print, or None."""
    return next(_found(), None)


def _found() -> Iterator[str]:
    for name in NAMES:
        path = shutil.which(name)
        if path:
            yield path
    folders = [os.environ.get(n, "") for n in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
    places = [Path(folder) / end for folder in folders if folder for end in WINDOWS]
    places += [Path(place) for place in MACOS] if sys.platform == "darwin" else []
    yield from (str(place) for place in places if place.is_file())


def print_page(page: str, path: str | Path) -> Path:
    """Print a page.

    Args:
        page: its HTML.
        path: of the PDF, which is written whole or not at all.

    Returns:
        The path.

    Raises:
        FileError: no browser is found, it does not print, or the file cannot be written; the
            message says how to make the PDF by hand.
    """
    path = Path(path)
    program = browser()
    if program is None:
        raise FileError(
            f'"{path.name}": no browser was found that can print a PDF (Edge, Chrome or Chromium). '
            f"{_BY_HAND}"
        )
    with tempfile.TemporaryDirectory(prefix="fidelity-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        profile = f"--user-data-dir={Path(folder) / 'profile'}"
        flags = (*FLAGS, *_as_superuser(Path(folder)), profile)
        said = _run([program, *flags, f"--print-to-pdf={target}", source.as_uri()])
        if not target.is_file() or not target.stat().st_size:
            raise FileError(f'"{path.name}": {Path(program).name} did not print {said}. {_BY_HAND}')
        return written(path, target.read_bytes())


def _as_superuser(ours: Path) -> tuple[str, ...]:
    """Chromium does not start with its sandbox for the superuser, who then owns what we made."""
    superuser = sys.platform == "linux" and ours.stat().st_uid == 0
    return ("--no-sandbox",) if superuser else ()


def _run(command: list[str]) -> str:
    """Run the browser; gives what went wrong in a few words, for a message."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE)  # noqa: S603 - ours
    except subprocess.TimeoutExpired:
        return f"within {PATIENCE} seconds"
    except OSError as error:
        return f"({error.strerror or error})"
    return f"(exit code {done.returncode})" if done.returncode else "anything"
