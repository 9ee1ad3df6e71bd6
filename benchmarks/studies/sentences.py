"""Are the sentences of a briefing true? Tested as a statistic is, on made-up authorities.

Worlds in which practice does not change, though much else does: nothing at all; staff turn over;
auditors learn, at an even pace or soon and then no more; kinds of case shift; recording improves;
files are chosen more and more by teams and for concern; all at once. And worlds in which it does:
training that holds, training that wears off, a slow slide, one team of four alone, a change that
auditors hide by drifting the other way. Each with agreed scores, benchmark pieces, both or
neither, in small authorities and in large ones. Most are not what the models assume.

What is counted is statement objects, of the first page and overleaf, and not words. Practice is
true skill, on the scale of levels, and never scores:

- Nothing changed: newcomers are as skilled as those who left, and nobody is trained; each person's
  own rise or fall averages zero. Any "improved" and any "faded" is false.
- Something changed: the true change is the mean skill of those in post in the months of the latest
  period, less that of the earlier one, of the same authority. A statement of the other sign is
  wrong. "Higher" and "lower" speak of scores: their truth is practice, scoring, recording and
  kinds of case together. "More generous" and "stricter" speak of raters: their mean shift in
  those months, zero where only single raters shift.
- A large effect is a true change of .8 of the spread of pieces (Cohen 1988, Statistical Power
  Analysis for the Behavioral Sciences, section 2.2), .7 of a level here, in a large authority that
  can tell practice from scoring; it is found if the page says that practice improved or faded,
  rightly. Changes of half a level are shown beside.

    python -m benchmarks.studies.sentences              # every authority, writes the tables
    python -m benchmarks.studies.sentences --runs 6     # a look, writes nothing
    python -m benchmarks.studies.sentences --rows FILE  # adds to a file of rows; goes on if stopped
"""

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.studies.coverage import monte_carlo_interval, origin, write_table
from fidelity.analyses.scores import score
from fidelity.collect.ratings import Ratings
from fidelity.present.briefing_change import Changes, changes
from fidelity.present.briefing_change_words import front, overleaf
from fidelity.present.briefing_period import Period, period_of
from fidelity.present.evidence import Evidence
from fidelity.present.statement import (
    FADED,
    GENEROUS,
    HIGHER,
    IMPROVED,
    LOWER,
    PRACTICE,
    SCORES,
    SCORING,
    STRICTER,
    Statement,
)
from fidelity.simulate import Authority, PlanType, Settings, Strand, Team, Training, simulate

TABLE = Path(__file__).with_suffix(".csv")
KINDS = Path(__file__).with_name("sentences_kinds.csv")
RUNS = 30
SEED = 20265
RUBRIC = "sos_case_file"
MONTHS = 24
#: True changes that ought to be seen, in levels: .8 of hypot(.4, .5, .6), and half a level.
LARGE, HALF = 0.7, 0.5
#: False statements that are allowed.
MOST = 0.05
UP, DOWN = {IMPROVED, HIGHER, GENEROUS}, {FADED, LOWER, STRICTER}
_MIX = (PlanType("child_in_need", 0.6, 0.2, 0.2), PlanType("child_protection", 0.2, 0.3, 0.0),
        PlanType("looked_after", 0.2, 0.5, -0.3))  # fmt: skip
_CHOSEN = {"random": 0.6, "chosen_by_team": 0.25, "concern": 0.15}
_QUIET: Mapping[str, Any] = {
    "training": (), "newcomer_gap": 0.0, "strictness_slope": 0.0, "turnover": 0.0,
    "half_life": math.inf,
}  # fmt: skip


def _taught(gain: float, month: int = 6) -> tuple[Training, ...]:
    return (Training(month, "Practice model course", gain=gain, attended=1.0),)


