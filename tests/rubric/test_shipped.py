"""What every rubric that ships must say, and must not."""

import re

import pytest

from fidelity.examples import failures
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from fidelity.rubric.model import Item

RUBRICS = [read_rubric(name) for name in rubric_ids()]
SIXTEEN = {
    "cfsw_skills", "core_case_audit", "dfe_common_ingredients", "evidence_minded_org",
    "family_safeguarding", "miti4", "reflective_supervision_1to1", "restorative_practice",
    "sos_case_file", "sos_direct_practice", "sos_family_feedback", "sos_group_supervision",
    "sos_org_alignment", "staff_model_survey", "sys_unit_structure", "systemic_supervision",
}  # fmt: skip
#: Rubrics that describe one piece of practice level by level: every level is described.
DESCRIBED = SIXTEEN - {"miti4", "sos_org_alignment"}

each = pytest.mark.parametrize("rubric", RUBRICS, ids=lambda rubric: rubric.id)


def texts(rubric: Rubric) -> str:
    """Everything that a reader sees, in one text."""
    return rubric.model_dump_json()


def scored_on_levels(rubric: Rubric) -> list[Item]:
    """The items that are scored on described levels."""
    return [i for i in rubric.scored_items.values() if rubric.scale_of(i.id).levels]


def test_sixteen_ship() -> None:
    assert set(rubric_ids()) == SIXTEEN


@each
def test_examples_hold(rubric: Rubric) -> None:
    assert failures(rubric) == []
    assert len(rubric.examples) >= 4


@each
def test_something_is_withheld_or_undefined_and_something_does_not_apply_or_is_unknown(
    rubric: Rubric,
) -> None:
    outcomes = {value for example in rubric.examples for value in example.expect.values()}
    answers = {value for example in rubric.examples for value in example.ratings.values()}
    assert outcomes & {"withheld", "undefined", "cannot_say"}
    assert answers & {"NA", "NE", "DK"}


@each
def test_each_threshold_of_a_band_has_an_example_exactly_on_it(rubric: Rubric) -> None:
    if rubric.bands is None:
        return
    of = rubric.bands.of
    values = {example.expect.get(of, "") for example in rubric.examples}
    graded = {example.ratings.get(of, "") for example in rubric.examples}
    for band in rubric.bands.levels[:-1]:
        assert band.at_least is not None
        exact = {f"{float(band.at_least):.{n}f}" for n in (0, 1, 2, 3)}
        assert exact & (values | graded), (rubric.id, band.id)


@each
def test_it_says_that_it_is_independent_and_not_tested(rubric: Rubric) -> None:
    notice = " ".join(rubric.notice.split())
    assert "not been tested for reliability or validity" in notice
    if rubric.practice_model == "Signs of Safety":
        assert "registered trade mark" in notice
        assert "not reviewed or endorsed" in notice


@each
def test_it_makes_no_claim_that_it_may_not_make(rubric: Rubric) -> None:
    told = texts(rubric)
    for sentence in re.split(r"(?<=[.:;!?])\s", told):
        assert not re.search(r"\bvalidated\b|\bwigan tool\b|\bproven\b", sentence, re.I), sentence
        if re.search(r"\bendorsed\b", sentence):
            assert re.search(r"not|nor|none|nobody|neither|never|no author", sentence, re.I)
    assert "Not for capability" in rubric.purpose or "never" in rubric.purpose.lower()


@each
def test_what_is_published_or_adapted_names_where(rubric: Rubric) -> None:
    for item in rubric.items.values():
        if item.provenance.kind != "local":
            assert item.provenance.source, item.id
    thresholds = [rubric.bands.source] if rubric.bands else []
    for source in [*thresholds, rubric.least_share_source]:
        assert re.search(
            r"local|https?://|doi|published|as the auditor gave it|never averaged", source, re.I
        ), source


@each
def test_the_card_names_its_sources_and_what_it_does_not_show(rubric: Rubric) -> None:
    card = rubric.evidence_card
    assert card.sources
    assert card.helps
    assert card.hinders
    named = " ".join(card.sources)
    assert re.search(r"https?://|doi|Department for Education|Ofsted|Community Care", named)


@each
def test_level_descriptions_are_whole_and_each_says_something_of_its_own(rubric: Rubric) -> None:
    for item in scored_on_levels(rubric):
        described = list(item.levels.values())
        assert len(set(described)) == len(described), item.id
        if rubric.id in DESCRIBED:
            levels = [str(level.value) for level in rubric.scale_of(item.id).levels]
            assert set(item.levels) == set(levels), item.id
        for text in described:
            assert text[-1] in ".?!)", (item.id, text)


@each
def test_no_two_items_are_worded_alike(rubric: Rubric) -> None:
    wordings = [item.text for item in rubric.items.values()]
    assert len(set(wordings)) == len(wordings)


@each
def test_must_haves_are_few_and_describe_the_level_from_which_they_are_seen(
    rubric: Rubric,
) -> None:
    assert len(rubric.must_haves) <= 4
    for item in rubric.must_haves.values():
        assert str(item.must_have) in item.levels, item.id


@pytest.mark.parametrize("name", ["sos_family_feedback", "sos_direct_practice"])
def test_what_to_do_where_somebody_tells_of_harm(name: str) -> None:
    evidence = read_rubric(name).evidence
    assert re.search(r"stop (asking|scoring)", evidence)


def test_parents_and_children_are_asked_apart_and_nothing_is_worded_negatively() -> None:
    rubric = read_rubric("sos_family_feedback")
    assert not rubric.composites
    assert rubric.bands is None
    assert {c.id: c.roles for c in rubric.components} == {
        "parent": ("parent",), "child": ("child",),
    }  # fmt: skip
    assert [len(c.items) for c in rubric.components] == [10, 6]
    for item in rubric.items.values():
        assert not re.search(r"\b(not|never|no|nobody|nothing)\b", item.text), item.text
        assert not item.proscribed
        assert "DK" in rubric.scale_of(item.id).codes
    assert "somebody other than the family's worker" in rubric.evidence.lower()


def test_the_reversed_item_lowers_the_score() -> None:
    rubric = read_rubric("reflective_supervision_1to1")
    assert [item.id for item in rubric.items.values() if item.proscribed] == ["rs10"]


def test_six_domains_of_three() -> None:
    rubric = read_rubric("evidence_minded_org")
    assert [len(component.items) for component in rubric.components] == [3] * 6
    assert "at least two kinds of source" in " ".join(rubric.evidence.split())
