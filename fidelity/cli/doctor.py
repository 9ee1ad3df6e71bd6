"""`fidelity doctor`: what this machine has, in a form that can be sent to IT."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from pathlib import Path

import click

from fidelity.cli import as_json
from fidelity.cli.data import JSON

_NEEDED = (
    "numpy", "pandas", "scipy", "matplotlib", "narwhals", "pydantic", "ruamel.yaml", "openpyxl",
    "jinja2", "jupyterlab", "ipywidgets",
)  # fmt: skip
_EXTRAS = {"duckdb": "large Parquet files", "pyarrow": "Parquet files", "polars": "large tables"}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge", "chrome")


@click.command("doctor")
@JSON
def command(wants_json: bool) -> None:
    """Check versions, fonts, folders and the browser; exit 1 if something needed is missing."""
    checks = _checks()
    if wants_json:
        as_json([{"what": what, "fine": fine, "found": found} for what, fine, found in checks])
    else:
        for what, fine, found in checks:
            click.echo(f"{'ok     ' if fine else 'MISSING'}  {what}: {found}")
        click.echo("\nSend these lines to IT if something is missing. They hold no case data.")
    if not all(fine for _, fine, _ in checks):
        raise SystemExit(1)


def _checks() -> list[tuple[str, bool, str]]:
    python = sys.version_info >= (3, 11)
    checks = [("Python 3.11 or newer", python, f"{platform.python_version()} on {sys.platform}")]
    checks += [_package(name, needed=True) for name in _NEEDED]
    checks += [_package(name, needed=False) for name in _EXTRAS]
    checks += [_rubrics(), _font(), _writable("this folder", Path.cwd())]
    checks.append(_writable("the temporary folder", Path(tempfile.gettempdir())))
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    checks.append(
        ("a browser for PDF", True, browser or "none found on the path; only PDF needs it")
    )
    encoding = (sys.stdout.encoding or "unknown").lower()
    checks.append(("text on this screen", True, encoding))
    return checks


def _package(name: str, needed: bool) -> tuple[str, bool, str]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return name, True, version(name)
    except PackageNotFoundError:
        extra = "" if needed else f"not installed (only for {_EXTRAS[name]})"
        return name, not needed, extra or "not installed; run: python run.py demo"


def _rubrics() -> tuple[str, bool, str]:
    from fidelity.rubric import rubric_ids

    found = rubric_ids()
    return "rubrics", bool(found), ", ".join(found) or "none found; the installation is broken"


def _font() -> tuple[str, bool, str]:
    from matplotlib import font_manager

    wanted = ("Arial", "Liberation Sans", "DejaVu Sans")
    known = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in wanted if name in known), None)
    return "a font for pictures", found is not None, found or f"none of {', '.join(wanted)}"


def _writable(what: str, folder: Path) -> tuple[str, bool, str]:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return f"writing to {what}", True, "fine"
    except OSError as error:
        return f"writing to {what}", False, error.strerror or str(error)
