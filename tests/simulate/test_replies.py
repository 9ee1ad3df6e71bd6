"""What families, staff and those who look at an organisation answer in a simulated authority."""

import pandas as pd
import pytest

import fidelity as fd
from fidelity.errors import UsageError
from fidelity.rubric import read_rubric
from fidelity.simulate import Settings, Strand, Team, many_ratings, simulate

FILES = Strand("sos_case_file", "SF", pieces=6, staged=True)
ASKED = {"parent": 0.6, "child": 0.6}
#: How a rubric is used where it is not one rater looking at one piece.
USED = {
    "sos_family_feedback": Strand(
        "sos_family_feedback", "FF", families_of="sos_case_file", staged=True, replies=ASKED
    ),
    "staff_model_survey": Strand(
        "staff_model_survey", "SV", every=3, respondents={"practitioner": 12, "leader": 2}
    ),
    "sos_org_alignment": Strand(
        "sos_org_alignment", "AL", every=3, respondents={"leader": 1, "practitioner": 3}
    ),
    "evidence_minded_org": Strand(
        "evidence_minded_org", "EM", every=3, respondents={"leader": 1, "independent": 2},
        sources={"independent": ("document", "observation")},
    ),
}  # fmt: skip


def used(rubric: str) -> pd.DataFrame:
    """Ratings of one rubric in a small authority."""
    strand = USED.get(rubric, Strand(rubric, "AA", pieces=2))
    strands = (FILES, strand) if strand.families_of else (strand,)
    teams = (Team("North", 4), Team("South", 4))
    return simulate(Settings(months=6, teams=teams, raters=4, strands=strands), 7).ratings[rubric]


@pytest.mark.parametrize("name", USED)
def test_replies_and_views_pass_the_gate_and_score(name: str) -> None:
    """Rubrics of pieces that raters look at stand in `test_authority`."""
    result = fd.score(fd.Ratings(used(name), name), by="team")
    told = result.table[result.table["kind"].isin(["mean", "ratio", "total", "band"])]
    assert not told.empty
    assert told["estimate"].notna().any()
    assert result.sentences


@pytest.mark.parametrize("name", ["sys_unit_structure", "family_safeguarding"])
def test_no_share_of_counts_is_above_the_whole(name: str) -> None:
    scored = fd.score(fd.Ratings(used(name), name)).assessments
    for ratio in read_rubric(name).ratios:
        assert scored[ratio.id].dropna().between(0, 1).all(), ratio.id
        assert scored[ratio.id].notna().any(), ratio.id


def test_parents_and_children_answer_what_they_are_asked_and_nothing_else() -> None:
    long = used("sos_family_feedback").dropna(subset=["value"])
    rubric = read_rubric("sos_family_feedback")
    wrong = [
        (item, role)
        for item, role in zip(long["item"], long["rater_role"], strict=True)
        if role not in rubric.asked_of[item]
    ]
    assert wrong == []
    assert set(long["rater_role"]) == {"parent", "child"}
    assert set(long.loc[long["rater_role"] == "child", "age_band"]) <= {"5_to_11", "12_plus"}


@pytest.mark.parametrize("name", ["sos_family_feedback", "sos_direct_practice"])
def test_many_ratings_pass_the_gate(name: str) -> None:
    columns = many_ratings(name, 500)
    frame = pd.DataFrame({key: column.labels[column.codes] for key, column in columns.items()})
    scored = fd.score(fd.Ratings(frame, name))
    assert scored.table["estimate"].notna().any()
    assert ("rater_role" in frame) == (name == "sos_family_feedback")


def test_nobody_can_be_followed_through_the_staff_survey() -> None:
    replies = used("staff_model_survey").drop_duplicates("piece")
    assert list(replies["rater"]) == list(replies["piece"])
    assert replies["rater"].is_unique


def test_a_family_survey_changes_nothing_in_the_files() -> None:
    alone = simulate(Settings(months=3, strands=(FILES,)), 3).ratings["sos_case_file"]
    both = simulate(Settings(months=3, strands=(FILES, USED["sos_family_feedback"])), 3)
    pd.testing.assert_frame_equal(alone, both.ratings["sos_case_file"])


def test_what_cannot_be_asked_is_refused_all_at_once() -> None:
    strands = (
        Strand("sos_family_feedback", families_of="cfsw_skills", replies={"parent": 0, "peer": 2}),
        Strand("sos_org_alignment", respondents={"parent": 1}, sources={"leader": ("gossip",)}),
    )
    with pytest.raises(UsageError) as refused:
        Settings(strands=strands)
    for words in (
        "asks the families of cfsw_skills; allowed: there is none",
        "sos_family_feedback is not rated by peer",
        "replies of peer of sos_family_feedback: shares from 0 to 1",
        "sos_org_alignment is not rated by parent",
        "sos_org_alignment has no source gossip",
    ):
        assert words in str(refused.value)
