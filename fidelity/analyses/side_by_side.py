"""Where did two people read the same piece of practice differently: a sheet for the conversation.

For every piece that was scored more than once, the scores of each item stand side by side, those
that differ first. The scorers are called by their role and a letter, in the order self, then the
others, then agreed: the talk is about the level descriptions and what is in the file, not about
who was right. Where they come to a score together it is brought in as a further rating with the
role `agreed`; the first scores stay as they are.

How far raters agree in general, with intervals, is told by `fidelity.agreement`; a handful of
pieces in a moderation meeting cannot say it.

Sources: moderation as a stage of audit, as in the manuals of English authorities (manager, peer,
moderation); what is said of it here is local.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fidelity.collect.columns import VOCABULARIES
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.tables import cells
from fidelity.words import counted_as

AGREED, SELF = "agreed", "self"
_OWN = ("piece", "item", "text", "must_have", "apart", "differs", AGREED)


@dataclass(frozen=True, eq=False, repr=False)
class SideBySide(Result):
    """The scores of each piece that was scored more than once, item by item.

    `to_frame()` has one row a piece and item: `piece`, `item`, `text`, `must_have`, then the
    answer of each scorer (`self`, `a (peer)`, `b (moderator)`; "" where not answered), `apart`
    (between the lowest and the highest level, in points; missing where fewer than two gave a
    level), `differs` (whether the answers are not all the same), `agreed` (where it was settled).
    Within a piece the items that differ come first, those furthest apart at the head.

    Attributes:
        scorers: the columns with answers, in their order.
    """

    scorers: tuple[str, ...] = ()


def side_by_side(ratings: Ratings, *, pieces: Sequence[str] | None = None) -> SideBySide:
    """Put the scores of the same piece side by side.

    Args:
        ratings: ratings with the first and the second scores, and the practitioner's own if
            there are any (role `self`).
        pieces: the pieces to show; all that were scored more than once if not given.

    Returns:
        A `SideBySide`.

    Raises:
        UsageError: nothing was scored more than once, or a piece that was not.

    Reads: `tables.cells`: a row an answer.
    Source: none; counts only.
    """
    rubric = ratings.rubric
    given = _named(_of_practice(cells(ratings), ratings, pieces), rubric)
    scored = given[given["role"] != AGREED].groupby("piece")["_scorer"].nunique()
    twice = [str(piece) for piece, n in scored.items() if n > 1]
    wanted = list(pieces) if pieces is not None else twice
    if not wanted or (alone := [piece for piece in wanted if piece not in twice]):
        named = f" Not scored more than once: {', '.join(alone[:10])}." if wanted else ""
        raise UsageError(
            f"{ratings.name}: no pieces to put side by side.{named} Draw some with: fidelity "
            "moderate draw"
        )
    table, scorers = _table(given[given["piece"].isin(wanted)], rubric)
    method = method_of("side by side", rubric.label, pieces=len(wanted))
    return SideBySide(table, _sentences(table, rubric), method, scorers)


def _of_practice(
    given: pd.DataFrame, ratings: Ratings, pieces: Sequence[str] | None
) -> pd.DataFrame:
    """Without benchmark pieces, which have a page of their own, unless they are asked for."""
    table = ratings.assessments
    if pieces is not None or "purpose" not in table:
        return given
    benchmark = table.loc[table["purpose"] == "benchmark", "piece"]
    return given[~given["piece"].isin(benchmark)]


def _named(given: pd.DataFrame, rubric: Rubric) -> pd.DataFrame:
    """Each answer as it is written, and who gave it by letter and role."""
    role, again = given.get("rater_role", ""), given.get("occasion", "")
    given = given.assign(role=role, _scorer=given["rater"] + "\0" + role + "\0" + again)
    unit = given["item"].map({item: rubric.scale_of(item).unit for item in rubric.items})
    level = given["level"].astype("Float64") / unit
    answer = level.map(lambda x: f"{x:g}", na_action="ignore").astype("string")
    return given.assign(answer=answer.fillna(given["code"]), _level=level)


def _table(given: pd.DataFrame, rubric: Rubric) -> tuple[pd.DataFrame, tuple[str, ...]]:
    order = {item: n for n, item in enumerate(rubric.items)}
    rows: list[dict[str, object]] = []
    scorers: dict[str, None] = {}
    for piece, mine in given.groupby("piece", sort=True):
        names = _letters(mine)
        scorers |= dict.fromkeys(name for name in names.values() if name != AGREED)
        settled = mine["role"] == AGREED
        agreed = mine[settled].set_index("item")["answer"].to_dict()
        found = []
        for item, answers in mine[~settled].groupby("item"):
            told = {
                names[who]: a for who, a in zip(answers["_scorer"], answers["answer"], strict=True)
            }
            said = [told.get(name, "") for name in names.values() if name != AGREED]
            levels = answers["_level"].dropna()
            apart = float(levels.max() - levels.min()) if len(levels) > 1 else float("nan")
            about = rubric.items[str(item)]
            found.append({
                "piece": piece, "item": item, "text": about.text,
                "must_have": about.must_have is not None, **told, "apart": apart,
                "differs": len(set(said)) > 1, AGREED: agreed.get(item, ""),
            })  # fmt: skip
        rows += sorted(found, key=lambda row: _first(row, order))
    columns = [*_OWN[:4], *sorted(scorers, key=_self_first), *_OWN[4:]]
    table = pd.DataFrame(rows, columns=columns)
    table[list(scorers)] = table[list(scorers)].astype("string").fillna("")
    return table, tuple(sorted(scorers, key=_self_first))


def _first(row: dict[str, object], order: dict[str, int]) -> tuple[bool, float, int]:
    """What differs first, the furthest apart at the head, else in the rubric's order."""
    apart = row["apart"]
    far = float(apart) if isinstance(apart, float) and apart == apart else 0.5
    return not row["differs"], -far if row["differs"] else 0.0, order[str(row["item"])]


