"""Agreement between auditors: who enters, the numbers, the words, and the pictures."""

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from click.testing import CliRunner

import fidelity as fd
from fidelity.analyses.agreement import RaterAgreement, agreement
from fidelity.cli.agree import command
from fidelity.errors import UsageError
from fidelity.readiness import ALONE, IN_PAIRS, TOO_FEW_TO_SAY, readiness
from fidelity.rubric.places import sample_data_folder
from fidelity.simulate import Settings, Strand, simulate
from fidelity.statistics.agreement import gwet_ac, krippendorff_alpha, percent_agreement
from fidelity.statistics.estimate import Estimate
from fidelity.statistics.level_agreement import level_pairs
from tests.present.planted import looked_at

LARGE = sample_data_folder() / "large"
SMALL = sample_data_folder() / "small"
ITEM = "empathy"


def scored(rows: Iterable[Mapping[str, object]], rubric: str = "cfsw_skills") -> fd.Ratings:
    """Ratings from wide rows; what is not said is blank."""
    return fd.Ratings(pd.DataFrame(list(rows)), rubric)


def pairs(levels: Iterable[tuple[object, object]], **about: object) -> fd.Ratings:
    """Pieces scored by A and B, on one item."""
    return scored(
        {"piece": f"p{n:03}", "rater": rater, ITEM: level, "selection": "random", **about}
        for n, both in enumerate(levels)
        for rater, level in zip("AB", both, strict=True)
    )


def number(result: RaterAgreement, coefficient: str, measure: str = ITEM) -> pd.Series:
    table = result.to_frame()
    rows = table[(table["measure"] == measure) & (table["coefficient"] == coefficient)]
    return rows.iloc[-1]


MIXED = [(1, 1), (2, 3), (3, 3), (5, 4), (4, 4), (2, 2), (5, 5), (1, 3), (4, 5), (3, 3)]


def test_the_numbers_are_those_of_the_statistics() -> None:
    result = agreement(pairs(MIXED))
    levels = [1, 2, 3, 4, 5]
    for name, expected in {
        "exact": percent_agreement(MIXED, categories=levels),
        "AC": gwet_ac(MIXED, weights="ordinal", categories=levels),
        "alpha": krippendorff_alpha(MIXED, categories=levels),
    }.items():
        row = number(result, name)
        assert (row["estimate"], row["lower"], row["upper"]) == pytest.approx(
            (expected.value, expected.lower, expected.upper)
        )
        assert (row["n_pieces"], row["n_raters"], row["n_missing"]) == (10, 2, 0)
    assert number(result, "exact")["estimate"] == 0.6
    assert number(result, "within one")["estimate"] == 0.9
    assert "AC2 (ordinal weights)" in number(result, "AC")["method"]


def test_order_and_engine_change_nothing() -> None:
    frame = pd.DataFrame(
        {"piece": f"p{n}", "rater": r, ITEM: level}
        for n, both in enumerate(MIXED)
        for r, level in zip("AB", both, strict=True)
    )
    one = agreement(fd.Ratings(frame, "cfsw_skills"))
    mixed = frame.sample(frac=1, random_state=1)
    for other in (mixed, pl.from_pandas(mixed)):
        again = agreement(fd.Ratings(other, "cfsw_skills"))
        pd.testing.assert_frame_equal(one.to_frame(), again.to_frame())
        assert one.sentences == again.sentences


def test_no_evidence_is_the_lowest_level_where_the_record_is_the_practice() -> None:
    def file(m1: object, s1: object, rater: str) -> dict[str, object]:
        return {"piece": "p", "rater": rater, "m1": m1, "s1": s1}

    result = agreement(scored([file("NE", "NE", "A"), file(1, 1, "B")], "sos_case_file"))
    assert number(result, "exact", "m1")["estimate"] == 1
    lone = number(result, "exact", "s1")
    assert math.isnan(lone["estimate"])
    assert (lone["n_pieces"], lone["n_missing"]) == (0, 1)
    verdicts = result.verdicts.set_index("measure")
    assert verdicts.loc["s1", "n_apart"] == 1
    assert verdicts.loc["m1", "n_apart"] == 0


