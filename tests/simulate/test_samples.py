"""The sample authorities: made again byte for byte, read without a fault, and labelled."""

import csv
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import fidelity as fd
from fidelity.collect.companions import read_events, read_frame, read_measures, read_training
from fidelity.rubric import read_rubric
from fidelity.rubric.places import sample_data_folder
from fidelity.simulate import Authority, simulate
from fidelity.simulate.samples import SAMPLES, SEED

SAMPLE_FILES = sorted(sample_data_folder().glob("*/ratings_*.csv"))


@cache
def sample(name: str) -> Authority:
    """One of the samples, as it was before it was written."""
    return simulate(SAMPLES[name](), SEED)


def test_the_samples_are_made_again_byte_for_byte(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "fidelity.simulate", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    folder = sample_data_folder()
    kept = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}
    del kept[Path("README.md")]
    assert set(made) == set(kept)
    assert [path for path in sorted(made) if made[path] != kept[path]] == []
    assert sum(map(len, kept.values())) < 1_500_000


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda p: f"{p.parent.name}-{p.stem[8:]}")
def test_sample_ratings_are_read_without_a_fault_and_score(path: Path) -> None:
    rubric = path.stem.removeprefix("ratings_")
    ratings = fd.read_ratings(path, rubric)
    assert len(ratings.summary) == 1 + sum(concern.open for concern in ratings.concerns)
    result = fd.score(ratings, by="team")
    if path.parent.name == "large":
        numbers = result.table[["estimate", "lower", "upper"]].to_numpy(float)
        assert np.isfinite(numbers).all()
    long = sample(path.parent.name).ratings[rubric]
    again = fd.score(fd.Ratings(long, rubric), by="team")
    assert_frame_equal(result.table, again.table)


@pytest.mark.parametrize("size", SAMPLES)
def test_the_tables_beside_ratings_pass_their_gates(size: str) -> None:
    readers = (read_training, read_measures, read_events, read_frame)
    for name, read in zip(("training", "measures", "events", "frame"), readers, strict=True):
        assert len(read(sample_data_folder() / size / f"{name}.csv")) > 0


def test_the_stratified_draw_is_weighted_by_its_frame() -> None:
    large = sample_data_folder() / "large"
    ratings = fd.read_ratings(large / "ratings_core_case_audit.csv", "core_case_audit")
    frame = read_frame(large / "frame.csv")
    result = fd.score(ratings, by="plan_type", frame=frame)
    assert result.table["estimate"].notna().all()


def test_the_large_sample_tells_its_story() -> None:
    authority = sample("large")
    quarters = {}
    for rubric in ("sos_case_file", "cfsw_skills"):
        scored = fd.score(fd.Ratings(authority.ratings[rubric], rubric)).assessments
        scored = scored[scored["counted"]]
        quarter = pd.to_datetime(scored["date"]).dt.to_period("Q")
        quarters[rubric] = list(scored.groupby(quarter)["overall"].mean())
    files, visits = quarters["sos_case_file"], quarters["cfsw_skills"]
    assert files[1] - files[0] > 0.3
    assert visits[1] - visits[0] > 0.5
    assert files[7] - files[0] > 0.3  # on paper it seems to last
    assert visits[7] - visits[1] < -0.3
    truth = json.loads((sample_data_folder() / "large" / "truth.json").read_text(encoding="utf-8"))
    skill = truth["mean_skill_by_month"]
    assert skill[3] - skill[2] > 0.7
    assert skill[23] - skill[0] < 0.15
    assert all(last < first for first, last in truth["strictness_first_and_last_month"].values())


def test_families_say_what_was_planted_and_files_hide_some_of_it() -> None:
    """Their own people and whose plan it is are hardest; every family asked has its file here."""
    authority = sample("large")
    replies, files = (authority.ratings[r] for r in ("sos_family_feedback", "sos_case_file"))
    assert set(replies["case"]) <= set(files["case"])
    result = fd.score(fd.Ratings(replies, "sos_family_feedback"))
    parents = result.items[result.items["rater_role"] == "parent"].set_index("item")["estimate"]
    children = result.items[result.items["rater_role"] == "child"].set_index("item")["estimate"]
    assert list(parents.nsmallest(3).index.sort_values()) == ["pc6", "pc7", "pc8"]
    assert children.idxmin() == "cy5"
    assert set(parents.index) & set(children.index) == set()


def test_what_an_organisation_says_of_itself_depends_on_whom_one_asks() -> None:
    ratings = sample("large").ratings
    gap = fd.score(fd.Ratings(ratings["sos_org_alignment"], "sos_org_alignment")).table
    mean = gap[gap["measure"] == "overall"].set_index("rater_role")["estimate"]
    assert mean["leader"] > mean["practitioner"] + 0.5
    diagnostic = fd.Ratings(ratings["evidence_minded_org"], "evidence_minded_org")
    of = fd.score(diagnostic, by="source").table
    of = of[(of["measure"] == "overall") & (of["rater_role"] == "independent")]
    source = of.set_index("source")["estimate"]
    assert source["document"] > source["observation"] + 0.5


def test_the_small_sample_has_the_size_that_it_says() -> None:
    for rubric, each in (("sos_case_file", 12), ("cfsw_skills", 6)):
        path = sample_data_folder() / "small" / f"ratings_{rubric}.csv"
        table = pd.read_csv(path, dtype=str).drop_duplicates("piece")
        quarters = pd.to_datetime(table["date"]).dt.to_period("Q").value_counts()
        assert list(quarters) == [each] * 5
        assert set(table["rater"]) <= {"R01", "R02", "R03", "panel"}


def test_every_table_says_that_it_is_synthetic_and_names_nobody() -> None:
    patterns = {
        "piece": r"[A-Z]{2}-(\d{4}|B\d)", "rater": r"R\d\d|panel|(FF|SV)-\d{4}",
        "practitioner": r"P\d\d",
        "team": "North|South|East|West", "case": r"C\d{4}",
    }  # fmt: skip
    tables = sorted(sample_data_folder().glob("*/*.csv"))
    assert len(tables) == 11 + 3 + 2 * 4
    for path in tables:
        table = pd.read_csv(path, dtype=str)
        assert set(table["authority"]) == {"Made-up Borough (synthetic)"}, path
        for name, pattern in patterns.items():
            if name in table:
                assert table[name].dropna().str.fullmatch(pattern).all(), (path, name)


def test_the_dictionary_names_every_column() -> None:
    told = (sample_data_folder() / "README.md").read_text(encoding="utf-8")
    for path in sample_data_folder().glob("*/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            heading = next(csv.reader(file))
        items = read_rubric(path.stem[8:]).items if path.stem.startswith("ratings_") else {}
        missing = [name for name in heading if name not in items and f"`{name}`" not in told]
        assert missing == [], path
