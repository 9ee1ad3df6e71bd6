"""The wheel, installed somewhere else, is the whole library: code, rubrics, samples, notebooks."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FOLDERS = ("rubrics", "sample_data", "notebooks")
LOOK = """
import json, pathlib
import fidelity
from fidelity.rubric import places
found = {
    "package": pathlib.Path(fidelity.__file__).parent,
    "rubrics": places.rubrics_folder(),
    "sample_data": places.sample_data_folder(),
    "notebooks": places.notebooks_folder(),
}
print(json.dumps({name: str(path) for name, path in found.items()}))
"""


def run(*command: str | Path, folder: Path, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", **env},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that belongs to the project, with what is in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run("-m", "hatchling", "build", "-t", "wheel", "-d", out, folder=PROJECT)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has the wheel alone; the other packages come from where the tests run."""
    target = tmp_path_factory.mktemp("somewhere else")
    pip = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", target)
    run(*pip, wheel, folder=target)
    return target


def test_the_installed_wheel_finds_its_own_rubrics_samples_and_notebooks(
    installed: Path, tmp_path: Path
) -> None:
    found = json.loads(run("-P", "-c", LOOK, folder=tmp_path, PYTHONPATH=str(installed)))
    assert Path(found["package"]) == installed / "fidelity"
    for name in FOLDERS:
        folder = Path(found[name])
        assert folder == installed / "fidelity" / "data" / name
        assert files(folder) == files(PROJECT / name)
        assert files(folder), f"{name} is empty"


def test_the_installed_wheel_reads_a_rubric_of_its_own(installed: Path, tmp_path: Path) -> None:
    read = "import fidelity as fd; print(fd.read_rubric('sos_case_file').id)"
    assert run("-P", "-c", read, folder=tmp_path, PYTHONPATH=str(installed)) == "sos_case_file\n"


def test_the_installed_wheel_has_its_command(installed: Path, tmp_path: Path) -> None:
    said = run("-P", "-m", "fidelity", "--help", folder=tmp_path, PYTHONPATH=str(installed))
    assert "demo" in said
    entry = next(installed.glob("fidelity-*.dist-info/entry_points.txt"))
    assert "fidelity = fidelity.cli:main" in entry.read_text(encoding="utf-8")


def test_the_wheel_holds_the_library_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0].split("-")[0] for name in names} == {"fidelity"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    code = {f"fidelity/{name}" for name in files(PROJECT / "fidelity")}
    data = {f"fidelity/data/{folder}/{n}" for folder in FOLDERS for n in files(PROJECT / folder)}
    assert {name for name in names if ".dist-info/" not in name} == code | data
    assert "fidelity/py.typed" in names


def test_an_editable_install_uses_the_checkout_and_copies_nothing(tmp_path: Path) -> None:
    build = "from hatchling.build import build_editable as b; import sys; print(b(sys.argv[1]))"
    name = run("-c", build, tmp_path, folder=PROJECT).split()[-1]
    names = zipfile.ZipFile(tmp_path / name).namelist()
    assert not [one for one in names if one.startswith("fidelity/")]
