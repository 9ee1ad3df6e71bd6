"""A tiny project that run.py can really set up: three small files, no network, two seconds."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).parents[2]

# A build backend is anything with this function; this one needs no other package.
BACKEND = '''
import base64, hashlib, pathlib, zipfile


def write_wheel(folder, name, files):
    """Write a wheel of version 1.0 with the given files; give its path."""
    info = f"{name}-1.0.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1.0\\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    record = ""
    path = pathlib.Path(folder) / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in files.items():
            data = text.encode("utf-8")
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record += f"{inside},sha256={digest},{len(data)}\\n"
            archive.writestr(inside, data)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\\n")
    return path


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    here = str(pathlib.Path.cwd())
    return write_wheel(wheel_directory, "fidelity", {"fidelity.pth": here}).name
'''
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "fidelity"
version = "1.0"
"""
MAIN = """
import os, sys, tiny
print("demo ran:", sys.argv[1:], tiny.WORD, os.environ["MPLBACKEND"], os.environ["PYTHONUTF8"])
sys.exit(3 if "--fail" in sys.argv else 0)
"""


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file as it is given, with the newlines that it has."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def lock_line(name: str, path: Path) -> str:
    """The line of a lock that names one file."""
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def load(path: Path, name: str) -> ModuleType:
    """Import a file as a module of its own, known to nobody else."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run() -> ModuleType:
    """The real run.py, fresh for each test."""
    return load(PROJECT / "run.py", "run_under_test")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take away what this machine tells pip, and the way to any package index."""
    for name in list(os.environ):
        if name.upper().startswith("PIP_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    return monkeypatch


@pytest.fixture
def tiny(tmp_path: Path, offline: pytest.MonkeyPatch) -> Path:
    """A project that needs one package, `tiny`, and has it in its folder wheels.

    Its path has spaces, accents and a dash, as folders of councils do.
    """
    folder = tmp_path / "Fidélité – audits 2026"
    backend = load(write(folder, "backend.py", BACKEND), "tiny_backend")
    shutil.copy(PROJECT / "run.py", folder)
    write(folder, "pyproject.toml", PYPROJECT)
    write(folder, "fidelity/__init__.py", "")
    write(folder, "fidelity/__main__.py", MAIN)
    (folder / "wheels").mkdir()
    wheel = backend.write_wheel(folder / "wheels", "tiny", {"tiny.py": "WORD = 'tiny'\n"})
    write(folder, "requirements.lock", lock_line("tiny", wheel))
    return folder


Start = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def start(tiny: Path, tmp_path: Path) -> Start:
    """Run the tiny project's run.py as a user would, from another folder."""

    def started(*words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, tiny / "run.py", *words],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **env},
            check=False,
        )

    return started
