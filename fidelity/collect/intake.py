"""One file of any kind comes in: found out what it is, guarded, and checked whole by the gate.

Workbooks, JSON records of forms, long and wide CSV, exports of Microsoft Forms, and an
authority's own export through a mapping. A file is taken whole or refused whole, with everything
that is wrong in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fidelity.collect import columns as cols
from fidelity.collect.concerns import Concern, concerns_in, told_first
from fidelity.collect.data_folder import NoteRow
from fidelity.collect.delimited import DELIMITED, TextTable, read_delimited
from fidelity.collect.folder import rubrics_of
from fidelity.collect.guards.names import NameList
from fidelity.collect.guards.pseudonyms import USUAL, Key, pseudonymised
from fidelity.collect.guards.references import reference_faults, without
from fidelity.collect.mapping import Mapping as ColumnMapping
from fidelity.collect.mapping import applied
from fidelity.collect.mapping_guess import forms_mapping
from fidelity.collect.plain_sheet import plain_sheet_in
from fidelity.collect.ratings import from_text
from fidelity.collect.record import Record, read_record
from fidelity.collect.sittings import Sitting, by_form, sittings_of
from fidelity.collect.workbook_reader import Book, book_in, notes_in, table_in
from fidelity.collect.xlsx_sheets import open_xlsx
from fidelity.errors import Fault, FidelityError, FileError, RatingsError, UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_ids

WORKBOOKS, RECORDS = frozenset({".xlsx", ".xlsm"}), frozenset({".json"})
ENDINGS = WORKBOOKS | RECORDS | DELIMITED
#: Larger CSV files are for `fidelity.read_ratings`; audits of years fit into this.
MAX_CSV = 20_000_000


@dataclass(frozen=True)
class How:
    """How files are to be read.

    Attributes:
        rubrics: rubrics by id that were named for files that do not name their own.
        mapping: what the columns of an authority's own export are.
        names: names of its own staff and children.
        key: to turn references into pseudonyms.
        pseudonyms: the columns that are turned.
    """

    rubrics: Mapping[str, Rubric] = field(default_factory=dict)
    mapping: ColumnMapping | None = None
    names: NameList | None = None
    key: Key | None = None
    pseudonyms: Sequence[str] = USUAL


@dataclass(frozen=True)
class Incoming:
    """What a file holds.

    Attributes:
        name: the file.
        rubrics: the rubrics it was scored with, by id.
        sittings: its assessments, checked.
        notes: its remarks.
        concerns: its worries about children, open and closed.
        said: what was noticed on reading, in sentences.
    """

    name: str
    rubrics: Mapping[str, Rubric]
    sittings: tuple[Sitting, ...]
    notes: tuple[NoteRow, ...]
    concerns: tuple[Concern, ...]
    said: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """A file before it is checked: a table a rubric, and remarks."""

    tables: Sequence[tuple[Rubric, TextTable]]
    notes: Sequence[NoteRow] = ()


def sound_together(paths: Iterable[Path], how: How) -> frozenset[Path]:
    """Of many small files, those that the gate finds sound when it looks at them all at once.

    Nothing is told of the others here: they are read one by one. For hundreds of forms this
    takes the time of one.
    """
    parts: dict[str, list[TextTable]] = {}
    rubrics: dict[str, Rubric] = {}
    scored: dict[Path, list[str]] = {}
    for path in paths:
        try:
            found = _found(path, how)
        except FidelityError:
            continue
        scored[path] = [rubric.id for rubric, _ in found.tables]
        for rubric, table in found.tables:
            rubrics[rubric.id] = rubric
            parts.setdefault(rubric.id, []).append(_turned_table(table, how))
    sound = set()
    for name, tables in parts.items():
        try:
            read = [from_text(one, rubrics[name]) for one in by_form(_joined(tables))]
            if not any(ratings.notes for ratings in read):
                sound.add(name)
        except RatingsError:
            continue
    return frozenset(path for path, names in scored.items() if sound.issuperset(names))


def _joined(tables: Sequence[TextTable]) -> TextTable:
    names = dict.fromkeys(name for table in tables for name in table.columns if name != cols.NOTE)
    columns = {
        name: [
            cell for table in tables for cell in table.columns.get(name, [None] * len(table.places))
        ]
        for name in names
    }
    places = [f"{table.name} {place}" for table in tables for place in table.places]
    return TextTable("forms", columns, places)


def _turned_table(table: TextTable, how: How) -> TextTable:
    return pseudonymised(table, how.key, how.pseudonyms) if how.key else table


def read_incoming(path: Path, how: How, sound: bool = False) -> Incoming:
    """Read one file; `sound` says that the gate has looked at it already.

    Raises:
        FileError: it cannot be opened or is of no kind that can be read.
        RatingsError: everything that is wrong in it; open concerns are told first.
        UsageError: it does not say what it was scored with, and the call does not either.
    """
    found = _found(path, how)
    faults: list[Fault] = []
    total = 0
    sittings: list[Sitting] = []
    said: dict[str, None] = {}
    concerns: list[Concern] = []
    for rubric, table in found.tables:
        turned = _turned_table(table, how)
        but = how.pseudonyms if how.key else ()
        concerns += _concerns(turned)
        wrong, shown = reference_faults(turned, rubric.items, how.names, but)
        faults, total = faults + wrong, total + len(wrong)
        try:
            plain = replace(turned, columns=_without_notes(turned))
            for one in () if sound else by_form(plain):
                said |= dict.fromkeys(from_text(one, rubric).notes)
        except RatingsError as error:
            faults, total = faults + without(error.faults, shown), total + error.total
            continue
        sittings += sittings_of(turned, rubric)
    if faults:
        refusal = RatingsError(path.name, dict.fromkeys(faults), total)
        raise told_first(refusal, dict.fromkeys(concerns))
    return Incoming(
        path.name, {rubric.id: rubric for rubric, _ in found.tables}, tuple(sittings),
        tuple(_turned(note, how) for note in found.notes), tuple(dict.fromkeys(concerns)),
        tuple(said),
    )  # fmt: skip


def _without_notes(table: TextTable) -> dict[str, list[str | None]]:
    return {name: cells for name, cells in table.columns.items() if name != cols.NOTE}


def _turned(note: NoteRow, how: How) -> NoteRow:
    """A remark with the references that its assessment has."""
    rubric, piece, rater, item, words = note
    if how.key and "piece" in how.pseudonyms:
        piece = how.key.pseudonym("piece", piece)
    if how.key and rater and "rater" in how.pseudonyms:
        rater = how.key.pseudonym("rater", rater)
    return rubric, piece, rater, item, words


def _concerns(table: TextTable) -> list[Concern]:
    wanted = [name for name in (*cols.REQUIRED, *cols.CONCERN) if name in table.columns]
    if "concern" not in wanted:
        return []
    rows = zip(*(table.columns[name] for name in wanted), strict=True)
    return list(concerns_in(dict(zip(wanted, row, strict=True)) for row in dict.fromkeys(rows)))


def _found(path: Path, how: How) -> _Found:
    """The tables of a file, by what kind of file it is."""
    suffix = path.suffix.lower()
    if suffix in RECORDS:
        return _of_record(read_record(path), how)
    if suffix in WORKBOOKS:
        opened = open_xlsx(path)
        if how.mapping is not None:
            return _of_table(path, plain_sheet_in(opened, how.mapping.sheet), how)
        book = book_in(opened)
        return _of_book(book, how) if book.stamps else _of_table(path, plain_sheet_in(opened), how)
    if suffix in DELIMITED:
        return _of_table(path, read_delimited(path, MAX_CSV), how)
    raise FileError(
        f"{path.name}: files of kind '{suffix}' cannot be brought in. Allowed: "
        f"{', '.join(sorted(ENDINGS))}. Save it as one of these."
    )


def _rubric(name: str, subject: str, how: How, concerns: Iterable[Concern]) -> Rubric:
    """The rubric that a file names."""
    if name in how.rubrics:
        return how.rubrics[name]
    if name in rubric_ids():
        return read_rubric(name)
    fault = Fault(subject, f'scored with "{name[:60]}", which is no rubric here',
                  ", ".join(rubric_ids()), "give its file with -r, if you have one of your own",
                  )  # fmt: skip
    raise told_first(RatingsError(subject, [fault]), concerns)


def _of_record(record: Record, how: How) -> _Found:
    rubrics = [_rubric(s.id, record.name, how, record.concerns) for s in record.rubrics]
    about = (record.assessment["piece"], record.assessment["rater"])
    notes = [(r.rubric, *about, r.item, r.note) for r in record.ratings if r.note]
    return _Found([(rubric, record.table(rubric)) for rubric in rubrics], notes)


def _of_book(book: Book, how: How) -> _Found:
    rubrics = {name: _rubric(name, book.name, how, book.concerns) for name in book.rubrics}
    faults: list[Fault] = []
    tables = []
    for rubric in rubrics.values():
        try:
            tables.append((rubric, table_in(book, rubric)))
        except RatingsError as error:
            faults += error.faults
    notes = []
    try:
        notes = notes_in(book, rubrics)
    except RatingsError as error:
        faults += error.faults
    if faults:
        raise book.refused(dict.fromkeys(faults))
    only = next(iter(rubrics)) if len(rubrics) == 1 else ""
    rows = [(note.rubric or only, note.piece, note.rater, note.item, note.note) for note in notes]
    return _Found([found for found in tables if found[1].places], rows)


def _of_table(path: Path, table: TextTable, how: How) -> _Found:
    """A table without a stamp: mapped, from Microsoft Forms, or in our own columns."""
    if how.mapping is not None:
        rubric = _rubric(how.mapping.rubric, path.name, how, ())
        return _of_rubrics(applied(how.mapping, table, rubric), [rubric])
    table = _our_spelling(table)
    if set(cols.REQUIRED) <= set(table.columns):
        return _of_rubrics(table, _named(path, table, how))
    rubrics = list(how.rubrics.values())
    if len(rubrics) == 1 and (mapping := forms_mapping(table, rubrics[0])):
        return _of_rubrics(applied(mapping, table, rubrics[0]), rubrics)
    which = rubrics[0].id if len(rubrics) == 1 else "RUBRIC"
    fault = Fault(
        f"{path.name}, headings", "no columns piece and rater",
        "a workbook from fidelity workbook, or a CSV file with our headings",
        f"describe your columns: fidelity mapping {path.name} --rubric {which} -o mapping.yaml; "
        f"then bring it in with --mapping mapping.yaml",
    )  # fmt: skip
    raise told_first(RatingsError(path.name, [fault]), _concerns(table))


def _our_spelling(table: TextTable) -> TextTable:
    """Headings such as "Rater role" and "M1" are ours in another spelling."""
    ours = {name: "_".join(name.casefold().split()) for name in table.columns}
    known = {name for name in ours if ours[name] in cols.KNOWN or name.casefold() == ours[name]}
    new = {name: ours[name] if name in known else name for name in ours}
    if len(set(new.values())) < len(new):
        return table
    return replace(
        table,
        columns={new[name]: cells for name, cells in table.columns.items()},
        letters={new.get(name, name): letter for name, letter in table.letters.items()},
    )


def _named(path: Path, table: TextTable, how: How) -> list[Rubric]:
    """The rubrics of a table: those it names row by row, those named in the call, or its name's."""
    if "rubric" in table.columns:
        names = [name for name in dict.fromkeys(table.columns["rubric"]) if name]
        return [_rubric(name, path.name, how, _concerns(table)) for name in names]
    if how.rubrics:
        return list(how.rubrics.values())
    try:
        return [read_rubric(name) for name in rubrics_of(path)]
    except UsageError as error:
        concerns = [str(concern) for concern in _concerns(table) if concern.open]
        raise UsageError("\n".join([*concerns, str(error)])) from None


