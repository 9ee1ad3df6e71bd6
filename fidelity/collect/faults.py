"""What is wrong in a long table of ratings: found in the engine, told by row or cell.

Each finder fetches rows only where there is something wrong, and no more than a message shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

import narwhals as nw
import pandas as pd

from fidelity.collect import columns as cols
from fidelity.collect.answers import read_answer
from fidelity.collect.engines import Frame, collected
from fidelity.collect.source import ROW, Source
from fidelity.errors import FAULTS_SHOWN, Fault
from fidelity.rubric.checks import nearest
from fidelity.rubric.model import Rubric
from fidelity.rubric.strict_yaml import cut

#: Faults, as many as are shown, and how many there are.
Found = tuple[list[Fault], int]
#: Number of rows by item and text ("" for none).
Pairs = Mapping[tuple[str, str], int]


def missing_keys(frame: Frame, pairs: Pairs, source: Source, by_column: bool) -> Found:
    """Rows without a piece, a rater or an item."""
    needed = [*cols.REQUIRED, "item"]
    counts = collected(frame.select(*(nw.col(name).is_null().sum() for name in needed)))
    faults: list[Fault] = []
    total = 0
    for name in needed:
        if not len(counts) or not counts[name][0] > 0:
            continue
        rows = frame.filter(nw.col(name).is_null())
        if by_column:  # each row of the file is a row an item here
            rows = rows.filter(nw.col("item") == min(item for item, _ in pairs))
        total += int(collected(rows.select(nw.len().alias("n")))["n"][0])
        for row in collected(rows.head(FAULTS_SHOWN)).to_dict("records"):
            faults.append(
                Fault(source.where(row, name), f"no {name}", "one in every row", "fill it in")
            )
    return faults, total


def wrong_answers(
    frame: Frame, pairs: Pairs, rubric: Rubric, source: Source, by_column: bool
) -> Found:
    """Items that the rubric does not have, and texts that are no answer, in the order of rows."""
    wrong: dict[str, list[str]] = {}
    total = 0
    for (item, text), n in pairs.items():
        if item not in rubric.items or read_answer(text, rubric.scale_of(item)) is None:
            wrong.setdefault(item, []).append(text)
            total += n
    if not wrong:
        return [], 0
    unknown = [item for item in wrong if item not in rubric.items]
    clauses = [
        (nw.col("item") == item) & nw.col("value").is_in(texts[:FAULTS_SHOWN])
        for item, texts in wrong.items()
        if item in rubric.items
    ]
    if unknown:
        clauses.append(nw.col("item").is_in(unknown[:FAULTS_SHOWN]))
    rows = collected(frame.filter(reduce(or_, clauses)).head(FAULTS_SHOWN))
    if ROW in rows:
        rows = rows.sort_values(ROW, kind="stable")
    return [_answer(row, rubric, source, by_column) for row in rows.to_dict("records")], total


def _answer(row: Mapping[Any, Any], rubric: Rubric, source: Source, by_column: bool) -> Fault:
    item, value = row["item"], row["value"]
    if item not in rubric.items:
        what, allowed = f'no item "{cut(str(item))}" in {rubric.id}', "the items of the rubric"
        return Fault(source.where(row, "item"), what, allowed, nearest(str(item), rubric.items))
    where = source.where(row, item if by_column else "value")
    what = f'"{cut(str(value))}" for item {item} of piece "{row["piece"]}"'
    return Fault(where, what, rubric.scale_of(item).allowed, "write one of these")


def wrong_roles(frame: Frame, rubric: Rubric, source: Source, by_column: bool) -> Found:
    """Answers to what is asked of other roles, in the order of rows."""
    if not rubric.asked_of:
        return [], 0
    named = "rater_role" in frame.collect_schema().names()
    role = nw.col("rater_role").fill_null("") if named else nw.lit("")
    clauses = [
        (nw.col("item") == item) & ~role.is_in(list(roles))
        for item, roles in rubric.asked_of.items()
    ]
    wrong = frame.filter(~nw.col("value").is_null(), reduce(or_, clauses))
    total = int(collected(wrong.select(nw.len().alias("n")))["n"][0])
    rows = collected(wrong.head(FAULTS_SHOWN)) if total else pd.DataFrame()
    if ROW in rows:
        rows = rows.sort_values(ROW, kind="stable")
    return [_role(row, rubric, source, by_column) for row in rows.to_dict("records")], total


def _role(row: Mapping[Any, Any], rubric: Rubric, source: Source, by_column: bool) -> Fault:
    item, given = row["item"], row.get("rater_role")
    asked = ", ".join(rubric.asked_of[item])
    who = f'rater_role "{cut(given)}"' if isinstance(given, str) else "no rater_role"
    return Fault(
        source.where(row, item if by_column else "value"),
        f'item {item} of piece "{row["piece"]}" is answered, with {who}',
        f"answers from those who are asked: {asked}",
        "correct rater_role, or leave the item blank",
    )


def duplicates(
    frame: Frame, keys: Sequence[str], table: pd.DataFrame, source: Source, by_column: bool
) -> Found:
    """Items that stand twice in an assessment.

    Args:
        frame: long table.
        keys: the columns that name an assessment.
        table: one row an assessment: how many ratings, and its items as bits of a sum, which has
            as many bits as ratings only if each item came once.
        source: where it came from.
        by_column: whether each item had a column, so that the whole assessment stands twice.
    """
    words = [name for name in table.columns if str(name).startswith("_bits")]
    found = sum(table[name].map(lambda bits: int(bits).bit_count()) for name in words)
    if not len(table) or (table["_ratings"] == found).all():
        return [], 0
    wanted = [nw.len().alias("n")]
    if ROW in frame.collect_schema().names():
        wanted.append(nw.col(ROW).max())
    again = frame.group_by(*keys, "item").agg(*wanted).filter(nw.col("n") > 1)
    if by_column:  # each item of the assessment stands as often as any other
        again = again.filter(nw.col("item") == nw.col("item").min().over(*keys))
    total = int(collected(again.select(nw.len().alias("n")))["n"].sum())
    order = [ROW] if len(wanted) > 1 else [*keys, "item"]
    rows = collected(again.sort(*order).head(FAULTS_SHOWN))
    faults = [
        Fault(
            source.where(row, "piece" if by_column else "item"),
            f"{'the assessment' if by_column else 'item ' + row['item']} of "
            + ", ".join(f'{key} "{row[key]}"' for key in keys if row[key])
            + f" stands {row['n']} times",
            "one row each",
            'delete one; a re-scored benchmark piece needs purpose "benchmark" and rated_on',
        )
        for row in rows.to_dict("records")
    ]
    return faults, total
