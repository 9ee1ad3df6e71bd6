"""Practising on an invented extract: the comparison, its words, and wrong input."""

import pytest

import fidelity as fd
from fidelity.errors import RatingsError, UsageError

PIECE = fd.read_benchmark("sos_case_file")[0]
AGREED = {item: score.value for item, score in PIECE.agreed.items()}


def test_the_agreed_scores_agree_with_themselves() -> None:
    result = fd.practise("sos_case_file", PIECE.id, AGREED)
    n = len(AGREED)
    assert f"{n} of {n} item scores are the agreed ones" in result.sentences[0]
    assert (result.to_frame()["yours"] == result.to_frame()["agreed"]).all()


def test_one_level_away_is_counted_apart_and_few_are_said_to_be_few() -> None:
    item, level = next((i, int(v)) for i, v in AGREED.items() if v.isdigit() and int(v) > 2)
    result = fd.practise("sos_case_file", PIECE.id, {item: level - 1})
    assert "0 of 1" in result.sentences[0]
    assert "1 are the same or one level away" in result.sentences[0]
    assert "stricter on 1" in result.sentences[1]
    assert "too few" in result.sentences[2]
    assert result.to_frame()["why"].iloc[0]


def test_all_faults_at_once() -> None:
    with pytest.raises(RatingsError) as caught:
        fd.practise("sos_case_file", PIECE.id, {"m1": 9, "mm2": 3})
    assert caught.value.total == 2
    with pytest.raises(UsageError, match="No extract"):
        fd.practise("sos_case_file", "nope", {})