def test_who_enters() -> None:
    def row(piece: str, rater: str, role: str, purpose: str = "routine") -> dict[str, object]:
        return {"piece": piece, "rater": rater, "rater_role": role, "purpose": purpose, ITEM: 3}

    ratings = scored([
        row("p1", "A", "peer"), row("p1", "B", "moderator", "double"),
        row("p1", "panel", "agreed"), row("p2", "A", "peer"), row("p2", "W", "self"),
        row("p2", "P", "parent"), row("p3", "A", "peer"), row("p3", "A", "moderator", "double"),
        {**row("b", "A", "peer", "benchmark"), "rated_on": "2026-01-01"},
        {**row("b", "B", "peer", "benchmark"), "rated_on": "2026-01-01"},
    ])  # fmt: skip
    result = agreement(ratings)
    assert number(result, "exact")["n_pieces"] == 1  # p1 alone: p3 was scored twice by one person
    assert "1 of 3 observations" in result.sentences[0]
    assert any("2 scorings of benchmark pieces" in sentence for sentence in result.sentences)
    own = agreement(ratings, roles=["peer", "self"])
    assert number(own, "exact")["n_pieces"] == 1
    assert "(peer and self)" in own.sentences[0]
    with pytest.raises(UsageError, match="no assessment has the role child"):
        agreement(ratings, roles=["child"])


def test_pieces_chosen_for_a_reason_are_left_out_and_counted() -> None:
    result = agreement(pairs(MIXED, selection="concern"))
    assert result.table.empty
    assert any("10 concern" in sentence for sentence in result.sentences)
    kept = agreement(pairs(MIXED, selection="concern"), selection="all")
    assert number(kept, "exact")["n_pieces"] == 10


def test_groups_and_all_of_them() -> None:
    rows = [
        {"piece": f"p{n}", "rater": r, ITEM: level, "team": "North" if n < 4 else None}
        for n, both in enumerate(MIXED)
        for r, level in zip("AB", both, strict=True)
    ]
    table = agreement(scored(rows), by="team").to_frame()
    exact = table[(table["coefficient"] == "exact") & (table["measure"] == ITEM)]
    assert dict(zip(exact["team"], exact["n_pieces"], strict=True)) == {
        "(not recorded)": 6, "North": 4, "(all)": 10,
    }  # fmt: skip
    assert exact["estimate"].iloc[-1] == 0.6
    with pytest.raises(UsageError, match="rater differ between the scorings of one piece"):
        agreement(scored(rows), by="rater")
    with pytest.raises(UsageError, match="No column region"):
        agreement(scored(rows), by="region")


def test_three_raters_are_three_pairs() -> None:
    rows = [
        {"piece": "p", "rater": r, ITEM: level} for r, level in zip("ABC", (2, 2, 4), strict=True)
    ]
    result = agreement(scored(rows))
    assert number(result, "exact")["estimate"] == pytest.approx(1 / 3)
    counts = result.confusions[result.confusions["item"] == ITEM]
    assert counts["count"].sum() == 3
    two_four = counts[(counts["level"] == 2) & (counts["other_level"] == 4)].iloc[0]
    assert (two_four["count"], two_four["n_pairs"]) == (2, 3)


def test_pairs_of_levels_by_brute_force() -> None:
    random = np.random.default_rng(5)
    x = random.integers(1, 6, (200, 2)).astype(float)
    found = level_pairs(x, [1, 2, 3, 4, 5])
    for a in range(1, 6):
        for b in range(a, 6):
            here = sum({*pair} == {a, b} for pair in x.tolist())
            assert found.count[a - 1, b - 1] == here
    assert found.expected.sum() == pytest.approx(200)
    # Independent scores: nothing is told apart, and what is seen is what chance gives.
    assert np.abs(found.count - found.expected).max() < 4 * math.sqrt(found.expected.max())
    together = np.where(x == 4, 3, x)
    assert level_pairs(together, [1, 2, 3, 4, 5]).count[2, 3] == 0


