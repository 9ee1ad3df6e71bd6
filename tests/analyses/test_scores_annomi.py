"""Real counselling transcripts (AnnoMI), scored with the arithmetic of MITI 4.

The codes are AnnoMI's, not MITI's: what is compared is arithmetic. The transcripts are not part
of the project; where they are absent these tests say so.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.statistics.clusters import welch

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def utterances(realdata: Path) -> pd.DataFrame:
    """Therapist utterances as the first annotator coded them."""
    table = pd.read_csv(realdata / "annomi_codes.csv.gz")
    first = table.drop_duplicates(["transcript_id", "utterance_id"])
    return first[first["interlocutor"] == "therapist"]


@pytest.fixture(scope="module")
def scores(utterances: pd.DataFrame) -> fd.GroupScores:
    """Counts by transcript; what the data lack stays blank."""
    reflects = utterances["reflection_exists"].eq(True)
    counts = pd.DataFrame({
        "piece": utterances["transcript_id"].astype(str),
        "team": utterances["mi_quality"],
        "q": utterances["question_exists"].eq(True),
        "sr": reflects & utterances["reflection_subtype"].eq("simple"),
        "cr": reflects & utterances["reflection_subtype"].eq("complex"),
    })  # fmt: skip
    wide = counts.groupby(["piece", "team"], as_index=False).sum()
    wide = wide.assign(case=wide["piece"], rater="first annotator (AnnoMI codes, not MITI)")
    return fd.score(fd.Ratings(wide, "miti4"), by="team")


def ratio(scores: fd.GroupScores, team: str, measure: str) -> pd.Series:
    table = scores.to_frame()
    rows = table[(table["team"] == team) & (table["measure"] == measure)]
    return rows[rows["kind"] == "ratio"].iloc[0]


@pytest.mark.parametrize(
    ("team", "measure", "expected"),
    [
        ("high", "r_q", 0.997),
        ("low", "r_q", 0.275),
        ("high", "percent_cr", 0.467),
        ("low", "percent_cr", 0.380),
    ],
)
def test_group_ratios_are_ratios_of_sums(
    scores: fd.GroupScores, team: str, measure: str, expected: float
) -> None:
    row = ratio(scores, team, measure)
    assert round(row["estimate"], 3) == expected
    assert row["lower"] < row["estimate"] < row["upper"]


def test_there_are_133_transcripts(scores: fd.GroupScores) -> None:
    assert scores.assessments.groupby("team").size().to_dict() == {"high": 110, "low": 23}


def test_sessions_without_a_question_are_undefined_and_counted(scores: fd.GroupScores) -> None:
    undefined = scores.assessments["r_q_reason"] == "undefined: the divisor is 0"
    assert undefined.sum() == (scores.assessments["r_q"].isna()).sum() == 3
    assert "3 " in ratio(scores, "high", "r_q")["reason"]
    assert any("undefined" in sentence for sentence in scores.sentences)


def test_what_the_data_lack_withholds_only_what_needs_it(scores: fd.GroupScores) -> None:
    for measure in ("technical", "relational", "mia", "mina"):
        assert scores.assessments[measure].isna().all()
        assert scores.assessments[f"{measure}_reason"].ne("").all()
    assert scores.assessments["percent_cr"].notna().sum() == 118


def test_no_band_and_no_line_for_trained_coders_is_shown(scores: fd.GroupScores) -> None:
    assert "band" not in scores.assessments
    assert not scores.to_frame()["kind"].str.startswith("band").any()
    assert scores.reference_lines == ()


def test_the_share_with_a_reflection_differs_by_session(utterances: pd.DataFrame) -> None:
    share = (
        utterances.assign(reflects=utterances["reflection_exists"].eq(True))
        .groupby(["mi_quality", "transcript_id"])["reflects"]
        .mean()
    )
    difference = welch(share["high"], share["low"])
    assert difference.n == 133
    assert difference.lower > 0
    assert np.isclose(difference.value, share["high"].mean() - share["low"].mean())
