"""Every way in which the set-up fails: what failed, the remedy, and no traceback.

The conditions are real wherever this machine can have them: an index that nobody answers,
a file that is not what the lock says, a full disk, a folder that may not be written to.
"""

import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from types import ModuleType
from typing import Any

import jupyterlab
import pytest

Start = Callable[..., "subprocess.CompletedProcess[str]"]
SetUpError = Any  # run.py's own, which exists only once run.py is loaded
Failing = Callable[[], SetUpError]


@pytest.fixture(scope="module")
def bare_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pip and nothing else, copied into projects whose next step fails."""
    venv = tmp_path_factory.mktemp("bare") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    return venv


@pytest.fixture
def pip_fails(run: ModuleType, tiny: Path, bare_venv: Path) -> Failing:
    """Install the packages where that must fail; give the error."""

    def failed() -> SetUpError:
        shutil.copytree(bare_venv, tiny / ".venv", symlinks=True)
        with pytest.raises(run.SetUpError) as caught:
            run.install_packages(tiny)
        log = (tiny / ".venv" / "set-up.log").read_text(encoding="utf-8")
        assert caught.value.output.strip().splitlines()[-1] in log
        return caught.value

    return failed


# -------------------------------------------------------- the way to the package index


def test_no_network(pip_fails: Failing, tiny: Path) -> None:
    shutil.rmtree(tiny / "wheels")
    error = pip_fails()
    assert error.what == "The package index cannot be reached."
    assert "HTTPS_PROXY" in error.remedy
    assert "pip download --require-hashes -r requirements.lock -d wheels" in error.remedy


def test_a_proxy_that_wants_a_password(
    pip_fails: Failing, tiny: Path, offline: pytest.MonkeyPatch
) -> None:
    class Refuses(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_error(407)

        def log_message(self, *args: object) -> None:
            """Say nothing on the console."""

    shutil.rmtree(tiny / "wheels")
    with http.server.HTTPServer(("127.0.0.1", 0), Refuses) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        offline.setenv("PIP_INDEX_URL", "https://index.invalid/simple")
        offline.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        error = pip_fails()
        proxy.shutdown()
    assert "did not let pip through" in error.what
    assert "set HTTPS_PROXY=http://NAME:PORT" in error.remedy


def test_pip_told_to_use_no_index(
    pip_fails: Failing, tiny: Path, offline: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tiny / "wheels")
    offline.setenv("PIP_NO_INDEX", "1")
    error = pip_fails()
    assert "PIP_NO_INDEX" in error.what
    assert error.remedy.startswith("Unset it")


# -------------------------------------------------------- the folder wheels


def test_a_folder_wheels_without_the_file(pip_fails: Failing, tiny: Path) -> None:
    next((tiny / "wheels").glob("*.whl")).unlink()
    error = pip_fails()
    assert error.what.startswith("The folder wheels has no file")
    assert error.remedy.startswith("Make it again.")


def test_a_file_that_is_not_the_one_in_the_lock(pip_fails: Failing, tiny: Path) -> None:
    wheel = next((tiny / "wheels").glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"more")
    error = pip_fails()
    assert error.what == "A package is not the one that requirements.lock names."
    assert "pip cache purge" in error.remedy


def test_a_package_that_must_be_built_and_cannot(pip_fails: Failing, tiny: Path) -> None:
    next((tiny / "wheels").glob("*.whl")).unlink()
    source = tiny / "tiny-1.0"
    source.mkdir()
    pyproject = '[build-system]\nrequires = []\nbuild-backend = "none"\nbackend-path = ["."]\n'
    (source / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    (source / "none.py").write_text("raise SystemExit('no compiler')\n", encoding="utf-8")
    archive = tiny / "wheels" / "tiny-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(source, "tiny-1.0")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    lock = f"tiny==1.0 --hash=sha256:{digest}\n"
    (tiny / "requirements.lock").write_text(lock, encoding="utf-8")
    error = pip_fails()
    assert "building it failed" in error.what
    assert "Python 3.11, 3.12 or 3.13" in error.remedy


# -------------------------------------------------------- the computer


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk(
    run: ModuleType,
    tiny: Path,
    bare_venv: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(bare_venv, tiny / ".venv", symlinks=True)
    (tiny / ".venv" / "set-up.log").symlink_to("/dev/full")
    monkeypatch.setattr(run, "FOLDER", tiny)
    monkeypatch.setattr(run, "make_venv", lambda folder: None)  # it would replace the link
    assert run.main(["demo"]) == 1
    said = capsys.readouterr().out
    assert "The set-up failed. The disk is full." in said
    assert "What to do: Free 3 GB" in said


def test_a_disk_without_room_is_found_before_starting(run: ModuleType, tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    run.check_disk(tmp_path, needed=0)
    with pytest.raises(run.SetUpError, match=r"The disk is nearly full: .* GB are free"):
        run.check_disk(tmp_path, needed=free + 10**12)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits on folders")
def test_a_folder_that_may_not_be_written_to(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for needed in ("pyproject.toml", "requirements.lock"):
            (folder / needed).write_text("", encoding="utf-8")
        monkeypatch.setattr(run, "FOLDER", folder)
        folder.chmod(0o555)
        root = os.geteuid() == 0
        if root:  # root may write anywhere, so be nobody for a moment
            os.seteuid(65534)
        try:
            code = run.main(["demo"])
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)
    said = capsys.readouterr().out
    assert code == 1
    assert "A file could not be written: the folder is read-only" in said
    assert "Copy the project to a folder of your own" in said


def test_a_python_without_its_venv_package(tiny: Path, tmp_path: Path) -> None:
    # As Debian ships it: the whole standard library but ensurepip.
    bare = tmp_path / "bare"
    bare.mkdir()
    for entry in Path(os.__file__).parent.iterdir():
        if entry.name not in {"ensurepip", "site-packages"}:
            (bare / entry.name).symlink_to(entry)
    start = (
        f"import runpy, sys; sys.path = {[str(bare), str(bare / 'lib-dynload')]!r}; "
        f"sys.argv = ['run.py', 'demo']; runpy.run_path({str(tiny / 'run.py')!r}, None, '__main__')"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", start],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert said.returncode == 1, said.stderr
    assert "came without what makes .venv" in said.stdout
    assert f"sudo apt install python3.{sys.version_info[1]}-venv" in said.stdout
    assert not (tiny / ".venv").exists()


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13)])
def test_an_old_python_is_told_of_a_newer_one(
    run: ModuleType, version: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(run.SetUpError) as caught:
        run.check_python(version, ["test", "-k", "x"])
    assert caught.value.what.startswith(
        "fidelity needs Python 3.11 or newer, and this is Python 3."
    )
    assert "sudo apt install python3" in caught.value.remedy
    assert "py -3 run.py test -k x" in caught.value.remedy
    if os.name != "nt":
        (tmp_path / "python3.13").write_text("no program\n", encoding="utf-8")
        (tmp_path / "python3.13").chmod(0o755)
        (tmp_path / "python3.12").symlink_to(sys.executable)
        with pytest.raises(run.SetUpError) as caught:
            run.check_python(version, ["test", "-k", "x"])
        assert "newer one: python3.12 run.py test -k x" in caught.value.remedy


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 2), (4, 0, 0)])
def test_a_python_that_is_new_enough_passes(run: ModuleType, version: tuple[int, ...]) -> None:
    run.check_python(version, [])


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock"])
def test_an_incomplete_copy(start: Start, tiny: Path, name: str) -> None:
    (tiny / name).unlink()
    said = start("demo")
    assert said.returncode == 1
    assert f"This copy of the project lacks {name}." in said.stdout
    assert not (tiny / ".venv").exists()


# -------------------------------------------------------- Windows, as far as Linux can tell


def test_a_path_too_long_for_windows_is_said(run: ModuleType) -> None:
    deep = PureWindowsPath("C:/Users/someone/Documents") / ("d" * 80)
    assert "characters too long for Windows" in run.about_folder(deep, windows=True)
    assert run.about_folder(deep, windows=False) == ""
    assert run.about_folder(PureWindowsPath("C:/fidelity"), windows=True) == ""


def test_the_longest_path_that_run_py_reckons_with_is_that_of_jupyterlab(run: ModuleType) -> None:
    site = Path(jupyterlab.__file__).parent
    longest = max(len(str(path.relative_to(site))) for path in site.rglob("*"))
    inside = len("Lib/site-packages/jupyterlab/") + longest
    assert inside <= run.LONGEST <= inside + 30


@pytest.mark.parametrize(
    "folder",
    [
        PureWindowsPath("C:/Users/someone/OneDrive - A Council/fidelity"),
        PureWindowsPath("C:/Users/someone/OneDrive/fidelity"),
        PurePosixPath("/Users/someone/Library/CloudStorage/OneDrive-ACouncil/fidelity"),
    ],
)
def test_onedrive_is_said(run: ModuleType, folder: PurePath) -> None:
    assert "OneDrive" in run.about_folder(folder, windows=False)


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        ("OSError: [WinError 5] Access is denied: 'C:\\\\x'", "could not be written"),
        ("[WinError 32] The process cannot access the file", "holds it open"),
        ("[WinError 112] There is not enough space on the disk", "disk is full"),
        ("HINT: ... does not have Windows Long Path support enabled", "path became too long"),
        ("[WinError 206] The filename or extension is too long", "path became too long"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "certificate"),
        ("Tunnel connection failed: 407 Proxy Authentication Required", "did not let pip through"),
        ("ReadTimeoutError: Read timed out.", "cannot be reached"),
        ("a sentence that nobody has thought of", "not known"),
    ],
)
def test_what_other_systems_print_is_understood(run: ModuleType, printed: str, says: str) -> None:
    error = run.explain(printed)
    assert says in error.what
    assert error.remedy
