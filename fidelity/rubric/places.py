"""Where the data that ships with the library lies: in the wheel, else beside the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def _shipped(name: str) -> Path:
    installed = _PACKAGE / "data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def rubrics_folder() -> Path:
    """The folder that holds one YAML file a rubric."""
    return _shipped("rubrics")


def sample_data_folder() -> Path:
    """The folder that holds the synthetic sample authorities."""
    return _shipped("sample_data")


def notebooks_folder() -> Path:
    """The folder that holds the numbered notebooks."""
    return _shipped("notebooks")
