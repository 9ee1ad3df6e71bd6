"""The controls of the form in a notebook, made with ipywidgets.

RadioButtons cut long descriptions off and tell a screen reader no group, and every option of theirs
is a stop of the Tab key (tried with ipywidgets 8.1). Hence one item at a time: its levels in full
in a table, and a list to choose from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from fidelity.collect.concerns import QUESTION
from fidelity.errors import FidelityError
from fidelity.present.form_questions import Option, Question

if TYPE_CHECKING:
    from fidelity.present.notebook_form import ScoringForm

_NOT_YET = "(not scored yet)"
_FULL = {"description_width": "initial"}
_WIDE = {"width": "100%", "max_width": "900px"}
_CELL = "text-align:left;vertical-align:top;padding-right:1em"


class Widgets:
    """The controls of one form."""

    def __init__(self, form: ScoringForm) -> None:
        import ipywidgets as w

        self.form = form
        self._quiet = False  # while an item is put up, nothing is an entry
        self.line, self.told, self.problem = w.HTML(), w.HTML(), w.HTML()
        self.worry = w.Dropdown(
            options=[("(not answered yet)", ""), ("no", "no"), ("yes", "yes")], value=form.worry,
            description="Worried about a child now?", style=_FULL, layout=w.Layout(**_WIDE),
        )  # fmt: skip
        self.act = w.HTML(f"<p><b>{escape(QUESTION)}</b></p>")
        self.choice = w.Dropdown(style=_FULL, layout=w.Layout(**_WIDE))
        self.typed = w.Text(style=_FULL, layout=w.Layout(**_WIDE))
        self.note = w.Textarea(
            description="Note (no names)", rows=2, style=_FULL, layout=w.Layout(**_WIDE)
        )
        self.back = w.Button(description="Back")
        self.next = w.Button(description="Next", button_style="primary")
        self.back.on_click(lambda _: self._go(-1))
        self.next.on_click(lambda _: self._go(1))
        self.choice.observe(self._chosen, "value")
        self.typed.observe(self._chosen, "value")
        self.note.observe(self._chosen, "value")
        self.worry.observe(self._worried, "value")
        first = [] if form.practising else [self.act, self.worry]
        moves = w.HBox([self.back, self.next])
        self.box = w.VBox([
            self.line, *first, self.told, self.choice, self.typed, self.note, self.problem, moves,
        ])  # fmt: skip
        self._put_up()

    def _put_up(self) -> None:
        """Show the item that the form is at."""
        self._quiet = True
        question, rating = self.form.shown
        self.told.value = described(question, self.form.at + 1, len(self.form.asked))
        label = f"{question.number}: {question.text}"
        self.choice.layout.display = "" if question.levels else "none"
        self.typed.layout.display = "none" if question.levels else ""
        if question.levels:
            options = [*question.levels, *question.codes]
            self.choice.options = [(_NOT_YET, ("", ""))] + [(_listed(o), _key(o)) for o in options]
            keys = [key for _, key in self.choice.options]
            given = (rating.value, rating.reason)
            known = given if given in keys else next((k for k in keys if k[0] == given[0]), keys[0])
            self.choice.value, self.choice.description = known, label
        else:
            self.typed.value, self.typed.description = rating.value, label
        self.note.value = rating.note
        self.back.disabled = self.form.at == 0
        self.next.disabled = self.form.at == len(self.form.asked) - 1
        self._tell("")
        self._quiet = False

    def _chosen(self, _: Mapping[str, Any]) -> None:
        if self._quiet:
            return
        question, _rating = self.form.shown
        value, reason = self.choice.value if question.levels else _split(self.typed.value)
        self._enter(lambda: self.form.answer(question.item, value, reason, self.note.value))

    def _worried(self, change: Mapping[str, Any]) -> None:
        self._enter(lambda: self.form.worried(str(change["new"])))

    def _enter(self, work: Callable[[], None]) -> None:
        try:
            work()
        except FidelityError as error:
            self._tell(f"Not saved: {error}")
        else:
            self._tell("")

    def _tell(self, problem: str) -> None:
        self.line.value = f'<p role="status"><b>{escape(self.form.first_line)}</b></p>'
        self.problem.value = f'<p role="alert"><b>{escape(problem)}</b></p>' if problem else ""

    def _go(self, steps: int) -> None:
        self.form.move(steps)
        self._put_up()


def described(question: Question, number: int, total: int) -> str:
    """The level descriptions of an item in full, as a table; every text is escaped."""
    marks = "".join(f" ({escape(mark)})" for mark in question.marks)
    rows = "".join(
        f'<tr><th scope="row" style="{_CELL};white-space:nowrap">{escape(option.value)}</th>'
        f'<td style="{_CELL}"><b>{escape(option.label)}</b><br>{escape(option.text)}</td></tr>'
        for option in [*question.levels, *question.codes]
    )
    if not question.levels:
        rows = f'<tr><td style="{_CELL}">{escape(question.allowed)}</td></tr>'
    return (
        '<table style="max-width:900px;line-height:1.4">'
        '<caption style="text-align:left;caption-side:top;color:inherit">'
        f"Item {number} of {total}. <b>{escape(question.number)} {escape(question.text)}</b>{marks}"
        f"<br>{escape(question.hint)}</caption>{rows}</table>"
    )


def _listed(option: Option) -> str:
    """An option in the list: its short words, since the table above has the long ones."""
    if option.reason:
        return f"{option.value}: {option.text}"
    return (
        option.label
        if option.label.startswith(f"{option.value}: ")
        else (f"{option.value} {option.label}")
    )


def _key(option: Option) -> tuple[str, str]:
    return option.value, option.reason


def _split(text: str) -> tuple[str, str]:
    """A number, or a code with its reason behind it."""
    value, _, reason = text.strip().partition(" ")
    return (value.upper(), reason) if value.isalpha() else (value, reason)
