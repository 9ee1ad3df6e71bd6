"""What the families say whose files or visits are looked at.

A reply tells of the practice that the family met, on the scale of the practitioner's skill, not of
what was written down: so it follows visits closely and files at a distance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fidelity.simulate.people import Cases, Staff
from fidelity.simulate.settings import Settings, Strand
from fidelity.simulate.sheets import Sheet, days_of, minutes_of, names_of, source_of
from fidelity.simulate.streams import Streams

#: A child is asked from this age on.
ASKED = ("5_to_11", "12_plus")
_COPIED = ("case", "practitioner", "team", "plan_type", "stage", "age_band", "years_in_role")


def family_sheet(
    strand: Strand, asked: Sheet, staff: Staff, cases: Cases, first_number: int,
    settings: Settings, stream: Streams,
) -> Sheet:  # fmt: skip
    """Replies from families of one team, parents and children apart.

    Args:
        strand: whose `replies` say how many answer.
        asked: the sheet of the strand whose families are asked.
        staff: the team.
        cases: its families.
        first_number: number of the first reply.
        settings: the authority's settings.
        stream: streams by name.
    """
    key = (strand.instrument.id, staff.team)
    rng = stream("pieces", *key)
    row, role = _who_answers(strand, asked.pieces, rng)
    about = asked.pieces.iloc[row].reset_index(drop=True)
    n = len(about)
    person = pd.Index(staff.table["practitioner"]).get_indexer(pd.Index(about["practitioner"]))
    case = pd.Index(cases.name).get_indexer(pd.Index(about["case"]))
    month = about["month"].to_numpy()
    met = staff.skill[person, month - 1] - settings.mean_skill
    true = settings.mean_skill + strand.follows * met + strand.shift + cases.effect[case]
    names = names_of(strand.prefix, first_number, n)
    pieces = about[list(_COPIED)].assign(
        piece=names, selection="random", source=source_of(strand), month=month,
        date=days_of(settings, month, rng.integers(15, 20, n)),
        true=true + settings.piece_sd * rng.standard_normal(n),
    )  # fmt: skip
    if not strand.staged:
        pieces["stage"] = None
    own = settings.strictness_sd * rng.standard_normal(n)
    own = own + np.array([settings.role_shift.get(word, 0.0) for word in role])
    table = pd.DataFrame({
        "rater": names, "rater_role": role, "purpose": "routine", "rated_on": pieces["date"],
        "minutes": minutes_of(strand, n, rng),
    })  # fmt: skip
    return Sheet(key, pieces, np.arange(n), np.full(n, -1), month, own, table)


def _who_answers(
    strand: Strand, asked: pd.DataFrame, rng: np.random.Generator
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], np.ndarray[tuple[int], np.dtype[np.object_]]]:
    """Row of the piece whose family answers, and the role of who does, in the order of pieces."""
    rows, roles = [], []
    drawn = asked["selection"].isin(["random", "stratified"]).to_numpy()
    for role, share in strand.replies.items():
        lot = rng.random(len(asked)) < share
        old_enough = asked["age_band"].isin(ASKED).to_numpy() | (role != "child")
        found = np.flatnonzero(lot & drawn & old_enough)
        rows.append(found)
        roles.append(np.full(len(found), role, object))
    row, who = np.concatenate(rows), np.concatenate(roles)
    order = np.argsort(row, kind="stable")
    return row[order], who[order]
