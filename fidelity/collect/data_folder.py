"""The folder in which an authority keeps what came in: ratings, notes and concerns apart.

`ratings_<rubric>.csv` is what is analysed. `notes.csv` and `concerns.csv` stay where they are:
nothing else in this project reads notes, and concerns are only ever listed.

A change of several files is one change. All new files are written beside the old ones first, then
a list of them, and only then are they put in place; whoever comes next finishes what a cut-off run
left with a list, and throws away what it left without one.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from fidelity.collect.concerns import Concern
from fidelity.collect.delimited import TextTable, read_delimited
from fidelity.collect.formulas import neutral
from fidelity.collect.sittings import Sitting, rows_of, sittings_of
from fidelity.errors import Fault, FileError, RatingsError, UsageError
from fidelity.rubric.model import Rubric

RATINGS, NOTES, CONCERNS, HISTORY = "ratings_", "notes.csv", "concerns.csv", "history.csv"
#: A remark by rubric, piece, rater, item and words.
NoteRow = tuple[str, str, str, str, str]
NOTE_COLUMNS = ("rubric", "piece", "rater", "item", "note")
CONCERN_COLUMNS = ("piece", "rater", "escalated_on", "escalated_to", "closed_on")
HISTORY_COLUMNS = ("on", "file", "sha256", "rubric", "version", "new", "there_already")
#: Files that nobody but their owner reads, where the system can say so.
_OWN_EYES = frozenset({NOTES, CONCERNS})
_LIST, _LOCK, _PART = ".ingest-list", ".ingest-lock", ".part"


@dataclass
class Kept:
    """What a folder holds.

    Attributes:
        sittings: assessments by rubric id and key.
        notes: remarks, each once, in the order in which they came.
        concerns: concerns by piece and rater.
        history: what came in when, by the columns of `HISTORY_COLUMNS`.
    """

    sittings: dict[str, dict[tuple[str, ...], Sitting]] = field(default_factory=dict)
    notes: dict[NoteRow, None] = field(default_factory=dict)
    concerns: dict[tuple[str, str], Concern] = field(default_factory=dict)
    history: list[Sequence[str]] = field(default_factory=list)


def read_kept(folder: Path, rubrics: Iterable[Rubric]) -> Kept:
    """Read what a folder holds of some rubrics.

    Raises:
        FileError: a file in it cannot be read.
        RatingsError: a file in it was changed by hand so that it cannot be read.
    """
    settle(folder)
    kept = Kept()
    for rubric in rubrics:
        path = folder / f"{RATINGS}{rubric.id}.csv"
        if path.is_file():
            table = read_delimited(path)
            _check_version(table, rubric)
            found = sittings_of(table, rubric)
            kept.sittings[rubric.id] = {sitting.key: sitting for sitting in found}
    for row in _rows(folder / NOTES, NOTE_COLUMNS):
        kept.notes[(row[0], row[1], row[2], row[3], row[4])] = None
    kept.concerns = {(c.piece, c.rater): c for c in kept_concerns(folder)}
    kept.history = _rows(folder / HISTORY, HISTORY_COLUMNS)
    return kept


def _check_version(table: TextTable, rubric: Rubric) -> None:
    """Ratings of two versions never stand in one file: they would be trended together."""
    versions = {v for v in table.columns.get("rubric_version", []) if v} - {rubric.version}
    if versions:
        fault = Fault(
            table.name,
            f"it holds ratings of {rubric.id} {', '.join(sorted(versions))}",
            f"version {rubric.version}, which you are bringing in",
            "keep the new version in a folder of its own (-o); never mix the two",
        )
        raise RatingsError(table.name, [fault])


def kept_concerns(folder: Path) -> tuple[Concern, ...]:
    """The concerns that a folder holds, those not passed on first."""
    found = [Concern(*row) for row in _rows(folder / CONCERNS, CONCERN_COLUMNS)]
    return tuple(sorted(found, key=lambda c: (not c.open, bool(c.escalated_on), c.piece, c.rater)))


def _rows(path: Path, columns: Sequence[str]) -> list[Sequence[str]]:
    """The lines of a file of ours, by columns; none where there is no file."""
    if not path.is_file():
        return []
    table = read_delimited(path)
    if missing := [name for name in columns if name not in table.columns]:
        raise FileError(
            f"{path.name}: no column {', '.join(missing)}. Put the file back as it was made."
        )
    cells = zip(*(table.columns[name] for name in columns), strict=True)
    return [[cell or "" for cell in row] for row in cells]


def files_of(kept: Kept, rubrics: Iterable[Rubric]) -> dict[str, str]:
    """The text of every file, by name; the concerns first, so that they are in place first."""
    files = {}
    if kept.concerns:
        concerns = sorted(kept.concerns.values(), key=lambda c: (c.piece, c.rater))
        lines = [[getattr(c, name) for name in CONCERN_COLUMNS] for c in concerns]
        files[CONCERNS] = _text([CONCERN_COLUMNS, *lines])
    for rubric in rubrics:
        if sittings := kept.sittings.get(rubric.id):
            files[f"{RATINGS}{rubric.id}.csv"] = _text(rows_of(sittings.values(), rubric))
    if kept.notes:
        files[NOTES] = _text([NOTE_COLUMNS, *kept.notes])
    files[HISTORY] = _text([HISTORY_COLUMNS, *kept.history])
    return files


def _text(rows: Iterable[Sequence[str]]) -> str:
    """Lines as CSV that Excel, R and pandas read alike, and that can start nothing."""
    held = StringIO()
    writer = csv.writer(held, lineterminator="\n")
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
    return held.getvalue()


def table_from_text(text: str, name: str) -> TextTable:
    """A file of ours before it is written, as it will be read."""
    rows = list(csv.reader(StringIO(text)))
    columns = {key: [row[n] or None for row in rows[1:]] for n, key in enumerate(rows[0])}
    return TextTable(name, columns, [f"line {n}" for n in range(2, len(rows) + 1)])


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else brings anything into the folder meanwhile.

    Raises:
        UsageError: somebody does, or was cut off while doing so.
        FileError: the folder cannot be written to.
    """
    lock = folder / _LOCK
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        raise UsageError(
            f"{folder}: somebody is bringing files into this folder, or was cut off while doing "
            f"so. If nobody is, delete the file {_LOCK} in it and try again; nothing is half-done."
        ) from None
    except OSError as error:
        raise FileError(f"{folder}: cannot be written to: {error.strerror or error}.") from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def put_in_place(folder: Path, files: Mapping[str, str]) -> None:
    """Replace files, all of them or none.

    Raises:
        FileError: one cannot be written, for instance because it is open in Excel.
    """
    try:
        for name, text in files.items():
            half = folder / f".{name}{_PART}"
            half.write_text(text, encoding="utf-8-sig", newline="\n")
            if name in _OWN_EYES:
                half.chmod(0o600)
        held = folder / f"{_LIST}{_PART}"
        held.write_text("\n".join(files), encoding="utf-8", newline="\n")
        os.replace(held, folder / _LIST)  # noqa: PTH105 - from here on it will be finished
    except BaseException as error:
        if not (folder / _LIST).exists():
            _throw_away(folder)
        if isinstance(error, OSError):
            raise FileError(
                f"{folder}: cannot be written to: {error.strerror or error}. Nothing was changed."
            ) from None
        raise
    settle(folder)


def settle(folder: Path) -> None:
    """Finish a change that was cut off, or throw away what was not yet listed.

    Raises:
        FileError: a file of the folder is open in Excel.
    """
    listed = folder / _LIST
    if listed.is_file():
        try:
            for name in listed.read_text(encoding="utf-8").splitlines():
                half = folder / f".{name}{_PART}"
                if half.is_file() and Path(name).name == name:
                    os.replace(half, folder / name)  # noqa: PTH105 - atomic
            listed.unlink()
        except OSError as error:
            raise FileError(
                f"{folder}: {Path(str(error.filename or '')).name} cannot be replaced: "
                f"{error.strerror or error}. Close it in Excel and run the same command again; "
                "what came in is safe beside it."
            ) from None
    elif not (folder / _LOCK).exists():
        _throw_away(folder)


def _throw_away(folder: Path) -> None:
    for half in folder.glob(f".*{_PART}"):
        if half.is_file():
            half.unlink(missing_ok=True)
