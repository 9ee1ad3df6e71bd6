"""`fidelity open`: really started, asked over the network of this machine, and stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from urllib.error import URLError
from urllib.request import HTTPErrorProcessor, Request, build_opener

import nbformat
import pytest
from click.testing import CliRunner
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from fidelity.cli.open import command, copied
from fidelity.collect.guards.checkout import in_git
from fidelity.errors import UsageError
from fidelity.rubric.places import notebooks_folder, sample_data_folder

AS_ROOT = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
SECONDS = 60


class _AsItIs(HTTPErrorProcessor):
    """Answers as they come: a redirection is not followed."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        return response


@dataclass
class Server:
    process: subprocess.Popen[str]
    address: str
    token: str
    folder: Path

    @property
    def port(self) -> int:
        return int(re.search(r":(\d+)/", self.address)[1])  # type: ignore[index]

    def asked(self, path: str, token: bool = False, host: str = "") -> tuple[int, str, str]:
        """Code, place of a redirection, and text of an answer."""
        url = f"http://127.0.0.1:{self.port}{path}"
        headers = {"Host": host} if host else {}
        if token:
            headers["Authorization"] = f"token {self.token}"
        with build_opener(_AsItIs).open(Request(url, headers=headers)) as answer:
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab as a user starts it, beside a folder of data of their own."""
    data = tmp_path_factory.mktemp("authority")
    for path in (sample_data_folder() / "small").glob("ratings_*.csv"):
        (data / path.name).write_bytes(path.read_bytes())
    words = ["open", "03", "--data", str(data), "--no-browser", *AS_ROOT]
    process = subprocess.Popen(
        [sys.executable, "-m", "fidelity", *words], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, encoding="utf-8",
    )  # fmt: skip
    line = process.stdout.readline()  # type: ignore[union-attr]
    found = re.fullmatch(
        r"Open (http://127\.0\.0\.1:\d+/lab/tree/03_\w+\.ipynb)\?token=(\S+)\n", line
    )
    assert found, line
    started = Server(process, found[1], found[2], data)
    _until_it_answers(started)
    yield started
    if process.poll() is None:
        process.kill()
    process.communicate()


def _until_it_answers(server: Server) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.process.poll() is None:
        try:
            server.asked("/api")
        except (URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("JupyterLab did not start")


def test_who_has_no_token_sees_nothing(server: Server) -> None:
    assert len(server.token) >= 32
    path = server.address.partition(str(server.port))[2]
    assert server.asked(path)[0] == 302
    assert server.asked(path)[1].startswith("/login")
    for closed in ("/api/contents", "/api/kernels", "/files/03_load_and_check.ipynb"):
        code, place, text = server.asked(closed)
        assert code == 403 or place.startswith("/login"), closed
        assert "cells" not in text
    assert server.asked(f"{path}?token=wrong")[0] == 302


def test_with_the_token_the_right_notebook_opens(server: Server) -> None:
    path = server.address.partition(str(server.port))[2]
    assert server.asked(f"{path}?token={server.token}")[0] == 200
    code, _, text = server.asked("/api/contents/03_load_and_check.ipynb", token=True)
    assert code == 200
    assert 'DATA = \\"..\\"' in text


def test_a_page_elsewhere_cannot_ask_in_our_name(server: Server) -> None:
    """A name of a stranger that leads to this machine is refused, token or not."""
    assert server.asked("/api/contents", token=True, host="evil.example")[0] == 403


def test_it_listens_to_this_machine_alone(server: Server) -> None:
    own = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in own - {"127.0.0.1", "127.0.1.1"}:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((address, server.port), timeout=2)
    assert socket.create_connection(("127.0.0.1", server.port), timeout=2).close() is None


def test_no_news_is_asked_for(server: Server) -> None:
    plugin = "@jupyterlab%2Fapputils-extension:notification"
    text = server.asked(f"/lab/api/settings/{plugin}", token=True)[2]
    schema = json.loads(text)["schema"]["properties"]
    assert schema["fetchNews"]["default"] == "false"
    assert schema["checkForUpdates"]["default"] is False


def test_the_token_stands_in_no_list_of_processes(server: Server) -> None:
    lists = Path("/proc")
    if not lists.is_dir():  # other systems hide the arguments of others anyway
        return
    seen = [path.read_bytes() for path in lists.glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    assert any(b"jupyterlab" in words for words in seen)
    assert not any(server.token.encode() in words for words in seen)


def test_stopping_it_stops_the_server(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=SECONDS) == 0
    with pytest.raises(OSError):  # noqa: PT011 - the words differ between systems
        socket.create_connection(("127.0.0.1", server.port), timeout=2)


def called(*words: object) -> tuple[int, str]:
    told = CliRunner().invoke(command, [str(word) for word in words])
    error = told.exception
    return (2 if isinstance(error, UsageError) else told.exit_code), f"{told.output}{error}"


def test_other_computers_are_not_let_in_by_mistake() -> None:
    for address in ("0.0.0.0", "::", "10.0.0.7"):  # noqa: S104 - what must be refused
        code, told = called("--ip", address)
        assert code == 2
        assert "--network" in told
        assert "TLS" in told


def test_what_cannot_be_opened_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There are: 00, 01" in called("77")[1]
    assert "does not exist" in called("--data", tmp_path / "nowhere")[1]
    monkeypatch.setitem(sys.modules, "voila", None)  # as where it is not installed
    code, told = called("--app")
    assert code == 2
    assert "pip install voila" in told


def test_data_in_a_git_checkout_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "data").mkdir()
    assert in_git(tmp_path / "data")
    code, told = called("--data", tmp_path / "data")
    assert code == 2
    assert "git checkout" in told
    assert not (tmp_path / "data" / "notebooks").exists()


def test_copies_read_the_folder_above_and_are_never_written_over(tmp_path: Path) -> None:
    folder = copied(notebooks_folder(), tmp_path / "notebooks", beside_data=True)
    names = {path.name for path in notebooks_folder().glob("[0-9][0-9]_*.ipynb")}
    assert {path.name for path in folder.iterdir()} == names
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        notebook = nbformat.reads(text, as_version=4)
        assert 'DATA = "large"' not in text
        assert not any(cell.get("outputs") for cell in notebook.cells), "outputs of the samples"
    mine = folder / "03_load_and_check.ipynb"
    mine.write_text("my own work", encoding="utf-8")
    (folder / "08_director_briefing.ipynb").unlink()
    copied(notebooks_folder(), tmp_path / "notebooks", beside_data=True)
    assert mine.read_text(encoding="utf-8") == "my own work"
    assert (folder / "08_director_briefing.ipynb").exists()


def _run(folder: Path, *cells: str) -> str:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return "".join(out.get("text", "") for cell in notebook.cells for out in cell.outputs)


def test_a_notebook_in_a_git_checkout_reads_the_samples_alone(tmp_path: Path) -> None:
    """In a real kernel, with a real folder; outside of a checkout the same folder is read."""
    for name in ("checkout", "free"):
        folder = tmp_path / name / "notebooks"
        folder.mkdir(parents=True)
        for path in (sample_data_folder() / "small").glob("ratings_cfsw*.csv"):
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    (tmp_path / "checkout" / ".git").mkdir()
    samples = "import fidelity as fd\nprint(len(fd.read_folder('small')))"
    own = "import fidelity as fd\nprint(list(fd.read_folder('..')))"
    file = "fd.read_ratings('../ratings_cfsw_skills.csv', 'cfsw_skills')"
    one = "fd.scoring_form('miti4', 'a.json', piece='A-1')"
    tried = "\n".join(
        f"try:\n    {call}\n    print('read')\nexcept fd.FidelityError as error:\n    print(error)"
        for call in (file, one)
    )
    assert "cfsw_skills" in _run(tmp_path / "free" / "notebooks", own)
    with pytest.raises(CellExecutionError, match="inside a git checkout") as refused:
        _run(tmp_path / "checkout" / "notebooks", samples, own)
    assert "print(list" in str(refused.value), "the samples before it were read"
    told = _run(tmp_path / "checkout" / "notebooks", "import fidelity as fd", tried)
    assert told.count("inside a git checkout") == 2
    assert "read\n" not in told
