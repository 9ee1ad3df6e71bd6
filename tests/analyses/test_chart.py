"""Charts of scores: what was planted is flagged and said, what cannot be told is said too."""

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.analyses.chart import Charts, chart
from fidelity.errors import UsageError
from fidelity.statistics import false_flags
from fidelity.statistics.chart_sequential import ewma
from fidelity.statistics.charts import xmr
from fidelity.statistics.confidence_sequence import confidence_sequence
from fidelity.statistics.run_chart import run_chart
from tests.analyses.planted_months import RUBRIC, RUBRIC_ITEMS, frame, ratings, sample

#: Words that would blame, praise or claim a cause.
NEVER = ("because of", "worst", "best", "rank", "fail", "bad", "deliver", "prove", "caused")


def text(result: Charts) -> str:
    return " ".join(result.sentences)


def test_points_are_those_of_scores_by_month() -> None:
    """Another route: the month as a group column of `score`."""
    table = frame()
    table["month"] = table["date"].str[:7]
    by_month = fd.score(fd.Ratings(table, RUBRIC), by="month").table
    scores = by_month[(by_month["measure"] == "overall") & (by_month["month"] != "(all)")]
    charted = chart(fd.Ratings(frame(), RUBRIC)).table
    for column in ("estimate", "lower", "upper", "n_pieces", "n_clusters", "n_raters"):
        assert charted[column].to_numpy() == pytest.approx(scores[column].to_numpy()), column


def test_limits_and_flags_are_those_of_the_statistics() -> None:
    result = chart(ratings(0.8), by="team")
    for team in ("East", "West", "(all)"):
        rows = result.table[result.table["team"] == team]
        found = xmr(rows["point"], bounds=(1, 5))
        assert rows["center"].to_numpy() == pytest.approx(found.center)
        assert rows["limit_upper"].to_numpy() == pytest.approx(found.upper)
        assert (rows["flags"] != "").to_numpy().tolist() == found.flagged.tolist()
        assert rows["direction"].tolist() == found.direction.tolist()


def test_a_planted_shift_is_flagged_and_said() -> None:
    result = chart(ratings(0.8))
    rows = result.table
    assert rows["finding"].iloc[12:].eq("improvement").mean() > 0.9
    assert rows["finding"].iloc[:12].isin(["", "concern"]).all()
    told = text(result)
    assert "lie higher (" in told
    assert "7 on one side" in told
    assert "Jan 2025" in told
    share = false_flags.chance("nhs", 24)
    assert f"{100 * share:.0f}% of series in which nothing changes" in told
    assert "cannot tell practice from scoring; `drift` asks which" in told
    assert result.groups["variation"].iloc[0] == "improvement"


def test_the_wished_way_is_the_callers() -> None:
    lower = chart(ratings(0.8), better="lower").table["finding"]
    neither = chart(ratings(0.8), better="neither").table["finding"]
    assert lower.iloc[-1] == "concern"
    assert neither.iloc[-1] == "change"


def test_without_change_most_charts_flag_nothing() -> None:
    """10 authorities without change: flags are no more frequent than the charts say."""
    flagged = [chart(ratings(0.0, 8, 24, seed)).groups["n_flagged"].iloc[0] > 0
               for seed in range(10)]  # fmt: skip
    stated = false_flags.chance("nhs", 24)
    assert sum(flagged) <= 10 * stated + 3 * (10 * stated * (1 - stated)) ** 0.5
    quiet = chart(ratings(0.0, 8, 24, flagged.index(False)))
    assert "no month and no row of them stands out" in text(quiet)


def test_the_interval_for_looking_every_month() -> None:
    table = frame()
    scored = fd.score(fd.Ratings(table, RUBRIC)).assessments
    means = (
        scored.assign(month=scored["date"].astype(str).str[:7])
        .groupby(["month", "practitioner"])["overall"].mean()
    )  # fmt: skip
    found = confidence_sequence(means.to_numpy(), (1, 5))
    ends = means.groupby("month").size().cumsum().to_numpy() - 1
    result = chart(fd.Ratings(table, RUBRIC)).table
    assert result["running_lower"].to_numpy() == pytest.approx(found.lower[ends])
    assert result["running_upper"].to_numpy() == pytest.approx(found.upper[ends])
    assert result["running_mean"].to_numpy() == pytest.approx(found.center[ends])


