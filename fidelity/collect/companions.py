"""What stands beside ratings: training, measures, lists and frames of a draw, and events.

Each table has a short specification below and comes through one gate: typed columns out, every
fault at once, nothing half-read. Columns that a specification does not name are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from fidelity.collect.answers import SPACES, is_day_first, read_date
from fidelity.collect.attributes import text_of_day
from fidelity.collect.delimited import DELIMITED, read_delimited
from fidelity.collect.engines import PARQUET, collected, frame_of, read_parquet
from fidelity.collect.guards.checkout import keep_out_of_git
from fidelity.collect.plain_sheet import read_plain_sheet
from fidelity.collect.source import ROW, Source
from fidelity.errors import Fault, FileError, RatingsError
from fidelity.rubric.checks import nearest
from fidelity.rubric.places import sample_data_folder

#: Made-up samples that may be read by name.
SAMPLES = ("large", "small")
#: A fault and the number of its row, by which faults are put in order.
Placed = tuple[int, Fault]
#: What else is wrong with a typed table.
Check = Callable[[pd.DataFrame, Source], list[Placed]]
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: its heading.
        kind: what stands in it; numbers are not negative.
        required: whether the column must be there, with no cell left blank.
        there: whether the column must be there, though cells may be blank.
        words: the words that may stand in it; any, if empty.
        at_most: a column whose number it may not exceed.
    """

    name: str
    kind: Literal["text", "date", "number", "whole"] = "text"
    required: bool = False
    words: tuple[str, ...] = ()
    at_most: str = ""
    there: bool = False


