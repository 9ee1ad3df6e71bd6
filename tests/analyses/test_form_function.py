"""Form beside function: planted copies of the surface, one kind of item, and few pieces."""

import math

import numpy as np
import pytest
from scipy import stats

import fidelity as fd
from fidelity.analyses.form_function import AHEAD, ALIKE, FEW, ONE_KIND
from fidelity.footing import footings
from tests.analyses.planted_sources import cases, ratings

RUBRIC = fd.read_rubric("sos_case_file")
SURFACE = [item.id for item in RUBRIC.scored_items.values() if "surface" in item.tags]


def files(seed: int, n: int = 40, ahead: float = 0.0, **columns: object) -> fd.Ratings:
    """Files of 20 workers; surface items so much above the core ones."""
    rng = np.random.default_rng(seed)
    known = cases(n, rng)
    shift = dict.fromkeys(SURFACE, ahead)
    return ratings("sos_case_file", known["true"].to_numpy(), rng, shift=shift, noise=0.15,
                   practitioner=known["practitioner"], **columns)  # fmt: skip


def test_a_planted_lead_of_form_is_found_with_its_size() -> None:
    found = fd.form_function(files(1, ahead=0.2))
    row = found.table.iloc[0]
    assert row["finding"] == AHEAD
    assert row["lower"] < 0.2 < row["upper"]
    assert (row["n_surface"], row["n_core"]) == (len(SURFACE), len(RUBRIC.scored_items) - 5)
    assert row["n_clusters"] == 20
    by_hand = found.pieces["surface"].mean() - found.pieces["core"].mean()
    assert row["estimate"] == pytest.approx(by_hand)


def test_pieces_with_form_and_without_function_are_counted() -> None:
    """Three of eight files have all surface items at the top and all others at the lowest."""
    rng = np.random.default_rng(2)
    hollow = np.array([True] * 3 + [False] * 5)
    made = ratings("sos_case_file", np.where(hollow, 0.0, 0.6), rng, noise=0.0,
                   shift=dict.fromkeys(SURFACE, 0.4))  # fmt: skip
    assert fd.form_function(made).table["n_form_only"].iloc[0] == 0  # 0.4 of the scale is not there
    made = ratings("sos_case_file", np.where(hollow, 0.0, 0.6), rng, noise=0.0,
                   shift=dict.fromkeys(SURFACE, 1.0))  # fmt: skip
    row = fd.form_function(made).table.iloc[0]
    assert row["n_form_only"] == 3
    assert row["form_only"] == 3 / 8
    told = " ".join(fd.form_function(made).sentences)
    assert "In 3 of 8 files (38%" in told
    assert "both limits are local" in told


def test_where_form_and_function_are_alike_at_most_one_in_twenty_is_told_apart() -> None:
    runs = 30
    told = sum(fd.form_function(files(seed)).table["finding"].iloc[0] != ALIKE
               for seed in range(runs))  # fmt: skip
    assert told <= stats.binom.ppf(0.995, runs, 0.05)


def test_groups_stand_in_the_order_of_their_names_and_few_are_said() -> None:
    made = files(3, 44, ahead=0.2, team=["West"] * 20 + ["East"] * 20 + ["North"] * 4)
    found = fd.form_function(made, by="team")
    assert list(found.table["group"]) == ["(all)", "East", "North", "West"]
    few = found.table.set_index("group").loc["North"]
    assert few["finding"] == FEW
    assert math.isnan(few["estimate"])
    assert "Too few to say: North." in found.sentences


def test_a_rubric_of_one_kind_is_to_be_read_beside_another() -> None:
    rng = np.random.default_rng(4)
    units = ratings("sys_unit_structure", np.full(8, 0.8), rng)
    visits = ratings("cfsw_skills", np.full(8, 0.5), rng)
    found = fd.form_function({"unit": units, "visit": visits})
    assert set(found.table["finding"]) == {ONE_KIND}
    assert "surface form" in found.sentences[0]
    assert "core function" in found.sentences[1]
    grades = ratings("core_case_audit", np.full(8, 0.5), rng)
    assert "levels are not averaged" in fd.form_function(grades).sentences[0]


def test_roles_stand_apart() -> None:
    made = files(5, rater_role=["peer", "line_manager"] * 20)
    assert list(fd.form_function(made).table["role"]) == ["line_manager", "peer"]


def test_a_proscribed_item_is_turned_round_on_the_footing() -> None:
    """ "It is only a to-do list", seen in full, stands at 0."""
    made = ratings("reflective_supervision_1to1", np.ones(5), np.random.default_rng(1), noise=0.0)
    one = footings(made, "test")[0]
    assert one.shares[0, one.items.index("rs10")] == 0.0
    assert one.shares[0, one.items.index("rs1")] == 1.0


def test_wrong_calls_say_what_to_do() -> None:
    made = files(6, 6)
    with pytest.raises(fd.FidelityError, match="shares of the scale from 0 to 1"):
        fd.form_function(made, there=0.3, not_there=0.5)
    with pytest.raises(fd.FidelityError, match="No column tame to group by"):
        fd.form_function(made, by="tame")
    with pytest.raises(fd.FidelityError, match="takes checked ratings, not str"):
        fd.form_function("audits.csv")  # type: ignore[arg-type]
