"""What can go wrong, told so that the reader can mend it.

Every error of the library is a `FidelityError`. A fault says what is wrong, where, what is
allowed and what to do; the readers collect all faults of a file before they raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: How many faults a message prints. The total is always told.
FAULTS_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in what the user gave.

    Attributes:
        where: the place: file and line, sheet and cell, or row and column.
        what: what was found there, with the value in quotes.
        allowed: what would have been right.
        remedy: what to do about it.
    """

    where: str
    what: str
    allowed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}"]
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.remedy:
            parts.append(f"do: {self.remedy}")
        return "; ".join(parts)


class FidelityError(Exception):
    """Base of all errors that the library raises on purpose."""


class FaultsError(FidelityError):
    """Several faults found together in one piece of input.

    Args:
        subject: what was read, for instance a file name.
        faults: the faults found, in the order of the input.
        total: how many there were, where not all are held.
    """

    def __init__(self, subject: str, faults: Iterable[Fault], total: int | None = None) -> None:
        held = list(faults)
        self.subject = subject
        self.faults: Sequence[Fault] = tuple(held[:FAULTS_SHOWN])
        self.total = len(held) if total is None else total
        super().__init__(self._message())

    def _message(self) -> str:
        noun = "problem" if self.total == 1 else "problems"
        lines = [f"{self.subject}: {self.total} {noun}; nothing was read in."]
        lines += [f"  {fault}" for fault in self.faults]
        if self.total > len(self.faults):
            lines.append(f"  (the first {len(self.faults)} of {self.total} are shown)")
        return "\n".join(lines)


class RubricError(FaultsError):
    """A rubric file that cannot be used, with every fault by file and line."""


class RatingsError(FaultsError):
    """Ratings (or another table) that cannot be used, with every fault by row or cell."""


class FileError(FidelityError):
    """A file that cannot be opened, decoded, or is larger than is safe to read."""


class UsageError(FidelityError):
    """A call that cannot be carried out as it was asked; the message names the next step."""
