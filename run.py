#!/usr/bin/env python3
"""Set the project up and run it, with nothing but Python itself.

    python run.py demo     the main job, on the sample data
    python run.py test     every check: style, types, tests, notebooks

(On Windows: `py run.py demo`.) Both make `.venv` beside this file, install there the
packages of requirements.lock, or those of a folder `wheels/` where there is no network,
and skip what is already done. Words after the command are passed on:
`run.py demo --help`, `run.py test -k workbook` (pytest alone).

This file has to start on an old Python, if only to say that it is too old. No syntax here
is newer than Python 3.6, nor is what runs before `check_python`; hence the quoted annotations.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path, PurePath

# Not resolve(): on Windows it turns a mapped drive into its network name.
FOLDER = Path(os.path.abspath(__file__)).parent  # noqa: PTH100
NEEDED = (3, 11)
DISK = 25 * 10**8  # bytes: what .venv takes, and what pip needs while it works
LONGEST = 175  # characters: the longest path in .venv, JupyterLab's, with some room


class SetUpError(Exception):
    """A step of the set-up failed: what went wrong, and what to do about it."""

    def __init__(self, what: str, remedy: str, output: str = "") -> None:
        super().__init__(what)
        self.what, self.remedy, self.output = what, remedy, output


def say(text: str = "") -> None:
    """Print at once, so that what we say stands above what the next program says."""
    print(text, flush=True)


AGAIN = "run the same command again"
WHEELS = """Without internet: on a computer that has it, with the same system and Python, run
    python -m pip download --require-hashes -r requirements.lock -d wheels
and copy the folder wheels to beside run.py."""
PROXY = f"""Behind a proxy (most offices): ask IT for its address, then
    Windows:      set HTTPS_PROXY=http://NAME:PORT
    macOS, Linux: export HTTPS_PROXY=http://NAME:PORT
and {AGAIN} in that window."""
ELSEWHERE = """Copy the project to a folder of your own, not synchronised (not in OneDrive) and near
the top of the disk, such as C:\\fidelity or ~/fidelity, and run it there."""
OTHER_PYTHON = """Use a 64-bit Python 3.11, 3.12 or 3.13, for instance
    Windows:      py -3.12 run.py demo
    macOS, Linux: python3.12 run.py demo"""
FREE_DISK = f"Free 3 GB, or move the project to a disk that has it, and {AGAIN}."
CERTIFICATE = f"""Many offices put a certificate of their own between. Ask IT for its file:
    Windows:      set PIP_CERT=C:\\path\\to\\file.pem
    macOS, Linux: export PIP_CERT=/path/to/file.pem
and {AGAIN} in that window."""
BAD_HASH = f"""Nothing was installed from it. Most often a download broke off: run
    python -m pip cache purge
