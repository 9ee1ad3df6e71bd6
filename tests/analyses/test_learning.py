"""The learning log at the next cycle: planted truth, the same numbers by another route, words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from benchmarks.studies import chosen_low
from fidelity.analyses.learning import ALIKE, ALL, FEW, LESS, MORE, NO_DATE, NO_NEIGHBOUR
from fidelity.errors import UsageError
from tests.present.planted import looked_at

RUBRIC = fd.read_rubric("sos_case_file")
ITEMS = list(RUBRIC.scored_items)
DAY = "2025-07-01"
FORBIDDEN = ("because of what", "due to", "thanks to", "caused", "worst", "impact")


def ratings_of(draw: chosen_low.Draw, **columns: Any) -> fd.Ratings:
    """Ratings from a draw of the study."""
    text = np.where(np.isnan(draw.levels), "NA", np.nan_to_num(draw.levels).astype(int).astype(str))
    wide = pd.DataFrame(text.astype(object), columns=ITEMS)
    wide.insert(0, "piece", [f"F{i}" for i in range(len(wide))])
    wide = wide.assign(
        rater="R1", selection="random", team="North", practitioner=[f"P{p}" for p in draw.person],
        covers_from=np.where(draw.after, "2025-07-02", "2025-01-01"),
        date=np.where(draw.after, "2025-12-01", "2025-06-01"),
    ).assign(**columns)  # fmt: skip
    return fd.Ratings(wide, RUBRIC)


def log_of(items: list[str], **columns: Any) -> pd.DataFrame:
    rows = {"item": items, "team": "North", "owner": "Jo Bloggs", "date": DAY, "expected": "soon"}
    return fd.read_log(pd.DataFrame({**rows, **columns}, dtype="string"), RUBRIC)


def drawn(world: str = "planted", seed: int = 1, **more: Any) -> tuple[chosen_low.Draw, list[str]]:
    rise = {"planted": 1.5}.get(world, 0.0)
    made = chosen_low.World(world, 40, 10, 3, rise=rise, **more)
    draw = chosen_low.drawn(made, np.random.default_rng(seed))
    return draw, [ITEMS[j] for j in draw.chosen]


@pytest.mark.parametrize("seed", range(4))
def test_the_numbers_are_those_of_the_study(seed: int) -> None:
    draw, items = drawn("nothing", seed)
    table = fd.learning(ratings_of(draw), log_of(items)).to_frame()
    rows = table[table["item"] != ALL]
    for (_, row), other in zip(rows.iterrows(), chosen_low.learned(draw), strict=True):
        assert row["estimate"] == pytest.approx(other["beyond"], nan_ok=True)
        assert row["q"] == pytest.approx(other["q"], nan_ok=True)
        assert row["change_lower"] == pytest.approx(other["lower"])


def test_a_planted_rise_is_found_and_said() -> None:
    draw, items = drawn()
    result = fd.learning(ratings_of(draw), log_of(items))
    table = result.to_frame().set_index("item")
    assert set(table.loc[items, "finding"]) == {MORE}
    assert table.loc[ALL, "finding"] == MORE
    assert table.loc[ALL, "lower"] < 1.5 < table.loc[ALL, "upper"]
    told = " ".join(result.sentences)
    assert told.count("It rose by more than that after it was agreed") == 3
    assert told.count("tends to rise anyway") == 3
    assert "Expected was: “soon”" in told


def test_where_nothing_changed_little_is_told() -> None:
    """Through the gate, the scores and the words; 20 seeded teams."""
    false = 0
    for seed in range(20):
        draw, items = drawn("nothing", 100 + seed)
        result = fd.learning(ratings_of(draw), log_of(items))
        false += bool(result.table["finding"].isin([MORE, LESS]).any())
        for sentence in result.sentences[2:5]:
            assert ("no difference can be told" in sentence) or false or "cannot be" in sentence
    assert false <= 4, "99.7% of binomials of 20 and 5% are no more"


def test_an_item_that_fell_beside_its_neighbours() -> None:
    draw, items = drawn("nothing")
    levels = draw.levels.copy()
    levels[np.ix_(draw.after, draw.chosen)] = 1.0
    fallen = chosen_low.Draw(levels, draw.after, draw.person, draw.chosen)
    result = fd.learning(ratings_of(fallen), log_of(items))
    assert LESS in set(result.table["finding"])
    assert "It rose by less, or fell by more, than that" in " ".join(result.sentences)


def test_sentences_say_after_and_no_owner_is_in_any_output() -> None:
    draw, items = drawn()
    result = fd.learning(ratings_of(draw), log_of(items))
    told = " ".join(result.sentences)
    assert "After what was agreed is not because of it" in told
    assert not [word for word in FORBIDDEN if word in told.lower()]
    everything = told + repr(result) + repr(result.method) + result.plot().alt
    assert "Bloggs" not in everything
    assert "owner" not in result.table


def test_planned_actions_without_owner_or_date_are_named() -> None:
    draw, items = drawn()
    log = log_of(items, owner=[None, "lead", "lead"], date=[DAY, None, DAY])
    result = fd.learning(ratings_of(draw), log)
    told = " ".join(result.sentences)
    assert f"({items[0]}) (North) has no owner." in told
    assert f"({items[1]}) (North) has no date." in told
    row = result.table.set_index("item").loc[items[1]]
    assert row["finding"] == NO_DATE
    assert np.isnan(row["estimate"])


def test_too_few_after_is_a_result() -> None:
    draw, items = drawn()
    keep = ~draw.after | (np.cumsum(draw.after) <= 3)
    few = chosen_low.Draw(draw.levels[keep], draw.after[keep], draw.person[keep], draw.chosen)
    result = fd.learning(ratings_of(few), log_of(items))
    assert set(result.table["finding"]) == {FEW}
    assert result.table["estimate"].isna().all()
    assert "too few to say" in result.sentences[1]
    looked_at(result.plot())


def test_no_neighbour_as_low_is_said_and_not_told_as_a_rise() -> None:
    draw, _ = drawn("nothing")
    levels = np.clip(draw.levels, 3, 5)
    levels[:, 0] = np.where(draw.after, 3.0, 1.0)
    alone = chosen_low.Draw(levels, draw.after, draw.person, [0])
    result = fd.learning(ratings_of(alone), log_of([ITEMS[0]]))
    assert result.table["finding"].to_list() == [NO_NEIGHBOUR]
    assert result.table["change"].iloc[0] == pytest.approx(2)
    assert "whether it moved by more than that cannot be told" in " ".join(result.sentences)


def test_pieces_across_the_day_and_other_teams_stay_out() -> None:
    draw, items = drawn()
    n = len(draw.after)
    start = np.where(draw.after, "2025-07-02", "2025-01-01")
    start[-4:] = "2025-06-15"
    teams = np.array(["North"] * n, dtype=object)
    teams[:10] = "South"
    ratings = ratings_of(draw, covers_from=start, team=teams)
    row = fd.learning(ratings, log_of(items)).table.iloc[0]
    assert row["n_during"] == 4
    known = ~np.isnan(draw.levels[:, draw.chosen[0]])
    assert row["n_before"] == known[10:40].sum()
    assert row["n_after"] == known[40:76].sum()
    whole = fd.learning(ratings, log_of(items, team=None)).table.iloc[0]
    assert whole["n_before"] == known[:40].sum()


def test_chosen_items_are_no_neighbours_of_one_another() -> None:
    draw, items = drawn()
    result = fd.learning(ratings_of(draw), log_of(items))
    assert not set(result.neighbours["item"]) & set(items)


def test_refusals_say_what_to_do() -> None:
    draw, items = drawn()
    ratings = ratings_of(draw)
    with pytest.raises(UsageError, match="names the team West; the ratings hold: North"):
        fd.learning(ratings, log_of(items, team="West"))
    with pytest.raises(UsageError, match="no column owner"):
        fd.learning(ratings, log_of(items).drop(columns="owner"))
    with pytest.raises(UsageError, match="none of the items"):
        fd.learning(ratings, pd.DataFrame({"item": ["x1"], "team": [None], "owner": ["a"],
                                           "date": [DAY], "expected": ["b"]}))  # fmt: skip


def test_the_picture_says_what_the_table_says() -> None:
    draw, items = drawn()
    picture = fd.learning(ratings_of(draw), log_of(items)).plot()
    looked_at(picture)
    assert picture.title == "Of 3 chosen items, 3 rose more than items as low"
    assert set(picture.data["kind"]) == {"chosen", "not chosen"}
    draw, items = drawn("nothing", 5)
    result = fd.learning(ratings_of(draw), log_of(items))
    assert set(result.table["finding"]) <= {ALIKE, NO_NEIGHBOUR}
    looked_at(result.plot())
    assert "No chosen item moved more or less" in result.plot().title
