"""Are items that were chosen for being low told as moved when nothing changed? And a true rise?

A team's files before and after a day, scored in five levels; the lowest items of before are
chosen, as teams choose. In the worlds "nothing" no item changes, so that every "rose more" or
"rose less" is false; "all rise" lifts every item alike; "planted" lifts the chosen ones alone.
`naive` is the share of chosen items whose own interval before and after leaves out 0: what would
be told without neighbours.

    python -m benchmarks.studies.chosen_low               # writes the table
    python -m benchmarks.studies.chosen_low --share 0.05  # a look, writes nothing

What is drawn here goes straight into the statistic, and is judged as `fidelity.learning` judges;
the suite holds the two equal on ratings made from the same draws.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.studies.coverage import carry_out, monte_carlo_interval, origin
from fidelity.statistics.change import two_periods
from fidelity.statistics.false_discovery import adjusted
from fidelity.statistics.matched_items import beside_matched

Floats = npt.NDArray[np.float64]
TABLE = Path(__file__).with_suffix(".csv")
RUNS, SEED = 1000, 20268
ITEMS = 19
#: Half a level of five, as `fidelity.analyses.learning`.
CALIPER_IN_LEVELS = 0.5
SHOWN = ("world", "files", "people", "chosen", "rise", "any_told", "any_upper", "rose_more",
         "rose_less", "naive", "no_neighbour", "bias", "runs")  # fmt: skip


@dataclass(frozen=True)
class World:
    """One design.

    Attributes:
        name: "nothing", "all rise" or "planted".
        files: pieces before, and as many after.
        people: practitioners of the team.
        chosen: how many of the lowest items are chosen.
        spread: standard deviation of the items' true means, in levels.
        rise: what is planted, in levels.
    """

    name: str
    files: int
    people: int
    chosen: int
    spread: float = 0.3
    rise: float = 0.0


WORLDS = [
    *(World("nothing", n, people, chosen) for n, people in ((12, 6), (24, 8), (48, 12))
      for chosen in (1, 3)),
    World("nothing", 24, 8, 3, spread=0.0),
    World("nothing", 24, 8, 3, spread=0.6),
    World("all rise", 24, 8, 3, rise=0.7),
    *(World("planted", n, people, 3, rise=1.0) for n, people in ((12, 6), (24, 8), (48, 12))),
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Draw:
    """Files of a team: levels (files, items) with NaN, side, practitioner, and what is chosen."""

    levels: Floats
    after: npt.NDArray[np.bool_]
    person: npt.NDArray[np.int64]
    chosen: list[int]


def drawn(world: World, random: np.random.Generator) -> Draw:
    """One team; the items with the lowest mean before are chosen."""
    n, k = world.files, ITEMS
    person = random.integers(0, world.people, 2 * n)
    after = np.repeat([False, True], n)
    true = (
        3.1 + random.normal(0, world.spread, k)
        + random.normal(0, 0.4, world.people)[person][:, None]
        + random.normal(0, 0.3, (world.people, k))[person]
        + random.normal(0, 0.6, (2 * n, 1)) + random.normal(0, 0.8, (2 * n, k))
    )  # fmt: skip
    away = random.random((2 * n, k)) < 0.05
    before = np.where(away, np.nan, _levels(true))[:n]
    lowest = [int(j) for j in np.argsort(np.nanmean(before, axis=0))[: world.chosen]]
    lifted = np.ones(k, bool) if world.name == "all rise" else np.isin(np.arange(k), lowest)
    true[after] += world.rise * lifted
    return Draw(np.where(away, np.nan, _levels(true)), after, person, lowest)


def _levels(true: Floats) -> Floats:
    return np.clip(np.rint(true), 1, 5)


def learned(draw: Draw) -> list[dict[str, float]]:
    """Of each chosen item: change beyond items as low, its q, and its own interval."""
    others = [j for j in range(draw.levels.shape[1]) if j not in draw.chosen]
    rows = []
    for item in draw.chosen:
        found = beside_matched(draw.levels, draw.after, draw.person, item, others,
                               caliper=CALIPER_IN_LEVELS)  # fmt: skip
        known = ~np.isnan(draw.levels[:, item])
        own = two_periods(draw.levels[known, item], draw.after[known], draw.person[known])
        rows.append({"beyond": found.beyond.value if found.beyond.bounded else np.nan,
                     "p": found.p, "lower": own.difference.lower,
                     "upper": own.difference.upper})  # fmt: skip
    for row, q in zip(rows, adjusted([row["p"] for row in rows]), strict=True):
        row["q"] = float(q)
    return rows


def study(worlds: list[World], runs: int, seed: int = SEED) -> Iterator[dict[str, object]]:
    """One row a world."""
    for number, world in enumerate(worlds):
        random = np.random.default_rng([seed, number])
        found = [learned(drawn(world, random)) for _ in range(runs)]
        told = sum(any(row["q"] < 0.05 for row in rows) for rows in found)
        beyond, q, lower, upper = (
            np.array([row[name] for rows in found for row in rows])
            for name in ("beyond", "q", "lower", "upper")
        )
        compared = ~np.isnan(beyond)
        true = world.rise if world.name == "planted" else 0.0
        yield {
            "world": world.name, "files": world.files, "people": world.people,
            "chosen": world.chosen, "spread": world.spread, "rise": world.rise,
            "any_told": round(told / runs, 4),
            "any_lower": round(monte_carlo_interval(told, runs)[0], 4),
            "any_upper": round(monte_carlo_interval(told, runs)[1], 4),
            "rose_more": round(float(((q < 0.05) & (beyond > 0))[compared].mean()), 4),
            "rose_less": round(float(((q < 0.05) & (beyond < 0))[compared].mean()), 4),
            "naive": round(float(((lower > 0) | (upper < 0)).mean()), 4),
            "no_neighbour": round(float((~compared).mean()), 4),
            "bias": round(float((beyond[compared] - true).mean()), 4), "runs": runs,
            **origin(seed),
        }  # fmt: skip


if __name__ == "__main__":
    carry_out(__doc__, TABLE, lambda share: study(WORLDS, max(10, round(share * RUNS))), SHOWN)
