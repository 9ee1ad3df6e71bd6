"""What a browser form says to those who fill it in: auditors, staff, parents, children.

A form speaks to one audience. Auditors and observers see the rubric's own words in full; staff,
parents and children are asked its items as plain questions, without the machinery of scoring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fidelity.collect.columns import VOCABULARIES
from fidelity.collect.concerns import QUESTION
from fidelity.collect.workbook_words import OPENING
from fidelity.errors import UsageError
from fidelity.rubric import Rubric

AUDIENCES = ("practice", "staff", "parent", "child")
#: Those who are asked about themselves: their reply is the piece, under a code made up here.
SURVEYED = ("staff", "parent", "child")
FAMILY = ("parent", "child")
#: Where the practice is seen, unless somebody says otherwise.
SOURCE = {
    "case_file": "case_file",
    "direct_practice": "observation",
    "supervision": "supervision",
    "staff": "staff",
    "family": "family",
}
_PASSED_ON = ("escalated_on", "escalated_to")
_MORE = (
    "purpose", "selection", "stratum", "case", "practitioner", "plan_type", "stage", "source",
    "with_practitioner", "minutes",
)  # fmt: skip
_NEEDED = ("piece", "rater", "rater_role")
_PLAIN = {
    "piece": ("Reply code", "Made up by this form. Change it only if you were given another."),
    "rater_role": ("Your role", ""),
    "team": ("Team", "The team that this is about."),
    "case": ("Family", "A code for the family, never a name."),
}


@dataclass(frozen=True)
class Field:
    """A question about the sitting: one column of the assessment.

    `kind` is text, date, number or choice; `value` is what stands in it at first.
    """

    key: str
    label: str
    hint: str = ""
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False
    value: str = ""


@dataclass(frozen=True)
class Words:
    """What a form says to one audience, beside the rubric itself.

    Attributes:
        heading: of the page.
        opening: paragraphs below it.
        collector: for the adult who collects a child's answers.
        ask: the question about a child at risk.
        act: what to do after a yes, shown at once.
        ask_needed: whether that question must be answered.
        help: where to turn, shown all the time.
        about: heading of the questions about the sitting.
        about_first: what is said below that heading.
        codes: what NA, NE and DK are called.
        counted: what an answered question is called: "scored" or "answered".
        closing: what to do with the file that is saved.
    """

    heading: str
    opening: tuple[str, ...]
    ask: str
    act: tuple[str, ...]
    about: str
    codes: Mapping[str, str]
    closing: tuple[str, ...]
    collector: tuple[str, ...] = ()
    about_first: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    ask_needed: bool = True
    counted: str = "answered"


def _told(text: str) -> tuple[str, ...]:
    """The paragraphs of a text."""
    return tuple(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


_ASK, _, _STOP = QUESTION.partition("? ")
_ASK += "?"
_ACT = _told(f"""
{_STOP}

A form that is saved is not a referral. You may save what you have: it counts as an open concern
until somebody records that it was passed on and closed.
""")
_NO_NAMES = """
No names, addresses, dates of birth, NHS or pupil numbers, in any box: use references that only
your authority can trace.
"""
_STAYS = """
Nothing leaves this page until you save: it has no connection to anything. What you enter is kept
in this browser tab until you save or close it, so that a reload loses nothing.
"""
_SEND = _told("""
Give the saved file to whoever collects the forms. It is read with: fidelity ingest.
""")
_PRACTICE = Words(
    heading="",
    opening=_told(f"""
Choose the highest level that is met in full. Leave a question blank if you have not scored it yet:
that is not the same as one of the codes.

{_NO_NAMES}

{_STAYS}

Keyboard: Tab goes to the next question, the arrow keys or a digit choose, Delete clears.
"""),
    ask=_ASK,
    act=_ACT,
    about="About what you are scoring",
    codes={
        "NA": "NA: does not apply",
        "NE": "NE: applies, but no evidence was found",
        "DK": "DK: don't know, or rather not say",
    },
    closing=_SEND,
    counted="scored",
)
_STAFF = Words(
    heading="Your view of how we work",
    opening=_told(f"""
This asks what the work is like, not how well you do it. Nobody asks for your name. In a small team
others may still guess who answered; leave out what you would rather not say.

{_NO_NAMES}

{_STAYS}
"""),
    ask=_ASK,
    act=_ACT,
    about="About you",
    codes={
        "NA": "This does not apply to my work",
        "NE": "I have seen nothing to judge this by",
        "DK": "I don't know, or would rather not say",
    },
    closing=_SEND,
)
_PARENT = Words(
    heading="Your views on the help your family gets",
    opening=_told("""
You do not have to fill this in. Nothing bad happens if you do not. You can leave out any question.

Please do not write any names, addresses or birthdays.

Someone other than your social worker should give you this form and collect it. Your answers help
the service to learn. They do not change what happens in your case.

Nothing is sent from this page. Your answers stay in this browser tab until you save them at the
end, or close it.
"""),
    help=_told("""
If a child is in danger now, call 999.

If you are worried about a child, call your council's children's services today. You can also call
the NSPCC on 0808 800 5000. Nobody looks at this form today, so please do not wait for an answer to
it.
"""),
    ask=_ASK,
    act=_told("""
Please stop here and call now: 999 if there is danger, or your council's children's services today.

This form alerts nobody, saved or not. You can finish it another time.
"""),
    ask_needed=False,
    about="For the person who hands this out",
    about_first=_told("""
You should not be the family's own worker, nor that worker's manager. If the parent tells you of
harm or fear: stop asking, stay with them, say what you must pass on, and follow your authority's
safeguarding procedure today.
"""),
    codes={
        "NA": "This does not apply to us",
        "NE": "I have seen nothing of this",
        "DK": "I am not sure, or would rather not say",
    },
    closing=_told("Give the file, or the text below, to the person who handed you this form."),
)
_CHILD = Words(
    heading="What do you think?",
    opening=_told("""
