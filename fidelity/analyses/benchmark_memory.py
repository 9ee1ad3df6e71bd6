"""Do raters come closer to the agreed scores on extracts that they have scored before?

If they do, they may remember them, and what looks like steadier scoring is not. Raters also learn
over time, so that the first scoring of an extract must not be held against a later one: within one
round, a rater's distance from the agreed scores on extracts seen before is held against that on
new ones. What an extract itself adds, easy or hard, is taken off first.

The chance is that of a permutation: within each rater's round, which extracts were new is drawn
again and again. The interval takes raters as clusters.

Sources: Fisher 1935, The Design of Experiments, section 21 (permutation); the interval is that of
`fidelity.statistics.clusters.cluster_mean`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.results import Result, method_of
from fidelity.rubric.benchmark import benchmark_ids, read_benchmark
from fidelity.rubric.model import Rubric
from fidelity.scorings import AGREED, AUDITORS, Scorings, scorings
from fidelity.statistics.clusters import cluster_mean
from fidelity.words import counted_as, in_figures

Floats = npt.NDArray[np.float64]
#: Under so many raters, or rounds of a rater, with both kinds nothing is said.
LEAST_RATERS, LEAST_ROUNDS = 5, 10
CLOSER, FURTHER = "closer on extracts seen before", "further off on extracts seen before"
ALIKE, TOO_FEW, NOT_BOTH = "no difference can be told", "too few to say", "cannot be tested"
COLUMNS = ("estimate", "lower", "upper", "p", "finding", "n_scorings", "n_rounds", "n_raters",
           "n_clusters", "n_missing", "reason")  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Memory(Result):
    """Distance from the agreed scores on extracts seen before, less that on new ones.

    `to_frame()` has one row: `estimate`, `lower`, `upper` in levels an item (below 0: closer on
    those seen before), `p` by permutation, `finding`, `n_scorings` and `n_rounds` (rounds of a
    rater that held both kinds), `n_raters`, `n_clusters`, `n_missing` (scorings without a day or
    an agreed score), `reason`.

    Attributes:
        scorings: one row a scoring of an extract: `rater`, `piece`, `round`, `times` that the rater
            had scored it before, `distance` from the agreed scores in levels an item.
        counts: numbers for the sentences.
    """

    scorings: pd.DataFrame = field(default_factory=pd.DataFrame)
    counts: Mapping[str, Any] = field(default_factory=dict)


def memory(ratings: Ratings, *, confidence: float = 0.95, runs: int = 4999, rng: int = 0) -> Memory:
    """Test whether raters score extracts that they have seen before closer to what was agreed.

    Args:
        ratings: checked ratings with benchmark scorings and the days on which they were made.
            Agreed scores are those in the ratings, else those of the extracts that ship.
        confidence: coverage of the interval.
        runs: permutations.
        rng: the seed.

    Raises:
        UsageError: unvalidated input.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    given = scorings(ratings, "memory", "all")
    table, missing = _distances(given)
    both = _both(table)
    row = _tested(both, confidence, runs, rng)
    counts = {"scorings": len(table), "again": int((table["times"] > 0).sum()), **_later(table)}
    result = Memory(
        pd.DataFrame([{**row, "n_missing": missing}], columns=list(COLUMNS)), (),
        method_of("memory", given.rubric.label, confidence=confidence, runs=runs, rng=rng,
                  round="calendar quarter of rated_on"),
        scorings=table, counts=counts,
    )  # fmt: skip
    return replace(result, sentences=tuple(_sentences(result)))


