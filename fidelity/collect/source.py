"""Where a cell stands: the file and line, the sheet and cell, or the keys of its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Column in which the gate numbers the rows of a table that has an order, from 0.
ROW = "_row"


@dataclass(frozen=True)
class Source:
    """Where a frame came from, for messages.

    Attributes:
        name: a file name, or "ratings" for a frame.
        places: where each row stands: "line 7", or "sheet!{}7" in a workbook, in which the letter
            of the column is put for {}. Empty where rows are told by number or by their keys.
        letters: for a workbook, the column letter by heading.
        notes: what was noticed on reading.
    """

    name: str = "ratings"
    places: Sequence[str] = ()
    letters: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def where(self, row: Mapping[Any, Any], column: str) -> str:
        """The place of a cell: file, row and column, or the keys of its row."""
        number = row.get(ROW)
        if number is None:
            keys = [f'{key} "{row[key]}"' for key in ("piece", "rater") if row.get(key) is not None]
            return ", ".join([self.name, *keys, f'column "{column}"'])
        place = self.places[int(number)] if self.places else f"row {int(number)}"
        if "{}" in place and column in self.letters:
            return f"{self.name} {place.replace('{}', self.letters[column])}"
        return f'{self.name} {place.replace("{}", "")}, column "{column}"'
