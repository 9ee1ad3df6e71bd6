"""Where an organisation stands: agreed low, one source, views apart, the latest round."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import fidelity as fd
from fidelity.analyses.standing import ALL, standing
from tests.analyses.planted_sources import ratings

WHO = ["leader"] * 8 + ["manager"] * 10 + ["practitioner"] * 16 + ["independent"] * 16
SOURCE = ["interview"] * 34 + ["document"] * 8 + ["observation"] * 8


def organisation(
    seed: int, level: float = 0.6, low: tuple[str, ...] = (), leaders: float = 0.0,
    source: list[str] = SOURCE, **columns: object,
) -> fd.Ratings:  # fmt: skip
    rng = np.random.default_rng(seed)
    n = len(WHO)
    true = level + leaders * (np.array(WHO) == "leader") + 0.05 * rng.standard_normal(n)
    about = {"date": "2026-05-01", "rater": [f"R{k}" for k in range(n)], **columns}
    return ratings("evidence_minded_org", true, rng, shift=dict.fromkeys(low, -0.45), noise=0.15,
                   rater_role=WHO, source=source, **about)  # fmt: skip


def test_what_all_views_hold_low_is_agreed_low_and_nothing_else() -> None:
    found = standing(organisation(1, low=("sp3", "dr3")))
    low = found.items[found.items["finding"] == "agreed low"]
    assert list(low["item"]) == ["sp3", "dr3"]
    assert (low["n_sources"] == 3).all()
    assert found.views == {"document": 8, "leader": 8, "manager": 10, "observation": 8,
                           "practitioner": 16}  # fmt: skip


def test_one_kind_of_source_is_never_agreed_low() -> None:
    found = standing(organisation(1, low=("sp3", "dr3"), source=["interview"] * 50))
    assert set(found.items["finding"]) == {"one source"}
    assert "18 items of 18 known from one kind of source alone." in found.sentences


def test_one_view_that_is_high_keeps_an_item_from_being_agreed_low() -> None:
    made = organisation(2, low=("sp3",), leaders=0.5)
    row = standing(made).items.set_index("item").loc["sp3"]
    assert row["views_low"] == 4
    assert row["finding"] == "not agreed low"


def test_a_gap_of_leaders_is_found_with_its_size() -> None:
    gaps = standing(organisation(3, level=0.4, leaders=0.3)).gaps
    whole = gaps[gaps["item"] == ALL].set_index(["first", "second"])
    row = whole.loc[("leader", "practitioner")]
    assert row["finding"] == "differ"
    assert row["lower"] < 0.3 < row["upper"]
    assert whole.loc[("manager", "practitioner"), "finding"] == "no difference can be told"


def test_each_view_counts_alike_however_many_pieces_it_has() -> None:
    """Two views at 0 and 1 of the scale, 4 and 12 pieces: the mean over views is a half."""
    n = 16
    table = pd.DataFrame({
        "piece": [f"E{k}" for k in range(n)], "rater": [f"R{k}" for k in range(n)],
        "rater_role": ["leader"] * 4 + ["independent"] * 12,
        "source": ["interview"] * 4 + ["document"] * 12, "ec1": ["5"] * 4 + ["1"] * 12,
        "ec2": ["4", "5"] * 2 + ["1", "2"] * 6,
    })  # fmt: skip
    found = standing(fd.Ratings(table, "evidence_minded_org"))
    assert found.items.set_index("item").loc["ec1", "estimate"] == pytest.approx(0.5)
    part = found.table.iloc[0]
    assert (part["lower_share"], part["middle_share"], part["upper_share"]) == (0.5, 0.0, 0.5)


def test_only_the_latest_round_counts() -> None:
    dates = ["2025-05-01"] * 25 + ["2025-12-01", "2025-12-19"] * 12 + ["2025-12-19"]
    found = standing(organisation(4, date=dates))
    assert found.period == ("2025-12-01", "2025-12-19")
    assert (found.earlier, sum(found.views.values())) == (25, 25)


def test_where_nothing_is_low_and_nobody_differs_false_findings_are_held() -> None:
    runs = 14
    low = apart = 0
    for seed in range(runs):
        found = standing(organisation(seed, level=0.5))
        low += bool((found.items["finding"] == "agreed low").any())
        apart += bool((found.gaps["finding"] == "differ").any())
    assert low <= stats.binom.ppf(0.995, runs, 0.05)
    # over all items, and item by item: two families
    assert apart <= stats.binom.ppf(0.995, runs, 0.10)


def test_too_few_is_said() -> None:
    table = pd.DataFrame({"piece": ["E1", "E2"], "rater": ["R1", "R2"], "ec1": ["1", "2"],
                          "rater_role": "leader", "source": "interview"})  # fmt: skip
    found = standing(fd.Ratings(table, "evidence_minded_org"))
    assert set(found.items["finding"]) == {"too few to say"}
    assert "Too few of each view to say whether they differ." in found.sentences
