"""What groups score: denominators, the whole, roles, what is left out, strata."""

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.errors import UsageError
from tests.spec.conftest import Engine
from tests.spec.pictures import item, rubric, table

PLAIN = rubric([item("a"), item("b")], [item("c"), item("d")])
TEAMS = """
piece rater team  practitioner a b c d
p1    x     North w1           4 4 4 4
p2    x     North w2           2 2 2 2
p3    x     South w3           5 5 5 5
p4    x     South w4           5 5 . 5
p5    x     .     w5           3 3 3 3
"""


def rows(result: fd.GroupScores, **wanted: str) -> pd.DataFrame:
    found = result.to_frame()
    for name, value in wanted.items():
        found = found[found[name] == value]
    return found


def test_cannot_say_stays_in_the_denominator(engine: Engine) -> None:
    result = fd.score(fd.Ratings(engine(table(TEAMS)), PLAIN), by="team")
    south = rows(result, team="South", kind="band").set_index("level")["estimate"]
    assert dict(south) == {"close": 0.5, "partly": 0.0, "not_yet": 0.0, "cannot_say": 0.5}
    assert set(rows(result, kind="band")["team"]) == {"North", "South", "(not recorded)", "(all)"}


def test_the_whole_is_computed_from_pieces(engine: Engine) -> None:
    result = fd.score(fd.Ratings(engine(table(TEAMS)), PLAIN), by="team")
    whole = rows(result, team="(all)", kind="mean", measure="overall").iloc[0]
    assert whole["estimate"] == (4 + 2 + 5 + 3) / 4
    assert (whole["n_pieces"], whole["n_missing"]) == (4, 1)


def test_one_cluster_has_no_interval_and_says_why(engine: Engine) -> None:
    frame = table(TEAMS).assign(practitioner="w1")
    row = rows(fd.score(fd.Ratings(engine(frame), PLAIN)), kind="mean", measure="overall").iloc[0]
    assert np.isnan(row["lower"])
    assert row["reason"] == "under 2 clusters: no interval"
    assert row["estimate"] == 3.5


def test_agreed_scores_replace_routine_ones_and_keep_their_role(engine: Engine) -> None:
    frame = table(
        """piece rater rater_role   purpose a b c d
           p1    x     line_manager routine 5 5 5 5
           p1    y     moderator    double  3 3 3 3
           p1    z     agreed       routine 4 4 4 4
           p2    x     line_manager routine 2 2 2 2"""
    )
    result = fd.score(fd.Ratings(engine(frame), PLAIN))
    assert list(result.assessments["counted"]) == [False, False, True, True]
    assert rows(result, kind="mean", measure="overall")["estimate"].tolist() == [3.0]


def test_several_that_could_count_are_refused_with_their_roles(engine: Engine) -> None:
    frame = table(
        """piece rater rater_role   a b c d
           p1    x     self         5 5 5 5
           p1    y     line_manager 3 3 3 3"""
    )
    ratings = fd.Ratings(engine(frame), PLAIN)
    with pytest.raises(UsageError, match=r'"p1".*record="<role>"') as caught:
        fd.score(ratings)
    assert "line_manager, self" in str(caught.value)
    assert rows(fd.score(ratings, record="self"), measure="overall", kind="mean")[
        "estimate"
    ].tolist() == [5.0]


def test_roles_are_never_pooled(engine: Engine) -> None:
    frame = table(
        """piece rater rater_role   a b c d
           p1    x     self         5 5 5 5
           p2    y     line_manager 3 3 3 3"""
    )
    means = rows(fd.score(fd.Ratings(engine(frame), PLAIN)), kind="mean", measure="overall")
    assert dict(zip(means["rater_role"], means["estimate"], strict=True)) == {
        "line_manager": 3.0,
        "self": 5.0,
    }


def test_double_and_benchmark_scorings_never_enter(engine: Engine) -> None:
    frame = table(
        """piece rater purpose   rated_on   a b c d
           p1    x     routine   .          4 4 4 4
           p1    y     double    .          1 1 1 1
           b1    x     benchmark 2026-01-05 1 1 1 1
           b1    x     benchmark 2026-04-05 2 2 2 2"""
    )
    result = fd.score(fd.Ratings(engine(frame), PLAIN))
    assert result.assessments["counted"].sum() == 1
    assert rows(result, kind="mean", measure="overall")["estimate"].tolist() == [4.0]


def test_pieces_chosen_for_a_reason_do_not_speak_for_the_whole(engine: Engine) -> None:
    frame = table(
        """piece rater selection a b c d
           p1    x     random    4 4 4 4
           p2    x     concern   1 1 1 1"""
    )
    ratings = fd.Ratings(engine(frame), PLAIN)
    drawn, everything = fd.score(ratings), fd.score(ratings, selection="all")
    assert rows(drawn, kind="mean", measure="overall")["estimate"].tolist() == [4.0]
    assert rows(everything, kind="mean", measure="overall")["estimate"].tolist() == [2.5]
    assert any("1 concern" in sentence for sentence in drawn.sentences)
    assert any("speak for themselves" in sentence for sentence in everything.sentences)


def test_strata_are_weighted_by_their_size(engine: Engine) -> None:
    frame = table(
        """piece rater stratum selection  a b c d
           p1    x     cp      stratified 4 4 4 4
           p2    x     cp      stratified 4 4 4 4
           p3    x     cin     stratified 2 2 2 2
           p4    x     cin     stratified 2 2 2 2"""
    )
    sizes = pd.DataFrame({"stratum": ["cp", "cin"], "N": [10, 30]})
    result = fd.score(fd.Ratings(engine(frame), PLAIN), frame=sizes)
    row = rows(result, kind="mean", measure="overall").iloc[0]
    assert row["estimate"] == 0.25 * 4 + 0.75 * 2


def test_a_bare_frame_is_sent_to_the_gate() -> None:
    with pytest.raises(UsageError, match=r"fidelity\.Ratings\(frame, rubric\)"):
        fd.score(table(TEAMS))  # type: ignore[arg-type]


def test_an_empty_table_is_a_result(engine: Engine) -> None:
    frame = table(TEAMS).iloc[:0]
    result = fd.score(fd.Ratings(engine(frame), PLAIN), by="team")
    assert result.sentences == ("No assessment counts, so nothing can be said.",)
    assert result.to_frame()["estimate"].isna().all()
