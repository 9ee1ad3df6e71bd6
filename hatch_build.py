"""Puts the rubrics, the sample data and the notebooks into the wheel, under fidelity/data/."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("rubrics", "sample_data", "notebooks")


class DataFolders(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":  # "editable" reads the folders of the checkout itself
            build_data["force_include"].update(
                {folder: f"fidelity/data/{folder}" for folder in FOLDERS}
            )
