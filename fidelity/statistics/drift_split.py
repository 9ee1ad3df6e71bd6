"""A change in scores between two periods, split into parts that add up to it.

Each score is a sum of terms: what items are worth that were scored, what was lost because no
evidence was recorded, what its rater adds to an agreed score, and the rest, which is practice.
The change of a mean of sums is the sum of the changes of their means, so that no part depends on
the order in which they are taken. The rest is split by who was looked at: with one level for each
practitioner and effects of the kind of work in common (least squares), the change of the mean is

    change of the same practitioners + change in who they were + change in the kinds of work

exactly (Oaxaca 1973, Int Econ Rev 14:693, in its pooled form). Who scored and how their scoring
moved are parted as Kitagawa 1955, JASA 50:1168, does: shares weighted by the mean of both levels,
levels by the mean of both shares, which is the average over both orders (Shapley).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fidelity.statistics.drift_sums import Floats, Ints
from fidelity.statistics.estimate import Estimate

#: Practitioners who must have been looked at in both periods, for a change of the same people.
LEAST_IN_BOTH = 5


@dataclass(frozen=True, eq=False)
class Terms:
    """One row a piece that counts.

    Attributes:
        later: (n,) whether it is of the later period.
        items: (n,) what the items that were scored are worth beside all items.
        recording: (n,) what it lost where no evidence was recorded and that scores lowest.
        rest: (n,) the score less these two.
        rater: (n,) code of its rater, -1 for an agreed score.
        practitioner: (n,) code.
        kinds: (n, k) kinds of work as columns of 0 and 1, the first of each left out.
    """

    later: NDArray[np.bool_]
    items: Floats
    recording: Floats
    rest: Floats
    rater: Ints
    practitioner: Ints
    kinds: Floats

    def taken(self, rows: Ints, practitioner: Ints) -> Terms:
        """Some rows, perhaps several times, under other codes of practitioners."""
        return Terms(
            self.later[rows], self.items[rows], self.recording[rows], self.rest[rows],
            self.rater[rows], practitioner, self.kinds[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """The parts of a change, in levels; they add up to `total`.

    `practice` holds what no other part explains. Where `same` is false it holds the change in who
    was looked at too (`people` is then 0); where `scoring` was not known, its common shift.
    """

    practice: float
    shift: float
    who_scored: float
    people: float
    kinds: float
    recording: float
    items: float
    same: bool

    @property
    def total(self) -> float:
        """The change itself."""
        return float(np.sum(self.values()))

    def values(self) -> Floats:
        """In the order of the fields."""
        return np.array([
            self.practice, self.shift, self.who_scored, self.people, self.kinds, self.recording,
            self.items,
        ])  # fmt: skip


PARTS = ("practice", "shift", "who_scored", "people", "kinds", "recording", "items")


def split(terms: Terms, level: ArrayLike, move: ArrayLike) -> Parts:
    """Split the change of the mean from the earlier to the later period.

    Args:
        terms: the pieces that count.
        level: (R,) what each rater adds to an agreed score, midway between the periods.
        move: (R,) how much more each adds in the later than in the earlier period.

    Returns:
        The parts, in the units of the scores.

    Source: module docstring.
    """
    levels, moves = (np.append(np.asarray(part, np.float64), 0.0) for part in (level, move))
    later, n = terms.later, len(levels)
    shares = np.array([
        np.bincount(terms.rater[side] % n, minlength=n) / max(1, side.sum())
        for side in (~later, later)
    ])  # fmt: skip
    sides = np.where(later, 0.5, -0.5)
    practice = terms.rest - levels[terms.rater] - sides * moves[terms.rater]
    same, people, kinds, same_people = _looked_at(practice, terms)
    return Parts(
        practice=same, shift=float(shares.mean(axis=0) @ moves),
        who_scored=float((shares[1] - shares[0]) @ levels), people=people, kinds=kinds,
        recording=_change(terms.recording, later), items=_change(terms.items, later),
        same=same_people,
    )  # fmt: skip


def _change(values: Floats, later: NDArray[np.bool_]) -> float:
    return float(values[later].mean() - values[~later].mean())


def _looked_at(practice: Floats, terms: Terms) -> tuple[float, float, float, bool]:
    """Change of the same practitioners, in who they were, in kinds of work; whether told apart."""
    later, who = terms.later, terms.practitioner
    n = int(who.max()) + 1
    seen = [np.bincount(who[side], minlength=n) > 0 for side in (later, ~later)]
    same = int((seen[0] & seen[1]).sum()) >= LEAST_IN_BOTH
    columns = np.column_stack([later.astype(np.float64), terms.kinds])
    if same:
        counts = np.maximum(np.bincount(who, minlength=n), 1)
        centred = [column - (np.bincount(who, column, n) / counts)[who]
                   for column in (practice, *columns.T)]  # fmt: skip
    else:
        centred = [column - column.mean() for column in (practice, *columns.T)]
    effect = np.linalg.lstsq(np.stack(centred[1:], axis=1), centred[0], rcond=1e-9)[0]
    moved = np.array([_change(column, later) for column in terms.kinds.T])
    kinds = float(moved @ effect[1:]) if moved.size else 0.0
    total = _change(practice, later)
    if not same:
        return total - kinds, 0.0, kinds, False
    return float(effect[0]), total - float(effect[0]) - kinds, kinds, True


def with_intervals(
    parts: Parts, again: Callable[[Ints], Parts | None], people: int, n: int, draws: int,
    rng: np.random.Generator, confidence: float,
) -> tuple[Estimate, ...]:  # fmt: skip
    """The parts, and their sum last, with intervals from drawing practitioners again.

    Limits are the value and t times the bootstrap's standard error: percentiles make no allowance
    for few practitioners.

    Args:
        parts: of the pieces as they are.
        again: codes of practitioners, some several times -> the parts; None where a draw does not
            allow it.
        people: how many practitioners there are.
        n: how many pieces.
        draws: how many times.
        rng: generator.
        confidence: coverage.

    Source: cluster bootstrap, Davison & Hinkley 1997, section 3.8; normal interval of section
        5.2 with a t quantile.
    """
    from scipy.special import stdtrit

    made = [again(rng.integers(0, people, people)) for _ in range(draws if people > 1 else 0)]
    found = np.array([[*part.values(), part.total] for part in made if part is not None])
    values = [float(value) for value in (*parts.values(), parts.total)]
    if 2 * len(found) < max(draws, 1):
        reason = "too few practitioners for an interval"
        return tuple(
            Estimate(value, n=n, method="difference of means", clusters=people, reason=reason)
            for value in values
        )
    half = float(stdtrit(people - 1, 0.5 + confidence / 2))
    method = "difference of means, cluster bootstrap, t with clusters - 1"
    return tuple(
        Estimate(value, se, value - half * se, value + half * se, n, method, people)
        for value, se in zip(values, map(float, found.std(axis=0, ddof=1)), strict=True)
    )
