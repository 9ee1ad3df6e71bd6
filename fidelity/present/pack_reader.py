"""A pack opened again: its ratings, and whether an analysis gives the numbers that stand in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from fidelity.collect.guards.checkout import keep_out_of_git
from fidelity.collect.ratings import Ratings
from fidelity.errors import FidelityError, FileError, UsageError
from fidelity.present.pack_files import NOTEBOOK, check_pack, table_text
from fidelity.present.pack_results import tables_of
from fidelity.results import Result
from fidelity.rubric import read_rubric
from fidelity.rubric.derived import short_form


class NotTheSameError(FidelityError):
    """A number that another run gave is not the one that stands in the pack."""


@dataclass(eq=False)
class OpenPack:
    """A pack on disk.

    Attributes:
        folder: where it lies.
        compared: results that were compared so far.
    """

    folder: Path
    compared: set[str] = field(default_factory=set)

    def ratings(self, name: str) -> Ratings:
        """The ratings of a rubric, from the long table of the pack and its own rubric file.

        Raises:
            UsageError: there are none.
            FileError: the rubric or the table is not that of the pack.
        """
        path = self.folder / "data" / f"ratings_{name}.csv"
        if not path.is_file():
            raise UsageError(f"{path}: no such table in this pack.")
        about = self._about()[name]
        rubric = read_rubric(self.folder / about["rubric_file"])
        if about["short_form"]:
            rubric = short_form(rubric)
        if rubric.fingerprint != about["fingerprint"]:
            raise FileError(f"{about['rubric_file']}: not the rubric that this pack was made with.")
        table = pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""])
        value = table["code"].fillna(table["level"])
        return Ratings(table.drop(columns=["level", "code", "answer"]).assign(value=value), rubric)

    def frame(self) -> pd.DataFrame:
        """The sampling frame of the pack."""
        from fidelity.collect.companions import read_frame

        return read_frame(self.folder / "data" / "frame.csv")

    def compare(self, name: str, result: Result) -> str:
        """Hold every cell of a result against the files of the pack.

        Args:
            name: "<rubric>/<analysis>", as in results/.
            result: what the analysis gave this time.

        Returns:
            How many tables and numbers were compared.

        Raises:
            NotTheSameError: a number differs, in its last digit or more; or a table is missing.
        """
        home = self.folder / "results" / name
        tables = dict(tables_of(result))
        there = {path.stem for path in home.glob("*.csv")}
        faults = [f"{name}/{one}.csv is in one of the two alone" for one in there ^ set(tables)]
        numbers = 0
        for one, table in tables.items():
            numbers += int(table.select_dtypes("number").notna().sum().sum())
            if one in there:
                told = (home / f"{one}.csv").read_bytes().decode("utf-8")
                faults += [f"{name}/{one}.csv, {d}" for d in _different(told, table_text(table))]
        if faults:
            raise NotTheSameError("Not the same to the last digit: " + "; ".join(faults[:20]))
        self.compared.add(name)
        return f"{name}: {len(tables)} tables, {numbers:,} numbers, the same to the last digit."

    def finish(self) -> str:
        """Whether all that stands in results/ was compared, and every file is as it was made.

        Raises:
            NotTheSameError: something was not compared, or a file was changed.
        """
        found = check_pack(self.folder)
        wanted = {f"{p.parent.parent.name}/{p.parent.name}" for p in self._results()}
        left = sorted(wanted - self.compared)
        # Jupyter saves what a notebook prints into it, while it runs.
        other = [name for name in (*found.changed, *found.missing) if name != NOTEBOOK]
        if left or other:
            told = [
                *(f"{name} was not compared" for name in left),
                *(f"{name} is missing, or not as it was made" for name in other),
            ]
            raise NotTheSameError("; ".join(told))
        return (
            f"All {len(self.compared)} results are the same to the last digit, and the files are "
            "as they were when the pack was made."
        )

    def _results(self) -> list[Path]:
        return sorted((self.folder / "results").glob("*/*/*.csv"))

    def _about(self) -> dict[str, Any]:
        try:
            about = json.loads((self.folder / "rubrics.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FileError(f"rubrics.json of the pack cannot be read: {error}") from None
        return dict(about)


def open_pack(folder: str | Path) -> OpenPack:
    """Open a pack that `fidelity pack` made.

    Raises:
        UsageError: no pack; or a pack of real data, in a notebook inside a git checkout.
    """
    folder = Path(folder)
    keep_out_of_git(folder)
    check_pack(folder)
    return OpenPack(folder)


def _different(before: str, now: str) -> list[str]:
    """Rows in which two tables differ."""
    if before == now:
        return []
    old, new = before.splitlines(), now.splitlines()
    if len(old) != len(new):
        return [f"{len(old)} rows in the pack and {len(new)} now"]
    return [
        f"row {n}: {a} in the pack, {b} now"
        for n, (a, b) in enumerate(zip(old, new, strict=True), start=1)
        if a != b
    ][:3]
