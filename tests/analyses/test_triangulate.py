"""Sources side by side: planted agreement and difference, links, roles, and what is said."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import fidelity as fd
from fidelity.analyses.triangulate_pairs import pairs
from fidelity.analyses.triangulate_sources import Source
from fidelity.footing import Footing
from tests.analyses.planted_sources import cases, ratings

THEME = "danger_named"


def pair(
    seed: int, n: int = 60, apart: float = 0.0, linked: bool = True, noise: float = 0.2
) -> dict[str, fd.Ratings]:
    """A file and a visit of the same cases (or of others); the visit names the worry less."""
    rng = np.random.default_rng(seed)
    known = cases(n, rng)
    about = {"case": known["case"], "practitioner": known["practitioner"]}
    other = about if linked else {**about, "case": [f"X{k}" for k in range(n)]}
    true = known["true"].to_numpy()
    return {
        "file": ratings("sos_case_file", true, rng, noise=noise, **about),
        "visit": ratings("sos_direct_practice", true, rng, shift={"dp5": -apart}, noise=noise,
                         **other),
    }  # fmt: skip


def of(result: pd.DataFrame, theme: str) -> pd.Series:
    return result.set_index("theme").loc[theme]


@pytest.mark.parametrize("linked", [True, False])
def test_a_planted_difference_is_found_where_it_is_and_nowhere_else(linked: bool) -> None:
    found = fd.triangulate(pair(1, apart=0.3, linked=linked))
    themes = found.pairs[found.pairs["theme"] != "(all)"]
    row = of(themes, THEME)
    assert row["finding"] == "differ"
    assert row["lower"] < 0.3 < row["upper"]
    assert row["linked"] == linked
    others = themes[themes["theme"] != THEME]
    assert set(others["finding"]) == {"no difference can be told"}
    assert of(themes, THEME)["apart_beyond"]
    assert "The worry is named plainly: file beside visit +0.2" in " ".join(found.sentences)


def null(rng: np.random.Generator, linked: bool) -> tuple[Source, ...]:
    """Three sources that see the same on six themes, but for chance; workers and cases differ."""
    known = cases(40, rng)
    themes = [theme.id for theme in fd.read_themes().themes[:6]]
    made = []
    for number, rubric in enumerate(("sos_case_file", "sos_direct_practice", "cfsw_skills")):
        if not linked:
            known = cases(40, rng).assign(case=[f"{number}-{k}" for k in range(40)])
        table = pd.DataFrame({"piece": known["case"], "case": known["case"]})
        empty = np.empty((40, 0))
        footing = Footing(
            fd.read_rubric(rubric), "peer", True, table, empty, empty.astype(bool), (),
            "practitioner", known["practitioner"].to_numpy(object), {},
        )  # fmt: skip
        values = {t: known["true"].to_numpy() + 0.2 * rng.standard_normal(40) for t in themes}
        made.append(Source(str(number), footing, dict.fromkeys(themes, ("x",)), values))
    return tuple(made)


@pytest.mark.parametrize("linked", [True, False])
def test_where_nothing_differs_false_findings_are_held(linked: bool) -> None:
    """A finding on a theme, and one of a pair on the whole: each at most 5% of authorities."""
    rng, runs = np.random.default_rng(11), 60
    on_theme = on_whole = beyond = 0
    for _ in range(runs):
        table = pd.DataFrame(pairs(null(rng, linked), fd.read_themes(), 0.95))
        differ, whole = table["finding"] == "differ", table["theme"] == "(all)"
        on_theme += bool((differ & ~whole).any())
        on_whole += bool((differ & whole).any())
        beyond += bool(table["apart_beyond"].any())
    print(f"linked {linked}: {on_theme}, {on_whole}, {beyond} of {runs}")
    most = stats.binom.ppf(0.995, runs, 0.05)
    assert max(on_theme, on_whole, beyond) <= most


def test_a_share_of_each_scale_is_the_footing() -> None:
    """Answers at the same place of 1 to 5 and 0 to 2 do not differ, to the last digit."""
    n = 12
    cases_ = [f"C{k}" for k in range(n)]
    files = {"piece": cases_, "case": cases_, "rater": "R1", "d1": "3", "d2": "3"}
    talks = {"piece": cases_, "case": cases_, "rater": "R1", "ss7": "1"}
    given = {"file": fd.Ratings(pd.DataFrame(files), "sos_case_file"),
             "talk": fd.Ratings(pd.DataFrame(talks), "systemic_supervision")}  # fmt: skip
    found = fd.triangulate(given)
    assert set(of(found.table, THEME)["estimate"]) == {0.5}
    assert of(found.pairs, THEME)["estimate"] == 0.0


def test_roles_are_never_pooled() -> None:
    rng = np.random.default_rng(3)
    known = cases(40, rng)
    family = ratings(
        "sos_family_feedback", known["true"].to_numpy(), rng, case=known["case"],
        practitioner=known["practitioner"], rater_role=["parent", "child"] * 20,
    )  # fmt: skip
    file = ratings("sos_case_file", known["true"].to_numpy(), rng, case=known["case"])
    by_name = fd.triangulate({"file": file, "parent": family, "child": family})
    assert [s.name for s in by_name.sources] == ["file", "parent", "child"]
    split = fd.triangulate({"file": file, "family": family})
    assert [s.name for s in split.sources] == ["file", "family: child", "family: parent"]
    assert all(len(s.footing) == 20 for s in split.sources[1:])
    child = split.table[split.table["source"] == "family: child"]
    assert set(child["theme"]) == {"child_voice", "child_told"}


def test_self_stands_apart_from_independent_on_the_same_visits() -> None:
    rng = np.random.default_rng(4)
    true = np.tile(np.full(30, 0.4), 2)
    n = len(true)
    twice = ratings("cfsw_skills", true, rng, noise=0.1)
    frame = twice.assessments.assign(rater_role=["self"] * 30 + ["independent"] * 30)
    rows = []
    for k in range(n):
        level = 5 if k < 30 else 2
        rows.append({"piece": f"V{k % 30}", "case": f"C{k % 30}", "rater": f"R{k // 30}",
                     "rater_role": frame["rater_role"].iloc[k], "empathy": str(level),
                     "child_focus": str(level), "purposefulness": str(level)})  # fmt: skip
    both = fd.Ratings(pd.DataFrame(rows), "cfsw_skills")
    found = fd.triangulate({"self": both, "independent": both})
    assert of(found.pairs, "child_voice")["estimate"] == pytest.approx(0.75)
    told = " ".join(found.sentences)
    assert "Who rates matters" in told
    assert "Self on “The child's voice”: 100% of the answers are the top answer (n 30)" in told


def test_linked_by_case_or_not() -> None:
    linked = fd.triangulate(pair(5, noise=0.05)).order.iloc[0]
    assert linked["n_cases"] == 60
    assert linked["lower"] > 0.7
    apart = fd.triangulate(pair(5, linked=False))
    assert math.isnan(apart.order["estimate"].iloc[0])
    assert apart.order["reason"].iloc[0].startswith("not linked: 0 cases in common")
    assert "Too few cases in common to link (10 are needed): file and visit (0 cases)." in (
        apart.sentences
    )


def test_groups_follow_the_whole_in_the_order_of_names() -> None:
    rng = np.random.default_rng(6)
    teams = ["West", "East"] * 20
    true = np.full(40, 0.5)
    given = {"file": ratings("sos_case_file", true, rng, team=teams),
             "visit": ratings("sos_direct_practice", true, rng)}  # fmt: skip
    table = fd.triangulate(given, by="team").table
    mine = table[(table["theme"] == THEME) & (table["source"] == "file")]
    assert list(mine["group"]) == ["(all)", "East", "West"]
    assert list(mine["n_pieces"]) == [40, 20, 20]


def test_those_who_replied_are_told_with_those_who_were_asked() -> None:
    large = fd.read_folder("large")
    family = large["sos_family_feedback"]
    given = {"file": large["sos_case_file"], "parent": family, "child": family}
    told = fd.triangulate(given, replies={"parent": (388, 250, 109)}).sentences
    assert any(s.startswith("Parent: 388 asked, 250 reached, 109 answered;") for s in told)
    assert any(s.startswith("How many were asked is not recorded for child") for s in told)


def test_the_small_sample_finishes_and_says_nothing_that_it_cannot() -> None:
    small = fd.read_folder("small")
    found = fd.triangulate({
        "file": small["sos_case_file"], "visit": small["cfsw_skills"],
        "family": small["sos_family_feedback"],
    })  # fmt: skip
    assert not (found.pairs["finding"] == "differ").any()
    assert "0 of" in found.sentences[2]
    assert not any("right" in s.split() for s in found.sentences)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda f: fd.triangulate([f]), "ratings by the name of their source"),
        (lambda f: fd.triangulate({"file": f}), "Two to 8 sources are compared"),
        (lambda f: fd.triangulate({"a": f, "b": f}, replies={"c": (3, 2, 1)}), 'no source "c"'),
        (lambda f: fd.triangulate({"a": f, "b": f}, replies={"a": (1, 2, 3)}), "none more than"),
        (lambda f: fd.triangulate({"a": f, "b": f}, by="tame"), '"tame" to group by'),
        (lambda f: fd.triangulate({"a": f, "b": "x"}), "takes checked ratings, not str"),
    ],
)
def test_wrong_calls_say_what_to_do(call: object, said: str) -> None:
    file = ratings("sos_case_file", np.full(6, 0.5), np.random.default_rng(1))
    with pytest.raises(fd.FidelityError, match=said):
        call(file)  # type: ignore[operator]
