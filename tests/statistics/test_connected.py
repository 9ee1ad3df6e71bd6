"""Connected designs: whose ratings can be compared, and who is named where they cannot."""

import numpy as np
import pytest

from fidelity.errors import UsageError
from fidelity.statistics.connected import linked_parts
from fidelity.statistics.rasch import Method, many_facet_rasch

#: Six people, each rated by two of four raters: a chain that ends between people 3 and 4.
PEOPLE = np.repeat(["p1", "p2", "p3", "p4", "p5", "p6"], 2)
RATERS = np.array(["ann", "bob", "bob", "ann", "ann", "bob", "cy", "di", "di", "cy", "cy", "di"])
LEVEL = np.array([1, 2, 2, 3, 1, 1, 3, 1, 2, 2, 1, 3])


def test_groups_that_share_nobody_are_named() -> None:
    with pytest.raises(UsageError) as caught:
        many_facet_rasch({"person": PEOPLE, "rater": RATERS}, LEVEL)
    message = str(caught.value)
    assert "rater: 2 groups" in message
    assert "group 1: 'ann', 'bob'" in message
    assert "group 2: 'cy', 'di'" in message
    assert "the same person be rated across the groups" in message


def test_one_shared_person_links_them() -> None:
    people, raters = np.append(PEOPLE, "p1"), np.append(RATERS, "cy")
    fit = many_facet_rasch({"person": people, "rater": raters}, np.append(LEVEL, 2))
    assert all(fit.facets["rater"][name].known for name in ("ann", "bob", "cy", "di"))


def test_anchors_in_both_groups_link_them_and_in_one_do_not() -> None:
    facets = {"person": PEOPLE, "rater": RATERS}
    fit = many_facet_rasch(facets, LEVEL, fixed={"rater": {"ann": 0.0, "cy": 0.5}})
    assert fit.facets["rater"]["di"].known
    with pytest.raises(UsageError, match="not connected"):
        many_facet_rasch(facets, LEVEL, fixed={"rater": {"ann": 0.0, "bob": 0.5}})


def test_a_rater_with_items_of_their_own_is_tied_to_them() -> None:
    # Everyone meets every rater, so the graphs of people with raters and with items are in one
    # piece; but nobody else scores ann's items, and hard items are not told from a strict rater.
    random = np.random.default_rng(0)
    person, rater, item = (part.ravel() for part in np.indices((30, 3, 2)))
    facets = {"person": person, "rater": rater, "item": 2 * rater + item}
    level = random.integers(0, 3, len(person))
    with pytest.raises(UsageError) as caught:
        many_facet_rasch(facets, level)
    assert "rater: 3 groups" in str(caught.value)
    assert "item: 3 groups" in str(caught.value)
    facets["item"][0] = 2  # one item that two raters scored links these two, not the third
    with pytest.raises(UsageError) as caught:
        many_facet_rasch(facets, level)
    assert "rater: 2 groups" in str(caught.value)
    assert "group 1: 0, 1" in str(caught.value)
    facets["item"][2] = 4
    level[[0, 2]] = 1
    assert many_facet_rasch(facets, level).converged


@pytest.mark.parametrize("method", ["marginal", "joint"])
def test_a_link_of_an_extreme_level_alone_is_no_link(method: Method) -> None:
    random = np.random.default_rng(0)
    person, rater, item = (part.ravel() for part in np.indices((30, 2, 2)))
    facets = {"person": person, "rater": rater, "item": 2 * rater + item}
    level = random.integers(0, 3, len(person))
    facets["item"][0] = 2  # the only link of the two raters by an item
    level[0] = 2
    fit = many_facet_rasch(facets, level, method=method)
    assert not fit.converged
    assert "linked to the others by too little" in fit.facets["rater"][0].reason
    level[0] = 1
    assert many_facet_rasch(facets, level, method=method).converged


def test_what_extremes_leave_must_still_be_connected() -> None:
    # p1 alone links the two pairs of raters; with highest levels only, p1 is set apart.
    people, raters = np.append(PEOPLE, "p1"), np.append(RATERS, "cy")
    level = np.append(LEVEL, 3)
    level[people == "p1"] = 3
    facets = {"person": people, "rater": raters}
    assert many_facet_rasch(facets, level).converged
    with pytest.raises(UsageError, match="not connected"):
        many_facet_rasch(facets, level, method="joint")


def test_parts_are_numbered_from_the_largest() -> None:
    people, raters = np.append(PEOPLE, ["p7", "p7"]), np.append(RATERS, ["di", "ed"])
    part, members = linked_parts(people, raters)
    assert part.tolist() == [1] * 6 + [0] * 8
    assert [group.tolist() for group in members] == [["cy", "di", "ed"], ["ann", "bob"]]
