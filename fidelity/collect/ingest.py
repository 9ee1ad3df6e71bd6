"""Audits come in: many files of many kinds into one folder, each whole or not at all.

What is there already is not taken twice. The same assessment with other content is a conflict: it
is listed and refused, until somebody says that the new one is right. Whoever reads the summary
reads of children at risk first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fidelity.collect import columns as cols
from fidelity.collect.concerns import Concern
from fidelity.collect.data_folder import (
    Kept,
    alone,
    files_of,
    put_in_place,
    read_kept,
    table_from_text,
)
from fidelity.collect.guards.names import NameList
from fidelity.collect.guards.pseudonyms import USUAL, Key
from fidelity.collect.guards.references import scan_notes
from fidelity.collect.intake import ENDINGS, RECORDS, How, Incoming, read_incoming, sound_together
from fidelity.collect.mapping import Mapping as ColumnMapping
from fidelity.collect.ratings import from_text
from fidelity.collect.sittings import Sitting, by_form
from fidelity.errors import Fault, FidelityError, RatingsError, UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from fidelity.rubric.strict_yaml import cut

_LOCK = "~$"
#: Differences between two scorings that a message names.
_NAMED = 6
_URGENT = "OPEN CONCERN, "
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file.

    Attributes:
        path: the file.
        new: assessments that came in, by rubric id.
        there: assessments that were there already.
        replaced: assessments that took the place of others, as was asked.
        refused: why it was refused; None where it was taken.
        said: what was noticed in it.
    """

    path: Path
    new: Mapping[str, int] = field(default_factory=dict)
    there: int = 0
    replaced: int = 0
    refused: FidelityError | None = None
    said: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What became of it, in one sentence."""
        if self.refused is not None:
            return f"{self.path.name}: refused; nothing of it came in."
        told = [f"{_count(n, 'new assessment')} of {rubric}" for rubric, n in self.new.items() if n]
        told += [f"{_count(self.replaced, 'assessment')} replaced"] if self.replaced else []
        told += [f"{self.there:,} there already"] if self.there else []
        return f"{self.path.name}: {', '.join(told) or 'nothing in it'}."


@dataclass(frozen=True)
class Ingested:
    """What came in, and what did not.

    Attributes:
        folder: where it is kept.
        files: what became of each file, in their order.
        concerns: every concern in the files and in the folder, those not passed on first.
        said: warnings about notes.
        changed: whether anything in the folder changed.
    """

    folder: Path
    files: tuple[FileOutcome, ...]
    concerns: tuple[Concern, ...]
    said: tuple[str, ...]
    changed: bool

    @property
    def ok(self) -> bool:
        """Whether every file was taken."""
        return all(found.refused is None for found in self.files)

    @property
    def open_concerns(self) -> tuple[str, ...]:
        """The open concerns in words, those of refused files too."""
        told = [str(concern) for concern in self.concerns if concern.open]
        for found in self.files:
            told += [line for line in str(found.refused or "").splitlines() if _is_concern(line)]
        return tuple(sorted(dict.fromkeys(told), key=lambda text: not text.startswith(_URGENT)))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The summary: open concerns, what came in, what was refused and why, what was noticed."""
        taken = [found for found in self.files if found.refused is None]
        refused = [found for found in self.files if found.refused is not None]
        new = sum(sum(found.new.values()) for found in taken)
        told = list(self.open_concerns)
        told.append(
            f"{_count(new, 'new assessment')} from {_count(len(taken), 'file')}; "
            f"{_count(len(refused), 'file')} refused."
        )
        told += [found.sentence for found in taken]
        told += [_why(found) for found in refused]
        told += dict.fromkeys(text for found in taken for text in found.said)
        return (*told, *self.said)

    def __repr__(self) -> str:
        return "\n".join(self.sentences)


def _why(found: FileOutcome) -> str:
    """Why a file was refused; its concerns have been told before."""
    lines = [line for line in str(found.refused).splitlines() if not _is_concern(line)]
    return "\n".join([found.sentence, *lines])


