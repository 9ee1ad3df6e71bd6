"""What moderators would have found: planted truth, the warning, and the numbers behind it."""

import math

import numpy as np
import pandas as pd
import pytest

import fidelity as fd
from fidelity.analyses.moderated import Moderated, moderated
from fidelity.errors import UsageError
from fidelity.rubric.places import sample_data_folder
from fidelity.simulate import Settings, Strand, simulate
from fidelity.statistics.prediction_powered import prediction_powered_mean
from tests.present.planted import looked_at

LARGE = sample_data_folder() / "large"
SMALL = sample_data_folder() / "small"
ITEMS = list(fd.read_rubric("cfsw_skills").scored_items)


@pytest.fixture(scope="module")
def everything() -> pd.DataFrame:
    """576 observations, each scored by a line manager, too high, and by a moderator."""
    made = simulate(
        Settings(
            months=24, role_shift={"line_manager": -0.4}, strictness_slope=0, strictness_sd=0.1,
            strands=(Strand("cfsw_skills", pieces=6, role="line_manager",
                            second_role="moderator", double_share=1.0, agreed_share=0),),
        ), rng=5,
    )  # fmt: skip
    return pd.DataFrame(made.ratings["cfsw_skills"])


def with_moderated(everything: pd.DataFrame, pieces: pd.Index) -> fd.Ratings:
    """All of the line managers' scores, and the moderators' of some pieces."""
    kept = (everything["rater_role"] != "moderator") | everything["piece"].isin(pieces)
    return fd.Ratings(everything[kept], "cfsw_skills")


def some(everything: pd.DataFrame, n: int, seed: int = 0) -> pd.Index:
    names = pd.Index(everything["piece"].unique())
    return names[np.random.default_rng(seed).choice(len(names), n, replace=False)]


def mean_of(result: Moderated) -> pd.Series:
    table = result.to_frame()
    return table[table["measure"] == "overall"].iloc[0]


def truth_of(everything: pd.DataFrame) -> float:
    """The moderators' mean had all been moderated."""
    whole = with_moderated(everything, pd.Index(everything["piece"].unique()))
    return float(mean_of(moderated(whole, drawn="random"))["estimate"])


def test_planted_truth_is_found_and_the_interval_is_narrower(everything: pd.DataFrame) -> None:
    truth, found, widths = truth_of(everything), [], []
    for seed in range(10):
        ratings = with_moderated(everything, some(everything, 60, seed))
        row = mean_of(moderated(ratings, drawn="random"))
        assert row["as_scored"] > truth + 0.25
        found.append(row["lower"] <= truth <= row["upper"])
        widths.append((row["upper"] - row["lower"]) / (row["alone_upper"] - row["alone_lower"]))
        assert 40 < row["n_moderated"] <= 60  # in some too few items are answered for a mean
        assert row["n_raters"] > 1
    assert sum(found) >= 8  # of 10 intervals of 95%, fewer than 8 hold once in 90 times
    assert np.median(widths) < 0.9


def test_the_numbers_are_those_of_the_statistic(everything: pd.DataFrame) -> None:
    ratings = with_moderated(everything, some(everything, 50))
    row = mean_of(moderated(ratings, cluster="practitioner", drawn="random"))
    wide = everything.pivot(
        index=["piece", "practitioner"], columns=["rater_role", "item"], values="value"
    ).apply(pd.to_numeric, errors="coerce")
    quick, careful = (wide[role][ITEMS] for role in ("line_manager", "moderator"))
    enough = {  # the rubric withholds a mean under 80% answered
        role: table.notna().mean(axis=1) >= 0.8 for role, table in (("q", quick), ("c", careful))
    }
    drawn = wide.index.get_level_values("piece").isin(some(everything, 50))
    expected = prediction_powered_mean(
        careful.mean(axis=1).where(enough["c"] & drawn), quick.mean(axis=1).where(enough["q"]),
        wide.index.get_level_values("practitioner"),
    )  # fmt: skip
    assert (row["estimate"], row["lower"]) == pytest.approx(
        (expected.estimate.value, expected.estimate.lower), rel=1e-6
    )
    assert row["tuning"] == pytest.approx(expected.tuning, rel=1e-6)


def test_shares_of_bands_add_up_and_lie_between_0_and_1() -> None:
    result = moderated(
        fd.read_ratings(LARGE / "ratings_core_case_audit.csv", "core_case_audit"), drawn="random"
    )
    bands = result.to_frame()
    assert list(bands["kind"].unique()) == ["band"]  # grades are never averaged
    assert bands["estimate"].sum() == pytest.approx(1, abs=0.02)  # each is estimated by itself
    assert bands["as_scored"].sum() == pytest.approx(1)
    assert bands["lower"].ge(0).all()
    assert bands["upper"].le(1).all()
    assert bands["level"].iloc[-1] == "cannot_say"
    assert (bands["n_pieces"].iloc[0], bands["n_moderated"].iloc[0]) == (288, 45)
    top = bands.iloc[0]
    assert top["upper"] < top["as_scored"]  # planted: line managers are too generous


