"""What the tests of pictures and pages share."""

from collections.abc import Callable
from typing import Any

import pytest

import fidelity as fd
from fidelity.present.figure import Picture
from tests.present.planted import Answer, Made, frame, looked_at, spread


@pytest.fixture
def make() -> Made:
    """Ratings of a rubric: `make("sos_case_file", 20)`, or with planted answers and columns."""

    def made(rubric_id: str, n: int, answer: Answer | None = None, **columns: Any) -> fd.Ratings:
        rubric = fd.read_rubric(rubric_id)
        table = frame(rubric, n, answer or spread(rubric), **columns)
        return fd.Ratings(table, rubric)

    return made


@pytest.fixture
def look() -> Callable[[Picture], None]:
    """Fail if anything in a picture is cut off, lies over other text, or is hard to read."""
    return looked_at
