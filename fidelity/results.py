"""What all results share: a table, sentences, and the method that made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: Stands on every page and under every printed result.
PURPOSE = "For learning about practice. Not for capability, pay, appraisal or ranking."


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """A frozen, unrounded result.

    Attributes:
        table: the numbers; documented by the analysis that made them.
        sentences: plain English made from the same numbers and flags, with n and uncertainty.
        method: name, options, rubric with version and fingerprint, software version.
    """

    table: pd.DataFrame
    sentences: tuple[str, ...]
    method: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The numbers as a plain pandas table, unrounded (a copy)."""
        return self.table.copy()

    def __repr__(self) -> str:
        return "\n".join([*self.sentences, "", self._rounded().to_string(index=False), PURPOSE])

    def _repr_html_(self) -> str:
        told = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        shown = self._rounded().to_html(index=False, escape=True, border=0)
        return f"{told}{shown}<p><small>{escape(PURPOSE)}</small></p>"

    def _rounded(self) -> pd.DataFrame:
        """For the eye alone: two decimals, and the empty columns left out."""
        kept = [c for c in self.table.columns if self.table[c].notna().any()]
        return self.table[kept].round(2)


def method_of(name: str, rubric_label: str, **options: Any) -> dict[str, Any]:
    """The record of how a result was made."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        software = version("fidelity")
    except PackageNotFoundError:
        software = "not installed"
    return {"name": name, **options, "rubric": rubric_label, "software": f"fidelity {software}"}