def _is_concern(line: str) -> bool:
    return line.startswith("OPEN CONCERN")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def ingest(
    paths: Iterable[str | Path],
    into: str | Path,
    *,
    rubrics: Sequence[Rubric | str] = (),
    mapping: ColumnMapping | None = None,
    names: NameList | None = None,
    key: Key | None = None,
    pseudonyms: Sequence[str] = USUAL,
    correct: bool = False,
    progress: Progress | None = None,
) -> Ingested:
    """Bring files into a folder of ratings.

    Args:
        paths: workbooks (.xlsx), records of forms (.json), CSV files; and folders of them.
        into: the folder in which ratings are kept; made if there is none.
        rubrics: rubrics for files that do not name their own, and rubrics of your own.
        mapping: what the columns of your own export are (`fidelity.collect.mapping`).
        names: your own list of names, which references and notes are searched for.
        key: turn references into pseudonyms with this key.
        pseudonyms: the columns that are turned.
        correct: an assessment that is there with other content is replaced, not refused.
        progress: told the number of the file, how many there are, and its name.

    Returns:
        What became of each file. Files are taken whole or refused whole; the folder changes in
        one step at the end, or not at all.

    Raises:
        UsageError: no files, or somebody else is bringing files into the folder.
        FileError: the folder cannot be read or written.
    """
    folder = Path(into)
    known = [read_rubric(one) if isinstance(one, str) else one for one in rubrics]
    how = How({rubric.id: rubric for rubric in known}, mapping, names, key, tuple(pseudonyms))
    found = files_in(paths, folder)
    with alone(folder):
        kept = read_kept(folder, _possible(folder, known))
        return _Run(folder, how, kept, correct).over(found, progress)