def _of_rubrics(table: TextTable, rubrics: Sequence[Rubric]) -> _Found:
    """The part of a table that belongs to each rubric, and its remarks."""
    tables, notes = [], []
    for rubric in rubrics:
        mine = _part(table, rubric, rubrics)
        tables.append((rubric, mine))
        notes += _notes(mine, rubric)
    return _Found(tables, notes)


def _part(table: TextTable, rubric: Rubric, rubrics: Sequence[Rubric]) -> TextTable:
    """The rows of a rubric, without the columns of other rubrics' items."""
    others = {item for other in rubrics for item in other.items} - set(rubric.items)
    columns = {name: cells for name, cells in table.columns.items() if name not in others}
    places = table.places
    if "rubric" in columns:
        mine = [n for n, name in enumerate(columns["rubric"]) if name == rubric.id]
        columns = {name: [cells[n] for n in mine] for name, cells in columns.items()}
        places = [places[n] for n in mine]
    return replace(table, columns=columns, places=places)


def _notes(table: TextTable, rubric: Rubric) -> list[NoteRow]:
    words = table.columns.get(cols.NOTE)
    if words is None:
        return []
    items = table.columns.get("item", [None] * len(words))
    rows = zip(*(table.columns[name] for name in cols.REQUIRED), items, words, strict=True)
    return [
        (rubric.id, piece or "", rater or "", item or "", note)
        for piece, rater, item, note in rows
        if note
    ]
