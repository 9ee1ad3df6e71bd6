"""Change: what was planted is told, what straddles is left out, and nothing is said too soon."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from fidelity.analyses.change import ALIKE, FEW, HIGHER, Change, change
from fidelity.collect.companions import read_events, read_frame
from fidelity.collect.ratings import Ratings, read_ratings
from fidelity.errors import UsageError
from fidelity.rubric.places import sample_data_folder

COURSE = {"large": "2024-04-02", "small": "2024-07-02"}


@cache
def sample(size: str, rubric: str) -> Ratings:
    return read_ratings(sample_data_folder() / size / f"ratings_{rubric}.csv", rubric)


@cache
def found(size: str, rubric: str, around: bool = True) -> Change:
    events = read_events(sample_data_folder() / size / "events.csv")
    day = COURSE[size] if around else None
    return change(sample(size, rubric), around=day, by="team", events=events)


def row(result: Change, kind: str = "mean", group: str = "(all)") -> pd.Series:
    rows = result.table
    return rows[(rows["kind"] == kind) & (rows["group"] == group)].iloc[0]


def supervision(n: int = 60, lift: float = 1.0, seed: int = 1, **columns: object) -> pd.DataFrame:
    """Sessions of 20 practitioners over 20 months, lifted from month 11 on."""
    rng = np.random.default_rng(seed)
    month = np.arange(n) * 20 // n
    own = rng.normal(0, 0.3, 20)
    who = rng.integers(0, 20, n)
    items = [f"ss{k}" for k in range(1, 13)]
    mean = 0.7 + own[who] + lift * (month >= 10)
    levels = np.clip(np.rint(mean[:, None] + rng.normal(0, 0.5, (n, 12))), 0, 2).astype(int)
    day = pd.to_datetime("2024-01-15") + pd.to_timedelta(month * 30.44, unit="D")
    frame = pd.DataFrame({
        "piece": [f"S{k:03d}" for k in range(n)], "rater": rng.choice(["a", "b"], n),
        "date": day.strftime("%Y-%m-%d"), "practitioner": [f"P{k:02d}" for k in who],
        "selection": "random", **columns,
    })  # fmt: skip
    return frame.join(pd.DataFrame(levels.astype(str), columns=items))


def test_the_planted_course_is_told_after_and_never_because_of() -> None:
    result = found("large", "cfsw_skills")
    main = row(result)
    assert main["finding"] == HIGHER
    # Planted: 1.0, fading; its mean over the 21 months after it is about .45.
    assert main["lower"] < 0.45 < main["upper"]
    assert main["boot_lower"] < main["estimate"] < main["boot_upper"]
    told = " ".join(result.sentences)
    assert "36 observations from before 2 April 2024 and 252 after it" in told
    assert "higher after, by +0.65 (+0.25 to +1.06)" in told
    assert "`fidelity drift`" in told
    assert "inspection (16 September 2024)" in told
    for word in ("because", "works", "delivering", "caused", "thanks to", "effective"):
        assert word not in told.lower()


def test_by_the_end_visits_are_back_and_files_are_not() -> None:
    visits, files = found("large", "cfsw_skills", False), found("large", "sos_case_file", False)
    assert row(visits)["finding"] == ALIKE
    assert row(files, "no evidence")["upper"] < -0.05
    assert "part of the change may be better recording" in " ".join(files.sentences)
    assert "from 1 October 2025" in visits.sentences[0]


def test_pieces_on_both_sides_of_the_day_are_left_out_and_counted() -> None:
    result = found("large", "sos_case_file")
    ended = pd.to_datetime(sample("large", "sos_case_file").assessments["date"])
    day = pd.Timestamp(COURSE["large"])
    assert result.counts["n_out"] > 50
    assert f"{result.counts['n_out']} speak of time on both sides" in result.sentences[0]
    assert result.counts["n_after"] < (ended >= day).sum()
    whole = change(sample("large", "sos_case_file"), around=COURSE["large"], look_back=0)
    assert whole.counts["n_out"] == 0
    assert whole.counts["n_before"] == result.counts["n_before"]


def test_covers_from_is_taken_before_the_rubrics_look_back() -> None:
    frame = supervision()
    frame["covers_from"] = frame["date"]
    late = pd.to_datetime(frame["date"]) >= "2024-11-14"
    frame.loc[late.idxmax(), "covers_from"] = "2024-10-01"
    result = change(Ratings(frame, "systemic_supervision"), around="2024-11-14")
    assert result.counts["n_out"] == 1


def test_items_need_false_discovery_control_and_are_drawn_in() -> None:
    items = found("small", "sos_case_file").table.query("kind == 'item'")
    alone = (items["lower"] > 0) | (items["upper"] < 0)
    moved = items["finding"].isin(["higher after", "lower after"])
    assert moved.sum() <= alone.sum()
    assert (items.loc[moved, "q"] < 0.05).all()
    assert items["shrunken"].std() < items["estimate"].std()


def test_without_change_few_items_move() -> None:
    moved = 0
    for seed in range(6):
        ratings = Ratings(supervision(lift=0.0, seed=seed), "systemic_supervision")
        table = change(ratings, around="2024-11-14").table
        moved += table.query("kind == 'item'")["finding"].isin([HIGHER, "lower after"]).any()
    assert moved <= 1


def test_small_says_what_cannot_be_told_and_when() -> None:
    result = found("small", "cfsw_skills", False)
    told = " ".join(result.sentences)
    assert row(result)["finding"] == ALIKE
    assert "could not be told however many follow, with only 6 from before" in told
    assert "months each at this pace" in told
    assert "too few to say: North and South" in told
    assert "Of 7 items none can be said to have moved" in told
    few = found("small", "sos_case_file").table
    teams = few[(few["kind"] == "mean") & ~few["group"].str.startswith("(all)")]
    assert set(teams["finding"]) <= {ALIKE, FEW, HIGHER}


def test_where_the_two_intervals_disagree_nothing_is_told() -> None:
    main = row(found("small", "cfsw_skills"))
    assert main["lower"] > 0 > main["boot_lower"]
    assert main["finding"] == ALIKE


def test_under_five_pieces_on_a_side_nothing_is_said() -> None:
    result = change(Ratings(supervision(n=20), "systemic_supervision"), around="2024-04-01")
    main = row(result)
    assert main["finding"] == FEW
    assert np.isnan(main["estimate"])
    assert "cannot be made up for" in " ".join(result.sentences)
    assert result.plot().title == "Too few to say whether scores changed"


def test_who_was_looked_at_is_told_and_held_equal() -> None:
    frame = supervision(n=160, lift=0.0, seed=2)
    rng = np.random.default_rng(3)
    late = pd.to_datetime(frame["date"]) >= "2024-11-14"
    hard = rng.random(len(frame)) < np.where(late, 0.8, 0.2)
    frame["plan_type"] = np.where(hard, "child_protection", "child_in_need")
    items = [c for c in frame if c.startswith("ss")]
    lowered = frame.loc[hard, items].astype(int) - 1
    frame.loc[hard, items] = lowered.clip(lower=0).astype(str)
    result = change(Ratings(frame, "systemic_supervision"), around="2024-11-14")
    assert row(result)["finding"] == "lower after"
    equal = row(result, "same plan types")
    assert equal["lower"] < 0 < equal["upper"]
    differs = result.who[result.who["differs"]]
    assert set(differs["value"]) == {"child_protection", "child_in_need"}
    assert "Not the same was looked at" in " ".join(result.sentences)


def test_level_and_slope_month_by_month() -> None:
    ratings = Ratings(supervision(n=200), "systemic_supervision")
    result = change(ratings, around="2024-11-14")
    kinds = dict(zip(result.segments["kind"], result.segments["estimate"], strict=True))
    assert set(kinds) == {"slope before", "level", "slope"}
    level = result.segments.set_index("kind").loc["level"]
    assert level["lower"] > 0
    assert result.series["fitted"].notna().all()
    assert pd.Timestamp("2024-11-14") in set(result.series["start"])
    turning = change(ratings).segments.iloc[0]
    assert turning["kind"] == "turning point"
    assert abs((pd.Timestamp(turning["name"]) - pd.Timestamp("2024-11-01")).days) <= 62
    assert turning["p"] < 0.05


def test_a_stratified_draw_is_weighted_within_each_period() -> None:
    frame = supervision(n=200, seed=4)
    late = (pd.to_datetime(frame["date"]) >= "2024-11-14").to_numpy()
    rare = np.random.default_rng(5).random(200) < np.where(late, 0.5, 0.2)
    frame["stratum"], frame["selection"] = np.where(rare, "rare", "common"), "stratified"
    sizes = pd.DataFrame({"stratum": ["rare", "common"], "N": [100, 900]})
    ratings = Ratings(frame, "systemic_supervision")
    result = change(ratings, around="2024-11-14", frame=read_frame(sizes))
    main = row(result)
    value = change(ratings, around="2024-11-14").table  # only for the means by stratum below
    scores = pd.DataFrame({"late": late, "rare": rare, "y": _means(ratings)})
    by = scores.groupby(["late", "rare"])["y"].mean()
    after = 0.9 * by[True, False] + 0.1 * by[True, True]
    before = 0.9 * by[False, False] + 0.1 * by[False, True]
    assert main["after"] == pytest.approx(after)
    assert main["estimate"] == pytest.approx(after - before)
    assert main["estimate"] != pytest.approx(value["estimate"].iloc[0], abs=1e-6)
    with pytest.raises(UsageError, match="does not name: rare"):
        change(ratings, around="2024-11-14", frame=read_frame(sizes.iloc[1:]))


def _means(ratings: Ratings) -> np.ndarray:
    """The mean of each piece, in the order of its reference."""
    from fidelity.analyses.scores import score

    return score(ratings).assessments.sort_values("piece")["overall"].to_numpy(float)


def test_order_of_rows_and_seed_of_other_groups_change_nothing() -> None:
    frame = supervision(n=120, seed=6)
    frame["team"] = np.where(np.arange(120) % 2, "A", "B")
    first = change(Ratings(frame, "systemic_supervision"), around="2024-11-14", by="team")
    mixed = frame.sample(frac=1, random_state=1)
    again = change(Ratings(mixed, "systemic_supervision"), around="2024-11-14", by="team")
    pd.testing.assert_frame_equal(first.table, again.table)
    assert first.sentences == again.sentences


def test_picture_and_sentences_follow_the_flags() -> None:
    for size, rubric in (("large", "cfsw_skills"), ("large", "sos_case_file"),
                         ("small", "sos_case_file")):  # fmt: skip
        result = found(size, rubric)
        picture = result.plot()
        finding = row(result)["finding"]
        assert ("higher after" in picture.title) == (finding == HIGHER)
        moved = result.table.query("kind == 'item'")["finding"].eq(HIGHER).sum()
        assert (f"{moved} item" in picture.title) == (moved > 0)
        assert picture.data["finding"].iloc[0] == finding
        assert ("because of" in picture.alt) is False
        assert picture.png()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"around": "yesterday"}, "is no date"),
        ({"by": "nothing"}, "No column nothing"),
        ({"measure": "nothing"}, 'measure="nothing"'),
        ({"window": "week"}, "allowed: month, quarter"),
        ({"every": "day"}, "allowed: month, quarter"),
    ],
)
def test_wrong_calls_say_what_to_do(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        change(sample("large", "cfsw_skills"), **options)  # type: ignore[arg-type]


def test_levels_that_are_not_averaged_and_dates_that_are_missing() -> None:
    with pytest.raises(UsageError, match="not averaged"):
        change(sample("large", "core_case_audit"))
    frame = supervision().drop(columns="date")
    with pytest.raises(UsageError, match="needs the column date"):
        change(Ratings(frame, "systemic_supervision"))
    with pytest.raises(UsageError, match="takes checked ratings"):
        change(frame)  # type: ignore[arg-type]
