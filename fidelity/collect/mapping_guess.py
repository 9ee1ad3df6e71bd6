"""A first draft of the description of somebody else's export, guessed from headings and answers.

What is sure is written down, what is likely is marked to be checked, and what is neither has to
be decided by hand: a question mark is refused when the description is used.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fidelity.collect import columns as cols
from fidelity.collect.answers import read_answer
from fidelity.collect.delimited import TextTable
from fidelity.collect.mapping import DAY_FIRST, FORMAT, IGNORED, UNDECIDED, Mapping, folded
from fidelity.collect.workbook_words import OPENING
from fidelity.rubric.model import Rubric

#: What exports call our columns.
_SYNONYMS = {
    "piece": "audit id, audit ref, audit reference, audit no, audit number, reference, record id, "
             "observation reference, audit or observation reference, sample id",
    "case": "case id, child id, person id, client id, family id, case ref, case reference, lcs id, "
            "mosaic id, liquidlogic id",
    "practitioner": "worker, worker id, social worker, allocated worker, allocated social worker, "
                    "practitioner id",
    "rater": "auditor, auditor id, audited by, completed by, reviewer, scored by, assessor, "
             "observer",
    "rater_role": "auditor role, role of auditor, role, in which role",
    "team": "team name, service, service area, unit",
    "date": "period end, date of practice, practice date, covers to, date of observation, "
            "observation date, date of the practice looked at",
    "rated_on": "audit date, date of audit, date audited, date completed, completed on, "
                "completion time, scored on",
    "minutes": "time taken, duration",
    "selection": "how chosen, sample type, how it was chosen",
    "plan_type": "type of plan, status, legal status, plan",
    "note": "comments, comment, notes, auditor comments, any other comments",
    "concern": "immediate concern, safeguarding concern, child at risk now, "
               "worried about a child now",
    IGNORED: "email, e mail, name, start time, last modified time, language, points, feedback, "
             "total points, quiz feedback, child name, date of birth, dob",
}  # fmt: skip
_CODES = {
    "NA": "n/a, na, not applicable, does not apply, not relevant",
    "NE": "no evidence, not evidenced, no evidence found, not seen, not recorded",
    "DK": "don't know, dont know, unsure, not known, rather not say, prefer not to say",
}
#: Headings that every export of Microsoft Forms has.
_FORMS = {"id", "start time", "completion time"}
_ALIKE, _MOST_TEXTS = 0.6, 200
_NUMBERED = re.compile(r"([0-9]{1,3})\s*(?:[-–—:.)]\s*|\s)(.*)", re.DOTALL)


@dataclass(frozen=True)
class Draft:
    """A draft: the description, and what to look at in it.

    Attributes:
        mapping: the description; "?" where nothing was recognised.
        guessed: headings that were recognised by likeness alone, and how like they are (0 to 1).
    """

    mapping: Mapping
    guessed: dict[str, float]

    @property
    def undecided(self) -> list[str]:
        """Headings and answers that have to be decided by hand."""
        open_columns = [h for h, ours in self.mapping.columns.items() if ours == UNDECIDED]
        texts = [text for (_, text), level in self.mapping.answers.items() if level == UNDECIDED]
        return open_columns + list(dict.fromkeys(texts))

    def to_yaml(self) -> str:
        """The description as a file, with what is to be checked marked in it."""
        return "\n".join(_lines(self)) + "\n"


def _plain(heading: str) -> str:
    """A heading as headings are compared: letters and digits, small, single spaces."""
    return " ".join(re.findall(r"[a-z0-9]+", heading.casefold().replace("'", "")))


_OURS = {
    **{_plain(word): ours for ours, words in _SYNONYMS.items() for word in words.split(", ")},
    **{_plain(words): key for key, (words, _) in OPENING.items()},
    **{_plain(name): name for name in cols.KNOWN - {*cols.LONG, cols.FORM}},
}
_CODE_OF = {folded(word): code for code, words in _CODES.items() for word in words.split(", ")}


def draft(table: TextTable, rubric: Rubric, sheet: str | None = None) -> Draft:
    """Draft the description of a table, for a rubric."""
    columns, guessed = _columns(table, rubric)
    answers: dict[tuple[str, str], str] = {}
    for heading, ours in columns.items():
        if ours in rubric.items:
            for text in list(dict.fromkeys(filter(None, table.columns[heading])))[:_MOST_TEXTS]:
                if read_answer(text, rubric.scale_of(ours)) is None:
                    answers[ours, folded(text)] = _level(text, rubric, ours)
    mapping = Mapping("mapping.yaml", rubric.id, columns, _general(answers, rubric), {},
                      DAY_FIRST, sheet)  # fmt: skip
    return Draft(mapping, guessed)


def forms_mapping(table: TextTable, rubric: Rubric) -> Mapping | None:
    """The description of an export of Microsoft Forms whose questions are those of the rubric.

    None where it is no such export, or where anything in it is not recognised for sure.
    """
    if not {_plain(heading) for heading in table.columns} >= _FORMS:
        return None
    found = draft(table, rubric)
    columns = {
        heading: IGNORED if _plain(heading) == "id" and "piece" in found.mapping.columns.values()
        else ours
        for heading, ours in found.mapping.columns.items()
    }  # fmt: skip
    kept = set(columns.values())
    if found.guessed or UNDECIDED in kept or UNDECIDED in found.mapping.answers.values():
        return None
    if not set(cols.REQUIRED) <= kept or not kept & set(rubric.items):
        return None
    return Mapping("the questions of the form", rubric.id, columns, found.mapping.answers)


def _columns(table: TextTable, rubric: Rubric) -> tuple[dict[str, str], dict[str, float]]:
    """What each column is; the surest first, and each of ours once."""
    sure = {heading: _sure(heading, rubric) for heading in table.columns}
    if "piece" not in sure.values():
        sure |= {heading: "piece" for heading in table.columns if _plain(heading) == "id"}
    columns: dict[str, str] = {}
    for heading, ours in sure.items():
        taken = ours != IGNORED and ours in columns.values()
        columns[heading] = UNDECIDED if taken or not ours else ours
    guessed: dict[str, float] = {}
    open_items = [item for item in rubric.items if item not in columns.values()]
    pairs = sorted(
        ((_likeness(heading, rubric, item), heading, item)
         for heading, ours in columns.items() if ours == UNDECIDED for item in open_items),
        reverse=True,
    )  # fmt: skip
    for likeness, heading, item in pairs:
        if likeness < _ALIKE:
            break
        if heading not in guessed and item not in columns.values():
            columns[heading], guessed[heading] = item, likeness
    return columns, guessed


def _sure(heading: str, rubric: Rubric) -> str:
    """Our name for a heading, or "" where it is not sure."""
    plain = _plain(heading)
    if plain in _OURS:
        return _OURS[plain]
    first = re.split(r"[\s.:)\-–—]", heading.strip(), maxsplit=1)[0].casefold()
    if first in rubric.items:
        return first
    for item, about in rubric.items.items():
        if plain in {_plain(item), _plain(about.text)}:
            return item
    return ""


def _likeness(heading: str, rubric: Rubric, item: str) -> float:
    return difflib.SequenceMatcher(None, _plain(heading), _plain(rubric.items[item].text)).ratio()


def _level(text: str, rubric: Rubric, item: str) -> str:
    """The level or code that a text seems to be, or a question mark."""
    scale = rubric.scale_of(item)
    plain = folded(text)
    code = _CODE_OF.get(plain)
    if code and code in scale.codes:
        return code
    by_label = {folded(level.label): str(level.value) for level in scale.levels}
    if plain in by_label:
        return by_label[plain]
    numbered = _NUMBERED.fullmatch(plain)
    if numbered and numbered[1] in by_label.values():
        label = numbered[2]
        meant = next(known for known, value in by_label.items() if value == numbered[1])
        if not label or meant.startswith(label) or label.startswith(meant):
            return numbered[1]
    return UNDECIDED


def _general(answers: dict[tuple[str, str], str], rubric: Rubric) -> dict[tuple[str, str], str]:
    """A text that means the same under every item on which it stands is said once."""
    meanings: dict[str, set[str]] = {}
    for (_, text), level in answers.items():
        meanings.setdefault(text, set()).add(level)
    return {
        (item if len(meanings[text]) > 1 else "", text): level
        for (item, text), level in answers.items()
    }


def _lines(found: Draft) -> Iterator[str]:
    mapping = found.mapping
    yield "# What the columns and answers of your export are. Look through it, above all where a"
    yield "# line says CHECK or has a question mark; ignored columns are not read."
    yield f"format: {FORMAT}"
    yield f"rubric: {mapping.rubric}"
    if mapping.sheet:
        yield f"sheet: {_quoted(mapping.sheet)}"
    yield f"dates: {mapping.dates}"
    yield "columns:"
    for heading, ours in mapping.columns.items():
        likeness = found.guessed.get(heading)
        note = f"  # CHECK: {likeness:.0%} alike" if likeness is not None else ""
        note = "  # which column or item, or ignored?" if ours == UNDECIDED else note
        yield f"  - {{column: {_quoted(heading)}, is: {_quoted(ours)}}}{note}"
    if mapping.answers:
        yield "answers:"
    for (item, text), level in mapping.answers.items():
        which = f", for: [{item}]" if item else ""
        note = "  # which level or code?" if level == UNDECIDED else ""
        yield f"  - {{given: {_quoted(text)}, is: {_quoted(level)}{which}}}{note}"
    needed = [name for name in cols.REQUIRED if name not in mapping.columns.values()]
    yield "always:" if needed else "#always:"
    yield from (f'  {name}: "?"  # no column was recognised' for name in needed)
    yield "#  rater_role: peer"


def _quoted(text: str) -> str:
    """A text as YAML takes it, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)
