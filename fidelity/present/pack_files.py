"""Files of a pack: tables that R, pandas and a text editor read alike, and the manifest over all.

A table is plain UTF-8 without a byte order mark, numbers unrounded (the shortest text that gives
the same double again), nothing known as an empty cell. The manifest holds the SHA-256 of every
file, so that a changed number is noticed; its own fingerprint is printed, to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fidelity.collect.formulas import neutral
from fidelity.errors import FileError, UsageError

MANIFEST = "manifest.json"
#: Runs everything again; Jupyter writes outputs into it.
NOTEBOOK = "reproduce.ipynb"
FORMAT = "fidelity-pack-1"
#: Software whose version can move the last digit of a number, or a pixel.
_SOFTWARE = ("fidelity", "numpy", "scipy", "pandas", "narwhals", "matplotlib")


def table_text(table: pd.DataFrame) -> str:
    """A table as CSV; the same table gives the same text."""
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(_cell, na_action="ignore")
    return str(safe.to_csv(index=False, lineterminator="\n"))


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return neutral("; ".join(map(str, value)))
    return neutral(value) if isinstance(value, str) else value


def write(path: Path, content: str | bytes) -> Path:
    """Write text as UTF-8 with line feeds, or bytes; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def json_text(value: Any) -> str:
    """Plain JSON: not known as null, dates and fractions as text."""
    return json.dumps(_plain(value), ensure_ascii=False, indent=2, default=str) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(held) for held in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value


def write_manifest(folder: Path) -> str:
    """Write the manifest over all files of a folder; gives its own fingerprint."""
    files = {name: _digest(folder / name) for name in _names(folder)}
    about = {"format": FORMAT, "software": software(), "files": files}
    path = write(folder / MANIFEST, json_text(about))
    return _digest(path)


def software() -> dict[str, str]:
    """Names and versions."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in _SOFTWARE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _names(folder: Path) -> list[str]:
    """Every file by its path with slashes, but the manifest and what a notebook leaves behind."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    kept = (path for path in found if ".ipynb_checkpoints" not in path.parts)
    return sorted(path.as_posix() for path in kept if path.as_posix() != MANIFEST)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class PackCheck:
    """What a check of a pack found.

    Attributes:
        files: how many the manifest names.
        changed: files that are other than when the pack was made.
        missing: files that are not there any more.
        added: files that the manifest does not name.
        fingerprint: of the manifest itself: compare it with the one that was noted when the pack
            was made, since whoever changes a file could write a new manifest too.
    """

    files: int
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    fingerprint: str

    @property
    def sound(self) -> bool:
        """Whether every file is as it was."""
        return not (self.changed or self.missing or self.added)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, in words."""
        told = [
            f"{name}: {what}"
            for what, names in (
                ("is not as it was when the pack was made", self.changed),
                ("is missing", self.missing),
                ("was not in the pack", self.added),
            )
            for name in names
        ]
        whole = f"All {self.files} files are as they were when the pack was made."
        mark = f"Fingerprint of the manifest: {self.fingerprint}"
        return (*(told or [whole]), mark)


def check_pack(folder: str | Path) -> PackCheck:
    """Compare every file of a pack with its manifest.

    Raises:
        UsageError: there is no manifest.
        FileError: the manifest cannot be read.
    """
    folder = Path(folder)
    about = read_manifest(folder)
    known, there = about["files"], set(_names(folder))
    return PackCheck(
        len(known),
        tuple(n for n in known if n in there and _digest(folder / n) != known[n]),
        tuple(n for n in known if n not in there),
        tuple(sorted(there - set(known))),
        _digest(folder / MANIFEST),
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a pack."""
    path = folder / MANIFEST
    if not path.is_file():
        raise UsageError(f"{folder}: no {MANIFEST}, so this is no pack. Make one: fidelity pack")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        right = about["format"] == FORMAT and isinstance(about["files"], dict)
    except (ValueError, KeyError, TypeError):
        right = False
    if not right:
        raise FileError(f"{path}: not a manifest of {FORMAT}. Take the pack from its source again.")
    return dict(about)
