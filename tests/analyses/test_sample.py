"""The sample plan: what it recommends, what it rests on, and what it says where it cannot."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from fidelity.analyses.sample import SamplePlan, sample_plan
from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import UsageError
from fidelity.present.sample_pictures import frontier
from fidelity.rubric.places import sample_data_folder
from tests.analyses.planted_authority import ratings as planted


@cache
def sample(size: str, rubric: str) -> Ratings:
    return read_ratings(sample_data_folder() / size / f"ratings_{rubric}.csv", rubric)


@cache
def plan(size: str = "large", rubric: str = "sos_case_file") -> SamplePlan:
    return sample_plan(sample(size, rubric), runs=1000)


def value(result: SamplePlan, name: str) -> float:
    found = result.basis.loc[result.basis["name"] == name, "value"]
    return float(found.to_numpy(float)[0])


def test_the_recommended_plan_is_the_cheapest_that_would_do() -> None:
    table = plan().table
    found = plan().recommended
    assert found is not None
    assert table["recommended"].sum() == 1
    cheaper = table[(table["hours"] < found["hours"]) & ~table["now"]]
    assert not cheaper["adequate"].any()
    assert (table["adequate"] == ((table["lower"] >= 0.8) & (table["audits_each"] >= 12))).all()
    assert found["estimate"] > 0.8
    assert found["agreed"] > 0


def test_hours_are_what_the_scorings_take() -> None:
    row = plan().table.iloc[-1]
    minutes, talk = value(plan(), "minutes"), value(plan(), "talk")
    first = row["audits"] * minutes
    second = row["agreed"] * (minutes + talk)
    benchmark = row["benchmark"] * 10 / 3 * value(plan(), "minutes_benchmark")
    assert row["hours"] == pytest.approx((first + second + benchmark) / 60)
    assert row["hours_a_rater"] == pytest.approx(row["hours"] / 10)


def test_what_is_done_now_is_read_from_the_audits() -> None:
    now = plan().table[plan().table["now"]].iloc[0]
    table = sample("large", "sos_case_file").assessments
    benchmark = table[(table["purpose"] == "benchmark") & (table["rater_role"] != "agreed")]
    assert now["benchmark"] == pytest.approx(len(benchmark) / 10 / 8)
    assert now["audits"] == pytest.approx(plan().counts["pieces"] / 24)
    assert now["agreed"] * 24 == pytest.approx(plan().counts["agreed"])


def test_spreads_are_recovered_where_they_were_planted() -> None:
    """Practitioners differ by .3 and raters by .35 in that authority; pieces by about .5."""
    found = [sample_plan(planted(seed), runs=200) for seed in range(2)]
    median = {name: np.median([value(f, name) for f in found])
              for name in ("practitioner", "piece", "rater")}  # fmt: skip
    assert median["practitioner"] == pytest.approx(0.3, abs=0.12)
    assert median["rater"] == pytest.approx(0.35, abs=0.12)
    assert median["piece"] == pytest.approx(0.5, abs=0.12)
    origin = found[0].basis.set_index("name")["origin"]
    assert set(origin[["practitioner", "piece", "rater", "noise"]]) == {"own"}
    assert set(origin[["agreed", "practitioner_slope", "rater_slope", "talk"]]) == {"assumed"}


def test_sentences_follow_the_table() -> None:
    told, found = plan().sentences, plan().recommended
    assert found is not None
    assert f"{found['audits']:.0f} files a month" in told[0]
    assert f"about {found['hours']:.0f} hours of scoring a month" in told[0]
    assert f"{100 * found['estimate']:.0f}%" in told[0]
    words = " ".join(told)
    assert "Assumed: how exact an agreed score is" in words
    assert "drawn at random" in words
    assert "As it is done now (13 files a month" in words
    hours = f"About {found['hours']:.0f} hours of scoring a month"
    assert plan().plot().title == f"{hours} would see the change"


def test_a_service_that_agrees_nothing_is_told_that_it_cannot_tell() -> None:
    result = plan("large", "core_case_audit")
    now = result.table[result.table["now"]].iloc[0]
    assert np.isnan(now["estimate"])
    assert now["reason"].startswith("no agreed scores")
    words = " ".join(result.sentences)
    assert "practice cannot be told from the scoring: no agreed scores" in words
    assert "would not be told from a shift in scoring, however long it goes on" in words
    assert "nothing is drawn" in " ".join(t.get_text() for t in result.plot().fig.axes[0].texts)


def test_the_small_authority_says_what_is_not_its_own() -> None:
    result = plan("small")
    origin = result.basis.set_index("name")["origin"]
    assert set(origin[["practitioner", "piece", "rater", "noise"]]) == {"own in all, parts assumed"}
    assert "Too few files were scored twice (6; 10 are needed)" in " ".join(result.sentences)
    assert result.later["smallest"].isna().all()
    # The whole spread is that of its own scores.
    table = result.basis.set_index("name")["value"]
    whole = np.sqrt((table[["practitioner", "piece", "rater", "noise"]] ** 2).sum())
    assert 0.5 < whole < 1.5


def test_without_audits_everything_is_assumed_and_said() -> None:
    result = sample_plan(change=0.5, months=24)
    assert set(result.basis["origin"]) == {"assumed"}
    assert result.rubric is None
    assert result.later.empty
    assert result.recommended is not None
    assert sample_plan(change=0.1, months=6, runs=400).recommended is None


def test_where_no_plan_would_do_that_is_the_finding() -> None:
    result = sample_plan(change=0.1, months=6, runs=400)
    assert "no plan that was looked at would see" in result.sentences[0]
    assert "smallest change that it would see" in result.sentences[0]
    assert result.plot().title.startswith("No plan that was looked at")


def test_what_the_user_says_replaces_what_was_seen() -> None:
    result = sample_plan(sample("large", "sos_case_file"), minutes=150, raters=5, runs=400)
    assert set(result.basis.set_index("name").loc[["minutes", "raters"], "origin"]) == {"given"}
    same = result.table[(result.table["audits"] == 20) & (result.table["benchmark"] == 0)].iloc[0]
    assert same["hours"] == pytest.approx((20 * 150 + same["agreed"] * 180) / 60)


def test_more_audits_never_see_less() -> None:
    table = plan().table[~plan().table["now"]]
    for _, rows in table.groupby(["agreed_share", "benchmark"]):
        known = rows["estimate"].dropna()
        assert (known.diff().dropna() > -0.03).all()


def test_the_line_goes_up_with_hours() -> None:
    line = frontier(plan().table.dropna(subset=["estimate"]))
    assert line["hours"].is_monotonic_increasing
    assert line["estimate"].is_monotonic_increasing
    found = plan().recommended
    assert found is not None
    enough = plan().table[plan().table["audits_each"] >= 12].dropna(subset=["estimate"])
    assert found["hours"] in set(frontier(enough)["hours"])


def test_a_larger_change_takes_fewer_hours_and_more_months_fewer_still() -> None:
    def hours(**asked: float) -> float:
        found = sample_plan(runs=500, **asked).recommended  # type: ignore[arg-type]
        return math_inf if found is None else float(found["hours"])

    math_inf = float("inf")
    assert hours(change=0.8, months=24) < hours(change=0.5, months=24)
    assert hours(change=0.5, months=36) < hours(change=0.5, months=24)


def test_the_order_of_rows_and_the_seed() -> None:
    given = pd.read_csv(
        sample_data_folder() / "small" / "ratings_cfsw_skills.csv", dtype=str, keep_default_na=False
    )
    shuffled = Ratings(given.sample(frac=1, random_state=1), "cfsw_skills")
    one, other = (sample_plan(r, runs=300) for r in (Ratings(given, "cfsw_skills"), shuffled))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert sample_plan(shuffled, runs=300, rng=5).method["rng"] == 5
    assert not sample_plan(shuffled, runs=300, rng=5).table.equals(one.table)


def test_numbers_out_of_range_are_told_all_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        sample_plan(change=-1, months=1, shape="leap", power=2, runs=1)
    for word in ("change=-1", "months=1", 'shape="leap"', "power=2", "runs=1"):
        assert word in str(caught.value)
    with pytest.raises(UsageError, match="raters=0"):
        sample_plan(raters=0)
    with pytest.raises(UsageError, match="takes checked ratings"):
        sample_plan(pd.DataFrame())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match='No mean or item "nope"'):
        sample_plan(sample("large", "sos_case_file"), measure="nope")


def test_an_item_can_be_planned_for() -> None:
    result = sample_plan(sample("large", "sos_case_file"), measure="c1", runs=300)
    assert result.sentences[0].startswith("“The child's own view is in the file”: to see")
    assert value(result, "noise") > value(plan(), "noise")
