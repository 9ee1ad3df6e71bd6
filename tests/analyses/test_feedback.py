"""What was seen, item by item, and for one person: planted truth, rules, and what is never said."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.analyses.feedback import FEW, MIXED, NOT_YET, THERE, describe, next_level, seen
from fidelity.analyses.feedback_person import FEW as FEW_OF_ONE
from fidelity.analyses.feedback_person import observed
from fidelity.errors import UsageError
from fidelity.statistics.clusters import cluster_share
from fidelity.statistics.reliable_change import IMPROVED, NOISE
from tests.present.planted import frame

RUBRIC = fd.read_rubric("sos_case_file")
ITEMS = list(RUBRIC.scored_items)


def planted(answer: Any, n: int = 24, **columns: Any) -> fd.Ratings:
    people = {"practitioner": [f"P{k}" for k in range(8)], "date": "2025-05-01", "team": "North"}
    return fd.Ratings(frame(RUBRIC, n, answer, **(people | columns)), RUBRIC)


def mostly(item: str, high: int = 4, low: int = 2) -> Any:
    """One item there in nearly all, one in nearly none, the others in half."""

    def answer(piece: int, of: str) -> int:
        if of == "o1" or of == "o2":
            return 1
        if of == item:
            return high if piece % 12 else low
        if of == "m1":
            return low if piece % 12 else high
        return high if piece % 2 else low

    return answer  # fmt: skip


def test_what_is_there_in_most_and_what_is_not_is_found() -> None:
    table = seen(planted(mostly("d1"))).to_frame().set_index("item")
    assert table.loc["d1", "finding"] == THERE
    assert table.loc["m1", "finding"] == NOT_YET
    assert set(table.drop(index=["d1", "m1"])["finding"]) == {MIXED}
    assert table.loc["d1", "n_there"] == 22
    assert table.loc["d1", "n_pieces"] == 24


def test_the_level_and_its_description_are_of_the_side_of_the_finding() -> None:
    table = seen(planted(mostly("d1", high=5))).to_frame().set_index("item")
    row = table.loc["m1"]
    assert row["level"] == 2
    assert row["n_level"] == 22
    assert row["description"] == RUBRIC.items["m1"].levels["2"]
    assert row["next_description"] == RUBRIC.items["m1"].levels["3"]
    assert table.loc["d1", "level"] == 5
    assert table.loc["d1", "next_description"] == ""


def test_intervals_are_those_of_shares_and_p_is_where_they_meet_a_half() -> None:
    ratings = planted(mostly("d1"))
    row = seen(ratings).to_frame().set_index("item").loc["d1"]
    there = np.array([piece % 12 > 0 for piece in range(24)])
    clusters = np.array([f"P{piece % 8}" for piece in range(24)])
    share = cluster_share(there, clusters)
    assert (row["lower"], row["upper"]) == pytest.approx((share.lower, share.upper))
    edge = cluster_share(there, clusters, confidence=1 - row["p"])
    assert edge.lower == pytest.approx(0.5, abs=1e-4)


def test_where_nothing_is_usual_false_findings_are_few() -> None:
    """200 teams in which every item is there in half of all pieces."""
    random, found = np.random.default_rng(4), 0
    from fidelity.statistics.false_discovery import adjusted

    for _ in range(200):
        people = random.integers(0, 8, 24)
        p = []
        for _ in range(19):
            share = cluster_share(random.random(24) < 0.5, people)
            p.append(_p_of(share, people))
        found += bool((adjusted(p) < 0.05).any())
    assert found <= 200 * 0.05 + 3 * (200 * 0.05 * 0.95) ** 0.5


def _p_of(share: Any, people: Any) -> float:
    """The same p-value by the formula of a score test, with clusters - 1 degrees of freedom."""
    from scipy.stats import t

    n = min(24.0, 1 + share.value * (1 - share.value) / share.se**2) if share.se > 0 else 8.0
    return float(2 * t.sf(abs(share.value - 0.5) * 2 * n**0.5, len(set(people)) - 1))


def test_under_five_pieces_nothing_is_said_of_an_item() -> None:
    result = seen(planted(mostly("d1"), n=4))
    assert set(result.table["finding"]) == {FEW}
    assert result.table["estimate"].isna().all()
    assert "too few to say what is usual" in result.sentences[1]


def test_no_evidence_counts_as_the_rubric_says() -> None:
    table = seen(planted(lambda _, item: "1" if item[0] == "o" else "NE")).to_frame()
    absent = [item for item in ITEMS if RUBRIC.items[item].ne == "absent"]
    by_item = table.set_index("item")
    assert set(by_item.loc[absent, "level"]) == {1.0}
    unknown = [item for item in ITEMS if RUBRIC.items[item].ne == "unknown"]
    assert set(by_item.loc[unknown, "n_pieces"]) == {0}
    assert set(by_item["n_ne"]) == {24}


def test_roles_are_not_pooled() -> None:
    ratings = planted(lambda p, i: 1 if i[0] == "o" else 5 if p % 3 else 1,
                      rater_role=["moderator", "peer", "peer"])  # fmt: skip
    row = seen(ratings).to_frame().iloc[0]
    assert row["role"] == "peer"
    assert row["n_there"] == row["n_pieces"] == 16


def test_a_proscribed_item_is_described_by_the_level_that_was_chosen() -> None:
    for rubric in (fd.read_rubric(name) for name in fd.rubric_ids()):
        for item, rule in rubric.scored_items.items():
            if rule.proscribed and rubric.scale_of(item).kind == "levels":
                scale = rubric.scale_of(item)
                assert describe(rubric, item, scale.maximum) == rule.levels.get(
                    str(scale.minimum), ""
                )


def test_every_description_stands_on_its_own() -> None:
    """None says "As 4" without what 4 looks like, in any rubric."""
    for rubric in (fd.read_rubric(name) for name in fd.rubric_ids()):
        for item in rubric.scored_items:
            for level in rubric.scale_of(item).levels:
                text = describe(rubric, item, level.value)
                assert not re.match(r"As (good|[0-9])", text), (rubric.id, item, text)
    assert describe(RUBRIC, "m1", 5).startswith(RUBRIC.items["m1"].levels["4"])
    assert next_level(RUBRIC, "m1", 5)[1] == ""
    step = next_level(RUBRIC, "m1", 4)[1]
    assert step.startswith("The same, and beyond that: with no gap")
    assert RUBRIC.items["m1"].levels["4"] not in step


def person(levels: list[int], others: int = 8) -> fd.Ratings:
    """One person's pieces in time, all items alike, and others who vary by one level."""
    random, rows = np.random.default_rng(2), []
    for k, level in enumerate(levels):
        rows.append(("P1", f"A{k}", f"2025-{k + 1:02}-01", [level] * len(ITEMS)))
    for other in range(others):
        for k in range(6):
            made = np.clip(3 + random.integers(-1, 2, len(ITEMS)), 1, 5)
            rows.append((f"Q{other}", f"B{other}{k}", f"2025-{k + 1:02}-01", made.tolist()))
    wide = pd.DataFrame([values for *_, values in rows], columns=ITEMS).astype(str)
    for place, name in enumerate(("practitioner", "piece", "date")):
        wide[name] = [row[place] for row in rows]
    return fd.Ratings(wide.assign(rater="R1", selection="random"), RUBRIC)


