"""One source for what the project needs: pyproject.toml. The others are held to it."""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[2]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}  # conda's own `matplotlib` drags in Qt
DESKTOPS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    "macOS": {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    "Windows": {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
}


def project() -> dict[str, Any]:
    pyproject = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    table: dict[str, Any] = tomllib.loads(pyproject)["project"]
    return table


def needed() -> list[Requirement]:
    extras = project()["optional-dependencies"]
    return [Requirement(line) for line in project()["dependencies"] + extras["test"]]


def lock() -> str:
    return (PROJECT / "requirements.lock").read_text(encoding="utf-8")


def locked() -> list[tuple[Requirement, int]]:
    """Each entry of the lock with the number of its hashes."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + re.sub(r"(?m)^\s*#.*\n", "", lock()))
    return [
        (Requirement(entry.split("\\")[0].strip()), len(re.findall(r"--hash=sha256:\w{64}", entry)))
        for entry in entries
        if entry.strip()
    ]


def test_environment_yml_asks_for_what_pyproject_asks_for() -> None:
    text = (PROJECT / "environment.yml").read_text(encoding="utf-8")
    environment = YAML(typ="safe").load(text)
    assert environment["name"] == project()["name"]
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    *packages, pip = environment["dependencies"]
    assert pip == {"pip": ["-e ."]}
    names = [Requirement(line) for line in project()["dependencies"]]
    expected = {
        CONDA_NAMES.get(canonicalize_name(one.name), one.name.lower()) + str(one.specifier)
        for one in names
    }
    assert sorted(packages) == sorted({*expected, "pip", f"python{project()['requires-python']}"})


def test_the_lock_names_no_address_no_host_and_no_folder() -> None:
    text = lock()
    assert "://" not in text
    assert not re.search(r"\b[\w-]+\.(com|org|io|net|uk|dev)\b", text)
    assert not re.search(r"(^|[\s\"'(=])(/|~|[A-Za-z]:\\)\w", text)
    assert not re.search(r"--(index-url|extra-index-url|find-links|trusted-host)|^-", text, re.M)


def test_every_entry_of_the_lock_is_one_version_with_hashes() -> None:
    entries = locked()
    assert len(entries) > 100
    for requirement, hashes in entries:
        assert [pin.operator for pin in requirement.specifier] == ["=="], requirement
        assert hashes > 0, requirement
    assert sum(hashes for _, hashes in entries) == lock().count("--hash=")


def test_every_system_and_python_gets_the_same_version() -> None:
    names = [canonicalize_name(requirement.name) for requirement, _ in locked()]
    assert sorted(names) == sorted(set(names))


def test_the_lock_meets_every_bound_on_every_desktop_and_python() -> None:
    entries = [requirement for requirement, _ in locked()]
    for desktop in DESKTOPS.values():
        for minor in range(11, 15):
            python = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.9"}
            here = {
                canonicalize_name(entry.name): next(iter(entry.specifier)).version
                for entry in entries
                if applies(entry.marker, {**desktop, **python})
            }
            for one in needed():
                version = here.get(canonicalize_name(one.name))
                assert version, f"{one} is not in requirements.lock: refresh it"
                assert one.specifier.contains(version), f"{one} but the lock has {version}"


def applies(marker: Marker | None, environment: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(environment)


def test_every_dependency_has_a_lower_bound_and_no_upper() -> None:
    extras = project()["optional-dependencies"].values()
    lines = project()["dependencies"] + [line for extra in extras for line in extra]
    for line in lines:
        assert [bound.operator for bound in Requirement(line).specifier] == [">="], line


def test_the_extras_are_all_in_the_set_that_the_tests_install() -> None:
    extras = project()["optional-dependencies"]
    for name, lines in extras.items():
        assert set(lines) <= set(extras["test"]), name


def test_this_python_is_one_that_pyproject_allows() -> None:
    assert Requirement("python" + project()["requires-python"]).specifier.contains(
        ".".join(map(str, sys.version_info[:3]))
    )