@dataclass(frozen=True)
class World:
    """What changes in a made-up authority, and what does not.

    Attributes:
        name: as in the table.
        settings: beside those of a quiet authority.
        strand: of how files are chosen and recorded.
        changes: whether practice changes.
        later_chosen: files are chosen more and more, and fewer are drawn at random.
        record: what becomes of the column that says how they were chosen: kept or lost; or "all"
            files are counted, however they were chosen.
        one_team: practice changes in the first team alone.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    strand: Mapping[str, Any] = field(default_factory=dict)
    changes: bool = False
    later_chosen: bool = False
    record: str = "kept"
    one_team: bool = False


WORLDS = (
    World("quiet"),
    World("turnover", {"turnover": 0.05}),
    World("auditors grow generous", {"strictness_slope": -0.03}),
    World("auditors grow stricter", {"strictness_slope": 0.03}),
    World("case mix grows harder", {"plan_types": _MIX}),
    World("case mix grows easier", {"plan_types": tuple(
        replace(p, share=p.share_at_end, share_at_end=p.share) for p in _MIX)}),
    World("recording improves", {}, {"ne": (0.3, 0.02)}),
    World("files more and more chosen", {}, {"selection": _CHOSEN}, later_chosen=True),
    World("the same, choice not recorded", {}, {"selection": _CHOSEN}, later_chosen=True,
          record="lost"),
    World("the same, all counted", {}, {"selection": _CHOSEN}, later_chosen=True, record="all"),
    World("all at once", {"turnover": 0.05, "strictness_slope": -0.02, "plan_types": _MIX},
          {"ne": (0.25, 0.03), "selection": _CHOSEN}, later_chosen=True),
    World("training that holds", {"training": _taught(1.0)}, changes=True),
    World("training that wears off", {"training": _taught(1.2, 4), "half_life": 9.0}, changes=True),
    World("slow slide", {"practice_slope": -0.03}, changes=True),
    World("one team of four improves", {"training": _taught(1.2)}, changes=True, one_team=True),
    World("improves, hidden by auditors", {"training": _taught(0.9), "strictness_slope": 0.035},
          changes=True),
    World("slides, hidden by auditors", {"practice_slope": -0.035, "strictness_slope": -0.035},
          changes=True),
    World("trained and all at once", {"training": _taught(1.0), "turnover": 0.03,
          "newcomer_gap": 0.3, "strictness_slope": -0.02, "plan_types": _MIX},
          {"ne": (0.25, 0.03)}, changes=True),
)  # fmt: skip
#: (teams, posts, pieces a team and month, raters) by size.
SIZES = {"small": (2, 6, 3, 4), "large": (4, 8, 6, 8)}
#: What tells practice from scoring.
REFERENCES: Mapping[str, Mapping[str, Any]] = {
    "both": {"double_share": 0.25, "agreed_share": 0.6, "benchmark_pieces": 3},
    "agreed": {"double_share": 0.4, "agreed_share": 0.8},
    "benchmark": {"double_share": 0.1, "agreed_share": 0.0, "benchmark_pieces": 4},
    "neither": {"double_share": 0.1, "agreed_share": 0.0},
}
#: Authorities take these in turn; those that cannot tell practice from scoring are fewest.
DESIGNS = (
    ("large", "both"), ("small", "both"), ("large", "agreed"), ("large", "benchmark"),
    ("small", "agreed"), ("small", "benchmark"), ("large", "both"), ("small", "neither"),
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What one briefing says of change, and what is true.

    Attributes:
        told: each statement that names a direction: what it is of, kind, direction, true change.
        practice: the true change of practice.
        apart: whether practice can be told from scoring.
    """

    told: tuple[tuple[str, str, str, float], ...]
    practice: float
    apart: bool


def authority_of(world: World, size: str, known: str, seed: int) -> Authority:
    """Make up an authority of a world."""
    teams, posts, pieces, raters = SIZES[size]
    names = ("North", "South", "East", "West")[:teams]
    given = {**_QUIET, **world.settings}
    if world.name == "quiet":
        given["practice_slope_sd"] = 0.0
    strand = Strand(RUBRIC, pieces=pieces, staged=True, **{**REFERENCES[known], **world.strand})
    settings = Settings(
        months=MONTHS, teams=tuple(Team(name, posts) for name in names), raters=raters,
        strands=(strand,), **given,
    )  # fmt: skip
    made = simulate(settings, rng=seed)
    if not world.one_team:
        return made
    # A team is the same whatever the others are, so the untrained ones come from a twin.
    twin, first = simulate(replace(settings, training=()), rng=seed), names[0]
    return replace(
        made,
        ratings={RUBRIC: _joined(made.ratings[RUBRIC], twin.ratings[RUBRIC], first)},
        truth=replace(made.truth, skill=_joined(made.truth.skill, twin.truth.skill, first)),
    )


def _joined(one: pd.DataFrame, others: pd.DataFrame, team: str) -> pd.DataFrame:
    mine, rest = (table["team"].eq(team).fillna(False) for table in (one, others))
    return pd.concat([one[mine], others[~rest]], ignore_index=True)


