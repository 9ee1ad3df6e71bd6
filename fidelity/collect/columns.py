"""The columns that ratings may have: what each means, and what may stand in it.

`Ratings` are long (one row a rating) or wide (one row an assessment, one column an item). What
is not named here is context: kept, and constant within an assessment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from fidelity.rubric.model import Role

#: Columns without which nothing can be read.
REQUIRED = ("piece", "rater")
#: Columns of a long table beside those.
LONG = ("item", "value")
#: Words that may stand in a column. The first is what an empty cell means, where one is given.
VOCABULARIES: Mapping[str, tuple[str, ...]] = {
    "rater_role": get_args(Role),
    "purpose": ("routine", "double", "benchmark"),
    "selection": ("random", "stratified", "thematic", "re_audit", "concern", "chosen_by_team"),
    "source": (
        "case_file", "observation", "recording", "simulation", "supervision", "family", "staff",
        "document", "interview", "data",
    ),
    "with_practitioner": ("yes", "no"),
    "phase": ("before", "during", "after"),
    "concern": ("yes", "no"),
    "form": ("full", "short"),
}  # fmt: skip
#: Whether everything was asked, or only the must-haves: the two are never trended together.
FORM = "form"
#: Selections from which a whole can be judged; the others are shown, and not generalised.
DRAWN_AT_RANDOM = ("random", "stratified")
DATES = ("date", "covers_from", "covers_to", "rated_on", "escalated_on", "closed_on")
NUMBERS = ("minutes", "years_in_role")
#: About a child who may be at risk: kept apart from everything that is scored.
CONCERN = ("concern", "escalated_on", "escalated_to", "closed_on")
#: True of the piece itself, whoever scores it.
PIECE = (
    "case", "practitioner", "team", "authority", "stratum", "selection", "date", "covers_from",
    "covers_to", "plan_type", "stage", "age_band", "years_in_role", "phase",
)  # fmt: skip
#: Never analysed and never exported.
NOTE = "note"
#: Every name with a meaning, for "did you mean".
KNOWN = frozenset(
    {*REQUIRED, *LONG, "reason", *VOCABULARIES, *DATES, *NUMBERS, *CONCERN, *PIECE, NOTE}
)
#: How a group with no name is shown.
NOT_RECORDED = "(not recorded)"
