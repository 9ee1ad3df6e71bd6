"""Pictures of plans: what is drawn is what the table says, and nothing runs out of the sheet."""

from functools import cache

import numpy as np
import pytest

from fidelity.analyses.sample import SamplePlan, sample_plan
from fidelity.analyses.sample_observed import not_observed
from fidelity.collect.ratings import read_ratings
from fidelity.present.figure import Picture
from fidelity.present.sample_pictures import power_curve
from fidelity.rubric.places import sample_data_folder
from tests.present.planted import looked_at

pytestmark = pytest.mark.filterwarnings("error")


@cache
def plan(change: float = 0.5) -> SamplePlan:
    return sample_plan(change=change, runs=400)


def words(picture: Picture) -> str:
    return " ".join(text.get_text() for text in picture.fig.axes[0].texts)


def test_the_marked_plan_is_the_recommended_one() -> None:
    picture, found = plan().plot(), plan().recommended
    assert found is not None
    assert f"enough: {100 * found['estimate']:.0f}%" in words(picture)
    assert picture.data["recommended"].sum() == 1
    assert f"takes {found['hours']:.0f} hours" in picture.alt


def test_where_no_plan_would_do_none_is_marked() -> None:
    picture = plan(0.05).plot()
    assert picture.title == "No plan that was looked at would see the change often enough"
    assert not picture.data["recommended"].any()
    assert "enough:" not in words(picture)


def test_every_text_can_be_read() -> None:
    audits = read_ratings(
        sample_data_folder() / "large" / "ratings_sos_case_file.csv", "sos_case_file"
    )
    for result in (plan(), plan(0.05), sample_plan(audits, runs=300)):
        looked_at(power_curve(result, place="Made-up Borough"))
    looked_at(not_observed(audits, audits, months=3).plot())


def test_the_subtitle_says_measure_place_and_what_is_sought() -> None:
    picture = power_curve(plan(), place="Made-up Borough")
    assert "steady change of 0.50 of a level in practice over 24 months" in picture.subtitle
    assert picture.subtitle.endswith("Made-up Borough")


def test_it_says_that_some_of_it_is_assumed_and_how_many_runs() -> None:
    assert "spreads of which some are assumed" in words(plan().plot())
    assert "400 runs a plan" in words(plan().plot())
    assert np.all(plan().plot().data["hours"] > 0)