def test_how_much_of_the_up_and_down_is_sampling() -> None:
    """All of it where nothing else differs between months; less where months do."""
    shares = [
        chart(ratings(0.0, 8, 24, seed)).groups["from_sampling"].iloc[0] for seed in range(10)
    ]
    assert 0.7 < np.mean(shares) < 1.5
    table = frame(each=24)
    odd = table["date"].str[5:7].astype(int) % 2 == 1
    for item in RUBRIC_ITEMS:
        level = table[item].astype(int)
        table[item] = np.where(odd, np.minimum(level + 1, 5), level).astype(str)
    result = chart(fd.Ratings(table, RUBRIC))
    assert result.groups["from_sampling"].iloc[0] < 0.25
    assert "of that up and down is to be expected from which pieces" in text(result)


def test_a_large_lasting_change_leaves_the_baseline() -> None:
    result = chart(ratings(1.5), baseline=("2024-12-31", "the first year"))
    row = result.groups.iloc[0]
    assert row["left"] == "left the baseline"
    assert row["left_way"] == 1
    assert row["left_in"] > "Jan 2025" or "2025" in row["left_in"]
    assert "the mean had left the baseline upwards" in text(result)
    assert "no change of the mean can be told" in text(chart(ratings()))


def test_baseline_and_rebase_together_by_date_with_reason() -> None:
    result = chart(
        ratings(0.8), baseline=("2024-08-15", "before the new form"),
        rebase={"2025-01-01": "new rubric version"},
    )  # fmt: skip
    y = result.table["point"].to_numpy()
    found = xmr(y, baseline=np.arange(24) < 8, parts=[12], bounds=(1, 5))
    assert result.table["center"].to_numpy() == pytest.approx(found.center)
    assert result.table["phase"].tolist() == [1] * 12 + [2] * 12
    assert "Limits rest on the time up to Aug 2024: before the new form." in result.sentences
    assert "Limits begin anew in Jan 2025: new rubric version." in result.sentences
    first = false_flags.chance("nhs", 12, limits="first", baseline=8)
    both = false_flags.several(first, 1) + (1 - first) * false_flags.chance("nhs", 12)
    assert result.groups["false_flag"].iloc[0] == pytest.approx(both)
    assert result.method["baseline"] == ("2024-08-15", "before the new form")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"baseline": "2024-12-31"}, "a date and its reason"),
        ({"baseline": ("2024-12-31", " ")}, "no reason given"),
        ({"baseline": ("2023-12-31", "why")}, "outside the chart. Allowed: a date from 2024-01-01"),
        ({"rebase": {"2025-03-01": ""}}, "no reason given"),
        ({"rebase": {"yesterday": "why"}}, '"yesterday" is no date'),
        ({"rebase": {"2024-01-10": "why"}}, "after the first period"),
        ({"rebase": {"2025-03-01": "a", "2025-03-20": "b"}}, "one date a period"),
        ({"every": "week"}, "month, quarter"),
        ({"measure": "overal"}, "has no such measure. It has: overall, mi"),
        ({"kind": "p"}, "xmr, run, ewma"),
        ({"better": "more"}, "higher, lower, neither"),
        ({"rules": "six sigma"}, "Sets: nhs"),
        ({"by": "office"}, "No column office"),
        ({"cluster": "office"}, "to cluster by"),
        ({"events": pd.DataFrame({"day": []})}, "read_events"),
    ],
)
def test_wrong_calls_say_what_is_allowed(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        chart(ratings(), **options)  # type: ignore[arg-type]


def test_unchecked_and_undated_input_is_told_the_next_step() -> None:
    with pytest.raises(UsageError, match="takes checked ratings"):
        chart(frame())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="needs the column date"):
        chart(fd.Ratings(frame().drop(columns="date"), RUBRIC))
    table = frame()
    table.loc[:4, "date"] = None
    assert "5 more have no date and are left out" in text(chart(fd.Ratings(table, RUBRIC)))


def test_months_with_few_pieces_have_no_point_and_that_is_said() -> None:
    table = frame()
    thin = table[~((table["date"].str[:7] == "2024-06") & (table["piece"].str[-2:] > "03"))]
    gone = thin[thin["date"].str[:7] != "2024-09"]
    rows = chart(fd.Ratings(gone, RUBRIC)).table.set_index("period")
    assert rows.loc["Jun 2024", "n_pieces"] == 4
    assert np.isnan(rows.loc["Jun 2024", "point"])
    assert not np.isnan(rows.loc["Jun 2024", "estimate"])
    assert rows.loc["Jun 2024", "reason"] == "fewer than 5"
    assert rows.loc["Sep 2024", "reason"] == "no pieces"
    assert len(rows) == 24