def test_the_latest_piece_is_what_was_seen_in_it() -> None:
    result = observed(person([3, 3, 4, 2]), "P1")
    table = result.to_frame()
    assert result.counts["piece"] == "A3"
    assert not table["there"].any()
    assert table.set_index("item").loc["m1", "description"] == RUBRIC.items["m1"].levels["2"]
    assert "level" not in table, "one observation is no level"
    assert "estimate" not in table
    assert (table["n_there"] == 1).all()
    assert table.loc[table["must_have"], "not_yet_seen"].all()


def test_a_change_is_told_only_where_it_is_more_than_noise() -> None:
    assert observed(person([3, 3, 3, 3]), "P1").change["finding"] == NOISE
    assert observed(person([1, 1, 1, 5, 5, 5]), "P1").change["finding"] == IMPROVED
    few = observed(person([1, 5, 5]), "P1")
    assert few.change["finding"] == FEW_OF_ONE
    assert np.isnan(few.change["estimate"])
    assert "cannot be told from noise" in observed(person([3, 3, 3, 3]), "P1").sentences[1]
    assert "cannot be told from so few" in few.sentences[1]


def test_refusals() -> None:
    with pytest.raises(UsageError, match='No counted piece is by practitioner "P9"'):
        observed(person([3]), "P9")
    bare = fd.Ratings(frame(RUBRIC, 6, mostly("d1")), RUBRIC)
    with pytest.raises(UsageError, match="no column practitioner"):
        observed(bare, "P1")
