"""One assessment as it is kept: in one spelling, so that the same content is known again.

"3.0" and "3", 30/11/2026 and 2026-11-30, "Line manager" and line_manager are the same. What an
assessment says is told by a digest of what is left; notes and concerns, which may be added to
later, are kept apart from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from fidelity.collect import columns as cols
from fidelity.collect.answers import read_answer, read_date
from fidelity.collect.delimited import TextTable
from fidelity.rubric.model import Rubric

_Cells = dict[str, str | None]
_Said = Mapping[str, str | None]
#: What an empty cell means, and so is not kept.
_UNSAID = {"purpose": "routine", cols.FORM: "full"}
_NOT_ABOUT = frozenset({*cols.LONG, *cols.CONCERN, "reason", cols.NOTE, "rubric", "rubric_version"})
#: Columns in the order in which they are written; others follow as they came.
ORDER = (
    "piece", "rater", "rater_role", "date", "covers_from", "covers_to", "rated_on", "minutes",
    "purpose", "selection", "stratum", "case", "practitioner", "team", "authority", "source",
    "with_practitioner", "plan_type", "stage", "age_band", "years_in_role", "phase", cols.FORM,
)  # fmt: skip


@dataclass(frozen=True)
class Sitting:
    """One assessment with one rubric.

    Attributes:
        rubric: id of the rubric.
        version: its version.
        about: what is known of the assessment, by column; nothing blank.
        answers: level or code by item; what is not answered is left out.
        reasons: why an item does not apply, by item.
        place: where it came from, for messages.
    """

    rubric: str
    version: str
    about: Mapping[str, str]
    answers: Mapping[str, str]
    reasons: Mapping[str, str] = field(default_factory=dict)
    place: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """What names the assessment, as the gate has it."""
        again = self.about.get("rated_on", "") if self.about.get("purpose") == "benchmark" else ""
        about = (self.about[name] for name in cols.REQUIRED)
        form = self.about.get(cols.FORM, "")
        return (self.rubric, *about, self.about.get("rater_role", ""), again, form)

    @property
    def name(self) -> str:
        """The assessment in a message."""
        role = self.about.get("rater_role")
        return f'piece "{self.about["piece"]}" by "{self.about["rater"]}"' + (
            f" as {role}" if role else ""
        )

    @cached_property
    def digest(self) -> str:
        """The same for the same content."""
        content = [self.version, self.about, self.answers, self.reasons]
        text = json.dumps(content, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def differences(self, other: Sitting) -> list[str]:
        """What is other in another sitting of the same key, in words."""
        parts = ((self.answers, other.answers), (self.about, other.about),
                 (self.reasons, other.reasons))  # fmt: skip
        told = [] if self.version == other.version else [f"version {other.version}"]
        for mine, theirs in parts:
            for name in dict.fromkeys([*mine, *theirs]):
                old, new = mine.get(name, "blank"), theirs.get(name, "blank")
                told += [f"{name} {old} there, {new} here"] if old != new else []
        return told


def by_form(table: TextTable) -> list[TextTable]:
    """Full and short forms apart, since the gate reads each by itself."""
    forms = [_one_spelling(cols.FORM, cell or "") for cell in table.columns.get(cols.FORM, ())]
    short = [n for n, form in enumerate(forms) if form == "short"]
    if not short or len(short) == len(forms):
        return [table]
    full = [n for n, form in enumerate(forms) if form != "short"]
    return [_rows_of(table, rows) for rows in (full, short)]


def _rows_of(table: TextTable, rows: list[int]) -> TextTable:
    return replace(
        table,
        columns={name: [cells[n] for n in rows] for name, cells in table.columns.items()},
        places=[table.places[n] for n in rows],
        reasons={item: [texts[n] for n in rows] for item, texts in table.reasons.items()},
    )


def sittings_of(table: TextTable, rubric: Rubric) -> list[Sitting]:
    """The assessments of a table that has passed the gate, in its order."""
    long = all(name in table.columns for name in cols.LONG)
    return list(_long(table, rubric) if long else _wide(table, rubric))


def _wide(table: TextTable, rubric: Rubric) -> Iterator[Sitting]:
    items = [item for item in rubric.items if item in table.columns]
    about = [name for name in table.columns if name not in _NOT_ABOUT | set(rubric.items)]
    for n, place in enumerate(table.places):
        said = {name: table.columns[name][n] for name in about}
        answers = {item: table.columns[item][n] for item in items}
        reasons = {item: texts[n] for item, texts in table.reasons.items()}
        yield _sitting(said, answers, reasons, rubric, f"{table.name} {place}")


def _long(table: TextTable, rubric: Rubric) -> Iterator[Sitting]:
    """Rows put together by what names their assessment; what one row says holds for all."""
    names = [name for name in table.columns if name not in _NOT_ABOUT]
    told = table.columns.get("reason", [None] * len(table.places))
    keyed = [name for name in (*cols.REQUIRED, "rater_role", cols.FORM) if name in names]
    occasions = _occasions(table)
    groups: dict[tuple[str | None, ...], tuple[str, _Cells, _Cells, _Cells]] = {}
    for n, item in enumerate(table.columns["item"]):
        key = (*(table.columns[name][n] for name in keyed), occasions[n])
        group = groups.setdefault(key, (f"{table.name} {table.places[n]}", {}, {}, {}))
        _, said, answers, reasons = group
        for name in names:
            if name not in said and (cell := table.columns[name][n]):
                said[name] = cell
        if item in rubric.items:
            answers[str(item)] = table.columns["value"][n]
            reasons[str(item)] = told[n]
    for place, said, answers, reasons in groups.values():
        yield _sitting(said, answers, reasons, rubric, place)


def _occasions(table: TextTable) -> list[str | None]:
    """When a benchmark piece was scored, which may be scored again; None for all else."""
    nothing: list[str | None] = [None] * len(table.places)
    days, purposes = (table.columns.get(name, nothing) for name in ("rated_on", "purpose"))
    return [
        day if (purpose or "").strip().casefold() == "benchmark" else None
        for day, purpose in zip(days, purposes, strict=True)
    ]


def _sitting(said: _Said, answers: _Said, reasons: _Said, rubric: Rubric, place: str) -> Sitting:
    about = {name: _one_spelling(name, text or "") for name, text in said.items()}
    kept = {name: text for name, text in about.items() if text and text != _UNSAID.get(name)}
    levels = {
        item: text for item in rubric.items if (text := _level(answers.get(item), rubric, item))
    }
    why = {item: text for item, text in reasons.items() if text}
    return Sitting(rubric.id, rubric.version, kept, levels, why, place)


def _one_spelling(name: str, text: str) -> str:
    """A cell as it is kept."""
    text = text.strip()
    if name in cols.VOCABULARIES:
        return text.lower().replace(" ", "_").replace("-", "_")
    if name in cols.DATES and (day := read_date(text)):
        return day.isoformat()
    if name in cols.NUMBERS and text:
        return f"{float(text):g}"
    return text


def _level(text: str | None, rubric: Rubric, item: str) -> str:
    """An answer as it is kept: 3 and not 3.0, NA and not n/a."""
    scale = rubric.scale_of(item)
    answer = read_answer(text or "", scale)
    if answer is None or answer.level is None:
        return (answer.code if answer else None) or ""
    value = Fraction(answer.level, scale.unit)
    return str(int(value)) if value.denominator == 1 else f"{float(value):.6g}"


def about_columns(sittings: Iterable[Sitting]) -> list[str]:
    """The columns that any of the sittings fills, in their order."""
    found = {name for sitting in sittings for name in sitting.about}
    known = [name for name in ORDER if name in found or name in cols.REQUIRED]
    return known + sorted(found - set(ORDER))


def rows_of(sittings: Iterable[Sitting], rubric: Rubric) -> Iterator[list[str]]:
    """The lines of a file of ratings, heading first: a row an answer, sorted."""
    given = sorted(sittings, key=lambda sitting: sitting.key)
    columns = about_columns(given)
    reasons = ["reason"] if any(sitting.reasons for sitting in given) else []
    yield ["rubric_version", *columns, "item", "value", *reasons]
    first = next(iter(rubric.must_haves or rubric.items))  # stands in a short form too
    for sitting in given:
        about = [sitting.version, *(sitting.about.get(name, "") for name in columns)]
        for item in [i for i in rubric.items if i in sitting.answers] or [first]:
            told = [sitting.reasons.get(item, "")] if reasons else []
            yield [*about, item, sitting.answers.get(item, ""), *told]
