"""The examples in a rubric file, run: do its ratings give what it says they give?"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from fidelity.collect.ratings import Ratings
from fidelity.rubric.model import Example, Rubric
from fidelity.scoring import CANNOT_SAY, REASONS, Scores, score_answers
from fidelity.tables import answers


def failures(rubric: Rubric) -> list[str]:
    """What the examples of a rubric get wrong, one sentence each; empty if all hold."""
    rows = [
        {"piece": f"example {number:04}", "rater": "example", "rater_role": example.role,
         "item": item, "value": value}
        for number, example in enumerate(rubric.examples)
        for item, value in example.ratings.items()
    ]  # fmt: skip
    scores = score_answers(answers(Ratings(pd.DataFrame(rows), rubric)), rubric)
    return [
        f'{rubric.id}, example "{example.title}": {wrong}'
        for row, example in enumerate(rubric.examples)  # as their pieces are sorted
        for wrong in _differences(example, scores, row, rubric)
    ]


def _differences(example: Example, scores: Scores, row: int, rubric: Rubric) -> list[str]:
    found = []
    for name, expected in example.expect.items():
        given = _given(name, scores, row, rubric)
        if not _same(expected, given):
            shown = given if isinstance(given, str) else f"{float(given):.6g}"
            found.append(f"{name} is {shown}, but the example says {expected}")
    return found


def _given(name: str, scores: Scores, row: int, rubric: Rubric) -> str | Fraction:
    """What one assessment scores: a band, a word, or an exact number."""
    if name in {"band", "band_before_caps"}:
        codes = getattr(scores, name)
        if codes is None or rubric.bands is None:
            return "no bands"
        return CANNOT_SAY if codes[row] < 0 else rubric.bands.levels[codes[row]].id
    if name == "must_haves_not_seen":
        return Fraction(int(scores.must_haves_not_seen[row]))
    if name == "share_answered":
        share = scores.share_answered[row]
        return "withheld" if np.isnan(share) else Fraction(share).limit_denominator(10_000)
    measure = scores.measures[name]
    if np.isnan(measure.value[row]):
        return "undefined" if "divisor" in REASONS[measure.reason[row]] else "withheld"
    return measure.exact(row)


def _same(expected: str, given: str | Fraction) -> bool:
    """Numbers are compared at the decimals that the example prints."""
    if isinstance(given, str):
        return expected == given
    try:
        printed = Decimal(expected)
    except ArithmeticError:
        return False
    step = Fraction(1, 10 ** max(0, -int(printed.as_tuple().exponent)))
    return abs(Fraction(printed) - given) <= step / 2