def ratings_of(world: World, made: Authority, seed: int) -> Ratings:
    """Its ratings, as they are recorded."""
    frame = made.ratings[RUBRIC]
    if world.later_chosen:
        pieces = frame.drop_duplicates("piece")
        since = (pd.to_datetime(pieces["date"]) - pd.Timestamp(made.truth.settings.start)).dt.days
        late = np.clip(since / (30.44 * MONTHS), 0, 1)
        random = pieces["selection"].eq("random").fillna(False).to_numpy(bool)
        kept = np.where(random, 1 - 0.5 * late, 0.15 + 0.85 * late)
        kept = np.where(pieces["selection"].isna(), 1.0, kept)
        drawn = np.random.default_rng([seed, 1]).random(len(pieces)) < kept
        frame = frame[frame["piece"].isin(set(pieces["piece"][drawn]))]
    if world.record == "lost":
        frame = frame.drop(columns="selection")
    return Ratings(frame.reset_index(drop=True), RUBRIC)


def told_of(ratings: Ratings, selection: str = "random") -> tuple[Changes, list[Statement]]:
    """All that a briefing says about change, first page and overleaf, without drawing anything."""
    period = period_of(ratings, selection=selection)
    mine = period.of(ratings)
    scores = score(mine, selection=selection)
    evidence = Evidence(mine, scores, ratings.rubric.title, period.until(ratings), period)
    told = changes([evidence], options={"selection": selection})
    return told, [*front(told), *overleaf(told)]


def said_in(world: World, size: str, known: str, seed: int) -> Said:
    """One authority: what its briefing says of change, beside what is true."""
    made = authority_of(world, size, known, seed)
    counted = "all" if world.record == "all" else "random"
    told, statements = told_of(ratings_of(world, made, seed), counted)
    first = told.moved[0]
    truth = truth_of(world, made, first.before, first.now)
    seen = dict.fromkeys(
        (s.of, s.kind, s.about, s.direction) for s in statements if s.direction in UP | DOWN
    )
    return Said(
        tuple((of, kind, direction, truth[of]) for of, kind, _, direction in seen),
        truth[PRACTICE], told.drift is not None and told.drift.apart,
    )  # fmt: skip


def truth_of(world: World, made: Authority, before: Period, now: Period) -> dict[str, float]:
    """The true change between two periods: of practice, of scoring, of scores."""
    settings, sides = made.truth.settings, (before, now)
    months = [_months(side, settings) for side in sides]
    skill = made.truth.skill[made.truth.skill["in_post"]]
    practice = _between(skill.set_index("month")["skill"], months) if world.changes else 0.0
    strict = made.truth.strictness.set_index("month")["strictness"]
    scoring = -_between(strict, months) if settings.strictness_slope else 0.0
    late = [float(np.mean(m)) / MONTHS for m in months]
    mix = sum(p.shift * (p.share_at_end - p.share) for p in settings.plan_types) * (
        late[1] - late[0]
    )
    first, last = settings.strands[0].ne
    # Where no evidence is found the lowest level is given, about 2 levels under the mean.
    recording = 2.0 * (first - last) * (late[1] - late[0])
    chosen = 0.0 if world.record == "kept" or not world.later_chosen else math.nan
    return {
        PRACTICE: practice, SCORING: scoring,
        SCORES: practice + scoring + mix + recording + chosen,
    }  # fmt: skip


def _months(period: Period, settings: Settings) -> list[int]:
    """The months of a period, counted from 1."""
    if period.first is None or period.last is None:
        return []
    first = (period.first.year - settings.start.year) * 12 + period.first.month
    last = (period.last.year - settings.start.year) * 12 + period.last.month
    return [m for m in range(first, last + 1) if 1 <= m <= settings.months]


def _between(values: "pd.Series[float]", months: Sequence[Sequence[int]]) -> float:
    before, now = (float(values.loc[values.index.isin(m)].mean()) for m in months)
    return now - before


def authorities(runs: int, seed: int = SEED) -> Iterator[tuple[int, World, str, str, int]]:
    """Every authority to be made up: number of the run, world, size, what is known, seed."""
    for run in range(runs):
        for place, world in enumerate(WORLDS):
            size, known = DESIGNS[(run + place) % len(DESIGNS)]
            if world.one_team:
                size = "large"
            yield run, world, size, known, seed + 1000 * run + place


def row_of(asked: tuple[int, World, str, str, int]) -> dict[str, object]:
    """One authority as a row."""
    run, world, size, known, seed = asked
    said = said_in(world, size, known, seed)
    told = ";".join(f"{of}/{kind}/{way}/{true:.4f}" for of, kind, way, true in said.told)
    return {
        "run": run, "world": world.name, "changes": world.changes, "size": size, "known": known,
        "seed": seed, "apart": said.apart, "practice": round(said.practice, 4), "told": told,
    }  # fmt: skip