def _distances(given: Scorings) -> tuple[pd.DataFrame, int]:
    """One row a scoring of an extract, in the order of the days; and how many cannot be used."""
    columns = ["rater", "piece", "round", "times", "distance"]
    rows = np.flatnonzero(given.benchmark & np.isin(given.role, AUDITORS))
    if not len(rows) or "rated_on" not in given.table:
        return pd.DataFrame(columns=columns), len(rows)
    agreed = _agreed(given)
    table = given.table.iloc[rows][["rater", "piece", "rated_on"]].reset_index(drop=True)
    items = np.array(given.answers.columns(list(given.rubric.scored_items)), np.intp)
    nothing = np.full(len(items), np.nan)
    beside = np.array([agreed.get(piece, nothing) for piece in table["piece"]]).reshape(
        len(rows), len(items)
    )
    apart = np.abs(given.levels[np.ix_(rows, items)] - beside)
    known = ~np.isnan(apart)
    total = np.where(known, apart, 0.0).sum(axis=1)
    n = known.sum(axis=1)
    table["distance"] = np.divide(total, n, out=np.full(len(rows), np.nan), where=n > 0)
    table["when"] = pd.to_datetime(table["rated_on"])
    table = table.sort_values(["rater", "piece", "when"], kind="stable")
    table["times"] = table.groupby(["rater", "piece"]).cumcount()
    usable = table["distance"].notna() & table["when"].notna()
    table = table[usable].assign(round=table["when"].dt.to_period("Q").astype(str))
    return table[columns].reset_index(drop=True), int((~usable).sum())


def _agreed(given: Scorings) -> dict[str, Floats]:
    """The agreed levels of each extract: of the ratings, else of the extracts that ship."""
    items = np.array(given.answers.columns(list(given.rubric.scored_items)), np.intp)
    found = _shipped(given.rubric)
    for row in np.flatnonzero(given.benchmark & (given.role == AGREED)):
        found[str(given.table["piece"].iloc[row])] = given.levels[row, items]
    return found


def _shipped(rubric: Rubric) -> dict[str, Floats]:
    if rubric.id not in benchmark_ids():
        return {}
    return {
        piece.id: np.array([_level(rubric, item, piece.agreed[item].value)
                            for item in rubric.scored_items])
        for piece in read_benchmark(rubric.id)
    }  # fmt: skip


def _level(rubric: Rubric, item: str, value: str) -> float:
    """An agreed answer as it counts: NE is the lowest level where the record is the practice."""
    if value == "NE" and rubric.items[item].ne == "absent":
        return float(rubric.scale_of(item).minimum)
    return float(value) if value.isdigit() else math.nan


def _both(table: pd.DataFrame) -> pd.DataFrame:
    """Scorings of the rounds in which a rater had extracts of both kinds, extracts taken off."""
    if table.empty:
        return table
    centred = table["distance"] - table.groupby("piece")["distance"].transform("mean")
    table = table.assign(centred=centred, seen=table["times"] > 0)
    held = table.groupby(["rater", "round"])["seen"]
    return table[held.transform("any") & ~held.transform("all")].reset_index(drop=True)


def _tested(both: pd.DataFrame, confidence: float, runs: int, rng: int) -> dict[str, Any]:
    empty = {"estimate": math.nan, "lower": math.nan, "upper": math.nan, "p": math.nan}
    if both.empty:
        why = "no rater scored new extracts and ones seen before in the same round"
        return {**empty, "finding": NOT_BOTH, "n_scorings": 0, "n_rounds": 0, "n_raters": 0,
                "n_clusters": 0, "reason": why}  # fmt: skip
    stratum = np.asarray(both.groupby(["rater", "round"]).ngroup(), np.int64)
    rater = both.groupby("rater")["rater"].transform("first").to_numpy(object)
    rounds, raters = int(stratum.max()) + 1, len(set(rater))
    ns = {"n_scorings": len(both), "n_rounds": rounds, "n_raters": raters, "n_clusters": raters}
    if raters < LEAST_RATERS or rounds < LEAST_ROUNDS:
        why = (f"{raters} raters and {rounds} of their rounds; {LEAST_RATERS} and {LEAST_ROUNDS} "
               "are needed")  # fmt: skip
        return {**empty, "finding": TOO_FEW, **ns, "reason": why}
    values, seen = both["centred"].to_numpy(float), both["seen"].to_numpy(bool)
    apart, weight = _differences(values, seen, stratum)
    owner = pd.Series(rater).groupby(stratum).first().to_numpy(object)
    found = cluster_mean(apart, owner, weight, confidence)
    p = _permuted(values, seen, stratum, found.value, runs, np.random.default_rng(rng))
    told = p < 1 - confidence and (found.lower > 0 or found.upper < 0)
    finding = (CLOSER if found.value < 0 else FURTHER) if told else ALIKE
    return {"estimate": found.value, "lower": found.lower, "upper": found.upper, "p": p,
            "finding": finding, **ns, "reason": found.reason}  # fmt: skip


