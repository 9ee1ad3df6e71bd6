"""Sentences tested as statistics are: a seeded part of `benchmarks/studies/sentences.py`.

The committed tables are judged whole. Some of the first authorities are made up again here and held
against binomial bounds; and what the study counts is shown to be what a briefing prints.
"""

from __future__ import annotations

import re

import pandas as pd
import pytest
from scipy.stats import binom

from benchmarks.studies.coverage import monte_carlo_interval, read_table
from benchmarks.studies.sentences import (
    KINDS,
    MOST,
    RUNS,
    SEED,
    TABLE,
    WORLDS,
    World,
    authorities,
    authority_of,
    kinds_of,
    ratings_of,
    row_of,
    table_of,
    told_of,
    truth_of,
)
from fidelity.present.briefing import briefing
from fidelity.present.briefing_period import Period
from fidelity.present.statement import FADED, IMPROVED, PRACTICE, SCORES, SCORING

#: Words that would say of practice that it changed, wherever they stand.
CLAIMS = re.compile(r"[Pp]ractice (itself )?(improved|faded|rose|fell)")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.DataFrame(read_table(TABLE)).set_index("world")


@pytest.fixture(scope="module")
def kinds() -> pd.DataFrame:
    return pd.DataFrame(read_table(KINDS)).set_index(["practice", "of", "kind"])


def world(name: str) -> World:
    return next(w for w in WORLDS if w.name == name)


def test_at_least_500_authorities_stand_in_the_table(table: pd.DataFrame) -> None:
    whole = table.loc[["all in which nothing changed", "all that changed"], "authorities"]
    assert whole.astype(int).sum() == RUNS * len(WORLDS) >= 500
    assert set(table.index) >= {w.name for w in WORLDS}
    assert (table["seed"].astype(int) == SEED).all()


@pytest.mark.parametrize("way", [IMPROVED, FADED])
def test_where_nothing_changed_at_most_one_authority_in_twenty_is_told_so(
    table: pd.DataFrame, way: str
) -> None:
    """Of all; and of each world by itself as far as so few authorities tell."""
    still = table[table["practice"] == "holds"]
    whole = still.loc["all in which nothing changed"]
    n, hits = int(whole["authorities"]), int(whole[way])
    assert hits / n <= MOST
    assert monte_carlo_interval(hits, n)[0] <= MOST
    assert (still[f"{way} lower99"].astype(float) <= MOST).all()


def test_where_practice_changed_what_is_said_of_it_has_the_right_sign(kinds: pd.DataFrame) -> None:
    row = kinds.loc[("changes", "practice", "practice")]
    assert int(row["statements"]) >= 50
    assert float(row["share"]) <= MOST


def test_large_effects_are_found_and_said(table: pd.DataFrame) -> None:
    changed = table.loc["all that changed"]
    large, found = int(changed["large effects"]), int(changed["large effects said"])
    assert large >= 30
    assert found / large >= 0.8


@pytest.fixture(scope="module")
def again() -> pd.DataFrame:
    """Made up again: one authority of each world that holds still, large ones that change."""
    return pd.DataFrame([
        row_of(each) for each in authorities(2)
        if (each[0] == 0 if not each[1].changes else each[2] == "large" and each[3] != "neither")
    ])  # fmt: skip


def most(n: int) -> int:
    """So many of n are allowed where each is false with a chance of 1 in 20."""
    return int(binom.ppf(0.995, n, MOST))


def test_a_seeded_part_says_no_more_often_than_chance_what_did_not_happen(
    again: pd.DataFrame,
) -> None:
    still = next(row for row in table_of(again) if row["world"] == "all in which nothing changed")
    for way in (IMPROVED, FADED):
        assert int(str(still[way])) <= most(int(str(still["authorities"])))


def test_a_seeded_part_says_what_did_happen_with_its_true_sign(again: pd.DataFrame) -> None:
    rows = {(row["practice"], row["of"], row["kind"]): row for row in kinds_of(again)}
    row = rows["changes", "practice", "practice"]
    said, wrong = int(str(row["statements"])), int(str(row["wrong or zero"]))
    assert said >= 3
    assert wrong <= most(said)
    changed = next(row for row in table_of(again) if row["world"] == "all that changed")
    large, found = int(str(changed["large effects"])), int(str(changed["large effects said"]))
    assert large >= 1
    assert large - found <= int(binom.ppf(0.995, large, 0.2))


@pytest.mark.parametrize(
    ("name", "known"),
    [("quiet", "both"), ("training that holds", "benchmark"), ("recording improves", "neither")],
)
def test_what_is_tested_is_what_a_briefing_prints(name: str, known: str) -> None:
    """Overleaf stands all that the study counts; nowhere else is a change of practice claimed."""
    mine = world(name)
    ratings = ratings_of(mine, authority_of(mine, "small", known, SEED), SEED)
    told, statements = told_of(ratings)
    made = briefing(ratings)
    printed = [*made.statements, *made.overleaf_statements]
    assert {s for s in printed if s.of} == set(statements)
    claimed = any(s.direction in {IMPROVED, FADED} for s in statements)
    words = [*made.document().texts, *(figure.alt for figure in made.figures)]
    assert any(CLAIMS.search(text) for text in words) == claimed
    assert claimed == (told.practice in {IMPROVED, FADED})


def test_the_truth_is_of_those_in_post_in_the_months_compared() -> None:
    """A training in month 6 with a gain of 1 that holds: nothing before it, about 1 since."""
    mine = world("training that holds")
    made = authority_of(mine, "large", "both", SEED)
    before, now = (
        Period("quarter", pd.Timestamp(first), pd.Timestamp(last))
        for first, last in (("2024-01-01", "2024-03-31"), ("2025-10-01", "2025-12-31"))
    )
    truth = truth_of(mine, made, before, now)
    assert truth[PRACTICE] == pytest.approx(0.92, abs=0.12)  # some miss a day of three
    assert truth[SCORES] == pytest.approx(truth[PRACTICE])
    assert truth[SCORING] == 0
    assert truth_of(world("quiet"), made, before, now)[PRACTICE] == 0


def test_one_team_alone_is_trained() -> None:
    made = authority_of(world("one team of four improves"), "large", "both", SEED)
    mean = made.truth.skill.groupby(["team", "month"])["skill"].mean().unstack()
    gain = mean[24] - mean[1]
    assert gain["North"] > 0.9
    assert gain.drop("North").abs().max() < 0.1
