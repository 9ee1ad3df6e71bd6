"""`fidelity open`: the notebooks in JupyterLab, for this computer alone and behind a token.

The token goes to the server through its environment, not its command line, which other users of
the computer could read.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from fidelity.errors import FileError, UsageError

_HERE = ("127.0.0.1", "localhost", "::1")
#: Without this the news box covers the corner of the first page, and asks the network for news.
_NO_NEWS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}
_FIRST_PORT, _PORTS = 8888, 50
#: What the parameters of a notebook name, and what they name beside a folder's own data.
_SAMPLES, _BESIDE = 'DATA = "large"', 'DATA = ".."'


@click.command("open")
@click.argument("number", default="00", metavar="[NN]")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Work in copies of the notebooks, beside the data in this folder.",
)  # fmt: skip
@click.option("--app", is_flag=True, help="Show the notebook as a page, without code (Voila).")
@click.option("--ip", default=_HERE[0], show_default=True, help="The address to listen at.")
@click.option("--network", is_flag=True, help="Let other computers in; see the warning.")
@click.option("--port", type=int, help="The first free one from 8888 if not given.")
@click.option("--allow-root", is_flag=True, help="Run as root, as in a container.")
@click.option("--no-browser", is_flag=True, help="Print the address, and open nothing.")
def command(
    number: str,
    data: Path | None,
    app: bool,
    ip: str,
    network: bool,
    port: int | None,
    allow_root: bool,
    no_browser: bool,
) -> None:
    """Open notebook NN (00 if not given) in JupyterLab.

    It listens to this computer alone, behind a random token. With --data DIR the notebooks are
    copied to DIR/notebooks, and read what lies in DIR; a copy that is there is never overwritten.
    """
    _check_address(ip, network)
    if app:
        _check_voila()
    folder = _folder(data)
    notebook = _notebook(folder, number)
    port = port or _free_port(ip)
    token = secrets.token_urlsafe(32)
    path = "" if app else f"lab/tree/{notebook.name}"
    shown = f"[{ip}]" if ":" in ip else ip
    click.echo(f"Open http://{shown}:{port}/{path}?token={token}")
    click.echo("Stop it here with Ctrl and C.")
    sys.stdout.flush()
    with _settings() as settings:
        words = _voila(notebook) if app else _lab(folder, notebook, settings)
        words += [f"--{'Voila' if app else 'ServerApp'}.ip={ip}", f"--port={port}"]
        words += ["--no-browser"] * no_browser + ["--allow-root"] * (allow_root and not app)
        ended = _run(words, {**os.environ, "JUPYTER_TOKEN": token}, folder)
    if ended:
        raise FileError(f"JupyterLab ended by itself (code {ended}); what it said stands above.")


def _check_address(ip: str, network: bool) -> None:
    if ip in _HERE:
        return
    if not network:
        raise UsageError(
            f"{ip} would let other computers in, and what is typed would cross the network "
            f"unencrypted. Leave out --ip to listen to this computer alone. If you must, add "
            "--network, and only behind a server that encrypts (TLS)."
        )
    click.echo(
        f"Warning: {ip} lets other computers in. Nothing is encrypted unless a server in front "
        "of this one does it (TLS); whoever has the token sees all data here.",
        err=True,
    )


def _check_voila() -> None:
    from importlib.util import find_spec

    if find_spec("voila") is None:
        raise UsageError(
            "--app needs Voila, which is not installed: pip install voila. Or leave out --app: "
            "the notebook opens in JupyterLab, with the same content."
        )


def _folder(data: Path | None) -> Path:
    """Where the notebooks are worked on."""
    from fidelity.collect.guards.checkout import in_git
    from fidelity.rubric.places import notebooks_folder

    shipped = notebooks_folder()
    if data is None:
        if (shipped.parent / "pyproject.toml").is_file():
            return shipped  # a checkout: they read the samples alone
        data = Path("fidelity_notebooks")  # an installed package is not for working in
        return copied(shipped, data, beside_data=False)
    if in_git(data):
        raise UsageError(
            f'"{data}" lies inside a git checkout, where data and outputs could be published. '
            "Keep your data in a folder outside of it."
        )
    return copied(shipped, data / "notebooks", beside_data=True)


def copied(shipped: Path, folder: Path, *, beside_data: bool) -> Path:
    """Copy the notebooks that are not there yet; gives the folder.

    Args:
        shipped: the folder of the notebooks that come with the library.
        folder: where the copies go.
        beside_data: they read the folder above them, and hold no outputs of the samples.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = 0
    for path in sorted(shipped.glob("[0-9][0-9]_*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if beside_data:
            _point_beside(notebook)
        try:
            with (folder / path.name).open("x", encoding="utf-8", newline="\n") as file:
                json.dump(notebook, file, ensure_ascii=False, indent=1)
        except FileExistsError:
            kept += 1
    if kept:
        click.echo(f"{kept} notebooks in {folder} were there and are as you left them.", err=True)
    return folder


def _point_beside(notebook: dict[str, Any]) -> None:
    """A copy reads the folder above it, and shows nothing of the samples."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        cell["source"] = [line.replace(_SAMPLES, _BESIDE) for line in cell["source"]]


def _notebook(folder: Path, number: str) -> Path:
    found = sorted(folder.glob(f"{number.zfill(2)}_*.ipynb")) if number.isdigit() else []
    if not found:
        names = ", ".join(path.name[:2] for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")))
        raise UsageError(f'No notebook "{number}". There are: {names}.')
    return found[0]


def _free_port(ip: str) -> int:
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    for port in range(_FIRST_PORT, _FIRST_PORT + _PORTS):
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            try:
                tried.bind((ip, port))
            except OSError:
                continue
            return port
    raise UsageError(
        f"No free port from {_FIRST_PORT} to {_FIRST_PORT + _PORTS - 1} at {ip}. Close other "
        "notebooks, or name one with --port."
    )


@contextmanager
def _settings() -> Iterator[Path]:
    """A folder of settings for this run alone; nothing of the user's own is changed."""
    with tempfile.TemporaryDirectory(prefix="fidelity") as folder:
        overrides = Path(folder) / "overrides.json"
        overrides.write_text(json.dumps(_NO_NEWS), encoding="utf-8")
        yield Path(folder)


def _lab(folder: Path, notebook: Path, settings: Path) -> list[str]:
    return [
        "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url=/lab/tree/{notebook.name}",
        f"--LabApp.app_settings_dir={settings}",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.port_retries=0",
        "--log-level=WARN",
    ]


def _voila(notebook: Path) -> list[str]:
    """`--token` alone makes Voila ask for the token of its environment."""
    return ["voila", str(notebook.resolve()), "--token", "--Voila.log_level=WARN"]


def _run(words: list[str], environment: dict[str, str], folder: Path) -> int:
    """Run the server until it ends or is stopped, and stop it with us; gives its exit code."""
    signal.signal(signal.SIGTERM, _stopped)
    server = subprocess.Popen([sys.executable, "-m", *words], env=environment, cwd=folder)  # noqa: S603
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _end(server)


def _stopped(*_: object) -> None:
    """What stops a program from outside counts as Ctrl and C."""
    raise KeyboardInterrupt


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