def test_the_warning_stands_until_the_draw_is_told(everything: pd.DataFrame) -> None:
    ratings = with_moderated(everything, some(everything, 40))
    unsaid = moderated(ratings)
    assert any(s.startswith("Warning: nobody has said") for s in unsaid.sentences)
    assert any("drawn at random" in note.get_text() for note in unsaid.plot().fig.axes[0].texts)
    said = moderated(ratings, drawn="random")
    assert not any("Warning" in s for s in said.sentences)
    pd.testing.assert_frame_equal(unsaid.to_frame(), said.to_frame())


def test_an_uneven_draw_shows_and_known_probabilities_put_it_right(
    everything: pd.DataFrame,
) -> None:
    truth = truth_of(everything)
    low = everything[(everything["rater_role"] == "moderator")].assign(
        level=lambda t: pd.to_numeric(t["value"], errors="coerce")
    )
    weak = low.groupby("piece")["level"].mean() < 3.2  # by the moderator's own score
    chance = pd.Series(np.where(weak, 0.5, 0.06), weak.index)
    missed = {"told": 0.0, "untold": 0.0}
    for seed in range(8):
        pick = chance.index[np.random.default_rng(seed).random(len(chance)) < chance]
        ratings = with_moderated(
            everything.assign(drawn_with=everything["piece"].map(chance)), pick
        )
        untold = moderated(ratings)
        told = moderated(ratings, probability="drawn_with")
        missed["untold"] += mean_of(untold)["estimate"] - truth
        missed["told"] += mean_of(told)["estimate"] - truth
        assert any("are not like the others" in s for s in untold.sentences)
        assert any('the column "drawn_with"' in s for s in told.sentences)
    assert missed["untold"] / 8 < -0.2
    assert abs(missed["told"] / 8) < 0.08


def test_too_few_moderated_is_a_result(everything: pd.DataFrame) -> None:
    result = moderated(with_moderated(everything, some(everything, 6)))
    row = mean_of(result)
    assert math.isnan(row["estimate"])
    assert row["reason"] == "too few to say: 6 moderated, at least 10 are needed"
    assert any("cannot be said yet" in s for s in result.sentences)
    assert result.plot().title == "Too few moderated to say what moderators would have found"
    looked_at(result.plot())
    none = moderated(with_moderated(everything, some(everything, 0)))
    assert "none of them was moderated" in none.sentences[0]
    looked_at(none.plot())


def test_whose_scores_are_the_many_is_never_guessed(everything: pd.DataFrame) -> None:
    peers = fd.read_ratings(SMALL / "ratings_sos_case_file.csv", "sos_case_file")
    with pytest.raises(UsageError, match=r"neither of these scored here. Say whose .* scored_by="):
        moderated(peers)
    assert moderated(peers, scored_by="peer").scored_by == "peer"
    own = everything.assign(
        rater_role=everything["rater_role"].where(everything["piece"] > "SF-0300", "self")
    )
    own = own.drop_duplicates(["piece", "rater", "rater_role", "item"])
    with pytest.raises(UsageError, match="both line_manager and self scored here"):
        moderated(fd.Ratings(own, "cfsw_skills"))


def test_wrong_calls_say_what_is_allowed(everything: pd.DataFrame) -> None:
    ratings = with_moderated(everything, some(everything, 20))
    with pytest.raises(UsageError, match='drawn="yes"; allowed: "random"'):
        moderated(ratings, drawn="yes")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match='No column "chance" for the probabilities'):
        moderated(ratings, probability="chance")
    with pytest.raises(UsageError, match="not above 0 and up to 1"):
        moderated(ratings, probability="team")
    with pytest.raises(UsageError, match=r"first: ratings = fidelity.Ratings"):
        moderated(everything)  # type: ignore[arg-type]


def test_the_picture_tells_what_the_interval_tells(everything: pd.DataFrame) -> None:
    result = moderated(with_moderated(everything, some(everything, 80)), drawn="random")
    row = mean_of(result)
    picture = result.plot()
    assert (picture.title == "Line managers score higher than moderators would") == (
        row["as_scored"] > row["upper"]
    )
    assert "80 of them moderated" in picture.subtitle
    looked_at(picture)
    assert any("worth about" in s for s in result.sentences)
