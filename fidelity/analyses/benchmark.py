"""Which benchmark pieces does each rater score next, and which has each scored before?

A piece that a rater has scored before may be remembered. So each round gives every rater pieces
that are new to them, and one or so that is not: the new ones say how the level descriptions are
read, and the two kinds beside one another say whether remembering matters (`fidelity.memory`).

All raters get their pieces from one order, drawn with the seed: those who have scored the same
before get the same now, so that they can be talked through together. What a rater has seen is
read from the ratings themselves (purpose benchmark), so that nobody has to keep a list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.benchmark import BenchmarkPiece, read_benchmark
from fidelity.rubric.reader import read_rubric
from fidelity.scorings import AGREED
from fidelity.simulate.streams import streams_of
from fidelity.words import counted_as, listed

NEW, AGAIN = "new", "again"
COLUMNS = ("rater", "piece", "title", "kind", "times")


@dataclass(frozen=True, eq=False, repr=False)
class BenchmarkRound(Result):
    """Who scores which benchmark pieces next.

    `to_frame()` has one row a rater and piece: `rater`, `piece`, `title`, `kind` (new, or again),
    `times` that this rater scored it before.

    Attributes:
        pieces: the extracts of this round, to print; agreed scores and all.
        seen: one row a rater and piece scored before: `rater`, `piece`, `times`, `first`, `last`.
        short: raters for whom fewer new pieces are left than were asked for.
    """

    pieces: tuple[BenchmarkPiece, ...] = ()
    seen: pd.DataFrame = field(default_factory=pd.DataFrame)
    short: tuple[str, ...] = ()


def benchmark_round(
    rubric: str,
    ratings: Ratings | None = None,
    *,
    raters: Collection[str] | None = None,
    n: int = 4,
    again: int = 1,
    rng: int | np.random.Generator = 0,
) -> BenchmarkRound:
    """Draw the benchmark pieces of the next round.

    Args:
        rubric: id of a rubric with benchmark pieces, or the path of a file of them.
        ratings: what has been scored so far; without it nobody has seen anything.
        raters: who scores; those of the ratings if not given.
        n: pieces for each rater that they have not scored before.
        again: pieces that they have, those scored longest ago first.
        rng: the seed, or a Generator.

    Raises:
        UsageError: no benchmark pieces, nobody to score, or ratings of another rubric.
    """
    pieces = read_benchmark(rubric)
    seen = exposure(ratings)
    who = sorted(raters) if raters is not None else _raters(ratings)
    if not who:
        raise UsageError('Nobody to score: give raters, for instance raters=["R01", "R02"].')
    if n < 1 or again < 0:
        raise UsageError(f"n={n}, again={again}; allowed: n 1 or more, again 0 or more.")
    stream = streams_of(rng)
    order = sorted(pieces, key=lambda piece: stream("piece", piece.id).random())
    rows = [row for rater in who for row in _of(rater, order, seen, n, again)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    new = table[table["kind"] == NEW].groupby("rater").size()
    label = ratings.rubric.label if ratings else _label(rubric)
    result = BenchmarkRound(
        table, (),
        method_of("benchmark_round", label, n=n, again=again,
                  rng=rng if isinstance(rng, int) else "generator"),
        pieces=tuple(p for p in order if p.id in set(table["piece"])), seen=seen,
        short=tuple(rater for rater in who if new.get(rater, 0) < n),
    )  # fmt: skip
    return replace(result, sentences=tuple(_sentences(result, len(pieces))))


def exposure(ratings: Ratings | None) -> pd.DataFrame:
    """Who has scored which benchmark pieces, how often, first and last: from the ratings."""
    columns = ["rater", "piece", "times", "first", "last"]
    if ratings is None:
        return pd.DataFrame(columns=columns)
    table = ratings.assessments
    if "purpose" not in table:
        return pd.DataFrame(columns=columns)
    table = table[table["purpose"].astype(object) == "benchmark"]
    if "rater_role" in table:
        table = table[table["rater_role"].astype(object) != AGREED]
    when = table["rated_on"] if "rated_on" in table else pd.Series(pd.NaT, index=table.index)
    held = table.assign(when=pd.to_datetime(when)).groupby(["rater", "piece"])
    days = held["when"].agg(["size", "min", "max"]).reset_index().set_axis(columns, axis=1)
    for name in ("first", "last"):
        days[name] = pd.to_datetime(days[name]).dt.strftime("%Y-%m-%d")
    return days


def _raters(ratings: Ratings | None) -> list[str]:
    if ratings is None:
        return []
    table = ratings.assessments
    if "rater_role" in table:
        table = table[table["rater_role"].astype(object) != AGREED]
    return sorted(table["rater"].astype(str).unique())


def _label(rubric: str) -> str:
    try:
        return read_rubric(rubric).label
    except UsageError:
        return "as its file says"


def _of(
    rater: str, order: Sequence[BenchmarkPiece], seen: pd.DataFrame, n: int, again: int
) -> Iterator[dict[str, Any]]:
    """The pieces of one rater: new ones in the common order, then those scored longest ago."""
    mine = seen[seen["rater"] == rater]
    before = dict(zip(mine["piece"], zip(mine["times"], mine["last"], strict=True), strict=True))
    new = [piece for piece in order if piece.id not in before][:n]
    old = [piece for piece in order if piece.id in before]
    old = sorted(old, key=lambda piece: str(before[piece.id][1]))[:again]
    for kind, chosen in ((NEW, new), (AGAIN, old)):
        for piece in chosen:
            times = int(before[piece.id][0]) if kind == AGAIN else 0
            yield {"rater": rater, "piece": piece.id, "title": piece.title, "kind": kind,
                   "times": times}  # fmt: skip


def _sentences(result: BenchmarkRound, there_are: int) -> Iterator[str]:
    table, raters = result.table, result.table["rater"].nunique()
    new = table[table["kind"] == NEW]
    yield (
        f"{counted_as(len(result.pieces), 'extract')} of {there_are} for "
        f"{counted_as(raters, 'rater')}, drawn with seed {result.method['rng']}: each rater has "
        f"{result.method['n']} that they have not scored before"
        + (" and one or more that they have." if (table["kind"] == AGAIN).any() else ".")
    )
    if result.short:
        yield (
            f"Fewer new extracts are left for {listed(result.short)}: "
            + "; ".join(f"{r} {int((new['rater'] == r).sum())}" for r in result.short)
            + ". Write further ones, or let a year go by before one is scored again."
        )
    yield (
        "Enter the scores with the extract's id as the piece and benchmark as the purpose: that "
        "is how the next round knows who has seen what. One real file scored by two raters in each "
        "round shows whether strictness on extracts is strictness on files."
    )
    yield (
        "The extracts are invented, and no panel of practitioners has agreed their scores: settle "
        "them in your own service before raters are measured by them."
    )