These questions are about the help you get. You do not have to answer. There are no wrong answers.

Please do not write your name or other people's names.
"""),
    help=_told("""
If someone hurts you, or you feel scared or unsafe, you can tell the grown-up who is with you now, a
teacher, or another grown-up you trust.

You can call Childline on 0800 1111. It is free, at any time. In danger, call 999.
"""),
    collector=_told("""
Read this before you begin. You should not be the child's own social worker, nor that worker's
manager.

Say to the child, in your own words: you need not answer, and you can stop at any time. If you tell
me that somebody hurts you or that you are not safe, I cannot keep that secret, because I must get
you help.

If the child tells you of harm: listen, do not question, do not promise to keep it secret. Stop the
form. Write down the child's own words as soon as you can. Follow your authority's safeguarding
procedure today. That is your duty; this form alerts nobody.
"""),
    ask=(
        "For the adult: has the child told you of harm, or are you worried that a child may be at "
        "risk of harm now?"
    ),
    act=_ACT,
    about="For the adult who collects this",
    codes={
        "NA": "This is not about me",
        "NE": "I have not seen this",
        "DK": "I don't know, or don't want to say",
    },
    closing=_told("""
Thank you!

For the adult: did the child tell you of harm? Then go back to the first question. Give the saved
file to whoever collects the forms.
"""),
)
_WORDS = {"practice": _PRACTICE, "staff": _STAFF, "parent": _PARENT, "child": _CHILD}


def words_for(audience: str) -> Words:
    """What the form says to an audience, one of `AUDIENCES`."""
    return _WORDS[audience]


def audience_of(rubrics: Sequence[Rubric], asked: str | None = None) -> str:
    """Whom a form for these rubrics speaks to, unless `asked` says it.

    Raises:
        UsageError: no such audience, one that the rubrics are not for, or rubrics for different
            people on one form.
    """
    if asked is not None and asked not in AUDIENCES:
        raise UsageError(f'No form for "{asked}". There are: {", ".join(AUDIENCES)}.')
    open_to = [audiences_of(rubric) for rubric in rubrics]
    shared = [name for name in AUDIENCES if all(name in names for names in open_to)]
    if asked is not None:
        shared = [name for name in shared if name == asked]
    if len(shared) == 1:
        return shared[0]
    told = "; ".join(
        f"{rubric.id} is for {' or '.join(names)}"
        for rubric, names in zip(rubrics, open_to, strict=True)
    )
    remedy = (
        "Say for whom this form is: --for " + " or --for ".join(shared)
        if shared
        else "Make a form for each"
    )
    raise UsageError(f"{told}. {remedy}.")


def audiences_of(rubric: Rubric) -> tuple[str, ...]:
    """Whom a form for this rubric may speak to."""
    family = tuple(role for role in FAMILY if role in rubric.raters)
    if rubric.looks_at == "family":
        return family or ("practice",)
    return ("staff",) if rubric.looks_at == "staff" else ("practice",)


def fields(rubrics: Sequence[Rubric], audience: str) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The questions about the sitting: those always shown, and those behind "more"."""
    roles: list[str] = [
        role for role in rubrics[0].raters if all(role in r.raters for r in rubrics)
    ]
    if audience in FAMILY:
        roles = [audience]
    if not roles:
        raise UsageError(
            "Nobody rates all of these rubrics: "
            + "; ".join(f"{r.id} is rated by {', '.join(r.raters)}" for r in rubrics)
            + ". Make a form for each."
        )
    sources = {SOURCE.get(rubric.looks_at, "") for rubric in rubrics}
    source = sources.pop() if len(sources) == 1 else ""
    if audience in SURVEYED:
        kept = ["piece", "case", "team"] if audience in FAMILY else ["piece", "team"]
        if len(roles) > 1:
            kept.insert(1, "rater_role")
        shown = [_field(key, roles, source, plain=True) for key in kept]
        return tuple(shown), ()
    first = ("piece", "rater", "rater_role", "date", "team")
    return (
        tuple(_field(key, roles, source) for key in first),
        tuple(_field(key, roles, source) for key in _MORE),
    )


def concern_fields() -> tuple[Field, ...]:
    """What is asked after a yes."""
    return tuple(_field(key, [], "") for key in _PASSED_ON)


def _field(key: str, roles: Sequence[str], source: str, plain: bool = False) -> Field:
    label, hint = OPENING.get(key) or _FURTHER[key]
    if plain:
        label, hint = _PLAIN.get(key, (label, hint))
    needed, value = key in _NEEDED, ""
    if key == "rater_role":
        value = roles[0] if len(roles) == 1 else ""
        choices = tuple((role, role.replace("_", " ")) for role in roles)
        return Field(key, label, hint, "choice", choices, needed, value)
    if key in VOCABULARIES:
        value = source if key == "source" else ""
        told = tuple((word, word.replace("_", " ")) for word in VOCABULARIES[key])
        return Field(key, label, hint, "choice", told, needed, value)
    kind = {"date": "date", "escalated_on": "date", "minutes": "number"}.get(key, "text")
    if kind == "date":
        why = " Without it no change over time can be seen." if key == "date" else ""
        hint = f"{hint} For example 30/11/2026.{why}"
    return Field(key, label, hint, kind, (), needed, value)


_FURTHER = {
    "source": ("Where it was seen", "What you read, saw or heard."),
    "with_practitioner": (
        "Scored together with the practitioner?",
        "yes: collaboratively; no: at a desk.",
    ),
}
