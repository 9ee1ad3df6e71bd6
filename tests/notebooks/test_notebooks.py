"""What holds for every notebook: its shape, its stored outputs, and both sample authorities.

nbval compares outputs, and passes in silence where none are stored; hence the guard here.
"""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import fidelity as fd

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
HEADINGS = ("**Question:**", "**For:**", "**You need:**", "**You get:**")
CHECKED = "# NBVAL_CHECK_OUTPUT"

every = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def codes(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_numbered_notebooks_are_here_once_each() -> None:
    numbers = [path.name[:2] for path in NOTEBOOKS]
    assert len(set(numbers)) == len(numbers)
    assert {"00", "01", "02", "03", "04", "05", "06", "07", "08"} <= set(numbers)


@every
def test_it_says_what_it_is_for_and_what_it_cannot_tell(path: Path) -> None:
    cells = read(path).cells
    assert all(heading in cells[0].source for heading in HEADINGS)
    assert "What this cannot tell you" in cells[-1].source
    assert "**Next:**" in cells[-1].source
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in cells) == 1


@every
def test_no_logic_stands_in_a_notebook(path: Path) -> None:
    for cell in codes(read(path)):
        assert len(cell.source.splitlines()) <= 12
        assert "def " not in cell.source
        assert "lambda" not in cell.source


@every
def test_checked_cells_have_stored_outputs(path: Path) -> None:
    notebook = read(path)
    checked = [cell for cell in codes(notebook) if cell.source.startswith(CHECKED)]
    assert len(checked) >= 2
    assert all(cell.outputs for cell in checked)
    for cell in checked:
        assert {output.output_type for output in cell.outputs} == {"stream"}


@every
def test_outputs_are_of_a_clean_run_on_the_samples(path: Path) -> None:
    notebook = read(path)
    counts = [cell.execution_count for cell in codes(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    assert "widgets" not in notebook.metadata
    text = path.read_text(encoding="utf-8")
    machines = [f"/{folder}/" for folder in ("home", "root", "tmp", "work")]
    for forbidden in (*machines, "C:\\\\Users", "widget-view+json"):
        assert forbidden not in text
    for cell in codes(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert not (output.output_type == "stream" and output.name == "stderr")
    if "fd.read_folder" in text and "fd.briefing" in text:
        assert "synthetic" in text


@every
def test_printed_fingerprints_are_those_of_the_rubrics(path: Path) -> None:
    """Outputs made with another version of a rubric would be outputs of other data."""
    known = {rubric: fd.read_rubric(rubric).label for rubric in fd.rubric_ids()}
    printed = [
        line
        for cell in codes(read(path))
        for output in cell.outputs
        if output.output_type == "stream"
        for line in output.text.splitlines()
        if line.startswith("Rubric(")
    ]
    for line in printed:
        assert any(label in line for label in known.values()), line


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_it_runs_on_the_small_sample_too(path: Path, tmp_path: Path) -> None:
    notebook = read(path)
    for cell in codes(notebook):
        cell.source = cell.source.replace('DATA = "large"', 'DATA = "small"')
    os.environ.setdefault("PYTHONUTF8", "1")
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, resources=resources).execute()
    assert all(cell.execution_count for cell in codes(notebook))
