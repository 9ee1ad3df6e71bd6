"""Raters beside agreed scores, guessing and the middle level, and the gap between two roles."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import fidelity as fd
from fidelity.analyses.calibration import Calibration, calibration
from fidelity.cli.calibrate import command
from fidelity.errors import UsageError
from fidelity.readiness import ALONE, IN_PAIRS, TOO_FEW_TO_SAY
from fidelity.rubric.places import rubrics_folder, sample_data_folder
from fidelity.simulate import Settings, Strand, simulate
from fidelity.statistics.agreement import krippendorff_alpha
from fidelity.statistics.clusters import cluster_mean
from tests.present.planted import looked_at

LARGE = sample_data_folder() / "large"
SMALL = sample_data_folder() / "small"
ITEM = "empathy"


def scored(rows: Iterable[Mapping[str, object]], rubric: str = "cfsw_skills") -> fd.Ratings:
    return fd.Ratings(pd.DataFrame(list(rows)), rubric)


def beside(agreed: Iterable[int], **by_rater: Iterable[int]) -> fd.Ratings:
    """Pieces with an agreed score on one item, and what raters gave."""
    rows = [
        {"piece": f"p{n:03}", "rater": "panel", "rater_role": "agreed", ITEM: level}
        for n, level in enumerate(agreed)
    ]
    rows += [
        {"piece": f"p{n:03}", "rater": rater, "rater_role": "peer", ITEM: level}
        for rater, levels in by_rater.items()
        for n, level in enumerate(levels)
    ]
    return scored(rows)


def row(result: Calibration, measure: str, rater: str = "(all)") -> pd.Series:
    table = result.to_frame()
    return table[(table["rater"] == rater) & (table["measure"] == measure)].iloc[0]


def test_exact_within_one_and_what_guessing_gets() -> None:
    result = calibration(beside([2, 3, 4, 3, 2, 4], A=[2, 3, 3, 5, 2, 1]))
    exact, near = row(result, "exact", "A"), row(result, "within one", "A")
    assert exact["estimate"] == 3 / 6
    assert near["estimate"] == 4 / 6
    assert exact["guessing"] == pytest.approx(0.2)
    assert near["guessing"] == pytest.approx(0.6)  # all agreed scores lie in 2 to 4
    assert (exact["middle"], near["middle"]) == (2 / 6, 1)
    net = row(result, "above less below", "A")
    assert net["estimate"] == pytest.approx((1 - 2) / 6)
    assert (exact["n_scores"], exact["n_pieces"], exact["n_benchmark"]) == (6, 6, 0)
    by_hand = krippendorff_alpha(
        [[2, 2], [3, 3], [4, 3], [3, 5], [2, 2], [4, 1]], categories=[1, 2, 3, 4, 5]
    )
    assert row(result, "alpha", "A")["estimate"] == pytest.approx(by_hand.value)


def test_the_ends_of_the_scale_are_harder_to_guess() -> None:
    result = calibration(beside([1, 5, 1, 5], A=[1, 5, 1, 5]))
    assert row(result, "within one")["guessing"] == pytest.approx(0.4)
    assert row(result, "within one")["middle"] == 0
    unused = next(s for s in result.sentences if "No score was agreed" in s)
    assert "levels 2, 3 and 4" in unused


def test_of_two_middle_grades_the_luckier_is_the_one_to_beat() -> None:
    rows = [
        {"piece": f"p{n}", "rater": rater, "rater_role": role, "plan": level}
        for n, level in enumerate([3, 3, 2, 4])
        for rater, role in (("panel", "agreed"), ("A", "peer"))
    ]
    result = calibration(scored(rows, "core_case_audit"))
    assert row(result, "exact")["middle"] == 0.5
    assert row(result, "exact")["guessing"] == 0.25


def test_less_is_better_is_turned_round(tmp_path: Path) -> None:
    shipped = (rubrics_folder() / "cfsw_skills.yaml").read_text(encoding="utf-8")
    path = tmp_path / "cfsw_skills.yaml"
    path.write_text(
        shipped.replace(f"- id: {ITEM}\n", f"- id: {ITEM}\n        proscribed: true\n"),
        encoding="utf-8",
    )
    frame = pd.DataFrame([
        {"piece": f"p{n}", "rater": rater, "rater_role": role, ITEM: level}
        for n in range(6)
        for rater, role, level in (("panel", "agreed", 2), ("A", "peer", 4))
    ])  # fmt: skip
    for rubric, net in ((fd.read_rubric("cfsw_skills"), 1), (fd.read_rubric(path), -1)):
        result = calibration(fd.Ratings(frame, rubric))
        assert row(result, "above less below", "A")["estimate"] == net
        assert result.items["estimate"].iloc[0] == net


def test_the_rule_and_its_words() -> None:
    agreed = [1, 2, 3, 4, 5] * 8
    wrong = [level % 5 + 1 for level in agreed]
    result = calibration(beside(agreed, Ann=agreed, Bea=wrong, Cy=agreed[:12]))
    verdicts = {name: row(result, "exact", name)["verdict"] for name in ("Ann", "Bea", "Cy")}
    assert verdicts == {"Ann": ALONE, "Bea": IN_PAIRS, "Cy": TOO_FEW_TO_SAY}
    assert row(result, "exact", "Cy")["more_pieces"] == 18
    assert row(result, "exact")["verdict"] == ""  # a group is not ready or unready
    told = " ".join(result.sentences)
    assert "Ready to score alone: Ann. Score in pairs for now: Bea. Too few to say: Cy." in told
    assert "Nobody is certified or failed" in told
    assert "12 of at least 30 item scores" in row(result, "exact", "Cy")["why"]


def test_raters_stand_in_the_order_of_their_ids() -> None:
    agreed = [1, 2, 3, 4, 5]
    result = calibration(beside(agreed, R2=agreed, R10=[3] * 5, R1=[5] * 5))
    assert list(dict.fromkeys(result.table["rater"])) == ["R1", "R10", "R2", "(all)"]


def test_benchmark_pieces_count_each_time_and_cluster_by_piece() -> None:
    rows: list[dict[str, object]] = []
    for piece, level in (("b1", 2), ("b2", 4), ("b3", 3)):
        one = {"piece": piece, "purpose": "benchmark"}
        rows.append({**one, "rater": "panel", "rater_role": "agreed", ITEM: level,
                     "rated_on": "2026-01-01"})  # fmt: skip
        rows += [
            {**one, "rater": "A", "rater_role": "peer", ITEM: level, "rated_on": f"2026-0{m}-01"}
            for m in (1, 4, 7)
        ]
    result = calibration(scored(rows))
    exact = row(result, "exact", "A")
    assert (exact["n_scores"], exact["n_pieces"], exact["n_benchmark"]) == (9, 3, 9)
    assert "3 benchmark pieces" in result.sentences[0]
    assert "after moderation" not in result.sentences[0]


def test_levels_that_only_one_of_them_gave_are_counted() -> None:
    rows = [
        {"piece": "p", "rater": "panel", "rater_role": "agreed", ITEM: "NE", "autonomy": 3},
        {"piece": "p", "rater": "A", "rater_role": "peer", ITEM: 4, "autonomy": 3},
    ]
    exact = row(calibration(scored(rows)), "exact", "A")
    assert (exact["n_scores"], exact["n_apart"]) == (1, 1)


def test_two_agreed_scores_of_a_piece_are_refused() -> None:
    rows = [
        {"piece": "p", "rater": rater, "rater_role": role, ITEM: 3}
        for rater, role in (("panel 1", "agreed"), ("panel 2", "agreed"), ("A", "peer"))
    ]
    with pytest.raises(UsageError, match="Several agreed scorings of 1 piece,"):
        calibration(scored(rows))


def test_an_item_stands_out_only_beyond_chance() -> None:
    random = np.random.default_rng(7)
    items = list(fd.read_rubric("cfsw_skills").scored_items)
    rows = []
    for n in range(40):
        agreed = {item: int(level) for item, level in
                  zip(items, random.integers(2, 5, len(items)), strict=True)}  # fmt: skip
        rows.append({"piece": f"p{n}", "rater": "panel", "rater_role": "agreed", **agreed})
        own = {item: level + int(random.integers(-1, 2)) for item, level in agreed.items()}
        own[items[2]] = agreed[items[2]] + 1
        rows.append({"piece": f"p{n}", "rater": "A", "rater_role": "peer", **own})
    found = calibration(scored(rows))
    flagged = found.items[found.items["beyond_chance"]]
    # All lie above by one: nothing varies, so there is no interval, and no claim either.
    assert items[2] not in set(flagged["item"])
    rows[1] = {**rows[1], items[2]: rows[0][items[2]]}
    found = calibration(scored(rows))
    assert list(found.items.loc[found.items["beyond_chance"], "item"]) == [items[2]]
    assert any("On 1 of 7 items raters clearly lie above or below" in s for s in found.sentences)


def test_planted_strictness_shows_beside_benchmark_pieces() -> None:
    result = calibration(fd.read_ratings(LARGE / "ratings_sos_case_file.csv", "sos_case_file"))
    generous, strict = (row(result, "above less below", rater) for rater in ("R06", "R08"))
    assert generous["lower"] > 0  # planted: -0.4 to -0.8 of a level stricter, so more generous
    assert strict["upper"] < 0  # planted: 0.5 to 0.0 stricter
    whole = row(result, "exact")
    assert whole["lower"] > max(whole["guessing"], whole["middle"])
    picture = result.plot()
    assert picture.title == "Raters do better than guessing and than the middle level"
    looked_at(picture)


def moderated_files(shift: float, seed: int = 1) -> fd.Ratings:
    made = simulate(
        Settings(
            months=12, role_shift={"line_manager": shift},
            strands=(Strand("cfsw_skills", pieces=3, role="line_manager",
                            second_role="moderator", double_share=0.8, agreed_share=0),),
        ), rng=seed,
    )  # fmt: skip
    return fd.Ratings(made.ratings["cfsw_skills"], "cfsw_skills")


def test_the_gap_of_line_managers_is_found() -> None:
    gap = calibration(moderated_files(-0.6)).gap
    mean = gap[gap["kind"] == "mean"].iloc[-1]
    assert mean["lower"] < 0.55 < mean["upper"] + 0.1  # the ends of the scale take a little off
    assert mean["lower"] > 0.2
    told = next(s for s in calibration(moderated_files(-0.6)).sentences if "less moderators" in s)
    assert "line managers are the more generous" in told
    none = calibration(moderated_files(0.0)).gap
    same = none[none["kind"] == "mean"].iloc[-1]
    assert same["lower"] < 0 < same["upper"]


def test_the_gap_by_hand() -> None:
    given = [(4, 3), (5, 3), (2, 3), (4, 4), (3, 2), (4, 2)]
    rows = [
        {"piece": f"p{n}", "rater": role, "rater_role": role, "practitioner": f"w{n % 3}",
         **dict.fromkeys(fd.read_rubric("cfsw_skills").scored_items, level)}
        for n, both in enumerate(given)
        for role, level in zip(("line_manager", "moderator"), both, strict=True)
    ]  # fmt: skip
    gap = calibration(scored(rows)).gap
    difference = [one - other for one, other in given]
    by_hand = cluster_mean(difference, [n % 3 for n in range(6)])
    mean = gap[gap["kind"] == "mean"].iloc[-1]
    assert (mean["estimate"], mean["lower"]) == pytest.approx((by_hand.value, by_hand.lower))
    assert (mean["n_above"], mean["n_same"], mean["n_below"]) == (4, 1, 1)
    item = gap[gap["measure"] == ITEM].iloc[0]
    assert item["estimate"] == pytest.approx(3 / 6)
    assert (item["n_pieces"], item["n_clusters"], item["n_raters"]) == (6, 3, 2)


def test_grades_are_never_averaged_in_the_gap() -> None:
    result = calibration(fd.read_ratings(LARGE / "ratings_core_case_audit.csv", "core_case_audit"))
    assert set(result.gap["kind"]) == {"above less below"}
    first = result.gap.iloc[0]
    assert first["measure"] == "overall_grade"
    assert first["lower"] > 0  # planted: line managers 0.3 of a level too generous
    assert (
        "no agreed" in " ".join(result.sentences).lower()
        or "Nothing was scored" in (result.sentences[0])
    )
    assert result.table.empty
    looked_at(result.plot())


@pytest.mark.parametrize("rubric", ["sos_case_file", "cfsw_skills"])
def test_the_small_sample_looks_finished(rubric: str) -> None:
    result = calibration(fd.read_ratings(SMALL / f"ratings_{rubric}.csv", rubric))
    assert "rests in part on the raters' own scores" in result.sentences[0]
    assert not math.isnan(row(result, "exact")["guessing"])
    looked_at(result.plot())


def test_the_command(tmp_path: Path) -> None:
    path = str(LARGE / "ratings_core_case_audit.csv")
    told = CliRunner().invoke(command, [path, "-o", str(tmp_path), "--drawn-at-random"])
    assert told.exit_code == 0, told.output
    assert "line managers gave more than moderators" in told.output
    assert "taken as drawn at random" in told.output
    assert {file.name for file in tmp_path.iterdir()} == {
        "gap_core_case_audit.csv", "moderated_core_case_audit.csv", "moderated_core_case_audit.png",
    }  # fmt: skip
