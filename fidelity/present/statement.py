"""A sentence with what it is about, so that sentences can be tested as numbers are."""

from __future__ import annotations

from dataclasses import dataclass

KNOW, HOW = "know", "how"
IMPROVED, FADED = "improved", "faded"
HIGHER, LOWER = "higher", "lower"
GENEROUS, STRICTER = "more generous", "stricter"
ALIKE, CANNOT = "no change can be told", "cannot say"
SCORES, PRACTICE, SCORING = "scores", "practice", "scoring"


@dataclass(frozen=True)
class Statement:
    """A sentence and what it is about.

    Attributes:
        question: "know" (what do you know) or "how" (how do you know).
        kind: what it tells, for instance "bands", "impact", "change", "item" or "practice".
        text: the sentence.
        place: the lower, the sooner it stands on the first page.
        about: of a change, the rubric and the measure or item: "sos_case_file overall".
        direction: of a change: improved or faded (practice alone), higher or lower (scores), more
            generous or stricter (scoring), no change can be told, cannot say; "" for what is no
            statement of change.
        of: of a change: "scores", "practice" or "scoring".
    """

    question: str
    kind: str
    text: str
    place: int
    about: str = ""
    direction: str = ""
    of: str = ""
