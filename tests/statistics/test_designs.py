"""Designs: which effects a formula has, and which scores it fits."""

import numpy as np
import pytest

from fidelity.errors import UsageError
from fidelity.statistics.designs import facet_sizes, levels, parse_design


@pytest.mark.parametrize(
    ("formula", "effects"),
    [
        ("p x i", "p i pi"),
        ("p × i", "p i pi"),
        ("p x i x o", "p i o pi po io pio"),
        ("p x (r:t)", "p t r:t pt p(r:t)"),
        ("p x r:t", "p t r:t pt p(r:t)"),
        ("(p:c) x i", "c i p:c ci (p:c)i"),
        ("i:(p x h)", "p h ph i:ph"),
        ("i:o:h", "h o:h i:o:h"),
        ("(r x i):t", "t r:t i:t ri:t"),
        ("r:p", "p r:p"),
    ],
)
def test_effects_as_brennan_names_them(formula: str, effects: str) -> None:
    assert list(parse_design(formula).names) == effects.split()


def test_long_names_are_joined_with_x() -> None:
    names = parse_design("piece x (rater:team)").names
    assert names[-2:] == ("piece x team", "piece x (rater:team)")


@pytest.mark.parametrize("formula", ["", "p x", "p i", "(p x i", "p x p", "p * i", "x", "p x :i"])
def test_what_cannot_be_read_says_what_can(formula: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be read.*Allowed: .*'p x \(r:t\)'"):
        parse_design(formula)


def test_sizes_are_counted_within_what_a_facet_is_nested_in() -> None:
    design = parse_design("p x (r:t)")
    counts = {"p": 10, "t": 3, "r:t": 12, "pt": 30, "p(r:t)": 120}
    assert facet_sizes(design, counts) == {"p": 10, "r": 4, "t": 3}


P, R = (g.ravel() for g in np.meshgrid(np.arange(4), np.arange(3), indexing="ij"))
Y = np.arange(12.0) ** 1.5


def test_rows_with_anything_missing_are_left_out_and_counted() -> None:
    y = Y.copy()
    y[0] = np.nan
    raters = np.array(["a", "b", "c"], dtype=object)[R]
    raters[5] = None
    found = levels(parse_design("p x r"), {"p": P, "r": raters}, y)
    assert (len(found.y), found.n_missing, found.balanced) == (10, 2, False)
    assert levels(parse_design("p x r"), {"p": P, "r": R}, Y).balanced


def test_uneven_nesting_is_not_balanced_though_the_means_fit() -> None:
    team = np.repeat([0, 0, 0, 1], 3)
    found = levels(parse_design("(p:t) x r"), {"p": P, "t": team, "r": R}, Y)
    assert not found.balanced


@pytest.mark.parametrize(
    ("design", "factors", "words"),
    [
        ("p x r", {"p": P}, "missing: r"),
        ("p x r", {"p": P, "r": R, "q": R}, "not in the design: q"),
        ("p x r", {"p": P, "r": 0 * R}, "r has one level"),
        ("p x r", {"p": P, "r": R[:5]}, "shape"),
        ("p x r", {"p": P, "r": P}, "p cannot be told from pr.*'r:p'"),
        ("p x r", {"p": P, "r": R % 2}, "4 scores share their cell.*further facet"),
    ],
)
def test_scores_that_do_not_fit_say_why(
    design: str, factors: dict[str, np.ndarray], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        levels(parse_design(design), factors, Y)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(UsageError, match=r"(?s)p cannot be told.*r has one level.*share"):
        levels(parse_design("p x r"), {"p": [0, 1, 2, 2], "r": [0] * 4}, [1.0, 2, 3, 4])