def table_of(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """By world, and over all of each sort: how many authorities, and what is said of them."""
    for name, mine in _sorts(rows):
        n = len(mine)
        told = [_told(text) for text in mine["told"]]
        ways = [{way for of, _, way, _ in each if of == PRACTICE} for each in told]
        changed = bool(mine["changes"].iloc[0])
        row: dict[str, object] = {
            "world": name, "practice": "changes" if changed else "holds", "authorities": n,
            "told apart": int(mine["apart"].sum()),
        }  # fmt: skip
        for way in (IMPROVED, FADED):
            hits = sum(way in each for each in ways)
            lower, upper = monte_carlo_interval(hits, n)
            row |= {
                way: hits, f"{way} share": round(hits / n, 4), f"{way} lower99": round(lower, 4),
                f"{way} upper99": round(upper, 4),
            }  # fmt: skip
        told_apart = (mine["size"] == "large") & mine["apart"]
        right = [
            (IMPROVED if true > 0 else FADED) in each
            for true, each in zip(mine["practice"], ways, strict=True)
        ]
        for size, name in ((LARGE, "large effects"), (HALF, "effects of half a level")):
            there = (told_apart & (mine["practice"].abs() >= size)).to_numpy(bool)
            row |= {name: int(there.sum()), f"{name} said": int((there & np.array(right)).sum())}
        row["verdict"] = _judged(row) if not changed else ""
        yield row


def kinds_of(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """By kind of statement, where practice changes and where it does not: how many are untrue."""
    for changed, mine in rows.groupby("changes"):
        told = [each for text in mine["told"] for each in _told(text)]
        for of, kind in dict.fromkeys((of, kind) for of, kind, *_ in sorted(told)):
            own = [(way, true) for o, k, way, true in told if (o, k) == (of, kind)]
            known = [(way, true) for way, true in own if not math.isnan(true)]
            wrong = sum(true == 0 or (true > 0) != (way in UP) for way, true in known)
            lower, upper = monte_carlo_interval(wrong, len(known))
            yield {
                "practice": "changes" if changed else "holds", "of": of, "kind": kind,
                "statements": len(known), "wrong or zero": wrong,
                "share": round(wrong / len(known), 4) if known else "",
                "lower99": round(lower, 4), "upper99": round(upper, 4),
                "verdict": ("passes" if lower <= MOST else "fails") if changed else "",
            }  # fmt: skip


def _told(text: str) -> list[tuple[str, str, str, float]]:
    parts = [part.split("/") for part in str(text).split(";") if part]
    return [(of, kind, way, float(true)) for of, kind, way, true in parts]


def _sorts(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for world in WORLDS:
        mine = rows[rows["world"] == world.name]
        if len(mine):
            yield world.name, mine
    for changed, name in ((False, "all in which nothing changed"), (True, "all that changed")):
        mine = rows[rows["changes"] == changed]
        if len(mine):
            yield name, mine


def _judged(row: Mapping[str, object]) -> str:
    """Whether at most 1 in 20 says "improved", and at most 1 in 20 "faded"."""
    return (
        "passes"
        if all(float(str(row[f"{way} lower99"])) <= MOST for way in (IMPROVED, FADED))
        else "fails"
    )


def study(runs: int, path: Path | None = None, processes: int = 1) -> pd.DataFrame:
    """All rows; those that a file holds already are not made again."""
    held = pd.read_csv(path, keep_default_na=False) if path and path.exists() else pd.DataFrame()
    done = set(held["seed"]) if len(held) else set()
    asked = [each for each in authorities(runs) if each[-1] not in done]
    rows: list[Mapping[Any, object]] = list(held.to_dict("records"))
    for row in _made(asked, processes):
        rows.append(row)
        if path:
            pd.DataFrame([row]).to_csv(path, mode="a", header=not path.exists(), index=False)
    return pd.DataFrame(rows)


def _made(
    asked: list[tuple[int, World, str, str, int]], processes: int
) -> Iterator[dict[str, object]]:
    if processes == 1:
        yield from map(row_of, asked)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(row_of, asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="authorities of each world")
    parser.add_argument("--rows", type=Path, help="file that keeps each authority's row")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    rows = study(given.runs, given.rows, given.processes)
    table, kinds = list(table_of(rows)), list(kinds_of(rows))
    for row in (*table, *kinds):
        print(" | ".join(str(value) for value in row.values()))
    if given.runs == RUNS:
        write_table(TABLE, [{**row, **origin(SEED)} for row in table])
        write_table(KINDS, [{**row, **origin(SEED)} for row in kinds])


if __name__ == "__main__":
    main()
