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
from fidelity.collect.record import Rating
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
        self.line, self.problem = w.HTML(), w.HTML()
        self.act = w.HTML(f"<p><b>{escape(QUESTION)}</b></p>")
        self.worry = w.Dropdown(
            options=[("(not answered yet)", ""), ("no", "no"), ("yes", "yes")],
            value=form.worry,
            description="Worried about a child now?",
            style=_FULL,
            layout=w.Layout(**_WIDE),
        )
        self.back = w.Button(description="Back")
        self.next = w.Button(description="Next", button_style="primary")
        self.worry.observe(self._worried, "value")
        self.back.on_click(lambda _: self._go(-1))
        self.next.on_click(lambda _: self._go(1))
        self.box = w.VBox()
        self._moves = w.HBox([self.back, self.next])
        self._items: dict[str, ItemControls] = {}
        self._put_up()

    @property
    def item(self) -> ItemControls:
        """The controls of the item that is shown."""
        question, rating = self.form.shown
        if question.item not in self._items:
            place = f"Item {self.form.at + 1} of {len(self.form.asked)}."
            self._items[question.item] = ItemControls(question, rating, place, self._enter)
        return self._items[question.item]

    def _put_up(self) -> None:
        """Show the item that the form is at."""
        first = [] if self.form.practising else [self.act, self.worry]
        self.box.children = [self.line, *first, *self.item.shown, self.problem, self._moves]
        self.back.disabled = self.form.at == 0
        self.next.disabled = self.form.at == len(self.form.asked) - 1
        self._tell("")

    def _enter(self, item: str, value: str, reason: str, note: str | None) -> None:
        self._save(lambda: self.form.answer(item, value, reason, note))

    def _worried(self, change: Mapping[str, Any]) -> None:
        self._save(lambda: self.form.worried(str(change["new"])))

    def _save(self, work: Callable[[], None]) -> None:
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


class ItemControls:
    """The controls of one item.

    Every item has its own: what is chosen reaches the kernel a little later than the press of a
    button that follows it, and shared controls would then enter it for the next item.
    """

    def __init__(
        self, question: Question, rating: Rating, place: str,
        enter: Callable[[str, str, str, str | None], None],
    ) -> None:  # fmt: skip
        import ipywidgets as w

        self.question, self._enter = question, enter
        label = f"{question.number}: {question.text}"
        self.told = w.HTML(described(question, place))
        self.note = w.Textarea(
            value=rating.note, description="Note (no names)", rows=2, style=_FULL,
            layout=w.Layout(**_WIDE),
        )  # fmt: skip
        if question.levels:
            options = _options(question)
            self.choice = w.Dropdown(
                options=options, value=_given(rating, options), description=label, style=_FULL,
                layout=w.Layout(**_WIDE),
            )  # fmt: skip
        else:
            typed = f"{rating.value} {rating.reason}".strip()
            self.choice = w.Text(
                value=typed, description=label, style=_FULL, layout=w.Layout(**_WIDE)
            )
        self.choice.observe(lambda _: self._changed(None), "value")
        self.note.observe(lambda _: self._changed(self.note.value), "value")
        self.shown = [self.told, self.choice, self.note]

    def _changed(self, note: str | None) -> None:
        chosen = self.choice.value
        value, reason = chosen if self.question.levels else _split(chosen)
        self._enter(self.question.item, value, reason, note)


def _options(question: Question) -> list[tuple[str, tuple[str, str]]]:
    """What the list shows, and what is entered for it: an answer and a reason."""
    listed = [(_listed(option), (option.value, option.reason)) for option in question.levels]
    listed += [(_listed(option), (option.value, option.reason)) for option in question.codes]
    return [(_NOT_YET, ("", "")), *listed]


def _given(rating: Rating, options: list[tuple[str, tuple[str, str]]]) -> tuple[str, str]:
    """The option that was entered; NA without its reason finds the first."""
    keys = [key for _, key in options]
    exact = (rating.value, rating.reason)
    return exact if exact in keys else next((k for k in keys if k[0] == rating.value), keys[0])


def described(question: Question, place: str) -> str:
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
        f"{escape(place)} <b>{escape(question.number)} {escape(question.text)}</b>{marks}"
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


def _split(text: str) -> tuple[str, str]:
    """A number, or a code with its reason behind it."""
    value, _, reason = text.strip().partition(" ")
    return (value.upper(), reason) if value.isalpha() else (value, reason)
