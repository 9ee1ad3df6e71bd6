"""run.py on a tiny project: the whole way, what is skipped, what is repaired."""

import ast
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
Start = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.slow
def test_one_command_sets_up_and_runs_and_the_next_skips_what_is_done(
    start: Start, tiny: Path, tmp_path: Path
) -> None:
    # Settings made for another Python, and a console that knows no accents, do no harm.
    (tmp_path / "tiny.py").write_text("WORD = 'somebody else'\n", encoding="utf-8")
    hostile = {"PYTHONPATH": str(tmp_path), "PIP_TARGET": str(tmp_path / "x"), "PIP_USER": "1"}
    first = start("demo", "--out", "a b", PYTHONIOENCODING="ascii", **hostile)
    assert first.returncode == 0, first.stdout + first.stderr
    for step in ("1 of 3", "2 of 3", "3 of 3", "from the folder wheels", "Set-up is done"):
        assert step in first.stdout
    assert "demo ran: ['demo', '--out', 'a b'] tiny Agg 1" in first.stdout

    second = start("demo")
    assert second.stdout.startswith("demo ran: ['demo']"), second.stdout
    assert start("demo", "--fail").returncode == 3, "the command's own exit code comes through"

    # What changes the project alone repeats the project's step alone.
    with (tiny / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# a word more\n")
    third = start("demo")
    assert "3 of 3" in third.stdout
    assert "1 of 3" not in third.stdout

    # So does a kill between the packages and the project.
    stamp = tiny / ".venv" / "set-up.stamp"
    stamp.write_text(stamp.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    fourth = start("demo")
    assert "3 of 3" in fourth.stdout
    assert "2 of 3" not in fourth.stdout

    # What changes the packages makes a new .venv.
    with (tiny / "requirements.lock").open("a", encoding="utf-8") as file:
        file.write("# a word more\n")
    left = tiny / ".venv" / "left-over"
    left.write_text("", encoding="utf-8")
    fifth = start("demo")
    assert "replacing the .venv" in fifth.stdout
    assert "demo ran" in fifth.stdout
    assert not left.exists()


@pytest.mark.slow
def test_a_set_up_that_was_killed_is_repaired_and_one_that_was_moved_is_made_anew(
    start: Start, tiny: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, tiny / "run.py", "demo"],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    patience = time.monotonic() + 60
    while not (tiny / ".venv" / "pyvenv.cfg").exists() and time.monotonic() < patience:
        time.sleep(0.02)
    if os.name == "nt":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert (tiny / ".venv" / "pyvenv.cfg").exists()
    assert not (tiny / ".venv" / "set-up.stamp").exists()

    again = start("demo")
    assert again.returncode == 0, again.stdout
    assert "replacing the .venv" in again.stdout
    assert "demo ran" in again.stdout

    moved = tiny.rename(tmp_path / "moved")
    there = subprocess.run(
        [sys.executable, moved / "run.py", "demo"], capture_output=True, check=False
    )
    assert there.returncode == 0
    assert b"1 of 3" in there.stdout


@pytest.mark.slow
def test_every_check_runs_though_one_fails_and_words_go_to_pytest_alone(
    start: Start, tiny: Path
) -> None:
    for name, code in (("ruff", 0), ("mypy", 1), ("pytest", 0)):
        text = f"import sys\nprint('{name} ran:', sys.argv[1:])\nsys.exit({code})\n"
        (tiny / f"{name}.py").write_text(text, encoding="utf-8")
    whole = start("test")
    assert whole.returncode == 1
    for line in ("ruff ran: ['check', '.']", "mypy ran: []", "pytest ran: ["):
        assert line in whole.stdout
    assert [line.split()[:2] for line in whole.stdout.splitlines()[-5:]] == [
        ["passed", "style"],
        ["passed", "format"],
        ["FAILED", "types"],
        ["passed", "tests"],
        ["FAILED:", "types."],
    ]
    one = start("test", "-k", "workbook")
    assert one.returncode == 0
    assert one.stdout.strip() == "pytest ran: ['-k', 'workbook']"

    (tiny / "notebooks").mkdir()
    (tiny / "notebooks" / "00_start.ipynb").write_text("{}", encoding="utf-8")
    (tiny / "mypy.py").write_text("", encoding="utf-8")
    with_notebooks = start("test")
    assert with_notebooks.returncode == 0
    assert "'--nbval-lax'" in with_notebooks.stdout
    assert with_notebooks.stdout.splitlines()[-1] == "Every check passed."


def test_words_that_are_not_understood_show_how(start: Start, tiny: Path) -> None:
    for words in ((), ("demmo",)):
        said = start(*words)
        assert said.returncode == 2
        assert "python run.py demo" in said.stdout
        assert "python run.py test" in said.stdout
    assert start("--help").returncode == 0
    assert not (tiny / ".venv").exists()


def test_run_py_parses_on_an_old_python_and_imports_what_it_has() -> None:
    tree = ast.parse((PROJECT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    newer = (ast.NamedExpr, ast.Match, ast.TryStar)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    plain = [name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names]
    names = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    since_python_3_4 = "hashlib importlib.util os pathlib re shutil subprocess sys time"
    assert {*plain, *names} <= set(since_python_3_4.split())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            given = [argument.annotation for argument in node.args.args] + [node.returns]
            for annotation in filter(None, given):
                assert isinstance(annotation, ast.Constant | ast.Name), ast.unparse(annotation)
