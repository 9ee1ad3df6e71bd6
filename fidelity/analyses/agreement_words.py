"""The sentences of agreement: from the same numbers and flags as its tables and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from fidelity.readiness import (
    ALONE,
    IN_PAIRS,
    LEAST_AGREEMENT,
    LEAST_EXACT,
    LEAST_SCORES,
    MOSTLY_ONE_LEVEL,
    TOO_FEW_TO_SAY,
)
from fidelity.rubric.model import Rubric
from fidelity.words import (
    NOUNS,
    TOO_FEW,
    counted_as,
    in_figures,
    item_label,
    listed,
    percent,
    pieces,
    several,
)

#: Pairs of levels that are told with their descriptions, at most one an item.
MOST_CONFUSED = 3
#: How far two coefficients must lie apart before the reason is told.
FAR_APART = 0.2
#: From this share of pieces on, it is told that raters differ on whether an item applies.
OFTEN_APART = 0.2


@dataclass(frozen=True)
class Facts:
    """What entered.

    Attributes:
        double: pieces scored by two or more.
        scored: pieces scored by the roles compared.
        raters: who scored those of `double`.
        assessments: their scorings.
        roles: their roles.
        left_out: pieces left out because of how they were chosen, by selection.
        selection_known: whether every piece says how it was chosen.
        benchmark: scorings of benchmark pieces, which do not enter.
        cluster: what pieces are nested in.
    """

    double: int
    scored: int
    raters: int
    assessments: int
    roles: tuple[str, ...]
    left_out: dict[str, int]
    selection_known: bool
    benchmark: int
    cluster: str


def sentences(
    rubric: Rubric,
    table: pd.DataFrame,
    verdicts: pd.DataFrame,
    confusions: pd.DataFrame,
    facts: Facts,
) -> Iterator[str]:
    """What agreement says, in the order in which a QA lead asks; rows of all pieces."""
    yield from _looked_at(rubric, facts)
    if facts.double < TOO_FEW:
        return
    yield from _overall(rubric, table)
    yield from _ready(rubric, verdicts)
    yield from _confused(confusions)
    yield from _prevalence(rubric, table, verdicts)
    yield from _apart(rubric, verdicts)
    if table["reason"].str.contains("few clusters").any():
        yield (
            f"Some intervals rest on fewer than 10 {several(facts.cluster)}: read them as rough."
        )


def _looked_at(rubric: Rubric, facts: Facts) -> Iterator[str]:
    several = NOUNS[rubric.looks_at][1]
    if not facts.scored:
        yield "No auditor scored anything here, so nothing can be said about their agreement."
    elif not facts.double:
        yield (
            f"None of {pieces(rubric, facts.scored)} was scored by two auditors, so nothing can be "
            f"said about agreement. About {LEAST_SCORES} {several} scored twice, without either "
            "auditor seeing the other's scores, would be enough to begin with."
        )
    else:
        yield (
            f"{facts.double:,} of {pieces(rubric, facts.scored)} "
            f"({percent(facts.double / facts.scored)}) were scored by two auditors or more: "
            f"{counted_as(facts.assessments, 'scoring')} by {counted_as(facts.raters, 'rater')}"
            f"{_roles(facts)}."
        )
    if 0 < facts.double < TOO_FEW:
        yield (
            f"That is too few to say how far auditors agree; about {LEAST_SCORES - facts.double} "
            f"more {several} scored by two of them would do."
        )
    if len(facts.roles) > 1 and facts.double >= TOO_FEW:
        yield (
            "They scored in different roles: where one role is more generous than another, "
            "agreement is lower for that reason. `fidelity calibrate` shows it."
        )
    if facts.left_out:
        kinds = listed([f"{n} {kind.replace('_', ' ')}" for kind, n in facts.left_out.items()])
        yield f"Left out because they were chosen for a reason: {kinds}."
    elif not facts.selection_known and facts.double:
        yield f"How the {several} were chosen is not recorded, so they speak for themselves only."
    if facts.benchmark:
        yield (
            f"{counted_as(facts.benchmark, 'scoring')} of benchmark pieces are left to "
            "calibration: raters see those again and again."
        )


def _roles(facts: Facts) -> str:
    named = [role.replace("_", " ") for role in facts.roles if role]
    return f" ({listed(named)})" if named else ""


def _row(table: pd.DataFrame, kind: str, coefficient: str) -> pd.Series | None:
    rows = table[(table["kind"] == kind) & (table["coefficient"] == coefficient)]
    return None if rows.empty or pd.isna(rows["estimate"].iloc[0]) else rows.iloc[0]


def _number(row: pd.Series) -> str:
    return in_figures(row["estimate"], row["lower"], row["upper"])


def _overall(rubric: Rubric, table: pd.DataFrame) -> Iterator[str]:
    row, near = _row(table, "all items", "exact"), _row(table, "all items", "within one")
    if row is not None:
        text = (
            f"Two auditors gave an item the same level in {percent(row['estimate'])} of "
            f"{row['n_scores']:,} item scores ({_limits(row)})"
        )
        if near is not None:
            text += f", and the same or the next level in {percent(near['estimate'])}"
        yield text + "."
    exact, alpha = _row(table, "band", "exact"), _row(table, "band", "alpha")
    if exact is not None:
        text = (
            f"They gave the same band in {percent(exact['estimate'])} of "
            f"{pieces(rubric, int(exact['n_scores']))} ({_limits(exact)})"
        )
        if alpha is not None:
            text += f"; alpha {_number(alpha)}, where 1 is full agreement and 0 what chance gives"
        if exact["n_missing"]:
            more = pieces(rubric, int(exact["n_missing"]))
            text += f". In {more} more one of them or both could not say the band"
        yield text + "."


def _limits(row: pd.Series) -> str:
    if pd.isna(row["lower"]):
        return str(row["reason"])
    return f"{percent(row['lower'])} to {percent(row['upper'])}"


def _ready(rubric: Rubric, verdicts: pd.DataFrame) -> Iterator[str]:
    items = verdicts[verdicts["kind"] == "item"]
    if items.empty:
        return
    told = []
    for verdict in (ALONE, IN_PAIRS, TOO_FEW_TO_SAY):
        rows = items[items["verdict"] == verdict]
        if len(rows):
            text = f"{verdict} on {len(rows)} of {counted_as(len(items), 'item')}"
            told.append(_sentence(text + _named(rows, len(items))))
    yield f"{'. '.join(told)}."
    yield (
        f"The rule behind this (local, not from a publication): at least {LEAST_SCORES} item "
        f"scores compared, at least {percent(LEAST_EXACT)} of them the same, and alpha above "
        f"{LEAST_AGREEMENT:.2f} even at the lower end of its interval. It says when to stop "
        "scoring in pairs, and nothing about a person."
    )
    more = items[items["more_pieces"] > 0]["more_pieces"]
    if len(more):
        several = NOUNS[rubric.looks_at][1]
        low, high = int(more.min()), int(more.max())
        number = f"{low}" if low == high else f"{low} to {high}"
        yield (
            f"About {number} more {several} scored by two auditors would do for "
            f"{counted_as(len(more), 'item')} of these, if agreement stays as it is."
        )


def _named(rows: pd.DataFrame, items: int) -> str:
    """The items, or how many of them fall short of which part of the rule."""
    if len(rows) < items / 2:
        return ": " + "; ".join(_name(row) for _, row in rows.iterrows())
    unequal = int(rows["why"].str.contains("equal").sum())
    if not unequal:
        return ""
    return f" (on {unequal} because under {percent(LEAST_EXACT)} of the scores are the same)"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _name(row: pd.Series) -> str:
    return item_label(row["measure"], row["text"])


def most_confused(confusions: pd.DataFrame) -> pd.DataFrame:
    """The pairs of different levels that are told apart least, by the number beyond `untold`.

    At most one an item, at most `MOST_CONFUSED`, none seen fewer than `TOO_FEW` times.
    """
    pairs = confusions[
        (confusions["level"] != confusions["other_level"]) & (confusions["count"] >= TOO_FEW)
    ]
    pairs = pairs.assign(beyond=pairs["count"] - pairs["untold"])
    pairs = pairs.sort_values(["beyond", "item", "level"], ascending=[False, True, True])
    return pairs.drop_duplicates("item").head(MOST_CONFUSED)


def _confused(confusions: pd.DataFrame) -> Iterator[str]:
    for number, (_, row) in enumerate(most_confused(confusions).iterrows()):
        one, other = row["level"], row["other_level"]
        start = "Level descriptions to talk about first: " if number == 0 else "Then "
        text = (
            f"{start}{item_label(row['item'], row['text'])}. Of {row['within']} pairs of scores at "
            f"level {one} or {other} alone, {row['count']} were one of each; {row['untold']:.0f} "
            "would be if nobody told the two apart."
        )
        for level, said in ((one, row["description"]), (other, row["other_description"])):
            if said:
                text += f" Level {level}: “{said.rstrip('.')}”."
        yield text


def alike(table: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """The items on which most scores are one level, so that AC and alpha lie far apart."""
    items = table[table["kind"] == "item"].pivot(
        index="measure", columns="coefficient", values="estimate"
    )
    rows = verdicts[
        (verdicts["kind"] == "item")
        & (verdicts["n_scores"] >= LEAST_SCORES)
        & (verdicts["top_share"] >= MOSTLY_ONE_LEVEL)
    ]
    if rows.empty:
        return rows
    rows = rows.assign(AC=items["AC"].reindex(rows["measure"]).to_numpy())
    return rows[~(rows["AC"] - rows["alpha"] <= FAR_APART) & rows["AC"].notna()]


def _prevalence(rubric: Rubric, table: pd.DataFrame, verdicts: pd.DataFrame) -> Iterator[str]:
    rows = alike(table, verdicts)
    if rows.empty:
        return
    row = rows.sort_values("top_share", ascending=False).iloc[0]
    low = "not defined" if pd.isna(row["alpha"]) else f"{row['alpha']:.2f}"
    several = NOUNS[rubric.looks_at][1]
    text = (
        f"Why two numbers differ: on {_name(row)}, {percent(row['top_share'])} of the scores are "
        f"level {row['top_level']:g} and {percent(row['exact'])} of the pairs agree; AC is "
        f"{row['AC']:.2f} and alpha {low}. Where nearly all scores are one level, two people who "
        f"saw none of the {several} would agree nearly as often. Alpha takes that off, AC hardly "
        "does; neither is wrong. The scores are alike; whether auditors would notice practice that "
        "is different cannot be seen until some is."
    )
    others = [_name(r) for _, r in rows.iterrows() if r["measure"] != row["measure"]]
    yield text + (f" The same holds for {'; '.join(others)}." if others else "")


def _apart(rubric: Rubric, verdicts: pd.DataFrame) -> Iterator[str]:
    items = verdicts[verdicts["kind"] == "item"]
    seen = items["n_pieces"] + items["n_apart"]
    rows = items[(items["n_apart"] >= TOO_FEW) & (items["n_apart"] >= OFTEN_APART * seen)]
    if rows.empty:
        return
    named = [f"{_name(row)} ({row['n_apart']})" for _, row in rows.iterrows()]
    yield (
        "Often one auditor gave a level where another found that the item does not apply or is not "
        f"evidenced; such {NOUNS[rubric.looks_at][1]} are not in the figures: {'; '.join(named)}."
    )