(if you use a folder wheels, make it again), then {AGAIN}. If it comes back, tell IT:
something between this computer and the package index changes files."""
UNKNOWN = f"""The lines above were printed last. Do {AGAIN}; if it fails again, send them to
whoever looks after your computer."""

# What pip or the system prints, what it means, what to do. The first that fits is taken.
CAUSES = (
    ("No space left|Errno 28\\b|WinError 112\\b|quota exceeded", "The disk is full.", FREE_DISK),
    ("Long Path|WinError 206\\b|File ?name too long", "A path became too long.", ELSEWHERE),
    (
        "Read-only file|Permission denied|Access is denied|Errno (13|30)\\b|WinError (5|32)\\b",
        "A file could not be written: the folder is read-only, or a program holds it open.",
        f"Close JupyterLab and whatever else uses this folder, and {AGAIN}.\n{ELSEWHERE}",
    ),
    ("NOT MATCH THE HASHES", "A package is not the one that requirements.lock names.", BAD_HASH),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "The package index shows a certificate that this computer does not know.",
        f"{CERTIFICATE}\n{WHEELS}",
    ),
    (
        "ProxyError|Cannot connect to proxy|Tunnel connection failed",
        "The proxy that is set (HTTPS_PROXY, or pip's own setting) did not let pip through.",
        f"{PROXY}\n{WHEELS}",
    ),
    (
        "NewConnection|Connection (refused|broken|reset)|timed out|IncompleteRead",
        "The package index cannot be reached.",
        f"Check the connection and {AGAIN}. {PROXY}\n{WHEELS}",
    ),
    (
        "subprocess-exited-with-error|metadata-generation-failed|Failed (to build|building)",
        "A package has no ready-made file for this Python and computer, and building it failed.",
        OTHER_PYTHON,
    ),
    (
        r"Looking in links: .*wheels(.|\n)*No matching distribution",
        "The folder wheels has no file for one of the packages, for this system and Python.",
        f"Make it again. {WHEELS}",
    ),
    (
        r"No matching distribution(.|\n)*no-index='(1|true|yes|on)'",
        "pip is told to use no package index (PIP_NO_INDEX, or no-index in its configuration).",
        f"Unset it, or use a folder wheels beside run.py. {WHEELS}",
    ),
    (
        "No matching distribution",
        "The package index has no file for one of the packages, for this system and Python.",
        f"{OTHER_PYTHON}\nIf your office has an index of its own, ask IT to add it.\n{WHEELS}",
    ),
)


def explain(output: str, settings: str = "") -> "SetUpError":
    """Turn what pip or the system printed (and pip's settings) into cause and remedy."""
    for pattern, what, remedy in CAUSES:
        if re.search(pattern, output + settings, re.IGNORECASE):
            return SetUpError(what, remedy, output)
    return SetUpError("Why is not known to this script.", UNKNOWN, output)


def about_folder(folder: PurePath, windows: bool) -> str:
    """Say what is wrong with where the project stands, should that be why a step failed."""
    if any(part.lower().startswith("onedrive") for part in folder.parts):
        return f"This folder is in OneDrive, which locks files while it copies them.\n{ELSEWHERE}"
    too_long = len(str(folder)) + 1 + LONGEST - 259  # Windows takes 259 characters
    if windows and too_long > 0:
        return f"This folder's path is {too_long} characters too long for Windows.\n{ELSEWHERE}"
    return ""


def report(error: SetUpError) -> None:
    """Print what failed and the remedy, below the last lines of the program that failed."""
    for line in [line for line in error.output.splitlines() if line.strip()][-12:]:
        say(f"    | {line}")
    say(f"\nThe set-up failed. {error.what}\nWhat to do: {error.remedy}")
    note = about_folder(FOLDER, os.name == "nt")
    if note:
        say(f"Also: {note}")


def check_python(version: "tuple[int, ...]", words: "list[str]") -> None:
    """Refuse a Python that is too old; name a newer one if this computer has it."""
    if version[:2] >= NEEDED:
        return
    names = [f"python3.{minor}" for minor in range(15, NEEDED[1] - 1, -1)]
    newer = [name for name in names if shutil.which(name) and answers(name)]
    rest = " ".join(["run.py", *words])
    if newer:
        remedy = f"This computer has a newer one: {newer[0]} {rest}"
    else:
        remedy = f"""Install a newer one, from python.org or your system's own installer
(Debian, Ubuntu: sudo apt install python3 python3-venv). Then run
    Windows:      py -3 {rest}
    macOS, Linux: python3 {rest}"""
    found = ".".join(str(part) for part in version[:3])
    raise SetUpError(f"fidelity needs Python 3.11 or newer, and this is Python {found}.", remedy)


def answers(python: str) -> bool:
    """Whether a Python runs at all: a name on the path may be an empty promise."""
    quiet = subprocess.DEVNULL
    try:
        return subprocess.call([python, "-c", "pass"], stdout=quiet, stderr=quiet) == 0
    except OSError:
        return False


def check_modules() -> None:
    """Refuse a Python that cannot make an environment: Debian ships it without."""
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        raise SetUpError(
            "This Python came without what makes .venv: its modules venv and ensurepip.",
            f"""On Debian and Ubuntu: sudo apt install python3.{sys.version_info[1]}-venv
Elsewhere: install Python from python.org, which has it. Then {AGAIN}.""",
        )


def check_complete(folder: Path) -> None:
    """Refuse a copy of the project that lacks what the set-up needs."""
    missing = [n for n in ("pyproject.toml", "requirements.lock") if not (folder / n).is_file()]
    if missing:
        raise SetUpError(
            f"This copy of the project lacks {' and '.join(missing)}.",
            "Get the whole project again: run.py needs the files beside it.",
        )


def check_writable(folder: Path) -> None:
    """Let the system refuse, before anything is begun, a folder that cannot be written to."""
    probe = folder / ".run-py-may-write"
    probe.write_text("", encoding="utf-8")
    probe.unlink()


def check_disk(folder: Path, needed: int = DISK) -> None:
    """Refuse to start what the disk has no room for."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SetUpError(
            f"The disk is nearly full: {free / 1e9:.1f} GB are free of the "
            f"{needed / 1e9:.1f} GB that the packages need.",
            FREE_DISK,
        )


# ---------------------------------------------------------------- the steps of the set-up


def venv_python(folder: Path) -> Path:
    """Where .venv keeps its Python."""
    return folder / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted_stamp(folder: Path) -> "list[str]":
    """What a finished set-up writes down: one line for the packages, one for the project."""
    maker = f"{sys.version} {folder}".encode("utf-8", "surrogateescape")
    packages = hashlib.sha256((folder / "requirements.lock").read_bytes() + maker)
    project = hashlib.sha256((folder / "pyproject.toml").read_bytes())
    return [f"packages {packages.hexdigest()}", f"project {project.hexdigest()}"]


def found_stamp(folder: Path) -> "list[str]":
    """What the last set-up wrote down; nothing if it never came so far."""
    try:
        return (folder / ".venv" / "set-up.stamp").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


def write_stamp(folder: Path, lines: "list[str]") -> None:
    """Write down what is done, in one move: a kill leaves the old stamp or the new."""
    new = folder / ".venv" / "set-up.new"
    new.write_text("\n".join(lines), encoding="utf-8")
    new.replace(folder / ".venv" / "set-up.stamp")


def clean_environment() -> "dict[str, str]":
    """The environment for what we start, without settings that would lead it elsewhere."""
    misleading = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX")
    env = {name: value for name, value in os.environ.items() if name not in misleading}
    env["PIP_USER"] = "0"  # pip's own configuration may ask for it, and .venv refuses
    return env


def make_venv(folder: Path) -> None:
    """Make .venv anew. What stands there is not trusted: it was left half-made, or is old."""
    venv = folder / ".venv"
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    elif venv.exists():
        say("        (replacing the .venv that is there: unfinished, or made for something else)")
        shutil.rmtree(venv)
    # The Python below this one, should this one be of the .venv that was just removed.
    python = getattr(sys, "_base_executable", None) or sys.executable
    command, env = [python, "-m", "venv", str(venv)], clean_environment()
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    if made.returncode != 0:
        raise explain(made.stdout.decode("utf-8", "replace"))


def pip_install(folder: Path, words: "list[str]") -> None:
    """Run .venv's pip, all that it prints going to a log file; explain it if it fails."""
    pip = [str(venv_python(folder)), "-m", "pip"]
    command = [*pip, "install", "--no-input", *words]
    env = dict(clean_environment(), PYTHONIOENCODING="utf-8:replace")
    with (folder / ".venv" / "set-up.log").open("a+b") as log:
        log.write(("> " + " ".join(command) + "\n").encode("utf-8", "replace"))
        log.flush()
        start = log.tell()
        code = subprocess.call(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder, env=env)
        log.seek(start)
        output = log.read().decode("utf-8", "replace")
    if code != 0:
        settings = subprocess.run([*pip, "config", "list"], stdout=subprocess.PIPE, env=env)
        raise explain(output, settings.stdout.decode("utf-8", "replace"))


def install_packages(folder: Path) -> None:
    """Install what requirements.lock names, each file checked against its hash."""
    wheels = folder / "wheels"
    source = ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []
    pip_install(folder, ["--require-hashes", "-r", str(folder / "requirements.lock"), *source])


def install_project(folder: Path) -> None:
    """Install the project itself, in place: a change in the folder is a change at once."""
    pip_install(folder, ["--no-index", "--no-deps", "--no-build-isolation", "-e", "."])


def set_up(folder: Path) -> None:
    """Do of the set-up what is not done yet."""
    check_complete(folder)
    wanted, found = wanted_stamp(folder), found_stamp(folder)
    ready = venv_python(folder).exists()
    if ready and found == wanted:
        return
    check_writable(folder)
    began = time.time()
    if not ready or found[:1] != wanted[:1]:
        check_modules()
        check_disk(folder)
        say(f"Set-up, once. What pip prints goes to {Path('.venv', 'set-up.log')}.")
        say(f"1 of 3  making .venv with Python {sys.version.split()[0]}")
        make_venv(folder)
        source = "the folder wheels" if (folder / "wheels").is_dir() else "the package index"
        say(f"2 of 3  installing the packages from {source}: one minute to five")
        install_packages(folder)
        write_stamp(folder, wanted[:1])
    say("3 of 3  installing the project")
    install_project(folder)
    write_stamp(folder, wanted)
    say(f"Set-up is done, in {time.time() - began:.0f} s.\n")


# ---------------------------------------------------------------- the two commands


def work_environment(folder: Path) -> "dict[str, str]":
    """The environment for the project's own programs: UTF-8, no window, .venv first."""
    env = clean_environment()
    scripts = str(venv_python(folder).parent)
    env.update(PYTHONUTF8="1", MPLBACKEND="Agg", VIRTUAL_ENV=str(folder / ".venv"))
    env["PATH"] = os.pathsep.join([scripts, env.get("PATH", "")])
    return env


def demo(folder: Path, words: "list[str]") -> int:
    """Run the main job on the sample data, in the folder where the user stands."""
    # -P: a file of the user's called click.py or pandas.py must not get in the way.
    command = [str(venv_python(folder)), "-P", "-m", "fidelity", "demo", *words]
    return subprocess.call(command, env=work_environment(folder))


def checks(folder: Path) -> "list[tuple[str, list[str]]]":
    """Name every check, with the words after `python -m` that run it."""
    named = [
        ("style", ["ruff", "check", "."]),
        ("format", ["ruff", "format", "--check", "."]),
        ("types", ["mypy"]),
        ("tests and doctests", ["pytest", "-n", "2", "--dist", "loadscope"]),
    ]
    if any((folder / "notebooks").glob("*.ipynb")):
        compare = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120"]
        # The plug-in is the tests' own rule on skips, which holds for notebooks too.
        named.append(("notebooks", ["pytest", "-p", "tests.conftest", *compare, "notebooks"]))
    return named


def test(folder: Path, words: "list[str]") -> int:
    """Run every check, all of them even if one fails; with words, pytest alone with these."""
    python = [str(venv_python(folder)), "-m"]
    env = work_environment(folder)
    if words:
        return subprocess.call([*python, "pytest", *words], cwd=folder, env=env)
    results = []
    for name, command in checks(folder):
        say(f"=== {name}: {' '.join(command)}")
        began = time.time()
        code = subprocess.call([*python, *command], cwd=folder, env=env)
        results.append((name, code, time.time() - began))
        say()
    for name, code, seconds in results:
        say(f"{'FAILED' if code else 'passed'}  {name:20} {seconds:6.1f} s")
    failed = [name for name, code, _ in results if code]
    say(f"FAILED: {', '.join(failed)}." if failed else "Every check passed.")
    return 1 if failed else 0


COMMANDS = {"demo": demo, "test": test}


def main(words: "list[str]") -> int:
    """Do what the words say; give the exit code: 0 fine, 1 failed, 2 not understood."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a Windows console may be cp1252
    try:
        check_python(sys.version_info[:3], words)
        if not words or words[0] not in COMMANDS:
            say((__doc__ or "").split("\n\nThis file")[0])
            return 0 if words[:1] in (["-h"], ["--help"]) else 2
        set_up(FOLDER)
        return COMMANDS[words[0]](FOLDER, words[1:])
    except SetUpError as error:
        report(error)
    except OSError as error:
        report(explain(str(error)))
    except KeyboardInterrupt:
        say("\nStopped. Run the same command again: it goes on from the last finished step.")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
