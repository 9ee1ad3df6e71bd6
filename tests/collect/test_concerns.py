from typing import Any

import pandas as pd
import polars as pl
import pytest

import fidelity as fd
from tests.collect.frames import SOS, long, refused, wide
from tests.spec.conftest import Engine


def test_concerns_come_first(engine: Engine) -> None:
    frame = wide(
        concern=["no", "yes", "Yes", None, "yes"],
        escalated_on=[None, "2026-03-01", None, None, "01/03/2026"],
        escalated_to=[None, "team manager", None, None, "team manager"],
        closed_on=[None, None, None, None, "2026-03-02"],
        m1="3",
    )
    ratings = fd.Ratings(engine(frame), SOS)
    assert [concern.piece for concern in ratings.concerns] == ["p2", "p1", "p4"]
    assert ratings.summary[0].startswith('OPEN CONCERN, NOT ESCALATED: piece "p2"')
    assert ratings.summary[1].startswith("OPEN CONCERN: piece")
    assert "2026-03-01 to team manager" in ratings.summary[1]
    assert ratings.summary[2].startswith("ratings: 5 assessments")
    assert ratings.concerns[2].escalated_on == "2026-03-01"
    kept = {*ratings.frame.collect_schema().names(), *ratings.assessments.columns}
    assert not kept & {"concern", "escalated_on", "escalated_to", "closed_on"}


def test_they_come_first_though_the_table_is_refused(engine: Engine) -> None:
    message = refused(engine(wide(concern="yes", m1="9")), '"9" for item m1')
    assert message.startswith("OPEN CONCERN, NOT ESCALATED")
    without = wide(concern="yes", m1="9").drop(columns="rater")
    message = refused(engine(without), 'no column "rater"')
    assert message.startswith('OPEN CONCERN, NOT ESCALATED: piece "p0"')


@pytest.mark.parametrize("word", ["yes!", "maybe", "see note", "oui"])
def test_a_worry_is_not_lost_in_its_spelling(engine: Engine, word: str) -> None:
    message = refused(engine(wide(concern=word, m1="3")), "yes, no or blank")
    assert message.startswith("OPEN CONCERN, NOT ESCALATED")


def test_a_date_that_is_none_does_not_close_a_concern(engine: Engine) -> None:
    frame = wide(concern="yes", escalated_on="soon", closed_on="done", m1="3")
    message = refused(engine(frame), "2 problems", 'escalated_on "soon" is not a date',
                      'closed_on "done" is not a date')  # fmt: skip
    assert message.startswith("OPEN CONCERN, NOT ESCALATED")


def test_one_concern_a_scoring_and_the_worst_of_it(engine: Engine) -> None:
    table = long([("m1", "3"), ("m2", "3")], concern="yes")
    table["escalated_on"] = pd.Series(["2026-03-01", None], dtype="string")
    (concern,) = fd.Ratings(engine(table), SOS).concerns
    assert concern.open
    assert not concern.escalated_on


@pytest.mark.parametrize("value", [True, 1])
def test_a_worry_may_be_a_truth_or_a_number(value: Any) -> None:
    frame = wide(m1="3").assign(concern=[value])
    assert len(fd.Ratings(frame, SOS).concerns) == 1
    assert len(fd.Ratings(pl.from_pandas(frame), SOS).concerns) == 1