@dataclass(frozen=True)
class Spec:
    """A table: its columns, and those that together stand in one row only."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


TRAINING = Spec(
    "training",
    (
        Column("practitioner", required=True),
        Column("team"),
        Column("date", "date", required=True),
        Column("programme", required=True),
        Column("kind"),
        Column("days", "number"),
        Column("test_score", "number", at_most="test_max"),
        Column("test_max", "number"),
    ),
    key=("practitioner", "date", "programme", "kind"),
)
MEASURES = Spec(
    "measures",
    (
        Column("measure", required=True),
        Column("subject_kind", required=True, words=("case", "practitioner", "team", "authority")),
        Column("subject", required=True),
        Column("date", "date", required=True),
        Column("part"),
        Column("numerator", "number", required=True),
        Column("denominator", "number"),
    ),
    key=("measure", "subject_kind", "subject", "date", "part"),
)
FRAME = Spec(
    "frame",
    (Column("stratum", required=True), Column("N", "whole", required=True)),
    key=("stratum",),
)
CASES = Spec(
    "cases",
    (
        Column("case", required=True),
        Column("practitioner"),
        Column("team"),
        Column("plan_type"),
        Column("family"),
        Column("audited_on", "date"),
    ),
    key=("case",),
)
PRACTITIONERS = Spec(
    "practitioners",
    (Column("practitioner", required=True), Column("team")),
    key=("practitioner",),
)
EVENTS = Spec(
    "events",
    (Column("date", "date", required=True), Column("what", required=True)),
    key=("date", "what"),
)


def read_training(table: Any) -> pd.DataFrame:
    """Read who was trained, when and in what.

    Args:
        table: the path of a CSV or Parquet file, of a folder that holds training.csv, "large" or
            "small" for a made-up sample, or a table of any engine, with the columns
            practitioner, date and programme, and perhaps team, kind, days, test_score, test_max.

    Returns:
        These columns (those not given are empty), typed, and then any others. What was noticed
        on reading stands in `.attrs["notes"]`.

    Raises:
        FileError: the file cannot be opened or decoded.
        RatingsError: every fault, with file, line, column, value and what is allowed.
    """
    return read_checked(table, TRAINING)


def read_measures(table: Any) -> pd.DataFrame:
    """Read counts that are kept anyway: caseload, supervision held, use of time.

    Args:
        table: path or table with the columns measure, subject_kind (case, practitioner, team or
            authority), subject, date and numerator; denominator for a share or a rate; part for
            a composition, which has one row a part. See `read_training` for the rest.
    """
    return read_checked(table, MEASURES)


def read_frame(table: Any) -> pd.DataFrame:
    """Read how many pieces each stratum holds, from which a stratified draw was made.

    Args:
        table: path or table with the columns stratum and N. See `read_training` for the rest.
    """
    return read_checked(table, FRAME)


def read_cases(table: Any) -> pd.DataFrame:
    """Read the list of open cases from which audits are drawn: references, never names.

    Args:
        table: path or table with the column case (one child's record), and perhaps practitioner,
            team, plan_type, family (siblings share it) and audited_on (when it was last audited).
            See `read_training` for the rest.
    """
    return read_checked(table, CASES)


def read_practitioners(table: Any) -> pd.DataFrame:
    """Read who is in post, in the order in which the list is kept: references, never names.

    Args:
        table: path or table with the columns practitioner and perhaps team. See `read_training`
            for the rest.
    """
    return read_checked(table, PRACTITIONERS)


def read_events(table: Any) -> pd.DataFrame:
    """Read what happened and when: an inspection, a leader leaving, a new recording system.

    Args:
        table: path or table with the columns date and what. See `read_training` for the rest.
    """
    return read_checked(table, EVENTS)


def read_checked(table: Any, spec: Spec, also: Check = lambda _, __: []) -> pd.DataFrame:
    """Read a table by its specification.

    Args:
        table: path or table; see `read_training`.
        spec: its columns.
        also: further faults of the typed table, each with the number of its row.

    Raises:
        FileError, RatingsError: see `read_training`.
    """
    native, source = _taken(table, spec)
    given = collected(frame_of(native, source.name, f"fidelity.read_{spec.name}(path)"))
    notes = list(source.notes)
    faults = _headings(given, spec, source)
    typed: dict[str, pd.Series[Any]] = {}
    for column in spec.columns:
        values = given.pop(column.name.lower()) if column.name.lower() in given else None
        typed[column.name] = _typed(values, len(given), column, source, faults, notes)
    found = pd.DataFrame(typed)
    faults += _too_much(found, spec, source) + _twice(found, spec, source) + also(found, source)
    if faults:
        in_order = sorted(faults, key=lambda placed: placed[0])
        raise RatingsError(source.name, [fault for _, fault in in_order])
    found = found.assign(**{str(name): given[name] for name in given})
    found.attrs["notes"] = tuple(notes)
    first = spec.columns[0].name
    found.attrs["places"] = tuple(source.where({ROW: row}, first) for row in range(len(found)))
    return found


def _taken(table: Any, spec: Spec) -> tuple[Any, Source]:
    """A table of some engine, and where it came from."""
    if not isinstance(table, str | Path):
        return table, Source(spec.name)
    path = sample_data_folder() / table if str(table) in SAMPLES else Path(table)
    path = path / f"{spec.name}.csv" if path.is_dir() else path
    keep_out_of_git(path)
    if path.suffix.lower() in PARQUET:
        return read_parquet(path), Source(path.name)
    if path.suffix.lower() in DELIMITED or path.suffix.lower() == ".xlsx":
        text = read_plain_sheet(path) if path.suffix.lower() == ".xlsx" else read_delimited(path)
        frame = pd.DataFrame(text.columns, dtype="string")
        return frame, Source(text.name, text.places, text.letters, text.notes)
    raise FileError(
        f"{path.name}: {spec.name} is read from .csv, .tsv, .xlsx or .parquet. From another "
        "program, save it as 'CSV UTF-8'."
    )


def _headings(given: pd.DataFrame, spec: Spec, source: Source) -> list[Placed]:
    names = [str(name) for name in given.columns]
    allowed = "columns " + ", ".join(column.name for column in spec.columns)
    return [
        (-1, Fault(f"{source.name}, headings", f'no column "{column.name}"', allowed,
                   nearest(column.name, names) if names else "add it"))
        for column in spec.columns
        if (column.required or column.there) and column.name.lower() not in names
    ]  # fmt: skip


def _typed(
    given: pd.Series[Any] | None, rows: int, column: Column, source: Source,
    faults: list[Placed], notes: list[str],
) -> pd.Series[Any]:  # fmt: skip
    """The values of a column in its own type; what cannot be read is a fault."""
    convert, dtype, allowed = _KINDS[column.kind]
    if given is None:
        return pd.Series([None] * rows, dtype=dtype)
    texts = [_text(value) for value in given]
    read = {text: convert(text) for text in set(texts) if text}
    if column.words:
        allowed = ", ".join(column.words)
        read = {text: _word(text, column.words) for text in read}
    if column.kind == "date" and any(is_day_first(text) for text in read):
        notes.append(f"{source.name}: {column.name} was read with the day first (31/12/2026).")
    for row, text in enumerate(texts):
        where = source.where({ROW: row}, column.name)
        if text and read[text] is None:
            remedy = nearest(text, column.words) if column.words else "correct it"
            faults.append((row, Fault(where, f'{column.name} "{text}"', allowed, remedy)))
        elif not text and column.required:
            faults.append((row, Fault(where, f"no {column.name}", allowed, "fill it in")))
    values = [read[text] if text else None for text in texts]
    return pd.Series(values, dtype=object).astype(pd.api.types.pandas_dtype(dtype))


def _text(value: Any) -> str:
    """A value as it would be written: 7 and not 7.0, a day without midnight; "" if missing."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text_of_day(value).strip(SPACES)


def _word(text: str, words: tuple[str, ...]) -> str | None:
    """One of the words, however it was spelled: "Line manager" is line_manager."""
    tidy = text.lower().replace(" ", "_").replace("-", "_")
    return tidy if tidy in words else None


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _whole(text: str) -> int | None:
    number = _number(text)
    return int(number) if number is not None and number.is_integer() else None


#: How each kind is read, the type of its column, and what is allowed.
_KINDS: Mapping[str, tuple[Callable[[str], Any], str, str]] = {
    "text": (str, "string", "text"),
    "date": (read_date, "datetime64[s]", "2026-11-30 or 30/11/2026, without a time"),
    "number": (_number, "float64", "a number from 0 on, without signs or thousands"),
    "whole": (_whole, "Int64", "a whole number from 0 on"),
}


def _too_much(table: pd.DataFrame, spec: Spec, source: Source) -> list[Placed]:
    """Numbers that exceed the one in the column that they may not exceed."""
    found = []
    for column in spec.columns:
        if not column.at_most:
            continue
        mine, most = table[column.name], table[column.at_most]
        for row in table.index[mine > most]:
            what = f"{column.name} {mine[row]:g} is more than {column.at_most} {most[row]:g}"
            where, remedy = source.where({ROW: row}, column.name), "correct one of the two"
            found.append((int(row), Fault(where, what, f"at most {column.at_most}", remedy)))
    return found


def _twice(table: pd.DataFrame, spec: Spec, source: Source) -> list[Placed]:
    """Rows whose key stands in an earlier row."""
    keys = list(spec.key)
    required = [column.name for column in spec.columns if column.required and column.name in keys]
    whole = table[table[required].notna().all(axis=1)]
    what = f"the same {', '.join(keys)} as in a row above"
    remedy = "delete one, or add up what belongs together"
    return [
        (int(row), Fault(source.where({ROW: row}, keys[0]), what, "one row each", remedy))
        for row in whole.index[whole.duplicated(keys)]
    ]
