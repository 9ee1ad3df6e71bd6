"""What may stand in a JSON record of a form, and everything that is wrong in one.

A record is small and its format is closed: unknown keys, keys that stand twice, values of the
wrong kind and characters that cannot be seen are refused, each by its place. See
`fidelity.collect.record` for the format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from fidelity.collect import columns as cols
from fidelity.collect.concerns import Concern, concerns_in
from fidelity.errors import Fault, FileError
from fidelity.rubric.checks import nearest
from fidelity.rubric.strict_yaml import cut

FORMAT, FORMAT_VERSION = "fidelity-record", 1
#: Limits: bytes of a file, rubrics and ratings of a sitting, letters of a word and of a note.
MAX_RECORD, MAX_RUBRICS, MAX_RATINGS, MAX_WORD, MAX_NOTE = 1_000_000, 20, 2_000, 200, 5_000
_ELSEWHERE = {*cols.REQUIRED, *cols.LONG, *cols.CONCERN, "reason", cols.NOTE, cols.FORM}
#: Keys by part: those that must be there, and those that may.
KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "record": (
        ("format", "format_version", "rubrics", "assessment", "ratings", "concern", "made_at"), (),
    ),
    "rubrics": (("id", "version", "fingerprint"), ("short",)),
    "assessment": (
        cols.REQUIRED,
        tuple(sorted(cols.KNOWN - _ELSEWHERE)),
    ),
    "ratings": (("rubric", "item", "value"), ("reason", "note")),
    "concern": ((), cols.CONCERN),
}  # fmt: skip
_MADE_AT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)
#: Characters that cannot be seen, or turn a line around: never in a reference.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_WORRIED = re.compile(r'"concern"\s*+:\s*+"?+(?!no\b|false\b|null\b|["{])', re.IGNORECASE)
_WHOLE = "a record as the form saves it"
_AGAIN = "save it again from the form, and change nothing in it by hand"


class ShapeError(Exception):
    """A part that is not of the kind it should be, so that nothing in it can be looked at."""

    def __init__(self, where: str, what: str) -> None:
        self.fault = Fault(where, what, _WHOLE, _AGAIN)


class _Number(str):
    """A number, as it was written: never turned into a binary fraction on its way."""


class _TwiceError(Exception):
    """A key that stands twice in one part."""


def parsed(text: str, name: str) -> Any:
    """JSON with numbers as they are written, no key twice, and no values that JSON lacks."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        part = dict(pairs)
        if len(part) < len(pairs):
            keys = [key for key, _ in pairs]
            raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
        return part

    def no_such(word: str) -> Any:
        raise ValueError(f"{word} is no JSON")

    why = ""
    try:
        return json.loads(
            text.lstrip("\ufeff").strip(), object_pairs_hook=once, parse_constant=no_such,
            parse_int=_Number, parse_float=_Number,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        why = f"it cannot be read from line {error.lineno} on"
    except _TwiceError as error:
        why = f'the key "{cut(str(error))}" stands twice in one part'
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
    worried = ""
    if _WORRIED.search(text):
        worried = (
            "OPEN CONCERN, PERHAPS: the file seems to tell of a worry about a child. Look into "
            "it now, and ask whoever scored it. This tool alerts nobody.\n"
        )
    raise FileError(
        f"{worried}{name}: no record of a form: {why}. It may be cut off, or changed by hand; "
        f"{_AGAIN}."
    )


def record_faults(found: Any, name: str) -> list[Fault]:
    """Everything that is wrong in a record, in the order of its parts."""
    record = _part(found, name, "record", name)
    if record.get("format") != FORMAT or str(record.get("format_version")) != str(FORMAT_VERSION):
        shown = f'"{cut(plain(record.get("format")))}" {cut(plain(record.get("format_version")))}'
        raise ShapeError(name, f"of the format {shown}, not {FORMAT} {FORMAT_VERSION}")
    faults = _keys(record, "record", name)
    rubrics = _rows(record, "rubrics", name, MAX_RUBRICS)
    ratings = _rows(record, "ratings", name, MAX_RATINGS)
    for n, stamp in enumerate(rubrics, start=1):
        where = f"{name}, rubric {n}"
        faults += _keys(stamp, "rubrics", where)
        if not isinstance(stamp.get("short", False), bool):
            faults.append(Fault(where, "short is neither true nor false", _WHOLE, _AGAIN))
        faults += _words({k: v for k, v in stamp.items() if k != "short"}, where, "rubrics")
    named = [plain(stamp.get("id")) for stamp in rubrics]
    if not named or len(set(named)) < len(named):
        faults.append(
            Fault(f"{name}, rubrics", "no rubric, or one of them twice", "each once", _AGAIN)
        )
    for key in ("assessment", "concern"):
        part = _part(record.get(key), f"{name}, {key}", key, name)
        faults += _keys(part, key, f"{name}, {key}") + _words(part, f"{name}, {key}", key)
    faults += _rating_faults(ratings, set(named), name)
    if not _MADE_AT.fullmatch(plain(record.get("made_at"))):
        allowed = "a day and a time, such as 2026-04-02T10:15:00"
        faults.append(Fault(f"{name}, made_at", "no day and time", allowed, _AGAIN))
    return faults


def _rating_faults(ratings: list[dict[str, Any]], rubrics: set[str], name: str) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[tuple[str, str]] = set()
    for n, row in enumerate(ratings, start=1):
        where = f"{name}, rating {n}"
        faults += _keys(row, "ratings", where) + _words(row, where, "ratings")
        at = (plain(row.get("rubric")), plain(row.get("item")))
        if at[0] not in rubrics:
            what = f'rubric "{cut(at[0])}", which the record does not name'
            faults.append(Fault(where, what, "one of its rubrics", _AGAIN))
        if at in seen:
            faults.append(Fault(where, f"item {cut(at[1])} stands twice", "each once", _AGAIN))
        seen.add(at)
    return faults


def _part(value: Any, where: str, kind: str, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ShapeError(where if where != name else name, f"no {kind} in it")
    return value


def _rows(record: Mapping[str, Any], key: str, name: str, most: int) -> list[dict[str, Any]]:
    rows = record.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ShapeError(f"{name}, {key}", "no list of parts")
    if len(rows) > most:
        raise ShapeError(f"{name}, {key}", f"{len(rows):,} of them; at most {most:,} are read")
    return rows


def _keys(part: Mapping[str, Any], kind: str, where: str) -> list[Fault]:
    """Keys that are missing, and keys that the format does not know."""
    needed, more = KEYS[kind]
    faults = [Fault(where, f'no "{key}"', _WHOLE, _AGAIN) for key in needed if key not in part]
    return faults + [
        Fault(where, f'the key "{cut(key)}"', "the keys of the format", nearest(key, known))
        for known in ((*needed, *more),)
        for key in part
        if key not in known
    ]


def _words(part: Mapping[str, Any], where: str, kind: str) -> list[Fault]:
    """Values that are no text, too long, or hold what cannot be seen."""
    faults = []
    for key, value in part.items():
        note = key == cols.NOTE
        text, most = plain(value), MAX_NOTE if note else MAX_WORD
        what = ""
        if not isinstance(value, str) or (isinstance(value, _Number) and key != "value"):
            what = f"{key} is not text"
        elif len(text) > most:
            what = f"{key} has {len(text):,} letters; at most {most:,} are read"
        elif UNSEEN.search(re.sub(r"[\t\n\r]", "", text) if note else text):
            what = f"{key} holds a character that cannot be seen"
        elif not text and kind in {"assessment", "rubrics"} and key in KEYS[kind][0]:
            what = f"{key} is blank"
        if what:
            faults.append(Fault(where, what, "text, as the form writes it", _AGAIN))
    return faults


def plain(value: Any) -> str:
    """Text without spaces around; "" for what is no text."""
    return str(value).strip() if isinstance(value, str) else ""


def worries(found: Any) -> Iterable[Concern]:
    """The concern of a record that is refused, as far as it can be made out."""
    if not isinstance(found, dict) or not isinstance(found.get("concern"), dict):
        return ()
    about = found.get("assessment")
    row = {**(about if isinstance(about, dict) else {}), **found["concern"]}
    if isinstance(row.get("concern"), bool):
        row["concern"] = "yes" if row["concern"] else "no"
    return concerns_in([row])
