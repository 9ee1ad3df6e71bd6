"""The rule of tests/conftest.py on skips, on a suite of its own: loud here, a failure in CI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SUITE = """
import pytest

def test_passes(): pass

@pytest.mark.shared
def test_needs_real_data(realdata): assert realdata.is_dir()
"""
SKIPPING = """
import pytest

@pytest.mark.skip(reason="by mark")
def test_marked(): pass

def test_inside(): pytest.skip("from inside")

@pytest.mark.xfail(strict=True)
def test_known_to_fail(): assert False
"""
SKIPPED_MODULE = "import pytest\npytest.importorskip('no_such_package')\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    tests = tmp_path / "project" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(PROJECT / "tests" / "conftest.py", tests)
    (tests / "pytest.toml").write_text('[pytest]\nmarkers = ["shared: x"]\n', encoding="utf-8")
    (tests / "test_suite.py").write_text(SUITE, encoding="utf-8")
    return tests


def pytest_on(tests: Path, *words: str, ci: bool) -> "subprocess.CompletedProcess[str]":
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # it starts in half the time
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", *words],
        cwd=tests,
        env={**env, "CI": "true" if ci else "", "COLUMNS": "200"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_shared_tests_without_the_data_are_counted_and_pass_even_in_ci(suite: Path) -> None:
    done = pytest_on(suite, ci=True)
    assert done.returncode == 0, done.stdout
    assert "1 tests marked `shared` were not run: ../shared/realdata is absent." in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


def test_shared_tests_run_where_the_data_are(suite: Path) -> None:
    (suite.parents[1] / "shared" / "realdata").mkdir(parents=True)
    done = pytest_on(suite, ci=True)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout.splitlines()[-1]


def test_any_other_skip_is_printed_here_and_fails_in_ci(suite: Path) -> None:
    (suite / "test_skipping.py").write_text(SKIPPING, encoding="utf-8")
    (suite / "test_absent.py").write_text(SKIPPED_MODULE, encoding="utf-8")
    reasons = ("by mark", "from inside", "could not import 'no_such_package'")

    here = pytest_on(suite, ci=False)
    assert here.returncode == 0, here.stdout
    assert all(reason in here.stdout for reason in reasons)
    assert "3 tests were skipped, for the reasons above. In CI that is a failure." in here.stdout
    assert "1 passed, 4 skipped, 1 xfailed" in here.stdout.splitlines()[-1]

    for parallel in ((), ("-p", "xdist", "-n", "1")):
        ci = pytest_on(suite, "--continue-on-collection-errors", *parallel, ci=True)
        assert ci.returncode == 1
        assert all(reason in ci.stdout for reason in reasons)
        assert "CI=true, and this was not run. Skipped: from inside" in ci.stdout
        # pytest calls a failure before the test itself begins an error
        assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 2 error" in ci.stdout.splitlines()[-1]
