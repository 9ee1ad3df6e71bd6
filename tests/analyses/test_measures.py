"""Measures: worked examples, another route to each interval, planted rows, refusals, pictures."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import fidelity as fd
from fidelity.analyses.measures_examples import failures
from fidelity.errors import RatingsError, UsageError
from fidelity.rubric.measures import measure_ids, read_measure
from fidelity.statistics.clusters import cluster_mean
from tests.spec.conftest import ENGINES, Engine


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {"subject_kind": "team", "subject": "North", "date": "2026-03-31"}
    return fd.read_measures(pd.DataFrame([base | row for row in rows]))


def one(result: Any, measure: str, group: str | None = None, part: str = "") -> Any:
    rows = result.to_frame()
    rows = rows[(rows["measure"] == measure) & (rows["part"] == part)]
    rows = rows if group is None else rows[rows["group"] == group]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize("name", measure_ids())
def test_the_examples_of_each_measure_hold(name: str) -> None:
    assert failures(read_measure(name)) == []


def test_an_example_that_is_wrong_is_told() -> None:
    measure = read_measure("caseload")
    example = measure.examples[0]
    wrong = example.expect[0].model_copy(update={"estimate": "16.1"})
    changed = measure.model_copy(
        update={"examples": (example.model_copy(update={"expect": (wrong,)}),)}
    )
    (told,) = failures(changed)
    assert "estimate is 16.0, but the example says 16.1" in told


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
def test_hampshire_and_isle_of_wight_on_every_engine(engine: Engine) -> None:
    """Administration 36 to 14, families 34 to 58, so the rest 30 to 28; no n, so no interval.

    Source: Community Care, 21 March 2017.
    """
    rows = pd.DataFrame(
        [{"measure": "time_use", "subject_kind": "authority", "subject": "Hampshire",
          "date": date, "part": part, "numerator": value}
         for date, shares in (("2016-01-01", (36, 34)), ("2017-01-01", (14, 58)))
         for part, value in zip(("recording", "with_families"), shares, strict=True)]
    )  # fmt: skip
    result = fd.measures(fd.read_measures(engine(rows)), by="authority", only=["time_use"])
    told = result.table.pivot(index="part", columns="date_to", values="estimate").round(9)
    parts = told.loc[["recording", "with_families", "other"]].to_numpy().tolist()
    assert parts == [[0.36, 0.14], [0.34, 0.58], [0.30, 0.28]]
    assert result.table[["lower", "upper"]].isna().all(axis=None)
    assert all("no n was given" in text for text in result.sentences if "%" in text)


def test_a_share_without_n_gets_no_interval() -> None:
    """Gloucestershire: 23% inadequate, no number of audits."""
    row = one(fd.measures(table({"measure": "audits_inadequate", "numerator": 23})),
              "audits_inadequate")  # fmt: skip
    assert row["estimate"] == 0.23
    assert math.isnan(row["lower"])
    assert "no n was given" in row["reason"]


def test_figures_without_n_are_not_added_up() -> None:
    rows = [{"measure": "audits_inadequate", "numerator": 23, "date": d} for d in
            ("2026-01-01", "2026-01-01")]  # fmt: skip
    rows[1]["subject"] = "South"
    whole = one(fd.measures(table(*rows)), "audits_inadequate", "(all)")
    assert math.isnan(whole["estimate"])
    assert "nor can rows be added up" in whole["reason"]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ((36, 34, 20, 20), "add up to 110 of 100"),
        ((36, 34, 10, 10), "add up to 90 of 100"),
    ],
)
def test_a_composition_that_does_not_add_up_is_told_with_its_line(
    tmp_path: Path, parts: tuple[int, ...], told: str
) -> None:
    names = ("recording", "with_families", "travel", "other")
    lines = [f"time_use,team,North,2026-03-31,{part},{value}" for part, value in
             zip(names, parts, strict=True)]  # fmt: skip
    path = tmp_path / "measures.csv"
    path.write_text("\n".join(["measure,subject_kind,subject,date,part,numerator", *lines]))
    with pytest.raises(RatingsError, match=r"measures\.csv line 2") as error:
        fd.measures(fd.read_measures(path))
    assert told in str(error.value)


def test_parts_rounded_to_whole_per_cent_are_taken() -> None:
    rows = [{"measure": "time_use", "part": part, "numerator": value} for part, value in
            (("recording", 33), ("with_families", 33), ("travel", 17), ("other", 18))]  # fmt: skip
    assert len(fd.measures(table(*rows)).table) == 4


def test_all_faults_come_at_once() -> None:
    with pytest.raises(RatingsError) as error:
        fd.measures(table(
            {"measure": "supervision_held", "numerator": 9, "denominator": 8},
            {"measure": "caseload", "subject_kind": "case", "numerator": 9, "denominator": 8},
            {"measure": "visits_a_month", "numerator": 9, "denominator": 0},
            {"measure": "time_use", "part": "sleep", "numerator": 100},
        ))  # fmt: skip
    assert len(error.value.faults) == 4


def test_intervals_by_another_route() -> None:
    """Wilson and Poisson from scipy; single cases as a mean of clusters."""
    cases = [
        {"measure": "contacts_per_episode", "subject_kind": "case", "subject": f"E{n}",
         "numerator": n % 13, "denominator": 1, "team": "North"}
        for n in range(40)
    ]  # fmt: skip
    rows = [
        {"measure": "supervision_held", "numerator": 31, "denominator": 40, "team": "North"},
        {"measure": "caseload", "numerator": 118, "denominator": 8, "team": "North"}, *cases,
    ]  # fmt: skip
    result = fd.measures(table(*rows))
    held = stats.binomtest(31, 40).proportion_ci(method="wilson")
    share = one(result, "supervision_held")
    assert (share["lower"], share["upper"]) == pytest.approx((held.low, held.high), abs=1e-9)
    rate = one(result, "caseload")
    assert rate["lower"] == pytest.approx(stats.chi2.ppf(0.025, 236) / 16)
    assert rate["upper"] == pytest.approx(stats.chi2.ppf(0.975, 238) / 16)
    mean = one(result, "contacts_per_episode")
    told = cluster_mean([n % 13 for n in range(40)], range(40))
    assert (mean["estimate"], mean["lower"]) == pytest.approx((told.value, told.lower))
    reached = one(result, "contacts_eight_or_more")
    assert (reached["numerator"], reached["denominator"]) == (15, 40)


def test_the_threshold_can_be_set() -> None:
    cases = [{"measure": "contacts_per_episode", "subject_kind": "case", "subject": f"E{n}",
              "numerator": n, "denominator": 1, "team": "North"} for n in range(12)]  # fmt: skip
    for least, told in ((8, 4), (6, 6)):
        result = fd.measures(table(*cases), thresholds={"contacts_eight_or_more": least})
        assert one(result, "contacts_eight_or_more")["numerator"] == told
        assert any(f"had {least} contacts or more" in text for text in result.sentences)
    with pytest.raises(UsageError, match="caseload has none"):
        fd.measures(table(*cases), thresholds={"caseload": 3})


def test_too_few_is_a_result() -> None:
    row = one(fd.measures(table({"measure": "supervision_held", "numerator": 2,
                                 "denominator": 4})), "supervision_held")  # fmt: skip
    assert math.isnan(row["estimate"])
    assert (row["n"], row["reason"]) == (4, "too few to say")


def test_groups_stand_in_the_order_of_the_data() -> None:
    rows = [{"measure": "supervision_held", "subject": team, "numerator": n, "denominator": 20}
            for team, n in (("West", 5), ("East", 19), ("North", 12))]  # fmt: skip
    told = fd.measures(table(*rows)).table["group"].tolist()
    assert told == ["(all)", "West", "East", "North"]


def test_a_planted_fall_is_flagged_and_a_steady_series_is_not() -> None:
    rng = np.random.default_rng(4)
    months = pd.period_range("2024-01", periods=24, freq="M").astype(str)
    rows = []
    for k, month in enumerate(months):
        for team, share in (("North", 0.9 if k < 12 else 0.55), ("South", 0.8)):
            rows.append({"measure": "supervision_held", "subject": team, "date": f"{month}-28",
                         "numerator": int(rng.binomial(60, share)), "denominator": 60})  # fmt: skip
    result = fd.measures(table(*rows))
    flagged = result.over_time[result.over_time["flags"] != ""]["group"].value_counts()
    assert flagged.get("North", 0) > 5
    assert flagged.get("South", 0) == 0
    assert "more movement than usual in 2 of 3" in result.plot(measure="supervision_held").title
    assert any("not why" in text for text in result.sentences)


def test_steady_series_are_flagged_no_more_often_than_stated() -> None:
    """A p chart and a u chart of 60 steady teams, against the chance that the result states."""
    rng = np.random.default_rng(9)
    months = pd.period_range("2024-01", periods=24, freq="M").astype(str)
    rows = [
        {"measure": measure, "subject_kind": "team", "subject": f"T{team}", "date": f"{month}-28",
         "numerator": int(draw), "denominator": 60}
        for measure in ("supervision_held", "visits_a_month")
        for team in range(60) for month in months
        for draw in [rng.binomial(60, 0.6) if measure[0] == "s" else rng.poisson(60)]
    ]  # fmt: skip
    result = fd.measures(table(*rows), only=["supervision_held", "visits_a_month"])
    times = result.over_time[result.over_time["group"] != "(all)"]
    for _, mine in times.groupby("measure"):
        flagged = mine.groupby("group")["flags"].apply(lambda flags: (flags != "").any())
        stated = float(mine["false_flag"].max())
        assert stats.binomtest(int(flagged.sum()), 60, stated).pvalue > 0.001


@pytest.fixture(scope="module")
def folder() -> Any:
    return fd.read_folder("large")


@pytest.fixture(scope="module")
def sample(folder: Any) -> Any:
    return fd.measures(fd.read_measures("large"), ratings=folder,
                       training=fd.read_training("large"))  # fmt: skip


def test_the_sample_holds_every_measure(sample: Any) -> None:
    assert sample.absent == ()
    assert set(sample.table["measure"]) == set(measure_ids())
    wholes = sample.table[sample.table["group"] == "(all)"]
    assert wholes["lower"].notna().all()


def test_minutes_days_and_observations_agree_with_the_files(sample: Any, folder: Any) -> None:
    """Counted again from the files, by pandas alone."""
    training = fd.read_training("large")
    course = training[training["programme"] == "Practice model course"]
    assert one(sample, "training_days", "(all)")["estimate"] == pytest.approx(course["days"].mean())
    score = (100 * course["test_score"] / course["test_max"]).mean()
    assert one(sample, "training_test_score", "(all)")["estimate"] == pytest.approx(score)
    minutes, watched = [], set()
    for held in folder.values():
        known = held.assessments
        if held.rubric.looks_at in {"case_file", "direct_practice", "supervision"}:
            known = known[(known["purpose"] != "benchmark") & known["minutes"].notna()]
            minutes += known["minutes"].tolist()
        if held.rubric.looks_at == "direct_practice":
            pieces = held.assessments.dropna(subset=["practitioner", "date"])
            watched |= set(pieces["piece"])
    assert one(sample, "auditor_minutes", "(all)")["estimate"] == pytest.approx(np.mean(minutes))
    assert one(sample, "observations_per_worker", "(all)")["numerator"] == len(watched)


def test_penetration_counts_workers_seen_at_or_above_the_threshold(
    sample: Any, folder: Any
) -> None:
    row = one(sample, "penetration", "(all)")
    everybody = fd.measures(None, ratings=folder, only=["penetration"],
                            training=fd.read_training("large"),
                            thresholds={"penetration": 0.0})  # fmt: skip
    most = one(everybody, "penetration", "(all)")
    assert row["numerator"] <= most["numerator"] <= most["denominator"] == row["denominator"]
    nobody = fd.measures(None, ratings=folder, only=["penetration"],
                         training=fd.read_training("large"),
                         thresholds={"penetration": 1.01})  # fmt: skip
    assert one(nobody, "penetration", "(all)")["numerator"] == 0


def test_what_auditors_time_buys(sample: Any) -> None:
    row = sample.information.iloc[0]
    assert row["width"] == pytest.approx(row["upper"] - row["lower"])
    more = row["width"] * math.sqrt(row["hours"] / (row["hours"] + 10))
    assert row["width_with_more"] == pytest.approx(more)


def test_pictures_say_what_the_table_says(sample: Any) -> None:
    picture = sample.plot()
    assert len(picture.data) == len(sample.table[sample.table["group"] == "(all)"])
    assert "18 measures" in picture.title
    time = sample.plot(measure="caseload")
    flagged = time.data[time.data["flags"] != ""]
    assert ("no more movement" in time.title) == flagged.empty
    with pytest.raises(UsageError, match="no periods to draw"):
        sample.plot(measure="penetration")


def test_no_sentence_gives_a_reason_or_ranks(sample: Any) -> None:
    told = " ".join(sample.sentences).lower()
    assert not any(word in told for word in ("because", "due to the", "best", "worst", "works"))


def test_nothing_to_count_and_bare_frames_are_refused() -> None:
    with pytest.raises(UsageError, match="something to count"):
        fd.measures()
    with pytest.raises(UsageError, match="checked ratings"):
        fd.measures(ratings={"a": pd.DataFrame()})  # type: ignore[dict-item]