def _differences(
    values: Floats, seen: npt.NDArray[np.bool_], stratum: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """In each stratum the mean of those seen less that of the others, and its weight."""
    n = np.bincount(stratum)
    k = np.bincount(stratum, seen)
    total, of_seen = np.bincount(stratum, values), np.bincount(stratum, values * seen)
    return of_seen / k - (total - of_seen) / (n - k), k * (n - k) / n


def _permuted(
    values: Floats, seen: npt.NDArray[np.bool_], stratum: npt.NDArray[np.int64], found: float,
    runs: int, rng: np.random.Generator,
) -> float:  # fmt: skip
    """Two-sided chance of so large a difference where which were new is drawn within strata."""
    order = np.argsort(stratum, kind="stable")
    values, seen, stratum = values[order], seen[order], stratum[order]
    as_large = 0
    for _ in range(runs):
        mixed = np.lexsort((rng.random(len(values)), stratum))
        apart, weight = _differences(values[mixed], seen, stratum)
        as_large += abs(float(apart @ weight / weight.sum())) >= abs(found) - 1e-12
    return (as_large + 1) / (runs + 1)


def _later(table: pd.DataFrame) -> dict[str, float]:
    """Mean distance of first and of later scorings."""
    again = table["times"] > 0
    return {
        "first": float(table.loc[~again, "distance"].mean()) if (~again).any() else math.nan,
        "later": float(table.loc[again, "distance"].mean()) if again.any() else math.nan,
    }


def _sentences(result: Memory) -> Iterator[str]:
    row, counts = result.table.iloc[0], result.counts
    if not counts["scorings"]:
        yield "Nothing can be said about memory: no scoring of a benchmark extract has its day."
        return
    yield (
        f"{counted_as(counts['scorings'], 'scoring')} of benchmark extracts, of which "
        f"{counts['again']} of an extract that the rater had scored before."
    )
    if row["finding"] in (NOT_BOTH, TOO_FEW):
        text = "Whether raters remember extracts " + (
            "cannot be told: " if row["finding"] == NOT_BOTH else "is too little tested to say: "
        )
        text += f"{row['reason']}."
        if not math.isnan(counts["later"]):
            text += (
                f" First scorings lay {counts['first']:.2f} of a level an item from the agreed "
                f"ones, later ones {counts['later']:.2f}: that may be memory, learning, or "
                "neither. Give each rater four new extracts and one seen before in every round."
            )
        yield text
        return
    figures = in_figures(row["estimate"], row["lower"], row["upper"])
    ns = (f"{int(row['n_rounds'])} rounds of {int(row['n_raters'])} raters; chance of so much "
          f"without memory {row['p']:.3f}")  # fmt: skip
    if row["finding"] == ALIKE:
        yield (
            "In one and the same round no difference can be told between extracts seen before and "
            f"new ones: distance from the agreed scores {figures} of a level an item ({ns})."
        )
    else:
        yield (
            f"In one and the same round raters were {row['finding']}: distance from the agreed "
            f"scores {figures} of a level an item ({ns})."
            + (" Scorings of seen extracts then look steadier than scoring is: use new ones."
               if row["finding"] == CLOSER else "")
        )  # fmt: skip
