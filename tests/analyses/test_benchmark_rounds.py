"""Rounds of benchmark pieces: what a rater has seen is never new, and whether memory matters."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from fidelity.analyses.benchmark import benchmark_round, exposure
from fidelity.analyses.benchmark_memory import Memory, memory
from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import UsageError
from fidelity.rubric import read_rubric
from fidelity.rubric.benchmark import read_benchmark
from fidelity.rubric.places import sample_data_folder

RUBRIC = "sos_case_file"
PIECES = {piece.id: piece for piece in read_benchmark(RUBRIC)}
ITEMS = list(read_rubric(RUBRIC).scored_items)


def scored(rows: list[tuple[str, str, str]], values: dict[str, str] | None = None) -> Ratings:
    """Benchmark scorings (rater, piece, day), every item at 3."""
    return Ratings(
        pd.DataFrame([
            {"rater": rater, "piece": piece, "rated_on": day, "purpose": "benchmark",
             **dict.fromkeys(ITEMS, "3"), **(values or {})}
            for rater, piece, day in rows
        ]), RUBRIC,
    )  # fmt: skip


def test_a_first_round_gives_all_the_same_new_extracts() -> None:
    result = benchmark_round(RUBRIC, raters=["R2", "R1"], n=4, rng=5)
    by = result.table.groupby("rater")["piece"].agg(list)
    assert by["R1"] == by["R2"]
    assert len(by["R1"]) == 4
    assert set(result.table["kind"]) == {"new"}
    assert [piece.id for piece in result.pieces] == by["R1"]
    assert benchmark_round(RUBRIC, raters=["R1"], rng=5).table["piece"].tolist() == by["R1"]
    assert benchmark_round(RUBRIC, raters=["R1"], rng=6).table["piece"].tolist() != by["R1"]


def test_what_a_rater_has_scored_is_never_new_to_them() -> None:
    seen = scored([("R1", "nights", "2026-01-05"), ("R1", "headings", "2026-01-06"),
                   ("R2", "the_bolt", "2026-01-05")])  # fmt: skip
    for seed in range(10):
        table = benchmark_round(RUBRIC, seen, n=5, again=1, rng=seed).table
        new = table[table["kind"] == "new"]
        assert not {"nights", "headings"} & set(new.loc[new["rater"] == "R1", "piece"])
        assert "the_bolt" not in set(new.loc[new["rater"] == "R2", "piece"])
        again = table[table["kind"] == "again"].set_index("rater")["piece"]
        assert again.to_dict() == {"R1": "nights", "R2": "the_bolt"}  # scored longest ago


def test_where_few_new_ones_are_left_that_is_said() -> None:
    seen = scored([("R1", piece, "2026-01-05") for piece in list(PIECES)[:10]])
    result = benchmark_round(RUBRIC, seen, n=4, again=0)
    assert result.short == ("R1",)
    assert len(result.table) == 2
    assert "Fewer new extracts are left for R1: R1 2" in " ".join(result.sentences)


def test_exposure_is_read_from_the_ratings_and_leaves_agreed_scores_out() -> None:
    data = sample_data_folder() / "large" / "ratings_sos_case_file.csv"
    table = exposure(read_ratings(data, RUBRIC))
    assert len(table) == 50
    assert set(table["times"]) == {8}
    assert "panel" not in set(table["rater"])
    assert (table["first"] < table["last"]).all()
    assert exposure(None).empty


def test_the_extracts_to_print_hold_no_agreed_score() -> None:
    result = benchmark_round(RUBRIC, raters=["R1"])
    for piece in result.pieces:
        assert piece.agreed["m1"].why not in repr(piece)


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="Nobody to score"):
        benchmark_round(RUBRIC)
    with pytest.raises(UsageError, match="n=0"):
        benchmark_round(RUBRIC, raters=["R1"], n=0)
    with pytest.raises(UsageError, match="No benchmark pieces"):
        benchmark_round("miti4", raters=["R1"])


def rounds(
    rng: np.random.Generator, remembered: float, raters: int = 8
) -> Iterator[dict[str, str]]:
    """Three rounds of four new extracts and, from the second on, two seen before.

    A rater's level is the agreed one, off by one with chance .4; where an extract is remembered
    the chance is so much less. Raters get better from round to round, on all extracts.
    """
    names = list(PIECES)
    for rater in range(raters):
        order = list(rng.permutation(names))
        for turn in range(3):
            new = order[4 * turn : 4 * turn + 4]
            old = list(rng.choice(order[: 4 * turn], 2, replace=False)) if turn else []
            for piece in [*new, *old]:
                off = 0.4 - 0.05 * turn - (remembered if piece in old else 0)
                day = f"2026-{3 * turn + 1:02d}-10"
                yield {"rater": f"R{rater}", "piece": piece, "purpose": "benchmark",
                       "rated_on": day, **answers(piece, off, rng)}  # fmt: skip


def answers(piece: str, off: float, rng: np.random.Generator) -> dict[str, str]:
    values = {}
    for item, agreed in PIECES[piece].agreed.items():
        level = agreed.level
        if level is not None and rng.random() < off:
            level = min(5, max(1, level + int(rng.choice([-1, 1]))))
        values[item] = agreed.value if level is None else str(level)
    return values


def outcome(seed: int, remembered: float, raters: int = 8) -> Memory:
    table = pd.DataFrame(list(rounds(np.random.default_rng(seed), remembered, raters)))
    return memory(Ratings(table, RUBRIC), runs=199)


def test_planted_memory_is_found() -> None:
    found = [outcome(seed, 0.2) for seed in range(4)]
    assert [f.table["finding"].iloc[0] for f in found] == ["closer on extracts seen before"] * 4
    assert all(f.table["upper"].iloc[0] < 0 for f in found)
    assert "use new ones" in found[0].sentences[1]
    assert found[0].table["n_rounds"].iloc[0] == 16


def test_learning_alone_is_not_taken_for_memory() -> None:
    """Raters get better from round to round; memory may be claimed in one run of twenty."""
    found = [outcome(seed, 0.0).table["finding"].iloc[0] for seed in range(100, 116)]
    claimed = sum(f != "no difference can be told" for f in found)
    assert claimed <= 3  # binomial(16, .05): more has a chance of .007


def test_few_raters_or_rounds_are_too_few_to_say() -> None:
    result = outcome(0, 0.3, raters=3)
    assert result.table["finding"].iloc[0] == "too few to say"
    assert np.isnan(result.table["estimate"].iloc[0])
    assert "5 and 10 are needed" in " ".join(result.sentences)


def test_without_both_kinds_in_a_round_it_cannot_be_tested() -> None:
    data = sample_data_folder() / "large" / "ratings_sos_case_file.csv"
    result = memory(read_ratings(data, RUBRIC))
    assert result.table["finding"].iloc[0] == "cannot be tested"
    assert "memory, learning, or neither" in result.sentences[1]


def test_distance_is_from_the_extracts_own_scores() -> None:
    given = scored([("R1", "headings", "2026-01-05")])
    agreed = [s.level for s in PIECES["headings"].agreed.values() if s.level is not None]
    expected = np.mean([abs(3 - level) for level in agreed])
    assert memory(given).scorings["distance"].iloc[0] == pytest.approx(expected)


def test_nothing_scored_is_said() -> None:
    data = sample_data_folder() / "small" / "ratings_sos_case_file.csv"
    result = memory(read_ratings(data, RUBRIC))
    assert result.sentences[0].startswith("Nothing can be said about memory")
