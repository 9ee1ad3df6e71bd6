"""References are codes, not people: what is refused in a table before it comes in.

A reference that is a name, a number by which a person is known, an address or a date is refused
with its cell and with what to use instead. Notes are only scanned: what is found is told, and
they stay in the authority whatever is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fidelity.collect import columns as cols
from fidelity.collect.delimited import TextTable
from fidelity.collect.guards.identifiers import KINDS, identifiers, in_reference
from fidelity.collect.guards.names import NameList, looks_like_a_name, names_in
from fidelity.collect.record_check import MAX_WORD, UNSEEN
from fidelity.collect.source import ROW, Source
from fidelity.errors import Fault
from fidelity.rubric.strict_yaml import cut

#: Columns whose entries stand for a person or a family, and what to write there.
INSTEAD: Mapping[str, str] = {
    "piece": "a running number of your own, such as A-001",
    "case": "a code for the family that only your authority can trace",
    "practitioner": "a code for the worker, such as P012",
    "rater": "a short code, the same each time, such as R01",
    "escalated_to": "a role, such as team manager",
}
#: What is wrong with a reference that points to nobody.
LONG, HIDDEN = "long", "hidden"
_ODD = {
    LONG: (f"has more than {MAX_WORD} letters", "shorten it; remarks belong on the sheet Notes"),
    HIDDEN: ("holds a character that cannot be seen", "type it again by hand"),
}
_CODE = "a code or a word that points to no person"
#: Columns with words, days and numbers of their own, which the gate checks.
_CHECKED_ELSEWHERE = frozenset({
    *cols.VOCABULARIES, *cols.DATES, *cols.NUMBERS, "item", "value", "reason", cols.NOTE,
    "rubric", "rubric_version",
}) - {"escalated_to"}  # fmt: skip


@dataclass(frozen=True)
class Scanned:
    """What was found in notes: how many notes hold something of a kind."""

    notes: int
    by_kind: Mapping[str, int]

    @property
    def sentence(self) -> str:
        """A warning, or "" where nothing was found. It never shows what was found."""
        if not self.by_kind:
            return ""
        told = ", ".join(f"{KINDS[kind]} in {n}" for kind, n in self.by_kind.items())
        return (
            f"Of {self.notes} notes some seem to tell who somebody is: {told}. Shorten them to "
            "what was seen. Notes stay in this folder and are never exported. Names cannot all "
            "be found by a program."
        )


def reference_faults(
    table: TextTable, items: Iterable[str], names: NameList | None = None, but: Iterable[str] = ()
) -> tuple[list[Fault], set[str]]:
    """References in a table that point to a person, each by its cell.

    Args:
        table: a table of text.
        items: ids of the rubric's items, which hold answers.
        names: an authority's own list of names.
        but: columns to leave out, because they are turned into pseudonyms.

    Returns:
        The faults, and the references themselves, which no other message should show.
    """
    source = Source(table.name, table.places, table.letters)
    skipped = _CHECKED_ELSEWHERE | {*items, *but}
    faults, shown = [], set()
    for column, cells in table.columns.items():
        if column in skipped:
            continue
        known: dict[str, str] = {}
        for row, text in enumerate(cells):
            if not text:
                continue
            if text not in known:
                known[text] = _what(column, text, names)
            if known[text]:
                where = source.where({ROW: row}, column)
                faults.append(_fault(where, column, known[text]))
                shown.add(text)
                known[text] = ""  # each once: the same reference may stand in every row
    return faults, shown


def without(faults: Iterable[Fault], shown: Iterable[str]) -> list[Fault]:
    """Faults that do not show certain references: messages end up in logs and in e-mails."""
    hidden = {f'"{cut(text)}"': '"(not shown)"' for text in shown}

    def mask(text: str) -> str:
        for reference, instead in hidden.items():
            text = text.replace(reference, instead)
        return text

    return [replace(fault, where=mask(fault.where), what=mask(fault.what)) for fault in faults]


def _what(column: str, text: str, names: NameList | None) -> str:
    """The kind of what cannot stand in a reference, or ""."""
    if len(text) > MAX_WORD:
        return LONG
    if UNSEEN.search(text):
        return HIDDEN
    of_person = column in INSTEAD
    found = in_reference(text) if column in cols.KNOWN else identifiers(text)
    kinds = [one.kind for one in found if of_person or one.kind not in {"date"}]
    if kinds:
        return kinds[0]
    if of_person and looks_like_a_name(text, names):
        return "name"
    words = text.split()
    every_word_listed = names is not None and len(words) > 1 and all(w in names for w in words)
    return "name" if every_word_listed else ""


def _fault(where: str, column: str, kind: str) -> Fault:
    """The reference itself is not shown: messages end up in logs and in e-mails."""
    if kind in _ODD:
        what, remedy = _ODD[kind]
        return Fault(where, f"{column} {what}", INSTEAD.get(column, _CODE), remedy)
    remedy = "write that code in the file and keep who it is in your own system"
    if kind == "date":
        remedy = "leave the day out; the day of the practice goes into the column date"
    return Fault(where, f"{column} seems to hold {KINDS[kind]}", INSTEAD.get(column, _CODE), remedy)


def scan_notes(notes: Iterable[str], names: NameList | None = None) -> Scanned:
    """How many notes seem to tell who somebody is, by kind; full dates alone do not."""
    by_kind: dict[str, int] = {}
    total = 0
    for note in notes:
        total += 1
        kinds = {one.kind for one in (*identifiers(note), *names_in(note, names))} - {"date"}
        for kind in kinds:
            by_kind[kind] = by_kind.get(kind, 0) + 1
    return Scanned(total, {kind: by_kind[kind] for kind in KINDS if kind in by_kind})