def test_levels_that_nobody_tells_apart_come_first_with_their_descriptions() -> None:
    random = np.random.default_rng(2)
    true = random.integers(1, 6, 80)
    seen = [
        [level if level not in (3, 4) else int(random.integers(3, 5)) for _ in range(2)]
        for level in true
    ]
    result = agreement(pairs(map(tuple, seen)))
    told = next(s for s in result.sentences if "talk about first" in s)
    assert "at level 3 or 4 alone" in told
    item = fd.read_rubric("cfsw_skills").items[ITEM]
    assert item.levels["3"].rstrip(".") in told
    assert item.levels.get("4", "").rstrip(".") in told
    picture = result.plot_confusion()
    assert picture.title == "Levels 3 and 4 were hardly told apart"
    assert picture.data["count"].sum() == 80
    looked_at(picture)
    with pytest.raises(UsageError, match='No item "nope"'):
        result.plot_confusion("nope")


def test_why_two_coefficients_differ_is_told_beside_the_numbers() -> None:
    result = agreement(pairs([(5, 5)] * 37 + [(5, 4), (4, 5), (5, 3)]))
    told = next(s for s in result.sentences if s.startswith("Why two numbers differ"))
    assert f"AC is {number(result, 'AC')['estimate']:.2f}" in told
    assert f"alpha {number(result, 'alpha')['estimate']:.2f}" in told
    assert "neither is wrong" in told
    assert number(result, "AC")["estimate"] > 0.9 > 0.1 > number(result, "alpha")["estimate"]
    verdict = result.verdicts.set_index("measure").loc[ITEM]
    assert verdict["verdict"] == TOO_FEW_TO_SAY
    assert "96% of the scores are one level" in verdict["why"]
    assert not any("Why two" in s for s in agreement(pairs(MIXED * 4)).sentences)


def verdict_of(levels: Iterable[tuple[object, object]]) -> pd.Series:
    verdicts = agreement(pairs(levels)).verdicts
    return verdicts[verdicts["measure"] == ITEM].iloc[0]


def test_the_rule() -> None:
    spread = [(level, level) for level in (1, 2, 3, 4, 5)]
    assert verdict_of(spread * 6)["verdict"] == ALONE  # full agreement: 30 pieces are enough
    mostly = spread * 6 + [(3, 4)] * 5
    assert verdict_of(mostly)["verdict"] == ALONE
    few = verdict_of(spread * 4)
    assert (few["verdict"], few["more_pieces"]) == (TOO_FEW_TO_SAY, 10)
    apart = verdict_of([(1, 2), (2, 3), (3, 4), (4, 5), (5, 5)] * 8)
    assert apart["verdict"] == IN_PAIRS
    assert "20% equal" in apart["why"]


def test_more_of_the_same_would_settle_it() -> None:
    exact = Estimate(0.7, n=40)
    near = readiness(exact, Estimate(0.55, lower=0.35, upper=0.75, n=40), 40, 40, 0.4)
    assert (near.verdict, near.more_pieces) == (IN_PAIRS, math.ceil(40 * (0.2 / 0.15) ** 2) - 40)
    low = readiness(exact, Estimate(0.35, lower=0.2, upper=0.5, n=40), 40, 40, 0.4)
    assert (low.verdict, low.more_pieces) == (IN_PAIRS, 0)
    assert readiness(exact, Estimate(0.6, lower=0.41, upper=0.8), 40, 40, 0.4).verdict == ALONE


def test_under_five_pieces_nothing_is_said_but_how_many_more() -> None:
    result = agreement(pairs(MIXED[:3]))
    assert "too few to say" in result.sentences[1]
    assert "27 more" in result.sentences[1]
    assert len(result.sentences) == 2
    assert result.plot().title == "Too few scored twice to say how far auditors agree"
    alone = agreement(scored([{"piece": "p", "rater": "A", ITEM: 3}]))
    assert "None of 1 observation was scored by two" in alone.sentences[0]
    assert alone.table.empty
    assert alone.plot().title == "Nothing was scored by two auditors"


