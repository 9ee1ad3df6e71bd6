"""A form inside a notebook: one item at a time, saved on every change.

For practising on invented extracts, and for scoring one piece beside the rubric. What is entered
goes at once into a file, the same JSON record that the browser form saves; a form made again with
that file, in a new kernel too, goes on where it was left. Its first line tells how far it is and
when it was made: a form that shows no time of today is a picture of one, and takes nothing in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fidelity.collect.answers import read_answer
from fidelity.collect.guards.checkout import keep_out_of_git
from fidelity.collect.record import Rating, Record, Stamp, read_record, write_record
from fidelity.errors import UsageError
from fidelity.present.form_questions import Question, sections
from fidelity.rubric import Rubric, read_rubric
from fidelity.rubric.benchmark import read_benchmark
from fidelity.rubric.checks import nearest

if TYPE_CHECKING:
    from fidelity.present.notebook_widgets import Widgets

#: What must be the same for a file to be gone on with.
_KEYS = ("piece", "rater", "rater_role", "purpose")


def scoring_form(
    rubric: Rubric | str,
    file: str | Path,
    *,
    piece: str = "",
    rater: str = "reader",
    role: str = "",
    extract: str = "",
    start: Mapping[str, int | str] | None = None,
) -> ScoringForm:
    """A form in which one piece is scored item by item; show it as the last line of a cell.

    Args:
        rubric: the rubric, or its id.
        file: where the record is kept, saved on every change; a file that is there is gone on with.
        piece: the reference of the piece that is scored.
        rater: a short code for who scores, not a name.
        role: one of the rubric's raters, such as "peer".
        extract: id of an invented extract to practise on, in place of a piece.
        start: answers by item to begin with, where there is no file yet.

    Returns:
        The form. Its `scores` are the answers so far, by item.

    Raises:
        UsageError: neither a piece nor an extract, a file that holds something else, or a piece
            in a notebook that lies inside a git checkout.
        FidelityError: a file that cannot be read.
    """
    model = read_rubric(rubric) if isinstance(rubric, str) else rubric
    about = {"piece": piece or extract, "rater": rater, "rater_role": role}
    about["purpose"] = "benchmark" if extract else ""
    if bool(piece) == bool(extract):
        raise UsageError("Give either the reference of a piece, or an extract to practise on.")
    if role and role not in model.raters:
        raise UsageError(f'"{role}" does not rate here: {nearest(role, model.raters)}')
    if piece:
        keep_out_of_git(file)
    asked = _asked(model, extract)
    return ScoringForm(model, Path(file), about, asked, start or {})


def _asked(rubric: Rubric, extract: str) -> list[Question]:
    questions = sections([rubric], "practice", short=False)[0].questions
    if not extract:
        return questions
    pieces = {piece.id: piece for piece in read_benchmark(rubric.id)}
    if extract not in pieces:
        raise UsageError(f'No extract "{extract}": {nearest(extract, pieces)}')
    return [question for question in questions if question.item in pieces[extract].agreed]


class ScoringForm:
    """A form in a notebook; made by `scoring_form`.

    Attributes:
        rubric: what is scored with.
        path: the file that holds the record.
        asked: the questions, in the order of the rubric.
        at: the number of the one that is shown, from 0.
    """

    def __init__(
        self,
        rubric: Rubric,
        path: Path,
        about: Mapping[str, str],
        asked: list[Question],
        start: Mapping[str, int | str],
    ) -> None:
        self.rubric, self.path, self.at = rubric, path, 0
        self._about = {key: text for key, text in about.items() if text}
        self.asked = asked
        self._concern: dict[str, str] = {}
        self._seen = b""
        self._ratings = {q.item: Rating(rubric.id, q.item) for q in asked}
        if path.exists():
            self._resume()
        else:
            for item, value in start.items():
                self._ratings[item] = Rating(rubric.id, item, str(value))
        open_ = [n for n, q in enumerate(asked) if not self._ratings[q.item].value]
        self.at = open_[0] if open_ and path.exists() else 0
        self._made = datetime.now()
        self._widgets: Widgets | None = None

    def _resume(self) -> None:
        """Go on with the file, if it is one of the same piece, rater and rubric."""
        record = read_record(self.path)
        self._seen = self.path.read_bytes()
        stamps = [(s.id, s.version, s.fingerprint) for s in record.rubrics]
        mine = (self.rubric.id, self.rubric.version, self.rubric.fingerprint)
        same = all(record.assessment.get(k, "") == self._about.get(k, "") for k in _KEYS)
        if stamps != [mine] or not same:
            raise UsageError(
                f"{self.path.name} holds {record.assessment.get('piece')} scored by "
                f"{record.assessment.get('rater')} with {', '.join(s[0] for s in stamps)}. Give "
                "another file for another piece, rater or version: nothing is written over."
            )
        self._concern = dict(record.concern)
        self._ratings |= {rating.item: rating for rating in record.ratings}

    @property
    def scores(self) -> dict[str, str]:
        """The answers so far: a level or a code by item, those without an answer left out."""
        return {item: r.value for item, r in self._ratings.items() if r.value}

    @property
    def record(self) -> Record:
        """What is saved."""
        made = datetime.now().isoformat(timespec="seconds")
        stamp = Stamp(self.rubric.id, self.rubric.version, self.rubric.fingerprint)
        about = {**self._about, "rated_on": made[:10]}
        given = tuple(r for r in self._ratings.values() if r.value or r.note)
        return Record((stamp,), about, given, self._concern, made, self.path.name)

    def answer(self, item: str, value: str, reason: str = "", note: str | None = None) -> None:
        """Enter an answer and save, as a click does.

        Raises:
            UsageError: no such item, no answer of its scale, or NA without its reason.
            FileError: it could not be saved.
        """
        if item not in self._ratings:
            raise UsageError(f'No item "{item}": {nearest(item, self._ratings)}')
        if read_answer(value, self.rubric.scale_of(item)) is None:
            raise UsageError(f'"{value}": allowed are {self.rubric.scale_of(item).allowed}.')
        self._check_reason(item, value.strip(), reason)
        self._catch_up()
        kept = self._ratings[item].note if note is None else note
        self._ratings[item] = Rating(self.rubric.id, item, value.strip(), reason, kept.strip())
        self._save()

    def _check_reason(self, item: str, value: str, reason: str) -> None:
        """NA comes with one of the item's reasons, where it has any."""
        reasons = self.rubric.items[item].na_reasons
        if value == "NA" and reasons and reason not in reasons:
            raise UsageError(f"NA, but why? Allowed are NA {', NA '.join(reasons)}.")

    def worried(self, word: str) -> None:
        """Enter "yes" or "no" to the question about a child at risk, and save.

        What is neither is refused, and is not taken for a no.
        """
        if word not in ("yes", "no", ""):
            raise UsageError(f'"{word}": allowed are yes, no or blank.')
        self._catch_up()
        self._concern = {**self._concern, "concern": word} if word else {}
        self._save()

    def _catch_up(self) -> None:
        """The same file may be open in another notebook: what was entered there is kept."""
        if self.path.is_file() and self.path.read_bytes() != self._seen:
            self._resume()

    def _save(self) -> None:
        write_record(self.record, self.path)
        self._seen = self.path.read_bytes()

    def move(self, steps: int) -> None:
        """Show the next item (1) or the one before (-1)."""
        self.at = min(max(self.at + steps, 0), len(self.asked) - 1)

    @property
    def shown(self) -> tuple[Question, Rating]:
        """The item that is shown, and its answer."""
        question = self.asked[self.at]
        return question, self._ratings[question.item]

    @property
    def practising(self) -> bool:
        """Whether an invented extract is scored: nobody in it can be at risk."""
        return self._about.get("purpose") == "benchmark"

    @property
    def worry(self) -> str:
        """The answer to the question about a child at risk, "" while there is none."""
        return self._concern.get("concern", "")

    @property
    def first_line(self) -> str:
        """How far the form is, and when it was made."""
        done, total = len(self.scores), len(self.asked)
        kept = f"saved in {self.path.name}" if self.path.exists() else "nothing saved yet"
        return f"Form ready, {done} of {total}. Made at {self._made:%H:%M:%S on %d/%m/%Y}; {kept}."

    def __repr__(self) -> str:
        return self.first_line

    def _ipython_display_(self) -> None:
        from IPython.display import display

        from fidelity.present.notebook_widgets import Widgets

        self._widgets = Widgets(self)  # kept: a click must find it
        display(self._widgets.box)  # type: ignore[no-untyped-call]
