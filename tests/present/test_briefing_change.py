"""What a briefing says of change: only what its flags hold, and practice only where it is told."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.present.briefing import Briefing, briefing
from fidelity.present.statement import Statement
from tests.present.planted import frame

RUBRIC = "cfsw_skills"
DIRECTIONS = {"improved", "faded", "higher", "lower", "more generous", "stricter",
              "no change can be told", "cannot say", ""}  # fmt: skip


def told(made: Briefing) -> list[Statement]:
    return [*made.statements, *made.overleaf_statements]


def scored(practice: float, scoring: float = 0.0, benchmark: bool = True, n: int = 40) -> Any:
    """Four quarters of observations; practice and scoring move evenly from first to last."""
    rubric, rng = fd.read_rubric(RUBRIC), np.random.default_rng(5)
    skill, drawn = rng.normal(0, 0.3, 20), rng.normal(0, 0.5, 4 * n)

    def level(true: float, lenient: float) -> int:
        return int(np.clip(round(true + lenient + rng.normal(0, 0.3)), 1, 5))

    days = pd.to_datetime("2025-01-05") + pd.to_timedelta(np.arange(4 * n) * 350 / (4 * n), "D")
    time = np.arange(4 * n) / (4 * n)
    tables = [frame(
        rubric, 4 * n,
        lambda p, _: level(3 + skill[p % 20] + drawn[p] + practice * time[p], scoring * time[p]),
        date=lambda p: f"{days[p]:%Y-%m-%d}", rated_on=lambda p: f"{days[p]:%Y-%m-%d}",
        practitioner=lambda p: f"w{p % 20:02d}",
        rater=lambda p: f"r{p % 5}", purpose="routine",
    )]  # fmt: skip
    for quarter in range(4 if benchmark else 0):
        for rater in range(5):
            fixed = frame(
                rubric, 5, lambda p, _, q=quarter: level(1.8 + 0.6 * p, scoring * (q + 0.5) / 4),
                date="2025-01-01", practitioner="nobody", rater=f"r{rater}",
                purpose="benchmark", rated_on=f"2025-{3 * quarter + 2:02d}-15",
            )  # fmt: skip
            tables.append(fixed.assign(piece="B-" + fixed["piece"].astype(str)))
    return fd.Ratings(pd.concat(tables, ignore_index=True), rubric)


def of(made: Briefing, what: str) -> set[str]:
    return {s.direction for s in told(made) if s.of == what}


def test_practice_that_improved_is_said_where_benchmark_pieces_tell() -> None:
    made = briefing(scored(practice=1.8))
    assert "improved" in of(made, "practice")
    assert "higher" in of(made, "scores")
    assert any("Practice itself improved" in sentence for sentence in made.sentences)
    assert "whether practice is changing" not in made.headline


def test_practice_that_faded_behind_generous_scoring_is_said() -> None:
    made = briefing(scored(practice=-1.5, scoring=1.5))
    assert of(made, "practice") == {"faded"}
    assert "more generous" in of(made, "scoring")
    assert "higher" not in of(made, "scores")


def test_without_a_reference_higher_scores_are_scores_alone() -> None:
    made = briefing(scored(practice=1.8, benchmark=False))
    assert "higher" in of(made, "scores")
    assert of(made, "practice") == {"cannot say"}
    text = next(s.text for s in made.statements if s.kind == "change")
    assert "whether that is practice or scoring cannot be told" in text
    assert not any("improved" in s.text for s in told(made))


def test_where_nothing_changed_nothing_is_said_to_have() -> None:
    made = briefing(scored(practice=0.0))
    assert not {"improved", "faded", "higher", "lower"} & {s.direction for s in told(made)}
    assert any(s.kind == "items" and "since no change of the whole" in s.text for s in told(made))


def test_items_are_told_only_where_the_whole_moved() -> None:
    made = briefing(scored(practice=1.8))
    items = [s for s in made.overleaf_statements if s.kind == "item"]
    assert items
    assert {s.direction for s in items} == {"higher"}
    table = next(t for t in made.tables if t.caption.startswith("What moved"))
    assert [row[-1] for row in table.rows].count("higher") == len(items) + 1


def test_how_pieces_were_chosen_must_be_known_for_practice() -> None:
    held = scored(practice=1.8).frame.to_native().drop(columns="selection")
    made = briefing(fd.Ratings(_long(held), RUBRIC))
    assert of(made, "practice") == {"cannot say"}


def _long(held: pd.DataFrame) -> pd.DataFrame:
    table = held.copy()
    table["value"] = table["level"].astype("string").fillna(table["code"].astype("string"))
    return table[["piece", "item", "rater", "value", "date", "rated_on", "practitioner", "purpose"]]


def test_flags_are_of_the_words_that_are_documented() -> None:
    for made in (briefing(scored(1.8)), briefing(scored(0.0, 1.5)), briefing(scored(-1.8))):
        for statement in told(made):
            assert statement.direction in DIRECTIONS
            assert bool(statement.of) == bool(statement.about)
            if statement.direction in {"improved", "faded"}:
                assert statement.of == "practice"
            for word in ("improved", "faded"):
                assert (word in statement.text) <= (statement.direction == word)


def test_a_public_edition_tells_change_of_the_whole_in_round_numbers() -> None:
    made = briefing(scored(practice=1.8), audience="public", checked_by="A. Reader")
    change = [s for s in told(made) if s.of]
    assert {s.kind for s in change} <= {"change", "practice"}
    text = next(s.text for s in change if s.kind == "change")
    assert "Scores are higher than in January to March 2025" in text
    assert "about 40 and 35 observations" in text


@pytest.mark.parametrize("since", ["first", "previous", "2025-07-01"])
def test_the_earlier_time_is_named(since: str) -> None:
    made = briefing(scored(practice=1.8), since=since)
    name = {"first": "January to March 2025", "previous": "July to September 2025",
            "2025-07-01": "April to June 2025"}[since]  # fmt: skip
    assert any(name in s.text for s in made.overleaf_statements if s.kind == "change")
