"""The draw: anybody can repeat it, everybody has the same chance, and no name goes through."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from fidelity.analyses.sample_draw import Draw, sample_draw
from fidelity.collect.companions import read_frame
from fidelity.collect.ratings import read_ratings
from fidelity.errors import RatingsError, UsageError
from fidelity.present.csv_file import write_csv
from fidelity.rubric.places import sample_data_folder

DAY = "2026-04-01"


def cases(n: int = 60, siblings: int = 1) -> pd.DataFrame:
    """North holds two thirds of the cases, South one."""
    return pd.DataFrame({
        "case": [f"C{i:03d}" for i in range(n)],
        "practitioner": [f"P{i % 9:02d}" for i in range(n)],
        "team": ["South" if i % 3 == 0 else "North" for i in range(n)],
        "plan_type": [("child_in_need", "looked_after")[i % 2] for i in range(n)],
        "family": [f"F{i // siblings:03d}" for i in range(n)],
        "surname": ["Never shown"] * n,
    })  # fmt: skip


def drawn(result: Draw, use: str = "audit") -> list[str]:
    table = result.to_frame()
    return list(table.loc[table["use"] == use, "case"])


def test_the_same_list_and_seed_give_the_same_draw_whatever_the_order() -> None:
    one = sample_draw(cases(), 12, by=["team"], on=DAY, rng=7)
    again = sample_draw(cases().sample(frac=1, random_state=3), 12, by=["team"], on=DAY, rng=7)
    pd.testing.assert_frame_equal(one.to_frame(), again.to_frame())
    assert one.sentences == again.sentences
    assert drawn(sample_draw(cases(), 12, by=["team"], on=DAY, rng=8)) != drawn(one)
    assert one.method["rng"] == 7


def test_a_case_more_changes_nobody_elses_lot() -> None:
    before = drawn(sample_draw(cases(60), 10, on=DAY, rng=1))
    after = drawn(sample_draw(cases(61), 10, on=DAY, rng=1))
    assert len(set(after) - set(before)) <= 1
    assert set(before) - set(after) <= set(before)
    assert len(set(before) & set(after)) >= 9


def test_everybody_has_the_same_chance() -> None:
    """100 draws of 10 from 20: each case about 50 times, within bounds of 1 in 10,000 for all."""
    counts = Counter(
        case for seed in range(100)
        for case in drawn(sample_draw(cases(20), 10, on=DAY, reserves=0, double=0, rng=seed))
    )  # fmt: skip
    assert len(counts) == 20
    assert all(abs(n - 50) < 4.5 * 5 for n in counts.values())


def test_one_child_of_each_family_and_each_sibling_may_be_the_one() -> None:
    seen = set()
    for seed in range(20):
        result = sample_draw(cases(30, siblings=3), 10, on=DAY, rng=seed)
        told = result.to_frame().merge(cases(30, siblings=3)[["case", "family"]], on="case")
        assert told["family"].is_unique
        seen |= set(told["case"])
    assert len(seen) == 30
    assert "20 others left out" in " ".join(result.sentences)


def test_strata_give_in_proportion_and_the_frame_says_what_they_hold(tmp_path: Path) -> None:
    result = sample_draw(cases(), 12, by=["team"], on=DAY, rng=2)
    frame = result.frame.set_index("stratum")
    assert frame["N"].to_dict() == {"North": 40, "South": 20}
    assert frame["drawn"].to_dict() == {"North": 8, "South": 4}
    assert dict(Counter(result.to_frame().query("use == 'audit'")["stratum"])) == {
        "North": 8, "South": 4,
    }  # fmt: skip
    back = read_frame(write_csv(result.frame, tmp_path / "frame.csv"))
    assert list(back["N"]) == [40, 20]


def test_every_stratum_gives_at_least_one_and_what_one_cannot_the_others_do() -> None:
    table = cases(60).assign(team=["South"] * 2 + ["North"] * 58)
    few = sample_draw(table, 5, by=["team"], on=DAY).frame.set_index("stratum")["drawn"]
    assert few.to_dict() == {"North": 4, "South": 1}
    most = sample_draw(table, 58, by=["team"], on=DAY).frame.set_index("stratum")["drawn"]
    assert most.sum() == 58
    too_few = sample_draw(cases(), 3, by=["practitioner"], on=DAY)
    assert "Nothing is drawn from 6 strata" in " ".join(too_few.sentences)


def test_nobody_is_drawn_again_within_a_year_nor_a_sibling() -> None:
    table = cases(20, siblings=2)
    past = pd.DataFrame({"case": ["C000", "C002", "C004"],
                         "date": ["2025-05-01", "2025-04-01", "2026-04-02"]})  # fmt: skip
    result = sample_draw(table, 10, history=past, on=DAY)
    families = set(result.to_frame().merge(table, on="case")["family"])
    assert "F000" not in families  # eleven months ago, and C001 is its sibling
    assert "F001" in families  # a year ago to the day
    assert "F002" in families  # only after the day of the draw
    told = " ".join(result.sentences)
    assert "1 family (10%) audited in the 12 months before 2026-04-01 are not drawn again" in told
    assert "10 were asked for" in told
    again = sample_draw(table, 10, history=past, on=DAY, months=0)
    assert "F000" in set(again.to_frame().merge(table, on="case")["family"])


def test_a_column_of_the_list_counts_as_history_too() -> None:
    table = cases(10).assign(audited_on=["2026-01-15"] + [""] * 9)
    assert "C000" not in drawn(sample_draw(table, 10, on=DAY))


def test_a_history_of_other_references_is_noticed() -> None:
    past = pd.DataFrame({"case": ["X1"], "date": ["2026-03-01"]})
    assert "same references" in " ".join(sample_draw(cases(), 5, history=past, on=DAY).sentences)
    with pytest.raises(UsageError, match="no column date"):
        sample_draw(cases(), 5, history=past[["case"]], on=DAY)


def test_the_second_draw_is_spread_over_the_strata() -> None:
    table = sample_draw(cases(), 12, by=["team"], double=0.25, on=DAY, rng=3).to_frame()
    second = table[table["double"] == "yes"]
    assert len(second) == 3
    assert set(second["stratum"]) == {"North", "South"}
    assert set(second["use"]) == {"audit"}
    assert (sample_draw(cases(), 12, double=0, on=DAY).to_frame()["double"] == "no").all()


def test_reserves_are_marked_and_come_after_the_audits_of_their_stratum() -> None:
    table = sample_draw(cases(), 12, by=["team"], reserves=2, on=DAY).to_frame()
    for _, rows in table.groupby("stratum"):
        assert list(rows["use"])[-2:] == ["reserve", "reserve"]
        assert set(rows["use"][:-2]) == {"audit"}


def test_no_other_column_of_the_list_goes_through() -> None:
    table = sample_draw(cases(), 5, on=DAY).to_frame()
    assert "surname" not in table
    assert "family" not in table


@pytest.mark.parametrize("name", ["Jane Smith", "O'Hara, Tom", "Anne-Marie de la Cruz"])
def test_a_list_with_names_in_it_stops_the_draw_and_does_not_repeat_them(name: str) -> None:
    table = cases(5)
    table.loc[2, "practitioner"] = name
    table.loc[3, "case"] = name
    with pytest.raises(RatingsError) as caught:
        sample_draw(table, 2, on=DAY)
    assert caught.value.total == 2
    assert "row 3, practitioner" in str(caught.value)
    assert name not in str(caught.value)


def test_faults_of_the_list_and_of_the_call() -> None:
    with pytest.raises(RatingsError, match="no case"):
        sample_draw(cases(3).assign(case=["C1", "", "C3"]), 1, on=DAY)
    with pytest.raises(UsageError) as caught:
        sample_draw(cases(), 0, by=["tem"], double=2, on=DAY)
    for word in ("no column tem", "n=0", "double=2"):
        assert word in str(caught.value)


def test_ratings_can_stand_for_the_list_and_that_is_said() -> None:
    ratings = read_ratings(
        sample_data_folder() / "small" / "ratings_sos_case_file.csv", "sos_case_file"
    )
    result = sample_draw(ratings, 5, by=["team"], on="2025-03-31", rng=1)
    assert len(drawn(result)) == 5
    assert "cases that were never audited are missing" in result.sentences[-1]
    table = ratings.assessments
    recent = set(table.loc[pd.to_datetime(table["date"]) > pd.Timestamp("2024-03-31"), "case"])
    assert not recent & set(drawn(result))