def _letters(mine: pd.DataFrame) -> dict[str, str]:
    """A letter and the role for each scorer of a piece, no references; the practitioner is self."""
    known = mine[["_scorer", "role"]].drop_duplicates()
    roles = VOCABULARIES["rater_role"]
    order = {role: n for n, role in enumerate(roles)}
    pairs = [(str(scorer), str(role)) for scorer, role in known.itertuples(index=False)]
    who = sorted(pairs, key=lambda one: (order.get(one[1], -1), one[0]))
    names: dict[str, str] = {}
    letters = 0
    for scorer, role in who:
        if role in {AGREED, SELF} and role not in names.values():
            names[scorer] = role
            continue
        names[scorer] = f"{_letter(letters)} ({role or 'role not recorded'})"
        letters += 1
    return names


def _letter(n: int) -> str:
    """A to z for 0 to 25, then aa, ab and so on."""
    return (_letter(n // 26 - 1) if n > 25 else "") + chr(ord("a") + n % 26)


def _self_first(name: str) -> tuple[bool, int, str]:
    return name != SELF, len(name.split(" ")[0]), name


def _sentences(table: pd.DataFrame, rubric: Rubric) -> tuple[str, ...]:
    both = table["apart"].notna()
    same = int((table.loc[both, "apart"] == 0).sum())
    one = int(((table["apart"] > 0) & (table["apart"] <= 1)).sum())
    more = int((table["apart"] > 1).sum())
    coded = int((table["differs"] & ~both).sum())
    first = (
        f"{counted_as(table['piece'].nunique(), 'piece')} scored more than once. Of "
        f"{counted_as(int(both.sum()), 'item score')} that two or more people gave a level, "
        f"{same} are the same, {one} differ by up to one point, {more} by more."
    )
    told = [first]
    if coded:
        told.append(
            f"{counted_as(coded, 'item')} more have a level from one person and a code or nothing "
            "from another."
        )
    seen = _must_haves(table, rubric)
    if seen:
        told.append(
            f"{counted_as(seen, 'must-have')} seen by one person and not by another: begin there."
        )
    waiting = int((table["differs"] & (table["agreed"] == "")).sum())
    told.append(
        f"{counted_as(waiting, 'item')} still to be settled."
        if waiting
        else "All that differed has been settled."
    )
    told.append(
        "Read the level description and the file together; this is about how the words are read, "
        "not about who is right. Counts like these say nothing about any one person."
    )
    return tuple(told)


def _must_haves(table: pd.DataFrame, rubric: Rubric) -> int:
    """Must-haves on which the scorers fall on both sides of the level from which they are seen."""
    scorers = [c for c in table.columns if c not in _OWN]
    n = 0
    for row in table[table["must_have"]].to_dict("records"):
        least = rubric.must_haves[str(row["item"])].must_have
        levels = [float(row[c]) for c in scorers if str(row[c]).replace(".", "").isdigit()]
        n += least is not None and len({level >= least for level in levels}) > 1
    return n
