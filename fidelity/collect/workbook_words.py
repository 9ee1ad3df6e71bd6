"""What a workbook says: its headings, the messages beside cells, the first sheet, the levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fidelity.collect.concerns import QUESTION
from fidelity.results import PURPOSE
from fidelity.rubric.model import CODES, Item, Rubric

#: The columns before the items: key, heading, and the message beside the cell.
OPENING: Mapping[str, tuple[str, str]] = {
    "concern": ("Worried about a child now? (yes or no)", QUESTION),
    "escalated_on": ("Concern passed on, date", "The day on which you passed the concern on."),
    "escalated_to": ("Concern passed on, to which role", "A role, such as team manager. No names."),
    "closed_on": ("Concern closed, date", "Leave blank while it is open."),
    "piece": (
        "Audit or observation reference",
        "The same, whoever scores it. No names, dates of birth, NHS or pupil numbers.",
    ),
    "rater": ("Scored by", "The same short code each time, not a name."),
    "rater_role": ("In which role", "Choose agreed for the score settled after moderation."),
    "date": ("Date of the practice looked at", "The last day that was looked at."),
    "purpose": (
        "Purpose",
        "Blank: routine. double: scored by a second person. benchmark: a piece with agreed scores.",
    ),
    "selection": ("How it was chosen", "Only random and stratified draws speak for the whole."),
    "stratum": ("Stratum", "The part of the service it was drawn from, if drawn by strata."),
    "case": ("Case", "A local code for the family, not a name."),
    "practitioner": ("Practitioner", "A local code, not a name."),
    "team": ("Team", "The team that did the work."),
    "plan_type": ("Plan type", "Such as child in need, child protection, looked after."),
    "stage": ("Stage", "Such as assessment, review, closing."),
    "with_practitioner": (
        "With the practitioner?",
        "yes: scored together. no: from the file alone.",
    ),
    "rated_on": ("Scored on", "The day on which you scored it."),
    "minutes": ("Minutes", "How long the scoring took."),
}
NOTE_COLUMNS: Mapping[str, str] = {
    "rubric": "Rubric",
    "piece": "Audit or observation reference",
    "rater": "Scored by",
    "item": "Item",
    "note": "Note (no names; notes are never analysed and never leave your authority)",
}
_READ_ME = """
If Excel shows a bar that says Protected View, press Enable editing.

One row for each audit or observation and each person who scores it, on the sheet {sheets}. Begin
each row with the question about a child at risk.

Choose each answer from its list. The words of the levels stand beside the cell; their full
descriptions are on the sheet Levels. Choose the highest level that is met in full.

Codes: {codes}. Blank: not answered yet. These are four different things; the sheet Levels says
when each may be used.

No names, addresses, dates of birth, NHS or pupil numbers: use references that only your authority
can trace. Longer remarks go on the sheet Notes; they are never analysed.

Where an answer is NA, say why in the narrow column to its right, if there is one. Items that are
asked of other people than the role in the row are grey: leave them blank.

Colours: red is not an allowed answer, yellow is not answered yet, grey is NA or not asked.

Keep the grey words in row 3 and the names of the sheets as they are: the reader finds its way by
them. Save as .xlsx, close it, and send it back.

{purpose}
"""
_SILENCE = {
    "absent": "Here the record is the practice: no evidence counts as the lowest level.",
    "unknown": "Here no evidence is not scored.",
}


def read_me(rubrics: Sequence[Rubric], sheets: Sequence[str]) -> list[str]:
    """The lines of the first sheet, below the question about a child at risk."""
    codes = "; ".join(f"{code}: {meaning}" for code, meaning in CODES.items())
    text = _READ_ME.format(sheets=" or ".join(sheets), codes=codes, purpose=PURPOSE)
    lines = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    for rubric in rubrics:
        lines += [f"{rubric.title}, version {rubric.version}. {rubric.notice}", rubric.evidence]
    return lines


def heading(item: Item) -> str:
    """An item as its column is headed."""
    return f"{item.id.upper()}  {_marked(item)}"


def reason_heading(item: Item) -> str:
    """How the column beside an item is headed."""
    return f"{item.id.upper()}: if NA, why"


def _marked(item: Item) -> str:
    """An item's words, and whether it is a must-have or is not scored."""
    marks = [" (must-have)"] * (item.must_have is not None)
    marks += [" (asked beside the rubric, not scored)"] * (not item.scored)
    return item.text + "".join(marks)


def meanings(rubric: Rubric, item: Item) -> Iterator[tuple[str, str, str]]:
    """What may be answered to an item: each answer, its word, and its meaning in full."""
    scale = rubric.scale_of(item.id)
    yield "", _marked(item), item.observes
    for level in scale.levels:
        yield str(level.value), level.label, item.levels.get(str(level.value), "")
    if not scale.levels:
        yield "", "a number", f"Allowed: {scale.allowed}."
    reasons = f"Reasons: {', '.join(item.na_reasons)}." if item.na_reasons else ""
    told = {"NA": f"{item.na_when or ''} {reasons}".strip(), "NE": _SILENCE.get(item.ne or "", "")}
    for code in scale.codes:
        yield code, CODES[code], told.get(code, "")
