"""The controls of the form in a notebook, made with ipywidgets.

One item at a time, its levels in full in a table, and below it a box in which an answer is typed
("4", "NA") or picked from its list. What was tried in JupyterLab 4.6 with ipywidgets 8.1 decided:
RadioButtons cut long descriptions off and tell a screen reader no group; in a Dropdown JupyterLab
takes the keys for its own, so that an arrow leaves the form and D pressed twice, for "don't know",
deletes the cell. In a text box the keys belong to the box.
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
        self.worry = w.Combobox(
            options=["no", "yes"],
            value=form.worry,
            description="Worried about a child now? (no or yes)",
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
        self._save(lambda: self.form.worried(str(change["new"]).strip().lower()))

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
        self.told = w.HTML(described(question, place))
        self.note = w.Textarea(
            value=rating.note, description="Note (no names)", rows=2, style=_FULL,
            layout=w.Layout(**_WIDE),
        )  # fmt: skip
        self.choice = w.Combobox(
            options=[_listed(option) for option in question.options],
            value=_shown(question, rating),
            placeholder="Type the level or the code, or choose",
            description=_name(question),
            style=_FULL,
            layout=w.Layout(**_WIDE),
        )
        self.choice.observe(lambda _: self._changed(None), "value")
        self.note.observe(lambda _: self._changed(self.note.value), "value")
        self.shown = [self.told, self.choice, self.note]

    def _changed(self, note: str | None) -> None:
        self._enter(self.question.item, *read_typed(self.question, self.choice.value), note)


def read_typed(question: Question, text: str) -> tuple[str, str]:
    """The answer and the reason in what was typed or picked: "4", "ne", "NA: not due"."""
    words = " ".join(text.split())
    for option in question.options:
        if words.casefold() == _listed(option).casefold():
            return option.value, option.reason
    value, _, rest = words.partition(" ")
    value = value.rstrip(":").upper()
    reasons = [option.reason for option in question.codes if option.value == value]
    if not reasons:
        return words, ""  # a number, or nothing that is an answer, as the rubric will say
    reason = rest.strip().casefold().replace(" ", "_")
    if reason in reasons or len(reasons) > 1:
        return value, reason
    return value, reasons[0]


def _shown(question: Question, rating: Rating) -> str:
    """What stands in the box for an answer that was given before."""
    for option in question.options:
        if (option.value, option.reason) == (rating.value, rating.reason):
            return _listed(option)
    return f"{rating.value} {rating.reason}".strip()


def described(question: Question, place: str) -> str:
    """The level descriptions of an item in full, as a table; every text is escaped."""
    marks = "".join(f" ({escape(mark)})" for mark in question.marks)
    rows = "".join(
        f'<tr><th scope="row" style="{_CELL};white-space:nowrap">{escape(option.value)}</th>'
        f'<td style="{_CELL}"><b>{escape(_plain(option))}</b><br>{escape(option.text)}</td></tr>'
        for option in question.options
    )
    if not question.levels:
        rows = f'<tr><td style="{_CELL}">{escape(question.allowed)}</td></tr>'
    return (
        '<table style="max-width:900px;line-height:1.4">'
        '<caption style="text-align:left;caption-side:top;color:inherit">'
        f"{escape(place)} <b>{escape(question.number)} {escape(question.text)}</b>{marks}"
        f"<br>{escape(question.hint)}<br><i>{escape(question.guide)}</i></caption>{rows}</table>"
    )


def _name(question: Question) -> str:
    return ": ".join(part for part in (question.number, question.text) if part)


def _listed(option: Option) -> str:
    """An option in the list: its short words, since the table above has the long ones."""
    if option.reason:
        return f"{option.value}: {option.reason.replace('_', ' ')}"
    return f"{option.value} {_plain(option)}"


def _plain(option: Option) -> str:
    """The words of an option without its code, which stands before them."""
    return option.label.removeprefix(f"{option.value}: ")