def test_too_few_points_say_when_there_will_be_enough() -> None:
    five = chart(ratings(0.0, 12, 5))
    assert five.groups["variation"].iloc[0] == "too few points"
    assert five.table[["center", "limit_lower", "limit_upper"]].isna().all(axis=None)
    assert five.table["flags"].eq("").all()
    assert "cannot be told yet" in text(five)
    assert "At this pace there are 12 by December 2024." in text(five)
    eight = chart(ratings(0.0, 12, 8))
    assert "trial limits, on 8 points" in text(eight)
    assert eight.table["center"].notna().all()
    small = chart(sample("small", "sos_case_file"))
    assert small.groups["n_points"].iloc[0] == 0
    assert 'by quarter (every="quarter") there are 12 points by December 2026' in text(small)
    rare = chart(ratings(0.0, 1, 24), every="quarter")
    assert "3.0 a quarter: it takes 5 a quarter" in text(rare)


def test_a_baseline_of_few_points_has_no_limits() -> None:
    result = chart(ratings(0.8), baseline=("2024-03-31", "before the course"))
    assert result.table["center"].isna().all()
    assert "would rest on 3 points; 6 are needed" in text(result)


def test_only_pieces_drawn_at_random_are_charted_unless_asked() -> None:
    table = frame()
    table.loc[::6, "selection"] = "concern"
    given = fd.Ratings(table, RUBRIC)
    drawn, everything = chart(given), chart(given, selection="all")
    assert drawn.table["n_pieces"].sum() == 240
    assert "Only pieces drawn at random are charted; left out" in text(drawn)
    assert "48 concern" in text(drawn)
    assert everything.table["n_pieces"].sum() == 288
    assert "the line may follow what was chosen instead of practice" in text(everything)
    unknown = chart(fd.Ratings(frame().drop(columns="selection"), RUBRIC))
    assert "How pieces were chosen is not recorded" in text(unknown)


def test_a_change_of_raters_is_allowed_for() -> None:
    """Nothing changes but who scores: a stricter rater from month 13 on."""
    table = frame(seed=3)
    month = table["date"].str[:7].rank(method="dense").astype(int)
    table["rater"] = np.where(month <= 12, "R1", "R2")
    strict = table["rater"] == "R2"
    for item in RUBRIC_ITEMS:
        level = table[item].astype(int)
        table[item] = np.where(strict, np.maximum(level - 1, 1), level).astype(str)
    double = table.iloc[::3].copy()
    other = double["rater"] == "R1"
    for item in RUBRIC_ITEMS:
        level = double[item].astype(int)
        double[item] = np.clip(np.where(other, level - 1, level + 1), 1, 5).astype(str)
    double["rater"], double["purpose"] = np.where(other, "R2", "R1"), "double"
    given = fd.Ratings(pd.concat([table.assign(purpose="routine"), double]), RUBRIC)
    base = ("2024-12-31", "the first rater")
    raw = chart(given, baseline=base)
    fair = chart(given, baseline=base, strictness=fd.strictness(given))
    assert raw.table["finding"].iloc[12:].eq("concern").mean() > 0.9
    assert fair.table["finding"].iloc[12:].eq("").mean() > 0.5
    gap = [r.table["point"].iloc[12:].mean() - r.table["point"].iloc[:12].mean()
           for r in (raw, fair)]  # fmt: skip
    assert gap[0] < -0.7
    assert abs(gap[1]) < 0.25
    width = fair.table["limit_upper"] - fair.table["limit_lower"]
    assert width.iloc[-1] > width.iloc[0] * 1.001, "who scores is not who scored in the baseline"
    assert "moved by how strict its rater is" in text(fair)
    with pytest.raises(UsageError, match=r"result of fidelity\.strictness"):
        chart(given, strictness=raw)


