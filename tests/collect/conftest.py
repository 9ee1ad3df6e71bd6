"""The engines, as the pictures in tests/spec have them, and an empty workbook."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fidelity.collect.workbook import write_workbook
from fidelity.rubric import Rubric, read_rubric, rubric_ids
from tests.collect.scales import every_scale
from tests.spec.conftest import engine

__all__ = ["engine"]


@pytest.fixture(scope="module")
def sos() -> Rubric:
    return read_rubric("sos_case_file")


@pytest.fixture(scope="module")
def empty_bytes(sos: Rubric, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("empty") / "w.xlsx"
    return write_workbook(sos, path, rows=20, teams=["North", "South"]).read_bytes()


@pytest.fixture
def edited(empty_bytes: bytes, tmp_path: Path) -> Callable[[Callable[[Any], None]], Path]:
    """Make audits.xlsx by changing the entry sheet of an empty workbook."""

    def edit(change: Callable[[Any], None]) -> Path:
        book = openpyxl.load_workbook(io.BytesIO(empty_bytes))
        change(book["sos_case_file"])
        path = tmp_path / "audits.xlsx"
        book.save(path)
        return path

    return edit


@pytest.fixture(params=[*rubric_ids(), "every_scale"])
def rubric(request: pytest.FixtureRequest) -> Rubric:
    return every_scale() if request.param == "every_scale" else read_rubric(request.param)
