"""Parts that are asked of some roles: what does not fit is told by line, all at once."""

import pytest

from fidelity.errors import RubricError
from fidelity.rubric import Rubric, read_rubric, rubric_from_text
from fidelity.rubric.places import rubrics_folder
from fidelity.rubric.versions import differences

FAMILY = (rubrics_folder() / "sos_family_feedback.yaml").read_text(encoding="utf-8")

POOLED = "composites:\n  - {id: all_of_them, title: All, of: [parent, child], source: local}\n"


def changed(*edits: tuple[str, str]) -> Rubric:
    """The family's rubric with each text replaced once."""
    text = FAMILY
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return rubric_from_text(text, "mine")


def refused(*edits: tuple[str, str]) -> str:
    with pytest.raises(RubricError) as told:
        changed(*edits)
    return str(told.value)


def test_items_know_of_whom_they_are_asked() -> None:
    rubric = changed()
    assert rubric.asked_of["pc1"] == ("parent",)
    assert rubric.asked_of["cy6"] == ("child",)
    assert rubric.asks("parent", {"parent"})
    assert not rubric.asks("cy1", {"parent"})
    assert rubric.asks("cy1", {"parent", "child"})
    assert rubric.asks("cy1", set())
    assert read_rubric("sos_case_file").asked_of == {}


def test_a_role_must_be_one_that_rates() -> None:
    told = refused(("roles: [parent]", "roles: [partner]"))
    assert (
        '"partner" is not asked anything here; allowed: roles among raters: parent, child' in told
    )
    assert "nobody" in refused(("roles: [parent]", "roles: [nobody]"))
    assert '"child" stands twice' in refused(("roles: [child]", "roles: [child, child]"))


def test_the_agreed_score_is_nobodys_own_and_is_asked_nothing() -> None:
    told = refused(
        ("raters: [parent, child]", "raters: [parent, child, agreed]"),
        ("roles: [parent]", "roles: [agreed]"),
    )
    assert '"agreed" is not asked anything here' in told


def test_what_different_roles_are_asked_is_never_averaged() -> None:
    told = refused(
        ("  - id: faces\n", "  - id: unused\n"),
        ("    scale: faces\n", "    scale: agree\n"),
        ("evidence_card:\n", f"{POOLED}\nevidence_card:\n"),
    )
    assert "parts that are asked of different roles (child; parent)" in told
    assert "make a composite for each" in told


def test_an_example_says_who_rated_and_answers_what_they_were_asked() -> None:
    told = refused(
        ("    role: parent\n", ""),
        ("ratings: {cy1: 3, cy2: 3, cy3: 2", "ratings: {pc1: 3, cy2: 3, cy3: 2"),
    )
    assert "nothing says who rated" in told
    assert "add a line such as role: parent" in told
    assert 'an item that is not asked of "child"' in told


def test_another_role_is_another_score_and_none_is_none() -> None:
    """The fingerprint changes with the roles, and is what it was for rubrics without any."""
    both = changed(("roles: [child]", "roles: [child, parent]"))
    told = [str(found) for found in differences(changed(), both)]
    assert told[0] == "[score] item cy1, asked of: child -> child; parent"
    assert len(told) == 6
    assert both.fingerprint != changed().fingerprint
    assert read_rubric("sos_case_file").fingerprint == "5553d8d04a0b6e8e"
