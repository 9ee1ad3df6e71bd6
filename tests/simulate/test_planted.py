"""Scores planted on thresholds are what the library scores; millions of ratings are ratings."""

import pandas as pd
import pytest

import fidelity as fd
from fidelity.errors import UsageError
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from fidelity.simulate import many_ratings, planted_on_thresholds


def uneven() -> Rubric:
    """Case files with weights, a reversed item, and components instead of items averaged."""
    files = read_rubric("sos_case_file")
    components = []
    for number, component in enumerate(files.components, 1):
        first, *others, last = component.items
        first = first.model_copy(update={"weight": number})
        last = last.model_copy(update={"proscribed": component.id == "map"})
        components.append(component.model_copy(update={"items": (first, *others, last)}))
    composite = files.composites[0].model_copy(update={"pooled": "components"})
    parts = {name: getattr(files, name) for name in Rubric.model_fields}
    parts |= {"id": "uneven", "components": components, "composites": [composite]}
    return Rubric(**parts)


BANDED = [rubric for rubric in map(read_rubric, rubric_ids()) if rubric.bands]


@pytest.mark.parametrize("rubric", [*BANDED, uneven()], ids=lambda rubric: rubric.id)
def test_planted_thresholds_score_as_expected(rubric: Rubric) -> None:
    planted = planted_on_thresholds(rubric, 300, 1)
    assert len(planted.expected) >= 300
    result = fd.score(fd.Ratings(planted.ratings, rubric))
    scored = result.assessments.set_index("piece").loc[planted.expected["piece"]]
    told = planted.expected.set_index("piece")
    assert (scored["band"] == told["band"]).all()
    assert (scored["band_before_caps"] == told["band_before_caps"]).all()
    assert rubric.bands is not None
    for band in rubric.bands.levels:
        if band.at_least is not None:
            on = told[told["side"].eq("on") & told["threshold"].eq(band.id)]
            exact = on["numerator"] * band.at_least.denominator
            assert (exact == on["denominator"] * band.at_least.numerator).all()
            assert set(told.loc[told["threshold"] == band.id, "side"]) >= {"below", "on"}
    if rubric.id not in {"core_case_audit", "uneven"}:  # one item, and components of two
        assert set(told["answered"]) == {"all", "least share", "too few"}
        if not all(rubric.component_of(item).mean for item in rubric.scored_items):
            return  # the counts beside it are all answered
        exactly = scored.loc[told["answered"].eq("least share"), "share_answered"]
        assert exactly.min() == pytest.approx(float(rubric.least_share), abs=0.03)


def test_a_rubric_without_bands_has_no_thresholds_to_lie_on() -> None:
    with pytest.raises(UsageError, match="no bands"):
        planted_on_thresholds("cfsw_skills", 10)


@pytest.mark.parametrize("rubric", ["sos_case_file", "miti4"])
def test_many_ratings_pass_the_gate_and_hold_all_codes(rubric: str) -> None:
    columns = many_ratings(rubric, 20_000, 1)
    frame = pd.DataFrame({name: c.labels[c.codes] for name, c in columns.items()})
    assert 20_000 <= len(frame) < 20_000 + 21
    ratings = fd.Ratings(frame, rubric)
    assert len(ratings) * len(read_rubric(rubric).items) == len(frame)
    share = frame["value"].value_counts(normalize=True)
    assert share["NE"] == pytest.approx(0.05, abs=0.01)
    assert share[""] == pytest.approx(0.01, abs=0.005)