def test_raters_without_noise_agree_and_noise_takes_it_away() -> None:
    found = []
    for noise in (0.0, 0.4, 1.2):
        made = simulate(
            Settings(
                months=12, strictness_sd=0, strictness_slope=0, strictness_slope_sd=0,
                rater_item_sd=0, noise_sd=noise, item_noise_sd=noise,
                strands=(Strand("cfsw_skills", pieces=2, double_share=1.0, agreed_share=0),),
            ), rng=1,
        )  # fmt: skip
        result = agreement(fd.Ratings(made.ratings["cfsw_skills"], "cfsw_skills"))
        found.append(number(result, "exact", "all")["estimate"])
    assert found[0] == 1
    assert found[0] > found[1] + 0.2 > found[2] + 0.3


@pytest.fixture(scope="module")
def large() -> RaterAgreement:
    return agreement(fd.read_ratings(LARGE / "ratings_sos_case_file.csv", "sos_case_file"))


def test_the_large_sample(large: RaterAgreement) -> None:
    assert large.sentences[0].startswith("67 of 322 files (21%) were scored by two auditors")
    assert large.method["cluster"] == "practitioner"
    table = large.to_frame()
    assert set(table["kind"]) == {"all items", "band", "composite", "component", "item"}
    assert (table["n_clusters"] > 0).all()
    known = table[table["estimate"].notna() & table["lower"].notna()]
    assert (known["lower"] <= known["estimate"]).all()
    assert (known["estimate"] <= known["upper"]).all()
    words = " ".join(large.sentences).lower()
    assert not any(word in words for word in ("certified", "failed", "worst", "best rater"))


def test_the_picture_of_the_large_sample(large: RaterAgreement) -> None:
    picture = large.plot()
    looked_at(picture)
    assert list(picture.data["item"]) == list(large.rubric.scored_items)
    alone = (picture.data["verdict"] == ALONE).any()
    assert ("ready to score alone on" in picture.title) == alone
    assert "n 50" in picture.alt
    looked_at(large.plot_confusion())


@pytest.mark.parametrize("rubric", ["sos_case_file", "cfsw_skills"])
def test_the_small_sample_looks_finished(rubric: str) -> None:
    result = agreement(fd.read_ratings(SMALL / f"ratings_{rubric}.csv", rubric))
    assert set(result.verdicts.loc[result.verdicts["kind"] == "item", "verdict"]) == {
        TOO_FEW_TO_SAY
    }
    looked_at(result.plot())
    looked_at(result.plot_confusion())


def test_counts_and_ratios_have_an_alpha_of_quantities() -> None:
    result = agreement(fd.read_ratings(LARGE / "ratings_miti4.csv", "miti4"))
    table = result.to_frame()
    ratios = table[table["kind"] == "ratio"]
    assert len(ratios)
    assert set(ratios["coefficient"]) == {"alpha"}
    assert ratios["method"].str.contains("interval").all()
    looked_at(result.plot())


def test_the_command_writes_tables_and_pictures(tmp_path: Path) -> None:
    told = CliRunner().invoke(command, [str(SMALL), "-o", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "7 of 60 files" in told.output
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{kind}_{rubric}.{ending}"
        for rubric in ("sos_case_file", "cfsw_skills")
        for kind, ending in (
            ("agreement", "csv"), ("verdicts", "csv"), ("levels", "csv"),
            ("agreement", "png"), ("levels", "png"),
        )
    }  # fmt: skip


@pytest.mark.parametrize("asked", [agreement])
def test_a_bare_frame_is_told_the_next_step(asked: Callable[..., object]) -> None:
    with pytest.raises(UsageError, match="first: ratings ="):
        asked(pd.DataFrame())
