"""Which raters are stricter or more generous, on what, and what would a fair score be?

Two raters can be compared only where they scored the same piece, or are linked by a chain of such
pieces. Strictness is therefore estimated from pieces that two or more raters scored, by a
many-facet Rasch model of piece, rater and item; what a rater makes of a piece as a whole carries
from item to item, so that the standard errors take pieces as clusters. Raters who share no piece
with the others are named, and not compared.

A fair score is the mean level that a rater of average strictness would give: the mean that was
given, moved by what the strictness of its raters is worth at that piece's measure. Measures of all
pieces come from a second fit, in which raters, items and steps stand as found.

A rater may be like the others on the whole and read one item in another way: each rater and item
is held against the others who scored the same pieces on it, the general strictness of all taken
out (`readings`).

Benchmark pieces link raters too. Only a rater's first scoring of each counts: later ones may be
remembered, and five extracts scored every quarter would outweigh all practice.

Sources: Linacre 1989, Many-Facet Rasch Measurement; Benjamini & Hochberg 1995, J. R. Statist. Soc.
B 57:289 (who is called stricter); Wright & Linacre 1994, Rasch Measurement Transactions 8:370
(reasonable mean squares of rating scales, 0.6 to 1.4).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fidelity.analyses import strictness_words
from fidelity.analyses.strictness_given import compared_items, linked_raters, single_ratings
from fidelity.analyses.strictness_readings import READING_COLUMNS, readings
from fidelity.collect.ratings import Ratings
from fidelity.errors import UsageError
from fidelity.results import Result, method_of
from fidelity.rubric.model import Rubric
from fidelity.scorings import Scorings, scorings
from fidelity.statistics.false_discovery import adjusted
from fidelity.statistics.rasch import RaschFit, many_facet_rasch

if TYPE_CHECKING:
    from fidelity.present.figure import Picture

#: Under so many pieces that somebody else scored too nothing is said of a rater.
LEAST = 10
#: Mean squares outside this, and not by chance, are called misfit.
REASONABLE = (0.6, 1.4)
STRICTER, GENEROUS = "stricter", "more generous"
ALIKE, TOO_FEW, NOT_LINKED = "no difference can be told", "too few to tell", "not linked"
#: Columns of the table.
COLUMNS = (
    "group", "rater", "estimate", "lower", "upper", "finding", "n_pieces", "n_scored", "n_raters",
    "n_ratings", "logit", "logit_lower", "logit_upper", "q", "infit", "outfit", "misfit", "reason",
)  # fmt: skip
#: Columns of the fair scores.
PIECE_COLUMNS = (
    "group", "piece", "raters", "n_raters", "n_ratings", "observed", "shift", "estimate", "lower",
    "upper", "benchmark", "reason",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Strictness(Result):
    """How strict raters are beside one another.

    `to_frame()` has one row a rater, by group and then in the order of their ids: `estimate`,
    `lower`, `upper` in levels (above 0: scores so much lower than the average of the group's
    raters would), `finding` (stricter, more generous, no difference can be told, too few to tell,
    not linked), `n_pieces` (scored by somebody else too, benchmark pieces included), `n_scored`
    (all), `n_raters` of the group, `n_ratings`, the same in logits, `q` (the chance of such a
    finding where there is none, with false-discovery control), `infit`, `outfit`, `misfit` (less
    predictable, very even, or nothing), `reason`. Too few to tell: NaN.

    Attributes:
        pieces: one row a piece: its raters, `observed` mean level of what was answered, `shift`
            to a rater of average strictness, the fair mean as `estimate` with `lower` and `upper`
            (for not knowing the strictness exactly; what another rater would have seen in the
            piece is a matter for generalizability), `benchmark`, `reason`.
        readings: one row a rater and item: is the item read unlike others read it who scored the
            same pieces, beyond what the rater's general strictness explains? `estimate` in levels
            (above 0: more strictly), `lower` and `upper` (wider than those of `to_frame()`: they
            allow for picking out those that stand out), `finding` (more strictly, more generously,
            no difference can be told, too few to tell), `n_pieces` that somebody else scored on
            the item too, `q`, `reason`.
        groups: raters linked with one another, largest group first.
        items: the items that were used.
        counts: numbers for the sentences.
        rubric: the rubric.
    """

    pieces: pd.DataFrame = field(default_factory=pd.DataFrame)
    readings: pd.DataFrame = field(default_factory=pd.DataFrame)
    groups: tuple[tuple[str, ...], ...] = ()
    items: tuple[str, ...] = ()
    counts: Mapping[str, Any] = field(default_factory=dict)
    rubric: Rubric = field(kw_only=True)

    def plot(self, ax: Any = None) -> Picture:
        """The ladder of strictness with intervals, with alt text and data."""
        from fidelity.present.strictness_pictures import strictness_ladder

        return strictness_ladder(self, ax=ax)


def strictness(
    ratings: Ratings,
    *,
    roles: Collection[str] | None = None,
    benchmark: bool = True,
    confidence: float = 0.95,
) -> Strictness:
    """Compare raters on the pieces that they share, and give fair scores.

    Args:
        ratings: checked ratings of one rubric. Agreed scores stay out. All pieces enter, however
            chosen: raters are compared on the same pieces.
        roles: the roles that count as raters; those of auditors if not given.
        benchmark: whether benchmark pieces link raters; the first scoring of each counts.
        confidence: coverage of the intervals; its complement is the false-discovery rate.

    Raises:
        UsageError: unvalidated input, an unknown role, or more single ratings than
            `tables.CELLS_LIMIT`.

    Reads: `fidelity.tables.answers`, one row an assessment.
    """
    held = scorings(ratings, "strictness", "all")
    items = compared_items(held.rubric)
    given, used = single_ratings(held, items, roles, benchmark)
    groups = linked_raters(given)
    found = [_Group(number, group, given, confidence) for number, group in enumerate(groups, 1)]
    tables = [group.raters() for group in found]
    result = Strictness(
        table=_joined(tables, COLUMNS),
        sentences=(),
        method=method_of(
            "strictness", held.rubric.label, roles=used, benchmark=benchmark,
            confidence=confidence, person="piece", least_pieces=LEAST,
            estimator=next((g.fit.method for g in found if g.fit), ""),
        ),
        pieces=_joined([group.pieces() for group in found], PIECE_COLUMNS),
        readings=_joined(
            [readings(g.number, g.fit, held.rubric, LEAST) for g in found if g.fit],
            READING_COLUMNS,
        ),
        groups=groups, items=items, rubric=held.rubric,
        counts=_counts(held, given, used, items),
    )  # fmt: skip
    return replace(result, sentences=tuple(strictness_words.sentences(result)))


def _counts(
    scored: Scorings, given: pd.DataFrame, used: Collection[str], items: tuple[str, ...]
) -> dict[str, Any]:
    shared = given[given["shared"]]
    named = sorted(set(scored.role) - {"", "agreed"})
    return {
        "roles": [role for role in named if role in used],
        "other_roles": [role for role in named if role not in used],
        "pieces": int(given["piece"].nunique()),
        "shared": int(shared["piece"].nunique()),
        "benchmark": int(shared.loc[shared["benchmark"], "piece"].nunique()),
        "scorings": len(shared[["piece", "rater"]].drop_duplicates()),
        "other_items": len(scored.rubric.scored_items) - len(items),
    }


class _Group:
    """Raters who are linked, with what was found of them."""

    def __init__(
        self, number: int, raters: tuple[str, ...], given: pd.DataFrame, confidence: float
    ) -> None:
        self.number, self.names, self.confidence = number, raters, confidence
        self.given = given[given["rater"].isin(raters)]
        self.shared = self.given[self.given["shared"]]
        met = self.shared.groupby("rater")["piece"].nunique()
        self.met = {rater: int(met.get(rater, 0)) for rater in raters}
        self.fit, self.refused = self._fitted()

    def _fitted(self) -> tuple[RaschFit | None, str]:
        """The model of the shared pieces, or why there is none."""
        if len(self.names) < 2:
            return None, "shares no piece with another rater"
        if max(self.met.values()) < LEAST:
            return None, f"under {LEAST} shared pieces"
        try:
            return many_facet_rasch(
                _facets(self.shared), self.shared["level"].to_numpy(), se="robust",
                confidence=self.confidence,
            ), ""  # fmt: skip
        except UsageError as error:
            return None, str(error).splitlines()[0]

    def raters(self) -> pd.DataFrame:
        """One row a rater, in the order of their ids."""
        scored = self.given.groupby("rater")["piece"].nunique()
        rows = [
            {
                "group": self.number, "rater": rater, "n_pieces": self.met[rater],
                "n_scored": int(scored[rater]), "n_raters": len(self.names), "n_ratings": 0,
                "misfit": "", "finding": NOT_LINKED if len(self.names) < 2 else TOO_FEW,
                "reason": self._why_not(rater),
            }
            for rater in self.names
        ]  # fmt: skip
        table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
        if self.fit is None:
            return table
        return _judged(self._measured(table, self.fit), self.met, 1 - self.confidence)

    def _why_not(self, rater: str) -> str:
        if self.refused:
            return self.refused
        few = self.met[rater] < LEAST
        return f"{self.met[rater]} shared pieces; {LEAST} are needed" if few else ""

    def _measured(self, table: pd.DataFrame, fit: RaschFit) -> pd.DataFrame:
        """Measures in levels and logits, and fit, of those with pieces enough."""
        measures, fair = fit.facets["rater"], fit.fair("rater")
        squares = fit.mean_squares("rater")
        average = float(np.nanmean(fair.value))
        found = pd.DataFrame({
            "rater": measures.labels.astype(str), "estimate": average - fair.value,
            "lower": average - fair.upper, "upper": average - fair.lower, "logit": measures.value,
            "logit_lower": measures.lower, "logit_upper": measures.upper, "n_ratings": measures.n,
            "infit": squares.infit, "outfit": squares.outfit, "fit_z": squares.infit_z,
            "se": measures.se,
        }).set_index("rater").reindex(table["rater"])  # fmt: skip
        few = [self.met[rater] < LEAST for rater in table["rater"]]
        found.loc[few, found.columns.drop("n_ratings")] = np.nan
        values = found.reset_index(drop=True)
        reasons = {str(measures.labels[place]): why for place, why in measures.reasons.items()}
        told = [why or reasons.get(r, "") for r, why in zip(table["rater"], table["reason"],
                                                            strict=True)]  # fmt: skip
        kept = table.drop(columns=[c for c in values if c in table])
        return pd.concat([kept, values], axis=1).assign(reason=told)

    def pieces(self) -> pd.DataFrame:
        """Observed and fair mean of every piece of these raters."""
        by_piece = self.given.groupby("piece")
        table = pd.DataFrame({
            "group": self.number, "raters": by_piece["rater"].agg(_names),
            "n_raters": by_piece["rater"].nunique(), "n_ratings": by_piece.size(),
            "observed": by_piece["level"].mean(), "benchmark": by_piece["benchmark"].first(),
            "reason": "" if self.fit else self.refused,
        }).reset_index()  # fmt: skip
        if self.fit is None:
            return table.reindex(columns=list(PIECE_COLUMNS))
        table = table.merge(self._shifts(self.fit), on="piece", how="left")
        ends = min(self.given["level"]), max(self.given["level"])
        for name, shift in (("estimate", 0.0), ("lower", -1.0), ("upper", 1.0)):
            moved = table["observed"] + table["shift"] + shift * table["reach"]
            table[name] = moved.clip(*ends)
        table.loc[table["shift"].isna(), "reason"] = "too few to tell how strict its raters are"
        return table[list(PIECE_COLUMNS)]

    def _shifts(self, fit: RaschFit) -> pd.DataFrame:
        """How many levels its raters' strictness took from each piece, and half the interval.

        The slope from logits to levels is that at the piece's own measure; several raters' errors
        are taken as one and the same, which is on the safe side.
        """
        found = self._anchored(fit)
        measures, fair = found.facets["piece"], found.fair("piece")
        slope = pd.Series(fair.se / measures.se, index=measures.labels.astype(str))
        raters = fit.facets["rater"]
        severity = {
            str(rater): raters[rater].value if self.met[str(rater)] >= LEAST else math.nan
            for rater in raters
        }
        reach = dict(zip(raters.labels.astype(str), raters.reach * raters.se, strict=True))
        by_piece = self.given[["piece", "rater"]].drop_duplicates()
        by_piece = by_piece.assign(
            shift=by_piece["rater"].map(severity), reach=by_piece["rater"].map(reach)
        )
        means = by_piece.groupby("piece")[["shift", "reach"]].agg(_mean_if_all)
        return means.mul(slope.reindex(means.index), axis=0).reset_index()

    def _anchored(self, fit: RaschFit) -> RaschFit:
        """All pieces, with raters, items and steps as they were found on the shared ones."""
        known = {
            facet: {label: e.value for label, e in fit.facets[facet].items() if e.known}
            for facet in ("rater", "item")
        }
        steps = {level: step.value for level, step in fit.steps["all"].items()}
        seen = {*steps, min(steps) - 1}
        same = set(self.given["level"]) <= seen and not any(map(math.isnan, steps.values()))
        return many_facet_rasch(
            _facets(self.given), self.given["level"].to_numpy(), fixed=known,
            fixed_steps=steps if same else None, confidence=self.confidence,
        )  # fmt: skip


def _facets(given: pd.DataFrame) -> dict[str, npt.NDArray[np.str_]]:
    return {name: given[name].to_numpy(str) for name in ("piece", "rater", "item")}


def _mean_if_all(values: pd.Series[float]) -> float:
    return float(values.mean(skipna=False))


def _names(raters: pd.Series[str]) -> str:
    return ", ".join(sorted(set(raters)))


def _judged(table: pd.DataFrame, met: Mapping[str, int], rate: float) -> pd.DataFrame:
    """Who is stricter or more generous, and who does not fit, with false discoveries held."""
    from scipy.special import ndtr, stdtr

    degrees = np.array([max(met[rater] - 1, 1) for rater in table["rater"]], np.float64)
    t = (table["logit"] / table["se"]).to_numpy(np.float64)
    q = adjusted(2 * stdtr(degrees, -np.abs(t)))
    side = np.where(t > 0, STRICTER, GENEROUS)
    finding = np.where(np.isnan(q), TOO_FEW, np.where(q < rate, side, ALIKE))
    odd = adjusted(2 * ndtr(-np.abs(table["fit_z"].to_numpy(np.float64)))) < rate
    infit = table["infit"].to_numpy(np.float64)
    low, high = REASONABLE
    noisy, even = odd & (infit > high), odd & (infit < low)
    if noisy.any():  # mean squares are relative: one noisy rater makes all others look even
        even[:] = False
    misfit = np.where(noisy, "less predictable", np.where(even, "very even", ""))
    table = table.assign(q=q, finding=finding, misfit=misfit)
    return table[list(COLUMNS)]


def _joined(tables: Collection[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    """Tables one below the other; what is empty in one does not set the type of all."""
    rows: Iterator[dict[str, Any]] = (
        {str(k): v for k, v in row.items()} for t in tables for row in t.to_dict(orient="records")
    )
    table = pd.DataFrame(list(rows), columns=list(columns))
    texts = {
        "rater", "finding", "misfit", "reason", "piece", "raters", "benchmark", "item", "text",
    }  # fmt: skip
    numbers = [c for c in columns if c not in texts]
    return table.astype(dict.fromkeys(numbers, "float64")).astype(
        {c: "int64" for c in numbers if c == "group" or c.startswith("n_")}
    )
