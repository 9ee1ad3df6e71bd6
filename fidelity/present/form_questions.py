"""The items of a rubric as the questions of a form: what may be chosen, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fidelity.errors import UsageError
from fidelity.present.form_words import FAMILY, SURVEYED, words_for
from fidelity.rubric import Rubric
from fidelity.rubric.model import Component, Item, Scale

#: More levels than this are not shown as faces: nobody tells six faces apart.
MOST_FACES = 5
#: What a label says of a face that is drawn here.
_DRAWN = re.compile(r" \([^()]*face\)$")
_SILENCE = {
    "absent": "Here the record is the practice: this counts as the lowest level.",
    "unknown": "This is not scored.",
}


@dataclass(frozen=True)
class Option:
    """One answer: `value` and `reason` go into the record, `label` and `text` are read.

    `face` is where it lies between the worst level (0) and the best (1); None without a face.
    """

    value: str
    label: str
    text: str = ""
    reason: str = ""
    face: float | None = None


@dataclass(frozen=True)
class Question:
    """One item, asked.

    Attributes:
        rubric, item: ids.
        name: of its controls, unique on the page.
        number: shown before its words, "" where they begin with it.
        text, hint, guide: its words, what is looked at, and what helps to decide.
        marks: must-have, asked beside the rubric.
        levels, codes: what may be chosen; a number has no levels.
        lowest, highest, decimals: of a number.
        compact: levels without descriptions, which stand side by side.
        na_when: when NA is right, where it is chosen by its reasons.
    """

    rubric: str
    item: str
    name: str
    number: str
    text: str
    hint: str
    marks: tuple[str, ...]
    levels: tuple[Option, ...]
    codes: tuple[Option, ...]
    lowest: int = 0
    highest: int = 0
    decimals: int = 0
    compact: bool = False
    na_when: str = ""
    guide: str = ""

    @property
    def options(self) -> tuple[Option, ...]:
        """All that may be chosen, the levels first."""
        return (*self.levels, *self.codes)

    @property
    def allowed(self) -> str:
        """For a number: what may be typed."""
        number = f"A number from {self.lowest} to {self.highest}"
        if self.decimals:
            number += f", with at most {self.decimals} decimals"
        codes = [f"{self.typed(c)} ({c.label.removeprefix(f'{c.value}: ')})" for c in self.codes]
        return "; or ".join([number, *codes])

    @staticmethod
    def typed(code: Option) -> str:
        """A code as it is typed where a number is asked for."""
        return f"{code.value} {code.reason}".strip()


@dataclass(frozen=True)
class Part:
    """Questions under one heading."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Section:
    """One rubric of the sitting."""

    rubric: Rubric
    parts: tuple[Part, ...]

    @property
    def questions(self) -> list[Question]:
        """All its questions, in rubric order."""
        return [question for part in self.parts for question in part.questions]


def sections(rubrics: Sequence[Rubric], audience: str, short: bool) -> tuple[Section, ...]:
    """Each rubric with the questions that are asked of an audience.

    Args:
        rubrics: those of the sitting.
        audience: one of `fidelity.present.form_words.AUDIENCES`.
        short: ask the must-haves alone.

    Raises:
        UsageError: a rubric has nothing to ask.
    """
    counter = iter(range(1, 10_000))
    made = tuple(
        Section(rubric, tuple(_parts(rubric, audience, short, counter))) for rubric in rubrics
    )
    for section in made:
        if not section.questions:
            why = "it has no must-haves" if short else f"it asks {audience} nothing"
            raise UsageError(f"No form for {section.rubric.id}: {why}.")
    return made


def _parts(rubric: Rubric, audience: str, short: bool, counter: Iterator[int]) -> Iterator[Part]:
    for component in rubric.components:
        if not _is_asked(component, audience):
            continue
        questions = tuple(
            _question(rubric, item, audience, counter)
            for item in component.items
            if not short or item.must_have is not None
        )
        if questions:
            yield Part(component.title, questions)


def _is_asked(component: Component, audience: str) -> bool:
    """A part of the rubric for some roles is put to them alone."""
    return not component.roles or audience not in FAMILY or audience in component.roles


def _question(rubric: Rubric, item: Item, audience: str, counter: Iterator[int]) -> Question:
    scale = rubric.scale_of(item.id)
    surveyed = audience in SURVEYED
    marks: list[str] = []
    if item.must_have is not None and not surveyed:
        marks.append("must-have")
    if not item.scored and not surveyed:
        marks.append("asked beside the rubric, not scored")
    levels = tuple(_levels(item, scale, audience))
    return Question(
        rubric.id,
        item.id,
        f"{rubric.id}-{item.id}",
        str(next(counter)) if surveyed else _code(item),
        item.text,
        "" if surveyed else item.observes,
        tuple(marks),
        levels,
        tuple(_codes(item, scale, audience)),
        scale.minimum,
        scale.maximum,
        scale.decimals,
        compact=bool(levels) and not any(level.text for level in levels),
        na_when=(item.na_when or "") if item.na_reasons and not surveyed else "",
        guide="" if surveyed else item.note or "",
    )


def _code(item: Item) -> str:
    """The item's id, unless its words begin with it ("Empathy: ...")."""
    spoken = item.id.replace("_", " ") + ":"
    return "" if item.text.lower().startswith(spoken) else item.id.upper()


def _levels(item: Item, scale: Scale, audience: str) -> Iterator[Option]:
    faces = audience == "child" and 2 <= len(scale.levels) <= MOST_FACES
    last = max(len(scale.levels) - 1, 1)
    for step, level in enumerate(scale.levels):
        label = _DRAWN.sub("", level.label) if faces else level.label
        described = item.levels.get(str(level.value), "")
        yield Option(str(level.value), label, described, face=step / last if faces else None)


def _codes(item: Item, scale: Scale, audience: str) -> Iterator[Option]:
    """The codes; for those who score, NA once for each reason, so that one choice says both."""
    called = words_for(audience).codes
    surveyed = audience in SURVEYED
    for code in scale.codes:
        if code == "NA":
            yield from _not_applicable(item, called[code], surveyed)
        else:
            told = _SILENCE.get(item.ne or "", "") if code == "NE" and not surveyed else ""
            yield Option(code, called[code], told)


def _not_applicable(item: Item, label: str, surveyed: bool) -> Iterator[Option]:
    """NA, where the item says when it is right; an item that does not always applies."""
    if item.na_when is None:
        return
    only = item.na_reasons[0] if len(item.na_reasons) == 1 else ""
    if surveyed or not item.na_reasons:
        yield Option("NA", label, "" if surveyed else item.na_when, only)
        return
    for reason in item.na_reasons:
        yield Option("NA", f"{label}, {reason.replace('_', ' ')}", "", reason)
