"""Fills a form with the keyboard alone, and counts how often Tab is pressed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from fidelity.collect.record import Rating, Record, read_record
from fidelity.present.form_questions import Option, Question, sections
from fidelity.present.form_words import SURVEYED
from fidelity.rubric import Rubric

#: Where the keyboard is: the control, its kind, and the item around it.
_AT = """() => {
  const at = document.activeElement, item = at.closest('fieldset.item');
  return {id: at.id, tag: at.tagName, type: at.type || '', kind: at.dataset.kind || '',
          field: at.dataset.field || '', item: item ? item.id : '', text: at.textContent.trim()};
}"""
#: Notes as people write them: accents, more than one line, marks that spreadsheets would obey.
NOTES = ("Zoë’s plan: naïve façade, 5 > 3 & “so”", "=1+1 isn't a sum", "Zwei Zeilen\nœuvre", "")
MOST_STEPS = 600


@dataclass
class Plan:
    """What is to be entered: answers by item of the page, and fields by their key."""

    ratings: dict[str, Rating]
    fields: Mapping[str, str]
    concern: str = "no"
    questions: dict[str, Question] = field(default_factory=dict)

    @property
    def blank(self) -> int:
        return sum(not rating.value for rating in self.ratings.values())

    @property
    def recorded(self) -> list[Rating]:
        return [r for r in self.ratings.values() if r.value or r.note]


def plan(rubrics: list[Rubric], audience: str, fields: Mapping[str, str], short: bool) -> Plan:
    """Every answer of every item is taken in turn, blank and each code among them."""
    ratings, questions = {}, {}
    for section in sections(rubrics, audience, short):
        for n, question in enumerate(section.questions):
            note = NOTES[n % len(NOTES)]
            chosen = _nth(question, n)
            ratings[question.name] = Rating(
                question.rubric, question.item, chosen.value, chosen.reason, note
            )
            questions[question.name] = question
    return Plan(ratings, fields, questions=questions)


def _nth(question: Question, n: int) -> Option:
    numbers = [f"{question.lowest}", "007", f"{question.highest}"]
    levels = question.levels or tuple(Option(number, number) for number in numbers)
    answers = [*levels, *question.codes, Option("", "")]
    return answers[n % len(answers)]


class Typist:
    """Works a page with Tab, Space, arrows, letters and Enter."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tabs: Counter[str] = Counter()

    @property
    def at(self) -> dict[str, Any]:
        return dict(self.page.evaluate(_AT))

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)

    def tab(self) -> dict[str, Any]:
        self.press("Tab")
        at = self.at
        if at["item"]:
            self.tabs[at["item"]] += 1
        return at

    def fill(self, wanted: Plan) -> None:
        """From the top of the page to the button that saves, one control after the other."""
        done: set[str] = set()
        for _ in range(MOST_STEPS):
            at = self.tab()
            if at["id"] == "save":
                return
            if at["tag"] == "SUMMARY" and at["text"].startswith("More") and "more" not in done:
                self.press("Enter")
                done.add("more")
            elif at["item"]:
                self._answer(at, wanted)
            elif at["id"].startswith("concern-"):
                self.press("Space" if wanted.concern == "no" else "ArrowDown")
            elif at["field"] in wanted.fields:
                self._field(at, wanted.fields[at["field"]])
        raise AssertionError("the button that saves was never reached")

    def _answer(self, at: Mapping[str, Any], wanted: Plan) -> None:
        rating, question = wanted.ratings[at["item"]], wanted.questions[at["item"]]
        if at["kind"] == "note":
            self._type(rating.note)
        elif at["type"] == "radio" and rating.value:
            options = [*question.levels, *question.codes]
            place = next(
                n for n, option in enumerate(options)
                if (option.value, option.reason) == (rating.value, rating.reason)
            )  # fmt: skip
            if rating.value.isdigit() and len(rating.value) == 1 and place % 2:
                self.press(rating.value)  # a digit chooses its level
            else:
                self.press("Space")
                self.press("ArrowDown", place)
        elif at["kind"] == "value":
            self.page.keyboard.type(f"{rating.value} {rating.reason}".strip())

    def _field(self, at: Mapping[str, Any], text: str) -> None:
        if at["tag"] == "SELECT":
            self.page.keyboard.type(text.replace("_", " "))
            return
        self.press("Control+a")
        self._type(text)

    def _type(self, text: str) -> None:
        """The first letters key by key; the rest at once, as dictation or a foreign keyboard do."""
        self.page.keyboard.type(text[:2])
        if text[2:]:
            self.page.keyboard.insert_text(text[2:])

    def save(self, wanted: Plan, folder: Path) -> Record:
        """Press the button, answer for what was left blank, and read the file that comes."""
        if not wanted.blank:
            with self.page.expect_download() as coming:
                self.press("Enter")
        else:
            self.press("Enter")
            assert self.at["id"] == "problems", "the keyboard is taken to what is missing"
            for _ in range(wanted.blank):
                assert self.tab()["tag"] == "A"
            assert self.tab()["text"].startswith(f"Save with {wanted.blank} not")
            with self.page.expect_download() as coming:
                self.press("Enter")
        path = folder / coming.value.suggested_filename
        coming.value.save_as(path)
        return read_record(path)


def surveyed(audience: str) -> bool:
    return audience in SURVEYED