def test_shares_ratios_and_run_charts() -> None:
    share = chart(sample("large", "sos_case_file"), measure="close_to_the_model")
    assert share.measure.kind == "share"
    assert share.table["limit_lower"].min() >= 0
    assert "%" in share.sentences[2]
    scores = fd.score(sample("large", "sos_case_file")).assessments
    drawn = scores[scores["counted"]]
    assert (share.table["estimate"] * share.table["n_pieces"]).sum() == pytest.approx(
        (drawn["band"] == "close_to_the_model").sum()
    )
    ratio = next(iter(fd.read_rubric("miti4").ratios)).id
    ratios = chart(sample("large", "miti4"), measure=ratio, every="quarter")
    assert ratios.table["running_mean"].isna().all()
    assert ratios.table["n_pieces"].sum() <= 48
    run = chart(ratings(0.8), kind="run")
    assert run.table["limit_lower"].isna().all()
    found = run_chart(run.table["point"])
    assert (run.table["flags"] != "").tolist() == found.flagged.tolist()
    assert found.flagged.any()
    assert "the median is" in text(run)
    assert run.method["rules"] == "anhoj"


def test_a_weighted_mean_finds_a_slow_slide() -> None:
    table = frame(seed=8)
    month = table["date"].str[:7].rank(method="dense").astype(int)
    rng = np.random.default_rng(1)
    for item in RUBRIC_ITEMS:
        level = table[item].astype(int)
        falls = rng.random(len(table)) < np.clip((month - 12) / 14, 0, 1)
        table[item] = np.maximum(level - falls, 1).astype(str)
    result = chart(fd.Ratings(table, RUBRIC), kind="ewma", baseline=("2024-12-31", "first year"))
    found = ewma(result.table["point"], baseline=np.arange(24) < 12)
    assert result.table["weighted"].to_numpy() == pytest.approx(found.y)
    assert result.table["limit_lower"].to_numpy() == pytest.approx(found.lower)
    assert result.table["finding"].iloc[-1] == "concern"
    assert result.table["finding"].iloc[:12].eq("").all()
    assert "weighted mean outside its limits" in text(result)
    stated = false_flags.chance("ewma", 24, limits="first", baseline=12)
    assert result.groups["false_flag"].iloc[0] == pytest.approx(stated)
    assert stated < false_flags.chance("nhs", 24, limits="first", baseline=12)


def test_several_roles_stand_apart() -> None:
    result = chart(sample("large", "dfe_common_ingredients"), every="quarter")
    assert set(result.groups["rater_role"]) == {"leader", "manager", "practitioner"}
    assert "All / as leader" in text(result)


def test_more_items_without_evidence_are_said_beside_a_change() -> None:
    table = frame(shift=0.8)
    early = table["date"] < "2025-01-01"
    table.loc[early, RUBRIC_ITEMS[0]] = "NE"
    result = chart(fd.Ratings(table, RUBRIC))
    assert "part of the change may be recording" in text(result)


def test_events_lie_on_the_axis() -> None:
    events = pd.DataFrame({"date": pd.to_datetime(["2024-02-15", "2020-01-01", "2024-01-01"]),
                           "what": ["course", "long ago", "start"]})  # fmt: skip
    found = chart(ratings(), events=events).events
    assert found["what"].tolist() == ["start", "course"]
    assert found["place"].iloc[0] == pytest.approx(-0.5)
    assert 0.9 < found["place"].iloc[1] < 1.1


def test_order_and_engine_change_nothing() -> None:
    import polars as pl

    table = frame(shift=0.5)
    first = chart(fd.Ratings(table, RUBRIC), by="team")
    for other in (table.sample(frac=1, random_state=2), pl.from_pandas(table)):
        again = chart(fd.Ratings(other, RUBRIC), by="team")
        pd.testing.assert_frame_equal(again.table, first.table)
        pd.testing.assert_frame_equal(again.groups, first.groups)
        assert again.sentences == first.sentences


@pytest.mark.parametrize("size", ["large", "small"])
@pytest.mark.parametrize("every", ["month", "quarter"])
def test_both_samples_are_told_without_blame_or_cause(size: str, every: str) -> None:
    for rubric in ("sos_case_file", "cfsw_skills"):
        result = chart(sample(size, rubric), every=every, by="team")
        assert len(result.table) == len(result.groups) * len(result.plan.periods)
        told = text(result).lower()
        assert not [word for word in NEVER if word in told]
        assert "nan" not in told
        assert all(sentence.endswith(".") for sentence in result.sentences)
        if size == "small":
            assert "12 for limits" in told