def files_in(paths: Iterable[str | Path], folder: Path) -> list[Path]:
    """The files to bring in, each once; those of a folder by name.

    Raises:
        UsageError: a path that there is not, or nothing to bring in.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if path.is_dir():
            if path.resolve() == folder.resolve():
                raise UsageError(f"{path}: this is the folder in which ratings are kept.")
            inside = (p for p in sorted(path.iterdir()) if p.suffix.lower() in ENDINGS)
            found |= dict.fromkeys(p for p in inside if not p.name.startswith((".", _LOCK)))
        elif path.exists():
            found[path] = None
        else:
            raise UsageError(f"{path}: there is no such file or folder.")
    if not found:
        where = ", ".join(str(path) for path in paths)
        raise UsageError(
            f"No files to bring in from {where}. They end in {', '.join(sorted(ENDINGS))}."
        )
    return list(found)


def _possible(folder: Path, known: Sequence[Rubric]) -> list[Rubric]:
    """The rubrics of which the folder may hold ratings."""
    ours = {rubric.id: rubric for rubric in known}
    for name in rubric_ids():
        if name not in ours and (folder / f"ratings_{name}.csv").is_file():
            ours[name] = read_rubric(name)
    return list(ours.values())


class _Run:
    """One run over files: what is kept so far, and what became of each file."""

    def __init__(self, folder: Path, how: How, kept: Kept, correct: bool) -> None:
        self.folder, self.how, self.kept, self.correct = folder, how, kept, correct
        self.rubrics: dict[str, Rubric] = {}
        self.concerns: dict[Concern, None] = {}
        self.notes: list[str] = []
        self.changed = False
        self.sound: frozenset[Path] = frozenset()
        self.pieces: dict[str, dict[str, str]] = {}
        for sittings in kept.sittings.values():
            for sitting in sittings.values():
                self._remember(sitting)

    def over(self, paths: Sequence[Path], progress: Progress | None) -> Ingested:
        """Read every file, then change the folder once."""
        outcomes = []
        forms = [path for path in paths if path.suffix.lower() in RECORDS]
        self.sound = sound_together(forms, self.how) if len(forms) > 1 else frozenset()
        for n, path in enumerate(paths, start=1):
            if progress:
                progress(n, len(paths), path.name)
            outcomes.append(self._file(path))
        if self.changed:
            mine = [*self.rubrics.values()]
            files = files_of(self.kept, mine)
            for rubric in mine:  # what is about to be written can be read, or nothing is written
                name = f"ratings_{rubric.id}.csv"
                if name in files:
                    for table in by_form(table_from_text(files[name], name)):
                        from_text(table, rubric)
            put_in_place(self.folder, files)
        concerns = dict.fromkeys([*self.concerns, *self.kept.concerns.values()])
        told = [scan_notes(self.notes, self.how.names).sentence, _in_git(self.folder)]
        return Ingested(self.folder, tuple(outcomes), _latest(concerns),
                        tuple(filter(None, told)), self.changed)  # fmt: skip

    def _file(self, path: Path) -> FileOutcome:
        try:
            incoming = read_incoming(path, self.how, path in self.sound)
        except FidelityError as error:
            return FileOutcome(path, refused=error)
        self.concerns |= dict.fromkeys(incoming.concerns)
        faults = self._against_kept(incoming)
        if faults:
            return FileOutcome(path, refused=RatingsError(path.name, faults))
        return self._take(path, incoming)

    def _against_kept(self, incoming: Incoming) -> list[Fault]:
        """Conflicts with what is there, and what is said otherwise of the same piece."""
        faults = []
        pieces: dict[str, dict[str, str]] = {}
        seen: set[tuple[str, ...]] = set()
        for sitting in incoming.sittings:
            if sitting.key in seen:
                faults.append(_twice(sitting))
            seen.add(sitting.key)
            there = self.kept.sittings.get(sitting.rubric, {}).get(sitting.key)
            if there and there.digest != sitting.digest and not self.correct:
                faults.append(_conflict(there, sitting))
            piece = sitting.about["piece"]
            said = {**self.pieces.get(piece, {}), **pieces.get(piece, {})}
            mine = {name: sitting.about[name] for name in cols.PIECE if name in sitting.about}
            if not (self.correct and there):
                faults += [
                    _otherwise(sitting, name, said[name], text)
                    for name, text in mine.items()
                    if said.get(name, text) != text
                ]
            pieces.setdefault(piece, {}).update(mine)
        return faults

    def _take(self, path: Path, incoming: Incoming) -> FileOutcome:
        new = dict.fromkeys(incoming.rubrics, 0)
        there = replaced = 0
        for sitting in incoming.sittings:
            kept = self.kept.sittings.setdefault(sitting.rubric, {})
            old = kept.get(sitting.key)
            kept[sitting.key] = sitting
            self._remember(sitting)
            if old is None:
                new[sitting.rubric] += 1
            elif old.digest == sitting.digest:
                there += 1
            else:
                replaced += 1
        notes = [note for note in incoming.notes if note not in self.kept.notes]
        self.kept.notes |= dict.fromkeys(notes)
        self.notes += [note[-1] for note in incoming.notes]
        concerned = self._concern(incoming.concerns)
        self.rubrics |= incoming.rubrics
        if any(new.values()) or replaced or notes or concerned:
            self.changed = True
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            self.kept.history += [
                (date.today().isoformat(), path.name, digest, rubric.id, rubric.version,
                 str(new[rubric.id]), str(there))
                for rubric in incoming.rubrics.values()
            ]  # fmt: skip
        return FileOutcome(path, new, there, replaced, None, incoming.said)

    def _concern(self, concerns: Iterable[Concern]) -> bool:
        """Keep what is furthest along of each concern; whether anything changed."""
        changed = False
        for concern in concerns:
            key = (concern.piece, concern.rater)
            old = self.kept.concerns.get(key)
            newer = concern if old is None or _further(concern, old) else old
            changed = changed or newer != old
            self.kept.concerns[key] = newer
        return changed

    def _remember(self, sitting: Sitting) -> None:
        said = {name: sitting.about[name] for name in cols.PIECE if name in sitting.about}
        self.pieces.setdefault(sitting.about["piece"], {}).update(said)


def _in_git(folder: Path) -> str:
    """A warning where the folder could be published with a checkout around it."""
    inside = any(
        (above / ".git").exists() for above in (folder.resolve(), *folder.resolve().parents)
    )
    return (
        f"{folder} lies inside a git checkout, and could be published with it. Keep real ratings "
        "elsewhere."
        if inside
        else ""
    )


def _further(new: Concern, old: Concern) -> bool:
    """Whether a concern has been passed on or closed since."""
    steps = [(c.escalated_on != "", c.escalated_to != "", c.closed_on != "") for c in (new, old)]
    return sum(steps[0]) > sum(steps[1])


def _latest(concerns: Iterable[Concern]) -> tuple[Concern, ...]:
    """Each concern once, as far along as is known; those not passed on first."""
    found: dict[tuple[str, str], Concern] = {}
    for concern in concerns:
        key = (concern.piece, concern.rater)
        if key not in found or _further(concern, found[key]):
            found[key] = concern
    order = sorted(found.values(), key=lambda c: (not c.open, bool(c.escalated_on), c.piece))
    return tuple(order)


def _conflict(there: Sitting, new: Sitting) -> Fault:
    told = there.differences(new)
    more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return Fault(
        new.place,
        f"{new.name} is there already with other content: {'; '.join(told[:_NAMED])}{more}",
        "the same content, or another reference",
        "find out which is right; if it is this one, bring it in with --correct",
    )


def _twice(sitting: Sitting) -> Fault:
    return Fault(sitting.place, f"{sitting.name} stands twice", "each assessment once",
                 "delete one, or correct its reference")  # fmt: skip


def _otherwise(sitting: Sitting, name: str, there: str, here: str) -> Fault:
    return Fault(
        sitting.place,
        f'{name} of piece "{cut(sitting.about["piece"])}" is "{cut(here)}", and elsewhere '
        f'"{cut(there)}"',
        "one value for a piece, whoever scored it",
        "correct one of the two",
    )
