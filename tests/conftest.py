"""What every test may rely on: where the shared data and the browser are, and no quiet skips.

A skip is printed with its reason. Where `CI=true` it is a failure, but for tests marked
`shared` on a machine without `../shared/realdata`: their number is printed.
"""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

PROJECT = Path(__file__).parents[1]
REALDATA = PROJECT.parent / "shared" / "realdata"
ABSENT = "../shared/realdata is absent"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
IN_CI = os.environ.get("CI", "").lower() in {"true", "1"}

os.environ.setdefault("MPLBACKEND", "Agg")  # before anything imports matplotlib: no windows

# Two busy cores make times uneven, and a suite that passed must pass again. To look for new
# examples: pytest --hypothesis-profile=default
settings.register_profile("fidelity", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("fidelity")


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real data sets, for tests marked `shared`."""
    return REALDATA


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's own browser, for tests marked `browser`."""
    found = [path for path in map(shutil.which, BROWSERS) if path]
    if not found:
        pytest.skip(f"no browser on this machine (looked for {', '.join(BROWSERS)})")
    return found[0]


@pytest.fixture(scope="session")
def soffice() -> str:
    """The path of LibreOffice, which opens our files as another program than the one that wrote."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if not found:
        pytest.skip("no LibreOffice on this machine (looked for soffice, libreoffice)")
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not REALDATA.is_dir():
        absent = pytest.mark.skip(reason=ABSENT)
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(absent)


def allowed(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """Whether a skip is one that CI lets pass."""
    return ABSENT in str(report.longrepr)


def fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where CI=true. An expected failure is not a skip."""
    if IN_CI and report.skipped and not hasattr(report, "wasxfail") and not allowed(report):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI=true, and this was not run. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    fail_if_skipped(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    without_data = sum(allowed(report) for report in skipped)
    if without_data:
        terminalreporter.write_line(
            f"{without_data} tests marked `shared` were not run: {ABSENT}.",
            yellow=True,
        )
    others = len(skipped) - without_data
    if others:
        terminalreporter.write_line(
            f"{others} tests were skipped, for the reasons above. In CI that is a failure.",
            yellow=True,
        )
