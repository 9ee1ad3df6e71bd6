"""What Windows and macOS would trip over, as far as it can be seen on Linux.

The project is not run on those systems before a release (CONTRIBUTING.md says so).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
OURS = (
    "benchmarks", "fidelity", "notebooks", "rubrics", "sample_data", "tests", ".ci",
)  # fmt: skip
#: The last is where notebook 08 writes its pages.
PASSING = {"__pycache__", ".ipynb_checkpoints", "briefing"}
BINARY = {".png", ".xlsx", ".gz", ".parquet", ".docx"}
WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in "123"}


def committed() -> list[Path]:
    """Every file of the project, and nothing that the tools have left there."""
    top = [path for path in PROJECT.iterdir() if path.is_file() and path.name != ".git"]
    below = [path for name in OURS for path in (PROJECT / name).rglob("*") if path.is_file()]
    return [path for path in top + below if not PASSING & set(path.parts)]


def texts() -> list[Path]:
    return [path for path in committed() if path.suffix not in BINARY]


def test_file_names_are_ones_that_every_system_takes() -> None:
    names = [path.relative_to(PROJECT).as_posix() for path in committed()]
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9_./-]+", name), name
        assert len(name) <= 100, name
        parts = [part.lower() for part in name.split("/")]
        assert not any(part.split(".")[0] in WINDOWS_DEVICES for part in parts), name
        assert not any(part.endswith(".") for part in parts), name


def test_no_two_names_differ_in_capitals_alone() -> None:
    names = [path.relative_to(PROJECT).as_posix().lower() for path in committed()]
    assert len(names) == len(set(names))


def test_text_is_utf_8_without_bom_with_line_feeds_and_an_end() -> None:
    for path in texts():
        data = path.read_bytes()
        data.decode("utf-8")
        assert not data.startswith(b"\xef\xbb\xbf"), path
        assert b"\r" not in data, path
        assert not data or data.endswith(b"\n"), path


def test_git_keeps_those_line_feeds_on_windows() -> None:
    rules = (PROJECT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert "* text=auto eol=lf" in rules
    assert all(f"*{suffix} binary" in rules for suffix in BINARY if any_with(suffix))


def any_with(suffix: str) -> bool:
    return any(path.suffix == suffix for path in committed())


def test_no_file_names_a_folder_of_the_machine_where_it_was_written() -> None:
    home = re.compile(r"(?<![\w.])/(root|home/\w+|Users/\w+/(?!Library))/")
    for path in texts():
        if path != Path(__file__):
            assert not home.search(path.read_text(encoding="utf-8")), path


def test_the_library_builds_no_path_from_separators_and_asks_no_posix() -> None:
    posix = re.compile(r"os\.path\.|os\.sep|['\"]/tmp|os\.(fork|geteuid|getuid)\b")
    for path in (PROJECT / "fidelity").rglob("*.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not posix.search(line), f"{path}:{number}"


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_help_prints_on_a_console_that_is_not_utf_8(encoding: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fidelity", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(encoding, "replace")
    assert done.stdout.decode(encoding)
